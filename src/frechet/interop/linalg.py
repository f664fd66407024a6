"""Linear algebra from the rows of the table, for one array library: `frechet.jax.linalg`, `frechet.torch.linalg`.

`Linalg(xp, call)` has the functions; `call(names, arrays, params)` gives rows as differentiable functions of the library.
Names and conventions are those of NumPy and SciPy. Where a function of a factorization stays differentiable at equal
eigenvalues or singular values, it has a function of its own: `spectral_function`, `spectral_projector`, `sum_largest`,
`polar`, `low_rank`, `orthogonal_procrustes`, `rotation`. An opaque `eigh` or `svd` cannot know its caller: at ties its
second derivatives, and those of its vectors, raise (under jit: NaN).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from frechet.errors import EvaluationError

__all__ = ["EighResult", "Linalg", "QRResult", "SVDResult"]


class EighResult(NamedTuple):
    """Eigenvalues and eigenvectors."""

    eigenvalues: Any
    eigenvectors: Any


class QRResult(NamedTuple):
    """A = Q @ R."""

    Q: Any
    R: Any


class SVDResult(NamedTuple):
    """A = U @ diag(S) @ Vh."""

    U: Any
    S: Any
    Vh: Any


_FUNCTIONS = {"exp": "expm", "log": "logm", "sqrt": "sqrtm", "sin": "sinm", "cos": "cosm", "sign": "signm"}


def _H(A):
    return A.mT.conj()


class Linalg:
    """The functions, for arrays of shape (..., m, n)."""

    def __init__(self, xp: Any, call: Callable[..., Any], asarray: Callable[..., Any], permutation: Callable):
        self._xp = xp
        self._call = call
        self._array = asarray
        self._permutation = permutation

    def _rows(self, names: tuple[str, ...], *arrays: Any, params: tuple[int, ...] = ()) -> Any:
        return self._call(names, *self._with_same_stack(arrays), params=params)

    def _row(self, name: str, *arrays: Any, params: tuple[int, ...] = ()) -> Any:
        return self._rows((name,), *arrays, params=params)[0]

    def _with_same_stack(self, arrays: tuple) -> list:
        given = [self._array(a) for a in arrays]
        for a in given:
            if a.ndim < 2:
                raise EvaluationError(f"a matrix is needed, and this array has the shape {tuple(a.shape)}")
        stack = max((tuple(a.shape[:-2]) for a in given), key=len)
        return [self._xp.broadcast_to(a, (*stack, *a.shape[-2:])) for a in given]

    def _scalar(self, name: str, *arrays: Any, params: tuple[int, ...] = ()) -> Any:
        return self._row(name, *arrays, params=params)[..., 0, 0]

    def _eye(self, A: Any, n: int) -> Any:
        return self._xp.eye(n, dtype=A.dtype)

    # --- solving --------------------------------------------------------------------------------------

    def inv(self, A):
        """The inverse."""
        return self._row("inv", A)

    def solve(self, A, b):
        """inv(A) @ b, for a vector or a matrix b."""
        return self._xp.linalg.solve(self._array(A), self._array(b))

    def pinv(self, A):
        """The Moore-Penrose inverse; its rank must not change."""
        return self._row("pinv", A)

    def lstsq(self, A, b):
        """The least squares solution of least norm, pinv(A) @ b."""
        b = self._array(b)
        return self.pinv(A) @ b if b.ndim > 1 else (self.pinv(A) @ b[:, None])[:, 0]

    def det(self, A):
        """The determinant; all its derivatives are finite where A is singular."""
        return self._scalar("det", A)

    def slogdet(self, A):
        """Sign and logarithm of the absolute value of the determinant."""
        return self._xp.linalg.slogdet(self._array(A))

    # --- functions of matrices ------------------------------------------------------------------------

    def matrix_power(self, A, n: int):
        """A @ A @ ... for n > 0, powers of the inverse for n < 0."""
        return self._xp.linalg.matrix_power(self._array(A), n)

    def expm(self, A):
        """The matrix exponential."""
        return self._row("expm", A)

    def expm_multiply(self, A, b):
        """expm(A) @ b without expm(A)."""
        b = self._array(b)
        return self._row("expmv", A, b) if b.ndim > 1 else self._row("expmv", A, b[:, None])[:, 0]

    def logm(self, A):
        """The principal logarithm."""
        return self._row("logm", A)

    def sqrtm(self, A):
        """The principal square root."""
        return self._row("sqrtm", A)

    def sinm(self, A):
        """The matrix sine."""
        return self._row("sinm", A)

    def cosm(self, A):
        """The matrix cosine."""
        return self._row("cosm", A)

    def signm(self, A):
        """The matrix sign function."""
        return self._row("signm", A)

    def fractional_matrix_power(self, A, t):
        """The principal real power A^t, also as a function of t."""
        A = self._array(A)
        power = self._array(t) * self._xp.ones((1, 1), dtype=A.dtype)
        return self._row("powm", A, power)

    def spectral_function(self, f: str, A):
        """f(A) = V f(Λ) V' for f one of exp, log, sqrt, sin, cos, sign: right where eigenvalues repeat."""
        if f not in _FUNCTIONS:
            raise EvaluationError(f"no spectral function is called {f!r}: choose from {', '.join(_FUNCTIONS)}")
        return self._row(_FUNCTIONS[f], A)

    def geometric_mean(self, A, B):
        """The geometric mean of two positive definite matrices, A sqrtm(inv(A) B)."""
        return self._array(A) @ self.sqrtm(self.solve(A, B))

    # --- factorizations -------------------------------------------------------------------------------

    def cholesky(self, A):
        """The lower factor L of A = L L', of the Hermitian part of A."""
        return self._row("chol", A)

    def lu(self, A):
        """P, L, U with A = P L U, by partial pivoting; A may be tall or wide."""
        A = self._array(A)
        m, n = A.shape
        order = self._permutation(A)
        rows = A[order]
        k = min(m, n)
        square = rows[:k, :k]
        L, U = self._rows(("lul", "luu"), square)
        if m > n:
            L = self._xp.vstack([L, self.solve(_H(U), _H(rows[k:])).mT.conj()])
        if n > m:
            U = self._xp.hstack([U, self.solve(L, rows[:, k:])])
        return self._eye(A, m)[:, order], L, U

    def ldl(self, A):
        """L and d with A = L diag(d) L' for the Hermitian part of A, without interchanges."""
        A = (self._array(A) + _H(self._array(A))) / 2
        L, U = self._rows(("lul", "luu"), A)
        return L, self._xp.diagonal(U)

    def qr(self, A, mode: str = "reduced"):
        """Q and R; mode is "reduced", "complete" or "r". A may be tall or wide."""
        A = self._array(A)
        m, n = A.shape[-2:]
        Q, R = self._rows(("qrq", "qrr"), A[..., :, : min(m, n)])
        if n > m:
            R = self._xp.concatenate([R, _H(Q) @ A[..., :, m:]], -1)
        if mode == "r":
            return R
        if mode == "complete" and m > n:
            Q = self._xp.concatenate([Q, self._row("qrperp", A)], -1)
            R = self._xp.concatenate([R, self._xp.zeros((*A.shape[:-2], m - n, n), dtype=R.dtype)], -2)
        return QRResult(Q, R)

    def eigh(self, A):
        """Eigenvalues in ascending order and eigenvectors of the Hermitian part of A."""
        values, V = self._rows(("eigvalsh", "eigvecsh"), A)
        return EighResult(values[..., 0], V)

    def eigvalsh(self, A):
        """Eigenvalues in ascending order of the Hermitian part of A."""
        return self._row("eigvalsh", A)[..., 0]

    def eig(self, A):
        """Eigenvalues and eigenvectors of norm 1, complex."""
        values, V = self._rows(("eigvals", "eigvecs"), A)
        return EighResult(values[..., 0], V)

    def eigvals(self, A):
        """Eigenvalues, complex."""
        return self._row("eigvals", A)[..., 0]

    def eigh_generalized(self, A, B):
        """Eigenvalues and B-orthonormal eigenvectors of A v = λ B v."""
        L = self.cholesky(B)
        C = self.solve(L, _H(self.solve(L, _H(self._array(A)))))
        values, W = self.eigh(C)
        return EighResult(values, self.solve(_H(L), W))

    def svd(self, A, full_matrices: bool = True):
        """U, the singular values in descending order, and V'; A may be tall or wide."""
        A = self._array(A)
        m, n = A.shape[-2:]
        if m < n:
            U, s, Vh = self.svd(_H(A), full_matrices)
            return SVDResult(_H(Vh), s, _H(U))
        s, U, V = self._rows(("svdvals", "svdu", "svdv"), A)
        if full_matrices and m > n:
            U = self._xp.concatenate([U, self._row("svdperp", A)], -1)
        return SVDResult(U, s[..., 0], _H(V))

    def svdvals(self, A):
        """The singular values in descending order."""
        A = self._array(A)
        return self._row("svdvals", A if A.shape[-2] >= A.shape[-1] else _H(A))[..., 0]

    def schur(self, A):
        """T and Q with A = Q T Q', T triangular; a real A with complex eigenvalues is to be made complex first."""
        Q, T = self._rows(("schurq", "schurt"), A)
        return T, Q

    def hessenberg(self, A):
        """H and Q with A = Q H Q', the first column of Q a unit vector: Q of the Krylov matrix of A."""
        A = self._array(A)
        columns = [self._eye(A, A.shape[-1])[:, :1]]
        for _ in range(A.shape[-1] - 1):
            columns.append(A @ columns[-1])
        Q = self._row("qrq", self._xp.concatenate(columns, -1))
        return _H(Q) @ A @ Q, Q

    # --- polar factor, projectors, norms --------------------------------------------------------------

    def polar(self, A, side: str = "right"):
        """U and H with A = U H (side "left": A = H U), also at equal singular values; the rank must not change."""
        A = self._array(A)
        U = self._row("polar", A)
        return U, (_H(U) @ A if side == "right" else A @ _H(U))

    def rotation(self, A):
        """The rotation (determinant 1) nearest to A, as Kabsch aligns."""
        return self._row("rotation", A)

    def orthogonal_procrustes(self, A, B):
        """The orthogonal Q that brings A Q nearest to B, and the sum of the singular values of A' B."""
        M = _H(self._array(A)) @ self._array(B)
        Q = self._row("polar", M)
        return Q, self._xp.trace(_H(Q) @ M)

    def spectral_projector(self, A, k: int):
        """The projector on the k largest eigenvalues of the Hermitian part of A; a gap must follow them."""
        return self._row("topproj", A, params=(k,))

    def sum_largest(self, A, k: int):
        """The sum of the k largest eigenvalues of the Hermitian part of A."""
        return self._scalar("sumlargest", A, params=(k,))

    def low_rank(self, A, k: int):
        """The best approximation of rank k; a gap must follow the kth singular value."""
        A = self._array(A)
        if A.shape[-1] == k:
            return A
        return A @ self._row("topproj", _H(A) @ A, params=(k,))

    def null_space_projector(self, A):
        """I - pinv(A) A, the orthogonal projector on the null space; the rank must not change."""
        A = self._array(A)
        return self._eye(A, A.shape[-1]) - self.pinv(A) @ A

    def range_projector(self, A):
        """A pinv(A), the orthogonal projector on the range; the rank must not change."""
        return self._array(A) @ self.pinv(A)

    def norm(self, A, ord: Any = "fro"):
        """The Frobenius ("fro"), spectral (2) or nuclear ("nuc") norm."""
        A = self._array(A)
        if ord == "fro":
            return self._xp.sqrt(self._xp.sum(self._xp.abs(A) ** 2))
        names = {2: "normspec", "nuc": "normnuc"}
        if ord not in names:
            raise EvaluationError(f"no norm is called {ord!r}: choose 'fro', 2 or 'nuc'")
        return self._scalar(names[ord], A)

    def cond(self, A, p: Any = 2):
        """The condition number norm(A) norm(inv(A))."""
        return self.norm(A, p) * self.norm(self.inv(A), p)

    # --- matrix equations -----------------------------------------------------------------------------

    def solve_sylvester(self, A, B, C):
        """The X with A X + X B = C."""
        return self._row("sylv", A, B, C)

    def solve_continuous_lyapunov(self, A, Q):
        """The X with A X + X A' = Q."""
        return self._row("sylv", A, _H(self._array(A)), Q)

    def solve_discrete_lyapunov(self, A, Q):
        """The X with A X A' - X + Q = 0."""
        return self._row("stein", A, _H(self._array(A)), Q)

    def solve_continuous_are(self, A, B, Q, R):
        """The stabilizing X with A' X + X A - X B inv(R) B' X + Q = 0."""
        return self._row("care", A, B, Q, R)

    def solve_discrete_are(self, A, B, Q, R):
        """The stabilizing X with A' X A - X - A' X B inv(R + B' X B) B' X A + Q = 0."""
        return self._row("dare", A, B, Q, R)
