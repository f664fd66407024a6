"""Signatures: the sizes that an operation takes and gives, written as `"m n, p q -> m*p n*q"`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from frechet.errors import ShapeError
from frechet.expr.sizes import ONE, Size, Substitution, size

__all__ = ["Shape", "Signature", "natural_ndim", "wrong_count"]

Shape = tuple[Size, Size]


def natural_ndim(rows: Size, cols: Size) -> int:
    """The dimensions that a signature's shape stands for: 0 for `1 1`, 1 for `n 1`, 2 for all others."""
    return 0 if rows is ONE and cols is ONE else 1 if cols is ONE else 2


@dataclass(frozen=True)
class Signature:
    """Sizes in, sizes out. Parameters that are sizes stand after a bar: `"m*p n*p | p -> m n"`.

    `arguments`, `parameters` and `outcome` are templates in the signature's own letters, so that the
    constructor can match them and the language can unify them.
    """

    text: str

    @cached_property
    def _parts(self) -> tuple[tuple[Shape, ...], tuple[Size, ...], Shape]:
        left, outcome = self.text.split("->")
        left, _, parameters = left.partition("|")
        return (
            tuple(_pair(p) for p in left.split(",") if p.strip()),
            tuple(_polynomial(p) for p in parameters.split(",") if p.strip()),
            _pair(outcome),
        )

    @property
    def arguments(self) -> tuple[Shape, ...]:
        return self._parts[0]

    @property
    def parameters(self) -> tuple[Size, ...]:
        return self._parts[1]

    @property
    def outcome(self) -> Shape:
        return self._parts[2]

    @cached_property
    def letters(self) -> frozenset[str]:
        sizes = [s for pair in self.arguments for s in pair] + list(self.parameters) + list(self.outcome)
        return frozenset(letter for s in sizes for letter in s.letters)

    @property
    def counts(self) -> tuple[int, int] | None:
        """How many arguments and sizes it takes; None for `"->"`, where any number will do."""
        return None if self.text.strip() == "->" else (len(self.arguments), len(self.parameters))

    def result(self, name: str, shapes: Sequence[Shape], parameters: Sequence[Size]) -> Shape:
        """The shape of the result; ShapeError says which sizes differ."""
        if self.counts != (len(shapes), len(parameters)):
            raise ShapeError(wrong_count(name, self.counts, len(shapes), len(parameters)))
        known: dict[str, Size] = {}
        composite: list[tuple[Size, Size]] = []  # templates that are not one letter, such as m*p
        for template, actual in self._equations(shapes, parameters):
            letter = template.letter
            if letter is None:
                composite.append((template, actual))
            elif known.setdefault(letter, actual) is not actual:
                raise self._mismatch(name, shapes, known[letter], actual)
        if composite:
            known = self._solve(name, shapes, known, composite)
        rows, cols = self.outcome
        return rows.substitute(known), cols.substitute(known)

    def _equations(self, shapes: Sequence[Shape], parameters: Sequence[Size]) -> Iterator[tuple[Size, Size]]:
        for (r, c), (rows, cols) in zip(self.arguments, shapes, strict=True):
            yield r, rows
            yield c, cols
        yield from zip(self.parameters, parameters, strict=True)

    def _solve(
        self, name: str, shapes: Sequence[Shape], known: Mapping[str, Size], composite: Iterable[tuple[Size, Size]]
    ) -> dict[str, Size]:
        unknown = {letter: Size.of({("?" + letter,): 1}) for letter in self.letters}
        solver = Substitution("?" + letter for letter in self.letters)
        solver.values.update({"?" + letter: s for letter, s in known.items()})
        for template, actual in composite:
            if not solver.unify(template.substitute(unknown), actual):
                raise self._mismatch(name, shapes, template, actual)
        open_equation = solver.settle()
        if open_equation is not None:
            raise self._mismatch(name, shapes, *open_equation)
        return {letter: solver.resolve(s) for letter, s in unknown.items()}

    def _mismatch(self, name: str, shapes: Sequence[Shape], a: Size, b: Size) -> ShapeError:
        sizes = ", ".join(f"{r}×{c}" for r, c in shapes)
        return ShapeError(f"{name} does not take {sizes}: it needs {self.text.strip()}, but {a} and {b} differ")


def wrong_count(name: str, takes: tuple[int, int] | None, arguments: int, parameters: int) -> str:
    """The message for a wrong number of arguments or sizes."""
    wanted, sizes = takes or (arguments, parameters)
    if arguments != wanted:
        return f"{name} takes {wanted} argument(s), not {arguments}"
    return f"{name} takes {sizes} size(s), not {parameters}"


def _pair(text: str) -> Shape:
    rows, cols = text.split()
    return _polynomial(rows), _polynomial(cols)


def _polynomial(text: str) -> Size:
    """Sums of products without brackets, as signatures need them."""
    total = size(0)
    for term in text.strip().replace("-", "+-").split("+"):
        if term:
            product = size(-1) if term[0] == "-" else ONE
            for factor in term.lstrip("-").split("*"):
                product = product * size(factor.strip())
            total = total + product
    return total
