"""Records of straight-line functions that are run again: the same derivatives as by tracing anew, whatever changes around them."""

import numpy as np
import pytest

import frechet as fr
from frechet.tracing.derivatives import Linearization
from frechet.tracing.replay import Replay
from frechet.tracing.straight import NotStraightError, Straight

RNG = np.random.default_rng(0)
W = 0.3 * RNG.standard_normal((5, 5)) / 5**0.5
ORDER = np.array([4, 2, 0, 1, 3])
P = RNG.standard_normal(5)
SLOPE = 0.5


def newton(F):
    """A solver by differences: it knows nothing of the derivatives that are tested."""

    def solve(p):
        x = np.zeros_like(p)
        for _ in range(40):
            J = np.stack([(F(x + 1e-6 * e, p) - F(x - 1e-6 * e, p)) / 2e-6 for e in np.eye(len(x))], axis=1)
            x = x - np.linalg.solve(J, F(x, p))
        return x

    return solve


def by_differences(solve, p):
    step = 1e-5
    slopes = [
        (np.sum(solve(p + step * e) ** 2) - np.sum(solve(p - step * e) ** 2)) / (2 * step) for e in np.eye(len(p))
    ]
    return np.array(slopes)


def gradients(F, points=4):
    """The implicit function, and its gradient at several points, each against differences of the solver."""
    solve = newton(F)
    x = fr.implicit(F, solve)
    g = fr.gradient(lambda p: np.sum(x(p) ** 2))
    for k in range(points):
        p = P + 0.3 * k * RNG.standard_normal(5)
        assert np.allclose(g(p), by_differences(solve, p), rtol=1e-6, atol=1e-8)
    return x, g


def is_replayed(x):
    return any(problem.is_replayed for problem, _ in x._problems.values())


def helper(v):
    return np.tanh(v) * SLOPE


STRAIGHT = {
    "sort": lambda x, p: x - 0.1 * np.sort(x)[::-1] - p,
    "matmul": lambda x, p: np.tanh(W @ x + p) - 2 * x,
    "globals": lambda x, p: helper(W @ x + p) - x,
    "view": lambda x, p: 0.2 * np.sin(W.T @ x) + p - x,
    "derived": lambda x, p: np.tanh((2 * W) @ x + p * np.sum(W)) - 2 * x,
    "order": lambda x, p: np.tanh(x[ORDER] * 0.3 + p) - x,
    "power": lambda x, p: x**3 + x * (2 + W[0, 0]) - p,
}
OTHERS = {
    "branch": lambda x, p: np.tanh(W @ x + p) - x if p[0] > 0 else np.sin(W @ x + p) - 2 * x,
    "loop": lambda x, p: sum(0.1 * np.sin(k * x) for k in range(1, 3)) + p - 2 * x,
    "mask": lambda x, p: np.where(x > 0, 2 * x, x) - p,
    "interval": lambda x, p: x - 0.1 * np.interp(x, [-9.0, 0.0, 9.0], [-9.0, 0.0, 18.0]) - p,
    "builtin": lambda x, p: x * (2 + max(0.1, np.tanh(p[0]))) - p,
}


@pytest.mark.parametrize("name", STRAIGHT)
def test_straight_functions_are_replayed(name):
    x, _ = gradients(STRAIGHT[name])
    assert is_replayed(x)


@pytest.mark.parametrize("name", OTHERS)
def test_others_are_traced_anew(name):
    x, _ = gradients(OTHERS[name])
    assert not is_replayed(x)


@pytest.mark.parametrize("name", STRAIGHT)
def test_what_is_outside_may_be_written(name):
    F = STRAIGHT[name]
    _, g = gradients(F, 3)
    kept = W.copy(), ORDER.copy()
    try:
        W[:] = 0.5 * W.T
        ORDER[:] = ORDER[::-1].copy()
        assert np.allclose(g(P), by_differences(newton(F), P), rtol=1e-6, atol=1e-8)
    finally:
        W[:], ORDER[:] = kept


def test_names_outside_may_mean_something_else(monkeypatch):
    F = STRAIGHT["globals"]
    x, g = gradients(F)
    monkeypatch.setitem(globals(), "SLOPE", 0.25)
    assert not is_replayed(x)
    assert np.allclose(g(P), by_differences(newton(F), P), rtol=1e-6, atol=1e-8)
    monkeypatch.setitem(globals(), "helper", np.arctan)
    assert np.allclose(g(P), by_differences(newton(F), P), rtol=1e-6, atol=1e-8)


def test_closures_may_mean_something_else():
    scale = 1.0

    def F(x, p):
        return np.tanh(W @ x + scale * p) - 2 * x

    x, g = gradients(F)
    assert is_replayed(x)
    scale = 3.0
    assert np.allclose(g(P), by_differences(newton(F), P), rtol=1e-6, atol=1e-8)


def test_what_a_closure_holds_is_still_refused():
    x, _ = gradients(STRAIGHT["matmul"])

    def loss(p):
        y = fr.implicit(lambda v, q: v - q * p[0], lambda q: q * p[0])
        return np.sum(x(p)) + np.sum(y(np.ones(5)))

    with pytest.raises(fr.FrechetError, match="from outside"):
        fr.gradient(loss)(P)


def test_second_derivatives_after_replays():
    F = STRAIGHT["matmul"]
    x, g = gradients(F)
    v = RNG.standard_normal(5)
    found = fr.hvp(lambda p: np.sum(x(p) ** 2))(P, v)
    expected = (g(P + 1e-6 * v) - g(P - 1e-6 * v)) / 2e-6
    assert np.allclose(found, expected, rtol=1e-6, atol=1e-8)


def test_the_solver_runs_at_every_call():
    runs = []

    def solve(p):
        runs.append(p)
        return (p + shift[0]) / 2

    shift = [0.0]
    x = fr.implicit(lambda x, p: 2 * x - p, solve)
    g = fr.value_and_gradient(lambda p: np.sum(x(p) ** 2))
    for _ in range(5):
        value, _ = g(P)
    shift[0] = 1e-9
    assert len(runs) == 5
    assert g(P)[0] != value
    assert len(runs) == 6


def test_two_values_of_one_call_are_one_entry():
    F = lambda x, p: np.tanh(W @ x + p) - 2 * x
    solve = newton(F)
    x = fr.implicit(F, solve)
    g = fr.gradient(lambda p: x(p)[0] * x(p)[1])
    for k in range(4):
        p = P + 0.1 * k
        product = lambda q: solve(q)[0] * solve(q)[1]
        expected = [(product(p + 1e-5 * e) - product(p - 1e-5 * e)) / 2e-5 for e in np.eye(5)]
        assert np.allclose(g(p), expected, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("kind", ["generator", "default", "method", "exception", "out"])
def test_code_that_is_not_seen_through(kind):
    class Model:
        def apply(self, x):
            return x

    model, buffer = Model(), np.zeros(5)

    def exception(x):
        try:
            return x * 2
        finally:
            x.sum()

    made = {
        "generator": lambda x: sum(v for v in x),
        "default": lambda x, model=model: model.apply(x),
        "method": lambda x: model.apply(x),
        "exception": exception,
        "out": lambda x: np.add(x, 1.0, out=buffer),
    }
    with pytest.raises(NotStraightError):
        Straight(made[kind])


def test_random_numbers_in_the_record_are_not_run_again():
    F = lambda x, p: x * (2 + 1e-3 * np.random.rand()) - p  # noqa: NPY002
    record = Linearization(F, [P, P], {}, (0, 1))
    assert Replay.of(F, F, record, P, P) is None


NODES = np.linspace(-3.0, 3.0, 7)
CHOOSING = {
    "interp": lambda x, p: np.interp(x[0], [0.0, 1.0], [2.0, 5.0]) * x - p,
    "max": lambda x, p: x - p * np.max(x),
    "median": lambda x, p: x - np.median(x) * p,
    "norm": lambda x, p: x - p * np.linalg.norm(x, np.inf),
    "clip": lambda x, p: np.clip(x, -0.5, 0.5) - p * x,
    "argmax": lambda x, p: x - x[np.argmax(x)] * p,
    "argsort": lambda x, p: x[np.argsort(p)] - p,
    "floor": lambda x, p: x - np.floor(x) * p,
    "heaviside": lambda x, p: x * np.heaviside(x, 0.5) - p,
    "select": lambda x, p: np.select([x > 0, x < -1], [x, 2 * x], 3 * x) - p,
    "relu": lambda x, p: np.maximum(x, 0) + x - p,
    "comparison": lambda x, p: x * (x > 0) - p,
    "number": lambda x, p: x * float(p[0] > 0) - p,
    "count": lambda x, p: x * np.count_nonzero(x > 0) - p,
    "close": lambda x, p: x * (1.0 + np.isclose(x, p)) - p,
    "close to nodes": lambda x, p: x * (2.0 + np.isclose(x, NODES[:3])) - p,
    "equal": lambda x, p: x * (2.0 + float(np.array_equal(x, p))) - p,
    "digitize": lambda x, p: x * np.digitize(x, NODES) - p,
    "where": lambda x, p: np.where(x > p, x, 2 * x) - p,
    "partition": lambda x, p: np.partition(x, 1) - p,
    "modulo": lambda x, p: np.mod(x, 1.3) - p,
    "singular values": lambda x, p: x - np.linalg.svd(np.outer(x, p) + np.eye(3))[1] * p,
    "solve": lambda x, p: np.linalg.solve(np.eye(3) + np.outer(x, p), p) - x,
}


@pytest.mark.parametrize("name", CHOOSING)
def test_a_replay_is_what_a_new_record_would_be(name):
    F, rng = CHOOSING[name], np.random.default_rng(1)
    for _ in range(2):
        x, p = rng.standard_normal((2, 3))
        replay = Replay.of(F, F, Linearization(F, [x, p], {}, (0, 1)), x, p)
        if replay is None:
            continue
        points = [10.0 ** rng.uniform(-2, 1.5) * rng.standard_normal((2, 3)) for _ in range(12)]
        for y, q in [*points, (p, p), (NODES[:3], p)]:
            anew, again = Linearization(F, [y, q], {}, (0, 1)), replay.at(y, q)
            w = rng.standard_normal(3)
            assert np.allclose(again.value, anew.value, rtol=1e-12)
            for found, expected in zip(again.cotangents(w), anew.T(w), strict=True):
                assert np.allclose(found, expected, rtol=1e-9, atol=1e-12)


def test_what_is_not_finite_is_traced_anew():
    F = lambda x, p: x * (2.0 + np.isnan(p)) - np.nan_to_num(p)
    x = fr.implicit(F, lambda p: np.nan_to_num(p) / (2.0 + np.isnan(p)))
    pulled = lambda p: x.vjp(p)[1](np.ones(5))
    for k in range(3):
        assert np.allclose(pulled(P + k), 0.5)
    holes = np.where(np.arange(5) < 2, np.nan, P)
    assert np.allclose(pulled(holes), fr.implicit(F, x._solve).vjp(holes)[1](np.ones(5)))
