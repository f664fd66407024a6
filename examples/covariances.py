"""Spectral gradients at the covariance matrices of real data, against arithmetic with 40 digits.

    python examples/covariances.py [--digits-pixels 64] [iris wine ...]

The data sets that ship with scikit-learn have covariances with tiny eigenvalues (breast_cancer: condition 1e12), with
zero ones (digits: pixels that never change) and thus with repeated ones, where gradients through eigenvectors are NaN.
Each function is differentiated in closed form and evaluated in double precision. The truth is the gradient
V*diag(f'(λ))*V' (for the projector the formula of Daleckii and Krein) with eigenvalues and eigenvectors by mpmath.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import NamedTuple

import mpmath as mp
import numpy as np
from sklearn import datasets

import frechet as fr

__all__ = ["FUNCTIONS", "SETS", "Report", "main", "report"]

SETS = ("iris", "wine", "breast_cancer", "digits", "diabetes", "linnerud")
DIGITS = 40
RIDGE = mp.mpf(1) / 100
TINY = mp.mpf(10) ** -12
RIDGED = "(S + 1/100*eye(n))"


class Function(NamedTuple):
    """The formula in S, and the gradient's eigenvalues as a function of the eigenvalues of S, descending."""

    formula: str
    slopes: Callable[[list], list]


def _entropy_slopes(values: list) -> list:
    """-tr(r*log(r)) for r = M/tr(M), M = S + c*I: dS -> -log(m/t)/t - (entropy)/t, the gradient in M."""
    m = [v + RIDGE for v in values]
    t = mp.fsum(m)
    entropy = -mp.fsum(x / t * mp.log(x / t) for x in m)
    return [-(mp.log(x / t) + entropy) / t for x in m]


FUNCTIONS = {
    "tr exp(S)": Function("tr(expm(S))", lambda w: [mp.exp(x) for x in w]),
    "log det(S + c I)": Function(f"logdet({RIDGED})", lambda w: [1 / (x + RIDGE) for x in w]),
    "tr sqrt(S + c I)": Function(f"tr(sqrtm({RIDGED}))", lambda w: [1 / (2 * mp.sqrt(x + RIDGE)) for x in w]),
    "von Neumann entropy": Function(f"-tr({RIDGED}/tr({RIDGED})*logm({RIDGED}/tr({RIDGED})))", _entropy_slopes),
    "unexplained variance, rank 2": Function(
        "tr(S) - sumlargest(S, 2)", lambda w: [mp.mpf(i >= 2) for i in range(len(w))]
    ),
    "spectral norm": Function("normspec(S)", lambda w: [mp.mpf(i == 0) for i in range(len(w))]),
    "nuclear norm": Function("normnuc(S)", lambda w: [mp.mpf(x > TINY * w[0]) for x in w]),
}


class Report(NamedTuple):
    """Of one data set: size, rank, condition of what is not zero, and the relative error of each gradient."""

    name: str
    size: int
    rank: int
    condition: float
    errors: dict[str, float]


def covariance(name: str, pixels: int) -> np.ndarray:
    """The covariance matrix, of trace 4; of digits the first pixels."""
    data = getattr(datasets, f"load_{name}")().data
    data = data[:, :pixels] if name == "digits" else data
    S = np.cov(data, rowvar=False)
    S = (S + S.T) / 2
    return 4 * S / np.trace(S)


def report(name: str, pixels: int = 64) -> Report:
    """Every gradient at the covariance of one data set, compared with the exact one."""
    S = covariance(name, pixels)
    n = len(S)
    with mp.workdps(DIGITS):
        values, V = mp.eigsy(mp.matrix(S.tolist()))
        order = sorted(range(n), key=lambda i: -values[i])
        exact = [values[i] for i in order]
        vectors = mp.matrix(n, n)
        for k, i in enumerate(order):
            vectors[:, k] = V[:, i]
        errors = {label: _error(f, S, exact, vectors) for label, f in FUNCTIONS.items()}
        errors["projector on the top 2, along S.*S"] = _projector_error(S, exact, vectors)
    numbers = np.array([float(v) for v in exact])
    kept = numbers > float(TINY) * numbers[0]
    return Report(name, n, int(kept.sum()), float(numbers[0] / numbers[kept].min()), errors)


def _error(f: Function, S: np.ndarray, exact: list, V: mp.matrix) -> float:
    """The relative error of the gradient in the Frobenius norm."""
    gradient = fr.derivative(fr.parse(f.formula, S="symmetric(n)"), "S").gradient
    found = fr.compile(gradient, sizes={"n": len(S)})(S=S)
    return _distance(found, V * mp.diag(f.slopes(exact)) * V.T)


def _projector_error(S: np.ndarray, exact: list, V: mp.matrix) -> float:
    """The derivative of the projector on the two largest eigenvalues, along the entrywise square of S."""
    n, E = len(S), S * S
    d = fr.derivative(fr.parse("topproj(S, 2)", S="symmetric(n)"), "S")
    found = d.at(S=S)(E)
    inside = V.T * mp.matrix(E.tolist()) * V
    turned = mp.matrix(n, n)
    for i in range(2):
        for j in range(2, n):
            turned[i, j] = turned[j, i] = inside[i, j] / (exact[i] - exact[j])
    return _distance(found, V * turned * V.T)


def _distance(found: np.ndarray, truth: mp.matrix) -> float:
    difference = mp.matrix(np.asarray(found).tolist()) - truth
    return float(mp.norm(difference, 2) / mp.norm(truth, 2))


def main(arguments: list[str] | None = None) -> list[Report]:
    """Prints a table; returns its rows."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sets", nargs="*", default=list(SETS), help=f"of {', '.join(SETS)}")
    parser.add_argument("--digits-pixels", type=int, default=64, help="how many pixels of the digits")
    options = parser.parse_args(arguments)
    rows = []
    for name in options.sets:
        row = report(name, options.digits_pixels)
        rows.append(row)
        print(f"{name}: {row.size}×{row.size}, rank {row.rank}, condition {row.condition:.1e} on the range")
        for label, error in row.errors.items():
            print(f"    {label:<36} relative error {error:.1e}")
    return rows


if __name__ == "__main__":
    main()
