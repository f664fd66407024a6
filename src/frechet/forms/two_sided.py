"""One term L dX R, whatever L and R are: |L|^n |R|^m on all matrices, half of (n ± 1) each on symmetric and skew ones.

Source: Magnus and Neudecker, The commutation matrix, Ann. Statist. 7 (1979), section 4.
"""

from __future__ import annotations

from typing import Any

import sympy as sp

from frechet.expr.node import Expr
from frechet.expr.structure import differential_of, mul
from frechet.forms.products import Determinant, JacobianFormula, Number, sizes_as_symbols
from frechet.forms.transformation import Transformation
from frechet.simplify import simplify

__all__ = ["two_sided"]


def two_sided(of: Transformation) -> JacobianFormula | None:
    """The formula of dY = c L dX R, or None where the differential is not of this form, or has no determinants."""
    if len(of.functions) != 1 or len(of.moving) != 1:
        return None
    s, f = of.moving[0]
    form, dX = simplify(of.linear_forms[0]), differential_of(s)
    coefficient: list[Any] = []
    if form.op.name == "scale":
        *coefficient, form = form.args
    factors = list(form.args) if form.op.name == "mul" else [form]
    if factors.count(dX) != 1:
        return None
    at = factors.index(dX)
    left, right = factors[:at], factors[at + 1 :]
    if any(part and (part[0].rows is not part[-1].cols) for part in (left, right)):
        return None
    m, n = (sizes_as_symbols(x) for x in s.shape)
    beta = f.scalars.beta
    exponents = {
        "matrix": (beta * n, beta * m),
        "symmetric": (1 + sp.Rational(beta, 2) * (n - 1),) * 2,
        "spd": (1 + sp.Rational(beta, 2) * (n - 1),) * 2,
        "skew": ((n - 1) / sp.Integer(2),) * 2,
    }.get(f.kind.name)
    if exponents is None:
        return None
    counts = {"matrix": m * n, "symmetric": n * (n + 1) / 2, "spd": n * (n + 1) / 2, "skew": n * (n - 1) / 2}
    terms: list[Any] = [Number(beta * counts[f.kind.name], c) for c in coefficient if not _is_sign(c)]
    terms += [
        Determinant(sp.factor(e), mul(*part) if len(part) > 1 else part[0])
        for part, e in ((left, exponents[0]), (right, exponents[1]))
        if part
    ]
    return JacobianFormula(tuple(terms), of.scalars)


def _is_sign(c: Expr) -> bool:
    return c.op.name == "number" and abs(c.params[0]) == 1
