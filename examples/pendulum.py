"""A double pendulum: how its end state depends on start, lengths and masses, forward and by the adjoint.

    python examples/pendulum.py [--time 2.0] [--plot pendulum.png] [--report pendulum.txt]

The motion is chaotic: sensitivities grow by a factor e in every fraction of a second, which makes it a hard test. `fr.odeint` gives
the Jacobian of the end state by nine parameters in one forward sweep each (sensitivities), and by four reverse sweeps (discrete
adjoint). Reference: the variational equations with complex-step derivatives of the right-hand side, which use no rule of this
package, integrated to 1e-13.
"""

from __future__ import annotations

import argparse
from time import perf_counter

import numpy as np
from scipy.integrate import solve_ivp

import frechet as fr

__all__ = ["NAMES", "PARAMETERS", "end_state", "main", "reference"]

NAMES = ("angle 1", "angle 2", "speed 1", "speed 2", "length 1", "length 2", "mass 1", "mass 2", "gravity")
PARAMETERS = np.array([2.0, 2.5, 0.0, 0.3, 1.0, 0.8, 1.0, 0.7, 9.81])


def motion(t, y, p):
    """Angles and angular speeds of two point masses on rigid rods."""
    a, b, u, v = y[0], y[1], y[2], y[3]
    l1, l2, m1, m2, g = p[0], p[1], p[2], p[3], p[4]
    s, c, total = np.sin(a - b), np.cos(a - b), m1 + m2
    bottom = m1 + m2 * s * s
    du = (m2 * g * np.sin(b) * c - m2 * s * (l1 * u * u * c + l2 * v * v) - total * g * np.sin(a)) / (l1 * bottom)
    dv = (total * (l1 * u * u * s - g * np.sin(b) + g * np.sin(a) * c) + m2 * l2 * v * v * s * c) / (l2 * bottom)
    return np.array([u, v, du, dv])


def end_state(p, time=2.0):
    """Angles and speeds at the end; the first four parameters are the start."""
    return fr.odeint(motion, p[:4], [0.0, time], p[4:], rtol=1e-13, atol=1e-14)[-1]


def reference(time: float) -> np.ndarray:
    """The Jacobian by the variational equations S' = f_y*S + f_p, with complex steps."""
    h = 1e-30

    def columns(y):
        units = np.eye(9)
        state = np.concatenate([y, PARAMETERS[4:]])
        moved = [motion(0, (state + 1j * h * e)[:4], (state + 1j * h * e)[4:]).imag / h for e in units]
        return np.array(moved).T

    def rates(t, s):
        y, S = s[:4], s[4:].reshape(4, 9)
        J = columns(y)
        return np.concatenate(
            [motion(t, y, PARAMETERS[4:]), (J[:, :4] @ S + np.hstack([np.zeros((4, 4)), J[:, 4:]])).ravel()]
        )

    start = np.concatenate([PARAMETERS[:4], np.eye(4, 9).ravel()])
    return solve_ivp(rates, (0, time), start, "DOP853", rtol=3e-14, atol=1e-14).y[4:, -1].reshape(4, 9)


def main(arguments: list[str] | None = None) -> tuple[float, float]:
    """Prints a report; returns the largest relative errors, forward and adjoint."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--time", type=float, default=2.0)
    parser.add_argument("--plot", default="pendulum.png", help="where to draw the sensitivities")
    parser.add_argument("--report", default="pendulum.txt", help="where to write the report")
    options = parser.parse_args(arguments)
    L = fr.linearize(lambda p: end_state(p, options.time), PARAMETERS)
    start = perf_counter()
    forward = np.stack([L(e) for e in np.eye(9)], axis=1)
    middle = perf_counter()
    adjoint = np.stack([L.T(e) for e in np.eye(4)])
    end = perf_counter()
    expected = reference(options.time)
    errors = [float(np.abs(J - expected).max() / np.abs(expected).max()) for J in (forward, adjoint)]
    lines = [f"end state after {options.time:g} s: {np.array2string(L.value, precision=10)}", "d(angle 1)/d ..."]
    lines += [
        f"  {name:10s} {v:16.9f}   reference {r:16.9f}"
        for name, v, r in zip(NAMES, adjoint[0], expected[0], strict=True)
    ]
    lines.append(f"forward: {1e3 * (middle - start):.0f} ms, off by {errors[0]:.1e} of the largest")
    lines.append(f"adjoint: {1e3 * (end - middle):.0f} ms, off by {errors[1]:.1e} of the largest")
    print("\n".join(lines))
    if options.report:
        with open(options.report, "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
    if options.plot:
        draw(options.time, options.plot)
    return errors[0], errors[1]


def draw(time: float, path: str) -> None:
    """The growth of the sensitivities of the first angle over time."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    times = np.linspace(0, time, 41)
    states = lambda p: fr.odeint(motion, p[:4], times, p[4:], rtol=1e-9)
    L = fr.linearize(states, PARAMETERS)
    fig, (above, below) = plt.subplots(2, 1, figsize=(8, 6), sharex=True)
    above.plot(times, L.value[:, :2], label=["angle 1", "angle 2"])
    above.legend()
    for k, name in enumerate(NAMES):
        below.semilogy(times[1:], np.abs(L(np.eye(9)[k])[1:, 0]) + 1e-6, label=name)
    below.set_ylabel("|d(angle 1)/d ...|")
    below.set_xlabel("seconds")
    below.legend(fontsize=7, ncol=3)
    fig.savefig(path, bbox_inches="tight", dpi=120)


if __name__ == "__main__":
    main()
