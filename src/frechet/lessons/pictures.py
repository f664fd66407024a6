"""The pictures of the lessons: what a linear map does to the circle, how well a tangent fits, how fast remainders vanish."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from matplotlib.figure import Figure

__all__ = ["image_of_circle", "remainders", "tangent"]

_ANGLES = np.linspace(0, 2 * np.pi, 181)
_CIRCLE = np.array([np.cos(_ANGLES), np.sin(_ANGLES)])
_COLOURS = ("#1d4ed8", "#c2410c", "#15803d", "#7e22ce")


def _figure(columns: int = 1, width: float = 3.4, height: float = 3.2) -> tuple[Figure, np.ndarray]:
    figure = Figure(figsize=(width * columns, height), layout="constrained")
    return figure, np.atleast_1d(figure.subplots(1, columns))


def image_of_circle(panels: Mapping[str, Mapping[str, np.ndarray]]) -> Figure:
    """A panel a title; in it the image of the unit circle, and of the two axes, under each 2×2 matrix by its label."""
    figure, axes = _figure(len(panels))
    for axis, (title, maps) in zip(axes, panels.items(), strict=True):
        axis.plot(*_CIRCLE, color="#9999", linewidth=1)
        for colour, (label, A) in zip(_COLOURS, maps.items(), strict=False):
            axis.plot(*(A @ _CIRCLE), color=colour, linewidth=2, label=label)
            for column in A.T:
                axis.plot([0, column[0]], [0, column[1]], color=colour, linewidth=1)
        axis.set_aspect("equal")
        axis.set_title(title, fontsize=10)
        axis.grid(alpha=0.3)
        axis.legend(fontsize=8, loc="upper center", bbox_to_anchor=(0.5, -0.08), ncols=2, frameon=False)
    return figure


def tangent(f: Callable[[float], float], slope: float, x0: float, dx: float, reach: float = 2.0) -> Figure:
    """The graph of f, its tangent at x0, and at x0 + dx what the tangent misses."""
    figure, (axis,) = _figure(1, 5.4, 3.4)
    x = np.linspace(x0 - reach, x0 + reach, 200)
    axis.plot(x, [f(t) for t in x], color=_COLOURS[0], label="f")
    axis.plot(x, f(x0) + slope * (x - x0), color=_COLOURS[1], label="f(x) + f′(x) dx")
    axis.plot([x0 + dx] * 2, [f(x0) + slope * dx, f(x0 + dx)], color=_COLOURS[2], linewidth=3, label="what is missing")
    axis.plot([x0], [f(x0)], "o", color="black")
    axis.grid(alpha=0.3)
    axis.legend(fontsize=9)
    return figure


def remainders(curves: Mapping[str, tuple[np.ndarray, np.ndarray]], xlabel: str = "size of the step") -> Figure:
    """Remainders against the size of the step, both logarithmic: the slope of a line is the order of what is left."""
    figure, (axis,) = _figure(1, 5.4, 3.4)
    for colour, (label, (steps, sizes)) in zip(_COLOURS, curves.items(), strict=False):
        seen = sizes > 0
        axis.loglog(steps[seen], sizes[seen], "o-", color=colour, markersize=4, label=label)
    axis.set_xlabel(xlabel)
    axis.grid(alpha=0.3, which="both")
    axis.legend(fontsize=9)
    return figure
