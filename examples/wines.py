"""Metric learning: thirteen chemical measurements of wine, seen in the plane in which neighbours come from the same vineyard.

    python examples/wines.py [--plot wines.png]

178 wines of three growers in Piedmont (scikit-learn's wine data; Forina et al., 1988). A matrix L with two rows takes the
measurements of a wine, standardized, to a point of the plane. Each wine chooses a neighbour at random, near ones with a larger
probability, p_ij ~ exp(-|L*(x_i - x_j)|^2); L maximizes the expected share of neighbours of the same grower, with a small penalty
(neighbourhood components analysis). The share is NumPy code, `fr.objective` gives `scipy.optimize.minimize` its gradient, and that
is compared with the published formula. A third of the wines is left out, and told by the five nearest ones.
Source: Goldberger, Roweis, Hinton and Salakhutdinov, Neighbourhood components analysis (NIPS 2004), equation 5.
"""

from __future__ import annotations

import argparse

import numpy as np
from scipy.optimize import minimize

import frechet as fr

__all__ = ["learned", "main", "mistaken", "principal", "published_gradient", "share_of_strangers", "told"]

PENALTY = 1e-3
Array = np.ndarray


def probabilities(L: Array, X: Array) -> Array:
    """p_ij, the chance that wine i takes wine j for its neighbour; nobody takes itself."""
    Z = X @ L.T
    squares = np.sum(Z**2, axis=1)
    far = squares[:, None] + squares - 2 * Z @ Z.T + 1e6 * np.eye(len(X))
    weights = np.exp(np.min(far, axis=1, keepdims=True) - far)
    return weights / np.sum(weights, axis=1, keepdims=True)


def share_of_strangers(L: Array, X: Array, same: Array) -> float:
    """The expected share of neighbours of another grower, and a penalty: what is minimized. same[i, j] is 1 for one grower."""
    return 1 - np.sum(probabilities(L, X) * same) / len(X) + PENALTY * np.sum(L**2)


def published_gradient(L: Array, X: Array, same: Array) -> Array:
    """The gradient as equation 5 of the paper has it, with its sums over pairs of wines written out, and that of the penalty."""
    P = probabilities(L, X)
    found = np.zeros((X.shape[1], X.shape[1]))
    for i, x in enumerate(X):
        outer = (x - X)[:, :, None] * (x - X)[:, None, :]
        found += (P[i] @ same[i]) * np.einsum("k,kab", P[i], outer) - np.einsum("k,kab", P[i] * same[i], outer)
    return -2 * L @ found / len(X) + 2 * PENALTY * L


def principal(X: Array) -> Array:
    """The two directions in which the measurements vary most, scaled: where the search begins, and what it is compared with."""
    return np.linalg.svd(X - X.mean(axis=0), full_matrices=False)[2][:2]


def learned(X: Array, grower: Array, iterations: int = 200) -> tuple[Array, list[float]]:
    """L, and the value after each iteration."""
    same = (grower[:, None] == grower) * 1.0
    objective = fr.objective(share_of_strangers, principal(X), X, same)
    values = [float(objective.fun(objective.x0))]
    found = minimize(
        objective.fun_and_jac, objective.x0, jac=True, method="L-BFGS-B", options={"maxiter": iterations},
        callback=lambda intermediate_result: values.append(float(intermediate_result.fun)),
    )  # fmt: skip
    return objective.argument(found.x), values


def told(L: Array, X: Array, grower: Array, Z: Array, nearest: int = 5) -> Array:
    """The grower of each wine in Z, by a vote of its nearest ones in X."""
    far = np.linalg.norm((Z @ L.T)[:, None] - (X @ L.T)[None], axis=2)
    votes = grower[np.argsort(far, axis=1)[:, :nearest]]
    return np.array([np.bincount(v, minlength=3).argmax() for v in votes])


def mistaken(L: Array, X: Array, grower: Array, Z: Array, truth: Array) -> float:
    """The share of the wines in Z that are told wrong."""
    return float(np.mean(told(L, X, grower, Z) != truth))


def _plot(path: str, panels: dict[str, Array], X: Array, grower: Array, left_out: Array, truth: Array) -> None:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(1, len(panels), figsize=(9, 4), layout="constrained")
    for axis, (title, L) in zip(axes, panels.items(), strict=True):
        for k, (colour, marker) in enumerate(zip(("C0", "C1", "C2"), "os^", strict=True)):
            axis.scatter(*(X[grower == k] @ L.T).T, s=14, color=colour, marker=marker, alpha=0.35)
            axis.scatter(*(left_out[truth == k] @ L.T).T, s=22, color=colour, marker=marker, label=f"grower {k + 1}")
        axis.set(title=title, xticks=[], yticks=[])
    axes[0].legend(frameon=False, fontsize=8, title="left out, in full colour", title_fontsize=8)
    figure.savefig(path, dpi=110)


def main(plot: str | None = "wines.png", iterations: int = 200) -> tuple[float, float]:
    """Learns the plane: the share of mistakes among the wines left out, in the principal plane and in the learned one."""
    from sklearn.datasets import load_wine

    data = load_wine()
    order = np.random.default_rng(2).permutation(len(data.data))
    out, used = order[::3], np.setdiff1d(order, order[::3])
    mean, deviation = data.data[used].mean(axis=0), data.data[used].std(axis=0)
    X, Z = ((data.data[rows] - mean) / deviation for rows in (used, out))
    grower, truth = data.target[used], data.target[out]

    start, same = principal(X), (grower[:, None] == grower) * 1.0
    slope = fr.gradient(share_of_strangers)(start, X, same)
    formula = published_gradient(start, X, same)
    L, values = learned(X, grower, iterations)
    before, after = mistaken(start, X, grower, Z, truth), mistaken(L, X, grower, Z, truth)
    distance = np.linalg.norm(slope - formula) / np.linalg.norm(formula)
    print(f"the gradient at the start is that of equation 5 up to {distance:.0e}")
    print(
        f"neighbours of another grower {values[0]:.3f} at the start, {values[-1]:.3f} after {len(values) - 1} iterations"
    )
    print(
        f"told wrong, of {len(Z)} wines left out: {before:.1%} in the principal plane, {after:.1%} in the learned one"
    )
    weights = np.linalg.norm(L, axis=0)
    heaviest = ", ".join(f"{data.feature_names[k]} {weights[k]:.2f}" for k in np.argsort(-weights)[:5])
    print(f"what tells them apart: {heaviest}")
    if plot:
        _plot(plot, {"principal components": start, "learned": L}, X, grower, Z, truth)
    return before, after


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--plot", default="wines.png", help="where the picture is written")
    main(parser.parse_args().plot)
