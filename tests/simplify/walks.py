"""Random rewriting by the laws of algebra: expressions equal to a first one, some of them shorter."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

from frechet.expr.node import Expr, postorder, substitute
from frechet.expr.structure import add, hadamard, mul, scale, transpose
from frechet.rules.linear import trace

__all__ = ["LAWS", "walk"]

STEPS = 40

Law = Callable[[Expr, random.Random], Expr | None]


def multiplied_out(e: Expr, choice: random.Random) -> Expr | None:
    """A*(B + C)*D = A*B*D + A*C*D, and so for scalars and elementwise products."""
    sums = [k for k, f in enumerate(e.args) if f.op is add] if e.op in (mul, scale, hadamard) else []
    if not sums:
        return None
    k = choice.choice(sums)
    return add(*[e.op(*e.args[:k], t, *e.args[k + 1 :]) for t in e.args[k].args])


def factored(e: Expr, choice: random.Random) -> Expr | None:
    """A*B + A*C = A*(B + C), A*C + B*C = (A + B)*C, s*A + s*B = s*(A + B)."""
    if e.op is not add:
        return None
    i, j = choice.sample(range(len(e.args)), 2)
    one, other = e.args[i], e.args[j]
    if one.op is not other.op or one.op not in (mul, scale, hadamard):
        return None
    if one.args[0] is other.args[0] and (one.op is not hadamard or one.args[0].shape == e.shape):
        inner = add(*[t.op(*t.args[1:]) for t in (one, other)])
        made = one.op(one.args[0], inner)
    elif one.args[-1] is other.args[-1] and one.op is mul:
        made = mul(add(*[mul(*t.args[:-1]) for t in (one, other)]), one.args[-1])
    else:
        return None
    return add(made, *[t for k, t in enumerate(e.args) if k not in (i, j)])


def reordered(e: Expr, choice: random.Random) -> Expr | None:
    """Terms, elementwise factors and scalars in another order."""
    if e.op not in (add, hadamard, scale):
        return None
    return e.op(*choice.sample(e.args, len(e.args)))


def turned(e: Expr, choice: random.Random) -> Expr | None:
    """A*B = (B'*A')', A + B = (A' + B')', x'*A*y = y'*A'*x."""
    if e.op not in (mul, add):
        return None
    parts = [transpose(f) for f in e.args]
    return transpose(e.op(*(reversed(parts) if e.op is mul else parts)))


def rotated(e: Expr, choice: random.Random) -> Expr | None:
    """tr(A*B) = tr(B*A)."""
    if e.op is not trace or e.args[0].op is not mul:
        return None
    first, *rest = e.args[0].args
    return trace(mul(*rest, first))


LAWS: tuple[Law, ...] = (multiplied_out, factored, reordered, turned, rotated)


def walk(start: Expr, seed: int) -> Iterator[Expr]:
    """Expressions equal to the first."""
    choice, e = random.Random(seed), start
    for _ in range(STEPS):
        part = choice.choice(postorder(e))
        other = choice.choice(LAWS)(part, choice)
        if other is not None and other.shape == part.shape:
            e = substitute(e, {part: other})
            yield e
