"""Which operations of the table JAX and PyTorch have natively, and how: as functions, and as calls in generated code.

An operation that is not listed is computed by its NumPy kernel on the host.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib import import_module
from typing import Any

from frechet.compile.natives import entrywise, factors, matrix_functions, spectral, words_jax
from frechet.expr.node import operations
from frechet.rules.spectral import TIE

__all__ = [
    "COMPLEX_OF_REAL", "JAX_JOINT", "JAX_NATIVE", "JAX_ONLY_IN_CODE", "TORCH_JOINT", "TORCH_NATIVE", "Native",
]  # fmt: skip


@dataclass(frozen=True)
class Native:
    """A function of `xp`, or the dotted name of a function of the library; `part` of its result, `extra` arguments; the
    `platform` that it runs on alone; `differentiable` where the library's derivatives of it are right at every order."""

    function: Callable[..., Any] | str
    part: int | None = None
    extra: tuple = ()
    platform: str = ""
    differentiable: bool = False

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


def _alone(linalg: str) -> dict[str, Native]:
    """Operations by themselves; those that are parts of a factorization, where they cost less alone."""
    return {
        "adj": Native(matrix_functions.adjugate),
        "chol": Native(factors.cholesky_factor),
        "cosm": Native(matrix_functions.matrix_cosine),
        "dadj": Native(matrix_functions.adjugate_slope),
        "dcosm": Native(matrix_functions.cosine_slope),
        "det": Native(f"{linalg}.det"),
        "dexpm": Native(matrix_functions.exponential_slope),
        "dsinm": Native(matrix_functions.sine_slope),
        "eigvals": Native(f"{linalg}.eigvals"),
        "eigvecs": Native(f"{linalg}.eig", 1),
        "expm": Native(matrix_functions.matrix_exponential),
        "gaps": Native(spectral.reciprocal_gaps, None, (TIE[1],)),
        "gaps2": Native(spectral.squared_gaps, None, (TIE[2],)),
        "inv": Native(factors.inverse),
        "logdet": Native(factors.log_determinant),
        "logofsoftmax": Native(entrywise.logsoftmax_of_all),
        "logofsoftmax_rows": Native(entrywise.logsoftmax, None, (-1,)),
        "normnuc": Native(spectral.nuclear_norm),
        "normspec": Native(spectral.spectral_norm),
        "pinv": Native(factors.pseudoinverse),
        "qrperp": Native(factors.orthogonal_complement),
        "reciprocals": Native(spectral.reciprocals_apart_from_zero, None, (TIE[1],)),
        "rotation": Native(spectral.nearest_rotation),
        "signm": Native(matrix_functions.matrix_sign),
        "sinm": Native(matrix_functions.matrix_sine),
        "sumlargest": Native(spectral.sum_of_largest),
        "svdperp": Native(spectral.singular_complement),
        "svdvals": Native(spectral.singular_values),
    }


def _together(linalg: str) -> dict[tuple[str, ...], Native]:
    """Operations that one factorization gives together, in the order of the result."""
    return {
        ("det", "adj"): Native(matrix_functions.determinant_and_adjugate),
        ("eigmax", "eigmaxproj"): Native(spectral.extreme_eigen, None, (1, TIE[1])),
        ("eigmin", "eigminproj"): Native(spectral.extreme_eigen, None, (-1, TIE[1])),
        ("eigvals", "eigvecs", "eigdual"): Native(spectral.eigen_and_dual),
        ("eigvalsh", "eigvecsh"): Native(spectral.symmetric_eigen),
        ("lul", "luu"): Native(factors.lu_in_order),
        ("normnuc", "polar"): Native(spectral.nuclear_norm_and_polar),
        ("normspec", "normspec projector"): Native(spectral.spectral_norm_and_projector, None, (TIE[1],)),
        ("qrq", "qrr"): Native(f"{linalg}.qr"),
        ("sumlargest", "topproj"): Native(spectral.top_eigen, None, (TIE[1],)),
        ("svdvals", "svdu", "svdv"): Native(spectral.thin_svd),
        ("topvals", "topvecs"): Native(spectral.top_eigenpairs),
    }


TORCH_JOINT: Mapping[tuple[str, ...], Native] = _together("torch.linalg")
JAX_JOINT: Mapping[tuple[str, ...], Native] = {
    **_together("jnp.linalg"),
    ("hessq", "hessh"): Native(words_jax.hessenberg_factors, platform="cpu"),
    ("schurq", "schurt", "schurpattern"): Native(words_jax.schur_factors, platform="cpu"),
}


def _parts(joint: Mapping[tuple[str, ...], Native]) -> dict[str, Native]:
    return {name: replace(whole, part=k) for together, whole in joint.items() for k, name in enumerate(together)}


JAX_NATIVE: Mapping[str, Native] = {**_parts(JAX_JOINT), **_alone("jnp.linalg")}
TORCH_NATIVE: Mapping[str, Native] = {
    **_parts(TORCH_JOINT),
    **_alone("torch.linalg"),
    "chol": Native(factors.cholesky_factor, differentiable=True),
    "expm": Native("torch.linalg.matrix_exp"),
    "inv": Native(factors.inverse, differentiable=True),
}
JAX_ONLY_IN_CODE: Mapping[str, Native] = {
    "expm": Native(matrix_functions.matrix_exponential, None, (True,)),
    "dexpm": Native(matrix_functions.exponential_slope, None, (True,)),
    "sqrtm": Native(words_jax.principal_root),
    "sylv": Native("jax.scipy.linalg.solve_sylvester"),
}
"""For code that runs without frechet, and that JAX may differentiate: operations that JAX has slower than the host, or by a
loop of fixed length."""

COMPLEX_OF_REAL = frozenset(name for name, op in operations.items() if op.result == "complex")
"""Complex for real matrices: not in code for PyTorch, whose products do not mix real and complex tensors."""
