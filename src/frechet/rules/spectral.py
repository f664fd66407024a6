"""Extreme eigenvalues and their spectral projectors.

A simple eigenvalue l of A with right and left eigenvectors v, w has the projector P = v*w'/(w'*v) and
dl = tr(P*dA), dP = P*dA*S + S*dA*P with the reduced resolvent S = inv(l*I - A + P) - P, whether or not other
eigenvalues repeat. For symmetric A and v'*v = 1, P = v*v'.

Source: Kato, Perturbation Theory for Linear Operators, ch. II, sec. 2; Magnus, On differentiating eigenvalues and
eigenvectors, Econometric Theory 1 (1985).
"""

from __future__ import annotations

import numpy as np

from frechet.expr.node import Operation, operation
from frechet.expr.structure import eye, ones
from frechet.rules.declare import rule
from frechet.rules.inverse import inv
from frechet.rules.linear import trace

__all__ = ["eigmax", "eigmaxproj", "eigmin", "eigminproj"]


def _is_hermitian(A) -> bool:
    return np.array_equal(A, A.conj().T)


def _extreme(name: str, sign: int, words: str) -> tuple[Operation, Operation]:
    """The eigenvalue with the largest sign*(real part), and its spectral projector."""

    def chosen(values) -> int:
        i = int(np.argmax(sign * np.real(values)))
        if np.imag(values[i]) != 0:
            raise np.linalg.LinAlgError(f"{name}: the eigenvalue with the {words} real part is not real")
        return i

    def value(A):
        values = np.linalg.eigvalsh(A) if _is_hermitian(A) else np.linalg.eigvals(A)
        return np.real(values[chosen(values)]).reshape(1, 1)

    def projector(A):
        if _is_hermitian(A):
            values, V = np.linalg.eigh(A)
            v = V[:, [chosen(values)]]
            return v @ v.conj().T
        values, V = np.linalg.eig(A)
        i = chosen(values)
        others, W = np.linalg.eig(A.conj().T)
        v, w = V[:, [i]], W[:, [int(np.argmin(np.abs(np.conj(others) - values[i])))]]
        P = v @ w.conj().T / (w.conj().T @ v)
        return P if np.iscomplexobj(A) else np.real(P)

    domain = f"the eigenvalue of {{0}} with the {words} real part is real and simple"
    row = {
        "domain": domain,
        "sample": lambda rng: (np.diag([1.0, 7.0, 3.0, 5.0]) + 0.2 * rng.standard_normal((4, 4)),),
        "source": "Kato, Perturbation Theory for Linear Operators, ch. II, eqs. 2.13, 2.14",
    }
    eigenvalue = operation(
        name,
        "n n -> 1 1",
        value=value,
        fold=lambda args, params: args[0] if args[0].is_scalar else None,
        properties=lambda node: ("positive",) if "spd" in node.args[0].memo["properties"] else (),
        notation=rf"\lambda_{{{{\{words[:3]}}}}}({{0}})",
        **row,
    )
    P = operation(
        name + "proj",
        "n n -> n n",
        value=projector,
        fold=lambda args, params: ones(1, 1) if args[0].is_scalar else None,
        transposed="commutes",
        properties=lambda node: ("psd",) if "symmetric" in node.args[0].memo["properties"] else (),
        notation=rf"P_{{{{\{words[:3]}}}}}({{0}})",
        **row,
    )

    @rule(eigenvalue)
    def _(A, dA):
        return trace(P(A) @ dA)

    @rule(P)
    def _(A, dA):
        S = inv(eigenvalue(A) * eye(A.rows) - A + P(A)) - P(A)
        return P(A) @ dA @ S + S @ dA @ P(A)

    return eigenvalue, P


eigmax, eigmaxproj = _extreme("eigmax", 1, "maximal")
eigmin, eigminproj = _extreme("eigmin", -1, "minimal")
