"""The schedule for people: each step, its flops, the kernel chosen, and what several steps share."""

from __future__ import annotations

from frechet.compile.source import Made
from frechet.compile.values import Value
from frechet.compile.writing import Writer
from frechet.language import to_text

__all__ = ["explanation"]


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
        flops = sum(graph.flops(v) for v in inside)
        notes = [note] if note else list(dict.fromkeys(v.kind.said for v in inside if v.kind.said))
        lines.append(f"  {text:{width}}  {flops:>14,.0f}  {'; '.join(notes)}".rstrip())
    shared = [_shared(writer, v) for v in program.order if writer.uses[v] > 1 and graph.flops(v) > 0]
    lines += [f"rewritten: {to_text(old)}  as  {to_text(new)}" for old, new in program.rewritten]
    if shared:
        lines.append("shared: " + ", ".join(shared))
    return "\n".join(lines)


def _shared(writer: Writer, v: Value) -> str:
    return f"{writer.text[v]} ({writer.uses[v]} times)"
