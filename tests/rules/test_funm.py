"""Functions of matrices and their derivatives, against diagonalization in high precision."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest

import frechet as fr
from frechet.errors import EvaluationError
from frechet.expr.evaluate import evaluate
from frechet.expr.node import operations
from frechet.kernels import taylor as taylors
from frechet.kernels.divided_differences import divided_differences
from frechet.kernels.matrix_function import matrix_function
from frechet.rules.funm import FUNCTIONS

SCALAR = {
    "exp": mpmath.exp, "log": mpmath.log, "sqrt": mpmath.sqrt, "sin": mpmath.sin, "cos": mpmath.cos, "tan": mpmath.tan,
    "arcsin": mpmath.asin, "arccos": mpmath.acos, "arctan": mpmath.atan, "sinh": mpmath.sinh, "cosh": mpmath.cosh,
    "tanh": mpmath.tanh, "log1p": lambda z: mpmath.log(1 + z), "erf": mpmath.erf,
    "sigmoid": lambda z: 1 / (1 + mpmath.exp(-z)), "softplus": lambda z: mpmath.log(1 + mpmath.exp(z)),
    "abs": lambda z: z if z.real > 0 else -z, "relu": lambda z: z if z.real > 0 else 0 * z,
    "sign": lambda z: mpmath.sign(z.real),
}  # fmt: skip
rng = np.random.default_rng(0)
MATRICES = {
    "general": np.eye(4) / 2 + 0.1 * rng.standard_normal((4, 4)),
    "complex": np.eye(3) / 2 + 0.1 * (rng.standard_normal((3, 3)) + 1j * rng.standard_normal((3, 3))),
    "diag(1,1,2,3)/4": np.diag([1.0, 1.0, 2.0, 3.0]) / 4,
    "Jordan block": 0.5 * np.eye(4) + np.diag(np.full(3, 0.3), 1),
    "multiple of the identity": 0.3 * np.eye(4),
    "gap 1e-9": np.diag([0.3, 0.3 + 1e-9, 0.4, 0.5]) + np.triu(rng.standard_normal((4, 4)), 1) / 4,
}


def _exact(f, A):
    """f(A) by diagonalization with 80 digits, after a perturbation of 1e-30 that makes the eigenvalues distinct."""
    n = len(A)
    with mpmath.workdps(80):
        noise = mpmath.matrix(np.random.default_rng(2).standard_normal((n, n)).tolist()) * mpmath.mpf(10) ** -30
        values, V = mpmath.eig(mpmath.matrix(A.tolist()) + noise)
        R = V * mpmath.diag([f(mpmath.mpmathify(v)) for v in values]) * V**-1
    return np.array([[complex(R[i, j]) for j in range(n)] for i in range(n)])


def _taylor(name):
    return getattr(taylors, f"taylor_{name}")


def _relative(found, expected):
    return np.abs(found - expected).max() / np.abs(expected).max()


def test_every_function_has_an_oracle():
    assert set(SCALAR) == set(FUNCTIONS)


AT_ZERO = ("sin", "tan", "arcsin", "arctan", "sinh", "tanh", "log1p", "erf")


@pytest.mark.parametrize("kind", ["general", "complex"])
@pytest.mark.parametrize("name", AT_ZERO)
def test_the_digits_of_a_small_matrix_are_kept(name, kind):
    """f(A) is about f'(0)*A: relative to that, though f is evaluated near 1."""
    A = 1e-12 * MATRICES[kind] @ MATRICES[kind].T
    assert _relative(matrix_function(_taylor(name), A), _exact(SCALAR[name], A)) < 1e-14
    A = A + 1e-14 * np.triu(np.ones(A.shape))
    assert _relative(matrix_function(_taylor(name), A), _exact(SCALAR[name], A)) < 1e-13


@pytest.mark.parametrize("point", [0.3, 0.4 + 0.2j])
@pytest.mark.parametrize("name", SCALAR)
def test_taylor_coefficients(name, point):
    found = _taylor(name)(np.array([point]), 12)[:, 0]
    with mpmath.workdps(40):
        expected = np.array([complex(c) for c in mpmath.taylor(SCALAR[name], point, 12)])
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("matrix", MATRICES)
@pytest.mark.parametrize("name", ["tanh", "log", "erf", "arcsin", "sqrt"])
def test_value_and_two_derivatives(name, matrix):
    A, taylor, f = MATRICES[matrix], _taylor(name), SCALAR[name]
    E, D = np.random.default_rng(1).standard_normal((2, *A.shape))
    O, n = np.zeros_like(A), len(A)
    assert _relative(matrix_function(taylor, A), _exact(f, A)) < 1e-13
    first = _exact(f, np.block([[A, E], [O, A]]))[:n, n:]
    assert _relative(matrix_function(taylor, A, E), first) < 1e-12
    second = _exact(f, np.block([[A, E, D, O], [O, A, O, D], [O, O, A, E], [O, O, O, A]]))[:n, -n:]
    assert _relative(matrix_function(taylor, A, E, D), second) < 1e-11


@pytest.mark.parametrize("gap", [1e-1, 1e-3, 1e-6, 1e-10, 1e-15, 0.0])
@pytest.mark.parametrize("name", ["tanh", "log", "erf", "exp"])
def test_divided_differences_of_close_points(name, gap):
    x = np.array([0.7, 0.7 + gap, 3.0])
    found = divided_differences(_taylor(name), x)
    with mpmath.workdps(50):
        a, b = mpmath.mpf(x[0]), mpmath.mpf(x[1])
        f = SCALAR[name]
        expected = (f(a) - f(b)) / (a - b) if a != b else mpmath.diff(f, a)
    assert abs(found[0, 1] - float(expected)) <= 4e-15 * abs(float(expected))


def test_divided_differences_across_a_corner():
    found = divided_differences(_taylor("abs"), np.array([-1e-9, 2e-9, 1.0]))
    assert found[0, 1] == pytest.approx(1 / 3, rel=1e-12)


@pytest.mark.parametrize(
    ("row", "A", "reason"),
    [
        ("dabsm", np.diag([0.0, 1.0]), "an eigenvalue is 0"),
        ("drelum", np.diag([1e-18, 1.0]), "an eigenvalue is 0"),
        ("absm", np.array([[0.0, 1.0], [0.0, 0.0]]), "no convergent Taylor series"),
        ("log1pm", np.diag([-2.0, 1.0]), "not finite"),
        ("log1pm", np.array([[-2.0, 1.0], [0.0, 1.0]]), "not real"),
        ("arcsinm", np.array([[2.0, 1.0], [0.0, 0.5]]), "not real"),
        ("tanhm", np.array([[np.nan, 1.0], [0.0, 0.5]]), "X has an entry that is NaN or infinite"),
    ],
)
def test_outside_of_the_domain(row, A, reason):
    X, E = fr.matrix("X", 2, 2), fr.matrix("E", 2, 2)
    node = operations[row](X, E) if row.startswith("d") else operations[row](X)
    with pytest.raises(EvaluationError, match=f"{row} of X.*{reason}"):
        evaluate(node, {X: A, E: np.ones((2, 2))})


def test_derivatives_at_zero():
    X, E = fr.matrix("X", 3, 3), fr.matrix("E", 3, 3)
    values = {X: np.zeros((3, 3)), E: np.random.default_rng(3).standard_normal((3, 3))}
    np.testing.assert_allclose(evaluate(fr.dsinm(X, E), values), values[E], rtol=1e-12)
    np.testing.assert_allclose(evaluate(fr.dcosm(X, E), values), np.zeros((3, 3)), atol=1e-12)
    np.testing.assert_allclose(evaluate(fr.dtanhm(X, E), values), values[E], rtol=1e-12)


# --- funm(A, f) -------------------------------------------------------------------------------------

A, a, t = fr.matrix("A", "n", "n"), fr.scalar("a"), fr.scalar("t")


@pytest.mark.parametrize(
    ("f", "expected"),
    [
        (fr.tanh, "tanhm(A)"),
        ("exp", "expm(A)"),
        (lambda t: t / (1 + fr.exp(a * t)), "A*inv(eye(n) + expm(a*A))"),
        (lambda t: (t - 1) ** -2 + t**1.5, "inv(A - eye(n))^2 + powm(A, 1.5)"),
        (lambda t: t**a, "powm(A, a)"),
        (lambda t: t**0.5 - t**-0.5, "sqrtm(A) - inv(sqrtm(A))"),
        (lambda t: fr.maximum(t, a), "a*eye(n) + relum(A - a*eye(n))"),
        (lambda t: 3, "3*eye(n)"),
        (t * fr.erf(t), "A*erfm(A)"),
    ],
)
def test_a_formula_in_one_scalar(f, expected):
    assert fr.to_text(fr.funm(A, f)) == expected


def test_derivatives_of_a_formula():
    d = fr.derivative(fr.tr(fr.funm(A, lambda t: fr.tanh(a * t) / (1 + t**2)) @ fr.matrix("B", "n", "n")), [A, a])
    assert d.check()


def test_in_text():
    assert fr.parse("funm(A, tanh)", A="matrix(n,n)") == fr.tanhm(A)
    with pytest.raises(fr.LanguageError, match="the name of an elementwise function"):
        fr.parse("funm(A, tan(x))")
    with pytest.raises(fr.LanguageError, match="funm takes a matrix and the name"):
        fr.parse("funm(A)")


@pytest.mark.parametrize(
    ("f", "error", "reason"),
    [
        ("expo", fr.FrechetError, "no elementwise function is called"),
        (t * a, fr.FrechetError, "one scalar symbol"),
        (lambda t: fr.tr(t * fr.eye("n")), fr.DerivativeError, "made of sums"),
    ],
)
def test_what_is_no_scalar_function(f, error, reason):
    with pytest.raises(error, match=reason):
        fr.funm(A, f)


def test_the_matrix_is_square():
    with pytest.raises(fr.ShapeError, match="needs a square one"):
        fr.funm(fr.matrix("X", "m", "n"), fr.tanh)
