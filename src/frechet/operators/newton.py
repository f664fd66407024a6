"""Newton's method on spaces of matrices, for functions given as plain callables.

Each step solves with a `LinearOperator` by its structure. `equations` connects the symbolic side to these
engines.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from frechet.errors import ConvergenceError, SingularOperatorError
from frechet.operators.iteration import IterationRecord, Move, Report, Solution, plus, size_of, times
from frechet.operators.operator import LinearOperator

__all__ = ["newton"]


def newton(
    linearized: Callable[[Any], tuple[Any, LinearOperator]],
    X0: Any,
    *,
    tolerance: float = 1e-12,
    max_steps: int = 50,
    damped: bool = False,
    progress: Report | None = None,
    move: Move | None = None,
) -> Solution:
    """X with F(X) = 0: X <- X - F'(X)^-1 F(X).

    `linearized(X)` gives (F(X), F'(X)), whose domain is the tangent space at X where X is on a manifold;
    `move(X, dX)` is then a retraction, otherwise X + dX. Full steps by default; with `damped` a step is halved until |F|
    decreases enough (Armijo). Where F' is not square the step is the one of least norm, or of least squares
    (Gauss-Newton). Ends when a step changes X by less than `tolerance` relative to X, or when |F| no longer
    decreases at a relative change under 1e-7: rounding is reached.

    Raises ConvergenceError after `max_steps` steps or at values that are not finite, SingularOperatorError
    where a derivative has no inverse.
    """
    move = move or plus
    X = X0
    F, op = linearized(X)
    best = Solution(X, size_of(F), F)
    steps: list[IterationRecord] = []
    for number in range(1, max_steps + 1):
        residual = size_of(F)
        if residual == 0:
            break
        try:
            R = op.codomain.project(F)  # the operator says which part of F is not rounding
            dX = op.solve(R) if op.shape[0] == op.shape[1] else op.lstsq(R)
        except SingularOperatorError as error:
            reason = f"step {number} of Newton's method, at residual {residual:.1e}: {error.reason}"
            raise SingularOperatorError(reason, error.condition) from error
        fraction = 1.0
        new = move(X, times(-fraction, dX))
        F_new, op_new = linearized(new)
        while damped and not size_of(F_new) <= (1 - 1e-4 * fraction) * residual and fraction > 1e-8:
            fraction /= 2
            new = move(X, times(-fraction, dX))
            F_new, op_new = linearized(new)
        change = fraction * size_of(dX) / max(size_of(new), np.finfo(float).tiny)
        step = IterationRecord(
            number,
            size_of(F_new),
            change,
            fraction,
            op.solver.pattern if op.shape[0] == op.shape[1] else "lstsq",
        )
        steps.append(step)
        if progress is not None:
            progress(step)
        if not np.isfinite(step.residual):
            raise ConvergenceError(f"Newton's method left the domain in step {number}: F is not finite", residual)
        stagnates = change < 1e-7 and step.residual >= residual / 2
        X, F, op = new, F_new, op_new
        if step.residual <= best.residual or best.residual > residual:
            best = Solution(X, step.residual, F)
        if change <= tolerance or stagnates:
            break
    else:
        raise ConvergenceError(
            f"Newton's method did not converge in {max_steps} steps; try damped=True or another X0", size_of(F)
        )
    return Solution(best.X, best.residual, best.value, steps)
