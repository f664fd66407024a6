"""Every function that is known on traced arrays: value, both modes and second order, against NumPy and finite differences."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import special

from frechet import finite
from frechet.tracing.array import FUNCTIONS, METHODS, UFUNCS
from frechet.tracing.derivatives import gradient, hvp, linearize
from frechet.tracing.functions import observing
from frechet.tracing.functions.creating import CREATORS
from frechet.tracing.primitives.elementwise import ELEMENTWISE
from frechet.tracing.refusing import TracingError
from tests.tracing.calls import CALLS, METHOD_CALLS, UFUNC_CALLS, positive, unit
from tests.tracing.calls_of_samples import SAMPLE_CALLS, SAMPLE_METHODS, SAMPLE_UFUNCS

CALLS |= SAMPLE_CALLS
METHOD_CALLS |= SAMPLE_METHODS
UFUNC_CALLS |= {n: call for n, call in SAMPLE_UFUNCS.items() if "." in n or hasattr(np, n) or hasattr(special, n)}

_OF_NAMES = {name: getattr(np, name, getattr(special, name, None)) for name in ELEMENTWISE}
_SMOOTH = {
    name: (f, positive + 1.2 if name == "arccosh" else np.abs(unit))
    for name, f in _OF_NAMES.items()
    if isinstance(f, np.ufunc) and not ELEMENTWISE[name].constant
}
_ALL = [
    *[
        (f"{getattr(f, '__module__', 'ufunc')}.{f.__name__}-{k}", *call)
        for f, calls in CALLS.items()
        for k, call in enumerate(calls)
    ],
    *[(f"method {n}", *call) for n, call in METHOD_CALLS.items()],
    *[(f"ufunc {n}", *call) for n, call in {**_SMOOTH, **UFUNC_CALLS}.items()],
]
every_call = pytest.mark.parametrize(("f", "x"), [c[1:] for c in _ALL], ids=[c[0] for c in _ALL])


def _weighted(f):
    """f as a number: the sum of its entries with fixed weights."""

    def loss(x):
        y = f(x)
        return np.sum(y * np.cos(np.arange(np.size(y)).reshape(np.shape(y)) + 0.3))

    return loss


@every_call
def test_value(f, x):
    L = linearize(f, x)
    assert np.allclose(L.value, f(x), rtol=1e-12, atol=1e-13)


@every_call
def test_gradient_against_differences(f, x):
    loss = _weighted(f)
    expected = finite.gradient(loss, x)
    seen = np.isfinite(expected.value) & (expected.error < 1e-6)  # beside a jump there are no differences
    assert seen.any()
    bound = 1e-8 + 20 * np.max(expected.error[seen])
    assert np.allclose(gradient(loss)(x)[seen], expected.value[seen], rtol=1e-7, atol=bound)


@every_call
def test_both_modes_agree(f, x):
    L = linearize(_weighted(f), x)
    rng = np.random.default_rng(1)
    dx = rng.standard_normal(x.shape)
    assert np.isclose(L(dx), np.sum(L.T(1.0) * dx), rtol=1e-9, atol=1e-11)


@every_call
def test_second_order_against_differences_of_the_first(f, x):
    loss = _weighted(f)
    v = np.random.default_rng(2).standard_normal(x.shape)
    expected = finite.directional(gradient(loss), x, v)
    seen = np.isfinite(expected.value) & (expected.error < 1e-6)  # a gradient that jumps nearby has no differences
    assert seen.any()
    assert np.allclose(
        hvp(loss)(x, v)[seen], expected.value[seen], rtol=1e-6, atol=1e-7 + 20 * np.max(expected.error[seen])
    )


def test_every_function_has_a_call():
    looked_at = {f for f in FUNCTIONS if FUNCTIONS[f].__module__ == observing.__name__}
    aliases = {np.amax, np.amin, np.round, getattr(np, "around", np.round)}
    observed = {f for f in FUNCTIONS if getattr(f, "__name__", "") in ("isfinite", "isnan", "isinf", "isclose")}
    svdvals = {f for f in FUNCTIONS if getattr(f, "__name__", "") in ("svdvals", "_singular_values")}
    refused = {f for f in FUNCTIONS if getattr(f, "__name__", "") == "eig"}  # by name: see test_hostile
    missing = set(FUNCTIONS) - set(CALLS) - set(CREATORS) - looked_at - aliases - observed - svdvals - refused
    assert {getattr(f, "__name__", f) for f in missing} == set()


def test_every_method_has_a_call():
    looked_at = {n for n in METHODS if METHODS[n].__module__ == observing.__name__} - {"astype"}
    assert set(METHODS) - looked_at == set(METHOD_CALLS)


def test_every_smooth_ufunc_has_a_call():
    logical = {n for n, f in UFUNCS.items() if f.__qualname__.startswith(("_compared", "_observed"))}
    constant = {n for n, op in ELEMENTWISE.items() if op.constant}
    of_the_language = {n for n in ELEMENTWISE if not isinstance(_OF_NAMES[n], np.ufunc)}
    assert set(UFUNCS) - logical - constant - of_the_language <= set(UFUNC_CALLS) | set(_SMOOTH)


@pytest.mark.parametrize("f", [special.jv, special.gammainc], ids=["jv", "gammainc"])
def test_a_parameter_that_is_differentiated_by_is_refused_by_name(f):
    with pytest.raises(TracingError, match=rf"scipy.special.{f.__name__} has a derivative by its last argument only"):
        gradient(lambda a: f(a, 1.5))(2.0)
    with pytest.raises(TracingError, match=rf"scipy.special.{f.__name__} with an array of parameters"):
        gradient(lambda x: np.sum(f(np.array([1.0, 2.0]), x)))(1.5)
