"""Derivatives of Python functions that use NumPy as it is.

    g = fr.gradient(loss)            # g(w, X, y) has the structure of w
    fr.value_and_gradient(loss)(w, X, y)
    fr.jacobian(f)(x)                # the shape of f(x), then that of x
    fr.hvp(loss)(w, v)               # a Hessian times a direction

The function runs once, on a copy (`frechet.tracing.copying`), and what it does to the arrays is recorded. The gradient is
the reverse sweep over the record, a directional derivative the forward sweep.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import wraps
from inspect import signature
from typing import Any

import numpy as np

from frechet.errors import DerivativeError, FrechetError
from frechet.expr.node import Expr
from frechet.tracing import functions
from frechet.tracing.array import Traced, concrete
from frechet.tracing.jacobians import arranged, complex_blocks, unit
from frechet.tracing.kept import kept
from frechet.tracing.linearization import Linearization, unchanged
from frechet.tracing.order.accumulate import can_accumulate, jacobian_matrix
from frechet.tracing.structure import Structure
from frechet.tracing.undefined import warn_of_nan

__all__ = ["Linearization", "gradient", "hessian", "hvp", "jacobian", "jvp", "linearize", "value_and_gradient", "vjp"]

assert functions, "importing the functions fills the tables"


def _positions(f: Callable[..., Any], wrt: Any, args: Sequence[Any]) -> list[int]:
    """The numbers of the arguments: given as numbers or names; the first one otherwise."""
    chosen = [0] if wrt is None else list(wrt) if isinstance(wrt, list | tuple) else [wrt]
    found = []
    for w in chosen:
        if isinstance(w, str):
            names = list(signature(f).parameters)
            if w not in names:
                raise DerivativeError(
                    f"{getattr(f, '__name__', 'the function')} has no argument {w}; it has {', '.join(names)}"
                )
            w = names.index(w)
        if not isinstance(w, int) or not -len(args) <= w < len(args):
            raise DerivativeError(
                f"there is no argument {w} to differentiate by: {len(args)} are given; count from 0, or give a name"
            )
        found.append(w % len(args))
    if len(set(found)) != len(found) or not found:
        raise DerivativeError("wrt names an argument twice, or none")
    return found


def _linearized(
    f: Callable[..., Any], wrt: Any, args: Sequence[Any], options: dict[str, Any], lasts: bool = True
) -> Linearization:
    if not args:
        raise DerivativeError(
            f"{getattr(f, '__name__', 'the function')} needs the argument that it is differentiated by"
        )
    return Linearization(f, args, options, _positions(f, wrt, args), lasts)


def _described(name: str, f: Callable[..., Any]) -> Callable:
    """Gives a derivative the name and the signature of the function."""
    if not callable(f):
        of_formula = {"jacobian": ".jacobian", "hessian": ".hessian()", "hvp": ".hessian()"}.get(name, "")
        told = f"; of a formula it is fr.derivative(f, x){of_formula}" if isinstance(f, str | Expr) else ""
        raise FrechetError(f"fr.{name} takes a Python function, not a {type(f).__name__}{told}")

    def decorate(made: Callable) -> Callable:
        with suppress(AttributeError, TypeError):
            wraps(f)(made)
        made.__name__ = f"{name}_of_{getattr(f, '__name__', 'function')}"
        return made

    return decorate


def value_and_gradient(f: Callable[..., Any], wrt: Any = None) -> Callable[..., tuple[Any, Any]]:
    """(f(x, ...), its gradient) of a function whose value is one real number.

    The gradient has the structure of the argument: arrays, numbers, lists, dicts, named tuples, dataclasses. `wrt` is the
    number or name of an argument, or several; the first by default. For a complex argument it is the direction of steepest
    ascent, df = Re(sum(conj(G)*dx)). A value that does not depend on the argument has the gradient 0, with a warning.

    Raises DerivativeError where the value is not one real number, TracingError where a call loses the derivative.

    >>> fr.value_and_gradient(lambda x: np.sum(x**2))(np.array([1.0, 2.0]))
    (np.float64(5.0), array([2., 4.]))
    """

    records = kept(f, wrt)

    @_described("value_and_gradient", f)
    def made(*args: Any, **options: Any) -> tuple[Any, Any]:
        seen = (
            records.look(args, lambda: _positions(f, wrt, args))
            if records is not None and args and not options
            else None
        )
        if seen is not None and records is not None:
            again = records.again(seen, args)
            if again is not None:
                return again
        L = _linearized(f, wrt, args, options, lasts=False)
        _check_number(L)
        if not L.depends:
            warnings.warn(
                f"the value of {L.name} does not depend on what it is differentiated by: its gradient is 0",
                stacklevel=3,
            )
        value = L.value
        found = L.pulled_back([_one(value)])
        if L.idle and L.depends:
            _warn_of_idle(f, L)
        if L.tape.guarded:
            seeds = {p: _one(value) for p in L.places if p is not None}
            warn_of_nan(L.name, L.tape, L.inputs, seeds, Structure(found, "the gradient").leaves)
        elif seen is not None and records is not None:
            records.keep(seen, L, args)
        return value, found

    return made


def _warn_of_idle(f: Callable[..., Any], L: Linearization) -> None:
    """One warning that names what the value does not depend on."""
    try:
        known = list(signature(f).parameters)
    except (TypeError, ValueError):
        known = []
    roots = [known[i] if i < len(known) else f"argument {i + 1}" for i in L.wrt]
    names = [n for root, argument in zip(roots, L.arguments, strict=True) for n in argument.names(root)]
    idle = ", ".join(names[k] for k in L.idle)
    warnings.warn(
        f"the value of {L.name} does not depend on {idle}: there its gradient is 0",
        stacklevel=4,
    )


def _one(value: Any) -> Any:
    numbers = np.asarray(concrete(value))
    return np.ones(numbers.shape, dtype=numbers.dtype if numbers.dtype.kind == "f" else float)[()]


def _check_number(L: Linearization) -> None:
    leaves = L.result.leaves
    if (
        len(leaves) != 1
        or np.size(concrete(leaves[0])) != 1
        or not isinstance(L.result.template, Traced | float | np.ndarray | np.generic)
    ):
        raise DerivativeError(
            f"a gradient is of one number, and the value of {L.name} is {_kind_of(L.result.template)}; fr.jacobian is of arrays"
        )
    if np.iscomplexobj(concrete(leaves[0])):
        raise DerivativeError(
            f"a gradient is of a real number, and the value of {L.name} is complex: take its real part or absolute value"
        )


def _kind_of(value: Any) -> str:
    shape = np.shape(concrete(value)) if isinstance(value, Traced | np.ndarray) else None
    return f"an array of shape {shape}" if shape else f"a {type(value).__name__}"


def gradient(f: Callable[..., Any], wrt: Any = None) -> Callable[..., Any]:
    """The gradient of a function whose value is one real number; see `value_and_gradient`."""
    both = value_and_gradient(f, wrt)

    @_described("gradient", f)
    def made(*args: Any, **options: Any) -> Any:
        return both(*args, **options)[1]

    return made


def linearize(f: Callable[..., Any], *args: Any, wrt: Any = None, **options: Any) -> Linearization:
    """The function at a point: its value and its derivative L, with L(dx) and the pullback L.T(w).

    L takes the shape of the argument to that of the value. Raises DerivativeError where there is no argument `wrt`.

    >>> L = fr.linearize(np.cumsum, np.array([1.0, 2.0]))
    >>> L(np.array([1.0, 1.0])), L.T(np.array([1.0, 1.0]))
    (array([1., 2.]), array([2., 1.]))
    """
    return _linearized(f, wrt, args, options)


def jvp(f: Callable[..., Any], wrt: Any = None) -> Callable[..., tuple[Any, Any]]:
    """jvp(f)(x, ..., dx) is (f(x, ...), f'(x)[dx]): one forward sweep. The directions stand last, one for each of wrt.

    Raises ShapeError where a direction has not the shape of its argument, DerivativeError where there is none.

    >>> fr.jvp(np.cumsum)(np.array([1.0, 2.0]), np.array([1.0, 1.0]))
    (array([1., 3.]), array([1., 2.]))
    """

    @_described("jvp", f)
    def made(*args: Any, **options: Any) -> tuple[Any, Any]:
        count = len(wrt) if isinstance(wrt, list | tuple) else 1
        points, directions = args[:-count], args[-count:]
        L = _linearized(f, wrt, points, options)
        return L.value, L(*directions)

    return made


def vjp(f: Callable[..., Any], wrt: Any = None) -> Callable[..., tuple[Any, Callable[[Any], Any]]]:
    """vjp(f)(x, ...) is (f(x, ...), pullback): the pullback takes a cotangent of the value to one of the argument.

    Raises ShapeError where the cotangent has not the shape of the value.

    >>> value, pullback = fr.vjp(np.cumsum)(np.array([1.0, 2.0]))
    >>> pullback(np.array([1.0, 1.0]))
    array([2., 1.])
    """

    @_described("vjp", f)
    def made(*args: Any, **options: Any) -> tuple[Any, Callable[[Any], Any]]:
        L = _linearized(f, wrt, args, options)
        return L.value, L.T

    return made


def jacobian(f: Callable[..., Any], wrt: Any = None) -> Callable[..., Any]:
    """The Jacobian of a function from one array to one: the shape of the value, then that of the argument.

    Raises DerivativeError for what has no derivative, or is not of one array.

    The chain rule is a product of operators: it is multiplied in the order that costs least (`fr.order` shows it), with many
    directions in one sweep. A structured argument gives a structure of Jacobians.

    It is the matrix of `jvp`: J dx is the derivative along dx, complex where the value or the argument is. A function of a complex
    argument that is not holomorphic has no such matrix (its derivative along 1j*dx is not 1j times that along dx), and is refused.

    >>> fr.jacobian(np.cumsum)(np.array([1.0, 2.0]))
    array([[1., 0.],
           [1., 1.]])
    """

    @_described("jacobian", f)
    def made(*args: Any, **options: Any) -> Any:
        L = _linearized(f, wrt, args, options)
        if len(L.arguments) != 1:
            raise DerivativeError("a Jacobian is by one argument at a time: give wrt one number or name")
        return _jacobian_of(L)

    return made


def _jacobian_of(L: Linearization) -> Any:
    if len(L.result.leaves) != 1 or L.result.template is not L.result.leaves[0]:
        raise DerivativeError(f"a Jacobian is of one array, and the value of {L.name} is {_kind_of(L.result.template)}")
    (argument,) = L.arguments
    value = L.result.leaves[0]
    (place,) = L.places
    shape, shapes = np.shape(concrete(value)), [np.shape(concrete(a)) for a in argument.leaves]
    if place is not None and shape and can_accumulate(L.tape):
        (J,) = L.swept(lambda tape: [jacobian_matrix(tape, place, L.inputs)])
        L.warn_of_nan([J])
        L.warn_of_slopes([J])
        ends = np.cumsum([0, *[int(np.prod(s)) for s in shapes]])
        blocks = [J[:, ends[k] : ends[k + 1]].reshape(shape + s) for k, s in enumerate(shapes)]
        return argument.rebuilt(iter([np.ascontiguousarray(B) for B in blocks]), unchanged)
    if any(np.iscomplexobj(concrete(a)) for a in (value, *argument.leaves)):
        return argument.rebuilt(iter(complex_blocks(L, value, argument.leaves)), unchanged)
    cols = sum(int(np.prod(s)) for s in shapes)
    if cols < int(np.prod(shape)) and argument.template is argument.leaves[0]:
        return _by_columns(L, argument.leaves[0], value)
    return _by_rows(L, argument, value)


def _by_columns(L: Linearization, x: Any, value: Any) -> Any:
    shape = np.shape(concrete(x))
    columns = [L(unit(shape, k, concrete(x))) for k in range(int(np.prod(shape)))]
    return arranged(columns, -1, np.shape(concrete(value)) + shape)


def _by_rows(L: Linearization, argument: Structure, value: Any) -> Any:
    shape = np.shape(concrete(value))
    rows = [Structure(L.T(unit(shape, k, concrete(value))), "").leaves for k in range(int(np.prod(shape)))]
    blocks = [arranged([r[j] for r in rows], 0, shape + np.shape(concrete(a))) for j, a in enumerate(argument.leaves)]
    return argument.rebuilt(iter(blocks), unchanged)


def hessian(f: Callable[..., Any], wrt: Any = None) -> Callable[..., Any]:
    """The Hessian of a function of one array whose value is a number: the shape of the argument, twice.

    Raises DerivativeError where the value is an array.

    >>> fr.hessian(lambda x: np.sum(x**3))(np.array([1.0, 2.0]))
    array([[ 6.,  0.],
           [ 0., 12.]])
    """
    return _described("hessian", f)(lambda *args, **options: jacobian(gradient(f, wrt), wrt)(*args, **options))


def hvp(f: Callable[..., Any], wrt: Any = None) -> Callable[..., Any]:
    """hvp(f)(x, ..., v) is f''(x)[v], the Hessian times a direction: a forward sweep over the gradient.

    The result has the shape of the argument. Raises DerivativeError where the value is an array, ShapeError where v has another shape.

    >>> fr.hvp(lambda x: np.sum(x**3))(np.array([1.0, 2.0]), np.array([0.0, 1.0]))
    array([ 0., 12.])
    """
    described = _described("hvp", f)
    directional = jvp(gradient(f, wrt), wrt)
    return described(lambda *args, **options: directional(*args, **options)[1])
