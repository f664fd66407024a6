"""Figures without a window, that stand side by side where there is room and one below the other on a phone."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from html import escape
from io import BytesIO

from frechet.errors import MissingLibraryError

try:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
except ImportError as error:
    raise MissingLibraryError("the pictures of the lessons", "matplotlib", "lessons") from error

__all__ = ["COLOURS", "Figures", "grid", "panels"]

COLOURS = ("#1d4ed8", "#c2410c", "#15803d", "#7e22ce")
_SCREEN = 96  # pixels of an inch, as browsers count
_FINE = 2  # times as many in the picture, for fine screens


class Figures:
    """Pictures in a row that wraps."""

    def __init__(self, figures: Sequence[Figure]):
        self.figures = tuple(figures)

    def _repr_html_(self) -> str:
        least = (
            220 if len(self.figures) == 3 else 300
        )  # pixels: three fit into a row of a desk, four into two rows, a phone has one
        images = "".join(_image(figure, least) for figure in self.figures)
        return f'<div style="display: flex; flex-wrap: wrap; gap: 0.5em">{images}</div>'


def panels(count: int = 1, width: float = 3.4, height: float = 3.2) -> tuple[Figures, list[Axes]]:
    """Pictures of one size in inches, and the axes of each."""
    figures = [Figure(figsize=(width, height), layout="constrained") for _ in range(count)]
    return Figures(figures), [figure.subplots() for figure in figures]


def grid(rows: int, columns: int, width: float, height: float) -> tuple[Figures, list[Axes]]:
    """One picture with axes of one size in inches in rows and columns, and the axes row by row."""
    figure = Figure(figsize=(width * columns, height * rows), layout="constrained")
    return Figures([figure]), list(figure.subplots(rows, columns, squeeze=False).ravel())


def _image(figure: Figure, least: int) -> str:
    buffer = BytesIO()
    figure.savefig(buffer, format="png", dpi=_FINE * _SCREEN)
    data = base64.b64encode(buffer.getvalue()).decode()
    titles = [axis.get_title() or axis.get_xlabel() for axis in figure.axes]
    words = escape(", ".join(t for t in titles if t) or "picture", quote=True)
    width = round(figure.get_figwidth() * _SCREEN)
    style = f"flex: 1 1 {min(least, width)}px; min-width: 0; max-width: min({width}px, 100%); height: auto; align-self: start"
    return f'<img alt="{words}" style="{style}" src="data:image/png;base64,{data}">'
