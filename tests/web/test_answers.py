"""What the routes answer: the JSON of the command line, as the schemas say, with faults that help."""

from __future__ import annotations

import json

import httpx
import pytest
from typer.testing import CliRunner

from frechet.cli import app as command_line
from frechet.web.app import _is_settled
from frechet.web.questions import QUESTIONS, FaultAnswer

FORMULA = {"formula": "logdet(X'*X)", "wrt": "X"}


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        ("read", {"formula": "norm2(A*x - b)^2"}),
        ("derive", FORMULA),
        ("derive", {**FORMULA, "form": "hessian"}),
        ("derive", {**FORMULA, "form": "pullback"}),
        ("derive", {"formula": "A*x", "wrt": "x", "form": "jacobian"}),
        ("derive", {"formula": "tr(A*X*B)", "wrt": "A,X"}),
        ("verdict", FORMULA),
        ("verdict", {**FORMULA, "form": "hessian"}),
        ("check", {**FORMULA, "claim": "X*inv(X'*X)"}),
        ("check", {**FORMULA, "claim": "2*X*inv(X'*X)"}),
        ("code", {**FORMULA, "target": "julia"}),
        ("code", {"formula": "logdet(X'*X + X'*X)", "wrt": "X"}),
        ("rules", {"word": "logdet"}),
        ("graph", {"formula": "B*tanh(A*x)", "wrt": "x"}),
        ("picture", {"formula": "A*X*B", "wrt": "X"}),
        ("values", {"formula": "A*X*B", "wrt": "X"}),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_answers_are_as_their_schemas_say(server, question, asked):
    found = server.post(question, **asked)
    assert found.status_code == 200, found.text
    QUESTIONS[question].gives.model_validate(found.json(), strict=True)
    assert set(found.json()) <= set(QUESTIONS[question].gives.model_fields)


def test_derive_says_what_the_command_line_says(server):
    told = CliRunner().invoke(command_line, ["derive", FORMULA["formula"], "--wrt", "X", "--no-check", "--json"])
    expected = json.loads(told.stdout)
    found = server.post("derive", **FORMULA).json()
    for result, shorter in zip(found["results"], expected.pop("results"), strict=True):
        assert {key: result[key] for key in shorter} == shorter
    assert expected.pop("form") is None  # what was asked for; the service says what it took
    assert expected.pop("verdict") is None  # the service has it where it is a short proof
    assert {key: found[key] for key in expected} == expected


@pytest.mark.parametrize(
    ("asked", "kind"),
    [
        (FORMULA, "proved"),
        ({**FORMULA, "form": "differential"}, "proved"),
        ({**FORMULA, "form": "hessian"}, "proved"),
        ({"formula": "tr(A*X*B)", "wrt": "A,X", "form": "pullback"}, "proved"),
        ({"formula": "A*inv(X)", "wrt": "X", "form": "jacobian"}, "proved"),
        ({"formula": "tr(expm(X))", "wrt": "X"}, None),
        ({"formula": "log(-x'*x)", "wrt": "x"}, None),
    ],
    ids=["gradient", "differential", "hessian", "pullback", "jacobian", "no proof", "no value"],
)
def test_the_answer_has_its_verdict_where_that_is_a_short_proof(server, asked, kind):
    verdict = server.post("derive", **asked).json()["verdict"]
    assert (verdict and (verdict["kind"], verdict["verdict"])) == (kind and (kind, "right"))
    assert verdict is None or max(n for sizes in verdict["sizes"] for n in sizes.values()) <= 3


def test_check_says_what_the_command_line_says(server):
    claim = "X*inv(X'*X)"
    told = CliRunner().invoke(command_line, ["check", FORMULA["formula"], "--wrt", "X", "--claim", claim, "--json"])
    expected = json.loads(told.stdout)
    found = server.post("check", **FORMULA, claim=claim).json()
    assert expected["verdict"] == "wrong"
    assert expected["diagnoses"]
    assert {key: found[key] for key in expected} == expected


def test_a_check_at_the_sizes_that_were_asked_for(server):
    asked = {"formula": "tr(X^2)", "wrt": "X", "sizes": {"m": 2}}
    assert server.post("verdict", **asked).json()["sizes"] == [{"m": 2}]
    assert server.post("check", **asked, claim="2*X'").json()["sizes"] == [{"m": 2}]
    assert server.post("verdict", **{**asked, "sizes": {"q": 2}}).status_code == 422


def test_values_at_numbers_that_are_typed(server):
    found = server.post("values", formula="x'*A*x", wrt="x", numbers={"A": "[1 2; 3 4]", "x": "[1; 2]"}).json()
    assert {v["title"]: v["value"] for v in found["values"]} == {"f": "27", "gradient": "[12; 21]"}
    refused = server.post("values", formula="x'*A*x", wrt="x", numbers={"A": "[1 2; 3 4]", "x": "y"})
    assert (refused.status_code, refused.json()["error"]["reason"]) == (
        422,
        "x is given by the letter y: write numbers",
    )


def test_costs_of_the_orders(server):
    found = server.post("graph", formula="B*tanh(A*x)", wrt="x").json()
    costs = {c["order"]: c["operations"] for c in found["costs"]}
    assert costs["best"] <= min(costs["forward"], costs["reverse"])
    assert found["svg"].startswith("<svg")


def test_the_picture_has_a_cell_for_every_entry(server):
    found = server.post("picture", formula="A*x", wrt="x").json()
    assert found["svg"].count("<title>") == found["rows"] * found["cols"]


def test_declarations_change_the_answer(server):
    free = server.post("derive", formula="tr(A*S)", wrt="S").json()
    symmetric = server.post("derive", formula="tr(A*S)", wrt="S", declarations={"S": "symmetric(n)"}).json()
    assert free["gradient"] == "A'"
    assert symmetric["gradient"] == "sym(A)"


def test_letters_have_kinds_sizes_and_properties(server):
    found = server.post("read", formula="x'*S*x", declarations={"S": "spd(n)"}).json()
    letters = {letter["name"]: letter for letter in found["letters"]}
    assert "<mi>S</mi>" in letters["S"].pop("mathml")
    assert letters["S"] == {
        "name": "S", "kind": "matrix", "rows": "n", "cols": "n", "properties": ["spd"], "declared": True,
    }  # fmt: skip
    assert letters["x"]["kind"] == "vector"
    assert not letters["x"]["declared"]
    assert found["wrt"] == "x"


@pytest.mark.parametrize(
    ("formula", "wrt"),
    [("norm2(X*w - y)^2", "w"), ("norm2(A*x - b)^2", "x"), ("tr(A*X)", "X"), ("norm2(W2*tanh(W1*x) - y)^2", "W2"), ("u'*K*v", "u"),
     ("norm2(M.*(U*V' - Y))^2", "U")],
)  # fmt: skip
def test_the_letter_that_people_differentiate_by_is_proposed(server, formula, wrt):
    assert server.post("read", formula=formula).json()["wrt"] == wrt


def test_places_count_from_the_start_of_what_was_sent(server):
    assert 'data-s="2-3"' in server.post("read", formula="  x + y").json()["mathml"]


@pytest.mark.parametrize(
    ("asked", "reason", "position", "suggestion"),
    [
        ({"formula": "logdt(X)", "wrt": "X"}, "there is no function logdt", 0, {"text": "logdet(X)"}),
        ({"formula": "  logdt(X)", "wrt": "X"}, "there is no function logdt", 2, {"text": "  logdet(X)"}),
        ({"formula": "sum(log(X", "wrt": "X"}, "is never closed", 4, {"text": "sum(log(X))"}),
        ({"formula": "inverse(A)", "wrt": "A"}, "another name here", 0, {"text": "inv(A)"}),
        ({"formula": "tr X)", "wrt": "X"}, "closes nothing", 4, {"text": "tr X"}),
        ({"formula": "1 + tr(x*x)", "wrt": "x"}, "the inner sizes", 8, {"text": "1 + tr(x'*x)"}),
        ({"formula": "x'*g(A*x)", "wrt": "x"}, "g is a variable, not a function", 3, {"text": "x'*g*(A*x)"}),
        ({"formula": "inv(x)", "wrt": "x"}, "needs a square matrix", 4, {"declare": "x", "kind": "scalar"}),
        ({"formula": "X*", "wrt": "X"}, "ends after", 2, None),
    ],
)
def test_a_fault_says_where_why_and_what_instead(server, asked, reason, position, suggestion):
    found = server.post("derive", **asked)
    assert found.status_code == 422
    FaultAnswer.model_validate(found.json())
    fault = found.json()["error"]
    assert reason in fault["reason"]
    assert fault["field"] == "formula"
    if position is not None:
        assert (fault["position"], fault["suggestion"]) == (position, suggestion)


def test_a_fault_of_the_claim_is_marked_in_the_claim(server):
    fault = server.post("check", formula="tr(X)", wrt="X", claim="logdt(X)").json()["error"]
    assert (fault["field"], fault["position"], fault["suggestion"]) == ("claim", 0, {"text": "logdet(X)"})


@pytest.mark.parametrize(
    "asked",
    [{}, {"formula": ""}, {"formula": "x", "wrt": "x", "more": 1}, {"formula": "x" * 3_000, "wrt": "x"}, {"formula": "x", "wrt": "y"}],
    ids=["nothing", "empty", "unknown field", "long", "no such letter"],
)  # fmt: skip
def test_unusable_input_is_422_with_one_shape(server, asked):
    found = server.post("derive", **asked)
    assert found.status_code == 422
    FaultAnswer.model_validate(found.json())


@pytest.mark.parametrize(
    ("body", "kind"),
    [(b'{"formula": "x", "wrt": "x"}', "text/plain"), (b"[]", "application/json"), (b"", "application/json")],
    ids=["no type", "list", "nothing"],
)
def test_a_body_that_is_no_object_is_told_what_to_send(server, body, kind):
    found = httpx.post(f"{server.url}/api/v1/derive", content=body, headers={"content-type": kind})
    assert found.status_code == 422
    assert "Content-Type: application/json" in found.json()["error"]["hint"]


def test_a_letter_that_is_named_twice_counts_once(server):
    assert server.post("derive", formula="x'*x", wrt="x, x").json()["wrt"] == ["x"]


def test_the_paths_without_a_version_are_the_newest(server):
    both = [httpx.post(f"{server.url}{path}/derive", json=FORMULA).json() for path in ("/api", "/api/v1")]
    assert both[0] == both[1]


def test_a_link_asks_as_the_page_does(server):
    found = httpx.get(f"{server.url}/api/derive", params={"f": "tr(A*S)", "by": "S", "S": "symmetric(n)"})
    assert found.json()["gradient"] == "sym(A)"
    unusable = httpx.get(f"{server.url}/api/derive", params={"f": "tr(A*S)"})
    assert (unusable.status_code, unusable.json()["error"]["reason"]) == (422, "wrt: Field required")


def test_a_method_that_a_path_has_not_is_told_those_that_it_has(server):
    found = httpx.put(f"{server.url}/api/v1/derive")
    assert (found.status_code, found.headers["allow"]) == (405, "GET, POST")
    FaultAnswer.model_validate(found.json())


def test_the_schema_has_every_route_and_says_what_faults_look_like(server):
    schema = httpx.get(f"{server.url}/api/v1/openapi.json").json()
    assert set(schema["paths"]) == {f"/api/v1/{q}" for q in QUESTIONS} | {"/healthz"}
    for question in QUESTIONS:
        told = schema["paths"][f"/api/v1/{question}"]["post"]["responses"]
        linked = schema["paths"][f"/api/v1/{question}"].get("get")
        assert (linked is not None) == QUESTIONS[question].linked
        assert told["422"]["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/FaultAnswer"}


def test_the_documentation_fetches_nothing_from_elsewhere(server):
    page = httpx.get(f"{server.url}/api").text
    assert "/api/v1/derive" in page
    assert "src=" not in page.replace('src="/static/', "")
    assert 'href="http' not in page


def test_an_answer_is_kept_by_what_was_asked(server):
    asked = {"formula": "tr(Q*X*Q')", "wrt": "X"}
    first, before = server.post("derive", **asked).json(), server.pool.counts["answered"]
    assert server.post("derive", **asked).json() == first
    assert server.pool.counts["answered"] == before


def test_an_answer_that_ran_out_of_time_is_not_kept():
    assert not _is_settled("check", b'{"kind": "compared", "verdict": "wrong", "searched": false}')
    assert not _is_settled("verdict", b'{"kind": "undecided", "verdict": "undecided"}')
    assert _is_settled("check", b'{"kind": "compared", "verdict": "wrong", "searched": true}')
    assert _is_settled("read", b"[]")
