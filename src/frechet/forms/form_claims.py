"""Is a differential form the right one? Coefficients are compared at random points; a wrong form gets a diagnosis."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sympy as sp

from frechet.errors import ShapeError
from frechet.forms.algebra import indices
from frechet.forms.form import Form
from frechet.forms.vanishing import vanishes

__all__ = ["FormVerdict", "check_form"]

_FACTORS = (2, sp.Rational(1, 2), -2, sp.Rational(-1, 2), 3, sp.Rational(1, 3))


@dataclass(frozen=True)
class FormVerdict:
    """Whether a form is the right one, and what is wrong with it: lines that do not give the right one away."""

    right: bool
    diagnosis: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return self.right

    def __str__(self) -> str:
        head = "right: every coefficient" if self.right else "wrong: the coefficients"
        return "\n".join([f"{head}, at random points with 40 digits", *(f"  {line}" for line in self.diagnosis)])


def check_form(form: Form, claim: Form | str) -> FormVerdict:
    """Whether `claim`, a form of the same chart or its text, equals `form`: `check_form(w.d, "2*x*dx^dy")`.

    Tested as `Form.equals` tests it. The diagnosis names a wrong degree, a sign, a factor, else the basis forms whose
    coefficients differ. Raises LanguageError for text that does not read, ShapeError for a form of another chart.
    """
    if isinstance(claim, Form) and claim.chart is not form.chart:
        raise ShapeError(f"the claim is a form on {claim.chart}, not on {form.chart}")
    given = form.chart.form(claim)
    if form.equals(given):
        return FormVerdict(True)
    return FormVerdict(False, tuple(_diagnosis(form, given)))


def _diagnosis(form: Form, given: Form) -> list[str]:
    if not given.sums:
        return ["the right form is not zero"]
    if form.is_zero():
        return ["the right form is zero"]
    if given.degree != form.degree:
        return [f"the degree: a {form.degree}-form is asked for, this is a {given.degree}-form"]
    if (form + given).is_zero():
        return ["the sign: it is minus the right form"]
    for factor in _FACTORS:
        if (factor * form - given).is_zero():
            return [f"a factor: it is {factor} times the right form"]
    return [line for mask in sorted({*form.sums, *given.sums}) if (line := _coefficient(form, given, mask))]


def _coefficient(form: Form, given: Form, mask: int) -> str:
    """What is wrong with one coefficient, empty where it is right."""
    basis = "^".join("d" + form.chart.names[i] for i in indices(mask)) or "1"
    right, claimed = (sp.sympify(f.sums.get(mask, 0)) for f in (form, given))
    if _equal(right, claimed):
        return ""
    if _equal(claimed, 0):
        return f"the term of {basis} is missing"
    if _equal(right, 0):
        return f"the term of {basis} should not be there"
    return f"the {'sign' if _equal(right, -claimed) else 'coefficient'} of {basis} is wrong"


def _equal(a: Any, b: Any) -> bool:
    return vanishes([a - b])
