"""The factors of a two-sided product A X B, kept in the cheapest form that is known of them.

    Scalar   c I                   free to apply
    Diagonal diag(d)               scales rows or columns
    Thin     P Q, few columns in P rank at most r, never multiplied out
    Inverted c F^-1                applied by solves with F
    Dense    any array

`Inverse` gives solves, log|det| and a condition check; `products` has products and sums that keep these forms.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import scipy.linalg as sla
from scipy.linalg import lapack

from frechet.errors import SingularOperatorError
from frechet.kernels.entries import norm2

__all__ = [
    "Dense",
    "Diagonal",
    "Factor",
    "Inverse",
    "Inverted",
    "Scalar",
    "Thin",
    "as_factor",
    "is_upper",
    "number",
    "symmetric",
]

Array = np.ndarray
_EPS = float(np.finfo(float).eps)
_SUSPICIOUS = 1e-8
"""A pivot this small, relative to the largest, asks for an estimate of the condition at once; a row and a
column that differ by more are not those of a symmetric matrix."""


def number(x: Any) -> Any:
    """A number of Python, real or complex."""
    return x.item() if hasattr(x, "item") else x


class Factor:
    """A matrix by which one multiplies from the left (F @ X) or the right (X @ F).

    T transposes without conjugation, also complex matrices: the identities of the real case hold for the bilinear
    form sum_ij A_ij B_ij, and `LinearOperator.T` adds the conjugations of the Hermitian adjoint.
    """

    shape: tuple[int, int]

    def array(self) -> Array:
        raise NotImplementedError

    def left(self, X: Array) -> Array:
        return self.array() @ X

    def right(self, X: Array) -> Array:
        return X @ self.array()

    @property
    def T(self) -> Factor:
        raise NotImplementedError

    def scaled(self, c: float) -> Factor:
        raise NotImplementedError

    @property
    def rank(self) -> int:
        """An upper bound of the rank, from the form alone."""
        return min(self.shape)

    @property
    def norm(self) -> float:
        """An upper bound of the spectral norm."""
        return float(norm2(self.array()))

    @property
    def trace(self) -> float:
        return number(np.trace(self.array()))

    @property
    def diagonal(self) -> Array:
        return self.array().diagonal()

    @property
    def is_complex(self) -> bool:
        return np.iscomplexobj(self.array())

    def conj(self) -> Factor:
        """The factor of conjugated entries."""
        return as_factor(self.array().conj()) if self.is_complex else self

    @property
    def is_zero(self) -> bool:
        return self.norm == 0

    @property
    def is_upper(self) -> bool:
        """Whether the form shows zeros below the diagonal."""
        return False

    @property
    def is_lower(self) -> bool:
        """Whether the form shows zeros above the diagonal."""
        return False


@dataclass(frozen=True, eq=False)
class Scalar(Factor):
    """c I of order n."""

    c: float
    n: int

    @property
    def shape(self) -> tuple[int, int]:  # type: ignore[override]
        return (self.n, self.n)

    def array(self) -> Array:
        return self.c * np.eye(self.n)

    def left(self, X: Array) -> Array:
        return X if self.c == 1.0 else self.c * X

    right = left

    @property
    def T(self) -> Factor:
        return self

    def scaled(self, c: float) -> Factor:
        return Scalar(c * self.c, self.n)

    @property
    def diagonal(self) -> Array:
        return np.full(self.n, self.c)

    @property
    def is_complex(self) -> bool:
        return isinstance(self.c, complex)

    is_upper = is_lower = True

    @property
    def rank(self) -> int:
        return 0 if self.c == 0 else self.n

    @property
    def norm(self) -> float:
        return abs(self.c)

    @property
    def trace(self) -> float:
        return self.c * self.n


@dataclass(frozen=True, eq=False)
class Diagonal(Factor):
    """diag(d), d of length n."""

    d: Array

    @property
    def shape(self) -> tuple[int, int]:  # type: ignore[override]
        return (len(self.d), len(self.d))

    def array(self) -> Array:
        return np.diag(self.d)

    def left(self, X: Array) -> Array:
        return self.d[:, None] * X

    def right(self, X: Array) -> Array:
        return X * self.d

    @property
    def T(self) -> Factor:
        return self

    def scaled(self, c: float) -> Factor:
        return Diagonal(c * self.d)

    @property
    def diagonal(self) -> Array:
        return self.d

    is_upper = is_lower = True

    @property
    def norm(self) -> float:
        return float(np.abs(self.d).max(initial=0.0))

    @property
    def trace(self) -> float:
        return number(self.d.sum())


@dataclass(frozen=True, eq=False)
class Thin(Factor):
    """P Q with P m×r and Q r×n, r well under m and n."""

    P: Array
    Q: Array

    @property
    def shape(self) -> tuple[int, int]:  # type: ignore[override]
        return (len(self.P), self.Q.shape[1])

    def array(self) -> Array:
        return self.P @ self.Q

    def left(self, X: Array) -> Array:
        return self.P @ (self.Q @ X)

    def right(self, X: Array) -> Array:
        return (X @ self.P) @ self.Q

    @property
    def T(self) -> Factor:
        return Thin(self.Q.T, self.P.T)

    def scaled(self, c: float) -> Factor:
        return Thin(c * self.P, self.Q)

    @property
    def rank(self) -> int:
        return len(self.Q)

    @property
    def norm(self) -> float:
        return float(norm2(self.P) * norm2(self.Q))

    @property
    def is_complex(self) -> bool:
        return np.iscomplexobj(self.P) or np.iscomplexobj(self.Q)

    def conj(self) -> Factor:
        return Thin(self.P.conj(), self.Q.conj())

    @property
    def trace(self) -> float:
        return number(np.sum(self.P * self.Q.T))


@dataclass(frozen=True, eq=False)
class Dense(Factor):
    """Any m×n array."""

    a: Array

    @property
    def shape(self) -> tuple[int, int]:  # type: ignore[override]
        return self.a.shape

    def array(self) -> Array:
        return self.a

    @property
    def T(self) -> Factor:
        return Dense(self.a.T)

    def scaled(self, c: float) -> Factor:
        return Dense(c * self.a)

    @cached_property
    def norm(self) -> float:
        return float(norm2(self.a))

    @property
    def is_zero(self) -> bool:
        return not (self.a.size and self.a[0, 0]) and not self.a.any()

    @cached_property
    def is_upper(self) -> bool:
        return is_upper(self.a)

    @cached_property
    def is_lower(self) -> bool:
        return is_upper(self.a.T)


def is_upper(a: Array) -> bool:
    """Whether all entries below the diagonal are zero; most matrices show in a corner that they are not."""
    m, n = a.shape
    if m > 1 and n and a[-1, 0]:
        return False
    if max(m, n) <= 32:
        return not a[_below(m, n)].any()
    k = min(m, n) // 2 if min(m, n) > 32 else min(m, n)
    return not a[k:, :k].any() and is_upper(a[:k, :k]) and (k == min(m, n) or is_upper(a[k:, k:]))


@lru_cache(maxsize=256)
def _below(m: int, n: int) -> Array:
    return np.tri(m, n, -1, dtype=bool)


def symmetric(a: Array) -> bool:
    """Real and symmetric up to rounding; most matrices show in the first row and column that they are not."""
    m, n = a.shape
    if m != n or np.iscomplexobj(a):
        return False
    row, column = a[:1], a[:, :1].T
    if np.abs(row - column).max(initial=0.0) > _SUSPICIOUS * np.abs(row).max(initial=0.0):
        return False
    return bool(np.abs(a - a.T).max(initial=0.0) <= 4 * _EPS * np.abs(a).max(initial=0.0))


def as_factor(a: Factor | Array) -> Factor:
    """The cheapest form of an array: c I, diagonal, or dense as it is. Costs one pass over the entries."""
    if isinstance(a, Factor):
        return a
    m, n = a.shape
    if m == n and not (n > 1 and a[-1, 0] and a[0, -1]):
        d = a.diagonal()
        if np.count_nonzero(a) == np.count_nonzero(d):
            return Scalar(number(d[0]), n) if n and (d == d[0]).all() else Diagonal(d.copy())
    return Dense(a)


class Inverted(Factor):
    """c F^-1, or c F'^-1 if `turned`, by the factorization of F: multiplied out only where an array is
    needed.
    """

    def __init__(self, inverse: Inverse, c: float = 1.0, turned: bool = False):
        self.inverse, self.c, self.turned = inverse, c, turned
        self.shape = inverse.F.shape

    @cached_property
    def _array(self) -> Array:
        a = self.inverse.factor().array()
        return self.c * (a.T if self.turned else a)

    def array(self) -> Array:
        return self._array

    def left(self, X: Array) -> Array:
        return self.c * self.inverse.left(X, self.turned)

    def right(self, X: Array) -> Array:
        return self.c * self.inverse.right(X, self.turned)

    @property
    def T(self) -> Factor:
        return self if self.inverse.is_symmetric else Inverted(self.inverse, self.c, not self.turned)

    @property
    def is_upper(self) -> bool:
        F = self.inverse.F
        return F.is_lower if self.turned else F.is_upper

    @property
    def is_lower(self) -> bool:
        F = self.inverse.F
        return F.is_upper if self.turned else F.is_lower

    def scaled(self, c: float) -> Factor:
        return Inverted(self.inverse, c * self.c, self.turned)

    @property
    def is_complex(self) -> bool:
        return isinstance(self.c, complex) or self.inverse.F.is_complex

    def conj(self) -> Factor:
        return Inverted(Inverse(self.inverse.F.conj()), np.conj(self.c), self.turned) if self.is_complex else self


class Inverse:
    """Solves with a square factor: by division, triangular solves, or LU; `logdet` is log|det F|.

    Raises SingularOperatorError when the estimated condition number is over 1/ε. LAPACK estimates it where
    the pivots look suspicious and when `condition` is read; what slips through shows in the residual of a
    solve.
    """

    def __init__(self, F: Factor, name: str = "a factor"):
        self.F, self.logdet = F, 0.0
        if isinstance(F, Inverted):  # (c G^-1)^-1 = G / c
            self.logdet = F.shape[0] * float(np.log(abs(F.c))) - F.inverse.logdet
            return
        if isinstance(F, Thin):
            raise SingularOperatorError(f"{name} has rank at most {F.rank}, its order is {F.shape[0]}")
        if isinstance(F, Scalar | Diagonal):
            d = np.abs(F.diagonal)
            small, large = float(d.min(initial=np.inf)), float(d.max(initial=0.0))
            self._conditioned(small / large if large else 0.0, name)
            self.logdet = float(np.log(d).sum())
            return
        a = self._array = F.array()
        self._upper = isinstance(F, Dense) and F.is_upper
        self._lower = isinstance(F, Dense) and not self._upper and F.is_lower
        if self._upper or self._lower:
            d = np.abs(a.diagonal())
        else:
            self._lu, self._pivots, _ = (lapack.zgetrf if np.iscomplexobj(a) else lapack.dgetrf)(a)
            d = np.abs(self._lu.diagonal())
        if d.size and not d.min() > _SUSPICIOUS * d.max():
            self._conditioned(1 / self.condition if d.all() else 0.0, name)
        self.logdet = float(np.log(d).sum())

    @cached_property
    def is_symmetric(self) -> bool:
        return symmetric(self.F.array())

    def _conditioned(self, rcond: float, name: str) -> None:
        self.condition = 1 / rcond if rcond > 0 else np.inf
        if not rcond > _EPS:
            raise SingularOperatorError(f"{name} is singular to working precision", self.condition)

    @cached_property
    def condition(self) -> float:
        """LAPACK's estimate in the 1-norm."""
        if isinstance(self.F, Inverted):
            return self.F.inverse.condition
        a = self.F.array()
        if self._upper or self._lower:
            rcond = (lapack.ztrcon if np.iscomplexobj(a) else lapack.dtrcon)(
                a, norm="1", uplo="U" if self._upper else "L"
            )[0]
        else:
            rcond = (lapack.zgecon if np.iscomplexobj(a) else lapack.dgecon)(self._lu, np.linalg.norm(a, 1))[0]
        return 1 / rcond if rcond > 0 else np.inf

    def left(self, X: Array, transposed: bool = False) -> Array:
        """F^-1 X, or F'^-1 X; X may be a stack of matrices."""
        F = self.F
        if isinstance(F, Inverted):
            G = F.inverse.F
            return (G.T if F.turned != transposed else G).left(X) / F.c
        if isinstance(F, Scalar):
            return X / F.c
        if isinstance(F, Diagonal):
            return X / F.d[:, None]
        if np.iscomplexobj(X) and np.isrealobj(self._array):
            return self.left(X.real, transposed) + 1j * self.left(X.imag, transposed)
        if X.ndim == 3:  # a stack of matrices, as one wide matrix
            wide = X.swapaxes(0, 1).reshape(X.shape[1], -1)
            return self.left(wide, transposed).reshape(X.shape[1], len(X), -1).swapaxes(0, 1)
        if self._upper or self._lower:
            return sla.solve_triangular(
                F.array(), X, lower=self._lower, trans="T" if transposed else "N", check_finite=False
            )
        solve = lapack.zgetrs if np.iscomplexobj(self._lu) else lapack.dgetrs
        return solve(self._lu, self._pivots, X, trans=int(transposed))[0]

    def right(self, X: Array, transposed: bool = False) -> Array:
        """X F^-1, or X F'^-1."""
        return self.left(X.swapaxes(-1, -2), not transposed).swapaxes(-1, -2)

    def factor(self) -> Factor:
        """F^-1 as a factor, for compositions in which it must be multiplied."""
        if isinstance(self.F, Scalar):
            return Scalar(1 / self.F.c, self.F.n)
        if isinstance(self.F, Diagonal):
            return Diagonal(1 / self.F.d)
        if isinstance(self.F, Inverted):
            G = self.F.inverse.F
            return (G.T if self.F.turned else G).scaled(1 / self.F.c)
        a = self.left(np.eye(self.F.shape[0]))
        return Dense((a + a.T) / 2 if self.is_symmetric else a)
