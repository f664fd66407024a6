"""What the families of functions share: an array library, its operations of the table, stacks of matrices."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from frechet.arrays.library import Library, natural, signature_of, with_same_stack
from frechet.errors import EvaluationError

__all__ = ["H", "LibraryFunctions", "T", "operation_method"]


def T(A):
    """The transpose of each matrix."""
    return A.swapaxes(-1, -2)


def H(A):
    """The conjugate transpose of each matrix."""
    return T(A).conj()


def operation_method(operation: str, documentation: str, arguments: str = "A", params: str = "") -> Callable[..., Any]:
    """A method that is an operation of the table, of arrays and sizes with these names."""
    names = ["self", *arguments.split(), *params.split()]
    count = len(arguments.split())
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    signature = inspect.Signature([inspect.Parameter(name, kind) for name in names])

    def method(*given, **named):
        is_plain = not named and len(given) == len(names)
        self, *values = given if is_plain else signature.bind(*given, **named).arguments.values()
        return self._operation(operation, *values[:count], params=tuple(values[count:]))

    method.__doc__, method.__signature__ = documentation, signature  # type: ignore[attr-defined]
    return method


class LibraryFunctions:
    """Functions of one kind for one library; arrays have the shape (..., m, n)."""

    def __init__(self, library: Library):
        self._library = library
        self._xp = library.xp
        self._array = library.array

    def _operations(self, names: tuple[str, ...], *arrays: Any, params: tuple[int, ...] = ()) -> Any:
        """Operations that one factorization gives together; columns as vectors, numbers as such."""
        found = self._library.call(names, *self._with_same_stack(arrays), params=params)
        return [natural(a, signature_of(name).outcome) for name, a in zip(names, found, strict=True)]

    def _operation(self, name: str, *arrays: Any, params: tuple[int, ...] = ()) -> Any:
        return self._operations((name,), *arrays, params=params)[0]

    def _matrix(self, A: Any) -> Any:
        A = self._array(A)
        if A.ndim < 2:
            raise EvaluationError(f"a matrix is needed, and this array has the shape {tuple(A.shape)}")
        return A

    def _with_same_stack(self, arrays: tuple) -> list:
        return with_same_stack(self._xp, [self._matrix(a) for a in arrays])

    def _eye(self, A: Any, n: int) -> Any:
        return self._xp.eye(n, dtype=A.dtype)

    def _beside(self, *blocks: Any) -> Any:
        """Blocks side by side; a stack of one matrix stands for all."""
        return self._xp.concatenate(self._with_same_stack(blocks), -1)

    def _below(self, *blocks: Any) -> Any:
        """Blocks one below the other."""
        return self._xp.concatenate(self._with_same_stack(blocks), -2)

    def _zeros(self, A: Any, m: int, n: int) -> Any:
        return self._xp.zeros((m, n), dtype=A.dtype)

    def _on_columns(self, function: Callable[[Any], Any], b: Any) -> Any:
        """A function of a matrix of right-hand sides at b, which may be one vector."""
        b = self._array(b)
        return function(b) if b.ndim > 1 else function(b[:, None])[..., 0]

    def _frozen(self, A: Any) -> Any:
        """A, whose derivative is not taken."""
        return self._library.words.frozen(self._xp, A)

    def _last(self, A: Any) -> Any:
        """The diagonal of each matrix."""
        return self._xp.einsum("...ii->...i", A)
