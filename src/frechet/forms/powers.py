"""Determinants of Python functions at every size, where they are products of powers of entries.

    log|det| = c + sum of e * log|phi(x)|,    e = α + β i + γ j + δ n at the entry x in row i, column j

The functions phi are the factors of the determinant in letters at size 2 (or 3), and the entries themselves, of the arguments first, then
of the values too. At each size the exponents solve linear equations at random points; how they depend on places and sizes is one affine
function through all of them. That is an induction: the formula is found at sizes up to 4, and confirmed at general points of larger ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

import numpy as np
import sympy as sp

from frechet.check.exact.scalars import OutOfReach
from frechet.errors import DerivativeError, EvaluationError
from frechet.forms.entries import X_ENTRY, PlacePowers
from frechet.forms.explicit_functions import explicit_function
from frechet.forms.factors import MatrixFactor
from frechet.forms.function_maps import FunctionTransformation
from frechet.forms.products import I_INDEX, J_INDEX, JacobianFormula, Number
from frechet.forms.scalars import REAL
from frechet.forms.transformation import NumericPoint

__all__ = ["product_of_powers"]

Array = np.ndarray
_CHOICES, _LARGER = range(8), range(8, 11)  # of sizes: up to 4, and from 5 to 7
_MOST = 40  # unknown exponents at a size
_LETTERS = 6  # coordinates of a determinant in letters that is quickly there
_CLOSE = 1e-7
_CONDITION = 1e8


def product_of_powers(of: FunctionTransformation) -> JacobianFormula | None:
    """The determinant as a product of powers that holds at all sizes, or None."""
    sizes = list(map(dict, dict.fromkeys(tuple(of.varied_sizes(k).items()) for k in _CHOICES)))
    entries = [g for s, f in of.moving for g in _groups(f, s, X_ENTRY)]
    try:
        if (found := _fitted(of, entries, sizes)) is not None:
            return found
        if all(f.kind.frame == "flat" for _, f in of.moving) and _separates(of, of.small_sizes(3)):
            return _fitted(of, _functions(of), sizes)
        values = [g for k, t in enumerate(of.targets) for g in _groups(t, k, X_ENTRY)]
        return _fitted(of, [*entries, *values], sizes) or _fitted(of, values, sizes)
    except (EvaluationError, DerivativeError, OutOfReach, np.linalg.LinAlgError):
        return None


def _groups(f: MatrixFactor, at: Any, base: Any) -> list[PlacePowers]:
    """The entries of an array: of a matrix those on its diagonal apart from the others; of frames unit vectors only."""
    if f.kind.frame == "left":
        unit = f.kind.name == "stiefel" and str(f.sizes[-1]) == "1"
        return [PlacePowers(sp.Integer(1), base, f, at, None)] if unit else []
    if f.kind.name in ("scalar", "vector", "strictly_lower", "strictly_upper", "diagonal", "skew"):
        return [PlacePowers(sp.Integer(1), base, f, at, None)]
    return [PlacePowers(sp.Integer(1), base, f, at, True), PlacePowers(sp.Integer(1), base, f, at, False)]


def _separates(of: FunctionTransformation, letters: Mapping[str, int]) -> bool:
    """Whether log|det| is a sum of functions of one coordinate each: mixing those of two points changes no total."""
    compared = 0
    count = sum(len(f.positions(letters)) for _, f in of.moving)
    for k in range(8):
        rng = np.random.default_rng([17, k])
        a, b = (of.sampled(letters, rng) for _ in range(2))
        mixed: list[dict[Any, Array]] = [dict(a.values), dict(b.values)]
        chosen = iter(rng.permutation(count) < count // 2)
        for s, f in of.moving:
            swapped = np.zeros(a.values[s].shape, dtype=bool)
            for p in f.positions(letters):
                swapped[p.i, p.j] = next(chosen)
                if f.kind.mirror:
                    swapped[p.j, p.i] = swapped[p.i, p.j]
            for X, one, other in zip(mixed, (a, b), (b, a), strict=True):
                X[s] = np.where(swapped, other.values[s], one.values[s])
        with np.errstate(all="ignore"):
            c, d = (of.located(letters, X, of.values_at(letters, X)) for X in mixed)
            logs = [of.logabsdet(p) for p in (a, b, c, d)]
        if not np.isfinite(logs).all():
            continue
        if abs(logs[0] + logs[1] - logs[2] - logs[3]) > _CLOSE * (1 + max(map(abs, logs))):
            return False
        compared += 1
        if compared == 3:
            return True
    return False


def _functions(of: FunctionTransformation) -> list[PlacePowers]:
    """The factors of the determinant in letters at size 2, and at 3 where there are few of them, each of one letter."""
    owners = dict(of.moving)
    found: dict[tuple[Any, Any], None] = {}
    for n in (2, 3):
        count = sum(len(f.positions(dict.fromkeys(of.size_letters, n))) for f in owners.values())
        if count > _LETTERS:
            break
        shown = explicit_function(of, n, "")
        letters = {x: s for x, s, *_ in shown.places}
        for factor in sp.Mul.make_args(sp.expand_power_exp(shown.determinant)):
            if len(factor.free_symbols) == 1:
                (x,) = factor.free_symbols
                base = sp.exp(x) if isinstance(factor, sp.exp) else factor.as_base_exp()[0]  # exp(3*x) is exp(x)^3
                base = base.subs(x, X_ENTRY)
                found[letters[x], -base if base.could_extract_minus_sign() else base] = None
    return [g for s, base in found for g in _groups(owners[s], s, base)]


# --- exponents --------------------------------------------------------------------------------------------


def _fitted(
    of: FunctionTransformation, groups: Sequence[PlacePowers], sizes: Iterable[dict[str, int]]
) -> JacobianFormula | None:
    """The product with the exponents that the determinant has at all of these sizes, and at larger ones."""
    rows: dict[int, list[tuple[list[int], float]]] = {k: [] for k in range(len(groups))}
    constants: list[tuple[list[int], float]] = []
    for letters in sizes:
        solved = _exponents(of, groups, letters)
        if solved is None:
            return None
        exponents, constant, everything = solved
        numbers = [everything[a] for a in of.size_letters]
        constants.append(([1, *numbers], constant / float(np.log(2))))
        for k, g in enumerate(groups):
            pairs = zip(g.places(everything), exponents[k], strict=True)
            rows[k] += [([1, *numbers, i + 1, j + 1], e) for (i, j), e in pairs]
    names = [sp.Integer(1), *map(sp.Symbol, of.size_letters), I_INDEX, J_INDEX]
    terms: list[Any] = []
    power = _affine(constants, names[:-2])
    if power is None:
        return None
    if power != 0:
        terms.append(Number(power, sp.Integer(2)))
    for k, g in enumerate(groups):
        e = _affine(rows[k], names)
        if e is None:
            return None
        if e != 0:
            terms.append(replace(g, exponent=sp.factor(e)))
    found = JacobianFormula(tuple(terms), REAL)
    return found if _confirmed(of, found) else None


def _exponents(
    of: FunctionTransformation, groups: Sequence[PlacePowers], letters: Mapping[str, int]
) -> tuple[list[list[float]], float, Mapping[str, int]] | None:
    """(the exponents of each group, the constant, all sizes), or None where these entries do not explain the determinant."""
    points: list[NumericPoint] = []
    for point in _regular(of, letters):
        points.append(point)
        unknown = 1 + sum(len(g.places(point.letters)) for g in groups)
        if unknown > _MOST:
            return None
        if len(points) == unknown + 4:
            break
    with np.errstate(all="ignore"):
        M = np.array([[1.0, *(x for g in groups for x in g.logs(p))] for p in points])
    right = np.array([of.logabsdet(p) for p in points])
    keep = np.isfinite(M).all(axis=-1)
    M, right = M[keep], right[keep]
    if not len(M) or len(M) < M.shape[1] + 2 or np.linalg.matrix_rank(M, tol=1e-6) < M.shape[1]:
        return None
    solution = np.linalg.lstsq(M, right, rcond=None)[0]
    if np.abs(M @ solution - right).max() > _CLOSE * (1 + np.abs(right).max()):
        return None
    at, found = 1, []
    for g in groups:
        count = len(g.places(points[0].letters))
        found.append(list(map(float, solution[at : at + count])))
        at += count
    return found, float(solution[0]), points[0].letters


def _regular(of: FunctionTransformation, letters: Mapping[str, int]) -> Iterable[NumericPoint]:
    """Random points at which the derivative is well conditioned."""
    for k in range(3 * _MOST):
        point = of.sampled(letters, np.random.default_rng([19, k]))
        if np.linalg.cond(of.matrix(point)) < _CONDITION:
            yield point


def _affine(rows: Sequence[tuple[list[int], float]], names: Sequence[Any]) -> Any:
    """The affine function of places and sizes, with halves of integers, that all exponents are; None where there is none.

    Of places that say the same, as the column of a vector does, the first is taken.
    """
    if not rows:
        return sp.Integer(0)
    M = np.array([r for r, _ in rows], dtype=float)
    right = np.array([e for _, e in rows])
    chosen: list[int] = []
    for k in range(M.shape[1]):
        if np.linalg.matrix_rank(M[:, [*chosen, k]]) > len(chosen):
            chosen.append(k)
    solution = np.linalg.lstsq(M[:, chosen], right, rcond=None)[0]
    halves = np.round(2 * solution)
    if np.abs(M[:, chosen] @ (halves / 2) - right).max() > 1e-5:
        return None
    return sp.expand(sp.Add(*(sp.Rational(int(h), 2) * names[k] for h, k in zip(halves, chosen, strict=True))))


def _confirmed(of: FunctionTransformation, found: JacobianFormula) -> bool:
    """Whether the formula is the determinant at points of larger sizes."""
    for _, choices in groupby(_LARGER, key=lambda k: tuple(of.varied_sizes(k).items())):
        letters = of.varied_sizes(next(choices))
        for _, point in zip(range(2), _regular(of, letters), strict=False):
            expected = of.logabsdet(point)
            if not abs(found.logabs(point) - expected) <= 1e-6 * (1 + abs(expected)):
                return False
    return True
