"""Matrices of forms: dX, A*dX*B, wedge products, inv(X)*dX (Maurer-Cartan); connection and curvature.

    dg = differential(G3, g)      d of every entry of a matrix of functions
    w = maurer_cartan(G3, g)      inv(g)*dg, left invariant; w.d + w ^ w = 0
    curvature(w)                  w.d + w ^ w

Source: Frankel, The Geometry of Physics, 3rd ed., ch. 9 and 17; Chern, Chen and Lam, Lectures on Differential
Geometry (1999), ch. 5.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import sympy as sp

from frechet.errors import FrechetError, ShapeError
from frechet.forms.charts import Chart
from frechet.forms.form import Form
from frechet.forms.vanishing import vanishes
from frechet.language.equations import of_latex

__all__ = ["FormMatrix", "connection", "curvature", "differential", "maurer_cartan"]


class FormMatrix:
    """A matrix of forms of one degree; A*w*B with matrices of functions, `w ^ v`, `w.d`, `w.T`, `w[i, j]`, `w[i][j]`."""

    def __init__(self, chart: Chart, rows: Sequence[Sequence[Any]]):
        self.chart = chart
        self.rows = [[chart.form(entry) for entry in row] for row in rows]
        if not self.rows or len({len(row) for row in self.rows}) != 1:
            raise ShapeError("the rows of a matrix of forms have one length")
        degrees = {f.degree for row in self.rows for f in row if f.sums}
        if len(degrees) > 1:
            raise ShapeError(f"the forms of a matrix have one degree, these have {sorted(degrees)}")
        self.degree = degrees.pop() if degrees else max(f.degree for row in self.rows for f in row)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return len(self.rows), len(self.rows[0])

    def __getitem__(self, at: Any) -> Any:
        return self.rows[at[0]][at[1]] if isinstance(at, tuple) else self.rows[at]

    def _each(self, f: Callable[[Form], Form]) -> FormMatrix:
        return FormMatrix(self.chart, [[f(w) for w in row] for row in self.rows])

    def __add__(self, other: FormMatrix) -> FormMatrix:
        if self.shape != other.shape:
            raise ShapeError(f"matrices of forms of shapes {self.shape} and {other.shape} cannot be added")
        pairs = zip(self.rows, other.rows, strict=True)
        return FormMatrix(self.chart, [[a + b for a, b in zip(p, q, strict=True)] for p, q in pairs])

    def __neg__(self) -> FormMatrix:
        return self._each(lambda w: -w)

    def __sub__(self, other: FormMatrix) -> FormMatrix:
        return self + -other

    def __xor__(self, other: FormMatrix) -> FormMatrix:
        """The matrix product with ∧ between the entries."""
        if self.shape[1] != other.shape[0]:
            raise ShapeError(f"{self.shape} times {other.shape}: the inner sizes differ")
        return FormMatrix(self.chart, _product(self.rows, other.rows, lambda a, b: a ^ b))

    def __mul__(self, B: Any) -> FormMatrix:
        """w*B with a matrix of functions, or c*w."""
        if isinstance(B, sp.MatrixBase):
            return FormMatrix(self.chart, _product(self.rows, B.tolist(), lambda a, b: b * a))
        return self._each(lambda w: B * w)

    def __rmul__(self, A: Any) -> FormMatrix:
        if isinstance(A, sp.MatrixBase):
            return FormMatrix(self.chart, _product(A.tolist(), self.rows, lambda a, b: a * b))
        return self._each(lambda w: A * w)

    # SymPy's matrices ask for these before they try to take the object in themselves
    _op_priority = 100.0

    @property
    def d(self) -> FormMatrix:
        """d of every entry."""
        return self._each(lambda w: w.d)

    @property
    def T(self) -> FormMatrix:
        """The transpose."""
        return FormMatrix(self.chart, [list(row) for row in zip(*self.rows, strict=True)])

    def is_zero(self) -> bool:
        """Whether every entry is zero, tested at random points."""
        return all(w.is_zero() for row in self.rows for w in row)

    def simplify(self) -> FormMatrix:
        """Every coefficient simplified by SymPy."""
        return self._each(lambda w: w.simplify())

    def __repr__(self) -> str:
        return "[" + "; ".join("  ".join(map(str, row)) for row in self.rows) + "]"

    def latex(self) -> str:
        """The matrix in LaTeX."""
        body = r" \\ ".join(" & ".join(w.latex() for w in row) for row in self.rows)
        return rf"\begin{{pmatrix}} {body} \end{{pmatrix}}"

    def _repr_latex_(self) -> str:
        return f"$${self.latex()}$$"

    def _repr_html_(self) -> str | None:
        return of_latex(self.latex())


def _product(
    a: Sequence[Sequence[Any]], b: Sequence[Sequence[Any]], times: Callable[[Any, Any], Any]
) -> list[list[Any]]:
    rows = []
    for row in a:
        entries = []
        for j in range(len(b[0])):
            total = times(row[0], b[0][j])
            for k in range(1, len(b)):
                total = total + times(row[k], b[k][j])
            entries.append(total)
        rows.append(entries)
    return rows


def differential(on: Chart, X: Any) -> FormMatrix:
    """dX: the matrix of the differentials of the entries of a matrix of functions."""
    return FormMatrix(on, [[on.d(entry) for entry in row] for row in sp.Matrix(X).tolist()])


def maurer_cartan(on: Chart, g: Any) -> FormMatrix:
    """inv(g)*dg for a square matrix of functions, the left invariant form: w.d + w ^ w = 0. FrechetError if singular."""
    g = sp.Matrix(g)
    if g.rows != g.cols:
        raise ShapeError(f"the Maurer-Cartan form is of a square matrix, this one is {g.rows}×{g.cols}")
    try:
        orthogonal = vanishes(g.T * g - sp.eye(g.rows))
        inverse = g.T if orthogonal else g.inv(method="ADJ")
    except (ValueError, sp.matrices.exceptions.NonInvertibleMatrixError) as error:
        raise FrechetError("the matrix is singular: it has no Maurer-Cartan form") from error
    return inverse * differential(on, g)


def curvature(w: FormMatrix) -> FormMatrix:
    """The curvature of a connection: dw + w ∧ w. ShapeError for what is no square matrix of one-forms."""
    if not isinstance(w, FormMatrix) or w.shape[0] != w.shape[1]:
        raise ShapeError("the curvature is of a square matrix of one-forms: curvature(connection([e1, e2]))")
    return w.d + (w ^ w)


def connection(coframe: Sequence[Form]) -> FormMatrix:
    """The Levi-Civita connection of an orthonormal coframe e1, …, en (Riemannian): skew, with de + w ∧ e = 0.

    With de^k = sum over i<j of c_ij^k e^i ∧ e^j, w_ij = (c_ki^j ... ) by Koszul's formula. The coframe is a basis of
    one-forms on its chart. Raises ShapeError or FrechetError where it is none.
    """
    if not isinstance(coframe, Sequence) or not coframe or not all(isinstance(e, Form) for e in coframe):
        raise ShapeError("a connection is of an orthonormal coframe, a list of one-forms: connection([e1, e2])")
    on = coframe[0].chart
    n = on.dim
    if len(coframe) != n or any(e.degree != 1 or e.chart is not on for e in coframe):
        raise ShapeError(f"a coframe of {on} is {n} one-forms")
    E = sp.Matrix([[e.sums.get(1 << j, 0) for j in range(n)] for e in coframe])
    if E.det() == 0:
        raise FrechetError("the one-forms are dependent: they are no coframe")
    frame = [on.field(*E.inv().col(i)) for i in range(n)]  # e^i(frame_j) = delta_ij
    c = [[[e.d(frame[i], frame[j]) for j in range(n)] for i in range(n)] for e in coframe]  # c[k][i][j] = de^k(Ei, Ej)
    half = sp.Rational(1, 2)
    # w^i_j(E_k) = g(∇_k E_j, E_i), with [E_i, E_j] = -sum c^k_ij E_k
    rows = []
    for i in range(n):
        row = []
        for j in range(n):
            w = Form(on, 1, {})
            for k in range(n):
                coefficient = -half * (c[i][k][j] - c[k][j][i] + c[j][i][k])
                w = w + sp.cancel(coefficient) * coframe[k] if coefficient != 0 else w
            row.append(w)
        rows.append(row)
    return FormMatrix(on, rows)
