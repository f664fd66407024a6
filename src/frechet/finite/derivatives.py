"""The public derivatives by finite differences."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import EvaluationError
from .ladder import Ladder, Scheme, climb
from .line import Function, Line
from .result import Estimate

__all__ = ["directional"]


def directional(f: Any, X: Any, dX: Any) -> Estimate:
    """The directional derivative f'(X)[dX] = d/dt f(X + t·dX) at t = 0, in the shape of f(X)."""
    function = Function(f, X)
    dx = function.inputs.gather(dX, "dX")
    if not np.isfinite(dx).all():
        raise EvaluationError("dX has entries that are NaN or infinite")
    if not dx.any():
        raise EvaluationError("dX is zero: there is no direction to differentiate along")
    line = Line(function, dx)
    choice, _, steps = climb(Ladder(line, Scheme.symmetric(1)))
    error = (choice.error + 2e-16 * np.abs(choice.value)) * abs(line.factor)
    value = choice.value * line.factor
    norm = float(np.linalg.norm(error))
    size = float(np.linalg.norm(value))
    return Estimate(
        function.nest(value),
        function.nest(error, "error"),
        norm,
        norm / size if size else (np.inf if norm else 0.0),
        "central",
        steps[0],
        function.evaluations,
        [],
    )
