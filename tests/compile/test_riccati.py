"""Riccati equations with indefinite Q and R: the stabilizing solution in every target, or a refusal in all of them."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.linalg

import frechet as fr
from frechet.expr.evaluate import evaluate
from frechet.expr.node import operations
from frechet.expr.structure import symbol
from tests.compile.corpus import Case
from tests.compile.points import assert_same
from tests.compile.runners import RUNNERS

POINTS = 24


def _drawn(n: int, p: int, seed: int) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    Q, R = rng.standard_normal((n, n)), rng.standard_normal((p, p))
    return [rng.standard_normal((n, n)), rng.standard_normal((n, p)), Q + Q.T, R + R.T]


def _distance_from_border(name: str, A, B, Q, R) -> float:
    """How far the eigenvalues of the pencil are from the imaginary axis, or from the unit circle."""
    G, n = B @ np.linalg.solve(R, B.T), len(A)
    if name == "care":
        return np.abs(np.linalg.eigvals(np.block([[A, -G], [-Q, -A.T]])).real).min()
    M = np.block([[A, np.zeros((n, n))], [-Q, np.eye(n)]])
    N = np.block([[np.eye(n), G], [np.zeros((n, n)), A.T]])
    return np.abs(np.abs(scipy.linalg.eigvals(M, N)) - 1).min()


def _cases(name: str) -> list[tuple[Case, bool]]:
    found = []
    for seed in range(POINTS):
        n, p = 1 + seed % 3, 1 + seed % 2
        arrays = _drawn(n, p, seed)
        args = [symbol(letter, *a.shape) for letter, a in zip("ABQR", arrays, strict=True)]
        f = operations[name](*args)
        values = dict(zip(args, arrays, strict=True))
        given = {s.name: a.reshape(() if s.is_scalar else -1 if s.is_vector else a.shape) for s, a in values.items()}
        exists = _distance_from_border(name, *arrays) > 1e-6
        value = evaluate(f, values) if exists else np.zeros((n, n))
        found.append((Case(f"{name} {seed}", f, {}, given, value.reshape(() if n == 1 else (n, n))), exists))
    return found


@pytest.mark.parametrize("name", ["care", "dare"])
def test_a_stabilizing_solution_is_found_where_there_is_one(name):
    cases = _cases(name)
    assert 4 < sum(exists for _, exists in cases) < POINTS - 4
    for case, exists in cases:
        A, B, Q, R = (np.asarray(case.arrays[letter]) for letter in "ABQR")
        n = A.shape[0] if A.ndim else 1
        A, B, Q, R = A.reshape(n, n), B.reshape(n, -1), Q.reshape(n, n), np.atleast_2d(R)
        if not exists:
            with pytest.raises(fr.EvaluationError, match=r"stabiliz|finite solution|pencil"):
                case.expr.compile()(**case.arrays)
            continue
        X = case.value.reshape(n, n)
        gain = np.linalg.solve(R, B.T @ X) if name == "care" else np.linalg.solve(R + B.T @ X @ B, B.T @ X @ A)
        values = np.linalg.eigvals(A - B @ gain)
        assert values.real.max() < 0 if name == "care" else np.abs(values).max() < 1
        rest = A.T @ X + X @ A - X @ B @ gain + Q if name == "care" else A.T @ X @ (A - B @ gain) - X + Q
        assert np.abs(rest).max() < 1e-7 * max(1, np.abs(X).max() ** 2)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["care", "dare"])
@pytest.mark.parametrize("target", ["numpy", "julia", "matlab"])
def test_code_that_runs_alone_agrees(name, target):
    cases = _cases(name)
    for (case, exists), found in zip(cases, RUNNERS[target]([c for c, _ in cases]), strict=True):
        if exists:
            assert not isinstance(found, Exception), f"{case.name}: {found!r}"
            assert_same(found, case.value, 1e-6)
        else:
            assert isinstance(found, Exception), f"{case.name}: {found}"
