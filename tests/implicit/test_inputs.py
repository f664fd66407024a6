"""What people give: lists, whole numbers, sparse matrices of SciPy's; and the words for what cannot be."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse

import frechet as fr
from tests.implicit.against_differences import assert_gradient

I = fr.implicit
K0 = scipy.sparse.diags([2.0, 3.0, 4.0])
PLACES = np.array([0, 1, 1, 2]), np.array([1, 0, 2, 1])
CHAIN = np.array([[0.9, 0.1], [0.3, 0.7]])


@pytest.mark.parametrize("kind", [scipy.sparse.csr_matrix, scipy.sparse.coo_array, np.ndarray.tolist])
def test_constant_matrices_of_every_kind(kind):
    assert np.allclose(I.stationary(kind(CHAIN))(), [0.75, 0.25])
    M = kind(np.diag([1.0, 2.0, 3.0]))
    assert np.isclose(I.eigenpair(M, k=-1)()[0], 3)
    assert np.isclose(I.singular_triplet(M)()[0], 3)
    assert np.allclose(I.linear(M, [1, 1, 1])(), [1, 1 / 2, 1 / 3])
    assert np.allclose(I.quadratic_program(M, lambda q: q)(-np.ones(3)), [1, 1 / 2, 1 / 3])
    assert_gradient(lambda q: I.quadratic_program(M, lambda q: q)(q) @ q, -np.ones(3))


def test_lists_of_what_moves():
    assert_gradient(lambda p: I.linear(lambda p: [[p, 1.0], [0.0, p]], [1, 2])(p).sum(), 2.0)
    assert_gradient(lambda p: I.eigenpair(lambda p: [[p, 1.0], [1.0, 2]])(p)[0], 2.5)
    assert_gradient(lambda p: I.sinkhorn(lambda p: [[p, 1.0], [1.0, 2.0]], [0.5, 0.5], [0.4, 0.6], 0.5)(p)[0, 0], 1.5)


@pytest.mark.parametrize(
    "matrix",
    [lambda S, p: K0 + p * S, lambda S, p: K0 - S * p, lambda S, p: S / p - K0, lambda S, p: -(p * S) + K0],
    ids=["K0 + p*S", "K0 - S*p", "S/p - K0", "-(p*S) + K0"],
)
def test_sums_of_sparse_matrices(matrix):
    made = lambda p: matrix(I.sparse(np.ones(4), PLACES, (3, 3)), p)
    assert_gradient(lambda p: (I.linear(made, np.ones(3))(p) ** 2).sum(), 0.7)


def test_sparse_matrices_of_scipys_times_what_moves():
    assert_gradient(lambda p: I.linear(lambda p: p * K0.tocsr(), np.ones(3))(p).sum(), 2.0)
    assert_gradient(lambda p: I.eigenpair(lambda p: K0 + K0.T + p * K0.multiply(K0.T), near=1.0)(p)[0], 0.3)


def test_starts_that_are_lists_or_whole_numbers():
    """As SciPy has it, a list of numbers is a vector."""
    for y0 in ([1, 2], [1.0, 2], np.array([1, 2])):
        assert np.allclose(fr.odeint(lambda t, y: -y, y0, [0, 1])[-1], np.exp(-1) * np.array([1, 2]))
    assert np.isclose(fr.odeint(lambda t, y: -y, 1, [0, 1])[-1], np.exp(-1))
    J = fr.odeint(lambda t, s: (-s[0], s[0]), (1, 0), [0, 1])[1]
    assert np.isclose(J[-1], 1 - np.exp(-1))
    impact = I.event(lambda t, y, g: [y[1], -g], lambda t, y, g: y[0], 0, 9)
    assert np.isclose(fr.gradient(lambda h: impact([h, 0], 9.81)[0])(2.0), 1 / np.sqrt(2 * 9.81 * 2))
    states, _ = I.dae(lambda t, y, z: [-y[0], z], lambda t, y, z: z - y[0], 1, [0, 1])([1, 0])
    assert np.allclose(states[-1], [np.exp(-1), 1 - np.exp(-1)])
    assert np.allclose(I.path(lambda x, s: x * x - s, 1, [1, 4])(), [1, 2])


@pytest.mark.parametrize("scale", [1e-200, 1e-20, 1e200])
def test_time_has_no_scale(scale):
    f = lambda k: fr.odeint(lambda t, y, k: -k * y, 1.0, [0.0, scale], k)[-1]
    assert np.isclose(fr.gradient(f)(1 / scale) / scale, -np.exp(-1), rtol=1e-8)


BAD = {
    "equations that are numbers": (lambda: fr.implicit([3, 4], lambda p: p), "texts or expressions.*int"),
    "no equations": (lambda: fr.implicit([], lambda p: p), "texts or expressions"),
    "a tolerance for each state": (
        lambda: fr.odeint(lambda t, y: -y, np.ones(2), [0.0, 1.0], atol=np.full(2, 1e-9)),
        "one for all states",
    ),
    "a tolerance that is no number": (lambda: fr.odeint(lambda t, y: -y, 1.0, [0.0, 1.0], rtol="1e-3"), "tolerances"),
    "one time": (lambda: fr.odeint(lambda t, y: -y, 1.0, 2.0), r"write \[t0, t1\]"),
    "no times": (lambda: fr.odeint(lambda t, y: -y, 1.0, None), r"write \[t0, t1\]"),
    "nested times": (lambda: fr.odeint(lambda t, y: -y, 1.0, [[0, 1]]), r"write \[t0, t1\]"),
    "one value of a path": (lambda: I.path(lambda x, s: x * x - s, 0.0, 2.0), r"write \[s0, s1\]"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_is_told(name):
    run, words = BAD[name]
    with pytest.raises(fr.FrechetError, match=words):
        run()


def test_code_that_jax_cannot_trace_is_told_with_its_line():
    jnp = pytest.importorskip("jax.numpy")

    def branches(t, y, p):
        return jnp.sin(y) if t > 0.5 else -p * jnp.sin(y)

    with pytest.raises(fr.FrechetError, match=r"test_inputs\.py, line.*if t > 0\.5.*jax\.numpy\.where"):
        fr.gradient(lambda p: fr.odeint(branches, np.ones(2), [0.0, 1.0], p)[-1].sum())(1.0)
    F = lambda x, p: x * x - float(p[0]) * jnp.ones(2)
    with pytest.raises(fr.FrechetError, match="asks for the numbers"):
        fr.gradient(lambda p: fr.implicit(F, lambda p: jnp.sqrt(p[0]) * jnp.ones(2))(p).sum())(np.ones(2))
