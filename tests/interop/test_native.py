"""Every operation that a library has natively equals its kernel, in value and in both modes of its derivative."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.linalg
import torch

import frechet as fr
from frechet.calculus.linear import differential
from frechet.compile.natives.operations import JAX_JOINT, JAX_NATIVE, TORCH_JOINT, TORCH_NATIVE
from frechet.errors import EvaluationError, FrechetError
from frechet.expr.evaluate import evaluate
from frechet.expr.node import operations
from frechet.expr.sizes import size
from frechet.expr.structure import symbol
from frechet.interop import jax_linalg, jax_operations, torch_operations
from frechet.interop.formulas import ALSO, is_linear

UP_TO_PHASE = {
    "eigdual", "eigvecs", "eigvecsh", "hessh", "hessq", "qrperp", "qrq", "qrr", "schurq", "schurt", "svdperp", "svdu",
    "svdv", "topvecs",
}  # fmt: skip
"""Rows whose columns (or rows) another LAPACK may give with another sign."""


@pytest.fixture(autouse=True)
def _double_precision():
    with jax.enable_x64(True):
        yield


def _sample(name):
    """Arrays and sizes in the domain of the operation; a matrix and a gap for the operations that declare none."""
    op, rng = operations[name], np.random.default_rng(3)
    if op.sample is None:
        given = [rng.standard_normal((5, 3) if op.signature.arguments[0][0].letter == "m" else (4, 4))]
        if op.signature.parameters:
            given = [np.diag([1.0, 3.0, 5.0, 8.0]) + 0.2 * rng.standard_normal((4, 4)), 2]
    else:
        given = op.sample(rng)
    return [a for a in given if np.ndim(a)], tuple(a for a in given if not np.ndim(a))


def _comparable(name, A):
    return np.abs(A) if name in UP_TO_PHASE else np.asarray(A)


def _close(name, found, expected):
    np.testing.assert_allclose(_comparable(name, found), _comparable(name, expected), rtol=1e-9, atol=1e-9)


def _directions(arrays):
    rng = np.random.default_rng(4)
    return [rng.standard_normal(a.shape) for a in arrays]


def _by_kernels(name, arrays, params, directions):
    """The value and the differential in all arguments, from the NumPy kernels of the table."""
    letters = [symbol(f"A{i}", *a.shape) for i, a in enumerate(arrays)]
    moving = [symbol(f"dA{i}", *a.shape) for i, a in enumerate(arrays)]
    node = operations[name](*letters, params=tuple(size(p) for p in params))
    form = differential(node, dict(zip(letters, moving, strict=True)))
    values = dict(zip((*letters, *moving), (*arrays, *directions), strict=True))
    return evaluate(node, values), evaluate(form, values)


@pytest.mark.parametrize("name", sorted(n for n in JAX_NATIVE if n in operations))
def test_jax_operations(name):
    arrays, params = _sample(name)
    E = _directions(arrays)
    value, slope = _by_kernels(name, arrays, params, E)
    f = lambda *a: jax_operations.call_operation(name, *a, params=params)
    given, directions = tuple(map(jnp.asarray, arrays)), tuple(map(jnp.asarray, E))
    _close(name, f(*given), value)
    found, pushed = jax.jit(lambda: jax.jvp(f, given, directions))()
    _close(name, found, value)
    _close(name, pushed, slope)
    _, back = jax.vjp(f, *given)
    w = np.random.default_rng(5).standard_normal(value.shape).astype(found.dtype)
    pulled = back(jnp.asarray(w))
    dot = sum(np.sum(np.asarray(p) * d) for p, d in zip(pulled, E, strict=True))
    assert np.real(dot) == pytest.approx(np.real(np.sum(w * np.asarray(pushed))), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("name", sorted(n for n in TORCH_NATIVE if n in operations))
def test_torch_operations(name):
    arrays, params = _sample(name)
    E = _directions(arrays)
    value, slope = _by_kernels(name, arrays, params, E)
    f = lambda *a: torch_operations.call_operation(name, *a, params=params)
    given, directions = tuple(map(torch.as_tensor, arrays)), tuple(map(torch.as_tensor, E))
    _close(name, f(*given), value)
    found, pushed = torch.func.jvp(f, given, directions)
    _close(name, found, value)
    _close(name, pushed, slope)
    _, back = torch.func.vjp(f, *given)
    w = torch.as_tensor(np.random.default_rng(5).standard_normal(value.shape)).to(found.dtype)
    dot = sum((p * d).sum() for p, d in zip(back(w), directions, strict=True))
    assert float(dot) == pytest.approx(float((w.conj() * pushed).sum().real), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize(
    ("rows", "joint"), [(JAX_NATIVE, JAX_JOINT), (TORCH_NATIVE, TORCH_JOINT)], ids=["jax", "torch"]
)
def test_what_comes_together_also_comes_alone(rows, joint):
    assert {n for names in joint for n in names} <= set(rows)
    assert set(rows) <= set(operations) | set(ALSO)


@pytest.mark.parametrize("name", sorted(set(operations) & {n for names in TORCH_JOINT for n in names}))
def test_complex_operations(name):
    """Holomorphic and Hermitian operations alike: JAX and PyTorch push the same tangent."""
    arrays, params = _sample(name)
    rng = np.random.default_rng(6)
    arrays = [a + 0.1j * rng.standard_normal(a.shape) for a in arrays]
    if name.startswith(("eigmax", "eigmin")):
        arrays = [(a + a.conj().T) / 2 for a in arrays]
    E = [rng.standard_normal(a.shape) + 1j * rng.standard_normal(a.shape) for a in arrays]
    E = [(e + e.conj().T) / 2 if name.startswith(("eigmax", "eigmin")) else e for e in E]
    by_jax = jax.jvp(  # compiled as a whole: one by one its steps take three times as long
        jax.jit(lambda a: jax_operations.call_operation(name, a, params=params)),
        *[(jnp.asarray(x[0]),) for x in (arrays, E)],
    )
    by_torch = torch.func.jvp(
        lambda a: torch_operations.call_operation(name, a, params=params),
        *[(torch.as_tensor(x[0]),) for x in (arrays, E)],
    )
    for j, t in zip(by_jax, by_torch, strict=True):
        _close(name, t, j)


@pytest.mark.parametrize("name", sorted(n for n in JAX_NATIVE if n in operations))
def test_stacks_are_mapped(name):
    arrays, params = _sample(name)
    stacks = [np.stack([a, 1.1 * a]) for a in arrays]
    f = jax.jit(lambda *a: jax_operations.call_operation(name, *a, params=params))
    single = [f(*[s[k] for s in stacks]) for k in range(2)]
    mapped = jax.jit(jax.vmap(f))(*map(jnp.asarray, stacks))
    _close(name, mapped, np.stack(single))
    if name in TORCH_NATIVE:
        found = torch_operations.call_operation(name, *map(torch.as_tensor, stacks), params=params)
        _close(name, found, np.stack(single))


def test_a_factorization_is_done_once():
    """Values, vectors and their pullback from one call of LAPACK."""

    def loss(A):
        values, V = jax_operations.call_operations(("eigvalsh", "eigvecsh"), A)
        return jnp.sum(V**4 @ values)

    text = jax.jit(jax.value_and_grad(loss)).lower(jnp.diag(jnp.arange(4.0))).compile().as_text()
    assert text.count('custom_call_target="lapack_dsyevd_ffi"') == 1


@pytest.mark.parametrize(
    ("name", "A", "words"),
    [
        ("chol", -np.eye(3), "positive definite"),
        ("inv", np.zeros((3, 3)), "invertible"),
        ("lul", np.array([[0.0, 1.0], [1.0, 0.0]]), "pivot"),
    ],
)
def test_outside_of_the_domain(name, A, words):
    """An error when eager, NaN (or infinite) under jit."""
    with pytest.raises(EvaluationError, match=words):
        jax_operations.call_operation(name, jnp.asarray(A))
    with pytest.raises(EvaluationError, match=words):
        torch_operations.call_operation(name, torch.as_tensor(A))
    assert not np.isfinite(jax.jit(lambda A: jax_operations.call_operation(name, A))(jnp.asarray(A))).all()


def test_complex_valued_operations_are_complex():
    for name in [name for name, op in operations.items() if op.result == "complex"]:
        assert jnp.iscomplexobj(jax_operations.call_operation(name, jnp.eye(2) * jnp.arange(1.0, 3.0)))
        assert not is_linear(name, 0)


@pytest.mark.parametrize(("target", "words"), [("jax", "frechet.jax.linalg"), ("torch", "frechet.torch.linalg")])
def test_code_for_an_operation_that_the_library_lacks(target, words):
    """The error names the operation, and where it is computed instead."""
    with pytest.raises(FrechetError, match=f"no {target} code for logm; {words}"):
        fr.source(fr.parse("logm(A)"), target)


@pytest.mark.parametrize("target", ["jax", "torch"])
def test_code_shares_a_factorization(target):
    """Values and vectors in one call, also in the gradient."""
    f = fr.parse("eigvalsh(A)'*(eigvecsh(A).^4)*x", A="matrix(n,n)", x="vector(n)")
    source = fr.source(fr.derivative(f, "A").gradient, target)
    assert source.count("symmetric_eigen(") == 2  # its definition, and one call
    assert "frechet" not in source


@pytest.mark.parametrize("scale", [0.0, 1.0, 1e3])
def test_exponential(scale):
    """Any norm, in value and derivative; beyond 2**32 under jit NaN."""
    A = scale * np.array([[0.0, 1.0, 0.3], [-1.0, 0.0, 0.2], [-0.3, -0.2, 0.0]])
    E = np.arange(9.0).reshape(3, 3)
    value, slope = scipy.linalg.expm_frechet(A, E)
    for f, found in ((jax_operations, jnp.asarray), (torch_operations, torch.as_tensor)):
        np.testing.assert_allclose(f.call_operation("expm", found(A)), value, atol=1e-11)
        np.testing.assert_allclose(
            f.call_operation("dexpm", found(A), found(E)), slope, atol=1e-10 * np.abs(slope).max()
        )


def test_compiled_exponential_is_differentiated_by_jax():
    f = fr.parse("tr(C*expm(A))", A="matrix(n,n)", C="matrix(n,n)").compile("jax")
    A, C = jnp.asarray(np.arange(9.0).reshape(3, 3) / 9), jnp.asarray(np.eye(3) + 0.1)
    G = jax.grad(lambda A: f(A=A, C=C))(A)
    np.testing.assert_allclose(G, scipy.linalg.expm_frechet(A.T, C.T, compute_expm=False), rtol=1e-9)


@pytest.mark.parametrize("name", ["exp", "sqrt", "log", "sin", "tanh", "erf"])
def test_functions_of_matrices_in_single_precision(name):
    """JAX as it comes, without 64 bits: whole numbers beyond 32 bits cannot be constants there."""
    with jax.enable_x64(False):
        A = jnp.array([[2.0, 0.5], [0.5, 1.5]])
        gradient = jax.grad(lambda A: jnp.trace(jax_linalg.spectral_function(name, A)))(A)
        assert gradient.dtype == jnp.float32
        w, V = np.linalg.eigh(np.asarray(A, float))
        slope = jax.vmap(jax.grad(SCALAR[name]))(jnp.asarray(w, jnp.float32))
    np.testing.assert_allclose(gradient, (V * np.asarray(slope)) @ V.T, rtol=2e-4, atol=2e-4)


SCALAR = {
    "exp": jnp.exp,
    "sqrt": jnp.sqrt,
    "log": jnp.log,
    "sin": jnp.sin,
    "tanh": jnp.tanh,
    "erf": jax.scipy.special.erf,
}
