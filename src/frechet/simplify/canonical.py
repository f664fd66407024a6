"""The engine: every node is brought to its normal form once, arguments first, by what `registry` knows."""

from __future__ import annotations

from frechet.budgets import tick
from frechet.expr.definitions import defined
from frechet.expr.memos import derived, holding, mark, recall, remember
from frechet.expr.node import Expr, rebuild
from frechet.expr.properties import has
from frechet.expr.structure import add, hadamard, mul, scale, transpose
from frechet.simplify.registry import laws_of, normal_form, normal_forms

__all__ = ["canonical", "canonical_transpose", "is_plainer"]


def canonical(root: Expr) -> Expr:
    """The normal form of an expression: equal for expressions that differ only in how they are arranged."""
    found = recall(root, "canonical")
    if found is not None:
        return found
    with holding():
        return _canonical(root)


def _canonical(root: Expr) -> Expr:
    stack = [root]
    equal: dict[Expr, Expr] = {}  # nodes on the stack, and the expressions that have their normal form
    while stack:
        tick()
        node = stack[-1]
        if recall(node, "canonical") is None:
            if node not in equal and node.op in _FLAT and any(a.op is node.op for a in node.args):
                other = _flat(node)
                if other is not node:
                    equal[node] = other
                    stack.append(other)
                    continue
            if node not in equal:
                args = [recall(a, "canonical") for a in node.args]
                if None in args:
                    stack += [a for a, known in zip(reversed(node.args), reversed(args), strict=True) if known is None]
                    continue
                other = rebuild(node, args)  # type: ignore[assignment]
                equal[node] = other = other if other is not node else _rewritten(node)
                if other is not node and other not in equal and recall(other, "canonical") is None:
                    stack.append(other)
                    continue
            known = recall(equal[node], "canonical")
            mark(remember(node, "canonical", equal[node] if known is None else known), "canonical")
        stack.pop()
    result = recall(root, "canonical")
    assert result is not None
    return result


_FLAT = frozenset({add, hadamard, mul, scale})


def _flat(node: Expr) -> Expr:
    """A sum or product, nested because it is long, in one piece: level by level its normal form costs the square."""
    args: list[Expr] = []
    opened = {node}
    pending = list(reversed(node.args))
    while pending:
        a = pending.pop()
        if a.op is node.op and a not in opened and recall(a, "canonical") is None:
            opened.add(a)
            pending.extend(reversed(a.args))
        else:
            args.append(a)
    return node.op(*args)


def _rewritten(node: Expr) -> Expr:
    """An expression with the same normal form as a node whose arguments are canonical; the node when it is in it."""
    if node.op.definition is not None:
        return defined(node)
    form = normal_forms.get(node.op)
    arranged = node if form is None else form(node)
    if arranged.op is node.op:
        for law in laws_of(node.op):
            other = law(arranged)
            if other is not None and other not in (node, arranged):
                return other
    if form is not None:
        return mark(arranged, "canonical")
    return mark(_pull_transpose(node), "canonical")


def _pull_transpose(node: Expr) -> Expr:
    """f(A') as f(A)' when A is plainer than A': so inv(X') and inv(X)' are one thing."""
    if len(node.args) != 1 or node.is_scalar or node.op.transposed != "commutes" or has(node, "symmetric"):
        return node
    if (argument := node.args[0]).op is not transpose and not _has_transpose(argument):
        return node
    turned = canonical_transpose(argument)
    if not is_plainer(turned, argument):
        return node
    return canonical_transpose(canonical(node.op(turned, params=node.params)))


def _has_transpose(node: Expr) -> bool:
    """Whether a transpose stands near the top, so that turning the argument may shorten it."""
    return any(a.op is transpose or any(b.op is transpose for b in a.args) for a in node.args)


# --- transposes -----------------------------------------------------------------------------------


def canonical_transpose(root: Expr) -> Expr:
    """A' for a canonical A: products reversed, sums term by term; f(A)' keeps the transpose outside."""
    return derived(root, "canonical transpose", _transpose_both, _transposed_within)


def _transpose_both(node: Expr, inner: list[Expr]) -> Expr:
    """A', and A as the transpose of that, but for a transpose, which may be no normal form: (X + Y)' is X' + Y'."""
    result = _transpose_one(node, inner)
    if node.op is not transpose and recall(result, "canonical transpose") is None:
        remember(result, "canonical transpose", node)
    return result


def _transposed_within(node: Expr) -> tuple[Expr, ...]:
    if node.is_scalar or node.op is transpose or has(node, "symmetric"):
        return ()
    if node.op is mul or node.op.transposed == "commutes" or callable(node.op.transposed):
        return node.args
    return ()


def _transpose_one(node: Expr, inner: list[Expr]) -> Expr:
    law = node.op.transposed
    if node.is_scalar or law == "invariant" or has(node, "symmetric"):
        return node
    if has(node, "skew"):
        return canonical(-node)
    if node.op is transpose:
        return node.args[0]
    if node.op is mul:
        return canonical(mul(*reversed(inner)))
    if law == "commutes":
        if len(inner) > 1 or node.op in normal_forms:
            return canonical(node.op(*inner, params=node.params))
        # f(A)': the transpose stays outside, unless A' is the plainer argument (f(A')' = f(A)).
        return _normalise_outside(node, inner[0])
    return canonical(law(node)) if callable(law) else mark(transpose(node), "canonical")


def _normalise_outside(node: Expr, argument: Expr) -> Expr:
    if argument is node.args[0]:
        return node
    if is_plainer(argument, node.args[0]):
        return mark(node.op(argument, params=node.params), "canonical")
    return mark(transpose(node), "canonical")


def is_plainer(A: Expr, B: Expr) -> bool:
    """Whether A is to be preferred to B = A' as the argument of a function."""
    return (A.weight, A.fingerprint) < (B.weight, B.fingerprint)


@normal_form(transpose)
def normal_transpose(node: Expr) -> Expr:
    return canonical_transpose(node.args[0])
