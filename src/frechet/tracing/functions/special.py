"""SciPy's and Python's functions: special functions, linear algebra, the math module. Protocols do not ask about them."""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.linalg
from scipy import special

from frechet.tracing.array import FUNCTIONS, UFUNCS, Traced, apply, concrete
from frechet.tracing.functions.algebra import table
from frechet.tracing.functions.reducing import summed
from frechet.tracing.functions.ufuncs import array
from frechet.tracing.primitives.elementwise import polygamma
from frechet.tracing.refusing import known_only, lost

__all__: list[str] = []


def _logsumexp(A: Any, axis: Any = None, b: Any = None, keepdims: bool = False, **options: Any) -> Any:
    """log(sum(b*exp(A))), the largest entry taken out."""
    known_only("scipy.special.logsumexp", options)
    A = array(A)
    top = np.max(concrete(A), axis=axis, keepdims=True)
    top = np.where(np.isfinite(top), top, 0.0)
    scaled = UFUNCS["exp"](A - top)
    total = UFUNCS["log"](summed(scaled if b is None else scaled * b, axis, keepdims=True)) + top
    if keepdims:
        return total
    axes = range(A.ndim) if axis is None else (axis,) if isinstance(axis, int) else axis
    gone = {int(k) % A.ndim for k in axes}
    return total.reshape(tuple(n for k, n in enumerate(A.shape) if k not in gone))


def _softmax(A: Any, axis: Any = None) -> Any:
    A = array(A)
    e = UFUNCS["exp"](A - np.max(concrete(A), axis=axis, keepdims=True))
    return e / summed(e, axis, keepdims=True)


def _log_softmax(A: Any, axis: Any = None) -> Any:
    A = array(A)
    return A - _logsumexp(A, axis, keepdims=True)


def _huber(delta: Any, r: Any) -> Any:
    size = np.abs(array(r))
    return FUNCTIONS[np.where](concrete(size) <= concrete(delta), array(r) ** 2 / 2, delta * (size - delta / 2))


def _boxcox(x: Any, power: Any) -> Any:
    x = array(x)
    if np.all(np.equal(concrete(power), 0)):
        return UFUNCS["log"](x)
    return UFUNCS["expm1"](power * UFUNCS["log"](x)) / power


def _inv_boxcox(y: Any, power: Any) -> Any:
    y = array(y)
    return UFUNCS["exp"](y if np.all(np.equal(concrete(power), 0)) else UFUNCS["log1p"](power * y) / power)


def _betaln(a: Any, b: Any) -> Any:
    g = UFUNCS["gammaln"]
    return g(array(a)) + g(array(b)) - g(array(a) + array(b))


def _comb(n: Any, k: Any, **options: Any) -> Any:
    known_only("scipy.special.comb", options)
    g = UFUNCS["gammaln"]
    return UFUNCS["exp"](g(n + 1.0) - g(k + 1.0) - g(n - k + 1.0))


SPECIAL: dict[Callable, Callable] = {
    special.logsumexp: _logsumexp,
    special.softmax: _softmax,
    special.log_softmax: _log_softmax,
    special.digamma: lambda A: apply(polygamma, (array(A),), (0,)),
    special.psi: lambda A: apply(polygamma, (array(A),), (0,)),
    special.polygamma: lambda n, A: apply(polygamma, (array(A),), (int(n),)),
    special.betaln: _betaln,
    special.beta: lambda a, b: UFUNCS["exp"](_betaln(a, b)),
    special.comb: _comb,
    special.huber: _huber,
    special.pseudo_huber: lambda delta, r: delta**2 * (UFUNCS["sqrt"](1 + (array(r) / delta) ** 2) - 1),
    special.boxcox: _boxcox,
    special.inv_boxcox: _inv_boxcox,
    special.entr: lambda A: -UFUNCS["xlogy"](A, A),
    special.rel_entr: lambda a, b: UFUNCS["xlogy"](a, a / b),
    special.kl_div: lambda a, b: UFUNCS["xlogy"](a, a / b) - a + b,
}


# --- scipy.linalg -----------------------------------------------------------------------------------------------


def _cholesky(a: Any, lower: bool = False, **options: Any) -> Any:
    return FUNCTIONS[np.linalg.cholesky](a, upper=not lower)


def _cho_factor(a: Any, lower: bool = False, **options: Any) -> Any:
    return _cholesky(a, lower=lower), lower


def _cho_solve(factor: Any, b: Any, **options: Any) -> Any:
    c, lower = factor
    L = c if lower else c.T
    return _solve_triangular(L.T, _solve_triangular(L, b, lower=True), lower=False)


def _lu_solve(factor: Any, b: Any, trans: int = 0, **options: Any) -> Any:
    """By the factors of a constant matrix as SciPy gives them, or by a traced matrix in their place."""
    A, swapped = factor
    if swapped is not None:
        numbers = concrete(A)
        A = (np.tril(numbers, -1) + np.eye(len(numbers))) @ np.triu(numbers)
        for i, j in reversed(list(enumerate(swapped))):
            A[[i, j]] = A[[j, i]]
    return _solve(A, b, transposed=bool(trans))


def _solve_triangular(
    a: Any, b: Any, trans: Any = 0, lower: bool = False, unit_diagonal: bool = False, **options: Any
) -> Any:
    a = array(a)
    part = np.tril(a) if lower else np.triu(a)
    if unit_diagonal:
        n = np.arange(a.shape[-1])
        part = part * (1 - np.eye(len(n))) + np.eye(len(n))
    if trans in (1, "T", 2, "C"):
        part = part.T
    return FUNCTIONS[np.linalg.solve](part, b)


def _solve(a: Any, b: Any, *args: Any, transposed: bool = False, **options: Any) -> Any:
    return FUNCTIONS[np.linalg.solve](a.T if transposed else a, b)


def _matrix_function(name: str) -> Callable:
    return lambda A, *args, **options: table(name, array(A))


def _sylvester(a: Any, b: Any, q: Any) -> Any:
    return table("sylv", array(a), array(b), array(q))


def _lyapunov(a: Any, q: Any) -> Any:
    """a X + X a' = q."""
    a = array(a)
    return table("sylv", a, a.T, array(q))


def _stein(a: Any, q: Any, method: Any = None) -> Any:
    """a X a' - X + q = 0."""
    a = array(a)
    return table("stein", a, a.T, array(q))


def _riccati(name: str) -> Callable:
    def called(a: Any, b: Any, q: Any, r: Any, e: Any = None, s: Any = None, balanced: bool = True) -> Any:
        known_only(f"scipy.linalg: the {name} solver", {"e": e, "s": s})
        return table(name, array(a), array(b), array(q), array(r))

    return called


def _eig(name: str) -> Any:
    raise lost(
        name,
        "gives eigenvectors whose lengths and phases are a choice: np.linalg.eigvals gives the eigenvalues alone, "
        "np.linalg.eigh both of a symmetric matrix",
    )


def _eigh(a: Any, b: Any = None, lower: bool = True, eigvals_only: bool = False, **options: Any) -> Any:
    known_only(
        "scipy.linalg.eigh",
        {**options, "b": b},
        "driver",
        "check_finite",
        "overwrite_a",
        "overwrite_b",
        "type",
        "turbo",
    )
    UPLO = "L" if lower else "U"
    return FUNCTIONS[np.linalg.eigvalsh if eigvals_only else np.linalg.eigh](a, UPLO)


def _block_diag(*arrays: Any) -> Any:
    parts = [FUNCTIONS[np.atleast_2d](array(A)) for A in arrays]
    width = sum(p.shape[1] for p in parts)
    rows, start = [], 0
    for p in parts:
        rows.append(np.pad(p, ((0, 0), (start, width - start - p.shape[1]))))
        start += p.shape[1]
    return FUNCTIONS[np.concatenate](rows, 0)


def _toeplitz(c: Any, r: Any = None) -> Any:
    c = array(c)
    r = c if r is None else array(r)
    line = FUNCTIONS[np.concatenate]([c[::-1], r[1:]])
    m, n = len(c), len(r)
    return line[m - 1 - np.arange(m)[:, None] + np.arange(n)]


def _circulant(c: Any) -> Any:
    c = array(c)
    n = len(c)
    return c[(np.arange(n)[:, None] - np.arange(n)) % n]


def _hankel(c: Any, r: Any = None) -> Any:
    c = array(c)
    line = FUNCTIONS[np.concatenate]([c, np.zeros(len(c) - 1) if r is None else array(r)[1:]])
    n = len(c) if r is None else len(array(r))
    return line[np.arange(len(c))[:, None] + np.arange(n)]


def _solve_toeplitz(c_or_cr: Any, b: Any, **options: Any) -> Any:
    known_only("scipy.linalg.solve_toeplitz", options, "check_finite")
    c, r = c_or_cr if isinstance(c_or_cr, tuple) else (c_or_cr, None)
    return FUNCTIONS[np.linalg.solve](_toeplitz(c, r), array(b))


def _solve_banded(l_and_u: Any, ab: Any, b: Any, **options: Any) -> Any:
    """Row u + i - j, column j of the diagonals is entry (i, j) of the matrix."""
    known_only("scipy.linalg.solve_banded", options, "overwrite_ab", "overwrite_b", "check_finite")
    (below, above), ab = l_and_u, array(ab)
    n = ab.shape[1]
    i, j = np.indices((n, n))
    inside = (i - j <= below) & (j - i <= above)
    A = ab[np.where(inside, above + i - j, 0), j] * inside
    return FUNCTIONS[np.linalg.solve](A, array(b))


def _svd(a: Any, full_matrices: bool = True, compute_uv: bool = True, **options: Any) -> Any:
    return FUNCTIONS[np.linalg.svd](a, full_matrices, compute_uv)


def _qr(a: Any, mode: str = "full", **options: Any) -> Any:
    known_only("scipy.linalg.qr", options, "lwork", "check_finite", "overwrite_a")
    return tuple(FUNCTIONS[np.linalg.qr](a, "r" if mode == "r" else "reduced" if mode == "economic" else mode))


LINALG: dict[Callable, Callable] = {
    scipy.linalg.cholesky: _cholesky,
    scipy.linalg.cho_factor: _cho_factor,
    scipy.linalg.cho_solve: _cho_solve,
    scipy.linalg.solve_triangular: _solve_triangular,
    scipy.linalg.solve: _solve,
    scipy.linalg.inv: lambda a, **options: table("inv", array(a)),
    scipy.linalg.det: lambda a, **options: FUNCTIONS[np.linalg.det](a),
    scipy.linalg.pinv: lambda a, **options: table("pinv", array(a)),
    scipy.linalg.norm: lambda a, ord=None, axis=None, keepdims=False, **options: FUNCTIONS[np.linalg.norm](
        a, ord, axis, keepdims
    ),
    scipy.linalg.solve_sylvester: _sylvester,
    scipy.linalg.solve_continuous_lyapunov: _lyapunov,
    scipy.linalg.solve_discrete_lyapunov: _stein,
    scipy.linalg.solve_continuous_are: _riccati("care"),
    scipy.linalg.solve_discrete_are: _riccati("dare"),
    scipy.linalg.lu_factor: lambda a, *args, **options: (array(a), None),
    scipy.linalg.lu_solve: _lu_solve,
    scipy.linalg.eigh: _eigh,
    scipy.linalg.eigvalsh: lambda a, **options: _eigh(a, eigvals_only=True, **options),
    np.linalg.eig: lambda a: _eig("np.linalg.eig"),
    scipy.linalg.eig: lambda a, *args, **options: _eig("scipy.linalg.eig"),
    scipy.linalg.eigvals: lambda a, **options: FUNCTIONS[np.linalg.eigvals](a),
    scipy.linalg.svd: _svd,
    scipy.linalg.svdvals: lambda a, **options: FUNCTIONS[np.linalg.svd](a, compute_uv=False),
    scipy.linalg.qr: _qr,
    scipy.linalg.lstsq: lambda a, b, **options: FUNCTIONS[np.linalg.lstsq](a, b),
    scipy.linalg.block_diag: _block_diag,
    scipy.linalg.toeplitz: _toeplitz,
    scipy.linalg.circulant: _circulant,
    scipy.linalg.solve_toeplitz: _solve_toeplitz,
    scipy.linalg.solve_banded: _solve_banded,
    scipy.linalg.hankel: _hankel,
    scipy.linalg.khatri_rao: lambda a, b: table("khatrirao", array(a), array(b)),
    **{
        getattr(scipy.linalg, name): _matrix_function(name)
        for name in ("expm", "logm", "sqrtm", "sinm", "cosm", "tanm", "sinhm", "coshm", "tanhm", "signm")
    },
}

# --- math -----------------------------------------------------------------------------------------------------------

_MATH = {  # names in math with NumPy's
    "fabs": "absolute", "pow": "power", "asin": "arcsin", "acos": "arccos", "atan": "arctan", "atan2": "arctan2",
    "asinh": "arcsinh", "acosh": "arccosh", "atanh": "arctanh", "lgamma": "gammaln", "copysign": "copysign", "fmod": "fmod",
    "frexp": "frexp", "ldexp": "ldexp", "modf": "modf",
    **{name: name for name in (
        "sqrt", "exp", "sin", "cos", "tan", "sinh", "cosh", "tanh", "log1p", "expm1", "log2", "log10", "erf", "erfc", "gamma",
        "radians", "degrees", "exp2", "cbrt",
    ) if hasattr(math, name)},
}  # fmt: skip


def _log(x: Any, base: Any = None) -> Any:
    result = UFUNCS["log"](x)
    return result if base is None else result / (UFUNCS["log"](base) if isinstance(base, Traced) else math.log(base))


def _hypot(*numbers: Any) -> Any:
    """Of any number of coordinates."""
    return (
        UFUNCS["hypot"](*numbers)
        if len(numbers) == 2
        else FUNCTIONS[np.linalg.norm](FUNCTIONS[np.asarray](list(numbers)))
    )


def _observed(test: Callable) -> Callable:
    return lambda *args, **options: test(*[concrete(a) for a in args], **options)


MATH: dict[Callable, Callable] = {
    **{getattr(math, name): UFUNCS[meaning] for name, meaning in _MATH.items()},
    **{test: _observed(test) for test in (math.isfinite, math.isnan, math.isinf, math.isclose)},
    math.log: _log,
    math.hypot: _hypot,
    math.remainder: lambda a, b: array(a) - np.rint(concrete(array(a)) / concrete(array(b))) * array(b),
    math.fsum: lambda values: sum(values),
    math.prod: lambda values, start=1: FUNCTIONS[np.prod](FUNCTIONS[np.asarray](list(values))) * start,
    math.dist: lambda a, b: FUNCTIONS[np.linalg.norm](FUNCTIONS[np.asarray](a) - FUNCTIONS[np.asarray](b)),
}

FUNCTIONS.update(SPECIAL)
FUNCTIONS.update(LINALG)
FUNCTIONS.update(MATH)


# --- cmath ---------------------------------------------------------------------------------------------------------


def _polar(z: Any) -> tuple[Any, Any]:
    return np.abs(z), FUNCTIONS[np.angle](z)


FUNCTIONS.update(
    {
        **{
            getattr(cmath, name): (lambda f: lambda z: f(array(z) * (1 + 0j)))(getattr(np, name))
            for name in ("exp", "log10", "sqrt", "sin", "cos", "tan", "sinh", "cosh", "tanh")
        },
        cmath.log: lambda z, *base: np.log(z * (1 + 0j)) / (np.log(base[0] * (1 + 0j)) if base else 1.0),
        cmath.phase: lambda z: FUNCTIONS[np.angle](z),
        cmath.polar: _polar,
        cmath.rect: lambda r, phi: r * np.exp(1j * phi),
    }
)
