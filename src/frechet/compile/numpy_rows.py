"""Rows of the table in words of NumPy and SciPy: factorizations, functions of matrices, matrix equations.

The definitions are those of the rows (`frechet.rules`); the programs run without them.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable

from frechet.compile.values import Value
from frechet.compile.writing import RowText, Writer
from frechet.kernels import pattern_sylvester

__all__ = ["FACTORED", "ROWS", "ROW_HELPERS", "of_symmetric", "partial_traces"]


def of_symmetric(text: str, argument: int = 0) -> RowText:
    """Text for a row that takes the symmetric part of an argument; {S} stands for it."""

    def filled(w: Writer, v: Value) -> str:
        known = "symmetric" in v.args[argument].facts
        part = f"{{{argument}}}" if known else f"symmetric_part({{{argument}}})"
        return text.replace("{S}", part)

    return filled


def _text_of(function: Callable) -> str:
    """A kernel of Frechet as it stands in generated code."""
    return "\n" + inspect.getsource(function).replace("scipy.linalg.", "linalg.")


def _riccati(solver: str) -> RowText:
    return f"linalg.{solver}({{0}}, {{1}}, symmetric_part({{2}}), symmetric_part({{3}}))"


def partial_traces(np: str) -> dict[str, RowText]:
    """Partial traces whose result is a vector or a number, in words that the array libraries share."""
    return {
        "ptrace1": f'{np}.einsum("kikj->ij", {{0:100}}.reshape({{p0}}, {{r}}, {{p0}}, {{c}}))',
        "ptrace2": f'{np}.einsum("ikjk->ij", {{0:100}}.reshape({{r}}, {{p0}}, {{c}}, {{p0}}))',
    }


_EIGH, _SVD, _QR = of_symmetric("np.linalg.eigh({S})"), "np.linalg.svd({0}, full_matrices=False)", "np.linalg.qr({0})"
_HESSENBERG = "linalg.hessenberg({0}, calc_q=True)"
_EIG, _LU, _SCHUR = "np.linalg.eig({0})", "lu_without_interchanges({0})", "schur({0})"

FACTORED: dict[str, tuple[RowText, str]] = {
    "eigvalsh": (_EIGH, "{F}.eigenvalues"),
    "eigvecsh": (_EIGH, "{F}.eigenvectors"),
    "eigvals": (_EIG, "{F}.eigenvalues"),
    "eigvecs": (_EIG, "{F}.eigenvectors"),
    "eigdual": (_EIG, "dual_basis({F}.eigenvectors)"),
    "svdu": (_SVD, "{F}.U"),
    "svdvals": (_SVD, "{F}.S"),
    "svdv": (_SVD, "{F}.Vh.conj().T"),
    "qrq": (_QR, "{F}.Q"),
    "qrr": (_QR, "{F}.R"),
    "lul": (_LU, "{F}[0]"),
    "luu": (_LU, "{F}[1]"),
    "schurt": (_SCHUR, "{F}[0]"),
    "schurq": (_SCHUR, "{F}[1]"),
    "schurpattern": (_SCHUR, "below_blocks({F}[0])"),
    "hessh": (_HESSENBERG, "{F}[0]"),
    "hessq": (_HESSENBERG, "{F}[1]"),
}

_MATRIX_FUNCTIONS = {
    **{name: f"linalg.{name}" for name in ("sinm", "cosm", "tanm", "sinhm", "coshm", "tanhm")},
    **{
        name: name
        for name in (
            "logm", "sqrtm", "signm", "absm", "relum", "arcsinm", "arccosm", "arctanm", "log1pm", "sigmoidm", "softplusm",
            "erfm",
        )
    },
}  # fmt: skip
"""Rows that are functions of a square matrix -> the function, of SciPy or a helper; their derivatives go by blocks."""

ROWS: dict[str, RowText] = {
    "eigvalsh": of_symmetric("np.linalg.eigvalsh({S})"),
    "eigvecsh": of_symmetric("np.linalg.eigh({S}).eigenvectors"),
    "eigvals": "np.linalg.eigvals({0})",
    "eigvecs": "np.linalg.eig({0}).eigenvectors",
    "eigdual": "dual_basis(np.linalg.eig({0}).eigenvectors)",
    "eigmax": "extreme_eigenvalue({0}, 1)",
    "eigmin": "extreme_eigenvalue({0}, -1)",
    "eigmaxproj": "spectral_projector({0}, 1)",
    "eigminproj": "spectral_projector({0}, -1)",
    "topvals": of_symmetric("np.linalg.eigvalsh({S})[::-1][:{p0}]"),
    "topvecs": of_symmetric("np.linalg.eigh({S}).eigenvectors[:, ::-1][:, :{p0}]"),
    "topproj": of_symmetric("top_projector({S}, {p0})"),
    "sumlargest": of_symmetric("sum_of_largest_eigenvalues({S}, {p0})"),
    "gaps": "reciprocal_gaps({0}, 1)",
    "gaps2": "reciprocal_gaps({0}, 2)",
    "reciprocals": "reciprocals({0})",
    "svdu": "np.linalg.svd({0}, full_matrices=False).U",
    "svdvals": "np.linalg.svd({0}, compute_uv=False)",
    "svdv": "np.linalg.svd({0}, full_matrices=False).Vh.conj().T",
    "svdperp": "svd_complement({0})",
    "polar": "polar_factor({0})",
    "rotation": "nearest_rotation({0})",
    "normnuc": 'np.linalg.norm({0}, "nuc")',
    "normspec": "np.linalg.norm({0}, 2)",
    "pinv": "np.linalg.pinv({0})",
    "chol": of_symmetric("np.linalg.cholesky({S})"),
    "qrq": "np.linalg.qr({0}).Q",
    "qrr": 'np.linalg.qr({0}, mode="r")',
    "qrperp": "qr_complement({0})",
    "lul": "lu_without_interchanges({0})[0]",
    "luu": "lu_without_interchanges({0})[1]",
    "schurt": "schur({0})[0]",
    "schurq": "schur({0})[1]",
    "schurpattern": "below_blocks(schur({0})[0])",
    "hessh": "linalg.hessenberg({0})",
    "hessq": "linalg.hessenberg({0}, calc_q=True)[1]",
    "patternsylv": "pattern_sylvester({0}, {1}, {2}, {3})",
    "expm": "linalg.expm({0})",
    **{name: f"{f}({{0}})" for name, f in _MATRIX_FUNCTIONS.items()},
    **{"d" + name: f"frechet_derivative({f}, {{0}}, {{1}})" for name, f in _MATRIX_FUNCTIONS.items()},
    "dexpm": "linalg.expm_frechet({0}, {1}, compute_expm=False)",
    "expmv": "expm_multiply({0}, {1})",
    "powm": "powm({0}, {1})",
    "dpowm": "frechet_derivative(lambda M: powm(M, {1}), {0}, {2})",
    "sylv": "linalg.solve_sylvester({0}, {1}, {2})",
    "stein": "solve_stein({0}, {1}, {2})",
    "care": _riccati("solve_continuous_are"),
    "dare": _riccati("solve_discrete_are"),
    "dadj": "adjugate_derivative({0}, {1})",
    "d2adj": "adjugate_derivative({0}, {1}, {2})",
    **partial_traces("np"),
}

ROW_HELPERS: dict[str, str] = {
    "symmetric_part": '''
def symmetric_part(A):
    """(A + A')/2"""
    return (A + A.conj().T) / 2
''',
    "extreme_eigenvalue": '''
def extreme_eigenvalue(A, sign):
    """The eigenvalue of A with the largest (sign 1) or smallest (sign -1) real part; LinAlgError if it is not real."""
    values = np.linalg.eigvalsh(A) if np.array_equal(A, A.conj().T) else np.linalg.eigvals(A)
    chosen = values[np.argmax(sign * values.real)]
    if chosen.imag != 0:
        raise np.linalg.LinAlgError("the eigenvalue with the extreme real part is not real")
    return chosen.real
''',
    "spectral_projector": '''
def spectral_projector(A, sign):
    """v*w'/(w'*v) for the eigenvalue with the largest (sign 1) or smallest (sign -1) real part."""
    if np.array_equal(A, A.conj().T):
        values, V = np.linalg.eigh(sign * A)
        if (values[-2:-1] >= values[-1] - 1e-11 * np.abs(values).max()).any():
            raise np.linalg.LinAlgError("the extreme eigenvalue is not simple")
        return np.outer(V[:, -1], V[:, -1].conj())
    values, V = np.linalg.eig(A)
    i = np.argmax(sign * values.real)
    if values[i].imag != 0:
        raise np.linalg.LinAlgError("the eigenvalue with the extreme real part is not real")
    others, W = np.linalg.eig(A.conj().T)
    v, w = V[:, i], W[:, np.argmin(np.abs(others.conj() - values[i]))]
    P = np.outer(v, w.conj()) / (w.conj() @ v)
    return P if np.iscomplexobj(A) else P.real
''',
    "top_projector": '''
def top_projector(S, k):
    """The orthogonal projector on the eigenvectors of the k largest eigenvalues of a symmetric S."""
    values, V = np.linalg.eigh(S)
    below = len(S) - k
    if 0 < below < len(S) and values[below] - values[below - 1] <= 1e-11 * np.abs(values).max():
        raise np.linalg.LinAlgError("the k largest eigenvalues and the others meet")
    return V[:, below:] @ V[:, below:].conj().T
''',
    "sum_of_largest_eigenvalues": '''
def sum_of_largest_eigenvalues(S, k):
    """The sum of the k largest eigenvalues of a symmetric S."""
    return np.linalg.eigvalsh(S)[len(S) - k :].sum()
''',
    "reciprocal_gaps": '''
def reciprocal_gaps(x, power):
    """1/(x[j] - x[i])^power, and 0 on the diagonal; LinAlgError when two entries coincide up to rounding."""
    difference = x - x[:, None]
    ties = np.abs(difference) <= (1e-11 if power == 1 else 5e-6) * np.abs(x).max(initial=0)
    np.fill_diagonal(ties, False)
    if ties.any():
        raise np.linalg.LinAlgError("two of the values coincide")
    np.fill_diagonal(difference, 1)
    reciprocal = difference ** -float(power)
    np.fill_diagonal(reciprocal, 0)
    return reciprocal
''',
    "svd_complement": '''
def svd_complement(A):
    """The columns that complete the left singular vectors to an orthogonal matrix."""
    return np.linalg.svd(A, full_matrices=True).U[:, A.shape[1] :]
''',
    "qr_complement": '''
def qr_complement(A):
    """The columns that complete Q to an orthogonal matrix."""
    return np.linalg.qr(A, mode="complete").Q[:, A.shape[1] :]
''',
    "polar_factor": '''
def polar_factor(A):
    """The partial isometry U*V' over the singular values that are not zero up to rounding."""
    U, s, Vh = np.linalg.svd(A, full_matrices=False)
    rank = (s > max(A.shape) * np.finfo(s.dtype).eps * s.max(initial=0)).sum()
    return U[:, :rank] @ Vh[:rank]
''',
    "nearest_rotation": '''
def nearest_rotation(A):
    """U*diag(1, ..., 1, det(U*V'))*V', the rotation nearest to A."""
    U, _, Vh = np.linalg.svd(A)
    U[:, -1] *= np.sign(np.linalg.det(U) * np.linalg.det(Vh))
    return U @ Vh
''',
    "lu_without_interchanges": '''
def lu_without_interchanges(A):
    """L with ones on the diagonal and U with A = L*U; LinAlgError at a pivot that is 0."""
    U, L = np.array(A), np.eye(len(A), dtype=A.dtype)
    for k in range(len(A) - 1):
        if U[k, k] == 0:
            raise np.linalg.LinAlgError("a pivot is 0: permute the rows first")
        L[k + 1 :, k] = U[k + 1 :, k] / U[k, k]
        U[k + 1 :] -= np.outer(L[k + 1 :, k], U[k])
    return L, np.triu(U)
''',
    "schur": '''
def schur(A):
    """T and Q with A = Q*T*Q', T upper triangular; for real A with a 2-by-2 block for each complex pair."""
    return linalg.schur(A, output="complex" if np.iscomplexobj(A) else "real")
''',
    "below_blocks": '''
def below_blocks(T):
    """1 below the diagonal blocks of a Schur form, else 0"""
    return np.tril(T == 0, -1).astype(float)
''',
    "reciprocals": '''
def reciprocals(x):
    """1/x; LinAlgError where an entry is 0 up to rounding"""
    if (abs(x) <= 1e-11 * abs(x).max(initial=0)).any():
        raise np.linalg.LinAlgError("one of the values is 0")
    return 1 / x
''',
    "dual_basis": '''
def dual_basis(V):
    """inv(V); LinAlgError where the eigenvectors V are nearly dependent: the matrix is defective"""
    dual = np.linalg.inv(V)
    if V.size and np.linalg.norm(V, 1) * np.linalg.norm(dual, 1) > 10 / np.sqrt(np.finfo(V.dtype).eps):
        raise np.linalg.LinAlgError("the eigenvectors are dependent, or nearly so")
    return dual
''',
    **{name: _text_of(getattr(pattern_sylvester, name)) for name in pattern_sylvester.__all__},
    "logm": '''
def logm(A):
    """The principal logarithm; LinAlgError when a real A has none that is real."""
    return principal(linalg.logm(A), A)
''',
    "sqrtm": '''
def sqrtm(A):
    """The principal square root; LinAlgError when a real A has none that is real."""
    return principal(linalg.sqrtm(A), A)
''',
    "principal": '''
def principal(F, A):
    """F, a function of the matrix A, where it is real for real A."""
    if np.isrealobj(A) and np.iscomplexobj(F):
        raise np.linalg.LinAlgError("an eigenvalue lies on the closed negative real axis")
    return F
''',
    "frechet_derivative": '''
def frechet_derivative(f, A, E):
    """The derivative of a matrix function f at A along E: the upper right block of f([A E; 0 A])."""
    n, size = len(A), np.linalg.norm(E)
    if size == 0:
        return E
    scale = np.linalg.norm(A) / size or 1.0
    return f(np.block([[A, scale * E], [np.zeros_like(A), A]]))[:n, n:] / scale
''',
    "powm": '''
def powm(A, b):
    """The principal power exp(b*log(A))"""
    return linalg.expm(b * logm(A))
''',
    "signm": '''
def signm(A):
    """The matrix sign by Newton's iteration S <- (S + inv(S))/2, scaled by the determinant."""
    S, n = A, len(A)
    for _ in range(100):
        inverse = np.linalg.inv(S)
        far = np.linalg.norm(S - inverse) > 0.1 * np.linalg.norm(S)
        mu = np.exp(-np.linalg.slogdet(S)[1] / n) if far else 1.0
        following = (mu * S + inverse / mu) / 2
        if np.linalg.norm(following - S) <= 1e-15 * n * np.linalg.norm(following):
            return following
        S = following
    return S
''',
    "absm": '''
def absm(A):
    """A*sign(A), which has the absolute values of the eigenvalues when they are real"""
    return A @ signm(A)
''',
    "relum": '''
def relum(A):
    """(A + abs(A))/2"""
    return (A + absm(A)) / 2
''',
    "arcsinm": '''
def arcsinm(A):
    """-i*log(i*A + sqrt(eye - A^2))"""
    F = -1j * linalg.logm(1j * A + linalg.sqrtm(np.eye(len(A)) - A @ A))
    return F.real if np.isrealobj(A) else F
''',
    "arccosm": '''
def arccosm(A):
    """pi/2*eye - arcsin(A)"""
    return np.pi / 2 * np.eye(len(A)) - arcsinm(A)
''',
    "arctanm": '''
def arctanm(A):
    """i/2*(log(eye - i*A) - log(eye + i*A))"""
    identity = np.eye(len(A))
    F = 0.5j * (linalg.logm(identity - 1j * A) - linalg.logm(identity + 1j * A))
    return F.real if np.isrealobj(A) else F
''',
    "log1pm": '''
def log1pm(A):
    """log(eye + A)"""
    return logm(np.eye(len(A)) + A)
''',
    "sigmoidm": '''
def sigmoidm(A):
    """inv(eye + exp(-A)) of A/2^k, doubled k times by s(2*A) = s^2/(s^2 + (1 - s)^2)"""
    identity, k = np.eye(len(A)), max(0, int(np.frexp(np.linalg.norm(A, 1))[1]))
    S = np.linalg.inv(identity + linalg.expm(-A / 2**k))
    for _ in range(k):
        square, other = S @ S, identity - S
        S = np.linalg.solve(square + other @ other, square)
    return S
''',
    "softplusm": '''
def softplusm(A):
    """log(eye + exp(A)); of a large A it is (A + abs(A))/2 + log(eye + exp(-abs(A))), which keeps the digits"""
    if np.abs(np.linalg.eigvals(A).imag).max() >= np.pi:
        raise np.linalg.LinAlgError("an eigenvalue has an imaginary part of size pi or more")
    identity = np.eye(len(A))
    if np.linalg.norm(A, 2) < 10:
        return logm(identity + linalg.expm(A))
    B = absm(A)
    return (A + B) / 2 + logm(identity + linalg.expm(-B))
''',
    "erfm": '''
def erfm(A):
    """2/sqrt(pi)*A times the integral of exp(-t^2*A^2) over 0 <= t <= 1, by the rule of Gauss and Legendre"""
    t, w = np.polynomial.legendre.leggauss(20 + 4 * int(np.linalg.norm(A, 1)))
    decay = linalg.expm(-(((1 + t) / 2) ** 2)[:, None, None] * (A @ A))
    return A @ np.tensordot(w, decay, 1) / np.sqrt(np.pi)
''',
    "solve_stein": '''
def solve_stein(A, B, C):
    """The X with X - A*X*B = C: by doubling while it converges, else by Kronecker products."""
    m, n = C.shape
    radius = np.abs(np.linalg.eigvals(A)).max(initial=0) * np.abs(np.linalg.eigvals(B)).max(initial=0)
    if radius >= 0.99:
        K = np.eye(m * n) - np.kron(B.T, A)
        return np.linalg.solve(K, C.reshape(-1, order="F")).reshape(m, n, order="F")
    X, P, Q = C, A, B
    while True:
        step = P @ X @ Q
        X = X + step
        if not np.abs(step).max(initial=0) > 1e-17 * np.abs(X).max(initial=0):
            return X
        P, Q = P @ P, Q @ Q
''',
    "adjugate_derivative": '''
def adjugate_derivative(A, E, *directions):
    """The derivative of adj at A along E: finite at singular A too.

    A further direction D enters as the coefficient of t at A + t*D, read off at roots of unity.
    """
    n = len(A)
    if directions:
        (D,), size = directions, np.linalg.norm(directions)
        radius = (np.linalg.norm(A) or 1.0) / size if size else 1.0
        points = radius * np.exp(2j * np.pi * np.arange(n + 1) / (n + 1))
        total = sum(adjugate_derivative(A + t * D, E) / t for t in points) / (n + 1)
        return total if np.iscomplexobj(A) or np.iscomplexobj(E) or np.iscomplexobj(D) else total.real
    U, s, Vh = np.linalg.svd(A)
    F = U.conj().T @ E @ Vh.conj().T
    others = np.array([[np.prod(np.delete(s, [i, j])) if i != j else 0 for j in range(n)] for i in range(n)])
    inside = np.diag(others @ np.diag(F)) - others * F
    return np.linalg.det(U) * np.linalg.det(Vh) * Vh.conj().T @ inside @ U.conj().T
''',
}
