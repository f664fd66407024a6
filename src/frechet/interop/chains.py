"""Products of several factors in the cheapest order, with the factors used for what they are."""

from __future__ import annotations

from functools import reduce
from operator import add
from typing import Any, NamedTuple

from frechet.expr.node import Expr
from frechet.expr.transposition import transposed
from frechet.interop.formulas import constants

__all__ = ["Chains"]


class _Factor(NamedTuple):
    """A part of a product: a matrix, a diagonal (its column), or an inverse that is still to be applied."""

    rows: int
    cols: int
    kind: str
    value: Any


class Chains:
    """Products of expressions for one program; `program` gives values, solves and transposes."""

    def __init__(self, program: Any):
        self.program = program

    def product(self, factors: list[Expr]) -> Any:
        """The value of a product."""
        return self._matrix(self._reduced(factors))

    def trace(self, node: Expr) -> Any:
        """The trace, as a sum over the entries of two factors of a product."""
        program = self.program
        if node.op.name == "mul":
            split = min(range(1, len(node.args)), key=lambda k: min(_size(node.args[:k]), _size(node.args[k:])))
            left, right = self.product(list(node.args[:split])), self.product(list(node.args[split:]))
            return (left * right.mT).sum((-2, -1))[..., None, None]
        return program.xp.einsum("...ii->...", program.value(node))[..., None, None]

    def _reduced(self, factors: list[Expr]) -> _Factor:
        for k, f in enumerate(factors):
            if len(factors) > 1 and self._is_low_rank_update(f):
                return self._applied(factors[:k], f, factors[k + 1 :])
        return self._ordered([self._factor(f) for f in factors])

    def _factor(self, node: Expr) -> _Factor:
        rows, cols = constants(node.shape)
        if node in self.program.known:
            return _Factor(rows, cols, "matrix", self.program.value(node))
        if node.op.name == "diagm":
            return _Factor(rows, cols, "diagonal", self.program.value(node.args[0]))
        if self.program.is_inverse(node):
            return _Factor(rows, cols, "inverse", node)
        return _Factor(rows, cols, "matrix", self.program.value(node))

    # --- I - Q*Q' ------------------------------------------------------------------------------------

    def _is_low_rank_update(self, node: Expr) -> bool:
        """The identity and products that are narrow inside."""
        terms, (rows,) = _terms(node), constants((node.rows,))
        if node in self.program.known or not any(a.op.name == "eye" for a in terms):
            return False
        return len(terms) > 1 and all(a.op.name == "eye" or _narrowest(a) < rows for a in terms)

    def _applied(self, left: list[Expr], update: Expr, right: list[Expr]) -> _Factor:
        """The update applied to the product on its narrower side."""
        side = right if right and (not left or _size(right) <= _size(left)) else left
        Y = self._matrix(self._reduced(side))
        parts = [Y if t.op.name == "eye" else self._times(t, Y, side is right) for t in _terms(update)]
        total = reduce(add, parts)
        rows, cols = int(total.shape[-2]), int(total.shape[-1])
        applied = _Factor(rows, cols, "matrix", total)
        if side is right:
            return self._ordered([*[self._factor(f) for f in left], applied])
        return self._ordered([applied, *[self._factor(f) for f in right]])

    def _times(self, term: Expr, Y: Any, from_left: bool) -> Any:
        scalars = list(term.args[:-1]) if term.op.name == "scale" else []
        product = term.args[-1] if term.op.name == "scale" else term
        middle = _Factor(int(Y.shape[-2]), int(Y.shape[-1]), "matrix", Y)
        factors = [self._factor(f) for f in product.args]
        result = self._matrix(self._ordered([*factors, middle] if from_left else [middle, *factors]))
        return self.program.scaled(result, scalars)

    # --- the order -----------------------------------------------------------------------------------

    def _ordered(self, factors: list[_Factor]) -> _Factor:
        """The product by the cheapest parenthesization: dynamic programming on the sizes."""
        n = len(factors)
        cost = {(i, i): 0.0 for i in range(n)}
        cut: dict[tuple[int, int], int] = {}
        for width in range(1, n):
            for i in range(n - width):
                j = i + width
                choices = {
                    k: cost[i, k] + cost[k + 1, j] + _work(factors[i : k + 1], factors[k + 1 : j + 1])
                    for k in range(i, j)
                }
                cut[i, j] = min(choices, key=lambda k: choices[k])
                cost[i, j] = choices[cut[i, j]]

        def multiplied(i: int, j: int) -> _Factor:
            if i == j:
                return factors[i]
            k = cut[i, j]
            return self._pair(multiplied(i, k), multiplied(k + 1, j))

        return multiplied(0, n - 1)

    def _pair(self, left: _Factor, right: _Factor) -> _Factor:
        turn = lambda A: A.mT
        if left.kind == right.kind == "diagonal":
            return _Factor(left.rows, right.cols, "diagonal", left.value * right.value)
        if left.kind == "diagonal":
            made = left.value * self._matrix(right)
        elif right.kind == "diagonal":
            made = self._matrix(left) * turn(right.value)
        elif left.kind == "inverse":
            made = self.program.solved(left.value, self._matrix(right))
        elif right.kind == "inverse":
            made = self.program.solved_from_right(self._matrix(left), right.value)
        else:
            made = left.value @ right.value
        return _Factor(left.rows, right.cols, "matrix", made)

    def _matrix(self, factor: _Factor) -> Any:
        if factor.kind == "matrix":
            return factor.value
        if factor.kind == "inverse":
            return self.program.value(factor.value)
        return factor.value * self.program.made("eye", factor.rows, factor.rows)


def _work(left: list[_Factor], right: list[_Factor]) -> float:
    """Multiplications of one product of two parts; a solve counts its factorization."""
    rows, inside, cols = left[0].rows, left[-1].cols, right[-1].cols
    kinds = [part[0].kind if len(part) == 1 else "matrix" for part in (left, right)]
    if "diagonal" in kinds:
        return float(rows * cols)
    return rows * inside * cols + kinds.count("inverse") * inside**3 / 3


def _size(factors) -> int:
    """Entries of a product."""
    rows, cols = constants((factors[0].rows, factors[-1].cols))
    return rows * cols


def _terms(node: Expr) -> list[Expr]:
    """The terms of a sum, or of the transpose of one."""
    if node.op.name == "transpose":
        return [transposed(a) for a in _terms(node.args[0])]
    return list(node.args) if node.op.name == "add" else [node]


def _narrowest(node: Expr) -> int:
    """The smallest inner size of a product, its own size when it is none."""
    if node.op.name == "scale":
        return _narrowest(node.args[-1])
    if node.op.name != "mul":
        return constants((node.rows,))[0]
    return min(constants([a.cols for a in node.args[:-1]]))
