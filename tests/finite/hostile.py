"""Functions made to fool finite differences, each with its exact derivative at a random point.

A case is drawn by a function of a random generator and returns (f, x, truth). Steps, ripples at every
frequency, tables, rounding inside, iterations that stop early, branches near the point, poles, offsets,
noise, and sizes from 1e-300 to 1e300.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.interpolate import CubicSpline, PchipInterpolator

CASES: dict = {}
π = math.pi


def case(make):
    CASES[make.__name__] = make
    return make


def decades(rng, low, high) -> float:
    """A number with a uniformly distributed logarithm to base 10."""
    return float(10.0 ** rng.uniform(low, high))


def hashed(x) -> float:
    """A number in [-1, 1] that depends on every bit of x."""
    bits = int(np.float64(x).view(np.uint64))
    bits = (bits * 0x9E3779B97F4A7C15 + 0x1234567) % 2**64
    bits = ((bits ^ (bits >> 31)) * 0xBF58476D1CE4E5B9) % 2**64
    return ((bits ^ (bits >> 29)) % 2**53) / 2.0**52 - 1.0


# --- steps -----------------------------------------------------------------------------------------


@case
def floor(rng):
    return math.floor, rng.uniform(-10, 10), 0.0


@case
def floor_of_any_width(rng):
    w = decades(rng, -7, 1)
    return lambda x: math.floor(x / w), rng.uniform(0.1, 10), 0.0


@case
def staircase_with_slope_one(rng):
    w = decades(rng, -9, 0)
    return lambda x: w * np.floor(x / w), rng.uniform(0.1, 10), 0.0


@case
def rounded_to_decimals(rng):
    k = int(rng.integers(0, 7))
    return lambda x: round(math.sin(x), k), rng.uniform(0, 3), 0.0


@case
def sign_of_difference(rng):
    a = rng.uniform(-2, 2)
    return lambda x: np.sign(x - a), a + rng.choice([-1, 1]) * decades(rng, -9, 1), 0.0


@case
def heaviside_next_to_the_point(rng):
    x = rng.uniform(0.5, 5)
    a = x * (1 + rng.choice([-1, 1]) * decades(rng, -10, 0))
    return lambda t: np.heaviside(t - a, 0.5) + t * t, x, 2 * x


@case
def histogram(rng):
    edges = np.sort(rng.uniform(0, 10, size=int(rng.integers(2, 2000))))
    return lambda x: int(np.searchsorted(edges, x)), rng.uniform(1, 9), 0.0


@case
def floor_and_sine(rng):
    x = rng.uniform(0, 10)
    return lambda x: np.floor(x) + np.sin(x), x, math.cos(x)


@case
def sawtooth(rng):
    w = decades(rng, -5, 1)
    return lambda x: x - w * np.floor(x / w), rng.uniform(0.1, 10), 1.0


@case
def truncated_factor(rng):
    x, k = rng.uniform(0.5, 3), decades(rng, 0, 3)
    return lambda x: np.trunc(k * x) * np.sin(x), x, math.trunc(k * x) * math.cos(x)


@case
def staircase_on_a_slope(rng):
    x, w, c = rng.uniform(0.5, 3), decades(rng, -6, 0), decades(rng, -4, 1)
    return lambda x: c * w * math.floor(x / w) + x, x, 1.0


# --- ripples ---------------------------------------------------------------------------------------


def ripple(x, a, w, phase=0.0):
    """x + a sin(wx + phase) with real arguments only, so that no complex step is possible."""
    return lambda t: t + a * math.sin(w * t + phase), x, 1 + a * w * math.cos(w * x + phase)


@case
def ripple_at_powers_of_two(rng):
    return ripple(rng.uniform(0.5, 3), decades(rng, -4, 0), 2 * π * 2.0 ** rng.integers(0, 18))


@case
def ripple_at_powers_of_two_at_one(rng):
    return ripple(1.0, decades(rng, -4, 0), 2 * π * 2.0 ** rng.integers(0, 18))


@case
def ripple_of_any_frequency(rng):
    return ripple(rng.uniform(0.5, 3), decades(rng, -4, 0), decades(rng, 0, 5), rng.uniform(0, 6))


@case
def ripple_at_odd_multiples(rng):
    return ripple(2.0 ** rng.integers(-3, 4), 1e-2, 2 * π * 2.0 ** rng.integers(0, 14) * (2 * rng.integers(0, 9) + 1))


@case
def ripple_at_the_fixed_probe(rng):
    return ripple(1.0, 1e-3, 2 * π * 2.0**11 / 0.625 * rng.integers(1, 5))


@case
def complex_ripple(rng):
    x, w, a = rng.uniform(0.5, 3), decades(rng, 0, 5), decades(rng, -4, 0)
    return lambda t: t + a * np.sin(w * t), x, 1 + a * w * math.cos(w * x)


@case
def triangle_wave(rng):
    x, w, a = rng.uniform(0.5, 3), decades(rng, 0, 4), decades(rng, -3, 0)
    wave = lambda u: abs(u - math.floor(u) - 0.5)
    u = w * x
    return lambda t: t * t + a * wave(w * t), x, 2 * x + a * w * math.copysign(1, u - math.floor(u) - 0.5)


@case
def smooth_square_wave(rng):
    x, w = rng.uniform(0.5, 3), decades(rng, 0, 3)
    s = math.tanh(20 * math.sin(w * x))
    return lambda t: t + math.tanh(20 * math.sin(w * t)), x, 1 + (1 - s * s) * 20 * math.cos(w * x) * w


@case
def beats(rng):
    x, u, v = rng.uniform(0.5, 3), decades(rng, 1, 4), decades(rng, 1, 4)
    slope = u * math.cos(u * x) * math.sin(v * x) + v * math.sin(u * x) * math.cos(v * x)
    return lambda t: t + 0.1 * math.sin(u * t) * math.sin(v * t), x, 1 + 0.1 * slope


@case
def weierstrass(rng):
    x, n = rng.uniform(0.5, 3), int(rng.integers(2, 14))
    f = lambda t: sum(0.5**k * math.cos(3**k * t) for k in range(n))
    return f, x, -sum(1.5**k * math.sin(3**k * x) for k in range(n))


@case
def rough_weierstrass(rng):
    x, n = rng.uniform(0.5, 3), int(rng.integers(2, 10))
    f = lambda t: sum(0.8**k * math.cos(7**k * t) for k in range(n))
    return f, x, -sum(5.6**k * math.sin(7**k * x) for k in range(n))


@case
def takagi(rng):
    x, n = rng.uniform(0.1, 0.9), int(rng.integers(2, 25))
    near = lambda u: abs(u - round(u))
    f = lambda t: sum(near(2**k * t) / 2**k for k in range(n))
    return f, x, sum(math.copysign(1, 2**k * x - round(2**k * x)) for k in range(n))


@case
def chirp(rng):
    x = decades(rng, -3, 0)
    return lambda t: math.sin(1 / t), x, -math.cos(1 / x) / x**2


@case
def log_periodic(rng):
    x, k = decades(rng, -3, 3), rng.choice([2 * π / math.log(2), 4 * π / math.log(2), 30.0])
    return (
        lambda t: t * (1 + 0.1 * math.sin(k * math.log(abs(t)))),
        x,
        (1 + 0.1 * math.sin(k * math.log(x)) + 0.1 * k * math.cos(k * math.log(x))),
    )


# --- tables ----------------------------------------------------------------------------------------


@case
def linear_table(rng):
    nodes = np.linspace(0, 4, int(decades(rng, 1, 5)))
    x = rng.uniform(0.1, 3.9)
    j = int(np.searchsorted(nodes, x))
    return (
        lambda t: np.interp(t, nodes, np.sin(nodes)),
        x,
        float((np.sin(nodes[j]) - np.sin(nodes[j - 1])) / (nodes[j] - nodes[j - 1])),
    )


@case
def nearest_table(rng):
    nodes = np.linspace(0, 4, int(decades(rng, 0.5, 5)) + 2)
    return lambda t: np.sin(nodes[np.argmin(np.abs(nodes - t))]), rng.uniform(0.1, 3.9), 0.0


@case
def spline(rng):
    nodes = np.sort(rng.uniform(0, 4, int(decades(rng, 1, 2.5))))
    s = CubicSpline(nodes, np.sin(3 * nodes))
    x = rng.uniform(nodes[2], nodes[-3])
    return lambda t: float(s(t)), x, float(s(x, 1))


@case
def monotone_spline(rng):
    nodes = np.sort(rng.uniform(0, 4, int(decades(rng, 1, 2.5))))
    s = PchipInterpolator(nodes, rng.uniform(size=nodes.size))
    x = rng.uniform(nodes[2], nodes[-3])
    return lambda t: float(s(t)), x, float(s(x, 1))


# --- rounding inside -------------------------------------------------------------------------------


@case
def single_result(rng):
    x = rng.uniform(0.1, 3)
    return lambda t: float(np.float32(math.sin(t))), x, math.cos(x)


@case
def single_argument(rng):
    x = rng.uniform(0.1, 3)
    return lambda t: math.sin(float(np.float32(t))), x, math.cos(x)


@case
def half_precision(rng):
    x = rng.uniform(0.1, 3)
    return lambda t: float(np.float16(math.sin(t))), x, 0.0


@case
def single_sum(rng):
    x, v = rng.uniform(0.1, 3), rng.uniform(size=50)
    f = lambda t: float(np.sum((v * np.float64(t)).astype(np.float32) ** 2, dtype=np.float32))
    return f, x, float(2 * x * np.sum(v * v))


# --- iterations that stop early: the truth is that of the branch at x ------------------------------


def dual(step, start, stop):
    """(value, derivative) of an iteration on pairs, stopped by the values."""
    u, du = start
    for _ in range(200):
        v, dv = step(u, du)
        done = stop(u, v)
        u, du = v, dv
        if done:
            break
    return u, du


@case
def newton_stopped(rng):
    x, tol = rng.uniform(0.5, 50), decades(rng, -8, -1)
    step = lambda t: lambda u, du: ((u + t / u) / 2, (du + 1 / u - t * du / u**2) / 2)
    run = lambda t: dual(step(t), (1.0, 0.0), lambda u, v: abs(u - v) < tol)
    return lambda t: run(t)[0], x, run(x)[1]


@case
def fixed_point_stopped(rng):
    x, tol = rng.uniform(0.1, 0.9), decades(rng, -8, -1)
    step = lambda t: lambda u, du: (math.cos(t * u), -math.sin(t * u) * (u + t * du))
    run = lambda t: dual(step(t), (1.0, 0.0), lambda u, v: abs(u - v) < tol)
    return lambda t: run(t)[0], x, run(x)[1]


@case
def bisection(rng):
    x, tol = rng.uniform(0.5, 3), decades(rng, -8, -1)

    def f(t):
        a, b = 0.0, 2.0
        while b - a > tol:
            m = (a + b) / 2
            a, b = (m, b) if m * m < t else (a, m)
        return (a + b) / 2

    return f, x, 0.0


@case
def series_stopped(rng):
    x, tol = rng.uniform(0.5, 5), decades(rng, -9, -1)

    def run(t):
        term, dterm, total, slope, k = 1.0, 0.0, 1.0, 0.0, 0
        while abs(term) > tol:
            k += 1
            term, dterm = term * t / k, (dterm * t + term) / k
            total, slope = total + term, slope + dterm
        return total, slope

    return lambda t: run(t)[0], x, run(x)[1]
