"""Unknowns and parameters of an equation as vectors: z of the unknowns, q of the parameters that are differentiated by."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import compress
from typing import Any

import numpy as np

from frechet.errors import EvaluationError
from frechet.implicit.packing import ARRAY, Packing, flat, floating, kind_of
from frechet.tracing.array import Traced, concrete
from frechet.tracing.graph import AnotherFormError
from frechet.tracing.structure import Structure

__all__ = ["VectorEquation"]

Array = np.ndarray


class VectorEquation:
    """F(x, p) = 0 of containers in vectors, for unknowns like `value` and parameters like `numbers`, of which some are active.

    Raises EvaluationError where the solver returns no floating-point numbers.
    """

    def __init__(self, name: str, numbers: Any, active: Sequence[bool], value: Any) -> None:
        self.name, self.active = name, active
        self.unknowns = Packing(value, f"the solution of {name}")
        if not self.unknowns.size:
            raise EvaluationError(f"the solver of {name} returns no floating-point numbers")
        self.parameters = Structure(numbers, "the parameters")
        self.moving = Packing(list(compress(self.parameters.leaves, active)), "the parameters")
        self._is_vector = len(numbers) == 1 and type(numbers[0]) is np.ndarray and numbers[0].ndim == 1 and active[0]
        self._kind = kind_of(value)
        shape = self.unknowns.shapes[0]
        self._shape = shape if self._kind is ARRAY and len(shape) == 1 else None
        self._is_of_one_type = len({np.result_type(leaf) for leaf in self.moving.structure.leaves}) == 1

    def whole(self, q: Any, rest: Sequence[Any]) -> Any:
        """The parameters with the moving leaves from q, and those that stand still."""
        if self._is_vector:
            return (q,)
        given, fixed = iter(self.moving.parts(q)), iter(rest)
        return self.parameters.rebuilt(iter([next(given) if on else next(fixed) for on in self.active]))

    def residual(self, F: Callable[..., Any]) -> Callable[..., Any]:
        """F as a function of z, q and the parameters that stand still."""

        def residual(z: Any, q: Any, *rest: Any) -> Any:
            value = F(self.unknowns.container(z), *self.whole(q, rest))
            leaves = [value] if type(value) is Traced else Structure(floating(value), f"F of {self.name}").leaves
            if any(leaf.dtype.kind == "c" for leaf in leaves if hasattr(leaf, "dtype")):
                raise EvaluationError(
                    f"F of {self.name} is complex: write its real and imaginary parts as two real equations"
                )
            if not leaves:
                raise EvaluationError(f"F of {self.name} returns no floating-point numbers")
            return flat(leaves)

        return residual

    def solved_again(self, solve: Callable[..., Any], q: Array, rest: Sequence[Any]) -> Array:
        """z by another run of the solver, where a record runs again. Raises AnotherFormError for unknowns of another kind."""
        if not self._is_of_one_type:
            raise AnotherFormError  # q is of one type, and the solver takes several
        value = solve(*self.whole(q.copy(), [np.array(a) if type(a) is np.ndarray else a for a in rest]))
        if type(value) is np.ndarray and value.shape == self._shape and value.dtype == float:
            return value
        if self._shape is not None or kind_of(value) != self._kind:
            raise AnotherFormError
        if Packing(value, "x").shapes != self.unknowns.shapes:
            raise AnotherFormError
        z: Array = concrete(self.unknowns.vector(value, "the solution"))
        return z
