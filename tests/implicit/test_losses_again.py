"""Losses of what is solved for whose records run again: the gradients of a new record, whatever the solver and its surroundings do."""

import warnings

import numpy as np
import pytest

import frechet as fr
from frechet.tracing import kept

RNG = np.random.default_rng(3)
W = 0.3 * RNG.standard_normal((4, 4))
DATA = RNG.standard_normal(4)
SCALE = 1.0


def F(x, p):
    return np.tanh(W @ x + p) - 2 * x


def solve(p):
    """Without the derivatives that are tested."""
    x = np.zeros_like(p)
    for _ in range(80):
        x = np.tanh(W @ x + p) / 2
    return x


def has_record(loss):
    return any(k._seen for k in kept._KEPT[loss].values())


def differences(f, p, h=1e-5):
    p = np.asarray(p)
    units = np.eye(p.size).reshape(p.size, *p.shape)
    return np.array([(f(p + h * e) - f(p - h * e)) / (2 * h) for e in units]).reshape(p.shape)


def is_right(loss, points, is_kept=True):
    """The gradient at each point against differences of the loss at plain numbers; whether the last ones were by a record."""
    g = fr.gradient(loss)
    for p in points:
        assert np.allclose(g(p), differences(loss, p), rtol=1e-6, atol=1e-8)
    assert has_record(loss) == is_kept
    return g


POINTS = [DATA + 0.2 * k for k in range(5)]
x = fr.implicit(F, solve)
pair = fr.implicit(
    lambda z, a, b: {"u": z["u"] ** 2 - a - b, "v": z["v"] * z["u"] - b},
    lambda a, b: {"u": np.sqrt(a + b), "v": b / np.sqrt(a + b)},
)
matrix = fr.implicit(lambda X, P: X @ X - P @ P.T - 3 * np.eye(2), lambda P: root_of(P @ P.T + 3 * np.eye(2)))


def root_of(A):
    w, V = np.linalg.eigh(A)
    return V * np.sqrt(w) @ V.T


def scaled(v):
    return SCALE * v


LOSSES = {
    "a sum": (lambda p: np.sum(x(p) ** 2), POINTS),
    "with the parameters": (lambda p: np.sum(np.exp(x(p)) * p) + p[0] ** 2, POINTS),
    "of something of the parameters": (lambda p: x(2 * p[::-1] + DATA) @ DATA, POINTS),
    "of another solution": (lambda p: np.sum(x(x(p)) ** 3), POINTS),
    "in a function": (lambda p: scaled(np.sum(x(p)) ** 2), POINTS),
    "in a loop": (lambda p: sum([np.sum(x(k * p)) for k in range(1, 3)]), POINTS),
    "with constants": (lambda p: np.sum(pair(p**2, 1 + DATA**2)["v"] * p), [1.5 + 0.1 * q for q in POINTS]),
    "of numbers": (lambda p: pair(p[0] ** 2, p[1] ** 2)["u"] * p[2], POINTS),
    "of a matrix": (lambda P: np.sum(matrix(P) ** 3), [q.reshape(2, 2) for q in POINTS]),
    "with a branch": (lambda p: np.sum(x(p)) if p[0] > 0 else np.sum(x(p) ** 2), POINTS),
    "with a branch by the solution": (lambda p: branched(x(p)), POINTS),
}
READY = {
    "root": fr.implicit.root(F, np.zeros(4)),
    "root, warm": fr.implicit.root(F, np.zeros(4), warm_start=True),
    "fixed point": fr.implicit.fixed_point(lambda x, p: np.tanh(W @ x + p) / 2, np.zeros(4)),
    "minimum": fr.implicit.minimum(lambda x, p: np.sum((x - p) ** 4 + x**2), np.zeros(4)),
    "least squares": fr.implicit.least_squares(lambda x, p: np.concatenate([np.sin(x) - p / 9, x - p]), np.zeros(4)),
    "constraints": fr.implicit.minimum(lambda x, p: np.sum((x - p) ** 2), np.zeros(4), inequality=lambda x, p: 0.3 - x),
    "linear": fr.implicit.linear(lambda p: np.diag(3 + p**2) + W, DATA),
    "eigenpair": fr.implicit.eigenpair(lambda p: W + W.T + np.diag(p * np.arange(4.0))),
}


def branched(v):
    return np.sum(v**2) if v[0] > 0.1 else np.prod(v)


@pytest.mark.parametrize("name", LOSSES)
def test_the_gradient_of_a_record_that_runs_again(name):
    loss, points = LOSSES[name]
    is_right(loss, points)


@pytest.mark.parametrize("name", READY)
def test_ready_made_solutions(name):
    y = READY[name]
    loss = (lambda p: y(p)[0] * (y(p)[1] @ DATA) ** 2) if name == "eigenpair" else lambda p: np.sum(y(p) ** 3)
    is_right(loss, POINTS, name not in ("eigenpair",))


def test_the_names_of_the_loss_may_mean_something_else(monkeypatch):
    loss = lambda p: scaled(np.sum(x(p)))
    g = is_right(loss, POINTS)
    monkeypatch.setitem(globals(), "SCALE", 3.0)
    assert np.allclose(g(DATA), differences(loss, DATA), rtol=1e-6)
    other = fr.implicit(lambda x, p: x - p**2, lambda p: p**2)
    monkeypatch.setitem(globals(), "x", other)
    assert np.allclose(g(DATA), 6 * DATA)


def test_the_equation_may_mean_something_else(monkeypatch):
    loss = lambda p: np.sum(y(p))
    y = fr.implicit(lambda x, p: x - scaled(p), lambda p: scaled(p))
    g = is_right(loss, POINTS)
    monkeypatch.setitem(globals(), "SCALE", 3.0)
    assert np.allclose(g(DATA), 3)
    kept_W = W.copy()
    h = is_right(lambda p: np.sum(x(p)), POINTS)
    W[:] = W.T
    try:
        assert np.allclose(h(DATA), differences(lambda p: np.sum(x(p)), DATA), rtol=1e-6)
    finally:
        W[:] = kept_W


def test_the_solver_runs_each_time_it_is_called_for():
    runs, shift = [], [0.0]

    def shifted(p):
        runs.append(p)
        found = p / 2 + shift[0]
        p[:] = np.nan  # what it is given is its own
        return found

    y = fr.implicit(lambda x, p: 2 * x - p, shifted)
    g = fr.value_and_gradient(lambda p: np.sum(y(p)))
    p = DATA.copy()
    for k in range(1, 8):
        value, _ = g(p)
        assert len(runs) == k
    shift[0] = 1e-9
    assert g(p)[0] != value
    assert np.array_equal(p, DATA)


def test_a_solution_at_constants_is_the_solvers_at_each_call():
    level = [1.0]
    y = fr.implicit(lambda x, p: x - p, lambda p: p * level[0])
    g = fr.gradient(lambda p: np.sum(x(p) * y(DATA)))
    for k in range(6):
        level[0] = 1.0 + k
        assert np.allclose(g(DATA), differences(lambda p: np.sum(x(p) * DATA * level[0]), DATA), rtol=1e-6)


@pytest.mark.parametrize(
    "other", [lambda v: v.astype(np.float32), list, lambda v: np.append(v, 0.0), lambda v: v[:, None], tuple]
)
def test_a_solver_that_gives_something_else_is_traced_anew(other):
    change = [lambda v: v]
    y = fr.implicit(
        lambda x, p: np.tanh(np.ravel(np.asarray(x))[:4]) - np.tanh(p) if np.size(x) == 4 else x - np.append(p, 0.0),
        lambda p: change[0](p.copy()),
    )
    loss = lambda p: np.sum(np.ravel(np.asarray(y(p)))[:4] ** 2)
    g = fr.gradient(loss)
    for _ in range(4):
        assert np.allclose(g(DATA), 2 * DATA)
    change[0] = other
    try:
        expected = fr.gradient(lambda p: loss(p))(DATA)
    except fr.FrechetError as error:
        with pytest.raises(type(error)):
            g(DATA)
        return
    assert np.allclose(g(DATA), expected, rtol=1e-14, atol=0)


def test_what_a_solver_gives_beside_the_solution():
    said = [""]
    y = fr.implicit(lambda z, p: z[0] - p, lambda p: (p.copy(), said[0]))

    def loss(p):
        u, word = y(p)
        return np.sum(u) * len(word)

    g = fr.gradient(loss)
    for word in ("a", "b", "b", "b", "bc", "bc", "bc", "bc"):
        said[0] = word
        assert np.allclose(g(DATA), len(word))
    assert has_record(loss)


def test_the_jacobian_is_that_of_now(monkeypatch):
    y = fr.implicit(lambda x, p: x - 1 + SCALE * (p - DATA), lambda p: np.ones(4) - SCALE * (p - DATA))
    g = is_right(lambda p: np.sum(y(p)), POINTS)
    assert np.allclose(g(DATA), -1)
    monkeypatch.setitem(globals(), "SCALE", 2.0)  # the same solution, with another derivative
    assert np.allclose(g(DATA), -2)


def test_numbers_of_two_precisions_are_given_as_they_are():
    kinds = []

    def product(a, b):
        kinds.append((a.dtype.char, b.dtype.char))
        return (a * b).astype(float)

    y = fr.implicit(lambda x, a, b: x - a * b, product)
    g = fr.gradient(lambda a, b: np.sum(y(a, b) ** 2), wrt=(0, 1))
    for _ in range(6):
        a, b = g(DATA.astype(np.float32), DATA)
        assert a.dtype == np.float32
        assert np.allclose(b, 2 * DATA**3, rtol=1e-5)
    assert set(kinds) == {("f", "d")}


def test_a_solver_that_stops_early_is_told_each_time():
    early = fr.implicit(F, lambda p: solve(p) + 1e-4)
    g = fr.gradient(lambda p: np.sum(early(p) ** 2))
    for p in POINTS:
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            g(p)
        assert [w.category for w in told] == [fr.implicit.PrecisionWarning] or "has not converged" in str(
            told[0].message
        )
        assert told[0].filename == __file__
        assert early.certificate.correction > 1e-6


def test_a_singular_jacobian_is_an_error_each_time():
    y = fr.implicit(lambda x, p: x**2 - p, np.sqrt)
    g = fr.gradient(lambda p: np.sum(y(p)))
    for _ in range(5):
        assert np.allclose(g(DATA**2), 0.5 / np.abs(DATA))
    for _ in range(2):
        with pytest.raises(fr.SingularOperatorError):
            g(np.array([1.0, 0.0, 2.0, 3.0]))
    for found, p in ((g(DATA**2), DATA),):
        assert np.allclose(found, 0.5 / np.abs(p))


def test_a_solver_that_fails_fails_as_it_does_alone():
    def failing(p):
        if p[0] > 5:
            raise ArithmeticError("no root here")
        return p**2

    y = fr.implicit(lambda x, p: x - p**2, failing)
    g = is_right(lambda p: np.sum(y(p)), POINTS)
    with pytest.raises(ArithmeticError, match="no root here"):
        g(DATA + 9)
    assert np.allclose(g(DATA), 2 * DATA)


@pytest.mark.parametrize("name", ["solve", "certificate", "jvp", "two values", "potentials"])
def test_what_depends_on_more_than_calls_is_traced_anew(name):
    y = fr.implicit(F, solve)
    transport = fr.implicit.sinkhorn(lambda p: np.outer(p, p), np.full(4, 0.25), np.full(4, 0.25), 0.5)
    losses = {
        "solve": lambda p: np.sum(y.solve(p)),
        "certificate": lambda p: np.sum(y(p)) * (1.0 if y.certificate is None else 2.0),
        "jvp": lambda p: np.sum(y.jvp(p, p)[1]),
        "two values": lambda p: y(p)[0] * y(p)[1],
        "potentials": lambda p: np.sum(transport(p) ** 2),
    }
    g = fr.gradient(losses[name])
    for p in POINTS:
        g(p)
    assert not has_record(losses[name])


def test_second_derivatives_after_records():
    loss = lambda p: np.sum(x(p) ** 2)
    g = is_right(loss, POINTS)
    H = fr.hessian(loss)(DATA)
    assert np.allclose(H, np.stack([differences(lambda p, k=k: g(p)[k], DATA) for k in range(4)]), rtol=1e-5, atol=1e-7)
    assert np.allclose(fr.hvp(loss)(DATA, DATA), H @ DATA)
    assert np.allclose(g(DATA), differences(loss, DATA), rtol=1e-6)
