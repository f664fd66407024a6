"""Whether an answer is as short as what long random rewriting finds: gradients of random formulas as a person would write them.

Each search takes its seconds of the processor's time: walks of forty laws (tests/simplify/walks.py) from the answer, some of whose
expressions are simplified again. What is shorter than the answer is printed as it is found.

    python benchmarks/bench_rewriting.py                          # 60 formulas of 1 s; writes its table into docs/measured.md
    python benchmarks/bench_rewriting.py --count 500 --seconds 10 --processes 2
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import partial
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.tables import write_table
from tests.simplify.walks import LAWS

import frechet as fr
from frechet.errors import FrechetError
from frechet.expr.node import Expr, postorder, substitute
from frechet.language import count_symbols, read, to_text
from frechet.simplify import simplify
from frechet.simplify.order import length

DECLARED = {
    "A": "matrix(m,n)", "B": "matrix(m,n)", "M": "matrix(n,n)", "X": "matrix(n,n)", "S": "symmetric(n)", "P": "spd(n)",
    "x": "vector(n)", "y": "vector(n)", "b": "vector(m)", "z": "vector(m)", "a": "scalar", "c": "scalar", "t": "scalar",
}  # fmt: skip
STEPS = 40  # laws of one walk
AGAIN = 0.15  # share of the expressions met that are simplified
LONGEST = 200  # symbols of an answer: longer ones are no person's


class Formulas:
    """Scalar formulas of vectors and matrices, of the kinds that papers minimize: residuals, quadratic forms, traces, likelihoods."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def formula(self) -> str:
        return self.scalar(self.random.choice((2, 2, 3)))

    def one_of(self, *texts: Callable[[], str]) -> str:
        return self.random.choice(texts)()

    def name(self, *names: str) -> str:
        return self.random.choice(names)

    def ends(self, depth: int) -> bool:
        return depth <= 0 or self.random.random() < 0.2

    def scalar(self, depth: int) -> str:
        n, m, square, s = self.vector, self.image, self.matrix, self.scalar
        if depth <= 0:
            return self.name("a", "c", "t")
        if self.random.random() < 0.6:
            return self.one_of(
                lambda: f"norm2({n(depth)})^2",
                lambda: f"norm2({m(depth)})^2",
                lambda: f"norm2({m(depth)})",
                lambda: f"{n(1)}'*{square(0)}*{n(1)}",
                lambda: f"({m(1)})'*({m(1)})",
                lambda: f"sum({n(depth)})",
                lambda: f"sum({m(depth)})",
                lambda: f"sum(log(1 + exp({m(1)})))",
                lambda: f"tr({square(depth)})",
                lambda: f"tr(M*{square(depth)})",
                lambda: f"logdet({square(1)})",
                lambda: f"norm2({square(depth)})^2",
                lambda: f"logsumexp({n(depth)})",
                lambda: f"{n(0)}'*{square(1)}*{n(0)}",
                lambda: f"det({square(0)})",
            )
        return self.one_of(
            lambda: f"{s(depth - 1)} + {s(1)}",
            lambda: f"{s(depth - 1)} - {s(1)}/2",
            lambda: f"({s(1)})*({s(depth - 1)})",
            lambda: f"({s(1)})/({s(1)})",
            lambda: f"log({s(depth - 1)})",
            lambda: f"exp(-{s(1)}/2)",
            lambda: f"sqrt({s(1)} + c^2)",
            lambda: f"{s(1)} + c*{s(1)}",
            lambda: f"({s(1)} - t)^2",
            lambda: f"a*({s(1)})/(1 + {s(1)})",
        )

    def vector(self, depth: int) -> str:
        n, m = self.vector, self.image
        if self.ends(depth):
            return self.name("x", "x", "x", "y")
        return self.one_of(
            lambda: f"M*{n(depth - 1)}",
            lambda: f"S*{n(depth - 1)}",
            lambda: f"A'*{m(depth - 1)}",
            lambda: f"({n(depth - 1)} - {n(0)})",
            lambda: f"({n(depth - 1)} + {n(0)})",
            lambda: f"{self.name('exp', 'tanh', 'sin', 'sigmoid', 'log', 'sqrt')}({n(depth - 1)})",
            lambda: f"({n(depth - 1)}.*{n(0)})",
            lambda: f"X*{n(0)}",
            lambda: f"softmax({n(depth - 1)})",
            lambda: f"{self.scalar(0)}*{n(depth - 1)}",
        )

    def image(self, depth: int) -> str:
        """A vector of m entries."""
        n, m = self.vector, self.image
        if self.ends(depth):
            return self.name("A*x", "A*x", "A*y", "B*x", "b", "z")
        return self.one_of(
            lambda: f"A*{n(depth - 1)}",
            lambda: f"({m(depth - 1)} - {m(0)})",
            lambda: f"({m(depth - 1)} - b)",
            lambda: f"{self.name('exp', 'tanh', 'sigmoid', 'log')}({m(depth - 1)})",
            lambda: f"({m(depth - 1)}.*{m(0)})",
        )

    def matrix(self, depth: int) -> str:
        square = self.matrix
        if self.ends(depth):
            return self.name("X", "X", "M", "S", "X'*X", "P")
        return self.one_of(
            lambda: f"M*{square(depth - 1)}",
            lambda: f"({square(depth - 1)} + {square(0)})",
            lambda: f"({square(depth - 1)} - {square(0)})",
            lambda: f"inv({square(0)} + {self.name('P', 'c*eye(n)', 'S', 'X')})",
            lambda: f"{square(0)}*{square(0)}",
            lambda: f"({square(depth - 1)}.*{square(0)})",
            lambda: f"({self.vector(0)}*{self.vector(0)}' + {square(depth - 1)})",
            lambda: f"({square(depth - 1)})'",
        )


class Searched(NamedTuple):
    """A formula, the variable, its gradient and the shortest that was found, with their symbols."""

    seed: int
    text: str
    variable: str
    answer: str
    symbols: int
    shortest: str
    fewest: int


def answer_of(seed: int) -> tuple[str, str, Expr] | None:
    """The formula of a seed, its variable, the gradient; None where there is no variable, no derivative, or a long one."""
    text = Formulas(seed).formula()
    try:
        reading = read(text, {k: v for k, v in DECLARED.items() if k in text})
        variable = next((v for v in "xXAc" if v in reading.symbols), None)
        if variable is None:
            return None
        gradient = fr.derivative(reading.expr, reading.symbols[variable]).gradient
    except FrechetError:  # a sum of sizes that differ, a norm that is 0 everywhere
        return None
    return (text, variable, gradient) if length(gradient) <= LONGEST else None


def shorter(answer: Expr, seconds: float, seed: int) -> Expr:
    """The shortest of what random walks meet in so many seconds of the processor."""
    choice, best = random.Random(seed), answer
    end = time.process_time() + seconds
    while time.process_time() < end:
        e = answer
        for _ in range(STEPS):
            part = choice.choice(postorder(e))
            other = choice.choice(LAWS)(part, choice)
            if other is None or other.shape != part.shape:
                continue
            e = substitute(e, {part: other})
            for met in (e, simplify(e)) if choice.random() < AGAIN else (e,):
                if length(met) < length(best) and count_symbols(to_text(met)) < count_symbols(to_text(best)):
                    best = met
            if length(e) > 2 * length(answer) + 20:
                break
    return best


def searched(seed: int, seconds: float) -> Searched | None:
    drawn = answer_of(seed)
    if drawn is None:
        return None
    text, variable, gradient = drawn
    answer, shortest = to_text(gradient), to_text(shorter(gradient, seconds, seed))
    return Searched(seed, text, variable, answer, count_symbols(answer), shortest, count_symbols(shortest))


def search(start: int, count: int, seconds: float, processes: int) -> Iterable[Searched]:
    """Searches from seed `start` on, as they end, till there are `count`."""
    seeds = (seed for seed in range(start, start + 100 * count) if answer_of(seed) is not None)
    chosen = [next(seeds) for _ in range(count)]
    with ProcessPoolExecutor(processes) as pool:
        for done in as_completed([pool.submit(partial(searched, seconds=seconds), seed) for seed in chosen]):
            if (found := done.result()) is not None:
                yield found


def table(found: list[Searched], seconds: float) -> str:
    longer = sorted((s for s in found if s.fewest < s.symbols), key=lambda s: s.fewest / s.symbols)
    rows = [
        f"Gradients of {len(found)} random formulas, {statistics.median(s.symbols for s in found):.0f} symbols in the median, {seconds:g} s of random"
        f" rewriting each: **{len(longer)}** longer than the shortest found.",
        *(["", "| formula | by | symbols | the shortest found |", "| --- | --- | --- | --- |"] if longer else []),
        *(f"| `{s.text}` | {s.variable} | {s.symbols} | {s.fewest} |" for s in longer),
    ]
    return "\n".join(rows)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--start", type=int, default=1, help="the first seed")
    parser.add_argument("--count", type=int, default=60)
    parser.add_argument("--seconds", type=float, default=1.0, help="of the processor, for each formula")
    parser.add_argument("--processes", type=int, default=1)
    asked = parser.parse_args()
    found: list[Searched] = []
    for one in search(asked.start, asked.count, asked.seconds, asked.processes):
        found.append(one)
        print(f"\r{len(found)} of {asked.count}", end="", file=sys.stderr, flush=True)
        if one.fewest < one.symbols:
            print(
                f"\nseed {one.seed}: {one.text} by {one.variable}\n  {one.symbols} {one.answer}\n  {one.fewest} {one.shortest}",
                flush=True,
            )
    print(file=sys.stderr)
    write_table("rewriting", "## Answers and random rewriting (`bench_rewriting.py`)\n\n" + table(found, asked.seconds))
