"""What people write around a formula, and which this language does not read: refused by name, before anything is guessed."""

from __future__ import annotations

import re
from collections.abc import Container

from frechet.errors import LanguageError

__all__ = ["refuse_phrases"]

_FORMULA = "Give the function alone, and its variable as wrt."
_PHRASES: list[tuple[str, str, str]] = [
    (r"\beinsum\b", "einsum is not read", "Write products, such as x'*A*y."),
    (r"\w\(:\)", "(:) is not read", "Write vec(A) for the columns of A in one vector."),
    (r"\barg\s?(?:min|max)(?:_\w+)?\b(?!\()", "argmin and argmax over a variable are not read", _FORMULA),
    (r"\b(?:min|max|inf|sup)_\{?\w+", "a minimum or maximum (min, max) over a variable is not read", _FORMULA),
    (r"\b(?:minimi[sz]e|maximi[sz]e)\b", "a problem (minimize, maximize) is not read", _FORMULA),
    (r"\bs\.\s?t\.|\bsubject to\b", "constraints (s.t.) are not read", _FORMULA),
    (r"\b(?:E|P|Pr|Var|Cov)\[(?!\s*\d)", "{0}…]: expectations, variances and probabilities are not read", "Write the moments that it stands for."),
    (r"\bVar\(|\bCov\(|\bE\(", "{0}…): expectations and variances are not read", "Write the moments that it stands for."),
    (r"\bd\s*/\s*d\s?[a-zA-Z]\b|∇|∂", "{0} asks for a derivative", _FORMULA),
    (r"\blim_?\s*\{?|->|→", "limits (lim) are not read", _FORMULA),
    (r"\b(?:sum|prod)_\{?\w+|∑|∏|\bfor\b", "sums and products over an index are not read", "Write a matrix product, sum(x) or sum(x.^2)."),
    (r"∫|\bint_", "integrals are not read", "Write the formula that it stands for."),
    (r"\bif\b|\belse\b", "a choice by if and else is not read", "Write it with max, min, relu or abs."),
]  # fmt: skip
_ANY = re.compile("|".join(f"(?P<p{k}>{pattern})" for k, (pattern, _, _) in enumerate(_PHRASES)))


def refuse_phrases(text: str, declared: Container[str]) -> None:
    """LanguageError at the first phrase that is none of the language; a declared name is a name."""
    for found in _ANY.finditer(text):
        word = re.match(r"\w*", found[0])
        if word is not None and word[0] and word[0] in declared:
            continue
        assert found.lastgroup is not None
        _, message, hint = _PHRASES[int(found.lastgroup[1:])]
        raise LanguageError(message.format(found[0].strip()), text, found.start(), hint)
