"""By which factor is a part of the claim wrong? A number, a size, a declared scalar, a scalar part of the formula."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from frechet.check.problem import Problem, Trial, Witness
from frechet.errors import BudgetError, EvaluationError, FrechetError
from frechet.expr.evaluate import evaluate
from frechet.expr.node import Expr, postorder
from frechet.expr.sizes import Size
from frechet.expr.structure import is_differential, number, pow, scale, size_value
from frechet.kernels.entries import norm2
from frechet.language import to_unicode
from frechet.rules.linear import sum

__all__ = ["MissingFactor", "scaling"]

_LARGEST = 12  # numerators and denominators of numbers that are recognised
_PRECISE = 1e-6
_STEPS = ("sign", "step")  # their values are -1, 0 and 1: whatever is off by such a number seems off by them
_EXPONENTS = (Fraction(1), Fraction(-1), Fraction(2), Fraction(-2), Fraction(1, 2), Fraction(-1, 2), Fraction(-3))


@dataclass(frozen=True)
class MissingFactor:
    """The factor that makes a part right; `rank` 0 for numbers, 1 for sizes and scalars, 2 for scalar parts."""

    expr: Expr
    rank: int

    @property
    def text(self) -> str:
        return to_unicode(self.expr)


def scaling(problem: Problem, part: Expr, witness: Witness, numbers: bool = True) -> MissingFactor | None:
    """The s with `claim - part + s*part` right, when there is one that has a name.

    `part` is an expression of the form of the claim: the claim itself, or what one of its terms contributes.
    With `numbers` off, a factor that is the same at the first points may still be a size.
    """
    ratios: list[tuple[float, Trial]] = []
    try:
        for trial, claimed, share in witness.samples(problem, part):
            wanted, share = (trial.truth - (claimed - share)).ravel(), share.ravel()
            size = norm2(share)
            if not (trial.truth.any() or claimed.any()):
                continue  # where nothing can move, as unit vectors of length 1
            if size <= 1e-9 * norm2(trial.truth):
                return None
            ratio = float(wanted / size @ (share / size))
            spread = norm2(wanted - ratio * share)
            if spread > _PRECISE * max(norm2(wanted), size):
                return None
            ratios.append((ratio, trial))
    except BudgetError:
        raise
    except (FrechetError, np.linalg.LinAlgError, ValueError):
        return None
    return _named(ratios, problem, numbers) if ratios else None


def _named(ratios: Sequence[tuple[float, Trial]], problem: Problem, numbers: bool) -> MissingFactor | None:
    values = np.array([r for r, _ in ratios])
    found = _rational(values) if numbers else None
    if found is not None:
        return MissingFactor(number(found), 0)
    for base, rank in _bases(problem):
        at = _values_of(base, [t for _, t in ratios])
        if at is None:
            continue
        for exponent in _EXPONENTS if rank == 2 else (Fraction(1), Fraction(-1)):
            with np.errstate(all="ignore"):
                powers = at ** float(exponent)
            if not (np.isfinite(powers).all() and powers.all()):
                continue
            found = _rational(values / powers)
            if found:
                return MissingFactor(scale(number(found), pow(base, number(exponent))), rank)
    return None


def _rational(values: np.ndarray) -> Fraction | None:
    """The fraction with small terms that all values are, or None."""
    first = float(values[0])
    if not np.isfinite(values).all() or abs(first) > 1e6:
        return None
    guess = Fraction(first).limit_denominator(_LARGEST)
    if abs(guess.numerator) > 10 * _LARGEST:
        return None
    close = np.abs(values - float(guess)) <= _PRECISE * max(abs(float(guess)), 1.0)
    return guess if close.all() else None


def _bases(problem: Problem) -> Iterator[tuple[Expr, int]]:
    """What a factor may be made of, the plainest first."""
    nodes = postorder(problem.function, problem.claim)
    letters: dict[Size, None] = {}
    for node in nodes:
        for s in node.shape:
            if s.constant is None:
                letters[s] = None
    sizes = list(letters)
    products = [a * b for i, a in enumerate(sizes) for b in sizes[i:]]
    for s in dict.fromkeys([*sizes, *products]):
        yield size_value(params=(s,)), 1
    scalars = [n for n in nodes if n.is_scalar and n.op.name != "number" and not is_differential(n)]
    yield from ((n, 1) for n in scalars if n.op.name in ("symbol", "pi"))
    scalars = [n for n in scalars if n.op.name not in _STEPS]
    parts = [n for n in scalars if n.args and not any(is_differential(m) for m in postorder(n))]
    yield from ((n, 2) for n in sorted(parts, key=lambda n: n.weight)[:20])
    if not problem.claim.is_scalar and not any(is_differential(m) for m in postorder(problem.claim)):
        yield sum(problem.claim), 2  # not normalised


def _values_of(base: Expr, trials: Sequence[Trial]) -> np.ndarray | None:
    try:
        return np.array([evaluate(base, t.point.values, t.point.sizes)[0, 0] for t in trials])
    except (EvaluationError, np.linalg.LinAlgError, ValueError):
        return None
