"""Right sides that are JAX functions, or programs of numbers in JAX: compiled once, found again when the same code comes again, and looked at for jumps."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any

import numpy as np

from frechet.caches import Recent
from frechet.errors import ShapeError
from frechet.implicit.foreign import ForeignLibrary, leaves_of
from frechet.implicit.jax_path import JaxProgram
from frechet.implicit.named import Names
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


def jax_program(library: ForeignLibrary, rhs: Callable[..., Any], packing: Packing, arguments: Structure) -> JaxProgram:
    """The compiled solver for rhs(t, y, *p), by the leaves of p.

    What rhs takes from outside is fixed when it is compiled. A function is found again by its code and all that this names,
    numbers, arrays and functions; one that reaches objects of other kinds is traced at each call, and found by what it does.
    """
    shapes = [np.shape(leaf) for leaf in arguments.leaves]
    still = arguments.rebuilt(iter([f"array{s}" for s in shapes]), lambda leaf: "still")
    structures = (repr(packing.structure.rebuilt(iter([f"array{s}" for s in packing.shapes]))), repr(still))
    f = _of_vectors(library, rhs, packing, arguments)

    def traced() -> Any:
        with library.double():
            return library.module.make_jaxpr(f)(0.0, np.zeros(packing.size), list(map(np.zeros, shapes)))

    names = Names()
    code = names.of((rhs, arguments.rebuilt(iter(["array"] * len(shapes)), lambda leaf: leaf)))
    key = (_traced(traced()) if code is None else code, *structures)
    found = _PROGRAMS.get(key)
    if found is None:
        found = _PROGRAMS.keep(key, (JaxProgram(library, f, _is_continuous(traced().jaxpr)), names.kept))
    return found[0]


def jax_program_of_numbers(
    library: ForeignLibrary, program: ScalarProgram, shapes: Sequence[tuple[int, ...]]
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
    library: ForeignLibrary, rhs: Callable[..., Any], packing: Packing, arguments: Structure
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


def _traced(closed: Any) -> Hashable:
    """A key of a function by what it does: its operations as JAX writes them, and the arrays that it takes from outside."""
    return ("traced", str(closed.jaxpr), tuple(digest([np.asarray(c)]) for c in closed.consts))
