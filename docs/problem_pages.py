"""Sphinx: a problem set with hints and solutions folded away, by the directive `problems`."""

from __future__ import annotations

from collections.abc import Iterator

from gallery_pages import link
from problem_sets import Problem, problems
from reference_pages import Generated
from sphinx.application import Sphinx

__all__ = ["setup"]


class Problems(Generated):
    """The set that the argument names."""

    required_arguments = 1

    def text(self) -> str:
        return "\n".join(
            line for number, p in enumerate(problems(self.arguments[0]), 1) for line in _written(number, p)
        )


def _written(number: int, p: Problem) -> Iterator[str]:
    yield from (f"## {number}. {p.title}", "", p.ask, "")
    if p.prove:
        yield from (f"<div>{p.shown()}</div>", "")
    yield from ("<details><summary>Hint</summary>", "", p.hint, "", "</details>", "")
    yield from ("<details><summary>Solution</summary>", "", p.worked, "")
    if p.text():
        yield from (f"<div>{p.shown()}</div>", "", "```text", p.text(), "```", "")
    if p.code:
        yield from ("```python", *p.code.strip().splitlines(), "```", "", "```text", repr(p.value), "```", "")
    yield from ("</details>", "")
    if p.solution and isinstance(p.wrt, str):
        yield from (f"[Answer it on the page]({link({'f': p.f, 'by': p.wrt, 'form': p.form}, p.declared)})", "")
    yield from (f"<small>{', '.join(p.course)}</small>", "")


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("problems", Problems)
    return {"parallel_read_safe": True}
