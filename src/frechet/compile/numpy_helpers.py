"""Helper functions of the NumPy target, as source: a program carries those that it calls.

LAPACK and BLAS are called as SciPy exposes them, column-major. A row-major array is passed as its transpose, so
that nothing is copied only to change the order in memory.
"""

from __future__ import annotations

__all__ = ["HELPERS"]

HELPERS: dict[str, str] = {
    "routine": '''
@cache
def routine(name, dtype):
    """The LAPACK or BLAS routine for a dtype: dpotrf for potrf and float64."""
    prefix = {"f": "s", "d": "d", "F": "c", "D": "z"}[dtype]
    return getattr(lapack, prefix + name, None) or getattr(blas, prefix + name)
''',
    "cholesky": '''
def cholesky(A, name):
    """The lower L with A = L*L' (its upper triangle is not set); LinAlgError when A is not positive definite."""
    L, info = routine("potrf", A.dtype.char)(A.T, lower=1, clean=0)
    if info:
        raise np.linalg.LinAlgError(f"{name} is not positive definite")
    return L
''',
    "cholesky_solve": '''
def cholesky_solve(L, B):
    """inv(L*L')*B"""
    if B.ndim == 1:
        return routine("potrs", L.dtype.char)(L, B, lower=1)[0]
    trsm = routine("trsm", L.dtype.char)
    Z = trsm(1.0, L, B.T, side=1, lower=1, trans_a=1)
    return trsm(1.0, L, Z, side=1, lower=1, overwrite_b=1).T
''',
    "cholesky_half_solve": '''
def cholesky_half_solve(L, B):
    """inv(L)*B"""
    if B.ndim == 1:
        return routine("trsv", L.dtype.char)(L, B, lower=1)
    return routine("trsm", L.dtype.char)(1.0, L, B.T, side=1, lower=1, trans_a=1).T
''',
    "cholesky_inverse": '''
def cholesky_inverse(L):
    """inv(L*L')"""
    return mirrored(routine("potri", L.dtype.char)(L, lower=1)[0])
''',
    "mirrored": '''
def mirrored(S, block=128):
    """The symmetric matrix of which S holds the lower triangle; S is overwritten."""
    n = len(S)
    for i in range(0, n, block):
        j = min(i + block, n)
        corner = np.tril(S[i:j, i:j])
        S[i:j, i:j] = corner + np.tril(corner, -1).T
        S[i:j, j:] = S[j:, i:j].T
    return S
''',
    "cholesky_trace_inverse": '''
def cholesky_trace_inverse(L):
    """tr(inv(L*L')), the sum of the squares of inv(L)."""
    Z = np.tril(routine("trtri", L.dtype.char)(L, lower=1)[0])
    return np.vdot(Z, Z)
''',
    "cholesky_logdet": '''
def cholesky_logdet(L):
    """log(det(L*L'))"""
    return 2 * np.log(np.diagonal(L)).sum()
''',
    "lu": '''
def lu(A, name):
    """P*L*U = A', as LAPACK holds it; LinAlgError when A is singular."""
    factors, pivots, info = routine("getrf", A.dtype.char)(A.T)
    if info > 0 and name:
        raise np.linalg.LinAlgError(f"{name} is singular")
    return factors, pivots
''',
    "lu_solve": '''
def lu_solve(LU, B, transposed=False):
    """inv(A)*B, or inv(A')*B, from the factors of A'"""
    factors, pivots = LU
    return routine("getrs", factors.dtype.char)(factors, pivots, B, trans=0 if transposed else 1)[0]
''',
    "lu_inverse": '''
def lu_inverse(LU):
    """inv(A) from the factors of A' = P*L*U: inv(U)*inv(L) by level-3 BLAS, its columns put back in order"""
    factors, pivots = LU
    n = len(factors)
    Z = routine("trtri", factors.dtype.char)(np.triu(factors), overwrite_c=1)[0]
    Z = routine("trsm", factors.dtype.char)(1.0, factors, Z, side=1, lower=1, diag=1, overwrite_b=1)
    order = list(range(n))
    for i, p in enumerate(pivots.tolist()):
        order[i], order[p] = order[p], order[i]
    inverse = np.empty((n, n), Z.dtype)
    inverse[order] = Z.T
    return inverse
''',
    "lu_logdet": '''
def lu_logdet(LU):
    """log|det(A)|"""
    return np.log(np.abs(np.diagonal(LU[0]))).sum()
''',
    "lu_det": '''
def lu_det(LU):
    """det(A)"""
    factors, pivots = LU
    swaps = np.count_nonzero(pivots != np.arange(len(pivots)))
    return -np.diagonal(factors).prod() if swaps % 2 else np.diagonal(factors).prod()
''',
    "triangular_solve": '''
def triangular_solve(T, B, lower, transposed, name):
    """inv(T)*B, or inv(T')*B, for a triangular T; LinAlgError when T is singular."""
    if not np.diagonal(T).all():
        raise np.linalg.LinAlgError(f"{name} is singular")
    if B.ndim == 1:
        return routine("trsv", T.dtype.char)(T.T, B, lower=not lower, trans=not transposed)
    return routine("trsm", T.dtype.char)(1.0, T.T, B.T, side=1, lower=not lower, trans_a=transposed).T
''',
    "triangular_inverse": '''
def triangular_inverse(T, lower, name):
    """inv(T) for a triangular T; LinAlgError when T is singular."""
    inverse, info = routine("trtri", T.dtype.char)(T.T, lower=not lower)
    if info > 0:
        raise np.linalg.LinAlgError(f"{name} is singular")
    return inverse.T
''',
    "triangular_product": '''
def triangular_product(T, B, lower, transposed):
    """T*B, or T'*B, for a triangular T: half the work of a full product."""
    trmm = routine("trmm", T.dtype.char)
    return trmm(1.0, T.T, B.T, side=1, lower=not lower, trans_a=transposed).T
''',
    "symmetric_product": '''
def symmetric_product(A, B, block=128):
    """A*B when it is symmetric: only the blocks on and above the diagonal are multiplied."""
    n = len(A)
    C = np.empty((n, n), np.result_type(A, B))
    block = max(block, -(-n // 6))
    for i in range(0, n, block):
        j = i + block
        C[i:j, i:] = A[i:j] @ B[:, i:]
        C[j:, i:j] = C[i:j, j:].T
    return C
''',
    "rank_2k": '''
def rank_2k(U, V):
    """U*V' + V*U', of which one triangle is computed"""
    return mirrored(routine("syr2k", U.dtype.char)(1.0, U.T, V.T, trans=1, lower=1))
''',
    "empty_like": '''
def empty_like(A):
    """An array for a result: the shape and the order in memory of A, and its kind of numbers unless whole."""
    return np.empty_like(A, np.result_type(A, np.float32))
''',
    "blocks": '''
def blocks(arrays, results, entries=16384):
    """Views of the same piece of all arrays in turn, small enough to stay in cache; results are written to."""
    access = [["readonly"]] * len(arrays) + [["writeonly"]] * len(results)
    return np.nditer([*arrays, *results], ["external_loop", "buffered"], access, order="K", buffersize=entries)
''',
    "symmetric_times": '''
def symmetric_times(S, x):
    """S*x for symmetric S, of which one triangle is read"""
    return routine("symv", S.dtype.char)(1.0, S if S.flags.f_contiguous else S.T, x, lower=1)
''',
    "add_to_diagonal": '''
def add_to_diagonal(A, d):
    """A + diag(d); A is overwritten."""
    diagonal = np.einsum("ii->i", A)
    diagonal += d
    return A
''',
    "diagonal_matrix": '''
def diagonal_matrix(d):
    """The matrix with d on the diagonal."""
    A = np.zeros((len(d), len(d)), d.dtype)
    A.ravel()[:: len(d) + 1] = d
    return A
''',
    "quotient": '''
def quotient(a, b):
    """a/b, where 0/0 counts as 0: b is a norm, or a root."""
    if np.ndim(b) == 0 and b != 0:
        return a / b
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where((a == 0) & (b == 0), 0, a / b)[()]
''',
    "inner": '''
def inner(A, B):
    """The sum of all entries of A .* B"""
    if A.flags.c_contiguous and B.flags.c_contiguous:
        return A.ravel() @ B.ravel()
    return np.einsum("ij,ij->", A, B) if A.strides == B.strides else A.ravel() @ B.ravel()
''',
    "sumsquares": '''
def sumsquares(A):
    """The sum of the squares of all entries"""
    a = A.ravel(order="K")
    return a @ a
''',
    "sigmoid": '''
def sigmoid(x):
    """1/(1 + exp(-x)); the exponential is of negative numbers only."""
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1, e) / (1 + e)
''',
    "softplus": '''
def softplus(x):
    """log(1 + exp(x)) without overflow"""
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))
''',
    "softmax": '''
def softmax(A, axis=None):
    """exp(A) over its sum, or over the sum of each row"""
    e = np.exp(A - A.max(axis=axis, keepdims=True))
    e /= e.sum(axis=axis, keepdims=True)
    return e
''',
    "logsumexp": '''
def logsumexp(A, axis=None):
    """log(sum(exp(A))), of all entries or of each row"""
    largest = A.max(axis=axis, keepdims=True)
    return np.squeeze(largest, axis)[()] + np.log(np.exp(A - largest).sum(axis=axis))
''',
    "attained": '''
def attained(A, extreme):
    """Where the extreme entry is attained; entries that tie share equally."""
    at = extreme == A
    return at / at.sum(axis=None if extreme.size == 1 else 1, keepdims=True).astype(A.dtype)
''',
    "kronecker": '''
def kronecker(A, B):
    """A ⊗ B: the blocks A[i,j]*B"""
    if A.ndim == 1:
        return np.outer(A, B).ravel()
    (m, n), (p, q) = A.shape, B.shape
    return (A[:, None, :, None] * B[None, :, None, :]).reshape(m * p, n * q)
''',
    "kronecker_eye": '''
def kronecker_eye(A, p):
    """A ⊗ eye(p)"""
    m, n = A.shape
    K = np.zeros((m, p, n, p), A.dtype)
    np.einsum("mpnp->pmn", K)[...] = A
    return K.reshape(m * p, n * p)
''',
    "eye_kronecker": '''
def eye_kronecker(p, A):
    """eye(p) ⊗ A"""
    m, n = A.shape
    K = np.zeros((p, m, p, n), A.dtype)
    np.einsum("pmpn->pmn", K)[...] = A
    return K.reshape(p * m, p * n)
''',
    "khatri_rao": '''
def khatri_rao(A, B):
    """Column by column the Kronecker product"""
    return (A[:, None, :] * B[None, :, :]).reshape(-1, A.shape[1])
''',
    "commutation": '''
def commutation(m, n, dtype):
    """K with K*vec(A) = vec(A') for A of shape m×n"""
    return np.eye(m * n, dtype=dtype)[np.arange(m * n).reshape(m, n, order="F").ravel()]
''',
    "adjugate": '''
def adjugate(A):
    """adj(A) from the singular values: finite at singular A too."""
    U, s, Vt = np.linalg.svd(A)
    others = np.array([np.prod(np.delete(s, i)) for i in range(len(s))])
    return np.linalg.det(U) * np.linalg.det(Vt) * (Vt.conj().T * others) @ U.conj().T
''',
    "unit": '''
def unit(i, n, dtype):
    """The i-th unit vector of length n, counted from 1"""
    e = np.zeros(n, dtype)
    e[i - 1] = 1
    return e
''',
}
