"""Identities of single operations, one line of mathematics each.

Each sees a node whose arguments are canonical. A test checks every one of them numerically.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache

import numpy as np

from frechet.expr.node import Expr, Operation, operations
from frechet.expr.properties import has
from frechet.expr.sizes import ONE
from frechet.expr.structure import (
    add,
    coefficient,
    eye,
    hadamard,
    mul,
    ones,
    pow,
    scale,
    size_value,
    transpose,
    zeros,
)
from frechet.rules.elementwise import (
    exp,
    log,
    softplus,
)  # fmt: skip
from frechet.rules.inverse import adj, d2adj, dadj, det, inv, logdet, matpow
from frechet.rules.linear import (
    colsum,
    diag,
    diagm,
    kron,
    ptrace1,
    ptrace2,
    rowsum,
    skew,
    sum,
    sym,
    trace,
    tril,
    triu,
    unvec,
    vec,
)  # fmt: skip
from frechet.rules.reductions import norm1, norm2
from frechet.simplify.canonical import canonical, identity
from frechet.simplify.products import least_rotation
from frechet.simplify.terms import term_of

__all__: list[str] = []

_EYE, _ONES, _ZEROS = eye(2).op, ones(2, 2).op, zeros(2, 2).op
_LINEAR = (trace, sum, rowsum, colsum, diag, diagm, vec, unvec, sym, skew, tril, triu, ptrace1, ptrace2)


# --- linear functions ---------------------------------------------------------------------------


@identity(*_LINEAR)
def _(node: Expr) -> Expr | None:
    """L(c*A) = c*L(A), L(0) = 0."""
    a = node.args[0]
    if a.op is scale:
        return scale(*a.args[:-1], node.op(a.args[-1], params=node.params))
    return zeros(node.rows, node.cols) if a.op is zeros(2, 2).op else None


@identity(trace)
def _(node: Expr) -> Expr | None:
    """tr(A + B) = tr(A) + tr(B); tr of what is not a product."""
    a = node.args[0]
    if a.op is add:
        return add(*[trace(t) for t in a.args])
    if has(a, "skew"):
        return zeros(1, 1)
    if a.op is _EYE:
        return size_value(params=(a.rows,))
    if a.op is _ONES:
        return size_value(params=(a.rows,))
    return None


@identity(trace)
def _(node: Expr) -> Expr | None:
    """tr is invariant under rotation and transposition of a product; a product of vectors is a scalar."""
    a = node.args[0]
    if a.op is not mul:
        return None
    factors = list(a.args)
    if a.rows is ONE:
        return None
    for i, f in enumerate(factors):
        if f.cols is ONE:
            return mul(*factors[i + 1 :], *factors[: i + 1])
        if f.op is diagm and len(factors) == 2:  # tr(diag(x)*B) = x'*diag(B)
            return mul(f.args[0].T, diag(factors[1 - i]))
    ends = mul(factors[-1], factors[0])
    joined = _joins(ends)
    if joined is not None and len(factors) > 1:
        return trace(mul(joined, *factors[1:-1]))
    best = least_rotation(factors)
    return trace(mul(*best)) if best != factors else None


def _joins(product: Expr) -> Expr | None:
    """The product of two neighbours when it simplifies to fewer factors, else None."""
    from_normal = canonical(product)
    return from_normal if from_normal.op is not mul or len(from_normal.args) < 2 else None


@identity(sum)
def _(node: Expr) -> Expr | None:
    """sum(ones), sum(x.*y) = x'*y, sum(A.*B) = tr(A'*B), sum(x*y') = sum(x)*sum(y)."""
    a = node.args[0]
    if a.op is _ONES:
        return size_value(params=(a.rows * a.cols,))
    if a.op is hadamard:
        first, rest = a.args[0], hadamard(*a.args[1:])
        return mul(first.T, rest) if a.cols is ONE else trace(mul(first.T, rest))
    if a.op is mul and a.args[0].cols is ONE:
        return scale(sum(a.args[0]), sum(mul(*a.args[1:]) if len(a.args) > 2 else a.args[1]))
    if a.op is add and any(t.op is hadamard or term_of(t).matrix is None for t in a.args):
        return add(*[sum(t) for t in a.args])
    return None


@identity(rowsum, colsum)
def _(node: Expr) -> Expr | None:
    """rowsum(ones) = n*ones, rowsum(x*y') = x*sum(y)."""
    a, by_rows = node.args[0], node.op is rowsum
    if a.op is _ONES:
        return scale(size_value(params=(a.cols if by_rows else a.rows,)), ones(node.rows))
    if a.op is mul and by_rows:
        return mul(*a.args[:-1], rowsum(a.args[-1]))
    if a.op is mul:
        return mul(*[transpose(f) for f in reversed(a.args[1:])], colsum(a.args[0]))
    return None


@identity(diag)
def _(node: Expr) -> Expr | None:
    """diag of skew and diagonal matrices, of x*y' and elementwise products."""
    a = node.args[0]
    if has(a, "skew"):
        return zeros(a.rows)
    if a.op is mul and a.args[0].cols is ONE:
        return hadamard(a.args[0], transpose(mul(*a.args[1:])))
    if a.op is mul and a.args[0].op is diagm:
        return hadamard(a.args[0].args[0], diag(mul(*a.args[1:])))
    if a.op is mul and a.args[-1].op is diagm:
        return hadamard(a.args[-1].args[0], diag(mul(*a.args[:-1])))
    if a.op is hadamard:
        return hadamard(*[diag(f) for f in a.args])
    if a.op is add:
        parts = [diag(t) for t in a.args]
        return add(*parts) if any(t.op in (_EYE, diagm) for t in a.args) else None
    return None


@identity(kron)
def _(node: Expr) -> Expr | None:
    """Scalars in front; 0."""
    a, b = node.args
    if a.op is scale or b.op is scale:
        (s, m), (t, n) = ((f.args[:-1], f.args[-1]) if f.op is scale else ((), f) for f in (a, b))
        return scale(*s, *t, kron(m, n))
    zero = zeros(2, 2).op
    return zeros(node.rows, node.cols) if zero in (a.op, b.op) else None


@identity(ptrace1, ptrace2)
def _(node: Expr) -> Expr | None:
    """tr_1(A ⊗ B) = tr(A) B, tr_2(A ⊗ B) = tr(B) A; tr_1 and tr_2 of the identity."""
    a, p = node.args[0], node.params[0]
    if a.op is kron:
        A, B = a.args
        if node.op is ptrace1 and A.rows is A.cols is p:
            return scale(trace(A), B)
        if node.op is ptrace2 and B.rows is B.cols is p:
            return scale(trace(B), A)
    if a.op is _EYE:
        return scale(size_value(params=(p,)), eye(node.rows))
    return None


# --- inverse and determinant --------------------------------------------------------------------


@identity(inv)
def _(node: Expr) -> Expr | None:
    """inv(A*B) = inv(B)*inv(A) for square factors, inv(A^k) = inv(A)^k."""
    a = node.args[0]
    if a.op is mul and all(f.rows is f.cols for f in a.args):
        return mul(*[inv(f) for f in reversed(a.args)])
    if a.op is matpow:
        return matpow(inv(a.args[0]), params=a.params)
    return None


@identity(det, logdet)
def _(node: Expr) -> Expr | None:
    """det(A^k) = det(A)^k, logdet(A^k) = k*logdet(A)."""
    a = node.args[0]
    if a.op is matpow:
        k = a.params[0]
        return det(a.args[0]) ** k if node.op is det else k * logdet(a.args[0])
    return None


@identity(adj)
def _(node: Expr) -> Expr | None:
    """adj(A*B) = adj(B)*adj(A) for square factors, adj(A^k) = adj(A)^k."""
    a = node.args[0]
    if a.op is mul and all(f.rows is f.cols for f in a.args):
        return mul(*[adj(f) for f in reversed(a.args)])
    if a.op is matpow:
        return matpow(adj(a.args[0]), params=a.params)
    return None


@identity(dadj, d2adj)
def _(node: Expr) -> Expr | None:
    """dadj(A, c*E) = c*dadj(A, E), and the same of each direction; 0."""
    A, *directions = node.args
    if any(E.op is zeros(2, 2).op for E in directions):
        return zeros(node.rows, node.cols)
    parts = [(E.args[:-1], E.args[-1]) if E.op is scale else ((), E) for E in directions]
    scalars = [s for front, _ in parts for s in front]
    return scale(*scalars, node.op(A, *[E for _, E in parts])) if scalars else None


@identity(matpow)
def _(node: Expr) -> Expr | None:
    """(c*A)^k = c^k*A^k, (A^i)^k = A^(i*k), eye^k = eye; powers of a diagonal matrix."""
    a, k = node.args[0], node.params[0]
    if a.op is scale:
        return scale(*[pow(s, k) for s in a.args[:-1]], matpow(a.args[-1], params=(k,)))
    if a.op is matpow:
        return matpow(a.args[0], params=(a.params[0] * k,))
    if a.op is diagm:
        return diagm(pow(a.args[0], k))
    return a if a.op is _EYE else None


# --- elementwise and scalar functions -----------------------------------------------------------


def _one_plus_exp(a: Expr) -> Expr | None:
    """x when a is 1 + exp(x), entry by entry."""
    if a.op is not add or len(a.args) != 2:
        return None
    one, power = a.args if a.args[1].op is exp else reversed(a.args)
    return power.args[0] if power.op is exp and (one.op is _ONES or coefficient(one) == 1) else None


@identity(log)
def _(node: Expr) -> Expr | None:
    """log(1 + exp(x)) = softplus(x)."""
    a = node.args[0]
    exponent = _one_plus_exp(a)
    return None if exponent is None else softplus(exponent)


@lru_cache(maxsize=512)
def _exact_values(op: Operation) -> dict[Fraction | int, Fraction]:
    """f(0) and f(1), where they are 0, 1/2 or 1. Found when asked for: some functions are SciPy's, which is slow to import."""
    with np.errstate(all="ignore"):
        found = {at: float(op.value(np.full((1, 1), float(at)))[0, 0]) for at in (0, 1)} if op.value else {}
    return {at: Fraction(value) for at, value in found.items() if value in (0, 0.5, 1)}


@identity(*[op for op in operations.values() if op.elementwise and op.counts == (1, 0)])
def _(node: Expr) -> Expr | None:
    """f(0) and f(1) where they are simple numbers; of an array of zeros or ones, in each entry."""
    a = node.args[0]
    at = 0 if a.op is _ZEROS else 1 if a.op is _ONES else coefficient(a)
    value = _exact_values(node.op).get(at) if at in (0, 1) else None
    return None if value is None else scale(value, ones(node.rows, node.cols))


@identity(*[op for op in operations.values() if op.parity])
def _(node: Expr) -> Expr | None:
    """f(-x) = -f(x) for odd f, f(x) for even f."""
    a = node.args[0]
    if a.op is not scale or (coefficient(a.args[0]) or 0) >= 0:
        return None
    turned = node.op(scale(-1, a))
    return turned if node.op.parity == "even" else -turned


@identity(norm1, norm2)
def _(node: Expr) -> Expr | None:
    """norm(c*A) = |c|*norm(A) for a number c."""
    a = node.args[0]
    value = coefficient(a.args[0]) if a.op is scale else None
    if value is not None:
        return scale(-value if value < 0 else value, node.op(scale(*a.args[1:])))
    return None
