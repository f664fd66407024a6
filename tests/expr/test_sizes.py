"""Sizes are a ring of polynomials; unification finds their solutions and refuses what has none."""

from __future__ import annotations

import copy
import pickle
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frechet.errors import ShapeError
from frechet.expr.sizes import ONE, Size, Substitution, size

LETTERS = "kmn"
laws = settings(max_examples=200, deadline=None, derandomize=True)

numbers = st.fixed_dictionaries({letter: st.integers(-9, 9) for letter in LETTERS})
monomials = st.lists(st.sampled_from(LETTERS), max_size=3).map(lambda letters: tuple(sorted(letters)))
sizes = st.dictionaries(monomials, st.integers(-5, 5), max_size=4).map(Size.of)


@laws
@given(sizes, sizes, sizes, numbers)
def test_arithmetic_is_that_of_the_values(a, b, c, at):
    x, y, z = (s.value(at) for s in (a, b, c))
    assert (a + b).value(at) == x + y
    assert (a - b).value(at) == x - y
    assert (a * b).value(at) == x * y
    assert (-a).value(at) == -x
    assert (a * b + c).value(at) == x * y + z
    assert (2 + a).value(at) == 2 + x
    assert (2 - a).value(at) == 2 - x
    assert (3 * a).value(at) == 3 * x
    assert (a - 1).value(at) == x - 1


@laws
@given(sizes, sizes, sizes)
def test_equal_polynomials_are_the_same_object(a, b, c):
    assert a + b is b + a
    assert a * b is b * a
    assert (a + b) + c is a + (b + c)
    assert (a * b) * c is a * (b * c)
    assert a * (b + c) is a * b + a * c
    assert a - a is size(0)
    assert a * ONE is a
    assert a + 0 is a
    assert pickle.loads(pickle.dumps(a)) is a
    assert copy.deepcopy(a) is a


@laws
@given(sizes, sizes)
def test_different_polynomials_differ_somewhere(a, b):
    points = [dict(zip(LETTERS, p, strict=True)) for p in product((-3, -1, 0, 2, 5, 7), repeat=3)]
    assert (a is b) == all(a.value(at) == b.value(at) for at in points)


@laws
@given(sizes, monomials, st.integers(-4, 4).filter(bool))
def test_division_is_exact_or_refused(a, letters, coefficient):
    divisor = Size.of({letters: coefficient})
    assert (a * divisor).divide(divisor) is a
    quotient = a.divide(divisor)
    if quotient is not None:
        assert quotient * divisor is a
    else:  # some coefficient or some letter is not a multiple
        assert any(
            c % coefficient or any(monomial.count(x) < letters.count(x) for x in letters) for monomial, c in a.terms
        )


def test_division_by_a_sum():
    n, m = size("n"), size("m")
    assert (n + m).divide(n + m) is ONE
    assert (n * m + m).divide(n + m) is None
    assert size(6).divide(size(4)) is None
    assert size(0).divide(n) is size(0)


@laws
@given(sizes, st.fixed_dictionaries(dict.fromkeys(LETTERS, sizes)), numbers)
def test_substitution_is_composition(a, values, at):
    composed = {letter: values[letter].value(at) for letter in LETTERS}
    assert a.substitute(values).value(at) == a.value(composed)


@laws
@given(sizes, numbers)
def test_the_text_says_the_polynomial(a, at):
    assert eval(str(a), {}, dict(at)) == a.value(at)
    assert repr(a) == f"size('{a}')"


@pytest.mark.parametrize(
    ("made", "text"),
    [
        (size("n") - size("k") + 1, "-k + n + 1"),
        (size("n") * size("m"), "m*n"),
        (size("n") * 2 - 3, "2*n - 3"),
        (size(0), "0"),
        (-size("n"), "-n"),
        (size("n") * "n", "n*n"),
    ],
)
def test_texts(made, text):
    assert str(made) == text


def test_what_a_size_is():
    assert size(3).constant == 3
    assert size("12").constant == 12
    assert size(0).constant == 0
    assert size("n").constant is None
    assert size("n").letter == "n"
    assert (size("n") * 2).letter is None
    assert (size("n") * "m" + 1).letters == {"m", "n"}
    assert sorted([size("n"), size("m"), size(2)]) == [size(2), size("m"), size("n")]


@pytest.mark.parametrize("wrong", ["n+1", "", "3n", 1.5, None, True, "n m"])
def test_what_a_size_is_not(wrong):
    with pytest.raises(ShapeError, match="is not a size: write a letter or a number"):
        size(wrong)


def test_a_missing_letter_is_named():
    with pytest.raises(KeyError, match="k"):
        (size("n") + "k").value({"n": 3})


# --- unification ----------------------------------------------------------------------------------

small = st.dictionaries(
    st.lists(st.sampled_from("xyn"), max_size=2).map(lambda letters: tuple(sorted(letters))),
    st.integers(-2, 3),
    min_size=1,
    max_size=3,
).map(Size.of)
equations = st.lists(st.tuples(small, small), min_size=1, max_size=3)


def _solved(pairs) -> Substitution | None:
    """The substitution for the flexible x and y, or None; n is fixed."""
    solver = Substitution("xy")
    if all(solver.unify(a, b) for a, b in pairs) and solver.settle() is None:
        return solver
    return None


@settings(max_examples=500, deadline=None, derandomize=True)
@given(equations)
def test_solutions_satisfy_the_equations(pairs):
    solver = _solved(pairs)
    if solver is not None:
        for a, b in pairs:
            assert solver.resolve(a) is solver.resolve(b)


@settings(max_examples=500, deadline=None, derandomize=True)
@given(equations)
def test_what_is_refused_at_once_has_no_solution(pairs):
    """`unify` says no only where no positive sizes would do for every value of the fixed letter."""
    solver = Substitution("xy")
    if not all(solver.unify(a, b) for a, b in pairs):
        assert not all(_brute_force(pairs, n) for n in (2, 3, 5)), f"{pairs} was refused"


def _brute_force(pairs, n: int) -> list[tuple[int, int]]:
    """All sizes x and y up to 24 that satisfy the equations."""
    differences = [a - b for a, b in pairs]
    candidates = product(range(1, 25), repeat=2)
    return [(x, y) for x, y in candidates if not any(d.value({"x": x, "y": y, "n": n}) for d in differences)]


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.integers(1, 6), st.integers(1, 6), equations)
def test_numbers_that_solve_are_not_refused(x, y, pairs):
    """Equations that x and y satisfy by construction are solved by them, or left open, never refused."""
    at = {"x": x, "y": y, "n": 5}
    true = [(a, b + (a.value(at) - b.value(at))) for a, b in pairs]
    fixed = {"n": size(5)}
    solver = Substitution("xy")
    assert solver.unify(size("x"), size(x))
    for a, b in true:
        assert solver.unify(a.substitute(fixed), b.substitute(fixed)), f"{a} = {b}"
    assert solver.unify(size("y"), size(y))
    assert solver.settle() is None
    assert solver.resolve(size("x") * "y").constant == x * y


x, y, n, m = (size(letter) for letter in "xynm")


@pytest.mark.parametrize(
    ("a", "b", "solution"),
    [
        (x, n, {"x": n}),
        (n, x, {"x": n}),
        (x, size(3), {"x": size(3)}),
        (x + 1, n, {"x": n - 1}),
        (n * x, n * m, {"x": m}),
        (2 * x, size(6), {"x": size(3)}),
        (2 * x, 4 * n, {"x": 2 * n}),
        (x * n, n, {"x": ONE}),
        (x + m, n + m, {"x": n}),
    ],
    ids=str,
)
def test_what_is_solved(a, b, solution):
    solver = _solved([(a, b)])
    assert solver is not None
    assert {k: solver.resolve(size(k)) for k in solution} == solution


@pytest.mark.parametrize(
    ("a", "b"),
    [(n, m), (size(2), size(3)), (2 * x, size(5)), (n, n + 1), (x, x + 1), (x * n, m), (3 * x, 2 * n)],
    ids=str,
)
def test_what_is_refused(a, b):
    assert _solved([(a, b)]) is None


def test_waiting_equations_are_tried_again():
    solver = Substitution("xy")
    assert solver.unify(x * y, size(12))
    assert solver.settle() == (x * y, size(12))
    solver = Substitution("xy")
    assert solver.unify(x * y, size(12))
    assert solver.unify(x, size(4))
    assert solver.settle() is None
    assert solver.resolve(y) is size(3)


def test_sizes_are_positive_so_that_powers_have_one_root():
    solver = Substitution("xy")
    assert solver.unify(x * x * x * x, y * y * y * y)
    assert solver.resolve(x) is solver.resolve(y)
    solver = Substitution("x")
    assert solver.unify(x * x * n, 16 * n)
    assert solver.resolve(x) is size(4)
    assert _solved([(x * x, size(15))]) is None
