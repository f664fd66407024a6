"""Is our own derivative right? Proved in exact arithmetic; else finite differences of the function are the reference."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from frechet.calculus.derivative import Derivative
from frechet.check.differences import difference, judged, relative_errors
from frechet.check.points import Point
from frechet.check.points.domain import Domain
from frechet.check.points.drive import driven_points, turning_arguments
from frechet.check.proof import has_own_domain, proved
from frechet.check.rounding import NUMERICAL, norm
from frechet.check.verdict import Verdict
from frechet.errors import BudgetError, FrechetError
from frechet.expr.evaluate import evaluate, evaluate_all
from frechet.expr.node import Expr, symbols
from frechet.expr.structure import differential_of, is_zero
from frechet.simplify import canonical

__all__ = ["check_derivative", "check_forms"]

_POINTS = 6
_DRIVEN = 4
_SECONDS = 0.7  # of this thread
_TRIED = 24  # points, when the differences at some are poor


def check_derivative(answer: Derivative, seed: int = 0, sizes: Mapping[str, int] | None = None) -> Verdict:
    """Whether the differential, the gradient and the Jacobian of `answer` are right."""
    f, several = answer.function, len(answer.variables) > 1
    forms: dict[str, Expr] = {"differential": answer.differential}
    name, results = ("gradient", answer.gradients) if f.is_scalar else ("Jacobian", answer.jacobians)
    for X, result in zip(answer.variables, results, strict=True):
        forms[f"{name} by {X.name}" if several else name] = result
    return check_forms(f, answer.variables, forms, seed, sizes)


def check_forms(
    f: Expr, variables: Sequence[Expr], forms: Mapping[str, Expr], seed: int = 0, sizes: Mapping[str, int] | None = None
) -> Verdict:
    """Whether the forms are the derivative of f: a differential, and then one gradient or Jacobian for each variable.

    A single form may stand alone. Raises FrechetError when no point of the domain is found.
    """
    proof = proved(f, variables, forms, sizes, seed)
    if proof is not None:
        if proof.right and has_own_domain(f):
            next(Domain([f], variables, sizes, seed).points(1))  # log(-x'*x) has a derivative on paper, and no value
        return proof
    if not set(variables) & set(symbols(canonical(f))) and all(is_zero(canonical(form)) for form in forms.values()):
        return Verdict(True, 0.0, 0.0, "canonical form: the function is constant", (), seed, tuple(forms), "proved")
    return _differenced(f, tuple(variables), forms, seed, sizes)


def _differenced(f: Expr, variables: tuple[Expr, ...], forms: Mapping[str, Expr], seed: int, sizes) -> Verdict:
    domain = Domain([f], variables, sizes, seed, tuple(forms.values()))
    rows: list[tuple[float, float, str, dict[str, int]]] = []
    good, deadline = 0, time.thread_time() + _SECONDS
    for point in _points(domain, f):
        row = _trial(f, variables, forms, point)
        if row is None:
            continue
        rows.append(row)
        good += row[1] < 1e-6
        if good and time.thread_time() > deadline:
            break
        if good == _POINTS or row[0] > 1e-3 > 100 * row[1]:
            break
    if not rows:
        return Verdict(None, np.inf, np.inf, "no point was found at which it has a value", (), seed, tuple(forms))
    rows = [r for r in rows if r[1] < 1e-6] or rows
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
    """At one point: relative error, the error of the differences, their method; None where one of them has no value."""
    try:
        with np.errstate(all="ignore"):
            results = evaluate_all(list(forms.values()), point.values, point.sizes)
            value = evaluate(f, point.values, point.sizes)
        moves = {X: point.values[differential_of(X)] * _scale(point.values[X]) for X in variables}
        truth, error, method = difference(f, point, moves)
    except BudgetError:
        raise
    except (FrechetError, *NUMERICAL):
        return None
    if not all(np.isrealobj(r) and np.isfinite(r).all() for r in [*results, truth]):
        return None
    scale = norm(value)
    found: list[np.ndarray] = []
    rest = list(moves.items())
    parts = dict(zip(forms, results, strict=True))
    if "differential" in parts:
        tangents = {differential_of(X): dX for X, dX in moves.items()}
        form = parts.pop("differential")
        found.append(evaluate(forms["differential"], {**point.values, **tangents}, point.sizes))
        assert form.shape == found[0].shape
    if parts:
        items = zip(parts.items(), rest, strict=True)
        applied = [_applied(name, r, dX, truth.shape) for (name, r), (_, dX) in items]
        found.append(sum(applied[1:], applied[0]))
    pairs = [relative_errors(truth, error, c, scale) for c in found]
    relative, expected = max(pairs)
    return relative, expected, method, point.sizes


def _scale(value: np.ndarray) -> float:
    """The size of a typical entry: directions are as large as the variable itself."""
    size = float(np.sqrt(np.mean(value**2))) if value.size else 0.0
    return size or 1.0


def _applied(form: str, derivative: np.ndarray, dX: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """<G, dX> for a gradient; J*vec(dX) in the shape of f for a Jacobian."""
    if form.startswith("gradient"):
        return np.array([[np.sum(derivative * dX)]])
    return (derivative @ dX.reshape(-1, 1, order="F")).reshape(shape, order="F")
