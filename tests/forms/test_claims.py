"""Claims about Jacobians as people write them, right ones and wrong ones with what is wrong with them."""

from __future__ import annotations

import pytest

import frechet as fr
from frechet.errors import LanguageError
from tests.forms.test_functions import angles_to_correlation, spherical

QR = ("X = Q*R", {"Q": "stiefel(m,n)", "R": "upper(n), positive diagonal"})
CHOLESKY = ("A = L*L'", {"L": "lower(n), positive diagonal"})
SPECTRAL = ("S = Q*diag(l)*Q'", {"Q": "orthogonal(n)", "l": "vector(n)"})
SVD = ("X = U*diag(s)*V'", {"U": "stiefel(m,n)", "s": "vector(n), positive", "V": "orthogonal(n)"})
ANGLES = (angles_to_correlation, {"T": "strictly_lower(n)"})

RIGHT = {
    "LaTeX": (*QR, r"\prod_{i=1}^n r_{ii}^{m-i}"),
    "another index": (*CHOLESKY, r"2^n \prod_{k=1}^{n} l_{kk}^{n-k+1}"),
    "inside of the product": (*CHOLESKY, "prod(i, 2*l_ii^(n+1-i))"),
    "a determinant by its entries": (*CHOLESKY, "2^n*|L|^(n+1)/prod(i, l_ii^i)"),
    "fewer factors": ("A = L*U", {"L": "unit lower(n)", "U": "upper(n)"}, "prod_{i=1}^{n-1} |u_ii|^(n-i)"),
    "pairs by other letters": (*SPECTRAL, r"\prod_{j<k} |\lambda_j - \lambda_k|, where \lambda_j are the eigenvalues of S"),
    "pairs between bounds": (*SPECTRAL, r"\prod_{1 \le i<j \le n} |l_i - l_j|"),
    "limits within limits": (*SPECTRAL, "prod_{i=1}^n prod_{j=i+1}^n |l_i - l_j|"),
    "two factors by *": (*SVD, "prod_{i<j} |s_i - s_j|*|s_i+s_j| prod_i s_i^(m-n)"),
    "exponentials": (
        "Y = expm(X)",
        {"X": "symmetric(n)"},
        "e^{tr X} prod_{i<j} (e^{l_i}-e^{l_j})/(l_i-l_j), l = eig(X)",
    ),
    "a limit at i = j": ("Y = expm(X)", {"X": "matrix(n)"}, "prod(i,j, |(exp(l_i)-exp(l_j))/(l_i-l_j)|), l = eig(X)"),
    "a determinant of a function": ("S = diag(s)*R*diag(s)", {"s": "vector(n), positive", "R": "correlation(n)"}, "2^n |diag(s)|^n"),
    "det X": ("Y = inv(X)", {"X": "symmetric(n)"}, "|det X|^{-n-1}"),
    "by the value": ("Y = inv(X)", {"X": "symmetric(n)"}, "|Y|^(n+1)"),
    "by the values": ("d = b - c; y = sqrt(b*c)", {"b": "scalar", "c": "scalar"}, "sqrt(d^2 + 4*y^2)/(2*y)"),
    "quadratic forms": ("y = x/sqrt(1 + x'*x)", {"x": "vector(n)"}, "(1 + x'*x)^(-(n+2)/2)"),
}  # fmt: skip
WRONG = {
    "one more": (*QR, "prod_{i=1}^{n} r_ii^{m-i+1}", "the exponent of r_ii is too large by 1"),
    "another size": (*QR, "prod_i r_ii^(n-i)", "the exponent of r_ii is too large by n - m"),
    "a power of 2": (*CHOLESKY, "2^(n-1) prod l_ii^(n+1-i)", "the factor 2 is missing"),
    "orders and signs": (*SPECTRAL, "2^(-n)*prod_{i<j} |l_i - l_j|", "the factor 2^n is missing"),
    "another kind": ("Y = c*X", {"X": "symmetric(n)", "c": "scalar"}, "c^(n*(n-1)/2)", "the exponent of |c| is too small by n"),
    "a factor": ("Y = det(X)*inv(X)", {"X": "matrix(n)"}, "|X|^(n*(n-2))", "the factor (n - 1) is missing"),
    "the diagonal": (
        "Y = X^2",
        {"X": "symmetric(n)"},
        "prod(i<j, |l_i+l_j|), l = eig(X)",
        "the factor 2^n is missing; the exponent of |X| is too small by 1",
    ),
    "angles": (spherical, {"r": "scalar", "a": "vector(n)"}, "r^n*prod(i, sin(a_i)^(n-i+1))", "the exponent of |sin(a_i)| is too large by 1"),
    "rows": (*ANGLES, "prod(i>j, |sin(t_ij)|^(n - i))", "the exponent of |sin(t_ij)| is too large by j - i"),
}  # fmt: skip


@pytest.mark.parametrize(("map", "kinds", "claim"), RIGHT.values(), ids=list(RIGHT))
def test_a_right_claim(map, kinds, claim):
    assert fr.check_jacobian(map, claim, **kinds)


@pytest.mark.parametrize(("map", "kinds", "claim", "words"), WRONG.values(), ids=list(WRONG))
def test_a_wrong_claim(map, kinds, claim, words):
    verdict = fr.check_jacobian(map, claim, **kinds)
    assert verdict.right is False
    assert verdict.diagnosis[0] == words


def test_what_a_claim_leaves_open_is_asked():
    with pytest.raises(LanguageError, match="does the division belong to the product"):
        fr.check_jacobian(SPECTRAL[0], "prod_{i<j} (l_i - l_j)/n!", **SPECTRAL[1])
    with pytest.raises(LanguageError, match="is no number"):
        fr.check_jacobian("Y = A*X", "A'*A", "X", X="matrix(n)")


def test_products_of_functions_of_entries():
    assert fr.check_jacobian("y = softplus(x)", "prod_i sigmoid(x_i)", x="vector(n)")
    assert not fr.check_jacobian("y = softplus(x)", "prod_i sigmoid(-x_i)", x="vector(n)")
