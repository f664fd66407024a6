"""Values and derivatives with many digits, where float64 cannot decide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from frechet.check.exact.elimination import Duals
from frechet.check.exact.program import Program, Steps
from frechet.check.exact.scalars import OutOfReach, Precise, Unfinished
from frechet.expr.evaluate import sizes_of
from frechet.expr.node import Expr

__all__ = ["evaluate_precisely"]


def evaluate_precisely(
    roots: Sequence[Expr],
    values: Mapping[Expr, np.ndarray],
    sizes: Mapping[str, int] | None = None,
    directions: Sequence[Mapping[Expr, np.ndarray]] = (),
    digits: int = 50,
) -> list[np.ndarray]:
    """The values of expressions at floats, taken as exact, with so many digits: arrays of mpmath numbers.

    With one or two `directions` (symbol -> array), their first or second derivatives along them, by dual numbers.

    Raises OutOfReach (an EvaluationError) for an operation that has no interpretation here, NoValue outside of the
    domain, Unfinished (a NoValue) for an iteration that does not end.
    """
    field = Precise(digits)
    o = Duals(field, len(directions))
    numbers = sizes_of(values, sizes)
    program = Program(Steps(roots, precise=True), numbers)
    leaves = {}
    for symbol, array in values.items():
        rows, cols = array.shape
        leaves[symbol] = o.array(rows, cols, _numbers(field, array))
        for i, direction in enumerate(directions):
            if symbol in direction:
                leaves[symbol].parts[1 << i] = _numbers(field, direction[symbol])
    try:
        found = program.run(o, leaves)
    except (field.context.NoConvergence, RuntimeError) as error:
        raise Unfinished(f"an iteration with {digits} digits does not end: {error}") from error
    return [
        np.array(A.parts[-1] or [field.zero] * (A.rows * A.cols), dtype=object).reshape(A.rows, A.cols) for A in found
    ]


def _numbers(field: Precise, array: np.ndarray) -> list:
    if np.iscomplexobj(array):
        raise OutOfReach("complex numbers")
    return [field.context.mpf(float(x)) for x in np.asarray(array).ravel()]
