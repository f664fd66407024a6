"""Sphinx directives for what is generated: `operations` from the table, `public` from docstrings, `commands` from the command line."""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Iterator, Sequence

import click
import typer
from docutils import nodes
from docutils.parsers.rst import Directive
from docutils.statemachine import StringList
from sphinx.application import Sphinx

import frechet as fr
from frechet.check import checking
from frechet.cli import app
from frechet.compile import compiled
from frechet.implicit.function import Implicit
from frechet.listing import explanation, listing
from frechet.operators import LinearOperator

# The public names by what people look for; a name that is in none stands under "Errors and types".
GROUPS = {
    "Expressions": "scalar vector matrix parse eye ones zeros unit funm simplify equivalent to_text to_unicode to_latex to_mathml",
    "Derivatives": "derivative gradient taylor check check_gradient testing finite",
    "Code and numbers": "compile source objective root minimize budget",
    "NumPy code": "value_and_gradient hessian jacobian jvp vjp hvp linearize formula primitive checkpoint graph order",
    "Solutions of equations": "implicit adjoint odeint",
    "Differential forms": "chart wedge interior lie bracket star codiff laplace inner vol flat sharp chain integrate stokes forms",
    "Volumes": "jacobian_of check_jacobian volume_form change_of_variables density",
}


class Generated(Directive):
    """Markdown-like text that is made when the page is built, parsed as the page itself is. The content of the directive is for
    those who read the page in the repository: it says where the same is to be had."""

    has_content = True

    def text(self) -> str:
        raise NotImplementedError

    def run(self) -> list[nodes.Node]:
        self.state.document.settings.env.note_reread()  # the code may say something else tomorrow
        made = nodes.section()
        made.document = self.state.document
        self.state.nested_parse(
            StringList(self.text().splitlines(), source=type(self).__name__), 0, made, match_titles=1
        )
        return made.children


class Operations(Generated):
    """Every function of the language by topic: call, differential, domain, source."""

    def text(self) -> str:
        lines = []
        for topic, calls in listing():
            lines += [f"## {topic.capitalize()}", ""]
            for call in calls:
                told = explanation(re.split(r"\W", call)[0])
                lines += [f"### `{call}`", "", *_facts(told), ""]
        return "\n".join(lines)


def _facts(told: dict) -> list[str]:
    formulas = told.pop("differential", [])
    lines = ["```text", *formulas, "```", ""] if formulas else []
    for key in ("sizes", "also", "domain", "convention", "source"):
        if key in told:
            lines += [f"- {key}: " + (f"`{told[key]}`" if key in ("sizes", "also", "domain") else str(told[key]))]
    return lines


class Public(Generated):
    """The public names with their signatures and docstrings, in groups."""

    def text(self) -> str:
        grouped = {name for names in GROUPS.values() for name in names.split()}
        rest = " ".join(name for name in fr.__all__ if name not in grouped)
        lines = []
        for title, names in {**GROUPS, "Errors and types": rest}.items():
            lines += [f"## {title}", ""]
            for name in names.split():
                if name in fr.__all__:
                    lines += _documented(name, getattr(fr, name))
            if title == "Code and numbers":
                lines += _documented("operators.LinearOperator", LinearOperator)  # what d.at(...) gives
        return "\n".join(lines)


# Rooms that can be called: what the call is.
CALLED = {"check": checking.check, "compile": compiled.compile, "implicit": Implicit}
# Classes of which one asks for things by name.
ASKED = (fr.Answer, LinearOperator, fr.Verdict, fr.Report)


def _documented(name: str, value: object) -> Iterator[str]:
    """A public name; the functions of a module, and what an answer can be asked for, below it."""
    if name in CALLED:
        yield from _entry("function", name, CALLED[name])
    elif inspect.isclass(value):
        members = [m for m in dir(value) if not m.startswith("_")] if value in ASKED else []
        yield from _entry("class", name, value, [line for m in members for line in _member(value, m)])
    else:
        yield from _entry("data" if inspect.ismodule(value) else "function", name, value)
    for part in sorted(getattr(value, "__all__", ())) if name in ("finite", "testing", "adjoint", "implicit") else ():
        found = getattr(value, part)
        if inspect.isfunction(found) and found is not getattr(fr, part, None):
            yield from _entry("function", f"{name}.{part}", found)


def _member(kind: type, name: str) -> list[str]:
    value = inspect.getattr_static(kind, name)
    if not inspect.getdoc(value):
        return []
    method = inspect.isfunction(value)
    arguments = re.sub(r"\(self(, )?", "(", _signature(value)) if method else ""
    return [
        "",
        f"````{{py:{'method' if method else 'attribute'}}} {name}{arguments}",
        "",
        *_prose(inspect.getdoc(value) or ""),
        "````",
        "",
    ]


def _entry(kind: str, name: str, value: object, below: Sequence[str] = ()) -> list[str]:
    signature = "" if kind == "data" else _signature(value)
    return [
        f"`````{{py:{kind}}} frechet.{name}{signature}",
        "",
        *_prose(inspect.getdoc(value) or ""),
        *below,
        "`````",
        "",
    ]


def _signature(value: object) -> str:
    try:
        signature = str(inspect.signature(value)) if callable(value) else ""
    except (TypeError, ValueError):
        return ""
    return re.sub(r": '[^']*'|: \"[^\"]*\"| -> .*$", "", signature)


_ALIGNED = re.compile(r"\S {3,}\S")


def _prose(docstring: str) -> Iterator[str]:
    """A docstring as Markdown: paragraphs as they are, with signs that mean something in Markdown only made plain; examples as
    code; paragraphs in columns, indented ones and pictures of trees as they stand."""
    for paragraph in re.split(r"\n\s*\n", docstring):
        lines = paragraph.splitlines()
        if lines[0].lstrip().startswith(">>>"):
            yield from ("```pycon", *(line.strip() for line in lines), "```", "")
        elif any(_ALIGNED.search(line) or line.startswith(("    ", "├", "└")) for line in lines):
            yield from ("```text", *textwrap.dedent(paragraph).splitlines(), "```", "")
        else:
            pieces = re.split(r"(`[^`]*`)", paragraph)
            plain = (piece if piece.startswith("`") else re.sub(r"([*_<\[\]{}$#])", r"\\\1", piece) for piece in pieces)
            yield from ("".join(plain).splitlines())
            yield ""


class Commands(Generated):
    """Each command with its options, as `--help` has them."""

    def text(self) -> str:
        lines = []
        group = typer.main.get_command(app)
        for name, command in group.commands.items():
            lines += [f"## `frechet {name}`", "", command.help or "", "", "| | |", "| --- | --- |"]
            for parameter in command.params:
                lines.append(f"| `{_spelled(parameter)}` | {getattr(parameter, 'help', '') or ''} |".replace("\n", " "))
            lines.append("")
        return "\n".join(lines)


def _spelled(parameter: click.Parameter) -> str:
    return parameter.name.upper() if isinstance(parameter, click.Argument) else ", ".join(parameter.opts)


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("operations", Operations)
    app.add_directive("public", Public)
    app.add_directive("commands", Commands)
    return {"parallel_read_safe": True}
