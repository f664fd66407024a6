"""The table of solvers: each row is one form of operator, tried from the top.

To add a pattern, write a `build(problem, choose)` that returns a Solver or None, and add its row. Every row
is tested against the dense route by tests/operators/test_patterns.py, which walks this table.
"""

from __future__ import annotations

import numpy as np

from frechet.errors import SingularOperatorError
from frechet.operators.canonical import Canonical
from frechet.operators.combined import (
    build_blocks,
    build_chain,
    build_flipped,
    build_framed,
    build_low_rank,
    build_solved,
)
from frechet.operators.definite import build_definite
from frechet.operators.elementary import build_cholesky, build_kronecker, build_scaling, build_triangular, build_vector
from frechet.operators.fallback import build_compressed, build_dense, build_krylov
from frechet.operators.images import normalized
from frechet.operators.matrix_functions import build_matrix_function
from frechet.operators.partitioned import build_partitioned
from frechet.operators.registry import LinearMap, Pattern, Solver
from frechet.operators.sylvester import build_commuting, build_pencils, build_sylvester
from frechet.operators.transposed import build_transposed

__all__ = ["FALLBACKS", "PATTERNS", "choose"]

PATTERNS = (
    Pattern("frame", "tangent spaces", "that of the base", build_framed, "isometry Q1 Y Q2'"),
    Pattern("partition", "[B11 B12; B21 B22]", "that of the blocks", build_partitioned, "Schur complements"),
    Pattern("kronecker", "A X B or A X' B", "m³ + n³", build_kronecker, "(B' ⊗ A)^-1 = B'^-1 ⊗ A^-1"),
    Pattern("scaling", "H .* X", "m n", build_scaling, "entry by entry"),
    Pattern("triangular", "sum A_k X B_k, triangular", "K m n (m + n)", build_triangular, "substitution"),
    Pattern("cholesky", "A X B + B'X'A', lower → symmetric", "n³", build_cholesky, "Murray 2016"),
    Pattern("definite", "A X B + C X D, symmetric, definite", "10 (m³ + n³)", build_definite, "eigh of two pencils"),
    Pattern(
        "sylvester", "A X B + C X D, Lyapunov", "25 (m³ + n³)", build_sylvester, "Smith 1968; Bartels, Stewart 1972"
    ),
    Pattern("pencils", "A X B + C X D, Stein", "66 (m³ + n³)", build_pencils, "Gardiner et al. 1992"),
    Pattern("commuting", "sum A_k X B_k, commuting", "25 (m³ + n³)", build_commuting, "common Schur form"),
    Pattern("compressed", "dependent terms", "that of two terms", build_compressed, "Van Loan, Pitsianis 1993"),
    Pattern("flipped", "sum C_k X' D_k", "that of the sum in X'", build_flipped, "commutation matrix"),
    Pattern("transposed", "A X B + C X' D", "50 n³", build_transposed, "De Terán, Dopico 2011"),
    Pattern("low rank", "L + sum U_k <V_k, X>", "r solves with L", build_low_rank, "Woodbury"),
    Pattern("vector", "sum A_k x b_k", "n³", build_vector, "one matrix"),
    Pattern("matrix function", "f'(A)", "25 n³", build_matrix_function, "Daleckii, Krein 1965"),
    Pattern("inverse", "L^-1", "application of L", build_solved, "L X = R"),
    Pattern("composition", "L1 L2 ... Lk", "that of the stages", build_chain, "one after the other"),
    Pattern("blocks", "[L11 L12; L21 L22]", "that of the blocks", build_blocks, "Schur complements"),
)

FALLBACKS = (
    Pattern("dense", "any, small", "dim³", build_dense, "LU of the matrix"),
    Pattern("krylov", "any", "steps × apply", build_krylov, "MINRES, GMRES: Paige, Saunders 1975; Saad, Schultz 1986"),
)


def choose(problem: LinearMap, fallback: bool = False) -> Solver | None:
    """The solver of the first pattern that fits; with `fallback`, dense or Krylov if none does.

    Found once for each form and pair of spaces. Raises SingularOperatorError if a pattern fits and shows that
    the operator has no inverse.
    """
    memo, spaces = problem.form.__dict__.setdefault("solvers", {}), (problem.domain, problem.codomain)
    if spaces in memo:
        return memo[spaces]
    solver = _first(normalized(problem), PATTERNS + (FALLBACKS if fallback else ()))
    # solvers of blocks and Krylov iterations hold their form: kept there, both would wait for the garbage collector
    if solver is not None and isinstance(problem.form, Canonical) and solver.pattern != "krylov":
        memo[spaces] = solver
    return solver


def _first(problem: LinearMap, patterns: tuple[Pattern, ...]) -> Solver | None:
    if isinstance(problem.form, Canonical) and not problem.form.parts:
        raise SingularOperatorError("the operator is zero")
    for pattern in patterns:
        try:
            solver = pattern.build(problem, choose)
        except np.linalg.LinAlgError as error:
            raise SingularOperatorError(f"the {pattern.name} factorization failed: {error}") from error
        if solver is not None:
            solver.pattern = solver.pattern or pattern.name  # a pattern may hand on the solver of another
            return solver
    return None
