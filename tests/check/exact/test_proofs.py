"""Claims whose truth is known: proved, refuted, or left open, and the smallest counterexample."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from frechet.check.exact import Proof, Refutation, counterexample, evaluate_precisely, identical, prove
from frechet.check.exact.scalars import NoValue, OutOfReach
from frechet.expr.structure import differential_of
from frechet.language import read


def asked(f: str, wrt: str, claim: str, declared: dict[str, str]) -> tuple[Any, ...]:
    reading = read(f, declared)
    X = reading.symbols[wrt]
    dX = differential_of(X)
    return reading.expr, [X], read(claim, {**declared, **reading.symbols, dX.name: dX}).expr


def proof(f: str, wrt: str, claim: str, form: str = "gradient", **declared: str) -> Proof:
    function, variables, G = asked(f, wrt, claim, declared)
    (result,) = prove(function, variables, [(form, G)], seconds=60)
    return result


def refuted(
    f: str, wrt: str, claim: str, form: str = "gradient", seconds: float = 20, **declared: str
) -> Refutation | None:
    function, variables, G = asked(f, wrt, claim, declared)
    return counterexample(function, variables, form, G, seconds=seconds)


N, NN, NM = "vector(n)", "matrix(n,n)", "matrix(n,m)"
RIGHT = [
    ("1e12*tr(X'*X)", "X", "2e12*X", "gradient", {"X": NM}),
    ("tr(X^200)", "X", "200*(X^199)'", "gradient", {"X": NN}),
    ("norm2(y-X*pinv(X)*y)^2", "X", "-2*(eye(n)-X*pinv(X))*y*y'*pinv(X)'", "gradient", {"X": NM, "y": N}),
    ("sum(sign(x))", "x", "0*x", "gradient", {"x": N}),
    ("sum(abs(x).^3)", "x", "3*x.*abs(x)", "gradient", {"x": N}),
    ("x'*x", "x", "2*eye(n)", "Hessian", {"x": N}),
    ("x'*x", "x", "2*dx", "Hessian", {"x": N}),
    ("logdet(X)", "X", "-kron(inv(X),inv(X)')*commutation(n,n)", "Hessian", {"X": NN}),
    ("max(x)", "x", "argmax(x)", "gradient", {"x": "vector(3)"}),
    ("sum(max(x,y))", "x", "0.5*(ones(n)+sign(x-y))", "gradient", {"x": N, "y": N}),
    ("sum(sqrt(x))", "x", "0.5./sqrt(x)", "gradient", {"x": N}),
    ("tr(A*Q)", "Q", "(A' - Q*A*Q)/2", "gradient", {"A": NN, "Q": "orthogonal(n)"}),
    ("x'*A*x", "x", "(A+A')*x - 2*(x'*A*x)*x", "gradient", {"A": NN, "x": "unit(n)"}),
    ("norm2(x-y)^2", "x", "-2*y'*dx", "differential", {"y": N, "x": "unit(n)"}),
    ("y'*x", "y", "x", "gradient", {"y": N, "x": "unit(n)"}),
    ("(eye(n) - 2*x*x')*y", "y", "inv(eye(n) - 2*x*x')", "Jacobian", {"y": N, "x": "unit(n)"}),
    ("a^b", "a", "b*a^(b-1)", "gradient", {}),
    ("a^b", "b", "a^b*log(a)", "gradient", {}),
    ("sum(x.^(1/3))", "x", "(1/3)*x.^(-2/3)", "gradient", {"x": N}),
    ("sum(erf(x))", "x", "2/pi^0.5*exp(-x.^2)", "gradient", {"x": N}),
    ("x/norm2(x)", "x", "eye(n)/norm2(x) - x*x'/norm2(x)^3", "Jacobian", {"x": N}),
    ("2*sum(log(diag(chol(S))))", "S", "inv(S)", "gradient", {"S": "spd(n)"}),
    ("log(det(S))", "S", "inv(S)", "gradient", {"S": "spd(n)"}),
    ("sqrt(2)*a + abs(11*a)", "a", "sqrt(2) + 11*sign(a)", "gradient", {}),
]  # fmt: skip
WRONG = [
    ("1.38e-23*x'*A*x", "x", "1.38e-23*A*x", "gradient", {"x": N, "A": NN}),
    ("tr(X^200)", "X", "7*(X^199)'", "gradient", {"X": NN}),
    ("tr(X)", "X", "eye(n)*(1+(n-3)*(n-4))", "gradient", {"X": NN}),
    ("det(Q)*tr(A*Q)", "Q", "(A' - Q*A*Q)/2", "gradient", {"A": NN, "Q": "orthogonal(n)"}),
    ("x'*A*x", "x", "2*A*x - 2*(x'*A*x)*x", "gradient", {"A": NN, "x": "unit(n)"}),
    ("sum(x)^2", "x", "2*sum(x)*sum(dx) + y'*dx", "differential", {"x": "unit(n)", "y": N}),
    ("X*A", "X", "kron(A,eye(n))", "Jacobian", {"X": NM, "A": "matrix(m,m)"}),
    ("X*A", "X", "A*dX", "differential", {"X": NN, "A": NN}),
]  # fmt: skip
NOT_PROVED = [
    ("exp(-50*norm2(x-y)^2)", "x", "-50*exp(-50*norm2(x-y)^2)*(x-y)", "gradient", {"x": N, "y": N}),
    ("det(X)", "X", "exp(logdet(X))*inv(X)'", "gradient", {"X": NN}),
    ("sum(relu(x-4*ones(n)))", "x", "0*x", "gradient", {"x": N}),
    ("sum(tanh(1000*x))", "x", "0*x", "gradient", {"x": N}),
    ("sum(abs(x))", "x", "ones(n)", "gradient", {"x": N}),
    ("sqrt(a^2)", "a", "1", "gradient", {}),
    ("sqrt(a^2*b^2)", "a", "b", "gradient", {}),
    ("abs(2*a)", "a", "-2*sign(-3*a)*sign(6*b)*sign(b)*sign(-1*a^2)", "gradient", {}),
    ("sum(abs(x)) + abs(x[1])*abs(x[2])", "x", "sign(x)", "gradient", {"x": "vector(2)"}),
]  # fmt: skip
NARROWER = [
    ("a*b", "a", "sqrt(b)^2", "gradient", {}),
    ("a*b", "a", "exp(log(b))", "gradient", {}),
    ("sum(abs(x).^3)", "x", "3*x.^2.*sqrt(x)./sqrt(x)", "gradient", {"x": "vector(2)"}),
    ("det(X'*X)", "X", "2*det(X'*X)*X*inv(X'*X)", "gradient", {"X": NM}),
]  # fmt: skip


@pytest.mark.parametrize("case", RIGHT, ids=str)
def test_right_claims_are_proved(case):
    f, wrt, claim, form, declared = case
    found = proof(f, wrt, claim, form, **declared)
    assert found.outcome == "equal", found
    assert found.error_probability < 1e-17
    assert refuted(f, wrt, claim, form, seconds=2, **declared) is None


@pytest.mark.parametrize("case", WRONG, ids=str)
def test_wrong_rational_claims_are_refuted_with_fractions(case):
    f, wrt, claim, form, declared = case
    assert proof(f, wrt, claim, form, **declared).outcome == "unequal"
    found = refuted(f, wrt, claim, form, **declared)
    assert found is not None
    assert found.is_exact
    assert found.expected != found.claimed


@pytest.mark.parametrize("case", NOT_PROVED, ids=str)
@pytest.mark.parametrize("seed", range(3))
def test_wrong_claims_with_signs_or_unknown_functions_are_never_proved(case, seed):
    f, wrt, claim, form, declared = case
    function, variables, G = asked(f, wrt, claim, declared)
    (found,) = prove(function, variables, [(form, G)], seed=seed, seconds=60)
    assert found.outcome is None
    assert found.reason
    assert counterexample(function, variables, form, G, seed=seed, seconds=20) is not None


@pytest.mark.parametrize("case", NARROWER, ids=str)
def test_a_claim_with_a_smaller_domain_is_told_from_a_right_one(case):
    f, wrt, claim, form, declared = case
    found = proof(f, wrt, claim, form, **declared)
    assert found.outcome == "equal where defined"
    assert found.narrower or found.undefined


def test_a_claim_without_a_value_is_shown_where():
    found = refuted("a*b", "a", "sqrt(b)^2")
    assert found is not None
    assert found.claimed is None
    assert "negative" in found.reason
    assert found.values["b"][0][0] < 0


def test_the_counterexample_is_small():
    found = refuted("x'*A*x", "x", "A*x", x=N, A=NN)
    assert found is not None
    assert found.sizes == {"n": 1}
    assert all(isinstance(v, Fraction) for rows in found.values.values() for row in rows for v in row)


def test_a_gradient_outside_of_the_subspace_is_told():
    assert proof("tr(A*S)", "S", "A", A=NN, S="symmetric(n)").in_subspace is False
    assert proof("tr(A*S)", "S", "sym(A)", A=NN, S="symmetric(n)").in_subspace is True
    assert proof("tr(A*X)", "X", "A'", A=NN, X=NN).in_subspace is None


def test_sizes_that_stand_as_numbers_are_told():
    assert proof("tr(X)*n", "X", "n*eye(n)", X=NN).only_these_sizes
    assert not proof("tr(X)", "X", "eye(n)", X=NN).only_these_sizes


def test_every_order_of_sizes_is_represented():
    sizes = proof("tr(X'*X)", "X", "2*X", X=NM).sizes
    assert {s["n"] for s in sizes} == {s["m"] for s in sizes} == {1, 2, 3, 4, 5}
    assert {np.sign(s["n"] - s["m"]) for s in sizes} == {-1, 0, 1}


def test_out_of_reach_is_told_by_name():
    found = proof("tr(expm(X))", "X", "expm(X)'", X=NN)
    assert found.outcome is None
    assert "expm" in found.reason


def test_unknown_functions_are_named():
    assert proof("sum(exp(x).*sin(x))", "x", "exp(x).*(sin(x)+cos(x))", x=N).given == ("exp", "sin and cos")


def test_huge_powers_and_no_time():
    assert proof("tr(X^1000000000)", "X", "1000000000*(X^999999999)'", X=NN).outcome == "equal"
    assert refuted("tr(X^1000000000)", "X", "999999999*(X^999999999)'", X=NN) is not None
    function, variables, G = asked("abs(a)*relu(b)", "a", "sign(a)*relu(b)", {})
    (found,) = prove(function, variables, [("gradient", G)], seconds=0)
    assert (found.outcome, found.reason) == (None, "out of time")


def test_identical():
    f, g, h = (read(t, {"A": NN, "B": NN}).expr for t in ("inv(A*B)", "inv(B)*inv(A)", "inv(A)*inv(B)"))
    assert identical(f, g).outcome == "equal"
    assert identical(f, h).outcome == "unequal"


# Each is true for half or a quarter of the patterns of signs.
HALF_TRUE = [
    ("det(X)", "exp(logdet(X))"),
    ("det(X)", "det(X)^2*exp(-logdet(X))"),
    ("det(X)", "exp(0.5*logdet(X))^2"),
    ("a", "sqrt(a^2)"),
    ("a*b", "sqrt(a^2)*sqrt(b^2)"),
    ("a*b*abs(a)", "a^2*abs(b)"),
    ("relu(a)*relu(b)", "0*a"),
    ("sqrt(a^2 + b^2 + 2*a*b)", "a + b"),
    ("max(a,b) + min(a,b) + relu(relu(a) - b)", "a + b"),
    ("(a^4)^(1/4)", "a"),
    ("exp(log(a^2)/2)", "a"),
]


@pytest.mark.parametrize("pair", HALF_TRUE, ids=str)
def test_what_holds_for_some_signs_is_never_proved(pair):
    f, g = (read(t, {"X": "matrix(2,2)"}).expr for t in pair)
    assert not any(identical(f, g, seed=seed).outcome == "equal" for seed in range(40))


# --- many digits ------------------------------------------------------------------------------------------------


def test_digits_beyond_floats():
    f = read("exp(-50*norm2(x-y)^2)", {"x": N, "y": N})
    x, y = f.symbols["x"], f.symbols["y"]
    values = {x: np.array([[3.0], [-2.0]]), y: np.array([[1.0], [5.0]])}
    (value,) = evaluate_precisely([f.expr], values)
    assert value[0, 0] > 0 == float(value[0, 0])
    (slope,) = evaluate_precisely([f.expr], values, directions=[{x: np.array([[1.0], [0.0]])}])
    assert abs(slope[0, 0] / value[0, 0] + 200) < 1e-40


def test_what_has_no_value_or_no_dual_is_an_error():
    reading = read("log(a)")
    with pytest.raises(NoValue):
        evaluate_precisely([reading.expr], {reading.symbols["a"]: np.array([[-1.0]])})
    reading = read("tr(expm(X))", {"X": NN})
    X = reading.symbols["X"]
    with pytest.raises(OutOfReach, match="expm"):
        evaluate_precisely([reading.expr], {X: np.eye(2)}, directions=[{X: np.eye(2)}])


@pytest.mark.parametrize(("right", "claim"), [(True, "(A + A')*X"), (False, "2*A*X")], ids=["right", "wrong"])
def test_a_brief_proof_says_at_which_sizes_it_holds(right, claim):
    function, variables, G = asked("tr(X'*A*X)", "X", claim, {"X": NM, "A": NN})
    (found,) = prove(function, variables, [("gradient", G)], brief=True)
    assert found.outcome == ("equal" if right else "unequal")
    if right:
        assert [{*sizes.values()} for sizes in found.sizes] == [{2, 3}] * 2
        assert found.only_these_sizes
        assert found.error_probability < 1e-17
