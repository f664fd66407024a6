"""No warning of NumPy or SciPy reaches the user: a result is good, or NaN in its place, or refused with a reason.

One is meant: compiled code that works entry by entry is NumPy code, and NumPy says there where it makes NaN or inf of good numbers.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pytest

import frechet as fr
from frechet.expr.evaluate import evaluate
from frechet.expr.node import symbols
from tests.compile.corpus import Case, row_cases
from tests.compile.test_outside import outside_cases


def _warnings_of(ask: Callable[[], Any]) -> tuple[list[str], bool]:
    """What was warned of, and whether the result is finite."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            is_finite = bool(np.isfinite(np.asarray(ask())).all())
        except fr.EvaluationError:
            is_finite = True  # refused: there is no result that a warning could be about
    return [f"{w.category.__name__}: {w.message}" for w in caught], is_finite


def _evaluated(case: Case) -> Any:
    shapes = {s: [p.value(case.sizes) for p in s.shape] for s in symbols(case.expr)}
    return evaluate(case.expr, {s: np.reshape(case.arrays[s.name], shape) for s, shape in shapes.items()}, case.sizes)


def _leaks(cases: Iterable[Case]) -> list[str]:
    found = []
    for case in cases:
        warned, _ = _warnings_of(lambda case=case: _evaluated(case))
        found += [f"evaluation of {case.name}: {w}" for w in warned]
        run = case.expr.compile(sizes=case.sizes)
        warned, is_finite = _warnings_of(lambda run=run, case=case: run(**case.arrays))
        if is_finite:
            found += [f"compiled {case.name}: {w}" for w in warned]
    return found


def test_inside_of_the_domains():
    assert not _leaks(case for case in row_cases() if case.is_first)


def test_outside_of_the_domains():
    assert not _leaks(outside.case for outside in outside_cases())


@pytest.mark.parametrize("size", [800.0, 1e-300, 1e150])
@pytest.mark.parametrize(
    "text",
    [
        "sum(softplus(x))",
        "sum(sigmoid(x))",
        "logsumexp(x)",
        "y'*softmax(x)",
        "sum(tanh(x))",
        "norm2(x)",
        "sum(log(1+exp(x)))",
    ],
)
def test_large_and_small_numbers(text, size):
    x = size * np.array([1.0, -1.0, 0.5, 0.0])
    f = fr.parse(text, x="vector(n)", **({"y": "vector(n)"} if "y" in text else {}))
    for k, root in enumerate([f, fr.derivative(f, "x").gradient]):
        arrays = {s.name: x if s.name == "x" else np.ones(4) for s in symbols(root)}
        assert not _leaks([Case(f"{text} at {size:g}, {k}", root, {"n": 4}, arrays, np.zeros(()))])


@pytest.mark.parametrize("smallest", [0.0, 1e-300, 1e-18, 1e-9])
def test_square_roots_of_ill_conditioned_matrices(smallest):
    V = np.random.default_rng(0).standard_normal((4, 4))
    f = fr.parse("sqrtm(A)", A="matrix(n,n)")
    for A in (
        V @ np.diag([smallest, 1.0, 2.0, 3.0]) @ np.linalg.inv(V),
        np.diag([smallest, 1.0]),
        np.array([[smallest, 1.0], [0.0, 2.0]]),
    ):
        case = Case(f"sqrtm at {smallest:g}", f, {"n": len(A)}, {"A": A}, A)
        assert not _leaks([case])
        warned, _ = _warnings_of(lambda A=A: f.compile()(A=A))
        assert not warned
    for A in (np.diag([smallest, 1.0]), np.array([[smallest, 1.0], [0.0, 2.0]])):
        root = f.compile()(A=A)
        np.testing.assert_allclose(root @ root, A, rtol=1e-12, atol=1e-15)
