"""Expressions in Python as people try them: text everywhere, sizes, both readings, foreign objects in our words."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.sparse import eye as sparse_eye

import frechet as fr
from frechet.errors import EvaluationError, FrechetError

SIZED = "size(n)*a^2 + tr(eye(n))*a"
TAKING_SIZES = {
    "derivative": lambda: fr.derivative(SIZED, "a", sizes={"n": 3}).gradient(a=2.0),
    "gradient": lambda: fr.gradient(SIZED, "a", sizes={"n": 3})(a=2.0),
    "parse": lambda: fr.gradient(fr.parse(SIZED, sizes={"n": 3}), "a")(a=2.0),
    "simplify": lambda: fr.gradient(fr.simplify(SIZED, sizes={"n": 3}), "a")(a=2.0),
    "objective": lambda: fr.objective(SIZED, "a", sizes={"n": 3}).jac(np.array([2.0])).item(),
    "compile": lambda: fr.compile(fr.gradient(SIZED, "a"), sizes={"n": 3})(a=2.0),
    "at": lambda: fr.derivative(SIZED, "a").at(a=2.0, n=3)(1.0).item(),
    "one_sided": lambda: fr.derivative(SIZED, "a").one_sided(a=2.0, da=1.0, n=3).item(),
    "evaluation": lambda: fr.derivative(SIZED, "a").gradient(a=2.0, n=3),
    "taylor": lambda: fr.taylor(SIZED, "a", 1, sizes={"n": 3})(a=2.0, da=1.0) - 18,
}


@pytest.mark.parametrize("name", TAKING_SIZES)
def test_a_size_that_no_array_shows_can_be_given(name):
    assert TAKING_SIZES[name]() == pytest.approx(15)


def test_sizes_of_solutions_and_graphs():
    assert pytest.approx(-0.5) == fr.minimize(SIZED, "a", 1.0, sizes={"n": 3}).X
    assert "3·a²" in str(fr.graph(SIZED, a=2.0, sizes={"n": 3}))
    assert fr.equivalent(SIZED, "3*a^2 + 3*a", sizes={"n": 3})
    with pytest.raises(FrechetError, match="k is no size letter here; they are: n"):
        fr.parse(SIZED, sizes={"k": 3})
    with pytest.raises(FrechetError, match="n=0 is no positive whole number"):
        fr.parse(SIZED, sizes={"n": 0})


def test_both_readings_of_an_intercept_are_derived():
    d = fr.derivative("norm2(X*w + b - y)^2", "b")
    assert d.other_readings["b"].gradient.is_scalar
    assert "where b is a number instead of a vector: gradient = 2·sum(" in repr(d)
    assert "the answer reads the same" in repr(fr.derivative("norm2(X*w + b - y)^2", "w"))
    assert fr.derivative("x'*x", "x").other_readings == {}


def test_an_assumption_is_told_once():
    d = fr.derivative(
        "logdet(X'*X + c*I) + tr(inv(c*I + X'*X))", "X"
    )  # typed in two orders: told in that of the answer
    (told,) = d.assumptions
    assert told in ("X'*X + c*eye(n) is invertible", "c*eye(n) + X'*X is invertible")
    assert f"inv({told.removesuffix(' is invertible')})" in fr.to_text(d.gradient)
    assert fr.derivative("log(b - A*x)", "x").assumptions == ("b - A*x > 0",)


def test_an_objective_of_text_goes_into_scipy():
    made = fr.objective("norm2(A*x - b)^2", "x", A=2 * np.eye(2), b=np.ones(2))
    for f in (made, pickle.loads(pickle.dumps(made))):
        assert minimize(f, np.zeros(2), jac=f.jac).x == pytest.approx([0.5, 0.5])


def test_names_of_a_text_are_declared_where_it_is_derived():
    assert str(fr.derivative("tr(A*S)", "S", S="symmetric(n)").gradient) == "sym(A)"
    with pytest.raises(FrechetError, match="only those of a text are declared"):
        fr.derivative(fr.scalar("x") ** 2, "x", x="scalar")
    with pytest.raises(FrechetError, match=r"of a formula it is fr\.derivative\(f, x\)\.hessian\(\)"):
        fr.hessian("x'*x", "x")
    with pytest.raises(FrechetError, match=r"read by fr\.parse"):
        fr.trace("A*B")


FOREIGN = {
    "sum": lambda x: x + "a", "product": lambda x: x @ object(), "simplify": lambda x: fr.simplify(object()),
    "taylor": lambda x: fr.taylor(None, "x"), "equivalent": lambda x: fr.equivalent(object(), x), "source": lambda x: fr.source(object()),
    "compile": lambda x: fr.compile(3), "funm": lambda x: fr.funm(object(), "tanh"), "derivative": lambda x: fr.derivative(None, "x"),
    "objective": lambda x: fr.objective(3, "x"), "sparse": lambda x: x * sparse_eye(3),
}  # fmt: skip


@pytest.mark.parametrize("name", FOREIGN)
def test_foreign_objects_are_refused_in_our_words(name):
    with pytest.raises(FrechetError, match=r"cannot stand in an expression|takes an expression|made of an expression"):
        FOREIGN[name](fr.vector("x", "n"))


def test_sparse_arrays_are_refused_with_what_to_give():
    with pytest.raises(EvaluationError, match=r"A is a sparse matrix: give the array A\.toarray\(\)"):
        fr.parse("A*x")(A=sparse_eye(3), x=np.ones(3))
