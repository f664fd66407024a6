"""Functions of small matrices keep their digits in every target, as evaluation keeps them: sinhm(A) is about A."""

from __future__ import annotations

import numpy as np
import pytest

import frechet as fr
from frechet.expr.evaluate import evaluate
from frechet.expr.node import operations
from tests.compile.corpus import Case
from tests.compile.runners import RUNNERS

FUNCTIONS = ("sinm", "tanm", "arcsinm", "arctanm", "sinhm", "tanhm", "log1pm", "erfm")
X, E = fr.matrix("A", 3), fr.matrix("E", 3)
RNG = np.random.default_rng(1)
M, DIRECTION = RNG.standard_normal((3, 3)) / 4, RNG.standard_normal((3, 3))


def _cases() -> list[Case]:
    found = []
    for name in FUNCTIONS:
        for size in (1e-3, 1e-12):
            for e in (operations[name](X), operations["d" + name](X, E)):
                given = {X: size * M, E: DIRECTION}
                used = {s: a for s, a in given.items() if s is X or e.op is not operations[name]}
                found.append(Case(f"{e} at {size}", e, {}, {s.name: a for s, a in used.items()}, evaluate(e, used)))
    return found


def test_evaluation_is_about_the_linear_term():
    slope = 2 / np.sqrt(np.pi)
    for case in _cases():
        if "1e-12" in case.name:
            linear = case.arrays.get("E", case.arrays["A"]) * (slope if "erf" in case.name else 1)
            assert np.allclose(case.value, linear, rtol=0, atol=2e-12 * np.abs(linear).max()), case.name


@pytest.mark.parametrize("target", [t for t in RUNNERS if t != "latex"])
def test_targets_keep_the_digits(target):
    cases = _cases()
    for case, result in zip(cases, RUNNERS[target](cases), strict=True):
        if isinstance(result, Exception):
            assert "code for" in str(result), f"{case.name}: {result!r}"  # JAX and PyTorch have no code for some
        else:
            assert np.abs(result - case.value).max() <= 2e-13 * np.abs(case.value).max(), case.name
