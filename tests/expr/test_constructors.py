"""Constructors fold and flatten; what they make has the value that the same steps have in NumPy."""

from __future__ import annotations

import copy
import pickle

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from frechet.expr.evaluate import evaluate
from frechet.expr.node import Expr, postorder, rebuild, substitute, symbols
from frechet.expr.properties import properties_of
from frechet.expr.structure import add, hadamard, mul, scale, symbol
from frechet.expr.transposition import transposed
from tests.expr.trees import SIZES, Tree, trees

EXACT = 2.0**50
laws = settings(max_examples=150, deadline=None, derandomize=True)


def _value(node: Expr, tree: Tree) -> np.ndarray:
    return evaluate(node, tree.symbols, SIZES)


@laws
@given(trees())
def test_constructors_preserve_the_value(tree):
    assume(np.abs(tree.value).max() < EXACT)
    np.testing.assert_array_equal(_value(tree.expr, tree), tree.value)


@laws
@given(trees())
def test_the_shape_is_that_of_the_value(tree):
    shape = tuple(s.value(SIZES) for s in tree.expr.shape)
    assert shape == tree.value.shape


@laws
@given(trees())
def test_nodes_are_in_normal_form(tree):
    """Building a node again from its parts gives the node itself."""
    for node in postorder(tree.expr):
        if node.op.name != "symbol":
            assert node.op(*node.args, params=node.params) is node
        assert rebuild(node, node.args) is node
    assert substitute(tree.expr, {}) is tree.expr


@laws
@given(trees())
def test_sums_and_products_are_flat(tree):
    for node in postorder(tree.expr):
        if node.op in (add, mul, hadamard):
            assert len(node.args) >= 2
            assert all(a.op is not node.op for a in node.args)
        if node.op in (mul, hadamard):
            assert all(a.op is not scale for a in node.args)
            assert not any(a.is_scalar for a in node.args) or node.op is hadamard
        if node.op is scale:
            assert all(a.is_scalar for a in node.args[:-1])
            assert sum(a.op.name == "number" for a in node.args) <= 1


@laws
@given(trees())
def test_transposition(tree):
    assume(np.abs(tree.value).max() < EXACT)
    assert tree.expr.T.T is tree.expr
    np.testing.assert_array_equal(_value(tree.expr.T, tree), tree.value.T)
    np.testing.assert_array_equal(_value(transposed(tree.expr), tree), tree.value.T)
    np.testing.assert_array_equal(_value(transposed(transposed(tree.expr)), tree), tree.value)


@laws
@given(trees())
def test_pickling_and_copying_give_the_same_object(tree):
    assert pickle.loads(pickle.dumps(tree.expr)) is tree.expr
    assert copy.copy(tree.expr) is tree.expr
    assert copy.deepcopy([tree.expr])[0] is tree.expr


@laws
@given(trees(), st.sampled_from("ABC"))
def test_substitution_replaces_the_value(tree, name):
    assume(np.abs(tree.value).max() < EXACT)
    swapped = {s: symbol("Z", *s.shape) for s in symbols(tree.expr) if s.name == name}
    replaced = substitute(tree.expr, swapped)
    arrays = {swapped.get(s, s): v for s, v in tree.symbols.items()}
    assert name not in {s.name for s in symbols(replaced)}
    np.testing.assert_array_equal(evaluate(replaced, arrays, SIZES), tree.value)


@laws
@given(trees())
def test_postorder_lists_each_node_once_after_its_arguments(tree):
    order = postorder(tree.expr)
    position = {node: i for i, node in enumerate(order)}
    assert len(position) == len(order)
    assert order[-1] is tree.expr
    assert all(position[a] < position[node] for node in order for a in node.args)


@laws
@given(trees())
def test_exact_claims_about_integer_matrices(tree):
    """Properties inferred without any declaration hold exactly."""
    claimed = properties_of(tree.expr)
    A = tree.value
    checks = {
        "symmetric": lambda: np.array_equal(A, A.T),
        "skew": lambda: np.array_equal(A, -A.T),
        "lower": lambda: np.array_equal(A, np.tril(A)),
        "upper": lambda: np.array_equal(A, np.triu(A)),
        "diagonal": lambda: np.array_equal(A, np.diag(np.diag(A))),
        "positive": lambda: bool(np.all(A > 0)),
        "orthogonal": lambda: np.array_equal(A.T @ A, np.eye(len(A))),
    }
    assert [name for name in claimed if name in checks and not checks[name]()] == []
