"""A formula at numbers as a function of arrays, so that it is recorded as code is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from frechet.errors import FrechetError
from frechet.expr.evaluate import sizes_of
from frechet.expr.node import Expr, symbols
from frechet.tracing.graph import input_node
from frechet.tracing.primitives.matrices import lifted
from frechet.tracing.program import Program

__all__ = ["code_of"]


def code_of(f: Expr, variables: Sequence[Expr], values: Mapping[Expr, np.ndarray]) -> Callable[..., Any]:
    """f as a function of the variables, the other symbols at their values."""
    missing = [s.name for s in symbols(f) if s not in values]
    if missing:
        raise FrechetError(
            f"{', '.join(missing)} has no numbers: sizes decide which order is best, give {missing[0]}=..."
        )
    inputs = {s: input_node(s.name, np.shape(values[s]), np.iscomplexobj(values[s])) for s in symbols(f)}
    root = lifted(f, inputs, sizes_of(values))
    program = Program(list(inputs.values()), [root])
    rest = {s: v for s, v in values.items() if s not in variables}

    def formula(*arrays: Any) -> Any:
        given = {**rest, **dict(zip(variables, arrays, strict=True))}
        return program(*[given[s] for s in inputs])[0]

    return formula
