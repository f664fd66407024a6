"""A Python function as an optimiser takes it: of one vector, with gradient and Hessian products."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from frechet.errors import ShapeError
from frechet.tracing.derivatives import gradient, hessian, hvp, value_and_gradient
from frechet.tracing.structure import Structure

__all__ = ["FunctionObjective"]


class FunctionObjective:
    """f as a function of the entries of its first argument, the others fixed; `like` shows what that argument is.

        o = fr.objective(loss, w0, X, y)
        found = minimize(o.fun_and_jac, o.x0, jac=True, hessp=o.hessp, method="trust-ncg")
        w = o.argument(found.x)

    x0 are the entries of `like`: arrays in C order, one after another. `argument(x)` has the structure of `like` again. Without `like`
    the first argument is the vector itself: `minimize(fr.objective(f).fun_and_jac, x0, jac=True)`.
    """

    def __init__(self, f: Callable[..., Any], like: Any = None, *args: Any, **options: Any) -> None:
        self.f, self.args, self.options = f, args, options
        self._is_vector = like is None
        if self._is_vector:
            return
        self._structure = Structure(like, "the first argument")
        self._shapes = [np.shape(leaf) for leaf in self._structure.leaves]
        self.x0 = self._vector(like)

    def __repr__(self) -> str:
        name = getattr(self.f, "__name__", "a function")
        unknowns = "a vector" if self._is_vector else f"{self.x0.size} unknowns"
        return f"objective of {name}, {unknowns}: fun, jac, fun_and_jac, hess, hessp"

    def argument(self, x: Any) -> Any:
        """The entries x in the structure of the first argument."""
        x = np.asarray(x, dtype=float)
        if self._is_vector:
            return x
        if x.shape != self.x0.shape:
            raise ShapeError(f"the unknowns are a vector of {self.x0.size} entries, not of shape {x.shape}")
        parts, start = [], 0
        for shape in self._shapes:
            count = int(np.prod(shape))
            parts.append(x[start : start + count].reshape(shape)[()])
            start += count
        return self._structure.rebuilt(iter(parts))

    def _vector(self, value: Any) -> np.ndarray:
        leaves = Structure(value, "the argument").leaves
        return np.concatenate([np.ravel(leaf) for leaf in leaves]).astype(float) if leaves else np.zeros(0)

    def fun(self, x: Any) -> float:
        """f(x)"""
        return self.f(self.argument(x), *self.args, **self.options)

    def jac(self, x: Any) -> np.ndarray:
        """The gradient at x, a vector."""
        return self._vector(gradient(self.f)(self.argument(x), *self.args, **self.options))

    def fun_and_jac(self, x: Any) -> tuple[float, np.ndarray]:
        """f(x) and the gradient, of one run."""
        value, slope = value_and_gradient(self.f)(self.argument(x), *self.args, **self.options)
        return float(value), self._vector(slope)

    def _of_vector(self, x: Any) -> Any:
        if self._is_vector:
            return self.f(x, *self.args, **self.options)
        parts, start = [], 0
        for shape in self._shapes:
            count = int(np.prod(shape))
            parts.append(x[start : start + count].reshape(shape) if shape else x[start])
            start += count
        return self.f(self._structure.rebuilt(iter(parts)), *self.args, **self.options)

    def hess(self, x: Any) -> np.ndarray:
        """The Hessian matrix at x."""
        return hessian(self._of_vector)(np.asarray(x, dtype=float))

    def hessp(self, x: Any, p: Any) -> np.ndarray:
        """The Hessian at x times the vector p; the matrix is never formed."""
        return hvp(self._of_vector)(np.asarray(x, dtype=float), np.asarray(p, dtype=float))
