"""Arguments of other types reach f as they are, moved in their own type, or are refused with the reason."""

from decimal import Decimal
from fractions import Fraction

import mpmath as mp
import numpy as np
import pandas
import pytest

from frechet import finite
from frechet.errors import EvaluationError


class Frame:
    """What pandas does, in short: an array with labels, whose sums keep them."""

    def __init__(self, values, labels, dtype=np.float64):
        self.values, self.labels, self.dtype = np.asarray(values, dtype=dtype), labels, dtype

    def __array__(self, dtype=None, copy=None):
        return np.array(self.values, dtype=dtype)

    def __add__(self, other):
        return Frame(self.values + other, self.labels, self.dtype)

    def __getitem__(self, label):
        return self.values[self.labels.index(label)]


class Bare(Frame):
    """Sums lose the labels."""

    def __add__(self, other):
        return self.values + other


class Closed(Frame):
    def __add__(self, other):
        raise TypeError("no arrays, please")


def typed(kind, f):
    def checked(x):
        assert type(x) is kind
        return f(x)

    return checked


def test_matrix_stays_a_matrix():
    A, E = np.matrix([[1.0, 2], [3, 4]]), np.eye(2)
    found = finite.directional(typed(np.matrix, lambda X: X * X), A, E)
    np.testing.assert_allclose(found.value, np.asarray(2 * A), atol=1e-12)


@pytest.mark.parametrize("x", [Fraction(1, 3), Decimal("0.4"), mp.mpf(3) / 7], ids=["Fraction", "Decimal", "mpmath"])
def test_exact_numbers(x):
    found = finite.derivative(typed(type(x), lambda x: x * x * x - x), x)
    assert abs(found.value - (3 * float(x) ** 2 - 1)) <= found.error + 1e-15
    assert found.error < 1e-12


@pytest.mark.parametrize("number", [Fraction, Decimal, mp.mpf])
def test_exact_results(number):
    found = finite.gradient(lambda x: number(float(x[0])) * number(float(x[1])), np.array([2.0, 3.0]))
    np.testing.assert_allclose(found.value, [3, 2], rtol=1e-12)
    inside = finite.jacobian(lambda x: [number(float(v)) for v in x], np.ones(2))
    np.testing.assert_allclose(inside.value, np.eye(2), atol=1e-12)


def test_arrays_of_exact_numbers():
    x = np.array([Fraction(1, 2), Fraction(1, 3)], dtype=object)
    found = finite.gradient(lambda x: sum(v * v for v in x), x)
    np.testing.assert_allclose(found.value, [1, 2 / 3], rtol=1e-12)
    assert x[0] == Fraction(1, 2)
    A = mp.matrix([[1, 2], [3, 4]])
    found = finite.gradient(typed(mp.matrix, mp.det), A)
    np.testing.assert_allclose(found.value, [[4, -3], [-2, 1]], rtol=1e-12)


def test_labelled_arrays_keep_their_labels():
    x = Frame([1.0, 2.0, 3.0], ["a", "b", "c"])
    found = finite.gradient(typed(Frame, lambda x: x["a"] * x["b"] + x["c"] ** 2), x)
    np.testing.assert_allclose(found.value, [2, 1, 6], rtol=1e-12)


def test_pandas():
    s = pandas.Series([1.0, 2.0, 3.0], index=list("abc"))
    np.testing.assert_allclose(finite.gradient(lambda s: s["a"] * s["b"], s).value, [2, 1, 0], atol=1e-12)
    d = pandas.DataFrame({"u": [1, 2], "v": [3.0, 4.0]})
    np.testing.assert_allclose(finite.gradient(lambda d: (d["u"] * d["v"]).sum(), d).value, [[3, 1], [4, 2]])


@pytest.mark.parametrize(
    ("x", "text"),
    [
        (Bare([1.0, 2.0], ["a", "b"]), "with a step added it is a ndarray"),
        (Closed([1.0, 2.0], ["a", "b"]), "raises TypeError: no arrays, please"),
        (Frame([1.0, 2.0], ["a", "b"], np.float32), "double precision"),
        (np.ma.array([1.0, 2.0], mask=[False, True]), "masked entries"),
        (np.array([1.0, None]), "entry of type NoneType"),
        (np.array(["a"]), "must be numeric"),
        (Fraction(10) ** 400, "infinite"),
    ],
)
def test_refused_with_the_reason(x, text):
    with pytest.raises(EvaluationError, match=text):
        finite.directional(lambda x: 1.0, x, np.ones(np.shape(x)))
