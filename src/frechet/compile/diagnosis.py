"""Why a compiled program has no good result at these arrays, in the user's terms: which symbol, which assumption."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from frechet.calculus.declared import refuse_undeclared
from frechet.compile.lowering import Schedule
from frechet.errors import EvaluationError
from frechet.expr.evaluate import evaluate_all
from frechet.expr.node import Expr

__all__ = ["blame", "found_by", "mixes_entries", "nan_among", "refused"]


def found_by(program: Schedule, name: str) -> set[str]:
    """Properties that a factorization of the symbol needs, and refuses the lack of."""
    factored = {
        v.kernel for v in program.order if v.args and v.args[0].kernel == "input" and v.args[0].params[0] == name
    }
    found = {"spd", "psd", "invertible"} if "cholesky" in factored else set()
    return found | (
        {"invertible"} if factored & {"lu_solve", "lu_inverse", "triangular_solve", "triangular_inverse"} else set()
    )


def mixes_entries(program: Schedule) -> bool:
    """Whether an entry of a result depends on several entries of one array: a NaN would spread."""
    return any(not v.kind.is_by_entry for v in program.order)


def nan_among(symbols: Sequence[Expr], arrays: Sequence[np.ndarray]) -> str:
    """Which array has entries that are NaN; empty when none has."""
    return _bad_entries(symbols, arrays, np.isnan, "NaN")


def _bad_entries(symbols: Sequence[Expr], arrays: Sequence[np.ndarray], is_bad, word: str) -> str:
    for s, a in zip(symbols, arrays, strict=True):
        count = int(is_bad(a).sum())
        if count:
            return f"{s.name} is {word}" if not np.ndim(a) else f"{s.name} has {_counted(count)} {word}"
    return ""


def _counted(count: int) -> str:
    return "an entry that is" if count == 1 else f"{count} entries that are"


def blame(
    roots: Sequence[Expr], symbols: Sequence[Expr], arrays: Sequence[np.ndarray], sizes: Mapping[str, int]
) -> str:
    """The entry, the declared property or the assumption that failed; empty when the reference evaluation finds none."""
    found = _bad_entries(symbols, arrays, lambda a: ~np.isfinite(a), "NaN or infinite")
    return found or refused(roots, symbols, arrays, sizes)


def refused(
    roots: Sequence[Expr], symbols: Sequence[Expr], arrays: Sequence[np.ndarray], sizes: Mapping[str, int]
) -> str:
    """Why the reference evaluation refuses these arrays; empty where it gives a result, as that of infinite entries may be."""
    given = dict(zip(symbols, arrays, strict=True))
    try:
        refuse_undeclared(given)
        with np.errstate(all="ignore"):
            evaluate_all(
                list(roots), {s: np.reshape(a, [p.value(sizes) for p in s.shape]) for s, a in given.items()}, sizes
            )
    except EvaluationError as error:
        return str(error)
    return ""
