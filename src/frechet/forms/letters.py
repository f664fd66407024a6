"""The differential of a map at its simplest point, in letters: exact rational functions of r1, r2, …

Every matrix is diagonal there, with a letter for each diagonal entry (or an identity, or zero). The map itself runs on
dual numbers over that field, with the plain algorithms of exact arithmetic; a matrix function f has the derivative
f[x_i, x_j] = (f(x_i) - f(x_j))/(x_i - x_j) (Daleckii and Krein 1965), and values such as exp(x_i) are letters too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sympy as sp
from sympy.polys.fields import FracElement, FracField, field

from frechet.check.exact.arrays import Array
from frechet.check.exact.elimination import Duals
from frechet.check.exact.meanings import MEANINGS
from frechet.check.exact.program import unknown_operations
from frechet.check.exact.scalars import NoValue, NumberField, OutOfReach
from frechet.expr.evaluate import numeric_parameters
from frechet.expr.node import Expr, postorder

__all__ = ["Letters", "Runner", "irrational_parts"]

_POOL = 24  # values of functions, such as exp(x1), that one problem may need


class Letters(NumberField):
    """Rational functions of the letters, and of values of functions at them, which get letters of their own."""

    ordered = False

    def __init__(self, names: Sequence[str]):
        spare = [f"value{k}" for k in range(_POOL)]
        self.base: FracField
        self.base, *generators = field([*names, *spare], sp.QQ)
        self.letter = dict(zip([*names, *spare], generators, strict=True))
        self.spare = spare
        self.zero, self.one = self.base.zero, self.base.one
        self.values: dict[Any, FracElement] = {}  # what each spare letter stands for

    def number(self, value: Any) -> FracElement:
        return self.base(sp.QQ(value.numerator, value.denominator))

    def inverse(self, x: Any) -> Any:
        if not x:
            raise NoValue("division by zero")
        return self.one / x

    def function(self, name: str) -> Callable[[Any], Any]:
        f = _FUNCTIONS.get(name)
        if f is None:
            raise OutOfReach(f"{name} has no value in letters")
        return lambda x: self.element(f(self.base(x).as_expr()))

    def root(self, x: Any, k: int) -> Any:
        return self.element(self.base(x).as_expr() ** sp.Rational(1, k))

    def power(self, x: Any, exponent: Any) -> Any:
        return self.element(self.base(x).as_expr() ** self.base(exponent).as_expr())

    def pi(self) -> Any:
        return self.element(sp.pi)

    def element(self, value: Any) -> FracElement:
        """An expression as an element: its parts that are not rational become letters."""
        known = {x: sp.Symbol(str(g)) for x, g in self.values.items()}
        value = value.subs(known) if known else value
        for atom in irrational_parts(value):
            if len(self.values) == _POOL:
                raise OutOfReach("too many different values of functions")
            name = self.spare[len(self.values)]
            self.values[atom] = self.letter[name]
            value = value.subs(atom, sp.Symbol(name))
        return self.base.from_expr(value) if value.free_symbols else self.base(sp.QQ(value.p, value.q))

    def meaning(self, element: Any) -> Any:
        """The element as an expression in letters and functions of them."""
        back = {sp.Symbol(str(g)): x for x, g in self.values.items()}
        value = self.base(element).as_expr()
        for _ in range(len(back)):
            if not value.free_symbols & back.keys():
                break
            value = value.subs(back)
        return value


_FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    name: getattr(sp, name) for name in ("exp", "log", "sqrt", "sin", "cos", "tan", "sinh", "cosh", "tanh", "erf")
} | {"logabs": sp.log, "arctan": sp.atan, "log1p": lambda x: sp.log(1 + x), "sigmoid": lambda x: 1 / (1 + sp.exp(-x))}


def irrational_parts(value: Any) -> list[Any]:
    """The largest parts that are not rational functions of symbols."""
    if value.is_Symbol or value.is_Rational:
        return []
    if value.is_Add or value.is_Mul or (value.is_Pow and value.exp.is_Integer):
        parts = value.args[:1] if value.is_Pow else value.args
        return [a for part in parts for a in irrational_parts(part)]
    return [value]


class _LetterDuals(Duals):
    """Dual numbers over letters; `conjugates` says that the dual parts are imaginary, which transposition conjugates."""

    def __init__(self, letters: Letters, order: int = 1, conjugates: bool = False):
        super().__init__(letters, order)
        self.conjugates = conjugates

    def transpose(self, A: Array) -> Array:
        found = super().transpose(A)
        if self.conjugates and len(found.parts) > 1 and found.parts[1] is not None:
            found = Array(found.rows, found.cols, [found.parts[0], [-x for x in found.parts[1]]])
        return found


class Runner:
    """Runs expressions at numeric sizes on values in letters.

    A determinant gets a letter of its own, so that it stays one; `determinants` says of which expression it is.
    """

    def __init__(self, roots: Sequence[Expr], sizes: Mapping[str, int], letters: Letters):
        self.roots, self.sizes, self.letters = list(roots), sizes, letters
        self.order = postorder(*roots)
        unknown = [n for n in unknown_operations(roots) if n not in _MATRIX_FUNCTIONS]
        if unknown:
            raise OutOfReach(f"{', '.join(unknown)} has no value in letters")
        self.determinants: dict[str, Expr] = {}

    def run(
        self, values: Mapping[Expr, list], directions: Mapping[Expr, list], conjugates: bool = False
    ) -> dict[Expr, Array]:
        """The value and the derivative of every node, from row-major lists of the entries of the symbols."""
        o = _LetterDuals(self.letters, 1, conjugates)
        known: dict[Expr, Array] = {}
        for node in self.order:
            if node.op.name == "symbol":
                rows, cols = (n.value(self.sizes) for n in node.shape)
                known[node] = Array(rows, cols, [values[node], directions.get(node)])
                continue
            arguments = [known[a] for a in node.args]
            if node.op.name in _MATRIX_FUNCTIONS:
                known[node] = self._matrix_function(o, node, arguments)
            elif node.op.name == "det":
                known[node] = self._determinant(o, node.args[0], arguments[0])
            elif node.op.name == "adj":
                A = arguments[0]
                known[node] = o.times(self._determinant(o, node.args[0], A), o.solve(A, o.eye(A.rows)))
            else:
                known[node] = MEANINGS[node.op.name](o, node, numeric_parameters(node, self.sizes), *arguments)
        return known

    def _determinant(self, o: Duals, matrix: Expr, A: Array) -> Array:
        """A letter D with dD = D tr(inv(A) dA)."""
        name = f"det{len(self.determinants) + 1}"
        name = next((k for k, v in self.determinants.items() if v is matrix), name)
        if name not in self.letters.letter:
            raise OutOfReach("too many determinants")
        self.determinants[name] = matrix
        D = o.array(1, 1, [self.letters.letter[name]])
        if A.parts[1] is None:
            return D
        plain = o.array(A.rows, A.cols, A.value)
        moved = o.trace(o.matmul(o.solve(plain, o.eye(A.rows)), o.array(A.rows, A.cols, A.parts[1])))
        return Array(1, 1, [D.value, [D.value[0] * moved.value[0]]])

    def _matrix_function(self, o: Duals, node: Expr, arguments: Sequence[Array]) -> Array:
        A, *others = arguments
        n, values = A.rows, A.value
        if any(values[i * n + j] for i in range(n) for j in range(n) if i != j):
            raise OutOfReach(f"{node.op.name} of a matrix that is not diagonal")
        t = sp.Symbol("t")
        f = _MATRIX_FUNCTIONS[node.op.name](t, *[self.letters.base(p.value[0]).as_expr() for p in others])
        slope = f.diff(t)
        x = [self.letters.base(values[i * n + i]) for i in range(n)]
        at = [self.letters.element(f.subs(t, e.as_expr())) for e in x]
        value = [at[i] if i == j else self.letters.zero for i in range(n) for j in range(n)]
        if A.parts[1] is None:
            return o.array(n, n, value)
        moved = []
        for i in range(n):
            for j in range(n):
                dx = A.parts[1][i * n + j]
                if not dx:
                    moved.append(self.letters.zero)
                elif i == j or x[i] == x[j]:
                    moved.append(dx * self.letters.element(slope.subs(t, x[i].as_expr())))
                else:
                    moved.append(dx * (at[i] - at[j]) / (x[i] - x[j]))
        return Array(n, n, [value, moved])


_MATRIX_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "expm": lambda t: sp.exp(t),
    "logm": lambda t: sp.log(t),
    "sqrtm": lambda t: sp.sqrt(t),
    "powm": lambda t, a: t**a,
    "sinm": lambda t: sp.sin(t),
    "cosm": lambda t: sp.cos(t),
    "sinhm": lambda t: sp.sinh(t),
    "coshm": lambda t: sp.cosh(t),
    "tanhm": lambda t: sp.tanh(t),
}
"""The matrix functions whose derivative is taken by divided differences; their slopes by SymPy."""
