"""The language's functions for Python: fr.logdet(A), fr.sum(X, axis=0), each with a signature and a docstring.

They are made from the declarations when they are first asked for. Names and counts of arguments mean what they mean in
text: fr.max(A) is the largest entry, fr.max(A, B) the larger ones.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from inspect import Parameter
from inspect import Signature as CallSignature
from typing import Any

import numpy as np

from frechet.errors import FrechetError, ShapeError
from frechet.expr.fitting import applied, own_fits, unfit
from frechet.expr.leaves import UNIT
from frechet.expr.node import Expr, Operation, as_expr, operations
from frechet.expr.protocols import NUMPY_FUNCTIONS
from frechet.expr.signature import Signature
from frechet.expr.sizes import size
from frechet.language.surface import FORMS, function_names, near_names, operation_for
from frechet.rules import numpy_names
from frechet.table import describe_operation

__all__ = ["function", "public_names"]

_BY_NUMPY: dict[str, Callable[..., Expr]] = {
    "diag": numpy_names.diagonal,
    "dot": numpy_names.dot,
    "norm": numpy_names.norm,
    "outer": numpy_names.outer,
    "solve": numpy_names.solve,
}
"""NumPy's names whose meaning goes before that of the text, where `diag` and `norm` are other functions."""
_LETTERS = "ABCDEF"


def public_names() -> list[str]:
    """The functions that people look for, sorted: operations by the names they are printed with, and NumPy's names.

    Left out are operations that occur in derivatives only, the matrices of a factorization one by one (`qrq`, `luu`), second
    names (`lse`), and `e`, which is fr.unit here. They work all the same.
    """
    numpys = {*_BY_NUMPY, *(f.__name__ for f in NUMPY_FUNCTIONS)}
    ufuncs = {name for name, op in operations.items() if op.elementwise and not op.internal and hasattr(np, name)}
    ufuncs = {name for name in ufuncs if operation_for(name, 1, False)}
    return sorted({name for name in function_names() if _is_listed(name)} | numpys | ufuncs)


def _is_listed(name: str) -> bool:
    op = operation_for(name, 1, False) if name not in FORMS and name != UNIT.name else None
    if op is None or op.internal or not isinstance(op.signature, Signature):
        return False
    is_factor = bool(op.together) and "1" not in map(str, op.signature.outcome)
    return not is_factor and (name in operations or hasattr(np, name))


def function(name: str) -> Callable[..., Expr]:
    """The function of this name. Raises FrechetError for one that the language does not have."""
    if name in _BY_NUMPY:
        return _BY_NUMPY[name]
    op = operation_for(name, 1, False)
    if op is None:
        for f, meaning in NUMPY_FUNCTIONS.items():
            if f.__name__ == name:
                return _as_numpys(f, meaning)
        near = [n for n in near_names(name) if n != name]
        raise FrechetError(f"there is no function {name}" + (f"; did you mean {', '.join(near)}?" if near else ""))
    made = _with_axis(name, op) if operation_for(name, 1, True) or name in ("sum", "mean") else _called(name, op)
    made.__name__ = made.__qualname__ = name
    made.__module__ = "frechet"
    made.__doc__ = _docstring(op)
    return made


def _as_numpys(function: Callable[..., Any], meaning: Callable[..., Any]) -> Callable[..., Any]:
    """What NumPy's function means for expressions, under its name."""

    @wraps(meaning)
    def made(*args: Any, **options: Any) -> Any:
        return meaning(*args, **options)

    made.__name__ = made.__qualname__ = function.__name__
    made.__module__ = "frechet"
    made.__doc__ = f"{meaning.__doc__}\n\nAs {function.__module__}.{function.__name__}, for expressions."
    return made


def _called(name: str, op: Operation) -> Callable[..., Expr]:
    """The operation as a function of its arguments, then its sizes."""
    assert isinstance(op.signature, Signature)
    takes = len(op.signature.arguments)

    def made(*args: Any) -> Expr:
        other = operation_for(name, len(args), False)
        if other is not None and other is not op:  # max(A, B)
            return other(*[as_expr(a) for a in args])
        if len(args) != len(names):
            raise ShapeError(f"{name} takes {len(names)} argument(s), {', '.join(names) or 'none'}, not {len(args)}")
        node = applied(op, [as_expr(a) for a in args[:takes]], [size(p) for p in args[takes:]])
        wrong = unfit(own_fits(node), {})
        if wrong:
            raise ShapeError(wrong)
        return node

    names = [*_LETTERS[:takes], *[str(p) for p in op.signature.parameters]]
    made.__signature__ = CallSignature([Parameter(n, Parameter.POSITIONAL_ONLY) for n in names])  # type: ignore[attr-defined]
    made.operation = op  # type: ignore[attr-defined]
    return made


def _with_axis(name: str, op: Operation) -> Callable[..., Expr]:
    """A function of all entries, of each column (axis=0) or of each row (axis=1)."""

    def made(A: Any, /, *others: Any, axis: int | None = None, keepdims: bool = False) -> Expr:
        if others:
            return _called(name, op)(A, *others)
        return numpy_names.along(name, A, axis, keepdims)

    made.operation = op  # type: ignore[attr-defined]
    return made


def _docstring(op: Operation) -> str:
    """Formula, shapes, domain, convention and source, from the declaration."""
    told = describe_operation(op)
    assert isinstance(op.signature, Signature)
    shapes = [
        f"{letter}: {rows}×{cols}" for letter, (rows, cols) in zip(_LETTERS, op.signature.arguments, strict=False)
    ]
    rows, cols = op.signature.outcome
    lines = [f"{told['name']}: {', '.join(shapes) or 'no argument'}; the result is {rows}×{cols}.", ""]
    lines += [f"    {formula}" for formula in told["formulas"]]
    lines += [""] if told["formulas"] else []
    lines += [f"Domain: {told['domain']}."] if told["domain"] else []
    lines += [f"Convention: {told['convention']}."] if told["convention"] else []
    lines += [f"Source: {told['source']}."] if told["source"] else []
    lines += ["", "Raises ShapeError where the sizes do not fit."]
    return "\n".join(lines)
