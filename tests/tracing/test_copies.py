"""Views and copies as NumPy makes them, or a write that is refused by name."""

from __future__ import annotations

import numpy as np
import pytest

import frechet as fr

X = np.array([1.2, -0.7, 0.4])


def _table(x):
    return np.outer(x, x**2)


def _real_part(x):
    z = x + 0j
    z.real[:] = x**2
    return np.sum(np.abs(z) ** 2)


def _twice_the_imaginary_part(x):
    z = x + 1j * x**2
    i = z.imag
    i *= 2
    return np.sum(np.abs(z) ** 2)


def _read_after_a_write(x):
    z = x + 1j * x**2
    r = z.real
    z[0] = 3.0 * x[1] + 1j
    return np.sum(r**3)


def _conjugate_of_real_numbers(x):
    y = _table(x)
    z = y.conj()
    z[1] = 4 * x
    return np.sum(y**2)


def _without_a_copy(x):
    y = _table(x)
    z = np.array(y, copy=None)
    z[0] = 3 * x
    return np.sum(y**2)


def _finite_numbers_in_place(x):
    y = _table(x)
    z = np.nan_to_num(y, copy=False)
    z[0] = 3 * x
    return np.sum(y**2)


def _in_order(x):
    y = _table(x)
    z = np.ascontiguousarray(y)
    z[0] = 3 * x
    return np.sum(y**2)


def _required(x):
    y = _table(x)
    z = np.require(y.copy(), requirements="C")
    z[0, 1] = 3
    return np.sum(y**2) + np.sum(z)


def _read_in_another_order(x):
    return np.sum(np.ascontiguousarray(_table(x).T)[0] ** 2) + np.sum(np.asarray(_table(x), order="F")[1])


RIGHT = [
    _real_part, _twice_the_imaginary_part, _read_after_a_write, _conjugate_of_real_numbers, _without_a_copy, _finite_numbers_in_place,
    _in_order, _required, _read_in_another_order,
]  # fmt: skip


@pytest.mark.parametrize("f", RIGHT, ids=[f.__name__ for f in RIGHT])
def test_sharing_is_that_of_numpy(f):
    assert np.isclose(fr.value_and_gradient(f)(X)[0], f(X), rtol=1e-12)
    assert fr.check_gradient(f, X)


def _transposed(x):
    y = _table(x)
    z = np.ascontiguousarray(y.T)
    z[0, 1] = 3
    return np.sum(y**2)


def _by_columns(x):
    y = _table(x)
    z = np.asarray(y, order="F")
    z[0, 1] = 3
    return np.sum(y**2)


def _written_first(x):
    y = _table(x)
    z = np.asarray(y, order="F")
    y[0, 1] = 3
    return np.sum(z**2)


def _required_in_order(x):
    y = _table(x)
    z = np.require(y.T, requirements="C")
    z[0, 1] = 3
    return np.sum(y**2)


def _turned(x):
    y = _table(x)
    z = np.rot90(y)
    z[0, 1] = 3
    return np.sum(y**2)


REFUSED = [_transposed, _by_columns, _written_first, _required_in_order, _turned]


@pytest.mark.parametrize("f", REFUSED, ids=[f.__name__ for f in REFUSED])
def test_a_write_that_may_reach_another_array_is_refused(f):
    with pytest.raises(fr.FrechetError, match="a write"):
        fr.gradient(f)(X)
