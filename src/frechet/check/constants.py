"""Constants that a claim has rounded: 0.333333 for 1/3, 3.14159 for pi.

A claim with a rounded constant is right to the digits that it gives, if it is right with the constant itself and the
digits are those of its rounding; 0.333334 is none of 1/3.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice, product

from frechet.language.tokens import tokenise

__all__ = ["Restored", "restored"]

_DIGITS = 2  # significant digits, from which on a decimal may be a rounded constant
_DENOMINATORS = (3, 7, 9, 12, 20, 50, 100, 200)
_MOST = 16  # texts that are tried
_KNOWN: tuple[tuple[str, float], ...] = (
    ("pi", math.pi),
    ("(1/pi)", 1 / math.pi),
    ("sqrt(pi)", math.sqrt(math.pi)),
    ("(1/sqrt(pi))", 1 / math.sqrt(math.pi)),
    ("sqrt(2)", math.sqrt(2)),
    ("sqrt(3)", math.sqrt(3)),
    ("sqrt(5)", math.sqrt(5)),
    ("sqrt(2*pi)", math.sqrt(2 * math.pi)),
    ("(1/sqrt(2*pi))", 1 / math.sqrt(2 * math.pi)),
    ("log(2)", math.log(2)),
    ("log(10)", math.log(10)),
    ("(1/log(2))", 1 / math.log(2)),
    ("(1/log(10))", 1 / math.log(10)),
    ("log(2*pi)", math.log(2 * math.pi)),
    ("exp(1)", math.e),
)
_FACTORS = tuple(Fraction(p, q) for p, q in [(1, 1), (2, 1), (1, 2), (4, 1), (1, 4), (3, 1), (1, 3), (8, 1), (1, 8)])


@dataclass(frozen=True)
class Restored:
    """A claim with its constants in place of their roundings, and what is to be said about it."""

    text: str
    note: str


def restored(text: str) -> Iterator[Restored]:
    """The readings of the text in which decimals stand for the constants that they round to, the simplest first."""
    tokens = [t for t in tokenise(text) if t.kind == "number"]
    choices = []
    for t in tokens:
        found = list(_constants(text[t.start : t.end]))
        if found:
            choices.append([(t, c) for c in found])
    if not choices:
        return
    for chosen in islice(product(*choices), _MOST):
        parts, end = [], 0
        for t, constant in chosen:
            parts += [text[end : t.start], f"({constant})"]
            end = t.end
        words = [f"{_significant(text[t.start : t.end])} digits of {text[t.start : t.end]} for {c}" for t, c in chosen]
        yield Restored("".join([*parts, text[end:]]), "right to " + ", ".join(words))


def _significant(literal: str) -> int:
    mantissa = literal.lower().split("e")[0].replace(".", "")
    return len(mantissa.lstrip("0"))


def _constants(literal: str) -> Iterator[str]:
    """The fractions and known constants whose rounding the literal is."""
    if "." not in literal or _significant(literal) < _DIGITS:
        return
    value = Fraction(literal)
    mantissa, _, exponent = literal.lower().partition("e")
    unit = Fraction(10) ** (int(exponent or 0) - len(mantissa.split(".")[1]))
    seen: set[Fraction] = set()
    for bound in _DENOMINATORS:
        near = value.limit_denominator(bound)
        if near != value and near not in seen and abs(near - value) * 2 <= unit:
            seen.add(near)
            yield str(near)
    for name, constant in _KNOWN:
        for factor in _FACTORS:
            if abs(float(factor) * constant - float(value)) * 2 <= float(unit):
                yield name if factor == 1 else f"{factor}*{name}"
