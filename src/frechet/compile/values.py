"""What a compiled program is made of: values, each the result of one kernel, interned so that equal ones are one.

Shapes are NumPy's: () for a number, (n,) for a column or a row, (m, n) for a matrix; sizes stay letters, so
that the code holds for all sizes, and `Graph.numbers` says which sizes the schedule was chosen for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import inf, prod

from frechet.compile.kernels import kernel_of
from frechet.expr.sizes import Size

__all__ = ["Graph", "Value"]


SPREADING = frozenset({"add", "sub", "mul", "div", "quotient"})
"""Kernels whose result is as large as the largest argument, however it is held."""


class Value:
    """The result of a kernel. Facts are properties of the matrix, and `nonnegative` of its entries.

    kind         what is known of its kernel
    fills_shape  its array has all entries of the shape, and is not held once for all rows or columns
    varies       it depends on the inputs: a value that does not is the same number in every call
    """

    __slots__ = ("args", "facts", "fills_shape", "index", "kernel", "kind", "label", "params", "shape", "varies")

    def __init__(self, kernel: str, args: tuple[Value, ...], params: tuple, shape: tuple[Size, ...], index: int):
        self.kernel, self.args, self.params, self.shape, self.index = kernel, args, params, shape, index
        self.kind = kernel_of(kernel)
        self.facts: frozenset[str] = frozenset()
        self.label = ""  # what the mathematics calls it: "inv(X'*X)"
        self.fills_shape: bool = _fills(kernel, args, shape)
        self.varies: bool = kernel == "input" or any(a.varies for a in args)

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


def _fills(kernel: str, args: tuple[Value, ...], shape: tuple[Size, ...]) -> bool:
    if kernel in ("column", "row"):
        return False
    kinds = {a.kernel for a in args}
    if len(shape) < 2 or (kernel not in SPREADING and not kinds & {"column", "row"}):
        return True
    return {"column", "row"} <= kinds or any(a.shape == shape and a.fills_shape for a in args)


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
        self.learn(found, (*facts, "nonnegative") if found.kind.is_signless else facts)
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

    def flops(self, value: Value) -> float:
        """Floating-point operations of the kernel at these sizes: what the schedule shows and the search compares."""
        count = value.kind.flops(self.dims(value), [self.dims(a) for a in value.args])
        try:
            return float(count)
        except OverflowError:  # sizes are exact: those of nested Kronecker products have hundreds of digits
            return inf

    def entries(self, value: Value) -> int:
        """The number of entries."""
        return prod(self.dims(value))


_OF_REAL_NUMBERS = frozenset({"psd", "spd", "positive", "nonnegative", "orthogonal", "unit"})
