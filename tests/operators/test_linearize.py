"""From a symbolic differential to a numeric operator: the values, the spaces, and the structure that is
kept.
"""

from __future__ import annotations

import numpy as np
import pytest

import frechet as fr
from frechet.errors import ShapeError
from frechet.expr.evaluate import evaluate
from frechet.expr.node import symbols
from frechet.operators import Full, Masked, Skew, Symmetric, lower, tangent_fixed_rank
from frechet.operators.linearize import linearize, linearize_all, point_of
from tests.operators.draw import Draw

n, m = 4, 3
X, Y, A, B = fr.matrix("X", "n"), fr.matrix("Y", "m", "n"), fr.matrix("A", "n"), fr.matrix("B", "n")
S, K = fr.matrix("S", "n", symmetric=True), fr.matrix("K", "n", skew=True)
L, D = fr.matrix("L", "n", lower=True), fr.matrix("D", "n", diagonal=True)
x, t = fr.vector("x", "n"), fr.scalar("t")

# expression, variable, the pattern that solves with its derivative (None: not square)
CASES = {
    "riccati": (A.T @ S + S @ A - S @ fr.sym(B) @ S, S, "sylvester"),
    "square": (fr.matrix_power(X, 2), X, "sylvester"),
    "X*A*X": (X @ A @ X, X, "sylvester"),
    "cube": (fr.matrix_power(X, 3), X, "commuting"),
    "inverse": (fr.inv(X), X, "kronecker"),
    "two-sided": (A @ X @ B, X, "kronecker"),
    "generalized sylvester": (A @ X @ B + B @ X @ A, X, "sylvester"),
    "stein": (A @ X @ A.T - X, X, "sylvester"),
    "X'*A*X + X": (X.T @ A @ X + X, X, "transposed"),
    "elementwise": (fr.exp(A @ X @ B / 20), X, "composition"),
    "elementwise of a sum": (fr.exp((A @ X + X @ B) / 20), X, "composition"),
    "sylv": (fr.sylv(A, B, X), X, "inverse"),
    "sylv of a product": (fr.sylv(A, B, A @ X @ B), X, "composition"),
    "dlyap of symmetric": (fr.dlyap(A / 20, S), S, "inverse"),
    "square root": (fr.sqrtm(S), S, "inverse"),
    "square root of any": (fr.sqrtm(X), X, "inverse"),
    "cholesky": (fr.chol(S), S, "composition"),
    "inverse of cholesky": (fr.inv(fr.chol(S)), S, "composition"),
    "elementwise square": (X**2, X, "scaling"),
    "hadamard": (A * X + 2 * X, X, "scaling"),
    "X times its sum": (X * fr.sum(X), X, "low rank"),
    "X times its trace": (fr.tr(X) * X, X, "low rank"),
    "logdet times X": (fr.logdet(X) * X, X, "low rank"),
    "X plus its diagonal": (X + fr.diagm(fr.diag(A @ X)), X, "low rank"),
    "rowsum spread": (X + fr.rowsum(X) @ fr.ones(1, "n") / 10, X, "kronecker"),
    "transpose": (A @ X.T @ B, X, "kronecker"),
    "congruence of symmetric": (A.T @ S @ A, S, "kronecker"),
    "inverse of symmetric": (fr.inv(S), S, "kronecker"),
    "congruence of skew": (A.T @ K @ A, K, "kronecker"),
    "lower times lower": (L @ L, L, "triangular"),
    "L*L'": (L @ L.T, L, "cholesky"),
    "diagonal": (D @ D + D, D, "scaling"),
    "triangular part": (X + fr.tril(A @ X) / 10, X, "dense"),
    "symmetric part": (3 * X + fr.sym(X), X, "transposed"),
    "vector": (A @ x + fr.exp(x), x, "kronecker"),
    "quadratic vector": (x * (x.T @ A @ x), x, "low rank"),
    "norm": (x * fr.norm2(x), x, "low rank"),
    "row of a vector": (x.T @ A, x, "kronecker"),
    "softmax": (fr.softmax(A @ x) + x, x, "low rank"),
    "scalar": (t**3, t, "kronecker"),
    "rectangular": (Y @ A, Y, "kronecker"),
    "trace": (fr.tr(A @ X), X, None),
    "gram": (Y.T @ Y, Y, None),
    "kron": (fr.kron(X, A), X, None),
    "vec": (fr.vec(A @ X), X, "dense"),
    "vector to matrix": (x @ x.T, x, None),
    "scalar to matrix": (t * A, t, None),
    "index": ((X @ X)[:2, :3], X, None),
    "hat": (fr.hat(fr.vector("v", 3)), fr.vector("v", 3), None),
}


def point(f, variable, seed=0):
    d = Draw(seed)
    values = {}
    for s in {s.name: s for s in [*symbols(f), variable]}.values():
        r, c = (int(size.value({"n": n, "m": m})) for size in s.shape)
        values[s] = d.spd(n) / n if s is S else d.positive(r, c) + (2 * np.eye(r) if r == c else 0)
        for name, cut in (("lower", np.tril), ("diagonal", lambda v: np.diag(np.diag(v))), ("skew", lambda v: v - v.T)):
            if name in s.params[1]:
                values[s] = cut(values[s])
    return values


@pytest.mark.parametrize("name", CASES)
def test_values_are_those_of_differences(name):
    f, variable, _ = CASES[name]
    values = point(f, variable)
    op = linearize(fr.derivative(f, variable), values)
    dX = op.domain.random(np.random.default_rng(1))
    h = 1e-5
    ends = [evaluate(f, {**values, variable: values[variable] + s * h * dX}) for s in (1, -1)]
    wanted = (ends[0] - ends[1]) / (2 * h)
    assert np.allclose(op(dX), wanted, rtol=1e-6, atol=1e-6 * max(1, np.abs(wanted).max()))
    W = op.codomain.random(np.random.default_rng(2))
    assert np.isclose(np.vdot(op(dX), W), np.vdot(dX, op.T(W)))


@pytest.mark.parametrize("name", CASES)
def test_the_symbolic_jacobian_is_the_dense_matrix(name):
    f, variable, _ = CASES[name]
    values = point(f, variable)
    op = linearize(fr.derivative(f, variable), values)
    if isinstance(op.domain, Full):
        J = evaluate(fr.derivative(f, variable).jacobian, values)
        assert np.allclose(op.to_dense(), J, atol=1e-10 * max(1, np.abs(J).max()))
    else:
        assert op.domain.dim < variable.rows.value({"n": n}) ** 2


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case[2]])
def test_structure_survives(name):
    f, variable, pattern = CASES[name]
    op = linearize(fr.derivative(f, variable), point(f, variable))
    assert op.solver.pattern == pattern, op.explain()
    dX = op.domain.random(np.random.default_rng(3))
    assert np.allclose(op.solve(op(dX)), dX, rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case[2] is None])
def test_what_is_not_square_has_least_squares(name):
    f, variable, _ = CASES[name]
    op = linearize(fr.derivative(f, variable), point(f, variable))
    with pytest.raises(fr.ShapeError, match="lstsq gives least squares"):
        op.solve(np.zeros(op.codomain.shape))


def test_spaces_follow_the_declarations():
    d = Draw(2)
    spaces = lambda f, v: (lambda op: (op.domain, op.codomain))(linearize(fr.derivative(f, v), point(f, v)))
    assert spaces(A.T @ S @ A, S) == (Symmetric(n), Symmetric(n))
    assert spaces(A @ S, S) == (Symmetric(n), Full(n, n))
    assert spaces(A @ K @ A.T, K) == (Skew(n), Skew(n))
    assert spaces(L @ L.T, L) == (lower(n), Symmetric(n))
    assert spaces(fr.inv(L), L) == (lower(n), lower(n))
    P = fr.matrix("P", "n", orthogonal=True)
    Q0 = np.linalg.qr(d(n))[0]
    op = linearize(fr.derivative(P @ A, P), {"P": Q0, "A": d.good(n)})
    assert op.domain.dim == n * (n - 1) // 2
    assert op.codomain.dim == n * n


def test_a_tangent_space_of_fixed_rank_on_request():
    d = Draw(3)
    U, V = np.linalg.qr(d(n, 2))[0], np.linalg.qr(d(n, 2))[0]
    space = tangent_fixed_rank(U, V)
    op = linearize(fr.derivative(A @ X + X @ A, X), {"X": U @ V.T, "A": d.spd(n)}, domain=space, codomain=space)
    assert op.shape == (12, 12)
    dX = space.random(d.rng)
    assert np.allclose(op.solve(op(dX)), dX)


def test_hessians_map_the_subspace_to_itself():
    h = fr.derivative(fr.logdet(S), S).hessian()
    S0 = Draw(4).spd(n)
    op = h.at(S=S0)
    assert (op.domain, op.codomain) == (Symmetric(n), Symmetric(n))
    assert op.solver.pattern == "kronecker"
    dS = op.domain.random(np.random.default_rng(0))
    assert np.allclose(op(dS), -np.linalg.solve(S0, np.linalg.solve(S0, dS).T).T)
    assert np.isclose(op.logdet(), -(n + 1) * np.linalg.slogdet(S0)[1])


def test_several_variables_are_a_row_of_blocks():
    d = Draw(5)
    op = fr.derivative(X @ A @ Y.T, [X, Y]).at(X=d(n), A=d(n), Y=d(m, n))
    dX, dY = d(n), d(m, n)
    value = op((dX, dY))
    assert value.shape == (n, m)
    assert np.array_equal(op(dX, dY), value)
    W = d(n, m)
    back = op.T(W)
    assert [b.shape for b in back] == [(n, n), (m, n)]
    assert np.isclose(np.vdot(value, W), np.vdot(back[0], dX) + np.vdot(back[1], dY))
    with pytest.raises(ShapeError, match=r"a tuple of 2 matrices, one in each of matrix\(4,4\) × matrix\(3,4\)"):
        op(dX)


def test_least_norm_by_several_variables_is_one_sylvester_equation():
    d = Draw(6)
    x, y = d(n), d(m, n)
    op = fr.derivative(X @ Y.T, [X, Y]).at(X=x, Y=y)
    R = d(n, m)
    dX, dY = op.lstsq(R)  # L L* = X X' R + R Y Y'
    assert np.allclose(op(dX, dY), R)
    wanted = np.linalg.lstsq(op.to_dense(), R.ravel(order="F"))[0]
    assert np.allclose(op.domain.coords((dX, dY)), wanted)
    assert op._gram.solver.inner.solver.pattern in ("sylvester", "definite")


def test_hessian_by_several_variables_is_one_operator_on_their_block():
    S, M = fr.matrix("S", "n", symmetric=True), fr.matrix("M", "n")
    d = Draw(7)
    values = {"X": d(n), "S": d.spd(n), "M": d(n)}
    derivative = fr.derivative(fr.norm2(X @ S - M) ** 2 / 2 + fr.logdet(S), [X, S])
    hessian = linearize_all(derivative.gradients, derivative.variables, values)
    assert repr(hessian) == "<matrix(4,4) × symmetric(4) → matrix(4,4) × symmetric(4)>"
    Z = hessian.domain.random(d.rng)
    at = lambda t: [
        fr.compile(g, "numpy")(**{**values, "X": values["X"] + t * Z[0], "S": values["S"] + t * Z[1]})
        for g in derivative.gradients
    ]
    h = 1e-6
    for ours, plus, minus in zip(hessian(*Z), at(h), at(-h), strict=True):
        assert np.allclose(ours, (plus - minus) / (2 * h), atol=1e-6)
    assert hessian._problem.is_self_adjoint
    assert np.allclose(hessian.domain.coords(hessian.solve(hessian(Z))), hessian.domain.coords(Z))


def test_rank_one_coefficients_stay_thin():
    u = fr.vector("u", "n")
    d = Draw(6)
    op = fr.derivative(X + u @ (u.T @ X) + X @ A, X).at(X=d(30), u=d(30, 1)[:, 0], A=d.small(30))
    kinds = {type(F).__name__ for pair in op.form.plain for F in pair}
    assert op.solver.pattern in ("sylvester", "low rank")
    assert kinds <= {"Dense", "Scalar", "Thin"}


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"X": np.eye(2)}, "A has no value"),
        ({"X": np.eye(2), "A": np.eye(2), "C": 1.0}, "C does not occur"),
        ({"X": np.eye(2), "A": np.eye(3)}, "would be 3 and is 2"),
        ({"X": "text", "A": np.eye(2)}, "needs an array of numbers"),
    ],
)
def test_values_that_do_not_fit(values, message):
    with pytest.raises(fr.EvaluationError, match=message):
        fr.derivative(A @ X, X).at(values)


def test_values_by_name_and_by_symbol():
    assert point_of((A @ X,), (X,), {"X": np.eye(2), A: np.eye(2)}).keys() == {X, A}


def test_cholesky_is_a_chain_of_three_and_its_determinant_is_the_textbook_one():
    S0 = Draw(7).spd(6)
    op = fr.derivative(fr.chol(S), S).at(S=S0)
    assert (op.domain, op.codomain) == (Symmetric(6), lower(6))
    assert op.solver.detail.count(";") == 2
    diagonal = np.log(np.diag(np.linalg.cholesky(S0)))
    # Muirhead 1982, theorem 2.1.9, between independent entries; √2 for each mirrored pair in orthonormal coordinates
    wanted = -(6 * np.log(2) + np.arange(6, 0, -1) @ diagonal + 15 * np.log(2) / 2)
    assert np.isclose(op.logdet(), wanted)


def test_a_deep_network_keeps_its_layers():
    W, f = fr.matrix("W", "n"), X
    for _ in range(10):
        f = f + fr.tanh(W @ f)
    d = Draw(8)
    op = fr.derivative(f, X).at(X=d(n), W=d.small(n))
    assert sum(len(getattr(part, "parts", (part,))) for part in op.form.rest) < 100
    h, dX = 1e-5, d(n)
    values = lambda t: {X: op_at + t * dX, W: w}
    op_at, w = d(n), d.small(n)
    op = fr.derivative(f, X).at(X=op_at, W=w)
    wanted = (evaluate(f, values(h)) - evaluate(f, values(-h))) / (2 * h)
    assert np.allclose(op(dX), wanted, atol=1e-7)


def test_zero_derivative_is_the_zero_operator():
    op = fr.derivative(A, X).at(A=np.eye(2), X=np.eye(2))
    assert np.array_equal(op(np.eye(2)), np.zeros((2, 2)))
    with pytest.raises(fr.SingularOperatorError, match="the operator is zero"):
        op.solve(np.eye(2))


def test_masked_codomain_of_a_triangular_product():
    op = linearize(fr.derivative(fr.triu(A) @ D, D), point(fr.triu(A) @ D, D))
    assert isinstance(op.codomain, Masked)


@pytest.mark.parametrize(
    "text",
    ["sum(x.^1.5)", "sum(x.^2.5)", "norm2(x)^3", "norm2(x)^1.5", "sum(x.^1.5.*x)", "sum(max(x,0).^1.5)", "sum(sqrt(x).^3)", "x.^1.5", "(x'*x)^1.5", "norm2(x)*x"],
)  # fmt: skip
def test_a_derivative_at_zero_where_the_chain_rule_is_zero_times_infinity(text):
    """All are o(|x|) at 0."""
    op = fr.derivative(fr.parse(text, x="vector(n)"), "x").at(x=np.zeros(3))
    assert not op.to_dense().any()
    with np.errstate(divide="ignore"):
        op = fr.derivative(fr.parse("sum(sqrt(x))", x="vector(n)"), "x").at(x=np.zeros(3))
        assert np.all(op.T(1.0) == np.inf)  # and where there is none, infinity stays


@pytest.mark.parametrize("s", [1e-200, 1e-20, 1e20, 1e200])
@pytest.mark.parametrize(
    ("text", "degree"),
    [("norm2(x)", 1), ("x/norm2(x)", 0), ("norm2(x)^1.5", 1.5), ("sqrt(x'*x)", 1), ("norm2(x)^3/norm2(x)^2", 1),
     ("x'*b/(norm2(x)*norm2(b))", 0), ("norm2(A*x)", 1), ("norm2(x)^0.5*x/norm2(x)", 0.5), ("logsumexp(x/norm2(x))", 0)],
)  # fmt: skip
def test_derivatives_of_homogeneous_functions_scale(text, degree, s):
    """f(s x) = s^k f(x), so f'(s x) = s^(k-1) f'(x), in evaluation and compiled code: squares of norms leave the range."""
    d = fr.derivative(fr.parse(text, x="vector(n)", b="vector(n)", A="matrix(n)"), "x")
    rng = np.random.default_rng(3)
    point = {"x": rng.standard_normal(3), "b": rng.standard_normal(3), "A": rng.standard_normal((3, 3))}
    point = {name: a for name, a in point.items() if name in {v.name for v in symbols(d.function)}}
    scaled_point = {**point, "x": s * point["x"]}
    wanted = d.at(**point).to_dense()
    for found in (d.at(**scaled_point).to_dense(), d.jacobian.compile("numpy")(**scaled_point)):
        assert np.allclose(
            np.reshape(found, wanted.shape) * s**0.5 * s ** (0.5 - degree), wanted, rtol=1e-12, atol=1e-13
        )


def test_zero_factors_are_those_that_are_zero_and_not_those_whose_squares_are():
    op = fr.derivative(A @ X @ B, X).at(X=np.eye(2), A=1e-200 * np.eye(2), B=np.ones((2, 2)))
    assert np.allclose(op(np.eye(2)) * 1e200, 1, rtol=1e-12)
