"""What a check says: right, wrong or undecided, how well that is known, and what is wrong."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from frechet.check.registry import Diagnosis
from frechet.check.verdict import EXIT_CODES, WORDS, Verdict, verdict_json
from frechet.expr.node import Expr
from frechet.language import to_text
from frechet.language.equations import Row, equations, styled, typeset, words, words_below
from frechet.language.tex import plain

__all__ = ["Report", "report_json"]

_SHOWN = 2000  # characters of a formula
_LONG = re.compile(r"(?<![\d.])\d{25,}(?![\d.])")
_KEPT = 8  # digits of a long integer


@dataclass(frozen=True)
class Report:
    """The outcome of `check`. True where the claim is right.

    form            gradient, Jacobian, differential or Hessian
    function        the function and the claim, as text
    wrt             the names of the variables
    verdict         right, wrong or undecided, proved or compared, with sizes, points and a counterexample
    relative_error  of the claim; infinite when its shape does not fit
    expected_error  the error of what it was compared with
    answer          the right answer, None for a function of which only values are known
    diagnoses       what is wrong, each verified at fresh points; the simplest first
    searched        whether all known mistakes were tried, where none is said
    """

    form: str
    function: str
    wrt: tuple[str, ...]
    claim: str
    verdict: Verdict
    answer: Expr | None
    diagnoses: tuple[Diagnosis, ...] = ()
    notes: tuple[str, ...] = ()
    searched: bool = True

    @property
    def right(self) -> bool | None:
        """None when the differences were too poor to decide."""
        return self.verdict.right

    @property
    def relative_error(self) -> float:
        return self.verdict.relative_error

    @property
    def expected_error(self) -> float:
        return self.verdict.expected_error

    @property
    def exit_code(self) -> int:
        """0 right, 1 wrong, 3 undecided, as the command `frechet check` gives them (2 is unusable input)."""
        return EXIT_CODES[self.right]

    def __bool__(self) -> bool:
        return self.right is True

    def __str__(self) -> str:
        word = WORDS[self.right]
        is_it = {True: "is", False: "is not", None: "may be"}[self.right]
        by = ", ".join(self.wrt)
        lines = [f"{word}: the claim {is_it} the {self.form} of {_cut(self.function)} with respect to {by}"]
        lines.append(f"  claim: {_cut(self.claim)}")
        lines.append(f"  {self.verdict.how()}")
        if self.verdict.counterexample is not None:
            lines.append(f"  {self.verdict.counterexample}")
        for d in self.diagnoses:
            lines.append(f"  what is wrong: {d.message}")
            if d.claim is not None:
                lines.append(f"    put right: {_cut(to_text(d.claim))}")
        if self.right is False and not self.diagnoses and self.verdict.relative_error != float("inf"):
            cut = "not found in the time that there was: not all known mistakes were tried"
            lines.append(f"  what is wrong: {'no known mistake explains it' if self.searched else cut}")
        if self.answer is not None:
            lines.append(f"  the {self.form}: {_cut(to_text(self.answer))}")
        lines += [f"  note: {n}" for n in self.notes]
        return _LONG.sub(_shortened, "\n".join(lines))

    __repr__ = __str__

    def _repr_html_(self) -> str:
        rows: list[Row] = []
        for d in self.diagnoses:
            if d.claim is not None:
                rows.append((words("put right"), typeset(d.claim), ""))
        if self.answer is not None:
            rows.append((words(f"the {self.form}"), typeset(self.answer), ""))
        wrong = [f"what is wrong: {d.message}" for d in self.diagnoses]
        if self.verdict.counterexample is not None:
            wrong.insert(0, str(self.verdict.counterexample))
        is_it = {True: "is", False: "is not", None: "may be"}[self.right]
        told = f"the claim {_cut(self.claim)} {is_it} the {self.form}, {self.verdict.how()}"
        head = f"<div>{self.verdict.badge()}: {plain(told)}</div>"
        return styled(
            head, words_below(wrong), equations(rows) if rows else "", words_below(f"note: {n}" for n in self.notes)
        )


def _shortened(number: re.Match[str]) -> str:
    """1e400 for what has four hundred zeros, the first digits of what has none."""
    text = number[0]
    digits = text.rstrip("0")
    if len(digits) <= _KEPT:
        return f"{digits}e{len(text) - len(digits)}"
    return f"{text[:_KEPT]}…({len(text)} digits)"


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def report_json(report: Report) -> dict[str, Any]:
    """The report for programs: plain values under keys that stay."""
    return {
        **verdict_json(report.verdict),
        "form": report.form,
        "function": report.function,
        "wrt": list(report.wrt),
        "claim": report.claim,
        "answer": None if report.answer is None else to_text(report.answer),
        "diagnoses": [
            {"kind": d.kind, "message": d.message, "claim": None if d.claim is None else to_text(d.claim)}
            for d in report.diagnoses
        ],
        "notes": list(report.notes),
        "searched": report.searched,
    }
