"""IPython: `%load_ext frechet` gives `%derive` and `%check`, whose results are objects that show themselves typeset.

    %derive logdet(X'*X) --wrt X --var S: spd(n)
    %check tr(A*X^2) --wrt X --claim 2*A'*X'

A formula is the rest of the line up to the first option, without quotes; with `%%derive --wrt X` it is the cell. A name of the
notebook stands for the expression or the text that it has there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from frechet import service
from frechet.answer import Answer, Steps
from frechet.budgets import budget
from frechet.check.checking import check
from frechet.check.report import Report
from frechet.compile import source
from frechet.errors import FrechetError
from frechet.expr.node import Expr
from frechet.language import to_text

try:
    from IPython.core.error import UsageError
    from IPython.core.magic import Magics, line_cell_magic, magics_class, no_var_expand
except ImportError as error:
    raise FrechetError(f"magics need {error.name}: pip install ipython") from error

__all__ = ["FrechetMagics", "load_ipython_extension"]

_SECONDS = 60.0
_OPTION = re.compile(r"(?:^|\s)--(?=[a-z])")
_DERIVE = {"wrt", "var", "form", "steps", "code"}
_CHECK = {"wrt", "var", "form", "claim"}


@magics_class
class FrechetMagics(Magics):
    """`%derive` and `%check`, as the commands of the shell."""

    @no_var_expand  # braces are LaTeX
    @line_cell_magic
    def derive(self, line: str, cell: str | None = None) -> Answer | Steps | Expr | str:
        """%derive FORMULA --wrt X [--var X: matrix(m,n)] [--form jacobian] [--steps] [--code numpy]

        The derivative; with --steps its derivation, with --form that form of it, with --code a program as text.
        """
        formula, options = self._read(line, cell, _DERIVE, {"wrt"})
        with _in_words():
            found = service.derived(formula, options["wrt"][0], _declared(options), _one(options, "form"))
            results = [r for _, r in found.results]
            if "code" in options:
                return source(results[0] if len(results) == 1 else results, options["code"][0] or "numpy")
            if "steps" in options:
                return found.answer.steps
            whole = found.form in (None, "gradient", "hessian") or len(results) > 1
            return found.answer if whole else results[0]

    @no_var_expand
    @line_cell_magic
    def check(self, line: str, cell: str | None = None) -> Report:
        """%check FORMULA --wrt X --claim FORMULA [--var X: matrix(m,n)] [--form jacobian]

        Whether the claim is the derivative; if not, what is wrong with it.
        """
        formula, options = self._read(line, cell, _CHECK, {"wrt", "claim"})
        with _in_words():
            names = [n.strip() for n in options["wrt"][0].split(",")]
            claim = self._meant(options["claim"][0])
            return check(formula, names, claim, _one(options, "form"), declarations=_declared(options))

    def _read(self, line: str, cell: str | None, known: set[str], needed: set[str]) -> tuple[str, dict[str, list[str]]]:
        """The formula, and the texts of each option."""
        first, *rest = _OPTION.split(line)
        options: dict[str, list[str]] = {}
        for text in rest:
            name, _, value = text.partition(" ")
            if name not in known:
                raise UsageError(f"there is no option --{name}: choose from --{', --'.join(sorted(known))}")
            options.setdefault(name, []).append(_unquoted(value))
        missing = sorted(n for n in needed if not options.get(n, [""])[0])
        formula = self._meant(_unquoted(first if cell is None else f"{first}\n{cell}"))
        if missing or not formula:
            what = " and ".join([*(["a formula"] if not formula else []), *(f"--{m}" for m in missing)])
            raise UsageError(f"give {what}, as in %derive logdet(X'*X) --wrt X")
        return formula, options

    def _meant(self, text: str) -> str:
        """The text, or what the notebook has under this name."""
        value = self.shell.user_ns.get(text) if self.shell is not None and text.isidentifier() else None
        return to_text(value) if isinstance(value, Expr) else value if isinstance(value, str) else text


def _unquoted(text: str) -> str:
    text = text.strip()
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text


def _declared(options: dict[str, list[str]]) -> dict[str, str]:
    pairs = [text.partition(":")[::2] for text in options.get("var", [])]
    return {name.strip(): kind.strip() for name, kind in pairs}


def _one(options: dict[str, list[str]], name: str) -> str | None:
    return options.get(name, [None])[0]


@contextmanager
def _in_words() -> Iterator[None]:
    """What Frechet refuses is told without a traceback; the time of one magic is bounded."""
    try:
        with budget(time=_SECONDS):
            yield
    except FrechetError as error:
        raise UsageError(str(error)) from None


def load_ipython_extension(ipython: Any) -> None:
    """What `%load_ext frechet` calls."""
    ipython.register_magics(FrechetMagics)
