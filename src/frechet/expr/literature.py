"""Books that several operations are from, and the places in them."""

from __future__ import annotations

__all__ = [
    "ABRAMOWITZ_STEGUN",
    "CONVEX_ANALYSIS",
    "FUNDAMENTAL_RULES",
    "LOG_SUM_EXP",
    "MAGNUS_NEUDECKER",
    "MATRICES",
    "POWERS",
]

MAGNUS_NEUDECKER = "Magnus and Neudecker, Matrix Differential Calculus, 3rd ed. (2019)"
MATRICES = f"{MAGNUS_NEUDECKER}, ch. 1: matrices"
FUNDAMENTAL_RULES = f"{MAGNUS_NEUDECKER}, sec. 8.2: fundamental rules of differential calculus"
ABRAMOWITZ_STEGUN = "Abramowitz and Stegun, Handbook of Mathematical Functions (1964)"
POWERS = f"{ABRAMOWITZ_STEGUN}, sec. 4.1 and 4.2: logarithm, exponential and powers"
CONVEX_ANALYSIS = "Rockafellar, Convex Analysis (1970), sec. 23: one-sided directional derivatives and subgradients"
LOG_SUM_EXP = "Boyd and Vandenberghe, Convex Optimization (2004), sec. 3.1.5: log-sum-exp and its gradient"
