"""F(z, q, ...) of vectors where F is a JAX function: compiled with its derivatives, as long as what it reaches stays the same.

    whole    F, and F_X with all rows at once where these are few
    pulled   (F_X'*w, F_q'*w),    pulled_to_q   F_q'*w for two w,    pushed   F_X*dz + F_q*dq

A call waits for JAX's own thread, some 50 microseconds: so what is known to be needed together is one program.

JAX fixes what a function takes from outside when it compiles: so that is compared before each run (`named`), and compiled anew where it
is something else. A function that reaches objects whose state is not seen, or that JAX cannot trace (`if` on a number), is left to the
sweeps of JAX without compilation.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any

import numpy as np

from frechet.implicit.foreign import ForeignLibrary, leaves_of
from frechet.implicit.named import Names
from frechet.implicit.vectors import VectorEquation
from frechet.tracing.refusing import TracingError

__all__ = ["CompiledPoint", "CompiledResidual"]

Array = np.ndarray
_MOST = 4  # compilations, after which a function is one that always reaches something else
_STACK = 256  # rows in one sweep


class CompiledResidual:
    """F compiled by JAX, for unknowns and parameters of one structure; `at` is its linearization at a point."""

    def __init__(self, library: ForeignLibrary, F: Callable[..., Any], vectors: VectorEquation) -> None:
        self.library, self._user, self._vectors = library, F, vectors
        self._left = _MOST
        self._code: Hashable | None = None
        self._kept: list[Any] = []  # what the key names by its identity lives as long
        self.functions: dict[str, Callable[..., Any]] = {}

    @classmethod
    def of(
        cls, library: ForeignLibrary | None, F: Callable[..., Any], vectors: VectorEquation
    ) -> CompiledResidual | None:
        """For functions of JAX; None for others."""
        return cls(library, F, vectors) if library is not None and library.name == "jax" else None

    def at(self, z: Array, q: Array, rest: Sequence[Any], is_first: bool) -> CompiledPoint | None:
        """F linearized there; None where it cannot be compiled, or is no vector of real numbers as long as z.

        `is_first` at the solver's result: its value and F_X are needed.
        """
        if self._left < 0 or not self._is_current():
            return None
        found = CompiledPoint(self, z, q, tuple(rest))
        if not is_first:
            return found
        try:
            found.compute()
        except TracingError:
            self._left = -1
            return None
        return found if found.value.dtype == float and found.value.shape == z.shape else None

    def _is_current(self) -> bool:
        """Whether compiled functions are of what F reaches now; they are made anew where they are not, so many times."""
        names = Names(immutable_by_identity=True)
        code = names.of(self._user)
        if code is None:
            return False
        if code != self._code:
            self._left -= 1
            if self._left < 0:
                return False
            self._code, self._kept = code, names.kept
            self._compile()
        return True

    def _compile(self) -> None:
        jax, vectors, user = self.library.module, self._vectors, self._user
        np_ = jax.numpy

        def F(z: Any, q: Any, rest: Sequence[Any]) -> Any:
            found = leaves_of(user(vectors.unknowns.container(z), *vectors.whole(q, rest)))
            return np_.concatenate([np_.ravel(np_.asarray(v)) for v in found])

        def to_q(z: Any, q: Any, rest: Sequence[Any], v: Any, w: Any) -> Any:
            back = jax.vjp(lambda q: F(z, q, rest), q)[1]
            return back(v)[0], back(w)[0]

        def pulled(z: Any, q: Any, rest: Sequence[Any], w: Any) -> Any:
            return jax.vjp(lambda z, q: F(z, q, rest), z, q)[1](w)

        def rows(z: Any, q: Any, rest: Sequence[Any]) -> Any:
            back = jax.vjp(lambda z: F(z, q, rest), z)[1]
            return jax.lax.map(lambda w: back(w)[0], np_.eye(len(z)), batch_size=_STACK)

        def whole(z: Any, q: Any, rest: Sequence[Any]) -> Any:
            if len(z) > _STACK:
                return F(z, q, rest), None
            value, back = jax.vjp(lambda z: F(z, q, rest), z)
            is_square = value.shape == z.shape and value.dtype == z.dtype
            return value, jax.vmap(back)(np_.eye(len(z)))[0] if is_square else None

        def pushed(z: Any, q: Any, rest: Sequence[Any], dz: Any, dq: Any) -> Any:
            return jax.jvp(lambda z, q: F(z, q, rest), (z, q), (dz, dq))[1]

        self.functions = {f.__name__: jax.jit(f) for f in (whole, rows, pulled, to_q, pushed)}


class CompiledPoint:
    """A compiled function of two vectors at a point; called, and transposed, as a `Linearization`."""

    def __init__(self, of: CompiledResidual, z: Array, q: Array, rest: tuple[Any, ...]) -> None:
        self._of, self._at = of, (z, q, rest)
        self._functions = of.functions  # of what F reached here
        self._value: Array | None = None
        self._matrix: Array | None = None

    def _call(self, name: str, *args: Any) -> Any:
        with self._of.library.double():
            return self._functions[name](*self._at, *args)

    def compute(self) -> None:
        """F, and F_X where it has few rows. Raises TracingError where JAX cannot trace F."""
        value, matrix = self._call("whole")
        self._value, self._matrix = np.asarray(value), None if matrix is None else np.asarray(matrix)

    @property
    def value(self) -> Array:
        """F"""
        if self._value is None:
            self.compute()
        assert self._value is not None
        return self._value

    def __call__(self, dz: Array, dq: Array) -> Array:
        """F_X*dz + F_q*dq"""
        return np.asarray(self._call("pushed", dz, dq))

    def T(self, w: Array) -> tuple[Array, Array]:
        """(F_X'*w, F_q'*w)"""
        return self.cotangents(w)

    def cotangents(self, w: Array) -> tuple[Array, Array]:
        """(F_X'*w, F_q'*w)"""
        z_bar, q_bar = self._call("pulled", w)
        return np.asarray(z_bar), np.asarray(q_bar)

    def second_cotangent(self, w: Array) -> Array:
        """F_q'*w"""
        return self.cotangents(w)[1]

    def second_cotangents(self, v: Array, w: Array) -> tuple[Array, Array]:
        """(F_q'*v, F_q'*w)"""
        first, second = self._call("to_q", v, w)
        return np.asarray(first), np.asarray(second)

    @property
    def has_matrix(self) -> bool:
        """Whether F_X is known."""
        return self._matrix is not None

    def matrix(self) -> Array:
        """F_X"""
        if self._matrix is None:
            self._matrix = np.asarray(self._call("rows"))
        return self._matrix
