"""The JAX target: pure functions of arrays, to be jitted, batched, differentiated and sharded further."""

from __future__ import annotations

from frechet.compile import native_jax
from frechet.compile.dialects.kernel_text import partial_traces
from frechet.compile.dialects.numpy import array_templates, black_box, decimal_number, dtype_of, unchanged
from frechet.compile.native_rows import JAX_JOINT, JAX_ONLY_IN_CODE, JAX_ROWS, row_texts
from frechet.compile.values import Value
from frechet.compile.writing import ATOM, PRODUCT, SUM, Code, Language, Writer

__all__ = ["JAX"]

_HELPERS = {
    "cholesky_solve": '''
def cholesky_solve(L, B):
    """inv(L*L')*B"""
    return jax.scipy.linalg.cho_solve((L, True), B) * soundness(jnp, L.T, 2)
''',
    "cholesky_half_solve": '''
def cholesky_half_solve(L, B):
    """inv(L)*B"""
    return jax.scipy.linalg.solve_triangular(L, B, lower=True) * soundness(jnp, L.T, 2)
''',
    "cholesky_inverse": '''
def cholesky_inverse(L):
    """inv(L*L')"""
    return jax.scipy.linalg.cho_solve((L, True), jnp.eye(len(L), dtype=L.dtype)) * soundness(jnp, L.T, 2)
''',
    "cholesky_trace_inverse": '''
def cholesky_trace_inverse(L):
    """tr(inv(L*L')), the sum of the squares of inv(L)"""
    half = jax.scipy.linalg.solve_triangular(L, jnp.eye(len(L), dtype=L.dtype), lower=True)
    return jnp.square(half).sum() * soundness(jnp, L.T, 2)
''',
    "cholesky_logdet": '''
def cholesky_logdet(L):
    """log(det(L*L'))"""
    return 2 * jnp.log(jnp.diagonal(L)).sum() * soundness(jnp, L.T, 2)
''',
    "lu": '''
def lu(A):
    """The factors P*L*U = A, as LAPACK holds them"""
    return jax.scipy.linalg.lu_factor(A)
''',
    "lu_solve": '''
def lu_solve(LU, B, transposed=False):
    """inv(A)*B, or inv(A')*B"""
    return jax.scipy.linalg.lu_solve(LU, B, trans=1 if transposed else 0) * soundness(jnp, LU[0])
''',
    "lu_inverse": '''
def lu_inverse(LU):
    """inv(A)"""
    return jax.scipy.linalg.lu_solve(LU, jnp.eye(len(LU[0]), dtype=LU[0].dtype)) * soundness(jnp, LU[0])
''',
    "lu_logdet": '''
def lu_logdet(LU):
    """log|det(A)|"""
    return jnp.log(jnp.abs(jnp.diagonal(LU[0]))).sum() * soundness(jnp, LU[0])
''',
    "triangular_solve": '''
def triangular_solve(T, B, lower, trans):
    """inv(T)*B for a triangular T, or inv(T')*B"""
    return jax.scipy.linalg.solve_triangular(T, B, lower=lower, trans=trans) * soundness(jnp, T.T if lower else T)
''',
    "plus_transpose": '''
def plus_transpose(C):
    """C + C'"""
    return C + C.T
''',
    "add_to_diagonal": '''
def add_to_diagonal(A, d):
    """A + diag(d)"""
    i = jnp.arange(len(A))
    return A.at[i, i].add(d)
''',
    "quotient": '''
def quotient(a, b):
    """a/b, where 0/0 counts as 0: b is a norm, or a root."""
    vanishing = (a == 0) & (b == 0)
    return jnp.where(vanishing, 0, a / jnp.where(vanishing, 1, b))
''',
    "softmax": '''
def softmax(A, axis=None):
    """exp(A) over its sum, or over the sum of each row"""
    return jax.nn.softmax(A, axis)
''',
    "logsumexp": '''
def logsumexp(A, axis=None):
    """log(sum(exp(A))), of all entries or of each row"""
    return jax.nn.logsumexp(A, axis)
''',
    "attained": '''
def attained(A, extreme):
    """Where the extreme entry is attained; entries that tie share equally."""
    at = extreme == A
    return at / at.sum(axis=None if extreme.size == 1 else 1, keepdims=True)
''',
    "kronecker": '''
def kronecker(A, B):
    """A ⊗ B: the blocks A[i,j]*B"""
    return jnp.kron(A, B)
''',
    "kronecker_eye": '''
def kronecker_eye(A, p):
    """A ⊗ eye(p)"""
    return jnp.kron(A, jnp.eye(p, dtype=A.dtype))
''',
    "eye_kronecker": '''
def eye_kronecker(p, A):
    """eye(p) ⊗ A"""
    return jnp.kron(jnp.eye(p, dtype=A.dtype), A)
''',
    "khatri_rao": '''
def khatri_rao(A, B):
    """Column by column the Kronecker product"""
    return (A[:, None, :] * B[None, :, :]).reshape(-1, A.shape[1])
''',
}


def _add_diagonal(w: Writer, v: Value) -> Code:
    return Code(f"add_to_diagonal({w.text[v.args[0]]}, {w.text[v.args[1]]})")


def _filled(fill: str):
    def template(w: Writer, v: Value) -> Code:
        shape = ", ".join(w.size(s) for s in v.shape)
        return Code(f"jnp.{fill}(({shape},), {dtype_of(w)})")

    return template


def _triangular(w: Writer, v: Value) -> Code:
    T, B = (w.text[a] for a in v.args)
    lower, flipped = v.params
    return Code(f"triangular_solve({T}, {B}, {lower}, {int(flipped)})")


def _triangular_product(w: Writer, v: Value) -> Code:
    side, _, flipped = v.params
    T, B = (w.text[a] for a in v.args)
    T = Code(f"{T:100}.T") if flipped else T
    left, right = (T, B) if side == "left" else (B, T)
    return Code(f"{left:{PRODUCT}} @ {right:{PRODUCT + 1}}", PRODUCT)


_NATIVE = row_texts("jnp", {**JAX_ROWS, **JAX_ONLY_IN_CODE}, JAX_JOINT, native_jax)

JAX = Language(
    name="jax",
    templates={
        **array_templates("jnp"),
        "sigmoid": ("jax.nn.sigmoid({0})", ATOM),
        "softplus": ("jax.nn.softplus({0})", ATOM),
        "erf": ("jax.scipy.special.erf({0})", ATOM),
        "hat": ("jnp.cross(jnp.eye(3, dtype={0:100}.dtype), {0})", ATOM),
        "vee": (
            "{0:100}[jnp.array([2, 0, 1]), jnp.array([1, 2, 0])] / 2"
            " - {0:100}[jnp.array([1, 2, 0]), jnp.array([2, 0, 1])] / 2",
            SUM,
        ),
        "eye": lambda w, v: Code(f"jnp.eye({w.size(v.shape[0])}, dtype={dtype_of(w)})"),
        "ones": _filled("ones"),
        "zeros": _filled("zeros"),
        "unit": lambda w, v: Code(f"jnp.eye({w.size(v.shape[0])}, dtype={dtype_of(w)})[{w.size(v.params[0] - 1)}]"),
        "commutation": lambda w, v: Code(
            f"jnp.eye({w.size(v.shape[0])}, dtype={dtype_of(w)})"
            f"[jnp.arange({w.size(v.shape[0])}).reshape({w.size(v.params[0])}, {w.size(v.params[1])}, order='F').ravel()]"
        ),
        "add_diagonal": _add_diagonal,
        "diagm": ("jnp.diag({0})", ATOM),
        "inner": ("({0:60} * {1:61}).sum()", ATOM),
        "sumsquares": ("jnp.square({0}).sum()", ATOM),
        "rank_2k": ("plus_transpose({0:60} @ {1:100}.T)", ATOM),
        "symmetric_product": ("{0:60} @ {1:61}", PRODUCT),
        "trmm": _triangular_product,
        "cholesky": ("jnp.linalg.cholesky({0})", ATOM),
        "lu": ("lu({0})", ATOM),
        "lu_of_any": unchanged,
        "lu_det": ("jnp.linalg.det({0})", ATOM),
        "triangular_solve": _triangular,
        "triangular_inverse": lambda w, v: Code(
            f"triangular_solve({w.text[v.args[0]]}, jnp.eye({w.size(v.shape[0])}, dtype={dtype_of(w)}), {v.params[0]}, 0)"
        ),
        "vec": ('{0:100}.reshape(-1, order="F")', ATOM),
        "unvec": ('{0:100}.reshape({s0}, {s1}, order="F")', ATOM),
        "row_kernel": black_box,
        "adj": ("adjugate(jnp, {0})", ATOM),
    },
    helpers={**_HELPERS, **_NATIVE.helpers},
    rows={**_NATIVE.rows, **partial_traces("jnp")},
    factored=_NATIVE.factored,
    instead="; frechet.jax.linalg computes it on the host",
    reserved=frozenset({"jax", "jnp"}),
    number=decimal_number,
)
