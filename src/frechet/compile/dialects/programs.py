"""Programs as files of Julia and MATLAB: the function with its documentation, and the functions that it carries."""

from __future__ import annotations

from collections.abc import Sequence

from frechet.compile.dialects.julia import JULIA
from frechet.compile.dialects.matlab import MATLAB
from frechet.compile.lowering import Schedule
from frechet.compile.source import Draft, Real, described
from frechet.expr.fitting import Fit
from frechet.expr.node import Expr
from frechet.expr.sizes import ONE

__all__ = ["julia_source", "matlab_source"]


def julia_source(program: Schedule, symbols: Sequence[Expr], real: Real, fits: Sequence[Fit]) -> str:
    """`using LinearAlgebra`, the helpers that are called, and the function with its docstring."""
    draft = Draft(program, JULIA, symbols, real, fits)
    lines = [f"{letter} = {_length(X, axis)}" for letter, (X, axis) in draft.sizes.items()]
    plain = [*[s.name for s in symbols], *draft.missing]
    given = [*[f"{s.name}::{_type(s)}" for s in symbols], *[f"{letter}::Integer" for letter in draft.missing]]
    comments = described(draft.exprs, symbols, draft.missing)
    doc = [line.replace("\\", "\\\\").replace("$", "\\$") for line in comments]
    body = [*lines, *draft.fitting, *draft.statements, f"return {', '.join(draft.results)}"]
    text = "\n".join(
        ['"""', f"    compute({', '.join(plain)})", "", *doc, '"""', f"function compute({', '.join(given)})"]
        + [f"    {line}" for line in body]
        + ["end"]
    )
    return "\n\n".join(["using LinearAlgebra", *[h.strip() for h in draft.writer.helpers_used()], text]) + "\n"


def _length(X: Expr, axis: int) -> str:
    return f"length({X.name})" if X.cols is ONE else f"size({X.name}, {axis + 1})"


def _type(s: Expr) -> str:
    return "Real" if s.is_scalar else "AbstractVector{<:Real}" if s.cols is ONE else "AbstractMatrix{<:Real}"


def matlab_source(program: Schedule, symbols: Sequence[Expr], real: Real, fits: Sequence[Fit]) -> str:
    """A function file: the function, and below it the helpers that it calls."""
    draft = Draft(program, MATLAB, symbols, real, fits)
    is_single = len(draft.results) == 1 and "result" not in draft.writer.taken
    outputs = ["result"] if is_single else [draft.writer.fresh("result") for _ in draft.results]
    assigned = [f"{o} = {r};" for o, r in zip(outputs, draft.results, strict=True)]
    lines = [f"{letter} = size({X.name}, {axis + 1});" for letter, (X, axis) in draft.sizes.items()]
    given = ", ".join([*[s.name for s in symbols], *draft.missing])
    left = outputs[0] if len(outputs) == 1 else f"[{', '.join(outputs)}]"
    comments = [f"% {line}".rstrip() for line in described(draft.exprs, symbols, draft.missing)]
    body = [*comments, *draft.opening, *lines, *draft.fitting, *draft.statements, *assigned]
    text = "\n".join([f"function {left} = compute({given})", *[f"  {line}" for line in body], "end"])
    return "\n\n".join([text + "\n", *[h.lstrip() for h in draft.writer.helpers_used()]])
