"""Values with their rounding errors: the scale, term by term, in which two values are compared.

Each expression is evaluated as it is and again with every operation disturbed as rounding disturbs it: the factors of a
product and the terms of a sum by a few units in the last place, the matrix that is inverted or factored by as much
of its rows and columns. The spread is the error of the value, whatever cancels, underflows or is ill conditioned in it.
A difference of two values means something where it is larger than that, and nothing below it, at every scale.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from frechet.budgets import tick
from frechet.errors import EvaluationError, ShapeError
from frechet.expr.evaluate import Evaluation, apply, sizes_of
from frechet.expr.node import Expr, postorder
from frechet.expr.structure import coefficient

__all__ = [
    "NUMERICAL",
    "UNIT",
    "Rounded",
    "condition",
    "evaluate_plainly",
    "evaluate_rounded",
    "leaves_range",
    "with_rounding",
]

# What an evaluation may raise at a point that is outside of the domain, or where float64 fails.
NUMERICAL = (EvaluationError, ShapeError, np.linalg.LinAlgError, ValueError, FloatingPointError, ZeroDivisionError)
UNIT = 2.0**-52
_COPIES = 3  # disturbed evaluations
_HUGE = 1e290
_FINE = 1e6  # a condition number that needs no second look
_UNITS = 8.0  # by which each operation is disturbed at most: so many that the disturbance is not rounded away itself


@dataclass(frozen=True)
class Rounded:
    """A value, the rounding error of each entry, and the size of the terms that each entry is a sum of."""

    value: np.ndarray
    error: np.ndarray
    terms: np.ndarray


def with_rounding(
    roots: Sequence[Expr], values: Mapping[Expr, np.ndarray], sizes: Mapping[str, int], seed: int = 0
) -> list[Rounded]:
    """The values of the roots with their rounding errors. Raises what `evaluate_all` raises."""
    numbers = sizes_of(values, sizes)
    order = postorder(*roots)
    known: dict[Expr, np.ndarray] = dict(values)
    terms: dict[Expr, np.ndarray] = {s: np.abs(v) for s, v in values.items()}
    copies: list[dict[Expr, np.ndarray]] = [dict(values) for _ in range(_COPIES)]
    rng = np.random.default_rng(seed)
    with np.errstate(all="ignore"):
        for node in order:
            if node in known:
                continue
            tick(_COPIES)
            known[node] = apply(node, [known[a] for a in node.args], numbers)
            terms[node] = _terms(node, known, terms, numbers)
            for copy in copies:
                copy[node] = _disturbed(node, [copy[a] for a in node.args], numbers, rng)
        return [_rounded(r, known, terms, copies) for r in roots]


def evaluate_rounded(
    roots: Sequence[Expr], values: Mapping[Expr, np.ndarray], sizes: Mapping[str, int], seed: int = 0
) -> list[Rounded | None]:
    """As `with_rounding`; None for a root without a finite real value at this point."""
    found: list[Rounded | None] = []
    for root in roots:
        try:
            (r,) = with_rounding([root], values, sizes, seed)
        except NUMERICAL:
            found.append(None)
        else:
            found.append(r if np.isrealobj(r.value) and np.isfinite(r.value).all() else None)
    return found


def leaves_range(roots: Sequence[Expr], values: Mapping[Expr, np.ndarray], sizes: Mapping[str, int]) -> bool:
    """Whether a part of the roots overflows or underflows: exp(400)/(1 + exp(400))^2 is 0 in float64.

    Looked at up to the first part without a finite value.
    """
    numbers = sizes_of(values, sizes)
    known: dict[Expr, np.ndarray] = dict(values)
    with np.errstate(all="ignore"):
        for node in postorder(*roots):
            arguments = [known[a] for a in node.args]
            if node not in known:
                tick()
                try:
                    known[node] = apply(node, arguments, numbers)
                except NUMERICAL:
                    return False
            size = np.abs(known[node])
            if np.isnan(size).any() or _divides_by_zero(node, arguments, size):
                return False
            if not (size < _HUGE).all() or ((size > 0) & (size < 1 / _HUGE)).any():
                return True
            if (size == 0).any() and _underflows(node, arguments, size, numbers):
                return True
    return False


def _divides_by_zero(node: Expr, arguments: Sequence[np.ndarray], size: np.ndarray) -> bool:
    """Whether an infinite value is none of overflow: what it is taken of is 0."""
    infinite = np.isinf(size)
    if not infinite.any():
        return False
    return any(((a == 0) & (infinite if node.op.elementwise else True)).any() for a in arguments)


def _underflows(node: Expr, arguments: Sequence[np.ndarray], size: np.ndarray, numbers: Mapping[str, int]) -> bool:
    """Whether a 0 of the value is none of the arguments': each that is not 0 replaced by 1, or all scaled to 1, it is none."""
    if not arguments:
        return coefficient(node) not in (None, 0)
    if node.op.elementwise and not (node.op.additive or _is_linear(node)):
        return not node.op.convention and all((a != 0).all() for a in arguments)
    if _is_linear(node):
        terms = np.abs(apply(node, [np.abs(a) for a in arguments], numbers))
        ones = np.abs(apply(node, [(a != 0).astype(float) for a in arguments], numbers))
        return bool(((terms == 0) & (ones > 0)).any())
    if not all(a.any() and np.isfinite(a).all() for a in arguments):
        return False
    try:
        scaled = apply(node, [a / np.abs(a).max() for a in arguments], numbers)
    except NUMERICAL:
        return False
    return bool(((np.abs(scaled) > UNIT) & (size == 0)).any())


def condition(A: np.ndarray) -> float:
    """The condition number for elimination: that of the matrix, or of the one with rows and columns of size 1 where that is less.

    Rows in other units are no obstacle to an inverse: diag(1e-9, 1e9) has one to the last digit.
    """
    plain = float(np.linalg.cond(A))
    if plain < _FINE:
        return plain
    with np.errstate(all="ignore"):
        scaled = A / np.abs(A).max(axis=1, keepdims=True)
        scaled = scaled / np.abs(scaled).max(axis=0, keepdims=True)
    return min(plain, float(np.linalg.cond(scaled))) if np.isfinite(scaled).all() else plain


def evaluate_plainly(
    root: Expr | Evaluation, values: Mapping[Expr, np.ndarray], sizes: Mapping[str, int]
) -> np.ndarray | None:
    """The value; None where it is no finite real one. An `Evaluation` of one expression saves time at many points."""
    evaluation = root if isinstance(root, Evaluation) else Evaluation([root])
    try:
        with np.errstate(all="ignore"):
            (value,) = evaluation(values, sizes)
    except NUMERICAL:
        return None
    return value if np.isrealobj(value) and np.isfinite(value).all() else None


def _rounded(root: Expr, known: Mapping, terms: Mapping, copies: Sequence[Mapping]) -> Rounded:
    value = known[root]
    spread = np.abs(np.array([c[root] - value for c in copies])).max(axis=0)
    error = spread + UNIT * np.abs(value)
    return Rounded(value, np.where(np.isfinite(error), error, np.inf), np.maximum(terms[root], np.abs(value)))


def _terms(node: Expr, known: Mapping, terms: Mapping, numbers: Mapping[str, int]) -> np.ndarray:
    """The sum of the absolute values of the terms of each entry; for what is no sum or product, the absolute value."""
    if _is_linear(node):
        return np.abs(apply(node, [terms[a] for a in node.args], numbers))
    return np.abs(known[node])


def _is_linear(node: Expr) -> bool:
    """Sums, products, traces, transposes: linear in each argument."""
    return bool(node.args) and (node.op.additive or all(node.op.is_linear_in(k) for k in range(len(node.args))))


def _disturbed(
    node: Expr, arrays: list[np.ndarray], numbers: Mapping[str, int], rng: np.random.Generator
) -> np.ndarray:
    op = node.op
    try:
        if not op.elementwise:
            spread = _by_entry if _is_linear(node) else _by_row_and_column
            arrays = [spread(a, rng) for a in arrays]
        result = apply(node, arrays, numbers)
        return _by_entry(result, rng) if node.args else result
    except NUMERICAL:
        shape = node.rows.value(numbers), node.cols.value(numbers)
        return np.full(shape, np.nan)


def _by_entry(A: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return A * (1 + _noise(A, rng))


def _noise(A: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    drawn = rng.uniform(-1.0, 1.0, A.shape)
    return (_UNITS / 2 * UNIT) * (drawn + np.copysign(1.0, drawn))


def _by_row_and_column(A: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """As elimination disturbs: in the scale of the row and the column; zeros and symmetry stay."""
    size = np.abs(A)
    rows, cols = size.max(axis=1, initial=0, keepdims=True), size.max(axis=0, initial=0, keepdims=True)
    noise = np.sqrt(rows) * np.sqrt(cols) * _noise(A, rng) * (A != 0)
    if A.shape[0] == A.shape[1] and np.array_equal(A, A.T):
        noise = np.triu(noise) + np.triu(noise, 1).T
    return A + noise
