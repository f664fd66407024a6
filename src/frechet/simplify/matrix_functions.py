"""Identities of matrix functions, matrix equations and pseudoinverses, one line of mathematics each."""

from __future__ import annotations

from fractions import Fraction

from frechet.expr.node import Expr
from frechet.expr.properties import has
from frechet.expr.structure import add, coefficient, eye, mul, number, scale, size_value, transpose, zeros
from frechet.rules.equations import sylv
from frechet.rules.funm import DERIVATIVES, slope_at
from frechet.rules.inverse import inv, matpow, power
from frechet.rules.linear import trace
from frechet.rules.matrix_functions import expm, sqrtm
from frechet.rules.pseudoinverse import pinv
from frechet.simplify.canonical import canonical, canonical_transpose
from frechet.simplify.commuting import commute
from frechet.simplify.products import cancellation
from frechet.simplify.registry import identity
from frechet.simplify.terms import Term, build, term_of

__all__: list[str] = []

_EYE, _ZEROS = eye(2).op, zeros(2, 2).op

# --- derivatives of matrix functions, linear in the last argument ------------------------------------


@identity(*DERIVATIVES)
def derivative_in_multiple(node: Expr) -> Expr | None:
    """L(A, c*E) = c*L(A, E), L(A, 0) = 0."""
    E = node.args[-1]
    if E.op is scale:
        return scale(*E.args[:-1], node.op(*node.args[:-1], E.args[-1]))
    return E if E.op is _ZEROS else None


@identity(*DERIVATIVES)
def derivative_where_commuting(node: Expr) -> Expr | None:
    """L(A, E) = f'(A)*E where A and E commute."""
    A, E = node.args
    return mul(E, slope_at(DERIVATIVES[node.op], A)) if commute(A, E) else None


@identity(sylv)
def sylvester_where_commuting(node: Expr) -> Expr | None:
    """A*X + X*A = C has X = inv(A)*C/2 where A and C commute."""
    A, B, C = node.args
    return mul(inv(A), C) / 2 if A is B and commute(A, C) else None


@identity(trace)
def trace_of_derivative(node: Expr) -> Expr | None:
    """tr(L(A, E)) = tr(f'(A)*E), tr(C*L(A, E)) = tr(C*f'(A)*E) for C that commutes with A, tr(sylv(A, A, C)) = tr(inv(A)*C)/2."""
    a = node.args[0]
    for i, f in enumerate(a.args) if a.op is mul else ():
        if f.op in DERIVATIVES:
            (A, E), C = f.args, [*a.args[i + 1 :], *a.args[:i]]
            if all(c.shape == A.shape and commute(c, A) for c in C):
                return trace(mul(*C, slope_at(DERIVATIVES[f.op], A), E))
    if a.op in DERIVATIVES:
        return trace(mul(slope_at(DERIVATIVES[a.op], a.args[0]), a.args[1]))
    return trace(mul(inv(a.args[0]), a.args[2])) / 2 if a.op is sylv and a.args[0] is a.args[1] else None


# --- exponential, logarithm, square root, Cholesky ---------------------------------------------------


@identity(matpow)
def power_of_matrix_function(node: Expr) -> Expr | None:
    """expm(A)^k = expm(k*A), sqrtm(A)^2 = A, P^k = P for a projector P = eye - A*pinv(A)."""
    a, k = node.args[0], node.params[0]
    if a.op is expm:
        return expm(k * a.args[0])
    if a.op is sqrtm:
        return power(a.args[0], k // 2) @ power(a, k % 2)
    if a.op is inv and a.args[0].op is sqrtm:
        A = inv(a.args[0].args[0])
        return power(A, k // 2) @ power(a, k % 2)
    if a.op.idempotent:
        return a
    return a if a.op is add and _expanded(a, a) is a else None


@identity(trace)
def trace_of_projector(node: Expr) -> Expr | None:
    """tr(P) = k for a projector onto k dimensions."""
    a = node.args[0]
    return (size_value(params=a.params) if a.params else number(1)) if a.op.idempotent else None


# --- pseudoinverse -----------------------------------------------------------------------------------


@identity(pinv)
def pseudoinverse_of_simple(node: Expr) -> Expr | None:
    """pinv(pinv(A)) = A, pinv(c*A) = pinv(A)/c where c is not 0, pinv(A) = inv(A) where A is invertible, pinv(0) = 0."""
    a = node.args[0]
    if a.op is pinv:
        return a.args[0]
    if a.op is _ZEROS:
        return zeros(node.rows, node.cols)
    outside = [s for s in a.args[:-1] if coefficient(s) or has(s, "positive")] if a.op is scale else []
    if outside:
        inside = [s for s in a.args[:-1] if s not in outside]
        return scale(*[s**-1 for s in outside], pinv(scale(*inside, a.args[-1])))
    return inv(a) if has(a, "invertible") else None


def _pseudoinverse_of(a: Expr) -> Expr | None:
    """The A of a = pinv(A), or of a = pinv(B)' with A = B'."""
    if a.op is pinv:
        return a.args[0]
    return canonical_transpose(a.args[0].args[0]) if a.op is transpose and a.args[0].op is pinv else None


@cancellation(pinv)
def pseudoinverse_by_gram_matrix(a: Expr, b: Expr) -> Expr | None:
    """pinv(A'*A)*A' = pinv(A) = A'*pinv(A*A')."""
    left, right = _pseudoinverse_of(a), _pseudoinverse_of(b)
    if left is not None and left.op is mul and left.args[-1] is canonical_transpose(b) and len(left.args) == 2:
        return pinv(left.args[-1]) if left.args[0] is b else None
    if right is not None and right.op is mul and right.args[0] is canonical_transpose(a) and len(right.args) == 2:
        return pinv(right.args[0]) if right.args[1] is a else None
    return None


@cancellation(pinv)
def projectors_are_symmetric(a: Expr, b: Expr) -> Expr | None:
    """pinv(A)'*A' = A*pinv(A) and A'*pinv(A)' = pinv(A)*A: the projectors are symmetric."""
    if a.op is transpose and a.args[0].op is pinv and _pseudoinverse_of(a) is b:
        return mul(a.args[0].args[0], a.args[0])
    if b.op is transpose and b.args[0].op is pinv and _pseudoinverse_of(b) is a:
        return mul(b.args[0], b.args[0].args[0])
    return None


@cancellation(pinv)
def penrose_identities(a: Expr, b: Expr, c: Expr) -> Expr | None:
    """A*pinv(A)*B = B for B = A and B = pinv(A)'; B*pinv(A)*A = B for B = A and B = pinv(A)'; the same of A'."""
    if _pseudoinverse_of(b) is a or _pseudoinverse_of(a) is b:  # a*b is a projector
        left, right = a, canonical_transpose(b)
        if c is left or c is right:
            return c
    if _pseudoinverse_of(c) is b or _pseudoinverse_of(b) is c:
        left, right = canonical_transpose(b), c
        if a is left or a is right:
            return a
    return None


def _terms_with_projectors(sum_or_not: Expr) -> tuple[Expr, ...]:
    """The terms of a sum in which a pseudoinverse is a factor of one, else none."""
    if sum_or_not.op is not add:
        return ()
    products = [t.args[-1] if t.op is scale else t for t in sum_or_not.args]
    found = any(_pseudoinverse_of(f) is not None for p in products for f in (p.args if p.op is mul else (p,)))
    return sum_or_not.args if found else ()


@cancellation(add)
def _expanded(a: Expr, b: Expr) -> Expr | None:
    """(B - B*A*pinv(A))*A = 0 and the like: a product with a sum is expanded where terms then merge."""
    if terms := _terms_with_projectors(a):
        products = [canonical(mul(t, b)) for t in terms]
    elif terms := _terms_with_projectors(b):
        products = [canonical(mul(a, t)) for t in terms]
    else:
        return None
    merged: dict[tuple, Fraction] = {}
    for value, scalars, matrix in [term_of(p) for p in products if p.op is not _ZEROS]:
        merged[scalars, matrix] = merged.get((scalars, matrix), Fraction(0)) + value
    left = [build(Term(c, *key)) for key, c in merged.items() if c]
    if len(left) == len(terms):
        return None
    return canonical(add(*left)) if left else zeros(a.rows, b.cols)
