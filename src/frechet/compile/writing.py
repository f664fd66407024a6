"""From values to statements of a language: what is used once is written in place, the rest gets a name."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from frechet.budgets import tick
from frechet.compile.blocks import Region, in_regions
from frechet.compile.lowering import Schedule
from frechet.compile.values import Value
from frechet.errors import FrechetError
from frechet.expr.node import Expr
from frechet.expr.signature import natural_ndim
from frechet.expr.sizes import ONE, Size

__all__ = ["ATOM", "STEMS", "Code", "Language", "Statement", "Template", "Writer"]

ATOM, POWER, UNARY, PRODUCT, SUM = 100, 80, 70, 60, 50


class Code(str):
    """Text with the strength of its outermost operator; `{0:60}` brackets it where it binds less than 60."""

    strength: int

    def __new__(cls, text: str, strength: int = ATOM) -> Code:
        made = super().__new__(cls, text)
        made.strength = strength
        return made

    def __format__(self, spec: str) -> str:
        return f"({self!s})" if spec and self.strength < int(spec) else str(self)


_FACTORS = {"cholesky": ["L"], "lu": ["LU"]}

Template = str | tuple[str, int] | Callable[["Writer", Value], Code]


@dataclass(frozen=True)
class Language:
    """How a language writes each kernel.

    templates   kernel -> (text with {0}, {1} for the arguments and {p0}, {p1} for the parameters, strength)
    helpers     names of functions and constants -> these, or their text, which is put in front where they are used
    uses        name of a helper -> the helpers that it uses, where that is not to be read off its text
    in_place    elementwise kernels that can write over an argument -> (which one, the text for it)
    into        elementwise kernels that can write to {out}; where there are any, chains over large arrays run in blocks
    operations  those of the table without a kernel of their own here, by name -> text, where the language has them:
                {0}, {1} for the arguments, {p0} for parameters, {r} and {c} for the sizes of the result, {S0}, {S1}
                for the symmetric parts of the arguments
    factored    operations that are parts of a factorization -> (its text, the part of {F}): several of them share one
    matmul, times, caret, transposed   the matrix product, the product entry by entry of arrays, powers of numbers, the transpose
    first_index, brackets   where positions start, and what they stand in
    like        text for the kind of number of the inputs (and their device), for arrays that are made
    row             a vector as a result of one row
    flat, flat_row, single, first   a matrix of one column, of one row, of one entry, and a vector of one, as the language holds those; a row
                as a column where nothing else is said
    stems       letters that name the results of a kernel
    symmetric   the symmetric part of what is known to be symmetric; else it is symmetric_part({0})
    named       kernels whose first argument must be a name, beside those whose text mentions it twice
    copy        behind a result that would be a view of an input, where arrays can be written to: a copy of it
    has_mutable_scalars   whether numbers are arrays that can be written to
    keywords  names that the language keeps for itself: a symbol of such a name has an underscore behind it
    opening   statements before all others; the symbols are those whose arrays must be real
    refused   (the code of arrays, a message) -> statements that refuse complex ones, where evaluation does: the formula is not
              holomorphic there. They are about what comes in, and about parts that may be complex at real arrays
    unfit     (a size, one that it may not exceed, a message) -> statements that refuse it where it does
    is_typed  whether the types of the arguments say so already
    real_or_nan   (the code of such parts, the code of a result) -> the result, or NaN, where nothing can be raised
    instead     what to do about an operation that the language lacks, in words that follow the message
    """

    name: str
    templates: Mapping[str, Template]
    helpers: Mapping[str, Any] = field(default_factory=dict)
    uses: Callable[[str], Sequence[str]] | None = None
    in_place: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    into: Mapping[str, str] = field(default_factory=dict)
    reserved: frozenset[str] = frozenset()
    keywords: frozenset[str] = frozenset()
    stems: Mapping[str, Sequence[str]] = field(default_factory=lambda: dict(_FACTORS))
    assign: str = "{0} = {1}"
    operations: Mapping[str, str] = field(default_factory=dict)
    factored: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    matmul: str = "@"
    times: str = "*"
    caret: str = "^"
    transposed: str | Callable[[Writer, Code], str] = "{0:100}.T"
    first_index: int = 0
    brackets: str = "[]"
    like: Callable[[Writer], str] = lambda w: ""
    row: str = "{0:100}[None, :]"
    flat: str = "{0:100}.reshape(-1)"
    flat_row: str = ""
    first: str = "{0:100}[0]"
    single: str = "{0:100}[0, 0]"
    symmetric: str = "{0}"
    named: frozenset[str] = frozenset({"gram"})
    copy: str = ""
    has_mutable_scalars: bool = False
    opening: Callable[[Writer, Sequence[Expr]], list[str]] = lambda w, symbols: []
    refused: Callable[[Sequence[str], str], list[str]] = lambda codes, message: []
    unfit: Callable[[str, str, str], list[str]] = lambda low, high, message: []
    is_typed: bool = False
    real_or_nan: Callable[[Sequence[str], str], str] | None = None
    instead: str = ""

    def writes(self, name: str) -> bool:
        """Whether there is text for an operation without a kernel of its own."""
        return name in self.operations or name in self.factored


@dataclass(frozen=True)
class Statement:
    """A line of the program, the value that it computes, and those computed inside the same line."""

    text: str
    value: Value
    inside: tuple[Value, ...]
    note: str = ""


# Arrays from this size on are written over where they are not used again.
LARGE = 1 << 14
LONGEST = 90


class Writer:
    """Writes one program in one language."""

    def __init__(self, language: Language, program: Schedule):
        self.language, self.program, self.graph = language, program, program.builder
        self.uses = program.uses
        self.text: dict[Value, Code] = {}
        self.inside: dict[Value, tuple[Value, ...]] = {}
        self.factorizations: dict[str, str] = {}
        self.statements: list[Statement] = []
        self.used_text: list[str] = []
        inputs = [v.params[0] for v in program.order if v.kernel == "input"]
        self.taken = set(inputs) | program.letters | set(language.reserved) | set(language.helpers)
        self.counts: dict[str, int] = {}  # up to where the names stem1, stem2, … are taken
        self.returned: list[Code] = []
        self.margin = ""
        self.pieces: dict[Value, str] = {}  # arrays that a loop over blocks only reads, or writes once
        self._write()

    # --- the program ------------------------------------------------------------------------------

    def _write(self) -> None:
        items = in_regions(self.program) if self.language.into and not self.graph.is_complex else self.program.order
        for item in items:
            tick()
            if isinstance(item, Region):
                self._write_region(item)
            else:
                self._write_value(item)
        for r in self.program.roots:
            self.returned.append(self.text[r])

    def _write_value(self, v: Value) -> None:
        if self._mentions_twice(v) and not self.text[v.args[0]].isidentifier():
            self._name(v.args[0])
        code, inside = self._expression(v)
        self.text[v], self.inside[v] = code, inside
        if self._needs_name(v, code):
            self._name(v)

    def _write_region(self, region: Region) -> None:
        """A loop over the blocks of all arrays: in it the names stand for blocks, after it for the whole again."""
        for a in dict.fromkeys(a for v in region.steps for a in v.args if a not in region.steps):
            is_simple = a.kind.is_leaf or a.kind.is_view or self.text[a].isidentifier()
            if not is_simple or (a is region.like and not self.text[a].isidentifier()):
                self._name(a)
        names = {v: self._fresh_name(v) for v in region.steps if v in region.results or v.kind.is_total}
        for v, name in names.items():
            start = "0" if v.kind.is_total else f"empty_like({self.text[region.like]})"
            self._state(self.language.assign.format(name, start), v)
        streams = [self.text[a] for a in region.streams]
        whole = {a: (self.text[a], ()) for a in region.streams} | {v: (Code(n), ()) for v, n in names.items()}
        self.pieces = {a: self._piece(a, self.text[a]) for a in region.streams}
        self.pieces |= {v: self._piece(v, names[v]) for v in region.results}
        for a, piece in self.pieces.items():
            self.text[a], self.inside[a] = Code(piece), ()
        arrays = f"[{', '.join(streams)}], [{', '.join(names[v] for v in region.results)}]"
        header = f"for {', '.join(self.pieces.values())} in blocks({arrays}):"
        self._state(header, region.steps[-1], note="block by block, in cache")
        self.margin = "    "
        for v in region.steps:
            self._write_step(v, names)
        self.margin, self.pieces = "", {}
        for v, (text, inside) in whole.items():
            self.text[v], self.inside[v] = Code(text), inside

    def _write_step(self, v: Value, names: Mapping[Value, str]) -> None:
        if v not in names:
            self._write_value(v)
            return
        if self._mentions_twice(v) and not self.text[v.args[0]].isidentifier():
            self._name(v.args[0])
        inside = (*[i for a in v.args for i in self.inside[a]], v)
        if v.kind.is_total:
            self._state(f"{names[v]} += {self.code(v)}", v, inside)
            return
        out = self.pieces[v]
        known = self.language.into.get(v.kernel)
        text = known.format(*[self.text[a] for a in v.args], out=out) if known else f"{out}[:] = {self.code(v)}"
        self._state(text, v, inside)
        self.text[v], self.inside[v] = Code(out), ()

    def _piece(self, v: Value, whole: str) -> str:
        """The name of a block of an array: Xi for one of X."""
        name = f"{whole}i"
        if not name.isidentifier() or name in self.taken:
            return self._fresh_name(v)
        self.taken.add(name)
        return name

    def _state(self, text: str, v: Value, inside: tuple[Value, ...] = (), note: str = "") -> None:
        self.statements.append(Statement(self.margin + text, v, inside, note))
        self.used_text.append(text)

    def _mentions_twice(self, v: Value) -> bool:
        """Whether the text of a kernel has its first argument in it more than once."""
        is_operation = v.kernel == "operation_kernel"
        text = self.language.operations.get(v.params[0]) if is_operation else self.language.templates.get(v.kernel)
        return str(text).count("{0") > 1 or v.kernel in self.language.named

    def _expression(self, v: Value) -> tuple[Code, tuple[Value, ...]]:
        position, text = self.language.in_place.get(v.kernel, (0, ""))
        if text and self._is_fresh(v.args[position], v):
            if not self.text[v.args[position]].isidentifier():
                self._name(v.args[position])
            code = Code(text.format(*[self.text[a] for a in v.args]))
        else:
            code = self.code(v)
        return code, (*[i for a in v.args for i in self.inside[a]], v)

    def _is_fresh(self, a: Value, v: Value) -> bool:
        """Whether an argument is a large array of the result's shape that nothing else uses."""
        mutable = not (a.kind.is_view or a.kind.is_leaf) and a.kernel != "input"
        mutable = mutable and a not in self.pieces
        return self.uses[a] == 1 and mutable and a.shape == v.shape and self.graph.entries(a) >= LARGE

    def code(self, v: Value) -> Code:
        if v.kernel == "operation_kernel" and self.language.writes(v.params[0]):
            return self._operation_call(v)
        template = self.language.templates.get(v.kernel)
        if template is None:
            raise FrechetError(f"there is no {self.language.name} code for {self.title(v)}{self.language.instead}")
        if callable(template):
            return template(self, v)
        text, strength = (template, ATOM) if isinstance(template, str) else template
        params = {f"p{i}": self.parameter(p) for i, p in enumerate(v.params)}
        shape = {f"s{i}": self.size(s) for i, s in enumerate(v.shape)}
        return Code(text.format(*[self.text[a] for a in v.args], **params, **shape, label=self.label(v)), strength)

    def _operation_call(self, v: Value) -> Code:
        """An operation of the table in words of the language, on arrays of the dimensions that its signature says."""
        name, params, node = v.params
        shapes, outcome = node.op.signature.arguments, node.op.signature.outcome
        args = [self._widened(a, e, shape) for a, e, shape in zip(v.args, node.args, shapes, strict=True)]
        sizes = {"r": self.size(node.rows), "c": self.size(node.cols)}
        sizes |= {f"p{i}": self.size(p) for i, p in enumerate(params) if isinstance(p, Size)}
        for i, (a, code) in enumerate(zip(v.args, args, strict=True)):
            known = self.language.symmetric if "symmetric" in a.facts else "symmetric_part({0})"
            sizes[f"S{i}"] = Code(known.format(code))
        text = self.language.operations.get(name, "")
        if name in self.language.factored and (not text or self._shares(v)):
            whole, text = self.language.factored[name]
            sizes["F"] = Code(self._factorization(v, whole.format(*args, **sizes)))
        code = Code(text.format(*args, **sizes))
        if natural_ndim(*outcome) == 2 and v.ndim < 2:
            is_row = node.rows is ONE
            flat = (is_row and self.language.flat_row) or self.language.flat
            pattern = self.language.single if v.ndim == 0 else flat
            code = Code(pattern.format(code))
        elif natural_ndim(*outcome) == 1 and v.ndim == 0:
            code = Code(self.language.first.format(code))
        return code

    def _widened(self, a: Value, e: Expr, shape: tuple[Size, Size]) -> Code:
        """An argument with as many dimensions as the row takes: a column as n×1, a number as 1×1."""
        wanted = natural_ndim(*shape)
        if a.ndim >= wanted:
            return self.text[a]
        kernel = "one_by_one" if a.ndim == 0 and wanted == 2 else "wide" if e.rows is ONE and a.ndim else "tall"
        template = self.language.templates[kernel]
        assert isinstance(template, str)
        return Code(template.format(self.text[a]))

    def _shares(self, v: Value) -> bool:
        """Whether another step takes a part of the same factorization."""
        family = self.language.factored[v.params[0]][0]
        return any(
            u is not v
            and u.kernel == "operation_kernel"
            and u.args == v.args
            and self.language.factored.get(u.params[0], ("",))[0] == family
            for u in self.program.order
        )

    def _factorization(self, v: Value, text: str) -> str:
        """The name of a factorization, which is written when its first part is."""
        if text not in self.factorizations:
            name = "F" if "F" not in self.taken else self.fresh("F")
            self.taken.add(name)
            self.factorizations[text] = name
            inside = tuple(i for a in v.args for i in self.inside[a])
            self._state(self.language.assign.format(name, text), v, inside)
        return self.factorizations[text]

    def title(self, v: Value) -> str:
        return v.params[0] if v.kernel == "operation_kernel" else v.kernel

    @staticmethod
    def label(v: Value) -> str:
        """What the error message calls the matrix that a factorization is made of."""
        described = v.args[0].label if v.args else ""
        return described or "the matrix"

    def parameter(self, p: Any) -> str:
        return self.size(p) if isinstance(p, Size) else str(p)

    def position(self, p: Size) -> Code:
        """A position that counts from 1, as the language counts."""
        return self.size(p if self.language.first_index else p - 1)

    def product(self, a: Code, b: Code) -> Code:
        return Code(f"{a:{PRODUCT}} {self.language.matmul} {b:{PRODUCT + 1}}", PRODUCT)

    def transposed(self, a: Code) -> Code:
        pattern = self.language.transposed
        return Code(pattern.format(a) if isinstance(pattern, str) else pattern(self, a))

    def like(self) -> str:
        return self.language.like(self)

    def size(self, s: Size) -> Code:
        strength = ATOM if s.letter or (s.constant or -1) >= 0 else SUM if len(s.terms) > 1 else PRODUCT
        return Code(str(s), strength)

    def _needs_name(self, v: Value, code: Code) -> bool:
        if v.kind.is_leaf or v.kernel in ("T", "column", "row"):
            return False
        if self.uses[v] > 1 and not code.isidentifier():
            return True
        is_result = v in self.program.roots
        return v.kernel in ("cholesky", "lu") or (len(code) > LONGEST and not is_result)

    def _name(self, v: Value) -> None:
        name = self._fresh_name(v)
        self._state(self.language.assign.format(name, self.text[v]), v, self.inside[v])
        self.text[v], self.inside[v] = Code(name), ()

    def _fresh_name(self, v: Value) -> str:
        """The letters of the language for factorizations, a letter for the rest, by their kind."""
        stems = self.language.stems.get(v.kernel) or STEMS[v.ndim]
        for stem in stems:
            if stem not in self.taken:
                self.taken.add(stem)
                return stem
        return self.fresh(stems[0])

    def fresh(self, stem: str) -> str:
        """stem1, stem2, …: the first that is not taken."""
        i = self.counts.get(stem, 1)
        while f"{stem}{i}" in self.taken:
            i += 1
        self.counts[stem] = i + 1
        self.taken.add(f"{stem}{i}")
        return f"{stem}{i}"

    # --- what surrounds it --------------------------------------------------------------------------

    def helpers_used(self) -> list[str]:
        """The sources of the helper functions that the program calls, those that they call first."""
        return [_text_of(name, self.language.helpers[name]) for name in self.helper_names()]

    def helper_names(self) -> list[str]:
        """The names of the helper functions that the program calls, those that they call first."""
        helpers, uses = self.language.helpers, self.language.uses
        chosen: dict[str, None] = {}

        def take(names: Sequence[str]) -> None:
            for name in names:
                if name not in chosen:
                    chosen[name] = None
                    take(uses(name) if uses else named(_text_of(name, helpers[name])))
                    chosen[name] = chosen.pop(name)

        def named(text: str) -> list[str]:
            words = set(_CALLED.findall(text))
            return [name for name in helpers if name in words]

        take(named(" ".join([*self.used_text, *self.returned])))
        return list(chosen)


@lru_cache(maxsize=512)
def _text_of(name: str, helper: Any) -> str:
    if isinstance(helper, str):
        return helper
    return inspect.getsource(helper) if callable(helper) else f"{name} = {helper!r}"


_CALLED = re.compile(r"(?<![\w.])([A-Za-z_]\w*)(?=\.?[(,)])")
"""Names that are called, or passed."""
STEMS = [["c", "a", "d", "r"], ["u", "v", "z", "t", "p", "q"], ["M", "Z", "P", "W", "G", "H"]]
"""Letters that name numbers, vectors and matrices."""
