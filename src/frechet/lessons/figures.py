"""Figures without a window, that stand side by side where there is room and one below the other on a phone."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from html import escape
from io import BytesIO

from matplotlib.axes import Axes
from matplotlib.figure import Figure

__all__ = ["COLOURS", "Figures", "panels"]

COLOURS = ("#1d4ed8", "#c2410c", "#15803d", "#7e22ce")
_SCREEN = 96  # pixels of an inch, as browsers count
_FINE = 2  # times as many in the picture, for fine screens


class Figures:
    """Pictures in a row that wraps."""

    def __init__(self, figures: Sequence[Figure]):
        self.figures = tuple(figures)

    def _repr_html_(self) -> str:
        images = "".join(_image(figure) for figure in self.figures)
        return f'<div style="display: flex; flex-wrap: wrap; gap: 0.5em">{images}</div>'


def panels(count: int = 1, width: float = 3.4, height: float = 3.2) -> tuple[Figures, list[Axes]]:
    """Pictures of one size in inches, and the axes of each."""
    figures = [Figure(figsize=(width, height), layout="constrained") for _ in range(count)]
    return Figures(figures), [figure.subplots() for figure in figures]


def _image(figure: Figure) -> str:
    buffer = BytesIO()
    figure.savefig(buffer, format="png", dpi=_FINE * _SCREEN)
    data = base64.b64encode(buffer.getvalue()).decode()
    titles = [axis.get_title() or axis.get_xlabel() for axis in figure.axes]
    words = escape(", ".join(t for t in titles if t) or "picture", quote=True)
    width = round(figure.get_figwidth() * _SCREEN)
    return f'<img alt="{words}" style="max-width: 100%; width: {width}px; height: auto" src="data:image/png;base64,{data}">'
