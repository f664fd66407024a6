"""Order and length of expressions: what comes first in a sum, and what is shorter to read."""

from __future__ import annotations

from frechet.expr.node import Expr, postorder
from frechet.expr.sizes import ONE
from frechet.expr.structure import ONES, SYMBOL, add, coefficient, hadamard, mul, pow, scale

__all__ = ["length", "order_key", "reading_order"]

_HINT = 24  # letters of the name by which equally heavy expressions are ordered
_NARY = (add, mul, hadamard)


def order_key(root: Expr) -> tuple[int, str, int]:
    """Sorts light before heavy, then by the names inside, then by structure. The same in every run."""
    found = root.memo.get("order")
    if found is None:
        found = (root.weight, _hint(root), root.fingerprint)
        root.memo["order"] = found
    return found


def _hint(root: Expr) -> str:
    """The first few names in reading order."""
    names: list[str] = []
    stack, total, steps = [root], 0, 0
    while stack and total < _HINT and steps < 2 * _HINT:  # bounded: one node costs the same at any depth
        node = stack.pop()
        steps += 1
        if node.args:
            stack += node.args[::-1]
        else:
            name = node.name if node.op is SYMBOL else node.op.name
            names.append(name)
            total += len(name)
    return " ".join(names)


def reading_order(node: Expr) -> tuple:
    """The order of terms in a sum: positive ones first, light before heavy."""
    value = coefficient(node.args[0]) if node.op is scale else coefficient(node)
    return (value is not None and value.numerator < 0, *order_key(node))


def length(root: Expr) -> int:
    """Symbols to read: names, numbers, operators and function names in the printed text."""
    found: int | None = root.memo.get("length")
    if found is None:
        is_next = all("length" in a.memo for a in root.args)  # the last of many that are worked out as they are made
        for node in [root] if is_next else postorder(root, unless="length"):
            node.memo["length"] = found = _own_length(node)
    assert found is not None
    return found


def _own_length(node: Expr) -> int:
    inner = sum([a.memo["length"] for a in node.args])
    op = node.op
    if op in _NARY:
        saved = _negative_terms(node) + _filled_terms(node) if op is add else 0
        if op is hadamard:  # x.*y.^-1 reads x./y
            saved = 2 * sum([1 for a in node.args[1:] if _is_reciprocal(a)])
        return inner + len(node.args) - 1 - saved
    if op is scale:
        joints = len(node.args) - 1
        if coefficient(node.args[0]) == -1:
            joints -= 1  # "-1*" reads "-"
        # A factor with the power -1 reads "/base": the power and its exponent disappear.
        over = sum([1 for a in node.args if _is_reciprocal(a)])
        return inner + joints - 2 * over + (1 if over == len(node.args) else 0)
    if op is pow and coefficient(node.args[1]) == -1:
        return inner + 1
    if not node.args:
        is_row = op is ONES and node.rows is ONE and node.cols is not ONE  # ones(1,n), beside ones(n)
        return 1 if op.operator else 1 + is_row + len([p for p in node.params if p is not ONE])
    return inner + 1 + sum([1 for p in node.params if type(p) is not tuple])


def _negative_terms(node: Expr) -> int:
    """Terms that read "- B" save one symbol each: the minus is the operator (except in front)."""
    saved = 0
    for t in node.args[1:]:
        if t.op is scale:
            value = coefficient(t.args[0])
            if value is not None and value < 0:
                saved += 1 if value == -1 else 0
    return saved


def _filled_terms(node: Expr) -> int:
    """In a sum that is not square, A + c*ones(m,n) reads A + c."""
    if node.rows is node.cols:
        return 0
    filled = [t for t in node.args if (t.args[-1] if t.op is scale else t).op is ONES]
    if len(filled) != 1 or len(node.args) == 1:
        return 0
    (t,) = filled
    if t.op is not scale:
        return t.memo["length"] - 1
    minus_one = len(t.args) == 2 and coefficient(t.args[0]) == -1
    return t.args[-1].memo["length"] + (0 if minus_one else 1)


def _is_reciprocal(node: Expr) -> bool:
    return node.op is pow and coefficient(node.args[1]) == -1
