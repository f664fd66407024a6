"""The picture of a Jacobian: entries by colour, Kronecker blocks outlined."""

from __future__ import annotations

from typing import Any

import numpy as np

from frechet.errors import MissingLibraryError
from frechet.operators.spaces import Full, Product, Space

__all__ = ["draw"]


def draw(J: np.ndarray, codomain: Space, domain: Space, ax: Any = None) -> Any:
    """Draw the matrix J; lines separate the columns of dF and dX, between which lie the blocks B_ji A of B'
    ⊗ A.

    Raises MissingLibraryError without Matplotlib.
    """
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise MissingLibraryError("plotting", "matplotlib", "plot") from error
    if ax is None:
        _, ax = plt.subplots(figsize=(5, 5))
    top = float(np.abs(J).max(initial=0.0)) or 1.0
    ax.imshow(J, cmap="RdBu", vmin=-top, vmax=top, interpolation="nearest", aspect="equal")
    for cuts, line in ((_cuts(codomain), ax.axhline), (_cuts(domain), ax.axvline)):
        for cut in cuts:
            line(cut - 0.5, color="0.4", linewidth=0.6)
    ax.set_xlabel(f"vec dX, {domain}")
    ax.set_ylabel(f"vec dF, {codomain}")
    return ax


def _cuts(space: Space) -> list[int]:
    if isinstance(space, Full):
        m, n = space.shape
        return [m * j for j in range(1, n)] if m > 1 else []
    if isinstance(space, Product):
        return list(np.cumsum([s.dim for s in space.spaces])[:-1])
    return []
