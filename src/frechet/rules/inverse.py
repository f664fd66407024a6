"""Inverse, determinant, adjugate, integer powers.

Source: Magnus and Neudecker, Matrix Differential Calculus, 3rd ed., ch. 8, sections 3-6; the differential of the
determinant is Jacobi's formula and needs no inverse.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations, permutations
from typing import Any

import numpy as np

from frechet.errors import ShapeError
from frechet.expr.literature import MAGNUS_NEUDECKER
from frechet.expr.node import Expr, Operation
from frechet.expr.structure import add, eye, mul, zeros
from frechet.kernels import lu
from frechet.kernels.adjugate import adjugate, adjugate_derivative
from frechet.rules import points
from frechet.rules.declare import adjoint, factoring, kernel, matrix, rule
from frechet.rules.elementwise import abs, log
from frechet.rules.linear import kron, trace, vec
from frechet.rules.points import RANK_ONE, ROUNDED, SINGULAR, ZERO

__all__ = ["adj", "d2adj", "dadj", "det", "inv", "logdet", "matpow", "power"]

_INVERSE = f"{MAGNUS_NEUDECKER}, sec. 8.4: the inverse"
_DETERMINANT = f"{MAGNUS_NEUDECKER}, sec. 8.3: the determinant (Jacobi's formula)"


def _well_conditioned(rng: np.random.Generator) -> tuple[np.ndarray, ...]:
    return (rng.standard_normal((4, 4)) + 4 * np.eye(4),)


def _inverse_properties(node: Expr) -> Iterable[str]:
    kept = {"symmetric", "skew", "spd", "diagonal", "lower", "upper", "orthogonal"}
    found: frozenset[str] = {"invertible"} | (node.args[0].memo["properties"] & kept)
    return found


inv = factoring(
    "inv",
    "n n -> n n",
    holomorphic=True,
    value=kernel(lu.inverse),
    fold=lambda args, params: args[0] ** -1 if args[0].is_scalar else None,
    transposed="commutes",
    properties=_inverse_properties,
    domain="{0} is invertible",
    outside=points.each(SINGULAR, RANK_ONE, ZERO, ROUNDED),
    sample=_well_conditioned,
    notation="{0}^{{-1}}",
    spoken="inverse",
    source=_INVERSE,
    laws=(
        "inv(inv(A)) = A",
        "inv(eye(n)) = eye(n)",
        "inv(A) = A' where A orthogonal",
        "inv(c*A) = inv(A)/c",
        "inv(diag(x)) = diag(1./x)",
        "inv(kron(A,B)) = kron(inv(A), inv(B)) where A square, B square",
        "inv(expm(A)) = expm(-A)",
    ),
)


@rule(inv)
def d_inv(A: Expr, dA: Expr) -> Expr:
    return -inv(A) @ dA @ inv(A)


det = factoring(
    "det",
    "n n -> 1 1",
    holomorphic=True,
    value=kernel(lu.determinant),
    fold=lambda args, params: args[0] if args[0].is_scalar else None,
    properties=lambda node: ("positive",) if "spd" in node.args[0].memo["properties"] else (),
    sample=_well_conditioned,
    notation=r"\det({0})",
    spoken="determinant",
    source=_DETERMINANT,
    taken_for=("logdet", "det and logdet are exchanged"),
    together=("det", "adj"),
    laws=(
        "det(A') = det(A)",
        "det(inv(A)) = 1/det(A)",
        "det(eye(n)) = 1",
        "det(expm(A)) = exp(tr(A))",
        "det(chol(A)) = sqrt(det(sym(A)))",
        "det(kron(A,B)) = det(A)^size(m)*det(B)^size(n) where A square, B square",
    ),
)


@rule(det)
def d_det(A: Expr, dA: Expr) -> Expr:
    return trace(adj(A) @ dA)


logdet = factoring(
    "logdet",
    "n n -> 1 1",
    value=kernel(lu.log_determinant),
    fold=lambda args, params: log(abs(args[0])) if args[0].is_scalar else None,
    domain="{0} is invertible",
    outside=points.each(SINGULAR, RANK_ONE, ZERO, ROUNDED),
    sample=_well_conditioned,
    notation=r"\log\lvert\det({0})\rvert",
    spoken="log-determinant",
    source=_DETERMINANT,
    result="real",
    together=("logdet", "inv"),
    laws=(
        "logdet(A') = logdet(A)",
        "logdet(inv(A)) = -logdet(A)",
        "logdet(eye(n)) = 0",
        "logdet(expm(A)) = tr(A)",
        "logdet(chol(A)) = logdet(sym(A))/2",
        "logdet(sqrtm(A)) = logdet(A)/2",
        "logdet(diag(x)) = sum(log(abs(x)))",
        "logdet(kron(A,B)) = size(m)*logdet(A) + size(n)*logdet(B) where A square, B square",
    ),
)


@rule(logdet)
def d_logdet(A: Expr, dA: Expr) -> Expr:
    return trace(inv(A) @ dA)


adj = factoring(
    "adj",
    "n n -> n n",
    holomorphic=True,
    value=kernel(adjugate),
    fold=lambda args, params: eye(1) if args[0].is_scalar else None,
    transposed="commutes",
    properties=lambda node: node.args[0].memo["properties"] & {"symmetric", "spd", "psd", "diagonal", "lower", "upper"},
    sample=_well_conditioned,
    notation=r"\operatorname{{adj}}({0})",
    source=f"{MAGNUS_NEUDECKER}, sec. 8.6: the adjugate",
    laws=("adj(eye(n)) = eye(n)",),
)


def _derivative_of_adj(name: str, order: int, **facts: Any) -> Operation:
    """The derivative of adj along `order` directions, in which it is linear and symmetric; finite at singular A."""
    return factoring(
        name,
        ", ".join(["n n"] * (order + 1)) + " -> n n",
        internal=True,
        holomorphic=True,
        value=kernel(adjugate_derivative),
        fold=lambda args, params: zeros(1, 1) if args[0].is_scalar else None,
        transposed="commutes",
        sample=lambda rng: (*_well_conditioned(rng), *[rng.standard_normal((4, 4)) for _ in range(order)]),
        source="Stewart, On the adjugate matrix, Linear Algebra Appl. 283 (1998)",
        notation=r"\operatorname{{" + name + "}}({0})[" + ", ".join(f"{{{k}}}" for k in range(1, order + 1)) + "]",
        **facts,
    )


dadj = _derivative_of_adj(
    "dadj",
    1,
    laws=(
        "dadj(A, c*B) = c*dadj(A, B)",
        "dadj(A, zeros(n,n)) = zeros(n,n)",
    ),
)
d2adj = _derivative_of_adj(
    "d2adj",
    2,
    laws=(
        "d2adj(A, c*B, C) = c*d2adj(A, B, C)",
        "d2adj(A, B, c*C) = c*d2adj(A, B, C)",
        "d2adj(A, zeros(n,n), B) = zeros(n,n)",
        "d2adj(A, B, zeros(n,n)) = zeros(n,n)",
    ),
)


@rule(adj)
def d_adj(A: Expr, dA: Expr) -> Expr:
    return dadj(A, dA)


@rule(dadj)
def d_dadj(A: Expr, E: Expr, dA: Expr) -> Expr:
    return d2adj(A, E, dA)


@rule(d2adj)
def d_d2adj(A: Expr, E: Expr, D: Expr, dA: Expr) -> Expr:
    """The fourth derivative of det, where A is invertible: by dadj(A, E) = tr(adj(A)*E)*inv(A) - inv(A)*E*adj(A)."""
    return add(*[trace(a @ E) * B - B @ E @ a for B, a in _inverse_and_adjugate(A, [D, dA])])


# tr(W'*dadj(A, E)) is the second derivative of det along E and W', symmetric in the two; one order more for d2adj.
@adjoint(dadj, 1)
def adjoint_dadj_in_E(W: Expr, A: Expr, E: Expr) -> Expr:
    return dadj(A, W.T).T


@adjoint(d2adj, 1)
def adjoint_d2adj_in_E(W: Expr, A: Expr, E: Expr, D: Expr) -> Expr:
    return d2adj(A, W.T, D).T


@adjoint(d2adj, 2)
def adjoint_d2adj_in_D(W: Expr, A: Expr, E: Expr, D: Expr) -> Expr:
    return d2adj(A, E, W.T).T


@matrix(dadj, 1)
def matrix_dadj_in_E(A: Expr, E: Expr) -> Expr:
    return add(*[vec(B) @ vec(a.T).T - kron(a.T, B) for B, a in _inverse_and_adjugate(A, [])])


@matrix(d2adj, 1)
def matrix_d2adj_in_E(A: Expr, E: Expr, D: Expr) -> Expr:
    return add(*[vec(B) @ vec(a.T).T - kron(a.T, B) for B, a in _inverse_and_adjugate(A, [D])])


@matrix(d2adj, 2)
def matrix_d2adj_in_D(A: Expr, E: Expr, D: Expr) -> Expr:
    return d2adj.matrices[1](A, D, E)


def _inverse_and_adjugate(A: Expr, directions: list[Expr]) -> list[tuple[Expr, Expr]]:
    """The product rule for inv(A) and adj(A) along all directions: pairs of their derivatives along some and the rest."""
    derivatives = (adj, dadj, d2adj)
    pairs = []
    for k in range(len(directions) + 1):
        for chosen in combinations(range(len(directions)), k):
            rest = [D for c, D in enumerate(directions) if c not in chosen]
            B = add(*[_chain(A, order) for order in permutations([directions[c] for c in chosen])])
            pairs.append((B, derivatives[len(rest)](A, *rest)))
    return pairs


def _chain(A: Expr, directions: tuple[Expr, ...]) -> Expr:
    """inv(A), differentiated along the directions in this order: -inv(A)*D*inv(A)."""
    chain = inv(A)
    for D in directions:
        chain = -chain @ D @ inv(A)
    return chain


# --- integer powers -------------------------------------------------------------------------------

# Up to this exponent the differential is written out as a sum; above it by halving, in log2(k) steps.
_EXPANDED = 8


def _fold_matpow(args: tuple[Expr, ...], params: tuple[Any, ...]) -> Expr | None:
    (A,), (k,) = args, params
    if A.is_scalar:
        result: Expr = A**k
        return result
    if A.rows is not A.cols:
        raise ShapeError(f"matpow does not take {A.rows}×{A.cols}: powers are of square matrices")
    if k in (0, 1):
        return A if k else eye(A.rows)
    return matpow(inv(A), params=(-k,)) if k < 0 else None


def _power_properties(node: Expr) -> Iterable[str]:
    p = node.args[0].memo["properties"]
    kept = p & {
        "symmetric",
        "psd",
        "spd",
        "diagonal",
        "lower",
        "upper",
        "orthogonal",
        "invertible",
        "positive",
    }
    if "skew" in p and node.params[0]:
        kept |= {"skew" if node.params[0] % 2 else "symmetric"}
    even = "symmetric" in p and node.params[0] % 2 == 0
    found: frozenset[str] = kept | ({"psd"} if even else set()) | ({"spd"} if even and "invertible" in p else set())
    return found


matpow = factoring(
    "matpow",
    "n n -> n n",
    holomorphic=True,
    value=kernel("numpy.linalg.matrix_power"),
    fold=_fold_matpow,
    transposed="commutes",
    properties=_power_properties,
    sample=lambda rng: (rng.standard_normal((4, 4)), 3),
    notation="{0}^{{{1}}}",
    source=_INVERSE,
    operator=True,
    formula="d(A^2) = dA*A + A*dA",
)


def power(A: Expr, k: int) -> Expr:
    """The matrix power A^k, n×n, of A n×n for an integer k. Raises ShapeError where A is not square."""
    return matpow(A, params=(k,))


@rule(matpow)
def d_matpow(A: Expr, dA: Expr, k: int) -> Expr:
    known: dict[int, Expr] = {}
    for j in _halvings(k):
        if j <= _EXPANDED:
            known[j] = add(*[mul(power(A, i), dA, power(A, j - 1 - i)) for i in range(j)])
        else:
            low, high = j // 2, j - j // 2
            known[j] = known[low] @ power(A, high) + power(A, low) @ known[high]
    return known[k]


def _halvings(k: int) -> list[int]:
    """k, its halves rounded down and up, their halves, …, ascending: at most two at each level."""
    found, level = {k}, {k}
    while level and max(level) > _EXPANDED:
        level = {half for j in level if j > _EXPANDED for half in (j // 2, j - j // 2)}
        found |= level
    return sorted(found)
