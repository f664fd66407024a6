"""Matrix calculus for Python: from a formula to its checked derivative.

    import frechet as fr
    X = fr.matrix("X", "m", "n")
    d = fr.derivative(fr.logdet(X.T @ X), X)
    d.gradient          # 2*X*inv(X'*X)

Every function of the language (`fr.inv`, `fr.trace`, `fr.exp`, ...) is an attribute of this module.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any
from warnings import warn

import frechet.calculus.binding
import frechet.rules  # noqa: F401  declares the table
from frechet.budgets import budget
from frechet.display import install
from frechet.errors import (
    BudgetError,
    ConvergenceError,
    DerivativeError,
    EvaluationError,
    FrechetError,
    LanguageError,
    LimitError,
    MissingLibraryError,
    ShapeError,
    SingularOperatorError,
)
from frechet.expr.node import Expr
from frechet.expr.symbols import eye, matrix, ones, scalar, unit, vector, zeros
from frechet.rules.funm import funm
from frechet.simplify.typed import simplified_as_typed
from frechet.texts import taking_text

if TYPE_CHECKING:
    from frechet import finite, forms, implicit, testing
    from frechet.answer import Answer, derivative, gradient, objective
    from frechet.calculus.derivative import taylor
    from frechet.check.checking import check
    from frechet.check.equivalence import equivalent
    from frechet.check.report import Report
    from frechet.check.verdict import Verdict
    from frechet.compile.compiled import compile, source
    from frechet.forms import (
        bracket,
        chain,
        change_of_variables,
        chart,
        check_jacobian,
        codiff,
        density,
        flat,
        inner,
        integrate,
        interior,
        jacobian_of,
        laplace,
        lie,
        sharp,
        star,
        stokes,
        vol,
        volume_form,
        wedge,
    )
    from frechet.implicit import adjoint
    from frechet.implicit.ode import odeint
    from frechet.implicit.solving import minimize, root
    from frechet.language import parse, to_latex, to_mathml, to_text, to_unicode
    from frechet.tracing.black_box import primitive
    from frechet.tracing.checking import check_gradient
    from frechet.tracing.checkpoints import checkpoint
    from frechet.tracing.derivatives import hessian, hvp, jacobian, jvp, linearize, value_and_gradient, vjp
    from frechet.tracing.formulas import formula
    from frechet.tracing.order.orders import order
    from frechet.tracing.picture.graphs import graph

__version__ = "0.2.0"

__all__ = [
    "Answer", "BudgetError", "ConvergenceError", "DerivativeError", "EvaluationError", "Expr", "FrechetError",
    "LanguageError", "LimitError", "MissingLibraryError", "Report", "ShapeError", "SingularOperatorError", "Verdict", "adjoint", "bracket",
    "budget", "chain", "change_of_variables", "chart", "check", "check_gradient", "check_jacobian", "checkpoint",
    "codiff", "compile", "density", "derivative", "equivalent", "eye", "finite", "flat", "forms",
    "formula", "funm", "gradient", "graph", "hessian", "hvp", "implicit", "inner", "integrate", "interior",
    "jacobian", "jacobian_of", "jvp", "laplace", "lie", "linearize", "matrix", "minimize", "objective", "odeint",
    "ones", "order", "parse", "primitive", "root", "scalar", "sharp", "simplify", "source", "star", "stokes",
    "taylor", "testing", "to_latex", "to_mathml", "to_text", "to_unicode", "unit", "value_and_gradient", "vector", "vjp", "vol",
    "volume_form", "wedge", "zeros",
]  # fmt: skip

install()
simplify = taking_text(simplified_as_typed, name="simplify")


# Imported on first use, so that `import frechet` stays quick. The rooms `check`, `compile`, `implicit` can be called.
_ROOMS = frozenset({"check", "compile", "finite", "forms", "implicit", "testing"})
_FORMS = (
    "bracket", "chain", "change_of_variables", "chart", "check_jacobian", "codiff", "density", "flat", "inner",
    "integrate", "interior", "jacobian_of", "laplace", "lie", "sharp", "star", "stokes", "vol", "volume_form",
    "wedge",
)  # fmt: skip
_LATER = {
    **dict.fromkeys(
        ("hessian", "hvp", "jacobian", "jvp", "linearize", "value_and_gradient", "vjp"),
        "frechet.tracing.derivatives",
    ),
    **dict.fromkeys(_FORMS, "frechet.forms"),
    **dict.fromkeys(("Answer", "derivative", "gradient", "objective"), "frechet.answer"),
    **dict.fromkeys(("parse", "to_latex", "to_mathml", "to_text", "to_unicode"), "frechet.language"),
    "Report": "frechet.check.report",
    "Verdict": "frechet.check.verdict",
    "check_gradient": "frechet.tracing.checking",
    "checkpoint": "frechet.tracing.checkpoints",
    "equivalent": "frechet.check.equivalence",
    "formula": "frechet.tracing.formulas",
    "load_ipython_extension": "frechet.notebooks",
    "graph": "frechet.tracing.picture.graphs",
    "minimize": "frechet.implicit.solving",
    "odeint": "frechet.implicit.ode",
    "order": "frechet.tracing.order.orders",
    "primitive": "frechet.tracing.black_box",
    "root": "frechet.implicit.solving",
    "source": "frechet.compile",
    "taylor": "frechet.calculus.derivative",
}
# What went by a name of its own, and what to write.
_FORMER = {
    "entries": ("frechet.rules.selection", "A[i-1:j, k-1:l]"),
    "power": ("frechet.rules.inverse", "fr.matrix_power(A, k)"),
}
# How many first arguments may be text; `derivative`, `gradient`, `check`, `equivalent`, `objective` read theirs themselves.
_TEXTS = {
    "minimize": 1, "root": 1, "source": 1, "taylor": 1, "to_latex": 1, "to_text": 1,
    "to_unicode": 1,
}  # fmt: skip


def __getattr__(name: str) -> Any:
    """What is imported on first use, and the functions of the language: fr.logdet, fr.softmax, and any new operation."""
    if name in _ROOMS:
        return import_module(f"frechet.{name}")
    if name == "adjoint":
        return import_module("frechet.implicit.adjoint")
    if name in _LATER:
        found = getattr(import_module(_LATER[name]), name)
        if name in _TEXTS:
            found = globals()[name] = taking_text(found, _TEXTS[name])
        return found
    if name in _FORMER:
        module, instead = _FORMER[name]
        warn(f"fr.{name} is deprecated: write {instead}", DeprecationWarning, stacklevel=2)
        return getattr(import_module(module), name)
    try:
        found = import_module("frechet.functions").function(name)
    except FrechetError as error:
        raise AttributeError(f"module 'frechet' has no attribute {name!r}: {error}") from None
    globals()[name] = found  # made once
    return found


def __dir__() -> list[str]:
    return sorted({*__all__, *import_module("frechet.functions").public_names()})
