"""What a compiled program is made of: values, each the result of one kernel, interned so that equal ones are one.

Shapes are NumPy's: () for a number, (n,) for a column or a row, (m, n) for a matrix; sizes stay letters, so
that the code holds for all sizes, and `Graph.numbers` says which sizes the schedule was chosen for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from frechet.expr.sizes import Size

__all__ = ["Graph", "Value", "live"]


class Value:
    """The result of a kernel. Facts are properties of the matrix, and `nonnegative` of its entries."""

    __slots__ = ("args", "facts", "index", "kernel", "label", "params", "shape")

    def __init__(self, kernel: str, args: tuple[Value, ...], params: tuple, shape: tuple[Size, ...], index: int):
        self.kernel, self.args, self.params, self.shape, self.index = kernel, args, params, shape, index
        self.facts: frozenset[str] = frozenset()
        self.label = ""  # what the mathematics calls it: "inv(X'*X)"

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def sizes(self) -> list[Size]:
        """Every size that its text can mention: of the shape, and among the parameters."""
        inner = [p for group in self.params if isinstance(group, tuple) for p in group]
        return [*self.shape, *[p for p in (*self.params, *inner) if isinstance(p, Size)]]

    def __repr__(self) -> str:
        return f"<{self.kernel} #{self.index}>"


class Graph:
    """All values of one program, and the sizes that it is made for."""

    def __init__(self, numbers: Mapping[str, int], is_complex: bool = False):
        self.numbers = dict(numbers)
        self.is_complex = is_complex
        self.interned: dict[tuple, Value] = {}

    def make(
        self,
        kernel: str,
        *args: Value,
        shape: tuple[Size, ...],
        params: tuple = (),
        facts: Iterable[str] = (),
    ) -> Value:
        """The one value with these parts."""
        key = (kernel, args, params, shape)
        found = self.interned.get(key)
        if found is None:
            found = Value(kernel, args, params, shape, len(self.interned))
            self.interned[key] = found
        self.learn(found, facts)
        return found

    def learn(self, value: Value, facts: Iterable[str]) -> None:
        """Adds facts; over the complex numbers, those about signs do not hold."""
        facts = frozenset(facts)
        if self.is_complex:
            facts -= _OF_REAL_NUMBERS
        if not facts <= value.facts:
            value.facts |= facts

    def number(self, size: Size) -> int:
        """A size as a number."""
        return size.value(self.numbers)

    def dims(self, value: Value) -> tuple[int, ...]:
        return tuple(self.number(s) for s in value.shape)

    def entries(self, value: Value) -> int:
        """The number of entries."""
        total = 1
        for d in self.dims(value):
            total *= d
        return total


_OF_REAL_NUMBERS = frozenset({"psd", "spd", "positive", "nonnegative", "orthogonal"})


def live(roots: Iterable[Value]) -> list[Value]:
    """Every value below the roots once, arguments first."""
    order: list[Value] = []
    seen: set[Value] = set()
    stack = list(roots)[::-1]
    while stack:
        value = stack.pop()
        if value in seen:
            continue
        pending = [a for a in value.args if a not in seen]
        if pending:
            stack.append(value)
            stack.extend(reversed(pending))
        else:
            seen.add(value)
            order.append(value)
    return order
