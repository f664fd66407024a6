"""What each operation means, entry by entry, from mpmath and the definitions in words.

Needed for an operation whose kernel could be wrong by a factor without any derivative law noticing, such as
exp (the derivative of 1.001*exp is itself again).
"""

from __future__ import annotations

from itertools import permutations
from math import prod

import mpmath
import numpy as np
import scipy.linalg

__all__ = ["DEFINITIONS"]


def _entrywise(f):
    return lambda *arrays: np.vectorize(lambda *x: float(f(*x)))(*arrays)


def _scalar(f):
    return lambda *arrays: np.array([[f(*arrays)]])


def _determinant(A):
    """The sum over permutations."""
    n = len(A)
    total = 0.0
    for p in permutations(range(n)):
        inversions = sum(p[i] > p[j] for i in range(n) for j in range(i + 1, n))
        total += (-1) ** inversions * prod(A[i, p[i]] for i in range(n))
    return total


def _adjugate(A):
    """The transposed matrix of cofactors."""
    n = len(A)
    minor = lambda i, j: np.delete(np.delete(A, i, 0), j, 1)
    return np.array([[(-1) ** (i + j) * _determinant(minor(j, i)) for j in range(n)] for i in range(n)])


def _product(*factors):
    if len(factors) == 1:
        return factors[0]
    A, B = factors[0], _product(*factors[1:])
    rows, inner, cols = A.shape[0], A.shape[1], B.shape[1]
    return np.array([[sum(A[i, k] * B[k, j] for k in range(inner)) for j in range(cols)] for i in range(rows)])


def _kronecker(A, B):
    return np.block([[A[i, j] * B for j in range(A.shape[1])] for i in range(A.shape[0])])


def _cross(v):
    a, b, c = v[:, 0]
    return np.array([[0, -c, b], [c, 0, -a], [-b, a, 0]])


def _exponentials(A):
    return _entrywise(mpmath.exp)(A)


def _tied(A, extreme):
    hits = np.array([[float(a == extreme) for a in row] for row in A])
    return hits / hits.sum()


def _by_rows(f):
    return lambda A: np.vstack([f(row[None, :]) for row in A])


def _commutation(m, n):
    K = np.zeros((m * n, m * n))
    for i in range(m):
        for j in range(n):
            K[j + i * n, i + j * m] = 1  # A[i, j] stands at i + j m in vec(A), at j + i n in vec(A')
    return K


def _stacked(A):
    return np.array([[A[i, j]] for j in range(A.shape[1]) for i in range(A.shape[0])])


def _lower(A):
    return np.array([[a if j <= i else 0.0 for j, a in enumerate(row)] for i, row in enumerate(A)])


def _geometric_mean(A, B):
    """By square roots of symmetric matrices."""
    root = scipy.linalg.sqrtm(A)
    inverse = np.linalg.inv(root)
    return root @ scipy.linalg.sqrtm(inverse @ B @ inverse) @ root


def _eliminated(A):
    """L and D*L', by symmetric elimination."""
    n = len(A)
    L, U = np.eye(n), (A + A.T) / 2
    for k in range(n - 1):
        L[k + 1 :, k] = U[k + 1 :, k] / U[k, k]
        U = U - np.outer(np.where(np.arange(n) > k, L[:, k], 0), U[k])
    return L, U


DEFINITIONS = {
    # leaves
    "number": lambda value: np.array([[float(value)]]),
    "size": lambda n: np.array([[float(n)]]),
    "pi": lambda: np.array([[float(mpmath.pi)]]),
    "eye": lambda n: np.array([[float(i == j) for j in range(n)] for i in range(n)]),
    "ones": lambda m, n: np.array([[1.0] * n] * m),
    "zeros": lambda m, n: np.array([[0.0] * n] * m),
    "e": lambda i, n: np.array([[float(k == i)] for k in range(1, n + 1)]),
    "commutation": _commutation,
    # structure
    "add": lambda *terms: sum(terms),
    "scale": lambda *factors: np.array(prod(factors[1:], start=factors[0])),
    "hadamard": lambda *factors: np.array(prod(factors[1:], start=factors[0])),
    "mul": _product,
    "transpose": lambda A: np.array([list(A[:, j]) for j in range(A.shape[1])]),
    "pow": _entrywise(lambda a, b: mpmath.power(a, b)),
    # elementwise
    "sin": _entrywise(mpmath.sin),
    "cos": _entrywise(mpmath.cos),
    "tan": _entrywise(mpmath.tan),
    "arcsin": _entrywise(mpmath.asin),
    "arccos": _entrywise(mpmath.acos),
    "arctan": _entrywise(mpmath.atan),
    "sinh": _entrywise(mpmath.sinh),
    "cosh": _entrywise(mpmath.cosh),
    "tanh": _entrywise(mpmath.tanh),
    "exp": _entrywise(mpmath.exp),
    "log": _entrywise(mpmath.log),
    "log1p": _entrywise(lambda x: mpmath.log(1 + mpmath.mpf(x))),
    "sqrt": _entrywise(mpmath.sqrt),
    "abs": _entrywise(lambda x: x if x >= 0 else -x),
    "sign": _entrywise(lambda x: 1 if x > 0 else -1 if x < 0 else 0),
    "step": _entrywise(lambda x: 0.5 if x == 0 else x > 0),
    "relu": _entrywise(lambda x: x if x > 0 else 0),
    "sigmoid": _entrywise(lambda x: 1 / (1 + mpmath.exp(-x))),
    "softplus": _entrywise(lambda x: mpmath.log(1 + mpmath.exp(x))),
    "erf": _entrywise(mpmath.erf),
    "erfc": _entrywise(mpmath.erfc),
    "normcdf": _entrywise(mpmath.ncdf),
    "gammaln": _entrywise(mpmath.loggamma),
    "digamma": _entrywise(mpmath.digamma),
    "polygamma": lambda A, k: _entrywise(lambda x: mpmath.psi(k, x))(A),
    "maximum": _entrywise(lambda a, b: a if a > b else b),
    "minimum": _entrywise(lambda a, b: a if a < b else b),
    # linear
    "tr": _scalar(lambda A: sum(A[i, i] for i in range(len(A)))),
    "sum": _scalar(lambda A: sum(a for row in A for a in row)),
    "mean": _scalar(lambda A: sum(a for row in A for a in row) / (A.shape[0] * A.shape[1])),
    "rowsum": lambda A: np.array([[sum(row)] for row in A]),
    "colsum": lambda A: np.array([[sum(column)] for column in A.T]),
    "diag": lambda A: np.array([[A[i, i]] for i in range(len(A))]),
    "diagm": lambda x: np.array([[float(x[i, 0]) * (i == j) for j in range(len(x))] for i in range(len(x))]),
    "vec": _stacked,
    "unvec": lambda x, m, n: np.array([[x[i + j * m, 0] for j in range(n)] for i in range(m)]),
    "kron": _kronecker,
    "ptrace1": lambda A, p: sum(_block(A, p, p, k, k) for k in range(p)),
    "ptrace2": lambda A, p: np.array(
        [
            [np.trace(_block(A, len(A) // p, A.shape[1] // p, i, j)) for j in range(A.shape[1] // p)]
            for i in range(len(A) // p)
        ]
    ),
    "khatrirao": lambda A, B: np.hstack([_kronecker(A[:, j : j + 1], B[:, j : j + 1]) for j in range(A.shape[1])]),
    "sym": lambda A: np.array([[(A[i, j] + A[j, i]) / 2 for j in range(len(A))] for i in range(len(A))]),
    "skew": lambda A: np.array([[(A[i, j] - A[j, i]) / 2 for j in range(len(A))] for i in range(len(A))]),
    "tril": _lower,
    "triu": lambda A: _lower(A.T).T,
    "hat": _cross,
    "vee": lambda W: np.array([[W[2, 1] - W[1, 2]], [W[0, 2] - W[2, 0]], [W[1, 0] - W[0, 1]]]) / 2,
    "index": lambda A, first, last, left, right: np.array(
        [[A[i - 1, j - 1] for j in range(left, right + 1)] for i in range(first, last + 1)]
    ),
    "block": lambda *arrays: _assembled(arrays[:-1], arrays[-1]),
    # inverse
    "inv": lambda A: _adjugate(A) / _determinant(A),
    "det": _scalar(_determinant),
    "logdet": _scalar(lambda A: float(mpmath.log(abs(_determinant(A))))),
    "adj": _adjugate,
    "matpow": lambda A, k: _product(*[A] * k),
    # complements: the same basis by another routine of LAPACK's
    "qrperp": lambda A: scipy.linalg.qr(A)[0][:, A.shape[1] :],
    "svdperp": lambda A: scipy.linalg.svd(A)[0][:, A.shape[1] :],
    # defined in the language
    "geomean": _geometric_mean,
    "geigvals": lambda A, B: scipy.linalg.eigh((A + A.T) / 2, B, eigvals_only=True)[:, None],
    "geigvecs": lambda A, B: scipy.linalg.eigh((A + A.T) / 2, B)[1],
    "ldll": lambda A: _eliminated(A)[0],
    "ldld": lambda A: np.diagonal(_eliminated(A)[1])[:, None],
    "rangeproj": lambda A: scipy.linalg.orth(A) @ scipy.linalg.orth(A).T,
    "nullproj": lambda A: scipy.linalg.null_space(A) @ scipy.linalg.null_space(A).T,
    "lyap": scipy.linalg.solve_continuous_lyapunov,
    "dlyap": scipy.linalg.solve_discrete_lyapunov,
    # reductions
    "norm1": _scalar(lambda A: sum(abs(a) for row in A for a in row)),
    "norm2": _scalar(lambda A: float(mpmath.sqrt(sum(a * a for row in A for a in row)))),
    "softmax": lambda A: _exponentials(A) / _exponentials(A).sum(),
    "logsumexp": _scalar(lambda A: float(mpmath.log(_exponentials(A).sum()))),
    "softmax_rows": _by_rows(lambda row: _exponentials(row) / _exponentials(row).sum()),
    "logsumexp_rows": _by_rows(lambda row: np.array([[float(mpmath.log(_exponentials(row).sum()))]])),
    "max": _scalar(lambda A: sorted(a for row in A for a in row)[-1]),
    "min": _scalar(lambda A: sorted(a for row in A for a in row)[0]),
    "max_rows": lambda A: np.array([[sorted(row)[-1]] for row in A]),
    "min_rows": lambda A: np.array([[sorted(row)[0]] for row in A]),
    "argmax": lambda A: _tied(A, A.max()),
    "argmin": lambda A: _tied(A, A.min()),
    "argmax_rows": _by_rows(lambda row: _tied(row, row.max())),
    "argmin_rows": _by_rows(lambda row: _tied(row, row.min())),
}


def _block(A, down, across, i, j):
    """Block (i, j) of a matrix cut into down × across equal blocks."""
    height, width = A.shape[0] // down, A.shape[1] // across
    return A[i * height : (i + 1) * height, j * width : (j + 1) * width]


def _assembled(arrays, counts):
    rows, start = [], 0
    for c in counts:
        rows.append(list(arrays[start : start + c]))
        start += c
    return np.block(rows)
