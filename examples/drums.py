"""The string and the square drum of a given mass that sound highest, where frequencies of the drum coincide.

    python examples/drums.py [--string 60] [--drum 12]

A membrane with the density x, 0 <= x <= H and of mean 1, swings with the frequencies of -Δu = λ x u. With L*L' = -Δ
(differences, fixed boundary) the 1/λ are the eigenvalues of inv(L)*diag(P*x)*inv(L)', P from cells to points, linear in x; so the sum of the k
largest is a convex function of the density, smooth where a gap follows the kth, also when the k coincide among
themselves. Its minimum makes the k lowest frequencies high on the whole.

String, k = 1: Krein (Amer. Math. Soc. Transl. (2) 1, 1955) found the largest first eigenvalue, H*π² for length and mass 1:
all the mass at the ends, none in the middle.
Drum on a square, k = 3: the second and the third frequency coincide by symmetry, at the start and at the best density.
There is no formula for the best drum; the proof of the result is the duality gap of the convex problem.
"""

from __future__ import annotations

import argparse
from typing import NamedTuple

import numpy as np
from scipy.optimize import LinearConstraint, minimize

import frechet as fr

__all__ = ["Best", "best_density", "drum", "main", "string"]

H = 2.0


class Best(NamedTuple):
    """The best density, its eigenvalues λ, the value, and a bound of how far it is from the minimum, relative."""

    density: np.ndarray
    eigenvalues: np.ndarray
    value: float
    gap: float


def string(n: int) -> tuple[np.ndarray, np.ndarray]:
    """-d²/dx² at the points between n cells of the unit interval, and the means of neighbouring cells."""
    m = n - 1
    return n**2 * (2 * np.eye(m) - np.eye(m, k=1) - np.eye(m, k=-1)), (np.eye(m, n) + np.eye(m, n, k=1)) / 2


def drum(n: int) -> tuple[np.ndarray, np.ndarray]:
    """-Δ at the points between n×n cells of the unit square, and the means of neighbouring cells."""
    K, P = string(n)
    one = np.eye(len(K))
    return np.kron(K, one) + np.kron(one, K), np.kron(P, P)


def best_density(stiffness: np.ndarray, P: np.ndarray, k: int) -> Best:
    """Minimizes the sum of the k largest 1/λ over densities of mean 1, one number a cell."""
    n = P.shape[1]
    R = np.linalg.inv(np.linalg.cholesky(stiffness)).T
    f = fr.parse(f"sumlargest(R'*diag(P*x)*R, {k})", x="vector(n)", P="matrix(m,n)", R="matrix(m,m)")
    objective = fr.objective(f, "x", R=R, P=P)
    found = minimize(
        objective.fun_and_jac,
        np.ones(n),
        jac=True,
        method="SLSQP",
        bounds=[(0, H)] * n,
        constraints=LinearConstraint(np.ones((1, n)) / n, 1, 1),
        options={"maxiter": 500, "ftol": 1e-13},
    )
    value, gradient = objective.fun_and_jac(found.x)
    inverse_eigenvalues = np.linalg.eigvalsh(R.T @ ((P @ found.x)[:, None] * R))[::-1]
    gap = gradient @ found.x - _least(gradient)
    return Best(found.x, 1 / inverse_eigenvalues[: k + 2], float(value), float(gap / value))


def _least(gradient: np.ndarray) -> float:
    """The least <gradient, x> over all densities: H where the gradient is least. The function is convex, so it is
    nowhere smaller than its value at a density by more than the distance of <gradient, density> from this."""
    order = np.sort(gradient)
    full = int(len(order) / H)
    return float(H * order[:full].sum() + (len(order) - H * full) * order[full] if full < len(order) else order.sum())


def main(arguments: list[str] | None = None) -> tuple[Best, Best]:
    """Prints a report; returns the best string and the best drum."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--string", type=int, default=60, help="cells of the string")
    parser.add_argument("--drum", type=int, default=12, help="cells along a side of the drum")
    options = parser.parse_args(arguments)
    n, m = options.string, options.drum
    cord = best_density(*string(n), 1)
    uniform = np.linalg.eigvalsh(string(n)[0])[0]
    print(f"string, {n} cells: λ1 = {cord.eigenvalues[0]:.4f}, uniform {uniform:.4f}; Krein: {H * np.pi**2:.4f}")
    print(f"  within {cord.gap:.1e} of the minimum; density in the middle {cord.density[n // 2]:.1e}")
    skin = best_density(*drum(m), 3)
    before = np.linalg.eigvalsh(drum(m)[0])[:4]
    print(f"drum, {m}×{m} cells: uniform λ1, λ2, λ3, λ4 = {_written(before)}")
    print(
        f"  best sum of 1/λ: {skin.value:.6f} (uniform {(1 / before[:3]).sum():.6f}), within {skin.gap:.1e} of the minimum"
    )
    print(f"  λ1, λ2, λ3, λ4 = {_written(skin.eigenvalues[:4])}; λ2 and λ3 differ by {_difference(skin):.1e}")
    print(picture(skin.density.reshape(m, m)))
    return cord, skin


def _written(values: np.ndarray) -> str:
    return ", ".join(f"{v:.3f}" for v in values)


def _difference(best: Best) -> float:
    return abs(best.eigenvalues[2] / best.eigenvalues[1] - 1)


def picture(density: np.ndarray) -> str:
    """The density in characters, dark where it is heavy."""
    return "\n".join("  " + "".join(" .:-=+*#%@"[min(9, int(10 * x / H))] * 2 for x in row) for row in density)


if __name__ == "__main__":
    main()
