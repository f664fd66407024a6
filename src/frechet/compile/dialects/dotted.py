"""What Julia and MATLAB write alike: arrays in columns from position 1, entries by dots, functions of matrices by their names."""

from __future__ import annotations

import re
from pathlib import Path

from frechet.compile.dialects.spelling import COMMON, called, product, quotient, unchanged
from frechet.compile.values import Value
from frechet.compile.writing import POWER, Code, Template, Writer
from frechet.kernels.equations import ROUNDINGS
from frechet.kernels.riccati import UNSOLVED
from frechet.kernels.singularity import UNDECIDED
from frechet.rules.funm import FUNCTIONS
from frechet.rules.spectral import TIE

__all__ = ["ENTRYWISE", "KEYWORDS", "OPERATIONS", "TEMPLATES", "functions_in", "matrix_functions", "parts_of"]

ENTRYWISE = {
    "sin": "sin", "cos": "cos", "tan": "tan", "arcsin": "asin", "arccos": "acos", "arctan": "atan", "sinh": "sinh",
    "cosh": "cosh", "tanh": "tanh", "arcsinh": "asinh", "arccosh": "acosh", "arctanh": "atanh", "exp": "exp", "log": "log", "log1p": "log1p", "sqrt": "sqrt", "abs": "abs",
    "sign": "sign", "erf": "erf", "erfc": "erfc", "step": "step_of", "sigmoid": "sigmoid", "softplus": "softplus", "expm1": "expm1",
    "log1mexp": "log1mexp", "logcosh": "logcosh", "logisticpdf": "logistic_density", "sech": "sech", "xlogy": "xlogy", "hypot": "hypot", "nearby": "nearby",
    "hazard": "hazard", "hazardgap": "hazardgap", "logerfc": "logerfc", "loghalferfc": "loghalferfc",
    "gammaln": "log_gamma", "digamma": "digamma",
    "quotient": "quotient", "maximum": "max", "minimum": "min",
}  # fmt: skip
"""Elementwise kernels -> their names, of the language itself or of a function that the program carries."""


KEYWORDS = frozenset({
    "break", "catch", "continue", "do", "else", "elseif", "end", "for", "function", "global", "if",
    "return", "try", "while",
})  # fmt: skip
"""Names that both languages keep for themselves, MATLAB with Octave."""


def power(w: Writer, v: Value) -> Code:
    """A power of a number, or entry by entry."""
    exponent = "2" if v.kernel == "square" else f"{w.text[v.args[1]]:{POWER + 1}}"
    return Code(f"{w.text[v.args[0]]:{POWER + 1}}{' .^ ' if v.ndim else w.language.caret}{exponent}", POWER)


TEMPLATES: dict[str, Template] = {
    **COMMON,
    **called("softmax", "softmax_rows", "logsumexp", "logsumexp_rows", "prod", "tril", "triu", "commutation"),
    **called(khatrirao="khatri_rao", adj="adjugate", hat="cross_matrix", vee="cross_vector", diagonal="diag"),
    **called(ptrace1="partial_trace_first", ptrace2="partial_trace_second"),
    "pi": "pi",
    "column": unchanged,
    "div": quotient,
    "square": power,
    "pow": power,
    "vm": product(1, 0, transposed=0),
    "outer": product(0, 1, transposed=1),
    "unvec": "reshape({0}, {s0}, {s1})",
}
"""Kernels, on top of those that all languages share."""

OPERATIONS: dict[str, str] = {
    "eigmax": "extreme_eigenvalue({0}, 1)",
    "eigmin": "extreme_eigenvalue({0}, -1)",
    "eigmaxproj": "spectral_projector({0}, 1)",
    "eigminproj": "spectral_projector({0}, -1)",
    "gaps": "reciprocal_gaps({0}, 1)",
    "gaps2": "reciprocal_gaps({0}, 2)",
    "reciprocals": "reciprocals({0})",
    "svdperp": "svd_complement({0})",
    "polar": "polar_factor({0})",
    "rotation": "nearest_rotation({0})",
    "pinv": "pinv({0})",
    "qrperp": "qr_complement({0})",
    "patternsylv": "pattern_sylvester({0}, {1}, {2}, {3})",
    "polygamma": "polygamma({0}, {p0})",
    "powm": "powm({0}, {1})",
    "sylv": "solve_sylvester({0}, {1}, {2})",
    "stein": "solve_stein({0}, {1}, {2})",
    "care": "solve_continuous_riccati({0}, {1}, {2}, {3})",
    "dare": "solve_discrete_riccati({0}, {1}, {2}, {3})",
    "dadj": "adjugate_derivative({0}, {1})",
    "logofsoftmax": "logsoftmax({0})",
    "logofsoftmax_rows": "logsoftmax_rows({0})",
    "d2adj": "adjugate_second_derivative({0}, {1}, {2})",
    "ptrace1": "partial_trace_first({0}, {p0})",
    "ptrace2": "partial_trace_second({0}, {p0})",
}
"""Operations of the table, most of them by functions that the program carries."""


def parts_of(whole: str, **parts: str) -> dict[str, tuple[str, str]]:
    """Operations that are parts of a factorization: fields of it by their names, or text with {F} for it."""
    return {name: (whole, part if "{F}" in part else f"{{F}}.{part}") for name, part in parts.items()}


def matrix_functions(handle: str, function_of_M: str, **own: str) -> dict[str, str]:
    """Functions of square matrices by their names here, and their derivatives by blocks; `handle` stands before the name of a
    function that is passed, `function_of_M` before the text of one."""
    names = {f"{f}m": own.get(f"{f}m", f"{f}m") for f in FUNCTIONS}
    values: dict[str, str] = {operation: f"{name}({{0}})" for operation, name in names.items()}
    values["expmv"] = f"({values['expm']} * {{1:61}})"
    values["dpowm"] = f"frechet_derivative({function_of_M}powm(M, {{1}}), {{0}}, {{2}})"
    return values | {f"d{o}": f"frechet_derivative({handle}{name}, {{0}}, {{1}})" for o, name in names.items()}


_BOUNDS = {"TIE": TIE[1], "SQUARED_TIE": TIE[2], "ROUNDINGS": ROUNDINGS, "UNSOLVED": UNSOLVED, "UNDECIDED": UNDECIDED}
_NAME = re.compile(r"^(?:function (?:.* = )?)?(\w+)\(", re.MULTILINE)


def functions_in(language: str) -> dict[str, str]:
    """The functions that programs carry, from the files of their language (`jl` or `m`) in `functions/`, by their names.

    In a file one function stands after the other, with a blank line between them; the files of the two languages have the same
    names. What they refuse is what the kernels refuse: the bounds are written into the text from their home.
    """
    found = {}
    for path in sorted((Path(__file__).parent / "functions").glob(f"*.{language}")):
        text = re.sub(r"\b[A-Z]+(_[A-Z]+)*\b", lambda word: str(_BOUNDS.get(word[0], word[0])), path.read_text())
        for function in text.strip().split("\n\n"):
            code = "\n".join(line for line in function.splitlines() if not line.startswith('"'))
            (name,) = _NAME.findall(code)[:1]
            found[name] = function.strip() + "\n"
    return found
