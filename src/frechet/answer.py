"""What a person gets to see: a derivative with its derivation, its check and its typesetting."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any

from frechet.calculus.derivative import Derivative, find_variables
from frechet.calculus.one_sided import check_differentiable, one_sided_derivative
from frechet.calculus.steps import Step, derivation
from frechet.errors import DerivativeError, FrechetError, LanguageError
from frechet.expr.node import Expr, as_expr, symbols
from frechet.expr.resizing import resized
from frechet.expr.walks import size_letters
from frechet.language import Reading, read, read_as, readable, to_latex
from frechet.language.equations import (
    Row,
    differential_sign,
    equations,
    function_sign,
    gradient_sign,
    name_sign,
    styled,
    typeset,
    words_below,
)  # fmt: skip
from frechet.language.names import normal_name
from frechet.simplify.naming import named_parts

if TYPE_CHECKING:
    import numpy as np

    from frechet.check.verdict import Verdict
    from frechet.operators import LinearOperator

__all__ = ["Answer", "Steps", "derivative", "gradient", "named_variables", "objective"]


_OTHERS = 2  # names for which another reading is derived


class Answer(Derivative):
    """A derivative of any order with its derivation, check and display; see `Derivative` for what else it can be asked.

    `reading` is how the text of the function was read, where it was given as text.
    """

    reading: Reading | None = None

    @property
    def read_as(self) -> str:
        """One line: what every name was taken for, and the value."""
        if self.reading is not None:
            return self.reading.read_as
        return read_as(self.function, {s.name: s for s in symbols(self.function, *self.variables)})

    @cached_property
    def other_readings(self) -> dict[str, Answer]:
        """The derivatives where a vector of the text is a number instead, such as an intercept b; by its name: both fit."""
        found = {}
        for name in self.reading.numbers[:_OTHERS] if self.reading is not None else ():
            assert self.reading is not None
            reading = self.reading.with_number(name)
            found[name] = Answer(reading.expr, [reading.symbols[X.name] for X in self.variables])
            found[name].reading = reading
        return found

    def _told_of_others(self) -> list[str]:
        """The notes, in which a line with the answer of another reading takes the place of its announcement."""
        lines = []
        for name, other in self.other_readings.items():
            mine, theirs = ([readable(r) for r in a.answers] for a in (self, other))
            if [sorted(t) for t in mine] == [sorted(t) for t in theirs]:  # but for the order of terms
                lines.append(f"where {name} is a number instead of a vector, the answer reads the same")
            else:
                pairs = zip(other._titles(), theirs, strict=True)
                lines += [f"where {name} is a number instead of a vector: {title} = {text}" for title, text in pairs]
        announced = tuple(f"{name} is read as a vector; a number {name}" for name in self.other_readings)
        return [*lines, *[n for n in self.notes if not (announced and n.startswith(announced))]]

    @cached_property
    def notes(self) -> tuple[str, ...]:
        """Other readings of the text, and the conventions that were taken."""
        read = () if self.reading is None else self.reading.notes
        return tuple(dict.fromkeys([*read, *super().notes]))

    @cached_property
    def steps(self) -> Steps:
        """The derivation, one named rule a line; repeated parts by their names in `where` and in the text."""
        own = {} if self.reading is None else {part: name for name, part in self.reading.named.items()}
        return Steps(derivation(self, {**self.names, **own}))

    @property
    def answers(self) -> tuple[Expr, ...]:
        """The main result: the gradients of a scalar function, otherwise the differential."""
        return self.gradients if self.function.is_scalar else (self.differential,)

    @cached_property
    def names(self) -> dict[Expr, str]:
        """Repeated parts of the main result, with the name each is given for reading."""
        taken = {s.name for s in symbols(self.function, *self.answers)}
        return named_parts(self.answers, taken)

    @property
    def where(self) -> dict[str, Expr]:
        """Named common sub-expressions of the main result, for reading."""
        return {name: part for part, name in self.names.items()}

    def check(self, seed: int = 0, sizes: Mapping[str, int] | None = None) -> Verdict:
        """Whether the answer is right: proved in exact arithmetic, else compared with finite differences of the function.

        Raises FrechetError when no point of the domain is found.
        """
        return import_module("frechet.check.own").check_derivative(self, seed, sizes)

    def at(self, values: Mapping | None = None, /, **named: Any) -> LinearOperator:
        """The derivative at numbers: op(dX), op.T(W), op.solve(R), op.logdet(); see `frechet.operators`.

        The symbols are given by name, or in a mapping; size letters that no array shows too. Raises EvaluationError where they are missing or do not fit, and
        where the function is not differentiable, such as eigmax at a repeated eigenvalue; see `one_sided`.
        """
        # SciPy's solvers take longer to import than all of frechet: only who asks for numbers pays for them
        linearize = import_module("frechet.operators.linearize").linearize
        given, sizes = self._numbers({**(values or {}), **named})
        check_differentiable(self, given, sizes)
        return linearize(self, given, sizes)

    def _numbers(self, given: Mapping[Any, Any]) -> tuple[dict[Any, Any], dict[str, int]]:
        """The values of symbols, and of the size letters that no array shows."""
        known = {s.name for s in symbols(self.function, *self.variables, *self.tangents)}
        letters = set(size_letters(self.function)) - known
        sizes = {k: v for k, v in given.items() if isinstance(k, str) and k in letters and isinstance(v, int)}
        return {k: v for k, v in given.items() if k not in sizes}, sizes

    def one_sided(self, values: Mapping | None = None, /, **named: Any) -> np.ndarray:
        """f'(X; dX) = lim (f(X + t*dX) - f(X))/t for t > 0, also where f has no derivative.

        The symbols and the directions are given by name, `d.one_sided(X=X0, dX=E)`, or in a mapping. An eigenvalue of
        multiplicity r moves with the largest eigenvalue of V'*dX*V, V its eigenvectors; singular values, spectral and
        nuclear norm, cluster sums, abs, relu, max and their matrix versions likewise. The result is two-dimensional, as
        that of `d.at(X=X0)(dX)`. Raises EvaluationError where no one-sided derivative is known.

        Source: Overton and Womersley, Math. Programming 62 (1993); Lewis, Math. Programming 84 (1999).
        """
        given, sizes = self._numbers({**(values or {}), **named})
        return one_sided_derivative(self, given, sizes)

    def _titles(self) -> list[str]:
        if not self.function.is_scalar:
            return ["df"]
        return ["gradient"] if len(self.variables) == 1 else [f"gradient by {X.name}" for X in self.variables]

    def __repr__(self) -> str:
        lines = [self.read_as, f"f = {readable(self.function)}"]
        if self.function.is_scalar:
            lines.append(f"df = {readable(self.differential)}")
        for title, result in zip(self._titles(), self.answers, strict=True):
            lines.append(f"{title} = {readable(result, self.names)}")
        lines += [f"  where {name} = {_without(self.names, part, readable)}" for part, name in self.names.items()]
        lines += [f"  assuming {a}" for a in self.assumptions]
        lines += [f"  note: {n}" for n in self._told_of_others()]
        return "\n".join(lines)

    def _repr_latex_(self) -> str:
        rows = [rf"f &= {to_latex(self.function)}", rf"\mathrm{{d}}f &= {to_latex(self.differential)}"]
        if self.function.is_scalar:
            rows += [
                rf"\nabla_{{{to_latex(X)}}} f &= {to_latex(G, self.names)}"
                for X, G in zip(self.variables, self.gradients, strict=True)
            ]
        rows += [rf"{name} &= {_without(self.names, part, to_latex)}" for part, name in self.names.items()]
        body = " \\\\\n".join(rows)
        return f"$$\\begin{{aligned}}\n{body}\n\\end{{aligned}}$$"

    def _repr_html_(self) -> str:
        rows: list[Row] = [
            (function_sign(), typeset(self.function), ""),
            (differential_sign(), typeset(self.differential), ""),
        ]
        if self.function.is_scalar:
            pairs = zip(self.variables, self.gradients, strict=True)
            rows += [(gradient_sign(X), typeset(G, self.names), "") for X, G in pairs]
        rows += [(name_sign(name), _without(self.names, part, typeset), "") for part, name in self.names.items()]
        below = [f"assuming {a}" for a in self.assumptions] + [f"note: {n}" for n in self.notes]
        return styled(words_below([self.read_as]), equations(rows), words_below(below))


class Steps(list[Step]):
    """The lines of a derivation: a list, which notebooks typeset and `print` shows one below the other."""

    def __str__(self) -> str:
        return "\n".join(map(str, self))

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(str(self))

    def _repr_html_(self) -> str:
        return styled(equations([(typeset(s.left, s.names), typeset(s.right, s.names), s.rule) for s in self]))

    def latex(self) -> str:
        """Aligned equations, each with the name of its rule."""
        rows = [
            rf"{to_latex(s.left, s.names)} &= {to_latex(s.right, s.names)} && \text{{{s.rule.partition(':')[0]}}}"
            for s in self
        ]
        body = " \\\\\n".join(rows)
        return f"\\begin{{aligned}}\n{body}\n\\end{{aligned}}"

    def _repr_latex_(self) -> str:
        return f"$${self.latex()}$$"


def _without(names: Mapping[Expr, str], part: Expr, show) -> str:
    """A named part written out, with the other names used inside."""
    return show(part, {p: n for p, n in names.items() if p is not part})


def derivative(
    f: Expr | str,
    /,
    wrt: Expr | str | Sequence[Expr | str] | None = None,
    *,
    sizes: Mapping[str, int] | None = None,
    **declarations: str | Expr,
) -> Answer:
    """The derivative of f, an expression or text, with respect to one or several symbols or their names.

    `sizes={"n": 3}` puts numbers for size letters; what is given as text declares a symbol of a text: `S="symmetric(n)"`. Raises LanguageError for text that does not read, DerivativeError when there is no rule.

    >>> d = fr.derivative("logdet(X'*X)", "X")
    >>> d.gradient, d.differential
    (2·X·(Xᵀ·X)⁻¹, 2·tr((Xᵀ·X)⁻¹·Xᵀ·dX))
    """
    if not isinstance(f, str):
        if declarations:
            raise FrechetError("an expression has its symbols: only those of a text are declared")
        f = as_expr(f)  # what is no expression is refused in words
        variables = find_variables(f, wrt)
        _require_no_differential(f, variables)
        if not sizes:
            return Answer(f, variables)
        new = resized([f, *variables], sizes)
        return Answer(new[f], [new[X] for X in variables])
    chosen = list(wrt or []) if isinstance(wrt, Iterable | None) and not isinstance(wrt, Expr | str) else [wrt]
    other = [v for v in chosen if not isinstance(v, Expr | str)]
    if other:
        raise DerivativeError(f"a derivative is taken with respect to symbols, or their names, not {other[0]!r}")
    names = [v.name if isinstance(v, Expr) else normal_name(v) for v in chosen]
    declared = {**declarations, **{v.name: v for v in chosen if isinstance(v, Expr)}}
    reading = read(f, declared, wrt=names, sizes=sizes, required=declarations)
    variables = (
        named_variables(reading, declared, names) if names else find_variables(reading.expr, reading.asked or None)
    )
    answer = Answer(reading.expr, variables)
    answer.reading = reading
    return answer


def named_variables(reading: Reading, declared: Mapping[str, str | Expr], names: Sequence[str]) -> tuple[Expr, ...]:
    """The symbols of these names; one that is declared and does not occur is a symbol too, by which the derivative is zero."""
    found = []
    for name in dict.fromkeys(names):
        symbol = reading.symbols.get(name)
        symbol = read(name, {**declared, **reading.symbols}, required=()).expr if symbol is None else symbol
        if symbol.op.name != "symbol":
            raise LanguageError(f"{name} is not a variable", name, 0, "Name a variable of the formula.")
        found.append(symbol)
    _require_no_differential(reading.expr, found)
    return tuple(found)


def _require_no_differential(f: Expr, variables: Sequence[Expr]) -> None:
    """Refuses a function with dX in it, differentiated by X: in the answer dX is the differential."""
    present = {s.name for s in symbols(f)}
    for X in variables:
        if f"d{X.name}" in present:
            raise DerivativeError(
                f"the function has d{X.name} in it, which is the differential of {X.name}: give the function alone, "
                f"or another name to what is no differential; second derivatives are d.second and d.hessian()"
            )


def objective(f: Expr | str | Callable[..., Any], *args: Any, **options: Any) -> Any:
    """f as optimisers take it: fun, jac, fun_and_jac, hess, hessp of one vector, for `scipy.optimize.minimize`.

    Raises LanguageError for text that cannot be read, DerivativeError where the value of f is no number.

    Of an expression: `fr.objective(f, "w", X=X, y=y)`, see `frechet.implicit.objective.objective`. Of a Python function:
    `fr.objective(loss, w0, X, y)`, where w0 shows what its first argument is, a vector by default; see
    `frechet.tracing.objectives.FunctionObjective`.
    """
    if isinstance(f, str):
        f = read(f, wrt=[a for a in args[:1] if isinstance(a, str)]).expr
    if isinstance(f, Expr):
        return import_module("frechet.implicit.objective").objective(f, *args, **options)
    if not callable(f):
        raise FrechetError(f"fr.objective takes an expression or a Python function, not a {type(f).__name__}")
    return import_module("frechet.tracing.objectives").FunctionObjective(f, *args, **options)


def gradient(
    f: Expr | str | Callable[..., Any],
    /,
    wrt: Expr | str | int | Sequence[Expr | str | int] | None = None,
    *,
    sizes: Mapping[str, int] | None = None,
    **declarations: str | Expr,
) -> Expr | tuple[Expr, ...] | Callable[..., Any]:
    """The gradient of a scalar f, with df = <G, dX>: G has the shape of X.

    Raises DerivativeError where the value of f is no number, LanguageError for text that cannot be read.

    Of an expression or text, whose symbols are declared as in `derivative`, it is an expression of the shape of X, a tuple for several variables. Of a Python function
    that uses NumPy it is a function of the same arguments: `fr.gradient(loss)(w, X, y)` has the structure of w; `wrt` gives
    the number or name of another argument, or several. See `frechet.tracing.derivatives.value_and_gradient`.

    >>> fr.gradient("norm2(A*x - y)^2", "x")
    2·Aᵀ·(A·x - y)
    >>> fr.gradient(lambda x: np.sum(x**3))(np.array([1.0, 2.0]))
    array([ 3., 12.])
    """
    if isinstance(f, Expr | str):
        return derivative(f, wrt, sizes=sizes, **declarations).gradient  # type: ignore[arg-type]
    if sizes or declarations:
        raise FrechetError("the arrays show the kinds and sizes of a Python function")
    return import_module("frechet.tracing.derivatives").gradient(f, wrt)
