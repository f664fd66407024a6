"""Densities of random matrices: normalized, sampled, with the joint density of their eigenvalues.

    D = fr.density("wishart(n, m)")
    D.logpdf(S, m=5)              with respect to the measure that D names
    D.sample(1000, n=3, m=5)      an array of matrices
    D.eigenvalues(n=3, m=5)       a `SpectralFamily`
    D.compare(n=2, m=5)           simulated eigenvalues against the derived density: a Verdict
    D.plot(n=2, m=5)              the histogram beside the density

Source: Muirhead (1982), ch. 3; Lewandowski, Kurowicka and Joe, J. Multivariate Anal. 100 (2009); Dumitriu and Edelman,
J. Math. Phys. 43 (2002); Mezzadri, Notices AMS 54 (2007).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
from scipy.special import betaln, gammaln, multigammaln
from scipy.stats import kstest

from frechet.check.verdict import Verdict
from frechet.errors import EvaluationError, LanguageError
from frechet.forms import spectra
from frechet.forms.antisymmetric import ANTISYMMETRIC, SPECIAL_ORTHOGONAL
from frechet.forms.asked import jacobian_of
from frechet.forms.ensembles import Ensemble, Parameters, above
from frechet.forms.jacobians import Jacobian
from frechet.forms.scalars import COMPLEX, QUATERNION, REAL, Scalars
from frechet.forms.spectra import SpectralFamily
from frechet.forms.volumes import log_volume_of_stiefel
from frechet.forms.wisharts import WISHARTS, bartlett, sample_jacobi

__all__ = ["ENSEMBLES", "Density", "density"]

Array = np.ndarray


class Density:
    """The density of a random matrix; see `density`. Parameters that are letters are given to each method by name."""

    def __init__(self, name: str, ensemble: Ensemble, given: Mapping[str, float], letters: Mapping[str, str]):
        self.name, self.ensemble, self.given, self.letters = name, ensemble, dict(given), dict(letters)

    def _parameters(self, named: Mapping[str, float], X: Array | None = None) -> Parameters:
        found = dict(self.given)
        for argument, letter in self.letters.items():
            if letter in named:
                found[argument] = named[letter]
            elif argument == "n" and X is not None:
                found[argument] = X.shape[-1]
        if unknown := [k for k in named if k not in self.letters.values()]:
            raise EvaluationError(
                f"{self.name} has no parameter {', '.join(unknown)}: they are {', '.join(self.letters.values())}"
            )
        if missing := [letter for a, letter in self.letters.items() if a not in found]:
            raise EvaluationError(f"{', '.join(missing)} has no value: write {missing[0]}=3")
        self.ensemble.require(self.name, found)
        return found

    def logpdf(self, X: Any, **parameters: Any) -> Any:
        """log of the density at a matrix, or at each of a stack; -inf outside of the support."""
        X = np.asarray(X)
        if self.ensemble.logpdf is None:
            raise EvaluationError(f"{self.name} is known by its eigenvalues only")
        p = self._parameters(parameters, X)
        if X.ndim > 2:
            return np.array([self.ensemble.log_density(x, p) for x in X.reshape(-1, *X.shape[-2:])]).reshape(
                X.shape[:-2]
            )
        return self.ensemble.log_density(X, p)

    def sample(self, count: int = 1, seed: int | np.random.Generator = 0, **parameters: Any) -> Array:
        """`count` independent matrices, an array with the matrices along its first axis."""
        if self.ensemble.sample is None:
            raise EvaluationError(f"no sampler is known for {self.name}")
        rng = np.random.default_rng(seed)
        p = self._parameters(parameters)
        return np.array([self.ensemble.sample(rng, p) for _ in range(count)])

    def eigenvalues(self, **parameters: Any) -> SpectralFamily:
        """The joint density of the eigenvalues. EvaluationError where none is known."""
        if self.ensemble.eigenvalues is None:
            raise EvaluationError(f"no joint density of the eigenvalues of {self.name} is known")
        return self.ensemble.eigenvalues(self._parameters(parameters))

    def sampled_eigenvalues(self, count: int, seed: int = 0, **parameters: Any) -> Array:
        """The eigenvalues of `count` sampled matrices, one row each."""
        X = self.sample(count, seed, **parameters)
        if self.ensemble.spectrum_of is not None:
            return self.ensemble.spectrum_of(X)
        b = self.ensemble.scalars.block
        if np.allclose(X, np.conj(np.swapaxes(X, -1, -2))):
            return np.linalg.eigvalsh(X)[..., ::b]
        z = np.linalg.eigvals(X)
        return np.angle(z) % (2 * np.pi) if np.allclose(np.abs(z), 1) else z

    def compare(self, count: int = 2000, seed: int = 0, **parameters: Any) -> Verdict:
        """Simulated eigenvalues against the derived density, one eigenvalue of each matrix: a Kolmogorov-Smirnov test.

        Right where the probability of a larger distance is above 0.001.
        """
        spectrum = self.eigenvalues(**parameters)
        rows = self.sampled_eigenvalues(count, seed, **parameters)
        picked = np.random.default_rng([seed, 1]).integers(0, rows.shape[1], len(rows))
        x = rows[np.arange(len(rows)), picked]
        low, high = x.min() - 1e-9, x.max() + 1e-9
        edge = (high - low) / 2
        bounds = (0.0, 2 * np.pi) if spectrum.on_circle else (low - edge, high + edge)
        grid = np.linspace(bounds[0], bounds[1], 200)
        pdf = spectrum.marginal(grid)
        cdf = np.concatenate([[0.0], np.cumsum((pdf[1:] + pdf[:-1]) / 2 * np.diff(grid))])
        result = kstest(x, lambda t: np.interp(t, grid, cdf))
        method = f"{count} simulated matrices, Kolmogorov-Smirnov distance, p = {result.pvalue:.3g}"
        return Verdict(
            bool(result.pvalue > 1e-3),
            float(result.statistic),
            1 / np.sqrt(count),
            method,
            (),
            seed,
            ("density",),
            points=count,
        )

    def plot(self, count: int = 4000, seed: int = 0, ax: Any = None, **parameters: Any) -> Any:
        """The histogram of simulated eigenvalues and the derived density of one; needs matplotlib. Returns the axes."""
        from matplotlib import pyplot  # here: only who draws pays for it

        spectrum = self.eigenvalues(**parameters)
        values = self.sampled_eigenvalues(count, seed, **parameters).ravel()
        ax = ax or pyplot.figure().add_subplot()
        _, edges, _ = ax.hist(values, bins=60, density=True, color="0.8", label=f"{count} simulated matrices")
        x = np.linspace(edges[0], edges[-1], 200)
        ax.plot(x, spectrum.marginal(x), color="black", label="derived density")
        ax.set_xlabel("angle of an eigenvalue" if spectrum.on_circle else "eigenvalue")
        ax.set_ylabel("density of one")
        sizes = ", ".join(f"{k} = {v}" for k, v in parameters.items())
        ax.set_title(f"{self.name}{f', {sizes}' if sizes else ''}: {spectrum.formula}", fontsize=8)
        ax.legend()
        return ax

    def __str__(self) -> str:
        e = self.ensemble
        return f"{self.name}: {e.formula}, with respect to {e.measure}"

    __repr__ = __str__


# --- Gaussian ---------------------------------------------------------------------------------------------


def _gaussian(scalars: Scalars) -> Ensemble:
    beta = scalars.beta

    def logpdf(S: Array, p: Parameters) -> float:
        n = S.shape[0] // scalars.block
        square = float(np.sum(np.abs(S) ** 2)) / scalars.block
        return -square / 2 - n / 2 * np.log(2 * np.pi) - beta * n * (n - 1) / 4 * np.log(np.pi)

    def sample(rng: np.random.Generator, p: Parameters) -> Array:
        n = int(p["n"])
        G = scalars.gaussian(rng, n, n) * np.sqrt(beta)  # every real component N(0, 1)
        return (G + G.conj().T) / 2

    return Ensemble(
        ("n",), "(dS), the entries i >= j" + (", each real component" if beta > 1 else ""),
        f"exp(-tr(S^2)/2)/((2*pi)^(n/2)*pi^({ {1: 'n*(n-1)/4', 2: 'n*(n-1)/2', 4: 'n*(n-1)'}[beta]}))",
        logpdf, sample, lambda p: spectra.hermite(int(p["n"]), beta), scalars, is_hermitian=True,
    )  # fmt: skip


def _beta_hermite(rng: np.random.Generator, p: Parameters) -> Array:
    """The tridiagonal model of Dumitriu and Edelman."""
    n, beta = int(p["n"]), p["beta"]
    off = np.sqrt(rng.chisquare(beta * np.arange(n - 1, 0, -1))) if n > 1 else np.zeros(0)
    return (np.diag(rng.normal(0, np.sqrt(2), n)) + np.diag(off, 1) + np.diag(off, -1)) / np.sqrt(2)


# --- others -----------------------------------------------------------------------------------------------


def _log_lkj(R: Array, p: Parameters) -> float:
    n, eta = len(R), p["eta"]
    if not np.allclose(np.diag(R), 1) or not np.all(np.linalg.eigvalsh(R) > 0):
        return -np.inf
    k = np.arange(1, n)
    constant = np.sum((2 * eta - 2 + n - k) * (n - k) * np.log(2) + (n - k) * betaln(*[eta + (n - k - 1) / 2] * 2))
    return float((eta - 1) * np.linalg.slogdet(R)[1] - constant)


def _sample_lkj(rng: np.random.Generator, p: Parameters) -> Array:
    """Partial correlations, beta distributed: the rows of a Cholesky factor one after the other."""
    n, eta = int(p["n"]), p["eta"]
    L = np.zeros((n, n))
    L[0, 0] = 1.0
    for i in range(1, n):
        rest = 1.0
        for j in range(i):
            b = eta + (n - j - 2) / 2
            z = 2 * rng.beta(b, b) - 1
            L[i, j] = z * np.sqrt(rest)
            rest *= 1 - z**2
        L[i, i] = np.sqrt(rest)
    return L @ L.T


def _haar(scalars: Scalars) -> Ensemble:
    def sample(rng: np.random.Generator, p: Parameters) -> Array:
        n = int(p["n"])
        Q, R = np.linalg.qr(scalars.gaussian(rng, n, n))
        return Q * (np.diag(R) / np.abs(np.diag(R)))  # with positive r_ii, otherwise it is not Haar

    def logpdf(Q: Array, p: Parameters) -> float:
        n = len(Q)
        inside = np.allclose(Q.conj().T @ Q, np.eye(n), atol=1e-8)
        return -log_volume_of_stiefel(n, n, scalars.beta) if inside else -np.inf

    eigenvalues = (lambda p: spectra.circular(int(p["n"]), 2)) if scalars.beta == 2 else None
    return Ensemble(("n",), "(Q'dQ), not normalized", "1/vol", logpdf, sample, eigenvalues, scalars)


def _ginibre(scalars: Scalars) -> Ensemble:
    beta = scalars.beta

    def logpdf(X: Array, p: Parameters) -> float:
        square, count = float(np.sum(np.abs(X) ** 2)), X.size
        return -square * beta / 2 - count * beta / 2 * np.log(2 * np.pi / beta)

    eigenvalues = (lambda p: spectra.complex_ginibre(int(p["n"]))) if beta == 2 else None
    formula = "exp(-tr(X'*X)/2)/(2*pi)^(n^2/2)" if beta == 1 else "exp(-tr(X'*X))/pi^(n^2)"
    sample = lambda rng, p: scalars.gaussian(rng, int(p["n"]), int(p["n"]))
    return Ensemble(("n",), "(dX), all entries", formula, logpdf, sample, eigenvalues, scalars)


def _log_matrix_t(T: Array, p: Parameters) -> float:
    m, n, nu = T.shape[0], T.shape[1], p["nu"]
    top = multigammaln((nu + n + m - 1) / 2, m) - multigammaln((nu + m - 1) / 2, m)
    return float(top - m * n / 2 * np.log(np.pi) - (nu + n + m - 1) / 2 * np.linalg.slogdet(np.eye(m) + T @ T.T)[1])


def _sample_matrix_t(rng: np.random.Generator, p: Parameters) -> Array:
    m, n = int(p["m"]), int(p["n"])
    L = bartlett(rng, m, p["nu"] + m - 1, 1)
    return np.linalg.solve(L.T, rng.standard_normal((m, n)))


def _log_dirichlet(x: Array, p: Parameters) -> float:
    """With respect to all but the last coordinate of the simplex; from independent gammas by g = s*x, ∏ dg = s^(n-1) ds dx."""
    a, x = np.asarray(p["a"], dtype=float), x.ravel()
    if len(x) != len(a):
        raise EvaluationError(f"there are {len(a)} exponents, and {len(x)} coordinates")
    if (x <= 0).any() or abs(x.sum() - 1) > 1e-9:
        return -np.inf
    return float(gammaln(a.sum()) - gammaln(a).sum() + (a - 1) @ np.log(x))


@lru_cache(maxsize=1)
def _logarithm() -> Jacobian:
    return jacobian_of("Y = logm(X)", X="spd(n)")


def _log_lognormal(X: Array, p: Parameters) -> float:
    """f_X(X) = f_GOE(logm(X)) |det d logm(X)|, the Jacobian by its derived formula."""
    l, V = np.linalg.eigh(X)
    if l[0] <= 0:
        return -np.inf
    Y = (V * np.log(l)) @ V.T
    assert ENSEMBLES["goe"].logpdf is not None
    return ENSEMBLES["goe"].logpdf(Y, p) + _logarithm().logabsdet(X=X)


def _sample_lognormal(rng: np.random.Generator, p: Parameters) -> Array:
    assert ENSEMBLES["goe"].sample is not None
    l, V = np.linalg.eigh(ENSEMBLES["goe"].sample(rng, p))
    return (V * np.exp(l)) @ V.T


def _sample_circular(rng: np.random.Generator, p: Parameters) -> Array:
    U = _haar(COMPLEX).sample(rng, p)  # type: ignore[misc]
    if p["beta"] == 2:
        return U
    if p["beta"] == 1:
        return U.T @ U
    raise EvaluationError("circular ensembles are sampled for beta = 1, 2")


def _circular(beta: int) -> Ensemble:
    formula = f"prod(i<j, |exp(1i*t_i) - exp(1i*t_j)|{'' if beta == 1 else f'^{beta}'})/Z"
    return Ensemble(
        ("n",), "the eigenvalues exp(1i*t)", formula, None, lambda rng, p: _sample_circular(rng, {**p, "beta": beta}),
        lambda p: spectra.circular(int(p["n"]), beta),
    )  # fmt: skip


ENSEMBLES: dict[str, Ensemble] = {
    "goe": _gaussian(REAL),
    "gue": _gaussian(COMPLEX),
    "gse": _gaussian(QUATERNION),
    "hermite": Ensemble(
        ("n", "beta"), "the eigenvalues", "prod(i<j, |l_i - l_j|^beta)*exp(-sum(i, l_i^2)/2)/Z", None, _beta_hermite,
        lambda p: spectra.hermite(int(p["n"]), p["beta"]), conditions=(above("beta"),),
    ),
    **WISHARTS,
    "lkj": Ensemble(
        ("n", "eta"), "(dR), the entries i > j", "|R|^(eta-1)/c_n(eta)", _log_lkj, _sample_lkj, conditions=(above("eta"),), is_hermitian=True,
    ),
    "antisymmetric": ANTISYMMETRIC,
    "special orthogonal": SPECIAL_ORTHOGONAL,
    "haar": _haar(REAL),
    "haar unitary": _haar(COMPLEX),
    "ginibre": _ginibre(REAL),
    "complex ginibre": _ginibre(COMPLEX),
    "jacobi": Ensemble(
        ("n", "a", "c", "beta"), "the eigenvalues", "prod(i<j, |l_i - l_j|^beta)*prod(i, l_i^a*(1 - l_i)^c)/Z", None,
        sample_jacobi, lambda p: spectra.jacobi(int(p["n"]), p["beta"], p["a"], p["c"]),
        conditions=(above("a", -1), above("c", -1), above("beta")),
    ),
    "circular": Ensemble(
        ("n", "beta"), "the eigenvalues exp(1i*t)", "prod(i<j, |exp(1i*t_i) - exp(1i*t_j)|^beta)/Z", None,
        _sample_circular, lambda p: spectra.circular(int(p["n"]), p["beta"]), conditions=(above("beta"),),
    ),
    "coe": _circular(1),
    "cue": _circular(2),
    "cse": _circular(4),
    "dirichlet": Ensemble(
        ("a",), "the coordinates x_1, …, x_(n-1) of the simplex", "Gamma(sum(a))/prod(Gamma(a_i))*prod(x_i^(a_i-1))",
        _log_dirichlet, lambda rng, p: rng.dirichlet(np.asarray(p["a"], dtype=float)), conditions=(above("a"),),
    ),
    "lognormal": Ensemble(
        ("n",), "(dX), the entries i >= j, of the exponential of a GOE matrix",
        "f_goe(logm(X))*|X|^(-1)*prod(i<j, (log(l_i) - log(l_j))/(l_i - l_j))", _log_lognormal, _sample_lognormal, is_hermitian=True,
    ),
    "matrix t": Ensemble(
        ("m", "n", "nu"), "(dT), all entries",
        "Gamma_m((nu+n+m-1)/2)/(pi^(m*n/2)*Gamma_m((nu+m-1)/2))*|I + T*T'|^(-(nu+n+m-1)/2)", _log_matrix_t, _sample_matrix_t, conditions=(above("nu"),),
    ),
}  # fmt: skip
"""The families by name. Conventions: real Gaussian entries have variance 1, complex and quaternion ones E|x|² = 1;
the Gaussian ensembles have density exp(-tr(S²)/2)."""

_ALIASES = {"haar orthogonal": "haar", "beta hermite": "hermite", "matrix beta ii": "matrix f"}
_CALL = re.compile(r"\s*([a-z][a-z -]*?)\s*(?:\(([^()]*)\))?\s*$", re.IGNORECASE)


def density(text: str) -> Density:
    """The density of a random matrix: "goe(n)", "gue(n)", "gse(n)", "hermite(n, beta)", "wishart(n, m)", "complex wishart(n, m)",
    "inverse wishart(n, m)", "complex inverse wishart(n, m)", "matrix beta(n, a, b)", "matrix f(n, a, b)", "lkj(n, eta)", "haar(n)", "haar unitary(n)", "ginibre(n)", "complex ginibre(n)",
    "jacobi(n, a, c, beta)", "circular(n, beta)", "coe(n)", "cue(n)", "cse(n)", "matrix t(m, n, nu)", "dirichlet(a)", "lognormal(n)", "antisymmetric(n)",
    "special orthogonal(n)".

    Numbers fix a parameter, letters leave it open: `fr.density("wishart(n, 5)")`. Wishart matrices are n×n with m degrees
    of freedom. Raises LanguageError for an unknown family or a wrong number of parameters, EvaluationError for numbers for
    which there is no density.
    """
    found = _CALL.match(text)
    name = " ".join(found[1].lower().replace("-", " ").split()) if found else ""
    name = _ALIASES.get(name, name)
    if found is None or name not in ENSEMBLES:
        raise LanguageError(f"there is no density {text[:40]!r}", text, 0, f"There are {', '.join(ENSEMBLES)}.")
    ensemble = ENSEMBLES[name]
    arguments = [a.strip() for a in found[2].split(",")] if found[2] and found[2].strip() else list(ensemble.arguments)
    if len(arguments) != len(ensemble.arguments):
        raise LanguageError(f"{name} has the parameters {', '.join(ensemble.arguments)}", text, 0)
    given, letters = {}, {}
    for wanted, argument in zip(ensemble.arguments, arguments, strict=True):
        try:
            given[wanted] = float(argument)
        except ValueError:
            letters[wanted] = argument
    ensemble.require(text.strip(), given)
    return Density(text.strip(), ensemble, given, letters)
