"""Leaves, sums, scalings, elementwise products, powers and functions."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from functools import reduce

from frechet.compile.lowering import Lowering, lowers, ndim_of, shape_of
from frechet.compile.products import plus_transpose
from frechet.compile.values import Value
from frechet.expr.node import Expr, operations
from frechet.expr.properties import has
from frechet.expr.sizes import ONE
from frechet.expr.structure import coefficient

__all__: list[str] = []

# --- leaves ---------------------------------------------------------------------------------------------


@lowers("symbol")
def lower_symbol(lowering: Lowering, node: Expr) -> Value:
    b = lowering.b
    value = b.make("input", shape=shape_of(node), params=(node.name, node.rows, node.cols))
    b.learn(value, lowering.facts(node))
    return value


@lowers("number")
def lower_number(lowering: Lowering, node: Expr) -> Value:
    return lowering.b.constant(node.params[0])


@lowers("eye")
def lower_eye(lowering: Lowering, node: Expr) -> Value:
    return lowering.b.eye(node.rows)


@lowers("ones", "zeros")
def lower_constant(lowering: Lowering, node: Expr) -> Value:
    made = lowering.b.filled(1 if node.op.name == "ones" else 0, shape_of(node))
    lowering.b.learn(made, ("nonnegative",))
    return made


@lowers("e")
def lower_unit_vector(lowering: Lowering, node: Expr) -> Value:
    return lowering.b.make("unit", shape=shape_of(node), params=node.params)


@lowers("transpose")
def lower_transpose(lowering: Lowering, node: Expr) -> Value:
    return lowering.b.T(lowering.value(node.args[0]))


# --- sums -------------------------------------------------------------------------------------------------


@lowers("add")
def lower_add(lowering: Lowering, node: Expr) -> Value:
    """Terms with a plus sign first; diagonal terms are added to the diagonal alone, repeated ones spread."""
    b = lowering.b
    if ndim_of(node) == 2 and has(node, "diagonal"):
        return b.diagonal_matrix(lowering.diagonal_of(node))
    dense: list[tuple[int, Value]] = []
    spread: list[tuple[int, Value]] = []
    diagonal: list[Value] = []
    for term in node.args:
        if ndim_of(node) == 2 and has(term, "diagonal"):
            diagonal.append(_diagonal_term(lowering, term))
            continue
        sign, magnitude = _sign_of(lowering, term)
        value = spread_value(lowering, magnitude, shape_of(node))
        (dense if b.is_full(value, shape_of(node)) else spread).append((sign, value))
    dense = _paired(lowering, node, dense)
    leading = next((t for t in spread if t[0] > 0), None)
    if leading is not None and dense and all(sign < 0 for sign, _ in dense) and leading[1].ndim == 0:
        spread.remove(leading)  # 1 - A, not -A + 1
        dense.insert(0, leading)
    total = _signed_sum(lowering, dense) if dense else None
    shift = reduce(b.add, diagonal) if diagonal else None
    if shift is not None and total is not None:
        total = b.make("add_diagonal", total, shift, shape=total.shape, facts=total.facts & {"symmetric"})
        shift = None
    for sign, value in spread:
        total = value if total is None else b.elementwise("add" if sign > 0 else "sub", total, value)
        if total is value and sign < 0:
            total = b.negate(value)
    assert total is not None
    if not b.is_full(total, shape_of(node)):
        total = b.elementwise("add", b.filled(0, shape_of(node)), total)
    return total if shift is None else b.make("add_diagonal", total, shift, shape=total.shape)


def _paired(lowering: Lowering, node: Expr, terms: list[tuple[int, Value]]) -> list[tuple[int, Value]]:
    """The terms, with A*B' + B*A' as one."""
    b = lowering.b
    left = Counter(terms)
    shared = {lowering.done.get(t) for t in node.args if lowering.uses[t] > 1}
    pairs: list[tuple[int, Value]] = []
    for sign, M in terms:
        mirror = b.T(M) if M.kernel == "mm" and left[sign, M] else M
        if mirror is not M and left[sign, mirror]:
            left[sign, M] -= 1
            left[sign, mirror] -= 1
            pairs.append((sign, plus_transpose(lowering, M, M not in shared and mirror not in shared)))
    return [*pairs, *left.elements()]


@lowers("sym", "skew")
def lower_symmetric_part(lowering: Lowering, node: Expr) -> Value:
    b, (A,) = lowering.b, node.args
    M = lowering.value(A)
    if "symmetric" in M.facts:
        return M if node.op.name == "sym" else b.filled(0, M.shape)
    is_sym = node.op.name == "sym"
    both = plus_transpose(lowering, M, lowering.uses[A] == 1) if is_sym else b.elementwise("sub", M, b.T(M))
    return b.mul(b.constant(Fraction(1, 2)), both)


def _diagonal_term(lowering: Lowering, term: Expr) -> Value:
    """The diagonal of a diagonal term: one number when all its entries are equal."""
    if term.op.name == "eye":
        return lowering.b.constant(1)
    if term.op.name == "scale" and term.args[-1].op.name == "eye":
        return lowering.b.product([lowering.value(s) for s in term.args[:-1]])
    return lowering.diagonal_of(term)


def _sign_of(lowering: Lowering, term: Expr) -> tuple[int, Expr]:
    """-c*A as (-1, c*A)."""
    if term.op.name == "scale":
        k = coefficient(term.args[0])
        if k is not None and k < 0:
            return -1, term.op(-k, *term.args[1:])
    return 1, term


def _signed_sum(lowering: Lowering, terms: list[tuple[int, Value]]) -> Value:
    b = lowering.b
    terms = sorted(terms, key=lambda t: t[0] < 0)
    sign, total = terms[0]
    total = total if sign > 0 else b.negate(total)
    for sign, value in terms[1:]:
        if sign > 0:
            total = b.add(total, value)
        else:
            facts = total.facts & value.facts & {"symmetric", "lower", "upper", "diagonal"}
            total = b.elementwise("sub", total, value)
            b.learn(total, facts)
    return total


def spread_value(lowering: Lowering, node: Expr, shape: tuple) -> Value:
    """A value for an elementwise kernel: what is repeated along rows or columns is held once."""
    b = lowering.b
    if node.op.name == "ones":
        return b.constant(1)
    if node.op.name == "scale" and not node.is_scalar:
        inside = spread_value(lowering, node.args[-1], shape)
        if b.is_full(inside, shape):
            return lowering.value(node)
        return b.mul(b.product([lowering.value(s) for s in node.args[:-1]]), inside)
    if node.op.name == "mul" and len(node.args) == 2 and ndim_of(node) == 2:
        x, y = node.args
        if y.op.name == "ones" and x.cols is ONE:
            return b.column(lowering.value(x), shape)
        if x.op.name == "ones" and y.rows is ONE:
            return b.row(lowering.value(y), shape)
    return lowering.value(node)


# --- products of numbers, entry by entry ------------------------------------------------------------------


@lowers("scale", "hadamard")
def lower_product(lowering: Lowering, node: Expr) -> Value:
    """Numerators over denominators; 0 over a norm that is 0 counts as 0, the convention of the language."""
    b = lowering.b
    above: list[Value] = []
    below: list[Value] = []
    norms: list[Value] = []
    if node.op.name == "scale" and not node.is_scalar and has(node.args[-1], "diagonal"):
        return b.diagonal_matrix(lowering.diagonal_of(node))
    for factor in node.args:
        if factor.op.name == "pow" and factor.args[1].is_scalar:
            k = coefficient(factor.args[1])
            if k is not None and k < 0:
                base = lowering.value(factor.args[0])
                root = b.power(base, b.constant(-k))
                (norms if factor.args[0].op.norm_like else below).append(root)
                continue
        if factor.op.name == "scale":
            for s in factor.args[:-1]:
                above.append(lowering.value(s))
            factor = factor.args[-1]
        above.append(spread_value(lowering, factor, shape_of(node)))
    matrices = [v for v in above if v.ndim == ndim_of(node) and v.ndim]
    numbers = [v for v in above if v.ndim == 0]
    lowered = [v for v in below if v.ndim == 0]
    scalar = b.product(numbers)
    if lowered:
        scalar = b.divide(scalar, b.product(lowered))
    result = b.product([*matrices]) if matrices else scalar
    full = [v for v in below if v.ndim]
    if full:
        result = b.divide(result, b.product(full))
    if matrices:
        result = b.mul(scalar, result)
    if norms:
        result = b.elementwise("quotient", result, b.product(norms))
    if not b.is_full(result, shape_of(node)):
        result = b.elementwise("mul", b.filled(1, shape_of(node)), result)
    return result


@lowers("quotient", "ratio")
def lower_quotient(lowering: Lowering, node: Expr) -> Value:
    """A./B; 0/0 counts as 0 where B is a norm. What is spread along rows or columns is divided once."""
    b, shape = lowering.b, shape_of(node)
    over, under = [spread_value(lowering, a, shape) for a in node.args]
    made = b.elementwise("quotient" if node.op.name == "quotient" else "div", over, under)
    return made if b.is_full(made, shape) else b.elementwise("mul", b.filled(1, shape), made)


@lowers("normalized")
def lower_direction(lowering: Lowering, node: Expr) -> Value:
    """A/norm2(A), where 0/0 counts as 0."""
    (A,) = node.args
    return lowering.b.elementwise("quotient", lowering.value(A), lowering.value(operations["norm2"](A)))


@lowers("pow")
def lower_pow(lowering: Lowering, node: Expr) -> Value:
    return lowering.b.power(lowering.value(node.args[0]), lowering.value(node.args[1]))


@lowers("diagm")
def lower_diagm(lowering: Lowering, node: Expr) -> Value:
    return lowering.b.diagonal_matrix(lowering.value(node.args[0]))
