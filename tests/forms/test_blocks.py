"""Skew-symmetric matrices and rotations by their 2×2 blocks: Jacobians derived, densities of eigenvalues normalized and sampled."""

from __future__ import annotations

import math
from itertools import permutations, product

import numpy as np
import pytest

import frechet as fr
from frechet.errors import EvaluationError, FrechetError
from frechet.forms import spectra
from frechet.forms.differences import difference_matrix
from frechet.forms.volumes import log_volume_of_stiefel

SKEW = {"Q": "orthogonal(n), modulo blocks", "B": "skew_blocks(n)"}
ROTATION = {"Q": "orthogonal(n), modulo blocks", "R": "rotation_blocks(n)"}


@pytest.fixture(scope="module")
def skew():
    return fr.jacobian_of("A = Q*B*Q'", **SKEW)


@pytest.fixture(scope="module")
def rotation():
    return fr.jacobian_of("O = Q*R*Q'", **ROTATION)


def test_the_formula_is_derived(skew, rotation):
    assert str(skew.formula) == "prod(i, |b_i|^(2*(n mod 2)))*prod(i<j, |b_i^2 - b_j^2|^2), b = blocks(B)"
    assert "|cos(r_i) - cos(r_j)|^2" in str(rotation.formula)
    assert "{1, 2}: determinant 4*(cos(R_1) - cos(R_2))**2" in "\n".join(rotation.steps)
    assert "O has determinant 1" in rotation.conditions


@pytest.mark.parametrize("n", [2, 3, 4, 5, 6])
def test_the_number_is_that_of_finite_differences(n, skew, rotation):
    for J in (skew, rotation):
        point = J.of.sampled({"n": n}, np.random.default_rng(n))
        expected = np.linalg.slogdet(difference_matrix(J.of, point))[1]
        assert J.logabsdet_at(point) == pytest.approx(expected, abs=1e-7)


def test_published_formulas_and_misprints(skew, rotation):
    """Forrester (2010) ch. 1; Weyl's integration formula, The Classical Groups (1946) ch. VII.9."""
    right = "prod(i<j, |b_i^2 - b_j^2|)^2*prod(i, b_i^2)^(n mod 2), b = blocks(B)"
    assert fr.check_jacobian(skew, right)
    assert not fr.check_jacobian(skew, right.replace(")^2*", ")*"))
    assert not fr.check_jacobian(skew, "prod(i<j, |b_i^2 - b_j^2|)^2, b = blocks(B)")
    weyl = "prod(i<j, |2*cos(t_i) - 2*cos(t_j)|)^2*prod(i, |2 - 2*cos(t_i)|)^(n mod 2), t = angles(R)"
    assert fr.check_jacobian(rotation, weyl)
    assert not fr.check_jacobian(rotation, weyl.replace("^(n mod 2)", ""))


@pytest.mark.parametrize("n", [4, 5])
@pytest.mark.parametrize("extra", ["", ", positive", ", ordered", ", positive, ordered"])
def test_preimages_are_counted(n, extra):
    """Signed permutations P with P'*B*P again of blocks of the kind declared, up to the rotations of blocks that are among them."""
    B = np.zeros((n, n))
    B[0, 1], B[2, 3] = 3.0, 2.0
    B = B - B.T
    found = 0
    for order in permutations(range(n)):
        for signs in product((1, -1), repeat=n):
            P = np.eye(n)[:, order] * np.array(signs)
            C = P.T @ B @ P
            x, rest = np.array([C[0, 1], C[2, 3]]), C.copy()
            rest[[0, 1, 2, 3], [1, 0, 3, 2]] = 0
            good = not rest.any() and ("positive" not in extra or (x > 0).all())
            found += good and ("ordered" not in extra or x[0] > x[1])
    J = fr.jacobian_of("A = Q*B*Q'", **{**SKEW, "B": "skew_blocks(n)" + extra})
    said = J.conditions[-1]
    times = (1 if "ordered" in extra else 2) * (1 if "positive" in extra else 4) * (2 if n % 2 else 1)
    assert found == times * 4**2  # each block is turned by multiples of pi/2
    assert ("floor(n/2)!" in said) == ("ordered" not in extra)
    assert ("2^floor(n/2)" in said) == ("positive" not in extra)


def test_arrays_are_of_their_kind(skew):
    B = np.array([[0.0, 1.5], [-1.5, 0.0]])
    assert skew.logabsdet(Q=np.eye(2), B=B) == pytest.approx(0)
    wide = np.array([[0.0, 0.0, 1.0], [0.0, 0.0, 0.0], [-1.0, 0.0, 0.0]])
    with pytest.raises(EvaluationError, match="B is declared skew blocks"):
        skew.logabsdet(Q=np.eye(3), B=wide)
    J = fr.jacobian_of("A = Q*B*Q'", **{**SKEW, "B": "skew_blocks(n), positive"})
    with pytest.raises(EvaluationError, match="the blocks of B are declared positive"):
        J.logabsdet(Q=np.eye(2), B=-B)
    with pytest.raises(FrechetError, match="modulo blocks"):
        fr.jacobian_of("A = Q*B*Q'", Q="orthogonal(n)", B="skew_blocks(n)")


NAMES = ["antisymmetric", "special orthogonal"]


@pytest.mark.parametrize("n", [2, 3, 4, 5, 6])
@pytest.mark.parametrize("name", NAMES)
def test_densities_integrate_to_one(name, n):
    assert fr.density(f"{name}({n})").eigenvalues().total() == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("n", [2, 3, 4, 7])
@pytest.mark.parametrize("name", NAMES)
def test_the_constant_is_the_volume_of_what_is_left_out(name, n, skew, rotation):
    """The density of the matrix, the Jacobian, and the volume of O(n) modulo rotations of the blocks, each 2*pi long."""
    J, D = (skew, fr.density(name)) if name == "antisymmetric" else (rotation, fr.density(name))
    point = J.of.sampled({"n": n}, np.random.default_rng(1))
    (X,) = point.images
    values = D.ensemble.spectrum_of(X)
    h = n // 2
    outside = log_volume_of_stiefel(n, n) - h * np.log(2 * np.pi) - math.lgamma(h + 1) - (np.log(2) if n % 2 else 0)
    derived = D.logpdf(X) + J.logabsdet_at(point) + outside
    assert D.eigenvalues(n=n).logpdf(values) == pytest.approx(derived, abs=1e-9)


@pytest.mark.parametrize(
    "text", ["antisymmetric(2)", "antisymmetric(5)", "special orthogonal(4)", "special orthogonal(3)"]
)
def test_samples_have_the_derived_density(text):
    assert fr.density(text).compare(800, seed=5)


def test_the_constants_agree_with_direct_integrals():
    """n = 3: b^2 e^(-b^2/2) over b > 0 is sqrt(pi/2); 1 - cos(t) over (0, pi) is pi."""
    assert spectra.antisymmetric(3).log_constant == pytest.approx(np.log(np.sqrt(np.pi / 2)))
    assert spectra.special_orthogonal(3).log_constant == pytest.approx(np.log(np.pi))
    with pytest.raises(EvaluationError, match="n >= 2"):
        fr.density("antisymmetric(1)")


def test_volumes_of_blocks_and_of_what_is_left():
    """O(3) has the volume 16 pi^2; up to rotations in a plane 2 pi less in each, 8 pi: two spheres. Each angle runs over 2 pi."""
    assert fr.volume_form("orthogonal(n), modulo blocks").total(n=3) == pytest.approx(8 * np.pi)
    assert fr.volume_form("rotation_blocks(n)").total(n=5) == pytest.approx(4 * np.pi**2)
    assert "i >= j" in str(fr.volume_form("skew_hermitian(n)"))
    assert "on and below the diagonal" in str(fr.volume_form("unitary(n)"))
    assert "on and below" not in str(fr.volume_form("unitary(n), modulo diagonal"))
