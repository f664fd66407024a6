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
from tests.compile.corpus import Case
from tests.compile.julia import run
from tests.compile.julia_itself import julia_results
from tests.compile.octave import octave_results

jax.config.update("jax_enable_x64", True)

__all__ = ["RUNNERS"]


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


def _python_result(target: str) -> Callable[[Case], Any]:
    """Runs the source of a Python target; the sizes that no array shows are arguments."""

    def result(case: Case) -> Any:
        compiled = case.expr.compile(target, sizes=case.sizes)
        source = compiled.source
        assert "frechet" not in re.findall(r"\w+", source)
        namespace: dict[str, Any] = {}
        exec(compile(source, "<source>", "exec"), namespace)
        names = sorted(case.arrays)
        given = RUNNABLE[target].convert({name: case.arrays[name] for name in names})
        sizes = {k: n for k, n in case.sizes.items() if f"\n    {k}: a size" in source}
        return np.asarray(namespace["function"](**dict(zip(names, given, strict=True)), **sizes))

    return result


def _julia_result(case: Case) -> Any:
    """The value of Julia source by the reference evaluator."""
    source = fr.source(case.expr, "julia", case.sizes)
    values = {name: case.arrays[name] for name in sorted(case.arrays)}
    sizes = {k: n for k, n in sorted(case.sizes.items()) if f"\n{k}: a size" in source}
    return run(source, "compute", values | sizes)


RUNNERS: dict[str, Callable[[Sequence[Case]], list]] = {
    target: _each(_python_result(target)) for target in ("numpy", "jax", "torch")
} | {"julia": _each(_julia_result)}
"""Names of targets -> what gives the results of their code. What needs another program is there where that is installed."""
if which("octave"):
    RUNNERS["matlab"] = octave_results
if which("julia"):
    RUNNERS["julia itself"] = julia_results
