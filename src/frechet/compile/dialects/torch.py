"""The PyTorch target: functions of tensors that autograd follows."""

from __future__ import annotations

from frechet.compile import native_torch
from frechet.compile.dialects.kernel_text import partial_traces
from frechet.compile.dialects.numpy import array_templates, black_box, decimal_number, elementwise_functions, unchanged
from frechet.compile.native_rows import COMPLEX_OF_REAL, TORCH_JOINT, TORCH_ROWS, row_texts
from frechet.compile.values import Value
from frechet.compile.writing import ATOM, PRODUCT, SUM, Code, Language, Writer
from frechet.expr.node import symbols

__all__ = ["TORCH"]

_HELPERS = {
    "cholesky_solve": '''
def cholesky_solve(L, B):
    """inv(L*L')*B"""
    X = torch.cholesky_solve(B[:, None], L)[:, 0] if B.ndim == 1 else torch.cholesky_solve(B, L)
    return X * soundness(torch, L.T, 2)
''',
    "cholesky_half_solve": '''
def cholesky_half_solve(L, B):
    """inv(L)*B"""
    columns = B[:, None] if B.ndim == 1 else B
    X = torch.linalg.solve_triangular(L, columns, upper=False)
    return X.reshape(B.shape) * soundness(torch, L.T, 2)
''',
    "triangular_solve": '''
def triangular_solve(T, B, upper):
    """inv(T)*B for a triangular T; not finite where T is singular up to rounding"""
    columns = B[:, None] if B.ndim == 1 else B
    X = torch.linalg.solve_triangular(T, columns, upper=upper)
    return X.reshape(B.shape) * soundness(torch, T if upper else T.T)
''',
    "cholesky_inverse": '''
def cholesky_inverse(L):
    """inv(L*L')"""
    return torch.cholesky_inverse(L) * soundness(torch, L.T, 2)
''',
    "cholesky_trace_inverse": '''
def cholesky_trace_inverse(L):
    """tr(inv(L*L')), the sum of the squares of inv(L)"""
    return cholesky_half_solve(L, torch.eye(len(L), dtype=L.dtype, device=L.device)).square().sum()
''',
    "cholesky_logdet": '''
def cholesky_logdet(L):
    """log(det(L*L'))"""
    return 2 * torch.log(torch.diagonal(L)).sum() * soundness(torch, L.T, 2)
''',
    "lu_solve": '''
def lu_solve(LU, B, transposed=False):
    """inv(A)*B, or inv(A')*B"""
    columns = B[:, None] if B.ndim == 1 else B
    X = torch.linalg.lu_solve(*LU, columns.conj() if transposed else columns, adjoint=transposed).reshape(B.shape)
    return (X.conj() if transposed else X) * soundness(torch, LU[0])
''',
    "lu_inverse": '''
def lu_inverse(LU):
    """inv(A)"""
    return lu_solve(LU, torch.eye(len(LU[0]), dtype=LU[0].dtype, device=LU[0].device))
''',
    "lu_logdet": '''
def lu_logdet(LU):
    """log|det(A)|"""
    return torch.log(torch.diagonal(LU[0]).abs()).sum() * soundness(torch, LU[0])
''',
    "plus_transpose": '''
def plus_transpose(C):
    """C + C'"""
    return C + C.T
''',
    "add_to_diagonal": '''
def add_to_diagonal(A, d):
    """A + diag(d)"""
    d = torch.as_tensor(d, dtype=A.dtype, device=A.device)
    return A + torch.diag(d.expand(len(A)))
''',
    "quotient": '''
def quotient(a, b):
    """a/b, where 0/0 counts as 0: b is a norm, or a root."""
    vanishing = (a == 0) & (b == 0)
    return torch.where(vanishing, 0, a / torch.where(vanishing, 1, b))
''',
    "softmax": '''
def softmax(A, axis=None):
    """exp(A) over its sum, or over the sum of each row"""
    return torch.softmax(A.reshape(-1), 0).reshape(A.shape) if axis is None else torch.softmax(A, axis)
''',
    "logsumexp": '''
def logsumexp(A, axis=None):
    """log(sum(exp(A))), of all entries or of each row"""
    return torch.logsumexp(A.reshape(-1), 0) if axis is None else torch.logsumexp(A, axis)
''',
    "attained": '''
def attained(A, extreme):
    """Where the extreme entry is attained; entries that tie share equally."""
    at = (extreme == A).to(A.dtype)
    return at / (at.sum() if extreme.numel() == 1 else at.sum(1, keepdim=True))
''',
    "kronecker": '''
def kronecker(A, B):
    """A ⊗ B: the blocks A[i,j]*B"""
    if A.ndim == 1:
        return torch.outer(A, B).reshape(-1)
    (m, n), (p, q) = A.shape, B.shape
    return (A[:, None, :, None] * B[None, :, None, :]).reshape(m * p, n * q)
''',
    "khatri_rao": '''
def khatri_rao(A, B):
    """Column by column the Kronecker product"""
    return (A[:, None, :] * B[None, :, :]).reshape(-1, A.shape[1])
''',
    "heaviside": '''
def heaviside(x):
    """1 for positive x, 0 for negative, 1/2 at 0"""
    return (torch.sign(x) + 1) / 2
''',
}
_FUNCTIONS = [
    "sin", "cos", "tan", "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh", "exp", "log", "log1p", "sqrt", "abs",
    "sign", "square", "sigmoid", "erf",
]  # fmt: skip


def _like(w: Writer) -> str:
    """dtype and device of the first array that comes in; of the first number, where no arrays do."""
    given = symbols(*w.program.exprs)
    arrays = [s.name for s in given if not s.is_scalar] + [f"torch.as_tensor({s.name})" for s in given if s.is_scalar]
    return f"dtype={arrays[0]}.dtype, device={arrays[0]}.device" if arrays else "dtype=torch.get_default_dtype()"


def _made(call: str):
    def template(w: Writer, v: Value) -> Code:
        sizes = [w.size(s) for s in v.shape]
        params = [w.size(p) for p in v.params]
        return Code(call.format(*sizes, shape=", ".join(sizes), params=params, like=_like(w), n=len(sizes)))

    return template


def _of_tensors(pattern: str):
    """A function that takes tensors alone; of a plain number, of a tensor made of it."""

    def template(w: Writer, v: Value) -> Code:
        return Code(pattern.format(*[_tensor(w, a) for a in v.args]))

    return template


def _tensor(w: Writer, a: Value) -> Code:
    if a.ndim or a.varies:
        return w.text[a]
    return Code(f"torch.as_tensor({w.text[a]}, {_like(w)})")


def _triangular(w: Writer, v: Value) -> Code:
    lower, flipped = v.params
    T = f"{w.text[v.args[0]]:100}.T" if flipped else w.text[v.args[0]]
    return Code(f"triangular_solve({T}, {w.text[v.args[1]]}, {lower is flipped})")


def _triangular_product(w: Writer, v: Value) -> Code:
    side, _, flipped = v.params
    T, B = (w.text[a] for a in v.args)
    T = Code(f"{T:100}.T") if flipped else T
    left, right = (T, B) if side == "left" else (B, T)
    return Code(f"{left:{PRODUCT}} @ {right:{PRODUCT + 1}}", PRODUCT)


def _kron(w: Writer, v: Value) -> Code:
    return Code(f"kronecker({w.text[v.args[0]]}, {w.text[v.args[1]]})")


def _block(w: Writer, v: Value) -> Code:
    rows, start = [], 0
    for count in v.params[0]:
        rows.append("torch.cat([" + ", ".join(w.text[a] for a in v.args[start : start + count]) + "], 1)")
        start += count
    return Code(f"torch.cat([{', '.join(rows)}])")


def _concatenate(w: Writer, v: Value) -> Code:
    parts = [f"torch.as_tensor({w.text[a]}, {_like(w)}).reshape(1)" if a.ndim == 0 else w.text[a] for a in v.args]
    return Code(f"torch.cat([{', '.join(parts)}])")


_NATIVE = row_texts("torch", TORCH_ROWS, TORCH_JOINT, native_torch, COMPLEX_OF_REAL)

TORCH = Language(
    name="torch",
    templates={
        **array_templates("torch"),
        **{k: _of_tensors(t[0]) for k, t in elementwise_functions("torch.", {n: n for n in _FUNCTIONS}).items()},
        "column": ("{0:100}[:, None]", ATOM),
        "maximum": _of_tensors("torch.maximum({0}, {1})"),
        "minimum": _of_tensors("torch.minimum({0}, {1})"),
        "relu": _of_tensors("torch.relu({0})"),
        "step": ("heaviside({0})", ATOM),
        "softplus": ("torch.nn.functional.softplus({0}, threshold=50)", ATOM),
        "norm2": ("torch.linalg.norm({0})", ATOM),
        "max": ("{0:100}.amax()", ATOM),
        "min": ("{0:100}.amin()", ATOM),
        "max_rows": ("{0:100}.amax(1)", ATOM),
        "min_rows": ("{0:100}.amin(1)", ATOM),
        "argmax": ("attained({0}, {0:100}.amax())", ATOM),
        "argmin": ("attained({0}, {0:100}.amin())", ATOM),
        "argmax_rows": ("attained({0}, {0:100}.amax(1, keepdim=True))", ATOM),
        "argmin_rows": ("attained({0}, {0:100}.amin(1, keepdim=True))", ATOM),
        "rowdots": ("({0:60} * {1:61}).sum(1)", ATOM),
        "coldots": ("({0:60} * {1:61}).sum(0)", ATOM),
        "rowsum": ("{0:100}.sum(1)", ATOM),
        "colsum": ("{0:100}.sum(0)", ATOM),
        "eye": _made("torch.eye({0}, {like})"),
        "ones": _made("torch.ones(({shape},), {like})"),
        "zeros": _made("torch.zeros(({shape},), {like})"),
        "unit": _made("torch.eye({0}, {like})[{params[0]} - 1]"),
        "commutation": _made(
            "torch.eye({0}, {like})[torch.arange({0}).reshape({params[1]}, {params[0]}).T.reshape(-1)]"
        ),
        "add_diagonal": ("add_to_diagonal({0}, {1})", ATOM),
        "diagm": ("torch.diag({0})", ATOM),
        "inner": ("({0:60} * {1:61}).sum()", ATOM),
        "sumsquares": ("torch.square({0}).sum()", ATOM),
        "rank_2k": ("plus_transpose({0:60} @ {1:100}.T)", ATOM),
        "symmetric_product": ("{0:60} @ {1:61}", PRODUCT),
        "trmm": _triangular_product,
        "cholesky": ("torch.linalg.cholesky({0})", ATOM),
        "lu": ("torch.linalg.lu_factor_ex({0})[:2]", ATOM),
        "lu_of_any": unchanged,
        "nonzero": unchanged,
        "lu_det": ("torch.linalg.det({0})", ATOM),
        "triangular_solve": _triangular,
        "triangular_inverse": lambda w, v: Code(
            f"triangular_solve({w.text[v.args[0]]}, torch.eye({w.size(v.shape[0])}, {_like(w)}), {not v.params[0]})"
        ),
        "one_by_one": _of_tensors("{0:100}.reshape(1, 1)"),
        "hat": ("torch.linalg.cross(torch.eye(3, dtype={0:100}.dtype), {0:100}.expand(3, 3))", ATOM),
        "vee": ("{0:100}[[2, 0, 1], [1, 2, 0]] / 2 - {0:100}[[1, 2, 0], [2, 0, 1]] / 2", SUM),
        "vec": ("{0:100}.T.reshape(-1)", ATOM),
        "unvec": ("{0:100}.reshape({s1}, {s0}).T", ATOM),
        "row_kernel": black_box,
        "adj": ("adjugate(torch, {0})", ATOM),
        "kron": _kron,
        "block": _block,
        "concatenate": _concatenate,
    },
    helpers={**_HELPERS, **_NATIVE.helpers},
    rows={**_NATIVE.rows, **partial_traces("torch")},
    factored=_NATIVE.factored,
    instead="; frechet.torch.linalg computes it on the host",
    reserved=frozenset({"torch"}),
    copy=".clone()",
    has_mutable_scalars=True,
    number=decimal_number,
)
