"""Initial value problems: the states at given times as a function of start, parameters and times.

The steps are chosen by SciPy's `solve_ivp` and then held fixed; the Runge-Kutta formula on these steps is an array program that
differentiates exactly, to any order, with a checkpoint at each step: the record holds states, not stages. Explicit steps are
those of DOP853; for stiff systems those of Radau IIA, whose stage equations are solved implicitly (`fr.implicit`), so that
the reverse sweep solves with the transposed stage matrix and is as stable as the method.

    k_i = f(t + c_i*h, y + h*sum_j a_ij*k_j),    y_next = y + h*sum_i b_i*k_i

Source: Hairer, Norsett and Wanner, Solving Ordinary Differential Equations I, 2nd ed. (1993), sec. II.5, II.6; Hairer and Wanner, II
(1996), sec. IV.5, IV.8; Sanz-Serna, Symplectic Runge-Kutta schemes for adjoint equations, SIAM Review 58 (2016).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

import numpy as np

from frechet.errors import ConvergenceError, EvaluationError, FrechetError, ShapeError
from frechet.implicit.array_path import Grid, TooManySteps, integrated, states_on
from frechet.implicit.constrained_program import ConstrainedProgram
from frechet.implicit.crossings import Crossing, first_crossing
from frechet.implicit.explicit_step import ExplicitStep
from frechet.implicit.foreign import ForeignLibrary, library_of
from frechet.implicit.jax_path import JaxPath, JaxProgram
from frechet.implicit.jax_right_side import jax_program, jax_program_of_numbers
from frechet.implicit.jumps import refuse_moving_jumps, refuse_moving_kinks
from frechet.implicit.numbers_path import NumbersPath
from frechet.implicit.packing import Packing, closed_over, closed_over_error, flat, state
from frechet.implicit.radau_path import RadauPath
from frechet.implicit.radau_step import RadauStep
from frechet.implicit.resting import MUCH, Unbounded, direction, finer_times, pieces_for
from frechet.implicit.right_side import are_sorted, are_times, as_leaves, fits, is_tolerance, time_first
from frechet.implicit.sweeps import TRAJECTORY
from frechet.tracing.array import FUNCTIONS, Traced, apply, concrete, is_active
from frechet.tracing.copying import copied, original
from frechet.tracing.derivatives import jvp
from frechet.tracing.refusing import TracingError
from frechet.tracing.scalars import ScalarProgram, scalar_program
from frechet.tracing.structure import Structure

__all__ = ["Trajectory", "odeint", "trajectory"]

Array = np.ndarray
Function = Callable[..., Any]
METHODS = ("auto", "DOP853", "Radau")
_EVALUATIONS = 60_000  # of an explicit method, before a system counts as stiff
_ON_TAPE = 100  # steps whose tangents are taken on the tape where those of numbers are not finite
_FEW = 40  # states that are integrated as numbers


def odeint(
    rhs: Function,
    y0: Any,
    ts: Any,
    *p: Any,
    method: str = "auto",
    rtol: float = 1e-9,
    atol: float = 1e-11,
    library: str | None = None,
) -> Any:
    """The states at the times ts of dy/dt = rhs(t, y, p) with y(ts[0]) = y0: an array of shape (len(ts), *y0.shape).

    Differentiable, to any order, by y0, p (arrays, numbers, containers; several) and ts. A list of numbers is a vector; y0 may be a
    container, such as a state and a running integral: rhs(t, (y, J), p) = (f, g) gives J = the integral of g. Forward sweeps are sensitivities, reverse
    sweeps a discrete adjoint with a checkpoint at each step. "auto" takes DOP853, and Radau where that needs too many steps:
    the system is stiff.

    A right side of a few numbers that goes one way (no `if` on its values) is run on symbols and integrated as a program of numbers; a
    JAX function is compiled, and with library="jax" such a program too: some seconds once, then a third of the time.

    Raises ConvergenceError where the integration fails, or needs too many explicit steps (method="DOP853"), and DerivativeError
    where a derivative is asked for and rhs jumps at a time that the state or the parameters move.
    """
    return trajectory(rhs, ts, method=method, rtol=rtol, atol=atol, library=library)(y0, *p)


def trajectory(
    rhs: Function,
    ts: Any,
    *,
    method: str = "auto",
    rtol: float = 1e-9,
    atol: float = 1e-11,
    library: str | None = None,
) -> Trajectory:
    """The states at ts as a function of (y0, *p); it says which method and how many steps it took. See `odeint`."""
    return Trajectory(rhs, ts, method, rtol, atol, library)


class Trajectory:
    """y(y0, *p): the states at the times ts.

    used, steps   the method and the number of steps of the last call
    compiled      whether its right side was a program of numbers, and not NumPy code called at each stage
    """

    def __init__(self, rhs: Function, ts: Any, method: str, rtol: float, atol: float, library: str | None) -> None:
        if method not in METHODS:
            raise FrechetError(f"method={method!r} is not known: choose from {', '.join(METHODS)}")
        if library not in (None, "jax"):
            raise FrechetError(f'library={library!r} is not known: write "jax", or leave it out')
        if not callable(rhs):
            raise FrechetError(f"rhs is a function rhs(t, y, p), not a {type(rhs).__name__}")
        time_first(rhs)
        if not are_times(ts):
            raise EvaluationError("ts is a list of times, of which the first is that of y0: write [t0, t1]")
        times = np.asarray([float(concrete(t)) for t in ts])
        if len(times) < 1 or not np.isfinite(times).all() or not (are_sorted(times) or are_sorted(-times)):
            raise EvaluationError("the times ts are finite, in increasing or decreasing order")
        if not (is_tolerance(rtol) and rtol > 0 and is_tolerance(atol)):
            raise EvaluationError(
                f"rtol={rtol!r}, atol={atol!r}: tolerances are positive numbers, one for all states; states of other sizes are divided by "
                "their sizes"
            )
        self.rhs, self.ts, self._times = original(rhs), ts, times.tolist()
        self.method, self.rtol, self.atol = method, float(rtol), float(atol)  # arithmetic with numbers of NumPy is slow
        self.used, self.steps, self.compiled = method, 0, False
        self._given = None if library is None else ForeignLibrary(library)
        self._library: ForeignLibrary | None = None
        self._are_steps_chosen = False

    def __call__(self, y0: Any, *p: Any) -> Any:
        y0 = state(y0)
        start = Structure(y0, "the start y0")
        packing = Packing(y0, "the start y0") if start.leaves else None
        if packing is None or not packing.size:
            raise EvaluationError("the start y0 has no floating-point numbers")
        arguments = Structure(p, "a parameter")
        z0 = np.asarray(flat([concrete(leaf) for leaf in start.leaves]), dtype=float)
        moves = any(map(is_active, (*start.leaves, *arguments.leaves, *self.ts)))
        try:
            found = self._path(packing, arguments, z0, moves)
        except (TracingError, TypeError) as error:  # JAX says that it does not know the type
            name = closed_over(self.rhs)
            if name is None:
                raise
            raise closed_over_error("the right side", name, "rhs(t, y, p)") from error
        self.steps, self.compiled = found.steps, not isinstance(found, Grid)
        if not moves:
            return self._arranged(packing, found.rows)
        z, q = flat(start.leaves), flat([leaf for leaf in arguments.leaves if is_active(leaf)])
        if not self._are_steps_chosen and _is_nested(1, start, arguments):
            self._refuse_kinks(packing, found, q, arguments)
        if not self._are_steps_chosen and found.quiet > MUCH * abs(self._times[-1] - self._times[0]):
            finer, places = self._for_tangents(packing, start, arguments, z0, found)
            if finer is not None:
                value = finer(y0, *p)
                self.used, self.steps, self.compiled = finer.used, finer.steps, finer.compiled
                return packing.structure.rebuilt(iter([leaf[places] for leaf in Structure(value).leaves]))
        if isinstance(found, Grid):
            return self._arranged(packing, self._traced(packing, found, z, q, arguments))
        return self._arranged(packing, self._swept(packing, found, z, q, arguments))

    def first_crossing(
        self, when: Callable[[float, Any], float], signs: Collection[float], y0: Any, *p: Any
    ) -> Crossing | None:
        """Between the first and the last time, the first at which when(t, y) changes its sign; see `crossings`."""
        start, packing = Structure(y0, "the start y0"), Packing(y0, "the start y0")
        z0 = np.asarray(flat([concrete(leaf) for leaf in start.leaves]), dtype=float)
        plain = self._on_vectors(packing, Structure(p, "a parameter"), z0)
        times = self._times[0], self._times[-1]
        on_vectors = lambda t, z: when(t, packing.container(z))
        return first_crossing(plain, on_vectors, times, z0, signs, self.method, self.rtol, self.atol)

    def _plain(self) -> Function:
        """rhs on arrays of NumPy."""
        library = self._library
        return self.rhs if library is None else lambda *args: library.called(self.rhs, args)

    def _copied(self) -> Function:
        """rhs on traced arrays."""
        return copied(self.rhs) if self._library is None else self._library.traced(self.rhs)

    # --- the right side -----------------------------------------------------------------------------------------------

    def _right_side(self, packing: Packing, rhs: Function) -> Function:
        """rhs on vectors."""

        def f(t: Any, z: Any, p: Sequence[Any]) -> Any:
            own = z.copy() if type(z) is np.ndarray else z  # rhs may write into what it is given
            value = rhs(t, packing.container(own), *p)
            if type(value) is np.ndarray and value.dtype == float and [value.shape] == packing.shapes:
                return value.ravel()
            leaves = as_leaves(value)
            shapes = [np.shape(concrete(leaf)) for leaf in leaves]
            if not fits(shapes, packing.shapes):
                raise ShapeError(
                    f"rhs(t, y, p) gives arrays of {', '.join(map(str, shapes)) or 'no numbers'}, and y has "
                    f"{', '.join(map(str, packing.shapes))}"
                )
            if any(np.iscomplexobj(concrete(leaf)) for leaf in leaves):
                raise EvaluationError("rhs(t, y, p) is complex: make its real and imaginary parts states of their own")
            return flat(leaves)

        return f

    def _on_vectors(self, packing: Packing, arguments: Structure, z0: Array) -> Callable[[float, Array], Array]:
        """rhs on vectors of NumPy, at the numbers of the parameters."""
        numbers = arguments.rebuilt(iter([concrete(leaf) for leaf in arguments.leaves]))
        self._library = library_of(self.rhs, (self._times[0], packing.container(z0.copy()), *numbers))
        right = self._right_side(packing, self._plain())
        return lambda t, z: right(t, z, numbers)

    def _on_numbers(self, packing: Packing, arguments: Structure) -> ScalarProgram | ConstrainedProgram | None:
        """rhs as a program of numbers, where it is one and small."""
        shapes = [np.shape(concrete(leaf)) for leaf in arguments.leaves]
        many = packing.size > _FEW or sum(int(np.prod(s)) for s in shapes) > 4 * _FEW
        if many or any(np.iscomplexobj(concrete(leaf)) for leaf in arguments.leaves):
            return None

        if hasattr(self.rhs, "program"):  # a right side with unknowns of its own
            return self.rhs.program(packing, arguments, shapes)
        rhs = copied(self.rhs)
        f = lambda t, z, *leaves: rhs(t, packing.container(z), *arguments.rebuilt(iter(leaves)))

        program = scalar_program(f, [(), (packing.size,), *shapes])
        return program if program is not None and len(program.results) == packing.size else None

    # --- the steps ----------------------------------------------------------------------------------------------------

    def _path(
        self, packing: Packing, arguments: Structure, z0: Array, moves: bool = True
    ) -> NumbersPath | JaxPath | Grid:
        """The steps and the states: compiled by JAX, on numbers where the right side is a short program of them, or on arrays."""
        plain = self._on_vectors(packing, arguments, z0)
        if self._library is None and not np.isfinite(plain(self._times[0], z0)).all():
            raise EvaluationError(f"rhs(t, y, p) is not finite at the start, t = {self._times[0]:.6g}")
        self.used = "DOP853"
        if self.method != "Radau":
            try:
                found = self._compiled(packing, arguments, z0, plain)
                return found or integrated(plain, self._times, z0, "DOP853", self.rtol, self.atol, _EVALUATIONS)
            except TooManySteps:
                if self.method == "DOP853":
                    raise ConvergenceError(
                        f"DOP853 took more than {_EVALUATIONS} evaluations: the system is stiff, or the tolerance too small; "
                        'use method="Radau"'
                    ) from None
        self.used = "Radau"
        grid = integrated(plain, self._times, z0, "Radau", self.rtol, self.atol, None)
        return (self._stiff(packing, arguments, z0, plain, grid) if moves else None) or grid

    def _for_tangents(
        self, packing: Packing, start: Structure, arguments: Structure, z0: Array, path: NumbersPath | JaxPath | Grid
    ) -> tuple[Trajectory | None, Any]:
        """With steps that resolve tangents, and the places of the times; None where those of the states do. See `resting`.

        Second tangents are compared too where they are asked for and those of the steps so far are numbers.
        """
        by_start = any(map(is_active, (*start.leaves, *self.ts)))
        q0 = np.asarray(concrete(flat([leaf for leaf in arguments.leaves if is_active(leaf)])), dtype=float)
        d = direction(np.concatenate([z0, q0]))
        dz, dq = d[: len(z0)] if by_start else np.zeros_like(z0), d[len(z0) :]
        twice = isinstance(path, NumbersPath) and _is_nested(1, start, arguments)
        if isinstance(path, NumbersPath) and twice:
            try:
                _second_tangents(path, dz, dq)
            except (ArithmeticError, ValueError):
                twice = False
        by_more = _is_nested(2 if twice else 1, start, arguments)
        for method in ("DOP853", "Radau") if self.used == "DOP853" and self.method == "auto" else (self.used,):

            def tangents(pieces: int, method: str = method) -> Array | None:
                finer, places = self._finer(self._times, pieces, method)
                try:
                    with np.errstate(all="ignore"):
                        rows = finer._tangents(packing, arguments, z0, q0, dz, dq, twice)
                except (ConvergenceError, ArithmeticError, ValueError):
                    return None
                if pieces and not np.isfinite(rows[1]).all():
                    raise Unbounded
                return rows[places] if np.isfinite(rows).all() else None

            try:
                pieces = pieces_for(tangents, method, self.rtol, isinstance(path, Grid))
            except Unbounded:  # infinite slopes are no matter of steps
                return None, None
            if pieces is not None:
                first = tangents(0) if by_more and not pieces else None
                if by_more and (pieces or first is None or not first.any()):  # further derivatives move faster
                    pieces = max(4 * pieces, 256)
                is_right = not pieces and method == self.used
                return (None, None) if is_right else self._finer(self.ts, pieces, method)
        raise ConvergenceError(
            "the solution is at rest, or nearly so, and no steps were found that resolve its derivative: give denser times ts "
            "where the right side changes fast",
            float("nan"),
        )

    def _tangents(
        self, packing: Packing, arguments: Structure, z0: Array, q0: Array, dz: Array, dq: Array, twice: bool
    ) -> Array:
        """Those of the rows, along one direction of the start and the parameters; second ones beside. ArithmeticError: not finite."""
        found = self._path(packing, arguments, z0)
        if twice and isinstance(found, NumbersPath):
            return _second_tangents(found, dz, dq)
        if not isinstance(found, Grid):
            try:
                return found.pushed(dz, np.zeros(len(self._times)), dq)
            except (ArithmeticError, ValueError):
                if found.steps > _ON_TAPE:
                    raise
        sweep: Any = self._traced if isinstance(found, Grid) else self._swept  # there zeros win over infinities
        states = lambda s: sweep(packing, found, z0 + s * dz, q0 + s * dq, arguments)
        first = lambda s: jvp(states)(s, 1.0)[1]
        return np.hstack(jvp(first)(0.0, 1.0)) if twice else np.asarray(first(0.0))

    def _finer(self, ts: Any, pieces: int, method: str) -> tuple[Trajectory, Array]:
        times, places = finer_times(list(ts), self._times, pieces)
        library = None if self._given is None or method == "Radau" else self._given.name
        found = Trajectory(self.rhs, times, method, self.rtol, self.atol, library)
        found._are_steps_chosen = True
        return found, places

    def _compiled(
        self, packing: Packing, arguments: Structure, z0: Array, plain: Callable[[float, Array], Array]
    ) -> NumbersPath | JaxPath | None:
        """The path of a program, where the right side is one."""
        numbers = [np.asarray(concrete(leaf), dtype=float) for leaf in arguments.leaves]
        if self._library is not None and self._library.name == "jax":
            still = Structure(arguments.rebuilt(iter(numbers)), "a parameter")
            return self._by_jax(jax_program(self._library, self.rhs, packing, still), arguments, z0, numbers)
        q = [v for a in numbers for v in np.ravel(a).tolist()]
        program = None if self._library is not None else self._on_numbers(packing, arguments)
        if program is not None and not self._agrees(program, plain, z0, q):
            program = None
        if self._given is not None:
            shapes = [a.shape for a in numbers]
            made = None
            if isinstance(program, ScalarProgram):  # with unknowns of its own it chooses steps by numbers
                made = jax_program_of_numbers(self._given, program, shapes)
            if made is None:
                raise FrechetError(
                    'library="jax" compiles JAX functions, and NumPy code on at most '
                    f"{_FEW} numbers that does not look at them (no if, np.where, solvers inside); leave it out for this one"
                )
            return self._by_jax(made, arguments, z0, numbers)
        if program is None or not self.atol > 0:  # a scale of zero
            return None
        try:
            path = NumbersPath(
                program, self._times, tuple(z0.tolist()), tuple(q), self._moving_numbers(arguments),
                self.rtol, self.atol, _EVALUATIONS,
            )  # fmt: skip
        except (ArithmeticError, ValueError):
            return None  # NumPy has infinities there
        return path if path.follows(plain) else None

    def _stiff(
        self, packing: Packing, arguments: Structure, z0: Array, plain: Callable[[float, Array], Array], grid: Grid
    ) -> RadauPath | None:
        """The steps of Radau's method with the sweeps of a program, where the right side is one and is differentiated."""
        numbers = [np.asarray(concrete(leaf), dtype=float) for leaf in arguments.leaves]
        q = [v for a in numbers for v in np.ravel(a).tolist()]
        program = None if self._library is not None else self._on_numbers(packing, arguments)
        if program is None or not self._agrees(program, plain, z0, q):
            return None
        try:
            path = RadauPath(program, grid, tuple(z0.tolist()), tuple(q), self._moving_numbers(arguments))
        except (ArithmeticError, ValueError, ConvergenceError):
            return None  # NumPy has infinities there
        return path if path.follows(plain) else None

    def _moving_numbers(self, arguments: Structure) -> list[int]:
        """The places of what is differentiated by, among all numbers of the parameters."""
        leaves = [(is_active(leaf), np.size(concrete(leaf))) for leaf in arguments.leaves]
        return [k for k, on in enumerate([on for on, size in leaves for _ in range(size)]) if on]

    def _agrees(self, program: ScalarProgram | ConstrainedProgram, plain: Function, z0: Array, q: list[float]) -> bool:
        """Whether the program has the value of the code at the start."""
        try:
            value = program.value(self._times[0], *z0.tolist(), *q)
        except (ArithmeticError, ValueError):
            return False
        return np.allclose(value, plain(self._times[0], z0), rtol=1e-9, atol=0)

    def _by_jax(self, program: JaxProgram, arguments: Structure, z0: Array, numbers: list[Array]) -> JaxPath:
        wrt = tuple([k for k, leaf in enumerate(arguments.leaves) if is_active(leaf)])
        return JaxPath(program, self._times, z0, numbers, wrt, self.rtol, self.atol, _EVALUATIONS)

    # --- traced -------------------------------------------------------------------------------------------------------

    def _of_vectors(self, packing: Packing, arguments: Structure) -> Callable[[Function], Function]:
        """What makes of rhs, or of a copy, a function of (t, states, parameters that move), both as vectors."""
        given = self._with_moving(arguments)

        def of_vectors(rhs: Function) -> Function:
            right = self._right_side(packing, rhs)

            return lambda t, z, q: right(t, z, given(q))

        return of_vectors

    def _with_moving(self, arguments: Structure) -> Callable[[Any], tuple[Any, ...]]:
        """The parameters by a vector of those that move."""
        moving = [is_active(leaf) for leaf in arguments.leaves]
        parameters = Packing([leaf for leaf, on in zip(arguments.leaves, moving, strict=True) if on], "the parameters")
        fixed = [concrete(leaf) for leaf, on in zip(arguments.leaves, moving, strict=True) if not on]

        def given(q: Any) -> Any:
            parts, rest = iter(parameters.parts(q)), iter(fixed)
            return arguments.rebuilt(iter([next(parts) if on else next(rest) for on in moving]))

        return given

    def _traced(self, packing: Packing, grid: Grid, z: Any, q: Any, arguments: Structure) -> Any:
        """Step by step on the tape."""
        of_vectors = self._of_vectors(packing, arguments)
        with np.errstate(all="ignore"):
            refuse_moving_jumps(of_vectors(self._plain()), np.asarray(concrete(q)), grid.path)
        step = (RadauStep if self.used == "Radau" else ExplicitStep)(
            of_vectors(self._copied()), of_vectors(self._plain())
        )
        return _stacked(states_on(grid, step, z, self.ts, q))

    def _refuse_kinks(self, packing: Packing, path: NumbersPath | JaxPath | Grid, q: Any, arguments: Structure) -> None:
        """Where a second derivative is asked for."""
        if isinstance(path, NumbersPath) and path.program.is_smooth:
            return
        f = self._of_vectors(packing, arguments)(self._copied())
        d = direction(np.ones(packing.size + np.size(concrete(q))))  # the same all along the path

        def slope(t: float, z: Array, q: Array) -> Array:
            along = lambda s: f(t, z + s * d[: len(z)], q + s * d[len(z) :])
            return np.asarray(jvp(along)(0.0, 1.0)[1])

        with np.errstate(all="ignore"):
            refuse_moving_kinks(
                slope, np.asarray(concrete(q), dtype=float), (path if isinstance(path, Grid) else path.grid).path
            )

    def _swept(self, packing: Packing, path: NumbersPath | JaxPath, z: Any, q: Any, arguments: Structure) -> Any:
        """One operation, whose sweeps are those of the path; further derivatives go step by step."""
        of_vectors = self._of_vectors(packing, arguments)
        if isinstance(path, NumbersPath):
            kind = RadauStep if isinstance(path, RadauPath) else ExplicitStep
            path.formula = lambda z, ts, q: _stacked(
                states_on(path.grid, kind(of_vectors(self._copied()), of_vectors(self._plain())), z, list(ts), q)
            )
        elif not path.program.is_continuous:
            refuse_moving_jumps(of_vectors(self._plain()), np.asarray(concrete(q)), path.grid.path)
        return apply(TRAJECTORY, (path, z, flat(list(self.ts)), q))

    def _arranged(self, packing: Packing, rows: Any) -> Any:
        """The states one after another, each leaf of y0 with the times as its first axis."""
        found, start = [], 0
        for shape in packing.shapes:
            size = int(np.prod(shape))
            part = rows[:, start] if not shape else rows if size == packing.size else rows[:, start : start + size]
            found.append(part if len(shape) < 2 else part.reshape((len(self._times), *shape)))
            start += size
        return packing.structure.rebuilt(iter(found))


def _stacked(states: Sequence[Any]) -> Any:
    return FUNCTIONS[np.stack](states) if any(isinstance(z, Traced) for z in states) else np.stack(states)


def _second_tangents(path: NumbersPath, dz: Array, dq: Array) -> Array:
    """First and second tangents of the rows along one direction. ArithmeticError, ValueError: not finite."""
    return path.doubled(dz, dq).pushed(np.append(dz, 0 * dz), np.zeros(len(path.times)), np.append(dq, 0 * dq))


def _is_nested(times: int, *structures: Structure) -> bool:
    """Whether a derivative of a derivative is asked for, so many times."""

    def depth(leaf: Any) -> int:
        return 1 + depth(leaf.current().value) if isinstance(leaf, Traced) else 0

    return any(depth(leaf) > times for structure in structures for leaf in structure.leaves)
