"""The question whether a claim is the derivative of a function, put to dual scalars modulo random primes."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from frechet.check.exact.arrays import Array
from frechet.check.exact.confidence import Evidence
from frechet.check.exact.degrees import Degree, Degrees
from frechet.check.exact.elimination import Duals
from frechet.check.exact.modular import Modular
from frechet.check.exact.points import Space, lies_in, random_tangent, random_value, space_of
from frechet.check.exact.primes import modulus_for, random_prime
from frechet.check.exact.program import Program, unknown_operations
from frechet.check.exact.proof import Proof
from frechet.check.exact.scalars import NoValue, OutOfReach
from frechet.check.exact.sizes import choices, depends_on_numbers, letters_of
from frechet.expr.node import Expr, postorder, symbols
from frechet.expr.structure import differential_of, is_differential

__all__ = ["Claim", "identical", "prove", "replay"]

Claim = tuple[str, Expr]
FORMS = ("gradient", "Jacobian", "differential", "Hessian", "value")
_FEW, _MANY = (
    2,
    8,
)  # primes: for rational formulas; where signs are open, for which a prime of its own is a point of its own
_TRIES = 6  # points without a value, before a size is given up where no root is to blame
_REDRAWN = 80  # points in a row, where roots are to blame
_SMALL = 3  # sizes up to this are looked at whatever it takes


@dataclass
class _Question:
    """A function, its moving variables, and one claim about it."""

    function: Expr
    variables: tuple[Expr, ...]
    form: str
    claim: Expr
    seed: int
    spaces: dict[Expr, Space] = field(default_factory=dict)
    order: int = 1

    def __post_init__(self) -> None:
        if self.form not in FORMS:
            raise OutOfReach(f"there is no form {self.form!r}: choose from {', '.join(FORMS)}")
        if unknown := unknown_operations([self.function, self.claim]):
            raise OutOfReach(f"{', '.join(unknown)}: out of reach of exact arithmetic")
        if self.form == "value":
            self.variables, self.order = (), 0
        elif self.form != "differential":
            self.variables = self.variables[:1]
        self.order = 2 if self.form == "Hessian" else self.order
        for s in symbols(self.function, self.claim):
            if s not in self.tangents:
                self.spaces[s] = space_of(s)
        for X in self.variables:
            self.spaces[X] = space_of(X)
        if self.form == "Hessian" and self.spaces[self.variables[0]].kind == "orthogonal":
            raise OutOfReach("the Hessian on the orthogonal matrices")
        if self.form in ("gradient", "Hessian") and not self.function.is_scalar:
            raise OutOfReach(f"the {self.form} of a function that is not scalar")
        self._check_shape()

    def _check_shape(self) -> None:
        f, G = self.function, self.claim
        wanted = [f.shape]
        if self.variables:
            X = self.variables[0]
            entries = X.rows * X.cols
            wanted = {
                "gradient": [X.shape],
                "differential": [f.shape],
                "Jacobian": [(f.rows * f.cols, entries)],
                "Hessian": [X.shape] if self.is_operator else [(entries, entries)],
            }[self.form]
        if G.shape not in wanted:
            raise OutOfReach(f"the claim is {G.rows}×{G.cols}, and the {self.form} is {wanted[0][0]}×{wanted[0][1]}")

    @property
    def tangents(self) -> dict[Expr, Expr]:
        """The symbols dX in the claim, with the variables that they belong to."""
        return {differential_of(X): X for X in self.variables} if self.form in ("differential", "Hessian") else {}

    @property
    def is_operator(self) -> bool:
        """Whether a Hessian is written as a function of dX."""
        return any(is_differential(s) for s in symbols(self.claim))

    @property
    def numbers(self) -> list[int]:
        """Numerators and denominators of the constants."""
        values = [n.params[0] for n in postorder(self.function, self.claim) if n.op.name == "number"]
        return [k for v in values for k in (v.numerator, v.denominator)]


@dataclass
class _Size:
    """The question at numeric sizes: programs, bounds of degrees, what was seen so far."""

    question: _Question
    sizes: dict[str, int]

    def __post_init__(self) -> None:
        q = self.question
        self.f = Program([q.function], self.sizes)
        self.claim = Program([q.claim], self.sizes)
        self.shapes = {s: (s.rows.value(self.sizes), s.cols.value(self.sizes)) for s in q.spaces}
        degrees = Degrees()
        leaves = {s: Degree(*self.shapes[s], *space.degree(self.shapes[s][0])) for s, space in q.spaces.items()}
        leaves |= {
            dX: Degree(*self.shapes[X], self.shapes[X][0] + 1, self.shapes[X][0]) for dX, X in q.tangents.items()
        }
        self.degrees = degrees
        f, claim = self.f.run(degrees, leaves)[0], self.claim.run(degrees, leaves)[0]
        for _ in range(q.order):
            f = f.derived(2 * degrees.inner)
            claim = replace(claim, over=claim.over + 1)
        difference = f.against(claim)
        self.degree, self.signs = difference.over + difference.under, difference.signs_over

    def compare(self, field: Modular, mirrored: bool) -> _Seen:
        """Both sides at one random point. NoValue where the function has none."""
        q = self.question
        o, plain = Duals(field, q.order), Duals(field)
        values, moves = {}, {}
        for s, space in q.spaces.items():
            values[s] = random_value(space, *self.shapes[s], field, mirrored)
        for X in q.variables:
            moves[X] = [random_tangent(q.spaces[X], *self.shapes[X], values[X], field) for _ in range(q.order)]
        duals = {s: o.array(*self.shapes[s], v) for s, v in values.items()}
        for X, directions in moves.items():
            for i, direction in enumerate(directions):
                duals[X].parts[1 << i] = direction
        f = self.f.run(o, duals)[0]
        known = len(field.domain)
        leaves = {s: plain.array(*self.shapes[s], v) for s, v in values.items()}
        leaves |= {dX: plain.array(*self.shapes[X], moves[X][-1]) for dX, X in q.tangents.items()}
        try:
            claim = self.claim.run(plain, leaves)[0]
        except NoValue as error:
            return _Seen(None, str(error))
        truth = f.parts[-1] or [0] * (f.rows * f.cols)
        found = self._along(plain, claim, moves)
        inside = None
        if q.form == "gradient":
            X = q.variables[0]
            if q.spaces[X].entries != "general" or q.spaces[X].kind == "orthogonal":
                inside = lies_in(q.spaces[X], claim, values[X], field)
        return _Seen(truth == found, "", len(field.domain) > known, inside)

    def _along(self, o: Duals, claim: Array, moves: Mapping[Expr, list[list[int]]]) -> list[int]:
        """The derivative along the tangents that the claim gives, entry by entry as in the function."""
        q = self.question
        if q.form in ("value", "differential"):
            return claim.value
        X = q.variables[0]
        directions = [o.array(*self.shapes[X], d) for d in moves[X]]
        if q.form == "gradient" or (q.form == "Hessian" and q.is_operator):
            return o.total(o.times(claim, directions[0])).value
        columns = [o.reshape(o.transpose(d), d.rows * d.cols, 1) for d in directions]
        if q.form == "Hessian":
            return o.matmul(o.transpose(columns[0]), o.matmul(claim, columns[1])).value
        m, n = q.function.rows.value(self.sizes), q.function.cols.value(self.sizes)
        return o.transpose(o.reshape(o.matmul(claim, columns[0]), n, m)).value


@dataclass(frozen=True)
class _Seen:
    """One point: whether both sides agree (None: the claim has no value there)."""

    agree: bool | None
    reason: str
    narrower: bool = False
    inside: bool | None = None


@dataclass
class _Run:
    """The proof in the making."""

    question: _Question
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
            depends_on_numbers([q.function, q.claim]),
            self.inside,
            failing,
        )

    def fields(self, sizes: Mapping[str, int]) -> Iterator[tuple[Modular, bool]]:
        """Fresh points, one after the other, the primes in turn; orthogonal matrices of both determinants."""
        q, attempt = self.question, 0
        label = ",".join(f"{k}={n}" for k, n in sorted(sizes.items()))
        while True:
            p = self.primes[attempt % len(self.primes)]
            yield Modular(p, Random(f"{q.seed}/{p}/{label}/{attempt}")), attempt // len(self.primes) % 2 == 1
            attempt += 1

    def at(self, size: _Size, wanted: int | None = None) -> Proof | None:
        """All points at one size: a proof when the answer is final, None to go on. `wanted` is a number of points."""
        evidence = Evidence(size.degree, size.signs, size.degrees.arguments, min(self.primes))
        least = 2 * _FEW if any(s.kind == "orthogonal" for s in self.question.spaces.values()) else _FEW
        failed, reasons, checked = 0, set(), 0
        for modular, mirrored in self.fields(size.sizes):
            try:
                seen = size.compare(modular, mirrored)
            except NoValue as error:
                seen = _Seen(None, "")
                reasons.add(str(error))
            evidence.attempt(modular.roots)
            self.given |= modular.given
            if seen.agree is False:
                if modular.is_rational:
                    return self.proof("unequal", f"the values differ{_at(size.sizes)}", size.sizes)
                return self.proof(
                    None, "the values differ, which proves nothing where signs or unknown functions occur", size.sizes
                )
            if seen.agree is None:
                failed += 1
                reasons |= {seen.reason} - {""}
                if failed > (_REDRAWN if modular.roots else _TRIES):
                    return self._without_value(size, seen, modular, reasons)
                continue
            failed = 0
            self.narrower = self.narrower or seen.narrower
            self.inside = seen.inside if self.inside is None else self.inside and bool(seen.inside)
            evidence.point(modular.signs)
            if wanted is not None:
                if evidence.points == wanted:
                    break
                continue
            if time.monotonic() > self.deadline:
                return self.proof(None, "out of time")
            if evidence.points >= max(least, checked):
                needed = evidence.needed
                if needed is None:
                    return self.proof(None, "too many signs that may come out either way")
                if evidence.points >= max(needed, least):
                    break
                checked = min(max(needed, least), 2 * evidence.points)
        self.sizes.append(size.sizes)
        self.points.append(evidence.points)
        self.degree = max(self.degree, size.degree)
        self.error = max(self.error, evidence.error)
        return None

    def _without_value(self, size: _Size, seen: _Seen, modular: Modular, reasons: set[str]) -> Proof | None:
        why = ", ".join(sorted(reasons))
        if seen.reason:  # the function has a value
            if not modular.roots:
                self.undefined.append((size.sizes, seen.reason))
                return None
            return self.proof(
                None, f"no point was found at which the claim has a value{_at(size.sizes)}: {why}", size.sizes
            )
        self.skipped.append((size.sizes, why))
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
) -> tuple[Proof, ...]:
    """For each claim (form, expression) about the derivative of the function, what exact arithmetic says of it.

    sizes    numbers for size letters that are fixed; the others run from 1 to 5
    seconds  for each claim; sizes up to 3 are looked at first

    Raises nothing for questions that are out of reach: the outcome is None, and the reason says why.
    """
    return tuple(_prove(function, tuple(variables), form, claim, sizes or {}, seed, seconds) for form, claim in claims)


def identical(f: Expr, g: Expr, sizes: Mapping[str, int] | None = None, seed: int = 0, seconds: float = 3.0) -> Proof:
    """Whether two expressions of one shape have the same value. Where f has no value, g may have any."""
    return _prove(f, (), "value", g, sizes or {}, seed, seconds)


def _prove(function, variables, form, claim, sizes, seed, seconds) -> Proof:
    deadline = time.monotonic() + seconds
    try:
        question = _Question(function, variables, form, claim, seed)
        run = _Run(question, (), deadline)
        for chosen in choices(letters_of([function, claim, *variables]), sizes):
            if max(chosen.values(), default=0) > _SMALL and time.monotonic() > deadline:
                break
            try:
                size = _Size(question, chosen)
            except NoValue as error:
                run.skipped.append((chosen, str(error)))
                continue
            if not run.primes:
                run.primes = _primes(question, size)
            final = run.at(size)
            if final is not None:
                return final
    except OutOfReach as error:
        return Proof(None, form, str(error), seed)
    if not run.sizes:
        reasons = {why for _, why in (*run.skipped, *run.undefined)}
        return run.proof(None, f"no point was found at which both sides have a value: {', '.join(sorted(reasons))}")
    return run.proof("equal where defined" if run.undefined or run.narrower else "equal")


def _primes(question: _Question, size: _Size) -> tuple[int, ...]:
    """The primes: drawn once the claim is known, from the seed and the fingerprints."""
    random = Random(f"{question.seed}/{question.form}/{question.function.fingerprint}/{question.claim.fingerprint}")
    M = modulus_for(question.numbers if size.degrees.residues else None)
    return tuple(random_prime(M, random) for _ in range(_MANY if size.degrees.residues else _FEW))


def replay(certificate: Mapping[str, Any], function: Expr, variables: Sequence[Expr], claim: Expr) -> bool:
    """Whether the points of a certificate, computed again, agree: its primes, sizes, seed, numbers of points."""
    question = _Question(function, tuple(variables), certificate["form"], claim, certificate["seed"])
    run = _Run(question, tuple(certificate["primes"]), float("inf"))
    for sizes, points in zip(certificate["sizes"], certificate["points"], strict=True):
        if run.at(_Size(question, dict(sizes)), points) is not None:
            return False
    return run.points == list(certificate["points"])
