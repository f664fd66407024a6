"""The JAX and PyTorch targets: what they take, and how the text becomes a function."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from frechet.compile.jax_code import JAX
from frechet.compile.made import Made
from frechet.compile.source import Text
from frechet.compile.targets import Target
from frechet.compile.torch_code import TORCH
from frechet.expr.node import Expr

__all__ = ["JAX_TARGET", "TORCH_TARGET", "sharded"]


def _jax_converted(arrays: Mapping[str, Any]) -> list[Any]:
    import jax.numpy as jnp

    made = [jnp.asarray(a) for a in arrays.values()]
    return [a if jnp.issubdtype(a.dtype, jnp.inexact) else a.astype(float) for a in made]


def _torch_converted(arrays: Mapping[str, Any]) -> list[Any]:
    import torch

    made = [torch.as_tensor(a) for a in arrays.values()]
    kinds = [a.dtype for a in made if a.ndim and (a.is_floating_point() or a.is_complex())]
    dtype = kinds[0] if kinds else torch.float64
    for k in kinds:
        dtype = torch.promote_types(dtype, k)
    return [a.to(dtype) for a in made]


def _plain_runner(made: Made, symbols: Sequence[Expr], numbers: Mapping[str, int], is_single: bool) -> Callable:
    names = [s.name for s in symbols]
    extra = {letter: numbers[letter] for letter in made.text.extra_sizes}
    return lambda given: made.function(**dict(zip(names, given, strict=True)), **extra)


def _definer(*modules: str) -> Callable[[Text], Callable[..., Any]]:
    def define(text: Text) -> Callable[..., Any]:
        namespace: dict[str, Any] = {}
        exec(compile("\n".join(modules) + "\n" + text.source, "<compiled by frechet>", "exec"), namespace)
        return namespace["function"]

    return define


def sharded(target: Target, shardings: Mapping[str, Any]) -> Target:
    """The JAX target with inputs laid out over devices as `jax.sharding` objects say; the others are replicated."""

    def runner(made: Made, symbols: Sequence[Expr], numbers: Mapping[str, int], is_single: bool) -> Callable:
        import jax

        plain = _plain_runner(made, symbols, numbers, is_single)
        layout = [shardings.get(s.name) for s in symbols]
        run = jax.jit(plain, in_shardings=(layout,))

        def placed(given: Sequence[Any]) -> Any:
            pairs = zip(given, layout, strict=True)
            return run([a if where is None else jax.device_put(a, where) for a, where in pairs])

        placed.lower = run.lower  # type: ignore[attr-defined]
        return placed

    return replace(target, runner=runner)


_JAX_IMPORTS = ("import jax", "import jax.numpy as jnp")

JAX_TARGET = Target(
    "jax", JAX, _JAX_IMPORTS, _jax_converted, lambda a: a.dtype.kind == "c", _plain_runner, _definer(*_JAX_IMPORTS)
)
TORCH_TARGET = Target(
    "torch",
    TORCH,
    ("import torch",),
    _torch_converted,
    lambda a: a.is_complex(),
    _plain_runner,
    _definer("import torch"),
)
