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
    "corner of a curve, by its mean": (lambda x: np.sum(np.abs(np.exp(x) - 1)), ZERO),
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
    "abs that touches 0": (lambda x: np.sum(np.abs(1 - np.cos(x))), "abs"),
    "maximum that touches": (lambda x: np.sum(np.maximum(1 - np.cos(x), 0)), "maximum"),
    "max that touches": (lambda x: np.max(np.array([1 - np.cos(x[0]), 0.0])), "max"),
}


@pytest.mark.parametrize("case", SMOOTH)
def test_right_where_there_is_one(case):
    f, expected = SMOOTH[case]
    with np.errstate(divide="ignore"):
        assert np.allclose(fr.hessian(f)(np.zeros(2)), expected, atol=1e-13)
        assert np.allclose(fr.hvp(f)(np.zeros(2), V), expected @ V, atol=1e-13)
        assert np.allclose(fr.gradient(lambda x: fr.gradient(f)(x) @ V)(np.zeros(2)), expected @ V, atol=1e-13)


@pytest.mark.parametrize("case", UNDEFINED)
def test_nan_with_a_name_where_there_is_none(case):
    f, name = UNDEFINED[case]
    assert np.array_equal(fr.gradient(f)(np.zeros(2)), np.zeros(2))
    for second in (lambda: fr.hessian(f)(np.zeros(2)), lambda: fr.hvp(f)(np.zeros(2), V)):
        with pytest.warns(RuntimeWarning, match=f"there is no second derivative of {name} at 0"):
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
