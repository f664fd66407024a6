"""From expressions to the fastest code that their structure allows. The room itself can be called: `fr.compile(f)`."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

from frechet.compile import arithmetic, contractions, parts, products, solves
from frechet.compile.compiled import Compiled, compile, source

__all__ = ["Compiled", "arithmetic", "compile", "contractions", "parts", "products", "solves", "source"]


class _CallableRoom(ModuleType):
    """`fr.compile` is this room and, called, its main function; the room is imported when it is first needed."""

    def __call__(self, *args: Any, **options: Any) -> Any:
        return compile(*args, **options)


sys.modules[__name__].__class__ = _CallableRoom
