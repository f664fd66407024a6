"""Gradient checks for test suites: `assert_gradient(f, grad, X0)` fails with what is wrong.

def test_gradient():
    fr.testing.assert_gradient(loss, grad_loss, W0)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from frechet.check.checking import check

__all__ = ["assert_gradient"]


def assert_gradient(
    f: Callable[..., Any],
    grad: Callable[..., Any] | str,
    X0: Any,
    *,
    form: str | None = None,
    wrt: str | Sequence[str] | None = None,
    declarations: Mapping[str, str] | None = None,
    seed: int = 0,
) -> None:
    """Asserts that `grad` is the gradient (Jacobian, differential, Hessian) of the Python function `f` at X0.

    X0 is an array, or a dict or tuple of arrays for a function of several. When `wrt` is left out and there are several
    arguments, `grad` returns one gradient for each of them, as a dict or a tuple.

    Raises AssertionError with the report of `fr.check`: the relative error, what is wrong, the claim put right.
    Raises FrechetError when f or X0 cannot be used.
    """
    __tracebackhide__ = True  # pytest shows the line of the test, not this one
    report = check(f, X0, grad, form, seed=seed, wrt=wrt, declarations=declarations)
    if not report:
        raise AssertionError(str(report))
