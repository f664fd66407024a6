"""Evaluation at numbers: sizes from the arrays, errors in the user's terms, shared parts once."""

from __future__ import annotations

import numpy as np
import pytest

from frechet.errors import EvaluationError, ShapeError
from frechet.expr.evaluate import as_matrix, evaluate, evaluate_all, sizes_of
from frechet.expr.node import Operation
from frechet.expr.signature import Signature
from frechet.expr.sizes import size
from frechet.expr.structure import eye, number, ones, size_value, symbol, unit
from frechet.rules.elementwise import sin
from frechet.rules.reductions import mean
from frechet.rules.selection import entries

A = symbol("A", "n", "n")
X = symbol("X", "m", "n")
x = symbol("x", "n", 1)
a = symbol("a", 1, 1)
TWO_BY_THREE = np.arange(6.0).reshape(2, 3)


# --- arrays at the border -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "symbol", "expected"),
    [
        (2, a, [[2.0]]),
        (2.5, a, [[2.5]]),
        ([2.5], a, [[2.5]]),
        (True, a, [[1.0]]),
        ([1, 2, 3], x, [[1.0], [2.0], [3.0]]),
        ([[1, 2], [3, 4]], X, [[1.0, 2.0], [3.0, 4.0]]),
        ([[1j]], a, [[1j]]),
    ],
)
def test_numbers_become_matrices(value, symbol, expected):
    np.testing.assert_array_equal(as_matrix(value, symbol), expected)
    assert as_matrix(value, symbol).dtype.kind in "fc"


def test_matrices_are_not_copied():
    assert as_matrix(TWO_BY_THREE, X) is TWO_BY_THREE


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("text", "X needs an array of numbers"),
        ([[None]], "X needs an array of numbers, not of object"),
        (np.zeros((2, 2, 2)), r"X is m×n; an array of shape \(2, 2, 2\) is not"),
    ],
)
def test_what_is_not_a_matrix(value, message):
    with pytest.raises(EvaluationError, match=message):
        as_matrix(value, X)


def test_a_list_is_not_a_scalar():
    with pytest.raises(EvaluationError, match=r"a is 1×1; an array of shape \(3,\) is not"):
        as_matrix([1, 2, 3], a)


# --- sizes ----------------------------------------------------------------------------------------


def test_sizes_come_from_the_arrays():
    assert sizes_of({X: TWO_BY_THREE, x: np.ones((3, 1))}) == {"m": 2, "n": 3}
    wide = symbol("V", size("m") * "n", 1)
    assert sizes_of({wide: np.ones((6, 1))}, {"m": 2}) == {"m": 2, "n": 3}
    assert sizes_of({wide: np.ones((6, 1)), X: TWO_BY_THREE}) == {"m": 2, "n": 3}
    assert sizes_of({}, {"n": 4}) == {"n": 4}


@pytest.mark.parametrize(
    ("arrays", "sizes", "message"),
    [
        ({A: np.ones((2, 3))}, {}, "A is n×n, but its array is 2×3: n would be 3 and is 2"),
        ({X: TWO_BY_THREE, x: np.ones((2, 1))}, {}, "x is n×1, but its array is 2×1: n would be 2 and is 3"),
        ({x: np.ones((3, 2))}, {}, "x is n×1, but its array is 3×2: 1 would be 2 and is 1"),
        ({x: np.ones((3, 1))}, {"n": 4}, "x is n×1, but its array is 3×1: n would be 3 and is 4"),
        ({symbol("V", size("m") * "n", 1): np.ones((6, 1))}, {}, "do not determine all sizes: m*n = 6 is left open"),
        ({symbol("V", size("n") * 2, 1): np.ones((5, 1))}, {}, "do not determine all sizes: 2*n = 5 is left open"),
    ],
)
def test_sizes_that_do_not_fit(arrays, sizes, message):
    with pytest.raises(EvaluationError, match=message.replace("*", r"\*")):
        sizes_of(arrays, sizes)


def test_sizes_stand_in_expressions():
    at = {X: TWO_BY_THREE}
    assert evaluate(size_value(params=(size("m") * "n",)), at) == [[6.0]]
    np.testing.assert_array_equal(evaluate(mean(X) * ones("m", "m"), at), np.full((2, 2), 2.5))
    np.testing.assert_array_equal(evaluate(eye("k"), {}, {"k": 2}), np.eye(2))


# --- what cannot be evaluated ---------------------------------------------------------------------


def test_a_symbol_without_a_value_is_named():
    with pytest.raises(EvaluationError, match="no value is given for x"):
        evaluate(A @ x, {A: np.eye(2)})


def test_a_size_without_a_value_is_named():
    with pytest.raises(EvaluationError, match=r"the size k is not known: give sizes=\{'k': \.\.\.\}"):
        evaluate(ones("k", 1) * a, {a: np.ones((1, 1))})


def test_an_operation_without_kernel_is_named():
    formal = Operation("formal", Signature("m n -> m n"))
    with pytest.raises(EvaluationError, match="no value is given for formal"):
        evaluate(formal(A), {A: np.eye(2)})


def test_positions_outside_are_errors():
    with pytest.raises(EvaluationError, match=r"e\(4,3\) does not exist: positions count from 1 to 3"):
        evaluate(unit(4, "n"), {}, {"n": 3})
    with pytest.raises(ShapeError, match="outside a 2×3 matrix"):
        evaluate(entries(X, (1, 3), (1, 1)), {X: TWO_BY_THREE})


def test_constants_beyond_floats_are_errors():
    assert evaluate(number(10**300), {}) == [[1e300]]
    with pytest.raises(EvaluationError, match="too large for a floating-point number"):
        evaluate(number(10**400), {})


# --- how --------------------------------------------------------------------------------------------


def test_shared_parts_are_computed_once():
    calls = []

    def counted(A):
        calls.append(A.shape)
        return A + 1

    row = Operation("counted", Signature("m n -> m n"), value=counted)
    shared = row(X)
    first, second = evaluate_all([sin(shared) + shared, shared.T], {X: TWO_BY_THREE})
    assert calls == [(2, 3)]
    np.testing.assert_array_equal(second, (TWO_BY_THREE + 1).T)
    np.testing.assert_array_equal(first, np.sin(TWO_BY_THREE + 1) + TWO_BY_THREE + 1)


def test_roots_that_are_parts_of_others_are_kept():
    inner, outer = evaluate_all([sin(X), sin(sin(X))], {X: TWO_BY_THREE})
    np.testing.assert_array_equal(np.sin(inner), outer)


def test_arguments_are_not_written_to():
    array = TWO_BY_THREE.copy()
    evaluate(2 * X + X * X - X, {X: array})
    np.testing.assert_array_equal(array, TWO_BY_THREE)


def test_complex_arrays_are_taken_where_the_formula_has_one_meaning():
    z = np.array([[1 + 2j], [3 - 1j]])
    np.testing.assert_allclose(evaluate(2 * x * x, {x: z}), 2 * z * z)
    with pytest.raises(
        EvaluationError, match=r"the transpose of x has two readings for complex numbers.* and x is complex"
    ):
        evaluate(x.T @ x, {x: z})
