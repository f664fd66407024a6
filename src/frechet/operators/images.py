"""Where a map takes a subspace, and its terms there: what symmetry and zeros of the arguments imply."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from frechet.kernels.entries import norm2
from frechet.operators.canonical import Canonical, Pair, canonical, merged, mirrored
from frechet.operators.factors import Factor, Scalar
from frechet.operators.parts import Composed, LowRank
from frechet.operators.registry import LinearMap
from frechet.operators.spaces import Framed, Full, Masked, Skew, Space, Symmetric, lower, upper

__all__ = ["image", "normalized"]

Array = np.ndarray


def normalized(problem: LinearMap) -> LinearMap:
    """On symmetric or skew X, X' = ±X makes transposed terms plain; into them, the projection becomes part
    of the terms.

    The plain terms then come in mirrored pairs A X B and B' X A', so that the map on all matrices keeps the
    symmetry.
    """
    form = problem.form
    if not isinstance(form, Canonical) or not isinstance(problem.domain, Symmetric):
        return problem
    form = _turned(form, problem.domain)
    if problem.is_mirrored:
        form = _mirrored(form, problem.domain)
    return LinearMap(form, problem.domain, problem.codomain)


def _turned(form: Canonical, space: Symmetric) -> Canonical:
    """C X' D = ± C X D."""
    if not form.flipped:
        return form
    turned = tuple((C.scaled(float(space.sign)), D) for C, D in form.flipped)
    return merged(replace(form, plain=form.plain + turned, flipped=()))


def _mirrored(form: Canonical, space: Symmetric) -> Canonical:
    if not _has_mirrors(form.plain):
        halves = tuple((A.scaled(0.5), B) for A, B in form.plain)
        form = merged(replace(form, plain=halves + tuple((B.T, A.T) for A, B in halves)))
    if form.scale is not None:
        form = merged(replace(form, scale=(form.scale + form.scale.T) / 2))
    if form.thin is not None:
        U, V = (np.array([space.project(x) for x in stack]) for stack in (form.thin.U, form.thin.V))
        form = replace(form, thin=LowRank(U, V))
    return form


def _has_mirrors(pairs: tuple[Pair, ...]) -> bool:
    return all(any(mirrored(P, Q) for Q in pairs) for P in pairs)


def image(form: Canonical, space: Space) -> Space | None:
    """A subspace of the kinds of `spaces` that contains form(space): the least one that is certain, or
    None. Found once for each form and space.
    """
    memo = form.__dict__.setdefault("images", {})
    if space not in memo:
        memo[space] = _image(form, space)
    return memo[space]


def _image(form: Canonical, space: Space) -> Space | None:
    m, n = form.target
    if len(form.parts) == 1 and form.rest and isinstance(form.rest[0], Composed):
        after: Space | None = space
        for part in reversed(form.rest[0].parts):
            after = after and image(canonical(part), after)
        return after
    if isinstance(space, Full) and form.scale is None:
        return Full(m, n)
    if _keeps(form, space):
        return space
    if isinstance(space, Symmetric) and form.scale is not None and len(form.parts) == 1:
        H = form.scale
        if np.array_equal(H, H.T):
            return space
        mask = H != 0  # one of the two mirrored entries, which determines the matrix
        return _named(mask) if not (mask & mask.T & ~np.eye(n, dtype=bool)).any() else Full(m, n)
    least = _reached(form, space)
    if m == n and (form.scale is None or len(form.parts) > 1):
        Y = form.apply(space.random(np.random.default_rng(3)))
        # the terms are fixed matrices: symmetry at a random point is symmetry everywhere, with probability one
        for kind in (Symmetric(n), Skew(n)):
            if kind.dim < least.dim and norm2(Y - kind.project(Y)) <= 1e-13 * norm2(Y):
                return kind
    return least


def _keeps(form: Canonical, space: Space) -> bool:
    """Whether the factors alone show that the map keeps the space: A X A' symmetry, lower factors lower matrices."""
    if form.source != form.target or form.scale is not None or form.thin is not None or form.rest:
        return False
    if isinstance(space, Symmetric):
        return _has_mirrors(_turned(form, space).plain)
    if not isinstance(space, Masked) or form.flipped:
        return False
    factors = [F for pair in form.plain for F in pair]
    n = len(space.mask)
    return (space == lower(n) and all(F.is_lower for F in factors)) or (
        space == upper(n) and all(F.is_upper for F in factors)
    )


def _reached(form: Canonical, space: Space) -> Space:
    """The pattern of entries that are not zero by the zeros of the factors."""
    m, n = form.target
    if isinstance(space, Symmetric | Framed) or form.thin is not None or form.rest:
        return Full(m, n)
    mask = (space.mask if isinstance(space, Masked) else np.ones(space.shape)).astype(np.float32)
    reached = np.zeros((m, n), dtype=bool)
    for A, B in form.plain:
        reached |= _pattern(A) @ mask @ _pattern(B) > 0
    for C, D in form.flipped:
        reached |= _pattern(C) @ mask.T @ _pattern(D) > 0
    if form.scale is not None:
        reached |= mask * (form.scale != 0) > 0
    return Full(m, n) if reached.all() else _named(reached)


def _named(mask: Array) -> Masked:
    n = len(mask)
    if mask.shape == (n, n):
        for name, pattern in (("lower", np.tri(n)), ("upper", np.tri(n).T), ("diagonal", np.eye(n))):
            if np.array_equal(mask, pattern.astype(bool)):
                return Masked(mask, name)
    return Masked(mask)


def _pattern(F: Factor) -> Array:
    """1 where an entry is not zero, as float32: BLAS multiplies no booleans."""
    return np.eye(F.n, dtype=np.float32) if isinstance(F, Scalar) else (F.array() != 0).astype(np.float32)
