"""Random well-typed expressions over the whole table.

Every operation is drawn by its signature; the operations that take any number of arguments have a function here. New
rows take part by themselves. Sizes are letters: the same expression is met at several sizes.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise

import numpy as np

from frechet.errors import LimitError, ShapeError
from frechet.expr.node import Expr, Operation, operations, symbols
from frechet.expr.properties import has
from frechet.expr.signature import Shape, Signature
from frechet.expr.sizes import ONE, Size, size
from frechet.expr.structure import add, eye, hadamard, mul, number, ones, pow, scale, symbol
from frechet.rules.elementwise import abs, cosh, exp, sigmoid, softplus, tanh
from frechet.rules.linear import inner, rowsum, sum, trace, vec
from frechet.rules.reductions import mean, norm2
from frechet.rules.selection import block, entries
from tests.fuzzing.counterparts import ELSEWHERE, NOT_EXECUTED

__all__ = ["Drawing", "drawn_operations"]

LETTERS = tuple(size(letter) for letter in "mnp")
THREE = size(3)
_SQUARE = ((), (), ("symmetric",), ("spd",), ("diagonal",), ("lower",), ("upper",), ("skew",), ("invertible",),
           ("orthogonal",), ("psd",), ("positive",))  # fmt: skip
_OTHER = ((), (), (), ("positive",))
_NUMBERS = tuple(Fraction(*f) for f in ((2, 1), (-1, 1), (3, 1), (1, 2), (-2, 3), (1, 10)))
_REDUCTIONS = (sum, norm2, mean)
_DOUBLED = frozenset({"cosm", "dexpm", "logm", "powm", "sinm"})
"""Operations whose derivative is at twice the size: nested, they would double each time."""


def drawn_operations() -> list[Operation]:
    """The operations that expressions are made of."""
    return [op for op in operations.values() if op.name not in NOT_EXECUTED and op.name not in ELSEWHERE]


class Drawing:
    """One random expression, made around the operation `focus`; the same seed gives the same expression."""

    def __init__(self, seed: int, focus: Operation | None = None):
        self.random = random.Random(seed)
        self.rows = [op for op in drawn_operations() if op.name not in _DOUBLED]
        self.pool: dict[tuple[Shape, tuple[str, ...]], list[Expr]] = {}
        self.made: list[Expr] = []
        self.focus = focus if focus is not None else self.random.choice(self.rows)

    def expression(self) -> Expr:
        """An expression with at least one symbol in it."""
        while True:
            try:
                node = self._apply(self.focus, self.random.choice((0, 1, 1, 2)))
                for _ in range(self.random.choice((0, 0, 1, 1, 2))):
                    node = self._wrap(node)
                if self.random.random() < 0.5:
                    node = self._to_scalar(node)
            except (ShapeError, LimitError):
                continue
            if symbols(node):
                return node

    # --- shapes and leaves ------------------------------------------------------------------------

    def _letter(self) -> Size:
        return self.random.choice((*LETTERS, *LETTERS, LETTERS[1], ONE))

    def _symbol(self, shape: Shape) -> Expr:
        """One of a few symbols of this shape, so that the same one occurs again."""
        rows, cols = shape
        properties: tuple[str, ...] = ()
        if self.random.random() < 0.5:
            square = rows is cols and rows is not ONE
            properties = self.random.choice(_SQUARE if square else _OTHER)
        known = self.pool.setdefault((shape, properties), [])
        if not known or (len(known) < 2 and self.random.random() < 0.3):
            kind = "a" if rows is ONE and cols is ONE else "x" if cols is ONE else "X"
            count = len([s for group in self.pool.values() for s in group if s.name[0] == kind])
            known.append(symbol(f"{kind}{count + 1}", rows, cols, properties))
        return self.random.choice(known)

    def _leaf(self, shape: Shape) -> Expr:
        rows, cols = shape
        draw = self.random.random()
        if draw < 0.88:
            return self._symbol(shape)
        if shape == (ONE, ONE):
            return number(self.random.choice(_NUMBERS))
        if rows is cols and draw < 0.95:
            return eye(rows)
        return ones(rows, cols)

    # --- expressions of a given shape -------------------------------------------------------------

    def _of(self, shape: Shape, depth: int) -> Expr:
        """An expression of this shape, at most `depth` operations above its leaves."""
        if self.made and self.random.random() < 0.15:
            return self._adapted(self.random.choice(self.made), shape)
        if depth <= 0 or self.random.random() < 0.15:
            return self._leaf(shape)
        node = self._adapted(self._apply(self.random.choice(self.rows), depth - 1), shape)
        self.made.append(node)
        return node

    def _adapted(self, node: Expr, shape: Shape) -> Expr:
        """An expression of this shape in which `node` stands."""
        if node.shape == shape:
            return node
        rows, cols = shape
        if rows is ONE and cols is ONE:
            return self._to_scalar(node)
        if node.is_scalar:
            return self.random.choice((scale, scale, lambda s, A: add(s, A)))(node, self._symbol(shape))
        if (node.cols, node.rows) == shape:
            return node.T
        if shape == (node.rows, ONE):
            return rowsum(node)
        if rows is cols and cols is node.rows:
            return node @ node.T
        if cols is ONE and rows is node.rows * node.cols:
            return vec(node)
        left = node if node.rows is rows else self._symbol((rows, node.rows)) @ node
        return left if node.cols is cols else left @ self._symbol((node.cols, cols))

    def _to_scalar(self, node: Expr) -> Expr:
        if node.is_scalar:
            return node
        draw = self.random.random()
        if draw < 0.3:
            return inner(self._symbol(node.shape), node)
        if draw < 0.4:
            return inner(node, node)
        if node.rows is node.cols and draw < 0.75:
            return trace(node)
        return self.random.choice(_REDUCTIONS)(node)

    def _wrap(self, node: Expr) -> Expr:
        """An operation applied to `node`."""
        op = self.random.choice(self.rows)
        self.made.append(node)
        if op.name in _SPECIAL:
            return self._apply(op, 1)
        place = self.random.randrange(len(op.signature.arguments))
        return self._by_signature(op, 0, given={place: node})

    # --- operations -------------------------------------------------------------------------------------

    def _apply(self, op: Operation, depth: int) -> Expr:
        special = _SPECIAL.get(op.name)
        if special is not None:
            return special(self, depth)
        assert isinstance(op.signature, Signature), f"{op.name} needs a function in {__name__}"
        return self._by_signature(op, depth, {})

    def _by_signature(self, op: Operation, depth: int, given: dict[int, Expr]) -> Expr:
        """The operation at arguments of sizes that its signature allows."""
        signature = op.signature
        assert isinstance(signature, Signature)
        letters = {letter: self._letter() for letter in sorted(signature.letters)}
        for place, node in given.items():
            for template, actual in zip(signature.arguments[place], node.shape, strict=True):
                if template.letter is not None:
                    letters[template.letter] = actual
        if op.name == "e":
            letters["i"] = self.random.choice((ONE, size(2)))
        arguments = []
        for place, (r, c) in enumerate(signature.arguments):
            shape = (r.substitute(letters), c.substitute(letters))
            node = self._adapted(given[place], shape) if place in given else self._of(shape, depth)
            arguments.append(self._inside(op.domain, node) if place == 0 else node)
        parameters = tuple(s.substitute(letters) for s in signature.parameters)
        return op(*arguments, params=parameters + self._further(op, len(parameters)))

    def _further(self, op: Operation, sizes: int) -> tuple:
        """Parameters that are not sizes, as the operation's own sampler gives them."""
        if op.name == "matpow":
            return (self.random.choice((2, 2, 3, -1, -2, 9)),)
        if op.sample is None:
            return ()
        drawn = op.sample(np.random.default_rng(self.random.randrange(100)))
        return tuple(drawn[len(op.signature.arguments) + sizes :])

    def _inside(self, domain: str, node: Expr) -> Expr:
        """`node`, or something made of it, in the domain of an operation; sometimes it is left to chance."""
        if not domain or self.random.random() < 0.2:
            return node
        if "> 0" in domain or ">= 0" in domain:
            return self._positive(node)
        if "| < 1" in domain:
            return self.random.choice((tanh(node), scale(Fraction(1, 2), sigmoid(node))))
        if "positive definite" in domain and not has(node, "spd"):
            return add(mul(node, node.T), eye(node.rows))
        if "invertible" in domain and node.rows is node.cols and not has(node, "invertible"):
            return add(node, scale(3, eye(node.rows)))
        return node

    def _positive(self, node: Expr) -> Expr:
        if has(node, "positive"):
            return node
        make = self.random.choice((exp, abs, cosh, softplus, sigmoid, lambda A: 1 + A**2))
        return make(node)


# --- the operations that take any number of arguments, or parameters of their own -------------------------

_SPECIAL: dict[str, Callable[[Drawing, int], Expr]] = {}


def _special(name: str) -> Callable:
    def file(draw: Callable[[Drawing, int], Expr]) -> Callable[[Drawing, int], Expr]:
        _SPECIAL[name] = draw
        return draw

    return file


def _shape(d: Drawing) -> Shape:
    rows = d._letter()
    return d.random.choice(((rows, d._letter()), (rows, rows), (rows, ONE)))


@_special("number")
def _(d: Drawing, depth: int) -> Expr:
    return number(d.random.choice(_NUMBERS)) * d._of(_shape(d), depth)


@_special("size")
def _(d: Drawing, depth: int) -> Expr:
    A = d._of(_shape(d), depth)
    return operations["size"](params=(A.rows * A.cols,)) * A


@_special("add")
def _(d: Drawing, depth: int) -> Expr:
    shape = _shape(d)
    terms = [d._of(shape, depth) for _ in range(d.random.choice((2, 2, 3)))]
    if d.random.random() < 0.2:
        terms.append(d._of((ONE, ONE), depth))
    return add(*[scale(d.random.choice((1, 1, -1, *_NUMBERS)), t) for t in terms])


@_special("scale")
def _(d: Drawing, depth: int) -> Expr:
    scalars = [d._of((ONE, ONE), depth) for _ in range(d.random.choice((1, 1, 2)))]
    return scale(*scalars, d._of(_shape(d), depth))


@_special("mul")
def _(d: Drawing, depth: int) -> Expr:
    sizes = [d._letter() for _ in range(d.random.choice((3, 3, 4)))]
    factors = [d._of(pair, depth) for pair in pairwise(sizes)]
    draw = d.random.random()
    if draw < 0.2:
        return mul(factors[0].T, factors[0])
    if draw < 0.4:
        A = d._of((factors[0].rows, factors[0].rows), depth)
        return mul(factors[0].T, A, factors[0])
    return mul(*factors)


@_special("hadamard")
def _(d: Drawing, depth: int) -> Expr:
    shape = _shape(d)
    factors = [d._of(shape, depth) for _ in range(d.random.choice((2, 2, 3)))]
    if d.random.random() < 0.2:
        factors[-1] = pow(factors[-1], -1)
    return hadamard(*factors)


@_special("pow")
def _(d: Drawing, depth: int) -> Expr:
    base = d._of(_shape(d), depth)
    draw = d.random.random()
    if draw < 0.5:
        return pow(base, number(d.random.choice((2, 2, 3, -1, -2))))
    base = d._positive(base)
    if draw < 0.75:
        return pow(base, number(Fraction(d.random.choice((1, 3, -1, -3)), 2)))
    return pow(base, d._of(d.random.choice(((ONE, ONE), base.shape)), depth))


@_special("index")
def _(d: Drawing, depth: int) -> Expr:
    A = d._of(d.random.choice(((LETTERS[0], LETTERS[1]), (LETTERS[1], LETTERS[1]), (LETTERS[1], ONE))), depth)
    pick = lambda n: d.random.choice(((ONE, n), (ONE, ONE), (size(2), n), (n, n), (size(2), size(2))))
    return entries(A, pick(A.rows), pick(A.cols) if A.cols is not ONE else (ONE, ONE))


@_special("block")
def _(d: Drawing, depth: int) -> Expr:
    m, n, p = (d._letter() for _ in range(3))
    draw = d.random.random()
    if draw < 0.35:
        return block(d._of((m, n), depth), d._of((m, p), depth), params=((2,),))
    if draw < 0.7:
        return block(d._of((m, n), depth), d._of((p, n), depth), params=((1, 1),))
    shapes = ((m, n), (m, p), (p, n), (p, p))
    return block(*[d._of(s, depth) for s in shapes], params=((2, 2),))


def _of_positive_definite(name: str) -> None:
    """A principal function, at a symmetric matrix in its domain."""

    @_special(name)
    def _(d: Drawing, depth: int) -> Expr:
        return operations[name](_positive_definite(d, depth))


def _positive_definite(d: Drawing, depth: int) -> Expr:
    A = d._of((LETTERS[1], LETTERS[0]), depth)
    return add(mul(A, A.T), eye(LETTERS[1]))


_of_positive_definite("logm")
_of_positive_definite("sqrtm")


@_special("powm")
def _(d: Drawing, depth: int) -> Expr:
    """An integer power, which is a product."""
    return operations["powm"](_positive_definite(d, depth), number(d.random.choice((2, 3))))


def _of_the_largest(name: str) -> None:
    """A function of the largest eigenvalue."""

    @_special(name)
    def _(d: Drawing, depth: int) -> Expr:
        return operations[name](d._of((LETTERS[1], LETTERS[1]), depth), params=(ONE,))


_of_the_largest("sumlargest")
_of_the_largest("topproj")


def _constant(name: str, params: Callable[[Drawing], tuple]) -> None:
    """An operation without arguments, multiplied with or added to something."""

    @_special(name)
    def _(d: Drawing, depth: int) -> Expr:
        constant = operations[name](params=params(d))
        other = d._of(constant.shape, depth)
        draw = d.random.random()
        if draw < 0.3:
            return add(constant, other)
        if draw < 0.5:
            return hadamard(constant, other)
        return mul(constant, d._of((constant.cols, d._letter()), depth))


_constant("eye", lambda d: (d._letter(),))
_constant("ones", lambda d: (d._letter(), d._letter()))
_constant("zeros", lambda d: (d._letter(), d._letter()))
_constant("e", lambda d: (d.random.choice((ONE, size(2))), d.random.choice((LETTERS[0], THREE))))
_constant("commutation", lambda d: (d._letter(), d._letter()))
_constant("pi", lambda d: ())
