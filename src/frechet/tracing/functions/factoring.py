"""The functions of `frechet.arrays` on traced arrays; what is noted of eigenvalues and singular values that coincide."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import scipy.linalg

from frechet.arrays import ScipyLinalg
from frechet.arrays.library import Library
from frechet.kernels.clusters import TIE, clusters
from frechet.tracing.array import Traced, apply, concrete, form_of, is_active
from frechet.tracing.functions.ufuncs import array
from frechet.tracing.graph import Primitive
from frechet.tracing.primitives.matrices import matrix_primitive, phase, solve
from frechet.tracing.primitives.tied import left_vectors, right_vectors, vectors
from frechet.tracing.refusing import lost
from frechet.tracing.tape import Tie

__all__ = ["LINALG", "solved", "table"]


def table(name: str, *arrays: Any, params: tuple = ()) -> Any:
    """An operation of the table on the last two axes."""
    return apply(matrix_primitive(name), arrays, params)


def solved(A: Any, b: Any) -> Any:
    """inv(A) @ b, for a vector or a matrix b."""
    A, b = array(A), array(b)
    return apply(solve, (A, b)) if np.ndim(form_of(b)) > 1 else apply(solve, (A, b[:, None]))[..., 0]


_AT_TIES: Mapping[str, Mapping[str, Primitive]] = {
    "eigvalsh": {"eigvecsh": vectors},
    "svdvals": {"svdu": left_vectors, "svdv": right_vectors},
}
"""Values of a factorization: its vectors, by the primitives that serve where values coincide."""


def _together(names: tuple[str, ...], *arrays: Any, params: tuple = ()) -> list[Any]:
    """Operations that one factorization gives together."""
    at_ties = _AT_TIES.get(names[0])
    if at_ties is None:
        return [table(name, *arrays, params=params) for name in names]
    (A,) = arrays
    values = table(names[0], A)
    if groups := _clusters(A, values):
        found = [apply(primitive, (A,)) for primitive in at_ties.values()]
        A.tape.ties.append(Tie(A.current().index, values.index, tuple(V.index for V in found), groups))
        return [values, *found][: len(names)]
    return [values, *[table(name, A) for name in names[1:]]]


def _clusters(A: Any, values: Any) -> tuple[tuple[int, ...], ...]:
    """Clusters of more than one value: of one real matrix that is traced once; none where all are zero."""
    if isinstance(A, Traced) and A.dtype.kind == "c" and is_active(A):
        _refuse_ties(concrete(values))
    if not isinstance(A, Traced) or isinstance(A.value, Traced) or A.ndim != 2 or A.dtype.kind != "f":
        return ()
    if A.tape.level or not A.tape.active[A.current().index]:
        return ()
    return _runs(np.ravel(concrete(values)))


def _runs(numbers: np.ndarray) -> tuple[tuple[int, ...], ...]:
    """The clusters of values of one matrix."""
    runs = [range(s.start, s.stop) for s in clusters(numbers)]
    largest = np.max(np.abs(numbers), initial=0)
    return tuple(tuple(r) for r in runs if len(r) > 1 and abs(numbers[r[0]]) > TIE * largest)


def _refuse_ties(values: np.ndarray) -> None:
    """At equal values the derivative depends on vectors that are a choice: `frechet.tracing.ties` knows the real ones."""
    if values.size and any(_runs(np.ravel(v)) for v in values.reshape(-1, *values.shape[-2:])):
        raise lost(
            "the eigenvalues or singular values of a complex matrix",
            "have no derivatives one by one where they coincide: "
            "write what is made of them by np.trace, scipy.linalg.expm, np.linalg.norm(A, 'nuc') and the like",
        )


def _slogdet(A: Any) -> tuple[Any, Any]:
    sign = apply(phase, (A,)) if np.iscomplexobj(form_of(A)) else np.linalg.slogdet(concrete(A))[0]
    return sign, table("logdet", A)[..., 0, 0]


def _array(value: Any, dtype: Any = None) -> Any:
    A = array(value)
    return A if type(A) is Traced else np.asarray(A, dtype)


class _Words:
    """What `frechet.arrays` asks of a library beside NumPy's names."""

    @staticmethod
    def frozen(xp: Any, A: Any) -> Any:
        return concrete(A)

    @staticmethod
    def has_complex_entries(xp: Any, A: Any) -> bool:
        return np.iscomplexobj(form_of(A))

    @staticmethod
    def lu_factors(xp: Any, A: Any) -> tuple[Any, Any]:
        """The interchanges of rows as a permutation matrix, in the second place."""
        return A, scipy.linalg.lu(A)[0]

    @staticmethod
    def solve_triangular(xp: Any, T: Any, B: Any, lower: bool) -> Any:
        return solved(np.tril(T) if lower else np.triu(T), B)


class _Traced(ScipyLinalg):
    def _same_type(self, A: Any, b: Any) -> tuple[Any, Any]:
        return _array(A), _array(b)


LINALG = _Traced(
    Library(np, _Words, _together, _array, concrete, solved, _slogdet, lambda P, A: np.swapaxes(P, -1, -2))
)
