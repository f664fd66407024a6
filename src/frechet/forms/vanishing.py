"""Is an expression zero? Evaluated at random points with many digits; nothing is simplified.

Functions without a formula, f(x, y), are replaced by random polynomials, with their derivatives. What is zero is rounding,
which more digits make smaller; what is not zero stays where it is: the values with 30 and with 60 digits differ, or agree.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from typing import Any

import mpmath
import sympy as sp
from sympy.core.function import AppliedUndef

from frechet.budgets import tick
from frechet.errors import EvaluationError

__all__ = ["numbers_at", "vanishes"]

_DIGITS = (30, 60)
_POINTS, _TRIES = 3, 40


def vanishes(expressions: Iterable[Any], seed: int = 0) -> bool:
    """Whether all of them are zero, at three random points. EvaluationError where no point gives a value."""
    return all(_is_zero(e, seed) for e in expressions)


def _is_zero(e: Any, seed: int) -> bool:
    e = sp.sympify(e)
    if e.is_number and not e.has(sp.Function, sp.Pow):
        return e == 0
    rng = random.Random(seed)
    seen = 0
    for _ in range(_TRIES):
        found = numbers_at([_with_functions(e, rng)], rng, _DIGITS)
        if found is None:
            continue
        (few,), (many,) = found
        if abs(few - many) <= abs(many) / 1000 and many != 0:
            return False
        seen += 1
        if seen == _POINTS:
            return True
    raise EvaluationError(f"whether {_short(e)} is zero cannot be decided: it has no value at {_TRIES} random points")


def _short(e: Any) -> str:
    text = str(e)
    return text if len(text) < 60 else text[:57] + "..."


def _with_functions(e: Any, rng: random.Random) -> Any:
    """A random polynomial in place of each undefined function."""
    names = {f.func: len(f.args) for f in e.atoms(AppliedUndef)}
    for f, arity in names.items():
        coefficients = [_draw(rng) for _ in range(3 * arity + 2)]
        e = e.replace(f, lambda *x, c=coefficients: _polynomial(x, c))
    return e.doit() if names or e.has(sp.Derivative, sp.Subs) else e


def _polynomial(x: Sequence[Any], c: Sequence[Any]) -> Any:
    """Of degree four in all, so that second derivatives of every kind are there."""
    linear = sum((ci * xi for ci, xi in zip(c[2:], x, strict=False)), c[0])
    other = sum((ci * xi for ci, xi in zip(c[2 + len(x) :], x, strict=False)), c[1])
    return linear**2 * other + sum(ci * xi**4 for ci, xi in zip(c[2 + 2 * len(x) :], x, strict=False))


def _draw(rng: random.Random) -> Any:
    return sp.Rational(rng.randint(20, 150), 97) * rng.choice((1, -1))


def numbers_at(terms: Sequence[Any], rng: random.Random, digits: Sequence[int] = (40,)) -> list[list[Any]] | None:
    """The values of the terms at one random point, numbers of mpmath, once with each number of digits; None where one
    of them has none there.
    """
    tick()
    symbols = sorted(set().union(*(t.free_symbols for t in terms)), key=str)
    point = [abs(_draw(rng)) if s.is_positive else _draw(rng) for s in symbols]
    f = sp.lambdify(symbols, list(terms), modules="mpmath", cse=True)
    found = []
    for count in digits:
        with mpmath.workdps(count):
            try:
                values = [mpmath.mpmathify(v) for v in f(*[mpmath.mpf(p.p) / p.q for p in point])]
            except (ZeroDivisionError, ValueError, OverflowError):
                return None
            if not all(mpmath.isfinite(v) for v in values):
                return None
            found.append(values)
    return found
