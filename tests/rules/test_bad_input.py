"""Outside of its domain every operation raises, and the error names the matrix and the assumption that failed."""

from __future__ import annotations

import numpy as np
import pytest

import frechet as fr
from frechet.errors import EvaluationError, ShapeError
from frechet.expr.evaluate import evaluate
from frechet.expr.signature import Signature
from frechet.expr.structure import symbol
from frechet.rules.elementwise import sign
from tests.rules.instances import OPERATIONS, instances_of, outside_points

OUTSIDE = outside_points()
ENTRY_BY_ENTRY = [point for point in OUTSIDE if point.op.elementwise or point.op.name.startswith("arg")]
REFUSED = [point for point in OUTSIDE if point not in ENTRY_BY_ENTRY]
"""Outside of its domain an operation is refused; an elementwise one is NaN, or what its convention says: there is no matrix to name."""


def test_every_domain_has_points_outside():
    """An operation with a domain and no `outside` is a failure; it may declare that there is no such point."""
    assert [op.name for op in OPERATIONS if op.domain and op.outside is None] == []
    assert [op.name for op in OPERATIONS if op.outside is not None and not op.domain] == []
    assert {op.name for op in OPERATIONS if op.outside == ()} <= NO_POINT_IS_OUTSIDE


NO_POINT_IS_OUTSIDE = {"pinv", "polar", "schurpattern"} | {
    d + f + "m" for d in ("", "d") for f in ("tan", "tanh", "sigmoid")
}
"""The rank (the pattern) does not change: said of the way, not of a point. And no floating-point number is a multiple of pi."""


def _value_and_derivative(point):
    values = dict(zip(point.args, point.arrays, strict=True))
    evaluate(point.node, values, point.sizes)
    directions = tuple(np.ones_like(a) for a in values.values())
    fr.derivative(point.node, list(values)).at(values)(directions if len(values) > 1 else directions[0])


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("point", REFUSED, ids=repr)
def test_outside_of_the_domain(point):
    """The value is refused; or, where it exists, the derivative."""
    with pytest.raises(EvaluationError) as caught:
        _value_and_derivative(point)
    message = str(caught.value)
    assert "it takes for granted that" in message or "has an entry that is NaN" in message, message
    assert point.args[0].name in message


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("point", ENTRY_BY_ENTRY, ids=repr)
def test_outside_of_the_domain_entry_by_entry(point):
    """NaN or infinite, or there is a convention."""
    values = dict(zip(point.args, point.arrays, strict=True))
    assert point.op.convention or not np.isfinite(evaluate(point.node, values)).all() or point.op is sign


# --- NaN and infinite entries -----------------------------------------------------------------------

FINITE = [op for op in OPERATIONS if op.finite]
PASSING = {"norm1", "norm2", "logsumexp", "logsumexp_rows", "softmax", "softmax_rows", "kron", "khatrirao", "mul", "scale", "hadamard", "pow"} | {
    prefix + name + rows for prefix in ("", "arg") for name in ("max", "min") for rows in ("", "_rows")
}  # fmt: skip
"""Nonlinear operations that let a NaN or an infinite entry through: sums, products and comparisons of entries."""


def test_every_nonlinear_operation_of_matrices_asks_for_finite_entries():
    nonlinear = {op.name for op in OPERATIONS if op.differentials and not op.elementwise}
    assert nonlinear - {op.name for op in FINITE} <= PASSING


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("op", FINITE, ids=lambda op: op.name)
def test_entries_that_are_not_finite(op, bad):
    point = instances_of(op)[0]
    for i in point.active:
        arrays = [a.copy() for a in point.arrays]
        arrays[i].flat[-1] = bad
        args = [symbol("ABCD"[k], *a.shape) for k, a in enumerate(point.args)]
        values = {args[k]: arrays[k] for k in range(len(args))}
        node = op(*args, params=point.params)
        if node.op is op:
            with pytest.raises(EvaluationError, match=f"{'ABCD'[i]} has an entry that is NaN or infinite"):
                evaluate(node, values, point.sizes)


# --- shapes -----------------------------------------------------------------------------------------


def _has_shapes(op):
    return isinstance(op.signature, Signature) and op.signature.text.strip() != "->" and bool(op.signature.arguments)


SQUARE = [op for op in OPERATIONS if _has_shapes(op) and any(r is c and r.letter for r, c in op.signature.arguments)]


@pytest.mark.parametrize("op", SQUARE, ids=lambda op: op.name)
def test_a_matrix_that_is_not_square(op):
    shapes = [(2, 3) if r is c and r.letter else (2, 2) for r, c in op.signature.arguments]
    args = [symbol("ABCD"[i], *s) for i, s in enumerate(shapes)]
    parameters = tuple(instances_of(op)[0].params)
    with pytest.raises(ShapeError, match="does not take 2×3"):
        op(*args, params=parameters)
    A = symbol("A", "n", "n")
    with pytest.raises(EvaluationError, match="A is n×n, but its array is 2×3"):
        evaluate(A @ A, {A: np.ones((2, 3))})


@pytest.mark.parametrize("op", OPERATIONS, ids=lambda op: op.name)
def test_an_empty_matrix(op):
    if _has_shapes(op):
        point = instances_of(op)[0]
        args = [symbol("ABCD"[k], *a.shape) for k, a in enumerate(point.args)]
        node = op(*args, params=point.params)
        with pytest.raises(EvaluationError, match="A is empty: its array is 0×"):
            evaluate(node, {a: np.zeros((0, 0)) if i == 0 else point.arrays[i] for i, a in enumerate(args)})
