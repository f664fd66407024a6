"""Extreme eigenvalues and their spectral projectors.

A simple eigenvalue l of A with right and left eigenvectors v, w has the projector P = v*w'/(w'*v) and
dl = tr(P*dA), dP = P*dA*S + S*dA*P with the reduced resolvent S = inv(l*I - A + P) - P, whether or not other
eigenvalues repeat. For symmetric A and v'*v = 1, P = v*v'.

Source: Kato, Perturbation Theory for Linear Operators, ch. II, sec. 2; Magnus, On differentiating eigenvalues and
eigenvectors, Econometric Theory 1 (1985).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from frechet.expr.kernel import Kernel
from frechet.expr.literature import MAGNUS_NEUDECKER
from frechet.expr.node import Expr, Operation
from frechet.expr.sizes import Size, size
from frechet.expr.structure import eye, ones, size_value, zeros
from frechet.kernels.clusters import TIE as TIE_OF_DIFFERENCES
from frechet.kernels.eigen import (
    TIE_OF_SQUARES,
    extreme_eigenvalue,
    reciprocal_gaps,
    spectral_projector,
    sum_of_largest_eigenvalues,
    symmetric_eigen,
    symmetric_eigenvalues,
    top_projector,
)
from frechet.rules import points
from frechet.rules.declare import factoring, factorization, kernel, rule
from frechet.rules.equations import sylv
from frechet.rules.inverse import inv
from frechet.rules.linear import diag, diagm, sym, trace
from frechet.rules.points import JORDAN, TIED, TURNING

__all__ = [
    "counted", "eigmax", "eigmaxproj", "eigmin", "eigminproj", "eigvalsh", "eigvecsh", "gaps", "gaps2", "sumlargest", "topproj",
]  # fmt: skip

_SYMMETRIC_CASE = f"{MAGNUS_NEUDECKER}, sec. 8.9: eigenvalues and eigenvectors, symmetric case"


def _extreme(name: str, sign: int, words: str) -> tuple[Operation, Operation]:
    """The eigenvalue with the largest sign*(real part), and its spectral projector."""

    domain = f"the eigenvalue of {{0}} with the {words} real part is real and simple"
    facts = {
        "domain": domain,
        "symmetric_domain": f"the {'largest' if sign > 0 else 'smallest'} eigenvalue of {{0}} is simple",
        "outside": points.each(TIED, JORDAN, TURNING),
        "sample": lambda rng: (np.diag([1.0, 7.0, 3.0, 5.0]) + 0.2 * rng.standard_normal((4, 4)),),
        "source": "Kato, Perturbation Theory for Linear Operators, ch. II, eqs. 2.13, 2.14",
        "together": (name, name + "proj"),
    }
    eigenvalue = factoring(
        name,
        "n n -> 1 1",
        value=kernel(extreme_eigenvalue, sign=sign),
        fold=lambda args, params: args[0] if args[0].is_scalar else None,
        properties=lambda node: ("positive",) if "spd" in node.args[0].memo["properties"] else (),
        result="real",
        notation=rf"\lambda_{{{{\{words[:3]}}}}}({{0}})",
        spoken=f"{words}-eigenvalue",
        **facts,
    )
    P = factoring(
        name + "proj",
        "n n -> n n",
        value=kernel(spectral_projector, sign=sign),
        fold=lambda args, params: ones(1, 1) if args[0].is_scalar else None,
        transposed="commutes",
        idempotent=True,
        properties=lambda node: ("psd",) if "symmetric" in node.args[0].memo["properties"] else (),
        notation=rf"P_{{{{\{words[:3]}}}}}({{0}})",
        spoken=f"projector-on-{words}-eigenvector",
        **facts,
    )

    @rule(eigenvalue)
    def d_eigenvalue(A: Expr, dA: Expr) -> Expr:
        return trace(P(A) @ dA)

    @rule(P)
    def d_P(A: Expr, dA: Expr) -> Expr:
        S = inv(eigenvalue(A) * eye(A.rows) - A + P(A)) - P(A)
        return P(A) @ dA @ S + S @ dA @ P(A)

    return eigenvalue, P


eigmax, eigmaxproj = _extreme("eigmax", 1, "maximal")
eigmin, eigminproj = _extreme("eigmin", -1, "minimal")


# --- all eigenvalues of a symmetric matrix ------------------------------------------------------------

gaps = factoring(
    "gaps",
    "n 1 -> n n",
    holomorphic=True,
    internal=True,
    value=kernel(reciprocal_gaps, power=1),
    fold=lambda args, params: zeros(1, 1) if args[0].is_scalar else None,
    domain="the entries of {0} are distinct",
    outside=points.each([[1.0], [1.0]], [[2.0], [1.0], [2.0]]),
    sample=lambda rng: (np.array([[1.0], [3.0], [4.5], [7.0]]),),
    notation=r"\Delta({0})",
    spoken="eigenvalue-gaps",
    source=_SYMMETRIC_CASE,
    partial=True,
)
"""gaps(x)[i, j] = 1/(x[j] - x[i]), and 0 on the diagonal."""
gaps2 = factoring(
    "gaps2",
    "n 1 -> n n",
    holomorphic=True,
    internal=True,
    value=kernel(reciprocal_gaps, power=2),
    fold=lambda args, params: zeros(1, 1) if args[0].is_scalar else None,
    transposed="invariant",
    domain="the entries of {0} are distinct",
    outside=points.each([[1.0], [1.0]], [[2.0], [1.0], [2.0]]),
    sample=lambda rng: (np.array([[1.0], [3.0], [4.5], [7.0]]),),
    notation=r"\Delta({0})^{{\circ 2}}",
    spoken="squared-eigenvalue-gaps",
    source=_SYMMETRIC_CASE,
    partial=True,
)
"""The squares of gaps(x)."""

TIE = {1: TIE_OF_DIFFERENCES, 2: TIE_OF_SQUARES}
"""By power: below these differences, relative to the largest entry, rounding leaves less than six (five) right digits."""


def _differences(x: Expr) -> Expr:
    """x[j] - x[i], with no transpose: the entries may be complex, and the function is holomorphic in them."""
    n = x.rows
    return ones(n, n) @ diagm(x) - diagm(x) @ ones(n, n)


@rule(gaps)
def d_gaps(x: Expr, dx: Expr) -> Expr:
    return -gaps2(x) * _differences(dx)


@rule(gaps2)
def d_gaps2(x: Expr, dx: Expr) -> Expr:
    return -2 * gaps2(x) * gaps(x) * _differences(dx)


def _symmetric_sample(rng: np.random.Generator) -> tuple[np.ndarray, ...]:
    return (np.diag([1.0, 7.0, 3.0, 5.0]) + 0.2 * rng.standard_normal((4, 4)),)


eigvalsh, eigvecsh = factorization(
    "n n",
    symmetric_eigen,
    {
        "eigvalsh": {
            "gives": "n 1",
            "alone": symmetric_eigenvalues,
            "fold": lambda args, params: args[0] if args[0].is_scalar else None,
            "properties": lambda node: ("positive",) if "spd" in node.args[0].memo["properties"] else (),
            "result": "real",
            "notation": r"\lambda({0})",
            "spoken": "eigenvalues",
        },
        "eigvecsh": {
            "gives": "n n",
            "fold": lambda args, params: ones(1, 1) if args[0].is_scalar else None,
            "properties": lambda node: ("orthogonal",),
            "notation": "V({0})",
            "spoken": "eigenvectors",
        },
    },
    symmetric=(0,),
    domain="the eigenvalues of sym({0}) are distinct",
    outside=points.each(TIED),
    sample=_symmetric_sample,
    instead="spectral_function, spectral_projector, sum_largest or lobpcg",
    source="Magnus, On differentiating eigenvalues and eigenvectors, Econometric Theory 1 (1985)",
)
"""The eigenvalues of sym(A), from the smallest to the largest; orthonormal eigenvectors, one a column, with v'*dv = 0."""


@rule(eigvalsh)
def d_eigvalsh(A: Expr, dA: Expr) -> Expr:
    V = eigvecsh(A)
    return diag(V.T @ sym(dA) @ V)


@rule(eigvecsh)
def d_eigvecsh(A: Expr, dA: Expr) -> Expr:
    V = eigvecsh(A)
    return V @ (gaps(eigvalsh(A)) * (V.T @ sym(dA) @ V))


# --- sums over a cluster: right whether or not eigenvalues repeat inside it ---------------------------


def counted(node: Expr) -> list[tuple[Size, Size]]:
    """k of n eigenvalues."""
    (A,), (k,) = node.args, node.params
    return [(size(0), k), (k, A.rows)]


def _cluster(name: str, largest: str, outcome: str, value: Kernel, notation: str, **facts: Any) -> Operation:
    return factoring(
        name,
        f"n n | k -> {outcome}",
        value=value,
        fits=counted,
        outside=((TIED, 1),),
        laws=(f"{name}(A, 1) = {largest}(sym(A))",),
        domain="a gap follows the leading eigenvalues of sym({0}) that are taken together",
        source="Kato, Perturbation Theory for Linear Operators, ch. II, sec. 2.2",
        notation=notation,
        **facts,
    )


topproj = _cluster(
    "topproj",
    "eigmaxproj",
    "n n",
    kernel(top_projector, symmetric=(0,), whole=symmetric_eigen),
    "P_{{{1}}}({0})",
    spoken="projector-on-leading-eigenvectors",
    fold=lambda args, params: eye(args[0].rows) if params[0] is args[0].rows else None,
    transposed="invariant",
    idempotent=True,
    properties=lambda node: ("psd",),
)
"""The orthogonal projector on the eigenvectors of the k largest eigenvalues of sym(A)."""
sumlargest = _cluster(
    "sumlargest",
    "eigmax",
    "1 1",
    kernel(sum_of_largest_eigenvalues, symmetric=(0,)),
    r"\operatorname{{sumlargest}}_{{{1}}}({0})",
    fold=lambda args, params: trace(args[0]) if params[0] is args[0].rows else None,
    result="real",
    together=("sumlargest", "topproj"),
)
"""The sum of the k largest eigenvalues of sym(A)."""


@rule(sumlargest)
def d_sumlargest(A: Expr, dA: Expr, k: Size) -> Expr:
    return trace(topproj(A, params=(k,)) @ sym(dA))


@rule(topproj)
def d_topproj(A: Expr, dA: Expr, k: Size) -> Expr:
    """X = P*dP*Q is the off-diagonal block: A*X - X*A = P*dA*Q there; the other blocks are kept apart by their means."""
    n, S = A.rows, sym(A)
    P = topproj(A, params=(k,))
    Q = eye(n) - P
    top = trace(S @ P) / size_value(params=(k,))
    bottom = trace(S @ Q) / size_value(params=(n - k,))
    return 2 * sym(sylv(S @ P + top * Q, -(S @ Q + bottom * P), P @ sym(dA) @ Q))
