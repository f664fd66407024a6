"""What functions of one argument add up to, and what they make as factors: lines of the language on their declarations.

`sums` are lines like `sin(a)^2 + cos(a)^2 = 1` and `relu(a) - relu(-a) = a`, `products` like `sin(a)/cos(a) = tan(a)`; they
hold for scalars and entry by entry. A line with the value 1 is met in a sum as `c*u*r + d*v*r + e*r`, with the same other
factors r: of the ways to write that with two of the three terms the shortest is taken, so that equal sums are written alike.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from functools import lru_cache
from importlib import import_module
from math import floor
from typing import Any, NamedTuple

from frechet.expr.node import Expr, Operation
from frechet.expr.structure import ONES, SYMBOL, add, coefficient, hadamard, ones, pow, scale
from frechet.simplify.canonical import canonical
from frechet.simplify.order import order_key
from frechet.simplify.terms import Powers, Term, multiply, power, power_of, term_of

__all__ = ["merged", "related"]

Rest = tuple[Powers, Expr | None]
"""What a term is without its coefficient."""
Sums = dict[Rest, Fraction]
"""Terms, each with its coefficient."""
Factors = dict[Expr, Fraction]
"""Powers of factors, by base."""


class _Line(NamedTuple):
    """a*f^p + b*g^q = value, or f^p*g^q = value for a product; `mirrored` where g is taken of the negative argument."""

    p: int
    a: Fraction
    g: Operation
    q: int
    b: Fraction
    mirrored: bool
    value: Expr

    def partner(self, f: Expr) -> Expr:
        """g(x), or g(-x), for f(x)."""
        return canonical(self.g(scale(-1, f.args[0])) if self.mirrored else self.g(*f.args))

    def of(self, f: Expr) -> Expr:
        """The value at the arguments of f."""
        return canonical(_filled(self.value, dict(zip("ab", f.args, strict=False))))


def _filled(e: Expr, given: Mapping[str, Expr]) -> Expr:
    """The value of a line, written for scalars, with arrays for its letters."""
    return given[e.name] if e.op is SYMBOL else e.op(*[_filled(a, given) for a in e.args], params=e.params)


@lru_cache(maxsize=256)
def _lines(op: Operation) -> tuple[_Line, ...]:
    return tuple(_read(op, line) for line in op.sums)


@lru_cache(maxsize=256)
def _products(op: Operation) -> tuple[_Line, ...]:
    return tuple(_read(op, line) for line in op.products)


def _read(op: Operation, line: str) -> _Line:
    """A line, with f the function of this operation; ValueError where there is no such function on the left."""
    read = import_module("frechet.language").read  # `import frechet` stays quick
    left, right = (read(side, {"a": "scalar", "b": "scalar"}, "text").expr for side in line.split(" = "))
    parts = [_apart(t) for t in left.args]
    plain = next((p for p in parts if p[1].op is op and p[1].args[0].op is SYMBOL), None)
    if plain is None or len(parts) != 2:
        raise ValueError(f"{line} is no line of {op.name}")
    (other,) = [p for p in parts if p is not plain]
    g = other[1]
    return _Line(plain[2], plain[0], g.op, other[2], other[0], g.args[0].op is scale, right)


def _apart(t: Expr) -> tuple[Fraction, Expr, int]:
    """c*f^k as (c, f, k)."""
    value = Fraction(1)
    if t.op is scale:
        value, t = coefficient(t.args[0]) or value, t.args[-1]
    if t.op is pow:
        return value, t.args[0], int(coefficient(t.args[1]) or 1)
    return value, t, 1


# --- sums ---------------------------------------------------------------------------------------------


def related(terms: list[Term]) -> list[Term]:
    """Like terms of a sum, with what these functions add up to."""
    functions = [f for t in terms for f, _ in _functions(t)]
    if not functions:
        return terms
    present = _Present(functions)
    total: Sums = {}
    for t in terms:
        _collect(total, t)
    for t in list(terms):
        for f, exponent in _functions(t):
            for line in _lines(f.op):
                if (t.scalars, t.matrix) not in total:
                    break
                if exponent < line.p:
                    continue
                if coefficient(line.value) == 1:
                    _by_relation(total, f, line, _without(t, f, line.p))
                elif exponent == 1 and (g := present.partner(line, f)) is not None:
                    _by_pair(total, f, g, line, _without(t, f, 1))
    return [Term(c, scalars, matrix) for (scalars, matrix), c in total.items() if c]


class _Present:
    """The functions that occur in a sum, found by what they are of: looking at each pair costs the square."""

    def __init__(self, functions: Iterable[Expr]):
        self.by_arguments = {(f.op, f.args): f for f in functions}
        self._by_multiple = {_multiple(f.op, f.args[0]): f for f in self.by_arguments.values()}
        self._count = Counter(op for op, _ in self.by_arguments)

    def partner(self, line: _Line, f: Expr) -> Expr | None:
        """The other function of the line, for f, where it occurs."""
        if self._count[line.g] <= (line.g is f.op):
            return None
        if not line.mirrored:
            return self.by_arguments.get((line.g, f.args))
        x = f.args[0]
        if x.op is not add:
            found = self._by_multiple.get(_multiple(line.g, x, -1))
            if found is not None or not any(a.op is add for a in x.args):
                return found
        return self.by_arguments.get((line.g, (canonical(scale(-1, x)),)))


def _multiple(op: Operation, x: Expr, sign: int = 1) -> tuple[Any, ...]:
    t = term_of(x)
    return op, sign * t.coefficient, t.scalars, t.matrix


def _collect(total: Sums, t: Term) -> None:
    key = t.scalars, t.matrix
    total[key] = total[key] + t.coefficient if key in total else t.coefficient


def _functions(t: Term) -> Iterator[tuple[Expr, Fraction]]:
    """The factors of a term that lines are about, with their powers."""
    for base, exponent in t.scalars:
        if base.op.sums:
            yield base, exponent
    m = t.matrix
    if m is not None:
        for f in m.args if m.op is hadamard else (m,):
            base, exponent = _power(f)
            if base.op.sums and not base.is_scalar:
                yield base, exponent


def _power(f: Expr) -> tuple[Expr, Fraction]:
    return (f, Fraction(1)) if f.op.sums else power_of(f)


def _without(t: Term, f: Expr, k: int) -> Term:
    """The term with f^-k times itself, without its coefficient."""
    if f.is_scalar:
        return multiply([Term(Fraction(1), t.scalars, t.matrix), Term(Fraction(1), ((f, Fraction(-k)),), None)])
    assert t.matrix is not None
    rest: list[Expr] = []
    for g in t.matrix.args if t.matrix.op is hadamard else (t.matrix,):
        base, exponent = _power(g)
        if base is not f:
            rest.append(g)
        elif exponent != k:
            rest.append(power(base, exponent - k))
    matrix = canonical(hadamard(*rest)) if rest else ones(*t.matrix.shape)
    return multiply([Term(Fraction(1), t.scalars, None), term_of(matrix)])


def _times(rest: Term, e: Expr) -> Term:
    """The term times a canonical elementwise factor."""
    if e.is_scalar:
        return multiply([rest, term_of(e)])
    assert rest.matrix is not None
    front = rest._replace(matrix=None)
    return multiply([front, term_of(canonical(hadamard(rest.matrix, e) if rest.matrix.op is not ONES else e))])


def _by_relation(total: Sums, f: Expr, line: _Line, rest: Term) -> None:
    """Rewrites c*u*r + d*v*r + e*r in the shortest way."""
    pair = ((f, line.p, line.a), (line.partner(f), line.q, line.b))
    (u, p, a), (v, q, b) = sorted(pair, key=lambda one: (one[0].op.name, order_key(one[0])))
    entries = [_times(rest, canonical(u**p)), _times(rest, canonical(v**q)), rest]
    if any(t.coefficient != 1 for t in entries):
        return
    keys = [(t.scalars, t.matrix) for t in entries]
    c, d, e = (total.get(k, Fraction(0)) for k in keys)
    difference = next((other for other in _lines(u.op) if other.a == -other.b and other.g is line.g), None)
    if difference is not None and (p, q, a, b) == (1, 1, 1, 1) and c - d == -2 * (d + e) != 0:
        for key in keys:
            total.pop(key, None)
        t = _times(rest, difference.of(u))
        _collect(total, t._replace(coefficient=(c - d) / 2 * t.coefficient))
        return
    least = min(
        ((c - k * a, d - k * b, e + k) for k in (Fraction(0), c / a, d / b, -e)),
        key=lambda found: (*_symbols(found, (3 * p, 3 * q, 1)), found),
    )
    if least == (c, d, e):
        return
    for key, value in zip(keys, least, strict=True):
        total.pop(key, None)
        if value:
            total[key] = value


def _symbols(found: tuple[Fraction, ...], lengths: tuple[int, ...]) -> tuple[int, int]:
    """How many terms there are, and about how many symbols."""
    present = [(c, n) for c, n in zip(found, lengths, strict=True) if c]
    return len(present), sum([n + (c not in (1, -1)) for c, n in present])


def _by_pair(total: Sums, f: Expr, g: Expr, line: _Line, rest: Term) -> None:
    """Rewrites c*(a*f*r + b*g*r) as c*value*r."""
    one, other = _times(rest, f), _times(rest, g)
    keys = [(one.scalars, one.matrix), (other.scalars, other.matrix)]
    c, d = (total.get(k, Fraction(0)) for k in keys)
    if not c or keys[0] == keys[1] or c * line.b != d * line.a:
        return
    for k in keys:
        del total[k]
    value = line.of(f)
    for e in value.args if value.op is add else (value,):
        t = _times(rest, e)
        _collect(total, t._replace(coefficient=c / line.a * t.coefficient))


# --- products -----------------------------------------------------------------------------------------


def merged(powers: Factors) -> Factors:
    """Powers of factors with those that make one function together replaced by it."""
    present = {base.op for base in powers}
    for f in [f for f in powers if f.op.products]:
        for line in _products(f.op):
            if line.g not in present:
                continue
            g, (h, k) = line.partner(f), power_of(line.of(f))
            # a whole number of times: sinh may be negative and has no root then
            count = floor(min(powers.get(f, Fraction(0)) / line.p, powers.get(g, Fraction(0)) / line.q))
            if count > 0:
                for base, change in ((f, -line.p * count), (g, -line.q * count), (h, k * count)):
                    powers[base] = powers.get(base, Fraction(0)) + change
    return powers
