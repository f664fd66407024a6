"""One line that compares a traced gradient with finite differences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from frechet import finite
from frechet.check.verdict import Verdict
from frechet.errors import DerivativeError
from frechet.tracing.derivatives import gradient
from frechet.tracing.structure import Structure

__all__ = ["check_gradient"]

_UNDECIDED = 1e-3  # differences that are known no better than this decide nothing


def check_gradient(f: Callable[..., Any], x: Any, *args: Any, gradient_of: Callable[..., Any] | None = None) -> Verdict:
    """Whether fr.gradient(f)(x, *args) is what finite differences of f say; a Verdict, true where they agree.

        assert fr.check_gradient(loss, w, X, y)

    `gradient_of(x, *args)` is another gradient to check, one written by hand. Errors are relative to the largest entry.

    Raises DerivativeError where the value of f is no number.
    """
    found = _entries((gradient(f) if gradient_of is None else gradient_of)(x, *args), "the gradient")
    estimate = finite.gradient(lambda x: f(x, *args), x)
    expected, error = _entries(estimate.value, "the differences"), _entries(estimate.error, "the errors")
    if found.shape != expected.shape:
        raise DerivativeError(f"the gradient has {found.size} entries, and the argument {expected.size}")
    seen = np.isfinite(expected) & np.isfinite(error)
    scale = max(float(np.max(np.abs(expected[seen]), initial=0.0)), float(np.max(np.abs(found[seen]), initial=0.0)))
    unit = scale or 1.0
    off = float(np.max(np.abs(found - expected)[seen], initial=0.0)) / unit
    known = float(np.max(error[seen], initial=0.0)) / unit
    right: bool | None = off <= 1e-8 + 20 * known if known < _UNDECIDED and seen.all() else None
    if off > max(_UNDECIDED, 20 * known) or not np.isfinite(found).all():
        right = False
    return Verdict(right, off, known, "finite differences of f", ({},), 0, ("gradient",), points=1)


def _entries(value: Any, name: str) -> np.ndarray:
    leaves = Structure(value, name).leaves
    return np.concatenate([np.ravel(leaf) for leaf in leaves]) if leaves else np.zeros(0)
