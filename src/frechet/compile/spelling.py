"""Names that a language keeps for itself: where a symbol is called lambda, its code says lambda_."""

from __future__ import annotations

from collections.abc import Sequence, Set
from keyword import kwlist

from frechet.expr.node import Expr, substitute, symbols
from frechet.expr.structure import symbol

__all__ = ["JULIA_WORDS", "MATLAB_WORDS", "PYTHON_WORDS", "spelled"]

PYTHON_WORDS = frozenset({*kwlist, "np", "scipy", "jnp", "jax", "torch"})
"""Words of Python, and the libraries that code imports."""

JULIA_WORDS = frozenset({
    "baremodule", "begin", "break", "catch", "const", "continue", "do", "else", "elseif", "end", "export", "false",
    "finally", "for", "function", "global", "if", "import", "in", "isa", "let", "local", "macro", "module", "quote",
    "return", "struct", "true", "try", "using", "where", "while",
})  # fmt: skip
MATLAB_WORDS = frozenset({
    "break", "case", "catch", "classdef", "continue", "do", "else", "elseif", "end", "endfor", "endfunction",
    "endif", "endwhile", "for", "function", "global", "if", "otherwise", "parfor", "persistent", "return", "spmd",
    "switch", "try", "until", "while",
})  # fmt: skip
"""Of MATLAB, and of Octave beside it."""


def spelled(roots: Sequence[Expr], words: Set[str]) -> tuple[tuple[Expr, ...], dict[str, str]]:
    """The roots with an underscore behind every symbol that is one of the words, and the names before by the names now."""
    present = symbols(*roots)
    names = {s.name for s in present}
    if names.isdisjoint(words):
        return tuple(roots), {}
    renamed, before = {}, {}
    for s in present:
        if s.name in words:
            name = f"{s.name}_"
            while name in names:
                name += "_"
            renamed[s] = symbol(name, *s.shape, s.params[1])
            before[name] = s.name
    return tuple(substitute(root, renamed) for root in roots), before
