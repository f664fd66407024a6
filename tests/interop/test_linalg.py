"""Drop-in linear algebra: derivatives against differences of the function itself, also where eigenvalues repeat."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch

import frechet.jax.linalg as J
import frechet.torch.linalg as T
from frechet.errors import EvaluationError
from tests.rules.differences import central

RNG = np.random.default_rng(5)
W = RNG.uniform(0.5, 1.5, (4, 4))
G = RNG.standard_normal((4, 4))
NEAR = np.eye(4) + 0.2 * G
DIRECTION = RNG.standard_normal((4, 4))
TIED = np.diag([1.0, 1.0, 2.0, 3.0])
ORTHOGONAL = np.linalg.qr(G)[0]

CASES = [
    ("expm", lambda L, X: L.expm(X), G),
    ("logm at the identity", lambda L, X: L.logm(X), np.eye(4)),
    ("sqrtm of a Jordan block", lambda L, X: L.sqrtm(X), 2 * np.eye(4) + np.diag([1.0] * 3, 1)),
    ("exp of a symmetric matrix, repeated", lambda L, X: L.spectral_function("exp", (X + X.mT) / 2), TIED),
    ("tanh of a symmetric matrix, repeated", lambda L, X: L.spectral_function("tanh", (X + X.mT) / 2), TIED),
    ("erf of a matrix", lambda L, X: L.spectral_function("erf", X), TIED + np.triu(np.ones((4, 4)))),
    ("projector on a repeated pair", lambda L, X: L.spectral_projector(X, 2), np.diag([1.0, 2.0, 3.0, 3.0])),
    ("polar factor of an orthogonal matrix", lambda L, X: L.polar(X)[0], ORTHOGONAL),
    ("best approximation of rank 2", lambda L, X: L.low_rank(X, 2), np.diag([3.0, 2.0, 0.0, 0.0])),
    ("det, rank n-2", lambda L, X: L.det(X) * X, np.diag([1.0, 2.0, 0.0, 0.0])),
    ("det, rank n-1", lambda L, X: L.det(X) * X, np.diag([1.0, 2.0, 3.0, 0.0])),
    ("QR with a dependent last column", lambda L, X: L.qr(X)[1] ** 2, np.diag([1.0, 2.0, 3.0, 0.0]) + np.triu(G, 1)),
    ("|eigenvectors|", lambda L, X: abs(L.eig(X)[1]), NEAR),
    ("Riccati", lambda L, X: L.solve_continuous_are(X, X, X @ X.mT, X @ X.mT), NEAR),
]
by_case = pytest.mark.parametrize(("f", "A"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])


@pytest.fixture(autouse=True)
def _double_precision():
    with jax.enable_x64(True):
        yield


def _loss(L, f, X):
    M = f(L, X)
    w = torch.as_tensor(W) if L is T else W
    return ((M * w) ** 2 + M * w).sum()


def _truth(f, A):
    """First and second derivative along the direction, by differences."""
    value = lambda X: float(_loss(J, f, jnp.asarray(X)))
    first = lambda s: central(lambda t: np.array(value(A + (s + t) * DIRECTION)), 4e-3, 5)[0]
    return float(first(0.0)), float(central(first, 4e-3, 5)[0])


@by_case
def test_jax(f, A):
    X, E = jnp.asarray(A), jnp.asarray(DIRECTION)
    loss = lambda X: _loss(J, f, X)
    first, second = _truth(f, A)
    assert float(jax.jvp(loss, (X,), (E,))[1]) == pytest.approx(first, rel=1e-6, abs=1e-8)
    assert float(jnp.sum(jax.jit(jax.grad(loss))(X) * E)) == pytest.approx(first, rel=1e-6, abs=1e-8)
    twice = jnp.sum(jax.jvp(jax.grad(loss), (X,), (E,))[1] * E)
    assert float(twice) == pytest.approx(second, rel=1e-5, abs=1e-6)


@by_case
def test_torch(f, A):
    E = torch.as_tensor(DIRECTION)
    first, second = _truth(f, A)
    X = torch.as_tensor(A).clone().requires_grad_()
    (g,) = torch.autograd.grad(_loss(T, f, X), X, create_graph=True)
    (h,) = torch.autograd.grad((g * E).sum(), X)
    assert float((g * E).sum()) == pytest.approx(first, rel=1e-6, abs=1e-8)
    assert float((h * E).sum()) == pytest.approx(second, rel=1e-5, abs=1e-6)
    pushed = torch.func.jvp(lambda X: _loss(T, f, X), (X.detach(),), (E,))[1]
    assert float(pushed) == pytest.approx(first, rel=1e-6, abs=1e-8)


@pytest.mark.parametrize("dtype", ["float32", "float64", "complex64", "complex128"])
def test_types_are_kept_and_stacks_are_mapped(dtype):
    stack = np.stack([NEAR, NEAR + 0.1 * G]).astype(dtype)
    found = jax.vmap(J.sqrtm)(jnp.asarray(stack))
    assert found.dtype == dtype
    np.testing.assert_allclose(np.asarray(found @ found), stack, atol=1e-5)
    tensor = torch.func.vmap(T.sqrtm)(torch.as_tensor(stack))
    np.testing.assert_allclose(tensor.numpy(), np.asarray(found), atol=1e-5)


def test_ties_are_refused_in_reverse_mode_and_the_message_names_what_to_write():
    loss = lambda X: jnp.sum(J.eigh(X)[1][:, 0] ** 2 * W[0])
    with pytest.raises(EvaluationError, match="spectral_projector"):
        jax.grad(loss)(jnp.asarray(TIED))
    assert np.isnan(np.asarray(jax.jit(jax.grad(loss))(jnp.asarray(TIED)))).any()
    X = torch.as_tensor(TIED).requires_grad_()
    with pytest.raises(EvaluationError, match="spectral_projector"):
        (T.eigh(X)[1][:, 0] ** 2).sum().backward()


def test_forward_mode_at_a_tie_is_right_where_the_derivative_exists():
    """The eigenvectors of 2 and 3 have one, those of the double eigenvalue 1 have none."""
    E = DIRECTION + DIRECTION.T
    pushed = jax.jvp(lambda X: J.eigh(X)[1], (jnp.asarray(TIED),), (jnp.asarray(E),))[1]
    by_torch = torch.func.jvp(lambda X: T.eigh(X)[1], (torch.as_tensor(TIED),), (torch.as_tensor(E),))[1]
    expected = jax.jvp(lambda X: J.lobpcg(X, 2)[1], (jnp.asarray(TIED),), (jnp.asarray(E),))[1][:, ::-1]
    np.testing.assert_allclose(np.abs(pushed[:, 2:]), np.abs(expected), atol=1e-12)
    np.testing.assert_allclose(np.abs(by_torch[:, 2:]), np.abs(expected), atol=1e-12)
    assert np.isnan(pushed[:, :2]).all()
    assert torch.isnan(by_torch[:, :2]).all()


def test_outside_of_the_domain_the_error_names_the_assumption():
    with pytest.raises(EvaluationError, match="closed negative real axis"):
        J.logm(jnp.asarray(-np.eye(4)))
    with pytest.raises(EvaluationError, match="positive definite"):
        T.cholesky(torch.as_tensor(-np.eye(4)))
