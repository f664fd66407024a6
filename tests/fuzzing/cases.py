"""A random expression by its number, what is to be compared, and how a failure is told."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from frechet.expr.node import Expr, postorder, substitute, symbols
from frechet.expr.structure import symbol
from frechet.language import to_text
from tests.fuzzing.comparison import compare
from tests.fuzzing.drawing import Drawing, drawn_operations

__all__ = ["Case", "case", "failure", "shrunk"]

TRIES = 200


@dataclass(frozen=True)
class Case:
    """An expression and the variables to differentiate by; the seed draws the point."""

    f: Expr
    variables: tuple[Expr, ...]
    seed: int

    def run(self) -> bool:
        return compare(self.f, self.variables, self.seed)

    def __str__(self) -> str:
        declared = ", ".join(f"{s.name}: {_declaration(s)}" for s in symbols(self.f))
        by = ", ".join(X.name for X in self.variables)
        return f"{to_text(self.f)}\n  by {by}; {declared}"


def _declaration(s: Expr) -> str:
    kind = "scalar" if s.is_scalar else f"vector({s.rows})" if s.is_vector else f"matrix({s.rows},{s.cols})"
    return " ".join([kind, *s.params[1]])


def case(seed: int) -> Case:
    """The expression with this number; the operations of the table take turns as its centre."""
    rows = drawn_operations()
    f = Drawing(seed, rows[seed % len(rows)]).expression()
    choice = random.Random(seed)
    present = symbols(f)
    variables = choice.sample(present, min(len(present), choice.choice((1, 1, 1, 2))))
    return Case(f, tuple(variables), seed)


def failure(seed: int) -> str | None:
    """What is wrong with the expression of this number, shrunk, or None."""
    drawn = case(seed)
    error = _error(drawn)
    if error is None:
        return None
    smallest = shrunk(drawn, lambda c: type(_error(c)) is type(error))
    return f"expression {seed}: {drawn}\nshrunk: {smallest}\n{type(error).__name__}: {_error(smallest)}"


def _error(c: Case) -> Exception | None:
    try:
        c.run()
    except Exception as error:
        return error
    return None


def shrunk(start: Case, fails: Callable[[Case], bool]) -> Case:
    """A smaller case that still fails: a part alone, or a part replaced by a symbol."""
    current, left = start, TRIES
    while True:
        for candidate in _smaller(current):
            if left == 0:
                return current
            left -= 1
            if fails(candidate):
                current = candidate
                break
        else:
            return current


def _smaller(c: Case) -> Iterator[Case]:
    inner = postorder(c.f)[:-1]
    for node in inner:
        if node.args and _restricted(c, node):
            yield Case(node, _restricted(c, node), c.seed)
    for node in reversed(inner):
        if node.args:
            f = substitute(c.f, {node: symbol("Z" if node.cols.constant != 1 else "z", *node.shape)})
            if f.weight < c.f.weight and _restricted(c, f):
                yield Case(f, _restricted(c, f), c.seed)


def _restricted(c: Case, f: Expr) -> tuple[Expr, ...]:
    return tuple(X for X in c.variables if X in symbols(f))
