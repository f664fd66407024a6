"""Identities of norms and absolute values that need code."""

from __future__ import annotations

from frechet.expr.node import Expr
from frechet.expr.structure import coefficient, mul, number, pow, scale
from frechet.rules.elementwise import abs
from frechet.rules.linear import trace
from frechet.rules.matrix_functions import sqrtm
from frechet.rules.singular import normnuc
from frechet.simplify.canonical import canonical, canonical_transpose
from frechet.simplify.registry import identity, identity_where

__all__: list[str] = []


@identity_where(lambda op: op.norm_like and not op.elementwise)
def norm_of_multiple(node: Expr) -> Expr | None:
    """norm(c*A) = |c|*norm(A)."""
    a = node.args[0]
    return scale(*[canonical(abs(s)) for s in a.args[:-1]], node.op(a.args[-1])) if a.op is scale else None


@identity(abs)
def abs_of_multiple(node: Expr) -> Expr | None:
    """abs(c*x) = |c|*abs(x) for scalars c, abs(x^k) = abs(x)^k; a norm is its own."""
    a = node.args[0]
    value = coefficient(a)
    if value is not None:
        return number(-value if value < 0 else value)
    if a.op is pow and (k := coefficient(a.args[1])) is not None and k.denominator == 1:
        return pow(abs(a.args[0]), k)
    if a.op.norm_like:
        return a
    if a.op is not scale:
        return None
    value = coefficient(a.args[0])
    if value is not None:
        return scale(-value if value < 0 else value, abs(scale(*a.args[1:])))
    return scale(*[abs(s) for s in a.args])


@identity(trace)
def trace_of_root(node: Expr) -> Expr | None:
    """tr(sqrtm(A'*A)) = normnuc(A)."""
    a = node.args[0]
    if a.op is not sqrtm or a.args[0].op is not mul:
        return None
    factors = a.args[0].args
    half = len(factors) // 2
    if len(factors) % 2 or any(
        canonical_transpose(f) is not g for f, g in zip(factors, reversed(factors), strict=True)
    ):
        return None
    return normnuc(mul(*factors[half:]))
