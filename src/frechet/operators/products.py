"""Products, sums and comparisons of factors that keep their cheap forms."""

from __future__ import annotations

import numpy as np

from frechet.operators.factors import Dense, Diagonal, Factor, Inverted, Scalar, Thin, number

__all__ = ["product", "ratio", "same", "total"]

_EPS = float(np.finfo(float).eps)


def product(F: Factor, G: Factor) -> Factor:
    """F G in the cheapest form."""
    if isinstance(F, Scalar):
        return G.scaled(F.c) if F.c != 1.0 else G
    if isinstance(G, Scalar):
        return F.scaled(G.c) if G.c != 1.0 else F
    if isinstance(F, Diagonal) and isinstance(G, Diagonal):
        return Diagonal(F.d * G.d)
    if isinstance(F, Thin):
        return Thin(F.P, G.right(F.Q)) if not isinstance(G, Thin) else _thinner(F, G)
    if isinstance(G, Thin):
        return Thin(F.left(G.P), G.Q)
    inner = F.shape[1]
    if 2 * inner < min(F.shape[0], G.shape[1]):
        return Thin(F.array(), G.array())
    return Dense(F.left(G.array()) if isinstance(F, Diagonal) else G.right(F.array()))


def _thinner(F: Thin, G: Thin) -> Thin:
    core = F.Q @ G.P
    if len(core) <= core.shape[1]:
        return Thin(F.P, core @ G.Q)
    return Thin(F.P @ core, G.Q)


def total(F: Factor, G: Factor) -> Factor:
    """F + G in the cheapest form."""
    if isinstance(F, Inverted) and isinstance(G, Inverted):
        c = ratio(F, G)
        if c is not None:
            return F.scaled(1 + c)
    if isinstance(F, Scalar) and isinstance(G, Scalar):
        return Scalar(F.c + G.c, F.n)
    if isinstance(F, Scalar | Diagonal) and isinstance(G, Scalar | Diagonal):
        return Diagonal(F.diagonal + G.diagonal)
    if isinstance(F, Thin) and isinstance(G, Thin) and 2 * (F.rank + G.rank) < min(F.shape):
        return Thin(np.hstack([F.P, G.P]), np.vstack([F.Q, G.Q]))
    return Dense(F.array() + G.array())


def ratio(F: Factor, G: Factor) -> float | None:
    """c with G = c F up to rounding, or None; different forms count as not proportional."""
    if F is G:
        return 1.0
    if type(F) is not type(G) or F.shape != G.shape:
        return None
    if isinstance(F, Scalar) and isinstance(G, Scalar):
        return G.c / F.c if F.c else None
    if isinstance(F, Inverted) and isinstance(G, Inverted) and F.inverse is G.inverse:
        return G.c / F.c if F.turned == G.turned and F.c else None
    if isinstance(F, Thin) and isinstance(G, Thin):
        c = ratio(Dense(F.P), Dense(G.P)) if F.rank == G.rank else None
        d = ratio(Dense(F.Q), Dense(G.Q)) if c is not None else None
        return None if c is None or d is None else c * d
    f, g = (F.d, G.d) if isinstance(F, Diagonal) and isinstance(G, Diagonal) else (F.array(), G.array())
    k = np.unravel_index(np.abs(f).argmax(), f.shape) if f.size else None
    if k is None or not f[k]:
        return None
    c = number(g[k] / f[k])
    return c if np.abs(c * f - g).max() <= 4 * _EPS * np.abs(g[k]) else None


def same(F: Factor, G: Factor) -> bool:
    """Equal as matrices, up to rounding."""
    c = ratio(F, G)
    return c is not None and abs(c - 1) <= 4 * _EPS
