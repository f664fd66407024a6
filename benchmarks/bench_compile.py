"""Compiled expressions beside jitted JAX, PyTorch and NumPy written by hand, float64, on the CPU.

Results are compared before anything is timed; times are medians, and the tables show ratios to NumPy by hand.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

if hasattr(os, "sched_setaffinity"):  # before the libraries start their threads
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})

import jax
import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).parent))
import frechet as fr
from compile_cases import hessians, values_and_gradients
from compile_linnea import linnea
from compile_mapping import mapping
from frechet.expr.node import postorder
from tables import folded, write_table

jax.config.update("jax_enable_x64", True)
SECONDS = 0.25  # of measuring for each entry of a table


def rounds(runs: dict[str, Callable[[], object]]) -> dict[str, float]:
    """The median time of each, measured in turns so that a disturbance meets all alike; each runs once before it is
    timed, so that all find their own arrays in cache, and not those of the one before."""
    for run in runs.values():
        run()
    times: dict[str, list[float]] = {name: [] for name in runs}
    start = time.perf_counter()
    while time.perf_counter() - start < SECONDS * len(runs) or len(times[next(iter(times))]) < 5:
        for name, run in runs.items():
            run()
            t = time.perf_counter()
            run()
            times[name].append(time.perf_counter() - t)
        if time.perf_counter() - start > 6 * SECONDS * len(runs):
            break
    return {name: statistics.median(t) for name, t in times.items()}


def as_arrays(result) -> list[np.ndarray]:
    return [np.asarray(r) for r in (result if isinstance(result, (tuple, list)) else [result])]


def measured(case) -> dict[str, float]:
    """Times of one case by peer; AssertionError when a peer computes something else."""
    runs = case.runs()
    want = as_arrays(runs["hand"]())
    for name, run in runs.items():
        for got, w in zip(as_arrays(run()), want, strict=True):
            scale = np.abs(w).max()
            np.testing.assert_allclose(
                got.reshape(w.shape), w, rtol=1e-6, atol=1e-7 * scale, err_msg=f"{case.name}: {name}"
            )
    return rounds(runs)


def table(title: str, cases: list, peers: list[str]) -> tuple[str, list[dict[str, float]]]:
    """Markdown: time by hand, and each peer's ratio to it."""
    lines = [f"**{title}**", "", "| | by hand, ms | " + " | ".join(peers) + " |", "| --- " * (2 + len(peers)) + "|"]
    ratios = []
    for case in cases:
        t = measured(case)
        ratio = {p: t[p] / t["hand"] for p in peers if p in t}
        ratios.append(ratio)
        cells = [f"{ratio[p]:.2f}" if p in ratio else "" for p in peers]
        lines.append(f"| {case.name} | {1e3 * t['hand']:.2f} | " + " | ".join(cells) + " |")
        print(lines[-1], flush=True)
    means = [np.exp(np.mean([np.log(r[p]) for r in ratios if p in r])) for p in peers]
    lines.append("| geometric mean | | " + " | ".join(f"{m:.2f}" for m in means) + " |")
    print(lines[-1], flush=True)
    return "\n".join(lines), ratios


def folded_table(title: str, cases: list, peers: list[str]) -> str:
    """A long table under its title and its last row."""
    text = table(title, cases, peers)[0]
    _, _, head, rule, *rows = text.splitlines()
    summary = "\n".join([f"**{title}**", "", head, rule, rows[-1]])
    return summary + "\n\n" + folded(f"All {len(cases)} rows", "\n".join([head, rule, *rows]))


NODES = 1000
CALLS = 1000


def long_loss() -> fr.Expr:
    """A loss of a thousand nodes: layer after layer of products, additions and functions."""
    rng = np.random.default_rng(0)
    f, count = "x", 0
    while count < NODES // 3:
        f = f"{rng.choice(['tanh', 'sigmoid', 'sin'])}(A*({f}) + y)"
        count += 1
    return fr.parse(f"norm2({f})^2", A="matrix(n,n)", x="vector(n)", y="vector(n)")


def nodes_of(*roots: fr.Expr) -> int:
    return sum(1 for _ in postorder(*roots))


def milliseconds(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    run()
    return 1e3 * (time.perf_counter() - start)


def compile_times() -> str:
    """Milliseconds to a program for every expression of table 2 and for a long one; the cost of a call on 3×3 input."""
    times = [milliseconds(case.compile) for case in values_and_gradients(8)]
    f = long_loss()
    roots = [f, fr.derivative(f, "x").gradient]
    long = milliseconds(lambda: fr.compile(roots, sizes={"n": 1000}).source)
    A = fr.matrix("A", "n", "n")
    g, a = (A @ A).compile(), np.eye(3)
    spent = rounds({"compiled": lambda: [g(A=a) for _ in range(CALLS)], "bare": lambda: [a @ a for _ in range(CALLS)]})
    return (
        f"Compile time of the expressions of the second table: median {statistics.median(times):.1f} ms, at most "
        f"{max(times):.0f} ms. A loss of {nodes_of(f):,} nodes: {long / 1e3:.2f} s with its gradient "
        f"({nodes_of(*roots):,} nodes). A call on 3×3 input costs "
        f"{1e6 * (spent['compiled'] - spent['bare']) / CALLS:.1f} µs over the bare NumPy call."
    )


def checks() -> str:
    """What it costs to look at all entries of an array that is declared symmetric, which a new array meets once."""
    n = 1000
    S, x = fr.matrix("S", "n", symmetric=True), fr.vector("x", "n")
    g, M, v = (S @ x).compile(), np.eye(n), np.ones(n)
    spent = rounds({"the same array": lambda: g(S=M, x=v), "a new array": lambda: g(S=M[:], x=v)})
    return (
        f"An array that is declared symmetric is compared with its transpose in full when it is new: "
        f"{1e3 * (spent['a new array'] - spent['the same array']):.2f} ms at n = {n:,}, "
        f"{spent['a new array'] / spent['the same array']:.1f} times the product S*x. Above, arrays come again in each call, as "
        f"the data of an optimization do, and one row and column a call are compared."
    )


def peak(run: Callable[[], object]) -> int:
    """The most bytes that NumPy holds during a run."""
    tracemalloc.start()
    run()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most


def memory(cases: list) -> str:
    """Peak memory of the compiled Hessians over that of the hand-written ones."""
    ratios = []
    for case in cases:
        runs = case.runs()
        runs["frechet"]()
        ratios.append(f"{case.name} {peak(runs['frechet']) / peak(runs['hand']):.2f}")
    return f"Peak memory over that of NumPy by hand: {'; '.join(ratios)}."


def main() -> None:
    torch.set_num_threads(1)
    intro = "Ratios of median times to NumPy written by hand (1.00 is the limit; smaller is faster), one core. "
    parts = [intro + "`frechet` is the NumPy target, `frechet on jax` the JAX target under `jax.jit`."]
    parts.append(table("Hessians", hessians(), ["frechet", "jax.hessian", "torch.func.hessian"])[0])
    parts.append(memory(hessians()))
    peers = ["frechet", "frechet on jax", "jax", "torch"]
    for n in (300, 1000):
        parts.append(table(f"Values and gradients, n = {n}", values_and_gradients(n), peers)[0])
    written = ["frechet", "numpy as written", "jax", "torch"]
    parts.append(folded_table("The mapping problem, n = 1000", mapping(1000), written))
    title = "The 25 applications of the Linnea paper, at a fifth to two fifths of the published sizes"
    parts.append(folded_table(title, linnea(), written))
    parts += [compile_times(), checks()]
    write_table("compile", "\n\n".join(parts))


if __name__ == "__main__":
    main()
