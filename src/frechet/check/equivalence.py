"""Are two expressions equal, as functions of their symbols?"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from frechet.check.compare import compare
from frechet.check.exact import identical
from frechet.check.points.domain import Domain
from frechet.check.points.sizes import size_letters
from frechet.check.proof import has_equal_form, has_own_domain
from frechet.errors import EvaluationError, FrechetError
from frechet.expr.definitions import expanded
from frechet.expr.node import Expr, postorder, symbols
from frechet.expr.sizes import Size, Substitution
from frechet.finite.quiet import QUIET
from frechet.language import read

__all__ = ["equivalent"]

_SECONDS = 1.0


def equivalent(f: str | Expr, g: str | Expr, seed: int = 0, sizes: Mapping[str, int] | None = None) -> bool:
    """Whether two expressions agree wherever both are defined: by canonical form, else at many points of every size and scale.

    Texts are read first. Sizes that only one of the two leaves open are those of the other: `tr(A*B)` and `tr(A*B')` are
    compared at square matrices.

    Raises FrechetError when no point is found at which both have a value, and EvaluationError when too few of them decide.

    >>> fr.equivalent("tr(A*B)", "tr(B*A)"), fr.equivalent("A*B", "B*A")
    (True, False)
    """
    first, second = _unified(*(read(e).expr if isinstance(e, str) else e for e in (f, g)))
    with np.errstate(all="ignore"), QUIET:
        return _equivalent(expanded(first), expanded(second), seed, sizes)


def _equivalent(f: Expr, g: Expr, seed: int, sizes: Mapping[str, int] | None) -> bool:
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
    """The two with one size for each symbol of both, as if they were read from one text; as they are where none is."""
    ours, theirs = size_letters([f]), size_letters([g])
    fresh = {letter: Size.of({(f"{letter}'",): 1}) for letter in theirs}  # n of one text is not n of the other
    solver = Substitution([*ours, *(s.letter for s in fresh.values() if s.letter)])
    known = {s.name: s for s in symbols(f)}
    for s in symbols(g):
        other = known.get(s.name)
        pairs = () if other is None else zip(other.shape, s.shape, strict=True)
        if not all(solver.unify(wanted, own.substitute(fresh)) for wanted, own in pairs):
            return f, g
    if solver.settle() is not None:
        return f, g
    back = {s.letter: Size.of({(letter,): 1}) for letter, s in fresh.items() if s.letter}

    def solved(s: Size) -> Size:
        return solver.resolve(s).substitute(back)

    f_letters = {letter: solved(Size.of({(letter,): 1})) for letter in ours}
    g_letters = {letter: solved(s) for letter, s in fresh.items()}
    return _renamed(f, f_letters), _renamed(g, g_letters)


def _renamed(root: Expr, letters: Mapping[str, Size]) -> Expr:
    done: dict[Expr, Expr] = {}
    for node in postorder(root):
        params = tuple(p.substitute(letters) if isinstance(p, Size) else p for p in node.params)
        done[node] = node.op(*[done[a] for a in node.args], params=params)
    return done[root]
