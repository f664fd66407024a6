"""The registry: what an operation of the language means in exact arithmetic.

    @means("tr")
    def exact_tr(o, node, sizes, A):
        return o.trace(A)

`o` is the arithmetic (`Duals`, or `Degrees`), `node` the expression, `sizes` the parameters of the node as numbers.
An operation that is not registered makes a question "not provable", and the reason names it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from frechet.check.exact.scalars import NoValue, OutOfReach, Unfinished

__all__ = ["MEANINGS", "VALUES", "Meaning", "has_value", "means"]

Meaning = Callable[..., Any]
MEANINGS: dict[str, Meaning] = {}
VALUES: dict[str, Meaning] = {}
"""Operations that have a value in real numbers with many digits, but are out of reach of dual scalars: (field, sizes, *matrices)."""


def means(*names: str) -> Callable[[Meaning], Meaning]:
    """Registers an interpretation under these names of operations."""

    def register(meaning: Meaning) -> Meaning:
        for name in names:
            _register(MEANINGS, name, meaning)
        return meaning

    return register


def has_value(name: str) -> Callable[[Meaning], Meaning]:
    """Registers a function of mpmath matrices, (mp, *matrices, *sizes) -> matrix, as the value of an operation."""

    def register(value: Callable[..., Any]) -> Callable[..., Any]:
        def meaning(o, node, sizes, *arrays):
            if any(part is not None for A in arrays for part in A.parts[1:]):
                raise OutOfReach(f"the derivative of {name} is out of reach of dual scalars")
            mp = o.field.context
            matrices = [mp.matrix([A.value[i : i + A.cols] for i in range(0, len(A.value), A.cols)]) for A in arrays]
            try:
                found = value(mp, *matrices, *sizes)
            except mp.NoConvergence as error:
                raise Unfinished(f"the iteration for {name} does not converge") from error
            except (ZeroDivisionError, ValueError) as error:
                raise NoValue(f"{name} has no value") from error
            return o.array(found.rows, found.cols, [_real(mp, name, x) for x in found])

        _register(VALUES, name, meaning)
        return value

    return register


def _real(mp: Any, name: str, x: Any) -> Any:
    if abs(mp.im(x)) > mp.mpf(10) ** (-mp.dps // 2) * (1 + abs(x)):
        raise NoValue(f"{name} is not real")
    return mp.re(x)


def _register(table: dict[str, Meaning], name: str, meaning: Meaning) -> None:
    if name in MEANINGS or name in VALUES:
        raise ValueError(f"the operation {name} has two exact interpretations")
    table[name] = meaning
