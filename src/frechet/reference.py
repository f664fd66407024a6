"""The reference page of all rules, as HTML: generated from the table, so that it cannot disagree with it."""

from __future__ import annotations

from html import escape

from frechet.expr.node import Operation, operations
from frechet.table import describe_row

__all__ = ["reference_page"]

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
nav { columns: 6rem auto; margin: 1rem 0 2rem; }
section { border-top: 1px solid #8884; padding: .6rem 0; }
h2 { font-size: 1.1rem; margin: 0; }
pre { overflow-x: auto; margin: .4rem 0; }
p { margin: .2rem 0; color: #555; }
@media (prefers-color-scheme: dark) { body { background: #111; color: #ddd; } p { color: #aaa; } a { color: #8cf; } }
"""


def reference_page() -> str:
    """One section a row: sizes, differentials, adjoints, where they hold, and the source."""
    rows = [op for op in sorted(operations.values(), key=lambda op: op.name) if op.differentials or op.adjoints]
    index = " ".join(f'<a href="#{escape(op.name)}">{escape(op.name)}</a>' for op in rows)
    sections = "\n".join(_section(op) for op in rows)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Frechet: the rules</title>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<style>{_STYLE}</style></head>\n<body><h1>The rules</h1>\n"
        f"<p>{len(rows)} operations. dA is the differential of A; a prime is the transpose.</p>\n"
        f"<nav>{index}</nav>\n{sections}\n</body></html>\n"
    )


def _section(op: Operation) -> str:
    row = describe_row(op)
    parts = [f'<section id="{escape(op.name)}"><h2>{escape(op.name)}</h2>']
    if row["signature"]:
        parts.append(f"<p>sizes: <code>{escape(row['signature'])}</code></p>")
    if row["formulas"]:
        parts.append(f"<pre>{escape(chr(10).join(row['formulas']))}</pre>")
    for title, key in (("where", "domain"), ("convention", "convention"), ("source", "source")):
        if row[key]:
            parts.append(f"<p>{title}: {escape(row[key])}</p>")
    return "\n".join([*parts, "</section>"])
