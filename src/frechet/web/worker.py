"""One worker process: it answers questions that come over a socket, one after the other, within bounds.

A question is a frame of JSON, an answer a frame with the status of HTTP, the body, and whether the worker wants to be replaced.
Whatever happens inside, three bounds hold: the budget of the library, a limit on memory that the kernel keeps, and an
alarm that ends the process where the budget was not looked at in time.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import socket
import struct
import warnings
from typing import Any

import numpy as np

from frechet.budgets import budget
from frechet.errors import FrechetError
from frechet.web.answers import ANSWERS
from frechet.web.faults import fault_json
from frechet.web.settings import LONGEST_FORMULA, Settings

__all__ = ["FRAME", "HEAD", "answer", "serve"]

FRAME = struct.Struct("!I")
HEAD = struct.Struct("!H?")  # the status, and whether the worker wants to be replaced
_LONGEST_ANSWER = 1_000_000  # bytes
_PAGE = resource.getpagesize()


def serve(connection: socket.socket, settings: Settings) -> None:
    """Answers until the other end closes. The first frame that is sent says that the worker is ready."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the server stops its workers by closing their sockets
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    _limit_memory(settings.memory)
    _send(connection, 200, b"", False)
    answered = 0
    while (frame := _receive(connection)) is not None:
        question = json.loads(frame)
        signal.setitimer(signal.ITIMER_REAL, question["seconds"] + settings.grace + 0.2)
        status, body = answer(question["kind"], question["asked"], settings, question["seconds"])
        signal.setitimer(signal.ITIMER_REAL, 0)
        answered += 1
        worn = answered >= settings.retire or status == 507 or _taken() > settings.memory // 2
        _send(connection, 422 if status == 507 else status, body, worn)


def answer(kind: str, asked: dict[str, Any], settings: Settings, seconds: float) -> tuple[int, bytes]:
    """The status and the body; 507 inside stands for memory that ran out, which the worker does not survive."""
    bounds = {"time": seconds, "memory": settings.arrays, "characters": LONGEST_FORMULA * 2, "depth": 300,
              "symbols": 20_000, "digits": 400}  # fmt: skip
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings(action="ignore"), budget(**bounds):
            body = json.dumps(ANSWERS[kind](**asked), ensure_ascii=False, allow_nan=False).encode()
        if len(body) <= _LONGEST_ANSWER:
            return 200, body
        status, told = 422, fault_json(FrechetError("the answer is too long to be shown: name parts of the formula"))
    except FrechetError as error:
        status, told = 422, fault_json(error, asked)
    except MemoryError:
        status, told = 507, fault_json(FrechetError("the memory of one question is used up: choose smaller sizes"))
    except Exception as error:
        status, told = (
            500,
            fault_json(
                FrechetError(f"this should not have happened ({type(error).__name__}); please report the formula")
            ),
        )
    return status, json.dumps(told, ensure_ascii=False).encode()


def _limit_memory(extra: int) -> None:
    """The kernel refuses what goes beyond the address space of now and `extra` bytes."""
    if os.path.exists("/proc/self/statm"):
        limit = _statm(0) + extra
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _taken() -> int:
    """Bytes that are in memory and are not shared with the process that this one was forked from."""
    return _statm(1) - _statm(2) if os.path.exists("/proc/self/statm") else 0


def _statm(field: int) -> int:
    with open("/proc/self/statm", encoding="ascii") as numbers:
        return int(numbers.read().split()[field]) * _PAGE


def _receive(connection: socket.socket) -> bytes | None:
    head = _exactly(connection, FRAME.size)
    return None if head is None else _exactly(connection, FRAME.unpack(head)[0])


def _exactly(connection: socket.socket, count: int) -> bytes | None:
    """So many bytes; None where the other end has closed."""
    parts = []
    while count:
        part = connection.recv(count)
        if not part:
            return None
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def _send(connection: socket.socket, status: int, body: bytes, worn: bool) -> None:
    connection.sendall(FRAME.pack(HEAD.size + len(body)) + HEAD.pack(status, worn) + body)
