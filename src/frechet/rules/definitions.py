"""What defines the operations that have no closed formula: equations for unknowns, from which their differentials are derived.

The reference page differentiates these equations with the engine's own product rule and shows them above the rule that
solves them; a test puts the rule into the differentiated equations.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from frechet.expr.node import Expr, Operation
from frechet.expr.structure import eye, zeros
from frechet.rules.eigen import eigvals, eigvecs
from frechet.rules.elementwise import exp
from frechet.rules.equations import stein, sylv
from frechet.rules.factorizations import chol, lul, luu, qrq, qrr
from frechet.rules.inverse import adj, det, inv
from frechet.rules.linear import diagm, sum, sym, trace
from frechet.rules.matrix_functions import expm, logm, signm, sqrtm
from frechet.rules.pseudoinverse import pinv
from frechet.rules.reductions import logsumexp, norm2, softmax
from frechet.rules.riccati import care, dare
from frechet.rules.similarity import hessh, hessq, schurq, schurt
from frechet.rules.singular import polar, svdu, svdv, svdvals
from frechet.rules.spectral import eigvalsh, eigvecsh

__all__ = ["DEFINITIONS", "Definition", "definition_of"]

Equation = tuple[Expr, Expr]


@dataclass(frozen=True)
class Definition:
    """Equations between the arguments and the unknowns; `words` says what no equation can, such as a triangle."""

    unknowns: dict[str, Operation]
    equations: Callable[..., list[Equation]]
    words: str = ""


def _one(op: Operation, equations: Callable[..., list[Equation]], words: str = "") -> Definition:
    return Definition({"Y": op}, equations, words)


def _orthonormal(Q: Expr) -> Equation:
    return Q.T @ Q, eye(Q.cols)


DEFINITIONS = (
    _one(inv, lambda A, Y: [(A @ Y, eye(A.rows))]),
    _one(adj, lambda A, Y: [(A @ Y, det(A) * eye(A.rows))]),
    _one(
        pinv,
        lambda A, Y: [(A @ Y @ A, A), (Y @ A @ Y, Y), ((A @ Y).T, A @ Y), ((Y @ A).T, Y @ A)],
        "the four conditions of Penrose",
    ),
    _one(norm2, lambda A, Y: [(Y**2, trace(A.T @ A))]),
    _one(logsumexp, lambda A, Y: [(exp(Y), sum(exp(A)))]),
    _one(softmax, lambda A, Y: [(sum(exp(A)) * Y, exp(A))]),
    _one(sqrtm, lambda A, Y: [(Y @ Y, A)]),
    _one(logm, lambda A, Y: [(expm(Y), A)]),
    _one(signm, lambda A, Y: [(Y @ Y, eye(A.rows)), (A @ Y, Y @ A)]),
    _one(sylv, lambda A, B, C, Y: [(A @ Y + Y @ B, C)]),
    _one(stein, lambda A, B, C, Y: [(Y - A @ Y @ B, C)]),
    _one(
        care, lambda A, B, Q, R, Y: [(A.T @ Y + Y @ A - Y @ B @ inv(sym(R)) @ B.T @ Y + sym(Q), zeros(A.rows, A.rows))]
    ),
    _one(
        dare,
        lambda A, B, Q, R, Y: [
            (A.T @ Y @ A - Y - A.T @ Y @ B @ inv(sym(R) + B.T @ Y @ B) @ B.T @ Y @ A + sym(Q), zeros(A.rows, A.rows))
        ],
    ),
    _one(chol, lambda A, Y: [(Y @ Y.T, sym(A))], "Y is lower triangular with a positive diagonal"),
    Definition(
        {"L": lul, "U": luu}, lambda A, L, U: [(L @ U, A)], "L is lower triangular with ones on its diagonal, U upper"
    ),
    Definition({"Q": qrq, "R": qrr}, lambda A, Q, R: [(Q @ R, A), _orthonormal(Q)], "R is upper triangular"),
    Definition(
        {"V": eigvecsh, "x": eigvalsh},
        lambda A, V, x: [(sym(A) @ V, V @ diagm(x)), _orthonormal(V)],
        "v'*dv = 0 for each",
    ),
    Definition(
        {"V": eigvecs, "x": eigvals}, lambda A, V, x: [(A @ V, V @ diagm(x))], "v'*v = 1 and v'*dv = 0 for each"
    ),
    Definition(
        {"U": svdu, "s": svdvals, "V": svdv},
        lambda A, U, s, V: [(U @ diagm(s) @ V.T, A), _orthonormal(U), _orthonormal(V)],
    ),
    Definition(
        {"Q": schurq, "T": schurt},
        lambda A, Q, T: [(Q @ T @ Q.T, A), _orthonormal(Q)],
        "T is upper triangular, by blocks",
    ),
    Definition(
        {"Q": hessq, "H": hessh},
        lambda A, Q, H: [(Q @ H @ Q.T, A), _orthonormal(Q)],
        "H has one subdiagonal, Q*e1 = e1",
    ),
    _one(
        polar,
        lambda A, Y: [(Y @ sym(Y.T @ A), A), _orthonormal(Y)],
        "Y'*A is positive definite, if A has full column rank",
    ),
)


def definition_of(op: Operation) -> Definition | None:
    """The definition in which the operation is an unknown, or None."""
    return next((d for d in DEFINITIONS if op in d.unknowns.values()), None)
