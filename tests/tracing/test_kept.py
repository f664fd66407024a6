# ruff: noqa: NPY002, the global generator is what people use
"""Records that are kept: calls that go another way, or whose surroundings have changed, are traced anew."""

from __future__ import annotations

import gc
import threading
import warnings
import weakref

import numpy as np
import pytest

import frechet as fr
from frechet.tracing import kept

SCALE = 1.5
TABLE = np.array([1.0, 2.0, 3.0])


def _differences(f, x, h=1e-6):
    return np.array([(f(x + h * e) - f(x - h * e)) / (2 * h) for e in np.eye(len(x))])


def _has_record(f):
    return any(bool(k._seen) for k in kept._KEPT[f].values())


def _right(f, x, g=None):
    found = (g or fr.gradient(f))(x)
    assert np.allclose(found, _differences(f, x), rtol=1e-6, atol=1e-8)


def sign(x):
    return np.sum(x**2) if x[0] > 0 else np.sum(x**3)


def nested(x):
    if x[0] > x[1]:
        return x[0] * x[2] if x[2] >= 0 else x[1] * x[2]
    return np.sum(x)


def ternary(x):
    return np.sum(np.sin(x) if np.sum(x) < 1 else np.cos(x))


def where(x):
    return np.sum(np.where(x > 0, x**2, np.exp(x)))


def mask(x):
    return np.sum(x[x > 0.2] ** 2)


def extreme(x):
    return max(x[0], x[1]) * min(x[1], x[2])


def ordered(x):
    return np.sort(x) @ TABLE


def positions(x):
    return x[np.argmax(x)] ** 2 + x[np.argmin(x)]


def loop(x):
    total, k = 0.0, 0
    while total < 3:
        total = total + np.abs(x[0]) + 0.31
        k += 1
    return total * k + x[1] ** 2 + x[2]


def newton(x):
    s = 1.0 + x[0] ** 2
    for _ in range(40):
        t = 0.5 * (s + (1.0 + x[0] ** 2) / s)
        if np.abs(t - s) < 1e-10:
            break
        s = t
    return s + x[1] * x[2]


def clipped(x):
    return np.sum(np.clip(x, -0.5, 0.5) ** 2)


def selected(x):
    return np.sum(np.select([x < -0.5, x < 0.5], [x**2, x**3], np.sin(x)))


def piecewise(x):
    return np.sum(np.piecewise(x, [x < 0, x >= 0], [lambda v: v**2, lambda v: 3 * v]))


def written(x):
    y = np.zeros(3)
    for k in range(3):
        if x[k] > 0:
            y[k] = x[k] ** 2
        else:
            y[k] -= x[k]
    return np.sum(y * TABLE)


def comparison_of_norms(x):
    return np.linalg.norm(x) if np.linalg.norm(x) > 1 else np.sum(x**2)


def rounded(x):
    return np.sum(x * np.floor(x))


def all_of(x):
    return np.sum(x) ** 2 if np.all(x > 0) else np.prod(x)


def bracketed(x):
    low, high = x[0] - 3.0, x[0] + 2.5
    for _ in range(4):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if middle < x[1] else (low, middle)
    return middle * x[1] + np.sum(x**2)


def roots_at_zero(x):
    return np.sqrt(np.sum((x - 0.4) ** 2)) + np.sum(x)


def inner(x):
    def g(v):
        return v**2 if v > 0 else -v

    return sum([g(v) for v in x])


def digitized(x):
    return TABLE[np.digitize(x, [-0.5, 0.5])] @ x


FUNCTIONS = [
    sign, nested, ternary, where, mask, extreme, ordered, positions, loop, newton, clipped, selected, piecewise, written,
    comparison_of_norms, rounded, all_of, bracketed, inner, digitized, roots_at_zero,
]  # fmt: skip
POINTS = [
    np.array(p) for p in ([0.7, 0.3, 0.9], [-0.7, 0.3, 0.9], [0.3, 0.7, -0.9], [-0.3, -0.7, 0.1], [0.8, 0.61, -0.2])
]


@pytest.mark.parametrize("f", FUNCTIONS, ids=[f.__name__ for f in FUNCTIONS])
def test_branches_that_flip_between_calls(f):
    g = fr.gradient(f)
    for x in [POINTS[0]] * 4 + [p for p in POINTS for _ in range(2)] + POINTS * 2:
        _right(f, x, g)


def test_records_are_run_and_not_traced():
    def f(x):
        y = np.zeros(3)
        for k in range(3):
            y[k] = np.sin(x[k]) * (2.0 if x[0] > 0 else 3.0)
        return y @ TABLE

    g = fr.value_and_gradient(f)
    for _ in range(4):
        value, gradient = g(POINTS[0])
    assert _has_record(f)
    assert value == f(POINTS[0])
    assert np.allclose(gradient, 2 * np.cos(POINTS[0]) * TABLE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("frechet.tracing.derivatives._linearized", None)  # no trace is possible
        assert np.allclose(g(POINTS[4])[1], 2 * np.cos(POINTS[4]) * TABLE)


def test_global_numbers_and_arrays_that_change(monkeypatch):
    f = lambda x: np.sum(SCALE * x**2 * TABLE)
    g, x = fr.gradient(f), POINTS[0]
    for _ in range(4):
        assert np.allclose(g(x), 3 * x * TABLE)
    assert _has_record(f)
    monkeypatch.setitem(globals(), "SCALE", 2.5)
    assert np.allclose(g(x), 5 * x * TABLE)
    for _ in range(4):
        g(x)
    monkeypatch.setitem(globals(), "TABLE", TABLE.copy())
    for _ in range(4):
        g(x)
    TABLE[1] = 7.0
    assert np.allclose(g(x), 5 * x * TABLE)


def test_other_arguments_that_change():
    f = lambda w, X, y, power=2: np.sum((X @ w - y) ** power)
    g, rng = fr.gradient(f), np.random.default_rng(0)
    w = rng.standard_normal(3)
    for _ in range(3):
        X, y = rng.standard_normal((5, 3)), rng.standard_normal(5)
        for _ in range(4):
            assert np.allclose(g(w, X, y), 2 * X.T @ (X @ w - y))
        X[2, 1] += 1.0  # in place
        assert np.allclose(g(w, X, y), 2 * X.T @ (X @ w - y))
        assert np.allclose(g(w, X, y, 4), 4 * X.T @ (X @ w - y) ** 3)
        assert np.allclose(g(w, X, y, power=4), 4 * X.T @ (X @ w - y) ** 3)


def test_closures_and_defaults():
    factor = 2.0

    def f(x, c=TABLE):
        return np.sum(factor * c * x**2)

    g, x = fr.gradient(f), POINTS[0]
    for _ in range(4):
        g(x)
    assert _has_record(f)
    factor = 3.0
    assert np.allclose(g(x), 6 * TABLE * x)
    f.__defaults__ = (np.ones(3),)
    assert np.allclose(g(x), 6 * x)


class Model:
    factor = 1.0


CALLS: list[int] = []


def test_what_has_a_state_is_traced_at_every_call():
    model, numbers, rng = Model(), [1.0], np.random.default_rng(0)

    def attribute(x):
        return np.sum(x**2) * model.factor

    def container(x):
        return np.sum(x**2) * numbers[0]

    def random(x):
        return np.sum(x * rng.standard_normal(3))

    def global_random(x):
        return np.sum(x * np.random.rand(3))

    def counted(x):
        CALLS.append(1)
        return np.sum(x**2)

    x = POINTS[0]
    for f in (attribute, container, random, global_random, counted):
        g = fr.gradient(f)
        for _ in range(5):
            g(x)
        assert not _has_record(f)
    assert len(CALLS) == 5
    model.factor, numbers[0] = 4.0, 5.0
    assert np.allclose(fr.gradient(attribute)(x), 8 * x)
    assert np.allclose(fr.gradient(container)(x), 10 * x)


def test_functions_that_write_into_what_they_are_given():
    def f(x, counter):
        counter[0] += 1
        return np.sum(x**2) * counter[0]

    g, counter = fr.gradient(f), np.zeros(1)
    for k in range(6):
        assert np.allclose(g(POINTS[0], counter), 2 * POINTS[0] * (k + 1))
    assert counter[0] == 6


def test_forms_of_arguments():
    f = lambda p, n: np.sum(p["W"] ** 2) * p["b"][0] + n * np.sum(p["b"][1])
    g = fr.value_and_gradient(f)
    for shape in ((2,), (3,), (2, 2)):
        for dtype in (np.float64, np.float32):
            for _ in range(4):
                W = np.random.default_rng(1).standard_normal(shape).astype(dtype)
                value, found = g({"W": W, "b": [1.5, np.ones(2)]}, 3)
                assert np.isclose(value, f({"W": W, "b": [1.5, np.ones(2)]}, 3), rtol=1e-6)
                assert found["W"].dtype == dtype
                assert np.allclose(found["W"], 3 * W)
                assert np.allclose(found["b"][0], np.sum(W**2))
                assert isinstance(found["b"], list)
                assert np.allclose(found["b"][1], 3)


def test_gradients_are_in_memory_of_their_own():
    f = lambda x, y: np.sum(x * TABLE) + np.sum(y) + x[0]
    g = fr.gradient(f, wrt=(0, 1))
    for _ in range(5):
        a, b = g(POINTS[0], POINTS[1])
        assert np.allclose(a, TABLE + np.array([1, 0, 0]))
        a += 1.0
        b += 1.0
        assert np.allclose(b, 2)


def test_infinite_slopes_and_missing_values():
    f = lambda x: np.sum(np.sqrt(x))
    g = fr.gradient(f)
    for _ in range(4):
        g(POINTS[0])
    with np.errstate(all="ignore"):
        assert np.isinf(g(np.array([0.0, 1.0, 2.0]))[0])
    h = lambda x: np.sum(np.sqrt(np.abs(x)))
    k = fr.gradient(h)
    for _ in range(4):
        k(POINTS[0])
    with np.errstate(all="ignore"), pytest.warns(RuntimeWarning, match="there is no derivative of sqrt at 0"):
        k(np.array([0.0, 1.0, 2.0]))


def test_derivatives_of_gradients_and_threads():
    f = lambda x: np.sum(np.exp(x) * x**2)
    g = fr.gradient(f)
    expected = np.exp(POINTS[0]) * (POINTS[0] ** 2 + 2 * POINTS[0])
    for _ in range(5):
        assert np.allclose(g(POINTS[0]), expected)
    second = np.exp(POINTS[0]) * (POINTS[0] ** 2 + 4 * POINTS[0] + 2)
    assert np.allclose(fr.jacobian(g)(POINTS[0]), np.diag(second))
    assert np.allclose(fr.hessian(f)(POINTS[0]), np.diag(second))
    wrong = []

    def run(x):
        for _ in range(50):
            if not np.allclose(g(x), np.exp(x) * (x**2 + 2 * x)):
                wrong.append(x)

    threads = [threading.Thread(target=run, args=(p,)) for p in POINTS]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not wrong


def test_functions_and_what_they_hold_are_let_go():
    def make():
        data = np.ones(1000)
        f = lambda x: np.sum(data) * np.sum(x**2)
        for _ in range(5):
            fr.gradient(f)(POINTS[0])
        assert _has_record(f)
        return weakref.ref(f), weakref.ref(data)

    found = make()
    gc.collect()
    assert [r() for r in found] == [None, None]


def test_a_value_that_does_not_depend_is_told_at_every_call():
    g = fr.gradient(lambda x: np.sum(TABLE))
    for _ in range(5):
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            assert np.array_equal(g(POINTS[0]), np.zeros(3))
        assert "does not depend" in str(told[-1].message)


def _layers(W, b, X, Y):
    for A, c in zip(W[:-1], b[:-1], strict=True):
        X = np.tanh(X @ A + c)
    S = X @ W[-1] + b[-1]
    return np.mean((S - Y) ** 2 * Y.T[:, :1] ** 2) - np.sum(S * S[::-1] * 1e-3) + np.sum((X + X.T[:100, :100]) * 1e-3)


@pytest.mark.parametrize("dtype", [np.float64, np.float32], ids=["double", "single"])
def test_large_arrays_are_written_over_only_where_they_die(dtype):
    rng = np.random.default_rng(0)
    W = [(rng.standard_normal((100, 100)) / 10).astype(dtype) for _ in range(3)]
    b = [rng.standard_normal(100).astype(dtype) for _ in range(3)]
    X, Y = (rng.standard_normal((100, 100)).astype(dtype) for _ in range(2))
    g = fr.value_and_gradient(_layers, wrt=(0, 1, 2))
    first = g(W, b, X, Y)
    before = [A.copy() for A in (*W, *b, X, Y)]
    for _ in range(4):
        found = g(W, b, X, Y)
    assert _has_record(_layers)
    assert all(map(np.array_equal, (*W, *b, X, Y), before))
    tolerance = 1e-12 if dtype is np.float64 else 1e-4
    assert np.isclose(found[0], first[0], rtol=tolerance)
    for a, c in zip([*found[1][0], *found[1][1], found[1][2]], [*first[1][0], *first[1][1], first[1][2]], strict=True):
        assert a.dtype == dtype
        assert np.allclose(a, c, rtol=tolerance, atol=tolerance * np.abs(c).max())


def test_what_the_value_does_not_depend_on_is_named_once():
    def loss(w, p, data):
        return np.sum(w**2) * p["a"]

    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        _, g = fr.gradient(loss, wrt=(0, 1))(POINTS[0], {"a": 2.0, "b": np.ones(2), "c": [1.5]}, None)
    (only,) = told
    assert str(only.message) == "the value of loss does not depend on p['b'], p['c'][0]: there its gradient is 0"
    assert only.filename == __file__
    assert np.array_equal(g["b"], np.zeros(2))


def test_objectives_of_one_vector():
    o = fr.objective(lambda x: np.sum((x - TABLE) ** 4) + np.sum(x**2))
    value, slope = o.fun_and_jac(POINTS[0])
    assert np.allclose(slope, 4 * (POINTS[0] - TABLE) ** 3 + 2 * POINTS[0])
    assert value == o.fun(POINTS[0])
    assert np.allclose(o.hessp(POINTS[0], TABLE), o.hess(POINTS[0]) @ TABLE)
    assert "a vector" in repr(o)


def test_functions_of_one_code_have_closures_of_their_own():
    def layer(A):
        return lambda x: np.sum(x * (2 * A))

    arrays = [np.ones(3), np.ones(3)]
    first, second = map(layer, arrays)
    f = lambda x: first(x) + 10 * second(x)
    g = fr.gradient(f)
    for _ in range(5):
        assert np.allclose(g(POINTS[0]), 22)
    assert _has_record(f)
    arrays[1][0] = 2.0
    assert np.allclose(g(POINTS[0]), [42, 22, 22])


def test_comparisons_that_hold_take_their_branch():
    f = lambda x: np.sum(np.where(x == 1, 1.0, x**2))
    g = fr.gradient(f)
    for _ in range(5):
        assert np.allclose(g(POINTS[0]), 2 * POINTS[0])
    assert np.allclose(g(np.array([1.0, 2.0, 3.0])), [0, 4, 6])  # as the page on NumPy code says
