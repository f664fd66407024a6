"""Answers in numbers: values at what the user types, the picture of a Jacobian, the graph with the costs of each order."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import numpy as np

from frechet import service
from frechet.answer import Answer
from frechet.check.points.domain import Domain
from frechet.errors import EvaluationError, FrechetError, LanguageError
from frechet.expr.evaluate import evaluate, evaluate_all, sizes_of
from frechet.expr.node import Expr, symbols
from frechet.expr.resizing import resized
from frechet.expr.walks import size_letters
from frechet.language import parse
from frechet.tracing.order.orders import order
from frechet.tracing.picture.graphs import graph

__all__ = ["costs_and_graph", "jacobian_picture", "values_at"]

_SMALL = (3, 2, 4)  # sizes of proposed numbers, letter by letter
_USUAL = (30, 20, 40)  # sizes at which costs are counted
_DRAWN = ((4, 3, 5), (2, 3, 2), (2, 2, 2))  # the first at which the Jacobian is small enough
_DIGITS = 3
_SHOWN = 400  # entries that are written out
_CELLS = 2_500  # entries that are drawn
_EXACT = {"orthogonal", "unit"}  # properties that rounded numbers would not have

Declarations = Mapping[str, str]


def values_at(
    formula: str, wrt: str, declarations: Declarations | None = None, numbers: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """The function and its derivative at numbers, which are text such as [1 2; 3 4]; without them some are proposed."""
    answer = _answer(formula, wrt, declarations)
    if numbers:
        values = {s: _typed(numbers.get(s.name, ""), s) for s in symbols(answer.function, *answer.variables)}
        free = {n: _size(numbers.get(n, ""), n) for n in _undetermined(answer, values)}
    else:
        values, chosen = _drawn(answer, _SMALL)
        values = {s: A if _EXACT & set(s.params[1]) else np.round(A, 2) for s, A in values.items()}
        free = {n: chosen[n] for n in _undetermined(answer, values)}
    sizes = sizes_of(values, free)
    titles = [("f", answer.function), *service.results(answer, None if answer.function.is_scalar else "jacobian")]
    found = [(title, evaluate(e, {s: values[s] for s in symbols(e)}, sizes)) for title, e in titles]
    return {
        "numbers": {**{n: str(k) for n, k in free.items()}, **{s.name: _written(A, None) for s, A in values.items()}},
        "values": [{"title": title, "value": _written(A, 6)} for title, A in found],
    }


def _answer(formula: str, wrt: str, declarations: Declarations | None) -> Answer:
    return service.derived(formula, wrt, declarations, other_readings=False).answer


def _drawn(answer: Answer, sizes: Sequence[int]) -> tuple[dict[Expr, np.ndarray], dict[str, int]]:
    """A point of the domain of the function, and the sizes, which are these where they fit."""
    roots = [answer.function, *answer.variables]
    chosen = {letter: sizes[k % len(sizes)] for k, letter in enumerate(size_letters(*roots))}
    point = next(Domain([answer.function], answer.variables, chosen).points(1, regular=True, scaled=False))
    return {s: point.values[s] for s in symbols(*roots)}, point.sizes


def _undetermined(answer: Answer, values: Mapping[Expr, np.ndarray]) -> list[str]:
    """The size letters that the shapes of the arrays do not tell: k of topvals(A, k)."""
    letters = size_letters(answer.function, *answer.variables)
    try:
        told = set(sizes_of(values))
    except EvaluationError:  # a product of letters is left open
        told = {str(part) for s in values for part in s.shape}
    return [letter for letter in letters if letter not in told]


def _size(text: str, letter: str) -> int:
    if not re.fullmatch(r"\s*[1-9][0-9]{0,2}\s*", text):
        raise EvaluationError(f"{letter} is a size: write a whole number, such as 2")
    return int(text)


def _typed(text: str, letter: Expr) -> np.ndarray:
    """The array that a text in the language stands for: numbers, no letters."""
    if not text.strip():
        raise EvaluationError(f"{letter.name} has no value: write numbers, such as [1 2; 3 4]")
    try:
        expr = parse(text)
    except LanguageError as error:
        raise EvaluationError(f"{letter.name}: {error.reason}") from None
    if symbols(expr):
        raise EvaluationError(f"{letter.name} is given by the letter {symbols(expr)[0].name}: write numbers")
    found = evaluate(expr, {})
    rows, cols = letter.shape
    for size, count, what in ((rows, found.shape[0], "rows"), (cols, found.shape[1], "columns")):
        if size.constant is not None and size.constant != count:
            raise EvaluationError(f"{letter.name} has {size} {what}, and the numbers {count}")
    return found


def _written(A: np.ndarray, digits: int | None) -> str:
    """As it is typed: 2.5, [1; -2], [1 0; 0 3]."""
    if A.size > _SHOWN:
        return f"{A.shape[0]}×{A.shape[1]}, too large to be written out"
    write = lambda x: f"{x:.{digits}g}" if digits else repr(float(x)).removesuffix(".0")
    if A.size == 1:
        return write(A.item())
    return "[" + "; ".join(" ".join(write(x) for x in row) for row in A) + "]"


# --- the picture of the Jacobian ---------------------------------------------------------------------


def jacobian_picture(formula: str, wrt: str, declarations: Declarations | None = None) -> dict[str, Any]:
    """The entries of the Jacobian matrix at random numbers, by colour; lines between the columns of F and of X."""
    answer = _answer(formula, wrt, declarations)
    for wanted in _DRAWN:
        values, sizes = _drawn(answer, wanted)
        rows, cols = _entries(answer.function, sizes), sum(_entries(X, sizes) for X in answer.variables)
        if rows * cols <= _CELLS:
            break
    else:
        raise FrechetError(f"the Jacobian is {rows}×{cols} at these sizes: too large to be drawn")
    J = np.hstack(evaluate_all(list(answer.jacobians), values, sizes))
    shown = ", ".join(f"{letter} = {n}" for letter, n in sizes.items())
    columns = np.cumsum([s for X in answer.variables for s in [X.rows.value(sizes)] * X.cols.value(sizes)])
    told = f"vec dF = J vec dX, {J.shape[0]}×{J.shape[1]}, at random numbers" + (f", {shown}" if shown else "")
    return {
        "told": told,
        "rows": J.shape[0],
        "cols": J.shape[1],
        "svg": _cells(J, answer.function.rows.value(sizes), columns[:-1].tolist()),
    }


def _entries(e: Expr, sizes: Mapping[str, int]) -> int:
    return e.rows.value(sizes) * e.cols.value(sizes)


def _cells(J: np.ndarray, rows: int, cuts: Sequence[int]) -> str:
    """Red is negative, blue positive, white zero."""
    side = max(6, min(28, 640 // max(J.shape)))
    height, width = side * J.shape[0], side * J.shape[1]
    top = float(np.abs(J).max(initial=0.0)) or 1.0
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width + 2}" height="{height + 2}" viewBox="-1 -1 {width + 2} {height + 2}">',
        f'<rect width="{width}" height="{height}" fill="#fff" stroke="#777"/>',
    ]
    for (i, j), entry in np.ndenumerate(J):
        if entry:
            shade = round(235 * (1 - min(1.0, abs(float(entry)) / top)) + 20)
            colour = f"rgb({shade},{shade},255)" if entry > 0 else f"rgb(255,{shade},{shade})"
            parts.append(
                f'<rect x="{side * j}" y="{side * i}" width="{side}" height="{side}" fill="{colour}">'
                f"<title>{escape(f'J[{i + 1},{j + 1}] = {entry:.3g}')}</title></rect>"
            )
    lines = [f"M0 {side * i}H{width}" for i in range(rows, J.shape[0], rows)] + [
        f"M{side * j} 0V{height}" for j in cuts
    ]
    return "".join([*parts, f'<path d="{"".join(lines)}" fill="none" stroke="#777"/></svg>'])


# --- the graph and the costs -------------------------------------------------------------------------


def costs_and_graph(formula: str, wrt: str, declarations: Declarations | None = None) -> dict[str, Any]:
    """The computational graph with local derivatives, and what forward, reverse and the best order of the chain rule cost."""
    answer = _answer(formula, wrt, declarations)
    f, by = answer.function, list(answer.variables)
    values, sizes = _drawn(answer, _USUAL)
    at_sizes = resized([f], sizes)[f] if _undetermined(answer, values) else f
    counted = order(at_sizes, wrt=[X.name for X in by], **{s.name: values[s] for s in symbols(f)})
    how = str(counted.association) if counted.mode == "mixed" else f"{counted.mode} mode"
    shown = ", ".join(f"{letter} = {n}" for letter, n in sizes.items())
    chain = counted.chain
    return {
        "told": "multiplications and additions of the Jacobian" + (f" at {shown}" if shown else ""),
        "costs": [
            {"order": "forward", "operations": counted.forward, "how": _counted(chain.size(0), "direction")},
            {
                "order": "reverse",
                "operations": counted.reverse,
                "how": _counted(chain.size(len(counted.factors)), "cotangent"),
            },
            {"order": "best", "operations": counted.best, "how": how},
        ],
        "svg": graph(f, wrt=by).svg,
    }


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" + ("s" if count != 1 else "")
