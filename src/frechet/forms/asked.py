"""`jacobian_of`: what is asked about is equations in the language, or a Python function."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from frechet.errors import FrechetError, LanguageError
from frechet.forms.charts import Map
from frechet.forms.factors import as_factor
from frechet.forms.functions import FunctionJacobian
from frechet.forms.jacobians import Jacobian
from frechet.forms.transformation import Transformation

__all__ = ["jacobian_of"]


def jacobian_of(map: str | Callable[..., Any], wrt: str | Sequence[str] | None = None, **declarations: Any) -> Jacobian:
    """The Jacobian of a matrix transformation: `fr.jacobian_of("X = Q*R", Q="stiefel(m,n)", R="upper(n), positive diagonal")`.

    The equations are in the language, one or several separated by `;`. Declared factors move, others are constants (a
    constant whose size nothing fixes is square); `wrt` names the moving ones where that leaves a choice. `'` is the
    conjugate transpose where a factor is complex. Kinds, see `frechet.forms.factors.KINDS`:

        scalar, vector(n), matrix(m,n), symmetric(n), spd(n), skew(n), diagonal(n), lower(n), upper(n), unit_lower(n),
        unit_upper(n), strictly_lower(n), strictly_upper(n), orthogonal(n), stiefel(m,n), eigenvectors(n),
        correlation(n), correlation_factor(n), psd(n,k), fixed_rank(m,n,k), skew_blocks(n), rotation_blocks(n)

    with "complex" or "quaternion" before, "unitary", "hermitian", "skew_hermitian"; after a comma "positive diagonal", "ordered",
    "modulo diagonal", "modulo blocks"; constants bound together as "[A B; C D]": "symplectic(2*n)". The target is found, or declared by its name. Raises LanguageError and ShapeError for what does
    not read, FrechetError where dimensions do not fit.

    A Python function (`fr.jacobian_of(spherical, r="scalar", a="vector(n)")`) has its number by `logabsdet`, letters at a size by
    `explicit`, and a formula where it is one of the matrix language; see `frechet.forms.functions`.

    >>> fr.jacobian_of("X = Q*R", Q="stiefel(m,n)", R="upper(n), positive diagonal").wedge
    "(dX) = prod(i, r_ii^(m - i))*(Q'dQ)(dR)"
    """
    if isinstance(map, str):
        return Jacobian(Transformation.read(map, declarations, wrt))
    if not callable(map):
        raise LanguageError(f"a map is equations as text, or a Python function, not of type {type(map).__name__}")
    if isinstance(map, Map):
        raise FrechetError(
            "a map between charts has its Jacobian matrix as .jacobian; fr.check_jacobian checks its determinant"
        )
    moving = [wrt] if isinstance(wrt, str) else wrt
    return FunctionJacobian(map, {n: as_factor(n, d) for n, d in declarations.items()}, moving)
