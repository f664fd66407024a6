"""Sparse matrices with traced entries, as users of SciPy write them: the code without a trace is SciPy's, and differences of it the reference."""

import gc

import numpy as np
import pytest
import scipy.sparse as sp
import scipy.sparse.linalg as spl

import frechet as fr
from frechet.errors import FrechetError

P = np.array([1.3, 0.7, 2.1])
B = np.array([1.0, -2.0, 0.5, 3.0])
K0 = sp.csr_matrix(np.diag([4.0, 5.0, 6.0, 7.0]) + np.diag([1.0, -1.0, 2.0], 1) + np.diag([0.5, 0.0, 1.5], -1))
K1 = sp.csc_matrix([[1.0, 0, 2, 0], [0, 3, 0, 0], [0, 1, 0, 2], [1, 0, 0, 1]])
A0, A1 = sp.csr_array(K0), sp.csr_array(K1)
E = np.array([[1.0, -1.0], [-1.0, 1.0]])
OTHERS = [K0, K1, K0.T]
DENSE = np.arange(12.0).reshape(4, 3) / 10
LU = spl.splu(K0.tocsc())
size = lambda y: np.sum(np.sin(y))


def assembled(p, kind=sp.coo_matrix):
    """Springs in a row, as lists that grow."""
    data, rows, cols = [], [], []
    for e in range(3):
        for i in range(2):
            for j in range(2):
                data.append(p[e] ** 2 * E[i, j])
                rows.append(e + i)
                cols.append(e + j)
    return kind((data, (rows, cols)), shape=(4, 4))


def written(p):
    K = p[0] * K0 + p[1] * K1
    K[0, :] = 0
    K[:, 0] = 0.0
    K[0, 0] = p[2]
    K[[1, 2], [2, 3]] = p[:2]
    K[2:, 1:3] = 2.0 * p[0]
    return K


def by_rows(p):
    data, indices, indptr = np.concatenate([p, p**2]), np.array([0, 2, 1, 3, 0, 3]), np.array([0, 2, 3, 4, 6])
    return sp.csr_matrix((data, indices, indptr), shape=(4, 4))


PROGRAMS = {
    "p*K": lambda p: size((p[0] * K1) @ B),
    "K*p": lambda p: size((K1 * p[0]) @ B),
    "K/p": lambda p: size((K1 / p[0]) @ B),
    "-p*K": lambda p: size((-p[0] * K1) @ B),
    "K0 + p*K1": lambda p: size((K0 + p[0] * K1) @ B),
    "K0 - p*K1": lambda p: size((K0 - p[0] * K1) @ B),
    "p*K1 - K0": lambda p: size((p[0] * K1 - K0) @ B),
    "of arrays": lambda p: size((A0 + p[0] * A1 - A1 / p[1]) @ B),
    "a sum": lambda p: size(sum(c * K for c, K in zip(p, OTHERS, strict=True)) @ B),
    "b @ K": lambda p: size(B @ (K0 + p[0] * K1)),
    "x @ K of traced": lambda p: size(np.append(p, 1.0) @ (K0 + p[0] * K1)),
    "K @ columns": lambda p: size((K0 + p[0] * K1) @ (p[1] * DENSE)),
    "rows @ K": lambda p: size((p[1] * DENSE.T) @ (K0 + p[0] * K1)),
    "K * x of matrices": lambda p: size((p[0] * K1) * B),
    "A * x of arrays": lambda p: size(((p[0] * A1) * B).toarray()),
    "K.dot": lambda p: size((p[0] * K1).dot(B)),
    "K.T": lambda p: size((K0 + p[0] * K1).T @ B) + size((p[0] * K1).transpose() @ B),
    "K1 @ K2": lambda p: size((K0 @ (p[0] * K1)) @ B) + size(((p[0] * K1) @ K0) @ B),
    "both traced": lambda p: size(((p[0] * K1) @ (K0 + p[1] * K1)) @ B) + size(((p[0] * K1) * (p[1] * K0)).toarray()),
    "B' D B": lambda p: size((K1.T @ sp.diags(np.append(p, 1.0)) @ K1) @ B),
    "diags": lambda p: size(sp.diags([p, np.append(p, p[0]), p**2], [-1, 0, 1]) @ B),
    "diags of numbers": lambda p: size(sp.diags([p[0], -2 * p[1], p[2]], [-1, 0, 1], shape=(4, 4)) @ B),
    "spdiags": lambda p: size(sp.spdiags(np.outer(p, B), [-1, 0, 2], 4, 4) @ B),
    "dia_matrix": lambda p: size(sp.dia_matrix((np.outer(p, B), [-1, 0, 2]), shape=(4, 4)) @ B),
    "identity": lambda p: size((sp.eye(4) * p[0] + p[1] * sp.identity(4)) @ B),
    "coo": lambda p: size(assembled(p) @ B),
    "coo to csr": lambda p: size(assembled(p).tocsr()[1:, 1:].tocsc() @ B[1:]),
    "csr with duplicates": lambda p: size(assembled(p, sp.csr_matrix) @ B) + size(assembled(p, sp.coo_array) @ B),
    "csr by rows": lambda p: size(by_rows(p) @ B),
    "without a shape": lambda p: size(sp.coo_matrix((p, ([0, 1, 2], [2, 1, 0]))) @ p),
    "of a dense array": lambda p: size(sp.csr_matrix(np.outer(p, p)) @ p),
    "of a sparse matrix": lambda p: size(sp.csc_matrix(p[0] * K1) @ B) + size((sp.csr_array(p[0] * K1) * B).toarray()),
    "rows": lambda p: size((p[0] * K1)[[1, 3]] @ B) + size((p[1] * K1)[1] @ B) + size((p[1] * K1).getrow(2) @ B),
    "blocks": lambda p: size((p[0] * K1)[np.array([1, 3])][:, [0, 1]] @ p[:2]) + size((p[0] * K1)[1:3, 1:] @ p),
    "an entry": lambda p: (p[0] * K1)[0, 2] ** 2 + (p[0] * K1)[0, 1],
    "a mask": lambda p: size((K0 + p[0] * K1)[B > 0][:, B > 0] @ p),
    "written": lambda p: size(written(p) @ B),
    "toarray": lambda p: size((K0 + p[0] * K1).toarray() ** 2),
    "diagonal": lambda p: size((K0 + p[0] * K1).diagonal()) + size((p[0] * K1).diagonal(1)) + (p[0] * K1).trace(),
    "sums": lambda p: (p[0] * K1).sum() ** 2 + size((p[0] * A1).sum(axis=0)) + size((p[1] * A1).sum(axis=1)),
    "multiply": lambda p: size((p[0] * K0).multiply(K1) @ B) + size(K0.multiply(p[0]) @ B),
    "multiply by rows": lambda p: size(K0.multiply(np.append(p, 1.0)) @ B),
    "multiply by columns": lambda p: size(K0.multiply(np.append(p, 1.0)[:, None]) @ B),
    "power": lambda p: size((p[0] * K0).power(2) @ B),
    "kron": lambda p: size(sp.kron(p[0] * K0, sp.diags(p)) @ np.arange(12.0)),
    "stacked": lambda p: size(sp.hstack([p[0] * K0, K1]) @ np.append(B, B)) + size(sp.vstack([K0, p[1] * K1]) @ B),
    "bmat": lambda p: size(sp.bmat([[p[0] * K0, K1.T], [K1, None]], format="csr") @ np.append(B, B)),
    "block_diag": lambda p: size(sp.block_diag([p[0] * K0, p[:, None]]) @ np.append(B, 1.0)),
    "triangles": lambda p: size(sp.tril(p[0] * K0) @ B) + size(sp.triu(p[1] * K0, k=1) @ B),
    "dense plus an array": lambda p: size((p[0] * A1 + np.ones((4, 4))) @ B),
    "spsolve": lambda p: size(spl.spsolve((K0 + p[0] * K1).tocsc(), B)),
    "spsolve, right side": lambda p: size(spl.spsolve((K0 + p[0] * K1).tocsc(), np.append(p, 1.0))),
    "spsolve of columns": lambda p: size(spl.spsolve((K0 + p[0] * K1).tocsc(), DENSE * p[1])),
    "splu": lambda p: size(spl.splu((K0 + p[0] * K1).tocsc()).solve(B)) + size(LU.solve(p[0] * B)),
    "splu, transposed": lambda p: size(spl.splu((K0 + p[0] * K1).tocsc()).solve(B, "T")),
    "factorized": lambda p: size(spl.factorized((K0 + p[0] * K1).tocsc())(B * p[1])),
    "assembled and solved": lambda p: size(spl.spsolve((assembled(p) + sp.eye(4)).tocsc(), B)),
    "asked": lambda p: size((p[0] * K0) @ B) if sp.issparse(p[0] * K0) else 0.0 * p[0],
    "complex": lambda p: np.sum(np.abs((p[0] * K0 + 1j * p[1] * K1) @ B) ** 2),
    "complex and solved": lambda p: np.abs(spl.spsolve((K0 + 1j * p[1] * K1).tocsc(), B + 0j) @ B) ** 2,
    "shapes": lambda p: size((p[0] * K0) @ B) * (p[0] * K0).shape[0] + 0.0 * (p[0] * K0).nnz,
}


@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.filterwarnings("ignore::scipy.sparse.SparseEfficiencyWarning")
def test_gradients_and_hessians_are_those_of_differences(name):
    f = PROGRAMS[name]
    assert fr.check_gradient(f, P)
    found = fr.value_and_gradient(f)(P)
    assert np.allclose(found[0], f(P), rtol=1e-12)
    d = np.array([0.3, -1.0, 0.7])
    slope = lambda t: float(fr.gradient(f)(P + t * d) @ d)
    expected = fr.finite.directional(slope, 0.0, 1.0, complex_step=False)
    assert abs(fr.hvp(f)(P, d) @ d - expected.value) <= 1e-6 * (1 + abs(expected.value)) + 10 * expected.error


REFUSED = {
    "written into numbers": (lambda p: _filled(p) @ B, "lists"),
    "np.asarray": (lambda p: np.sum(np.asarray(p[0] * K0)), "toarray"),
    "todense": (lambda p: np.sum((p[0] * K0).todense()), "toarray"),
    "sums of matrices": (lambda p: size(np.asarray((p[0] * K0).sum(axis=1))), "np.ones"),
    "eigsh": (lambda p: spl.eigsh(p[0] * K0, k=1)[0][0], "eigenpair"),
    "cg": (lambda p: size(spl.cg(p[0] * K0, B)[0]), "spsolve"),
    "whole numbers": (lambda p: size(sp.coo_matrix((p, ([0, 1, 2], [0, 1, 2])), dtype=int) @ P), "whole numbers"),
    "singular": (lambda p: size(spl.spsolve(sp.diags([p[0], 0.0 * p[1]], [0, 1], shape=(2, 2)).tocsc() * 0.0, B[:2])), "singular"),
    "wrong sizes": (lambda p: size((p[0] * K0) @ P), "4×4"),
}  # fmt: skip


def _filled(p):
    K = sp.lil_matrix((4, 4))
    K[0, 0] = p[0]
    return K.tocsr()


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.filterwarnings("ignore::scipy.sparse.SparseEfficiencyWarning")
def test_what_is_not_known_says_what_to_write(name):
    f, words = REFUSED[name]
    with pytest.raises(FrechetError, match=words):
        fr.gradient(f)(P)


def test_through_the_linear_systems_of_the_room():
    loss = lambda p: size(x(p))
    x = fr.implicit.linear(lambda p: K0 + p[0] * K1 + p[1] * sp.diags(np.append(p, 2.0)), B)
    assert fr.check_gradient(loss, P)
    assert x.certificate.digits > 12
    assert "sparse LU" in x.certificate.method
    value = fr.implicit.eigenpair(lambda p: p[0] * (K0 + K0.T) + sp.diags(np.append(p, 2.0)), near=3.0)
    assert fr.check_gradient(lambda p: value(p)[0], P)


def test_matrices_that_are_written_between_calls():
    K = K1.copy()
    gradient = fr.gradient(lambda p: np.sum((K0 + p[0] * K) @ B))
    for _ in range(4):  # the record runs again from the second time on
        assert np.isclose(gradient(P)[0], (K @ B).sum())
        K.data *= 2.0


def test_large_matrices_are_never_dense_and_patterns_are_let_go():
    from frechet.tracing.functions.sparse_entries import _PATTERNS

    n = 100_000
    L = sp.diags([-1.0, 2.0, -1.0], [-1, 0, 1], shape=(n, n), format="csc")
    b = np.ones(n)
    gc.collect()
    before = len(_PATTERNS)
    f = lambda p: spl.spsolve((p[0] * L + sp.diags(p[1] + np.arange(n) / n)).multiply(1 + p[2] * b[:, None]).tocsc(), b) @ b  # fmt: skip
    g, d = fr.gradient(f)(P), 1e-5 * P
    assert np.isclose(g @ d * 2, f(P + d) - f(P - d), rtol=1e-7)
    del f
    gc.collect()
    assert len(_PATTERNS) <= before + 20  # those of records that may run again
