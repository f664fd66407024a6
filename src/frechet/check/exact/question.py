"""A function, its moving variables and a claim; both sides at one point of numeric sizes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from frechet.check.exact.arrays import Array
from frechet.check.exact.degrees import Degree, Degrees
from frechet.check.exact.elimination import Duals
from frechet.check.exact.points import SampledSpace, lies_in, space_of
from frechet.check.exact.program import ExactProgram, Instructions, unknown_operations
from frechet.check.exact.scalars import NoValue, NumberField, OutOfReach
from frechet.expr.node import Expr, postorder, symbols
from frechet.expr.structure import differential_of, is_differential

__all__ = ["FORMS", "ExactPoint", "ExactQuestion", "Sides", "Sized"]

FORMS = ("gradient", "Jacobian", "differential", "Hessian", "value")
Values = dict[Expr, list]
LONG = 4_000  # operations


@dataclass
class ExactQuestion:
    """A function, its moving variables, and one claim about it."""

    function: Expr
    variables: tuple[Expr, ...]
    form: str
    claim: Expr
    seed: int
    spaces: dict[Expr, SampledSpace] = field(default_factory=dict)
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
        tangents = self.tangents
        self.spaces |= {n: space_of(n) for n in self.nodes if n.op.name == "symbol" and n not in tangents}
        for X in self.variables:
            self.spaces[X] = space_of(X)
        if self.form == "Hessian" and self.spaces[self.variables[0]].is_curved:
            raise OutOfReach("the Hessian on a curved set")
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

    @cached_property
    def is_long(self) -> bool:
        """Whether one size takes so long that few are looked at."""
        return len(self.nodes) > LONG

    @cached_property
    def nodes(self) -> list[Expr]:
        """All nodes of the function and the claim, found once."""
        return postorder(self.function, self.claim)

    @cached_property
    def steps(self) -> tuple[Instructions, Instructions]:
        """Those of the function and of the claim."""
        return Instructions([self.function]), Instructions([self.claim])

    @property
    def is_operator(self) -> bool:
        """Whether a Hessian is written as a function of dX."""
        return any(is_differential(s) for s in symbols(self.claim))

    @property
    def numbers(self) -> list[int]:
        """Numerators and denominators of the constants."""
        values = [n.params[0] for n in self.nodes if n.op.name == "number"]
        return [k for v in values for k in (v.numerator, v.denominator)]


@dataclass
class Sized:
    """The question at numeric sizes: programs, bounds of degrees, what was seen so far."""

    question: ExactQuestion
    sizes: dict[str, int]

    def __post_init__(self) -> None:
        q = self.question
        self.f, self.claim = (ExactProgram(steps, self.sizes) for steps in q.steps)
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

    def point(
        self, value: Callable[[SampledSpace, int, int], list], move: Callable[[SampledSpace, int, int, list], list]
    ) -> ExactPoint:
        """A point, from ways to draw a value and a direction in a space of rows×cols matrices."""
        q = self.question
        values = {s: value(space, *self.shapes[s]) for s, space in q.spaces.items()}
        moves = {X: [move(q.spaces[X], *self.shapes[X], values[X]) for _ in range(q.order)] for X in q.variables}
        return ExactPoint(values, moves)

    def sides(self, field: NumberField, point: ExactPoint) -> Sides:
        """Both sides at a point. NoValue where the function has none."""
        q = self.question
        o, plain = Duals(field, q.order), Duals(field)
        duals = {s: o.array(*self.shapes[s], v) for s, v in point.values.items()}
        for X, directions in point.moves.items():
            for i, direction in enumerate(directions):
                duals[X].parts[1 << i] = direction
        f = self.f.run(o, duals)[0]
        truth = f.parts[-1] or [field.zero] * (f.rows * f.cols)
        known = field.domain_size
        leaves = {s: plain.array(*self.shapes[s], v) for s, v in point.values.items()}
        leaves |= {dX: plain.array(*self.shapes[X], point.moves[X][-1]) for dX, X in q.tangents.items()}
        try:
            claim = self.claim.run(plain, leaves)[0]
        except NoValue as error:
            return Sides(truth, None, error)
        found = self._along(plain, claim, point.moves)
        inside = None
        if q.form == "gradient" and q.spaces[q.variables[0]].is_proper:
            X = q.variables[0]
            inside = lies_in(q.spaces[X], claim, point.values[X], field)
        return Sides(truth, found, None, field.domain_size > known, inside)

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
class ExactPoint:
    """Entries of the symbols, row by row, and for each moving variable its directions."""

    values: Values
    moves: dict[Expr, list[list]]


@dataclass(frozen=True)
class Sides:
    """The derivative along the directions, and what the claim gives for it: None, with the error, where it has no value."""

    truth: list
    claimed: list | None
    error: NoValue | None = None
    narrower: bool = False
    inside: bool | None = None
