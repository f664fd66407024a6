"""Traces, norms and stochastic determinants of operators."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.sparse.linalg import LinearOperator as ScipyOperator
from scipy.sparse.linalg import svds

from frechet.errors import EvaluationError
from frechet.operators.canonical import Canonical
from frechet.operators.factors import Factor, number
from frechet.operators.registry import LinearMap, Solver
from frechet.operators.spaces import Full, Masked, Symmetric

__all__ = ["lanczos", "largest_singular_value", "stochastic_logdet", "trace_of"]

Array = np.ndarray
_SMALL = 300
"""Up to this dimension singular values come from the matrix itself."""


def trace_of(problem: LinearMap) -> float:
    """The trace of X -> P(form(X)) on one space.

    tr(A·B) = tr A tr B;  tr(C ·' D) = sum C .* D;  on (skew-)symmetric matrices half the sum (difference) of
    both, on masked ones the entries of the mask.
    """
    form, space = problem.form, problem.domain
    if not isinstance(form, Canonical) or form.rest or not isinstance(space, Full | Symmetric | Masked):
        return _trace_by_columns(problem)
    total = 0.0
    if form.thin is not None:
        total += sum(number(np.sum(v * space.project(u))) for u, v in zip(form.thin.U, form.thin.V, strict=True))
    ones = np.ones(form.source)
    if form.scale is not None:
        ends = [form.scale] if isinstance(space, Full | Masked) else [(form.scale + form.scale.T) / 2]
        total += number(space.coords(ends[0] * space.embed(np.ones(space.dim))) @ np.ones(space.dim))
    for A, B in form.plain:
        total += _plain(A, B, space)
    for C, D in form.flipped:
        total += _flipped(C, D, space, ones)
    return number(total)


def _plain(A: Factor, B: Factor, space: Any) -> float:
    if isinstance(space, Symmetric):
        return (A.trace * B.trace + space.sign * float(np.vdot(A.array(), B.array()))) / 2
    if isinstance(space, Masked):
        return number(A.array().diagonal() @ space.mask @ B.array().diagonal())
    return A.trace * B.trace


def _flipped(C: Factor, D: Factor, space: Any, ones: Array) -> float:
    if isinstance(space, Symmetric):
        return space.sign * _plain(C, D, space)
    both = space.mask & space.mask.T if isinstance(space, Masked) else ones
    return number(np.sum(both * C.array() * D.array()))


def _trace_by_columns(problem: LinearMap) -> float:
    total, e = 0.0, np.zeros(problem.domain.dim)
    for k in range(len(e)):
        e[k] = 1.0
        total += problem.codomain.coords(problem.form.apply(problem.domain.embed(e)))[k]
        e[k] = 0.0
    return number(total)


def largest_singular_value(problem: LinearMap, inverse: Solver | None = None) -> float:
    """The norm of the operator, or of its inverse if a solver is given: by factors, by SVD, or by Lanczos."""
    form = problem.form
    if problem.is_full and isinstance(form, Canonical) and len(form.parts) == 1 and not form.rest and form.thin is None:
        if form.scale is not None:
            size = np.abs(form.scale)
            return float(1 / size.min() if inverse else size.max())
        a, b = (np.linalg.svd(F.array(), compute_uv=False) for F in (form.plain + form.flipped)[0])
        return float(1 / (a[-1] * b[-1]) if inverse else a[0] * b[0])
    if max(problem.domain.dim, problem.codomain.dim) <= _SMALL:
        values = np.linalg.svd(problem.matrix(), compute_uv=False)
        if not inverse:
            return float(values[0])
        return float(1 / values[-1]) if values[-1] else float("inf")
    domain, codomain, adjoint = problem.domain, problem.codomain, problem.adjoint()
    if inverse:
        operator = ScipyOperator(
            (domain.dim, codomain.dim),
            matvec=lambda c: domain.coords(inverse.solve(codomain.embed(c))),
            rmatvec=lambda c: codomain.coords(inverse.solve(domain.embed(c.conj()), True)).conj(),
            dtype=complex if problem.form.is_complex else float,
        )
    else:
        operator = ScipyOperator(
            (codomain.dim, domain.dim),
            matvec=lambda c: codomain.coords(problem.form.apply(domain.embed(c))),
            rmatvec=lambda c: domain.coords(adjoint.form.apply(codomain.embed(c.conj()))).conj(),
            dtype=complex if problem.form.is_complex else float,
        )
    start = np.random.default_rng(11).standard_normal(min(operator.shape))
    return float(svds(operator, k=1, tol=1e-6, v0=start, return_singular_vectors=False)[0])


def stochastic_logdet(problem: LinearMap, samples: int, seed: int, steps: int = 60) -> tuple[float, float]:
    """(estimate, standard error) of log|det L| = tr log(L*L)/2 by Lanczos quadrature from random signs.

    Source: Ubaru, Chen, Saad, Fast estimation of tr(f(A)) via stochastic Lanczos quadrature, SIMAX 38 (2017).
    """
    if samples < 2:
        raise EvaluationError("a stochastic estimate needs at least 2 samples for its standard error")
    n, adjoint = problem.domain.dim, problem.adjoint()

    def apply(c: Array) -> Array:
        return problem.domain.coords(adjoint.apply(problem.apply(problem.domain.embed(c))))

    rng = np.random.default_rng(seed)
    values = []
    for _ in range(samples):
        _, T = lanczos(apply, rng.choice([-1.0, 1.0], n), steps)
        nodes, vectors = np.linalg.eigh(T)
        values.append(n * float(vectors[0] ** 2 @ np.log(np.maximum(nodes, 1e-300))) / 2)
    return float(np.mean(values)), float(np.std(values, ddof=1) / np.sqrt(samples))


def lanczos(apply: Callable[[Array], Array], start: Array, steps: int) -> tuple[Array, Array]:
    """(Q, T) with orthonormal columns Q of a Krylov space of a symmetric operator and T = Q' L Q, tridiagonal."""
    n = len(start)
    q = start / np.linalg.norm(start)
    Q, alpha, beta = np.zeros((n, min(steps, n))), [], []
    for k in range(Q.shape[1]):
        Q[:, k] = q
        w = apply(q)
        alpha.append(float(q @ w))
        w = w - Q[:, : k + 1] @ (Q[:, : k + 1].T @ w)
        w = w - Q[:, : k + 1] @ (Q[:, : k + 1].T @ w)  # twice is enough (Kahan and Parlett)
        b = float(np.linalg.norm(w))
        if b <= 1e-14 * max(map(abs, alpha)):
            break
        beta.append(b)
        q = w / b
    off = beta[: len(alpha) - 1]
    return Q[:, : len(alpha)], np.diag(alpha) + np.diag(off, 1) + np.diag(off, -1)
