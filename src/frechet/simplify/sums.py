"""Sums and scaled terms: like terms are collected, then common factors are pulled out where that is shorter."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Generator, Iterable
from fractions import Fraction
from typing import Any

from frechet.budgets import tick
from frechet.expr.node import Expr
from frechet.expr.sizes import ONE, Size
from frechet.expr.structure import add, eye, hadamard, mul, scale, zeros
from frechet.rules.elementwise import cosh, exp, sinh
from frechet.rules.inverse import adj, det, inv
from frechet.simplify.canonical import canonical
from frechet.simplify.order import length, order_key, reading_order
from frechet.simplify.registry import normal_form
from frechet.simplify.terms import Powers, Term, build, multiply, term_of

__all__ = ["sum_of_terms"]

_EYE = eye(2).op


@normal_form(scale)
def normal_scale(node: Expr) -> Expr:
    terms = [term_of(a) for a in node.args]
    term = multiply(terms)
    return _without_adjugate(term)


def _without_adjugate(term: Term) -> Expr:
    """det(A)^-k · adj(A) = det(A)^(1-k) · inv(A)."""
    for base, exponent in term.scalars:
        if base.op is det and exponent < 0 and term.matrix is not None:
            A = base.args[0]
            replaced = _replace_factor(term.matrix, adj(A), inv(A))
            if replaced is not None:
                raised = multiply([term._replace(matrix=None), Term(Fraction(1), ((base, Fraction(1)),), None)])
                return canonical(scale(build(raised), replaced))
    return build(_with_sign_inside(term))


def _with_sign_inside(term: Term) -> Term:
    """-A*(D - P - Q)*B = A*(P + Q - D)*B: the sign goes into a sum with mostly negative terms."""
    if term.coefficient > 0 or term.matrix is None:
        return term
    factors = term.matrix.args if term.matrix.op is mul else (term.matrix,)
    for i, f in enumerate(factors):
        if f.op is add and 2 * sum([1 for t in f.args if term_of(t).coefficient < 0]) > len(f.args):
            turned = canonical(add(*[-t for t in f.args]))
            product = mul(*factors[:i], turned, *factors[i + 1 :]) if len(factors) > 1 else turned
            return Term(-term.coefficient, term.scalars, canonical(product))
    return term


def _replace_factor(matrix: Expr, old: Expr, new: Expr) -> Expr | None:
    """The product with the first factor that is `old` (or its transpose) replaced, or None."""
    factors = matrix.args if matrix.op is mul else (matrix,)
    for i, f in enumerate(factors):
        if f is old:
            return mul(*factors[:i], new, *factors[i + 1 :])
        if f is old.T:
            return mul(*factors[:i], new.T, *factors[i + 1 :])
    return None


@normal_form(add)
def normal_add(node: Expr) -> Expr:
    return sum_of_terms(_flat_terms(node.args), node.rows, node.cols)


def _flat_terms(args: Iterable[Expr]) -> list[Term]:
    """The terms, with sums inside opened: -(A - B) contributes -A and B."""
    terms: list[Term] = []
    for a in args:
        term = term_of(a)
        inner = _opened(term)
        terms.extend(inner if inner is not None else [term])
    return terms


def _opened(term: Term) -> list[Term] | None:
    """The terms of c·(A + B), c a number, or None when the term is no such thing."""
    value, scalars, matrix = term
    if not scalars and matrix is not None and matrix.op is add:
        return [t._replace(coefficient=value * t.coefficient) for t in map(term_of, matrix.args)]
    if matrix is None and len(scalars) == 1 and scalars[0][0].op is add and scalars[0][1] == 1:
        return [t._replace(coefficient=value * t.coefficient) for t in map(term_of, scalars[0][0].args)]
    return None


def _collected(terms: list[Term]) -> list[Term]:
    """Like terms added up; zero terms dropped."""
    total: dict[tuple[Powers, Expr | None], Fraction] = defaultdict(Fraction)
    for t in terms:
        total[t.scalars, t.matrix] += t.coefficient
    return [Term(c, scalars, matrix) for (scalars, matrix), c in total.items() if c]


def _hyperbolic(terms: list[Term]) -> list[Term]:
    """exp(x) + exp(-x) = 2*cosh(x), exp(x) - exp(-x) = 2*sinh(x)."""
    by_matrix = {t.matrix: t for t in terms if t.matrix is not None and t.matrix.op is exp}
    for matrix, t in by_matrix.items():
        mirror = by_matrix.get(canonical(exp(-matrix.args[0])))
        if (
            mirror is None
            or mirror is t
            or mirror.scalars != t.scalars
            or abs(mirror.coefficient) != abs(t.coefficient)
        ):
            continue
        turned = mirror.matrix is not None and order_key(mirror.matrix) < order_key(matrix)
        first, argument = (mirror, -matrix.args[0]) if turned else (t, matrix.args[0])
        function = cosh if t.coefficient == mirror.coefficient else sinh
        joined = Term(2 * first.coefficient, t.scalars, canonical(function(argument)))
        return [joined, *[u for u in terms if u is not t and u is not mirror]]
    return terms


Task = Generator["Task", Any, Any]
"""Factoring calls for sums inside of sums, as deep as the terms are long: a step that needs one yields it."""
Known = dict[tuple[Term, ...], Expr]
"""Sums that are factored already: the groupings that are tried lead to the same ones again and again."""


def sum_of_terms(terms: list[Term], rows: Size, cols: Size) -> Expr:
    """The canonical sum of canonical terms of shape rows×cols."""
    tasks: list[Task] = [_sum({}, terms, rows, cols)]
    value: Any = None
    while tasks:
        tick()
        try:
            asked = tasks[-1].send(value)
        except StopIteration as finished:
            tasks.pop()
            value = finished.value
        else:
            tasks.append(asked)
            value = None
    return value


def _sum(known: Known, terms: list[Term], rows: Size, cols: Size) -> Task:
    asked: list[tuple[Term, ...]] = []
    while True:
        terms = _hyperbolic(_collected(terms))
        if not terms:
            result = zeros(rows, cols)
            break
        if len(terms) > 1:
            terms = sorted(terms, key=lambda t: reading_order(build(t)))
            found = known.get(tuple(terms))
            if found is not None:
                result = found
                break
            asked.append(tuple(terms))
            factored = yield _common_scalars(known, terms, rows, cols)
            if factored is not None:
                result = factored
                break
            grouped = yield _common_factors(known, terms, rows, cols)
            if grouped is not None:
                terms = grouped
                continue
        parts = [build(t) for t in terms]
        result = parts[0] if len(parts) == 1 else add(*parts)
        break
    known.update(dict.fromkeys(asked, result))
    return result


# --- common factors -------------------------------------------------------------------------------


def _common_scalars(known: Known, terms: list[Term], rows: Size, cols: Size) -> Task:
    """s·A + s·B = s·(A + B) for the scalars and the number that all terms share; None where that is no shorter."""
    shared = dict(terms[0].scalars)
    for t in terms[1:]:
        powers = dict(t.scalars)
        for base in list(shared):
            mine, other = shared[base], powers.get(base)
            if other is None or (other > 0) != (mine > 0):
                del shared[base]
            elif abs(other) < abs(mine):
                shared[base] = other
    value = abs(terms[0].coefficient)
    if value == 1 or any(abs(t.coefficient) != value for t in terms):
        value = Fraction(1)
    if not shared and value == 1:
        return None
    common = Term(value, tuple((b, e) for b, e in terms[0].scalars if b in shared), None)
    common = common._replace(scalars=tuple((b, shared[b]) for b, _ in common.scalars))
    inverse = Term(1 / value, tuple((b, -e) for b, e in common.scalars), None)
    inner = yield _sum(known, [multiply([inverse, t]) for t in terms], rows, cols)
    candidate = canonical(scale(build(common), inner))
    plain = add(*[build(t) for t in terms])
    return candidate if length(candidate) < length(plain) else None


def _common_factors(known: Known, terms: list[Term], rows: Size, cols: Size) -> Task:
    """The terms with the group of those that share a factor replaced whose grouping saves most; None without any.

    Of a long sum, all groups that save something, in the order of what they promise: one at a time costs the square.
    """
    groups: dict[tuple, list[int]] = defaultdict(list)
    for i, t in enumerate(terms):
        for handle in _handles(t):
            groups[handle].append(i)
    ranked = sorted(
        ((_estimate(handle, members), n, handle, members) for n, (handle, members) in enumerate(groups.items())),
        key=lambda g: (-g[0], g[1]),
    )
    is_long = len(terms) > _LONG
    best = 0
    taken: set[int] = set()
    replaced: list[Expr] = []
    for estimate, _, handle, members in ranked if is_long else ranked[:_TRIED]:
        if is_long:
            members = [i for i in members if i not in taken]
            estimate = _estimate(handle, members)
        if len(members) < 2 or estimate <= 0 or (best >= estimate and not is_long):
            if is_long:
                continue
            break
        if handle[0] in ("left", "right") and all(terms[i].matrix is handle[1] for i in members):
            continue  # the whole matrix is shared, which is a grouping of its own
        members = _with_remainder(handle, members, terms)
        chosen = [terms[i] for i in members]
        candidate = yield _factored(known, handle, chosen, rows, cols)
        if candidate is None:
            continue
        saving = sum([length(build(t)) for t in chosen]) + len(chosen) - 1 - length(candidate)
        if any(t.matrix is handle[1] for t in chosen) and handle[0] in ("left", "right"):
            saving -= _IDENTITY_INSIDE
        if saving > 0 and is_long:
            taken.update(members)
            replaced.append(candidate)
        elif saving > best:
            best, taken, replaced = saving, set(members), [candidate]
    if not replaced:
        return None
    return [*[t for i, t in enumerate(terms) if i not in taken], *_flat_terms(replaced)]


def _with_remainder(handle: tuple, members: list[int], terms: list[Term]) -> list[int]:
    """A*x + B*x + c*x groups as (A + B)*x + c*x: an identity inside the bracket reads badly."""
    if handle[0] not in ("left", "right"):
        return members
    longer = [i for i in members if terms[i].matrix is not handle[1]]
    return longer if len(longer) > 1 else members


_IDENTITY_INSIDE = 4  # (A + eye)*x must save this much over A*x + x
_TRIED = 4  # groupings looked at closely
_LONG = 64  # terms of a long sum


def _handles(t: Term) -> Iterable[tuple]:
    """What this term might share with another: its first, last or elementwise factor, its matrix, its scalars."""
    m = t.matrix
    if m is None:
        for base, _ in t.scalars:
            yield ("scalar", base)
        return
    if t.scalars:
        yield ("scalars", t.scalars)
    yield ("matrix", m)
    if m.op is hadamard:
        for f in m.args:
            yield ("hadamard", f)
    if m.op is _EYE:  # what is left of eye without eye is eye again
        return
    factors = m.args if m.op is mul else (m,)
    yield ("left", factors[0])
    yield ("right", factors[-1])


def _estimate(handle: tuple, members: list[int]) -> int:
    kind, shared = handle
    size = sum(length(b) for b, _ in shared) if kind == "scalars" else length(shared)
    return (len(members) - 1) * (size + 1)


def _factored(known: Known, handle: tuple, terms: list[Term], rows: Size, cols: Size) -> Task:
    kind, shared = handle
    if kind == "scalar":
        return (yield _scalar_factored(known, shared, terms))
    if kind == "scalars":
        inner = yield _sum(known, [t._replace(scalars=()) for t in terms], rows, cols)
        return canonical(scale(build(Term(Fraction(1), shared, None)), inner))
    if kind == "matrix":
        inner = yield _sum(known, [t._replace(matrix=None) for t in terms], ONE, ONE)
        return canonical(scale(inner, shared))
    parts = [canonical(_without(kind, shared, t)) for t in terms]
    inner = yield _sum(known, _flat_terms(parts), *parts[0].shape)
    if kind == "left":
        return canonical(mul(shared, inner))
    return canonical(mul(inner, shared) if kind == "right" else hadamard(inner, shared))


def _scalar_factored(known: Known, base: Expr, terms: list[Term]) -> Task:
    exponents = [dict(t.scalars)[base] for t in terms]
    if min(exponents) * max(exponents) < 0:
        return None
    exponent = min(exponents) if exponents[0] > 0 else max(exponents)
    inverse = Term(Fraction(1), ((base, -exponent),), None)
    inner = yield _sum(known, [multiply([inverse, t]) for t in terms], ONE, ONE)
    return canonical(scale(build(Term(Fraction(1), ((base, exponent),), None)), inner))


def _without(kind: str, shared: Expr, t: Term) -> Expr:
    """The term with its first, last or elementwise factor taken away."""
    m = t.matrix
    assert m is not None
    front = build(t._replace(matrix=None))
    if kind == "hadamard":
        rest = list(m.args)
        rest.remove(shared)
        return scale(front, hadamard(*rest))
    if m.op is not mul:
        return scale(front, eye(m.cols if kind == "left" else m.rows))
    return scale(front, mul(*(m.args[1:] if kind == "left" else m.args[:-1])))
