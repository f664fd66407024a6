"""`Form`: a differential form on a chart, a sparse sum over sorted indices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

import sympy as sp

from frechet.errors import FrechetError, ShapeError
from frechet.forms import algebra, writing
from frechet.forms.algebra import determinant, indices, sign
from frechet.forms.reading import basis_key
from frechet.forms.vanishing import vanishes
from frechet.language.equations import of_latex
from frechet.language.tex import latex_as_mathml

__all__ = ["Form", "wedge"]


class Form:
    """A form of one degree: `x*dx^dy - dy^dz`.

    a + b, a - b, c*a, a/c        c a number or a function of the coordinates
    a ^ b                         the wedge product. Python binds ^ weaker than + : write (a ^ b) + c
    a.d                           the exterior derivative
    a(X, Y)                       the value on vector fields, as many as the degree
    a["dx^dy"], a["dy^dx"]        a coefficient, with the sign of the order
    a.terms, a.degree, a.chart    the terms as {(0, 1): x, ...}
    a.is_closed(), a.is_zero(), a.equals(b)       tested at random points
    a.potential(center=...)       a form whose d it is
    a.simplify(), a.subs(...)     only what is asked for is simplified

    `==` compares what stands there; `equals` tests whether the difference is zero. Raises ShapeError where degrees
    or charts do not fit, LanguageError for coefficients and keys that do not read.
    """

    __slots__ = ("chart", "degree", "sums")

    def __init__(self, chart: Any, degree: int, sums: Mapping[int, Any]):
        self.chart, self.degree, self.sums = chart, degree, dict(sums)

    # --- parts ------------------------------------------------------------------------------------

    @property
    def terms(self) -> dict[tuple[int, ...], Any]:
        """{sorted indices: coefficient}, zeros left out."""
        return {indices(mask): c for mask, c in sorted(self.sums.items(), key=lambda item: indices(item[0]))}

    def __getitem__(self, key: str) -> Any:
        mask, order = basis_key(key, self.chart.names)
        if order and mask.bit_count() != self.degree:
            raise ShapeError(f"{key!r} has degree {mask.bit_count()}, the form has degree {self.degree}")
        found = self.sums.get(mask, 0)
        return sp.sympify(found if order > 0 else -found if order < 0 else 0)

    def _like(self, sums: Mapping[int, Any], degree: int | None = None) -> Form:
        return Form(self.chart, self.degree if degree is None else degree, sums)

    def _on_my_chart(self, other: Form) -> None:
        if other.chart is not self.chart:
            raise ShapeError(f"one form is on {self.chart}, the other on {other.chart}: pull one of them back by a map")

    # --- algebra ----------------------------------------------------------------------------------

    def __add__(self, other: Any) -> Form:
        if not isinstance(other, Form):
            if self.degree or not _is_scalar(other):
                return self if _is_scalar(other) and other == 0 else NotImplemented
            other = self._like({0: other})
        self._on_my_chart(other)
        if other.degree != self.degree and other.sums and self.sums:
            raise ShapeError(f"a {self.degree}-form and a {other.degree}-form cannot be added: {self} and {other}")
        return self._like(algebra.added(self.sums, other.sums), self.degree if self.sums else other.degree)

    __radd__ = __add__

    def __neg__(self) -> Form:
        return self._like(algebra.scaled(-1, self.sums))

    def __sub__(self, other: Any) -> Form:
        return self + -other

    def __rsub__(self, other: Any) -> Form:
        return -self + other

    def __mul__(self, c: Any) -> Form:
        if isinstance(c, Form):
            if c.degree and self.degree:
                raise ShapeError("write a ^ b for the wedge product of two forms, not a*b")
            return self ^ c
        return self._like(algebra.scaled(self.chart.coefficient(c), self.sums))

    __rmul__ = __mul__

    def __truediv__(self, c: Any) -> Form:
        return self * (1 / sp.sympify(self.chart.coefficient(c)))

    def __xor__(self, other: Any) -> Form:
        """a ∧ b."""
        if not isinstance(other, Form):
            return self * other
        self._on_my_chart(other)
        return self._like(algebra.wedged(self.sums, other.sums), self.degree + other.degree)

    def __rxor__(self, other: Any) -> Form:
        return self * other

    @property
    def d(self) -> Form:
        """The exterior derivative: d(f dx^I) = sum_j ∂f/∂x_j dx_j ∧ dx^I."""
        sums: dict[int, list[Any]] = {}
        for mask, c in self.sums.items():
            present = () if isinstance(c, int) else c.free_symbols
            for j, x in enumerate(self.chart.coords):
                if mask >> j & 1 or x not in present:
                    continue
                slope = _slope(c, x)
                sums.setdefault(mask | 1 << j, []).append(slope if sign(1 << j, mask) > 0 else -slope)
        return self._like(algebra.collected(sums), self.degree + 1)

    # --- values -----------------------------------------------------------------------------------

    def __call__(self, *fields: Any) -> Any:
        """The value on vector fields: of dx^dy on X, Y it is X_x*Y_y - X_y*Y_x."""
        if len(fields) != self.degree:
            raise ShapeError(f"a {self.degree}-form takes {self.degree} vector fields, not {len(fields)}")
        rows = [self.chart.components(V) for V in fields]
        values = []
        for mask, c in self.sums.items():
            picked = indices(mask)
            values.append(c * determinant([[row[j] for j in picked] for row in rows]))
        return sp.sympify(algebra.total(values)) if values else sp.Integer(0)

    def is_zero(self) -> bool:
        """Whether every coefficient is zero, tested at random points with 40 digits."""
        return vanishes(self.sums.values())

    def equals(self, other: Any) -> bool:
        """Whether the difference is zero, tested at random points. Forms of different degree are equal if both are 0."""
        if isinstance(other, Form) and other.degree != self.degree:
            self._on_my_chart(other)
            return self.is_zero() and other.is_zero()
        return (self - other).is_zero()

    def is_closed(self) -> bool:
        """Whether d of it is zero, tested at random points."""
        return self.d.is_zero()

    def potential(self, center: Any = None) -> Form:
        """A form whose d this is, on a domain that is star-shaped about the center (Poincaré's lemma); errors as for
        `frechet.forms.potentials.potential`.
        """
        return import_module("frechet.forms.potentials").potential(self, center)

    def simplify(self) -> Form:
        """The form with every coefficient simplified by SymPy, zeros dropped."""
        return self._map(sp.simplify)

    def expand(self) -> Form:
        """The form with every coefficient multiplied out."""
        return self._map(sp.expand)

    def subs(self, *args: Any, **kwargs: Any) -> Form:
        """Substitution in the coefficients, as SymPy's `subs`; the differentials stay."""
        return self._map(lambda c: c.subs(*args, **kwargs))

    def _map(self, f: Any) -> Form:
        found = ((mask, f(sp.sympify(c))) for mask, c in self.sums.items())
        return self._like({mask: c for mask, c in found if c != 0})

    # --- display ----------------------------------------------------------------------------------

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Form):
            return bool(not self.sums and other == 0)
        return self.chart is other.chart and self.sums == other.sums and (self.degree == other.degree or not self.sums)

    def __hash__(self) -> int:
        return hash((id(self.chart), frozenset(self.sums.items())))

    def __iter__(self) -> Iterator[Any]:
        raise TypeError("a form is not a sequence: its coefficients are in .terms")

    def __str__(self) -> str:
        return writing.text(self.sums, self.chart.names)

    def __repr__(self) -> str:
        return writing.text(self.sums, self.chart.names, wedge="∧")

    def latex(self) -> str:
        """The form in LaTeX."""
        return writing.latex(self.sums, self.chart.coords)

    def mathml(self) -> str:
        """The form in MathML Core. Raises FrechetError for a coefficient of which the LaTeX is not known."""
        return latex_as_mathml(self.latex(), str(self))

    def _repr_latex_(self) -> str:
        return f"$${self.latex()}$$"

    def _repr_html_(self) -> str | None:
        return of_latex(self.latex())


def _slope(c: Any, x: sp.Symbol) -> Any:
    """∂c/∂x: what `c.diff(x)` comes to in the end, without a third of its cost spent on the way (measured)."""
    found = c._eval_derivative(x)
    found = c.diff(x) if found is None else found
    return _real_slope(c, x) if found.atoms(sp.re, sp.im, sp.Derivative) else found


def _real_slope(c: Any, x: sp.Symbol) -> Any:
    """∂c/∂x where SymPy has to know that letters are real numbers: |x|, sign(x)."""
    real = {s: sp.Dummy(s.name, real=True) for s in c.free_symbols}
    return c.xreplace(real).diff(real[x]).xreplace({r: s for s, r in real.items()}) if x in real else sp.Integer(0)


def _is_scalar(c: Any) -> bool:
    return isinstance(c, int | float | sp.Expr)


def wedge(*forms: Any) -> Any:
    """a ∧ b ∧ …, of forms and functions. Raises ShapeError where charts differ, FrechetError without a form."""
    if not forms or not any(isinstance(a, Form) for a in forms):
        raise FrechetError("wedge takes forms, at least one")
    product = forms[0]
    for factor in forms[1:]:
        product = product ^ factor if isinstance(product, Form) else factor * product
    return product
