"""What people write around a formula, and which this language does not read: refused by name, before anything is guessed."""

from __future__ import annotations

import re
from collections.abc import Container

from frechet.errors import LanguageError
from frechet.language.everyday import OTHER_NAMES

__all__ = ["NOT_HERE", "refuse_phrases"]

_FORMULA = "Give the function alone, and its variable as wrt."
_CHOICE = "a choice between values is not read"
_WHOLE = "it is constant between whole numbers: it has no derivative that says anything"
_ORDER = "what depends on the order of the entries alone is not read"
_LOSS = "losses are written out here"
_CONSTANT = "it does not change with the matrix but at single points: it has no derivative"
_OTHERWISE = "it has another name here"
NOT_HERE: dict[str, tuple[str, str]] = {
    "where": (_CHOICE, "Write it with max, min, relu or abs."),
    "ifelse": (_CHOICE, "Write it with max, min, relu or abs."),
    "piecewise": (_CHOICE, "Write it with max, min, relu or abs."),
    "heaviside": ("its derivative is 0, and at 0 there is none", "Write step(x)."),
    **dict.fromkeys(("floor", "ceil", "round", "fix", "mod", "rem"), (_WHOLE, "")),
    **dict.fromkeys(
        ("sort", "median", "quantile", "argsort", "unique"), (_ORDER, "The extreme entries are max(x) and min(x).")
    ),
    "rank": (_CONSTANT, ""),
    **dict.fromkeys(
        ("grad", "gradient", "jacobian", "hessian", "diff", "derivative"), ("this asks for a derivative", _FORMULA)
    ),
    **dict.fromkeys(
        ("repmat", "tile"), ("copies side by side have no operation", "Write a product with ones: ones(m)*x'.")
    ),
    "Re": ("everything is real", "Leave it out."),
    "imag": ("everything is real: imaginary parts are 0", "Write real and imaginary parts as two variables."),
    "vech": (
        "its length n*(n + 1)/2 is no size here: sizes have whole coefficients",
        "Write vec(A), or declare A: symmetric(n).",
    ),
    "toeplitz": (
        "matrices with constant diagonals have no operation",
        "Write a sum of shifts, such as a*eye(n) + b*S with a matrix S.",
    ),
    "hankel": ("matrices with constant antidiagonals have no operation", ""),
    "fft": ("Fourier transforms have no operation", "Write the product F*x with a matrix F."),
    "conv": ("convolutions have no operation", "Write the product C*x with a matrix C."),
    "cumprod": ("running products have no operation", "Write exp(cumsum(log(x)))."),
    "beta": ("it is a name here", "Write exp(betaln(a,b))."),
    "gamma": ("it is a name here", "Write exp(gammaln(a))."),
    **dict.fromkeys(("mse", "mse_loss"), (_LOSS, "Write mean((y - X*w).^2).")),
    "rmse": (_LOSS, "Write sqrt(mean((y - X*w).^2))."),
    **dict.fromkeys(("mae", "l1_loss"), (_LOSS, "Write mean(abs(y - X*w)).")),
    **dict.fromkeys(
        ("cross_entropy", "crossentropy", "nll", "nll_loss"),
        (_LOSS, "Write -y'*log(softmax(W*x)), with 1 in y at the class."),
    ),
    **dict.fromkeys(
        ("bce", "bce_loss", "binary_cross_entropy", "log_loss", "logloss"),
        (_LOSS, "Write -mean(y.*log(p) + (1-y).*log(1-p))."),
    ),
    **dict.fromkeys(("kl", "KL", "kl_div", "kldiv"), (_LOSS, "Write sum(p.*log(p./q)).")),
    **dict.fromkeys(
        ("huber", "huber_loss", "smooth_l1_loss"),
        (_LOSS, "Write sum(min(abs(x),1).*(abs(x) - min(abs(x),1)/2))."),
    ),
    **dict.fromkeys(("hinge", "hinge_loss"), (_LOSS, "Write sum(max(0, 1 - y.*(X*w))).")),
    **dict.fromkeys(
        ("cosine_similarity", "cos_sim", "cosine"), ("it has no operation", "Write x'*y/(norm2(x)*norm2(y)).")
    ),
    "entropy": ("it has no operation", "Write -sum(p.*log(p))."),
    "elu": ("it has no operation", "Write max(x,0) + min(exp(x) - 1,0)."),
    "leaky_relu": ("it has no operation", "Write max(x,0.01*x)."),
    "cond": ("it has no operation", "Write normspec(A)*normspec(inv(A))."),
    "length2": ("it has no operation", "Write norm2(x)."),
    "hadamard": ("it is a sign here", "Write A.*B."),
    **{name: (_OTHERWISE, f"Write {here}(A).") for name, here in OTHER_NAMES.items()},
}
"""Functions that people know and that this language does not have: why, and what to write."""

_PHRASES: list[tuple[str, str, str]] = [
    (r"\b(?:random|randn|rand|randi|normrnd)\b", "{0} draws random numbers: that is no fixed formula", "Give the noise a letter, such as X*w + r - y."),
    (r"(?<!\\)\b(?:of|times|divided by|squared|transpose(?!\())\b", "{0} is a word: formulas are written in signs", "For example tr(X'*X)."),
    (r"\beinsum\b", "einsum is not read", "Write products, such as x'*A*y."),
    (r"\w\(:\)", "(:) is not read", "Write vec(A) for the columns of A in one vector."),
    (r"\barg\s?\\?(?:min|max)(?:_[\\{]*\w+)?\b(?!\}?\()", "argmin and argmax over a variable are not read", _FORMULA),
    (r"\b(?:min|max|inf|sup)_\{?\w+", "a minimum or maximum (min, max) over a variable is not read", _FORMULA),
    (r"\b(?:minimi[sz]e|maximi[sz]e)\b", "a problem (minimize, maximize) is not read", _FORMULA),
    (r"\bs\.\s?t\.|\bsubject to\b", "constraints (s.t.) are not read", _FORMULA),
    (r"\b(?:E|P|Pr|Var|Cov|𝔼|ℙ)\[(?!\s*\d)", "{0}…]: expectations, variances and probabilities are not read", "Write the moments that it stands for."),
    (r"\bVar\(|\bCov\(|\bE\(|𝔼|ℙ\(", "{0}…): expectations and variances are not read", "Write the moments that it stands for."),
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
