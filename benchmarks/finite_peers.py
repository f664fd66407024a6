"""The peers of the finite difference benchmark: (g, x) -> (derivative, error or None).

The two of FiniteDifferences.jl are written from its published description: the step from an estimate of the
noise (ulp of the value) and of the higher derivative (by a second stencil, or from the size of the value),
and Richardson extrapolation from a first step of 0.125 by factors of 0.125 until the error estimate grows.
"""

from __future__ import annotations

import math
import warnings

import numpy as np

from frechet.finite import central

__all__ = ["LIBRARIES", "ORACLE", "PEERS"]

EPS = float(np.finfo(float).eps)


def jacobi(g, x):
    from jacobi import jacobi as run

    value, error = run(g, x)
    return float(np.squeeze(value)), float(np.squeeze(error))


def numdifftools(g, x):
    import numdifftools as nd

    result = nd.Derivative(g, full_output=True)(x)
    value, info = result if isinstance(result, tuple) and len(result) == 2 else (result.estimate, result)
    return float(np.squeeze(value)), float(np.squeeze(info.error_estimate))


def scipy_differentiate(g, x):
    from scipy.differentiate import derivative

    result = derivative(np.vectorize(g, otypes=[float]), x)
    return float(result.df), float(result.error) if result.success else np.inf


def derivkit(g, x):
    from derivkit import DerivativeKit

    value, error = DerivativeKit(g, x).differentiate(order=1, return_error=True)
    return float(np.squeeze(value)), float(np.squeeze(error))


def cube_root_step(g, x):
    h = EPS ** (1 / 3) * max(abs(x), 1.0)
    return (g(x + h) - g(x - h)) / (2 * h), None


def complex_step(g, x):
    return float(np.imag(g(x + 1e-20j))) / 1e-20, None


def plain(g, x, h, stencil):
    return sum(float(w) * g(x + float(c) * h) for c, w in zip(stencil.offsets, stencil.weights, strict=True) if w) / h


def fdm_step(size, bound, points, order=1):
    """The step that balances rounding against truncation, capped at a tenth."""
    stencil = central(order, points - 1)
    c1 = sum(abs(float(w)) for w in stencil.weights) * 10.0  # the safety factor for noise in the values
    c2 = sum(abs(float(w) * float(c) ** points) for w, c in zip(stencil.weights, stencil.offsets, strict=True))
    c2 /= math.factorial(points)
    noise = c1 * np.spacing(max(size, 1e-300))
    h = (order / (points - order) * noise / max(c2 * bound, 1e-300)) ** (1 / points)
    return min(h, 0.1 / (points // 2)), noise, c2 * bound


def central_fdm(g, x, points=5):
    stencil = central(1, points - 1)
    size = abs(g(x))
    # a first guess of the derivative of order `points`, from a stencil with two more points
    higher = central(points, 2)
    h0, _, _ = fdm_step(size, size + EPS, points + 2)
    near = [g(x + float(c) * h0) for c in higher.offsets]
    bound = abs(sum(float(w) * v for w, v in zip(higher.weights, near, strict=True))) / h0**points
    h, noise, truncation = fdm_step(max(size, *map(abs, near)), max(bound, size * EPS), points)
    error = noise / h + truncation * h ** (points - 1)
    return plain(g, x, h, stencil), error


def extrapolate_fdm(g, x):
    stencil, rows, h = central(1, 2), [], 0.125 * max(abs(x), 1.0)
    best, error = np.nan, np.inf
    for k in range(6):
        row = [plain(g, x, h, stencil)]
        for j in range(k):
            factor = 0.125 ** (2 * (j + 1))
            row.append((row[j] - factor * rows[-1][j]) / (1 - factor))
            change = max(abs(row[-1] - row[j]), abs(row[-1] - rows[-1][j]))
            if change <= error:
                best, error = row[-1], change
        if k and abs(row[-1] - rows[-1][-1]) >= 2 * error:
            break
        rows.append(row)
        h *= 0.125
    return best, error


PEERS = {
    "jacobi": jacobi,
    "numdifftools": numdifftools,
    "scipy.differentiate": scipy_differentiate,
    "derivkit": derivkit,
    "`central_fdm(5,1)` of FiniteDifferences.jl (ported)": central_fdm,
    "`extrapolate_fdm` of FiniteDifferences.jl (ported)": extrapolate_fdm,
    "central, h = eps^(1/3)": cube_root_step,
    "complex step": complex_step,
}

LIBRARIES = {"jacobi", "numdifftools", "derivkit"}  # by their module, which may not be installed

ORACLE = "the best plain stencil and step, knowing the answer"
STENCILS = [central(1, 2), central(1, 4), central(1, 6), central(1, 8), central(1, 10)]


def oracle(g, x, exact):
    """The central stencil of 3 to 11 points and the step 2^k that come closest."""
    best = np.nan
    scale = 2.0 ** np.round(np.log2(abs(x))) if x else 1.0
    for stencil in STENCILS:
        for k in range(-40, 14):
            try:
                with np.errstate(all="ignore"), warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    value = plain(g, x, scale * 2.0**k, stencil)
            except (ValueError, ArithmeticError, np.linalg.LinAlgError):
                continue
            if np.isrealobj(value) and np.isfinite(value) and not abs(value - exact) >= abs(best - exact):
                best = float(value)
    return best
