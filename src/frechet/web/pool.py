"""The worker processes, from the side of the server: who is idle, who works, who is stopped and replaced.

A question goes to an idle worker. One that takes long gives its place to the next question and runs on at low priority;
one that outlives its time is killed, and a warm worker, which is always there, takes its place. So one hostile formula
costs others nothing but its share of the processors.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import socket
import time
from collections import deque
from contextlib import suppress
from typing import Any

from frechet.web.settings import Settings
from frechet.web.worker import FRAME, HEAD, serve

__all__ = ["Busy", "Lost", "Pool", "TooSlow"]

_METHOD = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
_LOW = 10  # priority of a slow worker
_LEAST = 0.3  # seconds of work for a question that had to wait
_DROPPED = 0.05  # seconds in which a question that nobody waits for any more may still end by itself


class Busy(Exception):
    """All workers are taken, and enough questions wait already."""


class TooSlow(Exception):
    """The worker was stopped: it had not answered in its time."""


class Lost(Exception):
    """The worker ended without an answer."""


class Worker:
    """One process and the stream to it."""

    def __init__(self, process: Any, reader: asyncio.StreamReader, writer: asyncio.StreamWriter):
        self.process, self.reader, self.writer = process, reader, writer
        self.worn = False

    @classmethod
    async def started(cls, settings: Settings) -> Worker:
        """A new worker, once it is warm."""
        context: Any = multiprocessing.get_context(_METHOD)
        if _METHOD == "forkserver":
            context.set_forkserver_preload(["frechet.web.warm"])
        ours, theirs = socket.socketpair()
        process = context.Process(target=serve, args=(theirs, settings), daemon=True)
        await asyncio.to_thread(process.start)
        theirs.close()
        reader, writer = await asyncio.open_connection(sock=ours)
        worker = cls(process, reader, writer)
        await worker.receive()
        return worker

    async def ask(self, question: bytes) -> tuple[int, bytes]:
        """The status and the body that the worker answers with. Raises Lost where it ends before."""
        try:
            self.writer.write(FRAME.pack(len(question)) + question)
            await self.writer.drain()
            return await self.receive()
        except (asyncio.IncompleteReadError, ConnectionError):
            raise Lost from None

    async def receive(self) -> tuple[int, bytes]:
        """One frame."""
        (length,) = FRAME.unpack(await self.reader.readexactly(FRAME.size))
        frame = await self.reader.readexactly(length)
        status, worn = HEAD.unpack(frame[: HEAD.size])
        self.worn |= worn
        return status, frame[HEAD.size :]

    def lower_priority(self) -> None:
        """Others go first from now on. There is no way back without privileges: the worker is replaced afterwards."""
        self.worn = True
        with suppress(OSError, AttributeError):
            os.setpriority(os.PRIO_PROCESS, self.process.pid, _LOW)

    async def stop(self, at_once: bool = False) -> None:
        """Ends the process, which ends by itself when its socket closes, unless it works."""
        if at_once:
            self.process.kill()
        self.writer.close()
        await asyncio.to_thread(self.process.join, 2.0)
        if self.process.is_alive():
            self.process.kill()
            await asyncio.to_thread(self.process.join, 2.0)


class Pool:
    """Workers for questions; see the module. `ask` is all that a route needs."""

    def __init__(self, settings: Settings):
        self.settings = settings
        self.idle: deque[Worker] = deque()
        self.working: set[Worker] = set()
        self.free = settings.workers  # places; a slow question has none
        self.slow = 0
        self.line: deque[asyncio.Future[None]] = deque()
        self.coming = 0  # workers that are being started
        self.wanting = 0  # questions that have a place, and no worker yet
        self.tasks: set[asyncio.Task[Any]] = set()
        self.arrived = asyncio.Event()
        self.counts = {"started": 0, "answered": 0, "killed": 0, "lost": 0, "refused": 0, "dropped": 0}
        self.closed = False

    async def start(self) -> None:
        """Returns once all workers are warm."""
        self.coming = self.settings.workers + 1
        await asyncio.gather(*[self._bring() for _ in range(self.coming)])

    async def close(self) -> None:
        """Stops every worker."""
        self.closed = True
        for task in list(self.tasks):
            task.cancel()
        await asyncio.gather(*[w.stop(at_once=True) for w in (*self.idle, *self.working)])
        self.idle.clear()

    async def ask(self, kind: str, asked: dict[str, Any]) -> tuple[int, bytes]:
        """The status and the body of the answer.

        Raises Busy where there is no place, TooSlow where the worker had to be stopped, Lost where it died.
        """
        arrived = time.monotonic()
        await self._wait_for_place()
        held = _Place(self)
        try:
            worker = await asyncio.wait_for(self._worker(), self.settings.patience)
        except BaseException as error:
            held.leave()
            raise (Busy() if isinstance(error, TimeoutError) else error) from None
        self.working.add(worker)
        seconds = max(_LEAST, self.settings.seconds - (time.monotonic() - arrived))
        question = json.dumps({"kind": kind, "asked": asked, "seconds": seconds}).encode()
        work = asyncio.ensure_future(worker.ask(question))
        turn = asyncio.get_running_loop().call_later(self.settings.slow, held.linger, worker)
        try:
            answered = await asyncio.wait_for(asyncio.shield(work), seconds + self.settings.grace)
        except asyncio.CancelledError:
            self.counts["dropped"] += 1
            self._background(self._finish_dropped(worker, work, held, turn))  # which gives the place back
            raise
        except TimeoutError:
            self._end(worker, work, held, turn, "killed")
            raise TooSlow from None
        except Lost:
            self._end(worker, work, held, turn, "lost")
            raise
        self.counts["answered"] += 1
        turn.cancel()
        self._take_back(worker)
        held.leave()
        return answered

    def _end(
        self, worker: Worker, work: asyncio.Future[Any], held: _Place, turn: asyncio.TimerHandle, how: str
    ) -> None:
        self.counts[how] += 1
        turn.cancel()
        self._dismiss(worker, work)
        held.leave()

    async def _finish_dropped(
        self, worker: Worker, work: asyncio.Future[Any], held: _Place, turn: asyncio.TimerHandle
    ) -> None:
        """Nobody waits for the answer any more: a short while is cheaper than a new process."""
        try:
            await asyncio.wait_for(asyncio.shield(work), _DROPPED)
            self._take_back(worker)
        except (TimeoutError, Lost, asyncio.CancelledError):
            self._dismiss(worker, work)
        finally:
            turn.cancel()
            held.leave()

    # --- places ---------------------------------------------------------------------------------------

    async def _wait_for_place(self) -> None:
        """Waits for a place, in order of arrival."""
        if self.free > 0 and not self.line:
            self.free -= 1
            return
        if len(self.line) >= self.settings.waiting:
            self.counts["refused"] += 1
            raise Busy
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.line.append(turn)
        try:
            await asyncio.wait_for(asyncio.shield(turn), self.settings.patience)
        except (TimeoutError, asyncio.CancelledError) as error:
            if turn.done():  # the place came at the last moment
                self.give_place()
            else:
                self.line.remove(turn)
            if isinstance(error, asyncio.CancelledError):
                raise
            self.counts["refused"] += 1
            raise Busy from None

    def give_place(self) -> None:
        """To the first in line, else it is free."""
        if self.line:
            self.line.popleft().set_result(None)
        else:
            self.free += 1

    # --- workers --------------------------------------------------------------------------------------

    async def _worker(self) -> Worker:
        self.wanting += 1
        try:
            while not self.idle:
                self._replenish()
                self.arrived.clear()
                await self.arrived.wait()
            worker = self.idle.popleft()
        finally:
            self.wanting -= 1
        self._replenish()
        return worker

    def _replenish(self) -> None:
        """Starts as many workers as it takes that every free place has one, and one more stands warm.

        Who waits in the line takes over a place with its worker: that is no reason for a new one.
        """
        wanted = self.free + self.wanting + 1
        while not self.closed and len(self.idle) + self.coming < wanted:
            self.coming += 1
            self._background(self._bring())

    async def _bring(self) -> None:
        try:
            self.idle.append(await Worker.started(self.settings))
            self.counts["started"] += 1
            self.arrived.set()
        finally:
            self.coming -= 1

    def _take_back(self, worker: Worker) -> None:
        self.working.discard(worker)
        if worker.worn or self.closed or len(self.idle) > self.settings.workers:
            self._background(worker.stop())
            self._replenish()
        else:
            self.idle.appendleft(worker)  # the one whose caches are warm
            self.arrived.set()

    def _dismiss(self, worker: Worker, work: asyncio.Future[Any]) -> None:
        work.cancel()
        self.working.discard(worker)
        self._background(worker.stop(at_once=True))
        self._replenish()

    def _background(self, work: Any) -> None:
        if self.closed:
            work.close()
            return
        task = asyncio.ensure_future(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)


class _Place:
    """The place of one question."""

    def __init__(self, pool: Pool):
        self.pool, self.state = pool, "held"

    def linger(self, worker: Worker) -> None:
        """The question is slow: others may start, as long as few linger."""
        if self.state == "held" and self.pool.slow < self.pool.settings.lingering:
            self.state = "slow"
            self.pool.slow += 1
            worker.lower_priority()
            self.pool.give_place()

    def leave(self) -> None:
        """The question is answered, or given up."""
        if self.state == "held":
            self.pool.give_place()
        elif self.state == "slow":
            self.pool.slow -= 1
        self.state = "left"
