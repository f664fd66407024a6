"""The formula of a Python function, where it has one: the function runs on symbols of the matrix language.

The formula is compared with the function at random numbers before it is given: what it does not say, it is refused for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from inspect import Parameter, signature
from itertools import takewhile
from typing import Any

import numpy as np

import frechet.tracing.symbolic_functions  # noqa: F401  fills the tables of symbols
from frechet.check.points import STYLES, symbol_value
from frechet.errors import DerivativeError, FrechetError, ShapeError
from frechet.expr.evaluate import evaluate
from frechet.expr.node import Expr, as_expr, symbols
from frechet.expr.sizes import ONE
from frechet.tracing.copying import copied
from frechet.tracing.symbolic import Symbolic, refused
from frechet.tracing.symbolic_sizes import GuessedSizes, SizesDifferError

__all__ = ["formula"]


def formula(f: Callable[..., Any], **declarations: str) -> Expr:
    """The expression that f computes, with the names of its arguments as symbols.

        fr.formula(loss, X="matrix(m,n)", y="vector(m)", w="vector(n)")     # its .gradient, .steps, code, check

    Arguments without a declaration are read by their letters, as in text, with the sizes that the code needs; those with a default
    keep it (declare lam="scalar" for a symbol). The formula is compared with f at random numbers.
    Raises DerivativeError where f is no formula of the matrix language: decisions, loops over entries, other functions.

    >>> fr.formula(lambda A, x: np.sum((A @ x) ** 2), A="matrix(m,n)", x="vector(n)")
    sum((A·x).^2)
    """
    parameters = signature(f).parameters
    names = [n for n, p in parameters.items() if n in declarations or not _is_an_option(p)]
    unknown = [n for n in declarations if n not in names]
    if unknown:
        raise DerivativeError(f"the function has no argument {unknown[0]}; it has {', '.join(names)}")
    sizes = GuessedSizes(names, declarations)
    given = sizes.symbols(names)
    try:
        while True:
            try:
                result = _called(copied(f), parameters, {n: Symbolic(e, _ndim(e)) for n, e in given.items()})
                break
            except SizesDifferError as error:
                if not sizes.make_one(error.pair):
                    raise
                given = sizes.symbols(names)
    except ShapeError as error:
        guessed = {n: e for n, e in given.items() if n not in declarations}
        if not guessed:
            raise
        shapes = ", ".join(f"{n}: {e.rows}×{e.cols}" for n, e in guessed.items())
        raise ShapeError(
            f"{error}; the arguments without a declaration are read by their letters ({shapes}): declare those that are "
            f'something else, such as fr.formula(f, {next(iter(guessed))}="vector(n)")'
        ) from error
    except FrechetError:
        raise
    except (TypeError, AttributeError, ValueError, AssertionError) as error:
        is_write = "setting an array element" in str(error)
        raise refused(
            "a write of a value into an array of numbers"
            if is_write
            else f"what f does ({type(error).__name__}: {error})"
        ) from error
    if isinstance(result, float | int | np.number) and not isinstance(result, bool):
        result = Symbolic(as_expr(result), 0)
    if not isinstance(result, Symbolic):
        if isinstance(result, tuple | list | dict):
            raise DerivativeError(
                f"a formula is of one array, and f gives a {type(result).__name__}: return one of its parts"
            )
        raise refused(f"a value of type {type(result).__name__}")
    _compare(lambda *args: _called(f, parameters, dict(zip(given, args, strict=True))), given, result)
    return result.expr


def _is_an_option(p: Parameter) -> bool:
    """Whether it has a value of its own: a default, or none of *args."""
    return p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) or p.default is not p.empty


def _called(f: Callable[..., Any], parameters: Mapping[str, Parameter], given: Mapping[str, Any]) -> Any:
    """f of all given: in their places up to the first that is left out or has none (NumPy's own names are not ours)."""
    by_name = {n for n, p in parameters.items() if p.kind is p.KEYWORD_ONLY}
    in_place = list(takewhile(lambda n: n in given and n not in by_name, parameters))
    return f(*[given[n] for n in in_place], **{n: given[n] for n in given if n not in in_place})


def _ndim(e: Expr) -> int:
    return 0 if e.is_scalar else 1 if e.cols is ONE else 2


def _compare(f: Callable[..., Any], given: Mapping[str, Expr], found: Symbolic) -> None:
    """Refuses a formula that is not the function at random numbers; where none can be compared, too."""
    letters = sorted({n for e in given.values() for s in (e.rows, e.cols) for n in s.letters})
    compared = 0
    for seed in range(6):
        rng = np.random.default_rng(seed)
        ordered = letters if seed % 2 else letters[::-1]  # X'*X is regular for tall X only, X*X' for wide X
        sizes = {n: 3 + k + seed % 2 for k, n in enumerate(ordered)}
        style = STYLES[(0, 1, 3)[seed % 3]]  # of any sign, positive, definite
        arrays = {e: symbol_value(e, (e.rows.value(sizes), e.cols.value(sizes)), style, rng) for e in given.values()}
        try:
            with np.errstate(all="ignore"):
                mine = evaluate(found.expr, {e: A for e, A in arrays.items() if e in symbols(found.expr)}, sizes)
                theirs = np.asarray(f(*[_shaped(arrays[e], _ndim(e)) for e in given.values()]), dtype=float)
        except (FrechetError, np.linalg.LinAlgError):
            continue  # outside the domain
        if not np.isfinite(mine).all():
            continue
        if theirs.ndim != found.ndim or not np.allclose(_shaped(mine, found.ndim), theirs, rtol=1e-8, atol=1e-10):
            raise refused(f"what f computes (at random numbers it is not {found.expr}, which its operations spell)")
        compared += 1
    if not compared:
        raise refused("a function that has no value at any of the random numbers tried")


def _shaped(A: np.ndarray, ndim: int) -> Any:
    return A[0, 0] if ndim == 0 else A[:, 0] if ndim == 1 else A
