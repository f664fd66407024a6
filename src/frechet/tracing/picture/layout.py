"""Where the boxes of a graph stand: in layers from the top, with few crossings, beside what they come of.

Labels of edges and long edges are boxes of layers in between, so that nothing covers anything.
Source: Sugiyama, Tagawa, Toda, Methods for visual understanding of hierarchical system structures, IEEE Trans. SMC 11 (1981).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from frechet.tracing.picture.parts import Edge, Vertex
from frechet.tracing.picture.words import short

__all__ = ["BEND", "Layout", "Place", "lines_of", "trimmed"]

LETTER = 7.0  # the width of a letter, in pixels
BEND = "bend"
_GAP = 26.0
_LONGEST = {"vertex": 40, "edge": 26}  # letters


@dataclass
class Place:
    """A box: of a vertex, of a label, or a point where a long edge bends."""

    kind: str  # "vertex", "edge" or "bend"
    number: int
    layer: int
    width: float
    height: float
    x: float = 0.0
    y: float = 0.0


def trimmed(text: str, kind: str) -> str:
    """The text, its end left out where it is too long."""
    longest = _LONGEST[kind]
    return text if len(text) <= longest else text[: longest - 1] + "…"


def lines_of(v: Vertex) -> list[str]:
    """What stands in the box of a vertex."""
    lines = [trimmed(f"{v.name} = {v.text}" if v.text else v.name, "vertex"), v.size]
    lines += [f"= {short(v.value)}"] if v.value is not None else []
    return lines + ([f"adjoint {short(v.adjoint)}"] if v.adjoint is not None else [])


class Layout:
    """Boxes with places, and the boxes that each edge goes through."""

    def __init__(self, vertices: Sequence[Vertex], edges: Sequence[Edge]) -> None:
        layers = _layers(vertices, edges)
        self.boxes = []
        for k, vertex in enumerate(vertices):
            lines = lines_of(vertex)
            width = LETTER * max(map(len, lines)) + 20
            self.boxes.append(Place("vertex", k, 2 * layers[k], width, 15.0 * len(lines) + 12))
        self.paths = [self._path(e, edge) for e, edge in enumerate(edges)]
        self.layers: list[list[int]] = [[] for _ in range(1 + max(b.layer for b in self.boxes))]
        for i, box in enumerate(self.boxes):
            self.layers[box.layer].append(i)
        self._above: dict[int, list[int]] = {i: [] for i in range(len(self.boxes))}
        self._below: dict[int, list[int]] = {i: [] for i in range(len(self.boxes))}
        for path in self.paths:
            for a, b in pairwise(path):
                self._below[a].append(b)
                self._above[b].append(a)
        self._order()
        self._place()
        self.width = max(b.x + b.width / 2 for b in self.boxes)
        self.height = max(b.y + b.height / 2 for b in self.boxes)

    def moved(self, right: float, down: float) -> None:
        """All boxes by so much."""
        for box in self.boxes:
            box.x += right
            box.y += down

    def _path(self, e: int, edge: Edge) -> list[int]:
        first, last = self.boxes[edge.source].layer, self.boxes[edge.target].layer
        path = [edge.source]
        for layer in range(first + 1, last - 1):
            path.append(len(self.boxes))
            self.boxes.append(Place(BEND, e, layer, 8.0, 2.0))
        path.append(len(self.boxes))
        text = trimmed(edge.text, "edge") if edge.is_active else ""
        self.boxes.append(Place("edge", e, last - 1, LETTER * len(text) + 10 if text else 8.0, 18.0))
        return [*path, edge.target]

    # --- the order inside a layer ------------------------------------------------------------------------

    def _order(self) -> None:
        best, fewest = [list(layer) for layer in self.layers], self._crossings()
        for sweep in range(12):
            down = sweep % 2 == 0
            for layer in self.layers[1:] if down else self.layers[-2::-1]:
                position = self._positions()
                near = self._above if down else self._below
                middle = {
                    i: sum(position[j] for j in near[i]) / len(near[i]) if near[i] else position[i] for i in layer
                }
                layer.sort(key=lambda i: middle[i])
            crossings = self._crossings()
            if crossings < fewest:
                best, fewest = [list(layer) for layer in self.layers], crossings
        self.layers = best

    def _positions(self) -> dict[int, float]:
        return {i: k / max(len(layer) - 1, 1) for layer in self.layers for k, i in enumerate(layer)}

    def _crossings(self) -> int:
        rank = {i: k for layer in self.layers for k, i in enumerate(layer)}
        total = 0
        for layer in self.layers:
            ends = [rank[b] for a in layer for b in sorted(self._below[a], key=rank.__getitem__)]
            total += sum(x > y for k, x in enumerate(ends) for y in ends[k + 1 :])
        return total

    # --- coordinates -----------------------------------------------------------------------------------------

    def _place(self) -> None:
        for layer in self.layers:
            self._apart(layer, [0.0] * len(layer))
        for sweep in range(16):
            for layer in self.layers if sweep % 2 == 0 else self.layers[::-1]:
                self._apart(layer, [self._wanted(i) for i in layer])
        left = min(b.x - b.width / 2 for b in self.boxes)
        top = 0.0
        for layer in self.layers:
            tall = max((self.boxes[i].height for i in layer), default=0.0)
            for i in layer:
                self.boxes[i].x -= left
                self.boxes[i].y = top + tall / 2
            top += tall + 12

    def _wanted(self, i: int) -> float:
        near = [*self._above[i], *self._below[i]]
        return sum(self.boxes[j].x for j in near) / len(near) if near else self.boxes[i].x

    def _apart(self, layer: Sequence[int], wanted: Sequence[float]) -> None:
        """As near as possible to where each box would like to be, in this order and not nearer than a gap."""
        offsets, at = [], 0.0
        for k, i in enumerate(layer):
            if k:
                at += (self.boxes[layer[k - 1]].width + self.boxes[i].width) / 2 + self._gap(layer[k - 1], i)
            offsets.append(at)
        blocks: list[tuple[float, int]] = []  # pool adjacent violators: (mean of wanted - offset, count)
        for w, o in zip(wanted, offsets, strict=True):
            mean, count = w - o, 1
            while blocks and blocks[-1][0] > mean:
                before, n = blocks.pop()
                mean, count = (mean * count + before * n) / (count + n), count + n
            blocks.append((mean, count))
        spread = [mean for mean, count in blocks for _ in range(count)]
        for i, o, mean in zip(layer, offsets, spread, strict=True):
            self.boxes[i].x = mean + o

    def _gap(self, i: int, j: int) -> float:
        return _GAP if "vertex" in (self.boxes[i].kind, self.boxes[j].kind) else 12.0


def _layers(vertices: Sequence[Vertex], edges: Sequence[Edge]) -> list[int]:
    """Operations one below the lowest of their arguments, inputs and constants right above what they are first used in."""
    into: list[list[int]] = [[] for _ in vertices]
    for e in edges:
        into[e.target].append(e.source)
    layer = [0] * len(vertices)
    for k, v in enumerate(vertices):
        if v.kind == "operation":
            layer[k] = 1 + max((layer[a] for a in into[k]), default=0)
    for k, v in enumerate(vertices):
        below = [layer[e.target] for e in edges if e.source == k]
        if v.kind != "operation" and below:
            layer[k] = min(below) - 1
    return layer
