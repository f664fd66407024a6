"""Rows of the table in words of MATLAB and GNU Octave: factorizations, functions of matrices, matrix equations."""

from __future__ import annotations

from frechet.compile.values import Value
from frechet.compile.writing import RowText, Writer

__all__ = ["FACTORED", "ROWS"]


def _lower_cholesky(w: Writer, v: Value) -> str:
    part = "{0}" if "symmetric" in v.args[0].facts else "symmetric_part({0})"
    return f"sound(chol({part}, 'lower'), 2)"


# MATLAB's eig takes a matrix for symmetric only when it is so to the last bit: what was computed never is.
_EIGH, _EIG, _SVD = "eigen(symmetric_part({0}))", "eigen({0})", "singular({0})"
_TOP = "top_eigen(symmetric_part({0}), {p0})"
_QR, _LU, _SCHUR = "orthogonal_triangular({0})", "lu_without_interchanges({0})", "schur_form({0})"

FACTORED: dict[str, tuple[RowText, str]] = {
    "eigvalsh": (_EIGH, "{F}.values"),
    "eigvecsh": (_EIGH, "{F}.V"),
    "eigvals": (_EIG, "{F}.values"),
    "eigvecs": (_EIG, "{F}.V"),
    "eigdual": (_EIG, "dual_basis({F}.V)"),
    "topvals": (_TOP, "{F}.values"),
    "topvecs": (_TOP, "{F}.V"),
    "svdu": (_SVD, "{F}.U"),
    "svdvals": (_SVD, "{F}.s"),
    "svdv": (_SVD, "{F}.V"),
    "qrq": (_QR, "{F}.Q"),
    "qrr": (_QR, "{F}.R"),
    "lul": (_LU, "{F}.L"),
    "luu": (_LU, "{F}.U"),
    "schurt": (_SCHUR, "{F}.T"),
    "schurq": (_SCHUR, "{F}.Q"),
    "schurpattern": (_SCHUR, "double(tril({F}.T == 0, -1))"),
    "hessh": ("hessenberg({0})", "{F}.H"),
    "hessq": ("hessenberg({0})", "{F}.Q"),
}

_MATRIX_FUNCTIONS = {
    "logm": "real_logm",
    "sqrtm": "real_sqrtm",
    **{
        name: name
        for name in (
            "sinm", "cosm", "tanm", "sinhm", "coshm", "tanhm", "signm", "absm", "relum", "arcsinm", "arccosm", "arctanm",
            "log1pm", "sigmoidm", "softplusm", "erfm",
        )
    },
}  # fmt: skip
"""Rows that are functions of a square matrix -> the helper; their derivatives go by blocks."""

ROWS: dict[str, RowText] = {
    "eigvalsh": "eig(symmetric_part({0}))",
    "eigvals": "eig({0})",
    "eigmax": "extreme_eigenvalue({0}, 1)",
    "eigmin": "extreme_eigenvalue({0}, -1)",
    "eigmaxproj": "spectral_projector({0}, 1)",
    "eigminproj": "spectral_projector({0}, -1)",
    "topproj": "top_projector(symmetric_part({0}), {p0})",
    "sumlargest": "sum_of_largest_eigenvalues(symmetric_part({0}), {p0})",
    "gaps": "reciprocal_gaps({0}, 1)",
    "gaps2": "reciprocal_gaps({0}, 2)",
    "reciprocals": "reciprocals({0})",
    "svdvals": "singular_values({0})",
    "svdperp": "svd_complement({0})",
    "polar": "polar_factor({0})",
    "rotation": "nearest_rotation({0})",
    "normnuc": "sum(svd({0}))",
    "normspec": "norm({0})",
    "pinv": "pinv({0})",
    "chol": _lower_cholesky,
    "qrperp": "qr_complement({0})",
    "patternsylv": "pattern_sylvester({0}, {1}, {2}, {3})",
    "expm": "expm({0})",
    **{name: f"{f}({{0}})" for name, f in _MATRIX_FUNCTIONS.items()},
    **{"d" + name: f"frechet_derivative(@{f}, {{0}}, {{1}})" for name, f in _MATRIX_FUNCTIONS.items()},
    "dexpm": "frechet_derivative(@expm, {0}, {1})",
    "expmv": "(expm({0}) * {1:61})",
    "powm": "powm({0}, {1})",
    "dpowm": "frechet_derivative(@(M) powm(M, {1}), {0}, {2})",
    "sylv": "solve_sylvester({0}, {1}, {2})",
    "stein": "solve_stein({0}, {1}, {2})",
    "care": "solve_continuous_riccati({0}, {1}, {2}, {3})",
    "dare": "solve_discrete_riccati({0}, {1}, {2}, {3})",
    "dadj": "adjugate_derivative({0}, {1})",
    "d2adj": "adjugate_second_derivative({0}, {1}, {2})",
    "ptrace1": "partial_trace_first({0}, {p0})",
    "ptrace2": "partial_trace_second({0}, {p0})",
}
