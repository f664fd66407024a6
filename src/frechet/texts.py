"""Functions that take expressions take text too: `fr.simplify("x'*x + x'*x")`."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from importlib import import_module
from typing import Any

__all__ = ["taking_text"]


def taking_text(function: Callable[..., Any], count: int = 1) -> Callable[..., Any]:
    """The function, its first `count` arguments read where they are text; a list is read item by item."""

    @wraps(function)
    def taken(*args: Any, **options: Any) -> Any:
        return function(*[_expression(a) for a in args[:count]], *args[count:], **options)

    taken.__module__, taken.__qualname__ = "frechet", function.__name__  # where a pickle finds it again
    return taken


def _expression(value: Any) -> Any:
    if isinstance(value, str):
        return import_module("frechet.language").read(value).expr  # `import frechet` stays quick
    if isinstance(value, list | tuple) and any(isinstance(v, str) for v in value):
        return [_expression(v) for v in value]
    return value
