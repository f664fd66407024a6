"""Random values and tangents for a variable, in the set that its declared properties describe."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from frechet.check.exact.arrays import Array
from frechet.check.exact.elimination import Duals
from frechet.check.exact.scalars import NumberField, OutOfReach
from frechet.expr.node import Expr
from frechet.expr.properties import properties_of

__all__ = ["SampledSpace", "lies_in", "random_tangent", "random_value", "space_of", "unit_tangents"]

_IGNORED = frozenset({"invertible", "differential"})  # a general matrix is invertible; dX is told by its subspace
_KNOWN = frozenset({"symmetric", "skew", "psd", "spd", "diagonal", "lower", "upper", "orthogonal", "unit", "positive"})


@dataclass(frozen=True)
class SampledSpace:
    """How a symbol is drawn.

    entries   which entries are free, and what the others are: "general", "symmetric", "skew", "diagonal", "lower", "upper"
    kind      "free", "positive" (entries), "definite", "orthogonal", "unit"
    degree    of the entries in what is drawn, numerator and denominator, at a size n
    """

    entries: str
    kind: str

    @property
    def is_proper(self) -> bool:
        """Whether the symbol moves in a part of all matrices only."""
        return self.entries != "general" or self.is_curved

    @property
    def is_curved(self) -> bool:
        """Whether the directions in which it may move depend on where it is."""
        return self.kind in ("orthogonal", "unit")

    def degree(self, n: int) -> tuple[int, int]:
        """The degree of the entries as rational functions of what is drawn."""
        return {"free": (1, 0), "positive": (4, 0), "definite": (4, 0), "orthogonal": (n, n), "unit": (2, 2)}[self.kind]


def space_of(symbol: Expr) -> SampledSpace:
    """The space of a symbol; OutOfReach for combinations of properties that have no parametrisation here."""
    declared = properties_of(symbol) - _IGNORED
    entries = next((p for p in ("diagonal", "symmetric", "skew", "lower", "upper") if p in declared), "general")
    if symbol.is_scalar:
        entries = "general"
        declared = frozenset({"positive"}) if declared & {"positive", "spd", "psd"} else declared
    kind = "free"
    if "orthogonal" in declared:
        kind = "orthogonal"
    elif "unit" in declared:
        kind = "unit"
    elif "psd" in declared:
        kind = "definite"
    elif "positive" in declared:
        kind = "positive"
    fits = {
        "orthogonal": entries == "general" and "unit" not in declared,
        "unit": entries == "general" and "positive" not in declared,
        "definite": entries in ("symmetric", "diagonal") and "positive" not in declared,
        "positive": entries in ("general", "symmetric"),
        "free": True,
    }[kind]
    clash = "skew" in declared and declared & {"symmetric", "lower", "upper"}
    if not fits or clash or declared - _KNOWN:
        raise OutOfReach(f"{symbol.name} is {', '.join(sorted(declared))}: no general point of this kind is known")
    return SampledSpace(entries, kind)


@lru_cache(maxsize=4096)
def _is_free(entries: str, i: int, j: int) -> bool:
    return {
        "general": True,
        "symmetric": j <= i,
        "skew": j < i,
        "diagonal": i == j,
        "lower": j <= i,
        "upper": j >= i,
    }[entries]


def _filled(entries: str, rows: int, cols: int, draw: Callable[[], Any], field: NumberField) -> list:
    """The entries of a matrix of this subspace, its free entries drawn one after the other."""
    if entries == "general":
        return [draw() for _ in range(rows * cols)]
    M = [[draw() if _is_free(entries, i, j) else field.zero for j in range(cols)] for i in range(rows)]
    if entries in ("symmetric", "skew"):
        for i in range(rows):
            for j in range(i):
                M[j][i] = M[i][j] if entries == "symmetric" else -M[i][j]
    return field.reduce([x for row in M for x in row])


def random_value(space: SampledSpace, rows: int, cols: int, field: NumberField, mirrored: bool = False) -> list:
    """A random point; with `mirrored`, an orthogonal matrix of determinant -1, and of a unit vector its negative."""
    if space.kind == "orthogonal":
        return _orthogonal(rows, field, mirrored)
    if space.kind == "unit":
        return _unit(rows, field, mirrored)
    if space.kind == "definite":
        return _definite(space.entries, rows, field)
    draw = field.positive if space.kind == "positive" else field.draw
    return _filled(space.entries, rows, cols, draw, field)


def _orthogonal(n: int, field: NumberField, mirrored: bool) -> list:
    """Cayley: inv(I + K)*(I - K) for a skew K, its first column with the other sign."""
    o = Duals(field)
    K = o.array(n, n, _filled("skew", n, n, field.draw, field))
    Q = o.solve(o.plus(o.eye(n), K), o.minus(o.eye(n), K)).value
    return field.reduce([-x if mirrored and i % n == 0 else x for i, x in enumerate(Q)])


def _unit(n: int, field: NumberField, mirrored: bool) -> list:
    """The stereographic projection of p: (1 - p'p, 2p)/(1 + p'p)."""
    o = Duals(field)
    p = [field.draw() for _ in range(n - 1)]
    square = sum((t * t for t in p), field.zero)
    x = [field.one - square, *(t + t for t in p)]
    below = o.array(1, 1, field.reduce([field.one + square]))
    x = o.solve(below, o.array(1, n, field.reduce(x))).value
    return field.reduce([-t for t in x]) if mirrored else x


def _definite(entries: str, n: int, field: NumberField) -> list:
    """L*L' with squares on the diagonal of L: its Cholesky factor, its pivots and determinant have their roots."""
    if entries == "diagonal":
        return _filled("diagonal", n, n, field.positive, field)
    L = [[field.draw() if j < i else field.zero for j in range(n)] for i in range(n)]
    product = field.one
    for i in range(n):
        L[i][i], product = field.know_square(field.draw(), product)
    return field.reduce([sum(x * y for x, y in zip(L[i], L[j], strict=True)) for i in range(n) for j in range(n)])


def random_tangent(space: SampledSpace, rows: int, cols: int, value: list, field: NumberField) -> list:
    """A random direction at the value in which the symbol may move."""
    return _tangent(space, rows, cols, value, field.draw, field)


def unit_tangents(space: SampledSpace, rows: int, cols: int, value: list, field: NumberField) -> Iterator[list]:
    """Directions in which one free entry moves, with those that are tied to it."""
    entries, cols = ("skew", rows) if space.is_curved else (space.entries, cols)
    free = sum(_is_free(entries, i, j) for i in range(rows) for j in range(cols))
    for chosen in range(free):
        ones = iter([field.number(int(k == chosen)) for k in range(free)])
        yield _tangent(space, rows, len(value) // rows, value, ones.__next__, field)


def _tangent(
    space: SampledSpace, rows: int, cols: int, value: list, draw: Callable[[], Any], field: NumberField
) -> list:
    if space.is_curved:
        o = Duals(field)
        skew = o.array(rows, rows, _filled("skew", rows, rows, draw, field))
        x = o.array(rows, cols, value)
        return (o.matmul(x, skew) if space.kind == "orthogonal" else o.matmul(skew, x)).value
    return _filled(space.entries, rows, cols, draw, field)


def lies_in(space: SampledSpace, G: Array, value: list, field: NumberField) -> bool:
    """Whether a gradient lies in the tangent space at the value: the subspace, the matrices Q*skew, what is orthogonal to x."""
    o = Duals(field)
    if space.kind == "unit":
        return not any(o.total(o.times(G, o.array(G.rows, G.cols, value))).value)
    if space.kind == "orthogonal":
        G = o.matmul(o.transpose(o.array(G.rows, G.cols, value)), G)
    entries = "skew" if space.kind == "orthogonal" else space.entries
    g, n = G.value, G.cols
    if entries in ("symmetric", "skew"):
        sign = 1 if entries == "symmetric" else -1
        return not any(field.reduce([g[i * n + j] - sign * g[j * n + i] for i in range(n) for j in range(i + 1)]))
    return all(g[i * n + j] == 0 or _is_free(entries, i, j) for i in range(G.rows) for j in range(n))
