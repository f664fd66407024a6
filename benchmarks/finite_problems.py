"""Functions with exactly known derivatives, in twelve categories, and random ones.

A problem is a function of one number (`f(x)`, NumPy), the point, and the exact derivative there. Matrix
problems are given as functions along a direction, gradients and Jacobians as one function of a vector. All
exact values come from `exact`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import mpmath as mp
import numpy as np
import scipy.linalg as sla

import exact as ex

__all__ = ["CATEGORIES", "Problem", "problems", "random_problems"]


@dataclass(frozen=True)
class Problem:
    """`f` at `x`; `exact` is the derivative (a number), or the gradient or Jacobian when x is a vector."""

    category: str
    name: str
    f: Callable[[Any], Any]
    x: Any
    exact: Any = field(repr=False)


CATEGORIES: dict[str, Callable[[], list[Problem]]] = {}


def category(name: str):
    def register(make):
        CATEGORIES[name] = make
        return make

    return register


def problems() -> list[Problem]:
    return [problem for make in CATEGORIES.values() for problem in make()]


def written(name: str, rows) -> list[Problem]:
    """Problems from rows (label, f(x, m), x)."""
    return [Problem(name, label, (lambda x, f=f: f(x, np)), x, ex.slope(f, x)) for label, f, x in rows]


@category("smooth")
def smooth():
    return written(
        "smooth",
        [
            ("sin at 1", lambda x, m: m.sin(x), 1.0),
            ("exp at 0.7", lambda x, m: m.exp(x), 0.7),
            ("log at 2.3", lambda x, m: m.log(x), 2.3),
            ("polynomial", lambda x, m: 3 * x**5 - x**3 + 2 * x - 7, 1.3),
            ("rational", lambda x, m: (x * x + 1) / (x**3 + 2), 0.9),
            ("gauss", lambda x, m: m.exp(-x * x), 0.6),
            ("sin exp", lambda x, m: m.sin(m.exp(x)), 0.4),
            ("arctan", lambda x, m: m.arctan(x), -1.7),
            ("sqrt(1+x²)", lambda x, m: m.sqrt(1 + x * x), 3.1),
            ("tanh", lambda x, m: m.tanh(x), 0.35),
            ("x log x", lambda x, m: x * m.log(x), 5.5),
            ("cosh/x", lambda x, m: m.cosh(x) / x, 1.9),
            ("sin at 0", lambda x, m: m.sin(x), 0.0),
            ("exp at 0", lambda x, m: m.exp(2 * x) + x, 0.0),
        ],
    )


@category("badly scaled")
def badly_scaled():
    return written(
        "badly scaled",
        [
            ("log at 1e-8", lambda x, m: m.log(x), 1e-8),
            ("log at 1e8", lambda x, m: m.log(x), 1.1e8),
            ("sqrt at 1e-8", lambda x, m: m.sqrt(x), 1.3e-8),
            ("x³ at 1e8", lambda x, m: x**3, 1.2345e8),
            ("sin(1e8 x)", lambda x, m: m.sin(1e8 * x), 0.7e-8),
            ("exp(-x/1e8)", lambda x, m: m.exp(-x / 1e8), 0.9e8),
            ("arctan(1e6 x) at 0", lambda x, m: m.arctan(1e6 * x), 0.0),
            ("sin at 1e5", lambda x, m: m.sin(x), 1e5),
            ("1/x at 1e-10", lambda x, m: 1 / x, 1.7e-10),
            ("tanh(x/1e6) at 1", lambda x, m: m.tanh(x / 1e6), 1.0),
            ("cos at 1e8", lambda x, m: m.cos(x), 1e8),
            ("exp(1e4 x) at 1e-9", lambda x, m: m.exp(1e4 * x), 1e-9),
            ("1e12 + x²", lambda x, m: 1e12 + x * x, 3e4),
        ],
    )


@category("near singularities")
def near_singularities():
    return written(
        "near singularities",
        [
            ("1/(1-x)", lambda x, m: 1 / (1 - x), 0.999),
            ("tan", lambda x, m: m.tan(x), 1.57),
            ("log at 1e-3", lambda x, m: m.log(x - 1), 1.001),
            ("sqrt(x-1)", lambda x, m: m.sqrt(x - 1), 1.0001),
            ("1/x²+1e-4", lambda x, m: 1 / (x * x + 1e-4), 0.02),
            ("arctan((x-1)/0.001)", lambda x, m: m.arctan((x - 1) / 0.001), 1.0003),
            ("arcsin", lambda x, m: m.arcsin(x), 0.9999),
            ("x^x/(2-x)", lambda x, m: m.exp(x * m.log(x)) / (2 - x), 1.9995),
            ("exp(1/(1-x))", lambda x, m: m.exp(1 / (1 - x)), 0.9),
            ("log|sin|", lambda x, m: m.log(m.sin(x)), 3.1414),
            ("arccosh", lambda x, m: m.arccosh(x), 1.00001),
            ("pole and sine", lambda x, m: m.sin(x) + 1e-6 / (x - 2), 2.00001),
        ],
    )


@category("oscillatory")
def oscillatory():
    return written(
        "oscillatory",
        [
            ("sin(100x)", lambda x, m: m.sin(100 * x), 1.0),
            ("sin(1000x)", lambda x, m: m.sin(1000 * x), 0.3),
            ("x cos(50x)", lambda x, m: x * m.cos(50 * x), 2.2),
            ("sin(x²)", lambda x, m: m.sin(x * x), 30.0),
            ("sin(1/x)", lambda x, m: m.sin(1 / x), 0.01),
            ("ripple", lambda x, m: x + 0.01 * m.sin(300 * x), 1.1),
            ("beats", lambda x, m: m.sin(64 * x) + m.sin(65 * x), 0.9),
            ("exp sin", lambda x, m: m.exp(m.sin(40 * x)), 0.77),
            ("sin(2π 128 x)", lambda x, m: m.sin(2 * np.pi * 128 * x), 0.51),
            ("cos(1e5 x)", lambda x, m: m.cos(1e5 * x), 1.3),
            ("chirp", lambda x, m: m.cos(m.exp(x)), 6.0),
            ("small ripple", lambda x, m: m.exp(x) + 1e-4 * m.sin(500 * x), 0.5),
        ],
    )


def hashed(x) -> float:
    """A number in [-1, 1] that depends on every bit of x: deterministic noise."""
    bits = int(np.float64(np.real(x)).view(np.uint64))
    bits = (bits * 0x9E3779B97F4A7C15 + 0x1234567) % 2**64
    bits = ((bits ^ (bits >> 31)) * 0xBF58476D1CE4E5B9) % 2**64
    return ((bits ^ (bits >> 29)) % 2**53) / 2.0**52 - 1.0


def single(f):
    return lambda x: float(f(np.float32(np.real(x)), np))


@category("noisy")
def noisy():
    rows = [
        ("sin, 1e-8", lambda x, m: m.sin(x), 1.0, lambda f: lambda x: f(x, np) + 1e-8 * hashed(x)),
        ("exp, 1e-10", lambda x, m: m.exp(x), 0.5, lambda f: lambda x: f(x, np) * (1 + 1e-10 * hashed(x))),
        ("log, 1e-6", lambda x, m: m.log(x), 2.0, lambda f: lambda x: f(x, np) + 1e-6 * hashed(x)),
        ("x², 1e-4", lambda x, m: x * x, 1.5, lambda f: lambda x: f(x, np) + 1e-4 * hashed(x)),
        ("sin in float32", lambda x, m: m.sin(x), 1.0, single),
        ("rational in float32", lambda x, m: (1 + x) / (2 + x * x), 1.25, single),
        ("exp in float32", lambda x, m: m.exp(x) * m.cos(x), 0.75, single),
        ("rounded to 6 decimals", lambda x, m: m.tanh(x), 0.6, lambda f: lambda x: np.round(f(x, np), 6)),
        ("sqrt, 1e-12", lambda x, m: m.sqrt(x), 7.0, lambda f: lambda x: f(x, np) + 1e-12 * hashed(x)),
        ("arctan, 1e-7", lambda x, m: m.arctan(x), 0.3, lambda f: lambda x: f(x, np) + 1e-7 * hashed(x)),
        ("fast jitter", lambda x, m: m.cos(x), 2.0, lambda f: lambda x: f(x, np) + 1e-9 * np.sin(1e9 * x)),
        ("exp, 1e-5", lambda x, m: m.exp(-x), 1.2, lambda f: lambda x: f(x, np) * (1 + 1e-5 * hashed(x))),
    ]
    return [Problem("noisy", label, noise(f), x, ex.slope(f, x)) for label, f, x, noise in rows]


def raising(f, domain):
    """f that raises outside its domain, as the `math` module does."""

    def strict(x):
        if not domain(np.real(x)):
            raise ValueError("math domain error")
        return f(x)

    return strict


@category("one-sided domains")
def one_sided():
    rows = [
        ("x^1.5 at 0", lambda x, m: x**1.5, 0.0),
        ("log1p near -1", lambda x, m: m.log1p(x), -0.99999),
        ("log at 1e-5", lambda x, m: m.log(x), 1e-5),
        ("x² log x", lambda x, m: x * x * m.log(x), 1e-4),
        ("sqrt at 1e-6", lambda x, m: m.sqrt(x), 1e-6),
        ("sqrt(1-x²)", lambda x, m: m.sqrt(1 - x * x), 0.99999),
        ("arcsin near 1", lambda x, m: m.arcsin(x), 0.9999999),
        ("x^2.5 at 0", lambda x, m: x**2.5 + x, 0.0),
        ("(1-x)^1.5 at 1", lambda x, m: (1 - x) ** 1.5 + 2 * x, 1.0),
        ("sqrt(4-x²) x", lambda x, m: x * m.sqrt(4 - x * x), 1.999),
    ]
    out = written("one-sided domains", rows)
    edges = [
        ("exp on x >= 0", lambda x, m: m.exp(x), 0.0, lambda x: x >= 0),
        ("sin on x <= 1", lambda x, m: m.sin(x), 1.0, lambda x: x <= 1),
        ("1/x on x >= 2", lambda x, m: 1 / x, 2.0, lambda x: x >= 2),
        ("log raising", lambda x, m: m.log(x), 1e-3, lambda x: x > 0),
    ]
    for label, f, x, domain in edges:
        out.append(Problem("one-sided domains", label, raising(lambda x, f=f: f(x, np), domain), x, ex.slope(f, x)))
    return out


@category("cancellation")
def cancellation():
    expanded = lambda x, m: x**7 - 7 * x**6 + 21 * x**5 - 35 * x**4 + 35 * x**3 - 21 * x**2 + 7 * x - 1
    return written(
        "cancellation",
        [
            ("(1-cos x)/x²", lambda x, m: (1 - m.cos(x)) / (x * x), 1e-4),
            ("(exp x - 1)/x", lambda x, m: (m.exp(x) - 1) / x, 1e-5),
            ("log(1+x)", lambda x, m: m.log(1 + x), 1e-9),
            ("sqrt(x+1)-sqrt(x)", lambda x, m: m.sqrt(x + 1) - m.sqrt(x), 1e6),
            ("(x-1)^7 expanded", expanded, 1.05),
            ("sin x - x", lambda x, m: m.sin(x) - x, 1e-3),
            ("1e10 + sin", lambda x, m: (1e10 + m.sin(x)) - 1e10, 1.0),
            ("exp x - cos x", lambda x, m: (m.exp(x) - m.cos(x)) / m.sin(x), 1e-6),
            ("x² - (x-1e-5)²", lambda x, m: (x * x - (x - 1e-5) ** 2) * m.sin(x), 100.0),
            ("tan - sin over x³", lambda x, m: (m.tan(x) - m.sin(x)) / x**3, 1e-3),
            ("log ratio", lambda x, m: m.log(1e8 + x) - m.log(1e8), 3.0),
            ("1/(1+x) - (1-x)", lambda x, m: 1 / (1 + x) - (1 - x), 1e-4),
        ],
    )


@category("flat")
def flat():
    return written(
        "flat",
        [
            ("x⁴ at 0", lambda x, m: x**4, 0.0),
            ("x⁹ at 1e-3", lambda x, m: x**9, 1e-3),
            ("exp(-1/x²)", lambda x, m: m.exp(-1 / (x * x)), 0.2),
            ("tanh at 8", lambda x, m: m.tanh(x), 8.0),
            ("cos at 0", lambda x, m: m.cos(x), 0.0),
            ("cos at 1e-5", lambda x, m: m.cos(x), 1e-5),
            ("1 + (x-1)⁴", lambda x, m: 1 + (x - 1) ** 4, 1.01),
            ("constant", lambda x, m: 3.5 + 0 * x, 1.2),
            ("gauss tail", lambda x, m: m.exp(-x * x), 5.5),
            ("1 + 1e-9 sin", lambda x, m: 1 + 1e-9 * m.sin(x), 0.8),
            ("logistic tail", lambda x, m: 1 / (1 + m.exp(-x)), 25.0),
            ("x³ at 0", lambda x, m: x**3, 0.0),
            ("(x-2)² at 2", lambda x, m: (x - 2) ** 2 * m.exp(x), 2.0),
        ],
    )


@category("piecewise")
def piecewise():
    return written(
        "piecewise",
        [
            ("relu near 0", lambda x, m: m.maximum(x, 0.0) * 3, 1e-3),
            ("|x| near 0", lambda x, m: m.abs(x) + x * x, -1e-4),
            ("huber inside", lambda x, m: m.where(m.abs(x) <= 1, x * x / 2, m.abs(x) - 0.5), 0.999),
            ("max(sin, cos)", lambda x, m: m.maximum(m.sin(x), m.cos(x)), 0.79),
            ("step far", lambda x, m: m.floor(x) + m.sin(x), 1.02),
            ("sawtooth", lambda x, m: x - m.floor(x) + m.exp(x), 2.999),
            ("min chain", lambda x, m: m.minimum(m.minimum(x, 2 - x), 0.8) * m.exp(x), 0.78),
            ("x|x| at 0.01", lambda x, m: x * m.abs(x), 0.01),
            ("clipped", lambda x, m: m.minimum(m.maximum(x, -1.0), 1.0) ** 3, 0.9999),
            ("branch jump", lambda x, m: m.where(x > 1, m.sin(x), m.cos(x)), 1.003),
            ("|x|³ at 0.1", lambda x, m: m.abs(x) ** 3 + m.cos(x), 0.1),
            ("soft threshold", lambda x, m: m.maximum(m.abs(x) - 0.3, 0.0) * 2 + x, 0.3001),
        ],
    )


@category("not analytic")
def not_analytic():
    table_x = np.linspace(0, 4, 9)
    rows = [
        ("|z|²", lambda x, m: x * m.conj(x) + x, 1.3),
        ("real part", lambda x, m: m.sin(m.real(x)), 0.8),
        ("|sin z|", lambda x, m: m.abs(m.sin(x)), 2.0),
        ("sqrt(|x|²+1)", lambda x, m: m.sqrt(m.abs(x) ** 2 + 1), 1.5),
        ("conj exp", lambda x, m: m.conj(m.exp(x)), 0.6),
        ("|x| log|x|", lambda x, m: m.abs(x) * m.log(m.abs(x)), 0.7),
        ("mixed", lambda x, m: m.sin(x) + 1e-3 * m.abs(x), 1.1),
        ("slightly mixed", lambda x, m: m.exp(x) + 1e-7 * m.abs(x) ** 2, 0.9),
        ("real and analytic", lambda x, m: m.real(x) * m.cos(x), 1.4),
        ("norm", lambda x, m: m.sqrt(m.conj(x) * x + 2 * m.conj(x) + 3), 0.5),
    ]
    out = written("not analytic", rows)
    cast = lambda x, m: m.exp(-x) * x
    out.append(Problem("not analytic", "float()", lambda x: cast(float(np.real(x)), np), 1.7, ex.slope(cast, 1.7)))
    out.append(
        Problem(
            "not analytic",
            "table",
            lambda x: np.interp(np.real(x), table_x, table_x**2),
            1.3,
            float(mp.mpf(table_x[3] ** 2 - table_x[2] ** 2) / mp.mpf(0.5)),
        )
    )
    return out


@category("matrix functions")
def matrix_functions():
    rng = np.random.default_rng(7)
    n = 4
    G, dX, W = rng.normal(size=(n, n)), rng.normal(size=(n, n)), rng.normal(size=(n, n))
    A = G + 4 * np.eye(n)
    S = G @ G.T + np.eye(n)
    dS = dX + dX.T
    mA, mS, mdX, mdS, mW = (ex.matrix(a) for a in (A, S, dX, dS, W))
    inner = lambda a, b: ex.trace(a.T * b)
    rows = [
        ("tr W'inv(A)", lambda X: np.sum(W * np.linalg.inv(X)), A, dX, inner(mW, -(mA**-1) * mdX * mA**-1)),
        ("det", np.linalg.det, A, dX, mp.det(mA) * ex.trace(mA**-1 * mdX)),
        ("logdet", lambda X: np.linalg.slogdet(X)[1], S, dS, ex.trace(mS**-1 * mdS)),
        ("expm", lambda X: np.sum(W * sla.expm(X)), G, dX, inner(mW, ex.primary(mp.expm, ex.matrix(G), mdX))),
        ("sqrtm", lambda X: np.sum(W * sla.sqrtm(X)), S, dS, inner(mW, ex.primary(mp.sqrtm, mS, mdS))),
        ("logm", lambda X: np.sum(W * sla.logm(X)), S, dS, inner(mW, ex.primary(mp.logm, mS, mdS))),
        (
            "cube",
            lambda X: np.sum(W * (X @ X @ X)),
            A,
            dX,
            inner(mW, mdX * mA * mA + mA * mdX * mA + mA * mA * mdX),
        ),
        ("largest eigenvalue", lambda X: np.linalg.eigvalsh(X)[-1], S, dS, _eigenvalue_slope(mS, mdS)),
        (
            "Frobenius norm",
            lambda X: np.linalg.norm(X),
            A,
            dX,
            inner(mA, mdX) / mp.sqrt(inner(mA, mA)),
        ),
        ("Cholesky diagonal", _cholesky_sum, S, dS, ex.trace(mS**-1 * mdS) / 2),
        ("quadratic form", lambda X: W[0] @ X @ X.T @ W[1], A, dX, _quadratic_slope(mA, mdX, mW)),
        ("solve", lambda X: np.sum(np.linalg.solve(X, W[0])), A, dX, _solve_slope(mA, mdX, mW)),
        ("inv, small entries", lambda X: np.sum(np.linalg.inv(X)), A * 1e-6, dX, _small_inverse(A, mdX)),
        (
            "det of Hilbert",
            lambda X: np.linalg.slogdet(X)[1],
            sla.hilbert(5),
            np.eye(5),
            ex.trace(ex.matrix(sla.hilbert(5)) ** -1),
        ),
    ]
    return [Problem("matrix functions", label, Along(f, X, D), 0.0, float(value)) for label, f, X, D, value in rows]


@dataclass(frozen=True)
class Along:
    """t ↦ f(X + t·dX); Frechet is given f, X and dX, the peers this function at 0."""

    f: Callable[[Any], Any]
    X: Any
    dX: Any

    def __call__(self, t):
        return self.f(self.X + t * self.dX)


def _cholesky_sum(X):
    return np.sum(np.log(np.diag(np.linalg.cholesky(X))))


def _eigenvalue_slope(S, dS):
    values, vectors = mp.eigsy(S)
    top = max(range(S.rows), key=lambda i: values[i])
    v = vectors[:, top]
    return (v.T * dS * v)[0] / (v.T * v)[0]


def _quadratic_slope(A, dA, W):
    a, b = W[0, :], W[1, :]
    return (a * (dA * A.T + A * dA.T) * b.T)[0]


def _solve_slope(A, dA, W):
    inverse = A**-1
    return sum(-inverse * dA * inverse * W[0, :].T)


def _small_inverse(A, dA):
    inverse = ex.matrix(A * 1e-6) ** -1
    return sum(-inverse * dA * inverse)


@category("gradients and Jacobians")
def gradients():
    def rosenbrock(x, m):
        return sum(100 * (x[i + 1] - x[i] ** 2) ** 2 + (1 - x[i]) ** 2 for i in range(len(x) - 1))

    rows = [
        ("Rosenbrock", rosenbrock, [1.2, 0.7, -0.4]),
        ("log-sum-exp", lambda x, m: m.log(sum(m.exp(v) for v in x)), [0.3, -1.2, 2.2, 0.0]),
        ("mixed scales", lambda x, m: m.log(x[0]) + m.sqrt(x[1]) + x[2] ** 2, [1e-8, 1e8, 1.0]),
        ("product", lambda x, m: x[0] * x[1] * x[2] * m.sin(x[3]), [1.1, 2.2, 3.3, 4.4]),
        ("norm", lambda x, m: m.sqrt(sum(v * v for v in x)), [3.0, 4.0, 12.0]),
        ("logistic", lambda x, m: m.log(1 + m.exp(-(2 * x[0] - x[1] + 0.5 * x[2]))), [0.5, 0.2, -0.7]),
        ("Michaelis", lambda x, m: x[0] * x[2] / (x[1] + x[2]), [2.0, 0.5, 1.5]),
        ("polar", lambda x, m: [x[0] * m.cos(x[1]), x[0] * m.sin(x[1])], [2.0, 0.6]),
        (
            "Lorenz",
            lambda x, m: [10 * (x[1] - x[0]), x[0] * (28 - x[2]) - x[1], x[0] * x[1] - 8 / 3 * x[2]],
            [1.0, 2.0, 20.0],
        ),
        ("softmax", lambda x, m: [m.exp(v) / sum(m.exp(w) for w in x) for v in x], [0.1, -0.4, 1.3]),
        (
            "Robertson",
            lambda x, m: [
                -0.04 * x[0] + 1e4 * x[1] * x[2],
                0.04 * x[0] - 1e4 * x[1] * x[2] - 3e7 * x[1] ** 2,
            ],
            [0.9, 2e-5, 0.1],
        ),
        ("two-link arm", lambda x, m: [m.cos(x[0]) + m.cos(x[0] + x[1]), m.sin(x[0] + x[1])], [0.4, 1.1]),
    ]
    out = []
    for label, f, x in rows:
        exact = np.array(ex.gradient(f, x)).T
        out.append(Problem("gradients and Jacobians", label, lambda x, f=f: _stack(f(x, np)), np.array(x), exact))
    return out


def _stack(value):
    return np.array(value) if isinstance(value, list) else value


def random_problems(count: int = 300, seed: int = 20240) -> list[Problem]:
    """Random compositions of smooth functions, at random points."""
    rng = np.random.default_rng(seed)
    out = []
    while len(out) < count:
        f, x = random_function(rng), float(np.round(rng.normal() * 2, 3))
        with np.errstate(all="ignore"):
            value = f(x, np)
        slope = ex.slope(f, x)
        if np.isfinite(value) and abs(value) < 1e6 and 1e-6 < abs(slope) < 1e6:
            out.append(Problem("random", f"random {len(out)}", (lambda x, f=f: f(x, np)), x, slope))
    return out


def random_function(rng, depth: int = 3):
    if depth == 0:
        a, b = (float(np.round(v, 2)) for v in rng.normal(size=2))
        return lambda x, m: a * x + b
    u, v = random_function(rng, depth - 1), random_function(rng, depth - 1)
    return [
        lambda x, m: m.sin(u(x, m)) + v(x, m),
        lambda x, m: u(x, m) * v(x, m),
        lambda x, m: m.exp(-u(x, m) * u(x, m)) + v(x, m),
        lambda x, m: u(x, m) / (1 + v(x, m) * v(x, m)),
        lambda x, m: m.tanh(u(x, m)) - m.cos(v(x, m)),
        lambda x, m: m.sqrt(1 + u(x, m) * u(x, m)) * m.cos(v(x, m)),
        lambda x, m: m.log(1 + m.exp(u(x, m))) + v(x, m),
        lambda x, m: m.arctan(u(x, m)) * v(x, m),
    ][rng.integers(8)]
