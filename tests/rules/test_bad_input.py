"""Outside of its domain every row raises, and the error names the matrix and the assumption that failed."""

from __future__ import annotations

import numpy as np
import pytest

import frechet as fr
from frechet.errors import EvaluationError, ShapeError
from frechet.expr.evaluate import evaluate
from frechet.expr.node import operations
from frechet.expr.signature import Signature
from frechet.expr.sizes import size
from frechet.expr.structure import symbol
from tests.rules.instances import ROWS, instances_of

SINGULAR = np.diag([1.0, 0.0])
NEGATIVE = np.array([[-1.0, 1.0], [0.0, 2.0]])
JORDAN = np.array([[2.0, 1.0], [0.0, 2.0]])
TURNING = np.array([[0.0, -1.0], [1.0, 0.0]])
TIED = np.diag([2.0, 2.0])
INDEPENDENT = np.array([[1.0, 2.0], [3.0, 4.0]])
DEPENDENT = np.array([[1.0, 1.0], [1.0, 1.0], [1.0, 1.0]])
ORTHONORMAL = np.eye(3, 2)
HALF = np.array([[0.5]])

# Arguments outside of the domain of each row that has one.
OUTSIDE = {
    "inv": (SINGULAR,),
    "logdet": (SINGULAR,),
    "sylv": (TIED, -TIED, INDEPENDENT),
    "stein": (TIED, TIED / 4, INDEPENDENT),
    "chol": (NEGATIVE,),
    "qrq": (DEPENDENT,),
    "qrr": (DEPENDENT,),
    "qrperp": (DEPENDENT,),
    "lul": (np.array([[0.0, 1.0], [1.0, 0.0]]),),
    "luu": (np.array([[0.0, 1.0], [1.0, 0.0]]),),
    "patternsylv": (JORDAN, INDEPENDENT, np.tril(np.ones((2, 2)), -1), np.tril(np.ones((2, 2)), -1)),
    "schurq": (TIED,),
    "schurt": (TIED,),
    "hessq": (np.eye(4),),
    "hessh": (np.eye(4),),
    "topvals": (TIED,),
    "topvecs": (TIED,),
    "eigvals": (TIED,),
    "eigvecs": (JORDAN,),
    "eigdual": (JORDAN,),
    "logm": (NEGATIVE,),
    "dlogm": (NEGATIVE, INDEPENDENT),
    "sqrtm": (NEGATIVE,),
    "signm": (TURNING,),
    "powm": (NEGATIVE, HALF),
    "dpowm": (NEGATIVE, HALF, INDEPENDENT),
    "care": (np.eye(2), np.zeros((2, 2)), np.eye(2), np.eye(2)),
    "dare": (2 * np.eye(2), np.zeros((2, 2)), np.eye(2), np.eye(2)),
    "svdvals": (ORTHONORMAL,),
    "svdu": (ORTHONORMAL,),
    "svdv": (ORTHONORMAL,),
    "svdperp": (DEPENDENT,),
    "rotation": (np.diag([1.0, -1.0]),),
    "normnuc": (DEPENDENT,),
    "normspec": (ORTHONORMAL,),
    "eigmax": (TIED,),
    "eigmaxproj": (TIED,),
    "eigmin": (TIED,),
    "eigminproj": (TIED,),
    "gaps": (np.array([[1.0], [1.0]]),),
    "gaps2": (np.array([[1.0], [1.0]]),),
    "reciprocals": (np.array([[1.0], [0.0]]),),
    "eigvalsh": (TIED,),
    "eigvecsh": (TIED,),
    "sumlargest": (TIED,),
    "topproj": (TIED,),
    "arcsinm": (np.diag([2.0, 0.5]),),
    "darcsinm": (np.diag([2.0, 0.5]), INDEPENDENT),
    "arccosm": (np.diag([2.0, 0.5]),),
    "darccosm": (np.diag([2.0, 0.5]), INDEPENDENT),
    "arctanm": (TURNING,),
    "darctanm": (TURNING, INDEPENDENT),
    "log1pm": (np.diag([-2.0, 1.0]),),
    "dlog1pm": (np.diag([-2.0, 1.0]), INDEPENDENT),
    "absm": (SINGULAR,),
    "dabsm": (SINGULAR, INDEPENDENT),
    "relum": (SINGULAR,),
    "drelum": (SINGULAR, INDEPENDENT),
}
ELEMENTWISE = {row.name for row in ROWS if row.elementwise or row.name.startswith("arg")}
"""Their value outside of the domain is NaN, or what their convention says: entry by entry there is no matrix to name."""
NO_POINT_IS_OUTSIDE = {"pinv", "polar", "schurpattern"} | {
    d + f + "m" for d in ("", "d") for f in ("tan", "tanh", "sigmoid", "softplus")
}
"""The rank (the pattern) does not change: said of the way, not of a point. And no floating-point number is a multiple of pi."""


def _symbols(arrays):
    return [symbol("ABCD"[i], *a.shape) for i, a in enumerate(arrays)]


def test_every_domain_has_a_point_outside():
    assert {row.name for row in ROWS if row.domain} - ELEMENTWISE - NO_POINT_IS_OUTSIDE == set(OUTSIDE)


def _value_and_derivative(node, values):
    evaluate(node, values)
    directions = tuple(np.ones_like(a) for a in values.values())
    fr.derivative(node, list(values)).at(values)(directions if len(values) > 1 else directions[0])


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", OUTSIDE)
def test_outside_of_the_domain(name):
    """The value raises; or, where it exists, the derivative."""
    row, arrays = operations[name], OUTSIDE[name]
    args = _symbols(arrays)
    parameters = tuple(size(1) for _ in row.signature.parameters)
    node = row(*args, params=parameters)
    with pytest.raises(EvaluationError) as caught:
        _value_and_derivative(node, dict(zip(args, arrays, strict=True)))
    message = str(caught.value)
    assert row.domain.format("A", "B", "C", "D") in message or "has an entry that is NaN" in message, message
    assert "A" in message


# --- NaN and infinite entries -----------------------------------------------------------------------

FINITE = [row for row in ROWS if row.finite]
PASSING = {"norm1", "norm2", "logsumexp", "logsumexp_rows", "softmax", "softmax_rows", "kron", "khatrirao", "mul", "scale", "hadamard", "pow"} | {
    prefix + name + rows for prefix in ("", "arg") for name in ("max", "min") for rows in ("", "_rows")
}  # fmt: skip
"""Nonlinear rows that let a NaN or an infinite entry through: sums, products and comparisons of entries."""


def test_every_nonlinear_row_of_matrices_asks_for_finite_entries():
    nonlinear = {row.name for row in ROWS if row.differentials and not row.elementwise}
    assert nonlinear - {row.name for row in FINITE} <= PASSING


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("row", FINITE, ids=lambda row: row.name)
def test_entries_that_are_not_finite(row, bad):
    point = instances_of(row)[0]
    for i in point.active:
        arrays = [a.copy() for a in point.arrays]
        arrays[i].flat[-1] = bad
        args = [symbol("ABCD"[k], *a.shape) for k, a in enumerate(point.args)]
        values = {args[k]: arrays[k] for k in range(len(args))}
        node = row(*args, params=point.params)
        if node.op is row:
            with pytest.raises(EvaluationError, match=f"{'ABCD'[i]} has an entry that is NaN or infinite"):
                evaluate(node, values, point.sizes)


# --- shapes -----------------------------------------------------------------------------------------


def _has_shapes(row):
    return isinstance(row.signature, Signature) and row.signature.text.strip() != "->" and bool(row.signature.arguments)


SQUARE = [row for row in ROWS if _has_shapes(row) and any(r is c and r.letter for r, c in row.signature.arguments)]


@pytest.mark.parametrize("row", SQUARE, ids=lambda row: row.name)
def test_a_matrix_that_is_not_square(row):
    shapes = [(2, 3) if r is c and r.letter else (2, 2) for r, c in row.signature.arguments]
    args = [symbol("ABCD"[i], *s) for i, s in enumerate(shapes)]
    parameters = tuple(instances_of(row)[0].params)
    with pytest.raises(ShapeError, match="does not take 2×3"):
        row(*args, params=parameters)
    A = symbol("A", "n", "n")
    with pytest.raises(EvaluationError, match="A is n×n, but its array is 2×3"):
        evaluate(A @ A, {A: np.ones((2, 3))})


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_an_empty_matrix(row):
    if _has_shapes(row):
        point = instances_of(row)[0]
        args = [symbol("ABCD"[k], *a.shape) for k, a in enumerate(point.args)]
        node = row(*args, params=point.params)
        with pytest.raises(EvaluationError, match="A is empty: its array is 0×"):
            evaluate(node, {a: np.zeros((0, 0)) if i == 0 else point.arrays[i] for i, a in enumerate(args)})
