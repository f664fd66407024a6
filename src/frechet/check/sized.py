"""The sizes of a claim: letters of the user, or none, unified with the sizes of the derivative.

The letters of variables that nobody declared are ours, and hidden: a claim `eye(n)` about `tr(X)` means the size of X, and
so do `eye` and `vector(1)`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise, permutations

from frechet.check.claims import read_claim
from frechet.check.problem import shape_of_form
from frechet.errors import BudgetError, FrechetError, LanguageError, ShapeError
from frechet.expr.node import Expr, postorder, substitute
from frechet.expr.sizes import Size
from frechet.expr.structure import differential_of, symbol, zeros
from frechet.language import read
from frechet.language.tokens import tokenise

__all__ = ["read_sized", "shapes_of_forms"]

_MOST = 120  # ways to read the letters
_HELPER = "Zz"


def shapes_of_forms(f: Expr, variables: Sequence[Expr], form: str | None) -> list[tuple[Size, Size]]:
    """The shapes that a claim may have: those of the form, or of every form."""
    X = variables[0]
    entries = X.rows * X.cols
    shapes = {
        "gradient": shape_of_form(f, X, "gradient"),
        "Jacobian": shape_of_form(f, X, "Jacobian"),
        "Hessian": (entries, entries),
        "differential": f.shape,
    }
    if not f.is_scalar:
        del shapes["gradient"], shapes["Hessian"]
    return list(dict.fromkeys([shapes[form]] if form in shapes else shapes.values()))


def read_sized(
    text: str,
    known: Mapping[str, str | Expr],
    f: Expr,
    variables: Sequence[Expr],
    rigid: frozenset[str],
    form: str | None,
) -> Expr:
    """The claim that `text` writes. `rigid` are the size letters that the user declared.

    Raises LanguageError for text that does not read or has a name that is not known, ShapeError for sizes.
    """
    shapes = shapes_of_forms(f, variables, form)
    letters = _letters(f, *variables)
    first: Expr | None = None
    problem: FrechetError | None = None
    try:
        first = read_claim(text, known, variables)
        if first.shape in shapes and _letters(first) <= letters | rigid:
            return first
    except ShapeError as error:
        problem = error
    except LanguageError:
        raise
    for other in _renamed(text, known, letters, rigid):
        claim = _fitting(other, known, variables, shapes)
        if claim is not None and _letters(claim) <= letters | rigid:
            return claim
    if first is not None:
        return first
    assert problem is not None
    raise problem


def _letters(*roots: Expr) -> set[str]:
    found: set[str] = set()
    for node in postorder(*roots):
        for s in (*node.shape, *node.params):
            if isinstance(s, Size):
                found |= s.letters
    return found


def _fitting(
    text: str, known: Mapping[str, str | Expr], variables: Sequence[Expr], shapes: Sequence[tuple[Size, Size]]
) -> Expr | None:
    """The text read as it is, or with sizes left out that follow from one of the shapes."""
    try:
        claim = read_claim(text, known, variables)
        if claim.shape in shapes:
            return claim
    except BudgetError:
        raise
    except FrechetError:
        pass
    tangents = {differential_of(X).name: differential_of(X) for X in variables}
    for rows, cols in shapes:
        helper = symbol(_HELPER, rows, cols)
        try:
            reading = read(f"{_HELPER} + ({text})", {**known, **tangents, _HELPER: helper})
        except BudgetError:
            raise
        except FrechetError:
            continue
        if set(reading.symbols) <= {*known, *tangents, _HELPER}:
            claim = substitute(reading.expr, {helper: zeros(rows, cols)})
            plain = _without_fill(text, known, variables)
            if claim.shape == (rows, cols) and not plain:
                return claim
    return None


def _without_fill(text: str, known: Mapping[str, str | Expr], variables: Sequence[Expr]) -> bool:
    """Whether the text has its sizes: then a sum with a matrix would only have spread a scalar over it."""
    try:
        read_claim(text, known, variables)
    except BudgetError:
        raise
    except FrechetError:
        return False
    return True


def _renamed(text: str, known: Mapping[str, str | Expr], letters: set[str], rigid: frozenset[str]) -> Iterator[str]:
    """The text, and the text with its own size letters replaced by those of the function, in every way."""
    yield text
    try:
        tokens = tokenise(text)
    except LanguageError:
        return
    places = [
        t for t, after in pairwise(tokens)
        if t.kind == "name" and t.text.isalpha() and len(t.text) == 1 and t.text.islower()
        and t.text not in known and t.text not in rigid and after.kind != "("
    ]  # fmt: skip
    own = list(dict.fromkeys(t.text for t in places))
    targets = sorted(letters)
    if not own or not targets:
        return
    for count, chosen in enumerate(permutations(targets, len(own)) if len(own) <= len(targets) else ()):
        if count > _MOST:
            return
        new = dict(zip(own, chosen, strict=True))
        parts, end = [], 0
        for t in places:
            parts += [text[end : t.start], new[t.text]]
            end = t.end
        yield "".join([*parts, text[end:]])
