"""Newton steps, determinants and real problems by structured operators, beside dense Jacobians of JAX.

    python benchmarks/bench_operators.py            writes the tables into docs/measured.md
    python benchmarks/bench_operators.py --quick    small sizes, prints only

Every result is compared with the peer's before it is timed. Times are medians of processor time, one thread each.
"""

from __future__ import annotations

import os
import sys
import time
import tracemalloc
from collections.abc import Callable
from statistics import median

import jax
import jax.numpy as jnp
import numpy as np
import scipy.linalg as sla

import frechet as fr
from carex import EXAMPLES, LARGE, SOLUTIONS, balanced, stabilizing
from frechet.operators import Full, Product
from frechet.operators.linearize import linearize
from frechet.operators.operator import LinearOperator
from frechet.operators.parts import Block
from frechet.operators.plan import Plan
from tables import write_table

jax.config.update("jax_enable_x64", True)
QUICK = "--quick" in sys.argv
RNG = np.random.default_rng(0)
A, B, C, D, E = (fr.matrix(name, "n") for name in "ABCDE")
X = fr.matrix("X", "n")


def compared(ours: Callable[[], object], theirs: Callable[[], object], budget: float = 4.0) -> tuple[float, float]:
    """The medians of both, run in turn so that both see the same load; the shorter one more often."""
    ours(), theirs()
    a, b = clocked(ours), clocked(theirs)
    often, seldom = max(1, min(30, int(b / (4 * a)))), max(1, min(30, int(a / (4 * b))))
    times: tuple[list[float], list[float]] = ([], [])
    while len(times[1]) < 5 * seldom or (sum(map(sum, times)) < budget and len(times[1]) < 300):
        times[0].extend(clocked(ours) for _ in range(often))
        times[1].extend(clocked(theirs) for _ in range(seldom))
    return median(times[0]), median(times[1])


def clocked(run: Callable[[], object]) -> float:
    """Processor time, all threads of the process together: what others do on the machine does not count."""
    start = time.process_time()
    run()
    return time.process_time() - start


def gaussian(*shape: int) -> np.ndarray:
    return RNG.standard_normal(shape)


def stable(n: int) -> np.ndarray:
    return gaussian(n, n) - 2 * np.sqrt(n) * np.eye(n)


# --- one Newton step -------------------------------------------------------------------------------


def riccati(n):
    F = A.T @ X + X @ A - X @ B @ X + C
    values = {A: stable(n), B: np.eye(n), C: np.eye(n), X: np.eye(n)}
    return F, [X], values, lambda a, b, c, x: a.T @ x + x @ a - x @ b @ x + c, (A, B, C, X)


def square(n):
    values = {A: np.eye(n), X: -stable(n)}
    return fr.matrix_power(X, 2) - A, [X], values, lambda a, x: x @ x - a, (A, X)


def quadratic(n):
    values = {A: np.eye(n) + 0.1 * gaussian(n, n) / np.sqrt(n), B: np.eye(n), X: -stable(n) / n**0.5}
    return X @ A @ X - B, [X], values, lambda a, b, x: x @ a @ x - b, (A, B, X)


def sylvester(n):
    near = lambda: np.eye(n) + 0.3 * gaussian(n, n) / np.sqrt(n)
    values = {A: stable(n), B: near(), C: near(), D: stable(n), E: gaussian(n, n), X: gaussian(n, n)}
    return (
        A @ X @ B + C @ X @ D - E,
        [X],
        values,
        lambda a, b, c, d, e, x: a @ x @ b + c @ x @ d - e,
        (A, B, C, D, E, X),
    )


U, V, M = fr.matrix("U", "n", "r"), fr.matrix("V", "n", "r"), fr.matrix("M", "n")
WEIGHT = 0.1


def factorization(variables):
    def problem(n, rank):
        loss = fr.norm2(M - U @ V.T) ** 2 / 2 + fr.norm2(U) ** 2 / 20 + fr.norm2(V) ** 2 / 20
        values = {M: gaussian(n, n), U: gaussian(n, rank), V: gaussian(n, rank)}
        plain = lambda m, u, v: jnp.sum((m - u @ v.T) ** 2) / 2 + (jnp.sum(u**2) + jnp.sum(v**2)) * WEIGHT / 2
        return loss, variables, values, plain, (M, U, V)

    return problem


def our_step(function, variables, values):
    """F(X) and the structured derivative from one plan, then one solve; the plan is made once, as `root` does."""
    d = fr.derivative(function, variables)
    functions = list(d.gradients) if function.is_scalar else [function]
    forms = [fr.derivative(f, variables).linear_form for f in functions]
    plan = Plan(forms, d.tangents, functions)
    spaces = [Full(*values[v].shape) for v in variables]

    def step():
        grid, found = plan.build(values)
        if len(variables) == 1:
            return (LinearOperator(grid[0][0]).solve(found[0]),)
        shapes = tuple(s.shape for s in spaces)
        return LinearOperator(Block(tuple(map(tuple, grid)), shapes, shapes), Product(*spaces)).solve(tuple(found))

    return step


def jax_step(plain, order, variables, values, scalar):
    """jax.jacfwd of F (of the gradient, for a loss) and a dense solve, compiled as one function."""
    positions = [order.index(v) for v in variables]
    arrays = [jnp.asarray(values[s]) for s in order]
    shapes = [arrays[p].shape for p in positions]
    cuts = np.cumsum([int(np.prod(s)) for s in shapes])[:-1]

    def flat(z, *rest):
        full = list(rest)
        for p, s, part in zip(positions, shapes, jnp.split(z, cuts), strict=True):
            full[p] = part.reshape(s)
        return plain(*full)

    F = jax.grad(flat) if scalar else lambda z, *rest: flat(z, *rest).ravel()

    @jax.jit
    def step(z, *rest):
        return jnp.linalg.solve(jax.jacfwd(F)(z, *rest), F(z, *rest))

    z = jnp.concatenate([arrays[p].ravel() for p in positions])
    return lambda: step(z, *arrays).block_until_ready()


def newton_rows(sizes):
    problems = {
        "Riccati `A'*X+X*A-X*B*X+C`": riccati,
        "`X^2-A`": square,
        "`X*A*X-B`": quadratic,
        "generalized Sylvester `A*X*B+C*X*D-E`": sylvester,
    }
    for rank_name, rank in (("rank 5", lambda n: 5), ("rank n/2", lambda n: n // 2)):
        for where, variables in (("in U", [U]), ("in V", [V]), ("in U and V", [U, V])):
            make = factorization(variables)
            problems[f"factorization {where}, {rank_name}"] = lambda n, make=make, rank=rank: make(n, rank(n))
    rows = []
    for name, make in problems.items():
        cells = []
        for n in sizes:
            function, variables, values, plain, order = make(n)
            ours = our_step(function, variables, values)
            theirs = jax_step(plain, order, variables, values, function.is_scalar)
            found = np.concatenate([part.ravel() for part in ours()])
            wanted = np.asarray(theirs())
            error = np.linalg.norm(found - wanted) / np.linalg.norm(wanted)
            assert error < 1e-6, f"{name} at n = {n}: the steps differ by {error:.1e}"
            a, b = compared(ours, theirs, 1.5)
            cells.append((a, b))
            print(
                f"{name:45s} n={n:3d}  ours {1e3 * a:9.3f} ms  jax {1e3 * b:10.3f} ms  ratio {b / a:8.1f}", flush=True
            )
        rows.append((name, cells))
    return rows


def newton_table(sizes):
    rows = newton_rows(sizes)
    head = "| one Newton step; `jax.jacfwd` and dense solve over ours | " + " | ".join(f"n = {n}" for n in sizes)
    lines = [f"{head} | ours at n = {sizes[-1]} |", "| --- " * (len(sizes) + 2) + "|"]
    for name, cells in rows:
        ratios = " | ".join(f"{b / a:.3g}" for a, b in cells)
        lines.append(f"| {name} | {ratios} | {1e3 * cells[-1][0]:.2g} ms |")
    return "\n".join(lines)


# --- large: Riccati step and determinants ----------------------------------------------------------


def riccati_at(n):
    S = fr.matrix("S", "n", symmetric=True)
    Q = fr.matrix("Q", "n", symmetric=True)
    function = A.T @ S + S @ A - S @ Q @ S + Q
    a = stable(n)
    values = {A: a, Q: np.eye(n), S: np.eye(n)}
    d = fr.derivative(function, S)
    plan = Plan([d.linear_form], d.tangents, [function])
    space = linearize(d, values).domain

    def step():
        ((part,),), (residual,) = plan.build(values)
        return LinearOperator(part, space, space).solve(residual)

    closed = a - np.eye(n)
    residual = a.T + a - np.eye(n) + np.eye(n)
    peer = lambda: sla.solve_sylvester(closed.T, closed, residual)
    assert np.linalg.norm(step() - peer()) < 1e-8 * np.linalg.norm(peer())
    ours, theirs = compared(step, peer, 6.0)
    tracemalloc.start()
    step()
    memory = tracemalloc.get_traced_memory()[1] / (8 * n * n)
    tracemalloc.stop()
    print(f"riccati n={n}: ours {ours:.3f} s, solve_sylvester {theirs:.3f} s, {memory:.0f} n^2 numbers")
    return (
        f"A whole Newton step of the Riccati equation at n = {n} (values, operator, solve, residual check) takes "
        f"**{ours / theirs:.2f}** times one `scipy.linalg.solve_sylvester`, with {memory:.0f} arrays of n×n at the peak."
    )


def determinants(n):
    x, a, b = gaussian(n, n) + 2 * np.sqrt(n) * np.eye(n), gaussian(n, n), gaussian(n, n)
    spd = x @ x.T
    L = np.linalg.cholesky(spd)

    eigenvalues = np.linalg.eigvals(x)
    i, log_l = np.arange(n), np.log(np.diag(L))
    wanted = {
        "`A*X*B`": n * (np.linalg.slogdet(a)[1] + np.linalg.slogdet(b)[1]),
        "`X^-1`": -2 * n * np.linalg.slogdet(x)[1],
        "`X^2`": float(np.log(np.abs(eigenvalues[:, None] + eigenvalues)).sum()),
        # Muirhead 1982, theorem 2.1.9: 2^n prod l_ii^(n-i+1) between independent entries; √2 for each mirrored pair
        "`chol(X)`, X spd": -float((n * np.log(2) + (n - i) @ log_l) + n * (n - 1) / 4 * np.log(2)),
    }
    d = {
        "`A*X*B`": fr.derivative(A @ X @ B, X),
        "`X^-1`": fr.derivative(fr.inv(X), X),
        "`X^2`": fr.derivative(X @ X, X),
        "`chol(X)`, X spd": fr.derivative(fr.parse("chol(P)", P="spd(n)"), "P"),
    }
    ours = {
        "`A*X*B`": lambda: d["`A*X*B`"].at(A=a, X=x, B=b).logdet(),
        "`X^-1`": lambda: d["`X^-1`"].at(X=x).logdet(),
        "`X^2`": lambda: d["`X^2`"].at(X=x).logdet(),
        "`chol(X)`, X spd": lambda: d["`chol(X)`, X spd"].at(P=spd).logdet(),
    }
    needed = {
        "`A*X*B`": ("two LU", lambda: (sla.lu_factor(a), sla.lu_factor(b))),
        "`X^-1`": ("one LU", lambda: sla.lu_factor(x)),
        "`X^2`": ("eigenvalues", lambda: np.linalg.eigvals(x)),
        "`chol(X)`, X spd": ("one Cholesky", lambda: sla.cholesky(spd, lower=True)),
    }
    lines = [
        f"| log determinant of the Jacobian, n = {n} | over what the formula needs | time |",
        "| --- | --- | --- |",
    ]
    for name, run in ours.items():
        assert abs(run() - wanted[name]) < 1e-8 * abs(wanted[name]), f"{name}: {run()} and {wanted[name]}"
        what, peer = needed[name]
        mine, theirs = compared(run, peer, 2.0)
        print(f"logdet {name}: ours {1e3 * mine:.2f} ms, {what} {1e3 * theirs:.2f} ms, ratio {mine / theirs:.2f}")
        lines.append(f"| {name} | {mine / theirs:.2f} × ({what}) | {1e3 * mine:.2g} ms |")
    return "\n".join(lines)


# --- real input ------------------------------------------------------------------------------------


def relative_residual(a, g, q, x):
    """The residual over the size of its terms."""
    terms = (a.T @ x, x @ a, -x @ g @ x, q)
    return np.linalg.norm(sum(terms)) / sum(np.linalg.norm(t) for t in terms)


def carex_table():
    S, G, Q = (fr.matrix(name, "n", symmetric=True) for name in "XGQ")
    F = A.T @ S + S @ A - S @ G @ S + Q
    lines = [
        "| CAREX, balanced | n | residual, Newton | residual, `solve_continuous_are` | error, Newton | error, peer | steps |",
        "| --- " * 7 + "|",
    ]
    for name, make in {**EXAMPLES, **({} if QUICK else LARGE)}.items():
        (a, g, q), D = balanced(*make())
        w, v = np.linalg.eigh(g)
        b = (v * np.sqrt(np.maximum(w, 0)))[:, w > 1e-12 * w.max()]
        found = fr.root(F, S, stabilizing(a, g), {A: a, G: g, Q: q}, max_steps=60)
        peer = sla.solve_continuous_are(a, b, q, np.eye(b.shape[1]))
        ours, theirs = (relative_residual(a, g, q, x) for x in (found.X, peer))
        exact = [""] * 2
        if name in SOLUTIONS:
            x = SOLUTIONS[name]() * np.outer(D, D)
            exact = [f"{np.linalg.norm(y - x) / np.linalg.norm(x):.1e}" for y in (found.X, peer)]
        lines.append(
            f"| {name} | {len(a)} | {ours:.1e} | {theirs:.1e} | {exact[0]} | {exact[1]} | {found.iterations} |"
        )
        print(lines[-1], flush=True)
    return "\n".join(lines)


def digits_table(rank=10, weight=1.0):
    from sklearn.datasets import load_digits

    data = load_digits().data / 16.0
    m, n = data.shape
    U, V, M = fr.matrix("U", "m", "r"), fr.matrix("V", "n", "r"), fr.matrix("M", "m", "n")
    loss = fr.norm2(M - U @ V.T) ** 2 / 2 + weight / 2 * (fr.norm2(U) ** 2 + fr.norm2(V) ** 2)
    u0, v0 = np.abs(RNG.standard_normal((m, rank))) / 4, np.abs(RNG.standard_normal((n, rank))) / 4
    eye = weight * np.eye(rank)
    value = lambda u, v: float(np.sum((data - u @ v.T) ** 2) + weight * (np.sum(u**2) + np.sum(v**2))) / 2
    gradient = lambda u, v: np.hypot(
        np.linalg.norm((u @ v.T - data) @ v + weight * u), np.linalg.norm((u @ v.T - data).T @ u + weight * v)
    )
    goal = 1e-6 * gradient(u0, v0)

    def alternating(u, v, stop, most=20000):
        for sweep in range(most):
            u = np.linalg.solve(v.T @ v + eye, v.T @ data.T).T
            v = np.linalg.solve(u.T @ u + eye, u.T @ data).T
            if gradient(u, v) <= stop:
                return u, v, sweep + 1
        return u, v, most

    start = time.process_time()
    u, v, sweeps = alternating(u0, v0, goal)
    als = time.process_time() - start
    als_value, als_gradient = value(u, v), gradient(u, v)
    start = time.process_time()
    u, v, first = alternating(u0, v0, 1e-2 * gradient(u0, v0))
    found = fr.minimize(loss, [U, V], [u, v], {M: data}, tolerance=1e-9)
    newton = time.process_time() - start
    ours_value, ours_gradient = value(*found.X), gradient(*found.X)
    singular = np.linalg.svd(data, compute_uv=False)
    kept = singular[:rank]
    best = float(np.sum(weight * kept - weight**2 / 2) + np.sum(singular[rank:] ** 2) / 2)
    lines = [
        f"| digits {m}×{n}, rank {rank}, ridge {weight:g} | loss over the minimum | gradient norm | iterations | time |",
        "| --- | --- | --- | --- | --- |",
        f"| alternating least squares | {als_value / best - 1:.0e} | {als_gradient:.1e} | {sweeps} sweeps | {als:.2f} s |",
        f"| trust-region Newton, structured | {ours_value / best - 1:.0e} | {ours_gradient:.1e} | "
        f"{first} sweeps + {found.iterations} steps | {newton:.2f} s |",
    ]
    print("\n".join(lines), "\n", found, flush=True)
    return "\n".join(lines)


def roots_line(n=60):
    S, Q = fr.matrix("S", "n", symmetric=True), fr.matrix("Q", "n", symmetric=True)
    spd = gaussian(n, n)
    spd = spd @ spd.T / n + np.eye(n)
    found = fr.root(fr.matrix_power(S, 2) - Q, S, np.linalg.norm(spd, 2) ** 0.5 * np.eye(n), {Q: spd})
    error = np.linalg.norm(found.X - sla.sqrtm(spd)) / np.linalg.norm(found.X)
    near = gaussian(n, n) / np.sqrt(n) + 2 * np.eye(n)
    polar = fr.root(X.T @ X - fr.eye("n"), X, near)
    error_polar = np.linalg.norm(polar.X - sla.polar(near)[0]) / np.sqrt(n)
    assert max(error, error_polar) < 1e-10
    return (
        f"Matrix square root at n = {n}: {found.iterations} Newton steps, {error:.0e} from `scipy.linalg.sqrtm`; "
        f"orthogonal polar factor from `X'*X - eye`: {polar.iterations} steps, {error_polar:.0e} from `scipy.linalg.polar`."
    )


def main() -> None:
    sizes = (10, 20) if QUICK else (10, 20, 40, 60)
    parts = [
        newton_table(sizes),
        riccati_at(100 if QUICK else 500),
        determinants(60 if QUICK else 300),
        carex_table(),
        roots_line(20 if QUICK else 60),
        digits_table(5 if QUICK else 10),
        "Medians of processor time on one thread, float64, results compared before they are timed: `python benchmarks/bench_operators.py`.",
    ]
    if not QUICK:
        write_table("operators", "\n\n".join(parts))


def on_one_thread() -> None:
    """Starts again with one thread for BLAS and XLA: they read the setting once, when they are loaded."""
    if "OMP_NUM_THREADS" not in os.environ:
        flags = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
        one = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
        os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, **one, "XLA_FLAGS": flags})


if __name__ == "__main__":
    on_one_thread()
    main()
