"""Derivatives of matrix functions and factorizations: frechet.jax.linalg and frechet.torch.linalg beside JAX and PyTorch.

    python benchmarks/bench_coverage.py [--write]

Each row is one scalar function of a result that does not depend on the choice of signs and phases. Forward mode,
reverse mode and a Hessian-vector product are compared with extrapolated central differences of the function along two
directions: first derivatives to 1e-6, the second to 1e-5, relative. `error` is an exception, NaN a result that is not
finite (both are loud), `wrong` a finite result that is off, and `-` a function that the library does not have.
"""

from __future__ import annotations

import argparse
import os
import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

os.environ.setdefault("JAX_PLATFORMS", "cpu")

import jax
import jax.numpy as jnp
import jax.scipy.linalg
import numpy as np
import torch

import frechet.jax.linalg as frechet_jax
import frechet.torch.linalg as frechet_torch
from readme import write_table

FIRST, SECOND = 1e-6, 1e-5
rng = np.random.default_rng(0)
W = rng.uniform(0.5, 1.5, (9, 9))


class Case(NamedTuple):
    """A scalar function of a library and a matrix, at a point; `peers` is the same with what the peers have."""

    operation: str
    case: str
    f: Callable[[Any, Any], Any]
    A: np.ndarray
    jax: Callable[[Any], Any] | None = None
    torch: Callable[[Any], Any] | None = None


def weigh(M):
    """A generic smooth function of the entries."""
    w = W[: M.shape[0], : M.shape[1]] if M.ndim == 2 else W[0, : M.shape[0]]
    w = torch.as_tensor(w) if isinstance(M, torch.Tensor) else w
    return ((M.real * w) ** 2 + M.real * w).sum()


def squares(M):
    """A function of the absolute values: the same for every choice of signs and phases."""
    w = W[: M.shape[0], : M.shape[1]] if M.ndim == 2 else W[0, : M.shape[0]]
    w = torch.as_tensor(w) if isinstance(M, torch.Tensor) else w
    return (abs(M) ** 2 * w).sum()


G = rng.standard_normal((4, 4))
NEAR = np.eye(4) + 0.2 * G
SPD = G @ G.T / 4 + np.eye(4)
TALL, WIDE = rng.standard_normal((5, 3)), rng.standard_normal((3, 5))
Q4 = np.linalg.qr(rng.standard_normal((4, 4)))[0]
D = np.diag
JORDAN = D([2.0] * 4) + D([1.0] * 3, 1)
RANK2 = rng.standard_normal((5, 2)) @ rng.standard_normal((2, 4))
REAL = D([1.0, 2.0, 4.0, 7.0]) + 0.2 * G
TIED = Q4 @ D([1.0, 1.0, 2.0, 3.0]) @ Q4.T


def vw(values, vectors):
    return squares(vectors) + squares(values)


def cases() -> list[Case]:
    """Rows: operation, case, the function with frechet, the point, and the same with JAX and PyTorch."""
    jl, js, tl = jnp.linalg, jax.scipy.linalg, torch.linalg
    rows: list[Case] = []

    def add(operation, case, f, A, j=None, t=None):
        rows.append(Case(operation, case, f, np.asarray(A, float), j, t))

    def same(operation, name, case, A, post=weigh):
        """The function has one name in the three libraries."""
        j, t = getattr(jl, name, None) or getattr(js, name, None), getattr(tl, name, None)
        add(
            operation,
            case,
            lambda L, X: post(getattr(L, name)(X)),
            A,
            (lambda X: post(j(X))) if j else None,
            (lambda X: post(t(X))) if t else None,
        )

    scalar = lambda x: x
    same("inv", "inv", "regular 4x4", NEAR)
    b = rng.standard_normal((4, 1))
    for name, A in (("5x3", TALL), ("3x5", WIDE)):
        same("pinv", "pinv", name, A)
    c = rng.standard_normal((6, 1))
    for name, A in (
        ("over-determined 6x3", rng.standard_normal((6, 3))),
        ("orthonormal columns, exact", np.eye(6)[:, :3]),
        ("orthonormal columns, generic", np.linalg.qr(rng.standard_normal((6, 3)))[0]),
    ):
        add(
            "lstsq",
            name,
            lambda L, X: weigh(L.lstsq(X, torch.as_tensor(c) if isinstance(X, torch.Tensor) else c)),
            A,
            lambda X: weigh(jl.lstsq(X, c)[0]),
            lambda X: weigh(tl.lstsq(X, torch.as_tensor(c)).solution),
        )
    for name, A in (
        ("regular 4x4", NEAR),
        ("rank n-1, exact diag(1,2,3,0)", D([1.0, 2, 3, 0])),
        ("rank n-1, integers", [[1, 2, 3, 4], [2, 1, 0, 1], [3, 3, 3, 5], [1, 0, 2, 1]]),
        ("rank n-2, exact diag(1,2,0,0)", D([1.0, 2, 0, 0])),
        ("rank n-2, integers 0..15", np.arange(16.0).reshape(4, 4)),
        ("zero 4x4", np.zeros((4, 4))),
    ):
        same("det", "det", name, A, scalar)
    for name, A in (
        ("generic", G),
        ("zero", np.zeros((4, 4))),
        ("Jordan block", JORDAN),
        ("symmetric, repeated", TIED),
    ):
        add(
            "expm",
            name,
            lambda L, X: weigh(L.expm(X)),
            A,
            lambda X: weigh(js.expm(X)),
            lambda X: weigh(tl.matrix_exp(X)),
        )
    add("expm", "action expm(A) b", lambda L, X: weigh(L.expm_multiply(X, _as(X, b))), G)
    for name, A in (("generic", NEAR), ("identity", np.eye(4)), ("Jordan block", JORDAN)):
        add("logm", name, lambda L, X: weigh(L.logm(X)), A)
    pair = D([2.0, 2, 1, 3]) + np.pad([[0, 1.0], [-1, 0]], (0, 2))
    for name, A in (
        ("generic", NEAR),
        ("complex pair", pair),
        ("2*I", 2 * np.eye(4)),
        ("Jordan block", JORDAN),
        ("SPD", SPD),
    ):
        add("sqrtm", name, lambda L, X: weigh(L.sqrtm(X)), A, lambda X: weigh(js.sqrtm(X).real))
    for f in ("sinm", "cosm"):
        for name, A in (("generic", G), ("diag(1,1,2,3)", D([1.0, 1, 2, 3])), ("Jordan block", JORDAN)):
            add("funm", f"{f}, {name}", lambda L, X, f=f: weigh(getattr(L, f)(X)), A)
    add("funm", "matrix sign", lambda L, X: weigh(L.signm(X)), D([2.0, -2, 1, -1]) + 0.2 * G)
    add("fractional_matrix_power", "A^0.3", lambda L, X: weigh(L.fractional_matrix_power(X, 0.3)), NEAR)
    for name, A in (("SPD", SPD), ("identity", np.eye(4))):
        s = lambda X: (X + X.mT) / 2
        add(
            "cholesky",
            name,
            lambda L, X: weigh(L.cholesky(X)),
            A,
            lambda X: weigh(jl.cholesky(X)),
            lambda X, s=s: weigh(tl.cholesky(s(X))),
        )
    add("ldl", "indefinite", lambda L, X: sum(weigh(x) for x in L.ldl(X)), D([2.0, -1, 3, -2]) + 0.1 * (G + G.T))
    singular = NEAR.copy()
    singular[:, 3] = singular[:, :3] @ [1.0, 2.0, -1.0]
    for name, A in (("square", NEAR), ("tall", TALL), ("wide", WIDE), ("rank n-1, last pivot 0", singular)):
        add(
            "lu",
            name,
            lambda L, X: weigh(L.lu(X)[1]) + weigh(L.lu(X)[2]),
            A,
            lambda X: sum(weigh(x) for x in js.lu(X)[1:]),
            lambda X: sum(weigh(x) for x in tl.lu(X)[1:]),
        )
    for name, A in (("square", NEAR), ("tall", TALL), ("wide", WIDE), ("rank n-1, dependent last column", singular)):
        both = lambda r: squares(r[0]) + squares(r[1])
        same("qr", "qr", name, A, both)
    complement = lambda r: squares(r[0][:, 3:] @ r[0][:, 3:].mT)
    add(
        "qr",
        "complete, complement projector",
        lambda L, X: complement(L.qr(X, "complete")),
        TALL,
        lambda X: complement(jl.qr(X, "complete")),
        lambda X: complement(tl.qr(X, "complete")),
    )
    gap = lambda g: Q4 @ D([1.0, 1 + g, 2, 3]) @ Q4.T
    same("eigh", "eigh", "distinct", SPD, lambda r: vw(*r))
    for name, A in (
        ("exactly repeated diag(1,1,2,3)", D([1.0, 1, 2, 3])),
        ("repeated up to rounding", TIED),
        ("identity", np.eye(4)),
        ("gap 1e-10", gap(1e-10)),
        ("gap 1e-6", gap(1e-6)),
    ):
        h = lambda X: (X + X.mT) / 2
        vfv = lambda r: weigh((r[1] * _exp(r[0])) @ r[1].mT)
        add(
            "eigh",
            f"V exp(w) V', {name}",
            lambda L, X, h=h: weigh(L.spectral_function("exp", h(X))),
            A,
            lambda X, h=h, vfv=vfv: vfv(jl.eigh(h(X))),
            lambda X, h=h, vfv=vfv: vfv(tl.eigh(h(X))),
        )
        trf = lambda r: _exp(r).sum()
        add(
            "eigh",
            f"tr exp(A), {name}",
            lambda L, X, h=h: _trace(L.spectral_function("exp", h(X))),
            A,
            lambda X, h=h, trf=trf: trf(jl.eigvalsh(h(X))),
            lambda X, h=h, trf=trf: trf(tl.eigvalsh(h(X))),
        )
    for name, A in (("exact diag(1,2,3,3)", D([1.0, 2, 3, 3])), ("up to rounding", Q4 @ D([1.0, 2, 3, 3]) @ Q4.T)):
        projector = lambda r: weigh(r[1][:, 2:] @ r[1][:, 2:].mT)
        h = lambda X: (X + X.mT) / 2
        add(
            "eigh",
            f"projector on a repeated pair, {name}",
            lambda L, X: weigh(L.spectral_projector(X, 2)),
            A,
            lambda X, h=h, p=projector: p(jl.eigh(h(X))),
            lambda X, h=h, p=projector: p(tl.eigh(h(X))),
        )
        add(
            "eigh",
            f"sum of 2 largest, the pair repeated, {name}",
            lambda L, X: L.sum_largest(X, 2) ** 2,
            A,
            lambda X, h=h: jl.eigvalsh(h(X))[2:].sum() ** 2,
            lambda X, h=h: tl.eigvalsh(h(X))[2:].sum() ** 2,
        )
    for name, A in (("real eigenvalues", REAL), ("complex pair", pair + 0.1 * G)):
        same("eig", "eig", f"|v|^2, {name}", A, lambda r: squares(r[1]))
        same("eig", "eigvals", f"symmetric function, {name}", A, lambda w: abs((w**3).sum()) ** 2)
    for name, A in (("diag(1,1,2,3)", D([1.0, 1, 2, 3])), ("Jordan block", JORDAN)):
        add(
            "eig",
            f"tr exp(A), {name}",
            lambda L, X: _trace(L.expm(X)),
            A,
            lambda X: _exp(jl.eigvals(X)).sum().real,
            lambda X: _exp(tl.eigvals(X)).sum().real,
        )
    thin = lambda r: squares(r[0]) + squares(r[1]) + squares(r[2])
    for name, A in (("thin tall 5x3", TALL), ("thin wide 3x5", WIDE)):
        add(
            "svd",
            name,
            lambda L, X: thin(L.svd(X, full_matrices=False)),
            A,
            lambda X: thin(jl.svd(X, full_matrices=False)),
            lambda X: thin(tl.svd(X, full_matrices=False)),
        )
    add(
        "svd",
        "full_matrices, complement projector",
        lambda L, X: complement(L.svd(X)),
        TALL,
        lambda X: complement(jl.svd(X)),
        lambda X: complement(tl.svd(X)),
    )
    for name, A in (("rank 2 of 5x4", RANK2), ("exact zeros", np.pad(D([3.0, 2.0]), ((0, 3), (0, 2))))):
        low = lambda r: weigh((r[0][:, :2] * r[1][:2]) @ r[2][:2])
        add(
            "svd",
            f"best approximation of rank 2, {name}",
            lambda L, X: weigh(L.low_rank(X, 2)),
            A,
            lambda X, low=low: low(jl.svd(X, full_matrices=False)),
            lambda X, low=low: low(tl.svd(X, full_matrices=False)),
        )
    for name, A in (("distinct", G), ("diag(3,1,1,.5)", D([3.0, 1, 1, 0.5])), ("rank one", np.outer(*G[:2]))):
        add("norm", f"2, {name}", lambda L, X: L.norm(X, 2), A, lambda X: jl.norm(X, 2), lambda X: tl.norm(X, 2))
        if name != "rank one":
            add("cond", name, lambda L, X: L.cond(X), A, lambda X: jl.cond(X), lambda X: tl.cond(X))
    for name, A in (("tall distinct", TALL), ("orthogonal", Q4), ("identity", np.eye(4))):
        add(
            "norm",
            f"nuc, {name}",
            lambda L, X: L.norm(X, "nuc"),
            A,
            lambda X: jl.norm(X, "nuc"),
            lambda X: tl.norm(X, "nuc"),
        )
        uv = lambda r: weigh(r[0] @ r[2])
        add(
            "polar",
            name,
            lambda L, X: weigh(L.polar(X)[0]),
            A,
            lambda X: weigh(js.polar(X)[0]),
            lambda X, uv=uv: uv(tl.svd(X, full_matrices=False)),
        )
    add("polar", "wide 3x5", lambda L, X: weigh(L.polar(X, "left")[0]), WIDE)
    add("schur", "real eigenvalues", lambda L, X: sum(squares(x) for x in L.schur(X)), REAL)
    add("hessenberg", "H and Q", lambda L, X: sum(squares(x) for x in L.hessenberg(X)), G)
    add("solve_sylvester", "generic", lambda L, X: weigh(L.solve_sylvester(X, X @ X, X)), NEAR)
    add("solve_sylvester", "repeated eigenvalues", lambda L, X: weigh(L.solve_sylvester(X, X, X)), 2 * np.eye(4))
    add("solve_continuous_lyapunov", "", lambda L, X: weigh(L.solve_continuous_lyapunov(X, X)), NEAR)
    add("solve_discrete_lyapunov", "", lambda L, X: weigh(L.solve_discrete_lyapunov(0.3 * X, X)), NEAR)
    add("solve_continuous_are", "", lambda L, X: weigh(L.solve_continuous_are(X, X, X @ X.mT, X @ X.mT)), NEAR)
    add("solve_discrete_are", "", lambda L, X: weigh(L.solve_discrete_are(X, X, X @ X.mT, X @ X.mT)), NEAR)
    add("null_space", "projector, wide 3x5", lambda L, X: weigh(L.null_space_projector(X)), WIDE)
    add("orth", "projector, tall 5x3", lambda L, X: weigh(L.range_projector(X)), TALL)
    add("orth", "projector, orthonormal columns", lambda L, X: weigh(L.range_projector(X)), np.eye(5)[:, :3])
    add("Procrustes", "generic", lambda L, X: weigh(L.orthogonal_procrustes(X, X @ X + X)[0]), G)
    add("Procrustes", "rotation", lambda L, X: weigh(L.rotation(X)), G)
    add("generalized eigh", "distinct", lambda L, X: vw(*L.eigh_generalized(X, X @ X.mT + X @ X.mT @ X @ X.mT)), SPD)
    add("geometric_mean", "two SPD", lambda L, X: weigh(L.geometric_mean(X @ X.mT, X @ X.mT @ X @ X.mT)), NEAR)
    return rows


def _as(X, b):
    return torch.as_tensor(b) if isinstance(X, torch.Tensor) else jnp.asarray(b)


def _exp(x):
    return torch.exp(x) if isinstance(x, torch.Tensor) else jnp.exp(x)


def _trace(M):
    return torch.trace(M) if isinstance(M, torch.Tensor) else jnp.trace(M)


# --- measuring --------------------------------------------------------------------------------------


def central(f: Callable[[float], np.ndarray]) -> np.ndarray:
    """d/dt f(t) at 0 by differences extrapolated four times, where the step is small enough to stay in the domain."""
    table: list[np.ndarray] = []
    for level in range(5):
        h = 4e-3 / 2**level
        new = [np.asarray((f(h) - f(-h)) / (2 * h))]
        for k, old in enumerate(table):
            new.append(new[k] + (new[k] - old) / (4.0 ** (k + 1) - 1))
        table = new
    return table[-2]


def word(measured: Any, truth: np.ndarray, tolerance: float) -> str:
    """ok, NaN or wrong with the relative error."""
    measured = np.asarray(measured)
    if not np.isfinite(measured).all():
        return "NaN"
    error = np.abs(measured - truth).max() / max(np.abs(truth).max(), 1e-2)
    return "ok" if error <= tolerance else f"wrong {error:.0e}"


def by_jax(f: Callable[[Any], Any], A: np.ndarray, E: np.ndarray, truth: tuple) -> list[str]:
    """The words for forward mode, reverse mode, Hessian-vector product."""
    X, V = jnp.asarray(A), jnp.asarray(E)
    modes = (
        lambda: jax.jvp(f, (X,), (V,))[1],
        lambda: jnp.sum(jax.grad(f)(X) * V),
        lambda: jnp.sum(jax.jvp(jax.grad(f), (X,), (V,))[1] * V),
    )
    return _words(modes, truth)


def by_torch(f: Callable[[Any], Any], A: np.ndarray, E: np.ndarray, truth: tuple) -> list[str]:
    """The same for PyTorch."""
    X, V = torch.as_tensor(A), torch.as_tensor(E)

    def second():
        Y = X.clone().requires_grad_()
        (g,) = torch.autograd.grad(f(Y), Y, create_graph=True)
        return (torch.autograd.grad((g * V).sum(), Y)[0] * V).sum()

    modes = (
        lambda: torch.func.jvp(f, (X,), (V,))[1],
        lambda: (torch.func.grad(f)(X) * V).sum(),
        second,
    )
    return _words([lambda m=m: m().detach().numpy() for m in modes], truth)


def _words(modes, truth) -> list[str]:
    words = []
    for mode, expected, tolerance in zip(modes, truth, (FIRST, FIRST, SECOND), strict=True):
        try:
            words.append(word(mode(), expected, tolerance))
        except Exception:
            words.append("error")
    return words


def measure(case: Case) -> list[list[str]]:
    """Three words for each of frechet in JAX, JAX, frechet in PyTorch, PyTorch."""
    E = np.random.default_rng(1).standard_normal(case.A.shape)
    ours = lambda X: case.f(frechet_jax, X)
    first = central(lambda t: np.asarray(ours(jnp.asarray(case.A + t * E))))
    second = central(lambda t: central(lambda s: np.asarray(ours(jnp.asarray(case.A + (s + t) * E)))))
    truth = (first, first, second)
    return [
        by_jax(ours, case.A, E, truth),
        by_jax(case.jax, case.A, E, truth) if case.jax else ["-"] * 3,
        by_torch(lambda X: case.f(frechet_torch, X), case.A, E, truth),
        by_torch(case.torch, case.A, E, truth) if case.torch else ["-"] * 3,
    ]


def main() -> None:
    """Prints the table; with --write also into README.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    jax.config.update("jax_enable_x64", True)
    torch.set_default_dtype(torch.float64)
    warnings.simplefilter("ignore")
    libraries = ("frechet.jax", "JAX", "frechet.torch", "PyTorch")
    lines = ["| operation | case | " + " | ".join(libraries) + " |", "| --- " * (2 + len(libraries)) + "|"]
    right = [0] * len(libraries)
    rows = cases()
    for case in rows:
        try:
            found = measure(case)
        except Exception as error:  # a row whose value fails is a finding, not the end of the table
            found = [[f"value: {type(error).__name__}"]] + [["-"]] * 3
        right = [n + (w == ["ok"] * 3) for n, w in zip(right, found, strict=True)]
        cells = ["ok" if w == ["ok"] * 3 else "–" if set(w) == {"-"} else ", ".join(w) for w in found]
        lines.append(f"| {case.operation} | {case.case} | " + " | ".join(cells) + " |")
        print(lines[-1], flush=True)
    summary = ", ".join(f"{name} {n}" for name, n in zip(libraries, right, strict=True))
    text = f"Right in forward mode, reverse mode and second order, of {len(rows)} functions: {summary}."
    print(text)
    if options.write:
        write_table("coverage", text + "\n\n" + "\n".join(lines))


if __name__ == "__main__":
    main()
