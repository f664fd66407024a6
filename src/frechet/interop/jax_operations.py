"""The operations of the table as JAX primitives: forward and reverse mode, any order, jit, vmap, real and complex.

One primitive stands for all operations, and for those that one factorization gives together. Its derivative is the formula of
the operation, its transpose the adjoint of the operation. The numbers come from JAX's own linear algebra, and from the kernel of
the operation on the host where JAX lacks it. In eager mode a point outside of the domain raises; under jit, where nothing
can be raised, the result is NaN.
"""

from __future__ import annotations

from functools import lru_cache, partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.extend.core import Primitive
from jax.interpreters import ad, batching, mlir

from frechet.arrays.library import Library
from frechet.compile.natives import words_jax
from frechet.compile.natives.operations import JAX_JOINT, JAX_NATIVE
from frechet.interop.formulas import (
    Formula,
    Outputs,
    differential_formula,
    family,
    is_linear,
    linear_adjoint_formula,
    outcome_shape,
    result_of,
    shapes_of,
)  # fmt: skip
from frechet.interop.numbers import host_value, is_partial, native_values, refuse, refuses
from frechet.interop.stacks import realize

__all__ = ["LIBRARY", "call_operation", "call_operations"]

operation_p = Primitive("frechet_operation")
operation_p.multiple_results = True


def call_operation(name: str, *arrays: Any, params: tuple[int, ...] = ()) -> jax.Array:
    """The operation `name` at two-dimensional arrays, or at stacks of them with the same leading sizes."""
    return call_operations((name,), *arrays, params=params)[0]


def call_operations(names: Outputs, *arrays: Any, params: tuple[int, ...] = ()) -> list[jax.Array]:
    """Several operations of the same arrays, from one factorization where there is one for them."""
    return operation_p.bind(*_of_one_type(arrays), names=names, params=params)


def _of_one_type(arrays) -> list[jax.Array]:
    """The arrays in the type that JAX promotes them to, single precision at least, and no longer weakly typed: a weak
    type would count for less than any other type, also for less than single precision."""
    dtype = jnp.result_type(*arrays)
    dtype = jnp.promote_types(dtype, jnp.float32) if jnp.issubdtype(dtype, jnp.inexact) else np.dtype(float)
    return [jax.lax.convert_element_type(jnp.asarray(a), jax.dtypes.canonicalize_dtype(dtype)) for a in arrays]


def _outcome(name: str, dtype: Any) -> np.dtype:
    dtype = np.dtype(dtype)
    if result_of(name) == "real":
        return np.empty(0, dtype).real.dtype
    return np.result_type(dtype, np.complex64) if result_of(name) == "complex" else dtype


def _abstract(*arrays, names, params):
    stack, dtype = arrays[0].shape[:-2], arrays[0].dtype
    return [
        jax.core.ShapedArray((*stack, *outcome_shape(name, shapes_of(arrays), params)), _outcome(name, dtype))
        for name in names
    ]


# --- numbers ------------------------------------------------------------------------------------------


def _from_host(*arrays, name, params, out, raises) -> np.ndarray:
    value = host_value(name, [np.asarray(a) for a in arrays], params, out.shape, raises)
    return (value if np.issubdtype(out.dtype, np.complexfloating) else value.real).astype(out.dtype)


def _lowered(*arrays, names, params, unsupported=frozenset()):
    """The outputs by JAX's own functions, on the host those that it lacks."""
    outs = _abstract(*arrays, names=names, params=params)
    found = native_values(names, arrays, params, jnp, JAX_NATIVE, JAX_JOINT, unsupported)
    results = []
    for name, out in zip(names, outs, strict=True):
        if name in found:
            value = found[name] if jnp.issubdtype(out.dtype, jnp.complexfloating) else found[name].real
            results.append(value.reshape(out.shape).astype(out.dtype))
        else:
            kernel = partial(_from_host, name=name, params=params, out=out, raises=False)
            results.append(jax.pure_callback(kernel, jax.ShapeDtypeStruct(out.shape, out.dtype), *arrays))
    return results


@lru_cache(maxsize=512)
def _compiled(names: Outputs, params: tuple[int, ...], platform: str):
    return jax.jit(partial(_lowered, names=names, params=params, unsupported=_unsupported(platform)))


def _unsupported(platform: str) -> frozenset[str]:
    """The operations that JAX has for another platform alone."""
    return frozenset(name for name, native in JAX_NATIVE.items() if native.platform not in ("", platform))


def _eager(*arrays, names, params):
    """Natively; what comes out not finite is asked of the kernel, which says why, or knows better."""
    outs = _abstract(*arrays, names=names, params=params)
    if any(name in JAX_NATIVE for name in names):
        results = _compiled(names, params, next(iter(arrays[0].devices())).platform)(*arrays)
    else:
        results = [None] * len(names)
    return [
        value
        if value is not None and (is_partial(name) or bool(jnp.isfinite(value).all()))
        else jnp.asarray(_from_host(*arrays, name=name, params=params, out=out, raises=True))
        for name, out, value in zip(names, outs, results, strict=True)
    ]


# --- derivatives --------------------------------------------------------------------------------------


def _known(A: Any) -> np.ndarray | None:
    try:
        return np.asarray(jax.lax.stop_gradient(A))
    except jax.errors.TracerArrayConversionError:
        return None


def _rows_in_order(pivots, A):
    m = A.shape[-2]
    return jnp.eye(m, dtype=A.dtype)[jax.lax.linalg.lu_pivots_to_permutation(pivots, m)]


LIBRARY = Library(
    jnp, words_jax, call_operations, jnp.asarray, _known, jnp.linalg.solve, jnp.linalg.slogdet, _rows_in_order
)


def _realized(formula: Formula, arguments, known, active, hermitian):
    like = jnp.empty((), jnp.result_type(*arguments, *known, *active))
    return realize(formula, (arguments, known, active), LIBRARY, like, hermitian)


def _jvp(primals, tangents, *, names, params):
    if refuses(names):
        tangents = [t if type(t) is ad.Zero else watched_p.bind(t, names=names) for t in tangents]
    everything = family(names)
    known = operation_p.bind(*primals, names=everything, params=params)
    outs = [known[everything.index(name)] for name in names]
    totals: list[Any] = [None] * len(names)
    for i, t in enumerate(tangents):
        if type(t) is ad.Zero:
            continue
        if len(names) == 1 and is_linear(names[0], i):
            parts = operation_p.bind(*primals[:i], t, *primals[i + 1 :], names=names, params=params)
        else:
            is_real = not any(map(jnp.iscomplexobj, (*primals, *known)))
            formula = differential_formula(names, i, shapes_of(primals), params, is_real)
            parts = _realized(formula, primals, known, [t], True)
        for k, (part, out) in enumerate(zip(parts, outs, strict=True)):
            part = part.real if not jnp.iscomplexobj(out) else part
            part = jnp.broadcast_to(part.astype(out.dtype), out.shape)
            totals[k] = part if totals[k] is None else totals[k] + part
    return outs, totals


watched_p = Primitive("frechet_watched")
"""A tangent as it is; the cotangent that comes back for it must be finite, or is refused (when eager)."""


def _watch(cotangent, _, *, names):
    try:
        is_finite = type(cotangent) is ad.Zero or bool(jnp.isfinite(cotangent).all())
    except jax.errors.TracerBoolConversionError:
        is_finite = True  # under jit nothing can be raised: NaN it is
    if not is_finite:
        refuse(names)
    return [cotangent]


watched_p.def_impl(lambda t, *, names: t)
watched_p.def_abstract_eval(lambda t, *, names: t)
ad.deflinear2(watched_p, _watch)
batching.primitive_batchers[watched_p] = lambda t, dim, *, names: (watched_p.bind(*t, names=names), *dim)
mlir.register_lowering(watched_p, lambda ctx, t, *, names: [t])


def _transpose(cotangents, *primals, names, params):
    (cotangent,), (name,) = cotangents, names
    (i,) = [k for k, p in enumerate(primals) if ad.is_undefined_primal(p)]
    found: list[Any] = [None] * len(primals)
    if type(cotangent) is ad.Zero:
        found[i] = ad.Zero(primals[i].aval)
        return found
    shapes = shapes_of([p.aval if k == i else p for k, p in enumerate(primals)])
    formula = linear_adjoint_formula(name, i, shapes, params)
    known = [p for k, p in enumerate(primals) if k != i]
    (found[i],) = _realized(formula, known, (), [cotangent], False)
    return found


def _batched(arrays, dims, *, names, params):
    (count,) = {a.shape[d] for a, d in zip(arrays, dims, strict=True) if d is not None}
    stacked = [
        jnp.broadcast_to(a, (count, *a.shape)) if d is None else jnp.moveaxis(a, d, 0)
        for a, d in zip(arrays, dims, strict=True)
    ]
    return operation_p.bind(*stacked, names=names, params=params), [0] * len(names)


operation_p.def_impl(_eager)
operation_p.def_abstract_eval(_abstract)
ad.primitive_jvps[operation_p] = _jvp
ad.primitive_transposes[operation_p] = _transpose
batching.primitive_batchers[operation_p] = _batched
mlir.register_lowering(operation_p, mlir.lower_fun(_lowered, multiple_results=True), platform="cpu")
mlir.register_lowering(
    operation_p, mlir.lower_fun(partial(_lowered, unsupported=_unsupported("any other")), multiple_results=True)
)
