"""What JAX and PyTorch write alike: arrays as in NumPy, factors and solves by the functions in `natives`."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain
from types import ModuleType
from typing import Any

from frechet.compile.dialects.kernel_text import partial_traces, placeholders
from frechet.compile.dialects.numpy import array_templates, own_kernel
from frechet.compile.natives import entrywise, factors, matrix_functions, spectral
from frechet.compile.natives.operations import Native
from frechet.compile.values import Value
from frechet.compile.writing import Code, Template, Writer
from frechet.errors import FrechetError
from frechet.expr.node import operations

__all__ = ["library_templates", "native_operations"]


def _black_box(w: Writer, v: Value) -> Code:
    """An operation that a user declared: the library calls it through frechet. All others have words of their own."""
    if not v.params[2].op.black_box:
        raise FrechetError(f"there is no {w.language.name} code for {w.title(v)}{w.language.instead}")
    return own_kernel(w, v)


def library_templates(xp: str) -> dict[str, Template]:
    """Templates for `jnp` or `torch`."""
    unary = (
        "cholesky_inverse", "cholesky_trace_inverse", "cholesky_logdet", "lu_inverse", "lu_logdet", "hazard",
        "hazardgap", "log1mexp", "logcosh", "logerfc", "loghalferfc", "norm2", "sech",
    )  # fmt: skip
    binary = ("quotient", "xlogy", "cholesky_solve", "cholesky_half_solve")
    return {
        **array_templates(xp),
        **{name: f"{name}({xp}, {{0}})" for name in unary},
        **{name: f"{name}({xp}, {{0}}, {{1}})" for name in binary},
        "logisticpdf": f"logistic_density({xp}, {{0}})",
        "nearby": f"nearby({xp}, {{0}}, {{1}}, {{2}})",
        "hypot": f"hypotenuse({xp}, {{0}}, {{1}})",
        "argmax": f"attained({xp}, {{0}}, {xp}.amax({{0}}))",
        "argmin": f"attained({xp}, {{0}}, {xp}.amin({{0}}))",
        "argmax_rows": f"attained({xp}, {{0}}, {xp}.amax({{0}}, 1)[:, None])",
        "argmin_rows": f"attained({xp}, {{0}}, {xp}.amin({{0}}, 1)[:, None])",
        "diagm": f"{xp}.diag({{0}})",
        "add_diagonal": f"add_to_diagonal({xp}, {{0}}, {{1}})",
        "rank_2k": "plus_transpose({0:60} @ {1:100}.T)",
        "kron": f"{xp}.kron({{0}}, {{1}})",
        "cholesky": f"{xp}.linalg.cholesky({{0}})",
        "lu": f"lu_factors({xp}, {{0}})",
        "lu_solve": f"lu_solve({xp}, {{0}}, {{1}}, {{p0}})",
        "det": f"{xp}.linalg.det({{0}})",
        "triangular_solve": f"triangular_solve({xp}, {{0}}, {{1}}, {{p0}}, {{p1}})",
        "triangular_inverse": f"triangular_inverse({xp}, {{0}}, {{p0}})",
        "operation_kernel": _black_box,
        "adj": f"adjugate({xp}, {{0}})",
        "logsumexp": f"logsumexp({xp}, {{0:100}}.reshape(-1), 0)",
        "logsumexp_rows": f"logsumexp({xp}, {{0}}, 1)",
    }


def native_operations(
    xp: str,
    natives: Mapping[str, Native],
    joint: Mapping[tuple[str, ...], Native],
    words: ModuleType,
    without: frozenset[str] = frozenset(),
    **others: str,
) -> dict[str, Any]:
    """Operations in generated code: `operations`, `factored` and `helpers` of a language, whose words are a module; the text of others."""
    calls = {
        name: native.text(xp, list(chain(*placeholders(name))))
        for name, native in natives.items()
        if name in operations and name not in without
    }
    shared = {
        name: (whole.text(xp, list(chain(*placeholders(name)))), f"{{F}}[{part}]")
        for together, whole in joint.items()
        for part, name in enumerate(together)
        if name in calls
    }
    modules = (entrywise, factors, matrix_functions, spectral, words)
    helpers = {name: getattr(module, name) for module in modules for name in module.__all__}
    return {"operations": calls | partial_traces(xp) | others, "factored": shared, "helpers": helpers}
