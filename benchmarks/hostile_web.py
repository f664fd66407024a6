"""200 hostile inputs, four at a time, while another client goes on asking: does each get an answer in time, and does the other one wait?

python benchmarks/hostile_web.py --workers 2
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import signal
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from web_client import Client
from web_server import Server, questions, renamed, running, shown

LONGEST = 2.5  # seconds
TOGETHER = 4
KILLS = 10


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


@dataclass
class Attack:
    """Times in seconds and statuses of the hostile inputs, and of those who go on asking; what was late or no answer."""

    times: list[float] = field(default_factory=list)
    statuses: Counter = field(default_factory=Counter)
    others: list[float] = field(default_factory=list)
    their_statuses: Counter = field(default_factory=Counter)
    late: list[str] = field(default_factory=list)
    lost: int = 0


async def neighbour(server: Server, attack: Attack, done: asyncio.Event, number: int = 0) -> None:
    """Somebody who asks what people ask, about 20 times a second."""
    asked, k = questions(), 1_000 * number
    async with Client(server.url, f"10.2.0.{number}") as client:
        while not done.is_set():
            k += 1
            start = time.perf_counter()
            status, _ = await client.ask("derive", renamed(asked[k % len(asked)], k))
            attack.others.append(time.perf_counter() - start)
            attack.their_statuses[status] += 1
            await asyncio.sleep(0.05)


async def attacked(server: Server) -> Attack:
    """All hostile inputs, four at a time, beside one who goes on asking."""
    left, attack, done = hostile(), Attack(), asyncio.Event()

    async def attacker(number: int) -> None:
        async with Client(server.url, f"10.1.0.{number}") as client:
            while left:
                kind, question = left.pop()
                start = time.perf_counter()
                status, _ = await client.ask(kind, question)
                seconds = time.perf_counter() - start
                attack.times.append(seconds)
                attack.statuses[status] += 1
                if seconds > LONGEST or status not in (200, 422):
                    attack.late.append(f"{status} after {seconds:.2f} s: {kind} {question['formula'][:60]}")

    other = asyncio.create_task(neighbour(server, attack, done))
    await asyncio.gather(*[attacker(number) for number in range(TOGETHER)])
    done.set()
    await other
    return attack


async def killed(server: Server, kills: int = KILLS) -> Attack:
    """Four who go on asking, while a worker is killed now and then: how many questions that costs."""
    attack, done = Attack(), asyncio.Event()
    asking = [asyncio.create_task(neighbour(server, attack, done, number)) for number in range(1, 5)]
    before, rng = server.health["counts"]["lost"], random.Random(1)
    for _ in range(kills):
        os.kill(rng.choice(server.workers()), signal.SIGKILL)
        await asyncio.sleep(0.5)
    attack.lost = server.health["counts"]["lost"] - before
    done.set()
    await asyncio.gather(*asking)
    return attack


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--workers", type=int, default=2)
    with running(parser.parse_args().workers) as server:
        attack, kills = asyncio.run(attacked(server)), asyncio.run(killed(server))
    print(f"{len(attack.times)} hostile inputs: {shown(attack.times)}; statuses {dict(attack.statuses)}")
    print(
        f"the others meanwhile: {len(attack.others)} derivations, {shown(attack.others)}; statuses {dict(attack.their_statuses)}"
    )
    for line in attack.late:
        print(f"  not in time, or not an answer: {line}")
    print(
        f"{KILLS} workers killed: {kills.lost} of {len(kills.others)} questions lost; statuses {dict(kills.their_statuses)}"
    )
    return 1 if attack.late else 0


if __name__ == "__main__":
    sys.exit(main())
