"""The gradient of a real function of a complex matrix: each library gets its own convention, stated in docs/conventions.md."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch

import frechet as fr
import frechet.jax.linalg as LJ
import frechet.torch.linalg as LT

jax.config.update("jax_enable_x64", True)

FUNCTIONS = {
    "nuclear norm": lambda L, A: L.norm(A, "nuc"),
    "spectral norm": lambda L, A: L.norm(A, 2),
    "sum of eigenvalues": lambda L, A: L.sum_largest(A, 2),
    "real part of a determinant": lambda L, A: L.det(A).real,
    "trace of expm, squared": lambda L, A: abs(L.expm(A)[0, 1]) ** 2,
    "polar factor": lambda L, A: L.polar(A)[0][0, 1].imag,
}
rng = np.random.default_rng(0)
A0, E = (rng.standard_normal((4, 4)) + 1j * rng.standard_normal((4, 4)) for _ in range(2))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_jax_and_pytorch_differ_by_conjugation(name):
    """JAX: df = Re(sum(G .* dA)); PyTorch: df = Re(sum(conj(G) .* dA)), the direction of steepest ascent."""
    f = FUNCTIONS[name]
    G_jax = np.asarray(jax.grad(lambda A: jnp.real(f(LJ, A)))(jnp.asarray(A0)))
    A = torch.tensor(A0, requires_grad=True)
    (G_torch,) = torch.autograd.grad(f(LT, A), A)
    np.testing.assert_allclose(G_torch.resolve_conj().numpy(), G_jax.conj(), rtol=1e-9, atol=1e-9)
    h = 1e-5
    slope = (f(LJ, jnp.asarray(A0 + h * E)) - f(LJ, jnp.asarray(A0 - h * E))) / (2 * h)
    assert np.real(np.sum(G_jax * E)) == pytest.approx(float(slope), rel=1e-7, abs=1e-8)


def test_a_holomorphic_function_has_its_complex_derivative():
    pushed = jax.jvp(LJ.expm, (jnp.asarray(A0),), (jnp.asarray(E),))[1]
    turned = jax.jvp(LJ.expm, (jnp.asarray(A0),), (jnp.asarray(1j * E),))[1]
    np.testing.assert_allclose(turned, 1j * pushed, rtol=1e-12)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_finite_differences_have_both_conventions_by_a_flag(name):
    def f(A):
        return float(np.real(FUNCTIONS[name](LJ, jnp.asarray(A))))

    G_jax = np.asarray(jax.grad(lambda A: jnp.real(FUNCTIONS[name](LJ, A)))(jnp.asarray(A0)))
    np.testing.assert_allclose(fr.finite.gradient(f, A0, conjugate=True).value, G_jax, rtol=1e-7, atol=1e-8)
    np.testing.assert_allclose(fr.finite.gradient(f, A0).value, G_jax.conj(), rtol=1e-7, atol=1e-8)
