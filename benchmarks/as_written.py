"""Formulas in the notation that Python and Frechet share (`@`, `.T`), run as a user of NumPy, JAX or PyTorch writes them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np
import torch

import frechet as fr

torch.set_default_dtype(torch.float64)

__all__ = ["PEERS", "as_written", "parsed"]

PEERS = {"numpy as written": np, "jax": jnp, "torch": torch}
NAMES = ("diag", "eye", "outer", "trace", "zeros")


def as_written(steps: Mapping[str, str], results: Sequence[str], sizes: Mapping[str, int], library: Any) -> Callable:
    """The definitions one after the other, with the library's own inv, eye, diag."""
    program = compile("\n".join(f"{name} = {text}" for name, text in steps.items()), "<as written>", "exec")

    def block(rows: list[list[Any]]) -> Any:
        if library is np:
            return np.block(rows)
        join = {
            jnp: lambda parts, axis: jnp.concatenate(parts, axis),
            torch: lambda parts, axis: torch.cat(parts, axis),
        }
        return join[library]([join[library](row, 1) for row in rows], 0)

    def run(**arrays: Any) -> Any:
        words = {name: getattr(library, name) for name in NAMES} | {"inv": library.linalg.inv, "block": block}
        names = {**words, **sizes, **arrays}
        exec(program, names)
        found = [names[r] for r in results]
        return found[0] if len(found) == 1 else found

    return run


def parsed(text: str, declared: Mapping[str, str]) -> fr.Expr:
    """The formula, with the declarations of the symbols in it; `@` is that of the language, whose positions begin at 1."""
    text = text.replace("@", "*")  # with `@` it reads as NumPy, whose positions begin at 0
    words = set(re.findall(r"\b[A-Za-z]\w*\b", text))
    return fr.parse(text, **{name: kind for name, kind in declared.items() if name in words})
