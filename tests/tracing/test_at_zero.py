"""Roots of sums of squares and norms at 0 and at scales whose squares overflow; removable singularities; arrays without entries."""

from __future__ import annotations

import math
import warnings

import mpmath
import numpy as np
import pytest
import scipy.special

import frechet as fr

X = np.array([1.0, 2.0, 3.0])
POINTS = np.random.default_rng(0).standard_normal((4, 3))

ROOTS = {
    "norm": np.linalg.norm,
    "root of a sum": lambda x: np.sqrt(np.sum(x**2)),
    "power of a sum": lambda x: np.sum(x**2) ** 0.5,
    "root of x @ x": lambda x: np.sqrt(x @ x),
    "root by math": lambda x: math.sqrt(x[0] ** 2 + x[1] * x[1] + 3 * x[2] ** 2),
    "root of einsum": lambda x: np.sqrt(np.einsum("i,i->", x, x)),
    "root of a mean": lambda x: np.sqrt(np.mean(x**2)),
    "root of a variance": lambda x: np.sqrt(np.var(x)) + np.std(x),
    "clipped": lambda x: np.sqrt(np.maximum(x @ x, 0.0)),
    "hypot": lambda x: np.hypot(x[0], x[1]) + math.hypot(*x) + math.hypot(x[0]),
    "norm of order 3": lambda x: np.linalg.norm(x, 3) + np.linalg.norm(x, 1.5),
}


@pytest.mark.parametrize("case", ROOTS)
def test_roots_of_sums_of_squares_have_the_derivative_0_at_0(case):
    f = ROOTS[case]
    assert np.array_equal(fr.gradient(f)(np.zeros(3)), np.zeros(3))
    assert np.array_equal(fr.jvp(f)(np.zeros(3), X)[1], 0.0)
    assert fr.check_gradient(f, X)
    assert fr.check_gradient(lambda x: fr.gradient(f)(x) @ X[::-1] ** 2, X)


def test_distances_of_points_to_themselves():
    def smooth(P):  # the cube of a distance is smooth where the points coincide
        return np.sum(np.sqrt(((P[:, None] - P[None]) ** 2).sum(axis=-1)) ** 3)

    assert fr.check_gradient(smooth, POINTS)
    assert fr.check_gradient(lambda P: np.sum(fr.gradient(smooth)(P) * np.cos(POINTS)), POINTS)


def _distances(P):
    return np.linalg.norm(P[:, None] - P[None], axis=-1)


SMOOTH_AT_ZERO = {
    "square of a norm": (lambda x: np.linalg.norm(x) ** 2, 2 * np.eye(3)),
    "norm times itself": (lambda x: (lambda n: n * n)(np.linalg.norm(x)), 2 * np.eye(3)),
    "rows, kept": (
        lambda x: np.sum(np.linalg.norm(np.diag(x), axis=1, keepdims=True)[:2] ** 2),
        np.diag([2.0, 2.0, 0.0]),
    ),
    "multiples": (lambda x: np.square(-np.linalg.norm(x) / 2.0 * 3.0), 4.5 * np.eye(3)),
    "absolute values": (lambda x: np.sum(np.abs(x) ** 2), 2 * np.eye(3)),
    "complex": (lambda x: np.sum(np.abs(x + 1j * x) ** 2), 4 * np.eye(3)),
    "spectrum": (lambda x: np.sum(np.abs(np.fft.fft(x)) ** 2), 6 * np.eye(3)),
    "hypot": (lambda x: np.hypot(x[0], x[1]) ** 2, np.diag([2.0, 2.0, 0.0])),
    "root of a sum": (lambda x: np.sqrt(np.sum(x**2)) ** 2, 2 * np.eye(3)),
    "root": (lambda x: np.sum(np.sqrt(x * x + 0.0) ** 2), 2 * np.eye(3)),
    "variance by its root": (lambda x: np.std(x) ** 2, 2 / 3 * (np.eye(3) - 1 / 3)),
    "powers by an array": (lambda x: np.sum(x ** np.array([2, 1, 0])), np.diag([2.0, 0.0, 0.0])),
}


@pytest.mark.parametrize("case", SMOOTH_AT_ZERO)
def test_squares_of_norms_have_their_hessian_at_0(case):
    f, expected = SMOOTH_AT_ZERO[case]
    assert np.allclose(fr.hessian(f)(np.zeros(3)), expected, atol=1e-13)
    assert np.allclose(fr.hvp(f)(np.zeros(3), X), expected @ X, atol=1e-13)
    assert np.allclose(fr.hessian(f)(X * [1, 0, 1]), fr.hessian(f)(X * [1, 1e-9, 1]), atol=1e-6)


def test_squares_of_distances_to_themselves():
    smooth = fr.hessian(lambda P: np.sum(_distances(P) ** 2))(POINTS)
    assert np.allclose(smooth, fr.hessian(lambda P: np.sum((P[:, None] - P[None]) ** 2))(POINTS), rtol=1e-12)


SCALED = {
    "norm": (np.linalg.norm, X),
    "rows": (lambda A: np.sum(np.linalg.norm(A, axis=1)), np.outer([1.0, 2.0], X)),
    "Frobenius": (np.linalg.norm, np.outer(X, X) + np.eye(3)),
    "order 3": (lambda x: np.linalg.norm(x, 3), X),
    "spectral": (lambda A: np.linalg.norm(A, 2), np.outer(X, X) + np.eye(3)),
    "nuclear": (lambda A: np.linalg.norm(A, "nuc"), np.outer(X, X) + np.eye(3)),
    "standard deviation": (np.std, X),
    "distance": (lambda x: math.dist(x, np.zeros(3)), X),
    "complex": (lambda x: np.linalg.norm(x[:2] + 1j * x[1:]), X),
}


@pytest.mark.parametrize("scale", [1e200, 1e-200])
@pytest.mark.parametrize("case", SCALED)
def test_norms_scale(case, scale):
    f, x = SCALED[case]
    value, gradient = fr.value_and_gradient(f)(x)
    far, there = fr.value_and_gradient(f)(x * scale)
    assert np.isclose(far / scale, value, rtol=1e-12)
    assert np.allclose(there, gradient, rtol=1e-12)


def test_norms_in_single_precision_scale():
    x = X.astype(np.float32)
    assert np.allclose(fr.gradient(np.linalg.norm)(x * np.float32(1e-25)), X / np.linalg.norm(X), rtol=1e-6)


SMOOTH = {
    "sinc": (np.sinc, lambda t: mpmath.sincpi(t)),
    "i0": (np.i0, lambda t: mpmath.besseli(0, t)),
    "j0": (scipy.special.j0, lambda t: mpmath.besselj(0, t)),
    "j1": (scipy.special.j1, lambda t: mpmath.besselj(1, t)),
    "i1": (scipy.special.i1, lambda t: mpmath.besseli(1, t)),
}


@pytest.mark.parametrize("name", SMOOTH)
def test_removable_singularities(name):
    f, reference = SMOOTH[name]
    x = np.array([0.0, 1e-9, 0.3, -2.7])
    first = fr.gradient(lambda x: np.sum(f(x)))
    second = fr.gradient(lambda x: np.sum(first(x)))
    third = fr.gradient(lambda x: np.sum(second(x)))
    with mpmath.workdps(40):
        for n, found in enumerate([first(x), second(x), third(x)], start=1):
            expected = [float(mpmath.diff(reference, mpmath.mpf(t), n)) for t in x]
            assert np.allclose(found, expected, rtol=1e-11, atol=1e-13)


EMPTY = {
    "mean": lambda x: np.mean(x[:0]),
    "var": lambda x: np.var(x[:0]),
    "median": lambda x: np.median(x[:0]),
    "average": lambda x: np.average(x[:0]),
    "division by 0": lambda x: np.sum(x[:0]) / 0,
}
WITHOUT_ENTRIES = {
    "det": (lambda A: np.linalg.det(A), 1.0),
    "logdet": (lambda A: np.linalg.slogdet(A)[1], 0.0),
    "inv": (lambda A: np.sum(np.linalg.inv(A)), 0.0),
    "solve": (lambda A: np.sum(np.linalg.solve(A, A[0:0, 0] if A.size else A.sum(axis=0))), 0.0),
    "cholesky": (lambda A: np.sum(np.linalg.cholesky(A)), 0.0),
    "eigenvalues": (lambda A: np.sum(np.linalg.eigvalsh(A)), 0.0),
    "singular values": (lambda A: np.sum(np.linalg.svd(A, compute_uv=False)), 0.0),
    "stack of determinants": (lambda A: np.sum(np.linalg.det(A.reshape(0, 2, 2))), 0.0),
}


@pytest.mark.parametrize("case", EMPTY)
def test_means_of_nothing_are_nan_as_in_numpy(case):
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        value, gradient = fr.value_and_gradient(lambda x: EMPTY[case](x) + x[0])(X)
    assert np.isnan(value)
    assert np.array_equal(gradient, [1.0, 0.0, 0.0])


@pytest.mark.parametrize("case", WITHOUT_ENTRIES)
def test_linear_algebra_without_entries_is_constant(case):
    f, expected = WITHOUT_ENTRIES[case]
    value, gradient = fr.value_and_gradient(lambda x: f(np.outer(x, x)[:0, :0]) + x[0] ** 2)(X)
    assert value == expected + 1.0
    assert np.array_equal(gradient, [2.0, 0.0, 0.0])


MATH = {
    "hypot of one": (lambda x: math.hypot(-x[1]), [0, 1, 0]),
    "ldexp": (lambda x: math.ldexp(x[1], 3), [0, 8, 0]),
    "frexp": (lambda x: math.frexp(x[2])[0] + np.frexp(x[2])[0], [0, 0, 0.5]),
    "modf": (lambda x: math.modf(x[1] + 0.3)[0], [0, 1, 0]),
    "remainder": (lambda x: math.remainder(x[2] + 0.4, x[0]), [-3, 0, 1]),
}


@pytest.mark.parametrize("case", MATH)
def test_functions_of_math(case):
    f, expected = MATH[case]
    value, gradient = fr.value_and_gradient(f)(X)
    assert value == f(X)
    assert np.array_equal(gradient, expected)
