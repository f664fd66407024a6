"""A whole file of formulas: each one derived, checked, and compared with what was published.

The file is a list of objects with `id`, `expr`, `wrt`, and optionally `vars` (name -> list of 0, 1 or 2 sizes),
`props` (name -> list of properties), `form` (gradient, differential, jacobian), `expected` (a published answer),
`sizes` (numbers for size letters) with `fixed` (those that must be these numbers).
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from frechet.answer import derivative
from frechet.check.equivalence import equivalent
from frechet.check.verdict import Verdict
from frechet.errors import FrechetError
from frechet.expr.node import Expr
from frechet.language import count_symbols, read, to_text

__all__ = ["CaseResult", "load_cases", "run_case"]

# Properties that the file may use beside those of the language.
_ALIASES = {"positive_definite": "spd"}
_SAMPLING_ONLY = frozenset({"bounded", "positive_det", "positive_stable"})
_KINDS = {0: "scalar", 1: "vector({0})", 2: "matrix({0},{1})"}


@dataclass(frozen=True)
class CaseResult:
    """What came out of one case. `equal` and `longer_by` compare with the published answer, if there is one."""

    id: str
    answer: str
    seconds: float
    verdict: Verdict | None
    equal: bool | None
    symbols: int
    published_symbols: int | None
    error: str = ""

    @property
    def verified(self) -> bool:
        return self.verdict is not None and self.verdict.right is True and self.equal is not False

    @property
    def no_longer(self) -> bool | None:
        """Whether the answer has at most as many symbols as the published one."""
        return None if self.published_symbols is None else self.symbols <= self.published_symbols


def load_cases(path: str | Path) -> list[dict[str, Any]]:
    """The cases of a file; FrechetError when it is not a list of objects with `expr` and `wrt`."""
    try:
        cases = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise FrechetError(f"cannot read {path}: {error}") from None
    if not isinstance(cases, list) or not all(isinstance(c, dict) and {"expr", "wrt"} <= set(c) for c in cases):
        raise FrechetError(f"{path} is not a list of objects with the keys expr and wrt")
    return cases


def declarations_of(case: Mapping[str, Any]) -> dict[str, str]:
    """The declarations of the variables of a case, as the language writes them."""
    declared = {}
    for name, sizes in case.get("vars", {}).items():
        if len(sizes) not in _KINDS:
            raise FrechetError(f"{name} has {len(sizes)} sizes: give 0, 1 or 2")
        kind = _KINDS[len(sizes)].format(*sizes)
        chosen = [_ALIASES.get(p, p) for p in case.get("props", {}).get(name, []) if p not in _SAMPLING_ONLY]
        declared[name] = " ".join([kind, *chosen])
    return declared


def run_case(case: Mapping[str, Any], check: bool = True) -> CaseResult:
    """Derives one case and compares; an error of Frechet is recorded, not raised."""
    name = str(case.get("id", case["expr"]))
    start = time.perf_counter()
    try:
        reading = read(case["expr"], declarations_of(case), beside=f"{case['wrt']} {case.get('expected', '')}")
        wrt = reading.symbols[case["wrt"]] if case["wrt"] in reading.symbols else _absent(case)
        answer = derivative(reading.expr, wrt)
        form = case.get("form", "gradient" if answer.function.is_scalar else "differential")
        result = answer.jacobian if form == "jacobian" else answer.differential
        if form == "gradient":
            result = answer.gradient
        assert isinstance(result, Expr)
        seconds = time.perf_counter() - start
        text = to_text(result)
        if not check:
            return CaseResult(name, text, seconds, None, None, count_symbols(text), None)
        sizes = {k: case["sizes"][k] for k in case.get("fixed", [])}
        verdict = answer.check(sizes=sizes)
        equal, published = _compare(result, case, dict(reading.symbols), sizes)
    except FrechetError as error:
        return CaseResult(name, "", time.perf_counter() - start, None, None, 0, None, str(error))
    return CaseResult(name, text, seconds, verdict, equal, count_symbols(text), published)


def _absent(case: Mapping[str, Any]) -> Expr:
    """The variable of a case in which it does not occur: the derivative is zero, and that is an answer."""
    return read(case["wrt"], declarations_of(case)).expr


def _compare(result: Expr, case: Mapping[str, Any], symbols: dict[str, Expr], sizes) -> tuple[bool | None, int | None]:
    if "expected" not in case:
        return None, None
    known: dict[str, Any] = {**declarations_of(case), **symbols}
    expected = read(case["expected"], known).expr
    return equivalent(result, expected, sizes=sizes), count_symbols(case["expected"])
