"""Text to expression: tokens, syntax tree, inferred sizes, expression."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from frechet.errors import FrechetError, LanguageError
from frechet.expr.binding import where
from frechet.expr.node import Expr, substitute
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
    body, word, clauses = _split_where(text)
    if word:
        return _with_equations(body, clauses, dict(declarations or {}), syntax)
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


def _split_where(text: str) -> tuple[str, str, str]:
    """(body, "where", equations) of `tr(X) where X*X = A`; without equations the word is a name like any other."""
    found = re.search(r"\bwhere\b(?=[^=]*=)", text)
    return (text, "", "") if found is None else (text[: found.start()], "where", text[found.end() :])


def _with_equations(body: str, clauses: str, declarations: dict[str, str | Expr], syntax: str) -> Reading:
    """The body, in which each symbol of a clause is what the equation of the clause defines."""
    notes: list[str] = []
    bound: dict[Expr, Expr] = {}
    everything: dict[str, Expr] = {}
    for clause in clauses.split(";"):
        name, colon, text = clause.rpartition(":")
        name = name.strip() if colon else _unknown_of(body, text)
        F, reading = _equation(text, name, declarations, syntax)
        notes += reading.notes
        everything |= reading.symbols
        unknown = reading.symbols.get(name)
        if unknown is None:
            raise LanguageError(f"the equation does not contain {name}", clause)
        declarations |= dict(reading.symbols)
        bound[unknown] = substitute(where(F, unknown), bound)
    read_body = read(body, declarations, syntax)
    expr = substitute(read_body.expr, bound)
    names = {s.name: s for s in (*everything.values(), *read_body.symbols.values()) if s not in bound}
    return Reading(expr, names, tuple(dict.fromkeys([*notes, *read_body.notes])), read_body.parts)


def _equation(text: str, name: str, declarations: dict[str, str | Expr], syntax: str) -> tuple[Expr, Reading]:
    """F of the equation F = 0. The equation has the shape of its unknown where sizes allow that."""
    left, sign, right = text.partition("=")
    if not sign or "=" in right:
        raise LanguageError("a clause after `where` is one equation, such as X*X = A", text)
    F = left if right.strip() == "0" else f"{left} - ({right.strip()})"
    plain = read(F, declarations, syntax)
    unknown = plain.symbols.get(name)
    if unknown is None or unknown.shape == plain.expr.shape:
        return plain.expr, plain
    try:
        fitted = read(f"{F} + 0*{name}", declarations, syntax)
    except FrechetError:
        return plain.expr, plain
    return fitted.expr, fitted


def _unknown_of(body: str, text: str) -> str:
    """The one name that the body and the equation have in common."""
    names = lambda text: dict.fromkeys(re.findall(r"[^\W\d]\w*", text))
    common = [n for n in names(text) if n in names(body)]
    if len(common) != 1:
        shown = " or ".join(common) if common else "none of its names is in the expression before it"
        raise LanguageError(f"which symbol does the equation define: {shown}? Write `where X: X*X = A`", text)
    return common[0]
