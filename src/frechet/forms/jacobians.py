"""The volume of a matrix transformation or factorization, derived.

The differential of the map, written in the moving frames of its factors, is a linear operator. At the point where all
matrices are diagonal it decouples into small blocks, whose determinants give the closed formula (`weights`); that the
determinant depends on these letters alone is what invariance under orthogonal and unit triangular factors says, and is
confirmed at general points before the formula is given.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from frechet.calculus.derivative import Derivative
from frechet.check.exact.scalars import NoValue, OutOfReach
from frechet.check.verdict import Verdict
from frechet.errors import DerivativeError, EvaluationError, FrechetError
from frechet.expr.evaluate import as_matrix, sizes_of
from frechet.forms import explicit as explicit_2
from frechet.forms.compositions import composed
from frechet.forms.differences import difference_matrix
from frechet.forms.factors import block_entries
from frechet.forms.preimages import preimages
from frechet.forms.products import JacobianFormula, LetterProduct
from frechet.forms.rank_one import of_a_vector
from frechet.forms.structured import structured_logabsdet
from frechet.forms.transformation import NumericPoint, Transformation, log_volume
from frechet.forms.two_sided import two_sided
from frechet.forms.weights import PATTERNS, Weigher
from frechet.language import to_text
from frechet.language.equations import of_latex
from frechet.operators.linearize import linearize

__all__ = ["Jacobian", "require_kind"]

Array = np.ndarray
_CLOSE = 1e-7
_SINGULAR = 1e12  # a condition number that only rounding keeps finite


class Jacobian:
    """The Jacobian of Y = f(X1, …): (dY) = formula (dX1)…, in absolute value.

    formula      closed, in the factors; DerivativeError says why where none is known
    wedge        "(dX) = prod(i, r_ii^(m - i))*(Q'dQ)*(dR)"
    measure      the coordinates and measure of each factor and of the target
    conditions   signs, sizes, the number of preimages
    steps        the derivation, a line each
    logabsdet(R=R0, …)     log of its absolute value at numbers, from the formula: no large matrix is formed
    check(sizes=…)         against finite differences at random points: a Verdict
    explicit(2)            at size 2, entry by entry, in letters p, q, r, s
    operator(X=X0, …)      the derivative as a structured operator, for maps of one matrix
    """

    def __init__(self, of: Transformation):
        self._of = of

    @property
    def of(self) -> Transformation:
        """The equations with their moving factors."""
        return self._of

    # --- the formula --------------------------------------------------------------------------------

    @cached_property
    def _derived(self) -> tuple[JacobianFormula | None, str, Weigher | None]:
        """(the formula, or why there is none, how it came about).

        The rectangular matrices are diagonal at the simplest point, or zero; the last ways are a single term A dX B, the Jacobian
        of a map of one vector, and the product of two Jacobians.
        """
        first = ""
        for flat in (False, True):
            try:
                weigher = Weigher(self.of, flat)
                found = weigher.formula()
            except (OutOfReach, NoValue) as reason:
                first = first or str(reason)
                continue
            reason_not = self._unconfirmed(found, weigher)
            if not reason_not:
                return found, "", weigher
            first = first or reason_not
        single = two_sided(self.of) if "two-sided" in PATTERNS else None
        if single is not None and not self._unconfirmed(single, None):
            return single, "", None
        vector = of_a_vector(self.of) if "vector" in PATTERNS else None
        if vector is not None and not self._unconfirmed(vector, None):
            return vector, "", None
        if self._is_singular():
            return None, "its derivative is singular, the determinant is 0", None
        product = composed(self.of, lambda of: Jacobian(of)._derived[0]) if "composition" in PATTERNS else None
        if product is not None and not self._unconfirmed(product[0], None):
            return *product, None
        return None, first, None

    def _is_singular(self) -> bool:
        """Whether the determinant is zero at every general point that is tried."""
        conditions = []
        for k in range(3):
            try:
                point = self.of.sampled(self.of.varied_sizes(k), np.random.default_rng(k))
                conditions.append(np.linalg.cond(self.of.matrix(point)))
            except (EvaluationError, np.linalg.LinAlgError):
                continue
        return len(conditions) > 1 and min(conditions) > _SINGULAR

    def _unconfirmed(self, found: JacobianFormula, weigher: Weigher | None) -> str:
        """Why a formula is not given: it differs from the determinant at a general point. Empty where it is right."""
        confirmed = 0
        for k in range(12):
            letters = self.of.varied_sizes(k)
            if weigher is not None:
                letters = self._within_universes(weigher, letters)
            try:
                point = self.of.sampled(letters, np.random.default_rng(k))
                if np.linalg.cond(self.of.matrix(point)) > 1e8:
                    continue
                expected, value = self.of.logabsdet(point), found.logabs(point)
            except (EvaluationError, np.linalg.LinAlgError):
                continue
            if not abs(value - expected) <= _CLOSE * (1 + abs(expected)):
                return "the determinant does not depend on these letters alone"
            confirmed += 1
            if confirmed == 5:
                break
        return "" if confirmed >= 2 else "the formula could not be confirmed at general points"

    def _within_universes(self, weigher: Weigher, letters: dict[str, int]) -> dict[str, int]:
        """The sizes with those of tall matrices the larger ones, as the formula was derived."""
        for larger, smaller in weigher.point.universes.items():
            if larger.letter and smaller.letter and letters[larger.letter] < letters[smaller.letter]:
                pair = letters[larger.letter], letters[smaller.letter]
                letters[smaller.letter], letters[larger.letter] = pair
        return letters

    def sizes(self, k: int) -> dict[str, int]:
        """The k-th choice of small sizes at which the formula is compared."""
        weigher = self._derived[2]
        letters = self.of.varied_sizes(k)
        return letters if weigher is None else self._within_universes(weigher, letters)

    @property
    def formula(self) -> JacobianFormula:
        """The closed formula, in the factors. DerivativeError where none is known: `logabsdet` and `check` still work."""
        found, reason, _ = self._derived
        if found is None:
            raise DerivativeError(
                f"no closed formula is known for {self.of.text}: {reason}; logabsdet(...) gives it at numbers"
            )
        return found

    @property
    def wedge(self) -> str:
        """The equation of volume forms."""
        left = self._image_volume()
        right = "".join(_volume(f) for _, f in self.of.moving)
        formula = self.formula
        body = "*".join(t.text() for t in formula.terms)
        where = "; ".join(formula.where)
        return f"{left} = {body + '*' if body else ''}{right}" + (f", {where}" if where else "")

    def _image_volume(self, latex: bool = False) -> str:
        """The volume form of the values."""
        return (r"\," if latex else "").join((_volume_latex if latex else _volume)(t) for t in self.of.targets)

    @property
    def measure(self) -> str:
        """What the volume of each factor and of the target means."""
        every = [*(f for _, f in self.of.moving), *self.of.targets]
        return "; ".join(dict.fromkeys(f"{f.name}: {f.measure}" for f in every))

    @cached_property
    def conditions(self) -> tuple[str, ...]:
        """Under which the formula holds, and how often a value is taken."""
        found = [f"{larger} >= {smaller}" for larger, smaller in self.of.containments()]
        found += [r.condition for r in self.of.relations]
        weigher = self._derived[2]
        if weigher is not None:
            for larger, smaller in weigher.point.universes.items():
                text = f"{larger} >= {smaller}"
                if text not in found and not self._holds_for_wide():
                    found.append(text)
        for s, f in self.of.moving:
            where = "blocks" if f.kind.in_blocks else "diagonal"
            if f.kind.name == "rotation_blocks":
                found.append(f"{', '.join(self.of.names)} has determinant 1")
            if f.positive:
                found.append(f"the {where} of {s.name} {'are' if f.kind.in_blocks else 'is'} positive")
            if f.ordered:
                found.append(f"the {where if f.kind.in_blocks else 'entries'} of {s.name} are in descending order")
        terms = () if self._derived[0] is None else self._derived[0].terms
        if any(isinstance(t, LetterProduct) and t.has_limits for t in terms):
            found.append("a quotient is its limit where its denominator is 0")
        found.append(preimages(self.of))
        return tuple(dict.fromkeys(c for c in found if c))

    def _holds_for_wide(self) -> bool:
        """Whether the formula, derived for tall matrices, holds for wide ones too."""
        formula = self.formula
        letters = self.of.small_sizes(2)
        assert self._derived[2] is not None
        for larger, smaller in self._derived[2].point.universes.items():
            if larger.letter and smaller.letter:
                letters[larger.letter], letters[smaller.letter] = 2, 3
        try:
            point = self.of.sampled(letters, np.random.default_rng(5))
            return abs(formula.logabs(point) - self.of.logabsdet(point)) <= _CLOSE * 10
        except (EvaluationError, np.linalg.LinAlgError, ValueError):
            return False

    @cached_property
    def steps(self) -> tuple[str, ...]:
        """The derivation: differential, frames, dimensions, blocks, formula."""
        of, lines = self.of, []
        for name, form in zip(of.names, of.linear_forms, strict=True):
            lines.append(f"d{name} = {to_text(form)}")
        for s, f in of.moving:
            if f.kind.frame == "left":
                if f.kind.name == "rotation_blocks":
                    lines.append(f"d{s.name} = {s.name}*W, W of blocks [0 dt; -dt 0]")
                    continue
                tall = f.kind.name == "stiefel"
                moves = f"{s.name}*W" + (f" + {s.name}⊥*K" if tall else "")
                lines.append(
                    f"d{s.name} = {moves}, W {'zero on its diagonal' if f.kind.name == 'eigenvectors' else 'skew'}"
                )
        letters = of.small_sizes(2)
        counts = " + ".join(f"{s.name} {len(f.positions(letters))}" for s, f in of.moving)
        totals = " + ".join(f"{t.name} {len(t.positions(letters))}" for t in of.targets)
        at = ", ".join(f"{k}={v}" for k, v in letters.items())
        lines.append(f"dimensions{f' at {at}' if at else ''}: {counts} = {totals}")
        found, reason, weigher = self._derived
        if weigher is not None:
            lines.append("where all matrices are diagonal the operator decouples by indices:")
            for block, _ in weigher.blocks:
                where = ", ".join(
                    str(x.number) + (f" > {x.universe}" if x.beyond is not None else "")
                    for x in sorted(block.indices, key=lambda x: x.number)
                )
                lines.append(f"  {{{where}}}: determinant {weigher.point.determinant(block)}")
        if found is not None and reason:
            lines.append(reason)
        lines.append(f"|det| = {found}" if found is not None else f"no closed formula: {reason}")
        return tuple(lines)

    # --- numbers --------------------------------------------------------------------------------------

    def point(self, values: Mapping[str, Any]) -> NumericPoint:
        """The point at given arrays, one for each symbol. EvaluationError where one is missing or does not fit."""
        every = [*self.of.moving, *self.of.constants]
        names = {s.name: s for s, _ in every}
        for given, wanted, fault in ((values, names, "does not occur"), (names, values, "has no value")):
            if wrong := [n for n in given if n not in wanted]:
                raise EvaluationError(f"{', '.join(wrong)} {fault}; the symbols are {', '.join(names)}")
        arrays = {names[n]: np.array(as_matrix(v, names[n])) for n, v in values.items()}
        if self.of.scalars.block > 1:
            letters = sizes_of({s: a[:: self.of.scalars.block, :: self.of.scalars.block] for s, a in arrays.items()})
        else:
            letters = sizes_of(arrays)
        for s, f in every:
            require_kind(f, arrays[s], letters)
        for r in self.of.relations:
            r.require({s.name: X for s, X in arrays.items()})
        return NumericPoint(letters, arrays, tuple(self.of.values_at(letters, arrays)))

    def logabsdet(self, *arrays: Any, **named: Any) -> float:
        """log|det| at arrays by name (one array, where there is one symbol): by the closed formula, by the structure of the
        operator where there is none."""
        every = [*self.of.moving, *self.of.constants]
        if len(arrays) > 1 or (arrays and len(every) > 1):
            raise EvaluationError(f"give the arrays by name: logabsdet({', '.join(f'{s.name}=...' for s, _ in every)})")
        first = {every[0][0].name: arrays[0]} if arrays else {}
        return self.logabsdet_at(self.point({**first, **named}))

    def logabsdet_at(self, point: NumericPoint) -> float:
        """`logabsdet` at a point."""
        found = self._derived[0]
        if found is not None:
            return found.logabs(point)
        structured = structured_logabsdet(self.of, point)
        return self.of.logabsdet(point) if structured is None else structured

    def check(self, sizes: Mapping[str, int] | Sequence[Mapping[str, int]] | None = None, seed: int = 0) -> Verdict:
        """The formula (or `logabsdet`) against finite differences at random points of these sizes: a Verdict."""
        if sizes is None:
            tried: Sequence[Mapping[str, int]] = [self.sizes(k) for k in range(3)]
        else:
            tried = [sizes] if isinstance(sizes, Mapping) else sizes
        worst, seen = 0.0, []
        for k, given in enumerate(tried):
            letters = {**self.of.small_sizes(), **given}
            for attempt in range(2):
                try:
                    point = self.of.sampled(letters, np.random.default_rng([seed, k, attempt]))
                except EvaluationError:
                    continue
                D, found = difference_matrix(self.of, point), self.logabsdet_at(point)
                singular = np.linalg.matrix_rank(D, tol=1e-9 * float(np.linalg.norm(D))) < D.shape[1]
                if not (singular and found == -np.inf):
                    worst = max(worst, float(abs(np.expm1(found - log_volume(D)))))
                seen.append(letters)
        if not seen:
            raise EvaluationError(f"{self.of.text} has no value at random points of these sizes")
        where = tuple(dict(t) for t in {tuple(sorted(s.items())): s for s in seen}.values())
        return Verdict(worst <= 1e-5, worst, 1e-8, "finite differences", where, seed, ("Jacobian",), points=len(seen))

    def operator(self, **values: Any) -> Any:
        """The derivative at numbers as a structured operator of `frechet.operators`, for equations of one real map."""

        if len(self.of.functions) > 1 or self.of.scalars.beta > 1:
            raise FrechetError("a structured operator is of one real equation")
        return linearize(Derivative(self.of.functions[0], [s for s, _ in self.of.moving]), values)

    def explicit(self, n: int = 2) -> explicit_2.Explicit:
        """The Jacobian at size n entry by entry: X = [p q; r s], the matrix of the derivatives and its determinant."""
        try:
            return explicit_2.explicit(self.of, n)
        except OutOfReach as error:
            raise DerivativeError(
                f"{self.of.text} has no explicit entries: {error}; logabsdet gives the number"
            ) from error

    # --- display --------------------------------------------------------------------------------------

    def __str__(self) -> str:
        found, reason, _ = self._derived
        lines = [self.wedge if found is not None else f"{self.of.text}: no closed formula is known: {reason}"]
        lines += [f"  {line}" for line in (self.measure, *self.conditions)]
        return "\n".join(lines)

    __repr__ = __str__

    def latex(self) -> str:
        """The equation of volume forms in LaTeX."""
        left = self._image_volume(latex=True)
        right = r"\,".join(_volume_latex(f) for _, f in self.of.moving)
        return rf"{left} = {self.formula.latex()}\,{right}"

    def _repr_latex_(self) -> str:
        return f"$${self.latex()}$$"

    def _repr_html_(self) -> str | None:
        return of_latex(self.latex())


def _volume(f: Any) -> str:
    if f.kind.name == "eigenvectors":
        return f"(inv({f.name})d{f.name})"
    return f"({f.name}'d{f.name})" if f.kind.frame == "left" else f"(d{f.name})"


def _volume_latex(f: Any) -> str:
    d = rf"\mathrm{{d}}{f.name}"
    if f.kind.name == "eigenvectors":
        return rf"({f.name}^{{-1}}{d})"
    return rf"({f.name}^\top {d})" if f.kind.frame == "left" else f"({d})"


def require_kind(f: Any, X: Array, letters: Mapping[str, int]) -> None:
    """EvaluationError where an array is not of the kind that its factor was declared."""
    size = float(np.linalg.norm(X)) + 1e-300
    m, n = X.shape
    name = f.kind.name
    gap = 0.0
    if f.kind.frame == "left" and name != "eigenvectors":
        gap = float(np.linalg.norm(X.conj().T @ X - np.eye(n))) * size
    elif f.kind.mirror and f.kind.frame == "flat":
        gap = float(np.linalg.norm(X - f.kind.mirror * X.conj().T))
    elif name not in ("scalar", "vector", "matrix", "eigenvectors", "fixed_rank", "psd"):
        b = f.scalars.block
        diagonal = name.startswith("unit") or name == "correlation_factor"
        rows, cols = np.ogrid[: m // b, : n // b]
        keep = np.asarray(f.kind.region(rows, cols)) | (diagonal & (rows == cols))
        gap = float(np.linalg.norm(np.where(np.kron(keep, np.ones((b, b))), 0, X)))
    if f.kind.in_blocks:
        rows, cols = np.ogrid[:m, :n]
        inside = (rows // 2 == cols // 2) & (rows < n // 2 * 2) & (cols < n // 2 * 2)
        outside = np.where(inside, 0, X) - (np.diag(rows[:, 0] >= n // 2 * 2) if name == "rotation_blocks" else 0)
        gap = max(gap, float(np.linalg.norm(outside)))
    if gap > 1e-8 * size:
        raise EvaluationError(
            f"{f.name} is declared {name.replace('_', ' ')}, and the array is not: off by {gap / size:.1e}"
        )
    diagonal_entries = block_entries(X) if f.kind.in_blocks else np.diag(X).real
    if f.positive and diagonal_entries.min(initial=1.0) <= 0:
        where = f"blocks of {f.name} are" if f.kind.in_blocks else f"diagonal of {f.name} is"
        raise EvaluationError(f"the {where} declared positive, and the array has {diagonal_entries.min():.3g}")
