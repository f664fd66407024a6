"""The functions of the language for people who look for one: by topic, one a line, and one of them in full."""

from __future__ import annotations

from importlib import resources

from frechet.errors import FrechetError
from frechet.expr.node import Operation, operations
from frechet.expr.signature import Signature
from frechet.language import to_text
from frechet.language.everyday import WORDS
from frechet.language.surface import is_function, near_names, row_for, spelling
from frechet.table import describe_row, general_letters

__all__ = ["MANUAL", "explanation", "listing", "manual", "mentions"]

MANUAL = "llms.txt"
"""The file of the package that has the language on one page; `frechet.llms` writes it."""


def listing(word: str = "") -> list[tuple[str, list[str]]]:
    """Topics with their calls; only those that `word` is said of, where one is given."""
    topics: dict[str, list[str]] = {}
    for row in [*operations.values(), *WORDS.values()]:
        call = _call(row)
        if call is None or row.internal:
            continue
        if mentions(row, word):
            topics.setdefault(_topic(row), []).append(call)
    return [(topic, sorted(set(calls))) for topic, calls in topics.items()]


def mentions(row: Operation, word: str) -> bool:
    """Whether a word is in the call, the topic, another name of the operation, what it is called, or its source."""
    call = _call(row)
    told = [row.name, *([call, _topic(row)] if call else []), *row.aliases, row.spoken.replace("-", " "), row.source]
    return word.lower() in " ".join(told).lower()


def _topic(row: Operation) -> str:
    """What kind of function the row is, from its declaration."""
    if row.elementwise:
        return "entry by entry"
    signature = row.signature
    assert isinstance(signature, Signature)
    if not signature.arguments:
        return "constants"
    value = signature.outcome
    if str(value[0]) == str(value[1]) == "1":
        return "numbers from arrays"
    return "vectors from arrays" if str(value[1]) == "1" else "matrices from arrays"


def _call(row: Operation) -> str | None:
    """`solve(A, b)`; None for a row that has no call of its own."""
    if row.operator or not isinstance(row.signature, Signature) or not is_function(spelling(row)[0]):
        return None
    name, by_rows = spelling(row)
    arguments = [a.name for a in general_letters(row) or ()] + [str(p) for p in row.signature.parameters]
    return f"{name}({', '.join([*arguments, *(['rows'] if by_rows else [])])})"


def explanation(name: str) -> dict[str, str | list[str]]:
    """What there is to say of a function. Raises FrechetError for one that there is not."""
    row = row_for(name, 1, False) or row_for(name, 1, True)
    if row is None:
        near = near_names(name)
        raise FrechetError(f"there is no function {name[:40]}" + (f"; did you mean {', '.join(near)}?" if near else ""))
    told = describe_row(row)
    found: dict[str, str | list[str]] = {"call": _call(row) or name, "sizes": told["signature"]}
    for key, value in (
        ("means", _written_out(row)),
        ("also", ", ".join(row.aliases)),
        ("differential", told["formulas"]),
        ("domain", told["domain"]),
        ("convention", told["convention"]),
        ("source", told["source"]),
    ):
        if value:
            found[key] = value
    return found


def _written_out(row: Operation) -> str:
    """What a word stands for, in the rows of the table: `std(A)` is a root of a mean."""
    letters = general_letters(row)
    if row.name not in WORDS or letters is None:
        return ""
    return to_text(row(*letters))


def manual() -> str:
    """The language on one page: grammar, all functions, worked calls."""
    return (resources.files("frechet") / MANUAL).read_text(encoding="utf-8")
