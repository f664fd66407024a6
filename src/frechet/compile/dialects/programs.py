"""Programs as files of Julia and MATLAB: the function with its documentation, and the functions that it carries."""

from __future__ import annotations

from collections.abc import Sequence

from frechet.compile.dialects.julia import JULIA
from frechet.compile.dialects.matlab import MATLAB
from frechet.compile.lowering import Program
from frechet.compile.source import NOTHING_REAL, Real, described, letters_in, size_sources
from frechet.compile.writing import Code, Writer
from frechet.expr.node import Expr
from frechet.expr.sizes import ONE

__all__ = ["julia_source", "matlab_source"]


def julia_source(program: Program, symbols: Sequence[Expr], real: Real = NOTHING_REAL, name: str = "compute") -> str:
    """`using LinearAlgebra`, the helpers that are called, and the function with its docstring."""
    writer = Writer(JULIA, program)
    count = len(program.roots) - len(real.parts)
    exprs = program.exprs[:count]
    pairs = zip(writer.returned[:count], program.roots[:count], exprs, strict=True)
    results = [Code(f"permutedims({c})") if v.ndim == 1 and e.rows is ONE else c for c, v, e in pairs]
    last, results = JULIA.real_parts(writer.returned[count:], real.parts, results)
    body = [*[s.text for s in writer.statements], *last, f"return {', '.join(results)}"]
    found, missing = size_sources(symbols, letters_in(" ".join(body), program))
    lines = [f"{letter} = {_length(X, axis)}" for letter, (X, axis) in found.items()]
    given = ", ".join([*[f"{s.name}::{_type(s)}" for s in symbols], *[f"{letter}::Integer" for letter in missing]])
    plain = ", ".join([*[s.name for s in symbols], *missing])
    doc = [line.replace("\\", "\\\\").replace("$", "\\$") for line in described(exprs, symbols, missing)]
    text = "\n".join(
        ['"""', f"    {name}({plain})", "", *doc, '"""', f"function {name}({given})"]
        + [f"    {line}" for line in [*lines, *body]]
        + ["end"]
    )
    return "\n\n".join(["using LinearAlgebra", *[h.strip() for h in writer.helpers_used()], text]) + "\n"


def _length(X: Expr, axis: int) -> str:
    return f"length({X.name})" if X.cols is ONE else f"size({X.name}, {axis + 1})"


def _type(s: Expr) -> str:
    return "Real" if s.is_scalar else "AbstractVector{<:Real}" if s.cols is ONE else "AbstractMatrix{<:Real}"


def matlab_source(program: Program, symbols: Sequence[Expr], real: Real = NOTHING_REAL, name: str = "compute") -> str:
    """A function file: the function, and below it the helpers that it calls."""
    writer = Writer(MATLAB, program)
    count = len(program.roots) - len(real.parts)
    exprs = program.exprs[:count]
    pairs = zip(writer.returned[:count], program.roots[:count], exprs, strict=True)
    results = [Code(f"{c:100}.'") if v.ndim == 1 and e.rows is ONE else c for c, v, e in pairs]
    last, results = MATLAB.real_parts(writer.returned[count:], real.parts, results)
    is_single = len(results) == 1 and "result" not in writer.taken
    outputs = ["result"] if is_single else [writer.fresh("result") for _ in results]
    assigned = [f"{o} = {r};" for o, r in zip(outputs, results, strict=True)]
    body = [*[s.text for s in writer.statements], *last, *assigned]
    refusal = MATLAB.real_symbols(real.symbols) if real.symbols else []
    found, missing = size_sources(symbols, letters_in(" ".join(body), program))
    lines = [f"{letter} = size({X.name}, {axis + 1});" for letter, (X, axis) in found.items()]
    given = ", ".join([*[s.name for s in symbols], *missing])
    left = outputs[0] if len(outputs) == 1 else f"[{', '.join(outputs)}]"
    comments = [f"% {line}".rstrip() for line in described(exprs, symbols, missing)]
    text = "\n".join(
        [f"function {left} = {name}({given})", *[f"  {line}" for line in [*comments, *refusal, *lines, *body]], "end"]
    )
    return "\n\n".join([text + "\n", *[h.lstrip() for h in writer.helpers_used()]])
