"""The registry: what an operation of the language means in exact arithmetic.

    @means("tr")
    def _(o, node, sizes, A):
        return o.trace(A)

`o` is the arithmetic (`Duals`, or `Degrees`), `node` the expression, `sizes` the parameters of the node as numbers.
An operation that is not registered makes a question "not provable", and the reason names it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["MEANINGS", "Meaning", "means"]

Meaning = Callable[..., Any]
MEANINGS: dict[str, Meaning] = {}


def means(*names: str) -> Callable[[Meaning], Meaning]:
    """Registers an interpretation under these names of operations."""

    def register(meaning: Meaning) -> Meaning:
        for name in names:
            if name in MEANINGS:
                raise ValueError(f"the operation {name} has two exact interpretations")
            MEANINGS[name] = meaning
        return meaning

    return register
