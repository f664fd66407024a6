"""The public derivatives by finite differences.

X is a number, an array, or nested lists, tuples and dicts of them, real or complex; f is any Python
function of it. Inner products are <A, B> = Re tr(A^H B), summed over the leaves of a container.

Raised by all of them: EvaluationError when f raises at X, is not finite there, is not numeric or modifies
its argument, and when X or a direction is not numeric; ShapeError when f changes its shape from call to
call, or a direction is not shaped like X.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..errors import DerivativeError, EvaluationError, ShapeError
from .along import Along, along
from .containers import nest_matrix, vec_matrix
from .line import Function, Line
from .result import Estimate

__all__ = ["derivative", "directional", "gradient", "hessian", "jacobian", "jvp", "vjp"]

_Array = np.ndarray


def derivative(
    f: Callable[[Any], Any], x: Any, order: int = 1, *, side: str = "both", complex_step: bool = True
) -> Estimate:
    """f^(k)(x) for a scalar x, in the shape of f(x); k = order >= 1.

    For complex x it is the complex derivative (first order only). `side` is "both", "left" or "right";
    one-sided differences are also taken where f has values on one side only. `complex_step` allows the
    complex step, which is used where real differences confirm it.

    Raises DerivativeError when f is not complex differentiable at a complex x.
    """
    function = Function(f, x)
    if function.inputs.shapes != ((),):
        raise ShapeError("derivative is for functions of one number; use gradient, jacobian or directional")
    _check_order(order)
    if function.inputs.any_complex:
        if order != 1:
            raise EvaluationError("derivatives of higher order are for real x")
        return _holomorphic(function, lambda M: nest_matrix(function.outputs, None, M))
    return _single(function, np.ones(1), order, side, complex_step)


def directional(
    f: Callable[[Any], Any],
    X: Any,
    dX: Any,
    order: int = 1,
    *,
    side: str = "both",
    complex_step: bool = True,
) -> Estimate:
    """d^k/dt^k f(X + t·dX) at t = 0, in the shape of f(X), k = order; f'(X)[dX] for k = 1.

    dX is nested and shaped like X, and t is real also where X or dX are complex. `side` and `complex_step`
    as in `derivative`.

    Raises EvaluationError when dX is zero.
    """
    function = Function(f, X)
    _check_order(order)
    dx = function.inputs.gather(dX, "dX")
    if not np.isfinite(dx).all():
        raise EvaluationError("dX has entries that are NaN or infinite")
    if not dx.any():
        raise EvaluationError("dX is zero: there is no direction to differentiate along")
    if np.iscomplexobj(dx) and (dx.imag[~function.inputs.complex_entries] != 0).any():
        raise EvaluationError("dX is complex where X is real; make X complex to differentiate in a complex direction")
    return _single(function, dx, order, side, complex_step)


def jvp(f: Callable[[Any], Any], X: Any, dX: Any) -> Estimate:
    """f'(X)[dX], the pushforward of dX: `directional` under its name in automatic differentiation."""
    return directional(f, X, dX)


def gradient(f: Callable[[Any], Any], X: Any, *, conjugate: bool = False) -> Estimate:
    """The gradient G of a real scalar f, nested and shaped like X: f'(X)[dX] = <G, dX>.

    Where X is complex, G = ∂f/∂Re X + i ∂f/∂Im X, so that still df = Re tr(G^H dX): the direction of steepest ascent,
    and what PyTorch gives. With `conjugate` it is the other convention in use, ∂f/∂Re X - i ∂f/∂Im X with
    df = Re sum(G .* dX), which is twice the Wirtinger derivative ∂f/∂X and what `jax.grad` gives.

    Raises ShapeError when f(X) is not one real number.
    """
    function = Function(f, X)
    if function.value.size != 1:
        raise ShapeError("gradient is for functions with one real value; use jacobian or vjp")
    return _gradient(function, conjugate)


def vjp(f: Callable[[Any], Any], X: Any, W: Any) -> Estimate:
    """f'(X)*[W], the pullback of a cotangent W shaped like f(X): the gradient of <W, f(X)>.

    Raises ShapeError when W is not nested and shaped like f(X).
    """
    function = Function(f, X)
    outputs = function.outputs
    w = outputs.gather(W, "W")

    def paired(x: Any) -> Any:
        values = outputs.gather(f(x), "f")
        return np.real(np.vdot(w, values)) if outputs.any_complex else np.dot(w, values)

    return _gradient(Function(paired, X))


def jacobian(f: Callable[[Any], Any], X: Any, *, vec: bool = False) -> Estimate:
    """The partial derivatives of every entry of f(X) in every entry of X.

    For arrays, of shape f(X).shape + X.shape; with vec=True the matrix J with vec(f'(X)[dX]) = J vec(dX),
    vec stacking columns. For containers, the nesting of f(X) with the nesting of X inside. Complex X gives
    complex partial derivatives.

    Raises DerivativeError when X is complex and f is not complex differentiable, ShapeError for vec=True
    and containers.
    """
    function = Function(f, X)
    inputs, outputs = function.inputs, function.outputs
    if vec and (len(inputs.shapes) > 1 or len(outputs.shapes) > 1):
        raise ShapeError("vec=True is for functions of one array to one array")
    form = vec_matrix if vec else nest_matrix
    if inputs.any_complex:
        return _holomorphic(function, lambda M: form(outputs, inputs, M))
    columns = [along(line) for line in _axes(function)]
    value = function.entries(np.array([c.value for c in columns])).T
    error = function.sizes(np.array([c.error for c in columns])).T
    return _estimate(function, columns, value, error, lambda M: form(outputs, inputs, M))


def hessian(f: Callable[[Any], Any], X: Any) -> Estimate:
    """∂²f/∂X∂X of a real scalar f of real X, of shape X.shape + X.shape (for containers, nested twice).

    From second derivatives along coordinates and pairs of them: e_i'H e_j = (q(e_i + e_j) - q(e_i) -
    q(e_j)) / 2 with q(v) = v'H v, the coordinates scaled to the size of X.

    Raises ShapeError when f(X) is not one real number, EvaluationError when X is complex.
    """
    function = Function(f, X)
    inputs = function.inputs
    if function.value.size != 1:
        raise ShapeError("hessian is for functions with one real value; take the jacobian of a gradient otherwise")
    if inputs.any_complex:
        raise EvaluationError("hessian is for real X; give the real and imaginary parts as two arrays")
    n = inputs.size
    # powers of two near |x|, so that a pair of coordinates bends f alike and the scaling is exact
    scale = 2.0 ** np.round(np.log2(np.where(function.x != 0, np.abs(function.x), 1.0)))
    lines = [along(line, 2) for line in _axes(function)]
    H, error = np.zeros((n, n)), np.zeros((n, n))
    for i in range(n):
        H[i, i], error[i, i] = lines[i].value[0], lines[i].error[0]
    for i in range(n):
        for j in range(i):
            dx = np.zeros(n)
            dx[i], dx[j] = scale[i], scale[j]
            pair = along(Line(function, dx, f"{inputs.entry(i)} and {inputs.entry(j)}"), 2)
            lines.append(pair)
            parts = H[i, i] * scale[i] ** 2, H[j, j] * scale[j] ** 2
            known = error[i, i] * scale[i] ** 2 + error[j, j] * scale[j] ** 2
            H[i, j] = H[j, i] = (pair.value[0] - parts[0] - parts[1]) / (2 * scale[i] * scale[j])
            error[i, j] = error[j, i] = (pair.error[0] + known) / (2 * scale[i] * scale[j])
    return _estimate(function, lines, H, error, lambda M: nest_matrix(inputs, inputs, M))


def _check_order(order: Any) -> None:
    if not isinstance(order, int | np.integer) or isinstance(order, bool) or order < 1:
        raise EvaluationError(f"the order of a derivative is an integer >= 1, not {order!r}")


def _single(function: Function, dx: _Array, order: int, side: str, complex_step: bool) -> Estimate:
    found = along(Line(function, dx), order, side, complex_step)
    value, error = function.entries(found.value), function.sizes(found.error)
    return _estimate(function, [found], value, error, lambda v: nest_matrix(function.outputs, None, v[:, None]))


def _axes(function: Function, unit: complex = 1.0) -> list[Line]:
    """Lines along every coordinate of X; with unit=1j along the imaginary axis of every complex one."""
    inputs = function.inputs
    chosen = range(inputs.size) if unit == 1.0 else np.flatnonzero(inputs.complex_entries)
    lines = []
    for k in chosen:
        dx = np.zeros_like(function.x)
        dx[k] = unit
        lines.append(Line(function, dx, inputs.entry(int(k))))
    return lines


def _gradient(function: Function, conjugate: bool = False) -> Estimate:
    inputs = function.inputs
    columns = [along(line) for line in _axes(function)]
    imaginary = [along(line) for line in _axes(function, 1j)]
    value = np.array([c.value[0] for c in columns], dtype=function.x.dtype)
    error = np.array([c.error[0] for c in columns])
    where = inputs.complex_entries
    if where.any():
        value[where] += (-1j if conjugate else 1j) * np.array([c.value[0] for c in imaginary])
        error[where] = np.hypot(error[where], [c.error[0] for c in imaginary])
    return _estimate(function, columns + imaginary, value, error, lambda v: nest_matrix(None, inputs, v[None, :]))


def _holomorphic(function: Function, nest: Callable[[_Array], Any]) -> Estimate:
    """Partial derivatives in complex X, after checking f'(X)[i e] = i f'(X)[e] for every complex entry."""
    columns = [along(line) for line in _axes(function)]
    imaginary = [along(line) for line in _axes(function, 1j)]
    value = function.entries(np.array([c.value for c in columns])).astype(np.complex128).T
    error = function.sizes(np.array([c.error for c in columns])).T
    where = function.inputs.complex_entries
    turned = function.entries(np.array([c.value for c in imaginary])).T
    gap = np.abs(turned - 1j * value[:, where])
    allowed = 10 * (error[:, where] + function.sizes(np.array([c.error for c in imaginary])).T)
    if (gap > allowed + 1e-6 * np.abs(value[:, where])).any():
        raise DerivativeError(
            "f is not complex differentiable at X: f'(X)[i·dX] is not i·f'(X)[dX]. "
            "Use gradient (for real f) or directional, which take X as pairs of real numbers"
        )
    return _estimate(function, columns + imaginary, value, error, nest)


def _estimate(
    function: Function, lines: list[Along], value: _Array, error: _Array, nest: Callable[[_Array], Any]
) -> Estimate:
    norm, size = _norm(error), _norm(value)
    worst = max(lines, key=lambda line: _norm(line.error)) if lines else None
    relative = _ratio(norm, size)
    return Estimate(
        value=nest(value),
        error=nest(error),
        error_norm=norm,
        relative=relative,
        method=worst.method if worst else "none: X is empty",
        step=worst.step if worst else 0.0,
        # what was seen along every line
        seen=(max(line.seen[0] for line in lines), min(line.seen[1] for line in lines)) if lines else (0.0, 0.0),
        evaluations=function.evaluations,
        warnings=list(dict.fromkeys(w for line in lines for w in line.warnings)),
    )


def _norm(v: _Array) -> float:
    """The 2-norm, of entries whose squares may overflow or underflow."""
    top = float(np.max(np.abs(v), initial=0.0))
    with np.errstate(all="ignore"):
        return top * float(np.linalg.norm(v / top)) if top and np.isfinite(top) else top


def _ratio(norm: float, size: float) -> float:
    if norm == 0:
        return 0.0
    return norm / size if size and np.isfinite(norm) and np.isfinite(size) else np.inf
