"""Jacobians of Python functions that use NumPy as it is: the number by the recorded derivative, letters at a size.

    def spherical(r, a): ...                                # r*(cos a1, sin a1 cos a2, …)
    J = fr.jacobian_of(spherical, r="scalar", a="vector(n)")
    J.logabsdet(1.3, [0.4, 0.7])        # log|det| at numbers
    J.explicit(2)                       # det J = r^2*sin(a1)

Arguments are factors as in equations: a symmetric matrix has the coordinates i >= j, a unit vector ("stiefel(n,1)") the
measure of its sphere. A function that is a formula of the matrix language gets the formula that its equation has.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from inspect import Parameter, signature
from typing import Any

import numpy as np
import sympy as sp

from frechet.errors import DerivativeError, EvaluationError, FrechetError, LanguageError
from frechet.expr.evaluate import as_matrix, sizes_of
from frechet.expr.sizes import size
from frechet.forms.entries import EntryFunction
from frechet.forms.explicit import Explicit
from frechet.forms.explicit_functions import explicit_function
from frechet.forms.factors import KINDS, MatrixFactor, as_factor
from frechet.forms.function_maps import FunctionTransformation
from frechet.forms.jacobians import Jacobian, require_kind
from frechet.forms.powers import product_of_powers
from frechet.forms.products import JacobianFormula
from frechet.forms.scalars import REAL
from frechet.forms.transformation import NumericPoint, Transformation
from frechet.forms.weights import Weigher
from frechet.language import to_text
from frechet.tracing.formulas import formula

__all__ = ["FunctionJacobian"]


class FunctionJacobian(Jacobian):
    """The Jacobian of a Python function, as `Jacobian`; arrays are given in the order of its arguments, or by name.

    Arguments that are not declared: in `logabsdet` what is given; otherwise capital letters are matrix(n), the only argument
    is a vector(n), others are numbers.
    """

    def __init__(self, f: Callable[..., Any], declared: Mapping[str, MatrixFactor], wrt: Sequence[str] | None):
        self.f, self.declared = f, dict(declared)
        self.parameters = _parameters(f, declared)
        self.wrt = list(self.parameters if wrt is None else wrt)
        if unknown := [n for n in (*declared, *self.wrt) if n not in self.parameters]:
            raise LanguageError(f"the function has no argument {unknown[0]}; it has {', '.join(self.parameters)}")
        if any(factor.scalars.beta > 1 for factor in declared.values()):
            raise LanguageError("Jacobians of Python functions are of real arguments; write the map as an equation")

    @cached_property
    def _default(self) -> FunctionTransformation:
        sole = len(self.parameters) == 1
        kinds = {n: "matrix(n)" if n[0].isupper() else "vector(n)" if sole else "scalar" for n in self.parameters}
        try:
            return self._with({n: as_factor(n, kinds[n]) for n in self.parameters})
        except EvaluationError as error:
            read = ", ".join(f'{n}="{kinds[n]}"' for n in self.parameters if n not in self.declared)
            if not read:
                raise
            raise EvaluationError(f"{error}; read as {read}: declare what the arguments are") from error

    def _with(self, factors: Mapping[str, MatrixFactor]) -> FunctionTransformation:
        return FunctionTransformation(self.f, {n: self.declared.get(n, factors[n]) for n in self.parameters}, self.wrt)

    @property
    def of(self) -> FunctionTransformation:
        """The transformation at the declared kinds, and those that stand for arguments without a declaration."""
        return self._default

    # --- numbers ------------------------------------------------------------------------------------

    def logabsdet(self, *arrays: Any, **named: Any) -> float:
        """log|det| at arrays, in the order of the arguments or by name: by the recorded derivative, -inf where it is singular.

        Where the value has more numbers than the arguments have coordinates, the log of the volume of the image, |J'J|^(1/2).
        """
        values = {**dict(zip(self.parameters, arrays, strict=False)), **named}
        if len(arrays) > len(self.parameters) or set(values) != set(self.parameters):
            raise EvaluationError(f"give one array for each of {', '.join(self.parameters)}")
        of = self.of
        if set(self.parameters) - set(self.declared):
            of = self._with({n: _of_shape(n, np.shape(values[n])) for n in self.parameters})
        return of.logabsdet(_point_of(of, values))

    def point(self, values: Mapping[str, Any]) -> NumericPoint:
        """The point at given arrays, one for each argument."""
        return _point_of(self.of, values)

    def explicit(self, n: int | Mapping[str, int] = 2, letters: str = "") -> Explicit:
        """At a size, entry by entry: numbers by their names, vectors a1, a2, …, matrices p, q, r, s; or the `letters` given.

        DerivativeError where the function does what has no value in letters, or decides by its numbers.
        """
        return explicit_function(self.of, n, letters)

    def sizes(self, k: int) -> dict[str, int]:
        """The k-th choice of small sizes; where there is no equation, without a look at the formula."""
        return self.of.varied_sizes(k) if self._written is None else super().sizes(k)

    # --- the formula ----------------------------------------------------------------------------------

    @cached_property
    def _written(self) -> Jacobian | None:
        """The Jacobian of the equation that the function is, where it is a formula of the matrix language."""
        try:
            kinds = {s.name: factor for s, factor in (*self.of.moving, *self.of.constants)}
            found = formula(self.f, **{n: factor.declaration for n, factor in kinds.items()})
            return Jacobian(Transformation.read(f"Y = {to_text(found)}", kinds, self.wrt))
        except FrechetError:
            return None

    @cached_property
    def _derived(self) -> tuple[JacobianFormula | None, str, Weigher | None]:
        if self._written is not None:
            found, _, weigher = self._written._derived
            if found is not None and not self._unconfirmed(found, weigher):
                return found, "", weigher
        if self.of.size_letters:
            powers = product_of_powers(self.of)
            if powers is not None:
                return powers, "", None
            reason = "the function is no formula of the matrix language at all sizes, nor its determinant a product of powers of entries"
            return None, f"{reason}; explicit(3) has it in letters at one", None
        try:
            shown = self.explicit()
        except DerivativeError as error:
            return None, str(error), None
        return JacobianFormula((EntryFunction(sp.Integer(1), shown.determinant, shown.places),), REAL), "", None

    def _image_volume(self, latex: bool = False) -> str:
        if not self.of.embedded:
            return super()._image_volume(latex)
        return r"\mathrm{dvol}" if latex else "dvol"

    @property
    def measure(self) -> str:
        """What the volume of each argument and of the value means."""
        if self.of.embedded:
            moving = "; ".join(dict.fromkeys(f"{f.name}: {f.measure}" for _, f in self.of.moving))
            return (
                f"{moving}; dvol: the volume of the image among all numbers of {', '.join(self.of.names)}, |J'J|^(1/2)"
            )
        return super().measure

    @cached_property
    def conditions(self) -> tuple[str, ...]:
        """Under which the formula holds."""
        if self._derived[2] is not None and self._written is not None:
            return self._written.conditions
        found = [f"{larger} >= {smaller}" for larger, smaller in self.of.containments()]
        found += [f"the diagonal of {s.name} is positive" for s, f in self.of.moving if f.positive]
        return (*found, "where the map is not one to one, densities are summed over the preimages")

    @cached_property
    def steps(self) -> tuple[str, ...]:
        """How the determinant comes about: by the equation that the function is, or by its record."""
        found = self._derived[0]
        if self._written is not None and found is self._written._derived[0]:
            return self._written.steps
        point = self.of.sampled(self.of.small_sizes(2), np.random.default_rng(0))
        J = self.of.matrix(point)
        counts = " + ".join(f"{s.name} {len(f.positions(point.letters))}" for s, f in self.of.moving)
        recorded = len(self.of.linearization(point).tape.ops)
        lines = [f"the derivative of {self.of.text} from its record, of {recorded} operations, on each coordinate"]
        lines.append(f"coordinates: {counts}; values: {J.shape[0]}")
        if found is not None and self.of.size_letters:
            lines.append(
                "exponents at sizes up to 4 by linear equations at random points, confirmed at sizes from 5 to 7"
            )
        last = f"|det| = {found}" if found is not None else "|det| of the matrix of these derivatives, at numbers"
        return *lines, last

    def operator(self, **values: Any) -> Any:
        """Python functions have no operator of the matrix language."""
        raise FrechetError(
            "a structured operator is of an equation; fr.linearize(f, ...) has the derivative of a function"
        )


def _parameters(f: Callable[..., Any], declared: Mapping[str, Any]) -> tuple[str, ...]:
    """The names of the arguments; those with a default value that are not declared keep it."""
    try:
        found = signature(f).parameters.values()
    except (TypeError, ValueError):
        raise LanguageError("give a Python function whose arguments have names, lambda x: ...") from None
    if not found:
        raise LanguageError("the function has no arguments to differentiate by")
    wanted = [p for p in found if p.default is Parameter.empty or p.name in declared]
    if any(p.kind not in (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD) for p in wanted):
        raise LanguageError("the function of a Jacobian has arguments by position, not *args or keywords")
    return tuple(p.name for p in wanted)


def _of_shape(name: str, shape: tuple[int, ...]) -> MatrixFactor:
    if len(shape) > 2:
        raise EvaluationError(f"{name} has {len(shape)} axes; numbers, vectors and matrices have coordinates here")
    kind = ("scalar", "vector", "matrix")[len(shape)]
    return MatrixFactor(name, KINDS[kind], tuple(size(n) for n in shape), REAL)


def _point_of(of: FunctionTransformation, values: Mapping[str, Any]) -> NumericPoint:
    every = [*of.moving, *of.constants]
    arrays = {s: np.array(as_matrix(values[s.name], s), dtype=float) for s, _ in every}
    letters = sizes_of(arrays)
    for s, f in every:
        require_kind(f, arrays[s], letters)
    return of.located(letters, arrays, of.values_at(letters, arrays))
