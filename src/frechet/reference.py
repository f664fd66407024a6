<<<<<<< HEAD
"""The reference page of all rules, as HTML: generated from the table, so that it cannot disagree with it."""
=======
"""The reference page: every row of the table with its differential, domain, convention and source, as one HTML file."""
>>>>>>> matfun

from __future__ import annotations

from html import escape

<<<<<<< HEAD
from frechet.expr.node import Operation, operations
=======
from frechet.expr.node import operations
>>>>>>> matfun
from frechet.table import describe_row

__all__ = ["reference_page"]

_STYLE = """
<<<<<<< HEAD
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
nav { columns: 6rem auto; margin: 1rem 0 2rem; }
section { border-top: 1px solid #8884; padding: .6rem 0; }
h2 { font-size: 1.1rem; margin: 0; }
pre { overflow-x: auto; margin: .4rem 0; }
p { margin: .2rem 0; color: #555; }
@media (prefers-color-scheme: dark) { body { background: #111; color: #ddd; } p { color: #aaa; } a { color: #8cf; } }
=======
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #222 }
h1 { font-weight: 600 } code { font: 14px/1.6 ui-monospace, monospace }
section { border-top: 1px solid #ddd; padding: .8rem 0 } h2 { font-size: 1.1rem; margin: 0 0 .3rem }
p { margin: .15rem 0 } .formula { background: #f6f7f9; padding: .3rem .6rem; border-radius: 4px; display: inline-block }
.note { color: #555; font-size: .9rem } nav a { margin-right: .6rem; white-space: nowrap }
@media (prefers-color-scheme: dark) { body { background: #16181c; color: #ddd } .formula { background: #23262c }
  section { border-color: #333 } .note { color: #aaa } a { color: #8ab4f8 } }
>>>>>>> matfun
"""


def reference_page() -> str:
<<<<<<< HEAD
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
=======
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
>>>>>>> matfun
