"""What the functions of numpy.linalg mean for expressions. Those that have several results give NumPy's tuples of them, which are
those of traced functions and of `frechet.jax.linalg` and `frechet.torch.linalg` too."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from numbers import Integral
from typing import Any, NamedTuple

import numpy as np

from frechet.errors import FrechetError, ShapeError
from frechet.expr.node import Expr, as_expr, operations
from frechet.expr.protocols import NUMPY_FUNCTIONS
from frechet.expr.sizes import ONE
from frechet.expr.structure import mul, transpose
from frechet.rules.inverse import power
from frechet.rules.numpy_names import diagonal, norm, outer, product, solve

__all__ = ["EigResult", "EighResult", "QRResult", "SVDResult", "SlogdetResult"]


class SlogdetResult(NamedTuple):
    """The sign of a determinant and the logarithm of its absolute value."""

    sign: Any
    logabsdet: Any


class EigResult(NamedTuple):
    """Eigenvalues, and eigenvectors as columns."""

    eigenvalues: Any
    eigenvectors: Any


class EighResult(NamedTuple):
    """Eigenvalues, and orthonormal eigenvectors as columns."""

    eigenvalues: Any
    eigenvectors: Any


class SVDResult(NamedTuple):
    """U, the singular values and V', with A = U*diag(S)*Vh."""

    U: Any
    S: Any
    Vh: Any


class QRResult(NamedTuple):
    """Q with orthonormal columns and upper triangular R, with A = Q*R."""

    Q: Any
    R: Any


def _operation(name: str, words: str) -> Callable[[Any], Expr]:
    def meaning(A: Any) -> Expr:
        return operations[name](as_expr(A))

    meaning.__doc__ = words + " Raises ShapeError where the sizes do not fit."
    return meaning


def _slogdet(A: Any) -> SlogdetResult:
    """The sign of det(A) and log|det(A)|, 1×1 both, of A n×n. Raises ShapeError where A is not square."""
    A = as_expr(A)
    return SlogdetResult(operations["sign"](operations["det"](A)), operations["logdet"](A))


def _eigh(A: Any) -> EighResult:
    """Eigenvalues, smallest first, n×1, and eigenvectors, n×n, of the symmetric part of A n×n.

    Raises ShapeError where A is not square.
    """
    return EighResult(operations["eigvalsh"](A), operations["eigvecsh"](A))


def _eig(A: Any) -> EigResult:
    """Eigenvalues and eigenvectors of a square A; both are complex where A has complex eigenvalues.

    A is n×n, the results n×1 and n×n. Raises ShapeError where A is not square.
    """
    return EigResult(operations["eigvals"](A), operations["eigvecs"](A))


def _svd(A: Any, full_matrices: bool = True, compute_uv: bool = True) -> SVDResult | Expr:
    """U, S and V' of A = U*diag(S)*V', for m×n with full_matrices=False; S alone with compute_uv=False.

    Of A m×n with m >= n they are m×n, n×1, n×n. Raises FrechetError where U would not be of the size of A.
    """
    A = as_expr(A)
    if not compute_uv:
        return _svdvals(A)
    if full_matrices and A.rows is not A.cols:
        raise FrechetError(f"np.linalg.svd of a {A.rows}×{A.cols}: write full_matrices=False")
    if _is_wide(A):
        return SVDResult(operations["svdv"](A.T), _svdvals(A), transpose(operations["svdu"](A.T)))
    return SVDResult(operations["svdu"](A), _svdvals(A), transpose(operations["svdv"](A)))


def _svdvals(A: Any) -> Expr:
    """The singular values, largest first: min(m, n)×1 of A m×n. Raises FrechetError for what is no matrix."""
    A = as_expr(A)
    return operations["svdvals"](A.T if _is_wide(A) else A)


def _is_wide(A: Expr) -> bool:
    """Whether A is known to have more columns than rows: the table factors tall matrices."""
    m, n = A.rows.constant, A.cols.constant
    return m is not None and n is not None and m < n


def _qr(A: Any, mode: str = "reduced") -> QRResult | Expr:
    """Q m×n and R n×n of A = Q*R m×n, m >= n; R alone with mode="r". Raises FrechetError for another mode."""
    if mode not in ("reduced", "r"):
        raise FrechetError(f"np.linalg.qr of an expression has the modes 'reduced' and 'r', not {mode!r}")
    return operations["qrr"](A) if mode == "r" else QRResult(operations["qrq"](A), operations["qrr"](A))


def _multi_dot(factors: Sequence[Any]) -> Expr:
    """The product of several matrices; code multiplies them in the cheapest order.

    m×n, n×p, p×q to m×q. Raises ShapeError where the sizes do not fit.
    """
    return mul(*[as_expr(A) for A in factors])


def _cond(A: Any, p: Any = None) -> Expr:
    """The condition number |A|*|inv(A)| in the spectral norm, or with p="fro" in the Frobenius norm.

    A is n×n, the result 1×1. Raises FrechetError for another norm.
    """
    if p not in (None, 2, "fro"):
        raise FrechetError(f"the condition number of order {p!r} is not known; write 2 or 'fro'")
    size_of = operations["norm2" if p == "fro" else "normspec"]
    return size_of(as_expr(A)) * size_of(operations["inv"](A))


def _power(A: Any, k: int) -> Expr:
    """The power A^k, n×n, of A n×n, k a whole number. Raises ShapeError where A is not square, FrechetError for another k."""
    if not isinstance(k, Integral):
        raise FrechetError(f"the exponent {k!r} is no whole number: a real power is powm(A, b)")
    return power(as_expr(A), int(k))


def _matrix_norm(A: Any, ord: Any = "fro") -> Expr:
    """The norm of a matrix: "fro", "nuc" or 2 (spectral); A is m×n, the result 1×1. Raises FrechetError for another one."""
    return norm(A, ord)


def _vector_norm(x: Any, ord: Any = 2) -> Expr:
    """The norm of all entries: 2 or 1; A is m×n, the result 1×1. Raises FrechetError for another one."""
    x = as_expr(x)
    return norm(x if x.cols is ONE else operations["vec"](x), ord)


def _cross(x: Any, y: Any) -> Expr:
    """The cross product of two vectors 3×1: hat(x)*y, 3×1. Raises ShapeError for others."""
    x, y = as_expr(x), as_expr(y)
    if x.cols is not ONE or y.cols is not ONE:
        raise ShapeError(f"the cross product is of two vectors, not of {x.rows}×{x.cols} and {y.rows}×{y.cols}")
    return mul(operations["hat"](x), y)


def _transposed(A: Any) -> Expr:
    """A', n×m of A m×n. Raises FrechetError for what is no matrix."""
    return transpose(as_expr(A))


_MEANINGS: dict[str, Callable[..., Any]] = {
    "cholesky": _operation("chol", "The lower triangular L n×n with L*L' = A, of a positive definite A n×n."),
    "cond": _cond,
    "cross": _cross,
    "det": _operation("det", "The determinant, 1×1, of A n×n."),
    "diagonal": _operation("diag", "The diagonal of A n×n as a column n×1."),
    "eig": _eig,
    "eigh": _eigh,
    "eigvals": _operation("eigvals", "The eigenvalues n×1 of A n×n."),
    "eigvalsh": _operation("eigvalsh", "The eigenvalues n×1 of the symmetric part of A n×n, smallest first."),
    "inv": _operation("inv", "The inverse n×n of A n×n."),
    "matmul": product,
    "matrix_norm": _matrix_norm,
    "matrix_power": _power,
    "matrix_transpose": _transposed,
    "multi_dot": _multi_dot,
    "norm": norm,
    "outer": outer,
    "pinv": _operation("pinv", "The pseudo-inverse of Moore and Penrose, n×m of A m×n."),
    "qr": _qr,
    "slogdet": _slogdet,
    "solve": solve,
    "svd": _svd,
    "svdvals": _svdvals,
    "trace": _operation("tr", "The trace, 1×1, of A n×n."),
    "vector_norm": _vector_norm,
}
# some came with NumPy 2
NUMPY_FUNCTIONS.update({getattr(np.linalg, name): f for name, f in _MEANINGS.items() if hasattr(np.linalg, name)})
NUMPY_FUNCTIONS.update({np.trace: _MEANINGS["trace"], np.diag: diagonal, np.cross: _cross})
