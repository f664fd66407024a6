"""Identities of means that need code."""

from __future__ import annotations

from frechet.expr.node import Expr
from frechet.expr.structure import add, coefficient, pow, scale, size_value
from frechet.rules.elementwise import exp, log
from frechet.rules.linear import sum
from frechet.rules.reductions import logsumexp, mean
from frechet.simplify.registry import identity

__all__: list[str] = []


@identity(mean)
def mean_as_sum(node: Expr) -> Expr | None:
    """mean(A) = sum(A)/(m*n)."""
    a = node.args[0]
    return scale(pow(size_value(params=(a.rows * a.cols,)), -1), sum(a))


@identity(log)
def log_of_mean_of_exponentials(node: Expr) -> Expr | None:
    """log(sum(exp(A))/n) = logsumexp(A) - log(n), for numbers and sizes n."""
    a = node.args[0]
    if a.op is not scale or not a.is_scalar:
        return None
    total = next((f for f in a.args if f.op is sum and f.args[0].op is exp), None)
    rest = [f for f in a.args if f is not total]
    if total is None or not all(_is_positive_constant(f) for f in rest):
        return None
    return add(logsumexp(total.args[0].args[0]), *[_log_of_constant(f) for f in rest])


def _is_positive_constant(a: Expr) -> bool:
    base = a.args[0] if a.op is pow else a
    return base.op is size_value or (coefficient(base) or 0) > 0


def _log_of_constant(a: Expr) -> Expr:
    return scale(a.args[1], log(a.args[0])) if a.op is pow else log(a)
