"""Constants with missing values (NaN) that a function leaves out reach no derivative; what has no derivative is named."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import frechet as fr

NAN = np.nan
X = np.array([1.0, 2.0, 3.0])
C = np.array([1.0, NAN, 2.0])
TABLE = np.array([[1.0, NAN, 2.0], [5.0, 1.0, 1.0], [NAN, 2.0, NAN]])

CASES = {
    "nansum of a product": lambda x: np.nansum(C * x),
    "nansum of squares": lambda x: np.nansum((x - C) ** 2),
    "nansum of a quotient": lambda x: np.nansum(x / C),
    "nanmean along an axis": lambda x: np.sum(np.nanmean((x - TABLE) ** 2, axis=1)),
    "nanmax": lambda x: np.nanmax(C * x),
    "nanmin": lambda x: np.nanmin(C * x),
    "nanstd": lambda x: np.nanstd(C * x),
    "nanvar": lambda x: np.nanvar(C * x),
    "nanprod": lambda x: np.nanprod(C * x),
    "nancumsum": lambda x: np.sum(np.nancumsum(C * x) ** 2),
    "nancumprod": lambda x: np.sum(np.nancumprod(C * x) ** 2),
    "nanmedian": lambda x: np.nanmedian(TABLE * x),
    "nanmedian along an axis": lambda x: np.sum(np.nanmedian(TABLE * x, axis=1) ** 2),
    "nanquantile": lambda x: np.nanquantile(TABLE * x, 0.3),
    "nanpercentile": lambda x: np.nanpercentile(TABLE * x, 30, axis=0) @ x,
    "nan_to_num": lambda x: np.sum(np.nan_to_num(C * x) ** 2),
    "np.where": lambda x: np.sum(np.where(np.isnan(C), 0, C * x)),
    "a mask": lambda x: np.sum((C * x)[~np.isnan(C)] ** 2),
    "where=": lambda x: np.mean((C * x) ** 2, where=~np.isnan(C)),
    "np.fmax": lambda x: np.sum(np.fmax(C * x, 0.5)),
    "rows of a matrix": lambda x: np.nansum((TABLE @ x - 1.0) ** 2) + np.nansum((TABLE[1:2] @ x) ** 2),
    "einsum": lambda x: np.nansum(np.einsum("ij,j->i", TABLE, x) ** 3),
    "in a loop": lambda x: sum(c * v**2 for c, v in zip(C, x, strict=True) if not np.isnan(c)),
    "infinite weights": lambda x: np.sum(np.where(X > 1.5, x / np.where(X > 1.5, X, 0.0), 0.0)),
}


@pytest.mark.parametrize("case", CASES)
def test_values_that_are_left_out(case):
    f = CASES[case]
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        assert np.isfinite(f(X))
        differences = [(f(X + 1e-6 * e) - f(X - 1e-6 * e)) / 2e-6 for e in np.eye(3)]
        assert np.allclose(fr.gradient(f)(X), differences, rtol=1e-7, atol=1e-7)
        gradient = fr.gradient(f)
        first = gradient(X)
        assert all(np.array_equal(gradient(X), first) for _ in range(2))  # by the compiled sweep too
        v = np.array([0.4, -1.0, 2.0])
        assert np.isclose(fr.jvp(f)(X, v)[1], first @ v, rtol=1e-12)
        H = fr.hessian(f)(X)
        assert np.allclose(H @ v, (gradient(X + 1e-5 * v) - gradient(X - 1e-5 * v)) / 2e-5, rtol=1e-6, atol=1e-6)


def test_a_jacobian_with_missing_values():
    J = fr.jacobian(lambda x: np.nan_to_num(TABLE * x))(X)
    expected = np.einsum("ij,jk->ijk", np.nan_to_num(TABLE), np.eye(3))
    assert np.array_equal(J, expected)


def test_what_counts_stays_nan():
    with np.errstate(all="ignore"):
        assert np.isnan(fr.gradient(lambda x: np.sum(C * x))(X)).tolist() == [False, True, False]


@pytest.mark.parametrize(
    ("f", "named"),
    [
        (lambda x: np.sum(np.sqrt(np.abs(x))), "sqrt at 0"),
        (lambda x: np.sum(x**2) ** 0.25, "power_of at 0"),
        (lambda x: np.sum(np.arccos(1 - x**2)), "arccos at 1"),
    ],
    ids=["root", "power", "arccos"],
)
def test_what_has_no_derivative_is_named(f, named):
    with np.errstate(all="ignore"), pytest.warns(RuntimeWarning, match=f"there is no derivative of {named}"):
        fr.gradient(f)(np.zeros(2))


LARGE = {
    "a square of 1e200": (lambda z: np.sum(np.abs(1e-150 * z) ** 2) * 1e150, np.array([1e200 + 1e200j, 1.0])),
    "slopes of both signs at 1e300": (lambda x: np.sum(np.array([1e300, -1e300]) * x), np.array([1.0, 2.0])),
}


@pytest.mark.parametrize("case", LARGE)
def test_large_gradients_are_numbers(case):
    f, x = LARGE[case]
    gradient = fr.gradient(f)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # no warning of NaN
        found = [gradient(x) for _ in range(3)]
    t = 1e-6 * np.abs(x[0])
    slope = (f(x + t * np.eye(2)[0]) - f(x - t * np.eye(2)[0])) / (2 * t)
    assert all(np.isclose(np.real(g[0]), slope, rtol=1e-6) for g in found)
