"""Numbers that leave the range on the way: derivatives are right, or NaN with a warning that names the operation; never a silent 0."""

from __future__ import annotations

import warnings

import mpmath
import numpy as np
import pytest

import frechet as fr

HAS_WIDER = np.finfo(np.longdouble).maxexp > np.finfo(float).maxexp
FUNCTIONS = {
    "softplus": (lambda x, m: m.log1p(m.exp(x)), [800.0, 1e5, -800.0, 30.0]),
    "softplus on a slope": (lambda x, m: m.log1p(m.exp(x)) + x, [800.0, 1e5]),
    "sigmoid": (lambda x, m: 1 / (1 + m.exp(-x)), [-800.0, -1e5, 800.0]),
    "logarithm of a sigmoid": (lambda x, m: m.log(1 / (1 + m.exp(-x))), [-800.0, -1e5, 800.0]),
    "log cosh": (lambda x, m: m.log(m.cosh(x)), [800.0, -800.0, 5e3]),
    "root of a square": (lambda x, m: m.sqrt(x**2), [1e200, -1e200, 1e-200]),
    "root of a product": (lambda x, m: m.sqrt(x * x), [1e200]),
    "logarithm of a cube": (lambda x, m: m.log(x**3), [1e150, 1e-150]),
    "reciprocal of a logarithm": (lambda x, m: 1 / m.log(1e300 * x), [1e10]),
    "x*tanh(softplus(x))": (lambda x, m: x * m.tanh(m.log(1 + m.exp(x))), [800.0]),
    "bell": (lambda x, m: m.exp(-(x**2)), [1e200, 40.0]),
    "exponential": (lambda x, m: m.exp(x), [800.0]),
}
CASES = [(name, at) for name, (_, points) in FUNCTIONS.items() for at in points]


class _Precise:
    """The functions of NumPy that the table takes, with 60 digits."""

    log1p = staticmethod(lambda z: mpmath.log(1 + z))

    def __getattr__(self, name):
        return getattr(mpmath, name)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.skipif(not HAS_WIDER, reason="NumPy has no wider exponents here")
@pytest.mark.parametrize(("name", "at"), CASES)
def test_gradients_are_those_of_unbounded_exponents(name, at):
    f = FUNCTIONS[name][0]
    with mpmath.workdps(60):
        z, h = mpmath.mpf(at), mpmath.mpf(10) ** -20 * max(1, abs(mpmath.mpf(at)))
        h = h if abs(at) > 1e-10 else z * mpmath.mpf(10) ** -20
        expected = float((f(z + h, _Precise()) - f(z - h, _Precise())) / (2 * h))
    g = fr.gradient(lambda x: f(x, np))
    found = [g(at) for _ in range(5)]  # traced, then by programs of the record
    found += [fr.jvp(lambda x: f(x, np))(at, 1.0)[1], fr.jacobian(lambda x: f(x, np))(np.array([at]))[0, 0]]
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-300)


TWO = {
    "log of a sum of exponentials": (
        lambda x: np.log(np.exp(x).sum()),
        np.array([800.0, 801.0]),
        np.array([0.2689414213699951, 0.7310585786300049]),
    ),
    "norm": (lambda x: np.sqrt(np.sum(x**2)), np.array([3e200, 4e200]), np.array([0.6, 0.8])),
    "logarithm of a product": (lambda x: np.log(np.prod(x)), np.full(5, 1e-100), np.full(5, 1e100)),
    "log-softmax": (
        lambda x: x[0] - np.log(np.exp(x).sum()),
        np.array([800.0, 801.0]),
        np.array([0.7310585786300049, -0.7310585786300049]),
    ),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.skipif(not HAS_WIDER, reason="NumPy has no wider exponents here")
@pytest.mark.parametrize("name", TWO)
def test_gradients_of_several_numbers(name):
    f, at, expected = TWO[name]
    g = fr.gradient(f)
    for _ in range(5):
        np.testing.assert_allclose(g(at), expected, rtol=1e-9)


@pytest.mark.filterwarnings("ignore:overflow", "ignore:invalid", "ignore:divide")
@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.log(np.exp(x).sum()),  # which of two numbers beyond all ranges is the larger one is not known
        lambda x: np.log(np.cosh(x)).sum(),
        lambda x: np.sqrt(np.sum(np.exp(x) ** 2)),
    ],
)
def test_what_is_not_known_is_nan_with_the_operation_and_the_way_out(f):
    with pytest.warns(RuntimeWarning, match=r"(exp|cosh) at 100000 is beyond the range .*np\.logaddexp"):
        assert np.isnan(fr.gradient(f)(np.array([1e5, 1e5 + 1]))).all()


@pytest.mark.filterwarnings("ignore")
def test_second_derivatives():
    H = fr.hessian(lambda x: np.log(np.exp(x).sum()))(np.array([800.0, 801.0]))
    p = 0.19661193324148185
    np.testing.assert_allclose(H, [[p, -p], [-p, p]] if HAS_WIDER else np.full((2, 2), np.nan), rtol=1e-9)
    H = fr.hessian(lambda x: np.log(np.exp(x).sum()))(np.array([1e5, 1e5 + 1]))
    assert np.isnan(H).all()  # p*(1 - p) is the same in both orders of two unknown numbers


@pytest.mark.filterwarnings("ignore")
def test_a_zero_that_is_one_stays():
    def loss(z):
        return np.mean(1 / (1 + np.exp(-z)))

    z = np.array([-800.0, 0.0, -1e5])
    for _ in range(5):
        np.testing.assert_allclose(fr.gradient(loss)(z), [0, 0.25 / 3, 0], atol=1e-300)


@pytest.mark.filterwarnings("ignore")
def test_where_there_is_no_value_there_is_no_gradient():
    assert np.isnan(fr.gradient(lambda x: 0 * np.log(x) + x)(0.0))


def test_what_is_in_range_costs_no_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not fr.gradient(lambda x: np.maximum(x, 0).sum())(-np.ones(3)).any()
