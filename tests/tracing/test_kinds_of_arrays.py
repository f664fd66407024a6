"""Arrays whose operators mean something else are read for what they are or refused by name; slopes at scales whose squares overflow."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse
import scipy.sparse.linalg

import frechet as fr
from frechet.errors import FrechetError

X = np.array([1.0, 2.0, 3.0])
MASKED = np.ma.array([1.0, 2.0, 3.0], mask=[0, 1, 0])
MATRIX = np.matrix([[1.0, 2.0, 0.5], [3.0, 4.0, 1.0], [0.0, 1.0, 2.0]])
SPARSE = scipy.sparse.csr_matrix([[0.0, 2.0, 1.0], [4.0, 0.0, 0.0], [0.0, 3.0, 5.0]])
SPARSE_ARRAY = scipy.sparse.coo_array(SPARSE)
DENSE = SPARSE.toarray()
HELD = {"S": SPARSE, "pair": [SPARSE, SPARSE]}
BOTH = (SPARSE, SPARSE.T.tocsr())
FACTORS = scipy.sparse.linalg.splu(SPARSE.tocsc())
SOLVE = scipy.sparse.linalg.factorized(SPARSE.tocsc())


class Odd(np.ndarray):
    """Its product is a sum."""

    def __mul__(self, other):
        return np.asarray(self) + other

    __rmul__ = __mul__


class Named(np.ndarray):
    """An array with a name, that multiplies as arrays do."""


class Quantity:
    """A number with a unit, as libraries of units have it."""

    __array_ufunc__ = np.ndarray.__array_ufunc__

    def __array__(self, dtype=None, copy=None):
        return np.array(3.0)


ODD, NAMED, QUANTITY = X.view(Odd), X.view(Named), Quantity()


@pytest.mark.parametrize(("x", "words"), [(MATRIX, "np.asarray"), (MASKED, "filled")], ids=["matrix", "masked"])
def test_an_argument_whose_operators_mean_something_else_is_refused(x, words):
    with pytest.raises(FrechetError, match=words):
        fr.value_and_gradient(lambda x: np.sum(x * x))(x)


REFUSED = {
    "masked on the right": (lambda x: np.sum(x * MASKED), "filled"),
    "masked on the left": (lambda x: np.sum(MASKED + x), "filled"),
    "masked by its own function": (lambda x: np.ma.array(x, mask=[0, 1, 0]).sum(), "filled"),
    "matrix on the right": (lambda x: np.sum(x[0] * MATRIX), "np.asarray"),
    "matrix on the left": (lambda x: np.sum(MATRIX**2 * x[0]), "np.asarray"),
    "matrix times vector": (lambda x: np.sum(MATRIX @ x), "np.asarray"),
    "matrix by np.dot": (lambda x: np.sum(np.dot(MATRIX, x)), "np.asarray"),
    "matrix that is stacked": (lambda x: np.sum(np.vstack([MATRIX, x]) * x[0]), "np.asarray"),
    "operators of a class": (lambda x: np.sum(x * ODD), "operators of its own"),
    "ufuncs of a class": (lambda x: np.sum(x * QUANTITY), "operators of its own"),
    "sparse in a container of containers": (lambda x: np.sum(HELD["pair"][0] @ x), "x @ S.T"),
    "sparse by np.dot": (lambda x: np.sum(x.dot(SPARSE)), "toarray"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_constants_whose_operators_mean_something_else_are_refused(case):
    f, words = REFUSED[case]
    with pytest.raises(FrechetError, match=words):
        fr.gradient(f)(X)


READ = {
    "subclass with the operators of arrays": (lambda x: np.sum(NAMED * x**2), lambda x: np.sum(X * x**2)),
    "subclass on the left": (lambda x: np.sum(ODD * x**2), lambda x: np.sum(X + x**2)),
    "S @ x": (lambda x: np.sum((SPARSE @ x) ** 3), lambda x: np.sum((DENSE @ x) ** 3)),
    "S * x of matrices": (lambda x: np.sum((SPARSE * x) ** 3), lambda x: np.sum((DENSE @ x) ** 3)),
    "x @ S": (lambda x: np.sum((x @ SPARSE) ** 3), lambda x: np.sum((x @ DENSE) ** 3)),
    "S.T @ x": (lambda x: np.sum((SPARSE.T @ x) ** 3), lambda x: np.sum((DENSE.T @ x) ** 3)),
    "S.dot of columns": (
        lambda x: np.sum(SPARSE_ARRAY.dot(np.outer(x, x)) ** 2),
        lambda x: np.sum((DENSE @ np.outer(x, x)) ** 2),
    ),
    "rows times S": (
        lambda x: np.sum((np.outer(x, x) @ SPARSE_ARRAY) ** 2),
        lambda x: np.sum((np.outer(x, x) @ DENSE) ** 2),
    ),
    "made on the way": (
        lambda x: np.sum(((scipy.sparse.eye(3) * 2.0 - scipy.sparse.csr_matrix(DENSE)) @ x) ** 2),
        lambda x: np.sum(((np.eye(3) * 2.0 - DENSE) @ x) ** 2),
    ),
    "in containers": (
        lambda x: np.sum((HELD["S"] @ x) ** 2) + np.sum(sum(S @ x for S in BOTH) ** 3),
        lambda x: np.sum((DENSE @ x) ** 2) + np.sum((DENSE @ x + DENSE.T @ x) ** 3),
    ),
    "factors": (
        lambda x: np.sum(FACTORS.solve(x) ** 3) + np.sum(FACTORS.solve(np.outer(x, x), "T") ** 2),
        lambda x: np.sum(np.linalg.solve(DENSE, x) ** 3) + np.sum(np.linalg.solve(DENSE.T, np.outer(x, x)) ** 2),
    ),
    "factors made on the way": (
        lambda x: np.sum(scipy.sparse.linalg.splu(SPARSE.tocsc()).solve(x) ** 3) + np.sum(SOLVE(x) ** 2),
        lambda x: np.sum(np.linalg.solve(DENSE, x) ** 3) + np.sum(np.linalg.solve(DENSE, x) ** 2),
    ),
    "spsolve": (
        lambda x: np.sum(scipy.sparse.linalg.spsolve(SPARSE.tocsc(), x) ** 3),
        lambda x: np.sum(np.linalg.solve(DENSE, x) ** 3),
    ),
}


@pytest.mark.parametrize("case", READ)
def test_constants_that_are_read(case):
    f, dense = READ[case]
    assert np.allclose(f(X), dense(X), rtol=1e-12)
    assert np.allclose(fr.gradient(f)(X), fr.gradient(dense)(X), rtol=1e-12)
    assert np.allclose(fr.hessian(f)(X), fr.hessian(dense)(X), rtol=1e-12)
    direction = np.array([0.3, -1.0, 2.0])
    assert np.allclose(fr.jvp(f)(X, direction)[1], fr.gradient(dense)(X) @ direction, rtol=1e-12)
    assert fr.check_gradient(f, X)


def test_the_adjoint_of_a_complex_sparse_matrix():
    S = scipy.sparse.csr_matrix(DENSE + 1j * DENSE.T)
    assert fr.check_gradient(lambda x: np.sum(np.abs(S @ x) ** 2), X)


def test_a_sparse_matrix_that_is_written_between_calls():
    S = SPARSE.copy()
    gradient = fr.gradient(lambda x: np.sum(S @ x))
    for _ in range(3):  # the sweep is compiled the second time
        assert np.allclose(gradient(X), S.toarray().sum(axis=0))
        S.data *= 2.0
    S.data = S.data + 1.0
    assert np.allclose(gradient(X), S.toarray().sum(axis=0))


TABLES = {
    "a number times a series": lambda w, s, t: (w[0] * s).var(),
    "a series times a number": lambda w, s, t: (s * w[0]).sum(),
    "a number times a table": lambda w, s, t: (w[0] * t).sum().max(),
    "an array times a table": lambda w, s, t: np.sum(w @ t),
    "a function": lambda w, s, t: np.sum(np.multiply(w, s)),
    "a choice": lambda w, s, t: np.sum(np.where(s > 1, w, 0.0)),
}


@pytest.mark.parametrize("name", list(TABLES))
def test_tables_of_pandas_that_meet_what_moves_are_refused(name):
    pandas = pytest.importorskip("pandas")
    s, table, f = pandas.Series([1.0, 2.0, 4.0]), pandas.DataFrame(DENSE), TABLES[name]
    with pytest.raises(FrechetError, match="to_numpy"):
        fr.gradient(lambda w: f(w, s, table))(X)


def test_the_numbers_of_a_table_of_pandas():
    pandas = pytest.importorskip("pandas")
    s, table = pandas.Series([1.0, 2.0, 4.0]), pandas.DataFrame(DENSE)
    f = lambda w: np.sum((table.to_numpy() @ w - s.values) ** 2) + s.mean() * w[0] + s.iloc[1] * w[1]
    assert fr.check_gradient(f, X)
    for own in (
        lambda w: (table @ w).var(),
        lambda w: np.mean((s - w) ** 2),
        lambda w: (s * w).std(),
    ):  # by pandas itself
        assert np.isclose(fr.value_and_gradient(own)(X)[0], own(X), rtol=1e-12)
        assert fr.check_gradient(own, X)


def test_slopes_whose_squares_would_overflow():
    far = np.array([1e200, -1e200])
    found = fr.gradient(lambda x: np.arctan2(x[0], x[1]) * 1e200)(np.array([1e200, 1e200]))
    assert np.allclose(found, [0.5, -0.5], rtol=1e-14)
    assert np.allclose(fr.gradient(lambda x: np.sum(np.arcsinh(x)) * 1e200)(far), 1, rtol=1e-14)
    assert np.allclose(fr.gradient(lambda x: np.sum(np.arccosh(np.abs(x))) * 1e200)(far), [1, -1], rtol=1e-14)
    for f in (np.arcsinh, np.arccosh, np.arctanh):  # complex arguments have no hypot
        assert fr.check_gradient(lambda x, f=f: np.sum(np.abs(f(x + 0.3j)) ** 2), X)


@pytest.mark.parametrize(
    ("x", "words"), [(3, r"\(3\.0\)"), ([1, 2], "np.array"), (np.arange(3), "astype")], ids=["number", "list", "array"]
)
def test_whole_numbers_are_told_how_to_be_floating(x, words):
    with pytest.raises(FrechetError, match=words):
        fr.gradient(lambda x: np.sum(np.asarray(x)))(x)
