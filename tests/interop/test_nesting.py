"""Derivatives of derivatives in PyTorch in every mode, stacks of matrices, types, and what stays alive."""

from __future__ import annotations

import gc
from weakref import ref

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch
from torch import func

import frechet.jax.linalg as J
import frechet.torch.linalg as T
from frechet.errors import EvaluationError
from tests.interop.samples import SAMPLES, arrays_of, outputs_of

jax.config.update("jax_enable_x64", True)

PRECISE = {"f": "float64", "c": "complex128"}
CASES = [(name, PRECISE[kind]) for name, sample in sorted(SAMPLES.items()) for kind in sample.kinds]
by_case = pytest.mark.parametrize(("name", "dtype"), CASES)


def _loss(L, name, arrays, stack=()):
    """A smooth function of the absolute values of all outputs, with one set of weights for all matrices of a stack."""
    total = 0
    for part in outputs_of(name, L, *arrays):
        w = np.random.default_rng(7).uniform(0.5, 1.5, tuple(part.shape)[len(stack) :])
        total = total + ((part * part.conj()).real * (torch.as_tensor(w) if L is T else w)).sum()
    return total


def _along(name, dtype):
    """The loss along a line, as a function of a number."""
    arrays, rng = arrays_of(name, dtype), np.random.default_rng(5)
    lines = []
    for A in arrays:
        E = rng.standard_normal(A.shape) / 4
        E = E + 1j * rng.standard_normal(A.shape) / 4 if dtype[0] == "c" else E
        lines.append((torch.as_tensor(A), torch.as_tensor(E)))
    return lambda t: _loss(T, name, [A + t * E for A, E in lines])


def _pushed(f):
    return lambda t: func.jvp(f, (t,), (torch.ones_like(t),))[1]


def _by_backward(f):
    """The derivative of a forward derivative by the tape of tensors, not by torch.func."""

    def slope(t):
        t = t.clone().requires_grad_()
        first = _pushed(f)(t)
        return torch.autograd.grad(first, t)[0] if first.requires_grad else torch.zeros_like(t)

    return slope


SECOND = {
    "forward over forward": lambda f: _pushed(_pushed(f)),
    "forward over reverse": lambda f: _pushed(func.grad(f)),
    "reverse over forward": lambda f: func.grad(_pushed(f)),
    "reverse over forward, by the tape": _by_backward,
    "jacfwd of jacfwd": lambda f: func.jacfwd(func.jacfwd(f)),
    "jacfwd of jacrev": lambda f: func.jacfwd(func.jacrev(f)),
    "jacrev of jacfwd": lambda f: func.jacrev(func.jacfwd(f)),
    "a map of forward over forward": lambda f: lambda t: func.vmap(_pushed(_pushed(f)))(torch.stack([t + 0.1, t]))[1],
}
REFUSED = {("lstsq", "complex128", "jacrev of jacfwd")}
"""What PyTorch itself has no rule for: it says so."""


@by_case
def test_second_derivatives_agree_in_all_modes(name, dtype):
    f, zero = _along(name, dtype), torch.zeros((), dtype=torch.float64)
    expected = float(func.grad(func.grad(f))(zero))  # test_functions compares it with differences
    for way, derivative in SECOND.items():
        if (name, dtype, way) in REFUSED:
            with pytest.raises(RuntimeError, match="vmap over"):
                derivative(f)(zero)
        else:
            assert float(derivative(f)(zero)) == pytest.approx(expected, rel=1e-7, abs=1e-7), way


@pytest.mark.parametrize("name", ["det", "expm", "geometric_mean", "slogdet", "solve"])
def test_third_derivatives_agree_in_all_modes(name):
    f, zero = _along(name, "float64"), torch.zeros((), dtype=torch.float64)
    expected = float(func.grad(func.grad(func.grad(f)))(zero))
    assert float(_pushed(_pushed(_pushed(f)))(zero)) == pytest.approx(expected, rel=1e-7)
    assert float(_pushed(func.grad(_pushed(f)))(zero)) == pytest.approx(expected, rel=1e-7)


@by_case
def test_gradients_of_stacks_are_those_of_their_matrices(name, dtype):
    lead = (2, 3)
    factors = 1 + 0.1 * np.arange(6).reshape(lead)
    arrays = [A * factors.reshape(*lead, *[1] * A.ndim) for A in arrays_of(name, dtype)]
    given = [torch.as_tensor(A).requires_grad_() for A in arrays]
    found = torch.autograd.grad(_loss(T, name, given, lead), given)
    for index in np.ndindex(lead):
        one = [torch.as_tensor(A[index]).requires_grad_() for A in arrays]
        for G, expected in zip(found, torch.autograd.grad(_loss(T, name, one), one), strict=True):
            torch.testing.assert_close(G[index], expected, rtol=1e-7, atol=1e-7)
    by_jax = jax.jit(jax.grad(lambda given: _loss(J, name, given, lead)))([jnp.asarray(A) for A in arrays])
    for G, expected in zip(by_jax, found, strict=True):
        np.testing.assert_allclose(G, expected.resolve_conj().numpy().conj(), rtol=1e-7, atol=1e-7)


def _weakly_typed(A: np.ndarray) -> jax.Array:
    made = jax.lax.convert_element_type_p.bind(jnp.asarray(A), new_dtype=A.dtype, weak_type=True, sharding=None)
    assert made.weak_type
    return made


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_a_weak_type_keeps_its_precision(name):
    outputs = outputs_of(name, J, *map(_weakly_typed, arrays_of(name, "float64")))
    assert all(np.asarray(o).real.dtype == np.float64 for o in outputs)


def test_numbers_as_people_write_them():
    assert J.det(jnp.full((2, 2), 1.7)).dtype == np.float64
    assert J.det(jnp.array([[1, 2], [3, 4]])).dtype == np.float64
    assert J.det(jnp.ones((2, 2), jnp.bfloat16)).dtype == np.float32


@pytest.mark.parametrize("name", ["det", "eigh", "expm", "qr", "solve"])
def test_no_tensor_is_kept_alive(name):
    A = torch.as_tensor(arrays_of(name, "float64")[0])
    others = [torch.as_tensor(B) for B in arrays_of(name, "float64")[1:]]
    results = func.jvp(lambda A: outputs_of(name, T, A, *others)[0], (A,), (torch.ones_like(A),))
    watched = [ref(A), *map(ref, results)]
    del A, results
    gc.collect()
    assert all(r() is None for r in watched)


def test_a_singular_system_is_refused():
    with pytest.raises(EvaluationError, match="solve: the matrix is singular"):
        T.solve(torch.ones(2, 2), torch.ones(2))
