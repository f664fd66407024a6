"""NumPy's functions and operators, and positions counted from 0, mean on expressions what they mean on arrays."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import overrides
from scipy import special

import frechet as fr
from frechet.errors import FrechetError, ShapeError
from frechet.expr.evaluate import evaluate
from frechet.expr.node import operations
from frechet.expr.protocols import NUMPY_FUNCTIONS, NUMPY_UFUNCS

A = fr.matrix("A", 3, 4)
B = fr.matrix("B", 3, 4)
S = fr.matrix("S", 3)
x = fr.vector("x", 3)
RNG = np.random.default_rng(3)
R = RNG.standard_normal((3, 3))
VALUES = {
    A: RNG.uniform(0.1, 0.9, (3, 4)),
    B: RNG.uniform(1.1, 2, (3, 4)),
    S: R @ R.T + np.eye(3),
    x: RNG.random((3, 1)),
}


def _value(e):
    return evaluate(e, VALUES, {})


def _agree(ours, theirs):
    theirs = np.asarray(theirs)
    assert ours.shape[0].value({}) * ours.shape[1].value({}) == theirs.size
    assert np.allclose(_value(ours).reshape(theirs.shape), theirs, rtol=1e-12)


UFUNCS = sorted(
    name
    for name in {*NUMPY_UFUNCS, *[n for n, op in operations.items() if op.elementwise]}
    if isinstance(getattr(np, name, getattr(special, name, None)), np.ufunc)
)


PRODUCTS = {"matmul": (S, A), "matvec": (S, x), "vecmat": (x, S)}
"""Ufuncs that are no functions entry by entry, and what they are called with."""


@pytest.mark.parametrize("name", UFUNCS)
def test_ufuncs(name):
    ufunc = getattr(np, name, getattr(special, name, None))
    vector = VALUES[x][:, 0]
    if name in PRODUCTS:
        args = PRODUCTS[name]
        _agree(ufunc(*args), ufunc(*[vector if a is x else VALUES[a] for a in args]))
        return
    args = (A, B)[: ufunc.nin] if name not in ("power", "float_power") else (A, 2)
    args = (B,) if name == "arccosh" else args
    _agree(ufunc(*args), ufunc(*[VALUES[a] if isinstance(a, fr.Expr) else a for a in args]))


def test_every_declared_ufunc_exists():
    newer = {"matvec", "vecdot", "vecmat"}  # NumPy 2 has them
    assert set(NUMPY_UFUNCS) - newer <= set(UFUNCS)


def test_ufuncs_at_large_numbers():
    """Inverse hyperbolic functions keep their digits, and sums of exponentials do not overflow."""
    large = np.array([[-1e9, 1e9], [-1e-9, 800.0]])
    L = fr.matrix("L", 2)
    for f in (np.arcsinh, np.cbrt, lambda X: np.logaddexp(X, 1 - X)):
        assert np.allclose(evaluate(f(L), {L: large}), f(large), rtol=1e-14)


CALLS = {
    np.trace: [(S,)],
    np.sum: [(A,), (A, 0), (A, 1)],
    np.mean: [(A,), (A, 0), (A, 1)],
    np.max: [(A,), (A, 0)],
    np.min: [(A,), (A, 1)],
    np.transpose: [(A,), (A, (1, 0))],
    np.diag: [(S,)],
    np.diagonal: [(S,)],
    np.tril: [(S,)],
    np.triu: [(S,)],
    np.dot: [(S, A), (S, x)],
    np.vdot: [(A, B)],
    np.inner: [(A, B)],
    np.outer: [(x, x)],
    np.kron: [(S, A)],
    np.concatenate: [([A, B],), ([A, B], 1)],
    np.vstack: [([A, B],)],
    np.hstack: [([A, B],)],
    np.block: [([[A, B], [B, A]],), ([A, B],)],
    np.linalg.inv: [(S,)],
    np.linalg.det: [(S,)],
    np.linalg.pinv: [(A,)],
    np.linalg.cholesky: [(S,)],
    np.linalg.eigvalsh: [(S,)],
    np.linalg.eigvals: [(S,)],
    np.linalg.matrix_power: [(S, 3), (S, 1), (S, -1)],
    np.linalg.norm: [(A,), (A, "nuc"), (A, 2)],
    np.linalg.solve: [(S, A), (S, x)],
    np.amax: [(A,)],
    np.amin: [(A,)],
    np.var: [(A,)],
    np.std: [(x,)],
    np.average: [(A,)],
    np.cumsum: [(x,), (A, 0), (A, 1)],
    np.clip: [(A, 0.3, 0.6), (A, 0.3, None), (A, None, 0.6)],
    np.ravel: [(A,), (A, "F"), (x,)],
    np.reshape: [(A, (2, 6)), (A, (6, 2)), (A, 12), (A, -1), (x, (3, 1))],
    np.squeeze: [(A,), (x,)],
    np.column_stack: [([x, x],)],
    np.stack: [([x, x],), ([x, x], 1)],
    np.tensordot: [(S, A, 1), (A, B, 2)],
    np.diff: [(x,), (A,), (A, 1, 0), (A, 2)],
    np.prod: [(x,), (A,)],
    np.ptp: [(A,), (A, 0)],
    np.swapaxes: [(A, 0, 1), (A, 1, 1), (A, -1, 0)],
    np.moveaxis: [(A, 0, 1), (A, 1, -1)],
    np.einsum: [
        ("ij,jk->ik", S, A),
        ("ij,ik->jk", A, B),
        ("ij,kj", A, B),
        ("ij,ij->", A, B),
        ("ij,ji->", S, S),
        ("ij,ij->i", A, B),
        ("ij,ij->j", A, B),
        ("ij->ji", A),
        ("ij->", A),
        ("ij->i", A),
        ("ij->j", A),
        ("ii->i", S),
        ("ii", S),
        ("ba", A),
        ("i,i->", x, x),
        ("i,i->i", x, x),
        ("i,j->ij", x, x),
        ("i,ij->j", x, A),
        ("ij,i->ij", A, x),
        ("ij,i->ji", A, x),
        ("i,ij,j->", x, S, x),
        ("ij,jk,kl->il", S, S, A),
        ("ij,jk,ki->", S, S, S),
        ("i,ij,ij->i", x, A, B),
        ("ij,kl->", A, S),
        ("ii,jk->jk", S, A),
        ("i,i,ij->ij", x, x, A),
        ("ij,jk,k->i", S, S, x),
        ("ij,j,jk->ik", S, x, A),
    ],
    np.ones_like: [(A,)],
    np.zeros_like: [(A,)],
    np.cross: [(x, S @ x)],
    np.linalg.cond: [(S,), (S, "fro")],
    np.linalg.eig: [(S,)],
    np.linalg.eigh: [(S,)],
    np.linalg.qr: [(S,), (S, "r")],
    np.linalg.slogdet: [(S,)],
    np.linalg.svd: [(S,), (A, False), (A, False, False)],
    np.linalg.multi_dot: [([S, S, A],)],
}
# numpy.linalg has these as functions of its own since NumPy 2
CALLS |= {
    getattr(np.linalg, name, None): calls
    for name, calls in {
        "cross": CALLS[np.cross], "diagonal": [(S,)], "matmul": [(S, A)], "matrix_norm": [(A,)],
        "matrix_transpose": [(A,)], "outer": [(x, x)], "svdvals": [(A,)], "trace": [(S,)], "vector_norm": [(x,), (A,)],
    }.items()
}  # fmt: skip


def _as_numpy_takes(function, arguments):
    """Columns as arrays of one dimension where a column and an array of one dimension are not the same to NumPy."""
    flat = function in (np.cross, np.stack, np.outer, getattr(np.linalg, "cross", 0), getattr(np.linalg, "outer", 0))
    flat = flat or function in (np.einsum, np.diff, getattr(np.linalg, "vector_norm", 0))
    return [_flat(a) if flat else a for a in arguments]


def _flat(argument):
    if isinstance(argument, list):
        return [_flat(a) for a in argument]
    return argument[:, 0] if isinstance(argument, np.ndarray) and argument.shape[1] == 1 else argument


def _numbers(argument):
    if isinstance(argument, list):
        return [_numbers(a) for a in argument]
    return _value(argument) if isinstance(argument, fr.Expr) else argument


@pytest.mark.parametrize("function", NUMPY_FUNCTIONS, ids=lambda f: f.__name__)
def test_functions(function):
    for args in CALLS[function]:
        ours, theirs = function(*args), function(*_as_numpy_takes(function, [_numbers(a) for a in args]))
        if isinstance(ours, tuple):
            _same_factors(function, ours, theirs)
        elif function is np.linalg.eigvals:
            theirs = np.sort(theirs)[::1]
            assert np.allclose(np.sort(_value(ours).ravel()), theirs)
        else:
            _agree(ours, theirs)


def _same_factors(function, ours, theirs):
    """The same numbers in the same order; vectors up to their signs."""
    assert len(ours) == len(theirs)
    values = [_value(o) for o in ours]
    if function is np.linalg.eig:
        order, values = (
            np.argsort(theirs[0]),
            [values[0][np.argsort(values[0][:, 0])], values[1][:, np.argsort(values[0][:, 0])]],
        )
        theirs = theirs[0][order], theirs[1][:, order]
    for value, expected in zip(values, theirs, strict=True):
        assert np.allclose(np.abs(value).reshape(np.shape(expected)), np.abs(expected), rtol=1e-9)
    if function in (np.linalg.svd, np.linalg.qr):
        middle = [np.diag(v[:, 0]) if v.shape[1] == 1 else v for v in values]
        whole = np.linalg.multi_dot(middle)
        assert np.allclose(whole, VALUES[S] if whole.shape == (3, 3) else VALUES[A])


def test_methods_of_arrays():
    for method, args in {
        "sum": (0,), "mean": (), "max": (1,), "min": (), "var": (), "std": (), "trace": (), "dot": (A,), "ravel": (),
        "transpose": (), "diagonal": (), "flatten": (), "reshape": (9,), "clip": (0.2, 0.5), "cumsum": (1,), "squeeze": (),
    }.items():  # fmt: skip
        assert getattr(S, method)(*args) is not None
        _agree(getattr(S, method)(*args), getattr(VALUES[S], method)(*[_numbers(a) for a in args]))
    _agree(A.reshape(2, 6), VALUES[A].reshape(2, 6))
    _agree(abs(A - B), abs(VALUES[A] - VALUES[B]))
    X = fr.matrix("X", "m", "n")
    assert X.reshape(X.shape[0] * X.shape[1]) == X.ravel() == fr.vec(X.T)


@pytest.mark.parametrize("k", range(-3, 4))
def test_arrays_on_either_side(k):
    M, v = np.arange(9.0).reshape(3, 3) * k, np.arange(3.0) - k
    for ours, theirs in (
        (M @ A, M @ VALUES[A]),
        (A.T @ M, VALUES[A].T @ M),
        (M + S, M + VALUES[S]),
        (S - M, VALUES[S] - M),
        (M * S, M * VALUES[S]),
        (v @ A, v @ VALUES[A]),
        (S @ v, VALUES[S] @ v),
        (v @ x, v @ VALUES[x].ravel()),
        (np.float64(k) * A, k * VALUES[A]),
        (np.int64(k) + A, k + VALUES[A]),
    ):
        _agree(ours, theirs)


_POSITIONS = st.integers(-3, 2) | st.slices(3).filter(lambda s: s.step in (None, 1) and len(range(*s.indices(3))))


@given(_POSITIONS, _POSITIONS)
def test_parts(i, j):
    numbers = VALUES[S][i, j]
    _agree(S[i, j], numbers)
    _agree(S[i], VALUES[S][i])
    _agree(S[..., j], VALUES[S][..., j])
    _agree(S[i, ...], VALUES[S][i, ...])
    _agree(x[i], VALUES[x][i])


def test_parts_of_symbolic_size():
    X = fr.matrix("X", "m", "n")
    assert str(X[0, -1]) == "X[1,n]"
    assert str(X[1:, :-1]) == "X[2:m,1:n - 1]"
    assert str(X[1 : X.shape[0] - 1]) == "X[2:m - 1,:]"
    assert X[...] == X[:] == X


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        (lambda: np.sort(A), FrechetError, "np.sort has no meaning for expressions"),
        (lambda: np.where(np.eye(3), S, 0), FrechetError, "np.where has no meaning for expressions: write fr.step"),
        (lambda: np.linalg.lstsq(S, x), FrechetError, "write np.linalg.pinv"),
        (lambda: np.arctan2(x, x), FrechetError, "write 2.np.arctan"),
        (lambda: np.greater(A, B), FrechetError, "fr.step"),
        (lambda: np.einsum("ij,ij,ij->k", A, A, A), ShapeError, "'k' is no result"),
        (lambda: np.einsum("ij,jk->i", A), ShapeError, "has 2 operands, and 1 were given"),
        (lambda: np.einsum("i->i", A), ShapeError, "no letters of a 3×4"),
        (lambda: np.einsum("ij,jk->ik", A, B), ShapeError, "j is 4 and 3"),
        (
            lambda: np.einsum("ij,jk,jl->", A, A.T, A.T, optimize=True),
            FrechetError,
            "unexpected keyword argument 'optimize'",
        ),
        (
            lambda: np.einsum("ij,kj,lj->ik", A, B, A) + np.einsum("ia,ib,ic,ab,bc,ca->", S, S, S, S, S, S),
            FrechetError,
            "three sizes",
        ),
        (lambda: np.einsum("...i", x), FrechetError, "letters for all sizes"),
        (lambda: np.einsum("i1->i", A), ShapeError, "no list of letters"),
        (lambda: np.swapaxes(A, 0, 2), ShapeError, "axes 0 and 1"),
        (lambda: np.diff(A, axis=2), ShapeError, "axes 0 and 1"),
        (lambda: np.spacing(A), FrechetError, "np.spacing has no meaning"),
        (lambda: np.add.reduce(A), FrechetError, r"np.add.reduce does not work"),
        (lambda: np.exp(A, out=np.zeros((3, 4))), FrechetError, "np.exp with out"),
        (lambda: np.trace(A, offset=1), FrechetError, "np.trace of an expression"),
        (lambda: np.tril(S, 1), FrechetError, "only the main one"),
        (lambda: np.linalg.svd(A), FrechetError, "write full_matrices=False"),
        (lambda: np.linalg.qr(S, "complete"), FrechetError, "the modes"),
        (lambda: np.linalg.cond(S, 1), FrechetError, "condition number of order 1"),
        (lambda: np.reshape(A, (5, 2)), ShapeError, "has 12 entries and a 5×2 has 10"),
        (lambda: np.reshape(A, (2, 3, 2)), ShapeError, "one or two sizes"),
        (lambda: np.ravel(A, "K"), FrechetError, "order of entries"),
        (lambda: np.cumsum(A), ShapeError, "say along which axis"),
        (lambda: np.stack([A, B]), ShapeError, "of vectors"),
        (lambda: np.var(A, axis=0), FrechetError, "np.var of an expression: got an unexpected keyword argument 'axis'"),
        (lambda: np.cross(A, x), ShapeError, "two vectors"),
        (lambda: list(A), FrechetError, "no fixed number of rows"),
        (lambda: np.asarray(A), FrechetError, "has no numbers"),
        (lambda: float(A), FrechetError, "has no numbers"),
        (lambda: A[::2], FrechetError, "a step of 2"),
        (lambda: A[[0, 1]], FrechetError, "a list is no position"),
        (lambda: A[True], FrechetError, "a bool is no position"),
        (lambda: A[0.5], FrechetError, "a float is no position"),
        (lambda: A[0, 0, 0], ShapeError, "3 positions"),
        (lambda: A[3, 0], ShapeError, "row 4 does not exist"),
        (lambda: A[2:1], ShapeError, "empty"),
        (lambda: np.zeros((30, 30)) @ A, FrechetError, "too large to be written"),
        (lambda: np.array([[np.nan]]) * A, FrechetError, "NaN|finite"),
        (lambda: np.zeros((3, 3), complex) @ A, FrechetError, "complex128 cannot stand"),
        (lambda: np.zeros((2, 3, 3)) @ A, FrechetError, "cannot stand"),
        (lambda: np.array(["a"]) * A, FrechetError, "cannot stand"),
        (lambda: np.zeros((0, 3)) @ A, FrechetError, "cannot stand"),
    ],
)
def test_what_has_no_meaning_is_refused(wrong, error, message):
    with pytest.raises(error, match=message):
        wrong()


def test_constants_of_arrays_are_exact():
    assert str(np.array([0.1, 2.0]) + fr.vector("y", 2)) == "[0.1; 2] + y"


def test_every_function_of_numpy_has_a_meaning_or_is_refused_by_name():
    """Whatever NumPy hands over, called with one matrix, two of them, and a list: nothing else comes back."""
    refused = 0
    for function in overrides.get_overridable_numpy_array_functions():
        for args in ((S,), (S, S), ([S, S],)):
            try:
                result = function(*args)
            except FrechetError as error:
                refused += function.__name__ in str(error)
            except (TypeError, ValueError, AttributeError):
                pass  # NumPy itself wants other arguments
            else:
                known = function in NUMPY_FUNCTIONS or function.__name__ in (
                    "shape",
                    "ndim",
                    "size",
                    "result_type",
                    "iscomplexobj",
                    "isrealobj",
                )
                assert known, f"{function.__name__}{args} is {result!r}"
    assert refused > 100
