"""Julia source run by Julia, where it is installed: all programs in one script, each in a module of its own."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

import frechet as fr
from tests.compile.corpus import Case
from tests.compile.octave import parsed

__all__ = ["julia_results", "script_of"]

_REPORT = """
function report(i, f)
    try
        value = f()
        numbers = value isa AbstractMatrix ? vec(permutedims(value)) : vec(collect(value))
        println(i, " ", join([string(real(z), " ", imag(z)) for z in numbers], " "))
    catch fault
        println(i, " ! ", replace(sprint(showerror, fault), "\\n" => " "))
    end
end
"""


def script_of(cases: Sequence[Case]) -> str:
    """Modules with the programs, and the calls that print their results row by row."""
    modules, calls = [], []
    for i, case in enumerate(cases):
        source = fr.source(case.expr, "julia", case.sizes)
        sizes = [str(n) for letter, n in sorted(case.sizes.items()) if f"\n{letter}: a size" in source]
        given = ", ".join([*[_literal(case.arrays[name]) for name in sorted(case.arrays)], *sizes])
        modules.append(f"module Program{i}\n{source}end\n")
        calls.append(f"report({i}, () -> Program{i}.compute({given}))")
    return "\n".join([_REPORT, *modules, *calls, ""])


def julia_results(cases: Sequence[Case]) -> list:
    """The value of each program, or the exception that says why there is none."""
    with TemporaryDirectory() as folder:
        script = Path(folder) / "programs.jl"
        script.write_text(script_of(cases))
        command = ["julia", "--startup-file=no", "-O0", "--compile=min", str(script)]
        run = subprocess.run(command, capture_output=True, text=True, timeout=1200)
    lines = (line.split(" ", 1) for line in run.stdout.splitlines())
    found = {int(i): text for i, text in lines if i.isdigit()}
    missing = f"! {run.stderr[-2000:]}"
    return [parsed(found.get(i, missing), np.shape(case.value)) for i, case in enumerate(cases)]


def _literal(a: np.ndarray) -> str:
    entries = ", ".join(repr(float(x)) for x in np.ravel(a, order="F"))
    return entries if np.ndim(a) == 0 else f"reshape([{entries}], {', '.join(map(str, np.shape(a)))})"
