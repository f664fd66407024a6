"""Nodes that bind a symbol: the X with F(X, A, ...) = 0, the Y with L(Y, A, ...) = R.

    where(F, X)        X, defined by F = 0; its arguments are the other symbols of F, and whatever is put in their place
    solution(L, Y, R)  Y with L(Y) = R for an L that is linear in Y; linear in R, its first argument

The equation is a parameter, written in symbols that stand for the arguments: so it goes wherever the arguments go, and two nodes
with one equation are one node. Rules and kernels are the calculus's: it fills every operation that is made here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from frechet.errors import LanguageError, ShapeError
from frechet.expr.node import Expr, Operation, dependents, postorder, substitute, symbols
from frechet.expr.signature import Shape
from frechet.expr.structure import symbol

__all__ = [
    "FILL",
    "Equation",
    "all_bound",
    "bound_nodes",
    "defined_by",
    "equation_of",
    "is_bound",
    "nested",
    "solution",
    "where",
]

FILL: list[Callable[[Operation, int], None]] = []
"""What gives an operation with a number of arguments its rules and its kernel: filled by `frechet.calculus.binding`."""
_BINDS = "binds"
_DOMAIN = "the linearized equation has one solution"


class Equation:
    """F = 0 in the symbols `placeholders` and `unknown`; `solver` gives the unknown from the arrays of the placeholders.

    Equations are compared by what they say, not by the object.
    """

    __slots__ = ("F", "placeholders", "solver", "unknown")

    def __init__(
        self, F: Expr, unknown: Expr, placeholders: Sequence[Expr], solver: Callable[..., Any] | None = None
    ) -> None:
        self.F, self.unknown, self.placeholders, self.solver = F, unknown, tuple(placeholders), solver

    @property
    def _key(self) -> tuple[Any, ...]:
        return self.F, self.unknown, self.placeholders, self.solver

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Equation) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    def __repr__(self) -> str:
        return f"{self.unknown.name} where {self.F} = 0"

    def at(self, node: Expr, first: int = 0) -> Expr:
        """F with the arguments of a node in the place of the placeholders; the unknown stays a symbol."""
        return substitute(self.F, dict(zip(self.placeholders, node.args[first:], strict=True)))


class _Binding(Operation):
    """An operation with one number of arguments; it is no operation of the table."""

    def __reduce__(self) -> Any:
        return _binding, (self.name, len(self.differentials) + len(self.adjoints))


def _shape(args: Sequence[Expr], params: tuple[Any, ...]) -> Shape:
    unknown: Expr = params[0].unknown
    return unknown.shape


@lru_cache(maxsize=256)
def _binding(name: str, count: int) -> _Binding:
    made = _Binding(name, _shape, contextual=True, domain=_DOMAIN)
    for fill in FILL:
        fill(made, count)
    return made


def where(F: Expr, X: Expr, solver: Callable[..., Any] | None = None) -> Expr:
    """X as a node, defined by F = 0: a function of the other symbols of F."""
    others = [s for s in symbols(F) if s is not X]
    return _binding("where", len(others))(*others, params=(Equation(F, X, others, solver),))


def defined_by(system: Mapping[Expr, Expr]) -> dict[Expr, Expr]:
    """The unknowns of F_1 = 0, F_2 = 0, ... as nodes; `system` has the equation of each.

    An equation may use all unknowns, also those that are defined by others. Where two are coupled the first is eliminated: in the
    equation of the second it is a function of the second.
    """
    reached: dict[Expr, set[Expr]] = {X: {s for s in symbols(F) if s in system} for X, F in system.items()}
    for _ in system:
        for X in system:
            reached[X] |= {s for Y in [*reached[X]] for s in reached[Y]}
    nodes: dict[Expr, Expr] = {}
    for X, F in system.items():
        while coupled := {Y: nodes[Y] for Y in symbols(F) if Y in nodes and X in reached[Y]}:
            F = substitute(F, coupled)
        if X not in symbols(F):
            raise LanguageError(
                f"the equation does not contain {X.name}: {F} = 0",
                hint="Each equation defines an unknown that it contains.",
            )
        nodes[X] = where(F, X)
    for _ in system:
        nodes = {X: substitute(node, nodes) for X, node in nodes.items()}
    return nodes


def solution(L: Expr, Y: Expr, R: Expr) -> Expr:
    """The Y with L = R, for an L that is linear in the symbol Y."""
    if L.shape != R.shape:
        raise ShapeError(f"the equation for {Y.name} has a {L.rows}×{L.cols} and a {R.rows}×{R.cols} side")
    atoms = _atoms(L, Y)
    names = _names(atoms, {Y.name})
    placeholders = [symbol(name, a.rows, a.cols) for a, name in zip(atoms, names, strict=True)]
    template = substitute(L, dict(zip(atoms, placeholders, strict=True)))
    op = _binding("solution", len(atoms) + 1)
    return op(R, *atoms, params=(Equation(template, Y, placeholders),))


def _atoms(L: Expr, Y: Expr) -> list[Expr]:
    """The symbols and bound nodes of L that do not depend on Y, outermost first found."""
    moving = dependents([L], [Y])
    inside: set[Expr] = set()
    found = []
    for node in reversed(postorder(L)):
        if node in inside:
            inside.update(node.args)
            continue
        if node not in moving and (node.op.name == "symbol" or is_bound(node)):
            found.append(node)
            inside.update(node.args)
    return [a for a in found if a not in inside or a.op.name == "symbol"]


def _names(atoms: Sequence[Expr], taken: set[str]) -> list[str]:
    names = []
    for a in atoms:
        stem = a.name if a.op.name == "symbol" else a.params[0].unknown.name
        name, k = stem, 1
        while name in taken:
            name, k = f"{stem}_{k}", k + 1
        taken.add(name)
        names.append(name)
    return names


def is_bound(node: Expr) -> bool:
    """Whether a node binds a symbol."""
    return isinstance(node.op, _Binding)


def bound_nodes(*roots: Expr) -> list[Expr]:
    """The nodes below the roots that bind a symbol, those inside others first."""
    if not any(_binds(root) for root in roots):
        return []  # the usual case, which every printer asks for
    return [node for node in postorder(*roots) if is_bound(node)]


def all_bound(expr: Expr) -> list[Expr]:
    """The nodes that bind a symbol, those that are only in the equations of others too; what was eliminated first."""
    found: dict[Expr, None] = {}
    opened: set[Expr] = set()
    stack = bound_nodes(expr)[::-1]
    while stack:
        node = stack.pop()
        inner = [] if node in opened else [n for _, other in nested(node) for n in bound_nodes(other)]
        opened.add(node)
        before = [n for n in inner if n not in opened]
        if before:
            stack += [node, *before[::-1]]
        else:
            found[node] = None
    return list(found)


def _binds(root: Expr) -> bool:
    """Whether a node binds a symbol or has one below it that does; kept at the nodes."""
    for node in postorder(root, unless=_BINDS):
        node.memo[_BINDS] = is_bound(node) or any(a.memo[_BINDS] for a in node.args)
    return bool(root.memo[_BINDS])


def nested(node: Expr) -> list[tuple[Expr, Expr]]:
    """The bound nodes in the equation of a bound node that depend on its unknown, and the same with the node in its place."""
    unknown, left, _ = equation_of(node)
    return [(inside, substitute(inside, {unknown: node})) for inside in bound_nodes(left) if unknown in symbols(inside)]


def equation_of(node: Expr) -> tuple[Expr, Expr, Expr]:
    """(unknown, left, right) of a bound node: for `where` its F and the number 0, for `solution` L and R."""
    equation: Equation = node.params[0]
    first = 1 if node.op.name == "solution" else 0
    left = equation.at(node, first)
    return equation.unknown, left, node.args[0] if first else 0 * left
