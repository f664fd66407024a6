"""Speed of derivation: from text to the simplified gradient, beside SymPy and tensorgrad.

The cases are tests/data/cookbook.json. An answer is compared with finite differences before it is timed; wrong
ones are counted and left out. Every figure is the best of several runs on fresh expressions, in milliseconds.
"""

from __future__ import annotations

import gc
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.derive_peers import SympyPeer, TensorgradPeer
from benchmarks.tables import write_table

from frechet.answer import derivative
from frechet.batch import declarations_of, load_cases
from frechet.check.sampling import Point, sample_points
from frechet.expr.evaluate import evaluate
from frechet.expr.node import Expr, operations
from frechet.expr.structure import add, symbol
from frechet.language import read
from frechet.rules.elementwise import tanh

CASES = Path(__file__).resolve().parents[1] / "tests" / "data" / "cookbook.json"
REPEATS = 3
LIMIT = 1.0  # seconds that a peer has for one answer
LAYERS = (333, 667, 1667, 3333)  # three operations each


def ours(case: dict) -> Expr:
    """From text to the gradient, or the differential of a function that is not scalar."""
    reading = read(case["expr"], declarations_of(case))
    wrt = reading.symbols.get(case["wrt"])
    if wrt is None:
        wrt = read(case["wrt"], declarations_of(case)).expr
    answer = derivative(reading.expr, wrt)
    result = answer.gradient if answer.function.is_scalar else answer.differential
    assert isinstance(result, Expr)
    return result


def best_time(action: Callable[[], object]) -> float:
    """Milliseconds, the best of a few runs; nothing is kept from one run to the next."""
    times = []
    for _ in range(REPEATS):
        for node in list(Expr.interned.values()):
            node.memo.clear()  # nothing that an earlier run has found out is reused
        times.append(_timed(action))
    return min(times)


def compared(case: dict, peer_type: type) -> tuple[str, float]:
    """How a peer does on a case: "right" with its time, or "wrong" or "unable"."""
    reading = read(case["expr"], declarations_of(case))
    f, X = reading.expr, reading.symbols.get(case["wrt"])
    if X is None or not f.is_scalar:
        return "unable", 0.0
    gradient = ours(case)
    sizes = {k: case["sizes"][k] for k in case.get("fixed", [])}
    point: Point = sample_points([f, gradient], 1, 0, sizes)[0]
    expected = evaluate(gradient, point.values, point.sizes)
    try:
        with _limited(LIMIT):
            peer = peer_type(f, X, point.values, point.sizes)
            actual = peer.value(peer.derive())
    except Exception:  # whatever the peer raises: it has no answer
        return "unable", 0.0
    if actual.shape != expected.shape or not np.allclose(actual, expected, rtol=1e-6, atol=1e-8):
        return "wrong", 0.0
    fresh = lambda: peer_type(f, X, point.values, point.sizes)
    return "right", min(_timed(fresh().derive) for _ in range(REPEATS))


@contextmanager
def _limited(seconds: float) -> Iterator[None]:
    """Raises TimeoutError in the block when it takes longer."""

    def stop(*_: object) -> None:
        raise TimeoutError

    signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _timed(action: Callable[[], object]) -> float:
    start = time.perf_counter()
    action()
    return 1000 * (time.perf_counter() - start)


def chain(layers: int) -> tuple[Expr, Expr]:
    """sum of tanh(W_k*(...) + b_k): a loss of 3 operations a layer, and its first weight."""
    h = symbol("x", "n", 1)
    weights = [symbol(f"W{k}", "n", "n") for k in range(layers)]
    for k, W in enumerate(weights):
        h = tanh(add(W @ h, symbol(f"b{k}", "n", 1)))
    return operations["sum"](h), weights[0]


def chain_time(layers: int) -> float:
    f, W = chain(layers)
    start = time.perf_counter()
    assert derivative(f, W).gradient is not None
    return time.perf_counter() - start


def import_time() -> float:
    """Seconds of `import frechet`, beyond a Python that imports NumPy, which is part of it."""
    code = "import time; t = time.perf_counter(); import frechet; print(time.perf_counter() - t)"
    runs = [subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True) for _ in range(5)]
    return min(float(r.stdout) for r in runs)


def main() -> None:
    gc.freeze()  # what the libraries have made is not ours to collect
    cases = load_cases(CASES)
    times = {c["id"]: best_time(lambda c=c: ours(c)) for c in cases}
    rows = [_row("**frechet**, text to simplified gradient", times, len(cases), 0, "")]
    for name, peer in (("SymPy `diff`, not simplified", SympyPeer), ("tensorgrad, fully simplified", TensorgradPeer)):
        outcomes = {c["id"]: compared(c, peer) for c in cases}
        right = {k: t for k, (verdict, t) in outcomes.items() if verdict == "right"}
        wrong = sum(verdict == "wrong" for verdict, _ in outcomes.values())
        ratio = statistics.median(right.values()) / statistics.median([times[k] for k in right]) if right else 0
        rows.append(_row(name, right, len(cases), wrong, f"{ratio:.1f}"))
    slowest = max(times, key=lambda k: times[k])
    lines = [
        f"{len(cases)} formulas (tests/data/cookbook.json), milliseconds each. An answer is verified before it is "
        "timed; the ratio is of medians, on the formulas that the library gets right.",
        "",
        "| | right | wrong | median | worst | its median over ours |",
        "| --- | --- | --- | --- | --- | --- |",
        *rows,
        "",
        f"The slowest of ours is `{slowest}`.",
        "",
        "| operations of a chain of layers | " + " | ".join(f"{3 * n:,}" for n in LAYERS) + " |",
        "| --- |" + " --- |" * len(LAYERS),
        "| seconds to the gradient | " + " | ".join(f"{chain_time(n):.2f}" for n in LAYERS) + " |",
        "",
        f"`import frechet`: {import_time():.2f} s.",
    ]
    table = "\n".join(lines)
    write_table("derive", table)
    print(table)


def _row(name: str, times: dict[str, float], count: int, wrong: int, ratio: str) -> str:
    if not times:
        return f"| {name} | 0 of {count} | {wrong} | | | |"
    return (
        f"| {name} | {len(times)} of {count} | {wrong} | {statistics.median(times.values()):.1f} | "
        f"{max(times.values()):.0f} | {ratio} |"
    )


if __name__ == "__main__":
    main()
