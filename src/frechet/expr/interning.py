"""Tables of the one object with given parts: safe under threads, and nothing in them lives longer than it is used."""

from __future__ import annotations

from _weakref import _remove_dead_weakref  # type: ignore[attr-defined]  # the atomic removal of WeakValueDictionary
from collections.abc import Hashable
from typing import Any, Generic, TypeVar
from weakref import ref

__all__ = ["Interned"]

T = TypeVar("T")


class _Entry(ref[Any]):
    """A weak reference that knows where it stands in the table."""

    __slots__ = ("key",)
    key: Hashable


class Interned(Generic[T]):
    """Objects by the parts that they are made of, held weakly.

    A key must not hold objects of the table: an object whose parts are objects is found by their identities. They are
    its own while it lives, and it leaves the table before they go.

    There is no lock to wait for, in a finalizer or a forked child: `dict.setdefault` decides between threads that
    make the same object at once, in one step, and an entry is removed in one step if it is dead.
    """

    __slots__ = ("_entries", "_leave", "find")

    def __init__(self) -> None:
        entries: dict[Hashable, _Entry] = {}

        def leave(entry: _Entry) -> None:
            _remove_dead_weakref(entries, entry.key)

        self._entries, self._leave = entries, leave
        self.find = entries.get
        """The entry with this key, or None; called, it gives the object, or None when that has just died."""

    def keep(self, key: Hashable, made: T) -> T:
        """The one object with this key: `made`, or what another thread has made meanwhile."""
        entry = _Entry(made, self._leave)
        entry.key = key
        while True:
            found: T | None = self._entries.setdefault(key, entry)()
            if found is not None:
                return found
            _remove_dead_weakref(self._entries, key)

    def values(self) -> list[T]:
        """The objects that are alive."""
        found = [entry() for entry in self._entries.copy().values()]
        return [x for x in found if x is not None]

    def __len__(self) -> int:
        return len(self._entries)
