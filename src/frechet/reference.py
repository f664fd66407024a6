"""The reference page: every row of the table with its differential, domain, convention and source, as one HTML file."""

from __future__ import annotations

from html import escape

from frechet.expr.node import operations
from frechet.table import describe_row

__all__ = ["reference_page"]

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #222 }
h1 { font-weight: 600 } code { font: 14px/1.6 ui-monospace, monospace }
section { border-top: 1px solid #ddd; padding: .8rem 0 } h2 { font-size: 1.1rem; margin: 0 0 .3rem }
p { margin: .15rem 0 } .formula { background: #f6f7f9; padding: .3rem .6rem; border-radius: 4px; display: inline-block }
.note { color: #555; font-size: .9rem } nav a { margin-right: .6rem; white-space: nowrap }
@media (prefers-color-scheme: dark) { body { background: #16181c; color: #ddd } .formula { background: #23262c }
  section { border-color: #333 } .note { color: #aaa } a { color: #8ab4f8 } }
"""


def reference_page() -> str:
    """A self-contained page, generated from the table: what `frechet rules --html FILE` writes."""
    rows = [row for op in operations.values() if (row := describe_row(op))["formulas"]]
    links = " ".join(f'<a href="#{escape(r["name"])}">{escape(r["name"])}</a>' for r in rows)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Frechet: the rules</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head><body>'
        f"<h1>Differentials of {len(rows)} operations</h1>"
        "<p>Each formula is read off the row of the table that also gives the adjoint, the second derivative and the "
        "tests. <code>*</code> is the matrix product, <code>.*</code> elementwise, <code>'</code> transposes.</p>"
        f"<nav>{links}</nav>{''.join(map(_section, rows))}</body></html>\n"
    )


def _section(row: dict) -> str:
    formulas = "".join(f'<p><code class="formula">{escape(f)}</code></p>' for f in row["formulas"])
    signature = f' <code class="note">{escape(row["signature"])}</code>' if row["signature"] else ""
    notes = [
        f"Domain: {row['domain']}." if row["domain"] else "",
        f"Convention: {row['convention']}." if row["convention"] else "",
        f"Source: {row['source']}." if row["source"] else "",
    ]
    text = "".join(f'<p class="note">{escape(n)}</p>' for n in notes if n)
    return f'<section id="{escape(row["name"])}"><h2>{escape(row["name"])}{signature}</h2>{formulas}{text}</section>'
