"""Which rows of the table JAX and PyTorch have natively, and how: as functions, and as text for generated code.

A row that is not listed is computed by its NumPy kernel on the host.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from typing import Any

from frechet.compile import native, native_jax, native_torch
from frechet.compile.native import (
    eigen_and_dual,
    inverse,
    nearest_rotation,
    nuclear_norm,
    nuclear_norm_and_polar,
    orthogonal_complement,
    polar_factor,
    procrustes_rotation,
    reciprocal_gaps,
    reciprocals_apart_from_zero,
    singular_complement,
    singular_values,
    spectral_norm,
    spectral_norm_and_projector,
    squared_gaps,
    sum_of_largest,
    thin_qr,
    thin_svd,
    top_eigen,
    top_eigenpairs,
    top_projector,
)
from frechet.expr.node import operations
from frechet.rules.spectral import TIE

__all__ = [
    "COMPLEX_OF_REAL",
    "JAX_JOINT",
    "JAX_ONLY_IN_CODE",
    "JAX_ROWS",
    "TORCH_JOINT",
    "TORCH_ROWS",
    "Native",
    "RowTexts",
    "row_texts",
]


@dataclass(frozen=True)
class Native:
    """A function of `xp`, or the dotted name of a function of the library; `part` of its result, `extra` arguments."""

    function: Callable[..., Any] | str
    part: int | None = None
    extra: tuple = ()

    def __call__(self, xp: Any, *arguments: Any) -> Any:
        if isinstance(self.function, str):
            result = _resolved(self.function)(*arguments, *self.extra)
        else:
            result = self.function(xp, *arguments, *self.extra)
        return result if self.part is None else result[self.part]

    def text(self, xp: str, arguments: list[str]) -> str:
        """The call, as it is written in generated code."""
        extra = [repr(x) for x in self.extra]
        if isinstance(self.function, str):
            called = f"{self.function}({', '.join([*arguments, *extra])})"
        else:
            called = f"{self.function.__name__}({', '.join([xp, *arguments, *extra])})"
        return called if self.part is None else f"{called}[{self.part}]"


@lru_cache(maxsize=512)
def _resolved(path: str) -> Callable[..., Any]:
    names = path.replace("jnp.", "jax.numpy.").split(".")
    for count in range(len(names) - 1, 0, -1):
        try:
            found = import_module(".".join(names[:count]))
        except ModuleNotFoundError:
            continue
        for name in names[count:]:
            found = getattr(found, name)
        return found  # type: ignore[return-value]
    raise ModuleNotFoundError(path)


def _rows(linalg: str, own: Any, exponential: Callable[..., Any] | str) -> dict[str, Native]:
    return {
        "adj": Native(own.adjugate),
        "chol": Native(own.cholesky_factor),
        "dadj": Native(own.adjugate_slope),
        "cosm": Native(own.matrix_cosine),
        "dcosm": Native(own.cosine_slope),
        "det": Native(f"{linalg}.det"),
        "dexpm": Native(own.exponential_slope),
        "dsinm": Native(own.sine_slope),
        "eigmax": Native(own.extreme_eigen, 0, (1, TIE[1])),
        "eigmaxproj": Native(own.extreme_eigen, 1, (1, TIE[1])),
        "eigmin": Native(own.extreme_eigen, 0, (-1, TIE[1])),
        "eigminproj": Native(own.extreme_eigen, 1, (-1, TIE[1])),
        "eigdual": Native(eigen_and_dual, 2),
        "eigvals": Native(f"{linalg}.eigvals"),
        "eigvalsh": Native(own.symmetric_eigen, 0),
        "eigvecs": Native(f"{linalg}.eig", 1),
        "eigvecsh": Native(own.symmetric_eigen, 1),
        "expm": Native(exponential),
        "gaps": Native(reciprocal_gaps, None, (TIE[1],)),
        "gaps2": Native(squared_gaps, None, (TIE[2],)),
        "inv": Native(inverse),
        "logdet": Native(own.log_determinant),
        "lul": Native(own.lu_in_order, 0),
        "luu": Native(own.lu_in_order, 1),
        "normnuc": Native(nuclear_norm),
        "normspec": Native(spectral_norm),
        "normspec projector": Native(spectral_norm_and_projector, 1, (TIE[1],)),
        "pinv": Native(own.pseudoinverse),
        "polar": Native(polar_factor),
        "procrustes": Native(procrustes_rotation),
        "qrperp": Native(orthogonal_complement),
        "qrq": Native(thin_qr, 0),
        "qrr": Native(thin_qr, 1),
        "reciprocals": Native(reciprocals_apart_from_zero, None, (TIE[1],)),
        "rotation": Native(nearest_rotation),
        "signm": Native(own.matrix_sign),
        "sinm": Native(own.matrix_sine),
        "sumlargest": Native(sum_of_largest),
        "svdperp": Native(singular_complement),
        "svdu": Native(thin_svd, 1),
        "svdv": Native(thin_svd, 2),
        "svdvals": Native(singular_values),
        "topproj": Native(top_projector, None, (TIE[1],)),
        "topvals": Native(top_eigenpairs, 0),
        "topvecs": Native(top_eigenpairs, 1),
    }


def _joint(linalg: str, own: Any) -> dict[tuple[str, ...], Native]:
    """Rows that one factorization gives together, in the order of the result."""
    return {
        ("det", "adj"): Native(own.determinant_and_adjugate),
        ("eigmax", "eigmaxproj"): Native(own.extreme_eigen, None, (1, TIE[1])),
        ("eigmin", "eigminproj"): Native(own.extreme_eigen, None, (-1, TIE[1])),
        ("eigvals", "eigvecs", "eigdual"): Native(eigen_and_dual),
        ("eigvalsh", "eigvecsh"): Native(own.symmetric_eigen),
        ("lul", "luu"): Native(own.lu_in_order),
        ("normnuc", "polar"): Native(nuclear_norm_and_polar),
        ("normspec", "normspec projector"): Native(spectral_norm_and_projector, None, (TIE[1],)),
        ("qrq", "qrr"): Native(thin_qr),
        ("sumlargest", "topproj"): Native(top_eigen, None, (TIE[1],)),
        ("svdvals", "svdu", "svdv"): Native(thin_svd),
        ("topvals", "topvecs"): Native(top_eigenpairs),
    }


JAX_ROWS: Mapping[str, Native] = {
    **_rows("jnp.linalg", native_jax, native_jax.matrix_exponential),
    "hessh": Native(native_jax.hessenberg_factors, 1),
    "hessq": Native(native_jax.hessenberg_factors, 0),
    "schurpattern": Native(native_jax.schur_factors, 2),
    "expm": Native(native_jax.matrix_exponential, None, (False,)),
    "dexpm": Native(native_jax.exponential_slope, None, (False,)),
    "schurq": Native(native_jax.schur_factors, 0),
    "schurt": Native(native_jax.schur_factors, 1),
}
TORCH_ROWS: Mapping[str, Native] = _rows("torch.linalg", native_torch, "torch.linalg.matrix_exp")
JAX_JOINT: Mapping[tuple[str, ...], Native] = {
    **_joint("jnp.linalg", native_jax),
    ("hessq", "hessh"): Native(native_jax.hessenberg_factors),
    ("schurq", "schurt", "schurpattern"): Native(native_jax.schur_factors),
}
TORCH_JOINT: Mapping[tuple[str, ...], Native] = _joint("torch.linalg", native_torch)


JAX_ONLY_IN_CODE: Mapping[str, Native] = {
    "expm": Native(native_jax.matrix_exponential),
    "dexpm": Native(native_jax.exponential_slope),
    "sqrtm": Native(native_jax.principal_root),
    "sylv": Native(native_jax.sylvester_solution),
}
"""For code that runs without frechet, and that JAX may differentiate: rows that JAX has slower than the host, or by a
loop of fixed length."""

COMPLEX_OF_REAL = frozenset(name for name, row in operations.items() if row.result == "complex")
"""Complex for real matrices: not in code for PyTorch, whose products do not mix real and complex tensors."""


@dataclass(frozen=True)
class RowTexts:
    """Rows in generated code: `rows` and `factored` of a Language, and its helper functions."""

    rows: dict[str, str]
    factored: dict[str, tuple[str, str]]
    helpers: dict[str, str]


def row_texts(
    xp: str,
    rows: Mapping[str, Native],
    joint: Mapping[tuple[str, ...], Native],
    own: Any,
    without: frozenset[str] = frozenset(),
) -> RowTexts:
    """The rows as text; several rows of one factorization share it."""
    written = set(operations) - without
    texts = {name: native.text(xp, _placeholders(name)) for name, native in rows.items() if name in written}
    factored = {
        name: (function.text(xp, _placeholders(name)), f"{{F}}[{part}]")
        for together, function in joint.items()
        for part, name in enumerate(together)
        if name in written
    }
    functions = [getattr(module, name) for module in (native, own) for name in module.__all__]
    return RowTexts(texts, factored, {f.__name__: "\n" + inspect.getsource(f) for f in functions})


def _placeholders(name: str) -> list[str]:
    arguments, parameters = operations[name].counts or (0, 0)
    return [f"{{{i}}}" for i in range(arguments)] + [f"{{p{i}}}" for i in range(parameters)]
