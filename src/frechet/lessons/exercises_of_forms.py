"""Exercises about volumes and differential forms: the answer is a formula for a Jacobian determinant, or a form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from frechet.check.verdict import WORDS
from frechet.errors import FrechetError
from frechet.forms.charts import Map
from frechet.forms.claims import check_jacobian
from frechet.forms.form import Form
from frechet.forms.form_claims import check_form
from frechet.lessons.exercises import Reply

__all__ = ["FormExercise", "VolumeExercise"]


@dataclass(frozen=True)
class VolumeExercise:
    """The absolute value of the determinant of a map: of a factorization in text, or of a map between charts.

    map        as `fr.check_jacobian` takes it: "X = Q*R" with `declared` factors, or a map of charts
    solution, hint, worked, wrong   as those of `Exercise`
    """

    question: str
    map: str | Map
    solution: str
    hint: str
    worked: str
    wrong: Mapping[str, str]
    declared: Mapping[str, str] = field(default_factory=dict)

    def reply(self, answer: str) -> Reply:
        """The verdict on a formula for |det|, without the right formula: a learner should find it."""
        if not answer.strip():
            return Reply(None, "Type a formula, such as |A|^n*|B|^m, prod_i r_ii^(m-i), or r^2*cos(t).")
        try:
            verdict = check_jacobian(self.map, answer, None, None, 0, **self.declared)
        except FrechetError as error:
            return Reply(None, str(error))
        wrong = [f"what is wrong: {line}" for line in verdict.diagnosis if not line.startswith("right is")]
        return Reply(verdict.right, "\n".join([f"{WORDS[verdict.right]}: {verdict.how()}", *wrong]))

    def link(self, answer: str = "") -> str:
        """Empty: the page of `frechet serve` derives formulas, not volumes."""
        return ""


@dataclass(frozen=True)
class FormExercise:
    """A differential form: the answer is text such as "x*dy^dz - dx^dy"."""

    question: str
    form: Form
    solution: str
    hint: str
    worked: str
    wrong: Mapping[str, str]

    def reply(self, answer: str) -> Reply:
        """The verdict on a form, with its degree, sign, factor or terms that are wrong."""
        if not answer.strip():
            return Reply(None, "Type a form, such as x*dy^dz - dx^dy.")
        try:
            verdict = check_form(self.form, answer)
        except FrechetError as error:
            return Reply(None, str(error))
        return Reply(verdict.right, str(verdict))

    def link(self, answer: str = "") -> str:
        """Empty, as for volumes."""
        return ""
