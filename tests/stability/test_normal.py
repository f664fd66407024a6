"""The functions behind the tails of the normal distribution, to the last digits, and their numbers alike in every language."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import mpmath
import numpy as np
import pytest

from frechet.compile import dialects
from frechet.compile.natives import entrywise
from frechet.kernels import normal

POINTS = [-20.0, -5.0, -1.0, -1e-3, 0.0, 1e-3, 0.3, 0.999, 1.0, 1.7, 3.0, 6.5, 26.0, 40.0, 1e3, 1e8]
FUNCTIONS = {
    "hazard": lambda x: mpmath.exp(-(x**2)) / mpmath.erfc(x),
    "hazardgap": lambda x: mpmath.exp(-(x**2)) / mpmath.erfc(x) - mpmath.sqrt(mpmath.pi) * x,
    "logerfc": lambda x: mpmath.log(mpmath.erfc(x)),
    "loghalferfc": lambda x: mpmath.log(mpmath.erfc(x) / 2),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_all_digits(name):
    """The error is that of rounding, in the value or in x: 10 eps times the condition, at least 1."""
    for x in POINTS:
        with mpmath.workdps(60 + int(x * x) if abs(x) < 100 else 60):
            exact = FUNCTIONS[name] if abs(x) < 100 else ASYMPTOTIC[name]
            h = mpmath.mpf(10) ** -20 * (1 + abs(x))
            value = exact(mpmath.mpf(x))
            slope = (exact(x + h) - exact(x - h)) / (2 * h)
            error = abs(mpmath.mpf(float(getattr(normal, name)(np.float64(x)))) - value)
            assert error <= 10 * np.finfo(float).eps * max(abs(value), abs(x * slope)), (x, float(error / abs(value)))


def _series(x):
    """sqrt(pi)*x*exp(x^2)*erfc(x) far on the right (Abramowitz and Stegun 7.1.23)."""
    return sum((-1) ** k * mpmath.fac2(2 * k - 1) / (2 * x * x) ** k for k in range(8))


ASYMPTOTIC = {
    "hazard": lambda x: mpmath.sqrt(mpmath.pi) * x / _series(x),
    "hazardgap": lambda x: mpmath.sqrt(mpmath.pi) * x * (1 / _series(x) - 1),
    "logerfc": lambda x: -(x**2) + mpmath.log(_series(x) / (mpmath.sqrt(mpmath.pi) * x)),
    "loghalferfc": lambda x: -(x**2) + mpmath.log(_series(x) / (2 * mpmath.sqrt(mpmath.pi) * x)),
}


def test_the_polynomial_is_one():
    """JAX and PyTorch, Julia and MATLAB carry the numbers that evaluation uses."""
    folder = Path(dialects.__file__).parent / "functions"
    texts = [inspect.getsource(entrywise), *[(folder / f"entrywise.{end}").read_text() for end in ("jl", "m")]]
    for text in texts:
        numbers = [float(found) for found in re.findall(r"\d+\.\d+", text)]
        for coefficients in (normal.GAP_ABOVE, normal.GAP_BELOW):
            places = [i for i, value in enumerate(numbers) if value == coefficients[0]]
            assert [tuple(numbers[i : i + len(coefficients)]) for i in places] == [coefficients]
