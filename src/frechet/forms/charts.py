"""Charts: coordinates with a metric, an orientation and conventions; vector fields; maps between charts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import sympy as sp

from frechet.errors import FrechetError, LanguageError, ShapeError
from frechet.forms import algebra
from frechet.forms.algebra import determinant
from frechet.forms.form import Form
from frechet.forms.reading import basis_key, coefficient, line_element, terms
from frechet.forms.vanishing import vanishes

__all__ = ["Chart", "Differentials", "Field", "Map", "chart"]

_STARS = ("a^*b", "*a^b")
_CODIFFS = ("adjoint", "divergence")


class Differentials(tuple):
    """The differentials of a chart: `dx, dy, dz = R3.d`, and of a function, `R3.d(x*y)`, or of any form."""

    chart: Chart

    def __call__(self, f: Any) -> Form:
        return (f if isinstance(f, Form) else self.chart.form(f)).d


class Chart:
    """Coordinates of an open set; see `chart`.

    coords, names     the coordinates, as SymPy symbols and as strings
    d                 the differentials, and d of a function: `dx, dy, dz = R3.d`, `R3.d(f)`
    form(...), field(...)    a form from text, a dict or a function; a vector field from its components
    to(N, x=..., y=...)      the map into another chart
    metric, orientation, star, codiff     what was declared
    """

    def __init__(self, names: Sequence[str], metric: sp.Matrix | None, orientation: int, star: str, codiff: str):
        self.names = tuple(names)
        self.coords = tuple(sp.Symbol(n) for n in names)
        self.symbols = dict(zip(self.names, self.coords, strict=True))
        self.metric, self.orientation, self.star, self.codiff = metric, orientation, star, codiff
        self.memo: dict[str, Any] = {}  # what a metric gives, computed once

    @property
    def dim(self) -> int:
        """The number of coordinates."""
        return len(self.coords)

    @cached_property
    def d(self) -> Differentials:
        """The differentials of the coordinates; called with a function it is its differential."""
        found = Differentials(Form(self, 1, {1 << i: 1}) for i in range(self.dim))
        found.chart = self
        return found

    def coefficient(self, value: Any) -> Any:
        """A coefficient on this chart, from a number, a SymPy expression or text."""
        return coefficient(value, self.symbols)

    def form(self, value: Any, degree: int | None = None) -> Form:
        """A form from text (`"x*dx^dy + dz^dx"`), a dict (`{"dx^dy": "x"}`), or a function (a form of degree 0).

        `degree` is for the zero form, whose degree its terms do not show.
        """
        if isinstance(value, Form):
            return value
        sums: dict[int, Any] = {}
        if isinstance(value, Mapping):
            for key, c in value.items():
                mask, sign = basis_key(key, self.names)
                c = self.coefficient(c)
                sums = algebra.added(sums, {mask: sign * c} if sign and c != 0 else {})
            asked = {basis_key(key, self.names)[0].bit_count() for key in value}
        else:
            sums = terms(value, self.symbols, self.names) if isinstance(value, str) else {0: self.coefficient(value)}
            sums = algebra.collected({k: [c] for k, c in sums.items()})
            asked = {k.bit_count() for k in sums}
        if len(asked) > 1:
            raise ShapeError(f"a form has one degree, these terms have {', '.join(map(str, sorted(asked)))}")
        if degree is None:
            degree = asked.pop() if asked else 0
        elif asked and asked != {degree}:
            raise ShapeError(f"these terms have degree {asked.pop()}, not {degree}")
        return Form(self, degree, sums)

    def field(self, *components: Any) -> Field:
        """The vector field with these components, one a coordinate: `R2.field("-y", "x")`."""
        if len(components) == 1 and isinstance(components[0], Sequence) and not isinstance(components[0], str):
            components = tuple(components[0])
        if len(components) != self.dim:
            raise ShapeError(f"a vector field on {self} has {self.dim} components, not {len(components)}")
        return Field(self, tuple(sp.sympify(self.coefficient(c)) for c in components))

    def components(self, V: Any) -> tuple[Any, ...]:
        """The components of a field, or of a list of components, on this chart."""
        if isinstance(V, Field):
            if V.chart is not self:
                raise ShapeError(f"the vector field is on {V.chart}, not on {self}")
            return V.components
        if not isinstance(V, Iterable) or isinstance(V, str):
            raise ShapeError(
                f"a vector field is made by chart.field(...), or is a list of {self.dim} components, not {V!r}"
            )
        return self.field(*V).components

    def to(self, target: Chart, components: Mapping[str, Any] | None = None, **named: Any) -> Map:
        """The map into another chart: `polar.to(R2, x="r*cos(t)", y="r*sin(t)")`, every coordinate given once."""
        given = {**(components or {}), **named}
        if set(given) != set(target.names):
            raise ShapeError(
                f"a map into {target} gives {', '.join(target.names)}, not {', '.join(given) or 'nothing'}"
            )
        return Map(self, target, tuple(sp.sympify(self.coefficient(given[n])) for n in target.names))

    def __repr__(self) -> str:
        return f"chart({' '.join(self.names)!r})"


class Field:
    """A vector field: `V(f)` is its derivative of a function, `V + W`, `f*V`; components in `V.components`."""

    def __init__(self, chart: Chart, components: tuple[Any, ...]):
        self.chart, self.components = chart, components

    def __call__(self, f: Any) -> Any:
        """df(V), the derivative of a function along the field."""
        f = sp.sympify(self.chart.coefficient(f))
        return sp.Add(*(v * f.diff(x) for v, x in zip(self.components, self.chart.coords, strict=True)))

    def __getitem__(self, i: int) -> Any:
        return self.components[i]

    def __iter__(self) -> Iterator[Any]:
        return iter(self.components)

    def _zip(self, other: Any, f: Callable[[Any, Any], Any]) -> Field:
        pairs = zip(self.components, self.chart.components(other), strict=True)
        return Field(self.chart, tuple(f(a, b) for a, b in pairs))

    def __add__(self, other: Any) -> Field:
        return self._zip(other, lambda a, b: a + b)

    def __sub__(self, other: Any) -> Field:
        return self._zip(other, lambda a, b: a - b)

    def __mul__(self, c: Any) -> Field:
        c = self.chart.coefficient(c)
        return Field(self.chart, tuple(c * v for v in self.components))

    __rmul__ = __mul__

    def __neg__(self) -> Field:
        return self * -1

    def equals(self, other: Any) -> bool:
        """Whether the difference is zero, tested at random points."""
        return vanishes((self - other).components)

    def simplify(self) -> Field:
        """The field with its components simplified by SymPy."""
        return Field(self.chart, tuple(map(sp.simplify, self.components)))

    def __repr__(self) -> str:
        pairs = [(v, f"∂{n}") for v, n in zip(self.components, self.chart.names, strict=True) if v != 0]
        parts = [n if v == 1 else f"({v})*{n}" if sp.sympify(v).is_Add else f"{v}*{n}" for v, n in pairs]
        return " + ".join(parts).replace("+ -", "- ") or "0"

    def _repr_latex_(self) -> str:
        pairs = zip(self.components, self.chart.coords, strict=True)
        shown = [(sp.sympify(v), rf"\partial_{{{sp.latex(x)}}}") for v, x in pairs if v != 0]
        parts = [
            d if v == 1 else (rf"\left({sp.latex(v)}\right)" if v.is_Add else sp.latex(v)) + rf"\,{d}" for v, d in shown
        ]
        return f"$${' + '.join(parts).replace('+ -', '- ') or '0'}$$"


class Map:
    """A smooth map between charts: `F.pullback(w)`, `F.jacobian`, `F @ G`, `F(point)`."""

    def __init__(self, source: Chart, target: Chart, components: tuple[Any, ...]):
        self.source, self.target, self.components = source, target, components

    @cached_property
    def jacobian(self) -> sp.Matrix:
        """The matrix of the derivatives, a row for each coordinate of the target."""
        return sp.Matrix([[f.diff(x) for x in self.source.coords] for f in self.components])

    def pullback(self, w: Any) -> Form:
        """F*w: the coordinates replaced by their expressions, dx by their differentials. ShapeError on another chart."""
        w = self.target.form(w)
        if w.chart is not self.target:
            raise ShapeError(f"the form is on {w.chart}, the map goes to {self.target}")
        values = dict(zip(self.target.coords, self.components, strict=True))
        rows = [Form(self.source, 0, {0: f}).d.sums if f.free_symbols else {} for f in self.components]
        sums: dict[int, list[Any]] = {}
        products: dict[tuple[int, ...], dict[int, Any]] = {(): {0: 1}}
        for order, c in w.terms.items():
            for k in range(1, len(order) + 1):
                if order[:k] not in products:
                    products[order[:k]] = algebra.wedged(products[order[: k - 1]], rows[order[k - 1]])
            c = c if isinstance(c, int) else c.subs(values, simultaneous=True)
            for mask, x in products[order].items():
                sums.setdefault(mask, []).append(c * x)
        return Form(self.source, w.degree, algebra.collected(sums))

    def __call__(self, *point: Any) -> tuple[Any, ...]:
        """The image of a point, given by its coordinates."""
        if len(point) != self.source.dim:
            raise ShapeError(f"a point of {self.source} has {self.source.dim} coordinates, not {len(point)}")
        values = dict(zip(self.source.coords, map(sp.sympify, point), strict=True))
        return tuple(f.subs(values, simultaneous=True) for f in self.components)

    def __matmul__(self, inner: Map) -> Map:
        """The composition: (F @ G)(p) = F(G(p))."""
        if inner.target is not self.source:
            raise ShapeError(f"the inner map goes to {inner.target}, the outer one starts at {self.source}")
        return Map(inner.source, self.target, self(*inner.components))

    def induced_metric(self) -> sp.Matrix:
        """J'gJ, the metric of the target pulled back. FrechetError where the target has none."""
        if self.target.metric is None:
            raise FrechetError(f"{self.target} has no metric: declare it with metric=...")
        values = dict(zip(self.target.coords, self.components, strict=True))
        return self.jacobian.T * self.target.metric.subs(values, simultaneous=True) * self.jacobian

    def __repr__(self) -> str:
        pairs = zip(self.target.names, self.components, strict=True)
        return f"({', '.join(self.source.names)}) -> ({', '.join(f'{n} = {f}' for n, f in pairs)})"


def chart(
    names: str | Iterable[str],
    metric: Any = None,
    orientation: int = 1,
    star: str = "a^*b",
    codiff: str = "adjoint",
) -> Chart:
    """Coordinates with a metric: `R3 = fr.chart("x y z", metric="euclidean")`.

    metric        "euclidean", "minkowski" (-+++), "minkowski+---", a line element ("dr^2 + r^2*dt^2"), the diagonal, or the
                  whole matrix of the g_ij as numbers, expressions or text. Any signature; it is needed for star, codiff, inner, flat, sharp, vol
    orientation   1 if vol = +√|g| dx^dy^dz in the order of the names, -1 for the opposite
    star          "a^*b": a ∧ *b = <a,b> vol (Flanders, Frankel); "*a^b": *a ∧ b = <a,b> vol
    codiff        "adjoint": <da, b> = <a, codiff b>, and laplace = d codiff + codiff d is -f'' on functions of R;
                  "divergence": the opposite sign, so that codiff of the one-form of a field is its divergence and
                  laplace is +f''

    Raises LanguageError for names, metrics and conventions that do not read; FrechetError for a degenerate metric.

    >>> w = fr.chart("x y").form("x*dy - y*dx")
    >>> print(w.d)
    2*dx^dy
    """
    found = names.replace(",", " ").split() if isinstance(names, str) else [str(n) for n in names]
    if not found or len(set(found)) != len(found) or not all(n.isidentifier() for n in found):
        raise LanguageError(f"coordinates are different names, such as 'x y z', not {names!r}")
    for given, known, what in ((star, _STARS, "star"), (codiff, _CODIFFS, "codiff")):
        if given not in known:
            raise LanguageError(f"{what}={given!r} is no convention: choose from {', '.join(known)}")
    if orientation not in (1, -1):
        raise LanguageError(f"an orientation is 1 or -1, not {orientation!r}")
    bare = Chart(found, None, orientation, star, codiff)
    if metric is not None:
        bare.metric = _metric(metric, bare)
    return bare


def _metric(given: Any, on: Chart) -> sp.Matrix:
    n = on.dim
    named = {"euclidean": [1] * n, "minkowski": [-1] + [1] * (n - 1), "minkowski+---": [1] + [-1] * (n - 1)}
    if isinstance(given, str) and given not in named and re.fullmatch(r"[\w+-]+", given):
        raise LanguageError(
            f"there is no metric {given!r}: choose from {', '.join(named)}, or write its matrix, or a line element such as "
            f"{' + '.join(f'd{n}^2' for n in on.names)!r}"
        )
    if isinstance(given, str):
        given = named.get(given) or line_element(given, on.symbols, on.names)
    rows = given.tolist() if hasattr(given, "tolist") else list(given)
    if rows and not isinstance(rows[0], list | tuple):
        rows = [[c if i == j else 0 for j in range(len(rows))] for i, c in enumerate(rows)]
    if len(rows) != n or any(len(row) != n for row in rows):
        raise ShapeError(f"the metric of {on} is {n}×{n}, or the {n} entries of its diagonal")
    g = sp.Matrix([[sp.sympify(on.coefficient(c)) for c in row] for row in rows])
    if not vanishes(g - g.T):
        raise FrechetError(f"the metric of {on} is not symmetric")
    if vanishes([determinant(g.tolist())]):
        raise FrechetError(f"the metric of {on} is degenerate: its determinant is 0")
    return g
