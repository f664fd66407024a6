"""Warnings of user functions, silenced while any thread evaluates one.

Python's filters of warnings belong to the process: two threads that save and restore them by turns leave them changed
for ever. Here the first thread that comes in changes them, and the last one that goes out restores them.
"""

from __future__ import annotations

import warnings
from threading import RLock
from types import TracebackType

import numpy as np

__all__ = ["QUIET"]


class _Quiet:
    """A context: no warnings, but an error where an imaginary part is dropped."""

    def __init__(self) -> None:
        self._lock, self._inside = RLock(), 0
        self._saved = warnings.catch_warnings()

    def __enter__(self) -> None:
        with self._lock:
            if not self._inside:
                self._saved = warnings.catch_warnings()
                self._saved.__enter__()
                warnings.simplefilter("ignore")
                # a function that drops the imaginary part is not one to take a complex step with
                warnings.simplefilter("error", np.exceptions.ComplexWarning)
            self._inside += 1

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        with self._lock:
            self._inside -= 1
            if not self._inside:
                self._saved.__exit__(kind, error, at)


QUIET = _Quiet()
