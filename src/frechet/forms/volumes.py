"""Total volumes of sets of matrices, in the measures of `factors`; `volume_form` says which measure that is.

The volume of the Stiefel manifold is what the QR factorization leaves of a Gaussian integral, with β = 1, 2, 4:

    (2π)^(βmn/2) = ∫ e^(-|X|²/2) (dX) = vol · ∏_i ∫ r^(β(m-i+1)-1) e^(-r²/2) dr · (2π)^(βn(n-1)/4)

Source: Muirhead, Aspects of Multivariate Statistical Theory (1982), theorem 2.1.15; Joe, J. Multivariate Anal. 97 (2006).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import inf
from typing import Any

import numpy as np
from scipy.special import betaln, gammaln, multigammaln

from frechet.errors import DerivativeError, EvaluationError
from frechet.expr.node import Expr
from frechet.expr.properties import has
from frechet.expr.sizes import ONE
from frechet.forms.factors import KINDS, MatrixFactor, as_factor
from frechet.forms.scalars import REAL

__all__ = [
    "VolumeForm",
    "log_volume_of_flags",
    "log_volume_of_grassmannian",
    "log_volume_of_stiefel",
    "log_volume_of_unit_interval",
    "volume_form",
]


def log_volume_of_stiefel(m: int, n: int, beta: int = 1) -> float:
    """log of the volume of m×n matrices with orthonormal columns, in the measure (Q'dQ), diagonal units counted."""
    radii = sum(_log_radial(beta * (m - i + 1) - 1) for i in range(1, n + 1))
    return beta * m * n / 2 * np.log(2 * np.pi) - beta * n * (n - 1) / 4 * np.log(2 * np.pi) - radii


def _log_radial(p: float) -> float:
    """log of ∫ r^p e^(-r²/2) dr over r > 0."""
    return (p - 1) / 2 * np.log(2) + gammaln((p + 1) / 2)


def log_volume_of_flags(n: int, beta: int) -> float:
    """log of the volume of orthonormal bases up to unit factors of each vector: what eigenvectors range over."""
    sphere = np.log(2) + beta / 2 * np.log(np.pi) - gammaln(beta / 2)  # of the unit sphere of R^beta
    return log_volume_of_stiefel(n, n, beta) - n * sphere


@dataclass(frozen=True)
class VolumeForm:
    """The volume form of the matrices of a kind: `str` names the measure, `total(n=3)` is the volume of all of them."""

    factor: MatrixFactor

    @property
    def dimension(self) -> Callable[..., int]:
        """The number of coordinates at given sizes."""
        return lambda **sizes: len(self.factor.positions(_checked(self.factor, sizes)))

    def total(self, **sizes: int) -> float:
        """The volume of the whole set; infinite for linear spaces. DerivativeError where none is known."""
        letters = _checked(self.factor, sizes)
        numbers = self.factor.numbers(letters)
        name, beta = self.factor.kind.name, self.factor.scalars.beta
        if min(numbers, default=1) < 1 or any(k < numbers[-1] for k in numbers[:-1] if name == "stiefel"):
            raise EvaluationError(f"there is no {self.factor} with {', '.join(f'{k} = {v}' for k, v in sizes.items())}")
        if name in ("orthogonal", "stiefel"):
            log = log_volume_of_stiefel(numbers[0], numbers[-1], beta)
            turned = (numbers[-1] // 2) * np.log(2 * np.pi) if self.factor.modulo_blocks else 0.0
            return float(np.exp(log - turned - (_torus(numbers[-1], beta) if self.factor.modulo_diagonal else 0.0)))
        if name == "rotation_blocks":
            return float((2 * np.pi) ** (numbers[0] // 2))
        if name == "correlation":
            n = numbers[0]
            return float(np.exp(sum(k * (k * np.log(2) + betaln((k + 1) / 2, (k + 1) / 2)) for k in range(1, n))))
        if name in ("correlation_factor", "eigenvectors"):
            raise DerivativeError(f"no volume is known for {name}")
        return inf

    def __str__(self) -> str:
        return f"{self.factor}: {self.factor.measure}"

    __repr__ = __str__


def _torus(n: int, beta: int) -> float:
    return n * (np.log(2) + beta / 2 * np.log(np.pi) - gammaln(beta / 2)) if beta > 1 else 0.0


def _checked(f: MatrixFactor, sizes: Mapping[str, int]) -> Mapping[str, int]:
    letters = {a for n in f.sizes for a in n.letters}
    if missing := letters - sizes.keys():
        raise EvaluationError(f"the size {', '.join(sorted(missing))} is not known: write total({missing.pop()}=3)")
    return sizes


def volume_form(kind: Any, name: str = "X") -> VolumeForm:
    """The volume form on the matrices of a kind: `fr.volume_form("stiefel(m,n)").total(m=4, n=2)`.

    Kinds are those of `fr.jacobian_of`, or a symbol, `fr.matrix("X", "n", symmetric=True)`; the normalization is that of the measure which the form names: the product of
    the differentials of the free entries, or of the entries of Q'*dQ below the diagonal (not normalized to 1).

    Raises LanguageError for another kind.
    """
    if isinstance(kind, Expr):
        return VolumeForm(_of_symbol(kind))
    return VolumeForm(as_factor(name, kind))


def _of_symbol(X: Expr) -> MatrixFactor:
    """The factor that a symbol of the language is."""
    if X.op.name != "symbol":
        raise DerivativeError(f"a volume form is on the matrices of a kind, or of a symbol, not of {X}")
    if has(X, "unit"):
        return MatrixFactor(X.name, KINDS["stiefel"], X.shape, REAL)
    kind = next(
        (k for k in ("orthogonal", "diagonal", "spd", "symmetric", "skew", "lower", "upper") if has(X, k)), None
    )
    if kind is None:
        kind = "scalar" if X.is_scalar else "vector" if X.cols is ONE else "matrix"
    sizes = {"scalar": (), "vector": (X.rows,), "matrix": X.shape}.get(kind, (X.rows,))
    return MatrixFactor(X.name, KINDS[kind], sizes, REAL)


def log_volume_of_unit_interval(n: int) -> float:
    """log of the volume of {0 < X < I} in symmetric n×n matrices, a beta integral."""
    return 2 * float(multigammaln((n + 1) / 2, n)) - float(multigammaln(n + 1, n))


def log_volume_of_grassmannian(k: int, n: int, beta: int = 1) -> float:
    """log of the volume of the k-dimensional subspaces of an n-dimensional space: vol O(n)/(vol O(k) vol O(n-k))."""
    parts = [log_volume_of_stiefel(j, j, beta) if j else 0.0 for j in (n, k, n - k)]
    return parts[0] - parts[1] - parts[2]
