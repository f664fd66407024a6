"""The structural rows: symbols, constants, sums, products. Their constructors keep a light normal form.

Sums and products are flat; scalars stand in front of a product, numbers are folded into one; products
with zeros, ones and identities disappear. Nothing is expanded or reordered: what a person wrote stays
recognisable, and text that is printed reads back as the same object.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

import numpy as np

from frechet.budgets import exceeded, limits
from frechet.errors import EvaluationError, ShapeError
from frechet.expr.constants import exact_power, require_float
from frechet.expr.literature import FUNDAMENTAL_RULES, MATRICES, POWERS
from frechet.expr.node import Expr, as_expr, intern, operation
from frechet.expr.sizes import ONE, Size, SizeLike, size

__all__ = [
    "add", "differential_of", "eye", "hadamard", "is_differential", "is_zero", "mul", "number", "ones", "pi", "pow", "scale", "size_value", "symbol", "transpose",
    "unit", "zeros",
]  # fmt: skip

# Longer sums and products are nested instead of flat: flattening step by step would cost quadratic time.
SUM_CAP, PRODUCT_CAP = 256, 32


# --- leaves ---------------------------------------------------------------------------------------


def _symbol_shape(args, params):
    return params[2], params[3]


_symbol = operation(
    "symbol",
    _symbol_shape,
    properties=lambda node: node.params[1],
    operator=True,
)


def symbol(name: str, rows: SizeLike, cols: SizeLike, properties: tuple[str, ...] = ()) -> Expr:
    """A named matrix of rows×cols entries, with declared properties (see `frechet.expr.properties`)."""
    return _symbol(params=(name, tuple(sorted(properties)), size(rows), size(cols)))


def differential_of(variable: Expr, index: str = "") -> Expr:
    """The symbol dX of a variable X (dX1, dX2 with an index): its shape, and the subspace it moves in."""
    name, properties, rows, cols = variable.params
    return symbol(f"d{name}{index}", rows, cols, differential_properties(properties))


def differential_properties(declared: Iterable[str]) -> tuple[str, ...]:
    """The properties of dX for a variable X declared with these."""
    return (DIFFERENTIAL, *sorted({SUBSPACE_OF[p] for p in declared if p in SUBSPACE_OF}))


DIFFERENTIAL = "differential"
# A matrix that stays in a linear subspace moves in it; other properties say nothing about dX.
SUBSPACE_OF = {
    "spd": "symmetric",
    "psd": "symmetric",
    "symmetric": "symmetric",
    "skew": "skew",
    "diagonal": "diagonal",
    "lower": "lower",
    "upper": "upper",
}


def is_differential(node: Expr) -> bool:
    """Whether the node is a dX."""
    return node.op is _symbol and DIFFERENTIAL in node.params[1]


def _number_value(v):
    try:
        return np.array([[float(v)]])
    except OverflowError:
        raise EvaluationError("a constant is too large for a floating-point number") from None


_number = operation(
    "number",
    lambda args, params: (ONE, ONE),
    value=_number_value,
    transposed="invariant",
    source=MATRICES,
    operator=True,
)


def number(value: Fraction | int) -> Expr:
    """An exact rational constant, 1×1."""
    value = value if type(value) is Fraction else Fraction(value)
    bounds = limits()
    if value.numerator.bit_length() + value.denominator.bit_length() > bounds.bits:
        raise exceeded("digits", f"an exact constant has more than {bounds.digits:,} digits")
    return _number(params=(value,))


def _fold_size(args, params):
    constant = params[0].constant
    return None if constant is None else number(constant)


size_value = operation(
    "size",
    lambda args, params: (ONE, ONE),
    value=lambda n: np.array([[float(n)]]),
    fold=_fold_size,
    transposed="invariant",
    source=MATRICES,
    operator=True,
)
pi = operation(
    "pi",
    "-> 1 1",
    value=lambda: np.array([[np.pi]]),
    transposed="invariant",
    notation=r"\pi",
    source=MATRICES,
)

_eye = operation(
    "eye",
    "| n -> n n",
    value=np.eye,
    fold=lambda args, params: number(1) if params[0] is ONE else None,
    transposed="invariant",
    properties=lambda node: ("diagonal", "orthogonal", "spd"),
    notation="I_{{{0}}}",
    source=MATRICES,
)


def eye(n: SizeLike) -> Expr:
    """The identity matrix, n×n."""
    return _eye(params=(size(n),))


def _filled(value: int):
    return lambda args, params: number(value) if params[0] is ONE and params[1] is ONE else None


_ones = operation(
    "ones",
    "| m, n -> m n",
    value=lambda m, n: np.ones((m, n)),
    fold=_filled(1),
    transposed=lambda node: ones(node.cols, node.rows),
    properties=lambda node: ("symmetric", "positive") if node.rows is node.cols else ("positive",),
    source=MATRICES,
)
_zeros = operation(
    "zeros",
    "| m, n -> m n",
    value=lambda m, n: np.zeros((m, n)),
    fold=_filled(0),
    transposed=lambda node: zeros(node.cols, node.rows),
    properties=lambda node: ("diagonal", "psd", "skew") if node.rows is node.cols else (),
    source=MATRICES,
)


def _fold_unit(args, params):
    i, n = params[0].constant, params[1].constant
    if i is not None and (i < 1 or (n is not None and i > n)):
        raise ShapeError(f"e({i},{params[1]}) does not exist: positions count from 1 to {params[1]}")
    return number(1) if n == 1 and i == 1 else None


def _unit_value(i, n):
    if not 1 <= i <= n:
        raise EvaluationError(f"e({i},{n}) does not exist: positions count from 1 to {n}")
    return np.eye(n)[:, i - 1 : i]


_unit = operation(
    "e",
    "| i, n -> n 1",
    value=_unit_value,
    fold=_fold_unit,
    notation="e_{{{0}}}",
    source=MATRICES,
)


def ones(m: SizeLike, n: SizeLike = 1) -> Expr:
    """The m×n matrix of ones."""
    return _ones(params=(size(m), size(n)))


def zeros(m: SizeLike, n: SizeLike = 1) -> Expr:
    """The m×n matrix of zeros."""
    return _zeros(params=(size(m), size(n)))


def unit(i: SizeLike, n: SizeLike) -> Expr:
    """The i-th unit vector of length n, counted from 1."""
    return _unit(params=(size(i), size(n)))


def is_zero(node: Expr) -> bool:
    """Whether the node is a zero constant: 0, or a matrix of zeros."""
    return node.op is _zeros or (node.op is _number and node.params[0] == 0)


def coefficient(node: Expr) -> Fraction | None:
    """The value of a constant, or None."""
    return node.params[0] if node.op is _number else None


# --- sums -----------------------------------------------------------------------------------------


def _fold_add(args, params):
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
    constant = sum((t.params[0] for t in terms if t.op is _number), Fraction(0))
    kept: list[Expr] = []
    placed = constant == 0
    for t in terms:
        if t.op is not _number:
            kept.append(t)
        elif not placed:
            kept.append(number(constant))
            placed = True
    if shapes:
        (rows, cols) = next(iter(shapes))
        kept = [scale(t, ones(rows, cols)) if t.is_scalar else t for t in kept if t.op is not _zeros]
    else:
        rows, cols = ONE, ONE
    if not kept:
        return zeros(rows, cols)
    return kept[0] if len(kept) == 1 else intern(add, tuple(kept), (), rows, cols)


def _sum_value(*terms):
    total = terms[0] + terms[1]
    for t in terms[2:]:
        total = total + t
    return total


add = operation(
    "add",
    "->",
    additive=True,
    fold=_fold_add,
    value=_sum_value,
    transposed="commutes",
    source=FUNDAMENTAL_RULES,
    operator=True,
    rule_name="sum rule",
    formula="d(A + B) = dA + dB",
)


# --- products -------------------------------------------------------------------------------------


def _is_vanishing_quotient(node: Expr, arrays: tuple) -> np.ndarray | None:
    """Where a product is 0/‖0‖: a norm (or root) in the denominator is zero and so is the numerator.

    The convention of the language: 0/norm2(0) = 0, the subgradient of least norm. Other 0/0 stay NaN.
    """
    denominators, numerator = None, None
    for a, v in zip(node.args, arrays, strict=True):
        if a.op is pow and _vanishes_with_a_norm(a.args[0]):
            at_zero = np.isinf(v)
            denominators = at_zero if denominators is None else denominators | at_zero
        else:
            numerator = v if numerator is None else numerator * v
    if denominators is None or numerator is None or not denominators.any():
        return None
    return denominators & (numerator == 0)


def _vanishes_with_a_norm(node: Expr) -> bool:
    """A norm or root, or a multiple of one such as 2*sqrt(x)."""
    factors = node.args if node.op in (scale, hadamard) else (node,)
    return any(f.op.norm_like for f in factors)


def _product_value(*arrays, node: Expr):
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        product = arrays[0] * arrays[1]
        for v in arrays[2:]:
            product = product * v
    vanishing = _is_vanishing_quotient(node, arrays)
    return product if vanishing is None else np.where(vanishing, 0.0, product)


def _scalars_and_matrix(factor: Expr) -> tuple[tuple[Expr, ...], Expr | None]:
    """c*A as ((c,), A); a scalar as ((s,), None)."""
    if factor.op is scale:
        last = factor.args[-1]
        return (factor.args, None) if last.is_scalar else (factor.args[:-1], last)
    return ((factor,), None) if factor.is_scalar else ((), factor)


def _fold_scale(args, params):
    value, matrix = Fraction(1), None
    scalars: list[Expr] = []
    counted: Size | None = None  # size letters multiply to one size: m*n
    for a in args:
        if a.op is scale and len(scalars) + len(a.args) <= PRODUCT_CAP:
            inner, m = _scalars_and_matrix(a)
        else:
            inner, m = ((a,), None) if a.is_scalar else ((), a)
        for s in inner:
            if s.op is _number:
                value *= s.params[0]
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
    if value == 0 or (matrix is not None and matrix.op is _zeros):
        return zeros(rows, cols)
    if counted is not None:
        scalars.insert(place, size_value(params=(counted,)))
    parts = [number(value)] if value != 1 else []
    parts += scalars
    if matrix is not None:
        parts.append(matrix)
    if not parts:
        return number(1)
    return parts[0] if len(parts) == 1 else intern(scale, tuple(parts), (), rows, cols)


scale = operation(
    "scale",
    "->",
    fold=_fold_scale,
    value=_product_value,
    contextual=True,
    transposed="commutes",
    source=FUNDAMENTAL_RULES,
    operator=True,
    rule_name="product rule",
    formula="d(s*A) = ds*A + s*dA",
)
"""Scalars in front of at most one matrix: c1*c2*A."""


def _fold_mul(args, params):
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
    if left.op is _zeros or right.op is _zeros:
        return zeros(left.rows, right.cols)
    if left.op is _eye:
        return right
    if right.op is _eye:
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
            if chain and _zeros in (chain[-1].op, f.op):
                chain = [zeros(chain[0].rows, f.cols)]
            elif chain and chain[-1].op is _eye:
                chain[-1] = f
            elif not chain or f.op is not _eye:
                chain.append(f)
            if chain[0].rows is ONE and f.cols is ONE:
                scalars.append(mul(*chain) if len(chain) > 1 else chain[0])
                chain = []
    if not chain:
        return scale(*scalars)
    product = intern(mul, tuple(chain), (), chain[0].rows, chain[-1].cols) if len(chain) > 1 else chain[0]
    return scale(*scalars, product) if scalars else product


def _chain_value(*factors):
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
    fold=_fold_mul,
    value=_chain_value,
    source=FUNDAMENTAL_RULES,
    operator=True,
    rule_name="product rule",
    formula="d(A*B) = dA*B + A*dB",
)
"""The matrix product of two or more factors."""


def _fold_hadamard(args, params):
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
    if any(f.op is _zeros for f in factors):
        return zeros(rows, cols)
    factors = [f for f in factors if f.op is not _ones] or [ones(rows, cols)]
    product = factors[0] if len(factors) == 1 else intern(hadamard, tuple(factors), (), rows, cols)
    return scale(*scalars, product) if scalars else product


hadamard = operation(
    "hadamard",
    "->",
    fold=_fold_hadamard,
    value=_product_value,
    contextual=True,
    transposed="commutes",
    source=FUNDAMENTAL_RULES,
    operator=True,
    rule_name="product rule",
    formula="d(A.*B) = dA.*B + A.*dB",
)
"""The elementwise product; scalars go in front."""


# --- transposition and elementwise powers ---------------------------------------------------------


def _fold_transpose(args, params):
    (a,) = args
    if a.is_scalar:
        return a
    if a.op is transpose:
        return a.args[0]
    if a.op.transposed == "invariant" or (a.op is _symbol and not SELF_TRANSPOSED.isdisjoint(a.params[1])):
        return a
    if a.op in (_ones, _zeros):
        return a.op.transposed(a)
    return None


SELF_TRANSPOSED = frozenset({"symmetric", "psd", "spd", "diagonal"})

transpose = operation(
    "transpose",
    "m n -> n m",
    fold=_fold_transpose,
    value=np.transpose,
    source=MATRICES,
    rule_name="transpose",
    formula="d(A') = dA'",
)


def _fold_pow(args, params):
    base, exponent = args
    k = coefficient(exponent)
    if not exponent.is_scalar:
        return pow(scale(base, ones(*exponent.shape)), exponent) if base.is_scalar else None
    if k == 1:
        return base
    if k == 0:
        return ones(*base.shape)
    if base.op is _ones:
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


def _pow_shape(args, params):
    base, exponent = args
    if not exponent.is_scalar and exponent.shape != base.shape:
        raise ShapeError(
            f"the elementwise power of a {base.rows}×{base.cols} by a {exponent.rows}×{exponent.cols}: sizes differ"
        )
    return base.shape


def _pow_value(base, exponent):
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return np.power(base, exponent)


pow = operation(
    "pow",
    _pow_shape,
    fold=_fold_pow,
    value=_pow_value,
    transposed="commutes",
    elementwise=True,
    source=POWERS,
    operator=True,
    formula="d(s^p) = p*s^(p - 1)*ds + s^p*log(s)*dp",
)
"""The elementwise power; the exponent is a scalar or has the shape of the base."""


def divide(a: Expr, b: Expr) -> Expr:
    """a/b elementwise; b is a scalar or has the shape of a."""
    return hadamard(as_expr(a), pow(b, -1))
