"""MATLAB, in the part of the language that GNU Octave shares. Vectors are columns; a program is one function."""

from __future__ import annotations

from collections.abc import Sequence

from frechet.compile.dialects import dotted
from frechet.compile.dialects.spelling import called, is_real_power, rows_of, sized
from frechet.compile.values import Value
from frechet.compile.writing import POWER, PRODUCT, SUM, Code, Language, Template, Writer

__all__ = ["MATLAB"]

_REAL = {
    "arcsin": "real_arcsin",
    "arccos": "real_arccos",
    "arccosh": "real_arccosh",
    "arctanh": "real_arctanh",
    "log": "real_log",
    "log1p": "real_log1p",
    "sqrt": "real_sqrt",
}
"""Functions that are complex outside of their domains, and are to be NaN."""


def _filled(fill: str) -> Template:
    return lambda w, v: Code(f"{fill}({', '.join([*map(w.size, v.shape), *['1'] * (2 - v.ndim)])})")


def _add_diagonal(w: Writer, v: Value) -> Code:
    A, d = (w.text[a] for a in v.args)
    shift = f"diag({d})" if v.args[1].ndim else f"{d:{PRODUCT}} * eye({w.size(v.shape[0])})"
    return Code(f"{A:{SUM}} + {shift}", SUM)


def _triangular_solve(w: Writer, v: Value) -> Code:
    T = f"sound({w.text[v.args[0]]}, 1)" + (".'" if v.params[1] else "")
    return Code(f"{T} \\ {w.text[v.args[1]]:{PRODUCT + 1}}", PRODUCT)


def _lu_solve(w: Writer, v: Value) -> Code:
    return Code(f"lu_solve({w.text[v.args[0]]}, {w.text[v.args[1]]}, {'true' if v.params[0] else 'false'})")


def _power(w: Writer, v: Value) -> Code:
    """A power, which MATLAB makes complex where it is not real."""
    if is_real_power(v):
        return dotted.power(w, v)
    return Code(f"real_power({w.text[v.args[0]]}, {w.text[v.args[1]]})")


def _refused(codes: Sequence[str], message: str) -> list[str]:
    """A number is real to MATLAB where it has no imaginary part, even 0."""
    condition, quoted = " && ".join(f"isreal({code})" for code in codes), message.replace("'", "''")
    return [f"assert({condition}, '{quoted}');"]


def _unfit(low: str, high: str, message: str) -> list[str]:
    quoted = message.replace("'", "''")
    return [f"assert({high} >= {low}, '{quoted}');"]


_KEYWORDS = frozenset({
    "case", "classdef", "endfor", "endfunction", "endif", "endwhile", "otherwise", "parfor", "persistent", "spmd",
    "switch", "until",
})  # fmt: skip

MATLAB = Language(
    name="matlab",
    matmul="*",
    times=".*",
    caret=" ^ ",
    transposed="{0:100}.'",
    first_index=1,
    brackets="()",
    assign="{0} = {1};",
    templates={
        **dotted.TEMPLATES,
        **called(**(dotted.ENTRYWISE | _REAL | {"maximum": "larger", "minimum": "smaller"})),
        **called("lu_logdet", "cholesky_logdet", sum="total", trace="trace"),
        **called(diagm="diag", vec="stacked", lu="factors", det="det", kron="kron"),
        "pow": _power,
        "tall": "{0:100}",
        "one_by_one": "{0:100}",
        "row": "{0:100}.'",
        "wide": "{0:100}.'",
        "matpow": ("{0:81} ^ {p0}", POWER),
        "relu": "larger({0}, 0)",
        "dot": ("{0:100}.' * {1:61}", PRODUCT),
        "rank_2k": "plus_transpose({0:60} * {1:100}.')",
        "inner": "total({0:60} .* {1:61})",
        "sumsquares": "total({0:81} .^ 2)",
        "rowdots": "sum({0:60} .* {1:61}, 2)",
        "coldots": "sum({0:60} .* {1:61}, 1).'",
        "rowsum": "sum({0}, 2)",
        "colsum": "sum({0}, 1).'",
        "mean": "mean(stacked({0}))",
        "max": "largest({0})",
        "min": "smallest({0})",
        "max_rows": "largest_of_rows({0})",
        "min_rows": "smallest_of_rows({0})",
        "argmax": "shared_ties({0} == largest({0}), false)",
        "argmin": "shared_ties({0} == smallest({0}), false)",
        "argmax_rows": "shared_ties({0} == largest_of_rows({0}), true)",
        "argmin_rows": "shared_ties({0} == smallest_of_rows({0}), true)",
        "hypot": "hypotenuse({0}, {1})",
        "norm1": "sum(abs(stacked({0})))",
        "norm2": "norm({0}, 'fro')",
        "eye": sized("eye({s0})"),
        "ones": _filled("ones"),
        "zeros": _filled("zeros"),
        "unit": sized("unit({0}, {s0})"),
        "add_diagonal": _add_diagonal,
        "cholesky": "chol({0}, 'lower')",
        "cholesky_solve": ("{0:100}.' \\ (sound({0}, 2) \\ {1:61})", PRODUCT),
        "cholesky_half_solve": ("sound({0}, 2) \\ {1:61}", PRODUCT),
        "cholesky_inverse": ("{0:100}.' \\ inv(sound({0}, 2))", PRODUCT),
        "cholesky_trace_inverse": "total(inv(sound({0}, 2)) .^ 2)",
        "lu_solve": _lu_solve,
        "lu_inverse": lambda w, v: Code(f"lu_solve({w.text[v.args[0]]}, eye({w.size(v.shape[0])}), false)"),
        "triangular_solve": _triangular_solve,
        "triangular_inverse": "inv(sound({0}, 1))",
        "block": lambda w, v: Code(f"[{'; '.join(rows_of(v, w.text))}]"),
        "concatenate": lambda w, v: Code(f"[{'; '.join(w.text[a] for a in v.args)}]"),
    },
    operations={
        **dotted.OPERATIONS,
        **dotted.matrix_functions("@", "@(M) ", logm="real_logm", sqrtm="real_sqrtm"),
        "eigvalsh": "eig(symmetric_part({0}))",
        "eigvals": "eig({0})",
        "topproj": "top_projector(symmetric_part({0}), {p0})",
        "sumlargest": "sum_of_largest_eigenvalues(symmetric_part({0}), {p0})",
        "svdvals": "singular_values({0})",
        "normnuc": "sum(svd({0}))",
        "normspec": "norm({0})",
        "chol": "sound(chol({S0}, 'lower'), 2)",
    },
    factored={
        # MATLAB's eig takes a matrix for symmetric only when it is so to the last bit: what was computed never is.
        **dotted.parts_of("eigen(symmetric_part({0}))", eigvalsh="values", eigvecsh="V"),
        **dotted.parts_of("eigen({0})", eigvals="values", eigvecs="V", eigdual="dual_basis({F}.V)"),
        **dotted.parts_of("top_eigen(symmetric_part({0}), {p0})", topvals="values", topvecs="V"),
        **dotted.parts_of("singular({0})", svdu="U", svdvals="s", svdv="V"),
        **dotted.parts_of("orthogonal_triangular({0})", qrq="Q", qrr="R"),
        **dotted.parts_of("lu_without_interchanges({0})", lul="L", luu="U"),
        **dotted.parts_of("schur_form({0})", schurt="T", schurq="Q", schurpattern="double(tril({F}.T == 0, -1))"),
        **dotted.parts_of("hessenberg({0})", hessh="H", hessq="Q"),
    },
    helpers=dotted.functions_in("m"),
    refused=_refused,
    unfit=_unfit,
    row="{0:100}.'",
    flat="{0:100}",
    flat_row="{0:100}.'",
    first="{0:100}",
    single="{0:100}",
    reserved=frozenset({"i", "j", "pi", "e"}),
    keywords=dotted.KEYWORDS | _KEYWORDS,
    named=frozenset({"part", "gram"}),
)
