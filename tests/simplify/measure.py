"""What grows smaller with every rewriting: the measure by which `frechet.simplify.canonical` argues that it comes to an end.

A measure is compared from the left:

1. `expanded`, the size that an expression has with all products multiplied out: a sum has the sum of the sizes of its terms, a
   product the product of those of its factors. A*B + A*C and A*(B + C) are alike; what cancels or merges is smaller. f(A) has
   a power of A's size, times a factor unless f makes products of products, as inverses and norms do.
2. `weight`: symbols and signs, where what a function is of counts twice: inv(B)*inv(A) is lighter than inv(A*B).
3. products below powers, and how deep products and sums stand in functions.
4. leaves and joints below transposes, and how deep transposes stand in functions out of which they go.
5. how deep numbers stand, the number of nodes, and the order in which equally heavy expressions are written.

Each part grows where a part of the expression grows, so that a rewriting inside of an expression makes that smaller too. The
numbers in the tables below are there to be found: any that order all laws will do, and a law that none can order goes round.
Sizes are counted by their logarithms to base 2, which have 3,000 bits: they are towers of powers.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import mpmath

from frechet.expr.definitions import defined
from frechet.expr.node import Expr
from frechet.expr.sizes import ONE
from frechet.expr.structure import add, coefficient, eye, hadamard, mul, ones, pow, scale, transpose, zeros
from frechet.rules.inverse import matpow
from frechet.rules.linear import colsum, kron, rowsum
from frechet.rules.linear import sum as sum_of
from frechet.rules.selection import block
from frechet.simplify.order import order_key

__all__ = ["Measure", "measure"]

_EXACT = mpmath.mp.clone()
_EXACT.prec = 3000
_SAME = _EXACT.mpf(2) ** -2500
_EYE = eye(2).op
_SUMS = {sum_of, rowsum, colsum}
_CONSTANTS = {ones(2, 2).op, zeros(2, 2).op}

MULTIPLICATIVE = {"inv", "det", "adj", "abs", "sign", "norm1", "norm2", "normnuc", "normspec", "sqrt", "pinv"}
"""f(A*B) = f(A)*f(B), or of scalars in front of A: identities make products of them."""
POWER = {"eigvalsh": 9, "svdvals": 9, "logdet": 9, "abs": 1}
"""The powers of functions of which identities make others; 3 without."""
FACTOR = {"tr": 3, "kron": 3, "khatrirao": 3, "vec": 3, "mean": 7, "unvec": 3}
"""What linear operations multiply by, to base 2; nothing where they only arrange, 3 for each size that is summed over."""
TIMES = {
    "topproj": 5, "sumlargest": 5, "eigvalsh": 3, "logsumexp": 9, "logdet": 4, "mean": 3, "normnuc": 4, "normspec": 4, "norm2": 3,
    "norm1": 3, "sym": 2, "skew": 2, "vec": 2,
}  # fmt: skip
"""How often functions of which identities make others count what they are of; 2 without, linear operations once."""


class Measure(NamedTuple):
    expanded: Any
    rest: tuple[Any, ...]

    def __lt__(self, other: Measure) -> bool:  # type: ignore[override]
        if abs(self.expanded - other.expanded) > _SAME:
            return bool(self.expanded < other.expanded)
        return self.rest < other.rest


class _Counted(NamedTuple):
    """What is counted in one walk; `depth`, `transposes` and `numbers` twice for each function around."""

    leaves: int
    joints: int
    below_powers: int
    depth: int
    below_transposes: int
    joints_below_transposes: int
    transposes: int
    numbers: int
    nodes: int


def measure(e: Expr) -> Measure:
    c = _counted(e)
    return Measure(_expanded(e), (_weight(e), *c[2:], order_key(e)))


def _is_linear(e: Expr) -> list[bool]:
    return [e.op.is_linear_in(i) for i in range(len(e.args))]


def _dimensions(e: Expr) -> int:
    return len([size for size in e.shape if size is not ONE])


def _expanded(e: Expr) -> Any:
    if "measured size" not in e.memo:
        e.memo["measured size"] = _EXACT.mpf(_expanded_of(e, [_expanded(a) for a in e.args]))
    return e.memo["measured size"]


def _expanded_of(e: Expr, sizes: list[Any]) -> Any:
    op = e.op
    if op.definition is not None:
        return 1 + _expanded(defined(e))
    if op.name in ("number", "size"):
        return 0
    if not sizes:
        return 3 * _dimensions(e) if op in _CONSTANTS else 3 if op is _EYE else 8
    if op is add:
        most = max(sizes)
        return most + _EXACT.log(sum(_EXACT.mpf(2) ** (s - most) for s in sizes)) / _EXACT.log(2)
    if op is block:
        return 8 + sum(sizes)
    if op is matpow:
        return e.params[0] * sizes[0]
    if op is pow:
        k = coefficient(e.args[1])
        if k is None:
            return sum(sizes)
        return max(1, abs(k.numerator)) * sizes[0] * (1 if k.denominator == 1 else 3)
    if op in _SUMS:
        return sizes[0] + 3 * (_dimensions(e.args[0]) - _dimensions(e))
    linear = _is_linear(e)
    if all(linear):
        return FACTOR.get(op.name, 0) + sum(sizes)
    power = 20 if any(linear) else POWER.get(op.name, 3)
    total = sum(s if there else power * s for s, there in zip(sizes, linear, strict=True))
    return total if op.name in MULTIPLICATIVE else total + (20 if any(linear) else 3)


def _weight(e: Expr) -> Any:
    if "measured weight" not in e.memo:
        e.memo["measured weight"] = _weight_of(e, [_weight(a) for a in e.args])
    return e.memo["measured weight"]


def _weight_of(e: Expr, weights: list[Any]) -> Any:
    op, total, joints = e.op, sum(weights), len(weights) - 1
    if not weights:
        return 0 if op.name in ("number", "size") else 1
    if op is add:
        return total + joints
    if op is mul:
        return total + 2 * joints
    if op is hadamard:
        return total + joints * (3 if _dimensions(e) == 2 else 1)
    if op is kron or op.name == "khatrirao":
        return total + 3 * joints
    if op is block:
        return total + joints + 1
    if op is matpow:
        return e.params[0] * total + 2 * (e.params[0] - 1)
    if op is pow:
        k = coefficient(e.args[1])
        return total + 1 if k is None else abs(k) * total * (1 if k.denominator == 1 else 4)
    if op.definition is not None:
        return TIMES.get(op.name, 2) * total + _weight(defined(e)) + 1
    return TIMES.get(op.name, 1 if all(_is_linear(e)) else 2) * total


def _counted(e: Expr) -> _Counted:
    if "measured counts" not in e.memo:
        e.memo["measured counts"] = _counted_of(e, [_counted(a) for a in e.args])
    return e.memo["measured counts"]


def _counted_of(e: Expr, inner: list[_Counted]) -> _Counted:
    op = e.op
    if op.name == "number":
        return _Counted(0, 0, 0, 0, 0, 0, 0, 3 if (coefficient(e) or 0) < 0 else 1, 0)
    sums = [0] * 9 if not inner else [sum(c) for c in zip(*inner, strict=True)]
    leaves, joints, powers, depth, below, joints_below, transposes, numbers, nodes = sums
    parts = len([c for c in inner if c.leaves])
    if op is matpow and e.args[0].op in (mul, scale):
        powers += inner[0].joints
    if op is transpose:
        below, joints_below, transposes = below + leaves, joints_below + joints, transposes + leaves
    elif op not in (mul, add, hadamard, scale):
        depth, numbers = 2 * depth, 2 * numbers
        if op.transposed == "commutes" and op is not pow and parts == 1:  # f(A') = f(A)': the transpose goes out
            transposes *= 2
        else:
            joints += 1
    depth += 2 * max(parts - 1, 0) if op in (mul, add, hadamard, scale) else 1 if op is pow or op is matpow else 0
    if not inner:
        depth = 3 if op in _CONSTANTS or op is _EYE else 0
    joints += max(len(inner) - 1, 0) if op is not pow else 0
    leaves = leaves if inner else 1
    return _Counted(leaves, joints, powers, depth, below, joints_below, transposes, numbers, nodes + (leaves > 0))
