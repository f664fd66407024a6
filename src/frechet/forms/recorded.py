"""What a recorded Python function computes, in letters: every primitive of the record on arrays of SymPy expressions.

    images = in_letters(L.tape, {index of an input: array of letters}, places of the results)

The record holds the branch that the function took at its point, and numbers as they stood there: who asks compares the
expressions with the function at other points. A primitive that has no meaning in letters raises OutOfReach, with its name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import sympy as sp

from frechet.check.exact.scalars import OutOfReach
from frechet.tracing.array import concrete
from frechet.tracing.graph import INPUT
from frechet.tracing.tape import CONSTANT, Tape

__all__ = ["exact_number", "in_letters"]

Array = np.ndarray
_LONGEST = 4000  # recorded operations


def in_letters(tape: Tape, given: Mapping[int, Array], places: Sequence[int]) -> list[Array]:
    """The values of the entries `places`, arrays of expressions. OutOfReach for a primitive without a meaning."""
    if len(tape.ops) > _LONGEST:
        raise OutOfReach(f"the function records {len(tape.ops)} operations at this size")
    known: dict[int, Array] = dict(given)
    for k, op in enumerate(tape.ops):
        if k in known:
            continue
        if op in (INPUT, CONSTANT) or not tape.active[k]:
            known[k] = _exact(concrete(tape.values[k]))
            continue
        meaning = _MEANINGS.get(op.name)
        if meaning is None:
            raise OutOfReach(f"{op.name} has no value in letters")
        arguments = [
            _numbers(tape, a) if op.name == "where" and q == 0 else known[a] for q, a in enumerate(tape.args[k])
        ]
        if op.name in ("take", "put", "place", "take_along"):  # positions and masks are numbers
            first = 2 if op.name == "put" else 1
            arguments[first:] = [_numbers(tape, a) for a in tape.args[k][first:]]
        known[k] = _array(meaning(*arguments, *tape.params[k]))
    return [known[p] for p in places]


def _numbers(tape: Tape, k: int) -> Array:
    return np.asarray(concrete(tape.values[k]))


def _array(value: Any) -> Array:
    if isinstance(value, np.ndarray) and value.dtype == object:
        return value
    made = np.empty(np.shape(value), dtype=object)
    made[...] = value
    return made


def _exact(value: Any) -> Array:
    """Numbers of the code: 0.5 is 1/2, np.pi is π; what is no short fraction stays a decimal number."""
    if np.iscomplexobj(value):
        raise OutOfReach("a complex number in the function")
    value = np.asarray(value)
    made = np.empty(value.shape, dtype=object)
    for at in np.ndindex(value.shape):
        made[at] = exact_number(value[at])
    return made


def exact_number(x: Any) -> Any:
    """A floating-point number as the fraction, the multiple of π or the root of a fraction that it rounds."""
    x = float(x)
    if not np.isfinite(x):
        raise OutOfReach("a number that is not finite")
    for unit, symbol in ((1.0, sp.Integer(1)), (float(np.pi), sp.pi)):
        near = Fraction(x / unit).limit_denominator(10_000)
        if float(near) * unit == x:
            return sp.Rational(near.numerator, near.denominator) * symbol
    square = Fraction(x * x).limit_denominator(100)
    if float(np.sqrt(float(square))) == abs(x):
        return sp.sign(x) * sp.sqrt(sp.Rational(square.numerator, square.denominator))
    return sp.Float(x)


# --- meanings -----------------------------------------------------------------------------------------


def _entrywise(f: Callable[..., Any]) -> Callable[..., Array]:
    return lambda *arrays: np.vectorize(f, otypes=[object])(*arrays)


def _of_matrices(f: Callable[..., Any]) -> Callable[..., Array]:
    def meaning(*arrays: Array) -> Array:
        if any(A.ndim != 2 for A in arrays[:2] if isinstance(A, np.ndarray)):
            raise OutOfReach("stacks of matrices have no value in letters")
        made = f(*[sp.Matrix(A) if isinstance(A, np.ndarray) else A for A in arrays])
        return np.array(made.tolist() if isinstance(made, sp.MatrixBase) else [[made]], dtype=object)

    return meaning


def _put(A: Array, V: Array, *positions_index: Any) -> Array:
    *positions, index = positions_index
    made = A.copy()
    made[index.filled(positions)] = V[()]
    return made


def _place(W: Array, *positions_index_shape: Any) -> Array:
    """Zeros with W added at the index."""
    *positions, index, shape = positions_index_shape
    made = np.full(shape, sp.Integer(0), dtype=object)
    np.add.at(made, index.filled(positions), W)
    return made


def _take(A: Array, *positions_index: Any) -> Any:
    *positions, index = positions_index
    return A[index.filled(positions)]


def _cumsum(A: Array, axis: int, backward: bool) -> Array:
    return np.flip(np.cumsum(np.flip(A, axis), axis=axis), axis) if backward else np.cumsum(A, axis=axis)


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "sin": sp.sin, "cos": sp.cos, "tan": sp.tan, "arcsin": sp.asin, "arccos": sp.acos, "arctan": sp.atan, "sinh": sp.sinh,
    "cosh": sp.cosh, "tanh": sp.tanh, "arcsinh": sp.asinh, "arccosh": sp.acosh, "arctanh": sp.atanh, "exp": sp.exp,
    "log": sp.log, "sqrt": sp.sqrt, "cbrt": sp.cbrt, "erf": sp.erf, "erfc": sp.erfc, "gamma": sp.gamma,
    "gammaln": sp.loggamma, "absolute": sp.Abs, "arctan2": sp.atan2,
    "hypot": lambda a, b: sp.sqrt(a**2 + b**2),
    "log2": lambda x: sp.log(x) / sp.log(2),
    "log10": lambda x: sp.log(x) / sp.log(10),
    "log1p": lambda x: sp.log(1 + x),
    "expm1": lambda x: sp.exp(x) - 1,
    "exp2": lambda x: sp.Integer(2) ** x,
    "sigmoid": lambda x: 1 / (1 + sp.exp(-x)),
    "expit": lambda x: 1 / (1 + sp.exp(-x)),
    "logit": lambda x: sp.log(x / (1 - x)),
    "softplus": lambda x: sp.log(1 + sp.exp(x)),
    "deg2rad": lambda x: x * sp.pi / 180,
    "rad2deg": lambda x: x * 180 / sp.pi,
}  # fmt: skip
"""Functions of each entry by SymPy."""
_MEANINGS: dict[str, Callable[..., Any]] = {
    "add": np.add, "subtract": np.subtract, "negative": np.negative, "multiply": np.multiply, "divide": np.true_divide,
    "power": np.power,
    "power_of": lambda A, p: np.power(A, exact_number(p)),
    "square": lambda A: A * A,
    "reciprocal": lambda A: 1 / A,
    "where": np.where,
    "cast": lambda A, dtype: A,
    "take": _take,
    "put": _put,
    "place": _place,
    "take_along": lambda A, at, axis: np.take_along_axis(A, at, axis),
    "concatenate": lambda *given: np.concatenate(given[:-1], axis=given[-1]),
    "reshape": np.reshape, "transpose": np.transpose, "broadcast_to": np.broadcast_to,
    "sum": lambda A, axes: np.add.reduce(A, axis=axes),
    "cumsum": _cumsum,
    "matmul": np.matmul,
    "contract": lambda A, B, spec: np.einsum(spec, A, B),
    "norm2": lambda A, axes: _entrywise(sp.sqrt)(np.add.reduce(A * A, axis=axes)),
    "det of matrices": _of_matrices(lambda A: A.det(method="berkowitz")),
    "inv of matrices": _of_matrices(lambda A: A.inv(method="ADJ")),
    "tr of matrices": _of_matrices(lambda A: A.trace()),
    "solve": _of_matrices(lambda A, B: A.inv(method="ADJ") * B),
    "chol of matrices": _of_matrices(lambda A: A.cholesky(hermitian=False)),
    **{name: _entrywise(f) for name, f in _FUNCTIONS.items()},
}  # fmt: skip
"""What primitives mean on arrays of expressions; others are out of reach."""
