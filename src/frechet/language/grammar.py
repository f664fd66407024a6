"""Tokens to a syntax tree, by operator precedence with explicit stacks: no input can exhaust the call stack.

Precedence, loosest first: `+ -`, then `* / .* ./ ⊗`, then unary minus, then `^ .^` and the postfix `'`, which bind alike.
Powers go from the right, as on paper and in Python: x^2^3 is x^(2^3); a minus right after `^` belongs to the exponent,
and so does what is a power of that: 2^-x^2 is 2^(-(x^2)).
"""

from __future__ import annotations

from frechet.budgets import exceeded, tick
from frechet.expr.sizes import Size
from frechet.language.arguments import along_axis, size_of
from frechet.language.names import default_kind
from frechet.language.shorthand import INSTEAD_OF_KEYWORD, OF_PAPERS, OPERAND_STARTS, Shorthand
from frechet.language.stack import APPLY, EXPONENT, INFIX, NEGATIVE, POWER, PRODUCT, Frame
from frechet.language.surface import has_elementwise_powers, is_function
from frechet.language.tokens import Token
from frechet.language.tree import SyntaxNode

__all__ = ["Grammar"]

_CLOSING = {"(": ")", "call": ")", "call[": "]", "[": "]", "index": "]", "‖": "‖", "|": "|", "⟨": "⟩"}
_OPENING = {")": "(", "]": "[", "‖": "‖", "|": "|", "⟩": "⟨"}
_BRACKETS = frozenset({"(", "[", "‖", "|", "⟨"})
_BARS = frozenset({"‖", "|"})
_KEYWORDS = ("axis", "dim", "dims", "keepdims", "ddof")
_CALLS = ("call", "call[", "⟨")
_FUNCTION_LIKE = frozenset(
    ["f", "g", "h", "p", "u", "v", "E", "P", "phi", "psi"]
)  # before a bracket rather a function than a factor
_GAMMAS = {"gamma": "The gamma function is exp(gammaln(…)).", "beta": "The beta function is exp(betaln(…))."}


class Grammar(Shorthand):
    """One reading of one text. `nodes` is the tree, children first; the last node is the root."""

    # --- the loop ---------------------------------------------------------------------------------

    def read(self) -> list[SyntaxNode]:
        """The nodes of the tree; LanguageError where the text is not an expression."""
        tokens, i = self.tokens, 0
        self._note_doubtful()
        expecting = True
        while True:
            token = tokens[i]
            tick()
            if expecting:
                i, expecting = self._operand(i, token)
            else:
                if token.kind == "end":
                    break
                i, expecting = self._after_operand(i, token)
        if self.frames:
            frame = self.frames[-1]
            what = _OPENING[_CLOSING[frame.type]]
            self.fail(f"this '{what}' is never closed", frame.start, f"Add a '{_CLOSING[frame.type]}'.")
        self._reduce(0)
        return self.nodes

    def _operand(self, i: int, token: Token) -> tuple[int, bool]:
        """One step where an operand must begin; returns the next token and whether one must still begin."""
        kind = token.kind
        if kind == "name":
            following = self.tokens[i + 1]
            if (
                following.kind == "="
                and self._keyword(i)
                and (token.text in _KEYWORDS or self.tokens[i - 1].kind == ",")
            ):
                return self._after_keyword(i)
            if following.kind == "(" and token.text in OF_PAPERS and self._means_function(token):
                self._open("call", OF_PAPERS[token.text][0], token.start)
                return i + 2, True
            if self.latex:
                self._require_product(i, token, following)
            else:
                if following.kind == "(" and self._calls(i, token, following):
                    self._open("call", token.text, token.start)
                    return i + 2, True
                if following.kind != "(" and len(token.text) > 1 and self._is_applied(token):
                    return self._applied(i, token)
            self._emit(SyntaxNode("name", [], token.text, token.start, token.end))
            return i + 1, False
        if kind == "number":
            self._emit(SyntaxNode("number", [], self._number(token), token.start, token.end))
            return i + 1, False
        if kind in _BRACKETS or kind == "<":
            angle = kind in ("<", "⟨")
            self._open("⟨" if angle else kind, "dot" if angle else "", token.start)
            return i + 1, True
        if kind == "-" or kind == "+":
            after_power = self.operators and self.operators[-1][0] == POWER and self.tokens[i - 1].kind in ("^", ".^")
            if kind == "-" or after_power:
                self.operators.append((EXPONENT if after_power else NEGATIVE, kind, token.start))
            return i + 1, True
        if kind == "apply":
            if self.tokens[i + 1].kind == "(":
                self._open("call", token.text, token.start)
                return i + 2, True
            self.operators.append((APPLY, token.text, token.start))
            return i + 1, True
        frame = self.frames[-1] if self.frames else None
        if frame is not None:
            if frame.type == "index" and kind == ":" and frame.ranges[-1] == []:
                return self._whole_range(i)
            if frame.type == "call" and kind == ")" and self.tokens[i - 1].kind == "(":
                self._close(token)
                return i + 1, False
        self._missing_operand(i, token)

    def _after_operand(self, i: int, token: Token) -> tuple[int, bool]:
        """One step where an operator, a separator or a closing bracket must come."""
        kind = token.kind
        frame = self.frames[-1] if self.frames else None
        if kind == "‖" and token.text == "||" and frame is not None and frame.type == "|":  # |a||b| is |a|*|b|
            kind, middle = "|", token.start + 1
            self.tokens[i : i + 1] = [Token("|", "|", token.start, middle), Token("|", "|", middle, token.end)]
            token = self.tokens[i]
        if frame is not None and frame.type == "[" and self._separates(i, token):
            self._next_entry(frame)
            return i, True
        precedence = INFIX.get(kind)
        if precedence is not None:
            operators = self.operators
            if precedence == PRODUCT and (kind == "/" or not self.latex) and self._inside_applied():
                self._unclear_argument(token)
            if operators and operators[-1][0] > precedence and precedence != POWER:  # powers go from the right
                self._reduce(precedence)
            if kind == "^" and self.tokens[i + 1].kind == "(":
                self._open_exponent(i)
            if kind == "^" and not self.latex and self._is_pseudoinverse(i):
                self._pseudoinverse(self.tokens[i + 1])
                return i + 2, False
            if kind == "^" and self._is_conjugate(i):
                self._transpose(self.tokens[i + 1])
                return i + 2, False
            if kind == "^" and self._is_transpose_exponent(i):
                self._transpose(self.tokens[i + 1])
                return i + 2, False
            if kind == "^" and self._is_inverse_transposed(i):
                self._reduce(POWER - 1)
                base = self.operands.pop()
                self.nodes.append(
                    SyntaxNode("number", [], self._number(token._replace(text="-1")), token.start, token.end)
                )
                self._emit(SyntaxNode("power", [base, self.nodes[-1]], None, base.start, token.end, [token.start]))
                self._transpose(self.tokens[i + 2])
                return i + 3, False
            if kind == "\\" and operators and operators[-1][0] == PRODUCT:
                self._reduce(PRODUCT - 1)  # a/b\\c: what stands before is solved with
            if precedence == POWER:
                self._note_tower(token)
            operators.append((precedence, kind, token.start))
            return i + 1, True
        if kind == "'":
            self._transpose(token)
            return i + 1, False
        if kind == "power":
            self._note_tower(token)
            base = self.operands.pop()
            exponent = SyntaxNode("number", [], self._number(token), token.start, token.end)
            self.nodes.append(exponent)
            self._emit(SyntaxNode("power", [base, exponent], None, base.start, token.end, [token.start]))
            return i + 1, False
        if kind == "|" and frame is not None and frame.type == "⟨":  # ⟨ψ|H|ψ⟩
            self._next_entry(frame)
            return i + 1, True
        if kind == "!":
            self._factorial(token)
            return i + 1, False
        if kind in _BARS and frame is not None and frame.type == kind:
            order = self.tokens[i + 1]
            power = order if order.kind == "power" else None
            order = self.tokens[i + 2] if power else order
            if kind == "‖" and not self.latex and order.kind == "name" and order.text[0] == "_":  # ‖x‖_1, ‖X‖²_F
                token = token._replace(text=f"norm:{order.text[1:]}", end=order.end)
                if power:
                    self.tokens[i + 2] = power
                i += 1
            self._close(token)
            return i + 1, False
        if kind in (")", "]", "⟩") or (kind == ">" and frame is not None and frame.type == "⟨"):
            self._close(token._replace(kind="⟩") if kind == ">" else token)
            return i + 1, False
        if kind in ("=", "<", ">", ":="):
            what = "an equation" if kind == "=" else "an inequality"
            self.fail(f"{what} is not read: '{token.text}'", token.start, self._instead_of_equation(token))
        if kind == "index" or (kind == "[" and not self.latex):
            self._open("index", "", token.start)
            return i + 1, True
        if kind == "," or kind == ";":
            self._separator(i, token)
            return i + 1, True
        if kind == ":" and frame is not None and frame.type == "index" and len(frame.ranges[-1]) == 0:
            frame.ranges[-1].append(self._take_size(frame))
            return i + 1, True
        if kind == "pinv":
            self._pseudoinverse(token)
            return i + 1, False
        if kind == "method":
            self._method(token)
            return i + 2, True
        if kind in OPERAND_STARTS and self._multiplies(i, token):
            begins = kind == "apply" or (not self.latex and kind == "name" and self._is_applied(token))
            self._reduce(APPLY - 1 if begins else PRODUCT)
            if any(o[0] == PRODUCT and o[1] == "/" for o in self.operators[-1:]) and not self.latex:
                self._note_quotient(i)
            entrywise = bool(self.operators) and self.operators[-1][:2] == (PRODUCT, ".*")
            self.operators.append((PRODUCT + 1 if entrywise else PRODUCT, "*", token.start))  # y⊙Xw is y⊙(Xw)
            return i, True
        self._two_operands(i, token)

    # --- brackets ---------------------------------------------------------------------------------

    def _open(self, type: str, name: str, start: int) -> None:
        if len(self.frames) >= self.bounds.depth:
            raise exceeded("depth", f"brackets are nested more than {self.bounds.depth:,} deep")
        self.frames.append(Frame(type, name, start, len(self.nodes)))
        self.operators.append((0, type, start))

    def _close(self, token: Token) -> None:
        if not self.frames:
            opening = _OPENING[token.kind]
            self.fail(f"this '{token.kind}' closes nothing", token.start, f"Remove it, or add a '{opening}' before.")
        frame = self.frames[-1]
        if _CLOSING[frame.type] != token.kind:
            opening = _OPENING[_CLOSING[frame.type]]
            self.fail(
                f"'{token.kind}' cannot close '{opening}'",
                token.start,
                f"Write '{_CLOSING[frame.type]}' first.",
            )
        self._reduce(0)
        if frame.type == "(" or frame.type in _BARS:
            self.operators.pop()
            self.frames.pop()
            inner = self.operands[-1]
            if frame.type != "(":
                inner = self.operands.pop()
                head, order = ("bars", None) if frame.type == "|" else ("norm", token.text.partition(":")[2])
                order = {"F": "fro"}.get(order, order) if order else order
                inner = SyntaxNode(head, [inner], order, frame.start, token.end)
                self.nodes.append(inner)
                self.operands.append(inner)
            inner.start, inner.end = frame.start, token.end
            return
        if frame.type == "index":
            self._finish_range(frame)
        elif len(self.nodes) > frame.marks[-1]:
            self._take(frame)
        self.operators.pop()
        self.frames.pop()
        if frame.type in _CALLS and frame.axis is not None:
            made = along_axis(self, frame.name, frame.args, frame.axis, frame.start, token.end)
            self.operands.append(self._kept(made, frame.axis) if frame.keeps else made)
        elif frame.type in _CALLS and frame.ddof:
            self.operands.append(self._of_sample(frame.name, frame.args[0], frame.ddof, frame.start, token.end))
        elif frame.type in _CALLS:
            self.operands.append(self._call(frame.name, frame.args, frame.marks, frame.start, token.end))
        elif frame.type == "index":
            base = self.operands.pop()
            self._emit(SyntaxNode("index", [base], self._ranges(frame), base.start, token.end, [frame.start]))
        else:
            frame.rows.append(len(frame.args) - sum(frame.rows))
            self._emit(SyntaxNode("block", frame.args, tuple(frame.rows), frame.start, token.end))

    def _take(self, frame: Frame) -> None:
        """The operand just finished becomes the next argument of the frame."""
        frame.args.append(self.operands.pop())
        frame.marks.append(len(self.nodes))

    def _next_entry(self, frame: Frame) -> None:
        self._reduce(0)
        self._take(frame)

    def _separator(self, i: int, token: Token) -> None:
        if not self.frames:
            before, after = self.tokens[i - 1], self.tokens[i + 1]
            if before.kind == after.kind == "number" and len(after.text.partition(".")[0]) == 3:
                self.fail("a comma between the thousands of a number", token.start, f"Write {before.text}{after.text}.")
            self.fail(f"'{token.text}' outside brackets", token.start, "Write one expression.")
        frame = self.frames[-1]
        self._reduce(0)
        if frame.type in ("(", "‖", "|"):
            self.fail(
                f"'{token.text}' in a group",
                token.start,
                "Round brackets without a function name group one expression; a vector is [a; b].",
            )
        if frame.type == "index":
            if token.kind == ";" or len(frame.ranges) == 2:
                self.fail("an index has one or two positions", token.start, "Write x[i], X[i,j], X[i,:].")
            self._finish_range(frame)
            frame.ranges.append([])
            return
        self._take(frame)
        if token.kind == ";":
            if frame.type in _CALLS:
                self.fail("';' between arguments", token.start, "Separate arguments with commas.")
            frame.rows.append(len(frame.args) - sum(frame.rows))

    def _separates(self, i: int, token: Token) -> bool:
        """In a block, whether white space before this token separates two entries, as in [a -b]."""
        if self.latex or self.tokens[i - 1].end >= token.start:
            return False
        if token.kind in OPERAND_STARTS and token.kind not in _BARS:
            return True
        return token.kind in ("-", "+") and self.tokens[i + 1].start == token.end

    # --- index ranges -----------------------------------------------------------------------------

    def _whole_range(self, i: int) -> tuple[int, bool]:
        frame, following = self.frames[-1], self.tokens[i + 1]
        frame.ranges[-1] = [None, None]
        if following.kind == ",":
            if len(frame.ranges) == 2:
                self.fail("an index has one or two positions", following.start, "Write x[i], X[i,j], X[i,:].")
            frame.ranges.append([])
            return i + 2, True
        if following.kind != "]":
            self.fail("':' alone takes a whole row or column", following.start, "Write X[i,:] or X[:,1:k].")
        # `_close` follows at once and finds the range finished.
        return i + 1, False

    def _take_size(self, frame: Frame) -> Size:
        self._reduce(0)
        node = self.operands.pop()
        s = size_of(self, frame.base, node)
        self.positions |= s.letters
        return s

    def _finish_range(self, frame: Frame) -> None:
        if not frame.ranges[-1]:
            frame.single.add(len(frame.ranges) - 1)
        if len(frame.ranges[-1]) < 2:
            frame.ranges[-1].append(self._take_size(frame))

    def _ranges(self, frame: Frame) -> list[tuple[Size | None, Size | None]]:
        ranges: list[tuple[Size | None, Size | None]] = []
        for k, r in enumerate(frame.ranges):
            low, high = r[0], r[-1]
            if (
                self.from_zero and low is not None and high is not None
            ):  # Python counts from 0, and stops before the end
                low, high = low + 1, high + 1 if k in frame.single else high
            ranges.append((low, high))
        return ranges

    # --- what can go wrong ------------------------------------------------------------------------

    def _calls(self, i: int, token: Token, following: Token) -> bool:
        """Whether a name before a bracket calls a function; a variable multiplies what is more than one name."""
        name = token.text
        if self.frames and self.frames[-1].type == "[" and following.start > token.end:
            return False
        if name in self.declared or not is_function(name):
            if following.start > token.end and (name.isupper() or name in ("u", "v")) and self._is_compound(i + 1):
                self.notes.append(f"{name} (…) is read as the product {name}*(…)")
                return False
            if name in self.declared and is_function(name):
                self.fail(
                    f"{name} is declared, and so no function here", token.start, "Give the variable another name."
                )
            if name in self.declared or default_kind(name):
                if name in _FUNCTION_LIKE or not self._is_compound(i + 1):
                    also = f" {_GAMMAS[name]}" if name in _GAMMAS else ""
                    self.fail(
                        f"{name} is a variable, not a function", token.start, f"For a product write {name}*(…).{also}"
                    )
                return False
            self.unknown_function(name, token.start)
        return True

    def _require_product(self, i: int, token: Token, following: Token) -> None:
        """In LaTeX a name before a bracket multiplies; a bracket around one name alone is that of an unknown function."""
        if following.text == "(" and not self._is_compound(i + 1):
            self.fail(
                f"{token.text} is a variable, not a function", token.start, "For a product leave the brackets out."
            )

    # --- what people leave out --------------------------------------------------------------------

    def _applied(self, i: int, token: Token) -> tuple[int, bool]:
        """tr X, sin^2 x, tr[X]: a function without round brackets takes the factors that follow."""
        name, k = token.text, i + 1
        following = self.tokens[k]
        if following.kind in ("^", "power"):
            exponent = following if following.kind == "power" else self.tokens[k + 1]
            after = k + (1 if following.kind == "power" else 2)
            if exponent.text.isdigit() and has_elementwise_powers(name):
                name, k = f"{name}^{exponent.text}", after
                following = self.tokens[k]
                if following.kind == "(":
                    self._open("call", name, token.start)
                    return k + 1, True
        if following.kind == "[" and following.start == self.tokens[k - 1].end:
            self._open("call[", name, token.start)
            return k + 1, True
        if following.kind not in OPERAND_STARTS:
            if name in ("rows", "cols"):
                self._emit(SyntaxNode("name", [], name, token.start, token.end))
                return i + 1, False
            self._emit(SyntaxNode("name", [], token.text, token.start, token.end))
            return i + 1, False
        self.operators.append((APPLY, name, token.start))
        return k, True

    def _keyword(self, i: int) -> bool:
        """Whether axis=… or keepdims=… is an argument of the call that is open."""
        frame = self.frames[-1] if self.frames else None
        if frame is None or frame.type != "call":
            return False
        return self.tokens[i - 1].kind == "," or (self.tokens[i - 1].kind == "(" and bool(frame.args))

    def _after_keyword(self, i: int) -> tuple[int, bool]:
        """axis=0, axis=1, axis=-1: the axis of the call."""
        frame, k = self.frames[-1], i + 2
        if self.tokens[i].text not in _KEYWORDS:
            name = self.tokens[i].text
            self.fail(f"the argument {name}=… is not read", self.tokens[i].start, INSTEAD_OF_KEYWORD.get(name, ""))
        negative = self.tokens[k].kind == "-"
        k += negative
        if self.tokens[i].text == "ddof":
            frame.ddof = self._degrees(frame, k)
        elif self.tokens[i].text == "keepdims":
            frame.keeps = self.tokens[k].text == "True"
        else:
            if self.tokens[k].kind != "number" or self.tokens[k].text not in ("0", "1", "2"):
                self.fail("axis is 0, 1 or -1", self.tokens[i].start)
            frame.axis = int(self.tokens[k].text) * (-1 if negative else 1)
            if self.tokens[i].text == "dims":  # Julia's count from 1
                frame.axis -= 1
        if self.tokens[k + 1].kind == ")":
            self._close(self.tokens[k + 1])
            return k + 2, False
        if self.tokens[k + 1].kind == ",":
            if self.tokens[k + 2].kind == "name" and self.tokens[k + 3].kind == "=":
                return self._after_keyword(k + 2)
            return k + 2, True
        self.fail("a keyword argument has one value", self.tokens[k].start)

    def _degrees(self, frame: Frame, k: int) -> int:
        """The number of ddof=…, with which a variance or deviation of all entries is that of a sample."""
        given = self.tokens[k].text
        if frame.name == "cov" and given == "1":
            return 0
        if frame.name not in ("var", "std") or not given.isdigit() or frame.axis is not None or len(frame.args) != 1:
            self.fail("the argument ddof=… is not read", self.tokens[k - 2].start, INSTEAD_OF_KEYWORD["ddof"])
        return int(given)

    def _method(self, token: Token) -> None:
        """X.dot(Y): the value before the point is the first argument."""
        self._reduce(POWER - 1)
        receiver = self.operands.pop()
        self._open("call", token.text, receiver.start)
        self.frames[-1].args.append(receiver)
        self.frames[-1].marks.append(len(self.nodes))
