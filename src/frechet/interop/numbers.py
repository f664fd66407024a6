"""The numbers of operations on stacks (..., m, n): by a library's own functions, else by the NumPy kernel on the host, which also
says which assumption failed.

Some factors of a matrix have no derivative where eigenvalues or singular values coincide: the differences of the values have no
reciprocal. Forward mode gives the columns that have a derivative, and NaN in the others; reverse mode, which would need all
of them, is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from frechet.arrays.library import natural, signature_of
from frechet.compile.natives.operations import Native
from frechet.errors import EvaluationError
from frechet.expr.node import operations
from frechet.interop.formulas import ALSO, Outputs, operation_of

__all__ = ["host_value", "is_partial", "native_values", "refuse", "refuses"]


def native_values(
    names: Outputs,
    arrays: Sequence[Any],
    params: tuple[int, ...],
    xp: Any,
    rows: Mapping[str, Native],
    joint: Mapping[Outputs, Native],
    unsupported: frozenset[str] = frozenset(),
) -> dict[str, Any]:
    """The outputs that the library has, each factorization done once; a column comes as (..., n), a number as (...)."""
    found: dict[str, Any] = {}
    wanted = [n for n in names if n not in unsupported]
    for together, function in joint.items():
        if len(set(together) & set(wanted)) > 1:
            results = function(xp, *arrays, *params)
            found |= {n: r for n, r in zip(together, results, strict=True) if n in wanted}
    for name in wanted:
        if name not in found and name in rows:
            found[name] = rows[name](xp, *map(natural, arrays, signature_of(operation_of(name)).arguments), *params)
    return found


# --- on the host ------------------------------------------------------------------------------------------


def host_value(name: str, arrays: Sequence[np.ndarray], params: tuple[int, ...], shape: tuple[int, ...], raises: bool):
    """The numbers of an output, in double precision; outside of the domain an error if raises, else NaN."""
    wide = [np.asarray(a, np.complex128 if np.iscomplexobj(a) else np.float64) for a in arrays]
    found = [_one(name, [a[index] for a in wide], params, shape[-2:], raises) for index in np.ndindex(*shape[:-2])]
    return np.stack(found).reshape(shape) if found else np.empty(shape)


def _one(name, arrays, params, shape, raises) -> np.ndarray:
    try:
        if name in ALSO:
            raise np.linalg.LinAlgError("the result is not finite")
        kernel = operations[name].value
        assert kernel is not None
        return kernel(*arrays, *params)
    except (np.linalg.LinAlgError, ValueError) as error:
        if not raises:
            return np.full(shape, np.nan)
        domain = operations[operation_of(name)].domain.format("the matrix", "the second", "the third", "the fourth")
        assumed = domain or "its arguments are finite"
        raise EvaluationError(f"{operation_of(name)}: {error}; it takes for granted that {assumed}") from None


# --- where values coincide --------------------------------------------------------------------------------


def is_partial(name: str) -> bool:
    """Whether an output is NaN in the entries that do not exist, and right in the others."""
    return operations[operation_of(name)].partial


def refuses(names: Iterable[str]) -> bool:
    """Whether an output may have no derivative at ties."""
    return any(operations[operation_of(name)].instead for name in names)


def refuse(names: Iterable[str]) -> None:
    """Raises EvaluationError: which derivative does not exist, and which functions have one."""
    named = [name for name in names if refuses((name,))]
    raise EvaluationError(
        f"{', '.join(named)}: two of the values coincide (or one is 0), and the derivative of vectors does not exist there; for "
        f"a function of the matrix that does not depend on the choice of vectors write {operations[operation_of(named[0])].instead}"
    )
