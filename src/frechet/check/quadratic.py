"""A Hessian that is written as a quadratic form: d²f = -tr(inv(X)*dX*inv(X)*dX) for the operator dX -> -(inv(X)*dX*inv(X))'.

q(dX) = <H[dX], dX> with H linear and self-adjoint is half of what its gradient says, H[dX] = (1/2)*dq/d(dX), if q is
homogeneous of degree two: if that gradient is linear in dX, and q vanishes with dX.
"""

from __future__ import annotations

from fractions import Fraction

from frechet.calculus.derivative import Derivative
from frechet.calculus.subspaces import is_curved
from frechet.check.exact import identical
from frechet.errors import BudgetError, FrechetError
from frechet.expr.leaves import differential_properties, symbol
from frechet.expr.node import Expr, operations, postorder, substitute, symbols
from frechet.expr.structure import differential_of, is_differential, is_zero, scale, zeros
from frechet.simplify import simplify

__all__ = ["operator_of_quadratic_form"]

_DIRECTION = "d{}_"  # no name that can be typed for a direction


def operator_of_quadratic_form(claim: Expr, X: Expr) -> Expr | None:
    """H[dX] of a claim <H[dX], dX>, in dX; None for one that is no quadratic form in dX."""
    dX = differential_of(X)
    opaque = any(operations.get(n.op.name) is not n.op for n in postorder(claim))
    if not claim.is_scalar or opaque or dX not in symbols(claim) or is_curved(X):
        return None
    kept = tuple(p for p in differential_properties(X.params[1]) if not is_differential(symbol("", 1, 1, (p,))))
    H = symbol(_DIRECTION.format(X.name), *X.shape, kept)
    try:
        nothing = simplify(substitute(claim, {dX: zeros(*X.shape)}))
        slope = Derivative(substitute(claim, {dX: H}), (H,)).gradients[0]
        rest = simplify(substitute(slope, {H: zeros(*X.shape)}))
        bend = Derivative(slope, (H,)).differential
    except BudgetError:
        raise
    except FrechetError:
        return None
    if H not in symbols(slope) or H in symbols(bend) or not (_vanishes(nothing) and _vanishes(rest)):
        return None
    return scale(Fraction(1, 2), substitute(slope, {H: dX}))


def _vanishes(e: Expr) -> bool:
    return is_zero(e) or identical(e, zeros(*e.shape)).outcome == "equal"
