"""What the command line prints of an answer: lines for a person, LaTeX, code, or JSON for a program."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from rich.console import Console

from frechet.answer import Answer
from frechet.check.verdict import Verdict, verdict_json
from frechet.compile import source
from frechet.expr.node import Expr
from frechet.language import Reading, readable, to_latex, to_text
from frechet.simplify import canonical

__all__ = ["escape", "notes_of", "results", "show_answer", "show_code", "show_latex", "show_reading", "to_json"]

Results = list[tuple[str, Expr]]


def results(answer: Answer, form: str | None) -> Results:
    """The expressions asked for, each with its title."""
    names = [X.name for X in answer.variables]
    if answer.of is not None:
        dG = "d(grad)" if len(names) == 1 else "d(grad) by " + ", ".join(names)
        matrices = zip(_titles("Hessian matrix", names), answer.jacobians, strict=True)
        return [(dG, answer.differential), *matrices, ("bilinear form", answer.bilinear)]
    if form == "differential" or (form is None and not answer.function.is_scalar):
        return [("df", answer.differential)]
    if form == "jacobian":
        return list(zip(_titles("Jacobian", names), answer.jacobians, strict=True))
    return list(zip(_titles("gradient", names), answer.gradients, strict=True))


def _titles(title: str, names: list[str]) -> list[str]:
    return [title] if len(names) == 1 else [f"{title} by {n}" for n in names]


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
    for n in notes_of(answer, other):
        out.print(f"  note: {escape(n)}")
    if verdict is not None:
        color = {True: "green", False: "red", None: "yellow"}[verdict.right]
        out.print(f"[{color}]{escape(str(verdict))}[/{color}]")


def notes_of(answer: Answer, other: list[str]) -> list[str]:
    """The lines about other readings in place of the notes that announce them, then the other notes."""
    told = tuple(
        line.split(":")[0].split(" is a number")[0].removeprefix("where ") + " is read as a vector" for line in other
    )
    return list(dict.fromkeys([*other, *[n for n in answer.notes if not (told and n.startswith(told))]]))


def _show_steps(out: Console, answer: Answer) -> None:
    left = None
    for step in answer.steps:
        head = _plain(step.left, step.names) if step.left is not left else " " * len(to_text(step.left, step.names))
        left = step.left
        out.print(f"  {head} = {_plain(step.right, step.names)}    [dim]{escape(step.rule)}[/dim]")


def show_latex(out: Console, answer: Answer, form: str | None, steps: bool) -> None:
    """LaTeX of the results; with `steps`, aligned lines of the derivation."""
    if steps:
        rows = [
            rf"{to_latex(s.left, s.names)} &= {to_latex(s.right, s.names)} && \text{{{s.rule.partition(':')[0]}}}"
            for s in answer.steps
        ]
        body = " \\\\\n".join(rows)
        out.print(f"\\begin{{aligned}}\n{body}\n\\end{{aligned}}", markup=False)
        return
    found = results(answer, form)
    for title, r in found:
        out.print((f"% {title}\n" if len(found) > 1 else "") + to_latex(r), markup=False)


def show_code(out: Console, answer: Answer, form: str | None, target: str) -> None:
    """One block of code for the result, or for all results together."""
    found = [r for _, r in results(answer, form)]
    made: Callable[..., str] = source
    out.print(made(found[0] if len(found) == 1 else found, target).rstrip(), markup=False)


def to_json(answer: Answer, reading: Reading, verdict: Verdict | None, other: list[str]) -> dict[str, Any]:
    """Stable keys; every formula is text that the parser reads."""
    scalar = answer.function.is_scalar
    names = [X.name for X in answer.variables]

    def by_variable(expressions: tuple[Expr, ...]) -> Any:
        texts = [to_text(r) for r in expressions]
        return texts[0] if len(texts) == 1 else dict(zip(names, texts, strict=True))

    second = answer.of is not None
    found = {
        "read_as": reading.read_as,
        "order": 2 if second else 1,
        "function": to_text(reading.expr if second else answer.function),
        "value_shape": [str(answer.function.rows), str(answer.function.cols)],
        "wrt": names,
        "differential": to_text(answer.differential),
        "gradient": by_variable(answer.gradients) if scalar else None,
        "jacobian": by_variable(answer.jacobians),
        "steps": [
            {"rule": s.rule, "left": to_text(s.left, s.names), "right": to_text(s.right, s.names)} for s in answer.steps
        ],
        "where": {
            **{n: to_text(p) for n, p in reading.named.items()},
            **{n: to_text(p) for n, p in answer.where.items()},
        },
        "assumptions": list(answer.assumed_by(*answer.jacobians)),
        "notes": notes_of(answer, other),
        "verdict": None if verdict is None else verdict_json(verdict),
    }
    if answer.of is not None:
        found |= {"hessian": found["jacobian"], "bilinear": to_text(answer.bilinear)}
    return found
