"""What the command line prints of an answer: lines for a person, LaTeX, code. JSON for programs is that of `service`."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from rich.console import Console

from frechet.answer import Answer
from frechet.check.verdict import Verdict
from frechet.compile import source
from frechet.expr.node import Expr
from frechet.language import Reading, readable, to_latex, to_text
from frechet.service import notes_of, results
from frechet.simplify import canonical

__all__ = ["escape", "show_answer", "show_code", "show_latex", "show_reading"]


def escape(text: str) -> str:
    """Text that the console prints as it is."""
    return text.replace("[", r"\[")


def _plain(expr: Expr, names: Mapping[Expr, str] | None = None) -> str:
    return escape(readable(expr, names, to_text))


def show_reading(out: Console, reading: Reading) -> None:
    """The line that says what every name was taken for."""
    out.print(f"[dim]{escape(reading.read_as)}[/dim]")


def show_answer(
    out: Console,
    answer: Answer,
    reading: Reading,
    form: str | None,
    steps: bool,
    verdict: Verdict | None,
    other: list[str],
) -> None:
    """The answer for a person; `other` are lines about other readings."""
    show_reading(out, reading)
    own = {p: name for name, part in reading.named.items() for p in (part, canonical(part))}
    for name, part in reading.named.items():
        out.print(f"[bold]{name}[/bold] = {_plain(part, {p: n for p, n in own.items() if p is not part})}")
    if answer.of is None:
        out.print(f"[bold]f[/bold] = {_plain(answer.function, own)}")
    if steps:
        _show_steps(out, answer)
    elif answer.function.is_scalar and form is None:
        out.print(f"[bold]df[/bold] = {_plain(answer.differential, own)}")
    found = results(answer, form)
    if form is None and not answer.function.is_scalar:
        found += results(answer, "jacobian")
    names = {**({} if answer.of is not None else answer.names), **own}
    for title, result in found:
        out.print(f"[bold green]{title}[/bold green] = {_plain(result, names)}")
    for part, name in names.items():
        if part not in own:
            out.print(f"  where {name} = {_plain(part, {p: n for p, n in names.items() if p is not part})}")
    for a in answer.assumed_by(*[result for _, result in found]):
        out.print(f"  assuming {escape(a)}")
    for n in notes_of(answer, other, form):
        out.print(f"  note: {escape(n)}")
    if verdict is not None:
        color = {True: "green", False: "red", None: "yellow"}[verdict.right]
        out.print(f"[{color}]{escape(str(verdict))}[/{color}]")


def _show_steps(out: Console, answer: Answer) -> None:
    left = None
    for step in answer.steps:
        head = _plain(step.left, step.names) if step.left is not left else " " * len(to_text(step.left, step.names))
        left = step.left
        out.print(f"  {head} = {_plain(step.right, step.names)}    [dim]{escape(step.rule)}[/dim]")


def show_latex(out: Console, answer: Answer, form: str | None, steps: bool) -> None:
    """LaTeX of the results; with `steps`, aligned lines of the derivation."""
    if steps:
        out.print(answer.steps.latex(), markup=False)
        return
    found = results(answer, form)
    for title, r in found:
        out.print((f"% {title}\n" if len(found) > 1 else "") + to_latex(r), markup=False)


def show_code(out: Console, answer: Answer, form: str | None, target: str) -> None:
    """One block of code for the result, or for all results together."""
    found = [r for _, r in results(answer, form)]
    made: Callable[..., str] = source
    out.print(made(found[0] if len(found) == 1 else found, target).rstrip(), markup=False)
