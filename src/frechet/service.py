"""What the command line, HTTP and assistants ask: text in, plain values out, under keys that stay.

`derive`, `check`, `code`, `rules`, `read_formula` answer as JSON does; `derived` and `reading_of` give the objects behind, for
who shows them to a person. Everything is bounded by the caller's budget. What cannot be used raises FrechetError;
`error_json` says where and why, and what to write instead.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from frechet.answer import Answer, named_variables
from frechet.check.checking import run_check
from frechet.check.points.sizes import require_sizes
from frechet.check.report import Report, report_json
from frechet.check.verdict import Verdict, verdict_json
from frechet.compile import source
from frechet.display import with_values
from frechet.errors import FrechetError, LanguageError
from frechet.expr.node import Expr, operations, symbols
from frechet.language import Reading, declare, read, to_latex, to_text
from frechet.language.names import normal_name
from frechet.listing import explanation, listing, mentions
from frechet.table import describe_operation

__all__ = [
    "FORMS", "UNFORESEEN", "Derived", "check", "check_json", "checked", "code", "derive", "derive_json", "derived", "error_json", "notes_of",
    "read_formula", "reading_json", "reading_of", "results", "rules", "unforeseen", "variable_asked",
]  # fmt: skip

FORMS = ("gradient", "differential", "jacobian", "hessian", "pullback")
"""What can be asked for; None is what fits the function."""

Declarations = Mapping[str, str]


# --- reading ----------------------------------------------------------------------------------------


def reading_of(
    formula: str,
    wrt: str = "",
    declarations: Declarations | None = None,
    strict: bool = False,
    sizes: Mapping[str, int] | None = None,
    claim: str = "",
) -> Reading:
    """How a formula is read, its letters declared as {"X": "matrix(m,n)"}; `strict` refuses what can be read in another way.

    A declared name that occurs in a `claim` alone is none too many.
    """
    reading = read(formula.strip(), _declared(declarations), wrt=wrt, sizes=sizes, beside=claim)
    if strict:
        _require_one_reading(reading)
    return reading


def _declared(declarations: Declarations | None) -> dict[str, str]:
    return dict(declare(f"{name}: {kind}") for name, kind in (declarations or {}).items())


def reading_json(reading: Reading) -> dict[str, Any]:
    """The formula as it was read."""
    return {
        "read_as": reading.read_as,
        "function": to_text(reading.expr),
        "latex": to_latex(reading.expr),
        "where": {name: to_text(part) for name, part in reading.named.items()},
        "notes": list(reading.notes),
    }


def read_formula(formula: str, wrt: str = "", declarations: Declarations | None = None) -> dict[str, Any]:
    """How a formula is read: kinds and sizes of its letters, and what else it could mean."""
    return reading_json(reading_of(formula, wrt, declarations))


# --- deriving ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Derived:
    """A formula, its derivative in the form that was asked for; `others` are the results where a vector is a number instead, by
    its name, `other` lines about them."""

    reading: Reading
    answer: Answer
    form: str | None
    other: list[str] = field(default_factory=list)
    others: dict[str, list[tuple[str, Expr]]] = field(default_factory=dict)

    @property
    def results(self) -> list[tuple[str, Expr]]:
        """The expressions asked for, each with its title."""
        return results(self.answer, self.form)

    def results_at(self, values: Mapping[str, str]) -> list[tuple[str, Expr]]:
        """The results where letters of the formula have values: numbers or texts."""
        known = {s.name for s in symbols(self.reading.expr)}
        for name in values:
            if name not in known:
                raise FrechetError(
                    f"{name} does not occur in the formula; its variables are: {', '.join(sorted(known))}"
                )
        there = []
        for title, result in self.results:
            left = {s.name for s in symbols(result)}
            there.append((title, with_values(result, {name: v for name, v in values.items() if name in left})))
        return there


def derived(
    formula: str,
    wrt: str,
    declarations: Declarations | None = None,
    form: str | None = None,
    *,
    sizes: Mapping[str, int] | None = None,
    strict: bool = False,
    other_readings: bool = True,
) -> Derived:
    """The derivative of a formula by one variable, or several with commas. `sizes` are those that a check is to be at."""
    if form is not None and form not in FORMS:
        raise FrechetError(f"there is no form {form[:40]!r}: choose from {', '.join(FORMS)}")
    reading = reading_of(formula, wrt, declarations)
    answer = Answer(reading.expr, _variables(reading, declarations, wrt))
    answer.reading = reading
    require_sizes(sizes or {}, [answer.function, *answer.variables])
    others = _other_readings(answer, form) if other_readings or strict else {}
    answer = answer.hessian() if form == "hessian" else answer
    found = results(answer, form)
    if strict:
        _require_one_reading(reading, [name for name, other in others.items() if _alike(found, other)])
    return Derived(reading, answer, form, _lines(found, others), others)


def _require_one_reading(reading: Reading, alike: Sequence[str] = ()) -> None:
    """LanguageError where the formula can be read in another way; as a vector or number that is `alike`, the answer stands."""
    settled = tuple(f"{name} is read as a vector; a number {name}" for name in alike)
    notes = [n for n in reading.notes if not (settled and n.startswith(settled))]
    if notes:
        raise LanguageError("the formula can be read in another way: " + "; ".join(notes))


def _alike(found: list[tuple[str, Expr]], other: list[tuple[str, Expr]]) -> bool:
    """Whether two readings have answers that print alike, but for the order of terms."""
    return [_in_any_order(title, r) for title, r in found] == [_in_any_order(title, r) for title, r in other]


def variable_asked(formula: str, declarations: Declarations | None = None) -> str:
    """The variable by which the formula itself asks for a derivative, as in ∇_x (…); "" where it does not."""
    reading = reading_of(formula, "", declarations)
    if reading.asked == "" and len(reading.symbols) == 1:
        return next(iter(reading.symbols))
    return reading.asked or ""


def _variables(reading: Reading, declarations: Declarations | None, wrt: str) -> list[Expr]:
    names = [normal_name(n.strip()) for n in wrt.split(",")]
    return list(named_variables(reading, _declared(declarations), names))


def _other_readings(answer: Answer, form: str | None) -> dict[str, list[tuple[str, Expr]]]:
    """The results where a vector is a number instead, by its name."""
    others = answer.other_readings.items()
    return {name: results(other.hessian() if form == "hessian" else other, form) for name, other in others}


def _lines(found: list[tuple[str, Expr]], others: Mapping[str, list[tuple[str, Expr]]]) -> list[str]:
    """What the answer is where a vector is a number instead: one note where it prints alike."""
    lines = []
    for name, other in others.items():
        texts = [(title, to_text(r)) for title, r in other]
        if _alike(found, other):
            lines.append(f"where {name} is a number instead of a vector, the answer reads the same")
        else:
            lines += [f"where {name} is a number instead of a vector: {title} = {text}" for title, text in texts]
    return lines


def _in_any_order(title: str, result: Expr) -> tuple[str, list[str]]:
    """A result by its signs and names: a number and a vector stand at different places of a sum."""
    return title, sorted(re.findall(r"\w+|\S", to_text(result)))


def results(answer: Answer, form: str | None) -> list[tuple[str, Expr]]:
    """The expressions asked for, each with its title."""
    names = [X.name for X in answer.variables]
    if answer.of is not None:
        dG = "d(grad)" if len(names) == 1 else "d(grad) by " + ", ".join(names)
        matrices = zip(_titles("Hessian matrix", names), answer.jacobians, strict=True)
        return [(dG, answer.differential), *matrices, ("bilinear form", answer.bilinear)]
    if form == "differential" or (form is None and not answer.function.is_scalar):
        return [("df", answer.differential)]
    if form == "jacobian":
        return list(zip(_titles("Jacobian", names), answer.jacobians, strict=True))
    if form == "pullback":
        return list(zip(_titles("pullback", names), answer.adjoints, strict=True))
    return list(zip(_titles("gradient", names), answer.gradients, strict=True))


def _titles(title: str, names: list[str]) -> list[str]:
    return [title] if len(names) == 1 else [f"{title} by {n}" for n in names]


def notes_of(answer: Answer, other: list[str], form: str | None) -> list[str]:
    """What the cotangent of a pullback is; the lines about other readings in place of the notes that announce them; the other notes."""
    told = tuple(
        line.split(":")[0].split(" is a number")[0].removeprefix("where ") + " is read as a vector" for line in other
    )
    first = [_about_the_cotangent(answer)] if form == "pullback" else []
    return list(dict.fromkeys([*first, *other, *[n for n in answer.notes if not (told and n.startswith(told))]]))


def _about_the_cotangent(answer: Answer) -> str:
    W, f = answer.cotangent.name, answer.function
    shape = "a number" if f.is_scalar else f"{f.rows}×{f.cols}"
    changes = " + ".join(
        f"<pullback{f' by {X.name}' if len(answer.variables) > 1 else ''}, d{X.name}>" for X in answer.variables
    )
    return f"{W} is a cotangent, {shape} like f: <{W}, df> = {changes}"


def derive_json(found: Derived, verdict: Verdict | None = None) -> dict[str, Any]:
    """The answer; every formula is text that the parser reads."""
    answer, reading = found.answer, found.reading
    scalar = answer.function.is_scalar
    names = [X.name for X in answer.variables]

    def by_variable(expressions: tuple[Expr, ...]) -> Any:
        texts = [to_text(r) for r in expressions]
        return texts[0] if len(texts) == 1 else dict(zip(names, texts, strict=True))

    second = answer.of is not None
    told: dict[str, Any] = {
        "read_as": reading.read_as,
        "order": 2 if second else 1,
        "function": to_text(reading.expr if second else answer.function),
        "value_shape": [str(answer.function.rows), str(answer.function.cols)],
        "wrt": names,
        "form": found.form,
        "results": [{"title": title, "text": to_text(r), "latex": to_latex(r)} for title, r in found.results],
        "differential": to_text(answer.differential),
        "gradient": by_variable(answer.gradients) if scalar else None,
        "jacobian": by_variable(answer.jacobians),
        "steps": [
            {"rule": s.rule, "left": to_text(s.left, s.names), "right": to_text(s.right, s.names)} for s in answer.steps
        ],
        "where": {
            **{n: to_text(p) for n, p in reading.named.items()},
            **{n: to_text(p) for n, p in answer.where.items()},
        },
        "assumptions": list(answer.assumed_by(*answer.jacobians)),
        "notes": notes_of(answer, found.other, found.form),
        "other_readings": {name: {title: to_text(r) for title, r in other} for name, other in found.others.items()},
        "verdict": None if verdict is None else verdict_json(verdict),
    }
    if answer.of is not None:
        told |= {"hessian": told["jacobian"], "bilinear": to_text(answer.bilinear)}
    return told


def derive(
    formula: str,
    wrt: str,
    declarations: Declarations | None = None,
    form: str | None = None,
    *,
    sizes: Mapping[str, int] | None = None,
    seed: int = 0,
    check: bool = True,
) -> dict[str, Any]:
    """The derivative with its derivation, assumptions and, with `check`, the verdict whether it is right."""
    found = derived(formula, wrt, declarations, form, sizes=sizes)
    return derive_json(found, found.answer.check(seed, sizes) if check else None)


# --- checking, code, the table ------------------------------------------------------------------------


def check(
    formula: str,
    wrt: str,
    claim: str,
    declarations: Declarations | None = None,
    form: str | None = None,
    *,
    sizes: Mapping[str, int] | None = None,
    seed: int = 0,
) -> dict[str, Any]:
    """Whether a claimed derivative is right, and if not, what is wrong with it."""
    return check_json(*checked(formula, wrt, claim, declarations, form, sizes, seed))


def checked(
    formula: str,
    wrt: str,
    claim: str,
    declarations: Declarations | None = None,
    form: str | None = None,
    sizes: Mapping[str, int] | None = None,
    seed: int = 0,
) -> tuple[Reading, Report]:
    """How the formula is read, and what the check of the claim found."""
    reading = reading_of(formula, wrt, declarations, claim=claim)
    declared = [f"{name}: {kind}" for name, kind in (declarations or {}).items()]
    return reading, run_check(formula.strip(), wrt, claim, declared, form, sizes or None, seed)


def check_json(reading: Reading, report: Report) -> dict[str, Any]:
    """What the check found."""
    return {"read_as": reading.read_as, **report_json(report)}


def code(
    formulas: str | Sequence[str],
    target: str = "numpy",
    declarations: Declarations | None = None,
    wrt: str = "",
    form: str | None = None,
) -> dict[str, Any]:
    """One program for all formulas, which share their letters; with `wrt` it gives the derivatives of each too."""
    known: dict[str, str | Expr] = {**_declared(declarations)}
    together: list[Expr] = []
    lines = []
    texts = [formulas] if isinstance(formulas, str) else list(formulas)
    for formula in texts:
        reading = read(formula.strip(), known, wrt=wrt, beside=" ".join(texts))
        known |= reading.symbols
        lines.append(reading.read_as)
        together.append(reading.expr)
        if wrt:
            answer = Answer(reading.expr, _variables(reading, declarations, wrt))
            together += [r for _, r in results(answer.hessian() if form == "hessian" else answer, form)]
    if not together:
        raise FrechetError("give at least one formula")
    made = source(together[0] if len(together) == 1 else together, target).rstrip() + "\n"
    return {"read_as": lines, "target": target, "source": made, "returns": [to_text(e) for e in together]}


def rules(word: str = "", name: str = "") -> dict[str, Any]:
    """The operations by topic and the facts of each, those of which a word is said; with `name` all about that one."""
    if name:
        return {"name": name, **explanation(name)}
    every = list(operations.values())  # describing may declare derivatives
    told = [describe_operation(op) for op in every if mentions(op, word)]
    return {"rules": told, "topics": [{"topic": topic, "calls": calls} for topic, calls in listing(word)]}


# --- errors -----------------------------------------------------------------------------------------


UNFORESEEN = (ArithmeticError, LookupError, OSError, RecursionError, MemoryError, TypeError, ValueError)
"""Errors of Python that no formula should cause."""


def unforeseen(error: BaseException) -> FrechetError:
    """The error that an interface shows in place of one of Python's."""
    return FrechetError(f"this should not have happened ({type(error).__name__}: {error}); please report the formula")


def error_json(error: FrechetError) -> dict[str, Any]:
    """What was wrong, where, and what to write instead."""
    return {
        "error": str(error),
        "kind": type(error).__name__,
        "position": getattr(error, "position", None),
        "reason": getattr(error, "reason", str(error)),
        "hint": getattr(error, "hint", ""),
    }
