"""Taylor coefficients of elementwise functions, of any order, from their rows in the table.

No formula for a higher derivative is written down. With u = u0 + u1*t + u2*t^2 + ..., the chain rule g(u)' = g'(u)*u'
gives the kth coefficient of g(u) from the coefficients of g'(u) below k, and g' is the rule of g: sin needs cos, cos
needs sin, tanh needs itself.

Source: Griewank and Walther, Evaluating Derivatives, 2nd ed. (2008), sec. 13.2.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np

from frechet.expr.node import Expr, Operation
from frechet.expr.structure import add, coefficient, hadamard, number, pow, scale, symbol

__all__ = ["analytic_value", "taylor_of"]

_z = symbol("z", 1, 1)


def _right(z, inside, otherwise):
    """`inside` to the right of the imaginary axis, `otherwise` to the left of it, NaN on it."""
    with np.errstate(all="ignore"):
        return np.where(z.real > 0, inside(z), np.where(z.real < 0, otherwise(z), np.nan))


def _by_side(inside, otherwise):
    """A function by two formulas, right and left of the imaginary axis, where the right one holds too."""
    return lambda z: np.where(z.real >= 0, inside(np.where(z.real >= 0, z, 0)), otherwise(np.where(z.real < 0, z, 0)))


_softplus = _by_side(lambda z: z + np.log1p(np.exp(-z)), lambda z: np.log1p(np.exp(z)))

# Functions of the table whose kernels are for real numbers, continued into the complex plane. Those with a corner at 0
# are continued from each side, as the matrix sign function is.
_CONTINUED: dict[str, Callable] = {
    "abs": lambda z: np.where(z.real >= 0, z, -z),
    "relu": lambda z: np.where(z.real > 0, z, 0 * z),
    "sign": lambda z: _right(z, np.ones_like, lambda z: -np.ones_like(z)),
    "step": lambda z: _right(z, np.ones_like, np.zeros_like),
    "sigmoid": _by_side(lambda z: 1 / (1 + np.exp(-z)), lambda z: np.exp(z) / (1 + np.exp(z))),
    "softplus": lambda z: np.where(np.abs(z.imag) < np.pi, _softplus(z), np.nan),  # branch points at ±pi*1i
}


def analytic_value(op: Operation, z: np.ndarray) -> np.ndarray:
    """The elementwise function at real or complex points."""
    value = _CONTINUED.get(op.name, op.value)
    assert value is not None
    return value(z)


def taylor_of(op: Operation) -> Callable[[np.ndarray, int], np.ndarray]:
    """taylor(z, order) of an elementwise row of one argument: the coefficients 0 to `order` at the points z."""
    root = op(_z)

    def taylor(z: np.ndarray, order: int) -> np.ndarray:
        with np.errstate(all="ignore"):
            return _Series(np.asarray(z), order).upto(root, order)

    return taylor


@cache
def _slope(node: Expr) -> Expr:
    """g'(u) of a node g(u), by the rule of g."""
    return node.op.differentials[0](node.args[0], number(1))


@cache
def _rest(node: Expr) -> Expr:
    """A product without its first factor."""
    if node.op is pow:
        return pow(node.args[0], node.args[1].params[0] - 1)
    return node.args[1] if len(node.args) == 2 else node.op(*node.args[1:])


class _Series:
    """The Taylor coefficients of expressions in z at given points, one after the other."""

    def __init__(self, z: np.ndarray, order: int):
        self._shape, self._dtype = (order + 1, *z.shape), z.dtype
        self._known: dict[Expr, np.ndarray] = {}
        self._count: dict[Expr, int] = {}
        variable = self._room(_z)
        variable[0], variable[1:2] = z, 1
        self._count[_z] = order + 1

    def _room(self, node: Expr) -> np.ndarray:
        self._known[node], self._count[node] = np.zeros(self._shape, self._dtype), 0
        return self._known[node]

    def upto(self, node: Expr, k: int) -> np.ndarray:
        """The coefficients 0 to k."""
        found = self._known.get(node)
        if found is None:
            found = self._room(node)
        while self._count[node] <= k:
            order = self._count[node]
            found[order] = self._coefficient(node, order)
            self._count[node] += 1
        return found[: k + 1]

    def _coefficient(self, node: Expr, k: int) -> np.ndarray | float:
        """The kth coefficient, when those below are known."""
        op, args = node.op, node.args
        if not args:
            assert op.value is not None
            return 0.0 if k else op.value(*node.params)[0, 0]
        if op is add:
            return sum(self.upto(a, k)[k] for a in args)
        if op in (scale, hadamard):
            return self._convolved(args[0], _rest(node), k)
        if op is pow:
            return self._power(node, k)
        (u,) = args
        if k == 0:
            return analytic_value(op, self.upto(u, 0)[0])
        return (self._weighted(self.upto(u, k)) * self.upto(_slope(node), k - 1)[::-1]).sum(0) / k

    def _weighted(self, u: np.ndarray) -> np.ndarray:
        """j*u[j] for j = 1, 2, ..."""
        return np.arange(1, len(u)).reshape(-1, *[1] * (u.ndim - 1)) * u[1:]

    def _convolved(self, a: Expr, b: Expr, k: int) -> np.ndarray:
        if not a.args and a is not _z:
            return self.upto(a, 0)[0] * self.upto(b, k)[k]
        return (self.upto(a, k) * self.upto(b, k)[::-1]).sum(0)

    def _power(self, node: Expr, k: int) -> np.ndarray:
        """c = u^p: u*c' = p*u'*c, so that k*u0*c_k is a sum over c below k; whole powers are products."""
        base, p = node.args[0], coefficient(node.args[1])
        assert p is not None
        if p.denominator == 1 and p > 0:
            return self._convolved(base, _rest(node), k)
        u, exponent = self.upto(base, k), float(p)
        if k == 0:
            return u[0] ** exponent
        below = self._known[node][:k][::-1]
        return ((exponent + 1) * self._weighted(u) * below - k * u[1:] * below).sum(0) / (k * u[0])
