"""Text to expression: lines, tokens, syntax tree, kinds, sizes, expression."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from itertools import islice
from typing import Any

from frechet.errors import FrechetError, LanguageError, ShapeError
from frechet.expr.binding import defined_by
from frechet.expr.node import Expr, substitute
from frechet.expr.resizing import resized
from frechet.expr.sizes import ONE
from frechet.expr.structure import symbol
from frechet.language.asking import asked_for
from frechet.language.bound import left_side, named_clauses, split_where
from frechet.language.building import build
from frechet.language.costs import IMPOSSIBLE, MATRIX, NUMBER, VECTOR
from frechet.language.grammar import Grammar
from frechet.language.implicit import split_names
from frechet.language.inference import Inference
from frechet.language.kinds import Choice, KindSearch
from frechet.language.latex_in import latex_tokens, looks_like_latex
from frechet.language.lines import latex_statements, statements
from frechet.language.names import GREEK, normal_name
from frechet.language.numpy_in import is_numpy, may_be_numpy, numpy_tokens
from frechet.language.refusals import refuse_phrases
from frechet.language.remarks import all_numbers, honest_alternatives, remarks, symmetric_parts
from frechet.language.surface import is_function
from frechet.language.tokens import require_length, tokenise
from frechet.language.tree import SyntaxNode
from frechet.language.unused import names_in, notes_of_unused
from frechet.language.variables import Scope
from frechet.language.words import read_as

__all__ = ["Reading", "from_latex", "parse", "read"]

_ALONE = "Give the function alone, and its variable as wrt."
_GUESSED = 6  # names that an error tells of
_LETTERS_OF_LATEX = re.compile(r"(?<![\\A-Za-z{])(?<![A-Za-z]{2}_)[a-z]{3,}(?![A-Za-z])(?!_[A-Za-z]{2})")
_SUBSCRIPTED = re.compile("[A-Z][a-z]")
"""Km, Kd, Tc: names, not products, in a formula of numbers."""
_KIND_NAMES = {NUMBER: "scalar", VECTOR: "vector", MATRIX: "matrix"}
_LINE = "Equation"
_TRIED = 4  # readings whose sizes are tried
_WORD = 15  # what it costs to read Sb as one name, not as S*b
_POWER_SIGN = 16  # what it costs to read ** as a power of the language's own


@dataclass(frozen=True)
class Reading:
    """An expression read from text, the symbols in it by name, and what a reader should know.

    notes     other readings of the text, and what a reader may have meant otherwise
    parts     of the text, as written: nothing is folded away
    named     the lines before the last one, by name
    numbers   vectors that could also be numbers: both readings fit
    read_as   in one line, what every name was taken for
    asked   the variable by which the text itself asks for a derivative, as in \\nabla_x; "" where it tells none
    given   what was read, with which declarations, syntax, variables and sizes
    spans     where each of the parts stands in the text: from, and up to before
    """

    expr: Expr
    symbols: dict[str, Expr]
    notes: tuple[str, ...] = ()
    parts: tuple[Expr, ...] = field(default=(), repr=False)
    named: dict[str, Expr] = field(default_factory=dict, repr=False)
    numbers: tuple[str, ...] = ()
    read_as: str = ""
    spans: Mapping[Expr, list[tuple[int, int]]] = field(default_factory=dict, repr=False)
    asked: str | None = field(default=None, repr=False)
    given: tuple[Any, ...] = field(default=(), repr=False, compare=False)

    def with_number(self, name: str) -> Reading:
        """The reading of the same text in which a vector is a number instead."""
        text, declarations, syntax, wrt, sizes = self.given
        return read(text, {**declarations, name: "scalar"}, syntax, wrt, sizes, required=())


def parse(text: str, **declarations: Any) -> Expr:
    """The expression that `text` writes: `parse("tr(X'*A*X)", X="matrix(m,n)")`.

    Declarations are strings such as "matrix(m,n)", "vector(n) positive", "spd(n)", or symbols. Variables
    that are not declared get the kinds of the reading of least cost, and sizes by inference; `read(text).read_as` says
    which; `sizes={"n": 3}` puts numbers for size letters. Raises LanguageError or ShapeError, with the place in the text.

    >>> fr.parse("tr(X'*A*X)")
    tr(Xᵀ·A·X)
    >>> fr.parse("x.T @ A @ x")
    xᵀ·A·x
    """
    given = declarations.get("sizes")
    sizes = declarations.pop("sizes") if isinstance(given, Mapping) else None
    reading = read(text, declarations, sizes=sizes, required=declarations)
    if reading.asked is not None:
        raise LanguageError(
            "the text asks for a derivative", text, 0, "Give the function alone; its derivative is fr.derivative(…)."
        )
    return reading.expr


def from_latex(text: str, **declarations: str | Expr) -> Expr:
    r"""The expression that LaTeX writes: `from_latex(r"\log\det(X^\top X)")`. As `parse` otherwise."""
    return read(text, declarations, "latex", required=declarations).expr


def read(
    text: str,
    declarations: Mapping[str, str | Expr] | None = None,
    syntax: str = "auto",
    wrt: str | Iterable[str] = (),
    sizes: Mapping[str, int] | None = None,
    *,
    beside: str = "",
    required: Iterable[str] | None = None,
) -> Reading:
    """As `parse`, with the symbols that the names stand for and notes about the reading.

    `wrt` are the names that are differentiated: where two readings cost the same, they keep the kinds of their letters.
    `beside` is what else is asked with the text, such as a claim: names that occur there are not unused. `required` are the
    names that are to occur, by default those that are declared as text.
    """
    given = dict(declarations or {})
    found = _read(text, given, syntax, wrt)
    wanted = [n for n, kind in given.items() if isinstance(kind, str)] if required is None else required
    found = _with_unused(found, text, wanted, f"{text} {beside} {wrt if isinstance(wrt, str) else ' '.join(wrt)}")
    found = _with_numbers(found, sizes) if sizes else found
    return replace(found, given=(text, given, syntax, wrt, sizes)) if found.numbers else found


def _with_unused(reading: Reading, text: str, declared: Iterable[str], words: str) -> Reading:
    """The reading with a note about each declared name that occurs nowhere."""
    wanted = [normal_name(name) for name in declared]
    if all(name in reading.symbols for name in wanted):
        return reading
    known = {*reading.symbols, *names_in(words)}
    known |= {name[1:].rstrip("0123456789") for name in known if name[0] == "d"}  # X occurs in dX
    notes = notes_of_unused(text, wanted, known, [name for name in reading.symbols if name not in wanted])
    return replace(reading, notes=(*reading.notes, *notes)) if notes else reading


def _with_numbers(reading: Reading, sizes: Mapping[str, int]) -> Reading:
    """The reading with numbers for size letters."""
    parts = [reading.expr, *reading.symbols.values(), *reading.spans, *reading.named.values()]
    new = resized(parts, sizes)
    expr, symbols = new[reading.expr], {name: new[s] for name, s in reading.symbols.items()}
    return replace(
        reading,
        expr=expr,
        symbols=symbols,
        parts=tuple(dict.fromkeys(new[e] for e in reading.parts)),
        named={name: new[e] for name, e in reading.named.items()},
        read_as=read_as(expr, symbols, reading.read_as.startswith("read as NumPy")),
        spans={new[e]: where for e, where in reading.spans.items()},
    )


def _read(text: str, given: dict[str, str | Expr], syntax: str, wrt: str | Iterable[str]) -> Reading:
    if not isinstance(text, str):
        raise FrechetError(f"the text of an expression is a string, not a {type(text).__name__}")
    if syntax not in ("auto", "text", "latex"):
        raise FrechetError(f"unknown syntax {syntax!r}: choose auto, text or latex")
    names = wrt.split(",") if isinstance(wrt, str) else wrt
    wrt = frozenset(normal_name(n.strip()) for n in names if n.strip())
    require_length(text)
    if (asked := asked_for(text)) is not None:
        if asked.variable and wrt and asked.variable not in wrt:
            raise LanguageError(
                f"the text asks for the derivative by {asked.variable}, and wrt is {', '.join(sorted(wrt))}",
                text,
                0,
                _ALONE,
            )
        try:
            inside = _read(asked.text, given, syntax, wrt or asked.variable)
        except LanguageError as error:
            raise type(error)(error.reason, text, error.position, error.hint) from None
        return replace(inside, asked=asked.variable, notes=(asked.note, *inside.notes))
    body, word, clauses = split_where(text)
    if word:
        return _with_equations(body, clauses, dict(given), syntax, wrt)
    refuse_phrases(text, given)
    best = _least(text, given, wrt, syntax)
    try:
        return best.reading()
    except ShapeError as error:
        raise _explained(error, best, given, wrt, syntax) from None


def _least(text: str, given: Mapping[str, str | Expr], wrt: frozenset[str], syntax: str) -> _Text:
    """The text in the syntax in which it costs least."""
    if syntax == "latex" or (syntax == "auto" and looks_like_latex(text)):
        return _Text(text, given, wrt, "latex")
    best = _Text(text, given, wrt, "numpy" if is_numpy(text) or may_be_numpy(text) else "text")
    if may_be_numpy(text) and not is_numpy(text) and best.cost > _POWER_SIGN:
        best = min(best, _Text(text, given, wrt, "powers"), key=lambda t: t.cost + _POWER_SIGN * (t.syntax == "powers"))
    words = {name for name in best.runs_together if _SUBSCRIPTED.fullmatch(name)}
    if words and best.first is not None and best.first.without_arrays:
        return _Text(text, given, wrt, best.syntax, words=words)
    if best.runs_together and best.cost > _WORD:
        with suppress(LanguageError):
            best = min(best, _Text(text, given, wrt, best.syntax, False), key=lambda t: t.cost + _WORD * (not t.split))
    return best


def _explained(
    error: ShapeError, found: _Text, given: Mapping[str, str | Expr], wrt: frozenset[str], syntax: str
) -> ShapeError:
    """The error with the kinds that were guessed, and a declaration with which the text reads."""
    names = list(found.scope.undeclared)[:_GUESSED]
    if not names:
        return error
    kinds = found.scope.default_kinds()
    told = ", ".join(f"{name} a {_KIND_NAMES[kinds[name]]}" for name in names)
    hint = f"{error.hint}\n" if error.hint else ""
    hint += f"By their letters, {told}."
    for name in names:
        for kind in ("vector", "scalar", "matrix"):
            if kind == _KIND_NAMES[kinds[name]]:
                continue
            with suppress(FrechetError):
                _least(found.text, {**given, name: kind}, wrt, syntax).reading()
                return ShapeError(
                    error.reason, error.text, error.position, f"{hint} It reads if you declare {name}: {kind}."
                )
    return error if error.hint else ShapeError(error.reason, error.text, error.position, hint)


class _Text:
    """One text in one syntax, on its way to an expression."""

    def __init__(
        self,
        text: str,
        given: Mapping[str, str | Expr],
        wrt: frozenset[str],
        syntax: str,
        split: bool = True,
        words: Set[str] = frozenset(),
    ):
        self.text, self.syntax, self.split, self.words = text, syntax, split, words
        self.in_python = syntax == "numpy" and is_numpy(text)  # names are words there, and products have a sign
        self.runs_together: dict[str, list[str]] = {}  # names that are split into factors
        self.scope = Scope(text, given)
        self.notes: list[str] = []
        self.size_letters: set[str] = set()
        self.positions: set[str] = set()
        self.nodes, self.lines = self._tree(wrt)
        scope = self.scope
        scope.resolve(self.nodes, self.size_letters, wrt)
        self.notes += scope.notes
        _require_names(wrt, {**scope.order, **dict.fromkeys(scope.given)})
        self.free_sizes = self.size_letters - scope.letters()
        self.search = KindSearch(self.nodes, scope.known_kinds(), list(scope.undeclared), scope.aliases(), wrt)
        self.readings = self.search.readings()
        first = next(self.readings, None)
        self.first = (first and all_numbers(self.search, first)) or first

    @property
    def cost(self) -> int:
        """What the reading of least cost costs, the operations that take declared names wrongly included."""
        if self.first is None:
            return IMPOSSIBLE
        return self.first.cost + (0 if self.scope.undeclared else self.search.cost({})[0])

    def _tree(self, wrt: frozenset[str]) -> tuple[list[SyntaxNode], dict[str, SyntaxNode]]:
        """The nodes of all lines, and the last node of each line that has a name."""
        nodes: list[SyntaxNode] = []
        named: dict[str, SyntaxNode] = {}
        declared = self.scope.given
        latex = self.syntax == "latex"
        matrices = {name for name, kind in self.scope.known_kinds().items() if kind == MATRIX}
        lines = latex_statements(self.text) if latex else statements(self.text)
        for k, line in enumerate(lines):
            known = declared | set(named)
            if latex:
                self.notes += [
                    f"{word} is read as {'*'.join(word)}; one name is \\mathrm{{{word}}}"
                    for word in _LETTERS_OF_LATEX.findall(self.text, line.start, line.stop)
                    if not (is_function(word) or word in GREEK or word in known | wrt)
                ]
                tokens = latex_tokens(self.text, known | wrt, line.start, line.stop, matrices)
            else:
                tokens = tokenise(self.text, line.start, line.stop)
                if self.syntax == "numpy":
                    tokens = numpy_tokens(self.text, tokens)
                elif self.syntax == "powers":
                    tokens = [t._replace(kind=".^") if t.text == "**" else t for t in tokens]
                    self.notes.append("* is read as the matrix product, ** as the power of the entries")
                if self.split and not self.in_python:
                    tokens, runs = split_names(tokens, known | wrt | self.words)
                    self.runs_together |= runs
            grammar = Grammar(self.text, tokens, known, latex)
            grammar.wrt, grammar.matrices = wrt, matrices
            grammar.from_zero = self.syntax == "numpy"
            read = grammar.read()
            self.notes += grammar.notes
            self.size_letters |= grammar.size_letters
            self.positions |= grammar.positions
            if named:
                for node in read:
                    if node.head == "name" and node.value in named:
                        node.head, node.args = "defined", [named[node.value]]
            nodes += read
            own = next(
                (n for n in read if n.head == "name" and n.value == line.name and line.name not in declared), None
            )
            if line.name and own is not None:
                raise LanguageError(f"{line.name} is defined by itself", self.text, own.start, "Use another name.")
            if line.name and k < len(lines) - 1:
                named[line.name] = read[-1]
        return nodes, named

    def reading(self) -> Reading:
        """The first reading whose sizes fit. Raises the fault of the first one where there is none."""
        fault: ShapeError | None = None
        for choice in self._tried():
            try:
                return self._with_sizes(choice)
            except ShapeError as error:
                fault = fault or error
        if fault is not None:
            raise fault
        plain = self._with_sizes(Choice(0, self.scope.default_kinds(), frozenset()))
        if self.scope.undeclared:
            node = self.search.first_fault()
            raise ShapeError(
                f"{self.text[node.start : node.end]}: no kinds of the letters fit here", self.text, node.start,
                "A number has no transpose, and a matrix does not divide: bracket what divides, such as a/(b*c).",
            )  # fmt: skip
        return plain

    def _tried(self) -> Iterator[Choice]:
        if self.first is not None:
            yield self.first
            yield from islice(self.readings, _TRIED)

    def _with_sizes(self, choice: Choice) -> Reading:
        scope = self.scope
        variables, flexible = scope.assign(choice.kinds)
        flexible |= self.free_sizes
        taken = scope.letters() | self.size_letters | set(variables) if flexible else set()
        inference = Inference(self.text, variables, flexible, taken)
        inference.run(self.nodes)
        symbols = {}
        for name, v in variables.items():
            if v.expr is not None:
                symbols[name] = v.expr
            else:
                symbols[name] = symbol(name, inference.final(v.rows), inference.final(v.cols), v.properties)
        expr = build(self.text, self.nodes, symbols, inference.final)
        spans: dict[Expr, list[tuple[int, int]]] = {}
        for node in self.nodes:
            spans.setdefault(node.expr, []).append((node.start, node.end))
        notes = list(self.notes)
        for name, parts in self.runs_together.items():
            behind_exponent = parts[0] == "T" and "T" not in symbols  # X^TX
            one_case = (name.islower() or name.isupper()) and not behind_exponent  # Ax is hardly one name
            if one_case or parts[0] == "d" or all(p in symbols and symbols[p].is_scalar for p in parts):
                kind = "scalar" if name.islower() else "matrix(m,n)"
                notes.append(f"{name} is read as {'*'.join(parts)}; for one variable declare {name}: {kind}")
        numbers: tuple[str, ...] = ()
        shown = {letter for s in symbols.values() for size in s.shape for letter in size.letters}
        for letter in sorted(self.positions - shown):
            if letter.isupper():
                raise LanguageError(
                    f"{letter} in brackets would be one position, not a set of rows or columns", self.text, 0,
                    "Ranges are written X[1:k,:], one position x[i].",
                )  # fmt: skip
        notes += [f"{letter} is one fixed position, the same everywhere" for letter in sorted(self.positions - shown)]
        notes += inference.notes
        notes += symmetric_parts(self.text, self.nodes) if self.in_python else []
        if choice.changed or choice.cost:
            others, numbers = remarks(self.search, choice)
            told = [n for n in notes if "to every entry; for the identity" in n]
            notes += [n for n in others if not (told and "is added to each column by" in n)]
        if not numbers:
            notes += honest_alternatives(self.search, choice, expr.is_vector and not expr.is_scalar)
        return Reading(
            expr,
            symbols,
            tuple(dict.fromkeys(notes)),
            tuple(spans),
            {name: node.expr for name, node in self.lines.items()},
            numbers,
            read_as(expr, symbols, self.syntax == "numpy"),
            spans,
        )


def _require_names(wrt: frozenset[str], names: Mapping[str, object]) -> None:
    """Refuses a variable that neither occurs nor is declared: its derivative is zero, which nobody asks for."""
    for name in sorted(wrt - set(names)):
        near = get_close_matches(name, names, 1, 0.5) or [n for n in names if n.lower() == name.lower()]
        raise LanguageError(
            f"{name} does not occur in the formula, and is not declared; its variables are: {', '.join(names) or 'none'}",
            hint=f"Did you mean {near[0]}?" if near else "",
        )


# --- equations ----------------------------------------------------------------------------------------


def _with_equations(
    body: str, clauses: str, declarations: dict[str, str | Expr], syntax: str, wrt: frozenset[str]
) -> Reading:
    """The body, in which each symbol of a clause is what the equation of the clause defines."""
    named = named_clauses(body, clauses)
    try:
        forms, readings = _one_by_one(body, named, declarations, syntax)
    except ShapeError as error:
        try:
            forms, readings = _jointly(body, named, declarations, syntax)
        except FrechetError:
            raise error from None
    everything = {name: s for reading in readings for name, s in reading.symbols.items()}
    system: dict[Expr, Expr] = {}
    for (name, text), F in zip(named, forms, strict=True):
        if name not in everything:
            raise LanguageError(f"the equation does not contain {name}", text.strip())
        system[everything[name]] = F
    bound = defined_by(system)
    read_body = readings[-1]
    expr = substitute(read_body.expr, bound)
    names = {name: s for name, s in everything.items() if s not in bound}
    _require_names(wrt, {**names, **declarations})
    told = tuple(dict.fromkeys([note for reading in readings for note in reading.notes]))
    return Reading(expr, names, told, read_body.parts, read_as=read_as(expr, names), spans=read_body.spans)


def _one_by_one(
    body: str, named: Sequence[tuple[str, str]], declarations: dict[str, str | Expr], syntax: str
) -> tuple[list[Expr], list[Reading]]:
    """The left sides F of the equations, and the readings: each with the kinds and sizes of those before, the body last."""
    known, forms, readings = dict(declarations), [], []
    for name, text in named:
        F, reading = _equation(text, name, known, syntax)
        known |= reading.symbols
        forms.append(F)
        readings.append(reading)
    return forms, [*readings, _read(body, known, syntax, ())]


def _jointly(
    body: str, named: Sequence[tuple[str, str]], declarations: dict[str, str | Expr], syntax: str
) -> tuple[list[Expr], list[Reading]]:
    """As lines of one text, so that sizes of one follow from another; each equation has the shape of its unknown."""
    lines = [f"{_LINE}{k} = {left_side(text)} + 0*{name}" for k, (name, text) in enumerate(named)]
    reading = _read("\n".join([*lines, body]), declarations, syntax, ())
    return [reading.named[f"{_LINE}{k}"] for k in range(len(named))], [replace(reading, spans={}, parts=())]


def _equation(text: str, name: str, declarations: dict[str, str | Expr], syntax: str) -> tuple[Expr, Reading]:
    """F of the equation F = 0. The equation has the shape of its unknown where sizes allow that."""
    F = left_side(text)
    plain = _read(F, declarations, syntax, ())
    unknown = plain.symbols.get(name)
    if unknown is None or unknown.shape == plain.expr.shape or unknown.is_scalar or plain.expr.is_scalar:
        return plain.expr, plain
    try:
        fitted = _read(f"{F} + 0*{name}", declarations, syntax, ())
    except FrechetError:
        return plain.expr, plain
    same = all(_kind(s) == _kind(fitted.symbols[n]) for n, s in plain.symbols.items())
    return (fitted.expr, fitted) if same else (plain.expr, plain)


def _kind(s: Expr) -> tuple[bool, bool]:
    return s.rows is ONE, s.cols is ONE
