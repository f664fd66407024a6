"""Eigenvectors and singular vectors where values coincide: their derivative but for rotations inside of a cluster.

Those are not determined, and have no effect on functions that do not depend on the choice of vectors; `frechet.tracing.ties` sees
to it that the function is one. Singular values of a cluster are positive.
Source: as `rules.spectral` and `rules.singular`; Kato, Perturbation Theory for Linear Operators, ch. II, sec. 5-6.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from frechet.kernels.clusters import ties
from frechet.tracing.graph import Node, Primitive
from frechet.tracing.primitives.contractions import matmul, turned
from frechet.tracing.primitives.matrices import matrix_primitive

__all__ = ["left_vectors", "right_vectors", "vectors"]


def _gaps(values: Any) -> Any:
    """1/(x[j] - x[i]), and 0 inside of clusters."""
    x = np.ravel(values)
    close = ties(x) | np.eye(len(x), dtype=bool)
    return np.where(close, 0.0, 1.0 / np.where(close, 1.0, x - x[:, None]))


def _halves(values: Any) -> Any:
    """1/(4*x[i]) inside of clusters, off the diagonal; the part of each side in a rotation of both against each other."""
    x = np.ravel(values)
    inside = ties(x)
    return np.where(inside, 1.0 / np.where(inside, 4.0 * x[:, None], 1.0), 0.0)


def _square(shapes, params):
    n = shapes[0][-2]
    return (n, n)


gaps = Primitive("gaps between clusters", _gaps, _square)
halves = Primitive("reciprocals in clusters", _halves, _square)
vectors = Primitive("eigenvectors at ties", matrix_primitive("eigvecsh").value, lambda s, p: s[0])
left_vectors = Primitive("left singular vectors at ties", matrix_primitive("svdu").value, lambda s, p: s[0])
right_vectors = Primitive(
    "right singular vectors at ties", matrix_primitive("svdv").value, lambda s, p: (s[0][-1], s[0][-1])
)


@vectors.differential(0)
def _vectors_differential(node: Node, dA: Node) -> Node:
    V, values = node, matrix_primitive("eigvalsh")(node.args[0])
    dA = 0.5 * (dA + turned(dA))
    return matmul(V, gaps(values) * matmul(matmul(turned(V), dA), V))


@left_vectors.differential(0)
def _left_differential(node: Node, dA: Node) -> Node:
    A, U = node.args[0], node
    s = matrix_primitive("svdvals")(A)
    V = _partner(turned(A), U, s)
    E, row = matmul(matmul(turned(U), dA), V), turned(s)
    turning = gaps(s * s) * (E * row + turned(E * row)) + halves(s) * (E - turned(E))
    found = matmul(U, turning)
    if A.shape[0] == A.shape[1]:
        return found
    outside = matmul(dA, V) - matmul(U, E)
    return found + outside / row


@right_vectors.differential(0)
def _right_differential(node: Node, dA: Node) -> Node:
    A, V = node.args[0], node
    s = matrix_primitive("svdvals")(A)
    U = _partner(A, V, s)
    E, column = matmul(matmul(turned(U), dA), V), s
    return matmul(V, gaps(s * s) * (column * E + turned(column * E)) - halves(s) * (E - turned(E)))


def _partner(A: Node, V: Node, s: Node) -> Node:
    """The vectors on the other side, in the same basis of each cluster: A*V/s."""
    return matmul(A, V) / turned(s)
