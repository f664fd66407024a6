"""The functions of the language for people who look for one: by topic, one a line, and one of them in full."""

from __future__ import annotations

from importlib import resources

from frechet.errors import FrechetError
from frechet.expr.node import Operation, operations
from frechet.expr.signature import Signature
from frechet.language import to_text
from frechet.language.everyday import WORDS
from frechet.language.surface import is_function, near_names, operation_for, spelling
from frechet.table import describe_operation, general_letters

__all__ = ["MANUAL", "explanation", "listing", "manual", "mentions"]

MANUAL = "llms.txt"
"""The file of the package that has the language on one page; `frechet.llms` writes it."""


def listing(word: str = "") -> list[tuple[str, list[str]]]:
    """Topics with their calls; only those that `word` is said of, where one is given."""
    topics: dict[str, list[str]] = {}
    for op in [*operations.values(), *WORDS.values()]:
        call = _call(op)
        if call is None or op.internal:
            continue
        if mentions(op, word):
            topics.setdefault(_topic(op), []).append(call)
    return [(topic, sorted(set(calls))) for topic, calls in topics.items()]


def mentions(op: Operation, word: str) -> bool:
    """Whether a word is in the call, the topic, another name of the operation, what it is called, or its source."""
    call = _call(op)
    told = [op.name, *([call, _topic(op)] if call else []), *op.aliases, op.spoken.replace("-", " "), op.source]
    return word.lower() in " ".join(told).lower()


def _topic(op: Operation) -> str:
    """What kind of function the operation is, from its declaration."""
    if op.elementwise:
        return "entry by entry"
    signature = op.signature
    assert isinstance(signature, Signature)
    if not signature.arguments:
        return "constants"
    value = signature.outcome
    if str(value[0]) == str(value[1]) == "1":
        return "numbers from arrays"
    return "vectors from arrays" if str(value[1]) == "1" else "matrices from arrays"


def _call(op: Operation) -> str | None:
    """`solve(A, b)`; None for an operation that has no call of its own."""
    if op.operator or not isinstance(op.signature, Signature) or not is_function(spelling(op)[0]):
        return None
    name, by_rows = spelling(op)
    arguments = [a.name for a in general_letters(op) or ()] + [str(p) for p in op.signature.parameters]
    return f"{name}({', '.join([*arguments, *(['rows'] if by_rows else [])])})"


def explanation(name: str) -> dict[str, str | list[str]]:
    """What there is to say of a function. Raises FrechetError for one that there is not."""
    op = operation_for(name, 1, False) or operation_for(name, 1, True)
    if op is None:
        near = near_names(name)
        raise FrechetError(f"there is no function {name[:40]}" + (f"; did you mean {', '.join(near)}?" if near else ""))
    told = describe_operation(op)
    found: dict[str, str | list[str]] = {"call": _call(op) or name, "sizes": told["signature"]}
    for key, value in (
        ("means", _written_out(op)),
        ("also", ", ".join(op.aliases)),
        ("differential", told["formulas"]),
        ("domain", told["domain"]),
        ("convention", told["convention"]),
        ("source", told["source"]),
    ):
        if value:
            found[key] = value
    return found


def _written_out(op: Operation) -> str:
    """What a word stands for, in the operations of the table: `std(A)` is a root of a mean."""
    letters = general_letters(op)
    if op.name not in WORDS or letters is None:
        return ""
    return to_text(op(*letters))


def manual() -> str:
    """The language on one page: grammar, all functions, worked calls."""
    return (resources.files("frechet") / MANUAL).read_text(encoding="utf-8")
