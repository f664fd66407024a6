"""The table: one file a family. Importing this package declares every operation."""

from frechet.rules import algebra, cross, elementwise, formal, inverse, linear, reductions, selection

__all__ = ["algebra", "cross", "elementwise", "formal", "inverse", "linear", "reductions", "selection"]
