"""Does the claim equal the derivative? Proved, else compared with our own derivative on the whole domain of the function."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from frechet.calculus.subspaces import project, structure_of
from frechet.check.compare import Comparison, Observation, compare
from frechet.check.counterexample import counterexample
from frechet.check.exact import Refutation, evaluate_precisely
from frechet.check.exact import counterexample as short_counterexample
from frechet.check.larger import compare_larger
from frechet.check.points import Point
from frechet.check.points.domain import Domain
from frechet.check.points.drive import corner_arguments
from frechet.check.points.scaled import corner_out_of_reach
from frechet.check.precise import MANY, differ_precisely
from frechet.check.proof import has_equal_form, has_own_domain, is_complete, proved
from frechet.check.rounding import NUMERICAL, evaluate_plainly, evaluate_rounded
from frechet.check.undefined import is_undefined_around
from frechet.check.verdict import Counterexample, Verdict
from frechet.check.written import undefined_part
from frechet.errors import BudgetError, FrechetError
from frechet.expr.node import Expr, postorder
from frechet.expr.structure import add, differential_of, is_differential, mul, scale
from frechet.kernels.entries import norm2
from frechet.language import to_text
from frechet.rules.linear import vec
from frechet.simplify import canonical

__all__ = ["JudgedClaim", "judge"]

_SECONDS = 0.5  # for the search among short numbers
_ROUNDING = 30.0
_LEAST = 1e-300  # where float64 has nothing: what thousands of digits leave of a cancellation is far below it
_USUAL, _CLOSELY = 20, 3  # points, the first of which are not far from 1; those that are looked at with all digits
_CERTAIN = 3e3  # times the rounding error
_FEWER = 200  # digits for what takes an iteration for each eigenvalue
_ENOUGH = 3  # points without a value, where the reason is a singular matrix or a division by zero


@dataclass(frozen=True)
class JudgedClaim:
    """Is `claim` the `form` of `function` by `variables`, given our own answer `ours`?"""

    function: Expr
    variables: tuple[Expr, ...]
    form: str
    ours: Expr
    claim: Expr
    sizes: Mapping[str, int]
    seed: int
    vanished: tuple[Expr, ...] = ()  # parts of the claim as it is written that simplification took away

    def comparable(self, answer: Expr) -> Expr:
        """What is compared: a gradient projected onto the subspace of X, a Jacobian in directions of the subspace."""
        X = self.variables[0]
        if structure_of(X) is None or self.form == "differential":
            return answer
        return project(answer, X) if self.form == "gradient" else mul(answer, vec(differential_of(X)))

    def domain(self, extra: int = 0) -> Domain:
        return Domain([self.function], self.variables, self.sizes, self.seed + extra, [self.ours, self.claim])


def judge(question: JudgedClaim, own: Verdict) -> Verdict:
    """The verdict about the claim, given the one about our own answer. Raises FrechetError when no point is found."""
    q = question
    first, second = q.comparable(q.ours), q.comparable(q.claim)
    verdict = _judged(q, own, first, second)
    if verdict.right is False:
        return verdict
    if q.vanished:
        lacking = undefined_part(q.vanished, first, q.domain())
        if lacking is not None:
            return _undefined(q, Comparison([lacking]), lacking, first, second, q.domain())
    seen = compare_larger(q.function, q.variables, first, second, q.sizes, q.seed)
    if seen.equal is False:
        return _compared(q, seen, own, first, second, q.domain())
    if verdict.right and verdict.kind == "compared":
        found = corner_out_of_reach(q.domain(), first, second)
        if found is not None:
            corner, crossings = found
            beyond = _beyond_range(q, first, second, crossings)
            if beyond is not None:
                return beyond
            method = f"{verdict.method}, and {to_text(corner)} changes its sign beyond the range of numbers"
            return replace(verdict, right=None, method=method)
    return replace(verdict, beyond=tuple(s for s in seen.sizes if s not in verdict.sizes))


def _beyond_range(q: JudgedClaim, first: Expr, second: Expr, points: Sequence[Point]) -> Verdict | None:
    """Wrong where what is left of the difference of the two, simplified, has a value other than 0; the function has one
    with many digits, whose exponents know no bound."""
    difference = canonical(add(second, scale(-1, first)))
    for point in points:
        (gap,) = evaluate_rounded([difference], point.values, point.sizes)
        if gap is None or not (np.abs(gap.value) > _CERTAIN * gap.error).any():
            continue
        try:
            evaluate_precisely([q.function, first], point.values, point.sizes)
        except BudgetError:
            raise
        except (FrechetError, *NUMERICAL):
            continue
        values = {s.name: v for s, v in point.values.items() if not is_differential(s) or q.form == "differential"}
        nothing = np.full(gap.value.shape, np.inf)
        example = Counterexample(dict(point.sizes), values, nothing, nothing, gap.value)
        method = "our own derivative, beyond the range of float64: their difference, simplified, is not 0"
        return Verdict(False, np.inf, 0.0, method, (point.sizes,), q.seed, (q.form,), points=1, counterexample=example)
    return None


def _judged(q: JudgedClaim, own: Verdict, first: Expr, second: Expr) -> Verdict:
    """By proof, else by comparison at the usual sizes."""
    exact = proved(q.function, q.variables, {q.form: q.claim}, q.sizes, q.seed, hurried=own.kind != "proved")
    if exact is None and own.right is True and has_equal_form(first, second):
        exact = replace(own, compared=(q.form,), partial=True)
    if is_complete(exact) and not has_own_domain(q.claim, q.function, q.ours):
        assert exact is not None
        return exact
    domain = q.domain()
    seen = _seen(q, own, first, second, domain)
    undefined = _nowhere_defined(q.function, seen, second)
    if undefined is not None:
        return _undefined(q, seen, undefined, first, second, domain)
    if exact is not None and exact.right and not (exact.only_these_sizes and seen.equal is False):
        return exact
    if exact is None and seen.equal is not False:
        found = short_counterexample(q.function, q.variables, q.form, q.claim, q.sizes, q.seed, _SECONDS)
        if found is not None:
            return _refuted(q, found)
        seen = _looked_at_closely(seen, first, second)
    if exact is not None and not exact.right:
        return _disproved(q, exact, seen, first, second, domain)
    return _compared(q, seen, own, first, second, domain)


def _seen(q: JudgedClaim, own: Verdict, first: Expr, second: Expr, domain: Domain) -> Comparison:
    """What the two are at points of the domain; nothing where float64 has no value, of a function that has one."""
    try:
        return compare(first, second, domain, q.seed)
    except BudgetError:
        raise
    except FrechetError:
        if own.kind != "proved":  # which says that there is a value
            raise
        return Comparison()


def _looked_at_closely(seen: Comparison, first: Expr, second: Expr) -> Comparison:
    """With many digits at the smallest of the points where the two are the same: does a tiny term differ?"""
    digits = _FEWER if any(n.op.finite for n in postorder(first, second)) else MANY
    usual, same = (
        sorted(found, key=lambda o: sum(v.size for v in o.point.values.values()))
        for found in (seen.of("same")[:_USUAL], seen.of("same"))
    )
    for o in dict.fromkeys([*usual[:_CLOSELY], *_on_both_sides(same, first, second)]):
        assert o.first is not None
        if differ_precisely(first, second, o.point, np.maximum(np.abs(o.first), _LEAST), digits):
            differing = replace(o, state="differ")
            return Comparison([*(p for p in seen.observations if p is not o), differing], seen.limited)
    return seen


def _on_both_sides(same: Sequence[Observation], first: Expr, second: Expr) -> list[Observation]:
    """The smallest points on each side of every corner that the claim alone has: what is switched on there may be tiny."""
    known = set(corner_arguments(first))
    found = []
    for argument in corner_arguments(second):
        if argument in known:
            continue
        for sign in (1.0, -1.0):
            for o in same:
                value = evaluate_plainly(argument, o.point.values, o.point.sizes)
                if value is not None and (sign * value > 0).all():
                    found.append(o)
                    break
    return found


def _refuted(q: JudgedClaim, found: Refutation) -> Verdict:
    """Wrong by a point in short numbers, with fifty digits of what the claim should give and gives along a direction."""
    example = _in_floats(found)
    gap = np.inf
    if example.claimed is not None and example.difference is not None:
        gap = norm2(example.difference) / max(norm2(example.claimed), norm2(example.expected), _LEAST)
    method = "the function on dual numbers with 50 digits" if found.claimed is not None else f"no value: {found.reason}"
    return Verdict(False, gap, 0.0, method, (dict(found.sizes),), q.seed, (q.form,), points=1, counterexample=example)


def _in_floats(found: Refutation) -> Counterexample:
    """A point in short numbers, the direction beside it; the difference is taken before it is rounded."""
    values = {name: np.array(rows, dtype=float) for name, rows in found.values.items()}
    for name, directions in found.direction.items():
        values |= {f"d{name}{k + 1 if k else ''}": np.array(d, dtype=float) for k, d in enumerate(directions)}
    expected = np.array([[float(x) for x in found.expected]])
    if found.claimed is None:
        return Counterexample(dict(found.sizes), values, expected, None)
    claimed = np.array([[float(x) for x in found.claimed]])
    gap = np.array([[float(y - x) for x, y in zip(found.expected, found.claimed, strict=True)]])
    return Counterexample(dict(found.sizes), values, expected, claimed, gap)


def _disproved(q: JudgedClaim, exact: Verdict, seen: Comparison, first: Expr, second: Expr, domain: Domain) -> Verdict:
    """Wrong for certain; how far, and where, is what was seen. A difference may be too small for float64."""
    worst = seen.worst
    if worst is not None and worst.state == "differ":
        example = counterexample(first, second, worst, domain, q.seed)
        sizes = ", ".join(f"{k} = {n}" for k, n in example.sizes.items())
        method = f"{exact.method.split(' at ')[0]}{' at ' if sizes else ''}{sizes}"  # of the point that is shown
        return replace(exact, relative_error=worst.relative, method=method, counterexample=example)
    failing = {**q.sizes, **(exact.sizes[0] if exact.sizes else {})}
    found = short_counterexample(q.function, q.variables, q.form, q.claim, failing, q.seed, _SECONDS)
    error = exact.relative_error if worst is None else worst.relative
    return replace(exact, relative_error=error, counterexample=None if found is None else _in_floats(found))


def _compared(q: JudgedClaim, seen: Comparison, own: Verdict, first: Expr, second: Expr, domain: Domain) -> Verdict:
    worst = seen.worst
    right = seen.equal
    if right and own.right is not True:
        right = None
    example = None
    if right is False and worst is not None:
        example = counterexample(first, second, worst, domain, q.seed)
        if example.difference is not None:  # which is known better than by float64
            worst = replace(worst, relative=norm2(example.difference) / max(norm2(example.expected), _LEAST))
    method = f"our own derivative ({own.how()})"
    if right is None:
        method = f"{method}, which decides nothing: {seen.words() or 'too few points'}"
    return Verdict(
        right,
        worst.relative if worst else np.inf,
        max((o.resolution for o in seen.of("same")), default=worst.resolution if worst else np.inf),
        method,
        seen.sizes,
        q.seed,
        (q.form,),
        points=len(seen.of("same")) + len(seen.of("differ")),
        counterexample=example,
    )


def _nowhere_defined(function: Expr, seen: Comparison, claim: Expr) -> Observation | None:
    """A point around which the claim has no value, though the function has a derivative; None where there is none."""
    found = seen.of("undefined")
    by_sizes: dict[tuple, list[int]] = {}
    for o in [*seen.of("same"), *seen.of("differ"), *found]:  # what is beyond float64 says nothing
        counts = by_sizes.setdefault(tuple(o.point.sizes.items()), [0, 0])
        counts[o.state == "undefined"] += 1
    for o in found:
        if o.undefined is None or o.undefined.kind == "range":
            continue
        defined, lacking = by_sizes[tuple(o.point.sizes.items())]
        alone = o.undefined.kind in ("singular", "lost") and (defined or lacking < _ENOUGH)
        if alone or (o.undefined.kind != "domain" and _vanishes(function, o.point)):
            continue  # det(X'*A*X) is 0 for every wide X: nobody means its derivative there
        if o.undefined.kind == "lost" or is_undefined_around(claim, o.point):
            return o
    return None


def _vanishes(function: Expr, point: Point) -> bool:
    """Whether the function is zero there up to rounding."""
    (value,) = evaluate_rounded([function], point.values, point.sizes)
    return value is not None and bool((np.abs(value.value) <= _ROUNDING * value.error).all())


def _undefined(q: JudgedClaim, seen: Comparison, o: Observation, first: Expr, second: Expr, domain: Domain) -> Verdict:
    assert o.undefined is not None
    part = o.undefined.part
    needs = part.op.domain.format(*[to_text(a) for a in part.args]) if part.op.domain else ""
    needs = f", which needs {needs}" if needs else ""
    reason = f"the claim has no value where the function has a derivative: {to_text(part)} has none there{needs}"
    order = seen.order_without_a_value()
    if order is not None:
        a, b = order
        reason += f", nor at any point with {a} < {b}; where {a} >= {b} the claim is right"
    return Verdict(
        False,
        np.inf,
        0.0,
        reason,
        (o.point.sizes,),
        q.seed,
        (q.form,),
        points=len(seen.of("undefined")),
        counterexample=counterexample(first, second, o, domain, q.seed),
    )
