"""SymPy within a bound: what it does not find in so many steps is left to other ways.

A step is a call of a Python function, counted by the interpreter, so that what is found does not depend on how fast the machine is.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from frechet.budgets import look

__all__ = ["STEPS", "bounded"]

STEPS = 2_000_000
"""Calls: SymPy makes them in a second or two."""
_LOOK = 20_000  # steps between two looks at the budget of the caller


class _StepsUsed(BaseException):
    """Not an Exception: SymPy catches those where one of its methods may fail."""


def bounded(f: Callable[[], Any], instead: Any = None, steps: int = STEPS) -> Any:
    """f(), or what stands instead where it takes more steps. The time of the caller's budget holds too, as BudgetError.

    Where a debugger or a measurement of coverage traces the thread already, nothing is counted.
    """
    if sys.gettrace() is not None:
        return f()
    count = 0

    def counted(frame: Any, event: str, argument: Any) -> None:
        nonlocal count
        count += 1
        if count % _LOOK == 0:
            look()
            if count > steps:
                raise _StepsUsed

    sys.settrace(counted)
    try:
        return f()
    except _StepsUsed:
        return instead
    finally:
        sys.settrace(None)
