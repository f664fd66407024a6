"""A server of its own for the scripts that press it, with clients that have addresses of their own."""

from __future__ import annotations

import json
import re
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import resources
from pathlib import Path

__all__ = ["questions", "renamed", "running", "shown"]

_PROPERTIES = {"positive_definite": "spd"}
_SAMPLING_ONLY = {"bounded", "positive_det", "positive_stable"}
_KINDS = ("scalar", "vector({0})", "matrix({0},{1})")


@contextmanager
def running(workers: int, rate: float = 30.0) -> Iterator[str]:
    """The address of `frechet serve` in a process of its own; `rate` is that of one client."""
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
        yield url
    finally:
        server.terminate()
        server.wait(20)


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


def shown(seconds: list[float]) -> str:
    """Median, 95th percentile and worst, in milliseconds."""
    ordered = sorted(seconds)
    at = lambda part: 1000 * ordered[min(len(ordered) - 1, int(part * len(ordered)))]
    return (
        f"median {1000 * statistics.median(ordered):.0f} ms, p95 {at(0.95):.0f} ms, worst {1000 * ordered[-1]:.0f} ms"
    )
