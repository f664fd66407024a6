"""The documentation of the interface as one page, written from its OpenAPI schema: nothing is fetched from elsewhere."""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import escape
from typing import Any

__all__ = ["manual"]

_EXAMPLES: dict[str, dict[str, Any]] = {
    "read": {"formula": "norm2(A*x - b)^2"},
    "derive": {"formula": "logdet(X'*X)", "wrt": "X"},
    "verdict": {"formula": "logdet(X'*X)", "wrt": "X"},
    "check": {"formula": "tr(A*X^2)", "wrt": "X", "claim": "2*A'*X'"},
    "code": {"formula": "logdet(X'*X)", "wrt": "X", "target": "numpy"},
    "rules": {"word": "logdet"},
    "graph": {"formula": "B*tanh(A*x)", "wrt": "x"},
    "picture": {"formula": "A*X*B", "wrt": "X"},
    "values": {"formula": "x'*A*x", "wrt": "x", "numbers": {"A": "[1 2; 3 4]", "x": "[1; 1]"}},
}
_FAULT = {"$ref": "#/components/schemas/FaultAnswer"}


def manual(schema: Mapping[str, Any]) -> str:
    """The page: routes with an example to paste, the fields that they take and give."""
    routes = "\n".join(
        _route(path, method, told, schema)
        for path, methods in schema["paths"].items()
        for method, told in methods.items()
    )
    models = "\n".join(_model(name, told) for name, told in schema["components"]["schemas"].items())
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Frechet by HTTP</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
<link rel="stylesheet" href="/static/page.css"><link rel="icon" href="/static/icon.svg"></head>
<body class="manual"><header><nav><a class="brand" href="/">Frechet</a></nav></header>
<main><h1>Frechet by HTTP</h1><p>{escape(schema["info"]["description"])}</p>
<p>The schema for programs: <a href="/api/v1/openapi.json">/api/v1/openapi.json</a></p>
<h2>Routes</h2>
{routes}
<h2>Schemas</h2>
{models}
</main></body></html>
"""


def _route(path: str, method: str, told: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    name = path.rsplit("/", 1)[-1]
    example = _EXAMPLES.get(name)
    call = f"curl -s http://127.0.0.1:8000{path}"
    if example is not None and method == "post":
        call += f" --json {_quoted(json.dumps(example))}"
    if example is not None and method == "get":
        named = zip(("f", "by", "mine"), (example.get(field) for field in ("formula", "wrt", "claim")), strict=True)
        call += " -G" + "".join(f" --data-urlencode {_quoted(f'{name}={text}')}" for name, text in named if text)
    takes = told.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    gives = told["responses"]["200"]["content"]["application/json"]["schema"]
    others = ", ".join(status for status in told["responses"] if status != "200")
    faults = f"; with {others} a {_type(_FAULT)}" if others else ""
    return (
        f'<section><h3 id="{escape(told["operationId"])}"><code>{method.upper()} {escape(path)}</code></h3><p>{escape(told.get("summary", ""))}</p>'
        f'<pre tabindex="0">{escape(call)}</pre>'
        + (f"<p>Takes {_type(takes)}; gives" if takes else "<p>Gives")
        + f" {_type(gives)}{faults}.</p></section>"
    )


def _quoted(text: str) -> str:
    """As a shell takes it."""
    return "'" + text.replace("'", "'\\''") + "'"


def _model(name: str, told: Mapping[str, Any]) -> str:
    required = told.get("required", [])
    rows = "".join(
        f"<tr><td><code>{escape(field)}</code>{'' if field in required else ' (optional)'}</td><td>{_type(kind)}</td>"
        f"<td>{escape(kind.get('description', ''))}</td></tr>"
        for field, kind in told.get("properties", {}).items()
    )
    table = f"<table><thead><tr><th>field</th><th>type</th><th>meaning</th></tr></thead><tbody>{rows}</tbody></table>"
    return (
        f'<section><h3 id="schema-{escape(name)}"><code>{escape(name)}</code></h3><p>{escape(told.get("description", ""))}</p>'
        f'<div class="wide" tabindex="0" role="region" aria-label="fields of {escape(name)}">{table}</div></section>'
    )


def _type(kind: Mapping[str, Any]) -> str:
    """A type in words, with links to the schemas."""
    if "$ref" in kind:
        name = kind["$ref"].rsplit("/", 1)[-1]
        return f'<a href="#schema-{escape(name)}">{escape(name)}</a>'
    if "anyOf" in kind:
        return " or ".join(_type(k) for k in kind["anyOf"])
    if "enum" in kind:
        return ", ".join(f"<code>{escape(str(v))}</code>" for v in kind["enum"])
    if "const" in kind:
        return f"<code>{escape(str(kind['const']))}</code>"
    if kind.get("type") == "array":
        return f"list of {_type(kind.get('items', {}))}"
    if kind.get("type") == "object" and isinstance(kind.get("additionalProperties"), Mapping):
        return f"text → {_type(kind['additionalProperties'])}"
    return escape(str(kind.get("type", "anything")).replace("string", "text"))
