"""Code that tries to make a derivative wrong: each function is right, or refused by name; none is silently wrong."""

from __future__ import annotations

import re
import warnings

import numpy as np
import pytest

import frechet as fr
from frechet.errors import FrechetError
from tests.tracing import hostile_arrays, hostile_calls, hostile_code, hostile_programs  # noqa: F401  they register cases
from tests.tracing.registry import CASES

REFUSED = {
    "initsub": "float(...)",
    "quadin": "quad",
    "optin": "minimize",
    "rootin": "root_scalar",
    "odein": "solve_ivp",
    "hist": "histogram",
    "tryexc2": "float(...)",
    "tryexc3": "item()",
    "fstr": "float(text) reads a number back from text af",
    "strr": "float(text) reads a number back from text af",
    "fromstr": "float(text) reads a number back from text af",
    "tobytes": "tobytes()",
    "roundb": "round(...)",
    "fraction_": "AttributeError: 'Traced' arrays have no attr",
    "decimal_": "TypeError: conversion from Traced to Decimal",
    "struct_": "float(...)",
    "json_": "TypeError: Object of type float64 is not JSO",
    "arraymod": "float(...)",
    "objarr2": "an array of dtype object would hold traced v",
    "structured": "writes a traced value into an array that is not traced",
    "recarr": "fromarrays",
    "masked": "a masked array",
    "matrixcls": "view",
    "asmat": "asmatrix",
    "nditer": "a conversion to a NumPy array",
    "viewdt": "view",
    "memv": "TypeError: memoryview: a bytes-like object i",
    "base_": "base",
    "setfl": "setflags",
    "ntup2": "a conversion to a NumPy array",
    "enum_": "float(...)",
    "indict": "float(...)",
    "importlib_": "float(...)",
    "ndsum": "TypeError: descriptor 'sum' for 'numpy.ndarr",
    "lse": "scipy.special.logsumexp with return_sign",
    "schur": "schur",
    "orth": "orth",
    "resizem": "resize",
    "choosem": "a conversion to a NumPy array",
    "newbyte": "tolist()",
    "toll": "tolist()",
    "roundd": "np.round has the derivative 0 almost everywh",
    "printx": "float(...)",
}
"""What is not known on traced arrays, with words of the message."""


def _differences(f, x, h=1e-6):
    found = np.zeros(np.shape(x))
    for k in np.ndindex(*np.shape(x)):
        ahead, behind = np.array(x, dtype=float), np.array(x, dtype=float)
        ahead[k] += h
        behind[k] -= h
        found[k] = (f(ahead) - f(behind)) / (2 * h)
    return found


@pytest.mark.parametrize(("f", "x"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_right_or_refused_by_name(f, x):
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        value = f(np.array(x))
        expected = _differences(f, x)
        if f.__name__ in REFUSED:
            with pytest.raises(FrechetError, match=re.escape(REFUSED[f.__name__])):
                fr.gradient(f)(x)
            return
        found, gradient = fr.value_and_gradient(f)(x)
    assert np.allclose(found, value, rtol=1e-9, atol=1e-9)
    assert np.allclose(gradient, expected, rtol=2e-5, atol=2e-5 * max(1, np.max(np.abs(expected), initial=0)))
