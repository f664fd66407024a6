"""Sphinx: mathematics as MathML that Frechet prints itself. No script runs and no font is fetched.

- ``{f}`x'*A*x` `` is a formula of Frechet's language within a line;
- ```` ```{derivative} X ```` with a formula below it is the formula, its differential and its gradient, as notebooks show them; options
  `form` and `declare` ("S: spd(n); c: scalar");
- `$...$` and ```` ```{math} ```` hold LaTeX: what the printer does not know is an error, and `make docs` fails.
"""

from __future__ import annotations

from html import escape
from typing import ClassVar

from docutils import nodes
from docutils.parsers.rst import Directive, directives
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxRole
from sphinx.writers.html5 import HTML5Translator

import frechet as fr
from frechet.errors import FrechetError
from frechet.language.tex import latex_as_mathml

__all__ = ["declared", "setup", "typeset"]


def typeset(text: str, **declarations: str) -> str:
    """The formula as MathML within a line."""
    return fr.to_mathml(fr.parse(text, **declarations)).replace(' displaystyle="true"', "", 1)


def declared(text: str) -> dict[str, str]:
    """The declarations of "S: spd(n); c: scalar"."""
    pairs = (part.split(":", 1) for part in text.split(";") if part.strip())
    return {name.strip(): kind.strip() for name, kind in pairs}


class Formula(SphinxRole):
    """A formula of the language within a line."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        try:
            return [nodes.raw("", typeset(self.text), format="html")], []
        except FrechetError as error:
            said = self.inliner.reporter.error(f"{self.text}: {error}", line=self.lineno)
            return [self.inliner.problematic(self.rawtext, self.rawtext, said)], [said]


class Derivative(Directive):
    """A formula with its derivative."""

    has_content = True
    required_arguments = 1
    option_spec: ClassVar = {"form": directives.unchanged, "declare": directives.unchanged}

    def run(self) -> list[nodes.Node]:
        try:
            answer = fr.derivative(
                " ".join(self.content), self.arguments[0], **declared(self.options.get("declare", ""))
            )
        except FrechetError as error:
            raise self.error(str(error)) from error
        return [nodes.raw("", answer._repr_html_(), format="html")]


def _inline(translator: HTML5Translator, node: nodes.math) -> None:
    translator.body.append(_mathml(node, node.astext()))
    raise nodes.SkipNode


def _block(translator: HTML5Translator, node: nodes.math_block) -> None:
    translator.body.append(f'<div class="equation">{_mathml(node, node.astext())}</div>\n')
    raise nodes.SkipNode


def _mathml(node: nodes.Element, latex: str) -> str:
    try:
        return latex_as_mathml(latex)
    except FrechetError as error:
        raise ExtensionError(f"{node.source}:{node.line}: {escape(latex)} is not typeset: {error}") from error


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_role("f", Formula())
    app.add_directive("derivative", Derivative)
    app.add_html_math_renderer("frechet", (_inline, None), (_block, None))
    return {"parallel_read_safe": True}
