"""Taylor coefficients of elementwise functions, of any order: taylor_f(z, order)[k] is the coefficient of h^k in f(z + h).

Each is the recurrence of a differential equation that f solves: with t = tan(z + h), t' = 1 + t^2 gives the coefficient
k + 1 from those up to k. Where f is not analytic the coefficients are NaN. abs, relu and sign are continued into the complex
plane from each side of the imaginary axis, as the matrix sign function is. Real points give real coefficients.

Source: Griewank and Walther, Evaluating Derivatives, 2nd ed. (2008), sec. 13.2.
"""

from __future__ import annotations

import numpy as np

from frechet.later import scipy

__all__ = [
    "on_cut_of_arctan", "on_cut_of_sign", "taylor_abs", "taylor_arccos", "taylor_arcsin", "taylor_arctan", "taylor_cos", "taylor_cosh",
    "taylor_erf", "taylor_exp", "taylor_log", "taylor_log1p", "taylor_power", "taylor_relu", "taylor_sigmoid", "taylor_sign",
    "taylor_sin", "taylor_sinh", "taylor_softplus", "taylor_sqrt", "taylor_tan", "taylor_tanh",
]  # fmt: skip


def integrated(first, slopes):
    """The coefficients of f from f(z) and the coefficients of f'."""
    count = np.arange(1, len(slopes) + 1).reshape(-1, *[1] * np.ndim(first))
    return np.concatenate([np.asarray(first)[None], slopes / count])


def taylor_exp(z, order):
    """Each coefficient is the one before over its number."""
    c = [np.exp(z)]
    for k in range(order):
        c.append(c[-1] / (k + 1))
    return np.array(c)


def cycled(values, order):
    """The derivatives values[0], values[1], ... in turn, over the factorials."""
    factorials = np.cumprod([1.0, *range(1, order + 1)])
    return np.array([values[k % len(values)] / factorials[k] for k in range(order + 1)])


def taylor_sin(z, order):
    """sin, cos, -sin, -cos in turn"""
    return cycled([np.sin(z), np.cos(z), -np.sin(z), -np.cos(z)], order)


def taylor_cos(z, order):
    """cos, -sin, -cos, sin in turn"""
    return cycled([np.cos(z), -np.sin(z), -np.cos(z), np.sin(z)], order)


def taylor_sinh(z, order):
    """sinh and cosh in turn"""
    return cycled([np.sinh(z), np.cosh(z)], order)


def taylor_cosh(z, order):
    """cosh and sinh in turn"""
    return cycled([np.cosh(z), np.sinh(z)], order)


def riccati(first, sign, order):
    """The coefficients of t with t' = 1 + sign*t^2."""
    c = np.zeros((order + 1, *np.shape(first)), np.asarray(first).dtype)
    c[0] = first
    for k in range(order):
        c[k + 1] = ((k == 0) + sign * (c[: k + 1] * c[k::-1]).sum(0)) / (k + 1)
    return c


def taylor_tan(z, order):
    """t' = 1 + t^2"""
    return riccati(np.tan(z), 1, order)


def taylor_tanh(z, order):
    """t' = 1 - t^2"""
    return riccati(np.tanh(z), -1, order)


def taylor_power(z, order, b):
    """z^b: each coefficient is the one before times (b - k + 1)/(k*z)."""
    c = [z**b]
    for k in range(1, order + 1):
        c.append(c[-1] * (b - k + 1) / (k * z))
    return np.array(c)


def taylor_sqrt(z, order):
    """z^(1/2)"""
    return taylor_power(z, order, 0.5)


def taylor_log(z, order):
    """The slope is 1/z."""
    return integrated(np.log(z), taylor_power(z, order - 1, -1)) if order else np.log(z)[None]


def log_one_plus(z):
    """log(1 + z). NumPy's log1p of complex numbers forms 1 + z, in which a small real part is lost."""
    if np.isrealobj(z):
        return np.log1p(z)
    return np.log1p(z.real * (2 + z.real) + z.imag**2) / 2 + 1j * np.arctan2(z.imag, 1 + z.real)


def taylor_log1p(z, order):
    """The slope is 1/(1 + z)."""
    return integrated(log_one_plus(z), taylor_power(1 + z, order - 1, -1)) if order else log_one_plus(z)[None]


def slope_of_arcsin(z, order):
    """g = (1 - z^2)^(-1/2) solves (1 - z^2)*g' = z*g."""
    g = np.zeros((order + 1, *z.shape), z.dtype)
    g[0] = (1 - z**2) ** -0.5
    for k in range(order):
        g[k + 1] = ((2 * k + 1) * z * g[k] + (k * g[k - 1] if k else 0)) / ((k + 1) * (1 - z**2))
    return g


def taylor_arcsin(z, order):
    """The slope is (1 - z^2)^(-1/2)."""
    return integrated(np.arcsin(z), slope_of_arcsin(z, order - 1)) if order else np.arcsin(z)[None]


def taylor_arccos(z, order):
    """The slope is -(1 - z^2)^(-1/2)."""
    return integrated(np.arccos(z), -slope_of_arcsin(z, order - 1)) if order else np.arccos(z)[None]


def taylor_arctan(z, order):
    """The slope g solves (1 + z^2)*g = 1."""
    g = np.zeros((order, *z.shape), z.dtype)
    for k in range(order):
        g[k] = ((k == 0) - (2 * z * g[k - 1] if k else 0) - (g[k - 2] if k > 1 else 0)) / (1 + z**2)
    return integrated(np.arctan(z), g)


def on_cut_of_arctan(z):
    """Which of the points lie on the imaginary axis at 1i or beyond, up to rounding."""
    return (np.abs(z.real) <= 1e-14 * len(z) * np.abs(z)) & (np.abs(z) >= 1)


def on_cut_of_sign(z):
    """Eigenvalues z on the imaginary axis, but for 0: there z and -z are equally near."""
    return (np.abs(z.real) <= 1e-14 * len(z) * np.abs(z)) & (z != 0)


def taylor_sigmoid(z, order):
    """s' = s*(1 - s), and r = 1 - s is kept beside s, so that neither cancels; no exponential overflows."""
    right = np.real(z) >= 0
    e = np.exp(np.where(right, -z, z))
    s = np.zeros((order + 1, *z.shape), z.dtype)
    s[0] = np.where(right, 1, e) / (1 + e)
    r = s.copy()
    r[0] = np.where(right, e, 1) / (1 + e)
    for k in range(order):
        s[k + 1] = (s[: k + 1] * r[k::-1]).sum(0) / (k + 1)
        r[k + 1] = -s[k + 1]
    return s


def taylor_softplus(z, order):
    """The slope is the sigmoid; there are branch points at ±pi*1i."""
    right = np.real(z) >= 0
    first = np.where(right, z, 0) + np.log1p(np.exp(np.where(right, -z, z)))
    first = np.where(np.abs(np.imag(z)) < np.pi, first, np.nan)
    return integrated(first, taylor_sigmoid(z, order - 1)) if order else first[None]


def taylor_erf(z, order):
    """The slope g = 2/sqrt(pi)*exp(-z^2) solves g' = -2*z*g."""
    g = np.zeros((order, *z.shape), z.dtype)
    for k in range(order):
        if k == 0:
            g[0] = 2 / np.sqrt(np.pi) * np.exp(-(z**2))
        else:
            g[k] = -2 * (z * g[k - 1] + (g[k - 2] if k > 1 else 0)) / k
    return integrated(scipy.special.erf(z), g)


def piecewise_linear(z, order, right, left, value):
    """A function with the slopes `right` and `left` of the imaginary axis, NaN on it."""
    c = np.zeros((order + 1, *z.shape), z.dtype)
    c[0] = value
    if order:
        c[1] = np.where(np.real(z) > 0, right, np.where(np.real(z) < 0, left, np.nan))
    return c


def taylor_abs(z, order):
    """z to the right of the imaginary axis, -z to the left."""
    return piecewise_linear(z, order, 1, -1, np.where(np.real(z) >= 0, z, -z))


def taylor_relu(z, order):
    """z to the right of the imaginary axis, 0 to the left."""
    return piecewise_linear(z, order, 1, 0, np.where(np.real(z) > 0, z, 0 * z))


def taylor_sign(z, order):
    """1 to the right of the imaginary axis, -1 to the left."""
    c = piecewise_linear(z, order, 0, 0, 0)
    c[0] = np.where(np.real(z) > 0, 1, np.where(np.real(z) < 0, -1, np.nan))
    return c
