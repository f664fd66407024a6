"""Mistakes in one term of a sum: its sign, its factor, a term too many, a term that is missing."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from frechet.check.positions import occurrences, replaced, without_argument
from frechet.check.registry import Candidate, Case, mistake
from frechet.check.scalars import MissingFactor, scaling
from frechet.expr.node import Expr, postorder
from frechet.expr.structure import add, coefficient, hadamard, mul, scale, transpose
from frechet.language import to_text
from frechet.simplify import simplify
from frechet.simplify.order import length

__all__: list[str] = []

_TERMS = 24  # terms looked at
_TINY = Fraction(1, 10**6)  # a number in front of a term that nobody means
_PLAIN = ("-1", "0", "2", "1/2")


@mistake("term", rank=1)
def wrong_term(case: Case) -> Iterator[Candidate]:
    """One term of the claim, or of a sum inside it, has the wrong sign or factor, or should not be there."""
    if not case.problem.fits:
        return
    found: list[tuple[MissingFactor, Candidate]] = []
    for path, node in occurrences(case.claim):
        if node.op is not add or len(found) > _TERMS:
            continue
        for i, term in enumerate(node.args):
            rest = replaced(case.claim, path, without_argument(node, i))
            if rest is None:
                continue
            factor = scaling(case.problem, add(case.claim, scale(-1, rest)), case.witness)
            if factor is not None:
                terms = [*node.args[:i], scale(factor.expr, term), *node.args[i + 1 :]]
                corrected = rest if factor.text == "0" else replaced(case.claim, path, add(*terms))
                if corrected is not None:
                    found.append((factor, _explained(case, term, factor, corrected)))
    found.sort(key=lambda f: (f[0].rank, _PLAIN.index(f[0].text) if f[0].text in _PLAIN else len(_PLAIN)))
    yield from (candidate for _, candidate in found)


def _explained(case: Case, term: Expr, factor: MissingFactor, corrected: Expr) -> Candidate:
    text, problem = to_text(term), case.with_claim(corrected)
    if factor.text == "0":
        return Candidate(problem, f"the term {text} is one too many", "extra term")
    if factor.text == "-1":
        return Candidate(problem, f"the term {text} has the wrong sign", "sign")
    return Candidate(problem, f"the term {text} has to be multiplied by {factor.text}", "coefficient")


@mistake("missing term", rank=1)
def missing_term(case: Case) -> Iterator[Candidate]:
    """What is missing is named when it is a term (or some terms) of the right answer, not a difference of two answers."""
    if case.right is None or not case.problem.fits or case.witness.holds(case.problem):
        return  # a term that the differences of finite steps do not see is not one that was forgotten
    if _is_without_a_factor(case.claim, case.right):
        return
    difference = simplify(add(case.right, scale(-1, case.claim)))
    known = set(postorder(case.right, case.function))
    terms = difference.args if difference.op is add else (difference,)
    if length(difference) >= length(case.right) or not all(_is_one_term(t, known) for t in terms):
        return
    if len(terms) > 1 and not set(terms) <= set(case.right.args):
        return
    words = "a term is" if len(terms) == 1 else "terms are"
    yield Candidate(case.with_claim(add(case.claim, difference)), f"{words} missing: {to_text(difference)}")


def _is_without_a_factor(claim: Expr, right: Expr) -> bool:
    """Whether the claim is the right answer without one of its elementwise factors."""
    claim = simplify(claim)
    for path, node in occurrences(right):
        if node.op is hadamard:
            for i in range(len(node.args)):
                rest = replaced(right, path, hadamard(*node.args[:i], *node.args[i + 1 :]))
                if rest is not None and simplify(rest) is claim:
                    return True
    return False


@mistake("extra term", rank=0)
def a_tiny_term(case: Case) -> Iterator[Candidate]:
    """One term with a tiny number in front, which differences of finite steps hardly see: it is there, as the claim says."""
    if case.right is None or case.own is None or not case.problem.fits:
        return
    extra = simplify(add(case.claim, scale(-1, case.right)))
    number, rest = _number_and_rest(extra)
    if number is None or not 0 < abs(number) < _TINY or not _is_one_term(extra, set(postorder(case.claim))):
        return
    text = f"{float(number):g}" + ("" if rest is None else f"*{to_text(rest)}")
    yield Candidate(case.with_claim(case.right), f"it has an extra term: {text}", evident=True)


def _number_and_rest(term: Expr) -> tuple[Fraction | None, Expr | None]:
    """1e-12 and x of x/1000000000000."""
    number = coefficient(term)
    if number is not None or term.op is not scale:
        return number, None
    return coefficient(term.args[0]), scale(*term.args[1:])


def _is_one_term(term: Expr, known: set[Expr]) -> bool:
    """Whether no sum stands inside that was made by subtracting the claim."""
    if term.op in (scale, mul, hadamard, transpose):
        return all(_is_one_term(a, known) for a in term.args)
    return term.op is not add or term in known
