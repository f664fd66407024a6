"""Right sides that are JAX functions, or programs of numbers in JAX: compiled once, found again when the same code comes again, and looked at for jumps."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any

import numpy as np

from frechet.caches import Recent
from frechet.errors import ShapeError
from frechet.implicit.foreign import Library, leaves_of
from frechet.implicit.jax_path import JaxProgram
from frechet.implicit.packing import Packing, digest
from frechet.tracing.scalars import ScalarProgram
from frechet.tracing.structure import Structure

__all__ = ["jax_program", "jax_program_of_numbers"]

_PROGRAMS: Recent[tuple[JaxProgram, Any]] = Recent(32)
"""With what a key names by its identity, so that it lives as long."""

_CONTINUOUS = frozenset(
    ["abs", "acos", "acosh", "add", "add_any", "asin", "asinh", "atan", "atanh", "broadcast_in_dim", "concatenate", "convert_element_type", "copy", "copy_p", "cos", "cosh", "cumsum", "custom_jvp_call", "custom_vjp_call", "digamma", "div", "dot_general", "erf", "erf_inv", "erfc", "exp", "exp2", "expand_dims", "expm1", "fft", "iota", "integer_pow", "jit", "lgamma", "log", "log1p", "logistic", "max", "min", "mul", "neg", "pad", "pjit", "pow", "reduce_max", "reduce_min", "reduce_prod", "reduce_sum", "reshape", "rev", "rsqrt", "sin", "sinh", "slice", "split", "sqrt", "square", "squeeze", "sub", "tan", "tanh", "transpose"]
)  # fmt: skip
"""Operations that do not jump; of whole numbers, none that comes of floating-point ones is among them."""


def jax_program(library: Library, rhs: Callable[..., Any], packing: Packing, arguments: Structure) -> JaxProgram:
    """The compiled solver for rhs(t, y, *p), by the leaves of p.

    What rhs takes from outside is fixed when it is compiled, as under jax.jit; arrays and numbers of its closure are compared.
    """
    shapes = [np.shape(leaf) for leaf in arguments.leaves]
    still = arguments.rebuilt(iter([f"array{s}" for s in shapes]), lambda leaf: _name_of(leaf)[0])
    code, kept = _fingerprint(rhs)
    key = (code, repr(packing.structure.rebuilt(iter([f"array{s}" for s in packing.shapes]))), repr(still))
    found = _PROGRAMS.get(key)
    if found is None:
        f = _of_vectors(library, rhs, packing, arguments)
        with library.double():
            jaxpr = library.module.make_jaxpr(f)(0.0, np.zeros(packing.size), list(map(np.zeros, shapes))).jaxpr
        program = JaxProgram(library, f, _is_continuous(jaxpr))
        found = _PROGRAMS.keep(key, (program, kept))
    return found[0]


def jax_program_of_numbers(
    library: Library, program: ScalarProgram, shapes: Sequence[tuple[int, ...]]
) -> JaxProgram | None:
    """The compiled solver for a program of numbers (t, state, parameters); None where JAX has not what it calls."""
    key = (program, tuple(shapes))
    found = _PROGRAMS.get(key)
    if found is None:
        np_ = library.module.numpy
        value = program.in_jax(np_)
        if value is None:
            return None

        def f(t: Any, z: Any, leaves: Sequence[Any]) -> Any:
            entries = [leaf[place] for leaf, shape in zip(leaves, shapes, strict=True) for place in np.ndindex(*shape)]
            return np_.stack([np_.asarray(v, dtype=float) for v in value(t, *[z[k] for k in range(len(z))], *entries)])

        found = _PROGRAMS.keep(key, (JaxProgram(library, f, is_continuous=True), program))
    return found[0]


def _of_vectors(
    library: Library, rhs: Callable[..., Any], packing: Packing, arguments: Structure
) -> Callable[..., Any]:
    np_ = library.module.numpy

    def f(t: Any, z: Any, leaves: Sequence[Any]) -> Any:
        found = leaves_of(rhs(t, packing.container(z), *arguments.rebuilt(iter(leaves))))
        if sum(int(np.prod(np.shape(v))) for v in found) != packing.size:
            raise ShapeError(
                f"rhs(t, y, p) gives arrays of {', '.join(str(np.shape(v)) for v in found)}, and y has "
                f"{', '.join(map(str, packing.shapes))}"
            )
        return np_.concatenate([np_.ravel(np_.asarray(v, dtype=float)) for v in found])

    return f


def _is_continuous(jaxpr: Any) -> bool:
    """Whether a traced function of JAX is made of operations that do not jump."""
    for equation in jaxpr.eqns:
        if equation.primitive.name not in _CONTINUOUS:
            return False
        inner = [getattr(v, "jaxpr", v) for v in equation.params.values() if hasattr(v, "jaxpr") or hasattr(v, "eqns")]
        if not all(map(_is_continuous, inner)):
            return False
    return True


def _fingerprint(rhs: Callable[..., Any]) -> tuple[Hashable, Any]:
    """A key of a function: its code, and what it takes from outside; and what must live as long as the key."""
    code = getattr(rhs, "__code__", None)
    if code is None:
        return ("object", id(rhs)), rhs
    cells = [cell.cell_contents for cell in getattr(rhs, "__closure__", None) or () if not _is_empty(cell)]
    outside = [
        *cells,
        *(getattr(rhs, "__defaults__", None) or ()),
        *(getattr(rhs, "__kwdefaults__", None) or {}).values(),
    ]
    names = [_name_of(v) for v in outside]
    return (code, id(getattr(rhs, "__globals__", None)), tuple(n for n, _ in names)), (rhs, [kept for _, kept in names])


def _is_empty(cell: Any) -> bool:
    try:
        return cell.cell_contents is cell
    except ValueError:
        return True


def _name_of(value: Any) -> tuple[Hashable, Any]:
    """A key of a value, by its numbers or its identity; and the value where the key is its identity."""
    if isinstance(value, np.ndarray) and value.dtype != object:
        return digest([value]), None
    if value is None or type(value) in (int, float, bool, str, complex):
        return (type(value), value), None
    return (type(value).__name__, id(value)), value
