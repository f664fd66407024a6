"""The registry of mistakes: each is a name and a generator of candidates, and nothing is believed before it is tested.

    @mistake("transpose", rank=0)
    def transpose(case):
        yield Candidate(case.with_claim(case.claim.T), "it is the transpose of the right one")

A candidate carries a `Problem` that is right if, and only if, the explanation is true. It is printed when the
differences of finite steps say so at fresh points and, where the derivative is known, the judgement that the claim failed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from frechet.budgets import share
from frechet.check.confirm import holds_there_only, is_necessary, is_sufficient, point_of, right_answer
from frechet.check.entries import Judgement, holds_at_entries, is_about_entries
from frechet.check.judge import JudgedClaim, judge
from frechet.check.points import Point
from frechet.check.points.domain import Domain
from frechet.check.problem import Problem, Witness
from frechet.check.proof import has_equal_form
from frechet.check.rounding import NUMERICAL
from frechet.check.verdict import Verdict
from frechet.errors import BudgetError, FrechetError
from frechet.expr.node import Expr

__all__ = ["Candidate", "Case", "Diagnosis", "diagnose", "mistake", "mistakes"]

_MOST = 3
_POINTS = 30  # at which an explanation has to hold
_SECONDS = 1.2


@dataclass(frozen=True)
class Case:
    """A wrong claim: the problem, the right answer where it is known as an expression, the witness."""

    problem: Problem
    right: Expr | None
    witness: Witness
    shown_form: str
    own: Verdict | None = None  # about the right answer to a formula, whose domain can be drawn from
    sizes: Mapping[str, int] = field(default_factory=dict)
    verdict: Verdict | None = None  # by which the claim is wrong
    judged: Judgement | None = None  # how claims about a Python function are judged entry by entry

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
    """An explanation, true if the problem is right, or evident. `kind` where a mistake has several names."""

    problem: Problem
    message: str
    kind: str = ""
    corrects: bool = True  # whether problem.claim is what should be written instead
    evident: bool = False  # true by what it says: nothing is to be tested


@dataclass(frozen=True)
class Diagnosis:
    """A verified explanation; `claim` is the claim put right, where the explanation gives one.

    `problem` is what was tried at fresh points: functions of this process, which a copy for another one leaves behind.
    """

    kind: str
    message: str
    problem: Problem | None
    claim: Expr | None
    evident: bool = False

    def __str__(self) -> str:
        return f"{self.kind}: {self.message}"

    __repr__ = __str__

    def __getstate__(self) -> dict[str, object]:
        return {**vars(self), "problem": None}


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


def diagnose(case: Case, seconds: float = _SECONDS) -> tuple[list[Diagnosis], bool]:
    """The explanations that hold at fresh points, the simplest rank only, in order of declaration; whether all were tried.

    seconds  of this thread, for all candidates together
    """
    found: list[Diagnosis] = []
    rank: int | None = None
    with share(seconds) as whole:
        for row in sorted(mistakes, key=lambda m: m.rank):
            if rank is not None and row.rank > rank:
                break
            diagnosis = _first(row, case)
            if diagnosis is not None:
                found.append(diagnosis)
                rank = row.rank
            if len(found) == _MOST:
                break
    return found, not whole.limited


def _is_true(candidate: Candidate, case: Case) -> bool:
    """More than the few digits of the differences: all of the domain, where our own derivative is known."""
    if candidate.corrects:
        return _is_correction(candidate, case)
    problem = candidate.problem
    if case.right is None or case.own is None or not problem.fits:
        return True
    asked = case.problem
    same = (problem.function, problem.variables, problem.form) == (asked.function, asked.variables, asked.form)
    right = case.right if same else right_answer(problem)
    if right is None or right.shape != problem.claim.shape:
        return True
    example = case.verdict.counterexample if case.verdict is not None else None
    if example is not None and not np.isfinite(example.expected).all():
        return False  # beyond the range of float64 nothing is seen of a setting
    error = case.verdict.relative_error if case.verdict is not None else 1.0
    if not is_sufficient(problem, right, _points(case, problem), error):
        return False
    return not same or problem.claim is not case.claim or is_necessary(problem, right, _points(case, problem, False))


def _points(case: Case, problem: Problem, scaled: bool = True) -> Iterator[Point]:
    """The counterexample first, then points of the domain of the function."""
    example = case.verdict.counterexample if case.verdict is not None else None
    found = point_of(example, case.function, case.claim, case.X)
    if found is not None and scaled:
        yield found
    domain = Domain([case.function], case.problem.variables, case.sizes, case.witness.seed, [case.claim, problem.claim])
    yield from domain.points(_POINTS, scaled=scaled)


def _is_correction(candidate: Candidate, case: Case) -> bool:
    """Whether a claim that is proposed instead is another one, and the right one on the whole domain."""
    proposed = candidate.problem.claim
    if has_equal_form(proposed, case.claim) if proposed.shape == case.claim.shape else False:
        return False
    if case.right is None or case.own is None or not candidate.problem.fits:
        return True
    problem = case.problem
    question = JudgedClaim(
        case.function, problem.variables, problem.form, case.right, proposed, case.sizes, case.witness.seed
    )
    return judge(question, case.own).right is True


def _holds(problem: Problem, case: Case) -> bool:
    """By differences along a few directions; of a Python function by each entry."""
    if case.judged is None or not is_about_entries(problem):
        return case.witness.holds(problem)
    try:
        return holds_at_entries(problem, case.judged)
    except BudgetError:
        raise
    except (FrechetError, *NUMERICAL):
        return False


def _first(row: Mistake, case: Case) -> Diagnosis | None:
    for candidate in row.candidates(case):
        if candidate.evident or (_holds(candidate.problem, case) and _is_true(candidate, case)):
            claim = candidate.problem.claim if candidate.corrects else None
            message = _worded(candidate, case)
            return Diagnosis(candidate.kind or row.name, message, candidate.problem, claim, candidate.evident)
    return None


def _worded(candidate: Candidate, case: Case) -> str:
    """The message; "only" is said of a condition where the claim is wrong beside it."""
    problem, only = candidate.problem, "right only if "
    if not candidate.message.startswith(only) or case.right is None or case.own is None or not problem.fits:
        return candidate.message
    if problem.claim is not case.claim or holds_there_only(problem, case.right, _points(case, problem, False)):
        return candidate.message
    return f"right where {candidate.message.removeprefix(only)}, though not only there"
