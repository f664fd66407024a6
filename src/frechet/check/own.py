"""Is our own derivative right? Proved in exact arithmetic; else finite differences of the function are the reference."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from frechet.budgets import share, spent
from frechet.calculus.binding import has_closed_form
from frechet.calculus.derivative import Derivative
from frechet.check.differences import contradicts, difference, judged, relative_errors
from frechet.check.points import Point
from frechet.check.points.domain import Domain
from frechet.check.points.drive import driven_points, turning_arguments
from frechet.check.precise import has_value_precisely
from frechet.check.proof import has_own_domain, proved
from frechet.check.rounding import NUMERICAL, with_rounding
from frechet.check.verdict import Verdict
from frechet.errors import BudgetError, FrechetError
from frechet.expr.binding import bound_nodes
from frechet.expr.node import Expr, postorder, symbols
from frechet.expr.structure import add, differential_of, is_zero, scale
from frechet.finite.quiet import QUIET
from frechet.kernels.entries import norm2
from frechet.simplify import canonical

__all__ = ["check_derivative", "check_forms", "prove_briefly"]

_POINTS = 6
_DRIVEN = 4
_SECONDS, _AT_MOST = 0.7, 1.1  # of this thread: when good points are enough, and when nothing is waited for
_PRECISE = 6  # points at which fifty digits are asked for a value, where float64 has none
_TRIED = 24  # points, when the differences at some are poor
_GOOD = 1e-6  # relative errors of the differences: poorer points are left out where there are better ones
_SMALLEST = 1e-300  # values that are no larger have lost digits to underflow
_AT_A_KINK = 2e-6  # of the terms of the argument that is zero there: the shortest steps lead across the kink


def check_derivative(answer: Derivative, seed: int = 0, sizes: Mapping[str, int] | None = None) -> Verdict:
    """Whether the differential, the gradient and the Jacobian of `answer` are right."""
    forms = _forms(answer)
    open_ended = [n for n in bound_nodes(answer.function) if n.op.name == "where" and not has_closed_form(n)]
    if open_ended:
        why = f"nothing was compared: {open_ended[0].params[0]} has no closed form that is known"
        return Verdict(None, np.inf, np.inf, why, (), seed, tuple(forms))
    return check_forms(answer.function, answer.variables, forms, seed, sizes)


def prove_briefly(answer: Derivative, form: str, seed: int = 0) -> Verdict | None:
    """The verdict of exact arithmetic at two choices of sizes on one form of the derivative, in about the time of its derivation.

    None where there is no such proof, which says nothing: `check_derivative` decides. Raises FrechetError as that does.
    """
    f, variables = answer.function, answer.variables
    proof = proved(f, variables, _forms(answer, form), None, seed, brief=True)
    if proof is None or not proof.right:
        return None
    with np.errstate(all="ignore"), QUIET:
        _require_values(f, variables, None, seed)
    return proof


def _forms(answer: Derivative, form: str = "") -> dict[str, Expr]:
    """The differential, and the gradient or the Jacobian by each variable; for one form what it is made of."""
    scalar, several = answer.function.is_scalar and form != "jacobian", len(answer.variables) > 1
    name, results = ("gradient", answer.gradients) if scalar else ("Jacobian", answer.jacobians)
    forms = {} if form in ("gradient", "jacobian", "pullback") else {"differential": answer.differential}
    if form != "differential":
        for X, result in zip(answer.variables, results, strict=True):
            forms[f"{name} by {X.name}" if several else name] = result
    return forms


def check_forms(
    f: Expr, variables: Sequence[Expr], forms: Mapping[str, Expr], seed: int = 0, sizes: Mapping[str, int] | None = None
) -> Verdict:
    """Whether the forms are the derivative of f: a differential, and then one gradient or Jacobian for each variable.

    A single form may stand alone. Raises FrechetError when no point of the domain is found.
    """
    with np.errstate(all="ignore"), QUIET:
        return _checked(f, tuple(variables), forms, seed, sizes)


def _require_values(f: Expr, variables: tuple[Expr, ...], sizes: Mapping[str, int] | None, seed: int) -> None:
    """FrechetError where no point of the domain is found: log(-x'*x) has a derivative on paper, and no value."""
    if not has_own_domain(f):
        return
    domain = Domain([f], variables, sizes, seed)
    try:
        next(domain.points(1))
    except FrechetError:  # rows in units so far apart that float64 takes the matrix for a singular one
        if not any(has_value_precisely(f, point) for point in domain.drawn(_PRECISE)):
            raise


def _checked(f: Expr, variables: tuple[Expr, ...], forms: Mapping[str, Expr], seed: int, sizes) -> Verdict:
    proof = proved(f, variables, forms, sizes, seed)
    if proof is not None:
        if proof.right:
            _require_values(f, variables, sizes, seed)
        return proof
    if not set(variables) & set(symbols(canonical(f))) and all(is_zero(canonical(form)) for form in forms.values()):
        return Verdict(True, 0.0, 0.0, "canonical form: the function is constant", (), seed, tuple(forms), "proved")
    return _differenced(f, variables, forms, seed, sizes)


def _differenced(f: Expr, variables: tuple[Expr, ...], forms: Mapping[str, Expr], seed: int, sizes) -> Verdict:
    domain = Domain([f], variables, sizes, seed, tuple(forms.values()))
    rows: list[tuple[float, float, str, dict[str, int]]] = []
    good, deadline = 0, spent() + _SECONDS
    with share(_AT_MOST):
        for point in _points(domain, f):
            row = _trial(f, variables, forms, point)
            if row is None:
                continue
            rows.append(row)
            good += row[1] < _GOOD
            against = sum(contradicts(*r[:2]) for r in rows if r[1] < _GOOD)
            if against == 2 or (good >= _POINTS and not against):
                break
            if good and against != 1 and spent() > deadline:
                break  # one point alone decides nothing, however long it took
    if not rows:
        return Verdict(None, np.inf, np.inf, "no point was found at which it has a value", (), seed, tuple(forms))
    rows = [r for r in rows if r[1] < _GOOD] or rows
    errors, expected, methods, used = zip(*rows, strict=True)
    return judged(errors, expected, sorted(set(methods)), used, seed, tuple(forms))


def _points(domain: Domain, f: Expr) -> Iterator[Point]:
    """A few usual points first; then at every scale, and near what is not smooth."""
    starts = []
    for point in domain.points(_POINTS // 2, regular=True, scaled=False):
        starts.append(point)
        yield point
    arguments = turning_arguments(f)
    yield from (p for p in driven_points(domain, arguments, starts, _DRIVEN) if domain.contains(p, regular=True))
    yield from domain.points(_TRIED, regular=True)


def _trial(
    f: Expr, variables: tuple[Expr, ...], forms: Mapping[str, Expr], point: Point
) -> tuple[float, float, str, dict[str, int]] | None:
    """At one point: relative error, the error that is expected, the method; None where one of them has no value.

    Expected are the error of the differences and the rounding errors of the forms, which are all that there is of a
    derivative that vanishes.
    """
    moves = {X: point.values[differential_of(X)] * _scale(point.values[X]) for X in variables}
    values = {**point.values, **{differential_of(X): dX for X, dX in moves.items()}}
    try:
        value, *results = with_rounding([f, *forms.values()], values, point.sizes)
        if 0.0 < norm2(value.value) < _SMALLEST or is_at_kink(f, point):
            return None
        truth, error, method = difference(f, point, moves, norm2(value.error))
    except BudgetError:
        raise
    except (FrechetError, *NUMERICAL):
        return None
    if not all(np.isrealobj(r) and np.isfinite(r).all() for r in [*[r.value for r in results], truth]):
        return None
    found: list[tuple[np.ndarray, float]] = []
    rest = list(moves.values())
    parts = dict(zip(forms, results, strict=True))
    if "differential" in parts:
        form = parts.pop("differential")
        found.append((form.value, norm2(form.error)))
    if parts:
        items = list(zip(parts.items(), rest, strict=True))
        applied = [_applied(name, r.value, dX, truth.shape) for (name, r), dX in items]
        rounding = [norm2(_applied(name, r.error, np.abs(dX), truth.shape)) for (name, r), dX in items]
        found.append((sum(applied[1:], applied[0]), sum(rounding)))
    size = max(norm2(value.value), norm2(value.terms))
    relative, expected = max(relative_errors(truth, error + rounding, form, size) for form, rounding in found)
    return relative, expected, method, point.sizes


def is_at_kink(f: Expr, point: Point) -> bool:
    """Whether an elementwise operation has an entry where it has no derivative, such as abs at 0, or very close to it."""
    arguments = [kink for node in postorder(f) if (kink := _kink(node)) is not None]
    found = with_rounding(arguments, point.values, point.sizes) if arguments else []
    return any((np.abs(r.value) <= _AT_A_KINK * r.terms).any() for r in found)


def _kink(node: Expr) -> Expr | None:
    """What is zero where the operation has no derivative; None where it has one everywhere."""
    if not node.op.elementwise or not node.op.convention:
        return None
    return node.args[0] if len(node.args) == 1 else add(node.args[0], scale(-1, node.args[1]))


def _scale(value: np.ndarray) -> float:
    """The size of a typical entry: directions are as large as the variable itself."""
    size = float(np.sqrt(np.mean(value**2))) if value.size else 0.0
    return size or 1.0


def _applied(form: str, derivative: np.ndarray, dX: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """<G, dX> for a gradient; J*vec(dX) in the shape of f for a Jacobian."""
    if form.startswith("gradient"):
        return np.array([[np.sum(derivative * dX)]])
    return (derivative @ dX.reshape(-1, 1, order="F")).reshape(shape, order="F")
