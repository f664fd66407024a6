"""The same formulas for SymPy and tensorgrad, and the numbers that their answers give.

A formula that a library cannot express raises Unable.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import reduce

import numpy as np
import sympy
import tensorgrad
import torch
from tensorgrad import functions as tensors
from tensorgrad.compiler.runtime import CompiledProgram

from frechet.expr.node import Expr, postorder

__all__ = ["SympyPeer", "TensorgradPeer", "Unable"]


class Unable(Exception):
    """The library has no words for this formula, or gives no answer that can be evaluated."""


# --- SymPy ------------------------------------------------------------------------------------------

_ENTRYWISE = {
    "sin": sympy.sin, "cos": sympy.cos, "exp": sympy.exp, "log": sympy.log, "tanh": sympy.tanh, "sqrt": sympy.sqrt,
    "abs": sympy.Abs, "sinh": sympy.sinh, "cosh": sympy.cosh, "arctan": sympy.atan,
}  # fmt: skip


def _sympy_norm(A):
    return sympy.sqrt(sympy.Trace(A.T * A)) if isinstance(A, sympy.MatrixExpr) else sympy.Abs(A)


def _sympy_product(*factors):
    return reduce(lambda a, b: a * b, factors)


_SYMPY: dict[str, Callable] = {
    "add": lambda *terms: reduce(lambda a, b: a + b, terms),
    "scale": _sympy_product,
    "mul": _sympy_product,
    "hadamard": lambda *factors: sympy.HadamardProduct(*factors),
    "transpose": lambda A: A.T,
    "inv": lambda A: A.I,
    "tr": sympy.Trace,
    "det": sympy.Determinant,
    "logdet": lambda A: sympy.log(sympy.Determinant(A)),
    "norm2": _sympy_norm,
    "kron": sympy.KroneckerProduct,
    "eye": sympy.Identity,
    "ones": sympy.OneMatrix,
    "zeros": sympy.ZeroMatrix,
    "number": lambda value: sympy.Rational(Fraction(value).numerator, Fraction(value).denominator),
    "size": lambda n: sympy.Integer(n),
    "pi": lambda: sympy.pi,
    "matpow": lambda A, k: A**k,
    "diagm": sympy.DiagMatrix,
}


class SympyPeer:
    """A scalar formula as a SymPy matrix expression; `derive` is the bare `diff`, which simplifies nothing."""

    def __init__(self, f: Expr, X: Expr, values: Mapping[Expr, np.ndarray], sizes: Mapping[str, int]):
        known: dict[Expr, object] = {}
        for node in postorder(f):
            if node.op.name == "symbol":
                shape = values[node].shape
                known[node] = sympy.Symbol(node.name) if shape == (1, 1) else sympy.MatrixSymbol(node.name, *shape)
            else:
                known[node] = self._node(node, [known[a] for a in node.args], sizes)
        self.f, self.X, self.known = known[f], known[X], known
        self.values = values

    @staticmethod
    def _node(node: Expr, inner: list, sizes: Mapping[str, int]):
        params = [p.value(sizes) if hasattr(p, "letters") else p for p in node.params]
        if node.op.name == "pow":
            return inner[0] ** inner[1] if node.is_scalar else sympy.HadamardPower(*inner)
        if node.op.name in _ENTRYWISE:
            g = _ENTRYWISE[node.op.name]
            return g(inner[0]) if node.is_scalar else inner[0].applyfunc(g)
        if node.op.name not in _SYMPY:
            raise Unable(node.op.name)
        return _SYMPY[node.op.name](*inner, *params)

    def derive(self):
        return self.f.diff(self.X)

    def value(self, answer) -> np.ndarray:
        """The answer at the numbers, by substituting explicit matrices and multiplying out."""
        numbers = {
            s: sympy.Float(self.values[e][0, 0]) if isinstance(s, sympy.Symbol) else sympy.Matrix(self.values[e])
            for e, s in self.known.items()
            if e.op.name == "symbol"
        }
        filled = answer.subs(numbers).doit()
        explicit = filled.as_explicit() if hasattr(filled, "as_explicit") else sympy.Matrix([[filled]])
        return np.array(explicit.evalf().tolist(), dtype=float)


# --- tensorgrad -------------------------------------------------------------------------------------

_ROW, _COLUMN = "i", "j"


def _tensor_product(A, B):
    """The matrix product of tensors with the edges i, j (a column has the edge i, a row j, a scalar none)."""
    if not A.edges or not B.edges or (_COLUMN not in A.edges and _ROW not in B.edges):
        return A * B  # with a scalar, or a column times a row
    return tensors.dot(A.rename(j="k"), B.rename(i="k"), "k")


def _tensor_transposed(A):
    if A.edges == {_ROW}:
        return A.rename(i=_COLUMN)
    if A.edges == {_COLUMN}:
        return A.rename(j=_ROW)
    return A.rename(i=_COLUMN, j=_ROW)


def _tensor_sum(*terms):
    return reduce(lambda a, b: a + b, terms)


_TENSORS: dict[str, Callable] = {
    "add": _tensor_sum,
    "scale": lambda *factors: reduce(lambda a, b: a * b, factors),
    "hadamard": lambda *factors: reduce(lambda a, b: a * b, factors),
    "mul": lambda *factors: reduce(_tensor_product, factors),
    "transpose": _tensor_transposed,
    "inv": tensors.inverse,
    "tr": tensors.trace,
    "det": tensors.det,
    "logdet": lambda A: tensors.log(tensors.det(A)),
    "sum": tensors.sum,
    "norm2": lambda A: tensors.sqrt(tensors.sum(A * A)),
    "exp": tensors.exp, "log": tensors.log, "tanh": tensors.tanh, "sigmoid": tensors.sigmoid, "relu": tensors.relu,
    "abs": tensors.abs, "erf": tensors.erf, "sqrt": tensors.sqrt,
    "matpow": lambda A, k: reduce(_tensor_product, [A] * k),
}  # fmt: skip


class TensorgradPeer:
    """A scalar formula as a tensor diagram; `derive` is its gradient with full simplification."""

    def __init__(self, f: Expr, X: Expr, values: Mapping[Expr, np.ndarray], sizes: Mapping[str, int]):
        self.values, self.sizes, self.dimensions = values, sizes, {}
        known: dict[Expr, object] = {}
        for node in postorder(f):
            known[node] = self._node(node, [known[a] for a in node.args])
        self.f, self.X, self.known = known[f], known[X], known

    def _dimension(self, size):
        symbol = tensorgrad.symbols("d_" + "_".join(str(size).replace("*", "x").split()))
        self.dimensions[symbol] = size.value(self.sizes)
        return symbol

    def _edges(self, rows, cols) -> dict:
        pairs = ((_ROW, rows), (_COLUMN, cols))
        return {edge: self._dimension(size) for edge, size in pairs if size.constant != 1}

    def _node(self, node: Expr, inner: list):
        name = node.op.name
        if name == "symbol":
            return tensorgrad.Variable(node.name, **self._edges(*node.shape))
        if name == "number":
            return tensorgrad.Product([]) * node.params[0]
        if name == "size":
            return tensorgrad.Product([]) * node.params[0].value(self.sizes)
        if name == "eye":
            return tensorgrad.Delta(self._dimension(node.rows), _ROW, _COLUMN)
        if name == "ones":
            return tensorgrad.Ones(**self._edges(*node.shape))
        if name == "pow" and node.args[1].op.name == "number":
            return tensors.pow(inner[0], node.args[1].params[0])
        if name not in _TENSORS:
            raise Unable(name)
        return _TENSORS[name](*inner, *node.params)

    def derive(self):
        return self.f.grad(self.X, {edge: edge for edge in self.X.edges}).full_simplify()

    def value(self, answer) -> np.ndarray:
        """The answer at the numbers, by the code that tensorgrad generates.

        Its own call needs named tensors, which PyTorch no longer has.
        """
        program = CompiledProgram((answer,))
        arrays = {v.name: self.values[e] for e, v in self.known.items() if e.op.name == "symbol"}
        given = [
            torch.tensor(arrays[v.name].reshape([self.dimensions[v.shape[e]] for e in (_ROW, _COLUMN) if e in v.edges]))
            .permute([[e for e in (_ROW, _COLUMN) if e in v.edges].index(e) for e in v.edges])
            .contiguous()
            for v in program.vars
        ]
        run = program.codegen.specialize(self.dimensions, verbose=False, dtype=torch.float64, for_inductor=False)
        with torch.no_grad():
            (result,) = run(*given)
        order, names = program._wrap_plans[0]
        result = result if order is None else result.permute(order)
        result = result.permute([list(names).index(e) for e in (_ROW, _COLUMN) if e in names])
        expected = next(self.values[e] for e, v in self.known.items() if v is self.X).shape
        return result.numpy().reshape(expected)
