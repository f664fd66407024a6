"""Bridges: SciPy both ways, lineax, and JAX and PyTorch functions for application and adjoint.

JAX, PyTorch and lineax are imported only by the function that needs them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.sparse.linalg import LinearOperator as ScipyOperator

from frechet.errors import EvaluationError, FrechetError, MissingLibraryError, ShapeError
from frechet.operators.canonical import Canonical
from frechet.operators.factors import Diagonal, Factor, Scalar, Thin
from frechet.operators.operator import LinearOperator
from frechet.operators.parts import (
    Block,
    Composed,
    Embed,
    Extract,
    FunctionPart,
    Hadamard,
    LowRank,
    Part,
    TwoSided,
)
from frechet.operators.spaces import Framed, Full, Masked, Partitioned, Product, Space, Symmetric

__all__ = ["from_scipy", "jax_functions", "to_lineax", "to_scipy", "torch_functions"]

Array = np.ndarray
Functions = tuple[Callable[[Any], Any], Callable[[Any], Any]]


def to_scipy(op: LinearOperator) -> ScipyOperator:
    """The operator on coordinate vectors (vec on all matrices), with `matvec` and `rmatvec`."""
    domain, codomain = op.domain, op.codomain
    return ScipyOperator(
        op.shape,
        matvec=lambda x: codomain.coords(op(domain.embed(np.ravel(x)))),
        rmatvec=lambda y: domain.coords(op.T(codomain.embed(np.ravel(y)))),
        dtype=np.complex128 if op.form.is_complex else np.float64,
    )


def from_scipy(A: ScipyOperator, source: tuple[int, int], target: tuple[int, int]) -> LinearOperator:
    """The map X -> unvec(A vec(X)) of m×n to p×q matrices; its structure is unknown.

    Raises ShapeError unless A has shape (p q, m n).
    """
    domain, codomain = Full(*source), Full(*target)
    if A.shape != (codomain.dim, domain.dim):
        raise ShapeError(
            f"an operator from {domain} to {codomain} needs shape {(codomain.dim, domain.dim)}, not {A.shape}"
        )
    return LinearOperator(
        FunctionPart(
            lambda X: codomain.embed(A.matvec(domain.coords(X))),
            lambda W: domain.embed(A.rmatvec(codomain.coords(W))),
            source,
            target,
        )
    )


def jax_functions(op: LinearOperator) -> Functions:
    """(apply, adjoint) as JAX functions: traceable, differentiable, without a callback to NumPy."""
    try:
        import jax.numpy as jnp
    except ImportError as error:
        raise MissingLibraryError("the JAX bridge", "jax", "jax") from error
    return _functions(op, jnp.asarray, jnp.diag)


def torch_functions(op: LinearOperator) -> Functions:
    """(apply, adjoint) as PyTorch functions of float64 tensors, differentiable."""
    try:
        import torch
    except ImportError as error:
        raise MissingLibraryError("the PyTorch bridge", "torch", "torch") from error
    return _functions(op, lambda a: torch.as_tensor(np.ascontiguousarray(a)), torch.diag)


def to_lineax(op: LinearOperator) -> Any:
    """A lineax.FunctionLinearOperator on m×n JAX arrays; for operators on all matrices."""
    try:
        import jax
        import lineax
    except ImportError as error:
        raise FrechetError("the lineax bridge needs lineax: pip install lineax") from error
    if not isinstance(op.domain, Full) or not isinstance(op.codomain, Full):
        raise EvaluationError(f"the lineax bridge is for operators on all matrices, not for {op}")
    dtype = jax.numpy.asarray(0.0).dtype
    return lineax.FunctionLinearOperator(jax_functions(op)[0], jax.ShapeDtypeStruct(op.domain.shape, dtype))


def _functions(op: LinearOperator, convert: Callable[[Array], Any], diag: Callable[[Any], Any]) -> Functions:
    def compose(form: Part, space: Space) -> Callable[[Any], Any]:
        apply, project = _translated(form, convert, diag), _projection(space, convert)
        return lambda X: project(apply(X))

    return compose(op.form, op.codomain), compose(op.T.form, op.domain)


def _translated(part: Part, convert: Callable[[Array], Any], diag: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The application of a part with the arrays of another library, which share @, *, .T and reshape."""
    match part:
        case Canonical():
            terms = [_translated(p, convert, diag) for p in part.parts]
            zero = convert(np.zeros(part.target))
            return lambda X: sum((f(X) for f in terms), zero)
        case TwoSided(A, B, flip):
            left, right = _multiplied(A, convert, left=True), _multiplied(B, convert, left=False)
            return lambda X: left(right(X.T if flip else X))
        case Hadamard(H):
            scale = convert(H)
            return lambda X: scale * X
        case LowRank(U, V):
            us, vs = [convert(u) for u in U], [convert(v) for v in V]
            return lambda X: sum(u * (v * X).sum() for u, v in zip(us, vs, strict=True))
        case Embed():
            return lambda X: diag(X[:, 0])
        case Extract():
            return lambda X: diag(X)[:, None]
        case Composed(parts):
            stages = [_translated(p, convert, diag) for p in reversed(parts)]

            def chain(X: Any) -> Any:
                for stage in stages:
                    X = stage(X)
                return X

            return chain
        case Block(grid, _, target):
            rows = [[None if p is None else _translated(p, convert, diag) for p in row] for row in grid]
            zeros = [convert(np.zeros(shape)) for shape in target]
            return lambda X: tuple(
                sum((f(x) for f, x in zip(row, X, strict=True) if f), zero)
                for row, zero in zip(rows, zeros, strict=True)
            )
        case _:
            raise EvaluationError(f"a {type(part).__name__} part runs in NumPy only: it cannot be translated")


def _multiplied(F: Factor, convert: Callable[[Array], Any], left: bool) -> Callable[[Any], Any]:
    match F:
        case Scalar(c, _):
            return lambda X: c * X
        case Diagonal(d):
            column = convert(d[:, None] if left else d[None, :])
            return lambda X: column * X
        case Thin(P, Q):
            p, q = convert(P), convert(Q)
            return (lambda X: p @ (q @ X)) if left else (lambda X: (X @ p) @ q)
        case _:
            a = convert(F.array())
            return (lambda X: a @ X) if left else (lambda X: X @ a)


def _projection(space: Space, convert: Callable[[Array], Any]) -> Callable[[Any], Any]:
    match space:
        case Full():
            return lambda X: X
        case Symmetric(sign=sign):
            return lambda X: (X + sign * X.T) / 2
        case Masked(mask=mask):
            kept = convert(mask.astype(float))
            return lambda X: kept * X
        case Framed(base=base, left=P, right=Q):
            p, q, inner = convert(P), convert(Q), _projection(base, convert)
            return lambda X: p @ inner(p.T @ X @ q) @ q.T
        case Partitioned(shape=(m, n), blocks=blocks):  # the blocks cut out and put in place by products
            pieces = [
                (convert(np.eye(m)[:, i]), convert(np.eye(n)[:, j]), _projection(s, convert)) for i, j, s in blocks
            ]
            return lambda X: sum(p @ f(p.T @ X @ q) @ q.T for p, q, f in pieces)
        case Product(spaces=spaces):
            each = [_projection(s, convert) for s in spaces]
            return lambda X: tuple(f(x) for f, x in zip(each, X, strict=True))
        case _:
            raise EvaluationError(f"the projection onto {space} cannot be translated")
