"""Random points in the domain of an expression: sizes, and matrices with the declared properties."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from frechet.errors import EvaluationError, FrechetError, ShapeError
from frechet.expr.evaluate import evaluate_all
from frechet.expr.node import Expr, postorder, symbols
from frechet.expr.properties import has
from frechet.expr.sizes import Size

__all__ = ["Point", "sample_points", "size_letters", "tangent_at"]

_TRIES = 80
_CONDITION = 1e6  # of a matrix that has to be invertible: beyond it differences lose their digits
_SIZES = (4, 3, 5, 2, 6, 7)


@dataclass(frozen=True)
class Point:
    """Numbers for the symbols of an expression, and the sizes that go with them."""

    values: dict[Expr, np.ndarray]
    sizes: dict[str, int]


def size_letters(roots: Sequence[Expr]) -> list[str]:
    """The size letters that occur, in order of occurrence."""
    found: dict[str, None] = {}
    for node in postorder(*roots):
        for s in (*node.shape, *node.params):
            if isinstance(s, Size):
                found.update(dict.fromkeys(sorted(s.letters)))
    return list(found)


def _normal(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    return rng.standard_normal(shape)


def _small(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    return 0.3 * rng.standard_normal(shape)


def _positive(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    return rng.uniform(0.3, 1.7, shape)


def _near_identity(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    return np.eye(*shape) * rng.uniform(1, 2) + 0.2 * rng.standard_normal(shape)


def _inside_unit(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    return rng.uniform(0.05, 0.3, shape)


# Tried in turn until the expression is defined: log needs positive numbers, logm a matrix near the identity.
_DRAWS: tuple[Callable, ...] = (_normal, _positive, _near_identity, _small, _inside_unit)


def _symbol_value(X: Expr, shape: tuple[int, int], draw: Callable, rng: np.random.Generator) -> np.ndarray:
    """A random matrix with the declared properties of X."""
    A = _positive(rng, shape) if has(X, "positive") else draw(rng, shape)
    n = shape[0]
    if has(X, "orthogonal"):
        return np.linalg.qr(rng.standard_normal(shape))[0]
    if has(X, "diagonal"):
        return np.diag(np.abs(np.diag(A)) + 0.3 if has(X, "psd") else np.diag(A) + 0.2 * np.sign(np.diag(A)))
    if has(X, "psd"):
        return A @ A.T / n + 0.5 * np.eye(n)
    if has(X, "symmetric"):
        return (A + A.T) / 2
    if has(X, "skew"):
        return (A - A.T) / 2
    if has(X, "lower") or has(X, "upper"):
        A = A + 2 * np.eye(n) * np.sign(np.diag(A))
        return np.tril(A) if has(X, "lower") else np.triu(A)
    if has(X, "invertible") and n > 1:
        return A + 2 * np.eye(n)
    return A


def tangent_at(X: Expr, value: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A random direction in which X may move: in its subspace, or tangent to the orthogonal matrices."""
    E = rng.standard_normal(value.shape)
    if has(X, "diagonal"):
        return np.diag(np.diag(E))
    if has(X, "symmetric"):
        return (E + E.T) / 2
    if has(X, "skew"):
        return (E - E.T) / 2
    if has(X, "lower"):
        return np.tril(E)
    if has(X, "upper"):
        return np.triu(E)
    if has(X, "orthogonal"):
        return value @ (E - E.T) / 2
    return E


def _size_choices(letters: list[str], fixed: Mapping[str, int], rng: np.random.Generator) -> Iterator[dict[str, int]]:
    free = [a for a in letters if a not in fixed]
    sizes = list(_SIZES[: max(len(free) + 1, 2)]) + [5] * max(0, len(free) - len(_SIZES))
    last: list[int] = []
    while True:
        chosen = [int(s) for s in rng.permutation(sizes)[: len(free)]]
        if chosen != last or not free:  # other sizes at every point: a factor n is not taken for a number
            yield {**fixed, **dict(zip(free, chosen, strict=True))}
            last = chosen


def _is_regular(node: Expr, argument: np.ndarray) -> bool:
    if "{0} is invertible" not in node.op.domain:
        return True
    return argument.shape[0] == 0 or np.linalg.cond(argument) < _CONDITION


def _is_defined(roots: Sequence[Expr], point: Point) -> bool:
    """Whether all parts have finite real values, and matrices to be inverted are well conditioned."""
    inverted = [n for n in postorder(*roots) if "{0} is invertible" in n.op.domain]
    try:
        with np.errstate(all="ignore"):
            results = evaluate_all([*roots, *[n.args[0] for n in inverted]], point.values, point.sizes)
    except (ShapeError, EvaluationError, np.linalg.LinAlgError, ValueError):
        return False
    if not all(np.isrealobj(r) and np.isfinite(r).all() and np.abs(r).max(initial=0) < 1e8 for r in results):
        return False
    arguments = results[len(roots) :]
    return all(_is_regular(n, a) for n, a in zip(inverted, arguments, strict=True))


def sample_points(
    roots: Sequence[Expr], count: int = 3, seed: int = 0, sizes: Mapping[str, int] | None = None
) -> list[Point]:
    """`count` random points at which the roots are defined.

    Raises FrechetError when none is found, naming the letters to fix with `sizes`.
    """
    rng = np.random.default_rng(seed)
    letters, names = size_letters(roots), symbols(*roots)
    choices = _size_choices(letters, sizes or {}, rng)
    found: list[Point] = []
    for attempt in range(_TRIES * count):
        numbers = next(choices)
        draw = _DRAWS[0] if attempt < 4 else _DRAWS[attempt % len(_DRAWS)]
        try:
            shapes = {s: (s.rows.value(numbers), s.cols.value(numbers)) for s in names}
        except KeyError:
            continue
        if any(min(shape) < 1 for shape in shapes.values()):
            continue
        point = Point({s: _symbol_value(s, shape, draw, rng) for s, shape in shapes.items()}, numbers)
        if _is_defined(roots, point):
            found.append(point)
            if len(found) == count:
                return found
    raise FrechetError(
        "no point was found at which the expression is defined; fix the sizes "
        f"({', '.join(letters) or 'none are free'}) or declare properties such as spd or positive"
    )
