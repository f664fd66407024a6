"""What an error proposes to write instead is read, and what it proposes to declare mends the text."""

from __future__ import annotations

import re

import pytest

from frechet.errors import LanguageError
from frechet.language import read

MN = {"X": "matrix(m,n)", "Y": "matrix(n,m)", "S": "matrix(n,n)", "a": "vector(m)", "b": "vector(n)", "u": "vector(n)"}
PROPOSING = [  # a text for each message that proposes something to write
    ("X*a", MN), ("X + Y", MN), ("X^2", MN), ("c/X", MN), ("b/u", MN), ("c/S", MN), ("X/S", MN), ("X*X", MN), ("a*a", MN),
    ("b^u", MN), ("S^0.3", MN), ("|X|", MN), ("2 + sin(eye)", MN), ("dot(X,Y)", MN), ("tr(B/A)", {}), ("x'*A*x / x'*x", {}),
    ("x'*A*x / b'*x", {}), ("1,000*x", {}), ("X^**X", {}),
]  # fmt: skip
DECLARING = ["chol(x)", "diag(x')", "norm2(x)*tr(x)", "tr(B/A)", "x'*A*x / x'*x"]
_WRITE = re.compile(r"(?:[Ww]rite|, or|bracket what divides,|such as) ((?:[^\s,()]|\([^()]*\))+(?: [-+] [^\s,]+)?)")
_DECLARE = re.compile(r"declare (\w+): (\w+)")


@pytest.mark.parametrize(("text", "declared"), PROPOSING, ids=[text for text, _ in PROPOSING])
def test_what_is_proposed_to_write_is_read(text, declared):
    with pytest.raises(LanguageError) as caught:
        read(text, declared)
    written = [w.rstrip(".") for w in _WRITE.findall(caught.value.hint) if not w.startswith("for")]
    assert written, caught.value.hint
    for proposal in written:
        read(proposal, declared)


@pytest.mark.parametrize("text", DECLARING)
def test_what_is_proposed_to_declare_mends_the_text(text):
    with pytest.raises(LanguageError) as caught:
        read(text)
    ((name, kind),) = _DECLARE.findall(caught.value.hint)
    read(text, {name: kind})


def test_an_error_names_the_kinds_that_were_guessed():
    with pytest.raises(LanguageError, match="By their letters, B a matrix, A a matrix"):
        read("tr(B/A)")
