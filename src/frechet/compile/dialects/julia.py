"""Julia, with the standard library LinearAlgebra only. A program is one function of real arrays."""

from __future__ import annotations

from frechet.compile.dialects import dotted
from frechet.compile.dialects.spelling import called, sized, triangular_product
from frechet.compile.values import Value
from frechet.compile.writing import POWER, PRODUCT, SUM, Code, Language, Template, Writer
from frechet.expr.node import operations

__all__ = ["JULIA"]


def _is_complex(w: Writer) -> bool:
    """Whether an operation is complex for real arrays: such a program writes transpose(A), since A' conjugates."""
    return any(v.kernel == "operation_kernel" and operations[v.params[0]].result == "complex" for v in w.program.order)


def _transposed(w: Writer, a: Code) -> str:
    return f"transpose({a})" if _is_complex(w) else f"{a:100}'"


# --- entries ----------------------------------------------------------------------------------------------


def _sum(sign: str) -> Template:
    """A sum, with a dot where shapes differ, or one of the terms is held as a column or row."""

    def template(w: Writer, v: Value) -> Code:
        a, b = v.args
        dot = "" if a.shape == b.shape and a.fills_shape and b.fills_shape else "."
        return Code(f"{w.text[a]:{SUM}} {dot}{sign} {w.text[b]:{SUM + 1}}", SUM)

    return template


def _spread(name: str, more: str = "") -> Template:
    """A function of numbers, with a dot for arrays."""
    return lambda w, v: Code(f"{name}{'.' if v.ndim else ''}({', '.join(w.text[a] for a in v.args)}{more})")


def _inner(w: Writer, v: Value) -> Code:
    a, b = (w.text[x] for x in v.args)
    return Code(f"sum({a:{PRODUCT}} .* {b:{PRODUCT + 1}})" if _is_complex(w) else f"dot({a}, {b})")


def _sumsquares(w: Writer, v: Value) -> Code:
    a = w.text[v.args[0]]
    return Code(f"sum({a:{POWER + 1}} .^ 2)" if _is_complex(w) else f"sum(abs2, {a})")


# --- factors ----------------------------------------------------------------------------------------------


def _triangle(text: str, lower: bool) -> Code:
    return Code(f"{'Lower' if lower else 'Upper'}Triangular({text})")


def _solved(w: Writer, F: Code, B: Value, is_transposed: bool) -> Code:
    return Code(f"{w.transposed(F) if is_transposed else F} \\ {w.text[B]:{PRODUCT + 1}}", PRODUCT)


def _triangular_solve(w: Writer, v: Value) -> Code:
    T, B = v.args
    lower, is_transposed = v.params
    return _solved(w, Code(f"sound({_triangle(w.text[T], lower)}, 1)"), B, is_transposed)


# --- diagonals and identities -----------------------------------------------------------------------------


def _identity(w: Writer) -> str:
    is_taken = any(v.kernel == "input" and v.params[0] == "I" for v in w.program.order)
    return "LinearAlgebra.I" if is_taken else "I"


def _add_diagonal(w: Writer, v: Value) -> Code:
    A, d = v.args
    text = w.text[d]
    shift = f"Diagonal({text})" if d.ndim else _identity(w) if text == "1" else f"{text:{PRODUCT}} * {_identity(w)}"
    return Code(f"{w.text[A]:{SUM}} + {shift}", SUM)


def _kron(w: Writer, v: Value) -> Code:
    parts = [f"{_identity(w)}({w.size(a.shape[0])})" if a.kernel == "eye" else w.text[a] for a in v.args]
    return Code(f"kron({', '.join(parts)})")


def _block(w: Writer, v: Value) -> Code:
    return Code(f"hvcat(({', '.join(map(str, v.params[0]))},), {', '.join(w.text[a] for a in v.args)})")


_FACTORED: dict[str, tuple[str, str]] = {
    **dotted.parts_of("eigen({S0})", eigvalsh="values", eigvecsh="vectors"),
    **dotted.parts_of(
        "eigen({0}; sortby=nothing)", eigvals="values", eigvecs="vectors", eigdual="dual_basis({F}.vectors)"
    ),
    **dotted.parts_of("svd(tall({0}))", svdu="U", svdvals="S", svdv="V"),
    **dotted.parts_of("qr({0})", qrq="Matrix({F}.Q)", qrr="R"),
    **dotted.parts_of("lu({0}, NoPivot(); check=false)", lul="L", luu="U"),
    **dotted.parts_of("schur({0})", schurt="T", schurq="Z", schurpattern="below_blocks({F}.T)"),
    **dotted.parts_of("hessenberg({0})", hessh="Matrix({F}.H)", hessq="Matrix({F}.Q)"),
}


_KEYWORDS = frozenset({
    "baremodule", "begin", "const", "export", "false", "finally", "import", "in", "isa", "let", "local", "macro",
    "module", "quote", "struct", "true", "using", "where",
})  # fmt: skip

JULIA = Language(
    name="julia",
    matmul="*",
    times=".*",
    transposed=_transposed,
    first_index=1,
    templates={
        **dotted.TEMPLATES,
        **{kernel: _spread(name) for kernel, name in dotted.ENTRYWISE.items()},
        **called("sum", "lu", vec="vec", trace="tr", diagm="Diagonal", max="maximum", min="minimum"),
        **called(
            cholesky_logdet="cholesky_log_determinant", lu_logdet="log_determinant", norm2="norm", concatenate="vcat"
        ),
        "row": lambda w, v: w.transposed(w.text[v.args[0]]),
        "tall": "reshape({0}, :, 1)",
        "wide": "reshape({0}, 1, :)",
        "one_by_one": "fill({0}, 1, 1)",
        "add": _sum("+"),
        "sub": _sum("-"),
        "relu": _spread("max", ", 0"),
        "matpow": ("{0:81}^{p0}", POWER),
        "rank_2k": "plus_transpose({0:60} * transpose({1}))",
        "trmm": triangular_product(_triangle),
        **dict.fromkeys(("dot", "inner"), _inner),
        "sumsquares": _sumsquares,
        "rowdots": "vec(sum({0:60} .* {1:61}, dims=2))",
        "coldots": "vec(sum({0:60} .* {1:61}, dims=1))",
        "rowsum": "vec(sum({0}, dims=2))",
        "colsum": "vec(sum({0}, dims=1))",
        "mean": ("sum({0}) / length({0})", PRODUCT),
        "max_rows": "vec(maximum({0}, dims=2))",
        "min_rows": "vec(minimum({0}, dims=2))",
        "argmax": "shared({0} .== maximum({0}))",
        "argmin": "shared({0} .== minimum({0}))",
        "argmax_rows": "shared_in_rows({0} .== maximum({0}, dims=2))",
        "argmin_rows": "shared_in_rows({0} .== minimum({0}, dims=2))",
        "norm1": "norm({0}, 1)",
        "eye": lambda w, v: Code("Matrix{Float64}" + f"({_identity(w)}, {w.size(v.shape[0])}, {w.size(v.shape[0])})"),
        **{name: sized(f"{name}({{shape}})") for name in ("ones", "zeros")},
        "unit": sized("unit({0}, {s0})"),
        "add_diagonal": _add_diagonal,
        "cholesky": "cholesky(Symmetric({0}))",
        "cholesky_solve": ("sound_cholesky({0}) \\ {1:61}", PRODUCT),
        "cholesky_half_solve": ("sound_cholesky({0}).L \\ {1:61}", PRODUCT),
        "cholesky_inverse": "inv(sound_cholesky({0}))",
        "cholesky_trace_inverse": "sum(abs2, inv(sound_cholesky({0}).L))",
        "det": "det(lu({0}; check=false))",
        "lu_solve": lambda w, v: _solved(w, Code(f"sound_factors({w.text[v.args[0]]})"), v.args[1], v.params[0]),
        "lu_inverse": "inv(sound_factors({0}))",
        "triangular_solve": _triangular_solve,
        "triangular_inverse": lambda w, v: Code(f"inv(sound({_triangle(w.text[v.args[0]], v.params[0])}, 1))"),
        "kron": _kron,
        "block": _block,
    },
    operations={
        **{name: part.replace("{F}", whole) for name, (whole, part) in _FACTORED.items()},
        **dotted.OPERATIONS,
        **dotted.matrix_functions("", "M -> ", expm="exp", sinm="sin", cosm="cos", tanm="tan", coshm="cosh"),
        "polygamma": "polygamma.({0}, {p0})",
        "eigvalsh": "eigvals({S0})",
        "eigvecsh": "eigvecs({S0})",
        "eigvals": "eigvals({0}; sortby=nothing)",
        "eigvecs": "eigvecs({0}; sortby=nothing)",
        "eigdual": "dual_basis(eigvecs({0}; sortby=nothing))",
        "topvals": "top_eigenvalues({S0}, {p0})",
        "topvecs": "top_eigenvectors({S0}, {p0})",
        "topproj": "top_projector({S0}, {p0})",
        "sumlargest": "sum_of_largest_eigenvalues({S0}, {p0})",
        "svdvals": "svdvals(tall({0}))",
        "normnuc": "sum(svdvals({0}))",
        "normspec": "opnorm({0})",
        "chol": "sound_cholesky(cholesky({S0})).L",
    },
    factored=_FACTORED,
    symmetric="Symmetric({0})",
    helpers=dotted.functions_in("jl"),
    refused=lambda codes, message: [f'isreal({code}) || error("{message}")' for code in codes],
    unfit=lambda low, high, message: [f'{high} >= {low} || error("{message}")'],
    is_typed=True,
    row="permutedims({0})",
    flat="vec({0})",
    single="only({0})",
    first="only({0})",
    stems={"cholesky": ["C"], "lu": ["F"]},
    reserved=frozenset({"I", "pi", "im"}),
    keywords=dotted.KEYWORDS | _KEYWORDS,
)
