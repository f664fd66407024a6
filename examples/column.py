"""The strongest column: its first two buckling loads meet, and the load is that of the literature.

    python examples/column.py [--elements 80] [--plot column.png]

A column of length 1 and volume 1, clamped at both ends, has the cross-section A(x) and the stiffness A(x)^2. It buckles
under the least λ with (A² u'')'' = -λ u''. Lagrange asked in 1773 for the A whose λ is largest; Olhoff and Rasmussen
(Int. J. Solids Structures 13, 1977) found that for clamped ends the best column has a double eigenvalue, 52.3563 (the
uniform one has 4π² = 39.478); Cox and Overton (SIAM J. Math. Anal. 23, 1992) proved it.

With cubic beam elements, A linear in each, B the bending at their Gauss points and G the geometric stiffness, λ is at
most the first eigenvalue as long as K(A) - λ*G is positive definite, K(A) = B'*diag((P*A)²)*B. A barrier keeps it so:

    maximize  λ + t*logdet(K(A) - λ*G),    A = y²/(w'*y²),

smooth however many eigenvalues meet; t goes to 0.
"""

from __future__ import annotations

import argparse

import numpy as np
from scipy.linalg import eigh
from scipy.optimize import minimize

import frechet as fr

__all__ = ["PUBLISHED", "buckling_loads", "main", "optimized"]

PUBLISHED = 52.3563
BARRIER = "-z[n+1] - t*logdet(B'*diag((P*z[1:n].^2/(w'*z[1:n].^2)).^2)*B - z[n+1]*G)"


def column(n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Of n elements: bending B at the Gauss points, P from the nodes to them, G, and weights w of the volume."""
    L, size = 1 / n, 2 * (n + 1)
    B, P, G = np.zeros((3 * n, size)), np.zeros((3 * n, n + 1)), np.zeros((size, size))
    element = np.array(
        [
            [36, 3 * L, -36, 3 * L],
            [3 * L, 4 * L**2, -3 * L, -(L**2)],
            [-36, -3 * L, 36, -3 * L],
            [3 * L, -(L**2), -3 * L, 4 * L**2],
        ]
    ) / (30 * L)
    places, weights = np.polynomial.legendre.leggauss(3)
    for e in range(n):
        own = slice(2 * e, 2 * e + 4)
        G[own, own] += element
        for k, (place, weight) in enumerate(zip(places, weights, strict=True)):
            s = (1 + place) / 2
            bending = np.array([12 * s - 6, L * (6 * s - 4), 6 - 12 * s, L * (6 * s - 2)]) / L**2
            B[3 * e + k, own] = np.sqrt(weight * L / 2) * bending
            P[3 * e + k, e : e + 2] = 1 - s, s
    clamped = slice(2, size - 2)
    w = np.full(n + 1, L)
    w[[0, -1]] /= 2
    return B[:, clamped], P, G[clamped, clamped], w


def stiffness(A: np.ndarray) -> np.ndarray:
    """K(A) for the cross-sections at the nodes."""
    B, P, _, _ = column(len(A) - 1)
    return B.T @ ((P @ A)[:, None] ** 2 * B)


def buckling_loads(A: np.ndarray, count: int = 3) -> np.ndarray:
    """The smallest loads of the column with these cross-sections."""
    return eigh(stiffness(A), column(len(A) - 1)[2], eigvals_only=True, subset_by_index=[0, count - 1])


def optimized(n: int, smallest_barrier: float = 1e-6) -> tuple[np.ndarray, int]:
    """The cross-sections of the strongest column of n elements, and the number of steps."""
    f = fr.parse(
        BARRIER, z="vector(n+1)", w="vector(n)", B="matrix(m,k)", P="matrix(m,n)", G="symmetric(k)", t="scalar"
    )
    B, P, G, w = column(n)
    areas = lambda z: z[:-1] ** 2 / (w @ z[:-1] ** 2)
    z, steps, t = np.append(np.ones(n + 1), 20.0), 0, 1.0
    while t >= smallest_barrier:
        objective = fr.objective(f, "z", B=B, P=P, G=G, w=w, t=t)

        def value(z, objective=objective):
            """Infinite where K - λ*G is not positive definite: logdet is that of the absolute value."""
            inside = np.linalg.eigvalsh(stiffness(areas(z)) - z[-1] * G)[0] > 0
            return objective.fun(z) if inside else np.inf

        options = {"gtol": 1e-2 * t, "maxiter": 300}
        found = minimize(value, z, jac=objective.jac, hessp=objective.hessp, method="trust-krylov", options=options)
        z, steps, t = found.x, steps + found.nit, t / 10
    return areas(z), steps


def main(arguments: list[str] | None = None) -> tuple[float, float]:
    """Prints a report; returns the first two buckling loads of the best column."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--elements", type=int, default=80)
    parser.add_argument("--plot", help="where to draw the column")
    options = parser.parse_args(arguments)
    uniform = buckling_loads(np.ones(options.elements + 1))
    A, steps = optimized(options.elements)
    loads = buckling_loads(A)
    print(f"{options.elements} elements, {steps} Newton steps")
    print(f"uniform column: {uniform[0]:.4f}, {uniform[1]:.4f}, {uniform[2]:.4f}  (4π² = {4 * np.pi**2:.4f})")
    print(f"best column:    {loads[0]:.4f}, {loads[1]:.4f}, {loads[2]:.4f}  (published: {PUBLISHED}, double)")
    print(
        f"the first two loads differ by {loads[1] / loads[0] - 1:.1e}; of the published load: {loads[0] / PUBLISHED - 1:+.1e}"
    )
    if options.plot:
        draw(A, options.plot)
    return float(loads[0]), float(loads[1])


def draw(A: np.ndarray, path: str) -> None:
    """The half-width of a round column, root of A, over its length."""
    import matplotlib.pyplot as plt

    fig, ax = plt.subplots(figsize=(8, 2))
    ax.fill_between(np.linspace(0, 1, len(A)), np.sqrt(A), -np.sqrt(A))
    ax.set_axis_off()
    fig.savefig(path, bbox_inches="tight")


if __name__ == "__main__":
    main()
