"""Caches that a process shares: bounded, and safe under threads."""

from __future__ import annotations

from collections.abc import Hashable
from threading import RLock
from typing import Generic, TypeVar

__all__ = ["Recent"]

V = TypeVar("V")


class Recent(Generic[V]):
    """The last `bound` results by key: what came in first makes room.

    A look-up takes no lock. A result that two threads work out at once is kept once, and both get the one that is kept.
    """

    __slots__ = ("_bound", "_found", "_lock", "get")

    def __init__(self, bound: int):
        self._bound, self._lock = bound, RLock()  # a finalizer may come back here while a result is let go
        self._found: dict[Hashable, V] = {}
        self.get = self._found.get
        """The result with this key, or None."""

    def keep(self, key: Hashable, result: V) -> V:
        """The result that is kept with this key: the one given, or that of another thread."""
        with self._lock:
            kept = self._found.setdefault(key, result)
            while len(self._found) > self._bound:
                del self._found[next(iter(self._found))]
            return kept

    def values(self) -> list[V]:
        """The results that are kept."""
        with self._lock:
            return list(self._found.values())

    def clear(self) -> None:
        """Lets everything go."""
        with self._lock:
            self._found.clear()

    def __len__(self) -> int:
        return len(self._found)
