"""NumPy code on symbols: the program has the values and derivatives of the code, and code that looks at values has none."""

from __future__ import annotations

import math

import numpy as np
import pytest

import frechet as fr
from frechet.tracing.copying import copied
from frechet.tracing.scalars import scalar_program

A = np.random.default_rng(0).standard_normal((4, 4))


def assigned(t, y, p):
    d = np.zeros(4)
    d[0], d[1] = p[0] * y[1], -p[1] * math.sin(y[0])
    d[2:] = y[:2] / np.linalg.norm(y) ** 3
    return d


def differences(t, y, p):
    d = np.empty_like(y)
    d[1:-1] = p[0] * (y[2:] - 2 * y[1:-1] + y[:-2])
    d[0], d[-1] = 0.0, t
    return d


def containers(t, y, p):
    s, i, _r, _ = y
    n = np.sum(y)
    return {"s": -p[0] * s * i / n, "i": (p[0] * s * i / n - p[1] * i, p[1] * i), "c": 0}


def declared_float(t, y, p):
    y = np.asarray(y, dtype=float)
    return np.array([y[0], math.asin(0.1 * y[1]), math.pow(p[0], 2), abs(y[3])], dtype=float)


CODE = {
    "products": lambda t, y, p: np.array([p[0] * y[0] - p[1] * y[0] * y[1], y[2] ** 2, y[3] ** -1, p[2] ** y[1]]),
    "matrix": lambda t, y, p: np.tanh(A @ y) * np.exp(-t) + np.sin(2 * np.pi * t) / (1 + y**2),
    "shapes": lambda t, y, p: np.concatenate([y.reshape(2, 2)[1], -p[0] * y[:2] / np.sum(y[:2] ** 2) ** 1.5]),
    "shifted": lambda t, y, p: p[0] * (np.roll(y, 1) - 2 * y + np.roll(y, -1)),
    "einsum": lambda t, y, p: np.einsum("ij,j->i", A, y) + np.outer(y, y) @ p[:1].repeat(4),
    "special": lambda t, y, p: np.log1p(y**2) + np.sqrt(1 + y**2) + np.arctan(y) - np.expm1(-y) + y.mean(),
    "assigned": assigned,
    "differences": differences,
    "containers": containers,
    "declared float": declared_float,
}
LOOKING = {
    "if": lambda t, y, p: y if t < 1 else 2 * y,
    "equal": lambda t, y, p: y if y[0] == 0 else 2 * y,
    "where": lambda t, y, p: np.where(y > 0, y, 2 * y),
    "float": lambda t, y, p: [float(y[0])] * 4,
    "round": lambda t, y, p: np.round(y),
    "floor": lambda t, y, p: np.floor(y),
    "sign": lambda t, y, p: np.sign(y),
    "remainder": lambda t, y, p: y % 1.0,
    "sorted": lambda t, y, p: np.sort(y),
    "maximum": lambda t, y, p: np.maximum(y, 0.0),
    "angle": lambda t, y, p: np.arctan2(y, t),
    "caught": lambda t, y, p: caught(y),
    "solve": lambda t, y, p: np.linalg.solve(A, y),
    "a gradient": lambda t, y, p: fr.gradient(lambda y: y @ y)(y),
    "text": lambda t, y, p: y * len(f"{y[0]}"),
}


def caught(y):
    try:
        return y * bool(y[0])
    except Exception:
        return y


@pytest.mark.parametrize("name", CODE)
def test_values_and_derivatives_are_those_of_the_code(name):
    f = CODE[name]
    program = scalar_program(copied(f), [(), (4,), (3,)])
    assert program is not None
    value = lambda x: np.array([float(v) for v in flat(f(x[0], x[1:5], x[5:]))])
    for seed in range(3):
        rng = np.random.default_rng(seed)
        x, d, w = rng.uniform(0.2, 1.5, 8), rng.standard_normal(8), rng.standard_normal(4)
        assert np.allclose(program.value(*x), value(x), rtol=1e-13, atol=0)
        along, back = program.jvp(tuple(range(8)))(*x, *d), program.vjp(tuple(range(8)))(*x, *w)
        expected = fr.finite.directional(value, x, d)
        assert np.allclose(along, expected.value, rtol=1e-8, atol=1e-8)
        assert np.isclose(np.dot(back, d), np.dot(w, along), rtol=1e-12, atol=1e-13)


def flat(value) -> list:
    if isinstance(value, dict):
        return [v for part in value.values() for v in flat(part)]
    return [v for part in value for v in flat(part)] if isinstance(value, list | tuple) or np.ndim(value) else [value]


@pytest.mark.parametrize("name", LOOKING)
def test_code_that_looks_at_values_is_no_program(name):
    assert scalar_program(copied(LOOKING[name]), [(), (4,), (3,)]) is None


def test_code_that_is_long_is_no_program():
    assert scalar_program(lambda y: sum(y[i] * y[j] for i in range(40) for j in range(40)), [(40,)]) is None


def test_derivatives_that_are_given_are_not_taken_of_the_code():
    f = fr.primitive(lambda x: 2 * x, vjp=lambda args, W: 5 * W, check=False)
    assert scalar_program(copied(lambda y: f(y)), [(2,)]) is None


def test_some_inputs_only():
    program = scalar_program(lambda t, y, p: -p * y + t, [(), (2,), ()])
    assert program.vjp((1, 3))(0.0, 2.0, 3.0, 0.5, 1.0, 10.0) == (-0.5, -2.0 - 30.0)
    assert program.jvp((3,))(0.0, 2.0, 3.0, 0.5, 1.0) == (-2.0, -3.0)


def test_what_is_not_finite_raises():
    program = scalar_program(lambda y: [1 / y[0], np.log(y[1]), np.exp(y[2])], [(3,)])
    for bad in ((0.0, 1.0, 1.0), (1.0, -1.0, 1.0), (1.0, 1.0, 1e4)):
        with pytest.raises((ArithmeticError, ValueError)):
            program.value(*bad)
