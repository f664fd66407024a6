"""Mistakes of the claim as a whole: its layout, its transpose, a factor in front, another variable."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from frechet.check.mistakes.conditions import DIAGONAL
from frechet.check.problem import shape_of_form
from frechet.check.registry import Candidate, Case, mistake
from frechet.check.scalars import MissingFactor, scaling
from frechet.expr.node import Expr, substitute, symbols
from frechet.expr.structure import (
    add,
    differential_of,
    eye,
    is_differential,
    is_zero,
    mul,
    number,
    ones,
    pow,
    scale,
    transpose,
)
from frechet.language import to_unicode
from frechet.rules.linear import commutation, diagm, vec
from frechet.simplify import simplify

__all__: list[str] = []

_WHAT = {
    "gradient": "the gradient, of the shape of {X}, with df = <G, d{X}>",
    "Jacobian": "the Jacobian, one row an entry of f and one column an entry of {X}",
    "differential": "the differential, linear in d{X}",
}


_USUAL = tuple(Fraction(k) for k in ("1/2", "2", "-1", "1/4", "4", "-1/2", "-2", "1/3", "3"))


@mistake("factor", rank=-2)
def factor_of_a_python_hessian(case: Case) -> Iterator[Candidate]:
    """A usual factor. Each takes one judgement of the entries, where differences of a differenced gradient take seconds."""
    if case.judged is None or case.shown_form != "Hessian" or not case.problem.fits:
        return
    for k in _USUAL:
        yield _factored(case, MissingFactor(number(k), 0), case.claim)


@mistake("symmetric part", rank=-1)
def half_of_a_python_hessian(case: Case) -> Iterator[Candidate]:
    """B where B + B' is right: the second half of the product rule is missing."""
    if case.judged is None or case.shown_form != "Hessian" or case.problem.form != "Jacobian" or not case.problem.fits:
        return
    turned = transpose(case.claim)
    if turned is not case.claim:
        yield Candidate(case.with_claim(add(case.claim, turned)), "its transpose is missing: H + H' is right")


@mistake("layout", rank=0)
def wrong_layout(case: Case) -> Iterator[Candidate]:
    """The Jacobian where the gradient was meant, and the other way round."""
    if case.shown_form == "Hessian":
        return
    wanted = case.problem.form
    for form in ("Jacobian", "gradient", "differential"):
        if form != wanted and (form != "gradient" or case.function.is_scalar):
            problem = replace(case.problem, form=form)
            if problem.fits and shape_of_form(case.function, case.X, wanted) != case.claim.shape:
                what = _WHAT[form].format(X=case.X.name)
                yield Candidate(problem, f"it is {what}; the {wanted} was asked for", corrects=False)


@mistake("transpose", rank=0)
def transposed(case: Case) -> Iterator[Candidate]:
    turned = transpose(case.claim)
    if turned is case.claim:
        return
    layout = " (the denominator layout)" if case.shown_form == "Jacobian" else ""
    yield Candidate(case.with_claim(turned), f"it is the transpose of the right {case.shown_form}{layout}")


@mistake("symmetric part", rank=-1)
def half_of_a_hessian(case: Case) -> Iterator[Candidate]:
    """2*B for the Hessian B + B' of x'*B*x, where f is a Python function: B has no name that could be symmetric only."""
    if (
        case.right is not None
        or case.shown_form != "Hessian"
        or case.problem.form != "Jacobian"
        or not case.problem.fits
    ):
        return
    symmetric = scale(Fraction(1, 2), add(case.claim, transpose(case.claim)))
    message = "a Hessian is symmetric, and the claim is not: its symmetric part, (H + H')/2, is right"
    if transpose(case.claim) is not case.claim:
        yield Candidate(case.with_claim(symmetric), message)


@mistake("stacking", rank=0)
def stacked_by_rows(case: Case) -> Iterator[Candidate]:
    """vec by rows, as NumPy reshapes, where columns are to be stacked."""
    if case.problem.form != "Jacobian" or not case.problem.fits:
        return
    f, X = case.function, case.X
    if f.cols.constant == 1 and X.cols.constant == 1:
        return
    restacked = mul(commutation(f.rows, f.cols).T, case.claim, commutation(X.rows, X.cols))
    message = "it stacks the rows (as NumPy's reshape does); vec stacks the columns"
    yield Candidate(case.with_claim(restacked), message)


def _factored(case: Case, found: MissingFactor, part: Expr, note: str = "") -> Candidate:
    corrected = case.with_claim(scale(found.expr, part))
    inverse = to_unicode(simplify(pow(found.expr, -1)))
    if found.text == "-1":
        return Candidate(corrected, f"the sign is wrong: multiply it by -1{note}")
    return Candidate(corrected, f"it is off by the factor {inverse}: multiply it by {found.text}{note}")


@mistake("factor", rank=0)
def wrong_factor(case: Case) -> Iterator[Candidate]:
    """A number, a size or a declared scalar in front."""
    for numbers in (True, False) if case.problem.fits else ():
        found = scaling(case.problem, case.claim, case.witness, numbers)
        if found is not None and found.rank < 2 and found.text not in ("0", "1"):
            yield _factored(case, found, case.claim)


@mistake("argument", rank=0)
def other_argument(case: Case) -> Iterator[Candidate]:
    """The derivative with respect to another variable."""
    if len(case.problem.variables) > 1 or case.shown_form == "Hessian":
        return
    X = case.X
    for Y in symbols(case.function):
        if Y is X or is_differential(Y):
            continue
        claim = case.claim
        if case.problem.form == "differential":
            if Y.shape != X.shape:
                continue
            claim = substitute(claim, {differential_of(X): differential_of(Y)})
        problem = replace(case.problem, variables=(Y,), claim=claim)
        message = f"it is the {case.shown_form} with respect to {Y.name}, not {X.name}"
        yield Candidate(problem, message, corrects=False)


@mistake("factor", rank=1)
def transposed_and_wrong_factor(case: Case) -> Iterator[Candidate]:
    """The transpose, and a factor besides."""
    turned = transpose(case.claim)
    problem = case.with_claim(turned)
    if turned is not case.claim and problem.fits:
        found = scaling(problem, turned, case.witness)
        if found is not None and found.rank < 2 and found.text not in ("0", "1"):
            yield _factored(case, found, turned, " and transpose it")


@mistake("factor", rank=3)
def scalar_part_as_factor(case: Case) -> Iterator[Candidate]:
    """A scalar part of the formula in front: a norm, a determinant."""
    if case.problem.fits:
        found = scaling(case.problem, case.claim, case.witness)
        if found is not None and found.rank == 2:
            yield _factored(case, found, case.claim)


@mistake("every entry", rank=0)
def scalar_for_matrix(case: Case) -> Iterator[Candidate]:
    """A scalar where a matrix is needed: 1 for a gradient of ones, c for c*eye."""
    rows, cols = case.function.rows * case.function.cols, case.X.rows * case.X.cols
    if case.claim.is_scalar and case.problem.form == "gradient":
        every = scale(case.claim, ones(*case.X.shape))
        message = f"it is a scalar; the gradient has the shape of {case.X.name}, with that scalar in every entry"
        yield Candidate(case.with_claim(every), message)
    if case.claim.is_scalar and case.problem.form == "Jacobian" and rows is cols:
        message = f"it is a scalar; the Jacobian is that scalar times the identity of size {rows}"
        yield Candidate(case.with_claim(scale(case.claim, eye(rows))), message)


@mistake("held constant", rank=0)
def d_of_a_constant(case: Case) -> Iterator[Candidate]:
    """A claim that is zero, of a derivative that is not."""
    if not is_zero(simplify(case.claim)):
        return
    message = f"it treats the function as constant: it is zero, and the function depends on {case.X.name}"
    yield Candidate(case.problem, message, corrects=False, evident=True)


@mistake("diagonal of the Jacobian", rank=0)
def diagonal_of_the_jacobian(case: Case) -> Iterator[Candidate]:
    """A column with the derivative of each entry by its own entry of x, where the Jacobian is a matrix."""
    f, X = case.function, case.X
    if case.problem.form != "Jacobian" or case.claim.shape != f.shape or f.shape != X.shape or X.is_scalar:
        return
    whole = diagm(vec(case.claim))
    yield Candidate(
        case.with_claim(whole), "it is the diagonal of the Jacobian, which is a diagonal matrix: put it on the diagonal"
    )
    problem = replace(case.with_claim(whole), setting=DIAGONAL)
    message = "it is only the diagonal of the Jacobian: the entries depend on each other's variables"
    yield Candidate(problem, message, corrects=False)
