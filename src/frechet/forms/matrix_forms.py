"""Forms of a matrix variable in the matrix language: dX, A*dX*B, inv(X)*dX, their wedge products and d.

A form of degree p is kept as an expression E(X; dX1, …, dXp), linear in each of the p differentials, and stands for

    w(V1, …, Vp) = Σ_σ sgn(σ) E(X; V_σ(1), …, V_σ(p))

In this convention (α ∧ β) has the expression E_α(dX1, …, dXp)·E_β(dXp+1, …, dXp+q), and d has the differential of E along
a new first argument: the rules of the table and the simplifier serve as they are, for they see p ordinary matrices.

Source: Spivak, Calculus on Manifolds, ch. 4 (the determinant convention); Frankel, The Geometry of Physics, 3rd ed., ch. 9.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import combinations, permutations
from typing import Any

import numpy as np

from frechet.budgets import tick
from frechet.calculus.linear import differential
from frechet.check.rounding import with_rounding
from frechet.check.sampling import Point, sample_points, tangent_at
from frechet.errors import DerivativeError, EvaluationError, FrechetError, LanguageError, ShapeError
from frechet.expr.evaluate import as_matrix, evaluate
from frechet.expr.node import Expr, substitute, symbols
from frechet.expr.structure import add, differential_of, mul, scale, symbol, transpose, zeros
from frechet.expr.walks import size_letters
from frechet.language import read, to_latex, to_text
from frechet.language.equations import of_latex
from frechet.rules.linear import trace
from frechet.simplify import simplify

__all__ = ["MatrixForm", "matrix_form"]

_CLOSE = 1e-12  # beside the terms of a sum: tangents are rounded too
_ROUNDINGS = 100  # times the rounding error that was seen
_POINTS = 4


class MatrixForm:
    """A matrix (or a number) of forms in the variables of a formula; see `matrix_form`.

    w.d, w ^ v, w + v, A*w*B, w.T, w.trace()     exterior derivative, wedge product, sums, products with matrices
    w.degree, w.shape, w.variables               its degree, its rows and columns, the variables X of its dX
    w.is_zero(), w.equals(v)                     tested at random points, on random tangents of the variables
    w(values, V1, …, Vp)                         its value, an array
    """

    def __init__(self, variables: Sequence[Expr], degree: int, expr: Expr):
        self.variables, self.degree = tuple(variables), degree
        self.expr = _alternated(expr, self.variables, degree)

    @property
    def shape(self) -> tuple[Any, Any]:
        """Rows and columns."""
        return self.expr.shape

    # --- algebra ----------------------------------------------------------------------------------

    def _like(self, degree: int, expr: Expr, other: MatrixForm | None = None) -> MatrixForm:
        both = (*self.variables, *(other.variables if other else ()))
        return MatrixForm(tuple(dict.fromkeys(both)), degree, expr)

    def _form(self, other: Any) -> MatrixForm:
        return other if isinstance(other, MatrixForm) else MatrixForm(self.variables, 0, self._function(other))

    def _function(self, A: Any) -> Expr:
        """A factor of degree 0, from an expression, text in the symbols of this form, or a number."""
        if isinstance(A, Expr):
            return A
        return read(str(A), {s.name: s for s in (*self.variables, *symbols(self.expr))}).expr

    def __add__(self, other: Any) -> MatrixForm:
        other = self._form(other)
        if other.degree != self.degree:
            raise ShapeError(f"forms of one degree are added, these have {self.degree} and {other.degree}")
        return self._like(self.degree, add(self.expr, other.expr), other)

    def __neg__(self) -> MatrixForm:
        return self._like(self.degree, scale(-1, self.expr))

    def __sub__(self, other: Any) -> MatrixForm:
        return self + -self._form(other)

    def __xor__(self, other: Any) -> MatrixForm:
        """α ∧ β: the matrix product with ∧ between the entries."""
        other = self._form(other)
        shifted = _renumbered(other.expr, other.variables, range(self.degree + 1, self.degree + other.degree + 1))
        return self._like(self.degree + other.degree, _product(self.expr, shifted), other)

    def __mul__(self, other: Any) -> MatrixForm:
        """w*B with a matrix or a number of the language, or text for one."""
        if isinstance(other, MatrixForm) and self.degree and other.degree:
            raise FrechetError("the product of forms is the wedge product: write w ^ v")
        return self ^ other

    def __rmul__(self, other: Any) -> MatrixForm:
        return self._form(other) ^ self

    # an expression asks for this before it tries to take a form in itself
    __array_ufunc__ = None

    @property
    def T(self) -> MatrixForm:
        """The transpose."""
        return self._like(self.degree, transpose(self.expr))

    def trace(self) -> MatrixForm:
        """The trace, a form that is a number. Raises ShapeError unless the form is square."""
        return self._like(self.degree, trace(self.expr))

    @cached_property
    def d(self) -> MatrixForm:
        """The exterior derivative."""
        moved = _renumbered(self.expr, self.variables, range(2, self.degree + 2))
        first = {X: differential_of(X, "1") for X in self.variables}
        return self._like(self.degree + 1, differential(moved, first))

    # --- values -----------------------------------------------------------------------------------

    def __call__(self, values: Mapping[str, Any], *tangents: Any) -> Any:
        """w(V1, …, Vp) at a point: `w({"X": X}, V, W)`; with several variables each tangent is a dict by name.

        Raises ShapeError for another number of tangents than the degree.
        """
        if len(tangents) != self.degree:
            raise ShapeError(f"a {self.degree}-form takes {self.degree} tangents, not {len(tangents)}")
        slots = {differential_of(X, str(k)) for X in self.variables for k in range(1, self.degree + 1)}
        names = {s.name: s for s in (*self.variables, *symbols(self.expr)) if s not in slots}
        if unknown := [n for n in values if n not in names]:
            raise EvaluationError(f"{unknown[0]} is not in this form, which has {', '.join(names)}")
        numbers = {names[n]: as_matrix(np.asarray(a, dtype=float), names[n]) for n, a in values.items()}
        moves = [V if isinstance(V, Mapping) else {self.variables[0].name: V} for V in tangents]
        arrays = [{X: as_matrix(np.asarray(V[X.name], dtype=float), X) for X in self.variables} for V in moves]
        found = np.asarray(evaluate(self._sum, {**numbers, **self._named(arrays)}))
        return float(found[0, 0]) if found.shape == (1, 1) else found

    @cached_property
    def _sum(self) -> Expr:
        """w(dX1, …, dXp), the alternating sum."""
        parts = (
            scale(sign, _renumbered(self.expr, self.variables, [k + 1 for k in order]))
            for order, sign in _orders(self.degree)
        )
        return add(*parts)

    def _named(self, tangents: Sequence[Mapping[Expr, Any]]) -> dict[Expr, Any]:
        return {differential_of(X, str(k)): V[X] for k, V in enumerate(tangents, 1) for X in self.variables}

    def is_zero(self) -> bool:
        """Whether the form is zero, tested at random points of its domain, on random tangents of its variables.

        Raises FrechetError where no point is found at which it has a value.
        """
        if _is_zero(self.expr):
            return True
        rng = np.random.default_rng(0)
        for point in self._points():
            tangents = [{X: tangent_at(X, point.values[X], rng) for X in self.variables} for _ in range(self.degree)]
            (found,) = with_rounding([self._sum], {**point.values, **self._named(tangents)}, point.sizes)
            if not np.all(np.abs(found.value) <= _CLOSE * found.terms + _ROUNDINGS * found.error):
                return False
        return True

    def _points(self) -> Iterator[Point]:
        """Points at sizes of at least 3, where forms of low degree need not vanish; at any sizes where there are none."""
        roots = (self.expr, *self.variables)
        letters = size_letters(*roots)
        for k in range(_POINTS):
            sizes = {a: 3 + (i + k) % 3 for i, a in enumerate(letters)}
            try:
                yield from sample_points(roots, 1, k, sizes)
            except FrechetError:
                yield from sample_points(roots, 1, k)

    def equals(self, other: Any) -> bool:
        """Whether the difference is zero, tested at random points; text is read in the symbols of this form."""
        return (self - self._form(other)).is_zero()

    def __eq__(self, other: object) -> bool:
        """Whether both have one expression; `equals` tests at random points."""
        if isinstance(other, MatrixForm):
            return self.degree == other.degree and self.expr is other.expr
        return bool(other == 0 and _is_zero(self.expr))

    def __hash__(self) -> int:
        return hash((self.degree, self.expr))

    def is_closed(self) -> bool:
        """Whether d of the form is zero."""
        return self.d.is_zero()

    def simplify(self) -> MatrixForm:
        """The form without its terms that are zero, tested as in `is_zero`; zero where the whole form is."""
        kept = [t for t in _terms(self.expr) if not self._like(self.degree, t).is_zero()]
        found = self._like(self.degree, add(*kept) if kept else zeros(*self.expr.shape))
        return self._like(self.degree, zeros(*self.expr.shape)) if found.is_zero() else found

    # --- display ----------------------------------------------------------------------------------

    def __str__(self) -> str:
        return self._written(to_text, "∧")

    __repr__ = __str__

    def latex(self) -> str:
        """The form in LaTeX."""
        return self._written(to_latex, r" \wedge ")

    def _repr_latex_(self) -> str:
        return f"$${self.latex()}$$"

    def _repr_html_(self) -> str | None:
        return of_latex(self.latex())

    def _written(self, writer: Any, wedge: str) -> str:
        """Term by term, in the order of the differentials; they are written without their numbers."""
        text = ""
        for term in _terms(self.expr):
            order = _appearance(term, self.variables)
            term = _with_sign(term, _sign(order))
            part = _unnumbered(_chain(term, self.variables, writer, wedge), self.variables, self.degree, writer)
            text += part if not text else f" - {part[1:].lstrip()}" if part.startswith("-") else f" + {part}"
        return text


def matrix_form(text: str | Expr, wrt: str | Sequence[str] = (), **declarations: Any) -> MatrixForm:
    """The form that `text` writes: `fr.forms.matrix_form("inv(X)*dX", X="matrix(n)")`, the Maurer-Cartan form.

    dX is the differential of a declared matrix X, and products of differentials are wedge products, in the order in which
    they stand; every term has the same number of them, the degree of the form. A text without differentials is a
    function, of degree 0. The variables are those whose differentials occur, in a function all that are declared, or
    those that `wrt` names; they are declared, and the other letters are constants.

        w = fr.forms.matrix_form("inv(X)*dX", X="matrix(n)")
        w.d                     # -inv(X)*dX∧inv(X)*dX
        (w.d + (w ^ w)).is_zero()

    Raises DerivativeError where terms differ in degree or are not linear in each differential, LanguageError and
    ShapeError as `fr.parse`.
    """
    if isinstance(text, Expr):
        return MatrixForm(symbols(text), 0, text)
    names = "|".join(sorted(map(re.escape, declarations), key=len, reverse=True)) or "$^"
    if found := re.search(rf"(?<!\w)d({names})\d+(?!\w)", text):
        raise LanguageError(f"write d{found[1]}, not {found[0]}: differentials have the order in which they stand")
    words = [w for w in re.findall(r"(?<!\w)d([A-Z]\w*)(?!\w)", text) if w not in declarations]
    if words:
        raise LanguageError(f"d{words[0]} needs a declaration of {words[0]}, such as {words[0]}='matrix(m,n)'")
    count = 0

    def numbered(found: re.Match[str]) -> str:
        nonlocal count
        count += 1
        return f"{found[0]}{count}"

    numbers = re.sub(rf"(?<!\w)d(?:{names})(?!\w)", numbered, text.replace("∧", "*"))
    reading = read(numbers, declarations)
    return _homogeneous(reading.expr, _variables(reading.expr, declarations, wrt), count)


def _variables(expr: Expr, declarations: Mapping[str, Any], wrt: str | Sequence[str]) -> tuple[Expr, ...]:
    found = {s.name: s for s in symbols(expr)}
    moving = {n: s for n in declarations for name, s in found.items() if re.fullmatch(rf"d{re.escape(n)}\d+", name)}
    wanted = [*moving, *([wrt] if isinstance(wrt, str) and wrt else wrt)] or [n for n in declarations if n in found]
    if unknown := [n for n in wanted if n not in declarations or (n not in found and n not in moving)]:
        raise LanguageError(f"{unknown[0]} is no declared variable of this form")
    return tuple(found[n] if n in found else _moved_by(moving[n], n, declarations[n]) for n in dict.fromkeys(wanted))


def _moved_by(dX: Expr, name: str, declaration: Any) -> Expr:
    """The variable of a differential where it does not occur itself: its shape is that of the differential."""
    return symbol(name, *dX.shape, read(name, {name: declaration}).expr.params[1])


def _homogeneous(expr: Expr, variables: tuple[Expr, ...], count: int) -> MatrixForm:
    """The form of an expression whose differentials bear the numbers of their occurrence, 1 to count."""
    expr = simplify(expr)
    slots = range(1, count + 1)
    for degree in range(count + 1):
        parts = [
            p for chosen in combinations(slots, degree) if (p := _part(expr, variables, slots, chosen)) is not None
        ]
        if not parts:
            continue
        whole = add(*(p for _, p in parts))
        if not _is_zero(simplify(add(expr, scale(-1, whole)))):
            break
        total = add(*(_renumbered_from(p, variables, chosen) for chosen, p in parts))
        for k in range(1, degree + 1):
            _require_linear(total, variables, k)
        return MatrixForm(variables, degree, total)
    if count and _is_zero(expr):
        return MatrixForm(variables, 0, expr)
    raise DerivativeError(
        "the terms of a form have one degree: each has the same number of differentials, linear in each"
    )


def _part(
    expr: Expr, variables: tuple[Expr, ...], slots: range, chosen: tuple[int, ...]
) -> tuple[tuple[int, ...], Expr] | None:
    """What is left where all differentials but the chosen ones are zero."""
    tick()
    others = {
        dX: zeros(*dX.shape) for X in variables for k in slots if k not in chosen for dX in [differential_of(X, str(k))]
    }
    found = simplify(substitute(expr, others))
    return None if _is_zero(found) else (chosen, found)


def _require_linear(expr: Expr, variables: tuple[Expr, ...], k: int) -> None:
    moving = {differential_of(X, str(k)): differential_of(X, "0") for X in variables}
    if not _is_zero(simplify(add(differential(expr, moving), scale(-1, substitute(expr, moving))))):
        raise DerivativeError(f"a form is linear in each of its differentials, and {expr} is not")


# --- the alternating sum ------------------------------------------------------------------------------------


def _alternated(expr: Expr, variables: tuple[Expr, ...], degree: int) -> Expr:
    """Equal forms become one expression: of each term the arrangement in print order, with its sign; odd ones are zero."""
    found = []
    for term in _terms(simplify(expr)):
        best: tuple[Any, Expr] | None = None
        for order, sign in _orders(degree):
            tick()
            moved = simplify(_renumbered(term, variables, [k + 1 for k in order])) if degree > 1 else term
            if sign < 0 and moved is simplify(term):
                break  # an odd permutation leaves it as it is: the sum over all of them is zero
            key = (_appearance(moved, variables) != tuple(range(1, degree + 1)), to_text(moved))
            if best is None or key < best[0]:
                best = key, _with_sign(moved, sign)
        else:
            assert best is not None
            found.append(best[1])
    return simplify(add(*found)) if found else zeros(*expr.shape)


def _orders(degree: int) -> Iterator[tuple[tuple[int, ...], int]]:
    for order in permutations(range(degree)):
        yield order, _sign(order)


def _sign(order: Sequence[int]) -> int:
    """The sign of a permutation: the parity of its inversions."""
    return -1 if sum(a > b for a, b in combinations(order, 2)) % 2 else 1


def _with_sign(expr: Expr, sign: int) -> Expr:
    return expr if sign > 0 else simplify(scale(-1, expr))


def _renumbered(expr: Expr, variables: tuple[Expr, ...], numbers: Sequence[int]) -> Expr:
    """Differential k becomes differential numbers[k - 1]."""
    return _renamed(expr, variables, {k + 1: n for k, n in enumerate(numbers)})


def _renumbered_from(expr: Expr, variables: tuple[Expr, ...], chosen: Sequence[int]) -> Expr:
    return _renamed(expr, variables, {n: k + 1 for k, n in enumerate(chosen)})


def _renamed(expr: Expr, variables: tuple[Expr, ...], numbers: Mapping[int, int]) -> Expr:
    moved = {
        differential_of(X, str(a)): differential_of(X, str(b)) for X in variables for a, b in numbers.items() if a != b
    }
    return substitute(expr, moved) if moved else expr


# --- terms, products, print -----------------------------------------------------------------------------------


def _terms(expr: Expr) -> tuple[Expr, ...]:
    if _is_zero(expr):
        return (expr,)
    return expr.args if expr.op.name == "add" else (expr,)


def _is_zero(expr: Expr) -> bool:
    return expr.op.name == "zeros" or (expr.op.name == "number" and expr.params[0] == 0)


def _product(A: Expr, B: Expr) -> Expr:
    return scale(A, B) if A.is_scalar else scale(B, A) if B.is_scalar else mul(A, B)


def _numbers_in(text: str, variables: tuple[Expr, ...]) -> list[int]:
    names = "|".join(re.escape(X.name) for X in variables) or "$^"
    return [int(n) for n in re.findall(rf"(?<!\w)d(?:{names})(\d+)", text)]


def _appearance(term: Expr, variables: tuple[Expr, ...]) -> tuple[int, ...]:
    """The numbers of the differentials in the order in which they are written."""
    return tuple(dict.fromkeys(_numbers_in(to_text(term), variables)))


def _chain(term: Expr, variables: tuple[Expr, ...], writer: Any, wedge: str) -> str:
    """A term with the wedge between the factors of its product that are forms, in a trace too."""
    inside = term
    while inside.op.name in ("scale", "tr"):
        inside = inside.args[-1]
    groups: list[list[Expr]] = [[]]
    for factor in inside.args if inside.op.name == "mul" else ():
        if any(_numbers_in(to_text(f), variables) for f in groups[-1]):
            groups.append([])
        groups[-1].append(factor)
    if len(groups) > 1 and not any(_numbers_in(to_text(f), variables) for f in groups[-1]):
        last = groups.pop()  # functions after the last form belong to it
        groups[-1] += last
    if len(groups) == 1:
        return str(writer(term))
    mark = symbol(_unused("chain", term), *inside.shape)
    # a factor before each, so that it is written as what it is, a factor itself
    before = [symbol(_unused("before", term), g[0].rows, g[0].rows) for g in groups]
    written = [
        str(writer(mul(b, *g))).removeprefix(writer(b)).lstrip("* ") for b, g in zip(before, groups, strict=True)
    ]
    product = wedge.join(written)
    return str(writer(substitute(term, {inside: mark}))).replace(writer(mark), product)


def _unused(name: str, term: Expr) -> str:
    """The name, longer where it is part of one in the term."""
    while any(name in s.name for s in symbols(term)):
        name += "e"
    return name


def _unnumbered(text: str, variables: tuple[Expr, ...], degree: int, writer: Any) -> str:
    for X in variables:
        for k in range(degree, 0, -1):  # dX12 before dX1
            text = text.replace(writer(differential_of(X, str(k))), writer(differential_of(X)))
    return text
