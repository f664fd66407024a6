"""Products: scalars in front of a matrix, the matrix product, the elementwise product. Their constructors keep a light normal
form: scalars stand in front, numbers are folded into one; products with zeros, ones and identities disappear.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from frechet.errors import ShapeError
from frechet.expr.leaves import EYE, NUMBER, ONES, ZEROS, number, ones, size_value, zeros
from frechet.expr.literature import FUNDAMENTAL_RULES
from frechet.expr.node import Expr, intern, operation
from frechet.expr.quotients import product_value
from frechet.expr.sizes import ONE, Size

__all__ = ["PRODUCT_CAP", "hadamard", "mul", "scale"]

_UNIT = Fraction(1)
PRODUCT_CAP = 32
"""Longer products are nested instead of flat: flattening step by step would cost quadratic time."""


def _scalars_and_matrix(factor: Expr) -> tuple[tuple[Expr, ...], Expr | None]:
    """c*A as ((c,), A); a scalar as ((s,), None)."""
    if factor.op is scale:
        last = factor.args[-1]
        return (factor.args, None) if last.is_scalar else (factor.args[:-1], last)
    return ((factor,), None) if factor.is_scalar else ((), factor)


def _fold_scale(args: tuple[Expr, ...], params: tuple[Any, ...]) -> Expr:
    value, matrix = _UNIT, None
    scalars: list[Expr] = []
    counted: Size | None = None  # size letters multiply to one size: m*n
    for a in args:
        if a.op is scale and len(scalars) + len(a.args) <= PRODUCT_CAP:
            inner, m = _scalars_and_matrix(a)
        else:
            inner, m = ((a,), None) if a.is_scalar else ((), a)
        for s in inner:
            if s.op is NUMBER:
                value = s.params[0] if value is _UNIT else value * s.params[0]
            elif s.op is not size_value:
                scalars.append(s)
            elif counted is None:
                counted, place = s.params[0], len(scalars)
            else:
                counted = counted * s.params[0]
        if m is not None:
            if matrix is not None:
                raise ShapeError(f"two matrices, {matrix.rows}×{matrix.cols} and {m.rows}×{m.cols}, and no product")
            matrix = m
    rows, cols = (ONE, ONE) if matrix is None else matrix.shape
    if not value or (matrix is not None and matrix.op is ZEROS):
        return zeros(rows, cols)
    if counted is not None:
        scalars.insert(place, size_value(params=(counted,)))
    parts = [number(value)] if value is not _UNIT and value != 1 else []
    parts += scalars
    if matrix is not None:
        parts.append(matrix)
    if not parts:
        return number(1)
    return parts[0] if len(parts) == 1 else intern(scale, tuple(parts), (), rows, cols)


scale = operation(
    "scale",
    "->",
    holomorphic=True,
    fold=_fold_scale,
    value=product_value,
    contextual=True,
    transposed="commutes",
    source=FUNDAMENTAL_RULES,
    operator=True,
    rule_name="product rule",
    formula="d(s*A) = ds*A + s*dA",
)
"""Scalars in front of at most one matrix: c1*c2*A."""


def _fold_mul(args: tuple[Expr, ...], params: tuple[Any, ...]) -> Expr:
    if len(args) > PRODUCT_CAP:  # in one go, so that it is flat and costs its length
        return _long_product(args)
    product = args[0]
    for factor in args[1:]:
        product = _times(product, factor)
    return product


def _times(a: Expr, b: Expr) -> Expr:
    (s, left), (t, right) = _scalars_and_matrix(a), _scalars_and_matrix(b)
    if left is None or right is None:
        return scale(a, b)
    if a.cols is not b.rows:
        raise ShapeError(
            f"the product of a {a.rows}×{a.cols} and a {b.rows}×{b.cols}: the inner sizes {a.cols} and {b.rows} differ"
        )
    if s or t:
        return scale(*s, *t, _times(left, right))
    if left.op is ZEROS or right.op is ZEROS:
        return zeros(left.rows, right.cols)
    if left.op is EYE:
        return right
    if right.op is EYE:
        return left
    heads = left.args if left.op is mul else (left,)
    tails = right.args if right.op is mul else (right,)
    if left.rows is ONE:  # x'*(y*z') is the scalar x'*y times z', however it is bracketed
        for i, f in enumerate(tails[:-1], 1):
            if f.cols is ONE:
                return scale(_times(left, mul(*tails[:i])), mul(*tails[i:]))
    factors = heads + tails if len(heads) + len(tails) <= PRODUCT_CAP else (left, right)
    return intern(mul, factors, (), left.rows, right.cols)


def _long_product(args: Sequence[Expr]) -> Expr:
    """As `_times` of one after the other, for many factors at once."""
    scalars: list[Expr] = []
    chain: list[Expr] = []
    for a in args:
        front, matrix = _scalars_and_matrix(a)
        scalars.extend(front)
        if matrix is None:
            continue
        for f in matrix.args if matrix.op is mul else (matrix,):
            if chain and chain[-1].cols is not f.rows:
                m, n = chain[0].rows, chain[-1].cols
                raise ShapeError(
                    f"the product of a {m}×{n} and a {f.rows}×{f.cols}: the inner sizes {n} and {f.rows} differ"
                )
            if chain and ZEROS in (chain[-1].op, f.op):
                chain = [zeros(chain[0].rows, f.cols)]
            elif chain and chain[-1].op is EYE:
                chain[-1] = f
            elif not chain or f.op is not EYE:
                chain.append(f)
            if chain[0].rows is ONE and f.cols is ONE:
                scalars.append(mul(*chain) if len(chain) > 1 else chain[0])
                chain = []
    if not chain:
        return scale(*scalars)
    product = intern(mul, tuple(chain), (), chain[0].rows, chain[-1].cols) if len(chain) > 1 else chain[0]
    return scale(*scalars, product) if scalars else product


def _chain_value(*factors: np.ndarray) -> np.ndarray:
    # From the end where a vector makes every product a cheap one.
    if factors[-1].shape[1] <= factors[0].shape[0]:
        product = factors[-1]
        for f in reversed(factors[:-1]):
            product = f @ product
        return product
    product = factors[0]
    for f in factors[1:]:
        product = product @ f
    return product


mul = operation(
    "mul",
    "->",
    holomorphic=True,
    fold=_fold_mul,
    value=_chain_value,
    source=FUNDAMENTAL_RULES,
    operator=True,
    rule_name="product rule",
    formula="d(A*B) = dA*B + A*dB",
)
"""The matrix product of two or more factors."""


def _fold_hadamard(args: tuple[Expr, ...], params: tuple[Any, ...]) -> Expr:
    scalars: list[Expr] = []
    factors: list[Expr] = []
    for a in args:
        s, m = _scalars_and_matrix(a)
        scalars.extend(s)
        if m is None:
            continue
        factors.extend(m.args if m.op is hadamard and len(factors) + len(m.args) <= PRODUCT_CAP else (m,))
    if not factors:
        return scale(*args)
    rows, cols = factors[0].shape
    for f in factors:
        if f.shape != (rows, cols):
            raise ShapeError(f"the elementwise product of a {rows}×{cols} and a {f.rows}×{f.cols}: the sizes differ")
    if any(f.op is ZEROS for f in factors):
        return zeros(rows, cols)
    factors = [f for f in factors if f.op is not ONES] or [ones(rows, cols)]
    product = factors[0] if len(factors) == 1 else intern(hadamard, tuple(factors), (), rows, cols)
    return scale(*scalars, product) if scalars else product


hadamard = operation(
    "hadamard",
    "->",
    holomorphic=True,
    fold=_fold_hadamard,
    value=product_value,
    contextual=True,
    transposed="commutes",
    source=FUNDAMENTAL_RULES,
    operator=True,
    rule_name="product rule",
    formula="d(A.*B) = dA.*B + A.*dB",
)
"""The elementwise product; scalars go in front."""
