"""The Frobenius norm keeps value and derivatives where squares leave the range, whichever way it takes: at numbers, traced, in stacks."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch

import frechet.jax.linalg as frechet_jax
import frechet.torch.linalg as frechet_torch

jax.config.update("jax_enable_x64", True)

UNITS = (1e-200, 1e-20, 1.0, 1e20, 1e200)
A, E = np.random.default_rng(0).standard_normal((2, 3, 4))
N = np.linalg.norm(A)
"""Of u*A the norm is u*N, its gradient A/N, the derivative of that along u*E the same for every u."""
GRADIENT = A / N
SECOND = (E - GRADIENT * np.sum(GRADIENT * E)) / N


def _by_jax(u):
    X, V = jnp.asarray(u * A), jnp.asarray(u * E)
    gradient = jax.grad(frechet_jax.norm)
    return frechet_jax.norm(X), gradient(X), jax.jvp(gradient, (X,), (V,))[1], jax.jvp(frechet_jax.norm, (X,), (V,))[1]


def _by_torch(u):
    X, V = torch.as_tensor(u * A), torch.as_tensor(u * E)
    gradient = torch.func.grad(frechet_torch.norm)
    first = torch.func.jvp(frechet_torch.norm, (X,), (V,))[1]
    return frechet_torch.norm(X), gradient(X), torch.func.jvp(gradient, (X,), (V,))[1], first


def _traced(u):
    X, V = jnp.asarray(u * A), jnp.asarray(u * E)
    gradient = jax.jit(jax.grad(frechet_jax.norm))
    return jax.jit(frechet_jax.norm)(X), gradient(X), jax.jit(lambda X: jax.jvp(gradient, (X,), (V,))[1])(X), None


def _together(u):
    """A matrix of ordinary size and 0 beside it, in one stack whose numbers nobody sees."""
    X, V = (
        torch.stack([torch.as_tensor(u * M), torch.as_tensor(M), torch.zeros(3, 4, dtype=torch.float64)])
        for M in (A, E)
    )
    gradient = torch.func.grad(frechet_torch.norm)
    second = torch.func.vmap(lambda X, V: torch.func.jvp(gradient, (X,), (V,))[1])(X, V)
    slopes = torch.func.vmap(gradient)(X)
    assert not slopes[2].any()
    return torch.func.vmap(frechet_torch.norm)(X)[0], slopes[0], second[0], None


def _together_by_jax(u):
    X, V = (jnp.stack([jnp.asarray(u * M), jnp.asarray(M), jnp.zeros((3, 4))]) for M in (A, E))
    gradient = jax.grad(frechet_jax.norm)
    second = jax.vmap(lambda X, V: jax.jvp(gradient, (X,), (V,))[1])(X, V)
    slopes = jax.vmap(gradient)(X)
    assert not slopes[2].any()
    return jax.vmap(frechet_jax.norm)(X)[0], slopes[0], second[0], None


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("way", [_by_jax, _by_torch, _traced, _together, _together_by_jax])
def test_the_norm_knows_no_units(way, unit):
    value, gradient, second, first = way(unit)
    assert np.isclose(float(value) / unit, N, rtol=1e-14)
    assert np.allclose(gradient, GRADIENT, rtol=1e-13)
    assert np.allclose(second, SECOND, rtol=1e-12)
    assert first is None or np.isclose(float(first) / unit, np.sum(GRADIENT * E), rtol=1e-13)


@pytest.mark.parametrize("way", [_by_jax, _by_torch, _traced])
def test_at_0_the_derivative_is_0(way):
    value, gradient, second, first = way(0.0)
    assert float(value) == 0
    assert not np.asarray(gradient).any()
    assert not np.asarray(second).any()
    assert first is None or float(first) == 0
