"""eigh and svd where values coincide: derivatives of what does not depend on the choice of vectors, the rest refused."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.linalg as sla

import frechet as fr
from frechet import finite
from frechet.tracing.refusing import TracingError

RNG = np.random.default_rng(0)
Q0 = np.linalg.qr(RNG.standard_normal((5, 5)))[0]
S0 = Q0 @ np.diag([1.0, 1, 2, 2, 2]) @ Q0.T
S0 = (S0 + S0.T) / 2
T0 = np.linalg.qr(RNG.standard_normal((7, 5)))[0] @ S0
W, W7 = RNG.standard_normal((5, 5)), RNG.standard_normal((7, 5))


def _eigh(A):
    return np.linalg.eigh((A + A.T) / 2)


def logarithm(A):
    w, V = _eigh(A)
    return np.sum(((V * np.log(w)) @ V.T) * W)


def solved(A):
    w, V = _eigh(A)
    return W[0] @ (V @ ((V.T @ W[1]) / np.sqrt(w)))


def einsum(A):
    w, V = sla.eigh((A + A.T) / 2)
    return np.einsum("ij,j,kj,ik->", V, np.exp(-w), V, W)


def loop(A):
    w, V = _eigh(A)
    return sum(w[k] ** 3 * (V[:, k] @ W @ V[:, k]) for k in range(5))


def projector(A):
    w, V = _eigh(A)
    return np.sum((V[:, 2:] @ V[:, 2:].T) * W) * np.sum(w[2:])


def values(A):
    return np.sum(np.linalg.eigvalsh((A + A.T) / 2) ** 3) + np.log(np.linalg.svd(A, compute_uv=False)).sum()


def twice(A):
    w, V = _eigh(A)
    B = (V * np.sqrt(w)) @ V.T
    w, V = _eigh(B @ W[:, :1] @ W[:, :1].T @ B + B)
    return np.sum((V * np.cos(w)) @ V.T)


def polar(A):
    U, _, Vt = np.linalg.svd(A, full_matrices=False)
    return np.sum((U @ Vt) * W7[: len(A)])


def shrunk(A):
    U, s, Vt = np.linalg.svd(A, full_matrices=False)
    return np.sum(((U * np.tanh(s)) @ Vt) * W7[: len(A)])


@pytest.mark.parametrize(
    ("f", "A"),
    [(f, S0) for f in (logarithm, solved, einsum, loop, projector, values, twice, polar, shrunk)]
    + [(polar, T0), (shrunk, T0), (lambda A: shrunk(A.T), T0.T.copy()), (logarithm, 3 * np.eye(5)), (polar, np.eye(5))],
    ids=lambda x: getattr(x, "__name__", None),
)
def test_spectral_functions_in_both_modes(f, A):
    g, expected = fr.gradient(f)(A), finite.gradient(f, A)
    assert np.allclose(g, expected.value, rtol=1e-8, atol=1e-9 + 20 * np.max(expected.error))
    dA = RNG.standard_normal(A.shape)
    assert fr.jvp(f)(A, dA)[1] == pytest.approx(np.sum(g * dA), rel=1e-9, abs=1e-9)


def test_jacobians_at_ties():
    def root(A):
        w, V = _eigh(A)
        return (V * np.sqrt(w)) @ V.T

    J = fr.jacobian(root)(S0)
    dA = RNG.standard_normal((5, 5))
    X, E = sla.sqrtm(S0), (dA + dA.T) / 2
    assert np.allclose(np.einsum("ijkl,kl->ij", J, dA), sla.solve_sylvester(X, X, E), atol=1e-10)


@pytest.mark.parametrize(
    "f",
    [
        lambda A: _eigh(A)[1][0, 0] ** 2,  # one vector of a cluster
        lambda A: np.sum(_eigh(A)[1][:, 0] * W[0]),
        lambda A: np.linalg.eigvalsh((A + A.T) / 2)[-1],  # the largest of equal ones
        lambda A: np.linalg.svd(A, compute_uv=False)[0],
        lambda A: np.sum(_eigh(A)[0] * np.arange(5.0)),
        lambda A: np.sum(np.linalg.svd(A)[0] * W),
    ],
    ids=["entry", "vector", "largest", "norm", "weighted", "one side"],
)
def test_what_depends_on_the_choice_is_refused(f):
    with pytest.raises(TracingError, match="depends on which vectors"):
        fr.gradient(f)(S0)
    with pytest.raises(TracingError, match="depends on which vectors"):
        fr.jvp(f)(S0, W)


def test_the_graph_shows_the_same_gradient():
    graph = fr.graph(logarithm, S0)
    assert np.allclose(graph.vertices[0].adjoint, fr.gradient(logarithm)(S0))


def test_where_nothing_coincides_nothing_changes():
    A = S0 + np.diag(np.arange(5.0))
    assert fr.linearize(logarithm, A).tape.ties == []
    assert fr.check_gradient(logarithm, A)


ORDERED = {
    "smallest": (lambda x: np.sort(x)[0] ** 2, np.ones(2)),
    "median of three": (lambda x: np.median(x) ** 2, np.ones(3)),
    "median of four": (lambda x: np.median(x) ** 2, np.ones(4)),
    "quantile": (lambda x: np.quantile(x, 0.3) ** 2, np.array([1.0, 1.0, 2.0, 5.0])),
    "partition": (lambda x: np.partition(x, 1)[1] ** 2, np.array([1.0, 1.0, 2.0, 5.0])),
    "weights by rank": (lambda x: np.sum(np.sort(x) ** 2 * np.array([1.0, 2.0, 3.0])), np.array([1.0, 1.0, 2.0])),
}


@pytest.mark.parametrize("name", ORDERED)
def test_second_derivatives_where_the_order_is_a_convention(name):
    """Nearby the entries that tie change places, and the gradient jumps: there is no Hessian, which is told."""
    f, x = ORDERED[name]
    with pytest.warns(RuntimeWarning, match="no second derivative of"):
        assert np.isnan(fr.hessian(f)(x)).any()


@pytest.mark.parametrize(
    ("f", "x", "expected"),
    [
        (lambda x: np.sum(np.sort(x) ** 2), np.array([1.0, 1.0, 2.0]), 2 * np.eye(3)),  # the order does not matter
        (lambda x: np.sort(x)[0] ** 2, np.array([3.0, 1.0, 3.0]), np.diag([0.0, 2.0, 0.0])),  # a tie elsewhere
        (
            lambda x: np.sort(np.concatenate([x, x]))[1] ** 2,
            np.array([1.0, 3.0]),
            np.diag([2.0, 0.0]),
        ),  # one entry twice
        (lambda x: np.median(x) ** 3, np.array([3.0, 1.0, 2.0]), np.diag([0.0, 0.0, 12.0])),
    ],
)
@pytest.mark.filterwarnings("error")
def test_second_derivatives_of_sorted_entries(f, x, expected):
    np.testing.assert_allclose(fr.hessian(f)(x), expected, atol=1e-12)
