"""MATLAB source, in the part of the language that GNU Octave shares. Vectors are columns; a program is one function."""

from __future__ import annotations

from collections.abc import Sequence

from frechet.compile.dialects.carried import functions_in
from frechet.compile.dialects.dotted import DOTTED_FUNCTIONS, dotted_quotient, entrywise_product
from frechet.compile.dialects.matlab_rows import FACTORED, ROWS
from frechet.compile.dialects.numpy import decimal_number, unchanged
from frechet.compile.lowering import Program
from frechet.compile.source import described, letters_in, size_sources
from frechet.compile.values import Value
from frechet.compile.writing import ATOM, POWER, PRODUCT, SUM, Code, Language, Writer
from frechet.expr.node import Expr
from frechet.expr.sizes import ONE

__all__ = ["MATLAB", "matlab_source"]

_FUNCTIONS = {
    **DOTTED_FUNCTIONS,
    **{kernel: "real_" + kernel for kernel in ("arcsin", "arccos", "log", "log1p", "sqrt")},
    "softmax": "softmax", "softmax_rows": "softmax_rows", "logsumexp": "logsumexp", "logsumexp_rows": "logsumexp_rows",
    "sum": "total", "trace": "trace", "diagonal": "diag", "diagm": "diag", "prod": "prod", "tril": "tril",
    "triu": "triu", "adj": "adjugate", "hat": "cross_matrix", "vee": "cross_vector", "lu": "factors", "vec": "stacked", "lu_of_any": "", "lu_det": "det",
}  # fmt: skip


def _input(w: Writer, v: Value) -> Code:
    name, rows, _ = v.params
    return Code(f"{name}.'") if v.kernel == "vector_input" and rows is ONE else Code(name)


def _power(w: Writer, v: Value) -> Code:
    exponent = "2" if v.kernel == "square" else f"{w.text[v.args[1]]:{POWER + 1}}"
    return Code(f"{w.text[v.args[0]]:{POWER + 1}} {'.^' if v.ndim else '^'} {exponent}", POWER)


def _filled(fill: str):
    def template(w: Writer, v: Value) -> Code:
        sizes = [w.size(s) for s in v.shape] + ["1"] * (2 - len(v.shape))
        return Code(f"{fill}({', '.join(sizes)})")

    return template


def _add_diagonal(w: Writer, v: Value) -> Code:
    A, d = v.args
    shift = f"{w.text[d]:{PRODUCT}} * eye({w.size(v.shape[0])})" if d.ndim == 0 else f"diag({w.text[d]})"
    return Code(f"{w.text[A]:{SUM}} + {shift}", SUM)


def _solve(w: Writer, v: Value) -> Code:
    T = f"sound({w.text[v.args[0]]}, 1)" + (".'" if v.params[1] else "")
    return Code(f"{T} \\ {w.text[v.args[1]]:{PRODUCT + 1}}", PRODUCT)


def _triangular_product(w: Writer, v: Value) -> Code:
    side, _, flipped = v.params
    T, B = (w.text[a] for a in v.args)
    T = Code(f"{T:{ATOM}}.'") if flipped else T
    left, right = (T, B) if side == "left" else (B, T)
    return Code(f"{left:{PRODUCT}} * {right:{PRODUCT + 1}}", PRODUCT)


def _at(pattern: str):
    def entry(w: Writer, v: Value) -> Code:
        return Code(f"{w.text[v.args[0]]}{pattern.format(*[w.size(p) for p in v.params])}")

    return entry


def _block(w: Writer, v: Value) -> Code:
    rows, start = [], 0
    for count in v.params[0]:
        rows.append(", ".join(w.text[a] for a in v.args[start : start + count]))
        start += count
    return Code(f"[{'; '.join(rows)}]")


def _extreme(reduce: str, dimension: str):
    def ties(w: Writer, v: Value) -> Code:
        A = w.text[v.args[0]]
        largest = f"{reduce}({A}(:))" if not dimension else f"{reduce}({A}, [], 2)"
        return Code(f"shared_ties({A} == {largest}, {'true' if dimension else 'false'})")

    return ties


MATLAB = Language(
    name="matlab",
    templates={
        **{kernel: (f"{name}({{0}})", ATOM) for kernel, name in _FUNCTIONS.items()},
        "input": _input,
        "scalar_input": _input,
        "vector_input": _input,
        "number": lambda w, v: decimal_number(v.params[0]),
        "size": lambda w, v: w.size(v.params[0]),
        "pi": ("pi", ATOM),
        "T": ("{0:100}.'", ATOM),
        "column": lambda w, v: w.text[v.args[0]],
        "tall": ("{0:100}", ATOM),
        "one_by_one": ("{0:100}", ATOM),
        "row": ("{0:100}.'", ATOM),
        "nonzero": unchanged,
        "wide": ("{0:100}.'", ATOM),
        "mul": entrywise_product(".*"),
        "add": ("{0:50} + {1:51}", SUM),
        "sub": ("{0:50} - {1:51}", SUM),
        "div": dotted_quotient,
        "quotient": ("quotient({0}, {1})", ATOM),
        "square": _power,
        "pow": _power,
        "maximum": ("max({0}, {1})", ATOM),
        "minimum": ("min({0}, {1})", ATOM),
        "relu": ("max({0}, 0)", ATOM),
        "mm": ("{0:60} * {1:61}", PRODUCT),
        "rank_2k": ("plus_transpose({0:60} * {1:100}.')", ATOM),
        "symmetric_product": ("{0:60} * {1:61}", PRODUCT),
        "mv": ("{0:60} * {1:61}", PRODUCT),
        "symv": ("{0:60} * {1:61}", PRODUCT),
        "vm": ("{1:100}.' * {0:61}", PRODUCT),
        "dot": ("{0:100}.' * {1:61}", PRODUCT),
        "gram": ("{0:100}.' * {0:61}", PRODUCT),
        "outer": ("{0:60} * {1:100}.'", PRODUCT),
        "trmm": _triangular_product,
        "inner": ("total({0:60} .* {1:61})", ATOM),
        "sumsquares": ("total({0:81} .^ 2)", ATOM),
        "rowdots": ("sum({0:60} .* {1:61}, 2)", ATOM),
        "coldots": ("sum({0:60} .* {1:61}, 1).'", ATOM),
        "rowsum": ("sum({0}, 2)", ATOM),
        "colsum": ("sum({0}, 1).'", ATOM),
        "mean": ("mean(stacked({0}))", ATOM),
        "max": ("max(stacked({0}))", ATOM),
        "min": ("min(stacked({0}))", ATOM),
        "max_rows": ("max({0}, [], 2)", ATOM),
        "min_rows": ("min({0}, [], 2)", ATOM),
        "argmax": _extreme("max", ""),
        "argmin": _extreme("min", ""),
        "argmax_rows": _extreme("max", "2"),
        "argmin_rows": _extreme("min", "2"),
        "norm1": ("sum(abs(stacked({0})))", ATOM),
        "norm2": ("norm({0}, 'fro')", ATOM),
        "eye": lambda w, v: Code(f"eye({w.size(v.shape[0])})"),
        "ones": _filled("ones"),
        "zeros": _filled("zeros"),
        "unit": lambda w, v: Code(f"unit({w.size(v.params[0])}, {w.size(v.shape[0])})"),
        "add_diagonal": _add_diagonal,
        "cholesky": ("chol({0}, 'lower')", ATOM),
        "cholesky_solve": ("{0:100}.' \\ (sound({0}, 2) \\ {1:61})", PRODUCT),
        "cholesky_half_solve": ("sound({0}, 2) \\ {1:61}", PRODUCT),
        "cholesky_inverse": ("{0:100}.' \\ inv(sound({0}, 2))", PRODUCT),
        "cholesky_trace_inverse": ("total(inv(sound({0}, 2)) .^ 2)", ATOM),
        "cholesky_logdet": ("cholesky_logdet({0})", ATOM),
        "lu_of_any": lambda w, v: w.text[v.args[0]],
        "lu_solve": lambda w, v: Code(
            f"lu_solve({w.text[v.args[0]]}, {w.text[v.args[1]]}, {'true' if v.params[0] else 'false'})"
        ),
        "lu_inverse": lambda w, v: Code(f"lu_solve({w.text[v.args[0]]}, eye({w.size(v.shape[0])}), false)"),
        "lu_logdet": ("lu_logdet({0})", ATOM),
        "triangular_solve": _solve,
        "triangular_inverse": ("inv(sound({0}, 1))", ATOM),
        "unvec": ("reshape({0}, {s0}, {s1})", ATOM),
        "kron": ("kron({0}, {1})", ATOM),
        "khatrirao": ("khatri_rao({0}, {1})", ATOM),
        "commutation": ("commutation({p0}, {p1})", ATOM),
        "ptrace1": ("partial_trace_first({0}, {p0})", ATOM),
        "ptrace2": ("partial_trace_second({0}, {p0})", ATOM),
        "matpow": ("{0:81} ^ {p0}", POWER),
        "entry": _at("({0})"),
        "part": _at("({0}:{1})"),
        "matrix_entry": _at("({0}, {1})"),
        "matrix_row": _at("({0}, :).'"),
        "matrix_column": _at("(:, {0})"),
        "index": _at("({0}:{1}, {2}:{3})"),
        "block": _block,
        "concatenate": lambda w, v: Code(f"[{'; '.join(w.text[a] for a in v.args)}]"),
    },
    helpers=functions_in("m"),
    rows=ROWS,
    factored=FACTORED,
    flat="{0:100}",
    flat_row="{0:100}.'",
    first="{0:100}",
    single="{0:100}",
    reserved=frozenset({"i", "j", "pi", "e"}),
    assign="{0} = {1};",
    named=frozenset(
        {
            "entry",
            "part",
            "matrix_entry",
            "matrix_row",
            "matrix_column",
            "index",
            "argmax",
            "argmin",
            "argmax_rows",
            "argmin_rows",
            "gram",
            "cholesky_solve",
        }
    ),
)


def matlab_source(program: Program, symbols: Sequence[Expr], name: str = "compute") -> str:
    """A function file: the function, and below it the helpers that it calls."""
    writer = Writer(MATLAB, program)
    pairs = zip(writer.returned, program.roots, program.exprs, strict=True)
    results = [Code(f"{c:100}.'") if v.ndim == 1 and e.rows is ONE else c for c, v, e in pairs]
    is_single = len(results) == 1 and "result" not in writer.taken
    outputs = ["result"] if is_single else [writer.fresh("result") for _ in results]
    body = [*[s.text for s in writer.statements], *[f"{o} = {r};" for o, r in zip(outputs, results, strict=True)]]
    found, missing = size_sources(symbols, letters_in(" ".join(body), program))
    lines = [f"{letter} = size({X.name}, {axis + 1});" for letter, (X, axis) in found.items()]
    given = ", ".join([*[s.name for s in symbols], *missing])
    left = outputs[0] if len(outputs) == 1 else f"[{', '.join(outputs)}]"
    comments = [f"% {line}".rstrip() for line in described(program, symbols, missing)]
    text = "\n".join(
        [f"function {left} = {name}({given})", *[f"  {line}" for line in [*comments, *lines, *body]], "end"]
    )
    return "\n\n".join([text + "\n", *[h.lstrip() for h in writer.helpers_used()]])
