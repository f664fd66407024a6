"""How long it takes to read a formula as people type it: kinds, sizes, notes, expression.

python benchmarks/bench_reading.py
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from frechet.errors import FrechetError
from frechet.language import read
from tables import write_table

DATA = Path(__file__).resolve().parents[1] / "tests" / "language" / "data"
SETS = {
    "given": ["kinds"],
    "written blind, first trial": ["formulas", "spare"],
    "written with sight of the reader": ["more"],
    "written blind, second trial": ["second"],
}
REPEATS = 5


def milliseconds(case: dict[str, object]) -> float | None:
    """The least of some tries to read the formula; None for one that is refused."""
    declared = case.get("declare", {})
    if declared:
        return None  # kinds are spelled in words of the file
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        try:
            read(str(case["input"]), wrt=str(case["wrt"]))
        except FrechetError:
            return None
        times.append(1000 * (time.perf_counter() - start))
    return min(times)


def table() -> str:
    rows = ["| formulas | read | median, ms | p95, ms | worst, ms |", "| --- | --- | --- | --- | --- |"]
    everything: list[float] = []
    for title, names in SETS.items():
        cases = [case for name in names for case in json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))]
        times = sorted(t for t in map(milliseconds, cases) if t is not None)
        everything += times
        rows.append(_row(title, times))
    return "\n".join([*rows, _row("all", sorted(everything))])


def _row(title: str, times: list[float]) -> str:
    p95 = times[int(0.95 * (len(times) - 1))]
    return f"| {title} | {len(times)} | {statistics.median(times):.2f} | {p95:.2f} | {times[-1]:.2f} |"


if __name__ == "__main__":
    write_table("reading", table())
