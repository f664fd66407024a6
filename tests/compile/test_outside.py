"""The law of the domains: at points outside of the domain of an operation code refuses what evaluation refuses.

Or it gives NaN: exactly where evaluation does, or where evaluation refuses and the numbers cannot be looked at. Where the value
exists and only the derivative does not, the values agree, and the gradient is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pytest

import frechet as fr
from frechet.compile.compiled import RUNNABLE
from frechet.expr.evaluate import evaluate
from frechet.expr.node import Expr, symbols
from frechet.expr.structure import symbol
from frechet.rules.linear import inner
from tests.compile.corpus import SIGN_IS_FREE, Case
from tests.compile.points import assert_same, at_border
from tests.compile.runners import RUNNERS
from tests.rules.instances import Instance, outside_points

TARGETS = ("numpy",)


@dataclass(frozen=True)
class Outside:
    """A row or its gradient at a point outside of the domain, and what evaluation says: a value, or None for a refusal."""

    case: Case
    value: np.ndarray | None


@cache
def outside_cases() -> tuple[Outside, ...]:
    return tuple(found for point in outside_points() for found in _cases_at(point))


def _cases_at(point: Instance) -> Iterator[Outside]:
    node = point.node * point.node if point.op.name in SIGN_IS_FREE else point.node
    values = dict(zip(point.args, point.arrays, strict=True))
    W = symbol("W", *node.shape)
    weights = 1 + np.arange(np.prod([s.value({}) for s in W.shape])).reshape([s.value({}) for s in W.shape]) / 7.0
    gradients = fr.derivative(inner(W, node), list(values)).gradients
    for k, root in enumerate([node, *gradients]):
        given = {s: (values | {W: weights})[s] for s in symbols(root)}
        arrays = {s.name: at_border(s, a) for s, a in given.items()}
        value = _evaluated(root, given)
        name = f"{point.op.name}, {point.label}" + (f", gradient {k}" if k else "")
        yield Outside(Case(name, root, {}, arrays, np.empty(0)), value if value is None else at_border(root, value))


def _evaluated(root: Expr, given: dict[Expr, np.ndarray]) -> np.ndarray | None:
    try:
        with np.errstate(all="ignore"):
            return evaluate(root, given, {})
    except fr.EvaluationError:
        return None


def _compiled(case: Case, target: str) -> Any:
    """The function itself, called with arrays."""
    names = sorted(case.arrays)
    given = RUNNABLE[target].convert({name: case.arrays[name] for name in names})
    return np.asarray(case.expr.compile(target)(**dict(zip(names, given, strict=True))))


def _fault(found: Any, want: np.ndarray | None) -> str:
    """What is wrong with a result, or with the exception in its place."""
    if isinstance(found, fr.EvaluationError | np.linalg.LinAlgError) or "LinAlgError" in type(found).__name__:
        return "" if want is None else f"refused, where evaluation gives\n{want}: {found}"
    if isinstance(found, Exception):
        return repr(found)
    if want is None:
        return "" if not np.isfinite(np.asarray(found)).all() else f"evaluation refuses, and it gives\n{found}"
    try:
        assert_same(found, want)
    except AssertionError as error:
        return str(error)
    return ""


def _faults(run: Callable[[Case], Any]) -> list[str]:
    faults = []
    for outside in outside_cases():
        try:
            found = run(outside.case)
        except Exception as error:
            found = error
        if fault := _fault(found, outside.value):
            faults.append(f"{outside.case.name}: {outside.case.expr}\n{fault}")
    return faults


def test_there_are_points():
    assert len(outside_cases()) > 150
    assert sum(o.value is None for o in outside_cases()) > 80


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("target", TARGETS)
def test_a_compiled_function_refuses_what_evaluation_refuses(target):
    faults = _faults(lambda case: _compiled(case, target))
    assert not faults, f"{len(faults)} faults\n" + "\n".join(faults)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("target", TARGETS)
def test_code_that_runs_alone_refuses_what_evaluation_refuses(target):
    results = RUNNERS[target]([o.case for o in outside_cases()])
    faults = [
        f"{o.case.name}: {o.case.expr}\n{fault}"
        for o, found in zip(outside_cases(), results, strict=True)
        if (fault := _fault(found, o.value))
    ]
    assert not faults, f"{len(faults)} faults\n" + "\n".join(faults)
