"""What transposes, sums, parts, blocks, vec and Kronecker products mean: which entry goes where."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from frechet.check.exact.meanings import means
from frechet.check.exact.scalars import NoValue

__all__: list[str] = []


@means("transpose")
def exact_transpose(o, node, sizes, A):
    return o.transpose(A)


@means("tr")
def exact_tr(o, node, sizes, A):
    return o.trace(A)


@means("sum")
def exact_sum(o, node, sizes, A):
    return o.total(A)


@means("mean")
def exact_mean(o, node, sizes, A):
    return o.scaled(Fraction(1, A.rows * A.cols), o.total(A))


@means("rowsum")
def exact_rowsum(o, node, sizes, A):
    return o.matmul(A, o.filled(A.cols, 1, 1))


@means("colsum")
def exact_colsum(o, node, sizes, A):
    return o.transpose(o.matmul(o.filled(1, A.rows, 1), A))


@means("diag")
def exact_diag(o, node, sizes, A):
    return o.gather(A, A.rows, 1, [i * (A.cols + 1) for i in range(A.rows)])


@means("diagm")
def exact_diagm(o, node, sizes, x):
    n = x.rows
    return o.gather(x, n, n, [i if i == j else None for i in range(n) for j in range(n)])


@means("vec")
def exact_vec(o, node, sizes, A):
    return o.reshape(o.transpose(A), A.rows * A.cols, 1)


@means("unvec")
def exact_unvec(o, node, sizes, x):
    m, n = sizes
    return o.transpose(o.reshape(x, n, m))


@means("e")
def exact_e(o, node, sizes):
    i, n = sizes
    if not 1 <= i <= n:
        raise NoValue(f"e({i},{n}) does not exist")
    return o.gather(o.eye(n), n, 1, [k * n + i - 1 for k in range(n)])


@means("commutation")
def exact_commutation(o, node, sizes):
    m, n = sizes  # row j + i*n... takes entry (i, j) of A, at i + j*m of vec(A), to j + i*n of vec(A')
    size = m * n
    where = [r // n + r % n * m for r in range(size)]
    return o.gather(o.eye(size), size, size, [c * size + k for c in where for k in range(size)])


@means("tril")
def exact_tril(o, node, sizes, A):
    return o.gather(
        A, A.rows, A.cols, [i * A.cols + j if j <= i else None for i in range(A.rows) for j in range(A.cols)]
    )


@means("triu")
def exact_triu(o, node, sizes, A):
    return o.gather(
        A, A.rows, A.cols, [i * A.cols + j if j >= i else None for i in range(A.rows) for j in range(A.cols)]
    )


@means("sym")
def exact_sym(o, node, sizes, A):
    return o.scaled(Fraction(1, 2), o.plus(A, o.transpose(A)))


@means("skew")
def exact_skew(o, node, sizes, A):
    return o.scaled(Fraction(1, 2), o.minus(A, o.transpose(A)))


@means("index")
def exact_index(o, node, sizes, A):
    first, last, left, right = sizes
    if not (1 <= first <= last <= A.rows and 1 <= left <= right <= A.cols):
        raise NoValue(f"[{first}:{last},{left}:{right}] is outside a {A.rows}×{A.cols} matrix")
    rows, cols = range(first - 1, last), range(left - 1, right)
    return o.gather(A, len(rows), len(cols), [i * A.cols + j for i in rows for j in cols])


@means("block")
def exact_block(o, node, sizes, *blocks):
    rows, start = [], 0
    for count in node.params[0]:
        row = blocks[start : start + count]
        rows.append(o.transpose(o.stack([o.transpose(A) for A in row])) if count > 1 else row[0])
        start += count
    return o.stack(rows)


def kronecker(o: Any, A: Any, B: Any) -> Any:
    """The matrix of all a_ij * b_kl: row i*p + k, column j*q + l."""
    rows, cols = range(A.rows * B.rows), range(A.cols * B.cols)
    p, q = B.rows, B.cols
    a = o.gather(A, len(rows), len(cols), [r // p * A.cols + c // q for r in rows for c in cols])
    b = o.gather(B, len(rows), len(cols), [r % p * q + c % q for r in rows for c in cols])
    return o.times(a, b)


@means("kron")
def exact_kron(o, node, sizes, A, B):
    return kronecker(o, A, B)


@means("khatrirao")
def exact_khatrirao(o, node, sizes, A, B):
    rows, n, p = range(A.rows * B.rows), A.cols, B.rows
    a = o.gather(A, len(rows), n, [r // p * n + c for r in rows for c in range(n)])
    b = o.gather(B, len(rows), n, [r % p * n + c for r in rows for c in range(n)])
    return o.times(a, b)


def _partial_trace(o: Any, A: Any, m: int, n: int, p: int, position: Any) -> Any:
    parts = [o.gather(A, m, n, [position(k, i, j) for i in range(m) for j in range(n)]) for k in range(p)]
    return o.plus(*parts)


@means("ptrace1")
def exact_ptrace1(o, node, sizes, A):
    p = sizes[0]
    m, n = A.rows // p, A.cols // p
    return _partial_trace(o, A, m, n, p, lambda k, i, j: (k * m + i) * A.cols + k * n + j)


@means("ptrace2")
def exact_ptrace2(o, node, sizes, A):
    p = sizes[0]
    m, n = A.rows // p, A.cols // p
    return _partial_trace(o, A, m, n, p, lambda k, i, j: (i * p + k) * A.cols + j * p + k)


@means("hat")
def exact_hat(o, node, sizes, v):
    components = [None, 2, 1, 2, None, 0, 1, 0, None]
    signs = [0, -1, 1, 1, 0, -1, -1, 1, 0]
    return o.times(o.gather(v, 3, 3, components), o.constant(3, 3, signs))


@means("vee")
def exact_vee(o, node, sizes, W):
    below, above = o.gather(W, 3, 1, [7, 2, 3]), o.gather(W, 3, 1, [5, 6, 1])
    return o.scaled(Fraction(1, 2), o.minus(below, above))
