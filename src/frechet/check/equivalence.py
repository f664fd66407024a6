"""Are two expressions equal, as functions of their symbols?"""

from __future__ import annotations

from collections.abc import Mapping

from frechet.check.compare import compare
from frechet.check.exact import identical
from frechet.check.points.domain import Domain
from frechet.check.points.sizes import size_letters
from frechet.check.proof import has_equal_form, has_own_domain
from frechet.errors import EvaluationError, FrechetError
from frechet.expr.definitions import expanded
from frechet.expr.node import Expr, postorder, symbols
from frechet.expr.sizes import Size

__all__ = ["equivalent"]

_SECONDS = 1.0


def equivalent(f: Expr, g: Expr, seed: int = 0, sizes: Mapping[str, int] | None = None) -> bool:
    """Whether two expressions agree wherever both are defined: by canonical form, else at many points of every size and scale.

    Raises FrechetError when no point is found at which both have a value, and EvaluationError when too few of them decide.
    """
    f, g = map(expanded, _unified(f, g))
    if f is g:
        return True
    if f.shape != g.shape:
        return False
    by_name: dict[str, Expr] = {}
    for s in symbols(f, g):
        if by_name.setdefault(s.name, s) is not s:
            raise FrechetError(f"{s.name} means two different things in the two expressions")
    same_form = has_equal_form(f, g)
    if same_form and not has_own_domain(g, f) and not has_own_domain(f, g):
        return True
    if identical(f, g, sizes, seed, _SECONDS).outcome == "unequal":
        return False
    seen = compare(f, g, Domain([f, g], (), sizes, seed), seed)
    if seen.equal is None:
        if same_form:
            return True
        raise EvaluationError(f"undecided: too few points could be compared ({seen.words()})")
    return seen.equal


def _unified(f: Expr, g: Expr) -> tuple[Expr, Expr]:
    """The two with the size letters of one for those of the other, as if they were read from one text."""
    letters = _letters_of(g, f)
    if letters is not None:
        return f, _renamed(g, letters)
    letters = _letters_of(f, g)
    return (f, g) if letters is None else (_renamed(f, letters), g)


def _letters_of(g: Expr, f: Expr) -> dict[str, Size] | None:
    """For the letters of g, the sizes that the symbols of the same names have in f; None where they contradict each other."""
    known = {s.name: s for s in symbols(f)}
    letters: dict[str, Size] = {}
    for s in symbols(g):
        other = known.get(s.name)
        if other is None:
            continue
        if s.params[1] != other.params[1]:
            return None
        for own, wanted in zip(s.shape, other.shape, strict=True):
            if own is not wanted and own.letter is None:
                return None
            if own.letter is not None and letters.setdefault(own.letter, wanted) is not wanted:
                return None
    kept = set(size_letters([g])) - set(letters)
    taken = {letter for wanted in letters.values() for letter in wanted.letters}
    return None if kept & taken else letters


def _renamed(root: Expr, letters: Mapping[str, Size]) -> Expr:
    done: dict[Expr, Expr] = {}
    for node in postorder(root):
        params = tuple(p.substitute(letters) if isinstance(p, Size) else p for p in node.params)
        done[node] = node.op(*[done[a] for a in node.args], params=params)
    return done[root]
