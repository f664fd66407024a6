"""Writes a benchmark's table into docs/measured.md, between its own markers."""

from __future__ import annotations

from pathlib import Path

__all__ = ["folded", "write_table"]

MEASURED = Path(__file__).resolve().parents[1] / "docs" / "measured.md"


def write_table(name: str, markdown: str, path: Path = MEASURED) -> None:
    """Replace what stands between `<!-- bench:name -->` and `<!-- /bench:name -->`.

    Both markers are added at the end of the file where they are missing.
    """
    start, stop = f"<!-- bench:{name} -->", f"<!-- /bench:{name} -->"
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    block = f"{start}\n{markdown.strip()}\n{stop}"
    if start in text and stop in text:
        before, _, rest = text.partition(start)
        text = before + block + rest.partition(stop)[2]
    else:
        text = text.rstrip() + "\n\n" + block + "\n"
    path.write_text(text, encoding="utf-8")


def folded(title: str, table: str) -> str:
    """A long table that a reader opens by its title."""
    return f"<details><summary>{title}</summary>\n\n{table}\n\n</details>"
