"""Writes that would lose a derivative, or that make another number of what is written, are refused by the line, with what to write."""

from __future__ import annotations

import operator

import numpy as np
import pytest

import frechet as fr
from frechet.tracing.refusing import TracingError

X = np.array([1.3, 2.6])


def _entry(a, v):
    a[0] = v[0]


def _part(a, v):
    a[:] = v


WRITERS = {
    "a[0] = v": _entry,
    "a[:] = v": _part,
    "a += v": operator.iadd,
    "a -= v": operator.isub,
    "a *= v": operator.imul,
    "a /= v": operator.itruediv,
    "out=": lambda a, v: np.multiply(v, v, out=a),
    "add.at": lambda a, v: np.add.at(a, [0, 0, 1], v[0]),
    "subtract.at": lambda a, v: np.subtract.at(a, [0, 0, 1], v[0]),
    "multiply.at": lambda a, v: np.multiply.at(a, [0, 0, 1], v[0]),
    "put": lambda a, v: np.put(a, [0], v[0]),
    "place": lambda a, v: np.place(a, np.array([True, False]), v),
    "putmask": lambda a, v: np.putmask(a, np.array([True, False]), v),
    "copyto": lambda a, v: np.copyto(a, v),
}


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)
def test_writes_into_arrays_that_are_not_traced(write):
    """A copy of an argument that is not differentiated: refused, and right once it is made as the message says."""

    def f(x, y):
        a = y.copy()
        write(a, x)
        return np.sum(a**2)

    def as_told(x, y):
        a = np.array(y)
        write(a, x)
        return np.sum(a**2)

    y = np.array([2.0, 5.0])
    with pytest.raises(
        TracingError, match=r"writes a traced value into an array that is not traced: make it with np\.array first"
    ):
        fr.gradient(f)(X, y)
    h = 1e-5
    differences = [(f(X + h * e, y) - f(X - h * e, y)) / (2 * h) for e in np.eye(2)]
    assert np.allclose(fr.gradient(as_told)(X, y), differences, rtol=1e-7)


COMPLEX_INTO_REAL = {
    "a[0] = v": _entry,
    "a[:] = v": _part,
    "flat": lambda a, v: operator.setitem(a.flat, slice(None), v),
    "out=": lambda a, v: np.multiply(v, 1.0, out=a, casting="unsafe"),
    "copyto": lambda a, v: np.copyto(a, v, casting="unsafe"),
    "view": lambda a, v: operator.setitem(a[:1], slice(None), v[:1]),
}


@pytest.mark.parametrize("write", COMPLEX_INTO_REAL.values(), ids=COMPLEX_INTO_REAL)
def test_complex_numbers_are_not_written_into_real_arrays(write):
    """NumPy drops their imaginary part, and warns at most."""

    def f(x, dtype):
        a = np.zeros(2, dtype=dtype)
        write(a, 1j * x)
        return np.sum(np.abs(a) ** 2)

    with pytest.raises(TracingError, match=r"imaginary part: write np\.real, or make it with dtype=complex"):
        fr.gradient(lambda x: f(x, float))(X)
    assert np.allclose(fr.gradient(lambda x: f(x, complex))(X)[0], 2 * X[0])


def test_full_has_the_type_that_is_asked_for():
    with pytest.raises(TracingError, match="rounds"):
        fr.gradient(lambda x: np.sum(np.full(2, x[0], dtype=int)) * x[1])(X)
    with pytest.raises(TracingError, match="imaginary part"):
        fr.gradient(lambda x: np.sum(np.abs(np.full(2, 1j * x[0], dtype=float))))(X)
    assert fr.value_and_gradient(lambda x: np.sum(np.full(2, x[0], dtype=np.float32)))(X)[0].dtype == np.float32
