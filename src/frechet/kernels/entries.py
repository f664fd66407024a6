"""Functions entry by entry, softmax and log-sum-exp, where an extreme entry is attained; loops over blocks."""

from __future__ import annotations

import numpy as np

__all__ = [
    "attained",
    "blocks",
    "empty_like",
    "expm1",
    "from_largest",
    "hypot",
    "log1mexp",
    "logcosh",
    "logistic_density",
    "logsoftmax",
    "logsumexp",
    "nearby",
    "norm2",
    "quotient",
    "sech",
    "sigmoid",
    "softmax",
    "softplus",
    "xlogy",
]


def hypot(a, b):
    """sqrt(a^2 + b^2), of real numbers without overflow; by squares, ten times as fast, where those of many numbers stay in range"""
    if np.isrealobj(a) and np.isrealobj(b):
        if np.size(a) < 500:
            return np.hypot(a, b)
        kind = np.result_type(a, b, np.float32)
        a, b = np.asarray(a, kind), np.asarray(b, kind)
        with np.errstate(over="ignore", under="ignore"):
            s = a * a + b * b
        return np.sqrt(s) if s.min() > 1e-30 and s.max() < 1e30 else np.hypot(a, b)
    return np.sqrt(a * a + b * b)


def quotient(a, b):
    """a/b, where 0/0 counts as 0: b is a norm, or a root."""
    if np.ndim(b) == 0 and b != 0:
        return a / b
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where((a == 0) & (b == 0), 0, a / b)[()]


def nearby(at, b, c):
    """b where 0 < |at| < 1, c elsewhere"""
    return np.where((np.abs(at) < 1) & (at != 0), b, c)[()]


def ratio(a, b):
    """a/b; a division by 0 is refused by who asks, or gives infinity."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.divide(a, b)


def sigmoid(x):
    """1/(1 + exp(-x)); the exponential is of negative numbers only."""
    e = np.exp(-np.abs(x))
    return np.maximum(e, x >= 0) / (1 + e)


def logistic_density(x):
    """sigmoid(x)*sigmoid(-x), which is even: one exponential, of negative numbers only."""
    e = np.exp(-np.abs(x))
    return e / np.square(1 + e)


def sech(x):
    """1/cosh(x), which is 0 where cosh(x) is beyond the range."""
    with np.errstate(over="ignore"):
        return 1 / np.cosh(x)


def softplus(x):
    """log(1 + exp(x)) without overflow"""
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


def xlogy(a, b):
    """a*log(b), where 0*log(0) counts as 0"""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where((a == 0) & (b == 0), 0, a * np.log(b))[()]


def expm1(x):
    """exp(x) - 1, infinite where it is beyond the range"""
    with np.errstate(over="ignore"):
        return np.expm1(x)


def log1mexp(x):
    """log(1 - exp(-x)) for positive x: the quotient keeps all digits near 0 and far from it; NaN below 0, where it rounds to -1"""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        if np.iscomplexobj(x):  # left of the imaginary axis the quotient rounds to -1, and the difference is large
            is_left = x.real < 0
            left = np.log(-np.expm1(np.where(is_left, -x, 1)))
            return np.where(is_left, left, -np.log1p(1 / np.expm1(np.where(is_left, 1, x))))[()]
        return -np.log1p(1 / np.expm1(np.where(x < 0, np.nan, x) + 0.0))  # -0.0 is 0


def logcosh(x):
    """log(cosh(x)): near 0 by the half angle, elsewhere by the larger exponential"""
    a, is_near = np.where(np.real(x) < 0, -x, x), np.abs(x) < 1
    near = np.log1p(2 * np.sinh(np.where(is_near, a, 1) / 2) ** 2)
    return np.where(is_near, near, a + np.log1p(np.exp(-2 * a)) - LOG_2)[()]


LOG_2 = 0.6931471805599453


def softmax(A, axis=None):
    """exp(A) over its sum, or over the sum of each row"""
    e = np.exp(A - A.max(axis=axis, keepdims=True))
    e /= e.sum(axis=axis, keepdims=True)
    return e


def from_largest(A, axis):
    """The largest entry m of all or of each row, A - m, and the sum of exp(A - m) over the others, which may be tiny"""
    m = A.max(axis=axis, keepdims=True)
    d = A - m
    e = np.exp(d)
    if axis is None:
        e.flat[A.argmax()] = 0
    else:
        e[np.arange(len(A)), A.argmax(axis)] = 0
    return m, d, e.sum(axis=axis, keepdims=True)


def logsumexp(A, axis=None):
    """log(sum(exp(A))), of all entries or of each row"""
    m, _, rest = from_largest(A, axis)
    return np.squeeze(m + np.log1p(rest), axis)[()]


def logsoftmax(A, axis=None):
    """A - logsumexp(A), of all entries or of each row: no terms cancel"""
    _, d, rest = from_largest(A, axis)
    return d - np.log1p(rest)


def norm2(A):
    """sqrt(sum(A.^2)); entries whose squares would leave the range are scaled"""
    a = A.ravel(order="K")
    s = np.sqrt(np.vdot(a, a).real)  # vdot is silent about overflow
    if 1e-15 < s < 1e15:
        return s
    m = np.abs(A).max(initial=0.0)
    return m * np.linalg.norm(A / m) if 0 < m < np.inf else s


def attained(A, extreme):
    """Where the extreme entry is attained; entries that tie share equally."""
    at = extreme == A
    return at / at.sum(axis=None if extreme.size == 1 else 1, keepdims=True).astype(A.dtype)


def empty_like(A):
    """An array for a result: the shape and the order in memory of A, and its kind of numbers unless whole."""
    return np.empty_like(A, np.result_type(A, np.float32))


def blocks(arrays, results, entries=16384):
    """Views of the same piece of all arrays in turn, small enough to stay in cache; results are written to."""
    access = [["readonly"]] * len(arrays) + [["writeonly"]] * len(results)
    return np.nditer([*arrays, *results], ["external_loop", "buffered"], access, order="K", buffersize=entries)
