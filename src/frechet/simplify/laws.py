"""Identities as data: `inv(kron(A,B)) = kron(inv(A), inv(B)) where A square, B square`, a line of the language on a declaration.

The left side is a pattern. A scalar letter stands for a scalar, a vector for a vector, a capital for any matrix; `c*A` for scalars
in front of a matrix; a size letter for a size. After `where` stands what the letters must be: square, or a declared property.
"""

from __future__ import annotations

from functools import cached_property
from importlib import import_module

from frechet.expr.node import Expr, Operation
from frechet.expr.properties import has
from frechet.expr.sizes import ONE, Size
from frechet.expr.sizes import size as size_of
from frechet.expr.structure import SYMBOL, scale

__all__ = ["Law"]


_KINDS = {"square": "matrix({n},{n})", "positive": "matrix(m,n) positive"}


class Law:
    """An identity, read when it is first used; law(node) is an equal expression, or None where the left side does not fit."""

    def __init__(self, op: Operation, text: str):
        self.op, self.text = op, text

    def __repr__(self) -> str:
        return self.text

    @cached_property
    def sides(self) -> tuple[Expr, Expr]:
        """Both sides; ValueError where the left one is not of this operation as it stands."""
        read = import_module("frechet.language").read  # `import frechet` stays quick
        identity, _, conditions = self.text.partition(" where ")
        left, right = identity.split(" = ")
        declared = {}
        for n, condition in zip("nmpq", filter(None, conditions.split(", ")), strict=False):
            letter, kind = condition.split()
            declared[letter] = kind if "(" in kind else _KINDS.get(kind, kind + "({n})").format(n=n)
        reading = read(left, declared, "text")
        if reading.expr.op is not self.op:
            raise ValueError(f"{left} is {reading.expr}: no identity of {self.op.name}")
        return reading.expr, read(right, reading.symbols, "text").expr

    @cached_property
    def _heads(self) -> list[Operation | None]:
        """The operations that the arguments have; None for a letter, which stands for anything."""
        return [None if a.op is SYMBOL else a.op for a in self.sides[0].args]

    def __call__(self, node: Expr) -> Expr | None:
        for head, e in zip(self._heads, node.args, strict=False):
            if head is not None and head is not e.op:
                return None  # what nearly all nodes come to
        left, right = self.sides
        match = _Match()
        return match.filled(right) if match.fits_all(left, node) else None


class _Match:
    """What the letters of a pattern stand for."""

    def __init__(self) -> None:
        self.parts: dict[str, Expr] = {}
        self.sizes: dict[str, Size] = {}

    def fits(self, pattern: Expr, e: Expr) -> bool:
        """Whether the pattern is e, with the letters standing for parts of it."""
        if pattern.op is SYMBOL:
            return self._stands_for(pattern, e)
        if pattern.op is not e.op:
            return False
        if pattern.op is scale and not e.is_scalar:
            c, A = pattern.args
            return self.fits(c, scale(*e.args[:-1])) and self.fits(A, e.args[-1])
        return self.fits_all(pattern, e)

    def fits_all(self, pattern: Expr, e: Expr) -> bool:
        """Whether the arguments and sizes fit."""
        if len(pattern.args) != len(e.args) or len(pattern.params) != len(e.params):
            return False
        sizes = zip(pattern.params, e.params, strict=True)
        return all(self._is_size(p, q) for p, q in sizes) and all(map(self.fits, pattern.args, e.args))

    def _stands_for(self, letter: Expr, e: Expr) -> bool:
        known = self.parts.setdefault(letter.name, e)
        if known is not e or (letter.is_scalar and not e.is_scalar) or (letter.cols is ONE and e.cols is not ONE):
            return False
        if not (self._is_size(letter.rows, e.rows) and self._is_size(letter.cols, e.cols)):
            return False
        return all(has(e, name) for name in letter.params[1])

    def _is_size(self, pattern: object, size: object) -> bool:
        """Whether a size fits; of a product one letter that is not known yet is what is left of the size."""
        if not isinstance(pattern, Size) or not isinstance(size, Size):
            return pattern == size
        if pattern.letter is not None:
            return self.sizes.setdefault(pattern.letter, size) is size
        unknown = [letter for letter in pattern.letters if letter not in self.sizes]
        if unknown:
            others = pattern.divide(size_of(unknown[0])) if len(unknown) == 1 else None
            left = size.divide(others.substitute(self.sizes)) if others is not None else None
            if left is None:
                return False
            self.sizes[unknown[0]] = left
        return pattern.substitute(self.sizes) is size

    def filled(self, e: Expr) -> Expr:
        """The expression with what the letters stand for."""
        if e.op is SYMBOL:
            return self.parts[e.name]
        params = tuple(p.substitute(self.sizes) if isinstance(p, Size) else p for p in e.params)
        return e.op(*map(self.filled, e.args), params=params)
