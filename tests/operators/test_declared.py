"""Numbers are checked for what their symbols were declared with, by `d.at` as by compiled code."""

from __future__ import annotations

import numpy as np
import pytest

import frechet as fr

WRONG = {
    "symmetric": np.array([[1.0, 2], [3, 4]]),
    "skew": np.array([[1.0, 2], [3, 4]]),
    "diagonal": np.array([[1.0, 2], [3, 4]]),
    "lower": np.array([[1.0, 2], [3, 4]]),
    "upper": np.array([[1.0, 2], [3, 4]]),
    "orthogonal": np.array([[1.0, 2], [3, 4]]),
    "psd": np.diag([1.0, -1]),
    "spd": np.diag([1.0, -1]),
}
RIGHT = {
    "symmetric": np.array([[1.0, 2], [2, 4]]),
    "skew": np.array([[0.0, 2], [-2, 0]]),
    "diagonal": np.diag([1.0, -4]),
    "lower": np.array([[1.0, 0], [3, 4]]),
    "upper": np.array([[1.0, 2], [0, 4]]),
    "orthogonal": np.array([[0.0, 1], [-1, 0]]),
    "psd": np.diag([1.0, 0]),
    "spd": np.diag([1.0, 2]),
}


@pytest.mark.parametrize("declared", list(WRONG))
def test_a_variable_that_is_not_what_it_was_declared(declared):
    d = fr.derivative(fr.parse("tr(S*S*S)", S=f"{declared}(n)"), "S")
    with pytest.raises(fr.EvaluationError, match=f"S is declared {declared}"):
        d.at(S=WRONG[declared])
    assert d.at(S=RIGHT[declared]).T(1.0).shape == (2, 2)


def test_parameters_are_checked_too():
    d = fr.derivative(fr.parse("c*sum(x.*x)", x="vector(n)", c="positive"), "x")
    with pytest.raises(fr.EvaluationError, match="c is declared positive"):
        d.at(x=np.ones(2), c=-1.0)
    f = fr.parse("c*(x-1)^2", x="scalar", c="positive")
    with pytest.raises(fr.EvaluationError, match="c is declared positive"):
        fr.minimize(f, "x", 0.0, {"c": -1.0})
