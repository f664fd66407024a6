"""A function to be minimised: value, gradient, Hessian and Hessian products, in the form that optimisers take."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

import numpy as np

from frechet.calculus.derivative import Derivative, find_variables
from frechet.compile.compiled import Compiled, compile
from frechet.errors import DerivativeError, EvaluationError
from frechet.expr.node import Expr, symbols
from frechet.expr.sizes import ONE
from frechet.rules.linear import vec
from frechet.simplify import simplify

__all__ = ["Objective", "objective"]


class Objective:
    """f as a function of the entries of x alone, the other symbols fixed to data.

    fun, jac, hess and hessp take the vector of unknowns: vec(x), columns stacked, when x is a matrix.
    `fun_and_jac` computes value and gradient in one program, for `minimize(..., jac=True)`.
    """

    def __init__(self, f: Expr, x: Expr, target: str, sizes: Mapping[str, int] | None, data: Mapping[str, Any]):
        self.f, self.x, self.target = f, x, target
        self.sizes = _sizes_of_data(f, data) | dict(sizes or {})
        self.data = dict(data)
        self.derivative = Derivative(f, (x,))
        self._programs: dict[str, Compiled] = {}

    @cached_property
    def _hessian(self) -> Derivative:
        return self.derivative.hessian()

    def __repr__(self) -> str:
        fixed = f", fixed: {', '.join(self.data)}" if self.data else ""
        return f"Objective({self.f}; unknown: {self.x.name}{fixed}; target: {self.target})"

    def __call__(self, x: Any) -> Any:
        """f(x), so that the objective itself goes into `scipy.optimize.minimize(o, x0, jac=o.jac)`."""
        return self.fun(x)

    def fun(self, x: Any) -> Any:
        """f(x)"""
        return self._call("fun", lambda: self.f, {self.x: x})

    def jac(self, x: Any) -> Any:
        """The gradient at x, a vector."""
        return self._call("jac", lambda: self._gradient, {self.x: x})

    def fun_and_jac(self, x: Any) -> tuple[Any, Any]:
        """f(x) and the gradient, from one program."""
        return self._call("fun_and_jac", lambda: [self.f, self._gradient], {self.x: x})

    def hess(self, x: Any) -> Any:
        """The Hessian matrix at x."""
        return self._call("hess", lambda: self._hessian.jacobians[0], {self.x: x})

    def hessp(self, x: Any, p: Any) -> Any:
        """The Hessian at x times the vector p; the matrix is never formed."""
        product = lambda: simplify(vec(self._hessian.differential))
        return self._call("hessp", product, {self.x: x, self._hessian.tangents[0]: p})

    @property
    def _gradient(self) -> Expr:
        return vec(self.derivative.gradients[0])

    def _call(self, kind: str, expressions: Callable[[], Expr | list[Expr]], moving: Mapping[Expr, Any]) -> Any:
        """The value of the program of this kind, which is made when it is first called."""
        if kind not in self._programs:
            self._programs[kind] = compile(expressions(), self.target, self.sizes)
        function = self._programs[kind]
        needed = set(function.names)
        arrays = {name: a for name, a in self.data.items() if name in needed}
        for symbol, vector in moving.items():
            if symbol.name in needed:
                arrays[symbol.name] = self._shaped(symbol, vector)
        return function(**arrays)

    def _shaped(self, symbol: Expr, vector: Any) -> Any:
        """The vector of unknowns in the shape of x."""
        if symbol.is_scalar:
            return vector.reshape(())
        if symbol.cols is ONE:
            return vector
        rows, cols = self._shape_of_x
        return vector.reshape(cols, rows).T

    @cached_property
    def _shape_of_x(self) -> tuple[int, int]:
        try:
            return self.x.rows.value(self.sizes), self.x.cols.value(self.sizes)
        except KeyError as missing:
            raise EvaluationError(
                f"the shape of {self.x.name} is not known: give sizes={{'{missing.args[0]}': ...}}"
            ) from None


def _sizes_of_data(f: Expr, data: Mapping[str, Any]) -> dict[str, int]:
    """The size letters that the shapes of the data show."""
    found: dict[str, int] = {}
    for symbol in symbols(f):
        if symbol.name in data:
            shape = np.shape(data[symbol.name])
            found |= {s.letter: n for s, n in zip(symbol.shape, shape, strict=False) if s.letter}
    return found


def objective(
    f: Expr,
    x: Expr | str | None = None,
    target: str = "numpy",
    sizes: Mapping[str, int] | None = None,
    **data: Any,
) -> Objective:
    """f(x) with its derivatives, for `scipy.optimize.minimize` and the like; `data` fixes the other symbols.

        o = fr.objective(f, "w", X=X, y=y)
        minimize(o.fun_and_jac, w0, jac=True, hess=o.hess, method="trust-exact")

    Raises EvaluationError when a symbol has no data, DerivativeError when f is not scalar.
    """
    if not f.is_scalar:
        raise DerivativeError(f"an objective is one number, and this is {f.rows}×{f.cols}: write sum(f), or norm2(f)^2")
    (variable,) = find_variables(f, x)
    made = Objective(f, variable, target, sizes, data)
    names = [s.name for s in symbols(f) if s.name != variable.name]
    missing = sorted(set(names) - set(data))
    unknown = [n for n in data if n not in names]
    if missing or unknown:
        what = f"no data for {', '.join(missing)}" if missing else f"{unknown[0]} is no other symbol of the function"
        raise EvaluationError(f"{what}: give one array for each symbol but {variable.name}")
    return made
