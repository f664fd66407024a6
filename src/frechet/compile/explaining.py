"""The schedule for people: each step, its flops, the kernel chosen, and what several steps share."""

from __future__ import annotations

from frechet.compile.flops import flops_of
from frechet.compile.made import Made
from frechet.compile.values import Value
from frechet.compile.writing import Writer
from frechet.language import to_text

__all__ = ["explanation"]

_SAID = {
    "gram": "symmetric rank-k product",
    "symmetric_product": "symmetric result: blocks of one triangle only",
    "rank_2k": "symmetric rank-2k product: one triangle",
    "trmm": "triangular product",
    "cholesky": "Cholesky factorization",
    "lu": "LU factorization",
    "lu_of_any": "LU factorization",
    "cholesky_solve": "solve with the Cholesky factor",
    "cholesky_half_solve": "half a solve: the result is used as Z'*Z",
    "lu_solve": "solve with the LU factors",
    "triangular_solve": "triangular solve",
    "cholesky_inverse": "explicit inverse from the Cholesky factor",
    "lu_inverse": "explicit inverse from the LU factors",
    "cholesky_trace_inverse": "trace of the inverse from the inverse factor",
    "cholesky_logdet": "log-determinant from the Cholesky factor",
    "lu_logdet": "log-determinant from the LU factors",
    "add_diagonal": "on the diagonal only",
    "inner": "trace of a product as an inner product",
    "rowdots": "diagonal of a product, row by row",
    "coldots": "diagonal of a product, column by column",
    "outer": "rank-one product",
    "mm": "matrix product",
    "mv": "matrix times vector",
    "symv": "symmetric matrix times vector: one triangle is read",
    "vm": "vector times matrix",
    "quotient": "0/0 counts as 0",
    "softplus": "log(1 + exp) without overflow",
}


def explanation(made: Made) -> str:
    """A table of the steps, and below it what was shared."""
    program, writer = made.program, made.text.writer
    graph = program.builder
    sizes = ", ".join(f"{k} = {v}" for k, v in sorted(graph.numbers.items())) or "no letters"
    lines = [f"schedule for {sizes}: {program.flops:,.0f} flops"]
    results = zip(writer.returned, program.roots, strict=True)
    rows = [(s.text, s.inside, s.note) for s in writer.statements]
    rows += [(f"return {code}", writer.inside[root], "") for code, root in results]
    width = max(len(text) for text, _, _ in rows)
    for text, inside, note in rows:
        flops = sum(flops_of(graph, v) for v in inside)
        notes = [note] if note else list(dict.fromkeys(_SAID[v.kernel] for v in inside if v.kernel in _SAID))
        lines.append(f"  {text:{width}}  {flops:>14,.0f}  {'; '.join(notes)}".rstrip())
    shared = [_shared(writer, v) for v in program.order if writer.uses[v] > 1 and flops_of(graph, v) > 0]
    lines += [f"rewritten: {to_text(old)}  as  {to_text(new)}" for old, new in program.rewritten]
    if shared:
        lines.append("shared: " + ", ".join(shared))
    return "\n".join(lines)


def _shared(writer: Writer, v: Value) -> str:
    return f"{writer.text[v]} ({writer.uses[v]} times)"
