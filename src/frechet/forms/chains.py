"""Chains: parametrized boxes, their boundary; integrals of forms over them, and Stokes' theorem as a verdict.

Source: Spivak, Calculus on Manifolds, ch. 4.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from itertools import product
from typing import Any

import numpy as np
import sympy as sp

from frechet.check.verdict import Verdict
from frechet.errors import EvaluationError, FrechetError, ShapeError
from frechet.forms.bounded import bounded
from frechet.forms.charts import Chart, Map, chart
from frechet.forms.form import Form
from frechet.forms.potentials import denominators
from frechet.forms.quadrature import Approximate, approximate, zero_of

__all__ = ["Approximate", "Chain", "chain", "integrate", "stokes"]

_CLOSE = 1e-9
_DENOMINATOR = 1000


@dataclass(frozen=True)
class Cell:
    """A box of parameters mapped into a chart; its orientation is the order of the parameters."""

    target: Chart
    components: tuple[Any, ...]
    ranges: tuple[tuple[Any, Any, Any], ...]  # symbol, from, to

    @property
    def dim(self) -> int:
        return len(self.ranges)

    def face(self, i: int, end: int) -> Cell:
        """The face where parameter i is at its lower (0) or upper (1) end."""
        symbol, *ends = self.ranges[i]
        components = tuple(f.subs(symbol, ends[end]) for f in self.components)
        return Cell(self.target, components, self.ranges[:i] + self.ranges[i + 1 :])


class Chain:
    """A sum of parametrized boxes with integer coefficients; see `chain`."""

    def __init__(self, cells: list[tuple[int, Cell]]):
        self.cells = cells

    @property
    def dim(self) -> int:
        """The number of parameters."""
        return self.cells[0][1].dim if self.cells else 0

    def boundary(self) -> Chain:
        """∂: the faces of each box, the i-th with sign (-1)^(i+1) at its upper end, (-1)^i at its lower one, i from 0."""
        if self.dim == 0:
            raise ShapeError("points have no boundary")
        faces = []
        for c, cell in self.cells:
            for i in range(cell.dim):
                for end in (0, 1):
                    faces.append((c * (-1) ** (i + 1 + end), cell.face(i, end)))
        return Chain(faces)

    def __add__(self, other: Chain) -> Chain:
        return Chain(self.cells + other.cells)

    def __neg__(self) -> Chain:
        return Chain([(-c, cell) for c, cell in self.cells])

    def __sub__(self, other: Chain) -> Chain:
        return self + -other

    def __repr__(self) -> str:
        boxes, parameters = len(self.cells), self.dim
        return f"a chain of {boxes} box{'es' * (boxes != 1)} with {parameters} parameter{'s' * (parameters != 1)}"


def chain(F: Map | Chart, **ranges: Any) -> Chain:
    """The image of a box: `fr.chart("r t").to(R2, x="r*cos(t)", y="r*sin(t)")` over r=(0, 1), t=(0, 2*pi); with a chart
    in place of the map, the box itself.

    The orientation is the order in which the ranges are given. Every coordinate of the source of F has a range, or is
    a number. Raises ShapeError where they do not fit.
    """
    if isinstance(F, Chart):
        F = F.to(F, {n: n for n in F.names})
    if not isinstance(F, Map):
        raise ShapeError("a chain is made of a map: chart.to(other, ...), or of a chart for a plain box")
    if set(ranges) != set(F.source.names):
        raise ShapeError(
            f"give a range for {', '.join(F.source.names)}, each once, not for {', '.join(ranges) or 'none'}"
        )
    fixed, open_ranges = {}, []
    for name, ends in ranges.items():
        symbol = F.source.symbols[name]
        if isinstance(ends, tuple | list):
            if len(ends) != 2:
                raise ShapeError(f"the range of {name} has two ends, not {len(ends)}")
            low, high = (_exact_end(F.source.coefficient(e)) for e in ends)
            open_ranges.append((symbol, low, high))
        else:
            fixed[symbol] = sp.sympify(F.source.coefficient(ends))
    return Chain([(1, Cell(F.target, tuple(f.subs(fixed) for f in F.components), tuple(open_ranges)))])


def _exact_end(e: Any) -> Any:
    """A floating-point number that is a small multiple of π, or a short fraction, as what it stands for: 2*np.pi is 2π."""
    e = sp.sympify(e)
    if not e.is_Float:
        return e
    for unit in (sp.Integer(1), sp.pi):
        ratio = sp.Rational(Fraction(float(e / unit)).limit_denominator(_DENOMINATOR))
        if float(ratio * unit) == float(e):
            return ratio * unit
    return e


# --- integrals ------------------------------------------------------------------------------------------


def integrate(w: Form, c: Chain) -> Any:
    """The integral of a form over a chain: exact, a SymPy expression, where SymPy finds it, else an `Approximate`.

    SymPy has a few seconds; an exact value is compared with a numerical one before it is given. Raises ShapeError where degree or chart do not
    fit, EvaluationError where the integral does not converge, or where SymPy does not find it and the form has a pole on
    the chain, which is named.
    """
    if not isinstance(w, Form) or not isinstance(c, Chain):
        raise ShapeError("integrate takes a form and a chain")
    parts = [_over_cell(w, cell, k) for k, cell in c.cells]
    if all(isinstance(p, sp.Expr) for p in parts):
        return sp.Add(*parts)
    value, error = 0.0, 0.0
    for p in parts:
        value += float(p)
        error += p.error if isinstance(p, Approximate) else abs(float(p)) * 1e-15
    return Approximate(value, error)


def _over_cell(w: Form, cell: Cell, factor: int) -> Any:
    if w.degree != cell.dim:
        raise ShapeError(f"a {w.degree}-form is integrated over {w.degree} parameters, the chain has {cell.dim}")
    if cell.target is not w.chart:
        raise ShapeError(f"the form is on {w.chart}, the chain in {cell.target}")
    if not cell.dim:
        f = sp.sympify(w.sums.get(0, 0)).subs(
            dict(zip(w.chart.coords, cell.components, strict=True)), simultaneous=True
        )
        return factor * f
    box = chart([str(s) for s, _, _ in cell.ranges])
    F = Map(box, w.chart, cell.components)
    f = sp.sympify(factor * F.pullback(w).sums.get((1 << cell.dim) - 1, 0))
    if f == 0:
        return f
    if f.has(sp.DiracDelta):
        raise EvaluationError(
            f"the integrand {f} has values at single points: a derivative across a jump. Cut the jump out"
        )
    exact = _exact(f, cell.ranges)
    unknown = _unknown(cell, f)
    if unknown:
        if exact is None:
            raise EvaluationError(
                f"SymPy does not find this integral, and {', '.join(unknown)} has no number to integrate with"
            )
        return exact
    near = approximate(f, cell.ranges)
    settled = near.error < 0.05 * (1 + abs(near.value))  # beside an integrable pole quadrature has few digits
    if exact is not None and settled:
        gap = abs(complex(exact.evalf(20)) - near.value)
        if gap <= 10 * near.error + 1e-8 * (1 + abs(near.value)):
            return exact
    _refuse_poles(f, cell.ranges)
    if not near.error < 1e-2 * (1 + abs(near.value)):
        raise EvaluationError(f"the integral of {f} does not seem to converge: {near}")
    return near


def _unknown(cell: Cell, *functions: Any) -> list[str]:
    """Letters in the functions and in the ends of the ranges that are no parameters of the cell."""
    ends = [e for _, *both in cell.ranges for e in both]
    found = {x for f in (*functions, *ends) for x in sp.sympify(f).free_symbols} - {s for s, _, _ in cell.ranges}
    return sorted(map(str, found))


def _refuse_poles(f: Any, ranges: tuple[tuple[Any, Any, Any], ...]) -> None:
    """EvaluationError, with the point, where a denominator of the integrand is zero within the ranges."""
    symbols = [s for s, _, _ in ranges]
    box = [(float(low), float(high)) for _, low, high in ranges]
    if not np.isfinite(box).all():
        return
    for q in denominators(f):
        pole = zero_of(sp.lambdify(symbols, q, modules=["numpy", "scipy"]), box)
        if pole is not None and not _is_bounded([f], ranges, pole):
            point = ", ".join(f"{s} = {round(float(v), 6) + 0.0:g}" for s, v in zip(symbols, pole, strict=True))
            raise EvaluationError(
                f"the integrand {f} has no value at {point}, and SymPy finds no integral across it: it may not converge"
            )


def _exact(f: Any, ranges: tuple[tuple[Any, Any, Any], ...]) -> Any:
    """The iterated integral, or None where SymPy leaves one open, or goes on for too long."""
    found = sp.trigsimp(sp.cancel(f)) if f.is_rational_function() else bounded(lambda: sp.simplify(f), instead=f)
    for symbol, low, high in sorted(ranges, key=lambda r: bool(r[1].free_symbols or r[2].free_symbols), reverse=True):
        real = sp.Dummy(str(symbol), real=True)
        g = sp.expand(found.subs(symbol, real))
        if g.has(sp.I) and not f.has(sp.I):  # logarithms of complex numbers: SymPy integrates them for minutes, in vain
            return None
        try:
            found = bounded(partial(sp.integrate, g, (real, low, high), conds="none"))
        except (NotImplementedError, ValueError, TypeError, ZeroDivisionError):
            return None
        if found is None or found.has(sp.Integral, sp.nan, sp.zoo, sp.oo, sp.Piecewise):
            return None
    return sp.nsimplify(found) if found.is_Float else bounded(lambda: sp.simplify(found), instead=found)


# --- Stokes -----------------------------------------------------------------------------------------------


def stokes(w: Form, c: Chain) -> Verdict:
    """Whether ∫_c dw = ∫_∂c w, a verdict with both integrals: w is a (p-1)-form, c a chain of dimension p.

    Raises ShapeError where they are not.

    Refused, by FrechetError, on a chain whose edges are glued against the orientation (a Möbius band): the edges that
    should cancel add up, and the boundary of the surface is not that of the chain. Refused too where the two integrals
    differ and the form has a pole on the chain, which the message names: the theorem is about forms that are smooth there.
    """
    if not isinstance(w, Form) or not isinstance(c, Chain):
        raise ShapeError("stokes takes a form and a chain, in this order")
    for _, cell in c.cells:
        unknown = _unknown(
            cell,
            *cell.components,
            *(
                F.subs(dict(zip(w.chart.coords, cell.components, strict=True)))
                for F in map(sp.sympify, w.sums.values())
            ),
        )
        if unknown:
            raise EvaluationError(f"the two integrals are compared in numbers, and {', '.join(unknown)} has none")
        _require_orientable(cell)
    for _, cell in c.cells:
        _require_smooth(w, cell, unbounded=True)  # a pole may be in a face without extent, which the parameters cancel
    inside, outside = integrate(w.d, c), integrate(w, c.boundary())
    gap = abs(complex(_number(inside)) - complex(_number(outside)))
    bound = sum(x.error for x in (inside, outside) if isinstance(x, Approximate)) + 1e-12 * (1 + abs(_number(inside)))
    if gap > 10 * bound:
        for _, cell in c.cells:
            _require_smooth(w, cell)
    method = f"the integral over the boundary, {outside}; of d of the form inside: {inside}"
    return Verdict(gap <= 10 * bound, gap / (1 + abs(_number(inside))), bound, method, (), 0, ("Stokes",), points=1)


def _number(x: Any) -> complex:
    return float(x) if isinstance(x, Approximate) else complex(sp.N(x, 20))


def _require_orientable(cell: Cell) -> None:
    """Two opposite faces with the same points are compared: an odd number of parameters turned round is a twist."""
    for i in range(cell.dim):
        low, high = cell.face(i, 0), cell.face(i, 1)
        for turned in product((False, True), repeat=cell.dim - 1):
            if _same_points(low, high, turned):
                if sum(turned) % 2 and not _same_points(low, high, (False,) * len(turned)):
                    raise FrechetError(
                        f"the faces {cell.ranges[i][0]} = {cell.ranges[i][1]} and {cell.ranges[i][0]} = "
                        f"{cell.ranges[i][2]} are the same points in opposite order: the chain is not orientable, and "
                        "these two edges do not cancel"
                    )
                break


def _is_bounded(coefficients: Sequence[Any], ranges: Sequence[Any], pole: Sequence[float]) -> bool:
    """Whether the coefficients, in the parameters, stay as they are towards a point, as sin(x)/x does."""
    f = sp.lambdify([s for s, _, _ in ranges], list(coefficients), modules=["numpy", "scipy"])
    middle = np.array([(float(low) + float(high)) / 2 for _, low, high in ranges])
    inwards = middle - np.asarray(pole, dtype=float) + 1e-2
    with np.errstate(all="ignore"):
        far, near = (np.nanmax(np.abs(np.asarray(f(*(pole + step * inwards)), dtype=float))) for step in (1e-2, 1e-5))
    return bool(near <= 10 * far + 1e-9)


def _require_smooth(w: Form, cell: Cell, unbounded: bool = False) -> None:
    """FrechetError, with the point, where a denominator of the form is zero on the cell (and the form grows without bound)."""
    symbols = [s for s, _, _ in cell.ranges]
    values = dict(zip(w.chart.coords, cell.components, strict=True))
    for q in {q for f in w.sums.values() for q in denominators(sp.sympify(f))}:
        along = sp.lambdify(symbols, q.subs(values, simultaneous=True), modules=["numpy", "scipy"])
        pole = zero_of(along, [(float(low), float(high)) for _, low, high in cell.ranges])
        along_cell = [sp.sympify(c).subs(values, simultaneous=True) for c in w.sums.values()]
        if pole is not None and not (unbounded and _is_bounded(along_cell, cell.ranges, pole)):
            at = dict(zip(symbols, pole, strict=True))
            pairs = zip(w.chart.names, cell.components, strict=True)
            point = ", ".join(f"{n} = {round(float(f.subs(at)), 6) + 0.0:g}" for n, f in pairs)
            raise FrechetError(
                f"{w} has no value at {point}, a point of the chain: Stokes' theorem is about forms that are smooth there. "
                "Cut the point out"
            )


def _same_points(a: Cell, b: Cell, turned: tuple[bool, ...]) -> bool:
    rng = random.Random(2)
    for _ in range(3):
        here, there = {}, {}
        for (symbol, low, high), turn in zip(a.ranges, turned, strict=True):
            u = sp.Rational(rng.randint(1, 96), 97)
            here[symbol] = low + u * (high - low)
            there[symbol] = high - u * (high - low) if turn else here[symbol]
        for f, g in zip(a.components, b.components, strict=True):
            gap = sp.N(f.subs(here) - g.subs(there), 15)
            if not gap.is_number or abs(complex(gap)) > _CLOSE:
                return False
    return True
