"""Where operations have no derivative, and the one-sided directional derivative f'(A; E) = lim (f(A + t*E) - f(A))/t, t > 0, there.

`corner(A)` says why the operation is not differentiable at an array, or None; `one_sided(A, E)` is right at every point. All these
functions are Lipschitz, so that the one-sided derivative of a composition is the composition of the one-sided derivatives.

Source: Overton and Womersley, Optimality conditions and duality theory for minimizing sums of the largest eigenvalues of
symmetric matrices, Math. Programming 62 (1993); Lewis, Nonsmooth analysis of eigenvalues, Math. Programming 84 (1999);
Watson, Characterization of the subdifferential of some matrix norms, Linear Algebra Appl. 170 (1992); Sun and Sun,
Semismooth matrix-valued functions, Math. Oper. Res. 27 (2002), eq. 3.6; Shapiro, On concepts of directional differentiability,
J. Optim. Theory Appl. 66 (1990) (the chain rule).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from frechet.errors import EvaluationError
from frechet.expr.node import Operation, operations
from frechet.kernels import taylor as taylors
from frechet.kernels.clusters import TIE, clusters, ties
from frechet.kernels.divided_differences import divided_differences
from frechet.rules.declare import corner, one_sided
from frechet.rules.eigen import eigvals, eigvecs
from frechet.rules.elementwise import abs, maximum, minimum, relu, sign, sqrt, step
from frechet.rules.factorizations import qrperp, qrq, qrr
from frechet.rules.funm import MATRIX_FUNCTIONS
from frechet.rules.leading import topvals, topvecs
from frechet.rules.reductions import max, max_rows, min, min_rows, norm1, norm2
from frechet.rules.similarity import hessh, hessq, schurq, schurt
from frechet.rules.singular import normnuc, normspec, rotation, svdperp, svdu, svdv, svdvals
from frechet.rules.spectral import eigmax, eigmin, eigvalsh, eigvecsh, sumlargest

__all__: list[str] = []


def _plain(value: complex) -> str:
    return f"{value:.6g}"


def _hermitian(A: np.ndarray) -> np.ndarray:
    result: np.ndarray = (A + A.conj().T) / 2
    return result


def _is_hermitian(A: np.ndarray) -> bool:
    """Up to rounding."""
    return bool(np.abs(A - A.conj().T).max() <= TIE * np.abs(A).max())


def _tied(values: np.ndarray, what: str) -> str | None:
    """The first tie, in words."""
    found = np.argwhere(np.triu(ties(values), 1))
    return f"{what} coincide at {_plain(values[found[0][0]])}" if len(found) else None


# --- entries: at a tie or a zero, the larger of what moves -------------------------------------------


@one_sided(abs)
def one_sided_abs(A: np.ndarray, dA: np.ndarray) -> np.ndarray:
    result: np.ndarray = np.where(A == 0, np.abs(dA), np.sign(A) * dA)
    return result


@one_sided(relu)
def one_sided_relu(A: np.ndarray, dA: np.ndarray) -> np.ndarray:
    result: np.ndarray = np.where(A == 0, np.maximum(dA, 0), (A > 0) * dA)
    return result


@one_sided(maximum)
def one_sided_maximum(A: np.ndarray, B: np.ndarray, dA: np.ndarray, dB: np.ndarray) -> np.ndarray:
    return np.where(A == B, np.maximum(dA, dB), np.where(A > B, dA, dB))


@one_sided(minimum)
def one_sided_minimum(A: np.ndarray, B: np.ndarray, dA: np.ndarray, dB: np.ndarray) -> np.ndarray:
    return np.where(A == B, np.minimum(dA, dB), np.where(A < B, dA, dB))


@one_sided(norm1)
def one_sided_norm1(A: np.ndarray, dA: np.ndarray) -> np.ndarray:
    result: np.ndarray = np.where(A == 0, np.abs(dA), np.sign(A) * dA).sum().reshape(1, 1)
    return result


@one_sided(norm2)
def one_sided_norm2(A: np.ndarray, dA: np.ndarray) -> np.ndarray:
    size = np.linalg.norm(A)
    return np.reshape((A * dA).sum() / size if size else np.linalg.norm(dA), (1, 1))


def _extreme_entry(op: Operation, choose: Callable[..., Any], worst: float, axis: int | None) -> None:
    @one_sided(op)
    def one_sided_row(A: np.ndarray, dA: np.ndarray) -> np.ndarray:
        at = choose(A, axis=axis, keepdims=True) == A
        result: np.ndarray = choose(np.where(at, dA, worst), axis=axis, keepdims=True)
        return result


_extreme_entry(max, np.max, -np.inf, None)
_extreme_entry(min, np.min, np.inf, None)
_extreme_entry(max_rows, np.max, -np.inf, 1)
_extreme_entry(min_rows, np.min, np.inf, 1)


def _refuse_at_zero(op: Operation, slope: Callable[..., Any], reason: str) -> None:
    """An operation that is discontinuous, or infinitely steep, at 0 has no one-sided derivative there."""

    @one_sided(op)
    def one_sided_row_2(A: np.ndarray, dA: np.ndarray) -> np.ndarray:
        if ((A == 0) & (dA != 0)).any():
            raise EvaluationError(f"{op.name} {reason} at an entry that is 0 and moves")
        with np.errstate(all="ignore"):
            return np.where(dA == 0, 0, slope(A) * dA)


_refuse_at_zero(sqrt, lambda A: 0.5 / np.sqrt(A), "has an infinite slope")
_refuse_at_zero(sign, np.zeros_like, "jumps")
_refuse_at_zero(step, np.zeros_like, "jumps")


# --- eigenvalues of a symmetric matrix: those of V'*E*V for each cluster with eigenvectors V -----------


def _cluster_slopes(A: np.ndarray, dA: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """All eigenvalues in ascending order, and their one-sided derivatives."""
    values, V = np.linalg.eigh(_hermitian(A))
    E = V.conj().T @ _hermitian(dA) @ V
    return values, np.concatenate([np.linalg.eigvalsh(E[c, c]) for c in clusters(values)])


@one_sided(eigvalsh)
def one_sided_eigvalsh(A: np.ndarray, dA: np.ndarray) -> np.ndarray:
    return _cluster_slopes(A, dA)[1][:, None]


@one_sided(sumlargest)
def one_sided_sumlargest(A: np.ndarray, dA: np.ndarray, k: int) -> np.ndarray:
    result: np.ndarray = _cluster_slopes(A, dA)[1][len(A) - k :].sum().reshape(1, 1)
    return result


def _no_gap(values: np.ndarray, k: int) -> str | None:
    if k == len(values) or values[-k] - values[-k - 1] > TIE * np.abs(values).max():
        return None
    return f"the eigenvalues number {k} and {k + 1} from the top coincide at {_plain(values[-k])}"


@corner(sumlargest)
def corner_sumlargest(A: np.ndarray, k: int) -> str | None:
    return _no_gap(np.linalg.eigvalsh(_hermitian(A)), k)


@corner(eigvalsh)
@corner(eigvecsh)
def corner_eigvalsh(A: np.ndarray) -> str | None:
    return _tied(np.linalg.eigvalsh(_hermitian(A)), "two eigenvalues")


def _extreme_eigenvalue(op: Operation, position: int) -> None:
    @corner(op)
    def repeated(A: np.ndarray) -> str | None:
        values = np.linalg.eigvals(A)
        at = np.argmax if position else np.argmin
        multiplicity = ties(values)[at(values.real)].sum() + 1
        return f"its multiplicity is {multiplicity}" if multiplicity > 1 else None

    @one_sided(op)
    def one_sided_row_3(A: np.ndarray, dA: np.ndarray) -> np.ndarray:
        if not _is_hermitian(A):
            if reason := repeated(A):
                raise EvaluationError(f"{op.name}: {reason}, and the matrix is not symmetric")
            projector = operations[op.name + "proj"].value
            assert projector is not None
            result: np.ndarray = np.trace(projector(A) @ dA).real.reshape(1, 1)
            return result
        slope: np.ndarray = _cluster_slopes(A, dA)[1][position].reshape(1, 1)
        return slope


_extreme_eigenvalue(eigmax, -1)
_extreme_eigenvalue(eigmin, 0)


@corner(topvals)
@corner(topvecs)
def corner_topvals(A: np.ndarray, k: int) -> str | None:
    values = np.linalg.eigvalsh(_hermitian(A))
    return _tied(values[-k:], "two leading eigenvalues") or _no_gap(values, k)


# --- eigenvalues of a general matrix ----------------------------------------------------------------


@corner(eigvals)
@corner(eigvecs)
def corner_eigvals(A: np.ndarray) -> str | None:
    values, V = np.linalg.eig(A)
    if reason := _tied(values, "two eigenvalues"):
        return reason
    condition = np.linalg.cond(V)
    return None if condition < 1e7 else f"it is defective, or nearly: its eigenvectors have condition {condition:.0e}"


@corner(schurq)
@corner(schurt)
def corner_schurq(A: np.ndarray) -> str | None:
    return _tied(np.linalg.eigvals(A), "two eigenvalues")


@corner(hessq)
@corner(hessh)
def corner_hessq(A: np.ndarray) -> str | None:
    assert hessh.value is not None
    H = hessh.value(A)
    below = np.abs(np.diagonal(H, -1))[:-1]
    return "an entry of the subdiagonal is 0" if (below <= 1e-14 * np.linalg.norm(A)).any() else None


# --- singular values: of a cluster, the eigenvalues of sym(U'*E*V); at 0, the singular values of U'*E*V --


def _singular_slopes(A: np.ndarray, dA: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """All singular values in descending order, and their one-sided derivatives."""
    U, s, Vh = np.linalg.svd(A, full_matrices=True)
    E = U.conj().T @ dA @ Vh.conj().T
    slopes = []
    for c in clusters(s):
        if s[c][0] > TIE * s[0]:
            slopes.append(np.linalg.eigvalsh(_hermitian(E[c, c]))[::-1])
        else:
            slopes.append(np.linalg.svd(E[c.start :, c.start :], compute_uv=False))
    return s, np.concatenate(slopes)


@one_sided(svdvals)
def one_sided_svdvals(A: np.ndarray, dA: np.ndarray) -> np.ndarray:
    return _singular_slopes(A, dA)[1][:, None]


@one_sided(normnuc)
def one_sided_normnuc(A: np.ndarray, dA: np.ndarray) -> np.ndarray:
    result: np.ndarray = _singular_slopes(A, dA)[1].sum().reshape(1, 1)
    return result


@one_sided(normspec)
def one_sided_normspec(A: np.ndarray, dA: np.ndarray) -> np.ndarray:
    result: np.ndarray = _singular_slopes(A, dA)[1][0].reshape(1, 1)
    return result


def _singular_values(A: np.ndarray) -> np.ndarray:
    return np.linalg.svd(A, compute_uv=False)


@corner(svdvals)
@corner(svdu)
@corner(svdv)
def corner_svdvals(A: np.ndarray) -> str | None:
    s = _singular_values(A)
    if s[-1] <= TIE * s[0]:
        return "a singular value is 0"
    return _tied(s, "two singular values")


@corner(normnuc)
def corner_normnuc(A: np.ndarray) -> str | None:
    s = _singular_values(A)
    return "a singular value is 0" if s[-1] <= TIE * s[0] else None


@corner(normspec)
def corner_normspec(A: np.ndarray) -> str | None:
    s = _singular_values(A)
    if s[0] == 0:
        return "it is 0"
    return (
        f"its largest singular value {_plain(s[0])} is repeated" if len(s) > 1 and s[0] - s[1] <= TIE * s[0] else None
    )


def _dependent(A: np.ndarray) -> str | None:
    s = _singular_values(A)
    return "its columns are dependent" if len(s) and s[-1] <= 1e-14 * len(s) * s[0] else None


@corner(qrperp)
@corner(svdperp)
def corner_qrperp(A: np.ndarray) -> str | None:
    return _dependent(A)


@corner(qrq)
@corner(qrr)
def corner_qrq(A: np.ndarray) -> str | None:
    return _dependent(A[:, :-1] if A.shape[0] == A.shape[1] else A)


@corner(rotation)
def corner_rotation(A: np.ndarray) -> str | None:
    s = _singular_values(A)
    if len(s) > 1 and np.linalg.det(A) <= 0 and s[-2] - s[-1] <= TIE * s[0]:
        return "its two smallest singular values coincide and its determinant is not positive"
    return None


# --- matrix versions of functions with a corner at 0 --------------------------------------------------


def _matrix_corner(f: Operation) -> None:
    """absm, relum: on the null space of A, f'(A; E) is f of E there; elsewhere the divided differences of f."""
    op, taylor = MATRIX_FUNCTIONS[f], getattr(taylors, f"taylor_{f.name}")

    @corner(op)
    def corner_row(A: np.ndarray) -> str | None:
        values = np.linalg.eigvals(A)
        return "an eigenvalue is 0" if np.abs(values.real).min() <= TIE * np.abs(values).max() else None

    @one_sided(op)
    def one_sided_row_4(A: np.ndarray, dA: np.ndarray) -> np.ndarray:
        slope = operations["d" + op.name].value
        assert slope is not None
        assert op.value is not None
        if not _is_hermitian(A):
            result: np.ndarray = slope(A, dA)
            return result
        values, V = np.linalg.eigh(_hermitian(A))
        null = np.abs(values) <= TIE * np.abs(values).max()
        values[null] = 0.0
        E = V.conj().T @ _hermitian(dA) @ V
        both = np.ix_(null, null)
        with np.errstate(invalid="ignore"):
            result = divided_differences(taylor, values) * E
        if null.any():
            result[both] = op.value(_hermitian(E[both]))
        whole: np.ndarray = V @ result @ V.conj().T
        return whole


_matrix_corner(abs)
_matrix_corner(relu)
