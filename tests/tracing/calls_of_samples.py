"""Calls of grids, edits, statistics, and of functions that call functions; `calls` holds the others."""

from __future__ import annotations

import cmath

import numpy as np
import scipy.special
from numpy.polynomial import polyutils

from tests.tracing.calls import matrix, other, positive, square, stack, unit, vector

__all__ = ["SAMPLE_CALLS", "SAMPLE_METHODS", "SAMPLE_UFUNCS"]


def _written(write):
    """A call that writes into a copy."""

    def f(X):
        Y = X * 1.0
        write(Y, X)
        return Y * Y

    return f


def _holed(x):
    return np.where(np.arange(x.size).reshape(x.shape) == 2, np.nan, x)


SAMPLE_CALLS = {
    scipy.special.huber: [(lambda x: scipy.special.huber(0.7, x), vector)],
    scipy.special.pseudo_huber: [(lambda x: scipy.special.pseudo_huber(0.7, x), vector)],
    scipy.special.boxcox: [(lambda x: scipy.special.boxcox(x, 0.3) + scipy.special.boxcox(x, 0.0), positive)],
    scipy.special.inv_boxcox: [(lambda x: scipy.special.inv_boxcox(x, 0.3), positive)],
    polyutils.trimseq: [(lambda x: polyutils.trimseq(x) * x, vector)],
    scipy.special.binom: [(lambda x: scipy.special.binom(4.0 + x, 2.5 * x[::-1]), positive)],
    scipy.special.poch: [(lambda x: scipy.special.poch(x, 1.5 + x[::-1]), positive)],
    scipy.special.lambertw: [
        (lambda x: scipy.special.lambertw(x).real, positive),
        (lambda x: scipy.special.lambertw(-x / 9, -1).real, positive),
    ],
    np.linspace: [(lambda x: np.linspace(x[0], x[1], 4), vector), (lambda x: np.linspace(x, 2.0, 3, False), vector)],
    np.logspace: [(lambda x: np.logspace(x[0], x[1], 4), unit)],
    np.geomspace: [(lambda x: np.geomspace(x[0], x[1], 4), positive)],
    np.meshgrid: [(lambda x: np.multiply(*np.meshgrid(x[:2], x[2:] ** 2)), vector)],
    np.delete: [(lambda X: np.delete(X, 1, axis=1), matrix), (lambda x: np.delete(x, [0, 3]), vector)],
    np.insert: [
        (lambda x: np.insert(x, 1, x[0] ** 2), vector),
        (lambda x: np.insert(x, [1, 3], x[:2] * 2), vector),
        (lambda X: np.insert(X, 1, X[0] * 2, axis=0), matrix),
    ],
    np.unique: [(np.unique, vector)],
    np.put: [(_written(lambda Y, X: np.put(Y, [0, 2], X[1, :2])), matrix)],
    np.copyto: [(_written(lambda Y, X: np.copyto(Y, 2 * X, where=X > 0)), matrix)],
    np.putmask: [(_written(lambda Y, X: np.putmask(Y, X > 0, X[0])), matrix)],
    np.place: [(_written(lambda Y, X: np.place(Y, X > 0, X[0, :2])), matrix)],
    np.resize: [(lambda x: np.resize(x, (2, 4)), vector)],
    np.put_along_axis: [(_written(lambda Y, X: np.put_along_axis(Y, np.array([[1], [0], [2]]), X[:, :1], 1)), matrix)],
    np.bincount: [(lambda x: np.bincount([0, 2, 2, 1, 0], x**2, minlength=5), vector)],
    np.cov: [
        (np.cov, matrix),
        (lambda x: np.cov(x, other, bias=True), vector),
        (lambda X: np.cov(X, rowvar=False), matrix),
    ],
    np.corrcoef: [(np.corrcoef, matrix)],
    np.angle: [(lambda x: np.angle(x + 2j), vector)],
    np.nanvar: [(lambda x: np.nanvar(_holed(x), ddof=1), vector), (lambda X: np.nanvar(_holed(X), axis=0), matrix)],
    np.nanstd: [(lambda X: np.nanstd(_holed(X), axis=1, keepdims=True), matrix)],
    np.nanprod: [(lambda x: np.nanprod(_holed(x)), vector)],
    np.nancumsum: [(lambda x: np.nancumsum(_holed(x)), vector)],
    np.nancumprod: [(lambda x: np.nancumprod(_holed(x)), vector)],
    np.nanmedian: [(np.nanmedian, vector)],
    np.nanquantile: [(lambda x: np.nanquantile(x, 0.3), vector)],
    np.nanpercentile: [(lambda x: np.nanpercentile(x, 30), vector)],
    np.apply_along_axis: [(lambda X: np.apply_along_axis(lambda r: r**2 * r[0], 1, X), matrix)],
    np.apply_over_axes: [(lambda X: np.apply_over_axes(np.sum, X, [0, 2]), stack)],
    np.lib.stride_tricks.as_strided: [
        (lambda x: np.lib.stride_tricks.as_strided(x.copy(), (3, 3), (8, 8)), vector),
    ],
    np.linalg.tensorsolve: [(lambda X: np.linalg.tensorsolve(X, other[:3]), square)],
    cmath.log: [(lambda x: cmath.log(x[0] + 1j * x[1]).real, positive)],
    cmath.phase: [(lambda x: cmath.phase(x[0] + 1j * x[1]), positive)],
    cmath.polar: [(lambda x: cmath.polar(x[0] + 1j * x[1])[0], positive)],
    cmath.rect: [(lambda x: cmath.rect(x[0], x[1]).real, positive)],
    **{
        getattr(cmath, name): [((lambda f: lambda x: abs(f(x[0] + 1j * x[1])))(getattr(cmath, name)), positive)]
        for name in ("exp", "log10", "sqrt", "sin", "cos", "tan", "sinh", "cosh", "tanh")
    },
    **{
        getattr(owner, name): [(call, x)]
        for owner, name, call, x in (
            (np.linalg, "vecdot", lambda X: np.linalg.vecdot(X, 2 * X), matrix),
            (np.linalg, "vector_norm", lambda X: np.linalg.vector_norm(X, axis=1), matrix),
            (np.linalg, "matrix_norm", lambda X: np.linalg.matrix_norm(X), stack),
            (np.linalg, "matrix_transpose", lambda X: np.linalg.matrix_transpose(X), matrix),
            (np, "matrix_transpose", lambda X: np.matrix_transpose(X), stack),
        )
        if hasattr(owner, name)
    },
}
SAMPLE_METHODS = {
    "put": (_written(lambda Y, X: Y.put([1, 2], X[0, :2])), matrix),
    "partition": (lambda x: _partitioned(x), vector),
    "compress": (lambda X: X.compress([True, False, True], axis=0), matrix),
}
SAMPLE_UFUNCS = {
    "ldexp": (lambda x: np.ldexp(x, 3), vector),
    "modf": (lambda x: np.modf(3 * x)[0], positive),
    "divmod": (lambda x: np.divmod(x, 0.3)[1], positive),
    "maximum.accumulate": (lambda X: np.maximum.accumulate(X, axis=1), matrix),
    "minimum.accumulate": (lambda x: np.minimum.accumulate(x), vector),
    "any.reduce": (lambda X: np.logaddexp.reduce(X, axis=1) + np.hypot.reduce(X, axis=1), matrix),
    "any.accumulate": (lambda x: np.subtract.accumulate(x), vector),
    "any.reduceat": (lambda x: np.add.reduceat(x, [0, 2, 3]), vector),
    "any.outer": (lambda x: np.power.outer(x, x) + np.hypot.outer(x, x), positive),
    "any.at": (_written(lambda Y, X: np.multiply.at(Y, [0, 0, 1], X)), square),
    "vecdot": (lambda X: np.vecdot(X, X), matrix),
    "matvec": (lambda X: np.matvec(X, other[:4]), matrix),
    "vecmat": (lambda X: np.vecmat(other[:3], X), matrix),
}


def _partitioned(x):
    y = x * 1.0
    y.partition(2)
    return y[2:3]
