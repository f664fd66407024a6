"""The functions that Julia and MATLAB programs carry, from the files of their languages in `functions/`.

In a file one function stands after the other, with a blank line between them. The files of the two languages have the same names.
What they refuse is what the kernels refuse: the bounds are written into the text from their home.
"""

from __future__ import annotations

import re
from pathlib import Path

from frechet.kernels.equations import ROUNDINGS
from frechet.kernels.riccati import UNSOLVED
from frechet.kernels.singularity import UNDECIDED
from frechet.rules.spectral import TIE

__all__ = ["functions_in"]

_BOUNDS = {"TIE": TIE[1], "SQUARED_TIE": TIE[2], "ROUNDINGS": ROUNDINGS, "UNSOLVED": UNSOLVED, "UNDECIDED": UNDECIDED}
_NAME = re.compile(r"^(?:function (?:.* = )?)?(\w+)\(", re.MULTILINE)


def functions_in(language: str) -> dict[str, str]:
    """The functions of `*.jl` or `*.m` by their names."""
    found = {}
    for path in sorted((Path(__file__).parent / "functions").glob(f"*.{language}")):
        text = re.sub(r"\b[A-Z]+(_[A-Z]+)*\b", lambda word: str(_BOUNDS.get(word[0], word[0])), path.read_text())
        for function in text.strip().split("\n\n"):
            code = "\n".join(line for line in function.splitlines() if not line.startswith('"'))
            (name,) = _NAME.findall(code)[:1]
            found[name] = function.strip() + "\n"
    return found
