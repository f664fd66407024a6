"""Bad input gives an error that says what is wrong, where, and what to write: never anything else, never slowly."""

from __future__ import annotations

import contextlib
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frechet.errors import FrechetError, LanguageError, LimitError, ShapeError
from frechet.expr.node import operations
from frechet.language import declare, read

MN = {"X": "matrix(m,n)", "Y": "matrix(n,m)", "a": "vector(m)", "b": "vector(n)"}

GRAMMAR = [
    ("", 0, "the text is empty: there is no formula"),
    ("X^^2", 2, "'^' cannot follow '^'"),
    ("(X", 0, "this '(' is never closed"),
    ("X)", 1, "this ')' closes nothing"),
    ("[X)", 2, "')' cannot close '['"),
    ("X +", 3, "the text ends after '+'"),
    ("x 2", 2, "two factors without a sign between them"),
    ("1,000*x", 1, "a comma between the thousands of a number"),
    ("x\0", 1, "the character '\\x00' has no meaning here"),
    ("tra(X)", 0, "there is no function tra"),
    ("tr(X, Y)", 7, "tr takes one argument, not 2 arguments"),
    ("tr()", 3, "tr takes one argument, not 0 arguments"),
    ("sum", 3, "the function sum has no argument"),
    ("A*x = y", 4, "an equation is not read: '='"),
    ("A*x >= y", 4, "an inequality is not read: '>'"),
    ("logdet X*Y", 8, "it is not clear where the argument of logdet ends"),
    ("(a, b)", 2, "',' in a group"),
    ("X[1,2,3]", 5, "an index has one or two positions"),
    ("a(b)", 0, "a is a variable, not a function"),
    ("[]", 1, "the brackets are empty"),
    ("X[:", 3, "':' alone takes a whole row or column"),
]
SHAPES = [
    ("X*a", 1, "X*a: X is m×n, a is m: the inner sizes n and m differ", "Write X'*a"),
    ("X*b + b", 4, "X*b + b: X*b is m, b is n: the sizes differ", ""),
    ("X + Y", 2, "X + Y: X is m×n, Y is n×m: the sizes differ", "Write X + Y'"),
    ("tr(X)", 3, "tr(X): X is m×n: tr needs a square matrix, but m and n differ", ""),
    ("X^2", 1, "X^2: X is m×n, and only square matrices have powers", "For the power of the entries write X.^2"),
    ("c/X", 1, "c/X: X is m×n: only a scalar can divide with /", "For the quotient of the entries write c./X"),
    ("X.*Y", 1, "X.*Y: X is m×n, Y is n×m: the sizes differ", ""),
    ("diag(X)", 5, "diag(X): X is m×n: diag takes a vector or a square matrix", ""),
    ("X[1]", 1, "X is m×n: a matrix has two positions", "Write X[i,j], X[i,:] or X[:,j]."),
    ("b[0]", 1, "row 0 does not exist: positions count from 1", ""),
    ("2 + sin(eye)", 8, "the size of eye is not determined", "Write the size, such as eye(n)."),
]  # fmt: skip


@pytest.mark.parametrize(("text", "position", "reason"), GRAMMAR)
def test_faults_of_grammar(text, position, reason):
    with pytest.raises(LanguageError) as caught:
        read(text)
    assert (caught.value.reason, caught.value.position) == (reason, position)
    assert str(caught.value).splitlines()[2].index("^") == position + 2


@pytest.mark.parametrize(("text", "position", "reason", "hint"), SHAPES)
def test_sizes_that_do_not_fit(text, position, reason, hint):
    with pytest.raises(ShapeError) as caught:
        read(text, MN)
    assert (caught.value.reason, caught.value.position, caught.value.hint) == (reason, position, hint)


def test_undeclared_vectors_are_never_of_length_one():
    with pytest.raises(ShapeError, match="the inner sizes 1 and m differ") as caught:
        read("x*y", {"x": "vector", "y": "vector"})
    assert caught.value.hint == "Write x'*y (inner product), or x.*y (entry by entry), or x*y' (outer product)"


def test_unknown_functions_suggest_near_names():
    with pytest.raises(LanguageError, match="Did you mean softplus"):
        read("sofplus(x)")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("X: vector(m,n)", "vector takes 1 size, not 2"),
        ("X: foo(n)", "there is no kind foo"),
        ("X: matrix(m,n) symmetric", "a m×n matrix cannot be symmetric: it is not square"),
        ("X: matrix(0,n)", "a size is at least 1"),
        ("X matrix", "a declaration has the form NAME: KIND"),
        ("1X: scalar", "'1X' is not a name"),
        ("X: matrix(m,n) shiny", "there is no property shiny"),
    ],
)
def test_declarations(text, reason):
    with pytest.raises(LanguageError) as caught:
        declare(text)
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    ("kind", "meant"),
    [
        ("symetric(n)", "symmetric(n)"),
        ("Positive_Definite(3)", "spd(3)"),
        ("mat(m,n)", "matrix(m,n)"),
        ("real", "scalar"),
        ("vectr", "vector(n)"),
        ("matrix(n,n) antisymmetric", "skew"),
    ],
)
def test_another_word_for_a_kind_is_put_right(kind, meant):
    with pytest.raises(LanguageError) as caught:
        declare(f"X: {kind}")
    assert caught.value.hint == f"Write {meant}."
    declare(f"X: {meant}" if "(" in meant or meant == "scalar" else f"X: matrix(n,n) {meant}")


@pytest.mark.parametrize(
    "text",
    ["(" * 10_000_000, "(" * 100_000 + "x" + ")" * 100_000, "x" + "'" * 300_000, "[" * 50_000, "1" * 5000,
     "1e999999999", "x+" * 300_000 + "x"],
    ids=["10 MB", "deep", "long", "blocks", "digits", "exponent", "parts"],
)  # fmt: skip
def test_work_is_bounded(text):
    start = time.thread_time()
    with pytest.raises(LimitError):
        read(text)
    assert time.thread_time() - start < 30  # a hang, not a slow machine


PIECES = (
    "X|Y|x|y|a|b|c|n|2|0.5|tr|inv|det|(|)|[|]|,|;|:|'|^|.^|*|.*|/|./|+|-|⊗|‖|ᵀ|⁻¹|eye|ones|e|vector|max|rows|dX|T|diag"
    r"|logsumexp|{|}|\frac|\log|_|&|\\|\begin{bmatrix}|\end{bmatrix}|\mathbf|\top|\left| "
)


@settings(max_examples=2000, deadline=None)
@given(
    st.lists(st.sampled_from([*PIECES.split("|"), "|", r"\|"]), max_size=25), st.sampled_from(["text", "latex", "auto"])
)
def test_any_sequence_of_tokens_is_read_or_refused(pieces, syntax):
    with contextlib.suppress(FrechetError):
        read("".join(pieces), {}, syntax)


@pytest.mark.parametrize("name", list(operations))
@pytest.mark.parametrize("form", ["{}", "{}()", "{}(x)", "{}(X, 2)", "{}(X, Y, rows)"])
def test_every_operation_of_the_table_by_name(name, form):
    with contextlib.suppress(FrechetError):
        read(form.format(name))


@settings(max_examples=1000, deadline=None)
@given(st.text(max_size=40), st.sampled_from(["text", "latex", "auto"]))
def test_any_text_is_read_or_refused(text, syntax):
    with contextlib.suppress(FrechetError):
        read(text, {}, syntax)


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=30))
def test_any_declaration_is_read_or_refused(text):
    with contextlib.suppress(FrechetError):
        read("X", {"X": text})
