"""A matrix transformation as it is asked about: equations, moving factors with their frames, constants, the target.

    Transformation.read("X = Q*R", {"Q": "stiefel(m,n)", "R": "upper(n), positive diagonal"}, None)

Moving are the declared factors whose dimensions add up to that of the target; every other symbol is a constant. The
target is what the tangents span, found at a random point: symmetric, triangular, orthogonal, ... or all matrices.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations
from typing import Any

import numpy as np

from frechet.calculus.linear import differential
from frechet.errors import EvaluationError, FrechetError, LanguageError
from frechet.expr.evaluate import apply
from frechet.expr.node import Expr, postorder
from frechet.expr.sizes import ONE
from frechet.expr.structure import differential_of
from frechet.forms.factors import KINDS, MatrixFactor, as_factor
from frechet.forms.relations import Relation, read_relation
from frechet.forms.scalars import REAL, Scalars
from frechet.language.reading import Reading, read

__all__ = ["NumericPoint", "Transformation", "contains", "log_volume"]

Array = np.ndarray
_TRIES = 30
_TARGETS = (
    "diagonal", "strictly_lower", "strictly_upper", "correlation", "skew", "symmetric", "lower", "upper", "orthogonal",
    "stiefel", "matrix",
)  # fmt: skip


@dataclass(frozen=True)
class NumericPoint:
    """Numbers: the sizes, the value of each symbol, and of each target."""

    letters: Mapping[str, int]
    values: Mapping[Expr, Array]
    images: tuple[Array, ...]


class Transformation:
    """Equations Y = f(X1, …; A, …): `moving` factors, `constants`, and `targets`, one for each equation."""

    def __init__(
        self,
        text: str,
        names: Sequence[str],
        functions: Sequence[Expr],
        moving: Sequence[tuple[Expr, MatrixFactor]],
        constants: Sequence[tuple[Expr, MatrixFactor]],
        targets: Sequence[MatrixFactor],
        scalars: Scalars,
        relations: Sequence[Relation] = (),
    ):
        self.relations = tuple(relations)
        self.text, self.names, self.functions = text, tuple(names), tuple(functions)
        self.moving, self.constants, self.scalars = tuple(moving), tuple(constants), scalars
        self.targets = tuple(targets)

    @classmethod
    def read(cls, text: str, declared: Mapping[str, Any], wrt: str | Sequence[str] | None = None) -> Transformation:
        """The transformation that a text writes. Raises LanguageError, ShapeError, or FrechetError where dimensions
        do not fit."""
        names, sides = _equations(text)
        relations = [read_relation(blocks, d) for blocks, d in declared.items() if blocks.lstrip().startswith("[")]
        given = {name: as_factor(name, d) for name, d in declared.items() if not name.lstrip().startswith("[")}
        bound = {f.name: f for r in relations for f in r.factors}
        if twice := [name for name in bound if name in given]:
            raise LanguageError(f"{twice[0]} is declared by itself, and as a block")
        wanted = {name: given.pop(name) for name in names if name in given and not _occurs(name, sides)}
        for name in (*given, *bound):
            if not _occurs(name, sides):
                raise LanguageError(f"{name} is declared, and does not occur in {text!r}")
        readings = _read(sides, {**given, **bound})
        known: dict[str, Expr] = {}
        for r in readings:
            known.update(r.symbols)
        scalars = max(
            (f.scalars for f in (*given.values(), *bound.values())), key=lambda s: (s.beta, s.plain), default=REAL
        )
        given = {name: _within(f, scalars) for name, f in given.items()}
        wanted = {name: _within(f, scalars) for name, f in wanted.items()}
        bound = {name: _within(f, scalars) for name, f in bound.items()}
        fixed = {**given, **bound}
        constants = {name: fixed.get(name) or _constant(name, s, scalars) for name, s in known.items()}
        made = cls(text, names, [r.expr for r in readings], [], [], [], scalars, relations)
        return made._resolved(known, given, constants, wanted, wrt)

    def _resolved(
        self,
        known: Mapping[str, Expr],
        given: Mapping[str, MatrixFactor],
        every: Mapping[str, MatrixFactor],
        wanted: Mapping[str, MatrixFactor],
        wrt: str | Sequence[str] | None,
    ) -> Transformation:
        if wrt is not None:
            chosen = [[wrt] if isinstance(wrt, str) else list(wrt)]
            if missing := [n for n in chosen[0] if n not in known]:
                raise LanguageError(f"{', '.join(missing)} does not occur in {self.text!r}")
        else:
            names = list(given) or list(known)
            chosen = [list(c) for k in range(len(names), 0, -1) for c in combinations(names, k)]
        fitting = []
        for names in chosen:
            trial = Transformation(
                self.text,
                self.names,
                self.functions,
                [(known[n], every[n]) for n in names],
                [(known[n], every[n]) for n in known if n not in names],
                [],
                self.scalars,
                self.relations,
            )
            targets = trial._find_targets(wanted)
            if targets is not None:
                trial.targets = tuple(targets)
                fitting.append(trial)
                if wrt is not None or len(names) == len(chosen[0]):
                    return trial
        if len(fitting) == 1:
            return fitting[0]
        if fitting:
            options = "; ".join(", ".join(s.name for s, _ in t.moving) for t in fitting)
            raise FrechetError(
                f"with respect to what? these factors have the dimension of the target: {options}; say wrt=..."
            )
        first = Transformation(
            self.text,
            self.names,
            self.functions,
            [(known[n], every[n]) for n in chosen[0]],
            [(known[n], every[n]) for n in known if n not in chosen[0]],
            [],
            self.scalars,
            self.relations,
        )
        raise FrechetError(first._misfit())

    def _misfit(self) -> str:
        letters = self.small_sizes()
        counts = ", ".join(f"{s.name} has {len(f.positions(letters))}" for s, f in self.moving)
        shapes = ", ".join(
            f"{n} is {f.rows.value(letters)}×{f.cols.value(letters)}"
            for n, f in zip(self.names, self.functions, strict=True)
        )
        at = ", ".join(f"{k}={v}" for k, v in letters.items())
        return (
            f"the dimensions do not fit: at {at} {counts} coordinates, {shapes}; declare the factors so that they "
            "determine the target, such as positive diagonals, modulo diagonal or modulo blocks, or the target itself"
        )

    # --- derivatives ------------------------------------------------------------------------------

    @cached_property
    def linear_forms(self) -> tuple[Expr, ...]:
        """The differentials of the equations, linear in the differentials of the moving factors."""
        tangents = {s: differential_of(s) for s, _ in self.moving}
        return tuple(differential(f, tangents) for f in self.functions)

    @cached_property
    def size_letters(self) -> tuple[str, ...]:
        """The letters of all sizes."""
        shapes = [*(f.shape for f in self.functions), *(s.shape for s, _ in (*self.moving, *self.constants))]
        parts = [p for shape in shapes for p in shape]
        parts += [n for _, f in (*self.moving, *self.constants) for n in f.sizes]
        return tuple(sorted({letter for p in parts for letter in p.letters}))

    def small_sizes(self, least: int = 2) -> dict[str, int]:
        """Small numbers for the letters: those of tall factors one larger than what they contain."""
        sizes = dict.fromkeys(self.size_letters, least)
        for large, small in self.containments():
            if sizes[large] <= sizes[small]:
                sizes[large] = sizes[small] + 1
        return sizes

    def varied_sizes(self, k: int) -> dict[str, int]:
        """The k-th of several choices of sizes, in which no two letters always agree: small ones, from k = 8 on larger ones."""
        least = 2 if k < 8 else 5
        sizes = {
            letter: least + (k + (k >> 1 if q % 2 else 0) + q * (k % 2)) % 3
            for q, letter in enumerate(self.size_letters)
        }
        if len(sizes) == 1:
            sizes = dict.fromkeys(sizes, least + k % 3)
        for larger, smaller in self.containments():
            if sizes[larger] < sizes[smaller]:
                sizes[larger], sizes[smaller] = sizes[smaller], sizes[larger]
        return sizes

    def containments(self) -> list[tuple[str, str]]:
        """(m, n) where a factor asks for m >= n."""
        found = []
        for _, f in (*self.moving, *self.constants, *((None, t) for t in self.targets)):
            if f.kind.name in ("stiefel", "psd", "fixed_rank"):
                for larger in f.sizes[:-1]:
                    if larger.letter and f.sizes[-1].letter and larger is not f.sizes[-1]:
                        found.append((larger.letter, f.sizes[-1].letter))
        return found

    def sampled(self, letters: Mapping[str, int], rng: np.random.Generator) -> NumericPoint:
        """A random point at which the equations have values. EvaluationError where none is found."""
        reason: Exception | None = None
        for attempt in range(_TRIES):
            values = {s: f.sample(rng, letters) for s, f in (*self.moving, *self.constants)}
            if attempt % 4 == 1:  # closer to the identity: functions with a domain
                values = {
                    s: self._tamed(f, v)
                    for (s, f), v in zip((*self.moving, *self.constants), values.values(), strict=True)
                }
            if attempt % 4 == 2:
                values = {s: self._scaled_down(s, v) for s, v in values.items()}
            if attempt % 4 == 3:  # logarithms and roots of entries
                values = {s: np.abs(v) if f.kind.name in ("matrix", "vector", "scalar") else v
                          for (s, f), v in zip((*self.moving, *self.constants), values.values(), strict=True)}  # fmt: skip
            for r in self.relations:
                blocks = r.sampled(self.scalars, rng, r.size.value(letters))
                by_name = dict(zip(r.names, blocks, strict=True))
                values = {s: by_name.get(s.name, X) for s, X in values.items()}
            try:
                images = self.values_at(letters, values)
            except (EvaluationError, np.linalg.LinAlgError) as error:
                reason = error
                continue
            if all(np.isfinite(Y).all() for Y in images):
                return NumericPoint(dict(letters), values, tuple(images))
        raise EvaluationError(f"{self.text} has no value at random points: {reason}")

    def _scaled_down(self, s: Expr, X: Array) -> Array:
        f = next(f for t, f in (*self.moving, *self.constants) if t is s)
        return X / 4 if f.kind.frame == "flat" and f.kind.canonical == "letters" else X

    def _tamed(self, f: MatrixFactor, X: Array) -> Array:
        if f.kind.name in ("matrix", "symmetric") and X.shape[0] == X.shape[1]:
            return np.eye(len(X)) + X / (4 * np.sqrt(len(X)))
        return X

    def values_at(self, letters: Mapping[str, int], values: Mapping[Expr, Array]) -> list[Array]:
        """The values of the equations."""
        return evaluate_conjugating(self.functions, values, letters, self.scalars)

    def derivative_along(self, point: NumericPoint, moved: Mapping[Expr, Array]) -> list[Array]:
        """The differentials of the equations along tangents of the moving factors, zero where left out."""
        values = dict(point.values)
        for s, _ in self.moving:
            values[differential_of(s)] = moved.get(s, np.zeros_like(point.values[s]))
        return evaluate_conjugating(self.linear_forms, values, point.letters, self.scalars)

    def images_of_tangents(self, point: NumericPoint) -> list[list[Array]]:
        """The differentials along every coordinate of every moving factor."""
        return [
            self.derivative_along(point, {s: T})
            for s, f in self.moving
            for T in f.tangents(point.values[s], point.letters)
        ]

    def matrix(self, point: NumericPoint) -> Array:
        """The Jacobian matrix in the coordinates of the factors and the targets."""
        columns = []
        for moved in self.images_of_tangents(point):
            parts = [
                t.coordinates(Y, dY, point.letters) for t, Y, dY in zip(self.targets, point.images, moved, strict=True)
            ]
            columns.append(np.concatenate(parts))
        return np.array(columns).T

    def logabsdet(self, point: NumericPoint) -> float:
        """log of the absolute value of its determinant, from the matrix."""
        return log_volume(self.matrix(point))

    # --- the target ---------------------------------------------------------------------------------

    def _find_targets(self, wanted: Mapping[str, MatrixFactor]) -> list[MatrixFactor] | None:
        letters = self.small_sizes(3)  # at size 2 too much is symmetric
        if len(wanted) == len(self.names):
            targets = [wanted[n] for n in self.names]
            return targets if self._fit(targets) else None
        try:
            point = self.sampled(letters, np.random.default_rng(7))
        except EvaluationError:
            letters = self.small_sizes(4)  # a skew matrix of odd size is singular
            point = self.sampled(letters, np.random.default_rng(7))
        moved = self.images_of_tangents(point)
        total = sum(len(f.positions(letters)) for _, f in self.moving)
        found = []
        for k, (name, f) in enumerate(zip(self.names, self.functions, strict=True)):
            if name in wanted:
                found.append(wanted[name])
                continue
            images = [m[k] for m in moved]
            needed = total if len(self.names) == 1 else None
            target = self._span(name, f, point.images[k], images, letters, needed)
            found.append(target)
        return found if self._fit(found) else None

    def _fit(self, targets: Sequence[MatrixFactor]) -> bool:
        """Whether the targets have as many coordinates as the moving factors, at several sizes: at one they may have by chance."""
        count = lambda factors, letters: sum(len(f.positions(letters)) for f in factors)
        several = [self.small_sizes(least) for least in (3, 4, 5)]
        return all(count(targets, letters) == count((f for _, f in self.moving), letters) for letters in several)

    def _span(
        self, name: str, f: Expr, Y: Array, images: Sequence[Array], letters: Mapping[str, int], needed: int | None
    ) -> MatrixFactor:
        """The first kind whose tangents contain the images, of the needed dimension if there is one."""
        fallback = None
        real = self.scalars.beta == 1 or all(np.abs(d.imag).max() == 0 for d in images)
        for kind_name in _TARGETS:
            kind = KINDS[kind_name]
            square = f.rows is f.cols and f.rows is not ONE
            if not square and kind_name not in ("matrix", "stiefel"):
                continue
            if kind_name in ("orthogonal", "stiefel"):
                gram = Y.conj().T @ Y
                if f.cols is ONE or np.linalg.norm(gram - np.eye(len(gram))) > 1e-9:
                    continue
            sizes = (f.rows,) if len(kind.arguments.split()) == 1 else (f.rows, f.cols)
            scalars = self.scalars if not real or self.scalars.beta == 1 else _sub(self.scalars, 1)
            target = MatrixFactor(name, kind, sizes, scalars)
            if all(contains(target, Y, d, letters) for d in images):
                if needed is None or len(target.positions(letters)) == needed:
                    return target
                fallback = fallback or target
        if fallback is not None:
            return fallback
        raise FrechetError(f"{name} has values that are no matrices of a kind that is known")


def log_volume(J: Array) -> float:
    """log|det J|; of a taller matrix the log of the volume that its columns span, log|J'J|/2."""
    if J.shape[0] == J.shape[1]:
        return float(np.linalg.slogdet(J)[1])
    return float(np.linalg.slogdet(J.T @ J)[1]) / 2


def contains(target: MatrixFactor, Y: Array, dY: Array, letters: Mapping[str, int]) -> bool:
    """Whether dY is a tangent at Y of matrices of the kind of the target."""
    coordinates = target.coordinates(Y, dY, letters)
    tangents = target.tangents(Y, letters)
    back = sum((c * T for c, T in zip(coordinates, tangents, strict=True)), np.zeros_like(dY))
    return bool(np.linalg.norm(back - dY) <= 1e-8 * (1e-8 + np.linalg.norm(dY)))


def evaluate_conjugating(
    roots: Sequence[Expr], values: Mapping[Expr, Array], letters: Mapping[str, int], scalars: Scalars
) -> list[Array]:
    """Values where ' is the conjugate transpose, and an entry is a block of the scalars."""
    known = dict(values)
    sizes = {k: v * scalars.block for k, v in letters.items()}
    for node in postorder(*roots):
        if node in known:
            continue
        arguments = [known[a] for a in node.args]
        name = node.op.name
        if name == "transpose":
            known[node] = scalars.adjoint(arguments[0])
        elif name == "diagm" and scalars.block > 1:
            known[node] = _block_diagonal(arguments[0], scalars.block)
        elif name == "scale":
            known[node] = np.asarray(_scaled(arguments))
        else:
            known[node] = apply(node, arguments, sizes)
    return [known[r] for r in roots]


def _scaled(arguments: Sequence[Array]) -> Array:
    """Scalars times a matrix; a quaternion scalar is real here, a multiple of the identity block."""
    total = arguments[-1]
    for c in arguments[:-1]:
        total = c[0, 0] * total
    return total


def _block_diagonal(x: Array, b: int) -> Array:
    n = len(x) // b
    out = np.zeros((n * b, n * b), dtype=x.dtype)
    for i in range(n):
        out[i * b : i * b + b, i * b : i * b + b] = x[i * b : i * b + b]
    return out


# --- reading ------------------------------------------------------------------------------------------


def _equations(text: str) -> tuple[list[str], list[str]]:
    names, sides = [], []
    for part in _split(text):
        if not part.strip():
            continue
        left, equals, right = part.partition("=")
        if not equals:
            left, right = "Y", part
        name = left.strip()
        if not name.isidentifier():
            raise LanguageError(
                f"the left side of an equation is one name, not {name[:40]!r}", text, 0, "Write Y = A*X*B."
            )
        names.append(name)
        sides.append(_plain(right))
    if not sides or len(set(names)) != len(names):
        raise LanguageError("write equations with different left sides, such as X = Q*R", text, 0)
    return names, sides


def _split(text: str) -> list[str]:
    """The equations: separated by ; or line ends outside of brackets, where ; separates rows."""
    parts, depth = [""], 0
    for c in text:
        depth += (c in "[(") - (c in "])")
        if c in ";\n" and depth <= 0:
            parts.append("")
        else:
            parts[-1] += c
    return parts


def _plain(text: str) -> str:
    """The conjugate transpose X^H is written X' : it is what ' means for complex factors."""
    return re.sub(r"\^H\b", "'", text.strip())


def _occurs(name: str, sides: Sequence[str]) -> bool:
    return any(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", side) for side in sides)


def _read(sides: Sequence[str], given: Mapping[str, MatrixFactor]) -> list[Reading]:
    """The right sides; a constant whose size nothing else fixes is square."""
    declared = {name: f.declaration for name, f in given.items()}
    fixed = {letter for f in given.values() for n in f.sizes for letter in n.letters}
    for _ in range(8):
        readings = [read(side, {n: d for n, d in declared.items() if _occurs(n, [side])}) for side in sides]
        multiplied = {a.name for r in readings for node in postorder(r.expr) if node.op.name == "mul" for a in node.args
                      if a.op.name == "symbol"}  # fmt: skip
        options: list[tuple[tuple[bool, bool], str, Any]] = []
        for r in readings:
            for name, s in r.symbols.items():
                if name in declared or s.is_scalar or s.rows is s.cols or ONE in s.shape:
                    continue
                m, n = s.shape
                open_sizes = [bool(size.letter) and size.letter not in fixed for size in (m, n)]
                if any(open_sizes):
                    options.append(((all(open_sizes), name not in multiplied), name, n if open_sizes[0] else m))
        if not options:
            return readings
        _, name, size = min(
            options, key=lambda option: option[0]
        )  # what multiplies a matrix of known size, before what is added
        declared[name] = f"matrix({size},{size})"
    return readings


def _within(f: MatrixFactor, scalars: Scalars) -> MatrixFactor:
    """The factor with its entries as blocks of the scalars of the problem."""
    return f if f.scalars is scalars else replace(f, scalars=_sub(scalars, f.scalars.beta))


def _sub(scalars: Scalars, beta: int) -> Scalars:
    if scalars.beta == beta:
        return scalars
    return Scalars({1: "real", 2: "complex"}[beta], beta, scalars.block, scalars.units[:beta], scalars.plain)


def _constant(name: str, s: Expr, scalars: Scalars) -> MatrixFactor:
    """A symbol that is not declared, as the language has read it."""
    from_language = {"symmetric", "spd", "skew", "diagonal", "lower", "upper", "orthogonal"}
    properties = [p for p in s.params if isinstance(p, str)] if s.params else []
    kind = next((p for p in properties if p in from_language), None)
    if s.is_scalar:
        return MatrixFactor(name, KINDS["scalar"], (), _sub(scalars, 1))
    if kind is not None:
        return MatrixFactor(name, KINDS[kind], (s.rows,), scalars)
    if s.cols is ONE:
        return MatrixFactor(name, KINDS["vector"], (s.rows,), scalars)
    return MatrixFactor(name, KINDS["matrix"], s.shape, scalars)
