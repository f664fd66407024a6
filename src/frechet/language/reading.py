"""Text to expression: tokens, syntax tree, inferred sizes, expression."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from frechet.errors import FrechetError
from frechet.expr.node import Expr
from frechet.expr.structure import symbol
from frechet.language.building import build
from frechet.language.grammar import Grammar
from frechet.language.inference import Inference
from frechet.language.latex_in import latex_tokens, looks_like_latex
from frechet.language.tokens import tokenise
from frechet.language.variables import Scope

__all__ = ["Reading", "from_latex", "parse", "read"]


@dataclass(frozen=True)
class Reading:
    """An expression read from text, the symbols in it by name, and what a reader should know."""

    expr: Expr
    symbols: dict[str, Expr]
    notes: tuple[str, ...] = ()
    parts: tuple[Expr, ...] = field(default=(), repr=False)  # of the text, as written: nothing is folded away


def parse(text: str, **declarations: str | Expr) -> Expr:
    """The expression that `text` writes: `parse("tr(X'*A*X)", X="matrix(m,n)")`.

    Declarations are strings such as "matrix(m,n)", "vector(n) positive", "spd(n)", or symbols. Variables
    that are not declared get their kind by their letter, and sizes by inference. Raises LanguageError
    or ShapeError, with the place in the text.
    """
    return read(text, declarations).expr


def from_latex(text: str, **declarations: str | Expr) -> Expr:
    r"""The expression that LaTeX writes: `from_latex(r"\log\det(X^\top X)")`. As `parse` otherwise."""
    return read(text, declarations, "latex").expr


def read(text: str, declarations: Mapping[str, str | Expr] | None = None, syntax: str = "auto") -> Reading:
    """As `parse`, with the symbols that the names stand for and notes about the reading."""
    if not isinstance(text, str):
        raise FrechetError(f"the text of an expression is a string, not a {type(text).__name__}")
    scope = Scope(text, declarations or {})
    if syntax not in ("auto", "text", "latex"):
        raise FrechetError(f"unknown syntax {syntax!r}: choose auto, text or latex")
    latex = syntax == "latex" or (syntax == "auto" and looks_like_latex(text))
    tokens = latex_tokens(text, scope.given) if latex else tokenise(text)
    grammar = Grammar(text, tokens, scope.given, juxtapose=latex)
    nodes = grammar.read()
    scope.resolve(nodes, grammar.size_letters)
    taken = scope.letters() | grammar.size_letters | set(scope.used) if scope.flexible else set()
    inference = Inference(text, scope.used, scope.flexible, taken)
    inference.run(nodes)
    symbols = {}
    for name, v in scope.used.items():
        if v.expr is not None:
            symbols[name] = v.expr
        else:
            symbols[name] = symbol(name, inference.final(v.rows), inference.final(v.cols), v.properties)
    expr = build(text, nodes, symbols, inference.final)
    parts = tuple(dict.fromkeys(node.expr for node in nodes))
    return Reading(expr, symbols, tuple(dict.fromkeys(inference.notes)), parts)
