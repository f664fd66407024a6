"""The memory of server and workers over many requests stays where it is: 50,000, or as many as FRECHET_REQUESTS says."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import httpx
import pytest

from tests.web.conftest import running

REQUESTS = int(os.environ.get("FRECHET_REQUESTS", "50000"))
FORMULAS = ["logdet({0}'*{0} + eye)", "norm2({0}*b{1} - c{1})^2", "tr({0}*inv({0}*{0}' + K{1}))", "sum(exp({0}*b{1}))"]
LOOKS = 40


def _held(pids: list[int]) -> float:
    """MB that these processes have allocated, shared ones counted once; libraries, which other programs share, are no part."""
    lines = [line for pid in pids for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()]
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss_Anon:")) / 1024


async def _ask(server) -> list[float]:
    """The memory at each look, eight clients asking."""
    held: list[float] = []
    left = iter(range(REQUESTS))

    async def one() -> None:
        async with httpx.AsyncClient(base_url=server.url, timeout=30) as client:
            for k in left:
                name = f"X{k}"
                formula = FORMULAS[k % len(FORMULAS)].format(name, k)
                found = await client.post("/api/v1/derive", json={"formula": formula, "wrt": name})
                assert found.status_code == 200, found.text
                if k % (REQUESTS // LOOKS) == 0:
                    workers = [w.process.pid for w in (*server.pool.idle, *server.pool.working)]
                    held.append(_held([os.getpid(), *workers]))

    await asyncio.gather(*[one() for _ in range(8)])
    return held


@pytest.mark.slow
@pytest.mark.skipif(not os.path.exists("/proc/self/smaps_rollup"), reason="memory is read from /proc")
def test_memory_over_many_requests():
    with running(workers=2, rate=100_000, burst=100_000, at_once=1_000, kept=200) as server:
        held = asyncio.run(_ask(server))
    quarter = len(held) // 4
    early, late = max(held[quarter : 2 * quarter]), max(held[-quarter:])
    assert late < 1.05 * early, f"MB at each look: {[round(h) for h in held]}"
