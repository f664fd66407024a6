"""Functions whose derivative the user gives: `fr.primitive`.

A primitive is an operation that is not looked into. Its differential D(dx) along argument i is linear in dx, its adjoint
A(W) is the transpose: two operations, each the adjoint of the other. The user gives one or both; the other comes of it by
unit vectors. Their own derivatives come by tracing them, where they are NumPy code, so that second derivatives work.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cached_property, lru_cache, update_wrapper
from typing import Any

import numpy as np

from frechet import finite
from frechet.errors import DerivativeError
from frechet.expr.node import Expr, Operation
from frechet.tracing.array import Traced, apply, concrete
from frechet.tracing.copying import copied
from frechet.tracing.declared import Rule, Shapes, called_in_library, declared, library_of, traced_rules
from frechet.tracing.formulas import Symbolic
from frechet.tracing.graph import Primitive
from frechet.tracing.refusing import lost
from frechet.tracing.tape import CURRENT

__all__ = ["BlackBox", "operation", "primitive"]


def operation(name: str, f: Callable[..., Any], shape: Callable, count: int, along: Rule, back: Rule) -> Primitive:
    """f as an operation of `count` arguments with the two rules."""
    op = Primitive(name, f, shape, listed=False)

    @lru_cache(maxsize=64)
    def tangent(i: int) -> Primitive:
        return pair(f"jvp of {name}", lambda d, y, *args: along(i, d, y, args), 1, lambda: cotangent(i))

    @lru_cache(maxsize=64)
    def cotangent(i: int) -> Primitive:
        return pair(f"vjp of {name}", lambda W, y, *args: back(i, W, y, args), 2 + i, lambda: tangent(i))

    def pair(name: str, rule: Callable[..., Any], like: int, other: Callable[[], Primitive]) -> Primitive:
        """A rule, linear in its first argument, with the shape of argument `like` and another one as its adjoint."""
        made = operation(name, rule, lambda shapes, params: shapes[like], count + 2, *traced_rules(rule))
        del made.differentials[0]
        made.adjoints[0] = lambda node, W, _: other()(W, *node.args[1:])
        return made

    for i in range(count):
        op.differentials[i] = lambda node, dA, i=i: tangent(i)(dA, node, *node.args)
    return op


class BlackBox:
    """A function with derivatives of its own; called as the function is, on arrays and on traced arrays."""

    __name__: str

    def __init__(
        self,
        f: Callable[..., Any],
        jvp: Callable[..., Any] | None,
        vjp: Callable[..., Any] | None,
        shape: str | None,
        at: Sequence[Any] | None,
        check: bool,
    ) -> None:
        update_wrapper(self, f)
        self.f, self.checks = f, check
        self.shapes = None if shape is None else Shapes.of(shape)
        self.jvp = None if jvp is None else copied(jvp)
        self.vjp = None if vjp is None else copied(vjp)
        self._operations: dict[int, Primitive] = {}
        self._checked: set[int] = set()
        if check:
            self._check_now(at)

    @cached_property
    def operation(self) -> Operation:
        """The function in the matrix language."""
        return declared(self.__name__, self._value, self._known_shapes(), self._along, self._back)

    def _known_shapes(self) -> Shapes:
        if self.shapes is None:
            raise DerivativeError(
                f"the sizes of {self.__name__} are not known: declare them, as in "
                f'@fr.primitive(shape="n -> n", vjp=...) for a function from vectors to vectors'
            )
        return self.shapes

    def _check_now(self, at: Sequence[Any] | None) -> None:
        """At the given point, or at a random one where the function has a value there; else where it is first used."""
        if at is None and self.shapes is not None:
            point = self.shapes.sample(np.random.default_rng(0))
            with np.errstate(all="ignore"), suppress(Exception):
                at = point if np.isfinite(self.f(*point)).all() else None
        if at is not None:
            self.check(*at)

    def __call__(self, *args: Any) -> Any:
        if any(isinstance(a, Expr) for a in args):
            self._known_shapes()
            return self.operation(*args)
        if any(type(a) is Symbolic for a in args):
            ndim = 0 if (sizes := self._known_shapes().value) == ("1",) else len(sizes)
            return Symbolic(self.operation(*[a.expr if type(a) is Symbolic else a for a in args]), ndim)
        if (library := library_of(args)) is not None:
            return called_in_library(library, self.operation, self._known_shapes(), args)
        if not any(type(a) is Traced for a in args):
            self._refuse_symbols()
            return self.f(*args)
        if self.checks:
            self.check(*[concrete(a) for a in args], first=True)
        return apply(self._of(len(args)), args)

    def _refuse_symbols(self) -> None:
        """A run on symbols would take the derivatives of the code in the place of those that are given."""
        tape = CURRENT.get()
        if tape is not None and tape.symbols:
            tape.caught = tape.caught or lost(self.__name__, "has derivatives of its own")
            raise tape.caught

    def _of(self, count: int) -> Primitive:
        if count not in self._operations:
            self._operations[count] = operation(
                self.__name__, self._value, lambda shapes, params: (), count, self._along, self._back
            )
        return self._operations[count]

    def _value(self, *args: Any) -> Any:
        value = self.f(*args)
        if not isinstance(value, np.ndarray | float | complex | np.generic):
            raise lost(f"the primitive {self.__name__}", f"gives a {type(value).__name__}, not floating-point numbers")
        return value

    def _along(self, i: int, d: Any, value: Any, args: Sequence[Any]) -> Any:
        if self.jvp is not None:
            return self.jvp(tuple(args), tuple([d if k == i else _zeros(a) for k, a in enumerate(args)]))
        like = self._value(*[concrete(a) for a in args]) if value is None else value
        return _assembled([np.sum(self._back(i, e, like, args) * d) for e in _units(like)], like)

    def _back(self, i: int, W: Any, value: Any, args: Sequence[Any]) -> Any:
        if self.vjp is None:
            return _assembled([np.sum(self._along(i, e, value, args) * W) for e in _units(args[i])], args[i])
        found = self.vjp(tuple(args), W)
        if len(args) == 1 and not isinstance(found, tuple):
            return found
        if not isinstance(found, tuple) or len(found) != len(args):
            raise DerivativeError(
                f"the vjp of {self.__name__} gives a tuple of {len(args)} cotangents, one an argument"
            )
        return _zeros(args[i]) if found[i] is None else found[i]

    def check(self, *args: Any, first: bool = False) -> None:
        """Compares the rules with finite differences at a point, along one direction of each argument; `first` those only that were not yet.

        Raises DerivativeError that names the rule and the argument.
        """
        floating = {i for i, a in enumerate(args) if np.asarray(a).dtype.kind == "f"}
        if first and floating <= self._checked:
            return
        rng = np.random.default_rng(0)
        value = self._value(*args)
        W = rng.standard_normal(np.shape(value))
        for i in sorted(floating):
            a = args[i]
            d = rng.standard_normal(np.shape(a))[()]
            expected = finite.directional(lambda x, i=i: self.f(*args[:i], x, *args[i + 1 :]), a, d)  # type: ignore[misc]
            size = np.max(np.abs(expected.value), initial=0)
            bound = 1e-6 * size + 20 * np.max(expected.error, initial=0)
            if self.jvp is not None:
                self._compare("jvp", i, self._along(i, d, value, args), expected.value, bound)
            if self.vjp is not None:
                found = np.sum(np.asarray(self._back(i, W, value, args)) * d)
                self._compare("vjp", i, found, np.sum(W * expected.value), bound * np.sum(np.abs(W)))
            self._checked.add(i)

    def _compare(self, rule: str, i: int, found: Any, expected: Any, bound: float) -> None:
        if np.shape(found) != np.shape(expected) or not np.allclose(found, expected, rtol=0, atol=bound):
            raise DerivativeError(
                f"the {rule} of {self.__name__} disagrees with finite differences in argument {i + 1}: along a direction it "
                f"is {_short(found)}, by differences {_short(expected)}; check=False takes it as it is"
            )


def _zeros(a: Any) -> Any:
    return np.zeros(np.shape(concrete(a)))[()]


def _units(like: Any) -> list[Any]:
    shape = np.shape(concrete(like))
    return [e.reshape(shape)[()] for e in np.eye(int(np.prod(shape)))]


def _assembled(entries: list[Any], like: Any) -> Any:
    shape = np.shape(concrete(like))
    return np.stack(entries).reshape(shape) if shape else entries[0]


def _short(value: Any) -> str:
    return np.array2string(np.asarray(value).ravel()[:4], precision=6)


def primitive(
    f: Callable[..., Any] | None = None,
    *,
    jvp: Callable[..., Any] | None = None,
    vjp: Callable[..., Any] | None = None,
    shape: str | None = None,
    at: Sequence[Any] | None = None,
    check: bool = True,
) -> Any:
    """A function with derivatives that you give: a C library, a simulator, a formula that is better than the traced one.

        @fr.primitive(vjp=lambda args, W: W * np.cos(args[0]))
        def f(x):
            return library.sin(x)

    jvp(args, tangents) is the derivative of f along the tangents, of the shape of f(*args). vjp(args, W) gives the
    cotangents of the arguments, a tuple with one for each (None for zero), or just the one. One of both serves; the other
    mode then comes by unit vectors. In second derivatives the rule itself is traced.

    With `shape`, the sizes of the arguments and of the value, it is a function of the language too: in expressions
    (`f(X)`, whose gradient is printed with `f_vjp`), text, compiled code, at JAX arrays and PyTorch tensors.

        @fr.primitive(shape="m n, n -> m", vjp=...)      # a matrix and a vector to a vector; a number has the size 1

    The rules are compared with finite differences: at the point `at` (a tuple of arguments), at a random one where `shape` is
    known, else where the function is first traced; check=False leaves that out.
    Raises DerivativeError where they disagree.
    """
    if jvp is None and vjp is None:
        raise DerivativeError("fr.primitive needs a derivative: give jvp=, vjp=, or both")
    made = lambda g: BlackBox(g, jvp, vjp, shape, at, check)
    return made if f is None else made(f)
