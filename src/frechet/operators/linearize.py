"""The derivative of one function or several at numbers: `derivative.at(X=...)`, by the plan of its structure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from threading import RLock
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from frechet.calculus.declared import refuse_undeclared
from frechet.calculus.derivative import Derivative
from frechet.calculus.subspaces import structure_of
from frechet.errors import EvaluationError
from frechet.expr.evaluate import as_matrix, evaluate, evaluate_all
from frechet.expr.holomorphy import complex_at_real, refuse_complex
from frechet.expr.node import Expr, symbols
from frechet.expr.properties import has
from frechet.kernels.entries import norm2
from frechet.operators.canonical import Canonical
from frechet.operators.images import image
from frechet.operators.operator import LinearOperator
from frechet.operators.parts import (
    Block,
)
from frechet.operators.plan import Plan
from frechet.operators.spaces import (
    Full,
    Product,
    Skew,
    Space,
    Symmetric,
    diagonal,
    lower,
    upper,
)
from frechet.operators.tangents import tangent_orthogonal, tangent_stiefel

__all__ = ["codomain_of", "linearize", "linearize_all", "point_of", "space_of"]

Array = np.ndarray


_SPACES: dict[str, Callable[[Array], Space]] = {
    "symmetric": lambda X: Symmetric(len(X)),
    "skew": lambda X: Skew(len(X)),
    "diagonal": lambda X: diagonal(len(X)),
    "lower": lambda X: lower(len(X)),
    "upper": lambda X: upper(len(X)),
    "orthogonal": tangent_orthogonal,
    "unit": tangent_stiefel,  # of one column
}


def space_of(variable: Expr, X: Array) -> Space:
    """The tangent space of a variable at X: the subspace that was declared, or all matrices."""
    structure = structure_of(variable)
    return Full(*X.shape) if structure is None else _SPACES[structure](X)


_PLANS: WeakKeyDictionary[Derivative, Plan] = WeakKeyDictionary()
_LOCK = RLock()


def linearize(
    d: Derivative,
    values: Mapping[Any, Any],
    sizes: Mapping[str, int] | None = None,
    domain: Space | None = None,
    codomain: Space | None = None,
) -> LinearOperator:
    """The derivative at numbers, a structured operator dX -> df between the declared subspaces.

    `values` maps symbols or their names to arrays; `sizes` gives size letters that no array determines. The
    domain is the subspace that the variable was declared in, unless one is given (for example a tangent space
    of fixed-rank matrices). With several variables the operator is a row of blocks: op(dU, dV) is the
    differential, op.T(W) the tuple of the adjoints.

    At complex numbers the operator is complex linear, and op.T its Hermitian adjoint. That needs a function that is
    holomorphic there and has no transpose, which can be read with conjugation or without. Differences along a complex
    direction confirm it.

    Raises EvaluationError for missing or unfitting values, for arrays that lack what their symbols were declared with, and for a function that is not holomorphic at complex ones,
    DerivativeError where a rule is missing.
    """
    point = point_of((d.function,), d.variables, values)
    refuse_undeclared(point)
    if complex_at_real(d.function):
        evaluate_all([d.function], point, sizes)  # refuses what is complex there
    op = _linearized(d, point, sizes, domain, codomain)
    if any(map(np.iscomplexobj, point.values())):
        _confirm(op, d, point, sizes)
    return op


def _confirm(op: LinearOperator, d: Derivative, point: Mapping[Expr, Array], sizes: Mapping[str, int] | None) -> None:
    """EvaluationError unless op is the complex derivative along a random complex direction."""
    rng = np.random.default_rng(29)
    Z = [rng.standard_normal(point[X].shape) + 1j * rng.standard_normal(point[X].shape) for X in d.variables]
    h = 1e-5 * (1 + max(float(np.linalg.norm(point[X])) for X in d.variables)) / max(map(np.linalg.norm, Z))
    moved = lambda t: {**point, **{X: point[X] + t * z for X, z in zip(d.variables, Z, strict=True)}}
    plus, minus = (evaluate(d.function, moved(t), sizes) for t in (h, -h))
    along = op(*Z)
    error = float(np.linalg.norm((plus - minus) / (2 * h) - along))
    noise = 1e-11 * float(np.linalg.norm(plus)) / h
    if not error <= 1e-5 * float(np.linalg.norm(along)) + noise:
        raise EvaluationError(
            f"the function is not holomorphic at these complex numbers: its change along a complex direction is "
            f"{error / max(float(np.linalg.norm(along)), 1e-300):.1e} (relative) from the differential"
        )


def _linearized(
    d: Derivative,
    point: Mapping[Expr, Array],
    sizes: Mapping[str, int] | None,
    domain: Space | None,
    codomain: Space | None,
) -> LinearOperator:
    plan = _PLANS.get(d)
    if plan is None:
        made = Plan([d.linear_form], d.tangents)
        with _LOCK:
            plan = _PLANS.setdefault(d, made)
    (parts,), _ = plan.build(point, sizes)
    letters = plan.sizes(point, sizes)
    target = (d.function.rows.value(letters), d.function.cols.value(letters))
    spaces = [space_of(X, point[X]) for X in d.variables]
    if len(parts) > 1:
        zero = [part or Canonical(s.shape, target) for part, s in zip(parts, spaces, strict=True)]
        block = Block((tuple(zero),), tuple(s.shape for s in spaces), (target,))
        return LinearOperator(block, domain or Product(*spaces), codomain or Product(Full(*target)))
    part, domain = parts[0] or Canonical(spaces[0].shape, target), domain or spaces[0]
    if codomain is None and d.of is not None:
        codomain = space_of(d.of, point[d.of])
    elif codomain is None and not isinstance(domain, Full) and not d.function.is_scalar:
        codomain = image(part, domain)
    return LinearOperator(part, domain, codomain)


def linearize_all(
    functions: Sequence[Expr],
    variables: Sequence[Expr],
    values: Mapping[Any, Any],
    sizes: Mapping[str, int] | None = None,
) -> LinearOperator:
    """The derivative of several functions by several variables, one block operator: (dX, dY) -> (dF, dG).

    The gradients of a scalar give its Hessian: `linearize_all(d.gradients, d.variables, values)`, whose block
    (i, j) is the second derivative by X_i and X_j, between the declared subspaces. Errors as for `linearize`.
    """
    point = point_of(functions, variables, values)
    refuse_undeclared(point)
    derivatives = [Derivative(f, variables) for f in functions]
    plan = Plan([d.linear_form for d in derivatives], derivatives[0].tangents)
    grid, _ = plan.build(point, sizes)
    letters = plan.sizes(point, sizes)
    domains = [space_of(X, point[X]) for X in variables]
    targets = [(f.rows.value(letters), f.cols.value(letters)) for f in functions]
    codomains = [codomain_of(f, row, domains, shape) for f, row, shape in zip(functions, grid, targets, strict=True)]
    block = Block(tuple(map(tuple, grid)), tuple(s.shape for s in domains), tuple(targets))
    return LinearOperator(block, Product(*domains), Product(*codomains))


def codomain_of(f: Expr, row: Sequence[Canonical | None], domains: Sequence[Space], shape: tuple[int, ...]) -> Space:
    """The space of the values, which have this shape: symmetric where f is, or what the derivative maps into."""
    part = next((p for p in row if p is not None), None)
    if part is None:  # f is constant nearby
        return Full(*shape)
    if has(f, "symmetric") and part.target[0] > 1:
        return Symmetric(part.target[0])
    if len(row) == 1 and not isinstance(domains[0], Full):
        return image(part, domains[0]) or Full(*part.target)
    m, n = part.target
    if m == n > 1:  # symmetric at a random point is symmetric everywhere, with probability one
        rng = np.random.default_rng(19)
        Y = sum((p.apply(s.random(rng)) for p, s in zip(row, domains, strict=True) if p is not None), np.zeros((n, n)))
        if norm2(Y - Y.T) <= 1e-13 * norm2(Y):
            return Symmetric(n)
    return Full(m, n)


def point_of(functions: Sequence[Expr], variables: Sequence[Expr], values: Mapping[Any, Any]) -> dict[Expr, Array]:
    """A copy of the value of every symbol as a 2-D array, so that an operator stays what it is when the user's arrays
    change; EvaluationError where one is missing, unknown or does not fit, or is complex where a function is not holomorphic.
    """
    known = {s.name: s for s in (*variables, *symbols(*functions))}
    names = {key.name if isinstance(key, Expr) else str(key): value for key, value in values.items()}
    for given, wanted, fault in ((names, known, "does not occur"), (known, names, "has no value")):
        wrong = [name for name in given if name not in wanted]
        if wrong:
            raise EvaluationError(f"{', '.join(wrong)} {fault}; the symbols are {', '.join(known)}")
    point = {known[name]: np.array(as_matrix(value, known[name])) for name, value in names.items()}
    refuse_complex(functions, [s for s, value in point.items() if np.iscomplexobj(value)])
    return point
