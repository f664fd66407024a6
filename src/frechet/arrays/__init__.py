"""Linear algebra from the operations of the table, for any library of arrays: `frechet.jax.linalg`, `frechet.torch.linalg`, and what
NumPy's and SciPy's functions mean in code that is traced.

`Linalg(library)` has the functions for stacks of matrices (..., m, n). Names and conventions are those of NumPy and SciPy,
which JAX follows; where `torch.linalg` has a function of the same name and other arguments, `frechet.torch` takes those.
Where a function of a factorization stays differentiable at equal eigenvalues or singular values, it has a function of
its own: `spectral_function`, `spectral_projector`, `sum_largest`, `polar`, `low_rank`, `orthogonal_procrustes`,
`rotation`, and `lobpcg` and `svds` for the outermost ones while the others coincide. An opaque `eigh`, `eig` or `svd`
cannot know its caller: at ties its vectors have NaN for the columns that have no derivative in forward mode, and reverse
mode raises (under jit: NaN).
"""

from frechet.arrays.publish import NAMES, Linalg, ScipyLinalg, functions_of

__all__ = ["NAMES", "Linalg", "ScipyLinalg", "functions_of"]
