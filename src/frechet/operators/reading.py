"""From a symbolic differential to a numeric operator that keeps its structure.

Nothing here lists the operations of the language. Every operation of the table that is linear in an argument
declares its matrix, `vec(op(dA)) = matrix * vec(dA)`, and the structure is read off that matrix:

    kron(P, Q)      Q X P'            commutation     X'
    diagm(vec(H))   H .* X            eye             X
    khatrirao(eye, eye)   diag(x)     vec(M), vec(M)'  M x, <M, X>
    inv(J)          the inverse of what J is
    f([I ⊗ A, I; 0, A' ⊗ I]), its upper right block     f'(A)[X]
    sums, multiples and transposes of these

An operation with another matrix is applied by its kernel and its adjoint rule, without structure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from frechet.calculus.local import local_adjoint, local_matrix
from frechet.errors import DerivativeError
from frechet.expr.evaluate import Factorizations, apply, evaluate, shared_families, sizes_of
from frechet.expr.node import Expr, dependents, postorder, symbols
from frechet.expr.sizes import Size, size
from frechet.expr.structure import symbol
from frechet.expr.transposition import transposed
from frechet.operators.canonical import Canonical, canonical
from frechet.operators.factors import Diagonal, Factor, Inverse, Inverted, Scalar, as_factor, number
from frechet.operators.operator import LinearOperator
from frechet.operators.parts import (
    Composed,
    Embed,
    FunctionPart,
    Hadamard,
    LowRank,
    MatrixFunction,
    Part,
    Solved,
    SumOfParts,
    TwoSided,
    scaled,
    scaled_identity,
)
from frechet.operators.products import product

__all__ = ["OperatorReading"]

Array = np.ndarray
Shape = tuple[Size, Size]


class _Numbers:
    """The values of the coefficients at one point."""

    def __init__(self, values: dict[Expr, Array], sizes: Mapping[str, int]):
        self.values, self.sizes = values, sizes
        self.inverses: dict[Expr, Factor] = {}

    def size(self, n: Size) -> int:
        return n.value(self.sizes)

    def shape(self, shape: Shape) -> tuple[int, int]:
        return self.size(shape[0]), self.size(shape[1])


Recipe = Callable[[_Numbers], Any]


@dataclass(frozen=True)
class _Sized:
    """The shapes and sizes that were asked for, the value of each letter, and what depends on them only."""

    asked: tuple[Mapping[Expr, tuple[int, ...]], Mapping[str, int] | None]
    letters: Mapping[str, int]
    kept: dict[Expr, Any]


class OperatorReading:
    """How to make the operators of linear expressions, one for each tangent, from the values of their
    coefficients.

    Reads the structure once; `build` needs numbers only, so that Newton's method reads it once for all steps.
    `values` of `build` maps symbols to 2-D arrays; `extra` expressions are evaluated along, with shared
    parts.
    """

    def __init__(self, forms: Sequence[Expr], tangents: Sequence[Expr], extra: Sequence[Expr] = ()):
        self.forms, self.tangents, self.extra = tuple(forms), tuple(tangents), tuple(extra)
        self.atoms: dict[Expr, None] = {}
        active = dependents(self.forms, self.tangents)
        self.steps: list[tuple[Expr, list[tuple[Expr, Recipe]]]] = []
        self._read_for: dict[Expr, set[Expr]] = {}
        for node in postorder(*self.forms):
            if node in active and node not in self.tangents:
                self._reading = self._read_for[node] = set()
                moving = [i for i, a in enumerate(node.args) if a in active]
                self.steps.append((node, [(node.args[i], self._local(node, i)) for i in moving]))
        uses = Counter(argument for _, contributions in self.steps for argument, _ in contributions)
        # what several nodes use is composed once, after their maps are added: tril(Z) - diag(diag(Z))/2 is one scaling
        self._shared = {node for node, count in uses.items() if count > 1 and node not in self.tangents}
        self._order = postorder(*self.extra, *self.atoms)
        self._families = shared_families(self._order)
        # coefficients and maps that depend on sizes only are kept from one point to the next
        self._constant = {node for node in self._order if not symbols(node)}
        self._fixed: set[Expr] = set()
        for node, contributions in self.steps:
            ends = self._fixed | self._shared | set(self.tangents)
            if self._read_for[node] <= self._constant and all(argument in ends for argument, _ in contributions):
                self._fixed.add(node)
        self._sized: _Sized | None = None

    def build(self, values: Mapping[Expr, Array], sizes: Mapping[str, int] | None = None) -> tuple[list, list[Array]]:
        """(for each form a list with a Canonical or None for each tangent, the values of `extra`)."""
        sized = self._of(values, sizes)
        numbers = _Numbers(self._evaluated(values, sized), sized.letters)
        one = lambda node: {node: canonical(scaled_identity(numbers.shape(node.shape)))}
        known = {t: one(t) for t in self.tangents}
        shared: dict[Expr, dict[Expr, Canonical]] = {}
        for node, contributions in self.steps:
            if node in self._fixed and node in sized.kept:
                known[node] = sized.kept[node]
            else:
                known[node] = _added((recipe(numbers), known[argument]) for argument, recipe in contributions)
                if node in self._fixed:
                    sized.kept[node] = known[node]
            if node in self._shared:
                shared[node], known[node] = known[node], one(node)
        forms = []
        for form in self.forms:
            terms = dict(known.get(form, {}))  # what is kept stays whole
            for node in reversed(shared):
                if node in terms:
                    outer = terms.pop(node)
                    kept = [(canonical(scaled_identity(outer.target)), terms)] if terms else []
                    terms = _added([*kept, (outer, shared[node])])
            forms.append([terms.get(t) for t in self.tangents])
        return forms, [numbers.values[f] for f in self.extra]

    def sizes(self, values: Mapping[Expr, Array], sizes: Mapping[str, int] | None) -> Mapping[str, int]:
        """The value of each size letter; found once for arrays of the same shapes."""
        return self._of(values, sizes).letters

    def _of(self, values: Mapping[Expr, Array], sizes: Mapping[str, int] | None) -> _Sized:
        """What is known for these shapes. A thread goes on with its own while others come with other shapes."""
        shapes = {s: v.shape for s, v in values.items()}
        sized = self._sized
        if sized is None or sized.asked != (shapes, sizes):
            sized = self._sized = _Sized((shapes, dict(sizes) if sizes else sizes), sizes_of(values, sizes), {})
        return sized

    def _evaluated(self, values: Mapping[Expr, Array], sized: _Sized) -> dict[Expr, Array]:
        """The values of all coefficients; those that are constant are kept for the next point."""
        known, shared = dict(values), Factorizations(self._families)
        for node in self._order:
            if node in known:
                continue
            if node in sized.kept:
                known[node] = sized.kept[node]
                continue
            known[node] = apply(node, [known[a] for a in node.args], sized.letters, shared)
            if node in self._constant:
                sized.kept[node] = known[node]
        return known

    def _local(self, node: Expr, i: int) -> Recipe:
        """The recipe of the map from argument i to the node."""
        if not node.op.is_linear_in(i):
            raise DerivativeError(f"the expression is not linear: {node.op.name} is not linear in argument {i + 1}")
        try:
            J = local_matrix(node, i)
        except DerivativeError:
            return self._unstructured(node, i)
        return self._read(J, node.args[i].shape, node.shape) or self._unstructured(node, i, _matrix_function(J))

    def _read(self, J: Expr, source: Shape, target: Shape) -> Recipe | None:
        """The part whose matrix is J, or None where J has no structure that is known."""
        name, args = J.op.name, J.args
        (m, n), (p, q) = source, target
        one = _is_one
        if name == "eye":
            if source == target:
                return lambda numbers: scaled_identity(numbers.shape(source))
        elif name == "kron" and (args[1].shape, args[0].shape) == ((p, m), (q, n)):
            A, B = self._factor(args[1]), self._factor(args[0])
            return lambda numbers: TwoSided(A(numbers), B(numbers).T)
        elif name == "commutation" and (n, m) == target:
            return lambda numbers: TwoSided(Scalar(1.0, numbers.size(n)), Scalar(1.0, numbers.size(m)), flip=True)
        elif name == "diagm" and args[0].op.name == "vec" and args[0].args[0].shape == source == target:
            H = self._value(args[0].args[0])
            return lambda numbers: Hadamard(H(numbers))
        elif name == "khatrirao" and all(a.op.name == "eye" for a in args) and one(n):
            return lambda numbers: Embed(numbers.size(m))
        elif name == "inv" and source == target:
            inner = self._read(args[0], source, target)
            if inner is not None:
                return lambda numbers: _solved(inner(numbers))
        elif name == "transpose":
            recipe = self._read(args[0], target, source)
            if recipe is not None:
                return lambda numbers: recipe(numbers).adjoint()
        elif name == "scale" and not J.is_scalar:
            rest = self._read(args[-1], source, target)
            coefficients = [self._value(c) for c in args[:-1]]
            if rest is not None:
                return lambda numbers: scaled(rest(numbers), number(np.prod([c(numbers)[0, 0] for c in coefficients])))
        elif name == "add":
            terms = [self._read(t, source, target) for t in args]
            if all(terms):
                return lambda numbers: SumOfParts(tuple(t(numbers) for t in terms if t))
        return self._read_small(J, source, target)

    def _read_small(self, J: Expr, source: Shape, target: Shape) -> Recipe | None:
        """Maps from or to vectors and scalars, whose matrix is small enough to be a factor itself."""
        (m, n), (p, q) = source, target
        J_factor = self._factor
        if _is_one(n) and _is_one(q):
            F = J_factor(J)
            return lambda numbers: TwoSided(F(numbers), Scalar(1.0, 1))
        if _is_one(m) and _is_one(p):
            F = J_factor(J)
            return lambda numbers: TwoSided(Scalar(1.0, 1), F(numbers).T)
        if _is_one(n) and _is_one(p):
            F = J_factor(J)
            return lambda numbers: TwoSided(Scalar(1.0, 1), F(numbers).T, flip=True)
        if _is_one(m) and _is_one(q):
            F = J_factor(J)
            return lambda numbers: TwoSided(F(numbers), Scalar(1.0, 1), flip=True)
        if (_is_one(m) and _is_one(n)) or (_is_one(p) and _is_one(q)):
            entries, one = self._value(J), np.ones((1, 1, 1))
            from_scalar = _is_one(m) and _is_one(n)

            def rank_one(numbers: _Numbers) -> LowRank:
                rows, cols = numbers.shape(target if from_scalar else source)
                M = entries(numbers).reshape(1, rows, cols, order="F")
                return LowRank(M, one) if from_scalar else LowRank(one, M)

            return rank_one
        return None

    def _factor(self, F: Expr) -> Callable[[_Numbers], Factor]:
        """A coefficient as a factor; products through few columns are not multiplied out."""
        name = F.op.name
        if name == "eye":
            return lambda numbers: Scalar(1.0, numbers.size(F.rows))
        if name == "transpose":
            inner = self._factor(F.args[0])
            return lambda numbers: inner(numbers).T
        if name == "inv":
            of = self._value(F.args[0])

            def inverted(numbers: _Numbers) -> Factor:
                if F not in numbers.inverses:  # one factorization for both sides of -inv(X) dX inv(X)
                    numbers.inverses[F] = Inverted(
                        Inverse(as_factor(of(numbers)), f"the inverse of a {F.rows}×{F.cols}")
                    )
                return numbers.inverses[F]

            return inverted
        if name == "diagm":
            d = self._value(F.args[0])
            return lambda numbers: Diagonal(d(numbers)[:, 0])
        if name == "mul":
            factors = [self._factor(a) for a in F.args]

            def multiplied(numbers: _Numbers) -> Factor:
                total = factors[0](numbers)
                for f in factors[1:]:
                    total = product(total, f(numbers))
                return total

            return multiplied
        if name == "scale" and not F.is_scalar:
            rest, coefficients = self._factor(F.args[-1]), [self._value(c) for c in F.args[:-1]]
            return lambda numbers: rest(numbers).scaled(number(np.prod([c(numbers)[0, 0] for c in coefficients])))
        value = self._value(F)
        return lambda numbers: as_factor(value(numbers))

    def _value(self, F: Expr) -> Callable[[_Numbers], Array]:
        self.atoms[F] = None
        self._reading.add(F)
        return lambda numbers: numbers.values[F]

    def _unstructured(self, node: Expr, i: int, function: Expr | None = None) -> Recipe:
        """The map by its kernel, and its adjoint by the adjoint rule; `function` is f(A, ...) if it is f'(A)."""
        stand_ins = [symbol(f"argument{k}", *a.shape) for k, a in enumerate(node.args)]
        W = symbol("cotangent", *node.shape)
        mirror = node.op(*stand_ins, params=node.params)
        back = local_adjoint(mirror, i, W)
        others = {s: self._value(a) for k, (s, a) in enumerate(zip(stand_ins, node.args, strict=True)) if k != i}
        source, target = node.args[i].shape, node.shape
        of = [self._value(a) for a in function.args] if function is not None else []

        def recipe(numbers: _Numbers) -> FunctionPart:
            fixed = {s: value(numbers) for s, value in others.items()}
            nothing = np.zeros(numbers.shape(source))
            forward = lambda X: evaluate(mirror, {**fixed, stand_ins[i]: X}, numbers.sizes, continued=True)
            backward = lambda Y: evaluate(back, {**fixed, stand_ins[i]: nothing, W: Y}, numbers.sizes, continued=True)
            shapes = numbers.shape(source), numbers.shape(target)
            is_complex = any(map(np.iscomplexobj, fixed.values()))
            f = None if function is None else function.op.value
            if f is None:
                return FunctionPart(forward, backward, *shapes, is_complex=is_complex)
            A, *constants = (value(numbers) for value in of)
            return MatrixFunction(forward, backward, *shapes, A, lambda M: f(M, *constants), is_complex=is_complex)

        return recipe


def _matrix_function(J: Expr) -> Expr | None:
    """f(A, ...) if J is the upper right block of f([I ⊗ A, I; 0, A' ⊗ I], ...): the matrix of f'(A)."""
    if J.op.name != "index" or J.args[0].op.name == "symbol" or not J.args[0].args:
        return None
    f, n = J.args[0], J.rows
    whole, others = f.args[0], f.args[1:]
    upper_right = (size(1), n, n + 1, n + n)
    if whole.op.name != "block" or whole.params != ((2, 2),) or J.params != upper_right or J.rows is not J.cols:
        return None
    left, eye, zeros, right = whole.args
    if (left.op.name, eye.op.name, zeros.op.name, right.op.name) != ("kron", "eye", "zeros", "kron"):
        return None
    A = left.args[1]
    if left.args[0].op.name != "eye" or right.args[1].op.name != "eye" or right.args[0] not in (transposed(A), A.T):
        return None
    return f.op(A, *others, params=f.params) if f.op.value is not None and not f.op.contextual else None


def _added(terms: Iterable[tuple[Part, Mapping[Expr, Canonical]]]) -> dict[Expr, Canonical]:
    """The sum of outer ∘ inner[base] over the terms, for each base."""
    collected: dict[Expr, list[Part]] = {}
    for outer, inner in terms:
        for base, form in inner.items():
            collected.setdefault(base, []).append(Composed((outer, form)))
    return {base: canonical(SumOfParts(tuple(parts))) for base, parts in collected.items()}


def _solved(part: Part) -> Solved:
    """The inverse of a part, factorized when it is first applied."""
    op = LinearOperator(part)
    return Solved(op.form, lambda X, transposed: op.solver.solve(X, transposed))


def _is_one(n: Size) -> bool:
    return n.constant == 1
