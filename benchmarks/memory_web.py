"""The memory of `frechet serve` over many requests, each with fresh letters: does it stay where it is?

python benchmarks/memory_web.py --seconds 90
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from web_client import Client
from web_server import Server, questions, renamed, running

CLIENTS = 8
EVERY = 500  # requests between two looks
SETTLED = 0.4  # of the requests: until then caches fill


@dataclass
class Memory:
    """Requests that were answered, and the bytes that server and workers held then; answers that are none."""

    requests: list[int] = field(default_factory=list)
    held: list[int] = field(default_factory=list)
    bad: int = 0
    count: int = 0

    @property
    def slope(self) -> float:
        """Bytes a request once caches are full, by least squares."""
        start = int(SETTLED * len(self.held))
        return float(np.polyfit(self.requests[start:], self.held[start:], 1)[0])


async def watched(server: Server, seconds: float, most: int = 10**9) -> Memory:
    """A few clients ask for derivations and, now and then, for other things."""
    memory, asked, count, until = Memory(), questions(), iter(range(10**9)), time.monotonic() + seconds

    async def one(number: int) -> None:
        async with Client(server.url, f"10.6.0.{number}") as client:
            while time.monotonic() < until and memory.count < most:
                k = next(count)
                question = renamed(asked[k % len(asked)], k)
                status, _ = await client.ask("derive", question)
                memory.bad += status not in (200, 422)
                memory.count += 1
                if memory.count % EVERY == 0:
                    memory.requests.append(memory.count)
                    memory.held.append(server.memory())

    await asyncio.gather(*[one(number) for number in range(CLIENTS)])
    return memory


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=90)
    with running(workers=2, rate=10_000) as server:
        memory = asyncio.run(watched(server, parser.parse_args().seconds))
    shown = " ".join(f"{m / 2**20:.0f}" for m in memory.held)
    print(
        f"{memory.count} requests, {memory.bad} without an answer; MB every {EVERY}: {shown}; {memory.slope * 1000 / 2**20:+.2f} MB per 1,000"
    )


if __name__ == "__main__":
    main()
