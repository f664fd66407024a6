"""Eigenvalues and singular values with their vectors, and what is noted of them where values coincide."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from frechet.kernels.clusters import TIE, clusters
from frechet.tracing.array import Traced, apply, concrete
from frechet.tracing.graph import Primitive
from frechet.tracing.primitives.matrices import matrix_primitive
from frechet.tracing.primitives.tied import left_vectors, right_vectors, vectors
from frechet.tracing.tape import Tie

__all__ = ["EIGEN", "SINGULAR", "factored", "singular_values", "tall"]


EIGEN = ("eigvalsh", (("eigvecsh", vectors),))
SINGULAR = ("svdvals", (("svdu", left_vectors), ("svdv", right_vectors)))


def factored(
    A: Any, how: tuple[str, Sequence[tuple[str, Primitive]]], values_only: bool = False
) -> tuple[Any, list[Any]]:
    """The values, and the vectors by the operation of the table, or by the primitive that serves where values coincide."""
    name, sides = how
    values = apply(matrix_primitive(name), (A,))
    if groups := _clusters(A, values):
        found = [apply(at_ties, (A,)) for _, at_ties in sides]
        A.tape.ties.append(Tie(A.current().index, values.index, tuple(V.index for V in found), groups))
    else:
        found = [] if values_only else [apply(matrix_primitive(side), (A,)) for side, _ in sides]
    return values[..., 0], found


def _clusters(A: Any, values: Any) -> tuple[tuple[int, ...], ...]:
    """Clusters of more than one value: of one real matrix that is traced once; none where all are zero."""
    if not isinstance(A, Traced) or isinstance(A.value, Traced) or A.ndim != 2 or A.dtype.kind != "f":
        return ()
    if A.tape.level or not A.tape.active[A.current().index]:
        return ()
    numbers = np.ravel(concrete(values))
    runs = [range(s.start, s.stop) for s in clusters(numbers)]
    largest = np.max(np.abs(numbers), initial=0)
    return tuple(tuple(r) for r in runs if len(r) > 1 and abs(numbers[r[0]]) > TIE * largest)


def tall(A: Any) -> tuple[Any, bool]:
    """A or its transpose, whichever has at least as many rows as columns."""
    wide = A.shape[-2] < A.shape[-1]
    return (A.mT if wide else A), wide


def singular_values(A: Any) -> Any:
    """In decreasing order."""
    return factored(tall(A)[0], SINGULAR, values_only=True)[0]
