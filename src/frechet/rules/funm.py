"""Every elementwise function of the table as a function of square matrices: tanh and tanhm, erf and erfm.

`<name>m` is the matrix version of an elementwise operation; `funm(A, f)` is f(A) for any formula f in one scalar, put
together from those operations: f(t) = t/(1 + exp(t)) gives A*inv(eye + expm(A)). The derivatives follow by the chain rule.

Source: Higham, Functions of Matrices (2008), theorem 1.15 (a formula in t is one in A), ch. 3 (derivatives), ch. 9.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import numpy as np

from frechet.errors import DerivativeError, FrechetError, ShapeError
from frechet.expr.node import Expr, Operation, as_expr, dependents, operations, postorder, symbols
from frechet.expr.sizes import ONE
from frechet.expr.structure import add, coefficient, eye, hadamard, mul, ones, pow, scale, symbol, zeros
from frechet.kernels import taylor as taylors
from frechet.kernels.matrix_function import matrix_function
from frechet.rules import points
from frechet.rules.declare import factoring, kernel
from frechet.rules.elementwise import (
    abs,
    arccos,
    arcsin,
    arctan,
    cos,
    cosh,
    erf,
    erfc,
    exp,
    log,
    log1p,
    maximum,
    minimum,
    normcdf,
    relu,
    sigmoid,
    sign,
    sin,
    sinh,
    softplus,
    sqrt,
    step,
    tan,
    tanh,
)
from frechet.rules.inverse import inv, power
from frechet.rules.linear import trace
from frechet.rules.matrix_functions import cosm, expm, file_derivative, kept, logm, powm, signm, sinm, sqrtm
from frechet.rules.points import SINGULAR, TURNING, TURNING_BLOCK
from frechet.rules.reductions import softmax

__all__ = ["DERIVATIVES", "FUNCTIONS", "MATRIX_FUNCTIONS", "funm", "matrix_version", "slope_at"]

_ONES, _ZEROS = ones(2, 2).op, zeros(2, 2).op
_SOURCE = "Davies and Higham, A Schur-Parlett algorithm for computing matrix functions, SIMAX 25 (2003)"
_CORNER = "{0} has no eigenvalue on the imaginary axis"


def _small(rng: np.random.Generator) -> tuple[np.ndarray, ...]:
    return (rng.standard_normal((4, 4)) / 4,)


def _away_from_the_axis(rng: np.random.Generator) -> tuple[np.ndarray, ...]:
    return (np.diag([2.0, -2.0, 2.5, -1.5]) + 0.3 * rng.standard_normal((4, 4)),)


def _as_matrix_function(
    f: Operation,
    domain: str = "",
    sample: Callable[..., Any] = _small,
    corner: float | None = None,
    cut: Any = None,
    **facts: Any,
) -> Operation:
    """The operation `<f>m`, and its derivative `d<f>m`."""
    taylor = getattr(taylors, f"taylor_{f.name}")
    claims = facts.pop("claims", ())
    options = {} if cut is None else {"cut": cut}
    made = factoring(
        f.name + "m",
        "n n -> n n",
        holomorphic=f.holomorphic,
        value=kernel(matrix_function, taylor, **options),
        fold=lambda args, params: f(args[0]) if args[0].is_scalar else None,
        transposed="commutes",
        properties=lambda node: kept(node) | (set(claims) if "symmetric" in node.args[0].memo["properties"] else set()),
        domain=domain,
        sample=sample,
        source=_SOURCE,
        notation=rf"\operatorname{{{{{f.name}}}}}_{{{{\mathrm{{{{m}}}}}}}}({{0}})",
        **facts,
    )
    slope = f.differentials[0]
    if corner is not None:
        options["corner"] = corner
    file_derivative(made, lambda a: slope(a, as_expr(1)), sample, kernel(matrix_function, taylor, **options))
    return made


# No floating-point number is a multiple of pi: tan, tanh, sigmoid have no point outside.
_BEYOND = points.each(np.diag([2.0, 0.5]), np.diag([0.5, -3.0]))
_ON_THE_AXIS = points.each(SINGULAR, TURNING, TURNING_BLOCK)
_OPEN_RAYS = "no real eigenvalue of {0} lies outside of the interval (-1, 1)"
MATRIX_FUNCTIONS: dict[Operation, Operation] = {
    exp: expm,
    log: logm,
    sqrt: sqrtm,
    sin: sinm,
    cos: cosm,
    sign: signm,
    tan: _as_matrix_function(tan, "no eigenvalue of {0} is an odd multiple of pi/2", outside=()),
    arcsin: _as_matrix_function(arcsin, _OPEN_RAYS, outside=_BEYOND),
    arccos: _as_matrix_function(arccos, _OPEN_RAYS, outside=_BEYOND),
    arctan: _as_matrix_function(
        arctan,
        "no eigenvalue of {0} lies on the imaginary axis at 1i or beyond",
        cut=taylors.on_cut_of_arctan,
        outside=points.each(TURNING, 2 * TURNING),
    ),
    sinh: _as_matrix_function(sinh),
    cosh: _as_matrix_function(cosh, claims=("spd",)),
    tanh: _as_matrix_function(tanh, "no eigenvalue of {0} is an odd multiple of pi*1i/2", outside=()),
    log1p: _as_matrix_function(
        log1p,
        "{0} has no real eigenvalue at -1 or below",
        outside=points.each(np.diag([-2.0, 1.0]), np.diag([-1.0, 1.0])),
    ),
    **{
        f: _as_matrix_function(
            f, _CORNER, _away_from_the_axis, 0.0, taylors.on_cut_of_sign, claims=("psd",), outside=_ON_THE_AXIS
        )
        for f in (abs, relu)
    },
    sigmoid: _as_matrix_function(
        sigmoid, "no eigenvalue of {0} is an odd multiple of pi*1i", claims=("spd",), outside=()
    ),
    softplus: _as_matrix_function(
        softplus,
        "no eigenvalue of {0} has an imaginary part of size pi or more",
        claims=("spd",),
        outside=points.each(4 * TURNING),
    ),
    erf: _as_matrix_function(erf),
}
"""Each elementwise operation -> its version for matrices."""
FUNCTIONS = tuple(f.name for f in MATRIX_FUNCTIONS)
"""The names of the elementwise functions that have a matrix version, `<name>m`."""


DERIVATIVES = {operations["d" + op.name]: f for f, op in MATRIX_FUNCTIONS.items() if "d" + op.name in operations}
"""The operations of derivatives, `d<name>m`, and the elementwise functions they belong to."""


def slope_at(f: Operation, A: Expr) -> Expr:
    """f'(A), the matrix version of the derivative of an elementwise operation."""
    t = symbol("_t", ONE, ONE)
    result = matrix_version(f.differentials[0](t, as_expr(1)), {t: A})
    assert result is not None
    return result


# --- any formula --------------------------------------------------------------------------------------


def matrix_version(u: Expr, versions: Mapping[Expr, Expr]) -> Expr | None:
    """u(A), for u made elementwise from a scalar or from the column of A's eigenvalues, or None.

    `versions` maps what u is made of, such as the column, to square matrices that commute. u may have sums, elementwise
    products and powers, elementwise functions and softmax; parts without the column are scalars, or a scalar times ones.
    None for anything else, such as an elementwise product with another vector.
    """
    moving = dependents([u], versions)
    first, A = next(iter(versions.items()))
    made: dict[Expr, Expr | None] = dict(versions)
    for node in postorder(u):
        if node not in made:
            if node in moving:
                parts = [made[a] for a in node.args]
                made[node] = None if any(p is None for p in parts) else _applied(node, parts, A)
            else:
                made[node] = _constant(node, first, A)
    return made[u]


def _constant(node: Expr, column: Expr, A: Expr) -> Expr | None:
    """A scalar, or a scalar times the identity for a scalar times ones: what does not depend on the eigenvalues."""
    if node.is_scalar:
        return node
    if node.op in (_ONES, _ZEROS) and node.shape == column.shape:
        return eye(A.rows) if node.op is _ONES else zeros(A.rows, A.rows)
    return scale(*node.args[:-1], eye(A.rows)) if node.op is scale and node.args[-1].op is _ONES else None


def _applied(node: Expr, parts: list[Any], A: Expr) -> Expr | None:
    """The operation of a node at matrices that commute; scalars stay scalars."""
    op = node.op
    square = [p if not p.is_scalar or A.is_scalar else p * eye(A.rows) for p in parts]
    if op is add:
        return add(*square)
    if op in (scale, hadamard):
        scalars = [p for p in parts if p.is_scalar]
        return scale(*scalars, mul(*[p for p in parts if not p.is_scalar])) if not A.is_scalar else mul(*parts)
    if op is pow:
        return _power(square[0], parts[1]) if parts[1].is_scalar else None
    if op is step:
        return (eye(A.rows) + signm(square[0])) / 2
    if op is maximum:
        larger: Expr = square[1] + MATRIX_FUNCTIONS[relu](square[0] - square[1])
        return larger
    if op is minimum:
        smaller: Expr = square[0] - MATRIX_FUNCTIONS[relu](square[0] - square[1])
        return smaller
    if op is softmax:
        weights = expm(square[0])
        return scale(trace(weights) ** -1, weights)
    if op is erfc:
        return eye(A.rows) - MATRIX_FUNCTIONS[erf](square[0])
    if op is normcdf:
        return (eye(A.rows) + MATRIX_FUNCTIONS[erf](square[0] / sqrt(as_expr(2)))) / 2
    version = MATRIX_FUNCTIONS.get(op)
    return version(square[0]) if version is not None else None


def _power(base: Expr, exponent: Expr) -> Expr:
    k = coefficient(exponent)
    if k is None:
        return powm(base, exponent)
    if k.denominator == 1:
        return power(base, int(k)) if k > 0 else power(inv(base), int(-k))
    if k in (Fraction(1, 2), Fraction(-1, 2)):
        return sqrtm(base) if k > 0 else inv(sqrtm(base))
    return powm(base, exponent)


def funm(A: Expr, f: Expr | str | Operation | Callable[[Expr], Expr]) -> Expr:
    """f(A) for a square matrix A and a scalar function f: V*diag(f(λ))*inv(V), the Taylor series, where they exist.

    f is an elementwise function (fr.tanh, "tanh"), a Python function of one scalar (lambda t: t/(1 + fr.exp(t))), which
    may use other scalars, or an expression in one scalar symbol. All derivatives exist and are exact, also where
    eigenvalues coincide or A is defective. Raises ShapeError when A is not square, FrechetError for another f.

    Source: Higham, Functions of Matrices (2008), ch. 1 and 3.

    >>> A = fr.matrix("A", "n")
    >>> fr.gradient(fr.trace(fr.funm(A, "sin")), A)
    cosm(A)ᵀ
    """
    A = as_expr(A)
    if A.rows is not A.cols:
        raise ShapeError(f"a function of a matrix needs a square one, and this one is {A.rows}×{A.cols}")
    if isinstance(f, str):
        if f not in operations or operations[f] not in MATRIX_FUNCTIONS:
            raise FrechetError(f"no elementwise function is called {f!r}: choose from {', '.join(FUNCTIONS)}")
        f = operations[f]
    variable = symbol("_t", ONE, ONE)
    formula = f if isinstance(f, Expr) else as_expr(f(variable))
    if isinstance(f, Expr):
        scalars = symbols(f)
        if len(scalars) != 1 or not scalars[0].is_scalar:
            raise FrechetError(
                "f is to be an expression in one scalar symbol; with others, write funm(A, lambda t: ...)"
            )
        variable = scalars[0]
    if not formula.is_scalar:
        raise ShapeError(f"f is to be a scalar, and it is {formula.rows}×{formula.cols}")
    result = matrix_version(formula, {variable: A})
    if result is None:
        raise DerivativeError("f is to be made of sums, products, powers and elementwise functions of its scalar")
    return result if result.shape == A.shape else result * eye(A.rows)
