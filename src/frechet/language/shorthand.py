"""What people leave out or write otherwise: X^T X, tr X, X^+, σ(…), k!, and what they are told where that is not plain."""

from __future__ import annotations

import re
from collections.abc import Container
from fractions import Fraction
from typing import NoReturn

from frechet.language.arguments import call_node
from frechet.language.stack import APPLY, EXPONENT, INFIX, POWER, SUM, Stack
from frechet.language.surface import constant_row, is_function
from frechet.language.tokens import Token
from frechet.language.tree import SyntaxNode

__all__ = ["INSTEAD_OF_KEYWORD", "OF_PAPERS", "OPERAND_STARTS", "Shorthand", "may_be_matrix"]

OF_PAPERS = {"sigma": ("sigmoid", "logistic"), "Gamma": ("tgamma", "gamma"), "Phi": ("normcdf", "normal distribution")}
"""Letters that are functions before a bracket, as papers write them."""
_INDEX = re.compile(r"\^\s*\{\s*\(\s*\w+\s*\)\s*\}")
_TOWER = "a^b^c is read as a^(b^c), as on paper, in Python and in Julia; MATLAB has (a^b)^c"
INSTEAD_OF_KEYWORD = {
    "ddof": "Here var divides by n, and cov by n - 1; the variance of a sample is sum((x - mean(x)).^2)/(numel(x) - 1).",
    "rowvar": "Here the rows of X are the samples in cov(X), its columns in np.cov(X).",
    "bias": "Here cov divides by n - 1.",
    "ord": "Write norm(x, 1).",
}
"""For keyword arguments of NumPy that are not read."""
_WHOLE = frozenset({"number", ")", "]", "|", "‖", "'", "power", "⟩"})
"""What no subscript can follow without brackets of an index: |x|_1 is not |x| times _1."""
OPERAND_STARTS = frozenset({"number", "name", "apply", "(", "[", "‖", "|", "⟨"})


def may_be_matrix(tokens: list[Token], i: int, matrices: Container[str]) -> bool:
    """Whether what stands before token i, a name or a bracket, has a capital in it or one of the declared matrices."""
    depth, k = 0, i - 1
    while k >= 0:
        token = tokens[k]
        depth += (token.kind in (")", "]")) - (token.kind in ("(", "["))
        if token.kind == "name" and (token.text[0].isupper() or token.text in matrices or token.text == "eye"):
            return True
        if depth <= 0 and token.kind != "'":
            break
        k -= 1
    return False


class Shorthand(Stack):
    """The part of the grammar that knows habits."""

    def _is_transpose_exponent(self, i: int) -> bool:
        exponent = self.tokens[i + 1]
        return (
            exponent.kind == "name"
            and exponent.text in ("T", "top")
            and exponent.text not in self.declared
            and self.tokens[i + 2].kind != "["
        )

    def _is_inverse_transposed(self, i: int) -> bool:
        """X^-T, as X^{-T} in LaTeX; below what is a number, as in (1 + r)^-T, T is a variable."""
        return (
            self.tokens[i + 1].kind == "-"
            and self._is_transpose_exponent(i + 1)
            and self.tokens[i + 2].text not in self.wrt
            and may_be_matrix(self.tokens, i, self.matrices)
        )

    def _open_exponent(self, i: int) -> None:
        """Takes the brackets away from X^(T) and X^(-T)."""
        k = i + 2 + (self.tokens[i + 2].kind == "-")
        inside = [t.text for t in self.tokens[k : k + 2]]
        if inside in (["T", ")"], ["top", ")"]) and may_be_matrix(self.tokens, i, self.matrices):
            del self.tokens[k + 1], self.tokens[i + 1]

    def _is_compound(self, i: int) -> bool:
        """Whether the bracket that opens at token i holds more than one name or number."""
        depth = 0
        for k in range(i, len(self.tokens)):
            kind = self.tokens[k].kind
            depth += (kind == "(") - (kind == ")")
            if depth == 0:
                return k - i > 2
            if kind == "," and depth == 1:
                return False
        return False

    def _is_applied(self, token: Token) -> bool:
        """Whether the name is that of a function, and not one of the constants such as pi or eye."""
        if token.text in self.declared or token.text == "transpose":  # X transpose X is not X*transpose(X)
            return False
        return is_function(token.text) and constant_row(token.text) is None

    def _inside_applied(self) -> bool:
        """Whether a function without brackets is open whose argument a sign would go on with."""
        for precedence, _, _ in reversed(self.operators):
            if precedence == APPLY:
                return True
            if precedence == 0 or precedence == SUM:
                return False
        return False

    def _unclear_argument(self, token: Token) -> NoReturn:
        name = next(kind for precedence, kind, _ in reversed(self.operators) if precedence == APPLY)
        self.fail(f"it is not clear where the argument of {name} ends", token.start, f"Write its brackets: {name}(…).")

    def _is_pseudoinverse(self, i: int) -> bool:
        """X^+ with no number behind the plus."""
        return self.tokens[i + 1].kind == "+" and self.tokens[i + 2].kind != "number"

    def _is_conjugate(self, i: int) -> bool:
        """X^H: everything is real, so that it is X'; X^* may be an optimum."""
        exponent = self.tokens[i + 1]
        if exponent.text == "*" and self.tokens[i].text == "^":
            self.fail("^* is not read", exponent.start, "For the conjugate transpose of a real matrix write X'.")
        if exponent.text != "H" or "H" in self.declared:
            return False
        self.notes.append("everything is real: ^H is read as the transpose")
        return True

    def _means_function(self, token: Token) -> bool:
        """Whether σ(…) is the logistic function and Γ(…) the gamma function: where the letter has no other use."""
        name = token.text
        if name in self.declared or name in self.wrt:
            return False
        uses = (k for k, t in enumerate(self.tokens) if t.kind == "name" and t.text == name)
        if any(self.tokens[k + 1].kind != "(" for k in uses):
            return False
        self.notes.append(f"{name}(…) is read as the {OF_PAPERS[name][1]} function; for a product write {name}*(…)")
        return True

    def _factorial(self, token: Token) -> None:
        """k! is its continuation, gamma(k + 1)."""
        self._reduce(POWER - 1)
        base = self.operands.pop()
        self.notes.append("…! is read as the gamma function of one more, exp(gammaln(… + 1))")
        self.operands.append(call_node(self, "factorial", [base], None, base.start, token.end))

    def _pseudoinverse(self, token: Token) -> None:
        self._reduce(POWER - 1)
        base = self.operands.pop()
        self.operands.append(call_node(self, "pinv", [base], None, base.start, token.end))

    def _multiplies(self, i: int, token: Token) -> bool:
        """Whether two operands side by side are a product: X^T X, 2x, (A + B)x; a number behind another operand is not."""
        previous = self.tokens[i - 1]
        if self.latex:
            return token.kind != "number" or previous.kind != "'"  # the 1 of x^\\top 1 is a vector in papers
        if token.kind == "number" or token.kind == "[":
            return False
        return not (previous.kind in _WHOLE and token.kind == "name" and token.text[0] == "_")

    def _note_tower(self, token: Token) -> None:
        """Tells of a power in an exponent, as in x^2^3, where the sign is not Python's own."""
        in_exponent = bool(self.operators) and self.operators[-1][0] in (POWER, EXPONENT)
        if in_exponent and not self.text.startswith("**", token.start) and _TOWER not in self.notes:
            self.notes.append(_TOWER)

    def _note_doubtful(self) -> None:
        """Tells of x^{(1)}, which is an index in some papers."""
        if (index := _INDEX.search(self.text)) is not None:
            self.notes.append(f"{index[0]} is read as a power; an index is written below, as in x_1")

    def _note_quotient(self, i: int) -> None:
        before, after = self.tokens[i - 1].text, self.tokens[i].text
        self.notes.append(f"…/{before} {after}… is read as (…/{before})*{after}…")

    def _kept(self, node: SyntaxNode, axis: int) -> SyntaxNode:
        """What keeps its axis: a column of each row, a row of each column."""
        head = "kept" if axis in (1, -1) else "transpose"
        self.nodes.append(SyntaxNode(head, [node], None, node.start, node.end, [node.start]))
        return self.nodes[-1]

    def _missing_operand(self, i: int, token: Token) -> NoReturn:
        if token.kind == "end":
            if len(self.tokens) == 1:
                self.fail("the text is empty: there is no formula", token.start, "Write one, such as tr(X'*A*X).")
            if self.frames and self.tokens[i - 1].kind in ("(", "["):
                self.fail(f"this '{self.tokens[i - 1].kind}' is never closed", self.tokens[i - 1].start, "Close it.")
            before = self.tokens[i - 1].text
            self.fail(f"the text ends after '{before}'", token.start, "An expression must follow.")
        previous = self.tokens[i - 1] if i else None
        if previous is not None and previous.kind in INFIX and token.kind in INFIX:
            hint = "Write one of the two."
            if previous.kind == "^" and token.kind == "^":
                hint = "Write X^2, or x.^2 for an elementwise power."
            self.fail(f"'{token.text}' cannot follow '{previous.text}'", token.start, hint)
        if token.kind in (")", "]") and previous is not None and previous.kind in ("(", "["):
            self.fail("the brackets are empty", token.start, "Write an expression between them.")
        if previous is None:
            self.fail(f"an expression cannot begin with '{token.text}'", token.start)
        self.fail(f"'{token.text}' stands where an expression must", token.start)

    def _of_sample(self, name: str, part: SyntaxNode, ddof: int, start: int, end: int) -> SyntaxNode:
        """var(x, ddof=1), where the sum of squares is divided by n - 1 instead of n."""
        less = SyntaxNode("number", [], Fraction(ddof), start, end)
        self.nodes.append(less)
        count = call_node(self, "numel", [part], None, start, end)
        left = SyntaxNode("sum", [count, less], [1, -1], start, end, [start])
        factor = SyntaxNode("quotient", [count, left], None, start, end, [start])
        self.nodes += [left, factor]
        factor = call_node(self, "sqrt", [factor], None, start, end) if name == "std" else factor
        value = call_node(self, name, [part], None, start, end)
        self.nodes.append(SyntaxNode("product", [factor, value], None, start, end, [start]))
        return self.nodes[-1]

    def _instead_of_equation(self, token: Token) -> str:
        """What to write for an equation, or an inequality: the difference of its sides."""
        left, right = self.text[: token.start].strip(), self.text[token.end :].strip()
        if (
            token.kind != "="
            or not left
            or not right
            or "=" in left + right
            or "\n" in self.text
            or ";" in self.text
            or self.frames
        ):
            return "Write one expression, such as A*x - b."
        return f"The difference of its sides is {left} - ({right})." if right != "0" else f"Write {left}."

    def _two_operands(self, i: int, token: Token) -> NoReturn:
        previous = self.tokens[i - 1]
        if token.kind == ":":
            self.fail("':' stands outside an index", token.start, "Ranges are written X[1:k, :].")
        if token.kind == "name" and token.text[0] == "_":
            instead = (
                f"A norm is written ‖…‖{token.text}." if previous.kind in "|‖" else "An entry is written (A*x)[i]."
            )
            self.fail("a subscript must follow a name", token.start, instead)
        if token.kind == "number" and previous.kind == "number":
            self.fail("two numbers side by side", token.start, "Write an operator between them.")
        left = previous.text if previous.kind in ("name", "number") else "…"
        right = token.text if token.kind in ("name", "number") else "…"
        self.fail("two factors without a sign between them", token.start, f"For a product write {left}*{right}")
