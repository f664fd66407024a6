"""Answers written as the function was typed: its parts as they stand there, terms and factors that commute in their order.

Nothing of this is kept at expressions, which many share: an order belongs to one function and its answers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from functools import cached_property
from typing import NamedTuple

from frechet.expr.memos import holding
from frechet.expr.node import Expr, Operation, postorder, rebuild
from frechet.expr.structure import SYMBOL, add, coefficient, hadamard, pow, scale, transpose
from frechet.rules.reductions import norm2
from frechet.simplify.canonical import canonical, canonical_transpose
from frechet.simplify.order import length, reading_order
from frechet.simplify.polynomials import in_powers, typed_by_powers
from frechet.simplify.quotients import in_quotients, typed_quotients
from frechet.simplify.shorten import shorten, simplify, without_leading_minus
from frechet.simplify.terms import power_of, term_of

__all__ = ["Typed", "simplified_as_typed"]

_HEAVIEST = 400  # symbols: nobody looks for the order in longer ones
_BRACKET = 2  # symbols that a bracket inside a sum is worth
_MOST = 24  # terms of a sum, factors of a product
_COMMUTING = (add, scale, hadamard)


def simplified_as_typed(e: Expr) -> Expr:
    """An equal expression, as short as this room knows how, its terms and parts as they are written in e.

    It has the shape of e. Raises LanguageError for text that cannot be read.

    >>> fr.simplify("tr(A*B) + tr(B*A)")
    2·tr(A·B)
    >>> fr.simplify("A*x + b + A*x")
    2·A·x + b
    """
    return Typed(e).written(simplify(e))


class _Arranged(NamedTuple):
    """A sum or product that was typed: what its parts are, and the symbols in those of its terms that vary."""

    op: Operation
    keys: dict[Hashable, int]
    symbols: dict[int, int]

    def places(self, parts: Sequence[Expr], symbols: Sequence[int]) -> tuple[int, list[int | None]]:
        """How many of the parts are multiples of what stands here, and the place of each, None for those that are none.

        Where none is, terms have the place of the term that they may be the derivative of: that with the fewest symbols
        among those that have theirs.
        """
        places = [next((self.keys[k] for k in _keys(p, self.op) if k in self.keys), None) for p in parts]
        exact = sum([p is not None and s != 0 for p, s in zip(places, symbols, strict=True)])
        return exact, places if exact else [self._origin(mine) for mine in symbols]

    def _origin(self, mine: int) -> int | None:
        found = [(there.bit_count(), place) for place, there in self.symbols.items() if not mine & ~there]
        return min(found)[1] if found else None


class Typed:
    """How a function was typed, for its derivatives by `variables` to be written alike; without any, for itself."""

    def __init__(self, function: Expr, variables: Sequence[Expr] = ()):
        self.function = function
        self.variables = variables

    def written(self, answer: Expr) -> Expr:
        """The answer, equal and no longer, with the parts and in the order of the function."""
        if answer.weight > _HEAVIEST or self.function.op is SYMBOL:
            return answer
        with holding():
            return self._written(answer)

    def _written(self, answer: Expr) -> Expr:
        answer = in_quotients(in_powers(answer, self._polynomial), self._quotients)
        done: dict[Expr, Expr] = {}
        nodes = postorder(answer)
        symbols = self._symbols_in(nodes)
        for node in nodes:
            if node in self._parts:
                done[node] = self._parts[node]
            elif node.op in self._arranged:
                made = node.op(*[done[a] for a in self._in_order(node, symbols)])
                done[node] = _without_minus_in_front(made) if made.op is add else made
            else:
                done[node] = _rebuilt(node, [done[a] for a in node.args], self._parts)
        return done[answer]

    @cached_property
    def _nodes(self) -> list[Expr]:
        return [e for e in postorder(self.function) if e.args and e.weight <= _HEAVIEST]

    @cached_property
    def _polynomial(self) -> frozenset[Expr]:
        return typed_by_powers(self._nodes)

    @cached_property
    def _quotients(self) -> frozenset[tuple[Expr, Expr]]:
        return typed_quotients(self._nodes)

    @cached_property
    def _parts(self) -> dict[Expr, Expr]:
        """What was typed first, by its short form, where that is no shorter; in the function itself, where it has the same parts
        in another order."""
        found: dict[Expr, Expr] = {}
        squares = [pow(e, 2) for e in self._nodes if e.op is norm2]  # x'*x is norm2(x)^2 beside norm2(x)
        for e in [*self._nodes, *squares]:
            if e.op is scale and not _divides_last(e):
                continue
            plain = canonical(e)
            if plain is e:
                found.setdefault(e, e)  # what is equal and comes later is written alike
                continue
            short = shorten(plain)
            if short is e:
                found.setdefault(e, e)
            worth = _BRACKET * (_sums(short) - _sums(e)) if _is_pencil(e) else 0
            if length(e) > length(short) + worth or short is e:
                continue
            if self.variables or (e.op is short.op and _ingredients(e) == _ingredients(short)):
                found.setdefault(short, e)
        return found

    @cached_property
    def _arranged(self) -> dict[Operation, list[_Arranged]]:
        """The sums and products that were typed, outer ones first."""
        found: dict[Operation, list[_Arranged]] = {}
        symbols = self._symbols_in(postorder(self.function))
        for e in reversed(self._nodes):
            parts = [e.args[k] for k in _commuting(e)]
            if len(parts) > 1:
                keys: dict[Hashable, int] = {}
                for place, part in enumerate(parts):
                    for key in _keys(part, e.op):
                        keys.setdefault(key, place)
                varying = {k: symbols[p] for k, p in enumerate(parts) if e.op is add and symbols[p] & self._variable}
                found.setdefault(e.op, []).append(_Arranged(e.op, keys, varying))
        return found

    def _symbols_in(self, nodes: Sequence[Expr]) -> dict[Expr, int]:
        """The symbols in each node, as bits; those that were not typed have one bit together."""
        found: dict[Expr, int] = {}
        for node in nodes:
            bits = self._bits.get(node, 1) if node.op is SYMBOL else 0
            for a in node.args:
                bits |= found[a]
            found[node] = bits
        return found

    @cached_property
    def _bits(self) -> dict[Expr, int]:
        leaves = [e for e in postorder(self.function) if e.op is SYMBOL]
        return {s: 2 << k for k, s in enumerate(leaves)}

    @cached_property
    def _variable(self) -> int:
        bits = 0
        for X in self.variables:
            bits |= self._bits.get(X, 0)
        return bits

    def _in_order(self, node: Expr, symbols: dict[Expr, int]) -> list[Expr]:
        """The arguments of a sum or product in the order of the typed one that has most of them, as far as it has them."""
        slots = _commuting(node)
        parts = [node.args[k] for k in slots]
        best, chosen = (0, 0), None
        for typed in self._arranged[node.op]:
            exact, places = typed.places(parts, [symbols[p] for p in parts])
            found = exact, len({p for p in places if p is not None})
            if found[1] > 1 and found > best:
                best, chosen = found, places
        args = list(node.args)
        if chosen is None:
            return args
        placed = [(p, k) for k, p in zip(slots, chosen, strict=True) if p is not None]
        for (_, slot), (_, k) in zip(placed, sorted(placed), strict=True):
            args[slot] = node.args[k]
        return args


def _rebuilt(node: Expr, args: list[Expr], parts: dict[Expr, Expr]) -> Expr:
    """The node of other arguments: of b - a for -(a - b) unless that was typed, norm2(x)^6 for (norm2(x)^2)^3."""
    if node.op is pow and args[0].op is pow and args[0].args[0].op is norm2:
        k = coefficient(args[1])
        if k is not None and coefficient(args[0].args[1]) == 2:
            return pow(args[0].args[0], 2 * k)
    if node.op.elementwise and node.op is not pow:
        args = [b if a in parts else without_leading_minus(b) for a, b in zip(node.args, args, strict=True)]
    return rebuild(node, args)


def _without_minus_in_front(total: Expr) -> Expr:
    """A'*(A*x - y) + c*x for -A'*(y - A*x) + c*x, b - A*x for -A*x + b."""
    first, *rest = total.args
    if not reading_order(first)[0]:
        return total
    turned = without_leading_minus(first)
    if turned is not first:
        return add(turned, *rest)
    positive = next((a for a in rest if not reading_order(a)[0]), None)
    return total if positive is None else add(positive, *[a for a in total.args if a is not positive])


def _commuting(node: Expr) -> list[int]:
    """Which arguments may change places: terms, and factors that are no numbers and not in the denominator."""
    if node.op not in _COMMUTING or len(node.args) > _MOST:
        return []
    if node.op is add:
        return list(range(len(node.args)))
    factors = node.args if node.op is hadamard or node.is_scalar else node.args[:-1]
    return [k for k, f in enumerate(factors) if coefficient(f) is None and power_of(f)[1] > 0]


def _divides_last(product: Expr) -> bool:
    """Whether no factor stands after a denominator: 1/s*a is a/s."""
    below = [power_of(f)[1] < 0 for f in product.args[: len(product.args) - (not product.is_scalar)]]
    return below == sorted(below)


def _keys(part: Expr, op: Operation) -> list[Hashable]:
    """What a term is without its coefficient, and its transpose; the base of a factor."""
    e = canonical(part)
    if op is not add:
        return [power_of(e)[0]]
    _, scalars, matrix = term_of(e)
    return [(scalars, matrix)] if matrix is None else [(scalars, matrix), (scalars, canonical_transpose(matrix))]


def _is_pencil(e: Expr) -> bool:
    """Whether it is a sum of multiples of matrices that are symbols: A + t*B + t^2*C, which A + t*(B + t*C) makes no plainer."""
    return e.op is add and not e.is_scalar and not any((t.args[-1] if t.op is scale else t).args for t in e.args)


def _sums(e: Expr) -> int:
    return len([node for node in postorder(e) if node.op is add])


def _ingredients(e: Expr) -> Counter[Hashable]:
    """The operations and leaves of an expression, transposes left out, each as often as it is written."""
    found: Counter[Hashable] = Counter()
    stack = [e]
    while stack:
        node = stack.pop()
        if node.op is not transpose:
            found[node.op, node.params] += 1
        stack.extend(node.args)
    return found
