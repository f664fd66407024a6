"""Matrix products: neighbours that combine, 1×1 pieces taken out in front, ones absorbed as sums."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from inspect import signature

from frechet.expr.node import Expr, Operation
from frechet.expr.properties import has
from frechet.expr.sizes import ONE
from frechet.expr.structure import (
    SYMBOL,
    add,
    coefficient,
    differential_of,
    eye,
    hadamard,
    is_differential,
    mul,
    number,
    ones,
    scale,
    size_value,
    transpose,
)
from frechet.rules.inverse import adj, det, inv, matpow, power
from frechet.rules.linear import colsum, diagm, rowsum, sum
from frechet.simplify.canonical import canonical, canonical_transpose
from frechet.simplify.order import order_key
from frechet.simplify.registry import normal_form

__all__ = ["cancellation", "least_rotation", "oriented_chain"]

_ONES = ones(2, 2).op


@normal_form(mul)
def normal_mul(node: Expr) -> Expr:
    scalars: list[Expr] = []
    chain: list[Expr] = []
    pending = list(reversed(node.args))
    while pending:
        f = pending.pop()
        if f.op is scale and not f.is_scalar:
            scalars.extend(f.args[:-1])
            f = f.args[-1]
        if f.op is mul and not f.is_scalar:
            pending.extend(reversed(f.args))
            continue
        if f.is_scalar:
            scalars.append(f)
            continue
        if f.op is add and all(_is_negative(t) for t in f.args):  # (-A - B)*x = -(A + B)*x
            scalars.append(number(-1))
            f = _negative(f)
        if chain:
            joined = _combine(chain[-1], f)
            if joined is not None:
                chain.pop()
                pending.append(canonical(joined))
                continue
            if _cancel(chain, f, pending) or _complete_inverse(chain, f, pending):
                continue
        if f.op is not _EYE or (not chain and not pending):
            chain.append(f)
    _orient_squares(chain, scalars)
    core = _pieces(chain, scalars) if chain else eye(node.rows)
    return canonical(scale(*scalars, core)) if scalars else core


def _orient_squares(chain: list[Expr], scalars: list[Expr]) -> None:
    """(y - x)*(x - y)' = -(x - y)*(x - y)': of a sum and its negative, turned or not, both are the one with fewer minus signs,
    the later one of two with as many. (Of skew terms a sum and its negative, turned, may have as few: they stay.)"""
    sums = [i for i, f in enumerate(chain) if f.op is add] if len(chain) > 1 else []
    for n, i in enumerate(sums[:-1]):
        for j in sums[n + 1 :]:
            if not _are_opposite(chain[i], chain[j]):
                continue
            if _minus_signs(chain[i]) >= 0:
                chain[i] = _negative(chain[i])
            elif _minus_signs(chain[j]) > 0:
                chain[j] = _negative(chain[j])
            else:
                continue
            scalars.append(number(-1))
            break


def _are_opposite(a: Expr, b: Expr) -> bool:
    """Whether one sum is the negative of the other, or of its transpose, and not the same."""
    if a is b or len(a.args) != len(b.args) or (a.shape != b.shape and a.shape != b.shape[::-1]):
        return False
    if sorted(map(_bulk, a.args)) != sorted(map(_bulk, b.args)):
        return False
    negated = {canonical(-t) for t in a.args}
    return negated in ({*b.args}, {*canonical_transpose(b).args})


def _minus_signs(total: Expr) -> int:
    """How many more terms of a sum are negative than are not."""
    return 2 * len([t for t in total.args if _is_negative(t)]) - len(total.args)


def _bulk(t: Expr) -> int:
    """The size of a term, without its number."""
    return t.args[-1].bulk if t.op is scale and coefficient(t.args[0]) is not None and len(t.args) == 2 else t.bulk


def _negative(total: Expr) -> Expr:
    return canonical(add(*[-t for t in total.args]))


def _is_negative(t: Expr) -> bool:
    return t.op is scale and (coefficient(t.args[0]) or 0) < 0


_EYE = eye(2).op

Cancellation = Callable[..., Expr | None]
_cancellations: list[tuple[int, frozenset[Operation], Cancellation]] = []


def cancellation(*ops: Operation) -> Callable[[Cancellation], Cancellation]:
    """Declares an identity of two or three neighbours in a product: canonical factors -> fewer factors, or None.

    One of the neighbours, or what it is the transpose of, is of one of these operations; without any, the law is always tried.
    """

    def file(law: Cancellation) -> Cancellation:
        _cancellations.append((len(signature(law).parameters), frozenset(ops), law))
        return law

    return file


@lru_cache(maxsize=512)
def _laws_about(ops: frozenset[Operation]) -> list[tuple[int, Cancellation]]:
    """The cancellations of factors of these operations, each with the number of its factors."""
    return [(count, law) for count, of, law in _cancellations if not (of and of.isdisjoint(ops))]


def _cancel(chain: list[Expr], f: Expr, pending: list[Expr]) -> bool:
    """Applies the first cancellation at the end of the chain with f; the result is pending, to combine again."""
    for count, law in _laws_about(frozenset(map(_inner_op, [f, *chain[-2:]]))):
        if len(chain) >= count - 1:
            neighbours = [*chain[len(chain) - count + 1 :], f]
            product = law(*neighbours)
            if product is not None:
                del chain[len(chain) - count + 1 :]
                pending.append(canonical(product))
                return True
    return False


def _complete_inverse(chain: list[Expr], f: Expr, pending: list[Expr]) -> bool:
    """inv(A*B)*A*B = eye, A*B*inv(A*B) = eye: where f completes one of them at the end of the chain, nothing is left."""
    factors = _inverted(f)
    if factors and tuple(chain[-len(factors) :]) == factors:
        del chain[-len(factors) :]
        pending.append(eye(f.rows))
        return True
    for start in range(len(chain) - 1, max(len(chain) - _LONGEST, 0) - 1, -1):
        factors = _inverted(chain[start])
        if factors and factors == (*chain[start + 1 :], f):
            del chain[start:]
            pending.append(eye(f.cols))
            return True
    return False


_LONGEST = 8  # factors of a product under an inverse that are looked for


def _inverted(f: Expr) -> tuple[Expr, ...]:
    """The factors of A*B when f is inv(A*B)."""
    turned = f.op is transpose
    inner = f.args[0] if turned else f
    if inner.op is not inv or inner.args[0].op is not mul:
        return ()
    return (canonical_transpose(inner.args[0]) if turned else inner.args[0]).args


# --- neighbours -----------------------------------------------------------------------------------


def _base(f: Expr) -> tuple[Expr, int]:
    """A factor as (A, k) with A^k = f."""
    turned = f.op is transpose
    inner = f.args[0] if turned else f
    k = 1
    if inner.op is matpow:
        k, inner = inner.params[0], inner.args[0]
    if inner.op is inv:
        k, inner = -k, inner.args[0]
    if k == 1:
        return f, 1
    return (canonical_transpose(inner) if turned else inner), k


def _combine(a: Expr, b: Expr) -> Expr | None:
    """The product of two neighbours as something simpler, or None."""
    if a.op is _EYE:
        return b
    if a.rows is a.cols and b.rows is b.cols:
        if a is b and a.op.idempotent:
            return a
        if a is b and a.op is _ONES:
            return scale(size_value(params=(a.rows,)), a)
        (A, i), (B, j) = _base(a), _base(b)
        if A is B:
            k = i + j
            return eye(A.rows) if k == 0 else power(A, k) if k > 0 else power(inv(A), -k)
        if has(a, "orthogonal") and canonical_transpose(a) is b:
            return eye(a.rows)
        if _is_adjugate_of(a, b) or _is_adjugate_of(b, a):
            return scale(det(a if b.op is adj or _inner_op(b) is adj else b), eye(a.rows))
    if a.rows is ONE and b.cols is ONE:
        x = canonical_transpose(a)
        if x is b and has(b, "unit"):
            return number(1)
        if _is_tangent(x, b) or _is_tangent(b, x):
            return number(0)
    if a.op is diagm and b.op is diagm:
        return diagm(hadamard(a.args[0], b.args[0]))
    if a.op is diagm and b.cols is ONE:
        return hadamard(a.args[0], b)
    if b.op is diagm and a.rows is ONE:
        return transpose(hadamard(canonical_transpose(a), b.args[0]))
    return None


def _is_tangent(x: Expr, dx: Expr) -> bool:
    """Whether dx is the differential of a unit vector x: x'*dx = 0."""
    return x.op is SYMBOL and has(x, "unit") and differential_of(x) is dx


def _inner_op(f: Expr) -> Operation:
    return f.args[0].op if f.op is transpose else f.op


def _is_adjugate_of(a: Expr, b: Expr) -> bool:
    """Whether a = adj(b)."""
    if a.op is adj:
        return a.args[0] is b
    return a.op is transpose and a.args[0].op is adj and canonical_transpose(a.args[0].args[0]) is b


# --- pieces ---------------------------------------------------------------------------------------


def _pieces(chain: list[Expr], scalars: list[Expr]) -> Expr:
    """Cuts the chain where an inner size is 1: x*(y'*z)*w' has the scalar y'*z and the matrix x*w'."""
    chain = _split_ones(chain)
    pieces: list[list[Expr]] = [[]]
    for i, f in enumerate(chain):
        pieces[-1].append(f)
        if i + 1 < len(chain) and f.cols is ONE:
            pieces.append([])
    outer: list[Expr] = []
    for piece in pieces:
        if piece[0].rows is ONE and piece[-1].cols is ONE:
            scalars.append(_scalar_piece(piece))
        else:
            outer.extend(_absorb_ones(piece))
    if not outer:
        return scalars.pop()
    if len(outer) == 2 and all(f.op is _ONES for f in outer):
        return ones(outer[0].rows, outer[1].cols)
    return outer[0] if len(outer) == 1 else mul(*outer)


def _split_ones(chain: list[Expr]) -> list[Expr]:
    """ones(m,n) = ones(m)*ones(n)' beside other factors, so that each side becomes a sum."""
    if len(chain) == 1:
        return chain
    split: list[Expr] = []
    for f in chain:
        if f.op is _ONES and f.rows is not ONE and f.cols is not ONE:
            split += [ones(f.rows), ones(1, f.cols)]
        else:
            split.append(f)
    return split


def _absorb_ones(piece: list[Expr]) -> list[Expr]:
    """A*ones(n) = rowsum(A), ones(m)'*A = colsum(A)'."""
    if len(piece) > 1 and piece[-1].op is _ONES:
        piece = [*piece[:-2], canonical(rowsum(piece[-2]))]
        return list(piece[0].args) if len(piece) == 1 and piece[0].op is mul else piece
    if len(piece) > 1 and piece[0].op is _ONES:
        return [canonical(transpose(colsum(piece[1]))), *piece[2:]]
    return piece


def _scalar_piece(piece: list[Expr]) -> Expr:
    """A 1×1 chain, turned the way that reads best; with ones at an end it is a sum."""
    if piece[0].op is _ONES:
        return canonical(sum(mul(*piece[1:]) if len(piece) > 2 else piece[1]))
    if piece[-1].op is _ONES:
        return canonical(sum(mul(*piece[:-1]) if len(piece) > 2 else piece[0]))
    return mul(*oriented_chain([piece]))


def least_rotation(factors: list[Expr]) -> list[Expr]:
    """Of the rotations of a product and of its transpose the one that `oriented_chain` prefers."""
    n = len(factors)
    chains = (factors, [canonical_transpose(f) for f in reversed(factors)])
    found = [
        (len([f for f in chain if f.op is transpose]), not is_differential(chain[i - 1]), chain[i - 1].op is transpose)
        for chain in chains
        for i in range(n)
    ]
    best = min(found)
    starts = [divmod(k, n) for k, key in enumerate(found) if key == best]
    for p in range(n):  # by order, factor by factor: one is left soon, or all of them are the same product
        keys = [order_key(chains[c][(i + p) % n]) for c, i in starts]
        least = min(keys)
        starts = [start for start, key in zip(starts, keys, strict=True) if key == least]
        if len(starts) == 1:
            break
    c, i = starts[0]
    return chains[c][i:] + chains[c][:i]


def oriented_chain(candidates: list[list[Expr]]) -> list[Expr]:
    """The candidate, or the transpose of one, with fewest transposes; then differentials late; then by order."""
    best, best_key = candidates[0], None
    for chain in candidates:
        for turned in (chain, [canonical_transpose(f) for f in reversed(chain)]):
            key = (
                len([f for f in turned if f.op is transpose]),
                not is_differential(turned[-1]),
                turned[-1].op is transpose,  # tr(X'*X) rather than tr(X*X')
                [order_key(f) for f in turned],
            )
            if best_key is None or key < best_key:
                best, best_key = turned, key
    return best
