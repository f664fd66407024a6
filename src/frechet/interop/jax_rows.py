"""The rows of the table as JAX primitives: forward and reverse mode, any order, jit, vmap, real and complex.

One primitive stands for all rows. Its derivative is the formula of the row, its transpose the adjoint of the row; the
numbers come from the kernel of the row, on the host. In eager mode a point outside of the domain raises; under jit, where
nothing can be raised, the result is NaN.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.extend.core import Primitive
from jax.interpreters import ad, batching, mlir

from frechet.errors import EvaluationError
from frechet.expr.node import operations
from frechet.expr.sizes import size
from frechet.interop.realize import (
    COMPLEX_VALUED,
    REAL_VALUED,
    adjoint_formula,
    differential_formula,
    is_linear,
    outcome_shape,
    realize,
)  # fmt: skip

__all__ = ["call_row"]

row_p = Primitive("frechet_row")


def call_row(name: str, *arrays: Any, params: tuple[int, ...] = ()) -> jax.Array:
    """The row `name` at two-dimensional arrays, or at stacks of them with the same leading sizes."""
    dtype = jnp.result_type(*arrays, jnp.float32)
    return row_p.bind(*[jnp.asarray(a, dtype) for a in arrays], name=name, params=params)


def _outcome(name: str, dtype: Any) -> np.dtype:
    dtype = np.dtype(dtype)
    if name in REAL_VALUED:
        return np.empty(0, dtype).real.dtype
    return np.result_type(dtype, np.complex64) if name in COMPLEX_VALUED else dtype


def _shapes(arrays) -> tuple[tuple[int, int], ...]:
    return tuple(tuple(a.shape[-2:]) for a in arrays)


def _abstract(*arrays, name, params):
    rows, cols = outcome_shape(name, _shapes(arrays), tuple(size(p) for p in params))
    shape = (*arrays[0].shape[:-2], rows, cols)
    return jax.core.ShapedArray(shape, _outcome(name, arrays[0].dtype))


def _kernel(*arrays, name, params, shape, dtype, loud) -> np.ndarray:
    """The numbers, computed in double precision; outside of the domain an error if loud, else NaN."""
    wide = [np.asarray(a, np.complex128 if np.iscomplexobj(a) else np.float64) for a in arrays]
    result, kernel = np.full(shape, np.nan, dtype), operations[name].value
    assert kernel is not None
    for index in np.ndindex(*shape[:-2]):
        try:
            value = kernel(*[a[index] for a in wide], *params)
        except (np.linalg.LinAlgError, ValueError) as error:
            if loud:
                raise EvaluationError(f"{name}: {error}; it takes for granted that {_domain(name)}") from None
            continue
        result[index] = value.real if not np.issubdtype(dtype, np.complexfloating) else value
    return result


def _domain(name: str) -> str:
    letters = ["the matrix", "the second", "the third", "the fourth"]
    return operations[name].domain.format(*letters) or "its arguments are finite"


def _eager(*arrays, name, params):
    out = _abstract(*arrays, name=name, params=params)
    numbers = [np.asarray(a) for a in arrays]
    return jnp.asarray(_kernel(*numbers, name=name, params=params, shape=out.shape, dtype=out.dtype, loud=True))


def _on_host(*arrays, name, params):
    out = _abstract(*arrays, name=name, params=params)
    kernel = partial(_kernel, name=name, params=params, shape=out.shape, dtype=out.dtype, loud=False)
    return jax.pure_callback(kernel, jax.ShapeDtypeStruct(out.shape, out.dtype), *arrays)


def _formula(expr, arguments, moving, arrays, direction, hermitian):
    """A formula at arrays, and at the direction it is linear in; stacks one by one."""

    def one(*numbers):
        values = dict(zip((*arguments, moving), numbers, strict=True))
        dtype = jnp.result_type(*numbers)
        return realize(expr, values, jnp, dtype, _call, hermitian)

    for _ in range(direction.ndim - 2):
        one = jax.vmap(one)
    return one(*arrays, direction)


def _call(name, arrays, params):
    return call_row(name, *arrays, params=tuple(getattr(p, "constant", p) for p in params))


def _jvp(primals, tangents, *, name, params):
    out = row_p.bind(*primals, name=name, params=params)
    total = None
    for i, t in enumerate(tangents):
        if type(t) is ad.Zero:
            continue
        if is_linear(name, i):
            part = row_p.bind(*primals[:i], t, *primals[i + 1 :], name=name, params=params)
        else:
            sizes = tuple(size(p) for p in params)
            expr, arguments, tangent = differential_formula(name, i, _shapes(primals), sizes)
            part = _formula(expr, arguments, tangent, primals, t, True)
        part = part.real if not jnp.iscomplexobj(out) else part.astype(out.dtype)
        total = part if total is None else total + part
    return out, total


def _transpose(cotangent, *primals, name, params):
    (i,) = [k for k, p in enumerate(primals) if ad.is_undefined_primal(p)]
    pulled: list[Any] = [None] * len(primals)
    if type(cotangent) is ad.Zero:
        pulled[i] = ad.Zero(primals[i].aval)
        return pulled
    shapes = tuple(tuple((p.aval if k == i else p).shape[-2:]) for k, p in enumerate(primals))
    expr, arguments, W = adjoint_formula(name, i, shapes, tuple(size(p) for p in params))
    given = [a for k, a in enumerate(arguments) if k != i]
    known = [p for k, p in enumerate(primals) if k != i]
    pulled[i] = _formula(expr, given, W, known, cotangent, False)
    return pulled


def _batched(arrays, dims, *, name, params):
    (count,) = {a.shape[d] for a, d in zip(arrays, dims, strict=True) if d is not None}
    stacked = [
        jnp.broadcast_to(a, (count, *a.shape)) if d is None else jnp.moveaxis(a, d, 0)
        for a, d in zip(arrays, dims, strict=True)
    ]
    return row_p.bind(*stacked, name=name, params=params), 0


row_p.def_impl(_eager)
row_p.def_abstract_eval(_abstract)
ad.primitive_jvps[row_p] = _jvp
ad.primitive_transposes[row_p] = _transpose
batching.primitive_batchers[row_p] = _batched
mlir.register_lowering(row_p, mlir.lower_fun(_on_host, multiple_results=False))
