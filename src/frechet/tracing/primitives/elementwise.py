"""Functions of each entry: those of the table of the matrix language with the slopes that stand there, and NumPy's others."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import factorial, log, pi, sqrt
from typing import Any

import numpy as np
from scipy import special

from frechet.errors import DerivativeError
from frechet.expr.node import Expr, operations
from frechet.expr.node import postorder as expression_postorder
from frechet.expr.structure import symbol
from frechet.tracing.graph import Node, Primitive
from frechet.tracing.primitives.arithmetic import add, broadcast, gate, multiply, power_of, times
from frechet.tracing.primitives.complex import conj

__all__ = ["ELEMENTWISE", "along", "elementwise", "of_table"]

ELEMENTWISE: dict[str, Primitive] = {}
"""Elementwise primitives of one argument, by name."""

_SINGULAR = ("arccos", "arcsin", "log", "log1p", "sqrt", "arccosh", "arctanh", "cbrt", "log10", "log2", "logit")
"""Their slope is infinite somewhere: a cotangent that is zero there stays zero."""


def elementwise(name: str, value: Any, slope: Callable[[Node], Node] | None, code: str = "") -> Primitive:
    """Declares f with d f(A) = slope(node) .* dA; None for one that is constant but for jumps."""
    made = Primitive(name, value, lambda shapes, params: shapes[0], constant=slope is None, code=code)
    scaled = gate if name in _SINGULAR else times
    if slope is not None:
        made.differential(0)(lambda node, dA: scaled(dA, slope(node)))
    ELEMENTWISE[name] = made
    return made


def of_table(name: str) -> Primitive:
    """The primitive of an elementwise operation of the table: its slope is the derivative that stands there."""
    t, dt = symbol("t", 1, 1), symbol("dt", 1, 1)
    slope = operations[name].differentials[0](t, dt)
    return elementwise(name, getattr(np, name, operations[name].value), lambda node: _instance(slope, node, t, dt))


def _instance(formula: Expr, node: Node, t: Expr, dt: Expr) -> Node:
    """A scalar formula of the matrix language at the argument of the node, without its factor dt."""
    done: dict[Expr, Node | float] = {t: node.args[0], dt: 1.0}
    for e in expression_postorder(formula):
        if e not in done:
            done[e] = node if e.op.name == node.op.name and e.args == (t,) else _part(e, [done[a] for a in e.args])
    result = done[formula]
    return result if isinstance(result, Node) else multiply(0.0, node.args[0]) + result


def _part(e: Expr, args: list[Any]) -> Any:
    name = e.op.name
    if name == "number":
        return float(e.params[0])
    if name == "pi":
        return pi
    if name == "add":
        return _sum(args)
    if name in ("scale", "mul", "hadamard"):
        return _product(args)
    if name == "pow":
        base, exponent = args
        if isinstance(base, Node):
            return 1.0 / base if exponent == -1 else power_of(base, params=(_short(exponent),))
        return base**exponent
    if name in ELEMENTWISE:
        return ELEMENTWISE[name](*args) if isinstance(args[0], Node) else float(ELEMENTWISE[name].value(args[0]))
    raise DerivativeError(f"the slope of an elementwise function may not contain {name}")


def _short(exponent: float) -> float | int:
    return int(exponent) if Fraction(exponent).denominator == 1 else exponent


def _sum(args: list[Any]) -> Any:
    total = args[0]
    for a in args[1:]:
        total = add(total, a) if isinstance(total, Node) or isinstance(a, Node) else total + a
    return total


def _product(args: list[Any]) -> Any:
    total: Any = 1.0
    for a in args:
        if isinstance(total, Node) or isinstance(a, Node):
            total = (
                a
                if not isinstance(total, Node) and total == 1
                else total
                if not isinstance(a, Node) and a == 1
                else multiply(total, a)
            )
        else:
            total = total * a
    return total


# sign and step are constant but for jumps; max and min of two arrays are in `extremes`; the table has the functions around
# gamma for positive arguments, code has SciPy's, which go on beyond
for _name in ("sign", "step"):
    elementwise(_name, getattr(np, _name, operations[_name].value), None)
for _name in [
    n
    for n, op in operations.items()
    if op.elementwise and op.counts == (1, 0) and op.differentials and n not in ELEMENTWISE
]:
    if _name not in ("pow", "maximum", "minimum", "hadamard", "abs", "gammaln", "digamma", "polygamma"):
        of_table(_name)

square = elementwise("square", np.square, lambda y: 2.0 * y.args[0])
expm1 = elementwise("expm1", np.expm1, lambda y: 1.0 + y)
exp2 = elementwise("exp2", np.exp2, lambda y: log(2) * y)
log2 = elementwise("log2", np.log2, lambda y: (1 / log(2)) / y.args[0])
log10 = elementwise("log10", np.log10, lambda y: (1 / log(10)) / y.args[0])
cbrt = elementwise("cbrt", np.cbrt, lambda y: 1.0 / (3.0 * ELEMENTWISE["square"](y)))
arcsinh = elementwise("arcsinh", np.arcsinh, lambda y: 1.0 / _root_of_one_plus_square(y.args[0]))
arccosh = elementwise(  # by factors, since a square would overflow
    "arccosh",
    np.arccosh,
    lambda y: 1.0 / (ELEMENTWISE["sqrt"](y.args[0] - 1.0) * ELEMENTWISE["sqrt"](y.args[0] + 1.0)),
)
arctanh = elementwise("arctanh", np.arctanh, lambda y: 1.0 / (1.0 - ELEMENTWISE["square"](y.args[0])))
deg2rad = elementwise("deg2rad", np.deg2rad, lambda y: (pi / 180) + 0.0 * y)
rad2deg = elementwise("rad2deg", np.rad2deg, lambda y: (180 / pi) + 0.0 * y)
reciprocal = elementwise("reciprocal", np.reciprocal, lambda y: -(y * y))
sinc = elementwise("sinc", np.sinc, lambda y: sinc_derivative(y.args[0], params=(1,)))
erfc = elementwise(
    "erfc", special.erfc, lambda y: (-2 / sqrt(pi)) * ELEMENTWISE["exp"](-ELEMENTWISE["square"](y.args[0]))
)
erfinv = elementwise("erfinv", special.erfinv, lambda y: (sqrt(pi) / 2) * ELEMENTWISE["exp"](y * y))
expit = elementwise("expit", special.expit, lambda y: y * ELEMENTWISE["expit"](-y.args[0]))
logit = elementwise("logit", special.logit, lambda y: 1.0 / (y.args[0] * (1.0 - y.args[0])))
log_expit = elementwise("log_expit", special.log_expit, lambda y: ELEMENTWISE["expit"](-y.args[0]))
ndtr = elementwise("ndtr", special.ndtr, lambda y: _density(y.args[0]))
log_ndtr = elementwise("log_ndtr", special.log_ndtr, lambda y: _density(y.args[0]) * ELEMENTWISE["exp"](-y))
gammaln = elementwise("gammaln", special.gammaln, lambda y: _digamma(y.args[0]))
digamma = elementwise("digamma", special.psi, lambda y: polygamma(y.args[0], params=(1,)))
gamma = elementwise("gamma", special.gamma, lambda y: y * _digamma(y.args[0]))
for _name in ("ceil", "floor", "trunc", "rint"):
    elementwise(_name, getattr(np, _name), None)

polygamma: Primitive = Primitive("polygamma", lambda A, n: special.polygamma(n, A), lambda shapes, params: shapes[0])


def _sinc_derivative(A: Any, k: int) -> Any:
    """By x*s' + s = cos(pi*x), differentiated k - 1 times; by its series where that would cancel."""
    x = np.asarray(A, dtype=np.result_type(A, float))
    near = np.abs(x) <= 1 + k / 4
    small, large = np.where(near, x, 0.0), np.where(near, 1.0, x)
    series = np.zeros_like(x)
    for j in range(-(-k // 2), 24 + k):
        series += (-1) ** j * pi ** (2 * j) / ((2 * j + 1) * factorial(2 * j - k)) * small ** (2 * j - k)
    found = np.sinc(large)
    for n in range(1, k + 1):
        found = (pi ** (n - 1) * np.sin(pi * large + n * pi / 2) - n * found) / large
    return np.where(near, series, found)[()]


sinc_derivative: Primitive = Primitive("derivative of sinc", _sinc_derivative, lambda shapes, params: shapes[0])
"""sinc_derivative(A, params=(k,)): the k-th derivative of sin(pi*x)/(pi*x)."""


@sinc_derivative.differential(0)
def _sinc_differential(node: Node, dA: Node) -> Node:
    return dA * sinc_derivative(node.args[0], params=(node.params[0] + 1,))


def _root_of_one_plus_square(A: Node) -> Node:
    """Of real numbers without a square that could overflow."""
    return ELEMENTWISE["sqrt"](1.0 + ELEMENTWISE["square"](A)) if A.is_complex else hypot(1.0, A)


def _digamma(A: Node) -> Node:
    return polygamma(A, params=(0,))


def _density(A: Node) -> Node:
    """The density of the standard normal distribution."""
    return (1 / sqrt(2 * pi)) * ELEMENTWISE["exp"](-0.5 * ELEMENTWISE["square"](A))


@polygamma.differential(0)
def _polygamma_differential(node: Node, dA: Node) -> Node:
    return dA * polygamma(node.args[0], params=(node.params[0] + 1,))


# --- of two arguments ---------------------------------------------------------------------------------


def _binary(name: str, value: Callable, first: Callable, second: Callable) -> Primitive:
    made = Primitive(name, value, broadcast)
    made.differential(0)(lambda node, dA: gate(dA, first(node)))
    made.differential(1)(lambda node, dB: gate(dB, second(node)))
    return made


arctan2 = _binary(
    "arctan2",
    np.arctan2,
    lambda y: y.args[1] / hypot(*y.args) / hypot(*y.args),  # by turns, since a square would overflow
    lambda y: -(y.args[0] / hypot(*y.args) / hypot(*y.args)),
)
hypot: Primitive = Primitive("hypot", np.hypot, broadcast)
hypot.differential(0)(lambda node, dA: along(dA, node.args[0], node, params=("hypot",)))
hypot.differential(1)(lambda node, dB: along(dB, node.args[1], node, params=("hypot",)))
logaddexp = _binary(
    "logaddexp",
    np.logaddexp,
    lambda y: ELEMENTWISE["expit"](y.args[0] - y.args[1]),
    lambda y: ELEMENTWISE["expit"](y.args[1] - y.args[0]),
)
xlogy = _binary(
    "xlogy", special.xlogy, lambda y: ELEMENTWISE["log"](y.args[1]), lambda y: gate(y.args[0], 1.0 / y.args[1])
)
xlog1py = _binary(
    "xlog1py",
    special.xlog1py,
    lambda y: ELEMENTWISE["log1p"](y.args[1]),
    lambda y: gate(y.args[0], 1.0 / (1.0 + y.args[1])),
)


def _along(W: Any, A: Any, B: Any, name: str) -> Any:
    if np.all(B):
        return W * (A / B)
    return np.where(B == 0, 0.0, W * (A / np.where(B == 0, 1, B)))


along: Primitive = Primitive("along", _along, broadcast)
"""along(W, A, B, params=(name,)) is W*A/B, and 0 where B is 0: the convention for derivatives of norms and roots, by their name.

The convention says nothing of second derivatives: where they would need it, its value is made NaN (`frechet.tracing.conventions`),
and then the differential is NaN for whatever moves.
"""


@along.adjoint(0)
def _along_adjoint(node: Node, W: Node, i: int) -> Node:
    return along(W, conj(node.args[1]), conj(node.args[2]), params=node.params)


@along.adjoint(1)
def _along_numerator_adjoint(node: Node, W: Node, i: int) -> Node:
    return along(conj(node.args[0]), W, conj(node.args[2]), params=node.params)


@along.differential(0)
def _along_differential(node: Node, dW: Node) -> Node:
    return along(dW, *node.args[1:], params=node.params) + gate(dW, 0.0 * node)


@along.differential(1)
def _along_numerator_differential(node: Node, dA: Node) -> Node:
    W, _, B = node.args
    return along(W, dA, B, params=node.params) + gate(dA, 0.0 * node)


@along.differential(2)
def _along_denominator_differential(node: Node, dB: Node) -> Node:
    return -along(dB, node, node.args[2], params=node.params)
