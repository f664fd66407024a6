"""The command line: `frechet derive`, `frechet check`, `frechet rules`. Exit codes: 0 right, 1 wrong, 2 unusable input, 3 undecided."""

from __future__ import annotations

import json
import sys
import warnings
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from frechet.answer import Answer
from frechet.batch import CaseResult, load_cases, run_case
from frechet.budgets import budget
from frechet.check.checking import run_check
from frechet.check.points.sizes import require_sizes
from frechet.check.report import report_json
from frechet.check.verdict import EXIT_CODES, Verdict, verdict_json
from frechet.compile import source
from frechet.errors import FrechetError, LanguageError
from frechet.expr.node import Expr, operations
from frechet.language import declare, read, readable, to_latex, to_text
from frechet.reference import reference_page
from frechet.table import describe_row

__all__ = ["app", "main"]

app = typer.Typer(
    help="Matrix calculus: from a formula to its checked derivative.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


class Form(StrEnum):
    """What is asked for."""

    gradient = "gradient"
    differential = "differential"
    jacobian = "jacobian"
    hessian = "hessian"


Wrt = Annotated[str, typer.Option("--wrt", help="The variable, or several with commas: X or U,V.")]
Vars = Annotated[list[str] | None, typer.Option("--var", help="A declaration, such as 'X: matrix(m,n)'; repeatable.")]
Sizes = Annotated[list[str] | None, typer.Option("--size", help="A number for a size in the check, such as n=4.")]
Json = Annotated[bool, typer.Option("--json", help="Output for programs.")]
Seed = Annotated[int, typer.Option(help="The seed of the random points of the check.")]


def _bound_time(context: typer.Context, seconds: float) -> float:
    """The budget of the command, from here until it ends; what numerics warn of on the way is in the verdict."""
    context.with_resource(np.errstate(all="ignore"))
    context.with_resource(warnings.catch_warnings(action="ignore"))
    context.with_resource(budget(time=seconds))
    return seconds


Timeout = Annotated[float, typer.Option(callback=_bound_time, help="Seconds that the whole command may take.")]
_TIMEOUT = 60.0


@app.command()
def derive(
    formula: Annotated[str | None, typer.Argument(help="A formula, as text or LaTeX: logdet(X'*X)")] = None,
    wrt: Wrt = "",
    var: Vars = None,
    form: Annotated[Form | None, typer.Option(help="What to show; by default what fits the function.")] = None,
    steps: Annotated[bool, typer.Option("--steps", help="Show the derivation, one named rule a line.")] = False,
    latex: Annotated[bool, typer.Option("--latex", help="Show LaTeX.")] = False,
    code: Annotated[str, typer.Option(help="Show code of the result: numpy, jax, torch, julia, matlab, latex.")] = "",
    cases: Annotated[Path | None, typer.Option(help="A JSON file of formulas: derive and check them all.")] = None,
    size: Sizes = None,
    seed: Seed = 0,
    check: Annotated[bool, typer.Option("--check/--no-check", help="Compare with finite differences.")] = True,
    timeout: Timeout = _TIMEOUT,
    as_json: Json = False,
) -> None:
    """The derivative of a formula, with the derivation and an independent numerical check."""
    if cases is not None:
        raise typer.Exit(_derive_cases(cases, check, as_json))
    if formula is None or not wrt:
        raise FrechetError('give a formula and its variable: frechet derive "logdet(X\'*X)" --wrt X')
    answer, notes = _answer(formula, wrt, var or [])
    require_sizes(_sizes(size or []), [answer.function, *answer.variables])
    if form is Form.hessian:
        answer = answer.hessian()
    verdict = answer.check(seed, _sizes(size or [])) if check else None
    if as_json:
        print(json.dumps(_as_json(answer, verdict, notes), indent=2, ensure_ascii=False))
    elif latex:
        out.print("\n".join(to_latex(r) for _, r in _results(answer, form)), markup=False)
    elif code:
        out.print("\n\n".join(source(r, code).rstrip() for _, r in _results(answer, form)), markup=False)
    else:
        _show(answer, form, steps, verdict, notes)
    if verdict is not None:
        raise typer.Exit(EXIT_CODES[verdict.right])


def _answer(formula: str, wrt: str, declarations: list[str]) -> tuple[Answer, list[str]]:
    declared: dict[str, Any] = dict(declare(d) for d in declarations)
    reading = read(formula, declared)
    known = {**declared, **reading.symbols}
    variables = []
    for name in (n.strip() for n in wrt.split(",")):
        # A variable that does not occur is legitimate: its derivative is zero, and the answer says so.
        symbol = reading.symbols[name] if name in reading.symbols else read(name, known).expr
        if symbol.op.name != "symbol":
            raise LanguageError(f"{name} is not a variable", wrt, wrt.find(name), "Name a variable of the formula.")
        variables.append(symbol)
    return Answer(reading.expr, variables), list(reading.notes)


def _sizes(given: list[str]) -> dict[str, int]:
    sizes = {}
    for text in given:
        name, _, number = text.partition("=")
        if not number.strip().isdigit():
            raise FrechetError(f"--size {text}: write a letter and a number, such as n=4")
        sizes[name.strip()] = int(number)
    return sizes


def _results(answer: Answer, form: Form | None) -> list[tuple[str, Expr]]:
    """The expressions asked for, each with its title."""
    names = [X.name for X in answer.variables]
    if form is Form.hessian:
        dG = "d(grad)" if len(names) == 1 else "d(grad) by " + ", ".join(names)
        found = [(dG, answer.differential), *zip(_titles("Hessian matrix", names), answer.jacobians, strict=True)]
        if answer.of is not None:
            found.append(("bilinear form", answer.bilinear))
        return found
    if form is Form.differential or (form is None and not answer.function.is_scalar):
        return [("df", answer.differential)]
    if form is Form.jacobian:
        return list(zip(_titles("Jacobian", names), answer.jacobians, strict=True))
    return list(zip(_titles("gradient", names), answer.gradients, strict=True))


def _titles(title: str, names: list[str]) -> list[str]:
    return [title] if len(names) == 1 else [f"{title} by {n}" for n in names]


def _show(answer: Answer, form: Form | None, steps: bool, verdict: Verdict | None, notes: list[str]) -> None:
    out.print(f"[bold]f[/bold] = {_plain(answer.function)}    [dim]{_sizes_text(answer)}[/dim]")
    if steps:
        _show_steps(answer)
    elif answer.function.is_scalar and form is None:
        out.print(f"[bold]df[/bold] = {_plain(answer.differential)}")
    results = _results(answer, form)
    if form is None and not answer.function.is_scalar:
        results += _results(answer, Form.jacobian)
    names = answer.names if form is not Form.hessian else {}
    for title, result in results:
        out.print(f"[bold green]{title}[/bold green] = {_plain(result, names)}")
    for name, part in ((n, p) for p, n in names.items()):
        inner = {p: n for p, n in names.items() if p is not part}
        out.print(f"  where {name} = {_plain(part, inner)}")
    for a in answer.assumed_by(*[result for _, result in results]):
        out.print(f"  assuming {_escape(a)}")
    for n in [*notes, *answer.notes]:
        out.print(f"  note: {_escape(n)}")
    if verdict is not None:
        color = {True: "green", False: "red", None: "yellow"}[verdict.right]
        out.print(f"[{color}]{_escape(str(verdict))}[/{color}]")


def _show_steps(answer: Answer) -> None:
    left = None
    for step in answer.steps:
        head = _plain(step.left) if step.left is not left else " " * len(to_text(step.left))
        left = step.left
        out.print(f"  {head} = {_plain(step.right)}    [dim]{_escape(step.rule)}[/dim]")


def _escape(text: str) -> str:
    return text.replace("[", r"\[")


def _plain(expr: Expr, names: dict[Expr, str] | None = None) -> str:
    return _escape(readable(expr, names, to_text))


def _sizes_text(answer: Answer) -> str:
    from_function = f"{answer.function.rows}×{answer.function.cols}"
    kinds = ", ".join(f"{X.name} is {X.rows}×{X.cols}" for X in answer.variables)
    return f"({kinds}; f is {from_function})"


def _as_json(answer: Answer, verdict: Verdict | None, notes: list[str]) -> dict[str, Any]:
    """Stable keys; every formula is text that the parser reads."""
    scalar = answer.function.is_scalar
    names = [X.name for X in answer.variables]

    def by_variable(results: tuple[Expr, ...]) -> Any:
        texts = [to_text(r) for r in results]
        return texts[0] if len(texts) == 1 else dict(zip(names, texts, strict=True))

    return {
        "function": to_text(answer.function),
        "value_shape": [str(answer.function.rows), str(answer.function.cols)],
        "wrt": names,
        "differential": to_text(answer.differential),
        "gradient": by_variable(answer.gradients) if scalar else None,
        "jacobian": by_variable(answer.jacobians),
        "steps": [{"rule": s.rule, "left": to_text(s.left), "right": to_text(s.right)} for s in answer.steps],
        "where": {name: to_text(part) for name, part in answer.where.items()},
        "assumptions": list(answer.assumed_by(*answer.jacobians)),
        "notes": [*notes, *answer.notes],
        "verdict": None if verdict is None else verdict_json(verdict),
    }


# --- a file of formulas -----------------------------------------------------------------------------


def _derive_cases(path: Path, check: bool, as_json: bool) -> int:
    cases = load_cases(path)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    results: list[CaseResult] = []
    with Progress(*columns, console=err, transient=True) as progress:
        task = progress.add_task("deriving", total=len(cases))
        for case in cases:
            progress.update(task, description=str(case.get("id", ""))[:30])
            results.append(run_case(case, check))
            progress.advance(task)
    failed = [r for r in results if (check and not r.verified) or r.error]
    if as_json:
        print(json.dumps([_case_json(r) for r in results], indent=1, ensure_ascii=False))
    else:
        _show_cases(results, failed)
    undecided = [r for r in failed if not r.error and r.equal is not False and r.verdict and r.verdict.right is None]
    return 0 if not failed else EXIT_CODES[None] if len(undecided) == len(failed) else EXIT_CODES[False]


def _case_json(r: CaseResult) -> dict[str, Any]:
    verdict = None if r.verdict is None else verdict_json(r.verdict)
    return {"id": r.id, "answer": r.answer, "verified": r.verified, "equal": r.equal, "symbols": r.symbols,
            "published_symbols": r.published_symbols, "verdict": verdict, "error": r.error}  # fmt: skip


def _show_cases(results: list[CaseResult], failed: list[CaseResult]) -> None:
    for r in failed:
        out.print(f"[red]{_escape(r.id)}[/red]  {_escape(r.error or r.answer)}")
    compared = [r for r in results if r.no_longer is not None]
    shorter = sum(1 for r in compared if r.no_longer)
    milliseconds = sorted(1000 * r.seconds for r in results)
    out.print(f"{len(results)} formulas: {sum(1 for r in results if r.verified)} verified, {len(failed)} failed")
    if compared:
        out.print(f"no longer than published: {shorter} of {len(compared)} ({100 * shorter / len(compared):.0f}%)")
    out.print(
        f"time to derive one: median {milliseconds[len(milliseconds) // 2]:.1f} ms, worst {milliseconds[-1]:.1f} ms"
    )


# --- the other commands -----------------------------------------------------------------------------


@app.command()
def check(
    formula: Annotated[str, typer.Argument(help="The function: logdet(X'*X)")],
    wrt: Wrt,
    claim: Annotated[str, typer.Option(help="Your formula for its derivative: X*inv(X'*X)")],
    var: Vars = None,
    form: Annotated[str | None, typer.Option(help="gradient, differential, jacobian or hessian; else guessed.")] = None,
    size: Sizes = None,
    seed: Seed = 0,
    timeout: Timeout = _TIMEOUT,
    as_json: Json = False,
) -> None:
    """Is my formula right? If not, what is wrong with it. Exit code 0 right, 1 wrong, 2 unusable input, 3 undecided."""
    report = run_check(formula, wrt, claim, var or [], form, _sizes(size or []), seed)
    if as_json:
        print(json.dumps(report_json(report), indent=2, ensure_ascii=False))
    else:
        out.print(str(report), markup=False)
    raise typer.Exit(report.exit_code)


@app.command()
def rules(
    as_json: Json = False,
    html: Annotated[Path | None, typer.Option(help="Write the reference page to this file.")] = None,
) -> None:
    """The table of operations, each with its differential."""
    rows = [describe_row(op) for op in operations.values()]
    if html is not None:
        html.write_text(reference_page(), encoding="utf-8")
        out.print(f"written to {html}")
    elif as_json:
        print(json.dumps(rows, indent=1, ensure_ascii=False))
    else:
        table = Table("operation", "differential", "domain", "source", show_lines=False)
        for row in rows:
            table.add_row(row["name"], _escape("\n".join(row["formulas"])), _escape(row["domain"]), row["source"])
        out.print(table)


def main() -> None:
    """Runs the command; an error of Frechet is a message on standard error and exit code 2."""
    try:
        app(standalone_mode=True)
    except FrechetError as error:
        _fail(error, "--json" in sys.argv)


def _fail(error: FrechetError, as_json: bool) -> None:
    if as_json:
        position = getattr(error, "position", None)
        print(json.dumps({"error": str(error), "kind": type(error).__name__, "position": position}))
    else:
        err.print(f"[red]error:[/red] {_escape(str(error))}")
    sys.exit(2)
