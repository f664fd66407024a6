"""Python code as people write it: containers, control flow, writes, names that NumPy's protocols do not reach."""

from __future__ import annotations

import dataclasses
import functools
import math
import threading
import typing
import warnings
from collections import namedtuple

import numpy as np
import pytest
import scipy.linalg as sla
from numpy import tanh
from numpy.linalg import norm as length
from scipy import integrate, optimize, special

import frechet as fr
from frechet import finite
from frechet.errors import FrechetError
from frechet.tracing.array import Traced
from frechet.tracing.refusing import TracingError

RNG = np.random.default_rng(11)
x0 = RNG.uniform(0.3, 1.5, 6)
W0 = RNG.standard_normal((3, 6))


def _agrees(f, *args, **options):
    found = fr.gradient(f)(*args, **options)
    expected = finite.gradient(lambda x: f(x, *args[1:], **options), args[0])
    assert np.max(expected.error) < 1e-7
    assert np.allclose(found, expected.value, rtol=1e-7, atol=1e-9 + 20 * np.max(expected.error))


# --- containers ----------------------------------------------------------------------------------------


Pair = namedtuple("Pair", "a b")


@dataclasses.dataclass(frozen=True)
class Model:
    weights: typing.Any
    shift: float
    name: str = "m"


def test_the_gradient_has_the_structure_of_the_argument():
    params = {"layers": [(W0, x0[:3]), (W0[:, :3], 0.5)], "pair": Pair(2.0, np.ones(2)), "steps": 7, "name": "net"}

    def loss(p):
        (W, b), (V, c) = p["layers"]
        return np.sum(V @ np.tanh(W @ x0 + b)) * c + p["pair"].a ** 2 * np.sum(p["pair"].b) * p["steps"]

    g = fr.gradient(loss)(params)
    assert list(g) == list(params)
    assert g["layers"][0][0].shape == (3, 6)
    assert isinstance(g["pair"], Pair)
    assert g["pair"].a == pytest.approx(2 * 2.0 * 2 * 7)
    assert np.allclose(g["pair"].b, 28)
    assert g["name"] == "net"
    assert g["layers"][1][1] == pytest.approx(np.sum(W0[:, :3] @ np.tanh(W0 @ x0 + x0[:3])))


def test_dataclasses_and_numbers():
    g = fr.gradient(lambda m: np.sum(m.weights**2) * m.shift)(Model(np.array([1.0, 2.0]), 3.0))
    assert isinstance(g, Model)
    assert np.allclose(g.weights, [6, 12])
    assert g.shift == pytest.approx(5)
    assert g.name == "m"
    assert fr.gradient(lambda t: t**3)(2.0) == pytest.approx(12)


def test_several_arguments_by_number_and_by_name():
    def f(a, b, c=2.0):
        return np.sum(a * b) * c

    a, b = np.array([1.0, 2]), np.array([3.0, 4])
    ga, gb = fr.gradient(f, wrt=("a", 1))(a, b)
    assert np.allclose(ga, 2 * b)
    assert np.allclose(gb, 2 * a)
    assert np.allclose(fr.gradient(f, wrt="b")(a, b), 2 * a)
    with pytest.raises(FrechetError, match="no argument z; it has a, b, c"):
        fr.gradient(f, wrt="z")(a, b)
    with pytest.raises(FrechetError, match="no argument 5"):
        fr.gradient(f, wrt=5)(a, b)


def test_an_expression_still_gives_an_expression():
    assert str(fr.gradient("x'*x", "x")) == "2*x"


# --- shapes and modes -------------------------------------------------------------------------------------


def test_jacobians_have_the_shape_of_the_value_then_of_the_argument():
    A = RNG.standard_normal((2, 3))
    J = fr.jacobian(lambda X: X.T @ X)(A)
    assert J.shape == (3, 3, 2, 3)
    E = np.zeros((2, 3))
    E[1, 2] = 1
    assert np.allclose(J[:, :, 1, 2], E.T @ A + A.T @ E)
    wide = fr.jacobian(lambda X: np.sum(X, axis=0))(A)
    assert np.allclose(wide, np.einsum("jl,k->jkl", np.eye(3), np.ones(2)))


def test_hessians_products_and_nested_derivatives():
    f = lambda x: np.sum(np.exp(x) * x[::-1] ** 2)
    H = fr.hessian(f)(x0)
    v = RNG.standard_normal(6)
    assert np.allclose(H, H.T)
    assert np.allclose(fr.hvp(f)(x0, v), H @ v)
    assert np.allclose(fr.jacobian(fr.gradient(f))(x0), H)
    third = fr.gradient(lambda x: np.sum(fr.hvp(f)(x, v) * v))(x0)
    expected = finite.gradient(lambda x: fr.hvp(f)(x, v) @ v, x0)
    assert np.allclose(third, expected.value, rtol=1e-7)


def test_no_perturbation_is_confused():
    inner = lambda x: fr.gradient(lambda y: x * y)(1.0)
    assert fr.gradient(lambda x: x * inner(x))(3.0) == pytest.approx(6.0)  # d(x*x)
    outer = fr.jvp(lambda x: x * fr.jvp(lambda y: x + y)(1.0, 1.0)[1])
    assert outer(2.0, 1.0)[1] == pytest.approx(1.0)


def test_the_linear_map_and_its_adjoint():
    L = fr.linearize(lambda X: np.linalg.inv(X), np.eye(3) * 2)
    dX, W = RNG.standard_normal((2, 3, 3))
    assert np.allclose(L.value, np.eye(3) / 2)
    assert np.sum(L(dX) * W) == pytest.approx(np.sum(dX * L.T(W)))
    value, pull = fr.vjp(lambda x: x**2)(x0)
    assert np.allclose(pull(np.ones(6)), 2 * x0)
    assert np.allclose(value, x0**2)


def test_single_precision_stays():
    x = x0.astype(np.float32)
    g = fr.gradient(lambda x: np.sum(np.tanh(x) * 0.5 + x**2) / 3)(x)
    assert g.dtype == np.float32
    value, _ = fr.value_and_gradient(lambda x: np.sum(np.maximum(x, 0.7)))(x)
    assert value.dtype == np.float32


# --- control flow -------------------------------------------------------------------------------------------


def _babylonian(a):
    x = np.ones_like(a)
    while True:
        new = 0.5 * (x + a / x)
        if np.max(np.abs(new - x)) < 1e-14 * np.max(new):
            return np.sum(new)
        x = new


def _power_series(t, n=20):
    return 1.0 if n == 0 else 1 + t * _power_series(t, n - 1) / (21 - n)


def test_loops_recursion_and_branches():
    assert np.allclose(fr.gradient(_babylonian)(x0), 0.5 / np.sqrt(x0))
    assert fr.gradient(_power_series)(0.7) == pytest.approx(np.exp(0.7), rel=1e-9)
    branch = lambda x: np.sum(x**2) if x[0] > 1 else np.sum(x**3)
    assert np.allclose(fr.gradient(branch)(np.array([2.0, 1])), [4, 2])
    assert np.allclose(fr.gradient(branch)(np.array([0.5, 1])), [0.75, 3])


SCALE = 1.7
COUNT = 0


def _helper(x):
    return sla.expm(np.outer(x, x) / 9) * SCALE


def _counting(x):
    global COUNT
    COUNT += 1
    return np.sum(x**2)


class Network:
    def __init__(self, W):
        self.W = W
        self.calls = 0

    @property
    def scale(self):
        return math.sqrt(4.0)

    def hidden(self, x):
        self.calls += 1
        return np.array([math.tanh(v) for v in self.W @ x]) * self.scale

    def __call__(self, x):
        return np.sum(self.hidden(x) ** 2)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.sum(_helper(x)),
        lambda x: np.array([x[0], 2.0, x[1] * x[2]]) @ np.ones(3),
        lambda x: np.sum(np.asarray([[x[0], x[1]], [x[2], 1.0]]) @ np.ones((2, 2))),
        lambda x: math.sin(x[0]) * math.exp(float(x[1])) + max(x[2], x[3]) + min(x) + sum(x) + abs(x[0]) + pow(x[1], 3),
        lambda x: special.logsumexp(x) + special.gammaln(x).sum() + tanh(x)[0] + length(x),
        lambda x: np.sum(sorted(x, key=lambda t: -t)[0] * x),
        functools.partial(lambda a, x: np.sum(a * x**2), 3.0),
        lambda x: (lambda y: np.sum(np.array([y[0], y[1]]) ** 2))(x),
        Network(W0),
        Network(W0).hidden,
        lambda x: [np.sum(t) for t in np.split(x, 3)][1] ** 2,
        lambda x: functools.reduce(lambda a, b: a * b, x),
    ],
)  # fmt: skip
def test_names_that_protocols_do_not_reach(f):
    g = (lambda x: np.sum(f(x) ** 2)) if not np.isscalar(f(x0)) and np.ndim(f(x0)) else f
    _agrees(g, x0)


def test_imports_inside_a_function():
    def f(x):
        import numpy as numerics
        from scipy.special import expit

        y = numerics.zeros(6)
        y[2:4] = expit(x[:2])
        return numerics.sum(y * x)

    _agrees(f, x0)


def test_side_effects_happen():
    before = COUNT
    fr.gradient(_counting)(x0)
    assert before + 1 == COUNT
    net = Network(W0)
    fr.gradient(net)(x0)
    assert net.calls == 1


class Remembering:
    """Keeps what it has seen where no trace looks."""

    def __init__(self):
        self.seen = {}

    def __call__(self, x):
        before = self.seen.get("x", 0.0)
        self.seen["x"] = x[0] * 2
        return np.sum(x**2) + x[1] * before


def test_what_is_left_of_a_trace_is_numbers():
    memory = Remembering()
    g = fr.gradient(memory)
    for k in range(4):
        x = x0 + k
        found = g(x)
        expected = 2 * x + (2 * (x0[0] + k - 1) * (np.arange(6) == 1) if k else 0)
        assert type(found) is np.ndarray
        assert np.allclose(found, expected)
    left = memory.seen["x"]
    assert type(np.sin(left)) is np.float64
    assert float(left) == pytest.approx(2 * (x0[0] + 3))
    assert np.allclose(left * np.ones(2) + 1, 2 * (x0[0] + 3) + 1)


def test_what_is_given_is_not_changed():
    def f(x, data):
        x[0] = 5.0
        x *= 2
        return np.sum(x**2) + np.sum(data)

    x, data = x0.copy(), np.ones(3)
    g = fr.gradient(f)(x, data)
    assert np.array_equal(x, x0)
    assert np.allclose(g, [0, *(8 * x0[1:])])


# --- writes -----------------------------------------------------------------------------------------------------


def _fill(x):
    y = np.zeros(len(x))
    for i in range(len(x)):
        y[i] = x[i] ** 2 + x[i - 1]
    return np.sum(y**2)


def _augmented(x):
    y = x.copy()
    y += 1.5
    y *= x
    z = y
    z -= 0.5 * x**2
    y[y > 3.3] = 0.25
    return np.sum(y**2) + np.sum(z)


def _views(x):
    A = np.zeros((2, 3))
    row = A[1]
    row[:] = x[:3] ** 2
    A.T[0] = x[3:5]
    A.reshape(-1)[2] += x[5]
    flat = A.ravel()
    A *= 2.0
    return np.sum(flat**2) + np.sum(row)


def _views_of_views(x):
    y = x * 1.0
    part = y[1:5]
    inner = part[::2]
    inner += x[0]
    y[2] = 3 * x[1]
    return np.sum(part**3) + inner[1]


def _overlapping(x):
    y = x * 1.0
    y[1:] = y[:-1] * 2
    y[[0, 0, 3]] = x[1:4]
    return np.sum(y**2)


def _out(x):
    buffer = np.empty_like(x)
    np.exp(x, out=buffer)
    total = np.zeros(3)
    np.add.at(total, [0, 1, 1, 2, 0, 2], x)
    return np.sum(buffer * x) + np.sum(total**2)


def _swapped(x):
    y = x * 1.0
    y[0], y[1] = y[1], y[0]
    y[2:4], y[4:] = y[4:].copy(), y[2:4].copy()
    return y @ np.arange(6.0) ** 2


@pytest.mark.parametrize("f", [_fill, _augmented, _views, _views_of_views, _overlapping, _out, _swapped])
def test_writes(f):
    assert fr.linearize(f, x0).value == pytest.approx(f(x0.copy()))
    _agrees(lambda x: f(x * 1.0), x0)


# --- branches that are not taken, norms at zero --------------------------------------------------------------------


def test_the_branch_not_taken_makes_no_nan():
    x = np.array([-1.0, 0.0, 4.0])
    for f in (
        lambda x: np.sum(np.where(x > 0, np.sqrt(x), 0.0)),
        lambda x: np.sum(np.where(x > 0, np.log(x), x)),
        lambda x: np.sum(np.where(x != 0, np.sin(x) / x, 1.0)),
        lambda x: np.sum(np.where(x > 0, x**0.5, 0.0)),
    ):
        with np.errstate(all="ignore"):
            assert np.isfinite(fr.gradient(f)(x)).all()
    with np.errstate(all="ignore"):
        assert np.allclose(fr.gradient(lambda x: np.sum(np.where(x > 0, np.sqrt(x), 0.0)))(x), [0, 0, 0.25])


def test_norms_at_zero():
    z = np.zeros(3)
    assert np.array_equal(fr.gradient(lambda x: np.linalg.norm(x))(z), z)
    assert np.array_equal(fr.gradient(lambda x: np.std(x))(z), z)
    assert np.array_equal(fr.gradient(lambda x: np.sum(np.linalg.norm(x[:, None] - x, axis=1)))(z), z)


# --- refusals ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "words"),
    [
        (lambda x: x[0].item() ** 2, "item"),
        (lambda x: sum(x.tolist()), "tolist"),
        (lambda x: np.sum(x.astype(int) ** 2), "astype"),
        (lambda x: np.sum(np.round(x)), "round"),
        (lambda x: int(x[0]) * x[1], "int"),
        (lambda x: np.sum([1.0] * range(x[0])[0]), "range"),
        (lambda x: np.spacing(x)[0], "spacing"),
        (lambda x: np.nextafter(x, 1.0)[0], "nextafter"),
        (lambda x: x.view(np.int64)[0] * 1.0, "view"),
        (lambda x: x.byteswap()[0], "byteswap"),
        (lambda x: np.linalg.svd(x.reshape(2, 3))[0][0, 0], "full_matrices"),
        (lambda x: integrate.quad(lambda t: t * x[0], 0, 1)[0], "scipy.integrate.quad is not known"),
        (lambda x: optimize.brentq(lambda t: t**3 - x[0], 0, 2), "scipy.optimize.brentq is not known"),
    ],
)
def test_what_loses_the_derivative_is_refused_by_name(f, words):
    with pytest.raises(TracingError, match=words) as caught:
        fr.gradient(f)(x0)
    assert "fr.finite" in str(caught.value)


def test_wrong_questions():
    with pytest.raises(FrechetError, match="int64: there is nothing to differentiate by"):
        fr.gradient(lambda x: np.sum(x**2))(np.array([1, 2]))
    with pytest.raises(FrechetError, match=r"array of shape \(6,\); fr.jacobian"):
        fr.gradient(lambda x: x**2)(x0)
    with pytest.raises(FrechetError, match="complex"):
        fr.gradient(lambda x: np.fft.fft(x)[1])(x0)
    with pytest.raises(FrechetError, match="not a int"):
        fr.gradient(5)
    with pytest.raises(FrechetError, match="shape"):
        fr.jvp(lambda x: x)(x0, np.ones(3))
    with pytest.raises(FrechetError, match="invertible"):
        fr.gradient(lambda X: np.sum(np.linalg.inv(X)))(np.zeros((2, 2)))


def test_a_value_that_does_not_depend_warns_and_gives_zero():
    with pytest.warns(UserWarning, match="does not depend"):
        assert np.array_equal(fr.gradient(lambda x: 3.0)(x0), np.zeros(6))
    with pytest.warns(UserWarning, match="does not depend"):
        fr.gradient(lambda x: np.sum(np.sign(x)))(x0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fr.gradient(lambda x: np.sum(x))(x0)


# --- one process, many threads ----------------------------------------------------------------------------------------------


def test_threads_may_trace_at_once():
    results = {}

    def work(k):
        x = x0 + k
        for _ in range(20):
            results[k] = fr.hvp(lambda x: np.sum(_helper(x)) + _fill(x))(x, x0)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    for k in range(8):
        assert np.allclose(results[k], fr.hvp(lambda x: np.sum(_helper(x)) + _fill(x))(x0 + k, x0), rtol=1e-13)


def test_nothing_shared_is_patched():
    before = {name: getattr(np, name) for name in dir(np)}
    fr.gradient(_fill)(x0)
    assert all(getattr(np, name) is value for name, value in before.items())
    assert _fill.__globals__["np"] is np
    assert not isinstance(_fill(x0), Traced)


def test_calls_are_counted_by_the_way_they_are_met():
    def f(x):
        y = np.array([x[0], math.sin(x[1])])  # two parts, two names
        return (np.exp(y) * 2.0).sum()  # a protocol, an operator, a method

    report = fr.linearize(f, x0).report
    assert "4 by operators and methods of arrays, 1 by NumPy's protocols, 2 by names" in report
    assert report.startswith("f: 9 operations recorded, 9 of them active")


@pytest.mark.parametrize("eig", [np.linalg.eig, sla.eig], ids=["numpy", "scipy"])
def test_eig_is_refused_by_name_and_line(eig):
    def f(A):
        return np.sum(np.real(eig(A)[1]))

    with pytest.raises(TracingError, match=r"linalg.eig gives .*np.linalg.eigh .*test_code.py, line \d+"):
        fr.value_and_gradient(f)(np.eye(2))


def test_a_formula_given_to_hvp_is_refused_by_its_name():
    with pytest.raises(FrechetError, match=r"fr.hvp takes a Python function, not a str; of a formula .*hessian"):
        fr.hvp("x'*x", "x")
