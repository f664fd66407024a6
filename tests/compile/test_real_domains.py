"""The law of real numbers: code of real numbers is real in every target, and NaN where evaluation is.

MATLAB and powers of plain numbers in Python go over to complex numbers where a function is not real.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

import frechet as fr
from frechet.expr.evaluate import evaluate
from frechet.expr.node import Expr, operations, symbols
from frechet.expr.sizes import ONE
from frechet.expr.structure import symbol
from tests.compile.corpus import Case
from tests.compile.julia_library import JuliaError
from tests.compile.points import assert_same, at_border
from tests.compile.runners import RUNNERS

CODE = tuple(target for target in RUNNERS if target != "latex")
POINTS = np.array([-8.0, -2.5, -1.5, -1.0, -0.5, 0.0, 0.25, 1.0, 1.5, 4.0])
EXPONENTS = np.array([0.5, -1.5, 3.0, 2.5, -2.0, 1.5, 0.25, -1.0, 7.0, -0.5])
x, y, a, b = symbol("x", "n", 1), symbol("y", "n", 1), symbol("a", 1, 1), symbol("b", 1, 1)
POWERS = (
    "x.^x", "x.^y", "a.^x", "x.^a", "a^b", "x.^(1/3)", "x.^(-1/2)", "a^(1/3)", "abs(x).^y", "2.^x", "x.^3", "a^(b+1)*x",
    "sum(x.^x)", "prod(x)^(1/3)", "(x'*y)^(3/2)",
)  # fmt: skip


@cache
def _cases() -> tuple[Case, ...]:
    roots: list[Expr] = [
        op(*[x, y][: len(op.signature.arguments)], params=(ONE,) if op.name == "polygamma" else ())
        for op in operations.values()
        if op.elementwise and hasattr(op.signature, "arguments") and len(op.signature.arguments) <= 2
    ]
    roots += [fr.parse(text, **_kinds(text)) for text in POWERS]
    roots += [fr.gradient(f"sum({text})", "x") for text in ("x.^y", "a.^x", "x.^(1/3)")]
    found = []
    for f in roots:
        for sign in (1, -1):
            numbers = {"x": POINTS, "y": EXPONENTS, "a": np.array(-8.0 * sign), "b": np.array(1 / 3)}
            arrays = {s.name: numbers[s.name].flat[0] if s.is_scalar else numbers[s.name] for s in symbols(f)}
            if sign == 1 or "a" in arrays:
                with np.errstate(all="ignore"):
                    value = evaluate(f, {s: np.reshape(arrays[s.name], (-1, 1)) for s in symbols(f)})
                found.append(Case(str(f), f, {"n": 10}, arrays, at_border(f, value)))
    return tuple(found)


def _kinds(text: str) -> dict[str, str]:
    kinds = {"x": "vector(n)", "y": "vector(n)", "a": "scalar", "b": "scalar"}
    return {name: kind for name, kind in kinds.items() if name in text.replace("abs", "")}


def test_all_that_works_entry_by_entry_is_here():
    assert len(_cases()) > 50
    assert sum(bool(np.isnan(case.value).any()) for case in _cases()) > 15


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("target", CODE)
def test_code_of_real_numbers_is_real_and_nan_where_evaluation_is(target):
    faults = []
    for case, found in zip(_cases(), RUNNERS[target](_cases()), strict=True):
        if isinstance(found, JuliaError) and not np.isfinite(case.value).all():
            continue  # Julia refuses what is not real
        try:
            assert not isinstance(found, Exception), repr(found)
            assert np.isrealobj(found), "it is complex"
            assert_same(found, case.value)
        except AssertionError as error:
            faults.append(f"{case.name} at {case.arrays}\n{error}")
    assert not faults, "\n".join(faults)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("target", ["numpy", "jax", "torch"])
@pytest.mark.parametrize("text", ["a^b", "a^(1/3)", "(a*b)^(3/2)", "a^(b+1)/2"])
def test_powers_of_plain_numbers_are_real(target, text):
    namespace: dict = {}
    exec(fr.source(fr.parse(text, **{n: "scalar" for n in "ab" if n in text}), target), namespace)
    given = {n: value for n, value in (("a", -8.0), ("b", 1 / 3)) if n in text}
    found = namespace["function"](**given)
    assert np.isrealobj(np.asarray(found))
    assert np.isnan(np.asarray(found))


NAN, INFINITY = np.nan, np.inf
EDGES = {
    "relu(x)": [NAN, 1.0, -1.0],
    "max(x,0)": [NAN, 1.0, -1.0],
    "min(x,0)": [NAN, 1.0, -1.0],
    "min(max(x,-1),1)": [NAN, 5.0, -5.0],
    "max(x)": [NAN, 1.0, 2.0],
    "min(x)": [1.0, 2.0, NAN],
    "log(sum(exp(x)))": [NAN, 1.0],
    "logsumexp(x)": [INFINITY, 1.0, -INFINITY],
    "log(cosh(x))": [INFINITY, -INFINITY, 0.3, NAN],
    "log(1-exp(-x))": [-1.0, -800.0, INFINITY, -INFINITY, NAN, 0.0, 1e-9],
    "x.^x": [0.0, -1e300, 3.0, -3.0],
}
"""Formulas at entries that are NaN or infinite, and beside others that have no real power."""


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("target", CODE)
def test_nan_and_infinity_come_through(target):
    cases = []
    for text, numbers in EDGES.items():
        f, at = fr.parse(text, x="vector(n)"), np.array(numbers)
        cases.append(Case(text, f, {"n": len(at)}, {"x": at}, at_border(f, evaluate(f, {x: at[:, None]}))))
    for case, found in zip(cases, RUNNERS[target](cases), strict=True):
        if not (isinstance(found, JuliaError) and "x.^x" in case.name):  # a power of numbers below 0 is refused
            assert not isinstance(found, Exception), f"{case.name}: {found!r}"
            np.testing.assert_allclose(found, case.value, rtol=1e-12, err_msg=case.name)
