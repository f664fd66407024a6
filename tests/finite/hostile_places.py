"""More functions made to fool finite differences: branches near the point, sizes, poles, offsets, noise, and smooth ones."""

from __future__ import annotations

import math

import numpy as np
from hostile import case, decades, hashed, π
from scipy.special import digamma, gamma

# --- branches near the point -----------------------------------------------------------------------


def near(rng, low=-11.0, high=0.0):
    """A point and a distance to a corner, either way."""
    return rng.uniform(0.5, 5), float(rng.choice([-1, 1]) * decades(rng, low, high))


@case
def kink(rng):
    x, d = near(rng)
    return lambda t: abs(t - x - d) + t * t, x, 2 * x - math.copysign(1, d)


@case
def real_kink(rng):
    x, d = near(rng)
    return lambda t: math.fabs(t - x - d) + t * t, x, 2 * x - math.copysign(1, d)


@case
def small_kink(rng):
    (x, d), c = near(rng, -7), decades(rng, -4, 0)
    return lambda t: c * abs(t - x - d) + np.exp(t), x, math.exp(x) - c * math.copysign(1, d)


@case
def branch(rng):
    x, d = near(rng)
    return lambda t: (t * t if t < x + d else 3 * t) if d > 0 else (t * t if t > x + d else 3 * t), x, 2 * x


@case
def jump(rng):
    (x, d), c = near(rng), decades(rng, -12, 1)
    return lambda t: t * t + c * ((t > x + d) == (d > 0)), x, 2 * x


@case
def bump(rng):
    (x, d), c = near(rng), decades(rng, -6, 1)
    return lambda t: t * t + c * (abs(t - x) < abs(d)), x, 2 * x


@case
def two_kinks(rng):
    (x, d), (_, e) = near(rng), near(rng)
    f = lambda t: abs(t - x - abs(d)) + abs(t - x + abs(e)) + 3 * t
    return f, x, 3.0


@case
def relu_chain(rng):
    W, b, v = rng.normal(size=(3, 20)), rng.normal(size=(3, 20)), rng.normal(size=20)
    x = rng.normal()
    mixed = [rng.normal(size=(20, 20)) / 4 for _ in range(2)]

    def run(t):
        h, dh = W[0] * t + b[0], W[0]
        for M in mixed:
            h, dh = np.maximum(h, 0), dh * (h > 0)
            h, dh = M @ h + b[1], M @ dh
        return float(v @ h), float(v @ dh)

    return lambda t: run(t)[0], x, run(x)[1]


@case
def curvature_changes(rng):
    x, d = near(rng, -6)
    return lambda t: (t - x - d) * abs(t - x - d) + t, x, 1 + 2 * abs(d)


@case
def clipped(rng):
    x, d = near(rng)
    return lambda t: min(t, x + abs(d)) ** 3, x, 3 * x * x


@case
def even_power_corner(rng):
    d = decades(rng, -9, 0)
    p = rng.uniform(1.05, 1.9)
    return lambda t: abs(t) ** p, d, p * d ** (p - 1)


@case
def narrow_spike(rng):
    x, w = rng.uniform(0.5, 3), decades(rng, -8, 0)
    c = x - rng.normal() * w
    u = (x - c) / w
    return lambda t: t + math.exp(-(((t - c) / w) ** 2)), x, 1 - 2 * u / w * math.exp(-u * u)


@case
def narrow_transition(rng):
    x, w, a = rng.uniform(0.5, 3), decades(rng, -6, 0), decades(rng, -6, 0)
    c = x - rng.normal() * w
    return lambda t: t + a * math.tanh((t - c) / w), x, 1 + a * (1 - math.tanh((x - c) / w) ** 2) / w


@case
def argument_on_a_grid(rng):
    q = 2.0 ** -rng.integers(3, 40)
    return lambda t: math.sin(q * round(t / q)) + t, rng.uniform(0.5, 3), 1.0


@case
def argument_to_some_decimals(rng):
    k = int(rng.integers(1, 12))
    return lambda t: round(t, k) ** 2, rng.uniform(0.5, 3), 0.0


@case
def distance_to_integers(rng):
    x, k = rng.uniform(0.5, 3), decades(rng, 0, 5)
    return lambda t: abs(k * t - round(k * t)) + t, x, 1 + k * math.copysign(1, k * x - round(k * x))


@case
def smooth_pieces(rng):
    x, n = rng.uniform(0.5, 3), decades(rng, 1, 5)

    def f(t):
        k = math.floor(t * n)
        s = t * n - k
        return t * t + hashed(k + 0.5) * (s * (1 - s)) ** 2

    k = math.floor(x * n)
    s = x * n - k
    return f, x, 2 * x + hashed(k + 0.5) * n * 2 * s * (1 - s) * (1 - 2 * s)


# --- sizes -----------------------------------------------------------------------------------------


@case
def size_of_values(rng):
    x, s = rng.uniform(0.1, 3), decades(rng, -300, 300)
    return lambda t: s * math.sin(t), x, s * math.cos(x)


@case
def complex_size_of_values(rng):
    x, s = rng.uniform(0.1, 3), decades(rng, -300, 300)
    return lambda t: s * np.sin(t), x, s * math.cos(x)


@case
def size_of_arguments(rng):
    x, s = rng.uniform(0.1, 3), decades(rng, -300, 300)
    return lambda t: math.sin(t / s), x * s, math.cos(x * s / s) / s


@case
def size_of_both(rng):
    x, s, r = rng.uniform(0.1, 3), decades(rng, -150, 150), decades(rng, -150, 150)
    return lambda t: r * np.exp(-t / s), x * s, -r * math.exp(-x) / s


@case
def cubes(rng):
    x = rng.uniform(0.1, 3) * decades(rng, -95, 95)
    return lambda t: t**3, x, 3 * x * x


@case
def huge_floor(rng):
    x, s = rng.uniform(0.1, 3), decades(rng, -290, 290)
    return lambda t: s * math.floor(4 * t), x, 0.0


@case
def sizes_at_zero(rng):
    s = decades(rng, -290, 290)
    return lambda t: s * (math.sin(t) + t * t), 0.0, s


# --- poles -----------------------------------------------------------------------------------------


@case
def pole(rng):
    x, d = near(rng, -9)
    return lambda t: 1 / (t - x - d), x, -1 / (x - x - d) ** 2 if d else 0.0


@case
def tangent(rng):
    d = decades(rng, -9, 0)
    x = π / 2 - d
    return lambda t: math.tan(t), x, 1 / math.cos(x) ** 2


@case
def complex_tangent(rng):
    x = π / 2 - decades(rng, -9, 0)
    return np.tan, x, 1 / math.cos(x) ** 2


@case
def logarithm(rng):
    x = decades(rng, -12, 3)
    return math.log, x, 1 / x


@case
def root_near_its_edge(rng):
    d = 2.0 ** rng.integers(-40, 0)
    return lambda t: math.sqrt(t - 1), 1 + d, 0.5 / math.sqrt(d)


@case
def gamma_near_poles(rng):
    x = -rng.integers(0, 4) + decades(rng, -5, -0.5)
    return lambda t: float(gamma(t)), float(x), float(gamma(x) * digamma(x))


@case
def pole_on_a_sine(rng):
    (x, d), c = near(rng, -6), decades(rng, -9, 0)
    return lambda t: np.sin(t) + c / (t - x - d), x, math.cos(x) - c / (x - x - d) ** 2


# --- offsets and cancellation ----------------------------------------------------------------------


@case
def offset(rng):
    x, c = rng.uniform(0.1, 3), decades(rng, 3, 13)
    return lambda t: c + math.sin(t), x, math.cos(x)


@case
def offset_taken_away(rng):
    x, c = rng.uniform(0.1, 3), decades(rng, 3, 13)
    return lambda t: (c + t * t) - c, x, 2 * x


@case
def far_argument(rng):
    c = float(np.round(decades(rng, 3, 10)))
    x = c + rng.uniform(0, 3)
    return lambda t: math.sin(t - c), x, math.cos(x - c)


@case
def cancellation(rng):
    x = decades(rng, -4, 0)
    return (
        lambda t: (1 - math.cos(t)) / t**2,
        x,
        ((x * math.sin(x) - 4 * math.sin(x / 2) ** 2) / x**3 if x > 1e-2 else -x / 12 + x**3 / 180),
    )


@case
def expanded_power(rng):
    x = 1 + rng.choice([-1, 1]) * decades(rng, -2, 0)
    c = [1, -7, 21, -35, 35, -21, 7, -1]
    return lambda t: float(np.polyval(c, t)), float(x), float(7 * (x - 1) ** 6)


# --- noise -----------------------------------------------------------------------------------------


@case
def additive_noise(rng):
    x, a = rng.uniform(0.1, 3), decades(rng, -13, -2)
    return lambda t: math.sin(t) + a * hashed(t), x, math.cos(x)


@case
def relative_noise(rng):
    x, a = rng.uniform(0.1, 3), decades(rng, -13, -2)
    return lambda t: math.exp(t) * (1 + a * hashed(t)), x, math.exp(x)


@case
def noise_on_one_side(rng):
    x, a = rng.uniform(0.1, 3), decades(rng, -6, -2)
    return lambda t: math.sin(t) + a * max(t - x, 0) * hashed(t), x, math.nan


@case
def random_piecewise_linear(rng):
    x, a, n = rng.uniform(0.5, 3), decades(rng, -8, -1), decades(rng, 1, 6)

    def f(t):
        k = math.floor(t * n)
        left, right = hashed(k + 0.5), hashed(k + 1.5)
        return math.sin(t) + a * (left + (t * n - k) * (right - left))

    k = math.floor(x * n)
    return f, x, math.cos(x) + a * n * (hashed(k + 1.5) - hashed(k + 0.5))


@case
def quantized_and_noisy(rng):
    x, q = rng.uniform(0.1, 3), decades(rng, -9, -3)
    return lambda t: q * round((math.sin(t) + q * hashed(t)) / q), x, math.cos(x)


# --- smooth: nothing to find -----------------------------------------------------------------------


@case
def polynomial(rng):
    c, x = rng.normal(size=int(rng.integers(2, 9))), rng.normal()
    return lambda t: float(np.polyval(c, t)), x, float(np.polyval(np.polyder(c), x))


@case
def trigonometric(rng):
    a, w, x = rng.normal(size=4), rng.normal(size=4) * 3, rng.normal()
    return lambda t: float(a @ np.sin(w * float(t))), x, float(a * w @ np.cos(w * x))


@case
def rational(rng):
    a, b, x = rng.normal(), abs(rng.normal()) + 0.1, rng.normal()
    return lambda t: (t + a) / (t * t + b), x, (b - x * x - 2 * a * x) / (x * x + b) ** 2


@case
def saturated(rng):
    x = rng.uniform(2, 12)
    return lambda t: math.tanh(t), x, 1 / math.cosh(x) ** 2


@case
def no_derivative_at_all(rng):
    kind = rng.integers(4)
    x = rng.uniform(0.5, 3)
    f = [
        lambda t: abs(t - x) + t,
        lambda t: math.copysign(1, t - x),
        lambda t: math.sqrt(abs(t - x)),
        lambda t: math.floor(t - x),
    ][kind]
    return f, x, math.nan
