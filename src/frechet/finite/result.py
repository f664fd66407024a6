"""What a finite difference gives back: the value, a bound on its error, and what was done to get it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

__all__ = ["Estimate"]


@dataclass(frozen=True)
class Estimate:
    """A derivative by finite differences, with an error bar.

    `value`        the derivative, in the shape or nesting that the function called for
    `error`        a bound on |value - derivative| for every component, nested like `value`
    `error_norm`   the 2-norm of `error` over all components
    `relative`     `error_norm` over the 2-norm of `value`; infinite when the value is zero and the error is not
    `method`       the scheme behind the component with the largest error
    `step`         the largest step of that scheme, in units of the direction
    `seen`         the smallest and the largest step whose differences agree with the value. The bound is that of f as
                   these steps show it: a corner closer to X has not been seen, nor the trend over larger steps,
                   which the discretisation inside f (an adaptive solver, a loop that stops early) may change
    `evaluations`  how many times the function was called
    `warnings`     what the caller should know: noise, structure between steps, points without a derivative
    """

    value: Any
    error: Any
    error_norm: float
    relative: float
    method: str
    step: float
    seen: tuple[float, float]
    evaluations: int
    warnings: list[str] = field(default_factory=list)

    def __repr__(self) -> str:
        lines = [f"{self.value!r}", f"  error {self.error_norm:.1e}, relative {self.relative:.1e}"]
        lines.append(
            f"  {self.method}, {self.evaluations} evaluations, steps from {self.seen[0]:.1g} to {self.seen[1]:.1g}"
        )
        lines += [f"  warning: {w}" for w in self.warnings]
        return "\n".join(lines)
