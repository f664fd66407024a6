"""Values and error bounds against mpmath, and the laws that tie the derivatives together."""

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frechet import finite

mp.mp.dps = 40


def exact(f, x, order=1):
    return float(mp.taylor(f, mp.mpf(x), order)[order] * mp.factorial(order))


SMOOTH = [
    (np.sin, mp.sin, 1.0),
    (np.exp, mp.exp, 0.3),
    (np.log, mp.log, 1e-8),
    (np.log, mp.log, 1e8),
    (np.tan, mp.tan, 1.57),
    (lambda x: np.sin(100 * x), lambda x: mp.sin(100 * x), 1.0),
    (lambda x: 1 / (1 - x), lambda x: 1 / (1 - x), 0.999),
    (np.sqrt, mp.sqrt, 1e-6),
]


@pytest.mark.parametrize(("f", "g", "x"), SMOOTH)
@pytest.mark.parametrize("complex_step", [True, False])
def test_first_derivative_and_its_bound(f, g, x, complex_step):
    found = finite.derivative(f, x, complex_step=complex_step)
    truth = exact(g, x)
    assert abs(found.value - truth) <= found.error
    assert found.error <= 1e-9 * abs(truth)
    assert found.warnings == []


@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_higher_derivatives(order):
    for f, g, x in [(np.exp, mp.exp, 0.5), (np.log, mp.log, 1e-3), (np.sin, mp.sin, 2.0)]:
        found = finite.derivative(f, x, order, complex_step=False)
        truth = exact(g, x, order)
        assert abs(found.value - truth) <= found.error <= 1e-5 * abs(truth)


@given(
    st.lists(st.floats(-3, 3), min_size=3, max_size=3),
    st.floats(-1e3, 1e3).filter(lambda x: abs(x) > 1e-3),
)
@settings(max_examples=30, deadline=None)
def test_bound_holds_for_random_polynomials(coefficients, x):
    a, b, c = coefficients
    found = finite.derivative(lambda t: a * t**3 + b * t + c, x, complex_step=False)
    assert abs(found.value - float(3 * mp.mpf(a) * mp.mpf(x) ** 2 + b)) <= found.error + 1e-300


@pytest.mark.parametrize("complex_step", [True, False])
def test_directional_of_matrix_function(complex_step):
    A = np.array([[4.0, 1.0, 0.5], [0.2, 3.0, -1.0], [1.0, 0.3, 5.0]])
    dA = np.array([[1.0, -2.0, 0.3], [0.5, 0.1, 1.5], [-0.7, 2.0, 1.0]])
    inverse = mp.matrix(A.tolist()) ** -1
    truth = np.array((-inverse * mp.matrix(dA.tolist()) * inverse).tolist(), dtype=float)
    found = finite.directional(np.linalg.inv, A, dA, complex_step=complex_step)
    assert (np.abs(found.value - truth) <= found.error).all()
    assert found.relative < 1e-11


def test_jvp_and_vjp_are_adjoint():
    rng = np.random.default_rng(1)
    X, dX, W = rng.normal(size=(3, 4)), rng.normal(size=(3, 4)), rng.normal(size=(3, 3))
    f = lambda X: np.tanh(X @ X.T)
    left, right = np.sum(W * finite.jvp(f, X, dX).value), np.sum(finite.vjp(f, X, W).value * dX)
    assert abs(left - right) < 1e-12 * abs(left)


def test_jacobian_maps_vec_to_vec():
    rng = np.random.default_rng(2)
    A, X, B = rng.normal(size=(2, 3)), rng.normal(size=(3, 4)), rng.normal(size=(4, 2))
    found = finite.jacobian(lambda X: A @ X @ B, X, vec=True)
    np.testing.assert_allclose(found.value, np.kron(B.T, A), atol=1e-12)
    assert finite.jacobian(lambda X: A @ X @ B, X).value.shape == (2, 2, 3, 4)


def test_hessian_is_that_of_a_known_function():
    x = np.array([1.0, 2e-3, -30.0])
    found = finite.hessian(lambda x: x[0] ** 2 * np.exp(x[1]) + x[1] * x[2] ** 3, x)
    e = float(mp.exp(mp.mpf(x[1])))
    truth = np.array(
        [
            [2 * e, 2 * x[0] * e, 0],
            [2 * x[0] * e, x[0] ** 2 * e, 3 * x[2] ** 2],
            [0, 3 * x[2] ** 2, 6 * x[1] * x[2]],
        ]
    )
    assert (np.abs(found.value - truth) <= found.error + 1e-9 * np.abs(truth)).all()
    assert found.relative < 1e-6


def test_nested_containers_keep_their_nesting():
    p = {"W": np.eye(2), "b": [1.0, np.array([1.0, 2.0])]}
    f = lambda p: (p["W"] @ p["b"][1], p["b"][0] * p["W"][0, 1])
    found = finite.jvp(f, p, {"W": np.ones((2, 2)), "b": [0.0, np.zeros(2)]})
    np.testing.assert_allclose(found.value[0], [3.0, 3.0])
    assert found.value[1] == pytest.approx(1.0)
    gradient = finite.gradient(lambda p: np.sum(p["W"]) * p["b"][0], p).value
    np.testing.assert_allclose(gradient["W"], np.ones((2, 2)))
    assert gradient["b"][0] == pytest.approx(2.0)


def test_complex_arguments():
    z = np.array([1 + 2j, 3j])
    gradient = finite.gradient(lambda z: np.sum(np.abs(z) ** 2), z)
    np.testing.assert_allclose(gradient.value, 2 * z, rtol=1e-12)
    assert finite.derivative(lambda z: z**3, 1 + 2j).value == pytest.approx(3 * (1 + 2j) ** 2)
    np.testing.assert_allclose(finite.jacobian(lambda z: z**2, z).value, np.diag(2 * z), atol=1e-11)


def test_one_sided_at_the_edge_of_a_domain():
    def f(x):
        if x < 0:
            raise ValueError("outside")
        return np.exp(float(x))

    found = finite.derivative(f, 0.0)
    assert abs(found.value - 1) <= found.error < 1e-9
    assert "one side" in found.warnings[0]
    edge = finite.derivative(lambda x: x**1.5 + 3 * x, 0.0)
    assert abs(edge.value - 3) <= edge.error < 1e-8


def test_noise_is_measured_and_said():
    found = finite.derivative(lambda x: float(np.sin(np.float32(x))), 1.0)
    assert abs(found.value - exact(mp.sin, 1.0)) <= found.error < 1e-4
    assert any("noisy" in w for w in found.warnings)


def test_complex_step_is_not_trusted_where_it_is_wrong():
    found = finite.derivative(lambda x: np.exp(x) + 1e-7 * np.abs(x) ** 2, 0.9)
    truth = float(mp.exp(mp.mpf(0.9)) + 2 * mp.mpf(1e-7) * mp.mpf(0.9))
    assert abs(found.value - truth) <= found.error < 1e-10


def test_arguments_are_never_modified():
    X, dX = np.ones((2, 2)), np.eye(2)
    finite.directional(lambda X: X * 2, X, dX)
    np.testing.assert_array_equal(X, np.ones((2, 2)))
    np.testing.assert_array_equal(dX, np.eye(2))
