"""A transformation at size 2, entry by entry: X = [p q; r s], the matrix of its derivatives, the determinant factored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sympy as sp

from frechet.check.exact.arrays import Array
from frechet.errors import DerivativeError
from frechet.expr.node import Expr
from frechet.forms.factors import MatrixFactor
from frechet.forms.letters import Letters, Runner
from frechet.forms.transformation import Transformation
from frechet.language.equations import of_latex

__all__ = ["LETTERS", "Explicit", "explicit"]

LETTERS = "pqrstuvwabcdefghijklmno"


@dataclass(frozen=True)
class Explicit:
    """The matrices of all symbols in letters, the values, the Jacobian matrix and its determinant, by SymPy.

    places   the letters with the symbol and the entry (from 0) that each stands for
    """

    symbols: Mapping[str, sp.Matrix]
    values: Mapping[str, sp.Matrix]
    matrix: sp.Matrix
    determinant: Any
    places: tuple[tuple[Any, Expr, int, int], ...] = ()

    def __repr__(self) -> str:
        lines = [f"{name} = {_text(X)}" for name, X in {**self.symbols, **self.values}.items()]
        return "\n".join([*lines, f"J = {_text(self.matrix)}", f"det J = {str(self.determinant).replace('**', '^')}"])

    def _rows(self) -> dict[str, str]:
        """Left sides and right sides in LaTeX."""
        shown = {name: sp.latex(X) for name, X in {**self.symbols, **self.values}.items()}
        return {**shown, "J": sp.latex(self.matrix), r"\det J": sp.latex(self.determinant)}

    def _repr_latex_(self) -> str:
        rows = [f"{left} &= {right}" for left, right in self._rows().items()]
        return "$$\\begin{aligned}" + r" \\ ".join(rows) + "\\end{aligned}$$"

    def _repr_html_(self) -> str | None:
        shown = [of_latex(f"{left} = {right}") for left, right in self._rows().items()]
        return None if None in shown else "".join(s for s in shown if s)


def _text(X: sp.Matrix) -> str:
    return "[" + "; ".join(" ".join(str(x).replace("**", "^") for x in row) for row in X.tolist()) + "]"


def explicit(of: Transformation, n: int = 2) -> Explicit:
    """The Jacobian at size n in letters. DerivativeError for complex factors, factors in frames, and larger sizes."""
    every = [*of.moving, *of.constants]
    if of.scalars.beta > 1 or any(f.kind.frame != "flat" for _, f in (*of.moving, *((None, t) for t in of.targets))):
        raise DerivativeError("explicit entries are for real factors with coordinates of their own, not for frames")
    sizes = dict.fromkeys(of.size_letters, n)
    places = {s: _places(f, s, sizes) for s, f in every}
    count = sum(map(len, places.values()))
    if count > len(LETTERS):
        raise DerivativeError(f"size {n} has {count} entries: the explicit form is for size 2")
    names = iter(LETTERS)
    letter = {(s, at): next(names) for s, f in every for at in places[s]}
    field = Letters([*letter.values(), "det1", "det2", "det3"])
    runner = _Plain(of.functions, sizes, field)
    values = {s: _entries(s, f, sizes, field, {at: field.letter[letter[s, at]] for at in places[s]}) for s, f in every}
    columns = []
    for s, f in of.moving:
        for at in places[s]:
            known = runner.run(values, {s: _entries(s, f, sizes, field, {at: field.one}, fixed=False)})
            columns.append(_column(of, known, sizes, field))
    matrix = sp.Matrix(columns).T
    at_point = runner.run(values, {})
    shown = {s.name: _matrix(values[s], s, sizes, field) for s, _ in every}
    images = {name: _matrix(at_point[f].value, f, sizes, field) for name, f in zip(of.names, of.functions, strict=True)}
    return Explicit(shown, images, matrix, sp.factor(matrix.det(method="berkowitz")))


class _Plain(Runner):
    """Determinants are polynomials of the entries here."""

    def _determinant(self, o: Any, matrix: Expr, A: Array) -> Array:
        return o.determinant(A)


def _places(f: MatrixFactor, s: Expr, sizes: Mapping[str, int]) -> list[tuple[int, int]]:
    found = [(p.i, p.j) for p in f.positions(sizes)]
    return sorted(found) if not f.kind.mirror else sorted(found, key=lambda at: (at[1], at[0]))


def _entries(
    s: Expr,
    f: MatrixFactor,
    sizes: Mapping[str, int],
    field: Letters,
    at: Mapping[tuple[int, int], Any],
    fixed: bool = True,
) -> list[Any]:
    rows, cols = (n.value(sizes) for n in s.shape)
    entries = [field.zero] * (rows * cols)
    for (i, j), x in at.items():
        entries[i * cols + j] = x
        if f.kind.mirror and i != j:
            entries[j * cols + i] = f.kind.mirror * x
    if fixed and (f.kind.name.startswith("unit") or f.kind.name == "correlation"):
        for i in range(rows):
            entries[i * cols + i] = field.one
    return entries


def _column(of: Transformation, known: Mapping[Expr, Array], sizes: Mapping[str, int], field: Letters) -> list[Any]:
    column = []
    for f, t in zip(of.functions, of.targets, strict=True):
        Y = known[f]
        for i, j in _places(t, f, sizes):
            dY = Y.parts[1]
            column.append(sp.Integer(0) if dY is None else field.meaning(dY[i * Y.cols + j]))
    return column


def _matrix(entries: list[Any], s: Expr, sizes: Mapping[str, int], field: Letters) -> sp.Matrix:
    rows, cols = (n.value(sizes) for n in s.shape)
    return sp.Matrix(rows, cols, [field.meaning(x) for x in entries])
