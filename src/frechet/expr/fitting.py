"""Which sizes an expression is for: positions and counts that have to exist, such as 3 <= n for X[1,3], from the declarations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from frechet.expr.definitions import expanded
from frechet.expr.node import Expr, Operation, postorder
from frechet.expr.signature import Signature
from frechet.expr.sizes import Size, dimension

__all__ = ["Fit", "applied", "fits_of", "own_fits", "unfit"]


@dataclass(frozen=True)
class Fit:
    """low <= high, which the operation of a node needs."""

    low: Size
    high: Size
    node: Expr

    @property
    def letters(self) -> frozenset[str]:
        return self.low.letters | self.high.letters

    def holds(self, numbers: Mapping[str, int]) -> bool:
        return self.low.value(numbers) <= self.high.value(numbers)

    def words(self) -> str:
        """X[1,3] needs 3 <= n."""
        what = str(self.node) if self.node.weight < _READABLE else self.node.op.name
        return f"{what} needs {self.low} <= {self.high}"


_READABLE = 40  # symbols of an operation that a message writes out


def fits_of(roots: Sequence[Expr]) -> list[Fit]:
    """What can fail, once: of 3 <= n and 5 <= n the second. Where all sizes are at least 1, 1 <= n cannot."""
    found: dict[tuple[object, ...], tuple[int, Fit]] = {}
    for node in postorder(*roots, *[expanded(r) for r in roots]):
        for fit in own_fits(node):
            margin = fit.high - fit.low
            letters = tuple((monomial, c) for monomial, c in margin.terms if monomial)
            slack = sum(c for monomial, c in margin.terms if not monomial)
            if letters not in found or slack < found[letters][0]:
                found[letters] = slack, fit
    return [fit for _, fit in found.values()]


def own_fits(node: Expr) -> Iterable[Fit]:
    """The conditions of one node that do not hold at all sizes from 1 on."""
    pairs = node.op.fits(node) if node.op.fits is not None else ()
    for low, high in pairs:
        terms = (high - low).terms
        grows = all(c > 0 for monomial, c in terms if monomial)
        if not (grows and sum(c for _, c in terms) >= 0):
            yield Fit(low, high, node)


def unfit(fits: Iterable[Fit], numbers: Mapping[str, int]) -> str:
    """What does not hold at these sizes, in words; empty where all does that is known."""
    for fit in fits:
        if fit.letters <= numbers.keys() and not fit.holds(numbers):
            known = ", ".join(f"{letter} = {numbers[letter]}" for letter in sorted(fit.letters))
            return f"{fit.words()}, and {known}" if known else fit.words()
    return ""


def applied(operation: Operation, arguments: Sequence[Expr], sizes: Sequence[Size]) -> Expr:
    """The operation as people write it, in text or in Python. Raises ShapeError for sizes of arrays below 1.

    Expressions that are derived may have parts without entries: zeros(m-n, n) at m = n.
    """
    signature = operation.signature
    if sizes and isinstance(signature, Signature):
        of_arrays = {letter for pair in (*signature.arguments, signature.outcome) for s in pair for letter in s.letters}
        for template, s in zip(signature.parameters, sizes, strict=True):
            if template.letter in of_arrays:
                dimension(s)
    return operation(*arguments, params=tuple(sizes))
