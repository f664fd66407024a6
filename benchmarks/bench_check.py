"""Verdicts: how many are false or undecided, and the time of the processor that one takes, proved and compared apart.

The claims are the published formulas of tests/data/cookbook.json, and a sample of the corpus in tests/check/data, whose
truth is known. Times are those of one thread's processor, so that other processes change them little.

    python benchmarks/bench_check.py                                        # writes its table into docs/measured.md
    python benchmarks/bench_check.py --claims 300 --seeds 10 --processes 2  # prints what is false or undecided
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.tables import write_table

from frechet.answer import derivative
from frechet.batch import declarations_of, load_cases
from frechet.check.checking import check, run_check
from frechet.check.own import check_derivative
from frechet.check.verdict import WORDS
from frechet.errors import FrechetError
from frechet.language import read, to_text

TESTS = Path(__file__).resolve().parents[1] / "tests"
SAMPLE = 120  # claims of the corpus in the table
LONG = {  # sums of a hundred terms with a variable, a change of the claim and its truth: what takes the whole time of a check
    "exp 1": ("sum(exp(x./#))*exp(-norm1(x-#))", "x", "2*({})", "wrong"),
    "exp 2": ("#*exp(c_#*a)", "a", "{}", "right"),
    "tr": ("tr(A_#*X*X')", "X", "{}", "right"),
}


class Asked(NamedTuple):
    """A verdict: of which claim at which seed, what it says, how it is known, and its seconds."""

    id: str
    seed: int
    truth: str
    word: str
    kind: str
    seconds: float


def corpus(count: int) -> list[dict]:
    """So many claims, spread evenly over the corpus."""
    texts = [
        (TESTS / "check" / "data" / f"claims_{name}.json").read_text(encoding="utf-8") for name in ("open", "kept")
    ]
    claims = [claim for text in texts for claim in json.loads(text)]
    return [claims[k * len(claims) // count] for k in range(min(count, len(claims)))]


def judged(job: tuple[dict, int]) -> Asked:
    """The verdict about a claim of the corpus."""
    claim, seed = job
    start = time.thread_time()
    report = run_check(claim["f"], claim["wrt"], claim["claim"], claim["declare"], claim["form"], seed=seed)
    seconds = time.thread_time() - start
    return Asked(claim["id"], seed, claim["truth"], WORDS[report.right], report.verdict.kind, seconds)


def published() -> Iterator[tuple[Asked, Asked | None]]:
    """Of every published formula the verdict about our derivative, and about the published one where that can be read."""
    for case in load_cases(TESTS / "data" / "cookbook.json"):
        reading = read(case["expr"], declarations_of(case))
        wrt = reading.symbols.get(case["wrt"])
        wrt = read(case["wrt"], declarations_of(case)).expr if wrt is None else wrt
        answer = derivative(reading.expr, wrt)
        assert answer.differential is not None  # derived before the clock starts
        start = time.thread_time()
        verdict = check_derivative(answer)
        ours = Asked(case["id"], 0, "right", WORDS[verdict.right], verdict.kind, time.thread_time() - start)
        fixed = {letter: case["sizes"][letter] for letter in case.get("fixed", [])}
        start = time.thread_time()
        try:
            report = check(reading.expr, wrt, case["expected"], sizes=fixed, declarations=declarations_of(case))
        except (FrechetError, KeyError):  # published in a notation that the language does not have
            yield ours, None
            continue
        seconds = time.thread_time() - start
        yield ours, Asked(case["id"], 0, "right", WORDS[report.right], report.verdict.kind, seconds)


def long() -> Iterator[Asked]:
    """Claims about sums of a hundred terms."""
    for name, (term, wrt, change, truth) in LONG.items():
        f = " + ".join(term.replace("#", str(k + 2)) for k in range(100))
        claim = change.format(to_text(derivative(f, wrt).gradient))
        start = time.thread_time()
        report = check(f, wrt, claim)
        yield Asked(name, 0, truth, WORDS[report.right], report.verdict.kind, time.thread_time() - start)


def rows(title: str, asked: Iterable[Asked]) -> list[str]:
    """Lines of the table, one for each way in which verdicts are known."""
    by_kind: dict[str, list[Asked]] = {}
    for a in asked:
        by_kind.setdefault(a.kind, []).append(a)
    return [_row(title, kind, found) for kind, found in sorted(by_kind.items(), reverse=True)]


def _row(title: str, kind: str, found: list[Asked]) -> str:
    times = sorted(1000 * a.seconds for a in found)
    late = times[min(len(times) - 1, 95 * len(times) // 100)]
    false = sum(a.word not in (a.truth, "undecided") for a in found)
    return (
        f"| {title} | {kind} | {len(found)} | {false} | {statistics.median(times):.0f} | {late:.0f} | {times[-1]:.0f} |"
    )


HEADER = """| verdicts about | known by | verdicts | false | ms, median | 95% below | longest |
| --- | --- | --- | --- | --- | --- | --- |"""


def table(sample: int) -> str:
    pairs = list(published())
    own, claimed = [a for a, _ in pairs], [b for _, b in pairs if b is not None]
    lines = rows("our derivative, published formulas", own)
    lines += rows("the published derivative", claimed)
    of_corpus = [judged((claim, 0)) for claim in corpus(sample)]
    lines += rows("claims of the corpus that are right", [a for a in of_corpus if a.truth == "right"])
    lines += rows(
        "claims of the corpus that are wrong, with the diagnosis", [a for a in of_corpus if a.truth != "right"]
    )
    lines += rows("claims about sums of a hundred terms", long())
    return "\n".join([HEADER, *lines])


def over_seeds(claims: int, seeds: int, processes: int) -> list[Asked]:
    jobs = [(claim, seed) for claim in corpus(claims) for seed in range(seeds)]
    with ProcessPoolExecutor(processes) as pool:
        return list(pool.map(judged, jobs, chunksize=seeds))


def told(asked: list[Asked]) -> str:
    """The table of the verdicts that are not the truth, and the sums."""
    lines = [f"| {a.id} | {a.seed} | {a.truth} | {a.word} | {a.kind} |" for a in asked if a.word != a.truth]
    counts = Counter("undecided" if a.word == "undecided" else "false" for a in asked if a.word != a.truth)
    mean, most = statistics.fmean(a.seconds for a in asked), max(a.seconds for a in asked)
    summed = f"{len(asked)} verdicts: {counts['false']} false, {counts['undecided']} undecided; {mean:.3f} s each, the longest {most:.2f} s"
    return "\n".join(
        ["| claim | seed | truth | verdict | known by |", "| --- | --- | --- | --- | --- |", *lines, "", summed]
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--claims", type=int, default=0, help="so many claims of the corpus, at every seed; none: the table"
    )
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--processes", type=int, default=1)
    given = parser.parse_args()
    if not given.claims:
        write_table("check", table(SAMPLE))
        return 0
    asked = over_seeds(given.claims, given.seeds, given.processes)
    print(told(asked))
    return int(any(a.word not in (a.truth, "undecided") for a in asked))


if __name__ == "__main__":
    sys.exit(main())
