"""Declarations of variables: `X: matrix(m,n) positive`, `S: spd(n)`, `c: scalar`.

A kind is `scalar`, `vector(n)`, `matrix(m,n)`, or a property of square matrices such as `symmetric(n)`; `unit(n)` is
`vector(n) unit`.
Without sizes, `matrix` and the like, the sizes are inferred.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache

from frechet.errors import FrechetError, LanguageError
from frechet.expr.properties import PROPERTIES, SQUARE_ONLY, validated
from frechet.expr.sizes import ONE, Size
from frechet.language.arguments import size_of
from frechet.language.grammar import Grammar
from frechet.language.names import normal_name
from frechet.language.tokens import tokenise

__all__ = ["Declaration", "declaration", "declare", "read_size"]

_LIKE = 0.7
_OTHER_WORDS = {
    "antisymmetric": "skew", "skewsymmetric": "skew", "positivedefinite": "spd", "pd": "spd", "posdef": "spd",
    "positivesemidefinite": "psd", "semidefinite": "psd", "diag": "diagonal", "lowertriangular": "lower", "tril": "lower",
    "uppertriangular": "upper", "triu": "upper", "rotation": "orthogonal", "nonsingular": "invertible", "normalized": "unit",
    "sphere": "unit", "mat": "matrix", "vec": "vector", "column": "vector", "number": "scalar",
    "real": "scalar", "float": "scalar",
}  # fmt: skip
_DECLARATION = re.compile(r"\s*(\w+)\s*(?:\(([^()]*)\))?\s*((?:[\w,]+\s*)*)$")


@dataclass(frozen=True)
class Declaration:
    """A kind with its sizes; None stands for a size that is to be inferred."""

    rows: Size | None
    cols: Size | None
    properties: tuple[str, ...] = ()


def read_size(text: str) -> Size:
    """A size from text: `n`, `3`, `m*n`, `n - 1`."""
    grammar = Grammar(text, tokenise(text), ())
    nodes = grammar.read()
    return size_of(grammar, 0, nodes[-1])


@lru_cache(maxsize=4096)
def declaration(text: str) -> Declaration:
    """The declaration that `text` writes; LanguageError says what is wrong with it."""
    found = _DECLARATION.match(text)
    if found is None:
        raise LanguageError(
            "this is not a declaration", text, 0, "Write for example matrix(m,n), vector(n), scalar, spd(n)."
        )
    kind, inside, extra = found[1], found[2], found[3].replace(",", " ").split()
    sizes = [read_size(s) for s in inside.split(",")] if inside is not None and inside.strip() else []
    properties: list[str] = extra
    shape: tuple[Size | None, Size | None]
    if kind == "scalar":
        expected, shape = 0, (ONE, ONE)
    elif kind == "vector":
        expected, shape = 1, (sizes[0] if sizes else None, ONE)
    elif kind == "unit":
        expected, shape = 1, (sizes[0] if sizes else None, ONE)
        properties = [kind, *extra]
    elif kind == "positive":
        expected, shape = 0, (ONE, ONE)
        properties = [kind, *extra]
    elif kind == "matrix":
        expected, shape = 1 if len(sizes) == 1 else 2, (sizes[0] if sizes else None, sizes[-1] if sizes else None)
    elif kind in SQUARE_ONLY:
        expected, shape = 1, (sizes[0] if sizes else None, sizes[0] if sizes else None)
        properties = [kind, *extra]
    elif kind in ("hermitian", "unitary"):
        instead = "symmetric" if kind == "hermitian" else "orthogonal"
        raise LanguageError(f"everything is real: {kind} is {instead}", text, found.start(1), f"Declare {instead}(n).")
    else:
        named = {"matrix": "m,n", "vector": "n", "scalar": "", **dict.fromkeys(sorted({*SQUARE_ONLY, "unit"}), "n")}
        meant = _meant(kind, named)
        kinds = ", ".join(f"{k}({given})" if given else k for k, given in named.items())
        given = f"({inside if inside and inside.strip() else named[meant]})" if meant and named[meant] else ""
        hint = f"Write {meant}{given}." if meant else f"The kinds are {kinds}."
        raise LanguageError(f"there is no kind {kind[:40]}", text, found.start(1), hint)
    if sizes and len(sizes) != expected:
        raise LanguageError(
            f"{kind} takes {expected} size{'s' if expected != 1 else ''}, not {len(sizes)}",
            text,
            found.start(2),
        )
    for name in extra:
        if name not in PROPERTIES:
            raise LanguageError(
                f"there is no property {name[:40]}",
                text,
                found.start(3),
                f"Write {meant}." if (meant := _meant(name, PROPERTIES)) else f"Choose from {', '.join(PROPERTIES)}.",
            )
    if any(s.constant is not None and s.constant < 1 for s in sizes):
        raise LanguageError("a size is at least 1", text, found.start(2))
    try:
        names = validated(properties, *shape)
    except FrechetError as error:
        raise LanguageError(str(error), text, found.start(1)) from None
    return Declaration(shape[0], shape[1], names)


def _meant(name: str, known: Iterable[str]) -> str:
    """The one of the known names that another word for it, or a slip of the pen, may mean; or ""."""
    words = {word: meant for word, meant in _OTHER_WORDS.items() if meant in known} | {k: k for k in known}
    near = get_close_matches(name[:40].lower().replace("_", ""), words, 1, _LIKE)
    return words[near[0]] if near else ""


def declare(text: str) -> tuple[str, str]:
    """`"X: matrix(m,n)"` as `("X", "matrix(m,n)")`, the declaration checked."""
    name, colon, rest = text.partition(":")
    if not colon:
        raise LanguageError("a declaration has the form NAME: KIND", text, 0, "Write for example X: matrix(m,n).")
    name = normal_name(name.strip())
    if not name.isidentifier():
        raise LanguageError(f"{name[:40]!r} is not a name", text, 0, "A name is a letter, then letters or digits.")
    try:
        declaration(rest.strip())
    except LanguageError as error:
        shift = len(text) - len(rest.lstrip())
        position = None if error.position is None else error.position + shift
        raise LanguageError(error.reason, text, position, error.hint) from None
    return name, rest.strip()
