"""The problem sets: read from docs/problems/*.toml and checked; `problem_pages.py` shows them.

A problem has a title, what is asked (`ask`), a `hint`, and how the solution is found (`worked`). Its solution is one of

- `solution`, the derivative of `f` by `wrt` (`form`: gradient, if nothing is said), with declarations of letters in `declared`;
- an identity, `left` = `right`, which the question shows if it is `prove` = true;
- `code`, whose last line has the `value`, to the digits that are written.

`course` are the problems of the course Matrix Calculus (MIT 18.063, 18.S096) and the passages of its notebooks that it follows: P22-1.1a is
problem 1.1a of the year 2022, N-5.2 the second formula of chapter 5 of the notes.
"""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

import frechet as fr
from frechet.expr.node import Expr
from frechet.language.equations import Row, differential_sign, equations, gradient_sign, styled, typeset, words

__all__ = ["SETS", "Problem", "problems"]

FOLDER = Path(__file__).parent / "problems"
SETS = ("operators", "chain", "jacobians", "gradients", "differences", "factorizations", "adjoints", "second")


@dataclass(frozen=True)
class Problem:
    """One problem; see the top of this file."""

    title: str
    course: list[str]
    ask: str
    hint: str
    worked: str
    f: str = ""
    wrt: str | list[str] = ""
    form: str = "gradient"
    solution: str = ""
    declared: Mapping[str, str] = field(default_factory=dict)
    left: str = ""
    right: str = ""
    prove: bool = False  # the question shows the identity
    code: str = ""
    value: Any = None

    def holds(self, factor: float = 1.0) -> bool:
        """Whether the solution is right; one that is off by a factor is not."""
        if self.code:
            return _agrees(self.last_value(), np.multiply(self.value, factor))
        if self.left:
            right = self._read(self.right)
            return fr.equivalent(self._read(self.left), right if factor == 1 else factor * right)
        claim = self.solution if factor == 1 else f"{factor}*({self.solution})"
        return fr.check(self.f, self.wrt, claim, form=self.form, declarations=self.declared).right is True

    def last_value(self) -> Any:
        """The value of the last line of the code."""
        *statements, last = ast.parse(self.code).body
        assert isinstance(last, ast.Expr)
        names: dict[str, Any] = {}
        exec(compile(ast.Module(statements, []), self.title, "exec"), names)
        return eval(compile(ast.Expression(last.value), self.title, "eval"), names)

    def shown(self) -> str:
        """The solution as HTML; code has none."""
        if self.left:
            rows: list[Row] = [(typeset(self._read(self.left)), typeset(self._read(self.right)), "")]
        elif self.solution:
            rows = [(self._sign(), typeset(self._read(self.solution)), "")]
        else:
            return ""
        return styled(equations(rows))

    def text(self) -> str:
        """The solution as one types it."""
        return f"{self.left} = {self.right}" if self.left else self.solution

    def _sign(self) -> str:
        if self.form == "gradient":
            return gradient_sign(fr.parse(str(self.wrt), **{str(self.wrt): self.declared.get(str(self.wrt), "scalar")}))
        return differential_sign() if self.form == "differential" else words("Jacobian")

    def _read(self, text: str) -> Expr:
        """The text, with a differential for each variable."""
        variables = [self.wrt] if isinstance(self.wrt, str) else self.wrt
        moved = {f"d{v}": self.declared[v] for v in variables if v in self.declared}
        return fr.parse(text, **{k: v for k, v in {**self.declared, **moved}.items() if k in text})


def _agrees(found: Any, written: Any) -> bool:
    """Equal to the digits that are written: four at least, as many as a number has otherwise."""
    found, written = np.asarray(found), np.asarray(written)
    return found.shape == written.shape and np.allclose(found, written, rtol=1e-5, atol=1e-12)


def problems(name: str) -> list[Problem]:
    """The problems of a set."""
    content = tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
    return [Problem(**entry) for entry in content["problem"]]
