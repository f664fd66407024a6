"""Potentials by Poincaré's homotopy, on star-shaped domains.

    K w = sum over the terms c dx^I of ∫_0^1 t^(p-1) c(z + t(x - z)) dt  i_(x - z) dx^I,    d K + K d = 1

Source: Spivak, Calculus on Manifolds, theorem 4-11.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import sympy as sp

from frechet.errors import FrechetError, ShapeError
from frechet.forms.bounded import bounded
from frechet.forms.fields import interior
from frechet.forms.form import Form

__all__ = ["denominators", "homotopy", "potential"]


def potential(w: Form, center: Sequence[Any] | Mapping[str, Any] | None = None) -> Form:
    """A form a with a.d = w, for a closed w of degree at least 1 on a domain that is star-shaped about the center.

    `center` is the origin when left out. FrechetError where w is not closed, where its coefficients have no value at a
    point that no path around the center can avoid (the point is named), or where SymPy does not find the integrals.
    """
    if w.degree == 0:
        raise ShapeError("a potential is of a form of degree at least 1")
    if not w.is_closed():
        raise FrechetError(f"{w} is not closed: it has no potential; its d is {w.d}")
    found = homotopy(w, center)
    if not found.d.equals(w):
        raise FrechetError(f"the potential of {w} could not be confirmed: its d is another form")
    return found


def homotopy(w: Form, center: Sequence[Any] | Mapping[str, Any] | None = None) -> Form:
    """K w of Poincaré's lemma about the center, for any form: d K w + K d w = w. Errors as for `potential`."""
    chart = w.chart
    if w.degree == 0 or not w.sums:
        return Form(chart, max(w.degree - 1, 0), {})
    z = _center(chart, center)
    for c in w.sums.values():
        _require_star_shaped(sp.sympify(c), chart, z)
    t = sp.Dummy("t", positive=True)
    along = {x: zi + t * (x - zi) for x, zi in zip(chart.coords, z, strict=True)}
    arm = chart.field(*[x - zi for x, zi in zip(chart.coords, z, strict=True)])
    integrated = {
        mask: _integral(sp.sympify(c).subs(along, simultaneous=True) * t ** (w.degree - 1), t)
        for mask, c in w.sums.items()
    }
    return interior(arm, Form(chart, w.degree, {m: c for m, c in integrated.items() if c != 0})).expand()


def _center(chart: Any, center: Any) -> tuple[Any, ...]:
    if center is None:
        return (sp.Integer(0),) * chart.dim
    if isinstance(center, Mapping):
        center = [center.get(n, 0) for n in chart.names]
    if len(center) != chart.dim:
        raise ShapeError(f"the center is a point of {chart}, {chart.dim} numbers")
    return tuple(sp.sympify(chart.coefficient(c)) for c in center)


def _integral(f: Any, t: Any) -> Any:
    for written in (sp.expand, sp.factor):
        found = bounded(partial(sp.integrate, written(f), (t, 0, 1), conds="none"))
        if found is not None and not found.has(sp.Integral, sp.nan, sp.zoo):
            return found
    raise FrechetError(f"SymPy does not find the integral of {f} over {t} from 0 to 1")


def _require_star_shaped(c: Any, chart: Any, z: tuple[Any, ...]) -> None:
    """FrechetError where a singularity of c is at the center, or is a hole: a point around which the domain goes."""
    at_center = dict(zip(chart.coords, z, strict=True))
    for q in denominators(c):
        if sp.simplify(q.subs(at_center)) == 0:
            _refuse(c, chart, z, "is the center: choose another one")
        for point in _holes(q, chart):
            _refuse(c, chart, point, "is a hole: no domain around it is star-shaped")


def denominators(c: Any) -> list[Any]:
    """What must not be 0 for c to be smooth: denominators, the arguments of logarithms and of roots."""
    found = {p.base for p in c.atoms(sp.Pow) if p.exp.could_extract_minus_sign() or not p.exp.is_integer}
    found |= {f.args[0] for f in c.atoms(sp.log)}
    return sorted((q for q in found if not q.is_number and q != sp.E), key=str)


def _holes(q: Any, chart: Any) -> list[tuple[Any, ...]]:
    """Isolated real zeros of q: points where q and its gradient vanish."""
    used = [x for x in chart.coords if x in q.free_symbols]
    if len(used) < 2 or not q.is_polynomial(*used):
        return []
    solutions = sp.solve([q, *(q.diff(x) for x in used)], used, dict=True)
    points = []
    for s in solutions:
        point = tuple(s.get(x, x) for x in chart.coords)
        if all(sp.im(v) == 0 for v in point if not v.free_symbols):
            points.append(point)
    return points


def _refuse(c: Any, chart: Any, point: tuple[Any, ...], reason: str) -> None:
    where = ", ".join(f"{n} = {v}" for n, v in zip(chart.names, point, strict=True) if str(v) != n)
    raise FrechetError(f"{c} has no value at {where}, which {reason}")
