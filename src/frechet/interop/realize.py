"""Formulas of the table as programs of an array library (`jax.numpy`, `torch`), for stacks of matrices.

Products go in the cheapest order, diagonal factors scale rows or columns, an inverse in a product is a solve (a
triangular one where its matrix is triangular), `I - Q*Q'` is applied and not formed, a trace of a product is a sum.

The prime of a formula is the conjugate transpose when `hermitian`, else the plain transpose. For real arrays they
agree. For complex ones the differential of a row is read with the conjugate transpose (the factors of a Hermitian or
unitary kind need it, and holomorphic functions have no prime in their differential).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from frechet.expr.node import Expr
from frechet.expr.properties import properties_of
from frechet.expr.transposition import transposed
from frechet.interop.chains import Chains
from frechet.interop.formulas import constants

__all__ = ["Library", "realize"]


@dataclass(frozen=True)
class Library:
    """What a formula needs of an array library.

    xp                the module with NumPy's names
    made              (kind, sizes, array) -> eye, ones or zeros of these sizes, of the type and place of the array
    solve             (A, B) -> inv(A)*B
    solve_triangular  (T, B, is_lower, is_transposed, from_right) -> inv(T)*B, with T' for T, and B*inv(T)
    call              (row, arrays, params) -> a row of the table
    is_complex        whether an array is complex
    """

    xp: Any
    made: Callable[[str, tuple[int, ...], Any], Any]
    solve: Callable[[Any, Any], Any]
    solve_triangular: Callable[[Any, Any, bool, bool, bool], Any]
    call: Callable[[str, list, tuple[int, ...]], Any]
    is_complex: Callable[[Any], bool]


def realize(
    roots: Sequence[Expr], values: Mapping[Expr, Any], library: Library, like: Any, hermitian: bool
) -> list[Any]:
    """The values of expressions of fixed sizes; `like` is an array of the type that made arrays take."""
    program = _Program(values, library, like, hermitian)
    program.chains.share(roots)
    return [program.value(root) for root in roots]


class _Program:
    """One run: the values that are known so far."""

    def __init__(self, values: Mapping[Expr, Any], library: Library, like: Any, hermitian: bool):
        self.known = dict(values)
        self.library, self.xp, self.like, self.hermitian = library, library.xp, like, hermitian
        self.is_complex = library.is_complex(like)
        self.chains = Chains(self)

    def value(self, node: Expr) -> Any:
        found = self.known.get(node)
        if found is None:
            found = self.known[node] = self._computed(node)
        return found

    def turned(self, A: Any) -> Any:
        return A.mT.conj() if self.hermitian else A.mT

    def made(self, kind: str, *sizes: int) -> Any:
        return self.library.made(kind, sizes, self.like)

    def is_inverse(self, node: Expr) -> bool:
        """Whether a factor is an inverse that is not known as a matrix."""
        return node.op.name == "inv" and node not in self.known and not self._has_transpose(node)

    def _has_transpose(self, node: Expr) -> bool:
        """Whether the transpose of a node is known. Over the complex numbers the laws that say what is symmetric do
        not hold; that a function commutes with the transpose of its argument does."""
        commutes = node.op.transposed == "commutes" and node.args[0].op.name == "transpose"
        return (commutes or not self.is_complex) and transposed(node) in self.known

    def solved(self, inverse: Expr, B: Any, from_right: bool = False) -> Any:
        """inv(A)*B for the node inv(A), or B*inv(A)."""
        (A,) = inverse.args
        triangular = properties_of(A) & {"lower", "upper"}
        if triangular:
            turned = A.op.name == "transpose" and not self.is_complex
            T = self.value(A.args[0] if turned else A)
            return self.library.solve_triangular(T, B, ("lower" in triangular) is not turned, turned, from_right)
        A, solve = self.value(A), self.library.solve
        return solve(A.mT, B.mT).mT if from_right else solve(A, B)

    def _computed(self, node: Expr) -> Any:
        name, params = node.op.name, constants(node.params)
        if self._has_transpose(node):
            return self.turned(self.known[transposed(node)])
        if node.op.transposed == "commutes" and node.args[0].op.name == "transpose":
            return self.turned(self.value(transposed(node)))  # at the matrix itself, whose factors may be there
        if name == "mul":
            return self.chains.product(node.args)
        if name == "tr":
            return self.chains.trace(node.args[0])
        if name == "diagm" and node.args[0].op.name == "diag":
            (A,) = node.args[0].args
            return self.value(A) * self.made("eye", *constants(A.shape)[:1])
        if name == "diag":
            return self.chains.diagonal(node.args[0])
        if name == "number":
            return self.made("ones", 1, 1) * float(node.params[0])
        if name in ("eye", "ones", "zeros"):
            return self.made(name, *(params * 2 if name == "eye" else params))
        if name == "e":
            return self.made("eye", params[1], params[1])[:, params[0] - 1 : params[0]]
        if name == "scale":
            return self.scaled(self.value(node.args[-1]), node.args[:-1])
        if name == "inv" and properties_of(node.args[0]) & {"lower", "upper"}:
            return self.solved(node, self.made("eye", *constants((node.rows, node.rows))))
        if name in _NATIVE:
            return _NATIVE[name](self, *[self.value(a) for a in node.args], *params)
        if name == "block":
            return self._block(node)
        return self.library.call(name, self._stacked([self.value(a) for a in node.args]), params)

    def scaled(self, result: Any, scalars: Sequence[Expr]) -> Any:
        """A matrix times numbers."""
        for s in scalars:
            result = result * (float(s.params[0]) if s.op.name == "number" else self.value(s))
        return result

    def _stacked(self, arrays: list[Any]) -> list[Any]:
        """All with the leading sizes of the stack: constants of a formula are single matrices."""
        stack = max((tuple(a.shape[:-2]) for a in arrays), key=len)
        return [self.xp.broadcast_to(a, (*stack, *a.shape[-2:])) for a in arrays]

    def _block(self, node: Expr) -> Any:
        parts = self._stacked([self.value(a) for a in node.args])
        rows, start = [], 0
        for count in node.params[0]:
            rows.append(self.xp.concatenate(parts[start : start + count], -1))
            start += count
        return self.xp.concatenate(rows, -2)


def _sum(program, *terms):
    total = terms[0]
    for t in terms[1:]:
        total = total + t
    return total


def _product(program, *factors):
    total = factors[0]
    for f in factors[1:]:
        total = total * f
    return total


def _kron(program, A, B):
    blocks = A[..., :, None, :, None] * B[..., None, :, None, :]
    return blocks.reshape(*blocks.shape[:-4], A.shape[-2] * B.shape[-2], A.shape[-1] * B.shape[-1])


def _elementwise(name: str) -> Callable[..., Any]:
    return lambda program, A: getattr(program.xp, name)(A)


_NATIVE: dict[str, Callable[..., Any]] = {
    "add": _sum,
    "hadamard": _product,
    "transpose": lambda program, A: program.turned(A),
    "pow": lambda program, A, b: A**b,
    "matpow": lambda program, A, k: program.xp.linalg.matrix_power(A, k),
    **{name: _elementwise(name) for name in ("sqrt", "log", "exp", "sin", "cos", "abs", "sign", "tril", "triu")},
    "diagm": lambda program, x: x * program.made("eye", x.shape[-2], x.shape[-2]),
    "sym": lambda program, A: (A + program.turned(A)) / 2,
    "skew": lambda program, A: (A - program.turned(A)) / 2,
    "kron": _kron,
    "vec": lambda program, A: A.mT.reshape(*A.shape[:-2], -1, 1),
    "unvec": lambda program, x, m, n: x.reshape(*x.shape[:-2], n, m).mT,
    "index": lambda program, A, first, last, left, right: A[..., first - 1 : last, left - 1 : right],
}
