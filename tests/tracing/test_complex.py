"""Linear algebra of complex matrices, by differences of NumPy's and SciPy's own functions, in both modes."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.linalg as sla

import frechet as fr

RNG = np.random.default_rng(3)


def _random(*shape):
    return RNG.normal(size=shape) + 1j * RNG.normal(size=shape)


Z, W, TALL, WIDE, STACK = _random(3, 3), _random(3, 3), _random(4, 2), _random(2, 4), _random(2, 3, 3)
DIRECTIONS = {A.shape: _random(*A.shape) for A in (Z, TALL, WIDE, STACK)}
B2, B3, B4 = _random(2), _random(3), _random(4)


def _gram(A):
    return A @ A.conj().swapaxes(-1, -2)


def _hermitian(A):
    return A + A.conj().swapaxes(-1, -2)


def _seen(A):
    """A real number that every part of A has a share in."""
    weights = np.arange(np.size(A)).reshape(np.shape(A)) + 1j
    return np.sum(np.abs(A) ** 3) + np.sum(np.real(A * weights))


_SVD = {"full_matrices": False}
_ECONOMIC = {"mode": "economic"}
OF_SQUARE = {
    "eigvalsh": lambda A: np.linalg.eigvalsh(_hermitian(A)),
    "eigvalsh of the lower triangle": lambda A: np.linalg.eigvalsh(A),
    "eigvalsh of the upper triangle": lambda A: np.linalg.eigvalsh(A, "U"),
    "eigh": lambda A: np.abs(np.linalg.eigh(A)[1]),
    "eigh of scipy": lambda A: sla.eigh(_hermitian(W), _gram(A), eigvals_only=True),
    "vectors of eigh of scipy": lambda A: np.abs(sla.eigh(_hermitian(W), _gram(A))[1]),
    "cholesky": lambda A: np.linalg.cholesky(_gram(A)),
    "cholesky of a triangle": lambda A: np.linalg.cholesky(A + 9 * np.eye(3)),
    "cholesky of scipy": lambda A: sla.cholesky(_gram(A)),
    "cho_solve": lambda A: sla.cho_solve(sla.cho_factor(_gram(A)), B3),
    "cho_solve by L": lambda A: sla.cho_solve(sla.cho_factor(_gram(A), lower=True), B3),
    "svd": lambda A: np.abs(np.linalg.svd(A)[2]) + np.linalg.svd(A)[1],
    "qr": lambda A: np.linalg.qr(A)[0],
    "r of qr": lambda A: np.linalg.qr(A, "r"),
    "norm 2": lambda A: np.linalg.norm(A, 2),
    "norm -2": lambda A: np.linalg.norm(A, -2),
    "cond": lambda A: np.linalg.cond(A),
    "slogdet": lambda A: np.linalg.slogdet(A)[1],
    "phase of slogdet": lambda A: np.linalg.slogdet(A)[0],
    "det": lambda A: np.linalg.det(A),
    "inv": lambda A: np.linalg.inv(A),
    "solve": lambda A: np.linalg.solve(A, B3),
    "eigvals": lambda A: np.sum(np.linalg.eigvals(A) ** 3),
    "expm": lambda A: sla.expm(A),
    "logm": lambda A: sla.logm(A),
    "sqrtm": lambda A: sla.sqrtm(A),
    "signm": lambda A: sla.signm(A),
    "fractional power": lambda A: sla.fractional_matrix_power(A, 0.3),
    "matrix_power": lambda A: np.linalg.matrix_power(A, -2),
    "polar": lambda A: sla.polar(A, side="left")[1],
    "lu": lambda A: sla.lu(A)[1] + sla.lu(A)[2],
    "lu_solve": lambda A: sla.lu_solve(sla.lu_factor(A), B3),
    "lu_solve of the transpose": lambda A: sla.lu_solve(sla.lu_factor(A), B3, trans=1),
    "lu_solve of the conjugate transpose": lambda A: sla.lu_solve(sla.lu_factor(A), B3, trans=2),
    "solve_triangular": lambda A: sla.solve_triangular(A, B3, trans="C"),
    "solve_sylvester": lambda A: sla.solve_sylvester(A, W, W @ W),
    "lyapunov": lambda A: sla.solve_continuous_lyapunov(A, W),
    "discrete lyapunov": lambda A: sla.solve_discrete_lyapunov(A / 9, W),
    "care": lambda A: sla.solve_continuous_are(A, W, np.eye(3), np.eye(3)),
    "dare": lambda A: sla.solve_discrete_are(A, W, np.eye(3), np.eye(3)),
    "toeplitz": lambda A: sla.toeplitz(A[0]),
    "procrustes": lambda A: sla.orthogonal_procrustes(A, W)[0],
    "pinv of a Hermitian matrix": lambda A: np.linalg.pinv(_hermitian(A), hermitian=True),
    "vdot": lambda A: np.vdot(A * (1 + 2j), W).imag,
}
OF_TALL = {
    "svd": lambda A: np.linalg.svd(A, **_SVD)[1],
    "u of svd": lambda A: np.abs(np.linalg.svd(A, **_SVD)[0]),
    "svdvals": lambda A: sla.svdvals(A),
    "nuclear norm": lambda A: np.linalg.norm(A, "nuc"),
    "pinv": lambda A: np.linalg.pinv(A),
    "qr": lambda A: np.linalg.qr(A)[0],
    "r of qr": lambda A: np.linalg.qr(A)[1],
    "pivoted qr": lambda A: sla.qr(A, pivoting=True, **_ECONOMIC)[1],
    "lstsq": lambda A: np.linalg.lstsq(A, B4, rcond=None)[0],
    "residual of lstsq": lambda A: np.linalg.lstsq(A, B4, rcond=None)[1],
    "polar": lambda A: sla.polar(A)[0],
}
OF_WIDE = {
    "svd": lambda A: np.abs(np.linalg.svd(A, **_SVD)[0]),
    "svd without vectors": lambda A: np.linalg.svd(A, compute_uv=False),
    "pinv": lambda A: np.linalg.pinv(A),
    "qr": lambda A: np.linalg.qr(A)[1],
    "lstsq": lambda A: np.linalg.lstsq(A, B2, rcond=None)[0],
}
OF_STACK = {
    "svd": lambda A: np.linalg.svd(A)[1],
    "cholesky": lambda A: np.linalg.cholesky(_gram(A)),
    "phase of slogdet": lambda A: np.linalg.slogdet(A)[0],
}
CASES = [
    (name, f, A)
    for A, table in ((Z, OF_SQUARE), (TALL, OF_TALL), (WIDE, OF_WIDE), (STACK, OF_STACK))
    for name, f in table.items()
]


def _along(f, A, D, h=1e-5):
    """The derivative along D by central differences of fourth order."""
    return (8 * (f(A + h * D) - f(A - h * D)) - (f(A + 2 * h * D) - f(A - 2 * h * D))) / (12 * h)


@pytest.mark.parametrize(("name", "f", "A"), CASES, ids=[f"{name} {A.shape}" for name, _, A in CASES])
def test_linear_algebra_of_complex_matrices(name, f, A):
    D = DIRECTIONS[A.shape]
    number = lambda A: _seen(f(A))
    right = _along(number, A, D)
    value, G = fr.value_and_gradient(number)(A)
    assert np.isclose(value, number(A), rtol=1e-10)
    assert np.isclose(np.sum(np.conj(G) * D).real, right, rtol=1e-6, atol=1e-7)
    assert np.isclose(fr.jvp(number)(A, D)[1], right, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("name", ["eigh", "cholesky", "svd", "qr", "phase of slogdet", "polar"])
def test_second_derivatives_of_complex_matrices(name):
    D, f = DIRECTIONS[Z.shape], OF_SQUARE[name]
    number = lambda A: np.sum(np.abs(f(A) + 1) ** 2) + _seen(A)
    right = _along(fr.gradient(number), Z, D)
    assert np.allclose(fr.hvp(number)(Z, D), right, rtol=1e-5, atol=1e-5)


def test_a_complex_matrix_of_real_numbers():
    x = np.array([2.04, -2.555, 0.418, -0.568])

    def largest(x):
        H = np.outer(x + 1j * x[::-1], x - 1j * x[::-1]) + np.diag([1, 2, 3, 4.0])
        return np.linalg.eigvalsh(H)[-1]

    value, g = fr.value_and_gradient(largest)(x)
    assert np.isclose(value, largest(x), rtol=1e-12)
    assert np.allclose(g, [_along(largest, x, e) for e in np.eye(4)], rtol=1e-7)


X = np.array([1.0, 2.0, 3.0])
z = X + 1j * X[::-1]
JACOBIANS = {
    "a complex factor": (lambda x: x * (1 + 2j), X),
    "a wave": (lambda x: np.exp(1j * x), X),
    "a complex number": (lambda x: np.sum(x * 1j * x), X),
    "real of complex numbers": (lambda x: np.abs(np.exp(1j * x) * x) + np.real(1j * x * x), X),
    "a square": (lambda z: z**2, z),
    "wide": (lambda z: np.array([[1, 1j, 2], [2, 3, 0]]) @ z, z),
    "tall": (lambda z: np.outer([1, 2, 1j, 3], z), z),
    "of a number": (lambda z: z**3, 2 + 1j),
}


@pytest.mark.parametrize("name", list(JACOBIANS))
def test_a_complex_jacobian_is_the_matrix_of_jvp(name):
    f, at = JACOBIANS[name]
    J = fr.jacobian(f)(at)
    for along in (X, X[::-1] * (0.5 + 2j)):
        d = along if np.ndim(at) else along[0]
        if np.isrealobj(at) and np.iscomplexobj(d):
            continue
        right = _along(f, at, d)
        assert np.allclose(np.tensordot(J, d, np.ndim(at)), right, rtol=1e-8)
        assert np.allclose(fr.jvp(f)(at, d)[1], right, rtol=1e-8)


def test_the_jacobian_of_a_complex_jacobian():
    assert np.allclose(fr.jacobian(fr.jacobian(lambda z: z**3))(z)[1, 1, 1], 6 * z[1])


@pytest.mark.parametrize("name", ["abs", "conj", "real"])
def test_a_function_that_is_not_holomorphic_has_no_complex_jacobian(name):
    f = {"abs": np.abs, "conj": lambda z: z * np.conj(z), "real": np.real}[name]
    with pytest.raises(fr.FrechetError, match="not holomorphic"):
        fr.jacobian(f)(z)


@pytest.mark.parametrize("f", [np.linalg.eigvalsh, np.linalg.svd], ids=["eigvalsh", "svd"])
def test_equal_values_of_a_complex_matrix_are_refused(f):
    U = np.linalg.qr(Z)[0]
    A = U @ np.diag([1.0, 1.0, 3.0]) @ U.conj().T
    values = lambda A: f(A, compute_uv=False) if f is np.linalg.svd else f(A)
    for number in (lambda A: values(A)[1], lambda A: np.sum(values(A + 0 * A) ** 2)):
        with pytest.raises(fr.FrechetError, match="coincide"):
            fr.gradient(number)(A)
