"""The structure of expressions: leaves, products (two files of their own), sums, transposes, elementwise powers.

Constructors keep a light normal form: sums and products are flat, numbers are folded into one. Nothing is expanded or
reordered: what a person wrote stays recognisable, and text that is printed reads back as the same object.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

import frechet.expr.pickling  # noqa: F401  expressions travel to other processes
from frechet.errors import ShapeError
from frechet.expr.constants import exact_power, require_float
from frechet.expr.leaves import (
    DIFFERENTIAL,
    EYE,
    NUMBER,
    ONES,
    SYMBOL,
    ZEROS,
    coefficient,
    differential_of,
    differential_properties,
    eye,
    is_differential,
    is_zero,
    number,
    ones,
    pi,
    size_value,
    symbol,
    unit,
    zeros,
)
from frechet.expr.literature import FUNDAMENTAL_RULES, MATRICES, POWERS
from frechet.expr.node import Expr, intern, operation
from frechet.expr.products import PRODUCT_CAP, hadamard, mul, scale
from frechet.expr.signature import Shape
from frechet.expr.sizes import ONE

__all__ = [
    "DIFFERENTIAL", "EYE", "NUMBER", "ONES", "PRODUCT_CAP", "SYMBOL", "ZEROS", "add", "coefficient", "differential_of", "differential_properties", "eye",
    "hadamard", "is_differential", "is_zero", "mul", "number", "ones", "pi", "pow", "scale", "size_value", "symbol",
    "transpose", "unit", "zeros",
]  # fmt: skip

SUM_CAP = 256
"""Longer sums are nested instead of flat: flattening step by step would cost quadratic time."""


# --- sums -----------------------------------------------------------------------------------------


def _fold_add(args: tuple[Expr, ...], params: tuple[Any, ...]) -> Expr | None:
    terms: list[Expr] = []
    for a in args:
        if a.op is add and len(terms) + len(a.args) <= SUM_CAP:
            terms.extend(a.args)
        else:
            terms.append(a)
    shapes = {t.shape for t in terms if not t.is_scalar}
    if len(shapes) > 1:
        (m, n), (p, q) = sorted(shapes, key=str)[:2]
        raise ShapeError(f"cannot add a {m}×{n} and a {p}×{q}: only a scalar is spread over a matrix")
    constant: Fraction | int = 0
    for t in terms:
        if t.op is NUMBER:
            constant = constant + t.params[0] if constant else t.params[0]
    kept: list[Expr] = []
    placed = constant == 0
    for t in terms:
        if t.op is not NUMBER:
            kept.append(t)
        elif not placed:
            kept.append(number(constant))
            placed = True
    if shapes:
        (rows, cols) = next(iter(shapes))
        kept = [scale(t, ones(rows, cols)) if t.is_scalar else t for t in kept if t.op is not ZEROS]
    else:
        rows, cols = ONE, ONE
    if not kept:
        return zeros(rows, cols)
    return kept[0] if len(kept) == 1 else intern(add, tuple(kept), (), rows, cols)


def _sum_value(*terms: np.ndarray) -> np.ndarray:
    total: np.ndarray = terms[0] + terms[1]
    for t in terms[2:]:
        total = total + t
    return total


add = operation(
    "add",
    "->",
    holomorphic=True,
    additive=True,
    fold=_fold_add,
    value=_sum_value,
    transposed="commutes",
    source=FUNDAMENTAL_RULES,
    operator=True,
    rule_name="sum rule",
    formula="d(A + B) = dA + dB",
)


# --- transposition and elementwise powers ---------------------------------------------------------


def _fold_transpose(args: tuple[Expr, ...], params: tuple[Any, ...]) -> Expr | None:
    (a,) = args
    if a.is_scalar:
        return a
    if a.op is transpose:
        return a.args[0]
    if a.op.transposed == "invariant" or (a.op is SYMBOL and not SELF_TRANSPOSED.isdisjoint(a.params[1])):
        return a
    if a.op in (ONES, ZEROS):
        return ZEROS(params=(a.cols, a.rows)) if a.op is ZEROS else ONES(params=(a.cols, a.rows))
    return None


SELF_TRANSPOSED = frozenset({"symmetric", "psd", "spd", "diagonal"})

transpose = operation(
    "transpose",
    "m n -> n m",
    fold=_fold_transpose,
    value=np.transpose,
    source=MATRICES,
    rule_name="transpose",
    spoken="transpose",
    formula="d(A') = dA'",
)


def _fold_pow(args: tuple[Expr, ...], params: tuple[Any, ...]) -> Expr | None:
    base, exponent = args
    k = coefficient(exponent)
    if not exponent.is_scalar:
        return pow(scale(base, ones(*exponent.shape)), exponent) if base.is_scalar else None
    if k == 1:
        return base
    if k == 0:
        return ones(*base.shape)
    if base.op is ONES:
        return base
    if k == -1 and base.op is pow and (inner := coefficient(base.args[1])) is not None:
        return pow(base.args[0], -inner)  # 1/x^2 is x^-2
    b = coefficient(base)
    if b is not None and k is not None:
        if b == 0 and k < 0:
            raise ShapeError("division by zero")
        power = exact_power(b, k)
        if power is not None:
            return number(power)
        require_float(b, k)
    return None


def _pow_shape(args: tuple[Expr, ...], params: tuple[Any, ...]) -> Shape:
    base, exponent = args
    if not exponent.is_scalar and exponent.shape != base.shape:
        raise ShapeError(
            f"the elementwise power of a {base.rows}×{base.cols} by a {exponent.rows}×{exponent.cols}: sizes differ"
        )
    return base.shape


def _pow_value(base: np.ndarray, exponent: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.power(base, exponent))


pow = operation(
    "pow",
    _pow_shape,
    holomorphic=True,
    fold=_fold_pow,
    value=_pow_value,
    transposed="commutes",
    elementwise=True,
    source=POWERS,
    operator=True,
    formula="d(s^p) = p*s^(p - 1)*ds + s^p*log(s)*dp",
)
"""The elementwise power; the exponent is a scalar or has the shape of the base."""
