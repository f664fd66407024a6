"""Functions entry by entry, softmax and log-sum-exp, where an extreme entry is attained; loops over blocks."""

from __future__ import annotations

import numpy as np

__all__ = [
    "attained",
    "blocks",
    "empty_like",
    "logsumexp",
    "quotient",
    "sigmoid",
    "softmax",
    "softplus",
]


def quotient(a, b):
    """a/b, where 0/0 counts as 0: b is a norm, or a root."""
    if np.ndim(b) == 0 and b != 0:
        return a / b
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where((a == 0) & (b == 0), 0, a / b)[()]


def sigmoid(x):
    """1/(1 + exp(-x)); the exponential is of negative numbers only."""
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1, e) / (1 + e)


def softplus(x):
    """log(1 + exp(x)) without overflow"""
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


def softmax(A, axis=None):
    """exp(A) over its sum, or over the sum of each row"""
    e = np.exp(A - A.max(axis=axis, keepdims=True))
    e /= e.sum(axis=axis, keepdims=True)
    return e


def logsumexp(A, axis=None):
    """log(sum(exp(A))), of all entries or of each row"""
    largest = A.max(axis=axis, keepdims=True)
    return np.squeeze(largest, axis)[()] + np.log(np.exp(A - largest).sum(axis=axis))


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
