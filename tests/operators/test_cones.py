"""A minimum is looked for inside of the cone that a variable is declared in."""

from __future__ import annotations

import numpy as np
import pytest

import frechet as fr

S = np.array([[2.0, 0.5, 0.0], [0.5, 1.0, 0.25], [0.0, 0.25, 3.0]])


@pytest.mark.parametrize("factor", [0.1, 1.0, 3.0, 20.0])
def test_a_newton_step_that_leaves_the_definite_matrices_is_shortened(factor):
    """tr(S*X) - logdet(X), where logdet is log|det|: from 3*inv(S) Newton's step goes to -3*inv(S)."""
    f = fr.parse("tr(S*X) - logdet(X)", S="spd(n)", X="spd(n)")
    seen = []
    solution = fr.minimize(f, "X", factor * np.linalg.inv(S), {"S": S}, progress=seen.append)
    np.testing.assert_allclose(solution.X, np.linalg.inv(S), rtol=1e-7)
    assert np.linalg.eigvalsh(solution.X).min() > 0
    assert seen or factor == 1.0


def test_a_scalar_that_is_declared_positive_stays_positive():
    f = fr.parse("a*s - log(abs(s))", a="scalar", s="scalar positive")
    assert pytest.approx(0.5) == fr.minimize(f, "s", 10.0, {"a": 2.0}).X


def test_a_start_outside_of_the_cone_is_refused():
    f = fr.parse("tr(S*X) - logdet(X)", S="spd(n)", X="spd(n)")
    with pytest.raises(fr.EvaluationError, match="X is declared spd, and its starting point is not"):
        fr.minimize(f, "X", -np.eye(3), {"S": S})
