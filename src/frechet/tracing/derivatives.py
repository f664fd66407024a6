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

from frechet.errors import DerivativeError, FrechetError, ShapeError
from frechet.expr.node import Expr
from frechet.tracing import functions
from frechet.tracing.array import Traced, concrete
from frechet.tracing.classes import is_standard
from frechet.tracing.copying import copied, replaced, written_through
from frechet.tracing.graph import INPUT
from frechet.tracing.order.accumulate import can_accumulate, jacobian_matrix
from frechet.tracing.refusing import lost
from frechet.tracing.structure import Structure, written_as_floats
from frechet.tracing.sweep import pulled, pushed
from frechet.tracing.tape import CONSTANT, Tape
from frechet.tracing.undefined import warn_of_nan

__all__ = ["Linearization", "gradient", "hessian", "hvp", "jacobian", "jvp", "linearize", "value_and_gradient", "vjp"]

assert functions, "importing the functions fills the tables"


class Linearization:
    """A function at a point: its value, and its derivative as a linear map.

    L(dx)     the derivative along dx, with the structure of the value (forward sweep)
    L.T(w)    the pullback of w, with the structure of the argument (reverse sweep)
    L.value   f(x)
    """

    def __init__(
        self,
        f: Callable[..., Any],
        args: Sequence[Any],
        options: dict[str, Any],
        wrt: Sequence[int],
        lasts: bool = True,
    ) -> None:
        self._lasts = lasts  # whether it is used after the caller's arrays may have changed
        self.name = getattr(f, "__name__", "the function")
        self.wrt = tuple(wrt)
        self.arguments = [Structure(args[i], f"argument {i + 1} of {self.name}") for i in wrt]
        self._check_leaves(args, wrt)
        with Tape() as tape:
            self.tape = tape
            given = list(args)
            self.inputs: list[int] = []
            for i, argument in zip(wrt, self.arguments, strict=True):
                given[i] = argument.rebuilt(map(self._input, argument.leaves))
            try:
                result = _run(copied(f), [replaced(a) for a in given], options, tape)
            except BaseException:
                tape.closed = True
                raise
            finally:
                written_through(tape)
        self.result = Structure(_marked(result), f"the value of {self.name}")
        self.value = _shown(result)
        self.places = [
            leaf.index
            if isinstance(leaf, Traced) and leaf.tape is self.tape and self.tape.active[leaf.current().index]
            else None
            for leaf in self.result.leaves
        ]
        """The entries of the leaves of the result; None for one that does not depend on the inputs."""
        tape.closed = True

    def _input(self, leaf: Any) -> Traced:
        value = leaf
        if not isinstance(leaf, Traced):
            value = np.array(leaf, copy=self._lasts or None) if np.ndim(leaf) else np.asarray(leaf)[()]
        self.inputs.append(self.tape.input(value))
        return Traced(self.tape, self.inputs[-1], value)

    def _check_leaves(self, args: Sequence[Any], wrt: Sequence[int]) -> None:
        for i, argument in zip(wrt, self.arguments, strict=True):
            if not argument.leaves:
                kind = f"of dtype {args[i].dtype}" if hasattr(args[i], "dtype") else f"a {type(args[i]).__name__}"
                raise DerivativeError(
                    f"argument {i + 1} of {self.name} is {kind}: there is nothing to differentiate by; "
                    f"give floating-point numbers ({written_as_floats(args[i])})"
                )

    def __call__(self, *directions: Any) -> Any:
        """The derivative along the directions, one for each argument of wrt."""
        if len(directions) != len(self.arguments):
            raise ShapeError(f"the derivative is along {len(self.arguments)} direction(s), not {len(directions)}")
        leaves = [
            leaf
            for argument, direction in zip(self.arguments, directions, strict=True)
            for leaf in _leaves_like(argument, direction, "the direction")
        ]
        moving = dict(zip(self.inputs, leaves, strict=True))
        places = self.places
        tangents = pushed(self.tape, moving, [p for p in places if p is not None])
        by_place = iter(_owned(tangents, [*self.tape.values, *leaves]))
        found = [None if p is None else next(by_place) for p in places]
        filled = [_zeros_like(leaf) if t is None else t for t, leaf in zip(found, self.result.leaves, strict=True)]
        return self.result.rebuilt(iter(filled), _no_derivative)

    def T(self, cotangent: Any) -> Any:
        """The pullback: <cotangent, L(dx)> = <L.T(cotangent), dx>, with the structure of the argument(s)."""
        leaves = _leaves_like(self.result, cotangent, "the cotangent")
        seeds: dict[int, Any] = {}
        for place, leaf in zip(self.places, leaves, strict=True):
            if place is not None:
                seeds[place] = leaf if place not in seeds else seeds[place] + leaf
        found = _owned(pulled(self.tape, seeds, self.inputs), [*self.tape.values, *seeds.values()])
        parts = []
        position = 0
        for argument in self.arguments:
            mine = found[position : position + len(argument.leaves)]
            position += len(argument.leaves)
            filled = [
                _zeros_like(leaf) if g is None else _typed(g, leaf)
                for g, leaf in zip(mine, argument.leaves, strict=True)
            ]
            parts.append(argument.rebuilt(iter(filled), _no_derivative))
        return tuple(parts) if len(self.wrt) > 1 else parts[0]

    @property
    def without_effect(self) -> list[int]:
        """The numbers of the leaves of the arguments that the value does not depend on."""
        seeds = {p: np.ones(np.shape(concrete(self.tape.values[p])))[()] for p in self.places if p is not None}
        return [k for k, W in enumerate(pulled(self.tape, seeds, self.inputs)) if W is None]

    @property
    def report(self) -> str:
        """What was recorded, and in which ways the calls on traced values were met (those of our own functions included)."""
        tape = self.tape
        done = [i for i, op in enumerate(tape.ops) if op not in (INPUT, CONSTANT)]
        count = sum(tape.active[i] for i in done)
        operators, protocols, names = tape.routes
        return (
            f"{self.name}: {len(done)} operations recorded, {count} of them active; calls on traced values: {operators} by operators "
            f"and methods of arrays, {protocols} by NumPy's protocols, {names} by names that the copy of the function replaces"
        )

    @property
    def depends(self) -> bool:
        """Whether the value depends on what is differentiated by."""
        return any(p is not None for p in self.places)


def _run(function: Callable[..., Any], args: Sequence[Any], options: dict[str, Any], tape: Tape) -> Any:
    """The call; what lost a derivative is raised also where the function caught the error and went another way."""
    try:
        result = function(*args, **options)
    except FrechetError:
        raise
    except Exception as error:
        if tape.caught is None and "Traced" not in str(error) and not _is_of_a_library(error):
            error.add_note("raised while frechet traced the function; without it the call may be right")
            raise
        raise tape.caught or lost(
            f"{type(error).__name__}: {error}", "comes of a call that does not know traced arrays"
        ) from error
    if tape.caught is not None:
        raise tape.caught
    return result


def _is_of_a_library(error: Exception) -> bool:
    """Whether a call with arguments of the wrong type was refused in code that is no copy, and not ours."""
    step = error.__traceback__
    while step is not None and step.tb_next is not None:
        step = step.tb_next
    home = "" if step is None else step.tb_frame.f_globals.get("__name__", "")
    return isinstance(error, TypeError) and is_standard(home.partition(".")[0])


def _marked(result: Any) -> Any:
    """Numbers of the result that are whole (a constant 0) as floating-point ones."""
    return float(result) if isinstance(result, int | np.integer) and not isinstance(result, bool) else result


def _no_derivative(leaf: Any) -> Any:
    return leaf


def _shown(result: Any) -> Any:
    """The result with plain arrays; on an outer tape it stays traced there."""
    structure = Structure(result, "the value")
    return structure.rebuilt(
        iter([leaf.current().value if isinstance(leaf, Traced) else leaf for leaf in structure.leaves])
    )


def _leaves_like(structure: Structure, value: Any, name: str) -> list[Any]:
    leaves = Structure(value, name).leaves if not isinstance(value, int) else [float(value)]
    if len(leaves) != len(structure.leaves):
        whole = Structure(_as_floats(value), name).leaves
        if len(whole) != len(structure.leaves):
            raise ShapeError(f"{name} has {len(whole)} arrays, and {len(structure.leaves)} are needed")
        leaves = whole
    for a, b in zip(leaves, structure.leaves, strict=True):
        if np.shape(concrete(a)) != np.shape(concrete(b)):
            raise ShapeError(f"{name} has the shape {np.shape(concrete(a))}, and {np.shape(concrete(b))} is needed")
    return leaves


def _as_floats(value: Any) -> Any:
    return np.asarray(value, dtype=float) if isinstance(value, np.ndarray | list) else value


def _zeros_like(leaf: Any) -> Any:
    numbers = np.asarray(concrete(leaf))
    return np.zeros_like(numbers) if numbers.ndim else numbers.dtype.type(0)


def _owned(cotangents: list[Any], others: list[Any]) -> list[Any]:
    """(Co)tangents in memory of their own: not views, not arrays of the record, no array twice."""
    taken = {id(v) for v in others}
    made = []
    for W in cotangents:
        if type(W) is np.ndarray and (W.base is not None or id(W) in taken):
            W = W.copy()
        taken.add(id(W))
        made.append(W)
    return made


def _typed(cotangent: Any, leaf: Any) -> Any:
    """The gradient in the dtype of the argument; a Python number for one."""
    if isinstance(cotangent, Traced):
        return cotangent
    numbers = np.asarray(concrete(leaf))
    found = np.asarray(cotangent, dtype=numbers.dtype)
    found = np.broadcast_to(found, numbers.shape).copy() if found.shape != numbers.shape else found
    return found if found.ndim else found[()]


# --- what users call --------------------------------------------------------------------------------------------------------


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

    @_described("value_and_gradient", f)
    def made(*args: Any, **options: Any) -> tuple[Any, Any]:
        L = _linearized(f, wrt, args, options, lasts=False)
        _check_number(L)
        if not L.depends:
            warnings.warn(
                f"the value of {L.name} does not depend on what it is differentiated by: its gradient is 0",
                stacklevel=3,
            )
        value = L.value
        found = L.T(_one(value))
        if L.tape.guarded:
            seeds = {p: _one(value) for p in L.places if p is not None}
            warn_of_nan(L.name, L.tape, L.inputs, seeds, Structure(found, "the gradient").leaves)
        return value, found

    return made


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

    >>> L = fr.linearize(np.cumsum, np.array([1.0, 2.0]))
    >>> L(np.array([1.0, 1.0])), L.T(np.array([1.0, 1.0]))
    (array([1., 2.]), array([2., 1.]))
    """
    return _linearized(f, wrt, args, options)


def jvp(f: Callable[..., Any], wrt: Any = None) -> Callable[..., tuple[Any, Any]]:
    """jvp(f)(x, ..., dx) is (f(x, ...), f'(x)[dx]): one forward sweep. The directions stand last, one for each of wrt.

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

    The chain rule is a product of operators: it is multiplied in the order that costs least (`fr.order` shows it), with many
    directions in one sweep. A structured argument gives a structure of Jacobians.

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
        J = jacobian_matrix(L.tape, place, L.inputs)
        ends = np.cumsum([0, *[int(np.prod(s)) for s in shapes]])
        blocks = [J[:, ends[k] : ends[k + 1]].reshape(shape + s) for k, s in enumerate(shapes)]
        return argument.rebuilt(iter([np.ascontiguousarray(B) for B in blocks]), _no_derivative)
    cols = sum(int(np.prod(s)) for s in shapes)
    if cols < int(np.prod(shape)) and argument.template is argument.leaves[0]:
        return _by_columns(L, argument.leaves[0], value)
    return _by_rows(L, argument, value)


def _by_columns(L: Linearization, x: Any, value: Any) -> Any:
    shape = np.shape(concrete(x))
    columns = [L(_unit(shape, k, concrete(x))) for k in range(int(np.prod(shape)))]
    return _arranged(columns, -1, np.shape(concrete(value)) + shape)


def _by_rows(L: Linearization, argument: Structure, value: Any) -> Any:
    shape = np.shape(concrete(value))
    rows = [Structure(L.T(_unit(shape, k, concrete(value))), "").leaves for k in range(int(np.prod(shape)))]
    blocks = [_arranged([r[j] for r in rows], 0, shape + np.shape(concrete(a))) for j, a in enumerate(argument.leaves)]
    return argument.rebuilt(iter(blocks), _no_derivative)


def _unit(shape: tuple[int, ...], k: int, like: Any) -> Any:
    e = np.zeros(shape, dtype=np.asarray(like).dtype)
    e.reshape(-1)[k] = 1
    return e if shape else e[()]


def _arranged(parts: list[Any], axis: int, shape: tuple[int, ...]) -> Any:
    if not parts:
        return np.zeros(shape)
    whole = np.stack(parts, axis=axis)
    return whole.reshape(shape)


def hessian(f: Callable[..., Any], wrt: Any = None) -> Callable[..., Any]:
    """The Hessian of a function of one array whose value is a number: the shape of the argument, twice.

    >>> fr.hessian(lambda x: np.sum(x**3))(np.array([1.0, 2.0]))
    array([[ 6.,  0.],
           [ 0., 12.]])
    """
    return _described("hessian", f)(lambda *args, **options: jacobian(gradient(f, wrt), wrt)(*args, **options))


def hvp(f: Callable[..., Any], wrt: Any = None) -> Callable[..., Any]:
    """hvp(f)(x, ..., v) is f''(x)[v], the Hessian times a direction: a forward sweep over the gradient.

    >>> fr.hvp(lambda x: np.sum(x**3))(np.array([1.0, 2.0]), np.array([0.0, 1.0]))
    array([ 0., 12.])
    """
    described = _described("hvp", f)
    directional = jvp(gradient(f, wrt), wrt)
    return described(lambda *args, **options: directional(*args, **options)[1])
