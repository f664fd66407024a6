"""Integrals that SymPy does not find: Gauss-Legendre quadrature, closer where the integrand may be narrow.

A rule sees nothing between its points. So the formula is looked at: an exponential is largest, a denominator smallest, the
argument of a step zero at points that are sought, and the pieces get shorter towards these by powers of ten.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import sympy as sp
from scipy.optimize import minimize

from frechet.budgets import tick
from frechet.errors import EvaluationError

__all__ = ["Approximate", "approximate", "zero_of"]

Box = list[tuple[float, float]]

_GRID, _STARTS = 9, 4  # where extrema are looked for
_POLE = 1e-7  # a denominator that is this small beside its largest value is zero
_NARROW = 4  # formulas that may be narrow, of which the points are sought
_DECADES = {1: 8, 2: 8, 3: 3}  # around these points, by the number of parameters
_STEPS = (sp.tanh, sp.erf, sp.atan, sp.sign, sp.Abs, sp.Heaviside)


@dataclass(frozen=True)
class Approximate:
    """The value of an integral that SymPy does not find: a number with an error bar."""

    value: float
    error: float

    def __float__(self) -> float:
        return self.value

    def __repr__(self) -> str:
        return f"{self.value:.12g} ± {self.error:.1e}"


def approximate(f: Any, ranges: Sequence[tuple[Any, Any, Any]]) -> Approximate:
    """Quadrature in every parameter, on 1, 2, 4, ... pieces until two agree; the error is their difference.

    A range without end is mapped from (-1, 1) by s = u/(1 - u^2), from (0, 1) by s = end ± u/(1 - u).
    """
    box: Box = []
    for symbol, low, high in ranges:
        box.append((float(low), float(high)))
        u = sp.Dummy()
        inside = {(False, False): u / (1 - u**2), (True, False): low + u / (1 - u), (False, True): high - (1 - u) / u}
        moved = inside.get((bool(np.isfinite(box[-1][0])), bool(np.isfinite(box[-1][1]))))
        if moved is not None:
            f = f.subs(symbol, moved) * sp.diff(moved, u)
            f = f.subs(u, symbol)
            box[-1] = (-1.0 if not np.isfinite(box[-1][0]) and not np.isfinite(box[-1][1]) else 0.0, 1.0)
    symbols = [s for s, _, _ in ranges]
    g = sp.lambdify(symbols, f, modules=["numpy", "scipy"])
    narrow = list(_narrow_points(f, symbols, box))
    value, error = float("nan"), float("inf")
    order = 20 if len(ranges) < 3 else 12
    for pieces in (1, 2, 4, 8, 16)[: 5 if len(ranges) == 1 or (len(ranges) == 2 and not narrow) else 3]:
        tick()
        new = _quadrature(g, _edges(box, pieces, narrow), order)
        error, value = abs(new - value), new
        if error <= 1e-13 * (1 + abs(value)) and (value or pieces > 4):
            break
    if narrow:  # towards a pole the pieces get shorter at one rate, and agree in what they leave out
        error = max(error, abs(value - _quadrature(g, _edges(box, pieces, narrow, fewer=2), order)))
    if not np.isfinite(value):
        raise EvaluationError(f"the integrand {f} has no value at points of the chain")
    if not np.isfinite([[float(low), float(high)] for _, low, high in ranges]).all():
        size = lambda pieces: _quadrature(lambda *u: np.abs(g(*u)), _edges(box, pieces, narrow), order)
        few, many = size(4), size(8)
        if not abs(many - few) <= 1e-2 * (1 + many):  # the halves of an odd function cancel
            raise EvaluationError("the integral without end does not seem to converge absolutely")
    return Approximate(float(value), float(max(error, 1e-15 * abs(value))))


def _edges(box: Box, pieces: int, narrow: Sequence[Sequence[float]], fewer: int = 0) -> list[np.ndarray]:
    """Borders in each parameter: by powers of ten around the narrow points, each part in so many equal pieces."""
    found = []
    for k, (low, high) in enumerate(box):
        shares = [10.0**-j for j in range(1, _DECADES[min(len(box), 3)] + 1 - fewer)]
        near = [p[k] + s * (high - low) for p in narrow for s in (0.0, *shares, *(-x for x in shares))]
        parts = np.unique([low, high, *(x for x in near if min(low, high) < x < max(low, high))])
        edges = np.unique(np.linspace(parts[:-1], parts[1:], pieces + 1))
        found.append(edges if low <= high else edges[::-1])
    return found


def _quadrature(g: Callable[..., Any], edges: list[np.ndarray], order: int) -> float:
    nodes, weights = np.polynomial.legendre.leggauss(order)
    axes = []
    for borders in edges:
        half = np.diff(borders) / 2
        x = (borders[:-1] + half)[:, None] + half[:, None] * nodes
        axes.append((x.ravel(), (half[:, None] * weights).ravel()))
    grid = np.meshgrid(*(x for x, _ in axes), indexing="ij")
    weight = np.ones(())
    for _, w in axes:
        weight = np.multiply.outer(weight, w)
    with np.errstate(all="ignore"):
        values = np.broadcast_to(np.asarray(g(*grid)), weight.shape)
    total = complex(np.sum(values * weight))
    return total.real if abs(total.imag) <= 1e-12 * (1 + abs(total)) else float("nan")


def _narrow_points(f: Any, symbols: Sequence[Any], box: Box) -> Iterator[Sequence[float]]:
    """Points of the box near which the integrand may change fast."""
    parts = sorted(sp.sympify(f).atoms(sp.exp, sp.Pow, *_STEPS), key=sp.default_sort_key)
    count = 0
    for part in parts:
        if isinstance(part, sp.Pow):
            q = part.base if part.exp.is_number and part.exp.is_negative else None
        else:
            q = -part.args[0] if isinstance(part, sp.exp) else part.args[0] ** 2
        if q is None or not q.free_symbols or count == _NARROW:
            continue
        at = sp.lambdify(symbols, q if isinstance(part, sp.exp) else sp.Abs(q), modules=["numpy", "scipy"])
        with (
            suppress(TypeError, ValueError, ArithmeticError),
            np.errstate(all="ignore"),
        ):  # complex, or no number somewhere
            count += 1
            yield _least(at, box).x


def zero_of(f: Callable[..., Any], box: Box) -> Any:
    """A point of the box at which f is 0, or None."""
    for found, largest in _lowest(lambda u: abs(complex(f(*u))) ** 2, box):
        if found.fun <= _POLE**2 * largest:
            return found.x
    return None


def _least(f: Callable[..., Any], box: Box) -> Any:
    return min(_lowest(lambda u: float(f(*u)), box), key=lambda r: r[0].fun)[0]


def _lowest(f: Callable[[Any], float], box: Box) -> Iterator[tuple[Any, float]]:
    """Local minima from the best points of a grid, each with the largest value there."""
    sizes = sorted((f(u), u) for u in product(*(np.linspace(low, high, _GRID) for low, high in box)))
    for _, start in sizes[:_STARTS]:
        yield minimize(f, start, bounds=[(min(e), max(e)) for e in box], method="L-BFGS-B", tol=1e-30), sizes[-1][0]
