"""Reading a claim: its names, its form, and texts that would fit with one transpose more or less."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from frechet.check.problem import shape_of_form
from frechet.errors import FrechetError, LanguageError, ShapeError
from frechet.expr.node import Expr, symbols
from frechet.expr.structure import differential_of, is_differential
from frechet.language import read, to_text
from frechet.language.tokens import tokenise

__all__ = ["FORMS", "form_named", "guess_form", "read_claim", "shape_message", "transposed_readings"]

FORMS = ("gradient", "Jacobian", "differential", "Hessian")


def form_named(form: str | None) -> str | None:
    """The form in its one spelling; FrechetError for one that does not exist."""
    if form is None:
        return None
    for known in FORMS:
        if isinstance(form, str) and form.lower() == known.lower():
            return known
    raise FrechetError(f"there is no form {form!r}: choose from {', '.join(FORMS)}")


def read_claim(text: str, known: Mapping[str, str | Expr], variables: Sequence[Expr]) -> Expr:
    """The claim that `text` writes, in the symbols of the function and the differentials of the variables.

    Raises LanguageError for text that does not read or has a name that is not known, ShapeError for sizes.
    """
    tangents = {differential_of(X).name: differential_of(X) for X in variables}
    reading = read(text, {**known, **tangents})
    allowed = {*known, *tangents}
    for name, symbol in reading.symbols.items():
        if name in allowed:
            continue
        place = next((t.start for t in tokenise(text) if t.kind == "name" and t.text == name), None)
        if is_differential(symbol):
            names = ", ".join(tangents)
            raise LanguageError(
                f"the claim has {name}, but the derivative is with respect to {', '.join(X.name for X in variables)}",
                text,
                place,
                f"Its differential is {names}.",
            )
        names = ", ".join(sorted(n for n in known)) or "none"
        raise LanguageError(
            f"the name {name[:40]} does not occur in the function",
            text,
            place,
            f"Its variables are {names}; declare {name[:40]} if it is another one.",
        )
    return reading.expr


def transposed_readings(
    text: str, known: Mapping[str, str | Expr], variables: Sequence[Expr]
) -> Iterator[tuple[str, str, str]]:
    """Texts with one transpose more or less that read: (text, what to write, in place of what)."""
    tokens = tokenise(text)
    for i, token in enumerate(tokens):
        if token.kind == "name" and tokens[i + 1].kind not in ("(", "'"):
            yield text[: token.end] + "'" + text[token.end :], f"{token.text}'", token.text
        elif token.kind == "'":
            before = tokens[i - 1].text
            yield text[: token.start] + text[token.end :], before, f"{before}'"
        elif token.kind == ")" and tokens[i + 1].kind != "'":
            yield text[: token.end] + "'" + text[token.end :], "(…)'", "(…)"


def guess_form(f: Expr, variables: Sequence[Expr], claim: Expr) -> str:
    """The form that the shape of the claim and dX in it speak for. ShapeError when no form fits.

    A claim whose transpose fits is taken for that form.
    """
    X = variables[0]
    if any(differential_of(v) in symbols(claim) for v in variables):
        if claim.shape == f.shape:
            return "differential"
        if f.is_scalar and claim.shape == X.shape:
            return "Hessian"
        raise ShapeError(
            f"the claim is {_size(claim)}; a differential has the shape of the function, {f.rows}×{f.cols}"
            + (": its transpose would fit" if claim.T.shape == f.shape else "")
        )
    entries = X.rows * X.cols
    if f.is_scalar:
        if claim.shape == X.shape:
            return "gradient"
        if claim.shape == shape_of_form(f, X, "Jacobian"):
            return "Jacobian"
        if claim.shape == (entries, entries):
            return "Hessian"
        return "gradient"
    return "Jacobian"


def _size(e: Expr) -> str:
    return f"{e.rows}×{e.cols}"


def shape_message(f: Expr, X: Expr, claim: Expr, form: str) -> str:
    """Which shape the claim has, and which one it needs."""
    rows, cols = shape_of_form(f, X, form)
    message = f"the claim is {_size(claim)}, but the {form} of {to_text(f)} with respect to {X.name} is {rows}×{cols}"
    if claim.T.shape == (rows, cols):
        return f"{message}: its transpose would fit"
    if form == "Jacobian" and claim.shape == f.shape and not f.is_scalar:
        return f"{message}; if a differential is meant, it is linear in d{X.name}, and the claim has no d{X.name}"
    return message
