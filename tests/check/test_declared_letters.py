"""Letters that are declared by keyword in fr.check, as in fr.derivative."""

from __future__ import annotations

import pytest

import frechet as fr
from frechet.errors import FrechetError, LanguageError


@pytest.mark.parametrize(
    "given", [{"A": "symmetric(n)"}, {"declarations": ["A: symmetric(n)"]}, {"declarations": {"A": "symmetric(n)"}}]
)
def test_a_declaration_decides(given):
    assert fr.check("tr(X'*A*X)", "X", "2*A*X", **given)
    assert not fr.check("tr(X'*A*X)", "X", "2*A*X")


def test_keywords_and_declarations_meet():
    assert fr.check("tr(X'*A*B*X)", "X", "2*A*B*X", declarations={"A": "diagonal(n)"}, B="diagonal(n)")
    assert not fr.check("tr(X'*A*B*X)", "X", "2*A*B*X", declarations={"A": "diagonal(n)"})


def test_what_is_no_declaration_is_named():
    with pytest.raises(FrechetError, match=r'no option n; .* sizes=\{"n"'):
        fr.check("tr(X)", "X", "eye(n)", n=3)
    with pytest.raises(LanguageError, match="Write symmetric"):
        fr.check("tr(S*S)", "S", "2*S", S="symetric(n)")


def test_letters_with_the_names_of_parameters():
    """X, f and seed are letters like others."""
    assert fr.check("tr(X)", "X", "eye(n)", X="symmetric(n)").right is True
    assert fr.check("f*tr(X)", "X", claim="f*eye(n)", X="matrix(n,n)", f="scalar").right is True
    assert fr.check("tr(X*X)", X="X", claim="2*X'").right is True
    assert str(fr.gradient("f*tr(X)", "X", f="scalar", X="matrix(n,n)")) == "f*eye(n)"
