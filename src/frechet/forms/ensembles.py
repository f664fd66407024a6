"""What a family of random matrices declares, and for which parameters it is a density."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from frechet.errors import EvaluationError
from frechet.forms.scalars import REAL, Scalars
from frechet.forms.spectra import SpectralFamily

__all__ = ["FULL_RANK", "Condition", "Ensemble", "Parameters", "above"]

Array = np.ndarray
Parameters = dict[str, Any]
Condition = tuple[str, tuple[str, ...], Callable[[Parameters], bool]]

_WHOLE: tuple[Condition, ...] = (("whole sizes n >= 1", ("n",), lambda p: p["n"] >= 1 and p["n"] == int(p["n"])),)
FULL_RANK: tuple[Condition, ...] = (("m > n - 1", ("n", "m"), lambda p: p["m"] > p["n"] - 1),)


def above(name: str, least: float = 0.0) -> Condition:
    """That a parameter, or each of several, is larger than a number."""
    return f"{name} > {least:g}", (name,), lambda p: bool(np.all(np.asarray(p[name], dtype=float) > least))


@dataclass(frozen=True)
class Ensemble:
    """What one family of random matrices declares: its parameters, measure, formula, density, samples, eigenvalues, and
    for which parameters it is a density, beside a size n that is a whole number.
    """

    arguments: tuple[str, ...]
    measure: str
    formula: str
    logpdf: Callable[[Array, Parameters], float] | None
    sample: Callable[[np.random.Generator, Parameters], Array] | None
    eigenvalues: Callable[[Parameters], SpectralFamily] | None = None
    scalars: Scalars = REAL
    conditions: tuple[Condition, ...] = ()
    is_hermitian: bool = False  # its matrices are symmetric, or Hermitian: others have the density 0
    spectrum_of: Callable[[Array], Array] | None = None  # eigenvalues, or what stands for them, of stacks of matrices

    def log_density(self, X: Array, p: Parameters) -> float:
        """log of the density at one matrix; -inf at one that is not Hermitian where all are."""
        assert self.logpdf is not None
        if self.is_hermitian and not np.allclose(X, X.conj().T, rtol=0, atol=1e-9 * np.max(np.abs(X), initial=0.0)):
            return -np.inf
        return self.logpdf(X, p)

    def require(self, name: str, p: Parameters) -> None:
        """EvaluationError for parameters, among those that are known, for which there is no density."""
        for said, needed, holds in (*_WHOLE, *self.conditions):
            if all(a in p for a in needed) and set(needed) <= {*self.arguments, "n"} and not holds(p):
                given = ", ".join(f"{a} = {p[a]:g}" if np.ndim(p[a]) == 0 else f"{a} = {p[a]}" for a in needed)
                raise EvaluationError(f"{name} is a density for {said}, not for {given}")
