"""Wishart matrices, their inverses, and the matrix beta distributions that two of them make.

Source: Muirhead, Aspects of Multivariate Statistical Theory (1982), ch. 3; Gupta and Nagar, Matrix Variate Distributions (2000), ch. 3, 5.
"""

from __future__ import annotations

import numpy as np
from scipy.special import gammaln, multigammaln

from frechet.errors import EvaluationError
from frechet.forms import spectra
from frechet.forms.ensembles import FULL_RANK, Ensemble, Parameters
from frechet.forms.scalars import COMPLEX, REAL
from frechet.forms.spectra import SpectralFamily

__all__ = ["WISHARTS", "bartlett", "sample_jacobi"]

Array = np.ndarray


def bartlett(rng: np.random.Generator, n: int, m: float, beta: int) -> Array:
    """L of L*L' for a Wishart matrix: |l_ii|^2 chi-square of β(m-i+1) real degrees, l_ij Gaussian."""
    scalars = {1: REAL, 2: COMPLEX}[beta]
    L = np.tril(scalars.gaussian(rng, n, n), -1)
    L[np.diag_indices(n)] = np.sqrt(rng.chisquare(beta * (m - np.arange(n))) / beta)
    return L


def wishart(beta: int) -> Ensemble:
    def logpdf(S: Array, p: Parameters) -> float:
        n, m = len(S), p["m"]
        logdet = np.linalg.slogdet(S)[1]
        if not np.all(np.linalg.eigvalsh(S) > 0):
            return -np.inf
        if beta == 1:
            constant = m * n / 2 * np.log(2) + multigammaln(m / 2, n)
            return float((m - n - 1) / 2 * logdet - np.trace(S) / 2 - constant)
        constant = n * (n - 1) / 2 * np.log(np.pi) + sum(gammaln(m - i) for i in range(n))
        return float((m - n) * logdet - np.trace(S).real - constant)

    def sample(rng: np.random.Generator, p: Parameters) -> Array:
        L = bartlett(rng, int(p["n"]), p["m"], beta)
        return L @ L.conj().T

    def eigenvalues(p: Parameters) -> SpectralFamily:
        n, m = int(p["n"]), p["m"]
        return spectra.laguerre(n, beta, beta * (m - n + 1) / 2 - 1, 2.0 if beta == 1 else 1.0)

    formula = (
        "|S|^((m-n-1)/2)*exp(-tr(S)/2)/(2^(m*n/2)*Gamma_n(m/2))"
        if beta == 1
        else "|S|^(m-n)*exp(-tr(S))/(pi^(n*(n-1)/2)*prod(i, Gamma(m-i+1)))"
    )
    return Ensemble(
        ("n", "m"),
        "(dS), the entries i >= j",
        formula,
        logpdf,
        sample,
        eigenvalues,
        REAL if beta == 1 else COMPLEX,
        FULL_RANK,
        is_hermitian=True,
    )


REAL_WISHART = wishart(1)


COMPLEX_WISHART = wishart(2)


def _inverse_wishart(beta: int) -> Ensemble:
    """By the Jacobian of the inverse: f(S) = f_W(inv(S)) |S|^-(n+1), of complex matrices |S|^-2n."""

    def logpdf(S: Array, p: Parameters) -> float:
        n = len(S)
        if not np.all(np.linalg.eigvalsh(S) > 0):
            return -np.inf
        wishart = (REAL_WISHART if beta == 1 else COMPLEX_WISHART).logpdf
        assert wishart is not None
        return wishart(np.linalg.inv(S), p) - (beta * (n - 1) + 2) * float(np.linalg.slogdet(S)[1])

    def sample(rng: np.random.Generator, p: Parameters) -> Array:
        inverse = np.linalg.inv(bartlett(rng, int(p["n"]), p["m"], beta))
        return inverse.conj().T @ inverse

    formula = (
        "|S|^(-(m+n+1)/2)*exp(-tr(inv(S))/2)/(2^(m*n/2)*Gamma_n(m/2))"
        if beta == 1
        else "|S|^(-(m+n))*exp(-tr(inv(S)))/(pi^(n*(n-1)/2)*prod(i, Gamma(m-i+1)))"
    )
    scalars = REAL if beta == 1 else COMPLEX
    return Ensemble(
        ("n", "m"),
        "(dS), the entries i >= j",
        formula,
        logpdf,
        sample,
        scalars=scalars,
        conditions=FULL_RANK,
        is_hermitian=True,
    )


def _log_beta(p: Parameters, n: int) -> float:
    """log of the multivariate beta function Gamma_n(a)*Gamma_n(b)/Gamma_n(a+b)."""
    return float(multigammaln(p["a"], n) + multigammaln(p["b"], n) - multigammaln(p["a"] + p["b"], n))


def _log_matrix_beta(X: Array, p: Parameters) -> float:
    n = len(X)
    l = np.linalg.eigvalsh(X)
    if l[0] <= 0 or l[-1] >= 1:
        return -np.inf
    logs = (p["a"] - (n + 1) / 2) * np.log(l) + (p["b"] - (n + 1) / 2) * np.log1p(-l)
    return float(logs.sum()) - _log_beta(p, n)


def _log_matrix_f(F: Array, p: Parameters) -> float:
    """By X = F*inv(I + F) and its Jacobian |I + F|^-(n+1)."""
    n = len(F)
    l = np.linalg.eigvalsh(F)
    if l[0] <= 0:
        return -np.inf
    logs = (p["a"] - (n + 1) / 2) * np.log(l) - (p["a"] + p["b"]) * np.log1p(l)
    return float(logs.sum()) - _log_beta(p, n)


def _sample_matrix_beta(rng: np.random.Generator, p: Parameters) -> Array:
    n = int(p["n"])
    return sample_jacobi(rng, {"n": n, "beta": 1, "a": p["a"] - (n + 1) / 2, "c": p["b"] - (n + 1) / 2})


def _sample_matrix_f(rng: np.random.Generator, p: Parameters) -> Array:
    l, V = np.linalg.eigh(_sample_matrix_beta(rng, p))
    return (V * (l / (1 - l))) @ V.T


def _jacobi_spectrum(p: Parameters) -> SpectralFamily:
    n = int(p["n"])
    return spectra.jacobi(n, 1, p["a"] - (n + 1) / 2, p["b"] - (n + 1) / 2)


_BETA_CONDITIONS = (
    ("a > (n - 1)/2", ("n", "a"), lambda p: p["a"] > (p["n"] - 1) / 2),
    ("b > (n - 1)/2", ("n", "b"), lambda p: p["b"] > (p["n"] - 1) / 2),
)


def sample_jacobi(rng: np.random.Generator, p: Parameters) -> Array:
    """inv(C)*A*inv(C') with A and B Wishart, A + B = C*C': a matrix beta."""
    n, beta = int(p["n"]), int(p["beta"])
    if p["beta"] not in (1, 2):
        raise EvaluationError("Jacobi matrices are sampled for beta = 1, 2")
    factors = [bartlett(rng, n, 2 * (e + 1) / beta + n - 1, beta) for e in (p["a"], p["c"])]
    A, B = (L @ L.conj().T for L in factors)
    C = np.linalg.inv(np.linalg.cholesky(A + B))
    return C @ A @ C.conj().T


WISHARTS = {
    "wishart": REAL_WISHART,
    "complex wishart": COMPLEX_WISHART,
    "inverse wishart": _inverse_wishart(1),
    "complex inverse wishart": _inverse_wishart(2),
    "matrix beta": Ensemble(
        ("n", "a", "b"),
        "(dX), the entries i >= j",
        "|X|^(a-(n+1)/2)*|I - X|^(b-(n+1)/2)/B_n(a, b)",
        _log_matrix_beta,
        _sample_matrix_beta,
        _jacobi_spectrum,
        conditions=_BETA_CONDITIONS,
        is_hermitian=True,
    ),
    "matrix f": Ensemble(
        ("n", "a", "b"),
        "(dF), the entries i >= j",
        "|F|^(a-(n+1)/2)*|I + F|^(-(a+b))/B_n(a, b)",
        _log_matrix_f,
        _sample_matrix_f,
        conditions=_BETA_CONDITIONS,
        is_hermitian=True,
    ),
}
"""The families by name."""
