"""Triangular matrices: solves, inverses, products."""

from __future__ import annotations

from frechet.kernels.routines import kind_of_both, routine
from frechet.kernels.singularity import check_condition, is_suspicious

__all__ = ["triangular_inverse", "triangular_product", "triangular_solve"]


def triangular_solve(T, B, lower, transposed, name):
    """inv(T)*B, or inv(T')*B, for a triangular T; LinAlgError when T is singular."""
    if is_suspicious(T.diagonal()):
        check_condition(T, lower, 1, name)
    if B.ndim == 1:
        return routine("trsv", kind_of_both(T, B))(T.T, B, lower=not lower, trans=not transposed)
    return routine("trsm", kind_of_both(T, B))(1.0, T.T, B.T, side=1, lower=not lower, trans_a=transposed).T


def triangular_inverse(T, lower, name):
    """inv(T) for a triangular T; LinAlgError when T is singular."""
    if is_suspicious(T.diagonal()):
        check_condition(T, lower, 1, name)
    return routine("trtri", T.dtype.char)(T.T, lower=not lower)[0].T


def triangular_product(T, B, lower, transposed):
    """T*B, or T'*B, for a triangular T: half the work of a full product."""
    trmm = routine("trmm", kind_of_both(T, B))
    return trmm(1.0, T.T, B.T, side=1, lower=not lower, trans_a=transposed).T
