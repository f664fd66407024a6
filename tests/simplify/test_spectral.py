"""Functions of a factorization that do not depend on its vectors are recognised: right where eigenvalues coincide."""

from __future__ import annotations

import numpy as np
import pytest

import frechet as fr
from frechet.expr.evaluate import evaluate
from frechet.expr.node import substitute
from frechet.language import read

DECLARED = {
    "A": "matrix(n,n)", "B": "matrix(n,n)", "S": "symmetric(n)", "P": "spd(n)", "X": "matrix(m,n)", "x": "vector(n)",
    "c": "scalar positive",
}  # fmt: skip

RECOGNISED = [
    ("eigvecsh(A)*diag(exp(eigvalsh(A)))*eigvecsh(A)'", "expm(sym(A))"),
    ("B*eigvecsh(S)*diag(tanh(eigvalsh(S)))*eigvecsh(S)'*x", "B*tanhm(S)*x"),
    ("eigvecsh(P)*diag(1./sqrt(eigvalsh(P)))*eigvecsh(P)'", "inv(sqrtm(P))"),
    ("eigvecsh(S)*diag(max(eigvalsh(S) - c,0))*eigvecsh(S)'", "relum(S - c*eye(n))"),
    ("eigvecsh(S)*diag(softmax(eigvalsh(S)))*eigvecsh(S)'", "expm(S)/tr(expm(S))"),
    ("eigvecs(A)*diag(exp(eigvals(A)))*inv(eigvecs(A))", "expm(A)"),
    ("sum(exp(eigvalsh(A)))", "tr(expm(sym(A)))"),
    ("sum(eigvalsh(A).^2)", "tr(sym(A)^2)"),
    ("sum(log(eigvals(A)))", "tr(logm(A))"),
    ("mean(log(eigvalsh(P)))", "tr(logm(P))/n"),
    ("norm2(exp(eigvalsh(S)))", "norm2(expm(S))"),
    ("logsumexp(eigvalsh(S))", "log(tr(expm(S)))"),
    ("eigvalsh(S)'*eigvalsh(S)", "tr(S^2)"),
    ("max(eigvalsh(S))", "eigmax(S)"),
    ("min(eigvalsh(S))", "eigmin(S)"),
    ("eigvalsh(S)[1]", "eigmin(S)"),
    ("eigvalsh(S)[n]", "eigmax(S)"),
    ("eigvalsh(S)[2]", "sumlargest(S, n - 1) - sumlargest(S, n - 2)"),
    ("sum(eigvalsh(S)[n-1:n])", "sumlargest(S, 2)"),
    ("eigvecsh(S)[:,n-1:n]*eigvecsh(S)[:,n-1:n]'", "topproj(S, 2)"),
    ("eigvecsh(S)[:,1:2]*eigvecsh(S)[:,1:2]'", "eye(n) - topproj(S, n - 2)"),
    ("svdu(X)*svdv(X)'", "polar(X)"),
    ("svdu(X)*svdu(X)'", "X*pinv(X)"),
    ("svdu(X)*diag(svdvals(X))*svdv(X)'", "X"),
    ("svdu(X)*diag(svdvals(X).^3)*svdv(X)'", "X*X'*X"),
    ("svdv(X)*diag(1./svdvals(X))*svdu(X)'", "pinv(X)"),
    ("svdu(X)*diag(relu(svdvals(X) - c))*svdv(X)'", "polar(X)*relum(sym(polar(X)'*X) - c*eye(n))"),
    ("svdv(X)*diag(svdvals(X).^2)*svdv(X)'", "X'*X"),
    ("svdv(X)*diag(svdvals(X))*svdv(X)'", "sym(polar(X)'*X)"),
    ("svdu(X)[:,1:2]*svdu(X)[:,1:2]'", "topproj(X*X', 2)"),
    ("svdv(X)[:,1:2]*svdv(X)[:,1:2]'", "topproj(X'*X, 2)"),
    ("svdu(X)[:,1:2]*diag(svdvals(X)[1:2])*svdv(X)[:,1:2]'", "X*topproj(X'*X, 2)"),
    ("sum(svdvals(X))", "normnuc(X)"),
    ("sum(svdvals(X).^2)", "tr(X'*X)"),
    ("sum(log(svdvals(X)))", "tr(logm(sym(polar(X)'*X)))"),
    ("sum(svdvals(X)[1:2])", "tr(X'*polar(X*topproj(X'*X, 2)))"),
    ("norm2(svdvals(X))", "norm2(X)"),
    ("max(svdvals(X))", "normspec(X)"),
    ("svdvals(X)[1]", "normspec(X)"),
]


@pytest.mark.parametrize(("written", "expected"), RECOGNISED, ids=[w for w, _ in RECOGNISED])
def test_recognised(written, expected):
    f = read(written, DECLARED).expr
    assert fr.to_text(fr.simplify(f)) == expected
    assert fr.equivalent(f, fr.simplify(f))


@pytest.mark.parametrize(
    "written",
    [
        "sum(x.*eigvalsh(S))",  # weights: depends on which eigenvalue is which
        "eigvecsh(S)*diag(exp(eigvalsh(P)))*eigvecsh(S)'",  # eigenvalues of another matrix
        "eigvecsh(S)*diag(x)*eigvecsh(S)'",
        "svdu(X)*diag(x)*svdv(X)'",
        "eigvecsh(S)*diag(exp(eigvalsh(S)))*eigvecsh(P)'",
    ],
)
def test_what_depends_on_the_vectors_stays(written):
    text = fr.to_text(fr.simplify(read(written, DECLARED).expr))
    assert "eigvalsh" in text or "eigvecsh" in text or "svdu" in text


# --- derivatives at ties ----------------------------------------------------------------------------


def _rotated(values):
    Q = np.linalg.qr(np.random.default_rng(1).standard_normal((len(values), len(values))))[0]
    S = Q @ np.diag(values) @ Q.T
    return (S + S.T) / 2


SYMMETRIC = {
    "identity": np.eye(4),
    "diag(1,1,2,3)": np.diag([1.0, 1.0, 2.0, 3.0]),
    "diag(1,2,3,3)": np.diag([1.0, 2.0, 3.0, 3.0]),
    "repeated up to rounding": _rotated([1.0, 2.0, 3.0, 3.0]),
    "gap 1e-10": _rotated([1.0, 2.0, 3.0, 3.0 + 1e-10]),
}
OF_EIGENVALUES = [
    "eigvecsh(S)*diag(exp(eigvalsh(S)))*eigvecsh(S)'",
    "eigvecsh(S)*diag(tanh(eigvalsh(S)))*eigvecsh(S)'",
    "eigvecsh(S)*diag(1./sqrt(eigvalsh(S)))*eigvecsh(S)'",
    "eigvecsh(S)*diag(relu(eigvalsh(S) - 2.5))*eigvecsh(S)'",
    "eigvecsh(S)*diag(softmax(eigvalsh(S)))*eigvecsh(S)'",
    "eigvecs(S)*diag(exp(eigvals(S)))*inv(eigvecs(S))",
    "sum(log(eigvalsh(S)))",
    "norm2(exp(eigvalsh(S)))",
]
WITH_GAP = ["sum(eigvalsh(S)[3:4])", "eigvecsh(S)[:,3:4]*eigvecsh(S)[:,3:4]'", "sum(eigvalsh(S)[1:2])"]
AT_EIGENVALUES = [(f, p) for f in OF_EIGENVALUES for p in SYMMETRIC] + [
    (f, p) for f in WITH_GAP for p in SYMMETRIC if p not in ("identity", "diag(1,1,2,3)")
]


def _agrees_with_differences(f, name, X0, E):
    """First and second derivative against differences of values, and of first derivatives."""
    d = fr.derivative(f, name)
    (symbol,) = d.variables
    as_written = lambda X: evaluate(f, {symbol: X})
    slope = lambda X: np.atleast_2d(d.at({name: X})(E))
    expected = fr.finite.directional(as_written, X0, E, complex_step=False).value
    np.testing.assert_allclose(slope(X0).ravel(), np.ravel(expected), rtol=1e-7, atol=1e-7)
    first = fr.matrix("E", *symbol.shape)
    second = fr.derivative(substitute(d.differential, {d.tangents[0]: first}), name)
    bent = second.at({name: X0, "E": E})(E)
    expected = fr.finite.directional(slope, X0, E, complex_step=False).value
    np.testing.assert_allclose(np.ravel(bent), np.ravel(expected), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(("written", "point"), AT_EIGENVALUES, ids=lambda x: x)
def test_derivatives_where_eigenvalues_coincide(written, point):
    E = np.random.default_rng(3).standard_normal((4, 4))
    f = read(written, {"S": "symmetric(4)"}).expr
    _agrees_with_differences(f, "S", SYMMETRIC[point], (E + E.T) / 2)


TALL = {
    "orthonormal": np.linalg.qr(np.random.default_rng(2).standard_normal((5, 3)))[0],
    "diag(2,2,1)": np.vstack([np.diag([2.0, 2.0, 1.0]), np.zeros((2, 3))]),
    "diag(2,1,1)": np.vstack([np.diag([2.0, 1.0, 1.0]), np.zeros((2, 3))]),
}
OF_SINGULAR_VALUES = [
    "svdu(X)*svdv(X)'",
    "svdu(X)*diag(svdvals(X).^3)*svdv(X)'",
    "svdv(X)*diag(1./svdvals(X))*svdu(X)'",
    "svdu(X)*diag(relu(svdvals(X) - 0.5))*svdv(X)'",
    "svdv(X)*diag(log(svdvals(X)))*svdv(X)'",
    "svdu(X)*svdu(X)'",
    "sum(svdvals(X))",
    "sum(exp(svdvals(X)))",
    "X*inv(sqrtm(X'*X))",
]
LEADING = [
    "svdu(X)[:,1:2]*diag(svdvals(X)[1:2])*svdv(X)[:,1:2]'",
    "sum(svdvals(X)[1:2])",
    "svdu(X)[:,1:2]*svdu(X)[:,1:2]'",
]


@pytest.mark.parametrize(
    ("written", "point"),
    [(f, p) for f in OF_SINGULAR_VALUES for p in TALL] + [(f, "diag(2,2,1)") for f in LEADING],
    ids=lambda x: x,
)
def test_derivatives_where_singular_values_coincide(written, point):
    E = np.random.default_rng(4).standard_normal((5, 3))
    _agrees_with_differences(read(written, {"X": "matrix(5,3)"}).expr, "X", TALL[point], E)
