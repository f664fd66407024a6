"""Sphinx: a page that would fetch anything from elsewhere is an error: scripts, styles, pictures, fonts. Links may lead anywhere."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx

__all__ = ["fetched", "setup"]

_ELSEWHERE = r"[\"']?\s*((?:https?:)?//[^\"')\s>]+)"
_IN_PAGES = re.compile(
    rf"<(?:script|img|iframe|source|video|audio|embed|object)\b[^>]*?\s(?:src|srcset|data|poster)\s*=\s*{_ELSEWHERE}",
    re.I,
)
_LINKED = re.compile(r"<link\b[^>]*>", re.I)
_IN_LINKS = re.compile(rf"\shref\s*=\s*{_ELSEWHERE}", re.I)
_IN_STYLES = re.compile(rf"(?:\burl\(|@import\s){_ELSEWHERE}", re.I)


def fetched(text: str) -> list[str]:
    """The addresses elsewhere that a browser would fetch to show this page or style."""
    links = (
        address
        for link in _LINKED.findall(text)
        if 'rel="canonical"' not in link
        for address in _IN_LINKS.findall(link)
    )
    return [*_IN_PAGES.findall(text), *links, *_IN_STYLES.findall(text)]


def _look(app: Sphinx, failed: Exception | None) -> None:
    from sphinx.errors import ExtensionError

    if failed is None and app.builder.format == "html":
        found = {
            f"{path.name}: {address}"
            for path in Path(app.outdir).rglob("*")
            if path.suffix in (".html", ".css")
            for address in fetched(path.read_text(encoding="utf-8"))
        }
        if found:
            raise ExtensionError("these would be fetched from elsewhere: " + ", ".join(sorted(found)))


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("build-finished", _look)
    return {"parallel_read_safe": True}
