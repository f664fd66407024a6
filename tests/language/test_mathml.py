"""MathML: well-formed and Core for the whole table, the same notation as LaTeX, sizes and places that are true, hostile names."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import frechet as fr
from frechet.expr.node import operations
from frechet.expr.signature import Signature
from frechet.expr.structure import add, mul, scale, symbol
from frechet.language import read, to_latex, to_mathml, to_text
from frechet.language.names import GREEK
from frechet.table import general_letters
from tests.language.meaning import declaration
from tests.language.test_round_trip import draw

FORMULAS = json.loads((Path(__file__).parent / "data" / "formulas.json").read_text(encoding="utf-8"))
CHILDREN = {"mfrac": 2, "msub": 2, "msup": 2, "msubsup": 3, "mover": 2, "munder": 2, "munderover": 3, "mroot": 2}
"""MathML Core, section 3: how many children an element has; any number in the others."""
ANY = {"math", "mrow", "mi", "mn", "mo", "mtext", "mspace", "msqrt", "mtable", "mtr", "mtd", "span"}
LEAF = {"mi", "mn", "mo", "mtext", "mspace"}


def tree(markup: str) -> ET.Element:
    """The parsed markup, found to be MathML Core."""
    root = ET.fromstring(markup)
    for e in root.iter():
        assert e.tag in ANY or len(e) == CHILDREN[e.tag], ET.tostring(e)
        assert not (e.tag in LEAF and len(e)), "a leaf has no elements"
        assert e.tag in LEAF or not (e.text or "").strip(), f"text outside of a leaf: {e.text}"
        assert not (e.tail or "").strip(), f"text outside of a leaf: {e.tail}"
        if "intent" in e.attrib:
            named = {c.get("arg") for c in e.iter() if "arg" in c.attrib}
            assert set(re.findall(r"\$(\w+)", e.get("intent"))) <= named
            assert re.fullmatch(r"[a-z-]+\([a-z$,()-]+\)", e.get("intent"))
    return root


# --- the table --------------------------------------------------------------------------------------


def _letters(op):
    letters = general_letters(op)
    return letters if letters is not None and op.value is not None and op.name != "matpow" else None


OPERATIONS = [op.name for op in operations.values() if isinstance(op.signature, Signature) and _letters(op)]


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_of_the_table_is_written(name):
    op = operations[name]
    node = op(*_letters(op), params=op.signature.parameters)
    root = tree(to_mathml(node))
    assert root.get("alttext") == to_text(node)
    assert root[0].get("data-size") == f"{node.rows}×{node.cols}"
    assert bool(op.spoken) == ("intent" in root[0].attrib)


def test_a_notation_that_two_operations_share_is_told_apart_in_words():
    by_notation = {}
    for op in operations.values():
        if op.notation:
            by_notation.setdefault(op.notation.replace("{1}", "{0}"), []).append(op)
    shared = [ops for ops in by_notation.values() if len(ops) > 1]
    assert shared
    for ops in shared:
        words = [op.spoken for op in ops]
        told = [w for w in words if w]
        assert len(told) >= len(ops) - 1, [op.name for op in ops]  # one may be what everyone takes it for


def test_intent_names_transpose_inverse_determinant_and_norm():
    text = "norm2(A'*x)*det(inv(B)) + tr(inv(B)')"
    found = {e.get("intent") for e in tree(to_mathml(text)).iter()}
    assert {"transpose($a)", "inverse($a)", "determinant($a)", "norm($a)", "transpose(inverse($a))"} <= found


# --- the same notation as LaTeX -----------------------------------------------------------------------

_CHARACTERS = {
    r"\cdot": "⋅", r"\odot": "⊙", r"\oslash": "⊘", r"\otimes": "⊗", r"\times": "×", r"\ast": "∗", r"\circ": "∘",
    r"\top": "⊤", r"\vee": "∨", r"\perp": "⊥", r"\lVert": "‖", r"\rVert": "‖", r"\lvert": "|", r"\rvert": "|",
    r"\widehat": "^", r"\#": "#", r"\_": "_",
}  # fmt: skip


def _of_latex(text: str) -> str:
    """LaTeX without what only typesets: the order of signs and names, scripts, fractions and roots marked."""
    text = re.sub(r"\\mathbf\{([01])\}", lambda m: "𝟎𝟏"[int(m[1])], text)
    text = re.sub(r"\\(?:left|right|operatorname|mathrm|mathbin|text|quad)(?![A-Za-z])", "", text)
    text = re.sub(r"\\(begin|end)\{bmatrix\}", lambda m: "[" if m[1] == "begin" else "]", text).replace(r"\\", ";")
    text = re.sub(r"\\[A-Za-z]+|\\[#_]", lambda m: _CHARACTERS.get(m[0], GREEK.get(m[0][1:], m[0][1:])), text)
    return re.sub(r"[{}\s]", "", text).replace("*", "∗")


def _of_mathml(e: ET.Element) -> str:
    if e.tag in LEAF:
        return (e.text or "").replace("−", "-").replace("\u2061", "").replace("\u2062", "").replace("\u2063", "")
    parts = [_of_mathml(c) for c in e]
    if e.tag == "msup":
        return "^".join(parts)
    if e.tag == "msub":
        return "_".join(parts)
    if e.tag == "mfrac":
        return f"frac{''.join(parts)}"
    if e.tag == "msqrt":
        return f"sqrt{''.join(parts)}"
    if e.tag == "mover":
        return parts[1] + parts[0]
    if e.tag == "mtable":
        return ";".join(parts)
    return ("&" if e.tag == "mtr" else "").join(parts)


def says_what_latex_says(e) -> bool:
    return _of_mathml(tree(to_mathml(e))) == _of_latex(to_latex(e))


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**40), st.integers(1, 10))
def test_random_expressions_read_as_their_latex(seed, steps):
    e = draw(seed, steps)
    assert says_what_latex_says(e), to_latex(e)
    assert to_mathml(e) == to_mathml(e)


@pytest.mark.parametrize("name", OPERATIONS)
def test_operations_read_as_their_latex(name):
    op = operations[name]
    assert says_what_latex_says(op(*_letters(op), params=op.signature.parameters))


def test_a_function_after_a_factor_is_set_off():
    spaced = lambda text: 'rspace="0.17em"' in to_mathml(text)
    assert spaced("c*sum(x)")
    assert spaced("c*sum(x)^2")
    assert not spaced("c*(sum(x) + 1)")
    assert not spaced("c*x")


def test_a_lost_sign_is_seen(monkeypatch):
    other = to_mathml("A*x + y")
    monkeypatch.setattr("tests.language.test_mathml.to_mathml", lambda e: other)
    assert says_what_latex_says(fr.parse("A*x + y"))
    assert not says_what_latex_says(fr.parse("A*x - y"))


@pytest.mark.parametrize(
    ("text", "latex"),
    [
        ("expm(X)^2", r"\left(e^{X}\right)^{2}"),  # e^{X}^{2} is no LaTeX
        ("expmv(A,x)'", r"\operatorname{expmv}(A, x)^\top"),  # not e^A times x'
        ("eigdual(A)'*x", r"\operatorname{eigdual}(A)^\top x"),
        ("colsum(A)'", r"\left(A^\top\mathbf{1}\right)^\top"),
        ("logdet(X)^2", r"\left(\log\lvert\det(X)\rvert\right)^{2}"),  # not the log of a square
        ("2*logdet(X)", r"2 \log\lvert\det(X)\rvert"),
        ("topvals(A,k)'", r"\operatorname{topvals}(A, k)^\top"),
    ],
)
def test_exponents_stand_on_what_they_belong_to(text, latex):
    e = fr.parse(text)
    assert to_latex(e) == latex
    assert says_what_latex_says(e)


# --- places in the text -------------------------------------------------------------------------------


def places_are_true(text: str, reading) -> int:
    """Each place is inside the place of what is around it, and what stands there has the size that is told; how many there are."""
    root = tree(to_mathml(reading.expr, spans=reading.spans))
    count = 0

    def visit(e: ET.Element, around: tuple[int, int]) -> None:
        nonlocal count
        if "data-s" in e.attrib:
            start, end = map(int, e.get("data-s").split("-"))
            assert around[0] <= start < end <= around[1]
            around = start, end
            sizes = {f"{p.rows}×{p.cols}" for p, spans in reading.spans.items() if (start, end) in spans}
            assert e.get("data-size") in sizes
            count += 1
        for c in e:
            visit(c, around)

    visit(root, (0, len(text)))
    return count


@pytest.mark.parametrize("case", FORMULAS[:40], ids=lambda case: case["id"])
def test_places_of_formulas_that_people_write(case):
    declared = {n: declaration(k) for n, k in case["kinds"].items() if not k.startswith("size")}
    reading = read(case["input"], declared)
    assert places_are_true(case["input"], reading) > 0


@pytest.mark.parametrize(
    ("text", "name", "places"),
    [
        ("x'*A*x + y'*x", "x", ["0-1", "5-6", "12-13"]),
        ("x'*y*x", "x", ["0-1", "5-6"]),
        (r"x^\top A x", "x", ["0-1", "9-10"]),
        ("(A + B)*x", "A", ["1-2"]),
    ],
)
def test_every_occurrence_has_its_own_place(text, name, places):
    root = tree(to_mathml(text))
    assert [e.get("data-s") for e in root.iter("mrow") if len(e) == 1 and e[0].text == name] == places


@pytest.mark.parametrize(
    "text", ["logdet(X'*X) - 2*tr(inv(X'*X))", "norm2(A*x - y)^2 + c*sum(exp(-x))", "(x'*y)*A .* (A + 2*A)"]
)
def test_the_text_at_a_place_reads_as_the_part(text):
    reading = read(text)
    for part, spans in reading.spans.items():
        for start, end in spans:
            assert read(text[start:end], reading.symbols).expr is part


def test_a_symmetric_matrix_is_where_its_transpose_is_written():
    reading = read("A'*x", {"A": "symmetric(n)"})
    root = tree(to_mathml(reading.expr, spans=reading.spans))
    assert [e.get("data-s") for e in root.iter("mrow") if len(e) == 1 and e[0].text == "A"] == ["0-2"]


# --- long sums ----------------------------------------------------------------------------------------


def test_every_term_of_a_sum_is_a_formula_of_its_own():
    root = tree(to_mathml("-x'*A*x + 2*y'*x - (b + c)*c - d", terms=True))
    assert root.tag == "span"
    assert root.get("class") == "frechet-terms"
    assert [m.get("alttext") for m in root] == ["-x'*A*x", "+ 2*y'*x", "- (b + c)*c", "- d"]
    assert [m[0][0].text for m in root][1:] == ["+", "−", "−"]
    assert all(m[0][0].get("form") == "infix" for m in list(root)[1:])
    whole = tree(to_mathml("-x'*A*x + 2*y'*x - (b + c)*c - d"))
    assert "".join(_of_mathml(m) for m in root) == _of_mathml(whole)


def test_what_is_no_sum_is_one_formula():
    assert [m.get("alttext") for m in tree(to_mathml("logdet(X)", terms=True))] == ["logdet(X)"]


def test_named_parts_and_bound_symbols_have_their_clauses():
    X = fr.matrix("X", "n")
    M = X.T @ X
    assert ">M<" in to_mathml(fr.inv(M), {M: "M"})
    for terms in (False, True):
        root = tree(to_mathml("tr(X) + tr(X*X) where X*X = A", terms=terms))
        assert "where" in [e.text for e in root.iter("mtext")]


# --- names that attack --------------------------------------------------------------------------------

HOSTILE = [
    "<script>alert(1)</script>",
    "a&b",
    "\"x'",
    "]]>",
    "\x00\x1b",
    "a}b{",
    r"\frac",
    "\ud800",
    "-->",
    "x_",
    "_",
    "é_ß",
]


@pytest.mark.parametrize("k", range(len(HOSTILE)))
def test_names_are_text_wherever_they_stand(k):
    name = HOSTILE[k]
    X = symbol(name, 2, 2)
    part = fr.inv(X)
    for e, where in ((add(mul(X, X), scale(-1, part)), None), (add(part, X), {part: name}), (fr.matrix("A", 2), None)):
        for terms in (False, True):
            root = tree(to_mathml(e, where, terms=terms))
            assert "script" not in {x.tag for x in root.iter()}


def test_names_are_typeset():
    assert "<msub><mi>x</mi><mrow><mn>1</mn></mrow></msub>" in to_mathml(symbol("x_1", 1, 1))
    assert "<mi>Σ</mi>" in to_mathml(symbol("Sigma", 2, 2))
    d = fr.derivative("x'*A*x", "x")
    assert '<mi mathvariant="normal">d</mi><mi>x</mi>' in to_mathml(d.differential)


def test_a_notation_that_has_no_mathml_is_refused(monkeypatch):
    monkeypatch.setattr(operations["inv"], "notation", r"\unheard{{{0}}}")
    with pytest.raises(fr.FrechetError, match=r"LaTeX without a MathML form: \\unheard"):
        to_mathml("inv(A)")


def test_what_nobody_reads_is_refused():
    f = fr.parse("x'*x")
    with fr.budget(symbols=3), pytest.raises(fr.BudgetError):
        to_mathml(f)


def test_sizes_are_numbers_where_they_are_given():
    assert 'data-size="3×1"' in fr.to_mathml("A*x", sizes={"m": 3})
    assert 'data-size="3×1"' in fr.to_mathml(fr.parse("A*x"), sizes={"m": 3})
