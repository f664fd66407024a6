"""Each exact interpretation against evaluation, on the samples of the table, and its duals against differences."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from frechet.check.exact import evaluate_precisely
from frechet.check.exact.meanings import MEANINGS, VALUES, means
from frechet.expr.evaluate import evaluate
from frechet.expr.node import Expr, operations
from frechet.expr.sizes import Size, size
from frechet.expr.structure import add, eye, hadamard, mul, number, ones, pi, pow, scale, symbol, transpose, unit, zeros
from frechet.rules.linear import commutation
from frechet.rules.selection import block

FINE = Fraction(1, 10**12)


def _symbols(shapes) -> list[Expr]:
    return [symbol(f"A{i}", *shape) for i, shape in enumerate(shapes)]


def _structural() -> dict[str, tuple[Expr, list[tuple[int, int]]]]:
    """Expressions of the operations that the table has no sample for, with the shapes of their symbols."""
    A, B, C, x, a = _symbols([(2, 3), (3, 2), (2, 3), (3, 1), (1, 1)])
    shapes = [tuple(p.constant for p in s.shape) for s in (A, B, C, x, a)]
    made = {
        "number": number(Fraction(2, 3)) * A,
        "size": operations["size"](params=(size("m"),)) * A,
        "pi": pi() * A,
        "eye": eye(3) @ B + eye(3) @ B.T.T,
        "ones": ones(2, 3) + A,
        "zeros": block(zeros(2, 2), A, params=((2,),)),
        "e": unit(2, 3) + x,
        "add": add(A, C, A),
        "scale": scale(a, A),
        "mul": mul(A, B, C),
        "hadamard": hadamard(A, C),
        "transpose": transpose(A),
        "pow": pow(ones(2, 3) + A * A, Fraction(-3, 2)) + pow(A * A, hadamard(A, C)) + A**-2 + (A * A) ** a,
        "commutation": commutation(2, 3) @ operations["vec"](A),
        "block": block(A, C, B.T, A, params=((2, 2),)),
        "svdvals": operations["svdvals"](B),
        "sumlargest": operations["sumlargest"](A.T @ A, params=(size(2),)),
        "topproj": operations["topproj"](A.T @ C + C.T @ A, params=(size(1),)),
    }  # fmt: skip
    return {name: (e, shapes) for name, e in made.items()}


STRUCTURAL = _structural()


def sample_of(name: str, seed: int = 0) -> tuple[Expr, dict[Expr, np.ndarray]]:
    """An expression around this operation, and numbers for its symbols."""
    rng = np.random.default_rng(seed)
    if name in STRUCTURAL:
        f, shapes = STRUCTURAL[name]
        values = {s: rng.standard_normal(shape) for s, shape in zip(_symbols(shapes), shapes, strict=True)}
        return f, values
    op = operations[name]
    drawn = op.sample(rng)
    arrays = [v for v in drawn if isinstance(v, np.ndarray)]
    params = tuple(size(int(v)) if _is_size(op) else int(v) for v in drawn if not isinstance(v, np.ndarray))
    arguments = _symbols([a.shape for a in arrays])
    return op(*arguments, params=params), dict(zip(arguments, arrays, strict=True))


def _is_size(op) -> bool:
    return op.name in ("unvec", "ptrace1", "ptrace2", "index")


SAMPLED = [n for n in (*MEANINGS, *VALUES) if n in STRUCTURAL or operations[n].sample is not None]


def worst(f: Expr, values) -> float:
    """The largest difference between the exact interpretation and evaluation, relative to the largest entry."""
    (exact,) = evaluate_precisely([f], values, {"m": 3})
    plain = evaluate(f, values, {"m": 3})
    return float(np.abs(exact.astype(float) - plain).max() / np.abs(plain).max(initial=1e-3))


@pytest.mark.parametrize("name", sorted(SAMPLED))
def test_an_interpretation_is_the_operation(name):
    f, values = sample_of(name)
    assert worst(f, values) < 1e-11


def test_all_interpretations_are_sampled():
    assert set(MEANINGS) | set(VALUES) == set(SAMPLED)
    assert set(MEANINGS) | set(VALUES) <= set(operations)


def _directions(values, count: int) -> list[dict[Expr, np.ndarray]]:
    rng = np.random.default_rng(1)
    return [{s: rng.standard_normal(v.shape) for s, v in values.items()} for _ in range(count)]


@pytest.mark.parametrize("name", sorted(MEANINGS))
def test_duals_are_derivatives(name):
    """First and second order against central differences with 50 digits, off by h^2 and rounding/h."""
    f, values = sample_of(name)
    U, V = _directions(values, 2)
    for directions, along in (([U], U), ([U, V], V)):
        (exact,) = evaluate_precisely([f], values, {"m": 3}, directions)
        h = 2.0**-26
        up, down = (
            evaluate_precisely([f], {s: a + sign * h * along[s] for s, a in values.items()}, {"m": 3}, directions[:-1])[
                0
            ]
            for sign in (1, -1)
        )
        assert np.abs((exact - (up - down) / (2 * h)).astype(float)).max() < 1e-6 * (1 + np.abs(exact).max())


def test_a_broken_interpretation_is_seen(monkeypatch):
    right = MEANINGS["khatrirao"]
    monkeypatch.setitem(MEANINGS, "khatrirao", lambda o, node, sizes, A, B: right(o, node, sizes, o.scaled(2, A), B))
    assert worst(*sample_of("khatrirao")) > 0.1


def test_an_operation_has_one_interpretation():
    with pytest.raises(ValueError, match="two exact interpretations"):
        means("inv")(lambda o, node, sizes, A: A)


def test_parameters_are_sizes():
    assert all(isinstance(p, Size) for p in sample_of("index")[0].params)
