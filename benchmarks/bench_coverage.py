"""Derivatives of matrix functions and factorizations: frechet.jax.linalg and frechet.torch.linalg beside JAX and PyTorch.

    python benchmarks/bench_coverage.py [--dry] [--only NAME] [--only eigh]

Each row is one scalar function of a result that does not depend on the choice of signs and phases. Forward mode,
reverse mode and a Hessian-vector product are compared with extrapolated central differences of the function along two
directions: first derivatives to 1e-6, the second to 1e-5, relative. `error` is an exception, NaN a result that is not
finite (both are loud), `wrong` a finite result that is off, and `–` a function that the library does not have.
"""

from __future__ import annotations

import argparse
import os
import warnings
from collections.abc import Callable
from typing import Any

os.environ.setdefault("JAX_PLATFORMS", "cpu")

import jax
import jax.numpy as jnp
import numpy as np
import torch

import coverage_factors
import coverage_spectral
from coverage_libraries import ABSENT, FRECHET_JAX, FRECHET_TORCH, JAX, NO, PYTORCH, Missing, Row
from tables import folded, write_table

FIRST, SECOND, VALUE = 1e-6, 1e-5, 1e-8
OK = ["ok"] * 3
LIBRARIES = ("frechet.jax", "JAX", "frechet.torch", "PyTorch")


# --- the truth --------------------------------------------------------------------------------------


def differences(f: Callable[[float], float]) -> tuple[float, float]:
    """f'(0) and f''(0) by central differences, extrapolated over a ladder of steps; the entries that agree best.

    AssertionError where they do not settle the comparison: a row at which the truth is in doubt is no row.
    """
    steps = 0.1 / 2.0 ** np.arange(10)
    center, right, left = f(0.0), np.array([f(h) for h in steps]), np.array([f(-h) for h in steps])
    first, e1 = _extrapolated((right - left) / (2 * steps))
    second, e2 = _extrapolated((right - 2 * center + left) / steps**2)
    assert e1 <= 0.1 * FIRST * max(abs(first), 1e-2), f"the first difference is uncertain by {e1:.0e}"
    assert e2 <= 0.3 * SECOND * max(abs(second), 1e-2), f"the second difference is uncertain by {e2:.0e}"
    return first, second


def _extrapolated(row: np.ndarray) -> tuple[float, float]:
    """The entry of Richardson's table that differs least from its neighbours, and by how much."""
    best = (float(row[0]), np.inf)
    for k in range(1, 6):
        row = row[1:] + (row[1:] - row[:-1]) / (4.0**k - 1)
        change = np.abs(np.diff(row))
        change = np.where(np.isfinite(change), change, np.inf)
        if len(change) > 1:
            worst = np.maximum(change[1:], change[:-1])
            i = int(np.argmin(worst))
            if worst[i] < best[1]:
                best = (float(row[i + 1]), float(worst[i]))
    return best


# --- measuring --------------------------------------------------------------------------------------


def word(measured: list[Any], truth: np.ndarray, tolerance: float) -> str:
    """ok, NaN or wrong with the relative error."""
    found = np.array([complex(m).real for m in measured])
    if not np.isfinite(found).all():
        return "NaN"
    error = np.abs(found - truth).max() / max(np.abs(truth).max(), 1e-2)
    return "ok" if error <= tolerance else f"wrong {error:.0e}"


def by_jax(f: Callable[[Any], Any], A: np.ndarray, directions: list[np.ndarray]) -> list[Callable[[], list]]:
    """Forward mode, reverse mode, Hessian-vector product along the directions."""
    X, E = jnp.asarray(A), [jnp.asarray(e) for e in directions]

    def reverse():
        gradient = jax.grad(f)(X)
        return [jnp.sum(gradient * e) for e in E]

    return [
        lambda: [jax.jvp(f, (X,), (e,))[1] for e in E],
        reverse,
        lambda: [jnp.sum(jax.jvp(jax.grad(f), (X,), (e,))[1] * e) for e in E],
    ]


def by_torch(f: Callable[[Any], Any], A: np.ndarray, directions: list[np.ndarray]) -> list[Callable[[], list]]:
    """The same for PyTorch."""
    X, E = torch.as_tensor(A), [torch.as_tensor(e) for e in directions]

    def reverse():
        gradient = torch.func.grad(f)(X)
        return [(gradient * e).sum() for e in E]

    def second():
        Y = X.clone().requires_grad_()
        (g,) = torch.autograd.grad(f(Y), Y, create_graph=True)
        return [(torch.autograd.grad((g * e).sum(), Y, retain_graph=True)[0] * e).sum() for e in E]

    return [lambda: [torch.func.jvp(f, (X,), (e,))[1] for e in E], reverse, second]


def words(modes: list[Callable[[], list]], truths: tuple) -> list[str]:
    """A word for each mode."""
    found = []
    for mode, truth, tolerance in zip(modes, truths, (FIRST, FIRST, SECOND), strict=True):
        try:
            found.append(word(mode(), truth, tolerance))
        except Missing:
            return [NO]
        except Exception:  # whatever the library raises: that it raises is the finding
            found.append("error")
    return found


def measure(row: Row) -> tuple[list[list[str]], list[list[str]]]:
    """The words for the four libraries, and those of frechet by the function that the row is written with."""
    best = row.best or row.f
    rng = np.random.default_rng(1)
    directions = [rng.standard_normal(row.A.shape) for _ in range(2)]
    value = lambda A: float(best(FRECHET_TORCH, torch.as_tensor(A)))
    along = [differences(lambda t, E=E: value(row.A + t * E)) for E in directions]
    first, second = (np.array(column) for column in zip(*along, strict=True))
    truths = (first, first, second)
    expected = value(row.A)

    def ours(f, library, modes):
        return words(modes(lambda X: f(library, X), row.A, directions), truths)

    def peer(library, other, modes, array):
        if other in (NO, ABSENT) and isinstance(other, str):
            return [other]
        f = other or (lambda X: row.f(library, X))
        try:
            found = complex(f(array(row.A))).real
        except Missing:
            return [NO]
        except Exception:  # the modes below say so
            found = expected
        same = abs(found - expected) <= VALUE * max(abs(expected), 1)
        return words(modes(f, row.A, directions), truths) if same else ["value"]

    cells = [
        ours(best, FRECHET_JAX, by_jax),
        peer(JAX, row.jax, by_jax, jnp.asarray),
        ours(best, FRECHET_TORCH, by_torch),
        peer(PYTORCH, row.torch, by_torch, torch.as_tensor),
    ]
    opaque = [ours(row.f, FRECHET_JAX, by_jax), ours(row.f, FRECHET_TORCH, by_torch)] if row.best else []
    return cells, opaque


# --- the table --------------------------------------------------------------------------------------


def cell(found: list[str]) -> str:
    """ok, or a word for each mode."""
    return "ok" if found == OK else ", ".join(found)


def line(row: Row, cells: list[list[str]], opaque: list[list[str]]) -> str:
    """An operation of the table; the opaque function's words are given once where JAX and PyTorch agree."""
    texts = list(dict.fromkeys(cell(o) for o in opaque))
    return (
        f"| {row.operation} | {row.case} | {row.hard} | `{row.route}` | "
        + " | ".join([*map(cell, cells), "; ".join(texts)])
        + " |"
    )


def main() -> None:
    """Prints the table and writes it into docs/measured.md, unless it is a dry run or one of some operations only."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dry", action="store_true", help="only print")
    parser.add_argument("--only", default="", help="the rows of operations with this in their name")
    options = parser.parse_args()
    jax.config.update("jax_enable_x64", True)
    torch.set_default_dtype(torch.float64)
    warnings.simplefilter("ignore")
    heads = ("operation", "case", "", "frechet's route", *LIBRARIES, "frechet by the opaque function")
    lines = ["| " + " | ".join(heads) + " |", "| --- " * len(heads) + "|"]
    right, silent = [0] * len(LIBRARIES), 0
    rows = [r for r in (*coverage_factors.rows(), *coverage_spectral.rows()) if options.only in r.operation]
    for row in rows:
        cells, opaque = measure(row)
        right = [n + (w == OK) for n, w in zip(right, cells, strict=True)]
        silent += sum(w.startswith("wrong") for found in (cells[0], cells[2], *opaque) for w in found)
        lines.append(line(row, cells, opaque))
        print(lines[-1], flush=True)
    counts = ", ".join(f"{name} {n}" for name, n in zip(LIBRARIES, right, strict=True))
    text = (
        f"Right in forward mode, reverse mode and second order, of {len(rows)} functions (H: a degenerate case, C: composed "
        f"where no function is native; jax {jax.__version__}, torch {torch.__version__.split('+')[0]}): {counts}. "
        f"Modes of frechet that are silently wrong: {silent}."
    )
    print(text)
    if not (options.dry or options.only):
        write_table("coverage", text + "\n\n" + folded(f"All {len(rows)} rows", "\n".join(lines)))


if __name__ == "__main__":
    main()
