"""The bounds of the service, in one place."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["LONGEST_FORMULA", "Settings"]

LONGEST_FORMULA = 2_000  # characters; a longer text is refused before anybody reads it


@dataclass(frozen=True)
class Settings:
    """What one server allows; infinity is no bound.

    workers     processes that answer at the same time; one more stands warm
    seconds     of work for one question: the budget inside of the worker
    grace       seconds after which a worker that has not answered is stopped
    slow        seconds after which a question counts as slow: it gives its place to the next one and runs on at low priority
    lingering   slow questions that may run on so
    waiting     questions that wait for a worker; one more is refused with 503
    patience    seconds that a question waits
    memory      bytes that a worker may take beyond what it starts with
    arrays      bytes of the arrays of one evaluation: the budget inside
    retire      answers after which a worker is replaced
    rate, burst requests a second that one client may make, and how many at once after a pause; 429 beyond
    at_once     questions of one client under way at the same time
    clients     clients that are remembered
    body        bytes of a request
    kept        answers that are kept by what was asked
    log_formulas  whether the log has what was asked; by default it has not
    """

    workers: int = 2
    seconds: float = 2.0
    grace: float = 0.2
    slow: float = 0.25
    lingering: int = 4
    waiting: int = 64
    patience: float = 1.0
    memory: int = 768 * 2**20
    arrays: int = 256 * 2**20
    retire: int = 5_000
    rate: float = 30.0
    burst: int = 90
    at_once: int = 12
    clients: int = 10_000
    body: int = 32_768
    kept: int = 500
    log_formulas: bool = False
