"""The generalized matrix-chain problem: in which order a product of structured factors costs least.

A factor is a dense matrix, a diagonal one held as a vector, or the inverse of a matrix that is never formed:
products with it are solves. Dynamic programming over the splits, as in the textbook problem, with the cost of
each split by the structure on both sides, and no cost for what is computed anyway.
Source: Barthels, Copik, Bientinesi, The generalized matrix chain algorithm (arXiv:1804.04021).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from frechet.compile.build import Builder
from frechet.compile.kernels import SYMMETRIC_SHARE
from frechet.compile.values import Value
from frechet.expr.sizes import Size

__all__ = ["ChainOperand", "ChainPlan", "Key", "best_order", "inverse_cost", "key_of", "mirror_key", "turned"]


@dataclass(frozen=True)
class ChainOperand:
    """kind: dense, diagonal (`value` is the vector) or inverse (of `value`, of `flipped` value)."""

    kind: str
    value: Value
    rows: Size
    cols: Size
    flipped: bool = False

    @property
    def key(self) -> tuple:
        return self.kind, self.value, self.flipped

    @property
    def facts(self) -> frozenset[str]:
        """What is known of the factor: the inverse of the transpose of a lower triangular matrix is an upper one."""
        swap = {"lower": "upper", "upper": "lower"} if self.flipped else {}
        return frozenset(swap.get(f, f) for f in self.value.facts)


Key = tuple[tuple, ...]


def key_of(factors: tuple[ChainOperand, ...]) -> Key:
    """What identifies a product: its factors in order."""
    return tuple(f.key for f in factors)


@dataclass(frozen=True)
class ChainPlan:
    """How to compute the product of factors[i..j]: from two halves, or in one of the special ways.

    way: leaf, split, gram (Z'*Z), root (Z'*Z with half of the middle factor put into Z), known (computed anyway).
    """

    cost: float
    way: str
    kind: str
    facts: frozenset[str] = frozenset()
    left: ChainPlan | None = None
    right: ChainPlan | None = None
    first: int = 0
    last: int = 0


def turned(f: ChainOperand, b: Builder) -> ChainOperand:
    """f'."""
    if f.kind == "diagonal":
        return f
    if f.kind == "inverse":
        return f if "symmetric" in f.value.facts else ChainOperand(f.kind, f.value, f.cols, f.rows, not f.flipped)
    return ChainOperand(f.kind, b.T(f.value), f.cols, f.rows)


def mirror_key(factors: tuple[ChainOperand, ...], b: Builder) -> Key:
    """What identifies the transpose of a product."""
    return key_of(tuple(turned(f, b) for f in reversed(factors)))


# Below this many columns a triangle of a product is not worth computing alone.
SYMMETRIC_FROM = 128


def best_order(factors: tuple[ChainOperand, ...], b: Builder, is_known: Callable[[Key], bool]) -> ChainPlan:
    """The plan of least cost for a whole chain, at the sizes that the builder knows."""
    n = len(factors)
    keys, mirrored = key_of(factors), mirror_key(factors, b)[::-1]  # factor by factor
    size = b.number
    table: dict[tuple[int, int], ChainPlan] = {}
    for i, f in enumerate(factors):
        table[i, i] = ChainPlan(0.0, "leaf", f.kind, f.facts, first=i, last=i)
    for length in range(2, n + 1):
        for i in range(n - length + 1):
            j = i + length - 1
            segment, backwards = keys[i : j + 1], tuple(reversed(mirrored[i : j + 1]))
            symmetric = segment == backwards
            if is_known(segment) or is_known(backwards):
                facts = frozenset({"symmetric"}) if symmetric else frozenset()
                table[i, j] = ChainPlan(0.0, "known", "dense", facts, first=i, last=j)
                continue
            m, q = size(factors[i].rows), size(factors[j].cols)
            best: ChainPlan | None = None
            for k in range(i, j):
                L, R = table[i, k], table[k + 1, j]
                p = size(factors[k].cols)
                left, right = keys[i : k + 1], keys[k + 1 : j + 1]
                is_gram = right == tuple(reversed(mirrored[i : k + 1]))
                shared = L.cost + (0.0 if left == right or is_gram else R.cost)
                if symmetric and _computes(R, i + j - k, j):  # the left side is the transpose of a part of the right
                    shared = R.cost
                elif symmetric and _computes(L, i, i + j - k - 1):
                    shared = L.cost
                if is_gram and L.kind == R.kind == "dense":
                    cost, way = shared + m * p * q, "gram"
                else:
                    cost, way = shared + _pair(L, R, m, p, q, factors, symmetric), "split"
                if best is None or cost < best.cost:
                    kind = "diagonal" if L.kind == R.kind == "diagonal" else "dense"
                    facts = frozenset({"symmetric"}) if symmetric else L.facts & R.facts & {"lower", "upper"}
                    best = ChainPlan(cost, way, kind, facts, L, R, i, j)
            if symmetric and length % 2 and not b.is_complex:
                rooted = _by_root(table, factors, i, j, m, size)
                if rooted is not None and rooted.cost < best.cost:  # type: ignore[union-attr]
                    best = rooted
            assert best is not None
            table[i, j] = best
    return table[0, n - 1]


def _computes(plan: ChainPlan, first: int, last: int) -> bool:
    """Whether the product of these factors is a step of a plan."""
    if (plan.first, plan.last) == (first, last):
        return True
    return any(_computes(p, first, last) for p in (plan.left, plan.right) if p is not None)


def _by_root(table, factors: tuple[ChainOperand, ...], i: int, j: int, m: int, size) -> ChainPlan | None:
    """X'*D*X with D = R'*R as Z'*Z, Z = R*X: the middle is diagonal and nonnegative, or an inverse that has a
    Cholesky factor."""
    middle = (i + j) // 2
    f, right = factors[middle], table[middle + 1, j]
    n = size(f.rows)
    if right.kind != "dense":
        return None
    if f.kind == "diagonal" and "nonnegative" in f.value.facts:
        cost = right.cost + n * m + n * m * m
    elif f.kind == "inverse" and "psd" in f.value.facts and not f.value.facts & {"diagonal", "lower", "upper"}:
        cost = right.cost + n * n * m + n * m * m
    else:
        return None
    return ChainPlan(cost, "root", "dense", frozenset({"symmetric"}), table[middle, middle], right, i, j)


def _pair(
    L: ChainPlan, R: ChainPlan, m: int, p: int, q: int, factors: tuple[ChainOperand, ...], symmetric: bool
) -> float:
    """Flops for (m×p)*(p×q) by what both sides are."""
    if L.kind == R.kind == "diagonal":
        return m
    if L.kind == "diagonal":
        return m * q + _formed(R, factors, p)
    if R.kind == "diagonal":
        return m * q + _formed(L, factors, p)
    if L.kind == "inverse":
        return _solve(factors[L.first], p, q) + _formed(R, factors, q)
    if R.kind == "inverse":
        return _solve(factors[R.first], p, m)
    if m > 1 and q > 1:
        if L.facts & {"lower", "upper"} or R.facts & {"lower", "upper"}:
            return m * p * q
        if symmetric and m >= SYMMETRIC_FROM:
            return 2 * SYMMETRIC_SHARE * m * p * q
    sums = any(f.value.kernel == "ones" for f in (factors[L.first], factors[R.last]) if 1 in (m, q))
    return (1 if sums else 2) * m * p * q


def _formed(plan: ChainPlan, factors: tuple[ChainOperand, ...], n: int) -> float:
    """What it costs to have this as a plain matrix."""
    return inverse_cost(factors[plan.first].value, n) if plan.kind == "inverse" else 0.0


def _solve(f: ChainOperand, n: int, columns: int) -> float:
    if "diagonal" in f.value.facts:
        return n * columns
    return (1 if f.value.facts & {"lower", "upper"} else 2) * n * n * columns


def inverse_cost(A: Value, n: int) -> float:
    """Flops for an explicit inverse, after the factorization."""
    if "diagonal" in A.facts:
        return n
    if A.facts & {"lower", "upper"}:
        return n**3 / 3
    return (2 / 3 if "psd" in A.facts else 4 / 3) * n**3
