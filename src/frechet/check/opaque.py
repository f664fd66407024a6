"""Python functions as expressions that only have values: so that claims about them are treated like all others.

A function of arrays becomes a node `f(X, ...)` that can be evaluated, transposed, scaled and differenced; it has no
rule. The functions get copies in the shapes that their author expects: (), (n,), (m,n), or that of the given array.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np

from frechet.check.differences import move
from frechet.check.points import Point, tangent_at
from frechet.check.problem import Values
from frechet.errors import BudgetError, EvaluationError, FrechetError, ShapeError
from frechet.expr.evaluate import evaluate
from frechet.expr.node import Expr, Operation
from frechet.expr.properties import has
from frechet.expr.signature import Shape

__all__ = ["Called", "Nearby", "border", "differenced_gradient", "matrix_of_result", "numeric", "takes"]


_STEPS = (2.0**-5, 2.0**-6, 2.0**-7, 2.0**-8)  # of the entry that moves


def numeric(value: Any, name: str) -> np.ndarray:
    """`value` as an array of real numbers; EvaluationError says what it is instead."""
    try:
        array = np.asarray(value)
    except (TypeError, ValueError) as error:
        raise EvaluationError(f"{name} is not an array of numbers: {error}") from None
    if array.dtype == object:
        raise EvaluationError(f"{name} is an object array (a ragged list, or None inside?); it must be numeric")
    if array.dtype.kind == "c":
        raise EvaluationError(f"{name} is complex: a check works with real numbers")
    if array.dtype.kind not in "fiub":
        raise EvaluationError(f"{name} has dtype {array.dtype}; it must be numeric")
    return array.astype(float)


def border(symbol: Expr, array: np.ndarray, shape: tuple[int, ...] | None) -> np.ndarray:
    """A copy of a two-dimensional value in the shape that a Python function sees."""
    if shape is None:
        shape = () if symbol.is_scalar else array.shape[:1] if symbol.cols.constant == 1 else array.shape
    return array.reshape(shape).copy()


def matrix_of_result(result: np.ndarray) -> np.ndarray:
    """(), (n,) and (m,n) as 1×1, n×1 and m×n; more dimensions as a column, in C order."""
    return result if result.ndim == 2 else result.reshape(-1, 1)


@dataclass
class Called:
    """A Python function of some symbols. `expr` makes it a node, once the shape of its values is known.

    A call gets copies; what it does to them, or a shape that changes from call to call, is an error.
    """

    function: Callable[..., Any]
    name: str
    arguments: tuple[Expr, ...]
    shapes: Mapping[Expr, tuple[int, ...]]
    keywords: tuple[str, ...] = ()
    returned: tuple[int, ...] | None = None
    label: str = ""  # how the node is written: claim(X)

    def __call__(self, *arrays: np.ndarray) -> np.ndarray:
        """The value, as it was returned. Raises EvaluationError when the function fails."""
        given = [border(s, a, self.shapes.get(s)) for s, a in zip(self.arguments, arrays, strict=True)]
        copies = [a.copy() for a in given]
        try:
            with np.errstate(all="ignore"):
                result = (
                    self.function(**dict(zip(self.keywords, given, strict=True)))
                    if self.keywords
                    else self.function(*given)
                )
        except BudgetError:
            raise
        except FrechetError:
            raise
        except Exception as error:
            raise EvaluationError(f"{self.name} raised {type(error).__name__}: {error}") from error
        for symbol, a, copy in zip(self.arguments, given, copies, strict=True):
            if not np.array_equal(a, copy, equal_nan=True):
                name = symbol.name
                raise EvaluationError(
                    f"{self.name} modifies its argument {name}; let it work on a copy ({name}.copy())"
                )
        value = numeric(result, f"the value of {self.name}")
        if self.returned is not None and value.shape != self.returned:
            raise ShapeError(
                f"{self.name} returns another shape at another call: first {self.returned}, now {value.shape}"
            )
        self.returned = value.shape
        return value

    def expr(self, shape: Shape, turn: Callable[[np.ndarray], np.ndarray], quiet: bool = False) -> Expr:
        """The node f(X, ...) of this shape; `turn(value)` is its two-dimensional value.

        With `quiet`, failures are numerical ones: finite differences then step around them.
        """

        def value(*arrays: np.ndarray) -> np.ndarray:
            try:
                return turn(self(*arrays))
            except EvaluationError as error:
                if quiet and error.__cause__ is not None:
                    raise ValueError(str(error)) from error.__cause__
                raise

        return Operation(self.label or self.name, lambda args, params: shape, value=value)(*self.arguments)


def differenced_gradient(f: Expr, X: Expr) -> Expr:
    """The gradient of an opaque scalar function, by differences: its own derivative is the Hessian."""
    symbols = f.args

    def value(*arrays: np.ndarray) -> np.ndarray:
        values = dict(zip(symbols, arrays, strict=True))

        def along(E: np.ndarray, t: float) -> float:
            return float(evaluate(f, {**values, X: values[X] + t * E}).item())

        found = np.zeros_like(values[X])
        for index in np.ndindex(found.shape):
            E = np.zeros_like(found)
            E[index] = abs(values[X][index]) or float(np.abs(values[X]).max()) or 1.0
            found[index] = _extrapolated(partial(along, E)) / E[index]
        return found

    return Operation(f"grad_{f.op.name}", lambda args, params: X.shape, value=value)(*symbols)


def _extrapolated(f: Callable[[float], float]) -> float:
    """f'(0) by central differences over halved steps, extrapolated to the fourth order of h²: hundreds of them are asked for."""
    table = [(f(h) - f(-h)) / (2 * h) for h in _STEPS]
    for k in (4.0, 16.0, 64.0):
        table = [(k * b - a) / (k - 1) for a, b in pairwise(table)]
    return table[0]


def takes(function: Callable[..., Any]) -> tuple[list[str], bool]:
    """The names of the positional parameters that must be given, and whether their number is known."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return [], False
    if any(p.kind is p.VAR_POSITIONAL for p in parameters):
        return [], False
    positional = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    return [p.name for p in positional if p.default is p.empty], True


@dataclass(frozen=True, eq=False)
class Nearby:
    """The given point first; further points are near it, and have the structure that was declared.

    A claim that is an array is known at the point alone: then `still`, all points are that one.
    """

    function: Expr
    given: Point
    moving: Sequence[Expr]
    still: bool = False
    points_needed: int = 1

    def points(self, count: int, seed: int) -> list[Point]:
        """The given point for the first seeds, neighbours for later ones."""
        if self.still or (count == 1 and seed < 1000):
            return [self.given] * count
        rng = np.random.default_rng(seed)
        found = [] if seed >= 1000 else [self.given]
        while len(found) < count:
            found.append(self._neighbour(rng))
        return found

    def _neighbour(self, rng: np.random.Generator) -> Point:
        for radius in (0.1, 0.1, 0.03, 0.01, 1e-3, 1e-4):
            for symmetric in (False, True):
                values = {s: self._moved(s, v, radius, symmetric, rng) for s, v in self.given.values.items()}
                if self._is_defined(values):
                    return Point(values, self.given.sizes)
        return self.given

    def _moved(
        self, s: Expr, value: np.ndarray, radius: float, symmetric: bool, rng: np.random.Generator
    ) -> np.ndarray:
        if s not in self.moving:
            return value
        size = float(np.sqrt(np.mean(value**2))) if value.size else 0.0
        E = radius * (size or 1.0) * tangent_at(s, value, rng)
        if symmetric and value.shape[0] == value.shape[1] and np.array_equal(value, value.T):
            E = (E + E.T) / 2
        if has(s, "positive"):
            return value * np.exp(E / (size or 1.0))
        return move(s, value, E, 1.0)

    def _is_defined(self, values: Values) -> bool:
        try:
            found = evaluate(self.function, values, self.given.sizes)
        except (EvaluationError, ValueError, np.linalg.LinAlgError):
            return False
        return bool(np.isfinite(found).all())
