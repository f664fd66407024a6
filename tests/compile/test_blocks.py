"""Chains over large arrays run in blocks: the same values, whatever the layout and the kind of the arrays."""

from __future__ import annotations

import numpy as np
import pytest

import frechet as fr
from frechet.expr.evaluate import evaluate
from frechet.expr.node import symbols
from tests.compile.points import assert_same, at_border, takes_complex

DECLARED = {"A": "matrix(m,n)", "B": "matrix(m,n)", "x": "vector(m)", "y": "vector(n)", "w": "vector(k)", "c": "scalar"}
SIZES = {"m": 401, "n": 300, "k": 70000}

CHAINS = [
    "sum(tanh(A).^2 + exp(-A.*A))",
    "norm1(A.*B - exp(c*A))",
    "sum(softplus(A + x*ones(n)' + ones(m)*y'))",
    "norm2(sin(A) - B)^2",
    "sum(sigmoid(A)./(1 + B.^2))",
    "sum((exp(A)/sum(exp(A))).*tanh(B).^2)",
    "tr(exp(A/2)'*tanh(B).^3)",
    "sum(exp(A').*B'.*A')",
    "norm2(B - A - tanh(A*(A'*B)/1000))^2",
    "sum(exp(A*(A'*B)/1000).*(A - A*(B'*A)))",
    "x'*(exp(A) - A.*B)*y",
    "sum(w.*exp(-w.^2)) + c*sum(w.^3 + c)",
]


def _parsed(text: str):
    f = fr.parse(text, **{k: d for k, d in DECLARED.items() if k in text.replace("exp", "").replace("tanh", "")})
    wrt = next(s for s in symbols(f) if s.name in "ABw")
    return [f, fr.derivative(f, wrt).gradient]


def _arrays(roots) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    made = {s: rng.standard_normal([p.value(SIZES) for p in s.shape]) for s in symbols(*roots)}
    return {s.name: at_border(s, a) for s, a in made.items()}


def _laid_out(A: np.ndarray, how: str) -> np.ndarray:
    """The same numbers in Fortran order, as every other entry of a larger array, or read-only."""
    if how == "strided":
        larger = np.zeros([2 * n for n in A.shape], A.dtype)
        every_other = (slice(None, None, 2),) * A.ndim
        larger[every_other] = A
        return larger[every_other]
    A = np.array(A, order="F" if how == "Fortran" else "C")
    A.flags.writeable = how != "read-only"
    return A


@pytest.mark.parametrize("text", CHAINS)
def test_blocks_equal_evaluation(text):
    roots = _parsed(text)
    arrays = _arrays(roots)
    g = fr.compile(roots)
    by_symbol = {s: arrays[s.name].reshape([p.value(SIZES) for p in s.shape]) for s in symbols(*roots)}
    want = [at_border(r, evaluate(r, by_symbol, SIZES)) for r in roots]
    for got, value in zip(g(**arrays), want, strict=True):
        assert_same(got, value, 1e-10)
    assert "in blocks(" in g.source


@pytest.mark.parametrize("text", CHAINS)
@pytest.mark.parametrize("kind", ["float64", "float32", "complex128"])
def test_layout_and_kind_change_nothing(text, kind):
    roots = _parsed(text)
    arrays = {n: np.asarray(a).astype(kind) for n, a in _arrays(roots).items()}
    g = fr.compile(roots)
    if kind == "complex128" and not takes_complex(*roots):
        with pytest.raises(fr.EvaluationError, match="for complex numbers"):
            g(**arrays)
        return
    want = g(**arrays)
    assert all(np.asarray(w).real.dtype == np.zeros((), kind).real.dtype for w in want)
    for how in ("Fortran", "strided", "read-only"):
        given = {n: _laid_out(a, how) if a.ndim else a for n, a in arrays.items()}
        before = {n: a.copy() for n, a in given.items()}
        for got, value in zip(g(**given), want, strict=True):
            assert_same(got, value, 1e-3 if kind == "float32" else 1e-10)
        assert all(np.array_equal(given[n], before[n]) for n in given)


def test_layouts_may_differ_between_the_arrays():
    roots = _parsed("norm2(sin(A) - B)^2")
    arrays = _arrays(roots)
    g = fr.compile(roots)
    for got, value in zip(g(A=arrays["A"], B=np.asfortranarray(arrays["B"])), g(**arrays), strict=True):
        assert_same(got, value, 1e-12)


def test_small_arrays_and_short_chains_keep_the_plain_code():
    f = fr.parse("sum(tanh(A).^2 + exp(-A.*A))")
    assert "blocks" not in fr.source(f, sizes={"m": 30, "n": 30})
    assert "blocks" not in fr.source(fr.parse("exp(A) + 1"), sizes={"m": 1000, "n": 1000})


def test_more_arrays_than_numpy_walks_through():
    symbols_of = [fr.matrix(f"A{i}", "m", "n") for i in range(70)]
    total = symbols_of[0]
    for s in symbols_of[1:]:
        total = total + fr.exp(s)
    arrays = {s.name: np.full((300, 300), i / 70) for i, s in enumerate(symbols_of)}
    assert np.isclose(fr.sum(total).compile()(**arrays), 90000 * np.exp(np.arange(1, 70) / 70).sum())


def test_explain_says_what_runs_in_blocks():
    text = fr.compile(fr.parse("sum(tanh(A).^2 + exp(-A.*A))")).explain()
    assert "block by block, in cache" in text
