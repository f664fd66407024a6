"""The test corpus: what every target must compute. Formulas and gradients of the cookbook, every operation of the table at
every kind of sizes, and the gradient of each row."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

import numpy as np

import frechet as fr
from frechet.expr.evaluate import evaluate
from frechet.expr.node import Expr, operations, symbols
from frechet.expr.structure import symbol
from frechet.rules.funm import FUNCTIONS, funm
from frechet.rules.linear import inner
from tests.compile.points import at_border, cookbook, point_of
from tests.rules.instances import OPERATIONS, Instance, instances_of

__all__ = ["Case", "cookbook_cases", "corpus", "row_cases", "spread_cases"]


@dataclass(frozen=True)
class Case:
    """An expression at numbers: sizes, arrays by name in NumPy's shapes, and the value there."""

    name: str
    expr: Expr
    sizes: dict[str, int]
    arrays: dict[str, np.ndarray]
    value: np.ndarray
    is_first: bool = True  # whether it belongs to the first point of its row


SLOW_TO_COMPILE = frozenset({"jax"})
"""Targets that compile every program for seconds where rows have loops: for them each row is taken at its first point."""


def corpus(target: str = "") -> list[Case]:
    rows = [case for case in row_cases() if case.is_first] if target in SLOW_TO_COMPILE else row_cases()
    return [*cookbook_cases(), *rows, *spread_cases()]


@cache
def cookbook_cases() -> tuple[Case, ...]:
    return tuple(Case(name, f, *point_of(f)) for name, f in cookbook())


@cache
def row_cases() -> tuple[Case, ...]:
    """Each row at its points, and the gradients there of its inner product with a constant matrix."""
    return tuple(
        replace(case, is_first=i == 0)
        for op in OPERATIONS
        for i, point in enumerate(instances_of(op))
        for case in _cases_at(point)
    )


SPREAD = (
    [[10.0, 1.0], [0.5, 0.1]],
    [[6.0, 1.0], [0.5, -4.0]],
    [[0.0, 4.0], [-4.0, 0.1]],
    [[0.9, 0.05], [0.02, -0.7]],
    [[40.0, 1.0], [0.5, -30.0]],
)
"""Matrices whose eigenvalues differ in size, in sign, and by a quarter of a turn: a series alone loses all digits
there, and exponentials overwhelm each other."""


@cache
def spread_cases() -> tuple[Case, ...]:
    """Each function of matrices at matrices of a wide spectrum, where it is defined and real."""
    A, cases = symbol("A", 2, 2), []
    for name in FUNCTIONS:
        for k, entries in enumerate(SPREAD):
            try:
                cases.append(_case(f"{name}, spectrum {k}", funm(A, operations[name]), {A: np.array(entries)}, {}))
            except fr.EvaluationError:
                continue  # outside of its domain, as the error says
    return tuple(cases)


SIGN_IS_FREE = frozenset({"eigvecsh", "geigvecs", "svdu", "svdv", "topvecs"})
"""Rows whose columns each library gives with a sign of its own: their squares are compared."""


def _cases_at(point: Instance) -> list[Case]:
    node = point.node * point.node if point.op.name in SIGN_IS_FREE else point.node
    W = symbol("W", *node.shape)
    weights = np.random.default_rng(0).standard_normal([s.value(point.sizes) for s in W.shape])
    values = {a: array for a, array in zip(point.args, point.arrays, strict=True) if a.op.name == "symbol"}
    moving = [a for a in point.args if a.op.name == "symbol" and a in symbols(node)]
    roots = [node]
    if moving:
        roots += fr.derivative(inner(W, node), moving).gradients
    return [_case(f"{point.op.name}, {point.label}", root, values | {W: weights}, point.sizes) for root in roots]


def _case(name: str, root: Expr, values: dict[Expr, np.ndarray], sizes: dict[str, int]) -> Case:
    given = {s: np.asarray(values[s]) for s in symbols(root)}
    value = evaluate(root, given, sizes)
    return Case(name, root, sizes, {s.name: at_border(s, a) for s, a in given.items()}, at_border(root, value))
