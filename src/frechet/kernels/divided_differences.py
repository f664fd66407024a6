"""Divided differences of a scalar function, right where its arguments nearly coincide."""

from __future__ import annotations

import numpy as np

__all__ = ["divided_differences"]

ORDER = 25
AGREEMENT_OF_SERIES = 1e-12


def divided_differences(taylor, x):
    """D[i, j] = (f(x[i]) - f(x[j]))/(x[i] - x[j]), and f'(x[i]) on the diagonal.

    taylor(z, order)[k] is the kth Taylor coefficient at each of the points z: f(z + h) = sum of taylor(z, ...)[k]*h^k.
    Where the difference in the numerator cancels, the odd part of the Taylor series at the middle is summed instead,
    f[a, b] = c1 + c3*h^2 + c5*h^4 + ... with h = (a - b)/2, if the series is seen to converge to f(a) and f(b); where it
    does not, a and b lie far apart for f, and the quotient is good.

    Source: Higham, Functions of Matrices (2008), sec. 3.2 and B.16; Davies and Higham, A Schur-Parlett algorithm for
    computing matrix functions, SIAM J. Matrix Anal. Appl. 25 (2003).
    """
    with np.errstate(all="ignore"):
        f, slope = taylor(x, 1)
        gap, rise = x[:, None] - x[None, :], f[:, None] - f[None, :]
        result = np.where(gap == 0, slope[:, None], rise / gap)
    cancels = (np.abs(rise) <= 0.5 * np.maximum(np.abs(f)[:, None], np.abs(f)[None, :])) & (gap != 0)
    i, j = np.nonzero(np.triu(cancels, 1))
    if len(i):
        summed, reliable = difference_by_series(taylor, x[i], x[j], f[i], f[j])
        i, j = i[reliable], j[reliable]
        result[i, j] = result[j, i] = summed[reliable]
    return result


def difference_by_series(taylor, a, b, f_a, f_b):
    """The divided differences f[a, b] by the series at the middle, and where it has converged."""
    h = (a - b) / 2
    with np.errstate(all="ignore"):
        c = taylor(b + h, ORDER)
        powers = h ** np.arange(ORDER + 1)[:, None]
        odd, even = c[1::2] * powers[1::2], c[::2] * powers[::2]
        slope = (c[1::2] * powers[::2]).sum(0)
        total, half = even.sum(0), odd.sum(0)
        scale = np.maximum(np.abs(f_a), np.abs(f_b))
        small = np.maximum(np.abs(odd[-2:]).max(0), np.abs(even[-2:]).max(0)) <= 1e-16 * np.maximum(np.abs(half), scale)
        meets = np.maximum(np.abs(total + half - f_a), np.abs(total - half - f_b)) <= AGREEMENT_OF_SERIES * scale
        return slope, small & meets & np.isfinite(slope)
