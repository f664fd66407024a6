"""A branch that is taken where numbers happen to be equal has its derivative, and the caller is told."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import frechet as fr

ALONE = [
    (lambda x: np.sum(np.where(x == 1, 1.0, x**2)), "np.where"),
    (lambda x: x[0] ** 2 if x[0] == 1 else x[0] ** 3, "if"),
    (lambda x: x[0] ** 2 if x[0] != 1 else x[0] ** 3, "if not"),
    (lambda x: np.sum(np.where(x == 1, 1.0, np.expm1(x - 1) / np.where(x == 1, 1, x - 1))), "division"),
    (lambda x: x[0] * 3 if x[0] == x[1] - 1 else x[1], "two entries"),
]
NEARBY = [
    (lambda x: np.sum(x * (x == x.max())), "the largest"),
    (lambda x: np.sum(np.where(x != x, 0, x)), "not a number"),
    (lambda x: np.sum(np.where(np.floor(x + 0.5) == 1, 2 * x, x)), "rounded"),
    (lambda x: np.sum(np.where(x < 1.5, 2 * x, x)), "an inequality"),
    (lambda x: np.sum(x) if x.shape[0] == 2 else 0.0 * x[0], "sizes"),
]


@pytest.mark.parametrize("f", [f for f, _ in ALONE], ids=[name for _, name in ALONE])
def test_what_holds_at_the_point_alone_is_told(f):
    x = np.array([1.0, 2.0])
    for derivative in (fr.gradient, fr.hessian, lambda f: lambda x: fr.jvp(f)(x, x)):
        with pytest.warns(UserWarning, match="equal here and not nearby"):
            derivative(f)(x)


@pytest.mark.parametrize("f", [f for f, _ in NEARBY], ids=[name for _, name in NEARBY])
def test_what_holds_nearby_too_is_not(f):
    x = np.array([1.0, 2.0])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fr.gradient(f)(x)
        fr.hvp(f)(x, x)
    assert fr.check_gradient(f, x)
