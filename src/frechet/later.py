"""Libraries that are imported when they are first used, so that `import frechet` stays quick."""

from __future__ import annotations

from importlib import import_module
from typing import Any

__all__ = ["Later", "scipy"]


class Later:
    """A library by its name; what is taken from it once is kept."""

    def __init__(self, name: str):
        self.__name__ = name

    def __getattr__(self, attribute: str) -> Any:
        found = getattr(import_module(self.__name__), attribute)
        setattr(self, attribute, found)
        return found


scipy: Any = Later("scipy")
