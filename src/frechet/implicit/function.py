"""`fr.implicit(F, solve)`: the solution of F(x, p) = 0 as a function of p that differentiates."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import partial
from inspect import isfunction
from itertools import compress
from typing import Any

import numpy as np

from frechet import finite
from frechet.caches import Recent
from frechet.check.verdict import Verdict
from frechet.errors import DerivativeError, EvaluationError, FrechetError
from frechet.expr.node import Expr
from frechet.implicit.certificate import Certificate
from frechet.implicit.compiled_residual import CompiledResidual
from frechet.implicit.expressions import ExpressionEquation, ExpressionSystem
from frechet.implicit.factors import MatrixSolver, UpToKernel, factored
from frechet.implicit.foreign import ForeignLibrary, library_of, written_in
from frechet.implicit.jacobians import STRUCTURES, dense_jacobian, jacobian_factor
from frechet.implicit.packing import (
    Packing,
    closed_over,
    closed_over_error,
    digest,
    flat,
    floating,
    kind_of,
    leaf_names,
    parameter_names,
)
from frechet.implicit.solution import Linearized, Residual
from frechet.implicit.vectors import VectorEquation
from frechet.tracing.array import Traced, apply, concrete, form_of, is_active
from frechet.tracing.copying import copied
from frechet.tracing.derivatives import Linearization, hvp, jvp, linearize, vjp
from frechet.tracing.graph import Primitive
from frechet.tracing.refusing import TracingError
from frechet.tracing.straight import Repeatable
from frechet.tracing.structure import Structure
from frechet.tracing.tape import CURRENT, Tape

__all__ = ["Implicit"]

_CHECKED = 1e-6


class Implicit(Repeatable):
    """x(p) with F(x, p) = 0; x and p are arrays, numbers or containers of them, p may be several arguments. F is a Python function,
    or formulas: an equation as an expression or text, or a list of them for as many unknowns.

    x(p)                     the solver's result; fr.gradient, jacobian, hvp, ... differentiate through it, to any order
    x.jvp(p, dp)             (x(p), dx): F_X*dx = -F_p*dp
    x.vjp(p)                 (x(p), pullback): pullback(w) = -F_p'*λ, F_X'*λ = w
    x.hvp(p, w, dp)          the derivative of pullback(w) along dp
    x.jacobian(p)            dx/dp of one array by one array, forward or adjoint by the counts
    x.check(p)               the derivative against differences of the solver: a Verdict
    x.certificate            what was measured at the last derivative: residual, condition, digits

    Raises ShapeError where F has another number of equations than x has unknowns, SingularOperatorError with a null
    vector where F_X has no inverse, DerivativeError for a parameter that F does not contain. Warns (PrecisionWarning) of
    fewer than six digits.

    >>> root = fr.implicit(lambda x, a: x * x - a, lambda a: np.sqrt(a))
    >>> fr.gradient(root)(4.0)
    np.float64(0.25)
    """

    __name__: str

    def __init__(
        self,
        F: Callable[..., Any] | Expr | str | Sequence[Expr | str],
        solve: Callable[..., Any],
        *,
        jacobian: Callable[..., Any] | None = None,
        structure: str | None = None,
        library: str | None = None,
        up_to_kernel: bool = False,
        check: bool = False,
        name: str | None = None,
    ) -> None:
        if not callable(solve):
            raise FrechetError(f"fr.implicit(F, solve): solve is a function, not a {type(solve).__name__}")
        self.equation = ExpressionEquation(F, solve) if isinstance(F, Expr | str) else None
        if isinstance(F, ExpressionEquation):
            self.equation = F
        system = None
        if isinstance(F, list | tuple):
            system = ExpressionSystem(F, solve)
        F = self.equation or system or F
        if not callable(F):
            raise FrechetError(f"fr.implicit(F, solve): F is a function, expression or text, not a {type(F).__name__}")
        if structure is not None and structure not in STRUCTURES:
            raise FrechetError(f"structure={structure!r} is not known: choose from {', '.join(STRUCTURES)}")
        self.F, self._solve, self.jacobian_of, self.structure = F, solve, jacobian, structure
        self.up_to_kernel = up_to_kernel
        self.library = None if library is None else ForeignLibrary(library)
        given = getattr(solve, "__name__", "x")
        self.__name__ = name or ("x" if given in ("<lambda>", "solve", "solver", "_solution") else given)
        self._measured: Callable[[], Certificate] | None = None
        self._traced: Callable[..., Any] | None = self.equation or system
        self._check_next = check
        self.refuses_absent = True  # whether a parameter that F lacks is refused
        self.of_itself = False  # whether it is the minimum of a function, which may be the loss
        self._problems: Recent[tuple[Residual, Packing]] = Recent(16)
        self._latest: list[tuple[Callable[[], Any], Any]] = []  # the last solutions, by the keys of their parameters
        self._alike: Recent[tuple[Residual, Packing]] = Recent(16)  # by the shapes of parameters that are arrays
        self._last: tuple[Residual, Packing] | None = None

    def solve(self, *params: Any) -> Any:
        """The user's solver at numbers; its value with NumPy arrays."""
        if self.library is not None:
            return self.library.called(self._solve, params)
        try:
            found = self._solve(*params)
            if type(found) is np.ndarray and found.dtype.kind == "f":
                return found
            self.library = written_in(found)
            if self.library is not None:
                return self.library.called(self._solve, params)  # in double precision
            return floating(found)
        except TypeError:
            if "torch" not in sys.modules:
                raise
            found = ForeignLibrary("torch").called(self._solve, params)
            self.library = ForeignLibrary("torch")
            return found

    def traced(self, value: Any, numbers: Sequence[Any]) -> Callable[..., Any]:
        """F as a function of traced arrays."""
        if self._traced is None:
            library = self.library or library_of(self.F, (value, *numbers))
            self._traced = copied(self.F) if library is None else library.traced(self.F)
            self.library = library
        return self._traced

    # --- called --------------------------------------------------------------------------------------------------

    def __call__(self, *params: Any) -> Any:
        return self._shown(self._whole(*params), params)

    def _shown(self, solution: Any, params: Sequence[Any]) -> Any:
        """What the caller sees of the unknowns."""
        return solution

    def _whole(self, *params: Any) -> Any:
        known = self._alike.get(_shapes_of_arrays(params)) if self._alike else None
        if known is not None and known[0].is_replayed and not self._check_next:
            found = self._like_before(*known, params)
            if found is not None:
                return found
        arguments = Structure(params, f"a parameter of {self.__name__}")
        active = [is_active(leaf) for leaf in arguments.leaves]
        numbers = arguments.rebuilt(iter([_own(leaf) for leaf in arguments.leaves]))
        if not any(active):
            value = self._run(numbers)
            if (tape := CURRENT.get()) is not None:
                tape.looked = True  # a constant of the record, and the solver may give something else later
            self._refuse_what_is_closed_over(value, numbers)
            return value
        value = self._solved_anew(numbers)
        if Packing(value, f"the solution of {self.__name__}").is_empty:
            return value
        self._refuse_what_is_closed_over(value, numbers)
        if self._check_next:
            self._check_next = False  # the check itself comes by here
            try:
                self._confirm(numbers)
            except BaseException:
                self._check_next = True  # what is wrong is told again
                raise
        problem, packing = self._last = self._problem(arguments, active, numbers, value)
        if problem.is_replayed and type(value) is np.ndarray and (shapes := _shapes_of_arrays(params)) is not None:
            self._alike.keep(shapes, self._last)
        q = flat([leaf for leaf, on in zip(arguments.leaves, active, strict=True) if on])
        rest = [concrete(leaf) for leaf, on in zip(arguments.leaves, active, strict=True) if not on]
        return packing.container(
            self._recorded(problem, packing, q, rest, [*compress(arguments.leaves, active)], value)
        )

    def _like_before(self, problem: Residual, packing: Packing, params: Sequence[Traced]) -> Any:
        """The solution where all parameters are arrays of the shapes of an earlier call and F has one record for all numbers, so that
        nothing of it needs to be looked at again; None where the solver gives something else than before.
        """
        numbers = tuple([np.array(p.value) for p in params])
        value = self._run(numbers)
        self._keep_latest(lambda: self._key(numbers), value)
        if type(value) is not np.ndarray or value.dtype != float or [value.shape] != packing.shapes or not value.size:
            return None
        self._last = problem, packing
        return packing.container(self._recorded(problem, packing, flat(params), (), params, value))

    def _recorded(
        self, problem: Residual, packing: Packing, q: Any, rest: Sequence[Any], moving: Sequence[Any], value: Any
    ) -> Any:
        """The solution on the tape; a second call with the same parameters is the same entry.

        x(p)[0] and x(p)[1] together may not see a kernel that each of them sees.
        """
        tape = moving[0].tape if all(type(leaf) is Traced and leaf.tape is moving[0].tape for leaf in moving) else None
        if tape is None:
            return apply(problem.solution, (q, *rest))
        key = ("solution", problem, tuple([leaf.current().index for leaf in moving]))
        z = value if type(value) is np.ndarray and value.ndim == 1 else concrete(packing.vector(value, "the solution"))
        now = np.array(z, dtype=float), digest(rest) if rest else b""
        known = tape.solutions.get(key)
        if known is None or not (np.array_equal(known[0][0], now[0]) and known[0][1] == now[1]):
            if type(q) is Traced and q.tape is tape and type(q.value) is np.ndarray:
                z = _recorded_value(tape, problem.solution, (q, *rest), now[0])  # the solver has run for these numbers
            else:
                z = apply(problem.solution, (q, *rest))
            known = tape.solutions[key] = (now, z.tape, z.index, z.value)
        else:
            tape.looked = True  # that both are the same was seen by their numbers
        return Traced(*known[1:])

    def _solved_anew(self, numbers: Sequence[Any]) -> Any:
        """The solver's result: run again also for known parameters, since it may use what has changed elsewhere."""
        key = self._key(numbers)  # now: the caller's arrays may be written later
        value = self._run(numbers)
        self._keep_latest(lambda: key, value)
        return value

    def _keep_latest(self, key: Callable[[], Any], value: Any) -> None:
        self._latest = [(key, value), *self._latest[:7]]
        for problem, _ in self._problems.values():
            problem.points = ()

    def _run(self, numbers: Sequence[Any]) -> Any:
        tape = CURRENT.get()
        nested = tape is not None and tape.nested
        try:
            return self.solve(*numbers)
        except TracingError as error:
            name = self._closed_over_name
            if name is None:
                raise
            raise self._closed_over(name) from error
        finally:
            if tape is not None:
                tape.nested = nested  # of derivatives within the solver nothing is left but its numbers

    @property
    def _closed_over_name(self) -> str | None:
        functions = (self.F, self._solve, *(f for f in vars(self).values() if isfunction(f)))
        return next((name for f in functions if (name := closed_over(f)) is not None), None)

    def _refuse_what_is_closed_over(self, value: Any, numbers: Sequence[Any]) -> None:
        """DerivativeError where F or the solution moves with what is differentiated by, although the parameters stand still."""
        tape = CURRENT.get()
        if tape is None or self.equation is not None or self.library is not None:
            return
        nested = tape.nested
        found = Structure((value, self.traced(value, numbers)(value, *numbers)), "F").leaves
        tape.nested = nested  # derivatives within F are of its numbers here
        if any(is_active(leaf) for leaf in found):
            raise self._closed_over(self._closed_over_name or "a value")

    def _closed_over(self, name: str) -> DerivativeError:
        return closed_over_error(f"F or the solver of {self.__name__}", name, "F(x, p) and solve(p)")

    def _solved(self, numbers: Sequence[Any]) -> Any:
        """The result of the run that the record is of."""
        key = self._key(numbers)
        for known, value in self._latest:
            if known() == key:
                return value
        return self._solved_anew(numbers)

    @staticmethod
    def _key(numbers: Sequence[Any]) -> Any:
        return digest(Structure(numbers, "the parameters").leaves), kind_of(numbers)

    def _problem(self, arguments: Structure, active: list[bool], numbers: Any, value: Any) -> tuple[Residual, Packing]:
        shapes = tuple((np.shape(a), np.iscomplexobj(a)) for a in map(form_of, arguments.leaves))
        key = (
            kind_of(numbers),
            tuple(active),
            shapes,
            kind_of(value),
            tuple((np.shape(a), np.iscomplexobj(a)) for a in Structure(value, "x").leaves),
        )
        known = self._problems.get(key)
        if known is None:
            known = self._problems.keep(key, self._made(numbers, active, value))
        return known

    def _made(self, numbers: Any, active: list[bool], value: Any) -> tuple[Residual, Packing]:
        F = self.traced(value, numbers)
        vectors = VectorEquation(self.__name__, numbers, active, value)
        packing, whole = vectors.unknowns, vectors.whole

        def solved(q: Any, *rest: Any) -> np.ndarray:
            return np.asarray(packing.vector(self._solved(whole(q, rest)), "the solution"), dtype=float)

        has_own_factor = (
            self.equation or self.jacobian_of or self.up_to_kernel or type(self)._factor is not Implicit._factor
        )

        def factor(point: Linearized) -> MatrixSolver:
            if not has_own_factor:
                return jacobian_factor(point.z.size, point.times, point.times_transposed, self.structure, point.L)
            x, p = packing.container(point.z), whole(point.q, point.rest)
            return self._factor(x, p, point)

        if self.refuses_absent:
            self._refuse_what_F_lacks(F, vectors.parameters, active, value)
        problem = Residual(
            self.__name__, vectors.residual(F), solved, factor, self._keep, 1 + active.count(False), self.F
        )
        problem.of_itself, problem.whole = self.of_itself, whole
        problem.compiled = CompiledResidual.of(self.library, self.F, vectors)

        def again(q: Any, *rest: Any) -> np.ndarray:
            """The solution where a record runs again."""
            z = vectors.solved_again(self.solve, q, rest)
            problem.points, self._last = (), (problem, packing)
            return z

        problem.solution.again = again
        return problem, packing

    def _keep(self, found: Callable[[], Certificate]) -> None:
        self._measured = found

    @property
    def certificate(self) -> Certificate | None:
        """What was measured at the last derivative."""
        return None if self._measured is None else self._measured()

    def _factor(self, x: Any, p: Sequence[Any], point: Linearized) -> MatrixSolver:
        if self.equation is not None and self.structure is None and not self.up_to_kernel:
            return self.equation.factor(x, p)
        if self.up_to_kernel:
            return UpToKernel(dense_jacobian(point.z.size, point.times_transposed, point.L))
        if self.jacobian_of is None:
            return jacobian_factor(point.z.size, point.times, point.times_transposed, self.structure, point.L)
        J = self.jacobian_of(x, *p)
        n = point.z.size
        if J.shape != (n, n):
            raise EvaluationError(f"jacobian= of {self.__name__} has the shape {J.shape}, and {(n, n)} is needed")
        found = factored(J)
        v = np.random.default_rng(0).standard_normal(n)
        expected = point.times(v)
        off, size = float(np.linalg.norm(found.apply(v) - expected)), float(np.linalg.norm(expected))
        if not off <= 1e-6 * size:
            raise DerivativeError(
                f"jacobian= of {self.__name__} is not the derivative of F by x: a product with it is off by "
                f"{off / max(size, 1e-300):.1e}"
            )
        return found

    def _refuse_what_F_lacks(self, F: Callable[..., Any], template: Structure, active: list[bool], value: Any) -> None:
        """DerivativeError for parameters that F does not contain: a zero by structure is most often a mistake."""

        def of_leaves(moving: Sequence[Any]) -> Any:
            given, fixed = iter(moving), iter([a for a, on in zip(template.leaves, active, strict=True) if not on])
            leaves = [next(given) if on else next(fixed) for on in active]
            return floating(F(value, *template.rebuilt(iter(leaves))))

        L = Linearization(of_leaves, [[a for a, on in zip(template.leaves, active, strict=True) if on]], {}, (0,))
        lacking = L.without_effect
        if self.library is not None:  # its functions are not looked into: what a random cotangent does not reach
            leaves = Structure(L.value, "F").leaves
            W = np.random.default_rng(0).standard_normal(np.shape(leaves[0]))
            lacking = [k for k, g in enumerate(L.T(W)) if not np.any(g)]
        if lacking:
            params = template.template
            given = self.equation.names if self.equation else parameter_names(self.F, len(params), 1)
            names = leaf_names(params, given)
            moving_names = [n for n, on in zip(names, active, strict=True) if on]
            shown = ", ".join(moving_names[k] for k in lacking)
            raise DerivativeError(
                f"F of {self.__name__} does not contain {shown}: the solution does not depend on it (a start value has no "
                f"derivative), and its gradient is zero by structure; differentiate by what F contains"
            )

    # --- derivatives -----------------------------------------------------------------------------------------------

    def jvp(self, *args: Any) -> tuple[Any, Any]:
        """(x(p), dx) for parameters p followed by as many directions: F_X*dx = -F_p*dp."""
        count = len(args) // 2
        return jvp(self._function, wrt=list(range(count)))(*args) if count > 1 else jvp(self._function)(*args)

    def vjp(self, *params: Any) -> tuple[Any, Callable[[Any], Any]]:
        """(x(p), pullback): pullback(w) = -F_p'*λ with F_X'*λ = w; a tuple for several parameters."""
        return vjp(self._function, wrt=self._all(params))(*params)

    def hvp(self, *args: Any) -> Any:
        """(p, w, dp): the derivative along dp of the pullback of w, a Hessian product of <w, x(p)>."""
        *params, w, dp = args
        if len(params) != 1:
            raise DerivativeError("x.hvp(p, w, dp) is by one parameter: put several into a tuple")
        return hvp(partial(_paired, self, w))(params[0], dp)

    def jacobian(self, *params: Any, wrt: int = 0) -> np.ndarray:
        """dx/dp: the shape of x, then that of the parameter. By columns where p has fewer entries than x, else by rows."""
        L = linearize(self._function, *params, wrt=wrt)
        x, p = np.asarray(L.value), np.asarray(params[wrt], dtype=float)
        forward = p.size <= x.size
        units = np.eye(p.size if forward else x.size)
        parts = [L(e.reshape(p.shape)[()]) if forward else L.T(e.reshape(x.shape)[()]) for e in units]
        return np.stack(parts, axis=-1 if forward else 0).reshape(x.shape + p.shape)

    def linearize(self, *params: Any) -> Linearization:
        """x(p) and its derivative L at p: L(dp) and L.T(w)."""
        return linearize(self._function, *params, wrt=self._all(params))

    def newton_step(self) -> Any:
        """x(p) one Newton step further, where the last derivative was taken; None where that step is rounding."""
        if self._last is None:
            return None
        problem, packing = self._last
        point = problem.last
        return None if point is None or point.further is point.L else packing.container(point.z + point.step)

    @property
    def _function(self) -> Callable[..., Any]:
        """As a plain function, for what looks at signatures."""

        def x(*params: Any) -> Any:
            return self(*params)

        x.__name__ = self.__name__
        return x

    def _all(self, params: Sequence[Any]) -> Any:
        return list(range(len(params))) if len(params) > 1 else None

    # --- checks ----------------------------------------------------------------------------------------------------

    def check(self, *params: Any, seed: int = 0) -> Verdict:
        """The derivative along a random direction against differences of the user's own solver."""
        rng = np.random.default_rng(seed)
        arguments = Structure(params, "the parameters")
        leaves = [np.asarray(leaf, dtype=float) for leaf in arguments.leaves]
        direction = [rng.standard_normal(leaf.shape) * max(float(np.abs(leaf).max(initial=0)), 1e-8) for leaf in leaves]
        found = self._along(arguments, direction)
        moved = lambda t: self._flat(arguments.rebuilt(iter([(a + t * d)[()] for a, d in zip(leaves, direction)])))  # noqa: B905
        expected = finite.directional(moved, 0.0, 1.0, complex_step=False)  # solvers are for real numbers
        size = max(float(np.max(np.abs(expected.value), initial=0)), float(np.max(np.abs(found), initial=0))) or 1.0
        off = float(np.max(np.abs(found - expected.value), initial=0)) / size
        known = float(np.max(expected.error, initial=0)) / size
        right: bool | None = off <= _CHECKED + 20 * known if known < 1e-3 else None
        return Verdict(right, off, known, "finite differences of the solver", ({},), seed, ("jvp",), points=1)

    def _flat(self, params: Any) -> np.ndarray:
        return np.asarray(flat(Structure(self._shown(self.solve(*params), params), "the solution").leaves))

    def _along(self, arguments: Structure, direction: Sequence[np.ndarray]) -> np.ndarray:
        dp = arguments.rebuilt(iter([d[()] for d in direction]), lambda leaf: leaf)
        L = linearize(lambda p: self(*p), list(arguments.template))
        return np.asarray(flat(Structure(L(list(dp)), "the tangent").leaves))

    def _confirm(self, numbers: Sequence[Any]) -> None:
        verdict = self.check(*numbers)
        if verdict.right is False:
            raise DerivativeError(
                f"check=True: the derivative of {self.__name__} is off by {verdict.relative_error:.1e} from differences of the solver: "
                "F does not describe what the solver solves, or the solver has not converged"
            )


def _shapes_of_arrays(params: Sequence[Any]) -> Any:
    """The shapes of parameters that all are differentiated by, arrays in double precision on one tape; None for others."""
    shapes = []
    for p in params:
        if type(p) is not Traced or p.tape is not params[0].tape or not is_active(p):
            return None
        if type(p.value) is not np.ndarray or p.value.dtype != float:
            return None
        shapes.append(p.value.shape)
    return tuple(shapes)


def _recorded_value(tape: Tape, op: Primitive, args: Sequence[Any], value: np.ndarray) -> Traced:
    """The value of an operation that is known already, on the tape."""
    places = [a.index if type(a) is Traced and a.tape is tape else tape.constant(a) for a in args]
    return Traced(tape, tape.record(op, tuple(places), (), value), value)


def _paired(x: Implicit, w: Any, p: Any) -> Any:
    """<w, x(p)>"""
    leaves, weights = Structure(x(p), "x").leaves, Structure(w, "w").leaves
    return sum(_inner(a, b) for a, b in zip(weights, leaves, strict=True))


def _inner(a: Any, b: Any) -> Any:
    product = a * b
    return product.sum() if np.ndim(concrete(product)) else product


def _own(leaf: Any) -> Any:
    value = form_of(leaf)  # the solver's value is an operation of the record
    return np.array(value) if isinstance(leaf, Traced) and isinstance(value, np.ndarray) else value
