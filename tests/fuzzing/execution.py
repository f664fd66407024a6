"""A traced JAX function run by NumPy, primitive by primitive: JAX differentiates, nothing is compiled.

XLA would spend a second on the compilation of each new expression. A primitive that is not in the table
here is left to JAX itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import jax
import numpy as np
import scipy.linalg
import scipy.special

__all__ = ["derivatives"]


def derivatives(function: Callable, arrays: Sequence[np.ndarray]) -> list[np.ndarray]:
    """The results of a JAX function at numbers, computed by NumPy."""
    traced = jax.make_jaxpr(function)(*arrays)
    with np.errstate(all="ignore"):
        return _run(traced.jaxpr, traced.consts, list(arrays))


def _run(jaxpr, constants: Sequence, arguments: Sequence) -> list:
    known: dict = {}

    def value(atom):
        return atom.val if hasattr(atom, "val") else known[atom]

    known.update(zip(jaxpr.constvars, constants, strict=True))
    known.update(zip(jaxpr.invars, arguments, strict=True))
    for equation in jaxpr.eqns:
        inputs = [np.asarray(value(a)) for a in equation.invars]
        known.update(zip(equation.outvars, _outputs(equation, inputs), strict=True))
    return [np.asarray(value(a)) for a in jaxpr.outvars]


def _outputs(equation, inputs: list[np.ndarray]) -> Sequence:
    name, params = equation.primitive.name, equation.params
    inner = params.get("call_jaxpr") or params.get("jaxpr")
    if name in ("jit", "pjit", "closed_call", "custom_jvp_call", "custom_vjp_call"):
        return _run(inner.jaxpr, inner.consts, inputs)
    if name == "custom_linear_solve":
        return _solved(inputs, **params)
    if name == "cond":
        branch = params["branches"][int(inputs[0])]
        return _run(branch.jaxpr, branch.consts, inputs[1:])
    kernel = KERNELS.get(name)
    if kernel is None:
        made = equation.primitive.bind(*inputs, **params)
        return made if equation.primitive.multiple_results else [made]
    made = kernel(*inputs, **params)
    return made if equation.primitive.multiple_results else [made]


def _solved(inputs: list[np.ndarray], *, const_lengths, jaxprs) -> list:
    """The solve that `lax.custom_linear_solve` was given: its constants, then the right-hand sides."""
    lengths = [const_lengths.matvec, const_lengths.vecmat, const_lengths.solve, const_lengths.transpose_solve]
    start = sum(lengths[:2])
    sides = inputs[sum(lengths) :]
    solve = jaxprs.solve
    return _run(solve.jaxpr, solve.consts, [*inputs[start : start + lengths[2]], *sides])


def _plain(f: Callable) -> Callable:
    """A NumPy function that needs none of the parameters of the primitive."""
    return lambda *arrays, **params: f(*arrays)


def _broadcast(x, *, shape, broadcast_dimensions, **params):
    widened = [1] * len(shape)
    for size, place in zip(x.shape, broadcast_dimensions, strict=True):
        widened[place] = size
    return np.broadcast_to(x.reshape(widened), shape)


def _dot(a, b, *, dimension_numbers, **params):
    (left, right), (batch_left, batch_right) = dimension_numbers
    if batch_left:
        letters = iter("abcdefghijklmnop")
        of_a: list[str] = [""] * a.ndim
        of_b: list[str] = [""] * b.ndim
        for i, j in (*zip(left, right, strict=True), *zip(batch_left, batch_right, strict=True)):
            of_a[i] = of_b[j] = next(letters)
        free_a = [i for i in range(a.ndim) if not of_a[i]]
        free_b = [j for j in range(b.ndim) if not of_b[j]]
        for i in free_a:
            of_a[i] = next(letters)
        for j in free_b:
            of_b[j] = next(letters)
        out = [of_a[i] for i in (*batch_left, *free_a)] + [of_b[j] for j in free_b]
        return np.einsum(f"{''.join(of_a)},{''.join(of_b)}->{''.join(out)}", a, b)
    return np.tensordot(a, b, (list(left), list(right)))


def _pad(x, filling, *, padding_config):
    shape = [low + high + size + max(0, size - 1) * inner for size, (low, high, inner) in zip(x.shape, padding_config)]  # noqa: B905
    place = tuple(
        slice(low, low + size + max(0, size - 1) * inner, inner + 1)
        for size, (low, _, inner) in zip(x.shape, padding_config)  # noqa: B905
    )
    assert all(low >= 0 and high >= 0 for low, high, _ in padding_config)
    padded = np.full(shape, filling, dtype=x.dtype)
    padded[place] = x
    return padded


def _slice(x, *, start_indices, limit_indices, strides):
    strides = strides or [1] * x.ndim
    return x[tuple(slice(*s) for s in zip(start_indices, limit_indices, strides, strict=True))]


def _select(which, *cases):
    return np.choose(which.astype(int), cases) if len(cases) > 2 else np.where(which, cases[1], cases[0])


def _lu(A):
    if not np.isfinite(A).all():
        n = A.shape[-1]
        return np.full_like(A, np.nan), np.arange(n, dtype=np.int32), np.arange(n, dtype=np.int32)
    packed, pivots = scipy.linalg.lu_factor(A, check_finite=False)
    permutation = np.arange(len(A))
    for i, p in enumerate(pivots):
        permutation[[i, p]] = permutation[[p, i]]
    return packed, pivots.astype(np.int32), permutation.astype(np.int32)


def _pivots_to_permutation(pivots, *, permutation_size):
    permutation = np.arange(permutation_size, dtype=np.int32)
    for i, p in enumerate(pivots):
        permutation[[i, p]] = permutation[[p, i]]
    return permutation


def _triangular_solve(A, B, *, left_side, lower, transpose_a, conjugate_a, unit_diagonal):
    triangle = np.tril(A) if lower else np.triu(A)
    if unit_diagonal:
        triangle = triangle - np.diag(np.diag(triangle)) + np.eye(len(A))
    if transpose_a:
        triangle = triangle.T
    if not (np.isfinite(triangle).all() and np.diag(triangle).all()):
        return np.full_like(B, np.nan)
    return np.linalg.solve(triangle, B) if left_side else np.linalg.solve(triangle.T, B.T).T


def _sort(*arrays, dimension, **params):
    order = np.argsort(arrays[0], axis=dimension, kind="stable")
    return [np.take_along_axis(a, order, axis=dimension) for a in arrays]


def _integer_power(x, *, y):
    return x**y if y >= 0 else 1.0 / x**-y


KERNELS: dict[str, Callable] = {
    "add": _plain(np.add),
    "add_any": _plain(np.add),
    "sub": _plain(np.subtract),
    "mul": _plain(np.multiply),
    "div": _plain(np.divide),
    "neg": _plain(np.negative),
    "exp": _plain(np.exp),
    "log": _plain(np.log),
    "log1p": _plain(np.log1p),
    "sin": _plain(np.sin),
    "cos": _plain(np.cos),
    "tan": _plain(np.tan),
    "asin": _plain(np.arcsin),
    "acos": _plain(np.arccos),
    "atan": _plain(np.arctan),
    "sinh": _plain(np.sinh),
    "cosh": _plain(np.cosh),
    "tanh": _plain(np.tanh),
    "sqrt": _plain(np.sqrt),
    "rsqrt": lambda x, **params: 1 / np.sqrt(x),
    "square": _plain(np.square),
    "erf": _plain(scipy.special.erf),
    "erfc": _plain(scipy.special.erfc),
    "lgamma": _plain(scipy.special.gammaln),
    "digamma": _plain(scipy.special.psi),
    "polygamma": _plain(scipy.special.polygamma),
    "zeta": _plain(scipy.special.zeta),
    "abs": _plain(np.abs),
    "sign": _plain(np.sign),
    "max": _plain(np.maximum),
    "min": _plain(np.minimum),
    "pow": _plain(np.power),
    "integer_pow": _integer_power,
    "eq": _plain(np.equal),
    "ne": _plain(np.not_equal),
    "lt": _plain(np.less),
    "le": _plain(np.less_equal),
    "gt": _plain(np.greater),
    "ge": _plain(np.greater_equal),
    "and": _plain(np.logical_and),
    "or": _plain(np.logical_or),
    "not": _plain(np.logical_not),
    "stop_gradient": _plain(np.asarray),
    "copy": _plain(np.asarray),
    "copy_p": _plain(np.asarray),
    "select_n": _select,
    "convert_element_type": lambda x, *, new_dtype, **params: x.astype(new_dtype),
    "broadcast_in_dim": _broadcast,
    "reshape": lambda x, *, new_sizes, dimensions, **params: (
        x if dimensions is None else x.transpose(dimensions)
    ).reshape(new_sizes),
    "squeeze": lambda x, *, dimensions: x.reshape([s for i, s in enumerate(x.shape) if i not in dimensions]),
    "expand_dims": lambda x, *, dimensions: np.expand_dims(x, dimensions),
    "transpose": lambda x, *, permutation: x.transpose(permutation),
    "reduce_sum": lambda x, *, axes, **params: x.sum(axis=tuple(axes)),
    "reduce_max": lambda x, *, axes, **params: x.max(axis=tuple(axes)),
    "reduce_min": lambda x, *, axes, **params: x.min(axis=tuple(axes)),
    "reduce_prod": lambda x, *, axes, **params: x.prod(axis=tuple(axes)),
    "dot_general": _dot,
    "concatenate": lambda *parts, dimension: np.concatenate(parts, axis=dimension),
    "pad": _pad,
    "slice": _slice,
    "iota": lambda *, dtype, shape, dimension, **params: np.broadcast_to(
        np.arange(shape[dimension], dtype=dtype).reshape([-1 if i == dimension else 1 for i in range(len(shape))]),
        shape,
    ),
    "lu": _lu,
    "platform_index": lambda **params: np.int32(0),
    "reduce_or": lambda x, *, axes, **params: x.any(axis=tuple(axes)),
    "reduce_and": lambda x, *, axes, **params: x.all(axis=tuple(axes)),
    "rem": _plain(np.fmod),
    "sort": _sort,
    "clamp": lambda low, x, high: np.clip(x, low, high),
    "lu_pivots_to_permutation": _pivots_to_permutation,
    "triangular_solve": _triangular_solve,
}
