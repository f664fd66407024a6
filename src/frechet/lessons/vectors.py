"""Vectors of the plane that one drags: the columns of a matrix, or a direction."""

from __future__ import annotations

from typing import Any

import numpy as np

from frechet.errors import MissingLibraryError

try:
    import anywidget
    import traitlets
except ImportError as error:
    raise MissingLibraryError("a vector to drag", str(error.name), "lessons") from error

__all__ = ["Vectors"]

# Pointer and keyboard (arrow keys, a tenth of a unit) move the tips; the model hears of it as it happens.
_CODE = """
function render({ model, el }) {
  const size = 260, reach = model.get("reach"), colours = ["#1d4ed8", "#c2410c", "#15803d", "#7e22ce"];
  const at = v => [size / 2 + v[0] / reach * size / 2, size / 2 - v[1] / reach * size / 2];
  const make = (name, attributes, parent) => {
    const node = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const key in attributes) node.setAttribute(key, attributes[key]);
    parent.appendChild(node);
    return node;
  };
  const svg = make("svg", { viewBox: `0 0 ${size} ${size}`, width: size, height: size, style: "touch-action:none;max-width:100%" }, el);
  for (let k = -Math.floor(reach); k <= reach; k++) {
    const [x, y] = at([k, k]), weight = k === 0 ? 1.2 : 0.4;
    make("line", { x1: x, y1: 0, x2: x, y2: size, stroke: "#8888", "stroke-width": weight }, svg);
    make("line", { x1: 0, y1: y, x2: size, y2: y, stroke: "#8888", "stroke-width": weight }, svg);
  }
  const set = (i, x, y) => {
    const clip = t => Math.round(Math.max(-reach, Math.min(reach, t)) * 20) / 20;
    const next = model.get("vectors").map(v => [...v]);
    next[i] = [clip(x), clip(y)];
    model.set("vectors", next);
    model.save_changes();
  };
  const arrows = model.get("names").map((name, i) => {
    const colour = colours[i % colours.length];
    const line = make("line", { stroke: colour, "stroke-width": 3 }, svg);
    const tip = make("circle", { r: 8, fill: colour, tabindex: 0, role: "slider", style: "cursor:grab" }, svg);
    const label = make("text", { fill: colour, "font-size": 15, "font-style": "italic" }, svg);
    label.textContent = name;
    const move = event => {
      const box = svg.getBoundingClientRect();
      set(i, ((event.clientX - box.left) / box.width * 2 - 1) * reach, (1 - (event.clientY - box.top) / box.height * 2) * reach);
    };
    tip.addEventListener("pointerdown", event => {
      tip.setPointerCapture(event.pointerId);
      tip.addEventListener("pointermove", move);
      tip.addEventListener("pointerup", () => tip.removeEventListener("pointermove", move), { once: true });
    });
    tip.addEventListener("keydown", event => {
      const step = { ArrowLeft: [-0.1, 0], ArrowRight: [0.1, 0], ArrowUp: [0, 0.1], ArrowDown: [0, -0.1] }[event.key];
      if (!step) return;
      event.preventDefault();
      const v = model.get("vectors")[i];
      set(i, v[0] + step[0], v[1] + step[1]);
    });
    return { line, tip, label };
  });
  const draw = () => model.get("vectors").forEach((v, i) => {
    const [x, y] = at(v), { line, tip, label } = arrows[i], name = model.get("names")[i];
    for (const [key, value] of Object.entries({ x1: size / 2, y1: size / 2, x2: x, y2: y })) line.setAttribute(key, value);
    tip.setAttribute("cx", x); tip.setAttribute("cy", y);
    tip.setAttribute("aria-label", `${name} = (${v[0]}, ${v[1]})`);
    tip.setAttribute("aria-valuenow", v[0]); tip.setAttribute("aria-valuetext", `${v[0]}, ${v[1]}`);
    label.setAttribute("x", Math.min(size - 14, Math.max(4, x + 10))); label.setAttribute("y", Math.min(size - 4, Math.max(14, y - 10)));
  });
  model.on("change:vectors", draw);
  draw();
}
export default { render };
"""


class Vectors(anywidget.AnyWidget):
    """Vectors to drag, or to move with the arrow keys. `matrix` has them as its columns.

    names    a label for each
    vectors  [[x, y], ...], at the start and now
    reach    how far the picture goes from the origin
    """

    _esm = _CODE
    names = traitlets.List(traitlets.Unicode()).tag(sync=True)
    vectors: traitlets.List[list[float]] = traitlets.List().tag(sync=True)
    reach = traitlets.Float(2.0).tag(sync=True)

    def __init__(self, reach: float = 2.0, **vectors: Any):
        super().__init__(
            names=list(vectors), vectors=[list(map(float, v)) for v in vectors.values()], reach=float(reach)
        )

    @property
    def matrix(self) -> np.ndarray:
        return np.array(self.vectors, float).T
