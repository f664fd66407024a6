"""`frechet mcp`: four tools for assistants by the Model Context Protocol, on standard input and output.

derive, check, code and rules read only, keep nothing between calls, and answer with the JSON of the command line and a short text. An
error says where the formula fails and what to write instead. The language is a resource, `frechet://language`.

Source: https://modelcontextprotocol.io, specification 2025-11-25: tools, structured content, annotations.
"""

from __future__ import annotations

import io
import json
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import numpy as np
from rich.console import Console

from frechet import __version__, service
from frechet.budgets import budget
from frechet.compile.compiled import SOURCES
from frechet.errors import FrechetError, MissingLibraryError
from frechet.listing import manual
from frechet.showing import show_answer

try:
    from mcp.server.mcpserver import MCPServer
    from mcp.server.mcpserver.exceptions import ToolError
    from mcp.types import CallToolResult, TextContent, ToolAnnotations
    from pydantic import BaseModel, Field
except ImportError as error:
    raise MissingLibraryError("the server for assistants", str(error.name), "mcp") from error

__all__ = ["make_server", "serve"]

_BOUNDS = {"time": 20.0, "nodes": 2_000_000, "memory": 500_000_000}  # of one call: seconds, nodes, bytes of arrays
_LONGEST = 2_000  # characters of a formula
_MOST = 8_000  # characters of an answer
_FORMULAS = 20
_LEFT_OUT = (
    "steps", "latex", "jacobian", "hessian", "bilinear", "where", "differential", "gradient", "counterexample", "returns",
    "topics", "rules",
)  # fmt: skip
"""What an answer that is too long does without, first to last."""

_GRAMMAR = """Formulas: `*` is the matrix product, `.* ./ .^` act on entries, A' is the transpose, X^-1 the inverse;
exp, log, ... act on entries, expm, logm, sqrtm are functions of matrices; tr det logdet inv norm2 sum kron softmax ...
Letters need no declaration: a..g are scalars, h..z vectors (columns), A..Z matrices, unless the operations say otherwise;
declarations override that: {"S": "spd(n)", "X": "matrix(m,n)", "x": "vector(n)", "c": "scalar"}. Sizes are inferred.
eye(n), ones(n), x[i], X[:,1:k], [A B; C D]. LaTeX and NumPy code are read too. `read_as` says how it was read.
All functions: the tool `rules`, or the resource frechet://language."""

Formula = Annotated[str, Field(min_length=1, max_length=_LONGEST, description="A formula, such as logdet(X'*X).")]
Wrt = Annotated[str, Field(min_length=1, max_length=200, description="The variable, or several with commas: X or U,V.")]
Declared = Annotated[
    dict[str, str], Field(max_length=40, description='Kinds of letters, such as {"S": "spd(n)", "X": "matrix(m,n)"}.')
]
Form = Annotated[
    str,
    Field(description="What is asked for; auto is what fits.", json_schema_extra={"enum": ["auto", *service.FORMS]}),
]


class Answer(BaseModel):
    """What every tool answers with: more keys, as the command line has them with --json."""

    truncated: list[str] = Field(
        description="Keys that were left out because the answer was too long; empty otherwise."
    )


class Derived(Answer):
    """A derivative."""

    read_as: str = Field(description="How the formula was read: kinds and sizes of all letters.")
    function: str
    value_shape: list[str]
    wrt: list[str]
    results: list[dict[str, str]] = Field(description="What was asked for: title, text (it can be typed in), latex.")
    assumptions: list[str] = Field(description="Conditions under which the derivative exists.")
    notes: list[str] = Field(description="Other readings, conventions that were taken.")
    verdict: dict[str, Any] | None = Field(
        description="Whether the result is right, how that is known, at which sizes."
    )


class Checked(Answer):
    """What a check found."""

    read_as: str
    verdict: str = Field(description="right, wrong or undecided.")
    kind: str = Field(description="proved, compared or undecided.")
    form: str
    answer: str | None = Field(description="The right derivative.")
    diagnoses: list[dict[str, Any]] = Field(
        description="What is wrong, the simplest first; `claim` is the claim put right."
    )
    notes: list[str]


class Coded(Answer):
    """A program."""

    read_as: list[str]
    target: str
    source: str = Field(description="The program; it runs without frechet.")
    returns: list[str] = Field(description="What it returns, in this order, as formulas.")


class Ruled(Answer):
    """Operations of the language."""

    name: str | None = None
    topics: list[dict[str, Any]] | None = Field(None, description="Calls by topic.")
    rules: list[dict[str, Any]] | None = Field(None, description="Differentials, domains and sources.")


_UNDECLARED: dict[str, str] = {}
_READ_ONLY = ToolAnnotations(read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False)


def derive(
    formula: Formula,
    wrt: Wrt,
    declarations: Declared = _UNDECLARED,
    form: Form = "auto",
    steps: bool = False,
) -> Annotated[CallToolResult, Derived]:
    """The derivative, with the verdict of an independent check."""
    with _bounded():
        found = service.derived(formula, wrt, declarations, _form(form))
        verdict = found.answer.check()
        told = service.derive_json(found, verdict)
        if not steps:
            told["steps"] = []
        text = _printed(
            lambda out: show_answer(out, found.answer, found.reading, found.form, steps, verdict, found.other)
        )
    return _result(told, text)


def check(
    formula: Formula,
    wrt: Wrt,
    claim: Annotated[str, Field(min_length=1, max_length=_LONGEST, description="Your formula for the derivative.")],
    declarations: Declared = _UNDECLARED,
    form: Form = "auto",
) -> Annotated[CallToolResult, Checked]:
    """Whether a claimed derivative is right."""
    with _bounded():
        reading, report = service.checked(formula, wrt, claim, declarations, _form(form))
        told = service.check_json(reading, report)
    return _result(told, f"{reading.read_as}\n{report}\n")


def code(
    formulas: Annotated[
        list[Formula], Field(min_length=1, max_length=_FORMULAS, description="Formulas that share letters.")
    ],
    target: Annotated[str, Field(description="The language.", json_schema_extra={"enum": [*SOURCES]})] = "numpy",
    declarations: Declared = _UNDECLARED,
    with_gradient_by: Annotated[str, Field(max_length=200, description="A variable: the derivatives by it too.")] = "",
) -> Annotated[CallToolResult, Coded]:
    """One program for all the formulas."""
    with _bounded():
        told = service.code(formulas, target, declarations, with_gradient_by)
    return _result(told, told["source"])


def rules(
    name: Annotated[str, Field(max_length=80, description="A function, such as logdet; empty for a list.")] = "",
    word: Annotated[
        str, Field(max_length=80, description="Only functions with this word in a name, topic or source.")
    ] = "",
) -> Annotated[CallToolResult, Ruled]:
    """The table of operations."""
    with _bounded():
        told = service.rules(word, name)
    if name:
        text = "\n".join(
            f"{key}: {value if isinstance(value, str) else '; '.join(value)}" for key, value in told.items()
        )
    else:
        text = "\n".join(f"{topic['topic']}: {', '.join(topic['calls'])}" for topic in told["topics"])
    if not (name or word):
        told["rules"] = []  # two hundred of them: by word or by name
    return _result(told, text)


_TOOLS: dict[Callable[..., Any], str] = {
    derive: f"""The derivative of a formula of matrices: gradient, differential, Jacobian (vec stacks columns), Hessian or pullback,
with its verdict: proved in exact arithmetic, or compared with finite differences. Use it in place of a derivative from memory.

{_GRAMMAR}

derive(formula="logdet(X'*X)", wrt="X") gives gradient = 2*X*inv(X'*X), assuming X'*X is invertible.
derive(formula="A*x", wrt="x", form="jacobian") gives Jacobian = A.
An error shows the place and what to write: there is no function logdt ... Did you mean logdet?""",
    check: f"""Whether a derivative that you have is right; if not, what is wrong with it, a counterexample, and the right formula. The claim
may be a gradient, a Jacobian, a differential (linear in dX) or a Hessian; which one is guessed from its shape.

{_GRAMMAR}

check(formula="tr(A*X^2)", wrt="X", claim="2*A'*X'") gives wrong: right only where X and A commute; the gradient: (A*X + X*A)'.
check(formula="norm2(A*x-b)^2", wrt="x", claim="2*A'*(A*x-b)") gives right, proved at sizes 1 to 5.
A claim whose size fits nothing is an error that names both sizes.""",
    code: f"""A program for one or several formulas, and with with_gradient_by for their derivatives too: common parts once, factorizations
shared, no inverse where a solve serves. It runs without frechet. Targets: {", ".join(SOURCES)}.

{_GRAMMAR}

code(formulas=["norm2(A*x - y)^2"], target="numpy", with_gradient_by="x") gives def function(*, A, x, y) that returns value and gradient.
code(formulas=["logdet(S)"], declarations={{"S": "spd(n)"}}) factorizes S by Cholesky.
An unknown target is an error that lists the targets.""",
    rules: """The operations of the language. Without arguments all calls by topic; with a word those that have it; with a name that operation:
its differential, where it is defined, what is taken where it has no derivative, and the source.

rules(name="logdet") gives differential: d(logdet(A)) = tr(inv(A)*dA), domain: A is invertible.
rules(word="eig") gives the eigenvalue functions.
An unknown name is an error that proposes the nearest ones.""",
}


def make_server() -> MCPServer:
    """The server with its tools and resources; it keeps no state."""
    server = MCPServer(
        "frechet", title="Frechet: matrix calculus", version=__version__, log_level="ERROR",
        instructions="Derivatives of formulas of matrices, checked. Ask `derive` for one, `check` whether yours is right.",
    )  # fmt: skip
    for tool, description in _TOOLS.items():
        server.tool(description=description, annotations=_READ_ONLY)(tool)
    server.resource("frechet://language", mime_type="text/plain", description="The language: grammar, all names.")(
        manual
    )
    server.resource("frechet://rules/{name}", mime_type="application/json", description="One operation.")(_operation)
    return server


def _operation(name: str) -> str:
    return json.dumps(service.rules(name=name), ensure_ascii=False)


def serve() -> None:
    """Serves until standard input ends. Nothing else goes to standard output."""
    make_server().run("stdio")


# --- what the tools share -----------------------------------------------------------------------------


@contextmanager
def _bounded() -> Iterator[None]:
    """The budget of one call; what Frechet refuses reaches the assistant in its own words."""
    try:
        with budget(**_BOUNDS), np.errstate(all="ignore"), warnings.catch_warnings(action="ignore"):
            yield
    except FrechetError as error:
        raise ToolError(str(error)) from error
    except service.UNFORESEEN as error:
        raise ToolError(str(service.unforeseen(error))) from error


def _form(form: str) -> str | None:
    return None if form == "auto" else form


def _printed(show: Callable[[Console], None]) -> str:
    out = io.StringIO()
    show(Console(file=out, highlight=False, soft_wrap=True, color_system=None, force_terminal=False))
    return out.getvalue()


def _result(told: dict[str, Any], text: str) -> CallToolResult:
    """The answer as values and as text, both of a length that an assistant reads."""
    told["truncated"] = []
    for key in _LEFT_OUT:
        if len(json.dumps(told)) <= _MOST:
            break
        if key == "latex" and told.get("results"):
            told["results"] = [{k: v for k, v in r.items() if k != key} for r in told["results"]]
            told["truncated"].append(key)
        elif told.get(key):
            told[key] = type(told[key])() if isinstance(told[key], list | dict) else None
            told["truncated"].append(key)
    if len(json.dumps(told)) > _MOST:
        raise ToolError(
            "the answer is too long: name repeated parts in the formula, as in M = X'*X; logdet(M), or ask for less"
        )
    text = text if len(text) <= _MOST else f"{text[: _MOST - 1]}…"
    return CallToolResult(content=[TextContent(type="text", text=text)], structured_content=told)


if __name__ == "__main__":
    serve()
