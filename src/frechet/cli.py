"""The command line: `frechet derive`, `frechet check`, `frechet rules`, `frechet serve`. Exit codes: 0 right, 1 wrong, 2 unusable input, 3 undecided."""

from __future__ import annotations

import gc
import json
import sys
import warnings
from collections.abc import Sequence
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from frechet import __version__
from frechet.batch import CaseResult, load_cases, run_case
from frechet.budgets import budget
from frechet.check.checking import run_check
from frechet.check.verdict import EXIT_CODES, verdict_json
from frechet.errors import FrechetError
from frechet.expr.node import operations
from frechet.language import declare, to_text
from frechet.language.surface import near_names
from frechet.lessons import serving
from frechet.listing import explanation, listing, manual, mentions
from frechet.reference import reference_page
from frechet.service import (
    FORMS,
    UNFORESEEN,
    check_json,
    derive_json,
    derived,
    error_json,
    reading_json,
    reading_of,
    unforeseen,
    variable_asked,
)
from frechet.showing import escape, show_answer, show_code, show_latex, show_reading
from frechet.table import describe_operation

__all__ = ["app", "main"]

app = typer.Typer(
    help="Matrix calculus: from a formula to its checked derivative.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


class OutputForm(StrEnum):
    """What is asked for."""

    gradient = "gradient"
    differential = "differential"
    jacobian = "jacobian"
    hessian = "hessian"
    pullback = "pullback"


Wrt = Annotated[str, typer.Option("--wrt", help="The variable, or several with commas: X or U,V.")]
Vars = Annotated[list[str] | None, typer.Option("--var", help="A declaration, such as 'X: matrix(m,n)'; repeatable.")]
Sizes = Annotated[
    list[str] | None, typer.Option("--size", help="A number for a size, such as n=4; a derivative is checked there.")
]
Json = Annotated[bool, typer.Option("--json", help="Output for programs.")]
Strict = Annotated[bool, typer.Option("--strict", help="Refuse a formula that can be read in another way.")]
Seed = Annotated[int, typer.Option(help="The seed of the random points of the check.")]


def _bound_time(context: typer.Context, seconds: float) -> float:
    """The budget of the command, from here until it ends; what numerics warn of on the way is in the verdict."""
    context.with_resource(np.errstate(all="ignore"))
    context.with_resource(warnings.catch_warnings(action="ignore"))
    context.with_resource(budget(time=seconds))
    return seconds


Timeout = Annotated[float, typer.Option(callback=_bound_time, help="Seconds that the whole command may take.")]
_TIMEOUT = 60.0
_NEW_OBJECTS = 20_000  # until Python looks for circles among them


@app.command()
def derive(
    formula: Annotated[str | None, typer.Argument(help="A formula, as text or LaTeX: logdet(X'*X)")] = None,
    wrt: Wrt = "",
    var: Vars = None,
    form: Annotated[OutputForm | None, typer.Option(help="What to show; by default what fits the function.")] = None,
    steps: Annotated[bool, typer.Option("--steps", help="Show the derivation, one named rule a line.")] = False,
    latex: Annotated[bool, typer.Option("--latex", help="Show LaTeX.")] = False,
    code: Annotated[str, typer.Option(help="Show code of the result: numpy, jax, torch, julia, matlab, latex.")] = "",
    cases: Annotated[Path | None, typer.Option(help="A JSON file of formulas: derive and check them all.")] = None,
    at: Annotated[
        list[str] | None, typer.Option(help="Show the answer where a letter has a value too: a=0; repeatable.")
    ] = None,
    size: Sizes = None,
    seed: Seed = 0,
    check: Annotated[
        bool, typer.Option("--check/--no-check", help="Check the answer: by exact proof, or else at random points.")
    ] = True,
    strict: Strict = False,
    timeout: Timeout = _TIMEOUT,
    as_json: Json = False,
) -> None:
    """The derivative of a formula, with the derivation and an independent numerical check."""
    if cases is not None:
        raise typer.Exit(_derive_cases(cases, check, as_json))
    if formula is not None and not wrt:
        wrt = variable_asked(formula, dict(declare(d) for d in var or []))
    if formula is None or not wrt:
        raise FrechetError('give a formula and its variable: frechet derive "logdet(X\'*X)" --wrt X')
    declared = dict(declare(d) for d in var or [])
    numbers = _sizes(size or [])
    shape = None if form is None else form.value
    others = not (code or latex)
    if at and not others:
        raise FrechetError("--at goes with the answer in text or with --json: code takes values as arguments")
    found = derived(formula, wrt, declared, shape, sizes=numbers, strict=strict, other_readings=others)
    there = found.results_at(_values(at or []))
    reading, answer, other = found.reading, found.answer, found.other
    verdict = answer.check(seed, numbers) if check else None
    if as_json:
        told = derive_json(found, verdict) | ({"at": {t: to_text(r) for t, r in there}} if at else {})
        print(json.dumps(told, indent=2, ensure_ascii=False))
    elif latex or code:
        show_reading(err, reading)
        if latex:
            show_latex(out, answer, shape, steps)
        if code:
            show_code(out, answer, shape, code)
    else:
        show_answer(out, answer, reading, shape, steps, verdict, other)
        for title, result in there if at else ():
            out.print(f"[bold green]{title}[/bold green] at {', '.join(at or [])} = {escape(to_text(result))}")
    if verdict is not None:
        raise typer.Exit(EXIT_CODES[verdict.right])


def _values(given: list[str]) -> dict[str, str]:
    values = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or not value.strip():
            raise FrechetError(f"--at {text}: write a letter and its value, such as a=0 or X=eye(n)")
        values[name.strip()] = value.strip()
    return values


def _sizes(given: list[str]) -> dict[str, int]:
    sizes = {}
    for text in given:
        name, _, number = text.partition("=")
        if not number.strip().isdigit():
            raise FrechetError(f"--size {text}: write a letter and a number, such as n=4")
        sizes[name.strip()] = int(number)
    return sizes


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
        out.print(f"[red]{escape(r.id)}[/red]  {escape(r.error or r.answer)}")
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
    strict: Strict = False,
    timeout: Timeout = _TIMEOUT,
    as_json: Json = False,
) -> None:
    """Is my formula right? If not, what is wrong with it. Exit code 0 right, 1 wrong, 2 unusable input, 3 undecided."""
    reading = reading_of(formula, wrt, dict(declare(d) for d in var or []), strict, claim=claim)
    formula = formula.strip()
    report = run_check(formula, wrt, claim.strip(), var or [], form, _sizes(size or []), seed)
    if as_json:
        print(json.dumps(check_json(reading, report), indent=2, ensure_ascii=False))
    else:
        show_reading(out, reading)
        out.print(str(report), markup=False)
        for note in reading.notes:
            out.print(f"note: {escape(note)}")
    raise typer.Exit(report.exit_code)


@app.command("read")
def read_formula(
    formula: Annotated[str, typer.Argument(help="A formula, as text, LaTeX or NumPy code.")],
    wrt: Annotated[str, typer.Option("--wrt", help="The variable, where it matters for the reading.")] = "",
    var: Vars = None,
    size: Sizes = None,
    strict: Strict = False,
    as_json: Json = False,
) -> None:
    """How a formula is read: the kind and the sizes of every name, and what else it could mean."""
    reading = reading_of(formula, wrt, dict(declare(d) for d in var or []), strict, _sizes(size or []))
    if as_json:
        print(json.dumps(reading_json(reading), indent=2, ensure_ascii=False))
        return
    show_reading(out, reading)
    for name, part in reading.named.items():
        out.print(f"{name} = {escape(to_text(part))}")
    out.print(f"f = {escape(to_text(reading.expr))}")
    for note in reading.notes:
        out.print(f"  note: {escape(note)}")


@app.command()
def rules(
    word: Annotated[str, typer.Argument(help="Only functions with this word in their name or topic.")] = "",
    verbose: Annotated[bool, typer.Option("--verbose", help="With differentials, domains and sources.")] = False,
    as_json: Json = False,
    html: Annotated[Path | None, typer.Option(help="Write the reference page to this file.")] = None,
) -> None:
    """The functions of the language by topic, one a line, with the call of each."""
    rows = [describe_operation(op) for op in list(operations.values())]  # describing may declare derivatives
    if html is not None:
        html.write_text(reference_page(), encoding="utf-8")
        out.print(f"written to {html}")
    elif as_json:
        print(json.dumps(rows, indent=1, ensure_ascii=False))
    elif not (found := listing(word)):
        near = near_names(word)
        hint = f"; did you mean {', '.join(near)}?" if near else ""
        raise FrechetError(f"no function has the word {word[:40]}{hint}")
    elif verbose:
        table = Table("operation", "differential", "domain", "source", show_lines=False)
        for row in rows:
            if mentions(operations[row["name"]], word):
                table.add_row(row["name"], escape("\n".join(row["formulas"])), escape(row["domain"]), row["source"])
        out.print(table)
    else:
        for topic, lines in found:
            out.print(f"[bold]{topic}[/bold]")
            for line in lines:
                out.print(f"  {escape(line)}")


@app.command()
def lessons(
    host: Annotated[str, typer.Option(help="The address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port to listen at.")] = 2718,
    headless: Annotated[bool, typer.Option("--headless", help="Do not open a browser.")] = False,
    export: Annotated[
        Path | None, typer.Option(help="Write the lessons as HTML pages into this folder instead.")
    ] = None,
) -> None:
    """The course as live notebooks, in a browser. Needs the extra `lessons`."""
    if export is None:
        raise typer.Exit(serving.serve(host, port, headless))
    for page in serving.export(export):
        out.print(f"written {page}")


@app.command()
def explain(name: Annotated[str, typer.Argument(help="A function, such as logdet.")], as_json: Json = False) -> None:
    """One function: its call, its differential, where it is defined, and the source of the formula."""
    told = explanation(name)
    if as_json:
        print(json.dumps(told, indent=1, ensure_ascii=False))
        return
    for key, value in told.items():
        for line in [value] if isinstance(value, str) else value:
            out.print(f"[bold]{key}[/bold]  {escape(line)}")


@app.command()
def serve(
    host: Annotated[
        str, typer.Option(help="The address to listen at; 0.0.0.0 for every one of this machine.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port.")] = 8000,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes that answer at the same time.")] = 2,
    rate: Annotated[float, typer.Option(min=0.1, help="Requests a second that one client may make.")] = 30.0,
    log_formulas: Annotated[bool, typer.Option("--log-formulas", help="The log has what was asked.")] = False,
) -> None:
    """The page in the browser, and the same by HTTP: http://127.0.0.1:8000/ and /api."""
    web = import_module("frechet.web.server")  # FastAPI is an extra
    settings = import_module("frechet.web.settings").Settings(
        workers=workers, rate=rate, burst=max(1, round(3 * rate)), log_formulas=log_formulas
    )
    web.run(host, port, settings)


@app.command()
def llms() -> None:
    """The language on one page for assistants, as llms.txt in the package has it: grammar, all names, worked calls."""
    print(manual(), end="")


@app.command()
def mcp() -> None:
    """Serves derive, check, code and rules to an assistant by the Model Context Protocol, on standard input and output."""
    import_module("frechet.mcp").serve()  # the protocol is an extra


def _version(wanted: bool) -> None:
    if wanted:
        out.print(f"frechet {__version__}")
        raise typer.Exit(0)


@app.callback()
def _options(
    shown: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Matrix calculus: from a formula to its checked derivative."""


def _arguments(given: list[str]) -> list[str]:
    """The arguments, a formula that begins with a minus told from an option: there are no options of one dash."""
    for a in given:
        if any("\ud800" <= c <= "\udfff" for c in a):
            raise FrechetError(f"the argument {a!a} is not text in UTF-8")
        if a.startswith("--") and a[2:] in FORMS:
            raise FrechetError(f"there is no option {a}: write --form {a[2:]}")
    commands = [c.name or c.callback.__name__ for c in app.registered_commands if c.callback is not None]
    if given and not given[0].startswith("-") and given[0] not in commands:
        raise FrechetError(
            f"there is no command {given[0][:40]}: choose from {', '.join(commands)}\n"
            'A formula stands behind a command: frechet derive "logdet(X\'*X)" --wrt X'
        )
    return [f" {a}" if a.startswith("-") and not a.startswith("--") and len(a) > 1 else a for a in given]


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the command, by default that of the shell; an error of Frechet is a message on standard error and exit code 2."""
    if arguments is None:
        gc.set_threshold(
            _NEW_OBJECTS
        )  # expressions make no circles: looking for some took a fifth of a long derivation
    given = sys.argv[1:] if arguments is None else list(arguments)
    try:
        app(_arguments(given), standalone_mode=True)
    except FrechetError as error:
        _fail(error, "--json" in given)
    except UNFORESEEN as error:
        _fail(unforeseen(error), "--json" in given)


def _fail(error: FrechetError, as_json: bool) -> None:
    if as_json:
        print(json.dumps(error_json(error)))
    else:
        err.print(f"[red]error:[/red] {escape(str(error))}")
    sys.exit(2)
