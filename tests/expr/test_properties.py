"""Inferred properties hold at numbers that have the declared ones: on random expressions and named cases."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from frechet.errors import FrechetError
from frechet.expr.evaluate import evaluate_all
from frechet.expr.node import Expr, postorder
from frechet.expr.properties import PROPERTIES, has, properties_of, validated
from frechet.expr.sizes import ONE
from frechet.expr.structure import eye, hadamard, mul, number, ones, scale, symbol, zeros
from frechet.rules.elementwise import exp
from frechet.rules.inverse import adj, inv, power
from frechet.rules.linear import diag, diagm, skew, sym, trace, tril, triu
from tests.expr.drawing import COMBINATIONS, has_property, matrix_with

N = 4


@dataclass(frozen=True)
class Drawn:
    expr: Expr
    values: dict[Expr, np.ndarray]


def _square(properties: tuple[str, ...]) -> Drawn:
    node = symbol("A" + "".join(p[0] for p in properties), "n", "n", properties)
    seed = sum(ord(c) for p in properties for c in p)
    return Drawn(node, {node: matrix_with(properties, N, np.random.default_rng(seed))})


def _constant(node: Expr) -> Drawn:
    return Drawn(node, {})


LEAVES = (
    *[_square(p) for p in COMBINATIONS],
    _constant(eye("n")),
    _constant(ones("n", "n")),
    _constant(zeros("n", "n")),
)
SCALARS = (
    _constant(number(3)),
    _constant(number(-1)),
    Drawn(symbol("s", 1, 1), {symbol("s", 1, 1): np.array([[-0.7]])}),
    Drawn(symbol("t", 1, 1, ("positive",)), {symbol("t", 1, 1, ("positive",)): np.array([[1.3]])}),
)
WIDE = Drawn(symbol("X", "m", "n"), {symbol("X", "m", "n"): np.random.default_rng(2).standard_normal((3, N))})
BINARY = (
    lambda A, B: A + B,
    lambda A, B: A - B,
    hadamard,
    mul,
    lambda A, B: mul(A.T, B, A),
    lambda A, B: mul(A, B, A.T),
    lambda A, B: A + mul(B, B.T),
)
UNARY = (
    lambda A: A.T,
    lambda A: A + A.T,
    lambda A: A - A.T,
    lambda A: mul(A, A.T),
    lambda A: mul(A.T, A),
    lambda A: A**2,
    lambda A: power(A, 2),
    lambda A: power(A, 3),
    lambda A: exp(A / 4),
    adj,
    sym,
    skew,
    tril,
    triu,
    lambda A: diagm(diag(A)),
    lambda A: scale(trace(A), A),
    lambda A: inv(A) if has(A, "invertible") else A,
    lambda A: mul(WIDE.expr, A, WIDE.expr.T) if A.rows is WIDE.expr.cols else A,
)


@st.composite
def _drawn(draw, depth: int = 2) -> Drawn:
    kind = draw(st.sampled_from(["unary", "binary", "scale"])) if depth else "leaf"
    if kind == "leaf":
        return draw(st.sampled_from(LEAVES))
    a = draw(_drawn(depth - 1))
    if kind == "unary":
        return Drawn(draw(st.sampled_from(UNARY))(a.expr), a.values | WIDE.values)
    if kind == "scale":
        s = draw(st.sampled_from(SCALARS))
        return Drawn(scale(s.expr, a.expr), a.values | s.values)
    b = draw(_drawn(depth - 1))
    assume(a.expr.shape == b.expr.shape)
    return Drawn(draw(st.sampled_from(BINARY))(a.expr, b.expr), a.values | b.values)


def _is_conclusive(value: np.ndarray, largest: float) -> bool:
    """Whether the value is more than the rounding of what it was computed from, or exactly zero."""
    return bool(np.all(np.isfinite(value))) and (not value.any() or np.abs(value).max() > 1e-3 * largest)


@settings(max_examples=600, deadline=None, derandomize=True)
@given(_drawn())
def test_inferred_properties_hold(drawn):
    order = postorder(drawn.expr)
    with np.errstate(all="ignore"):
        values = evaluate_all(order, drawn.values, {"m": 3, "n": N})
    largest = max(np.abs(v).max() for v in values)
    assume(_is_conclusive(values[-1], largest))
    for name in properties_of(drawn.expr):
        assert has_property(name, values[-1]), f"{name} is claimed"


# --- named cases ----------------------------------------------------------------------------------

A = symbol("A", "n", "n")
S = symbol("S", "n", "n", ("symmetric",))
K = symbol("K", "n", "n", ("skew",))
P = symbol("P", "n", "n", ("spd",))
Q = symbol("Q", "n", "n", ("orthogonal",))
D = symbol("D", "n", "n", ("diagonal",))
L = symbol("L", "n", "n", ("lower",))
X = symbol("X", "m", "n")
t = symbol("t", 1, 1, ("positive",))


@pytest.mark.parametrize(
    ("node", "claimed"),
    [
        (X.T @ X, {"psd"}),
        (A.T @ S @ A, {"symmetric"}),
        (X @ S @ X.T, {"symmetric"}),
        (Q.T @ P @ Q, {"spd"}),
        (X.T @ X + P, {"spd"}),
        (X.T @ X + eye("n"), {"spd"}),
        (X.T @ X + t * eye("n"), {"spd"}),
        (A + A.T, {"symmetric"}),
        (S @ A + A.T @ S, {"symmetric"}),
        (inv(S), {"symmetric", "invertible"}),
        (inv(L), {"lower"}),
        (L.T, {"upper"}),
        (L @ L.T, {"psd"}),
        (D @ D, {"diagonal", "psd"}),
        (X @ K @ X.T, {"skew"}),
        (power(S, 2), {"psd"}),
        (exp(S), {"symmetric", "positive"}),
        (-Q, {"orthogonal"}),
        (2 * Q, {"invertible"}),
        (t * P, {"spd"}),
        (S * L, {"lower"}),
    ],
    ids=lambda v: ", ".join(sorted(v)) if isinstance(v, set) else str(v),
)
def test_what_follows_is_found(node, claimed):
    assert claimed <= properties_of(node)


@pytest.mark.parametrize(
    ("node", "not_claimed"),
    [
        (S @ D, "symmetric"),
        (A.T @ P @ A, "spd"),
        (X.T @ X, "spd"),
        (P - P, "spd"),
        (-P, "psd"),
        (2 * Q, "orthogonal"),
        (Q + Q, "orthogonal"),
        (A @ A.T, "invertible"),
        (K @ K, "skew"),
        (P @ P.T @ S, "symmetric"),
        (exp(L), "lower"),
        (P**-1, "spd"),
        (symbol("s", 1, 1) * P, "psd"),
    ],
    ids=str,
)
def test_what_does_not_follow_is_not_claimed(node, not_claimed):
    assert not has(node, not_claimed)


def test_closure():
    assert properties_of(P) == {"spd", "psd", "symmetric", "invertible"}
    assert properties_of(D) >= {"diagonal", "symmetric", "lower", "upper"}
    assert "diagonal" in properties_of(symbol("T", "n", "n", ("lower", "upper")))
    assert properties_of(A) == frozenset()


def test_declarations_are_validated():
    assert validated(["spd", "positive", "spd"], 3, 3) == ("positive", "spd")
    n, m = A.rows, X.rows
    assert validated(["positive"], m, n) == ("positive",)
    with pytest.raises(FrechetError, match="unknown property 'square': choose from symmetric, skew, psd"):
        validated(["square"], n, n)
    assert validated(["unit", "positive"], n, ONE) == ("positive", "unit")
    for rows, cols, what in ((m, n, "a m×n matrix"), (ONE, n, "a 1×n matrix"), (ONE, ONE, "a number")):
        with pytest.raises(FrechetError, match=f"{what} cannot be unit: that is for vectors, x'\\*x = 1"):
            validated(["unit"], rows, cols)
    for name in set(PROPERTIES) - {"positive", "unit"}:
        with pytest.raises(FrechetError, match=f"a m×n matrix cannot be {name}: it is not square"):
            validated([name], m, n)
