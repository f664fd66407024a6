"""Random matrices: normalization, SciPy's densities, derived constants, samples against densities; flows; volumes."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.stats
from scipy.special import multigammaln

import frechet as fr
from frechet.errors import DerivativeError, EvaluationError, LanguageError
from frechet.forms import densities, spectra
from frechet.forms.volumes import (
    log_volume_of_flags,
    log_volume_of_grassmannian,
    log_volume_of_stiefel,
    log_volume_of_unit_interval,
)

NORMALIZED = [
    "goe(2)", "gue(2)", "gse(2)", "hermite(2, 2.5)", "wishart(3, 4)", "complex wishart(3, 3)", "jacobi(2, 0.5, 1.5, 1)",
    "jacobi(3, 1, 1, 2)", "circular(2, 1)", "circular(3, 2)", "circular(3, 4)", "goe(3)", "wishart(2, 2)", "haar unitary(2)",
]  # fmt: skip


@pytest.mark.parametrize("text", NORMALIZED)
def test_eigenvalue_densities_integrate_to_one(text):
    assert fr.density(text).eigenvalues().total() == pytest.approx(1, abs=1e-7)


@pytest.mark.parametrize("beta", [1, 2, 4])
@pytest.mark.parametrize("n", [1, 2, 3, 5])
def test_the_constant_is_the_volume_of_the_eigenvectors(n, beta):
    """Selberg's constant against the matrix density, the Jacobian of S = Q*diag(l)*Q', and the volume of flags."""
    matrix = n / 2 * np.log(2 * np.pi) + beta * n * (n - 1) / 4 * np.log(np.pi)
    derived = matrix - log_volume_of_flags(n, beta) + math.lgamma(n + 1)
    assert spectra.hermite(n, beta).log_constant == pytest.approx(derived, abs=1e-10)
    kind = {1: "orthogonal(n)", 2: "unitary(n), modulo diagonal", 4: "quaternion orthogonal(n), modulo diagonal"}[beta]
    power = "" if beta == 1 else f"^{beta}"
    formula = fr.jacobian_of("S = Q*diag(l)*Q'", Q=kind, l="vector(n)").formula
    assert str(formula) == f"prod(i<j, |l_i - l_j|{power})"


@pytest.mark.parametrize(
    "text",
    ["goe(2)", "gue(2)", "gse(2)", "wishart(2, 5)", "hermite(2, 2.5)", "jacobi(2, 0.5, 1.5, 1)", "circular(2, 1)"],
)
def test_samples_have_the_derived_density(text):
    assert fr.density(text).compare(800, seed=3)


MATRICES = {
    "goe": "goe(3)", "gue": "gue(3)", "gse": "gse(2)", "wishart": "wishart(3, 5)", "complex wishart": "complex wishart(3, 5)",
    "inverse wishart": "inverse wishart(3, 5)", "complex inverse wishart": "complex inverse wishart(3, 5)",
    "matrix beta": "matrix beta(3, 2.5, 3)", "matrix f": "matrix f(3, 2.5, 3)", "lkj": "lkj(3, 1.5)", "lognormal": "lognormal(3)",
    "antisymmetric": "antisymmetric(4)", "special orthogonal": "special orthogonal(4)", "haar": "haar(3)", "haar unitary": "haar unitary(3)",
    "ginibre": "ginibre(3)", "complex ginibre": "complex ginibre(3)", "matrix t": "matrix t(3, 3, 2.5)",
}  # fmt: skip


@pytest.mark.parametrize(
    "name", [n for n, e in densities.ENSEMBLES.items() if e.logpdf is not None and n != "dirichlet"]
)
def test_the_support_is_that_of_the_samples(name):
    """Samples are inside; where all samples are Hermitian, a matrix whose entries above the diagonal are others is outside."""
    D = fr.density(MATRICES[name])
    X = D.sample(3, seed=5)
    assert np.all(np.isfinite(D.logpdf(X)))
    is_hermitian = np.allclose(X, np.conj(np.swapaxes(X, -1, -2)), atol=1e-12)
    assert is_hermitian == D.ensemble.is_hermitian
    if is_hermitian:
        X[:, 0, -1] *= 1 + 1e-6
        assert np.all(np.isneginf(D.logpdf(X)))
        assert np.isneginf(D.logpdf(X[0]))


def test_the_comparison_sees_a_wrong_density():
    D = fr.density("goe(2)")
    wrong = fr.forms.Density("goe", D.ensemble, {"n": 2}, {})
    object.__setattr__(wrong, "eigenvalues", lambda **_: spectra.hermite(2, 4))
    assert not wrong.compare(800)


def test_a_picture(tmp_path):
    plot = fr.density("goe(n)").plot(200, n=2)
    plot.figure.savefig(tmp_path / "goe.png")
    assert (tmp_path / "goe.png").stat().st_size > 1000


def test_against_scipy():
    W = scipy.stats.wishart.rvs(6, np.eye(3), random_state=0)
    S = np.linalg.inv(W)
    assert fr.density("wishart(n, m)").logpdf(W, m=6) == pytest.approx(scipy.stats.wishart.logpdf(W, 6, np.eye(3)))
    assert fr.density("inverse wishart(n, m)").logpdf(S, m=6) == pytest.approx(
        scipy.stats.invwishart.logpdf(S, 6, np.eye(3))
    )
    t = np.linspace(-60, 60, 40001)
    m, nu = 1, 3
    values = [fr.density("matrix t(m, n, nu)").logpdf(np.array([[x]]), m=m, nu=nu) for x in t[::40]]
    expected = scipy.stats.t.logpdf(t[::40] * np.sqrt(nu), nu) + np.log(np.sqrt(nu))
    assert values == pytest.approx(expected)


@pytest.mark.parametrize("eta", [0.7, 1.0, 2.0])
def test_lkj(eta):
    x, w = np.polynomial.legendre.leggauss(40)
    D = fr.density("lkj(n, eta)")
    angle = np.pi * (x + 1) / 2  # r = cos(angle): smooth at the ends
    total = sum(
        np.pi / 2 * wk * np.sin(a) * np.exp(D.logpdf(np.array([[1, np.cos(a)], [np.cos(a), 1]]), eta=eta))
        for a, wk in zip(angle, w, strict=True)
    )
    assert total == pytest.approx(1, abs=5e-3 if eta < 1 else 1e-9)
    R = D.sample(300, n=3, eta=eta)
    assert np.linalg.eigvalsh(R).min() > 0
    b = eta + 1 / 2  # a correlation of three variables: beta on (-1, 1)
    assert scipy.stats.kstest((R[:, 0, 1] + 1) / 2, scipy.stats.beta(b, b).cdf).pvalue > 1e-3


def test_haar_and_bartlett():
    Q = fr.density("haar(n)").sample(600, n=3)
    assert scipy.stats.kstest(Q[:, 1, 2], scipy.stats.uniform(-1, 2).cdf).pvalue > 1e-3  # Archimedes
    L = np.linalg.cholesky(fr.density("wishart(2, 5)").sample(600))
    for i in range(2):
        assert scipy.stats.kstest(L[:, i, i] ** 2, scipy.stats.chi2(5 - i).cdf).pvalue > 1e-3
    assert scipy.stats.kstest(L[:, 1, 0], scipy.stats.norm.cdf).pvalue > 1e-3


def test_volumes_of_the_literature():
    n, m = 2, 4
    muirhead = n * np.log(2) + m * n / 2 * np.log(np.pi) - multigammaln(m / 2, n)
    assert log_volume_of_stiefel(m, n) == pytest.approx(muirhead)
    assert fr.volume_form("orthogonal(n)").total(n=3) == pytest.approx(16 * np.pi**2)  # 2 vol SO(3)
    assert fr.volume_form("stiefel(m,n)").total(m=3, n=1) == pytest.approx(4 * np.pi)
    assert fr.volume_form("unitary(n)").total(n=1) == pytest.approx(2 * np.pi)
    assert fr.volume_form("correlation(n)").total(n=3) == pytest.approx(np.pi**2 / 2)
    assert fr.volume_form("correlation(n)").total(n=4) == pytest.approx(32 * np.pi**2 / 27)
    assert np.exp(log_volume_of_grassmannian(1, 3)) == pytest.approx(2 * np.pi)
    assert np.exp(log_volume_of_unit_interval(1)) == pytest.approx(1)
    assert fr.volume_form("symmetric(n)").total(n=2) == math.inf
    assert "below the diagonal" in str(fr.volume_form("stiefel(m,n)"))
    with pytest.raises(EvaluationError, match="m is not known"):
        fr.volume_form("stiefel(m,n)").total(n=2)


def test_a_flow_is_an_expression():
    flow = fr.change_of_variables("y = A*x + b", "x", "-x'*x/2", x="vector(n)", b="vector(n)")
    assert str(flow.logpdf) == "-x'*x/2 - logdet(A)"
    assert str(flow.gradient) == "-x"
    pulled = fr.change_of_variables("Y = A*X*B", "X", "-sum(Y.^2)/2", X="matrix(m,n)")
    rng = np.random.default_rng(0)
    A, B, X = rng.normal(size=(2, 2)), rng.normal(size=(3, 3)), rng.normal(size=(2, 3))
    expected = -np.sum((A @ X @ B) ** 2) / 2 + 3 * np.linalg.slogdet(A)[1] + 2 * np.linalg.slogdet(B)[1]
    assert pulled(A=A, B=B, X=X) == pytest.approx(expected)
    value, gradient = pulled.compile("numpy")(A=A, B=B, X=X)
    assert value == pytest.approx(expected)
    assert gradient == pytest.approx(-A.T @ A @ X @ B @ B.T)


def test_an_entrywise_flow_and_the_inverse_wishart():
    flow = fr.change_of_variables("y = tanh(x)", "x", "-sum(x.^2)/2", x="vector(n)")
    x = np.array([0.3, -0.7])
    assert flow(x=x) == pytest.approx(-np.sum(x**2) / 2 - np.sum(np.log(1 - np.tanh(x) ** 2)))
    inverse = fr.change_of_variables("S = inv(W)", "W", "logdet(W) - tr(W)/2", W="spd(n)")
    W = np.array([[2.0, 0.3], [0.3, 1.0]])
    expected = np.log(np.linalg.det(W)) - np.trace(W) / 2 + 3 * np.log(np.linalg.det(W))
    assert inverse(W=W) == pytest.approx(expected)


def test_lognormal_matrices_integrate_to_one():
    """Over eigenvalues a > b and the angle: (a - b) da db times pi, in logarithms."""
    D, total = fr.density("lognormal(n)"), 0.0
    x, w = np.polynomial.legendre.leggauss(20)
    for s, ws in zip(
        *np.polynomial.hermite.hermgauss(3), strict=True
    ):  # in s the integrand is e^(-s²) times a constant
        for t, wt in zip(3 * (x + 1), 3 * w, strict=True):  # a = e^(s+t), b = e^(s-t)
            a, b = np.exp(s + t), np.exp(s - t)
            density = np.exp(D.logpdf(np.diag([a, b])) + s**2)
            total += ws * wt * 2 * a * b * (a - b) * np.pi * density
    assert total == pytest.approx(1, abs=1e-6)


def test_dirichlet():
    a = [1.5, 2.0, 2.5]
    x = [0.2, 0.3, 0.5]
    assert fr.density("dirichlet(a)").logpdf(x, a=a) == pytest.approx(scipy.stats.dirichlet.logpdf(x, a))
    assert fr.density("dirichlet(a)").logpdf([0.2, 0.3, 0.6], a=a) == -np.inf


REFUSED = {
    "family": (lambda: fr.density("banana(n)"), LanguageError, "no density"),
    "parameters": (lambda: fr.density("goe(n, m)"), LanguageError, "has the parameters n"),
    "size zero": (lambda: fr.density("goe(0)"), EvaluationError, "whole sizes n >= 1, not for n = 0"),
    "half a size": (lambda: fr.density("ginibre(n)").sample(n=2.5), EvaluationError, "whole sizes n >= 1"),
    "too few degrees of freedom": (
        lambda: fr.density("wishart(3, 2)"),
        EvaluationError,
        "m > n - 1, not for n = 3, m = 2",
    ),
    "too few, later": (
        lambda: fr.density("inverse wishart(n, m)").logpdf(np.eye(3), m=1),
        EvaluationError,
        "m > n - 1",
    ),
    "lkj": (lambda: fr.density("lkj(3, 0)"), EvaluationError, "eta > 0"),
    "jacobi": (lambda: fr.density("jacobi(2, -1, 1, 1)"), EvaluationError, "a > -1"),
    "dirichlet": (lambda: fr.density("dirichlet(a)").sample(a=[1, -1]), EvaluationError, "a > 0"),
    "wide frames": (lambda: fr.volume_form("stiefel(m,n)").total(m=2, n=3), EvaluationError, "there is no X: stiefel"),
    "missing": (lambda: fr.density("wishart(n, m)").sample(1, n=2), EvaluationError, "m has no value"),
    "unknown": (lambda: fr.density("goe(n)").sample(1, k=2), EvaluationError, "no parameter k"),
    "eigenvalues": (lambda: fr.density("lkj(n, eta)").eigenvalues(n=2, eta=1), EvaluationError, "no joint density"),
    "count": (
        lambda: fr.density("goe(3)").eigenvalues().logpdf([1.0, 2.0]),
        EvaluationError,
        "there are 3 eigenvalues",
    ),
    "no expression": (
        lambda: fr.change_of_variables("Y = X^2", "X", "-tr(X'*X)", X="matrix(n)").logpdf,
        DerivativeError,
        "no expression of the language",
    ),
    "variable": (
        lambda: fr.change_of_variables("y = A*x", "x", "-tr(A'*A)", x="vector(n)"),
        LanguageError,
        "is written in x or in y",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_bad_input_is_refused(what):
    f, kind, words = REFUSED[what]
    with pytest.raises(kind, match=words):
        f()


NUMBERS = {
    "wishart(1, 5)": (2.3, scipy.stats.chi2(5)),
    "inverse wishart(1, 5)": (2.3, scipy.stats.invgamma(2.5, scale=0.5)),
    "complex wishart(1, 3)": (0.7, scipy.stats.gamma(3)),
    "complex inverse wishart(1, 3)": (0.7, scipy.stats.invgamma(3)),
    "matrix beta(1, 1.5, 2)": (0.3, scipy.stats.beta(1.5, 2)),
    "matrix f(1, 1.5, 2)": (0.7, scipy.stats.betaprime(1.5, 2)),
}


@pytest.mark.parametrize("text", NUMBERS)
def test_of_one_entry_they_are_the_known_distributions(text):
    x, expected = NUMBERS[text]
    assert fr.density(text).logpdf(np.array([[x]])) == pytest.approx(expected.logpdf(x))


def test_the_marginal_of_two_eigenvalues():
    """Of the GUE by Hermite polynomials, of complex Wishart matrices by Laguerre polynomials: Mehta (2004), ch. 6; James (1964)."""
    x = np.linspace(0.1, 4, 5)
    gue = fr.density("gue(2)").eigenvalues().marginal(x)
    assert gue == pytest.approx(np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi) * (1 + x**2) / 2, rel=1e-6)
    lue = fr.density("complex wishart(2, 2)").eigenvalues().marginal(x)
    assert lue == pytest.approx(np.exp(-x) * (1 + (1 - x) ** 2) / 2, rel=1e-6)
    assert fr.density("matrix beta(2, 2, 3)").eigenvalues().total() == pytest.approx(1)
    assert fr.density("matrix beta(2, 2, 3)").compare(500)


def test_a_density_after_a_map_that_may_not_be_one_to_one_says_so():
    square = fr.change_of_variables("y = x.^2", "x", "-x'*x/2", x="vector(n)")
    assert "where the map is not one to one, densities are summed over the preimages" in repr(square)
    assert "one to one" not in repr(fr.change_of_variables("y = 2*x", "x", "-x'*x/2", x="vector(n)"))
