"""How the source of each target is run: as text, in a fresh namespace, without frechet."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from shutil import which
from typing import Any

import jax
import numpy as np

import frechet as fr
from frechet.compile.compiled import RUNNABLE
from frechet.compile.dialects.latex import steps_of
from frechet.compile.lowering import lower
from frechet.expr.evaluate import evaluate
from frechet.expr.node import Expr, postorder, symbols
from frechet.language import from_latex
from tests.compile.corpus import Case
from tests.compile.julia import run
from tests.compile.julia_itself import julia_results
from tests.compile.octave import octave_results
from tests.compile.points import at_border

jax.config.update("jax_enable_x64", True)
jax.config.update("jax_disable_most_optimizations", True)  # compiling is most of the time: the numbers are the same

__all__ = ["RUNNERS", "latex_lines", "read_back"]


def _each(run: Callable[[Case], Any]) -> Callable[[Sequence[Case]], list]:
    """Results one by one, or the exceptions that say why there is none."""

    def results(cases: Sequence[Case]) -> list:
        found = []
        for case in cases:
            try:
                found.append(run(case))
            except Exception as error:
                found.append(error)
        return found

    return results


def _given(target: str, arrays: dict[str, Any]) -> list[Any]:
    """Arrays of the library, each of its own kind of number; products of PyTorch take tensors of one kind only."""
    convert = RUNNABLE[target].convert
    return convert(arrays) if target == "torch" else [convert({name: a})[0] for name, a in arrays.items()]


def _python_result(target: str) -> Callable[[Case], Any]:
    """Runs the source of a Python target; the sizes that no array shows are arguments."""

    def result(case: Case) -> Any:
        compiled = case.expr.compile(target, sizes=case.sizes)
        source = compiled.source
        assert "frechet" not in re.findall(r"\w+", source)
        namespace: dict[str, Any] = {}
        exec(compile(source, "<source>", "exec"), namespace)
        names = sorted(case.arrays)
        given = _given(target, {name: case.arrays[name] for name in names})
        sizes = {k: n for k, n in case.sizes.items() if f"\n    {k}: a size" in source}
        return np.asarray(namespace["function"](**dict(zip(names, given, strict=True)), **sizes))

    return result


def _julia_result(case: Case) -> Any:
    """The value of Julia source by the reference evaluator."""
    source = fr.source(case.expr, "julia", case.sizes)
    values = {name: case.arrays[name] for name in sorted(case.arrays)}
    sizes = {k: n for k, n in sorted(case.sizes.items()) if f"\n{k}: a size" in source}
    return run(source, "compute", values | sizes)


def latex_lines(case: Case) -> list[tuple[Expr, Expr, str]]:
    """Each step of the schedule: its name, what it stands for, and that as text."""
    program = lower([case.expr], case.sizes)
    given = sorted(symbols(case.expr), key=lambda s: s.name)
    begin, *lines, end = fr.source(case.expr, "latex", case.sizes).splitlines()
    assert (begin, end) == ("\\begin{aligned}", "\\end{aligned}")
    texts = [line.removesuffix(r" \\").split(" &= ") for line in lines]
    steps = steps_of(program, given)
    assert [left for left, _ in texts] == [fr.to_latex(name) for name, _ in steps]
    return [(name, e, right) for (name, e), (_, right) in zip(steps, texts, strict=True)]


AMBIGUOUS = {"normspec", "logm", "svdvals"}
"""Rows whose usual notation the language reads as another function: the 2-norm of a matrix as Frobenius's, the logarithm
entry by entry, sigma as the sigmoid."""


def read_back(e: Expr, text: str, known: Sequence[Expr]) -> Expr | None:
    """What the reader makes of a line; None where it does not know the notation."""
    if any(node.op.name in AMBIGUOUS for node in postorder(e)):
        return None
    try:
        return from_latex(text, **{s.name: s for s in known})
    except (fr.LanguageError, fr.ShapeError):
        return None


def _latex_result(case: Case) -> Any:
    """The lines of the schedule evaluated one after the other, as they read back where the reader knows the notation."""
    values = {s: np.reshape(case.arrays[s.name], [p.value(case.sizes) for p in s.shape]) for s in symbols(case.expr)}
    result = np.empty(0)
    for name, e, text in latex_lines(case):
        read = read_back(e, text, list(values))
        meant = e if read is None or not set(symbols(read)) <= set(values) else read
        result = evaluate(meant, {s: a for s, a in values.items() if s in symbols(meant)}, case.sizes)
        values[name] = result
    return at_border(case.expr, result)


RUNNERS: dict[str, Callable[[Sequence[Case]], list]] = {
    target: _each(_python_result(target)) for target in ("numpy", "jax", "torch")
} | {"julia": _each(_julia_result), "latex": _each(_latex_result)}
"""Names of targets -> what gives the results of their code. What needs another program is there where that is installed."""
if which("octave"):
    RUNNERS["matlab"] = octave_results
if which("julia"):
    RUNNERS["julia itself"] = julia_results
