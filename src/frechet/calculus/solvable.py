"""Whether an equation F(X) = 0 defines X: what makes its linearized equation singular, at every point or at every solution.

Seen are: another number of equations than of unknowns; F linear in X with F(0) = 0, as of an eigenvector, whose solutions but 0
are those of a singular equation; and a linearization of less than full rank at random points, as that of X'*X = A.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from frechet.calculus.linear import differential
from frechet.errors import DerivativeError, FrechetError
from frechet.expr.evaluate import evaluate
from frechet.expr.node import Expr, substitute, symbols
from frechet.expr.properties import SUBSPACES, properties_of
from frechet.expr.sizes import ONE, Size
from frechet.expr.structure import is_zero, symbol, zeros
from frechet.simplify import simplify

__all__ = ["require_defined"]

_SIZES = (2, 3)  # at which the rank is looked at
_SMALL = 1e-9


def require_defined(F: Expr, X: Expr) -> None:
    """DerivativeError where F = 0 does not define X, with the reason."""
    reason = _fault(F, X)
    if reason:
        raise DerivativeError(f"{F} = 0 does not define {X.name}: {reason}")


@lru_cache(maxsize=512)
def _fault(F: Expr, X: Expr) -> str:
    equations, unknowns = F.rows * F.cols, X.rows * X.cols
    if equations is not unknowns:
        return f"it is {_counted(equations, 'equation')} for {_counted(unknowns, 'unknown')}"
    dX = symbol("_d", *X.shape)
    slope = simplify(differential(F, {X: dX}))
    if X not in symbols(slope) and is_zero(simplify(substitute(F, {X: zeros(*X.shape)}))):
        return (
            f"{X.name} = 0 solves it, and where another {X.name} does, as an eigenvector, its linearized equation is singular; "
            "the eigenvalues of A are eigvals(A), eigmax(A)"
        )
    if not SUBSPACES & properties_of(X) and all(_is_singular(slope, F, X, dX, n) for n in _SIZES):
        return "its linearized equation is singular everywhere, and so has no one solution"
    return ""


def _counted(count: Size, word: str) -> str:
    return f"{count} {word}{'' if count is ONE else 's'}"


def _is_singular(slope: Expr, F: Expr, X: Expr, dX: Expr, n: int) -> bool:
    """Whether the linear map has less than full rank at a random point where all sizes are n; False where it has no value."""
    rng = np.random.default_rng(n)
    letters = {letter for s in symbols(F, X) for part in s.shape for letter in part.letters}
    sizes = dict.fromkeys(letters, n)
    values = {s: _drawn(rng, s, (s.rows.value(sizes), s.cols.value(sizes))) for s in symbols(F, X)}
    shape = values[X].shape
    columns = []
    try:
        with np.errstate(all="ignore"):
            for k in range(shape[0] * shape[1]):
                E = np.zeros(shape[0] * shape[1])
                E[k] = 1.0
                columns.append(np.ravel(evaluate(slope, {**values, dX: E.reshape(shape)}, sizes)))
            found = np.linalg.svd(np.stack(columns, axis=1), compute_uv=False)
    except (FrechetError, np.linalg.LinAlgError):
        return False
    return bool(np.isfinite(found).all() and found[-1] <= _SMALL * max(found[0], 1.0))


def _drawn(rng: np.random.Generator, s: Expr, shape: tuple[int, int]) -> np.ndarray:
    """A random array with the properties of a symbol, where they are those of its entries or of a product."""
    drawn, known = rng.standard_normal(shape), properties_of(s)
    if known & {"spd", "psd"}:
        return drawn @ drawn.T + np.eye(shape[0])
    if "orthogonal" in known:
        return np.linalg.qr(drawn)[0]
    if "unit" in known:
        drawn /= np.linalg.norm(drawn)
    if "symmetric" in known and "diagonal" not in known:
        return drawn + drawn.T
    if "skew" in known:
        return drawn - drawn.T
    for name, part in (("diagonal", lambda A: np.diag(np.diag(A))), ("lower", np.tril), ("upper", np.triu)):
        drawn = part(drawn) if name in known else drawn
    return np.abs(drawn) if "positive" in known else drawn
