"""The operators of traced arrays: + - * / @ ** and comparisons, the writing ones among them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from frechet.tracing.array import METHODS, UFUNCS, Traced, form_of
from frechet.tracing.refusing import has_own_operators
from frechet.tracing.tape import OPERATORS

__all__: list[str] = []


_PLAIN = frozenset({Traced, np.ndarray, float, int})


def _operator(name: str, swapped: bool = False) -> Callable:
    def called(self: Traced, other: Any) -> Any:
        self.tape.routes[OPERATORS] += 1
        if type(other) not in _PLAIN and name != "matmul" and has_own_operators(type(other)):
            return NotImplemented
        return UFUNCS[name](other, self) if swapped else UFUNCS[name](self, other)

    return called


def _unary(name: str) -> Callable:
    def called(self: Traced) -> Any:
        self.tape.routes[OPERATORS] += 1
        return UFUNCS[name](self)

    return called


def _in_place(name: str) -> Callable:
    def written(self: Traced, other: Any) -> Any:
        self.tape.routes[OPERATORS] += 1
        made = UFUNCS[name](self, other)
        if self.is_number:
            return made  # numbers are not written in place: other names keep the old one
        if np.iscomplexobj(form_of(made)) and self.dtype.kind == "f":
            raise TypeError("a complex result cannot be written into a real array")
        if np.shape(form_of(made)) != self.shape:
            raise ValueError(f"a result of shape {np.shape(form_of(made))} is written into shape {self.shape}")
        self.become(METHODS["astype"](made, self.dtype) if isinstance(made, Traced) else made)
        return self

    return written


_OPERATORS = {
    "add": "add", "sub": "subtract", "mul": "multiply", "truediv": "divide", "matmul": "matmul", "pow": "power",
    "mod": "remainder", "floordiv": "floor_divide",
}  # fmt: skip
for _short, _name in _OPERATORS.items():
    setattr(Traced, f"__{_short}__", _operator(_name))
    setattr(Traced, f"__r{_short}__", _operator(_name, swapped=True))
    setattr(Traced, f"__i{_short}__", _in_place(_name))
_ORDER = {"lt": "less", "le": "less_equal", "gt": "greater", "ge": "greater_equal", "eq": "equal", "ne": "not_equal"}
for _short, _name in _ORDER.items():
    setattr(Traced, f"__{_short}__", _operator(_name))
for _short, _name in {"neg": "negative", "pos": "positive", "abs": "absolute", "invert": "invert"}.items():
    setattr(Traced, f"__{_short}__", _unary(_name))
