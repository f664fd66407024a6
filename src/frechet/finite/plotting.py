"""The error of finite differences against their step: truncation falling, rounding rising."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..errors import EvaluationError, MissingLibraryError
from .derivatives import directional
from .ladder import EPS, Ladder, Scheme
from .line import Function, Line

__all__ = ["plot"]

_Array = np.ndarray

# Four schemes with visibly different slopes; the offsets of the last are -2..2.
SCHEMES = ("forward", "central", "central, order 4", "complex step")


def plot(f: Callable[[Any], Any], X: Any, dX: Any, *, exact: Any = None, ax: Any = None) -> Any:
    """Plot the relative error of f'(X)[dX] against the step h, and mark the step that was chosen.

    Truncation falls with slope 1, 2 and 4 (forward, central, central of order 4), rounding rises with slope
    -1. The error is measured against `exact`, shaped like f(X), or else against `directional`, whose own
    error is shaded. The complex step is drawn where f takes complex arguments. Returns the Matplotlib axes.

    Raises MissingLibraryError without Matplotlib, and whatever `directional` raises.
    """
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise MissingLibraryError("plotting", "matplotlib", "plot") from error

    estimate = directional(f, X, dX)
    function = Function(f, X)
    line = Line(function, function.inputs.gather(dX, "dX"))
    truth, floor = (
        function.outputs.gather(estimate.value if exact is None else exact, "exact"),
        estimate.relative,
    )
    size = float(np.linalg.norm(truth))
    if not np.isfinite(size):
        raise EvaluationError("there is no derivative to measure errors against: " + "; ".join(estimate.warnings))
    steps = 2.0 ** np.arange(-52.0, 3.0)
    lengths = [line.length(h) for h in steps]
    ax = ax if ax is not None else plt.subplots()[1]
    for name in SCHEMES:
        errors = [_error(difference(line, name, h), truth, size) for h in steps]
        if np.isfinite(errors).any():
            ax.loglog(lengths, np.maximum(errors, EPS / 8), ".-", markersize=3, linewidth=0.8, label=name)
    if exact is None and np.isfinite(floor) and floor > 0:
        ax.axhspan(EPS / 8, max(floor, EPS / 4), color="0.9", label="error of the reference")
    reached = _error(function.outputs.gather(estimate.value, "value"), truth, size) if exact is not None else floor
    if estimate.step:
        ax.axvline(estimate.step, color="0.4", linestyle=":", linewidth=0.8)
    ax.plot(
        [estimate.step or lengths[0]],
        [max(reached, EPS / 8) if np.isfinite(reached) else 1.0],
        "k*",
        markersize=10,
        label=f"chosen: {estimate.method}",
    )
    ax.set_xlabel("step h")
    ax.set_ylabel("relative error" if size else "error")
    ax.set_ylim(EPS / 16, 1e3)
    ax.legend(fontsize="small")
    return ax


def difference(line: Line, name: str, h: float) -> _Array | None:
    """One difference at the step h in units of the line, as entries of f'(X)[dX]; None where f has no value."""
    if name == "complex step":
        value = line.imaginary(h) if not line.function.inputs.any_complex else None
        return None if value is None or line.function.outputs.any_complex else line.derivative(value.imag / h, 1)
    scheme = {"forward": Scheme.sided(1, 1), "central": Scheme.symmetric(1)}.get(name) or Scheme.symmetric(1, 4)
    rung = Ladder(line, scheme)[h]
    return None if rung is None else line.function.entries(line.derivative(rung, 1))


def _error(value: _Array | None, truth: _Array, size: float) -> float:
    if value is None:
        return np.nan
    return float(np.linalg.norm(value - truth)) / (size or 1.0)
