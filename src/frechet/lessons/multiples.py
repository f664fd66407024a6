"""More pictures of the lessons: errors of differences, matrices as heat maps, small grey pictures, paths of descent, histograms."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from frechet import finite
from frechet.lessons.figures import COLOURS, Figures, grid, panels

__all__ = ["basins", "contours", "difference_errors", "heat_maps", "histograms", "small_pictures", "step_errors"]


def step_errors(curves: Mapping[str, tuple[np.ndarray, np.ndarray]], at: float | None = None) -> Figures:
    """Errors against the step, both logarithmic; a dotted line marks one step."""
    figure, (axis,) = panels(1, 5.4, 3.6)
    for style, colour, (label, (steps, errors)) in zip(("o-", "--", "--", "-"), COLOURS, curves.items(), strict=False):
        seen = errors > 0
        axis.loglog(steps[seen], errors[seen], style, color=colour, markersize=3, linewidth=1.2, label=label)
    if at is not None:
        axis.axvline(at, color="0.4", linestyle=":")
    axis.set_ylim(1e-17, 10)
    axis.set_xlabel("step h")
    axis.set_ylabel("error")
    axis.grid(alpha=0.3)
    axis.legend(fontsize=8)
    return figure


def difference_errors(titled: Mapping[str, tuple[Callable[[Any], Any], Any, Any, Any]]) -> Figures:
    """The errors of four schemes against the step, as `fr.finite.plot` draws them; a panel for (f, X, dX, the exact derivative)."""
    figure, axes = panels(len(titled), 5.4 if len(titled) == 1 else 4.4, 3.8)
    for axis, (title, (f, X, dX, exact)) in zip(axes, titled.items(), strict=True):
        finite.plot(f, X, dX, exact=exact, ax=axis)
        axis.set_title(title, fontsize=10)
        axis.legend(fontsize=7)
    return figure


def heat_maps(titled: Mapping[str, np.ndarray]) -> Figures:
    """The entries of matrices as colours: zero is white, the sign is the colour."""
    figure, axes = panels(len(titled), 3.0, 3.2)
    for axis, (title, M) in zip(axes, titled.items(), strict=True):
        top = float(np.abs(M).max()) or 1.0
        axis.imshow(M, cmap="PuOr", vmin=-top, vmax=top, interpolation="nearest")
        axis.set_title(title, fontsize=10)
        axis.set_xticks([])
        axis.set_yticks([])
    return figure


def small_pictures(
    images: Sequence[np.ndarray], titles: Sequence[str], columns: int = 8, signed: bool = False
) -> Figures:
    """Small grey pictures in rows; `signed` ones in two colours."""
    figure, axes = grid(-(-len(images) // columns), columns, 0.85, 1.1)
    for axis in axes:
        axis.axis("off")
    for axis, image, title in zip(axes, images, titles, strict=False):
        top = float(np.abs(image).max()) or 1.0
        axis.imshow(image, cmap="PuOr" if signed else "gray_r", vmin=-top if signed else 0, vmax=top)
        axis.set_title(title, fontsize=9)
    return figure


def contours(
    f: Callable[[np.ndarray], np.ndarray],
    titled: Mapping[str, Mapping[str, np.ndarray]],
    reach: float = 2.0,
    model: Callable[[np.ndarray], np.ndarray] | None = None,
) -> Figures:
    """Contour lines of f (of arrays whose first axis has x and y), of a model dashed, and paths: a panel a title."""
    figure, axes = panels(len(titled), 4.2 if len(titled) == 1 else 3.6, 3.8)
    places = np.array(np.meshgrid(np.linspace(-reach, reach, 121), np.linspace(-reach, reach, 121)))
    heights = f(places)
    levels = np.quantile(heights, np.linspace(0.0, 0.97, 14) ** 1.5)
    for axis, (title, paths) in zip(axes, titled.items(), strict=True):
        axis.contour(*places, heights, levels=np.unique(levels), colors="#9999", linewidths=0.8)
        if model is not None:
            axis.contour(
                *places, model(places), levels=np.unique(levels), colors=COLOURS[3], linewidths=0.8, linestyles="--"
            )
        for colour, (label, path) in zip(COLOURS, paths.items(), strict=False):
            axis.plot(*np.asarray(path).T, "o-", color=colour, markersize=4, linewidth=1.5, label=label)
        axis.set_xlim(-reach, reach)
        axis.set_ylim(-reach, reach)
        axis.set_aspect("equal")
        axis.set_title(title, fontsize=10)
        axis.legend(fontsize=8, loc="upper center", bbox_to_anchor=(0.5, -0.08), ncols=2, frameon=False)
    return figure


def histograms(
    titled: Mapping[str, tuple[np.ndarray, np.ndarray, np.ndarray]], xlabel: str, curve: str = "derived"
) -> Figures:
    """Samples as histograms, with the density that is derived: a panel for (samples, x, density at x)."""
    figure, axes = panels(len(titled), 5.4 if len(titled) == 1 else 3.2, 3.0)
    for axis, (title, (samples, x, density)) in zip(axes, titled.items(), strict=True):
        axis.hist(samples, bins=50, range=(x[0], x[-1]), density=True, color="0.8", label="simulated")
        axis.plot(x, density, color=COLOURS[0], label=curve)
        axis.set_xlabel(xlabel)
        axis.set_title(title, fontsize=10)
    axes[0].legend(fontsize=8)
    return figure


def basins(which: np.ndarray, rounds: np.ndarray, reach: float, title: str = "") -> Figures:
    """Which limit each start is led to, as a colour; the paler, the more rounds it took."""
    figure, (axis,) = panels(1, 4.2, 4.2)
    colours = np.array([[0.11, 0.31, 0.85], [0.76, 0.25, 0.05], [0.08, 0.50, 0.24], [0.5, 0.5, 0.5]])
    shade = np.clip(1 - 0.06 * rounds, 0.25, 1.0)[..., None]
    axis.imshow(1 - (1 - colours[which]) * shade, extent=(-reach, reach, -reach, reach), origin="lower")
    axis.set_title(title, fontsize=10)
    return figure
