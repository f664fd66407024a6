"""The schedule as mathematics: aligned lines of LaTeX, one a step that is named, and the result last.

Each kernel is an expression again, in the names of the earlier steps; it is printed, and reads back, as any other.
A solve with a Cholesky factor is a product with inverses of L; one with LU factors, of the matrix itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from itertools import chain, count

from frechet.compile.lowering import Schedule
from frechet.compile.values import Value
from frechet.compile.writing import STEMS
from frechet.expr.node import Expr, operations
from frechet.expr.sizes import ONE
from frechet.expr.structure import add, eye, mul, ones, size_value, symbol, unit, zeros
from frechet.language import to_latex
from frechet.rules.factorizations import chol
from frechet.rules.inverse import det, inv, logdet
from frechet.rules.linear import diag, diagm, sum, trace, unvec
from frechet.rules.reductions import norm2
from frechet.rules.selection import block, entries

__all__ = ["KERNELS", "latex_source", "steps_of"]

Step = tuple[Expr, Expr]
Kernel = Callable[[Value, Sequence[Expr]], Expr]
LONGEST = 40
"""Symbols in a part that is written out; longer ones get a name."""
_LEAVES = frozenset({"symbol", "number", "size", "pi", "eye", "ones", "zeros", "e"})


def latex_source(program: Schedule, symbols: Sequence[Expr]) -> str:
    r"""`\begin{aligned} L &= \operatorname{chol}(X^\top X) \\ f &= ... \end{aligned}`"""
    lines = [f"{to_latex(name)} &= {to_latex(value)}" for name, value in steps_of(program, symbols)]
    return "\\begin{aligned}\n" + " \\\\\n".join(lines) + "\n\\end{aligned}"


def steps_of(program: Schedule, symbols: Sequence[Expr]) -> list[Step]:
    """Names and what they stand for, each in terms of the symbols and of earlier names; the results come last."""
    given = {s.name: s for s in symbols}
    taken = set(given) | program.letters
    inside = program.uses - Counter(program.roots)  # a result that is used once more is written out there
    known: dict[Value, Expr] = {}
    steps: list[Step] = []
    for v in program.order:
        if v.kernel == "input":
            e = given[v.params[0]]
            known[v] = e.T if v.ndim == 1 and e.rows is ONE else e
            continue
        e = _read(v, [known[a] for a in v.args])
        is_plain = e.op.name in _LEAVES or (e.op.name == "transpose" and e.args[0].op.name == "symbol")
        is_long = e.weight > LONGEST and v not in program.roots
        if v.kernel == "cholesky" or (not is_plain and (inside[v] > 1 or is_long)):
            stems = ("L",) if v.kernel == "cholesky" else STEMS[v.ndim]
            properties = ("invertible", "lower") if v.kernel == "cholesky" else ()
            name = symbol(_fresh(stems, taken), e.rows, e.cols, properties)
            steps.append((name, e))
            e = name
        known[v] = e
    single = len(program.roots) == 1
    for i, (v, root) in enumerate(zip(program.roots, program.exprs, strict=True), start=1):
        e = known[v].T if v.ndim == 1 and root.rows is ONE else known[v]
        stem = "F" if v.ndim == 2 else "f"
        steps.append((symbol(_fresh((stem if single else f"{stem}{i}",), taken), e.rows, e.cols), e))
    return steps


def _fresh(stems: Sequence[str], taken: set[str]) -> str:
    numbered = (f"{stems[0]}{i}" for i in count(1))
    name = next(n for n in chain(stems, numbered) if n not in taken)
    taken.add(name)
    return name


# --- kernels as expressions: vectors are columns, numbers are 1×1 ---------------------------------------


def _read(v: Value, args: Sequence[Expr]) -> Expr:
    """A kernel as it stands in KERNELS, or the operation of its name."""
    known = KERNELS.get(v.kernel)
    return known(v, args) if known is not None else operations[v.kernel](*args, params=tuple(v.params))


def _operation_kernel(v: Value, args: Sequence[Expr]) -> Expr:
    name, params, node = v.params
    turned = [a.T if e.rows is ONE and not e.is_scalar else a for a, e in zip(args, node.args, strict=True)]
    made = operations[name](*turned, params=params)
    return made.T if node.rows is ONE and not node.is_scalar else made


def _transposed(e: Expr) -> Expr:
    """A', of a product factor by factor."""
    factors, pending = [], [e]
    while pending:
        f = pending.pop()
        if f.op is mul:
            pending.extend(f.args)
        else:
            factors.append(f.T)
    return mul(*factors) if len(factors) > 1 else factors[0]


def _turn(e: Expr, flipped: bool) -> Expr:
    return _transposed(e) if flipped else e


def _spread(v: Value, x: Expr) -> Expr:
    """A number times ones where an array is called for."""
    if not v.ndim or not x.is_scalar:
        return x
    return x * ones(v.shape[0], v.shape[1] if v.ndim == 2 else 1)


def _sum(sign: int) -> Kernel:
    return lambda v, args: add(_spread(v, args[0]), sign * _spread(v, args[1]))


def _triangular_product(v: Value, args: Sequence[Expr]) -> Expr:
    side, _, flipped = v.params
    T, B = _turn(args[0], flipped), args[1]
    return T @ B if side == "left" else B @ T


def _part(v: Value, args: Sequence[Expr]) -> Expr:
    first, last, left, right = v.params
    part = entries(args[0], (first, last), (left, right))
    return part.T if part.rows is ONE else part


KERNELS: dict[str, Kernel] = {
    "prod": lambda v, args: det(diagm(args[0])),
    "size": lambda v, args: size_value(params=v.params),
    "T": lambda v, args: _transposed(args[0]),
    "column": lambda v, args: args[0] @ ones(1, v.shape[1]),
    "row": lambda v, args: ones(v.shape[0], 1) @ args[0].T,
    **dict.fromkeys(("tall", "one_by_one", "nonzero", "lu"), lambda v, args: args[0]),
    "wide": lambda v, args: args[0].T,
    "mul": lambda v, args: args[0] * args[1],
    "add": _sum(1),
    "sub": _sum(-1),
    **dict.fromkeys(("div", "quotient"), lambda v, args: args[0] / args[1]),
    "square": lambda v, args: args[0] ** 2,
    **dict.fromkeys(("mm", "mv", "symv", "symmetric_product"), lambda v, args: args[0] @ args[1]),
    "rank_2k": lambda v, args: args[0] @ args[1].T + args[1] @ args[0].T,
    "vm": lambda v, args: args[1].T @ args[0],
    "dot": lambda v, args: args[0].T @ args[1],
    "gram": lambda v, args: args[0].T @ args[0],
    "outer": lambda v, args: args[0] @ args[1].T,
    "trmm": _triangular_product,
    "inner": lambda v, args: trace(args[0].T @ args[1]),
    "sumsquares": lambda v, args: norm2(args[0]) ** 2,
    "rowdots": lambda v, args: diag(args[0] @ args[1].T),
    "coldots": lambda v, args: diag(args[0].T @ args[1]),
    "trace": lambda v, args: trace(args[0]),
    "diagonal": lambda v, args: diag(args[0]),
    "eye": lambda v, args: eye(v.shape[0]),
    "ones": lambda v, args: ones(v.shape[0], v.shape[1] if v.ndim == 2 else 1),
    "zeros": lambda v, args: zeros(v.shape[0], v.shape[1] if v.ndim == 2 else 1),
    "unit": lambda v, args: unit(v.params[0], v.shape[0]),
    "add_diagonal": lambda v, args: args[0] + (args[1] * eye(v.shape[0]) if args[1].is_scalar else diagm(args[1])),
    "cholesky": lambda v, args: chol(args[0]),
    "cholesky_solve": lambda v, args: inv(args[0]).T @ inv(args[0]) @ args[1],
    "cholesky_half_solve": lambda v, args: inv(args[0]) @ args[1],
    "cholesky_inverse": lambda v, args: inv(args[0]).T @ inv(args[0]),
    "cholesky_trace_inverse": lambda v, args: norm2(inv(args[0])) ** 2,
    "cholesky_logdet": lambda v, args: 2 * sum(operations["log"](diag(args[0]))),
    "lu_solve": lambda v, args: _turn(inv(args[0]), v.params[0]) @ args[1],
    **dict.fromkeys(("lu_inverse", "triangular_inverse"), lambda v, args: inv(args[0])),
    "lu_logdet": lambda v, args: logdet(args[0]),
    "triangular_solve": lambda v, args: _turn(inv(args[0]), v.params[1]) @ args[1],
    "unvec": lambda v, args: unvec(args[0], params=tuple(v.shape)),
    "part": _part,
    "concatenate": lambda v, args: block(*args, params=((1,) * len(args),)),
    "operation_kernel": _operation_kernel,
}
"""How each kernel reads as mathematics, where it is not an operation of the same name."""
