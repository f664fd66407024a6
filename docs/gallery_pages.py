"""Sphinx: the gallery of the page (`frechet serve`) as a page of the documentation, worked out when it is built: directive `gallery`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from importlib import resources
from typing import Any
from urllib.parse import quote, urlencode

from reference_pages import Generated
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

import frechet as fr

__all__ = ["Entry", "entries", "link"]

_PAGE = "http://127.0.0.1:8000/"  # where `frechet serve` listens when nothing else is said


class Entry:
    """A formula of the gallery with its derivative."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        self.title, self.text = given["title"], given["text"]
        self.asked = {"f": given["f"], "by": given["by"], "form": given.get("form", "gradient")}
        self.declared = given.get("declared", {})
        self.f = fr.parse(given["f"], **self.declared)
        self.answer = fr.derivative(self.f, given["by"])
        self.result = getattr(self.answer, self.asked["form"])

    def written(self) -> Iterator[str]:
        """Markdown: formula and derivative, code, verdict. Raises ExtensionError where the verdict is not right."""
        verdict = self.answer.check()
        if verdict.right is not True:
            raise ExtensionError(f"gallery, {self.title}: {verdict}")
        yield from (
            f"## {self.title}",
            "",
            self.text,
            "",
            f"<div>{self.answer._repr_html_()}</div>",
            "",
            f"{verdict}",
            "",
        )
        if self.asked["form"] == "gradient":
            yield from (
                "<details><summary>Code</summary>",
                "",
                "```python",
                fr.source([self.f, self.result]),
                "```",
                "",
                "</details>",
                "",
            )
        else:
            yield from (
                "<details><summary>Code</summary>",
                "",
                "```python",
                fr.source(self.result),
                "```",
                "",
                "</details>",
                "",
            )
        yield from (f"[Open it on the page]({link(self.asked, self.declared)})", "")


def link(asked: Mapping[str, str], declared: Mapping[str, str]) -> str:
    """The address at which the page opens a question, while `frechet serve` runs."""
    letters = {f".{name}" if name in asked else name: kind for name, kind in declared.items()}
    return f"{_PAGE}#{urlencode({**asked, **letters}, quote_via=quote)}"


def entries() -> list[Entry]:
    """The entries of the gallery, in order."""
    text = (resources.files("frechet.web") / "static" / "gallery.json").read_text(encoding="utf-8")
    return [Entry(given) for given in json.loads(text)]


class Gallery(Generated):
    """All of them."""

    def text(self) -> str:
        return "\n".join(line for entry in entries() for line in entry.written())


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("gallery", Gallery)
    return {"parallel_read_safe": True}
