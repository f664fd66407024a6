"""SciPy's sparse matrices in copies of functions: S @ x, x @ S and spsolve(S, x) are linear maps of x.

    product     op(S) x,  its adjoint op(S)* w;      op(S) is S, its transpose, its conjugate, or both
    solution    inv(op(S)) x,  its adjoint inv(op(S)*) w

SciPy asks no protocol on `S @ x`, it converts x. So a matrix that a copy of a function meets is replaced by one of a class that inherits
from its own, and shares its entries; where traced values enter it (p*S, S + T) the result is a matrix of `sparse_entries`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from frechet.later import scipy
from frechet.tracing.array import FUNCTIONS, Traced, apply, form_of
from frechet.tracing.functions.sparse_building import assembled, is_moving, still
from frechet.tracing.functions.sparse_entries import SparseMatrix, constant, is_sparse
from frechet.tracing.functions.sparse_entries import solution as solution_with_entries
from frechet.tracing.graph import Node, Primitive
from frechet.tracing.refusing import lost

__all__ = ["SOLVERS", "right_product", "shadow_of_sparse", "with_shadows"]


class _Entries:
    """A matrix as a parameter of a primitive: equal to itself only, in the class that it had or another one."""

    def __init__(self, matrix: Any) -> None:
        self.matrix = matrix

    def __hash__(self) -> int:
        return id(self.matrix.__dict__)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Entries) and self.matrix.__dict__ is other.matrix.__dict__

    def read(self, turned: bool, conjugate: bool) -> Any:
        """op(S)."""
        S = self.matrix.T if turned else self.matrix
        return S.conj() if conjugate else S


def _shape(shapes, params):
    S, turned, _ = params
    return (S.matrix.shape[1 if turned else 0], *shapes[0][1:])


product = Primitive(
    "product with a sparse matrix", lambda x, S, *how: np.asarray(S.read(*how) @ x), _shape, listed=False
)
"""product(x, params=(S, turned, conjugate)), of a vector or the columns of a matrix"""


def _solved(x: Any, S: _Entries, *how: bool) -> Any:
    return np.reshape(scipy.sparse.linalg.spsolve(S.read(*how).tocsc(), x), np.shape(x))


solution = Primitive("solution with a sparse matrix", _solved, lambda shapes, params: shapes[0], listed=False)


@product.adjoint(0)
@solution.adjoint(0)
def _adjoint(node: Node, W: Node, i: int) -> Node:
    S, turned, conjugate = node.params
    return node.op(W, params=(S, not turned, conjugate != (S.matrix.dtype.kind == "c")))


def _by_factors(x: Any, lu: Any, trans: str) -> Any:
    return lu.solve(np.ascontiguousarray(x), trans)


by_factors = Primitive("solution with sparse factors", _by_factors, lambda shapes, params: shapes[0], listed=False)
"""by_factors(x, params=(lu, trans)): lu.solve(x, trans) of scipy.sparse.linalg.splu"""


@by_factors.adjoint(0)
def _by_factors_adjoint(node: Node, W: Node, i: int) -> Node:
    lu, trans = node.params
    return by_factors(W, params=(lu, "H" if trans == "N" else "N"))


class _Factors:
    """What splu(S) gives, whose solutions take traced right sides."""

    def __init__(self, lu: Any) -> None:
        self._lu = lu

    def solve(self, rhs: Any, trans: str = "N") -> Any:
        if type(rhs) is not Traced:
            return self._lu.solve(rhs, trans)
        if rhs.dtype.kind == "c" or self._lu.L.dtype.kind == "c":
            raise lost("solve of complex sparse factors", "is not known on traced arrays: write spsolve(S, x)")
        return apply(by_factors, (rhs,), (self._lu, trans))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._lu, name)


def _two(S: Any, x: Any, way: str) -> None:
    if S.ndim != 2 or np.ndim(form_of(x)) not in (1, 2):
        raise lost(way, f"of {S.ndim} and {np.ndim(form_of(x))} dimensions is not known on traced arrays")


def _left_product(S: Any, x: Any) -> Any:
    """S @ x."""
    _two(S, x, "S @ x with a sparse S")
    if x.shape[0] != S.shape[1]:
        raise ValueError(f"matmul: a sparse {S.shape[0]}×{S.shape[1]} matrix times an array of {x.shape}")
    return apply(product, (x,), (_Entries(S), False, False))


def right_product(x: Any, S: Any) -> Any:
    """x @ S, of a row or a matrix of rows."""
    _two(S, x, "x @ S with a sparse S")
    if x.shape[-1] != S.shape[0]:
        raise ValueError(f"matmul: an array of {x.shape} times a sparse {S.shape[0]}×{S.shape[1]} matrix")
    return apply(product, (x.T,), (_Entries(S), True, False)).T


def _spsolve(A: Any, b: Any, *args: Any, **options: Any) -> Any:
    """scipy.sparse.linalg.spsolve of a sparse matrix and an array, one of them traced."""
    if type(A) is SparseMatrix:
        return _FactorsOfEntries(A).solve(b)
    if not is_sparse(A) or type(b) is not Traced:
        raise lost("scipy.sparse.linalg.spsolve", "is known for a sparse matrix and an array as its right side")
    _two(A, b, "scipy.sparse.linalg.spsolve")
    found = apply(solution, (b,), (_Entries(A), False, False))
    return found.ravel() if b.shape[1:] == (1,) else found


class _FactorsOfEntries:
    """What splu(A) gives for a matrix with traced entries."""

    def __init__(self, A: SparseMatrix) -> None:
        if A.shape[0] != A.shape[1]:
            raise ValueError(f"a sparse matrix of shape {A.shape} is factored, and is not square")
        self.A, self.shape = A.once(), A.shape

    def solve(self, b: Any, trans: str = "N") -> Any:
        """inv(A)*b, inv(A.T)*b"""
        if isinstance(b, SparseMatrix) or is_sparse(b):
            raise lost("spsolve with a sparse right side", "is not known on traced arrays: write B.toarray()")
        b, A = FUNCTIONS[np.asarray](b), self.A
        shape = np.shape(form_of(b))
        if len(shape) not in (1, 2) or shape[0] != A.shape[0]:
            raise ValueError(f"a sparse {A.shape[0]}×{A.shape[1]} matrix and a right side of {shape} are incompatible")
        if trans == "H" and A.dtype.kind == "c":
            raise lost("solve(b, 'H')", "is not known on traced arrays: write splu(A.conj().T.tocsc()).solve(b)")
        b = b if "c" in (A.dtype.kind, b.dtype.kind) else 1.0 * b
        found = apply(solution_with_entries, (A.data, b), (A.pattern, trans != "N"))
        return found.ravel() if shape[1:] == (1,) else found


def _factored(A: Any, *args: Any, **options: Any) -> _FactorsOfEntries:
    if not isinstance(A, SparseMatrix):
        raise lost("scipy.sparse.linalg.splu", "is known for a sparse matrix")
    return _FactorsOfEntries(A)


SOLVERS: dict[str, Callable] = {
    "scipy.sparse.linalg.spsolve": _spsolve,
    "scipy.sparse.linalg.splu": _factored,
    "scipy.sparse.linalg.factorized": lambda A: _factored(A).solve,
}
"""Functions of scipy.sparse.linalg by their names."""


# --- matrices in copies of functions ------------------------------------------------------------------------

_MADE = (
    "transpose", "T", "tocsr", "tocsc", "tocoo", "tobsr", "todia", "tolil", "conj", "conjugate", "copy", "__neg__", "__add__", "__radd__",
    "__sub__", "__rsub__", "__mul__", "__rmul__", "__matmul__", "__rmatmul__", "__truediv__", "__pow__", "__getitem__", "multiply", "dot",
    "power", "astype", "reshape",
)  # fmt: skip
"""What makes a matrix of a matrix: the result is replaced too."""


def shadow_of_sparse(value: Any) -> Any:
    """The same matrix, whose products take traced arrays; a class for such matrices; what is neither stays itself."""
    kind: Any = type(value)
    if kind.__name__ == "SuperLU":
        return _Factors(value)
    if type(getattr(value, "__self__", None)).__name__ == "SuperLU":
        return _Factors(value.__self__).solve
    if isinstance(value, type):
        is_matrix = issubclass(value, scipy.sparse.spmatrix | scipy.sparse.sparray) and not issubclass(value, dict)
        return _class(value) if is_matrix and value is not scipy.sparse.spmatrix else value
    if not is_sparse(value) or isinstance(value, dict) or "_shadows" in vars(kind):
        return value
    made: Any = object.__new__(_class(kind))
    made.__dict__ = value.__dict__  # shared: what is written into one, both have
    return made


def with_shadows(values: Any) -> Any:
    """A list, tuple or dict that holds sparse matrices as one of such matrices; others as they are."""
    inside = values.values() if isinstance(values, dict) else values
    if not any(is_sparse(v) for v in inside):
        return values
    if isinstance(values, dict):
        return type(values)({k: shadow_of_sparse(v) for k, v in values.items()})
    made = [shadow_of_sparse(v) for v in values]
    return type(values)(*made) if hasattr(values, "_fields") else type(values)(made)


@lru_cache(maxsize=64)
def _class(kind: type) -> type:
    if "_shadows" in vars(kind):
        return kind
    body: dict[str, Any] = {"_shadows": kind, "__module__": kind.__module__, "__qualname__": kind.__qualname__}
    if hasattr(kind, "__setitem__"):
        body["__setitem__"] = _written
    for name in _MADE:
        found = next((vars(base)[name] for base in kind.__mro__ if name in vars(base)), None)
        if isinstance(found, property) and found.fget is not None:
            body[name] = property(_replacing(name, found.fget))
        elif callable(found):
            body[name] = _replacing(name, found)

    def made(cls: Any, given: Any, *args: Any, **options: Any) -> Any:
        if is_moving(given):
            return assembled(kind, given, *args, **options)
        return type.__call__(cls, still(given), *args, **options)

    def is_instance(cls: Any, value: Any) -> bool:
        return isinstance(value, cls._shadows)

    metaclass = {"__instancecheck__": is_instance, "__call__": made}
    meta = type(type(kind).__name__, (type(kind),), metaclass)
    return meta(kind.__name__, (kind,), body)


def _replacing(name: str, method: Callable) -> Callable:
    def called(self: Any, *args: Any, **options: Any) -> Any:
        if len(args) == 1 and type(args[0]) is Traced:
            x = args[0]
            is_product = name in ("__matmul__", "dot") or (name == "__mul__" and not _is_array(self))
            if is_product and x.ndim:
                return _left_product(self, x)
        if any(map(is_moving, args)):
            return getattr(constant(self), name)(*args, **options)
        return shadow_of_sparse(method(self, *map(still, args), **options))

    return called


def _written(self: Any, key: Any, value: Any) -> None:
    if is_moving(value):
        raise lost(
            "a traced entry that is written into a sparse matrix of numbers",
            "is lost: collect data, rows and cols in lists and write coo_matrix((data, (rows, cols)), shape), or begin with p*S + T",
        )
    self._shadows.__setitem__(self, key, still(value))


def _is_array(S: Any) -> bool:
    """Whether * is of each entry, and not the product of matrices."""
    return isinstance(S, scipy.sparse.sparray)
