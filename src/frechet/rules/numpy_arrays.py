"""What NumPy's functions of whole arrays mean for expressions: reductions, shapes, arrays joined to one.

NumPy counts entries row by row; so do `ravel` and `reshape` here, unless order="F" says columns, as vec does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from frechet.errors import FrechetError, ShapeError
from frechet.expr.node import Expr, as_expr, operations
from frechet.expr.protocols import NUMPY_FUNCTIONS, NUMPY_METHODS, part
from frechet.expr.sizes import ONE, dimension
from frechet.expr.structure import mul, ones, transpose, zeros
from frechet.rules.numpy_names import along, dot, outer

__all__: list[str] = []


def _reduction(name: str) -> Callable[..., Expr]:
    def meaning(A: Any, axis: int | None = None, keepdims: bool = False) -> Expr:
        return along(name, A, axis, keepdims)

    meaning.__doc__ = f"The {name} of all entries, of each column (axis=0) or of each row (axis=1) of A m×n: 1×1, n×1 or m×1. Raises ShapeError for another axis."
    return meaning


def _var(A: Any, *, ddof: int = 0) -> Expr:
    """The variance of all entries; with ddof=1 that of a sample: A is m×n, the result 1×1. Raises FrechetError for an axis."""
    A = as_expr(A)
    squares = (A - operations["mean"](A)) ** 2
    return operations["sum"](squares) / (as_expr(A.rows * A.cols) - ddof) if ddof else operations["mean"](squares)


def _std(A: Any, *, ddof: int = 0) -> Expr:
    """The standard deviation of all entries, the square root of np.var: A is m×n, the result 1×1. Raises FrechetError for an axis."""
    return operations["sqrt"](_var(A, ddof=ddof))


def _average(A: Any, *, weights: Any = None) -> Expr:
    """The mean of all entries, with weights of the shape of A m×n if they are given: 1×1. Raises ShapeError where they have another."""
    if weights is None:
        return operations["mean"](as_expr(A))
    w = as_expr(weights)
    return operations["sum"](w * A) / operations["sum"](w)


def _cumsum(A: Any, axis: int | None = None) -> Expr:
    """The sums of the first entries of a vector, or of each column (axis=0) or row (axis=1): in the shape of A m×n.

    Raises ShapeError for a matrix without an axis.
    """
    A = as_expr(A)
    if axis is None and A.cols is not ONE:
        raise ShapeError(f"np.cumsum of a {A.rows}×{A.cols}: say along which axis, 0 or 1")
    if axis in (None, 0, -2) or (axis == -1 and A.cols is ONE):
        return mul(operations["tril"](ones(A.rows, A.rows)), A)
    if axis not in (1, -1):
        raise ShapeError(f"a matrix has the axes 0 and 1, not {axis}")
    return mul(A, operations["triu"](ones(A.cols, A.cols)))


def _diff(A: Any, n: int = 1, axis: int = -1) -> Expr:
    """The differences of neighbouring entries of a vector, or along a row (axis=1) or a column (axis=0).

    Of A m×n the result is m×(n-1), or (m-1)×n. Raises ShapeError for another axis.
    """
    result: Expr = as_expr(A)
    if axis not in (0, 1, -1, -2):
        raise ShapeError(f"a matrix has the axes 0 and 1, not {axis}")
    for _ in range(n):
        down = result.cols is ONE if axis == -1 else axis in (0, -2)
        result = part(result, slice(1, None)) - part(result, slice(-1)) if down else _diff(result.T, axis=0).T
    return result


def _product_of_entries(A: Any) -> Expr:
    """The product of all entries: the determinant of the diagonal matrix that has them.

    A is m×n, the result 1×1. Raises FrechetError for an axis.
    """
    return operations["det"](operations["diagm"](_ravel(A)))


def _range(A: Any, axis: int | None = None) -> Expr:
    """The largest entry less the smallest, of all or along an axis of A m×n: 1×1, n×1 or m×1. Raises ShapeError for another axis."""
    return along("max", A, axis) - along("min", A, axis)


def _clip(A: Any, a_min: Any = None, a_max: Any = None, *, min: Any = None, max: Any = None) -> Expr:
    """min(max(A, a_min), a_max); None for no bound. The result has the shape of A m×n. Raises ShapeError where bounds have another."""
    low, high = (a_min if min is None else min), (a_max if max is None else max)
    A = as_expr(A)
    if low is not None:
        A = operations["maximum"](A, low)
    return A if high is None else operations["minimum"](A, high)


def _columns_first(order: str) -> bool:
    if order not in ("C", "F"):
        raise FrechetError(f"the order of entries is 'C' (by rows) or 'F' (by columns), not {order!r}")
    return order == "F"


def _ravel(A: Any, order: str = "C") -> Expr:
    """The entries as a column, row by row; column by column with order="F": (m*n)×1 of A m×n. Raises FrechetError for another order."""
    A = as_expr(A)
    by_columns = _columns_first(order)
    return A if A.cols is ONE else operations["vec"](A if by_columns else A.T)


def _reshape(A: Any, shape: Any, order: str = "C") -> Expr:
    """The same entries, read and written row by row, in another shape; -1 for a vector of all.

    Of A m×n to (p, q) with m*n = p*q. Raises ShapeError where the counts differ.
    """
    A = as_expr(A)
    shape = tuple(shape) if isinstance(shape, tuple | list) else (shape,)
    if shape == (-1,):
        return _ravel(A, order)
    if len(shape) > 2 or -1 in shape:
        raise ShapeError(f"an expression is reshaped to one or two sizes, or to -1, not to {shape}")
    m, n = (dimension(k) for k in (*shape, 1)[:2])
    entries = _ravel(A, order)
    if m * n is not entries.rows:
        raise ShapeError(f"a {A.rows}×{A.cols} has {entries.rows} entries and a {m}×{n} has {m * n}")
    if n is ONE:
        return entries
    by_columns = _columns_first(order)
    made = operations["unvec"](entries, params=(m, n) if by_columns else (n, m))
    return made if by_columns else made.T


def _squeeze(A: Any) -> Expr:
    """A row as a column, which stands for an array of one dimension; all else as it is: n×1 of 1×n. Raises FrechetError for an axis."""
    A = as_expr(A)
    result: Expr = A.T if A.rows is ONE else A
    return result


def _transposed(A: Any, axes: Any = None) -> Expr:
    """A', n×m of A m×n. Raises ShapeError for other axes."""
    if axes not in (None, (1, 0), [1, 0]):
        raise ShapeError(f"a matrix is transposed by the axes (1, 0), not {axes}")
    return transpose(as_expr(A))


def _axes_swapped(A: Any, axis1: int, axis2: int) -> Expr:
    """A', n×m of A m×n, or A where both are the same axis. Raises ShapeError for an axis that is neither 0 nor 1."""
    A = as_expr(A)
    if not {axis1, axis2} <= {0, 1, -1, -2}:
        raise ShapeError(f"a matrix has the axes 0 and 1, not {axis1} and {axis2}")
    return A if (axis1 - axis2) % 2 == 0 else transpose(A)


def _diagonal(A: Any) -> Expr:
    """The diagonal of A n×n as a column n×1. Raises ShapeError where A is not square."""
    return operations["diag"](A)


def _triangle(name: str) -> Callable[..., Expr]:
    def meaning(A: Any, k: int = 0) -> Expr:
        if k:
            raise FrechetError(f"{name} from diagonal {k} is not known: only the main one")
        return operations[name](A)

    meaning.__doc__ = f"The {'lower' if name == 'tril' else 'upper'} triangle of A m×n, zero elsewhere: m×n. Raises FrechetError for another diagonal."
    return meaning


# --- joined to one ------------------------------------------------------------------------------------


def _concatenate(parts: Sequence[Any], axis: int = 0) -> Expr:
    """Matrices below each other (axis=0) or side by side (axis=1): m×n and p×n to (m+p)×n. Raises ShapeError where they do not fit."""
    args = tuple(as_expr(p) for p in parts)
    widths = (len(args),) if axis in (1, -1) else (1,) * len(args)
    return operations["block"](*args, params=(widths,))


def _vstack(parts: Sequence[Any]) -> Expr:
    """Matrices below each other: m×n and p×n to (m+p)×n. Raises ShapeError where they do not fit."""
    return _concatenate(parts)


def _hstack(parts: Sequence[Any]) -> Expr:
    """Matrices side by side; vectors one after the other, as arrays of one dimension.

    m×n and m×p to m×(n+p), m×1 and p×1 to (m+p)×1. Raises ShapeError where they do not fit.
    """
    return _concatenate(parts, 0 if all(as_expr(p).cols is ONE for p in parts) else 1)


def _column_stack(parts: Sequence[Any]) -> Expr:
    """Vectors n×1 as the columns of a matrix n×k. Raises ShapeError where they do not fit."""
    return _concatenate(parts, 1)


def _stack(parts: Sequence[Any], axis: int = 0) -> Expr:
    """Vectors as the rows (axis=0) or the columns (axis=1) of a matrix: k of n×1 to k×n or n×k. Raises ShapeError for matrices."""
    if any(as_expr(p).cols is not ONE for p in parts):
        raise ShapeError("np.stack of expressions is of vectors")
    stacked = _concatenate(parts, 1)
    return stacked if axis in (1, -1) else stacked.T


def _block(rows: Sequence[Any]) -> Expr:
    """[A, B; C, D] of a list of rows, each a list of blocks.

    m×n, m×p; q×n, q×p to (m+q)×(n+p). Raises ShapeError where they do not fit.
    """
    rows = rows if isinstance(rows[0], list) else [rows]
    return operations["block"](*[as_expr(a) for row in rows for a in row], params=(tuple(len(row) for row in rows),))


# --- products -----------------------------------------------------------------------------------------


def _vdot(A: Any, B: Any) -> Expr:
    """The sum of the products of entries of A and B m×n: tr(A'*B), 1×1. Raises ShapeError where the sizes do not fit."""
    return operations["tr"](mul(as_expr(A).T, as_expr(B)))


def _inner(A: Any, B: Any) -> Expr:
    """x'*y of two vectors n×1, A*B' of two matrices m×n and p×n. Raises ShapeError where the sizes do not fit."""
    A, B = as_expr(A), as_expr(B)
    return mul(A.T, B) if A.cols is ONE else mul(A, B.T)


def _kron(A: Any, B: Any) -> Expr:
    """The Kronecker product of A m×n and B p×q: (m*p)×(n*q). Raises FrechetError for what is no matrix."""
    return operations["kron"](A, B)


def _tensordot(A: Any, B: Any, axes: int = 2) -> Expr:
    """A*B with axes=1, tr(A'*B) of all entries with axes=2: m×n and n×p to m×p, m×n and m×n to 1×1. Raises ShapeError where the sizes do not fit."""
    if axes not in (1, 2):
        raise FrechetError(f"np.tensordot of matrices sums over 1 or 2 axes, not {axes}")
    return dot(A, B) if axes == 1 else _vdot(A, B)


def _ones_like(A: Any) -> Expr:
    """Ones in the shape of A m×n. Raises FrechetError for what is no matrix."""
    return ones(*as_expr(A).shape)


def _zeros_like(A: Any) -> Expr:
    """Zeros in the shape of A m×n. Raises FrechetError for what is no matrix."""
    return zeros(*as_expr(A).shape)


NUMPY_FUNCTIONS.update(
    {
        np.sum: _reduction("sum"),
        np.mean: _reduction("mean"),
        np.max: _reduction("max"),
        np.amax: _reduction("max"),
        np.min: _reduction("min"),
        np.amin: _reduction("min"),
        np.var: _var,
        np.std: _std,
        np.average: _average,
        np.cumsum: _cumsum,
        np.diff: _diff,
        np.prod: _product_of_entries,
        np.ptp: _range,
        np.swapaxes: _axes_swapped,
        np.moveaxis: _axes_swapped,
        np.clip: _clip,
        np.ravel: _ravel,
        np.reshape: _reshape,
        np.squeeze: _squeeze,
        np.transpose: _transposed,
        np.diagonal: _diagonal,
        np.tril: _triangle("tril"),
        np.triu: _triangle("triu"),
        np.concatenate: _concatenate,
        np.vstack: _vstack,
        np.hstack: _hstack,
        np.column_stack: _column_stack,
        np.stack: _stack,
        np.block: _block,
        np.dot: dot,
        np.vdot: _vdot,
        np.inner: _inner,
        np.outer: outer,
        np.kron: _kron,
        np.tensordot: _tensordot,
        np.ones_like: _ones_like,
        np.zeros_like: _zeros_like,
    }
)

NUMPY_METHODS.update(
    {
        "clip": np.clip,
        "cumsum": np.cumsum,
        "diagonal": np.diagonal,
        "dot": np.dot,
        "flatten": np.ravel,
        "max": np.max,
        "mean": np.mean,
        "min": np.min,
        "prod": np.prod,
        "ravel": np.ravel,
        "reshape": np.reshape,
        "squeeze": np.squeeze,
        "std": np.std,
        "sum": np.sum,
        "swapaxes": np.swapaxes,
        "trace": np.trace,
        "transpose": np.transpose,
        "var": np.var,
    }
)
