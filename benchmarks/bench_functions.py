"""Speed of derivatives of linear algebra: frechet.jax.linalg beside JAX, frechet.torch.linalg beside PyTorch.

    python benchmarks/bench_functions.py [--dry] [--size 200] [--seconds 1.0] [--only NAME]

Each row is one function that the library has too, with a derivative, at n = 200 in float64 on one thread. Forward mode
is the value with one directional derivative (jvp), reverse mode the value with the gradient of a scalar function of the
result that does not depend on signs. JAX is jitted on both sides, PyTorch eager on both sides. Results are compared
before they are timed; the figure is the median time of ours over theirs, measured in turns. The second table is about
accuracy where two eigenvalues (singular values) are 1e-10 apart, against mpmath.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("JAX_PLATFORMS", "cpu")
if hasattr(os, "sched_setaffinity"):  # before the libraries start their threads
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})

import jax
import jax.numpy as jnp
import jax.scipy.linalg
import numpy as np
import torch

import frechet.jax.linalg as frechet_jax
import frechet.torch.linalg as frechet_torch
from functions_accuracy import accuracy_table
from tables import write_table

Function = Callable[..., Any]


class Case(NamedTuple):
    """A function of a module and a matrix; the same of JAX and of PyTorch; a point; signs of the result are open."""

    name: str
    ours: Callable[[Any, Any], Any]
    jax: Function | None
    torch: Function | None
    point: np.ndarray
    up_to_sign: bool = False


def cases(n: int) -> list[Case]:
    """The functions that JAX or PyTorch has with a derivative."""
    rng = np.random.default_rng(0)
    G = rng.standard_normal((n, n))
    near = np.eye(n) + 0.3 * G / np.sqrt(n)
    spd = G @ G.T / n + np.eye(n)
    symmetric = (G + G.T) / 2
    tall, b = rng.standard_normal((2 * n, n)), rng.standard_normal((n, 3))
    long = rng.standard_normal((2 * n, 3))
    small = rng.standard_normal((4, 4))
    B = {"solve": b, "lstsq": long, "kron": small}
    given = lambda name, X: torch.as_tensor(B[name]) if isinstance(X, torch.Tensor) else jnp.asarray(B[name])
    jl, js, tl = jnp.linalg, jax.scipy.linalg, torch.linalg
    H = lambda X: (X + X.mT) / 2
    return [
        Case("inv", lambda L, X: L.inv(X), jl.inv, tl.inv, near),
        Case(
            "solve, 3 right-hand sides",
            lambda L, X: L.solve(X, given("solve", X)),
            lambda X: jl.solve(X, b),
            lambda X: tl.solve(X, given("solve", X)),
            near,
        ),
        Case(
            "lstsq, 2n×n, 3 right-hand sides",
            lambda L, X: _solution(L.lstsq(X, given("lstsq", X))),
            lambda X: jl.lstsq(X, long)[0],
            lambda X: tl.lstsq(X, given("lstsq", X)).solution,
            tall,
        ),
        Case("pinv, 2n×n", lambda L, X: L.pinv(X), jl.pinv, tl.pinv, tall),
        Case("det", lambda L, X: L.det(X), jl.det, tl.det, near),
        Case("slogdet", lambda L, X: L.slogdet(X)[1], lambda X: jl.slogdet(X)[1], lambda X: tl.slogdet(X)[1], near),
        Case("matrix_power, 5", lambda L, X: L.matrix_power(X, 5), *[_power(m) for m in (jl, tl)], near),
        Case("expm, small norm", lambda L, X: L.expm(X), js.expm, tl.matrix_exp, near),
        Case("expm, norm 200", lambda L, X: L.expm(X), js.expm, tl.matrix_exp, 0.9 * G),
        Case("cholesky", lambda L, X: L.cholesky(X), jl.cholesky, lambda X: tl.cholesky(H(X)), spd),
        Case("lu", lambda L, X: L.lu(X)[1:], lambda X: js.lu(X)[1:], lambda X: tl.lu(X)[1:], near),
        Case("qr", lambda L, X: L.qr(X), jl.qr, tl.qr, G, True),
        Case("qr, 2n×n", lambda L, X: L.qr(X), jl.qr, tl.qr, tall, True),
        Case("eigh", lambda L, X: L.eigh(X), jl.eigh, lambda X: tl.eigh(H(X)), symmetric, True),
        Case("eigvalsh", lambda L, X: L.eigvalsh(X), jl.eigvalsh, lambda X: tl.eigvalsh(H(X)), symmetric),
        Case("eig", lambda L, X: L.eig(X), None, tl.eig, G, True),
        Case("eigvals", lambda L, X: _symmetric_function(L.eigvals(X)), *[_eigvals(m) for m in (jl, tl)], G),
        Case("svd", lambda L, X: L.svd(X, full_matrices=False), *[_thin(m) for m in (jl, tl)], G, True),
        Case("svd, 2n×n", lambda L, X: L.svd(X, full_matrices=False), *[_thin(m) for m in (jl, tl)], tall, True),
        Case("svdvals", lambda L, X: L.svdvals(X), jl.svdvals, tl.svdvals, G),
        Case("norm, Frobenius", lambda L, X: L.norm(X), jl.norm, tl.norm, G),
        Case("norm, nuclear", lambda L, X: L.norm(X, "nuc"), *[_norm(m, "nuc") for m in (jl, tl)], G),
        Case("norm, spectral", lambda L, X: L.norm(X, 2), *[_norm(m, 2) for m in (jl, tl)], G),
        Case("cond", lambda L, X: L.cond(X), jl.cond, tl.cond, near),
    ]


def _power(linalg: Any) -> Function:
    return lambda X: linalg.matrix_power(X, 5)


def _norm(linalg: Any, order: Any) -> Function:
    return lambda X: linalg.norm(X, order)


def _thin(linalg: Any) -> Function:
    return lambda X: linalg.svd(X, full_matrices=False)


def _eigvals(linalg: Any) -> Function:
    return lambda X: _symmetric_function(linalg.eigvals(X))


def _symmetric_function(values: Any) -> Any:
    """Real, and the same for every order of the values."""
    return (values**2).sum().real


def _solution(found: Any) -> Any:
    return found[0] if isinstance(found, tuple) else found


# --- what is timed ----------------------------------------------------------------------------------


def _loss(f: Function, up_to_sign: bool) -> Function:
    """A scalar function of all results of f."""

    def loss(X):
        result = f(X)
        total = 0.0
        for k, M in enumerate(result if isinstance(result, (tuple, list)) else (result,)):
            part = (M * M.conj()).real if up_to_sign else M
            w = _weights(tuple(M.shape), k)
            total = total + (part * (torch.as_tensor(w) if isinstance(X, torch.Tensor) else w)).sum()
        return total

    return loss


def _weights(shape: tuple[int, ...], k: int) -> np.ndarray:
    return np.random.default_rng(k + 1).uniform(0.5, 1.5, shape)


def by_jax(f: Function, case: Case) -> dict[str, Callable[[], list[np.ndarray]]]:
    """Forward and reverse mode, jitted."""
    X, E = jnp.asarray(case.point), jnp.asarray(_direction(case))
    loss = _loss(f, case.up_to_sign)
    forward = jax.jit(lambda X, E: jax.jvp(f, (X,), (E,)))
    reverse = jax.jit(jax.value_and_grad(loss))
    return {
        "forward": lambda: jax.block_until_ready(forward(X, E)),
        "reverse": lambda: jax.block_until_ready(reverse(X)),
    }


def by_torch(f: Function, case: Case) -> dict[str, Callable[[], Any]]:
    """Forward and reverse mode, eager."""
    X, E = torch.as_tensor(case.point), torch.as_tensor(_direction(case))
    loss = _loss(f, case.up_to_sign)

    def reverse():
        Y = X.clone().requires_grad_()
        value = loss(Y)
        return value.detach(), torch.autograd.grad(value, Y)[0]

    return {"forward": lambda: torch.func.jvp(f, (X,), (E,)), "reverse": reverse}


def _direction(case: Case) -> np.ndarray:
    return np.random.default_rng(9).standard_normal(case.point.shape)


def _numbers(result: Any) -> list[np.ndarray]:
    if isinstance(result, (tuple, list)):
        return [x for r in result for x in _numbers(r)]
    return [np.asarray(result.detach() if isinstance(result, torch.Tensor) else result)]


def assert_same(case: Case, ours: Any, theirs: Any) -> None:
    """The two derivatives agree; of results with open signs, the absolute values."""
    pairs = list(zip(_numbers(ours), _numbers(theirs), strict=True))
    for a, b in pairs:
        a, b = (np.abs(a), np.abs(b)) if case.up_to_sign and a.shape != case.point.shape else (a, b)
        if case.up_to_sign:
            a, b = np.abs(a), np.abs(b)
        scale = np.abs(b).max() or 1.0
        assert np.abs(a - b).max() <= 1e-6 * scale, f"{case.name}: {np.abs(a - b).max() / scale:.1e}"


def ratio(ours: Callable[[], Any], theirs: Callable[[], Any], seconds: float) -> tuple[float, float]:
    """The median time of ours over theirs, and theirs in milliseconds, measured in turns."""
    times: tuple[list[float], list[float]] = ([], [])
    start = time.perf_counter()
    while time.perf_counter() - start < seconds or len(times[0]) < 5:
        for run, spent in zip((ours, theirs), times, strict=True):
            before = time.process_time()
            run()
            spent.append(time.process_time() - before)
    mine, other = map(statistics.median, times)
    return mine / other, 1e3 * other


def measure(case: Case, seconds: float) -> list[str]:
    """Cells: ratio and time of the peer, forward and reverse, for JAX and for PyTorch."""
    cells = []
    for peer, module, runs in ((case.jax, frechet_jax, by_jax), (case.torch, frechet_torch, by_torch)):
        if peer is None:
            cells += ["–", "–"]
            continue
        ours, theirs = runs(lambda X, m=module: case.ours(m, X), case), runs(peer, case)
        for mode in ("forward", "reverse"):
            assert_same(case, ours[mode](), theirs[mode]())
            found, milliseconds = ratio(ours[mode], theirs[mode], seconds)
            cells.append(f"{found:.2f} ({milliseconds:.1f} ms)")
    return cells


def main() -> None:
    """Prints the tables and writes them into docs/measured.md, unless it is a dry run or one of some functions only."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dry", action="store_true", help="only print")
    parser.add_argument("--size", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=1.0, help="of measuring, for each figure")
    parser.add_argument("--only", default="", help="only the functions whose name contains this")
    options = parser.parse_args()
    jax.config.update("jax_enable_x64", True)
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    head = ["function", "JAX forward", "JAX reverse", "PyTorch forward", "PyTorch reverse"]
    lines = ["| " + " | ".join(head) + " |", "| --- " * len(head) + "|"]
    for case in cases(options.size):
        if options.only in case.name:
            lines.append(f"| {case.name} | " + " | ".join(measure(case, options.seconds)) + " |")
            print(lines[-1], flush=True)
    text = f"Median time of ours over theirs (in brackets theirs), n = {options.size}, float64, one thread."
    accuracy = accuracy_table()
    print(accuracy)
    if not (options.dry or options.only):
        write_table("functions", "\n\n".join([text, "\n".join(lines), accuracy]))


if __name__ == "__main__":
    main()
