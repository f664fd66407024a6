"""The JAX and PyTorch targets: what they take, and how the text becomes a function."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from frechet.compile.jax_code import JAX
from frechet.compile.targets import Target
from frechet.compile.torch_code import TORCH
from frechet.expr.node import Expr

if TYPE_CHECKING:
    from frechet.compile.compiled import Made
    from frechet.compile.source import Text

__all__ = ["JAX_TARGET", "TORCH_TARGET"]


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
