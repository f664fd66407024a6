"""NumPy: arrays by NumPy, factors and solves by LAPACK through SciPy; functions as evaluation has them."""

from __future__ import annotations

from keyword import kwlist

from frechet.compile.dialects.kernel_text import FACTORED, KERNELS, OPERATIONS, uses_of
from frechet.compile.dialects.spelling import COMMON, called, part, raised, rows_of, sized, unchanged, unfit
from frechet.compile.values import Value
from frechet.compile.writing import ATOM, POWER, PRODUCT, SUM, Code, Language, Template, Writer

__all__ = ["NUMPY", "PYTHON_WORDS", "UFUNCS", "array_templates", "dtype_of", "own_kernel"]

UFUNCS = (
    "sin", "cos", "tan", "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh", "arcsinh", "arccosh", "arctanh", "exp", "log", "log1p", "expm1", "sqrt",
    "abs", "sign", "square",
)  # fmt: skip
"""Kernels of one argument that all array libraries call alike."""
PYTHON_WORDS = frozenset({*kwlist, "np", "scipy", "jnp", "jax", "torch"})
"""Words of Python, and the libraries that code imports."""
_BINARY = {
    "add": "add", "sub": "subtract", "mul": "multiply", "div": "divide", "pow": "power", "maximum": "maximum",
    "minimum": "minimum",
}  # fmt: skip


def dtype_of(w: Writer) -> str:
    """An expression for the dtype of the inputs."""
    return next((f"{v.params[0]}.dtype" for v in w.program.order if v.kernel == "input" and v.ndim), "float")


def array_templates(np: str) -> dict[str, Template]:
    """What NumPy, jax.numpy and torch write alike."""
    functions = ("outer", "trace", "diagonal", "maximum", "minimum", "tril", "triu", *UFUNCS)
    return {
        **COMMON,
        **called(**{name: f"{np}.{name}" for name in functions}),
        **called(
            "quotient",
            "hypot",
            "nearby",
            "sigmoid",
            "softplus",
            "softmax",
            "logsumexp",
            "norm2",
            "xlogy",
            "log1mexp",
            "logcosh",
            "logerfc",
            "loghalferfc",
            "hazard",
            "hazardgap",
            "sech",
            "kron",
            khatrirao="khatri_rao",
            logisticpdf="logistic_density",
        ),
        **called("cholesky_solve", "cholesky_half_solve", "cholesky_inverse", "cholesky_trace_inverse"),
        **called("cholesky_logdet", "lu_solve", "lu_inverse", "lu_logdet", det="determinant"),
        "pi": f"{np}.pi",
        "column": "{0:100}[:, None]",
        "tall": "{0:100}[:, None]",
        "row": unchanged,
        "wide": "{0:100}[None, :]",
        "one_by_one": f"{np}.reshape({{0}}, (1, 1))",
        "div": ("{0:60} / {1:61}", PRODUCT),
        "pow": ("{0:81} ** {1:80}", POWER),
        "step": f"{np}.heaviside({{0}}, 0.5)",
        "relu": f"{np}.maximum({{0}}, 0)",
        "vm": ("{0:60} @ {1:61}", PRODUCT),
        "dot": ("{0:60} @ {1:61}", PRODUCT),
        "inner": "({0:60} * {1:61}).sum()",
        "sumsquares": f"{np}.square({{0}}).sum()",
        "rowdots": f'{np}.einsum("ij,ij->i", {{0}}, {{1}})',
        "coldots": f'{np}.einsum("ij,ij->j", {{0}}, {{1}})',
        "sum": "{0:100}.sum()",
        "prod": "{0:100}.prod()",
        "rowsum": "{0:100}.sum(axis=1)",
        "colsum": "{0:100}.sum(axis=0)",
        "mean": "{0:100}.mean()",
        "max": "{0:100}.max()",
        "min": "{0:100}.min()",
        "max_rows": "{0:100}.max(axis=1)",
        "min_rows": "{0:100}.min(axis=1)",
        "argmax": "attained({0}, {0:100}.max(keepdims=True))",
        "argmin": "attained({0}, {0:100}.min(keepdims=True))",
        "argmax_rows": "attained({0}, {0:100}.max(axis=1, keepdims=True))",
        "argmin_rows": "attained({0}, {0:100}.min(axis=1, keepdims=True))",
        "norm1": f"{np}.abs({{0}}).sum()",
        "softmax_rows": "softmax({0}, 1)",
        "logsumexp_rows": "logsumexp({0}, 1)",
        "part": lambda w, v: Code(part(w, v).replace(", :]", "]")),
        "matpow": f"{np}.linalg.matrix_power({{0}}, {{p0}})",
        "eye": sized(f"{np}.eye({{s0}}, dtype={{like}})"),
        "ones": sized(f"{np}.ones({{tuple}}, {{like}})"),
        "zeros": sized(f"{np}.zeros({{tuple}}, {{like}})"),
        "ptrace1": f'{np}.einsum("kikj->ij", {{0:100}}.reshape({{p0}}, {{s0}}, {{p0}}, {{s1}}))',
        "ptrace2": f'{np}.einsum("ikjk->ij", {{0:100}}.reshape({{s0}}, {{p0}}, {{s1}}, {{p0}}))',
        "vee": ("{0:100}[[2, 0, 1], [1, 2, 0]] / 2 - {0:100}[[1, 2, 0], [2, 0, 1]] / 2", SUM),
        "vec": '{0:100}.reshape(-1, order="F")',
        "unvec": '{0:100}.reshape({s0}, {s1}, order="F")',
        "block": lambda w, v: Code(f"{np}.block([{', '.join(f'[{row}]' for row in rows_of(v, w.text))}])"),
        "concatenate": _concatenate(np),
    }


def _concatenate(np: str) -> Template:
    def template(w: Writer, v: Value) -> Code:
        parts = [w.text[a] if a.ndim else f"{np}.array([{w.text[a]}])" for a in v.args]
        return Code(f"{np}.concatenate([{', '.join(parts)}])")

    return template


# --- NumPy alone ------------------------------------------------------------------------------------------


def _function(name: str) -> Template:
    """A function of NumPy; of a constant a plain number, since NumPy's float64 would widen arrays of float32."""

    def template(w: Writer, v: Value) -> Code:
        text = f"np.{name}({w.text[v.args[0]]})"
        return Code(text if v.ndim or v.varies else f"float({text})")

    return template


def _add_diagonal(w: Writer, v: Value) -> Code:
    A, d = v.args
    is_fresh = w.uses[A] == 1 and not A.kind.is_view and A.kernel != "input"
    return Code(f"add_to_diagonal({w.text[A] if is_fresh else f'{w.text[A]:{ATOM}}.copy()'}, {w.text[d]})")


def _triangular_product(w: Writer, v: Value) -> Code:
    """B*T is (T'*B')'."""
    side, lower, is_transposed = v.params
    T, B = (w.text[a] for a in v.args)
    if side == "left":
        return Code(f"triangular_product({T}, {B}, {lower}, {is_transposed})")
    return Code(f"triangular_product({T}, {B:{ATOM}}.T, {lower}, {not is_transposed}).T")


def _kron(w: Writer, v: Value) -> Code:
    A, B = v.args
    if B.kernel == "eye":
        return Code(f"kronecker_eye({w.text[A]}, {w.size(B.shape[0])})")
    if A.kernel == "eye":
        return Code(f"eye_kronecker({w.size(A.shape[0])}, {w.text[B]})")
    return Code(f"kronecker({w.text[A]}, {w.text[B]})")


def own_kernel(w: Writer, v: Value) -> Code:
    """An operation that has no text here, such as one that a user declared: it runs inside frechet by its own kernel."""
    number = w.program.without_text(w.language.writes).index(v)
    return Code(f"operation_kernel({', '.join([str(number), *[w.text[a] for a in v.args]])})")


NUMPY = Language(
    name="numpy",
    templates={
        **array_templates("np"),
        **{name: _function(name) for name in UFUNCS},
        **called("erf", "digamma", gammaln="log_gamma"),
        **called("nonzero", "inner", "sumsquares", "symmetric_product", "rank_2k", symv="symmetric_times"),
        **called(pow="np.power", diagm="diagonal_matrix", adj="adjugate"),
        "erfc": "scipy.special.erfc({0})",
        "hat": "np.cross(np.eye(3), {0})",
        "unit": sized("unit({0}, {s0}, {like})"),
        "commutation": sized("commutation({0}, {1}, {like})"),
        "add_diagonal": _add_diagonal,
        "kron": _kron,
        "trmm": _triangular_product,
        "cholesky": "cholesky({0}, {label!r})",
        "lu": "lu({0}, {label!r})",
        "triangular_solve": "triangular_solve({0}, {1}, {p0}, {p1}, {label!r})",
        "triangular_inverse": "triangular_inverse({0}, {p0}, {label!r})",
        "operation_kernel": own_kernel,
    },
    helpers=KERNELS,
    uses=uses_of,
    operations=OPERATIONS,
    factored=FACTORED,
    in_place={name: (0, f"np.{name}({{0}}, out={{0}})") for name in UFUNCS}
    | {  # NumPy itself writes over a first argument that is a temporary
        "sub": (1, "np.subtract({0}, {1}, out={1})"),
        "div": (1, "np.divide({0}, {1}, out={1})"),
    },
    into={name: f"np.{name}({{0}}, out={{out}})" for name in UFUNCS}
    | {name: f"np.{ufunc}({{0}}, {{1}}, out={{out}})" for name, ufunc in _BINARY.items()},
    reserved=frozenset({"np", "scipy", "cache", "erf", "operation_kernel"}),
    keywords=PYTHON_WORDS,
    like=dtype_of,
    refused=raised("np.iscomplexobj"),
    unfit=unfit,
    copy=".copy()",
)
