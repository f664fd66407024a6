"""Random elementwise chains over arrays that do not fit into cache: compiled code runs them block by block.

The arrays come in every layout that a user may have: by rows, by columns, strided, read-only, in single precision.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

import numpy as np

import frechet as fr
from frechet.expr.evaluate import evaluate
from frechet.expr.node import Expr, symbols
from tests.compile.points import at_border

__all__ = ["LargeCase", "large_case"]

DECLARED = {"A": "matrix(m,n)", "B": "matrix(m,n)", "x": "vector(m)", "y": "vector(n)", "c": "scalar"}
SHAPES = ((300, 400), (257, 513), (1000, 130), (2000, 100), (64, 2000))
LEAVES = ("A", "B", "A", "x*ones(n)'", "ones(m)*y'", "x*y'", "c*A")
FUNCTIONS = (
    "exp(-({}).^2)", "tanh({})", "sin({})", "relu({})", "abs({})", "sigmoid({})", "log1p(exp({}))", "({}).^2", "({}).^3",
    "sqrt(1 + ({}).^2)", "-({})", "2*({})", "c*({})", "softplus({})", "max({}, B)", "1 - {}", "softmax({}, rows)", "erf({})",
    "1./(2 + tanh({}))",
)  # fmt: skip
PAIRS = ("(({}) + ({}))", "(({}).*({}))", "(({}) - ({}))", "(({})./(3 + ({}).^2))")
WHOLES = (
    "{}", "sum({})", "norm2({})^2", "rowsum({})", "colsum({})", "({})*y", "({})'*x", "x'*({})*y", "mean({})", "({})'",
    "sum(({}).*tanh(A))", "tr(({})'*exp(-abs(B)))",
)  # fmt: skip
TOLERANCE = {np.float64: 1e-9, np.float32: 3e-3}


@dataclass(frozen=True)
class LargeCase:
    """Several expressions compiled together, and the arrays by name."""

    roots: tuple[Expr, ...]
    arrays: dict[str, np.ndarray]

    def check(self) -> None:
        """Raises AssertionError where compiled code differs from evaluation, or changes what it was given."""
        m, n = self.arrays["A"].shape
        names = sorted({s.name for e in self.roots for s in symbols(e)})
        given = {name: self.arrays[name] for name in names}
        before = {name: np.array(a) for name, a in given.items()}
        results = fr.compile(list(self.roots), sizes={"m": m, "n": n})(**given)
        for name, a in before.items():
            assert np.array_equal(given[name], a), f"{name} was modified"
        for e, result in zip(self.roots, results, strict=True):
            self._compare(e, np.asarray(result), {"m": m, "n": n})

    def _compare(self, e: Expr, result: np.ndarray, sizes: dict[str, int]) -> None:
        shapes = {s: (s.rows.value(sizes), s.cols.value(sizes)) for s in symbols(e)}
        expected = at_border(
            e, evaluate(e, {s: self.arrays[s.name].reshape(shapes[s]).astype(float) for s in shapes}, sizes)
        )
        kind = self.arrays["A"].dtype
        assert result.dtype == kind, f"{e} is of {result.dtype}, not {kind}"
        assert result.shape == np.shape(expected)
        error = np.abs(result - expected).max()
        assert error <= TOLERANCE[kind.type] * max(1.0, np.abs(expected).max()), f"{e} is off by {error:.1e}"


def large_case(seed: int) -> LargeCase:
    """The case with this number."""
    choice = random.Random(seed)
    rng = np.random.default_rng(seed)
    shape = choice.choice(SHAPES)
    kind = choice.choice((np.float64, np.float64, np.float32))
    roots = [
        fr.parse(choice.choice(WHOLES).format(_chain(choice, 3)), **DECLARED)
        for _ in range(choice.choice((1, 1, 2, 3)))
    ]
    if roots[0].is_scalar and any(s.name == "A" for s in symbols(roots[0])):
        roots.append(fr.derivative(roots[0], "A").gradient)
    m, n = shape
    arrays = {name: _array(choice, rng, s, kind) for name, s in {"A": shape, "B": shape, "x": (m,), "y": (n,)}.items()}
    return LargeCase(tuple(roots), arrays | {"c": np.asarray(rng.standard_normal(), kind)})


def _chain(choice: random.Random, depth: int) -> str:
    if depth == 0:
        return choice.choice(LEAVES)
    if choice.random() < 0.5:
        return choice.choice(FUNCTIONS).format(_chain(choice, depth - 1))
    return choice.choice(PAIRS).format(_chain(choice, depth - 1), _chain(choice, choice.randrange(depth)))


def _array(choice: random.Random, rng: np.random.Generator, shape: tuple[int, ...], kind: type) -> np.ndarray:
    A = (rng.standard_normal(shape) / 2).astype(kind)
    layout = choice.choice(("rows", "rows", "columns", "strided", "reversed", "read-only"))
    if layout == "columns":
        A = np.asfortranarray(A)
    elif layout == "strided":
        A = np.repeat(A, 2, axis=-1)[..., ::2]
    elif layout == "reversed":
        A = A[::-1]
    elif layout == "read-only":
        A.flags.writeable = False
    return A
