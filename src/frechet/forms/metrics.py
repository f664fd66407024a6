"""Hodge star, codifferential, Laplacian, inner product, volume form and musical isomorphisms, for any metric.

With s the sign of det g and n the dimension, in the convention `star="a^*b"`:

    a ∧ *b = <a, b> vol,  ** = s (-1)^(p(n-p)) on p-forms,  codiff = (-1)^p *^-1 d *,  laplace = d codiff + codiff d

Source: Frankel, The Geometry of Physics, 3rd ed., ch. 14; Abraham, Marsden and Ratiu, ch. 6.2 and 6.5.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import sympy as sp

from frechet.errors import FrechetError, ShapeError
from frechet.forms import algebra
from frechet.forms.algebra import determinant, sign
from frechet.forms.charts import Chart, Field
from frechet.forms.fields import interior
from frechet.forms.form import Form
from frechet.forms.vanishing import numbers_at

__all__ = ["codiff", "divergence", "flat", "inner", "laplace", "sharp", "star", "vol"]


@dataclass(frozen=True)
class _Geometry:
    """What a metric gives: its inverse, √|det g|, the sign of det g, and whether g is diagonal."""

    inverse: sp.Matrix
    density: Any
    sign: int
    diagonal: bool


def _geometry(on: Chart) -> _Geometry:
    if "geometry" not in on.memo:
        on.memo["geometry"] = _made(on)
    return on.memo["geometry"]


def _made(on: Chart) -> _Geometry:
    g = on.metric
    if g is None:
        raise FrechetError(f"{on} has no metric: declare it with metric=..., for example 'euclidean'")
    n = on.dim
    diagonal = all(g[i, j] == 0 for i in range(n) for j in range(n) if i != j)
    det = sp.factor(sp.cancel(determinant(g.tolist())))
    inverse = sp.diag(*(1 / g[i, i] for i in range(n))) if diagonal else g.inv().applyfunc(sp.cancel)
    s = _sign_of(det, on)
    return _Geometry(inverse, _root(s * det), s, diagonal)


def _sign_of(det: Any, on: Chart) -> int:
    """The sign of det g, at random points; FrechetError where it is not one sign."""
    rng = random.Random(1)
    seen = set()
    for _ in range(12):
        values = numbers_at([det], rng)
        if values is not None and values[0][0].imag == 0 and values[0][0] != 0:
            seen.add(1 if values[0][0].real > 0 else -1)
    if len(seen) != 1:
        raise FrechetError(f"det g = {det} has no one sign on {on}: the signature of the metric changes")
    return seen.pop()


def _root(det: Any) -> Any:
    """√det, with p for √(p²): coordinates such as r and sin(θ) are taken where they are positive."""
    factors: list[tuple[Any, int]] = []
    for part, exponent in ((sp.numer(det), 1), (sp.denom(det), -1)):
        c, found = sp.factor_list(part) if part.free_symbols else (part, [])
        factors += [(p, e * exponent) for p, e in found] + [(c, exponent)]
    return sp.Mul(*(p ** sp.Rational(e, 2) if p.is_number or e % 2 else p ** (e // 2) for p, e in factors))


def _geometry_of(w: Any) -> tuple[Form, _Geometry]:
    if not isinstance(w, Form):
        raise ShapeError(f"this takes a form, not {w!r}: chart.form(f) makes a form of degree 0 of a function")
    return w, _geometry(w.chart)


def _minor(geometry: _Geometry, I: int, J: int) -> Any:
    """<dx^I, dx^J>, the minor of the inverse metric."""
    rows, cols = algebra.indices(I), algebra.indices(J)
    if geometry.diagonal:
        return sp.Mul(*(geometry.inverse[i, i] for i in rows)) if I == J else 0
    return determinant([[geometry.inverse[i, j] for j in cols] for i in rows])


def inner(a: Form, b: Form) -> Any:
    """<a, b>, the inner product of two forms of one degree: the sum of a_I b_J det(g^(i,j)) over sorted I, J.

    The result is a function of the coordinates. Raises ShapeError where one is no form, or the degrees differ.
    """
    a, geometry = _geometry_of(a)
    if not isinstance(b, Form) or b.chart is not a.chart or b.degree != a.degree:
        raise ShapeError(f"the inner product is of two forms of one degree on one chart, not of {a} and {b}")
    pairs = [(I, J, x * y) for I, x in a.sums.items() for J, y in b.sums.items()]
    return sp.Add(*(c * _minor(geometry, I, J) for I, J, c in pairs))


def vol(on: Chart) -> Form:
    """The volume form √|det g| dx^…, with the orientation of the chart; √(p²) is written p, for p > 0.

    Of a chart of dimension n the result is an n-form. Raises ShapeError where `on` is no chart.
    """
    if not isinstance(on, Chart):
        raise ShapeError(f"vol takes a chart, not {on!r}: the volume form is that of fr.chart(...)")
    return Form(on, on.dim, {(1 << on.dim) - 1: on.orientation * _geometry(on).density})


def star(w: Form) -> Form:
    """The Hodge star: a ∧ *b = <a, b> vol for every a, in the convention of the chart.

    Of a p-form on a chart of dimension n the result is an (n-p)-form. Raises ShapeError where w is no form.
    """
    w, geometry = _geometry_of(w)
    n, p, every = w.chart.dim, w.degree, (1 << w.chart.dim) - 1
    if p > n:
        return Form(w.chart, 0, {})
    swap = (-1) ** (p * (n - p)) if w.chart.star == "*a^b" else 1
    sums: dict[int, list[Any]] = {}
    for J, c in w.sums.items():
        others = [J] if geometry.diagonal else [algebra.mask_of(i)[0] for i in combinations(range(n), p)]
        for I in others:
            minor = _minor(geometry, I, J)
            if minor != 0:
                K = every ^ I
                factor = swap * w.chart.orientation * sign(I, K)
                sums.setdefault(K, []).append(factor * (c * minor * geometry.density))
    return Form(w.chart, n - p, algebra.collected(sums))


def codiff(w: Form) -> Form:
    """The codifferential, (-1)^p *^-1 d * on p-forms, or its opposite in the convention "divergence".

    The result has one degree less than w. Raises ShapeError where w is no form.
    """
    w, geometry = _geometry_of(w)
    n, p = w.chart.dim, w.degree
    if p == 0:
        return Form(w.chart, 0, {})
    image = star(star(w).d)  # *^-1 on forms of degree n-p+1 is s (-1)^((n-p+1)(p-1)) *
    factor = (-1) ** p * geometry.sign * (-1) ** ((n - p + 1) * (p - 1))
    return Form(w.chart, p - 1, image.sums) * (factor if w.chart.codiff == "adjoint" else -factor)


def laplace(w: Form) -> Form:
    """The Laplace-de Rham operator d codiff + codiff d: -f_xx - f_yy on functions, or its opposite, by convention.

    The result has the degree of w. Raises ShapeError where w is no form.
    """
    down, up = codiff(w), codiff(w.d)
    return up if w.degree == 0 else down.d + up


def flat(V: Field) -> Form:
    """The one-form g(V, ·). Raises ShapeError where V is no field."""
    if not isinstance(V, Field):
        raise ShapeError("flat takes a vector field: make one with chart.field(...)")
    _geometry(V.chart)
    lowered = V.chart.metric * sp.Matrix(V.components)
    return Form(V.chart, 1, {1 << i: c for i, c in enumerate(lowered) if c != 0})


def sharp(w: Form) -> Field:
    """The vector field of a one-form: flat(sharp(w)) = w. Raises ShapeError where w is no one-form."""
    w, geometry = _geometry_of(w)
    if w.degree != 1:
        raise ShapeError(f"sharp takes a one-form, this one has degree {w.degree}")
    return Field(w.chart, tuple(geometry.inverse * sp.Matrix([w.sums.get(1 << i, 0) for i in range(w.chart.dim)])))


def divergence(V: Field) -> Any:
    """div V, with L_V vol = div(V) vol."""
    if not isinstance(V, Field):
        raise ShapeError("divergence takes a vector field: make one with chart.field(...)")
    whole = interior(V, vol(V.chart)).d
    return sp.sympify(whole.sums.get((1 << V.chart.dim) - 1, 0)) / (V.chart.orientation * _geometry(V.chart).density)
