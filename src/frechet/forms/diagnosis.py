"""What a wrong claim about a Jacobian is off by: a power of 2, of a determinant, of entries, by an exponent that may run.

The ratio of the claim to the right value is looked at as a function of the point: its logarithm is a combination of those of features, with
small rational coefficients.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import combinations
from typing import Any

import numpy as np
import sympy as sp

from frechet.errors import FrechetError
from frechet.forms.claim_text import ClaimText
from frechet.forms.entries import EntryFunction, PlacePowers
from frechet.forms.jacobians import Jacobian
from frechet.forms.products import Number
from frechet.forms.reading import coefficient
from frechet.forms.transformation import NumericPoint

__all__ = ["diagnosis", "factor_text"]

Array = np.ndarray
_CLOSE = 1e-6  # of a combination of features that explains what a claim is off by


def diagnosis(J: Jacobian, claim: Any, points: Sequence[NumericPoint], gaps: Array) -> list[str]:
    """What the claim is off by, and the right formula."""
    lines = _ratio_in_letters(J, claim)
    if not lines and np.isfinite(gaps).all():
        features = _features(J, points)
        for count in (1, 2, 3, 4):
            found = next((d for c in _combinations(features, count) if (d := _explained(c, gaps))), None)
            if found:
                lines.append(found)
                break
        else:
            k = int(np.argmax(np.abs(gaps)))
            lines.append(f"at {_at(J, points[k])} the claim is {factor_text(gaps[k])} times the right value")
    found_formula, _, _ = J._derived
    if found_formula is not None:
        lines.append(f"right is {found_formula}")
    return lines


def factor_text(gap: float) -> str:
    """A factor by its logarithm, in as many digits as tell it from 1."""
    return next(text for d in (6, 9, 12, 17) if (text := f"{np.exp(gap):.{d}g}") != "1" or d == 17)


def _ratio_in_letters(J: Jacobian, claim: Any) -> list[str]:
    """The ratio of the claim to the right value, where both are expressions in the same letters."""
    found = J._derived[0]
    terms = () if found is None else found.terms
    if not isinstance(claim, str) or len(terms) != 1 or not isinstance(terms[0], EntryFunction):
        return []
    right, letters = terms[0].base, {str(x): x for x, *_ in terms[0].places}
    try:
        given = coefficient(claim.replace("|", ""), letters)
    except FrechetError:
        return []
    ratio = sp.factor(sp.sympify(given) / right)
    ratio = -ratio if ratio.could_extract_minus_sign() else ratio
    if ratio.free_symbols - set(letters.values()) or ratio.count_ops() > 40:
        return []
    return [f"the claim is |{str(ratio).replace('**', '^')}| times the right value"]


def _combinations(features: Sequence[tuple[str, Array]], count: int) -> Iterator[tuple[tuple[str, Array], ...]]:
    """Pairs of any features; three and more of determinants, or of one exponent: l_ii^(2*i - n - 1)."""
    for chosen in combinations(features, count):
        names = {name.rpartition(":")[0] for name, _ in chosen}
        if count < 3 or len(names) == 1 or all(name.startswith("exponent of |") for name in names):
            yield chosen


def _at(J: Jacobian, point: NumericPoint) -> str:
    return ", ".join(f"{k}={v}" for k, v in point.letters.items() if k in J.of.size_letters) or "a random point"


def _features(J: Jacobian, points: Sequence[NumericPoint]) -> list[tuple[str, Array]]:
    """(what it is, its logarithm at the points)."""
    found = []
    counts: dict[str, Callable[[Mapping[str, int]], float]] = {"1": lambda s: 1}
    for letter in J.of.size_letters:
        counts[letter] = lambda s, a=letter: s[a]  # type: ignore[misc]
        counts[f"({letter}*({letter}-1)/2)"] = lambda s, a=letter: s[a] * (s[a] - 1) / 2  # type: ignore[misc]
        counts[f"({letter}*({letter}+1)/2)"] = lambda s, a=letter: s[a] * (s[a] + 1) / 2  # type: ignore[misc]
    for name, count in counts.items():
        found.append((f"2^{{}}:{name}", np.log(2) * np.array([count(p.letters) for p in points])))
    for s, f in (*J.of.moving, *J.of.constants):
        if s.is_scalar or (s.rows is not s.cols and f.kind.name != "vector"):
            continue
        try:
            logs = [
                np.log(np.abs(p.values[s][:, 0] if f.kind.name == "vector" else np.diag(p.values[s]))) for p in points
            ]
        except (ValueError, IndexError):
            continue
        letter = s.name.lower()
        ordered = f.kind.letters in ("diagonal entries", "entries") and f.kind.canonical == "letters"
        if ordered:
            shown = f"{letter}_i" if f.kind.name == "vector" else f"{letter}_ii"
            found.append((f"exponent of {shown}:1", np.array([x.sum() for x in logs])))
            found.append((f"exponent of {shown}:i", np.array([x @ np.arange(1, len(x) + 1) for x in logs])))
            found += [
                (
                    f"exponent of {shown}:{a}",
                    np.array([p.letters[a] * x.sum() for p, x in zip(points, logs, strict=True)]),
                )
                for a in J.of.size_letters
            ]
        elif f.kind.frame == "flat" and f.kind.canonical == "letters":
            found += _determinants(J, s.name, points)
    formula, _, _ = J._derived
    for term in getattr(formula, "terms", ()):
        if hasattr(term, "matrix"):
            found += _determinants(J, term.text().split("^")[0].strip("|"), points)
        elif "<" in term.text():  # a product over pairs, prod(i<j, |l_i - l_j|)
            found.append((f"exponent of {term.text()}:1", np.array([term.logabs(p, J.of.scalars) for p in points])))
        elif isinstance(term, PlacePowers):
            found += _places(J, term, points)
        elif isinstance(term, Number) and not getattr(term.base, "is_number", False):
            alone = replace(term, exponent=sp.Integer(1))
            what = "factor" if isinstance(term.base, sp.Basic) else "exponent of"
            values = np.array([alone.logabs(p, J.of.scalars) for p in points])
            for unit, size in _sizes(J, points).items():
                found.append((f"{what} {alone.text()}:{unit}", values * size))
    return [(name, x) for name, x in found if np.isfinite(x).all()]


def _sizes(J: Jacobian, points: Sequence[NumericPoint]) -> dict[str, Array]:
    """1, the sizes and their squares, at the points."""
    found = {"1": np.ones(len(points))}
    for a in J.of.size_letters:
        size = np.array([float(p.letters[a]) for p in points])
        found |= {a: size, f"{a}^2": size**2}
    return found


def _places(J: Jacobian, term: PlacePowers, points: Sequence[NumericPoint]) -> list[tuple[str, Array]]:
    """The logarithm of a product over places, with the exponents 1, the sizes, and where there are several entries i and j."""
    text = replace(term, exponent=sp.Integer(1)).text()
    name = text.partition(", ")[-1].removesuffix(")") if term.has_places else text
    logs = [np.array(term.logs(p)) for p in points]
    units = {
        u: [np.full(len(x), s) for x, s in zip(logs, sizes, strict=True)] for u, sizes in _sizes(J, points).items()
    }
    if term.has_places:
        at = [np.array(term.places(p.letters)).reshape(-1, 2) + 1 for p in points]
        units |= {"i": [x[:, 0] for x in at], "j": [x[:, 1] for x in at]}
    return [
        (f"exponent of {name}:{u}", np.array([x @ w for x, w in zip(logs, weights, strict=True)]))
        for u, weights in units.items()
    ]


def _determinants(J: Jacobian, text: str, points: Sequence[NumericPoint]) -> list[tuple[str, Array]]:
    try:
        claim = ClaimText(f"|{text}|", J.of)
        logs = np.array([float(np.log(abs(complex(claim.value(p))))) for p in points])
    except FrechetError:
        return []
    found = [(f"exponent of |{text}|:1", logs)]
    for a in J.of.size_letters:
        found.append((f"exponent of |{text}|:{a}", logs * np.array([p.letters[a] for p in points])))
    return found


def _explained(features: Sequence[tuple[str, Array]], gaps: Array) -> str | None:
    """The sentence, if the gaps are a combination of the features with small rational coefficients."""
    A = np.array([x for _, x in features]).T
    if np.linalg.matrix_rank(A) < A.shape[1]:
        return None
    c, *_ = np.linalg.lstsq(A, gaps, rcond=None)
    rational = [Fraction(x).limit_denominator(4) for x in c]
    if any(r == 0 or abs(r) > 8 for r in rational):
        return None
    if np.abs(A @ np.array([float(r) for r in rational]) - gaps).max() > _CLOSE * 10:
        return None
    amounts: dict[str, list[tuple[Fraction, str]]] = {}
    for (name, _), r in zip(features, rational, strict=True):
        what, _, unit = name.rpartition(":")
        amounts.setdefault(what, []).append((r, "" if unit == "1" else unit))
    return "; ".join(_sentence(what, parts) for what, parts in amounts.items())


def _sentence(what: str, parts: Sequence[tuple[Fraction, str]]) -> str:
    """What is off by a sum of sizes: "too large by m - n"."""
    parts = sorted(parts, key=lambda part: (part[0] < 0, not part[1]))
    over = parts[0][0] > 0
    amount = _amount(abs(parts[0][0]), parts[0][1])
    for r, size in parts[1:]:
        amount += f" {'+' if (r > 0) == over else '-'} {_amount(abs(r), size)}"
    if what.startswith("factor "):
        power = what.removeprefix("factor ") + ("" if amount == "1" else f"^({amount})")
        return f"there is a factor {power} too much" if over else f"the factor {power} is missing"
    if what.startswith("2^"):
        power = "2" if amount == "1" else f"2^{amount}" if len(parts) == 1 else f"2^({amount})"
        return f"there is a factor {power} too much" if over else f"the factor {power} is missing"
    return f"the {what} is too {'large' if over else 'small'} by {amount}"


def _amount(r: Fraction, size: str) -> str:
    return f"{'' if r == 1 and size else r}{'*' if size and r != 1 else ''}{size}"
