"""A program as the text of a function: imports, the helpers that it calls, a docstring of shapes, the statements."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from frechet.compile.lowering import Schedule
from frechet.compile.values import Value
from frechet.compile.writing import SUM, Code, Language, Writer
from frechet.expr.fitting import Fit
from frechet.expr.node import Expr, substitute, symbols
from frechet.expr.sizes import ONE
from frechet.expr.structure import symbol
from frechet.language import to_text

__all__ = ["NOTHING_REAL", "Draft", "Made", "Real", "Text", "described", "explanation", "python_source", "spelled"]


@dataclass(frozen=True)
class Text:
    """Source, the function alone, the statements in it, and the operations of the table that it calls (empty when
    self-contained)."""

    source: str
    function: str
    writer: Writer
    foreign: tuple[Value, ...]
    extra_sizes: tuple[str, ...]


@dataclass(frozen=True)
class Real:
    """What has to be real where code runs alone, as evaluation refuses complex numbers there: the formula is not holomorphic.

    symbols  whose arrays have to be
    parts    that may be complex at real arrays, such as eigvals(A): the last roots of the program
    """

    symbols: tuple[Expr, ...] = ()
    parts: tuple[Expr, ...] = ()


NOTHING_REAL = Real()


@dataclass(frozen=True)
class Made:
    """A program for some sizes, its text, and how that is defined."""

    program: Schedule
    text: Text
    define: Callable[[Text], Callable[..., Any]]

    @cached_property
    def function(self) -> Callable[..., Any]:
        """What the text defines. Made when it is called for: who only reads the text needs no JAX or PyTorch."""
        return self.define(self.text)


class Draft:
    """What every language makes a program of.

    exprs, results   the expressions, and how they are written
    opening          what prepares the arrays, and refuses complex ones
    statements       what comes before the results, and refuses complex parts
    fitting          what refuses sizes that an operation is not for
    sizes            the letters that all this mentions, each with a symbol and an axis that show it
    missing          the letters that no symbol shows
    """

    def __init__(
        self, program: Schedule, language: Language, symbols: Sequence[Expr], real: Real, fits: Sequence[Fit] = ()
    ):
        self.writer = writer = Writer(language, program)
        count = len(program.roots) - len(real.parts)
        self.exprs = program.exprs[:count]
        results = [_bordered(writer, v, e) for v, e in zip(program.roots[:count], self.exprs, strict=True)]
        self.opening = language.opening(writer, real.symbols)
        writer.used_text += self.opening
        if real.symbols and not language.is_typed:
            names = [s.name for s in real.symbols]
            self.opening += language.refused(names, _must_be_real(*names))
        self.statements = [s.text for s in writer.statements]
        delicate = writer.returned[count:]
        if delicate and language.real_or_nan is not None:
            results = [Code(language.real_or_nan(delicate, r)) for r in results]
        else:
            for code, e in zip(delicate, real.parts, strict=True):
                self.statements += language.refused([code], _must_be_real(to_text(e)))
        self.results = results
        self.fitting = [
            line for fit in fits for line in language.unfit(writer.size(fit.low), writer.size(fit.high), fit.words())
        ]
        self.text = " ".join([*self.fitting, *self.statements, *self.results])
        shown: dict[str, tuple[Expr, int]] = {}
        for X in symbols:
            for axis, part in enumerate(X.shape):
                if part.letter is not None:
                    shown.setdefault(part.letter, (X, axis))
        words = set(re.findall(r"(?<![\w.'\"])[A-Za-z_]\w*", self.text))
        letters = sorted(words & (program.letters | {letter for fit in fits for letter in fit.letters}))
        self.sizes = {letter: shown[letter] for letter in letters if letter in shown}
        self.missing = [letter for letter in letters if letter not in shown]


def _must_be_real(*names: str) -> str:
    return f"{', '.join(names)} must be real: the formula is not holomorphic"


def python_source(
    program: Schedule,
    language: Language,
    symbols: Sequence[Expr],
    imports: Sequence[str],
    is_single: bool,
    real: Real = NOTHING_REAL,
    fits: Sequence[Fit] = (),
) -> Text:
    """A function with the symbols as keyword arguments; of one result that is not single, a tuple of one."""
    draft = Draft(program, language, symbols, real, fits)
    writer, opening, missing = draft.writer, draft.opening, draft.missing
    lines = [f"{letter} = {X.name}.shape[{axis}]" for letter, (X, axis) in draft.sizes.items()]
    arguments = ", ".join([*[s.name for s in symbols], *missing])
    header = f"def function({'*, ' if arguments else ''}{arguments}):"
    doc = _docstring(draft.exprs, symbols, missing)
    result = ", ".join(draft.results) + ("," if len(draft.results) == 1 and not is_single else "")
    inside = [*doc, *opening, *lines, *draft.fitting, *draft.statements, f"return {result}"]
    helpers = [h.strip() + "\n" for h in writer.helpers_used()]
    needed = [line for line in imports if _is_used(line, " ".join([draft.text, *opening, *helpers]))]
    parts = ["\n".join(needed) + "\n"] if needed else []
    constants = [h for h in helpers if "def " not in h]
    parts += ["".join(constants)] if constants else []
    parts += [h for h in helpers if h not in constants]
    function = "\n".join([header, *[f"    {line}" if line else "" for line in inside]]) + "\n"
    parts.append(function)
    return Text("\n\n".join(parts), function, writer, tuple(program.without_text(language.writes)), tuple(missing))


def _is_used(line: str, text: str) -> bool:
    names = line.rsplit("import ", 1)[1].rsplit(" as ", 1)[-1].split(", ")
    return any(re.search(rf"(?<![\w.]){n}(?=[.(,\n])", text) for n in names)


def _bordered(writer: Writer, v: Value, e: Expr) -> Code:
    """A result in the shape that the language has for it, never a view of an input."""
    code, language, uses = writer.text[v], writer.language, writer.program.uses
    if v.ndim == 1 and e.rows is ONE:
        return Code(language.row.format(code) + language.copy)
    base = v
    while base.kind.is_view:
        base = base.args[0]
    is_own = v.kernel in ("T", "vec", "unvec") and not v.args[0].kind.is_view and uses[v.args[0]] == uses[v] == 1
    shared = base.kernel == "input" or (v.kind.is_view and not is_own) or writer.program.roots.count(v) > 1
    if shared and v.ndim and language.copy:
        return Code(f"{code:100}{language.copy}")
    if v.kernel in ("input", "part") and not v.ndim and language.has_mutable_scalars:
        return Code(f"{code:50} + 0", SUM)
    return code


def spelled(roots: Sequence[Expr], language: Language) -> tuple[tuple[Expr, ...], dict[str, str]]:
    """The roots with an underscore behind every symbol that is a keyword of the language, and the names before by the names now.

    lambda*x is lambda_ * x in Python.
    """
    present = symbols(*roots)
    names = {s.name for s in present}
    if names.isdisjoint(language.keywords):
        return tuple(roots), {}
    renamed, before = {}, {}
    for s in present:
        if s.name in language.keywords:
            name = f"{s.name}_"
            while name in names:
                name += "_"
            renamed[s] = symbol(name, *s.shape, s.params[1])
            before[name] = s.name
    return tuple(substitute(root, renamed) for root in roots), before


def described(exprs: Sequence[Expr], symbols: Sequence[Expr], missing: Sequence[str]) -> list[str]:
    """The formula, the shapes in and out."""
    formulas = [to_text(e) if e.weight < 400 else "a long expression" for e in exprs]
    lines = [", ".join(formulas), ""]
    for s in symbols:
        kind = ", ".join(s.params[1])
        lines.append(f"{s.name}: {shape_text(s)}{', ' + kind if kind else ''}")
    lines += [f"{letter}: a size" for letter in missing]
    return [*lines, f"returns {', '.join(shape_text(e) for e in exprs)}"]


def _docstring(exprs: Sequence[Expr], symbols: Sequence[Expr], missing: Sequence[str]) -> list[str]:
    first, *rest = described(exprs, symbols, missing)
    return [line.replace("\\", "\\\\") for line in [f'"""{first}', *rest, '"""']]


def shape_text(e: Expr) -> str:
    if e.is_scalar:
        return "a number"
    return f"({e.rows},)" if e.cols is ONE else f"({e.rows}, {e.cols})"


def explanation(made: Made) -> str:
    """A table of the steps, and below it what was shared."""
    program, writer = made.program, made.text.writer
    graph = program.builder
    sizes = ", ".join(f"{k} = {v}" for k, v in sorted(graph.numbers.items())) or "no letters"
    lines = [f"schedule for {sizes}: {program.flops:,.0f} flops"]
    results = zip(writer.returned, program.roots, strict=True)
    rows = [(s.text, s.inside, s.note) for s in writer.statements]
    rows += [(f"return {code}", writer.inside[root], "") for code, root in results]
    width = max(len(text) for text, _, _ in rows)
    for text, inside, note in rows:
        flops = sum(graph.flops(v) for v in inside)
        notes = [note] if note else list(dict.fromkeys(v.kind.said for v in inside if v.kind.said))
        lines.append(f"  {text:{width}}  {flops:>14,.0f}  {'; '.join(notes)}".rstrip())
    shared = [
        f"{writer.text[v]} ({program.uses[v]} times)"
        for v in program.order
        if program.uses[v] > 1 and graph.flops(v) > 0
    ]
    lines += [f"rewritten: {to_text(old)}  as  {to_text(new)}" for old, new in program.rewritten]
    if shared:
        lines.append("shared: " + ", ".join(shared))
    return "\n".join(lines)
