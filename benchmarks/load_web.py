"""How many derivations a second `frechet serve` gives: 32 clients, the gallery and the published formulas, fresh letters each time.

python benchmarks/load_web.py --seconds 20 --clients 32 --workers 2 --rate 100

At a rate, a request is due at a time, and its answer is timed from then on, whether or not the client was free to send it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from web_client import Client
from web_server import Server, busy, questions, renamed, running, shown

RATE = 100


@dataclass
class Load:
    """What came of it: statuses, times in seconds, how many answers had their verdict, processor time of both sides."""

    title: str
    seconds: float
    statuses: Counter = field(default_factory=Counter)
    times: list[float] = field(default_factory=list)
    verdicts: Counter = field(default_factory=Counter)
    client: float = 0.0
    server: float = 0.0
    others: float = 0.0

    def __str__(self) -> str:
        count = len(self.times)
        return (
            f"{self.title}: {count / self.seconds:.0f} a second, {shown(self.times)}; statuses {dict(self.statuses)}; "
            f"verdicts {dict(self.verdicts)}; milliseconds of processor a request: service {1000 * self.server / count:.1f}, "
            f"client {1000 * self.client / count:.1f}; others took {self.others / self.seconds:.2f} processors"
        )


async def press(
    server: Server, title: str, clients: int, seconds: float, kind: str, fresh: bool, rate: float = 0
) -> Load:
    """Every client asks, waits for the answer, and asks again: at once, or when its turn comes at a rate of all together."""
    load = Load(title, seconds)
    asked, count = questions(), iter(range(10**9))
    used, theirs, all_of_them, start = sum(os.times()[:2]), server.processor(), busy(), time.perf_counter()

    async def one(number: int) -> None:
        rng, due = random.Random(number), start + (number / rate if rate else 0.0)
        async with Client(server.url, f"10.0.{number // 250}.{number % 250}") as client:
            while True:
                now = time.perf_counter()
                if max(now, due if rate else now) >= start + seconds:
                    return
                if rate:
                    await asyncio.sleep(max(0.0, due - now))
                question = rng.choice(asked)
                question = renamed(question, next(count)) if fresh else question
                begun = due if rate else time.perf_counter()
                status, body = await client.ask(kind, question)
                load.times.append(time.perf_counter() - begun)
                load.statuses[status] += 1
                if kind == "derive" and status == 200:
                    verdict = json.loads(body)["verdict"]
                    load.verdicts[verdict["kind"] if verdict else "by a second request"] += 1
                due += clients / rate if rate else 0.0

    await asyncio.gather(*[one(number) for number in range(clients)])
    load.client, load.server = sum(os.times()[:2]) - used, server.processor() - theirs
    load.seconds = max(seconds, time.perf_counter() - start)
    load.others = max(0.0, busy() - all_of_them - load.client - load.server)
    return load


async def asked_once(server: Server) -> None:
    """All questions once, so that their answers are kept."""
    async with Client(server.url, "10.5.0.1") as client:
        for question in questions():
            await client.ask("derive", question)


async def second_requests(server: Server, clients: int) -> Load:
    """The verdicts that the answer has not, asked for one after the other by a few clients: once each."""
    load, left = Load("verdicts by a second request", 0.0), []
    start = time.perf_counter()
    async with Client(server.url, "10.3.0.1") as client:
        for k, question in enumerate(questions()):
            fresh = renamed(question, 700_000 + k)
            status, body = await client.ask("derive", fresh)
            if status == 200 and json.loads(body)["verdict"] is None:
                left.append(fresh)

    async def one(number: int) -> None:
        async with Client(server.url, f"10.4.0.{number}") as client:
            while left:
                question, begun = left.pop(), time.perf_counter()
                status, body = await client.ask("verdict", question)
                load.times.append(time.perf_counter() - begun)
                load.statuses[status] += 1
                load.verdicts[json.loads(body).get("kind", "none")] += 1

    await asyncio.gather(*[one(number) for number in range(clients)])
    load.seconds = time.perf_counter() - start
    return load


def pressed(clients: int = 32, seconds: float = 20, workers: int = 2, rate: float = RATE) -> Iterator[Load]:
    """All loads, one after the other, on one server."""
    with running(workers, rate=1_000) as server:
        ask = lambda *how: asyncio.run(press(server, *how))
        yield ask(f"fresh letters, {rate:g} a second", clients, seconds, "derive", True, rate)
        yield ask("fresh letters, as many as there may be", clients, seconds, "derive", True)
        asyncio.run(asked_once(server))
        yield ask("asked before", clients, seconds / 2, "derive", False)
        yield asyncio.run(second_requests(server, workers))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rate", type=float, default=RATE)
    options = parser.parse_args()
    for load in pressed(options.clients, options.seconds, options.workers, options.rate):
        print(load, flush=True)


if __name__ == "__main__":
    main()
