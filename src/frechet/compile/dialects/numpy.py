"""The NumPy target: NumPy for the array work, BLAS and LAPACK through SciPy for factors and solves."""

from __future__ import annotations

from fractions import Fraction

from frechet.compile.dialects.dotted import entrywise_product
from frechet.compile.dialects.kernel_text import FACTORED, ROWS, Sources, uses_of
from frechet.compile.values import INPUTS, Value
from frechet.compile.writing import (
    ATOM,
    POWER,
    PRODUCT,
    SUM,
    UNARY,
    VIEWS,
    Code,
    Language,
    Writer,
)
from frechet.errors import FrechetError
from frechet.expr.sizes import ONE

__all__ = ["NUMPY", "array_templates", "black_box", "decimal_number", "elementwise_functions", "unchanged"]


def decimal_number(value: Fraction) -> Code:
    """A constant: whole, or a decimal, or a quotient where no decimal is exact."""
    strength = UNARY if value < 0 else ATOM
    if value.denominator == 1:
        return Code(str(value.numerator), strength)
    short = f"{float(value)!r}"
    if Fraction(short) == value:
        return Code(short, strength)
    return Code(f"{value.numerator} / {value.denominator}", PRODUCT)


def dtype_of(w: Writer) -> str:
    """An expression for the dtype of the inputs."""
    for v in w.program.order:
        if v.kernel in ("input", "vector_input"):
            return f"{v.params[0]}.dtype"
    return "float"


def _add_diagonal(w: Writer, v: Value) -> Code:
    A, d = v.args
    fresh = w.uses[A] == 1 and A.kernel not in VIEWS and A.kernel not in INPUTS
    A_text = w.text[A] if fresh else f"{w.text[A]:{ATOM}}.copy()"
    return Code(f"add_to_diagonal({A_text}, {w.text[d]})")


def _kron(w: Writer, v: Value) -> Code:
    A, B = v.args
    if B.kernel == "eye":
        return Code(f"kronecker_eye({w.text[A]}, {w.size(B.shape[0])})")
    if A.kernel == "eye":
        return Code(f"eye_kronecker({w.size(A.shape[0])}, {w.text[B]})")
    return Code(f"kronecker({w.text[A]}, {w.text[B]})")


def _block(np: str):
    def template(w: Writer, v: Value) -> Code:
        rows, start = [], 0
        for count in v.params[0]:
            rows.append("[" + ", ".join(w.text[a] for a in v.args[start : start + count]) + "]")
            start += count
        return Code(f"{np}.block([{', '.join(rows)}])")

    return template


def _concatenate(np: str):
    def template(w: Writer, v: Value) -> Code:
        parts = [f"{np}.array([{w.text[a]}])" if a.ndim == 0 else w.text[a] for a in v.args]
        return Code(f"{np}.concatenate([{', '.join(parts)}])")

    return template


def black_box(w: Writer, v: Value) -> Code:
    """An operation that a user declared, in a language that has words of its own for all others."""
    if not v.params[3].op.black_box:
        raise FrechetError(f"there is no {w.language.name} code for {w.title(v)}{w.language.instead}")
    return _row_kernel(w, v)


def _row_kernel(w: Writer, v: Value) -> Code:
    """A row that has no text here, such as one that a user declared: it runs inside frechet by its own kernel."""
    number = [u for u in w.program.order if u.kernel == "row_kernel" and not w.language.writes(u.params[0])].index(v)
    arguments = "".join(f", {w.text[a]}" for a in v.args)
    return Code(f"row_kernel({number}{arguments})")


def _ones(fill: str):
    def template(w: Writer, v: Value) -> Code:
        shape = ", ".join(w.size(s) for s in v.shape)
        shape = f"({shape})" if len(v.shape) > 1 else shape
        return Code(f"np.{fill}({shape}, {dtype_of(w)})")

    return template


def _part(letters: str):
    def slices(w: Writer, v: Value) -> Code:
        p = v.params
        pairs = [(p[i], p[i + 1]) for i in range(0, len(p), 2)]
        inside = ", ".join(f"{w.size(a - 1)}:{w.size(b)}" for a, b in pairs)
        return Code(f"{w.text[v.args[0]]:{ATOM}}[{inside}]")

    return slices


def _at(pattern: str):
    def entry(w: Writer, v: Value) -> Code:
        positions = [w.size(p - 1) for p in v.params]
        return Code(f"{w.text[v.args[0]]:{ATOM}}[{pattern.format(*positions)}]")

    return entry


def elementwise_functions(module: str, names: dict[str, str]) -> dict[str, tuple[str, int]]:
    """Templates for functions of one argument."""
    return {kernel: (f"{module}{name}({{0}})", ATOM) for kernel, name in names.items()}


_UFUNCS = {
    "sin": "sin", "cos": "cos", "tan": "tan", "arcsin": "arcsin", "arccos": "arccos", "arctan": "arctan",
    "sinh": "sinh", "cosh": "cosh", "tanh": "tanh", "exp": "exp", "log": "log", "log1p": "log1p", "sqrt": "sqrt",
    "abs": "abs", "sign": "sign", "square": "square",
}  # fmt: skip


def _input(w: Writer, v: Value) -> Code:
    return Code(v.params[0])


def _vector_input(w: Writer, v: Value) -> Code:
    name, rows, _ = v.params
    return Code(f"{name}.reshape(-1)") if rows is ONE else Code(name)


def unchanged(w: Writer, v: Value) -> Code:
    """The argument itself: the language holds both alike."""
    return w.text[v.args[0]]


def _number(w: Writer, v: Value) -> Code:
    return w.language.number(v.params[0])


def _size(w: Writer, v: Value) -> Code:
    return w.size(v.params[0])


def array_templates(np: str) -> dict:
    """What NumPy and jax.numpy write alike."""
    return {
        "input": _input,
        "scalar_input": _input,
        "vector_input": _vector_input,
        "number": _number,
        "size": _size,
        "pi": (f"{np}.pi", ATOM),
        "T": ("{0:100}.T", ATOM),
        "column": ("{0:100}[:, None]", ATOM),
        "row": unchanged,
        "nonzero": unchanged,
        "tall": ("{0:100}[:, None]", ATOM),
        "wide": ("{0:100}[None, :]", ATOM),
        "mul": entrywise_product("*"),
        "add": ("{0:50} + {1:51}", SUM),
        "sub": ("{0:50} - {1:51}", SUM),
        "div": ("{0:60} / {1:61}", PRODUCT),
        "quotient": ("quotient({0}, {1})", ATOM),
        "pow": ("{0:81} ** {1:80}", POWER),
        "maximum": (f"{np}.maximum({{0}}, {{1}})", ATOM),
        "minimum": (f"{np}.minimum({{0}}, {{1}})", ATOM),
        "step": (f"{np}.heaviside({{0}}, 0.5)", ATOM),
        "relu": (f"{np}.maximum({{0}}, 0)", ATOM),
        "mm": ("{0:60} @ {1:61}", PRODUCT),
        "mv": ("{0:60} @ {1:61}", PRODUCT),
        "symv": ("{0:60} @ {1:61}", PRODUCT),
        "vm": ("{0:60} @ {1:61}", PRODUCT),
        "dot": ("{0:60} @ {1:61}", PRODUCT),
        "gram": ("{0:100}.T @ {0:61}", PRODUCT),
        "outer": (f"{np}.outer({{0}}, {{1}})", ATOM),
        "rowdots": (f'{np}.einsum("ij,ij->i", {{0}}, {{1}})', ATOM),
        "coldots": (f'{np}.einsum("ij,ij->j", {{0}}, {{1}})', ATOM),
        "trace": (f"{np}.trace({{0}})", ATOM),
        "diagonal": (f"{np}.diagonal({{0}})", ATOM),
        "sum": ("{0:100}.sum()", ATOM),
        "prod": ("{0:100}.prod()", ATOM),
        "rowsum": ("{0:100}.sum(axis=1)", ATOM),
        "colsum": ("{0:100}.sum(axis=0)", ATOM),
        "mean": ("{0:100}.mean()", ATOM),
        "max": ("{0:100}.max()", ATOM),
        "min": ("{0:100}.min()", ATOM),
        "max_rows": ("{0:100}.max(axis=1)", ATOM),
        "min_rows": ("{0:100}.min(axis=1)", ATOM),
        "argmax": ("attained({0}, {0:100}.max(keepdims=True))", ATOM),
        "argmin": ("attained({0}, {0:100}.min(keepdims=True))", ATOM),
        "argmax_rows": ("attained({0}, {0:100}.max(axis=1, keepdims=True))", ATOM),
        "argmin_rows": ("attained({0}, {0:100}.min(axis=1, keepdims=True))", ATOM),
        "norm1": (f"{np}.abs({{0}}).sum()", ATOM),
        "norm2": (f"{np}.linalg.norm({{0}})", ATOM),
        "softmax": ("softmax({0})", ATOM),
        "softmax_rows": ("softmax({0}, 1)", ATOM),
        "logsumexp": ("logsumexp({0})", ATOM),
        "logsumexp_rows": ("logsumexp({0}, 1)", ATOM),
        "index": _part(""),
        "part": _part(""),
        "entry": _at("{0}"),
        "matrix_entry": _at("{0}, {1}"),
        "matrix_row": _at("{0}"),
        "matrix_column": _at(":, {0}"),
        "tril": (f"{np}.tril({{0}})", ATOM),
        "triu": (f"{np}.triu({{0}})", ATOM),
        "matpow": (f"{np}.linalg.matrix_power({{0}}, {{p0}})", ATOM),
        "one_by_one": (f"{np}.reshape({{0}}, (1, 1))", ATOM),
        "sigmoid": ("sigmoid({0})", ATOM),
        "softplus": ("softplus({0})", ATOM),
        "ptrace1": (
            f'{np}.einsum("kikj->ij", {{0:100}}.reshape({{p0}}, {{s0}}, {{p0}}, {{s1}}))',
            ATOM,
        ),
        "ptrace2": (
            f'{np}.einsum("ikjk->ij", {{0:100}}.reshape({{s0}}, {{p0}}, {{s1}}, {{p0}}))',
            ATOM,
        ),
        "vee": (
            "{0:100}[[2, 0, 1], [1, 2, 0]] / 2 - {0:100}[[1, 2, 0], [2, 0, 1]] / 2",
            SUM,
        ),
        "cholesky_solve": ("cholesky_solve({0}, {1})", ATOM),
        "cholesky_half_solve": ("cholesky_half_solve({0}, {1})", ATOM),
        "cholesky_inverse": ("cholesky_inverse({0})", ATOM),
        "cholesky_trace_inverse": ("cholesky_trace_inverse({0})", ATOM),
        "cholesky_logdet": ("cholesky_logdet({0})", ATOM),
        "lu_solve": ("lu_solve({0}, {1}, {p0})", ATOM),
        "lu_inverse": ("lu_inverse({0})", ATOM),
        "lu_logdet": ("lu_logdet({0})", ATOM),
        "lu_det": ("lu_det({0})", ATOM),
        "block": _block(np),
        "concatenate": _concatenate(np),
        "kron": _kron,
        "khatrirao": ("khatri_rao({0}, {1})", ATOM),
        **elementwise_functions(np + ".", _UFUNCS),
    }


def _function(name: str):
    """A function of NumPy; of a constant a plain number, since NumPy's float64 would widen arrays of float32."""

    def template(w: Writer, v: Value) -> Code:
        text = f"np.{name}({w.text[v.args[0]]})"
        return Code(text if v.ndim or v.varies else f"float({text})")

    return template


_NUMPY = {
    **array_templates("np"),
    **{kernel: _function(name) for kernel, name in _UFUNCS.items()},
    "pow": ("np.power({0}, {1})", ATOM),
    "erf": ("erf({0})", ATOM),
    "nonzero": ("nonzero({0})", ATOM),
    "hat": ("np.cross(np.eye(3), {0})", ATOM),
    "eye": lambda w, v: Code(f"np.eye({w.size(v.shape[0])}, dtype={dtype_of(w)})"),
    "ones": _ones("ones"),
    "zeros": _ones("zeros"),
    "unit": lambda w, v: Code(f"unit({w.size(v.params[0])}, {w.size(v.shape[0])}, {dtype_of(w)})"),
    "commutation": lambda w, v: Code(f"commutation({w.size(v.params[0])}, {w.size(v.params[1])}, {dtype_of(w)})"),
    "add_diagonal": _add_diagonal,
    "diagm": ("diagonal_matrix({0})", ATOM),
    "inner": ("inner({0}, {1})", ATOM),
    "sumsquares": ("sumsquares({0})", ATOM),
    "symmetric_product": ("symmetric_product({0}, {1})", ATOM),
    "rank_2k": ("rank_2k({0}, {1})", ATOM),
    "symv": ("symmetric_times({0}, {1})", ATOM),
    "trmm": lambda w, v: _triangular_product(w, v),
    "cholesky": ("cholesky({0}, {label!r})", ATOM),
    "lu": ("lu({0}, {label!r})", ATOM),
    "lu_of_any": ("lu({0}, '')", ATOM),
    "triangular_solve": ("triangular_solve({0}, {1}, {p0}, {p1}, {label!r})", ATOM),
    "triangular_inverse": ("triangular_inverse({0}, {p0}, {label!r})", ATOM),
    "vec": ('{0:100}.reshape(-1, order="F")', ATOM),
    "unvec": ('{0:100}.reshape({s0}, {s1}, order="F")', ATOM),
    "adj": ("adjugate({0})", ATOM),
    "row_kernel": _row_kernel,
}


def _triangular_product(w: Writer, v: Value) -> Code:
    """B*T is (T'*B')'."""
    side, lower, flipped = v.params
    T, B = (w.text[a] for a in v.args)
    if side == "left":
        return Code(f"triangular_product({T}, {B}, {lower}, {flipped})")
    return Code(f"triangular_product({T}, {B:{ATOM}}.T, {lower}, {not flipped}).T")


_IN_PLACE = {name: (0, f"np.{ufunc}({{0}}, out={{0}})") for name, ufunc in _UFUNCS.items()}
_IN_PLACE |= {  # NumPy itself writes over a first argument that is a temporary
    "sub": (1, "np.subtract({0}, {1}, out={1})"),
    "div": (1, "np.divide({0}, {1}, out={1})"),
}

_BINARY = {
    "add": "add", "sub": "subtract", "mul": "multiply", "div": "divide", "pow": "power", "maximum": "maximum",
    "minimum": "minimum",
}  # fmt: skip
_INTO = {name: f"np.{ufunc}({{0}}, out={{out}})" for name, ufunc in _UFUNCS.items()}
_INTO |= {name: f"np.{ufunc}({{0}}, {{1}}, out={{out}})" for name, ufunc in _BINARY.items()}

NUMPY = Language(
    name="numpy",
    templates=_NUMPY,
    helpers=Sources(),
    uses=uses_of,
    rows=ROWS,
    factored=FACTORED,
    in_place=_IN_PLACE,
    into=_INTO,
    reserved=frozenset({"np", "scipy", "cache", "erf", "row_kernel"}),
    copy=".copy()",
    number=decimal_number,
)
