r"""Formulas for Jacobians in one spelling: LaTeX and what papers write become what `claim_text` reads.

\prod_{j<k}^{} |\lambda_j - \lambda_k|^{2}      prod_{i<j} |lambda_i - lambda_j|^(2)
prod_{k=1}^{n-1} r_{kk}^{m-k}                   prod_{i=1;n-1} r_ii^(m-i)
"""

from __future__ import annotations

import re
from collections.abc import Collection

__all__ = ["definition", "one_spelling"]

_SIGNS = {
    "∏": "prod", "²": "^2", "·": "*", "≤": "<=", "≥": ">=", r"\cdot": "*", r"\times": "*", r"\left": "", r"\right": "", r"\,": " ", r"\;": " ",
    r"\!": "", r"\lvert": "|", r"\rvert": "|", r"\vert": "|", r"\le ": "<=", r"\leq": "<=", r"\ge ": ">=", r"\geq": ">=", r"^\top": "'",
    r"^{\top}": "'", r"^T": "'",
}  # fmt: skip
_ARGUMENT = r"\{([^{}]*)\}"
_KINDS = {"eigenvalues": "eig", "singular values": "svdvals", "diagonal entries": "diag", "diagonal": "diag"}


def one_spelling(text: str, sizes: Collection[str]) -> str:
    """The body of a claim as it is read; `sizes` are letters that are no indices."""
    for sign, plain in _SIGNS.items():
        text = text.replace(sign, plain)
    text = re.sub(r"\\(?:operatorname|mathrm|text)\{(\w+)\}", r"\1", text)
    text = _repeated(rf"\\frac\s*{_ARGUMENT}\s*{_ARGUMENT}", r"((\1)/(\2))", text)
    text = re.sub(r"\\([A-Za-z]+)", r"\1", text)
    text = re.sub(r"(?<![A-Za-z])prod\s*\(\s*i\s*j\s+of\s+\w+\s*,", "prod(i,j,", text)
    text = re.sub(rf"(?<![A-Za-z])prod_{_ARGUMENT}\^(?:{_ARGUMENT}|(\w+))", _with_limits, text)
    text = re.sub(r"(?<![A-Za-z])prod_\{\s*1\s*<=([^{}]*)<=\s*\w+\s*\}", r"prod_{\1}", text)
    text = re.sub(r"(?<![A-Za-z])(prod_\{[^{}]*\})", lambda m: m[1].replace(" ", "") + " ", text)
    text = re.sub(r"(?<!prod)_\{\s*(\w)\s*,?\s*(\w?)\s*\}", r"_\1\2", text)
    text = _renamed(text, sizes)
    text = _repeated(rf"\^{_ARGUMENT}", r"^(\1)", text)
    text = re.sub(r"(?<![A-Za-z_])(tr|det|logdet)\s+([A-Za-z]\w*)", r"\1(\2)", text)
    return re.sub(r"(?<![\w!])(\w+)!", r"gamma(\1 + 1)", text)


def _repeated(pattern: str, new: str, text: str) -> str:
    """Inner braces before outer ones."""
    while (found := re.sub(pattern, new, text)) != text:
        text = found
    return text


def _with_limits(found: re.Match[str]) -> str:
    """prod_{i=1;n-1} for the limits of an index; others have none above."""
    return (
        f"prod_{{{found[1]};{found[2] if found[2] is not None else found[3]}}}"
        if "=" in found[1]
        else f"prod_{{{found[1]}}}"
    )


def _renamed(text: str, sizes: Collection[str]) -> str:
    """i and j for the indices of products, in their order."""
    lists = re.findall(r"(?<![A-Za-z])prod_(?:\{([^}=]*)[^}]*\}|([a-z]{1,2})(?![A-Za-z]))", text)
    indices = list(dict.fromkeys(re.findall(r"[a-z]", " ".join(a or b for a, b in lists))))
    if set(indices) <= {"i", "j"} or len(indices) > 2 or set(indices) & set(sizes):
        return text
    new = dict(zip(indices, ("i", "j"), strict=False))
    pattern = rf"(?<![A-Za-z])(?:{'|'.join(indices)})(?![A-Za-z_])|(?<=_)(?:{'|'.join(indices)}){{1,2}}(?![A-Za-z])"
    return re.sub(pattern, lambda m: "".join(new[c] for c in m[0]), text)


def definition(text: str) -> str:
    """ "l = eig(S)" for "where l_i are the eigenvalues of S"."""
    text = re.sub(r"^\s*(?:where|with)\s+", "", text.replace("\\", ""))
    found = re.fullmatch(
        rf"\s*(\w+?)(?:_\{{?\w\}}?)?\s*(?:=|are|is)?\s*(?:the\s+)?({'|'.join(_KINDS)})\s+of\s+(.*?)\s*", text
    )
    if found:
        return f"{found[1]} = {_KINDS[found[2]]}({found[3]})"
    return re.sub(r"^(\s*\w+?)_\{?[ij]\}?\s*=", r"\1 =", text)
