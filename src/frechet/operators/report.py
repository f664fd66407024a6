"""What `explain` says: the terms that were recognised, the pattern that solves, its cost and what it
showed.
"""

from __future__ import annotations

from typing import Any

from frechet.errors import FrechetError
from frechet.operators.canonical import Canonical
from frechet.operators.factors import Diagonal, Factor, Scalar, Thin
from frechet.operators.parts import Block, Composed
from frechet.operators.patterns import FALLBACKS, PATTERNS

__all__ = ["describe"]


def describe(op: Any) -> str:
    """Several lines of text about a LinearOperator; factorizes it."""
    lines = [f"{op.domain} → {op.codomain}, dimension {op.domain.dim} → {op.codomain.dim}"]
    lines += _terms(op.form)
    try:
        solver = op.solver
        condition = solver.condition
    except FrechetError as error:
        return "\n".join([*lines, f"solve: not possible: {error}"])
    row = next((p for p in PATTERNS + FALLBACKS if p.name == solver.pattern), None)
    lines.append(f"solve: {solver.detail}")
    if row is not None:
        lines.append(f"pattern: {row.name} ({row.equation}), cost about {row.cost}; {row.source}")
    lines.append(f"condition number about {condition:.1e}")
    if op.residual is not None:
        lines.append(f"backward error of the last solve {op.residual:.1e}")
    return "\n".join(lines)


def _terms(form: Canonical | Block) -> list[str]:
    if isinstance(form, Block):
        return [f"{len(form.grid)}×{len(form.grid[0])} blocks"]
    lines = [f"  {_factor(A)} X {_factor(B)}" for A, B in form.plain]
    lines += [f"  {_factor(C)} X' {_factor(D)}" for C, D in form.flipped]
    if form.scale is not None:
        lines.append("  H .* X")
    if form.thin is not None:
        lines.append(f"  sum of {len(form.thin.U)} terms U <V, X>")
    for part in form.rest:
        stages = part.parts if isinstance(part, Composed) else (part,)
        names = ("Sum" if isinstance(stage, Canonical) else type(stage).__name__ for stage in stages)
        lines.append("  " + " ∘ ".join(names))
    return lines


def _factor(F: Factor) -> str:
    m, n = F.shape
    if isinstance(F, Scalar):
        return "I" if F.c == 1 else f"{F.c:.4g} I"
    kind = "diagonal " if isinstance(F, Diagonal) else f"rank {F.rank} " if isinstance(F, Thin) else ""
    return f"({kind}{m}×{n})"
