"""Products of several factors in the cheapest order, with the factors used for what they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import reduce
from operator import add
from typing import Any, NamedTuple

from frechet.expr.node import Expr, postorder
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
        self.shared: dict[tuple[Expr, ...], Any] = {}

    def share(self, roots: Sequence[Expr]) -> None:
        """Notes the parts that several products have in common: they are computed once."""
        seen: Counter[tuple[Expr, ...]] = Counter()
        for node in postorder(*roots):
            if node.op.name == "mul" and node not in self.program.known:
                n = len(node.args)
                seen.update({node.args[i:j] for i in range(n) for j in range(i + 2, n + 1)})
        self.shared = {part: None for part, count in seen.items() if count > 1}

    def product(self, factors: tuple[Expr, ...]) -> Any:
        """The value of a product."""
        return self._matrix(self._reduced(factors))

    def trace(self, node: Expr) -> Any:
        """The trace, as a sum over the entries of two factors of a product."""
        if node.op.name == "mul":
            left, right = self._halves(node.args)
            return (left * right.mT).sum((-2, -1))[..., None, None]
        return self.program.xp.diagonal(self.program.value(node), 0, -2, -1).sum(-1)[..., None, None]

    def diagonal(self, node: Expr) -> Any:
        """The diagonal as a column; of a product, without the product."""
        if node.op.name == "mul" and node not in self.program.known and node.args not in self.shared:
            left, right = self._halves(node.args)
            return (left * right.mT).sum(-1)[..., None]
        return self.program.xp.diagonal(self.program.value(node), 0, -2, -1)[..., None]

    def _halves(self, factors: tuple[Expr, ...]) -> tuple[Any, Any]:
        """Two products of which the whole is the product: small ones, and no inverse left alone."""

        def badness(k: int) -> tuple[int, int]:
            alone = [part[0] for part in (factors[:k], factors[k:]) if len(part) == 1]
            return sum(map(self.program.is_inverse, alone)), _size(factors[:k]) + _size(factors[k:])

        cut = min(range(1, len(factors)), key=badness)
        return self.product(factors[:cut]), self.product(factors[cut:])

    def _reduced(self, factors: tuple[Expr, ...]) -> _Factor:
        if factors in self.shared:
            if self.shared[factors] is None:
                self.shared[factors] = self._unshared(factors)
            return self.shared[factors]
        return self._unshared(factors)

    def _unshared(self, factors: tuple[Expr, ...]) -> _Factor:
        for k, f in enumerate(factors):
            if len(factors) > 1 and self._is_low_rank_update(f):
                return self._applied(factors[:k], f, factors[k + 1 :])
        return self._ordered(self._parts(factors))

    def _parts(self, factors: tuple[Expr, ...]) -> list[_Factor]:
        """The factors, where the longest part that is shared counts as one."""
        n = len(factors)
        for length in range(n - 1, 1, -1):
            for i in range(n - length + 1):
                part = factors[i : i + length]
                if part in self.shared:
                    return [*self._parts(factors[:i]), self._reduced(part), *self._parts(factors[i + length :])]
        return [self._factor(f) for f in factors]

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

    def _applied(self, left: tuple[Expr, ...], update: Expr, right: tuple[Expr, ...]) -> _Factor:
        """The update applied to the product on its narrower side."""
        from_left = bool(right) and (not left or _size(right) <= _size(left))
        Y = self._reduced(right if from_left else left)
        parts = [self._times(t, Y, from_left) for t in _terms(update)]
        applied = Y._replace(kind="matrix", value=reduce(add, parts))
        return self._ordered([*self._parts(left), applied] if from_left else [applied, *self._parts(right)])

    def _times(self, term: Expr, Y: _Factor, from_left: bool) -> Any:
        if term.op.name == "eye":
            return self._matrix(Y)
        scalars = term.args[:-1] if term.op.name == "scale" else ()
        product = term.args[-1] if term.op.name == "scale" else term
        factors = self._parts(product.args)
        result = self._matrix(self._ordered([*factors, Y] if from_left else [Y, *factors]))
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
        if left.kind == right.kind == "diagonal":
            return _Factor(left.rows, right.cols, "diagonal", left.value * right.value)
        if left.kind == "diagonal":
            made = left.value * self._matrix(right)
        elif right.kind == "diagonal":
            made = self._matrix(left) * right.value.mT
        elif left.kind == "inverse":
            made = self.program.solved(left.value, self._matrix(right))
        elif right.kind == "inverse":
            made = self.program.solved(right.value, self._matrix(left), from_right=True)
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
