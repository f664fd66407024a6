"""The chain rule stopped half way, a part held constant, a function of f taken for another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from frechet.check.mistakes.confusions import partners
from frechet.check.positions import occurrences, replaced
from frechet.check.registry import Candidate, Case, mistake
from frechet.errors import BudgetError, FrechetError
from frechet.expr.node import Expr, dependents, postorder, substitute, symbols
from frechet.expr.structure import add, differential_of, hadamard, mul, number, pow, scale, symbol
from frechet.language import to_text
from frechet.rules.inverse import matpow

__all__: list[str] = []


def _letter(case: Case, u: Expr) -> Expr:
    """A new symbol of the shape of u."""
    taken = {s.name for s in symbols(case.function, case.claim)}
    stem = "c" if u.is_scalar else "u" if u.cols.constant == 1 else "U"
    name = next(n for n in (stem, *(f"{stem}{k}" for k in range(len(taken) + 1))) if n not in taken)
    return symbol(name, *u.shape)


def _inner(case: Case) -> list[Expr]:
    """The parts of the function that depend on X, other than X and the function itself."""
    moving = dependents([case.function], case.problem.variables)
    own = {case.function, *case.problem.variables}
    return [u for u in reversed(postorder(case.function)) if u in moving and u not in own]


@mistake("chain rule", rank=3)
def inner_derivative_forgotten(case: Case) -> Iterator[Candidate]:
    """The derivative with respect to an inner part u, its own derivative forgotten."""
    if len(case.problem.variables) > 1:
        return
    for u in _inner(case):
        U = _letter(case, u)
        claim = case.claim
        if case.problem.form == "differential":
            if u.shape != case.X.shape:
                continue
            claim = substitute(claim, {differential_of(case.X): differential_of(U)})
        outer = substitute(case.function, {u: U})
        if case.X in symbols(outer):
            continue
        problem = replace(case.problem, function=outer, variables=(U,), claim=claim, defined=((U, u),))
        text = to_text(u)
        message = f"the chain rule stops at {text}: it is the derivative by {text}, whose own derivative by {case.X.name} is missing"
        yield Candidate(problem, message, corrects=False)


@mistake("chain rule", rank=5)  # a factor that can be named says more
def elementwise_slope_forgotten(case: Case) -> Iterator[Candidate]:
    """The slope of an inner g(u) that acts entry by entry is left out, as in back-propagation: right where g(u) is u plus a constant."""
    for u in _inner(case):
        if not u.op.elementwise or len(u.args) != 1 or u.args[0].shape != u.shape:
            continue
        (inner,) = u.args
        U = _letter(case, u)
        function = substitute(case.function, {u: add(inner, U)})
        problem = replace(case.problem, function=function, defined=((U, add(u, scale(number(-1), inner))),))
        message = f"the chain rule passes over {to_text(u)}: the derivative of {u.op.name} at {to_text(inner)}, entry by entry, is missing"
        yield Candidate(problem, message, corrects=False)


@mistake("held constant", rank=4)
def part_held_constant(case: Case) -> Iterator[Candidate]:
    """A part that depends on X treated as a constant: all of its occurrences, or one."""
    for u in _inner(case):
        U = _letter(case, u)
        yield _frozen(case, substitute(case.function, {u: U}), U, u)
    f = _powers_written_out(case.function)
    for path, u in occurrences(f):
        if u in dependents([f], case.problem.variables) and u is not f:
            U = _letter(case, u)
            function = replaced(f, path, U)
            if function is not None:
                yield _frozen(case, function, U, u)


def _frozen(case: Case, function: Expr, U: Expr, u: Expr) -> Candidate:
    problem = replace(case.problem, function=function, defined=((U, u),))
    text = to_text(u)
    where = f"one {text}" if u in case.problem.variables else text
    message = f"it treats {where} as a constant, but {text} depends on {case.X.name}"
    if u in case.problem.variables:
        message = f"it treats one of the factors {text} as a constant: the product rule has a term for each"
    return Candidate(problem, message, corrects=False)


def _powers_written_out(f: Expr) -> Expr:
    """X^3 as X*X*X, so that each factor has a place of its own."""
    changes = {n: mul(*[n.args[0]] * n.params[0]) for n in postorder(f) if n.op is matpow and n.params[0] <= 6}
    return substitute(f, changes) if changes else f


@mistake("other function", rank=4)
def right_for_other_function(case: Case) -> Iterator[Candidate]:
    """The claim is right for another function: expm for exp, det for logdet, the product of matrices for .*"""
    for path, part in occurrences(case.function):
        for new in _readings(part):
            function = replaced(case.function, path, new)
            if function is None or function is case.function:
                continue
            message = f"it is right for {to_text(function)}, not for {to_text(case.function)}"
            yield Candidate(replace(case.problem, function=function), message, corrects=False)


def _readings(part: Expr) -> Iterator[Expr]:
    """What a part may have been taken for."""
    try:
        yield from (new for new, _ in partners(part))
        if part.op is mul and all(a.shape == part.shape for a in part.args):
            yield hadamard(*part.args)
        if part.op is hadamard and part.rows is part.cols:
            yield mul(*part.args)
        if part.op is matpow:
            yield pow(part.args[0], number(part.params[0]))
        if part.is_scalar and part.args:
            yield pow(part, number(2))
    except BudgetError:
        raise
    except FrechetError:
        return
