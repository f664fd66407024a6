"""NumPy's functions and methods on expressions that stand for arrays, by name: sums along axes, norms, shapes, einsum."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from frechet.expr.node import operations
from frechet.expr.signature import Signature
from frechet.expr.sizes import ONE
from frechet.expr.structure import ones
from frechet.rules.numpy_names import along, diagonal, norm, outer
from frechet.tracing.symbolic import FUNCTIONS, METHODS, Symbolic, as_size, as_symbolic, elementwise, product, refused
from frechet.tracing.symbolic_sizes import agree

__all__ = ["FUNCTIONS"]


def _reduced(name: str) -> Callable[..., Symbolic]:
    def called(A: Any, axis: Any = None, keepdims: bool = False, **options: Any) -> Symbolic:
        A = as_symbolic(A)
        if any(v is not None for v in options.values()) or isinstance(axis, tuple):
            raise refused(f"np.{name} with options")
        if axis is None or A.ndim < 2:
            if keepdims:
                raise refused(f"np.{name} with keepdims of all entries")
            return Symbolic(operations[name](A.expr), 0)
        found = along(name, A.expr, axis)
        if not keepdims:
            return Symbolic(found, 1)
        return Symbolic(found.T if axis in (0, -2) else found, 2)

    return called


def _norm(A: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Symbolic:
    if axis is not None or keepdims:
        raise refused("np.linalg.norm along an axis")
    A = as_symbolic(A)
    if A.ndim == 1 and ord in (np.inf, -np.inf):
        return Symbolic(operations["max" if ord > 0 else "min"](operations["abs"](A.expr)), 0)
    return Symbolic(norm(as_symbolic(A).expr, ord), 0)


def _of_matrix(name: str, ndim: int) -> Callable[..., Symbolic]:
    def called(A: Any, **options: Any) -> Symbolic:
        A = as_symbolic(A)
        if A.ndim != 2 or any(options.values()):
            raise refused(f"{name} of this argument")
        signature = operations[name].signature
        if (
            isinstance(signature, Signature) and signature.arguments[0][0] is signature.arguments[0][1]
        ):  # of a square matrix
            agree(f"{name} of a {A.expr.rows}×{A.expr.cols}", A.expr.rows, A.expr.cols)
        return Symbolic(operations[name](A.expr), ndim)

    return called


def _diag(v: Any, k: int = 0) -> Symbolic:
    v = as_symbolic(v)
    if k:
        raise refused("np.diag beside the main diagonal")
    return Symbolic(diagonal(v.expr), 3 - v.ndim)


def _slogdet(A: Any) -> tuple[Symbolic, Symbolic]:
    logdet = _of_matrix("logdet", 0)(A)
    return Symbolic(operations["sign"](operations["det"](logdet.expr.args[0])), 0), logdet


def _filled(shape: Any, value: Any, k: Any = None) -> Symbolic:
    """An array of equal entries, of sizes that are letters."""
    given = tuple(shape) if isinstance(shape, tuple | list) else (shape,)
    sizes = [s for n in given if (s := as_size(n)) is not None]
    if len(sizes) < len(given) or not 0 < len(sizes) < 3:
        raise refused(f"an array of the sizes {given}")
    ndim = len(sizes)
    return Symbolic(as_symbolic(value).expr * ones(*[*sizes, ONE][:2]), ndim)


def _eye(n: Any, m: Any = None, k: int = 0, **options: Any) -> Symbolic:
    rows, cols = as_size(n), as_size(n if m is None else m)
    if rows is None or rows is not cols or k:
        raise refused("np.eye that is not square, or beside the diagonal")
    return Symbolic(operations["eye"](params=(rows,)), 2)


def _flat(A: Any, *shape: Any, **options: Any) -> Symbolic:
    """All entries, row by row."""
    A = as_symbolic(A)
    if shape not in ((), (-1,), ((-1,),)) or any(v not in (None, "C") for v in options.values()):
        raise refused(f"the shape {shape or options}")
    return Symbolic(operations["vec"](A.expr.T) if A.ndim == 2 else A.expr, 1)


_EINSUM: dict[str, Callable[..., Any]] = {
    "a->": lambda x: x.sum(), "ab->": lambda A: A.sum(), "aa->": lambda A: A.trace(), "ab->ba": lambda A: A.T,
    "aa->a": lambda A: _diag(A), "ab->a": lambda A: A.sum(axis=1), "ab->b": lambda A: A.sum(axis=0),
    "a,a->": lambda x, y: x @ y, "a,b->ab": lambda x, y: x[:, None] * y[None, :], "a,a->a": lambda x, y: x * y,
    "ab,ab->": lambda A, B: (A * B).sum(), "ab,ba->": lambda A, B: (A @ B).trace(), "ab,b->a": lambda A, x: A @ x,
    "ab,a->b": lambda A, x: A.T @ x, "a,ab->b": lambda x, A: A.T @ x, "ab,bc->ac": lambda A, B: A @ B, "ab,cb->ac": lambda A, B: A @ B.T,
    "ab,ac->bc": lambda A, B: A.T @ B, "ab,ab->ab": lambda A, B: A * B, "ab,ab->a": lambda A, B: (A * B).sum(axis=1),
    "ab,ab->b": lambda A, B: (A * B).sum(axis=0), "a,ab,b->": lambda x, A, y: x @ (A @ y), "ab,bc,ca->": lambda A, B, C: (A @ B @ C).trace(),
    "ab,bc,cd->ad": lambda A, B, C: A @ B @ C, "ab,bc,ac->a": lambda A, B, C: ((A @ B) * C).sum(axis=1),
}  # fmt: skip
"""Contractions that are matrix formulas, by their letters in order."""


def _einsum(spec: Any, *arrays: Any, **options: Any) -> Any:
    spec = spec.replace(" ", "") if isinstance(spec, str) else ""
    if "->" not in spec:
        left = spec.replace(",", "")
        spec += "->" + "".join(sorted(c for c in set(left) if left.count(c) == 1))
    letters = dict(zip(dict.fromkeys(c for c in spec if c.isalpha()), "abcdefgh", strict=False))
    known = _EINSUM.get("".join(letters.get(c, c) for c in spec))
    if known is None or len(known.__code__.co_varnames) != len(arrays):
        raise refused(f"np.einsum({spec!r})")
    return known(*[as_symbolic(A) for A in arrays])


def _logsumexp(x: Any) -> Symbolic:
    return Symbolic(operations["logsumexp"](as_symbolic(x).expr), 0)


def _svd(A: Any, full_matrices: bool = True, compute_uv: bool = True, **options: Any) -> Symbolic:
    if compute_uv:
        raise refused("np.linalg.svd with its vectors")
    return Symbolic(operations["svdvals"](as_symbolic(A).expr), 1)


def _solve(A: Any, b: Any) -> Symbolic:
    return product(_of_matrix("inv", 2)(A), b)


FUNCTIONS |= {
    **{name: _reduced(name) for name in ("sum", "mean", "max", "min")},
    **{
        name: _of_matrix(operation, ndim)
        for name, operation, ndim in (
            ("trace", "tr", 0), ("det", "det", 0), ("inv", "inv", 2), ("pinv", "pinv", 2), ("cholesky", "chol", 2),
            ("eigvalsh", "eigvalsh", 1), ("svdvals", "svdvals", 1), ("expm", "expm", 2), ("logm", "logm", 2), ("sqrtm", "sqrtm", 2),
            ("tril", "tril", 2), ("triu", "triu", 2),
        )
    },
    "dot": product,
    "matmul": product,
    "vdot": lambda A, B: Symbolic(operations["tr"](as_symbolic(A).expr.T @ as_symbolic(B).expr), 0),
    "inner": lambda A, B: product(A, as_symbolic(B).T),
    "outer": lambda x, y: Symbolic(outer(as_symbolic(x).expr, as_symbolic(y).expr), 2),
    "kron": lambda A, B: Symbolic(operations["kron"](as_symbolic(A).expr, as_symbolic(B).expr), 2),
    "transpose": lambda A: as_symbolic(A).T,
    "diag": _diag,
    "slogdet": _slogdet,
    "solve": _solve,
    "norm": _norm,
    "svd": _svd,
    "logsumexp": _logsumexp,
    "eye": _eye,
    "identity": _eye,
    "ones": lambda shape, *dtype, **options: _filled(shape, 1),
    "zeros": lambda shape, *dtype, **options: _filled(shape, 0),
    "full": lambda shape, value, *dtype, **options: _filled(shape, value),
    "ones_like": lambda A, **options: _filled(as_symbolic(A).shape, 1),
    "zeros_like": lambda A, **options: _filled(as_symbolic(A).shape, 0),
    "full_like": lambda A, value, **options: _filled(as_symbolic(A).shape, value),
    "ravel": _flat,
    "reshape": _flat,
    "einsum": _einsum,
    "asarray": lambda A, **options: as_symbolic(A),
    "expit": lambda x: Symbolic(operations["sigmoid"](as_symbolic(x).expr), as_symbolic(x).ndim),
    "pow": lambda x, p: elementwise("power", x, p),
}  # fmt: skip
METHODS |= {
    name: FUNCTIONS[name] for name in ("sum", "mean", "max", "min", "dot", "trace", "transpose", "ravel", "reshape")
}
METHODS["flatten"] = _flat
METHODS["copy"] = lambda A: A
for _name in ("var", "std", "clip", "cumsum"):
    METHODS[_name] = lambda A, *args, name=_name, **options: Symbolic.meaning_of(getattr(np, name))(A, *args, **options)
