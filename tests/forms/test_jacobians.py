"""Jacobians of matrix transformations (tests/data/jacobians.json, formulas of the literature): derived, compared, checked.

The witness is the determinant by finite differences along curves that stay in the kind of each factor.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
import sympy as sp

import frechet as fr
from frechet.errors import DerivativeError, EvaluationError, FrechetError, LanguageError
from frechet.forms import weights
from frechet.forms.differences import difference_matrix

CASES = json.loads((Path(__file__).parents[1] / "data" / "jacobians.json").read_text(encoding="utf-8"))
QR = {"Q": "stiefel(m,n)", "R": "upper(n), positive diagonal"}


def _of(case):
    return fr.jacobian_of(case["equations"], wrt=case.get("wrt"), **case["factors"])


@pytest.mark.parametrize("case", CASES, ids=[c["id"] for c in CASES])
def test_the_derived_formula_is_the_published_one(case):
    J = _of(case)
    assert J.formula is not None
    verdict = fr.check_jacobian(J, case["formula"])
    assert verdict, str(verdict)
    assert J.check(sizes=J.sizes(2))


@pytest.mark.parametrize("case", [c for c in CASES if "misprint" in c], ids=lambda c: c["id"])
def test_a_misprint_is_refused_with_its_diagnosis(case):
    verdict = fr.check_jacobian(_of(case), case["misprint"])
    assert not verdict
    assert case["diagnosis"] in str(verdict)


@pytest.mark.parametrize("case", CASES[::7], ids=[c["id"] for c in CASES[::7]])
def test_a_formula_off_by_a_thousandth_is_caught(case):
    body, *where = re.split(r", (?=\w+ = )", case["formula"])
    assert not fr.check_jacobian(_of(case), ", ".join([f"1.001*({body})", *where]))


@pytest.mark.parametrize("name", list(weights.PATTERNS))
def test_no_formula_hangs_on_a_special_pattern(name, monkeypatch):
    """Without a pattern the numbers stay: another form of the formula, or the determinant of the operator."""
    chosen = [
        c for c in CASES if c["id"] in ("linear-13", "inverse-6", "power-7", "power-1", "linear-2", "triangular-7")
    ]
    assert len(chosen) == 6
    monkeypatch.delitem(weights.PATTERNS, name)
    for case in chosen:
        J = _of(case)
        point = J.of.sampled(J.sizes(0), np.random.default_rng(3))
        expected = np.linalg.slogdet(difference_matrix(J.of, point))[1]
        assert J.logabsdet_at(point) == pytest.approx(expected, abs=1e-6)


def test_what_a_jacobian_says():
    J = fr.jacobian_of("X = Q*R", **QR)
    assert str(J.formula) == "prod(i, r_ii^(m - i))"
    assert J.wedge == "(dX) = prod(i, r_ii^(m - i))*(Q'dQ)(dR)"
    assert J.conditions == ("m >= n", "the diagonal of R is positive", "the factors are unique")
    assert "below the diagonal" in J.measure
    assert J.steps[0] == "dX = dQ*R + Q*dR"
    assert J.steps[2] == "dimensions at m=3, n=2: Q 3 + R 3 = X 6"
    assert "r_{ii}" in J.latex()


def test_signs_and_orders_are_counted():
    counted = {
        "S = Q*diag(l)*Q'": ("vector(n)", "2^n*n! times"),
        "S = Q*diag(l)*Q' ": ("vector(n), ordered", "2^n times"),
    }
    for text, (kind, words) in counted.items():
        J = fr.jacobian_of(text.strip(), Q="orthogonal(n)", l=kind)
        assert any(words in c for c in J.conditions)


def test_numbers_by_the_formula():
    rng = np.random.default_rng(0)
    Q, R = np.linalg.qr(rng.standard_normal((6, 4)))
    signs = np.sign(np.diag(R))
    J = fr.jacobian_of("X = Q*R", **QR)
    value = J.logabsdet(Q=Q * signs, R=signs[:, None] * R)
    assert value == pytest.approx(np.log(np.abs(np.diag(R))) @ (6 - np.arange(1, 5)))


@pytest.mark.parametrize(
    ("equations", "kind"),
    [("Y = A*X*B + C*X*D", "matrix(n)"), ("Y = tr(X)*X", "symmetric(n)"), ("Y = X*tr(A*X)", "skew(n)")],
    ids=["two terms", "trace", "skew"],
)
def test_without_a_formula_the_structure_of_the_operator_gives_the_number(equations, kind):
    J = fr.jacobian_of(equations, X=kind)
    with pytest.raises(DerivativeError, match="no closed formula is known"):
        J.formula
    point = J.of.sampled({"n": 4}, np.random.default_rng(0))
    expected = np.linalg.slogdet(difference_matrix(J.of, point))[1]
    assert J.logabsdet(**{s.name: X for s, X in point.values.items()}) == pytest.approx(expected, abs=1e-7)
    assert J.check(sizes={"n": 2})
    assert "no closed formula" in str(J)


def test_explicit_two_by_two():
    explicit = fr.jacobian_of("Y = X^2", X="matrix(n)").explicit(2)
    p, q, r, s = sp.symbols("p q r s")
    assert sp.expand(explicit.determinant - 4 * (p * s - q * r) * (p + s) ** 2) == 0
    assert "det J = 4*(p + s)^2*(p*s - q*r)" in repr(explicit)
    with pytest.raises(DerivativeError):
        fr.jacobian_of("X = Q*R", **QR).explicit(2)


def test_a_python_function_is_checked_too():
    """The stick-breaking map to correlation factors; a factor 1/cosh^2 left out is found, and where."""

    def rows(y, n=3):
        z, L, k = np.tanh(y), np.zeros((n, n)), 0
        for i in range(n):
            rest = 1.0
            for j in range(i):
                L[i, j] = z[k] * np.sqrt(rest)
                rest -= L[i, j] ** 2
                k += 1
        return L

    def below(y):
        return rows(y)[np.tril_indices(3, -1)]

    def right(y):
        L = rows(y)
        return np.prod(np.cosh(y) ** -2.0) * np.prod(
            [(1 - L[i, :j] @ L[i, :j]) ** 0.5 for i in range(3) for j in range(i)]
        )

    y0 = np.array([0.3, -0.4, 0.2])
    assert fr.check_jacobian(below, right, at=y0)
    wrong = fr.check_jacobian(below, lambda y: right(y) * np.cosh(y[-1]) ** 2, at=y0)
    assert not wrong
    assert "depends on the coordinate [2] only" in str(wrong)


def test_a_map_between_charts_is_checked_too():
    F = fr.chart("r a b").to(fr.chart("x y z"), x="r*cos(a)", y="r*sin(a)*cos(b)", z="r*sin(a)*sin(b)")
    assert fr.check_jacobian(F, "r^2*sin(a)")
    assert "2" in str(fr.check_jacobian(F, "2*r^2*sin(a)"))
    assert not fr.check_jacobian(F, "r^2*cos(a)")


REFUSED = {
    "dimensions": (
        lambda: fr.jacobian_of("X = Q*R", Q="stiefel(m,n)", R="matrix(n)"),
        FrechetError,
        "dimensions do not fit",
    ),
    "kind": (lambda: fr.jacobian_of("Y = X", X="banana(n)"), LanguageError, "no kind banana"),
    "sizes": (lambda: fr.jacobian_of("Y = X", X="stiefel(n)"), LanguageError, "takes the sizes m, n"),
    "choice": (lambda: fr.jacobian_of("Y = A*X", A="matrix(n)", X="matrix(n)"), FrechetError, "say wrt="),
    "unknown": (lambda: fr.jacobian_of("Y = X", X="matrix(n)", Z="matrix(n)"), LanguageError, "Z is declared"),
    "not of its kind": (
        lambda: fr.jacobian_of("X = Q*R", **QR).logabsdet(Q=np.ones((3, 2)), R=np.eye(2)),
        EvaluationError,
        "Q is declared stiefel",
    ),
    "sign": (
        lambda: fr.jacobian_of("X = Q*R", **QR).logabsdet(Q=np.eye(3)[:, :2], R=-np.eye(2)),
        EvaluationError,
        "declared positive",
    ),
    "missing": (lambda: fr.jacobian_of("X = Q*R", **QR).logabsdet(Q=np.eye(2)), EvaluationError, "R has no value"),
    "claim": (lambda: fr.check_jacobian("X = Q*R", "prod_i z_ii^2", **QR), LanguageError, "what is z"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_bad_input_is_refused(what):
    f, kind, words = REFUSED[what]
    with pytest.raises(kind, match=words):
        f()


# --- maps of one vector ----------------------------------------------------------------------------------------

VECTORS = {
    "y = x/norm2(x)^2": "|x'*x|^(-n)",  # the inversion in the sphere
    "y = x*(x'*x)": "3*|x'*x|^n",
    "y = x + u*tanh(w'*x + b)": "|1 + (u'*w)*(1 - tanh(b + w'*x)^2)|",  # a planar flow, Rezende and Mohamed 2015
    "y = A*tanh(B*x)": "|A|*|diag(1 - tanh(B*x).^2)|*|B|",
    "y = x*sqrt(x'*A*x)": "2*|x'*A*x|^(n/2)",
    "y = x - 2*w*w'*x/(w'*w)": "1",  # a reflection
    "y = x + (x - u)/(1 + norm2(x - u))": None,  # a radial flow
    "y = exp(x)*sum(x)": None,
    "y = kron(C,D)*x": "|C|^q*|D|^p",
    "y = sin(x) + A*x": None,
}
KINDS = {
    "u": "vector(n)",
    "w": "vector(n)",
    "b": "scalar",
    "A": "matrix(n)",
    "B": "matrix(n)",
    "C": "matrix(p)",
    "D": "matrix(q)",
}


def _of_a_vector(text, x="vector(n)"):
    kinds = {k: v for k, v in KINDS.items() if re.search(rf"\b{k}\b", text)} | (
        {"A": "spd(n)"} if "sqrt" in text else {}
    )
    return fr.jacobian_of(text, wrt="x", x="vector(p*q)" if "kron" in text else x, **kinds)


@pytest.mark.parametrize("text", VECTORS)
def test_a_map_of_a_vector(text):
    J = _of_a_vector(text)
    assert J.check()
    if VECTORS[text] is not None:
        assert str(J.formula) == VECTORS[text]


@pytest.mark.parametrize("text", ["y = x/norm2(x)", "y = softmax(x)", "y = x - w*w'*x/(w'*w)"])
def test_a_singular_map_of_a_vector_has_no_formula(text):
    with pytest.raises(DerivativeError, match="its derivative is singular, the determinant is 0"):
        _ = _of_a_vector(text).formula


def test_a_planar_flow_has_a_log_density_in_the_language():
    kinds = {"x": "vector(n)", "u": "vector(n)", "w": "vector(n)", "b": "scalar"}
    flow = fr.change_of_variables("y = x + u*tanh(w'*x + b)", "x", "-y'*y/2", **kinds)
    rng = np.random.default_rng(0)
    values = {k: rng.standard_normal(4) / 2 for k in ("x", "u", "w")} | {"b": 0.3}
    step = lambda x: x + values["u"] * np.tanh(values["w"] @ x + values["b"])
    J = fr.finite.jacobian(step, values["x"]).value
    y = step(values["x"])
    assert flow(**values) == pytest.approx(-y @ y / 2 + np.linalg.slogdet(J)[1], rel=1e-9)


WRONG = {
    "pairs": ("S = Q*diag(l)*Q'", {"Q": "orthogonal(n)", "l": "vector(n)"}, "prod(i<j, |l_i - l_j|^2)", "the exponent of prod(i<j, |l_i - l_j|) is too large by 1"),
    "exchanged": ("Y = A*X*B", {"X": "matrix(m,n)"}, "|A|^m*|B|^n", "the exponent of |A| is too large by m - n; the exponent of |B| is too large by n - m"),
    "running": ("A = L*L'", {"L": "lower(n), positive diagonal"}, "2^n*prod(i, l_ii^i)", "the exponent of l_ii is too large by 2*i - n - 1"),
    "power": ("A = L*L'", {"L": "lower(n), positive diagonal"}, "prod(i, l_ii^(n-i+1))", "the factor 2^n is missing"),
}  # fmt: skip


@pytest.mark.parametrize(("equations", "factors", "claim", "words"), WRONG.values(), ids=list(WRONG))
def test_what_a_wrong_exponent_is_off_by(equations, factors, claim, words):
    assert fr.check_jacobian(equations, claim, **factors).diagnosis[0] == words


def test_a_wrong_determinant_between_charts_is_off_by_a_factor_in_the_coordinates():
    F = fr.chart("r t").to(fr.chart("x y"), x="r*cos(t)", y="r*sin(t)")
    assert fr.check_jacobian(F, "r^2*t").diagnosis == ("the claim is |r*t| times the right value", "right is |r|")


@pytest.mark.parametrize(
    ("equations", "claim", "factors"),
    [
        ("X = Q*R", "1.0000000001*prod_i r_ii^(m-i)", QR),
        ("X = Q*R", "2^((n-2)*(n-3)*(n-4))*prod_i r_ii^(m-i)", QR),  # from n = 5 on
        ("Y = A*X", "|A|^m*1.0000000001", {"A": "matrix(n,n)", "X": "matrix(n,m)"}),
        ("Y = A*X", "|A|^(m+(n-2)*(n-3)*(n-4))", {"A": "matrix(n,n)", "X": "matrix(n,m)"}),
    ],
)
def test_a_tiny_factor_and_larger_sizes_are_seen(equations, claim, factors):
    wrt = "X" if "X" in factors else None
    assert fr.check_jacobian(equations, claim, wrt, **factors).right is False


def test_of_a_python_function_the_error_of_the_differences_decides():
    at = np.array([1.0, 0.5])

    def polar(x):
        return np.array([x[0] * np.cos(x[1]), x[0] * np.sin(x[1])])

    assert fr.check_jacobian(polar, lambda x: x[0], at=at)
    wrong = fr.check_jacobian(polar, lambda x: 1.0000000001 * x[0], at=at)
    assert wrong.right is False
    assert "1.0000000001 times" in str(wrong)


def test_dimensions_that_agree_by_chance_at_one_size():
    """n(n+1)/2 + n is n^2 for n = 3 alone: D and X together are no coordinates of D*X*D."""
    found = fr.jacobian_of("Y = D*X*D", X="symmetric(n)", D="diagonal(n)")
    assert found.wedge == "(dY) = |D|^(n + 1)*(dX)"
    kinds = {"X": "symmetric(n)", "d": "vector(n)"}
    assert fr.check_jacobian("Y = diag(d)*X*diag(d)", "prod(i, |d_i|^(n+1))", **kinds).right is True


def test_numbers_beside_the_entries_leave_the_determinant_to_numbers():
    found = fr.jacobian_of("U = Q*diag(exp(c*t))*Q'", Q="orthogonal(n)", t="vector(n)")
    assert "depends on a number beside the entries" in str(found)
