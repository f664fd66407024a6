"""Double angles, for reading: lines like `1 - 2*sin(a)^2 = cos(2*a)` and `2*sin(a)*cos(a) = sin(2*a)` on the declarations."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from importlib import import_module
from typing import NamedTuple

from frechet.expr.node import Expr, Operation
from frechet.expr.structure import NUMBER, ONES, add, coefficient, hadamard, pow, scale

__all__ = ["as_double_angle"]


class _Doubled(NamedTuple):
    """number + twice*g^2 = double(2*a) for a function g, and 2*g*partner = product(2*a) where there is such a line."""

    number: Fraction
    twice: Fraction
    double: Operation
    partner: Operation | None
    product: Operation | None


@lru_cache(maxsize=256)
def _doubled(g: Operation) -> _Doubled | None:
    if not g.doubled:
        return None
    read = import_module("frechet.language").read  # `import frechet` stays quick
    sides = [[read(side, {"a": "scalar"}, "text").expr for side in line.split(" = ")] for line in g.doubled]
    ((total, double),) = [s for s in sides if s[0].op is add]
    numbers = [t.params[0] for t in total.args if t.op is NUMBER]
    multiples = [t.args[0].params[0] for t in total.args if t.op is scale]
    products = [s for s in sides if s[0].op is scale]
    partner = next((f.op for left, _ in products for f in left.args if f.op not in (g, NUMBER)), None)
    return _Doubled(numbers[0], multiples[0], double.op, partner, products[0][1].op if products else None)


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
            if square.op is not pow or coefficient(square.args[1]) != 2:
                continue
            g = square.args[0]
            line = _doubled(g.op)
            if line is not None and c * line.number == value * line.twice:
                rest = [a for j, a in enumerate(node.args) if j not in (i, k)]
                made = scale(value / line.number, line.double(scale(2, g.args[0])))
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
    c = coefficient(value)
    if c is None or c.numerator % 2:
        return None
    matrix = None if node.is_scalar else front.pop()
    factors = front if matrix is None else [*matrix.args] if matrix.op is hadamard else []
    for s in factors:
        line = _doubled(s.op)
        if line is None or line.partner is None or line.product is None:
            continue
        partner = line.partner(*s.args)
        if partner in factors:
            rest = [a for a in factors if a is not s and a is not partner]
            made = line.product(scale(2, s.args[0]))
            if matrix is None:
                return scale(c / 2, *rest, made)
            return scale(c / 2, *front, hadamard(*rest, made) if rest else made)
    return None
