"""Products of powers while they are multiplied: irreducible factors with their exponents."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import sympy as sp

from frechet.expr.sizes import Size
from frechet.forms.letters import irrational_parts

__all__ = ["Collected", "plus", "split"]


@dataclass
class Collected:
    """Exponents of what has been multiplied so far."""

    numbers: dict[Any, Any] = field(default_factory=dict)
    scalars: dict[Any, Any] = field(default_factory=dict)
    single: dict[tuple[Size, Any], Any] = field(default_factory=dict)
    pair: dict[tuple[Size, Any], Any] = field(default_factory=dict)
    cross: dict[tuple[Size, Size, Any], Any] = field(default_factory=dict)
    sums: list[tuple[Any, Any]] = field(default_factory=list)


def plus(to: dict[Any, Any], key: Any, exponent: Any) -> None:
    """Adds to an exponent."""
    to[key] = sp.expand(to.get(key, 0) + exponent)


def split(weight: Any) -> tuple[dict[Any, Any], dict[Any, Any]]:
    """(exponents of integers, exponents of irreducible factors) of a weight, signs left out."""
    numbers: dict[Any, Any] = {}
    factors: dict[Any, Any] = {}
    for part, sign in zip(sp.fraction(sp.together(weight)), (1, -1), strict=True):
        for base, exponent in _factors(part):
            if base.is_Rational:
                plus(numbers, abs(sp.Integer(base.p)), sign * exponent)
                plus(numbers, abs(sp.Integer(base.q)), -sign * exponent)
            else:
                plus(factors, base, sign * exponent)
    numbers.pop(sp.Integer(1), None)
    return numbers, {b: e for b, e in factors.items() if e != 0}


def _factors(part: Any) -> Iterable[tuple[Any, Any]]:
    if part.is_number and not part.is_Rational:
        return [(part, sp.Integer(1))]
    # to SymPy's factorization, values such as exp(x) and x^a are generators
    named = {atom: sp.Dummy() for atom in irrational_parts(sp.expand(part))}
    back = {d: atom for atom, d in named.items()}
    constant, found = sp.factor_list(sp.expand(part).subs(named))
    found = [(base.subs(back), exponent) for base, exponent in found]
    collected = [(constant, sp.Integer(1))]
    for base, exponent in found:
        if base.is_Pow and base.exp.is_Rational:
            base, exponent = base.base, base.exp * exponent
        elif isinstance(base, sp.exp) and base.args[0].as_coeff_Mul()[0].is_Integer:  # exp(2*x) is exp(x)^2
            times, x = base.args[0].as_coeff_Mul()
            base, exponent = sp.exp(x), times * exponent
        collected.append((-base if base.could_extract_minus_sign() else base, exponent))
    return collected
