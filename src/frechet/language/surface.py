"""Function names: how the language's spelling of a function leads to an operation of the table.

The table itself lists the operations; here stand only the spellings that differ from the operation's name.
"""

from __future__ import annotations

from difflib import get_close_matches
from functools import lru_cache

import frechet.rules
from frechet.expr.node import Operation, operations
from frechet.expr.signature import Signature
from frechet.expr.sizes import ONE
from frechet.language.everyday import WORDS

__all__ = [
    "FORMS",
    "NEW_AXES",
    "NORMS",
    "constant_row",
    "function_names",
    "has_elementwise_powers",
    "is_function",
    "near_names",
    "norm_row",
    "operation_for",
    "spelling",
]

assert frechet.rules, "importing the rules fills the table"

NORMS = {f"norm_{order}": {"F": "fro"}.get(order, order) for order in ("1", "2", "inf", "fro", "F", "nuc")}
"""Norms with their order in the name, and what norm(A, order) calls it."""
NEW_AXES = {"[:,None]": "kept", "[None,:]": "transpose"}
"""A vector as a column or as a row, as NumPy's brackets make it, and the construct that it is."""
FORMS = frozenset(
    [
        "diag",
        "diagm",
        "dot",
        "funm",
        "solve",
        "vector",
        "matrix",
        "size",
        "bars",
        "norm",
        "matmul",
        "outer",
        "cross",
        "transpose",
        "inner",
        *NORMS,
        *NEW_AXES,
    ]
)
"""Functions whose operation depends on the shapes, or that stand for more than one."""

_ROWS = "_rows"


def operation_for(name: str, count: int, by_rows: bool) -> Operation | None:
    """The operation that `name` with `count` arguments means, or None."""
    if by_rows:
        name += _ROWS
    op = _named(name)
    if op is None or (op.counts and op.counts[0] != count):
        spelled = (r for r in operations.values() if r.spelled == name and r.counts and r.counts[0] == count)
        op = next(spelled, op)
    return op if op is not None and _is_callable(op) else None


def _named(name: str) -> Operation | None:
    """The operation of this name, or with this alias."""
    return operations.get(name) or _aliases(len(operations)).get(name) or WORDS.get(name)


@lru_cache(maxsize=4)
def _aliases(count: int) -> dict[str, Operation]:
    """The operations by their other names, for a table of that many."""
    return {alias: op for op in operations.values() for alias in op.aliases}


def _is_callable(op: Operation) -> bool:
    # The formal differential d(A) has no value, but derivations are written with it, and what is printed reads back.
    return not op.operator and isinstance(op.signature, Signature)


def spelling(op: Operation) -> tuple[str, bool]:
    """How text writes the operation: a function name, and whether `rows` stands as the last argument."""
    name = op.name
    if name.endswith(_ROWS):
        return name.removesuffix(_ROWS), True
    return op.spelled or name, False


def is_function(name: str) -> bool:
    """Whether text may call `name`."""
    if name in FORMS:
        return True
    row = _named(name)
    return row is not None and _is_callable(row)


def has_elementwise_powers(name: str) -> bool:
    """Whether f^k can only mean the power of each entry of f(x): f is elementwise, or its value a number."""
    op = _named(name)
    if op is None or not isinstance(op.signature, Signature):
        return False
    return op.elementwise or op.signature.outcome == (ONE, ONE)


def function_names() -> list[str]:
    """Every name that text may call, sorted."""
    callable_operations = [op for op in operations.values() if _is_callable(op)]
    names = {spelling(op)[0] for op in callable_operations} | {
        alias for op in callable_operations for alias in op.aliases
    }
    return sorted(names | set(WORDS) | FORMS - {"bars", *NORMS, *NEW_AXES})


_VECTOR_NORMS = {
    "": "norm2",
    "2": "norm2",
    "fro": "norm2",
    "1": "norm1",
    "inf": "norminf",
    "columns": "norm1",
    "rows": "norminf",
}
_MATRIX_NORMS = {
    "": "norm2",
    "1": "norm1",
    "fro": "norm2",
    "2": "normspec",
    "nuc": "normnuc",
    "*": "normnuc",
    "columns": "columns",
    "rows": "rows",
}


def norm_row(order: str, of_vector: bool) -> str | None:
    """The operation of norm(A, order), or None where there is none."""
    return (_VECTOR_NORMS if of_vector else _MATRIX_NORMS).get(order)


def near_names(name: str, likeness: float = 0.6) -> list[str]:
    """Function names that look like `name`, at most three."""
    return get_close_matches(name[:40], function_names(), 3, likeness)


def constant_row(name: str) -> Operation | None:
    """The operation that a bare name means: one without arguments, such as pi, and eye, whose size is inferred."""
    op = operations.get(name)
    if op is None or not _is_callable(op):
        return None
    assert isinstance(op.signature, Signature)
    if op.signature.arguments:
        return None
    return op if not op.signature.parameters or name == "eye" else None
