"""Rows by a library's own functions, on stacks (..., m, n) as the rows of the table see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from frechet.compile.natives.operations import Native
from frechet.expr.node import operations
from frechet.expr.signature import Signature
from frechet.interop.formulas import Outputs, row_of

__all__ = ["native_values"]


def native_values(
    names: Outputs,
    arrays: Sequence[Any],
    params: tuple[int, ...],
    xp: Any,
    rows: Mapping[str, Native],
    joint: Mapping[Outputs, Native],
    lacking: frozenset[str] = frozenset(),
) -> dict[str, Any]:
    """The outputs that the library has, each factorization done once; a column comes as (..., n), a number as (...)."""
    found: dict[str, Any] = {}
    wanted = [n for n in names if n not in lacking]
    for together, function in joint.items():
        if len(set(together) & set(wanted)) > 1:
            results = function(xp, *arrays, *params)
            found |= {n: r for n, r in zip(together, results, strict=True) if n in wanted}
    for name in wanted:
        if name not in found and name in rows:
            found[name] = rows[name](xp, *_natural(name, arrays), *params)
    return found


def _natural(name: str, arrays: Sequence[Any]) -> list[Any]:
    """Columns as (..., n) and numbers as (...), as the library's functions take them."""
    signature = operations[row_of(name)].signature
    assert isinstance(signature, Signature)
    natural = []
    for a, (rows, cols) in zip(arrays, signature.arguments, strict=True):
        a = a[..., 0] if cols.constant == 1 else a
        natural.append(a[..., 0] if rows.constant == 1 else a)
    return natural
