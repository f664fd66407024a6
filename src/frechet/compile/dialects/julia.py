"""Julia source, with the standard library LinearAlgebra only. A program is one function of real arrays."""

from __future__ import annotations

from collections.abc import Sequence

from frechet.compile.dialects.carried import functions_in
from frechet.compile.dialects.dotted import DOTTED_FUNCTIONS, dotted_quotient, entrywise_product
from frechet.compile.dialects.julia_rows import FACTORED, ROWS
from frechet.compile.dialects.numpy import decimal_number, unchanged
from frechet.compile.lowering import Program
from frechet.compile.source import described, letters_in, size_sources
from frechet.compile.values import INPUTS, Value
from frechet.compile.writing import ATOM, POWER, PRODUCT, SUM, Code, Language, Writer
from frechet.expr.node import Expr, operations
from frechet.expr.sizes import ONE

__all__ = ["JULIA", "julia_source"]

_ARITHMETIC = frozenset({"add", "sub", "mul", "div", "quotient", "square", "pow", "maximum", "minimum", "relu"})
_DEEP = 6


def _is_complex(w: Writer) -> bool:
    """Whether a row is complex for real arrays: such a program writes transpose(A), since A' conjugates."""
    return any(v.kernel == "row_kernel" and operations[v.params[0]].result == "complex" for v in w.program.order)


def _is_held_in_full(v: Value, depth: int = 0) -> bool:
    """Whether an m×n value is an array of that size, not a column or a row that is spread when it is used."""
    if v.ndim < 2 or (v.kernel not in _ARITHMETIC and v.kernel not in DOTTED_FUNCTIONS):
        return v.kernel not in ("column", "row")
    return depth < _DEEP and all(_is_held_in_full(a, depth + 1) for a in v.args if a.ndim == 2)


def _dot(v: Value) -> str:
    """A dot where an operator is to be spread: shapes differ, or one of the operands is held as a column or row."""
    a, b = v.args
    same = a.shape == b.shape and _is_held_in_full(a) and _is_held_in_full(b)
    return "" if same else "."


def _sum(sign: str):
    def template(w: Writer, v: Value) -> Code:
        a, b = v.args
        return Code(f"{w.text[a]:{SUM}} {_dot(v)}{sign} {w.text[b]:{SUM + 1}}", SUM)

    return template


def _power(w: Writer, v: Value) -> Code:
    exponent = "2" if v.kernel == "square" else f"{w.text[v.args[1]]:{POWER + 1}}"
    sign = " .^ " if v.ndim else "^"
    return Code(f"{w.text[v.args[0]]:{POWER + 1}}{sign}{exponent}", POWER)


def _spread(name: str, more: str = ""):
    """A function of numbers, with a dot for arrays."""

    def template(w: Writer, v: Value) -> Code:
        arguments = ", ".join(w.text[a] for a in v.args)
        return Code(f"{name}{'.' if v.ndim else ''}({arguments}{more})")

    return template


def _prime(w: Writer, text: Code) -> str:
    return f"transpose({text})" if _is_complex(w) else f"{text:{ATOM}}'"


def _transposed(w: Writer, v: Value) -> Code:
    return Code(_prime(w, w.text[v.args[0]]))


def _product(first: int, second: int, prime: str = ""):
    """A product of two arguments, one of which may be transposed."""

    def template(w: Writer, v: Value) -> Code:
        a, b = w.text[v.args[first]], w.text[v.args[second]]
        left = _prime(w, a) if prime == "left" else f"{a:{PRODUCT}}"
        right = _prime(w, b) if prime == "right" else f"{b:{PRODUCT + 1}}"
        return Code(f"{left} * {right}", PRODUCT)

    return template


def _inner(w: Writer, v: Value) -> Code:
    a, b = (w.text[x] for x in v.args)
    return Code(f"sum({a:{PRODUCT}} .* {b:{PRODUCT + 1}})" if _is_complex(w) else f"dot({a}, {b})")


def _sumsquares(w: Writer, v: Value) -> Code:
    a = w.text[v.args[0]]
    return Code(f"sum({a:{POWER + 1}} .^ 2)" if _is_complex(w) else f"sum(abs2, {a})")


def _triangle(w: Writer, T: Value, lower: bool, flipped: bool) -> str:
    text = Code(f"{'Lower' if lower else 'Upper'}Triangular({w.text[T]})")
    return _prime(w, text) if flipped else text


def _triangular_solve(w: Writer, v: Value) -> Code:
    T, B = v.args
    lower, flipped = v.params
    sound = Code(f"sound({_triangle(w, T, lower, False)}, 1)")
    return Code(f"{_prime(w, sound) if flipped else sound} \\ {w.text[B]:{PRODUCT + 1}}", PRODUCT)


def _triangular_product(w: Writer, v: Value) -> Code:
    side, lower, flipped = v.params
    T, B = _triangle(w, v.args[0], lower, flipped), w.text[v.args[1]]
    if side == "left":
        return Code(f"{T} * {B:{PRODUCT + 1}}", PRODUCT)
    return Code(f"{B:{PRODUCT}} * {T}", PRODUCT)


def _lu_solve(w: Writer, v: Value) -> Code:
    F, B = (w.text[a] for a in v.args)
    F = Code(f"sound_factors({F})")
    return Code(f"{_prime(w, F) if v.params[0] else F} \\ {B:{PRODUCT + 1}}", PRODUCT)


def _identity(w: Writer) -> str:
    is_taken = any(v.kernel in INPUTS and v.params[0] == "I" for v in w.program.order)
    return "LinearAlgebra.I" if is_taken else "I"


def _add_diagonal(w: Writer, v: Value) -> Code:
    A, d = v.args
    text = w.text[d]
    shift = f"Diagonal({text})" if d.ndim else _identity(w) if text == "1" else f"{text:{PRODUCT}} * {_identity(w)}"
    return Code(f"{w.text[A]:{SUM}} + {shift}", SUM)


def _eye(w: Writer, v: Value) -> Code:
    n = w.size(v.shape[0])
    return Code(f"Matrix{{Float64}}({_identity(w)}, {n}, {n})")


def _kron(w: Writer, v: Value) -> Code:
    parts = [f"{_identity(w)}({w.size(a.shape[0])})" if a.kernel == "eye" else w.text[a] for a in v.args]
    return Code(f"kron({', '.join(parts)})")


def _sized(text: str):
    """Text with {0}, {1} for the sizes of the parameters, or of the shape where there are none."""

    def template(w: Writer, v: Value) -> Code:
        sizes = [w.size(s) for s in (*v.params, *v.shape)]
        return Code(text.format(*sizes, all=", ".join(sizes)))

    return template


def _at(pattern: str):
    def entry(w: Writer, v: Value) -> Code:
        return Code(f"{w.text[v.args[0]]:{ATOM}}[{pattern.format(*[w.size(p) for p in v.params])}]")

    return entry


def _block(w: Writer, v: Value) -> Code:
    counts = ", ".join(map(str, v.params[0]))
    return Code(f"hvcat(({counts},), {', '.join(w.text[a] for a in v.args)})")


JULIA = Language(
    name="julia",
    templates={
        **{kernel: _spread(name) for kernel, name in DOTTED_FUNCTIONS.items()},
        "input": lambda w, v: Code(v.params[0]),
        "scalar_input": lambda w, v: Code(v.params[0]),
        "vector_input": lambda w, v: Code(f"vec({v.params[0]})" if v.params[1] is ONE else v.params[0]),
        "number": lambda w, v: decimal_number(v.params[0]),
        "size": lambda w, v: w.size(v.params[0]),
        "pi": ("pi", ATOM),
        "T": _transposed,
        "column": lambda w, v: w.text[v.args[0]],
        "row": _transposed,
        "nonzero": unchanged,
        "tall": ("reshape({0}, :, 1)", ATOM),
        "wide": ("reshape({0}, 1, :)", ATOM),
        "one_by_one": ("fill({0}, 1, 1)", ATOM),
        "mul": entrywise_product(".*"),
        "add": _sum("+"),
        "sub": _sum("-"),
        "div": dotted_quotient,
        "quotient": _spread("quotient"),
        "square": _power,
        "pow": _power,
        "maximum": _spread("max"),
        "minimum": _spread("min"),
        "relu": _spread("max", ", 0"),
        "mm": _product(0, 1),
        "rank_2k": ("plus_transpose({0:60} * transpose({1}))", ATOM),
        "symmetric_product": _product(0, 1),
        "mv": _product(0, 1),
        "symv": _product(0, 1),
        "vm": _product(1, 0, "left"),
        "gram": _product(0, 0, "left"),
        "outer": _product(0, 1, "right"),
        "trmm": _triangular_product,
        "dot": _inner,
        "inner": _inner,
        "sumsquares": _sumsquares,
        "rowdots": ("vec(sum({0:60} .* {1:61}, dims=2))", ATOM),
        "coldots": ("vec(sum({0:60} .* {1:61}, dims=1))", ATOM),
        "sum": ("sum({0})", ATOM),
        "prod": ("prod({0})", ATOM),
        "rowsum": ("vec(sum({0}, dims=2))", ATOM),
        "colsum": ("vec(sum({0}, dims=1))", ATOM),
        "mean": ("sum({0}) / length({0})", PRODUCT),
        "trace": ("tr({0})", ATOM),
        "diagonal": ("diag({0})", ATOM),
        "diagm": ("Diagonal({0})", ATOM),
        "max": ("maximum({0})", ATOM),
        "min": ("minimum({0})", ATOM),
        "max_rows": ("vec(maximum({0}, dims=2))", ATOM),
        "min_rows": ("vec(minimum({0}, dims=2))", ATOM),
        "argmax": ("shared({0} .== maximum({0}))", ATOM),
        "argmin": ("shared({0} .== minimum({0}))", ATOM),
        "argmax_rows": ("shared_in_rows({0} .== maximum({0}, dims=2))", ATOM),
        "argmin_rows": ("shared_in_rows({0} .== minimum({0}, dims=2))", ATOM),
        "norm1": ("norm({0}, 1)", ATOM),
        "norm2": ("norm({0})", ATOM),
        "softmax": ("softmax({0})", ATOM),
        "softmax_rows": ("softmax_rows({0})", ATOM),
        "logsumexp": ("logsumexp({0})", ATOM),
        "logsumexp_rows": ("logsumexp_rows({0})", ATOM),
        "tril": ("tril({0})", ATOM),
        "triu": ("triu({0})", ATOM),
        "eye": _eye,
        "ones": _sized("ones({all})"),
        "zeros": _sized("zeros({all})"),
        "unit": _sized("unit({0}, {1})"),
        "commutation": _sized("commutation({0}, {1})"),
        "add_diagonal": _add_diagonal,
        "cholesky": ("cholesky(Symmetric({0}))", ATOM),
        "cholesky_solve": ("sound_cholesky({0}) \\ {1:61}", PRODUCT),
        "cholesky_half_solve": ("sound_cholesky({0}).L \\ {1:61}", PRODUCT),
        "cholesky_inverse": ("inv(sound_cholesky({0}))", ATOM),
        "cholesky_trace_inverse": ("sum(abs2, inv(sound_cholesky({0}).L))", ATOM),
        "cholesky_logdet": ("cholesky_log_determinant({0})", ATOM),
        "lu": ("lu({0})", ATOM),
        "lu_of_any": ("lu({0}; check=false)", ATOM),
        "lu_solve": _lu_solve,
        "lu_inverse": ("inv(sound_factors({0}))", ATOM),
        "lu_logdet": ("log_determinant({0})", ATOM),
        "lu_det": ("det({0})", ATOM),
        "triangular_solve": _triangular_solve,
        "triangular_inverse": lambda w, v: Code(f"inv(sound({_triangle(w, v.args[0], v.params[0], False)}, 1))"),
        "vec": ("vec({0})", ATOM),
        "unvec": ("reshape({0}, {s0}, {s1})", ATOM),
        "kron": _kron,
        "khatrirao": ("khatri_rao({0}, {1})", ATOM),
        "matpow": ("{0:81}^{p0}", POWER),
        "adj": ("adjugate({0})", ATOM),
        "hat": ("cross_matrix({0})", ATOM),
        "vee": ("cross_vector({0})", ATOM),
        "ptrace1": ("partial_trace_first({0}, {p0})", ATOM),
        "ptrace2": ("partial_trace_second({0}, {p0})", ATOM),
        "entry": _at("{0}"),
        "part": _at("{0}:{1}"),
        "matrix_entry": _at("{0}, {1}"),
        "matrix_row": _at("{0}, :"),
        "matrix_column": _at(":, {0}"),
        "index": _at("{0}:{1}, {2}:{3}"),
        "block": _block,
        "concatenate": lambda w, v: Code(f"vcat({', '.join(w.text[a] for a in v.args)})"),
    },
    helpers=functions_in("jl"),
    rows=ROWS,
    factored=FACTORED,
    flat="vec({0})",
    flat_row="vec({0})",
    single="only({0})",
    first="only({0})",
    stems={"cholesky": ["C"], "lu": ["F"], "lu_of_any": ["F"]},
    reserved=frozenset({"I", "pi", "im"}),
    named=frozenset({"gram", "mean", "argmax", "argmin", "argmax_rows", "argmin_rows"}),
    number=decimal_number,
)


def julia_source(program: Program, symbols: Sequence[Expr], name: str = "compute") -> str:
    """`using LinearAlgebra`, the helpers that are called, and the function with its docstring."""
    writer = Writer(JULIA, program)
    pairs = zip(writer.returned, program.roots, program.exprs, strict=True)
    results = [Code(f"permutedims({c})") if v.ndim == 1 and e.rows is ONE else c for c, v, e in pairs]
    body = [*[s.text for s in writer.statements], f"return {', '.join(results)}"]
    found, missing = size_sources(symbols, letters_in(" ".join(body), program))
    lines = [f"{letter} = {_length(X, axis)}" for letter, (X, axis) in found.items()]
    given = ", ".join([*[f"{s.name}::{_type(s)}" for s in symbols], *[f"{letter}::Integer" for letter in missing]])
    plain = ", ".join([*[s.name for s in symbols], *missing])
    doc = [line.replace("\\", "\\\\").replace("$", "\\$") for line in described(program, symbols, missing)]
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
