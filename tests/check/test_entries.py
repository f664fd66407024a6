"""Python functions at a given point, judged entry by entry."""

from __future__ import annotations

import numpy as np
import pytest

import frechet as fr
from frechet.errors import EvaluationError

x0 = np.array([1.0, 2.0, -3.0])
x2 = x0[:2]
M = np.diag([1e6, 1e3, 1.0, 1e-3, 1e-6])
SMALL = np.diag([1.0, 1e-12, 1.0])
BESIDE = np.eye(3)
BESIDE[0, 2] = 1e-9
ROWS = np.diag([1.0, -1e-12, 1.0])
many = np.random.default_rng(3).standard_normal(400)


def last_off(x):
    g = 2 * x
    g[-1] *= 1.0005
    return g


def without_last(x):
    g = 2 * M @ x
    g[-1] = 0.0
    return g


def in_float32(x):
    x = x.astype(np.float32)
    return np.float32(x @ x)


WRONG = {
    "a small entry beside a large one": (
        lambda x: 1e6 * x[0] ** 2 + np.sin(x[1]),
        x2,
        lambda x: np.array([2e6 * x[0], 1.001 * np.cos(x[1])]),
    ),
    "a small row below a large one": (
        lambda x: np.array([1e9 * x @ x, x.sum()]),
        x0,
        lambda x: np.vstack([2e9 * x, 1.1 * np.ones(3)]),
    ),
    "a tiny row": (
        lambda x: np.array([x @ x, 1e-6 * x.sum()]),
        x0,
        lambda x: np.vstack([2 * x, 1.001e-6 * np.ones(3)]),
    ),
    "the sign of a tiny entry": (lambda x: SMALL @ x, x0, lambda x: ROWS),
    "a tiny entry left out": (lambda x: BESIDE @ x, x0, lambda x: np.eye(3)),
    "a large entry beside a tiny one": (
        lambda x: 1e4 * x[0] ** 2 + 1e-3 * x[1] ** 2,
        x2,
        lambda x: np.array([2e4 * x[0], 3e-3 * x[1]]),
    ),
    "a slightly wrong entry": (
        lambda x: 1e10 * x[0] ** 2 + x[1] ** 2,
        x2,
        lambda x: np.array([2e10 * x[0], 2.002 * x[1]]),
    ),
    "one of many": (lambda x: x @ x, many, last_off),
    "zero at a tiny entry": (lambda x: x @ x, np.array([1.0, 1e-8]), lambda x: np.array([2 * x[0], 0.0])),
    "twice at a tiny point": (lambda x: np.log(x).sum(), np.array([1e-300, 1.0]), lambda x: 2 / x),
    "no value": (lambda x: x @ x, x0, lambda x: np.nan * x),
    "single precision": (in_float32, x0, lambda x: 2.01 * x),
    "a tiny point": (lambda x: x @ x, 1e-150 * x0, lambda x: 3 * x),
}
RIGHT = {
    "sum of squares at zero": (lambda w: np.sum(w**2), np.zeros(3), lambda w: 2 * w),
    "a ridge at zero": (lambda w: np.sum((M @ w - 1) ** 2) / 1e6 + w @ w, np.zeros(5), None),
    "a fourth power at zero": (lambda x: np.sum(x**4), np.zeros(2), lambda x: 4 * x**3),
    "a cube at zero": (lambda x: x**3, 0.0, lambda x: 3 * x**2),
    "single precision": (in_float32, x0, lambda x: 2 * x),
    "log at a tiny entry": (lambda x: np.log(x).sum(), np.array([1e-300, 1.0]), lambda x: 1 / x),
    "relu": (lambda x: np.maximum(x, 0).sum(), x0, lambda x: (x > 0) * 1.0),
    "relus near their corner": (
        lambda x: np.maximum(x, 0).sum(),
        np.array([1.0, 1e-3, -1e-3, 2e-5]),
        lambda x: (x > 0) * 1.0,
    ),
    "dead relus": (lambda X: np.maximum(X, 0).sum(), -1 - np.arange(20.0), lambda X: (X > 0) * 1.0),
    "an entry that does not occur": (lambda x: 1e10 * x[0] ** 2, x2, lambda x: np.array([2e10 * x[0], 0.0])),
    "entries of all sizes": (lambda x: x @ M @ x, np.ones(5), lambda x: 2 * M @ x),
    "many entries": (lambda x: x @ x, many, lambda x: 2 * x),
    "a Jacobian with zeros": (lambda x: np.sin(x), x0, lambda x: np.diag(np.cos(x))),
    "a zero by cancellation": (lambda x: np.cos(x).sum(), np.array([0.0, 1.0]), lambda x: -np.sin(x)),
    "a minimum": (lambda x: np.sum((x - 1 / 3) ** 2), np.full(2, 1 / 3), lambda x: 2 * (x - 1 / 3)),
    "a tiny point": (lambda x: x @ x, 1e-150 * x0, lambda x: 2 * x),
}
NOT_RIGHT = {
    "the last of five": (lambda x: x @ M @ x, np.ones(5), without_last),
    "too small to be seen": (
        lambda x: 1e10 * x[0] ** 2 + 1e-10 * x[1] ** 2,
        x2,
        lambda x: np.array([2e10 * x[0], 3e-10 * x[1]]),
    ),
    "too small, claimed zero": (
        lambda x: 1e10 * x[0] ** 2 + 1e-10 * x[1] ** 2,
        x2,
        lambda x: np.array([2e10 * x[0], 0.0]),
    ),
    "at a corner": (lambda x: np.maximum(x, 0).sum(), np.array([0.0, 1.0]), lambda x: (x > 0) * 1.0),
    "twice at a tiny entry": (lambda x: x @ x, np.array([1.0, 1e-13]), lambda x: np.array([2 * x[0], 4 * x[1]])),
}


@pytest.mark.usefixtures("verdict_only")
@pytest.mark.parametrize("name", WRONG)
def test_an_entry_that_differs_is_wrong(name):
    f, x, claim = WRONG[name]
    report = fr.check(f, x, claim)
    assert report.right is False, str(report)
    with pytest.raises(AssertionError):
        fr.testing.assert_gradient(f, claim, x)


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_claim_is_right(name):
    f, x, claim = RIGHT[name]
    if claim is None:
        claim = lambda w: 2 * M @ (M @ w - 1) / 1e6 + 2 * w
    report = fr.check(f, x, claim)
    assert report.right is True, str(report)
    assert "note" not in str(report), str(report)


@pytest.mark.parametrize("name", NOT_RIGHT)
def test_what_cannot_be_seen_is_not_right(name):
    f, x, claim = NOT_RIGHT[name]
    report = fr.check(f, x, claim)
    assert report.right is not True, str(report)
    assert "right at the given point" not in str(report)


def test_a_claim_that_is_right_at_a_symmetric_point_only_is_noted():
    report = fr.check(lambda x: x**3, 0.0, lambda x: 3 * x)
    assert report.right is True
    assert "wrong at points near it" in str(report)


def test_the_expected_error_of_single_precision_is_that_of_single_precision():
    report = fr.check(in_float32, x0, lambda x: 2 * x)
    assert 1e-8 < report.expected_error < 1e-3
    assert report.relative_error < 10 * report.expected_error


def test_no_derivative_is_said_where_there_is_none():
    with pytest.raises(EvaluationError, match="find no derivative there"):
        fr.check(lambda x: np.sqrt(x).sum(), np.array([0.0, 1.0]), lambda x: 0.5 / np.sqrt(x))


def test_tiny_differences_are_shown_as_they_are():
    assert "the differences -6e-150" in str(fr.check(lambda x: x @ x, 1e-150 * x0, lambda x: 3 * x))


@pytest.mark.usefixtures("verdict_only")
def test_an_array_is_a_claim_about_each_entry():
    assert fr.check(lambda w: np.sum(w**2), np.zeros(3), np.zeros(3))
    assert fr.check(lambda x: x @ x, x0, 2 * x0)
    assert fr.check(lambda x: x @ M @ x, np.ones(5), without_last(np.ones(5))).right is not True
    assert fr.check(lambda x: 1e4 * x[0] ** 2 + x[1], x2, np.array([2e4, 1.01])).right is False


def test_a_subgradient_at_a_corner_is_not_wrong():
    report = fr.check(lambda x: np.maximum(x, 0).sum(), np.array([0.0, 1.0]), lambda x: (x > 0) * 1.0)
    assert report.right is None


W = np.diag([1e6, 1.0, 1e-6])
S = np.array([[3.0, 1.0, 0.5], [1.0, 4.0, -1.0], [0.5, -1.0, 5.0]])
Q = np.linalg.qr(np.array([[1.0, 2.0, 0.0], [0.0, 1.0, -1.0], [3.0, 0.0, 1.0]]))[0]
STRUCTURED = {
    "symmetric": (S, lambda X: np.sum(W * X * X), lambda X: 2 * W * X, lambda X: 2 * W * X - np.diag([0, 0, 1e-5])),
    "spd": (
        S,
        lambda X: np.log(np.linalg.det(X)),
        np.linalg.inv,
        lambda X: np.linalg.inv(X) * (1 + 1e-3 * (np.eye(3) == 0)),
    ),
    "skew": (S - 2 * np.triu(S), lambda X: np.sum(W * X * X) + X[0, 1], None, lambda X: 2 * W * X),
    "lower": (np.tril(S), lambda X: np.sum(W @ X * X), lambda X: 2 * W @ X, lambda X: 2 * W @ X * [1, 1, 0]),
    "diagonal": (np.diag([1.0, 2.0, 3.0]), lambda X: np.sum(W @ X @ X), lambda X: 2 * W @ X, lambda X: 2 * X),
    "orthogonal": (Q, lambda X: np.sum(S * X), lambda X: S + X @ S, lambda X: S + 1e-3 * X @ np.tril(S, -1)),
    "unit": (Q[0], lambda x: x @ S @ x, lambda x: 2 * S @ x + 7 * x, lambda x: 2 * S @ x + [0, 0, 1e-3]),
}


@pytest.mark.usefixtures("verdict_only")
@pytest.mark.parametrize("structure", STRUCTURED)
def test_each_entry_of_a_structured_variable(structure):
    X, f, right, wrong = STRUCTURED[structure]
    declared = {"X": f"{structure}(3)"}
    if right is not None:
        report = fr.check(f, {"X": X}, right, declarations=declared)
        assert report.right is True, str(report)
    assert fr.check(f, {"X": X}, wrong, declarations=declared).right is False


def steep(x):
    return 1e6 * x[0] ** 2 + np.sin(x[1]) + x[2]


def test_each_entry_of_a_differential():
    def claim(factor, last):
        return lambda x, dx: 2e6 * x[0] * dx[0] + factor * np.cos(x[1]) * dx[1] + last(dx[2])

    same = lambda d: d
    assert fr.check(steep, x0, claim(1.0, same), form="differential").right is True
    assert fr.check(steep, x0, claim(1.001, same), form="differential").right is False
    for nonlinear in (abs, lambda d: d + 0.1 * d**2, lambda d: max(d, 0.0)):
        report = fr.check(steep, x0, claim(1.0, nonlinear), form="differential")
        assert report.right is False
        assert "not linear in dx" in str(report)


@pytest.mark.usefixtures("verdict_only")
def test_a_differential_by_two_arguments():
    def claim(factor):
        return lambda a, b, da, db: da @ b + factor * a @ db

    asked = {"form": "differential", "wrt": ["a", "b"]}
    assert fr.check(lambda a, b: a @ b, (x0, 1e3 * x0), claim(1.0), **asked).right is True
    assert fr.check(lambda a, b: a @ b, (x0, 1e3 * x0), claim(1.001), **asked).right is False


@pytest.mark.usefixtures("verdict_only")
def test_at_a_corner_the_two_slopes_are_told():
    report = fr.check(lambda x: np.abs(x).sum(), np.array([0.0, 1.0]), np.sign)
    assert report.right is None
    assert "no derivative at x[0]: the slope is -1 to the left and 1 to the right; the claim has 0" in str(report)
    beyond = fr.check(lambda x: np.abs(x).sum(), np.array([0.0, 1.0]), lambda x: np.sign(x) + 3 * (x == 0))
    assert beyond.right is False


@pytest.mark.usefixtures("verdict_only")
def test_a_curve_is_no_corner():
    assert fr.check(lambda x: x @ x, np.array([0.0, 1.0]), lambda x: 2 * x).right is True
    assert fr.check(lambda x: x @ x, np.array([0.0, 1.0]), lambda x: np.array([3.0, 2.0])).right is False


def test_a_tenth_digit_that_differs_is_not_right():
    report = fr.check(lambda x: x @ x, x0, lambda x: 2 * x * (1 + 1e-10))
    assert report.right is None
    assert "the claim has -6.0000000006, the differences -6 with" in str(report)


@pytest.mark.parametrize(
    ("f", "claim", "words"),
    [
        (lambda x: np.diag([1.0, 1e-12, 1.0]) @ x, lambda x: np.diag([1.0, -1e-12, 1.0]), "transpose of the right"),
        (steep, lambda x: np.array([2e6 * x[0], 1.001 * np.cos(x[1]), 1.0]), "every entry of x is positive"),
    ],
    ids=["a small entry", "a large entry"],
)
def test_no_diagnosis_that_is_wrong_at_an_entry(f, claim, words):
    report = fr.check(f, x0, claim)
    assert report.right is False
    assert words not in str(report)


B = np.random.default_rng(0).standard_normal((30, 12))


def curved(x):
    return 1e6 * x[0] ** 2 + np.sin(x[1]) * x[2]


def hessian_of_curved(x, factor=1.0):
    c = factor * np.cos(x[1])
    return np.array([[2e6, 0, 0], [0, -np.sin(x[1]) * x[2], c], [0, c, 0]])


HESSIANS = {
    "scales": (curved, x0, hessian_of_curved, lambda x: hessian_of_curved(x, 1.001)),
    "zeros": (lambda x: x @ x, x0, lambda x: 2 * np.eye(3), lambda x: 2 * np.eye(3) + 1e-4),
    "at zero": (lambda x: x @ x, 0 * x0, lambda x: 2 * np.eye(3), lambda x: np.eye(3)),
    "not symmetric": (lambda x: x @ M[:3, :3] @ x, x0, lambda x: M[:3, :3] + M[:3, :3].T, lambda x: 3 * M[:3, :3].T),
    "logistic": (
        lambda w: np.log1p(np.exp(B @ w)).sum(),
        np.full(12, 0.1),
        lambda w: B.T @ (B / (2 + 2 * np.cosh(B @ w))[:, None]),
        lambda w: B.T @ (B / (2 + np.cosh(B @ w))[:, None]),
    ),
    "many": (lambda x: np.sum(x**4), np.ones(15), lambda x: np.diag(12 * x**2), lambda x: np.diag(12 * x**2 - (x > 0))),
}


@pytest.mark.usefixtures("verdict_only")
@pytest.mark.parametrize("name", HESSIANS)
def test_each_entry_of_a_hessian(name):
    f, x, right, wrong = HESSIANS[name]
    report = fr.check(f, x, right, "Hessian")
    assert report.right is True, str(report)
    assert fr.check(f, x, right(x), "Hessian").right is True  # an array
    assert fr.check(f, x, lambda x, dx: right(x) @ dx, "Hessian").right is True
    report = fr.check(f, x, wrong, "Hessian")
    assert report.right is False, str(report)


@pytest.mark.usefixtures("verdict_only")
def test_each_entry_of_a_hessian_in_a_subspace():
    claim = lambda X: -np.kron(np.linalg.inv(X), np.linalg.inv(X))
    declared = {"X": "spd(3)"}
    f = lambda X: np.log(np.linalg.det(X))
    assert fr.check(f, {"X": S}, claim, "Hessian", declarations=declared).right is True
    assert fr.check(f, {"X": S}, lambda X: 1.001 * claim(X), "Hessian", declarations=declared).right is False


@pytest.mark.usefixtures("verdict_only")
def test_a_hessian_where_there_is_none_or_nothing_is_seen():
    kink = fr.check(lambda x: np.maximum(x, 0).sum(), np.array([0.0, 1.0]), lambda x: np.zeros((2, 2)), "Hessian")
    assert kink.right is None
    small = lambda x: 1e12 * x[0] ** 2 + 1e-12 * x[1] * x[2]
    assert fr.check(small, x0, lambda x: np.diag([2e12, 0, 0]) + 1e3 * (1 - np.eye(3)), "Hessian").right is False
    unseen = fr.check(small, x0, lambda x: np.diag([2e12, 0, 0]) + 1e-12 * (1 - np.eye(3)), "Hessian")
    assert unseen.right is None
    assert "not decided by" in str(unseen)
    with pytest.raises(EvaluationError, match="no finite real value"):
        fr.check(lambda x: x @ x, x0, lambda x: np.full((3, 3), np.nan), "Hessian")
