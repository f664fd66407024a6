"""The value of an expression at numbers: plain, one node after the other. The reference for everything else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from frechet.budgets import tick
from frechet.errors import EvaluationError, FrechetError
from frechet.expr.domains import condition
from frechet.expr.fitting import fits_of, unfit
from frechet.expr.footprint import check_memory
from frechet.expr.holomorphy import refuse_complex, refuse_complex_values
from frechet.expr.kernel import Kernel
from frechet.expr.node import Expr, postorder
from frechet.expr.sizes import Size, Substitution, size
from frechet.expr.stable import stable
from frechet.expr.structure import SYMBOL, symbol

__all__ = [
    "Evaluation",
    "Factorizations",
    "apply",
    "as_matrix",
    "evaluate",
    "evaluate_all",
    "numeric_parameters",
    "outside_of_domain",
    "shared_families",
    "sizes_of",
]


def as_matrix(value: Any, variable: Expr) -> np.ndarray:
    """A copy-free two-dimensional view of a value for a symbol: () and (n,) become 1×1 and n×1."""
    array = np.asarray(value)
    if hasattr(value, "toarray"):
        raise EvaluationError(f"{variable.name} is a sparse matrix: give the array {variable.name}.toarray()")
    if array.dtype == object or array.dtype.kind not in "fciub":
        raise EvaluationError(f"{variable.name} needs an array of numbers, not of {array.dtype}")
    if array.dtype.kind in "iub":
        array = array.astype(float)
    if array.ndim < 2:
        array = array.reshape(-1, 1) if not variable.is_scalar or array.size == 1 else array
    if array.ndim != 2:
        raise EvaluationError(
            f"{variable.name} is {variable.rows}×{variable.cols}; an array of shape {array.shape} is not"
        )
    return array


def sizes_of(arrays: Mapping[Expr, np.ndarray], sizes: Mapping[str, int] | None = None) -> dict[str, int]:
    """The value of each size letter, from the shapes of the arrays; EvaluationError where they disagree or are empty."""
    letters = {letter for s in arrays for part in s.shape for letter in part.letters} | set(sizes or ())
    solver = Substitution(letters)
    solver.values.update({k: size(int(v)) for k, v in (sizes or {}).items()})
    equated: set[tuple[Size, int]] = set()
    for variable, array in arrays.items():
        if 0 in array.shape:
            raise EvaluationError(f"{variable} is empty: its array is {'×'.join(map(str, array.shape))}")
        for part, actual in zip(variable.shape, array.shape, strict=True):
            if (part, actual) in equated:  # thousands of symbols share a few sizes
                continue
            equated.add((part, actual))
            expected = solver.resolve(part)
            if not solver.unify(part, size(actual)):
                raise EvaluationError(
                    f"{variable.name} is {variable.rows}×{variable.cols}, but its array is "
                    f"{'×'.join(map(str, array.shape))}: {part} would be {actual} and is {expected}"
                )
    open_equation = solver.settle()
    if open_equation is not None:
        a, b = open_equation
        raise EvaluationError(f"the shapes of the arrays do not determine all sizes: {a} = {b} is left open")
    known = {letter: solver.resolve(Size.of({(letter,): 1})).constant for letter in letters}
    return {letter: n for letter, n in known.items() if n is not None}


class Evaluation:
    """Expressions that are evaluated at many points: what does not depend on the numbers is found out once.

    The results of a call share no memory with the values or with each other, and the values are not modified. Complex
    arrays are refused where the expressions are not holomorphic in them (see `frechet.expr.holomorphy`); `continued`: what
    is asked for is derived from an expression that is, and its primes are plain transposes.
    """

    def __init__(self, roots: Sequence[Expr], *, continued: bool = False):
        self._given = list(roots)
        self._continued = continued
        self._plans: dict[bool, _Plan] = {}
        self._fitting: tuple[dict[str, int], set[Expr]] | None = None
        self._unfit = ""

    def __call__(self, values: Mapping[Expr, np.ndarray], sizes: Mapping[str, int] | None = None) -> list[np.ndarray]:
        """The values of the expressions, two-dimensional arrays. `values` maps symbols to 2-D arrays."""
        complex_ones = [s for s, a in values.items() if np.iscomplexobj(a)]
        if not self._continued:
            refuse_complex(self._given, complex_ones)
        numbers = sizes_of(values, sizes)
        plan = self._plan_for(not complex_ones and all(s.op is SYMBOL for s in values))
        if self._fitting is None or self._fitting[0] != numbers or self._fitting[1] != values.keys():
            check_memory(plan.order, plan.roots, numbers, values)
            self._fitting = numbers, set(values)
            self._unfit = unfit(plan.fits, numbers)
        try:
            known = self._known(plan, values, numbers)
        except FrechetError:
            raise
        except Exception as error:
            if self._unfit:
                raise EvaluationError(self._unfit) from error
            raise
        if self._unfit:
            raise EvaluationError(self._unfit)
        return _own([known[r] for r in plan.roots], values.values())

    def _known(
        self, plan: _Plan, values: Mapping[Expr, np.ndarray], numbers: Mapping[str, int]
    ) -> dict[Expr, np.ndarray]:
        """The arrays of the roots, among others."""
        known, shared = dict(values), Factorizations(plan.shared)
        for node in plan.order:
            if node in known:
                continue
            tick()
            arrays = [known[a] for a in node.args]
            if not self._continued:
                refuse_complex_values(node, arrays)
            known[node] = apply(node, arrays, numbers, shared)
            for a in plan.dying.get(node, ()):
                if a not in values:
                    known.pop(a, None)  # memory: a long chain keeps only what is still needed
        return known

    def _plan_for(self, is_real: bool) -> _Plan:
        """The stable forms at real numbers, which they order; as they stand at complex ones, and with parts that are given."""
        plan = self._plans.get(is_real)
        if plan is None:
            plan = self._plans[is_real] = _Plan([stable(r) for r in self._given] if is_real else self._given)
        return plan


class _Plan:
    """What is computed, in which order; what no later node needs dies with a node."""

    def __init__(self, roots: Sequence[Expr]):
        self.roots = list(roots)
        self.order = postorder(*roots)
        self.shared = shared_families(self.order)
        self.fits = fits_of(roots)
        last = {a: node for node in self.order for a in node.args}
        kept = set(roots)
        self.dying: dict[Expr, list[Expr]] = {}
        for a, node in last.items():
            if a not in kept:
                self.dying.setdefault(node, []).append(a)


def evaluate_all(
    roots: Sequence[Expr],
    values: Mapping[Expr, np.ndarray],
    sizes: Mapping[str, int] | None = None,
    *,
    continued: bool = False,
) -> list[np.ndarray]:
    """The values of several expressions at one point; shared parts are computed once. See `Evaluation`."""
    return Evaluation(roots, continued=continued)(values, sizes)


def shared_families(order: Iterable[Expr]) -> set[Hashable]:
    """The factorizations of which several nodes take a part."""
    counts = Counter(family for node in order if (family := _family(node)) is not None)
    return {family for family, count in counts.items() if count > 1}


class Factorizations:
    """The factorizations of one evaluation that several operations take a part of: each is computed once.

    `wanted` is what `shared_families` found.
    """

    def __init__(self, wanted: Collection[Hashable]):
        self._wanted = wanted
        self._known: dict[Hashable, Any] = {}

    def value(self, node: Expr, arrays: Sequence[np.ndarray], parameters: Sequence[Any]) -> np.ndarray | None:
        """The value of a node whose factorization another node needs too; None for any other node."""
        family, kernel = _family(node) if self._wanted else None, node.op.value
        if family not in self._wanted or not isinstance(kernel, Kernel):
            return None
        if family not in self._known:
            self._known[family] = kernel.factorization(arrays[0])
        return kernel.part_of(self._known[family], *parameters)


def _own(results: list[np.ndarray], given: Iterable[np.ndarray]) -> list[np.ndarray]:
    """The results, each in memory of its own: a transpose is a view of what it is made from."""
    taken = {id(_owner(a)) for a in given}
    own = []
    for result in results:
        if id(_owner(result)) in taken:
            result = result.copy()
        taken.add(id(_owner(result)))
        own.append(result)
    return own


def _owner(array: Any) -> Any:
    """What owns the memory of an array: itself, or what it is a view of in the end."""
    while getattr(array, "base", None) is not None:
        array = array.base
    return array


def _family(node: Expr) -> Hashable:
    kernel = node.op.value
    return (kernel.family, node.args) if isinstance(kernel, Kernel) and kernel.whole is not None else None


def apply(
    node: Expr, arrays: Sequence[np.ndarray], numbers: Mapping[str, int], shared: Factorizations | None = None
) -> np.ndarray:
    """The value of a node at the values of its arguments.

    Raises EvaluationError outside of the domain: which matrix, and which assumption about it, failed.
    """
    op = node.op
    if op.value is None and op.definition is None:
        raise EvaluationError(f"no value is given for {node.name if op.name == 'symbol' else op.name}")
    if op.finite and not all(np.isfinite(a).all() for a in arrays):
        faulty = next(a for a, v in zip(node.args, arrays, strict=True) if not np.isfinite(v).all())
        raise EvaluationError(outside_of_domain(node, f"{_shown(faulty)} has an entry that is NaN or infinite"))
    if op.value is None:
        return _by_definition(node, arrays, numbers)
    try:
        if op.contextual:
            return np.asarray(op.value(*arrays, node=node))
        parameters = numeric_parameters(node, numbers)
        found = shared.value(node, arrays, parameters) if shared is not None else None
        return op.value(*arrays, *parameters) if found is None else found
    except np.linalg.LinAlgError as error:
        raise EvaluationError(outside_of_domain(node, str(error))) from error


def _by_definition(node: Expr, arrays: Sequence[np.ndarray], numbers: Mapping[str, int]) -> np.ndarray:
    assert node.op.definition is not None
    letters = [symbol(f"A{i}", *a.shape) for i, a in enumerate(node.args)]
    return evaluate(node.op.definition(*letters, *node.params), dict(zip(letters, arrays, strict=True)), numbers)


def numeric_parameters(node: Expr, numbers: Mapping[str, int]) -> list[Any]:
    """The parameters of a node, sizes as numbers."""
    return [_number(p, numbers) for p in node.params]


def outside_of_domain(node: Expr, reason: str) -> str:
    """What failed, of which matrix, and what the operation takes for granted."""
    operands = [_shown(a) for a in node.args]
    assumption = condition(node.op.domain, operands)
    reason = reason if reason.startswith(tuple(operands)) else f"{reason[:1].lower()}{reason[1:]}"
    where = f"{node.op.name} of {', '.join(operands)}: {reason}"
    return f"{where}; it takes for granted that {assumption}" if assumption else where


def _shown(a: Expr) -> str:
    return str(a) if a.weight < _READABLE else f"a {a.rows}×{a.cols}"


_READABLE = 40  # symbols of an operand that an error message writes out


def _number(parameter: Any, numbers: Mapping[str, int]) -> Any:
    if not isinstance(parameter, Size):
        return parameter
    try:
        return parameter.value(numbers)
    except KeyError as missing:
        raise EvaluationError(f"the size {missing.args[0]} is not known: give sizes={{{missing}: ...}}") from None


def evaluate(
    root: Expr,
    values: Mapping[Expr, np.ndarray],
    sizes: Mapping[str, int] | None = None,
    *,
    continued: bool = False,
) -> np.ndarray:
    """The value of one expression, a two-dimensional array; see `evaluate_all`."""
    return evaluate_all([root], values, sizes, continued=continued)[0]
