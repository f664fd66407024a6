"""Writes a benchmark's table into docs/measured.md, between its own markers."""

from __future__ import annotations

import datetime
import os
import platform
from importlib.metadata import version
from pathlib import Path

__all__ = ["folded", "write_table"]

MEASURED = Path(__file__).resolve().parents[1] / "docs" / "measured.md"


def write_table(name: str, markdown: str, path: Path = MEASURED) -> None:
    """Replace what stands between `<!-- bench:name -->` and `<!-- /bench:name -->`, with where and when it was measured.

    Both markers are added at the end of the file where they are missing.
    """
    start, stop = f"<!-- bench:{name} -->", f"<!-- /bench:{name} -->"
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    block = f"{start}\n{markdown.strip()}\n\n{measured_where()}\n{stop}"
    if start in text and stop in text:
        before, _, rest = text.partition(start)
        text = before + block + rest.partition(stop)[2]
    else:
        text = text.rstrip() + "\n\n" + block + "\n"
    path.write_text(text, encoding="utf-8")


def measured_where() -> str:
    """The day, the processor, the versions: one line in small print."""
    cpu = Path("/proc/cpuinfo")
    models = [line for line in cpu.read_text().splitlines() if line.startswith("model name")] if cpu.exists() else []
    processor = models[0].partition(":")[2].strip() if models else platform.processor() or platform.machine()
    libraries = ", ".join(f"{name} {version(name)}" for name in ("numpy", "scipy"))
    return f"<small>Measured {datetime.date.today()} on {processor}, {os.cpu_count()} cores; Python {platform.python_version()}, {libraries}.</small>"


def folded(title: str, table: str) -> str:
    """A long table that a reader opens by its title."""
    return f"<details><summary>{title}</summary>\n\n{table}\n\n</details>"
