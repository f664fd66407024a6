"""The page under load and attack: the tables of docs/measured.md.

python benchmarks/bench_web.py [load] [attack] [memory]
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import hostile_web
import load_web
import memory_web
from tables import write_table
from web_server import at_parts, running

SECONDS = 15


def load() -> str:
    """Derivations a second."""
    rows = []
    for found in load_web.pressed(seconds=SECONDS):
        count = len(found.times)
        proved = found.verdicts["proved"]
        spent = f"{1000 * found.server / count:.1f} + {1000 * found.client / count:.1f}" if found.server else ""
        rows.append(
            f"| {found.title} | {count / found.seconds:.0f} | {' | '.join(at_parts(found.times))} | {proved / count:.0%} | "
            f"{count - found.statuses[200]} | {spent} | {found.others:.1f} s |"
        )
    return "\n".join(
        [
            f"`frechet serve` with two workers, {os.cpu_count()} processors, the clients on the same machine: 32 of them, the gallery and the "
            "published formulas mixed, each time with fresh letters, so that no answer is kept. Milliseconds; at a rate, from when the request was due. "
            "An answer has its verdict where that is a short proof; the last row is of the others, asked for two at a time.",
            "",
            "| | a second | median | p95 | worst | proved | not answered | processor time of a request: service + client | of other programs |",
            "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
            *rows,
        ]
    )


def attack() -> str:
    """Hostile inputs, and workers that are killed."""
    with running(workers=2) as server:
        found, kills = asyncio.run(hostile_web.attacked(server)), asyncio.run(hostile_web.killed(server))
    row = lambda title, times, statuses: (
        f"| {title} | {len(times)} | {' | '.join(at_parts(times))} | {', '.join(f'{n} of {s}' for s, n in sorted(statuses.items()))} |"
    )
    return "\n".join(
        [
            "Deep, long, broken and slow inputs (`benchmarks/hostile_web.py`), four at a time, beside a client that goes on asking; then workers are "
            "killed at random while four clients ask. Milliseconds, and how many answers had which status.",
            "",
            "| | requests | median | p95 | worst | statuses |",
            "| --- | --- | --- | --- | --- | --- |",
            row("hostile inputs", found.times, found.statuses),
            row("the client beside them", found.others, found.their_statuses),
            row(
                f"while {hostile_web.KILLS} workers are killed, which lost {kills.lost} questions",
                kills.others,
                kills.their_statuses,
            ),
        ]
    )


def memory() -> str:
    """Memory over requests."""
    with running(workers=2, rate=10_000) as server:
        found = asyncio.run(memory_web.watched(server, 4 * SECONDS))
    half = found.held[len(found.held) // 2]
    return (
        f"Memory of server and workers over {found.count:,} derivations with fresh letters: {half / 2**20:.0f} MB after half of them, "
        f"{found.held[-1] / 2**20:.0f} MB at the end, {found.slope * 1000 / 2**20:+.2f} MB per 1,000 requests (least squares, once caches are full); "
        f"{found.bad} without an answer."
    )


PARTS = {"load": load, "attack": attack, "memory": memory}


def main() -> None:
    for part in sys.argv[1:] or PARTS:
        table = PARTS[part]()
        write_table(f"web-{part}", table)
        print(table, flush=True)


if __name__ == "__main__":
    main()
