"""The solution of an initial value problem as an operation of array programs, with the sweeps of its path as derivatives.

Second derivatives of right sides that are programs of numbers come of the same steps of a doubled system, (y, d)' = (f, f_y*d + f_q*dq):
with the cotangent W of its second half, its reverse sweep gives at (y, q) the derivative along (d, dq) of the reverse sweep of W,
and by symmetry its cotangent. Others, and third derivatives, go step by step on the tape.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import numpy as np

from frechet.implicit.numbers_path import NumbersPath
from frechet.tracing.array import FUNCTIONS, Traced, apply
from frechet.tracing.black_box import operation, traced_rules
from frechet.tracing.derivatives import vjp

__all__ = ["TRAJECTORY"]

Array = np.ndarray
_START, _TIMES = 1, 2  # places among the arguments, after the path


def _is_number(*values: Any) -> bool:
    return not any(isinstance(v, Traced) for v in values)


def _along(i: int, d: Any, value: Any, args: Sequence[Any]) -> Any:
    path, *inputs = args
    if _is_number(d, *inputs):
        with suppress(ArithmeticError, ValueError):  # zeros that win over infinities: on arrays
            return path.pushed(*[d if k == i else np.zeros(np.shape(a)) for k, a in enumerate(inputs, start=1)])
    return traced_rules(lambda path, *inputs: path.formula(*inputs))[0](i, d, value, args)


def _back(i: int, W: Any, value: Any, args: Sequence[Any]) -> Any:
    path, z, ts, q = args
    if _is_number(W, z, ts, q):
        with suppress(ArithmeticError, ValueError):
            return path.pulled(W)[i - 1]
    elif isinstance(path, NumbersPath) and i != _TIMES and _is_number(ts):
        both: Any = apply(_REVERSE, (path, W, z, q))
        n = path.rows.shape[1]
        return both[:n] if i == _START else both[n:]
    return traced_rules(lambda path, *inputs: path.formula(*inputs))[1](i, W, value, args)


TRAJECTORY = operation("trajectory", lambda path, *_: path.rows, lambda shapes, params: (), 4, _along, _back)
"""(path, start, times, parameters that move) -> the states at the times, as rows."""


# --- the reverse sweep as an operation ------------------------------------------------------------------------------


def _reverse(path: NumbersPath, W: Array, *numbers: Any) -> Array:
    start, _, s = path.pulled(W)
    return np.concatenate([start, s])


def _on_tape(path: Any, W: Any, z: Any, q: Any) -> Any:
    times = np.array(path.times)
    return FUNCTIONS[np.concatenate](list(vjp(path.formula, wrt=[0, 2])(z, times, q)[1](W)))


def _reverse_along(i: int, d: Any, value: Any, args: Sequence[Any]) -> Any:
    path, W, z, q = args
    if _is_number(d, W, z, q):
        with suppress(ArithmeticError, ValueError):
            if i == 1:
                return _reverse(path, d)
            return _second(path, W, d if i == 2 else np.zeros_like(z), d if i == 3 else np.zeros_like(q))
    return traced_rules(_on_tape)[0](i, d, value, args)


def _reverse_back(i: int, V: Any, value: Any, args: Sequence[Any]) -> Any:
    path, W, z, q = args
    n = path.rows.shape[1]
    if _is_number(V, W, z, q):
        with suppress(ArithmeticError, ValueError):
            if i == 1:
                return path.pushed(V[:n], np.zeros(len(path.times)), V[n:])
            moved = _second(path, W, V[:n], V[n:])
            return moved[:n] if i == 2 else moved[n:]
    return traced_rules(_on_tape)[1](i, V, value, args)


def _second(path: NumbersPath, W: Array, d: Array, dq: Array) -> Array:
    """The derivative along (d, dq) of the reverse sweep of W."""
    start, _, s = path.doubled(d, dq).pulled(np.hstack([np.zeros_like(W), W]))
    return np.concatenate([start[: len(d)], s[: len(dq)]])


_REVERSE = operation("reverse sweep", _reverse, lambda shapes, params: (), 4, _reverse_along, _reverse_back)
"""(path, cotangent of the rows, start, parameters that move) -> the cotangents of start and parameters, one vector."""
