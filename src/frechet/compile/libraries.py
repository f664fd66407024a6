"""The JAX and PyTorch targets: what they take, and how the text becomes a function."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from typing import Any

import numpy as np

from frechet.compile.dialects.jax import JAX
from frechet.compile.dialects.torch import TORCH
from frechet.compile.source import Made, Text
from frechet.compile.targets import Target, operation_kernels, runner
from frechet.compile.writing import Language
from frechet.errors import EvaluationError, FrechetError, MissingLibraryError
from frechet.expr.node import Expr

__all__ = ["JAX_TARGET", "TORCH_TARGET", "sharded"]


def _number_arrays(arrays: Mapping[str, Any], convert: Callable[[Any], Any]) -> list[Any]:
    made = []
    for name, value in arrays.items():
        try:
            made.append(convert(value))
        except (TypeError, ValueError, RuntimeError):
            kind = getattr(value, "dtype", type(value).__name__)
            raise EvaluationError(f"{name} needs an array of numbers, not of {kind}") from None
    return made


def _jax_converted(arrays: Mapping[str, Any]) -> list[Any]:
    try:
        import jax.numpy as jnp
    except ImportError as error:
        raise MissingLibraryError("code for JAX", "jax", "jax") from error

    made = _number_arrays(arrays, jnp.asarray)
    made = [a if jnp.issubdtype(a.dtype, jnp.inexact) else a.astype(float) for a in made]
    if any(a.dtype.kind == "c" for a in made):
        dtype = jnp.result_type(*made)
        made = [a.astype(dtype) for a in made]
    return made


def _torch_converted(arrays: Mapping[str, Any]) -> list[Any]:
    try:
        import torch
    except ImportError as error:
        raise MissingLibraryError("code for PyTorch", "torch", "torch") from error

    made = _number_arrays(arrays, _tensor)
    kinds = [a.dtype for a in made if a.ndim and (a.is_floating_point() or a.is_complex())]
    dtype = kinds[0] if kinds else torch.float64
    for k in kinds:
        dtype = torch.promote_types(dtype, k)
    if any(a.is_complex() for a in made):
        dtype = torch.promote_types(dtype, torch.complex64)
    return [a.to(dtype) for a in made]


def _tensor(value: Any) -> Any:
    """A tensor that shares memory where PyTorch can: not with read-only or reversed arrays."""
    import torch

    if isinstance(value, np.ndarray) and (not value.flags.writeable or min(value.strides, default=0) < 0):
        value = value.copy()
    double = {float: torch.float64, complex: torch.complex128}.get(type(value))  # else PyTorch rounds to float32
    return torch.as_tensor(value, dtype=double)


def _is_traced(a: Any) -> bool:
    """Whether a JAX array stands for numbers that are not there yet: under jit, grad, vmap."""
    import jax

    return isinstance(a, jax.core.Tracer)


def _is_wrapped(a: Any) -> bool:
    """Whether the numbers of a tensor are not to be looked at: in a graph that is compiled, under torch.func."""
    import torch

    is_inside = isinstance(a, torch.Tensor) and torch._C._functorch.is_functorch_wrapped_tensor(a)
    return torch.compiler.is_compiling() or is_inside


def _definer(bridge: str, *modules: str) -> Callable[[Text], Callable[..., Any]]:
    """Runs the text; an operation that a user declared is called through the bridge to the library."""

    def define(text: Text) -> Callable[..., Any]:
        namespace: dict[str, Any] = {}
        if text.foreign:
            call_operation = import_module(bridge).call_operation
            namespace["operation_kernel"] = operation_kernels(
                text, lambda node, arrays, sizes: call_operation(node.op.name, *arrays)
            )
        try:
            exec(compile("\n".join(modules) + "\n" + text.source, "<compiled by frechet>", "exec"), namespace)
        except ImportError as error:  # the code can be read all the same
            return _absent(error.name or str(error))
        return namespace["function"]

    return define


def _absent(library: str) -> Callable[..., Any]:
    """The function of code whose library is not here."""

    def absent(*args: Any, **arrays: Any) -> Any:
        raise FrechetError(f"{library} is not installed: this code runs where it is")

    return absent


def sharded(target: Target, shardings: Mapping[str, Any]) -> Target:
    """The JAX target with inputs laid out over devices as `jax.sharding` objects say; the others are replicated."""

    def laid_out(made: Made, symbols: Sequence[Expr], numbers: Mapping[str, int], is_single: bool) -> Callable:
        import jax

        plain = runner(made, symbols, numbers, target.fetch)
        layout = [shardings.get(s.name) for s in symbols]
        run = jax.jit(plain, in_shardings=(layout,))

        def placed(given: Sequence[Any]) -> Any:
            pairs = zip(given, layout, strict=True)
            return run([a if where is None else jax.device_put(a, where) for a, where in pairs])

        placed.lower = run.lower  # type: ignore[attr-defined]
        return placed

    return replace(target, runner=laid_out, shardings=dict(shardings))


def _library(
    language: Language,
    imports: tuple[str, ...],
    convert: Callable[[Mapping[str, Any]], list[Any]],
    is_complex: Callable[[Any], bool],
    is_hidden: Callable[[Any], bool],
    to_numpy: Callable[[Any], np.ndarray],
) -> Target:
    """The target of a library whose numbers may be hidden: it traces functions, to differentiate or to compile them."""
    name = language.name

    def fetch(a: Any) -> np.ndarray | None:
        return None if is_hidden(a) else to_numpy(a)

    def is_faulty(result: Any) -> bool:
        if is_hidden(result):
            return False
        xp = import_module("torch" if name == "torch" else "jax.numpy")
        array = result if hasattr(result, "dtype") else xp.asarray(result)  # of numbers alone a number
        return not bool(xp.isfinite(array).all())

    def checking(made: Made, symbols: Sequence[Expr], numbers: Mapping[str, int], is_single: bool) -> Callable:
        return runner(made, symbols, numbers, fetch)

    define = _definer(f"frechet.interop.{name}_operations", *imports)
    return Target(name, language, imports, convert, is_complex, fetch, is_faulty, checking, define)


JAX_TARGET = _library(
    JAX,
    ("import jax", "import jax.numpy as jnp"),
    _jax_converted,
    lambda a: a.dtype.kind == "c",
    _is_traced,
    np.asarray,
)
TORCH_TARGET = _library(
    TORCH, ("import torch",), _torch_converted, lambda a: a.is_complex(), _is_wrapped, lambda a: a.numpy(force=True)
)
