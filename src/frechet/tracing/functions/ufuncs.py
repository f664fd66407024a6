"""Universal functions: arithmetic, comparisons, elementwise functions, and their reductions."""

from __future__ import annotations

from collections.abc import Callable
from math import log
from typing import Any

import numpy as np

from frechet.tracing.array import FUNCTIONS, UFUNCS, Traced, apply, concrete, decided, form_of, index_of, is_active
from frechet.tracing.functions.roots import absolute, is_root, root, squared
from frechet.tracing.functions.sparse import right_product
from frechet.tracing.functions.sparse_entries import SparseMatrix, is_sparse
from frechet.tracing.graph import PRIMITIVES, Primitive
from frechet.tracing.primitives import extremes
from frechet.tracing.primitives.arithmetic import add, divide, multiply, negative, power, power_of, subtract, where
from frechet.tracing.primitives.contractions import matmul
from frechet.tracing.primitives.elementwise import ELEMENTWISE
from frechet.tracing.primitives.indexing import place
from frechet.tracing.primitives.special import FAMILIES
from frechet.tracing.refusing import NOT_TRACED, lost, plain

__all__ = ["array", "binary"]

_PLAIN = frozenset({Traced, np.ndarray, float, int, np.float64})
"""What is seen at once to be an array or a number."""


def array(value: Any) -> Any:
    """Lists and tuples as arrays; what is one already as it is."""
    if type(value) in _PLAIN:
        return value
    if not isinstance(value, list | tuple):
        return plain(value)
    return FUNCTIONS[np.asarray](value)


def binary(op: Primitive) -> Callable:
    """A primitive as a function of two arrays, lists or numbers."""

    def called(a: Any, b: Any) -> Any:
        if type(a) is not Traced:
            a = array(a)
        if type(b) is not Traced:
            b = array(b)
        return apply(op, (a, b))

    return called


def _raised(a: Any, p: Any) -> Any:
    a = array(a)
    if (
        type(p) is not Traced
        and isinstance(p, int | float | np.integer | np.floating)
        and type(p) is not bool
        and isinstance(a, Traced)
    ):
        p = p.item() if isinstance(p, np.generic) else p
        if p >= 2 and (p == 2 or is_root(a)):
            return squared(a) if p == 2 else apply(power_of, (squared(a),), (p / 2,))
        return root(a, p, power_of, (p,)) if 0.5 <= p < 1 else apply(power_of, (a,), (p,))
    return apply(power, (a, array(p)))


def _matmul(A: Any, B: Any) -> Any:
    if is_sparse(B):
        return right_product(A, B)
    if type(B) is SparseMatrix:
        return B.__rmatmul__(A)
    if type(A) is SparseMatrix:
        return A @ B
    A, B = array(A), array(B)
    if np.ndim(form_of(A)) > 1 and np.ndim(form_of(B)) > 1:
        return apply(matmul, (A, B))
    return FUNCTIONS[np.matmul](A, B)


def _compared(test: Callable) -> Callable:
    """A comparison: a plain array of truth values, that nothing is differentiated through."""

    def called(a: Any, b: Any) -> Any:
        return decided(test, array(a), array(b))

    return called


_times = binary(multiply)


def _divided(a: Any, b: Any) -> Any:
    """A division by a Python number that is 0 is NumPy's, and no ZeroDivisionError."""
    if type(b) is not Traced:
        b = np.float64(0.0) if (type(b) is float or type(b) is int) and b == 0 else array(b)
    return apply(divide, (a if type(a) is Traced else array(a), b))


def _observed(function: Callable) -> Callable:
    return lambda *args: function(*[concrete(array(a)) for a in args])


def _mantissa(a: Any) -> tuple[Any, Any]:
    """np.frexp: a = mantissa*2^exponent."""
    exponent = np.frexp(concrete(array(a)))[1]
    return array(a) * np.ldexp(1.0, -exponent), exponent


def _remainder(a: Any, b: Any) -> Any:
    whole = np.floor_divide(concrete(array(a)), concrete(array(b)))
    return a - whole * b


def _fmod(a: Any, b: Any) -> Any:
    whole = np.trunc(np.true_divide(concrete(array(a)), concrete(array(b))))
    return a - whole * b


def _chosen(op: Primitive, ignore_nan: bool) -> Callable:
    def called(a: Any, b: Any) -> Any:
        a, b = array(a), array(b)
        if ignore_nan:
            x, y = np.isnan(concrete(a)), np.isnan(concrete(b))
            if np.any(x) or np.any(y):
                return apply(where, (x, b, apply(where, (y, a, apply(op, (a, b))))))
        return apply(op, (a, b))

    return called


def _with_parameters(name: str) -> Callable:
    """f(v, x): the parameters v are numbers, and are not differentiated by."""

    def called(*args: Any) -> Any:
        *params, x = (concrete(a) if k < len(args) - 1 and not is_active(a) else a for k, a in enumerate(args))
        if any(isinstance(p, Traced) for p in params):
            raise lost(f"scipy.special.{name}", "has a derivative by its last argument only")
        if any(np.ndim(p) for p in params):
            raise lost(f"scipy.special.{name} with an array of parameters", "is not known on traced arrays")
        return apply(FAMILIES[name], (array(x),), tuple(p.item() if isinstance(p, np.generic) else p for p in params))

    return called


UFUNCS.update(
    {
        "add": binary(add),
        "subtract": binary(subtract),
        "multiply": lambda a, b: squared(a) if a is b and type(a) is Traced else _times(a, b),
        "square": lambda a: squared(array(a)),
        "divide": _divided,
        "negative": lambda a: apply(negative, (array(a),)),
        "positive": lambda a: array(a) * 1.0,
        "ldexp": lambda a, k: array(a) * 2.0 ** np.asarray(concrete(array(k))),
        "frexp": _mantissa,
        "modf": lambda a: (array(a) - np.trunc(concrete(array(a))), np.trunc(concrete(array(a)))),
        "divmod": lambda a, b: (np.floor_divide(array(a), array(b)), np.remainder(array(a), array(b))),
        "power": _raised,
        "float_power": _raised,
        "sqrt": lambda a: root(array(a), 0.5, ELEMENTWISE["sqrt"]),
        "matmul": _matmul,
        "absolute": lambda a: absolute(array(a)),
        "fabs": lambda a: absolute(array(a)),
        "maximum": _chosen(extremes.maximum, False),
        "minimum": _chosen(extremes.minimum, False),
        "fmax": _chosen(extremes.maximum, True),
        "fmin": _chosen(extremes.minimum, True),
        "remainder": _remainder,
        "fmod": _fmod,
        "floor_divide": _observed(np.floor_divide),
        "conjugate": lambda a: (
            apply(PRIMITIVES["conj"], (array(a),)) if np.iscomplexobj(form_of(a)) else array(a) * 1.0
        ),
        "heaviside": lambda a, at_zero: np.heaviside(concrete(array(a)), concrete(at_zero)),
        "copysign": lambda a, b: apply(extremes.absolute, (array(a),)) * np.copysign(1.0, concrete(array(b))),
        "radians": lambda a: apply(ELEMENTWISE["deg2rad"], (array(a),)),
        "degrees": lambda a: apply(ELEMENTWISE["rad2deg"], (array(a),)),
        "logaddexp2": lambda a, b: apply(PRIMITIVES["logaddexp"], (array(a) * log(2), array(b) * log(2))) / log(2),
    }
)
for _name in ("less", "less_equal", "greater", "greater_equal", "equal", "not_equal"):
    UFUNCS[_name] = _compared(getattr(np, _name))
for _name in (
    "isnan",
    "isfinite",
    "isinf",
    "signbit",
    "logical_and",
    "logical_or",
    "logical_not",
    "logical_xor",
    "invert",
):
    UFUNCS[_name] = _observed(getattr(np, _name))
for _name, _op in ELEMENTWISE.items():
    UFUNCS.setdefault(_name, lambda a, op=_op: apply(op, (a if type(a) is Traced else array(a),)))
UFUNCS.update({_name: _with_parameters(_name) for _name in FAMILIES})
for _name in ("sinc", "i0"):  # functions of NumPy that are no ufuncs
    FUNCTIONS[getattr(np, _name)] = UFUNCS[_name]
for _name in ("arctan2", "hypot", "logaddexp", "xlogy", "xlog1py"):
    UFUNCS[_name] = binary(PRIMITIVES[_name])


def _at_added(target: Any, where_to: Any, values: Any, sign: float = 1.0) -> None:
    """np.add.at(A, index, V): entries that are named twice get both."""
    if not isinstance(target, Traced):
        raise lost(f"np.{'add' if sign > 0 else 'subtract'}.at", NOT_TRACED)
    index, positions = index_of(where_to, target.shape)
    written = np.shape(form_of(target)[index.filled(positions)])
    part = FUNCTIONS[np.broadcast_to](values, written)
    target.become(target + sign * apply(place, (part, *positions), (index, target.shape)))


UFUNCS["add.at"] = _at_added
UFUNCS["subtract.at"] = lambda target, where_to, values: _at_added(target, where_to, values, -1.0)
UFUNCS["add.reduce"] = lambda A, axis=0, **options: FUNCTIONS[np.sum](A, axis=axis, **options)
UFUNCS["multiply.reduce"] = lambda A, axis=0, **options: FUNCTIONS[np.prod](A, axis=axis, **options)
UFUNCS["maximum.reduce"] = lambda A, axis=0, **options: FUNCTIONS[np.max](A, axis=axis, **options)
UFUNCS["minimum.reduce"] = lambda A, axis=0, **options: FUNCTIONS[np.min](A, axis=axis, **options)
UFUNCS["add.accumulate"] = lambda A, axis=0, dtype=None: FUNCTIONS[np.cumsum](A, axis=axis)
UFUNCS["multiply.accumulate"] = lambda A, axis=0, dtype=None: FUNCTIONS[np.cumprod](A, axis=axis)
