"""Closed formulas of Jacobians: products of powers of determinants, of diagonal entries, of functions of eigenvalues.

    2^n*prod(i, t_ii^(n - i + 1))      |A|^n*|B|^m      prod(i<j, |l_i - l_j|), l = eig(S)

A formula knows its text, its LaTeX, and its value at numbers: `logabs(point)`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import sympy as sp

from frechet.check.exact.scalars import OutOfReach
from frechet.expr.node import Expr
from frechet.expr.sizes import Size
from frechet.forms.factors import block_entries
from frechet.forms.quotients import extended, has_limits
from frechet.forms.scalars import Scalars
from frechet.forms.transformation import evaluate_conjugating
from frechet.language import to_latex, to_text
from frechet.language.equations import of_latex

__all__ = [
    "I_INDEX",
    "J_INDEX",
    "Determinant",
    "Family",
    "JacobianFormula",
    "LetterProduct",
    "Number",
    "ScalarFunction",
    "Sum",
]

Array = np.ndarray
I_INDEX, J_INDEX = sp.Symbol("i"), sp.Symbol("j")


@dataclass(frozen=True)
class Family:
    """Letters l_1, …, l_n: the eigenvalues of a matrix, its diagonal entries, its singular values, or entries of a vector.

    `matrix` is the expression they belong to; `at_i` and `at_j` are the symbols that stand for two of them.
    """

    letter: str
    what: str
    matrix: Expr
    count: Size | None = None  # of a matrix of this rank: the others are 0
    positive: bool = False

    @property
    def shown(self) -> str:
        """The letter with its index pattern: r_ii for diagonal entries."""
        return f"{self.letter}_{{0}}{{0}}" if self.what == "diagonal entries" else f"{self.letter}_{{0}}"

    def symbol(self, index: str) -> sp.Symbol:
        """The SymPy symbol of the letter at an index."""
        return sp.Symbol(f"{self.letter}[{index}]")

    @property
    def where(self) -> str:
        """The definition of the letters, empty for entries."""
        names = {"eigenvalues": "eig", "singular values": "svdvals", "entries of blocks": "blocks", "angles": "angles"}
        nonzero = " other than 0" if self.count is not None else ""
        return f"{self.letter} = {names[self.what]}({to_text(self.matrix)}){nonzero}" if self.what in names else ""

    def values(self, point: Any, scalars: Scalars) -> Array:
        """The letters at numbers."""
        (X,) = evaluate_conjugating([self.matrix], point.values, point.letters, scalars)
        b = scalars.block
        if self.what == "entries":
            return X[::b, 0]
        if self.what == "diagonal entries":
            return np.diag(X)[::b]
        if self.what == "entries of blocks":
            return block_entries(X)
        if self.what == "angles":
            return np.arctan2(block_entries(X), np.diag(X)[: len(X) // 2 * 2 : 2])
        rank = None if self.count is None else self.count.value(point.letters)
        if self.what == "singular values":
            return np.linalg.svd(X, compute_uv=False)[::b][:rank]
        hermitian = np.array_equal(X, X.conj().T) or np.allclose(X, X.conj().T, rtol=1e-12, atol=0)
        values = np.linalg.eigvalsh((X + X.conj().T) / 2) if hermitian else np.linalg.eigvals(X)
        if rank is not None:
            return values[np.argsort(-np.abs(values))][::b][:rank]
        return values[np.argsort(values.real + 1e-6 * np.abs(values.imag))][::b] if b > 1 else values


@dataclass(frozen=True)
class PowerFactor:
    """A factor of a formula: base^exponent, the exponent a polynomial in sizes."""

    exponent: Any


@dataclass(frozen=True)
class Number(PowerFactor):
    """A constant, or a scalar expression, to a power."""

    base: Any  # a SymPy number or a scalar Expr

    def text(self) -> str:
        base = (
            f"|{to_text(self.base)}|"
            if isinstance(self.base, Expr)
            else _bracketed(abs(self.base) if self.base.is_number else self.base)
        )
        return powered(base, self.exponent)

    def latex(self) -> str:
        base = rf"|{to_latex(self.base)}|" if isinstance(self.base, Expr) else sp.latex(self.base)
        return latex_power(base, self.exponent)

    def logabs(self, point: Any, scalars: Scalars) -> float:
        value = self.base
        if isinstance(value, Expr):
            value = evaluate_conjugating([value], point.values, point.letters, scalars)[0][0, 0]
        elif value.free_symbols:
            value = value.subs({sp.Symbol(k): v for k, v in point.letters.items()})
        return number_of(self.exponent, point) * float(np.log(abs(complex(value))))


@dataclass(frozen=True)
class Determinant(PowerFactor):
    """|P|^exponent, the determinant of a matrix in absolute value."""

    matrix: Expr

    def text(self) -> str:
        return powered(f"|{to_text(self.matrix)}|", self.exponent)

    def latex(self) -> str:
        return latex_power(rf"|{to_latex(self.matrix)}|", self.exponent)

    def logabs(self, point: Any, scalars: Scalars) -> float:
        (X,) = evaluate_conjugating([self.matrix], point.values, point.letters, scalars)
        return number_of(self.exponent, point) * float(np.linalg.slogdet(X)[1]) / scalars.block


@dataclass(frozen=True)
class LetterProduct(PowerFactor):
    """A product of |p(l_i, k_j)|^exponent over i, over i < j, i <= j, all i and j, or i <= m and j <= n."""

    over: str  # "i", "i<j", "i<=j", "i,j"
    base: Any  # a SymPy expression in the symbols of the families
    families: tuple[Family, ...]

    def __post_init__(self) -> None:
        known = {f.symbol(index) for f in self.families for index in ("i", "j")}
        if self.base.free_symbols - known:
            raise OutOfReach("the determinant depends on a number beside the entries")

    @property
    def has_limits(self) -> bool:
        """Whether it has quotients that are 0/0 at some points, and have a limit there."""
        symbols = [f.symbol(index) for f in self.families for index in ("i", "j")]
        return has_limits(self.base, [s for s in symbols if s in self.base.free_symbols])

    def text(self) -> str:
        base = self.base
        for f in self.families:
            for index in ("i", "j"):
                base = base.subs(f.symbol(index), sp.Symbol(f.shown.format(index)))
        plain = base.is_Symbol and all(f.positive for f in self.families)
        shown = str(base).replace("**", "^") if plain else f"|{str(base).replace('**', '^')}|"
        return f"prod({self.over}, {powered(shown, self.exponent)})"

    def latex(self) -> str:
        base = self.base
        for f in self.families:
            for index in ("i", "j"):
                base = base.subs(
                    f.symbol(index), sp.Symbol(f"{f.letter}_{{{index * (1 + (f.what == 'diagonal entries'))}}}")
                )
        body = sp.latex(base) if base.is_Symbol else rf"\left|{sp.latex(base)}\right|"
        return rf"\prod_{{{latex_over(self.over)}}} " + latex_power(body, self.exponent)

    def logabs(self, point: Any, scalars: Scalars) -> float:
        values = {f: f.values(point, scalars) for f in self.families}
        symbols = [
            (f, index) for f in self.families for index in ("i", "j") if f.symbol(index) in self.base.free_symbols
        ]
        p = extended([f.symbol(index) for f, index in symbols], self.base)
        if self.over == "i":
            n = len(next(iter(values.values())))
            at = [values[f].astype(complex) for f, _ in symbols]
            logs = np.log(np.abs(np.broadcast_to(p(*at), n)))
            return float(logs @ self._exponents(n, point))
        at = [
            values[f].astype(complex)[:, None] if index == "i" else values[f].astype(complex)[None, :]
            for f, index in symbols
        ]
        with np.errstate(all="ignore"):
            logs = np.log(np.abs(p(*at)))
        if self.over == "i<j":
            kept = np.triu_indices(len(logs), 1)
            return number_of(self.exponent, point) * float(logs[kept].sum())
        if self.over == "i<=j":
            return number_of(self.exponent, point) * float(logs[np.triu_indices(len(logs))].sum())
        return number_of(self.exponent, point) * float(logs.sum())

    def _exponents(self, n: int, point: Any) -> Array:
        """The exponent at i = 1, …, n."""
        values = {sp.Symbol(k): v for k, v in point.letters.items()}
        e = sp.sympify(self.exponent).subs(values)
        return np.broadcast_to(sp.lambdify(I_INDEX, e, modules="numpy")(np.arange(1.0, n + 1)), n)


@dataclass(frozen=True)
class ScalarFunction(PowerFactor):
    """|p|^exponent, p a SymPy expression in the names of scalars and of sizes."""

    base: Any
    scalars: tuple[Expr, ...]

    def text(self) -> str:
        return powered(f"|{str(self.base).replace('**', '^')}|", self.exponent)

    def latex(self) -> str:
        return latex_power(rf"\left|{sp.latex(self.base)}\right|", self.exponent)

    def logabs(self, point: Any, scalars: Scalars) -> float:
        values: dict[Any, Any] = {sp.Symbol(k): v for k, v in point.letters.items()}
        values |= {sp.Symbol(s.name): complex(point.values[s][0, 0]) for s in self.scalars}
        return number_of(self.exponent, point) * float(np.log(abs(complex(self.base.subs(values)))))


@dataclass(frozen=True)
class Sum(PowerFactor):
    """|1 + sum_i p(l_i)|^exponent: what a term of rank one leaves."""

    base: Any
    families: tuple[Family, ...]

    def text(self) -> str:
        base = self.base
        for f in self.families:
            base = base.subs(f.symbol("i"), sp.Symbol(f.shown.format("i")))
        return powered(f"|1 + sum(i, {str(base).replace('**', '^')})|", self.exponent)

    def latex(self) -> str:
        return self.text()

    def logabs(self, point: Any, scalars: Scalars) -> float:
        p = sp.lambdify([f.symbol("i") for f in self.families], self.base, modules="numpy")
        total = np.sum(p(*(f.values(point, scalars).astype(complex) for f in self.families)))
        return number_of(self.exponent, point) * float(np.log(abs(1 + total)))


@dataclass(frozen=True)
class JacobianFormula:
    """A product of terms; `str` is text, `latex()` LaTeX, `logabs(point)` and `value(point)` numbers."""

    terms: tuple[Any, ...]
    scalars: Scalars = field(compare=False)

    def __str__(self) -> str:
        body = "*".join(t.text() for t in self.terms) or "1"
        where = "; ".join(self.where)
        return f"{body}, {where}" if where else body

    def __repr__(self) -> str:
        return str(self)

    @property
    def where(self) -> list[str]:
        """What the letters are."""
        found = [f.where for t in self.terms if isinstance(t, LetterProduct | Sum) for f in t.families]
        return [w for w in dict.fromkeys(found) if w]

    def latex(self) -> str:
        """The formula in LaTeX."""
        return r"\,".join(t.latex() for t in self.terms) or "1"

    def _repr_latex_(self) -> str:
        return f"$${self.latex()}$$"

    def _repr_html_(self) -> str | None:
        return of_latex(self.latex())

    def logabs(self, point: Any) -> float:
        """log of the absolute value at a point."""
        return float(sum(t.logabs(point, self.scalars) for t in self.terms))


def latex_over(over: str) -> str:
    """Indices of a product in LaTeX."""
    return over.replace("<=", r"\le ").replace(">=", r"\ge ")


def number_of(exponent: Any, point: Any) -> float:
    """An exponent at the sizes of a point."""
    values: dict[Any, Any] = {sp.Symbol(k): v for k, v in point.letters.items()}
    return float(sp.sympify(exponent).subs(values))


def _bracketed(x: Any) -> str:
    return str(x) if x.is_Symbol or x.is_Integer else f"({x})"


def exponent_text(e: Any) -> str:
    """An exponent as a person types it: n, 2, (m - i), (-(n + 1)/2)."""
    text = _size_text(sp.factor(e))
    if isinstance(e, sp.Mod):
        return text
    return text if sp.sympify(e).is_Symbol or (sp.sympify(e).is_Integer and e >= 0) else f"({text})"


def _size_text(e: Any) -> str:
    """A polynomial in sizes with what is positive first: m - i, not -i + m."""
    if e.is_Add:
        if all(t.could_extract_minus_sign() for t in e.args):
            return f"-({_size_text(-e)})"
        terms = sorted(e.args, key=lambda t: (bool(t.is_number), bool(t.could_extract_minus_sign()), str(t)))
        if terms[0].could_extract_minus_sign():
            terms = [terms[-1], *terms[:-1]]
        body = "".join(
            (" - " if t.could_extract_minus_sign() else " + ")
            + _size_text(abs(t) if t.is_number else (-t if t.could_extract_minus_sign() else t))
            for t in terms
        )
        return body[3:] if body.startswith(" + ") else "-" + body[3:]
    if isinstance(e, sp.Mod):
        return f"({_size_text(e.args[0])} mod {e.args[1]})"
    if e.is_Mul:
        e = _turned(e)
        over, under = sp.fraction(e)
        if under != 1:
            text = _size_text(over)
            return f"{f'({text})' if over.is_Add else text}/{_size_text(under)}"
        if e.could_extract_minus_sign():
            return "-" + (f"({_size_text(-e)})" if (-e).is_Add else _size_text(-e))
        return "*".join(f"({_size_text(f)})" if f.is_Add else _size_text(f) for f in e.args)
    return str(e).replace("**", "^")


def _turned(e: Any) -> Any:
    """-2*(i - n) as 2*(n - i): the sign goes into a factor that reads better with it."""
    constant, rest = e.as_coeff_Mul()
    if constant < 0:
        for f in sp.Mul.make_args(rest):
            if f.is_Add and any(t.could_extract_minus_sign() for t in f.args):
                return sp.Mul(-constant, -f, *(g for g in sp.Mul.make_args(rest) if g is not f), evaluate=False)
    return e


def powered(base: str, e: Any) -> str:
    """base^e as text."""
    return base if e == 1 else f"{base}^{exponent_text(e)}"


def latex_power(base: str, e: Any) -> str:
    """base^e in LaTeX."""
    e = sp.factor(e)
    plain = e.is_Add and all(c.is_integer for c in e.as_coefficients_dict().values())  # n - i, not -i + n
    return base if e == 1 else f"{base}^{{{_size_text(e).replace('*', ' ') if plain else sp.latex(e)}}}"


def families_in(expression: Any, known: Sequence[Family], indices: Sequence[str] = ("i", "j")) -> tuple[Family, ...]:
    """The families whose letters occur in an expression."""
    symbols = expression.free_symbols
    return tuple(f for f in known if any(f.symbol(index) in symbols for index in indices))


def sizes_as_symbols(size: Any) -> Any:
    """A symbolic size as a SymPy polynomial."""
    return sp.Add(*(c * sp.Mul(*(sp.Symbol(letter) for letter in monomial)) for monomial, c in size.terms))
