"""Compiled expressions: called with arrays by name, one program a set of sizes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, wraps
from typing import Any

import numpy as np

from frechet.caches import Recent
from frechet.compile.diagnosis import blame, mixes_entries, nan_among, refused
from frechet.compile.dialects.julia import JULIA
from frechet.compile.dialects.latex import latex_source
from frechet.compile.dialects.matlab import MATLAB
from frechet.compile.dialects.programs import julia_source, matlab_source
from frechet.compile.libraries import JAX_TARGET, TORCH_TARGET, sharded
from frechet.compile.lowering import Schedule, lower
from frechet.compile.source import Made, Real, explanation, python_source, spelled
from frechet.compile.targets import NUMPY_TARGET, Target
from frechet.errors import EvaluationError, FrechetError
from frechet.expr.evaluate import evaluate_all, sizes_of
from frechet.expr.fitting import Fit, fits_of, unfit
from frechet.expr.holomorphy import complex_at_real, complex_origins, real_only, refuse_complex
from frechet.expr.node import Expr, postorder, symbols
from frechet.expr.sizes import ONE
from frechet.expr.walks import size_letters
from frechet.language import read

__all__ = ["Compiled", "compile", "source"]

RUNNABLE = {t.name: t for t in (NUMPY_TARGET, JAX_TARGET, TORCH_TARGET)}
PROGRAMS = 128
"""The programs that a compiled function keeps, by the sizes and dtypes that it was called with."""
DEFAULT_SIZE = 1000
"""The size that every letter stands for where source is asked for and no sizes are given."""


class Compiled:
    """A function of arrays by name; made by `compile` or `Expr.compile`.

    Arrays have NumPy's shapes: () for a scalar, (n,) for a vector, (m, n) for a matrix. One expression gives
    one array, several give a tuple.
    """

    def __init__(self, roots: Sequence[Expr], target: Target, is_single: bool, sizes: Mapping[str, int] | None):
        self.given = tuple(roots)
        self.roots, before = spelled(roots, target.language)
        self.target = target
        self.is_single = is_single
        self.symbols = _by_name(self.roots)
        twice = [s.name for s, t in zip(self.symbols, self.symbols[1:], strict=False) if s.name == t.name]
        if twice:
            raise FrechetError(f"two symbols are called {twice[0]}, with different sizes or properties")
        self.names = tuple(before.get(s.name, s.name) for s in self.symbols)
        self._before = before
        self.sizes = dict(sizes or {})
        self._ready: Recent[Callable[..., Any]] = Recent(PROGRAMS)
        self._made: Recent[Made] = Recent(PROGRAMS)
        self._last: tuple | None = None

    # --- calls --------------------------------------------------------------------------------------

    def __call__(self, **arrays: Any) -> Any:
        """The values at these arrays, which are never modified.

        Raises EvaluationError for missing, unknown or misshapen arrays, for arrays that lack a declared property or hold
        no numbers, for complex ones where the formula is not holomorphic, and where an assumption fails, such as an
        inverse of a singular matrix. A NaN that came in is an error too, but in programs that only work entry by entry,
        where it stays in its place. Under `jax.jit` and other transformations numbers cannot be looked at: there what
        fails is NaN.
        """
        try:
            given = [arrays[name] for name in self.names]
            run = self._ready.get(tuple([(a.shape, a.dtype) for a in given]))
        except (KeyError, AttributeError):
            run = None
        if run is None or len(arrays) != len(self.names):
            given, run = self._prepared(arrays)
        return run(given)

    def _prepared(self, arrays: Mapping[str, Any]) -> tuple[list[Any], Callable[..., Any]]:
        """The arrays, and the function for them: numbers, lists and whole numbers have one of their own from the first call on."""
        is_numpy = self.target is NUMPY_TARGET and arrays.keys() == set(self.names)
        try:
            raw = [np.asarray(arrays[name]) for name in self.names] if is_numpy else []
        except ValueError:
            raw = []  # rows of different lengths: what follows says so
        run = self._ready.get(_key(raw)) if raw else None
        if run is not None:
            return raw, run
        given = self._converted(arrays)
        run = self._ready.get(_key(given)) or self._runner(given)
        if raw and _key(raw) != _key(given) and self._ready.get(_key(given)) is not None:
            self._ready.keep(_key(raw), _converting(run, [a.dtype for a in given]))
        return given, run

    @cached_property
    def _fits(self) -> list[Fit]:
        return fits_of(self.roots)

    def _converted(self, arrays: Mapping[str, Any]) -> list[Any]:
        """The arrays in order, as numbers of one kind; lambda may be called lambda_, as the code has it."""
        arrays = {self._before.get(name, name): a for name, a in arrays.items()}
        missing = [n for n in self.names if n not in arrays]
        unknown = [n for n in arrays if n not in self.names]
        if missing or unknown:
            known = ", ".join(f"{s.name}: {_shape_of(s)}" for s in self.symbols) or "none"
            what = f"no array for {', '.join(missing)}" if missing else f"{unknown[0]} does not occur"
            raise EvaluationError(f"{what}; the expression has the variables {known}")
        given = self.target.convert({n: arrays[n] for n in self.names})
        complex_ones = [s for s, n in zip(self.symbols, self.names, strict=True) if _holds_complex(arrays[n])]
        refuse_complex(self.roots, complex_ones)
        return given

    def _runner(self, given: Sequence[Any]) -> Callable[..., Any]:
        """The function for arrays of these shapes and dtypes."""
        two_dimensional = {s: _checked_shape(s, a.shape) for s, a in zip(self.symbols, given, strict=True)}
        shapes = {s: np.broadcast_to(0.0, shape) for s, shape in two_dimensional.items()}
        numbers = sizes_of(shapes, self.sizes)
        reason = unfit(self._fits, numbers)
        if reason:
            raise EvaluationError(reason)
        made = self.made_for(numbers, any(self.target.is_complex(a) for a in given))
        run = self._watched(self.target.runner(made, self.symbols, numbers, self.is_single), made.program, numbers)
        delicate = complex_at_real(*self.roots)
        if delicate:
            run = self._looked_at_first(run, delicate, numbers)
        if not any(self.target.is_complex(a) for a in given):  # complex arrays are looked at anew in each call
            self._ready.keep(_key(given), run)
        return run

    def _looked_at_first(
        self, run: Callable[..., Any], delicate: Sequence[Expr], numbers: Mapping[str, int]
    ) -> Callable[..., Any]:
        """The function, after evaluation has seen that what may be complex is not."""

        def looked(given: Sequence[Any]) -> Any:
            arrays = self._fetched(given)
            shapes = {s: [p.value(numbers) for p in s.shape] for s in self.symbols}
            values = {s: np.reshape(a, shapes[s]) for s, a in zip(self.symbols, arrays, strict=False)}
            if arrays and any(map(np.iscomplexobj, evaluate_all(list(delicate), values, numbers))):
                evaluate_all(list(self.roots), values, numbers)  # says what is refused
            return run(given)

        return wraps(run)(looked)

    def _watched(self, run: Callable[..., Any], program: Schedule, numbers: Mapping[str, int]) -> Callable[..., Any]:
        """The function with errors in the user's terms."""
        is_faulty, is_numpy = self.target.is_faulty, self.target is NUMPY_TARGET
        spreads = mixes_entries(program) or (not is_numpy and _has_domain(self.roots))

        @wraps(run)
        def watched(given: Sequence[Any]) -> Any:
            try:
                result = run(given)
            except (RuntimeError, ValueError) as error:  # LinAlgError of NumPy and of PyTorch among them
                arrays = self._fetched(given)
                reason = blame(self.roots, self.symbols, arrays, numbers) if arrays else ""
                if not reason and "LinAlgError" not in type(error).__name__:
                    raise
                raise EvaluationError(reason or str(error)) from None
            if spreads and (any(map(is_faulty, result)) if isinstance(result, tuple) else is_faulty(result)):
                arrays = self._fetched(given)
                # NumPy says itself where a factorization fails; JAX and PyTorch may go on with NaN.
                reason = nan_among(self.symbols, arrays) if arrays else ""
                if arrays and not reason and not is_numpy:
                    reason = refused(self.roots, self.symbols, arrays, numbers)
                if reason:
                    raise EvaluationError(reason)
            return result

        return watched

    def _fetched(self, given: Sequence[Any]) -> list[np.ndarray]:
        """The arrays for NumPy; none where the numbers of one cannot be looked at."""
        arrays = [a for a in map(self.target.fetch, given) if a is not None]
        return arrays if len(arrays) == len(given) else []

    def made_for(self, numbers: Mapping[str, int], is_complex: bool = False) -> Made:
        """The program, text and function for these sizes."""
        absent = sorted(set(size_letters(*self.roots)) - set(numbers))
        if absent:
            raise EvaluationError(f"the size {absent[0]} is not known: give sizes={{'{absent[0]}': ...}}")
        key = (tuple(sorted(numbers.items())), is_complex)
        made = self._made.get(key)
        if made is None:
            program = lower(self.roots, numbers, is_complex, self.target.language.writes)
            text = python_source(program, self.target.language, self.symbols, self.target.imports, self.is_single)
            made = self._made.keep(key, Made(program, text, self.target.define))
        self._last = key
        return made

    # --- what a person gets to see ----------------------------------------------------------------------

    def _shown(self) -> Made:
        """The program of the last call, or one for the given sizes (1000 for every letter without a number)."""
        if self._last is not None:
            numbers, is_complex = self._last
            return self.made_for(dict(numbers), is_complex)
        return self.made_for(default_sizes(self.roots) | self.sizes)

    @property
    def source(self) -> str:
        """The code, which runs without frechet; of the last call's sizes, or of sizes=... when not called yet.

        Raises FrechetError where an operation has no code of its own.
        """
        made = self._shown()
        if made.text.foreign:
            raise FrechetError(f"there is no source for {made.text.foreign[0].params[0]}: it runs inside frechet only")
        real, fits = _real_in(self.roots), self._fits
        if not (real.symbols or real.parts or fits):
            return made.text.source
        language, imports, builder = self.target.language, self.target.imports, made.program.builder
        program = made.program
        if real.parts:
            program = lower([*self.roots, *real.parts], builder.numbers, builder.is_complex, language.writes)
        return python_source(program, language, self.symbols, imports, self.is_single, real, fits).source

    def explain(self) -> str:
        """The schedule: each step with its flops, the association chosen, and what was shared."""
        return explanation(self._shown())

    def memory_per_device(self, **arrays: Any) -> int:
        """Bytes that each device holds at these arrays: inputs, results and workspace (sharded JAX programs)."""
        given = self._converted(arrays)
        lower = getattr(self._runner(given), "lower", None)
        if lower is None:
            raise FrechetError("memory per device is known for programs with shardings: compile for 'jax' with them")
        used = lower(given).compile().memory_analysis()
        return used.argument_size_in_bytes + used.output_size_in_bytes + used.temp_size_in_bytes

    def __reduce__(self):
        """Another process makes the programs again, from the expressions."""
        expressions = self.given[0] if self.is_single else list(self.given)
        return _compiled_again, (expressions, self.target.name, self.sizes, self.target.shardings, self._last)

    def __repr__(self) -> str:
        inputs = ", ".join(f"{s.name}: {_shape_of(s)}" for s in self.symbols)
        return f"<compiled for {self.target.name}: ({inputs}) -> {', '.join(_shape_of(r) for r in self.roots)}>"


def _key(given: Sequence[Any]) -> tuple[Any, ...]:
    return tuple([(a.shape, a.dtype) for a in given])


def _converting(run: Callable[..., Any], dtypes: Sequence[Any]) -> Callable[..., Any]:
    """The function, of arrays of other kinds of numbers."""
    return lambda given: run([a.astype(dtype, copy=False) for a, dtype in zip(given, dtypes, strict=True)])


def _compiled_again(expressions, target, sizes, shardings, last) -> Compiled:
    made = compile(expressions, target, sizes, shardings)
    made._last = last
    return made


def _has_domain(roots: Sequence[Expr]) -> bool:
    """Whether evaluation refuses points; the inverse of a diagonal matrix is by entry, and infinite where evaluation refuses."""
    return any(node.op.domain for node in postorder(*roots))


def _holds_complex(array: Any) -> bool:
    return "complex" in str(getattr(array, "dtype", "")) or isinstance(array, complex)


def _shape_of(e: Expr) -> str:
    return "()" if e.is_scalar else f"({e.rows},)" if e.cols is ONE else f"({e.rows}, {e.cols})"


def _checked_shape(s: Expr, shape: tuple[int, ...]) -> tuple[int, int]:
    """The shape of an array as rows and columns; EvaluationError when it cannot be the symbol's."""
    if s.is_scalar and shape == ():
        return 1, 1
    if s.cols is ONE and len(shape) == 1 and not s.is_scalar:
        return shape[0], 1
    if len(shape) == 2 and not (s.is_scalar or s.cols is ONE):
        return shape
    hint = "" if shape else f"; for a number declare {s.name}: scalar"
    raise EvaluationError(f"{s.name} takes an array of shape {_shape_of(s)}, not {tuple(shape)}{hint}")


def _real_in(roots: Sequence[Expr]) -> Real:
    """What code that runs alone has to refuse complex numbers for; called through frechet, the arrays are looked at before."""
    return Real(tuple(sorted(real_only(*roots), key=lambda s: s.name)), tuple(complex_origins(*roots)))


def default_sizes(roots: Sequence[Expr]) -> dict[str, int]:
    """What code is for, where no sizes are given."""
    return dict.fromkeys(size_letters(*roots), DEFAULT_SIZE)


def compile(
    expressions: Expr | str | Sequence[Expr | str],
    target: str = "numpy",
    sizes: Mapping[str, int] | None = None,
    shardings: Mapping[str, Any] | None = None,
) -> Compiled:
    """A function of arrays by name for one expression or text, or for several in one program: it returns a tuple for a list.

    target is "numpy", "jax" or "torch". `sizes` gives numbers for letters that no array shows, and those that
    `source` and `explain` are for before the first call. `shardings` (JAX only) lays inputs out over devices: names
    of symbols to `jax.sharding.Sharding`. Raises FrechetError for an unknown target or name.

    >>> g = fr.compile(fr.gradient("x'*A*x", "x"))
    >>> g(A=np.eye(2), x=np.array([1.0, 2.0]))
    array([2., 4.])
    """
    if target not in RUNNABLE:
        raise FrechetError(f"there is no target {target!r}: choose from {', '.join(RUNNABLE)}")
    is_single = isinstance(expressions, Expr | str)
    if not isinstance(expressions, Expr | str | list | tuple):
        told = "; fr.formula gives the expression of a Python function" if callable(expressions) else ""
        kind = type(expressions).__name__
        raise FrechetError(f"code is made of an expression, or of a list of expressions, not of a {kind}{told}")
    listed = [expressions] if isinstance(expressions, Expr | str) else list(expressions)
    roots = [read(r).expr if isinstance(r, str) else r for r in listed]
    if not roots or not all(isinstance(r, Expr) for r in roots):
        raise FrechetError("compile takes an expression, or a list of expressions")
    chosen = RUNNABLE[target]
    if shardings:
        if target != "jax":
            raise FrechetError(f"arrays are sharded by JAX: compile for 'jax', not {target!r}")
        unknown = sorted(set(shardings) - {s.name for s in symbols(*roots)})
        if unknown:
            raise FrechetError(f"{unknown[0]} is sharded and does not occur in the expression")
        now = {before: name for name, before in spelled(roots, chosen.language)[1].items()}
        chosen = sharded(chosen, {now.get(name, name): laid for name, laid in shardings.items()})
    return Compiled(roots, chosen, is_single, sizes)


_WRITERS = {"julia": (julia_source, JULIA), "matlab": (matlab_source, MATLAB)}
SOURCES = (*RUNNABLE, *sorted([*_WRITERS, "latex"]))


def source(expressions: Expr | Sequence[Expr], language: str = "numpy", sizes: Mapping[str, int] | None = None) -> str:
    """The code for one or several expressions: numpy, jax, torch, julia, matlab (also Octave), latex.

    `sizes` are those that the order of products is chosen for, 1000 for every letter without a number.
    Raises FrechetError for another language, LanguageError for text that cannot be read.

    >>> fr.source("norm2(A*x - y)^2").splitlines()[-2:]
    ['    u = A @ x - y', '    return u @ u']
    """
    if language not in SOURCES:
        raise FrechetError(f"there is no language {language!r}: choose from {', '.join(SOURCES)}")
    shown = compile(expressions, language if language in RUNNABLE else "numpy", sizes)
    if language in RUNNABLE:
        return shown.source
    if language == "latex":
        return latex_source(lower(shown.given, default_sizes(shown.given) | shown.sizes), _by_name(shown.given))
    write, dialect = _WRITERS[language]
    roots, _ = spelled(shown.given, dialect)
    real = _real_in(roots)
    program = lower([*roots, *real.parts], default_sizes(roots) | shown.sizes, writes=dialect.writes)
    return write(program, _by_name(roots), real, fits_of(roots))


def _by_name(roots: Sequence[Expr]) -> list[Expr]:
    """The symbols in the order in which programs take them."""
    return sorted(symbols(*roots), key=lambda s: s.name)
