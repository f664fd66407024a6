"""Is this formula right, and if not, what is wrong with it? The room itself can be called: `fr.check(f, X, claim)`."""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import Any

__all__: list[str] = []


class _CallableRoom(ModuleType):
    """`fr.check` is this room and, called, its main function; the room is imported when it is first needed."""

    def __call__(self, *args: Any, **options: Any) -> Any:
        return import_module("frechet.check.checking").check(*args, **options)


sys.modules[__name__].__class__ = _CallableRoom
