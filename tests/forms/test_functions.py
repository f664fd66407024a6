"""Jacobians of Python functions: the number against finite differences and published formulas, letters at a size."""

from __future__ import annotations

import math

import numpy as np
import pytest
import sympy as sp

import frechet as fr
from frechet.errors import DerivativeError, EvaluationError, FrechetError, LanguageError
from frechet.forms import functions


def spherical(r, a):
    x, rest = np.zeros(len(a) + 1), r
    for k in range(len(a)):
        x[k] = rest * np.cos(a[k])
        rest = rest * np.sin(a[k])
    x[-1] = rest
    return x


def ball(r, a1, a2):
    return r * np.cos(a1), r * np.sin(a1) * np.cos(a2), r * np.sin(a1) * np.sin(a2)


def angles_to_correlation(T):
    n = len(T)
    L = np.zeros((n, n))
    for i in range(n):
        for j in range(i):
            L[i, j] = np.cos(T[i, j]) * np.prod(np.sin(T[i, :j]))
        L[i, i] = np.prod(np.sin(T[i, :i]))
    return L @ L.T


def stick_breaking(y):
    n = round((1 + math.sqrt(1 + 8 * len(y))) / 2)
    z, L, k = np.tanh(y), np.zeros((n, n)), 0
    for i in range(n):
        rest = 1.0
        for j in range(i):
            L[i, j] = z[k] * np.sqrt(rest)
            rest -= L[i, j] ** 2
            k += 1
        L[i, i] = np.sqrt(rest)
    return L


def lanczos(l, q):
    """The tridiagonal matrix with eigenvalues l and first components q of its eigenvectors."""
    n = len(l)
    Q, a, b = np.zeros((n, n)), np.zeros(n), np.zeros(n - 1)
    Q[:, 0] = q
    for k in range(n):
        v = l * Q[:, k]
        a[k] = Q[:, k] @ v
        v = v - a[k] * Q[:, k]
        if k:
            v = v - b[k - 1] * Q[:, k - 1]
        if k < n - 1:
            b[k] = np.sqrt(v @ v)
            Q[:, k + 1] = v / b[k]
    return {"a": a, "b": b}


def rotation(q):
    w, x, y, z = q
    return np.array(
        [
            [w * w + x * x - y * y - z * z, 2 * (x * y - w * z), 2 * (x * z + w * y)],
            [2 * (x * y + w * z), w * w - x * x + y * y - z * z, 2 * (y * z - w * x)],
            [2 * (x * z - w * y), 2 * (y * z + w * x), w * w - x * x - y * y + z * z],
        ]
    )


def trace_det_angle(S):
    return np.trace(S), np.linalg.det(S), np.arctan2(2 * S[0, 1], S[0, 0] - S[1, 1]) / 2


def box_muller(u, v):
    return np.sqrt(-2 * np.log(u)) * np.cos(2 * np.pi * v), np.sqrt(-2 * np.log(u)) * np.sin(2 * np.pi * v)


# published, beside those of test_powers: Stan Reference Manual;
# vol SO(3) = 8 pi^2 against vol(S^3)/2 = pi^2; Box and Muller (1958)
PUBLISHED = {
    "stick breaking": (
        stick_breaking,
        {"y": "vector(3)"},
        lambda y: (
            np.prod(np.cosh(y) ** -2.0)
            * np.prod([np.sqrt(1 - np.sum(stick_breaking(y)[i, :j] ** 2)) for i in range(3) for j in range(i)])
        ),
    ),
    "quaternions": (rotation, {"q": "stiefel(4,1)"}, "8"),
    "trace, det, angle": (trace_det_angle, {"S": "symmetric(2)"}, "1"),
    "Box-Muller": (box_muller, {}, "2*pi/u"),
}


@pytest.mark.parametrize("what", PUBLISHED)
def test_the_published_determinant(what):
    f, kinds, claim = PUBLISHED[what]
    assert fr.check_jacobian(f, claim, **kinds)
    J = fr.jacobian_of(f, **kinds)
    assert J.check()
    wrong = f"1.001*({claim})" if isinstance(claim, str) else None
    assert wrong is None or not fr.check_jacobian(J, wrong)


def test_numbers_are_given_in_order_or_by_name():
    J = fr.jacobian_of(spherical, r="scalar", a="vector(n)")
    expected = math.log(1.3**3 * math.sin(0.4) ** 2 * math.sin(0.7))
    assert J.logabsdet(1.3, [0.4, 0.7, 0.2]) == pytest.approx(expected)
    assert J.logabsdet(r=1.3, a=np.array([0.4, 0.7, 0.2])) == pytest.approx(expected)
    undeclared = fr.jacobian_of(lambda x: spherical(x[0], x[1:]))
    assert undeclared.logabsdet(np.array([1.3, 0.4, 0.7, 0.2])) == pytest.approx(expected)
    assert undeclared.logabsdet(np.array([1.3, 0.4])) == pytest.approx(math.log(1.3))


def test_letters_at_a_size():
    r, a1 = sp.Symbol("r", real=True), sp.Symbol("a1", real=True)
    J = fr.jacobian_of(spherical, r="scalar", a="vector(n)")
    assert J.explicit(2).determinant == r**2 * sp.sin(a1)
    assert repr(J.explicit(2)).endswith("det J = r^2*sin(a1)")
    assert str(fr.jacobian_of(ball).formula) == "|r^2*sin(a1)|"
    named = fr.jacobian_of(lambda x: spherical(x[0], x[1:])).explicit(3, letters="r a1 a2")
    assert named.determinant == r**2 * sp.sin(a1)
    assert str(fr.jacobian_of(trace_det_angle, S="symmetric(2)").formula) == "1"
    assert fr.jacobian_of(rotation, q="stiefel(4,1)").wedge == "(Y'dY) = 8*(q'dq)"
    assert str(fr.jacobian_of(angles_to_correlation, T="strictly_lower(n)").explicit(3).determinant) == (
        "-sin(p)**2*sin(q)**2*sin(r)"
    )


def test_quaternions_in_the_language():
    """The same map as an equation: at the identity the determinant is 8, and it is that everywhere."""
    text = "Q = (q[1]^2 - q[2:4]'*q[2:4])*eye(3) + 2*q[2:4]*q[2:4]' + 2*q[1]*hat(q[2:4])"
    J = fr.jacobian_of(text, q="stiefel(4,1)")
    assert J.wedge == "(Q'dQ) = 8*(q'dq)"
    assert J.check()


def test_a_formula_of_the_language_holds_at_every_size():
    J = fr.jacobian_of(lambda X: X @ X, X="symmetric(n)")
    assert str(J.formula) == "prod(i<=j, |l_i + l_j|), l = eig(X)"
    assert "dX" in J.steps[0]
    assert str(fr.jacobian_of(lambda a: np.linalg.inv(a), a="matrix(n)").formula) == "|a|^(-2*n)"
    x = fr.jacobian_of(lambda A, x: A @ x, A="matrix(n)", x="vector(n)", wrt="x")
    assert str(x.formula) == "|A|"


def test_no_number_hangs_on_the_formula(monkeypatch):
    """Without the reading as a formula of the language the number comes from the record: the same."""
    f = lambda X: X @ X @ X
    S = np.array([[1.0, 0.2], [0.2, 2.0]])
    expected = fr.jacobian_of(f, X="symmetric(n)").logabsdet_at

    def refuse(*_, **__):
        raise DerivativeError("no formula")

    monkeypatch.setattr(functions, "formula", refuse)
    J = fr.jacobian_of(f, X="symmetric(n)")
    with pytest.raises(
        DerivativeError, match="no formula of the matrix language at all sizes, nor its determinant a product of powers"
    ):
        _ = J.formula
    l = np.linalg.eigvalsh(S)
    closed = np.log(3 * l[0] ** 2 * 3 * l[1] ** 2 * (l[0] ** 2 + l[0] * l[1] + l[1] ** 2))
    assert J.logabsdet(S) == pytest.approx(closed)
    assert expected(J.point({"X": S})) == pytest.approx(closed)


def test_an_image_among_more_numbers_has_its_volume():
    sphere = fr.jacobian_of(lambda t, p: (np.sin(t) * np.cos(p), np.sin(t) * np.sin(p), np.cos(t)))
    assert sphere.wedge == "dvol = abs(sin(t))*(dt)(dp)"
    torus = fr.jacobian_of(lambda t, p: np.array([(2 + np.cos(t)) * np.cos(p), (2 + np.cos(t)) * np.sin(p), np.sin(t)]))
    assert torus.logabsdet(0.3, 0.8) == pytest.approx(np.log(2 + np.cos(0.3)))
    assert "|J'J|^(1/2)" in torus.measure
    assert torus.check()


def test_a_wrong_claim_is_off_by_a_factor_in_the_letters():
    verdict = fr.check_jacobian(ball, "r^2*sin(a2)")
    assert not verdict
    assert verdict.diagnosis == ("the claim is |sin(a2)/sin(a1)| times the right value", "right is |r^2*sin(a1)|")


def test_a_singular_function_has_no_volume():
    assert fr.jacobian_of(lambda x: x / np.linalg.norm(x)).logabsdet(np.array([1.0, 2.0, 3.0])) == -np.inf
    J = fr.jacobian_of(lambda x: x[::-1] - np.cumsum(x), x="vector(2)")  # (-x1 + x2, -x2): regular, and the next is not
    assert J.check()
    assert fr.jacobian_of(lambda x: x - x[::-1], x="vector(n)").check(sizes={"n": 2})


def test_euler_angles_have_the_measure_of_rotations():
    def turn(t, i, j):
        R = np.eye(3)
        R[i, i], R[i, j], R[j, i], R[j, j] = np.cos(t), -np.sin(t), np.sin(t), np.cos(t)
        return R

    euler = lambda a, b, c: turn(a, 0, 1) @ turn(b, 1, 2) @ turn(c, 0, 1)
    assert fr.check_jacobian(euler, "sin(b)")
    spectral = fr.jacobian_of(
        lambda t, p, q: turn(t, 0, 1)[:2, :2] @ np.diag(np.array([p, q])) @ turn(t, 0, 1)[:2, :2].T
    )
    assert str(spectral.formula) == "|p - q|"


REFUSED = {
    "no function": (lambda: fr.jacobian_of(3), LanguageError, "a map is equations as text, or a Python function"),
    "a chart map": (
        lambda: fr.jacobian_of(fr.chart("r t").to(fr.chart("x y"), x="r*cos(t)", y="r*sin(t)")),
        FrechetError,
        "its Jacobian matrix as .jacobian",
    ),
    "a name": (lambda: fr.jacobian_of(ball, z="scalar"), LanguageError, "no argument z; it has r, a1, a2"),
    "fewer values": (lambda: fr.jacobian_of(lambda a, b: a + b).formula, FrechetError, "2 coordinates to 1 numbers"),
    "branches": (
        lambda: fr.jacobian_of(lambda x: x if x[0] > 0 else 2 * x, x="vector(2)").explicit(),
        DerivativeError,
        "decides by its numbers",
    ),
    "no letters": (
        lambda: fr.jacobian_of(lambda X: np.linalg.eigvalsh(X), X="diagonal(2)").explicit(),
        DerivativeError,
        "has no value in letters",
    ),
    "an array too few": (
        lambda: fr.jacobian_of(ball).logabsdet(1.0),
        EvaluationError,
        "one array for each of r, a1, a2",
    ),
    "not of its kind": (
        lambda: fr.jacobian_of(trace_det_angle, S="symmetric(2)").logabsdet(np.array([[1.0, 2.0], [0.0, 1.0]])),
        EvaluationError,
        "declared symmetric",
    ),
    "complex": (lambda: fr.jacobian_of(lambda X: X, X="hermitian(n)"), LanguageError, "write the map as an equation"),
    "an operator": (lambda: fr.jacobian_of(ball).operator(), FrechetError, "fr.linearize"),
    "no arguments": (lambda: fr.jacobian_of(lambda: 3.0), LanguageError, "no arguments"),
    "undeclared": (
        lambda: str(fr.jacobian_of(lambda x, y: x[0] * y)),
        EvaluationError,
        'read as x="scalar", y="scalar": declare',
    ),
    "letters": (lambda: fr.jacobian_of(ball).explicit(letters="r s"), DerivativeError, "3 coordinates, and 2 letters"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_bad_input_is_refused(what):
    f, kind, words = REFUSED[what]
    with pytest.raises(kind, match=words):
        f()
