"""Derivatives as operators: the laws that connect differential, gradient, adjoint, Jacobian and Hessian."""

from __future__ import annotations

import numpy as np
import pytest

import frechet as fr
from frechet.calculus.linear import differential, transpose_linear
from frechet.calculus.subspaces import is_curved
from frechet.check.sampling import sample_points, tangent_at
from frechet.errors import DerivativeError
from frechet.expr.evaluate import evaluate
from frechet.expr.node import operations, substitute
from frechet.expr.structure import differential_of
from frechet.rules.formal import d

FUNCTIONS = {
    "logdet(X'*X)": ("X", {}),
    "tr(A*X^3)": ("X", {}),
    "norm2(X*w - y)^2": ("w", {}),
    "sum(log(exp(-y.*(X*w)) + 1))": ("w", {"y": "vector(m)", "X": "matrix(m,n)", "w": "vector(n)"}),
    "det(X)": ("X", {}),
    "logsumexp(A*x)": ("x", {}),
    "tr(A*S) + logdet(S)": ("S", {"S": "spd(n)", "A": "matrix(n,n)"}),
    "norm2(L)^2 + tr(A*L)": ("L", {"L": "lower(n)", "A": "matrix(n,n)"}),
    "tr(A*D*B*D)": ("D", {"D": "diagonal(n)"}),
    "tr(A*K*B*K)": ("K", {"K": "skew(n)", "A": "matrix(n,n)", "B": "matrix(n,n)"}),
    "tr(A*Q*B)": ("Q", {"Q": "orthogonal(n)", "A": "matrix(n,n)", "B": "matrix(n,n)"}),
    "x'*A*x/(x'*x)": ("x", {}),
    "exp(u'*A*u)*y'*u": ("u", {"u": "unit(n)", "A": "matrix(n,n)", "y": "vector(n)"}),
    "tr(kron(X, X)*M)": ("X", {"X": "matrix(n,n)", "M": "matrix(n*n,n*n)"}),
}


def _answer(text):
    wrt, declared = FUNCTIONS[text]
    return fr.derivative(fr.parse(text, **declared), wrt)


def _point(answer, *results):
    X = answer.variables[0]
    (point,) = sample_points([answer.function, X, *results], 1, seed=4)
    values = {s: v for s, v in point.values.items() if "differential" not in s.params[1]}
    return values, point.sizes, np.random.default_rng(5)


@pytest.mark.parametrize("text", FUNCTIONS)
def test_the_check_verifies_the_answer_and_its_hessian(text):
    answer = _answer(text)
    assert answer.check().right is True, str(answer.check())
    assert answer.hessian().check().right is True, str(answer.hessian().check())


@pytest.mark.parametrize("text", FUNCTIONS)
def test_differential_gradient_and_adjoint_are_one_operator(text):
    answer = _answer(text)
    X = answer.variables[0]
    values, sizes, rng = _point(answer, answer.gradient)
    dX = tangent_at(X, values[X], rng)
    moved = {**values, differential_of(X): dX}
    df = evaluate(answer.differential, moved, sizes).item()
    G = evaluate(answer.gradient, values, sizes)
    w = 1.7
    pulled = evaluate(answer.adjoint, {**values, answer.cotangent: np.array([[w]])}, sizes)
    assert np.sum(G * dX) == pytest.approx(df, rel=1e-10, abs=1e-12)
    assert np.allclose(pulled, w * G)


@pytest.mark.parametrize("text", [t for t in FUNCTIONS if "orthogonal" not in str(FUNCTIONS[t])])
def test_the_hessian_is_symmetric_and_its_three_forms_agree(text):
    answer = _answer(text)
    hessian = answer.hessian()
    X = answer.variables[0]
    values, sizes, rng = _point(answer, answer.gradient)
    dX1, dX2 = tangent_at(X, values[X], rng), tangent_at(X, values[X], rng)
    H2 = evaluate(hessian.differential, {**values, differential_of(X): dX2}, sizes)
    one, two = differential_of(X, "1"), differential_of(X, "2")
    form = evaluate(hessian.bilinear, {**values, one: dX1, two: dX2}, sizes).item()
    swapped = evaluate(hessian.bilinear, {**values, one: dX2, two: dX1}, sizes).item()
    matrix = evaluate(hessian.kronecker, values, sizes)
    assert form == pytest.approx(swapped, rel=1e-9, abs=1e-11)
    assert np.sum(H2 * dX1) == pytest.approx(form, rel=1e-9, abs=1e-11)
    assert np.allclose((matrix @ dX2.reshape(-1, 1, order="F")).ravel(), H2.reshape(-1, order="F"))


@pytest.mark.parametrize("text", [t for t in FUNCTIONS if not is_curved(_answer(t).variables[0])])
def test_a_taylor_expansion_errs_by_the_next_order(text):
    answer = _answer(text)
    X = answer.variables[0]
    values, sizes, rng = _point(answer, answer.gradient)
    dX = tangent_at(X, values[X], rng)
    expansion = fr.taylor(answer.function, X, order=2)

    def error(t):
        exact = evaluate(answer.function, {**values, X: values[X] + t * dX}, sizes).item()
        return abs(evaluate(expansion, {**values, differential_of(X): t * dX}, sizes).item() - exact)

    coarse, fine = error(2e-2), error(1e-2)
    scale = abs(evaluate(answer.function, values, sizes).item()) + 1
    assert fine < coarse / 5 or coarse < 1e-11 * scale  # a cubic remainder falls by 8; a quadratic f has none


def test_the_gradient_of_a_structured_variable_lies_in_its_subspace():
    S = fr.matrix("S", "n", "n", symmetric=True)
    A = fr.matrix("A", "n", "n")
    answer = fr.derivative(fr.tr(A @ S), S)
    assert answer.gradient is fr.sym(A)
    assert any("orthogonal projection onto symmetric" in n for n in answer.notes)
    assert fr.equivalent(answer.independent_gradient, A + A.T - A * fr.eye("n"))


def test_several_variables_and_mixed_second_derivatives():
    U, V = fr.matrix("U", "m", "k"), fr.matrix("V", "n", "k")
    T = fr.matrix("T", "m", "n")
    answer = fr.derivative(fr.norm2(T - U @ V.T) ** 2, [U, V])
    dU, dV = answer.gradient
    assert (str(dU), str(dV)) == ("2*(U*V' - T)*V", "2*(V*U' - T')*U")
    assert set(answer.hessians) == {("U", "U"), ("U", "V"), ("V", "U"), ("V", "V")}
    for hessian in answer.hessians.values():
        assert hessian.check().right is True


def test_a_matrix_of_functions_of_a_parameter():
    rotation = fr.parse("[cos(t) -sin(t); sin(t) cos(t)]", t="scalar")
    answer = fr.derivative(rotation, "t")
    assert answer.check().right is True
    t = answer.variables[0]
    J = evaluate(answer.jacobian, {t: np.array([[0.3]])})
    assert np.allclose(J.ravel(), [-np.sin(0.3), np.cos(0.3), -np.cos(0.3), -np.sin(0.3)])


@pytest.mark.parametrize(
    ("text", "wrt", "gradient"),
    [
        ("tr((x'*A)'*(x'*A))", "A", "2*x*x'*A"),
        ("tr(A'*A) + tr(B'*B)", "A", "2*A"),  # one term does not depend on A
        ("tr(X) + 1", "X", "eye(n)"),
        ("tr(X)*X", "X", None),
        ("norm2(x)^2", "x", "2*x"),
        ("norm2(A*x - b*y)^2", "x", "2*A'*(A*x - b*y)"),
    ],
)
def test_what_people_complain_of_elsewhere(text, wrt, gradient):
    answer = fr.derivative(text, wrt)
    assert answer.check().right is True
    if gradient is not None:
        assert str(answer.gradient).replace("m", "n") == gradient.replace("m", "n")


@pytest.mark.parametrize("text", ["norm2(x)^2", "norm2(x)", "sqrt(x'*x)", "sum(sqrt(x.^2))", "norm1(x)"])
def test_gradients_at_zero_are_finite(text):
    answer = fr.derivative(fr.parse(text, x="vector(n)"), "x")
    x = answer.variables[0]
    G = evaluate(answer.gradient, {x: np.zeros((3, 1))}, {"n": 3})
    assert np.array_equal(G, np.zeros((3, 1)))


def test_a_variable_that_does_not_occur_has_derivative_zero_and_the_answer_says_so():
    X, Y = fr.matrix("X", "m", "n"), fr.matrix("Y", "p", "q")
    answer = fr.derivative(fr.norm2(X), Y)
    assert answer.gradient is fr.zeros("p", "q")
    assert any("Y does not occur" in n for n in answer.notes)


def test_errors_say_what_to_ask_instead():
    X = fr.matrix("X", "m", "n")
    with pytest.raises(DerivativeError, match=r"ask for \.differential, \.jacobian or \.adjoint"):
        fr.derivative(X.T @ X, X).gradient
    with pytest.raises(DerivativeError, match="its variables are: X"):
        fr.derivative(fr.norm2(X), "Z")
    with pytest.raises(DerivativeError, match="with respect to symbols"):
        fr.derivative(fr.norm2(X), X + X)
    dX = differential_of(X)
    with pytest.raises(DerivativeError, match="not linear"):
        transpose_linear(dX.T @ dX, [dX], X.T @ X)


def test_the_derivation_of_a_log_determinant_reads_as_on_the_board():
    X = fr.matrix("X", "m", "n")
    lines = [str(s) for s in fr.derivative(fr.logdet(X.T @ X), X).steps]
    assert lines[0] == "d(logdet(X'*X)) = tr(inv(X'*X)*d(X'*X))    [logdet: d(logdet(A)) = tr(inv(A)*dA)]"
    assert lines[-2].startswith("d(logdet(X'*X)) = 2*tr(inv(X'*X)*X'*dX)    [collect")
    assert lines[-1] == "grad = 2*X*inv(X'*X)    [read off: df = tr(grad'*dX)]"


@pytest.mark.parametrize("text", FUNCTIONS)
def test_every_line_of_a_derivation_is_the_same_function_of_dX(text):
    """Lines without a pending d(...) are evaluated; all agree with the differential."""
    answer = _answer(text)
    X = answer.variables[0]
    values, sizes, rng = _point(answer, answer.gradient)
    values[differential_of(X)] = tangent_at(X, values[X], rng)
    expected = evaluate(answer.differential, values, sizes)
    lines = [s for s in answer.steps if s.left.op.name == "d" and "d(" not in str(s.right)]
    assert lines
    for line in lines:
        assert np.allclose(evaluate(line.right, values, sizes), expected), str(line)


@pytest.mark.parametrize("text", FUNCTIONS)
def test_a_trace_is_of_the_computation(text):
    """What the trace says of each node, put together, is the differential; with a trace or without it is the same."""
    answer = _answer(text)
    f, tangents = answer.function, dict(zip(answer.variables, answer.tangents, strict=True))
    trace = {}
    total = differential(f, tangents, trace)
    assert total is differential(f, tangents)
    composed = dict(tangents)
    for node, rule in trace.items():
        composed[node] = substitute(rule, {d(a): composed[a] for a in node.args if a in trace})
    assert composed[f] is total


def test_the_derivation_shows_the_rules_that_were_applied(monkeypatch):
    """A wrong rule is seen in the derivation, as it is in the result."""
    f = fr.parse("sum(exp(A*x))", x="vector(n)")
    monkeypatch.setitem(operations["exp"].differentials, 0, lambda x, dx: 3 * operations["exp"](x) * dx)
    assert any("3*exp(A*x).*d(A*x)" in str(s) for s in fr.derivative(f, "x").steps)


def test_derivations_have_no_idle_lines():
    """A norm cancels in its square; transposes and signs have no line of their own; functions that do not vary have one."""
    lines = [str(s) for s in fr.derivative("norm2(X*w - y)^2", "w").steps]
    assert lines[0] == "d(norm2(X*w - y)^2) = 2*(X*w - y)'*d(X*w - y)    [power rule: d(norm2(x)^2) = 2*x'*dx]"
    assert len(lines) == 4
    lines = [str(s) for s in fr.derivative("(x - s)'*W*(x - s)", "s").steps]
    assert lines[0] == (
        "d((x - s)'*W*(x - s)) = d(x - s)'*W*(x - s) + (x - s)'*W*d(x - s)    [product rule: d(A*B) = dA*B + A*dB]"
    )
    assert len(lines) == 4
    lines = [str(s) for s in fr.derivative("sum(sign(x).*x)", "x").steps]
    assert lines[2].endswith("= sum(sign(x).*dx)    [sign does not vary: d(sign(x)) = zeros(m)]")
    assert [s.rule for s in fr.derivative("X", "X").steps] == ["X is the variable"]
    assert [s.rule for s in fr.derivative(fr.parse("A*B"), fr.scalar("t")).steps] == [
        "t does not occur: the differential is zero"
    ]
    assert "by definition: geomean(A, B) = " in str(fr.derivative("geomean(A, X)", "X").steps[0])


def test_derivations_use_the_names_of_repeated_parts():
    answer = fr.derivative("-inv(A + t*B)*B*inv(A + t*B)", "t")
    (name,) = answer.where
    lines = [str(s) for s in answer.steps]
    assert lines[0] == f"{name} = inv(A + t*B)    [name of a repeated part]"
    assert not any("inv(A + t*B)" in line for line in lines[1:])
    answer = fr.derivative("M = A + t*B; logdet(M)*tr(M)", "t")
    assert str(answer.steps[0]).startswith("M = A + t*B")
    assert str(answer.steps[1]).startswith("d(logdet(M)*tr(M)) = ")


def test_repeated_parts_get_names():
    x = fr.parse("exp(x'*A*x)*sin(x'*A*x)*(x'*A*x)")
    answer = fr.derivative(x, "x")
    assert answer.where
    assert set(answer.where).isdisjoint({"x", "A"})


@pytest.mark.parametrize("text", ["tr(W'*[A, B; C])", "norm2([A, B; C])^2"])
@pytest.mark.parametrize("variable", ["A", "B", "C"])
def test_blocks_whose_rows_are_cut_at_different_places(text, variable):
    f = fr.parse(text, A="matrix(m,n)", B="matrix(m,p)", C="matrix(q,n+p)", W="matrix(m+q,n+p)")
    assert fr.derivative(f, variable).check()


@pytest.mark.parametrize(
    ("text", "assumed"),
    [
        ("sum(exp(eigvalsh(X'*X)))", ()),
        ("eigmax(X)", ("the eigenvalue of X with the maximal real part is real and simple",)),
        ("eigmax(X'*X)", ("the largest eigenvalue of X'*X is simple",)),
        ("tr(logm(X))", ("X has no eigenvalue on the closed negative real axis",)),
        ("tr(logm(X'*X))", ("X'*X is positive definite",)),
        ("log(abs(det(X)))", ("X is invertible",)),
        ("tr(X*inv(X))", ("X is invertible",)),
    ],
)
def test_an_answer_assumes_no_more_than_it_needs(text, assumed):
    assert fr.derivative(fr.parse(text, X="matrix(n,n)"), "X").assumptions == assumed


@pytest.mark.parametrize(
    ("text", "variable", "assumed"),
    [
        ("sum(log(1 - sigmoid(X*w)))", "w", ()),
        ("1/sum(exp(x))", "x", ()),
        ("mean(x)", "x", ()),
        ("sqrt(x'*x + 1)", "x", ()),
        ("sqrt(x'*x)", "x", None),
        ("sum(log(1 - 2*sigmoid(x)))", "x", ("1 - 2*sigmoid(x) > 0",)),
        ("log(2*pi*s^2) + norm2(x)^2/(2*s^2)", "s", ("s is not 0",)),
        ("log(x'*S*x)/(x'*S*x)", "x", ("x'*S*x > 0",)),
        ("log(-x'*y)/(x'*y)", "x", ("-x'*y > 0",)),
        ("sum(log(3*x)) + sum(1./x)", "x", ("3*x > 0",)),
        ("log(a - 1)/(1 - a)", "a", ("a - 1 > 0",)),
        ("log(det(S)) + tr(inv(S))", "S", ("det(S) > 0",)),
        ("tr(inv(A)*B) + tr(inv(A')*C)", "A", ("A is invertible",)),
        ("tr(inv(A)) + tr(inv(A*A))", "A", ("A is invertible",)),
    ],
)
def test_what_is_always_true_or_implied_is_not_assumed(text, variable, assumed):
    found = fr.derivative(fr.parse(text), variable).assumptions
    assert found == assumed if assumed is not None else found


@pytest.mark.parametrize(
    ("formula", "assumption"),
    [
        ("tr(sylv(A-B,C-D,E))", "A - B and -(C - D) have no eigenvalue in common"),
        ("tr(sylv(A,-C,E))", "A and -(-C) have no eigenvalue in common"),
        ("tr(sylv(A,C*(D + E),E))", "A and -C*(D + E) have no eigenvalue in common"),
        ("logdet(A-B)", "A - B is invertible"),
    ],
)
def test_a_sum_in_an_assumption_stands_in_brackets_where_a_minus_precedes_it(formula, assumption):
    assert assumption in fr.derivative(fr.parse(formula), "A").assumptions


def test_a_jacobian_says_what_it_assumes_beyond_the_differential():
    d = fr.derivative(fr.parse("adj(X)", X="matrix(n,n)"), "X")
    assert d.assumptions == ()
    assert d.assumed_by(d.jacobian) == ("X is invertible",)
    h = fr.derivative(fr.parse("det(X)", X="matrix(n,n)"), "X").hessian()
    assert h.assumed_by(h.kronecker) == ("X is invertible",)
    singular = np.diag([1.0, 2.0, 0.0])
    np.testing.assert_allclose(d.at(X=singular)(np.diag([0.0, 0.0, 1.0])), np.diag([2.0, 1.0, 0.0]), atol=1e-12)


SECONDS = {
    "A^2": "A",
    "A^3": "A",
    "inv(A)": "A",
    "A*B*A'": "A",
    "expm(A)": "A",
    "sin(A*x)": "x",
    "x*x'*A*x": "x",
    "det(A)": "A",
    "norm2(x)": "x",
    "chol(S)": "S",
}


@pytest.mark.parametrize(("text", "wrt"), SECONDS.items(), ids=list(SECONDS))
def test_the_second_derivative_is_a_symmetric_bilinear_map_and_what_the_first_changes_by(text, wrt):
    answer = fr.derivative(fr.parse(text, S="spd(n)") if "S" in text else text, wrt)
    (X,) = answer.variables
    values, sizes, rng = _point(answer, answer.second)
    E, F = tangent_at(X, values[X], rng), tangent_at(X, values[X], rng)
    one, two = differential_of(X, "1"), differential_of(X, "2")
    second = evaluate(answer.second, {**values, one: E, two: F}, sizes)
    assert second.shape == evaluate(answer.function, values, sizes).shape
    assert np.allclose(second, evaluate(answer.second, {**values, one: F, two: E}, sizes))
    assert np.allclose(3 * second, evaluate(answer.second, {**values, one: 3 * E, two: F}, sizes))

    def first(t):
        return evaluate(answer.differential, {**values, X: values[X] + t * F, differential_of(X): E}, sizes)

    estimate = fr.finite.derivative(first, 0.0)
    assert np.linalg.norm(estimate.value - second) <= 10 * estimate.error_norm + 1e-11 * np.linalg.norm(second)


def test_the_second_derivative_of_a_scalar_is_the_form_of_its_hessian_and_a_matrix_has_no_hessian():
    answer = fr.derivative("logdet(X)", "X")
    assert answer.second is answer.hessian().bilinear
    assert str(fr.derivative("A*B", ["A", "B"]).second) == "dA1*dB2 + dA2*dB1"
    with pytest.raises(fr.DerivativeError, match=r"m×m: its second derivative is a bilinear map, ask for \.second"):
        fr.derivative("A^2", "A").hessian()
