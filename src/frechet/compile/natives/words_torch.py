"""What PyTorch spells differently from JAX. See `functions`."""

from __future__ import annotations

__all__ = [
    "add_to_diagonal", "branch", "determinant_and_inverse", "direction", "erf", "erfc", "frozen", "has_complex_entries",
    "identity_like", "inverse_of_square", "kronecker", "lu_factors", "lu_solution", "positions", "repeated",
    "shortcut", "solve_triangular", "tensor_of", "until_small",
]  # fmt: skip


def identity_like(torch, A):
    """The identity of the size, type and place of A"""
    return torch.eye(A.shape[-1], dtype=A.dtype, device=A.device)


def tensor_of(torch, c, like=None):
    """A number as a tensor of the type and place of an array, of numbers alone in double precision"""
    if isinstance(c, torch.Tensor):
        return c
    like = torch.empty(0, dtype=torch.float64) if like is None else like
    return torch.as_tensor(c, dtype=torch.result_type(like, torch.as_tensor(c)), device=like.device)


def add_to_diagonal(torch, A, d):
    """A + diag(d), for a vector or a number d"""
    dtype = torch.promote_types(A.dtype, d.dtype) if isinstance(d, torch.Tensor) else A.dtype
    d = torch.as_tensor(d, dtype=dtype, device=A.device)
    return A + torch.diag(d.expand(len(A)))


def erf(torch, x):
    """The error function"""
    return torch.erf(x)


def erfc(torch, x):
    """1 - erf(x)"""
    return torch.erfc(x)


def positions(torch, A):
    """0, 1, 2, … for the columns of A, in its place"""
    return torch.arange(A.shape[-1], device=A.device)


def direction(torch, A):
    """The sign of each entry, or its direction in the complex plane"""
    return torch.sgn(A)


def frozen(torch, A):
    """A, whose derivative is not taken"""
    return A.detach()


def has_complex_entries(torch, A):
    """Whether the entries are complex numbers"""
    return torch.is_complex(A)


def branch(torch, condition, yes, no):
    """yes() or no()"""
    return yes() if bool(condition) else no()


def shortcut(torch, holds, quick, full):
    """full(): what holds() says would take a look at the numbers"""
    return full()


def repeated(torch, step, state, count, limit=None):
    """The state after `count` steps"""
    for k in range(int(count) if count == count else 0):
        state = step(k, state)
    return state


def until_small(torch, step, state, tolerance):
    """The state after steps that end with a change of at most the tolerance; not finite where 100 do not suffice"""
    for _ in range(100):
        new = step(state)
        change = torch.linalg.norm(new - state) / torch.linalg.norm(new)
        state = new
        if bool(change <= tolerance):
            return state
    return state * float("nan")


def solve_triangular(torch, T, B, lower, transposed=False):
    """inv(T)*B for a triangular T, or inv(T')*B"""
    T = T.mT if transposed else T
    if B.ndim == 1:
        return torch.linalg.solve_triangular(T, B[:, None], upper=lower is transposed)[:, 0]
    return torch.linalg.solve_triangular(T, B, upper=lower is transposed)


def lu_factors(torch, A):
    """The factors P*L*U = A as LAPACK packs them, and which rows changed places"""
    packed, pivots, _ = torch.linalg.lu_factor_ex(A)
    return packed, pivots, pivots != torch.arange(1, A.shape[-1] + 1, device=A.device)


def lu_solution(torch, factors, B, transposed):
    """inv(A)*B, or inv(A')*B"""
    columns = B[:, None] if B.ndim == 1 else B
    columns = columns.conj() if transposed else columns
    X = torch.linalg.lu_solve(*factors[:2], columns, adjoint=transposed).reshape(B.shape)
    return X.conj() if transposed else X


def determinant_and_inverse(torch, A):
    """det(A) and inv(A); the inverse of a singular matrix is not finite"""
    packed, pivots, moved = lu_factors(torch, A)
    det = (1 - 2 * (moved.sum(-1) % 2)) * packed.diagonal(0, -2, -1).prod(-1)
    return det, torch.linalg.lu_solve(packed, pivots, identity_like(torch, A).expand(A.shape))


def inverse_of_square(torch, L):
    """inv(L*L') for a lower triangular L"""
    return torch.cholesky_inverse(L)


def kronecker(torch, A, B):
    """A ⊗ B, in whatever order the entries lie in memory"""
    if A.ndim == 1:
        return torch.outer(A, B).reshape(-1)
    (m, n), (p, q) = A.shape, B.shape
    return (A[:, None, :, None] * B[None, :, None, :]).reshape(m * p, n * q)
