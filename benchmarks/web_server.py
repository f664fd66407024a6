"""A server of its own for the scripts that press it, with clients that have addresses of their own."""

from __future__ import annotations

import json
import os
import re
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

__all__ = ["Server", "at_parts", "busy", "questions", "renamed", "running", "shown"]

_PROPERTIES = {"positive_definite": "spd"}
_SAMPLING_ONLY = {"bounded", "positive_det", "positive_stable"}
_KINDS = ("scalar", "vector({0})", "matrix({0},{1})")


@dataclass(frozen=True)
class Server:
    """`frechet serve` in a process of its own."""

    url: str
    pid: int

    @property
    def health(self) -> dict[str, Any]:
        """What the service says of itself."""
        found: dict[str, Any] = json.loads(urllib.request.urlopen(f"{self.url}/healthz").read())
        return found

    def processes(self) -> dict[int, list[str]]:
        """The process and all below it, with the fields of /proc/PID/stat after the name."""
        found: dict[int, list[str]] = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                with suppress(OSError):
                    found[int(entry.name)] = (entry / "stat").read_text().rpartition(")")[2].split()
        below, level = {self.pid}, {self.pid}
        while level:
            level = {pid for pid, fields in found.items() if int(fields[1]) in level}
            below |= level
        return {pid: found[pid] for pid in below if pid in found}

    def workers(self) -> list[int]:
        """The worker processes: forked by the process that the server forks from."""
        found = self.processes()
        return [pid for pid, fields in found.items() if int(fields[1]) in found and int(fields[1]) != self.pid]

    def processor(self) -> float:
        """Seconds of processor time that all of them took, those that ended included."""
        return sum(int(t) for fields in self.processes().values() for t in fields[11:15]) / os.sysconf("SC_CLK_TCK")

    def memory(self) -> int:
        """Bytes that they have allocated, those shared among them counted once; libraries, which other programs share, are no part."""
        total = 0
        for pid in self.processes():
            with suppress(OSError):
                lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
                total += sum(1024 * int(line.split()[1]) for line in lines if line.startswith("Pss_Anon:"))
        return total


@contextmanager
def running(workers: int, rate: float = 30.0) -> Iterator[Server]:
    """A server; `rate` is that of one client."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "frechet",
        "serve",
        "--port",
        str(port),
        "--workers",
        str(workers),
        "--rate",
        str(rate),
    ]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            with suppress(OSError):
                urllib.request.urlopen(f"{url}/healthz", timeout=1).read()
                break
            time.sleep(0.2)
        yield Server(url, server.pid)
    finally:
        server.terminate()
        server.wait(20)


def busy() -> float:
    """Seconds that all processors of the machine were busy, since it started: who else works shows in it."""
    fields = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]
    return (sum(map(int, fields)) - int(fields[3]) - int(fields[4])) / os.sysconf("SC_CLK_TCK")


def questions() -> list[dict]:
    """The gallery of the page and the published formulas: formula, wrt, declarations."""
    gallery = json.loads((resources.files("frechet.web") / "static" / "gallery.json").read_text(encoding="utf-8"))
    found = [{"formula": g["f"], "wrt": g["by"], "declarations": g.get("declared", {})} for g in gallery]
    published = Path(__file__).parent.parent / "tests" / "data" / "cookbook.json"
    for case in json.loads(published.read_text(encoding="utf-8")):
        declared = {}
        for name, sizes in case["vars"].items():
            chosen = [_PROPERTIES.get(p, p) for p in case["props"].get(name, []) if p not in _SAMPLING_ONLY]
            declared[name] = " ".join([_KINDS[len(sizes)].format(*sizes), *chosen])
        found.append({"formula": case["expr"], "wrt": case["wrt"], "declarations": declared})
    return found


def renamed(question: dict, k: int) -> dict:
    """The same question with fresh letters, so that no answer that is kept fits."""
    names = {*question["declarations"], question["wrt"]}
    pattern = re.compile(rf"(?<![\w.])({'|'.join(map(re.escape, sorted(names, key=len, reverse=True)))})(?!\w|\()")
    fresh = lambda text: pattern.sub(lambda m: f"{m[1]}{k}", text)
    return {
        "formula": fresh(question["formula"]),
        "wrt": fresh(question["wrt"]),
        "declarations": {f"{name}{k}": kind for name, kind in question["declarations"].items()},
    }


def at_parts(seconds: list[float]) -> tuple[str, str, str]:
    """Median, 95th percentile and worst, in milliseconds."""
    ordered = sorted(seconds)
    tail = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
    median, p95, worst = (f"{1000 * s:.0f}" for s in (statistics.median(ordered), tail, ordered[-1]))
    return median, p95, worst


def shown(seconds: list[float]) -> str:
    """The same in words."""
    return "median {} ms, p95 {} ms, worst {} ms".format(*at_parts(seconds))
