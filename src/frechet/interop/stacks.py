"""Formulas of the table at stacks of matrices, by an array library (`jax.numpy`, `torch`): the compiler's schedule, run kernel
by kernel.

All values are matrices (..., m, n): a column is (..., n, 1), a number (..., 1, 1), so that broadcasting spreads both. The schedule is
the one for complex numbers: it has no square roots that a derivative could not pass.

The prime of a formula is the conjugate transpose when `hermitian`, else the plain transpose. For real arrays they
agree. For complex ones the differential of an operation is read with the conjugate transpose (the factors of a Hermitian or
unitary kind need it, and holomorphic functions have no prime in their differential).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from frechet.arrays.library import Library, kron, with_same_stack
from frechet.compile.lowering import Schedule, lower
from frechet.compile.natives.factors import quotient
from frechet.compile.natives.words import has_complex_entries, identity_like, solve_triangular
from frechet.compile.values import Value
from frechet.expr.node import Expr, postorder, rebuild, substitute
from frechet.expr.sizes import ONE
from frechet.expr.structure import symbol
from frechet.expr.transposition import transposed
from frechet.interop.formulas import Formula, constants, declarable
from frechet.rules.selection import in_rows

__all__ = ["realize"]


def realize(
    formula: Formula, groups: Sequence[Sequence[Any]], library: Library, like: Any, hermitian: bool
) -> list[Any]:
    """The values of a formula at its arguments, known outputs, and what is active; `like` is a number of the type that made
    arrays take."""
    arrays = {f"{letter}{k}": a for letter, group in zip(_LETTERS, groups, strict=True) for k, a in enumerate(group)}
    program = _scheduled(formula, has_complex_entries(library.xp, like), hermitian)
    run = _Run(library, like, arrays)
    for v in program.order:
        run.values[v] = run.array(v)
    pairs = zip(program.roots, program.exprs, strict=True)
    return [run.matrix(run.values[v].mT if v.ndim == 1 and e.rows is ONE else run.values[v]) for v, e in pairs]


# --- the schedule -----------------------------------------------------------------------------------------

_LETTERS = "AFD"
CONJUGATE = "conj"


@lru_cache(maxsize=512)
def _scheduled(formula: Formula, is_complex: bool, hermitian: bool) -> Schedule:
    """The schedule, of symbols A0, A1, … for the arguments, F0, … for the known outputs, D0, … for what is active."""
    named: dict[Expr, Expr] = {}
    for letter, group in zip(_LETTERS, (formula.arguments, formula.known, formula.active), strict=True):
        for k, e in enumerate(group):
            kinds = tuple(p for p in declarable(e) if not (is_complex and p == "symmetric"))
            named[e] = symbol(f"{letter}{k}", *e.shape, kinds)
            if letter == "F" and e.op.transposed == "commutes":  # f(A') is f(A)', whose factors are there
                named[transposed(e)] = named[e].T
    roots = [substitute(e, named) for e in formula.expressions]
    return lower(_with_conjugates(roots) if is_complex and hermitian else roots, {}, is_complex=True)


def _with_conjugates(roots: Sequence[Expr]) -> list[Expr]:
    """The formulas in plain transposes: A' is the transpose of the conjugate, which is a symbol of its own."""
    pairs: dict[Expr, tuple[Expr, Expr]] = {}  # each node so written, and its conjugate
    for node in postorder(*roots):
        here, there = ([pairs[a][k] for a in node.args] for k in (0, 1))
        if node.op.name == "symbol":
            pairs[node] = node, symbol(CONJUGATE + node.name, *node.shape, node.params[1])
        elif node.op.name == "transpose":
            pairs[node] = there[0].T, here[0].T
        elif node.op.name in ("sym", "skew"):
            sign = 1 if node.op.name == "sym" else -1
            pairs[node] = (here[0] + sign * there[0].T) / 2, (there[0] + sign * here[0].T) / 2
        else:
            pairs[node] = rebuild(node, here), rebuild(node, there)
    return [pairs[root][0] for root in roots]


# --- its kernels ------------------------------------------------------------------------------------------


Kernel = Callable[..., Any]


class _Run:
    """One run of a program: the values that are known so far."""

    def __init__(self, library: Library, like: Any, arrays: Mapping[str, Any]):
        self.library, self.xp, self.like, self.arrays = library, library.xp, like, arrays
        self.values: dict[Value, Any] = {}

    def array(self, v: Value) -> Any:
        """The value of one kernel."""
        args = [self.values[a] for a in v.args]
        if v.kernel == "operation_kernel":
            return self._operation(v, args)
        known = KERNELS.get(v.kernel)
        if known is not None:
            return known(self, v, *args)
        return self.call(v.kernel, args, constants(v.params))

    def _operation(self, v: Value, args: list[Any]) -> Any:
        """An operation of the table, which sees rows as rows; f(A') as f(A)', which may share much with f(A)."""
        name, params, node = v.params
        is_turned = node.op.transposed == "commutes" and v.args[0].kernel == "T"
        is_row = [e.rows is ONE and not e.is_scalar for e in (*node.args, node)]
        args = [a.mT if row is not is_turned else a for a, row in zip(args, is_row, strict=False)]
        result = self.call(name, args, constants(params))
        return result.mT if is_row[-1] is not is_turned else result

    def call(self, name: str, args: Sequence[Any], params: tuple[int, ...] = ()) -> Any:
        """An operation of the table at arrays of one stack: constants of a formula are single matrices."""
        return self.library.call((name,), *with_same_stack(self.xp, list(map(self.matrix, args))), params=params)[0]

    def input(self, v: Value) -> Any:
        name, rows, _ = v.params
        A = self.arrays[name.removeprefix(CONJUGATE)]
        A = A.conj() if name.startswith(CONJUGATE) else A
        return A.mT if v.ndim == 1 and rows is ONE else A

    def made(self, kind: str, *sizes: int) -> Any:
        """eye, ones or zeros of these sizes."""
        like = self.xp.broadcast_to(self.like, sizes)
        return identity_like(self.xp, like) if kind == "eye" else getattr(self.xp, f"{kind}_like")(like)

    def solved(self, T: Any, B: Any, is_lower: bool, is_transposed: bool = False) -> Any:
        """inv(T)*B for a triangular T, or inv(T')*B."""
        return solve_triangular(self.xp, *with_same_stack(self.xp, (T, B)), is_lower, is_transposed)

    def eye(self, A: Any) -> Any:
        return self.made("eye", A.shape[-2])

    def matrix(self, A: Any) -> Any:
        """A plain number as an array."""
        return self.made("ones", 1, 1) * A if isinstance(A, float) else A


def _triangular_product(run: _Run, v: Value, T: Any, B: Any) -> Any:
    side, _, flipped = v.params
    T = T.mT if flipped else T
    return T @ B if side == "left" else B @ T


def _beside(run: _Run, arrays: Sequence[Any], axis: int) -> Any:
    return run.xp.concatenate(with_same_stack(run.xp, list(map(run.matrix, arrays))), axis)


def _block(run: _Run, v: Value, *parts: Any) -> Any:
    return _beside(run, [_beside(run, row, -1) for row in in_rows(parts, v.params)], -2)


def _part(run: _Run, v: Value, A: Any) -> Any:
    """Entries by position; a row of a matrix is a column."""
    first, last, left, right = constants(v.params)
    part = A[..., first - 1 : last, left - 1 : right]
    return part.mT if v.ndim and part.shape[-2] == 1 else part


def _sum(A: Any) -> Any:
    return A.sum((-2, -1))[..., None, None]


def _function(name: str) -> Kernel:
    return lambda run, v, A: getattr(run.xp, name)(run.matrix(A))


def _filled(run: _Run, v: Value) -> Any:
    sizes = constants(v.shape)
    return run.made(v.kernel, *sizes, *([1] * (2 - len(sizes))))


_AS_IT_IS: Kernel = lambda run, v, A: A
_TRANSPOSED: Kernel = lambda run, v, A: A.mT
_PRODUCT: Kernel = lambda run, v, A, B: A @ B

KERNELS: dict[str, Kernel] = {
    "input": lambda run, v: run.input(v),
    **dict.fromkeys(("column", "tall", "one_by_one", "nonzero", "lu"), _AS_IT_IS),
    **dict.fromkeys(("T", "row", "wide"), _TRANSPOSED),
    **dict.fromkeys(("mm", "mv", "symv", "symmetric_product"), _PRODUCT),
    **{name: _function(name) for name in ("sqrt", "log", "exp", "sin", "cos", "abs", "sign", "tril", "triu")},
    "part": _part,
    "number": lambda run, v: float(v.params[0]),
    "size": lambda run, v: float(constants(v.params)[0]),
    "mul": lambda run, v, A, B: A * B,
    "add": lambda run, v, A, B: A + B,
    "sub": lambda run, v, A, B: A - B,
    "div": lambda run, v, A, B: A / B,
    "quotient": lambda run, v, A, B: quotient(run.xp, A, B),
    "square": lambda run, v, A: A * A,
    "pow": lambda run, v, A, b: A**b,
    "vm": lambda run, v, x, A: A.mT @ x,
    "dot": lambda run, v, x, y: x.mT @ y,
    "outer": lambda run, v, x, y: x @ y.mT,
    "gram": lambda run, v, A: A.mT @ A,
    "trmm": _triangular_product,
    "inner": lambda run, v, A, B: _sum(A * B),
    "sumsquares": lambda run, v, A: _sum(A * A),
    "rowdots": lambda run, v, A, B: (A * B).sum(-1)[..., None],
    "coldots": lambda run, v, A, B: (A * B).sum(-2)[..., None],
    "sum": lambda run, v, A: _sum(A),
    "rowsum": lambda run, v, A: A.sum(-1)[..., None],
    "colsum": lambda run, v, A: A.sum(-2)[..., None],
    "trace": lambda run, v, A: run.xp.diagonal(A, 0, -2, -1).sum(-1)[..., None, None],
    "diagonal": lambda run, v, A: run.xp.diagonal(A, 0, -2, -1)[..., None],
    "diagm": lambda run, v, x: x * run.eye(x),
    "eye": lambda run, v: run.made("eye", *constants(v.shape[:1])),
    "ones": _filled,
    "zeros": _filled,
    "unit": lambda run, v: run.made("eye", *constants(v.shape))[:, constants(v.params)[0] - 1, None],
    "add_diagonal": lambda run, v, A, d: A + d * run.eye(A),
    "lu_solve": lambda run, v, A, B: run.library.solve(A.mT if v.params[0] else A, B),
    "lu_inverse": lambda run, v, A: run.call("inv", [A]),
    "lu_logdet": lambda run, v, A: run.call("logdet", [A]),
    "triangular_solve": lambda run, v, T, B: run.solved(T, B, *v.params),
    "triangular_inverse": lambda run, v, T: run.solved(T, run.eye(T), v.params[0]),
    "vec": lambda run, v, A: A.mT.reshape(*A.shape[:-2], -1, 1),
    "unvec": lambda run, v, x: x.reshape(*x.shape[:-2], *constants(v.shape[::-1])).mT,
    "kron": lambda run, v, A, B: kron(A, B),
    "matpow": lambda run, v, A: run.xp.linalg.matrix_power(A, v.params[0]),
    "block": _block,
    "concatenate": lambda run, v, *parts: _beside(run, parts, -2),
}
"""How each kernel is run; an operation that is not here is one of the library's own, or of the table."""
