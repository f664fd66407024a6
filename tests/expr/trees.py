"""Random expressions, each with its value by plain NumPy, for Hypothesis.

The entries are small integers and every step is exact in floating point, so values must be equal, not close.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from hypothesis import strategies as st

from frechet.expr.node import Expr
from frechet.expr.sizes import Size, SizeLike, size
from frechet.expr.structure import add, eye, hadamard, mul, number, ones, scale, symbol, unit, zeros
from frechet.rules.elementwise import abs, maximum, relu, sign
from frechet.rules.linear import (
    colsum,
    diag,
    diagm,
    kron,
    rowsum,
    skew,
    sum,
    sym,
    trace,
    tril,
    triu,
    unvec,
    vec,
)  # fmt: skip
from frechet.rules.selection import block, entries

__all__ = ["SIZES", "Tree", "trees"]

SIZES = {"m": 2, "n": 3}
LETTERS, NUMBERS = (1, "m", "n"), (1, 2, 3)
CONSTANTS = (0, 1, -1, 2, -3, Fraction(1, 2))


@dataclass(frozen=True)
class Tree:
    """An expression and its value; `symbols` has the arrays of its leaves."""

    expr: Expr
    value: np.ndarray
    symbols: dict[Expr, np.ndarray]


def _numeric(n: SizeLike) -> int:
    return size(n).value(SIZES)


def _leaf(name: str, rows: Size, cols: Size) -> Tree:
    """A symbol; its array follows from its name and shape."""
    shape = (_numeric(rows), _numeric(cols))
    array = np.random.default_rng([ord(name), *shape]).integers(-2, 3, shape).astype(float)
    node = symbol(name, rows, cols)
    return Tree(node, array, {node: array})


def _join(expr: Expr, value: np.ndarray, *parts: Tree) -> Tree:
    return Tree(expr, value, {k: v for p in parts for k, v in p.symbols.items()})


@st.composite
def trees(draw, rows: Size | None = None, cols: Size | None = None, depth: int = 4, letters: bool | None = None):
    """Expressions of a shape; sizes are letters, or numbers, throughout."""
    if letters is None:
        letters = draw(st.booleans())
    dims = [size(d) for d in (LETTERS if letters else NUMBERS)]
    m = draw(st.sampled_from(dims)) if rows is None else rows
    n = draw(st.sampled_from(dims)) if cols is None else cols
    one = size(1)
    below = lambda r, c: draw(trees(r, c, depth - 1, letters))
    if depth == 0 or draw(st.integers(0, 5)) == 0:
        return _draw_leaf(draw, m, n)
    kinds = ["unary", "add", "subtract", "spread", "scale", "hadamard", "mul", "transpose", "maximum", "cut"]
    kinds += ["square", "diagonal"] if m is n else []
    kinds += ["sums"] if n is one else []
    kinds += ["trace"] if m is one and n is one else []
    kinds += ["reshape", "outer"]
    kind = draw(st.sampled_from(kinds))
    k = draw(st.sampled_from(dims))
    if kind == "unary":
        a = below(m, n)
        expr, value = draw(st.sampled_from(UNARY))(a.expr, a.value)
        return _join(expr, value, a)
    if kind == "square":
        a = below(m, m)
        expr, value = draw(st.sampled_from(SQUARE))(a.expr, a.value)
        return _join(expr, value, a)
    if kind == "add":
        parts = [below(m, n) for _ in range(draw(st.integers(2, 3)))]
        return _join(add(*[p.expr for p in parts]), np.sum([p.value for p in parts], axis=0), *parts)
    if kind == "subtract":
        a, b = below(m, n), below(m, n)
        return _join(a.expr - b.expr, a.value - b.value, a, b)
    if kind == "spread":
        a, s = below(m, n), below(one, one)
        return _join(s.expr + a.expr, s.value + a.value, s, a)
    if kind == "scale":
        a, s = below(m, n), below(one, one)
        return _join(scale(s.expr, a.expr), s.value * a.value, s, a)
    if kind == "hadamard":
        a, b, s = below(m, n), below(m, n), below(one, one)
        return _join(hadamard(a.expr, s.expr, b.expr), a.value * s.value * b.value, a, b, s)
    if kind == "mul":
        a, b, c = below(m, k), below(k, k), below(k, n)
        return _join(mul(a.expr, b.expr, c.expr), a.value @ b.value @ c.value, a, b, c)
    if kind == "transpose":
        a = below(n, m)
        return _join(a.expr.T, a.value.T, a)
    if kind == "maximum":
        a, b = below(m, n), below(m, n)
        return _join(maximum(a.expr, b.expr), np.maximum(a.value, b.value), a, b)
    if kind == "cut":
        a, b, c = below(m, n), below(m, k), below(k, n + k)
        whole = block(a.expr, b.expr, c.expr, params=((2, 1),))
        return _join(entries(whole, (1, m), (1, n)), a.value, a, b, c)
    if kind == "diagonal":
        a = below(m, one)
        return _join(diagm(a.expr), np.diag(a.value[:, 0]), a)
    if kind == "sums":
        a, b = below(m, k), below(k, m)
        expr = rowsum(a.expr) - colsum(b.expr)
        return _join(expr, a.value.sum(1, keepdims=True) - b.value.sum(0, keepdims=True).T, a, b)
    if kind == "trace":
        a, b = below(k, k), below(k, k)
        return _join(trace(a.expr) + sum(b.expr), np.array([[np.trace(a.value) + b.value.sum()]]), a, b)
    if kind == "reshape":
        a = below(m, n)
        return _join(unvec(vec(a.expr), params=(m, n)), a.value, a)
    a, b = below(m, one), below(one, n)
    return _join(kron(a.expr, b.expr), np.kron(a.value, b.value), a, b)


def _draw_leaf(draw, m: Size, n: Size) -> Tree:
    shape = (_numeric(m), _numeric(n))
    kinds = ["symbol", "symbol", "zeros", "ones"]
    kinds += ["eye"] if m is n else []
    kinds += ["unit"] if n is size(1) else []
    kinds += ["number"] if m is size(1) and n is size(1) else []
    kind = draw(st.sampled_from(kinds))
    if kind == "symbol":
        return _leaf(draw(st.sampled_from("ABC")), m, n)
    if kind == "number":
        value = draw(st.sampled_from(CONSTANTS))
        return Tree(number(value), np.array([[float(value)]]), {})
    if kind == "eye":
        return Tree(eye(m), np.eye(shape[0]), {})
    if kind == "unit":
        return Tree(unit(1, m), np.eye(shape[0])[:, :1], {})
    return Tree(ones(m, n), np.ones(shape), {}) if kind == "ones" else Tree(zeros(m, n), np.zeros(shape), {})


UNARY = (
    lambda e, v: (-e, -v),
    lambda e, v: (e**2, v**2),
    lambda e, v: (e**1, v),
    lambda e, v: (e**0, np.ones_like(v)),
    lambda e, v: (abs(e), np.abs(v)),
    lambda e, v: (sign(e), np.sign(v)),
    lambda e, v: (relu(e), np.maximum(v, 0)),
    lambda e, v: (tril(e), np.tril(v)),
    lambda e, v: (triu(e), np.triu(v)),
    lambda e, v: (e / 2, v / 2),
    lambda e, v: (3 - e, 3 - v),
    lambda e, v: (2 * e, 2 * v),
)
SQUARE = (
    lambda e, v: (sym(e), (v + v.T) / 2),
    lambda e, v: (skew(e), (v - v.T) / 2),
    lambda e, v: (diagm(diag(e)), np.diag(np.diag(v))),
)
