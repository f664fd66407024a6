"""Code that writes into memory which several names share, or into plain arrays after they were used: values and derivatives are those of NumPy.

The oracle runs the same code on arrays of float64, and takes central differences of it.
"""

from __future__ import annotations

import numpy as np
import pytest

import frechet as fr

X = np.array([0.3, -0.7, 1.2])

VIEWS = {
    "squeeze": lambda t: np.squeeze(t[None]),
    "a view of a view": lambda t: t[None][0][::-1],
    "swapaxes": lambda t: np.swapaxes(t[None], 0, 1),
    "moveaxis": lambda t: np.moveaxis(t[:, None], 0, -1),
    "mT": lambda t: t[None].mT,
    "rot90": lambda t: np.rot90(t[None]),
    "diagonal": lambda t: np.diagonal(t[None, :]),
    "broadcast_to": lambda t: np.broadcast_to(t, (2, 3)),
    "broadcast_arrays": lambda t: np.broadcast_arrays(t[None], np.ones((2, 3)))[0],
    "next(iter(...))": lambda t: next(iter(t[None])),
    "an entry of no axes": lambda t: t[..., -1],
    "an entry of a view": lambda t: t[::-1][..., 0],
    "reshape, real": lambda t: np.real(t.reshape(3, 1)),
    "split": lambda t: np.split(t[::-1], 3)[0],
    "cumprod": lambda t: np.cumprod(t[:1]),
    "multiply.accumulate": lambda t: np.multiply.accumulate(t[:1]),
    "a copy": lambda t: t[None].copy(),
}


def _agrees(f, x=X):
    value, gradient = fr.value_and_gradient(f)(x.copy())
    h = 1e-5
    differences = [(f(x + h * e) - f(x - h * e)) / (2 * h) for e in np.eye(len(x))]
    assert np.isclose(value, f(x.copy()), rtol=1e-12)
    assert np.allclose(gradient, differences, rtol=1e-7, atol=1e-8)
    second = [(fr.gradient(f)(x + h * e) - fr.gradient(f)(x - h * e)) / (2 * h) for e in np.eye(len(x))]
    assert np.allclose(fr.hessian(f)(x.copy()), second, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
def test_what_shares_memory_follows_writes(view):
    def f(x):
        t = np.tanh(x)
        u = view(t)
        t *= 2
        t[0] += x[1]
        return np.sum(np.asarray(u) ** 3) + np.sum(t)

    _agrees(f)


def test_an_entry_of_no_axes_is_written():
    def f(x):
        t = np.tanh(x)
        u = t[..., -1]
        u *= x[0]
        return np.sum(t**2)

    _agrees(f)


def test_a_spread_array_is_not_written():
    def f(x):
        u = np.broadcast_to(x * 2, (2, 3))
        u[0] = 1.0
        return np.sum(u)

    with pytest.raises(fr.FrechetError, match="broadcast_to"):
        fr.gradient(f)(X)


def _decay(w, k):
    w *= 0.5


def _position(w, k):
    w[[0, 0]] = k + 2


def _shuffled(w, k):
    np.random.default_rng(k).shuffle(w)


def _out(w, k):
    np.add(w, k, out=w)


def _out_by_place(w, k):
    np.add(w, k, w)


def _sample(w, k):
    np.random.default_rng(k).standard_normal(out=w)


def _view(w, k):
    w[::-1][0] += k


WRITES = {
    "w *= a": _decay,
    "w[[0, 0]] = a": _position,
    "w[0] = a": lambda w, k: w.__setitem__(0, k),
    "w.fill": lambda w, k: w.fill(k),
    "w.sort": lambda w, k: w.sort(),
    "copyto": lambda w, k: np.copyto(w, k + 0.5),
    "shuffle": _shuffled,
    "out=": _out,
    "out by its place": _out_by_place,
    "out= of samples": _sample,
    "by a view": _view,
}
ARRAYS = {
    "computed": lambda A: A[0] * 1.0,
    "made": lambda A: np.array([3.0, 1.0, 2.0]),
    "large": lambda A: np.tile(A[0], 2000).reshape(-1, 3),
}


@pytest.mark.parametrize("array", ARRAYS.values(), ids=ARRAYS)
@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_plain_arrays_that_are_written_after_they_were_used(write, array):
    A = np.array([[3.0, 1.0, 2.0]])

    def f(x):
        w = array(A)
        s = 0.0
        for k in range(3):
            s = s + np.sum(np.sin(x * w)) / w.size
            write(w, k)
        return s + np.sum(x * w) / w.size

    _agrees(f)


def test_positions_and_masks_that_are_written_after_they_were_used():
    places, mask = np.array([0, 1, 2]), np.array([True, False, True])

    def f(x):
        at, on = places + 0, mask.copy()
        y = x[at] * np.where(on, x, 2 * x)
        at[:] = at[::-1].copy()
        on[:] = False
        return np.sum(y * [1, 2, 3] + x[at] ** 3)

    _agrees(f)


def test_writes_of_a_function_that_is_called_later():
    """What was recorded before it is called is kept as it was."""
    A = np.array([3.0, 1.0, 2.0])

    def halved(w):
        w *= 0.5
        return w

    def f(x):
        w = A + 0
        y = np.sum(np.exp(x * w))
        return y + np.sum(x**2 * halved(w))

    _agrees(f)
