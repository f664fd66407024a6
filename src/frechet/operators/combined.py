"""The patterns that reduce an operator to simpler ones: low rank updates, compositions, blocks, isometric
frames.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property, partial
from typing import Any

import numpy as np

from frechet.errors import SingularOperatorError
from frechet.operators.canonical import Canonical, canonical, merged
from frechet.operators.elementary import KroneckerSolver, ScalingSolver
from frechet.operators.factors import Dense, Diagonal, Factor, Inverse, Scalar
from frechet.operators.fallback import is_small
from frechet.operators.images import image, normalized
from frechet.operators.parts import (
    Block,
    Composed,
    FunctionPart,
    Hadamard,
    LowRank,
    Part,
    Project,
    Solved,
    SumOfParts,
    TwoSided,
    scaled,
)
from frechet.operators.registry import EPS, Choose, LinearMap, Solver
from frechet.operators.spaces import Framed, Full, Masked, Product, Space

__all__ = [
    "build_blocks",
    "build_chain",
    "build_flipped",
    "build_framed",
    "build_low_rank",
    "build_solved",
]

Array = np.ndarray
_THIN_SHARE = 2
"""Terms count as low rank while all of them together have at most this fraction of the dimension as their
rank.
"""


_ENTRIES = 2 * 10**7
"""The most numbers (160 MB) that the factors of a low rank term may have."""


class WoodburySolver(Solver):
    """L0 + sum_k U_k <V_k, ·>: with Z = L0^-1 U and K = I + <V, Z>,  X = L0^-1 R - Z K^-1 <V, L0^-1 R>.

    det = det L0 det K.

    Source: Hager, Updating the inverse of a matrix, SIAM Review 31 (1989).
    """

    def __init__(self, base: Solver, thin: LowRank):
        self.base, self.V = base, thin.V
        self.Z = base.solve_all(thin.U)
        K = np.eye(len(thin.U)) + np.tensordot(self.V, self.Z, ((1, 2), (1, 2)))
        self.K = Inverse(Dense(K), "the capacitance matrix of the low rank update")
        self.condition = base.condition * self.K.condition

    @cached_property
    def detail(self) -> str:  # type: ignore[override]
        return f"rank {len(self.V)} update (Woodbury) of: {self.base.detail}"

    def solve(self, R: Array, transposed: bool = False) -> Array:
        if transposed:
            small = self.K.left(np.tensordot(self.Z, R, 2)[:, None], True)[:, 0]
            return self.base.solve(R - np.tensordot(small, self.V, 1), True)
        X = self.base.solve(R)
        return X - np.tensordot(self.K.left(np.tensordot(self.V, X, 2)[:, None])[:, 0], self.Z, 1)

    def logdet(self) -> float:
        return self.base.logdet() + self.K.logdet


def build_low_rank(problem: LinearMap, choose: Choose) -> Solver | None:
    """A structured operator plus terms of low rank, given as such or as A X B with thin A or B."""
    form = problem.form
    if not isinstance(form, Canonical) or problem.domain.dim != problem.codomain.dim:
        return None
    limit = problem.domain.dim // _THIN_SHARE
    kept: dict[str, list] = {"plain": [], "flipped": []}
    stacks: list[Callable[[], LowRank]] = []  # made only when the rest turns out to have a solver
    if form.thin is not None:
        stacks.append(partial(_given, form.thin))
        limit -= len(form.thin.U)
    for name, pairs in (("plain", form.plain), ("flipped", form.flipped)):
        for A, B in sorted(pairs, key=lambda pair: pair[0].rank * pair[1].rank):
            rank = A.rank * B.rank
            if rank < problem.domain.dim and rank <= min(limit, _ENTRIES // problem.domain.dim):
                limit -= rank
                stacks.append(partial(_stack, A, B, name == "flipped"))
            else:
                kept[name].append((A, B))
    rest = []
    for part in form.rest:
        cut = _narrowest(part)
        width = 0 if cut is None else int(np.prod(part.parts[cut].source))  # type: ignore[attr-defined]
        if 0 < width <= limit and width * problem.domain.dim <= _ENTRIES:
            limit -= width
            stacks.append(partial(_through, part.parts[: cut + 1], part.parts[cut + 1 :]))  # type: ignore
        else:
            rest.append(part)
    base = replace(form, plain=tuple(kept["plain"]), flipped=tuple(kept["flipped"]), thin=None, rest=tuple(rest))
    if not stacks or not base.parts or limit < 0:
        return None
    smaller = normalized(LinearMap(base, problem.domain, problem.codomain)).form
    if len(smaller.parts) >= len(form.parts):  # type: ignore[union-attr]
        return None  # one of a mirrored pair was taken out: the other one is mirrored again, without end
    try:
        solver = choose(LinearMap(base, problem.domain, problem.codomain))
        condition = solver.condition if solver else 1.0
    except SingularOperatorError:
        return None  # the update may repair what is singular without it
    if solver is None or not condition < 1e14:
        return None  # a base this close to singular would spoil the update
    made = [make() for make in stacks]
    U = _projected(np.concatenate([s.U for s in made]), problem.codomain)
    V = _projected(np.concatenate([s.V for s in made]), problem.domain)
    return WoodburySolver(solver, LowRank(U, V))


def _given(thin: LowRank) -> LowRank:
    return thin


def _projected(stack: Array, space: Space) -> Array:
    return stack if isinstance(space, Full) else np.array([space.project(x) for x in stack])


def _narrowest(part: Part) -> int | None:
    """Where a composition passes through fewest numbers: the number of the stage that takes them."""
    if not isinstance(part, Composed) or isinstance(part.source[0], tuple):
        return None
    return min(range(len(part.parts) - 1), key=lambda k: np.prod(part.parts[k].source))


def _through(outer: tuple[Part, ...], inner: tuple[Part, ...]) -> LowRank:
    """outer ∘ inner as sum_k outer(E_k) <inner*(E_k), ·> over the unit matrices between them."""
    between, back = Full(*inner[0].target), Composed(inner).adjoint()
    units = [between.embed(e) for e in np.eye(between.dim)]
    forth = Composed(outer)
    return LowRank(np.array([forth.apply(E) for E in units]), np.array([back.apply(E) for E in units]))


def _stack(A: Factor, B: Factor, flip: bool) -> LowRank:
    """A X B = sum_ij p_i s_j' <q_i' r_j', X> with A = sum p_i q_i, B = sum r_j s_j (X' for X with `flip`)."""
    (P, Q), (R, S) = _split(A), _split(B)
    U = np.einsum("ai,jb->ijab", P, S).reshape(-1, len(P), S.shape[1])
    V = np.einsum("ia,bj->ijba" if flip else "ia,bj->ijab", Q, R)
    return LowRank(U, V.reshape(len(U), *V.shape[2:]))


def _split(F: Factor) -> tuple[Array, Array]:
    P, Q = getattr(F, "P", None), getattr(F, "Q", None)
    if P is not None and Q is not None:
        return P, Q
    a = F.array()
    m, n = a.shape
    return (np.eye(m), a) if m <= n else (a, np.eye(n))


class SolvedSolver(Solver):
    """op = L^-1: solved by applying L."""

    def __init__(self, part: Solved, forward: Solver):
        self.form = canonical(part.part.adjoint() if part.turned else part.part)
        self.forward = forward

    @cached_property
    def detail(self) -> str:  # type: ignore[override]
        return "application; determinant by: " + self.forward.detail

    @property
    def condition(self) -> float:  # type: ignore[override]
        return self.forward.condition

    def solve(self, R: Array, transposed: bool = False) -> Array:
        return (self.form.adjoint() if transposed else self.form).apply(R)

    def logdet(self) -> float:
        return -self.forward.logdet()

    def eigvals(self) -> Array | None:
        values = self.forward.eigvals()
        return None if values is None else 1 / values


def build_solved(problem: LinearMap, choose: Choose) -> Solver | None:
    """The inverse of an operator that has a pattern, on spaces that the operator keeps."""
    form = problem.form
    if not isinstance(form, Canonical) or len(form.parts) != 1 or not form.rest:
        return None
    part = form.rest[0]
    if not isinstance(part, Solved) or problem.domain != problem.codomain:
        return None
    inner = canonical(part.part)
    if not problem.is_full and image(inner, problem.domain) != problem.domain:
        return None
    forward = choose(LinearMap(inner, problem.domain, problem.domain))
    return forward and SolvedSolver(part, forward)


class FlippedSolver(Solver):
    """X -> L(X') by the solver of L."""

    def __init__(self, inner: Solver):
        self.inner = inner

    @property
    def condition(self) -> float:  # type: ignore[override]
        return self.inner.condition

    @cached_property
    def detail(self) -> str:  # type: ignore[override]
        return "in X': " + self.inner.detail

    def solve(self, R: Array, transposed: bool = False) -> Array:
        return self.inner.solve(R.T, True) if transposed else self.inner.solve(R).T

    def logdet(self) -> float:
        return self.inner.logdet()


def build_flipped(problem: LinearMap, choose: Choose) -> Solver | None:
    """sum_k C_k X' D_k: a sum of plain terms in X'."""
    form = problem.form
    if not isinstance(form, Canonical) or not problem.is_full or len(form.flipped) != len(form.parts):
        return None
    plain = Canonical(form.source[::-1], form.target, plain=form.flipped)
    inner = choose(LinearMap(plain, Full(*plain.source), problem.codomain))
    return inner and FlippedSolver(inner)


class ChainSolver(Solver):
    """L1 L2 ... Lk: the stages are solved one after the other, log determinants add up."""

    def __init__(self, stages: list[Solver]):
        self.stages = stages  # innermost first

    @property
    def condition(self) -> float:  # type: ignore[override]
        return float(np.prod([s.condition for s in self.stages]))

    @cached_property
    def detail(self) -> str:  # type: ignore[override]
        return "composition of: " + "; ".join(s.detail for s in reversed(self.stages))

    def solve(self, R: Any, transposed: bool = False) -> Any:
        for stage in self.stages if transposed else reversed(self.stages):
            R = stage.solve(R, transposed)
        return R

    def logdet(self) -> float:
        return sum(stage.logdet() for stage in self.stages)


def build_chain(problem: LinearMap, choose: Choose) -> Solver | None:
    """A composition whose stages are bijections between spaces of one dimension, each with a pattern of its
    own.
    """
    form = problem.form
    if not isinstance(form, Canonical) or len(form.parts) != 1 or not form.rest:
        return None
    chain = form.rest[0]
    if not isinstance(chain, Composed):
        return None
    space, stages = problem.domain, []
    parts = list(reversed(chain.parts))
    for k, part in enumerate(parts):
        stage = canonical(part)
        after = image(stage, space)
        if after is None or after.dim != space.dim or (k == len(parts) - 1 and after != problem.codomain):
            return None
        solver = choose(LinearMap(stage, space, after))
        if solver is None:
            return None
        stages.append(solver)
        space = after
    return ChainSolver(stages)


class FramedSolver(Solver):
    """The operator between the bases of two framed spaces; frames are isometries, so determinants agree."""

    def __init__(self, inner: Solver, problem: LinearMap):
        self.inner, self.domain, self.codomain = inner, problem.domain, problem.codomain
        self.condition = inner.condition

    @cached_property
    def detail(self) -> str:  # type: ignore[override]
        return "in the frame of the tangent space: " + self.inner.detail

    def solve(self, R: Array, transposed: bool = False) -> Array:
        into, out = (self.domain, self.codomain) if transposed else (self.codomain, self.domain)
        if isinstance(into, Framed):
            R = into.left.T @ R @ into.right
        X = self.inner.solve(R, transposed)
        return out.left @ X @ out.right.T if isinstance(out, Framed) else X

    def logdet(self) -> float:
        return self.inner.logdet()


def build_framed(problem: LinearMap, choose: Choose) -> Solver | None:
    """Tangent spaces of orthogonal and fixed-rank matrices: the same operator on skew or masked matrices."""
    domain, codomain, form = problem.domain, problem.codomain, problem.form
    parts: list[Part] = [form]
    if isinstance(codomain, Framed):
        parts.insert(0, TwoSided(Dense(codomain.left.T), Dense(codomain.right)))
        codomain = codomain.base
    if isinstance(domain, Framed):
        parts.append(TwoSided(Dense(domain.left), Dense(domain.right.T)))
        domain = domain.base
    if len(parts) == 1:
        return None
    inner = choose(LinearMap(_cleaned(canonical(Composed(tuple(parts)))), domain, codomain), fallback=True)
    return inner and FramedSolver(inner, problem)


def _cleaned(form: Canonical) -> Canonical:
    """The form with factors like Q'Q, which are multiples of the identity up to rounding, as what they are."""
    clean = lambda pairs: tuple((_diagonal_in_truth(A), _diagonal_in_truth(B)) for A, B in pairs)
    return merged(replace(form, plain=clean(form.plain), flipped=clean(form.flipped)))


def _diagonal_in_truth(F: Factor) -> Factor:
    a = F.array()
    d = F.diagonal
    if isinstance(F, Scalar) or a.shape[0] != a.shape[1] or not d.size:
        return F
    slack = 4 * EPS * len(d) * float(np.abs(d).max())
    if np.abs(a - np.diag(d)).max() > slack:
        return F
    return Scalar(float(d.mean()), len(d)) if np.ptp(d) <= slack else Diagonal(d.copy())


class BlockSolver(Solver):
    """One block P as pivot, the Schur complement S = G_ab - G_aj P^-1 G_ib for the rest: det = ± det P det
    S.
    """

    def __init__(self, problem: LinearMap, pivot: tuple[int, int], solver: Solver, rest: Solver | None):
        self.problem, self.pivot, self.solver, self.rest = problem, pivot, solver, rest
        self.condition = max(solver.condition, rest.condition if rest else 1.0)

    @cached_property
    def detail(self) -> str:  # type: ignore[override]
        i, j = self.pivot
        rest = f"; Schur complement: {self.rest.detail}" if self.rest else ""
        return f"block ({i + 1},{j + 1}) as pivot: {self.solver.detail}{rest}"

    def solve(self, R: Any, transposed: bool = False) -> Any:
        problem = self.problem.adjoint() if transposed else self.problem
        i, j = self.pivot[::-1] if transposed else self.pivot
        rows, columns = problem.codomain.spaces, problem.domain.spaces  # type: ignore[attr-defined]
        grid = problem.form.grid  # type: ignore[union-attr]
        first = self.solver.solve(R[i], transposed)
        if self.rest is None:
            return (first,)
        reduced = []
        for a, row in enumerate(grid):
            if a != i:
                part = row[j]
                reduced.append(R[a] - rows[a].project(part.apply(first)) if part else R[a])
        others = self.rest.solve(tuple(reduced) if len(reduced) > 1 else reduced[0], transposed)
        others = list(others) if len(reduced) > 1 else [others]
        if all(part is None for b, part in enumerate(grid[i]) if b != j):
            others.insert(j, first)
            return tuple(others)
        right = R[i]
        for b, x in zip([b for b in range(len(columns)) if b != j], others, strict=True):
            part = grid[i][b]
            right = right - rows[i].project(part.apply(x)) if part else right
        others.insert(j, self.solver.solve(right, transposed))
        return tuple(others)

    def logdet(self) -> float:
        return self.solver.logdet() + (self.rest.logdet() if self.rest else 0.0)


def build_blocks(problem: LinearMap, choose: Choose) -> Solver | None:
    """A block operator by Schur complements: the pivot that fills in least, products and scalings first."""
    form = problem.form
    if not isinstance(form, Block) or not isinstance(problem.domain, Product):
        return None
    assert isinstance(problem.codomain, Product)
    rows, columns = problem.codomain.spaces, problem.domain.spaces
    for i, j in _pivots(form, rows, columns):
        try:
            solver = choose(LinearMap(canonical(form.grid[i][j]), columns[j], rows[i]))  # type: ignore[arg-type]
            if solver is not None and solver.condition < 1e14:
                break
        except SingularOperatorError:
            continue  # a singular block cannot be the pivot; another may
    else:
        return None
    if len(rows) == 1:
        return BlockSolver(problem, (i, j), solver, None)
    complement = _complement(problem, i, j, solver)
    rest = choose(complement)
    if rest is None and not is_small(complement) and problem.is_self_adjoint:
        return None  # MINRES on all blocks, with the diagonal ones as preconditioner, is faster than GMRES on the rest
    rest = rest or choose(complement, fallback=True)
    return rest and BlockSolver(problem, (i, j), solver, rest)


def _pivots(form: Block, rows: tuple[Space, ...], columns: tuple[Space, ...]) -> list[tuple[int, int]]:
    """The blocks that could be pivots, the best ones first: little fill in, one term, on the diagonal, large."""
    ranked = []
    for i, row in enumerate(form.grid):
        for j, part in enumerate(row):
            if part is not None and rows[i].dim == columns[j].dim:
                fill = (sum(p is not None for p in row) - 1) * (sum(r[j] is not None for r in form.grid) - 1)
                several = len(canonical(part).parts) != 1 or bool(canonical(part).rest)
                ranked.append((fill > 0, several, fill, i != j, -rows[i].dim, i, j))
    return [(i, j) for *_, i, j in sorted(ranked)]


def _complement(problem: LinearMap, i: int, j: int, solver: Solver) -> LinearMap:
    rows, columns = problem.codomain.spaces, problem.domain.spaces  # type: ignore[attr-defined]
    grid = problem.form.grid  # type: ignore[union-attr]
    inverse = _inverse(solver, rows[i], columns[j], problem.form.is_complex)
    keep_rows = [a for a in range(len(rows)) if a != i]
    keep_columns = [b for b in range(len(columns)) if b != j]
    new = []
    for a in keep_rows:
        line: list[Part | None] = []
        for b in keep_columns:
            part, before, after = grid[a][b], grid[i][b], grid[a][j]
            if before is not None and after is not None:
                inner = before if isinstance(rows[i], Full) else Composed((Project(rows[i]), before))
                update = scaled(Composed((after, inverse, inner)), -1.0)
                part = update if part is None else SumOfParts((part, update))
            line.append(part and canonical(part))
        new.append(line)
    if len(new) == 1:
        if new[0][0] is None:
            raise SingularOperatorError("the Schur complement of the block operator is zero")
        return LinearMap(new[0][0], columns[keep_columns[0]], rows[keep_rows[0]])  # type: ignore[arg-type]
    shapes = tuple(columns[b].shape for b in keep_columns), tuple(rows[a].shape for a in keep_rows)
    block = Block(tuple(map(tuple, new)), *shapes)
    return LinearMap(block, Product(*(columns[b] for b in keep_columns)), Product(*(rows[a] for a in keep_rows)))


def _inverse(solver: Solver, source: Space, target: Space, is_complex: bool) -> Part:
    """The inverse of the pivot as a part: a two-sided product or scaling again where it is one."""
    if isinstance(solver, KroneckerSolver):
        A, B = solver.A.factor(), solver.B.factor()
        return TwoSided(B.T, A.T, True) if solver.flip else TwoSided(A, B)
    if isinstance(solver, ScalingSolver) and not isinstance(source, Masked):
        return Hadamard(1 / solver.H)
    return FunctionPart(
        solver.solve, lambda W: solver.solve(W, True), source.shape, target.shape, is_complex=is_complex
    )
