"""Operators without an inverse raise, by whichever way they are solved; those regular on their subspace alone are solved."""

from __future__ import annotations

import numpy as np
import pytest

import frechet as fr
from frechet.errors import SingularOperatorError
from frechet.operators import from_functions

rng = np.random.default_rng(4)
RANK_TWO = rng.standard_normal((3, 2)) @ rng.standard_normal((2, 3))
NILPOTENT = np.diag([1.0, 1.0], 1)
SKEW = np.array([[0.0, 1.0], [-1.0, 0.0]])


def _hessian(formula, values, **declared):
    return fr.derivative(fr.parse(formula, **declared), "X").hessian().at(**values)


def _jacobian(formula, values, **declared):
    return fr.derivative(fr.parse(formula, **declared), "X").at(**values)


SINGULAR = {
    "nuclear norm, diagonal": lambda: _hessian("normnuc(X)", {"X": np.diag([1.0, 2.0, 0.0])}, X="matrix(n,n)"),
    "nuclear norm, any": lambda: _hessian("normnuc(X)", {"X": RANK_TWO}, X="matrix(n,n)"),
    "one term": lambda: _hessian("tr(X'*A*X)", {"X": np.eye(3), "A": np.diag([1.0, 2.0, 0.0])}, X="matrix(n,n)", A="symmetric(n)"),
    "rank one": lambda: _hessian("sum(X)^2", {"X": np.eye(3)}, X="matrix(n,n)"),
    "square": lambda: _jacobian("X^2", {"X": np.diag([1.0, -1.0, 2.0])}, X="matrix(n,n)"),
    "nilpotent": lambda: _jacobian("X^2", {"X": NILPOTENT}, X="matrix(n,n)"),
    "symmetric subspace": lambda: _jacobian("X^2", {"X": np.diag([1.0, -1.0, 2.0])}, X="symmetric(n)"),
    "elementwise": lambda: _jacobian("X.*X", {"X": np.diag([1.0, 2.0, 3.0])}, X="matrix(n,n)"),
    "commutator": lambda: _jacobian("A*X - X*A", {"X": np.eye(3), "A": rng.standard_normal((3, 3))}, X="matrix(n,n)", A="matrix(n,n)"),
    "skew part": lambda: _jacobian("X - X'", {"X": np.eye(3)}, X="matrix(n,n)"),
    "constant": lambda: _hessian("tr(A*X)", {"X": np.eye(3), "A": np.eye(3)}, X="matrix(n,n)", A="matrix(n,n)"),
}  # fmt: skip


@pytest.mark.parametrize("name", SINGULAR)
def test_a_singular_operator_raises(name):
    op = SINGULAR[name]()
    with pytest.raises(SingularOperatorError):
        op.solve(np.ones((3, 3)) + np.diag([1.0, 2.0, 3.0]))
    assert not op.cond() < 1e14


def test_on_skew_matrices_of_size_two_an_operator_is_a_number():
    """v'*X*A*X'*v on the matrices x*[0 1; -1 0] is a*x^2."""
    A, v = np.array([[3.0, 1.0], [0.5, 2.0]]), np.array([1.0, -2.0])
    op = _hessian("v'*X*A*X'*v", {"X": SKEW, "A": A, "v": v}, X="skew(2)", A="matrix(2,2)", v="vector(2)")
    a = v @ SKEW @ A @ SKEW.T @ v
    np.testing.assert_allclose(op.to_dense(), [[a]])  # the second derivative 2*a, in the unit matrix SKEW/sqrt(2)
    np.testing.assert_allclose(op.solve(a * SKEW), SKEW, rtol=1e-12)
    assert op.cond() == pytest.approx(1.0)
    assert op.logdet() == pytest.approx(np.log(abs(a)))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("n", [2, 3, 5])
def test_regular_on_a_subspace_only(n, seed):
    """X -> A*X*A' has rank 2 on all matrices where A has; on skew ones of size 2 it is regular, and else it raises."""
    A = np.random.default_rng(seed).standard_normal((n, 2)) @ np.random.default_rng(seed + 9).standard_normal((2, n))
    op = _jacobian("X*B + B*X + A*X*A'", {"X": np.zeros((n, n)), "A": A, "B": np.diag([1.0, -1.0, 3.0, 4.0, 5.0][:n])},
                   X="skew(n)", A="matrix(n,n)", B="symmetric(n)")  # fmt: skip
    dense = op.to_dense()
    R = np.triu(np.ones((n, n)), 1)
    R = R - R.T
    X = op.solve(R)
    np.testing.assert_allclose(op(X), R, atol=1e-9)
    assert op.cond() == pytest.approx(np.linalg.cond(dense), rel=1e-6)


def test_an_iteration_that_gains_nothing_ends():
    """b has a component that the range lacks: 1,200 products more would not find it."""
    n, count = 1600, [0]
    d = np.linspace(1, 40, n)
    d[0] = 0.0

    def times(v):
        count[0] += 1
        return d[:, None] * v

    op = from_functions(times, times, (n, 1), (n, 1))
    with pytest.raises(fr.ConvergenceError, match="GMRES"):
        op.solve(np.ones((n, 1)))
    assert count[0] < 700
