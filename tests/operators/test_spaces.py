"""Subspaces: orthonormal coordinates, projections, dimensions; operators on them against the embedded
matrix.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frechet.operators import (
    Full,
    Masked,
    Partitioned,
    Product,
    Skew,
    Symmetric,
    diagonal,
    lower,
    projection,
    tangent_fixed_rank,
    tangent_orthogonal,
    tangent_stiefel,
    two_sided,
    upper,
)
from tests.operators.draw import Draw

SPACES = {
    "full": (lambda d, n: Full(n, n + 1), lambda n: n * (n + 1)),
    "symmetric": (lambda d, n: Symmetric(n), lambda n: n * (n + 1) // 2),
    "skew": (lambda d, n: Skew(n), lambda n: n * (n - 1) // 2),
    "lower": (lambda d, n: lower(n), lambda n: n * (n + 1) // 2),
    "upper": (lambda d, n: upper(n), lambda n: n * (n + 1) // 2),
    "diagonal": (lambda d, n: diagonal(n), lambda n: n),
    "masked": (lambda d, n: Masked(np.arange(n * n).reshape(n, n) % 2), lambda n: n * n // 2),
    "orthogonal": (lambda d, n: tangent_orthogonal(np.linalg.qr(d(n))[0]), lambda n: n * (n - 1) // 2),
    "fixed rank": (
        lambda d, n: tangent_fixed_rank(np.linalg.qr(d(n + 1, 1))[0], np.linalg.qr(d(n, 1))[0]),
        lambda n: 2 * n,
    ),
    "stiefel": (lambda d, n: tangent_stiefel(np.linalg.qr(d(n + 2, n))[0]), lambda n: n * (n - 1) // 2 + 2 * n),
    "partitioned": (
        lambda d, n: Partitioned([[Skew(n), None], [Full(2, n), diagonal(2)]], (n, 2), (n, 2)),
        lambda n: n * (n - 1) // 2 + 2 * n + 2,
    ),
}
every = pytest.mark.parametrize("name", SPACES)
drawn = given(n=st.integers(1, 5), seed=st.integers(0, 2**32 - 1))
few = settings(max_examples=15, deadline=None)


@every
@drawn
@few
def test_coordinates_are_an_isometry(name, n, seed):
    d = Draw(seed)
    make, dim = SPACES[name]
    space = make(d, n)
    assert space.dim == dim(n)
    c, e = d.rng.standard_normal((2, space.dim))
    assert np.allclose(space.coords(space.embed(c)), c)
    assert np.isclose(np.vdot(space.embed(c), space.embed(e)), c @ e)
    assert np.allclose(space.check(space.embed(c), "X"), space.embed(c))


@every
@drawn
@few
def test_projection_is_orthogonal(name, n, seed):
    d = Draw(seed)
    space = SPACES[name][0](d, n)
    X, Y = d(*space.shape), space.random(d.rng)
    P = space.project(X)
    assert np.allclose(space.project(P), P)
    assert np.isclose(np.vdot(X - P, Y), 0, atol=1e-12)
    assert np.allclose(projection(space)(X), P)


@every
@drawn
@few
def test_an_operator_on_a_space_is_its_compression(name, n, seed):
    d = Draw(seed)
    space = SPACES[name][0](d, n)
    full = two_sided(d(space.shape[0]), d(space.shape[1]))
    op = full.restrict(space, space)
    basis = np.array([space.embed(e).reshape(-1, order="F") for e in np.eye(space.dim)])
    basis = basis.reshape(space.dim, space.shape[0] * space.shape[1])  # a space may have dimension 0
    assert np.allclose(op.to_dense(), basis @ full.to_dense() @ basis.T)
    assert np.isclose(op.trace(), np.trace(op.to_dense()))


def test_tangent_spaces_are_tangent():
    d = Draw(1)
    Q = np.linalg.qr(d(4))[0]
    dQ = tangent_orthogonal(Q).random(d.rng)
    assert np.allclose(Q.T @ dQ + dQ.T @ Q, 0)
    U, V = np.linalg.qr(d(5, 2))[0], np.linalg.qr(d(4, 2))[0]
    dX = tangent_fixed_rank(U, V).random(d.rng)
    assert np.allclose((np.eye(5) - U @ U.T) @ dX @ (np.eye(4) - V @ V.T), 0)
    assert np.linalg.matrix_rank(dX) == 4


def test_equality_and_names():
    assert Symmetric(3) == Symmetric(3) != Skew(3)
    assert lower(3) != upper(3)
    assert Product(Full(1, 2), Skew(3)) == Product(Full(1, 2), Skew(3))
    assert len({Symmetric(3), Symmetric(3), Skew(3)}) == 2
    assert repr(Product(Symmetric(2), lower(3))) == "symmetric(2) × lower(3)"


@pytest.mark.parametrize(("n", "power"), [(2, 1), (5, 1)])
def test_determinant_of_congruence_is_a_power_of_the_determinant(n, power):
    A = Draw(n).good(n) * 1.5
    size = np.linalg.slogdet(A)[1]
    op = two_sided(A, A.T)
    assert np.isclose(op.logdet(), 2 * n * size)
    assert np.isclose(op.restrict(Symmetric(n)).logdet(), (n + power) * size)
    assert np.isclose(op.restrict(Skew(n)).logdet(), (n - power) * size)


def test_vectors_and_scalars_come_as_they_are():
    assert np.array_equal(two_sided(2 * np.eye(3), np.eye(1))(np.ones(3)), 2 * np.ones((3, 1)))
    assert np.array_equal(two_sided(np.eye(1), np.eye(1)).solve(3.0), [[3.0]])
