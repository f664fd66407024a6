"""The stiffest beam of a given volume: topology optimization with the adjoint gradient of a sparse plane-stress model.

    python examples/beam.py [--width 240] [--height 80] [--steps 60] [--plot beam.png] [--report beam.txt]

A cantilever, clamped on the left, carries a load at the middle of its right end. Each of the width*height square elements has a
density r between 0 and 1 and the stiffness 1e-6 + r^3 (Bendsoe's penalization); densities are smoothed over their neighbours.
The displacement u solves K(r)*u = f, a sparse system of some tens of thousands of unknowns, and the compliance is f'*u.

    minimize f'*u(r)   with   K(r)*u = f,   mean(r) = 0.4

`fr.implicit.linear` sees that the compliance is self-adjoint: its gradient needs no second solve. The update is the
optimality-criteria method of Sigmund, A 99 line topology optimization code (Struct. Multidisc. Optim. 21, 2001); the gradient is
compared with differences at the start.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from time import perf_counter

import numpy as np

import frechet as fr

__all__ = ["Beam", "main", "optimized"]

VOLUME, PENALTY, SOFT, MOVE = 0.4, 3.0, 1e-6, 0.2


class Beam:
    """The model: displacements as a function of the densities of the elements."""

    def __init__(self, width: int, height: int, radius: float = 2.0) -> None:
        self.width, self.height, self.count = width, height, width * height
        self.dofs, free = _degrees_of_freedom(width, height)
        self.free = free
        position = np.full(2 * (width + 1) * (height + 1), -1)
        position[free] = np.arange(len(free))
        rows, cols = np.repeat(self.dofs, 8, axis=1).ravel(), np.tile(self.dofs, (1, 8)).ravel()
        kept = (position[rows] >= 0) & (position[cols] >= 0)
        self.kept, self.places = np.flatnonzero(kept), (position[rows[kept]], position[cols[kept]])
        self.element = _element_stiffness()
        self.load = np.zeros(len(free))
        self.load[position[2 * (width * (height + 1) + height // 2) + 1]] = -1.0
        self.filter = _smoothing(width, height, radius)
        self.displacement = fr.implicit.linear(self.stiffness, self.load)

    def stiffness(self, r: np.ndarray):
        """K(r), assembled from the elements."""
        moduli = SOFT + r**PENALTY
        entries = (moduli[:, None] * self.element.ravel()[None, :]).reshape(-1)
        return fr.implicit.sparse(entries[self.kept], self.places, (len(self.load), len(self.load)))

    def compliance(self, x: np.ndarray):
        """f'*u of the smoothed densities."""
        return self.load @ self.displacement(self.filter @ x)


def _degrees_of_freedom(width: int, height: int) -> tuple[np.ndarray, np.ndarray]:
    """Those of each element, its corners counterclockwise from below left, and those that are not clamped."""
    node = np.arange((width + 1) * (height + 1)).reshape(width + 1, height + 1)
    corners = [node[:-1, :-1], node[1:, :-1], node[1:, 1:], node[:-1, 1:]]
    dofs = np.stack([2 * c.ravel() + k for c in corners for k in (0, 1)], axis=1)
    return dofs, np.arange(2 * (height + 1), 2 * node.size)


def _element_stiffness(poisson: float = 0.3) -> np.ndarray:
    """The 8×8 stiffness of a square in plane stress, of unit modulus, by two Gauss points in each direction."""
    D = np.array([[1, poisson, 0], [poisson, 1, 0], [0, 0, (1 - poisson) / 2]]) / (1 - poisson**2)
    K = np.zeros((8, 8))
    signs = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])
    for s, t in np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) / 3**0.5:
        slopes = (
            np.stack([signs[:, 0] * (1 + t * signs[:, 1]), signs[:, 1] * (1 + s * signs[:, 0])]) / 2
        )  # sides of length 1
        B = np.zeros((3, 8))
        B[0, ::2], B[1, 1::2] = slopes
        B[2, ::2], B[2, 1::2] = slopes[1], slopes[0]
        K += B.T @ D @ B / 4
    return K


def _smoothing(width: int, height: int, radius: float):
    """Weights that fall linearly with the distance, of sum 1 in each row."""
    reach = int(np.ceil(radius)) - 1
    i, j = np.divmod(np.arange(width * height), height)
    rows, cols, weights = [], [], []
    for di in range(-reach, reach + 1):
        for dj in range(-reach, reach + 1):
            weight = radius - np.hypot(di, dj)
            inside = (i + di >= 0) & (i + di < width) & (j + dj >= 0) & (j + dj < height)
            if weight > 0:
                rows.append(np.flatnonzero(inside))
                cols.append(((i + di) * height + j + dj)[inside])
                weights.append(np.full(inside.sum(), weight))
    rows, cols, weights = map(np.concatenate, (rows, cols, weights))
    totals = np.bincount(rows, weights)
    return fr.implicit.sparse(weights / totals[rows], (rows, cols), (width * height, width * height))


def optimized(beam: Beam, steps: int, say: Callable[[str], None] = print) -> tuple[np.ndarray, list[float]]:
    """The densities after some steps, and the compliance at each."""
    x, curve = np.full(beam.count, VOLUME), []
    value_and_gradient = fr.value_and_gradient(beam.compliance)
    for step in range(steps):
        value, slope = value_and_gradient(x)
        curve.append(float(value))
        low, high = 0.0, 1e9
        while high - low > 1e-6 * (high + low):
            multiplier = (low + high) / 2
            new = np.clip(
                x * np.sqrt(np.maximum(-slope, 0) / multiplier), np.maximum(x - MOVE, 0), np.minimum(x + MOVE, 1)
            )
            low, high = (multiplier, high) if new.mean() > VOLUME else (low, multiplier)
        change, x = np.abs(new - x).max(), new
        if step % 10 == 0 or step == steps - 1:
            say(f"step {step:3d}  compliance {value:10.4f}  largest change {change:.2f}")
        if change < 0.01:
            break
    return x, curve


def main(arguments: list[str] | None = None) -> tuple[float, float]:
    """Prints a report; returns the first and the last compliance."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--width", type=int, default=240)
    parser.add_argument("--height", type=int, default=80)
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--plot", default="beam.png", help="where to draw the design")
    parser.add_argument("--report", default="beam.txt", help="where to write the report")
    options = parser.parse_args(arguments)
    lines: list[str] = []

    def say(line: str) -> None:
        lines.append(line)
        print(line, flush=True)

    beam = Beam(options.width, options.height)
    say(f"{beam.count} elements, {len(beam.load)} displacements, {len(beam.kept)} entries of element matrices")
    _check(beam, say)
    _time(beam, say)
    x, curve = optimized(beam, options.steps, say)
    say(str(beam.displacement.certificate))
    say(f"compliance {curve[0]:.4f} of the uniform beam, {curve[-1]:.4f} of the design, at {VOLUME:.0%} of the volume")
    if options.report:
        with open(options.report, "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
    if options.plot:
        draw(beam, x, options.plot)
    return curve[0], curve[-1]


def _check(beam: Beam, say: Callable[[str], None]) -> None:
    """The gradient along a direction against a central difference."""
    rng = np.random.default_rng(0)
    x, d = rng.uniform(0.3, 0.5, beam.count), rng.standard_normal(beam.count)
    h = 1e-4
    slope = fr.gradient(beam.compliance)(x) @ d
    difference = (beam.compliance(x + h * d) - beam.compliance(x - h * d)) / (2 * h)
    say(f"gradient along a direction {slope:.8f}, by differences {difference:.8f}")


def _time(beam: Beam, say: Callable[[str], None]) -> None:
    """The gradient in forward solves: assembly, factorization and solution of fresh densities each."""
    rng, forward, both = np.random.default_rng(1), [], []
    for _ in range(3):
        for function, times in ((beam.compliance, forward), (fr.value_and_gradient(beam.compliance), both)):
            x = rng.uniform(0.3, 0.5, beam.count)
            start = perf_counter()
            function(x)
            times.append(perf_counter() - start)
    say(f"value and gradient: {min(both) / min(forward):.2f} forward solves ({1e3 * min(forward):.0f} ms each)")


def draw(beam: Beam, x: np.ndarray, path: str) -> None:
    """The smoothed densities, black where there is material."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    picture = (beam.filter @ x).reshape(beam.width, beam.height).T
    fig, ax = plt.subplots(figsize=(9, 9 * beam.height / beam.width))
    ax.imshow(picture, cmap="gray_r", origin="lower", vmin=0, vmax=1, interpolation="bilinear")
    ax.set_axis_off()
    fig.savefig(path, bbox_inches="tight", dpi=120)


if __name__ == "__main__":
    main()
