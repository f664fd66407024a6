"""What NumPy's names mean for expressions: its ufuncs, np.add(X, Y), A @ X, and what shapes or options decide, np.linalg.norm(X, 2).

Elementwise operations that are called as NumPy's ufunc (np.exp, np.tanh, ...) need no entry. Along an axis the result is
a column, as NumPy's is an array of one dimension; with keepdims, or as a row, it keeps its place. The functions stand in
`numpy_arrays` and `numpy_linalg`.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from frechet.errors import FrechetError, ShapeError
from frechet.expr.node import Expr, as_expr, operations
from frechet.expr.protocols import NUMPY_UFUNCS
from frechet.expr.sizes import ONE
from frechet.expr.structure import mul, pi, pow, scale

__all__ = ["along", "diagonal", "dot", "norm", "outer", "product", "solve"]


# --- functions whose operation depends on shapes or options ------------------------------------------


def product(A: Any, B: Any) -> Expr:
    """The matrix product A*B: A is m×n, B n×p; the result is m×p.

    An array of one dimension on the left is a row, as for NumPy; the result is then a column.
    Raises ShapeError where the sizes do not fit.
    """
    if isinstance(A, np.ndarray) and A.ndim == 1:
        return mul(as_expr(B).T, as_expr(A))
    return mul(as_expr(A), as_expr(B))


def dot(A: Any, B: Any) -> Expr:
    """np.dot: x'*y of two vectors n×1, the product of matrices m×n and n×p, scaling by a number.

    Raises ShapeError where the sizes do not fit.
    """
    A, B = as_expr(A), as_expr(B)
    if A.is_vector and B.is_vector:
        return mul(A.T, B)
    return scale(A, B) if A.is_scalar or B.is_scalar else mul(A, B)


def outer(x: Any, y: Any) -> Expr:
    """np.outer of two vectors: x is m×1, y n×1; the result x*y' is m×n.

    Raises ShapeError for matrices.
    """
    x, y = as_expr(x), as_expr(y)
    if x.cols is not ONE or y.cols is not ONE:
        raise ShapeError(f"the outer product is of two vectors, not of {x.rows}×{x.cols} and {y.rows}×{y.cols}")
    return mul(x, y.T)


def solve(A: Any, B: Any) -> Expr:
    """The X with A*X = B, inv(A)*B: A is n×n, B n×p; the result is n×p.

    d(X) = inv(A)*(dB - dA*X), by d(A*X) = dB. Domain: A is invertible. Source: Magnus and Neudecker, Matrix Differential
    Calculus, 3rd ed. (2019), sec. 8.4. Raises ShapeError where the sizes do not fit.
    """
    return mul(operations["inv"](A), as_expr(B))


def diagonal(A: Any) -> Expr:
    """The diagonal of a matrix n×n as a column n×1; of a vector n×1, the matrix n×n with it on its diagonal.

    Raises ShapeError for a matrix that is not square.
    """
    A = as_expr(A)
    return operations["diagm" if A.cols is ONE else "diag"](A)


_NORMS = {
    (None, True): "norm2",
    (2, True): "norm2",
    (1, True): "norm1",
    (None, False): "norm2",
    ("fro", False): "norm2",
}
_NORMS |= {("nuc", False): "normnuc", (2, False): "normspec"}


def norm(A: Any, ord: Any = None) -> Expr:
    """np.linalg.norm: of a vector the 2-norm or 1-norm, of a matrix "fro" (taken when none is given), "nuc" or 2 (spectral).

    A is n×1 or m×n, the result 1×1. Raises FrechetError for another norm.
    """
    A = as_expr(A)
    name = _NORMS.get((ord, A.cols is ONE))
    if name is None:
        known = ", ".join(repr(o) for o, of_vector in _NORMS if of_vector == (A.cols is ONE) and o is not None)
        raise FrechetError(f"the norm of order {ord!r} of a {A.rows}×{A.cols} is not known; write one of {known}")
    return operations[name](A)


def along(name: str, A: Any, axis: int | None = None, keepdims: bool = False) -> Expr:
    """Of all entries, or of each column (axis 0) or row (axis 1): sum, mean, max, min, logsumexp, softmax."""
    A = as_expr(A)
    if axis is None:
        return operations[name](A)
    if axis not in (0, 1, -1, -2):
        raise ShapeError(f"a matrix has the axes 0 and 1, not {axis}")
    by_column = axis in (0, -2)
    B = A.T if by_column else A
    if name == "sum":
        result = operations["rowsum"](B)
    elif name == "mean":
        result = scale(pow(as_expr(B.cols), -1), operations["rowsum"](B))
    else:
        result = operations[f"{name}_rows"](B)
    stays = keepdims or result.shape == B.shape != (B.rows, ONE)
    return result.T if by_column and stays else result


def _log_of_sum(A: Any, B: Any) -> Expr:
    """log(exp(A) + exp(B)), which does not overflow."""
    first, second = as_expr(A), as_expr(B)
    return first + operations["softplus"](second - first)


def _dots_of_rows(A: Any, B: Any) -> Expr:
    """x'*y of two vectors; of two matrices that of each row."""
    A, B = as_expr(A), as_expr(B)
    return dot(A, B) if A.cols is ONE and B.cols is ONE else operations["rowsum"](A * B)


_LOG_2 = operations["log"](2)

# --- the tables --------------------------------------------------------------------------------------

NUMPY_UFUNCS.update(
    {
        "add": lambda A, B: as_expr(A) + B,
        "subtract": lambda A, B: as_expr(A) - B,
        "multiply": lambda A, B: as_expr(A) * B,
        "divide": lambda A, B: as_expr(A) / B,
        "matmul": product,
        "negative": lambda A: -A,
        "positive": lambda A: A,
        "power": lambda A, p: as_expr(A) ** p,
        "float_power": lambda A, p: as_expr(A) ** p,
        "square": lambda A: A**2,
        "reciprocal": lambda A: 1 / A,
        "absolute": lambda A: operations["abs"](A),
        "fabs": lambda A: operations["abs"](A),
        "conjugate": lambda A: A,
        "expm1": lambda A: operations["exp"](A) - 1,
        "expit": lambda A: operations["sigmoid"](A),
        "log_ndtr": lambda A: operations["log"](operations["normcdf"](A)),
        "erfcx": lambda A: operations["exp"](as_expr(A) ** 2) * operations["erfc"](A),
        "psi": lambda A: operations["digamma"](A),
        "maximum": lambda A, B: operations["maximum"](A, B),
        "minimum": lambda A, B: operations["minimum"](A, B),
        "exp2": lambda A: operations["exp"](_LOG_2 * as_expr(A)),
        "hypot": lambda A, B: operations["sqrt"](as_expr(A) ** 2 + as_expr(B) ** 2),
        "log2": lambda A: operations["log"](A) / _LOG_2,
        "log10": lambda A: operations["log"](A) / operations["log"](10),
        "cbrt": lambda A: operations["sign"](A) * operations["abs"](A) ** Fraction(1, 3),
        "fmax": lambda A, B: operations["maximum"](A, B),
        "fmin": lambda A, B: operations["minimum"](A, B),
        "logaddexp": _log_of_sum,
        "logaddexp2": lambda A, B: _log_of_sum(as_expr(A) * _LOG_2, as_expr(B) * _LOG_2) / _LOG_2,
        "matvec": product,
        "vecdot": _dots_of_rows,
        "vecmat": lambda x, A: mul(as_expr(A).T, as_expr(x)),
        "log_expit": lambda A: -operations["softplus"](-A),
        "logit": lambda A: operations["log"](A) - operations["log1p"](-A),
        **dict.fromkeys(("deg2rad", "radians"), lambda A: A * pi() / 180),
        **dict.fromkeys(("rad2deg", "degrees"), lambda A: A * 180 / pi()),
    }
)
