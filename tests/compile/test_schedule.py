"""What the schedule does: each optimisation is seen in the kernels that a program is made of."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

import frechet as fr
from frechet.compile.lowering import lower

N = {"m": 200, "n": 100, "k": 5}


def kernels(*texts: str, **declared: str) -> list[str]:
    program = lower([fr.parse(t, **declared) for t in texts], N)
    return [v.kernel for v in program.order]


@pytest.mark.parametrize(
    ("text", "declared", "present", "absent"),
    [
        ("X'*X", {"X": "matrix(m,n)"}, ["gram"], ["mm"]),
        ("X'*S*X", {"X": "matrix(m,n)", "S": "symmetric(m)"}, ["mm", "symmetric_product"], []),
        ("inv(A)*B", {"A": "matrix(n,n)", "B": "matrix(n,k)"}, ["lu", "lu_solve"], ["lu_inverse", "mm"]),
        ("B*inv(A)", {"A": "matrix(n,n)", "B": "matrix(k,n)"}, ["lu", "lu_solve"], ["lu_inverse", "mm"]),
        ("inv(S)*B", {"S": "spd(n)", "B": "matrix(n,k)"}, ["cholesky", "cholesky_solve"], ["lu"]),
        ("inv(L)*x", {"L": "lower(n)", "x": "vector(n)"}, ["triangular_solve"], ["lu"]),
        ("inv(Q)*B", {"Q": "orthogonal(n)", "B": "matrix(n,k)"}, ["mm"], ["lu"]),
        ("inv(D)*B", {"D": "diagonal(n)", "B": "matrix(n,k)"}, ["div", "mul"], ["lu", "mm"]),
        ("L*B", {"L": "lower(n)", "B": "matrix(n,n)"}, ["trmm"], ["mm"]),
        ("diag(x)*A", {"x": "vector(n)", "A": "matrix(n,n)"}, ["mul"], ["mm", "diagm"]),
        ("A*B*x", {"A": "matrix(n,n)", "B": "matrix(n,n)", "x": "vector(n)"}, ["mv"], ["mm"]),
        ("S*x", {"S": "symmetric(m)", "x": "vector(m)"}, ["symv"], ["mv"]),
        ("U*V' + V*U'", {"U": "matrix(m,k)", "V": "matrix(m,k)"}, ["rank_2k"], ["mm"]),
        ("sym(U*V')", {"U": "matrix(m,k)", "V": "matrix(m,k)"}, ["rank_2k"], ["mm"]),
        (
            "U*V' + V*U' + norm2(U*V')*A",
            {"U": "matrix(m,k)", "V": "matrix(m,k)", "A": "matrix(m,m)"},
            ["mm"],
            ["rank_2k"],
        ),
        ("x'*A*B", {"A": "matrix(n,n)", "B": "matrix(n,n)", "x": "vector(n)"}, ["vm"], ["mm"]),
        ("tr(A*B)", {"A": "matrix(n,n)", "B": "matrix(n,n)"}, ["inner"], ["mm"]),
        ("diag(A*B)", {"A": "matrix(n,n)", "B": "matrix(n,n)"}, ["rowdots"], ["mm"]),
        ("sum(A*B)", {"A": "matrix(n,n)", "B": "matrix(n,n)"}, ["rowsum", "mv"], ["mm"]),
        ("(A*B)[2,3]", {"A": "matrix(n,n)", "B": "matrix(n,n)"}, ["dot"], ["mm"]),
        ("X'*inv(S)*X", {"X": "matrix(n,k)", "S": "spd(n)"}, ["cholesky_half_solve", "gram"], ["cholesky_solve"]),
        ("tr(inv(S))", {"S": "spd(n)"}, ["cholesky_trace_inverse"], ["cholesky_inverse"]),
        ("log(1 + exp(x))", {"x": "vector(n)"}, ["softplus"], ["exp"]),
        ("log(sum(exp(x)))", {"x": "vector(n)"}, ["logsumexp"], ["exp"]),
        ("log(det(S))", {"S": "spd(n)"}, ["cholesky_logdet"], ["lu_det"]),
        ("A + 2*eye(n)", {"A": "matrix(n,n)"}, ["add_diagonal"], ["eye"]),
    ],
)
def test_kernels(text, declared, present, absent):
    chosen = kernels(text, **declared)
    assert set(present) <= set(chosen), chosen
    assert not set(absent) & set(chosen), chosen


def test_one_factorization_serves_all():
    chosen = kernels("x'*inv(S)*x", "logdet(S)", "inv(S)*B", S="spd(n)", x="vector(n)", B="matrix(n,k)")
    assert chosen.count("cholesky") == 1
    chosen = kernels("logdet(A)", "inv(A)*B", "B'*inv(A)", "inv(A')*B", A="matrix(n,n)", B="matrix(n,k)")
    assert chosen.count("lu") == 1


def test_what_others_need_is_free():
    """Alone, y'*inv(S)*y is half a solve; beside inv(S)*y it is a dot product with it."""
    chosen = kernels("y'*inv(S)*y", "inv(S)*y", S="spd(n)", y="vector(n)")
    assert "cholesky_half_solve" not in chosen


def test_a_product_and_its_transpose_are_one():
    chosen = kernels("A*B + B'*A'", A="matrix(n,n)", B="matrix(n,n)")
    assert chosen.count("mm") == 1


def test_a_side_of_a_symmetric_product_is_in_the_other():
    """W'*A*B*A'*W is M'*(B*M) with M = A'*W: two products and a symmetric one."""
    chosen = kernels("W'*A*B*A'*W", A="matrix(m,m)", B="symmetric(m)", W="matrix(m,k)")
    assert chosen.count("mm") + chosen.count("symmetric_product") == 3


@pytest.mark.parametrize(
    ("value", "gradient"),
    [
        ("(x - w)'*inv(S)*(x - w)", "2*inv(S)*(w - x)"),
        ("norm2(A - U*V')^2", "2*(U*V' - A)*V"),
        ("(U*V' - A)*V", "V'*(A - U*V')'"),
    ],
)
def test_a_difference_and_its_opposite_are_one(value, gradient):
    """Text has no leading minus where a difference turned round saves it; what both need is worked out once."""
    declared = {
        "S": "spd(n)",
        "x": "vector(n)",
        "w": "vector(n)",
        "A": "matrix(m,n)",
        "U": "matrix(m,k)",
        "V": "matrix(n,k)",
    }
    both = [fr.parse(t, **declared) for t in (value, gradient)]
    chosen = [v.kernel for v in lower(both, N).order]
    assert chosen.count("sub") == 1
    assert chosen.count("cholesky_solve") + chosen.count("cholesky_half_solve") <= 1
    assert chosen.count("mm") <= 2


def deep(layers: int) -> fr.Expr:
    """The Hessian of a network in its first layer: kron(x, eye)*J'*C*J*kron(x', eye)."""
    f = "x"
    for i in range(1, layers):
        f = f"relu(W{i}*{f})" if i == 1 else f"relu(W{i}*({f}))"
    declared = {f"W{i}": "matrix(n,n)" for i in range(1, layers + 1)} | {"x": "vector(n)"}
    return fr.derivative(fr.parse(f"logsumexp(W{layers}*{f})", **declared), "W1").hessian().jacobian


def test_long_chains_are_ordered_as_short_ones():
    """The n²×n² matrix is written once, J is computed once, however many layers there are: linear in their number."""
    flops = {layers: lower([deep(layers)], {"n": 20}).flops for layers in (4, 8, 12, 16)}
    assert flops[16] - flops[12] == pytest.approx(flops[8] - flops[4], rel=1e-3)
    assert flops[16] < 1.5 * 20**4 + 16 * 2 * 20**3 + 4 * 20**3


def test_the_order_is_the_textbook_optimum():
    """Cormen et al., ch. 15: 30×35, 35×15, 15×5, 5×10, 10×20, 20×25 take 15,125 multiplications."""
    sizes = [30, 35, 15, 5, 10, 20, 25]
    factors = [fr.matrix(f"A{i}", p, q) for i, (p, q) in enumerate(pairwise(sizes))]
    product = factors[0]
    for f in factors[1:]:
        product = product @ f
    assert lower([product], {}).flops == 2 * 15125


def test_explain_shows_steps_flops_and_what_is_shared():
    f = fr.parse("logdet(X'*X)", X="matrix(m,n)")
    g = fr.compile([f, fr.derivative(f).gradient], sizes={"m": 20, "n": 10})
    text = g.explain()
    assert "schedule for m = 20, n = 10" in text
    assert "Cholesky factorization" in text
    assert "shared: L (2 times)" in text


@pytest.mark.parametrize(
    "text", ["det(inv(L')*M)", "(inv(L')*M)^2", "inv(inv(L')*M + M)*B", "(inv(L)*M)^2", "M*inv(U')*B"]
)
def test_products_with_inverses_of_transposed_triangles(text):
    """inv(L') is upper triangular: inv(L')*M with two lower L and M is a full matrix."""
    rng = np.random.default_rng(3)
    A, C, B = (rng.standard_normal((4, 4)) + 4 * np.eye(4) for _ in range(3))
    arrays = {"L": np.tril(A), "M": np.tril(C), "U": np.triu(A), "B": B}
    f = fr.parse(text, L="lower(n)", M="lower(n)", U="upper(n)", B="matrix(n,n)")
    compiled = f.compile()
    given = {name: arrays[name] for name in compiled.names}
    np.testing.assert_allclose(compiled(**given), f(**given), rtol=1e-10)
