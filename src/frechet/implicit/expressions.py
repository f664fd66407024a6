"""F as an expression of the matrix language: evaluated on traced arrays, its linearized equation solved by its structure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from inspect import signature
from typing import Any

import numpy as np

from frechet.calculus.derivative import Derivative
from frechet.errors import FrechetError, LanguageError, SingularOperatorError
from frechet.expr.evaluate import as_matrix, sizes_of
from frechet.expr.node import Expr, postorder, symbols
from frechet.expr.sizes import Size, size
from frechet.expr.structure import symbol
from frechet.implicit.factors import SingularJacobian
from frechet.implicit.packing import parameter_names
from frechet.language import parse, read
from frechet.operators.linearize import linearize
from frechet.operators.operator import LinearOperator
from frechet.tracing.array import concrete
from frechet.tracing.graph import input_node
from frechet.tracing.primitives.matrices import lifted
from frechet.tracing.primitives.shapes import reshape
from frechet.tracing.program import Program

__all__ = ["ExpressionEquation", "ExpressionSystem", "StructuredJacobian"]

Array = np.ndarray


class ExpressionEquation:
    """F(X, A, B, ...) = 0 for an expression F; called as F(x, a, b, ...) on arrays of NumPy's shapes.

    The parameters are those of the solver, by name; the symbol that is left is the unknown. Raises LanguageError where the
    names do not match.
    """

    def __init__(
        self,
        F: Expr | str,
        solve: Callable[..., Any],
        unknown: str | None = None,
        names: Sequence[str] | None = None,
    ) -> None:
        self.expression = parse(_difference(F)) if isinstance(F, str) else F
        known = {s.name: s for s in symbols(self.expression)}
        wanted = len(known) - 1
        self.names = (
            list(names) if names is not None else [n for n in parameter_names(solve, wanted, 0) if n != unknown]
        )
        left = [n for n in known if n not in self.names]
        if len(left) != 1 or len(self.names) != wanted:
            raise LanguageError(
                f"the equation {self.expression} has the symbols {', '.join(known)}, and the solver takes {', '.join(self.names)}: "
                "all but the unknown are to be arguments of the solver, by their names"
            )
        self.unknown = known[left[0]]
        self.symbols = [self.unknown, *[known[n] for n in self.names]]
        self._programs: dict[tuple, Program] = {}

    def __call__(self, *values: Any) -> Any:
        shapes = tuple(np.shape(concrete(v)) for v in values)
        if shapes not in self._programs:
            self._programs[shapes] = self._program(values)
        (found,) = self._programs[shapes](*map(_number, values))
        return found if np.ndim(concrete(found)) else found * np.ones((1, 1))

    def _program(self, values: Sequence[Any]) -> Program:
        return _program_of(self.expression, self.symbols, values)

    @cached_property
    def _derivative(self) -> Derivative:
        """One object, with which the structures that were seen in it are kept."""
        return Derivative(self.expression, [self.unknown])

    def factor(self, x: Any, p: Sequence[Any]) -> StructuredJacobian:
        """F_X there, solved by its structure: Sylvester, Kronecker, low rank, ..."""
        values = {s.name: v for s, v in zip(self.symbols, [x, *p], strict=True)}
        return StructuredJacobian(linearize(self._derivative, values), np.shape(x))


def _program_of(expression: Expr, named: Sequence[Expr], values: Sequence[Any]) -> Program:
    """An expression at the shapes of arrays; vectors and numbers come as columns and 1×1 matrices."""
    arrays = {s: as_matrix(concrete(v), s) for s, v in zip(named, values, strict=True)}
    numbers = sizes_of(arrays)
    done: dict[Expr, Expr] = {}
    for node in postorder(expression):
        if node in arrays:
            done[node] = symbol(node.name, *arrays[node].shape)
        else:
            params = tuple(size(p.value(numbers)) if isinstance(p, Size) else p for p in node.params)
            done[node] = node.op(*[done[a] for a in node.args], params=params)
    inputs = [input_node(s.name, np.shape(concrete(v))) for s, v in zip(named, values, strict=True)]
    known = {done[s]: _as_matrix(i, arrays[s].shape) for s, i in zip(named, inputs, strict=True)}
    return Program(inputs, [lifted(done[expression], known)])


class ExpressionSystem:
    """Several equations in several unknowns, F_1 = 0, F_2 = 0, ...; called as F((x, y, ...), a, b, ...) on arrays.

    The parameters are those of the solver, by name; the other symbols are the unknowns, in the order in which the solver gives
    them: that of their names in a dict, of their first places in the equations otherwise. Texts are read with the kinds and sizes
    of the arrays. Raises LanguageError where the names do not match.
    """

    def __init__(self, equations: Sequence[Expr | str], solve: Callable[..., Any]) -> None:
        other = next((F for F in equations if not isinstance(F, Expr | str)), None)
        if other is not None or not equations:
            raise FrechetError(
                "fr.implicit([...], solve) takes equations as texts or expressions, as many as unknowns"
                + ("" if other is None else f", and one of these is a {type(other).__name__}")
            )
        self.equations = [_difference(F) if isinstance(F, str) else F for F in equations]
        found = [parse(F) if isinstance(F, str) else F for F in self.equations]
        self.names = [p.name for p in signature(solve).parameters.values()]
        seen = list(dict.fromkeys(s.name for F in found for s in _in_order(F)))
        self.unknowns = [n for n in seen if n not in self.names]
        lacking = [n for n in self.names if n not in seen]
        if lacking or not self.unknowns:
            raise LanguageError(
                f"the equations have the symbols {', '.join(seen)}, and the solver takes {', '.join(self.names)}: "
                "all but the unknowns are to be arguments of the solver, by their names"
            )
        self._programs: dict[tuple, list[tuple[list[str], Program]]] = {}

    def __call__(self, unknowns: Any, *values: Any) -> tuple[Any, ...]:
        named = {**self._named(unknowns), **dict(zip(self.names, values, strict=True))}
        arrays = {n: _number(v) for n, v in named.items()}
        shapes = tuple(np.shape(concrete(v)) for v in arrays.values())
        programs = self._programs.get(shapes)
        if programs is None:
            programs = self._programs[shapes] = [self._program(F, arrays) for F in self.equations]
        found = [program(*[arrays[n] for n in names])[0] for names, program in programs]
        return tuple([F if np.ndim(concrete(F)) else F * np.ones((1, 1)) for F in found])

    def _named(self, unknowns: Any) -> dict[str, Any]:
        given = [unknowns[n] for n in self.unknowns if n in unknowns] if isinstance(unknowns, dict) else unknowns
        is_several = isinstance(given, list | tuple) and len(given) == len(self.unknowns)
        if not is_several or (isinstance(unknowns, dict) and len(unknowns) != len(given)):
            raise LanguageError(
                f"the equations have the unknowns {', '.join(self.unknowns)}: the solver gives a tuple of them in this order, or a "
                "dict with their names"
            )
        return dict(zip(self.unknowns, given, strict=True))

    @staticmethod
    def _program(F: Expr | str, arrays: Mapping[str, Any]) -> tuple[list[str], Program]:
        if isinstance(F, str):
            F = read(F, {n: _kind_of(np.shape(concrete(v))) for n, v in arrays.items()}, required=()).expr
        named = list(symbols(F))
        return [s.name for s in named], _program_of(F, named, [arrays[s.name] for s in named])


def _number(v: Any) -> Any:
    """Numbers of Python as those of NumPy, which have a shape."""
    return np.asarray(v)[()] if type(v) in (float, int) else v


def _in_order(F: Expr) -> list[Expr]:
    """The symbols in the order in which they are written first."""
    text = str(F)
    return sorted(symbols(F), key=lambda s: text.find(s.name))


def _kind_of(shape: tuple[int, ...]) -> str:
    return "scalar" if not shape else f"vector({shape[0]})" if len(shape) == 1 else f"matrix({shape[0]},{shape[1]})"


def _difference(text: str) -> str:
    """The text of F of an equation left = right; a text without one as it is."""
    left, sign, right = text.partition("=")
    return f"{left} - ({right})" if sign and "=" not in right else text


def _as_matrix(node: Any, shape: tuple[int, int]) -> Any:
    return node if node.shape == shape else reshape(node, shape)


class StructuredJacobian:
    """A linear operator of `frechet.operators` as what solves with F_X and its transpose."""

    def __init__(self, op: LinearOperator, shape: tuple[int, ...]) -> None:
        self.op, self.shape = op, op.domain.shape
        self.condition = float("nan")
        self.how = f"{op.solver.pattern}, {int(np.prod(shape))} unknowns"

    def solve(self, b: Array, transposed: bool = False) -> Array:
        """The u with F_X*u = b, or F_X'*u = b."""
        op = self.op.T if transposed else self.op
        try:
            return np.ravel(op.solve(b.reshape(self.op.codomain.shape)))
        except SingularOperatorError as error:
            raise SingularJacobian(f"F_X is singular, it is not invertible: {error.reason}", error.condition) from error

    def correction(self, r: Array, transposed: bool = False) -> Array:
        """The solution for a residual."""
        return self.solve(r, transposed)

    def apply(self, u: Array, transposed: bool = False) -> Array:
        """F_X*u, or F_X'*u."""
        return np.ravel((self.op.T if transposed else self.op)(u.reshape(self.op.domain.shape)))
