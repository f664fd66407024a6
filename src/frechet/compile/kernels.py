"""The kernels of the schedule, one line each: what they cost, how their entries depend on those of the arguments, what people
call them. How a language spells them stands in `dialects`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import prod

from frechet.expr.node import operations

__all__ = ["KERNELS", "SYMMETRIC_SHARE", "KernelFacts", "kernel_of"]

SYMMETRIC_SHARE = 0.65
"""Of the work of a product, where only the blocks of one triangle are computed."""

Dims = tuple[int, ...]
Flops = Callable[[Dims, list[Dims]], float]
"""Operations, by the sizes of the result and of the arguments."""


def _free(out: Dims, args: list[Dims]) -> float:
    return 0.0


def _results(out: Dims, args: list[Dims]) -> float:
    return prod(out)


def _order(out: Dims, args: list[Dims]) -> float:
    return args[0][0]


def _cube(share: float) -> Flops:
    return lambda out, args: share * args[0][0] ** 3


def _columns(args: list[Dims]) -> int:
    return args[1][-1] if len(args[1]) == 2 else 1


def _product(share: float = 1.0) -> Flops:
    """Of the first argument with each column of the second."""
    return lambda out, args: share * 2 * prod(args[0]) * _columns(args)


def _entries(share: float) -> Flops:
    """Operations for each entry that goes in."""
    return lambda out, args: share * max((prod(a) for a in args), default=0)


@dataclass(frozen=True)
class KernelFacts:
    """flops          operations; by default one for each entry of the result
    said           what the schedule calls it, where its text does not say so
    is_by_entry    each entry of the result comes from one entry of each argument
    is_leaf, is_view   it is there without a step; its result may be the memory of its argument
    is_entrywise   arrays of one shape, entry by entry: such steps run together, block by block
    is_total       a sum over all entries: those of the blocks add up
    is_signless    no result is negative, over the real numbers
    keeps_sign     no result is negative where no argument is
    of             what operations of this name work on, whose only special form this is: "any" array, a "matrix" only, all
                   "entries" of an array alike, the "rows" of a matrix
    """

    flops: Flops = _results
    said: str = ""
    is_by_entry: bool = False
    is_leaf: bool = False
    is_view: bool = False
    is_entrywise: bool = False
    is_total: bool = False
    is_signless: bool = False
    keeps_sign: bool = False
    of: str = ""


_LEAF = KernelFacts(_free, is_by_entry=True, is_leaf=True)
_VIEW = KernelFacts(_free, is_by_entry=True, is_view=True)
_PLACED = KernelFacts(_free, is_by_entry=True)
_ENTRYWISE = KernelFacts(is_by_entry=True, is_entrywise=True)
_SIGNLESS = KernelFacts(is_by_entry=True, is_entrywise=True, is_signless=True)

KERNELS: Mapping[str, KernelFacts] = {
    **{name: _ENTRYWISE for name, operation in operations.items() if operation.elementwise},
    **dict.fromkeys(("sub", "pow", "minimum"), _ENTRYWISE),
    **dict.fromkeys(
        ("add", "mul", "div", "maximum"), KernelFacts(is_by_entry=True, is_entrywise=True, keeps_sign=True)
    ),
    **dict.fromkeys(
        ("exp", "sigmoid", "softplus", "sqrt", "abs", "square", "cosh", "sech", "erfc", "hazard", "hazardgap"),
        _SIGNLESS,
    ),
    **dict.fromkeys(("step", "relu", "logcosh", "logisticpdf"), _SIGNLESS),
    "quotient": KernelFacts(said="0/0 counts as 0", is_by_entry=True, is_entrywise=True, keeps_sign=True),
    "softplus": KernelFacts(
        said="log(1 + exp) without overflow", is_by_entry=True, is_entrywise=True, is_signless=True
    ),
    "number": _LEAF,
    **dict.fromkeys(("size", "pi"), KernelFacts(_free, is_by_entry=True, is_leaf=True, is_signless=True, of="any")),
    **dict.fromkeys(("T", "column", "row", "tall", "wide", "one_by_one", "nonzero", "vec", "unvec", "diagonal"), _VIEW),
    "part": _VIEW,
    **dict.fromkeys(("input", "eye", "ones", "zeros", "unit"), _PLACED),
    "commutation": KernelFacts(_free, is_by_entry=True, of="matrix"),
    **dict.fromkeys(("block", "concatenate", "diagm", "tril", "triu"), _PLACED),
    **dict.fromkeys(("hat", "vee"), KernelFacts(_free, is_by_entry=True, of="any")),
    "kron": KernelFacts(is_by_entry=True),
    "khatrirao": KernelFacts(is_by_entry=True),
    "outer": KernelFacts(said="rank-one product", is_by_entry=True),
    # products
    "mm": KernelFacts(_product(), "matrix product"),
    "mv": KernelFacts(_product(), "matrix times vector"),
    "symv": KernelFacts(_product(), "symmetric matrix times vector: one triangle is read"),
    "vm": KernelFacts(lambda out, args: 2 * prod(args[1]), "vector times matrix"),
    "trmm": KernelFacts(_product(0.5), "triangular product"),
    "gram": KernelFacts(lambda out, args: args[0][0] * args[0][1] ** 2, "symmetric rank-k product"),
    "rank_2k": KernelFacts(lambda out, args: 2 * prod(args[0]) * out[0], "symmetric rank-2k product: one triangle"),
    "symmetric_product": KernelFacts(_product(SYMMETRIC_SHARE), "symmetric result: blocks of one triangle only"),
    "matpow": KernelFacts(_cube(2), of="matrix"),
    # sums of products
    "dot": KernelFacts(_entries(2), is_total=True),
    "inner": KernelFacts(_entries(2), "trace of a product as an inner product", is_total=True),
    "sumsquares": KernelFacts(_entries(2), is_total=True, is_signless=True),
    "rowdots": KernelFacts(_entries(2), "diagonal of a product, row by row"),
    "coldots": KernelFacts(_entries(2), "diagonal of a product, column by column"),
    "trace": KernelFacts(_order),
    "add_diagonal": KernelFacts(_order, "on the diagonal only"),
    # factors
    "cholesky": KernelFacts(_cube(1 / 3), "Cholesky factorization"),
    "cholesky_solve": KernelFacts(_product(), "solve with the Cholesky factor"),
    "cholesky_half_solve": KernelFacts(_product(0.5), "half a solve: the result is used as Z'*Z"),
    "cholesky_inverse": KernelFacts(_cube(2 / 3), "explicit inverse from the Cholesky factor"),
    "cholesky_trace_inverse": KernelFacts(_cube(1 / 3), "trace of the inverse from the inverse factor"),
    "cholesky_logdet": KernelFacts(_order, "log-determinant from the Cholesky factor"),
    "lu": KernelFacts(_cube(2 / 3), "LU factorization"),
    "lu_solve": KernelFacts(_product(), "solve with the LU factors"),
    "lu_inverse": KernelFacts(_cube(4 / 3), "explicit inverse from the LU factors"),
    "lu_logdet": KernelFacts(_order, "log-determinant from the LU factors"),
    "det": KernelFacts(_cube(2 / 3), "LU factorization"),
    "triangular_solve": KernelFacts(_product(0.5), "triangular solve"),
    "triangular_inverse": KernelFacts(_cube(1 / 3)),
    "adj": KernelFacts(_cube(22), of="matrix"),
    # sums and extremes
    "sum": KernelFacts(_entries(1), is_total=True),
    "rowsum": KernelFacts(_entries(1)),
    "colsum": KernelFacts(_entries(1)),
    "norm1": KernelFacts(_entries(2), is_total=True, is_signless=True, of="entries"),
    "norm2": KernelFacts(_entries(2), is_signless=True, of="entries"),
    "softmax": KernelFacts(_entries(4), is_signless=True, of="entries"),
    "softmax_rows": KernelFacts(_entries(4), is_signless=True, of="rows"),
    "logsumexp": KernelFacts(_entries(3), of="entries"),
    "logsumexp_rows": KernelFacts(_entries(3), of="rows"),
    **dict.fromkeys(("argmax", "argmin"), KernelFacts(is_signless=True, of="entries")),
    **dict.fromkeys(("argmax_rows", "argmin_rows"), KernelFacts(is_signless=True, of="rows")),
    **dict.fromkeys(("mean", "max", "min"), KernelFacts(of="entries")),
    **dict.fromkeys(("max_rows", "min_rows"), KernelFacts(of="rows")),
    **dict.fromkeys(("ptrace1", "ptrace2"), KernelFacts(of="matrix")),
    "prod": KernelFacts(),
    "operation_kernel": KernelFacts(_entries(10)),
}
_OTHER = KernelFacts()


def kernel_of(name: str) -> KernelFacts:
    """What is known of a kernel."""
    return KERNELS.get(name, _OTHER)
