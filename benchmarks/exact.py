"""Exact derivatives for the finite difference benchmark: dual numbers over 60-digit arithmetic.

A benchmark function is written once, as `f(x, m)` with m the namespace of its functions. With m = numpy it
is the function under test; with m = `precise` and x a `Dual` it carries its derivative along by the chain
rule, with no difference taken.
"""

from __future__ import annotations

from types import SimpleNamespace

import mpmath as mp

mp.mp.dps = 60


class Dual:
    """value + slope·ε with ε² = 0, over mpmath numbers."""

    def __init__(self, value, slope=0):
        self.value, self.slope = mp.mpf(value), mp.mpf(slope)

    def __neg__(self):
        return Dual(-self.value, -self.slope)

    def __add__(self, other):
        other = lift(other)
        return Dual(self.value + other.value, self.slope + other.slope)

    __radd__ = __add__

    def __sub__(self, other):
        return self + (-lift(other))

    def __rsub__(self, other):
        return lift(other) - self

    def __mul__(self, other):
        other = lift(other)
        return Dual(self.value * other.value, self.slope * other.value + self.value * other.slope)

    __rmul__ = __mul__

    def __truediv__(self, other):
        other = lift(other)
        q = self.value / other.value
        return Dual(q, (self.slope - q * other.slope) / other.value)

    def __rtruediv__(self, other):
        return lift(other) / self

    def __pow__(self, p):
        if isinstance(p, Dual):
            return precise.exp(p * precise.log(self))
        p = mp.mpf(p)
        if p == 0:
            return Dual(1)
        return Dual(self.value**p, p * self.value ** (p - 1) * self.slope if self.slope else 0)

    def __lt__(self, other):
        return self.value < lift(other).value

    def __gt__(self, other):
        return self.value > lift(other).value

    def __le__(self, other):
        return self.value <= lift(other).value

    def __ge__(self, other):
        return self.value >= lift(other).value


def lift(number):
    return number if isinstance(number, Dual) else Dual(number)


def function(value, slope):
    """A function of one number from its value and its slope, both of mpmath numbers."""

    def apply(x):
        x = lift(x)
        return Dual(value(x.value), slope(x.value) * x.slope)

    return apply


precise = SimpleNamespace(
    pi=mp.pi,
    sin=function(mp.sin, mp.cos),
    cos=function(mp.cos, lambda x: -mp.sin(x)),
    tan=function(mp.tan, lambda x: 1 / mp.cos(x) ** 2),
    exp=function(mp.exp, mp.exp),
    expm1=function(mp.expm1, mp.exp),
    log=function(mp.log, lambda x: 1 / x),
    log1p=function(mp.log1p, lambda x: 1 / (1 + x)),
    sqrt=function(mp.sqrt, lambda x: 1 / (2 * mp.sqrt(x))),
    sinh=function(mp.sinh, mp.cosh),
    cosh=function(mp.cosh, mp.sinh),
    tanh=function(mp.tanh, lambda x: 1 / mp.cosh(x) ** 2),
    arcsin=function(mp.asin, lambda x: 1 / mp.sqrt(1 - x * x)),
    arccos=function(mp.acos, lambda x: -1 / mp.sqrt(1 - x * x)),
    arctan=function(mp.atan, lambda x: 1 / (1 + x * x)),
    arccosh=function(mp.acosh, lambda x: 1 / mp.sqrt(x * x - 1)),
    abs=function(abs, mp.sign),
    floor=function(mp.floor, lambda x: mp.mpf(0)),
    maximum=lambda a, b: a if lift(a) > b else b,
    minimum=lambda a, b: a if lift(a) < b else b,
    real=lambda x: x,
    conj=lambda x: x,
    where=lambda condition, a, b: a if condition else b,
)


def slope(f, x: float) -> float:
    """f'(x), rounded once from 60 digits."""
    return float(lift(f(Dual(x, 1), precise)).slope)


def gradient(f, x) -> list[float]:
    """The partial derivatives of f(list of numbers, m) at x; rows of the Jacobian when f returns a list."""
    columns = []
    for k in range(len(x)):
        y = f([Dual(xi, int(i == k)) for i, xi in enumerate(x)], precise)
        columns.append([float(lift(c).slope) for c in y] if isinstance(y, list) else float(lift(y).slope))
    return columns


def matrix(a):
    return mp.matrix([[mp.mpf(float(v)) for v in row] for row in a])


def primary(f, a, da):
    """F'(A)[dA] of a primary matrix function: a block of F([[A, dA], [0, A]]) (Mathias 1996)."""
    n = a.rows
    block = mp.zeros(2 * n)
    block[:n, :n], block[n:, n:], block[:n, n:] = a, a, da
    return f(block)[:n, n:]


def trace(a):
    return sum(a[i, i] for i in range(a.rows))
