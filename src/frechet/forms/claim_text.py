"""Formulas for Jacobians as people write them, evaluated at numbers: read, never executed.

    prod_i r_ii^(m-i)      2^n prod(i, |t_ii|^(n-i+1))      |A|^n |B|^m      prod_{i<j} |l_i - l_j|, l = eig(S)

|M| of a matrix is the absolute value of its determinant, the values of the map by their names included; r_ii are entries of R, s_i
those of a vector s or the diagonal of S; other letters are defined after a comma: eig(M), svdvals(M), diag(M), blocks(M) (the entries b of blocks [0 b; -b 0]), angles(M). I is the identity.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from frechet.errors import FrechetError, LanguageError
from frechet.expr.leaves import symbol
from frechet.expr.node import operations
from frechet.forms.factors import block_entries
from frechet.forms.spelling import definition, one_spelling
from frechet.forms.transformation import NumericPoint, Transformation, evaluate_conjugating
from frechet.language.reading import read

__all__ = ["ClaimText"]

Array = np.ndarray
_TURN = 1e-5  # of letters that are equal, to see a limit
_OF_LIMITS = 1e-8  # what is left of the digits then
_ZERO = 1e-9  # of a letter
_TOKEN = re.compile(
    r"\s*([A-Za-z]\w*'\s*\*\s*(?:[A-Za-z]\w*'?\s*\*\s*)*[A-Za-z]\w*(?![\w(])|\d+\.?\d*|[A-Za-z]\w*|\*\*|[<>]=|[-+*/^(){}|<>,])"
)
_DEFINES = r"(?:where\s|with\s|\\?\w+\s*=|\\?\w+_\{?\w\}?\s*(?:=|(?:are\s+|is\s+)?(?:the\s+)?(?:eigenvalues|singular|diagonal)))"
_FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    name: getattr(np, name) for name in ("exp", "log", "sqrt", "abs", "sin", "cos", "tan", "sinh", "cosh", "tanh")
} | {"gamma": np.vectorize(math.gamma), "floor": np.floor}
_SPECTRA: dict[str, Callable[[Array], Array]] = {
    "eig": np.linalg.eigvals,
    "svdvals": lambda X: np.linalg.svd(X, compute_uv=False),
    "diag": np.diag,
    "blocks": block_entries,
    "angles": lambda X: np.arctan2(block_entries(X), np.diag(X)[: len(X) // 2 * 2 : 2]),
}


def _of_entries(name: str) -> Callable[[Any], Any] | None:
    """A function of entries that the language has beside, such as sigmoid; None for other names."""
    op = operations.get(name)
    if op is None or not op.elementwise or op.internal or op.counts != (1, 0):
        return None
    value = op.value
    return None if value is None else lambda z: value(np.real_if_close(z))


class ClaimText:
    """A claim, evaluated at points of a transformation: `claim.value(point)`. LanguageError where it does not read."""

    def __init__(self, text: str, of: Transformation):
        self.text, self.of = text, of
        body, *definitions = re.split(rf"[,;]\s*(?:and\s+)?(?={_DEFINES})|\s+(?=(?:where|with)\s)", text)
        self.body = one_spelling(body, of.size_letters)
        self.tokens = _tokens(self.body, text)
        self.definitions = [tuple(definition(d).split("=", 1)) for d in definitions]
        self.symbols = {s.name: s for s, _ in (*of.moving, *of.constants)}
        self.images = {t.name: symbol(t.name, *t.shape) for t in of.targets if t.name not in self.symbols}

    def value(self, point: NumericPoint) -> complex:
        """The value at a point."""
        letters = self._letters(point)
        if not any(map(_has_ties, letters.values())):
            found = self._at_letters(point, letters)
            return found if not np.isnan(found) else self._on_diagonal(point, letters)
        # a quotient of l_i - l_j, or l_i + l_j, is 0/0 here: its limit, since log|f| of an analytic f is its mean over a circle
        rng = np.random.default_rng(5)
        turns = {name: _TURN * np.exp(2j * np.pi * rng.random(len(x))) for name, x in letters.items()}
        around = [
            abs(self._at_letters(point, {name: x * (1 + z * turns[name]) for name, x in letters.items()}))
            for z in (1, 1j, -1, -1j)
        ]
        return complex(np.prod([f**0.25 for f in around]))

    def _on_diagonal(self, point: NumericPoint, letters: Mapping[str, Array]) -> complex:
        """The value where a product over all i and j has 0/0 at i = j, (exp(l_i) - exp(l_j))/(l_i - l_j): its limit, the mean over a circle."""
        around = [abs(self._at_letters(point, letters, 1 + _TURN * z)) for z in (1, 1j, -1, -1j)]
        return complex(np.prod([f**0.25 for f in around]))

    def error(self, point: NumericPoint) -> float:
        """The relative error of the value beside rounding: where it is a limit, what cancels near it."""
        tied = [x for x in self._letters(point).values() if _has_ties(x)]
        least = min((float(np.abs(x).min(initial=np.inf, where=np.abs(x) > _ZERO)) for x in tied), default=0.0)
        return _OF_LIMITS / min(1.0, 100 * least) if least else 0.0

    def _letters(self, point: NumericPoint) -> dict[str, Array]:
        """What the letters that the claim defines are at the point."""
        letters: dict[str, Array] = {}
        for name, meaning in self.definitions:
            found = re.fullmatch(r"\s*(\w+)\s*\((.*?)\)(?: other than 0)?\s*", meaning)
            if found is None or found[1] not in _SPECTRA:
                raise self._error(
                    f"letters are defined by eig(M), svdvals(M), diag(M), blocks(M) or angles(M), not by {meaning.strip()!r}"
                )
            values = _SPECTRA[found[1]](self._matrix(found[2], point))
            letters[name.strip()] = values[np.abs(values) > _ZERO] if meaning.rstrip().endswith("0") else values
        return letters

    def _at_letters(self, point: NumericPoint, letters: Mapping[str, Array], apart: complex = 1.0) -> complex:
        """The value with these letters, those at the index j times a factor beside 1."""
        reader = _Evaluation(self, point, letters, apart)
        value = reader.sum(self.tokens, {})
        if reader.at != len(self.tokens):
            raise self._error(f"{self.tokens[reader.at]!r} is not understood")
        return complex(value)

    def _error(self, reason: str) -> LanguageError:
        return LanguageError(f"{reason}, in the claim {self.text!r}")

    def _matrix(self, text: str, point: NumericPoint) -> Array:
        """An expression of the language at the point."""
        text = re.sub(r"(?<!\w)I(?!\w)", "eye", text) if "I" not in self.symbols else text
        known = {**self.symbols, **self.images}
        used = {n: s for n, s in known.items() if re.search(rf"(?<!\w){n}(?!\w)", text)}
        values = dict(point.values)
        for name, Y in zip(self.of.names, point.images, strict=True):
            if name in self.images:
                values[self.images[name]] = Y
        try:
            f = read(text.replace("^H", "'"), used).expr
            (X,) = evaluate_conjugating([f], values, point.letters, self.of.scalars)
        except (FrechetError, KeyError) as error:
            raise self._error(f"{text!r} is not understood ({error})") from None
        return X


def _has_ties(x: Array) -> bool:
    """Whether two of the letters are equal, or opposite, to rounding."""
    rows, cols = np.triu_indices(len(x), 1)
    gaps = np.minimum(np.abs(x[rows] - x[cols]), np.abs(x[rows] + x[cols]))
    return bool((gaps <= 1e-9 * np.abs(x).max(initial=0)).any())


def _tokens(body: str, text: str) -> list[str]:
    found, at = [], 0
    body = body.rstrip()
    while at < len(body):
        bar = re.match(r"\s*\|([^|]*)\|", body[at:])
        call = re.match(r"\s*(prod)(_\{[^}]*\}|_[a-z]+)?", body[at:])
        token = _TOKEN.match(body, at)
        if bar:
            found.append("|" + bar[1])
            at += bar.end()
        elif call and not re.match(r"\w", body[at + call.end() : at + call.end() + 1]):
            found.append(call[1] + (call[2] or "").replace("{", "").replace("}", ""))
            at += call.end()
        elif token:
            found.append(token[1])
            at = token.end()
        else:
            raise LanguageError(f"{body[at:][:10]!r} is not understood, in the claim {text!r}")
    return found


class _Evaluation:
    """Recursive descent over the tokens, at one point."""

    def __init__(self, claim: ClaimText, point: NumericPoint, letters: Mapping[str, Array], apart: complex = 1.0):
        self.claim, self.point, self.letters, self.apart, self.at = claim, point, letters, apart, 0

    def _next(self, tokens: list[str]) -> str:
        return tokens[self.at] if self.at < len(tokens) else ""

    def sum(self, tokens: list[str], index: Mapping[str, int]) -> Any:
        total = self.product(tokens, index)
        while self._next(tokens) in ("+", "-"):
            sign = 1 if tokens[self.at] == "+" else -1
            self.at += 1
            total = total + sign * self.product(tokens, index)
        return total

    def product(self, tokens: list[str], index: Mapping[str, int]) -> Any:
        total = self.signed(tokens, index)
        while True:
            token = self._next(tokens)
            if token in ("*", "/"):
                self.at += 1
                right = self.signed(tokens, index)
                total = total * right if token == "*" else total / right
            elif token == "mod":
                self.at += 1
                total = total % self.signed(tokens, index)
            elif token and (token[0].isalnum() or token[0] in "(|"):
                total = total * self.signed(tokens, index)
            else:
                return total

    def signed(self, tokens: list[str], index: Mapping[str, int]) -> Any:
        if self._next(tokens) == "-":
            self.at += 1
            return -self.signed(tokens, index)
        base = self.atom(tokens, index)
        if self._next(tokens) in ("^", "**"):
            self.at += 1
            exponent = self.signed(tokens, index)
            return complex(base) ** complex(exponent)
        return base

    def atom(self, tokens: list[str], index: Mapping[str, int]) -> Any:
        token = self._next(tokens)
        self.at += 1
        if not token:
            raise self.claim._error("something is missing at the end")
        if token[0].isdigit():
            return float(token)
        if token == "(":
            inner = self.sum(tokens, index)
            if self._next(tokens) != ")":
                raise self.claim._error("a bracket is not closed")
            self.at += 1
            return inner
        if token[0] == "|":
            return self._bars(token[1:], index)
        if "'" in token:  # x'*x, x'*A*y
            return self._scalar(token)
        if token == "prod" or token.startswith("prod_"):
            return self._prod(token, tokens, index)
        if self._next(tokens) == "(" and not self._is_number(token, index):  # n(n-1) is a product
            return self._call(token, tokens, index)
        return self._name(token, index)

    def _bars(self, inner: str, index: Mapping[str, int]) -> Any:
        outer, self.at, value = self.at, 0, None
        try:
            inside = _tokens(inner, self.claim.text)
            value = abs(self.sum(inside, index))
            if self.at != len(inside):
                value = None
        except (LanguageError, TypeError):
            value = None
        self.at = outer
        if value is None:
            X = self.claim._matrix(inner, self.point)
            value = abs(np.linalg.det(X)) ** (1 / self.claim.of.scalars.block)
        return value

    def _is_number(self, token: str, index: Mapping[str, int]) -> bool:
        s = self.claim.symbols.get(token, self.claim.images.get(token))
        return token in index or token in self.point.letters or (s is not None and s.is_scalar)

    def _call(self, name: str, tokens: list[str], index: Mapping[str, int]) -> Any:
        function = _FUNCTIONS.get(name) or _of_entries(name)
        if function is not None:
            start = self.at
            try:
                return function(self.atom(tokens, index))
            except (LanguageError, TypeError):
                self.at = start
        depth, parts = 0, []
        while True:
            token = self._next(tokens)
            if not token:
                raise self.claim._error("a bracket is not closed")
            depth += (token == "(") - (token == ")")
            parts.append(token if token[0] != "|" else f"{token}|")
            self.at += 1
            if depth == 0:
                break
        return self._scalar(name + "".join(parts))

    def _scalar(self, text: str) -> Any:
        """A number that is an expression of the language."""
        X = self.claim._matrix(text, self.point)
        if X.shape != (self.claim.of.scalars.block,) * 2:
            raise self.claim._error(f"{text!r} is no number; write |{text}| for its determinant, or tr({text})")
        return X[0, 0]

    def _prod(self, token: str, tokens: list[str], index: Mapping[str, int]) -> Any:
        over = token[5:] if "_" in token else ""
        inside = False
        if not over and self._next(tokens) == "(":
            head = "".join(tokens[self.at + 1 : self.at + 6])
            found = re.match(r"(i<=j|i<j|i>=j|i>j|i,j|i)(?=,)", head)
            if found:
                over, inside = found[1], True
                self.at += 1 + len(_tokens(over, over)) + 1
        start = self.at
        body = tokens[start:]
        if not over:
            first = next((found[1] for t in body if (found := re.search(r"_([ij])", t))), "i")
            over = "i,j" if any("_ij" in t for t in body[:1]) else first
        total: Any = 1.0
        end = start
        ranges = self._between(over, index) if re.match(r"\w=", over) else self._ranges(over, body)
        if not ranges:  # an empty product: what is multiplied is read, and not used
            self._factors(tokens, {"i": 1, "j": 1}) if not inside else self.sum(tokens, {"i": 1, "j": 1})
            end = self.at
        for at in ranges:
            self.at = start
            total = total * (self.sum(tokens, {**index, **at}) if inside else self._factors(tokens, {**index, **at}))
            end = self.at
        self.at = end
        if inside:
            if self._next(tokens) != ")":
                raise self.claim._error("a bracket is not closed")
            self.at += 1
        return total

    def _factors(self, tokens: list[str], index: Mapping[str, int]) -> Any:
        """The factors that stand side by side behind ∏, up to the next ∏, * or bracket."""
        total = self.signed(tokens, index)
        while t := self._next(tokens):
            if t == "/" and self._is_indexed(tokens, self.at + 1):
                self.at += 1
                total = total / self.signed(tokens, index)
            elif t == "/":
                raise self.claim._error("does the division belong to the product? write prod(i, …/…), or brackets")
            elif t == "*" and not self._next_is_product(tokens) and self._is_indexed(tokens, self.at + 1):
                self.at += 1
                total = total * self.signed(tokens, index)
            elif t.startswith("prod_") and ";" in t and any(re.search(rf"\b{name}\b", t[6:]) for name in index):
                total = total * self.signed(tokens, index)  # its limits are those of the outer index
            elif not t.startswith("prod") and (t[0].isalnum() or t[0] in "(|"):
                total = total * self.signed(tokens, index)
            else:
                break
        return total

    def _next_is_product(self, tokens: list[str]) -> bool:
        return self.at + 1 < len(tokens) and tokens[self.at + 1].startswith("prod")

    def _is_indexed(self, tokens: list[str], at: int) -> bool:
        """Whether the factor that begins here has an index of the product."""
        depth = 0
        for token in tokens[at:]:
            depth += (token == "(") - (token == ")")
            if re.search(r"_[ij]", token):
                return True
            if depth <= 0:
                return False
        return False

    def _between(self, over: str, index: Mapping[str, int]) -> list[dict[str, int]]:
        """The values of an index between its limits, i=1;n-1."""
        name, limits = over.split("=", 1)
        outer, ends = self.at, []
        for text in limits.split(";"):
            self.at = 0
            ends.append(round(complex(self.sum(_tokens(text, self.claim.text), index)).real))
        self.at = outer
        return [{name.strip(): k} for k in range(ends[0], ends[-1] + 1)]

    def _ranges(self, over: str, body: list[str]) -> list[dict[str, int]]:
        """The index values: each runs up to the length of the letters that it stands at."""
        over = over.replace("ij", "i,j") if over == "ij" else over
        lengths = {name: self._length(name, body) for name in ("i", "j") if name in over}
        found = []
        for i in range(1, lengths.get("i", 1) + 1):
            for j in range(1, lengths.get("j", 1) + 1):
                ordered = {"i<j": i < j, "i<=j": i <= j, "i>j": i > j, "i>=j": i >= j}.get(over, True)
                if ordered:
                    found.append({k: v for k, v in (("i", i), ("j", j)) if k in over})
        return found

    def _length(self, name: str, body: list[str]) -> int:
        for token in body:
            for stem, places in re.findall(r"([A-Za-z]\w*?)_([ij]{1,2})\b", token):
                if name in places:
                    return (
                        len(self._letters(stem, places))
                        if places != "ij" or name == "i"
                        else self._letters(stem, places).shape[1]
                    )
        raise self.claim._error(f"what does {name} run over?")

    def _letters(self, stem: str, places: str) -> Array:
        if stem in self.letters:
            return self.letters[stem]
        symbols = self.claim.symbols
        s = next((symbols[n] for n in (stem, stem.upper(), stem.capitalize()) if n in symbols), None)
        if s is None and stem in self.claim.of.names:
            Y = self.point.images[self.claim.of.names.index(stem)]
            return Y[:, 0] if Y.shape[1] == 1 else Y if places == "ij" else np.diag(Y)
        if s is None:
            raise self.claim._error(f"what is {stem}? add a definition, such as {stem} = eig(X)")
        X = self.point.values[s]
        b = self.claim.of.scalars.block
        if X.shape[1] == b:
            return X[::b, 0]
        return X if places == "ij" else np.diag(X)[::b]

    def _stands_for_entries(self, stem: str) -> bool:
        return stem in self.letters or any(n in self.claim.symbols for n in (stem, stem.upper(), stem.capitalize()))

    def _entry(self, token: str, stem: str, digits: str) -> Any:
        """l_2, a1: an entry of a vector or a diagonal; r_12, r12: of a matrix."""
        X = self._letters(stem, "ij" if len(digits) == 2 else "i")
        at = (int(digits) - 1,) if X.ndim == 1 else tuple(int(d) - 1 for d in digits)
        if len(at) != X.ndim or any(not 0 <= k < m for k, m in zip(at, X.shape, strict=True)):
            raise self.claim._error(f"there is no entry {token} at this size")
        return X[at]

    def _name(self, token: str, index: Mapping[str, int]) -> Any:
        if token in index:
            return index[token]
        if token in self.point.letters:
            return self.point.letters[token]
        numbered = re.fullmatch(r"([A-Za-z]\w*?)_?(\d{1,2})", token)
        if numbered and token not in self.claim.symbols and self._stands_for_entries(numbered[1]):
            return self._entry(token, *numbered.groups())
        stem, _, places = token.rpartition("_")
        if stem and set(places) <= set("ij") and places:
            values = self._letters(stem, places)
            at = [index[p] - 1 for p in places if p in index]
            if len(at) != len(places):
                raise self.claim._error(f"{token} stands outside of a product")
            value = values[at[0]] if values.ndim == 1 else values[at[0], at[-1]]
            return value * self.apart if places[0] == "j" and stem in self.letters else value
        s = self.claim.symbols.get(token)
        if s is not None and s.is_scalar:
            return self.point.values[s][0, 0]
        if token in self.claim.images and self.claim.images[token].is_scalar:
            return self.point.images[self.claim.of.names.index(token)][0, 0]
        if token == "e":
            return math.e
        if token == "pi":
            return math.pi
        raise self.claim._error(f"{token} is not understood")
