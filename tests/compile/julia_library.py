"""Functions of Julia's Base and LinearAlgebra for the reference evaluator, as the manual describes them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.linalg

__all__ = ["LIBRARY", "Factorization", "JuliaError", "Scaling", "adjoint", "is_array", "times"]


class JuliaError(Exception):
    """What Julia would throw, or what the evaluator does not know."""


class Scaling:
    """A multiple of the identity of any size: I, 2 * I, -I; I(n) has a size."""

    def __init__(self, value: Any = 1):
        self.value = value

    def __call__(self, n: int) -> np.ndarray:
        return self.value * np.eye(n)


class Factorization:
    """Factors of a matrix: a name a part, and the matrix itself for solves, determinants and inverses."""

    def __init__(self, matrix: np.ndarray, **parts: Any):
        self.matrix = matrix
        self.__dict__.update(parts)

    def __iter__(self):
        raise JuliaError("factorizations are taken apart by name")


class Q:
    """The orthogonal factor of a QR decomposition: Matrix(Q) is thin, Q * B is with the square one."""

    def __init__(self, square: np.ndarray, columns: int):
        self.square, self.columns = square, columns


class Row(np.ndarray):
    """The adjoint of a vector: times a vector it is a number, times a matrix a row again."""


def is_array(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.ndim > 0


def adjoint(value: Any) -> Any:
    if isinstance(value, Factorization):
        return Factorization(value.matrix.conj().T)
    if is_array(value) and value.ndim == 1:
        return value.conj()[None, :].view(Row)
    return np.conj(value).T


def _transpose(value: Any) -> Any:
    if isinstance(value, Factorization):
        return Factorization(value.matrix.T)
    return value[None, :].view(Row) if is_array(value) and value.ndim == 1 else np.transpose(value)


def times(a: Any, b: Any) -> Any:
    """A product as in linear algebra; numbers scale."""
    if isinstance(a, Scaling) or isinstance(b, Scaling):
        scaling, other = (a, b) if isinstance(a, Scaling) else (b, a)
        return scaling.value * other if is_array(other) else Scaling(scaling.value * other)
    if isinstance(a, Q):
        return a.square @ b
    if not is_array(a) or not is_array(b):
        return a * b
    if a.ndim == 1:
        if b.ndim == 1 or b.shape[0] != 1:
            raise JuliaError("MethodError: a vector times a vector, or a matrix of several rows")
        return np.outer(a, np.asarray(b)[0])
    if a.shape[1] != b.shape[0]:
        raise JuliaError(f"DimensionMismatch: {a.shape} times {b.shape}")
    if isinstance(a, Row):
        return (np.asarray(a) @ b)[0] if b.ndim == 1 else (np.asarray(a) @ b).view(Row)
    return np.asarray(a) @ np.asarray(b)


def _solved(A: Any, B: Any) -> Any:
    matrix = A.matrix if isinstance(A, Factorization) else A
    if not is_array(matrix) or matrix.shape[0] != np.shape(B)[0]:
        raise JuliaError("DimensionMismatch in a solve")
    if matrix.shape[0] == matrix.shape[1]:
        return np.linalg.solve(matrix, B)
    return np.linalg.lstsq(matrix, B, rcond=None)[0]


# --- functions of numbers, which are functions of matrices too --------------------------------------------


def _function(
    scalar: Callable, matrix: Callable | None = None, domain: Callable[[Any], bool] = lambda x: True
) -> Callable:
    def applied(x: Any) -> Any:
        if is_array(x):
            if matrix is None or x.ndim != 2:
                raise JuliaError("MethodError: a function of numbers takes arrays with a dot")
            return matrix(x)
        if np.isrealobj(x) and not domain(x):
            raise JuliaError(f"DomainError: {x}")
        with np.errstate(all="ignore"):
            return scalar(x)

    return applied


def _real_matrix(A: Any) -> Any:
    return A.real if np.iscomplexobj(A) and not np.any(np.imag(A)) else A


def _as_real_if_exact(f: Callable) -> Callable:
    return lambda A: _real_matrix(f(A))


def _complex_function(f: Callable) -> Callable:
    """A function of a matrix from logarithms and roots of complex ones."""
    return lambda A: f(np.asarray(A, complex), np.eye(len(A)))


_logm, _sqrtm = scipy.linalg.logm, scipy.linalg.sqrtm


# --- reductions ------------------------------------------------------------------------------------------


def _reduction(f: Callable) -> Callable:
    def reduced(*given: Any, dims: int | None = None) -> Any:
        *inner, A = given
        values = np.array([inner[0](x) for x in np.ravel(A)]) if inner else np.asarray(A)
        if dims is None:
            return f(values)
        if values.ndim < 2:
            raise JuliaError("dims of a vector")
        return f(values, axis=dims - 1, keepdims=True)

    return reduced


def _norm(A: Any, p: int = 2) -> float:
    entries = np.abs(np.ravel(A))
    scale = entries.max(initial=0.0)  # as LinearAlgebra.generic_norm2
    return float(entries.sum() if p == 1 or not 0 < scale < np.inf else scale * np.linalg.norm(entries / scale))


# --- factorizations --------------------------------------------------------------------------------------


def _symmetric(A: np.ndarray) -> np.ndarray:
    return np.triu(A) + np.triu(A, 1).conj().T


def _cholesky(A: np.ndarray) -> Factorization:
    if not np.array_equal(A, A.conj().T):
        raise JuliaError("PosDefException: not Hermitian")
    return Factorization(A, L=np.linalg.cholesky(A))


def _lu(A: np.ndarray, pivot: Any = "partial", check: bool = True) -> Factorization:
    n = len(A)
    if pivot == "partial":
        _, L, U = scipy.linalg.lu(A)
        if check and not np.diagonal(U).all():
            raise JuliaError("SingularException")
        return Factorization(A, L=L, U=U)
    L, U = np.eye(n, dtype=A.dtype), A.copy()
    for k in range(n):
        L[k + 1 :, k] = U[k + 1 :, k] / U[k, k] if k < n - 1 else 1
        U[k + 1 :] -= np.outer(L[k + 1 :, k], U[k])
    return Factorization(A, L=L, U=np.triu(U))


def _eigen(A: np.ndarray, sortby: Any = "real part") -> Factorization:
    if np.array_equal(A, A.conj().T):
        values, vectors = np.linalg.eigh(A)
        return Factorization(A, values=values, vectors=vectors)
    values, vectors = np.linalg.eig(A)
    if sortby is not None:
        order = np.lexsort((values.imag, values.real))
        values, vectors = values[order], vectors[:, order]
    return Factorization(A, values=values, vectors=vectors)


def _svd(A: np.ndarray, full: bool = False) -> Factorization:
    U, s, Vh = np.linalg.svd(A, full_matrices=full)
    return Factorization(A, U=U, S=s, V=Vh.conj().T, Vt=Vh)


def _qr(A: np.ndarray) -> Factorization:
    square, R = np.linalg.qr(A, mode="complete")
    n = min(A.shape)
    return Factorization(A, Q=Q(square, n), R=R[:n])


def _schur(A: np.ndarray) -> Factorization:
    T, Z = scipy.linalg.schur(A, output="complex" if np.iscomplexobj(A) else "real")
    return Factorization(A, T=T, Z=Z)


def _hessenberg(A: np.ndarray) -> Factorization:
    H, square = scipy.linalg.hessenberg(A, calc_q=True)
    return Factorization(A, H=H, Q=Q(square, len(A)))


def _matrix_of(F: Any) -> np.ndarray:
    return F.matrix if isinstance(F, Factorization) else F


def _logabsdet(F: Any) -> tuple:
    sign, log = np.linalg.slogdet(_matrix_of(F))
    return log, sign


def _logdet(F: Any) -> float:
    log, sign = _logabsdet(F)
    if np.real(sign) < 0:
        raise JuliaError("DomainError: logdet of a negative determinant")
    return log


# --- making and shaping ------------------------------------------------------------------------------------


def _zeros(*sizes: Any) -> np.ndarray:
    kind = float
    if isinstance(sizes[0], type | np.dtype):
        kind, *sizes = sizes  # type: ignore[assignment]
    return np.zeros(tuple(sizes), kind)


def _dense(A: Any, *sizes: int) -> np.ndarray:
    if isinstance(A, Scaling):
        return A.value * np.eye(*sizes)
    return A.square[:, : A.columns] if isinstance(A, Q) else np.array(A)


def _reshape(A: np.ndarray, *sizes: Any) -> np.ndarray:
    return np.reshape(A, tuple(-1 if isinstance(s, slice) else s for s in sizes), order="F")


def _vcat(*parts: Any) -> np.ndarray:
    """Vectors and numbers to a vector, matrices below each other."""
    if any(np.ndim(p) == 2 for p in parts):
        return np.vstack([np.reshape(p, (-1, 1)) if np.ndim(p) == 1 else np.atleast_2d(p) for p in parts])
    return np.concatenate([np.atleast_1d(p) for p in parts])


def _hvcat(counts: tuple[int, ...], *parts: Any) -> np.ndarray:
    rows, start = [], 0
    for count in counts:
        columns = [
            np.reshape(p, (-1, 1)) if np.ndim(p) == 1 else np.atleast_2d(p) for p in parts[start : start + count]
        ]
        rows.append(np.hstack(columns))
        start += count
    return np.vstack(rows)


def _diag(A: np.ndarray) -> np.ndarray:
    if A.ndim != 2:
        raise JuliaError("MethodError: diag takes a matrix")
    return np.diagonal(A).copy()


def _diagonal(x: np.ndarray) -> np.ndarray:
    return np.diag(x) if x.ndim == 1 else np.diag(np.diagonal(x))


def _size(A: Any, axis: int | None = None) -> Any:
    shape = np.shape(A)
    return shape if axis is None else shape[axis - 1] if axis <= len(shape) else 1


def _only(A: np.ndarray) -> Any:
    if np.size(A) != 1:
        raise JuliaError("ArgumentError: only takes a collection of one element")
    return np.ravel(A)[0]


def _inverse(F: Any) -> Any:
    return np.linalg.inv(_matrix_of(F)) if is_array(_matrix_of(F)) else 1 / F


def _condition(A: np.ndarray, p: int) -> float:
    """Infinite for a singular matrix, as LAPACK's estimate is."""
    try:
        return float(np.linalg.cond(A, p))
    except np.linalg.LinAlgError:
        return np.inf


def _permutedims(A: np.ndarray) -> np.ndarray:
    return A[None, :] if A.ndim == 1 else A.T.copy()


def _square(f: Callable) -> Callable:
    def checked(A: np.ndarray) -> Any:
        if np.ndim(A) != 2:
            raise JuliaError("MethodError: a matrix is taken")
        return f(A)

    return checked


def _dot(x: Any, y: Any) -> Any:
    if np.shape(x) != np.shape(y):
        raise JuliaError(f"DimensionMismatch: dot of {np.shape(x)} and {np.shape(y)}")
    return np.vdot(x, y)


def _error(message: str) -> None:
    raise JuliaError(message)


LIBRARY: dict[str, Any] = {
    "I": Scaling(),
    "Q": Q,
    "pi": math.pi,
    "im": 1j,
    "nothing": None,
    "ComplexF64": np.dtype(complex),
    "\\": _solved,
    "exp": _function(np.exp, scipy.linalg.expm),
    "log": _function(np.log, _logm, lambda x: not x < 0),
    "sqrt": _function(np.sqrt, _as_real_if_exact(_sqrtm), lambda x: not x < 0),
    "sin": _function(np.sin, scipy.linalg.sinm),
    "cos": _function(np.cos, scipy.linalg.cosm),
    "tan": _function(np.tan, scipy.linalg.tanm),
    "sinh": _function(np.sinh, scipy.linalg.sinhm),
    "cosh": _function(np.cosh, scipy.linalg.coshm),
    "tanh": _function(np.tanh, scipy.linalg.tanhm),
    "asin": _function(
        np.arcsin, _complex_function(lambda A, E: -1j * _logm(1j * A + _sqrtm(E - A @ A))), lambda x: not abs(x) > 1
    ),
    "acos": _function(
        np.arccos, _complex_function(lambda A, E: -1j * _logm(A + 1j * _sqrtm(E - A @ A))), lambda x: not abs(x) > 1
    ),
    "atan": _function(np.arctan, _complex_function(lambda A, E: 0.5j * (_logm(E - 1j * A) - _logm(E + 1j * A)))),
    "asinh": _function(np.arcsinh),
    "acosh": _function(np.arccosh, None, lambda x: not x < 1),
    "atanh": _function(np.arctanh, None, lambda x: not abs(x) > 1),
    "log1p": _function(np.log1p, None, lambda x: not x < -1),
    "expm1": _function(np.expm1),
    "sech": _function(lambda x: 1 / np.cosh(x)),
    "hypot": lambda a, b: np.hypot(a, b),
    "abs": _function(np.abs),
    "abs2": _function(lambda x: np.abs(x) ** 2),
    "sign": _function(np.sign),
    "max": lambda a, b: np.maximum(a, b),
    "min": lambda a, b: np.minimum(a, b),
    "div": lambda a, b: a // b,
    "real": np.real,
    "imag": np.imag,
    "conj": np.conj,
    "sum": _reduction(np.sum),
    "prod": _reduction(np.prod),
    "maximum": _reduction(np.max),
    "minimum": _reduction(np.min),
    "count": lambda at: int(np.count_nonzero(at)),
    "argmax": lambda x: int(np.argmax(x)) + 1,
    "argmin": lambda x: int(np.argmin(x)) + 1,
    "norm": _norm,
    "Int": int,
    "log2": np.log2,
    "ceil": lambda kind, x: kind(np.ceil(x)),
    "cond": lambda A, p: _condition(A, p),
    "isdiag": lambda A: np.array_equal(A, np.diag(np.diag(A))),
    "rank": _square(np.linalg.matrix_rank),
    "isfinite": np.isfinite,
    "all": lambda at: bool(np.all(at)),
    "opnorm": _square(lambda A: np.linalg.norm(A, 2)),
    "dot": _dot,
    "tr": _square(np.trace),
    "det": lambda F: np.linalg.det(_matrix_of(F)),
    "logdet": _logdet,
    "logabsdet": _logabsdet,
    "inv": _inverse,
    "pinv": _square(np.linalg.pinv),
    "kron": np.kron,
    "transpose": _transpose,
    "permutedims": _permutedims,
    "Symmetric": _symmetric,
    "LowerTriangular": np.tril,
    "UpperTriangular": np.triu,
    "tril": _square(np.tril),
    "triu": _square(np.triu),
    "Diagonal": _diagonal,
    "diag": _diag,
    "Matrix": _dense,
    "Matrix{Float64}": _dense,
    "vec": lambda A: np.ravel(A, order="F"),
    "reshape": _reshape,
    "fill": lambda c, *sizes: np.full(sizes, c),
    "ones": lambda *sizes: np.ones(sizes),
    "zero": np.zeros_like,
    "zeros": _zeros,
    "copy": np.array,
    "vcat": _vcat,
    "hvcat": _hvcat,
    "only": _only,
    "length": np.size,
    "size": _size,
    "eltype": lambda A: A.dtype,
    "eps": lambda: np.finfo(float).eps,
    "isreal": lambda A: not np.any(np.imag(A)),
    "istriu": lambda A: not np.any(np.tril(A, -1)),
    "NoPivot": lambda: None,
    "cholesky": _cholesky,
    "lu": _lu,
    "eigen": _eigen,
    "eigvals": lambda A, sortby="real part": _eigen(A, sortby).values,
    "eigvecs": lambda A, sortby="real part": _eigen(A, sortby).vectors,
    "svd": _svd,
    "svdvals": lambda A: np.linalg.svd(A, compute_uv=False),
    "qr": _qr,
    "schur": _schur,
    "hessenberg": _hessenberg,
    "sylvester": lambda A, B, C: scipy.linalg.solve_sylvester(A, B, -C),
    "error": _error,
}
"""Names in scope from the start; "Q" and "\\\\" are for the evaluator."""
