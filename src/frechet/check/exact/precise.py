"""Values and derivatives with many digits, where float64 cannot decide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from frechet.calculus.subspaces import is_curved, structure_of
from frechet.check.exact.arrays import Array
from frechet.check.exact.elimination import Duals
from frechet.check.exact.program import ExactProgram, Instructions
from frechet.check.exact.scalars import OutOfReach, Precise, Unfinished
from frechet.expr.evaluate import sizes_of
from frechet.expr.node import Expr
from frechet.expr.structure import differential_of

__all__ = ["evaluate_precisely"]


def evaluate_precisely(
    roots: Sequence[Expr],
    values: Mapping[Expr, np.ndarray],
    sizes: Mapping[str, int] | None = None,
    directions: Sequence[Mapping[Expr, np.ndarray]] = (),
    digits: int = 50,
) -> list[np.ndarray]:
    """The values of expressions at floats, taken as exact, with so many digits: arrays of mpmath numbers. Of what stays in a
    curved set the element beside the floats is taken, and of its directions the tangents there.

    With one or two `directions` (symbol -> array), their first or second derivatives along them, by dual numbers.

    Raises OutOfReach (an EvaluationError) for an operation that has no interpretation here, NoValue outside of the
    domain, Unfinished (a NoValue) for an iteration that does not end.
    """
    field = Precise(digits)
    o = Duals(field, len(directions))
    numbers = sizes_of(values, sizes)
    program = ExactProgram(Instructions(roots, precise=True), numbers)
    leaves = {s: o.array(a.shape[0], a.shape[1], _numbers(field, a)) for s, a in values.items()}
    for symbol, leaf in leaves.items():
        moving = [(leaf, 1 << i, _numbers(field, d[symbol])) for i, d in enumerate(directions) if symbol in d]
        if is_curved(symbol):
            leaf.parts[0] = _inside(field, leaf.value, leaf.cols)
            if (dX := leaves.get(differential_of(symbol))) is not None:
                moving.append((dX, 0, dX.value))
        for where, part, move in moving:
            where.parts[part] = _tangent(field, symbol, leaf, move) if is_curved(symbol) else move
    try:
        found = program.run(o, leaves)
    except (field.context.NoConvergence, RuntimeError) as error:
        raise Unfinished(f"an iteration with {digits} digits does not end: {error}") from error
    return [
        np.array(A.parts[-1] or [field.zero] * (A.rows * A.cols), dtype=object).reshape(A.rows, A.cols) for A in found
    ]


def _inside(field: Precise, x: list, cols: int) -> list:
    """The matrix with X'*X = eye beside one that has this up to rounding, by Newton's method: X*(3*eye - X'*X)/2."""
    X = _matrix(field, x, cols)
    known = 8.0  # digits, doubled by each step
    while known < 2 * field.context.dps:
        X = X * (3 * field.context.eye(cols) - X.T * X) / 2
        known *= 2
    return list(X)


def _tangent(field: Precise, symbol: Expr, at: Array, move: list) -> list:
    """The tangent beside one that is so up to rounding."""
    X, dX = _matrix(field, at.value, at.cols), _matrix(field, move, at.cols)
    K = X.T * dX
    return list(dX - X * K if structure_of(symbol) == "unit" else X * (K - K.T) / 2)


def _matrix(field: Precise, x: list, cols: int) -> Any:
    return field.context.matrix([x[i : i + cols] for i in range(0, len(x), cols)])


def _numbers(field: Precise, array: np.ndarray) -> list:
    if np.iscomplexobj(array):
        raise OutOfReach("complex numbers")
    return [field.context.mpf(float(x)) for x in np.asarray(array).ravel()]
