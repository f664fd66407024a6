"""Vector- and matrix-valued functions whose components have little in common, with known slopes.

A component is drawn by a function of a random generator and returns (f, slope, kind) of u = a·X + b: smooth ones of
any size, constants, zeros that are exact or only so up to rounding, noise, corners and steps.
"""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
from hostile import decades, hashed

COMPONENTS: dict = {}


def component(make):
    COMPONENTS[make.__name__] = make
    return make


def size(rng) -> float:
    return decades(rng, -12, 12) * float(rng.choice([-1, 1]))


@component
def sine(rng, u):
    s, w = size(rng), rng.uniform(0.3, 3)
    return lambda t: s * np.sin(w * t), s * w * math.cos(w * u)


@component
def exponential(rng, u):
    s = size(rng)
    return lambda t: s * np.exp(0.5 * t), 0.5 * s * math.exp(0.5 * u)


@component
def cubic_that_is_zero_here(rng, u):
    s = size(rng)
    return lambda t: s * ((t - u) + (t - u) ** 3), s


@component
def square_that_is_flat_here(rng, u):
    s = size(rng)
    return lambda t: s * (t - u) ** 2, 0.0


@component
def constant(rng, u):
    s = size(rng)
    return lambda t: s + 0 * t, 0.0


@component
def exact_zero(rng, u):
    return lambda t: 0 * t, 0.0


@component
def zero_up_to_rounding(rng, u):
    s, a, b = size(rng), rng.uniform(0.1, 1), rng.uniform(0.1, 1)
    return lambda t: s * ((a * t + b * t) - (a + b) * t), 0.0


@component
def noisy(rng, u):
    s, level = size(rng), decades(rng, -12, -6)
    return lambda t: s * (np.sin(t) + level * hashed(t)), s * math.cos(u)


@component
def narrow(rng, u):
    s, w = size(rng), decades(rng, 2, 5)
    return lambda t: s * np.tanh(w * (t - u)), s * w


@component
def corner_nearby(rng, u):
    s, d = size(rng), decades(rng, -6, -2)
    return lambda t: s * (abs(t - u - d) + 2 * t), s


@component
def step_nearby(rng, u):
    s, d = size(rng), decades(rng, -6, -2)
    return lambda t: s * (np.heaviside(t - u - d, 0.5) + t), s


SMOOTH = {
    "sine", "exponential", "cubic_that_is_zero_here", "square_that_is_flat_here", "constant", "exact_zero",
}  # fmt: skip


def mixture(rng, n: int):
    """(f, X, dX, slopes, kinds, resolved): n components of u = <a, X>, X with exact zeros; always a smooth one.

    `resolved` is by how much the rounding of X + t·dX, with t of the size of |X|/|dX|, moves the slopes.
    """
    x, dx, a = rng.uniform(0.5, 2, (3, 3)), rng.normal(size=(3, 3)), rng.uniform(-1, 1, (3, 3))
    x[rng.random((3, 3)) < 0.3] = 0.0
    # entries that are multiples of 2^-20: u is exact at X
    x, a = np.round(x * 2**20) / 2**20, np.round(a * 2**20) / 2**20
    u, du = (float(sum(Fraction(p) * Fraction(q) for p, q in zip(a.flat, y.flat, strict=True))) for y in (x, dx))
    kinds = ["sine", *rng.choice(list(COMPONENTS), n - 1)]
    parts = [COMPONENTS[kind](rng, u) for kind in kinds]

    def f(X):
        t = float(np.sum(a * X))
        return np.array([part(t) for part, _ in parts])

    slopes = np.array([slope for _, slope in parts])
    return f, x, dx, slopes * du, kinds, 2.0**-52 * np.abs(slopes) * np.linalg.norm(a) * np.linalg.norm(dx)


def singular(rng):
    """Entries of the adjugate's slope at a singular diagonal matrix: zeros by symmetry beside numbers of size one."""
    n = int(rng.integers(3, 5))
    d = np.round(rng.uniform(1, 3, n) * 2**10) / 2**10
    d[int(rng.integers(n))] = 0.0
    return np.diag(d), rng.normal(size=(n, n))


def adjugate(X):
    """By the singular value decomposition: every entry is rounded as the largest."""
    U, s, V = np.linalg.svd(X)
    rest = np.array([np.prod(np.delete(s, i)) for i in range(s.size)])
    return np.linalg.det(U) * np.linalg.det(V) * (V.T * rest) @ U.T


def adjugate_slope(X, dX):
    """d adj(X): each minor by the product rule in its rows, exact for a diagonal X up to the last rounding."""
    n = len(X)
    slope = np.zeros((n, n))
    for i in range(n):
        for j in range(n):
            M, dM = (np.delete(np.delete(A, j, 0), i, 1) for A in (X, dX))
            for k in range(n - 1):
                R = M.copy()
                R[k] = dM[k]
                slope[i, j] += (-1) ** (i + j) * np.linalg.det(R)
    return slope
