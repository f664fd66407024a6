"""Names for parts of an answer, so that it is no wider than people read: repeated parts first, then what is too wide."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence

from frechet.expr.node import Expr, postorder
from frechet.expr.structure import add
from frechet.language import to_text
from frechet.simplify.naming import fresh_name, named_parts

__all__ = ["names_for"]

_WIDEST = 40.0  # em of one term, which no browser breaks into lines
_NARROWEST = 6.0  # em of a part that is worth a name
_MOST = 12
_TAKEN = "def"  # d is the differential, e a number, f the function
_TOKEN = re.compile(
    r"(?P<word>[^\W\d_]+)|(?P<index>[\d_.]+)|(?P<bracket>[()\[\]])|(?P<operator>[-+=<>])|(?P<mark>')|\S"
)
_EM = {"word": 0.55, "index": 0.4, "bracket": 0.35, "operator": 1.2, "mark": 0.5}  # a letter, a digit, a sign


def names_for(
    results: Sequence[Expr], taken: Collection[str], named: Mapping[Expr, str] | None = None
) -> dict[Expr, str]:
    """Parts of the results with their names, each after those that it uses itself; `named` ones keep theirs."""
    used = {*taken, *_TAKEN}
    names = dict(named_parts(results, used, _MOST) if named is None else named)
    used |= {*names.values()}
    while len(names) < _MOST and (wide := _widest(results, names)) is not None:
        part = _half(wide, names)
        if part is None:
            break
        names[part] = fresh_name(part, used)
        used.add(names[part])
    place = {e: i for i, e in enumerate(postorder(*results))}
    return dict(sorted(names.items(), key=lambda item: place.get(item[0], -1)))


def _widest(results: Sequence[Expr], names: Mapping[Expr, str]) -> Expr | None:
    """The widest term of what is written out, where it is too wide."""
    written = [(e, {p: n for p, n in names.items() if p is not e}) for e in (*results, *names)]
    terms = [(_width(t, inside), k, t) for e, inside in written for k, t in enumerate(e.args if e.op is add else [e])]
    width, _, term = max(terms, key=lambda found: found[:2])
    return term if width > _WIDEST else None


def _half(term: Expr, names: Mapping[Expr, str]) -> Expr | None:
    """The part of a term whose name comes closest to halving it."""
    inside = {p: n for p, n in names.items() if p is not term}
    whole = _width(term, inside)
    seen: list[tuple[float, int, Expr]] = []
    stack, known = list(term.args), set[Expr]()
    while stack:
        part = stack.pop()
        if part in known or part in names:
            continue
        known.add(part)
        stack.extend(part.args)
        width = _width(part, inside)
        if _NARROWEST <= width < whole - _NARROWEST:
            seen.append((abs(width - whole / 2), len(seen), part))
    return min(seen, key=lambda found: found[:2])[2] if seen else None


def _width(e: Expr, names: Mapping[Expr, str]) -> float:
    """About how many em the typeset formula takes, without what fractions and roots save."""
    return sum(_EM.get(m.lastgroup or "", 0.0) * len(m[0]) for m in _TOKEN.finditer(to_text(e, names)))
