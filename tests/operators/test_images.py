"""The space that an operator maps into contains the values, and what is kept between points is right at each."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import frechet as fr
from frechet.operators import Masked, Skew, Symmetric, diagonal, hadamard, lower, two_sided, upper
from frechet.operators.canonical import Canonical
from frechet.operators.images import image
from tests.operators.draw import Draw
from tests.operators.market import MARKET

PLAIN = sorted(name for name, stand in MARKET.items() if stand.pattern not in ("blocks", "frame"))
DOMAINS = {"symmetric": Symmetric, "skew": Skew, "lower": lower, "upper": upper, "diagonal": diagonal}


@pytest.mark.parametrize("name", PLAIN)
@given(n=st.integers(1, 3), seed=st.integers(0, 2**32 - 1), kind=st.sampled_from([None, *DOMAINS]))
@settings(max_examples=10, deadline=None)
def test_values_lie_in_the_image(name, n, seed, kind):
    d = Draw(seed)
    op = MARKET[name].make(d, n)
    assert isinstance(op.form, Canonical)
    m, k = op.domain.shape
    space = op.domain if kind is None or m != k else DOMAINS[kind](m)
    found = image(op.form, space)
    for _ in range(2):
        Y = op.form.apply(space.random(d.rng))
        if found is not None:
            assert np.linalg.norm(Y - found.project(Y)) <= 1e-12 * max(1.0, np.linalg.norm(Y))


def test_a_symmetric_scaling_beside_another_term_does_not_make_the_sum_symmetric():
    d = Draw(3)
    H, A = d.positive(3, 3), d(3)
    op = (hadamard(H + H.T) + two_sided(A, np.eye(3))).restrict(Symmetric(3))
    X = Symmetric(3).random(d.rng)
    np.testing.assert_allclose(op(X), (H + H.T) * X + A @ X)


def test_triangular_factors_keep_triangles_by_their_form():
    d = Draw(4)
    L = np.tril(d(40))
    assert image(two_sided(L, np.linalg.inv(L + 9 * np.eye(40))).form, lower(40)) == lower(40)
    assert image(two_sided(L, L).form, upper(40)) != upper(40)
    assert Masked(np.tri(3)) == lower(3)


def test_what_is_kept_between_points_depends_on_sizes_only():
    derivative = fr.derivative(fr.parse("chol(P)", P="spd(n)"), "P")
    d = Draw(5)
    for n in (3, 5, 3):
        for _ in range(2):
            P = d.spd(n)
            op = derivative.at(P=P)
            dP = Symmetric(n).random(d.rng)
            h = 1e-5
            wanted = (np.linalg.cholesky(P + h * dP) - np.linalg.cholesky(P - h * dP)) / (2 * h)
            np.testing.assert_allclose(op(dP), wanted, atol=1e-8)
            L = np.linalg.cholesky(P)
            i = np.arange(n)
            # Muirhead, Aspects of Multivariate Statistical Theory (1982), theorem 2.1.9, in orthonormal coordinates
            jacobian = n * np.log(2) + (n - i) @ np.log(np.diag(L)) + n * (n - 1) / 4 * np.log(2)
            assert np.isclose(op.logdet(), -jacobian)
            assert np.isclose(op.logdet(), np.linalg.slogdet(op.to_dense())[1])
