"""Expressions are interned, immutable and deterministic; long ones do not recurse."""

from __future__ import annotations

import copy
import gc
import os
import pickle
import subprocess
import sys
import textwrap
from fractions import Fraction

import numpy as np
import pytest

import frechet.rules  # noqa: F401  (declares every row)
from frechet.calculus.linear import differential, matrix_of, transpose_linear
from frechet.errors import BudgetError, FrechetError, ShapeError
from frechet.expr.evaluate import evaluate
from frechet.expr.node import (
    WEIGHT_CAP,
    Expr,
    as_expr,
    dependents,
    operation,
    operations,
    postorder,
    rebuild,
    substitute,
    symbols,
)  # fmt: skip
from frechet.expr.properties import properties_of
from frechet.expr.sizes import size
from frechet.expr.structure import (
    PRODUCT_CAP,
    SUM_CAP,
    add,
    eye,
    hadamard,
    mul,
    number,
    ones,
    scale,
    symbol,
    transpose,
    unit,
    zeros,
)  # fmt: skip
from frechet.expr.transposition import transposed
from frechet.rules.elementwise import sin
from frechet.rules.inverse import inv
from frechet.rules.linear import trace
from frechet.rules.selection import block, entries

A = symbol("A", "n", "n")
B = symbol("B", "n", "n")
X = symbol("X", "m", "n")
x = symbol("x", "n", 1)
a = symbol("a", 1, 1)

DEEP = 10_000


# --- interning ------------------------------------------------------------------------------------


def test_equal_expressions_are_one_object():
    assert A @ B is A @ B
    assert symbol("A", "n", "n") is A
    assert symbol("A", "m", "n") is not A
    assert symbol("A", "n", "n", ("spd",)) is not A
    assert (A + B == A + B) is True
    assert (A + B == B + A) is False
    assert hash(A + B) == hash(A + B)
    assert number(2) is as_expr(2.0)
    assert as_expr(0.1) is number(Fraction(1, 10))


def test_forgotten_expressions_are_freed():
    gc.collect()
    before = len(Expr.interned)
    kept = [sin(A) @ symbol(f"only_here_{i}", "n", "n") for i in range(50)]
    assert len(Expr.interned) >= before + 100
    del kept
    gc.collect()
    assert len(Expr.interned) <= before + 1


PROGRAM = """
    import frechet.rules
    from frechet.calculus.linear import differential
    from frechet.expr.node import operations, postorder
    from frechet.expr.structure import symbol
    A, X = symbol("A", "n", "n", ("spd", "positive")), symbol("X", "m", "n")
    inv, trace, norm2 = operations["inv"], operations["tr"], operations["norm2"]
    f = trace(inv(A + X.T @ X)) * norm2(X) ** 3 + 2 * operations["sum"](operations["exp"](X[0:0] if 0 else X))
    d = differential(f, {X: symbol("dX", "m", "n")})
    print([(node.op.name, node.fingerprint, node.weight) for node in postorder(f, d)])
"""


def test_fingerprints_do_not_depend_on_the_hash_seed():
    program = textwrap.dedent(PROGRAM)
    outputs = {
        subprocess.run(
            [sys.executable, "-c", program],
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "4242")
    }
    assert len(outputs) == 1
    assert "'inv'" in outputs.pop()


def test_fingerprints_tell_structures_apart():
    nodes = [A, B, A @ B, B @ A, A + B, A.T, 2 * A, 3 * A, inv(A), sin(A), symbol("A", "m", "m"), ones("m", "n")]
    assert len({node.fingerprint for node in nodes}) == len(nodes)


# --- immutability, copying ------------------------------------------------------------------------


@pytest.mark.parametrize("part", ["op", "args", "params", "rows", "cols", "fingerprint", "weight", "memo", "new"])
def test_nodes_cannot_be_changed(part):
    with pytest.raises(FrechetError, match=f"expressions are immutable: {part} cannot be set"):
        setattr(A, part, None)
    assert A.name == "A"
    assert not hasattr(A, "__dict__")


def test_nodes_are_not_made_by_hand():
    with pytest.raises(FrechetError, match=r"made by fr\.matrix, fr\.parse"):
        Expr()


def test_an_expression_has_no_truth_value():
    with pytest.raises(FrechetError, match="no truth value: compare with =="):
        bool(A)


def test_pickles_hold_shared_parts_once():
    node = A
    for _ in range(60):  # 2^60 in the tree, 61 nodes in the graph
        node = node + node.T @ node
    assert pickle.loads(pickle.dumps(node)) is node
    assert len(pickle.dumps(node)) < 10_000
    assert copy.deepcopy({"f": node})["f"] is node


# --- numbers and other values ---------------------------------------------------------------------


def test_what_stands_for_a_number():
    assert as_expr(np.float64(0.5)) is number(Fraction(1, 2))
    assert as_expr(np.int64(7)) is number(7)
    assert as_expr(size("n")).params == (size("n"),)
    assert as_expr(size(3)) is number(3)
    assert 2 * A is scale(2, A)
    assert 1 + a is add(1, a)
    assert A - 1 is A + (-1)
    assert 1 / a is a**-1
    assert +A is A
    minus = -A
    assert -minus is A


@pytest.mark.parametrize("wrong", ["A", True, 1j, None, [1, 2]])
def test_what_does_not(wrong):
    with pytest.raises(FrechetError, match="cannot stand in an expression: declare a symbol"):
        as_expr(wrong)


@pytest.mark.parametrize("wrong", [float("nan"), float("inf"), -float("inf")])
def test_constants_are_finite(wrong):
    with pytest.raises(FrechetError, match="constants are finite"):
        A * wrong


def test_constants_are_bounded():
    with pytest.raises(BudgetError, match="more than 1,233 digits"):
        number(2**4096)
    with pytest.raises(BudgetError, match="digits"):
        add(number(Fraction(1, 3**2000)), number(Fraction(1, 7**1000)))
    with pytest.raises(BudgetError, match="the constant 3\\^10000 has more than 1,233 digits"):
        number(3) ** 10_000
    assert (number(Fraction(999, 1000)) ** 100_000).op.name == "pow"  # a float holds it, an exact number would be long
    assert number(-1) ** (10**100 + 1) is number(-1)


# --- rows -----------------------------------------------------------------------------------------


def test_an_operation_is_declared_once():
    with pytest.raises(ValueError, match="the operation inv is declared twice"):
        operation("inv", "n n -> n n")
    assert repr(operations["inv"]) == "<operation inv>"


# --- sizes that do not fit ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: X @ X, "the product of a m×n and a m×n: the inner sizes n and m differ"),
        (lambda: X + A, "cannot add a m×n and a n×n: only a scalar is spread over a matrix"),
        (lambda: A + X, "cannot add a m×n and a n×n: only a scalar is spread over a matrix"),
        (lambda: X * A, "the elementwise product of a m×n and a n×n: the sizes differ"),
        (lambda: X**A, "the elementwise power of a m×n by a n×n: sizes differ"),
        (lambda: inv(X), "inv does not take m×n: it needs n n -> n n, but m and n differ"),
        (lambda: trace(X), "tr does not take m×n"),
        (lambda: trace(A, A), r"tr takes 1 argument\(s\), not 2"),
        (lambda: trace(a, A), r"tr takes 1 argument\(s\), not 2"),
        (lambda: inv(), r"inv takes 1 argument\(s\), not 0"),
        (lambda: operations["unvec"](x, params=(size("m"), size(1))), "unvec does not take n×1"),
        (lambda: operations["unvec"](x), r"unvec takes 2 size\(s\), not 0"),
        (lambda: operations["unvec"](x, params=(size(2), size(3))), "unvec does not take n×1"),
        (lambda: operations["ptrace1"](A, params=(size("p"),)), "ptrace1 does not take n×n"),
        (lambda: operations["hat"](x), "hat does not take n×1: it needs 3 1 -> 3 3, but"),
        (lambda: scale(A, B), "two matrices, n×n and n×n, and no product"),
        (lambda: entries(X, (0, 1), (1, 1)), "row 0 does not exist: positions count from 1"),
        (lambda: entries(symbol("Y", 2, 3), (1, 1), (2, 4)), "column 4 does not exist: there are 3"),
        (lambda: entries(X, (3, 2), (1, 1)), "the range 3:2 is empty"),
        (lambda: block(X, A, params=((2,),)), "blocks side by side need equal heights: m and n differ"),
        (lambda: block(X, x.T @ X.T, params=((1, 1),)), "block rows need equal widths: n and m differ"),
        (lambda: unit(4, 3), r"e\(4,3\) does not exist: positions count from 1 to 3"),
        (lambda: unit(0, "n"), r"e\(0,n\) does not exist: positions count from 1 to n"),
        (lambda: number(0) ** -1, "division by zero"),
        (lambda: substitute(A @ A, {A: X}), "cannot replace a n×n by a m×n"),
    ],
)
def test_shape_errors_say_which_sizes(build, message):
    with pytest.raises(ShapeError, match=message):
        build()


def test_scalars_are_spread():
    assert (a + X).shape == X.shape
    assert (a * X).shape == X.shape
    assert (X**a).shape == X.shape
    assert (a**X).shape == X.shape
    assert (a @ X) is a * X


# --- walking --------------------------------------------------------------------------------------


def test_walks():
    f = sin(A) @ x + B @ x
    assert [s.name for s in symbols(f)] == ["A", "x", "B"]
    assert postorder(f).index(A) < postorder(f).index(sin(A))
    assert dependents([f], [A]) == {A, sin(A), sin(A) @ x, f}
    assert rebuild(sin(A), [B]) is sin(B)
    assert substitute(f, {A: B, B: A}) is sin(B) @ x + A @ x


# --- long expressions -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def deep() -> Expr:
    node = A
    for _ in range(DEEP):
        node = sin(node)
    return node


def test_a_deep_expression_is_walked_without_recursion(deep):
    assert len(postorder(deep)) == DEEP + 1
    assert deep.weight == DEEP + 1
    assert properties_of(deep) == frozenset()
    assert transposed(transposed(deep)) is deep
    assert substitute(substitute(deep, {A: B}), {B: A}) is deep
    assert pickle.loads(pickle.dumps(deep)) is deep
    assert dependents([deep], [A]) == set(postorder(deep))


def test_a_deep_expression_is_evaluated_without_recursion(deep):
    expected = np.full((1, 1), 0.5)
    for _ in range(DEEP):
        expected = np.sin(expected)
    np.testing.assert_allclose(evaluate(deep, {A: np.full((1, 1), 0.5)}), expected, rtol=1e-12)


def test_a_deep_expression_is_differentiated_without_recursion(deep):
    dA, W = symbol("dA", "n", "n"), symbol("W", "n", "n")
    form = differential(deep, {A: dA})
    (pulled,) = transpose_linear(form, [dA], W)
    one, half = np.ones((1, 1)), np.full((1, 1), 0.5)
    slope, point = 1.0, 0.5
    for _ in range(DEEP):
        slope, point = slope * np.cos(point), np.sin(point)
    np.testing.assert_allclose(evaluate(form, {A: half, dA: one}), [[slope]], rtol=1e-9)
    np.testing.assert_allclose(evaluate(pulled, {A: half, W: one}), [[slope]], rtol=1e-9)
    assert matrix_of(form, dA).shape == (size("n") * "n", size("n") * "n")


def test_long_sums_and_products_are_capped():
    """Flat up to a bound, nested beyond it: adding one term more never costs the whole sum again."""
    total, product, terms = sin(a), A, 1000
    for i in range(terms):
        total = total + symbol(f"a{i}", 1, 1)
        product = product @ symbol(f"A{i % 7}", "n", "n")
    nodes = postorder(total, product)
    assert max(len(n.args) for n in nodes if n.op is add) <= SUM_CAP + 1
    assert max(len(n.args) for n in nodes if n.op is mul) <= PRODUCT_CAP + 1
    values = {s: np.array([[1.0]]) for s in symbols(total)}
    np.testing.assert_allclose(evaluate(total, values), [[terms + np.sin(1.0)]])


def test_long_elementwise_and_scalar_products_are_capped():
    scalars, entrywise = a, X
    for i in range(200):
        scalars = scalars * symbol(f"a{i}", 1, 1)
        entrywise = entrywise * symbol(f"X{i}", "m", "n")
    nodes = postorder(scalars, entrywise)
    assert max(len(n.args) for n in nodes if n.op in (scale, hadamard)) <= PRODUCT_CAP + 1
    values = {s: np.full((1, 1), 1.01) for s in symbols(scalars)}
    np.testing.assert_allclose(evaluate(scalars, values), [[1.01**201]])


def test_weights_are_capped():
    node = A
    for _ in range(100):
        node = sin(node) @ node
    assert node.weight == WEIGHT_CAP


# --- folding --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (A + zeros("n", "n"), A),
        (A - A * 1, add(A, scale(-1, A))),
        (0 * X, zeros("m", "n")),
        (A @ eye("n"), A),
        (eye("n") @ x, x),
        (X @ zeros("n", "m"), zeros("m", "m")),
        (X * ones("m", "n"), X),
        (2 * (3 * X), scale(6, X)),
        ((2 * A) @ (a * B), scale(2, a, mul(A, B))),
        (A.T.T, A),
        (eye("n").T, eye("n")),
        (ones("m", "n").T, ones("n", "m")),
        (symbol("S", "n", "n", ("spd",)).T, symbol("S", "n", "n", ("spd",))),
        (a.T, a),
        (X**1, X),
        (X**0, ones("m", "n")),
        (number(2) ** -2, number(Fraction(1, 4))),
        (eye(1), number(1)),
        (unit(1, 1), number(1)),
        (ones(1), number(1)),
        (zeros(1), number(0)),
        (trace(a), a),
        (inv(a), a**-1),
        (block(X, params=((1,),)), X),
        (entries(X, (1, "m"), (1, "n")), X),
        (1 + a + 2, add(3, a)),
        (1 + a - 1, a),
        (transpose(x.T), x),
    ],
)
def test_folds(made, expected):
    assert made is expected
