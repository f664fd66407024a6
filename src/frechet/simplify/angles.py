"""Double angles, for reading: cos(2*a) for 1 - 2*sin(a)^2, sin(2*a) for 2*sin(a)*cos(a), and those of hyperbolic functions."""

from __future__ import annotations

from fractions import Fraction

from frechet.expr.node import Expr
from frechet.expr.structure import ONES, add, coefficient, hadamard, pow, scale
from frechet.rules.elementwise import cos, cosh, sin, sinh

__all__ = ["as_double_angle"]

_OF_SQUARE = {sin: (cos, -2), cos: (cos, 2), sinh: (cosh, 2), cosh: (cosh, 2)}
"""f(2*a) = c*g(a)^2 + 1, or - 1, by g: (f, c)."""
_ONE_BESIDE = {sin: 1, cos: -1, sinh: 1, cosh: -1}
_OF_PRODUCT = ((sin, cos), (sinh, cosh))


def as_double_angle(node: Expr) -> Expr | None:
    """The node with a function of the double angle, where it has one."""
    return _of_sum(node) if node.op is add else _of_product(node) if node.op is scale else None


def _of_sum(node: Expr) -> Expr | None:
    """c*cos(2*a) for c - 2*c*sin(a)^2."""
    for i, one in enumerate(node.args):
        value = _number(one)
        if value is None:
            continue
        for k, t in enumerate(node.args):
            c, square = _apart(t)
            if square.op is not pow or coefficient(square.args[1]) != 2 or square.args[0].op not in _OF_SQUARE:
                continue
            g = square.args[0]
            f, twice = _OF_SQUARE[g.op]
            if c == twice * value * _ONE_BESIDE[g.op]:
                front = value * _ONE_BESIDE[g.op]
                made = scale(front, f(scale(2, g.args[0])))
                rest = [a for j, a in enumerate(node.args) if j not in (i, k)]
                return add(made, *rest) if rest else made
    return None


def _number(t: Expr) -> Fraction | None:
    """c of a number c, or of c*ones."""
    value = coefficient(t)
    if value is not None:
        return value
    c, rest = _apart(t)
    return c if rest.op is ONES else None


def _apart(t: Expr) -> tuple[Fraction, Expr]:
    if t.op is scale and len(t.args) == 2 and (c := coefficient(t.args[0])) is not None:
        return c, t.args[1]
    return Fraction(1), t


def _of_product(node: Expr) -> Expr | None:
    """c*sin(2*a) for 2*c*sin(a)*cos(a), of scalars in front or entry by entry."""
    value, *front = node.args
    half = coefficient(value)
    if half is None or half.numerator % 2:
        return None
    matrix = [] if node.is_scalar else [front.pop()]
    factors = front if node.is_scalar else [*matrix[0].args] if matrix[0].op is hadamard else []
    for f, g in _OF_PRODUCT:
        for s in factors:
            if s.op is f and (partner := g(*s.args)) in factors:
                rest = [a for a in factors if a is not s and a is not partner]
                made = f(scale(2, s.args[0]))
                if node.is_scalar:
                    return scale(half / 2, *rest, made)
                return scale(half / 2, *front, hadamard(*rest, made) if rest else made)
    return None
