"""What a worker works out: the answers of `frechet.service`, and beside every formula how it is typeset."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from frechet import service
from frechet.answer import Answer
from frechet.calculus.steps import Step
from frechet.check.own import check_derivative, prove_briefly
from frechet.check.verdict import Verdict, verdict_json
from frechet.compile import source
from frechet.errors import FrechetError
from frechet.expr.node import Expr, symbols
from frechet.language import Reading, to_text
from frechet.language.equations import differential_sign, gradient_sign, name_sign, typeset, words
from frechet.language.mathml import Spans
from frechet.language.surface import function_names
from frechet.web.names import names_for
from frechet.web.numbers import costs_and_graph, jacobian_picture, values_at

__all__ = ["ANSWERS"]

_PREFERRED = ("w", "theta", "beta", "W", "x", "X", "S", "P", "U", "Q", "V", "L")  # beside weights, X and x are data

Declarations = Mapping[str, str]


def read_formula(formula: str, wrt: str = "", declarations: Declarations | None = None) -> dict[str, Any]:
    """How a formula is read: kinds and sizes of its letters, and what else it could mean."""
    reading = service.reading_of(formula, wrt, declarations)
    return {
        **service.reading_json(reading),
        "mathml": typeset(reading.expr, spans=_shifted(reading, formula)),
        "value": _kind(reading.expr),
        "letters": [_letter(s, declarations or {}) for s in reading.symbols.values()],
        "wrt": wrt or _suggested(reading),
    }


def derive(formula: str, wrt: str, declarations: Declarations | None = None, form: str | None = None) -> dict[str, Any]:
    """The derivative: what `frechet derive --json` prints, and every formula typeset."""
    found = service.derived(formula, wrt, declarations, form)
    answer, results = found.answer, [r for _, r in found.results]
    usual = tuple(results) == answer.answers
    taken = {s.name for s in symbols(answer.function, *results, *answer.variables)}
    names = names_for(results, taken if usual else taken | set(answer.names.values()), answer.names if usual else None)
    told = service.derive_json(found)
    told["form"] = form or ("gradient" if answer.function.is_scalar else "differential")
    told["results"] = [
        {**text, "sign": _sign(text["title"], answer), "mathml": typeset(r, names), **_kind(r)}
        for text, r in zip(told["results"], results, strict=True)
    ]
    told["verdict"] = _short_proof(answer, told["form"])
    told["named"] = [
        {"name": name, "text": to_text(part), "sign": name_sign(name), "mathml": typeset(part, _others(names, part))}
        for part, name in names.items()
    ]
    told["derivation"] = [_step(s, names, answer) for s in answer.steps]
    return told


def _sign(title: str, answer: Answer) -> str:
    """The left side of a result."""
    if title == "df":
        return differential_sign()
    if not title.startswith("gradient"):
        return words(title)
    by = title.partition(" by ")[2]
    return gradient_sign(next(X for X in answer.variables if X.name == by or not by))


def _step(step: Step, names: Mapping[Expr, str], answer: Answer) -> dict[str, str]:
    """A line of the derivation; what it says a name stands for is written out."""
    known = {**_others(names, step.right), **step.names}
    gradients = {f"grad_{X.name}": X for X in answer.variables} | {"grad": answer.variables[0]}
    X = gradients.get(step.left.name) if step.left.op.name == "symbol" else None
    left = typeset(step.left, known) if X is None else gradient_sign(X)
    return {"rule": step.rule, "left": left, "right": typeset(step.right, known)}


def verdict(sizes: Mapping[str, int] | None = None, seed: int = 0, **asked: Any) -> dict[str, Any]:
    """Whether our own derivative is right; `asked` is what `derive` takes."""
    answer = service.derived(**asked, sizes=sizes, other_readings=False).answer
    return _in_words(check_derivative(answer, seed, sizes or None))


def _in_words(found: Verdict) -> dict[str, Any]:
    return {**verdict_json(found), "told": str(found), "how": found.how()}


def _short_proof(answer: Answer, form: str) -> dict[str, Any] | None:
    """The verdict on what is shown, where that is a short proof; else `verdict` is asked, which takes longer."""
    with suppress(FrechetError):
        proof = prove_briefly(answer, form)
        return None if proof is None else _in_words(proof)
    return None


def check(**asked: Any) -> dict[str, Any]:
    """Whether a claimed derivative is right, and if not, what is wrong with it; `asked` is what `service.check` takes."""
    reading, report = service.checked(**asked)
    example = report.verdict.counterexample
    return {
        **service.check_json(reading, report),
        "told": str(report),
        "how": report.verdict.how(),
        "example": None if example is None else str(example),
        "mathml": None if report.answer is None else typeset(report.answer),
    }


def code(
    formula: str, wrt: str, target: str, declarations: Declarations | None = None, form: str | None = None
) -> dict[str, Any]:
    """A program for the function and its derivative; as LaTeX, lines of the derivative alone."""
    if target != "latex":
        return service.code(formula, target, declarations, wrt, form)
    found = service.derived(formula, wrt, declarations, form, other_readings=False)
    together = [r for _, r in found.results]
    made = source(together[0] if len(together) == 1 else together, target).rstrip() + "\n"
    returns = [to_text(r) for r in together]
    return {"read_as": [found.reading.read_as], "target": target, "source": made, "returns": returns}


def rules(word: str = "") -> dict[str, Any]:
    """The operations by topic, the facts of each, and every name that a formula may call."""
    return {**service.rules(word), "names": function_names()}


ANSWERS: dict[str, Callable[..., dict[str, Any]]] = {
    "read": read_formula,
    "derive": derive,
    "verdict": verdict,
    "check": check,
    "code": code,
    "rules": rules,
    "graph": costs_and_graph,
    "picture": jacobian_picture,
    "values": values_at,
}
"""The questions that a worker answers, by name."""


def _others(names: Mapping[Expr, str], part: Expr) -> dict[Expr, str]:
    """The names that stand inside of a part that has one itself."""
    return {p: n for p, n in names.items() if p is not part}


def _shifted(reading: Reading, formula: str) -> Spans:
    """Places in the text as it was sent, with the spaces in front of it."""
    space = len(formula) - len(formula.lstrip())
    if not space:
        return reading.spans
    return {e: [(a + space, b + space) for a, b in places] for e, places in reading.spans.items()}


def _kind(e: Expr) -> dict[str, str]:
    kind = "scalar" if e.is_scalar else "vector" if e.is_vector else "matrix"
    return {"kind": kind, "rows": str(e.rows), "cols": str(e.cols)}


def _letter(symbol: Expr, declared: Declarations) -> dict[str, Any]:
    properties = list(symbol.params[1]) if symbol.op.name == "symbol" else []
    return {
        "name": symbol.name, "mathml": typeset(symbol), **_kind(symbol), "properties": properties,
        "declared": symbol.name in declared,
    }  # fmt: skip


def _suggested(reading: Reading) -> str:
    """The letter that people differentiate by: weights, x, X where they occur, else the first vector, else the first."""
    names = reading.symbols
    for name in _PREFERRED:
        for present in names:
            if present.rstrip("0123456789_") == name:
                return present
    vectors = [name for name, s in names.items() if s.is_vector and not s.is_scalar]
    return next(iter([*vectors, *names]), "")
