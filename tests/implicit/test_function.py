"""fr.implicit(F, solve): derivatives to third order, containers, structure, bad input."""

from __future__ import annotations

import importlib
import warnings
from typing import NamedTuple

import numpy as np
import pytest
import scipy.linalg
import scipy.sparse

import frechet as fr
from frechet.implicit.factors import SingularJacobian
from tests.implicit.against_differences import assert_gradient, assert_hessian_product

RNG = np.random.default_rng(0)
N = 5
W = 0.3 * RNG.standard_normal((N, N))
P0 = np.concatenate([[0.7], RNG.standard_normal(N)])


def residual(x, p):
    return np.tanh(p[0] * W @ x + p[1:]) - x


def iterated(p, count=200):
    x = np.zeros(N)
    for _ in range(count):
        x = np.tanh(p[0] * W @ x + p[1:])
    return x


@pytest.fixture
def x():
    return fr.implicit(residual, iterated)


def test_gradient_and_hessian_product(x):
    loss = lambda p: np.sum(x(p) ** 3) + p[0]
    assert_gradient(loss, P0)
    assert_hessian_product(loss, P0)
    assert x.certificate.digits > 12


def test_third_derivative(x):
    loss, v = lambda p: np.sum(x(p) ** 3), RNG.standard_normal(N + 1)
    found = fr.jvp(lambda p: fr.hvp(loss)(p, v))(P0, v)[1]
    expected = fr.finite.directional(lambda p: fr.hvp(loss)(p, v), P0, v)
    assert np.allclose(found, expected.value, rtol=1e-6, atol=50 * np.max(expected.error))


def test_its_own_derivatives(x):
    v, w = RNG.standard_normal(N + 1), RNG.standard_normal(N)
    value, dx = x.jvp(P0, v)
    assert np.array_equal(value, iterated(P0))
    assert np.allclose(dx, fr.finite.directional(iterated, P0, v).value, rtol=1e-8)
    _, pullback = x.vjp(P0)
    assert np.isclose(pullback(w) @ v, w @ dx, rtol=1e-12)
    assert np.allclose(x.jacobian(P0) @ v, dx, rtol=1e-12)
    expected = fr.finite.directional(lambda p: x.vjp(p)[1](w), P0, v)
    assert np.allclose(x.hvp(P0, w, v), expected.value, rtol=1e-6)
    assert x.check(P0).right


def test_forward_and_adjoint_are_chosen_by_the_counts(x):
    x.jacobian(P0)
    assert x.certificate.mode == "adjoint"  # five equations, six parameters
    few = fr.implicit(lambda x, a: np.tanh(a * W @ x + 1) - x, lambda a: iterated(np.append(a, np.ones(N))))
    few.jacobian(np.array(0.5))
    assert few.certificate.mode == "forward"


def test_the_record_does_not_grow_with_the_iterations():
    """Nothing of the solver is recorded: memory and time of the gradient do not depend on its steps."""
    sizes = []
    for count in (20, 2000):
        x = fr.implicit(residual, lambda p, count=count: iterated(p, count))
        sizes.append(len(fr.linearize(lambda p, x=x: np.sum(x(p) ** 2), P0).tape.ops))
    assert sizes[0] == sizes[1] < 10


class State(NamedTuple):
    level: float
    flow: np.ndarray


def test_containers():
    """Unknowns in a named tuple, parameters in a dict and a second argument, a setting that is no number."""

    def F(x, p, c):
        assert p["kind"] == "cubic"
        return x.level**3 + x.level - p["a"] * c, 2 * x.flow - p["B"] @ np.ones(2) * x.level

    def solve(p, c):
        roots = np.roots([1, 0, 1, -p["a"] * c])
        level = float(roots[np.argmin(np.abs(roots.imag))].real)
        level -= (level**3 + level - p["a"] * c) / (3 * level**2 + 1)
        return State(level, p["B"] @ np.ones(2) * level / 2)

    x = fr.implicit(F, solve)
    p = {"a": 3.0, "B": RNG.standard_normal((3, 2))}

    def loss(p, c):
        found = x({**p, "kind": "cubic"}, c)
        return found.level * np.sum(found.flow**2)

    assert_gradient(lambda p: loss(p, 1.5), p)
    assert_gradient(lambda c: loss(p, c), 1.5)
    assert x({**p, "kind": "cubic"}, 1.5).flow.shape == (3,)


def test_an_expression_is_solved_by_its_structure():
    A = RNG.standard_normal((4, 4))
    A = A @ A.T + 4 * np.eye(4)
    x = fr.implicit("X*X - A", lambda A: scipy.linalg.sqrtm(A).real)
    assert_gradient(lambda A: np.sum(x(A) ** 3), A)
    assert_hessian_product(lambda A: np.sum(x(A) ** 3), A)
    assert "sylvester" in x.certificate.method
    with pytest.raises(fr.LanguageError, match="all but the unknown"):
        fr.implicit("X*X - A", lambda B: B)


@pytest.mark.parametrize("library", ["jax", "torch"])
def test_functions_of_other_libraries(library):
    module = importlib.import_module(library)
    xp = module.numpy if library == "jax" else module

    def F(x, p):
        return xp.tanh(p["W"] @ x + p["b"]) - x

    def solve(p):
        x = 0 * p["b"] + xp.tanh(p["b"] if library == "torch" else xp.asarray(p["b"]))
        for _ in range(60):
            x = xp.tanh(p["W"] @ x + p["b"])
        return x

    def twin(b):
        x = np.zeros(N)
        for _ in range(60):
            x = np.tanh(W @ x + b)
        return x

    x = fr.implicit(F, solve)
    same = fr.implicit(lambda x, b: np.tanh(W @ x + b) - x, twin)
    loss, expected = lambda p: np.sum(x(p) ** 3), lambda b: np.sum(same(b) ** 3)
    p, v = {"W": W, "b": P0[1:]}, RNG.standard_normal(N)
    assert np.allclose(fr.gradient(loss)(p)["b"], fr.gradient(expected)(P0[1:]), rtol=1e-12)
    found = fr.hvp(lambda b: loss({"W": W, "b": b}))(P0[1:], v)
    assert np.allclose(found, fr.hvp(expected)(P0[1:], v), rtol=1e-10)
    with pytest.raises(fr.DerivativeError, match="start"):
        fr.gradient(loss)({**p, "start": np.ones(2)})


N_LONG = 120


def _diffusion(u, p):
    padded = np.concatenate([[0.0], u, [0.0]])
    return 2 * u - padded[2:] - 0.7 * padded[:-2] + 0.1 * p * u**3 - 0.01


def _diffused(p):
    u = np.zeros(N_LONG)
    for _ in range(30):
        J = scipy.sparse.diags([-0.7, 2 + 0.3 * p * u**2, -1.0], [-1, 0, 1], shape=(N_LONG, N_LONG)).tocsc()
        u = u - scipy.sparse.linalg.spsolve(J, _diffusion(u, p))
    return u


@pytest.mark.parametrize("structure", [None, "banded", "dense", "matrix-free"])
def test_structures(structure):
    x = fr.implicit(_diffusion, _diffused, structure=structure)
    p = RNG.uniform(1, 2, N_LONG)
    loss, v = lambda p: np.sum(x(p) ** 2), RNG.standard_normal(N_LONG)
    expected = fr.finite.directional(loss, p, v)
    assert np.isclose(fr.gradient(loss)(p) @ v, expected.value, rtol=1e-8)
    assert {None: "half-bandwidth 1", "banded": "banded", "dense": "dense", "matrix-free": "GMRES"}[
        structure
    ] in x.certificate.method


@pytest.mark.parametrize("kind", ["dense", "sparse", "operator"])
def test_a_jacobian_that_is_given(kind):
    def jacobian(u, p):
        J = scipy.sparse.diags([-0.7, 2 + 0.3 * p * u**2, -1.0], [-1, 0, 1], shape=(N_LONG, N_LONG)).tocsc()
        return {"dense": J.toarray, "sparse": lambda: J, "operator": lambda: scipy.sparse.linalg.aslinearoperator(J)}[
            kind
        ]()

    p = RNG.uniform(1, 2, N_LONG)
    given, plain = fr.implicit(_diffusion, _diffused, jacobian=jacobian), fr.implicit(_diffusion, _diffused)
    a, b = (fr.gradient(lambda p, x=x: np.sum(x(p) ** 2))(p) for x in (given, plain))
    assert np.allclose(a, b, rtol=1e-10)
    wrong = fr.implicit(
        _diffusion, _diffused, jacobian=lambda u, p: 1.001 * scipy.sparse.csc_matrix(jacobian(u, p) @ np.eye(N_LONG))
    )
    with pytest.raises(fr.DerivativeError, match="is not the derivative of F"):
        fr.gradient(lambda p: np.sum(wrong(p)))(p)


# --- bad input ------------------------------------------------------------------------------------------------------


def test_a_singular_jacobian_is_refused_with_its_null_vector():
    x = fr.implicit(lambda x, p: x**2 - p, lambda p: np.sqrt(p))
    with pytest.raises(fr.SingularOperatorError, match="singular") as caught:
        fr.gradient(lambda p: x(p))(0.0)
    assert np.allclose(caught.value.null, [1.0])
    M = np.array([[1.0, 2, 3], [2, 4, 6], [1, 0, 1]])
    y = fr.implicit(lambda x, p: M @ x - p, lambda p: np.linalg.lstsq(M, p, rcond=None)[0])
    with pytest.raises(SingularJacobian, match=r"rank about 2 for 3 unknowns.*not invertible") as caught:
        fr.gradient(lambda p: np.sum(y(p)))(M @ np.ones(3))
    assert np.allclose(M @ caught.value.null, 0, atol=1e-14)


def test_a_kernel_that_the_loss_does_not_see():
    """Entropic transport: potentials up to a constant."""
    C, a, eps = RNG.random((4, 3)), np.full(4, 0.25), 0.2

    def plan(f, g, C):
        return np.exp((f[:, None] + g - C) / eps)

    def F(x, C):
        P = plan(*x, C)
        return P.sum(axis=1) - a, P.sum(axis=0) - 1 / 3

    def solve(C):
        g = np.zeros(3)
        for _ in range(600):
            f = eps * (np.log(a) - np.log(np.exp((g - C) / eps).sum(axis=1)))
            g = eps * (np.log(1 / 3) - np.log(np.exp((f[:, None] - C) / eps).sum(axis=0)))
        return f, g

    x = fr.implicit(F, solve, up_to_kernel=True)
    cost = lambda C: np.sum(C * plan(*x(C), C))
    assert_gradient(cost, C)
    assert_hessian_product(cost, C)
    with pytest.raises(fr.SingularOperatorError, match="the loss sees the kernel"):
        fr.gradient(lambda C: np.sum(x(C)[0]))(C)
    with pytest.raises(fr.SingularOperatorError, match="up_to_kernel"):
        fr.gradient(lambda C: np.sum(C * plan(*fr.implicit(F, solve)(C), C)))(C)


@pytest.mark.parametrize("derivative", [fr.gradient, fr.hessian], ids=["gradient", "hessian"])
def test_a_solver_that_stopped_early_warns(derivative):
    x = fr.implicit(residual, lambda p: iterated(p, 3))
    with pytest.warns(fr.implicit.PrecisionWarning, match=r"has not converged.*residual"):
        derivative(lambda p: np.sum(x(p) ** 2))(P0)


def test_the_stated_error_is_honest():
    """Over solvers stopped anywhere, the true error of the gradient is below the stated one in 95 of 100."""
    below, count, sharp = 0, 0, 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        n = int(rng.integers(1, 8))
        A = rng.standard_normal((n, n))
        A *= rng.uniform(0.3, 0.95) / np.linalg.norm(A, 2)
        p = rng.standard_normal(n)

        def iterate(p, steps, A=A, n=n):
            x = np.zeros(n)
            for _ in range(steps):
                x = np.tanh(A @ x + p)
            return x

        F = lambda x, p, A=A: np.tanh(A @ x + p) - x
        w = rng.standard_normal(n)
        exact = fr.implicit(F, lambda p: iterate(p, 1500)).vjp(p)[1](w)
        steps = int(rng.integers(2, 40))
        x = fr.implicit(F, lambda p, steps=steps: iterate(p, steps))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", fr.implicit.PrecisionWarning)
            found = x.vjp(p)[1](w)
        error = np.linalg.norm(found - exact) / np.linalg.norm(exact)
        count += 1
        below += error <= x.certificate.error
        sharp += x.certificate.error <= 1e3 * max(error, 1e-14)
    assert below >= 0.95 * count
    assert sharp >= 0.5 * count  # not by stating that nothing is known


@pytest.mark.parametrize("equations", [1, 3])
def test_the_wrong_number_of_equations(equations):
    x = fr.implicit(lambda x, p: np.concatenate([x, x])[:equations] - p, lambda p: np.array([p, p]))
    with pytest.raises(fr.ShapeError, match=rf"{equations} equations for 2 unknowns.*square"):
        fr.gradient(lambda p: np.sum(x(p)))(1.0)


def test_a_parameter_that_F_does_not_contain():
    x = fr.implicit(lambda x, p, start: x**2 - p["a"], lambda p, start: np.sqrt(p["a"]))
    with pytest.raises(fr.DerivativeError, match=r"does not contain start: .*start value"):
        fr.gradient(lambda s: x({"a": 2.0}, s))(1.0)
    assert np.isclose(fr.gradient(lambda a: x({"a": a}, 1.0))(2.0), 1 / (2 * np.sqrt(2.0)))


def test_check_compares_with_the_solver():
    right = fr.implicit(residual, iterated, check=True)
    fr.gradient(lambda p: np.sum(right(p)))(P0)
    wrong = fr.implicit(lambda x, p: np.tanh(p[0] * W @ x + 1.01 * p[1:]) - x, iterated, check=True)
    with (
        pytest.raises(fr.DerivativeError, match="F does not describe what the solver solves"),
        pytest.warns(fr.implicit.PrecisionWarning),
    ):
        fr.gradient(lambda p: np.sum(wrong(p)))(P0)
    with pytest.raises(fr.DerivativeError, match="F does not describe"), pytest.warns(fr.implicit.PrecisionWarning):
        fr.gradient(lambda p: np.sum(wrong(p)))(P0)  # again


def test_gmres_that_stagnates_is_an_error():
    n = 2100
    shift = lambda x, p: (
        np.concatenate([x[1:], x[:1]]) * 1.0 - p
    )  # a cyclic shift: GMRES makes no progress before n steps
    x = fr.implicit(shift, lambda p: np.concatenate([p[-1:], p[:-1]]))
    with pytest.raises(fr.ConvergenceError, match="did not converge"):
        fr.gradient(lambda p: x(p)[0] + x(p)[7])(np.random.default_rng(0).standard_normal(n))


def test_a_solution_that_is_not_finite_is_refused():
    for solve in (lambda p: np.inf, lambda p: p):
        x = fr.implicit(lambda x, p: np.log(-p * x), solve)
        with np.errstate(all="ignore"), pytest.raises(fr.EvaluationError, match="not finite"):
            fr.gradient(lambda p, x=x: x(p))(1.0)


def test_nothing_is_remembered_of_what_has_changed_elsewhere():
    """The solution of c*(x - 1) = p at p = 0 does not depend on c, its derivative does."""
    data = {"c": 2.0}
    x = fr.implicit(lambda x, p: data["c"] * (x - 1) - p, lambda p: 1 + p / data["c"])
    assert fr.gradient(lambda p: x(p))(0.0) == 0.5
    data["c"] = 4.0
    assert fr.gradient(lambda p: x(p))(0.0) == 0.25
    shift = np.zeros(2)
    y = fr.implicit.linear(lambda p: np.eye(2), lambda p: p + shift)
    assert np.allclose(y(np.ones(2)), 1)
    shift += 1
    assert np.allclose(fr.gradient(lambda p: np.sum(y(p) ** 2))(np.ones(2)), 4)


def test_whole_numbers_of_a_solver_are_numbers():
    x = fr.implicit(lambda x, p: x**2 - p, lambda p: 2)
    assert np.isclose(fr.gradient(lambda p: x(p))(4.0), 0.25)


def test_the_warning_names_the_users_line():
    x = fr.implicit(residual, lambda p: iterated(p, 3))
    with pytest.warns(fr.implicit.PrecisionWarning) as caught:
        fr.gradient(lambda p: np.sum(x(p)))(P0)
    assert caught[0].filename == __file__


def test_what_is_no_equation():
    with pytest.raises(fr.FrechetError, match="structure='tridiagonal' is not known"):
        fr.implicit(residual, iterated, structure="tridiagonal")
    with pytest.raises(fr.FrechetError, match="solve is a function"):
        fr.implicit(residual, np.ones(3))
    with pytest.raises(fr.FrechetError, match="F is a function"):
        fr.implicit(3, iterated)
    with pytest.raises(fr.FrechetError, match="library='theano'"):
        fr.implicit(residual, iterated, library="theano")


def _with_a_parameter(p):
    return fr.implicit(lambda x, q: x**2 - p * q, lambda q: np.sqrt(2.0 * q))(p)


FROM_OUTSIDE = {
    "beside a parameter": _with_a_parameter,
    "without one": lambda p: fr.implicit(lambda x: x**2 - p, lambda: np.sqrt(2.0))(),
    "in a list": lambda p: (lambda c: fr.implicit(lambda x, q: x**2 - c[0] * q, lambda q: np.sqrt(2.0 * q))(p))([p]),
    "root": lambda p: fr.root(lambda x: x**2 - p, 1.0)(),
    "minimum": lambda p: fr.minimize(lambda x: np.sum((x - p) ** 2), np.zeros(2))()[0],
    "with constraints": lambda p: fr.minimize(lambda x: x @ x, np.zeros(2), equality=lambda x: x[0] - p)()[0],
    "differential equation": lambda p: fr.odeint(lambda t, y: -p * y, np.ones(1), np.array([0.0, 1.0]))[-1, 0],
}


@pytest.mark.parametrize("kind", FROM_OUTSIDE)
def test_what_is_differentiated_by_is_a_parameter(kind):
    """Not a variable of the surroundings: its part of the derivative would be lost."""
    with pytest.raises(fr.FrechetError, match=r"from outside, and .* is differentiated by: make it a parameter"):
        fr.gradient(FROM_OUTSIDE[kind])(2.0)


def test_a_variable_from_outside_that_stands_still():
    c = 3.0
    x = lambda p: fr.implicit(lambda x, q: x**2 - c * q, lambda q: np.sqrt(c * q))(p)
    assert np.isclose(fr.gradient(x)(2.0), np.sqrt(c / 2) / 2, rtol=1e-12)


def test_real_and_complex_parameters_in_turn():
    x = fr.implicit(lambda x, A, b: A @ x - b, np.linalg.solve)
    A, b = np.array([[2.0, 1.0], [0.0, 3.0]]), np.ones(2)
    loss = lambda A: lambda b: np.real(np.sum(x(A, b)))
    assert np.allclose(fr.gradient(loss(A))(b), np.linalg.solve(A.T, np.ones(2)))
    with pytest.raises(fr.FrechetError, match="is complex: give its real and imaginary parts"):
        fr.gradient(loss(A * (1 + 1j)))(b)
    y = fr.implicit(lambda x, p: (x - p) * 1j, lambda p: p)
    with pytest.raises(fr.FrechetError, match="is complex: write its real and imaginary parts"):
        fr.gradient(lambda p: y(p))(2.0)


def test_a_solution_without_entries():
    x = fr.implicit(lambda x, p: p * x, lambda p: np.zeros(0))
    with pytest.warns(UserWarning, match="does not depend on"):
        assert fr.gradient(lambda p: np.sum(x(p)))(2.0) == 0


def test_a_solution_is_differentiated_by_itself():
    """fr.gradient(x) as well as fr.gradient(lambda p: x(p)): 2*x*dx = dp."""
    root = fr.implicit(lambda x, p: x * x - p, np.sqrt)
    np.testing.assert_allclose(fr.gradient(root)(4.0), 0.25, rtol=1e-14)
    np.testing.assert_allclose(fr.jacobian(root)(np.array([1.0, 4.0])), np.diag([0.5, 0.25]), rtol=1e-14)


def test_parts_of_a_solution_by_calls_of_their_own():
    """x(p)[0] and x(p)[1] each see the kernel of the potentials of a transport, together they do not; and there is one solve."""
    C, a, b = np.arange(6.0).reshape(2, 3) / 7, np.array([0.4, 0.6]), np.array([0.2, 0.3, 0.5])

    def solve(C):
        u = np.ones(2)
        for _ in range(500):
            v = b / (np.exp(-C).T @ u)
            u = a / (np.exp(-C) @ v)
        return np.log(u), np.log(v)

    def plan(f, g, C):
        return np.exp(f[:, None] + g[None, :] - C)

    def F(z, C):
        T = plan(*z, C)
        return T.sum(axis=1) - a, T.sum(axis=0) - b

    x = fr.implicit(F, solve, up_to_kernel=True)
    assert_gradient(lambda C: np.sum(plan(x(C)[0], x(C)[1], C) ** 2), C)
    both = lambda C, D: np.sum(plan(x(D)[0], x(D)[1], D) ** 2) + np.sum(plan(*x(C), C) ** 3)
    assert_gradient(lambda C: both(C, 2 * C), C)
    with pytest.raises(fr.SingularOperatorError, match="the loss sees the kernel"):
        fr.gradient(lambda C: np.sum(x(C)[0]))(C)


def test_a_second_call_is_an_array_of_its_own():
    x = fr.implicit(lambda x, p: x**3 - p, np.cbrt)

    def loss(p):
        first, second = x(p), x(p)
        first[0] = 0.0
        return np.sum(first**2) + np.sum(second**2 * x(p))

    assert_gradient(loss, np.array([1.0, 8.0]))
    scale = [1.0]
    y = fr.implicit(lambda y, p: y - scale[0] * p, lambda p: scale[0] * p)

    def moved(p):
        first = y(p)
        scale[0] = 2.0
        value = np.sum(first) + np.sum(y(p))
        scale[0] = 1.0
        return value

    with pytest.warns(fr.implicit.PrecisionWarning):  # F is not what it was
        assert fr.value_and_gradient(moved)(np.ones(2))[0] == 6.0


@pytest.mark.parametrize("direction", [1.0, 1, np.float64(1), np.array(1.0)])
def test_directions_are_numbers_of_any_kind(direction):
    x = fr.implicit(lambda x, p: np.array([x[0] ** 2 - p, x[1] - p]), lambda p: np.array([p**0.5, p]))
    assert np.isclose(fr.hvp(lambda p: np.sum(x(p) ** 4))(3.0, direction), 2 + 12 * 9)
