"""A claim that holds at small sizes, at larger ones: sizes are numbers too, and 2*x + relu(n - 6)*x is right up to n = 6."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from frechet.budgets import share, spent
from frechet.check.compare import Comparison, Observation, observe
from frechet.check.points.domain import Domain
from frechet.errors import BudgetError, FrechetError
from frechet.expr.footprint import memory_for
from frechet.expr.node import Expr, postorder
from frechet.expr.structure import coefficient
from frechet.expr.walks import size_letters

__all__ = ["compare_larger", "has_sizes_as_numbers", "larger_sizes", "seen_at"]

_USUAL = (6, 13)
_OF_PYTHON = (6, 13, 31)  # what its code does beyond some size is seen from there on
_LARGER = (6, 7, 8, 13, 21, 34, 101)
_SMALL = 2  # of the other letters
_MOST_CONSTANT = 300  # in the claim, around which sizes are chosen
_SECONDS, _CHEAP = 0.4, 0.04  # of this thread: where sizes stand as numbers, and where they do not
_COMFORTABLE = 3e7  # bytes


def has_sizes_as_numbers(*roots: Expr) -> bool:
    """Whether a size counts as a number: size nodes, tr(eye(n)), sum(ones(n))."""
    free: dict[Expr, bool] = {}
    for node in postorder(*roots):
        constant = node.op.name != "symbol" and all(free[a] for a in node.args)
        free[node] = constant
        if node.op.name in ("size", "mean"):
            return True
        if constant and node.is_scalar and node.args and size_letters(node):
            return True
    return False


def compare_larger(
    function: Expr, variables: Sequence[Expr], first: Expr, second: Expr, fixed: Mapping[str, int], seed: int
) -> Comparison:
    """What the two are at sizes beyond those of a proof; many of them where sizes stand as numbers."""
    found = Comparison()
    counted = has_sizes_as_numbers(first, second)
    deadline = spent() + (_SECONDS if counted else _CHEAP)
    roots = [function, first, second, *variables]
    free = [a for a in size_letters(*roots) if a not in fixed]
    with share(_SECONDS):
        for numbers in _choices(free, _numbers(second) if counted else _USUAL):
            if spent() > deadline:
                break
            sizes = {**fixed, **numbers}
            found.observations += seen_at(function, variables, first, second, sizes, seed)
            if found.of("differ"):
                break
    return found


def seen_at(
    function: Expr,
    variables: Sequence[Expr],
    first: Expr,
    second: Expr,
    sizes: Mapping[str, int],
    seed: int,
    points: int = 1,
) -> list[Observation]:
    """What the two are at points of these sizes; nothing where the function has none, or where they would take much memory."""
    roots = [function, first, second, *variables]
    if memory_for(roots, sizes) > _COMFORTABLE:
        return []
    try:
        drawn = list(Domain([function], variables, sizes, seed, [first, second]).points(points, scaled=False))
    except BudgetError:
        raise
    except FrechetError:
        return []  # no point of the domain at these sizes
    return [seen for point in drawn if (seen := observe(first, second, point, seed)) is not None]


def larger_sizes(letters: Sequence[str], fixed: Mapping[str, int]) -> Iterator[dict[str, int]]:
    """Sizes beyond those that are gone through one by one, for a claim of which only values are known."""
    yield from ({**fixed, **numbers} for numbers in _choices([a for a in letters if a not in fixed], _OF_PYTHON))


def _numbers(claim: Expr) -> list[int]:
    """The usual ones, and those around the whole numbers of the claim."""
    constants = [c for n in postorder(claim) if (c := coefficient(n)) is not None]
    around = {abs(int(c)) + k for c in constants if 1 < abs(c) <= _MOST_CONSTANT and c.denominator == 1 for k in (0, 1)}
    return sorted({*_LARGER, *(n for n in around if n > min(_LARGER))})


def _choices(letters: Sequence[str], numbers: Sequence[int]) -> Iterator[dict[str, int]]:
    """Each number for all letters at once, then for one letter among small ones."""
    for n in numbers if letters else ():
        yield dict.fromkeys(letters, n)
        if len(letters) > 1:
            yield from ({**dict.fromkeys(letters, _SMALL), letter: n} for letter in letters)
