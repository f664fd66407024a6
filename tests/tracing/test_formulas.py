"""The formula of Python code: what it says is what the code computes, and what has none is refused by name."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.linalg as sla
from scipy import special

import frechet as fr
from frechet.errors import DerivativeError

KINDS = {
    "w": "vector(n)", "x": "vector(n)", "b": "vector(n)", "y": "vector(m)", "X": "matrix(m,n)", "W": "matrix(n,p)",
    "Y": "matrix(m,p)", "A": "matrix(n,n)", "B": "matrix(n,n)", "c": "scalar",
}  # fmt: skip


def _ridge(w, X, y, c):
    r = X @ w - y
    return 0.5 * np.sum(r**2) + c * w @ w


def _logistic(w, X, y):
    return np.mean(np.logaddexp(0, -y * (X @ w)))


def _network(W, X, Y):
    return np.sum((np.tanh(X @ W) - Y) ** 2) / len(KINDS)


def _centred(X):
    return np.sum((X - X.mean(axis=0)) ** 2) / X.shape[0]


FORMULAS = [
    (_ridge, "sum((X*w - y).^2)/2 + c*w'*w"),
    (_logistic, "mean(softplus(-y.*(X*w)))"),
    (_network, "sum((tanh(X*W) - Y).^2)/10"),
    (_centred, "sum((X - ones(m)*colsum(X)'/m).^2)/m"),
    (lambda X: np.linalg.slogdet(X.T @ X)[1], "logdet(X'*X)"),
    (lambda A, B: np.trace(np.linalg.inv(A) @ B), "tr(inv(A)*B)"),
    (lambda A, b: b @ np.linalg.solve(A, b), "b'*inv(A)*b"),
    (lambda A, b: b @ A, "A'*b"),
    (lambda X, w: np.sum(np.tanh(X * w)), "sum(tanh(X*diag(w)))"),
    (lambda X, y: np.sum((X - y[:, None]) ** 2), "sum((X - y*ones(1,n)).^2)"),
    (lambda A, b: A[0] @ b + A[1, 2] + b[0], "A[1,:]*b + A[2,3] + b[1]"),
    (
        lambda x: math.sin(np.sum(x)) + special.logsumexp(x) + np.sum(special.expit(x)),
        "sin(sum(x)) + logsumexp(x) + sum(sigmoid(x))",
    ),
    (lambda A: np.trace(sla.expm(A)), "tr(expm(A))"),
    (lambda x: sum([np.sum(x) ** k for k in range(3)]), "1 + sum(x) + sum(x)^2"),
    (lambda w, X, y: np.sum((X @ w - y) ** 2) / len(y), "sum((X*w - y).^2)/m"),
    (lambda X, c: np.linalg.slogdet(X.T @ X + c * np.eye(X.shape[1]))[1], "logdet(X'*X + c*eye(n))"),
    (
        lambda X: np.trace(X.T @ (np.eye(len(X)) - np.ones((len(X), len(X))) / len(X)) @ X),
        "tr(X'*(eye - ones(m,m)/m)*X)",
    ),
    (lambda X: np.ones(X.shape[0]) @ X @ np.full(X.shape[1], 2.0), "2*sum(X)"),
    (lambda X: np.sum((X + np.ones_like(X) + np.zeros(X.shape)) ** 2) / X.size, "mean((X + 1).^2)"),
    (
        lambda A: np.trace(A) / float(len(A) - 1) + np.linalg.eigvalsh(A + A.T)[-1],
        "tr(A)/(n - 1) + eigvalsh(A + A')[n]",
    ),
    (
        lambda x: np.std(x) + x.var() + x[len(x) - 1] + np.sum(x[: len(x) - 1]),
        "sqrt(mean((x - mean(x)).^2)) + mean((x - mean(x)).^2) + sum(x)",
    ),
    (lambda X: X.ravel() @ X.reshape(-1) + X.flatten() @ np.ravel(X), "2*sum(X.^2)"),
    (
        lambda A, B, x: np.einsum("ij,jk,kl->il", A, B, A)[0] @ x + np.einsum("p,pq,q", x, A, x),
        "(A*B*A)[1,:]*x + x'*A*x",
    ),
    (
        lambda A: np.trace(np.linalg.matrix_power(A, 3)) + np.linalg.svd(A, compute_uv=False).sum(),
        "tr(A^3) + normnuc(A)",
    ),
    (
        lambda x, y: np.sum(np.concatenate([x, y]) ** 2) + np.linalg.norm(x, np.inf),
        "sum(x.^2) + sum(y.^2) + max(abs(x))",
    ),
    (lambda x, b: np.sum(np.multiply.outer(x, b)) + np.sum(np.clip(x, 0, 1)), "sum(x*b') + sum(min(max(x,0),1))"),
    (lambda X: np.sum(X) if X.shape[0] != X.shape[1] else 0.0, "sum(X)"),
    (lambda x, flag=True: np.sum(x) if flag else 0.0, "sum(x)"),
    (lambda x: x.T @ x + np.outer(x, x).sum(), "x'*x + sum(x*x')"),
]


def _kinds(f):
    return {n: KINDS[n] for n in f.__code__.co_varnames[: f.__code__.co_argcount] if n in KINDS}


@pytest.mark.parametrize(("f", "expected"), FORMULAS, ids=[c[1] for c in FORMULAS])
def test_the_formula_of_code(f, expected):
    found = fr.formula(f, **_kinds(f))
    assert fr.equivalent(found, fr.parse(expected, **_kinds(f)))


def test_a_formula_has_all_that_expressions_have():
    loss = fr.formula(_logistic, **_kinds(_logistic))
    rng = np.random.default_rng(0)
    w, X, y = rng.standard_normal(3), rng.standard_normal((5, 3)), rng.standard_normal(5)
    G = fr.derivative(loss, "w").gradient.compile("numpy")
    assert np.allclose(np.ravel(G(w=w, X=X, y=y)), fr.gradient(_logistic)(w, X, y))


@pytest.mark.parametrize(
    ("f", "words"),
    [
        (lambda x: np.sum(x) if np.sum(x) > 0 else -np.sum(x), "comparison of values"),
        (lambda x: np.sum(x) if x[0] else -np.sum(x), "a decision by values"),
        (lambda x: sum(x[i] for i in range(len(x))), "count of Python made of a size"),
        (lambda x: float(x[0]) * math.lgamma(x[1]), "lgamma"),
        (lambda x: (np.sum(x), x), "f gives a tuple: return one"),
        (lambda A: [np.zeros((2, 2)).__setitem__((0, 0), A[0, 0]), A][1], "write of a value"),
        (lambda x: x.__setitem__(0, 1.0), "write in place"),
        (lambda x: np.arange(len(x)) @ x, "arange"),
        (lambda x: np.einsum("i,i,i->", x, x, x), "einsum"),
        (lambda x: sum(v**2 for v in x), "loop over entries"),
        (lambda X: np.sum(np.fft.fft(X)), "fft"),
        (lambda X: X.reshape(2, -1), "the shape"),
        (lambda x: x[::2], "step"),
        (lambda x: np.sum(np.where(x > 0, x, 0)), "comparison of values, np.where"),
        (lambda x: "text", "type str"),
        (lambda X: np.sum(X, axis=(0, 1)), "options"),
    ],
)
def test_what_is_no_formula_is_refused_by_name(f, words):
    with pytest.raises(fr.FrechetError, match=words):
        fr.formula(f, **_kinds(f))


def test_a_formula_that_the_code_does_not_compute_is_refused():
    calls = []

    def f(x):
        calls.append(1)
        return np.sum(x) * len(calls)

    with pytest.raises(DerivativeError, match="random numbers"):
        fr.formula(f, x="vector(n)")
    with pytest.raises(DerivativeError, match="no argument z; it has x"):
        fr.formula(f, z="vector(n)")


def test_sizes_that_do_not_fit_say_how_the_arguments_were_read():
    f = lambda w, X, y: np.sum((X @ w - y) ** 2)
    with pytest.raises(fr.ShapeError, match=r"p and n differ; .* read by their letters \(y: q×1\): declare"):
        fr.formula(f, w="vector(n)", X="matrix(m,p)")
    assert str(fr.formula(f, w="vector(n)", X="matrix(m,n)", y="vector(m)")) == "sum((X*w - y).^2)"


def test_symbols_have_the_declared_properties_when_they_are_compared():
    assert str(fr.formula(lambda S: np.linalg.eigvalsh(S)[0], S="symmetric(n)")) == "eigvalsh(S)[1]"
    assert str(fr.formula(lambda L: np.sum(np.tril(L)), L="lower(n)")) in ("sum(L)", "sum(tril(L))")


def test_arguments_by_name_only_and_constants():
    def scaled(x, *, c, **options):
        return c * np.sum(x)

    assert str(fr.formula(scaled, x="vector(n)", c="scalar")) == "c*sum(x)"
    assert str(fr.formula(lambda x: 3.0, x="vector(n)")) == "3"


@pytest.mark.parametrize("f", [np.linalg.inv, np.linalg.det, np.linalg.pinv], ids=["inv", "det", "pinv"])
def test_functions_of_numpy_as_they_are(f):
    A = np.array([[2.0, 1.0], [0.5, 3.0]])
    assert np.allclose(fr.compile(fr.formula(f, a="matrix(n,n)"))(a=A), f(A))


@pytest.mark.parametrize(
    ("f", "shape"),
    [
        (lambda A, B: A @ B, ("m", "q")),
        (lambda A, x, y: A @ x - y, ("m", "1")),
        (lambda w, X, y: np.sum((X @ w - y) ** 2), ("1", "1")),
        (lambda A, B, C: A @ B @ C.T, ("m", "r")),
        (lambda x, m, S: (x - m) @ np.linalg.solve(S, x - m), ("1", "1")),
        (lambda A: np.trace(A), ("1", "1")),
    ],
    ids=["product", "residual", "least squares", "three", "Gauss", "trace"],
)
def test_sizes_of_arguments_without_a_declaration_are_what_the_code_needs(f, shape):
    found = fr.formula(f)
    assert (str(found.rows), str(found.cols)) == shape
    assert str(fr.formula(lambda A, B: A @ B, A="matrix(3,4)").rows) == "3"


def test_defaults_stand_for_themselves_unless_they_are_declared():
    def ridge(w, X, lam=0.5, axis=0):
        return lam * w @ w + np.sum(X.mean(axis=axis) * w)

    assert "lam" not in str(fr.formula(ridge, **{n: KINDS[n] for n in ("w", "X")}))
    assert "lam" in str(fr.formula(ridge, lam="scalar", **{n: KINDS[n] for n in ("w", "X")}))
    assert str(fr.formula(np.trace, a="matrix(n,n)")) == "tr(a)"


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (np.log(2 * np.pi), "log(2*pi)*c"), (0.5 * np.log(2 * np.pi), "log(2*pi)*c/2"), (np.pi / 3, "pi*c/3"), (-np.sqrt(2 * np.pi), "-sqrt(2*pi)*c"),
        (1 / np.sqrt(2 * np.pi), "c/sqrt(2*pi)"), (np.e, "exp(1)*c"), (0.1, "0.1*c"),
    ],
)  # fmt: skip
def test_numbers_that_are_multiples_of_constants_are_written_so(number, text):
    found = fr.formula(lambda c: number * c, c="scalar")
    assert fr.equivalent(found, fr.parse(text, c="scalar"))
    assert len(str(found)) < 18
