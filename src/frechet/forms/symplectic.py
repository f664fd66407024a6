"""Hamiltonian fields and Poisson brackets of a nondegenerate closed two-form.

    i_V w = dH;  on dq^dp: V = (∂H/∂p, -∂H/∂q);  {f, g} = w(V_f, V_g)

Source: Abraham and Marsden, Foundations of Mechanics, 2nd ed. (1978), ch. 3.3.
"""

from __future__ import annotations

from typing import Any

import sympy as sp

from frechet.errors import FrechetError, ShapeError
from frechet.forms.charts import Field
from frechet.forms.form import Form
from frechet.forms.vanishing import vanishes

__all__ = ["hamiltonian_field", "poisson_bracket"]


def hamiltonian_field(H: Any, w: Form) -> Field:
    """The vector field V with i_V w = dH. ShapeError where w is no two-form, FrechetError where it is degenerate or not
    closed."""
    if w.degree != 2:
        raise ShapeError(f"a symplectic form has degree 2, this one has degree {w.degree}")
    if not w.is_closed():
        raise FrechetError(f"{w} is not closed: it is no symplectic form")
    on = w.chart
    W = sp.zeros(on.dim, on.dim)
    for (i, j), c in w.terms.items():
        W[i, j], W[j, i] = c, -c
    if vanishes([W.det()]):
        raise FrechetError(f"{w} is degenerate on {on}: it is no symplectic form")
    dH = on.form(H).d
    gradient = sp.Matrix([dH.sums.get(1 << k, 0) for k in range(on.dim)])
    return Field(on, tuple(W.T.LUsolve(gradient).applyfunc(sp.cancel)))  # (i_V w)_k = sum_j V_j W_jk


def poisson_bracket(f: Any, g: Any, w: Form) -> Any:
    """{f, g} = w(V_f, V_g): on dq^dp it is f_q g_p - f_p g_q."""
    return w(hamiltonian_field(f, w), hamiltonian_field(g, w))
