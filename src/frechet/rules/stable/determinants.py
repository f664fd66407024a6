"""Determinants of what leaves the range, or costs a factorization, where they need neither: det(expm(A)) = exp(tr(A))."""

from __future__ import annotations

from frechet.expr.node import Expr
from frechet.expr.stable import improved
from frechet.rules.declare import stably
from frechet.rules.elementwise import exp
from frechet.rules.inverse import det, logdet
from frechet.rules.linear import trace
from frechet.rules.matrix_functions import expm

__all__: list[str] = []


@stably(det)
def _determinant(node: Expr) -> Expr | None:
    """det(expm(A)) = exp(tr(A)), the eigenvalues of expm(A) being the exponentials of those of A."""
    (A,) = node.args
    return exp(improved(trace(A.args[0]))) if A.op is expm else None


@stably(logdet)
def _logarithm_of_determinant(node: Expr) -> Expr | None:
    """logdet(expm(A)) = tr(A)."""
    (A,) = node.args
    return improved(trace(A.args[0])) if A.op is expm else None
