"""Expressions that stand for arrays while a function is run for its formula: they know their number of dimensions.

So `b @ A`, `x.T`, `A * x` and `X[0]` mean what they mean for NumPy. Sizes are symbolic, and what `np.eye(len(x))` makes of them is a formula. What functions of NumPy mean stands in `symbolic_functions`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np

from frechet.errors import DerivativeError, FrechetError
from frechet.expr.node import Expr, as_expr, operations
from frechet.expr.protocols import NUMPY_FUNCTIONS, NUMPY_UFUNCS, part
from frechet.expr.sizes import ONE, Size, size
from frechet.expr.structure import ones
from frechet.language import parse, to_text
from frechet.tracing.symbolic_sizes import agree

__all__ = ["FUNCTIONS", "METHODS", "Symbolic", "as_size", "as_symbolic", "elementwise", "product", "refused"]

FUNCTIONS: dict[str, Callable[..., Any]] = {}
"""What NumPy's functions mean on symbols, by name: see `frechet.tracing.symbolic_functions`."""
METHODS: dict[str, Callable[..., Any]] = {}
"""What methods of arrays mean on symbols."""


def refused(what: str) -> DerivativeError:
    """The error of what no formula says."""
    return DerivativeError(
        f"{what} is in no formula of the matrix language; fr.gradient(f) differentiates the code as it is"
    )


class Symbolic:
    """An expression with the number of dimensions that its array has."""

    __slots__ = ("expr", "ndim")
    __array_priority__ = 2000.0

    def __init__(self, expr: Expr, ndim: int) -> None:
        self.expr, self.ndim = expr, ndim

    # --- what an array tells ----------------------------------------------------------------------

    @property
    def shape(self) -> tuple[Symbolic, ...]:
        sizes = (self.expr.rows, self.expr.cols)[: self.ndim]
        return tuple([Symbolic(as_expr(n), 0) for n in sizes])

    @property
    def size(self) -> Symbolic:
        return Symbolic(as_expr(self.expr.rows) * as_expr(self.expr.cols), 0)

    @property
    def T(self) -> Symbolic:
        return Symbolic(self.expr.T, 2) if self.ndim == 2 else self

    def __repr__(self) -> str:
        return to_text(self.expr)

    def __getitem__(self, key: Any) -> Symbolic:
        keys = tuple([_position(k) for k in (key if isinstance(key, tuple) else (key,))])
        if self.ndim == 1 and len(keys) == 2 and None in keys:
            return Symbolic(self.expr if keys[1] is None else self.expr.T, 2)
        if any(isinstance(k, Symbolic | list | np.ndarray) or k is None or k is Ellipsis for k in keys):
            raise refused("indexing by arrays, masks, None or ...")
        keys = (*keys, slice(None))[:2] if self.ndim == 2 else (keys[0], slice(None))
        found = part(self.expr, keys)
        left = [isinstance(k, slice) for k in keys]
        if self.ndim == 1 or not left[1]:
            return Symbolic(found, int(left[0]))
        return Symbolic(found, 2) if left[0] else Symbolic(found.T, 1)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name not in METHODS:
            raise refused(f"the method {name}")
        return lambda *args, **options: METHODS[name](self, *args, **options)

    def __eq__(self, other: Any) -> Any:
        mine, theirs = as_size(self), as_size(other)
        if mine is None or theirs is None:
            raise refused("a comparison of values")
        return mine is theirs

    def __ne__(self, other: Any) -> Any:
        return not self == other

    __hash__ = object.__hash__

    # --- NumPy's protocols ----------------------------------------------------------------------------

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Symbolic:
        if method == "outer" and not options:
            a, b = [as_symbolic(x) for x in inputs]
            if a.ndim == b.ndim == 1:
                return elementwise(ufunc.__name__, a[:, None], b[None, :])
        if method != "__call__":
            raise refused(f"np.{ufunc.__name__}.{method}")
        if any(v is not None for v in options.values()):
            raise refused(f"np.{ufunc.__name__} with {', '.join(k for k, v in options.items() if v is not None)}")
        return elementwise(ufunc.__name__, *inputs)

    def __array_function__(self, function: Callable, types: Any, args: tuple, options: dict) -> Any:
        return self.meaning_of(function)(*args, **options)

    @staticmethod
    def meaning_of(function: Callable) -> Callable[..., Any]:
        """What a library's function means on symbols."""
        name = getattr(function, "__name__", "?")
        if name in FUNCTIONS:
            return FUNCTIONS[name]
        if name in operations and operations[name].elementwise:
            return lambda *args: elementwise(name, *args)
        if function in NUMPY_FUNCTIONS:
            return _of_expressions(name, NUMPY_FUNCTIONS[function])
        raise refused(f"{getattr(function, '__module__', None) or ''}.{name}".lstrip("."))


def _refusing(what: str) -> Callable[..., Any]:
    def refuse(self: Symbolic, *_: Any) -> Any:
        raise refused(what)

    return refuse


for _names, _what in {
    "bool": "a decision by values (if, while, and, or)",
    "lt le gt ge": "a comparison of values, np.where with one,",
    "float int complex": "a number of Python made of a value (float, int, math)",
    "index": "a count of Python made of a size (range, a list of so many)",
    "len": "the length of a number",
    "iter": "a loop over entries (np.sum instead of sum, whole arrays instead of their entries)",
    "array": "a conversion to an array of numbers",
    "setitem": "a write in place",
}.items():
    for _name in _names.split():
        setattr(Symbolic, f"__{_name}__", _refusing(_what))


def as_size(value: Any) -> Size | None:
    """A size, or a number that may be one; None for others."""
    if isinstance(value, int | np.integer) and not isinstance(value, bool):
        return size(int(value))
    return _size_of(value.expr) if isinstance(value, Symbolic) and value.ndim == 0 else None


def _size_of(e: Expr) -> Size | None:
    name = e.op.name
    if name == "number":
        return size(int(e.params[0])) if e.params[0].denominator == 1 else None
    if name == "size":
        return e.params[0]
    parts = [s for a in e.args if (s := _size_of(a)) is not None]
    if name not in ("add", "scale", "mul", "hadamard") or len(parts) < len(e.args):
        return None
    total = parts[0]
    for p in parts[1:]:
        total = total + p if name == "add" else total * p
    return total


def _position(key: Any) -> Any:
    """A part of an index, with sizes as such."""
    if isinstance(key, slice):
        return slice(*[_position(k) for k in (key.start, key.stop, key.step)])
    found = as_size(key) if isinstance(key, Symbolic) else None
    return key if found is None else found


def _of_expressions(name: str, meaning: Callable[..., Any]) -> Callable[..., Any]:
    """A function of NumPy by what it means for expressions."""

    def called(*args: Any, **options: Any) -> Any:
        try:
            found = meaning(*[_inner(a) for a in args], **{k: _inner(v) for k, v in options.items()})
        except FrechetError as error:
            raise refused(f"np.{name} of these arguments ({error})") from error
        return tuple([_dressed(f) for f in found]) if isinstance(found, tuple) else _dressed(found)

    return called


def _inner(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return type(value)([_inner(v) for v in value])
    found = as_size(value) if isinstance(value, Symbolic) else None
    return value.expr if isinstance(value, Symbolic) and found is None else value if found is None else as_expr(found)


def _dressed(found: Any) -> Any:
    """A column is taken for a vector: where the code makes a matrix with one column, the comparison at numbers tells."""
    return (
        Symbolic(found, 0 if found.is_scalar else 1 if found.cols is ONE else 2) if isinstance(found, Expr) else found
    )


def as_symbolic(value: Any) -> Symbolic:
    """A number or an array of at most two dimensions as a symbol; DerivativeError for more."""
    if isinstance(value, Symbolic):
        return value
    if isinstance(value, np.ndarray) and value.ndim > 2:
        raise refused("an array of more than two dimensions")
    if isinstance(value, np.ndarray) and value.ndim:
        return Symbolic(as_expr(value.reshape(-1, 1) if value.ndim == 1 else value), value.ndim)
    value = value.item() if isinstance(value, np.generic | np.ndarray) else value
    known = _constant(value) if isinstance(value, float) else None
    return Symbolic(as_expr(value) if known is None else known, 0)


_CONSTANTS = {
    "pi": math.pi, "1/pi": 1 / math.pi, "pi^2": math.pi**2, "sqrt(pi)": math.sqrt(math.pi), "log(pi)": math.log(math.pi),
    "log(2*pi)": math.log(2 * math.pi), "sqrt(2*pi)": math.sqrt(2 * math.pi), "1/sqrt(2*pi)": 1 / math.sqrt(2 * math.pi),
    "exp(1)": math.e, "exp(-1)": math.exp(-1), "log(2)": math.log(2), "sqrt(2)": math.sqrt(2),
}  # fmt: skip
"""What numbers of the code are that are no short decimals, and exactly small multiples of these."""


def _constant(value: float) -> Expr | None:
    """A number as a multiple of a constant that it equals to the last digit; None for others."""
    if len(repr(value)) < 15 or not np.isfinite(value):
        return None
    for text, constant in _CONSTANTS.items():
        q = Fraction(value / constant).limit_denominator(12)
        if 0 < abs(q) <= 100 and value in (float(q) * constant, q.numerator * constant / q.denominator):
            return as_expr(q) * parse(text)
    return None


def _broadcast(a: Symbolic, b: Symbolic) -> tuple[Expr, Expr, int]:
    """Both as expressions of one shape, or with a number among them, as NumPy broadcasts."""
    ndim = max(a.ndim, b.ndim)
    if not a.ndim or not b.ndim:
        return a.expr, b.expr, ndim
    x, y = [s.expr.T if s.ndim < ndim else s.expr for s in (a, b)]  # a vector is a row beside a matrix
    for m, n in ((x.rows, y.rows), (x.cols, y.cols)):
        if ONE not in (m, n):
            agree(f"arrays of the shapes {x.rows}×{x.cols} and {y.rows}×{y.cols}", m, n)
    return _repeated(x, y), _repeated(y, x), ndim


def _repeated(x: Expr, like: Expr) -> Expr:
    if x.rows is ONE and like.rows is not ONE:
        x = ones(like.rows, 1) @ x
    return x @ ones(1, like.cols) if x.cols is ONE and like.cols is not ONE else x


def elementwise(name: str, *inputs: Any) -> Symbolic:
    """A ufunc of NumPy or an operation on entries, by name; DerivativeError for others."""
    args = [as_symbolic(a) for a in inputs]
    if name == "matmul":
        return product(*args)
    if name == "logaddexp":
        a, b, ndim = _broadcast(*args)
        if a is as_expr(0) or b is as_expr(0):
            return Symbolic(operations["softplus"](b if a is as_expr(0) else a), ndim)
        return Symbolic(operations["log"](operations["exp"](a) + operations["exp"](b)), ndim)
    meaning = NUMPY_UFUNCS.get(name)
    if meaning is None:
        op = operations.get(name)
        if op is None or not op.elementwise:
            raise refused(f"np.{name}")
        meaning = op
    if len(args) == 1:
        return Symbolic(meaning(args[0].expr), args[0].ndim)
    x, y, ndim = _broadcast(*args)
    if name == "multiply" and not (x.is_scalar or y.is_scalar):
        return Symbolic(operations["hadamard"](x, y), ndim)
    return Symbolic(meaning(x, y), ndim)


def product(A: Any, B: Any) -> Symbolic:
    """A @ B, and the product of numbers with anything."""
    A, B = as_symbolic(A), as_symbolic(B)
    if not A.ndim or not B.ndim:
        return elementwise("multiply", A, B)
    agree(
        f"the product of a {A.expr.rows}×{A.expr.cols} and a {B.expr.rows}×{B.expr.cols}",
        A.expr.rows if A.ndim == 1 else A.expr.cols,
        B.expr.rows,
    )
    if A.ndim == 1:
        found = B.expr.T @ A.expr
        return Symbolic(found, B.ndim - 1)
    return Symbolic(A.expr @ B.expr, B.ndim)


def _operator(name: str, swapped: bool = False) -> Callable[[Symbolic, Any], Symbolic]:
    return (lambda a, b: elementwise(name, b, a)) if swapped else (lambda a, b: elementwise(name, a, b))


for _short, _name in {
    "add": "add", "sub": "subtract", "mul": "multiply", "truediv": "divide", "matmul": "matmul", "pow": "power",
}.items():  # fmt: skip
    setattr(Symbolic, f"__{_short}__", _operator(_name))
    setattr(Symbolic, f"__r{_short}__", _operator(_name, swapped=True))
for _short, _name in {"neg": "negative", "pos": "positive", "abs": "absolute"}.items():
    setattr(Symbolic, f"__{_short}__", lambda a, name=_name: elementwise(name, a))
