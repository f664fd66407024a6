"""Expressions as JAX functions, written from the meaning of each operation and nothing of its rules.

Every operation of the table that has a kernel stands in COUNTERPARTS, or in ELSEWHERE with the place that covers it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import reduce

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy import special

import frechet.rules  # noqa: F401  (declares every operation)
from frechet.expr.node import Expr, Operation, operations, postorder
from frechet.expr.sizes import Size
from frechet.rules.funm import DERIVATIVES, MATRIX_FUNCTIONS

__all__ = ["COUNTERPARTS", "ELSEWHERE", "NOT_EXECUTED", "as_jax", "missing"]

jax.config.update("jax_enable_x64", True)

NOT_EXECUTED = frozenset({"symbol", "d"})
"""Operations without a kernel: variables, and the placeholder of derivations."""

_LAWS = "tests/rules/laws.py: differences and complex steps of the kernel, to the second order"
_NO_COUNTERPART = """
    care d2adj dadj dare dcosm dpowm dsinm eigdual eigvals eigvecs eigvecsh gaps gaps2
    hessh hessq lul luu patternsylv procrustes qrperp qrq qrr reciprocals rotation schurpattern
    schurq schurt signm svdperp svdu svdv topvals topvecs dlogm eigmax eigmin
    eigmaxproj eigminproj
"""
ELSEWHERE: dict[str, str] = dict.fromkeys(_NO_COUNTERPART.split(), _LAWS)
# exp to sign have a function of JAX or SciPy; the other functions of matrices are the Schur-Parlett kernel's
_BY_JAX = {"exp", "log", "sqrt", "sin", "cos", "sign"}
ELSEWHERE |= dict.fromkeys([op.name for f, op in MATRIX_FUNCTIONS.items() if f.name not in _BY_JAX], _LAWS)
ELSEWHERE |= dict.fromkeys([op.name for op, f in DERIVATIVES.items() if f.name not in _BY_JAX], _LAWS)
ELSEWHERE |= dict.fromkeys(["lyap", "dlyap", "geomean"], "folds into sylv, stein or sqrtm")
ELSEWHERE |= dict.fromkeys(["geigvals", "geigvecs", "ldld", "ldll", "nullproj", "rangeproj"], "folds into other rows")
ELSEWHERE["ratio"] = "tests/stability/test_scales.py: a quotient entry by entry, which products of powers are"
ELSEWHERE["nearby"] = "tests/stability/test_series.py: a series and the formula that it is of, in two ranges"
"""Operations without a JAX function here (most have none that JAX differentiates twice), and what covers them instead."""


def _column(x):
    return x.reshape(-1, 1, order="F")


def _scalar(f: Callable) -> Callable:
    return lambda *arrays: jnp.reshape(f(*arrays), (1, 1))


def _tied(A, axis):
    hits = (jnp.max(A, axis=axis, keepdims=True) == A).astype(A.dtype)
    return jax.lax.stop_gradient(hits / hits.sum(axis=axis, keepdims=True))


def _power(A, k):
    return reduce(jnp.matmul, [A] * k)


def _commutation(m, n):
    return jnp.asarray(np.eye(m * n).reshape(m, n, m * n).transpose(1, 0, 2).reshape(m * n, m * n).T)


def _partial_trace(axes: tuple[int, int], first: bool) -> Callable:
    def f(A, p):
        m, n = A.shape[0] // p, A.shape[1] // p
        shape = (p, m, p, n) if first else (m, p, n, p)
        return jnp.trace(A.reshape(shape), axis1=axes[0], axis2=axes[1])

    return f


def _khatrirao(A, B):
    return jnp.concatenate([jnp.kron(A[:, j : j + 1], B[:, j : j + 1]) for j in range(A.shape[1])], axis=1)


def _expm(A):
    """The exponential series at A/16, squared four times."""
    term = total = jnp.asarray(np.eye(len(A)))
    for k in range(1, 13):
        term = term @ (A / 16) / k
        total = total + term
    return _power(_power(total, 4), 4)


def _by_eigenvalues(f: Callable) -> Callable:
    """A function of a symmetric matrix."""

    def function(A):
        values, V = jnp.linalg.eigh((A + A.T) / 2)
        return V * f(values) @ V.T

    return function


def _singular_values(A):
    """From the largest to the smallest, of a tall matrix."""
    return jnp.sqrt(jnp.linalg.eigvalsh(A.T @ A))[::-1]


def _narrow(A):
    return A if A.shape[0] >= A.shape[1] else A.T


def _polar(A):
    if A.shape[0] < A.shape[1]:
        return _polar(A.T).T
    return A @ _by_eigenvalues(lambda w: w**-0.5)(A.T @ A)


def _top_projector(A, k):
    V = jnp.linalg.eigh((A + A.T) / 2)[1][:, len(A) - k :]
    return V @ V.T


def _pinv(A):
    """For full rank: inv(A'A)A' or A'inv(AA')."""
    return jnp.linalg.inv(A.T @ A) @ A.T if A.shape[0] >= A.shape[1] else A.T @ jnp.linalg.inv(A @ A.T)


def _solved(K, C):
    return jnp.linalg.solve(K, _column(C)).reshape(C.shape, order="F")


def _sylv(A, B, C):
    return _solved(jnp.kron(np.eye(len(B)), A) + jnp.kron(B.T, np.eye(len(A))), C)


def _stein(A, B, C):
    return _solved(np.eye(C.size) - jnp.kron(B.T, A), C)


def _hat(v):
    a, b, c = v[0, 0], v[1, 0], v[2, 0]
    zero = 0.0 * a
    return jnp.stack([jnp.stack([zero, -c, b]), jnp.stack([c, zero, -a]), jnp.stack([-b, a, zero])])


def _vee(W):
    return jnp.stack([W[2, 1] - W[1, 2], W[0, 2] - W[2, 0], W[1, 0] - W[0, 1]]).reshape(3, 1) / 2


def _assembled(*parts, counts):
    rows, start = [], 0
    for count in counts:
        rows.append(jnp.concatenate(parts[start : start + count], axis=1))
        start += count
    return jnp.concatenate(rows, axis=0)


def _faddeev_leverrier(A):
    """(det, adj) as polynomials of the entries, so that a singular A is like any other.

    Source: Householder, The Theory of Matrices in Numerical Analysis, section 6.7.
    """
    n = len(A)
    M, c = jnp.zeros_like(A), 1.0
    for k in range(1, n + 1):
        M = A @ M + c * np.eye(n)
        c = -jnp.trace(A @ M) / k
    return (-1) ** n * c, (-1) ** (n - 1) * M


COUNTERPARTS: dict[str, Callable] = {
    # leaves
    "number": lambda value: jnp.full((1, 1), float(value)),
    "size": lambda n: jnp.full((1, 1), float(n)),
    "pi": lambda: jnp.full((1, 1), jnp.pi),
    "eye": lambda n: jnp.asarray(np.eye(n)),
    "ones": lambda m, n: jnp.asarray(np.ones((m, n))),
    "zeros": lambda m, n: jnp.asarray(np.zeros((m, n))),
    "e": lambda i, n: jnp.asarray(np.eye(n)[:, i - 1 : i]),
    "commutation": _commutation,
    # structure
    "add": lambda *terms: reduce(jnp.add, terms),
    "scale": lambda *factors: reduce(jnp.multiply, factors),
    "hadamard": lambda *factors: reduce(jnp.multiply, factors),
    "mul": lambda *factors: reduce(jnp.matmul, factors),
    "transpose": lambda A: A.T,
    "pow": jnp.power,
    # elementwise
    "sin": jnp.sin,
    "cos": jnp.cos,
    "tan": jnp.tan,
    "arcsin": jnp.arcsin,
    "arccos": jnp.arccos,
    "arctan": jnp.arctan,
    "sinh": jnp.sinh,
    "cosh": jnp.cosh,
    "tanh": jnp.tanh,
    "exp": jnp.exp,
    "log": jnp.log,
    "log1p": jnp.log1p,
    "sqrt": jnp.sqrt,
    "abs": jnp.abs,
    "sign": jnp.sign,
    "step": lambda X: jax.lax.stop_gradient((jnp.sign(X) + 1) / 2),
    "relu": lambda X: jnp.maximum(X, 0.0),
    "sigmoid": lambda X: 1 / (1 + jnp.exp(-X)),
    "softplus": lambda X: jnp.log1p(jnp.exp(X)),
    "erf": special.erf,
    "erfc": special.erfc,
    "normcdf": special.ndtr,
    "gammaln": special.gammaln,
    "digamma": special.digamma,
    "polygamma": lambda X, k: special.polygamma(k, X),
    "maximum": jnp.maximum,
    "minimum": jnp.minimum,
    # stable forms, from what they are defined by
    "expm1": jnp.expm1,
    "log1mexp": lambda X: jnp.log(-jnp.expm1(-X)),
    "logcosh": lambda X: jnp.log(jnp.cosh(X)),
    "sech": lambda X: 1 / jnp.cosh(X),
    "logisticpdf": lambda X: jnp.exp(-X) / (1 + jnp.exp(-X)) ** 2,
    "hazard": lambda X: jnp.exp(-(X**2) - special.log_ndtr(-jnp.sqrt(2) * X)) / 2,
    "hazardgap": lambda X: jnp.exp(-(X**2) - special.log_ndtr(-jnp.sqrt(2) * X)) / 2 - jnp.sqrt(jnp.pi) * X,
    "logerfc": lambda X: special.log_ndtr(-jnp.sqrt(2) * X) + jnp.log(2.0),
    "loghalferfc": lambda X: special.log_ndtr(-jnp.sqrt(2) * X),
    "xlogy": lambda X, Y: X * jnp.log(Y),
    "logofsoftmax": lambda A: A - jnp.log(jnp.sum(jnp.exp(A))),
    "logofsoftmax_rows": lambda A: A - jnp.log(jnp.sum(jnp.exp(A), axis=1, keepdims=True)),
    "hypot": lambda X, Y: jnp.sqrt(X**2 + Y**2),
    "normalized": lambda A: A / jnp.sqrt(jnp.sum(A * A)),
    "quotient": jnp.divide,
    **{name: getattr(jnp, name) for name in ("arccosh", "arcsinh", "arctanh")},
    # linear
    "tr": _scalar(jnp.trace),
    "sum": _scalar(jnp.sum),
    "mean": _scalar(jnp.mean),
    "rowsum": lambda A: jnp.sum(A, axis=1, keepdims=True),
    "colsum": lambda A: jnp.sum(A, axis=0, keepdims=True).T,
    "diag": lambda A: _column(jnp.sum(A * np.eye(len(A)), axis=1)),
    "diagm": lambda x: x * np.eye(len(x)),
    "vec": _column,
    "unvec": lambda x, m, n: x.reshape(n, m).T,
    "kron": jnp.kron,
    "ptrace1": _partial_trace((0, 2), True),
    "ptrace2": _partial_trace((1, 3), False),
    "khatrirao": _khatrirao,
    "sym": lambda A: (A + A.T) / 2,
    "skew": lambda A: (A - A.T) / 2,
    "tril": lambda A: A * np.tril(np.ones(A.shape)),
    "triu": lambda A: A * np.triu(np.ones(A.shape)),
    "hat": _hat,
    "vee": _vee,
    "index": lambda A, first, last, left, right: A[first - 1 : last, left - 1 : right],
    "block": lambda *parts: _assembled(*parts[:-1], counts=parts[-1]),
    # inverse
    "inv": jnp.linalg.inv,
    "det": _scalar(lambda A: _faddeev_leverrier(A)[0]),
    "logdet": _scalar(lambda A: jnp.linalg.slogdet(A)[1]),
    "adj": lambda A: _faddeev_leverrier(A)[1],
    "matpow": _power,
    "chol": lambda A: jnp.linalg.cholesky((A + A.T) / 2),
    "pinv": _pinv,
    "sylv": _sylv,
    "lyap": lambda A, Q: _sylv(A, A.T, Q),
    "stein": _stein,
    "dlyap": lambda A, Q: _stein(A, A.T, Q),
    "expm": _expm,
    "dexpm": lambda A, E: jax.jvp(_expm, (A,), (E,))[1],
    # spectral: where eigenvalues, or singular values, keep apart (see `comparison`)
    "eigvalsh": lambda A: _column(jnp.linalg.eigvalsh((A + A.T) / 2)),
    "svdvals": lambda A: _column(_singular_values(A)),
    "normnuc": _scalar(lambda A: jnp.sum(_singular_values(_narrow(A)))),
    "normspec": _scalar(lambda A: _singular_values(_narrow(A))[0]),
    "polar": _polar,
    "sumlargest": lambda A, k: jnp.reshape(jnp.sum(jnp.linalg.eigvalsh((A + A.T) / 2)[len(A) - k :]), (1, 1)),
    "topproj": _top_projector,
    # functions of matrices; the principal ones at symmetric matrices
    "expmv": lambda A, B: _expm(A) @ B,
    "cosm": lambda A: _expm(1j * A).real,
    "sinm": lambda A: _expm(1j * A).imag,
    "logm": _by_eigenvalues(jnp.log),
    "sqrtm": _by_eigenvalues(jnp.sqrt),
    "powm": lambda A, b: jnp.where(b == 2, _power(A, 2), _power(A, 3)),  # drawn with the exponents 2 and 3
    # reductions
    "norm1": _scalar(lambda A: jnp.sum(jnp.abs(A))),
    "norm2": _scalar(lambda A: jnp.sqrt(jnp.sum(A * A))),
    "softmax": lambda A: jnp.exp(A) / jnp.sum(jnp.exp(A)),
    "logsumexp": _scalar(lambda A: jnp.log(jnp.sum(jnp.exp(A)))),
    "softmax_rows": lambda A: jnp.exp(A) / jnp.sum(jnp.exp(A), axis=1, keepdims=True),
    "logsumexp_rows": lambda A: jnp.log(jnp.sum(jnp.exp(A), axis=1, keepdims=True)),
    "max": _scalar(jnp.max),
    "min": _scalar(jnp.min),
    "max_rows": lambda A: jnp.max(A, axis=1, keepdims=True),
    "min_rows": lambda A: jnp.min(A, axis=1, keepdims=True),
    "argmax": lambda A: _tied(A, None),
    "argmin": lambda A: _tied(-A, None),
    "argmax_rows": lambda A: _tied(A, 1),
    "argmin_rows": lambda A: _tied(-A, 1),
}


def missing(rows: Mapping[str, Operation] = operations) -> list[str]:
    """Operations that have no counterpart, and operations listed here that the table does not have."""
    expected = set(rows) - NOT_EXECUTED
    listed = set(COUNTERPARTS) | set(ELSEWHERE)
    return sorted(expected ^ listed)


def as_jax(root: Expr, variables: list[Expr], values: Mapping[Expr, np.ndarray], sizes: Mapping[str, int]) -> Callable:
    """The expression as a function of arrays for `variables`; the other symbols have their values."""
    order = postorder(root)

    def function(*arrays):
        known = dict(zip(variables, arrays, strict=True))
        for node in order:
            if node in known:
                continue
            if node.op.name == "symbol":
                known[node] = jnp.asarray(values[node])
            else:
                params = [_number(p, sizes) for p in node.params]
                known[node] = COUNTERPARTS[node.op.name](*[known[a] for a in node.args], *params)
        return known[root]

    return function


def _number(parameter: object, sizes: Mapping[str, int]) -> object:
    if isinstance(parameter, Size):
        return parameter.value(sizes)
    return float(parameter) if isinstance(parameter, Fraction) else parameter
