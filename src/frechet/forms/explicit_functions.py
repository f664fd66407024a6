"""A Python function at one size, entry by entry: its record in letters, the matrix of its derivatives, the determinant."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import sympy as sp
from sympy.polys.matrices import DomainMatrix

from frechet.check.exact.scalars import OutOfReach
from frechet.errors import DerivativeError, EvaluationError
from frechet.expr.node import Expr
from frechet.forms.bounded import bounded
from frechet.forms.explicit import LETTERS, Explicit
from frechet.forms.factors import MatrixFactor
from frechet.forms.function_maps import FunctionTransformation
from frechet.forms.recorded import exact_number, in_letters
from frechet.forms.transformation import NumericPoint
from frechet.tracing.derivatives import Linearization

__all__ = ["explicit_function"]

Array = np.ndarray
_MOST = 16  # coordinates: a determinant of 16 is a page
_SHORT = 60  # operations in a determinant that is worth simplifying


def explicit_function(of: FunctionTransformation, n: int | Mapping[str, int], letters: str) -> Explicit:
    """The Jacobian of a function at a size, in letters. DerivativeError where it has none.

    Arguments in frames, orthogonal ones and unit vectors, stand at the simplest point, [I; 0]: that the determinant does not depend
    on them is what the comparison at general points shows.
    """
    every = [*of.moving, *of.constants]
    if any(f.kind.frame not in ("flat", "left") for _, f in every) or any(t.kind.name == "stiefel" for t in of.targets):
        raise DerivativeError("explicit entries are for arguments with coordinates of their own, not for these frames")
    sizes = dict(n) if isinstance(n, Mapping) else dict.fromkeys(of.size_letters, n)
    try:
        points = [of.sampled(sizes, np.random.default_rng([3, k])) for k in range(4)]
    except KeyError as missing:
        raise DerivativeError(f"the size {missing} is not given: explicit({{{missing}: 3}})") from None
    symbols, places = _symbols(of, points[0], letters)
    entries = {s: _entries(f, points[0].values[s].shape, symbols[s]) for s, f in every}
    images = _images(of, points[0], entries)
    moving = [x for s, _ in of.moving for x in symbols[s].values()]
    still = {x: 0 for s, f in every if f.kind.frame == "left" for x in symbols[s].values()}
    if len(moving) > _MOST:
        raise DerivativeError(f"there are {len(moving)} coordinates: the explicit form is for small sizes")
    coordinates = [c for t, Y in zip(of.targets, images, strict=True) for c in _rows(t, Y, moving, points[0].letters)]
    matrix = sp.Matrix(coordinates).subs(still)
    determinant = _determinant(matrix)
    places = tuple(p for p in places if p[0] not in still)
    _compare(of, determinant, places, points)
    shown = {s.name: sp.Matrix(X).subs(still) for s, X in entries.items() if not s.is_scalar}
    values = [sp.Matrix(Y).subs(still) for Y in images]
    return Explicit(shown, dict(zip(of.names, values, strict=True)), matrix, determinant, places)


def _symbols(
    of: FunctionTransformation, point: NumericPoint, letters: str
) -> tuple[dict[Expr, dict[tuple[int, int], Any]], tuple[tuple[Any, Expr, int, int], ...]]:
    """The letter of each coordinate of each argument, and where in the arrays it stands."""
    every = [*of.moving, *of.constants]
    order = sorted(every, key=lambda pair: of.order.index(pair[0].name))
    coordinates = {s: sorted((p.i, p.j) for p in f.positions(point.letters)) for s, f in order}
    count = sum(len(coordinates[s]) for s, f in order if f.kind.frame == "flat")
    chosen = letters.replace(",", " ").split()
    if chosen and len(chosen) != count:
        raise DerivativeError(f"there are {count} coordinates, and {len(chosen)} letters")
    taken = {s.name for s, _ in order}
    pool = iter([x for x in LETTERS if x not in taken])
    given = iter(chosen)
    symbols: dict[Expr, dict[tuple[int, int], Any]] = {}
    places = []
    for s, f in order:
        symbols[s] = {}
        for i, j in coordinates[s]:
            if f.kind.frame == "left":  # a small rotation, in none of the letters shown
                symbols[s][i, j] = sp.Dummy(f"{s.name}{i + 1}{j + 1}", real=True)
                places.append((symbols[s][i, j], s, i, j))
                continue
            if chosen:
                name = next(given)
            elif s.is_scalar:
                name = s.name
            elif f.kind.name == "vector":
                name = f"{s.name}{i + 1}"
            else:
                name = next(pool, f"{s.name.lower()}{i + 1}{j + 1}")
            symbols[s][i, j] = sp.Symbol(name, positive=True) if f.positive else sp.Symbol(name, real=True)
            places.append((symbols[s][i, j], s, i, j))
    return symbols, tuple(places)


def _entries(f: MatrixFactor, shape: tuple[int, int], letter: Mapping[tuple[int, int], Any]) -> Array:
    """The array of an argument: letters at its coordinates, their mirror images, what is fixed."""
    X = np.full(shape, sp.Integer(0), dtype=object)
    if f.kind.name.startswith("unit") or f.kind.canonical == "identity":
        X[np.diag_indices(min(shape))] = sp.Integer(1)
    for (i, j), x in letter.items():
        X[i, j] = x
        if f.kind.mirror and i != j and i < shape[1]:
            X[j, i] = f.kind.mirror * x
    return X


def _images(of: FunctionTransformation, point: NumericPoint, entries: Mapping[Expr, Array]) -> list[Array]:
    """The values of the function in letters, as matrices."""
    by_name = {s.name: s for s in entries}
    L = Linearization(of.f, of.arguments(point.values), {}, range(len(of.order)))
    given = {
        place: entries[by_name[n]].reshape(np.shape(L.tape.values[place]))
        for n, place in zip(of.order, L.inputs, strict=True)
    }
    try:
        found = iter(in_letters(L.tape, given, [p for p in L.places if p is not None]))
    except (OutOfReach, TypeError, ValueError) as error:
        raise DerivativeError(f"{of.text} has no explicit entries: {error}; logabsdet gives the number") from error
    images = []
    for place, Y in zip(L.places, point.images, strict=True):
        value = np.vectorize(exact_number, otypes=[object])(Y) if place is None else next(found)
        images.append(value.reshape(Y.shape))
    return images


def _rows(target: MatrixFactor, Y: Array, letters: list[Any], sizes: Mapping[str, int]) -> list[list[Any]]:
    """The derivatives of the coordinates of a value by the letters, a row each."""
    moved = [np.vectorize(lambda y, x=x: sp.diff(y, x), otypes=[object])(Y) for x in letters]
    if target.kind.frame == "left":
        moved = [Y.T @ dY for dY in moved]
    return [[dY[p.i, p.j] for dY in moved] for p in target.positions(sizes)]


# --- the determinant ------------------------------------------------------------------------------------


def _determinant(J: sp.Matrix) -> Any:
    """det J factored, or |J'J|^(1/2) of a taller matrix."""
    if J.rows != J.cols:
        return sp.sqrt(_shortest(_exact_det(J.T * J)))
    blocks = J.strongly_connected_components()  # in their order the matrix is block triangular
    return sp.Mul(*(_shortest(_exact_det(J.extract(at, at))) for at in blocks))


def _exact_det(J: sp.Matrix) -> Any:
    """By elimination in the field of the functions that occur in J."""
    if J.rows == 1:
        return J[0, 0]
    made = DomainMatrix.from_Matrix(J).to_field()
    return made.domain.to_sympy(made.det())


def _shortest(value: Any) -> Any:
    """The factored form, with cosines or sines gone where both occur, or what simplification makes of it."""
    forms = [sp.factor(_reduced(value, gone)) for gone in (0, 1)]
    found = _without_tanh(min(forms, key=_length))
    if found.atoms(sp.Add) and found.count_ops() < _SHORT:
        simple = bounded(lambda: sp.simplify(found), instead=found)
        found = min((found, sp.factor(simple), simple), key=_length)
    return found


def _without_tanh(product: Any) -> Any:
    """(tanh(x) - 1)*(tanh(x) + 1) is -1/cosh(x)^2."""
    powers = product.as_powers_dict()
    for t in sorted((f for f in product.atoms(sp.tanh) if {f - 1, f + 1} <= powers.keys()), key=str):
        e = min(powers[t - 1], powers[t + 1], key=abs)
        product = product / (t - 1) ** e / (t + 1) ** e * (-1) ** e / sp.cosh(t.args[0]) ** (2 * e)
    return product


def _length(value: Any) -> tuple[int, int]:
    return value.count_ops(), len(str(value))


def _reduced(value: Any, gone: int) -> Any:
    """Even powers of one of cos and sin, cosh and sinh, by those of the other, where both functions of an argument occur."""
    for pair, sign in (((sp.cos, sp.sin), 1), ((sp.cosh, sp.sinh), -1)):
        for c in sorted(value.atoms(pair[0]), key=str):
            functions = [f(c.args[0]) for f in pair]
            if not value.has(functions[1]):
                continue
            x, y = sp.symbols("x y", cls=sp.Dummy)  # x^2 + sign*y^2 = 1
            parts = sp.fraction(sp.together(value.subs({functions[0]: x, functions[1]: y})))
            num, den = (sp.rem(sp.expand(p), x**2 + sign * y**2 - 1, (x, y)[gone]) for p in parts)
            value = (num / den).subs({x: functions[0], y: functions[1]})
    return value


def _compare(of: FunctionTransformation, determinant: Any, places: Any, points: list[NumericPoint]) -> None:
    """DerivativeError where the letters are not the function at other points: it decides by its numbers."""
    value = sp.lambdify([x for x, *_ in places], determinant, modules=["numpy", "scipy"])
    compared = 0
    for point in points:
        with np.errstate(all="ignore"):
            found = float(np.log(np.abs(complex(value(*[point.values[s][i, j] for _, s, i, j in places])))))
        expected = of.logabsdet(point)
        if not np.isfinite(expected) or expected < -25:
            continue
        if not abs(found - expected) <= 1e-7 * (1 + abs(expected)):
            raise DerivativeError(
                f"{of.text} has no explicit entries: it decides by its numbers, the letters hold in a part of its domain only"
            )
        compared += 1
    if not compared and determinant != 0:
        raise EvaluationError(f"{of.text}: the explicit determinant could not be compared with the function")
