"""Solution paths: each point is a root on the path through the start, and differentiates as one."""

from __future__ import annotations

import numpy as np
import pytest

import frechet as fr

SS = np.linspace(-3.0, 1.5, 4)


def fold(x, s, p):
    """x^3 - 3*p*x = s: the path from x = -2.1 turns back at s = 2*p^(3/2)."""
    return x**3 - 3 * p * x - s


def test_the_path_and_its_derivatives():
    follow = fr.implicit.path(fold, -2.0, SS)
    x = follow(1.0)
    assert np.all(x < -1)
    assert np.allclose(fold(x, SS, 1.0), 0, atol=1e-13)
    assert np.allclose(fr.jacobian(follow)(1.0), 3 * x / (3 * x**2 - 3), rtol=1e-10)
    assert np.isclose(fr.gradient(fr.gradient(lambda p: follow(p)[0]))(1.0), _second(x[0]), rtol=1e-8)


def _second(x: float) -> float:
    """d²x/dp² of x^3 - 3*p*x = s at p = 1."""
    d = x / (x**2 - 1)
    return (2 * d - 2 * x * d * d) / (x**2 - 1)


def test_several_unknowns_that_circle():
    """x = (cos s, sin s), the eigenvector of a rotating matrix: Newton's method from the first would end elsewhere."""

    def F(x, s):
        axis = np.array([np.cos(s), np.sin(s)])
        return np.array([x[0] * axis[1] - x[1] * axis[0], x @ x - 1])

    ss = np.linspace(0.0, 2 * np.pi, 9)
    assert np.allclose(
        fr.implicit.path(F, np.array([1.0, 0.1]), ss)(), np.stack([np.cos(ss), np.sin(ss)], axis=1), atol=1e-12
    )


@pytest.mark.parametrize(
    ("run", "error", "words"),
    [
        (lambda: fr.implicit.path(fold, -2.0, [-3.0, 3.0])(1.0), fr.SingularOperatorError, "turns back near s = 2"),
        (
            lambda: fr.implicit.path(lambda x, s: x**2 + s, 1.0, [-1.0, 1.0])(),
            fr.SingularOperatorError,
            "turns back near",
        ),
        (lambda: fr.implicit.path(fold, -2.0, [0.0, np.nan]), fr.EvaluationError, "finite"),
        (lambda: fr.implicit.path(3, -2.0, [0.0]), fr.FrechetError, "is a function"),
    ],
    ids=["fold", "no solution beyond", "nan", "F"],
)
def test_bad_input(run, error, words):
    with pytest.raises(error, match=words):
        run()
