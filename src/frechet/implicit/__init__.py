"""What is defined by an equation: solutions as functions of their parameters, with derivatives by one more linear solve.

packing      containers as vectors
factors      a Jacobian factored once, for itself and its transpose; GMRES with a checked residual
jacobians    which structure a Jacobian has: banded, dense, matrix-free
compiled_residual   F as a JAX function, compiled
certificate  what a derivative is worth: residual, condition, digits
solution     the solution and the linearized equations as operations of array programs, to any order
function     fr.implicit(F, solve)

The room itself can be called: `x = fr.implicit(F, solve)`.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

from frechet.expr.node import Expr
from frechet.implicit.algebraic import dae
from frechet.implicit.certificate import Certificate, PrecisionWarning
from frechet.implicit.eigen import eigenpair, singular_triplet
from frechet.implicit.events import event
from frechet.implicit.function import Implicit
from frechet.implicit.ode import odeint, trajectory
from frechet.implicit.optima import least_squares, minimum
from frechet.implicit.paths import path
from frechet.implicit.quadratic import projection_simplex, projection_spd, quadratic_program
from frechet.implicit.roots import fixed_point, root
from frechet.implicit.sparse import sparse
from frechet.implicit.stationary import stationary
from frechet.implicit.symbolic import defined
from frechet.implicit.systems import linear
from frechet.implicit.transport import sinkhorn

__all__ = [
    "Certificate",
    "Implicit",
    "PrecisionWarning",
    "dae",
    "eigenpair",
    "event",
    "fixed_point",
    "least_squares",
    "linear",
    "minimum",
    "odeint",
    "path",
    "projection_simplex",
    "projection_spd",
    "quadratic_program",
    "root",
    "singular_triplet",
    "sinkhorn",
    "sparse",
    "stationary",
    "trajectory",
]


class _CallableRoom(ModuleType):
    """`fr.implicit` is this room and, called, its main function."""

    def __call__(self, F: Any, *args: Any, **options: Any) -> Any:
        unknown = args[0] if args else options.get("X")
        if isinstance(F, Expr | str) and isinstance(unknown, Expr | str):
            return defined(F, *args, **options)
        return Implicit(F, *args, **options)


sys.modules[__name__].__class__ = _CallableRoom
