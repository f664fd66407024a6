"""The three spectra: what functions of their values are as functions of the matrix, whatever vectors a factorization has chosen.

Source: Higham, Functions of Matrices (2008), sec. 1.2 (f(A)), 8.1 (polar factor); Lewis, Derivatives of spectral
functions, Math. Oper. Res. 21 (1996); Kato, Perturbation Theory for Linear Operators, ch. II, sec. 2 (projectors, cluster
sums).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from frechet.expr.node import Expr, Operation
from frechet.expr.sizes import ONE, Size
from frechet.expr.structure import mul, transpose, zeros
from frechet.rules.eigen import eigdual, eigvals, eigvecs
from frechet.rules.inverse import inv
from frechet.rules.linear import sym, trace
from frechet.rules.singular import normnuc, normspec, polar, svdu, svdv, svdvals
from frechet.rules.spectral import eigmax, eigmin, eigvalsh, eigvecsh, sumlargest, topproj

__all__ = ["GENERAL", "SINGULAR", "SYMMETRIC", "Spectrum"]


@dataclass(frozen=True)
class Spectrum:
    """What is known of a factorization.

    values     the operation that gives its values v
    vectors    those that give their vectors
    matrix     A -> S, with V*diagm(f(v))*W = f(S) for vectors V and what completes them
    completed  V -> what may stand for W: V', or inv(V)
    entry      (A, i) -> v[i], where it is a function of the matrix
    cluster    (A, i, j) -> sum(v[i:j]), where it is one
    projector  (V, i, j) -> V[:,i:j]*V[:,i:j]', where it is one
    """

    values: Operation
    vectors: tuple[Operation, ...]
    matrix: Callable[[Expr], Expr]
    completed: Callable[[Expr], tuple[Expr, ...]] = lambda V: (transpose(V),)
    entry: Callable[[Expr, Size], Expr | None] = lambda A, i: None
    cluster: Callable[[Expr, Size, Size], Expr | None] = lambda A, i, j: None
    projector: Callable[[Expr, Size, Size], Expr | None] = lambda V, i, j: None


def _leading_projector(S: Expr, first: Size, last: Size) -> Expr:
    """The projector on the eigenvectors of the eigenvalues first, ..., last of S, counted from the largest."""
    inner = zeros(S.rows, S.rows) if first is ONE else topproj(S, params=(first - 1,))
    return topproj(S, params=(last,)) - inner


# --- eigenvalues of symmetric matrices, from the smallest to the largest ------------------------------


def _eigenvalue(A: Expr, i: Size) -> Expr:
    """λ[1] = eigmin(S), λ[n] = eigmax(S), λ[i] between them a difference of cluster sums."""
    if i is ONE or i is A.rows:
        return (eigmin if i is ONE else eigmax)(sym(A))
    return _sum_of_eigenvalues(A, i, i)


def _sum_of_eigenvalues(A: Expr, first: Size, last: Size) -> Expr:
    n = A.rows
    below = sumlargest(sym(A), params=(n - last,)) if last is not n else zeros(1, 1)
    return sumlargest(sym(A), params=(n - first + 1,)) - below


def _eigenprojector(V: Expr, first: Size, last: Size) -> Expr:
    n = V.cols
    return _leading_projector(sym(V.args[0]), n - last + 1, n - first + 1)


SYMMETRIC = Spectrum(
    eigvalsh, (eigvecsh,), sym, entry=_eigenvalue, cluster=_sum_of_eigenvalues, projector=_eigenprojector
)
"""V*diagm(λ)*V' = sym(A)."""
GENERAL = Spectrum(eigvals, (eigvecs,), lambda A: A, completed=lambda V: (inv(V), eigdual(V.args[0])))
"""V*diagm(λ)*inv(V) = A."""


# --- singular values, from the largest to the smallest ------------------------------------------------


def _sum_of_singular_values(A: Expr, first: Size, last: Size) -> Expr | None:
    """sum(σ[1:k]) = tr(polar(A*P)'*A), P the leading projector."""
    if first is not ONE:
        return None
    if last is A.cols:
        return normnuc(A)
    P = topproj(mul(transpose(A), A), params=(last,))
    return trace(mul(transpose(polar(mul(A, P))), A))


def _singular_projector(V: Expr, first: Size, last: Size) -> Expr:
    A = V.args[0]
    return _leading_projector(mul(A, transpose(A)) if V.op is svdu else mul(transpose(A), A), first, last)


SINGULAR = Spectrum(
    svdvals,
    (svdu, svdv),
    lambda A: sym(polar(A).T @ A),
    entry=lambda A, i: normspec(A) if i is ONE else None,
    cluster=_sum_of_singular_values,
    projector=_singular_projector,
)
"""U*diagm(σ)*V' = A, V*diagm(σ)*V' = H, the factor of A = polar(A)*H."""
