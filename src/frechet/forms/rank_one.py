"""Maps of one vector: |J|, and where J = c I + u v' or diag(d) + u v', the matrix determinant lemma.

    |c I + u v'| = |c|^(n - 1) |c + v'u|,    |diag(d) + u v'| = prod(|d_i|) |1 + v' diag(d)^-1 u|

Source: Harville, Matrix Algebra from a Statistician's Perspective (1997), theorem 18.1.1.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import sympy as sp

from frechet.calculus.linear import matrix_of
from frechet.expr.node import Expr
from frechet.expr.sizes import ONE
from frechet.expr.structure import add, differential_of, hadamard, mul, number, pow, scale
from frechet.forms.products import Determinant, JacobianFormula, Number, sizes_as_symbols
from frechet.forms.transformation import Transformation
from frechet.rules.linear import diag
from frechet.simplify import simplify

__all__ = ["of_a_vector"]


def of_a_vector(of: Transformation) -> JacobianFormula | None:
    """The determinant of the Jacobian of a map from vectors to vectors, or None for other maps."""
    if len(of.functions) != 1 or len(of.moving) != 1 or of.scalars.beta > 1:
        return None
    s, f = of.moving[0]
    target = of.functions[0]
    if f.kind.name != "vector" or s.cols is not ONE or target.cols is not ONE or target.rows is not s.rows:
        return None
    J = simplify(matrix_of(of.linear_forms[0], differential_of(s)))
    return JacobianFormula(tuple(_collected(_factors(J))), of.scalars)


def _collected(terms: list[Any]) -> list[Any]:
    """Powers of one number as one power, numbers first."""
    exponents: dict[Any, Any] = {}
    for t in terms:
        key = (type(t), t.base if isinstance(t, Number) else t.matrix)
        exponents[key] = exponents.get(key, 0) + t.exponent
    found = [kind(sp.expand(e), base) for (kind, base), e in exponents.items() if sp.expand(e) != 0]
    return sorted(found, key=lambda t: not (isinstance(t, Number) and isinstance(t.base, sp.Expr)))


def _factors(J: Expr) -> list[Any]:
    """|J| as a product: numbers in front, square factors, the lemma."""
    n = sizes_as_symbols(J.rows)
    if J.op.name == "scale":
        return [*(t for c in J.args[:-1] for t in _power(c, n)), *_factors(J.args[-1])]
    if J.op.name == "mul" and all(A.rows is A.cols for A in J.args):
        return [t for A in J.args for t in _factors(A)]
    if J.op.name == "kron" and all(A.rows is A.cols for A in J.args):  # |A ⊗ B| is |A|^q*|B|^p
        A, B = J.args
        orders = sizes_as_symbols(B.rows), sizes_as_symbols(A.rows)
        return [replace(t, exponent=t.exponent * e) for M, e in zip((A, B), orders, strict=True) for t in _factors(M)]
    found = _by_the_lemma(J)
    return [Determinant(sp.Integer(1), J)] if found is None else found


def _by_the_lemma(J: Expr) -> list[Any] | None:
    """The factors, where J is a multiple of the identity or a diagonal matrix, and one product of a column with a row."""
    parts = list(J.args) if J.op.name == "add" else [J]
    outer = [p for p in parts if _column_and_row(p) is not None]
    diagonal = [p for p in parts if p not in outer]
    if len(outer) != 1 or not diagonal or not all(_body(p).op.name in ("eye", "diagm") for p in diagonal):
        return None
    c, u, v = _column_and_row(outer[0])  # type: ignore[misc]
    D = simplify(add(*diagonal))
    if all(_body(p).op.name == "eye" for p in diagonal):
        number_in_front = simplify(add(*(_coefficient(p) for p in diagonal)))
        last = simplify(add(number_in_front, scale(c, mul(v, u))))
        return [*_power(number_in_front, sizes_as_symbols(J.rows) - 1), *_power(last, sp.Integer(1))]
    quotient = hadamard(pow(diag(D), -1), u)
    return [*_factors(D), *_power(simplify(add(number(1), scale(c, mul(v, quotient)))), sp.Integer(1))]


def _body(term: Expr) -> Expr:
    return term.args[-1] if term.op.name == "scale" else term


def _coefficient(term: Expr) -> Expr:
    """The number in front of a matrix."""
    if term.op.name != "scale":
        return number(1)
    return scale(*term.args[:-1]) if len(term.args) > 2 else term.args[0]


def _column_and_row(term: Expr) -> tuple[Expr, Expr, Expr] | None:
    """(c, u, v') of c*u*v'."""
    c, body = _coefficient(term), _body(term)
    if body.op.name != "mul":
        return None
    for k in range(1, len(body.args)):
        u, v = mul(*body.args[:k]), mul(*body.args[k:])
        if u.cols is ONE and v.rows is ONE:
            return c, u, v
    return None


def _power(base: Expr, exponent: Any) -> list[Any]:
    """|base|^exponent, factor by factor, the power of a power as one."""
    if base.op.name == "scale":
        return [t for factor in base.args for t in _power(factor, exponent)]
    if base.op.name == "number":
        value = abs(sp.Rational(base.params[0].numerator, base.params[0].denominator))
        return [] if value == 1 else [Number(exponent, value)]
    if base.op.name == "pow" and base.args[1].op.name == "number":
        power = base.args[1].params[0]
        return _power(base.args[0], exponent * sp.Rational(power.numerator, power.denominator))
    if base.op.name == "sqrt":
        return _power(base.args[0], exponent / 2)
    return [Number(exponent, base)]
