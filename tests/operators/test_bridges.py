"""Bridges to SciPy, JAX, PyTorch: the same map; the plot and the tensor."""

from __future__ import annotations

import sys

import numpy as np
import pytest
import scipy.sparse.linalg as spla

from frechet.errors import EvaluationError, FrechetError, ShapeError
from frechet.operators import Symmetric, identity, two_sided
from frechet.operators.bridges import from_scipy, jax_functions, to_lineax, to_scipy, torch_functions
from tests.operators.draw import Draw
from tests.operators.market import MARKET

NUMPY_ONLY = {"black_box", "derivative_of_the_exponential_of_a_product"}
TRANSLATED = sorted(
    name
    for name, stand in MARKET.items()
    if name not in NUMPY_ONLY and stand.pattern not in ("inverse", "matrix function")
)


def tuples(X):
    return X if isinstance(X, tuple) else (X,)


@pytest.mark.parametrize("name", sorted(MARKET))
def test_scipy_sees_the_dense_matrix(name):
    op = MARKET[name].make(Draw(1), 2)
    A, J = to_scipy(op), op.to_dense()
    assert A.shape == J.shape
    assert np.allclose(A @ np.eye(A.shape[1]), J)
    assert np.allclose(A.H @ np.eye(A.shape[0]), J.T)


def test_scipy_back_again():
    op = two_sided(Draw(2).good(3), Draw(3).good(2))
    back = from_scipy(to_scipy(op), op.domain.shape, op.codomain.shape)
    assert np.allclose(back.to_dense(), op.to_dense())
    X = Draw(4)(3, 2)
    assert np.allclose(back.solve(op(X)), X)
    assert np.allclose(back.T(X), op.T(X))
    assert np.allclose(spla.gmres(to_scipy(op), op.domain.coords(op(X)), rtol=1e-12)[0], op.domain.coords(X))
    with pytest.raises(ShapeError, match="needs shape"):
        from_scipy(to_scipy(op), (2, 2), (3, 2))


@pytest.mark.parametrize("name", TRANSLATED)
def test_jax_and_torch_apply_the_same_map(name):
    import jax
    import torch

    d = Draw(5)
    op = MARKET[name].make(d, 2)
    X, W = op.domain.random(d.rng), op.codomain.random(d.rng)
    with jax.enable_x64(True):
        forward, back = jax_functions(op)
        for actual, wanted in ((jax.jit(forward)(X), op(X)), (back(W), op.T(W))):
            for a, b in zip(tuples(actual), tuples(wanted), strict=True):
                assert np.allclose(np.asarray(a), b)
    forward, back = torch_functions(op)
    convert = lambda Z: tuple(map(torch.as_tensor, Z)) if isinstance(Z, tuple) else torch.as_tensor(Z)
    for actual, wanted in ((forward(convert(X)), op(X)), (back(convert(W)), op.T(W))):
        for a, b in zip(tuples(actual), tuples(wanted), strict=True):
            assert np.allclose(np.asarray(a), b)


def test_jax_differentiates_through_the_application():
    import jax

    op = MARKET["spectral_function"].make(Draw(6), 2)
    with jax.enable_x64(True):
        forward, back = jax_functions(op)
        W = Draw(7)(*op.codomain.shape)
        pulled = jax.grad(lambda X: (forward(X) * W).sum())(np.zeros(op.domain.shape))
        assert np.allclose(np.asarray(pulled), np.asarray(back(W)))


def test_black_boxes_are_not_translated():
    with pytest.raises(EvaluationError, match="runs in NumPy only"):
        jax_functions(MARKET["black_box"].make(Draw(8), 2))


@pytest.mark.parametrize(
    ("module", "call"),
    [
        ("jax.numpy", lambda: jax_functions(identity(2, 2))),
        ("torch", lambda: torch_functions(identity(2, 2))),
        ("lineax", lambda: to_lineax(identity(2, 2))),
        ("matplotlib.pyplot", lambda: identity(2, 2).plot()),
    ],
)
def test_a_missing_library_is_named(monkeypatch, module, call):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(FrechetError, match=r"needs \w+: pip install"):
        call()


def test_lineax_operator(monkeypatch):
    """The arguments that lineax receives; the library itself is optional, so a stand-in records them."""
    import types

    stand_in = types.SimpleNamespace(FunctionLinearOperator=lambda fn, structure: (fn, structure))
    monkeypatch.setitem(sys.modules, "lineax", stand_in)
    op = two_sided(Draw(9).good(3), np.eye(2))
    function, structure = to_lineax(op)
    assert structure.shape == (3, 2)
    assert np.allclose(np.asarray(function(np.ones((3, 2)))), op(np.ones((3, 2))), atol=1e-5)
    with pytest.raises(EvaluationError, match="on all matrices"):
        to_lineax(identity(2, 2).restrict(Symmetric(2)))


def test_tensor_is_the_dense_matrix_rearranged():
    op = two_sided(Draw(10)(4, 3), Draw(11)(2, 5))
    assert np.allclose(op.tensor().reshape(20, 6, order="F"), op.to_dense())


def test_plot_outlines_the_kronecker_blocks():
    import matplotlib

    matplotlib.use("Agg")
    ax = two_sided(np.eye(3), np.ones((2, 2))).plot()
    assert len(ax.lines) == 2
    assert ax.get_xlabel() == "vec dX, matrix(3,2)"
    assert ax.images[0].get_array().shape == (6, 6)
    assert len(MARKET["two_by_two"].make(Draw(12), 2).plot().lines) == 2
    matplotlib.pyplot.close("all")
