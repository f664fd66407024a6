"""The laws that every operation of the table must pass. Each asserts; none returns a verdict.

Derivatives are compared with differences of the numeric kernel, never with another formula.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from frechet.calculus.linear import differential
from frechet.calculus.local import local_adjoint, local_matrix
from frechet.expr.definitions import expanded
from frechet.expr.node import Expr, Operation, postorder
from frechet.expr.structure import symbol
from frechet.expr.transposition import transposed
from frechet.rules.funm import FUNCTIONS
from tests.rules.definitions import DEFINITIONS
from tests.rules.differences import Estimate, central, complex_step
from tests.rules.instances import Instance, instances_of

__all__ = [
    "NOT_HOLOMORPHIC", "PER_ARGUMENT", "PER_POINT", "adjoint", "agrees", "check_row", "close",
    "complex_step_agrees", "definition", "first_order", "linearity", "matrix", "native", "second_order", "shape",
    "symmetry", "transposition", "value",
]  # fmt: skip

ROUNDING = 1e-9
NOT_HOLOMORPHIC = frozenset(
    {"abs", "gammaln", "logdet", "norm1", "norm2", "polygamma", "sigmoid", "sign", "softplus", "step"}
)
"""Operations whose kernel is not a holomorphic function of complex arrays: no complex step through them."""
THROUGH_UNITARY_FACTORS = frozenset(
    {
        "chol",
        "dlogm",
        "eigmax",
        "eigmaxproj",
        "eigmin",
        "eigminproj",
        "logm",
        "pinv",
        "sqrtm",
        "sylv",
        "care",
        "dare",
        "adj",
        "dadj",
        "d2adj",
        "powm",
        "dpowm",
        "expmv",
        "sinm",
        "cosm",
        "dsinm",
        "dcosm",
        "signm",
        "stein",
        "eigvalsh",
        "eigvecsh",
        "topproj",
        "sumlargest",
        "svdvals",
        "svdu",
        "svdv",
        "svdperp",
        "polar",
        "rotation",
        "normnuc",
        "normspec",
        "qrq",
        "qrr",
        "qrperp",
        "lul",
        "luu",
        "patternsylv",
        "schurpattern",
        "hessq",
        "hessh",
        "topvals",
        "topvecs",
        "eigdual",
        "schurq",
        "schurt",
        "gaps",
        "gaps2",
        "procrustes",
        "eigvals",
        "eigvecs",
        *(prefix + name + "m" for name in FUNCTIONS if name != "exp" for prefix in ("", "d")),
    }
)
"""Operations whose kernel turns the matrix by a unitary factor: an imaginary part of 1e-30 drowns in its rounding errors."""


# --- comparisons ----------------------------------------------------------------------------------


def close(actual: np.ndarray, expected: np.ndarray, what: str, tolerance: float = ROUNDING) -> None:
    """Asserts that two arrays have the same shape and agree up to rounding."""
    assert actual.shape == expected.shape, f"{what}: the shapes are {actual.shape} and {expected.shape}"
    scale = max(1e-3, np.abs(expected).max(initial=0.0))
    difference = np.abs(actual - expected).max(initial=0.0)
    assert difference <= tolerance * scale, f"{what}: off by {difference:.2e} at scale {scale:.2e}"


def agrees(claimed: np.ndarray, estimate: Estimate, scale: float, what: str) -> None:
    """Asserts that a derivative lies within the error of its estimate, and that the estimate is sharp.

    `scale` is the size of the function itself: its rounding errors are amplified by the differences.
    """
    expected, error = estimate
    assert claimed.shape == expected.shape, f"{what}: the shapes are {claimed.shape} and {expected.shape}"
    size = max(np.abs(expected).max(initial=0.0), 1e-2 * scale)
    assert error.max(initial=0.0) <= 1e-6 * size, f"{what}: the differences do not converge ({error.max():.1e})"
    difference = np.abs(claimed - expected).max(initial=0.0)
    bound = 1e-8 * size + 10 * error.max(initial=0.0)
    assert difference <= bound, f"{what}: off by {difference:.2e}, the differences by {error.max():.1e}"


# --- directions -----------------------------------------------------------------------------------


def _direction(point: Instance, i: int, seed: int) -> tuple[Expr, np.ndarray]:
    """A tangent symbol for argument i, and a random direction whose largest entry is 1."""
    a, array = point.args[i], point.arrays[i]
    rng = np.random.default_rng([seed, i])
    entries = rng.uniform(0.2, 1.0, array.shape) * rng.choice([-1.0, 1.0], array.shape)
    return symbol(f"d{seed}{a.name}", *a.shape), entries / np.abs(entries).max()


def _derivative(point: Instance, i: int, dA: Expr) -> Expr:
    return differential(point.node, {point.args[i]: dA})


def _moving(point: Instance, i: int, D: np.ndarray) -> Callable[[complex], np.ndarray]:
    """The kernel along a line through the point."""
    return lambda t: point.kernel({i: point.arrays[i] + t * D})


# --- laws of a point ------------------------------------------------------------------------------


def value(point: Instance) -> None:
    """What the constructor made has the value of the kernel: folding changes nothing."""
    close(point.evaluate(point.node), point.kernel(), f"{point}: value of the constructed expression")


def native(point: Instance) -> None:
    """An operation that is defined in the language, and has a kernel all the same: the kernel computes its definition."""
    if point.op.definition is not None:
        close(point.evaluate(expanded(point.node)), point.kernel(), f"{point}: its definition")


def definition(point: Instance) -> None:
    """The kernel computes what the definition of the operation says, where one is on file."""
    if point.op.name in DEFINITIONS:
        expected = DEFINITIONS[point.op.name](*point.arrays, *point.numeric_params)
        close(point.kernel(), np.asarray(expected, dtype=float), f"{point}: definition", 1e-10)


def shape(point: Instance) -> None:
    """The declared shape is the shape of the value; each formula has the shape that its place demands."""
    node = point.node
    declared = (node.rows.value(point.sizes), node.cols.value(point.sizes))
    assert declared == point.kernel().shape, f"{point}: declared {declared}, the kernel gives {point.kernel().shape}"
    for i in point.active:
        a = point.args[i]
        dA, _ = _direction(point, i, 1)
        assert _derivative(point, i, dA).shape == node.shape, f"{point}: shape of the differential in {i}"
        if node.op.is_linear_in(i) and not point.is_folded:
            W = symbol("W", *node.shape)
            assert local_adjoint(node, i, W).shape == a.shape, f"{point}: shape of the adjoint in {i}"
            expected = (node.rows * node.cols, a.rows * a.cols)
            assert local_matrix(node, i).shape == expected, f"{point}: shape of the matrix in {i}"


def transposition(point: Instance) -> None:
    """The transpose with the law of the operation applied is the transpose."""
    expected = point.evaluate(point.node).T
    close(point.evaluate(transposed(point.node)), expected, f"{point}: transposition law")
    close(point.evaluate(point.node.T), expected, f"{point}: constructor of the transpose")


# --- laws of a point and an argument --------------------------------------------------------------


def _size(point: Instance) -> float:
    """How large the numbers are whose rounding errors the operation has: its value; of a definition, what it is put together from."""
    parts = [point.evaluate(a) for a in expanded(point.node).args] if point.op.definition else []
    return max(np.abs(a).max() for a in [point.kernel(), *parts])


def first_order(point: Instance, i: int) -> None:
    """The differential is the derivative of the kernel along lines."""
    dA, D = _direction(point, i, 1)
    claimed = point.evaluate(_derivative(point, i, dA), {dA: D})
    scale = _size(point)
    agrees(claimed, central(_moving(point, i, D)), scale, f"{point}: differential in {i}")


def complex_step_agrees(point: Instance, i: int) -> None:
    """The differential is the imaginary part of the kernel at an imaginary step, where it is holomorphic."""
    parts = {node.op.name for node in postorder(expanded(point.node))} if point.op.definition else {point.op.name}
    if parts.isdisjoint(NOT_HOLOMORPHIC | THROUGH_UNITARY_FACTORS) and (point.op.holomorphic or not point.op.finite):
        dA, D = _direction(point, i, 1)
        claimed = point.evaluate(_derivative(point, i, dA), {dA: D})
        close(claimed, complex_step(_moving(point, i, D)), f"{point}: complex step in {i}")


def linearity(point: Instance, i: int) -> None:
    """The differential is linear in the tangent."""
    (dA, D), (_, E) = _direction(point, i, 1), _direction(point, i, 2)
    d = _derivative(point, i, dA)
    apart = 0.7 * point.evaluate(d, {dA: D}) - 1.9 * point.evaluate(d, {dA: E})
    together = point.evaluate(d, {dA: 0.7 * D - 1.9 * E})
    close(together, apart, f"{point}: linearity in {i}")


def adjoint(point: Instance, i: int) -> None:
    """<W, L(dA)> = <L*(W), dA> for an operation L that is linear in argument i."""
    node = point.node
    if node.op.is_linear_in(i) and not point.is_folded:
        dA, D = _direction(point, i, 1)
        image = point.evaluate(_derivative(point, i, dA), {dA: D})
        W = symbol("W", *node.shape)
        C = np.random.default_rng(3).standard_normal(image.shape)
        pulled = point.evaluate(local_adjoint(node, i, W), {W: C})
        assert pulled.shape == D.shape, f"{point}: shape of the adjoint in {i}"
        left, right = np.sum(C * image), np.sum(pulled * D)
        scale = np.linalg.norm(C) * np.linalg.norm(image)
        assert abs(left - right) <= ROUNDING * max(scale, 1e-3), f"{point}: adjoint in {i}: {left} is not {right}"


def matrix(point: Instance, i: int) -> None:
    """vec(L(dA)) = M vec(dA) for an operation L that is linear in argument i."""
    node = point.node
    if node.op.is_linear_in(i) and not point.is_folded:
        dA, D = _direction(point, i, 1)
        image = point.evaluate(_derivative(point, i, dA), {dA: D})
        M = point.evaluate(local_matrix(node, i))
        close(M @ D.reshape(-1, 1, order="F"), image.reshape(-1, 1, order="F"), f"{point}: matrix in {i}")


def second_order(point: Instance, i: int) -> None:
    """The differential of the differential is the derivative of the (evaluated) differential along lines."""
    dA, D = _direction(point, i, 1)
    first = _derivative(point, i, dA)
    for j in point.active:
        (dB, E), Aj = _direction(point, j, 2), point.args[j]
        claimed = point.evaluate(differential(first, {Aj: dB}), {dA: D, dB: E})
        path = lambda t, Aj=Aj, j=j, E=E: point.evaluate(first, {dA: D, Aj: point.arrays[j] + t * E})
        scale = max(np.abs(path(0.0)).max(), _size(point) if point.op.definition else 0.0)
        agrees(claimed, central(path), scale, f"{point}: second differential in {i}, {j}")


def symmetry(point: Instance, i: int) -> None:
    """The second differential is symmetric: the order of the two variations does not matter."""
    dA, D = _direction(point, i, 1)
    for j in point.active:
        (dB, E), Aj, Ai = _direction(point, j, 2), point.args[j], point.args[i]
        one = differential(_derivative(point, i, dA), {Aj: dB})
        other = differential(_derivative(point, j, dB), {Ai: dA})
        numbers = {dA: D, dB: E}
        close(point.evaluate(one, numbers), point.evaluate(other, numbers), f"{point}: symmetry in {i}, {j}")


PER_POINT = (value, definition, native, shape, transposition)
PER_ARGUMENT = (first_order, complex_step_agrees, linearity, adjoint, matrix, second_order, symmetry)


def check_row(op: Operation) -> None:
    """Asserts every law at every point of an operation."""
    for point in instances_of(op):
        for law in PER_POINT:
            law(point)
        for i in point.active:
            for law in PER_ARGUMENT:
                law(point, i)
