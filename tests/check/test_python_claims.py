"""A Python claim about a formula is looked at in sizes of every kind: what is right for two columns may be so for no other."""

from __future__ import annotations

import numpy as np
import pytest

import frechet as fr

inv, det = np.linalg.inv, np.linalg.det
SQUARE, WIDE, VECTOR = {"X": "matrix(n,n)"}, {"X": "matrix(m,n)"}, {"x": "vector(n)"}

WRONG = [
    ("det(-X)", "X", SQUARE, lambda X: det(X) * inv(X).T),
    ("det(2*X)", "X", SQUARE, lambda X: 4 * det(X) * inv(X).T),
    ("x'*x", "x", VECTOR, lambda x: 2 * x if len(x) < 4 else 3 * x),
    ("mean(x)", "x", VECTOR, lambda x: np.ones_like(x) / 2),
    ("sum(x.^3)", "x", VECTOR, lambda x: 3 * x**2 if len(x) < 6 else 2 * x**2),
    ("tr(X*X)", "X", SQUARE, lambda X: 2 * X.T if len(X) <= 20 else X.T),
    ("sum(X)", "X", WIDE, lambda X: np.ones_like(X) * (1 + (X.shape[1] > 12))),
    ("norm2(X)^2", "X", WIDE, lambda X: 2 * X if X.shape[0] != X.shape[1] else 2 * X.T),
]
RIGHT = [
    ("det(-X)", "X", SQUARE, lambda X: det(-X) * inv(X).T),
    ("logdet(X'*X)", "X", WIDE, lambda X: 2 * X @ inv(X.T @ X)),
    ("inv(X)", "X", SQUARE, lambda X: -np.kron(inv(X).T, inv(X))),
    ("mean(x)", "x", VECTOR, lambda x: np.ones_like(x) / len(x)),
]


@pytest.mark.parametrize(("f", "x", "declared", "claim"), WRONG, ids=[row[0] for row in WRONG])
def test_right_at_some_sizes_only(f, x, declared, claim):
    report = fr.check(f, x, claim, declarations=declared)
    assert report.right is False
    assert "right at some sizes only" in str(report)


@pytest.mark.usefixtures("verdict_only")
@pytest.mark.parametrize(("f", "x", "declared", "claim"), RIGHT, ids=[row[0] for row in RIGHT])
def test_right_at_all_sizes(f, x, declared, claim):
    report = fr.check(f, x, claim, declarations=declared)
    assert report.right is True
    assert len(report.verdict.sizes) > 2
    assert max(n for sizes in report.verdict.beyond for n in sizes.values()) > 30


def test_sizes_that_are_given_stay():
    report = fr.check("mean(x)", "x", lambda x: np.ones_like(x) / 2, sizes={"n": 2}, declarations=VECTOR)
    assert report.right is True
    assert report.verdict.sizes == ({"n": 2},)
