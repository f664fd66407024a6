"""Rows and columns of Jacobians; the blocks of those that are complex.

A derivative is linear over the real numbers, L(dx) = A*dx + B*conj(dx), and pulls back by L.T(w) = A^H*w + B^T*conj(w).
It is the matrix A where dx is real (then A + B), or where B = 0: where the function is holomorphic.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np

from frechet.errors import DerivativeError
from frechet.tracing.array import concrete
from frechet.tracing.linearization import Linearization
from frechet.tracing.structure import Structure

__all__ = ["arranged", "complex_blocks", "unit"]

_TOLERANCE = 1e-8


def unit(shape: tuple[int, ...], k: int, like: Any) -> Any:
    """The array with a 1 in place k, in the dtype of another one."""
    e = np.zeros(shape, dtype=np.asarray(like).dtype)
    e.reshape(-1)[k] = 1
    return e if shape else e[()]


def arranged(parts: list[Any], axis: int, shape: tuple[int, ...]) -> Any:
    """Rows or columns as one array."""
    if not parts:
        return np.zeros(shape)
    return np.stack(parts, axis=axis).reshape(shape)


def complex_blocks(L: Linearization, value: Any, leaves: Sequence[Any]) -> list[Any]:
    """The Jacobian of a complex value, or by complex arguments: a block a leaf.

    Raises DerivativeError where the function is not holomorphic in a complex leaf.
    """
    shape = np.shape(concrete(value))
    rows: list[list[Any]] = [[] for _ in leaves]
    for k in range(prod(shape)):
        e = unit(shape, k, concrete(value))
        here = Structure(L.T(e), "").leaves
        if np.iscomplexobj(concrete(value)):
            there = Structure(L.T(1j * e), "").leaves
        elif any(np.any(concrete(h)) for h, leaf in zip(here, leaves, strict=True) if np.iscomplexobj(concrete(leaf))):
            raise _no_matrix(L)
        else:
            there = [0.0 * h for h in here]
        for row, h, t, leaf in zip(rows, here, there, leaves, strict=True):
            row.append(
                _row(L, h, t)
                if np.iscomplexobj(concrete(leaf))
                else h + 1j * t
                if np.iscomplexobj(concrete(value))
                else h
            )
    return [arranged(row, 0, shape + np.shape(concrete(leaf))) for row, leaf in zip(rows, leaves, strict=True)]


def _row(L: Linearization, here: Any, there: Any) -> Any:
    """A row of A, from A^H*e + B^T*e and 1j*(A^H*e - B^T*e)."""
    rest = np.max(np.abs(concrete(here + 1j * there)), initial=0.0)
    if rest > _TOLERANCE * np.max(np.abs(concrete(here - 1j * there)), initial=0.0):
        raise _no_matrix(L)
    return np.conj(here - 1j * there) / 2


def _no_matrix(L: Linearization) -> DerivativeError:
    return DerivativeError(
        f"{L.name} is not holomorphic: no complex matrix is its derivative by a complex argument; fr.jvp and fr.vjp apply the derivative, "
        "fr.gradient is of a real number, and fr.jacobian takes the real and imaginary parts as two real arguments"
    )
