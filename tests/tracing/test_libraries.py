"""Parts of SciPy in traced code: what is followed, and what to write instead of what is not."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.integrate
import scipy.interpolate
import scipy.linalg
import scipy.ndimage
import scipy.optimize
import scipy.signal
import scipy.spatial
import scipy.stats

import frechet as fr

X = np.array([0.5, 1.2, 2.0, 0.3, 1.7])
WEIGHTS = np.array([1.0, 0.5, 2.0, 0.3, 1.5])
SQUARE = np.outer(X, X) + 2 * np.eye(5)

FOLLOWED = {
    "trapezoid": lambda x: scipy.integrate.trapezoid(x**2, dx=0.5) + scipy.integrate.trapezoid(x, np.cumsum(x)),
    "simpson": lambda x: scipy.integrate.simpson(x**2, dx=0.5),
    "cumulative_trapezoid": lambda x: np.sum(scipy.integrate.cumulative_trapezoid(x**2, dx=0.5, initial=0) ** 2),
    "romb": lambda x: scipy.integrate.romb(x**3),
    "lfilter": lambda x: np.sum(scipy.signal.lfilter([1.0, 0.5], [1.0, -0.2], x) ** 2),
    "savgol_filter": lambda x: np.sum(scipy.signal.savgol_filter(x, 3, 1) ** 2),
    "detrend": lambda x: np.sum(scipy.signal.detrend(x) ** 4),
    "gaussian_filter": lambda x: np.sum(scipy.ndimage.gaussian_filter(np.outer(x, x), 1.0) ** 2),
    "convolve": lambda x: np.sum(scipy.signal.convolve(x, x[:3], "same") ** 2 + scipy.signal.fftconvolve(x, x[:3])[:5]),
    "cdist": lambda x: np.sum(scipy.spatial.distance.cdist(np.outer(x, x)[:, :2], np.ones((2, 2)))),
    "means with weights": lambda x: scipy.stats.gmean(x, weights=WEIGHTS) * scipy.stats.hmean(x, weights=WEIGHTS),
    "distances with weights": lambda x: sum(
        getattr(scipy.spatial.distance, name)(x, x[::-1] ** 2, w=WEIGHTS)
        for name in ("euclidean", "sqeuclidean", "cityblock", "chebyshev", "cosine")
    ),
    "pdist": lambda x: np.sum(scipy.spatial.distance.pdist(np.outer(x, x), "sqeuclidean")),
    "lu_solve": lambda x: np.sum(scipy.linalg.lu_solve(scipy.linalg.lu_factor(SQUARE * x[0]), x) ** 2),
    "lu_solve transposed": lambda x: np.sum(
        scipy.linalg.lu_solve(scipy.linalg.lu_factor(SQUARE + 1 / np.add.outer(x, 2 * x)), x, trans=1) ** 2
    ),
}


@pytest.mark.parametrize("case", FOLLOWED)
def test_functions_that_are_followed(case):
    f = FOLLOWED[case]
    assert np.isclose(fr.value_and_gradient(f)(X)[0], f(X), rtol=1e-12)
    assert fr.check_gradient(f, X)
    assert fr.check_gradient(lambda x: fr.gradient(f)(x) @ np.cos(X), X)


ADVICE = {
    "solve_ivp": (
        lambda x: scipy.integrate.solve_ivp(lambda t, y: -x[0] * y, (0, 1), [1.0]).y[0, -1],
        "scipy.integrate.solve_ivp",
        "fr.odeint",
    ),
    "solve_ivp by the start": (
        lambda x: scipy.integrate.solve_ivp(lambda t, y: -y, (0, 1), x).y[0, -1],
        "scipy.integrate.solve_ivp",
        "fr.odeint",
    ),
    "quad": (lambda x: scipy.integrate.quad(lambda t: x[0] * t, 0, 1)[0], "scipy.integrate.quad", "leggauss"),
    "CubicSpline": (lambda x: scipy.interpolate.CubicSpline(x.cumsum(), x)(0.9), "scipy.interpolate.CubicSpline", "spline is linear"),
    "Pchip": (lambda x: scipy.interpolate.PchipInterpolator(range(5), x)(0.9), "scipy.interpolate.PchipInterpolator", "spline is linear"),
    "interp1d": (lambda x: scipy.interpolate.interp1d([0, 1, 2], x[:3], "nearest")(0.7), "scipy.interpolate.interp1d", "np.interp"),
    "minimize": (
        lambda x: scipy.optimize.minimize(lambda z: np.sum((z - x) ** 2), np.zeros(5)).x[0],
        "scipy.optimize.minimize",
        "fr.implicit.minimum",
    ),
    "fsolve": (lambda x: scipy.optimize.fsolve(lambda z: z**3 - x, np.ones(5))[0], "scipy.optimize.fsolve", "fr.implicit.root"),
    "root": (lambda x: scipy.optimize.root(lambda z: z**3 - x, np.ones(5)).x[0], "scipy.optimize.root", "fr.implicit.root"),
    "brentq": (lambda x: scipy.optimize.brentq(lambda z: z**3 - x[0], 0, 3), "scipy.optimize.brentq", "fr.implicit.root"),
    "least_squares": (
        lambda x: scipy.optimize.least_squares(lambda z: z - x, np.zeros(5)).x[0],
        "scipy.optimize.least_squares",
        "fr.implicit.least_squares",
    ),
    "null_space": (lambda x: scipy.linalg.null_space(np.outer(x, x)).sum(), "scipy.linalg.null_space", "a choice"),
}  # fmt: skip


@pytest.mark.parametrize("case", ADVICE)
def test_what_to_write_instead(case):
    f, name, words = ADVICE[case]
    with pytest.raises(fr.FrechetError) as caught:
        fr.gradient(f)(X)
    assert str(caught.value).startswith(f"{name} is ")
    assert "test_libraries.py, line" in str(caught.value)
    assert words in str(caught.value)


def test_what_is_not_affine_in_its_data_alone_is_refused():
    with pytest.raises(fr.FrechetError, match="is known where its data is traced"):
        fr.gradient(lambda x: np.sum(scipy.signal.filtfilt(x[:2], [1.0], x, padlen=1)))(X)


def test_a_decision_in_a_callback_names_the_users_line():
    def rhs(t, y):
        return [float(str(y[0].item()))]

    with pytest.raises(fr.FrechetError, match=r"item\(\)"):
        fr.gradient(lambda x: sum(rhs(0.0, x)))(X)


def test_a_derivation_is_shown_line_by_line():
    steps = fr.derivative("logdet(X'*X)", "X").steps
    assert repr(steps[0]).startswith("d(logdet(X'*X)) = tr(inv(X'*X)*d(X'*X))    [logdet")


def test_a_check_says_what_is_missing():
    f = lambda x: np.sum(x**2)
    with pytest.raises(fr.FrechetError, match=r"fr.check_gradient\(f, x\)"):
        fr.check(f)
    with pytest.raises(fr.FrechetError, match="checked at numbers"):
        fr.check(f, "x", "2*x")


def test_constants_in_a_graph_have_short_names():
    picture = fr.graph(lambda x, c: np.sum(np.array([3.0, 1.0]) * x) * np.sum(c), np.ones(2), np.ones(2))._repr_svg_()
    assert "v1 = k1*x" in picture
