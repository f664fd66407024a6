"""Factors of a matrix whose derivative does not exist where eigenvalues or singular values coincide.

There the differences of the values have no reciprocal. Forward mode gives the columns that have a derivative, and NaN in
the others; reverse mode, which would need all of them, is refused.
"""

from __future__ import annotations

from collections.abc import Iterable

from frechet.errors import EvaluationError
from frechet.expr.node import operations
from frechet.interop.formulas import row_of

__all__ = ["is_partial", "refuse", "refuses"]


def is_partial(name: str) -> bool:
    """Whether an output is NaN in the entries that do not exist, and right in the others."""
    return operations[row_of(name)].partial


def _instead(name: str) -> str:
    return operations[row_of(name)].instead


def refuses(names: Iterable[str]) -> bool:
    """Whether an output may have no derivative at ties."""
    return any(_instead(name) for name in names)


def refuse(names: Iterable[str]) -> None:
    """Raises EvaluationError: which derivative does not exist, and which functions have one."""
    named = [name for name in names if _instead(name)]
    raise EvaluationError(
        f"{', '.join(named)}: two of the values coincide (or one is 0), and the derivative of vectors does not exist there; "
        f"for a function of the matrix that does not depend on the choice of vectors write {_instead(named[0])}"
    )
