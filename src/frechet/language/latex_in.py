r"""The LaTeX of papers to the tokens of the grammar: `\operatorname{tr}(X^\top A X)`, `\|Ax-y\|_2^2`, `\frac{a}{b}`.

The tokens keep their places in the LaTeX source, so errors point there. Juxtaposition is a product; a
function name without brackets takes the factors that follow it.
"""

from __future__ import annotations

import re
from collections.abc import Container
from functools import lru_cache
from typing import NoReturn

from frechet.errors import LanguageError
from frechet.expr.node import operations
from frechet.language.latex_scripts import INVERSE_TRANSPOSES, PSEUDOINVERSES, TRANSPOSES, subscripts_first
from frechet.language.latex_words import INSTEAD_OF_COMMAND, REFUSED_COMMANDS, SKIPPED, whole_name
from frechet.language.names import GREEK, normal_name
from frechet.language.shorthand import may_be_matrix
from frechet.language.surface import constant_row, has_elementwise_powers, is_function, near_names
from frechet.language.tokens import FROM_SUPERSCRIPT, SUPERSCRIPTS, Token, require_length

__all__ = ["latex_tokens", "looks_like_latex"]

_LEXEME = re.compile(
    r"\\(?:left|right)\s*\.|\\[A-Za-z]+\*?|\\.|(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]\d+)?|\|\||⁻?[⁰¹²³⁴⁵⁶⁷⁸⁹]+|\S",
    re.DOTALL,
)
_OPERATORS = {
    r"\cdot": "*", r"\times": "*", r"\odot": ".*", r"\circ": ".*", r"\otimes": "⊗", r"\oslash": "./", r"\div": "/",
    "+": "+", "-": "-", "−": "-", "/": "/", "*": "*", r"\ast": "*", ",": ",", ";": ";", "'": "'", "(": "(", ")": ")",
    "[": "(", "]": ")", r"\{": "(", r"\}": ")", r"\lbrace": "(", r"\rbrace": ")", r"\lbrack": "(", r"\rbrack": ")",
    r"\|": "‖", r"\Vert": "‖", r"\lVert": "‖", r"\rVert": "‖", "‖": "‖", "||": "‖", "∥": "‖",
    "·": "*", "⋅": "*", "×": "*", "⊙": ".*", "∘": ".*", "⊗": "⊗", "ᵀ": "'", "⊤": "'",
    "|": "|", r"\vert": "|", r"\lvert": "|", r"\rvert": "|",
    "!": "!", "&": ",", r"\\": ";", r"\langle": "⟨", r"\rangle": "⟩", "⟨": "⟨", "⟩": "⟩",
}  # fmt: skip
_FUNCTIONS = {"ln": "log", "Tr": "tr", "trace": "tr", "lse": "logsumexp", "Diag": "diag", "arg": "", "rank": ""}
_LETTERS = {
    "varepsilon": "epsilon", "vartheta": "theta", "varphi": "phi", "varrho": "rho", "varsigma": "sigma",
    "varpi": "pi", "ell": "l",
}  # fmt: skip
_FONTS = frozenset(
    [
        "mathbf",
        "boldsymbol",
        "bm",
        "mathrm",
        "mathsf",
        "mathit",
        "mathcal",
        "mathbb",
        "operatorname",
        "text",
        "textrm",
        "textbf",
        "mathfrak",
        "operatorname*",
    ]
)
_ACCENTS = frozenset(["hat", "tilde", "bar", "vec", "check", "dot"])
_NORMS = {"2": "norm:2", "F": "norm:fro", "1": "norm:1", "*": "norm:nuc", "fro": "norm:fro", "rm F": "norm:fro"}
_NORMS["\\infty"] = _NORMS["infty"] = "norm:inf"
_COMMAND = re.compile(r"\\[A-Za-z]{2}|\\[|,;:!{}\[\]\\]|^\s*(?:\\\(|\$)")
_SPECTRAL = {"lambda_max": "eigmax", "lambda_min": "eigmin", "sigma_max": "normspec"}
_POSITION = r"(?::|[\w*+-]+(?::[\w*+-]+)?)"
_POSITIONS = re.compile(rf"{_POSITION}(?:,{_POSITION})?")
"""Positions in a subscript: 2, i,j, 1:k,:"""
_LETTERS_TOGETHER = re.compile(r"[A-Za-z]+\d*")
_MATRICES = re.compile(r"\{[pbvB]?(?:small)?matrix\}")


def looks_like_latex(text: str) -> bool:
    """Whether the text is LaTeX rather than the language's own."""
    return "{" in text or "_1^" in text or (("\\" in text or "$" in text) and _COMMAND.search(text) is not None)


def latex_tokens(
    text: str, declared: Container[str], start: int = 0, stop: int | None = None, matrices: Container[str] = ()
) -> list[Token]:
    """The tokens of a LaTeX formula, for a grammar that reads juxtaposition as a product."""
    require_length(text)
    lexer = _Lexer(text, declared, start, len(text) if stop is None else stop)
    lexer.matrices_declared = matrices
    return lexer.run()


@lru_cache(maxsize=4)
def _heads(count: int) -> dict[tuple[str, ...], str]:
    """The operations that are written with a script before their argument, `\\tanh_{\\mathrm{m}}(A)`, by what stands there; of a
    table of that many."""
    found: dict[tuple[str, ...], list[str]] = {}
    for op in operations.values():
        head = op.notation.partition("({0}")[0].replace("{{", "{").replace("}}", "}")
        if "\\" in head and "_" in head and head != op.notation and "{0}" not in head and "{1}" not in head:
            found.setdefault(tuple(x for x in _LEXEME.findall(head) if x not in SKIPPED), []).append(op.name)
    return {head: names[0] for head, names in found.items() if len(names) == 1}


def _plain(content: str) -> str:
    """The letters of a group: \\ell is l, as without the font or the accent."""
    plain = content.replace("\\", "").strip()
    return _LETTERS.get(plain, plain)


def _sizes(subscript: str) -> str:
    r"""The sizes of I_{n} and \mathbf{0}_{m \times n}, a word among them in angles: <rows> for \mathrm{rows}."""
    words = re.sub(r"\\mathrm\s*\{(\w{2,})\}|\\([A-Za-z]+)", r"<\1\2>", subscript.replace(r"\times", ","))
    return re.sub(r"<(?:mathsf|mathrm|rm|text)>|[\\{}\s]", "", words)


class _Lexer:
    def __init__(self, text: str, declared: Container[str], start: int, stop: int):
        self.text, self.declared, self.stop = text, declared, stop
        self.matrices_declared: Container[str] = ()
        self.lexemes = [(m[0], m.start(), m.end()) for m in _LEXEME.finditer(text, start, stop)]
        self.lexemes = subscripts_first([x for x in self.lexemes if x[0] not in SKIPPED])
        self.tokens: list[Token] = []
        self.matrices = 0  # environments that are open
        self.closers: list[list[str]] = []  # for each open {, the tokens that its } stands for
        self.i = 0

    def run(self) -> list[Token]:
        while self.i < len(self.lexemes):
            self._step()
        size = self.stop
        if self.closers:
            self.fail("this '{' is never closed", self._last_open, "Add a '}'.")
        self.tokens.append(Token("end", "", size, size))
        return self.tokens

    # --- helpers ----------------------------------------------------------------------------------

    def fail(self, message: str, position: int, hint: str = "") -> NoReturn:
        raise LanguageError(message, self.text, position, hint)

    def emit(self, kind: str, text: str, start: int, end: int) -> None:
        self.tokens.append(Token(kind, text, start, end))

    def peek(self, ahead: int = 0) -> str:
        k = self.i + ahead
        return self.lexemes[k][0] if k < len(self.lexemes) else ""

    def group(self) -> tuple[str, int]:
        """The plain text of the group or single lexeme that comes next, and where it ends; it is consumed."""
        if self.i >= len(self.lexemes):
            self.fail("the text ends where a group must follow", len(self.text))
        piece, start, end = self.lexemes[self.i]
        self.i += 1
        if piece != "{":
            return piece, end
        parts: list[str] = []
        depth = 1
        while self.i < len(self.lexemes):
            piece, _, end = self.lexemes[self.i]
            self.i += 1
            depth += (piece == "{") - (piece == "}")
            if depth == 0:
                return "".join(parts), end
            parts.append(piece)
        self.fail("this '{' is never closed", start, "Add a '}'.")

    def open(self, opening: list[str], closing: list[str]) -> None:
        """The next group as an expression of its own: `opening`, its tokens, `closing`."""
        if self.i >= len(self.lexemes):
            self.fail("the text ends where a group must follow", len(self.text), "Write {…}.")
        piece, start, end = self.lexemes[self.i]
        for kind in opening:
            self.emit(kind, kind, start, start)
        if piece == "{":
            self.i += 1
            self.closers.append(closing)
            self._last_open = start
            return
        if piece.isdecimal() and len(piece) > 1:  # x^23 is x^2 3
            self.lexemes[self.i] = (piece[1:], start + 1, end)
            self.emit("number", piece[0], start, start + 1)
        else:
            self._step()
        self._close(closing, end)

    def _close(self, closing: list[str], position: int) -> None:
        for kind in closing:
            if kind == "frac":
                self.open(["("], [")", ")"])
            else:
                self.emit(kind, kind, position, position)

    # --- one lexeme -------------------------------------------------------------------------------

    def _step(self) -> None:
        piece, start, end = self.lexemes[self.i]
        if piece[0] in "\\P" and self._is_head(piece, start):
            return
        self.i += 1
        if piece == r"\mid" and any(t.kind == "⟨" for t in self.tokens):
            self.emit("|", piece, start, end)
        elif piece in _OPERATORS:
            self._operator(piece, start, end)
        elif piece[0].isdecimal() or (piece[0] == "." and len(piece) > 1):
            self.emit("number", piece, start, end)
        elif piece[0] in "⁻" + SUPERSCRIPTS:
            self.emit("power", piece.translate(FROM_SUPERSCRIPT), start, end)
        elif piece == "{":
            self.emit("(", "{", start, end)
            self.closers.append([")"])
            self._last_open = start
        elif piece == "}":
            if not self.closers:
                self.fail("this '}' closes nothing", start, "Remove it, or add a '{' before.")
            self._close(self.closers.pop(), start)
        elif piece == "^":
            self._superscript(start)
        elif piece == "_":
            self._subscript(start)
        elif piece[0] == "\\":
            self._command(piece[1:], start, end)
        elif piece.isalpha() and piece not in "ᵀ":
            word = self._word(start)
            if len(word) > 1 and word not in self.declared and constant_row(word) is None and is_function(word):
                self.i += len(word) - 1
                self._function(word, start, start + len(word))
            elif whole := whole_name(self.text, start, self.stop, self.declared):
                letters = whole.rstrip("0123456789")
                self.i += len(letters) - 1 + (whole != letters)
                self._name(whole, start, start + len(whole))
            else:
                self._name(piece, start, end)
        else:
            shown = piece if piece.isprintable() else repr(piece)
            inner = r"The inner product of two matrices is \langle A, B \rangle." if piece == ":" else ""
            self.fail(f"'{shown}' has no meaning here", start, inner)

    def _word(self, start: int) -> str:
        """The letters that stand side by side from here: a function is often written without its backslash, tr(X)."""
        before = self.text[start - 1] if start else ""
        found = _LETTERS_TOGETHER.match(self.text, start)
        return found[0] if found is not None and not (before.isalpha() or before == "\\") else ""

    def _is_head(self, piece: str, start: int) -> bool:
        """Whether an operation with a script stands here, such as sinm written \\sin_{\\mathrm{m}}(A); then it is read."""
        for head, name in _heads(len(operations)).items():
            behind = self.i + len(head)
            follows = head[0] == piece and behind < len(self.lexemes) and self.lexemes[behind][0] == "("
            if follows and tuple(x[0] for x in self.lexemes[self.i : behind]) == head:
                self.emit("apply", name, start, self.lexemes[behind - 1][2])
                self.i = behind
                return True
        return False

    def _operator(self, piece: str, start: int, end: int) -> None:
        kind = _OPERATORS[piece]
        if piece in ("&", r"\\") and not self.matrices:
            return  # alignment and line breaks
        if kind == "‖" and self.peek() == "_":
            self.i += 1
            which, end = self.group()
            norm = _NORMS.get(which.replace("\\mathrm", "").replace("\\", "").strip("{}"))
            if norm is None:
                self.fail(f"there is no norm {which[:20]}", start, "The norms are _1, _2, _F and _*.")
            self.emit("‖", norm, start, end)
        else:
            self.emit(kind, piece, start, end)

    def _superscript(self, start: int) -> None:
        mark = self.i
        content, end = self.group()
        plain = re.sub(r"\\(?:mathsf|mathrm|rm|sf|mathit)|[\\{}\s]", "", content)
        if plain in TRANSPOSES and plain not in self.declared:
            self.emit("'", "'", start, end)
        elif plain in INVERSE_TRANSPOSES and (
            "\\" in content or may_be_matrix(self.tokens, len(self.tokens), self.matrices_declared)
        ):
            self.emit("power", "-1", start, end)
            self.emit("'", "'", start, end)
        elif plain in PSEUDOINVERSES:
            self.emit("pinv", "pinv", start, end)
        elif plain == "H" and plain not in self.declared:
            self.emit("^", "^", start, start + 1)
            self.emit("name", "H", start, end)
        elif plain in ("ast", "*") and plain not in self.declared:
            self.fail("^* is not read", start, r"For the conjugate transpose of a real matrix write X^\top.")
        elif plain in ("-1", "-2") or (plain.isdecimal() and content.startswith(plain) and (len(plain) == 1)):
            self.emit("power", plain, start, end)
        else:
            self.i = mark
            if content.startswith((r"\circ", r"\odot")):
                self.i += 2
                self.emit(".^", "^", start, start + 1)
                self.emit("(", "{", start, start)
                self.closers.append([")"])
                self._last_open = start
            else:
                self.emit("^", "^", start, start + 1)
                self.open(["("], [")"])

    def _subscript(self, start: int) -> None:
        content, end = self.group()
        content = content.replace(r"\cdot", "*")
        plain = re.sub(r"\\(?:mathsf|mathrm|rm|text)|[\\{}\s]", "", content).replace("times", ",")
        previous = self.tokens[-1] if self.tokens else None
        if previous is not None and previous.kind == "name" and previous.text == "eye":
            self._sized("eye", _sizes(content), previous.start, end, 1)
        elif previous is not None and previous.kind == ")" and previous.text in ("1", "0"):
            del self.tokens[-4:]
            self._sized("ones" if previous.text == "1" else "zeros", _sizes(content), start, end, 0)
        elif previous is not None and (spectral := _SPECTRAL.get(f"{previous.text}_{plain}")) and self.peek() == "(":
            self.tokens[-1] = Token("apply", spectral, previous.start, end)
        elif previous is not None and previous.kind == "name" and plain.replace("_", "").isalnum():
            joined, close = f"{previous.text}_{plain}", previous.text + plain
            name = close if close in self.declared and joined not in self.declared else joined
            self.tokens[-1] = Token("name", name, previous.start, end)
        elif previous is not None and previous.kind == "apply":
            self.tokens[-1] = Token("apply", previous.text + "_" + plain, previous.start, end)
            if not is_function(self.tokens[-1].text):
                self.fail(f"{previous.text} takes no subscript here", start)
        elif previous is not None and previous.kind == ")" and _POSITIONS.fullmatch(plain):
            self._index(plain, start, end)
        else:
            self.fail("a subscript must follow a name", start, "Names with subscripts are w_1, x_{ij}.")

    def _index(self, subscript: str, start: int, end: int) -> None:
        """(Ax)_i, [AB]_{i,j} and [AB]_{ij} are entries; the subscript of a name belongs to the name."""
        pair = len(subscript) == 2 and subscript.isalpha()
        if len(subscript) > 1 and subscript.isdecimal():
            self.fail(
                f"{subscript} may be one position or several",
                start,
                "Separate positions by commas, or give the matrix a name.",
            )
        self.emit("index", "[", start, end)
        for k, position in enumerate(subscript if pair else subscript.split(",")):
            if k:
                self.emit(",", ",", start, end)
            self._size_tokens(position, start, end)
        self.emit("]", "]", start, end)

    def _size_tokens(self, text: str, start: int, end: int) -> None:
        """A size in a subscript, where letters side by side are factors."""
        operand = False
        for part in re.findall(r"(?<=<)\w+(?=>)|\d+|[^\W\d]|[^\s<>]", text):
            letter = part.isalnum()
            if letter and operand:
                self.emit("*", "*", start, end)
            self.emit("number" if part.isdecimal() else "name" if letter else part, part, start, end)
            operand = letter

    def _sized(self, name: str, sizes: str, start: int, end: int, drop: int) -> None:
        del self.tokens[len(self.tokens) - drop :]
        self.emit("apply", name, start, end)
        self.emit("(", "(", start, end)
        for k, s in enumerate(sizes.split(",")):
            if k:
                self.emit(",", ",", start, end)
            self._size_tokens(s, start, end)
        self.emit(")", ")", start, end)

    def _command(self, name: str, start: int, end: int) -> None:
        name = name.removesuffix("*") if name not in _FONTS else name
        letter = _LETTERS.get(name, name)
        if letter in GREEK or name in _LETTERS:
            self._name(letter, start, end)
        elif name in ("frac", "dfrac", "tfrac"):
            self.open(["(", "("], [")", "/", "frac"])
        elif name == "sqrt":
            self.emit("apply", self._root() if self.peek() == "[" else "sqrt", start, end)
            self.open(["("], [")"])
        elif name in ("top", "intercal", "prime"):
            self.emit("'", "'", start, end)
        elif name == "widehat":
            self.emit("apply", "hat", start, end)
            self.open(["("], [")"])
        elif name in _FONTS:
            self._font(name, start)
        elif name in _ACCENTS:
            content, end = self.group()
            base = _plain(content)
            self._name(base if name == "vec" else f"{base}_{name}", start, end)
        elif name in ("begin", "end"):
            content, end = self.group()
            if not _MATRICES.match("{" + content + "}"):
                self.fail(f"the environment {content[:20]} is not read", start, "Matrices are pmatrix and bmatrix.")
            self.matrices += 1 if name == "begin" else -1
            if name == "end" and self.tokens and self.tokens[-1].kind == ";":
                self.tokens.pop()
            self.emit("[" if name == "begin" else "]", name, start, end)
        else:
            if name in REFUSED_COMMANDS and (name not in ("min", "max") or self.peek() == "_"):
                instead = INSTEAD_OF_COMMAND.get(name, "Write the formula that it stands for.")
                self.fail(f"\\{name}: {REFUSED_COMMANDS[name]}", start, instead)
            self._function(name, start, end)

    def _root(self) -> str:
        r"""The function of \sqrt[3]{a}: the real root, also of a negative number where the order is odd."""
        start = self.lexemes[self.i][1]
        order = self.peek(1)
        if self.peek(2) != "]" or order not in ("2", "3"):
            self.fail("roots are of the order 2 or 3", start, "Write a power, such as a^{1/5}.")
        self.i += 3
        return "sqrt" if order == "2" else "cbrt"

    def _font(self, font: str, start: int) -> None:
        content, end = self.group()
        plain = _plain(content)
        if font == "mathbb" and plain in ("E", "P") and plain not in self.declared:
            self.fail(f"\\mathbb{{{plain}}}: expectations are not read", start, "Write the moments that it stands for.")
        if plain in ("0", "1") and font in ("mathbf", "mathbb", "boldsymbol", "bm"):
            for kind, text in (("apply", "vector"), ("(", "("), ("number", plain), (")", plain)):
                self.emit(kind, text, start, end)
        elif font == "mathrm" and plain == "d":
            self._differential(start)
        elif (is_function(_FUNCTIONS.get(plain, plain)) and len(plain) > 1) or font in (
            "operatorname",
            "operatorname*",
        ):
            self._function(plain, start, end)
        else:
            self._name(plain, start, end)

    def _differential(self, start: int) -> None:
        """\\mathrm{d}X is the differential dX."""
        mark = len(self.tokens)
        self._step()
        if len(self.tokens) != mark + 1 or self.tokens[-1].kind != "name":
            self.fail("a variable must follow the differential sign", start, r"Write \mathrm{d}X.")
        last = self.tokens[-1]
        self.tokens[-1] = Token("name", "d" + last.text, start, last.end)

    def _function(self, name: str, start: int, end: int) -> None:
        if name in ("s.t.", "subject to", "st", "subjectto"):
            self.fail("constraints are not read", start, "Give the function alone.")
        name = _FUNCTIONS.get(name, name)
        if name == "log" and self.peek() == r"\det":
            self.i += 1
            name = "logdet"
        elif name == "log" and self.peek() == "_":
            self.i += 1
            base, _ = self.group()
            if base not in ("2", "10"):
                self.fail(
                    f"\\log_{base[:10]}: logarithms are natural, or have the base 2 or 10",
                    start,
                    "It is the logarithm over that of the base.",
                )
            name += base
        elif name == "log" and self.peek() == r"\lvert" and self.peek(1) == r"\det":
            name = self._logdet_in_bars()
        if not is_function(name):
            near = near_names(name)
            self.fail(
                f"\\{name[:30]} is not read",
                start,
                f"Did you mean {near[0]}?" if near else "Write the formula as text.",
            )
        if self.peek() == "^":
            name += self._power_of(name, end)
        self.emit("apply", name, start, end)

    def _power_of(self, name: str, position: int) -> str:
        r"""The exponent of \sin^2 x = (\sin x)^2; \sin^{-1} is in print both the inverse and the reciprocal."""
        self.i += 1
        exponent, _ = self.group()
        if exponent.isdecimal() and has_elementwise_powers(name):
            return "^" + exponent
        write = (
            f"For the inverse function write \\arc{name}(…), for the reciprocal write"
            if is_function("arc" + name)
            else "Write"
        )
        self.fail(f"a power of the function {name}", position, f"{write} ({name} …)^{{{exponent[:10]}}}.")

    def _logdet_in_bars(self) -> str:
        r"""\log\lvert\det(A)\rvert is one function; its bars go."""
        depth = 0
        for k in range(self.i, len(self.lexemes)):
            depth += (self.lexemes[k][0] == r"\lvert") - (self.lexemes[k][0] == r"\rvert")
            if depth == 0:
                del self.lexemes[k]
                del self.lexemes[self.i : self.i + 2]
                return "logdet"
        return "log"

    def _name(self, name: str, start: int, end: int) -> None:
        name = name if name.isascii() else normal_name(name)  # Σ is Sigma, as its command is
        if name == "I" and "I" not in self.declared:
            name = "eye"
        self.emit("name", name, start, end)
