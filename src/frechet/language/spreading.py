"""How NumPy spreads arrays: a vector over the rows of a matrix, `A.sum(axis=1, keepdims=True)` and `x[:, None]` along them."""

from __future__ import annotations

from frechet.errors import LanguageError
from frechet.expr.node import Expr
from frechet.expr.signature import Signature
from frechet.expr.sizes import ONE, Size
from frechet.expr.structure import mul, ones, transpose
from frechet.language.sizing import Sizing
from frechet.language.tree import SyntaxNode

__all__ = ["is_spread", "spread", "spread_sizes"]

_KEEP = frozenset({"negative", "defined", "sum", "times", "over", "dotpower"})
_DOWN, _ALONG, _ROW = "down", "along", "row"


def _is_column(node: SyntaxNode, inference: Sizing) -> bool:
    """Whether a vector is a column of NumPy, m×1, and no array of one dimension."""
    while node.head != "kept":
        if (node.head == "call" and node.value[0].elementwise) or node.head in _KEEP:
            arrays = [a for a in node.args if not inference.is_scalar(a)]
            if not arrays:
                return False
            node = arrays[0]
        else:
            return False
    return True


def is_spread(node: SyntaxNode, inference: Sizing) -> bool:
    """Whether the arrays below an operation on entries have different forms, which NumPy makes equal."""
    if not node.spreads:
        return False
    forms = {_form(a, inference) for a in node.args if not inference.is_scalar(a)}
    return len(forms) > 1


def _form(node: SyntaxNode, inference: Sizing) -> str:
    rows, cols = inference.resolved(node)
    if rows is ONE:
        return _ROW
    if cols is not ONE:
        return ""
    return _ALONG if _is_column(node, inference) else _DOWN


def spread_sizes(node: SyntaxNode, inference: Sizing) -> None:
    """Fills the sizes of the node, and how each array below it is spread."""
    rows: Size | None = None
    cols: Size | None = None
    for part in node.args:
        if inference.is_scalar(part):
            continue
        part.spread = form = _form(part, inference)
        if form == _DOWN and _is_of_rows(part):
            raise LanguageError(
                f"{inference.source(part)} has an entry for each row, and NumPy lines it up with the columns",
                inference.text,
                part.start,
                "Keep its axis with keepdims=True.",
            )
        m, n = part.rows, part.cols
        height, width = {_DOWN: (None, m), _ALONG: (m, None), _ROW: (None, n)}.get(form, (m, n))
        for have, want in ((rows, height), (cols, width)):
            if have is not None and want is not None and not inference.equal(have, want):
                inference.mismatch(node, node.args[0], part, part.start, "the sizes differ, also when they are spread")
        rows, cols = rows or height, cols or width
    if rows is None or cols is None:
        raise LanguageError(
            f"{inference.source(node)}: a vector and a row are not added",
            inference.text,
            node.start,
            "A column is x[:, None].",
        )
    node.rows, node.cols = rows, cols


def _is_of_rows(node: SyntaxNode) -> bool:
    """Whether a vector is a reduction of each row of a matrix."""
    if node.head != "call" or (node.args and node.args[0].head == "transpose"):
        return False
    signature = node.value[0].signature
    assert isinstance(signature, Signature)
    first = signature.arguments[0] if signature.arguments else (ONE, ONE)
    return (
        signature.outcome[1] is ONE and signature.outcome[0] is first[0] is not ONE and first[1] not in (ONE, first[0])
    )


def spread(part: SyntaxNode, rows: Size, cols: Size) -> Expr:
    """The array below, as large as the whole."""
    if part.spread == _DOWN:
        return mul(ones(rows), transpose(part.expr))
    if part.spread == _ALONG:
        return mul(part.expr, ones(ONE, cols))
    return mul(ones(rows), part.expr) if part.spread == _ROW else part.expr
