"""Which form of a differential is read: the stable one at real numbers, the simplified one where that leaves the range.

The chain rule as it comes multiplies factors that are infinite or zero where their product is neither: d(x^1.5) at 0 is
3*sqrt(x)^2 * 1/(2*sqrt(x)) * dx, and of x/norm2(x) at 1e200 the square of the norm overflows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from frechet.errors import DerivativeError
from frechet.expr.definitions import defined, expanded
from frechet.expr.node import Expr, dependents, postorder, rebuild
from frechet.expr.stable import stable
from frechet.operators.reading import OperatorReading
from frechet.simplify import simplify

__all__ = ["Plan"]

Array = np.ndarray
_FORMS: dict[str, Callable[[Expr], Expr]] = {
    "given": lambda e: e,  # at complex numbers, which the stable forms would order
    "stable": stable,
    "simplified": lambda e: stable(simplify(e)),
}


class Plan:
    """Operators of linear expressions, one for each tangent, from the values of their coefficients; `extra` expressions
    are evaluated along. Each form is read once, when it is first needed; see `Reading`.
    """

    def __init__(self, forms: Sequence[Expr], tangents: Sequence[Expr], extra: Sequence[Expr] = ()):
        self._given = tuple(forms), tuple(tangents), tuple(extra)
        self._readings: dict[str, OperatorReading] = {}

    def build(self, values: Mapping[Expr, Array], sizes: Mapping[str, int] | None = None) -> tuple[list, list[Array]]:
        """(for each form a list with a Canonical or None for each tangent, the values of `extra`)."""
        if any(map(np.iscomplexobj, values.values())):
            return self._reading("given").build(values, sizes)
        left: list[str] = []
        with np.errstate(over="call", invalid="call", divide="call", call=lambda kind, flag: left.append(kind)):
            found = self._reading("stable").build(values, sizes)
        if not left:
            return found
        try:
            simplified = self._reading("simplified")
        except DerivativeError:  # it has no structure that is known
            return found
        return simplified.build(values, sizes)

    def sizes(self, values: Mapping[Expr, Array], sizes: Mapping[str, int] | None) -> Mapping[str, int]:
        """The value of each size letter; found once for arrays of the same shapes."""
        return self._reading("stable").sizes(values, sizes)

    def _reading(self, form: str) -> OperatorReading:
        found = self._readings.get(form)
        if found is None:
            forms, tangents, extra = self._given
            made = _FORMS[form]
            # threads may read a form at the same time: one of the equal readings is kept
            linear = [_in_linear_operations(made(f), tangents) for f in forms]
            found = self._readings[form] = OperatorReading(linear, tangents, [made(e) for e in extra])
        return found


def _in_linear_operations(form: Expr, tangents: Sequence[Expr]) -> Expr:
    """The form with definitions in place of stable operations on what moves: of dA/b, ratio(dA, b), the quotient."""
    active = dependents([form], tangents)
    done: dict[Expr, Expr] = {}
    for node in postorder(form):
        same = rebuild(node, [done[a] for a in node.args])
        is_linear = all(a not in active or same.op.is_linear_in(i) for i, a in enumerate(node.args))
        done[node] = same if is_linear or same.op.definition is None else expanded(defined(same))
    return done[form]
