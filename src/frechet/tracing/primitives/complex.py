"""Real and imaginary parts and conjugates: linear over the real numbers, with the inner product Re(sum(conj(A).*B))."""

from __future__ import annotations

import numpy as np

from frechet.tracing.graph import Node, Primitive

__all__ = ["conj", "imag", "real", "times_i"]


def _same(shapes, params):
    return shapes[0]


_real = Primitive("real", value=np.real, shape=_same, real=True)
_imag = Primitive("imag", value=np.imag, shape=_same, real=True)
_conj = Primitive("conj", value=np.conj, shape=_same)
_times_i = Primitive("times_i", value=lambda A: np.multiply(1j, A), shape=_same)


def real(A: Node) -> Node:
    """The real part; a real array as it is."""
    return _real(A) if A.is_complex else A


def imag(A: Node) -> Node:
    """The imaginary part."""
    return _imag(A)


def conj(A: Node) -> Node:
    """The conjugate; a real array as it is."""
    return _conj(A) if A.is_complex else A


def times_i(A: Node) -> Node:
    """1j*A, which is complex also for a real array."""
    made = _times_i(A)
    made.is_complex = True
    return made


@_real.adjoint(0)
def _real_adjoint(node: Node, W: Node, i: int) -> Node:
    return W


@_imag.adjoint(0)
def _imag_adjoint(node: Node, W: Node, i: int) -> Node:
    return times_i(W)


@_conj.adjoint(0)
def _conj_adjoint(node: Node, W: Node, i: int) -> Node:
    return conj(W)


@_times_i.adjoint(0)
def _times_i_adjoint(node: Node, W: Node, i: int) -> Node:
    return -1.0 * times_i(W)
