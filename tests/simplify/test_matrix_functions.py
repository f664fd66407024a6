"""Identities of matrix functions: what comes out is what a person writes, and equals what went in."""

from __future__ import annotations

import pytest

import frechet as fr
from frechet.language import read

DECLARED = {
    "A": "matrix(n,n)", "B": "matrix(n,n)", "C": "matrix(n,n)", "S": "matrix(n,n) symmetric", "P": "matrix(n,n) spd",
    "X": "matrix(m,n)", "Y": "matrix(p,n)", "t": "scalar",
}  # fmt: skip

SHORTENED = [
    ("dexpm(t*A, A)", "A*expm(t*A)"),
    ("dexpm(A, 2*t*B)", "2*t*dexpm(A, B)"),
    ("tr(dexpm(A, B))", "tr(B*expm(A))"),
    ("dlogm(eye(n) + A*A, A)", "A*inv(eye(n) + A^2)"),
    ("tr(dlogm(P, A))", "tr(A*inv(P))"),
    ("tr(sylv(P, P, A))", "tr(A*inv(P))/2"),
    ("sylv(P, P, 3*eye(n))", "1.5*inv(P)"),
    ("expm(A)*expm(-A)", "eye(n)"),
    ("expm(A)^3*inv(expm(A))", "expm(2*A)"),
    ("det(expm(A))", "exp(tr(A))"),
    ("logdet(expm(A))", "tr(A)"),
    ("logm(expm(S))", "S"),
    ("expm(logm(P))", "P"),
    ("sqrtm(P)*sqrtm(P)", "P"),
    ("chol(P)*chol(P)'", "P"),
    ("pinv(P)", "inv(P)"),
    ("pinv(3*X)", "pinv(X)/3"),
    ("X*pinv(X)*X", "X"),
    ("pinv(X)*X*pinv(X)", "pinv(X)"),
    ("pinv(X)'*X'", "X*pinv(X)"),
    ("X'*X*pinv(X)", "X'"),
    ("pinv(X)*X*X'", "X'"),
    ("pinv(X)'*pinv(X)*X", "pinv(X)'"),
    ("X*pinv(X)*pinv(X)'", "pinv(X)'"),
    ("(Y - Y*pinv(X)*X)*X'", "zeros(p,m)"),
    ("(eye(n) - pinv(X)*X)*(eye(n) - pinv(X)*X)", "eye(n) - pinv(X)*X"),
]


@pytest.mark.parametrize(("written", "expected"), SHORTENED, ids=[w for w, _ in SHORTENED])
def test_identity(written, expected):
    f = read(written, DECLARED).expr
    assert fr.to_text(fr.simplify(f)) == expected
    assert fr.equivalent(f, fr.simplify(f))


@pytest.mark.parametrize("written", ["dexpm(A, B)", "dlogm(P, S)", "sylv(A, B, C)", "expm(A)*expm(B)", "X*pinv(X)"])
def test_what_does_not_commute_stays(written):
    f = read(written, DECLARED).expr
    assert fr.simplify(f).op is f.op
