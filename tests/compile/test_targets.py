"""Compiled equals evaluated: every target, on the cookbook and on drawn expressions; the source runs by itself."""

from __future__ import annotations

import jax
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import frechet as fr
from tests.compile.points import assert_same, drawn, point_of, takes_complex, texts

jax.config.update("jax_enable_x64", True)

TARGETS = ["numpy", "jax", "torch"]


def _define(source: str):
    namespace: dict = {}
    exec(compile(source, "<source>", "exec"), namespace)
    return namespace["function"]


def _compare(text: str, target: str, seed: int) -> None:
    f = drawn(text)
    sizes, arrays, value = point_of(f, seed)
    assume(np.isfinite(value).all() and np.abs(value).max(initial=0) < 1e6)
    before = {name: np.array(a) for name, a in arrays.items()}
    g = f.compile(target, sizes=sizes)
    assert_same(g(**arrays), value, 1e-6)
    for name, a in arrays.items():
        assert np.array_equal(a, before[name]), f"{name} was modified"


@settings(max_examples=250, deadline=None)
@given(texts(), st.integers(0, 100))
def test_numpy_equals_evaluation(text, seed):
    _compare(text, "numpy", seed)


@settings(max_examples=40, deadline=None)
@given(texts(), st.integers(0, 100))
def test_jax_equals_evaluation(text, seed):
    _compare(text, "jax", seed)


@settings(max_examples=60, deadline=None)
@given(texts(), st.integers(0, 100))
def test_torch_equals_evaluation(text, seed):
    _compare(text, "torch", seed)


@settings(max_examples=60, deadline=None)
@given(texts(), st.sampled_from(TARGETS))
def test_source_runs_by_itself(text, target):
    f = drawn(text)
    sizes, arrays, value = point_of(f)
    assume(np.isfinite(value).all() and np.abs(value).max(initial=0) < 1e6)
    g = f.compile(target, sizes=sizes)
    given_arrays = g.target.convert(arrays)
    extra = {k: n for k, n in sizes.items() if f" {k}: a size" in g.source}
    result = _define(g.source)(**dict(zip(arrays, given_arrays, strict=True)), **extra)
    assert "frechet" not in g.source
    assert_same(np.asarray(result), value, 1e-6)


@settings(max_examples=60, deadline=None)
@given(texts("n1"), texts("n1"), texts("11"))
def test_several_roots_share_one_program(first, second, third):
    roots = [drawn(t) for t in (first, second, third, second)]
    together = fr.compile(roots)
    sizes, arrays, _ = point_of(fr.norm2(roots[0]) + fr.norm2(roots[1]) + roots[2])
    together = fr.compile(roots, sizes=sizes)
    for got, f in zip(together(**{n: arrays[n] for n in together.names}), roots, strict=True):
        alone = f.compile(sizes=sizes)
        want = alone(**{n: arrays[n] for n in alone.names})
        assume(np.isfinite(want).all() and np.abs(want).max(initial=0) < 1e6)
        assert_same(got, want, 1e-6)


@settings(max_examples=60, deadline=None)
@given(texts(depth=2), st.sampled_from(["float32", "complex128"]))
def test_other_kinds_of_numbers(text, kind):
    assume(
        not {"sigmoid", "softmax", "logsumexp", "norm2", "exp(", "logdet", "tanh"} & {w for w in _WORDS if w in text}
    )
    f = drawn(text)
    sizes, arrays, value = point_of(f)
    assume(np.isfinite(value).all() and np.abs(value).max(initial=0) < 1e3)
    g = f.compile(sizes=sizes)
    if kind == "complex128" and not takes_complex(f):
        with pytest.raises(fr.EvaluationError, match="complex"):
            g(**{name: a.astype(kind) for name, a in arrays.items()})
        return
    result = g(**{name: a.astype(kind) for name, a in arrays.items()})
    # As in NumPy, numbers alone do not set the kind of an array made of constants.
    assert not any(a.ndim for a in arrays.values()) or np.asarray(result).dtype == kind
    assert_same(result, value, 1e-2 if kind == "float32" else 1e-6)


_WORDS = ["sigmoid", "softmax", "logsumexp", "norm2", "exp(", "logdet", "tanh"]


def test_jax_functions_are_jitted_batched_and_differentiated_again():
    f = fr.parse("logdet(X'*X)", X="matrix(m,n)")
    value, gradient = f.compile("jax"), fr.derivative(f).gradient.compile("jax")
    X = np.random.default_rng(0).standard_normal((3, 6, 4))
    assert_same(jax.jit(lambda A: value(X=A))(X[0]), np.linalg.slogdet(X[0].T @ X[0])[1])
    batched = jax.vmap(lambda A: gradient(X=A))(X)
    for A, G in zip(X, batched, strict=True):
        assert_same(jax.grad(lambda B: value(X=B))(A), np.asarray(G))


def test_torch_functions_are_followed_by_autograd():
    import torch

    f = fr.parse("x'*inv(S)*x + logdet(S)", x="vector(n)", S="spd(n)")
    rng = np.random.default_rng(0)
    B = rng.standard_normal((4, 4))
    S = torch.tensor(B @ B.T + np.eye(4), requires_grad=True)
    x = torch.tensor(rng.standard_normal(4))
    f.compile("torch")(x=x, S=S).backward()
    G = fr.derivative(f, "S").gradient.compile()
    symmetrised = (S.grad + S.grad.T) / 2
    assert_same(symmetrised.numpy(), G(x=x.numpy(), S=S.detach().numpy()))
