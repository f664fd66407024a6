"""Python functions of moving arguments as transformations: values by calls, derivatives by their record, kinds of values.

The interface is that of equations (`Transformation`); the sizes of the values come from a run, as letters rows0, cols0, ….
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from frechet.errors import EvaluationError, FrechetError
from frechet.expr.node import Expr
from frechet.expr.sizes import ONE, Size
from frechet.forms.factors import KINDS, MatrixFactor
from frechet.forms.scalars import REAL
from frechet.forms.transformation import NumericPoint, Transformation, contains, log_volume
from frechet.language.reading import read
from frechet.tracing.derivatives import Linearization
from frechet.tracing.structure import Structure

__all__ = ["FunctionTransformation"]

Array = np.ndarray
_FLAT = (
    "diagonal",
    "strictly_lower",
    "strictly_upper",
    "correlation",
    "skew",
    "symmetric",
    "correlation_factor",
    "lower",
    "upper",
)


class FunctionTransformation(Transformation):
    """A Python function of moving and constant arguments; its values have sizes that a run tells."""

    def __init__(self, f: Callable[..., Any], factors: Mapping[str, MatrixFactor], wrt: Sequence[str]):
        self.f, self.order = f, tuple(factors)
        pairs = {n: (read(n, {n: factor.declaration}).symbols[n], factor) for n, factor in factors.items()}
        name = getattr(f, "__name__", "f")
        text = f"{'f' if name == '<lambda>' else name}({', '.join(factors)})"
        super().__init__(
            text,
            ["Y"],
            [],
            [pairs[n] for n in factors if n in wrt],
            [pairs[n] for n in factors if n not in wrt],
            [],
            REAL,
        )
        self._last: tuple[NumericPoint | None, Any] = (None, None)
        self._classify()

    @cached_property
    def size_letters(self) -> tuple[str, ...]:
        """The letters of all sizes of arguments."""
        sizes = [n for _, f in (*self.moving, *self.constants) for n in f.sizes]
        return tuple(sorted({letter for n in sizes for letter in n.letters}))

    # --- numbers ------------------------------------------------------------------------------------

    def arguments(self, values: Mapping[Expr, Array]) -> list[Any]:
        """What the function is called with: numbers, vectors with one axis, matrices with two."""
        by_name = {s.name: (s, values[s]) for s in values}
        found = []
        for n in self.order:
            s, X = by_name[n]
            found.append(X[0, 0] if s.is_scalar else X[:, 0] if s.cols is ONE else X)
        return found

    def values_at(self, letters: Mapping[str, int], values: Mapping[Expr, Array]) -> list[Array]:
        """The values of the function, vectors as columns."""
        with np.errstate(all="ignore"):
            return [_as_matrix(v) for v in _leaves(self.f(*self.arguments(values)))]

    def linearization(self, point: NumericPoint) -> Linearization:
        """The recorded run at a point."""
        if self._last[0] is not point:
            moving = {s.name for s, _ in self.moving}
            wrt = [k for k, n in enumerate(self.order) if n in moving]
            with np.errstate(all="ignore"):
                self._last = point, Linearization(self.f, self.arguments(point.values), {}, wrt)
        found: Linearization = self._last[1]
        return found

    def derivative_along(self, point: NumericPoint, moved: Mapping[Expr, Array]) -> list[Array]:
        """The derivatives of the values along tangents of the moving arguments, zero where left out."""
        tangents = {s: moved.get(s, np.zeros_like(point.values[s])) for s, _ in self.moving}
        fixed = {s: point.values[s] for s, _ in self.constants}
        every = self.arguments({**tangents, **fixed})
        moving = {s.name for s, _ in self.moving}
        L = self.linearization(point)
        return [_as_matrix(v) for v in _leaves(L(*[T for n, T in zip(self.order, every, strict=True) if n in moving]))]

    def sampled(self, letters: Mapping[str, int], rng: np.random.Generator) -> NumericPoint:
        """A random point at which the function has values; the sizes of these are among its letters."""
        try:
            found = super().sampled(letters, rng)
        except (FrechetError, np.linalg.LinAlgError):
            raise
        except Exception as error:  # whatever the user's function raises
            raise EvaluationError(
                f"{self.text} has no value at random points: {type(error).__name__}: {error}"
            ) from error
        return self.located(letters, found.values, found.images)

    def located(
        self, letters: Mapping[str, int], values: Mapping[Expr, Array], images: Sequence[Array]
    ) -> NumericPoint:
        """A point with the sizes of its values."""
        sizes = {f"{q}{k}": n for k, Y in enumerate(images) for q, n in zip(("rows", "cols"), Y.shape, strict=True)}
        return NumericPoint({**letters, **sizes}, values, tuple(images))

    def logabsdet(self, point: NumericPoint) -> float:
        """log|det| of the recorded derivative; -inf where it is singular."""
        J = self.matrix(point)
        return log_volume(J) if np.linalg.matrix_rank(J) == J.shape[1] else -np.inf

    # --- the values -----------------------------------------------------------------------------------

    def _classify(self) -> None:
        """What the values are: matrices of a kind whose tangents they span, or all numbers that they have."""
        self.targets = ()
        point = self.sampled(self.small_sizes(3), np.random.default_rng(7))
        moved = self.images_of_tangents(point)
        total, count = len(moved), len(point.images)
        self.names = _names(self.f(*self.arguments(point.values)), count, self.order)
        plain, found = [], []
        for k, Y in enumerate(point.images):
            plain.append(_all_entries(self.names[k], k, Y))
            kinds = [t for t in _kinds(self.names[k], k, Y) if all(contains(t, Y, m[k], point.letters) for m in moved)]
            fitting = [t for t in kinds if len(t.positions(point.letters)) == total]
            found.append((fitting if count == 1 else kinds or [plain[k]])[0] if fitting or count > 1 else plain[k])
        if sum(len(t.positions(point.letters)) for t in found) != total:
            found = plain
        dimension = sum(len(t.positions(point.letters)) for t in found)
        if dimension < total:
            raise FrechetError(
                f"{self.text} takes {total} coordinates to {dimension} numbers: its derivative has no determinant; "
                "say by which arguments, wrt=..."
            )
        self.embedded = dimension > total
        self.targets = tuple(found)


def _names(value: Any, count: int, taken: Sequence[str]) -> tuple[str, ...]:
    """Keys and fields of a value are the names of what it holds; otherwise Y, or Y1, Y2, …, with another letter where there is an
    argument Y."""
    keys = tuple(map(str, value)) if isinstance(value, Mapping) else getattr(value, "_fields", ())
    letter = next((x for x in "YZWVU" if not any(n.startswith(x) for n in taken)), "value")
    return keys if len(keys) == count else (letter,) if count == 1 else tuple(f"{letter}{k + 1}" for k in range(count))


def _sizes_of(k: int) -> tuple[Size, Size]:
    return Size.of({(f"rows{k}",): 1}), Size.of({(f"cols{k}",): 1})


def _all_entries(name: str, k: int, Y: Array) -> MatrixFactor:
    if Y.shape == (1, 1):
        return MatrixFactor(name, KINDS["scalar"], (), REAL)
    kind = KINDS["vector" if Y.shape[1] == 1 else "matrix"]
    return MatrixFactor(name, kind, _sizes_of(k)[: len(kind.arguments.split())], REAL)


def _kinds(name: str, k: int, Y: Array) -> list[MatrixFactor]:
    """The kinds of matrices that the value is of, those of fewer dimensions first."""
    m, n = Y.shape
    orthonormal = m > 1 and bool(np.linalg.norm(Y.T @ Y - np.eye(n)) < 1e-9)
    names = ["stiefel"] * orthonormal if m != n else [*_FLAT, *["orthogonal"] * orthonormal] if m > 1 else []
    return [MatrixFactor(name, KINDS[q], _sizes_of(k)[: len(KINDS[q].arguments.split())], REAL) for q in names]


def _leaves(value: Any) -> list[Any]:
    """The numbers and arrays of a value that is a container."""
    return Structure(value, "the value").leaves


def _as_matrix(value: Any) -> Array:
    X = np.asarray(value, dtype=float)
    if X.ndim > 2:
        X = X.ravel()
    return X.reshape(-1, 1) if X.ndim < 2 else X
