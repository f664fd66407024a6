"""What the names of a text stand for: declared variables, differentials, sizes, constants, defaults."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from frechet.errors import LanguageError
from frechet.expr.node import Expr
from frechet.expr.sizes import ONE, Size
from frechet.expr.structure import differential_of, differential_properties
from frechet.language.declarations import declaration
from frechet.language.names import default_kind, normal_name
from frechet.language.surface import constant_row, is_function, near_names
from frechet.language.tree import SyntaxNode

__all__ = ["Scope", "Variable"]

_DIFFERENTIAL = re.compile(r"d(\w+?)(\d*)$")


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
        self.used: dict[str, Variable] = {}
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

    def resolve(self, nodes: list[SyntaxNode], size_letters: Iterable[str]) -> None:
        """Gives every name a variable, or turns its node into a size or a constant."""
        later = []
        for node in nodes:
            if node.head == "name":
                variable = self.variables.get(node.value)
                if variable is None:
                    later.append(node)
                else:
                    self.used[node.value] = variable
        if later:
            self._resolve_undeclared(later, size_letters)

    def _resolve_undeclared(self, nodes: list[SyntaxNode], size_letters: Iterable[str]) -> None:
        sizes = self.letters() | set(size_letters)
        occurring = {n.value for n in nodes}
        differentials = []
        for node in nodes:
            name = node.value
            if name in self.variables:
                self.used[name] = self.variables[name]
                continue
            row = constant_row(name)
            differential = _DIFFERENTIAL.match(name)
            if name in sizes:
                node.head, node.value = "size", Size.of({(name,): 1})
            elif row is not None:
                node.head, node.value = "call", (row, ())
            elif differential and self._is_variable(differential[1], occurring):
                differentials.append((node, differential))
            else:
                self.used[name] = self.variables[name] = self._default(node)
        for node, differential in differentials:
            self._differential(node, differential)

    def _is_variable(self, name: str, occurring: set[str]) -> bool:
        return name in self.given or (name in occurring and default_kind(name) is not None)

    def _differential(self, node: SyntaxNode, found: re.Match[str]) -> None:
        name = node.value
        if name not in self.variables:
            base = self.variables[found[1]]
            if base.expr is not None and base.expr.op.name == "symbol":
                dX = differential_of(base.expr, found[2])
                self.variables[name] = Variable(name, dX.rows, dX.cols, dX.params[1], dX)
            else:
                self.variables[name] = Variable(name, base.rows, base.cols, differential_properties(base.properties))
        self.used[name] = self.variables[name]

    def _default(self, node: SyntaxNode) -> Variable:
        name = node.value
        kind = default_kind(name)
        if kind is None:
            self._unknown(node)
        if kind == "scalar":
            return Variable(name, ONE, ONE)
        return Variable(name, self._fresh(), ONE if kind == "vector" else self._fresh())

    def _unknown(self, node: SyntaxNode) -> None:
        name = node.value
        if is_function(name):
            raise LanguageError(f"the function {name} has no argument", self.text, node.end, f"Write {name}(…).")
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
