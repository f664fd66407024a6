"""An exercise of a lesson: it takes a formula and answers as `fr.check` does, with the diagnosis of what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from urllib.parse import quote, urlencode

from frechet.check.checking import check
from frechet.check.report import Report
from frechet.check.verdict import WORDS
from frechet.errors import FrechetError

__all__ = ["Exercise", "Reply"]


@dataclass(frozen=True)
class Reply:
    """What an answer gets: whether it is right (None where it could not be read or decided), and the words."""

    right: bool | None
    text: str

    def _repr_html_(self) -> str:
        colour = {True: "#0a7d32", False: "#b3261e", None: "#8a5a00"}[self.right]
        mark = {True: "✓", False: "✗", None: "?"}[self.right]
        lines = "<br>".join(escape(line) for line in self.text.splitlines())
        style = f"border-left: 4px solid {colour}; padding: .4em .8em; overflow-wrap: anywhere"
        return f'<div role="status" style="{style}">{mark} {lines}</div>'


@dataclass(frozen=True)
class Exercise:
    """The derivative of f that is asked for.

    question   Markdown
    f, wrt     the function and the variable, in the language
    form       gradient, differential, jacobian or hessian
    solution   a right answer; `worked` says how one finds it (Markdown)
    wrong      answers that people give, each with a word that the diagnosis must have: the tests of the lesson try them
    declared   declarations of letters: {"S": "symmetric(n)"}
    """

    question: str
    f: str
    wrt: str
    form: str
    solution: str
    hint: str
    worked: str
    wrong: Mapping[str, str]
    declared: Mapping[str, str] = field(default_factory=dict)

    def reply(self, answer: str) -> Reply:
        """The verdict on an answer, with what is wrong with it; what cannot be read says so, with the place."""
        if not answer.strip():
            return Reply(None, "Type a formula, such as " + self._example() + ".")
        try:
            report = check(self.f, self.wrt, answer, form=self.form, declarations=self.declared)
        except FrechetError as error:
            return Reply(None, str(error))
        return Reply(report.verdict.right, _words(report))

    def link(self, answer: str = "") -> str:
        """The part of an address of `frechet serve` that opens the exercise there, with an answer in it."""
        asked = {"f": self.f, "by": self.wrt, "form": self.form, "mine": answer}
        letters = {f".{name}" if name in asked else name: kind for name, kind in self.declared.items()}
        return "#" + urlencode({key: value for key, value in {**asked, **letters}.items() if value}, quote_via=quote)

    def _example(self) -> str:
        return "A*dX*B" if self.form == "differential" else "2*A*x"


def _words(report: Report) -> str:
    """The verdict without the answer: a learner should find it."""
    verdict = report.verdict
    lines = [f"{WORDS[verdict.right]}: {verdict.how()}"]
    if not verdict.right:
        lines += [str(verdict.counterexample)] if verdict.counterexample is not None else []
        lines += [f"what is wrong: {d.message}" for d in report.diagnoses]
    return "\n".join([*lines, *report.notes])
