"""The targets that run: how arrays come in, and how the text of a program becomes a function."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from frechet.calculus.declared import check_declared
from frechet.compile.diagnosis import found_by
from frechet.compile.dialects.kernel_text import IMPORTS, KERNELS
from frechet.compile.dialects.numpy import NUMPY
from frechet.compile.source import Made, Text
from frechet.compile.writing import Language
from frechet.errors import EvaluationError
from frechet.expr.evaluate import apply
from frechet.expr.node import Expr

__all__ = ["NUMPY_TARGET", "Target", "operation_kernels", "runner"]


@dataclass(frozen=True)
class Target:
    """A library that runs programs.

    convert     arrays by name -> arrays of this library in order, all of one kind of number
    is_complex  whether an array holds complex numbers
    fetch       an array of this library -> a NumPy array, or None where its numbers cannot be looked at
    is_faulty   whether a result has entries that say that something failed; never where its numbers are not there yet
    runner      (made, symbols, sizes, is_single) -> function of the list of arrays
    define      text -> the function it defines
    shardings   how inputs are laid out over devices, where that was asked for
    """

    name: str
    language: Language
    imports: tuple[str, ...]
    convert: Callable[[Mapping[str, Any]], list[Any]]
    is_complex: Callable[[Any], bool]
    fetch: Callable[[Any], np.ndarray | None]
    is_faulty: Callable[[Any], bool]
    runner: Callable[[Made, Sequence[Expr], Mapping[str, int], bool], Callable[[Sequence[Any]], Any]]
    define: Callable[[Text], Callable[..., Any]]
    shardings: Mapping[str, Any] | None = None


def _converted(arrays: Mapping[str, Any]) -> list[np.ndarray]:
    """Arrays of one floating-point kind; integers become float64."""
    made = {}
    for name, value in arrays.items():
        try:
            array = np.asarray(value)
        except ValueError:
            raise EvaluationError(f"{name} needs an array of numbers, not of rows of different lengths") from None
        if array.dtype.kind not in "fciub":
            raise EvaluationError(f"{name} needs an array of numbers, not of {array.dtype}")
        made[name] = array
    kinds = [a.dtype for a in made.values() if a.ndim and a.dtype.kind in "fc"]
    kinds = kinds or [a.dtype for a in made.values() if a.dtype.kind in "fc"] or [np.dtype(float)]
    dtype = np.result_type(*kinds, *[np.complex64 for a in made.values() if a.dtype.kind == "c"])
    if any(a.dtype.kind in "iub" and a.ndim for a in made.values()):
        dtype = np.result_type(dtype, np.float64)
    if dtype.char not in "fdFD":
        raise EvaluationError(f"arrays of {dtype} are not taken: use float32, float64, complex64 or complex128")
    return [a.astype(dtype, copy=False) for a in made.values()]


def runner(
    made: Made,
    symbols: Sequence[Expr],
    numbers: Mapping[str, int],
    fetch: Callable[[Any], np.ndarray | None],
    number: str = "",
) -> Callable[[Sequence[Any]], Any]:
    """The function of the list of arrays; it checks declared properties where the numbers are there to be looked at.

    A small call costs less than a dictionary of its arguments: their names are written out, `number` behind those of numbers.
    """
    values = [f"{s.name}=given[{i}]{number if s.is_scalar else ''}" for i, s in enumerate(symbols)]
    arguments = ", ".join(values + [f"{letter}={numbers[letter]}" for letter in made.text.extra_sizes])
    call = eval(f"lambda given: function({arguments})", {"function": made.function})
    checks = [(i, check) for i, s in enumerate(symbols) if (check := check_declared(s, found_by(made.program, s.name)))]
    if not checks:
        return call

    def run(given: Sequence[Any]) -> Any:
        for i, check in checks:
            array = fetch(given[i])
            if array is not None:
                check(array, given[i])
        return call(given)

    return run


def _runner(made: Made, symbols: Sequence[Expr], numbers: Mapping[str, int], is_single: bool) -> Callable:
    run = runner(made, symbols, numbers, np.asarray, "[()]")
    return run if symbols or not is_single else lambda given: np.asarray(run(given), float)[()]


def _define(text: Text) -> Callable[..., Any]:
    """The function, with the kernels themselves in place of their text."""
    import scipy.linalg
    import scipy.special

    namespace: dict[str, Any] = {"np": np, "scipy": scipy, "erf": scipy.special.erf}
    namespace |= {name: KERNELS[name] for name in text.writer.helper_names()}
    namespace["operation_kernel"] = operation_kernels(text, apply)
    exec(compile(text.function, "<compiled by frechet>", "exec"), namespace)
    return namespace["function"]


def operation_kernels(text: Text, call: Callable[[Expr, Sequence[Any], Mapping[str, int]], Any]) -> Callable[..., Any]:
    """What operation_kernel(i, ...) in a program means: its i-th operation without text, by (node, matrices, sizes) -> matrix."""
    kernels = [_two_dimensional(v.params[2], text.writer.graph.numbers, call) for v in text.foreign]
    return lambda i, *args: kernels[i](*args)


def _two_dimensional(
    node: Expr, numbers: Mapping[str, int], call: Callable[[Expr, Sequence[Any], Mapping[str, int]], Any]
) -> Callable[..., Any]:
    """The kernel of an operation of the table, on arrays of NumPy's shapes."""
    inside = [tuple(s.value(numbers) for s in a.shape) for a in node.args]
    ndim = 0 if node.is_scalar else len([s for s in node.shape if s.constant != 1])

    def run(*args: Any) -> Any:
        arrays = [
            (a if hasattr(a, "reshape") else np.asarray(a)).reshape(shape)
            for a, shape in zip(args, inside, strict=True)
        ]
        result = call(node, arrays, numbers)
        if any(type(a) is np.ndarray and np.may_share_memory(result, a) for a in arrays):
            result = result.copy()
        return result[0, 0] if ndim == 0 else result.ravel() if ndim == 1 else result

    return run


# Of a matrix with more entries than this, a row and a column are looked at.
LARGE = 1 << 14


def _has_nan(result: Any) -> bool:
    """Whether a NaN has spread: then it differs from itself. Through a product it fills a row or a column."""
    ndim = getattr(result, "ndim", 0)
    if ndim == 0:
        return bool(result != result)
    if ndim == 2 and result.size > LARGE:
        return _has_nan(result[0]) or _has_nan(result[:, 0])
    return bool(np.count_nonzero(result != result))


NUMPY_TARGET = Target(
    "numpy", NUMPY, IMPORTS, _converted, lambda a: a.dtype.kind == "c", np.asarray, _has_nan, _runner, _define
)
