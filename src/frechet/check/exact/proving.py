"""The question whether a claim is the derivative of a function, put to dual scalars modulo random primes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from math import inf
from random import Random
from typing import Any

from frechet.budgets import share, spent
from frechet.check.exact.confidence import DEPENDENT, MOST_SIGNS, Evidence
from frechet.check.exact.modular import Modular
from frechet.check.exact.points import random_tangent, random_value
from frechet.check.exact.primes import modulus_for, random_prime
from frechet.check.exact.proof import Proof
from frechet.check.exact.question import ExactQuestion, Sized
from frechet.check.exact.scalars import NoValue, OutOfReach
from frechet.check.exact.sizes import choices, depends_on_numbers
from frechet.expr.node import Expr
from frechet.expr.walks import size_letters

__all__ = ["Claim", "identical", "prove", "replay"]

Claim = tuple[str, Expr]
_FEW = 2  # primes for rational formulas: one for each point
_MANY = 8  # primes where signs are open: constants may be residues modulo one and not modulo another
_TRIES = 6  # points without a value, before a size is given up where no root is to blame
_REDRAWN = 80  # points in a row, where roots are to blame
_UNLIKELY = 20  # roots of one point, which hardly ever have values all at once
_HOPELESS, _TELLING = 1.5, 64  # times the time that there is: what the points would take; points that tell how many
_TELLING_SIZES = 2  # that a brief proof looks at, and one about a long formula
_OVERDUE = 1.5  # times the time that there is: nothing is finished beyond it
_SMALL = 3  # sizes up to this are looked at whatever it takes; of a long formula one


@dataclass
class _Run:
    """The proof in the making."""

    question: ExactQuestion
    primes: tuple[int, ...]
    deadline: float
    sizes: list[dict[str, int]] = field(default_factory=list)
    points: list[int] = field(default_factory=list)
    skipped: list[tuple[dict[str, int], str]] = field(default_factory=list)
    undefined: list[tuple[dict[str, int], str]] = field(default_factory=list)
    given: set[str] = field(default_factory=set)
    degree: int = 0
    error: float = 0.0
    narrower: bool = False
    inside: bool | None = None
    brief: bool = False

    def proof(self, outcome: str | None, reason: str = "", failing: Mapping[str, int] | None = None) -> Proof:
        q = self.question
        return Proof(
            outcome,
            q.form,
            reason,
            q.seed,
            self.primes,
            tuple(self.sizes),
            tuple(self.points),
            tuple(self.skipped),
            tuple(self.undefined),
            self.degree,
            self.error if outcome and outcome.startswith("equal") else 1.0,
            tuple(sorted(self.given)),
            self.narrower,
            q.is_long or self.brief or depends_on_numbers(q.nodes),
            self.inside,
            failing,
        )

    def may_stop(self, sizes: Mapping[str, int]) -> bool:
        """Whether a proof may do without these sizes, where the time is up."""
        return bool(self.sizes) and (self.question.is_long or max(sizes.values(), default=0) > _SMALL)

    def fields(self, sizes: Mapping[str, int]) -> Iterator[tuple[Modular, bool]]:
        """Fresh points, one after the other, the primes in turn; orthogonal matrices of both determinants, unit vectors of both signs."""
        q, attempt = self.question, 0
        label = ",".join(f"{k}={n}" for k, n in sorted(sizes.items()))
        while True:
            p = self.primes[attempt % len(self.primes)]
            yield Modular(p, Random(f"{q.seed}/{p}/{label}/{attempt}")), attempt // len(self.primes) % 2 == 1
            attempt += 1

    def at(self, size: Sized, wanted: int | None = None) -> Proof | None:
        """All points at one size: a proof when the answer is final, None to go on. `wanted` is a number of points."""
        evidence = Evidence(size.degree, size.signs, size.degrees.arguments, min(self.primes))
        least = 2 * _FEW if any(s.is_curved for s in self.question.spaces.values()) else _FEW
        failed, attempts, reasons, checked, start = 0, 0, set(), 0, spent()
        for modular, mirrored in self.fields(size.sizes):
            value, move = (
                partial(random_value, field=modular, mirrored=mirrored),
                partial(random_tangent, field=modular),
            )
            error, sides = None, None
            try:
                sides = size.sides(modular, size.point(value, move))
                error = sides.error
            except NoValue as missing:
                error = missing
            evidence.attempt(modular.roots)
            self.given |= modular.given
            attempts += 1
            if self._is_hopeless(modular, (spent() - start) / attempts):
                return None if self.may_stop(size.sizes) else self.proof(None, "out of time")
            if error is not None or sides is None:
                failed += 1
                reasons.add(str(error))
                if failed > (_REDRAWN if modular.roots else _TRIES):
                    return self._without_value(size, sides is not None, modular, reasons)
                continue
            if sides.truth != sides.claimed:
                return self._different(size, modular)
            failed = 0
            self.narrower = self.narrower or sides.narrower
            self.inside = sides.inside if self.inside is None else self.inside and bool(sides.inside)
            evidence.point(modular.signs)
            if wanted is not None:
                if evidence.points == wanted:
                    break
                continue
            if spent() > self.deadline and self.may_stop(size.sizes):
                return None
            if spent() > self.deadline and not self.question.is_long:
                return self.proof(None, "out of time")
            if evidence.points >= max(least, checked):
                needed = evidence.needed
                if needed is None:
                    return self.proof(None, "too many signs that may come out either way, or too large a degree")
                if evidence.points >= max(needed, least):
                    break
                whole = (spent() - start) * needed / evidence.points
                if evidence.points >= _TELLING and whole > _HOPELESS * max(self.deadline - start, 0.0):
                    return None if self.may_stop(size.sizes) else self.proof(None, "out of time")
                checked = min(max(needed, least), 2 * evidence.points)
        self.sizes.append(size.sizes)
        self.points.append(evidence.points)
        self.degree = max(self.degree, size.degree)
        self.error = max(self.error, evidence.error)
        return None

    def _is_hopeless(self, modular: Modular, each: float) -> bool:
        """Whether so many signs or roots were met that the points it takes, each of so many seconds, would take too long."""
        many = DEPENDENT if len(modular.signs) > MOST_SIGNS else 0
        many = _REDRAWN if sum(map(len, modular.roots)) > _UNLIKELY else many
        left = self.deadline - spent()
        return not self.question.is_long and bool(many) and each * many > _HOPELESS * max(left, 0.0)

    def _different(self, size: Sized, modular: Modular) -> Proof:
        if modular.is_rational:
            return self.proof("unequal", f"the values differ{_at(size.sizes)}", size.sizes)
        return self.proof(None, "the values differ: no proof where signs, roots or unknown functions occur", size.sizes)

    def _without_value(self, size: Sized, defined: bool, modular: Modular, reasons: set[str]) -> Proof | None:
        """No point with values on both sides; `defined` says that the function has one."""
        why = ", ".join(sorted(reasons))
        if defined and modular.roots:
            return self.proof(None, f"no point with a value of the claim was found{_at(size.sizes)}: {why}", size.sizes)
        (self.undefined if defined else self.skipped).append((size.sizes, why))
        return None


def _at(sizes: Mapping[str, int]) -> str:
    named = ", ".join(f"{k} = {n}" for k, n in sizes.items())
    return f" at {named}" if named else ""


def prove(
    function: Expr,
    variables: Sequence[Expr],
    claims: Sequence[Claim],
    sizes: Mapping[str, int] | None = None,
    seed: int = 0,
    seconds: float = 3.0,
    brief: bool = False,
) -> tuple[Proof, ...]:
    """For each claim (form, expression) about the derivative of the function, what exact arithmetic says of it.

    sizes    numbers for size letters that are fixed; the others run from 1 to 5
    seconds  for each claim; sizes up to 3 are looked at first
    brief    the two choices of sizes that say most, and no others

    Raises nothing for questions that are out of reach: the outcome is None, and the reason says why.
    """
    return tuple(
        _prove(function, tuple(variables), form, claim, sizes or {}, seed, seconds, brief) for form, claim in claims
    )


def identical(f: Expr, g: Expr, sizes: Mapping[str, int] | None = None, seed: int = 0, seconds: float = 3.0) -> Proof:
    """Whether two expressions of one shape have the same value. Where f has no value, g may have any."""
    return _prove(f, (), "value", g, sizes or {}, seed, seconds)


def _prove(function, variables, form, claim, sizes, seed, seconds, brief=False) -> Proof:
    deadline = spent() + seconds
    try:
        question = ExactQuestion(function, variables, form, claim, seed)
    except OutOfReach as error:
        return Proof(None, form, str(error), seed)
    run = _Run(question, (), deadline, brief=brief)
    with share(inf if question.is_long else _OVERDUE * seconds):
        return _over_sizes(run, sizes)
    return run.proof(None, "out of time")


def _over_sizes(run: _Run, sizes: Mapping[str, int]) -> Proof:
    """Points at one choice of sizes after the other."""
    question, deadline, few = run.question, run.deadline, run.question.is_long or run.brief
    variables = question.variables
    try:
        telling = choices(size_letters(*question.nodes, *variables), sizes, few)
        for chosen in islice(telling, _TELLING_SIZES if few else None):
            if spent() > deadline and run.may_stop(chosen):
                break
            try:
                size = Sized(question, chosen)
            except NoValue as error:
                run.skipped.append((chosen, str(error)))
                continue
            if not run.primes:
                run.primes = _primes(question, size)
            final = run.at(size)
            if final is not None:
                return final
    except OutOfReach as error:
        return Proof(None, question.form, str(error), question.seed)
    if not run.sizes:
        reasons = {why for _, why in (*run.skipped, *run.undefined)}
        return run.proof(None, f"no point was found at which both sides have a value: {', '.join(sorted(reasons))}")
    return run.proof("equal where defined" if run.undefined or run.narrower else "equal")


def _primes(question: ExactQuestion, size: Sized) -> tuple[int, ...]:
    """The primes: drawn once the claim is known, from the seed and the fingerprints."""
    random = Random(f"{question.seed}/{question.form}/{question.function.fingerprint}/{question.claim.fingerprint}")
    M = modulus_for(question.numbers if size.degrees.residues else None)
    return tuple(random_prime(M, random) for _ in range(_MANY if size.degrees.residues else _FEW))


def replay(certificate: Mapping[str, Any], function: Expr, variables: Sequence[Expr], claim: Expr) -> bool:
    """Whether the points of a certificate, computed again, agree: its primes, sizes, seed, numbers of points."""
    question = ExactQuestion(function, tuple(variables), certificate["form"], claim, certificate["seed"])
    run = _Run(question, tuple(certificate["primes"]), float("inf"))
    for sizes, points in zip(certificate["sizes"], certificate["points"], strict=True):
        if run.at(Sized(question, dict(sizes)), points) is not None:
            return False
    return run.points == list(certificate["points"])
