"""Every error that Frechet raises on purpose.

FrechetError
├── LanguageError     the text does not read as an expression (position, caret, suggestion)
├── ShapeError        sizes that do not fit
├── DerivativeError   a derivative that is not known, or does not exist
├── EvaluationError   numbers that do not fit the expression, or leave its domain
│   ├── SingularOperatorError   a linear operator without a numerically reliable inverse
│   └── ConvergenceError        an iteration that did not reach its tolerance
├── LimitError        the work asked for exceeds a bound
│   └── BudgetError   a bound of the caller's budget, which fr.budget(...) sets
└── MissingLibraryError   a library that an extra brings is not installed (an ImportError too)
"""

from __future__ import annotations

__all__ = [
    "BudgetError",
    "ConvergenceError",
    "DerivativeError",
    "EvaluationError",
    "FrechetError",
    "LanguageError",
    "LimitError",
    "MissingLibraryError",
    "ShapeError",
    "SingularOperatorError",
]


class FrechetError(Exception):
    """The root of all errors that Frechet raises on purpose. They come out of another process as they were raised."""

    def __reduce__(self):
        return _restored, (type(self), self.args, self.__dict__)


def _restored(kind: type[FrechetError], args: tuple, state: dict) -> FrechetError:
    """An error from its finished message: the arguments of its own constructor are in the state."""
    error = kind.__new__(kind, *args)
    error.__dict__.update(state)
    return error


class LanguageError(FrechetError):
    """The text does not read as an expression.

    `position` is the offset of the fault in `text`; the message shows it with a caret.
    """

    def __init__(self, message: str, text: str = "", position: int | None = None, hint: str = ""):
        self.reason, self.text, self.position, self.hint = message, text, position, hint
        super().__init__(self._render())

    def _render(self) -> str:
        lines = [self.reason]
        if self.position is not None:
            lines += _caret(self.text, self.position)
        if self.hint:
            lines.append(self.hint)
        return "\n".join(lines)


class ShapeError(LanguageError):
    """Sizes that do not fit; with a position when the expression came from text."""


class DerivativeError(FrechetError):
    """A derivative that is not known, or does not exist there."""


class EvaluationError(FrechetError):
    """Numbers that do not fit the expression, or leave its domain."""


class SingularOperatorError(EvaluationError):
    """A linear operator without a numerically reliable inverse; `condition` is about its condition number."""

    def __init__(self, reason: str, condition: float = float("inf")):
        self.reason, self.condition = reason, condition
        super().__init__(f"{reason} (condition number about {condition:.1e})")


class ConvergenceError(EvaluationError):
    """An iteration that did not reach its tolerance; `residual` is what it reached."""

    def __init__(self, reason: str, residual: float = float("nan")):
        self.reason, self.residual = reason, residual
        super().__init__(f"{reason} (residual {residual:.1e})")


class LimitError(FrechetError):
    """The work asked for exceeds a bound."""


class BudgetError(LimitError):
    """A bound of the caller's budget is exceeded; `bound` is its name, such as "time" or "memory"."""

    def __init__(self, message: str, bound: str = ""):
        self.bound = bound
        super().__init__(message)


class MissingLibraryError(FrechetError, ImportError):
    """A library that is not installed; `extra` is the extra of Frechet that brings it."""

    def __init__(self, purpose: str, library: str, extra: str):
        self.extra = extra
        super().__init__(f"{purpose} needs {library}: pip install 'frechet[{extra}]'")


def _caret(text: str, position: int, window: int = 60) -> list[str]:
    """The line of `text` around `position`, and a caret under it."""
    start = max(0, position - window)
    excerpt = text[start : position + window].replace("\n", " ").replace("\t", " ")
    excerpt = "".join(c if c.isprintable() else "�" for c in excerpt)
    prefix = "…" if start else ""
    suffix = "…" if position + window < len(text) else ""
    return [f"  {prefix}{excerpt}{suffix}", "  " + " " * (position - start + len(prefix)) + "^"]
