"""Claims that are right in a special case: A symmetric, A commuting with X, the diagonal only, another convention."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import combinations

import numpy as np

from frechet.check.claimed import Random
from frechet.check.problem import EVERYWHERE, Setting, Values
from frechet.check.registry import Candidate, Case, mistake
from frechet.check.scalars import scaling
from frechet.expr.node import Expr, symbols
from frechet.expr.properties import has
from frechet.expr.structure import add, is_differential, number, scale
from frechet.rules.linear import diag, diagm
from frechet.simplify import simplify

__all__ = ["DIAGONAL"]

_MATRICES = 4  # looked at together


def _symmetric(A: np.ndarray) -> np.ndarray:
    return (A + A.T) / 2


def _identity_multiple(A: np.ndarray) -> np.ndarray:
    return (1 + abs(A[0, 0])) * np.eye(len(A))


def _orthogonal(A: np.ndarray) -> np.ndarray:
    return np.linalg.qr(A)[0]


def _diagonal(A: np.ndarray) -> np.ndarray:
    return np.diag(np.diag(A))


def _squares(case: Case, without: str) -> list[Expr]:
    """The square matrices of the formula and the claim that are not known to have the property."""
    found = [s for s in symbols(case.function, case.claim, case.X) if not is_differential(s)]
    return [s for s in dict.fromkeys(found) if s.rows is s.cols and not s.is_scalar and not has(s, without)]


def _each(matrices: Sequence[Expr], turn: Callable[[np.ndarray], np.ndarray]) -> Callable[[Values], Values]:
    return lambda values: {s: turn(v) if s in matrices else v for s, v in values.items()}


def _where(case: Case, matrices: Sequence[Expr], turn: Callable, free: bool = True) -> Setting:
    """The setting in which the matrices are symmetric (diagonal, …); with `free` off, X moves among such too."""
    direction = None
    if not free and case.X in matrices:
        direction = lambda X, dX, values: turn(dX)
    return Setting(_each(matrices, turn), direction)


def _settings(case: Case, name: str, turn: Callable, together: Sequence[int]) -> Iterator[tuple[str, Setting]]:
    """So many matrices together with the property, in words: "A is", "A and B are"."""
    squares = _squares(case, name)[:_MATRICES]
    groups = [g for k in together for g in combinations(squares, k)]
    for free in (True, False):
        for group in groups:
            if free or case.X in group:
                names = " and ".join(s.name for s in group)
                yield f"{names} {'are' if len(group) > 1 else 'is'}", _where(case, group, turn, free)


@mistake("symmetric only", rank=2)
def symmetric_only(case: Case) -> Iterator[Candidate]:
    for words, setting in _settings(case, "symmetric", _symmetric, (1,)):
        name = words.removesuffix(" is")
        message = f"right only if {words} symmetric: in general {name}' is not {name}"
        yield Candidate(replace(case.problem, setting=setting), message, corrects=False)


@mistake("symmetric only", rank=4)
def several_symmetric_only(case: Case) -> Iterator[Candidate]:
    for words, setting in _settings(case, "symmetric", _symmetric, (2, 3)):
        yield Candidate(replace(case.problem, setting=setting), f"right only if {words} symmetric", corrects=False)


@mistake("commuting only", rank=2)
def commuting_only(case: Case) -> Iterator[Candidate]:
    """What holds for numbers, and for matrices that commute: d(A^2) = 2*A*dA."""
    X = case.X
    if X.rows is not X.cols or X.is_scalar:
        return
    others = [s for s in _squares(case, "none") if s is not X and s.shape == X.shape]

    def direction(X: Expr, dX: np.ndarray, values: Values) -> np.ndarray:
        return _polynomial(values[X], dX)

    def restrict(values: Values) -> Values:
        return {s: _polynomial(values[X], v) if s in others else v for s, v in values.items()}

    names = " and ".join(s.name for s in others)
    keep = "numbers do, matrices do not: keep the order of the factors"
    if case.problem.form != "gradient":
        setting = Setting(None, direction)
        message = f"right only where {X.name} and d{X.name} commute: {keep}"
        yield Candidate(replace(case.problem, setting=setting), message, corrects=False)
    if others:
        setting = Setting(restrict)
        message = f"right only where {X.name} and {names} commute: {keep}"
        yield Candidate(replace(case.problem, setting=setting), message, corrects=False)
        if case.problem.form != "gradient":
            message = f"right only where {X.name}, d{X.name} and {names} commute: {keep}"
            yield Candidate(replace(case.problem, setting=Setting(restrict, direction)), message, corrects=False)


def _polynomial(A: np.ndarray, entries: np.ndarray) -> np.ndarray:
    """A random polynomial in A, with coefficients taken from `entries`: it commutes with A."""
    a, b, c = np.resize(entries, 3)
    return a * np.eye(len(A)) + b * A + c * A @ A


@mistake("independent entries", rank=2)
def independent_entries(case: Case) -> Iterator[Candidate]:
    """G + G' - diag(G): partial derivatives by the entries on and below the diagonal of a symmetric matrix."""
    X = case.X
    if case.problem.form != "gradient" or not case.problem.fits or X.rows is not X.cols or X.is_scalar:
        return
    corrected = simplify(scale(number(Fraction(1, 2)), add(case.claim, diagm(diag(case.claim)))))
    setting = EVERYWHERE if has(X, "symmetric") else _where(case, [X], _symmetric, free=False)
    message = (
        f"it follows the convention of independent entries, G + G' - diag(G), for a symmetric {X.name}; "
        "the gradient G with df = <G, dX> is the projection onto the symmetric matrices"
    ).replace("dX", f"d{X.name}")
    yield Candidate(replace(case.problem, claim=corrected, setting=setting), message, corrects=False)


def _diagonal_direction(X: Expr, dX: np.ndarray, values: Values) -> np.ndarray:
    return np.diag(np.diag(dX))


def _hollow_direction(X: Expr, dX: np.ndarray, values: Values) -> np.ndarray:
    return dX - np.diag(np.diag(dX))


def _one_entry(X: Expr, dX: np.ndarray, values: Values) -> np.ndarray:
    """The coordinate direction of the largest entry."""
    E = np.zeros_like(dX)
    E.ravel()[np.abs(dX).argmax()] = 1.0
    return E


def _own_entry(derivative: np.ndarray, dX: np.ndarray) -> np.ndarray:
    return np.array([np.sum(derivative * dX)])


def _other_entries(derivative: np.ndarray, dX: np.ndarray) -> np.ndarray:
    return derivative * (dX == 0)


DIAGONAL = Setting(None, _one_entry, _own_entry)
"""Each entry of the function along its own entry of X."""


@mistake("diagonal only", rank=3)
def diagonal_only(case: Case) -> Iterator[Candidate]:
    X, form = case.X, case.problem.form
    if case.right is not None and has(case.right, "diagonal") and has(case.claim, "diagonal"):
        return  # both are zero off the diagonal: that says nothing
    if form == "gradient" and X.rows is X.cols and not X.is_scalar:
        settings = (Setting(None, _diagonal_direction), Setting(None, _hollow_direction))
    elif form == "Jacobian" and case.function.shape == X.shape and not X.is_scalar:
        settings = (DIAGONAL, Setting(None, _one_entry, _other_entries))
    else:
        return
    for setting, words in zip(
        settings,
        ("on the diagonal only: the other entries are wrong", "off the diagonal only: the diagonal is wrong"),
        strict=True,
    ):
        kind = "diagonal only" if setting is settings[0] else "off the diagonal only"
        yield Candidate(replace(case.problem, setting=setting), f"right {words}", kind, corrects=False)


@mistake("symmetric only", rank=4)
def symmetric_only_with_factor(case: Case) -> Iterator[Candidate]:
    """Symmetric, and a factor besides."""
    for words, setting in _settings(case, "symmetric", _symmetric, (1,)):
        problem = replace(case.problem, setting=setting)
        if not problem.fits:
            return
        found = scaling(problem, case.claim, case.witness)
        if found is not None and found.rank < 2 and found.text not in ("0", "1"):
            scaled = replace(problem, claim=scale(found.expr, case.claim))
            message = (
                f"off by a factor, and right only if {words} symmetric: multiply it by {found.text} where that holds"
            )
            yield Candidate(scaled, message, corrects=False)


_SPECIAL: tuple[tuple[str, str, Callable], ...] = (
    ("orthogonal", "orthogonal", _orthogonal),
    ("diagonal", "diagonal", _diagonal),
    ("diagonal", "a multiple of the identity", _identity_multiple),
)


@mistake("special matrix only", rank=4)
def special_matrix_only(case: Case) -> Iterator[Candidate]:
    for known, name, turn in _SPECIAL:
        for words, setting in _settings(case, known, turn, (1, 2)):
            message = f"right only if {words} {name}"
            yield Candidate(replace(case.problem, setting=setting), message, f"{name} only", corrects=False)


def _orthonormal_columns(A: np.ndarray) -> np.ndarray:
    """Of a matrix that is not wide."""
    if len(A) < len(A.T):
        raise np.linalg.LinAlgError("a wide matrix has no orthonormal columns")
    return np.linalg.qr(A)[0]


def _orthonormal_rows(A: np.ndarray) -> np.ndarray:
    return _orthonormal_columns(A.T).T


@mistake("special matrix only", rank=4)
def orthonormal_columns_only(case: Case) -> Iterator[Candidate]:
    """A'*A = I, or A*A' = I, for a matrix that is not square, at sizes where there are such."""
    source = case.problem.source
    for A in dict.fromkeys(symbols(case.function, case.claim, case.X)):
        m, n = A.rows.letter, A.cols.letter
        if is_differential(A) or m is None or n is None or m == n:
            continue
        for words, turn, sizes in (
            (f"{A.name}'*{A.name}", _orthonormal_columns, {m: 4, n: 2}),
            (f"{A.name}*{A.name}'", _orthonormal_rows, {m: 2, n: 4}),
        ):
            there = replace(case.problem, setting=Setting(_each([A], turn)))
            if isinstance(source, Random):
                there = replace(there, source=replace(source, sizes={**sizes, **(source.sizes or {})}))
            yield Candidate(there, f"right only if {words} = I", "orthogonal only", corrects=False)


def _positive_determinant(A: np.ndarray) -> np.ndarray:
    turned = A.copy()
    turned[0] *= np.sign(np.linalg.det(A)) or 1.0
    return turned


@mistake("positive only", rank=2)
def where_a_determinant_is_positive(case: Case) -> Iterator[Candidate]:
    """The sign of a determinant forgotten: exp(logdet(X)) is |det(X)|."""
    for words, setting in _settings(case, "spd", _positive_determinant, (1,)):
        name = words.removesuffix(" is")
        message = f"right only where det({name}) > 0"
        yield Candidate(replace(case.problem, setting=setting), message, corrects=False)


@mistake("positive only", rank=3)
def positive_only(case: Case) -> Iterator[Candidate]:
    """Signs forgotten: d norm1(x) = sum(dx)."""
    found = [s for s in symbols(case.function, case.X) if not is_differential(s) and not has(s, "positive")]
    for s in dict.fromkeys(found):
        setting = Setting(_each([s], np.abs))
        message = f"right only if every entry of {s.name} is positive"
        yield Candidate(replace(case.problem, setting=setting), message, corrects=False)
