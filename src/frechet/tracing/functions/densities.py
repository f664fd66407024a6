"""Distributions of scipy.stats by SciPy's own formulas: their densities, distribution functions and quantiles as copies.

    logpdf(x) = _logpdf((x - loc)/scale) - log(scale) within the support,     ppf(q) = loc + scale*_ppf(q)

A distribution that has no formula for what is asked (SciPy integrates, differences or searches for it then) is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from frechet.tracing.array import UNKNOWN, concrete
from frechet.tracing.functions.ufuncs import array
from frechet.tracing.refusing import lost

__all__ = ["arguments_of", "of_any"]

_GENERIC = ("rv_generic", "rv_continuous", "rv_discrete")
_LOGARITHMS = {"pdf", "pmf", "cdf", "sf"}
_QUANTILES = {"ppf", "isf"}


def of_any(own: Any, method: str) -> Callable[..., Any] | None:
    """What a method of a distribution means on traced values; None for methods that are no function of a distribution."""
    base = method.removeprefix("log")
    if base not in _LOGARITHMS and method not in _QUANTILES:
        return None
    if not hasattr(own, "_argcheck"):
        return None
    if method in _QUANTILES:
        formula = _formula(own, f"_{method}")
        return None if formula is None else _quantile(own, formula)
    own_log, plain = _formula(own, f"_log{base}"), _formula(own, f"_{base}")
    if own_log is None and plain is None:
        return None
    if method == base:
        return _within(own, plain or (lambda *y: np.exp(own_log(*y))), base, is_log=False)  # type: ignore[misc]
    return _within(own, own_log or (lambda *y: np.log(plain(*y))), base, is_log=True)  # type: ignore[misc]


def _formula(own: Any, name: str) -> Callable[..., Any] | None:
    """A method of the distribution's own, as a copy; None where it is the one that works for all of them."""
    for kind in type(own).__mro__:
        if name in vars(kind):
            if kind.__name__ in _GENERIC:
                return None
            copy = UNKNOWN[0](vars(kind)[name])
            return lambda *args: copy(own, *args)
    return None


def arguments_of(name: str, names: Sequence[str], args: tuple, options: dict[str, Any]) -> tuple[list[Any], Any, Any]:
    """Shapes, location and scale of a distribution, which may be given by position or by name."""
    shapes, rest = [array(a) for a in args[: len(names)]], list(args[len(names) :])
    shapes += [array(options.pop(n)) for n in names[len(shapes) :]]
    loc = rest.pop(0) if rest else options.pop("loc", 0.0)
    scale = rest.pop(0) if rest else options.pop("scale", 1.0)
    if rest or options:
        raise TypeError(f"scipy.stats.{name} does not take {rest or ', '.join(options)}")
    return shapes, array(loc), array(scale)


def _parts(own: Any, args: tuple, options: dict[str, Any]) -> tuple[list[Any], Any, Any]:
    """The arguments, within the domain of the parameters."""
    names = [n.strip() for n in own.shapes.split(",")] if own.shapes else []
    shapes, loc, scale = arguments_of(own.name, names, args, options)
    if not np.all(own._argcheck(*[concrete(s) for s in shapes])) or np.any(concrete(scale) <= 0):
        raise lost(f"scipy.stats.{own.name}", "with parameters outside their domain has no derivative")
    return shapes, loc, scale


def _within(own: Any, formula: Callable[..., Any], base: str, is_log: bool) -> Callable[..., Any]:
    def called(x: Any, *args: Any, **options: Any) -> Any:
        shapes, loc, scale = _parts(own, args, options)
        y = (array(x) - loc) / scale
        numbers = np.asarray(concrete(y))
        low, high = own._get_support(*[concrete(s) for s in shapes])
        there = (numbers >= low) & (numbers <= high)
        if np.all(there):
            return _scaled(formula(y, *shapes), scale, base, is_log)
        inside = numbers[there]
        safe = np.where(there, y, inside[0] if inside.size else 0.5 * (low + high))
        below = 0.0 if base != "sf" else 1.0
        above = 1.0 if base == "cdf" else 0.0
        with np.errstate(divide="ignore"):
            ends = np.log([below, above]) if is_log else np.array([below, above])
        if not inside.size:
            return np.where(numbers < low, *ends) + 0.0 * numbers
        found = _scaled(formula(safe, *shapes), scale, base, is_log)
        return np.where(there, found, np.where(numbers < low, *ends))

    return called


def _scaled(found: Any, scale: Any, base: str, is_log: bool) -> Any:
    if base != "pdf":
        return found
    return found - np.log(scale) if is_log else found / scale


def _quantile(own: Any, formula: Callable[..., Any]) -> Callable[..., Any]:
    def called(q: Any, *args: Any, **options: Any) -> Any:
        shapes, loc, scale = _parts(own, args, options)
        if hasattr(own, "_logpmf"):
            raise lost(f"scipy.stats.{own.name}.ppf", "jumps")
        numbers = np.asarray(concrete(array(q)))
        if np.any((numbers <= 0) | (numbers >= 1)):
            raise lost(f"scipy.stats.{own.name}", "has quantiles between 0 and 1 only")
        return formula(array(q), *shapes) * scale + loc

    return called
