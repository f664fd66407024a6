"""Laws of every function of `frechet.jax.linalg` and `frechet.torch.linalg`, enumerated."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch

import frechet.jax.linalg as J
import frechet.torch.linalg as T
from tests.interop.samples import SAMPLES, arrays_of, outputs_of
from tests.rules.differences import central

jax.config.update("jax_enable_x64", True)

PRECISE = {"f": "float64", "c": "complex128"}
CASES = [(name, PRECISE[kind]) for name, sample in sorted(SAMPLES.items()) for kind in sample.kinds]
ALL_TYPES = [(name, t) for name, dtype in CASES for t in {"float64": ("float32",), "complex128": ("complex64",)}[dtype]]
by_case = pytest.mark.parametrize(("name", "dtype"), CASES)


def _sizes(outputs) -> list[np.ndarray]:
    """Absolute values: the same for every choice of signs and phases."""
    return [np.abs(np.asarray(o)) for o in outputs]


def _norms(outputs) -> list[np.ndarray]:
    """The order of eigenvalues may differ between precisions."""
    return [np.array(np.linalg.norm(np.asarray(o).ravel().astype(complex))) for o in outputs]


def _same(found, expected, tolerance: float) -> None:
    assert len(found) == len(expected)
    assert expected
    for f, e in zip(found, expected, strict=True):
        assert f.shape == e.shape
        assert np.abs(f - e).max(initial=0) <= tolerance * max(1, np.abs(e).max(initial=0))


def _weights(shape) -> np.ndarray:
    return np.random.default_rng(7).uniform(0.5, 1.5, shape)


def _loss(L, name, arrays):
    """A smooth function of the absolute values of all outputs."""
    total = 0
    for part in outputs_of(name, L, *arrays):
        w = _weights(tuple(part.shape))
        total = total + ((part * part.conj()).real * (torch.as_tensor(w) if L is T else w)).sum()
    return total


def test_every_function_has_a_sample():
    assert sorted(SAMPLES) == list(J.__all__) == list(T.__all__)


@pytest.mark.parametrize("name", J.__all__)
def test_functions_are_documented_and_belong_to_their_module(name):
    for module in (J, T):
        function = getattr(module, name)
        assert function.__doc__
        assert function.__name__ == name
        assert function.__module__ == module.__name__


@by_case
def test_jax_and_torch_agree(name, dtype):
    arrays = arrays_of(name, dtype)
    by_jax = outputs_of(name, J, *map(jnp.asarray, arrays))
    by_torch = outputs_of(name, T, *map(torch.as_tensor, arrays))
    _same(_sizes(by_torch), _sizes(by_jax), 1e-9)


@pytest.mark.parametrize(("name", "dtype"), ALL_TYPES)
def test_the_type_is_kept(name, dtype):
    """Single precision stays single, and gives the values of double precision to its own."""
    double = {"float32": "float64", "complex64": "complex128"}[dtype]
    expected = _norms(outputs_of(name, J, *map(jnp.asarray, arrays_of(name, double))))
    for L, of in ((J, jnp.asarray), (T, torch.as_tensor)):
        found = outputs_of(name, L, *map(of, arrays_of(name, dtype)))
        assert all(np.asarray(f).real.dtype == np.float32 for f in found)
        _same(_norms(found), expected, 2e-4)


@by_case
def test_under_jit_and_on_stacks(name, dtype):
    one = arrays_of(name, dtype)
    stacks = [np.stack([A, 1.1 * A]) for A in one]
    alone = [_sizes(outputs_of(name, J, *[jnp.asarray(s[k]) for s in stacks])) for k in range(2)]
    expected = [np.stack(pair) for pair in zip(*alone, strict=True)]
    f = lambda *arrays: tuple(outputs_of(name, J, *arrays))
    _same(_sizes(jax.jit(jax.vmap(f))(*map(jnp.asarray, stacks))), expected, 1e-9)
    by_torch = lambda *arrays: tuple(outputs_of(name, T, *arrays))
    _same(_sizes(torch.func.vmap(by_torch)(*map(torch.as_tensor, stacks))), expected, 1e-9)
    _same(_sizes(by_torch(*map(torch.as_tensor, stacks))), expected, 1e-9)


@by_case
def test_derivatives(name, dtype):
    """Forward, reverse and second order of a loss, in both libraries, against differences along a direction."""
    arrays = arrays_of(name, dtype)
    rng = np.random.default_rng(5)
    E = [(rng.standard_normal(A.shape) + (1j * rng.standard_normal(A.shape) if dtype[0] == "c" else 0)) for A in arrays]
    E = [e / 4 for e in E]
    value = lambda t: float(_loss(T, name, [torch.as_tensor(A + t * e) for A, e in zip(arrays, E, strict=True)]))
    first = float(central(lambda t: np.array(value(t)), 4e-3, 5)[0])
    slope = lambda s: central(lambda t: np.array(value(s + t)), 4e-3, 5)[0]
    second = float(central(slope, 4e-3, 5)[0])
    along = lambda L, like: lambda t: _loss(L, name, [like(A) + t * like(e) for A, e in zip(arrays, E, strict=True)])
    for found in (_by_jax(along(J, jnp.asarray)), _by_torch(along(T, torch.as_tensor))):
        assert found[0] == pytest.approx(first, rel=1e-6, abs=1e-7)
        assert found[1] == pytest.approx(first, rel=1e-6, abs=1e-7)
        assert found[2] == pytest.approx(second, rel=1e-5, abs=1e-5)


def _by_jax(f) -> tuple[float, float, float]:
    zero, one = jnp.asarray(0.0), jnp.asarray(1.0)
    modes = lambda t: (jax.jvp(f, (t,), (one,))[1], jax.grad(f)(t), jax.jvp(jax.grad(f), (t,), (one,))[1])
    return tuple(map(float, jax.jit(modes)(zero)))


def _by_torch(f) -> tuple[float, float, float]:
    t = torch.zeros((), dtype=torch.float64, requires_grad=True)
    (first,) = torch.autograd.grad(f(t), t, create_graph=True)
    second = torch.autograd.grad(first, t)[0] if first.requires_grad else torch.zeros(())
    pushed = torch.func.jvp(f, (t.detach(),), (torch.ones_like(t),))[1]
    return float(pushed), float(first), float(second)
