"""Directions in which one entry of a variable moves, or the few that its structure ties together."""

from __future__ import annotations

import numpy as np

from frechet.calculus.subspaces import structure_of
from frechet.check.points.curved import curved
from frechet.expr.node import Expr

__all__ = ["directions", "entry_name", "typical"]


def typical(x: np.ndarray) -> float:
    """The largest entry; 1 where all are 0."""
    return float(np.abs(x).max(initial=0.0)) or 1.0


def directions(X: Expr, x: np.ndarray, most: int, seed: int) -> list[np.ndarray]:
    """A basis of the directions in which X may move at x, each as long as the entry that moves.

    More than `most` of them in so many sums with random signs.
    """
    structure = structure_of(X)
    mirrored = {"symmetric": 1.0, "skew": -1.0, "orthogonal": -1.0}.get(structure or "")
    there = curved(X)
    places = np.array([place for place in np.ndindex(x.shape) if _moves(structure, *place)]).reshape(-1, 2)
    if structure == "unit":  # the other entries move, and the largest with them
        places = np.delete(places, np.abs(x).argmax(), axis=0)
    lengths = np.array([1.0 if there is not None else abs(x[i, j]) or typical(x) for i, j in places])
    if len(places) > most:
        rng = np.random.default_rng(seed)
        lengths *= rng.choice([-1.0, 1.0], len(places)) * rng.uniform(0.7, 1.3, len(places))
    found = []
    for group in np.array_split(np.arange(len(places)), min(most, len(places)) or 1):
        dX = np.zeros(x.shape)
        for (i, j), length in zip(places[group], lengths[group], strict=True):
            dX[i, j] = length
            if mirrored is not None and i != j:
                dX[j, i] = mirrored * length
        found.append(dX if there is None else there.tangent(x, dX))
    return found


def _moves(structure: str | None, i: int, j: int) -> bool:
    """Whether the entry is one of those that give a basis: of two that mirror each other the one above the diagonal."""
    if structure in ("symmetric", "upper"):
        return i <= j
    if structure in ("skew", "orthogonal"):
        return i < j
    return i == j if structure == "diagonal" else i >= j if structure == "lower" else True


def entry_name(X: Expr, dX: np.ndarray) -> str | None:
    """The entry that the direction moves, counted as in Python, with the one that moves along; None for more of them."""
    places = [(int(i), int(j)) for i, j in zip(*np.nonzero(dX), strict=True)]
    mirrored = structure_of(X) in ("symmetric", "skew") and len(places) == 2
    if len(places) != 1 and not mirrored:
        return None
    names = [f"{X.name}[{i}, {j}]" if dX.shape[1] > 1 else f"{X.name}[{i}]" for i, j in places]
    return X.name if dX.size == 1 else " with ".join(names)
