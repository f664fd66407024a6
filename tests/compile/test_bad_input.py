"""Bad input to compiled functions: an error in the user's terms on every target, and inputs that stay as they are."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch

import frechet as fr
from frechet.expr.evaluate import evaluate
from frechet.expr.node import symbols

jax.config.update("jax_enable_x64", True)

A = fr.matrix("A", "n", "n")
S = fr.matrix("S", "n", spd=True)
L = fr.matrix("L", "n", lower=True)
x = fr.vector("x", "n")
y = fr.vector("y", "n")
c = fr.scalar("c")

every_target = pytest.mark.parametrize("target", ["numpy", "jax", "torch"])
ARRAYS = {"numpy": np.array, "jax": jnp.array, "torch": torch.tensor}


@every_target
@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({}, r"no array for A; the expression has the variables A: \(n, n\)"),
        ({"A": np.eye(2), "B": 1}, "B does not occur"),
        ({"A": np.ones((2, 3))}, "A is n×n, but its array is 2×3: n would be 3 and is 2"),
        ({"A": np.ones(3)}, r"A takes an array of shape \(n, n\), not \(3,\)"),
        ({"A": np.ones((2, 2, 2))}, r"A takes an array of shape \(n, n\), not \(2, 2, 2\)"),
        ({"A": 1.0}, r"A takes an array of shape \(n, n\), not \(\)"),
        ({"A": np.ones((2, 2))}, "inv of A: it is singular; it takes for granted that A is invertible"),
        ({"A": np.array([["a"]])}, "A needs an array of numbers, not of"),
        ({"A": [[1.0], [2.0, 3.0]]}, "A needs an array of numbers, not of"),
        ({"A": np.array([[1.0, np.nan], [0.0, 1.0]])}, "A has an entry that is NaN"),
    ],
)
def test_errors_name_the_symbol(target, arrays, message):
    g = fr.inv(A).compile(target)
    g(A=np.eye(2))
    with pytest.raises(fr.EvaluationError, match=message):
        g(**arrays)


@every_target
@pytest.mark.parametrize(
    ("array", "message"),
    [
        (-np.eye(3), "S is declared spd, and its array is not positive definite: its least eigenvalue is -1"),
        (np.diag([1.0, 0.0]), "S is declared spd, and its array is not positive definite"),
        (np.triu(np.ones((3, 3))), "S is declared symmetric, and its array is not"),
        (np.triu(np.ones((100, 100))), "S is declared symmetric, and its array is not"),
    ],
)
def test_a_declared_property_is_checked(target, array, message):
    with pytest.raises(fr.EvaluationError, match=message):
        (fr.inv(S) @ x).compile(target)(S=ARRAYS[target](array), x=ARRAYS[target](np.ones(len(array))))


@every_target
def test_a_lower_triangle_is_checked(target):
    for n in (3, 200):
        with pytest.raises(fr.EvaluationError, match="L is declared lower"):
            fr.inv(L).compile(target)(L=np.ones((n, n)))


@every_target
@pytest.mark.parametrize(
    ("formula", "message"),
    [
        (fr.logdet(A.T @ A), "A has 2 entries that are NaN"),
        (A @ x, "A has 2 entries that are NaN"),
        (fr.norm2(x) * fr.sum(A), "A has 2 entries that are NaN"),
        (fr.parse("expm(A)", A="matrix(n,n)"), "A has 2 entries that are NaN"),
    ],
)
def test_nan_that_comes_in_is_named(target, formula, message):
    given = {"A": np.array([[1.0, np.nan], [np.nan, 1.0]]), "x": np.ones(2)}
    g = formula.compile(target)
    with pytest.raises(fr.EvaluationError, match=message):
        g(**{name: ARRAYS[target](given[name]) for name in g.names})


@every_target
def test_nan_stays_in_its_place_where_entries_are_not_mixed(target):
    result = fr.exp(x).compile(target)(x=ARRAYS[target]([0.0, np.nan]))
    assert np.array_equal(np.isnan(np.asarray(result)), [False, True])


@every_target
def test_nan_that_comes_of_good_numbers_is_returned(target):
    result = fr.sum(fr.log(x)).compile(target)(x=ARRAYS[target]([1.0, -1.0]))
    assert np.isnan(np.asarray(result))


@every_target
@pytest.mark.parametrize(
    ("formula", "message"),
    [
        ("max(x)", r"max of x has no meaning for complex numbers \(it is not holomorphic\), and x is complex"),
        ("sum(relu(x.*y))", "relu of x.*y has no meaning for complex numbers"),
        ("sign(x)", "sign of x"),
        ("softmax(x)", "softmax of x"),
        ("max(2*x + 1, y)", "maximum of"),
        ("eigmax(x*y')", r"eigmax of x\*y'"),
        ("norm2(x)^2", "norm2 of x"),
        (
            "x'*y",
            "the transpose of x has two readings for complex numbers, with and without conjugation, and x is complex",
        ),
        ("sum(cos(x')*y)", "the transpose of x"),
    ],
)
def test_complex_numbers_have_no_order(target, formula, message):
    g = fr.parse(formula, x="vector(n)", y="vector(n)").compile(target)
    good = {name: ARRAYS[target]([1.0, 2.0]) for name in g.names}
    bad = good | {"x": ARRAYS[target]([1.0 + 1j, 2.0])}
    for _ in range(2):  # also when it was called before
        with pytest.raises(fr.EvaluationError, match=message):
            g(**bad)
        if formula != "eigmax(x*y')":
            g(**good)


def test_the_derivative_of_abs_has_no_meaning_for_complex_numbers():
    g = fr.derivative(fr.norm1(x), "x").gradient.compile()
    with pytest.raises(fr.EvaluationError, match="sign of x has no meaning for complex numbers"):
        g(x=np.array([1j, 2.0]))


@every_target
def test_complex_numbers_are_taken_where_they_have_a_meaning(target):
    z = np.array([0.5 + 1j, -2.0])
    B = np.array([[2.0, 1j], [0.5, 1.0]])
    f = fr.log(1 + fr.exp(x)) + fr.inv(A) @ y
    got = f.compile(target)(x=ARRAYS[target](z), y=ARRAYS[target]([1.0, 2.0]), A=ARRAYS[target](B))
    assert np.allclose(np.asarray(got), np.log(1 + np.exp(z)) + np.linalg.solve(B, [1.0, 2.0]))


@every_target
def test_integers_views_and_read_only_arrays(target):
    g = (A @ A.T).compile(target)
    big = np.arange(16).reshape(4, 4)
    assert np.array_equal(np.asarray(g(A=ARRAYS[target](big))), big @ big.T)
    strided = np.asfortranarray(big.astype(float))[::2, ::2]
    reversed_ = big.astype(float)[::-1]
    strided.flags.writeable = False
    for array in (strided, reversed_):
        assert np.array_equal(np.asarray(g(A=array)), array @ array.T)


@every_target
@pytest.mark.parametrize(
    "formula",
    ["inv(S)*x", "logdet(S)*S", "exp(A)*x + c*x", "chol(S)", "A + c*eye(n)", "softmax(A)", "inv(A)'*A", "S + A.*A"],
)
def test_inputs_are_never_modified(target, formula):
    f = fr.parse(formula, S="spd(n)", A="matrix(n,n)", x="vector(n)", c="scalar")
    rng = np.random.default_rng(0)
    R = rng.standard_normal((150, 150))
    values = {"S": R @ R.T + np.eye(150), "A": R, "x": R[0].copy(), "c": np.array(2.0)}
    g = f.compile(target)
    given = {name: ARRAYS[target](values[name]) for name in g.names}
    kept = {name: np.asarray(a).copy() for name, a in given.items()}
    g(**given)
    for name, a in given.items():
        assert np.array_equal(np.asarray(a), kept[name])


def test_under_jit_what_fails_is_nan():
    g = (fr.inv(S) @ x).compile("jax")
    with pytest.raises(fr.EvaluationError, match="S is declared spd"):
        g(S=-jnp.eye(2), x=jnp.ones(2))
    assert jnp.isnan(jax.jit(lambda S, x: g(S=S, x=x))(-jnp.eye(2), jnp.ones(2))).all()
    assert jnp.isnan(jax.vmap(lambda S: g(S=S, x=jnp.ones(2)))(-jnp.eye(2)[None])).all()


def test_torch_transformations_pass_through():
    g = (fr.inv(S) @ x).compile("torch")
    eye = torch.eye(2, dtype=torch.float64)
    stack = torch.stack([eye, 2 * eye])
    found = torch.func.vmap(lambda S: g(S=S, x=torch.ones(2, dtype=torch.float64)))(stack)
    assert torch.allclose(found, torch.tensor([[1.0, 1.0], [0.5, 0.5]], dtype=torch.float64))


@every_target
def test_precision_is_kept(target):
    single = ARRAYS[target](np.ones(3, np.float32))
    assert "float32" in str((2 * x + y).compile(target)(x=single, y=single).dtype)


@every_target
@pytest.mark.parametrize(
    "formula", ["inv(A)*x", "inv(A*A)*x", "tr(inv(A)*A*A)", "A*x.*y", "inv(A)*(x + inv(A)*y)", "det(A)*inv(A)^2"]
)
def test_complex_solves_agree_with_evaluation(target, formula):
    f = fr.parse(formula, A="matrix(n,n)", **{v: "vector(n)" for v in "xy" if v in formula})
    rng = np.random.default_rng(0)
    drawn = {name: rng.standard_normal((3, 3)) + 1j * rng.standard_normal((3, 3)) for name in ("A", "x", "y")}
    values = {s: drawn[s.name] if s.name == "A" else drawn[s.name][:, :1] for s in symbols(f)}
    given = {s.name: ARRAYS[target](a if s.name == "A" else a[:, 0]) for s, a in values.items()}
    np.testing.assert_allclose(np.asarray(f.compile(target)(**given)), np.squeeze(evaluate(f, values)), rtol=1e-10)


def test_a_number_for_a_vector_says_how_numbers_are_declared():
    with pytest.raises(fr.FrechetError, match=r"of shape \(\w+,\), not \(\); for a number declare a: scalar"):
        fr.compile("softmax(x+a)")(x=np.ones(3), a=1.0)


def test_code_of_a_python_function_names_what_makes_an_expression_of_it():
    with pytest.raises(fr.FrechetError, match=r"list of expressions, not of a function; fr.formula"):
        fr.source(lambda x: x @ x)


def test_the_variable_is_a_symbol_or_a_name():
    with pytest.raises(fr.FrechetError, match="symbols, or their names, not 3"):
        fr.gradient("tr(A)", 3)
    with pytest.raises(fr.FrechetError, match="symbols, or their names, not 3"):
        fr.gradient("tr(A)", ["A", 3])


def test_an_objective_shows_what_it_is():
    assert repr(fr.objective("a*x'*x", "x", a=2.0)).endswith("unknown: x, fixed: a; target: numpy)")


@every_target
def test_a_number_of_python_is_not_rounded_to_single_precision(target):
    found = fr.parse("s*x", s="scalar", x="vector(n)").compile(target)(s=0.1, x=ARRAYS[target](np.ones(2)))
    np.testing.assert_array_equal(np.asarray(found), [0.1, 0.1])


@every_target
@pytest.mark.parametrize(
    "text", ["sign(x)", "step(x)", "relu(x)", "clip(x, 0, 1)", "norm1(x)", "norm2(x)", "logsumexp(x)"]
)
def test_entries_that_are_not_finite_come_through_as_in_evaluation(text, target):
    """The sign of NaN was 0 in PyTorch, so that gradients of relu, abs, clip and norm1 hid it; only NaN that spreads is refused."""
    f = fr.parse(text, x="vector(n)")
    gradient = fr.gradient(f if f.is_scalar else fr.sum(f), "x")
    for e in [e for e in (f, gradient) if x in symbols(e)]:
        compiled = fr.compile(e, target)
        for bad in (np.nan, np.inf, -np.inf):
            given = np.array([bad, 1.0, -1.0])
            with np.errstate(all="ignore"):
                wanted = evaluate(e, {x: given.reshape(3, 1)})
                try:
                    found = np.asarray(compiled(x=given))
                except fr.EvaluationError:
                    assert np.isnan(bad)
                    assert np.isnan(wanted).any()
                else:
                    assert np.allclose(np.ravel(found), np.ravel(wanted), equal_nan=True)


@every_target
@pytest.mark.parametrize("text", ["inv(D)", "inv(D)*x", "inv(diag(y))*x", "inv(D*D)", "x'*inv(D)*x"])
def test_singular_diagonal_matrices_are_refused_in_every_target(text, target):
    f = fr.parse(text, D="diagonal(n)", x="vector(n)", y="vector(n)")
    given = {"D": np.diag([1.0, 0, 1]), "x": np.ones(3), "y": np.array([1.0, 0, 1])}
    with pytest.raises(fr.EvaluationError, match="singular"):
        fr.compile(f, target)(**{s.name: given[s.name] for s in symbols(f)})
