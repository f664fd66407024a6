"""NumPy code on a few numbers as a program of Python's floats: without the cost of arrays, with its derivatives.

The function runs once on symbols, one an entry; NumPy's arrays of objects and its functions of them do the rest. A symbol has no
value: code that looks at one (if, comparisons, float, round) is refused, so that a program is right everywhere, and continuous:
no function that jumps is known. What is refused is code for arrays, as before.

    program = scalar_program(lambda t, y, p: -p * y, [1.0, np.ones(2), 0.5])
    program.value(t, y0, y1, p0) -> (dy0, dy1);     program.vjp, program.jvp

Sources as for all derivatives: `linear.differential`, `linear.transpose_linear`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from frechet.caches import Recent
from frechet.expr.walks import postorder
from frechet.tracing.array import concrete
from frechet.tracing.graph import LITERAL, PRIMITIVES, Node, Primitive, input_node, literal
from frechet.tracing.linear import differential, transpose_linear
from frechet.tracing.primitives.arithmetic import gate, power, power_of
from frechet.tracing.primitives.elementwise import ELEMENTWISE
from frechet.tracing.primitives.extremes import absolute
from frechet.tracing.tape import Tape

__all__ = ["Looked", "ScalarProgram", "Symbol", "scalar_program"]

_LONGEST = 1500  # operations
_PROGRAMS: Recent[ScalarProgram] = Recent(64)
_MATH = {
    np.sin: "sin", np.cos: "cos", np.tan: "tan", np.arcsin: "asin", np.arccos: "acos", np.arctan: "atan", np.sinh: "sinh",
    np.cosh: "cosh", np.tanh: "tanh", np.exp: "exp", np.log: "log", np.log1p: "log1p", np.expm1: "expm1", np.sqrt: "sqrt",
    np.log2: "log2", np.log10: "log10",
}  # fmt: skip


_NUMPYS = {text: kernel.__name__ for kernel, text in _MATH.items()} | {"pow": "power", "fabs": "abs"}
"""What functions of `math` are called in NumPy, where the names differ."""


class Looked(Exception):
    """The code looked at a symbol, or did with it what is not known."""


class _Run:
    """One run of a function on symbols."""

    def __init__(self) -> None:
        self.count = 0
        self.refused = False

    def refuse(self) -> Looked:
        self.refused = True
        return Looked()


class Symbol:
    """An entry of an array while a function runs on symbols."""

    __slots__ = ("node", "run")

    def __init__(self, node: Node, run: _Run) -> None:
        run.count += 1
        if run.count > _LONGEST:
            raise run.refuse()
        self.node, self.run = node, run

    def _of(self, op: Primitive, *args: Any, params: tuple = ()) -> Symbol:
        return Symbol(op(*[a.node if type(a) is Symbol else a for a in args], params=params), self.run)

    def _number(self, other: Any) -> Any:
        """A symbol, or a number of Python; None for arrays, which ask each of their entries."""
        if type(other) is Symbol or type(other) is float:
            return other
        if isinstance(other, int | float | np.integer | np.floating):
            return float(other)
        if isinstance(other, np.ndarray | list | tuple):
            return None
        raise self.run.refuse()

    def __add__(self, other: Any) -> Any:
        other = self._number(other)
        if other is None:
            return NotImplemented
        return self if type(other) is float and other == 0 else self._of(PRIMITIVES["add"], self, other)

    __radd__ = __add__

    def __sub__(self, other: Any) -> Any:
        other = self._number(other)
        if other is None:
            return NotImplemented
        return self if type(other) is float and other == 0 else self._of(PRIMITIVES["subtract"], self, other)

    def __rsub__(self, other: Any) -> Any:
        other = self._number(other)
        if other is None:
            return NotImplemented
        return -self if other == 0 else self._of(PRIMITIVES["subtract"], other, self)

    def __mul__(self, other: Any) -> Any:
        other = self._number(other)
        if other is None:
            return NotImplemented
        if type(other) is float and other in (0.0, 1.0):
            return self if other else 0.0
        return self._of(PRIMITIVES["multiply"], self, other)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Any:
        other = self._number(other)
        return NotImplemented if other is None else self._of(PRIMITIVES["divide"], self, other)

    def __rtruediv__(self, other: Any) -> Any:
        other = self._number(other)
        return NotImplemented if other is None else self._of(PRIMITIVES["divide"], other, self)

    def __pow__(self, other: Any) -> Any:
        other = self._number(other)
        if other is None:
            return NotImplemented
        if type(other) is Symbol:
            return self._of(power, self, other)
        if other in (0.0, 1.0):
            return self if other else 1.0
        return self._of(power_of, self, params=(int(other) if other == int(other) else other,))

    def __rpow__(self, other: Any) -> Any:
        other = self._number(other)
        return NotImplemented if other is None else self._of(power, other, self)

    def __neg__(self) -> Symbol:
        return self._of(PRIMITIVES["negative"], self)

    def __pos__(self) -> Symbol:
        return self

    def __abs__(self) -> Symbol:
        return self._of(absolute, self)

    @staticmethod
    def meaning_of(function: Callable) -> Callable:
        """What a function means that has a symbol among its arguments: itself, with NumPy's for those of `math`."""
        name = function.__name__
        if getattr(function, "__module__", None) == "math":
            return getattr(np, _NUMPYS.get(name, name))
        return _of_objects(function) if function in (np.array, np.asarray, np.asanyarray) else function

    def conjugate(self) -> Symbol:
        """Itself: it is real."""
        return self

    def _refused(self, *_: Any) -> Any:
        raise self.run.refuse()

    __bool__ = __float__ = __int__ = __index__ = __complex__ = __round__ = __floor__ = __ceil__ = __trunc__ = _refused
    __lt__ = __le__ = __gt__ = __ge__ = __eq__ = __ne__ = _refused
    __mod__ = __rmod__ = __floordiv__ = __rfloordiv__ = __divmod__ = __str__ = __format__ = _refused
    __hash__ = object.__hash__


def _of_objects(creator: Callable) -> Callable:
    """np.array and its like: an array of floating-point numbers is one of objects here."""
    is_float = lambda dtype: dtype is not None and np.dtype(dtype).kind == "f"
    return lambda value, dtype=None, **options: creator(value, dtype=None if is_float(dtype) else dtype, **options)


_KINDS = frozenset({Symbol, float, int, np.float64})


def _method(op: Primitive) -> Callable[[Symbol], Symbol]:
    return lambda self: self._of(op, self)


for _name, _op in ELEMENTWISE.items():
    if not _op.constant:
        setattr(Symbol, _name, _method(_op))  # NumPy calls them on the entries of arrays of objects


def _entries(value: Any) -> list[Any]:
    """The entries of arrays and containers, one after another."""
    value = concrete(value)
    if isinstance(value, np.ndarray):
        return [entry for v in value.ravel().tolist() for entry in _entries(v)]
    if isinstance(value, list | tuple):
        return [entry for v in value for entry in _entries(v)]
    return [entry for v in value.values() for entry in _entries(v)] if isinstance(value, dict) else [value]


class ScalarProgram:
    """Results, nodes of the shape (), as functions of inputs; all are Python code on floats.

    value(*x) -> results;    vjp(*x, *w) -> cotangents of some inputs;    jvp(*x, *dx) -> tangents, dx of some inputs

    They raise ArithmeticError or ValueError where NumPy would give what is not finite.
    """

    def __init__(self, inputs: Sequence[Node], results: Sequence[Node], text: str) -> None:
        self.inputs, self.results, self._text = tuple(inputs), tuple(results), text
        self._derivatives: dict[tuple[str, tuple[int, ...]], Callable[..., tuple]] = {}

    @cached_property
    def value(self) -> Callable[..., tuple]:
        return _compiled(self._text)

    @property
    def is_smooth(self) -> bool:
        """Whether it is made of functions without kinks."""
        return _names_called(self._text) <= {"program", "pow", *_MATH.values()}

    def in_jax(self, numpy: Any) -> Callable[..., tuple] | None:
        """The same program on arrays of JAX, with its jax.numpy; None where it calls what JAX has not."""
        if "k" in {name[0] for name in _names_called(self._text)}:
            return None
        functions = {text: getattr(numpy, kernel.__name__) for kernel, text in _MATH.items()}
        scope = {"pow": numpy.power, "inf": math.inf, "nan": math.nan, **functions}
        exec(compile(self._text, "<program of numbers>", "exec"), scope)
        program: Callable[..., tuple] = scope["program"]
        return program

    def vjp(self, wrt: tuple[int, ...]) -> Callable[..., tuple]:
        """(inputs, cotangents of the results) -> the cotangents of the inputs `wrt`."""
        return self._made("vjp", wrt)

    def jvp(self, wrt: tuple[int, ...]) -> Callable[..., tuple]:
        """(inputs, tangents of the inputs `wrt`) -> the tangents of the results."""
        return self._made("jvp", wrt)

    def doubled(self, wrt: tuple[int, ...], n: int) -> ScalarProgram:
        """The results and their tangents; after the first n of the inputs `wrt`, which follow one another, stand their tangents,
        those of the others at the end.
        """
        tangents = {self.inputs[i]: input_node(("t", i), ()) for i in wrt}
        forms = differential(self.results, tangents, self.inputs)
        moved, first = list(tangents.values()), wrt[0]
        inputs = [*self.inputs[: first + n], *moved[:n], *self.inputs[first + n :], *moved[n:]]
        results = [*self.results, *[literal(0.0) if f is None else f for f in forms]]
        text = _written(inputs, results)
        return _PROGRAMS.get(text) or _PROGRAMS.keep(text, ScalarProgram(inputs, results, text))

    def reordered(self, first: Sequence[int]) -> ScalarProgram:
        """The same program, whose first inputs are those with these numbers; the others follow as they are."""
        inputs = [*[self.inputs[i] for i in first], *self.inputs[len(first) :]]
        text = _written(inputs, self.results)
        return _PROGRAMS.get(text) or _PROGRAMS.keep(text, ScalarProgram(inputs, self.results, text))

    def _made(self, kind: str, wrt: tuple[int, ...]) -> Callable[..., tuple]:
        key = (kind, wrt)
        if key not in self._derivatives:
            moving = [self.inputs[i] for i in wrt]
            tangents = [input_node(("t", i), ()) for i in wrt]
            forms = differential(self.results, dict(zip(moving, tangents, strict=True)), self.inputs)
            extra = tangents
            if kind == "vjp":
                extra = [input_node(("W", k), ()) for k in range(len(self.results))]
                forms = transpose_linear(forms, tangents, extra)
            zero = literal(0.0)
            found = [zero if f is None else f for f in forms]
            self._derivatives[key] = _compiled(_written([*self.inputs, *extra], found))
        return self._derivatives[key]


def scalar_program(f: Callable[..., Any], shapes: Sequence[tuple[int, ...]]) -> ScalarProgram | None:
    """f(*arrays) -> array or container, for arrays of these shapes; None where f is no code that goes one way, or a long one.

    f calls copies (`copying.copied`) of what the user wrote.
    """
    run = _Run()
    inputs: list[Node] = []
    args = []
    for shape in shapes:
        size = int(np.prod(shape))
        nodes = [input_node(len(inputs) + k, ()) for k in range(size)]
        inputs += nodes
        array = np.empty(size, dtype=object)
        array[:] = [Symbol(node, run) for node in nodes]
        args.append(array.reshape(shape) if shape else array[0])
    try:
        with Tape() as tape:
            tape.symbols = True
            found = _entries(f(*args))
    except Exception:  # whatever the code does not know to do with symbols: it has its way with numbers
        return None
    if run.refused or tape.caught is not None or any(type(v) not in _KINDS for v in found):
        return None
    results = [v.node if type(v) is Symbol else literal(float(v)) for v in found]
    text = _written(inputs, results)
    return _PROGRAMS.get(text) or _PROGRAMS.keep(text, ScalarProgram(inputs, results, text))


# --- as text ----------------------------------------------------------------------------------------------------------

_KERNELS: dict[str, Any] = {}
"""What programs call and math has not: kernels of primitives, by the names that texts have for them."""


def _written(inputs: Sequence[Node], results: Sequence[Node]) -> str:
    names: dict[Node, str] = {node: f"x{k}" for k, node in enumerate(inputs)}
    known: dict[str, str] = {}
    lines: list[str] = []
    for node in postorder(*results, known=inputs):
        if node.op is LITERAL:
            value = float(node.params[0])
            names[node] = repr(value) if value >= 0 else f"({value!r})"
            continue
        code = _spelled(node, [names[a] for a in node.args])
        if code not in known:
            known[code] = f"v{len(known)}"
            lines.append(f"    {known[code]} = {code}")
        names[node] = known[code]
    head = f"def program({', '.join(f'x{k}' for k in range(len(inputs)))}):"
    return "\n".join([head, *lines, f"    return ({''.join(names[r] + ', ' for r in results)})"])


def _spelled(node: Node, args: list[str]) -> str:
    op = node.op
    if op is gate:
        return f"{args[0]} * {args[1]}"
    if op is power_of:
        (p,) = node.params
        return (
            f"{args[0]} * {args[0]}"
            if p == 2
            else f"{args[0]} ** {p}"
            if isinstance(p, int)
            else f"pow({args[0]}, {p!r})"
        )
    if op is power:
        return f"pow({args[0]}, {args[1]})"
    if op.code:
        return op.code.format(*args)
    if op.value in _MATH:
        return f"{_MATH[op.value]}({args[0]})"
    name = f"k{id(op)}"
    _KERNELS[name] = lambda *values: float(op.value(*values))
    return f"{name}({', '.join([*args, *map(repr, node.params)])})"


def _names_called(text: str) -> set[str]:
    return set(re.findall(r"(\w+)\(", text))


def _compiled(text: str) -> Callable[..., tuple]:
    scope: dict[str, Any] = {
        "pow": math.pow,
        "inf": math.inf,
        "nan": math.nan,
        **_KERNELS,
        **{name: getattr(math, name) for name in _MATH.values()},
    }
    exec(compile(text, "<program of numbers>", "exec"), scope)
    program: Callable[..., tuple] = scope["program"]
    return program
