"""The registry of mistakes: each is a name and a generator of candidates, and nothing is believed before it is tested.

    @mistake("transpose", rank=0)
    def _(case):
        yield Candidate(case.with_claim(case.claim.T), "it is the transpose of the right one")

A candidate carries a `Problem` that is right if, and only if, the explanation is true. It is printed when the
differences of finite steps say so at fresh points.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from frechet.check.problem import Problem, Witness
from frechet.expr.node import Expr

__all__ = ["Candidate", "Case", "Diagnosis", "diagnose", "mistake", "mistakes"]

_MOST = 3
_SECONDS = 20.0  # for all candidates together


@dataclass(frozen=True)
class Case:
    """A wrong claim: the problem, the right answer where it is known as an expression, the witness."""

    problem: Problem
    right: Expr | None
    witness: Witness
    shown_form: str

    @property
    def claim(self) -> Expr:
        return self.problem.claim

    @property
    def function(self) -> Expr:
        return self.problem.function

    @property
    def X(self) -> Expr:
        return self.problem.variable

    def with_claim(self, claim: Expr) -> Problem:
        return replace(self.problem, claim=claim)


@dataclass(frozen=True)
class Candidate:
    """An explanation, true if the problem is right. `kind` where a mistake has several names."""

    problem: Problem
    message: str
    kind: str = ""
    corrects: bool = True  # whether problem.claim is what should be written instead


@dataclass(frozen=True)
class Diagnosis:
    """A verified explanation; `claim` is the claim put right, where the explanation gives one."""

    kind: str
    message: str
    problem: Problem
    claim: Expr | None


@dataclass(frozen=True)
class Mistake:
    """A row of the registry. Lower ranks are simpler; once one is found, later ranks are not looked at."""

    name: str
    rank: int
    candidates: Callable[[Case], Iterator[Candidate]]


mistakes: list[Mistake] = []


def mistake(name: str, rank: int) -> Callable:
    """Declares a mistake: a generator Case -> candidates."""

    def file(candidates: Callable[[Case], Iterator[Candidate]]) -> Callable[[Case], Iterator[Candidate]]:
        mistakes.append(Mistake(name, rank, candidates))
        return candidates

    return file


def diagnose(case: Case) -> list[Diagnosis]:
    """The explanations that hold at fresh points, the simplest rank only, in order of declaration."""
    found: list[Diagnosis] = []
    deadline = time.monotonic() + _SECONDS
    rank: int | None = None
    for row in sorted(mistakes, key=lambda m: m.rank):
        if rank is not None and row.rank > rank:
            break
        diagnosis = _first(row, case, deadline)
        if diagnosis is not None:
            found.append(diagnosis)
            rank = row.rank
        if len(found) == _MOST or time.monotonic() > deadline:
            break
    return found


def _first(row: Mistake, case: Case, deadline: float) -> Diagnosis | None:
    for candidate in row.candidates(case):
        if case.witness.holds(candidate.problem):
            claim = candidate.problem.claim if candidate.corrects else None
            return Diagnosis(candidate.kind or row.name, candidate.message, candidate.problem, claim)
        if time.monotonic() > deadline:
            break
    return None
