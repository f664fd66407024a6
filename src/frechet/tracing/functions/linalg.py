"""Linear algebra of NumPy and SciPy: the functions of `frechet.arrays`, with the arguments that the two libraries take."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.linalg

from frechet.arrays.base import H
from frechet.arrays.library import natural, signature_of
from frechet.rules.numpy_linalg import EighResult, EigResult
from frechet.tracing.array import FUNCTIONS, Traced, concrete, form_of
from frechet.tracing.functions.algebra import matmul
from frechet.tracing.functions.factoring import LINALG, solved, table
from frechet.tracing.functions.norms import norm
from frechet.tracing.functions.reducing import summed
from frechet.tracing.functions.ufuncs import array
from frechet.tracing.refusing import known_only, lost

__all__: list[str] = []


# --- numpy.linalg ---------------------------------------------------------------------------------------------------


def _of(name: str) -> Callable[[Any], Any]:
    """An operation of the table that is a function of one matrix."""
    outcome = signature_of(name).outcome
    return lambda A: natural(table(name, array(A)), outcome)


def _svd(A: Any, full_matrices: bool = True, compute_uv: bool = True, hermitian: bool = False) -> Any:
    A = _from_triangle(A) if hermitian else array(A)
    if not compute_uv:
        return LINALG.svdvals(A)
    if full_matrices and A.shape[-1] != A.shape[-2]:
        raise lost(
            "np.linalg.svd with full_matrices=True",
            "has columns that no derivative determines: write full_matrices=False",
        )
    return LINALG.svd(A, full_matrices=False)


def _eigh(A: Any, UPLO: str = "L") -> EighResult:
    return LINALG.eigh(_from_triangle(A, UPLO))


def _from_triangle(A: Any, UPLO: str = "L") -> Any:
    """The Hermitian matrix of which NumPy reads one triangle."""
    if UPLO.upper() not in ("L", "U"):
        raise ValueError("UPLO argument must be 'L' or 'U'")
    A = array(A)
    numbers = concrete(A)
    if np.array_equal(numbers, np.swapaxes(numbers, -1, -2).conj()):
        return A
    n = A.shape[-1]
    part = A * (np.tri(n, k=-1) if UPLO.upper() == "L" else np.tri(n, k=-1).T)
    return part + H(part) + np.real(A) * np.eye(n)


def _qr(A: Any, mode: str = "reduced", pivoting: bool = False) -> Any:
    if mode not in ("reduced", "complete", "full", "r"):
        raise lost(f"np.linalg.qr with mode={mode!r}", "is not known on traced arrays")
    A = array(A)
    m, n = A.shape[-2:]
    if mode == "r" and m >= n and not pivoting and not np.iscomplexobj(form_of(A)):
        return table("qrr", A)
    if mode not in ("r", "reduced") and m != n:
        raise lost(
            f"np.linalg.qr with mode={mode!r}", "has columns that no derivative determines: write mode='reduced'"
        )
    return LINALG.qr(A, "r" if mode == "r" else "reduced", pivoting)


def _cholesky(A: Any, upper: bool = False) -> Any:
    L = LINALG.cholesky(_from_triangle(A, "U" if upper else "L"))
    return H(L) if upper else L


def _power(A: Any, n: int) -> Any:
    if n < 0:
        A, n = table("inv", A), -n
    if n == 0:
        return np.broadcast_to(np.eye(A.shape[-1]), A.shape).copy()
    result = None
    while n:
        if n & 1:
            result = A if result is None else result @ A
        n >>= 1
        A = A @ A if n else A
    return result


def _lstsq(A: Any, b: Any, rcond: Any = None) -> Any:
    """The solution of least norm, the residual, the rank, the singular values."""
    A, b = array(A), array(b)
    _check_cut("least squares", A, None if isinstance(rcond, str) or rcond == -1 else rcond)
    _, _, rank, values = np.linalg.lstsq(concrete(A), concrete(b), rcond=rcond)
    x = matmul(table("pinv", A) if isinstance(A, Traced) else np.linalg.pinv(A), b)
    (m, n), is_vector = A.shape, np.ndim(form_of(b)) == 1
    residual = summed(np.abs(A @ x - b) ** 2, 0) if rank == n and m > n else np.zeros(0)
    return (
        x,
        np.reshape(residual, (-1,)) if is_vector and np.ndim(form_of(residual)) == 0 else residual,
        rank,
        LINALG.svdvals(A) if isinstance(A, Traced) else values,
    )


def _pinv(A: Any, rcond: Any = None, hermitian: bool = False, rtol: Any = None) -> Any:
    A = _from_triangle(A) if hermitian else array(A)
    cut = rcond if rtol is None else rtol
    _check_cut("np.linalg.pinv", A, None if cut is np._NoValue else cut)
    return LINALG.pinv(A)


def _check_cut(call: str, A: Any, relative: Any, absolute: Any = None) -> None:
    """Refuses bounds below which singular values that are not 0 count as 0."""
    if relative is None and absolute is None:
        return
    s = np.linalg.svd(concrete(A), compute_uv=False)
    bound = (concrete(absolute) or 0.0) + (concrete(relative) or 0.0) * s.max(axis=-1, keepdims=True)
    if np.any((s <= bound) & (s > np.finfo(s.dtype).eps * max(A.shape[-2:]) * s.max(axis=-1, keepdims=True))):
        raise lost(f"{call} with bounds of singular values", "leaves out some that are not 0")


def _scipy_pinv(a: Any, *, atol: Any = None, rtol: Any = None) -> Any:
    a = array(a)
    _check_cut("scipy.linalg.pinv", a, rtol, atol)
    return LINALG.pinv(a)


def _cond(A: Any, p: Any = None) -> Any:
    if p in (None, 2):
        s = LINALG.svdvals(A)
        return s[..., 0] / s[..., -1]
    A = array(A)
    return norm(A, p, axis=(-2, -1)) * norm(table("inv", A), p, axis=(-2, -1))


def _tensorsolve(A: Any, b: Any, axes: Any = None) -> Any:
    known_only("np.linalg.tensorsolve", {"axes": axes})
    A, b = array(A), array(b)
    n = int(np.prod(b.shape))
    found = solved(FUNCTIONS[np.reshape](A, (n, n)), FUNCTIONS[np.reshape](b, (n,)))
    return found.reshape(A.shape[b.ndim :])


def _vector_norm(A: Any, *, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> Any:
    A = array(A)
    axes = tuple(range(A.ndim)) if axis is None else tuple(axis) if isinstance(axis, tuple | list) else (axis,)
    if ord == 2 or len(axes) == 1:
        return norm(A, None if ord == 2 else ord, axes, keepdims)
    axes = tuple(k % A.ndim for k in axes)
    rest = [k for k in range(A.ndim) if k not in axes]
    found = norm(
        FUNCTIONS[np.reshape](FUNCTIONS[np.transpose](A, [*rest, *axes]), [*[A.shape[k] for k in rest], -1]), ord, -1
    )
    return FUNCTIONS[np.expand_dims](found, axes) if keepdims else found


_NUMPY: dict[str, Callable[..., Any]] = {
    **{name: _of(name) for name in ("inv", "det", "eigvals")},
    "cholesky": _cholesky,
    "cond": _cond,
    "eigh": _eigh,
    "eigvalsh": lambda A, UPLO="L": LINALG.eigvalsh(_from_triangle(A, UPLO)),
    "lstsq": _lstsq,
    "matrix_norm": lambda A, *, keepdims=False, ord="fro": norm(A, ord, (-2, -1), keepdims),
    "matrix_power": _power,
    "matrix_transpose": lambda A: array(A).mT,
    "norm": norm,
    "pinv": _pinv,
    "qr": lambda A, mode="reduced": _qr(A, mode),
    "slogdet": LINALG.slogdet,
    "solve": solved,
    "svd": _svd,
    "svdvals": LINALG.svdvals,
    "tensorsolve": _tensorsolve,
    "vector_norm": _vector_norm,
}
# some came with NumPy 2
FUNCTIONS.update({getattr(np.linalg, name): f for name, f in _NUMPY.items() if hasattr(np.linalg, name)})
if hasattr(np, "matrix_transpose"):
    FUNCTIONS[np.matrix_transpose] = _NUMPY["matrix_transpose"]


# --- scipy.linalg -----------------------------------------------------------------------------------------------

_WITHOUT_EFFECT = (
    "balanced", "check_finite", "driver", "lapack_driver", "lwork", "method", "overwrite_a", "overwrite_ab", "overwrite_b", "turbo", "type",
)  # fmt: skip
"""Options that say how the work is done, not what comes out."""


def _as_in_scipy(name: str) -> Callable[..., Any]:
    """The function of `frechet.arrays` of this name; its arguments come first in SciPy's, and are called as there."""
    function, meaning = getattr(scipy.linalg, name), getattr(LINALG, name)
    theirs, count = inspect.signature(function), len(inspect.signature(meaning).parameters)

    def called(*args: Any, **options: Any) -> Any:
        if len(args) <= count and not options:
            return meaning(*args)
        given = theirs.bind(*args, **options).arguments
        shared = list(theirs.parameters)[:count]
        known_only(f"scipy.linalg.{name}", {k: v for k, v in given.items() if k not in shared}, *_WITHOUT_EFFECT)
        return meaning(*[given.get(k, theirs.parameters[k].default) for k in shared])

    return called


def _of_one(name: str) -> Callable[..., Any]:
    """An operation of the table that is a function of one matrix, with options that say how the work is done."""
    meaning = _of(name)
    return lambda a: meaning(a)


def _scipy_cholesky(a: Any, lower: bool = False) -> Any:
    return _cholesky(a, upper=not lower)


def _cho_factor(a: Any, lower: bool = False) -> Any:
    return _cholesky(a, upper=not lower), lower


def _lu_solve(factor: Any, b: Any, trans: int = 0) -> Any:
    """By the factors of a constant matrix as SciPy gives them, or by a traced matrix in their place."""
    A, swapped = factor
    if swapped is not None:
        numbers = concrete(A)
        A = (np.tril(numbers, -1) + np.eye(len(numbers))) @ np.triu(numbers)
        for i, j in reversed(list(enumerate(swapped))):
            A[[i, j]] = A[[j, i]]
    return solved(A if trans == 0 else A.T if trans == 1 else H(A), b)


def _scipy_solve(a: Any, b: Any, lower: bool = False, *, assume_a: Any = None, transposed: bool = False) -> Any:
    """What a is taken to be decides which of its entries are read."""
    a = array(a)
    if assume_a in ("sym", "symmetric") and np.iscomplexobj(form_of(a)):
        raise lost("scipy.linalg.solve of a complex matrix with assume_a='sym'", "is not known on traced arrays")
    if assume_a in ("sym", "symmetric", "her", "hermitian", "pos", "positive definite"):
        a = _from_triangle(a, "L" if lower else "U")
    elif assume_a in ("diagonal", "upper triangular", "lower triangular"):
        n = a.shape[-1]
        a = a * {"d": np.eye(n), "u": np.tri(n).T, "l": np.tri(n)}[assume_a[0]]
    elif assume_a not in (None, "gen", "general"):
        raise lost(f"scipy.linalg.solve with assume_a={assume_a!r}", "is not known on traced arrays")
    return solved(a.T if transposed else a, b)


class _Vectors:
    """The eigenvectors of a matrix that is not symmetric: refused when they are used, since people take the values alone too."""

    def __init__(self, name: str) -> None:
        self._name = name

    def _refuse(self, *_: Any, **options: Any) -> Any:  # what is done with them does not matter
        del options
        raise lost(
            self._name,
            "gives eigenvectors whose lengths and phases are a choice: the eigenvalues are followed, and np.linalg.eigh of a "
            "symmetric matrix",
        )

    __getattr__ = __getitem__ = __array__ = __array_ufunc__ = __array_function__ = __len__ = __iter__ = _refuse
    __matmul__ = __rmatmul__ = __mul__ = __rmul__ = __add__ = __radd__ = __sub__ = __rsub__ = __truediv__ = _refuse
    __neg__ = __abs__ = __pow__ = __bool__ = __float__ = _refuse


def _eig(name: str) -> Callable[..., Any]:
    def called(a: Any, b: Any = None, left: bool = False, right: bool = True, **options: Any) -> Any:
        known_only(name, {"b": b, "left": left, **options}, "overwrite_a", "overwrite_b", "check_finite")
        values = FUNCTIONS[np.linalg.eigvals](a)
        return EigResult(values, _Vectors(name)) if right else values

    return called


def _scipy_eigh(a: Any, b: Any = None, *, lower: bool = True, eigvals_only: bool = False, **options: Any) -> Any:
    known_only(
        "scipy.linalg.eigh",
        {k: v for k, v in options.items() if (k, v) != ("type", 1)},
        *set(_WITHOUT_EFFECT) - {"type"},
    )
    UPLO = "L" if lower else "U"
    A = _from_triangle(a, UPLO)
    if b is None:
        return LINALG.eigvalsh(A) if eigvals_only else LINALG.eigh(A)
    values, V = LINALG.eigh(A, _from_triangle(b, UPLO))
    return values if eigvals_only else EighResult(values, V)


def _circulant(c: Any) -> Any:
    c = array(c)
    n = len(c)
    return c[(np.arange(n)[:, None] - np.arange(n)) % n]


def _hankel(c: Any, r: Any = None) -> Any:
    c = array(c)
    line = FUNCTIONS[np.concatenate]([c, np.zeros(len(c) - 1) if r is None else array(r)[1:]])
    n = len(c) if r is None else len(array(r))
    return line[np.arange(len(c))[:, None] + np.arange(n)]


def _solve_banded(l_and_u: Any, ab: Any, b: Any, **options: Any) -> Any:
    """Row u + i - j, column j of the diagonals is entry (i, j) of the matrix."""
    known_only("scipy.linalg.solve_banded", options, *_WITHOUT_EFFECT)
    (below, above), ab = l_and_u, array(ab)
    n = ab.shape[1]
    i, j = np.indices((n, n))
    inside = (i - j <= below) & (j - i <= above)
    A = ab[np.where(inside, above + i - j, 0), j] * inside
    return solved(A, b)


def _scipy_svd(a: Any, full_matrices: bool = True, compute_uv: bool = True) -> Any:
    return _svd(a, full_matrices, compute_uv)


def _scipy_qr(
    a: Any, overwrite_a: bool = False, lwork: Any = None, mode: str = "full", pivoting: bool = False, **options: Any
) -> Any:
    known_only("scipy.linalg.qr", options, *_WITHOUT_EFFECT)
    found = _qr(a, "reduced" if mode == "economic" else mode, pivoting)
    return tuple(found) if isinstance(found, tuple) else (found,)


FUNCTIONS.update(
    {
        **{
            getattr(scipy.linalg, name): _as_in_scipy(name)
            for name in (
                "cho_solve", "fractional_matrix_power", "lu", "orthogonal_procrustes", "polar", "solve_continuous_are",
                "solve_continuous_lyapunov", "solve_discrete_are", "solve_discrete_lyapunov", "solve_sylvester",
                "solve_toeplitz", "solve_triangular", "toeplitz",
            )
        },
        **{
            getattr(scipy.linalg, name): _of_one(name)
            for name in (
                "cosm", "coshm", "det", "eigvals", "expm", "inv", "logm", "signm", "sinhm", "sinm", "sqrtm", "tanhm", "tanm",
            )
        },
        scipy.linalg.block_diag: LINALG.block_diag,
        scipy.linalg.cho_factor: _cho_factor,
        scipy.linalg.cholesky: _scipy_cholesky,
        scipy.linalg.circulant: _circulant,
        np.linalg.eig: _eig("np.linalg.eig"),
        scipy.linalg.eig: _eig("scipy.linalg.eig"),
        scipy.linalg.eigh: _scipy_eigh,
        scipy.linalg.eigvalsh: lambda a, b=None, **options: _scipy_eigh(a, b, eigvals_only=True, **options),
        scipy.linalg.hankel: _hankel,
        scipy.linalg.khatri_rao: lambda a, b: table("khatrirao", array(a), array(b)),
        scipy.linalg.lstsq: lambda a, b, cond=None: _lstsq(a, b, cond),
        scipy.linalg.lu_factor: lambda a: (array(a), None),
        scipy.linalg.lu_solve: _lu_solve,
        scipy.linalg.norm: lambda a, ord=None, axis=None, keepdims=False: norm(array(a), ord, axis, keepdims),
        scipy.linalg.pinv: _scipy_pinv,
        scipy.linalg.qr: _scipy_qr,
        scipy.linalg.solve: _scipy_solve,
        scipy.linalg.solve_banded: _solve_banded,
        scipy.linalg.svd: _scipy_svd,
        scipy.linalg.svdvals: lambda a: LINALG.svdvals(a),
    }
)  # fmt: skip
