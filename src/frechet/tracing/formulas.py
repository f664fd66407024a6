"""The formula of a Python function, where it has one: the function runs on symbols of the matrix language.

A symbol knows its number of dimensions, so that `b @ A`, `x.T`, `A * x` and `X[0]` mean what they mean for NumPy. The formula is
compared with the function at random numbers before it is given: what it does not say, it is refused for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from inspect import signature
from typing import Any

import numpy as np

from frechet.errors import DerivativeError, FrechetError, ShapeError
from frechet.expr.evaluate import evaluate
from frechet.expr.node import Expr, as_expr, operations, symbols
from frechet.expr.protocols import NUMPY_UFUNCS, part
from frechet.expr.sizes import ONE
from frechet.expr.structure import ones
from frechet.language import parse
from frechet.rules.numpy_names import along, diagonal, norm, outer
from frechet.tracing.copying import copied

__all__ = ["formula"]


def _refused(what: str) -> DerivativeError:
    return DerivativeError(
        f"{what} is in no formula of the matrix language; fr.gradient(f) differentiates the code as it is"
    )


class Symbolic:
    """An expression with the number of dimensions that its array has."""

    __slots__ = ("expr", "ndim")
    __array_priority__ = 2000.0

    def __init__(self, expr: Expr, ndim: int) -> None:
        self.expr, self.ndim = expr, ndim

    # --- what an array tells ----------------------------------------------------------------------

    @property
    def shape(self) -> tuple[Symbolic, ...]:
        sizes = (self.expr.rows, self.expr.cols)[: self.ndim]
        return tuple([Symbolic(as_expr(n), 0) for n in sizes])

    @property
    def size(self) -> Symbolic:
        return Symbolic(as_expr(self.expr.rows) * as_expr(self.expr.cols), 0)

    @property
    def T(self) -> Symbolic:
        return Symbolic(self.expr.T, 2) if self.ndim == 2 else self

    def __getitem__(self, key: Any) -> Symbolic:
        keys = key if isinstance(key, tuple) else (key,)
        if self.ndim == 1 and len(keys) == 2 and None in keys:
            return Symbolic(self.expr if keys[1] is None else self.expr.T, 2)
        if any(isinstance(k, Symbolic | list | np.ndarray) or k is None or k is Ellipsis for k in keys):
            raise _refused("indexing by arrays, masks, None or ...")
        keys = (*keys, slice(None))[:2] if self.ndim == 2 else (keys[0], slice(None))
        found = part(self.expr, keys)
        left = [isinstance(k, slice) for k in keys]
        if self.ndim == 1 or not left[1]:
            return Symbolic(found, int(left[0]))
        return Symbolic(found, 2) if left[0] else Symbolic(found.T, 1)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name not in _METHODS:
            raise _refused(f"the method {name}")
        return lambda *args, **options: _METHODS[name](self, *args, **options)

    def _no_numbers(self, *_: Any) -> Any:
        raise _refused("a decision, a loop over entries, or another use of the numbers themselves")

    __bool__ = __float__ = __int__ = __index__ = __len__ = __iter__ = __array__ = __setitem__ = _no_numbers
    __lt__ = __le__ = __gt__ = __ge__ = _no_numbers

    # --- NumPy's protocols ----------------------------------------------------------------------------

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Symbolic:
        if method != "__call__" or any(v is not None for v in options.values()):
            raise _refused(f"np.{ufunc.__name__} with options")
        return _elementwise(ufunc.__name__, *inputs)

    def __array_function__(self, function: Callable, types: Any, args: tuple, options: dict) -> Any:
        return self.meaning_of(function)(*args, **options)

    @staticmethod
    def meaning_of(function: Callable) -> Callable[..., Any]:
        """What a library's function means on symbols."""
        name = getattr(function, "__name__", "?")
        if name in _FUNCTIONS:
            return _FUNCTIONS[name]
        if name in operations and operations[name].elementwise:
            return lambda *args: _elementwise(name, *args)
        raise _refused(f"{getattr(function, '__module__', None) or ''}.{name}".lstrip("."))


def _symbolic(value: Any) -> Symbolic:
    if isinstance(value, Symbolic):
        return value
    if isinstance(value, np.ndarray) and value.ndim > 2:
        raise _refused("an array of more than two dimensions")
    if isinstance(value, np.ndarray) and value.ndim:
        return Symbolic(as_expr(value.reshape(-1, 1) if value.ndim == 1 else value), value.ndim)
    return Symbolic(as_expr(value.item() if isinstance(value, np.generic | np.ndarray) else value), 0)


def _broadcast(a: Symbolic, b: Symbolic) -> tuple[Expr, Expr, int]:
    """Both as expressions of one shape, or with a number among them, as NumPy broadcasts."""
    ndim = max(a.ndim, b.ndim)
    if not a.ndim or not b.ndim:
        return a.expr, b.expr, ndim
    x, y = [s.expr.T if s.ndim < ndim else s.expr for s in (a, b)]  # a vector is a row beside a matrix
    return _repeated(x, y), _repeated(y, x), ndim


def _repeated(x: Expr, like: Expr) -> Expr:
    if x.rows is ONE and like.rows is not ONE:
        x = ones(like.rows, 1) @ x
    return x @ ones(1, like.cols) if x.cols is ONE and like.cols is not ONE else x


def _elementwise(name: str, *inputs: Any) -> Symbolic:
    args = [_symbolic(a) for a in inputs]
    if name == "matmul":
        return _product(*args)
    if name == "logaddexp":
        a, b, ndim = _broadcast(*args)
        if a is as_expr(0) or b is as_expr(0):
            return Symbolic(operations["softplus"](b if a is as_expr(0) else a), ndim)
        return Symbolic(operations["log"](operations["exp"](a) + operations["exp"](b)), ndim)
    meaning = NUMPY_UFUNCS.get(name)
    if meaning is None:
        row = operations.get(name)
        if row is None or not row.elementwise:
            raise _refused(f"np.{name}")
        meaning = row
    if len(args) == 1:
        return Symbolic(meaning(args[0].expr), args[0].ndim)
    x, y, ndim = _broadcast(*args)
    if name == "multiply" and not (x.is_scalar or y.is_scalar):
        return Symbolic(operations["hadamard"](x, y), ndim)
    return Symbolic(meaning(x, y), ndim)


def _product(A: Any, B: Any) -> Symbolic:
    A, B = _symbolic(A), _symbolic(B)
    if not A.ndim or not B.ndim:
        return _elementwise("multiply", A, B)
    if A.ndim == 1:
        found = B.expr.T @ A.expr
        return Symbolic(found, B.ndim - 1)
    return Symbolic(A.expr @ B.expr, B.ndim)


def _reduced(name: str) -> Callable[..., Symbolic]:
    def called(A: Any, axis: Any = None, keepdims: bool = False, **options: Any) -> Symbolic:
        A = _symbolic(A)
        if any(v is not None for v in options.values()) or isinstance(axis, tuple):
            raise _refused(f"np.{name} with options")
        if axis is None or A.ndim < 2:
            if keepdims:
                raise _refused(f"np.{name} with keepdims of all entries")
            return Symbolic(operations[name](A.expr), 0)
        found = along(name, A.expr, axis)
        if not keepdims:
            return Symbolic(found, 1)
        return Symbolic(found.T if axis in (0, -2) else found, 2)

    return called


def _norm(A: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Symbolic:
    if axis is not None or keepdims:
        raise _refused("np.linalg.norm along an axis")
    return Symbolic(norm(_symbolic(A).expr, ord), 0)


def _of_matrix(name: str, ndim: int) -> Callable[..., Symbolic]:
    def called(A: Any, **options: Any) -> Symbolic:
        A = _symbolic(A)
        if A.ndim != 2 or any(options.values()):
            raise _refused(f"{name} of this argument")
        return Symbolic(operations[name](A.expr), ndim)

    return called


def _diag(v: Any, k: int = 0) -> Symbolic:
    v = _symbolic(v)
    if k:
        raise _refused("np.diag beside the main diagonal")
    return Symbolic(diagonal(v.expr), 3 - v.ndim)


def _slogdet(A: Any) -> tuple[Symbolic, Symbolic]:
    logdet = _of_matrix("logdet", 0)(A)
    return Symbolic(operations["sign"](operations["det"](logdet.expr.args[0])), 0), logdet


def _logsumexp(x: Any) -> Symbolic:
    return Symbolic(operations["logsumexp"](_symbolic(x).expr), 0)


def _solve(A: Any, b: Any) -> Symbolic:
    b = _symbolic(b)
    return Symbolic(operations["inv"](_symbolic(A).expr) @ b.expr, b.ndim)


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    **{name: _reduced(name) for name in ("sum", "mean", "max", "min")},
    **{
        name: _of_matrix(operation, ndim)
        for name, operation, ndim in (
            ("trace", "tr", 0), ("det", "det", 0), ("inv", "inv", 2), ("pinv", "pinv", 2), ("cholesky", "chol", 2),
            ("eigvalsh", "eigvalsh", 1), ("expm", "expm", 2), ("logm", "logm", 2), ("sqrtm", "sqrtm", 2),
            ("tril", "tril", 2), ("triu", "triu", 2),
        )
    },
    "dot": _product,
    "matmul": _product,
    "vdot": lambda A, B: Symbolic(operations["tr"](_symbolic(A).expr.T @ _symbolic(B).expr), 0),
    "inner": lambda A, B: _product(A, _symbolic(B).T),
    "outer": lambda x, y: Symbolic(outer(_symbolic(x).expr, _symbolic(y).expr), 2),
    "kron": lambda A, B: Symbolic(operations["kron"](_symbolic(A).expr, _symbolic(B).expr), 2),
    "transpose": lambda A: _symbolic(A).T,
    "diag": _diag,
    "slogdet": _slogdet,
    "solve": _solve,
    "norm": _norm,
    "logsumexp": _logsumexp,
    "expit": lambda x: Symbolic(operations["sigmoid"](_symbolic(x).expr), _symbolic(x).ndim),
    "pow": lambda x, p: _elementwise("power", x, p),
}  # fmt: skip
_METHODS = {name: _FUNCTIONS[name] for name in ("sum", "mean", "max", "min", "dot", "trace", "transpose")}
_METHODS["copy"] = lambda A: A


def _operator(name: str, swapped: bool = False) -> Callable[[Symbolic, Any], Symbolic]:
    return (lambda a, b: _elementwise(name, b, a)) if swapped else (lambda a, b: _elementwise(name, a, b))


for _short, _name in {
    "add": "add", "sub": "subtract", "mul": "multiply", "truediv": "divide", "matmul": "matmul", "pow": "power",
}.items():  # fmt: skip
    setattr(Symbolic, f"__{_short}__", _operator(_name))
    setattr(Symbolic, f"__r{_short}__", _operator(_name, swapped=True))
for _short, _name in {"neg": "negative", "pos": "positive", "abs": "absolute"}.items():
    setattr(Symbolic, f"__{_short}__", lambda a, name=_name: _elementwise(name, a))


def formula(f: Callable[..., Any], **declarations: str) -> Expr:
    """The expression that f computes, with the names of its arguments as symbols.

        fr.formula(loss, X="matrix(m,n)", y="vector(m)", w="vector(n)")     # its .gradient, .steps, code, check

    Arguments without a declaration are read by their letters, as in text. The formula is compared with f at random numbers.
    Raises DerivativeError where f is no formula of the matrix language: decisions, loops over entries, other functions.

    >>> fr.formula(lambda A, x: np.sum((A @ x) ** 2), A="matrix(m,n)", x="vector(n)")
    sum((A·x).^2)
    """
    names = list(signature(f).parameters)
    unknown = [n for n in declarations if n not in names]
    if unknown:
        raise DerivativeError(f"the function has no argument {unknown[0]}; it has {', '.join(names)}")
    given = {n: parse(n, **({n: declarations[n]} if n in declarations else {})) for n in names}
    try:
        result = copied(f)(*[Symbolic(e, _ndim(e)) for e in given.values()])
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
    except (TypeError, AttributeError, ValueError) as error:
        raise _refused(f"what f does ({type(error).__name__}: {error})") from error
    if not isinstance(result, Symbolic):
        raise _refused(f"a value of type {type(result).__name__}")
    _compare(f, given, result)
    return result.expr


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
        arrays = {e: _sample(e, sizes, rng, spd=seed % 3 == 2, positive=seed % 3 == 1) for e in given.values()}
        try:
            with np.errstate(all="ignore"):
                mine = evaluate(found.expr, {e: A for e, A in arrays.items() if e in symbols(found.expr)}, sizes)
                theirs = np.asarray(f(*[_shaped(arrays[e], _ndim(e)) for e in given.values()]), dtype=float)
        except (FrechetError, np.linalg.LinAlgError):
            continue  # outside the domain
        if not np.isfinite(mine).all():
            continue
        if theirs.ndim != found.ndim or not np.allclose(_shaped(mine, found.ndim), theirs, rtol=1e-8, atol=1e-10):
            raise _refused(f"what f computes (at random numbers it is not {found.expr}, which its operations spell)")
        compared += 1
    if not compared:
        raise _refused("a function that has no value at any of the random numbers tried")


def _sample(e: Expr, sizes: Mapping[str, int], rng: np.random.Generator, spd: bool, positive: bool) -> np.ndarray:
    m, n = e.rows.value(sizes), e.cols.value(sizes)
    A = rng.standard_normal((m, n))
    if m == n and m > 1 and spd:
        return A @ A.T + np.eye(m)
    return np.abs(A) + 0.1 if positive else A


def _shaped(A: np.ndarray, ndim: int) -> Any:
    return A[0, 0] if ndim == 0 else A[:, 0] if ndim == 1 else A
