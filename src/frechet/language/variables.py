"""What the names of a text stand for: declared variables, differentials, sizes, constants, defaults."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from frechet.errors import LanguageError
from frechet.expr.node import Expr
from frechet.expr.sizes import ONE, Size, size
from frechet.expr.structure import differential_of, differential_properties
from frechet.language.costs import MATRIX, NUMBER, VECTOR, kind_of_sizes
from frechet.language.declarations import declaration
from frechet.language.names import default_kind, kind_of_word, normal_name
from frechet.language.surface import constant_row, is_function, near_names
from frechet.language.tree import SyntaxNode

__all__ = ["Scope", "Variable"]

_DIFFERENTIAL = re.compile(r"d(\w+?)(\d*)$")
_IDENTITY = re.compile(r"I(?:_?([a-z]|\d+))?$")
_KINDS = {"scalar": NUMBER, "vector": VECTOR, "matrix": MATRIX}


@dataclass(slots=True)
class Variable:
    """A name with its sizes; `expr` when it is known already, before inference."""

    name: str
    rows: Size
    cols: Size
    properties: tuple[str, ...] = ()
    expr: Expr | None = None


class Scope:
    """Serves the names of one text. `flexible` collects the size letters that inference may choose."""

    def __init__(self, text: str, declared: Mapping[str, str | Expr]):
        self.text = text
        self.variables: dict[str, Variable] = {}
        self.flexible: set[str] = set()
        for name, value in declared.items():
            self.variables[normal_name(name)] = self._declared(normal_name(name), value)
        self.given = frozenset(self.variables)
        self.undeclared: dict[str, SyntaxNode] = {}
        self.differentials: dict[str, re.Match[str]] = {}
        self.notes: list[str] = []
        self.order: dict[str, None] = {}  # the names of the text, in its order
        self._letters: set[str] | None = None

    def _declared(self, name: str, value: str | Expr) -> Variable:
        if isinstance(value, Expr):
            return Variable(name, value.rows, value.cols, (), value)
        found = declaration(value)
        rows = self._fresh() if found.rows is None else found.rows
        square = found.cols is None and found.properties and "positive" not in found.properties[:1]
        cols = rows if square else self._fresh() if found.cols is None else found.cols
        return Variable(name, rows, cols, found.properties)

    def _fresh(self) -> Size:
        letter = f"?{len(self.flexible) + 1}"
        self.flexible.add(letter)
        return Size.of({(letter,): 1})

    def letters(self) -> set[str]:
        """The size letters of the declarations."""
        if self._letters is None:
            sizes = {s for v in self.variables.values() if v.name in self.given for s in (v.rows, v.cols)}
            self._letters = {letter for s in sizes for letter in s.letters}
        return self._letters

    def resolve(self, nodes: list[SyntaxNode], size_letters: set[str], wrt: frozenset[str] = frozenset()) -> None:
        """Tells the names of variables from sizes, constants and differentials, whose nodes it turns into what they are."""
        sizes = self.letters() | size_letters
        named = [node for node in nodes if node.head == "name"]
        occurring = {node.value for node in named}
        euler = self._is_euler(nodes) if "e" in occurring and "e" not in self.given and "e" not in wrt else False
        for node in named:
            name = node.value
            if name in self.variables or name in self.undeclared:
                self.order.setdefault(name)
                continue
            row = constant_row(name)
            differential = _DIFFERENTIAL.match(name)
            identity = _IDENTITY.match(name)
            if name in sizes and name not in wrt:
                node.head, node.value = "size", Size.of({(name,): 1})
            elif row is not None:
                node.head, node.value = "call", (row, ())
            elif identity and name not in wrt:
                eye = constant_row("eye")
                node.head, node.value = "call", (eye, (size(identity[1]),) if identity[1] else ())
                size_letters |= {identity[1]} - {None} if identity[1] and not identity[1].isdigit() else set()
            elif name == "e" and euler:
                node.head = "euler"
            elif differential and self._is_variable(differential[1], occurring):
                self.differentials[name] = differential
                self.order.setdefault(name)
            else:
                self._require_kind(node, occurring, wrt)
                self.undeclared[name] = node
                self.order.setdefault(name)
        for node in nodes:
            if node.head == "power" and node.args[0].head == "euler":
                node.head, node.args = "exponential", node.args[1:]
            elif euler and node.head == "euler":
                continue
        if euler:
            nodes[:] = [node for node in nodes if node.head != "euler"]

    @staticmethod
    def _is_euler(nodes: list[SyntaxNode]) -> bool:
        """Whether e only ever stands below an exponent."""
        bases = {id(node.args[0]) for node in nodes if node.head == "power"}
        return all(id(node) in bases for node in nodes if node.head == "name" and node.value == "e")

    def _is_variable(self, name: str, occurring: set[str]) -> bool:
        return name in self.given or (name in occurring and default_kind(name) is not None)

    def known_kinds(self) -> dict[str, int]:
        """The kinds of the names that are declared."""
        return {name: kind_of_sizes(v.rows, v.cols) for name, v in self.variables.items()}

    def aliases(self) -> dict[str, str]:
        """Differentials, each with the name whose kind it has."""
        return {name: found[1] for name, found in self.differentials.items()}

    def default_kinds(self) -> dict[str, int]:
        return {name: _KINDS[kind_of_word(name)] for name in self.undeclared}

    def assign(self, kinds: Mapping[str, int]) -> tuple[dict[str, Variable], set[str]]:
        """The variables of the text by name, in the order of the text, and the size letters that are free to choose."""
        flexible = set(self.flexible)

        def fresh() -> Size:
            letter = f"?{len(flexible) + 1}"
            flexible.add(letter)
            return Size.of({(letter,): 1})

        found = dict(self.variables)
        for name in self.undeclared:
            kind = kinds[name]
            found[name] = Variable(name, fresh() if kind & 1 else ONE, fresh() if kind & 2 else ONE)
        for name, match in self.differentials.items():
            found[name] = self._differential(name, match, found[match[1]])
        return {name: found[name] for name in self.order}, flexible

    def _differential(self, name: str, found: re.Match[str], base: Variable) -> Variable:
        if base.expr is not None and base.expr.op.name == "symbol":
            dX = differential_of(base.expr, found[2])
            return Variable(name, dX.rows, dX.cols, dX.params[1], dX)
        return Variable(name, base.rows, base.cols, differential_properties(base.properties))

    def _require_kind(self, node: SyntaxNode, occurring: set[str], wrt: frozenset[str]) -> None:
        """Refuses a name that has no kind by its letter, and a part of another one, such as L_Y beside L."""
        name = node.value
        if default_kind(name) is None:
            self._require_word(node)
        stem, _, index = name.partition("_")
        if stem in self.given and len(index) == 1 and index.islower():
            self.notes.append(f"{name} is read as a variable of its own, not as a part of {stem}")
        if index.isupper() and index != "T" and (stem in self.given or stem in occurring or stem in wrt):
            raise LanguageError(
                f"{name} would be a variable of its own, not a part of {stem}",
                self.text,
                node.start,
                f"Rows and columns are written {stem}[1:k,1:k]. For another matrix declare {name}: matrix(n,n).",
            )

    def _require_word(self, node: SyntaxNode) -> None:
        """Refuses a word that looks like a function, or like nothing that is used as a name."""
        name = node.value
        if is_function(name) or near_names(name, 0.9) or len(name) > 24:
            self._unknown(node)
        self.notes.append(f"{name} is read as one variable; if you meant another name, or a product, write that")

    def _unknown(self, node: SyntaxNode) -> None:
        name = node.value
        if is_function(name):
            raise LanguageError(
                f"the function {name} has no argument", self.text, node.end,
                f"Write {name}(…). For a variable of that name declare it, for example {name}: matrix(n,n).",
            )  # fmt: skip
        near = [n for n in near_names(name) if n != name]
        also = f" Did you mean the function {near[0]}(…)?" if near else ""
        letters = "*".join(name[:8]) if name.isalpha() and len(name) <= 8 else ""
        product = f" For a product write {letters}." if letters else ""
        raise LanguageError(
            f"the name {name[:40]} is not declared",
            self.text,
            node.start,
            f"Declare it, for example {name[:40]}: vector(n).{product}{also}",
        )
