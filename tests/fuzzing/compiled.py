"""Compiled code against plain evaluation, for everything that is claimed about the derivatives of a random expression."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

import frechet as fr
from frechet.errors import EvaluationError, FrechetError, ShapeError
from frechet.expr.node import Expr, symbols
from frechet.language import to_text
from tests.compile.points import at_border
from tests.fuzzing.comparison import ATTEMPTS, LARGEST_NUMBER, Claims, Mismatch, known_at, numbers, random_point

__all__ = ["compare_compiled"]

RELATIVE = 1e-8
"""Of the largest intermediate value: other orders of products round differently."""


def compare_compiled(f: Expr, variables: Sequence[Expr], seed: int, target: str) -> bool:
    """Runs the compiled value and derivatives at one point; False when no good point was found. Raises Mismatch."""
    rng = np.random.default_rng(seed)
    claims: Claims | None = None
    for _ in range(ATTEMPTS):
        point = random_point(f, variables, rng)
        if point is None:
            continue
        claims = claims or Claims(f, variables)
        try:
            found, largest, regular = numbers(claims, point, point.values)
        except (EvaluationError, ShapeError, ValueError):
            continue  # an inverse that does not exist here, an index outside the matrix at these sizes
        finite = all(np.isfinite(value).all() for value in found.values())
        if not regular or not finite or max(largest.values()) > LARGEST_NUMBER:
            continue
        known = known_at(claims, point, point.values)
        for name, e in claims.expressions.items():
            arrays = {s.name: at_border(s, known[s]) for s in symbols(e)}
            expected = at_border(e, found[name])
            try:
                actual = np.asarray(fr.compile(e, target, sizes=point.sizes)(**arrays))
            except FrechetError as error:
                if f"there is no {target} code for" in str(error):
                    continue  # said loudly: that library lacks the operation
                raise
            told = f"{name} for {target}: {to_text(e)}\nat the sizes {point.sizes}"
            if actual.shape != np.shape(expected):
                raise Mismatch(f"{told} has the shape {actual.shape}, not {np.shape(expected)}")
            error = float(np.abs(actual - expected).max(initial=0.0))
            if not error <= RELATIVE * max(largest[name], 1.0):
                raise Mismatch(f"{told}\nis off by {error:.2e}:\n{actual}\nand evaluated it is\n{expected}")
        return True
    return False
