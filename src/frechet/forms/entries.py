"""Terms of formulas that are products over the entries of matrices and vectors, or functions of them.

prod(i,j, |a_ij|)      prod(i>j, |sin(t_ij)|^(n - j))      |r^2*sin(a1)|
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import sympy as sp

from frechet.expr.node import Expr
from frechet.forms.factors import MatrixFactor
from frechet.forms.products import I_INDEX, J_INDEX, PowerFactor, latex_over, latex_power, number_of, powered
from frechet.forms.scalars import Scalars

__all__ = ["X_ENTRY", "Entries", "EntryFunction", "PlacePowers"]

X_ENTRY = sp.Symbol("x", real=True)
_PLACES = (
    {"lower": "i>=j", "symmetric": "i>=j", "spd": "i>=j", "upper": "i<=j"}
    | dict.fromkeys(("strictly_lower", "unit_lower", "skew", "correlation", "correlation_factor"), "i>j")
    | dict.fromkeys(("strictly_upper", "unit_upper"), "i<j")
)
"""Over which places a product runs that is over the free entries of a matrix."""


@dataclass(frozen=True)
class Entries(PowerFactor):
    """The product of |p| over the free entries of a factor, p a function of the entries (i, j) of matrices."""

    base: Any
    matrices: tuple[tuple[str, Expr], ...]  # letter, matrix
    factor: MatrixFactor

    def text(self) -> str:
        return f"prod({_over(self.factor)}, {powered(f'|{self._shown()}|', self.exponent)})"

    def latex(self) -> str:
        return (
            rf"\prod_{{{latex_over(_over(self.factor))}}} {latex_power(rf'|{sp.latex(self._shown())}|', self.exponent)}"
        )

    def _shown(self) -> Any:
        return self.base.subs({sp.Symbol(f"{a}[ij]"): sp.Symbol(f"{a.lower()}_ij") for a, _ in self.matrices})

    def logabs(self, point: Any, scalars: Scalars) -> float:
        p = sp.lambdify([sp.Symbol(f"{a}[ij]") for a, _ in self.matrices], self.base, modules="numpy")
        arrays = [point.values[X] for _, X in self.matrices]
        places = self.factor.positions(point.letters)
        logs = [np.log(abs(p(*(A[q.i, q.j] for A in arrays)))) for q in places]
        return number_of(self.exponent, point) * float(np.sum(logs))


@dataclass(frozen=True)
class PlacePowers(PowerFactor):
    """The product of |p(x)|^exponent over entries x of an argument or of a value; the exponent depends on their places."""

    base: Any  # an expression in X_ENTRY
    factor: MatrixFactor
    at: Any  # the symbol of an argument, or the number of a value
    on_diagonal: bool | None

    @property
    def _parts(self) -> tuple[str, str]:
        """(over which places, the letter there)."""
        name, kind = self.factor.name, self.factor.kind.name
        if kind == "scalar":
            return "", name
        if kind in ("vector", "stiefel"):
            return "i", f"{name}_i"
        if self.on_diagonal or kind == "diagonal":
            return "i", f"{name.lower()}_ii"
        over = _over(self.factor)
        return over.replace("=", "") if self.on_diagonal is False else over, f"{name.lower()}_ij"

    def text(self) -> str:
        over, letter = self._parts
        body = powered(f"|{str(self.base.subs(X_ENTRY, sp.Symbol(letter))).replace('**', '^')}|", self.exponent)
        return f"prod({over}, {body})" if over else body

    def latex(self) -> str:
        over, letter = self._parts
        name, _, index = letter.partition("_")
        shown = sp.latex(self.base.subs(X_ENTRY, sp.Symbol(f"{name}_{{{index}}}" if index else name)))
        body = latex_power(rf"\left|{shown}\right|", self.exponent)
        return rf"\prod_{{{latex_over(over)}}} {body}" if over else body

    def logabs(self, point: Any, scalars: Scalars) -> float:
        values = {sp.Symbol(k): v for k, v in point.letters.items()}
        e = sp.lambdify([I_INDEX, J_INDEX], sp.sympify(self.exponent).subs(values))
        return sum(e(i + 1, j + 1) * x for (i, j), x in zip(self.places(point.letters), self.logs(point), strict=True))

    def logs(self, point: Any) -> list[float]:
        """log|p| of each of the entries."""
        X = point.images[self.at] if isinstance(self.at, int) else point.values[self.at]
        return [float(np.log(np.abs(self._function(X[place])))) for place in self.places(point.letters)]

    @cached_property
    def _function(self) -> Any:
        return sp.lambdify(X_ENTRY, self.base, modules=["numpy", "scipy"])

    @property
    def has_places(self) -> bool:
        """Whether there are several entries."""
        return bool(self._parts[0])

    def places(self, letters: Any) -> list[tuple[int, int]]:
        """The entries, from (0, 0): of a unit vector all, of others those that are coordinates."""
        if self.factor.kind.frame == "left":
            return [(i, 0) for i in range(self.factor.sizes[0].value(letters))]
        found = [(p.i, p.j) for p in self.factor.positions(letters)]
        return [p for p in found if self.on_diagonal is None or (p[0] == p[1]) == self.on_diagonal]


@dataclass(frozen=True)
class EntryFunction(PowerFactor):
    """|p|^exponent, p a SymPy expression in letters, each for an entry of a symbol."""

    base: Any
    places: tuple[tuple[Any, Expr, int, int], ...]  # letter, symbol, row, column

    @property
    def _shown(self) -> Any:
        return -self.base if self.base.could_extract_minus_sign() else self.base

    def text(self) -> str:
        base = self._shown
        shown = str(base).replace("**", "^").replace("Abs(", "abs(")
        return powered(shown if base.is_nonnegative and not base.is_Add else f"|{shown}|", self.exponent)

    def latex(self) -> str:
        base = self._shown
        shown = sp.latex(base)
        plain = base.is_nonnegative and not base.is_Add
        return latex_power(shown if plain else rf"\left|{shown}\right|", self.exponent)

    def logabs(self, point: Any, scalars: Scalars) -> float:
        p = sp.lambdify([x for x, *_ in self.places], self.base, modules=["numpy", "scipy"])
        value = complex(p(*[point.values[s][i, j] for _, s, i, j in self.places]))
        return number_of(self.exponent, point) * float(np.log(abs(value)))


def _over(f: MatrixFactor) -> str:
    """The places of the free entries of a matrix."""
    return "i" if f.kind.name == "diagonal" else _PLACES.get(f.kind.name, "i,j")
