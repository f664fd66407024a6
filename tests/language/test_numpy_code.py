"""NumPy code is read as NumPy runs it: arrays of different forms are spread over each other. The reference is NumPy."""

from __future__ import annotations

import numpy as np
import pytest

from frechet.errors import FrechetError
from frechet.expr.evaluate import as_matrix, evaluate
from frechet.language import read

SHAPES = {"X": (5, 3), "Y": (5, 3), "W": (3, 4), "b": (4,), "c": (5,), "x": (3,), "y": (4,), "w": (3,)}
CODE = [
    "X - X.mean(axis=0)",
    "X - X.mean(axis=0, keepdims=True)",
    "X - X.mean(axis=1, keepdims=True)",
    "(X - X.mean(axis=0))/X.std(axis=0)",
    "np.exp(X)/np.exp(X).sum(axis=1, keepdims=True)",
    "np.exp(X - X.max(axis=1, keepdims=True))",
    "X/np.linalg.norm(X, axis=1, keepdims=True)",
    "X @ W + b",
    "np.tanh(X @ W + b)*np.sin(b)",
    "np.sum((X @ W + b)**2)/X.shape[0] + X.shape[1]",
    "np.sum(X*w, axis=1)",
    "X*w[None, :]",
    "X*np.exp(c)[:, None]",
    "x[:, None] - y[None, :]",
    "np.exp(-(x[:, np.newaxis] - y)**2)",
    "np.sum(X**2, axis=1)[:, None] + np.sum(Y**2, axis=1)[None, :] - 2*X @ Y.T",
    "(X - X.mean(0)).T @ (X - X.mean(0))/len(X)",
    "-np.sum(Y*np.log(np.exp(X)/np.exp(X).sum(axis=1, keepdims=True)))",
    "np.sum(x)/x.size + x.shape[0]",
    "np.sum(x**2**3)",
    "2**-x**2 + w*np.sum(w)",
    "np.exp(-x**2**2)**-2**-1",
    "np.abs(x)**w**2",
]


@pytest.mark.parametrize("code", CODE)
def test_code_is_read_as_numpy_runs_it(code):
    rng = np.random.default_rng(0)
    arrays = {name: rng.standard_normal(shape) for name, shape in SHAPES.items()}
    expected = np.asarray(eval(code, {"np": np, "len": len, **arrays}))
    reading = read(code)
    assert reading.read_as.startswith("read as NumPy")
    found = evaluate(reading.expr, {s: as_matrix(arrays[n], s) for n, s in reading.symbols.items()}, {})
    assert found.size == expected.size
    np.testing.assert_allclose(found.reshape(expected.shape), expected, rtol=1e-12)


CALLS = (
    """
norm(A) norm(A,1) norm(A,2) norm(A,np.inf) norm(A,'fro') norm(A,'nuc') norm(A,-1) norm(A,ord=1) norm(x,1) norm(x,2)
norm(x,np.inf) norm(x,3) norm(A,1,0) norm(A,1,axis=1) norm(A,axis=0) norm(A,axis=1) np.inner(A,B) np.inner(x,y) np.inner(A,x)
np.max(A,1) np.max(A,0) np.max(A,-1) np.max(x,0) np.min(A,0) np.amax(A,1) np.amin(x,0) np.max(A,1,keepdims=True)
np.max(np.outer(x,y),1) A.max(1) A.min(0) A.sum(0) A.sum(-1) A.mean(1) A.std(1) np.sum(A,0) np.sum(A,1) np.sum(A,-1) np.sum(x,0)
np.mean(A,0) np.mean(x,0) np.var(A,1) np.std(A,0) np.var(A,axis=0,ddof=1) np.var(x,ddof=1) np.std(A,ddof=1) np.std(x,ddof=2) np.cov(x,ddof=1) x.var(ddof=1) norm(x,ord=1) norm(A,ord='fro')
norm(C,ord=2) np.var(x) np.std(A) np.prod(x)
np.prod(A,0) np.cov(A) np.cov(A.T) np.cov(x) np.cov(A.T,ddof=0) np.cov(A,rowvar=False) np.outer(A,B) np.outer(x,y) np.outer(x,A)
np.argmax(x) np.argmin(x) x.argmax() np.dot(A,x) np.dot(x,y) np.dot(A.T,B) np.dot(A,C) np.vdot(A,B) np.vdot(x,y) np.cross(x,y)
np.cross(A,B) np.trace(C) np.trace(C,1) np.trace(C,offset=1) np.cumsum(x) np.cumsum(A) np.cumsum(A,0) np.diag(x) np.diag(C)
np.diag(C,1) np.diag(A) np.kron(A,B) np.linalg.det(C) np.linalg.inv(C) np.linalg.pinv(A) np.tril(C) np.tril(C,-1) np.triu(C,1)
np.maximum(A,0) np.maximum(A,B) np.minimum(x,1) np.clip(x,0,1) np.square(A) np.power(x,2) np.multiply(A,B) np.log1p(x**2)
np.hypot(x,y) np.logaddexp(x,y) np.arctan2(x,y) np.linalg.matrix_power(C,2) np.linalg.solve(C,A) np.linalg.slogdet(C)[1]
np.transpose(A) np.matmul(A,x) np.concatenate([x,y]) np.vstack([A,B]) np.hstack([A,B]) np.block([[A,B]]) np.tensordot(A,B)
np.ptp(x) np.median(x) np.sort(x) np.average(x) np.diff(x) np.roll(x,1) np.linalg.cond(C) np.linalg.matrix_rank(A)
np.linalg.svd(A)[1] np.heaviside(x,0) np.mod(x,2) np.einsum('ij,ij',A,B) np.corrcoef(A) np.linalg.vector_norm(A) np.vander(x)
""".replace("norm(", "np.linalg.norm(")
    .replace("vector_np.linalg.norm", "vector_norm")
    .split()
)
READ = [f"np.linalg.norm({a})" for a in ("A", "A,1", "A,2", "A,np.inf", "x,1", "x,np.inf", "A,axis=1")]
READ += [
    "np.max(A,1)",
    "np.max(A,-1)",
    "np.min(A,0)",
    "np.amin(x,0)",
    "A.max(1)",
    "A.std(1)",
    "np.sum(A,-1)",
    "np.var(A,1)",
]
READ += ["np.var(x,ddof=1)", "np.std(A,ddof=1)", "x.var(ddof=1)", "np.cov(x)", "np.cov(x,ddof=1)"]
READ += [f"np.linalg.norm({a})" for a in ("A,ord=1", "x,ord=1", "A,ord='fro'", "C,ord=2")]
READ += [
    "np.cov(A)",
    "np.cov(A.T)",
    "np.vdot(A,B)",
    "np.inner(x,y)",
    "np.outer(x,y)",
    "np.cross(x,y)",
    "np.maximum(A,0)",
]
REFUSED_BY_NAME = ["np.inner(A,B)", "np.outer(A,B)", "np.argmax(x)", "np.linalg.norm(x,3)"]


def test_a_call_is_what_numpy_has_or_refused():
    rng = np.random.default_rng(1)
    arrays = {
        n: rng.standard_normal(s) for n, s in {"A": (4, 3), "B": (4, 3), "C": (4, 4), "x": (3,), "y": (3,)}.items()
    }
    declared = {"A": "matrix(4,3)", "B": "matrix(4,3)", "C": "matrix(4)", "x": "vector(3)", "y": "vector(3)"}
    refused = []
    for code in CALLS:
        try:
            reading = read(code, declared)
        except FrechetError:
            refused.append(code)
            continue
        expected = np.asarray(eval(code, {"np": np, **arrays}))
        found = evaluate(reading.expr, {s: as_matrix(arrays[n], s) for n, s in reading.symbols.items()}, {})
        assert found.size == expected.size, code
        np.testing.assert_allclose(found.reshape(expected.shape), expected, rtol=1e-12, atol=1e-14, err_msg=code)
    assert not set(READ) & set(refused)
    assert set(READ) <= set(CALLS)
    assert set(REFUSED_BY_NAME) <= set(refused)


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("X - X.mean(axis=1)", "lines it up with the columns"),
        ("np.sum(x[None, :] - x)", "a vector and a row are not added"),
    ],
)
def test_what_numpy_would_not_do_is_refused(code, message):
    with pytest.raises(FrechetError, match=message):
        read(code)


def test_a_letter_for_a_number_scales_a_matrix():
    assert read("t * A @ x").symbols["t"].is_scalar
    assert read("np.linalg.slogdet(K + s**2*np.eye(n))[1]").symbols["s"].is_scalar


def test_names_in_code_are_words():
    assert set(read("sf**2*np.exp(x)").symbols) == {"sf", "x"}
