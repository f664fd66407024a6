"""Operators on matrices of blocks: one block operator between the blocks, each with its own structure.

A term A X B takes block (k, l) of X to block (i, j) of the value by A[i,k] · B[l,j], so the terms of each block
are known; Schur complements do the rest. On the tangent space of fixed-rank matrices this leaves a system of
r² unknowns after two Sylvester equations.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from frechet.operators.canonical import Canonical, canonical, merged
from frechet.operators.factors import Dense, Factor, as_factor
from frechet.operators.parts import Block, Composed, LowRank, Part, TwoSided
from frechet.operators.registry import Choose, LinearMap, Solver
from frechet.operators.spaces import Partitioned, Product, Space

__all__ = ["build_partitioned"]

Array = np.ndarray
Blocks = list[tuple[slice, slice, Space]]


class PartitionedSolver(Solver):
    """The solver of the block operator between the blocks."""

    def __init__(self, inner: Solver, domain: Space, codomain: Space):
        self.inner, self.domain, self.codomain = inner, domain, codomain

    @property
    def detail(self) -> str:  # type: ignore[override]
        return "block by block: " + self.inner.detail

    @property
    def condition(self) -> float:  # type: ignore[override]
        return self.inner.condition

    def solve(self, R: Array, transposed: bool = False) -> Array:
        into, out = (self.domain, self.codomain) if transposed else (self.codomain, self.domain)
        X: Any = self.inner.solve(tuple(R[i, j] for i, j, _ in _blocks(into)), transposed)
        return out.joined(X) if isinstance(out, Partitioned) else X[0]

    def logdet(self) -> float:
        return self.inner.logdet()


def build_partitioned(problem: LinearMap, choose: Choose) -> Solver | None:
    """Spaces of partitioned matrices on one side or both."""
    form, domain, codomain = problem.form, problem.domain, problem.codomain
    if not isinstance(form, Canonical) or not (isinstance(domain, Partitioned) or isinstance(codomain, Partitioned)):
        return None
    columns, rows = _blocks(domain), _blocks(codomain)
    grid = [[_between(form, to, source) for source in columns] for to in rows]
    shapes = tuple(s.shape for *_, s in columns), tuple(s.shape for *_, s in rows)
    spaces = Product(*(s for *_, s in columns)), Product(*(s for *_, s in rows))
    inner = choose(LinearMap(Block(tuple(map(tuple, grid)), *shapes), *spaces), fallback=True)
    return inner and PartitionedSolver(inner, domain, codomain)


def _blocks(space: Space) -> Blocks:
    if isinstance(space, Partitioned):
        return space.blocks
    m, n = space.shape
    return [(slice(0, m), slice(0, n), space)]


def _between(form: Canonical, to: tuple[slice, slice, Space], source: tuple[slice, slice, Space]) -> Part | None:
    """The part that takes block (k, l) to block (i, j), or None where it is zero."""
    (i, j, target), (k, l, origin) = to, source
    cut = lambda F, rows, cols: as_factor(F.array()[rows, cols])
    scale = None
    if form.scale is not None and (i, j) == (k, l):
        scale = form.scale[i, j]
    thin = None if form.thin is None else LowRank(form.thin.U[:, i, j], form.thin.V[:, k, l])
    m, n = form.source
    p, q = form.target
    inside = TwoSided(_picked(m, k), _picked(n, l).T)
    outside = TwoSided(_picked(p, i).T, _picked(q, j))
    found = Canonical(
        origin.shape,
        target.shape,
        plain=tuple((cut(A, i, k), cut(B, l, j)) for A, B in form.plain),
        flipped=tuple((cut(C, i, l), cut(D, k, j)) for C, D in form.flipped),
        scale=scale if scale is not None and scale.any() else None,
        thin=thin,
        rest=tuple(canonical(Composed((outside, part, inside))) for part in form.rest),
    )
    found = merged(found)
    return found if found.parts else None


def _picked(n: int, rows: slice) -> Factor:
    return Dense(np.eye(n)[:, rows])
