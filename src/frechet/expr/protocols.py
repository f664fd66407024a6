"""NumPy's habits on expressions: np.exp(X), A @ X with an array A, X[i, j] counted from 0.

NumPy asks its operands before it works on them (NEP 13, NEP 18). What its functions mean for expressions is declared
with the table (`frechet.rules.numpy_names`); one that is not declared is refused by name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import index as whole_number
from typing import Any

import numpy as np

from frechet.errors import FrechetError, ShapeError
from frechet.expr.node import Expr, operations
from frechet.expr.sizes import ONE, Size, size

__all__ = ["NUMPY_FUNCTIONS", "NUMPY_METHODS", "NUMPY_UFUNCS", "install", "part"]

NUMPY_UFUNCS: dict[str, Callable[..., Expr]] = {}
"""The meaning of np.add, np.square, ... by the ufunc's name; elementwise operations of the same name need no entry."""

NUMPY_FUNCTIONS: dict[Callable[..., Any], Callable[..., Expr]] = {}
"""The meaning of np.trace, np.linalg.inv, ... by the function."""

NUMPY_METHODS: dict[str, Callable[..., Any]] = {}
"""The methods of arrays that expressions have too, X.sum(axis=0), by the function that says what they mean."""


def install() -> None:
    """Gives expressions the methods that NumPy and Python ask for."""
    methods = {
        "__array_ufunc__": _ufunc,
        "__array_function__": _function,
        "__getitem__": part,
        "__iter__": _loop,
        "__array__": _numbers,
        "__float__": _numbers,
        "__abs__": lambda self: operations["abs"](self),
        **{name: _method(name, function) for name, function in NUMPY_METHODS.items()},
    }
    for name, method in methods.items():
        setattr(Expr, name, method)


def _method(name: str, function: Callable[..., Any]) -> Callable[..., Expr]:
    def method(self: Expr, *args: Any, **options: Any) -> Expr:
        if name == "reshape" and len(args) > 1:  # X.reshape(2, 6)
            args = (args,)
        return _function(self, function, (), (self, *args), options)

    method.__name__, method.__qualname__ = name, f"Expr.{name}"
    method.__doc__ = f"As np.{function.__name__} of this expression."
    return method


def _ufunc(self: Expr, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Expr:
    name = f"np.{ufunc.__name__}"
    given = sorted(option for option, value in options.items() if value is not None)
    if method != "__call__" or given:
        how = f"{name}.{method}" if method != "__call__" else f"{name} with {', '.join(given)}"
        raise FrechetError(f"{how} does not work on expressions, only {name}(...) of whole ones")
    meaning = NUMPY_UFUNCS.get(ufunc.__name__)
    if meaning is not None:
        return meaning(*inputs)
    op = operations.get(ufunc.__name__)
    if op is None or not op.elementwise:
        raise _unknown(name)
    return op(*inputs)


def _function(self: Expr, function: Any, types: Any, arguments: tuple[Any, ...], options: Mapping[str, Any]) -> Expr:
    name = f"{function.__module__.replace('numpy', 'np', 1)}.{function.__name__}"
    meaning = NUMPY_FUNCTIONS.get(function)
    if meaning is None:
        raise _unknown(name)
    try:
        return meaning(*arguments, **options)
    except TypeError as error:
        raise FrechetError(f"{name} of an expression: {str(error).rpartition('() ')[2]}") from None


_INSTEAD = {
    "np.where": "write fr.step, fr.relu, fr.maximum or fr.minimum, where one of them is meant",
    "np.linalg.lstsq": "write np.linalg.pinv(A) @ b for its solution",
    "np.arctan2": "write 2*np.arctan(y/(np.hypot(x, y) + x)), which is right but for y = 0, x < 0",
    "np.sort": "a function of the sorted entries has fr.max, fr.min, fr.logsumexp",
    **dict.fromkeys(
        ("np.greater", "np.greater_equal", "np.less", "np.less_equal"),
        "fr.step(A - B) is 1 where A > B and 0 elsewhere",
    ),
    **dict.fromkeys(("np.cov", "np.corrcoef"), "write the mean and the products of what is left of it"),
}
"""What to write in the place of functions of NumPy that people look for."""


def _unknown(name: str) -> FrechetError:
    instead = _INSTEAD.get(name, "dir(fr) lists the functions that have one")
    return FrechetError(
        f"{name} has no meaning for expressions: {instead}; a Python function of arrays that uses it is differentiated by fr.gradient"
    )


def _loop(self: Expr) -> Any:
    raise FrechetError("an expression has no fixed number of rows to loop over: take parts, X[i, j] or X[i:j, :]")


def _numbers(self: Expr, *_: Any, **__: Any) -> Any:
    raise FrechetError(
        "an expression has no numbers: evaluate or compile it with arrays for its symbols; "
        "functions that take expressions are those of frechet, fr.expm(X), and NumPy's, np.trace(X)"
    )


def part(A: Expr, key: Any) -> Expr:
    """A[i, j], A[i:j, :], x[i]: counted from 0, the stop left out, negative ones from the end, as in NumPy.

    A row stays a row: A[i] and A[i, :] are 1×n. Sizes may be symbolic: A[1 : A.shape[0] - 1].
    Raises ShapeError for a position outside, FrechetError for steps, masks and arrays of positions.
    """
    keys = key if isinstance(key, tuple) else (key,)
    if any(k is Ellipsis for k in keys):
        at = next(i for i, k in enumerate(keys) if k is Ellipsis)
        keys = (*keys[:at], *[slice(None)] * (3 - len(keys)), *keys[at + 1 :])
    if len(keys) > 2:
        raise ShapeError(f"{len(keys)} positions in a matrix, which has two")
    rows, cols = (*keys, slice(None))[:2]
    (first, last), (left, right) = _range(rows, A.rows), _range(cols, A.cols)
    return operations["index"](A, params=(first, last, left, right))


def _range(key: Any, length: Size) -> tuple[Size, Size]:
    """The first and the last position, both counted from 1."""
    if not isinstance(key, slice):
        place = _position(key, length) + 1
        return place, place
    if key.step not in (None, 1):
        raise FrechetError(f"a step of {key.step} in a position: only whole ranges i:j can be taken")
    first = ONE if key.start is None else _position(key.start, length) + 1
    last = length if key.stop is None else _position(key.stop, length)
    if length.constant is not None and last.constant is not None:
        last = size(min(last.constant, length.constant))  # as NumPy cuts a range off at the end
    return first, last


def _position(key: Any, length: Size) -> Size:
    """A position counted from 0."""
    if isinstance(key, Size):
        return key
    if not isinstance(key, bool | np.bool_):
        try:
            place = whole_number(key)
        except TypeError:
            pass
        else:
            return size(place) if place >= 0 else length + place
    raise FrechetError(
        f"a {type(key).__name__} is no position: write a whole number, a range i:j, or a size such as X.shape[0] - 1"
    )
