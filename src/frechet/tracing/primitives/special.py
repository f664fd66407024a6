"""SciPy's special functions whose derivatives stay among themselves: Bessel functions, incomplete integrals, inverses.

Source: NIST Digital Library of Mathematical Functions, https://dlmf.nist.gov: 10.6.1 and 10.29.1 (Bessel functions), 8.8.13
(incomplete gamma), 8.17.7 (incomplete beta), 7.10, 6.2 (error functions and exponential integrals),
19.4 (elliptic integrals), 25.12 (dilogarithm), 15.5, 13.3 (hypergeometric functions).
"""

from __future__ import annotations

from collections.abc import Callable
from math import pi, sqrt
from typing import Any

from scipy import special

from frechet.tracing.graph import Node, Primitive
from frechet.tracing.primitives.arithmetic import broadcast, gate
from frechet.tracing.primitives.elementwise import ELEMENTWISE, digamma, elementwise, xlog1py, xlogy

__all__ = ["FAMILIES", "binom", "lambertw", "poch"]

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
i0e = elementwise("i0e", special.i0e, lambda y: ELEMENTWISE["i1e"](y.args[0]) - ELEMENTWISE["sign"](y.args[0]) * y)
i1e = elementwise(
    "i1e",
    special.i1e,
    lambda y: 0.5 * (ELEMENTWISE["i0e"](y.args[0]) + ive(y.args[0], params=(2,))) - ELEMENTWISE["sign"](y.args[0]) * y,
)
ive: Primitive = _family(
    "ive",
    lambda x, v: (
        0.5 * (ive(x, params=(v - 1,)) + ive(x, params=(v + 1,))) - ELEMENTWISE["sign"](x) * ive(x, params=(v,))
    ),
)
kve: Primitive = _family(
    "kve", lambda x, v: kve(x, params=(v,)) - 0.5 * (kve(x, params=(v - 1,)) + kve(x, params=(v + 1,)))
)
ellipk = elementwise(
    "ellipk",
    special.ellipk,
    lambda y: (ELEMENTWISE["ellipe"](y.args[0]) / (1.0 - y.args[0]) - y) / (2.0 * y.args[0]),
)
ellipe = elementwise("ellipe", special.ellipe, lambda y: (y - ELEMENTWISE["ellipk"](y.args[0])) / (2.0 * y.args[0]))
spence = elementwise("spence", special.spence, lambda y: ELEMENTWISE["log"](y.args[0]) / (1.0 - y.args[0]))
hyp2f1: Primitive = _family("hyp2f1", lambda x, a, b, c: (a * b / c) * hyp2f1(x, params=(a + 1, b + 1, c + 1)))
hyp1f1: Primitive = _family("hyp1f1", lambda x, a, b: (a / b) * hyp1f1(x, params=(a + 1, b + 1)))
hyp0f1: Primitive = _family("hyp0f1", lambda x, v: hyp0f1(x, params=(v + 1,)) / v)

binom: Primitive = Primitive("binom", special.binom, broadcast)
poch: Primitive = Primitive("poch", special.poch, broadcast)
lambertw: Primitive = Primitive("lambertw", lambda A, k: special.lambertw(A, k).real, lambda shapes, params: shapes[0])
"""lambertw(A, params=(k,)): the real branches, k = 0 or -1; 4.13 of DLMF."""


@binom.differential(0)
def d_binom(node: Node, dn: Node) -> Node:
    n, k = node.args
    return gate(dn, node * (digamma(n + 1.0) - digamma(n - k + 1.0)))


@binom.differential(1)
def d_binom_lower(node: Node, dk: Node) -> Node:
    n, k = node.args
    return gate(dk, node * (digamma(n - k + 1.0) - digamma(k + 1.0)))


@poch.differential(0)
def d_poch(node: Node, dz: Node) -> Node:
    z, m = node.args
    return gate(dz, node * (digamma(z + m) - digamma(z)))


@poch.differential(1)
def d_poch_steps(node: Node, dm: Node) -> Node:
    z, m = node.args
    return gate(dm, node * digamma(z + m))


@lambertw.differential(0)
def d_lambertw(node: Node, dA: Node) -> Node:
    return gate(dA, _exp(-node) / (1.0 + node))
