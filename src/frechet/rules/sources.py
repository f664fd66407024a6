"""Sources of the elementary rows; the others state theirs where they are declared."""

from __future__ import annotations

from frechet.expr.node import operations

__all__: list[str] = []

_MN = "Magnus and Neudecker, Matrix Differential Calculus, 3rd ed. (2019)"
_AS = "Abramowitz and Stegun, Handbook of Mathematical Functions (1964)"
_CONVEX = "Rockafellar, Convex Analysis (1970), sec. 23: one-sided directional derivatives and subgradients"
_BOYD = "Boyd and Vandenberghe, Convex Optimization (2004), sec. 3.1.5"

_SOURCES = {
    f"{_MN}, ch. 1: matrices": "number size pi eye ones zeros e index block transpose diag diagm tril triu sym skew",
    f"{_MN}, sec. 8.2: fundamental rules of differential calculus": "add scale mul hadamard tr sum rowsum colsum mean",
    f"{_MN}, sec. 2.2 and 2.4: Kronecker product and vec": "kron vec unvec",
    f"{_MN}, sec. 3.7: the commutation matrix": "commutation",
    "Khatri and Rao, Solutions to some functional equations, Sankhya A 30 (1968)": "khatrirao",
    "Nielsen and Chuang, Quantum Computation and Quantum Information (2000), sec. 2.4.3: partial trace": "ptrace1 ptrace2",
    "Murray, Li and Sastry, A Mathematical Introduction to Robotic Manipulation (1994), sec. 2.2.1": "hat vee",
    f"{_MN}, sec. 8.4: the inverse": "inv matpow",
    f"{_MN}, sec. 8.3: the determinant (Jacobi's formula)": "det logdet",
    f"{_MN}, sec. 8.6: the adjugate": "adj",
    "Gajic and Qureshi, Lyapunov Matrix Equation in System Stability and Control (1995), ch. 2 and 3": "lyap dlyap",
    f"{_MN}, sec. 8.9: eigenvalues and eigenvectors, symmetric case": "gaps gaps2",
    "Golub and Van Loan, Matrix Computations, 4th ed. (2013), sec. 5.2: the complete QR factorization": "qrperp",
    "Papadopoulo and Lourakis, Estimating the Jacobian of the singular value decomposition (2000)": "svdvals svdperp",
    f"{_AS}, sec. 4.3: circular functions": "sin cos tan",
    f"{_AS}, sec. 4.4: inverse circular functions": "arcsin arccos arctan",
    f"{_AS}, sec. 4.5: hyperbolic functions": "sinh cosh tanh",
    f"{_AS}, sec. 4.1 and 4.2: logarithm, exponential and powers": "log log1p exp sqrt pow",
    f"{_AS}, sec. 7.1: the error function": "erf",
    _CONVEX: "abs sign step relu maximum minimum norm1 norm2 max min max_rows min_rows argmax argmin argmax_rows argmin_rows",
    f"{_BOYD}: log-sum-exp and its gradient": "softmax logsumexp softmax_rows logsumexp_rows sigmoid softplus",
}

for _source, _names in _SOURCES.items():
    for _name in _names.split():
        if operations[_name].source:
            raise ValueError(f"{_name} has two sources")
        operations[_name].source = _source
