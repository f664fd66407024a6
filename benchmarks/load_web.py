"""How many derivations a second `frechet serve` gives: 32 clients, the gallery and the published formulas, fresh letters each time.

python benchmarks/load_web.py --seconds 20 --clients 32 --workers 2
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import time
import urllib.request
from collections import Counter
from pathlib import Path

import httpx

sys.path.insert(0, str(Path(__file__).parent))
from web_server import questions, renamed, running, shown


async def press(url: str, clients: int, seconds: float, fresh: bool, kind: str) -> tuple[Counter, list[float]]:
    """Every client asks, waits for the answer, and asks again."""
    statuses: Counter = Counter()
    times: list[float] = []
    count = iter(range(10**9))
    until = time.perf_counter() + seconds
    asked = questions()

    async def one(number: int) -> None:
        rng = random.Random(number)
        async with httpx.AsyncClient(
            base_url=url, timeout=30, headers={"x-forwarded-for": f"10.0.{number // 250}.{number % 250}"}
        ) as client:
            while time.perf_counter() < until:
                question = rng.choice(asked)
                question = renamed(question, next(count)) if fresh else question
                start = time.perf_counter()
                found = await client.post(f"/api/v1/{kind}", json=question)
                times.append(time.perf_counter() - start)
                statuses[found.status_code] += 1

    await asyncio.gather(*[one(number) for number in range(clients)])
    return statuses, times


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    with running(options.workers) as url:
        for title, fresh, kind in (
            ("derivations, fresh letters", True, "derive"),
            ("verdicts, fresh letters", True, "verdict"),
            ("derivations, asked before", False, "derive"),
        ):
            statuses, times = asyncio.run(press(url, options.clients, options.seconds, fresh, kind))
            print(f"{title}: {len(times) / options.seconds:.0f} a second, {shown(times)}; statuses {dict(statuses)}")
        health = json.loads(urllib.request.urlopen(f"{url}/healthz").read())
        print(f"the service counts {health['counts']}")


if __name__ == "__main__":
    main()
