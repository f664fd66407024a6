"""The Jacobian of a residual from products with it: banded where it is banded, dense where it is small, else matrix-free.

Source: Curtis, Powell and Reid, On the estimation of sparse Jacobian matrices, J. Inst. Math. Appl. 13 (1974): the columns
of a banded matrix that share no row come from one product.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from frechet.errors import FrechetError
from frechet.implicit.factors import Banded, MatrixFree, MatrixSolver
from frechet.implicit.refined import dense
from frechet.tracing.derivatives import Linearization
from frechet.tracing.replay import PointOfVectors, can_give_rows, rows

__all__ = ["STRUCTURES", "dense_jacobian", "jacobian_factor"]

Array = np.ndarray
Product = Callable[[Array], Array]
STRUCTURES = ("dense", "banded", "matrix-free")
_SMALL, _FORMED, _DENSE = 24, 300, 2000  # unknowns: of bands none is looked for, of J all entries are, GMRES takes over
_AGREES = 1e-12


def jacobian_factor(
    n: int,
    times: Product,
    times_transposed: Product,
    structure: str | None = None,
    record: Linearization | PointOfVectors | None = None,
) -> MatrixSolver:
    """The Jacobian of n unknowns, factored. `structure` is one of STRUCTURES; found out without it.

    Raises SingularJacobian, FrechetError for an unknown structure or for "banded" where it is not.
    """
    if structure is not None and structure not in STRUCTURES:
        raise FrechetError(
            f"structure={structure!r} is not known: choose from {', '.join(STRUCTURES)}, or leave it out"
        )
    if structure == "matrix-free":
        return MatrixFree(n, times, times_transposed)
    if structure is None and n <= _FORMED and record is not None and can_give_rows(record):
        J = rows(record)
        known = _bands_of(J) if n > _SMALL and not _reaches_far(J[n // 2]) else None
        return dense(J) if known is None else Banded(*known)
    if structure == "banded" or (structure is None and n > _SMALL):
        is_wide = structure is None and _reaches_far(times_transposed(_unit(n, [n // 2])))
        found = None if is_wide else _bands(n, times, n if structure == "banded" else n // 4)
        if found is not None:
            return Banded(*found)
        if structure == "banded":
            raise FrechetError('structure="banded": the Jacobian is not banded')
    if structure is None and n > _DENSE:
        return MatrixFree(n, times, times_transposed)
    return dense(dense_jacobian(n, times_transposed, record))


def dense_jacobian(n: int, times_transposed: Product, record: Linearization | PointOfVectors | None = None) -> Array:
    """All rows: in one sweep over the record of F, whose first argument is x, or a reverse sweep each."""
    if record is not None and can_give_rows(record):
        return rows(record)
    J, e = np.empty((n, n)), np.zeros(n)
    for i in range(n):
        e[i] = 1.0
        J[i] = times_transposed(e)
        e[i] = 0.0
    return J


def _reaches_far(row: Array) -> bool:
    """Whether the row in the middle is not that of a banded matrix: an entry is n/8 or more from the diagonal."""
    n = len(row)
    near = (n - 1) // 8
    if row[0] or row[-1]:  # most often
        return True
    return bool(row[: n // 2 - near].any() or row[n // 2 + near + 1 :].any())


def _bands_of(J: Array) -> tuple[Array, int] | None:
    """The diagonals of a matrix and their number on each side, where they are few."""
    n = len(J)
    i, j = np.nonzero(J)
    width = int(np.max(np.abs(i - j), initial=0))
    if 2 * width + 1 > n // 4:
        return None
    bands = np.zeros((2 * width + 1, n))
    bands[width + i - j, j] = J[i, j]
    return bands, width


def _bands(n: int, times: Product, most: int) -> tuple[Array, int] | None:
    """The diagonals and their number on each side, when 2*width + 1 products give a matrix that random products confirm."""
    rng = np.random.default_rng(0)
    width = 0
    for j in (n // 2, 0, n - 1, *rng.integers(0, n, 3).tolist()):
        column = times(_unit(n, [j]))
        width = max(width, int(np.max(np.abs(np.flatnonzero(column) - j), initial=0)))
        if 2 * width + 1 > max(most, 1):
            return None
    checks = [rng.standard_normal(n) for _ in range(2)]
    expected = [times(v) for v in checks]
    sizes = [float(np.linalg.norm(y)) for y in expected]
    while 2 * width + 1 <= max(most, 1):
        bands = _compressed(n, times, width)
        got = [_banded_product(bands, width, v) for v in checks]
        if all(np.linalg.norm(a - b) <= _AGREES * max(s, 1e-300) for a, b, s in zip(got, expected, sizes, strict=True)):
            return bands, width
        width = 2 * width + 1
    return None


def _unit(n: int, places: list[int]) -> Array:
    e = np.zeros(n)
    e[places] = 1.0
    return e


def _compressed(n: int, times: Product, width: int) -> Array:
    """bands[width + i - j, j] = J[i, j], from products with sums of unit vectors that share no row."""
    stride = 2 * width + 1
    bands = np.zeros((stride, n))
    for r in range(min(stride, n)):
        places = np.arange(r, n, stride)
        y = times(_unit(n, places.tolist()))
        rows = places[None, :] + np.arange(-width, width + 1)[:, None]
        inside = (rows >= 0) & (rows < n)
        bands[:, places] = np.where(inside, y[np.clip(rows, 0, n - 1)], 0.0)
    return bands


def _banded_product(bands: Array, width: int, v: Array) -> Array:
    n = len(v)
    y = np.zeros(n)
    for k in range(-width, width + 1):  # k = i - j
        j = slice(max(-k, 0), min(n - k, n))
        i = slice(max(k, 0), min(n + k, n))
        y[i] += bands[width + k, j] * v[j]
    return y
