"""Finite differences beside their peers: digits, failures, error bounds, evaluations; into docs/measured.md.

Run with `python benchmarks/bench_finite.py`; peers that are not installed are left out and named. Every
method gets the same functions with the same exact derivatives (`finite_problems`). A problem with several
entries (a gradient, a Jacobian) is one problem: its error is that of the whole array, its evaluations are
counted per entry of the argument.
"""

from __future__ import annotations

import time
import warnings
from dataclasses import dataclass
from importlib.util import find_spec

import numpy as np

import finite_problems
from finite_peers import LIBRARIES, ORACLE, PEERS, oracle
from finite_problems import Along, Problem
from frechet import finite
from tables import write_table

# A result is warned of when its method says so: an error estimate above this, or no value at all.
WRONG = 1e-3
CLAIM = 1e-6


@dataclass
class Score:
    error: float  # relative, inf for a failure
    claimed: float | None  # relative error estimate
    evaluations: float
    holds: bool
    warned: bool


class Counted:
    def __init__(self, f):
        self.f, self.calls = f, 0

    def __call__(self, x):
        self.calls += 1
        return self.f(x)


def relative(value, exact) -> float:
    value, exact = np.ravel(value), np.ravel(exact)
    if not np.isfinite(value).all():
        return np.inf
    return float(np.linalg.norm(value - exact) / (np.linalg.norm(exact) or 1.0))


def ours(problem: Problem, **options) -> Score:
    f, x = problem.f, problem.x
    if isinstance(f, Along):
        found = [finite.directional(f.f, f.X, f.dX, **options)]
    elif np.ndim(x) == 0:
        found = [finite.derivative(f, x, **options)]
    else:
        found = [finite.directional(f, x, e, **options) for e in np.eye(len(x))]
    value = np.array([r.value for r in found]).T
    error = np.array([r.error for r in found]).T
    exact = np.asarray(problem.exact)
    return Score(
        relative(value, exact),
        float(np.linalg.norm(error) / (np.linalg.norm(exact) or 1.0)),
        sum(r.evaluations for r in found) / len(found),
        bool((np.abs(value.reshape(exact.shape) - exact) <= error.reshape(exact.shape)).all()),
        any(r.warnings for r in found),
    )


def entries(problem: Problem):
    """(g, x, exact) for every entry of the derivative, as functions of one number."""
    if np.ndim(problem.x) == 0:
        yield problem.f, problem.x, float(problem.exact)
        return
    exact = np.atleast_2d(problem.exact)
    for j in range(exact.shape[1]):
        for i in range(exact.shape[0]):

            def g(t, i=i, j=j):
                x = problem.x.astype(np.result_type(problem.x, np.asarray(t).dtype))
                x[j] = t
                return np.ravel(problem.f(x))[i]

            yield g, float(problem.x[j]), exact[i, j]


def peer(problem: Problem, method) -> Score:
    values, errors, exacts, calls = [], [], [], 0
    for g, x, exact in entries(problem):
        counted = Counted(g)
        try:
            value, error = method(counted, x)
        except Exception:
            value, error = np.nan, np.inf
        values.append(value)
        errors.append(error)
        exacts.append(exact)
        calls += counted.calls
    known = all(e is not None for e in errors)
    size = float(np.linalg.norm(exacts)) or 1.0
    claimed = float(np.linalg.norm(errors)) / size if known else None
    holds = known and all(abs(v - d) <= e for v, d, e in zip(values, exacts, errors, strict=True))
    warned = not np.isfinite(values).all() or (claimed is not None and not claimed < WRONG)
    return Score(relative(values, exacts), claimed, calls / len(values), holds, warned)


def digits(error: float) -> float:
    return float(np.clip(-np.log10(max(error, 1e-16)), 0, 16)) if np.isfinite(error) else 0.0


def row(name: str, scores: list[Score]) -> str:
    d = np.array([digits(s.error) for s in scores])
    wrong = [s for s in scores if s.error > WRONG]
    unwarned = [s for s in wrong if not s.warned]
    evaluations = float(np.median([s.evaluations for s in scores]))
    cells = [
        name,
        f"{np.median(d):.1f} / {d.mean():.1f}",
        str(int((d == 0).sum())),
        f"{len(wrong)} / {len(unwarned)}",
        f"{evaluations:.0f}, {np.sum([s.evaluations for s in scores]) / d.sum():.2f}",
    ]
    if scores[0].claimed is None:
        return "| " + " | ".join([*cells, "none", "", ""]) + " |"
    claims = [s for s in scores if s.claimed < CLAIM]
    width = [max(s.claimed, 1e-16) / max(s.error, 1e-16) for s in scores if s.holds and np.isfinite(s.claimed)]
    cells += [
        f"{100 * np.mean([s.holds for s in scores]):.0f}%",
        f"{sum(s.error > CLAIM for s in claims)} of {len(claims)}",
        f"{np.median(width):.0f}",
    ]
    return "| " + " | ".join(cells) + " |"


HEADER = """| method | median / mean digits | failures | wrong by over 1e-3 / of these unwarned | \
evaluations, per digit | bound holds | false claims of 1e-6 | bound too wide by (median) |
| --- | --- | --- | --- | --- | --- | --- | --- |"""


def table(problems: list[Problem]) -> str:
    lines = [HEADER]
    lines.append(row("**frechet.finite**", [ours(p) for p in problems]))
    lines.append(row("frechet.finite, real steps only", [ours(p, complex_step=False) for p in problems]))
    for name, method in PEERS.items():
        if name in LIBRARIES and find_spec(name) is None:
            lines.append(f"| {name} | not installed | | | | | | |")
            continue
        start = time.perf_counter()
        lines.append(row(name, [peer(p, method) for p in problems]))
        print(f"{name}: {time.perf_counter() - start:.0f} s", flush=True)
    best = []
    for p in problems:
        found = [(oracle(g, x, exact), exact) for g, x, exact in entries(p)]
        best.append(digits(relative([v for v, _ in found], [e for _, e in found])))
    lines.append(f"| {ORACLE} | {np.median(best):.1f} / {np.mean(best):.1f} | | | | | | |")
    return "\n".join(lines)


def main() -> None:
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        chosen, random = finite_problems.problems(), finite_problems.random_problems()
        text = (
            f"{len(chosen)} functions in {len(finite_problems.CATEGORIES)} categories. Digits: -log10 of the "
            "relative error, at most 16; a failure has none.\n\n"
            + table(chosen)
            + f"\n\n{len(random)} random smooth functions:\n\n"
            + table(random)
        )
    print(text)
    write_table("finite", text)


if __name__ == "__main__":
    main()
