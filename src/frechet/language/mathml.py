"""Expressions to MathML Core, which browsers typeset and screen readers read: from the pieces that LaTeX is written of."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from frechet.expr.node import Expr
from frechet.expr.resizing import resized
from frechet.expr.structure import DIFFERENTIAL, add
from frechet.language.clauses import with_clauses
from frechet.language.latex_out import latex_pieces
from frechet.language.layout import sum_terms
from frechet.language.names import GREEK
from frechet.language.reading import read
from frechet.language.tex import SPACED, TIMES, begins_with_word, core_of, identifier, math_element, plain
from frechet.language.text import to_text
from frechet.language.writing import ATOM, Piece, Pieces, write

__all__ = ["Spans", "named", "to_mathml"]

Spans = Mapping[Expr, Sequence[tuple[int, int]]]
"""Where each part stands in the text that was read, as `Reading.spans` has it."""

_BRACKETS = ('<mrow><mo form="prefix">(</mo>', '<mo form="postfix">)</mo></mrow>')
_INDEXED = re.compile(r"([^\W\d_]+)_?(\w*)$")
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_EVERYWHERE = 10**9
_CLAUSES = "\0"  # in no markup: names are cleared of it
_WHERE = '<mspace width="1em"/><mtext>where</mtext><mspace width="1em"/>'


def to_mathml(
    expr: Expr | str,
    where: Mapping[Expr, str] | None = None,
    *,
    sizes: Mapping[str, int] | None = None,
    spans: Spans | None = None,
    terms: bool = False,
) -> str:
    """The expression as MathML Core; parts in `where` appear by name.

    Every node is an `<mrow>` with its size, `data-size="m×n"`, and where `spans` knows it (`frechet.language.read(text).spans`;
    text given here is read, and has its own) with its place in the text, `data-s="start-end"`. Notations that say too little have
    an `intent` for screen readers, `alttext` is the text form. The order of attributes and elements is fixed.

    No browser breaks a formula into lines: with `terms` every term of a sum is a `<math>` of its own, all in one
    `<span class="frechet-terms">`, which a page lets wrap. `sizes={"n": 3}` puts numbers for size letters. Raises BudgetError for what is longer than anyone reads.
    """
    if isinstance(expr, str):
        reading = read(expr, sizes=sizes)
        expr, spans = reading.expr, reading.spans
    elif sizes:
        expr = resized([expr], sizes)[expr]
    root, known = expr, spans or {}

    def show(e: Expr, names: Mapping[Expr, str] | None) -> str:
        whole = e is root  # else it is a side of an equation that binds a symbol
        return _Printer(terms and whole and e.op is add, names or {}, known if whole else {}).written(e)

    text = with_clauses(expr, where, show, named, _CLAUSES, lambda sign: f"<mo>{plain(sign.strip())}</mo>")
    body, _, clauses = text.partition(_CLAUSES)
    clauses = _WHERE + clauses if clauses else ""
    if not terms:
        return math_element(body + clauses, to_text(root, where))
    body = body if root.op is add else math_element(body, to_text(root, where))
    clauses = clauses and math_element(clauses, to_text(root, where))
    return f'<span class="frechet-terms">{body}{clauses}</span>'


def named(name: str) -> str:
    """The name of a symbol: Greek letters, subscripts; what is neither appears letter for letter."""
    found = _INDEXED.match(name)
    if found is None:
        return identifier(name)
    head, index = found[1], found[2]
    base = identifier(GREEK.get(head, head))
    if not index:
        return base
    parts = [f"<mn>{p}</mn>" if p.isdigit() else identifier(p) for p in index.split("_") if p]
    return f"<msub>{base}<mrow>{'<mo>,</mo>'.join(parts)}</mrow></msub>" if parts else identifier(name)


class _Printer:
    """One pass over an expression: what stands in its place, its size and its place in the text, part by part."""

    def __init__(self, in_terms: bool, names: Mapping[Expr, str], spans: Spans):
        self.in_terms, self.names, self.spans = in_terms, names, spans
        self.open: list[_Open] = [_Open((0, _EVERYWHERE), _EVERYWHERE)]
        self.used: set[tuple[Expr, tuple[int, int]]] = set()

    def written(self, root: Expr) -> str:
        """The markup of the expression, without `<math>` around it; with it around each term of a sum, `in_terms`."""
        return write(root, self.names, self._pieces, named, _BRACKETS)

    def _pieces(self, node: Expr) -> Pieces:
        if self.in_terms:
            self.in_terms = False
            found, own = latex_pieces(node)
            self._place(node, found)
            return self._terms(node, found), own
        pieces, own = _element(node)
        span = self._place(node, pieces) if self.spans else None
        return ([f'<mrow data-s="{span[0]}-{span[1]}"', *pieces] if span else ["<mrow", *pieces]), own

    def _terms(self, node: Expr, found: list[Piece]) -> list[Piece]:
        """Each term of the sum as an element of its own, that of a later one with its sign in front."""
        pieces: list[Piece] = []
        start, sign = 0, ""
        terms = iter(sum_terms(node))
        for k, piece in enumerate([*found, " + "]):
            if piece not in (" + ", " - "):
                continue
            text = to_text(next(terms), self.names)
            alttext = f"{sign} {text.removeprefix('-')}" if sign else text
            element = math_element("\0", alttext).split("\0")
            operator = f'<mo form="infix">{"+" if sign == "+" else "−"}</mo>' if sign else ""
            pieces += [element[0], "<mrow>", operator, *_filled(found[start:k], False), "</mrow>", element[1]]
            start, sign = k + 1, str(piece).strip()
        return pieces

    def _place(self, node: Expr, pieces: Sequence[Piece]) -> tuple[int, int] | None:
        """Where this occurrence of the node stands in the text: inside of what it is a part of, each occurrence once."""
        while not self.open[-1].left:
            self.open.pop()
        around = self.open[-1].span
        self.open[-1].left -= 1
        places = _outermost([s for s in self.spans.get(node, ()) if around[0] <= s[0] and s[1] <= around[1]])
        span = None
        if places:
            span = next((s for s in places if (node, s) not in self.used), places[-1])
            self.used.add((node, span))
        parts = sum(1 for p in pieces if not isinstance(p, str) and p[0] not in self.names)
        self.open.append(_Open(span or around, parts))
        return span


@dataclass
class _Open:
    """A node of which parts are still to be written: its place, or that of what it is in, and how many they are."""

    span: tuple[int, int]
    left: int


def _outermost(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The spans that are in no other one, from left to right: A of A' where A is symmetric."""
    found: list[tuple[int, int]] = []
    for span in sorted(set(spans), key=lambda s: (s[0], -s[1])):
        if not found or span[1] > found[-1][1]:
            found.append(span)
    return found


def _element(node: Expr) -> Pieces:
    """The node as an element, from after `<mrow` on; kept at the node, since derivations write the same parts again and again."""
    kept: Pieces | None = node.memo.get("mathml")
    if kept is None:
        found, own = _special(node) or latex_pieces(node)
        spoken = _intent(node, [p[0] for p in found if not isinstance(p, str)])
        opening = f' data-size="{plain(f"{node.rows}×{node.cols}")}"' + (f' intent="{spoken}">' if spoken else ">")
        kept = node.memo["mathml"] = _joined([opening, *_filled(found, bool(spoken)), "</mrow>"]), own
    return kept


def _joined(pieces: Sequence[Piece]) -> list[Piece]:
    """The same with the strings between two parts as one."""
    joined: list[Piece] = []
    for p in pieces:
        if isinstance(p, str) and joined and isinstance(joined[-1], str):
            joined[-1] += p
        else:
            joined.append(p)
    return joined


def _special(node: Expr) -> Pieces | None:
    """Names: they are the user's, and no LaTeX."""
    if node.op.name in ("where", "solution"):
        return [_Name(named(node.params[0].unknown.name))], ATOM
    if node.op.name != "symbol":
        return None
    if DIFFERENTIAL in node.params[1] and node.name.startswith("d") and len(node.name) > 1:
        return [_Name(f"{identifier('d', upright=True)}{named(node.name[1:])}")], ATOM
    return [_Name(named(node.name))], ATOM


class _Name(str):
    """Markup that is finished, among pieces of LaTeX."""


def _filled(pieces: Sequence[Piece], marked: bool) -> list[Piece]:
    """The markup of pieces of LaTeX with the parts in their places, each in an `arg` of its own where the intent names them."""
    if len(pieces) == 1 and isinstance(pieces[0], _Name):
        return [str(pieces[0])]
    parts = iter([p for p in pieces if not isinstance(p, str)])
    letters = iter(_LETTERS)
    filled: list[Piece] = []
    before: Piece | None = None
    for markup in core_of(tuple(p if isinstance(p, str) else None for p in pieces)):
        if markup is not None:
            filled.append(markup)
            continue
        part = next(parts)
        apart = begins_with_word(_beginning(part)) or _is_differential(part) or (before and _is_differential(before))
        if filled and str(filled[-1]).endswith(TIMES) and apart:
            filled[-1] = str(filled[-1]).removesuffix(TIMES) + SPACED
        before = part
        if marked:
            filled += [f'<mrow arg="{next(letters)}">', part, "</mrow>"]
        else:
            filled.append(part)
    return filled


def _is_differential(piece: Piece) -> bool:
    """Whether a part is dX, or its transpose: A dX is set apart, as in integrals."""
    if isinstance(piece, str):
        return False
    node = piece[0].args[0] if piece[0].op.name == "transpose" else piece[0]
    return node.op.name == "symbol" and DIFFERENTIAL in node.params[1]


def _beginning(piece: Piece) -> str:
    """The LaTeX that a part begins with: that of the base of a power or a transpose, a bracket where it is set in brackets."""
    while not isinstance(piece, str):
        node, level = piece
        pieces, own = _special(node) or latex_pieces(node)
        if own < level:
            return "("
        piece = pieces[0]
    return piece


def _intent(node: Expr, parts: Sequence[Expr]) -> str:
    """What the notation says in words, of the parts by letter: `transpose($a)`; "" where it says enough."""
    if not node.op.spoken or len(parts) > len(_LETTERS):
        return ""
    left = list(zip(_LETTERS, parts, strict=False))
    words = []
    for argument in node.args:
        at = next((k for k, (_, part) in enumerate(left) if part is argument), None)
        inner = f"${left.pop(at)[0]}" if at is not None else _intent(argument, [part for _, part in left])
        if not inner:
            return ""
        words.append(inner)
    return f"{node.op.spoken}({','.join(words)})"
