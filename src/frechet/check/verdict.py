"""What a check found: right, wrong or undecided, and how that is known. The one vocabulary of every interface."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from frechet.language.tex import plain

__all__ = ["EXIT_CODES", "WORDS", "Counterexample", "Verdict", "numbers_text", "to_the_digits", "verdict_json"]

WORDS = {True: "right", False: "wrong", None: "undecided"}
_BADGES = {True: ("✓", "#14733c"), False: ("✗", "#b3261e"), None: ("?", "#8a5a00")}
EXIT_CODES = {True: 0, False: 1, None: 3}
_SHOWN = 12  # entries of an array that is written out
_DIGITS = (6, 9, 12, 17)  # as many as show a difference
_MANIFOLD, _NOTABLE = 10, 1e-12  # times the expected error, and itself: an error that is remarked on
_SIZES = 6  # choices of sizes that are written out


@dataclass(frozen=True)
class Counterexample:
    """A point at which the claim is false: sizes, an array for each symbol, what is right and what the claim gives there.

    `claimed` is None where the claim has no value. `difference`, claimed less expected, is given where the two are
    equal, or nearly so, in the digits of float64: it was computed with more.
    """

    sizes: dict[str, int]
    values: dict[str, np.ndarray]
    expected: np.ndarray
    claimed: np.ndarray | None
    difference: np.ndarray | None = None

    def __str__(self) -> str:
        arrays = ", ".join(f"{name} = {numbers_text(a, None)}" for name, a in self.values.items())
        where = self._worst_entry()
        if where is not None and self.claimed is not None:
            place = f" in entry ({where[0] + 1}, {where[1] + 1})"
            example = Counterexample({}, {}, *(a[where].reshape(1, 1) for a in (self.expected, self.claimed)))
            return f"at {arrays}{place}: {str(example).partition(': ')[2]}"
        for digits in _DIGITS:
            claimed = "no value" if self.claimed is None else numbers_text(self.claimed, digits)
            expected = numbers_text(self.expected, digits)
            if claimed != expected:
                break
        gap = "" if self.difference is None else f", the difference is {numbers_text(self.difference, 3)}"
        return f"at {arrays or 'every point'}: the claim gives {claimed}, right is {expected}{gap}"

    __repr__ = __str__

    def _worst_entry(self) -> tuple[int, int] | None:
        """Where two large matrices differ most; None where both are written out, or one has no value."""
        if self.claimed is None or self.difference is not None or self.claimed.shape != self.expected.shape:
            return None
        with np.errstate(all="ignore"):
            gap = np.abs(self.claimed - self.expected)
        if self.claimed.ndim != 2 or gap.size <= _SHOWN or not np.isfinite(gap).all():
            return None
        row, col = np.unravel_index(np.argmax(gap), gap.shape)
        return int(row), int(col)


@dataclass(frozen=True)
class Verdict:
    """What the check found. `right` is None when nothing, or too little, could be decided.

    kind            proved (equal canonical forms, or exact arithmetic), compared (at points), or undecided
    relative_error  the largest that was seen; 0 where it is proved
    expected_error  how well the values that were compared are known
    method          by what it was proved, or against what it was compared
    sizes, points   the sizes that were looked at, and the number of points
    compared        what was checked: differential, gradient, ...
    given           functions whose derivatives a proof takes as known: exp, log, ...
    primes, error_probability   of a proof modulo random primes: with seed, sizes and points it can be replayed
    only_these_sizes  a size stands as a number in the formula: proved at the sizes named
    partial         proved wherever the claim has a value, or at some sizes only
    counterexample  where it is wrong
    beyond          larger sizes at which the two were compared once the verdict stood
    """

    right: bool | None
    relative_error: float
    expected_error: float
    method: str
    sizes: tuple[dict[str, int], ...]
    seed: int
    compared: tuple[str, ...]
    kind: str = "compared"
    points: int = 0
    given: tuple[str, ...] = ()
    primes: tuple[int, ...] = ()
    error_probability: float | None = None
    only_these_sizes: bool = False
    partial: bool = False
    counterexample: Counterexample | None = None
    beyond: tuple[dict[str, int], ...] = ()

    def __post_init__(self) -> None:
        if self.right is None:
            object.__setattr__(self, "kind", "undecided")

    def __bool__(self) -> bool:
        return self.right is True

    def __str__(self) -> str:
        told = f"{WORDS[self.right]}: {', '.join(self.compared)} {self.how()}"
        return told if self.counterexample is None else f"{told}\n  {self.counterexample}"

    __repr__ = __str__

    def _repr_html_(self) -> str:
        told = f"{', '.join(self.compared)} {self.how()}"
        below = "" if self.counterexample is None else f"<div>{plain(str(self.counterexample))}</div>"
        return f"<div>{self.badge()}: {plain(told)}</div>{below}"

    def badge(self) -> str:
        """The one word in HTML: in bold, with a sign, since color alone says nothing to some."""
        sign, color = _BADGES[self.right]
        return f'<b style="color:{color}">{sign} {WORDS[self.right]}</b>'

    def how(self) -> str:
        """How it is known, in words."""
        if self.kind == "proved":
            where = self._proved_at()
            given = f", given the derivatives of {', '.join(self.given)}{',' if where else ''}" if self.given else ""
            chance = f", error probability below {self.error_probability:.0e}" if self.error_probability else ""
            proved = "proved" if self.right else "disproved"
            return f"{proved} by {self.method}{given}{where}{chance}{self._beyond()}"
        if self.relative_error == float("inf") or (self.right is None and not self.points):
            return self.method
        return (
            f"against {self.method}, relative error {self.relative_error:.1e} (expected {self.expected_error:.0e}"
            f"{self._exceeded()})"
            f"{self._where()}"
        )

    def _exceeded(self) -> str:
        """A word where the error is far larger than expected, though within the tolerance."""
        if not self.right or self.relative_error <= max(_MANIFOLD * self.expected_error, _NOTABLE):
            return ""
        return f", exceeded {self.relative_error / self.expected_error:.0f}-fold" if self.expected_error else ""

    def _proved_at(self) -> str:
        numbers = [n for s in self.sizes for n in s.values()]
        if not numbers or not self.right:
            return ""
        these = "these sizes, " if self.only_these_sizes else "sizes "
        if min(numbers) == max(numbers):
            return f" at {'this ' if self.only_these_sizes else ''}size {numbers[0]}"
        return f" at {these}{min(numbers)} to {max(numbers)}"

    def _beyond(self) -> str:
        """The larger sizes, where sizes stand as numbers."""
        numbers = sorted({max(s.values()) for s in self.beyond if s})
        if not numbers or not self.right:
            return ""
        return f", compared at {'sizes' if len(numbers) > 1 else 'size'} {', '.join(map(str, numbers))} too"

    def _where(self) -> str:
        texts = [", ".join(f"{k}={v}" for k, v in s.items()) for s in self.sizes if s]
        sizes = "; ".join(texts[:_SIZES]) + (f"; and {len(texts) - _SIZES} more" if len(texts) > _SIZES else "")
        points = f" at {self.points} point{'s' if self.points != 1 else ''}" if self.points else ""
        return points + (f"{', ' if points else ' at '}{sizes}" if texts else "")


def numbers_text(A: np.ndarray, digits: int | None = 6) -> str:
    """A matrix as a person types it: 2.5, [1; -2], [1 0; 0 3]; a large one by its shape and largest entry.

    With None for the digits each number is the one that it stands for, in as few digits as that takes.
    """
    if A.size == 1:
        return _number(A.ravel()[0], digits)
    if A.size > _SHOWN:
        return f"a {A.shape[0]}×{A.shape[1]} with entries up to {_number(np.abs(A).max(), _DIGITS[0])}"
    return "[" + "; ".join(" ".join(_number(x, digits) for x in row) for row in A) + "]"


def _number(x: float, digits: int | None) -> str:
    if digits is not None:
        return f"{float(x):.{digits}g}"
    short = f"{float(x):g}"
    return short if float(short) == x else repr(float(x))


def _plain(A: np.ndarray | None) -> Any:
    return None if A is None else A.tolist()


def to_the_digits(exactly: Verdict, literally: Verdict) -> Verdict:
    """A claim that is right with the constants themselves is compared to the digits that it gives: nothing is proved of it."""
    return replace(
        exactly,
        kind="compared",
        method="our own derivative, to the digits that are written",
        relative_error=literally.relative_error,
        expected_error=literally.relative_error,
        primes=(),
        error_probability=None,
        given=(),
    )


def verdict_json(verdict: Verdict) -> dict[str, Any]:
    """The verdict for programs: plain values under keys that stay."""
    finite = np.isfinite(verdict.relative_error)
    example = verdict.counterexample
    return {
        "verdict": WORDS[verdict.right],
        "right": verdict.right,
        "kind": verdict.kind,
        "relative_error": verdict.relative_error if finite else None,
        "expected_error": verdict.expected_error if finite else None,
        "method": verdict.method,
        "points": verdict.points,
        "sizes": [dict(s) for s in verdict.sizes],
        "larger_sizes": [dict(s) for s in verdict.beyond],
        "seed": verdict.seed,
        "primes": list(verdict.primes),
        "error_probability": verdict.error_probability,
        "given": list(verdict.given),
        "counterexample": None
        if example is None
        else {
            "sizes": dict(example.sizes),
            "values": {name: _plain(a) for name, a in example.values.items()},
            "expected": _plain(example.expected),
            "claimed": _plain(example.claimed),
            "difference": _plain(example.difference),
        },
    }
