"""Symbols that an equation defines: text, differentials, adjoints with a multiplier of their own, values, derivations."""

from __future__ import annotations

import numpy as np
import pytest

import frechet as fr
from frechet.expr.evaluate import evaluate
from frechet.expr.node import symbols

ROUND = {
    "root": "tr(B*X) where X*X = A",
    "bare": "X where X*X = A",
    "linear": "x'*x where x: A*x = k",
    "sylvester": "tr(X'*X) where X: A*X + X*B = C",
    "general": "tr(X'*X) where X: X + A*X*B + X' = C",
    "entrywise": "sum(x) where x.*exp(x) = k",
}


@pytest.mark.parametrize("name", ROUND)
def test_text_reads_back_as_the_same_object(name):
    f = fr.parse(ROUND[name])
    assert fr.parse(str(f), **{s.name: s for s in symbols(f)}) is f
    assert "where" in fr.to_latex(f)


# what the gradient looks like, by what each equation is in dX
FORMS = {
    "tr(B*X) where X*X = A": ("A", "sylv(X', X', B')"),
    "tr(X'*X) where X: A*X + X*B = C": ("C", "2*sylv(A', B', X)"),
    "tr(X'*X) where X: X - A*X*B = C": ("C", "2*stein(A', B', X)"),
    "x'*x where x: A*x = k": ("k", "2*inv(A)'*x"),
    "sum(x) where x.*exp(x) = k": ("k", "1./exp(x)./(1 + x)"),
    "tr(X'*X) where X: D.*X = C": ("C", "2*X./D"),
    "tr(X'*X) where X: X + A*X*B + X' = C": ("C", "Lambda"),
    "a^2 where a: a^3 + a = b": ("b", "2*a/(1 + 3*a^2)"),
    "sum(x) where x: A*x + relu(x) = k": ("k", "colsum(inv(A + diag(step(x))))"),
}


@pytest.mark.parametrize("text", FORMS)
def test_the_linear_equation_is_recognised(text):
    wrt, expected = FORMS[text]
    assert str(fr.gradient(text, wrt)).partition(" where ")[0] == expected


@pytest.mark.parametrize(
    ("text", "wrt"),
    [
        ("tr(B*X) where X*X = A", "A"),
        ("tr(X'*X*B) where X: A*X + X*B = C", "A"),
        ("tr(X'*X*B) where X: X + A*X*B + X' = C", "A"),
        ("tr(X'*X) where X: X + A*X*B + X' = C", "B"),
        ("x'*x where x: A*x = k", "A"),
        ("y'*y where x: A*x = k; y: (A+A')*y = x.*x", "A"),
    ],
)
def test_gradients_and_hessians_against_differences(text, wrt):
    """The multiplier of an equation without a closed form too; its own derivative is again such an equation."""
    f = fr.parse(text)
    rng = np.random.default_rng(3)
    shift = {"A": 4.0, "B": 2.0}
    values = {}
    for s in symbols(f):
        shape = (3, 1) if s.is_vector else (3, 3)
        values[s] = 0.3 * rng.standard_normal(shape)
        values[s] += shift.get(s.name, 0) * np.eye(*shape)
    values = {s: v @ v.T if s.name == "A" and "X*X = A" in text else v for s, v in values.items()}
    variable = next(s for s in values if s.name == wrt)
    d = fr.derivative(f, wrt)
    at = lambda e, X: evaluate(e, {**values, variable: X})
    expected = fr.finite.gradient(lambda X: at(f, X)[0, 0], values[variable])
    assert np.allclose(at(d.gradient, values[variable]), expected.value, rtol=1e-6, atol=50 * np.max(expected.error))
    E = rng.standard_normal((3, 3))
    second = d.hessian()
    found = evaluate(second.linear_form, {**values, second.tangents[0]: E})
    along = fr.finite.directional(lambda X: at(d.gradient, X), values[variable], E)
    assert np.allclose(found, along.value, rtol=1e-6, atol=50 * np.max(along.error))


def test_it_stands_where_a_symbol_stands():
    X = fr.implicit("X*X = A", "X")
    assert fr.implicit("X*X - A", "X") is X
    A = X.args[0]
    assert str(fr.gradient(fr.tr(X @ X @ X), A).op) == str(fr.gradient("tr(X*X*X) where X*X = A", "A").op)
    assert fr.derivative(fr.tr(X), A).check().right


def test_a_solver_of_ones_own():
    f = fr.tr(fr.implicit("X*X*X = A", "X", solve=lambda A: np.diag(np.cbrt(np.diag(A)))))
    A = symbols(f)[0]
    D = np.diag([1.0, 8.0])
    assert np.isclose(evaluate(f, {A: D})[0, 0], 3)
    assert np.allclose(evaluate(fr.gradient(f, A), {A: D}), np.diag([1 / 3, 1 / 12]))
    wrong = fr.tr(fr.implicit("X*X*X = A", "X", solve=lambda A: A))
    with pytest.raises(fr.EvaluationError, match="has not solved"):
        evaluate(wrong, {A: D})
    none = fr.tr(fr.implicit("X*X*X = A", "X"))
    with pytest.raises(fr.EvaluationError, match="give a solver"):
        evaluate(none, {A: D})


def test_a_derivation_on_one_page():
    page = fr.adjoint.explain("tr(X'*X) where X: X + A*X*B + X' = C", "A")
    assert "Λ + Λᵀ + Aᵀ·Λ·Bᵀ = 2·X" in page
    assert "dJ/dA = -Λ·Bᵀ·Xᵀ" in page
    page = fr.adjoint.explain("y'*y where x: A*x = k; y: A*y = x.*x", "A")
    assert page.index("Lambda_y") < page.index("Lambda_x")  # the last equation first
    assert "2 linear solves" in page
    W = 0.3 * np.random.default_rng(0).standard_normal((4, 4))
    x = fr.implicit.fixed_point(lambda x, p: np.tanh(W @ x + p), np.zeros(4))
    page = fr.adjoint.explain(lambda x, p: np.sum(x**2), x, np.ones(4))
    assert "4 equations for 4 unknowns" in page
    assert "4 to 8 runs of the solver" in page


def test_a_gradient_with_its_digits():
    """The error that is stated knows the loss: near a minimum of it there is cancellation."""
    W, p = 0.3 * np.random.default_rng(0).standard_normal((4, 4)), np.ones(4)

    def solve(p, count):
        x = np.zeros(4)
        for _ in range(count):
            x = np.tanh(W @ x + p)
        return x

    F = lambda x, p: np.tanh(W @ x + p) - x
    target = solve(p, 200) + 1e-3
    loss = lambda x, p: np.sum((x - target) ** 2)
    exact = fr.adjoint.gradient(loss, fr.implicit(F, lambda p: solve(p, 200)))(p)
    assert exact.digits > 10
    early = fr.adjoint.gradient(loss, fr.implicit(F, lambda p: solve(p, 12)))
    with pytest.warns(fr.implicit.PrecisionWarning, match="not converged"):
        found = early(p)
    error = np.linalg.norm(found.gradient - exact.gradient) / np.linalg.norm(exact.gradient)
    assert error <= found.certificate.error


@pytest.mark.parametrize(
    ("run", "error", "words"),
    [
        (lambda: fr.parse("tr(B) where X*X = A"), fr.LanguageError, "which symbol does the equation define"),
        (lambda: fr.parse("tr(A*X) where X*X = A"), fr.LanguageError, "X or A"),
        (lambda: fr.parse("tr(X) where X: X*X = A = B"), fr.LanguageError, "one equation"),
        (lambda: fr.implicit("X*X = A", "Y"), fr.LanguageError, "does not contain Y"),
        (lambda: fr.implicit(fr.parse("tr(X*X) - a", X="matrix(n,n)"), "X"), fr.ShapeError, "square Jacobian"),
        (lambda: fr.adjoint.explain("tr(A)", "A"), fr.DerivativeError, "nothing in the expression is defined"),
    ],
    ids=["absent", "two", "chain", "no-symbol", "counts", "nothing"],
)
def test_bad_input(run, error, words):
    with pytest.raises(error, match=words):
        run()


def test_a_singular_linear_equation_is_refused():
    f = fr.parse("tr(X'*X) where X: X - X' = C")
    (C,) = symbols(f)
    with pytest.raises(fr.EvaluationError, match="singular"):
        evaluate(f, {C: np.array([[0.0, 1], [-1, 0]])})


KINDS = {
    "A": "matrix(n,n)", "B": "matrix(n,m)", "C": "matrix(m,n)", "D": "matrix(m,m)",
    "b": "vector(n)", "c": "vector(m)", "x": "vector(n)", "y": "vector(m)",
}  # fmt: skip
SYSTEMS = {
    "blocks": ("x'*x + y'*y where x: A*x + B*y = b, y: C*x + D*y = c", KINDS),
    "saddle point": ("x'*x where x: A*x + b + C'*y = 0, y: C*x = c", KINDS),
    "three": ("z'*x where x: A*x + y = b, y: A'*y + z = x, z: A*z + x + y = b", {"A": "matrix(n,n)", "b": "vector(n)"}),
    "matrices": ("sum(X.*Y) where X: A*X + X*B + Y = C and Y: Y - E*X*F = G", dict.fromkeys("ABCEFG", "matrix(n,n)")),
    "chain the other way round": ("y'*y where y: A*y = x.*x, x: A*x = b", {"A": "matrix(n,n)"}),
    "numbers": ("a*b where a: 3*a + b = c, b: a*b*0 + 2*b - a = c", dict.fromkeys("abc", "scalar")),
}


@pytest.mark.parametrize("name", SYSTEMS)
def test_several_unknowns_by_differences(name):
    """Coupled or not, in any order: the text comes back as the same object, first and second derivatives are right."""
    text, kinds = SYSTEMS[name]
    f = fr.parse(text, **kinds)
    again = fr.parse(str(f), **{s.name: s for s in symbols(f)})
    assert "where" in fr.to_latex(f)
    rng = np.random.default_rng(5)
    size = lambda s: {"n": 3, "m": 2, "1": 1}[str(s)]
    values = {}
    for s in symbols(f):
        rows, cols = size(s.rows), size(s.cols)
        values[s] = 0.3 * rng.standard_normal((rows, cols)) + (3 * np.eye(rows, cols) if s.name in "AD" else 0)
    assert again is f or np.isclose(evaluate(again, values)[0, 0], evaluate(f, values)[0, 0], rtol=1e-12)
    for k, (variable, X) in enumerate(values.items()):
        d, E = fr.derivative(f, variable), rng.standard_normal(X.shape)
        at = lambda e, X, variable=variable: evaluate(e, {**values, variable: X})
        expected = fr.finite.directional(lambda X: at(f, X)[0, 0], X, E)  # noqa: B023
        assert np.isclose(np.sum(at(d.gradient, X) * E), expected.value, rtol=1e-8, atol=1e-10)
        if k < 2:
            second = d.hessian()
            found = evaluate(second.linear_form, {**values, second.tangents[0]: E})
            along = fr.finite.directional(lambda X: at(d.gradient, X), X, E)  # noqa: B023
            assert np.allclose(found, along.value, rtol=1e-8, atol=1e-10)


def test_a_coupled_derivation_on_one_page():
    page = fr.adjoint.explain(fr.parse(SYSTEMS["saddle point"][0], **KINDS), "A")
    assert "A·x + b + Cᵀ·y = 0" in page
    assert "Aᵀ·Lambda_x + Cᵀ·Lambda_y = 2·x" in page
    assert "C·Lambda_x = 0" in page
    assert "dJ/dA = -Lambda_x·xᵀ" in page
    assert "1 linear solve " in page


def test_sizes_of_the_equations_follow_from_each_other():
    f = fr.parse("tr(X'*Y) where X*X = A, Y*Y = B")
    assert len({s.rows for s in symbols(f)}) == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x'*x where x: A*x = b, x: x = c", "two equations define x"),
        ("x'*x where P*x + A'*y = q, A*x = b", "two equations define x"),
        ("x'*y where A*x = b, A'*y = x", "Write `where y: A'\\*y = x`|which symbol.*y or x"),
        ("x'*x where x: A'*y = q, y: P*y + A*x = b", "does not contain x"),
    ],
    ids=["twice", "by guess", "which", "not its own"],
)
def test_systems_that_do_not_say_what_they_define(text, words):
    with pytest.raises(fr.LanguageError, match=words):
        fr.parse(text)


@pytest.mark.parametrize(
    ("text", "by"),
    [
        ("norm2(x)^2 where x.^3 + x = b", "b"),
        ("sum(x) where x = tanh(W*x + b)", "W"),
        ("tr(X) where X*X*X = A", "A"),
        ("y where y^3 + a*y = b", "a"),
        ("tr(X'*B) where X: X.^3 + X = B", "B"),
    ],
)
def test_a_check_without_a_solver_is_undecided(text, by):
    verdict = fr.derivative(text, by).check()
    assert verdict.right is None
    assert "has no closed form that is known" in str(verdict)
