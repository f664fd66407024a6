"""Memory returns: expressions die with their last reference, and a process that derives for days does not grow."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import frechet as fr
from frechet.batch import declarations_of, load_cases
from frechet.expr.memos import precedes
from frechet.expr.node import Expr, postorder
from frechet.expr.sizes import Size, size
from frechet.language import read

CASES = load_cases(Path(__file__).resolve().parents[1] / "data" / "cookbook.json")


@pytest.fixture
def _no_collector() -> Iterator[None]:
    """References alone free what is freed: the collector of cycles does nothing."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def _alive() -> int:
    return len(Expr.interned)


def _ask_everything(case: dict) -> None:
    reading = read(case["expr"], declarations_of(case))
    wrt = reading.symbols.get(case["wrt"])
    d = fr.derivative(reading.expr, read(case["wrt"], declarations_of(case)).expr if wrt is None else wrt)
    str(d), d.steps, d.adjoint, d.assumptions, d.differential


@pytest.mark.usefixtures("_no_collector")
def test_simplified_expressions_die_with_their_last_reference():
    before = _alive()
    for i in range(500):
        X = fr.matrix(f"fleeting_{i}", "m", "n")
        fr.simplify(X.T @ X)
    del X
    assert _alive() <= before + 3


@pytest.mark.usefixtures("_no_collector")
@pytest.mark.parametrize("first", range(0, len(CASES), 16))
def test_derivations_leave_nothing(first):
    """The published formulas, derived and explained: no node is left in a circle of references."""
    cases = CASES[first : first + 16]
    for case in 2 * cases:
        _ask_everything(
            case
        )  # templates of single operations are made once and stay: what nodes that stay remember, too
    before = _alive()
    for case in cases:
        _ask_everything(case)
    assert _alive() <= before


def test_compiled_programs_leave_nothing():
    """Programs refer to themselves, as modules do: the collector frees them."""
    compiled = [fr.compile(fr.parse(f"inv(A_{i}'*A_{i})*x")) for i in range(5)]
    for run in compiled:
        run(**{name: np.eye(3) if name.startswith("A") else np.ones(3) for name in run.names})
    del run
    gc.collect()
    before = _alive()
    del compiled
    gc.collect()
    assert _alive() <= before - 5 * 5


def test_what_is_held_is_still_known():
    """A result that somebody holds is found again, not worked out anew."""
    X = fr.matrix("X", "m", "n")
    f = fr.tr(fr.inv(X.T @ X) @ X.T @ X)
    assert fr.simplify(f) is fr.simplify(f)
    kept = X.T
    assert kept is X.T


@pytest.mark.parametrize("case", CASES[::9], ids=lambda case: case["id"])
def test_strong_references_go_down_in_one_order(case):
    """What a node holds, its arguments and the results in its memo, comes before it."""
    f = read(case["expr"], declarations_of(case)).expr
    kept = [f, f.T, fr.simplify(f), fr.simplify(f.T)]
    for node in postorder(*kept):
        held = [*node.args, *[x for x in node.memo.values() if isinstance(x, Expr)]]
        assert all(precedes(a, node) for a in held), node


def test_sizes_die_too():
    before = len(Size._interned)
    for i in range(200):
        size(f"k{i}") * size("m") + 1
    assert len(Size._interned) <= before + 3


def _resident() -> float:
    """Megabytes that the process holds."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 1e6


TEXTS = [
    "logdet({X}'*{X}) + tr({A}*{X})",
    "norm2({A}*{x} - {y})^2",
    "sum(log(1 + exp(-{y}.*({A}*{x}))))",
    "tr(inv({X}'*{X} + eye)*{B})",
    "{x}'*{A}*{x}/norm2({x})",
    "sum(exp({A}*sin({x})) + {x})",
    "det({X})*tr({X}*{A}*{X}')",
    "logsumexp({A}*{x}) + norm1({x})",
    "tr(expm({X}))",
    "norm2(kron({X}, {A}))^2",
]


def _derive(i: int) -> None:
    """The ith of any number of different derivations."""
    text = TEXTS[i % len(TEXTS)]
    names = {letter: f"{letter}{i}" for letter in "XABxy"}
    d = fr.derivative(text.format(**names), names["X" if "{X}" in text else "x"])
    str(d.gradient), d.steps


def _growth(first: int, last: int) -> float:
    for i in range(first):
        _derive(i)
    before = _resident()
    for i in range(first, last):
        _derive(i)
    return _resident() - before


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="the resident memory is read from /proc")
def test_a_process_does_not_grow():
    assert _growth(200, 500) < 2


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="the resident memory is read from /proc")
def test_a_process_does_not_grow_in_days():
    assert _growth(1_000, 50_000) < 20
