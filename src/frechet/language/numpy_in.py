"""NumPy code as text: `np.trace(X.T @ X)`, `(X**2).sum()`. There `*`, `/` and `**` act on the entries, `@` multiplies."""

from __future__ import annotations

import re

from frechet.errors import LanguageError
from frechet.language.tokens import Token

__all__ = ["is_numpy", "may_be_numpy", "numpy_tokens"]

_MODULES = frozenset({"np", "numpy", "jnp", "torch", "scipy", "sp", "jax"})
_CERTAIN = re.compile(
    r"@|\.(?:shape|size)\b|\[(?::,\s*)?None\b|\b(?:np|numpy|jnp|torch|scipy)\.\w|\.(?:dot|sum|mean|trace|transpose|max|min|std|var|argmax|argmin)\("
)
_NAMES = {
    "trace": "tr", "absolute": "abs", "fabs": "abs", "maximum": "max", "minimum": "min", "amax": "max", "amin": "min",
    "asin": "arcsin", "acos": "arccos", "atan": "arctan", "cholesky": "chol", "expit": "sigmoid", "dot": "matmul", "vdot": "dot",
    "concatenate": "block",
}  # fmt: skip
_REDUCTIONS = frozenset({"sum", "mean", "var", "std", "max", "min", "logsumexp", "softmax", "log_softmax"})
"""What takes an axis behind the array: np.max(A, 1) is of each row, and no comparison with 1."""
_INDICES = frozenset({"argmax", "argmin", "argsort", "nanargmax", "nanargmin"})
_EULER = [("name", "exp"), ("(", "("), ("number", "1"), (")", ")")]
_SIGNS = {"*": "times", "/": "over", "**": ".^", "@": "matmul"}


def is_numpy(text: str) -> bool:
    """Whether the text can only be NumPy code: it has `@`, `np.` or a method."""
    return _CERTAIN.search(text) is not None


def may_be_numpy(text: str) -> bool:
    """Whether the text has `**`, which people also write for the power of a number."""
    return "**" in text


def numpy_tokens(text: str, tokens: list[Token]) -> list[Token]:
    """The tokens of NumPy code, with the operators that act on entries told from the others."""
    found: list[Token] = []
    tokens = [t._replace(text="None") if t.text == "newaxis" else t for t in tokens]
    tokens = [t for k, t in enumerate(tokens) if t.text not in _MODULES or tokens[k + 1].text != "None"]
    i = 0
    while i < len(tokens):
        token = tokens[i]
        i += 1
        if token.text == "ord" and tokens[i].kind == "=" and tokens[i - 2].kind == ",":
            i += 1  # norm(x, ord=1) is norm(x, 1)
        elif token.text in _SIGNS and token.kind not in ("name", "number", "attribute"):
            found.append(token._replace(kind=_SIGNS[token.text]))
        elif (taken := _log_determinant(text, tokens, i - 1)) is not None:
            found.append(Token("name", "logdet", token.start, token.end))
            rest, i = taken
            found += numpy_tokens(text, rest)
        elif token.kind == "name" and token.text in _MODULES and tokens[i].kind == "attribute":
            while tokens[i].kind == "attribute":
                last = tokens[i]
                i += 1
            _refuse_index(text, last)
            if last.text == "e":
                found += [last._replace(kind=k, text=t) for k, t in _EULER]
                continue
            found.append(Token("name", _NAMES.get(last.text, last.text), token.start, last.end))
            if last.text not in ("maximum", "minimum") and found[-1].text in _REDUCTIONS:
                tokens = _with_axis(tokens, i, 1)
        elif token.kind == "[" and (name := _NEW_AXES.get(tuple(t.text for t in tokens[i : i + 4]))):
            found += _called(name, token, tokens[i + 3])
            i += 4
        elif token.text in (".shape", "shape") and [t.kind for t in tokens[i : i + 3]] == ["[", "number", "]"]:
            if tokens[i + 1].text == "1":
                found += _called("transpose", token, token)
            found += _called("len", token, tokens[i + 2])
            i += 3
        elif token.kind == "attribute" and token.text == "size":
            found += _called("numel", token, token)
        elif token.kind == "attribute":
            if tokens[i].kind != "(":
                raise LanguageError(
                    f".{token.text} has no meaning here", text, token.start, "A transpose is X.T or X'."
                )
            _refuse_index(text, token)
            found.append(Token("method", _NAMES.get(token.text, token.text), token.start, token.end))
            if found[-1].text in _REDUCTIONS:
                tokens = _with_axis(tokens, i, 0)
        else:
            found.append(token)
    return found


_NEW_AXES: dict[tuple[str, ...], str] = {
    (":", ",", "None", "]"): "[:,None]",
    ("None", ",", ":", "]"): "[None,:]",
}


def _refuse_index(text: str, token: Token) -> None:
    if token.text in _INDICES:
        raise LanguageError(
            f"{token.text} is a position", text, token.start, "It has no derivative; the extreme entry is np.max(x)."
        )


def _with_axis(tokens: list[Token], opening: int, before: int) -> list[Token]:
    """The tokens with `axis=` written before the axis of the call whose bracket opens there, after so many arguments."""
    depth, arguments, k = 0, 0, opening
    while tokens[k].kind != "end":
        depth += (tokens[k].kind in ("(", "[")) - (tokens[k].kind in (")", "]"))
        if depth == 0:
            break
        if depth == 1 and tokens[k].kind in ("(", ","):
            arguments += tokens[k].kind == ","
            first, second = tokens[k + 1 : k + 3]
            if arguments == before and first.kind != ")" and second.kind != "=":
                place = first.start
                keyword = [Token("name", "axis", place, place), Token("=", "=", place, place)]
                return [*tokens[: k + 1], *keyword, *tokens[k + 1 :]]
        k += 1
    return tokens


def _called(method: str, first: Token, last: Token) -> list[Token]:
    """The tokens of a method that is called without arguments."""
    return [
        Token("method", method, first.start, last.end),
        Token("(", "(", last.end, last.end),
        Token(")", ")", last.end, last.end),
    ]


def _log_determinant(text: str, tokens: list[Token], k: int) -> tuple[list[Token], int] | None:
    """The bracket of np.linalg.slogdet(X)[1] and the place behind its [1]; None for any other token at k."""
    if tokens[k].kind != "name":
        return None
    j = k + 1
    while tokens[j].kind == "attribute":
        j += 1
    if tokens[j - 1].text != "slogdet" or tokens[j].kind != "(":
        return None
    depth, end = 0, j
    while tokens[end].kind != "end":
        depth += (tokens[end].kind == "(") - (tokens[end].kind == ")")
        end += 1
        if depth == 0:
            break
    if [t.text for t in tokens[end : end + 3]] != ["[", "1", "]"]:
        raise LanguageError(
            "slogdet gives two results", text, tokens[j - 1].start, "Write np.linalg.slogdet(X)[1], the logarithm."
        )
    return tokens[j:end], end + 3
