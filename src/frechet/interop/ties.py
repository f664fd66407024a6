"""Factors of a matrix whose derivative does not exist where eigenvalues or singular values coincide.

There the differences of the values have no reciprocal. Forward mode gives the columns that have a derivative, and NaN in
the others; reverse mode, which would need all of them, is refused.
"""

from __future__ import annotations

from collections.abc import Iterable

from frechet.errors import EvaluationError

__all__ = ["PARTIAL", "refuse", "refuses"]

PARTIAL = frozenset({"gaps", "gaps2", "reciprocals"})
"""Rows that are NaN in the entries that do not exist, and right in the others."""

_WRITE = {
    **dict.fromkeys(("eigvalsh", "eigvecsh"), "spectral_function, spectral_projector, sum_largest or lobpcg"),
    **dict.fromkeys(("topvals", "topvecs"), "spectral_projector or sum_largest"),
    **dict.fromkeys(("svdvals", "svdu", "svdv", "svdperp"), "polar, low_rank, svds, norm or range_projector"),
    **dict.fromkeys(("eigvals", "eigvecs", "eigdual"), "expm, logm, sqrtm, sinm, cosm or signm"),
}


def refuses(names: Iterable[str]) -> bool:
    """Whether an output may have no derivative at ties."""
    return any(name in _WRITE for name in names)


def refuse(names: Iterable[str]) -> None:
    """Raises EvaluationError: which derivative does not exist, and which functions have one."""
    named = [name for name in names if name in _WRITE]
    raise EvaluationError(
        f"{', '.join(named)}: two of the values coincide (or one is 0), and the derivative of vectors does not exist there; "
        f"for a function of the matrix that does not depend on the choice of vectors write {_WRITE[named[0]]}"
    )
