"""The judges of this folder: differences of the converged solver, with their error estimate."""

from __future__ import annotations

from typing import Any

import numpy as np

import frechet as fr
from frechet.tracing.structure import Structure

__all__ = ["assert_gradient", "assert_hessian_product"]


def _entries(value: Any) -> np.ndarray:
    return np.concatenate([np.ravel(leaf) for leaf in Structure(value, "a value").leaves])


def assert_gradient(loss, p) -> None:
    """fr.gradient(loss)(p) is what differences of loss say, to six digits at least."""
    verdict = fr.check_gradient(loss, p)
    assert verdict, str(verdict)
    assert verdict.relative_error < 1e-6 + 20 * verdict.expected_error


def assert_hessian_product(loss, p, seed: int = 7) -> None:
    """fr.hvp(loss)(p, v) is the difference of gradients along v."""
    structure, rng = Structure(p, "p"), np.random.default_rng(seed)
    leaves = [np.asarray(leaf, dtype=float) for leaf in structure.leaves]
    direction = [rng.standard_normal(leaf.shape) * (0.1 + np.abs(leaf)) for leaf in leaves]
    at = lambda t: structure.rebuilt(iter([(a + t * d)[()] for a, d in zip(leaves, direction, strict=True)]))
    found = _entries(fr.hvp(loss)(p, structure.rebuilt(iter([d[()] for d in direction]))))
    expected = fr.finite.directional(lambda t: _entries(fr.gradient(loss)(at(t))), 0.0, 1.0)
    size = np.max(np.abs(expected.value))
    assert np.max(np.abs(found - expected.value)) <= 1e-6 * size + 20 * np.max(expected.error)
    assert np.max(expected.error) <= 1e-4 * size
