"""Is my formula right, and if not, what is wrong with it?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from inspect import signature
from itertools import chain, islice
from typing import Any

import numpy as np

from frechet.budgets import budget, remaining, share, spent
from frechet.calculus.derivative import Derivative
from frechet.calculus.subspaces import is_curved
from frechet.check import mistakes
from frechet.check.claimed import (
    Claim,
    Given,
    Random,
    argument_names,
    declarations_named,
    given_formula,
    given_python,
)
from frechet.check.claims import form_named, guess_form, shape_message, transposed_readings
from frechet.check.constants import restored
from frechet.check.entries import NEAR, Judgement, judge_entries
from frechet.check.exact.sizes import LARGEST, choices
from frechet.check.hessians import judge_hessian
from frechet.check.judge import JudgedClaim, judge
from frechet.check.larger import larger_sizes, seen_at
from frechet.check.opaque import differenced_gradient
from frechet.check.own import check_forms
from frechet.check.points.sizes import require_sizes
from frechet.check.problem import Problem, Witness, shape_of_form
from frechet.check.quadratic import operator_of_quadratic_form
from frechet.check.registry import Case, Diagnosis, diagnose
from frechet.check.remarks import remarks
from frechet.check.report import Report
from frechet.check.verdict import Verdict, to_the_digits
from frechet.check.written import vanished_parts
from frechet.errors import BudgetError, DerivativeError, EvaluationError, FrechetError, ShapeError
from frechet.expr.definitions import expanded
from frechet.expr.node import Expr, operations, symbols
from frechet.expr.structure import add, differential_of, is_zero, scale, zeros
from frechet.finite.quiet import QUIET
from frechet.language import read, to_text
from frechet.rules.linear import vec
from frechet.simplify import simplify
from frechet.simplify.order import length

__all__ = ["check", "run_check"]

assert mistakes, "importing the mistakes fills the registry"

_LONGEST = 60  # symbols of a difference that is shown for want of an explanation
_ROUNDED = 0.05  # relative error, up to which a claim may have rounded a constant: that of two digits
_SIZES = 1.0  # seconds of this thread, for a Python claim at other sizes than the first
_FIRST, _TWICE = 6, 2  # small sizes before the large ones; points at these
_VERDICT, _DIAGNOSIS, _AT_LEAST, _WHOLE = 2.3, 1.5, 0.2, 2.5  # seconds of this thread


def check(
    f: str | Expr | Callable[..., Any],
    X: Any = None,
    claim: Claim | None = None,
    /,
    form: str | None = None,
    sizes: Mapping[str, int] | None = None,
    seed: int = 0,
    *,
    wrt: str | Sequence[str] | None = None,
    declarations: Sequence[str] | Mapping[str, str | Expr] | None = None,
    **letters: str | Expr,
) -> Report:
    """Whether `claim` is the derivative of `f`, proved or compared at points, and if not, what is wrong with it.

    Letters are declared as in `derivative`, S="spd(n)", or by `declarations`, a mapping or texts such as "S: spd(n)".

    f       text, an expression, or a Python function of one or several arrays
    X       the variable (a symbol, its name, or several); for a Python function the point at which to check: an array,
            or a dict name -> array for several arguments, of which `wrt` names the variable
    claim   text, an expression, or a Python function of the same arguments (and dX, for a differential)
    form    gradient, Jacobian, differential or Hessian; guessed from the shape and from dX when left out

    A Python claim about a function of several arguments returns a dict or tuple of one result for each, or `wrt` is
    given. Then the first one that is not right is reported.

    Raises FrechetError (LanguageError, ShapeError, EvaluationError) when the question cannot be answered: text that
    does not read, a shape that fits no form, a function that fails at X.

    >>> bool(fr.check("x'*A*x", "x", "(A + A')*x")), bool(fr.check("x'*A*x", "x", "2*A*x"))
    (True, False)
    """
    X, claim = (letters.pop(name, None) if given is None else given for name, given in (("X", X), ("claim", claim)))
    if X is None or claim is None:
        raise FrechetError(
            'fr.check(f, X, claim) compares a claim with the derivative of f, such as fr.check("x\'*A*x", "x", "(A + A\')*x"); '
            "whether the gradient that frechet has of a Python function is right, fr.check_gradient(f, x) says"
        )
    declared = declarations_named(declarations, letters)
    with np.errstate(all="ignore"), QUIET:
        return _asked(f, X, claim, form_named(form), sizes, seed, wrt, declared)


def _asked(
    f: str | Expr | Callable[..., Any],
    X: Any,
    claim: Claim,
    form: str | None,
    sizes: Mapping[str, int] | None,
    seed: int,
    wrt: str | Sequence[str] | None,
    declared: dict[str, str | Expr],
) -> Report:
    """The answer of `check`, which silences the warnings of what is evaluated."""
    witness = Witness(seed)
    if isinstance(f, str | Expr):
        given = given_formula(f, X, claim, declared, sizes)
    elif isinstance(X, dict | tuple) and len(X) > 1 and wrt is None and callable(claim) and not isinstance(claim, Expr):
        return _each_argument(f, X, claim, form, seed, declared)
    else:
        given = given_python(f, X, wrt, claim, declared)
    try:
        expr = given.claim(claim, form)
    except ShapeError:
        if isinstance(claim, str):
            report = _repaired(given, claim, form, witness)
            if report is not None:
                return report
        raise
    text = claim if isinstance(claim, str) else to_text(expr)
    known = {**given.known, **{differential_of(X).name: differential_of(X) for X in given.variables}}
    vanished = vanished_parts(claim, known, expr) if isinstance(claim, str) else ()
    if isinstance(f, str | Expr):
        require_sizes(sizes, [given.function, *given.variables, expr])
    report = _checked(given, expr, text, form, witness, vanished)
    if report.right and isinstance(f, str | Expr) and _is_opaque(expr):
        return _at_other_sizes(
            report, given, expr, lambda n: given_formula(f, X, claim, declared, n), claim, sizes or {}
        )
    return report


def _at_other_sizes(
    report: Report,
    given: Given,
    expr: Expr,
    at: Callable[[Mapping[str, int]], Given],
    claim: Claim,
    fixed: Mapping[str, int],
) -> Report:
    """A Python function returns arrays of some sizes at a time: what is right there has to be so at other sizes too.

    Sizes at which one of the two has no value, or at which the claim fits several forms, are left out.
    """
    assert isinstance(given.source, Random)
    seen = {tuple(n.items()): n for n in report.verdict.sizes}
    deadline = spent() + _SIZES
    beyond = []
    letters = sorted(given.source.sizes or {})
    small = choices(letters, fixed)
    for numbers in chain(islice(small, _FIRST), larger_sizes(letters, fixed), small):
        if numbers == given.source.sizes or spent() > deadline:
            continue
        try:
            there = at(numbers)
            same = there.claim(claim, report.form)
            states = _states_at(there, same, report, numbers) if max(numbers.values()) > LARGEST else {"differ"}
            if "differ" not in states:
                beyond += [numbers] if states == {"same"} else []
                continue
            found = _checked(there, same, report.claim, report.form, Witness(report.verdict.seed), ())
        except BudgetError:
            raise
        except FrechetError:
            continue
        if same.shape == expr.shape and found.right is False:
            first, second = (", ".join(f"{k} = {v}" for k, v in n.items()) for n in (given.source.sizes or {}, numbers))
            message = f"right at some sizes only: at {first} it is, at {second} it is not"
            return replace(found, diagnoses=(Diagnosis("some sizes only", message, None, None, True),))
        seen |= {tuple(n.items()): n for n in found.verdict.sizes} if found.right else {}
    return replace(report, verdict=replace(report.verdict, sizes=tuple(seen.values()), beyond=tuple(beyond)))


def _states_at(there: Given, claim: Expr, report: Report, sizes: Mapping[str, int]) -> set[str]:
    """Whether the claim and our own derivative are the same at points of large sizes, or differ."""
    problem, _, right = _problem(there, claim, report.form)
    if right is None:
        return set()
    seed = report.verdict.seed
    return {o.state for o in seen_at(problem.function, problem.variables, right, problem.claim, sizes, seed, _TWICE)}


def run_check(
    text: str,
    wrt: str,
    claim: str,
    declarations: Sequence[str] | Mapping[str, str | Expr] | None = None,
    form: str | None = None,
    sizes: Mapping[str, int] | None = None,
    seed: int = 0,
) -> Report:
    """The check of the command line: all of it text. `wrt` may be several names with commas.

    Raises FrechetError for unusable input (exit code 2); otherwise `Report.exit_code` is 0 for right, 1 for wrong.
    """
    names = [n.strip() for n in wrt.split(",") if n.strip()]
    return check(text, names, claim, form, sizes, seed, declarations=declarations)


def _each_argument(f, X, claim: Callable[..., Any], form: str | None, seed: int, declared: dict) -> Report:
    """The claims about each argument of a Python function: the first that is not right, or the last."""
    names = list(argument_names(f, X))
    arrays = X if isinstance(X, dict) else dict(zip(names, X, strict=True))
    for k, name in enumerate(names):
        report = check(f, arrays, _Part(claim, name, k, len(names)), form, seed=seed, wrt=name, declarations=declared)
        if not report:
            return report
    return replace(report, wrt=tuple(names))


class _Part:
    """One of the results of a claim about several arguments, as a claim of its own."""

    def __init__(self, claim: Callable[..., Any], name: str, k: int, count: int):
        self.claim, self.name, self.k, self.count = claim, name, k, count
        with suppress(TypeError, ValueError):
            self.__signature__ = signature(claim)

    def __call__(self, *args: Any, **named: Any) -> Any:
        results = self.claim(*args, **named)
        if isinstance(results, Mapping) and self.name in results:
            return results[self.name]
        if isinstance(results, tuple | list) and len(results) == self.count:
            return results[self.k]
        raise FrechetError(
            f"the claim about {self.count} arguments returns one result for each, as a tuple or dict; "
            "or give wrt, the one that it is about"
        )


def _checked(
    given: Given, claim: Expr, text: str, form: str | None, witness: Witness, vanished: tuple[Expr, ...]
) -> Report:
    problem, shown, right = _problem(given, claim, form)
    names = tuple(X.name for X in given.variables)
    own = None
    if right is not None and isinstance(problem.source, Random):
        own = _in_time(partial(_own, given, problem, shown, right, witness.seed), witness, problem.form)
    if (own is None and right is not None and not witness.holds(replace(problem, claim=right))) or (
        own is not None and own.right is False
    ):
        right = None  # whatever the rules say, the differences are against it
    if not problem.fits:
        found, whole = diagnose(_case(problem, right, own, witness, shown))
        if not found:
            raise ShapeError(shape_message(given.function, problem.variable, claim, shown))
        return Report(shown, given.name, names, text, _misfit(witness.seed, shown), right, tuple(found), searched=whole)
    question = None
    judged = _judgement(given, problem, shown, witness.seed)
    entries: tuple[str, ...] = ()
    if own is not None and right is not None:
        question = replace(_question(problem, right, witness), vanished=vanished)
        verdict = _in_time(partial(judge, question, own), witness, problem.form)
        if verdict.right is False and verdict.relative_error < _ROUNDED:
            found_rounded = None
            with share(max(_VERDICT - (spent() - witness.asked), _AT_LEAST)):  # it turns the verdict
                found_rounded = _with_constants(given, text, form, question, own)
            if found_rounded is not None:
                verdict, note = to_the_digits(found_rounded[0], verdict), found_rounded[1]
                return Report(shown, given.name, names, text, verdict, right, (), (note,))
    elif judged is not None:
        verdict, entries = judged(problem)
    else:
        verdict = _differenced(problem, witness)
    if verdict.right is not False:
        beside = verdict.right is True and shown == problem.form and NEAR not in entries
        notes = (*entries, *(_reservations(problem, witness) if beside else ()))
        if question is not None and verdict.right:
            with share(_AT_LEAST):
                notes += remarks(question)
        return Report(shown, given.name, names, text, verdict, right, (), notes)
    if own is not None and own.right and right is not None:
        witness = replace(witness, known=replace(problem, claim=right), memory={})
    case = _case(problem, right, own, witness, shown, verdict)
    found, whole = _explained(replace(case, judged=None if right is not None else judged))
    notes = entries
    if not found and right is not None:
        with share(_AT_LEAST):
            notes = (*_difference(right, problem.claim), *entries)
    return Report(shown, given.name, names, text, verdict, right, tuple(found), notes, whole)


def _in_time(ask: Callable[[], Verdict], witness: Witness, form: str) -> Verdict:
    """What `ask` decides in what is left of the time for a verdict; undecided where that is too little."""
    with share(max(_VERDICT - (spent() - witness.asked), _AT_LEAST)):
        return ask()
    return Verdict(None, float("inf"), float("inf"), "the time was up", (), witness.seed, (form,))


def _explained(case: Case) -> tuple[list[Diagnosis], bool]:
    """The diagnoses found in part of the time that is left, and whether it was enough: the verdict stands in any case."""
    left = _WHOLE - (spent() - case.witness.asked)
    try:
        with budget(time=remaining() / 2):
            return diagnose(case, min(_DIAGNOSIS, max(left, _AT_LEAST)))
    except BudgetError:
        return [], False


def _case(
    problem: Problem,
    right: Expr | None,
    own: Verdict | None,
    witness: Witness,
    shown: str,
    verdict: Verdict | None = None,
) -> Case:
    sizes = problem.source.sizes if isinstance(problem.source, Random) else None
    return Case(problem, right, witness, shown, None if right is None else own, dict(sizes or {}), verdict)


def _own(given: Given, problem: Problem, shown: str, right: Expr, seed: int) -> Verdict:
    """The verdict about our own answer; for a Hessian the gradient that it is the derivative of has to be right too."""
    assert isinstance(problem.source, Random)
    sizes = problem.source.sizes
    own = check_forms(problem.function, problem.variables, {problem.form: right}, seed, sizes)
    if shown != "Hessian" or not own:
        return own
    first = check_forms(given.function, problem.variables, {"gradient": problem.function}, seed, sizes)
    return own if first else first


def _question(problem: Problem, right: Expr, witness: Witness) -> JudgedClaim:
    sizes = dict(problem.source.sizes or {}) if isinstance(problem.source, Random) else {}
    return JudgedClaim(problem.function, problem.variables, problem.form, right, problem.claim, sizes, witness.seed)


def _with_constants(
    given: Given, text: str, form: str | None, question: JudgedClaim, own: Verdict
) -> tuple[Verdict, str] | None:
    """The verdict with constants in place of the decimals that they were rounded to, where it is right then."""
    for other in restored(text):
        try:
            claim = _problem(given, given.claim(other.text, form), form)[0].claim
            verdict = judge(replace(question, claim=claim), own)
        except BudgetError:
            raise
        except FrechetError:
            continue
        if verdict.right:
            return verdict, other.note
    return None


def _differenced(problem: Problem, witness: Witness) -> Verdict:
    """By differences, where no derivative of ours is known to be right.

    A formula that has no value where the function has a derivative is wrong; a Python function that fails, an error.
    """
    try:
        return witness.judge(problem, directions=2 if isinstance(problem.source, Random) else 6)
    except (EvaluationError, np.linalg.LinAlgError, ValueError) as error:
        if _is_opaque(problem.claim):
            raise
        reason = f"the claim has no value at points where the function has a derivative ({error})"
        return Verdict(False, float("inf"), 0.0, reason, (), witness.seed, (problem.form,))


def _judgement(given: Given, problem: Problem, shown: str, seed: int) -> Judgement | None:
    """How claims at a given point are judged entry by entry; None where they are not."""
    if isinstance(problem.source, Random):
        return None
    if shown == problem.form:
        return partial(judge_entries, seed=seed)
    if shown == "Hessian" and not is_curved(problem.variable):
        return partial(judge_hessian, given.function, seed=seed)
    return None


def _difference(right: Expr, claim: Expr) -> tuple[str, ...]:
    """For want of an explanation: what has to be added to the claim, when that is short."""
    if right.shape != claim.shape:
        return ()
    difference = simplify(add(right, scale(-1, claim)))
    return (f"the right one minus the claim is {to_text(difference)}",) if length(difference) <= _LONGEST else ()


def _problem(given: Given, claim: Expr, form: str | None) -> tuple[Problem, str, Expr | None]:
    """The problem, the form as it is shown, and the right answer where it can be derived."""
    f, variables = given.function, given.variables
    X, source = variables[0], given.source
    has_tangent = any(differential_of(v) in symbols(claim) for v in variables)
    nothing = not _is_opaque(claim) and is_zero(simplify(claim))
    if form == "differential" and not has_tangent and not nothing and not _is_opaque(claim):
        raise ShapeError(f"a differential is linear in d{X.name}, and the claim has no d{X.name}")
    second = operator_of_quadratic_form(claim, X) if has_tangent and len(variables) == 1 and f.is_scalar else None
    if second is not None and form in (None, "Hessian"):
        claim, form = second, "Hessian"
    shown = form or guess_form(f, variables, claim)
    if len(variables) > 1 and shown != "differential":
        raise FrechetError(f"a {shown} is by one variable: check it for each of {', '.join(v.name for v in variables)}")
    right = _right_answer(f, variables, shown, has_tangent)
    kind = shown
    if shown == "Hessian":
        if not f.is_scalar:
            raise FrechetError(f"a Hessian is of a scalar function, and this one is {f.rows}×{f.cols}")
        f = differenced_gradient(f, X) if _is_opaque(f) else _gradient(f, X)
        kind = "Jacobian"
    if has_tangent and shown != "differential":
        kind = "differential"
    elif nothing and claim.shape != (shape := shape_of_form(f, X, kind)):
        claim = zeros(*shape)  # 0 stands for zeros of every shape
    elif kind == "Jacobian" and X.is_scalar and claim.shape == f.shape:
        claim = vec(claim)  # by a scalar, the derivative has the shape of the function
    if isinstance(source, Random):
        source = _with_claim(source, claim)
    problem = Problem(expanded(f), variables, expanded(claim), kind, source)
    return problem, shown, right


def _with_claim(source: Random, claim: Expr) -> Random:
    """Points at which the claim is defined too, when there are any."""
    wider = Random((*source.roots, claim), source.sizes)
    try:
        wider.points(1, 0)
    except BudgetError:
        raise
    except FrechetError:
        return source
    return wider


def _is_opaque(e: Expr) -> bool:
    return operations.get(e.op.name) is not e.op


def _gradient(f: Expr, X: Expr) -> Expr:
    return Derivative(f, (X,)).gradients[0]


def _right_answer(f: Expr, variables: tuple[Expr, ...], form: str, as_differential: bool) -> Expr | None:
    """The right answer in the form that was asked for; None where no rule gives it."""
    try:
        derivative = Derivative(f, variables)
        if form == "gradient":
            return derivative.gradients[0] if f.is_scalar else None
        if form == "Hessian":
            second = derivative.hessian()
            return second.differential if as_differential else second.jacobians[0]
        return derivative.differential if form == "differential" else derivative.jacobians[0]
    except DerivativeError:
        return None


def _misfit(seed: int, form: str) -> Verdict:
    reason = "its shape does not fit, so that there is no error to measure"
    return Verdict(False, float("inf"), 0.0, reason, (), seed, (form,))


def _reservations(problem: Problem, witness: Witness) -> list[str]:
    """What is to be said of a claim that is right at the given point: is it right beside it?"""
    if isinstance(problem.source, Random):
        return []
    try:
        beside = witness.judge(problem, round=1, points=2)
    except BudgetError:
        raise
    except (FrechetError, ValueError, np.linalg.LinAlgError):
        return []
    if beside.right is not False:
        return []
    return [NEAR]


def _repaired(given: Given, text: str, form: str | None, witness: Witness) -> Report | None:
    """A claim whose sizes do not fit, explained by one transpose more or less that makes it right."""
    for other, new, old in transposed_readings(text, given.known, given.variables):
        try:
            claim = read(
                other, {**given.known, **{differential_of(X).name: differential_of(X) for X in given.variables}}
            ).expr
            problem, shown, right = _problem(given, claim, form)
        except BudgetError:
            raise
        except FrechetError:
            continue
        if witness.holds(problem):
            word = "drop the transpose" if old.endswith("'") else "a transpose is missing"
            found = Diagnosis(
                "transposed factor", f"the sizes do not fit; {word}: write {new} in place of {old}", problem, claim
            )
            names = tuple(X.name for X in given.variables)
            return Report(shown, given.name, names, text, _misfit(witness.seed, shown), right, (found,))
    return None
