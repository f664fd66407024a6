"""The answers for programs: plain values under keys that stay, the same from every interface."""

from __future__ import annotations

import json

import numpy as np
import pytest

import frechet as fr
from frechet import service

DERIVED = {
    "read_as", "order", "function", "value_shape", "wrt", "form", "results", "differential", "gradient", "jacobian", "steps",
    "where", "assumptions", "notes", "verdict", "other_readings",
}  # fmt: skip


def test_an_answer_is_plain_values_under_the_keys_of_the_command_line():
    told = service.derive("logdet(X'*X)", "X")
    assert set(told) == DERIVED
    assert json.loads(json.dumps(told)) == told
    assert told["gradient"] == "2*X*inv(X'*X)"
    assert told["results"] == [
        {"title": "gradient", "text": "2*X*inv(X'*X)", "latex": fr.to_latex("2*X*inv(X'*X)")}
    ]  # fmt: skip
    assert told["verdict"]["kind"] == "proved"


@pytest.mark.parametrize("form", service.FORMS)
def test_every_form_has_results_that_read(form):
    told = service.derive("x'*A*x + b'*x", "x", {"b": "vector"}, form, check=False)
    symbols = {"x": "vector(n)", "A": "matrix(n,n)", "b": "vector(n)", "dx": "vector(n)", "w": "scalar"}
    names = symbols | {"dx1": "vector(n)", "dx2": "vector(n)"}
    for r in told["results"]:
        used = {n: k for n, k in names.items() if n in r["text"]}
        assert fr.parse(r["text"], **used).rows is not None
    assert told["verdict"] is None


def test_what_is_no_form_or_no_variable_is_refused():
    with pytest.raises(fr.FrechetError, match="choose from gradient, differential, jacobian, hessian, pullback"):
        service.derive("x'*x", "x", form="grad")
    with pytest.raises(fr.LanguageError, match="does not occur in the formula"):
        service.derive("x'*x", "y")


def test_errors_say_where_why_and_what_to_write():
    with pytest.raises(fr.FrechetError) as caught:
        service.derive("2 + logdt(X)", "X")
    told = service.error_json(caught.value)
    assert told["kind"] == "LanguageError"
    assert told["position"] == 4
    assert told["reason"] == "there is no function logdt"
    assert told["hint"].startswith("Did you mean logdet")
    assert set(told) == {"error", "kind", "position", "reason", "hint"}


def test_a_claim_is_judged():
    told = service.check("tr(A*X^2)", "X", "2*A'*X'")
    assert told["verdict"] == "wrong"
    assert told["counterexample"] is not None
    assert service.check("tr(A*X)", "X", "A'")["verdict"] == "right"


def test_code_of_several_formulas_shares_their_letters_and_runs():
    told = service.code(["norm2(A*x - y)^2", "A'*y"], wrt="x")
    assert told["returns"][0] == "norm2(A*x - y)^2"
    space: dict = {}
    exec(told["source"], space)
    function = next(f for name, f in space.items() if callable(f) and name != "np" and not name.startswith("_"))
    rng = np.random.default_rng(0)
    A, x, y = rng.standard_normal((3, 2)), rng.standard_normal(2), rng.standard_normal(3)
    value, gradient, product, _ = function(A=A, x=x, y=y)
    assert np.isclose(value, np.sum((A @ x - y) ** 2))
    assert np.allclose(gradient, 2 * A.T @ (A @ x - y))
    assert np.allclose(product, A.T @ y)
    with pytest.raises(fr.FrechetError, match="give at least one formula"):
        service.code([])


def test_the_table_is_told_whole_by_word_and_by_name():
    everything = service.rules()
    found = service.rules("logdet")
    assert 0 < len(found["rules"]) < len(everything["rules"])
    assert service.rules(name="logdet")["differential"]


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("trace", "tr"),
        ("eigenvalue", "eigmax"),
        ("nuclear", "normnuc"),
        ("logistic", "sigmoid"),
        ("cross product", "hat"),
    ],
)
def test_operations_are_found_by_what_they_are_called(word, name):
    found = service.rules(word)
    assert name in [row["name"] for row in found["rules"]]
    assert any(call.startswith(f"{name}(") for topic in found["topics"] for call in topic["calls"])
