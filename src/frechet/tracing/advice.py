"""What to write in the place of functions of libraries that no derivative is followed through."""

from __future__ import annotations

import sys
from typing import Any

__all__ = ["advice_for", "is_inner", "public_name", "public_path"]

_ROOT = "write fr.implicit.root(F, x0), or x = fr.implicit(F, solve) with this solver in solve: x(p) has a derivative"
_MINIMUM = "write fr.implicit.minimum(f, x0): x(p) has a derivative"
_SPLINE = (
    "a spline is linear in its values: take its matrix (BSpline.design_matrix) times the values, or np.interp; "
    "at traced positions declare it with fr.primitive and its derivative, spline(x, 1)"
)
_QUADRATURE = "write weights @ f(nodes) with np.polynomial.legendre.leggauss, or scipy.integrate.fixed_quad"
_ADVICE = {
    "scipy.integrate": {
        "write fr.odeint(rhs, y0, times, p): its solution is differentiated by y0 and p": "solve_ivp odeint ode RK45 RK23 DOP853 LSODA BDF Radau",
        _QUADRATURE: "quad dblquad tplquad nquad quad_vec cubature qmc_quad",
        "write its equations and fr.implicit.root": "solve_bvp",
    },
    "scipy.interpolate": {
        _SPLINE: "CubicSpline PchipInterpolator Akima1DInterpolator CubicHermiteSpline BSpline PPoly splrep splev make_interp_spline make_lsq_spline "
        "UnivariateSpline InterpolatedUnivariateSpline LSQUnivariateSpline SmoothBivariateSpline RectBivariateSpline make_smoothing_spline",
        "write np.interp, or weights times the values": "interp1d interp2d RegularGridInterpolator LinearNDInterpolator griddata interpn "
        "NearestNDInterpolator BarycentricInterpolator KroghInterpolator",
        "write its kernel matrix and np.linalg.solve": "RBFInterpolator Rbf",
    },
    "scipy.optimize": {
        _ROOT: "fsolve root root_scalar brentq brenth bisect ridder toms748 newton_krylov broyden1 broyden2 anderson excitingmixing",
        _MINIMUM: "minimize minimize_scalar fmin fmin_bfgs fmin_cg fmin_l_bfgs_b fmin_tnc fmin_powell fmin_slsqp basinhopping differential_evolution "
        "dual_annealing shgo direct brent fminbound golden",
        "write fr.implicit.least_squares(r, x0): x(p) has a derivative": "least_squares curve_fit leastsq",
        "write fr.implicit.fixed_point(g, x0): x(p) has a derivative": "fixed_point",
        "write fr.implicit.quadratic_program, or its optimality conditions and fr.implicit.root": "linprog milp nnls lsq_linear",
    },
    "scipy.linalg": {
        "np.linalg.solve factors the matrix, and is followed": "ldl",
        "its vectors are a choice: np.linalg.eigh, np.linalg.svd(full_matrices=False) or a projector A @ pinv(A) are followed": "schur null_space orth rsf2csf qz",
    },
    "scipy.sparse.linalg": {
        "scipy.sparse.linalg.spsolve, splu and factorized are followed; x = fr.implicit.linear(A, b) says how many digits x has": "spsolve cg gmres bicg "
        "bicgstab minres lsqr lsmr splu spilu factorized inv spsolve_triangular",
        "write fr.implicit.eigenpair": "eigs eigsh svds lobpcg",
    },
    "scipy.stats": {
        "write it with np.mean and np.std": "zscore zmap skew kurtosis sem moment variation pearsonr linregress describe iqr gmean hmean",
        "ranks have no derivative": "spearmanr kendalltau rankdata",
        "write the sum of np.exp(-((x - data) / h) ** 2 / 2)": "gaussian_kde",
        "write scipy.special.entr or rel_entr": "entropy",
    },
}  # fmt: skip


def advice_for(name: str) -> str:
    """What to write instead of a function or class of a library; empty where nothing is known."""
    room = ".".join(part for part in name.split(".")[:-1] if not part.startswith("_"))
    last = name.rpartition(".")[2]
    for library, entries in _ADVICE.items():
        if room == library or room.startswith(f"{library}."):
            for told, names in entries.items():
                if last in names.split():
                    return told
    return ""


def is_inner(function: Any) -> bool:
    """Whether it is of scipy._lib and its like: the function that calls it is named in errors."""
    module = (getattr(function, "__module__", None) or "").split(".")
    return any(part.startswith("_") for part in [*module[:2], getattr(function, "__name__", "")])


def public_name(function: Any) -> str:
    """A library's function as people write it: scipy.integrate.quad, not scipy.integrate._quadpack_py.quad."""
    return public_path(getattr(function, "__module__", None) or "", getattr(function, "__name__", "?"))


def public_path(module: str, name: str) -> str:
    """The shortest path of modules by which a name is known."""
    parts = module.split(".")
    for k in range(1, len(parts) + 1):
        room = sys.modules.get(".".join(parts[:k]))
        if k > 1 and room is not None and hasattr(room, name):
            return ".".join([*parts[:k], name])
    return ".".join(p for p in [*parts, name] if p and not p.startswith("_"))
