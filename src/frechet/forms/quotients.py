"""Quotients such as (exp(l_i) - exp(l_j))/(l_i - l_j) at numbers, with their limit where the denominator is 0.

Near such a point the value of an analytic function is its mean over a circle (the mean value property), where nothing cancels.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import sympy as sp

__all__ = ["extended", "has_limits"]

Array = np.ndarray
_NEAR = 1e-3  # relative size of a denominator below which digits are lost
_RADIUS = 1e-2
_POINTS = np.exp(2j * np.pi * np.arange(8) / 8)  # the mean over 8 points is exact up to order 8


def has_limits(base: Any, symbols: Sequence[sp.Symbol]) -> bool:
    """Whether an expression is a quotient whose denominator, a polynomial in the symbols, may be 0 where the quotient has a limit."""
    over, under = sp.fraction(sp.together(base))
    return bool(under.free_symbols) and under.is_polynomial(*symbols) and not over.is_polynomial(*symbols)


def extended(symbols: Sequence[sp.Symbol], base: Any) -> Callable[..., Array]:
    """The expression as a function of complex arrays, one for each symbol; limits where a quotient of it is 0/0."""
    plain = sp.lambdify(symbols, base, modules="numpy")
    if not has_limits(base, symbols):
        return plain
    under = sp.Poly(sp.fraction(sp.together(base))[1], *symbols)
    denominator = sp.lambdify(symbols, under.as_expr(), modules="numpy")
    size = sp.lambdify(
        symbols, sum(abs(c) * sp.prod(x**k for x, k in zip(symbols, m, strict=True)) for m, c in under.terms())
    )

    def value(*arrays: Array) -> Array:
        shape = np.broadcast_shapes(*(np.shape(a) for a in arrays))
        at = [np.broadcast_to(a, shape) for a in arrays]
        with np.errstate(all="ignore"):
            found = np.array(np.broadcast_to(plain(*at), shape), dtype=complex)
            near = np.abs(denominator(*at)) <= _NEAR * np.broadcast_to(size(*map(np.abs, at)), shape)
            for k in np.argwhere(near):
                found[tuple(k)] = _limit(plain, [a[tuple(k)] for a in at], found[tuple(k)])
        return found

    return value


def _limit(plain: Callable[..., Any], at: Sequence[complex], given: complex) -> complex:
    """The mean over a circle of the first symbol; what is given where the values grow towards the middle, at a pole."""
    scale = max(map(abs, at))
    radius = _RADIUS * (scale if scale > 1e-8 else 1.0)
    wide, narrow = (np.array([plain(at[0] + r * z, *at[1:]) for z in _POINTS]) for r in (radius, radius / 2))
    if not np.isfinite(wide).all() or np.abs(narrow).max() > 1.5 * np.abs(wide).max():
        return given
    return complex(wide.mean())
