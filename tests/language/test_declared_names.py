"""A name that is declared and does not occur is told: with a slip of the pen the text would be read otherwise than it was meant."""

from __future__ import annotations

import pytest

import frechet as fr
from frechet.errors import FrechetError, LanguageError
from frechet.language import read
from frechet.service import code, reading_of

SLIPS = [
    ("norm2(X*beta - y)", {"beat": "vector(n)"}, "beta"),
    ("x'*S*x", {"s": "symmetric(n)"}, "S"),
    ("x_1'*A*x_1", {"x1": "vector(n)"}, "x_1"),
    ("x_1'*A*x_1", {"x": "vector(n)"}, "x_1"),
    ("tr(Sigma*A)", {"Sgima": "spd(n)"}, "Sigma"),
    (r"\operatorname{tr}(\Sigma A)", {"sigma": "spd(n)"}, "Sigma"),
    ("tr(B*X) where X*X = A", {"a": "spd(n)"}, "A"),
]
OCCURRING = [  # text, declarations, and what is asked with it
    ("x'*x", {"y": "vector(n)"}, {"wrt": "y"}),
    ("tr(A*dX)", {"X": "matrix(n,n)", "A": "matrix(n,n)"}, {}),
    ("tr(B*X) where X*X = A", {"X": "spd(n)", "A": "spd(n)"}, {}),
    ("x'*x", {"A": "matrix(n,n)"}, {"beside": "2*A*x"}),
    ("eye(n)*x", {"n": "scalar"}, {}),
    (r"\mathbf{x}^\top \Sigma x", {"Σ": "spd(n)", "x": "vector(n)"}, {}),
    ("Ax", {"A": "matrix(m,n)", "x": "vector(n)"}, {}),
    ("M = X'*X; logdet(M)", {"X": "matrix(m,n)"}, {}),
]


@pytest.mark.parametrize(("text", "declared", "meant"), SLIPS, ids=[f"{t} {' '.join(d)}" for t, d, _ in SLIPS])
def test_a_slip_in_a_declared_name_is_refused(text, declared, meant):
    (name,) = declared
    for ask in (read, lambda t, d: fr.parse(t, **d), lambda t, d: fr.derivative(t, meant, **d)):
        with pytest.raises(LanguageError, match=f"{name} is declared, and does not occur; {meant} occurs"):
            ask(text, declared)


def test_another_declared_name_has_a_note():
    assert read("x'*x", {"y": "vector(n)"}).notes == ("y is declared, and does not occur in the formula",)
    assert read("x'*sigma_x*x", {"sigma_y": "scalar"}).notes == (
        "sigma_y is declared, and does not occur in the formula",
    )
    assert "y is declared" in fr.derivative("x'*x", "x", y="vector(n)").notes[0]
    with pytest.raises(LanguageError, match="y is declared, and does not occur"):
        reading_of("x'*x", "x", {"y": "vector(n)"}, strict=True)


@pytest.mark.parametrize(("text", "declared", "asked"), OCCURRING, ids=[o[0] for o in OCCURRING])
def test_what_is_asked_with_the_text_counts(text, declared, asked):
    assert not any("is declared" in note for note in read(text, declared, **asked).notes)


def test_a_part_of_a_declared_name_is_told():
    assert any("S_k is read as a variable of its own" in n for n in read("S_k + S", {"S": "spd(n)"}).notes)


def test_formulas_share_their_declarations():
    assert "x" in code(["tr(A)", "x'*x"], "numpy", {"A": "matrix(n,n)", "x": "vector(n)"})["source"]
    report = fr.check("x'*x", "x", "2*S*x", declarations={"S": "diagonal(n)", "x": "vector(n)"})
    assert report.right is False


def test_the_derivative_by_a_declared_name_that_does_not_occur_is_zero():
    d = fr.derivative("x'*x", "y", y="vector(k)")
    assert str(d.gradient) == "zeros(k)"
    assert d.notes == ("y does not occur in the function: the derivative is zero",)
    assert str(fr.gradient("x'*S*x", "x", S="symmetric(n)")) == "2*S*x"
    with pytest.raises(FrechetError, match="the arrays show the kinds"):
        fr.gradient(lambda x: x @ x, y="vector")


@pytest.mark.parametrize("text", ["tr(X*dX)", "tr(A*X) + sum(dX)"])
def test_a_function_with_the_differential_in_it_is_no_function(text):
    with pytest.raises(FrechetError, match="dX in it, which is the differential of X"):
        fr.gradient(text, "X")


def test_a_size_is_positive_in_python_too():
    for ask in (lambda: fr.matrix("X", -1, 2), lambda: fr.vector("x", 0)):
        with pytest.raises(FrechetError, match="a size is at least 1"):
            ask()
