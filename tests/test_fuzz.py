"""Random expressions over the whole table: every derivative against JAX, every text read back, compiled code against
evaluation, every simplification and derivative against exact arithmetic.

FRECHET_FUZZ is the number of expressions (2,000 when it is not set); `make fuzz N=20000` runs more.
"""

from __future__ import annotations

import os

import pytest

from frechet.check.exact import identical
from frechet.compile.dialects.numpy import NUMPY
from frechet.expr.node import Expr, Operation, operations, postorder, symbols
from frechet.expr.structure import scale
from frechet.language import parse, to_text
from tests.fuzzing import comparison, counterparts
from tests.fuzzing.cases import Case, case, failure, shrunk
from tests.fuzzing.comparison import Mismatch, compare
from tests.fuzzing.compiled import compare_compiled
from tests.fuzzing.drawing import Drawing, drawn_operations
from tests.fuzzing.exactly import refuted
from tests.fuzzing.large import large_case

COUNT = int(os.environ.get("FRECHET_FUZZ", "1200"))
CHUNK = 100
MANY = 200  # expressions of which a share is counted: of 50 it is the luck of the draw
PROVED = 0.3  # of these, at least: expressions whose simplification is proved; usually 0.48
UNDECIDED = 0.2  # of a chunk, at most: expressions for which no well conditioned point is found


@pytest.mark.parametrize("start", range(0, COUNT, CHUNK))
def test_random_expressions(start, monkeypatch):
    decided = []

    def counted(*args):
        decided.append(compare(*args))
        return decided[-1]

    monkeypatch.setattr("tests.fuzzing.cases.compare", counted)
    seeds = range(start, min(start + CHUNK, COUNT))
    failures = [message for message in map(failure, seeds) if message is not None]
    assert not failures, "\n\n".join(failures)
    assert decided.count(False) <= UNDECIDED * len(seeds), "too few points are well conditioned"


@pytest.mark.parametrize("start", range(0, COUNT, CHUNK))
def test_compiled_random_expressions(start):
    decided = 0
    for seed in range(start, min(start + CHUNK, COUNT)):
        drawn = case(seed)
        try:
            decided += compare_compiled(drawn.f, drawn.variables, seed, "numpy")
        except Exception as error:
            raise AssertionError(f"expression {seed}: {drawn}") from error
    assert decided >= (1 - UNDECIDED) * CHUNK, "too few points are well conditioned"


@pytest.mark.parametrize("start", range(0, COUNT, MANY))
def test_exact_arithmetic_of_random_expressions(start):
    seen = [refuted(case(seed)) for seed in range(start, min(start + MANY, COUNT))]
    failures = [message for message, _ in seen if message is not None]
    assert not failures, "\n\n".join(failures)
    assert sum(proved for _, proved in seen) >= PROVED * len(seen), "exact arithmetic decides too little"


@pytest.mark.parametrize("start", range(0, max(COUNT // 20, 1), CHUNK // 5))
def test_large_elementwise_chains(start):
    for seed in range(start, start + CHUNK // 5):
        drawn = large_case(seed)
        try:
            drawn.check()
        except Exception as error:
            raise AssertionError(f"large case {seed}: {[to_text(e) for e in drawn.roots]}") from error


def test_every_operation_has_a_counterpart_in_jax():
    assert counterparts.missing() == []
    assert all(reason for reason in counterparts.ELSEWHERE.values())


def test_an_operation_without_counterpart_is_noticed():
    rows = operations | {"brand_new": Operation("brand_new", operations["sin"].signature)}
    assert counterparts.missing(rows) == ["brand_new"]


@pytest.mark.parametrize("op", drawn_operations(), ids=lambda op: op.name)
def test_every_operation_is_drawn(op):
    assert any(node.op is op for seed in range(30) for node in postorder(Drawing(seed, op).expression()))


def test_the_same_number_is_the_same_expression():
    assert case(123).f is case(123).f
    assert case(123).variables == case(123).variables


# --- the test is tested: faults are seen ------------------------------------------------------------


def _by_all(text: str, **declarations: str) -> tuple[Expr, list[Expr]]:
    f = parse(text, **declarations)
    return f, symbols(f)


@pytest.mark.parametrize("text", ["sum(sin(X))", "tr(X'*X*inv(X'*X + 3*eye(n)))", "X.*exp(X)"])
def test_a_right_derivative_passes(text):
    assert compare(*_by_all(text, X="matrix(m,n)"), seed=0)


def test_a_wrong_compiled_kernel_is_seen(monkeypatch):
    f, variables = _by_all("hat(x)*y", x="vector(3)", y="vector(3)")
    assert compare_compiled(f, variables, 0, "numpy")
    monkeypatch.setitem(NUMPY.templates, "hat", ("np.cross({0}, np.eye(3))", 100))  # its transpose
    g, variables = _by_all("hat(u)*v", u="vector(3)", v="vector(3)")
    with pytest.raises(Mismatch, match="value for numpy"):
        compare_compiled(g, variables, 0, "numpy")


@pytest.mark.parametrize(
    ("name", "text"), [("sin", "sum(sin(X))"), ("inv", "tr(inv(X'*X + 3*eye(n)))"), ("exp", "X.*exp(X)")]
)
def test_a_rule_off_by_a_thousandth_is_seen(monkeypatch, name, text):
    right = operations[name].differentials[0]
    monkeypatch.setitem(operations[name].differentials, 0, lambda *args: scale(1.001, right(*args)))
    f, variables = _by_all(text.replace("X", "Y"), Y="matrix(m,n)")
    with pytest.raises(Mismatch, match="differential"):
        compare(f, variables, seed=0)


def test_a_wrong_simplification_is_seen(monkeypatch):
    monkeypatch.setattr(comparison, "simplify", lambda f: scale(1.001, f))
    with pytest.raises(Mismatch, match="simplified value"):
        compare(*_by_all("sum(cos(X))", X="matrix(m,n)"), seed=0)


def test_a_wrong_simplification_is_refuted_by_exact_arithmetic(monkeypatch):
    f, variables = _by_all("tr(X'*X*inv(X'*X + 3*eye(n)))", X="matrix(m,n)")
    right = Case(f, tuple(variables), 0)
    assert refuted(right) == (None, True)
    monkeypatch.setattr("tests.fuzzing.exactly.simplify", lambda f: scale(1.001, f))
    message, proved = refuted(right)
    assert message is not None
    assert not proved
    assert identical(f, scale(1.001, f)).outcome == "unequal"


def test_text_that_reads_back_differently_is_seen(monkeypatch):
    monkeypatch.setattr(comparison, "to_text", lambda f: "sum(cos(2*X))")
    with pytest.raises(Mismatch, match="reads back"):
        compare(*_by_all("sum(cos(X))", X="matrix(m,n)"), seed=0)


def test_shrinking_finds_the_part_that_fails():
    f, variables = _by_all("sum(exp(2*X + inv(Y)) + Y)", X="matrix(n,n)", Y="matrix(n,n)")
    smallest = shrunk(Case(f, tuple(variables), 0), lambda c: "inv" in {n.op.name for n in postorder(c.f)})
    assert smallest.f is parse("inv(Y)", Y="matrix(n,n)")
