"""200 hostile inputs, four at a time, while another client goes on asking: does each get an answer in time, and does the other one wait?

python benchmarks/hostile_web.py --workers 2
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import time
from collections import Counter
from pathlib import Path

import httpx

sys.path.insert(0, str(Path(__file__).parent))
from web_server import questions, renamed, running, shown

LONGEST = 2.5  # seconds
TOGETHER = 4


def hostile(count: int = 200) -> list[tuple[str, dict]]:
    """Inputs that take long, are deep, large, meaningless or broken; each in several sizes."""
    rng = random.Random(0)
    letters = "ABCXYZabcxyz"
    makers = [
        lambda k: ("verdict", "sum(" + "+".join(f"exp(A{i}*X*B{i})" for i in range(k)) + ")"),
        lambda k: ("derive", "(" * k + "X" + ")" * k),
        lambda k: ("derive", "X" + "'" * k),
        lambda k: ("derive", "2^" * k + "2*tr(X)"),
        lambda k: ("derive", f"tr(X^{'9' * min(k, 900)})"),
        lambda k: ("derive", "tr(" + "kron(X," * (k % 60) + "X" + ")" * (k % 60) + ")"),
        lambda k: ("verdict", "logdet(" + "*".join(["(X*X'+eye)"] * (k % 90 + 1)) + ")"),
        lambda k: ("derive", "".join(rng.choice("+-*/^.'()[]{};:,_\\|=<>&%$#@!~ 01239" + letters) for _ in range(k))),
        lambda k: ("derive", "\\frac{" * k + "x"),
        lambda k: ("derive", "\\sqrt" * (k % 280) + "{x}"),
        lambda k: ("verdict", "tr(" + "inv(X+" * (k % 100) + "X" + ")" * (k % 100) + ")"),
        lambda k: ("derive", f"sum(x[1:{'9' * min(k, 400)}])"),
        lambda k: ("values", "tr(expm(" * (k % 40) + "X" + "))" * (k % 40)),
        lambda k: ("picture", "kron(kron(kron(X,X),X),X)" + "*1" * (k % 50)),
        lambda k: ("graph", "+".join(["det(X*X')"] * (k % 120 + 1))),
        lambda k: ("code", "logdet(" + "+".join(["X'*X"] * (k % 150 + 1)) + ")"),
        lambda k: ("check", "tr(" + "X*" * (k % 300) + "X)"),
        lambda k: ("derive", "sum(exp(" * (k % 200) + "x" + "))" * (k % 200)),
        lambda k: ("derive", "det(" * (k % 300) + "X" + ")" * (k % 300)),
        lambda k: ("read", "x" * min(k, 1900)),
    ]
    found = []
    for k in range(count):
        kind, formula = makers[k % len(makers)](rng.choice([3, 17, 60, 240, 900, 1900]))
        question = {"formula": formula[:2000], "declarations": {}}
        if kind != "read":
            question["wrt"] = "x" if "x" in formula else "X"
        if kind == "check":
            question["claim"] = "X*X"
        if kind == "code":
            question["target"] = "julia"
        found.append((kind, question))
    return found


async def attack(url: str) -> tuple[list[float], Counter, list[float], Counter, list[str]]:
    """Times and statuses of the hostile inputs and of the one who goes on asking."""
    left = hostile()
    bad_times, bad, good_times, good, late = [], Counter(), [], Counter(), []
    done = asyncio.Event()

    async def attacker(number: int) -> None:
        async with httpx.AsyncClient(
            base_url=url, timeout=30, headers={"x-forwarded-for": f"10.1.0.{number}"}
        ) as client:
            while left:
                kind, question = left.pop()
                start = time.perf_counter()
                found = await client.post(f"/api/v1/{kind}", json=question)
                seconds = time.perf_counter() - start
                bad_times.append(seconds)
                bad[found.status_code] += 1
                if seconds > LONGEST or found.status_code not in (200, 422):
                    late.append(f"{found.status_code} after {seconds:.2f} s: {kind} {question['formula'][:60]}")

    async def neighbour() -> None:
        asked, k = questions(), 0
        async with httpx.AsyncClient(base_url=url, timeout=30, headers={"x-forwarded-for": "10.2.0.1"}) as client:
            while not done.is_set():
                k += 1
                start = time.perf_counter()
                found = await client.post("/api/v1/derive", json=renamed(asked[k % len(asked)], k))
                good_times.append(time.perf_counter() - start)
                good[found.status_code] += 1
                await asyncio.sleep(0.05)

    other = asyncio.create_task(neighbour())
    await asyncio.gather(*[attacker(number) for number in range(TOGETHER)])
    done.set()
    await other
    return bad_times, bad, good_times, good, late


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--workers", type=int, default=2)
    with running(parser.parse_args().workers) as url:
        bad_times, bad, good_times, good, late = asyncio.run(attack(url))
    print(f"{len(bad_times)} hostile inputs: {shown(bad_times)}; statuses {dict(bad)}")
    print(f"the others meanwhile: {len(good_times)} derivations, {shown(good_times)}; statuses {dict(good)}")
    for line in late:
        print(f"  not in time, or not an answer: {line}")
    return 1 if late else 0


if __name__ == "__main__":
    sys.exit(main())
