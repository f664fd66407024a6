"""A text may ask for a derivative itself, in front of the function; the function is read, and a note says so."""

from __future__ import annotations

import re

import pytest

from frechet.answer import derivative
from frechet.errors import LanguageError
from frechet.language import parse, read, to_text

ASKED = [
    (r"\nabla_x (x^\top A x)", "x", "x'*A*x"),
    (r"\nabla_{\mathbf{x}} \left(\mathbf{x}^\top A \mathbf{x}\right)", "x", "x'*A*x"),
    (r"$\nabla_\theta \|y - X\theta\|^2$", "theta", "norm2(y - X*theta)^2"),
    (r"\frac{\partial}{\partial X} \operatorname{tr}(X^\top X)", "X", "tr(X'*X)"),
    (r"\frac{\partial \operatorname{tr}(X A)}{\partial X}", "X", "tr(X*A)"),
    (r"\frac{\mathrm{d}}{\mathrm{d}x} x^\top A x", "x", "x'*A*x"),
    ("d/dx (x^2 + 3x)", "x", "x^2 + 3*x"),
    ("∂(x'*A*x)/∂x", "x", "x'*A*x"),
    ("∂_x (x'A x)", "x", "x'*A*x"),
    ("∇(x'x)", "", "x'*x"),
    (r"\nabla_x f(x) = A x", "", "A*x"),
]
REFUSED = [
    (r"\nabla_x x^\top A x + b^\top x", "it is not plain whether \\nabla_x is of the whole sum"),
    (r"\nabla f(x)", "the function is not given"),
    (r"\frac{\partial f}{\partial x}", "the function is not given"),
    ("∇²(x'x)", "asks for a second derivative"),
    ("x'*A*x + ∇f(x)", "∇ asks for a derivative"),
    (r"b^\top \nabla f(x)", "this asks for a derivative"),
    ("grad(x'*A*x)", "this asks for a derivative"),
    (r"\nabla_A (x^\top A x)", "by A, and wrt is x"),
]


@pytest.mark.parametrize(("text", "variable", "meaning"), ASKED, ids=[a[0] for a in ASKED])
def test_the_function_is_read_with_a_note(text, variable, meaning):
    reading = read(text)
    assert reading.asked == variable
    assert to_text(reading.expr) == meaning
    assert "derivative" in reading.notes[0]
    with pytest.raises(LanguageError, match="asks for a derivative"):
        parse(text)
    assert derivative(text, variable or "x").function is not None


@pytest.mark.parametrize(("text", "message"), REFUSED, ids=[r[0] for r in REFUSED])
def test_what_is_not_plain_is_refused_at_its_place(text, message):
    with pytest.raises(LanguageError, match=re.escape(message)) as error:
        read(text, wrt="x")
    assert error.value.text == text


def test_the_variable_of_the_text_is_taken():
    assert to_text(derivative(r"\nabla_x (x^\top A x)").gradient) == "(A + A')*x"
    assert to_text(derivative(r"\Sigma^{-1} x", r"\Sigma").differential) == "-inv(Sigma)*dSigma*inv(Sigma)*x"
