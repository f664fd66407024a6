"""Are two expressions equal, as functions of their symbols?"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from itertools import product

import numpy as np

from frechet.check.claimed import declarations_named
from frechet.check.compare import compare
from frechet.check.exact import identical
from frechet.check.points.domain import Domain
from frechet.check.proof import has_equal_form, has_own_domain
from frechet.errors import BudgetError, EvaluationError, FrechetError
from frechet.expr.definitions import expanded
from frechet.expr.node import Expr, as_expr, postorder, symbols
from frechet.expr.sizes import Size, Substitution
from frechet.expr.walks import size_letters
from frechet.finite.quiet import QUIET
from frechet.language import read
from frechet.language.reading import Reading

__all__ = ["equivalent"]

Declared = dict[str, str | Expr]
_SECONDS = 1.0
_TRANSPOSED = r"(?<!\w){}\s*('|\.T\b|ᵀ|\^T\b)"  # nobody transposes a number


def equivalent(
    f: str | Expr,
    g: str | Expr,
    seed: int = 0,
    sizes: Mapping[str, int] | None = None,
    *,
    declarations: Sequence[str] | Mapping[str, str | Expr] | None = None,
    **letters: str | Expr,
) -> bool:
    """Whether two expressions agree wherever both are defined: by canonical form, else at many points of every size and scale.

    Texts are read first, and together: a letter that may be a vector or a number is what the other text takes it for, and n
    in `sum(x)/n` is the size that `mean(x)` has. Where both texts leave it open, they are equal if one reading makes them so:
    `softmax(x+a)` and `softmax(x)` are, for a number a. Sizes that only one of the two leaves open are those of the other:
    `tr(A*B)` and `tr(A*B')` are compared at square matrices. Letters of texts are declared as in `derivative`, S="spd(n)", or by
    `declarations`, a mapping or texts such as "S: spd(n)".

    Warns where one of two equal ones has no value at all for some order of the sizes: `inv(X'*X)*X'` is `pinv(X)` where X has
    no fewer rows than columns, and does not exist elsewhere.

    Raises FrechetError when no point is found at which both have a value, or when too few of them decide.

    >>> fr.equivalent("tr(A*B)", "tr(B*A)"), fr.equivalent("A*B", "B*A")
    (True, False)
    >>> fr.equivalent("A*B", "(B*A)'", A="symmetric(n)", B="symmetric(n)")
    True
    """
    declared = declarations_named(declarations, letters, "equivalent")
    problem: FrechetError | None = None
    answers, limits = [], ""
    f, g = (e if isinstance(e, str | Expr) else as_expr(e) for e in (f, g))
    with np.errstate(all="ignore"), QUIET:
        for pair in _readings(f, g, declared):
            first, second = _unified(*pair)
            try:
                answers.append(_equivalent(expanded(first), expanded(second), seed, sizes))
            except BudgetError:
                raise
            except FrechetError as error:
                problem = problem or error
            if answers and answers[-1]:
                limits = _limits(first, second, seed, sizes)
                break
    if limits:
        warnings.warn(limits, stacklevel=2)
    if answers and answers[-1]:
        return True
    if problem is not None:
        raise problem
    return False


def _readings(f: str | Expr, g: str | Expr, declared: Declared) -> Iterator[tuple[Expr, Expr]]:
    """The two with one meaning for each letter, in every way in which they can be read; the usual one first."""
    ours, theirs = (_variants(e, other, declared) for e, other in ((f, g), (g, f)))
    fitting = [(a, b) for a, b in product(ours, theirs) if _agree(a, b)]
    yield from fitting or [(ours[0], theirs[0])]  # which says that a letter means two things
    for a, b in fitting:
        if isinstance(g, str):
            yield from _with_sizes(a, g, b, declared)
        if isinstance(f, str):
            yield from ((first, second) for second, first in _with_sizes(b, f, a, declared))


def _variants(e: str | Expr, other: str | Expr, declared: Declared) -> list[Expr]:
    """An expression, or the readings of a text: by itself, with the letters of the other one, with numbers for vectors."""
    if not isinstance(e, str):
        return [e]
    usual = read(e, declared)
    theirs = symbols(read(other, declared).expr if isinstance(other, str) else other)
    meant = {s.name: s for s in theirs if not (s.is_scalar and re.search(_TRANSPOSED.format(re.escape(s.name)), e))}
    found = [usual.expr, _read_with(e, meant, declared).expr]
    found += [usual.with_number(name).expr for name in usual.numbers]
    if len(usual.numbers) > 1:
        found.append(read(e, {**dict.fromkeys(usual.numbers, "scalar"), **declared}).expr)
    return list(dict.fromkeys(found))


def _read_with(text: str, known: Mapping[str, str | Expr], declared: Declared) -> Reading:
    """The text in symbols that are known, where it fits them; else as it is read alone."""
    usual = read(text, declared)
    shared = {**declared, **{name: known[name] for name in usual.symbols if name in known}}
    try:
        return read(text, shared) if shared else usual
    except BudgetError:
        raise
    except FrechetError:
        return usual


def _agree(f: Expr, g: Expr) -> bool:
    """Whether no letter is a number in one of the two and an array in the other."""
    ours = {s.name: s for s in symbols(f)}
    return all(s.name not in ours or ours[s.name].is_scalar == s.is_scalar for s in symbols(g))


def _with_sizes(f: Expr, text: str, g: Expr, declared: Declared) -> Iterator[tuple[Expr, Expr]]:
    """Both with a number of the text that f does not have as a size of f: n in sum(x)/n beside mean(x)."""
    ours = {s.name for s in symbols(f)}
    for s in symbols(g):
        if s.name in ours or not s.is_scalar or len(s.name) > 1:
            continue
        for letter in size_letters(f):
            renamed = _renamed(f, {letter: Size.of({(s.name,): 1})})
            again = _read_with(text, {t.name: t for t in symbols(renamed)}, declared).expr
            if s.name not in {t.name for t in symbols(again)}:
                yield renamed, again


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
    proved = identical(f, g, sizes, seed, _SECONDS).outcome
    if proved in ("equal", "unequal"):
        return proved == "equal"
    seen = compare(f, g, Domain([f, g], (), sizes, seed), seed)
    if seen.equal is None:
        if same_form:
            return True
        raise EvaluationError(f"undecided: too few points could be compared ({seen.words()})")
    return seen.equal


def _limits(f: Expr, g: Expr, seed: int, sizes: Mapping[str, int] | None) -> str:
    """For which order of the sizes one of two equal expressions alone has a value, in words; empty where there is none."""
    if f is g or len(set(size_letters(f, g)) - set(sizes or ())) < 2:
        return ""
    for first, second in ((f, g), (g, f)):
        known, other = expanded(first), expanded(second)
        if not has_own_domain(other, known):
            continue
        try:
            seen = compare(known, other, Domain([known], (), sizes, seed, names=symbols(other)), seed)
        except BudgetError:
            raise
        except FrechetError:
            continue  # nothing is known about where the first has values
        order = seen.order_without_a_value()
        if order is not None:
            a, b = order
            return f"{first} and {second} are equal where {a} >= {b}; where {a} < {b} {second} has no value"
    return ""


def _unified(f: Expr, g: Expr) -> tuple[Expr, Expr]:
    """The two with one size for each symbol of both, as if they were read from one text; as they are where none is."""
    ours, theirs = size_letters(f), size_letters(g)
    fresh = {letter: Size.of({(f"{letter}'",): 1}) for letter in theirs}  # n of one text is not n of the other
    solver = Substitution([*ours, *(s.letter for s in fresh.values() if s.letter)])
    known = {s.name: s for s in symbols(f)}
    for s in symbols(g):
        other = known.get(s.name)
        if other is not None and other.is_scalar != s.is_scalar:
            return f, g
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
