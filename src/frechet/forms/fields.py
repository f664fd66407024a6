"""What vector fields do to forms: interior product, Lie derivative, bracket.

Source: Abraham, Marsden and Ratiu, Manifolds, Tensor Analysis, and Applications, ch. 4.2 and 6.4.
"""

from __future__ import annotations

from typing import Any

import sympy as sp

from frechet.errors import FrechetError, ShapeError
from frechet.forms import algebra
from frechet.forms.algebra import indices, sign
from frechet.forms.charts import Field
from frechet.forms.form import Form

__all__ = ["bracket", "interior", "lie"]


def interior(V: Any, w: Form) -> Form:
    """i_V w = w(V, ·, …): V a field or the list of its components. A function has interior product 0.

    The result has one degree less than w. Raises ShapeError where w is no form.
    """
    w = _form(w)
    v = w.chart.components(V)
    if w.degree == 0:
        return Form(w.chart, 0, {})
    sums: dict[int, list[Any]] = {}
    for mask, c in w.sums.items():
        for i in indices(mask):
            rest = mask ^ 1 << i
            sums.setdefault(rest, []).append(c * v[i] if sign(1 << i, rest) > 0 else -(c * v[i]))
    return Form(w.chart, w.degree - 1, algebra.collected(sums))


def lie(V: Any, w: Any) -> Any:
    """L_V w along any field: of a form i_V dw + d i_V w (Cartan), of a field the bracket [V, w].

    The result has the degree of w. Raises ShapeError where w is neither.
    """
    if isinstance(w, Field):
        return bracket(V, w)
    w = _form(w)
    return interior(V, w.d) + interior(V, w).d if w.degree else interior(V, w.d)


def bracket(U: Any, V: Any) -> Field:
    """[U, V] = U(V_i) - V(U_i) in each component; at least one of the two is a field, the other may be a list.

    The result is a field on the chart of both. Raises FrechetError where neither is a field.
    """
    chart = next((F.chart for F in (U, V) if isinstance(F, Field)), None)
    if chart is None:
        raise FrechetError("bracket takes vector fields: make one with chart.field(...)")
    U, V = (Field(chart, chart.components(F)) for F in (U, V))
    return Field(chart, tuple(sp.Add(U(v), -V(u)) for u, v in zip(U, V, strict=True)))


def _form(w: Any) -> Form:
    if not isinstance(w, Form):
        raise ShapeError(f"this takes a form, not {w!r}: chart.form(f) makes a form of degree 0 of a function")
    return w
