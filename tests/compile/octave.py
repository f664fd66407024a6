"""MATLAB source run in GNU Octave: all programs in one script, as starting Octave takes a second."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

import frechet as fr
from tests.compile.corpus import Case

__all__ = ["octave_results", "parsed"]


def octave_results(cases: Sequence[Case]) -> list:
    """The value of each program, or the exception that says why there is none."""
    functions: dict[str, str] = {}
    calls, outcomes = [], []
    for i, case in enumerate(cases):
        try:
            main, *helpers = fr.source(case.expr, "matlab", case.sizes).split("\n\n\n")
        except fr.FrechetError as error:
            outcomes.append(error)
            continue
        outcomes.append(None)
        functions[f"compute{i}"] = main.replace(" compute(", f" compute{i}(", 1)
        functions |= {h.split("(")[0]: h for h in helpers}
        extra = [str(n) for letter, n in sorted(case.sizes.items()) if f"% {letter}: a size" in main]
        given = ", ".join([*[_literal(case.arrays[name]) for name in sorted(case.arrays)], *extra])
        calls.append(f"report({i}, @() compute{i}({given}));")
    with TemporaryDirectory() as folder:
        script = Path(folder) / "programs.m"
        script.write_text("\n".join(["1;", _REPORT, *functions.values(), *calls]))
        run = subprocess.run(
            ["octave", "--no-gui", "--quiet", str(script)], capture_output=True, text=True, timeout=300, cwd=folder
        )
    found = {
        int(line.split(" ", 1)[0]): line.split(" ", 1)[1] for line in run.stdout.splitlines() if line[:1].isdigit()
    }
    for i, case in enumerate(cases):
        if outcomes[i] is None:
            outcomes[i] = parsed(found.get(i, f"! {run.stderr[-2000:]}"), np.shape(case.value))
    return outcomes


_REPORT = """
function report(i, f)
  try
    R = f().';
    printf('%d ', i);
    printf('%.17g ', [real(R(:)).'; imag(R(:)).']);
    printf('\\n');
  catch e
    printf('%d ! %s\\n', i, strrep(e.message, "\\n", ' '));
  end
end
"""


def parsed(line: str, shape: tuple[int, ...]):
    """An array of the shape from real and imaginary parts in turn, or the error that stands behind a `!`."""
    if line.startswith("!"):
        return RuntimeError(line)
    numbers = np.array([float(t) for t in re.sub("NaN", "nan", line).split()]).reshape(-1, 2)
    values = numbers[:, 0] + 1j * numbers[:, 1] if numbers[:, 1].any() else numbers[:, 0]
    return values.reshape(shape) if values.size == np.prod(shape) else RuntimeError(f"{values.size} entries")


def _literal(a: np.ndarray) -> str:
    rows = np.atleast_2d(a.T).T if np.ndim(a) < 2 else a
    return "[" + "; ".join(" ".join(_number(v) for v in row) for row in rows) + "]"


def _number(v) -> str:
    return repr(float(v)) if np.isrealobj(v) else f"complex({float(v.real)!r}, {float(v.imag)!r})"
