"""Values with many digits of functions of eigenvalues and singular values, by mpmath. Their duals are out of reach."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from frechet.check.exact.meanings import has_value
from frechet.check.exact.scalars import NoValue

__all__: list[str] = []


# --- functions of a matrix, and their derivatives as a corner of f([A E; 0 A]) ----------------------------


def _function_and_derivative(name: str, f: Callable[[Any, Any], Any]) -> None:
    has_value(name)(f)

    @has_value("d" + name)
    def derivative(mp, A, E):
        n = A.rows
        both = mp.zeros(2 * n)
        both[:n, :n], both[n:, n:], both[:n, n:] = A, A, E
        return f(mp, both)[:n, n:]


def _eigenvalues(mp: Any, A: Any) -> list:
    # Of a 1×1 matrix mpmath gives the vectors too, asked for or not.
    return [A[0, 0]] if A.rows == 1 else list(mp.eig(A, left=False, right=False))


def _logarithm(mp: Any, A: Any) -> Any:
    if any(mp.re(x) <= 0 and abs(mp.im(x)) < mp.eps**0.5 for x in _eigenvalues(mp, A)):
        raise NoValue("the logarithm of a matrix with an eigenvalue that is not positive")
    return mp.logm(A)


def _root(mp: Any, A: Any) -> Any:
    """The principal root: by eigenvalues where A is symmetric, singular too, as the iteration does not end there."""
    least = mp.mpf(10) ** (-mp.dps * 4 // 5)
    size = mp.mnorm(A, 1)
    if mp.mnorm(A - A.T, 1) > least * size:
        if min(map(abs, _eigenvalues(mp, A))) <= least * size:
            raise NoValue("the square root of a matrix that is singular")
        return mp.sqrt(size) * mp.sqrtm(A / size)  # whose iteration ends by an absolute error
    values, V = mp.eigsy((A + A.T) / 2)
    if min(values) < -least * size:
        raise NoValue("the square root of a matrix with an eigenvalue that is negative")
    return V * mp.diag([mp.sqrt(x) if x > least * size else mp.zero for x in values]) * V.T


_function_and_derivative("expm", lambda mp, A: mp.expm(A))
_function_and_derivative("logm", _logarithm)
_function_and_derivative("sinm", lambda mp, A: mp.sinm(A))
_function_and_derivative("cosm", lambda mp, A: mp.cosm(A))
has_value("sqrtm")(lambda mp, A: _root(mp, A))
has_value("expmv")(lambda mp, A, x: mp.expm(A) * x)


# --- eigenvalues of the symmetric part, smallest first ------------------------------------------------------


def _symmetric(mp: Any, A: Any) -> tuple[list, Any]:
    values, vectors = mp.eigsy((A + A.T) / 2)
    return list(values), vectors


def _column(mp: Any, entries: list) -> Any:
    return mp.matrix([[x] for x in entries])


def _projector(V: Any, columns: list[int]) -> Any:
    return sum((V[:, j] * V[:, j].T for j in columns[1:]), V[:, columns[0]] * V[:, columns[0]].T)


has_value("eigvalsh")(lambda mp, A: _column(mp, _symmetric(mp, A)[0]))
has_value("sumlargest")(lambda mp, A, k: mp.matrix([[sum(_symmetric(mp, A)[0][A.rows - k :])]]))
has_value("topproj")(lambda mp, A, k: _projector(_symmetric(mp, A)[1], list(range(A.rows - k, A.rows))))


def _real_eigenvalues(mp: Any, A: Any) -> list:
    return sorted(_eigenvalues(mp, A), key=mp.re)


has_value("eigmax")(lambda mp, A: mp.matrix([[_real_eigenvalues(mp, A)[-1]]]))
has_value("eigmin")(lambda mp, A: mp.matrix([[_real_eigenvalues(mp, A)[0]]]))


# --- singular values, largest first -------------------------------------------------------------------------


def _singular_values(mp: Any, A: Any) -> list:
    return list(mp.svd_r(A if A.rows >= A.cols else A.T, compute_uv=False))


def _tall_singular_values(mp: Any, A: Any) -> Any:
    if A.rows < A.cols:
        raise NoValue("fewer rows than columns")
    return _column(mp, _singular_values(mp, A))


def _polar(mp: Any, A: Any) -> Any:
    tall = A.rows >= A.cols
    U, s, V = mp.svd_r(A if tall else A.T)
    if min(s) <= max(s) * mp.mpf(10) ** (-mp.dps // 2):
        raise NoValue("the rank is not full")
    return U * V if tall else (U * V).T


has_value("svdvals")(_tall_singular_values)
has_value("normnuc")(lambda mp, A: mp.matrix([[sum(_singular_values(mp, A))]]))
has_value("normspec")(lambda mp, A: mp.matrix([[_singular_values(mp, A)[0]]]))
has_value("polar")(_polar)
