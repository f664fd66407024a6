"""The derivation as a person would write it: one named rule a line, from d(f) to the gradient.

The rules are those that `differential` applied, as its trace has them; here is only how they are written.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from frechet.calculus.derivative import Derivative
from frechet.calculus.linear import Trace, differential
from frechet.calculus.subspaces import describe, structure_of
from frechet.expr.definitions import defined, expanded
from frechet.expr.node import Expr, postorder, rebuild, substitute
from frechet.expr.structure import (
    NUMBER,
    add,
    coefficient,
    differential_of,
    is_zero,
    pow,
    scale,
    symbol,
    transpose,
    zeros,
)  # fmt: skip
from frechet.language import to_text
from frechet.rules.formal import d

__all__ = ["Step", "derivation"]

_LINES = 40  # a longer derivation is not read: the rest is done in one line


@dataclass(frozen=True)
class Step:
    """One line: `left` = `right`, by `rule`; repeated parts are written by their `names`."""

    left: Expr
    right: Expr
    rule: str
    names: Mapping[Expr, str] = field(default_factory=dict, compare=False, repr=False)

    def __repr__(self) -> str:
        return f"{to_text(self.left, self.names)} = {to_text(self.right, self.names)}    [{self.rule}]"


def derivation(answer: Derivative, names: Mapping[Expr, str] | None = None) -> list[Step]:
    """The lines that lead from d(f) to the answer, with the formula of the rule that each one uses.

    `names` are those of parts that repeat: a line says what a name stands for, before it is used.
    """
    steps = _steps(answer)
    return _with_names(steps, names) if names else steps


def _steps(answer: Derivative) -> list[Step]:
    f, left = expanded(answer.function), d(answer.function)
    tangents = dict(zip(answer.variables, answer.tangents, strict=True))
    if f in tangents:
        return [Step(left, tangents[f], f"{f.name} is the variable"), *_conclusion(answer, left, tangents[f])]
    trace: Trace = {}
    total = differential(f, tangents, trace)
    if f not in trace:
        absent = " and ".join(X.name for X in answer.variables)
        return [Step(left, zeros(*f.shape), f"{absent} does not occur: the differential is zero")]
    steps = [] if f is answer.function else [Step(left, d(f), _definitions(answer.function))]
    current, written = d(f), _written_at_once(trace, tangents)
    if f in written:
        current = written[f]
        if not _pending(current):
            steps.append(Step(left, current, _statement(f, trace, tangents)))
    while (pending := _pending(current)) and len(steps) < _LINES:
        first = pending[0].args[0]
        together = {p: _applied(p.args[0], trace) for p in pending if p.args[0].op is first.op}
        current = substitute(current, together)
        current = substitute(current, {p: written[p.args[0]] for p in _pending(current) if p.args[0] in written})
        steps.append(Step(left, current, _statement(first, trace, tangents)))
    if pending:
        current = total
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


def _with_names(steps: Iterable[Step], names: Mapping[Expr, str]) -> list[Step]:
    """The lines with names in place of the parts, each name after the line that says what it stands for."""
    lines: list[Step] = []
    said: set[Expr] = set()
    for step in steps:
        present = set(postorder(step.left, step.right))
        for part, name in names.items():
            if part in present and part not in said:
                said.add(part)
                inside = {p: n for p, n in names.items() if p is not part}
                lines.append(Step(symbol(name, *part.shape), part, "name of a repeated part", inside))
        lines.append(Step(step.left, step.right, step.rule, names))
    return lines


# --- what the trace says, line by line ------------------------------------------------------------


def _pending(root: Expr) -> list[Expr]:
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


def _written_at_once(trace: Trace, tangents: Mapping[Expr, Expr]) -> dict[Expr, Expr]:
    """The differentials that nobody gives a line: d(A') is written d(A)', d(2*A) is written 2*d(A)."""
    written: dict[Expr, Expr] = {}
    for u in trace:
        if u.op is transpose or (u.op is scale and all(s.op is NUMBER for s in u.args[:-1])):
            *numbers, a = u.args
            written[u] = rebuild(u, (*numbers, tangents.get(a, written.get(a, d(a)))))
    return written


def _applied(u: Expr, trace: Trace) -> Expr:
    """d(u) by the rule of its operation. A power of a norm takes the rule of the norm with it: the norm cancels."""
    if _is_power_of_norm(u) and u.args[0] in trace:
        norm = u.args[0]
        return _cancelled(substitute(trace[u], {d(norm): trace[norm]}))
    return trace[u]


def _is_power_of_norm(u: Expr) -> bool:
    return u.op is pow and u.args[0].op.norm_like and not u.args[0].op.elementwise and u.args[1].op is NUMBER


def _cancelled(product: Expr) -> Expr:
    """2*norm2(x)*(x'*dx)/norm2(x) as 2*x'*dx, which it is at 0 too."""
    powers: dict[Expr, Fraction] = {}
    others: list[Expr] = []
    for factor in product.args if product.op is scale else (product,):
        base, exponent = (factor.args[0], coefficient(factor.args[1])) if factor.op is pow else (factor, Fraction(1))
        if base.op.norm_like and exponent is not None:
            powers[base] = powers.get(base, Fraction(0)) + exponent
        else:
            others.append(factor)
    return scale(*[base**exponent for base, exponent in powers.items()], *others)


# --- the rules in general letters -----------------------------------------------------------------


def _statement(u: Expr, trace: Trace, tangents: Mapping[Expr, Expr]) -> str:
    """The formula of the rule in general letters: d(inv(A)) = -inv(A)*dA*inv(A)."""
    op, active = u.op, {*trace, *tangents}
    if op.rule_name:
        constant = ", terms that do not vary drop out" if op is add and not active.issuperset(u.args) else ""
        return f"{op.rule_name}: {op.formula}{constant}"
    general, moving = _in_general_letters(u, active)
    if general.op is not op:
        return f"differential of {op.name}"
    formulas: Trace = {}
    differential(general, {s: differential_of(s) for s in moving}, formulas)
    total = _applied(general, formulas)
    first = next(i for i, a in enumerate(u.args) if a in active)
    if is_zero(total):
        name = f"{op.name} does not vary"
    elif op is pow:
        name = "power rule"
    else:
        name = f"{op.name} is linear" if op.is_linear_in(first) else op.name
    return f"{name}: {to_text(d(general))} = {to_text(total)}"


def _in_general_letters(u: Expr, active: Collection[Expr]) -> tuple[Expr, list[Expr]]:
    """The operation of u at general letters, and those letters that vary; the norm of a power stays a norm."""
    args, moving = [], []
    for i, a in enumerate(u.args):
        if i == 0 and a in active and _is_power_of_norm(u):
            letter, below = _in_general_letters(a, active)
            moving += below
        elif a in active or a.op is not NUMBER:
            names = "stuvw" if a.is_scalar else "xyzwv" if a.cols.constant == 1 else "ABCDE"
            letter = symbol(names[i % len(names)], *a.shape)
            moving += [letter] if a in active else []
        else:
            letter = a
        args.append(letter)
    return u.op(*args, params=u.params), moving


def _definitions(f: Expr) -> str:
    """What the operations of f are defined by, in general letters: absm(A) = A*signm(A)."""
    found = {u.op: u for u in reversed(postorder(f)) if u.op.definition is not None}
    general = [_in_general_letters(u, ())[0] for u in found.values()]
    return "by definition: " + ", ".join(f"{to_text(g)} = {to_text(defined(g))}" for g in general)
