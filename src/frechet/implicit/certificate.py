"""How far a derivative of something solved for can be trusted: measured where it was computed, not promised by a tolerance.

With z the solver's result, e = -inv(F_X)*F(z) is one Newton step. The derivative is computed at z, and once more to first order
at z + e: what it changes by is its error from stopping early, in its own units, however F is scaled. The residual of
the linear solve enters in the same way.

Source: Blondel et al., Efficient and modular implicit differentiation, NeurIPS 2022, theorem 1 (the error of an implicit
derivative is of first order in that of the solution); Deuflhard, Newton Methods for Nonlinear Problems (2004), sec. 1.4 (a test
that does not depend on the scales of F).
"""

from __future__ import annotations

import sys
import warnings
from dataclasses import dataclass, field
from math import log10

import numpy as np

from frechet.implicit.factors import MatrixSolver

__all__ = ["LEAST", "Certificate", "PrecisionWarning", "digits_of", "warn_below_six"]

LEAST = 6
"""Digits below which a derivative is not handed out without a warning."""


class PrecisionWarning(UserWarning):
    """A derivative with fewer than six digits."""


@dataclass(frozen=True)
class Certificate:
    """What was measured at the solution.

    mode        "adjoint" (one solve with F_X' a cotangent) or "forward" (one with F_X a direction)
    unknowns, parameters   the sizes
    method      how the linear equation was solved
    residual    max |F| at the solver's result
    correction  |e|/|z|, the relative size of a Newton step from there
    factor      the factorization; its condition is estimated when it is asked for
    solve_residual   |F_X'*λ - w|/|w| of the linear solve (F_X*u - b in forward mode)
    error       a bound on the relative error of the derivative, from the last three
    note        what else was seen
    """

    mode: str
    unknowns: int
    parameters: int
    method: str
    residual: float
    correction: float
    factor: MatrixSolver = field(repr=False)
    solve_residual: float
    error: float
    note: str = ""

    @property
    def condition(self) -> float:
        """About the condition number of F_X with scaled rows, estimated when it is asked for; NaN where it is not known."""
        return self.factor.condition

    @property
    def digits(self) -> float:
        """The correct decimal digits of the derivative."""
        return digits_of(self.error)

    def __str__(self) -> str:
        condition = f", condition of F_X about {self.condition:.1e}" if np.isfinite(self.condition) else ""
        lines = [
            f"{self.mode}: {self.unknowns} unknowns, {self.parameters} parameters; {self.method}{condition}",
            f"residual |F| = {self.residual:.1e}, a Newton step from there {self.correction:.1e} of the solution; "
            f"residual of the {self.mode} solve {self.solve_residual:.1e}",
            f"about {self.digits:.0f} digits of the derivative",
        ]
        return "\n".join([*lines, *([self.note] if self.note else [])])


def digits_of(error: float) -> float:
    """-log10 of a relative error, between 0 and 16; 0 where the error is not known."""
    return -log10(min(max(error, 1e-16), 1.0)) + 0.0 if error == error else 0.0


def warn_below_six(name: str, found: Certificate) -> None:
    """PrecisionWarning of a derivative with fewer than six digits; it says which of solver and solve is the reason."""
    early = found.correction > 1e-9
    reason = (
        f"the solver has not converged: at its solution the residual is {found.residual:.1e}, and a Newton step changes it by "
        f"{found.correction:.1e} of its size; solve to a smaller tolerance"
        if early
        else f"the Jacobian F_X is nearly singular: what rounding leaves of the residual moves the derivative by {found.error:.1e} "
        f"(condition about {found.condition:.1e}, residual of the solve {found.solve_residual:.1e})"
    )
    warnings.warn(
        f"the derivative of {name} has about {found.digits:.0f} digits: {reason}",
        PrecisionWarning,
        stacklevel=_users_level(),
    )


def _users_level() -> int:
    """How far up the first line of the user's code is: a warning is shown once for each such line."""
    frame, level = sys._getframe(1), 1
    while frame.f_back is not None:
        home = frame.f_globals.get("__name__", "").partition(".")[0]
        if home not in ("frechet", "builtins") and not frame.f_code.co_filename.startswith("<"):
            break
        frame, level = frame.f_back, level + 1
    return level
