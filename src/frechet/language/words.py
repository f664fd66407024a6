"""What a text was read as, in one line: `read as: A matrix m×n, x vector n, b vector m, c scalar; f scalar`."""

from __future__ import annotations

from collections.abc import Mapping

from frechet.expr.node import Expr
from frechet.expr.sizes import ONE
from frechet.expr.structure import is_differential

__all__ = ["kind_in_words", "read_as"]


def kind_in_words(expr: Expr, properties: tuple[str, ...] = ()) -> str:
    """`scalar`, `vector n`, `matrix m×n`, `symmetric matrix n×n`."""
    before = "".join(f"{p} " for p in properties)
    if expr.is_scalar:
        return f"{before}scalar"
    if expr.cols is ONE:
        return f"{before}vector {expr.rows}"
    rows, cols = (f"({s})" if " " in str(s) else str(s) for s in expr.shape)
    return f"{before}{'row' if expr.rows is ONE else 'matrix'} {rows}×{cols}"


def read_as(expr: Expr, symbols: Mapping[str, Expr], numpy: bool = False) -> str:
    """The kinds and sizes of all names, and of the value."""
    known = {name: s for name, s in symbols.items() if not is_differential(s)}
    names = [f"{name} {kind_in_words(s, s.params[1] if s.op.name == 'symbol' else ())}" for name, s in known.items()]
    return (
        f"read as{' NumPy' if numpy else ''}: {'; '.join(filter(None, [', '.join(names), 'f ' + kind_in_words(expr)]))}"
    )
