"""Gradients and Hessians of functions that are computed in single precision, to the digits that those have."""

from __future__ import annotations

import numpy as np
import pytest

import frechet as fr


def _in_single_precision(f):
    return lambda x: f(np.asarray(x, dtype=np.float32))


@pytest.mark.usefixtures("verdict_only")
@pytest.mark.parametrize(
    ("f", "hessian"),
    [
        (lambda x: np.sum(x**2), lambda x: 2 * np.eye(4)),
        (lambda x: np.sum(x**3), lambda x: np.diag(6 * x)),
        (lambda x: np.sum(x) ** 2, lambda x: 2 * np.ones((4, 4))),
    ],
    ids=["squares", "cubes", "square of the sum"],
)
def test_hessians_in_single_precision(f, hessian):
    x = np.array([0.7, -1.2, 0.9, 1.6])
    assert fr.check(_in_single_precision(f), x, hessian, form="Hessian").right is True
    for wrong in (lambda x: 1.02 * hessian(x), lambda x: hessian(x) + 0.05):
        assert fr.check(_in_single_precision(f), x, wrong, form="Hessian").right is False


@pytest.mark.parametrize("seed", [1, 2])
def test_constants_that_were_rounded_to_single_precision(seed):
    """The function has the matrix in single precision, the claim in double: no difference that its digits show."""
    rng = np.random.default_rng(seed)
    A, x = rng.standard_normal((4, 4)), rng.standard_normal(4)
    f = _in_single_precision(lambda x: x @ A.astype(np.float32) @ x)
    assert fr.check(f, x, lambda x: (A + A.T) @ x).right is True
    assert fr.check(f, x, lambda x: 1.001 * (A + A.T) @ x).right is False
