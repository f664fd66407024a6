"""Derivatives of what is solved for: against optimistix and diffrax, and in forward solves.

    python benchmarks/bench_implicit.py [--dry]

One thread, double precision. Gradients are compared before they are timed; the best of interleaved runs. Peers are jitted, and
compiled before the clock starts; where a peer is not installed its column stays empty.
"""

from __future__ import annotations

import argparse
import os
import tracemalloc
from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false")

import numpy as np
import scipy.linalg
from scipy.integrate import solve_ivp

import frechet as fr
from tables import write_table

RUNS = 7


def _best(functions: Sequence[Callable[[], Any]], runs: int = RUNS) -> list[float]:
    """The least time of each, in turns."""
    times = [[] for _ in functions]
    for f in functions:
        f()
    for _ in range(runs):
        for f, taken in zip(functions, times, strict=True):
            start = perf_counter()
            f()
            taken.append(perf_counter() - start)
    return [min(t) for t in times]


def _peer(name: str) -> Any:
    try:
        module = __import__(name)
    except ImportError:
        return None
    import jax

    jax.config.update("jax_enable_x64", True)
    return module


# --- an equilibrium -------------------------------------------------------------------------------------------------


def _equilibrium(n: int) -> str:
    """x = tanh(W*x + p): the gradient beyond the forward solve, by the same Newton iteration."""
    rng = np.random.default_rng(0)
    W, p = 0.5 * rng.standard_normal((n, n)) / n**0.5, rng.standard_normal(n)

    def solve(p):
        x = np.zeros(n)
        for _ in range(8):
            t = np.tanh(W @ x + p)
            x = x - np.linalg.solve((1 - t * t)[:, None] * W - np.eye(n), t - x)
        return x

    x = fr.implicit(lambda x, p: np.tanh(W @ x + p) - x, solve)
    ours = fr.gradient(lambda p: np.sum(x(p) ** 2))
    count = iter(range(10**9))
    fresh = lambda: p + 1e-9 * next(count)  # nothing is remembered from the last time
    optx = _peer("optimistix")
    if optx is None:
        mine, plain = _best([lambda: ours(fresh()), lambda: solve(fresh())])
        return f"| {n} | {1e6 * (mine - plain):.0f} | | |"
    import jax
    import jax.numpy as jnp

    Wj = jnp.asarray(W)
    solver = optx.Newton(rtol=1e-10, atol=1e-10)

    def theirs(p):
        found = optx.root_find(lambda x, p: jnp.tanh(Wj @ x + p) - x, solver, jnp.zeros(n), args=p)
        return jnp.sum(found.value**2)

    forward, gradient = jax.jit(theirs), jax.jit(jax.grad(theirs))
    assert np.allclose(ours(p), gradient(p), rtol=1e-7, atol=1e-12)
    mine, plain, peer, peer_plain = _best(
        [
            lambda: ours(fresh()),
            lambda: solve(fresh()),
            lambda: gradient(fresh()).block_until_ready(),
            lambda: forward(fresh()).block_until_ready(),
        ],
        200 if n <= 100 else 40 if n <= 300 else 10,
    )
    here, there = mine - plain, peer - peer_plain
    return f"| {n} | {1e6 * here:.0f} | {1e6 * there:.0f} | {here / there:.1f} |"


def _memory(n: int = 500) -> list[float]:
    """MB at the peak of a gradient, beyond what is there before it, with a solver of 60 and of 6000 steps."""
    rng = np.random.default_rng(0)
    W, p = 0.5 * rng.standard_normal((n, n)) / n**0.5, rng.standard_normal(n)
    peaks = []
    for steps in (60, 6000):

        def solve(p, steps=steps):
            x = np.zeros(n)
            for _ in range(steps):
                x = np.tanh(W @ x + p)
            return x

        x = fr.implicit(lambda x, p: np.tanh(W @ x + p) - x, solve)
        gradient = fr.gradient(lambda p, x=x: np.sum(x(p) ** 2))
        gradient(p)
        tracemalloc.start()
        gradient(p + 1e-9)
        peaks.append(tracemalloc.get_traced_memory()[1] / 1e6)
        tracemalloc.stop()
    return peaks


# --- a differential equation ----------------------------------------------------------------------------------------


_RATES, _START, _ACCURACY = np.array([1.5, 1.0, 3.0, 1.0]), np.ones(2), 1e-8


def _predators(t, y, p):
    return np.array([p[0] * y[0] - p[1] * y[0] * y[1], -p[2] * y[1] + p[3] * y[0] * y[1]])


def _exact_gradient() -> np.ndarray:
    """By the variational equations S' = f_y*S + f_p to 1e-13, with derivatives of the right side by hand."""

    def rates(t, s):
        y, S, p = s[:2], s[2:].reshape(2, 4), _RATES
        by_state = np.array([[p[0] - p[1] * y[1], -p[1] * y[0]], [p[3] * y[1], -p[2] + p[3] * y[0]]])
        by_rates = np.array([[y[0], -y[0] * y[1], 0, 0], [0, 0, -y[1], y[0] * y[1]]])
        return np.concatenate([_predators(t, y, p), (by_state @ S + by_rates).ravel()])

    end = solve_ivp(rates, (0, 10), np.concatenate([_START, np.zeros(8)]), "DOP853", rtol=1e-13, atol=1e-15).y[:, -1]
    return 2 * end[:2] @ end[2:].reshape(2, 4)


def _ode() -> list[str]:
    """Lotka and Volterra over ten units of time: each library at the loosest tolerance with which its gradient is right to 1e-8."""
    exact, p = _exact_gradient(), _RATES
    error = lambda g: float(np.linalg.norm(np.asarray(g) - exact) / np.linalg.norm(exact))
    ours = lambda rhs, tol, **options: fr.gradient(
        lambda p: np.sum(fr.odeint(rhs, _START, [0.0, 10.0], p, rtol=tol, atol=tol / 100, **options)[-1] ** 2)
    )
    kinds: dict[str, Callable[[float], Callable[[Any], Any]]] = {"frechet, NumPy": lambda tol: ours(_predators, tol)}
    diffrax = _peer("diffrax")
    if diffrax is not None:
        import jax
        import jax.numpy as jnp

        rhs = lambda t, y, p: jnp.array([p[0] * y[0] - p[1] * y[0] * y[1], -p[2] * y[1] + p[3] * y[0] * y[1]])

        def theirs(tol):
            def loss(p):
                found = diffrax.diffeqsolve(
                    diffrax.ODETerm(rhs), diffrax.Dopri8(), 0.0, 10.0, None, jnp.asarray(_START), args=p, max_steps=1000,
                    stepsize_controller=diffrax.PIDController(rtol=tol, atol=tol / 100),
                )  # fmt: skip
                return jnp.sum(found.ys[-1] ** 2)

            gradient = jax.jit(jax.grad(loss))
            return lambda p: gradient(p).block_until_ready()

        kinds['frechet, NumPy, library="jax"'] = lambda tol: ours(_predators, tol, library="jax")
        kinds["frechet, JAX"] = lambda tol: ours(rhs, tol)
        kinds["diffrax, jitted"] = theirs
    chosen = {}
    for name, made in kinds.items():
        for tol in 10.0 ** -np.arange(7, 13, 0.5):
            gradient = made(tol)
            if error(gradient(p)) <= _ACCURACY:
                chosen[name] = (tol, gradient)
                break
    assert chosen.keys() == kinds.keys()
    rounds = [[_best([lambda g=g: g(p)], 20)[0] for _, g in chosen.values()] for _ in range(5)]
    times = [min(taken) for taken in zip(*rounds, strict=True)]
    return [
        f"| {name} | {tol:.0e} | {error(g(p)):.0e} | {1e3 * t:.2f} | {t / times[-1]:.2f} |"
        for (name, (tol, g)), t in zip(chosen.items(), times, strict=True)
    ]


# --- a sparse inverse problem ----------------------------------------------------------------------------------------


def _grid(n: int) -> str:
    """Conductivities of n² cells: value and gradient in forward solves, assembly and factorization included."""
    k = np.arange(n * n).reshape(n, n)
    left = np.concatenate([k[:, :-1].ravel(), k[:-1].ravel()])
    right = np.concatenate([k[:, 1:].ravel(), k[1:].ravel()])
    i = k.ravel()
    places = np.concatenate([left, right, left, right, i]), np.concatenate([left, right, right, left, i])

    def matrix(q):
        c = np.exp(q)
        between = (c[left] + c[right]) / 2
        return fr.implicit.sparse(
            np.concatenate([between, between, -between, -between, 4e-3 * c]), places, (n * n, n * n)
        )

    u = fr.implicit.linear(matrix, np.full(n * n, 1.0 / n**2))
    seen = 0.01 * np.random.default_rng(0).standard_normal(n * n)
    both = fr.value_and_gradient(lambda q: np.sum((u(q) - seen) ** 2))
    count = iter(range(10**9))
    fresh = lambda: np.full(n * n, 1e-3 * next(count))
    gradient, forward = _best([lambda: both(fresh()), lambda: u(fresh())], 4)
    assert u.certificate.digits > 8
    return f"| {n * n:,} | {1e3 * forward:.0f} | {gradient / forward:.2f} |"


# --- a matrix square root ----------------------------------------------------------------------------------------------


def _square_root(n: int) -> tuple[str, float, float]:
    """By the Sylvester equation that F is seen to have, and by the dense n²×n² Jacobian."""
    A = np.random.default_rng(0).standard_normal((n, n))
    A = A @ A.T / n + np.eye(n)
    solve = lambda A: scipy.linalg.sqrtm(A).real
    count = iter(range(10**9))
    fresh = lambda: A + 1e-9 * next(count)
    structured = fr.implicit("X*X - A", solve)
    dense = fr.implicit("X*X - A", solve, structure="dense")
    first, second = (fr.gradient(lambda A, x=x: np.sum(x(A) ** 3)) for x in (structured, dense))
    assert np.allclose(first(A), second(A), rtol=1e-8)
    (fast,) = _best([lambda: first(fresh())], 3)
    (slow,) = _best([lambda: second(fresh())], 1)
    return f"| {n} | {1e3 * fast:.1f} | {1e3 * slow:.0f} | {slow / fast:.0f} |", fast, slow


def main() -> str:
    """The tables."""
    lines = [
        "An equilibrium `x = tanh(W*x + p)`: microseconds of the gradient beyond the forward solve by Newton's method, of frechet (F and",
        "solver in NumPy, with the certificate) and of optimistix (all jitted; a dense Jacobian and its LU factors, as here). Below some",
        "hundred unknowns it is the overhead of Python that counts; above, the factorization in single precision with refinement.",
        "",
        "| n | frechet | optimistix | ratio |",
        "|---|---|---|---|",
        *[_equilibrium(n) for n in (10, 30, 100, 300, 1000)],
        "",
        "Memory at the peak of such a gradient with a fixed-point iteration of 60 and of 6000 steps, 500 unknowns: "
        + " and ".join(f"{peak:.1f} MB." if k else f"{peak:.1f} MB" for k, peak in enumerate(_memory())),
        "",
        "Lotka and Volterra over 10 units of time: each at the loosest tolerance with which its gradient is right to 1e-8, measured against",
        "the variational equations; milliseconds of the gradient, each timed by itself, and the ratio to diffrax (Dopri8).",
        "Right sides are NumPy code, the same compiled by JAX, JAX code.",
        "",
        "| | tolerance | error | ms | ratio |",
        "|---|---|---|---|---|",
        *_ode(),
        "",
        "A sparse inverse problem, as many parameters as unknowns: milliseconds of a forward solve (assembly, factorization), value and gradient in",
        "forward solves. The factorization is used again for the transpose.",
        "",
        "| unknowns | forward | value and gradient |",
        "|---|---|---|",
        *[_grid(n) for n in (100, 320)],
        "",
        "The matrix square root: milliseconds of the gradient by the Sylvester equation that is recognised, and by the dense Jacobian of n² unknowns.",
        "",
        "| n | Sylvester | dense | ratio |",
        "|---|---|---|---|",
    ]
    found = [_square_root(n) for n in (20, 40, 60)]
    lines += [row for row, _, _ in found]
    slopes = [np.log(found[-1][k] / found[0][k]) / np.log(3) for k in (1, 2)]
    lines += ["", f"Slopes from 20 to 60: n^{slopes[0]:.1f} and n^{slopes[1]:.1f}."]
    return "\n".join(lines)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dry", action="store_true", help="print the table, write nothing")
    table = main()
    print(table)
    if not parser.parse_args().dry:
        write_table("implicit", "## Derivatives of what is solved for (`bench_implicit.py`)\n\n" + table)
