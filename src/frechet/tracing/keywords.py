"""The arguments of a call against those that its meaning takes: what a meaning does not read is refused by name where it is not the default.

A meaning names the keywords that it honours; one with **options hands them on, or refuses what it does not know itself.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from frechet.tracing.refusing import lost

__all__ = ["understood"]

_WITHOUT_EFFECT = frozenset(
    {
        "casting", "check_finite", "device", "driver", "lapack_driver", "like", "lwork", "optimize", "order", "overwrite_a", "overwrite_ab",
        "overwrite_b", "overwrite_input", "overwrite_x", "stable", "subok", "turbo",
    }
)  # fmt: skip
"""Options that say how the work is done or how the result lies in memory, not what comes out."""
_ANY = 1_000_000
_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


@lru_cache(maxsize=4096)
def _takes(meaning: Callable) -> tuple[frozenset[str], int, bool]:
    """The names of the parameters of a meaning, how many it takes by place, and whether it takes any name."""
    try:
        parameters = inspect.signature(meaning).parameters.values()
    except (TypeError, ValueError):
        return frozenset(), _ANY, True
    kinds = [p.kind for p in parameters]
    count = _ANY if inspect.Parameter.VAR_POSITIONAL in kinds else sum(k in _POSITIONAL for k in kinds)
    return frozenset(p.name for p in parameters), count, inspect.Parameter.VAR_KEYWORD in kinds


@lru_cache(maxsize=4096)
def _given_by(function: Callable | None) -> tuple[Mapping[str, Any], bool]:
    """The parameters of a library's function with their defaults, in order, and whether these are all that it takes."""
    try:
        parameters = inspect.signature(function).parameters.values() if function is not None else ()
    except (TypeError, ValueError):
        return {}, False
    names = {p.name: p.default for p in parameters if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)}
    return names, bool(names) and not any(p.kind is p.VAR_KEYWORD for p in parameters)


def understood(
    meaning: Callable, name: str, function: Callable | None, args: tuple, options: dict[str, Any]
) -> tuple[tuple, dict[str, Any]]:
    """The arguments as the meaning takes them. Raises TracingError for one that it does not know, unless it is the default."""
    named, count, is_open = _takes(meaning)
    if len(args) <= count and (is_open or not options):
        return args, options
    theirs, are_all = _given_by(function)
    names = list(theirs)
    if count < len(args) <= len(names):
        options = {**options, **dict(zip(names[count:], args[count:], strict=False))}
        args = args[:count]
    for k in names[len(args) : count]:
        if k in named or k not in options or theirs[k] is not inspect.Parameter.empty:
            break
        args = (*args, options.pop(k))  # the library's name of what is taken by its place
    taken = {}
    for k, v in options.items():
        if k in named or is_open or (are_all and k not in theirs):
            taken[k] = v  # what the library does not take either raises TypeError as there
        elif k not in _WITHOUT_EFFECT and not _is_default(v, theirs.get(k)):
            raise lost(f"{name} with {k}", "is not known on traced arrays")
    return args, taken


def _is_default(value: Any, default: Any) -> bool:
    if value is None or value is np._NoValue or value is default:
        return True
    return type(value) is type(default) and isinstance(value, bool | int | float | str) and value == default
