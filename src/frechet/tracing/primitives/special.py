"""SciPy's special functions whose derivatives stay among themselves: Bessel functions, incomplete integrals, inverses.

Source: NIST Digital Library of Mathematical Functions, https://dlmf.nist.gov: 10.6.1 and 10.29.1 (Bessel functions), 8.8.13
(incomplete gamma), 8.17.7 (incomplete beta), 7.10, 6.2 (error functions and exponential integrals).
"""

from __future__ import annotations

from collections.abc import Callable
from math import pi, sqrt
from typing import Any

from scipy import special

from frechet.tracing.graph import Node, Primitive
from frechet.tracing.primitives.elementwise import ELEMENTWISE, digamma, elementwise, xlog1py, xlogy

__all__ = ["FAMILIES"]

FAMILIES: dict[str, Primitive] = {}
"""Functions of SciPy with parameters that stand still, f(v, x) or f(a, b, x), by name: x is what they are differentiated by."""


def _family(name: str, slope: Callable[..., Node]) -> Primitive:
    value = getattr(special, name)
    made = Primitive(name, lambda A, *v: value(*v, A), lambda shapes, params: shapes[0])
    made.differential(0)(lambda node, dA: dA * slope(node.args[0], *node.params))
    FAMILIES[name] = made
    return made


def _exp(A: Any) -> Node:
    return ELEMENTWISE["exp"](A)


def _square(A: Any) -> Node:
    return ELEMENTWISE["square"](A)


jv: Primitive = _family("jv", lambda x, v: 0.5 * (jv(x, params=(v - 1,)) - jv(x, params=(v + 1,))))
yv: Primitive = _family("yv", lambda x, v: 0.5 * (yv(x, params=(v - 1,)) - yv(x, params=(v + 1,))))
iv: Primitive = _family("iv", lambda x, v: 0.5 * (iv(x, params=(v - 1,)) + iv(x, params=(v + 1,))))
kv: Primitive = _family("kv", lambda x, v: -0.5 * (kv(x, params=(v - 1,)) + kv(x, params=(v + 1,))))
gammainc = _family("gammainc", lambda x, a: _exp(xlogy(a - 1, x) - x - float(special.gammaln(a))))
gammaincc = _family("gammaincc", lambda x, a: -_exp(xlogy(a - 1, x) - x - float(special.gammaln(a))))
betainc = _family("betainc", lambda x, a, b: _exp(xlogy(a - 1, x) + xlog1py(b - 1, -x) - float(special.betaln(a, b))))

i0 = elementwise("i0", special.i0, lambda y: ELEMENTWISE["i1"](y.args[0]))
i1 = elementwise("i1", special.i1, lambda y: 0.5 * (ELEMENTWISE["i0"](y.args[0]) + iv(y.args[0], params=(2,))))
j0 = elementwise("j0", special.j0, lambda y: -ELEMENTWISE["j1"](y.args[0]))
j1 = elementwise("j1", special.j1, lambda y: 0.5 * (ELEMENTWISE["j0"](y.args[0]) - jv(y.args[0], params=(2,))))
k0 = elementwise("k0", special.k0, lambda y: -ELEMENTWISE["k1"](y.args[0]))
k1 = elementwise("k1", special.k1, lambda y: -ELEMENTWISE["k0"](y.args[0]) - y / y.args[0])
y0 = elementwise("y0", special.y0, lambda y: -ELEMENTWISE["y1"](y.args[0]))
y1 = elementwise("y1", special.y1, lambda y: ELEMENTWISE["y0"](y.args[0]) - y / y.args[0])
ndtri = elementwise("ndtri", special.ndtri, lambda y: sqrt(2 * pi) * _exp(0.5 * _square(y)))
erfcinv = elementwise("erfcinv", special.erfcinv, lambda y: (-sqrt(pi) / 2) * _exp(_square(y)))
erfcx = elementwise("erfcx", special.erfcx, lambda y: 2.0 * y.args[0] * y - 2 / sqrt(pi))
dawsn = elementwise("dawsn", special.dawsn, lambda y: 1.0 - 2.0 * y.args[0] * y)
expi = elementwise("expi", special.expi, lambda y: _exp(y.args[0]) / y.args[0])
exp1 = elementwise("exp1", special.exp1, lambda y: -_exp(-y.args[0]) / y.args[0])
rgamma = elementwise("rgamma", special.rgamma, lambda y: -y * digamma(y.args[0]))
cosm1 = elementwise("cosm1", special.cosm1, lambda y: -ELEMENTWISE["sin"](y.args[0]))
