"""Structured linear operators on matrices, as numbers: apply, adjoint, solve, determinant.

spaces      subspaces of matrices with orthonormal coordinates; tangents has tangent spaces and manifolds
factors     the matrices of a two-sided product, in their cheapest form; products keeps it
parts       the closed set of linear maps, composition as data
canonical   any composed map as a short list of terms; images has the spaces that it maps into
patterns    the table of solvers: which form is solved how; its rows are built in elementary, definite, sylvester,
            transposed, matrix_functions, partitioned, combined and fallback, on the kernels of triangular and smith
operator    LinearOperator, with its trace and norm in spectra, its text in report, its picture in picture
construct   operators from matrices
plan        from a symbolic differential to operators, read once; linearize is `derivative.at(X=...)`
newton      Newton's method for plain functions, trust_region what is a minimum; iteration has their steps and solutions,
            equations `root` and `minimize`
bridges     SciPy, lineax, JAX, PyTorch
"""

from frechet.operators.construct import (
    block,
    diagonal_part,
    from_functions,
    hadamard,
    identity,
    low_rank,
    projection,
    to_diagonal,
    transposed_two_sided,
    two_sided,
)
from frechet.operators.linearize import linearize_all
from frechet.operators.operator import LinearOperator
from frechet.operators.spaces import (
    Full,
    Masked,
    Partitioned,
    Product,
    Skew,
    Space,
    Symmetric,
    diagonal,
    lower,
    upper,
)
from frechet.operators.tangents import (
    FixedRank,
    Stiefel,
    tangent_fixed_rank,
    tangent_orthogonal,
    tangent_stiefel,
)

__all__ = [
    "FixedRank",
    "Full",
    "LinearOperator",
    "Masked",
    "Partitioned",
    "Product",
    "Skew",
    "Space",
    "Stiefel",
    "Symmetric",
    "block",
    "diagonal",
    "diagonal_part",
    "from_functions",
    "hadamard",
    "identity",
    "linearize_all",
    "low_rank",
    "lower",
    "projection",
    "tangent_fixed_rank",
    "tangent_orthogonal",
    "tangent_stiefel",
    "to_diagonal",
    "transposed_two_sided",
    "two_sided",
    "upper",
]
