"""Rows of the table in words of Julia and its LinearAlgebra: factorizations, functions of matrices, matrix equations."""

from __future__ import annotations

from frechet.compile.values import Value
from frechet.compile.writing import RowText, Writer

__all__ = ["FACTORED", "ROWS"]


def _of_symmetric(text: str) -> RowText:
    """Text for a row that takes the symmetric part of its argument; {S} stands for it."""

    def filled(w: Writer, v: Value) -> str:
        known = "symmetric" in v.args[0].facts
        return text.replace("{S}", "Symmetric({0})" if known else "symmetric_part({0})")

    return filled


_EIGH, _EIG, _SVD, _QR = _of_symmetric("eigen({S})"), "eigen({0}; sortby=nothing)", "svd(tall({0}))", "qr({0})"
_LU, _SCHUR, _HESSENBERG = "lu({0}, NoPivot(); check=false)", "schur({0})", "hessenberg({0})"

FACTORED: dict[str, tuple[RowText, str]] = {
    "eigvalsh": (_EIGH, "{F}.values"),
    "eigvecsh": (_EIGH, "{F}.vectors"),
    "eigvals": (_EIG, "{F}.values"),
    "eigvecs": (_EIG, "{F}.vectors"),
    "eigdual": (_EIG, "dual_basis({F}.vectors)"),
    "svdu": (_SVD, "{F}.U"),
    "svdvals": (_SVD, "{F}.S"),
    "svdv": (_SVD, "{F}.V"),
    "qrq": (_QR, "Matrix({F}.Q)"),
    "qrr": (_QR, "{F}.R"),
    "lul": (_LU, "{F}.L"),
    "luu": (_LU, "{F}.U"),
    "schurt": (_SCHUR, "{F}.T"),
    "schurq": (_SCHUR, "{F}.Z"),
    "schurpattern": (_SCHUR, "below_blocks({F}.T)"),
    "hessh": (_HESSENBERG, "Matrix({F}.H)"),
    "hessq": (_HESSENBERG, "Matrix({F}.Q)"),
}

_MATRIX_FUNCTIONS = {
    "expm": "exp",
    "sinm": "sin",
    "cosm": "cos",
    "tanm": "tan",
    "sinhm": "sinh",
    "coshm": "cosh",
    "tanhm": "tanh",
    **{
        name: name
        for name in (
            "logm", "sqrtm", "signm", "absm", "relum", "arcsinm", "arccosm", "arctanm", "log1pm", "sigmoidm", "softplusm",
            "erfm",
        )
    },
}  # fmt: skip
"""Rows that are functions of a square matrix -> the function, Julia's own or a helper; their derivatives go by blocks."""

ROWS: dict[str, RowText] = {
    "eigvalsh": _of_symmetric("eigvals({S})"),
    "eigvecsh": _of_symmetric("eigvecs({S})"),
    "eigvals": "eigvals({0}; sortby=nothing)",
    "eigvecs": "eigvecs({0}; sortby=nothing)",
    "eigdual": "dual_basis(eigvecs({0}; sortby=nothing))",
    "eigmax": "extreme_eigenvalue({0}, 1)",
    "eigmin": "extreme_eigenvalue({0}, -1)",
    "eigmaxproj": "spectral_projector({0}, 1)",
    "eigminproj": "spectral_projector({0}, -1)",
    "topvals": _of_symmetric("top_eigenvalues({S}, {p0})"),
    "topvecs": _of_symmetric("top_eigenvectors({S}, {p0})"),
    "topproj": _of_symmetric("top_projector({S}, {p0})"),
    "sumlargest": _of_symmetric("sum_of_largest_eigenvalues({S}, {p0})"),
    "gaps": "reciprocal_gaps({0}, 1)",
    "gaps2": "reciprocal_gaps({0}, 2)",
    "reciprocals": "reciprocals({0})",
    "svdu": "svd(tall({0})).U",
    "svdvals": "svdvals(tall({0}))",
    "svdv": "svd(tall({0})).V",
    "svdperp": "svd_complement({0})",
    "polar": "polar_factor({0})",
    "rotation": "nearest_rotation({0})",
    "normnuc": "sum(svdvals({0}))",
    "normspec": "opnorm({0})",
    "pinv": "pinv({0})",
    "chol": _of_symmetric("sound_cholesky(cholesky({S})).L"),
    "qrq": "Matrix(qr({0}).Q)",
    "qrr": "qr({0}).R",
    "qrperp": "qr_complement({0})",
    "lul": _LU + ".L",
    "luu": _LU + ".U",
    "schurt": _SCHUR + ".T",
    "schurq": _SCHUR + ".Z",
    "schurpattern": f"below_blocks({_SCHUR}.T)",
    "hessh": f"Matrix({_HESSENBERG}.H)",
    "hessq": f"Matrix({_HESSENBERG}.Q)",
    "patternsylv": "pattern_sylvester({0}, {1}, {2}, {3})",
    **{name: f"{f}({{0}})" for name, f in _MATRIX_FUNCTIONS.items()},
    **{"d" + name: f"frechet_derivative({f}, {{0}}, {{1}})" for name, f in _MATRIX_FUNCTIONS.items()},
    "expmv": "(exp({0}) * {1:61})",
    "powm": "powm({0}, {1})",
    "dpowm": "frechet_derivative(M -> powm(M, {1}), {0}, {2})",
    "sylv": "solve_sylvester({0}, {1}, {2})",
    "stein": "solve_stein({0}, {1}, {2})",
    "care": "solve_continuous_riccati({0}, {1}, {2}, {3})",
    "dare": "solve_discrete_riccati({0}, {1}, {2}, {3})",
    "dadj": "adjugate_derivative({0}, {1})",
    "d2adj": "adjugate_second_derivative({0}, {1}, {2})",
    "ptrace1": "partial_trace_first({0}, {p0})",
    "ptrace2": "partial_trace_second({0}, {p0})",
}
