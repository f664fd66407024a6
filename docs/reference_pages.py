"""Sphinx directives for what is generated: `operations` from the table, `public` from docstrings, `commands` from the command line."""

from __future__ import annotations

import inspect
import re

import click
import typer
from docutils import nodes
from docutils.parsers.rst import Directive
from docutils.statemachine import StringList
from sphinx.application import Sphinx

import frechet as fr
from frechet.cli import app
from frechet.listing import explanation, listing

# The public names by what people look for; a name that is in none stands under "Errors and types".
GROUPS = {
    "Expressions": "scalar vector matrix parse eye ones zeros unit entries funm power simplify equivalent to_text to_unicode to_latex to_mathml",
    "Derivatives": "derivative gradient taylor check check_gradient testing finite",
    "Code and numbers": "compile source objective root minimize budget",
    "NumPy code": "value_and_gradient hessian jacobian jvp vjp hvp linearize formula primitive checkpoint graph order",
    "Solutions of equations": "implicit adjoint odeint",
    "Differential forms": "chart wedge interior lie bracket star codiff laplace inner vol flat sharp chain integrate stokes forms",
    "Volumes": "jacobian_of check_jacobian volume_form change_of_variables density",
}


class Generated(Directive):
    """Markdown-like text that is made when the page is built, parsed as the page itself is."""

    def text(self) -> str:
        raise NotImplementedError

    def run(self) -> list[nodes.Node]:
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
                    lines += _entry(name, getattr(fr, name))
        return "\n".join(lines)


def _entry(name: str, value: object) -> list[str]:
    try:
        signature = str(inspect.signature(value)) if callable(value) else ""
    except (TypeError, ValueError):
        signature = ""
    signature = re.sub(r": '[^']*'|: \"[^\"]*\"| -> .*$", "", signature)
    return [f"### `fr.{name}{signature}`", "", "```text", inspect.getdoc(value) or "", "```", ""]


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
