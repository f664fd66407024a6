"""Points at which the operations of the table are tested: every operation × sizes (letters, numbers, ones).

An operation with a signature is drawn by its own sampler. Operations that take any number of arguments, and operations
whose parameters matter, register further points here with `@instances(name)`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import chain, combinations, count
from zlib import crc32

import numpy as np

import frechet.rules  # noqa: F401  (declares every operation)
from frechet.expr.evaluate import apply, evaluate, sizes_of
from frechet.expr.node import Expr, Operation, operations
from frechet.expr.signature import Signature
from frechet.expr.sizes import ONE, Size, size
from frechet.expr.structure import number, symbol

__all__ = [
    "OPERATIONS",
    "Instance",
    "instances",
    "instances_of",
    "operations_with_formulas",
    "outside_points",
    "unsampled",
]

OPERATIONS = [
    op for op in operations.values() if op.value or op.definition or op.differentials or op.adjoints or op.matrices
]
"""The operations that compute something; the others only stand in expressions (symbols, the formal d)."""

NUMBERS = {"m": 3, "n": 4, "p": 2}
_fresh = count()
_registered: dict[str, Callable[[np.random.Generator], Iterator[Instance]]] = {}


@dataclass(frozen=True, eq=False)
class Instance:
    """An operation at arguments, with numbers for the symbols and the size letters."""

    label: str
    op: Operation
    args: tuple[Expr, ...]
    params: tuple
    arrays: tuple[np.ndarray, ...]  # one an argument
    sizes: dict[str, int]

    @cached_property
    def node(self) -> Expr:
        return self.op(*self.args, params=self.params)

    @property
    def is_folded(self) -> bool:
        """Whether the constructor answered itself, so that the formulas of this operation are not used."""
        return self.node.op is not self.op or self.node.args != self.args

    @property
    def active(self) -> list[int]:
        """The arguments that are symbols: those that one can differentiate by."""
        return [i for i, a in enumerate(self.args) if a.op.name == "symbol"]

    @property
    def numeric_params(self) -> list:
        return [p.value(self.sizes) if isinstance(p, Size) else p for p in self.params]

    def kernel(self, moved: dict[int, np.ndarray] | None = None) -> np.ndarray:
        """The kernel itself, with some of the arrays replaced."""
        arrays = [(moved or {}).get(i, a) for i, a in enumerate(self.arrays)]
        if self.op.value is None:
            return apply(self.node, arrays, self.sizes)
        if self.op.contextual:
            return self.op.value(*arrays, node=self.node)
        return self.op.value(*arrays, *self.numeric_params)

    def evaluate(self, expression: Expr, more: dict[Expr, np.ndarray] | None = None) -> np.ndarray:
        """An expression in the symbols of this instance (and `more`) at its numbers."""
        values = {self.args[i]: self.arrays[i] for i in self.active} | (more or {})
        return evaluate(expression, values, self.sizes)

    def __repr__(self) -> str:
        return f"<{self.op.name}, {self.label}: {', '.join(f'{a.rows}×{a.cols}' for a in self.args)}>"


def instances(name: str) -> Callable:
    """Registers further points for an operation."""
    if name not in operations:
        raise ValueError(f"no operation is called {name}")

    def register(points: Callable[[np.random.Generator], Iterator[Instance]]) -> Callable:
        _registered[name] = points
        return points

    return register


def operations_with_formulas() -> list[Operation]:
    return [op for op in OPERATIONS if op.differentials or op.adjoints or op.matrices]


def unsampled(rows: list[Operation]) -> list[str]:
    """Operations that have formulas, or arguments, and no points to test them at."""
    return [
        op.name for op in rows if op.name not in _registered and not (op.sample and isinstance(op.signature, Signature))
    ]


def instances_of(op: Operation, seed: int = 0) -> list[Instance]:
    """All points of an operation; an AssertionError says that it has none."""
    assert not unsampled([op]), f"{op.name} has no sampler: give the row `sample`, or register instances"
    rng = np.random.default_rng([seed, crc32(op.name.encode())])
    found = []
    if op.sample and isinstance(op.signature, Signature):
        found += list(_sampled(op, rng))
    if op.name in _registered:
        found += list(_registered[op.name](rng))
    return found


def outside_points() -> list[Instance]:
    """All points outside of the domains that the operations declare, each with symbols A, B, ... of the sizes of the arrays."""
    return [_outside(op, k, values) for op in OPERATIONS for k, values in enumerate(op.outside or ())]


def _outside(op: Operation, k: int, values: tuple) -> Instance:
    arity = len(op.signature.arguments)
    arrays, params = values[:arity], values[arity:]
    args = tuple(symbol("ABCD"[i], *a.shape) for i, a in enumerate(arrays))
    return Instance(f"outside {k}", op, args, tuple(size(p) for p in params), tuple(arrays), {})


# --- from the operation's own sampler -------------------------------------------------------------------


def _sampled(op: Operation, rng: np.random.Generator) -> Iterator[Instance]:
    signature = op.signature
    drawn = op.sample(rng)
    arity = len(signature.arguments)
    arrays, params = drawn[:arity], drawn[arity:]
    given = {t.letter: p for t, p in zip(signature.parameters, params, strict=False) if t.letter}
    templates = [_symbol(r, c) for r, c in signature.arguments]
    numbers = sizes_of(dict(zip(templates, arrays, strict=True)), given)

    def at(label: str, numbers: dict[str, int], written: dict[str, Size]) -> Instance:
        """The leading blocks of the arrays, with some letters written as numbers."""
        arguments = [(r.substitute(written), c.substitute(written)) for r, c in signature.arguments]
        blocks = [
            a[: r.value(numbers), : c.value(numbers)] for a, (r, c) in zip(arrays, signature.arguments, strict=True)
        ]
        sizes = tuple(t.substitute(written) for t in signature.parameters)
        return Instance(
            label,
            op,
            tuple(_symbol(r, c) for r, c in arguments),
            sizes + tuple(params[len(sizes) :]),
            tuple(blocks),
            numbers,
        )

    yield at("sizes are letters", numbers, {})
    if not numbers:
        return
    yield at("sizes are numbers", numbers, {k: size(n) for k, n in numbers.items()})
    yield at("letters that are 1", dict.fromkeys(numbers, 1), {})
    letters = sorted(numbers)
    for some in chain.from_iterable(combinations(letters, k) for k in range(1, len(letters) + 1)):
        yield at(f"{', '.join(some)} = 1", numbers | dict.fromkeys(some, 1), dict.fromkeys(some, ONE))


def _symbol(rows: Size | str | int, cols: Size | str | int) -> Expr:
    """A symbol with a name of its own, so that nothing that was found out about another one is reused."""
    return symbol(f"A{next(_fresh)}", rows, cols)


# --- registered points ----------------------------------------------------------------------------


def _number(part: Size | str | int) -> int:
    return size(part).value(NUMBERS)


def point(name: str, *args: object, params: tuple = (), label: str = "", draw: Callable) -> Instance:
    """An instance from shapes ("m n", or two sizes) and constants; `draw` gives the array of a shape."""
    nodes, arrays = [], []
    for a in args:
        if isinstance(a, str | tuple):
            rows, cols = (size(part) for part in (a.split() if isinstance(a, str) else a))
            nodes.append(_symbol(rows, cols))
            arrays.append(draw((_number(rows), _number(cols))))
        else:
            nodes.append(number(a))
            arrays.append(np.array([[float(a)]]))
    text = label or " , ".join(str(a) for a in args)
    return Instance(text, operations[name], tuple(nodes), params, tuple(arrays), NUMBERS)


@instances("add")
def _(rng):
    for args in (("m n", "m n"), ("1 n", "1 n", "1 n"), ("1 1", "1 1"), ("3 4", "3 4")):
        yield point("add", *args, draw=rng.standard_normal)


@instances("scale")
def _(rng):
    for args in (
        ("1 1", "m n"),
        ("1 1", "1 1"),
        ("1 1", "1 1", "n 1"),
        (-2, "m n"),
        (3, "1 1", "2 3"),
        ("1 1", "1 1", "1 1"),
    ):
        yield point("scale", *args, draw=rng.standard_normal)


@instances("mul")
def _(rng):
    for args in (
        ("m n", "n p"),
        ("m n", "n p", "p 1"),
        ("1 m", "m 1"),
        ("m 1", "1 n"),
        ("1 m", "m n", "n 1"),
        ("3 4", "4 2", "2 3", "3 5"),
    ):
        yield point("mul", *args, draw=rng.standard_normal)


@instances("hadamard")
def _(rng):
    for args in (("m n", "m n"), ("m n", "m n", "m n"), ("n 1", "n 1"), ("1 3", "1 3")):
        yield point("hadamard", *args, draw=rng.standard_normal)


@instances("transpose")
def _(rng):
    for args in (("m n",), ("n 1",), ("1 n",), ("n n",), ("3 2",)):
        yield point("transpose", *args, draw=rng.standard_normal)


@instances("pow")
def _(rng):
    def positive(shape):
        return rng.uniform(0.5, 2.0, shape)

    for args in (("m n", "1 1"), ("m n", "m n"), ("1 1", "1 1"), ("n 1", "n 1"), ("1 n", Fraction(1, 2))):
        yield point("pow", *args, draw=positive)
    for exponent in (2, 3, -1, -2):
        yield point("pow", "m n", exponent, draw=lambda shape: positive(shape) * rng.choice([-1, 1], shape))
    yield point("pow", 3, "1 1", draw=positive)


@instances("index")
def _(rng):
    def entry(shape, *params):
        return point(
            "index",
            shape,
            params=tuple(size(p) for p in params),
            label=f"{shape}[{params[0]}:{params[1]},{params[2]}:{params[3]}]",
            draw=rng.standard_normal,
        )

    yield entry("m n", 2, 3, 1, 3)
    yield entry("m n", 1, 2, 2, 2)
    yield entry("m n", 3, 3, 4, 4)
    yield entry("m n", 1, "m", 2, 2)
    yield entry("m n", 2, 2, 1, "n")
    yield entry("m n", 1, "p", "p", "n")
    yield entry("4 5", 2, 4, 1, 5)
    yield entry("n 1", 2, 2, 1, 1)
    yield entry("n 1", 2, "n", 1, 1)
    yield entry("1 n", 1, 1, 3, 3)
    yield entry("1 n", 1, 1, 1, "p")


@instances("block")
def _(rng):
    for args, counts in (
        (("m n", "m p"), (2,)),
        (("m n", "p n"), (1, 1)),
        (("m n", "m p", "p n", "p p"), (2, 2)),
        (("1 1", "1 1", "1 1", "1 1"), (2, 2)),
        (("n 1", "n 1", "n 1"), (3,)),
        (("2 3", "2 1", "1 2", "1 2"), (2, 2)),
        (("m 2", "m 3", "p 5"), (2, 1)),
        (("1 n", "m n"), (1, 1)),
    ):
        yield point("block", *args, params=(counts,), draw=rng.standard_normal)


@instances("matpow")
def _(rng):
    for k in (2, 5, 9, 12):
        yield point("matpow", "n n", params=(k,), label=f"k = {k}", draw=lambda s: rng.standard_normal(s) / 2)


def _tall(*names: str) -> None:
    """Registers rows of m×n matrices with at least as many rows as columns (a complement has one column: only its
    sign is free)."""
    for name in names:

        @instances(name)
        def _(rng, name=name):
            draw = lambda shape: rng.standard_normal(shape) + 2 * np.diag([4.0, 3.0, 2.0, 1.0])[: shape[0], : shape[1]]
            for shape in ("n m", "4 3") if name.endswith("perp") else ("n m", "n p", "4 3", "n 1", "n n", "3 3"):
                yield point(name, shape, draw=draw)


_tall("qrperp", "qrq", "qrr", "svdperp", "svdu", "svdv", "svdvals")


def _clusters(*names: str) -> None:
    """Registers operations of the k largest eigenvalues, with a gap below them."""
    for name in names:

        @instances(name)
        def _(rng, name=name):
            draw = lambda shape: np.diag([1.0, 7.0, 3.0, 5.0]) + 0.2 * rng.standard_normal(shape)
            for shape, k in (("n n", "p"), ("n n", "m"), ("n n", 1), ("4 4", 2)):
                yield point(name, shape, params=(size(k),), label=f"k = {k}", draw=draw)


_clusters("sumlargest", "topproj", "topvals", "topvecs")


@instances("unvec")
def _(rng):
    shape = (size("m") * size("n"), 1)
    yield point("unvec", shape, params=(size("n"), size("m")), label="n×m", draw=rng.standard_normal)


def _leaf(name: str, *params: tuple) -> None:
    """Registers an operation without arguments, at these parameters."""

    @instances(name)
    def _(rng):
        for p in params:
            label = ", ".join(map(str, p)) or "alone"
            yield Instance(label, operations[name], (), p, (), NUMBERS)


_n, _m, _one = size("n"), size("m"), ONE
_leaf("number", (Fraction(3),), (Fraction(-7, 3),), (Fraction(0),))
_leaf("size", (_n,), (_m * _n - 2,), (size(5),))
_leaf("pi", ())
_leaf("eye", (_n,), (size(3),), (_one,), (_m * _n,))
_leaf("ones", (_m, _n), (_n, _n), (size(2), _one), (_one, _one), (_one, _n))
_leaf("zeros", (_m, _n), (_n, _n), (size(2), _one), (_one, _one))
_leaf("e", (size(2), _n), (_n, _n), (_one, size(3)), (_one, _one))
_leaf("commutation", (_m, _n), (_n, _m), (_one, _n), (size(2), size(3)), (_n, _n))
