"""Rows of the coverage table: eigenvalues, singular values, norms, polar factors, matrix equations, subspaces."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import jax.scipy.linalg as js
import numpy as np
import torch

from coverage_libraries import ABSENT, NO, Row, as_like, complex_of, exp, herm, parts, squares, sym, trace, weigh

__all__ = ["rows"]

rng = np.random.default_rng(2)
D = np.diag
G = rng.standard_normal((4, 4))
NEAR = np.eye(4) + 0.2 * G
SPD = G @ G.T / 4 + D([1.0, 2, 3, 4])
TALL, WIDE = rng.standard_normal((5, 3)), rng.standard_normal((3, 5))
Q4, P4, Q5 = (np.linalg.qr(rng.standard_normal((n, n)))[0] for n in (4, 4, 5))
JORDAN = D([2.0] * 4) + D([1.0] * 3, 1)
REAL = D([1.0, 2, 4, 7]) + 0.2 * G
PAIR = D([2.0, 2, 1, 3]) + np.pad([[0, 1.0], [-1, 0]], (0, 2)) + 0.1 * G
COMPLEX = np.stack([REAL, 0.3 * rng.standard_normal((4, 4))])
SEMISIMPLE = NEAR @ D([1.0, 1, 2, 3]) @ np.linalg.inv(NEAR)
RANK2 = rng.standard_normal((5, 2)) @ rng.standard_normal((2, 4))
RANK2_EXACT = np.pad(D([3.0, 2]), ((0, 3), (0, 2)))
B4 = 2 * np.eye(4) + 0.3 * sym(rng.standard_normal((4, 4)))
S9 = D(np.arange(1.0, 10)) + 0.3 * sym(rng.standard_normal((9, 9)))
B9 = np.eye(9) + 0.05 * sym(rng.standard_normal((9, 9)))
R24, C46 = rng.standard_normal((2, 4)), rng.standard_normal((4, 6))


def rows() -> list[Row]:
    """All rows of this part."""
    parts_of_table = (_symmetric, _general, _generalized, _singular, _singular_ties, _norms, _polar, _similarity)
    return [row for part in (*parts_of_table, _equations, _structured, _subspaces, _alignment) for row in part()]


# --- eigenvalues --------------------------------------------------------------------------------------


def _vw(r):
    return squares(r[1]) + squares(r[0])


def _vfv(L, S):
    values, V = L.eigh(S)
    return (V * exp(values)) @ V.mT.conj()


def _symmetric():
    yield Row("eigh", "distinct", "", SPD, lambda L, X: _vw(L.eigh(sym(X))), "eigh")
    case = "eigvalsh: weighted sum, distinct"
    yield Row("eigh", case, "", SPD, lambda L, X: squares(L.eigvalsh(sym(X))), "eigvalsh")
    hermitian = np.stack([SPD, COMPLEX[1]])
    yield Row("eigh", "Hermitian complex, distinct", "", hermitian, lambda L, X: _vw(L.eigh(herm(X))), "eigh")

    of_values = lambda L, X: exp(L.eigvalsh(sym(X))).sum()
    of_pairs = lambda L, X: exp(L.eigh(sym(X))[0]).sum()
    whole = lambda L, X: weigh(_vfv(L, sym(X)))
    best_trace = lambda L, X: trace(L.spectral_function("exp", sym(X)))
    best = lambda L, X: weigh(L.spectral_function("exp", sym(X)))
    for where, A in (
        ("exactly repeated diag(1,1,2,3)", D([1.0, 1, 2, 3])),
        ("repeated up to rounding", Q4 @ D([1.0, 1, 2, 3]) @ Q4.T),
        ("identity", np.eye(4)),
    ):
        for what, f, route in (
            ("tr exp(A) from eigvalsh", of_values, best_trace),
            ("tr exp(A) from eigh", of_pairs, best_trace),
            ("V exp(w) V^T", whole, best),
        ):
            yield Row("eigh", f"{what}, {where}", "H", A, f, "spectral_function", route)
    for gap in ("1e-10", "1e-6"):
        A = Q4 @ D([1.0, 1 + float(gap), 2, 3]) @ Q4.T
        yield Row("eigh", f"V exp(w) V^T, gap {gap}", "H", A, whole, "spectral_function", best)

    top = lambda L, X: L.eigvalsh(sym(X))[2:].sum() ** 2
    projector = lambda L, X: weigh(L.eigh(sym(X))[1][:, 2:] @ L.eigh(sym(X))[1][:, 2:].mT)
    simple = lambda L, X: L.eigh(sym(X))[0][0] ** 2 + squares(L.eigh(sym(X))[1][:, :1])
    for where, A in (("exact diag(1,2,3,3)", D([1.0, 2, 3, 3])), ("up to rounding", Q4 @ D([1.0, 2, 3, 3]) @ Q4.T)):
        yield Row(
            "eigh", f"sum of 2 largest eigenvalues, the pair repeated, {where}", "H", A, top, "sum_largest",
            lambda L, X: L.sum_largest(sym(X), 2) ** 2,
        )  # fmt: skip
        yield Row(
            "eigh", f"projector on a repeated pair, {where}", "H", A, projector, "spectral_projector",
            lambda L, X: weigh(L.spectral_projector(sym(X), 2)),
        )  # fmt: skip
        yield Row(
            "eigh", f"simple eigenvalue/vector 1, others repeated, {where}", "H", D([1.0, 2, 3, 3]) if "exact" in where
            else Q4 @ D([1.0, 3, 3, 3]) @ Q4.T, simple, "lobpcg", _smallest,
        )  # fmt: skip
    identity = np.stack([np.eye(4), np.zeros((4, 4))])
    yield Row(
        "eigh", "V exp(w) V^H Hermitian complex at the identity", "H", identity, lambda L, X: parts(_vfv(L, herm(X))),
        "spectral_function", lambda L, X: parts(L.spectral_function("exp", herm(X))),
    )  # fmt: skip


def _smallest(L, X):
    values, V = L.lobpcg(sym(X), 1, largest=False)
    return values[0] ** 2 + squares(V)


def _projectors(values, V, L):
    """The sum over eigenvalues of a function of the entries of v w^H, and of the eigenvalues."""
    left = L.inv(V)
    return squares((V * V.conj()).real @ (left * left.conj()).real) + _symmetric_in(values)


def _symmetric_in(values):
    return abs((values**3).sum()) ** 2 / 1e3


def _general():
    opted_in = lambda X: jax.lax.linalg.eig(X, compute_left_eigenvectors=False, enable_eigvec_derivs=True)
    inverse = type("", (), {"inv": staticmethod(jnp.linalg.inv)})
    norms = lambda r: squares(r[1])
    for where, A in (("real eigenvalues", REAL), ("complex pair", PAIR)):
        for what, f, route in (
            ("eigvals, symmetric function", lambda L, X: _symmetric_in(L.eigvals(X)), "eigvals"),
            ("eigenvalues from eig", lambda L, X: _symmetric_in(L.eig(X)[0]), "eig"),
            ("eigenprojectors v w^H", lambda L, X: _projectors(*L.eig(X), L), "eig"),
            ("unit-norm eigenvectors \\|v\\|^2", lambda L, X: norms(L.eig(X)), "eig"),
        ):
            yield Row("eig", f"{what}, {where}", "", A, f, route)
        for what, f, by_jax in (
            ("eigenprojectors", lambda L, X: _projectors(*L.eig(X), L), lambda X: _projectors(*opted_in(X), inverse)),
            ("\\|v\\|^2", lambda L, X: norms(L.eig(X)), lambda X: norms(opted_in(X))),
        ):
            case = f"opt-in jax.lax.linalg.eig(enable_eigvec_derivs): {what}, {where}"
            yield Row("eig", case, "", A, f, "eig", jax=by_jax, torch=ABSENT)
    by_values = lambda L, X: exp(L.eigvals(X)).sum().real
    by_pairs = lambda L, X: exp(L.eig(X)[0]).sum().real
    best = lambda L, X: trace(L.expm(X))
    opt_in_trace = lambda X: exp(opted_in(X)[0]).sum().real
    ties = (
        ("semisimple double eigenvalue (rounding)", SEMISIMPLE),
        ("exact diag(1,1,2,3)", D([1.0, 1, 2, 3])),
        ("defective Jordan block", JORDAN),
    )
    for where, A in ties:
        yield Row("eig", f"tr f(A) from eigvals, {where}", "H", A, by_values, "expm", best)
        yield Row("eig", f"tr f(A) from eig, {where}", "H", A, by_pairs, "expm", best)
    whole = lambda L, X: weigh((L.eig(X)[1] * exp(L.eig(X)[0])) @ L.inv(L.eig(X)[1]))
    yield Row(
        "eig",
        "V exp(w) V^-1, exact diag(1,1,2,3)",
        "H",
        D([1.0, 1, 2, 3]),
        whole,
        "expm",
        lambda L, X: weigh(L.expm(X)),
    )
    case = "opt-in jax.lax.linalg.eig(enable_eigvec_derivs): tr f(A), "
    yield Row("eig", case + "real eigenvalues", "", REAL, by_pairs, "eig", jax=opt_in_trace, torch=ABSENT)
    for where, A in ties:
        yield Row("eig", case + where, "H", A, by_pairs, "expm", best, jax=opt_in_trace, torch=ABSENT)


def _generalized():
    b = lambda X, B=B4: as_like(X, B)
    pencil = lambda X: b(X) + 0.1 * X @ X.mT
    yield Row(
        "generalized eigh", "eigh(a, b): values and b-orthonormal vectors, distinct", "", SPD,
        lambda L, X: _vw(L.eigh(sym(X), pencil(X))), "eigh", jax=lambda X: _vw(js.eigh(sym(X), pencil(X))), torch=NO,
    )  # fmt: skip

    def whole(values, V):
        return weigh((V * exp(values)) @ V.mT)

    yield Row(
        "generalized eigh", "V exp(w) V^T, repeated: a = 2 b", "H", 2 * B4, lambda L, X: whole(*L.eigh(sym(X), b(X))),
        "expm", lambda L, X: weigh(L.expm(L.solve(b(X), sym(X))) @ L.inv(b(X))),
        jax=lambda X: whole(*js.eigh(sym(X), b(X))), torch=NO,
    )  # fmt: skip
    options = {"niter": 1000, "tol": 1e-15}
    yield Row(
        "generalized eigh", "torch.lobpcg(A, B=B), 2 largest of 9", "", S9,
        lambda L, X: _vw(L.lobpcg(sym(X), 2, as_like(X, B9))), "lobpcg", jax=ABSENT,
        torch=lambda X: _vw(torch.lobpcg(sym(X), k=2, B=as_like(X, B9), **options)),
    )  # fmt: skip
    yield Row(
        "generalized eigh", "torch.lobpcg(A), no B, 2 largest of 9", "", S9, lambda L, X: _vw(L.lobpcg(sym(X), 2)),
        "lobpcg", jax=ABSENT, torch=lambda X: _vw(torch.lobpcg(sym(X), k=2, **options)),
    )  # fmt: skip

    def composed(L, X):
        left = L.inv(L.cholesky(b(X)))
        values, W = L.eigh(sym(left @ sym(X) @ left.mT))
        return _vw((values, left.mT @ W))

    yield Row("generalized eigh", "composed: cholesky + inv + eigh", "C", SPD, composed, "eigh")


# --- singular values ----------------------------------------------------------------------------------


def _thin(r):
    return squares(r[0]) + squares(r[1]) + squares(r[2])


def _full(L, X):
    U, s, Vh = L.svd(X)
    m, n = X.shape
    k = min(m, n)
    rest = U[:, k:] @ U[:, k:].mT if m > n else Vh[k:].mT @ Vh[k:]
    return _thin((U[:, :k], s, Vh[:k])) + weigh(rest)


def _singular():
    thin = lambda L, X: _thin(L.svd(X, full_matrices=False))
    yield Row("svd", "thin tall 5x3", "", TALL, thin, "svd")
    yield Row("svd", "thin wide 3x5", "", WIDE, thin, "svd")
    yield Row("svd", "square, full_matrices=True (library default)", "", G, lambda L, X: _thin(L.svd(X)), "svd")
    yield Row("svd", "full_matrices=True, tall 5x3, incl. complement projector", "", TALL, _full, "svd")
    yield Row("svd", "full_matrices=True, wide 3x5, incl. complement projector", "", WIDE, _full, "svd")
    leading = lambda L, X: _thin((L.svd(X)[0][:, :3], *L.svd(X)[1:]))
    yield Row("svd", "full_matrices=True, tall 5x3, only s and leading triplets used", "", TALL, leading, "svd")
    two = np.stack([TALL, rng.standard_normal((5, 3))])
    complex_thin = lambda L, X: _thin(L.svd(complex_of(X), full_matrices=False))
    yield Row("svd", "complex thin tall 5x3", "", two, complex_thin, "svd")
    yield Row("svd", "svdvals: weighted sum, distinct", "", TALL, lambda L, X: squares(L.svdvals(X)), "svdvals")
    alone = lambda L, X: squares(L.svd(X, full_matrices=False)[1])
    yield Row("svd", "s from svd (U, V unused), tall", "", TALL, alone, "svd")


def _singular_ties():
    def cubed(L, X):
        U, s, Vh = L.svd(X, full_matrices=False)
        return weigh((U * s**3) @ Vh)

    product = lambda L, X: weigh(X @ X.mT @ X)
    tall = np.pad(D([2.0, 2, 1]), ((0, 2), (0, 0)))
    for case, A in (
        ("repeated: U s^3 V^T = A A^T A, square exact diag(2,2,1,.5)", D([2.0, 2, 1, 0.5])),
        ("repeated: U s^3 V^T = A A^T A, square up to rounding", Q4 @ D([2.0, 2, 1, 0.5]) @ P4),
        ("repeated: U s^3 V^T = A A^T A, tall 5x3 exact", tall),
        ("repeated: U s^3 V^T = A A^T A, tall 5x3 up to rounding", Q5 @ tall @ np.linalg.qr(TALL[:3])[0]),
        ("repeated: U s^3 V^T = A A^T A, square orthogonal (all equal)", Q4),
        ("repeated: U s^3 V^T = A A^T A, identity", np.eye(4)),
        ("rank deficient: U s^3 V^T = A A^T A, square rank 3 exact diag(3,2,1,0)", D([3.0, 2, 1, 0])),
        ("rank deficient: U s^3 V^T = A A^T A, square rank 2 exact diag(3,2,0,0)", D([3.0, 2, 0, 0])),
        ("rank deficient: U s^3 V^T = A A^T A, tall 5x3 rank 2, random factors", RANK2[:, :2] @ R24[:, :3]),
        ("rank deficient: U s^3 V^T = A A^T A, tall 5x3 rank 2 exact", RANK2_EXACT[:, :3]),
        ("rank deficient: U s^3 V^T = A A^T A, zero 4x4", np.zeros((4, 4))),
    ):
        yield Row("svd", case, "H", A, cubed, "A @ A.mT @ A", product)

    def subspaces(r):
        U, s, Vh = r[0][:, :2], r[1][:2], r[2][:2]
        return squares(s) + weigh(U @ U.mT) + weigh(Vh.mT @ Vh)

    opaque = lambda L, X: subspaces(L.svd(X, full_matrices=False))
    best = lambda L, X: subspaces(L.svds(X, 2))
    case = "leading 2 values + subspaces of a rank-2 tall 5x4"
    yield Row("svd", f"{case} (exact zeros, s=0 twice)", "H", RANK2_EXACT, opaque, "svds", best)
    yield Row("svd", f"{case}, random factors", "H", RANK2, opaque, "svds", best)
    yield Row(
        "svd", "svdvals: the 2 nonzero values of a rank-2 5x4, exact", "H", RANK2_EXACT,
        lambda L, X: squares(L.svdvals(X)[:2]), "svds", lambda L, X: squares(L.svds(X, 2)[1]),
    )  # fmt: skip
    total = lambda L, X: (L.svdvals(X) ** 2).sum() ** 2
    for case, A in (
        ("svdvals: sum s^2 = \\|A\\|_F^2, repeated exact", D([2.0, 2, 1, 0.5])),
        ("svdvals: sum s^2, repeated up to rounding", Q4 @ D([2.0, 2, 1, 0.5]) @ P4),
        ("svdvals: sum s^2 at rank 2 of 4 exact", D([3.0, 2, 0, 0])),
    ):
        yield Row("svd", case, "H", A, total, "norm", lambda L, X: L.norm(X) ** 4)
    yield Row(
        "svd", "svdvals: sum s^2 at the zero matrix", "H", np.zeros((4, 4)), lambda L, X: (L.svdvals(X) ** 2).sum(),
        "sum(A * A)", lambda L, X: (X * X).sum(),
    )  # fmt: skip

    def low(L, X):
        U, s, Vh = L.svd(X, full_matrices=False)
        return weigh((U[:, :2] * s[:2]) @ Vh[:2])

    for case, A in (("rank 2 of 5x4", RANK2), ("exact zeros", RANK2_EXACT)):
        yield Row(
            "svd",
            f"best approximation of rank 2, {case}",
            "H",
            A,
            low,
            "low_rank",
            lambda L, X: weigh(L.low_rank(X, 2)),
        )


def _norms():
    norm = lambda p: lambda L, X: L.norm(X, p)
    for case, hard, A in (
        ("2 (spectral), distinct", "", G),
        ("2 (spectral), smaller values repeated exact diag(3,1,1,.5)", "H", D([3.0, 1, 1, 0.5])),
        ("2 (spectral), smaller values repeated up to rounding", "H", Q4 @ D([3.0, 1, 1, 0.5]) @ P4),
        ("2 (spectral), rank one matrix", "H", np.outer(*G[:2])),
    ):
        yield Row("matrix norm", case, hard, A, norm(2), "norm")
    for case, hard, A in (
        ("nuc, tall distinct", "", TALL),
        ("nuc, orthogonal matrix (all singular values equal)", "H", Q4),
        ("nuc, identity", "H", np.eye(4)),
    ):
        yield Row("matrix norm", case, hard, A, norm("nuc"), "norm")
    yield Row(
        "matrix norm", "nuc, constant rank 2: L R^T 5x4", "H", TALL[:, :2], lambda L, X: L.norm(X @ as_like(X, R24), "nuc"),
        "norm",
    )  # fmt: skip
    yield Row("matrix norm", "fro", "", G, norm("fro"), "norm")
    yield Row("cond", "default (2-norm), distinct", "", G, lambda L, X: L.cond(X), "cond")
    case = "default, middle singular values repeated exact diag(3,1,1,.5)"
    yield Row("cond", case, "H", D([3.0, 1, 1, 0.5]), lambda L, X: L.cond(X), "cond")
    for p in ("fro", "nuc"):
        yield Row("cond", f"p={p}", "", G, lambda L, X, p=p: L.cond(X, p), "cond")


def _polar():
    unitary = lambda L, X: weigh(L.polar(X)[0])
    for case, hard, A in (("square", "", G), ("tall 5x3", "", TALL)):
        yield Row("polar", case, hard, A, unitary, "polar")
    yield Row("polar", "wide 3x5 (side=left)", "", WIDE, lambda L, X: weigh(L.polar(X, side="left")[0]), "polar")
    for case, A in (
        ("exact identity", np.eye(4)),
        ("orthogonal matrix", Q4),
        ("diag(2,2,1,.5)", D([2.0, 2, 1, 0.5])),
    ):
        yield Row("polar", f"repeated singular values, {case}", "H", A, unitary, "polar")
    by_svd = lambda X: weigh(js.polar(X, method="svd")[0])
    yield Row("polar", "jax method='svd', square distinct", "", G, unitary, "polar", jax=by_svd, torch=ABSENT)
    yield Row("polar", "jax method='svd', identity", "H", np.eye(4), unitary, "polar", jax=by_svd, torch=ABSENT)

    def composed(L, X):
        U, _, Vh = L.svd(X, full_matrices=False)
        return weigh(U @ Vh)

    yield Row("polar", "composed: U V^T from svd, distinct", "C", G, composed, "svd")
    yield Row("polar", "composed: U V^T from svd, orthogonal matrix", "HC", Q4, composed, "polar", unitary)


# --- similarity, equations, structure -----------------------------------------------------------------


def _similarity():
    both = lambda r: squares(r[0]) + squares(r[1])
    yield Row("schur", "real, real eigenvalues", "", REAL, lambda L, X: both(L.schur(X)), "schur")
    yield Row("schur", "real, complex pair (2x2 block)", "", PAIR, lambda L, X: both(L.schur(X)), "schur")
    yield Row("schur", "complex", "", COMPLEX, lambda L, X: both(L.schur(complex_of(X), output="complex")), "schur")
    case = "complex form of a real matrix with a complex pair"
    yield Row("schur", case, "", PAIR, lambda L, X: both(L.schur(X, output="complex")), "schur")
    yield Row("hessenberg", "H and Q", "", G, lambda L, X: both(L.hessenberg(X, calc_q=True)), "hessenberg")


def _equations():
    sylvester = lambda L, X: weigh(L.solve_sylvester(X, X @ X, X.mT))
    yield Row("solve_sylvester", "AX+XB=C generic", "", NEAR, sylvester, "solve_sylvester")
    by_eigen = lambda X: weigh(js.solve_sylvester(X, X @ X, X.mT, method="eigen"))
    yield Row(
        "solve_sylvester", "jax method='eigen'", "", NEAR, sylvester, "solve_sylvester", jax=by_eigen, torch=ABSENT
    )
    yield Row("solve_sylvester", "A=2I, B=I (repeated eigenvalues)", "H", 2 * np.eye(4),
              lambda L, X: weigh(L.solve_sylvester(X, X / 2, X.mT)), "solve_sylvester")  # fmt: skip
    yield Row("solve_continuous_lyapunov", "AX+XA^T=Q", "", NEAR,
              lambda L, X: weigh(L.solve_continuous_lyapunov(X, X @ X.mT)), "solve_continuous_lyapunov")  # fmt: skip

    def by_kron(L, X):
        one = as_like(X, np.eye(4))
        return weigh(L.solve(L.kron(one, X) + L.kron(X, one), (X @ X.mT).reshape(16)).reshape(4, 4))

    yield Row("solve_continuous_lyapunov", "composed: kron + solve", "C", NEAR, by_kron, "solve")
    yield Row("solve_discrete_lyapunov", "AXA^T-X+Q=0", "", NEAR,
              lambda L, X: weigh(L.solve_discrete_lyapunov(0.3 * X, X @ X.mT)), "solve_discrete_lyapunov")  # fmt: skip
    for name in ("solve_continuous_are", "solve_discrete_are"):
        yield Row(name, "A,B,Q,R", "", NEAR,
                  lambda L, X, name=name: weigh(getattr(L, name)(X, X, X @ X.mT, X @ X.mT)), name)  # fmt: skip


def _structured():
    yield Row("kron", "2x3 (x) 3x2", "", WIDE, lambda L, X: weigh(L.kron(X[:2, :3], X[:, 3:])), "kron")
    column = np.array([[4.0, 1, 0.5, 0.2, 0.1], [4.0, -1, 0.3, 0.2, 0.4]])
    b = rng.standard_normal(5)
    yield Row(
        "solve_toeplitz", "nonsymmetric (c, r), b", "", column,
        lambda L, X: weigh(L.solve_toeplitz((X[0], X[1]), X[1] + as_like(X, b))), "solve_toeplitz", jax=NO, torch=NO,
    )  # fmt: skip
    where = np.arange(5)[:, None] - np.arange(5)[None, :] + 4
    join = lambda a, b: torch.cat([a, b]) if isinstance(a, torch.Tensor) else jnp.concatenate([a, b])
    flip = lambda a: torch.flip(a, (0,)) if isinstance(a, torch.Tensor) else a[::-1]
    matrix = lambda X: join(flip(X[1][1:]), X[0])[as_like(X, where)]
    yield Row(
        "solve_toeplitz", "composed: solve(toeplitz(c, r), b)", "C", column,
        lambda L, X: weigh(L.solve(matrix(X), X[1] + as_like(X, b))), "solve",
    )  # fmt: skip
    yield Row("block_diag", "2x2, 3x3", "", TALL, lambda L, X: weigh(L.block_diag(X[:2, :2], X[2:])), "block_diag")


def _subspaces():
    null = lambda L, X: weigh(L.null_space(X) @ L.null_space(X).mT)
    yield Row("null_space", "function: projector, wide 3x5", "", WIDE, null, "null_space")

    def by_svd(L, X):
        N = L.svd(X)[2][3:]
        return weigh(N.mT @ N)

    case = "composed: svd(full_matrices=True), projector, wide 3x5"
    yield Row("null_space", case, "HC", WIDE, by_svd, "svd")
    case = "composed: I - pinv(A) A, wide 3x5"
    yield Row("null_space", case, "C", WIDE, lambda L, X: weigh(as_like(X, np.eye(5)) - L.pinv(X) @ X), "pinv")
    orth = lambda L, X: weigh(L.orth(X) @ L.orth(X).mT)
    yield Row("orth", "function: projector, tall 5x3", "", TALL, orth, "orth")

    def composed(L, A, k):
        U = L.svd(A, full_matrices=False)[0][:, :k]
        return weigh(U @ U.mT)

    best = lambda L, X: weigh(L.range_projector(X))
    case = "composed: U U^T from thin svd, "
    yield Row("orth", case + "distinct", "C", TALL, lambda L, X: composed(L, X, 3), "svd")
    tied = np.linalg.qr(TALL)[0]
    yield Row(
        "orth",
        case + "orthonormal columns",
        "HC",
        np.eye(5)[:, :3],
        lambda L, X: composed(L, X, 3),
        "range_projector",
        best,
    )
    of_rank = lambda X: X @ as_like(X, R24)
    yield Row(
        "orth", "composed: U U^T, constant rank 2: L R^T 5x4, first 2 columns of U", "HC", TALL[:, :2],
        lambda L, X: composed(L, of_rank(X), 2), "range_projector", lambda L, X: weigh(L.range_projector(of_rank(X))),
    )  # fmt: skip
    yield Row("orth", "function: orthonormal columns, generic", "H", tied, orth, "orth")


def _alignment():
    generic = lambda L, X: weigh(L.orthogonal_procrustes(X, X @ X + X)[0])
    yield Row("Procrustes", "function: orthogonal_procrustes", "", G, generic, "orthogonal_procrustes")

    def by_svd(L, A, B):
        U, _, Vh = L.svd(A.mT @ B, full_matrices=False)
        return weigh(U @ Vh)

    best = lambda L, A, B: weigh(L.orthogonal_procrustes(A, B)[0])
    case = "composed: U V^T from svd(A^T B), generic"
    yield Row("Procrustes", case, "C", G, lambda L, X: by_svd(L, X, X @ X + X), "svd")
    for case, B in (
        (
            "composed, A=B with orthonormal columns (equal singular values)",
            np.linalg.qr(rng.standard_normal((6, 3)))[0],
        ),
        ("composed, exact: A=B=first 3 columns of I6", np.eye(6)[:, :3]),
    ):
        yield Row(
            "Procrustes", case, "HC", B, lambda L, X, B=B: by_svd(L, X, as_like(X, B)), "orthogonal_procrustes",
            lambda L, X, B=B: best(L, X, as_like(X, B)),
        )  # fmt: skip

    def kabsch(L, X, points):
        U, _, Vh = L.svd(X.mT @ as_like(X, points))
        sign = L.det(U @ Vh)
        return weigh(U[:, :2] @ Vh[:2] + sign * (U[:, 2:] @ Vh[2:]))

    flat = rng.standard_normal((6, 3))
    flat[:, 2] = 0
    turned = flat @ np.linalg.qr(rng.standard_normal((3, 3)))[0]
    rotation = lambda L, X, points: weigh(L.rotation(X.mT @ as_like(X, points)))
    for case, hard, points, A in (
        (
            "planar points (smallest singular value 0)",
            "HC",
            turned,
            flat + 0.1 * np.pad(rng.standard_normal((6, 2)), ((0, 0), (0, 1))),
        ),
        ("generic", "C", rng.standard_normal((6, 3)), rng.standard_normal((6, 3))),
    ):
        yield Row(
            "Procrustes", f"composed Kabsch rotation (det +1), {case}", hard, A,
            lambda L, X, p=points: kabsch(L, X, p), "rotation" if "H" in hard else "svd",
            (lambda L, X, p=points: rotation(L, X, p)) if "H" in hard else None,
        )  # fmt: skip
