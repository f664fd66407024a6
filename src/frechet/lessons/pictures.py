"""The pictures of the lessons: what a linear map does to the circle, how well a tangent fits, how fast remainders vanish."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from frechet.lessons.figures import COLOURS, Figures, panels

__all__ = [
    "bars",
    "beam",
    "branches",
    "convergence",
    "image_of_circle",
    "lines",
    "on_circle",
    "parallelogram",
    "plane_map",
    "remainders",
    "tangent",
]

_ANGLES = np.linspace(0, 2 * np.pi, 181)
_CIRCLE = np.array([np.cos(_ANGLES), np.sin(_ANGLES)])


def image_of_circle(titled: Mapping[str, Mapping[str, np.ndarray]]) -> Figures:
    """A panel a title; in it the image of the unit circle, and of the two axes, under each 2×2 matrix by its label."""
    figure, axes = panels(len(titled))
    for axis, (title, maps) in zip(axes, titled.items(), strict=True):
        axis.plot(*_CIRCLE, color="#9999", linewidth=1)
        for colour, (label, A) in zip(COLOURS, maps.items(), strict=False):
            axis.plot(*(A @ _CIRCLE), color=colour, linewidth=2, label=label)
            for column in A.T:
                axis.plot([0, column[0]], [0, column[1]], color=colour, linewidth=1)
        axis.set_aspect("equal")
        axis.set_title(title, fontsize=10)
        axis.grid(alpha=0.3)
        axis.legend(fontsize=8, loc="upper center", bbox_to_anchor=(0.5, -0.08), ncols=2, frameon=False)
    return figure


def tangent(f: Callable[[float], float], slope: float, x0: float, dx: float, reach: float = 2.0) -> Figures:
    """The graph of f, its tangent at x0, and at x0 + dx what the tangent misses."""
    figure, (axis,) = panels(1, 5.4, 3.4)
    x = np.linspace(x0 - reach, x0 + reach, 200)
    axis.plot(x, [f(t) for t in x], color=COLOURS[0], label="f")
    axis.plot(x, f(x0) + slope * (x - x0), color=COLOURS[1], label="f(x) + f′(x) dx")
    axis.plot([x0 + dx] * 2, [f(x0) + slope * dx, f(x0 + dx)], color=COLOURS[2], linewidth=3, label="what is missing")
    axis.plot([x0], [f(x0)], "o", color="black")
    axis.grid(alpha=0.3)
    axis.legend(fontsize=9)
    return figure


def remainders(curves: Mapping[str, tuple[np.ndarray, np.ndarray]], xlabel: str = "size of the step") -> Figures:
    """Remainders against the size of the step, both logarithmic: the slope of a line is the order of what is left."""
    figure, (axis,) = panels(1, 5.4, 3.4)
    for colour, (label, (steps, sizes)) in zip(COLOURS, curves.items(), strict=False):
        seen = sizes > 0
        axis.loglog(steps[seen], sizes[seen], "o-", color=colour, markersize=4, label=label)
    axis.set_xlabel(xlabel)
    axis.grid(alpha=0.3, which="both")
    axis.legend(fontsize=9)
    return figure


def convergence(curves: Mapping[str, np.ndarray], xlabel: str = "round") -> Figures:
    """Errors, logarithmic, against the number of the round: a curve that bends down doubles its digits in each."""
    figure, (axis,) = panels(1, 5.4, 3.4)
    for colour, (label, sizes) in zip(COLOURS, curves.items(), strict=False):
        rounds = np.arange(len(sizes))
        seen = sizes > 0
        axis.semilogy(rounds[seen], sizes[seen], "o-", color=colour, markersize=4, label=label)
    last = max(map(len, curves.values()))
    axis.set_xticks(range(0, last, 1 + last // 10))
    axis.set_xlabel(xlabel)
    axis.grid(alpha=0.3, which="both")
    axis.legend(fontsize=9)
    return figure


def bars(numbers: Mapping[str, float], title: str) -> Figures:
    """A bar a number, with the number beside it."""
    figure, (axis,) = panels(1, 5.4, 0.6 + 0.5 * len(numbers))
    drawn = axis.barh(list(numbers), list(numbers.values()), color=COLOURS[: len(numbers)])
    axis.bar_label(drawn, [f"{value:,.0f}" for value in numbers.values()], padding=4, fontsize=9)
    axis.invert_yaxis()
    axis.margins(x=0.2)
    axis.set_title(title, fontsize=10)
    return figure


def parallelogram(X: np.ndarray, gradient: np.ndarray | None = None, title: str = "") -> Figures:
    """The parallelogram of the columns of a 2×2 matrix, in another colour where it is turned over; at their tips, dashed, the columns of a gradient."""
    gradient = np.zeros((2, 2)) if gradient is None else gradient
    figure, (axis,) = panels(1, 3.2, 3.2)
    corners = np.array([[0, 0], X[:, 0], X.sum(1), X[:, 1]])
    axis.fill(*corners.T, alpha=0.2, color=COLOURS[2 if np.linalg.det(X) >= 0 else 1])
    for colour, column, slope in zip(COLOURS, X.T, gradient.T, strict=False):
        axis.annotate("", column, (0, 0), arrowprops={"arrowstyle": "->", "color": colour, "linewidth": 2})
        axis.annotate(
            "", column + slope / 2, column, arrowprops={"arrowstyle": "->", "color": colour, "linestyle": "--"}
        )
    reach = 1.2 * max(1.0, abs(corners).max(), abs(X + gradient / 2).max())
    axis.set_xlim(-reach, reach)
    axis.set_ylim(-reach, reach)
    axis.set_aspect("equal")
    axis.set_title(title, fontsize=10)
    axis.grid(alpha=0.3)
    return figure


def plane_map(f: Callable[[np.ndarray], np.ndarray], J: np.ndarray, at: np.ndarray, side: float = 0.2) -> Figures:
    """A grid of the plane and its image under f; a small square, its true image, and the parallelogram of the Jacobian J."""
    figure, (before, after) = panels(2)
    along = np.linspace(-1, 1, 60)
    for level in np.linspace(-1, 1, 11):
        for line in (np.array([along, np.full(60, level)]), np.array([np.full(60, level), along])):
            before.plot(*line, color="#9998", linewidth=0.8)
            after.plot(*f(line), color="#9998", linewidth=0.8)
    edge = np.linspace(0, side, 15)
    flat, high = np.zeros(15), np.full(15, side)
    square = np.hstack([[edge, flat], [high, edge], [edge[::-1], high], [flat, edge[::-1]]])
    before.fill(*(at[:, None] + square), color=COLOURS[0])
    after.fill(*f(at[:, None] + square), color=COLOURS[0], alpha=0.6, label="true image")
    after.plot(*(f(at)[:, None] + J @ square), color=COLOURS[1], linewidth=2, label="by the Jacobian")
    after.legend(fontsize=8, loc="upper center", bbox_to_anchor=(0.5, -0.08), ncols=2, frameon=False)
    for axis in (before, after):
        axis.set_aspect("equal")
    return figure


def lines(x: np.ndarray, curves: Mapping[str, np.ndarray], xlabel: str) -> Figures:
    """Curves over one axis."""
    figure, (axis,) = panels(1, 5.4, 3.0)
    for colour, (label, y) in zip(COLOURS, curves.items(), strict=False):
        axis.plot(x, y, color=colour, label=label)
    axis.set_xlabel(xlabel)
    axis.grid(alpha=0.3)
    axis.legend(fontsize=9)
    return figure


def branches(x: np.ndarray, titled: Mapping[str, Mapping[str, np.ndarray]]) -> Figures:
    """A panel a title; in each the same curves, in the same colours."""
    figure, axes = panels(len(titled))
    for axis, (title, curves) in zip(axes, titled.items(), strict=True):
        for colour, (label, y) in zip(COLOURS, curves.items(), strict=False):
            axis.plot(x, y, color=colour, label=label)
        axis.set_ylim(-3, 4)
        axis.set_title(title, fontsize=10)
        axis.grid(alpha=0.3)
    axes[0].legend(fontsize=8)
    return figure


def on_circle(angle: float, step: float) -> Figures:
    """A point of the unit circle, its tangent, a step along it, and the way back to the circle."""
    figure, (axis,) = panels(1, 3.4, 3.4)
    point, along = np.array([np.cos(angle), np.sin(angle)]), np.array([-np.sin(angle), np.cos(angle)])
    moved = point + step * along
    axis.plot(*_CIRCLE, color=COLOURS[0])
    axis.plot(*np.array([point - 1.2 * along, point + 1.2 * along]).T, color="#9998")
    axis.annotate("", tuple(moved), tuple(point), arrowprops={"arrowstyle": "->", "color": COLOURS[1], "linewidth": 2})
    axis.plot(*np.array([moved, moved / np.linalg.norm(moved)]).T, "--", color=COLOURS[2])
    axis.plot(*point, "o", color="black")
    axis.set_xlim(-1.8, 1.8)
    axis.set_ylim(-1.8, 1.8)
    axis.set_aspect("equal")
    axis.grid(alpha=0.3)
    return figure


def beam(heights: np.ndarray) -> Figures:
    """A cantilever from the side: its elements with their heights, the wall at the left, the load at the right."""
    figure, (axis,) = panels(1, 6.4, 2.2)
    edges = np.arange(len(heights))
    axis.bar(edges + 0.5, heights, width=1.0, bottom=-heights / 2, color=COLOURS[0])
    axis.plot([0, 0], [-1.6, 1.6], color="black", linewidth=4)
    axis.annotate("load", (len(heights), -1.4), (len(heights), 1.2), ha="center", arrowprops={"arrowstyle": "->"})
    axis.set_xlim(-1, len(heights) + 2)
    axis.set_ylim(-1.7, 1.7)
    axis.axis("off")
    return figure
