"""Sizes of the arguments of a function whose formula is asked for: those that are not declared are found by what the code does.

Each argument without a declaration gets letters of its own; where an operation needs two sizes to be one, the letter gives way
and the function runs again, as often as there are letters.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from frechet.errors import ShapeError
from frechet.expr.node import Expr
from frechet.expr.sizes import Size
from frechet.language import parse

__all__ = ["GuessedSizes", "SizesDifferError", "agree"]

_LETTERS = "mnpqrskjhtuvwdbcfglo"


class SizesDifferError(ShapeError):
    """Two sizes that an operation needs to be one."""

    def __init__(self, what: str, a: Size, b: Size) -> None:
        self.pair = a, b
        super().__init__(f"{what}: the sizes {a} and {b} differ")


def agree(what: str, a: Size, b: Size) -> None:
    """Raises SizesDifferError where two sizes are not one."""
    if a is not b:
        raise SizesDifferError(what, a, b)


class GuessedSizes:
    """Arguments with and without a declaration, as symbols."""

    def __init__(self, names: Iterable[str], declarations: Mapping[str, str]) -> None:
        self.declared = {n: parse(n, **{n: text}) for n, text in declarations.items()}
        self.kinds = {n: parse(n) for n in names if n not in declarations}  # by their letters, as in text
        taken = {n for e in self.declared.values() for s in (e.rows, e.cols) for n in s.letters}
        self._free = iter([c for c in _LETTERS if c not in taken])
        self._sizes = {
            n: [next(self._free, f"{n}{k}") for k in range(0 if e.is_scalar else 1 if str(e.cols) == "1" else 2)]
            for n, e in self.kinds.items()
        }
        self._known: dict[str, str] = {}  # what has taken the place of a letter

    def _size(self, letter: str) -> str:
        while letter in self._known:
            letter = self._known[letter]
        return letter

    def symbols(self, names: Iterable[str]) -> dict[str, Expr]:
        """The arguments in order."""
        kinds = ("scalar", "vector({})", "matrix({},{})")
        texts = {n: kinds[len(s)].format(*map(self._size, s)) for n, s in self._sizes.items()}
        return {n: self.declared[n] if n in self.declared else parse(n, **{n: texts[n]}) for n in names}

    def make_one(self, pair: tuple[Size, Size]) -> bool:
        """Lets a letter of ours give way to the other size; False where neither may."""
        ours = [c for letters in self._sizes.values() for c in letters]
        a, b = sorted(map(str, pair), key=lambda s: ours.index(s) if s in ours else -1)
        if b not in ours or b in self._known:
            return False
        self._known[b] = a
        return True
