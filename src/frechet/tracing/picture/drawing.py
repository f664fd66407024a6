"""The SVG of a graph that is laid out: plain shapes with attributes, so that any viewer and editor takes it."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from textwrap import wrap

from frechet.tracing.picture.layout import BEND, Layout, Place, lines_of, trimmed
from frechet.tracing.picture.parts import Edge, Vertex

__all__ = ["svg_of"]

_FORWARD, _REVERSE, _INK, _PALE = "#1f5fa8", "#b3361f", "#1b1b1b", "#8a8a8a"
_FILL = {"input": "#e4f0e2", "constant": "#f2f2f2", "operation": "#ffffff"}
_MARGIN, _HEAD, _READABLE = 24.0, 54.0, 320.0
_FONT = 'font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="11.5"'


def svg_of(title: str, notes: Sequence[str], vertices: Sequence[Vertex], edges: Sequence[Edge], layout: Layout) -> str:
    """The text of the picture."""
    room = int(max(layout.width, _READABLE) / 7.0)  # a small graph is not as wide as its notes: a phone shows it whole
    notes = [line for note in notes for line in wrap(note, room)]
    head = [title, *notes]
    width = max(layout.width, 7.0 * max(map(len, head))) + 2 * _MARGIN
    top = _HEAD + 15 * len(notes)
    height = layout.height + top + _MARGIN
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" {_FONT}>',
        '<rect x="0" y="0" width="100%" height="100%" fill="#ffffff"/>',
        _text(_MARGIN, 22, title, _INK, "start", bold=True),
        *[_text(_MARGIN, 40 + 15 * k, note, _PALE, "start") for k, note in enumerate(notes)],
    ]
    layout.moved((width - layout.width) / 2, top)
    for edge, path in zip(edges, layout.paths, strict=True):
        lines.append(_curve([layout.boxes[i] for i in path], edge.is_active))
    for box in layout.boxes:
        if box.kind == "vertex":
            lines += _vertex(vertices[box.number], box, is_result=box.number == len(vertices) - 1)
        elif box.kind != BEND and edges[box.number].is_active:
            lines += _label(vertices, edges[box.number], box)
    return "\n".join([*lines, "</svg>"]) + "\n"


def _vertex(v: Vertex, box: Place, is_result: bool) -> list[str]:
    x, y = box.x - box.width / 2, box.y - box.height / 2
    made = [
        f"<g><title>{escape(f'{v.name} = {v.text}' if v.text else v.name)}</title>",
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{box.width:.1f}" height="{box.height:.1f}" rx="5" '
        f'fill="{_FILL[v.kind]}" stroke="{_INK if v.kind != "constant" else _PALE}" '
        f'stroke-width="{2.2 if is_result else 1}"/>',
    ]
    for k, line in enumerate(lines_of(v)):
        colour = _INK if k == 0 else _PALE if k == 1 else _REVERSE if line.startswith("adjoint") else _FORWARD
        made.append(_text(box.x, y + 18 + 15 * k, line, colour, "middle", bold=k == 0))
    return [*made, "</g>"]


def _label(vertices: Sequence[Vertex], edge: Edge, box: Place) -> list[str]:
    return [
        f"<g><title>{escape(f'd{vertices[edge.target].name} = {edge.text}')}</title>",
        f'<rect x="{box.x - box.width / 2:.1f}" y="{box.y - 8:.1f}" width="{box.width:.1f}" height="16" fill="#ffffff"/>',
        _text(box.x, box.y + 4, trimmed(edge.text, "edge"), _INK, "middle", small=True),
        "</g>",
    ]


def _curve(boxes: list[Place], is_active: bool) -> str:
    """From the lower side of the first box through the others to the upper side of the last."""
    first, *inner, last = boxes
    points = [(first.x, first.y + first.height / 2), *[(b.x, b.y) for b in inner], (last.x, last.y - last.height / 2)]
    path = [f"M {points[0][0]:.1f} {points[0][1]:.1f}"]
    for k in range(1, len(points)):  # Catmull and Rom's curve; at both ends it runs down
        (a, b), (c, d) = points[k - 1], points[k]
        third = (d - b) / 3
        leaving = 0.0 if k == 1 else (c - points[k - 2][0]) / (d - points[k - 2][1])
        arriving = 0.0 if k == len(points) - 1 else (points[k + 1][0] - a) / (points[k + 1][1] - b)
        path.append(
            f"C {a + third * leaving:.1f} {b + third:.1f} {c - third * arriving:.1f} {d - third:.1f} {c:.1f} {d:.1f}"
        )
    x, y = points[-1]
    colour = _FORWARD if is_active else "#bdbdbd"
    head = f'<path d="M {x - 4:.1f} {y - 7:.1f} L {x:.1f} {y:.1f} L {x + 4:.1f} {y - 7:.1f}" fill="none" stroke="{colour}"/>'
    dashes = "" if is_active else ' stroke-dasharray="3 3"'
    return f'<path d="{" ".join(path)}" fill="none" stroke="{colour}"{dashes}/>{head}'


def _text(x: float, y: float, text: str, colour: str, anchor: str, bold: bool = False, small: bool = False) -> str:
    weight = ' font-weight="bold"' if bold else ""
    size = ' font-size="11"' if small else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}"{weight}{size}>{escape(text)}</text>'
