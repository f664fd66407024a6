"""The tests of Psarras, Barthels, Bientinesi, "The Linear Algebra Mapping Problem" (arXiv:1911.09421), and those on
distributivity of Sankaran et al., "Benchmarking the Linear Algebra Awareness of TensorFlow and PyTorch" (2022)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.linalg import blas

import compile_by_hand as by_hand
from as_written import PEERS, as_written, parsed
from compile_cases import Case, spd

DECLARED = {
    "A": "matrix(n,n)", "B": "matrix(n,n)", "C": "matrix(n,n)", "M": "matrix(n,n) invertible", "S": "spd(n)",
    "T": "symmetric(n) invertible", "L": "lower(n) invertible", "D": "diagonal(n) invertible", "x": "vector(n)", "y": "vector(n)",
    "U": "matrix(n,k)", "V": "matrix(n,k)", "F": "matrix(m,m) invertible", "G": "matrix(m,m) invertible", "E": "matrix(2*m,2*m)",
}  # fmt: skip
H = by_hand
MESHED = "[F zeros(m,m); zeros(m,m) G]"
BLOCKED = "block([[F, zeros((m, m))], [zeros((m, m)), G]])"

# what is tested: the formula, as Python writes it where that differs, and by hand
TESTS: dict[str, tuple[str, str | None, Callable]] = {
    "A*B + C": ("A@B + C", None, lambda A, B, C: blas.dgemm(1.0, B.T, A.T, 1.0, C.T).T),
    "A'*A": ("A.T@A", None, lambda A: A.T @ A),
    "A*A' + S": ("A@A.T + S", None, lambda A, S: H.plus(A @ A.T, S)),
    "A*B' + B*A'": ("A@B.T + B@A.T", None, lambda A, B: H.rank_2k(A, B)),
    "U*V' + V*U', thin": ("U@V.T + V@U.T", None, lambda U, V: H.thin_rank_2k(U, V)),
    "inv(A)*B": ("inv(M)@B", None, lambda M, B: H.general_solve(M, B)),
    "chain from the left, V'*A*B": ("V.T@(A@B)", None, lambda A, B, V: (V.T @ A) @ B),
    "chain from the right, A*B*U": ("A@B@U", None, lambda A, B, U: A @ (B @ U)),
    "chain from both ends, A*U*V'*B": ("A@U@V.T@B", None, lambda A, B, U, V: (A @ U) @ (V.T @ B)),
    "A*B*x": ("A@B@x", None, lambda A, B, x: A @ (B @ x)),
    "A'*x*y'*B": ("A.T@x@y.T@B", "outer(A.T@x, y)@B", lambda A, B, x, y: np.outer(x @ A, y @ B)),
    "L*B, L triangular": ("L@B", None, lambda L, B: H.triangular_product(L, B)),
    "D*B, D diagonal": ("D@B", None, lambda D, B: np.diagonal(D)[:, None] * B),
    "inv(S)*U, S positive definite": ("inv(S)@U", None, lambda S, U: H.spd_solve(S, U)),
    "inv(T)*U, T symmetric": ("inv(T)@U", None, lambda T, U: H.general_solve(T, U)),
    "inv(L)*U, L triangular": ("inv(L)@U", None, lambda L, U: H.triangular_solve(L, U)),
    "inv(D)*U, D diagonal": ("inv(D)@U", None, lambda D, U: U / np.diagonal(D)[:, None]),
    "A*B + A*B": ("A@B + A@B", None, lambda A, B: H.doubled(A @ B)),
    "A*B + (A*B)'": ("A@B + (A@B).T", None, lambda A, B: H.shared_product(A, B)),
    "A*B + A*C": ("A@B + A@C", None, lambda A, B, C: A @ (B + C)),
    "(A - U*V')*x": ("(A - U@V.T)@x", None, lambda A, U, V, x: A @ x - U @ (x @ V)),
    "(eye - U*V')*A": ("(eye(n) - U@V.T)@A", None, lambda A, U, V: A - U @ (V.T @ A)),
    "[F 0; 0 G]*E": (f"{MESHED}@E", f"{BLOCKED}@E", lambda F, G, E: H.blocked_product(F, G, E)),
    "inv([F 0; 0 G])*E": (f"inv({MESHED})@E", f"inv({BLOCKED})@E", lambda F, G, E: H.blocked_solve(F, G, E)),
    "(A*B)[3,5]": ("(A@B)[3,5]", "(A@B)[2,4]", lambda A, B: A[2] @ B[:, 4]),
    "(A*B)[:,3]": ("(A@B)[:,3]", "(A@B)[:,2]", lambda A, B: A @ B[:, 2]),
    "(A*B)[3,:]": ("(A@B)[3,:]", "(A@B)[2:3,:]", lambda A, B: (A[2] @ B)[None, :]),
    "(A + B)[3,5]": ("(A + B)[3,5]", "(A + B)[2,4]", lambda A, B: A[2, 4] + B[2, 4]),
    "(A + B)[:,3]": ("(A + B)[:,3]", "(A + B)[:,2]", lambda A, B: A[:, 2] + B[:, 2]),
    "diag(A*B)": ("diag(A@B)", None, lambda A, B: np.einsum("ij,ij->i", A, B.T)),
    "diag(A + B)": ("diag(A + B)", None, lambda A, B: np.diagonal(A) + np.diagonal(B)),
    "tr(A*B)": ("tr(A@B)", "trace(A@B)", lambda A, B: H.inner(A, B.T)),
}  # fmt: skip


def _arrays(n: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    draw = lambda *shape: rng.standard_normal(shape)
    A, S, T = draw(n, n) / 30, spd(n, rng), draw(n, n)
    k, m, eye = n // 10, n // 2, np.eye(n)
    return {
        "A": A, "B": draw(n, n), "C": draw(n, n), "M": A + 3 * eye, "S": S, "T": (T + T.T) / 30 + np.diag(np.sign(draw(n)) * 9),
        "L": np.tril(A) + 2 * eye, "D": np.diag(rng.uniform(1, 2, n)), "x": draw(n), "y": draw(n), "U": draw(n, k),
        "V": draw(n, k), "F": A[:m, :m] + 3 * eye[:m, :m], "G": A[m:, m:] + 2 * eye[:m, :m], "E": draw(2 * m, 2 * m),
    }  # fmt: skip


def mapping(n: int) -> list[Case]:
    cases, arrays, sizes = [], _arrays(n), {"n": n, "m": n // 2}
    for name, (text, python, hand) in TESTS.items():
        f = parsed(text, DECLARED)
        given = {s: arrays[s] for s in hand.__code__.co_varnames[: hand.__code__.co_argcount]}
        peers = {
            peer: as_written({"value": python or text}, ["value"], sizes, library) for peer, library in PEERS.items()
        }
        cases.append(Case(name, lambda f=f: f, given, hand, peers, sizes))
    return cases
