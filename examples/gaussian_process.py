"""A Gaussian process on the diabetes data of scikit-learn: its marginal likelihood in plain NumPy, maximised with gradients by frechet.

    python examples/gaussian_process.py [--plot diabetes.png]

442 patients, ten measurements, the progression of the disease after a year (Efron et al., Least angle regression, 2004). The
covariance is a linear part, a squared exponential with a length for each measurement (automatic relevance determination), and
noise: 13 parameters. The function is NumPy and SciPy code; `fr.objective` gives `scipy.optimize.minimize` its gradient. A
quarter of the patients is left out and predicted. Source: Rasmussen and Williams, Gaussian Processes (2006), ch. 5.
"""

from __future__ import annotations

import argparse

import numpy as np
import scipy.linalg
from scipy.optimize import minimize

import frechet as fr

__all__ = ["covariance", "fitted", "main", "negative_log_likelihood", "predicted"]


def start(features):
    """Logarithms of the standard deviations and of the lengths."""
    return {
        "linear": np.log(0.3),
        "smooth": np.log(0.5),
        "noise": np.log(0.7),
        "lengths": np.full(features, np.log(4.0)),
    }


def covariance(p, X, Z):
    """The matrix of covariances between the rows of X and of Z."""
    A, B = X / np.exp(p["lengths"]), Z / np.exp(p["lengths"])
    squares = np.sum(A**2, axis=1)[:, None] + np.sum(B**2, axis=1) - 2 * A @ B.T
    return np.exp(2 * p["linear"]) * (X @ Z.T + 1) + np.exp(2 * p["smooth"]) * np.exp(-squares / 2)


def _factor(p, X):
    return np.linalg.cholesky(covariance(p, X, X) + np.exp(2 * p["noise"]) * np.eye(len(X)))


def negative_log_likelihood(p, X, y):
    """-log p(y | X), by a Cholesky factor."""
    L = _factor(p, X)
    z = scipy.linalg.solve_triangular(L, y, lower=True)
    return 0.5 * z @ z + np.sum(np.log(np.diag(L))) + 0.5 * len(y) * np.log(2 * np.pi)


def fitted(X, y, iterations=80):
    """(the parameters where the likelihood is largest, the negative log-likelihood after each iteration)."""
    objective = fr.objective(negative_log_likelihood, start(X.shape[1]), X, y)
    values = [float(objective.fun(objective.x0))]
    found = minimize(
        objective.fun_and_jac, objective.x0, jac=True, method="L-BFGS-B", options={"maxiter": iterations},
        bounds=[(-7, 7)] * len(objective.x0),
        callback=lambda intermediate_result: values.append(float(intermediate_result.fun)),
    )  # fmt: skip
    return objective.argument(found.x), values


def predicted(p, X, y, Z):
    """(mean, standard deviation) at the rows of Z."""
    L = _factor(p, X)
    cross = scipy.linalg.solve_triangular(L, covariance(p, X, Z), lower=True)
    mean = cross.T @ scipy.linalg.solve_triangular(L, y, lower=True)
    variance = np.diag(covariance(p, Z, Z)) + np.exp(2 * p["noise"]) - np.sum(cross**2, axis=0)
    return mean, np.sqrt(variance)


def _plot(path, names, p, values, y, mean, deviation):
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    figure, (left, middle, right) = plt.subplots(1, 3, figsize=(12, 4), layout="constrained")
    left.plot(values)
    left.set(xlabel="iteration", ylabel="negative log-likelihood", title="L-BFGS, gradients by frechet")
    order = np.argsort(p["lengths"])
    middle.bar(np.arange(len(order)), np.exp(-p["lengths"][order]), tick_label=[names[k] for k in order])
    middle.set(ylabel="1 / length", title="relevance beyond the linear part")
    right.errorbar(mean, y, xerr=2 * deviation, fmt=".", elinewidth=0.3, ms=4)
    right.plot([y.min(), y.max()], [y.min(), y.max()], lw=0.8, color="black")
    right.set(xlabel="predicted, with two standard deviations", ylabel="observed", title="patients left out")
    figure.savefig(path, dpi=150)


def main(plot=None, iterations=80):
    """Fits, predicts the patients left out: (log-likelihood, share of the variance explained, share inside two deviations)."""
    from sklearn.datasets import load_diabetes

    data = load_diabetes()
    X = data.data * np.sqrt(len(data.data))
    y = (data.target - data.target.mean()) / data.target.std()
    order = np.random.default_rng(0).permutation(len(y))
    out, used = order[: len(y) // 4], order[len(y) // 4 :]
    assert fr.check_gradient(negative_log_likelihood, start(X.shape[1]), X[used[:60]], y[used[:60]])
    p, values = fitted(X[used], y[used], iterations)
    mean, deviation = predicted(p, X[used], y[used], X[out])
    explained = float(1 - np.mean((y[out] - mean) ** 2) / np.var(y[out]))
    inside = float(np.mean(np.abs(y[out] - mean) < 2 * deviation))
    for name in ("linear", "smooth", "noise"):
        print(f"{name:7} standard deviation {np.exp(p[name]):.3f}")
    shown = [f"{data.feature_names[k]} {np.exp(p['lengths'][k]):.1f}" for k in np.argsort(p["lengths"])]
    print("lengths", ", ".join(shown))
    print(f"log-likelihood {-values[0]:.2f} at the start, {-values[-1]:.2f} after {len(values) - 1} iterations")
    print(
        f"left out: {100 * explained:.0f}% of the variance explained, {100 * inside:.0f}% inside of two standard deviations"
    )
    if plot:
        _plot(plot, data.feature_names, p, values, y[out], mean, deviation)
    return -values[-1], explained, inside


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--plot", help="where the picture is written, diabetes.png")
    main(parser.parse_args().plot)
