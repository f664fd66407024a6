"""Second derivatives where first ones stand by convention: right, or NaN with a warning that names what has none; never a silent 0."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import frechet as fr

V = np.array([1.0, 2.0])
ZERO = np.zeros((2, 2))

SMOOTH = {
    "root of a fourth power": (lambda x: np.sum(np.sqrt(x**4)), 2 * np.eye(2)),
    "abs of a square": (lambda x: np.sum(np.abs(x**2)), 2 * np.eye(2)),
    "abs of a sum of squares": (lambda x: abs(x @ x), 2 * np.eye(2)),
    "cube of a norm": (lambda x: np.linalg.norm(x) ** 3, ZERO),
    "fourth power of a root": (lambda x: np.sqrt(x @ x) ** 4, ZERO),
    "product of norms": (lambda x: np.linalg.norm(x) * np.linalg.norm(x) * np.linalg.norm(x), ZERO),
    "norm times a square": (lambda x: np.linalg.norm(x) * (x @ x), ZERO),
    "bell of a norm": (lambda x: np.exp(-(np.linalg.norm(x) ** 2)), -2 * np.eye(2)),
    "corner of a line, by its mean": (lambda x: np.sum(np.abs(x) + np.maximum(x, 0)), ZERO),
    "abs times itself": (lambda x: np.sum(np.abs(x) * np.abs(x)), 2 * np.eye(2)),
    "abs with itself": (lambda x: np.abs(x) @ np.abs(x), 2 * np.eye(2)),
    "square of a maximum": (lambda x: np.sum(np.maximum(x, -x) ** 2), 2 * np.eye(2)),
    "cosh of abs": (lambda x: np.sum(np.cosh(np.abs(x))), np.eye(2)),
    "cos of abs": (lambda x: np.sum(np.cos(np.abs(x))), -np.eye(2)),
    "abs less its logarithm": (lambda x: np.sum(np.abs(x) - np.log1p(np.abs(x))), np.eye(2)),
    "squares of both parts": (lambda x: np.sum(np.maximum(x, 0) ** 2 + np.minimum(x, 0) ** 2), 2 * np.eye(2)),
    "product of two ties": (lambda x: np.sum(np.maximum(x, 2 * x) * np.minimum(x, 2 * x)), 4 * np.eye(2)),
    "product of both parts": (lambda x: np.sum(np.maximum(x, 0) * np.minimum(x, 0)), ZERO),
    "square of a sign": (lambda x: np.sum((np.sign(x) * x) ** 2), 2 * np.eye(2)),
    "squares of sums": (lambda x: np.fabs(x[:1]).sum() ** 2 + np.linalg.norm(x[1:], np.inf) ** 2, 2 * np.eye(2)),
    "square of a norm of order 1": (lambda x: np.linalg.norm(x[:1], 1) ** 2, np.diag([2.0, 0.0])),
    "clipped on both sides": (lambda x: np.sum(np.clip(x, 0, 1) + np.clip(x, -1, 0)) ** 2, 2 * np.ones((2, 2))),
    "root of a cube, squared": (lambda x: np.sum(np.cbrt(x**3) ** 2), 2 * np.eye(2)),
    "abs that touches 0": (lambda x: np.sum(np.abs(1 - np.cos(x))), np.eye(2)),
    "maximum that touches": (lambda x: np.sum(np.maximum(1 - np.cos(x), 0)), np.eye(2)),
    "maximum of curves": (lambda x: np.sum(np.maximum(x**2, 2 * x**3)), 2 * np.eye(2)),
    "maximum that touches a line": (lambda x: np.sum(np.maximum((x + 1) ** 2, 2 * x + 1)), 2 * np.eye(2)),
    "abs of a cube": (lambda x: np.sum(np.abs(x**3)), ZERO),
    "abs of a cube, on a slope": (lambda x: np.sum(np.exp(x) + np.abs(x**3)), np.eye(2)),
    "touching in a part of the variables": (lambda x: np.maximum(x[0] ** 2, 0) + x[1] ** 2, 2 * np.eye(2)),
    "a tie elsewhere": (lambda x: np.sum(np.maximum(x + 3, 3) * np.minimum(x + 3, 3)), ZERO),
}
UNDEFINED = {
    "norm": (np.linalg.norm, "norm"),
    "root of a sum": (lambda x: np.sqrt(np.sum(x**2)), "a root"),
    "hypot": (lambda x: np.hypot(x[0], x[1]), "hypot"),
    "standard deviation": (np.std, "norm"),
    "norm of order 3": (lambda x: np.linalg.norm(x, 3), "norm"),
    "norm of a product": (lambda x: np.linalg.norm(np.outer(x, x)), "norm"),
    "nuclear norm": (lambda x: np.linalg.norm(np.outer(x, x), "nuc"), "norm"),
    "spectral norm": (lambda x: np.linalg.norm(np.outer(x, x), 2), "norm"),
    "complex abs": (lambda x: np.abs((x[0] + 1j * x[1]) ** 2), "abs"),
    "two norms": (lambda x: np.linalg.norm(x) * np.sqrt(x @ x), "a root"),
    "norm within": (lambda x: np.exp(-np.linalg.norm(x)) + x @ x, "norm"),
    "corner of a curve": (lambda x: np.sum(np.abs(np.exp(x) - 1)), "abs"),
    "square of one side": (lambda x: np.sum(np.maximum(x, 0) ** 2), "maximum"),
    "square of a sum of sides": (lambda x: np.maximum(x, 0).sum() ** 2, "maximum"),
    "clipped": (lambda x: np.clip(x, 0, 1).sum() ** 2, "maximum"),
    "norm of order 1, squared": (lambda x: np.linalg.norm(x, 1) ** 2, "abs"),
    "largest, squared": (lambda x: np.linalg.norm(x, np.inf) ** 2, "max"),
    "sign": (lambda x: (np.sign(x) * x).sum() ** 2, "sign"),
    "product of corners": (lambda x: np.abs(x[0]) * np.abs(x[1]), "abs"),
    "abs of a saddle": (lambda x: np.abs(x[0] * x[1]), "abs"),
    "maximum of a narrow cone": (lambda x: np.maximum(x[0] ** 2 - 1e4 * x[1] ** 2, 0), "maximum"),
    "larger of two squares": (lambda x: np.maximum(x[0] ** 2, x[1] ** 2), "maximum"),
    "max that touches": (lambda x: np.max(np.array([1 - np.cos(x[0]), 0.0])), "max"),
}


@pytest.mark.parametrize("case", SMOOTH)
def test_right_where_there_is_one(case):
    f, expected = SMOOTH[case]
    with np.errstate(divide="ignore"):
        assert np.allclose(fr.hessian(f)(np.zeros(2)), expected, rtol=1e-10, atol=1e-13)
        assert np.allclose(fr.hvp(f)(np.zeros(2), V), expected @ V, rtol=1e-10, atol=1e-13)
        assert np.allclose(
            fr.gradient(lambda x: fr.gradient(f)(x) @ V)(np.zeros(2)), expected @ V, rtol=1e-10, atol=1e-13
        )


@pytest.mark.parametrize("case", UNDEFINED)
def test_nan_with_a_name_where_there_is_none(case):
    f, name = UNDEFINED[case]
    assert np.array_equal(fr.gradient(f)(np.zeros(2)), np.zeros(2))
    for second in (lambda: fr.hessian(f)(np.zeros(2)), lambda: fr.hvp(f)(np.zeros(2), V)):
        with pytest.warns(RuntimeWarning, match=f"there is no second derivative of {name} at (0|a tie)"):
            assert np.isnan(second()).any()


def test_only_the_block_of_a_group_at_0_has_no_hessian():
    def penalized(x):
        return np.sum(x**4) / 12 + np.linalg.norm(x[:2]) + np.linalg.norm(x[2:])

    with pytest.warns(RuntimeWarning, match="norm at 0"):
        H = fr.hessian(penalized)(np.array([0.0, 0.0, 3.0, 4.0]))
    smooth = np.diag([9.0, 16.0]) + (np.eye(2) - np.outer([0.6, 0.8], [0.6, 0.8])) / 5
    assert np.isnan(np.diag(H)[:2]).all()
    assert np.allclose(H[2:, 2:], smooth)
    assert not H[:2, 2:].any()


def test_distances_of_points_to_themselves_are_no_norms_at_0():
    P = np.random.default_rng(0).standard_normal((3, 2))
    i, j = np.triu_indices(3, 1)

    def whole(P):
        return np.sum(np.exp(-np.linalg.norm(P[:, None] - P[None], axis=-1))) / 2

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = fr.hessian(whole)(P)
    assert np.allclose(
        found, fr.hessian(lambda P: np.sum(np.exp(-np.linalg.norm(P[i] - P[j], axis=-1))))(P), rtol=1e-12
    )


FIRST = {
    "product of roots": (lambda x: np.sum(np.sqrt(x) * np.sqrt(x)), 1.0),
    "square of a power": (lambda x: np.sum((x**0.5) ** 2), 1.0),
    "cube of a cube root": (lambda x: np.sum(np.cbrt(x) ** 3), 1.0),
    "x*sqrt(x)": (lambda x: np.sum(x * np.sqrt(x)), 0.0),
    "a mask": (lambda x: np.sum(np.where(x > 0, np.sqrt(x), 0.0)), 0.0),
    "a weight of 0": (lambda x: np.sum(0.0 * np.sqrt(x)), 0.0),
}


@pytest.mark.parametrize("case", FIRST)
def test_products_of_0_and_an_infinite_slope_have_their_limit(case):
    f, expected = FIRST[case]
    with np.errstate(all="ignore"):
        assert np.allclose(fr.gradient(f)(np.zeros(2)), expected, atol=1e-12)


LIMITLESS = {
    "cbrt": lambda x: np.sum(np.abs(np.cbrt(x)) * np.cbrt(x) ** 2),
    "power": lambda x: np.sum(x**0.25 * x**0.25),
}


@pytest.mark.parametrize("name", LIMITLESS)
def test_where_there_is_no_limit_it_is_nan_with_a_name(name):
    with np.errstate(all="ignore"), pytest.warns(RuntimeWarning, match=f"there is no derivative of {name} at 0"):
        assert np.isnan(fr.gradient(LIMITLESS[name])(np.zeros(1))).all()


def test_nan_in_a_jacobian_has_a_name():
    with np.errstate(all="ignore"), pytest.warns(RuntimeWarning, match="there is no derivative of power at 0"):
        assert np.isnan(np.diag(fr.jacobian(lambda x: (x**0.5) ** 2)(np.zeros(2)))).all()


def test_a_network_keeps_its_hessian_where_units_are_at_0():
    rng = np.random.default_rng(1)
    W, X, u = rng.standard_normal((3, 2)), rng.standard_normal((4, 2)) * [[1.0], [1.0], [0.0], [1.0]], np.ones(3)

    def loss(W):  # a sample that is 0 leaves every unit at its corner, and W does not move it
        return np.sum((np.maximum(X @ W.T, 0) @ u - 1) ** 2)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = fr.hessian(loss)(W)
    X = X[[0, 1, 3]]
    assert np.allclose(found, fr.hessian(lambda W: np.sum((np.maximum(X @ W.T, 0) @ u - 1) ** 2))(W))
