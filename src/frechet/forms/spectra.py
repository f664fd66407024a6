"""Joint densities of eigenvalues: ∏ w(l_i) ∏_{i<j} |l_i - l_j|^β / Z, in any order, normalized.

For β = 1, 2, 4 they are derived: the density of the matrix, times the Jacobian of S = Q*diag(l)*Q', times the volume
of what the eigenvectors range over. The constants of Selberg's integral hold for every β > 0, and agree.
Source: Mehta, Random Matrices, 3rd ed. (2004), ch. 17; Forrester, Log-Gases and Random Matrices (2010), ch. 4.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from math import factorial
from typing import Any

import numpy as np
from scipy.special import gammaln

from frechet.errors import EvaluationError

__all__ = [
    "SpectralFamily", "antisymmetric", "circular", "complex_ginibre", "hermite", "jacobi", "laguerre", "special_orthogonal",
]  # fmt: skip

Array = np.ndarray


@dataclass(frozen=True, repr=False)
class SpectralFamily:
    """The joint density of n eigenvalues in any order (n! times it for ordered ones).

    logpdf(l)       its logarithm; l has the eigenvalues along its last axis
    marginal(x)     the density of one of them, for n <= 4 and real eigenvalues, by quadrature over the others
    formula, support, exponent β, log_constant = log Z
    """

    size: int
    exponent: float
    log_weight: Callable[[Array], Array]
    log_constant: float
    formula: str
    support: str
    bounds: tuple[float, float] | None = None
    powers: bool = False  # at the ends of the interval
    on_circle: bool = False
    repels: Callable[[Array], Array] | None = None  # the differences are those of this function of the values

    def logpdf(self, l: Any) -> Array:
        """log of the density; -inf outside of the support. EvaluationError for another number of eigenvalues."""
        l = np.asarray(l)
        if l.shape[-1:] != (self.size,):
            raise EvaluationError(f"there are {self.size} eigenvalues, the array has {l.shape[-1:] or 'one'}")
        z = np.exp(1j * l) if self.on_circle else l if self.repels is None else self.repels(l)
        rows, cols = np.triu_indices(self.size, 1)
        with np.errstate(divide="ignore", invalid="ignore"):
            gaps = np.log(np.abs(z[..., rows] - z[..., cols])).sum(-1)
            return self.log_weight(l).sum(-1) + self.exponent * gaps - self.log_constant

    def marginal(self, x: Any) -> Array:
        """The density of one eigenvalue: the others integrated out."""
        if self.bounds is None or self.size > 4:
            raise EvaluationError("the density of one eigenvalue is computed for at most 4 real ones")
        low, high = self.bounds
        found = []
        for value in np.atleast_1d(np.asarray(x, dtype=float)):
            total = 0.0
            if low < value < high:
                for below in range(self.size):  # how many of the others are smaller: between them nothing is kinked
                    points, weights = _product_rule(
                        _ordered(low, value, below, self.size - 1, self.powers),
                        _ordered(value, high, self.size - 1 - below, self.size - 1, self.powers),
                    )
                    l = np.concatenate([np.full((len(points), 1), value), points], axis=1)
                    total += float(np.exp(self.logpdf(l)) @ weights)
            found.append(factorial(self.size - 1) * total)
        return np.array(found)

    def total(self) -> float:
        """The integral of the density over everything, by quadrature: 1."""
        if self.bounds is None:
            raise EvaluationError("the integral is computed for real eigenvalues")
        points, weights = _ordered(*self.bounds, self.size, self.size, self.powers)
        return float(factorial(self.size) * np.exp(self.logpdf(points)) @ weights)

    def __str__(self) -> str:
        return f"{self.formula}, log Z = {self.log_constant:.6g}, {self.support}, unordered"

    __repr__ = __str__


_COUNT = {1: 120, 2: 100, 3: 48, 4: 24, 5: 20}  # nodes for each of so many variables


@lru_cache(maxsize=16)
def _nodes(count: int) -> tuple[Array, Array]:
    """Gauss-Legendre nodes and weights on (0, 1)."""
    t, w = np.polynomial.legendre.leggauss(count)
    return (t + 1) / 2, w / 2


def _ordered(low: float, high: float, k: int, n: int, powers: bool) -> tuple[Array, Array]:
    """Nodes and weights for low < y_1 < … < y_k < high, one of n variables: Gauss-Legendre, after a substitution that is
    flat at both ends where the integrand has powers there.
    """
    t, w = _nodes(_COUNT[min(max(n, 1), 5)])
    if powers:
        smooth = t**5 * (126 - 420 * t + 540 * t**2 - 315 * t**3 + 70 * t**4)
        t, w = smooth, w * 630 * t**4 * (1 - t) ** 4
    points, weights = np.zeros((1, 0)), np.ones(1)
    for _ in range(k):
        start = points[:, -1] if points.shape[1] else np.full(len(points), low)
        new = start[:, None] + (high - start)[:, None] * t
        weights = (weights[:, None] * (high - start)[:, None] * w).ravel()
        points = np.concatenate([np.repeat(points, len(t), axis=0), new.reshape(-1, 1)], axis=1)
    return points, weights


def _product_rule(a: tuple[Array, Array], b: tuple[Array, Array]) -> tuple[Array, Array]:
    left, right = np.repeat(a[0], len(b[0]), axis=0), np.tile(b[0], (len(a[0]), 1))
    return np.concatenate([left, right], axis=1), np.multiply.outer(a[1], b[1]).ravel()


def _power(beta: float) -> str:
    return "" if beta == 1 else f"^{beta:g}"


def _entries(a: float) -> str:
    return "" if a == 0 else f"prod(i, l_i{_power(a)})*"


def _selberg(n: int, beta: float) -> float:
    return float(sum(gammaln(1 + j * beta / 2) - gammaln(1 + beta / 2) for j in range(1, n + 1)))


def hermite(n: int, beta: float) -> SpectralFamily:
    """Weight e^(-l²/2): the Gaussian ensembles. Mehta's integral: Z = (2π)^(n/2) ∏ Γ(1+jβ/2)/Γ(1+β/2)."""
    constant = n / 2 * np.log(2 * np.pi) + _selberg(n, beta)
    edge = 9 + np.sqrt(2 * beta * n)
    return SpectralFamily(
        n, beta, lambda l: -(l**2) / 2, constant, f"prod(i<j, |l_i - l_j|{_power(beta)})*exp(-sum(i, l_i^2)/2)/Z",
        "l in R^n", (-edge, edge),
    )  # fmt: skip


def laguerre(n: int, beta: float, a: float, scale: float = 1.0) -> SpectralFamily:
    """Weight l^a e^(-l/scale): Wishart matrices. Z = scale^(n(a+1)+βn(n-1)/2) ∏ Γ(1+jβ/2)/Γ(1+β/2) Γ(a+1+(j-1)β/2)."""
    constant = _selberg(n, beta) + float(sum(gammaln(a + 1 + j * beta / 2) for j in range(n)))
    constant += (n * (a + 1) + beta * n * (n - 1) / 2) * np.log(scale)
    edge = scale * (40 + 4 * (a + 1 + beta * n))
    over = "" if scale == 1 else f"/{scale:g}"

    def log_weight(l: Array) -> Array:
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(l > 0, (a * np.log(np.abs(l)) if a else 0.0) - l / scale, -np.inf)

    return SpectralFamily(
        n, beta, log_weight, constant, f"prod(i<j, |l_i - l_j|{_power(beta)})*{_entries(a)}exp(-sum(i, l_i){over})/Z",
        "l > 0", (0.0, edge), True,
    )  # fmt: skip


def jacobi(n: int, beta: float, a: float, c: float) -> SpectralFamily:
    """Weight l^a (1-l)^c on (0, 1). Z is Selberg's integral S_n(a+1, c+1, β/2)."""
    g = beta / 2
    constant = sum(
        gammaln(a + 1 + j * g) + gammaln(c + 1 + j * g) + gammaln(1 + (j + 1) * g)
        - gammaln(a + c + 2 + (n + j - 1) * g) - gammaln(1 + g)
        for j in range(n)
    )  # fmt: skip

    def log_weight(l: Array) -> Array:
        with np.errstate(divide="ignore", invalid="ignore"):
            inside = (l > 0) & (l < 1)
            logs = (a * np.log(np.abs(l)) if a else 0.0) + (c * np.log(np.abs(1 - l)) if c else 0.0)
            return np.where(inside, logs, -np.inf)

    return SpectralFamily(
        n, beta, log_weight, float(constant), f"prod(i<j, |l_i - l_j|{_power(beta)})*prod(i, l_i{_power(a)}*(1 - l_i){_power(c)})/Z",
        "0 < l < 1", (0.0, 1.0), True,
    )  # fmt: skip


def antisymmetric(n: int) -> SpectralFamily:
    """The eigenvalues ±1i*b of Gaussian skew-symmetric matrices: weight b^(2(n mod 2)) e^(-b²/2), and |b_i² - b_j²|².

    With x = b²/2 these are Laguerre weights x^((n mod 2) - 1/2). Mehta, Random Matrices (2004), ch. 13.
    """
    h, odd = n // 2, n % 2
    constant = laguerre(h, 2, odd - 0.5).log_constant + (h * (h - 1) + h * (odd - 0.5)) * np.log(2)

    def log_weight(b: Array) -> Array:
        with np.errstate(divide="ignore"):
            return np.where(b > 0, -(b**2) / 2 + (2 * np.log(np.abs(b)) if odd else 0.0), -np.inf)

    return SpectralFamily(
        h, 2, log_weight, constant, f"prod(i<j, |b_i^2 - b_j^2|^2)*{'prod(i, b_i^2)*' if odd else ''}exp(-sum(i, b_i^2)/2)/Z",
        "b > 0, eigenvalues ±1i*b", (0.0, 9 + np.sqrt(4.0 * n)), repels=np.square,
    )  # fmt: skip


def special_orthogonal(n: int) -> SpectralFamily:
    """The eigenvalues exp(±1i*t) of rotations: |cos t_i - cos t_j|², and 1 - cos t_i where n is odd: Weyl's formula.

    With x = (1 + cos t)/2 these are Jacobi weights. Weyl, The Classical Groups (1946), ch. VII.9.
    """
    h, odd = n // 2, n % 2
    constant = jacobi(h, 2, -0.5, odd - 0.5).log_constant + (h * (h - 1) + h * odd) * np.log(2)

    def log_weight(t: Array) -> Array:
        with np.errstate(divide="ignore"):
            inside = (t > 0) & (t < np.pi)
            return np.where(inside, np.log(np.abs(1 - np.cos(t))) if odd else 0.0, -np.inf)

    return SpectralFamily(
        h, 2, log_weight, constant, f"prod(i<j, |cos(t_i) - cos(t_j)|^2)*{'prod(i, 1 - cos(t_i))' if odd else '1'}/Z",
        "0 < t < pi, eigenvalues exp(±1i*t)", (0.0, np.pi), repels=np.cos,
    )  # fmt: skip


def circular(n: int, beta: float) -> SpectralFamily:
    """Uniform weight on the circle. Z = (2π)^n Γ(1+βn/2)/Γ(1+β/2)^n, Dyson's constant term."""
    constant = n * np.log(2 * np.pi) + gammaln(1 + beta * n / 2) - n * gammaln(1 + beta / 2)

    return SpectralFamily(
        n, beta, lambda t: np.where((t >= 0) & (t <= 2 * np.pi), 0.0, -np.inf), float(constant),
        f"prod(i<j, |exp(1i*t_i) - exp(1i*t_j)|{_power(beta)})/Z", "0 < t < 2*pi", (0.0, 2 * np.pi), on_circle=True,
    )  # fmt: skip


def complex_ginibre(n: int) -> SpectralFamily:
    """The eigenvalues of complex Gaussian matrices: weight e^(-|z|²) in the plane, Z = π^n ∏ j!."""
    constant = n * np.log(np.pi) + float(sum(gammaln(j + 1) for j in range(1, n + 1)))
    return SpectralFamily(
        n, 2, lambda z: -(np.abs(z) ** 2), constant, "prod(i<j, |z_i - z_j|^2)*exp(-sum(i, |z_i|^2))/Z", "z in C^n"
    )
