"""Functions that take expressions take text too: `fr.simplify("x'*x + x'*x")`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from importlib import import_module
from inspect import signature
from typing import Any

from frechet.expr.node import Expr, as_expr
from frechet.expr.resizing import resized

__all__ = ["taking_text"]


def taking_text(function: Callable[..., Any], count: int = 1, name: str = "") -> Callable[..., Any]:
    """The function, its first `count` arguments read where they are text; a list is read item by item. `name` is another public name.

    `sizes={"n": 3}` puts numbers for size letters, unless the function takes sizes itself.
    """
    own = "sizes" in signature(function).parameters

    @wraps(function)
    def taken(*args: Any, **options: Any) -> Any:
        sizes = None if own else options.pop("sizes", None)
        return function(*[_expression(a, sizes) for a in args[:count]], *args[count:], **options)

    taken.__name__ = taken.__qualname__ = name or function.__name__
    taken.__module__ = "frechet"  # where a pickle finds it again
    return taken


def _expression(value: Any, sizes: Mapping[str, int] | None) -> Any:
    if isinstance(value, str):
        return import_module("frechet.language").read(value, sizes=sizes).expr  # `import frechet` stays quick
    if isinstance(value, Expr) and sizes:
        return resized([value], sizes)[value]
    if isinstance(value, list | tuple) and value:
        return [_expression(v, sizes) for v in value]
    return value if isinstance(value, Expr | list | tuple) or callable(value) else as_expr(value)
