"""Less memory in reverse mode: what a call did inside is forgotten, and done again when the reverse sweep comes to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import update_wrapper
from math import isqrt
from typing import Any

import numpy as np

from frechet.errors import DerivativeError
from frechet.tracing.array import FUNCTIONS, Traced, apply, concrete
from frechet.tracing.black_box import operation
from frechet.tracing.copying import copied
from frechet.tracing.declared import Rule
from frechet.tracing.derivatives import jvp, vjp
from frechet.tracing.graph import Primitive
from frechet.tracing.refusing import lost
from frechet.tracing.structure import Structure

__all__ = ["Checkpoint", "checkpoint"]

_SAME = 1e-6  # relative: rounding may differ


class Checkpoint:
    """A function whose record holds its arguments only."""

    __name__: str

    def __init__(self, f: Callable[..., Any]) -> None:
        update_wrapper(self, f)
        self.f = f
        self._operations: dict[int, Primitive] = {}

    def __call__(self, *args: Any) -> Any:
        arguments = Structure(args, f"an argument of {self.__name__}")
        if not any(isinstance(leaf, Traced) for leaf in arguments.leaves):
            return self.f(*args)
        plain = all(isinstance(a, Traced | np.ndarray | float) for a in args)
        if plain and len(args) in self._operations:
            return apply(self._operations[len(args)], args)
        shown = Structure(self.f(*arguments.rebuilt(iter([concrete(a) for a in arguments.leaves]))), "the value")
        self._check(shown.leaves)
        if plain and len(arguments.leaves) == len(args) and shown.template is shown.leaves[0]:
            self._operations[len(args)] = self._of(len(args), copied(self.f))  # one operation for all calls on arrays
            return apply(self._operations[len(args)], args)
        return self._unpacked(apply(self._of_containers(arguments), tuple(arguments.leaves)), shown)

    def _of(self, count: int, f: Callable[..., Any]) -> Primitive:
        def value(*leaves: Any) -> Any:
            found = f(*leaves)
            self._check([found])
            return found

        return operation(self.__name__, value, lambda shapes, params: (), count, *self._rules(f))

    def _rules(self, f: Callable[..., Any]) -> tuple[Rule, Rule]:
        """Those of the code, which has to do the same when it is run again."""

        def along(i: int, d: Any, value: Any, args: Sequence[Any]) -> Any:
            again, found = jvp(f, wrt=i)(*args, d)
            self._compare(value, again)
            return found

        def back(i: int, W: Any, value: Any, args: Sequence[Any]) -> Any:
            again, pull = vjp(f, wrt=i)(*args)
            self._compare(value, again)
            return pull(W)

        return along, back

    def _compare(self, value: Any, again: Any) -> None:
        first, second = np.asarray(concrete(value)), np.asarray(concrete(again))
        if not np.allclose(first, second, rtol=_SAME, atol=_SAME * np.max(np.abs(first), initial=0.0), equal_nan=True):
            raise DerivativeError(
                f"fr.checkpoint({self.__name__}): run again, it gives another value; what it counts or draws is an argument of it"
            )

    def _of_containers(self, arguments: Structure) -> Primitive:
        """The leaves of the value in one vector, as a function of the leaves of the arguments."""

        def packed(*leaves: Any) -> Any:
            found = Structure(copied(self.f)(*arguments.rebuilt(iter(leaves))), "the value").leaves
            return FUNCTIONS[np.concatenate]([FUNCTIONS[np.ravel](FUNCTIONS[np.asarray](v)) for v in found])

        return self._of(len(arguments.leaves), packed)

    def _unpacked(self, value: Any, shown: Structure) -> Any:
        parts, start = [], 0
        for leaf in shown.leaves:
            size = int(np.prod(np.shape(leaf)))
            parts.append(value[start : start + size].reshape(np.shape(leaf)) if np.shape(leaf) else value[start])
            start += size
        return shown.rebuilt(iter(parts))

    def _check(self, leaves: Sequence[Any]) -> None:
        if any(isinstance(leaf, Traced) for leaf in leaves):
            raise lost(
                f"fr.checkpoint({self.__name__})",
                "uses a value that depends on what is differentiated by and is no argument of it: make it one",
            )
        if not leaves:
            raise DerivativeError(f"fr.checkpoint({self.__name__}): the value has no floating-point numbers")


def checkpoint(f: Callable[..., Any], over: Sequence[Any] | np.ndarray | None = None) -> Callable[..., Any]:
    """f, with a record that holds its arguments and not what happens inside: that is run again in the reverse sweep.

        layer = fr.checkpoint(layer)                       # in code that fr.gradient differentiates

    With `over` it is a recurrence: fr.checkpoint(step, over=xs)(state, *parameters) is the last of the states
    `state = step(state, x, *parameters)` for x in xs, an array or range. The steps are cut into about sqrt(n) parts of
    sqrt(n) steps, and each part is a checkpoint: memory for 2*sqrt(n) states, twice the time for the values.

    What f uses and is differentiated by stands among its arguments. Raises TracingError where it does not, and DerivativeError
    where f gives another value when it is run again: it must not count, nor draw random numbers.
    """
    if over is None:
        return Checkpoint(f)
    xs = np.asarray(over)
    length = max(isqrt(len(xs)), 1)

    def part(state: Any, some: Any, *parameters: Any) -> Any:
        for x in some:
            state = f(state, x, *parameters)
        return state

    update_wrapper(part, f)
    whole = Checkpoint(part)

    def recurrence(state: Any, *parameters: Any) -> Any:
        for start in range(0, len(xs), length):
            state = whole(state, xs[start : start + length], *parameters)
        return state

    return recurrence
