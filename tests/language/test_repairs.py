"""Every message of the reader has an input; what it proposes to write is read and derived, what it proposes to declare mends the text."""

from __future__ import annotations

import re

import pytest

from frechet.answer import derivative
from frechet.errors import FrechetError, LanguageError
from frechet.language import read
from tests.language.messages import INPUTS, caught, places, reached

_PIECE = r"(?:[^\s,()\[\]]|\([^()]*\)|\[[^\]]*\])+"
_WRITE = re.compile(rf"(?:[Ww]rite|, or|bracket what divides,|such as|is written|are) ({_PIECE}(?: [-+] [^\s,]+)?)")
_DECLARE = re.compile(r"(?:declare|[Dd]eclare it, for example) (\w+): (\w+(?:\([\w,]*\))?)")
_WORDS = re.compile(
    r"for|one|it|the|an|a|its|inv|\w+\(n\)|pmatrix|norm[12]\(\w+\)|moments|matrix\(m|products|and|names?|sums?|real"
)
DECLARING = ["chol(x)", "diag(x')", "norm2(x)*tr(x)", "x'*A*x / x'*x"]


def test_every_message_has_an_input():
    """Compared with the source: each place that makes a message is reached by an input."""
    lines = {line for error in caught() for line in reached(error)}
    silent = [
        (file, line, source[:100])
        for (file, line), source in places().items()
        if not any((file, line + k) in lines for k in range(source.count("\n") + 1))
    ]
    assert silent == []


def _proposals(hint: str) -> list[str]:
    found = [w.rstrip(".;:").replace("…", "X") for w in _WRITE.findall(hint)]
    return [w for w in found if re.search(r"\w", w) and not _WORDS.fullmatch(w)]


def test_what_is_proposed_to_write_is_read_and_derived():
    tried = 0
    for (text, declared), error in zip(INPUTS, caught(), strict=False):
        for proposal in _proposals(getattr(error, "hint", "")):
            try:
                reading = read(proposal, {n: k for n, k in declared.items() if re.search(rf"\b{n}\b", proposal)})
                for name in list(reading.symbols)[:1]:
                    assert derivative(reading.expr, name).differential is not None
            except FrechetError as fault:
                raise AssertionError(f"{text!r}: {error.hint!r} proposes {proposal!r}: {fault}") from None
            tried += 1
    assert tried > 40


def test_what_is_proposed_to_declare_mends_the_text():
    tried = 0
    for (text, declared), error in zip(INPUTS, caught(), strict=False):
        for name, kind in _DECLARE.findall(getattr(error, "hint", "")):
            if name in text:
                read(text, {**declared, name: kind})
                tried += 1
    assert tried > 5


@pytest.mark.parametrize("text", DECLARING)
def test_the_declaration_that_is_proposed(text):
    with pytest.raises(LanguageError) as error:
        read(text)
    ((name, kind),) = _DECLARE.findall(error.value.hint)
    read(text, {name: kind})


def test_an_error_names_the_kinds_that_were_guessed():
    with pytest.raises(LanguageError, match="By their letters, x a vector, A a matrix"):
        read("chol(x) + tr(A)")
