"""np.einsum of expressions: "ij,jk->ik" as products of matrices, elementwise products, sums, traces and diagonals.

Two operands at a time are made one, as long as no intermediate result needs more than two letters: everything is a matrix.
"""

from __future__ import annotations

from itertools import combinations
from typing import Any, NamedTuple

import numpy as np

from frechet.errors import FrechetError, ShapeError
from frechet.expr.node import Expr, as_expr, operations
from frechet.expr.protocols import NUMPY_FUNCTIONS
from frechet.expr.sizes import ONE
from frechet.expr.structure import hadamard, mul, ones, scale, transpose

__all__ = ["einsum"]


class _Operand(NamedTuple):
    """An expression whose rows and columns have these letters; one letter is a column, none a number."""

    letters: str
    expr: Expr


def einsum(subscripts: str, *operands: Any) -> Expr:
    """np.einsum: the sum over the letters that are not on the right of ->, of the products of entries.

    Operands are matrices m×n ("ij"), vectors n×1 ("i") and numbers (""); the result has at most two letters.
    Raises ShapeError where sizes or counts do not fit, FrechetError where there is no such product of matrices, and for
    "..." and lists of positions.
    """
    if not isinstance(subscripts, str) or "..." in subscripts:
        raise FrechetError('np.einsum of expressions has letters for all sizes: write "ij,jk->ik"')
    left, arrow, result = subscripts.replace(" ", "").partition("->")
    parts = left.split(",")
    if not arrow:
        result = "".join(sorted(letter for letter in set(left) - {","} if left.count(letter) == 1))
    if len(parts) != len(operands):
        raise ShapeError(f"{subscripts!r} has {len(parts)} operands, and {len(operands)} were given")
    if len(result) > 2 or len(set(result)) < len(result) or not set(result) <= set(left):
        raise ShapeError(
            f"{result!r} is no result of {left!r}: two different letters of it at most, for rows and columns"
        )
    factors = [_operand(letters, as_expr(e)) for letters, e in zip(parts, operands, strict=True)]
    sizes: dict[str, Any] = {}
    for letters, e in factors:
        for letter, length in zip(letters, e.shape, strict=False):
            if sizes.setdefault(letter, length) is not length:
                raise ShapeError(f"{subscripts!r}: {letter} is {sizes[letter]} and {length}")
    made = _contracted([_once(f) for f in factors], set(result))
    if made is None:
        raise FrechetError(
            f"np.einsum({subscripts!r}) needs an array of three sizes: write it with products, or as a Python function for fr.gradient"
        )
    return _arranged(made, result)


def _operand(letters: str, e: Expr) -> _Operand:
    if not letters.isalpha() and letters:
        raise ShapeError(f"{letters!r} is no list of letters")
    if len(letters) > 2 or (len(letters) == 1 and ONE not in e.shape) or (not letters and not e.is_scalar):
        raise ShapeError(
            f"{letters!r} are no letters of a {e.rows}×{e.cols}: a matrix has two, a vector one, a number none"
        )
    return _Operand(letters, transpose(e) if len(letters) == 1 and e.cols is not ONE else e)


def _once(f: _Operand) -> _Operand:
    """The diagonal of "ii"."""
    return f if len(f.letters) == len(set(f.letters)) else _Operand(f.letters[0], operations["diag"](f.expr))


def _contracted(factors: list[_Operand], wanted: set[str]) -> _Operand | None:
    """All factors as one that has the letters that are wanted; None where that needs three letters at once."""
    factors = [_summed(f, wanted.union(*[g.letters for g in factors if g is not f])) for f in factors]
    if len(factors) == 1:
        return factors[0]
    for i, j in combinations(range(len(factors)), 2):
        rest = [f for k, f in enumerate(factors) if k not in (i, j)]
        made = _product(factors[i], factors[j], wanted.union(*[f.letters for f in rest]))
        found = None if made is None else _contracted([made, *rest], wanted)
        if found is not None:
            return found
    return None


def _summed(f: _Operand, needed: set[str]) -> _Operand:
    """The sum over the letters that nothing else has."""
    kept = "".join(letter for letter in f.letters if letter in needed)
    if kept == f.letters:
        return f
    if not kept:
        return _Operand("", operations["sum"](f.expr))
    return _Operand(kept, operations["rowsum" if kept == f.letters[0] else "colsum"](f.expr))


def _product(f: _Operand, g: _Operand, needed: set[str]) -> _Operand | None:
    """f*g summed over what is needed no more; None where three letters stay."""
    if len(f.letters) < len(g.letters):
        f, g = g, f
    shared = [letter for letter in f.letters if letter in g.letters]
    if not g.letters:
        return _Operand(f.letters, scale(g.expr, f.expr))
    if set(f.letters) == set(g.letters):
        other = _arranged(g, f.letters)
        if len(f.letters) == 1 and f.letters not in needed:
            return _Operand("", mul(f.expr.T, other))
        return _summed(_Operand(f.letters, hadamard(f.expr, other)), needed)
    if not shared:
        return _Operand(f.letters + g.letters, mul(f.expr, g.expr.T)) if len(f.letters + g.letters) == 2 else None
    (letter,) = shared
    if len(g.letters) == 1:
        first = f.expr if f.letters[1] == letter else f.expr.T
        kept = f.letters.replace(letter, "")
        if letter not in needed:
            return _Operand(kept, mul(first, g.expr))
        return _summed(_Operand(kept + letter, hadamard(first, mul(ones(first.rows), g.expr.T))), needed)
    if letter in needed:
        return None
    first = f.expr if f.letters[1] == letter else f.expr.T
    second = g.expr if g.letters[0] == letter else g.expr.T
    return _Operand((f.letters + g.letters).replace(letter, ""), mul(first, second))


def _arranged(f: _Operand, letters: str) -> Expr:
    return f.expr if f.letters == letters else transpose(f.expr)


NUMPY_FUNCTIONS[np.einsum] = einsum
