"""From what a user gives to a problem: texts, expressions and Python functions, at random points or at a given one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from frechet.check.opaque import Called, Nearby, matrix_of_result, numeric, takes
from frechet.check.points import Point
from frechet.check.problem import Source, shape_of_form
from frechet.check.sampling import sample_points
from frechet.check.sized import read_sized
from frechet.errors import EvaluationError, FrechetError
from frechet.expr.node import Expr, symbols
from frechet.expr.sizes import Size, size
from frechet.expr.structure import differential_of, is_differential, number, symbol
from frechet.language import declare, read, to_text
from frechet.language.declarations import declaration
from frechet.language.names import normal_name

__all__ = ["Given", "Random", "argument_names", "declarations_named", "given_formula", "given_python", "read_formula"]

Claim = str | Expr | Callable[..., Any] | np.ndarray


@dataclass(frozen=True, eq=False)
class Random:
    """Random points in the domain of the roots."""

    roots: tuple[Expr, ...]
    sizes: Mapping[str, int] | None = None
    points_needed: int = 3

    def points(self, count: int, seed: int) -> list[Point]:
        drawn = sample_points(self.roots, count, seed, self.sizes)
        return [Point({s: v for s, v in p.values.items() if not is_differential(s)}, p.sizes) for p in drawn]


@dataclass(frozen=True)
class Given:
    """A function, the variables, and everything that is known by name; `read` makes claims of what the user claims."""

    function: Expr
    variables: tuple[Expr, ...]
    known: dict[str, str | Expr]
    source: Source
    name: str
    shapes: Mapping[Expr, tuple[int, ...]]
    returned: tuple[int, ...]  # the shape of the value, as the user's function gives it
    letters: frozenset[str] = frozenset()  # size letters that the user declared or wrote

    def claim(self, claim: Claim, form: str | None = None) -> Expr:
        """The claim as an expression. Raises LanguageError, ShapeError or EvaluationError where it is none."""
        if isinstance(claim, Expr):
            return claim
        if isinstance(claim, str):
            return read_sized(claim, self.known, self.function, self.variables, self.letters, form)
        if callable(claim):
            return self._called(claim)
        return self._constant(claim)

    def _point(self) -> Point:
        return self.source.points(1, 0)[0]

    def _called(self, function: Callable[..., Any]) -> Expr:
        arguments = self._arguments(function)
        called = Called(function, "the claim", arguments, self.shapes, label="claim")
        point = self._point()
        tangents = {differential_of(X): np.ones_like(point.values[X]) for X in self.variables}
        values = {**point.values, **tangents}
        return self._node(called, called(*[values[s] for s in arguments]), point)

    def _arguments(self, function: Callable[..., Any]) -> tuple[Expr, ...]:
        """What a claim is to be given: what its names say when they are ours, otherwise in the order of the function."""
        own = tuple(s for s in symbols(self.function, *self.variables) if not is_differential(s))
        if not isinstance(self.source, Nearby):
            own = (*self.variables, *[s for s in own if s not in self.variables])
        tangents = tuple(differential_of(X) for X in self.variables)
        names, certain = takes(function)
        by_name = {s.name: s for s in (*own, *tangents)}
        if certain and names and all(n in by_name for n in names):
            return tuple(by_name[n] for n in names)
        if not certain or len(names) in (0, len(own)):
            return own
        if len(names) == len(own) + len(tangents):
            return own + tangents
        if len(names) == 1:
            return self.variables[:1]
        raise FrechetError(
            f"the claim takes {len(names)} arguments ({', '.join(names)}); "
            f"name them among {', '.join(by_name)}, so that it is clear which is which"
        )

    def _constant(self, claim: Any) -> Expr:
        value = numeric(claim, "the claim")
        if not isinstance(self.source, Nearby) or not self.source.still:
            raise FrechetError(
                "a claim of numbers can only be checked at a point: give the function as a Python function"
            )
        called = Called(lambda: value, "the claim", (), {}, label="claim")
        return self._node(called, value, self._point())

    def _node(self, called: Called, value: np.ndarray, point: Point) -> Expr:
        """The claim as a node, of the shape that its first value speaks for."""
        xs = self.shapes.get(self.variables[0])
        turn = _turned(value.shape, self.returned, xs) if xs is not None else matrix_of_result
        shape = turn(value).shape
        f, X = self.function, self.variables[0]
        entries = X.rows * X.cols
        choices = [X.shape, (X.cols, X.rows), f.shape, shape_of_form(f, X, "Jacobian"), (entries, f.rows * f.cols)]
        choices.append((entries, entries))
        for rows, cols in choices:
            if (_number(rows, point), _number(cols, point)) == shape:
                return called.expr((rows, cols), turn)
        return called.expr((size(shape[0]), size(shape[1])), turn)


def _number(s: Size, point: Point) -> int | None:
    return s.value(point.sizes) if s.letters <= set(point.sizes) else None


def _turned(shape: tuple[int, ...], fs: tuple[int, ...], xs: tuple[int, ...]) -> Callable[[np.ndarray], np.ndarray]:
    """How an array of this shape becomes two-dimensional: a Jacobian of f.shape + X.shape, as JAX has it, included."""
    for outer in (fs, xs):
        is_matrix = len(shape) == 2 and shape == (int(np.prod(outer)), int(np.prod(xs)))
        if len(shape) > 1 and shape == outer + xs and not is_matrix and len(outer) > 0:
            m, n = len(outer), len(xs)
            axes = [*reversed(range(m)), *reversed(range(m, m + n))]
            return lambda value: value.transpose(axes).reshape(int(np.prod(outer)), int(np.prod(xs)))
    return matrix_of_result


# --- formulas ---------------------------------------------------------------------------------------


def read_formula(
    f: str | Expr, X: Any, declared: Mapping[str, str | Expr], beside: str = ""
) -> tuple[Expr, tuple[Expr, ...], dict[str, str | Expr]]:
    """A formula, the variables that X names, and all that is known by name; `beside` is the claim, whose names count too."""
    known: dict[str, str | Expr] = dict(declared)
    if isinstance(f, str):
        named = [v for v in ([X] if isinstance(X, str | Expr) else X or []) if isinstance(v, str)]
        reading = read(f, declared, wrt=named, beside=beside)
        f = reading.expr
        known.update(reading.symbols)
    else:
        known.update({s.name: s for s in symbols(f)})
    chosen = [X] if isinstance(X, str | Expr) else list(X) if X is not None else _only(f)
    variables = []
    for v in chosen:
        if isinstance(v, str):
            v = normal_name(v.strip())
            if v not in known:
                names = ", ".join(known) or "none"
                raise FrechetError(f"{v[:40]} does not occur in the function; its variables are: {names}")
            found = known[v]
            v = found if isinstance(found, Expr) else read(v, declared).expr
        if not isinstance(v, Expr) or v.op.name != "symbol":
            raise FrechetError("a derivative is taken with respect to symbols, or their names")
        known[v.name] = v
        variables.append(v)
    if not variables:
        raise FrechetError("a derivative needs at least one variable")
    return f, tuple(variables), known


def _only(f: Expr) -> list[Expr]:
    found = symbols(f)
    if len(found) != 1:
        names = ", ".join(s.name for s in found) or "none"
        raise FrechetError(f"with respect to what? the function has the variables: {names}")
    return found


def given_formula(f: str | Expr, X: Any, claim: Claim, declared: Mapping, sizes: Mapping[str, int] | None) -> Given:
    """A formula, looked at in random points where it and, if that can be, the claim are defined."""
    function, variables, known = read_formula(f, X, declared, claim if isinstance(claim, str) else "")
    name = f if isinstance(f, str) else to_text(f)
    roots: tuple[Expr, ...] = (function, *variables)
    if not isinstance(claim, str | Expr):
        sizes = sample_points(roots, 1, 0, sizes)[0].sizes  # what a Python function returns has numbers for sizes
    return Given(function, variables, known, Random(roots, sizes), name, {}, (), _written_letters(f, declared))


def _written_letters(f: str | Expr, declared: Mapping[str, str | Expr]) -> frozenset[str]:
    """The size letters that the user wrote: in declarations, and in a formula that is no text in its symbols."""
    found: set[str] = set()
    if isinstance(f, Expr):
        found |= {letter for s in symbols(f) for part in s.shape for letter in part.letters}
    for value in declared.values():
        wanted = value if isinstance(value, Expr) else declaration(value)
        found |= {letter for part in (wanted.rows, wanted.cols) if part is not None for letter in part.letters}
    return frozenset(found)


# --- Python functions -------------------------------------------------------------------------------


def given_python(
    f: Callable[..., Any], X: Any, wrt: str | Sequence[str] | None, claim: Claim, declared: Mapping
) -> Given:
    """A Python function at the point X: an array, or a dict or tuple of arrays for several arguments.

    Raises EvaluationError when f fails there, changes its arguments, or has no fixed value or shape.
    """
    if not callable(f):
        raise FrechetError(f"f is text, an expression or a Python function, not a {type(f).__name__}")
    if isinstance(X, str | Expr) or callable(X):
        raise FrechetError(
            "a Python function is checked at numbers: fr.check(f, x, claim) with an array x, such as np.array([0.3, 1.2]), "
            f"or a dict of arrays by the names of its arguments, and not {X if isinstance(X, str | Expr) else 'a function'} in the place of x"
        )
    names, certain = takes(f)
    arrays = _named_arrays(f, X)
    made = {n: _symbol_at(n, a, declared.get(n)) for n, a in arrays.items()}
    known: dict[str, str | Expr] = {**made, **_letters(arrays, declared)}
    shapes = {made[n]: a.shape for n, a in arrays.items()}
    keywords = tuple(made) if isinstance(X, dict) and certain and set(names) <= set(made) and names else ()
    label = getattr(f, "__name__", "f")
    called = Called(f, label if label.isidentifier() else "f", tuple(made.values()), shapes, keywords)
    point = Point({made[n]: matrix_of_result(a) for n, a in arrays.items()}, {})
    value = called(*point.values.values())
    if not np.isfinite(value).all():
        raise EvaluationError(f"{called.name} is not finite at the given point: no derivative there")
    again = called(*point.values.values())
    if not np.allclose(value, again, rtol=1e-4, atol=1e-8 * (1 + np.abs(value).max(initial=0))):
        raise EvaluationError(f"{called.name} gives another value at another call: fix its random seed")
    rows, cols = matrix_of_result(value).shape
    function = called.expr((size(rows), size(cols)), matrix_of_result, quiet=True)
    chosen = [wrt] if isinstance(wrt, str) else list(wrt) if wrt is not None else list(made)
    if len(chosen) > 1 and wrt is None:
        raise FrechetError(f"with respect to which argument? give wrt, one of {', '.join(made)}")
    missing = [n for n in chosen if n not in made]
    if missing:
        raise FrechetError(f"{missing[0]} is not an argument; they are {', '.join(made)}")
    still = not (isinstance(claim, str | Expr) or callable(claim))
    variables = tuple(made[n] for n in chosen)
    source = Nearby(function, point, tuple(made.values()), still)
    return Given(function, variables, known, source, to_text(function), shapes, value.shape)


def argument_names(f: Callable[..., Any], X: Any) -> tuple[str, ...]:
    """The names of the arguments at the point X: those of the dict, or of the parameters of f."""
    if isinstance(X, dict):
        if not X or not all(isinstance(n, str) and n.isidentifier() for n in X):
            raise FrechetError("the point is an array, or a dict of names and arrays")
        return tuple(X)
    count = len(X) if isinstance(X, tuple) else 1
    names, certain = takes(f)
    if certain and len(names) == count:
        return tuple(names)
    return ("X",) if count == 1 else tuple(f"X{k + 1}" for k in range(count))


def _named_arrays(f: Callable[..., Any], X: Any) -> dict[str, np.ndarray]:
    values = X.values() if isinstance(X, dict) else X if isinstance(X, tuple) else (X,)
    items = dict(zip(argument_names(f, X), values, strict=True))
    arrays = {n: numeric(a, n) for n, a in items.items()}
    for n, a in arrays.items():
        if not np.isfinite(a).all():
            raise EvaluationError(f"{n} has entries that are NaN or infinite")
        if a.size == 0:
            raise EvaluationError(f"{n} is empty: there is nothing to differentiate by")
    return arrays


def _symbol_at(name: str, array: np.ndarray, declared: str | Expr | None) -> Expr:
    """The symbol of an argument, with the properties that were declared and the shape of the array."""
    rows, cols = matrix_of_result(array).shape
    if isinstance(declared, Expr):
        return symbol(name, rows, cols, declared.params[1])
    return symbol(name, rows, cols, declaration(declared).properties if declared else ())


def _letters(arrays: Mapping[str, np.ndarray], declared: Mapping[str, str | Expr]) -> dict[str, Expr]:
    """The size letters of the declarations, as numbers, so that a claim may use them."""
    found: dict[str, Expr] = {}
    for name, text in declared.items():
        if name in arrays and isinstance(text, str):
            wanted = declaration(text)
            for part, actual in zip((wanted.rows, wanted.cols), matrix_of_result(arrays[name]).shape, strict=True):
                if part is not None and part.letter is not None:
                    found[part.letter] = number(actual)
    return found


def declarations_named(
    declarations: Sequence[str] | Mapping[str, str | Expr] | None,
    letters: Mapping[str, str | Expr],
    asked: str = "check",
) -> dict[str, str | Expr]:
    """Declarations as a mapping: from one already, or from texts such as "X: matrix(m,n)"; and letters given by keyword."""
    for name, kind in letters.items():
        if not isinstance(kind, str | Expr):
            raise FrechetError(
                f'fr.{asked} has no option {name}; a letter is declared by text, {name}="matrix(m,n)", '
                f'and a size is given as sizes={{"{name}": ...}}'
            )
    named = declarations.items() if isinstance(declarations, Mapping) else map(declare, declarations or ())
    return {normal_name(name): kind for name, kind in [*named, *letters.items()]}
