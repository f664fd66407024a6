# ruff: noqa: NPY002, the global generator is what people use
"""Programs that call parts of SciPy and NumPy: value and gradient against differences; samples are those of NumPy, draw for draw."""

from __future__ import annotations

import abc
import warnings

import numpy as np
import pytest
import scipy.interpolate
import scipy.signal
from scipy import special

import frechet as fr
from tests.tracing.differences import by_richardson
from tests.tracing.programs_of_libraries import PROGRAMS

POINT = np.array([0.62, 0.83, 0.47, 1.07])
X = np.array([0.6, 0.8])


@pytest.mark.parametrize("name", sorted(PROGRAMS))
def test_right(name):
    f, x = PROGRAMS[name], POINT.copy()
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        value, gradient = fr.value_and_gradient(f)(x)
        expected = by_richardson(lambda t: float(f(t)), POINT)
    assert np.array_equal(x, POINT)
    assert np.isclose(value, f(POINT.copy()), rtol=1e-10)
    assert np.allclose(gradient, expected, rtol=1e-6, atol=1e-6 * max(1, np.abs(expected).max()))


def _right(f, x=X):
    """Value and Jacobian."""
    L = fr.linearize(f, x)
    assert np.array_equal(L.value, f(x)) or np.allclose(L.value, f(x), rtol=1e-13)
    assert np.allclose(fr.jacobian(f)(x), by_richardson(f, x), rtol=1e-7, atol=1e-8)


SAMPLES = {
    "normal": 2, "lognormal": 2, "uniform": 2, "laplace": 2, "logistic": 2, "gumbel": 2, "exponential": 1, "rayleigh": 1, "weibull": 1,
    "power": 1, "pareto": 1,
}  # fmt: skip
MAKERS = {"generator": np.random.default_rng, "state": np.random.RandomState}


@pytest.mark.parametrize("size", [None, (2, 3)], ids=str)
@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("maker", MAKERS)
def test_samples_are_differentiable_functions_of_their_parameters(maker, name, size):
    make = MAKERS[maker]

    def f(x):
        rng = make(3)
        rng.normal(size=1)  # a normal number is left over in the state of old generators
        z = getattr(rng, name)(*[x[0], 1 + x[1]][: SAMPLES[name]], size=size)
        return np.concatenate([np.ravel(z), x[0] * rng.uniform(size=1), x[1] * rng.normal(size=2)])

    _right(f)


@pytest.mark.parametrize("maker", MAKERS)
def test_orders_and_choices_of_traced_arrays(maker):
    make = MAKERS[maker]

    def f(x):
        rng = make(1)
        y = np.concatenate([x, x**2, x**3])
        a, b = rng.permutation(y), rng.choice(y, 4)
        rng.shuffle(y)
        z = rng.normal(size=4)
        z[0] = x[1]
        rng.shuffle(z)
        return np.concatenate([a, b, y, z, rng.choice(y, 3, replace=False), rng.gamma(2.0, x[0], 2)])

    _right(f)


def test_the_global_generator_and_one_from_outside():
    own = np.random.default_rng(0)

    def f(x, seed=4):
        np.random.seed(seed)
        a = np.random.normal(x[0], x[1], 3)
        y = np.array([x[0], x[1], 3.0])
        np.random.shuffle(y)
        assert isinstance(np.random.default_rng(0), np.random.Generator)
        return np.concatenate([a, y, np.random.permutation(y), x * np.random.rand(2), [np.random.exponential(x[1])]])

    _right(f)
    before = np.random.default_rng(0).normal(size=3)
    L = fr.linearize(lambda x: x[0] + own.normal(0.0, x[1], size=3), X)
    assert np.allclose(L.value, X[0] + X[1] * before)
    assert np.allclose(own.random(), _after(3))


def _after(count):
    rng = np.random.default_rng(0)
    rng.normal(size=count)
    return rng.random()


@pytest.mark.parametrize("name", ["poisson", "binomial", "beta", "gamma"])
def test_samples_that_jump_or_are_rejected_are_refused(name):
    first = (4,) if name == "binomial" else ()
    rng = np.random.default_rng(0)
    with pytest.raises(fr.FrechetError, match=name):
        fr.gradient(lambda x: 1.0 * getattr(rng, name)(*first, x[0], *(() if first or name == "poisson" else (1.0,))))(
            X
        )


def test_recursive_filters_to_second_order():
    f = lambda z: np.sum(scipy.signal.lfilter(z[:2], np.concatenate([[2.0], 0.3 * z[2:]]), z) ** 3)
    assert np.allclose(fr.hessian(f)(POINT), by_richardson(fr.gradient(f), POINT), rtol=1e-7)


SHAPES = [(2, 2), (3, 2), (4, 3)]
IMAGE = np.random.default_rng(2).random((5, 6))


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("boundary", ["fill", "wrap", "symm"])
@pytest.mark.parametrize("mode", ["full", "same", "valid"])
@pytest.mark.parametrize("f", [scipy.signal.convolve2d, scipy.signal.correlate2d], ids=["convolve", "correlate"])
def test_convolutions_of_images(f, mode, boundary, shape):
    kernel = np.random.default_rng(3).random(shape)
    g = lambda k: np.ravel(f(IMAGE * k[0], k.reshape(shape), mode=mode, boundary=boundary))
    L = fr.linearize(g, np.ravel(kernel))
    assert np.allclose(L.value, g(np.ravel(kernel)), rtol=1e-12)
    direction = np.cos(np.arange(kernel.size))
    (expected,) = by_richardson(lambda t: g(np.ravel(kernel) + t[0] * direction), np.zeros(1)).T
    assert np.allclose(L(direction), expected, rtol=1e-8)


def test_splines_of_traced_values_at_traced_positions():
    knots = np.array([0.0, 0.4, 1.0, 1.3, 2.0])

    def f(x):
        y = np.concatenate([x, x**2, x[:1] ** 3])
        s, q = scipy.interpolate.CubicSpline(knots, y), scipy.interpolate.InterpolatedUnivariateSpline(knots, y)
        tck = scipy.interpolate.splrep(knots, y)
        return np.concatenate(
            [s(x), s(x, 1), s.derivative()(x), q(x), scipy.interpolate.splev(x, tck), [s.integrate(0.0, 1.5)]]
        )

    _right(f)
    _right(lambda x: fr.jacobian(f)(x)[:4].ravel())


def test_special_functions_keep_signs():
    f = lambda x: special.beta(-x - 0.3, 2.3) + special.binom(x, 3.55) + special.comb(x, 3.0) + special.poch(-x, 1.4)
    _right(f)


def test_eigenvectors_that_are_not_used_are_not_refused():
    A = np.array([[1.0, 2.0], [0.5, 3.0]])
    _right(lambda x: np.linalg.eig(A * x[0] + np.diag(x))[0].real)
    with pytest.raises(fr.FrechetError, match=r"np\.linalg\.eig gives eigenvectors"):
        fr.gradient(lambda x: np.sum(np.abs(np.linalg.eig(A * x[0])[1])))(X)


def test_abstract_classes_are_asked_as_before():
    class Shape(abc.ABC):
        @abc.abstractmethod
        def area(self, r): ...

    class Disc(Shape):
        def area(self, r):
            return np.pi * np.sum(r**2)

    disc = Disc()
    assert np.allclose(fr.gradient(lambda r: disc.area(r))(X), 2 * np.pi * X)
    assert isinstance(disc, Shape)
    assert not isinstance(3.0, Shape | Disc)


def test_functions_are_themselves_in_copies():
    pick = lambda x, link: np.sum(x**2) if link is np.linalg.norm else np.sum(x)
    link = np.linalg.norm
    assert np.allclose(fr.gradient(lambda x: pick(x, link))(X), 2 * X)


def test_polynomials_keep_coefficients_that_are_zero():
    f = lambda x: (np.polynomial.Polynomial(x) * np.polynomial.Polynomial([1.0, 2.0]))(1.5) ** 2
    x = np.array([0.5, 0.0])
    assert np.allclose(fr.gradient(f)(x), by_richardson(f, x))
