"""The derivation as a person would write it: one named rule a line, from d(f) to the gradient."""

from __future__ import annotations

from dataclasses import dataclass

from frechet.calculus.derivative import Derivative
from frechet.calculus.local import local_differential, total_differential
from frechet.calculus.subspaces import describe, structure_of
from frechet.expr.definitions import expanded
from frechet.expr.node import Expr, dependents, substitute
from frechet.expr.structure import (
    add,
    differential_of,
    pow,
    symbol,
    zeros,
)  # fmt: skip
from frechet.language import to_text
from frechet.rules.formal import d

__all__ = ["Step", "derivation"]

_LINES = 40  # a longer derivation is not read: the rest is done in one line


@dataclass(frozen=True)
class Step:
    """One line: `left` = `right`, by `rule`."""

    left: Expr
    right: Expr
    rule: str

    def __str__(self) -> str:
        return f"{to_text(self.left)} = {to_text(self.right)}    [{self.rule}]"


def derivation(answer: Derivative) -> list[Step]:
    """The lines that lead from d(f) to the answer, with the formula of the rule that each one uses."""
    f = expanded(answer.function)
    active = dependents([f], answer.variables)
    tangents = dict(zip(answer.variables, answer.tangents, strict=True))
    left = d(f) if f not in tangents else tangents[f]
    if f not in active:
        return [Step(left, zeros(f.rows, f.cols), "the variable does not occur: the differential is zero")]
    steps: list[Step] = []
    current = left
    while (pending := _formal(current)) and len(steps) < _LINES:
        op = pending[0].args[0].op
        together = [p for p in pending if p.args[0].op is op]
        worked_out = {p: _expand(p.args[0], active, tangents) for p in together}
        current = substitute(current, worked_out)
        steps.append(Step(left, current, _statement(together[0].args[0], active)))
    if pending:
        current = answer.linear_form
        steps.append(Step(left, current, "the same rules, for all that is left"))
    return steps + _conclusion(answer, left, current)


def _conclusion(answer: Derivative, left: Expr, current: Expr) -> list[Step]:
    """From an expression linear in dX to the form with dX last, and the gradient or Jacobian read off."""
    steps = []
    if answer.differential is not current:
        rule = "collect: tr(A') = tr(A), tr(A*B) = tr(B*A)" if answer.function.is_scalar else "collect like terms"
        steps.append(Step(left, answer.differential, rule))
    if not answer.function.is_scalar:
        return steps
    for G, X in zip(answer.gradients, answer.variables, strict=True):
        name = symbol(f"grad_{X.name}" if len(answer.variables) > 1 else "grad", X.rows, X.cols)
        reading = "df = grad'*dX" if X.cols.constant == 1 else "df = tr(grad'*dX)"
        rule = f"read off: {reading}"
        if structure_of(X):
            rule += "; " + describe(X)
        steps.append(Step(name, G, rule.replace("dX", f"d{X.name}")))
    return steps


def _formal(root: Expr) -> list[Expr]:
    """The placeholders d(u) in reading order; none stands inside another."""
    found: dict[Expr, None] = {}
    seen: set[Expr] = set()
    stack = [root]
    while stack:
        node = stack.pop()
        if node in seen:
            continue
        seen.add(node)
        if node.op is d:
            found[node] = None
        else:
            stack.extend(reversed(node.args))
    return list(found)


def _expand(u: Expr, active: set[Expr], tangents: dict[Expr, Expr]) -> Expr:
    """d(u) by the rule of its outermost operation, with placeholders for its arguments."""
    return total_differential(u, {a: tangents[a] if a in tangents else d(a) for a in u.args if a in active})


def _statement(u: Expr, active: set[Expr]) -> str:
    """The formula of the rule in general letters: d(inv(A)) = -inv(A)*dA*inv(A)."""
    op = u.op
    if op.rule_name:
        return f"{op.rule_name}: {op.formula}"
    letters = [_letter(a, i, a in active) for i, a in enumerate(u.args)]
    general = op(*letters, params=u.params)
    if general.op is not op:
        return f"differential of {op.name}"
    moving = [i for i, a in enumerate(u.args) if a in active]
    total = add(*[local_differential(general, i, differential_of(letters[i])) for i in moving])
    name = "power rule" if op is pow else f"{op.name} is linear" if op.is_linear_in(moving[0]) else op.name
    return f"{name}: {to_text(d(general))} = {to_text(total)}"


def _letter(a: Expr, i: int, moves: bool) -> Expr:
    """A general letter for an argument; constants such as an exponent stay what they are."""
    if not moves and not a.args and a.op.name == "number":
        return a
    names = "stu" if a.is_scalar else "xyz" if a.cols.constant == 1 else "ABC"
    return symbol(names[i % 3], *a.shape)
