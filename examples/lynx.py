"""Lynx and hares of the Hudson's Bay Company, 1900-1920: a predator-prey model fitted through its differential equation.

    python examples/lynx.py [--plot lynx.png] [--report lynx.txt]

    u' = (a - b*v)*u,  v' = (-c + d*u)*v,    log of the counts = log of the solution + noise

The eight parameters (rates, starts, one noise) are fitted by maximum likelihood: Gauss-Newton steps with the sensitivities of
`fr.odeint`, 95% intervals from the Hessian of the negative log-likelihood at the maximum, exact second derivatives through the
solver. Counts of pelts in thousands: Hewitt, The Conservation of the Wild Life of Canada (1921), in the table of Howard, Modeling
basics (2009). The Bayesian fit of Carpenter, Predator-prey population dynamics: the Lotka-Volterra model in Stan (2018), has the
posterior means a = 0.55, b = 0.028, c = 0.80, d = 0.024.
"""

from __future__ import annotations

import argparse

import numpy as np
from scipy.optimize import least_squares

import frechet as fr

__all__ = ["COUNTS", "NAMES", "PUBLISHED", "YEARS", "fitted", "main"]

YEARS = np.arange(1900, 1921)
HARES = [
    30,
    47.2,
    70.2,
    77.4,
    36.3,
    20.6,
    18.1,
    21.4,
    22,
    25.4,
    27.1,
    40.3,
    57,
    76.6,
    52.3,
    19.5,
    11.2,
    7.6,
    14.6,
    16.2,
    24.7,
]
LYNX = [4, 6.1, 9.8, 35.2, 59.4, 41.7, 19, 13, 8.3, 9.1, 7.4, 8, 12.3, 19.5, 45.7, 51.1, 29.7, 15.8, 9.7, 10.1, 8.6]
COUNTS = np.array([HARES, LYNX]).T
NAMES = ("a", "b", "c", "d", "hares 1900", "lynx 1900", "noise")
PUBLISHED = {"a": 0.55, "b": 0.028, "c": 0.80, "d": 0.024}
START = np.log([0.5, 0.03, 0.8, 0.02, 33.0, 6.0])


def model(t, y, p):
    """The rates of change of hares and lynx."""
    return np.array([(p[0] - p[1] * y[1]) * y[0], (-p[2] + p[3] * y[0]) * y[1]])


def residuals(q, years=YEARS, rtol=1e-9):
    """Log counts minus log solution; q are the logarithms of the rates and of the starts."""
    y = fr.odeint(model, np.exp(q[4:6]), years - 1900.0, np.exp(q[:4]), rtol=rtol)
    return np.log(COUNTS) - np.log(y)


def likelihood(q):
    """The negative log-likelihood; q[6] is the logarithm of the noise."""
    r = residuals(q[:6], rtol=1e-7)
    return np.sum(r**2) / (2 * np.exp(2 * q[6])) + r.size * q[6]


def fitted() -> tuple[np.ndarray, np.ndarray]:
    """The logarithms of the seven parameters at the maximum of the likelihood, and their covariance."""
    flat = lambda q: residuals(q).ravel()
    jacobian = fr.jacobian(lambda q: residuals(q).ravel())
    found = least_squares(flat, START, jac=jacobian, xtol=1e-12, ftol=1e-12)
    q = np.append(found.x, np.log(np.sqrt(2 * found.cost / COUNTS.size)))
    return q, np.linalg.inv(fr.hessian(likelihood)(q))


def main(arguments: list[str] | None = None) -> dict[str, tuple[float, float, float]]:
    """Prints a report; returns (estimate, lower, upper) of each parameter."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--plot", default="lynx.png", help="where to draw counts and fit")
    parser.add_argument("--report", default="lynx.txt", help="where to write the report")
    options = parser.parse_args(arguments)
    q, covariance = fitted()
    width = 1.96 * np.sqrt(np.diag(covariance))
    table = {n: tuple(map(float, np.exp([a, a - w, a + w]))) for n, a, w in zip(NAMES, q, width, strict=True)}
    lines = ["               estimate   95% interval          published"]
    for name, (value, low, high) in table.items():
        known = f"{PUBLISHED[name]:g}" if name in PUBLISHED else ""
        lines.append(f"{name:12s} {value:10.4f}   {low:8.4f} to {high:8.4f}   {known}")
    slope = fr.gradient(likelihood)(q)
    lines.append(f"gradient of the negative log-likelihood at the maximum: {np.abs(slope).max():.1e}")
    direction = np.ones(7)
    differences = (likelihood(q + 0.1 + 1e-4 * direction) - likelihood(q + 0.1 - 1e-4 * direction)) / 2e-4
    lines.append(
        f"beside it, along a direction: {fr.gradient(likelihood)(q + 0.1) @ direction:.6f}, by differences {differences:.6f}"
    )
    print("\n".join(lines))
    if options.report:
        with open(options.report, "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
    if options.plot:
        draw(q, covariance, options.plot)
    return table


def draw(q: np.ndarray, covariance: np.ndarray, path: str) -> None:
    """Counts, the fit, and fits drawn from the normal approximation."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    fig, ax = plt.subplots(figsize=(8, 4))
    t = np.linspace(0, 20, 201)
    solution = lambda q: fr.odeint(model, np.exp(q[4:6]), t, np.exp(q[:4]), rtol=1e-6)
    for sample in np.random.default_rng(0).multivariate_normal(q, covariance, 20):
        ax.plot(1900 + t, solution(sample)[:, 0], color="C0", alpha=0.1)
        ax.plot(1900 + t, solution(sample)[:, 1], color="C1", alpha=0.1)
    for k, name in enumerate(("hares", "lynx")):
        ax.plot(1900 + t, solution(q)[:, k], color=f"C{k}", label=name)
        ax.plot(YEARS, COUNTS[:, k], "o", color=f"C{k}")
    ax.set_xticks(YEARS[::4])
    ax.set_ylabel("pelts in thousands")
    ax.legend()
    fig.savefig(path, bbox_inches="tight", dpi=120)


if __name__ == "__main__":
    main()
