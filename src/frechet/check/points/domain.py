"""Points at which a function is defined, without end: every size, sign pattern and scale that its domain has.

The function alone decides whether a point belongs; what is claimed about it has no say.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

import numpy as np

from frechet.budgets import limits, require_memory, tick
from frechet.check.points.sizes import size_schedule
from frechet.check.points.values import DEFINITE, STYLES, Point, Style, symbol_value, tangent_at
from frechet.check.rounding import NUMERICAL, condition
from frechet.errors import EvaluationError, FrechetError
from frechet.expr.evaluate import Evaluation, sizes_of
from frechet.expr.footprint import memory_for
from frechet.expr.node import Expr, postorder, symbols
from frechet.expr.properties import has
from frechet.expr.structure import differential_of, is_differential
from frechet.expr.walks import size_letters

__all__ = ["Domain"]

_TRIES = 12  # for one point
_HOPELESS = 8  # failures without a success, after which a style or a choice of sizes is left out
_DECADES = 3.0  # scales go from 1e-3 to 1e3
_CONDITION = 1e6  # of a matrix that has to be invertible: beyond it differences lose their digits
_SINGULAR = 1e13  # beyond it the matrix is singular up to rounding
_COMFORTABLE = 3e7  # bytes
_LARGEST = 1e100  # value, beyond which differences overflow


class Domain:
    """The domain of `roots`. A point has values for their symbols and for the differentials of the variables.

    Raises FrechetError when no point of it is found, naming the letters to fix with `sizes`.
    """

    def __init__(
        self,
        roots: Sequence[Expr],
        variables: Sequence[Expr] = (),
        sizes: Mapping[str, int] | None = None,
        seed: int = 0,
        names: Sequence[Expr] = (),
    ):
        self.roots, self.variables, self.names = tuple(roots), tuple(variables), tuple(names)
        self.rng = np.random.default_rng(seed)
        found = symbols(*roots, *variables, *names)
        tangents = {differential_of(X) for X in self.variables}
        self.symbols = [s for s in dict.fromkeys(found) if s not in tangents]
        self.letters = size_letters(*roots, *variables, *names)
        self.sizes = dict(sizes or {})
        self.schedule = size_schedule(self.letters, self.sizes, self.rng)
        self.record: dict[object, list[int]] = {}  # of a style, of a choice of sizes: [points, failures]
        self.memory: dict[tuple[tuple[str, int], ...], int] = {}
        inverted = [n.args[0] for n in postorder(*roots) if "{0} is invertible" in n.op.domain]
        self._evaluate = Evaluation([*roots, *inverted])
        self.samplers = [n for n in postorder(*roots) if _has_own_sample(n)]

    def points(self, count: int, regular: bool = False, scaled: bool = True) -> Iterator[Point]:
        """`count` points; with `regular` only such at which differences keep their digits."""
        found = failed = 0
        while found < count:
            tick()
            point = self._next(found if scaled else 0, regular)
            if point is not None:
                found += 1
                yield point
            else:
                failed += 1
            if failed > (8 if found else 16):
                if not found:
                    letters = ", ".join(self.letters) or "none are free"
                    raise FrechetError(
                        "no point was found at which the expression is defined; fix the sizes "
                        f"({letters}) or declare properties such as spd or positive"
                    )
                return

    def drawn(self, count: int) -> Iterator[Point]:
        """Points, up to `count`, whether or not they belong."""
        for k in range(count):
            numbers = self._next_sizes()
            point = self._drawn(numbers, STYLES[k % len(STYLES)], {}) if numbers is not None else None
            if point is not None:
                yield point

    def contains(self, point: Point, regular: bool = False) -> bool:
        """Whether the roots have finite real values there."""
        try:
            with np.errstate(all="ignore"):
                results = self._evaluate(point.values, point.sizes)
        except NUMERICAL:
            return False
        values, matrices = results[: len(self.roots)], results[len(self.roots) :]
        if not all(np.isrealobj(r) and np.isfinite(r).all() for r in values):
            return False
        if regular and not all(np.abs(r).max(initial=0) < _LARGEST for r in values):
            return False
        limit = _CONDITION if regular else _SINGULAR
        return all(np.isfinite(A).all() and condition(A) < limit for A in matrices if A.size)

    def with_tangents(self, values: Mapping[Expr, np.ndarray]) -> dict[Expr, np.ndarray]:
        """The values with random differentials of the variables."""
        return {**values, **{differential_of(X): tangent_at(X, values[X], self.rng) for X in self.variables}}

    # --- one point ------------------------------------------------------------------------------------

    def _next(self, index: int, regular: bool) -> Point | None:
        for attempt in range(_TRIES):
            numbers = self._next_sizes()
            if numbers is None:
                continue
            style = self._style(index + attempt, attempt)
            scales = self._scales(index if attempt < _TRIES // 2 else 0)
            point = self._drawn(numbers, style, scales) if style is not None else self._sampled(numbers)
            key = tuple(sorted(point.sizes.items())) if point is not None else tuple(sorted(numbers.items()))
            inside = point is not None and self.contains(point, regular)
            for what in (style, key):
                self.record.setdefault(what, [0, 0])[0 if inside else 1] += 1
            if inside:
                return point
        return None

    def _next_sizes(self) -> dict[str, int] | None:
        allowed = limits().memory
        comfortable = allowed if self.sizes else min(allowed, _COMFORTABLE)  # what nobody asked for is chosen small
        for numbers in islice(self.schedule, 20):
            if self._hoped_for(numbers) and self._needed(numbers) <= comfortable:
                return numbers
        smallest = dict.fromkeys(self.letters, 1) | self.sizes
        require_memory(self._needed(smallest), "a check at these sizes")
        return smallest if self._hoped_for(smallest) else None

    def _hoped_for(self, numbers: Mapping[str, int]) -> bool:
        """Whether points were found at these sizes, few were tried, or there are no other sizes."""
        if all(letter in self.sizes for letter in self.letters):
            return True
        record = self.record.get(tuple(sorted(numbers.items())))
        return record is None or record[0] > 0 or record[1] < _HOPELESS

    def _needed(self, numbers: Mapping[str, int]) -> int:
        """Bytes for one evaluation at these sizes."""
        key = tuple(sorted(numbers.items()))
        if key not in self.memory:
            self.memory[key] = memory_for([*self.roots, *self.symbols, *self.names], numbers)
        return self.memory[key]

    def _style(self, index: int, attempt: int) -> Style | None:
        """The usual style mostly; the others in turn.

        Where an operation of several matrices declares samples, a number somewhere does not mean that it is inside of its
        domain: its samples (None stands for them) and positive definite matrices are.
        """
        order: list[Style | None] = [STYLES[0], *STYLES]
        hopeful = self._hopeful([None, DEFINITE]) if self.samplers else []
        hopeful = hopeful or self._hopeful(order) or order
        if attempt == 0 and index % 2 == 0:
            return hopeful[0]
        return hopeful[int(self.rng.integers(len(hopeful)))]

    def _hopeful(self, styles: Sequence[Style | None]) -> list[Style | None]:
        return [s for s in styles if (r := self.record.get(s)) is None or r[0] or r[1] < _HOPELESS]

    def _scales(self, index: int) -> dict[Expr, float]:
        """All 1, one variable far from 1, each on its own, in turn."""
        count = len(self.symbols)
        if index % 3 == 0 or not count:
            return {}
        exponents = self.rng.uniform(-_DECADES, _DECADES, count)
        if index % 3 == 1:
            exponents *= np.arange(count) == self.rng.integers(count)
        return {s: float(10.0**e) for s, e in zip(self.symbols, exponents, strict=True)}

    def _drawn(self, numbers: Mapping[str, int], style: Style, scales: Mapping[Expr, float]) -> Point | None:
        try:
            shapes = {s: (s.rows.value(numbers), s.cols.value(numbers)) for s in self.symbols}
        except KeyError:
            return None
        if any(min(shape) < 1 for shape in shapes.values()):
            return None
        values = {s: symbol_value(s, shape, style, self.rng, scales.get(s, 1.0)) for s, shape in shapes.items()}
        return Point(self.with_tangents(values), dict(numbers))

    def _sampled(self, numbers: Mapping[str, int]) -> Point | None:
        """A point at which the arguments of an operation are the sample inside its domain that it declares."""
        node = self.samplers[int(self.rng.integers(len(self.samplers)))]
        arrays = node.op.sample(self.rng)  # type: ignore[misc]
        chosen = {}
        for s, a in zip(node.args, arrays, strict=False):
            if s.op.name == "symbol":
                chosen[s] = (a + a.T) / 2 if has(s, "symmetric") else a
        try:
            known = sizes_of(chosen, self.sizes)
            drawn = self._drawn({**numbers, **known}, STYLES[0], {})
        except EvaluationError:
            return None
        return None if drawn is None else Point(self.with_tangents({**drawn.values, **chosen}), drawn.sizes)


def _has_own_sample(node: Expr) -> bool:
    """Whether the samples of the operation can be the values of its arguments: distinct symbols without structure."""
    if node.op.sample is None or not node.op.domain or not node.args:
        return False
    if not all(a.op.name == "symbol" and not is_differential(a) for a in node.args):
        return False
    return len(set(node.args)) == len(node.args) and not node.op.elementwise and len(node.args) > 1
