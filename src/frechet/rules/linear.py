"""Linear functions of matrices: traces, sums, diagonals, vec, Kronecker and Khatri-Rao products, parts.

Each operation gives its adjoint and its matrix; the differential of a linear function is the function itself.
Kronecker identities: Magnus and Neudecker, 3rd ed., ch. 2-3; Van Loan, J. Comput. Appl. Math. 123 (2000).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from frechet.expr.literature import FUNDAMENTAL_RULES, MAGNUS_NEUDECKER, MATRICES
from frechet.expr.node import Expr, Operation, operation
from frechet.expr.sizes import ONE, Size, SizeLike, size
from frechet.expr.structure import eye, mul, number, ones, scale, transpose
from frechet.rules.declare import adjoint, matrix

__all__ = [
    "colsum", "commutation", "diag", "diagm", "inner", "kron", "ptrace1", "ptrace2", "rowsum", "skew", "sum", "sym", "trace", "tril", "triu", "unvec", "vec",
]  # fmt: skip

_KRONECKER = f"{MAGNUS_NEUDECKER}, sec. 2.2 and 2.4: Kronecker product and vec"
_PARTIAL_TRACE = "Nielsen and Chuang, Quantum Computation and Quantum Information (2000), sec. 2.4.3: partial trace"


def _same_if_scalar(args: tuple[Expr, ...], params: tuple[Any, ...]) -> Expr | None:
    return args[0] if args[0].is_scalar else None


def _same_if_column(args: tuple[Expr, ...], params: tuple[Any, ...]) -> Expr | None:
    return args[0] if args[0].cols is ONE else None


def _random(*shapes: tuple[int, int]) -> Callable[[np.random.Generator], tuple[np.ndarray, ...]]:
    """A sampler: standard normal arrays of these shapes."""
    return lambda rng: tuple(rng.standard_normal(s) for s in shapes)


# --- to scalars and vectors -----------------------------------------------------------------------

trace = operation(
    "tr",
    "n n -> 1 1",
    holomorphic=True,
    value=lambda A: np.array([[np.trace(A)]]),
    fold=_same_if_scalar,
    sample=_random((4, 4)),
    notation=r"\operatorname{{tr}}({0})",
    source=FUNDAMENTAL_RULES,
    aliases=("trace", "Tr"),
    taken_for=("sum", "the trace is not the sum of all entries"),
    laws=(
        "tr(A') = tr(A)",
        "tr(sym(A)) = tr(A)",
        "tr(diag(x)) = sum(x)",
        "tr(kron(A,B)) = tr(A)*tr(B) where A square, B square",
        "tr(eye(n)) = size(n)",
        "tr(ones(n,n)) = size(n)",
        "tr(A) = 0 where A skew",
    ),
)


def inner(A: Expr, B: Expr) -> Expr:
    """The Frobenius inner product <A, B> = tr(A'B), written x'y for columns."""
    if A.is_scalar:
        return scale(A, B)
    return mul(A.T, B) if A.cols is ONE else trace(mul(A.T, B))


@adjoint(trace)
def adjoint_trace(W: Expr, A: Expr) -> Expr:
    return W * eye(A.rows)


@matrix(trace)
def matrix_trace(A: Expr) -> Expr:
    return vec(eye(A.rows)).T


sum = operation(
    "sum",
    "m n -> 1 1",
    holomorphic=True,
    value=lambda A: np.array([[A.sum()]]),
    fold=_same_if_scalar,
    sample=_random((3, 4)),
    notation=r"\operatorname{{sum}}({0})",
    source=FUNDAMENTAL_RULES,
    laws=(
        "sum(A') = sum(A)",
        "sum(diag(x)) = sum(x)",
        "sum(vec(A)) = sum(A)",
        "sum(rowsum(A)) = sum(A)",
        "sum(colsum(A)) = sum(A)",
        "sum(ones(m,n)) = size(m*n)",
        "sum(log(diag(chol(A)))) = logdet(sym(A))/2",
        "sum(x.^2) = 1 where x unit",
    ),
)


@adjoint(sum)
def adjoint_sum(W: Expr, A: Expr) -> Expr:
    return W * ones(A.rows, A.cols)


@matrix(sum)
def matrix_sum(A: Expr) -> Expr:
    return ones(1, A.rows * A.cols)


rowsum = operation(
    "rowsum",
    "m n -> m 1",
    holomorphic=True,
    value=lambda A: A.sum(axis=1, keepdims=True),
    fold=_same_if_column,
    sample=_random((3, 4)),
    notation=r"{0}\mathbf{{1}}",
    spoken="row-sums",
    source=FUNDAMENTAL_RULES,
    taken_for=("colsum", "the sum runs over the wrong index"),
    laws=(
        "rowsum(A') = colsum(A)",
        "rowsum(eye(n)) = ones(n)",
        "rowsum(diag(x)) = x",
        "rowsum(ones(m,n)) = size(n)*ones(m)",
    ),
)


@adjoint(rowsum)
def adjoint_rowsum(W: Expr, A: Expr) -> Expr:
    return W @ ones(1, A.cols)


@matrix(rowsum)
def matrix_rowsum(A: Expr) -> Expr:
    return kron(ones(1, A.cols), eye(A.rows))


colsum = operation(
    "colsum",
    "m n -> n 1",
    holomorphic=True,
    value=lambda A: A.sum(axis=0, keepdims=True).T,
    fold=_same_if_scalar,
    sample=_random((3, 4)),
    notation=r"{0}^\top\mathbf{{1}}",
    spoken="column-sums",
    source=FUNDAMENTAL_RULES,
    laws=(
        "colsum(A') = rowsum(A)",
        "colsum(eye(n)) = ones(n)",
        "colsum(diag(x)) = x",
        "colsum(ones(m,n)) = size(m)*ones(n)",
    ),
)


@adjoint(colsum)
def adjoint_colsum(W: Expr, A: Expr) -> Expr:
    return ones(A.rows) @ W.T


@matrix(colsum)
def matrix_colsum(A: Expr) -> Expr:
    return kron(eye(A.cols), ones(1, A.rows))


# --- diagonals ------------------------------------------------------------------------------------

diag = operation(
    "diag",
    "n n -> n 1",
    holomorphic=True,
    value=lambda A: np.diag(A)[:, None].copy(),
    fold=_same_if_scalar,
    sample=_random((4, 4)),
    notation=r"\operatorname{{diag}}({0})",
    spoken="diagonal-matrix",
    source=MATRICES,
    laws=(
        "diag(eye(n)) = ones(n)",
        "diag(ones(n,n)) = ones(n)",
        "diag(A') = diag(A) where A square",
        "diag(sym(A)) = diag(A)",
        "diag(tril(A)) = diag(A)",
        "diag(triu(A)) = diag(A)",
        "diag(diag(x)) = x",
        "diag(A) = zeros(n) where A skew",
    ),
)
diagm = operation(
    "diagm",
    "n 1 -> n n",
    holomorphic=True,
    value=lambda x: np.diag(x[:, 0]),
    fold=_same_if_scalar,
    transposed="invariant",
    properties=lambda node: ("diagonal", "spd") if "positive" in node.args[0].memo["properties"] else ("diagonal",),
    sample=_random((4, 1)),
    notation=r"\operatorname{{diag}}({0})",
    source=MATRICES,
    spelled="diag",
    laws=("diag(ones(n)) = eye(n)",),
)


@adjoint(diag)
def adjoint_diag(W: Expr, A: Expr) -> Expr:
    return diagm(W)


@adjoint(diagm)
def adjoint_diagm(W: Expr, x: Expr) -> Expr:
    return diag(W)


# --- vec ------------------------------------------------------------------------------------------

vec = operation(
    "vec",
    "m n -> m*n 1",
    holomorphic=True,
    value=lambda A: A.reshape(-1, 1, order="F"),
    fold=_same_if_column,
    sample=_random((3, 4)),
    notation=r"\operatorname{{vec}}({0})",
    source=_KRONECKER,
    laws=("vec(unvec(x, m, n)) = x where x vector(m*n)",),
)
unvec = operation(
    "unvec",
    "m*n 1 | m, n -> m n",
    holomorphic=True,
    value=lambda x, m, n: x.reshape(m, n, order="F"),
    fold=lambda args, params: args[0] if args[0].shape == params else None,
    sample=lambda rng: (rng.standard_normal((12, 1)), 3, 4),
    notation=r"\operatorname{{unvec}}({0})",
    source=_KRONECKER,
    laws=("unvec(vec(A), m, n) = A where A matrix(m,n)",),
)
_commutation = operation(
    "commutation",
    "| m, n -> m*n m*n",
    value=lambda m, n: np.eye(m * n)[np.arange(m * n).reshape(m, n, order="F").ravel()],
    fold=lambda args, params: eye(params[0] * params[1]) if ONE in params else None,
    transposed=lambda node: commutation(node.params[1], node.params[0]),
    properties=lambda node: ("orthogonal",),
    notation=r"K_{{{0},{1}}}",
    source=f"{MAGNUS_NEUDECKER}, sec. 3.7: the commutation matrix",
)


def commutation(m: SizeLike, n: SizeLike) -> Expr:
    """K with vec(A') = K vec(A) for A of shape m×n."""
    return _commutation(params=(size(m), size(n)))


@adjoint(vec)
def adjoint_vec(W: Expr, A: Expr) -> Expr:
    return unvec(W, params=A.shape)


@matrix(vec)
def matrix_vec(A: Expr) -> Expr:
    return eye(A.rows * A.cols)


@adjoint(unvec)
def adjoint_unvec(W: Expr, x: Expr, m: Size, n: Size) -> Expr:
    return vec(W)


@matrix(unvec)
def matrix_unvec(x: Expr, m: Size, n: Size) -> Expr:
    return eye(m * n)


# --- Kronecker and Khatri-Rao products ------------------------------------------------------------


def _fold_kron(args: tuple[Expr, ...], params: tuple[Any, ...]) -> Expr | None:
    return scale(*args) if args[0].is_scalar or args[1].is_scalar else None


def _kron_properties(node: Expr) -> Iterable[str]:
    p, q = (a.memo["properties"] for a in node.args)
    kept = {"symmetric", "psd", "spd", "diagonal", "lower", "upper", "orthogonal", "invertible", "positive"}
    found: frozenset[str] = p & q & kept
    return found


kron = operation(
    "kron",
    "m n, p q -> m*p n*q",
    holomorphic=True,
    value=np.kron,
    fold=_fold_kron,
    transposed="commutes",
    properties=_kron_properties,
    sample=_random((2, 3), (3, 2)),
    notation=r"{0} \otimes {1}",
    spoken="kronecker-product",
    source=_KRONECKER,
    laws=(
        "kron(eye(m), eye(n)) = eye(m*n)",
        "kron(ones(m,n), ones(p,q)) = ones(m*p, n*q)",
        "kron(c*A, B) = c*kron(A,B)",
        "kron(A, c*B) = c*kron(A,B)",
        "kron(zeros(m,n), A) = zeros(m*p, n*q) where A matrix(p,q)",
        "kron(A, zeros(m,n)) = zeros(p*m, q*n) where A matrix(p,q)",
    ),
)
ptrace1 = operation(
    "ptrace1",
    "p*m p*n | p -> m n",
    holomorphic=True,
    value=lambda A, p: np.einsum("kikj->ij", A.reshape(p, A.shape[0] // p, p, A.shape[1] // p)),
    fold=lambda args, params: args[0] if params[0] is ONE else None,
    transposed="commutes",
    sample=lambda rng: (rng.standard_normal((6, 8)), 2),
    notation=r"\operatorname{{tr}}_1({0})",
    source=_PARTIAL_TRACE,
    laws=("ptrace1(kron(A,B), n) = tr(A)*B where A square", "ptrace1(eye(n*m), n) = size(n)*eye(m)"),
)
ptrace2 = operation(
    "ptrace2",
    "m*p n*p | p -> m n",
    holomorphic=True,
    value=lambda A, p: np.einsum("ikjk->ij", A.reshape(A.shape[0] // p, p, A.shape[1] // p, p)),
    fold=lambda args, params: args[0] if params[0] is ONE else None,
    transposed="commutes",
    sample=lambda rng: (rng.standard_normal((6, 8)), 2),
    notation=r"\operatorname{{tr}}_2({0})",
    source=_PARTIAL_TRACE,
    laws=("ptrace2(kron(A,B), n) = tr(B)*A where B square", "ptrace2(eye(m*n), n) = size(n)*eye(m)"),
)


@adjoint(kron, 0)
def adjoint_kron_in_A(W: Expr, A: Expr, B: Expr) -> Expr:
    return ptrace2(W @ kron(eye(A.cols), B.T), params=(B.rows,))


@adjoint(kron, 1)
def adjoint_kron_in_B(W: Expr, A: Expr, B: Expr) -> Expr:
    return ptrace1(kron(A.T, eye(B.rows)) @ W, params=(A.cols,))


# vec(A ⊗ B) = (I ⊗ K ⊗ I)(vec A ⊗ vec B), K = K_{q,m}   (Magnus and Neudecker, ch. 3, theorem 10)
@matrix(kron, 0)
def matrix_kron_in_A(A: Expr, B: Expr) -> Expr:
    return kron(kron(eye(A.cols), commutation(B.cols, A.rows)), eye(B.rows)) @ kron(eye(A.rows * A.cols), vec(B))


@matrix(kron, 1)
def matrix_kron_in_B(A: Expr, B: Expr) -> Expr:
    return kron(kron(eye(A.cols), commutation(B.cols, A.rows)), eye(B.rows)) @ kron(vec(A), eye(B.rows * B.cols))


@adjoint(ptrace1)
def adjoint_ptrace1(W: Expr, A: Expr, p: Size) -> Expr:
    return kron(eye(p), W)


@adjoint(ptrace2)
def adjoint_ptrace2(W: Expr, A: Expr, p: Size) -> Expr:
    return kron(W, eye(p))


def _blocks(A: Expr, p: Size) -> tuple[Size, Size]:
    """The sizes of the blocks of A, p of them in a row and in a column."""
    m, n = A.rows.divide(p), A.cols.divide(p)
    assert m is not None
    assert n is not None
    return m, n


# tr_1(A) = sum_k (e_k' ⊗ I) A (e_k ⊗ I): the matrix is the adjoint of vec(I ⊗ W), read off above.
@matrix(ptrace1)
def matrix_ptrace1(A: Expr, p: Size) -> Expr:
    m, n = _blocks(A, p)
    inside = kron(kron(eye(p), commutation(n, p)), eye(m)) @ kron(vec(eye(p)), eye(m * n))
    return inside.T


@matrix(ptrace2)
def matrix_ptrace2(A: Expr, p: Size) -> Expr:
    m, n = _blocks(A, p)
    inside = kron(kron(eye(n), commutation(p, m)), eye(p)) @ kron(eye(m * n), vec(eye(p)))
    return inside.T


# --- parts of a matrix ----------------------------------------------------------------------------

sym = operation(
    "sym",
    "n n -> n n",
    value=lambda A: (A + A.T) / 2,
    fold=_same_if_scalar,
    transposed="invariant",
    properties=lambda node: ("symmetric",),
    sample=_random((4, 4)),
    notation=r"\operatorname{{sym}}({0})",
    source=MATRICES,
    taken_for=("skew", "the symmetric and the skew part are exchanged"),
    laws=(
        "sym(A) = A where A symmetric",
        "sym(A) = zeros(n,n) where A skew",
        "sym(A') = sym(A)",
    ),
)
skew = operation(
    "skew",
    "n n -> n n",
    value=lambda A: (A - A.T) / 2,
    fold=lambda args, params: number(0) if args[0].is_scalar else None,
    transposed=lambda node: -node,
    properties=lambda node: ("skew",),
    sample=_random((4, 4)),
    notation=r"\operatorname{{skew}}({0})",
    source=MATRICES,
    laws=(
        "skew(A) = zeros(n,n) where A symmetric",
        "skew(A) = A where A skew",
        "skew(A') = -skew(A)",
    ),
)
tril = operation(
    "tril",
    "m n -> m n",
    holomorphic=True,
    value=np.tril,
    fold=_same_if_column,
    transposed=lambda node: triu(transpose(node.args[0])),
    properties=lambda node: ("lower",) if node.rows is node.cols else (),
    sample=_random((4, 3)),
    notation=r"\operatorname{{tril}}({0})",
    source=MATRICES,
    taken_for=("triu", "the upper and the lower triangle are exchanged"),
    laws=("tril(A) = A where A lower",),
)
triu: Operation = operation(
    "triu",
    "m n -> m n",
    holomorphic=True,
    value=np.triu,
    fold=_same_if_scalar,
    transposed=lambda node: tril(transpose(node.args[0])),
    properties=lambda node: ("upper",) if node.rows is node.cols else (),
    sample=_random((4, 3)),
    notation=r"\operatorname{{triu}}({0})",
    source=MATRICES,
    laws=("triu(A) = A where A upper",),
)


@adjoint(sym)
def adjoint_sym(W: Expr, A: Expr) -> Expr:
    return sym(W)


@matrix(sym)
def matrix_sym(A: Expr) -> Expr:
    return (eye(A.rows * A.rows) + commutation(A.rows, A.rows)) / 2


@adjoint(skew)
def adjoint_skew(W: Expr, A: Expr) -> Expr:
    return skew(W)


@matrix(skew)
def matrix_skew(A: Expr) -> Expr:
    return (eye(A.rows * A.rows) - commutation(A.rows, A.rows)) / 2


@adjoint(tril)
def adjoint_tril(W: Expr, A: Expr) -> Expr:
    return tril(W)


@matrix(tril)
def matrix_tril(A: Expr) -> Expr:
    return diagm(vec(tril(ones(A.rows, A.cols))))


@adjoint(triu)
def adjoint_triu(W: Expr, A: Expr) -> Expr:
    return triu(W)


@matrix(triu)
def matrix_triu(A: Expr) -> Expr:
    return diagm(vec(triu(ones(A.rows, A.cols))))
