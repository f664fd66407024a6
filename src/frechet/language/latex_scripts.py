"""Scripts of LaTeX: exponents that are no numbers, and both scripts in one order, the subscript before the exponent."""

from __future__ import annotations

__all__ = ["INVERSE_TRANSPOSES", "PSEUDOINVERSES", "TRANSPOSES", "subscripts_first"]

TRANSPOSES = frozenset({"T", "top", "intercal", "prime", "t", "'", "mathsf T"})
INVERSE_TRANSPOSES = frozenset({"-T", "-top", "-intercal", "(-T)", "(-top)"})
PSEUDOINVERSES = frozenset({"+", "dagger", "dag"})


def subscripts_first(lexemes: list[tuple[str, int, int]]) -> list[tuple[str, int, int]]:
    """With every x^2_1 as x_1^2: the two scripts are written in any order."""
    if not any(x[0] == "_" for x in lexemes):
        return lexemes
    found = list(lexemes)
    for k in range(len(found) - 3, -1, -1):
        if found[k][0] == "^":
            middle = _after_group(found, k + 1)
            if middle < len(found) and found[middle][0] == "_":
                end = _after_group(found, middle + 1)
                found[k:end] = found[middle:end] + found[k:middle]
    return found


def _after_group(lexemes: list[tuple[str, int, int]], k: int) -> int:
    """The place behind the group, or the single lexeme, that begins at k."""
    depth = 0
    while k < len(lexemes):
        depth += (lexemes[k][0] == "{") - (lexemes[k][0] == "}")
        k += 1
        if depth <= 0:
            break
    return k
