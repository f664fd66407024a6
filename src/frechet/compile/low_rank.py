"""A positive definite matrix plus one of low rank: its inverse and determinant by the small matrix.

inv(D + X*inv(R)*X') = inv(D) - inv(D)*X*inv(R + X'*inv(D)*X)*X'*inv(D)
logdet(D + X*inv(R)*X') = logdet(D) - logdet(R) + logdet(R + X'*inv(D)*X)

where inv(D) is at hand: D is diagonal, or itself an inverse. All matrices that are factored stay positive definite, and the
errors of both forms are bounded by the condition of the sum (Yip, SIAM J. Sci. Stat. Comput. 7, 1986, section 3).
Source: Woodbury, Inverting modified matrices, Princeton 1950; Harville, Matrix Algebra (1997), theorems 18.1.1 and 18.2.8.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from frechet.expr.node import Expr
from frechet.expr.properties import has
from frechet.expr.sizes import ONE
from frechet.expr.structure import add, eye, mul, number, pow, scale, transpose
from frechet.rules.inverse import inv, logdet

__all__ = ["by_the_small_matrix"]


@dataclass(frozen=True)
class Split:
    """D + X*inv(R)*X'; inv(D) and R as expressions."""

    D: Expr
    D_inverse: Expr
    X: Expr
    R: Expr

    @property
    def small(self) -> Expr:
        return add(self.R, mul(transpose(self.X), self.D_inverse, self.X))


def by_the_small_matrix(nodes: list[Expr]) -> Iterator[dict[Expr, Expr]]:
    """For each such sum, its inverse and its determinant together: one factorization serves both."""
    of_sum: dict[Expr, dict[Expr, Expr]] = {}
    for node in nodes:
        if node.op.name in ("inv", "logdet") and node.args[0].op.name == "add":
            split = _split(node.args[0])
            if split is not None:
                of_sum.setdefault(node.args[0], {})[node] = (_inverse if node.op.name == "inv" else _logdet)(split)
    yield from of_sum.values()


def _inverse(s: Split) -> Expr:
    return s.D_inverse - mul(s.D_inverse, s.X, inv(s.small), transpose(s.X), s.D_inverse)


def _logdet(s: Split) -> Expr:
    both = logdet(s.D) + logdet(s.small)
    return both if s.R.op is eye(s.R.rows).op else both - logdet(s.R)


def _split(total: Expr) -> Split | None:
    """The sum as D + X*inv(R)*X'; None where it is no such sum over the positive definite matrices."""
    for k, term in enumerate(total.args):  # by its place: X'*X + X'*X has one term twice
        rest = [*total.args[:k], *total.args[k + 1 :]]
        D = total.op(*rest) if len(rest) > 1 else rest[0]
        D_inverse = _known_inverse(D)
        if D_inverse is None or term.op.name != "mul" or not has(term, "psd"):
            continue
        X, *middle, Y = term.args
        if X.cols is ONE or transpose(X) is not Y or len(middle) > 1:
            continue
        if not middle:
            return Split(D, D_inverse, X, eye(X.cols))
        if middle[0].op.name == "inv" and has(middle[0], "spd"):
            return Split(D, D_inverse, X, middle[0].args[0])
    return None


def _known_inverse(D: Expr) -> Expr | None:
    """inv(D), where D is positive definite and its inverse costs nothing."""
    if not has(D, "spd"):
        return None
    if D.op.name == "inv":
        return D.args[0]
    if D.op.name == "eye":
        return D
    if D.op.name == "scale" and D.args[-1].op.name == "eye":
        return scale(*[pow(c, number(-1)) for c in D.args[:-1]], D.args[-1])
    return inv(D) if has(D, "diagonal") else None
