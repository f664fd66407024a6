"""A regulator that is differentiated through its Riccati equation: weights found from a flight that is to be imitated.

    python examples/regulator.py [--plot regulator.png] [--report regulator.txt]

The linear-quadratic regulator u = -K*x of the longitudinal motion of a Boeing 747 (Bryson, Control of Spacecraft and Aircraft, 1994;
speed, climb, pitch rate, pitch; throttle and elevator) has the gain K = inv(R)*B'*X with

    A'*X + X*A - X*B*inv(R)*B'*X + Q = 0.

A pilot has flown with weights Q and R that we do not know. From the gain we recover them: minimize |K(q, r) - K*|^2 over the
logarithms of the diagonal weights. `fr.implicit` solves the Riccati equation by SciPy; its derivative is one Lyapunov equation,
recognised by its structure. Only the ratios of weights can be seen, so that the last weight is fixed.
"""

from __future__ import annotations

import argparse

import numpy as np
from scipy.integrate import solve_ivp
from scipy.linalg import solve_continuous_are
from scipy.optimize import minimize

import frechet as fr

__all__ = ["closed_loop", "gain", "main", "recovered"]

A = np.array([[-0.003, 0.039, 0, -0.322], [-0.065, -0.319, 7.74, 0], [0.020, -0.101, -0.429, 0], [0, 0, 1, 0]])
B = np.array([[0.01, 1.0], [-0.18, -0.04], [-1.16, 0.598], [0, 0]])
TRUE = np.log([1.0, 0.5, 4.0, 8.0, 3.0])  # of Q; of R the first, the second is 1

riccati = fr.implicit(
    "A'*X + X*A - X*S*X + Q",
    lambda A, S, Q: solve_continuous_are(A, _factor(S), Q, np.eye(2)),
)


def _factor(S: np.ndarray) -> np.ndarray:
    """F with F*F' = S, of two columns."""
    values, V = np.linalg.eigh(S)
    return V[:, -2:] * np.sqrt(values[-2:])


def gain(w):
    """K for the logarithms of the weights."""
    Q, R = np.diag(np.exp(w[:4])), np.diag(np.append(np.exp(w[4:5]), 1.0))
    X = riccati(A, B @ np.linalg.inv(R) @ B.T, Q)
    return np.linalg.inv(R) @ B.T @ X


def loss(w, K):
    """|K(w) - K|^2"""
    return np.sum((gain(w) - K) ** 2)


def recovered(K: np.ndarray) -> tuple[np.ndarray, list[float]]:
    """The weights by which K is optimal, and the loss at each step."""
    curve: list[float] = []
    both = fr.value_and_gradient(loss)

    def fun(w):
        value, slope = both(w, K)
        curve.append(float(value))
        return float(value), slope

    found = minimize(fun, np.zeros(5), jac=True, hess=lambda w: fr.hessian(loss)(w, K), method="trust-exact",
                     options={"gtol": 1e-12})  # fmt: skip
    return found.x, curve


def closed_loop(w: np.ndarray, times: np.ndarray) -> np.ndarray:
    """The motion from a pitch of 0.1 with the gain of these weights."""
    M = A - B @ gain(w)
    return solve_ivp(lambda t, x: M @ x, (0, times[-1]), [0, 0, 0, 0.1], t_eval=times, rtol=1e-8).y.T


def main(arguments: list[str] | None = None) -> float:
    """Prints a report; returns the largest error of the logarithms of the weights."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--plot", default="regulator.png", help="where to draw the flights")
    parser.add_argument("--report", default="regulator.txt", help="where to write the report")
    options = parser.parse_args(arguments)
    K = gain(TRUE)
    w, curve = recovered(K)
    error = float(np.abs(w - TRUE).max())
    fr.gradient(loss)(np.zeros(5), K)
    verdict = fr.check_gradient(lambda w: loss(w, K), np.zeros(5))
    lines = [
        "weights of speed, climb, pitch rate, pitch, throttle",
        f"  flown     {np.array2string(np.exp(TRUE), precision=8)}",
        f"  recovered {np.array2string(np.exp(w), precision=8)}",
        f"loss {curve[0]:.3e} at the start, {curve[-1]:.1e} after {len(curve)} evaluations; error of the logarithms {error:.1e}",
        f"gradient at the start: {verdict}",
        str(riccati.certificate),
    ]
    print("\n".join(lines))
    if options.report:
        with open(options.report, "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
    if options.plot:
        draw(w, options.plot)
    return error


def draw(w: np.ndarray, path: str) -> None:
    """Pitch and climb over time: flown, recovered, and with the weights of the start."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    times = np.linspace(0, 8, 161)
    fig, ax = plt.subplots(figsize=(8, 4))
    for weights, style, name in ((TRUE, "-", "flown"), (w, "--", "recovered"), (np.zeros(5), ":", "start")):
        ax.plot(times, closed_loop(weights, times)[:, 3], "C0" + style, label=f"pitch, {name}")
        ax.plot(times, closed_loop(weights, times)[:, 1], "C1" + style, label=f"climb, {name}")
    ax.set_xlabel("seconds")
    ax.legend(ncol=2, fontsize=8)
    fig.savefig(path, bbox_inches="tight", dpi=120)


if __name__ == "__main__":
    main()
