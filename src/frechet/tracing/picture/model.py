"""A computational graph to look at: boxes with operations, sizes and numbers, edges with local derivatives."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from frechet.errors import LimitError
from frechet.tracing.picture.drawing import svg_of
from frechet.tracing.picture.layout import Layout
from frechet.tracing.picture.parts import Edge, Vertex
from frechet.tracing.picture.words import short

__all__ = ["ComputationalGraph", "check_size"]

_LARGEST = 150  # vertices that are drawn


@dataclass
class ComputationalGraph:
    """Vertices in the order in which they are computed, and edges; the result is the last vertex.

    A notebook shows it as a picture; `svg` is its text, `save("graph.svg")` writes it; str() is a table of both sweeps.
    """

    title: str
    vertices: list[Vertex]
    edges: list[Edge]
    notes: list[str] = field(default_factory=list)

    @property
    def svg(self) -> str:
        """The picture: the forward sweep runs down, in blue; the reverse sweep up, in red."""
        return svg_of(self.title, self.notes, self.vertices, self.edges, Layout(self.vertices, self.edges))

    def _repr_svg_(self) -> str:
        return self.svg

    def save(self, path: str | Path) -> None:
        """Writes the picture as an SVG file."""
        Path(path).write_text(self.svg, encoding="utf-8")

    def __str__(self) -> str:
        lines = [self.title]
        for k, v in enumerate(self.vertices):
            parts = [f"{v.name} = {v.text}" if v.text else f"{v.name} ({v.kind})", v.size]
            parts += [f"value {short(v.value)}"] if v.value is not None else []
            parts += [f"adjoint {short(v.adjoint)}"] if v.adjoint is not None else []
            lines.append("  ".join(parts))
            lines += [
                f"    d{v.name} = {e.text}    by {self.vertices[e.source].name}"
                for e in self.edges
                if e.target == k and e.is_active
            ]
        return "\n".join([*lines, *self.notes])

    __repr__ = __str__


def check_size(count: int) -> None:
    """Refuses what nobody can read. Raises LimitError."""
    if count > _LARGEST:
        raise LimitError(
            f"the graph has {count} operations, and at most {_LARGEST} are drawn: show a part of the function, or a loop "
            "with fewer rounds; fr.order(f, ...) counts what its derivatives cost"
        )
