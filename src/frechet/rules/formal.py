"""The formal differential d(A): a placeholder in derivations, for what is still to be differentiated."""

from __future__ import annotations

from frechet.expr.node import operation

__all__ = ["d"]

d = operation("d", "m n -> m n", internal=True, transposed="commutes", notation="d({0})")
