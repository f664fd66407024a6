"""The server for assistants as a client meets it: its tools and schemas, answers, errors that say what to write, and bounds."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable, Coroutine
from typing import Any

import jsonschema
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client

from frechet import service
from frechet.listing import manual
from frechet.mcp import make_server


def asked(what: Callable[[Client], Coroutine[Any, Any, Any]]) -> Any:
    """What a client of the server finds out, in this process."""

    async def session() -> Any:
        async with Client(make_server()) as client:
            return await what(client)

    return asyncio.run(session())


def called(tool: str, **arguments: Any) -> Any:
    return asked(lambda client: client.call_tool(tool, arguments))


def test_four_tools_that_only_read():
    tools = asked(lambda client: client.list_tools()).tools
    assert [t.name for t in tools] == ["derive", "check", "code", "rules"]
    for t in tools:
        hints = t.annotations
        assert hints.read_only_hint is True
        assert hints.idempotent_hint is True
        assert hints.open_world_hint is False
        assert hints.destructive_hint is False
        jsonschema.Draft202012Validator.check_schema(t.input_schema)
        jsonschema.Draft202012Validator.check_schema(t.output_schema)
        assert "error" in t.description
        assert 400 < len(t.description) < 1500
    by_name = {t.name: t for t in tools}
    assert by_name["derive"].input_schema["required"] == ["formula", "wrt"]
    assert by_name["check"].input_schema["required"] == ["formula", "wrt", "claim"]
    assert by_name["code"].input_schema["required"] == ["formulas"]
    assert by_name["derive"].input_schema["properties"]["formula"]["maxLength"] == 2000
    assert by_name["derive"].input_schema["properties"]["form"]["enum"] == ["auto", *service.FORMS]


ANSWERED = {
    "derive": ("derive", {"formula": "logdet(X'*X)", "wrt": "X"}, "gradient = 2*X*inv(X'*X)"),
    "derive_jacobian": ("derive", {"formula": "A*x", "wrt": "x", "form": "jacobian"}, "Jacobian = A"),
    "derive_declared": ("derive", {"formula": "logdet(S)", "wrt": "S", "declarations": {"S": "spd(n)"}}, "inv(S)"),
    "derive_steps": ("derive", {"formula": "norm2(A*x)^2", "wrt": "x", "steps": True}, "power rule"),
    "check_right": ("check", {"formula": "norm2(A*x-b)^2", "wrt": "x", "claim": "2*A'*(A*x-b)"}, "right"),
    "check_wrong": (
        "check",
        {"formula": "tr(A*X^2)", "wrt": "X", "claim": "2*A'*X'"},
        "right only where X and A commute",
    ),
    "code": ("code", {"formulas": ["norm2(A*x - y)^2"], "with_gradient_by": "x"}, "return u @ u, 2 * (u @ A)"),
    "code_julia": ("code", {"formulas": ["logdet(S)"], "target": "julia", "declarations": {"S": "spd(n)"}}, "cholesky"),
    "rules": ("rules", {}, "logdet(A)"),
    "rules_word": ("rules", {"word": "eig"}, "eigmax(A)"),
    "rules_name": ("rules", {"name": "logdet"}, "d(logdet(A)) = tr(inv(A)*dA)"),
}


def test_answers_keep_their_schemas_and_say_the_same_as_text():
    async def session(client: Client) -> list[tuple[str, Any, Any]]:
        schemas = {t.name: t.output_schema for t in (await client.list_tools()).tools}
        return [(key, schemas[tool], await client.call_tool(tool, args)) for key, (tool, args, _) in ANSWERED.items()]

    for key, schema, result in asked(session):
        assert not result.is_error, (key, result.content)
        jsonschema.validate(result.structured_content, schema)
        assert ANSWERED[key][2] in result.content[0].text, key
        assert result.structured_content["truncated"] == [], key
        assert len(json.dumps(result.structured_content)) <= 8_000 + 20, key


def test_the_answer_is_that_of_the_command_line():
    told = called("derive", formula="x'*A*x", wrt="x", steps=True).structured_content
    assert told == {**service.derive("x'*A*x", "x"), "truncated": []}
    claim = called("check", formula="x'*A*x", wrt="x", claim="2*A*x").structured_content
    assert claim == {**service.check("x'*A*x", "x", "2*A*x"), "truncated": []}


REFUSED = {
    "name": (
        "derive",
        {"formula": "2*logdt(X)", "wrt": "X"},
        ["there is no function logdt", "    ^", "Did you mean logdet"],
    ),
    "sizes": (
        "derive",
        {"formula": "A*x", "wrt": "x", "declarations": {"A": "matrix(2,3)", "x": "vector(4)"}},
        ["^", "differ"],
    ),
    "variable": ("derive", {"formula": "x'*x", "wrt": "q"}, ["q does not occur", "its variables are: x"]),
    "form": ("derive", {"formula": "x'*x", "wrt": "x", "form": "grad"}, ["choose from gradient, differential"]),
    "declared": (
        "derive",
        {"formula": "x'*x", "wrt": "x", "declarations": {"x": "spam"}},
        ["The kinds are matrix(m,n)"],
    ),
    "claim": ("check", {"formula": "x'*x", "wrt": "x", "claim": "A*("}, ["^"]),
    "target": ("code", {"formulas": ["x'*x"], "target": "fortran"}, ["choose from numpy"]),
    "rule": ("rules", {"name": "logdt"}, ["did you mean logdet"]),
    "long": ("derive", {"formula": "x" * 2001, "wrt": "x"}, ["at most 2000 characters"]),
}


def test_errors_reach_the_assistant_with_place_and_proposal():
    async def session(client: Client) -> list[Any]:
        return [await client.call_tool(tool, args) for tool, args, _ in REFUSED.values()]

    for key, result in zip(REFUSED, asked(session), strict=True):
        assert result.is_error, key
        for part in REFUSED[key][2]:
            assert part in result.content[0].text, key


def test_work_is_bounded(monkeypatch):
    monkeypatch.setattr("frechet.mcp._BOUNDS", {"time": 0.01})
    result = called("derive", formula="+".join(f"tr(inv(A*X+{k}*B)*expm(X))" for k in range(40)), wrt="X")
    assert result.is_error
    assert "the time of 0.01 s is used up" in result.content[0].text


def test_sizes_beyond_all_numbers_are_no_fault_of_python():
    nested = "kron(X," * 60 + "X" + ")" * 60
    result = called("code", formulas=[nested])
    assert not result.is_error, result.content
    assert "def function" in result.content[0].text


def test_an_error_of_python_is_told_and_not_masked(monkeypatch):
    def broken(*args: Any, **options: Any) -> Any:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr(service, "derived", broken)
    result = called("derive", formula="x'*x", wrt="x")
    assert result.is_error
    assert "this should not have happened (ZeroDivisionError: division by zero)" in result.content[0].text


def test_a_long_answer_says_what_it_leaves_out():
    formula = " + ".join(f"tr(A_{k}*X*B_{k}*inv(X + C_{k}))" for k in range(20))
    result = called("derive", formula=formula, wrt="X", steps=True)
    assert not result.is_error, result.content
    told = result.structured_content
    assert len(json.dumps(told)) < 8_200
    assert told["truncated"][:2] == ["steps", "latex"]
    assert told["steps"] == []
    assert told["results"][0]["text"]


def test_an_answer_that_cannot_be_shortened_says_what_to_do():
    formula = " + ".join(f"tr(A_{k}*X*B_{k}*inv(X + C_{k})*X)" for k in range(45))
    result = called("derive", formula=formula, wrt="X")
    assert result.is_error
    assert "name repeated parts in the formula" in result.content[0].text


def test_the_language_is_a_resource():
    found = asked(lambda client: client.read_resource("frechet://language")).contents[0]
    assert found.text == manual()
    rule = json.loads(asked(lambda client: client.read_resource("frechet://rules/inv")).contents[0].text)
    assert rule["differential"] == ["d(inv(A)) = -inv(A)*dA*inv(A)"]


def test_a_real_client_over_standard_input_and_output():
    server = StdioServerParameters(
        command=sys.executable, args=["-m", "frechet", "mcp"], env={"PYTHONPATH": ":".join(sys.path)}
    )

    async def session() -> Any:
        async with Client(stdio_client(server)) as client:
            first = await client.call_tool("derive", {"formula": "logdet(X'*X)", "wrt": "X"})
            refused = await client.call_tool("derive", {"formula": "logdt(X)", "wrt": "X"})
            return first, refused, await client.call_tool("check", {"formula": "x'*x", "wrt": "x", "claim": "2*x"})

    first, refused, judged = asyncio.run(session())
    assert first.structured_content["gradient"] == "2*X*inv(X'*X)"
    assert refused.is_error
    assert judged.structured_content["verdict"] == "right"


def test_without_the_protocol_the_command_says_what_to_install():
    hidden = "import sys; sys.modules['mcp'] = None; from frechet.cli import main; main(['mcp'])"
    done = subprocess.run([sys.executable, "-c", hidden], capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert "pip install 'frechet[mcp]'" in done.stderr
