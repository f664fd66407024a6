"""Handwritten digits: a three-layer network in plain NumPy, its gradients by frechet.

    python examples/digits.py [--epochs 60] [--plot digits.png]

1797 pictures of 8×8 grey values (scikit-learn's digits), five folds, 64-96-48-10 neurons, tanh, softmax and cross-entropy
with a penalty, Adam. The network is NumPy code; `fr.value_and_gradient` differentiates it by its parameters, a dict of
arrays. The formula of the gradient in the first layer is printed too: `fr.formula` of the same code for a square loss.
"""

from __future__ import annotations

import argparse
from itertools import pairwise

import numpy as np
from rich.progress import Progress

import frechet as fr

__all__ = ["accuracy", "first_layer", "loss", "main", "trained"]

SIZES = (64, 96, 48, 10)
PENALTY = 1e-4


def scores(params, X):
    """The logarithms of the odds, up to a number for each picture."""
    H = np.tanh(X @ params["W1"] + params["b1"])
    H = np.tanh(H @ params["W2"] + params["b2"])
    return H @ params["W3"] + params["b3"]


def loss(params, X, labels):
    """The mean cross-entropy, and a penalty on the weights."""
    S = scores(params, X)
    S = S - np.max(S, axis=1, keepdims=True)
    log_odds = S[np.arange(len(X)), labels] - np.log(np.sum(np.exp(S), axis=1))
    return -np.mean(log_odds) + PENALTY * sum(np.sum(params[k] ** 2) for k in ("W1", "W2", "W3"))


def accuracy(params, X, labels):
    """The share of pictures that are read right."""
    return float(np.mean(np.argmax(scores(params, X), axis=1) == labels))


def _initial(rng):
    params = {}
    for k, (m, n) in enumerate(pairwise(SIZES), start=1):
        params |= {f"W{k}": rng.standard_normal((m, n)) / np.sqrt(m), f"b{k}": np.zeros(n)}
    return params


def trained(X, labels, epochs=60, batch=64, rate=3e-3, seed=0, after=lambda value: None):
    """Parameters after `epochs` of Adam, and the mean loss of each; `after(loss)` is told of every epoch."""
    rng = np.random.default_rng(seed)
    params = _initial(rng)
    mean = {k: np.zeros_like(v) for k, v in params.items()}
    square = {k: np.zeros_like(v) for k, v in params.items()}
    value_and_gradient = fr.value_and_gradient(loss)
    curve, step = [], 0
    for epoch in range(epochs):
        order, total = rng.permutation(len(X)), 0.0
        now = rate * 0.5 * (1 + np.cos(np.pi * epoch / epochs))
        batches = [order[i : i + batch] for i in range(0, len(X) - batch + 1, batch)]  # all of one size
        for rows in batches:
            value, slope = value_and_gradient(params, X[rows], labels[rows])
            step += 1
            total += float(value)
            for k, g in slope.items():
                mean[k] += 0.1 * (g - mean[k])
                square[k] += 0.001 * (g**2 - square[k])
                change = (mean[k] / (1 - 0.9**step)) / (np.sqrt(square[k] / (1 - 0.999**step)) + 1e-8)
                params[k] = params[k] - now * change
        curve.append(total / len(batches))
        after(curve[-1])
    return params, curve


def first_layer():
    """The gradient in the first layer's weights for a square loss, as a formula: (the loss, its gradient)."""

    def square_loss(V, W, U, X, Y):
        return np.sum((np.tanh(np.tanh(X @ V) @ W) @ U - Y) ** 2)

    kinds = {"V": "matrix(p,h)", "W": "matrix(h,k)", "U": "matrix(k,c)", "X": "matrix(m,p)", "Y": "matrix(m,c)"}
    f = fr.formula(square_loss, **kinds)
    return f, fr.gradient(f, "V")


def _plot(curves, misread, path):
    """The loss of each fold; digits of the last one that are misread, as what they are read and, in brackets, their label."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    figure = plt.figure(figsize=(9, 4), layout="constrained")
    left, right = figure.subfigures(1, 2, width_ratios=(5, 4))
    axes = left.subplots()
    for k, curve in enumerate(curves):
        axes.semilogy(np.arange(1, len(curve) + 1), curve, label=f"fold {k + 1}")
    axes.set(xlabel="epoch", ylabel="mean loss of the epoch", title="Digits: a network in NumPy, gradients by frechet")
    axes.legend(frameon=False)
    small = right.subplots(3, 4).ravel()
    for axis in small:
        axis.axis("off")
    for axis, (picture, read, label) in zip(small, misread, strict=False):
        axis.imshow(picture.reshape(8, 8), cmap="gray_r")
        axis.set_title(f"{read} ({label})", fontsize=9)
    figure.savefig(path, dpi=100)


def main(epochs=60, plot=None):
    """Trains on five folds; the mean accuracy on the folds that were left out."""
    from sklearn.datasets import load_digits

    f, G = first_layer()
    print(f"square loss               {f}\nits gradient in layer one {G}\n")
    X, labels = load_digits(return_X_y=True)
    X = X / 16.0
    folds = np.array_split(np.random.default_rng(1).permutation(len(X)), 5)
    found, curves = [], []
    with Progress() as progress:
        task = progress.add_task("training", total=5 * epochs)
        for k, fold in enumerate(folds):
            rest = np.concatenate([other for j, other in enumerate(folds) if j != k])
            tell = lambda value: progress.update(task, advance=1, description=f"loss {value:.4f}")
            params, curve = trained(X[rest], labels[rest], epochs, seed=k, after=tell)
            found.append(accuracy(params, X[fold], labels[fold]))
            curves.append(curve)
            readings = np.argmax(scores(params, X[fold]), axis=1)
            misread = [(X[i], read, labels[i]) for i, read in zip(fold, readings, strict=True) if read != labels[i]]
    print("accuracy of the folds", " ".join(f"{a:.4f}" for a in found), f" mean {np.mean(found):.4f}")
    if plot:
        _plot(curves, misread, plot)
    return float(np.mean(found))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--plot", help="where the loss curves are written, digits.png")
    arguments = parser.parse_args()
    main(arguments.epochs, arguments.plot)
