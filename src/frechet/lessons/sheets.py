"""What every lesson shows in the same way: its exercises with fields to answer in, and a derivation line by line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from frechet.errors import MissingLibraryError

try:
    import marimo as mo
except ImportError as error:
    raise MissingLibraryError("the course", "marimo", "lessons") from error

from frechet.answer import Answer
from frechet.language import to_latex
from frechet.lessons.exercises import Exercise, Reply

__all__ = ["derivation", "fields", "on_page", "sheet"]

_PAGE = "http://127.0.0.1:8000/"  # where `frechet serve` listens when nothing else is said


class Asked(Protocol):
    """What a sheet shows of an exercise, whatever its answer is: a derivative, a volume, a form."""

    @property
    def question(self) -> str: ...

    @property
    def hint(self) -> str: ...

    @property
    def worked(self) -> str: ...

    def reply(self, answer: str) -> Reply: ...

    def link(self, answer: str = "") -> str: ...


def fields(exercises: Sequence[Asked]) -> Any:
    """A field for the answer to each exercise. `sheet` stands in another cell, which runs again when somebody answers."""
    return mo.ui.array([mo.ui.text(placeholder="your formula", full_width=True) for _ in exercises])


def sheet(exercises: Sequence[Asked], answers: Any) -> mo.Html:
    """Question, field, verdict, and folded away a hint and the worked solution, for each exercise."""
    both = zip(exercises, answers, answers.value, strict=True)
    return mo.vstack([_shown(number, *each) for number, each in enumerate(both, 1)], gap=2)


def _shown(number: int, exercise: Asked, entry: Any, answer: str) -> mo.Html:
    link = exercise.link(answer)
    page = f"\n\n{_page('Open it on the page', link)}" if link else ""
    folded = mo.accordion({"Hint": mo.md(exercise.hint), "Solution": mo.md(exercise.worked + page)})
    return mo.vstack([mo.md(f"**{number}.** {exercise.question}"), entry, exercise.reply(answer), folded])


def _as_written(text: str) -> str:
    """Text whose stars and bars Markdown leaves alone."""
    return "".join("\\" + letter if letter in "*|_`" else letter for letter in text)


def on_page(f: str, wrt: str, form: str = "", **declared: str) -> mo.Html:
    """A link that opens f on the page of `frechet serve`, where it can be changed, checked and turned into code."""
    exercise = Exercise("", f, wrt, form, "", "", "", {}, declared)
    return mo.md(_page(f"Continue with `{f}` on the page", exercise.link()))


def _page(words: str, link: str) -> str:
    return f"[{words}]({_PAGE}{link}), while `frechet serve` runs."


def derivation(answer: Answer) -> mo.Html:
    """The steps of a derivative, one rule a line."""
    lines = [f"| ${to_latex(s.left)} = {to_latex(s.right)}$ | {_as_written(s.rule)} |" for s in answer.steps]
    return mo.md("\n".join(["| step | rule |", "| --- | --- |", *lines]))
