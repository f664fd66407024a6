"""The calculus of nodes that bind a symbol: differentials, adjoints, closed forms, values.

    F(X, A) = 0            F_X[dX] = -F_A[dA]               the differential of X: the solution of a linear equation
    L(Y, A) = R            dY: L(dY) = dR - L_A(Y)[dA]       the same operator at every order
                           <W, dY> = <Λ, dR>, L'(Λ) = W      the adjoint: the transposed equation

A linear equation whose terms have a known form is one of the table's: A*Y*B = R, A*Y + Y*B = R (sylv), Y - A*Y*B = R (stein),
D.*Y = R. Any other stays a node.

Source: Magnus and Neudecker, Matrix Differential Calculus, 3rd ed. (2019), sec. 8.3 (implicit functions); Giles and Pierce, An
introduction to the adjoint approach to design, Flow Turbul. Combust. 65 (2000).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from frechet.calculus.linear import differential, matrix_of, transpose_linear
from frechet.calculus.solvable import require_defined
from frechet.errors import DerivativeError, EvaluationError
from frechet.expr.binding import FILL, Equation, equation_of, solution
from frechet.expr.evaluate import as_matrix, evaluate
from frechet.expr.node import Expr, Operation, dependents, operations, postorder, substitute
from frechet.expr.structure import add, eye, hadamard, mul, number, scale, symbol
from frechet.rules.equations import stein, sylv
from frechet.rules.inverse import inv
from frechet.simplify import simplify

__all__ = ["has_closed_form", "linearized", "solved"]

Array = np.ndarray
_DENSE = 4000
_LAMBDA = "Lambda"


def solved(L: Expr, Y: Expr, R: Expr) -> Expr:
    """The Y with L = R, by an operation of the table where the equation has its form, else as a node."""
    L = simplify(L)
    found = _recognised(L, Y, R)
    return found if found is not None else solution(L, Y, R)


def linearized(node: Expr) -> tuple[Expr, Expr]:
    """(F_X[dX], dX) of a `where` node, with the node in the place of X."""
    X, F, _ = equation_of(node)
    dX = symbol(f"d{X.name}", X.rows, X.cols)
    return substitute(differential(F, {X: dX}), {X: node}), dX


# --- closed forms ----------------------------------------------------------------------------------------------------


def _recognised(L: Expr, Y: Expr, R: Expr) -> Expr | None:
    if Y.is_scalar:
        return hadamard(R, simplify(substitute(L, {Y: number(1)})) ** -1) if L.is_scalar else None
    terms = [_factors(t, Y) for t in (L.args if L.op is add else (L,))]
    if any(t is None for t in terms):
        found = _entrywise(L, Y, R)
        return _with_its_matrix(L, Y, R) if found is None and Y.is_vector and L.shape == Y.shape else found
    pairs = [t for t in terms if t is not None]
    left = [a for a, b in pairs if b is None]
    right = [b for a, b in pairs if a is None and b is not None]
    both = [(a, b) for a, b in pairs if a is not None and b is not None]
    # without a factor on either side: a multiple of Y, which counts on the left
    A = add(*[a if a is not None else eye(Y.rows) for a in left]) if left else None
    B = add(*right) if right else None
    if not both:
        return _one_or_two_sided(A, B, Y, R)
    if len(both) == 1 and B is None:
        return _product_or_stein(A, both[0], left, Y, R)
    return None


def _one_or_two_sided(A: Expr | None, B: Expr | None, Y: Expr, R: Expr) -> Expr | None:
    if B is None:
        assert A is not None
        return inv(A) @ R
    return R @ inv(B) if A is None else sylv(A, B, R)


def _product_or_stein(
    A: Expr | None, pair: tuple[Expr, Expr], left: list[Expr | None], Y: Expr, R: Expr
) -> Expr | None:
    P, Q = pair
    if A is None:
        return inv(P) @ R @ inv(Q)
    if left == [None]:  # Y + P*Y*Q
        return stein(-P, Q, R)
    return stein(-inv(A) @ P, Q, inv(A) @ R)


def _factors(term: Expr, Y: Expr) -> tuple[Expr | None, Expr | None] | None:
    """(A, B) of a term A*Y*B, with numbers and scalars in A; None where it has another form."""
    scalars: list[Expr] = []
    while term.op is scale:
        *front, term = term.args
        scalars += front
    if any(_has(s, Y) for s in scalars):
        return None
    chain = list(term.args) if term.op is mul else [term]
    places = [k for k, f in enumerate(chain) if _has(f, Y)]
    if len(places) != 1 or chain[places[0]] is not Y:
        return None
    k = places[0]
    A = mul(*chain[:k]) if k else None
    B = mul(*chain[k + 1 :]) if k + 1 < len(chain) else None
    if scalars:
        if A is None and B is not None:
            B = scale(*scalars, B)
        else:
            A = scale(*scalars, A if A is not None else eye(Y.rows))
    return A, B


def _with_its_matrix(L: Expr, Y: Expr, R: Expr) -> Expr | None:
    """inv(M)*R for a column Y, with M the matrix of the map; None where an operation has no matrix in the language."""
    try:
        return inv(simplify(matrix_of(L, Y))) @ R
    except DerivativeError:
        return None


def _has(e: Expr, Y: Expr) -> bool:
    return e is Y or e in dependents([e], [Y])


def _entrywise(L: Expr, Y: Expr, R: Expr) -> Expr | None:
    """R ./ D for an equation D.*Y = R, entry by entry."""
    moving = dependents([L], [Y])
    ones = operations["ones"](params=(Y.rows, Y.cols))
    for node in postorder(L):
        if node in moving and node is not Y and node.op not in (add, hadamard, scale):
            return None
        if node.op is scale and any(s in moving for s in node.args[:-1]):
            return None
    return hadamard(R, substitute(L, {Y: ones}) ** -1)


# --- rules ------------------------------------------------------------------------------------------------------------


def _fill(op: Operation, count: int) -> None:
    if op.name == "where":
        for i in range(count):
            op.differentials[i] = _d_where(op, i)
        op.value = _value_of_where
        return
    op.adjoints[0] = lambda W, *rest: _adjoint_of_solution(op(*rest[:-1], params=rest[-1:]), W)
    op.matrices[0] = lambda *rest: _matrix_of_solution(op(*rest[:-1], params=rest[-1:]))
    for i in range(1, count):
        op.differentials[i] = _d_solution(op, i)
    op.value = _value_of_solution


def _d_where(op: Operation, i: int) -> Callable[..., Expr]:
    def d_where(*given: Any) -> Expr:
        *args, dA, equation = given
        require_defined(equation.F, equation.unknown)
        node = op(*args, params=(equation,))
        moved = _moved(equation, i, node, args, dA, {equation.unknown: node})
        L, dX = linearized(node)
        return solved(L, dX, scale(-1, moved))

    return d_where


def _moved(equation: Equation, i: int, node: Expr, args: Any, dA: Expr, unknown: dict[Expr, Expr]) -> Expr:
    """The differential of the equation's left side in its placeholder i."""
    held = equation.placeholders[i]
    tangent = symbol("_tangent", held.rows, held.cols)
    form = differential(equation.F, {held: tangent})
    held_at: dict[Expr, Expr] = dict(zip(equation.placeholders, args, strict=True))
    return substitute(form, {**held_at, **unknown, tangent: dA})


def _d_solution(op: Operation, i: int) -> Callable[..., Expr]:
    def d_solution(*given: Any) -> Expr:
        R, *args, dA, equation = given
        node = op(R, *args, params=(equation,))
        moved = _moved(equation, i - 1, node, args, dA, {equation.unknown: node})
        return solved(equation.at(node, 1), equation.unknown, scale(-1, moved))

    return d_solution


def _adjoint_of_solution(node: Expr, W: Expr) -> Expr:
    Y, L, R = equation_of(node)
    multiplier = symbol(_LAMBDA, R.rows, R.cols)
    (transposed,) = transpose_linear(L, [Y], multiplier)
    return solved(transposed, multiplier, W)


def _matrix_of_solution(node: Expr) -> Expr:
    Y, L, _ = equation_of(node)
    return inv(matrix_of(L, Y))


# --- values -----------------------------------------------------------------------------------------------------------


def _value_of_solution(R: Array, *arrays: Array, node: Expr) -> Array:
    equation: Equation = node.params[0]
    return _linear_solve(equation, arrays, R)


def _linear_solve(equation: Equation, arrays: Any, R: Array) -> Array:
    """The unknown of an equation that is linear in it: by the matrix of the map, column by column."""
    shape = _shape_of(equation, arrays, R.shape)
    n = shape[0] * shape[1]
    if n > _DENSE:
        raise np.linalg.LinAlgError(
            f"the linear equation has {n} unknowns and no known structure: too many for its matrix"
        )
    given = dict(zip(equation.placeholders, arrays, strict=True))
    columns = []
    for k in range(n):
        E = np.zeros(n)
        E[k] = 1.0
        columns.append(evaluate(equation.F, {**given, equation.unknown: E.reshape(shape)}).ravel())
    J = np.stack(columns, axis=1)
    if J.shape[0] != J.shape[1]:
        raise np.linalg.LinAlgError(f"the linear equation has {J.shape[0]} equations for {n} unknowns")
    if not np.linalg.cond(J) * np.finfo(float).eps < 1:
        raise np.linalg.LinAlgError("the linear equation is singular")
    return np.linalg.solve(J, R.ravel()).reshape(shape)


def _shape_of(equation: Equation, arrays: Any, otherwise: tuple[int, ...]) -> tuple[int, int]:
    """The numbers of rows and columns of the unknown, by the arrays of the placeholders."""
    known: dict[Any, int] = {}
    for s, a in zip(equation.placeholders, arrays, strict=True):
        known.update({s.rows: a.shape[0], s.cols: a.shape[1]})
    X, F = equation.unknown, equation.F
    known.setdefault(F.rows, otherwise[0])
    known.setdefault(F.cols, otherwise[1])
    found = [p.constant if p.constant is not None else known.get(p) for p in (X.rows, X.cols)]
    if None in found:
        raise EvaluationError(f"the size of {X.name}, {X.rows}×{X.cols}, does not follow from the arrays")
    return found[0], found[1]  # type: ignore[return-value]


def _value_of_where(*arrays: Array, node: Expr) -> Array:
    equation: Equation = node.params[0]
    X = equation.unknown
    if equation.solver is not None:
        value = as_matrix(
            np.asarray(equation.solver(*[_as_given(a, s) for a, s in zip(arrays, equation.placeholders, strict=True)])),
            X,
        )
    else:
        value = _without_solver(equation, arrays)
    given = dict(zip(equation.placeholders, arrays, strict=True))
    F = evaluate(equation.F, {**given, X: value})
    scale_of = max((float(np.abs(a).max(initial=0)) for a in (*arrays, value)), default=1.0)
    if not np.abs(F).max(initial=0) <= 1e-6 * max(scale_of, 1.0):
        raise EvaluationError(
            f"the solver of {X.name} has not solved {node.params[0]!r}: the residual is {np.abs(F).max(initial=0):.1e}"
        )
    return value


def _as_given(a: Array, s: Expr) -> Any:
    return a[0, 0] if s.is_scalar else a[:, 0] if s.is_vector else a


def has_closed_form(node: Expr) -> bool:
    """Whether a `where` node has values: its equation is linear, X*X = A, or has a solver."""
    equation: Equation = node.params[0]
    slope, _, root_of = _closed_form(equation.F, equation.unknown)
    return equation.solver is not None or slope is not None or root_of is not None


def _closed_form(F: Expr, X: Expr) -> tuple[Expr | None, Expr, Expr | None]:
    """(F_X[dX], dX, A): the linear map where F is linear in X, the A of X*X = A where F is that; else None for both."""
    dX = symbol("_d", X.rows, X.cols)
    slope = differential(F, {X: dX})
    if not _has(slope, X):
        return slope, dX, None
    if X.rows is not X.cols or X.is_scalar:
        return None, dX, None
    root_of = simplify(add(mul(X, X), scale(-1, F)))
    return None, dX, None if _has(root_of, X) else root_of


def _without_solver(equation: Equation, arrays: Any) -> Array:
    X, F = equation.unknown, equation.F
    given = dict(zip(equation.placeholders, arrays, strict=True))
    slope, dX, root_of = _closed_form(F, X)
    if slope is not None:  # linear: F(0) + F_X[X] = 0
        shape = _shape_of(equation, arrays, (0, 0))
        constant = evaluate(F, {**given, X: np.zeros(shape)})
        return _linear_solve(Equation(slope, dX, equation.placeholders), arrays, -constant)
    if root_of is not None:
        return evaluate(operations["sqrtm"](root_of), given)  # X*X = A: the principal root
    raise EvaluationError(
        f"{equation!r} has no closed form that is known: give a solver, fr.implicit(F, {X.name}, solve=...)"
    )


FILL.append(_fill)
