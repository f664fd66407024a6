"""Sums: like terms are collected, then common factors are pulled out where that is shorter."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Generator, Iterable
from fractions import Fraction
from threading import local
from typing import Any

from frechet.budgets import tick
from frechet.expr.memos import table
from frechet.expr.node import Expr
from frechet.expr.sizes import ONE, Size
from frechet.expr.structure import ONES, add, coefficient, eye, hadamard, mul, pow, scale, transpose, zeros
from frechet.rules.inverse import adj, det, inv, matpow
from frechet.rules.linear import trace
from frechet.simplify.blocks import written_sum
from frechet.simplify.canonical import canonical, canonical_transpose
from frechet.simplify.expansion import has_several_sums, multiplied_out, over_products
from frechet.simplify.factors import identity_multiplied_out, with_factor_replaced
from frechet.simplify.fractions import over_one_denominator
from frechet.simplify.order import length, reading_order
from frechet.simplify.registry import identity, normal_form
from frechet.simplify.relations import related
from frechet.simplify.repeated import with_repeated_sum
from frechet.simplify.terms import Term, build, multiply, term_of
from frechet.simplify.without import without

__all__ = ["sum_of_terms"]

_EYE = eye(2).op


class _Pending(local):
    """The sums that this thread is bringing over one denominator."""

    def __init__(self) -> None:
        self.sums: set[Expr] = set()


_PENDING = _Pending()


@normal_form(add)
def normal_add(node: Expr) -> Expr:
    written = written_sum(node.args) if not node.is_scalar else None
    if written is not None:
        return written
    terms = _reduced(_flat_terms(node.args))
    plain = sum_of_terms(terms, node.rows, node.cols)
    candidates = [sum_of_terms(found, node.rows, node.cols) for found in (_met(terms), _inverses(terms)) if found]
    if plain not in _PENDING.sums:  # a denominator that is multiplied in again comes back to the sum
        _PENDING.sums.add(plain)
        try:
            fraction = _fraction(terms, node)
        finally:
            _PENDING.sums.remove(plain)
        candidates += [] if fraction is None else [fraction]
    return min([plain, *candidates], key=length)


def _fraction(terms: list[Term], node: Expr) -> Expr | None:
    """The sum over one denominator, where numerators cancel."""
    found = over_one_denominator(terms)
    if found is None:
        return None
    front, numerators = found
    opened = _reduced(_met(numerators) or _reduced(_flat_terms(map(build, numerators))))
    if len(opened) > len(terms):
        return None
    above = sum_of_terms(opened, node.rows, node.cols)
    below = build(front)
    return canonical(scale(below, above) if below.is_scalar else hadamard(above, below))


@identity(trace, mul, scale)
def shorter_multiplied_out(node: Expr) -> Expr | None:
    """A product of sums multiplied out, where terms merge and that is shorter: (eye - P)*(eye + P) = eye - P^2; so is
    (t*y - x)'*y/(y'*y) = t - x'*y/(y'*y)."""
    terms = _met([term_of(node)]) if has_several_sums(node) else over_products(node)
    if terms is None:
        return None
    other = sum_of_terms(terms, node.rows, node.cols)
    return other if length(other) < length(node) else None


def _inverses(terms: list[Term]) -> list[Term] | None:
    """The terms with adj(A) as det(A)*inv(A), where inv(A) stands in another term; None without any."""
    inverted = {f.args[0] for t in terms for f in _factors(t) if f.op is inv}
    found = [_with_inverse(t, inverted) for t in terms] if inverted else terms
    return None if found == terms else found


def _factors(t: Term) -> Iterable[Expr]:
    """The matrices that are multiplied in a term, in its traces and scalar products too."""
    products = [base.args[0] if base.op is trace else base for base, exponent in t.scalars if exponent == 1]
    for m in products if t.matrix is None else [*products, t.matrix]:
        for f in m.args if m.op is mul else (m,):
            yield f.args[0] if f.op is transpose else f


def _with_inverse(t: Term, inverted: set[Expr]) -> Term:
    """det(A)*inv(A) in the place of the first adj(A)."""
    for part in (t.matrix, *[base for base, exponent in t.scalars if exponent == 1]):
        product = part.args[0] if part is not None and part.op is trace else part
        for f in _factors(Term(t.coefficient, (), product)):
            if f.op is adj and product is not None and part is not None and (A := f.args[0]) in inverted:
                replaced = with_factor_replaced(product, f, inv(A))
                assert replaced is not None
                made = canonical(replaced if part is product else trace(replaced))
                rest = t._replace(matrix=None if part is t.matrix else t.matrix)
                if part is not t.matrix:
                    rest = rest._replace(scalars=tuple((b, k) for b, k in t.scalars if b is not part))
                return multiply([rest, Term(Fraction(1), ((det(A), Fraction(1)),), None), term_of(made)])
    return t


def _met(terms: list[Term]) -> list[Term] | None:
    """The terms with those multiplied out of which some then merge, with each other or among themselves; None without any."""
    if len(terms) > _FEW:
        return None
    opened = [multiplied_out(t) for t in terms]
    if all(o is None for o in opened):
        return None
    lists = [o or [t] for o, t in zip(opened, terms, strict=True)]
    total = 0
    for one in lists:
        total += len(one)
    if total > _TOGETHER:
        return None
    chosen: set[int] = set()
    for i, one in enumerate(lists):
        if opened[i] is not None and len(_reduced(one)) < len(one):
            chosen.add(i)
        for j in range(i):
            if (opened[i] or opened[j]) is not None and not {i, j} <= chosen:
                both = [*one, *lists[j]]
                if len(_reduced(both)) < len(both):
                    chosen |= {i, j}
    if not chosen:
        if len(lists) == 1 or total > _SHORT:
            return None
        chosen = set(range(len(lists)))
    return [t for i, one in enumerate(lists) for t in (one if i in chosen else [terms[i]])]


def _reduced(terms: list[Term]) -> list[Term]:
    return related(_collected(terms))


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


_UNIT = Fraction(1)


def _collected(terms: list[Term]) -> list[Term]:
    """Like terms added up; zero terms dropped."""
    if len({(t.matrix, *[base for base, _ in t.scalars]) for t in terms}) == len(terms):  # no two are alike
        return [t for t in terms if t.coefficient]
    total: dict[Term, Fraction] = {}
    for c, scalars, matrix in terms:
        key = Term(_UNIT, scalars, matrix)
        total[key] = total[key] + c if key in total else c
    return [Term(c, scalars, matrix) for (_, scalars, matrix), c in total.items() if c]


Task = Generator["Task", Any, Any]
"""Factoring calls for sums inside of sums, as deep as the terms are long: a step that needs one yields it."""
Known = dict[tuple[Expr, ...], Expr]
"""Sums that are factored already, by their terms: the groupings that are tried lead to the same ones again and again."""


def sum_of_terms(terms: list[Term], rows: Size, cols: Size) -> Expr:
    """The canonical sum of canonical terms of shape rows×cols."""
    tasks: list[Task] = [_sum(table("sums"), terms, rows, cols)]
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
    """Groups terms as long as that makes the sum shorter: what is multiplied out again does not."""
    asked: list[tuple[Expr, ...]] = []
    before: list[Expr] | None = None
    while True:
        terms = related(_collected(terms))
        if not terms:
            result = zeros(rows, cols)
            break
        if len(terms) > 1:
            built = sorted([(build(t), t) for t in terms], key=lambda b: reading_order(b[0]))
            parts, terms = [e for e, _ in built], [t for _, t in built]
            found = known.get(tuple(parts))
            if found is not None:
                result = found
                break
            if before is not None and _length_of_sum(parts) >= _length_of_sum(before):
                result = add(*before)
                break
            before = parts
            asked.append(tuple(parts))
            factored = yield _common_scalars(known, terms, parts, rows, cols)
            if factored is not None:
                result = factored
                break
            repeated = with_repeated_sum(terms) if len(terms) <= _FEW else None
            if repeated is not None:
                terms = repeated
                continue
            grouped = yield _common_factors(known, terms, parts, rows, cols)
            if len(grouped) == 1:
                terms = grouped[0]
                continue
            candidates: list[Expr] = []
            for other in grouped:
                if _length_of_sum([build(t) for t in other]) < _length_of_sum(parts):
                    candidates.append((yield _sum(known, other, rows, cols)))
            result = min([*candidates, add(*parts)], key=length)
        else:
            result = build(terms[0])
        break
    known.update(dict.fromkeys(asked, result))
    return result


def _length_of_sum(parts: list[Expr]) -> int:
    return sum([length(p) for p in parts]) + len(parts)


# --- common factors -------------------------------------------------------------------------------


def _common_scalars(known: Known, terms: list[Term], parts: list[Expr], rows: Size, cols: Size) -> Task:
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
    value = _shared_number(terms)
    if not shared and value is _UNIT:
        return None
    common = Term(value, tuple((b, e) for b, e in terms[0].scalars if b in shared), None)
    common = common._replace(scalars=tuple((b, shared[b]) for b, _ in common.scalars))
    inverse = Term(1 / value, tuple((b, -e) for b, e in common.scalars), None)
    inner = yield _sum(known, [multiply([inverse, t]) for t in terms], rows, cols)
    candidate = canonical(scale(build(common), inner))
    return candidate if length(candidate) < length(add(*parts)) else None


def _shared_number(terms: list[Term]) -> Fraction:
    """The number that all terms have, but for signs."""
    above, below = terms[0].coefficient.as_integer_ratio()
    if above in (1, -1) and below == 1:
        return _UNIT
    value = abs(terms[0].coefficient)
    return value if all(abs(t.coefficient) == value for t in terms) else _UNIT


def _common_factors(known: Known, terms: list[Term], parts: list[Expr], rows: Size, cols: Size) -> Task:
    """The terms with a group of those that share a factor replaced, the one whose grouping saves most first; of a few terms the
    next best ones too, of a long sum all groups that save something together, in the order of what they promise (one at a time
    costs the square).
    """
    groups: dict[tuple, list[int]] = defaultdict(list)
    for i, t in enumerate(terms):
        for handle in dict.fromkeys(_handles(t)):
            groups[handle].append(i)
    ranked = [(_estimate(handle, members), handle, members) for handle, members in groups.items() if len(members) > 1]
    if not ranked:
        return []
    ranked.sort(key=lambda g: -g[0])
    is_long, is_short = len(terms) > _LONG, 2 < len(terms) <= _BRANCHING
    best = 0
    taken: set[int] = set()
    replaced: list[Expr] = []
    found: list[tuple[int, set[int], list[Expr]]] = []
    for estimate, handle, members in ranked if is_long else ranked[:_TRIED]:
        if is_long:
            members = [i for i in members if i not in taken]
            estimate = _estimate(handle, members)
        if len(members) < 2 or estimate <= 0 or (best >= estimate and not is_long and not is_short):
            if is_long:
                continue
            break
        if handle[0] in ("left", "right", "hadamard") and all(terms[i].matrix is handle[1] for i in members):
            continue  # the whole matrix is shared, which is a grouping of its own
        members = _with_remainder(handle, members, terms)
        chosen = [terms[i] for i in members]
        candidate = yield _factored(known, handle, chosen, rows, cols)
        if candidate is None:
            continue
        saving = _length_of_sum([parts[i] for i in members]) - 1 - length(candidate)
        if handle[0] in ("left", "right") and any(t.matrix in (handle[1], None) for t in chosen):
            saving -= 0 if _is_bilinear(candidate) else _IDENTITY_INSIDE
        if handle[0] in ("left", "right") and any(_is_a_power_there(t, handle) for t in chosen):
            saving -= _POWER_APART
        if saving > 0 and is_long:
            taken.update(members)
            replaced.append(candidate)
        elif saving > 0 and not is_long:
            found.append((saving, set(members), [candidate]))
            best = max(best, saving)
    found = (
        [(0, taken, replaced)]
        if is_long
        else sorted(found, key=lambda one: -one[0])[: _ALTERNATIVES if is_short else 1]
    )
    return [
        [*[t for i, t in enumerate(terms) if i not in taken], *_flat_terms(replaced)]
        for _, taken, replaced in found
        if replaced
    ]


def _is_bilinear(candidate: Expr) -> bool:
    """Whether it is x'*(A + B)*y, alone or with scalars in front: what shares both ends reads well."""
    product = candidate.args[-1] if candidate.op is scale else candidate
    return product.is_scalar and product.op is mul and len(product.args) > 2 and product.args[1].op is add


def _is_a_power_there(t: Term, handle: tuple) -> bool:
    """Whether the first or last factor is a power of what is shared."""
    if t.matrix is None:
        return False
    factors = t.matrix.args if t.matrix.op is mul else (t.matrix,)
    end = factors[0 if handle[0] == "left" else -1]
    return end.op is matpow and end is not handle[1]


def _with_remainder(handle: tuple, members: list[int], terms: list[Term]) -> list[int]:
    """A*x + B*x + c*x groups as (A + B)*x + c*x: an identity inside the bracket reads badly."""
    if handle[0] not in ("left", "right"):
        return members
    longer = [i for i in members if terms[i].matrix is not handle[1]]
    return longer if len(longer) > 1 else members


_POWER_APART = 2  # X*(X*A + A*X) must save more than this over X^2*A + X*A*X
_IDENTITY_INSIDE = 4  # (A + eye)*x must save this much over A*x + x, and x'*(A*y + b) over x'*A*y + x'*b
_TRIED = 4  # groupings looked at closely
_BRANCHING = 4  # terms of a sum of which several groupings are followed to their ends
_ALTERNATIVES = 2  # groupings
_LONG = 64  # terms of a long sum
_FEW = 12  # terms of a sum that is multiplied out
_TOGETHER = 16  # terms that a sum has when it is multiplied out
_SHORT = 4  # terms of a sum that is multiplied out to see whether that is shorter, though no terms merge


def _handles(t: Term) -> Iterable[tuple]:
    """What this term might share with another: its first, last or elementwise factor, its matrix, its scalars."""
    m = t.matrix
    if m is None:
        for base, exponent in t.scalars:
            yield ("scalar", base)
            if base.op is mul and exponent == 1:  # x'*A*y is y'*A'*x too
                yield ("left", base.args[0])
                yield ("left", canonical_transpose(base.args[-1]))
        return
    if t.scalars:
        if len(t.scalars) > 1:
            yield ("scalars", t.scalars)
        yield from (("scalar", base) for base, _ in t.scalars)
        if m.cols is ONE:  # (r'*c)*b is b*c'*r
            for base, exponent in t.scalars:
                if base.op is mul and exponent == 1:
                    yield from (("right", r) for r in (base.args[-1], canonical_transpose(base.args[0])) if r.op is add)
    yield ("matrix", m)
    for f in m.args if m.op is hadamard else (m,):
        if m.op is hadamard or f.op in (hadamard, pow) or f.op.elementwise:
            yield ("hadamard", f)
        if m.op is hadamard and m.cols is ONE and f.op is mul:  # x.*(A*y) is diag(x)*A*y
            yield ("right", f.args[-1])
    if m.op is _EYE:  # what is left of eye without eye is eye again
        return
    factors = m.args if m.op is mul else (m,)
    for kind, f in (("left", factors[0]), ("right", factors[-1])):
        yield (kind, f)
        if f.op is matpow:
            yield (kind, f.args[0])


def _estimate(handle: tuple, members: list[int]) -> int:
    kind, shared = handle
    size = sum(length(b) for b, _ in shared) if kind == "scalars" else length(shared)
    return (len(members) - 1) * (size + 1)


def _factored(known: Known, handle: tuple, terms: list[Term], rows: Size, cols: Size) -> Task:
    kind, shared = handle
    if kind in ("left", "right") and any(t.matrix is None for t in terms) and shared.rows is not ONE:
        return None
    if kind == "scalar":
        return (yield _scalar_factored(known, shared, terms, rows, cols))
    if kind == "scalars":
        inner = yield _sum(known, [t._replace(scalars=()) for t in terms], rows, cols)
        return canonical(scale(build(Term(Fraction(1), shared, None)), inner))
    if kind == "matrix":
        inner = yield _sum(known, [t._replace(matrix=None) for t in terms], ONE, ONE)
        return canonical(scale(inner, shared))
    parts = [canonical(without(kind, shared, t)) for t in terms]
    inner = canonical((yield _sum(known, _flat_terms(parts), *parts[0].shape)))
    if kind == "hadamard" and inner.op is add and any(map(_is_number_on_ones, inner.args)):
        return None  # over_vector_and_number would multiply it out again
    made = mul(shared, inner) if kind == "left" else mul(inner, shared) if kind == "right" else hadamard(inner, shared)
    product = made.args[-1] if made.op is scale else made
    if product.op is mul and identity_multiplied_out(product) is not None:
        return None
    return canonical(made)


def _is_number_on_ones(t: Expr) -> bool:
    """c*ones, with a number c that is no constant."""
    return t.op is scale and t.args[-1].op is ONES and coefficient(t.args[-2]) is None


def _scalar_factored(known: Known, base: Expr, terms: list[Term], rows: Size, cols: Size) -> Task:
    exponents = [dict(t.scalars)[base] for t in terms]
    if min(exponents) * max(exponents) < 0:
        return None
    exponent = min(exponents) if exponents[0] > 0 else max(exponents)
    inverse = Term(_UNIT, ((base, -exponent),), None)
    inner = yield _sum(known, [multiply([inverse, t]) for t in terms], rows, cols)
    return canonical(scale(build(Term(_UNIT, ((base, exponent),), None)), inner))
