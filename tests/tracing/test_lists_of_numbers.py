"""Lists of traced numbers where NumPy takes arrays: what NumPy makes of them, with its derivatives."""

from __future__ import annotations

import numpy as np
import pytest

import frechet as fr

FLAT = [
    "array", "diag", "diagflat", "tile", "repeat", "vander", "flip", "roll", "ravel", "expand_dims", "take", "pad", "stack", "hstack", "vstack", "sum",
    "prod", "cumsum", "sort", "diff", "atleast_2d", "squeeze", "mean", "column_stack", "block", "concatenate",
]  # fmt: skip
SQUARE = ["transpose", "tril", "triu", "trace", "moveaxis", "reshape", "diag", "linalg.inv", "linalg.det", "rot90"]
MORE = {
    "tile": (3,), "repeat": (2,), "vander": (3,), "roll": (1,), "expand_dims": (0,), "take": ([0, 1, 1],), "pad": (1,), "moveaxis": (0, 1), "reshape": (-1,)
}  # fmt: skip
NESTED = ("column_stack", "concatenate")


def of(name):
    f = np
    for part in name.split("."):
        f = getattr(f, part)
    return f


@pytest.mark.parametrize(("name", "is_square"), [*[(name, False) for name in FLAT], *[(name, True) for name in SQUARE]])
def test_a_list_is_the_array_of_its_entries(name, is_square):
    f, more = of(name), MORE.get(name, ())

    def listed(x):
        a, b = 1 + x[0], 2 - x[0] * x[1]
        return [[a, 0.1], [b, b * a]] if is_square else [[a], [b]] if name in NESTED else [a, b]

    with_list = lambda x: np.sum(np.sin(f(listed(x), *more)))
    with_array = lambda x: np.sum(np.sin(f(np.array(listed(x)), *more)))
    x = np.array([0.3, 0.7])
    assert np.isclose(with_list(x), with_array(x))
    assert np.allclose(fr.gradient(with_list)(x), fr.gradient(with_array)(x), rtol=1e-12)
    step = 1e-6 * np.eye(2)
    by_differences = [(with_list(x + h) - with_list(x - h)) / 2e-6 for h in step]
    assert np.allclose(fr.gradient(with_list)(x), by_differences, rtol=1e-6, atol=1e-8)
    assert np.allclose(fr.hessian(with_list)(x), fr.hessian(with_array)(x), rtol=1e-12)
