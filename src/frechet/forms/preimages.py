"""How often a factorization takes a value: which signs and orders of columns leave the product as it is.

Each factor is multiplied from the left, from the right, from both sides, or not at all, by the same signed permutation
of its columns; those choices that give the same matrix, with factors of the same kinds, are counted at sizes 2 and 3.
"""

from __future__ import annotations

from itertools import permutations, product
from math import factorial
from typing import Any

import numpy as np

from frechet.errors import EvaluationError
from frechet.forms.factors import MatrixFactor
from frechet.forms.transformation import Transformation

__all__ = ["preimages"]

Array = np.ndarray


def preimages(of: Transformation) -> str:
    """A sentence on the number of preimages, empty where nothing is known."""
    if of.scalars.beta > 1:
        phases = any(f.kind.frame == "left" for _, f in of.moving)
        return "columns are determined up to phases and order, where the factors do not fix them" if phases else ""
    blocks = [f for _, f in of.moving if f.kind.in_blocks]
    if blocks and any(f.modulo_blocks for _, f in of.moving):
        return _of_blocks(blocks[0])
    if len(of.moving) < 2:
        return "where the map is not one to one, densities are summed over the preimages"
    try:
        counts = [_count(of, n) for n in (2, 3)]
    except EvaluationError:
        return ""
    known = {
        (1, 1): "the factors are unique",
        (2, 2): "two choices of sign",
        (4, 8): "each value is taken 2^n times, by the signs of the columns",
        (2, 6): "each value is taken n! times, by their order",
        (8, 48): "each value is taken 2^n*n! times, by the signs and the order of the columns",
    }
    return known.get((counts[0], counts[1]), f"each value is taken {counts[0]} times at n=2, {counts[1]} at n=3")


def _of_blocks(f: MatrixFactor) -> str:
    """What commutes with distinct blocks is a torus, ±1 on the last column where n is odd: orders and signs are left."""
    h = f"floor({f.sizes[0]}/2)"
    counts = [*([] if f.ordered else [f"{h}!"]), *([] if f.positive else [f"2^{h}"])]
    what = [*([] if f.ordered else ["the order"]), *([] if f.positive else ["the signs"])]
    if not counts:
        return f"the factors are unique, up to the sign of the last column where {f.sizes[0]} is odd"
    times, by = "*".join(counts), " and ".join(what)
    return f"each value is taken {times} times, by {by} of the blocks, twice as often where {f.sizes[0]} is odd"


def _count(of: Transformation, n: int) -> int:
    letters = of.small_sizes(n)
    point = of.sampled(letters, np.random.default_rng(11))
    found: set[tuple[Any, ...]] = set()
    for order in permutations(range(n)):
        for signs in product((1, -1), repeat=n):
            g = np.eye(n)[:, order] * np.array(signs)
            options = [_options(f, point.values[s], g) for s, f in of.moving]
            for choice in product(*options):
                values = {**point.values, **{s: X for (s, _), X in zip(of.moving, choice, strict=True)}}
                images = of.values_at(letters, values)
                if all(np.allclose(a, b, atol=1e-9) for a, b in zip(images, point.images, strict=True)):
                    found.add(tuple(np.round(X, 6).tobytes() for X in choice))
    return len(found) if found and len(found) <= factorial(n) * 2**n else 1


def _options(f: MatrixFactor, X: Array, g: Array) -> list[Array]:
    """X, X*g, g'*X, g'*X*g where they are of the kind of X."""
    n = len(g)
    options = [X]
    if f.kind.name == "vector":
        if len(X) == n:
            options += [g.T @ X, np.abs(g).T @ X]
    else:
        if X.shape[1] == n:
            options.append(X @ g)
        if X.shape[0] == n:
            options.append(g.T @ X)
        if X.shape == g.shape:
            options.append(g.T @ X @ g)
    distinct = {np.round(Y, 9).tobytes(): Y + 0.0 for Y in options if _is_of(f, Y)}
    return list(distinct.values())


def _is_of(f: MatrixFactor, X: Array) -> bool:
    if f.ordered and (np.diff(X[:, 0]) > 0).any():
        return False
    if f.positive and ((X if f.kind.name == "vector" else np.diag(X)) <= 0).any():
        return False
    kind = f.kind
    if kind.name in ("vector", "matrix", "orthogonal", "stiefel", "eigenvectors", "symmetric", "spd", "skew", "psd"):
        return True
    fixed = kind.name.startswith("unit") or kind.name == "correlation"
    if fixed and not np.allclose(np.diag(X), 1):
        return False
    if kind.mirror:
        return bool(np.allclose(X, kind.mirror * X.T))
    m, n = X.shape
    return all(kind.region(i, j) or abs(X[i, j]) < 1e-12 or (fixed and i == j) for i in range(m) for j in range(n))
