"""Variables that stay in a subspace, or in a curved set: the gradient is the orthogonal projection onto it, or its tangents.

For a symmetric X, df = <G, dX> holds for every G with the same symmetric part; the gradient is the one that
is itself symmetric. The convention of independent entries (partial derivatives with respect to the entries
on and below the diagonal, each moving its mirror image too) is `independent_entries`.
Source: Magnus and Neudecker, ch. 3; Srinivasan and Panda, What is the gradient of a scalar function of a
symmetric matrix?, Indian J. Pure Appl. Math. 54 (2023).
"""

from __future__ import annotations

from collections.abc import Callable

from frechet.expr.node import Expr
from frechet.expr.properties import has
from frechet.rules.linear import diag, diagm, skew, sym, tril, triu

__all__ = ["describe", "independent_entries", "is_curved", "project", "structure_of"]

# In order: the first that applies is the smallest.
_PROJECTIONS: dict[str, Callable[[Expr, Expr], Expr]] = {
    "diagonal": lambda G, X: diagm(diag(G)),
    "symmetric": lambda G, X: sym(G),
    "skew": lambda G, X: skew(G),
    "lower": lambda G, X: tril(G),
    "upper": lambda G, X: triu(G),
    "orthogonal": lambda G, X: X @ skew(X.T @ G),  # tangent space {X*Omega : Omega skew}
    "unit": lambda G, x: G - x @ (x.T @ G),  # tangent space {dx : x'*dx = 0}
}
_SPACES = {
    "diagonal": "diagonal matrices",
    "symmetric": "symmetric matrices",
    "skew": "skew-symmetric matrices",
    "lower": "lower triangular matrices",
    "upper": "upper triangular matrices",
    "orthogonal": "the tangent space of the orthogonal matrices at {X}",
    "unit": "the tangent space of the unit sphere at {X}",
}
_CURVED = frozenset({"orthogonal", "unit"})


def structure_of(X: Expr) -> str | None:
    """The subspace that X moves in, by name, or None when its entries are free."""
    return next((name for name in _PROJECTIONS if has(X, name)), None)


def is_curved(X: Expr) -> bool:
    """Whether X stays in a set that is no subspace: the space that it moves in depends on X."""
    return structure_of(X) in _CURVED


def project(G: Expr, X: Expr) -> Expr:
    """The orthogonal projection of G onto the subspace that X moves in."""
    structure = structure_of(X)
    return G if structure is None else _PROJECTIONS[structure](G, X)


def describe(X: Expr) -> str:
    """A sentence about the projection, empty when there is none."""
    structure = structure_of(X)
    if structure is None:
        return ""
    declared = "spd" if has(X, "spd") else "psd" if has(X, "psd") else structure
    space = _SPACES[structure].format(X=X.name)
    return f"{X.name} is {declared}: the gradient is the orthogonal projection onto {space}"


def independent_entries(G: Expr) -> Expr:
    """G + G' - diag(G): the other convention in print for a symmetric argument."""
    return G + G.T - diagm(diag(G))
