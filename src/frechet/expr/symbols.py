"""Declaring variables in Python, and constants: `fr.matrix("X", "m", "n", symmetric=True)`, `fr.eye("n")`."""

from __future__ import annotations

from frechet.errors import FrechetError
from frechet.expr import leaves
from frechet.expr.node import Expr
from frechet.expr.properties import validated
from frechet.expr.sizes import SizeLike, dimension
from frechet.expr.structure import symbol

__all__ = ["eye", "matrix", "ones", "scalar", "unit", "vector", "zeros"]


def _checked(name: str) -> str:
    if not isinstance(name, str) or not name.isidentifier():
        raise FrechetError(f"{name!r} is not a name: use letters, digits and _")
    return name


def matrix(name: str, rows: SizeLike, cols: SizeLike | None = None, **properties: bool) -> Expr:
    """A matrix of rows×cols entries (square when cols is left out), with properties such as symmetric=True.

    Raises ShapeError for a size below 1, FrechetError for an unknown property, or for one that needs a square matrix on another.

    >>> S = fr.matrix("S", "n", symmetric=True)
    >>> fr.gradient(fr.trace(S @ S), S)
    2·S
    """
    shape = dimension(rows), dimension(rows if cols is None else cols)
    chosen = validated([p for p, on in properties.items() if on], *shape)
    return symbol(_checked(name), *shape, chosen)


def vector(name: str, rows: SizeLike, **properties: bool) -> Expr:
    """A column, rows×1; positive=True says that every entry is positive, unit=True that x'*x = 1.

    Raises FrechetError for a property that a vector does not have, ShapeError where `rows` is no size.

    >>> x, S = fr.vector("x", "n", unit=True), fr.matrix("S", "n", symmetric=True)
    >>> fr.gradient(x.T @ S @ x, x)
    2·(S·x - (xᵀ·S·x)·x)
    """
    return matrix(name, rows, 1, **properties)


def scalar(name: str, **properties: bool) -> Expr:
    """A number, 1×1; positive=True says that it is positive. Raises FrechetError for an unknown property."""
    return matrix(name, 1, 1, **properties)


def eye(n: SizeLike) -> Expr:
    """The identity matrix, n×n. Raises ShapeError where n is no size, or below 1."""
    return leaves.eye(dimension(n))


def ones(m: SizeLike, n: SizeLike = 1) -> Expr:
    """The m×n matrix of ones. Raises ShapeError where m or n is no size, or below 1."""
    return leaves.ones(dimension(m), dimension(n))


def zeros(m: SizeLike, n: SizeLike = 1) -> Expr:
    """The m×n matrix of zeros. Raises ShapeError where m or n is no size, or below 1."""
    return leaves.zeros(dimension(m), dimension(n))


def unit(i: SizeLike, n: SizeLike) -> Expr:
    """The i-th unit vector, n×1, counted from 1. Raises ShapeError where there is no such position."""
    return leaves.unit(i, dimension(n))
