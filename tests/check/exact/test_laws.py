"""Laws of the arithmetic: a field, its signs and roots, the relations of unknown functions, dual numbers, evidence."""

from __future__ import annotations

from fractions import Fraction
from random import Random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from frechet.check.exact.confidence import Evidence, independent
from frechet.check.exact.elimination import Duals
from frechet.check.exact.modular import Modular
from frechet.check.exact.primes import is_prime, modulus_for, random_prime
from frechet.check.exact.scalars import Fractions, NoValue, OutOfReach, Precise

P = random_prime(modulus_for([2]), Random(7))
elements = st.integers(0, P - 1)
nonzero = st.integers(1, P - 1)
fractions = st.fractions(-5, 5, max_denominator=6)


def modular(seed: int = 0) -> Modular:
    return Modular(P, Random(seed))


# --- primes -----------------------------------------------------------------------------------------


def test_primes():
    assert [n for n in range(60) if is_prime(n)] == [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59]
    assert not is_prime(3215031751)  # a strong pseudoprime to the bases 2, 3, 5, 7
    assert is_prime(2**61 - 1)


@pytest.mark.parametrize("numbers", [None, [], [29, 1000]])
def test_random_primes_are_near_2_61_and_of_the_class(numbers):
    M = modulus_for(numbers)
    p = random_prime(M, Random(1))
    assert 2**60 <= p < 2**61
    assert p % M == M - 1
    assert p % 4 == 3


@pytest.mark.parametrize("q", [2, 3, 5, 7, 23, 29])
def test_constants_are_residues(q):
    p = random_prime(modulus_for([q]), Random(3))
    assert Modular(p, Random(0)).sign(q) == 1


# --- the field ----------------------------------------------------------------------------------------


@given(elements, elements, elements)
def test_addition_and_multiplication(a, b, c):
    reduce = modular().reduce
    assert reduce([(a + b) * c]) == reduce([a * c + b * c])
    assert reduce([a - b + b]) == [a]


@given(nonzero, fractions)
def test_inverses_and_fractions(a, q):
    field = modular()
    assert field.reduce([a * field.inverse(a)]) == [1]
    assert field.reduce([field.number(q) * q.denominator]) == field.reduce([q.numerator])


@given(nonzero, nonzero)
def test_signs_are_multiplicative_and_odd(a, b):
    field = modular()
    assert field.sign(a * b % P) == field.sign(a) * field.sign(b)
    assert field.sign(P - a) == -field.sign(a)
    assert field.sign(a) in (1, -1)


@given(nonzero)
def test_the_root_of_a_square_is_the_absolute_value(u):
    field = modular()
    square = u * u % P
    assert field.function("sqrt")(square) == field.function("sign")(u) * u % P
    assert field.root(square, 4) == field.function("sqrt")(field.function("sqrt")(square))


@given(nonzero)
def test_odd_roots(u):
    field = modular()
    assert pow(field.root(u, 3), 3, P) == u


@given(nonzero)
def test_half_of_the_elements_have_no_root(u):
    field = modular()
    known = [x for x in (u, P - u) if field.sign(x) == 1]
    assert len(known) == 1
    with pytest.raises(NoValue):
        field.map("sqrt", [P - known[0]])
    assert field.roots == [{0: 1}]


# --- unknown functions ----------------------------------------------------------------------------------


@given(nonzero, nonzero)
def test_exponentials_and_logarithms(u, v):
    assume(u not in (v, P - v) and v not in (1, P - 1))
    field = modular()
    exp, log = field.function("exp"), field.function("log")
    assert exp(0) == 1
    assert log(1) == 0
    assert exp(u) == exp(u) != exp(v)
    assert exp(u) * exp(P - u) % P == 1
    assert exp(2 * u % P) == exp(u) ** 2 % P
    assert exp(v * (P + 1) // 2 % P) ** 2 % P == exp(v)
    assert field.sign(exp(u)) == 1
    assert log(exp(u)) == u
    assert exp(field.function("logabs")(v)) == field.sign(v) * v % P
    assert len(field.signs) == 2
    assert exp(log(v)) == v
    assert log(field.inverse(v)) == -log(v) % P
    assert log(v * v % P) == 2 * log(v) % P
    assert field.given == {"exp", "log"}


@given(nonzero)
def test_functions_made_of_exponentials(u):
    field = modular()
    f = field.function
    assert f("cosh")(u) ** 2 % P == (1 + f("sinh")(u) ** 2) % P
    assert f("tanh")(u) * f("cosh")(u) % P == f("sinh")(u)
    assert (f("sigmoid")(u) + f("sigmoid")(P - u)) % P == 1
    assert (f("softplus")(u) - f("softplus")(P - u)) % P == u
    assert (f("sin")(u) ** 2 + f("cos")(u) ** 2) % P == 1
    assert f("tan")(u) * f("cos")(u) % P == f("sin")(u)
    assert f("sin")(2 * u % P) == 2 * f("sin")(u) * f("cos")(u) % P
    assert all(f(name)(P - u) == P - f(name)(u) for name in ("sin", "tan", "sinh", "tanh", "arctan", "arcsin", "erf"))
    assert (f("arccos")(u) + f("arcsin")(u)) * 2 % P == field.pi()


@given(nonzero, nonzero)
def test_powers(x, v):
    assume(x != 1)
    field = modular()
    assert field.power(x, (v + 1) % P) == field.power(x, v) * x % P
    assert field.power(x, 3) == pow(x, 3, P)


def test_an_unknown_name_is_out_of_reach():
    with pytest.raises(OutOfReach, match="bessel"):
        modular().function("bessel")
    with pytest.raises(OutOfReach, match="no fraction"):
        Fractions().function("exp")
    with pytest.raises(OutOfReach, match="no fraction"):
        Fractions().root(Fraction(2), 2)
    with pytest.raises(NoValue, match="negative"):
        Precise().function("sqrt")(-1)


# --- dual numbers -----------------------------------------------------------------------------------------


@given(st.lists(fractions, min_size=9, max_size=9), st.lists(fractions, min_size=9, max_size=9))
def test_duals_are_limits_of_differences(entries, direction):
    """det is a cubic: (det(A + h*E) - det(A - h*E))/(2h) = derivative + h^2 * det(E), exactly."""
    o, plain = Duals(Fractions(), 1), Duals(Fractions())
    A, E = plain.array(3, 3, entries), plain.array(3, 3, direction)
    dual = o.array(3, 3, entries)
    dual.parts[1] = direction
    slope = o.determinant(dual).parts[1]
    h = Fraction(1, 3)
    up, down = (plain.determinant(plain.plus(A, plain.scaled(s * h, E))).value[0] for s in (1, -1))
    correction = h * h * plain.determinant(E).value[0]
    assert (slope or [0]) == [(up - down) / (2 * h) - correction]


@given(st.lists(fractions, min_size=9, max_size=9))
def test_adjugate_and_solution(entries):
    o = Duals(Fractions())
    A = o.array(3, 3, entries)
    adjugate, determinant = o.adjugate(A)
    assert o.matmul(A, adjugate).value == o.times(determinant, o.eye(3)).value
    assert determinant.value == o.determinant(A).value
    assume(determinant.value[0])
    assert o.matmul(A, o.solve(A, o.eye(3))).value == o.eye(3).value


@given(st.lists(fractions, min_size=8, max_size=8))
def test_rank_factors(entries):
    o = Duals(Fractions())
    low = o.matmul(o.array(4, 1, entries[:4]), o.array(1, 4, entries[4:]))
    assume(any(low.value))
    C, R = o.rank_factors(low)
    assert (C.cols, R.rows) == (1, 1)
    assert o.matmul(C, R).value == low.value


def test_a_rank_that_changes_along_the_tangent_has_no_value():
    o = Duals(Fractions(), 1)
    A = o.array(2, 2, [Fraction(x) for x in (1, 0, 0, 0)])
    A.parts[1] = [Fraction(x) for x in (0, 0, 0, 1)]
    with pytest.raises(NoValue, match="rank"):
        o.rank_factors(A)


# --- evidence -----------------------------------------------------------------------------------------------


def test_independence_over_two_elements():
    a, b, c = [0, 1, 0, 1, 1, 0], [0, 0, 1, 1, 0, 1], [1, 0, 1, 1, 0, 0]
    both = [x ^ y for x, y in zip(a, b, strict=True)]
    opposite = [1 - x for x in a]
    assert independent([a, b, c]) == (3, 1)
    assert independent([a, opposite, a]) == (1, 1)
    assert independent([a, b, both]) == (2, 2)
    assert independent([[0] * 6, [1] * 6]) == (0, 1)


def _evidence(points: int, signs, sign_degree: int, roots=()) -> Evidence:
    evidence = Evidence(10, sign_degree, 0, P)
    random = Random(5)
    for _ in range(points):
        evidence.attempt([dict(enumerate(r(random))) for r in roots])
        evidence.point(dict(enumerate(signs(random))))
    return evidence


def test_rational_formulas_take_two_points():
    assert _evidence(2, lambda r: [], 0).needed == 2


def test_one_sign_takes_57_points():
    evidence = _evidence(60, lambda r: [r.getrandbits(1) for _ in range(4)], 1)
    assert evidence.open_signs == 1
    assert evidence.needed == 57
    assert evidence.error < 1e-17


def test_few_points_do_not_make_signs_dependent():
    assert _evidence(2, lambda r: [0], 1).needed == 70
    assert _evidence(2, lambda r: [0, 1, 0], 3).needed == 70
    assert _evidence(80, lambda r: [0], 1).needed == 2


def test_products_of_signs_count_more():
    evidence = _evidence(60, lambda r: (lambda a, b: [a, b, a ^ b])(r.getrandbits(1), r.getrandbits(1)), 1)
    assert evidence.open_signs == 2


def test_signs_that_are_there_at_some_points_only_count_each():
    assert _evidence(60, lambda r: [r.getrandbits(1) for _ in range(1 + r.getrandbits(1))], 1).open_signs == 2


def test_a_root_that_is_sometimes_missing_leaves_no_sign_open():
    assert _evidence(9, lambda r: [], 0, [lambda r: [r.getrandbits(1)]]).open_signs == 0
    assert _evidence(9, lambda r: [], 0, [lambda r: [0]]).open_signs == 1


def test_too_large_a_degree_is_no_proof():
    evidence = Evidence(10**400, 0, 0, P)
    for _ in range(70):
        evidence.point({})
    assert evidence.needed is None


def test_too_many_signs_are_no_proof():
    assert _evidence(80, lambda r: [r.getrandbits(1) for _ in range(9)], 9).needed is None
