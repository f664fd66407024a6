"""hypot of few and of many entries: the same numbers, judged by 60 digits, in and beyond the range where squares are one."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest

from frechet.kernels.entries import hypot

EPS = np.finfo(float).eps


@pytest.mark.parametrize("scale", [1.0, 1e-14, 1e14, 1e-160, 1e160, 1e-300, 1e300])
@pytest.mark.parametrize("count", [3, 600])
def test_hypot(count, scale):
    rng = np.random.default_rng(0)
    a, b = scale * rng.standard_normal((2, count))
    a[0] = 0.0
    b[1] = scale * 1e5
    with np.errstate(all="raise"):
        found = hypot(a, b)
    with mpmath.workdps(60):
        right = [
            mpmath.sqrt(mpmath.mpf(x) ** 2 + mpmath.mpf(y) ** 2) for x, y in zip(a.tolist(), b.tolist(), strict=True)
        ]
        assert max(float(abs(v - r) / r) for v, r in zip(found.tolist(), right, strict=True)) <= 4 * EPS


def test_hypot_of_many_entries_keeps_what_is_not_finite():
    a = np.ones(600)
    a[:3] = np.inf, -np.inf, np.nan
    assert np.array_equal(hypot(a, 1.0), np.hypot(a, 1.0), equal_nan=True)


def test_hypot_with_a_number_and_of_whole_numbers():
    a = np.arange(600)
    assert hypot(a, 1).dtype == float
    np.testing.assert_allclose(hypot(a, 1), np.hypot(a, 1), rtol=4 * EPS)
    assert hypot(a.astype(np.float32), np.float32(1)).dtype == np.float32
