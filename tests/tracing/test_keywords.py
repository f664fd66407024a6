"""Every keyword of every followed function of NumPy and SciPy that is not the default: the value is the library's own, or it is refused by name."""

from __future__ import annotations

import importlib
import inspect
import warnings

import numpy as np
import pytest
import scipy.linalg as sla
import scipy.signal

import frechet as fr
from frechet.tracing import functions
from frechet.tracing.array import FUNCTIONS, Traced, concrete
from frechet.tracing.functions import by_name

x, y, b = np.array([0.31, -1.27, 0.83, 2.45]), np.array([1.62, 0.44, -0.71, 0.25]), np.array([1.0, -2.0, 0.5])
A = np.array([[4.1, 1.2, 0.3], [1.3, 3.7, -0.4], [0.25, -0.6, 2.9]])
B = np.array([[1.0, 0.2, -0.3], [0.4, 2.0, 0.5], [-0.1, 0.3, 1.5]])
S = A @ A.T
L = np.linalg.cholesky(S)
ORDER = np.array([3, 1, 0, 2])
ARGUMENTS = [
    (x,), (A,), (S,), (x, y), (A, B), (A, b), (S, b), (b, A), (A, B, b), (x, 2), (A, 1), (A, 0, 1), (x, [1, 2]), ([x, y],), ((A, B),),
    (x, 0.3), (x, x > 0, y), (x > 0, x, y), (x, -0.5, 0.9), (A, (3, 3)), (A, (0, 1)), ((1, 1), A, b),
    (np.array([0.5, 1.5]), np.arange(4.0), x), ("i,j", x, y), ("ij,jk", A, B), (x, (4,)), (0.0, 1.3, 5), (x, ORDER), (x, ORDER, 0),
    (A, np.array([[0, 1, 2]]), 0), (np.array([1.0, 2.0, 3.0]), x), ((L, True), b), ((3, 4), x[0]), (x[:2], x),
]  # fmt: skip
"""Each function is called with the first of these that it takes."""
VALUES = {
    "N": [3], "UPLO": ["U"], "a_max": [0.5], "a_min": [0.1], "append": [1.0], "assume_a": ["lower triangular", "pos", "diagonal", "sym"],
    "atol": [1.5], "aweights": [np.array([1.0, 2.0, 3.0, 1.0])], "axes": [(1, 0), (0,)], "axis": [0, 1, -1, (0, 1)],
    "b": [y, S, b], "base": [2.0], "bias": [True], "casting": ["unsafe"], "check_finite": [False], "compute_uv": [False], "cond": [0.5],
    "constant_values": [4.0], "copy": [True, False, None], "ddof": [1], "device": ["cpu"], "disp": [False], "driver": ["ev"],
    "dtype": [int, np.float32, complex], "dx": [0.3], "edge_order": [2], "eigvals_only": [True], "endpoint": [False], "full_matrices": [False],
    "fweights": [np.array([1, 2, 3, 1])], "hermitian": [True], "indexing": ["ij"], "initial": [5.0, -7.0], "interpolation": ["lower"],
    "k": [1, -1], "keepdims": [True], "kind": ["stable"], "lapack_driver": ["gelss", "gesvd"], "left": [-3.0], "like": [], "lower": [True],
    "max": [0.5], "mean": [1.2], "method": ["lower", "nearest", "direct"], "min": [0.1],
    "mode": ["wrap", "clip", "reflect", "same", "valid", "r", "edge", "economic"], "n": [2, 3, 6], "nan": [3.0], "ndmin": [3],
    "neginf": [2.0], "norm": ["ortho", "forward"], "num": [7], "optimize": [True], "ord": [1, np.inf], "order": ["F"], "out": [],
    "period": [2.0], "posinf": [3.0], "prepend": [1.0], "rcond": [0.5], "r": [y], "reflect_type": ["odd"], "retstep": [True], "returned": [True],
    "right": [True], "rowvar": [False], "rtol": [0.5], "s": [(2, 2)], "shape": [(2, 2)], "side": ["left"], "sparse": [True], "to_begin": [2.0],
    "to_end": [1.0], "trans": [1, "T"], "type": [3, 2], "unit_diagonal": [True], "upper": [True], "weights": [np.arange(1.0, 5), np.arange(1.0, 4)],
    "where": [np.array([True, False, True, True]), np.array([[True], [False], [True]])], "x": [np.array([0.0, 1.0, 3.0, 4.5]), np.arange(3.0)],
}  # fmt: skip
"""Values of keywords that are not the default; those that a function does not take are left out."""
OTHERS = [1, True, 0.5, 0]
SEEN = {
    np.linalg.eigh: lambda r: r[0], sla.eigh: lambda r: r[0] if isinstance(r, list | tuple) else r, np.linalg.eig: lambda r: r[0],
    sla.eig: lambda r: r[0] if isinstance(r, list | tuple) else r, np.linalg.svd: lambda r: r[1] if isinstance(r, list | tuple) else r,
    sla.cho_factor: lambda r: np.tril(r[0]) if r[1] else np.triu(r[0]), sla.lu_factor: lambda r: 0.0,
    scipy.signal.find_peaks: lambda r: r[0], np.empty: np.shape, np.empty_like: np.shape,
}  # fmt: skip
"""What is determined of results whose signs, or entries that nobody reads, are a choice."""


OF_POSITIVE = ("entropy",)


def _function_name(f):
    return f"{f.__module__}.{f.__name__}"


assert functions, "importing the functions fills the tables"
FOLLOWED = {}
for _f in FUNCTIONS:
    if not isinstance(_f, np.ufunc) and (getattr(_f, "__module__", None) or "").partition(".")[0] in ("numpy", "scipy"):
        FOLLOWED.setdefault(_function_name(_f), _f)


for _name in by_name._NAMED:
    _room, _, _last = _name.rpartition(".")
    if (
        _room in ("scipy.fft", "scipy.signal", "scipy.stats", "scipy.ndimage", "scipy.integrate")
        and _last not in OF_POSITIVE
    ):
        FOLLOWED[_name] = getattr(importlib.import_module(_room), _last)


def _leaves(value):
    if isinstance(value, list | tuple):
        return [leaf for part in value for leaf in _leaves(part)]
    if isinstance(value, dict):
        return _leaves(list(value.values()))
    return (
        []
        if value is None or isinstance(value, str)
        else [np.asarray(concrete(value) if isinstance(value, Traced) else value)]
    )


def _agree(f, found, right):
    seen = SEEN.get(f, lambda r: [r.statistic, r.pvalue] if hasattr(r, "pvalue") else r)
    found, right = _leaves(seen(found)), _leaves(seen(right))
    return len(found) == len(right) and all(
        u.shape == v.shape and np.allclose(u, v, rtol=1e-6, atol=1e-9, equal_nan=True)
        for u, v in zip(found, right, strict=True)
    )


def _moved(value, d):
    """The arrays of floating-point numbers, so that they depend on d."""
    if isinstance(value, np.ndarray):
        return value + d if value.dtype.kind == "f" else value
    if isinstance(value, list | tuple) and any(isinstance(v, np.ndarray) for v in value):
        return type(value)(_moved(v, d) for v in value)
    return value


def _traced(f, args, options):
    found = []

    def run(d):
        found.append(f(*[_moved(a, d) for a in args], **options))
        return d * 1.0

    fr.linearize(run, 0.0)
    return found[0]


def _own(f, args, options):
    """The library's result, or None where it does not take the arguments."""
    try:
        return (f(*[a.copy() if isinstance(a, np.ndarray) else a for a in args], **options),)
    except Exception:
        return None


def _followed_calls(f, count=4):
    found = []
    for args in ARGUMENTS:
        if _own(f, args, {}) is None:
            continue
        try:
            _traced(f, args, {})
        except Exception:  # other tests are about calls without keywords
            continue
        found.append(args)
        if len(found) == count:
            break
    return found


def _parameters(f):
    try:
        return list(inspect.signature(f).parameters.values())
    except ValueError:
        return []


def _misread(f):
    """The keywords of a function that give another value than the library's, or an error that does not name them; how many were tried."""
    wrong, tried, parameters = [], 0, _parameters(f)
    names = [p.name for p in parameters]
    calls = _followed_calls(f) if parameters else []
    for p in parameters:
        if p.default is p.empty or p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD, p.POSITIONAL_ONLY):
            continue
        for value in VALUES.get(p.name, OTHERS):
            for args in calls:
                right = _own(f, args, {p.name: value}) if p.name not in names[: len(args)] else None
                if right is None:
                    continue
                tried += 1
                try:
                    found = _traced(f, args, {p.name: value})
                except fr.FrechetError:
                    continue
                except Exception as error:
                    wrong.append(f"{p.name}={value!r}: {type(error).__name__}: {error}")
                    continue
                if not _agree(f, found, right[0]):
                    wrong.append(f"{p.name}={value!r}: {found} instead of {right[0]}")
    return wrong, tried


@pytest.mark.parametrize("name", sorted(FOLLOWED))
def test_every_keyword_is_honoured_or_refused(name):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        wrong, _ = _misread(FOLLOWED[name])
    assert not wrong, "\n".join(wrong)


def test_enough_keywords_are_tried():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert (
            sum(_misread(FOLLOWED[n])[1] for n in ("numpy.sum", "numpy.linalg.svd", "scipy.linalg._basic.solve")) > 40
        )


REFUSED = {
    "scipy.linalg.eigvals with b": lambda A: sla.eigvals(A, B).real.sum(),
    "np.linalg.lstsq": lambda A: np.linalg.lstsq(A, b, rcond=0.9)[0].sum(),
    "scipy.linalg.pinv": lambda A: sla.pinv(A, atol=4.0).sum(),
    "scipy.linalg.inv with assume_a": lambda A: sla.inv(A, assume_a="lower triangular").sum(),
    "np.choose with mode": lambda A: np.choose([3], [A[0], A[1]], mode="wrap").sum(),
    "np.stack with dtype": lambda A: np.stack([A, A], dtype=np.float32).sum(),
    "np.vectorize": lambda A: np.vectorize(lambda v: 0 if v > 4 else v)(A).sum(),
    "np.full_like": lambda A: np.full_like(np.arange(3), A[0, 0] * 5).sum() * 1.0,
    "np.einsum with dtype": lambda A: np.einsum("ij->", A, dtype=int) * 1.0,
    "np.ndarray.clip with where": lambda A: A.clip(1, 2, where=A > 0).sum(),
    "np.pad": lambda A: np.pad(A, 1, mode="reflect", reflect_type="odd").sum(),
    "whole numbers": lambda A: A.sum(dtype=int) * 1.0,
    "a banded matrix": lambda A: sla.solve(A, b, assume_a="banded").sum(),
}


@pytest.mark.parametrize("name", list(REFUSED))
def test_what_is_not_read_is_refused(name):
    with pytest.raises(fr.FrechetError):
        fr.value_and_gradient(REFUSED[name])(A)


@pytest.mark.parametrize("kind", ["lower triangular", "upper triangular", "diagonal", "pos", "sym", "gen"])
@pytest.mark.parametrize("lower", [True, False])
def test_what_solve_takes_a_matrix_for(kind, lower):
    M = A + 3 * np.eye(3)
    assert fr.check_gradient(lambda M: np.sum(sla.solve(M, b, lower=lower, assume_a=kind) ** 2), M)
