"""The derivative of each scalar function, in terms of dual scalars: `slope(o, u, y)` at the argument u, y = f(u)."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

__all__ = ["SLOPES"]


def _one_plus(o: Any, factor: int, A: Any) -> Any:
    """1 + factor*A."""
    return o.plus(o.filled(A.rows, A.cols, 1), o.scaled(factor, A))


def _one_minus_square(o: Any, u: Any, y: Any) -> Any:
    return _one_plus(o, -1, o.times(y, y))


def _root_of_one_minus_square(o: Any, u: Any) -> Any:
    return o.inverses(o.function("sqrt", _one_plus(o, -1, o.times(u, u))))


def _erf_slope(o: Any, u: Any, y: Any) -> Any:
    bell = o.function("exp", o.scaled(-1, o.times(u, u)))
    return o.times(o.scaled(2, o.inverses(o.function("sqrt", o.pi()))), bell)


def _normal_density(o: Any, u: Any, y: Any) -> Any:
    bell = o.function("exp", o.scaled(Fraction(-1, 2), o.times(u, u)))
    return o.times(o.inverses(o.function("sqrt", o.scaled(2, o.pi()))), bell)


SLOPES: dict[str, Callable[[Any, Any, Any], Any]] = {
    "sign": lambda o, u, y: o.filled(u.rows, u.cols, 0),
    "sqrt": lambda o, u, y: o.scaled(Fraction(1, 2), o.inverses(y)),
    "exp": lambda o, u, y: y,
    "log": lambda o, u, y: o.inverses(u),
    "logabs": lambda o, u, y: o.inverses(u),
    "log1p": lambda o, u, y: o.inverses(_one_plus(o, 1, u)),
    "sin": lambda o, u, y: o.function("cos", u),
    "cos": lambda o, u, y: o.scaled(-1, o.function("sin", u)),
    "tan": lambda o, u, y: _one_plus(o, 1, o.times(y, y)),
    "arcsin": lambda o, u, y: _root_of_one_minus_square(o, u),
    "arccos": lambda o, u, y: o.scaled(-1, _root_of_one_minus_square(o, u)),
    "arctan": lambda o, u, y: o.inverses(_one_plus(o, 1, o.times(u, u))),
    "arcsinh": lambda o, u, y: o.inverses(o.function("sqrt", _one_plus(o, 1, o.times(u, u)))),
    "arccosh": lambda o, u, y: o.inverses(
        o.times(o.function("sqrt", _one_plus(o, 1, u)), o.function("sqrt", o.plus(u, o.filled(u.rows, u.cols, -1))))
    ),
    "arctanh": lambda o, u, y: o.inverses(_one_plus(o, -1, o.times(u, u))),
    "sinh": lambda o, u, y: o.function("cosh", u),
    "cosh": lambda o, u, y: o.function("sinh", u),
    "tanh": _one_minus_square,
    "sigmoid": lambda o, u, y: o.times(y, _one_plus(o, -1, y)),
    "softplus": lambda o, u, y: o.function("sigmoid", u),
    "erf": _erf_slope,
    "normcdf": _normal_density,
    "erfc": lambda o, u, y: o.scaled(-1, _erf_slope(o, u, y)),
}
"""Source: Abramowitz and Stegun, Handbook of Mathematical Functions (1964), ch. 4 and 7."""
