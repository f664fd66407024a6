"""Rows of the coverage table: solving, determinants, functions of matrices, triangular and orthogonal factors."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import jax.scipy.linalg as js
import numpy as np
import torch

from coverage_libraries import (
    NO,
    Row,
    as_like,
    complex_of,
    exp,
    herm,
    lu_solve,
    parts,
    squares,
    sym,
    trace,
    triangular,
    weigh,
)

__all__ = ["rows"]

rng = np.random.default_rng(1)
D = np.diag
G = rng.standard_normal((4, 4))
NEAR = np.eye(4) + 0.2 * G
SPD = G @ G.T / 4 + np.eye(4)
TALL, WIDE = rng.standard_normal((5, 3)), rng.standard_normal((3, 5))
Q4 = np.linalg.qr(rng.standard_normal((4, 4)))[0]
JORDAN = D([2.0] * 4) + D([1.0] * 3, 1)
PAIR = D([2.0, 2, 1, 3]) + np.pad([[0, 1.0], [-1, 0]], (0, 2)) + 0.1 * G
TIED = Q4 @ D([1.0, 1, 2, 3]) @ Q4.T
COMPLEX = np.stack([NEAR, 0.3 * rng.standard_normal((4, 4))])
SKEW = rng.standard_normal((4, 4))
SKEW = 15 * (SKEW - SKEW.T) / np.linalg.norm(SKEW - SKEW.T, 2)
DEPENDENT = NEAR.copy()
DEPENDENT[:, 3] = DEPENDENT[:, :3] @ [1.0, 2.0, -1.0]
b4, b6, B42, R24, R25 = (rng.standard_normal(s) for s in ((4,), (6,), (4, 2), (2, 4), (2, 4)))
b3 = rng.standard_normal((3,))
LEFT6, LEFT5 = rng.standard_normal((6, 2)), rng.standard_normal((5, 2))
REFLECTORS = rng.standard_normal((5, 4))


def rows() -> list[Row]:
    """All rows of this part."""
    return [*_solving(), *_determinants(), *_functions(), *_roots(), *_triangular(), *_orthogonal()]


def _solving():
    def lstsq(case, A, hard="", b=b6, part=0):
        return Row("lstsq", case, hard, A, lambda L, X: weigh(L.lstsq(X, as_like(X, b)[:, None])[part]), "lstsq")

    yield Row("inv", "regular 4x4", "", NEAR, lambda L, X: weigh(L.inv(X)), "inv")
    yield Row("solve", "square, vector rhs", "", NEAR, lambda L, X: weigh(L.solve(X, X.mT @ as_like(X, b4))), "solve")
    yield Row("solve", "square, matrix rhs", "", NEAR, lambda L, X: weigh(L.solve(X, X.mT @ as_like(X, B42))), "solve")
    yield lstsq("over-determined 6x3", rng.standard_normal((6, 3)))
    yield lstsq("under-determined 3x6 (min norm)", rng.standard_normal((3, 6)), b=b3)
    residuals = lambda X: weigh(torch.linalg.lstsq(X, as_like(X, b6)[:, None], driver="gels")[1])
    yield lstsq("residual output, over-determined", rng.standard_normal((6, 3)), part=1)._replace(torch=residuals)
    yield lstsq(
        "A with orthonormal columns (equal singular values), exact: first 3 columns of I6", np.eye(6)[:, :3], "H"
    )
    yield lstsq("A with orthonormal columns, generic rotation", np.linalg.qr(rng.standard_normal((6, 3)))[0], "H")
    of_rank = lambda L, X: weigh(L.lstsq(X @ as_like(X, R24), as_like(X, b6)[:, None])[0])
    yield Row("lstsq", "constant rank 2: A=L R^T 6x4", "H", LEFT6, of_rank, "lstsq")

    pinv = lambda L, X: weigh(L.pinv(X))
    hermitian = lambda L, X: weigh(L.pinv(sym(X), hermitian=True))
    for case, A, hard in (
        ("tall full rank 5x3", TALL, ""),
        ("wide full rank 3x5", WIDE, ""),
        ("square 4x4", NEAR, ""),
        ("orthonormal columns (equal singular values)", np.eye(5)[:, :3], "H"),
    ):
        yield Row("pinv", case, hard, A, pinv, "pinv")
    yield Row(
        "pinv", "constant rank 2: A=L R^T 5x4", "H", LEFT5, lambda L, X: weigh(L.pinv(X @ as_like(X, R24))), "pinv"
    )
    yield Row("pinv", "hermitian=True, distinct eigenvalues", "", SPD, hermitian, "pinv")
    yield Row("pinv", "hermitian=True, repeated eigenvalue (exact)", "H", D([1.0, 1, 2, 3]), hermitian, "pinv")
    yield Row(
        "pinv",
        "hermitian=True, constant rank 2: L L^T 4x4",
        "H",
        rng.standard_normal((4, 2)),
        lambda L, X: weigh(L.pinv(X @ X.mT, hermitian=True)),
        "pinv",
    )


def _determinants():
    random = lambda k: rng.standard_normal((4, k)) @ rng.standard_normal((k, 4))
    for case, A, hard in (
        ("regular 4x4", NEAR, ""),
        ("rank n-1, exact zero pivot: diag(1,2,3,0)", D([1.0, 2, 3, 0]), "H"),
        ("rank n-1, integer matrix", [[1, 2, 3, 4], [2, 1, 0, 1], [3, 3, 3, 5], [1, 0, 2, 1]], "H"),
        ("rank n-1, random factors (pivot ~ 1e-16)", random(3), "H"),
        ("rank n-2, exact: diag(1,2,0,0) (gradient 0, Hessian not)", D([1.0, 2, 0, 0]), "H"),
        ("rank n-2, integer 0..15", np.arange(16.0).reshape(4, 4), "H"),
        ("rank n-2, random factors", random(2), "H"),
        ("zero matrix 4x4 (all derivatives 0)", np.zeros((4, 4)), "H"),
    ):
        yield Row("det", case, hard, np.asarray(A, float), lambda L, X: L.det(X), "det")
    logarithm = lambda L, X: L.slogdet(X)[1] ** 2
    yield Row("slogdet", "regular, det>0", "", NEAR if np.linalg.det(NEAR) > 0 else -NEAR[::-1], logarithm, "slogdet")
    yield Row("slogdet", "regular, det<0", "", NEAR[[1, 0, 2, 3]] * 1.5, logarithm, "slogdet")

    def signed(L, X):
        sign, log = L.slogdet(X)
        return sign * exp(log)

    yield Row(
        "slogdet",
        "sign*exp(logabsdet) at rank n-1 (value of det is smooth)",
        "HC",
        D([1.0, 2, 3, 0]),
        signed,
        "det",
        lambda L, X: L.det(X),
    )
    nilpotent = np.triu(G, 1)
    for n, case, A, hard in (
        (3, "n=3", G, ""),
        (-2, "n=-2", NEAR, ""),
        (5, "n=5, singular (nilpotent-ish) A", nilpotent + 0.0, "H"),
    ):
        yield Row("matrix_power", case, hard, A, lambda L, X, n=n: weigh(L.matrix_power(X, n)), "matrix_power")


def _functions():
    expm = lambda L, X: weigh(L.expm(X))
    for case, A, hard in (
        ("generic 4x4", G, ""),
        ("zero matrix", np.zeros((4, 4)), "H"),
        ("defective (Jordan block)", JORDAN, "H"),
        ("repeated eigenvalues (symmetric)", TIED, "H"),
        ("larger norm 15 (scaling and squaring), skew", SKEW, "H"),
    ):
        yield Row("expm", case, hard, A, expm, "expm")
    yield Row("expm", "complex A = X + iY", "", COMPLEX, lambda L, X: parts(L.expm(complex_of(X))), "expm")
    action = lambda L, X: weigh(L.expm_multiply(X, as_like(X, b4)))
    yield Row("expm", "action expm(A) b as a function (expm_multiply)", "", G, action, "expm_multiply")
    yield Row("expm", "composed: expm(A) @ b", "C", G, lambda L, X: weigh(L.expm(X) @ as_like(X, b4)), "expm")
    for case, A, hard in (
        ("generic 4x4", NEAR, ""),
        ("at the identity", np.eye(4), "H"),
        ("defective (Jordan block)", JORDAN, "H"),
    ):
        yield Row("logm", case, hard, A, lambda L, X: weigh(L.logm(X)), "logm")
    composed = lambda f: lambda L, X: _by_eig(L, X, f)
    log = lambda w: torch.log(w) if isinstance(w, torch.Tensor) else jnp.log(w)
    sin = lambda w: torch.sin(w) if isinstance(w, torch.Tensor) else jnp.sin(w)
    yield Row("logm", "composed: V log(w) V^-1 by eig", "C", D([1.0, 2, 4, 7]) + 0.2 * G, composed(log), "eig")
    for name, case, A, hard, scalar in (
        ("sinm", "sin(A) (sinm; jax: funm)", G, "", jnp.sin),
        ("cosm", "cos(A) (cosm; jax: funm)", G, "", jnp.cos),
        ("sinm", "sin(A), double eigenvalue, A=diag(1,1,2,3)", D([1.0, 1, 2, 3]), "H", jnp.sin),
        ("sinm", "sin(A), defective (Jordan block)", JORDAN, "H", jnp.sin),
        ("signm", "matrix sign (signm; jax: funm)", D([2.0, -2, 1, -1]) + 0.2 * G, "", jnp.sign),
    ):
        yield Row(
            "funm",
            case,
            hard,
            A,
            lambda L, X, name=name: weigh(getattr(L, name)(X)),
            name,
            jax=lambda X, scalar=scalar: weigh(js.funm(X, scalar, disp=True)),
        )
    yield Row("funm", "composed: V sin(w) V^-1 by eig", "C", D([1.0, 2, 4, 7]) + 0.2 * G, composed(sin), "eig")
    power = lambda L, X: weigh(L.fractional_matrix_power(X, 0.3))
    yield Row("fractional_matrix_power", "A^0.3 generic", "", NEAR, power, "fractional_matrix_power")
    in_both = lambda L, X: weigh(L.fractional_matrix_power(X, trace(X) / 9))
    yield Row("fractional_matrix_power", "A^t, t = tr(A)/9", "", NEAR, in_both, "fractional_matrix_power")


def _by_eig(L, X, f):
    values, V = L.eig(X)
    return weigh((V * f(values)) @ L.inv(V))


def _roots():
    sqrtm = lambda L, X: weigh(L.sqrtm(X))
    for case, A, hard in (
        ("generic 4x4", NEAR, ""),
        ("complex eigenvalue pair", PAIR, ""),
        ("at 2*I", 2 * np.eye(4), "H"),
        ("defective (Jordan block)", JORDAN, "H"),
    ):
        yield Row("sqrtm", case, hard, A, sqrtm, "sqrtm")
    root = getattr(torch.linalg, "matrix_sqrth", None)
    for case, A, hard in (
        ("SPD, distinct (torch: matrix_sqrth)", SPD, ""),
        ("SPD, exactly repeated eigenvalues (torch: matrix_sqrth)", D([1.0, 1, 2, 3]), "H"),
        ("SPD, repeated up to rounding (torch: matrix_sqrth)", TIED, "H"),
    ):
        yield Row(
            "sqrtm",
            case,
            hard,
            A,
            lambda L, X: weigh(L.sqrtm(sym(X))),
            "sqrtm",
            torch=(lambda X: weigh(root(sym(X)))) if root else None,
        )
    mean = lambda L, X: weigh(L.geometric_mean(X @ X.mT, X @ X.mT @ X @ X.mT))
    yield Row("geometric_mean", "two SPD", "", NEAR, mean, "geometric_mean")


def _triangular():
    chol = lambda L, X: weigh(L.cholesky(sym(X)))
    yield Row("cholesky", "SPD 4x4", "", SPD, chol, "cholesky")
    yield Row("cholesky", "at the identity", "H", np.eye(4), chol, "cholesky")
    hermitian = np.stack([SPD + np.eye(4), COMPLEX[1]])
    yield Row("cholesky", "Hermitian complex", "", hermitian, lambda L, X: parts(L.cholesky(herm(X))), "cholesky")
    yield Row(
        "cholesky",
        "cho_factor/cho_solve",
        "",
        SPD,
        lambda L, X: weigh(L.cho_solve(L.cho_factor(sym(X)), X @ as_like(X, B42))),
        "cho_solve",
        torch=lambda X: weigh(torch.cholesky_solve(X @ as_like(X, B42), torch.linalg.cholesky(sym(X)))),
    )
    indefinite = D([2.0, -1, 3, -2]) + 0.1 * (G + G.T)
    lower = lambda M: torch.tril(M) if isinstance(M, torch.Tensor) else jnp.tril(M)
    factor = lambda L, X: weigh(lower(L.ldl_factor(sym(X))[0]))
    yield Row("ldl", "indefinite, 1x1 pivots, no interchange", "", indefinite, factor, "ldl_factor")
    solved = lambda L, X: weigh(L.ldl_solve(*L.ldl_factor(sym(X))[:2], X @ as_like(X, B42)))
    yield Row("ldl", "solve through ldl_factor/ldl_solve", "", indefinite, solved, "ldl_solve")

    lu = lambda L, X: weigh(L.lu(X)[1]) + weigh(L.lu(X)[2])
    for case, A, hard in (
        ("square", NEAR, ""),
        ("tall 5x3", TALL, ""),
        ("wide 3x5", WIDE, ""),
        ("square rank n-1, last pivot 0 (still differentiable)", DEPENDENT, "H"),
    ):
        yield Row("lu", case, hard, A, lu, "lu")
    factored = lambda L, X: weigh(lu_solve(L, X, X.mT @ as_like(X, B42)))
    yield Row("lu", "lu_factor/lu_solve", "", NEAR, factored, "lu_solve")


def _orthogonal():
    both = lambda r: squares(r[0]) + squares(r[1])
    for case, A, hard in (("square", NEAR, ""), ("tall reduced 5x3", TALL, ""), ("wide reduced 3x5", WIDE, "")):
        yield Row("qr", case, hard, A, lambda L, X: both(L.qr(X)), "qr")

    def complete(L, X):
        Q, R = L.qr(X, "complete")
        m, n = X.shape[-2:]
        rest = Q[:, n:]
        return squares(Q[:, :n]) + squares(R) + (weigh(rest @ rest.mT) if m > n else 0)

    for case, A in (
        ("mode=complete, tall 5x3", TALL),
        ("mode=complete, square", NEAR),
        ("mode=complete, wide 3x5", WIDE),
    ):
        yield Row("qr", case, "", A, complete, "qr")
    only = lambda L, X: L.qr(X, "r")
    yield Row(
        "qr",
        "mode=r, tall 5x3",
        "",
        TALL,
        lambda L, X: squares(only(L, X)),
        "qr",
        torch=lambda X: squares(torch.linalg.qr(X, "r")[1]),
    )
    pivoted = lambda L, X: both(L.qr(X, pivoting=True))
    economic = lambda X: both(js.qr(X, mode="economic", pivoting=True))
    yield Row("qr", "pivoting=True, tall 5x3", "", TALL, pivoted, "qr", jax=economic, torch=NO)
    case = "square rank n-1, dependent last column (still differentiable)"
    yield Row("qr", case, "H", DEPENDENT, lambda L, X: both(L.qr(X)), "qr")
    exact = np.diag([1.0, 1, 1, 0])
    yield Row("qr", "square rank n-1, exact: I with last column 0", "H", exact, lambda L, X: both(L.qr(X)), "qr")
    tall = np.stack([TALL, rng.standard_normal((5, 3))])
    yield Row("qr", "complex tall 5x3", "", tall, lambda L, X: both(L.qr(complex_of(X))), "qr")
    for case, lower, unit, transposed in (
        ("lower", True, False, False),
        ("upper", False, False, False),
        ("lower, unit_diagonal", True, True, False),
        ("lower, transposed", True, False, True),
    ):
        yield Row(
            "solve_triangular",
            case,
            "",
            NEAR,
            lambda L, X, k=(lower, unit, transposed): weigh(triangular(L, X, X.mT @ as_like(X, B42), *k)),
            "solve_triangular",
        )
    product = lambda L, X: weigh(L.householder_product(X[:, :3], X[:3, 3]))
    jax_product = lambda X: weigh(jax.lax.linalg.householder_product(X[:, :3], X[:3, 3]))
    yield Row("householder_product", "5x3 reflectors", "", REFLECTORS, product, "householder_product", jax=jax_product)
