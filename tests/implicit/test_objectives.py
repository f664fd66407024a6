"""`fr.objective` in the hands of optimisers: SciPy's, and with JAX those of optax and optimistix."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import optax
import optimistix
import pytest
from scipy.optimize import minimize

import frechet as fr

jax.config.update("jax_enable_x64", True)

X = np.random.default_rng(0).standard_normal((50, 4))
y = np.sign(np.random.default_rng(1).standard_normal(50))
ROSENBROCK = "(1 - x[1])^2 + 100*(x[2] - x[1]^2)^2"


def logistic(target: str = "numpy") -> fr.Objective:
    f = fr.parse("sum(log(exp(-y.*(X*w)) + 1)) + w'*w/10", X="matrix(m,n)", w="vector(n)", y="vector(m)")
    return fr.objective(f, "w", target, X=X, y=y)


def factorization(target: str = "numpy") -> fr.Objective:
    f = fr.parse("norm2(T - U*V')^2 + norm2(U)^2", T="matrix(m,n)", U="matrix(m,k)", V="matrix(n,k)")
    return fr.objective(f, "U", target, T=X, V=X[:4, :2])


OBJECTIVES = {"logistic": (logistic, 4), "factorization": (factorization, 100)}
every_objective = pytest.mark.parametrize("name", OBJECTIVES)


def is_optimal(name: str, point) -> bool:
    """By the gradient of the NumPy objective."""
    return np.linalg.norm(OBJECTIVES[name][0]().jac(np.asarray(point))) < 1e-4


@every_objective
@pytest.mark.parametrize(
    ("method", "second"),
    [
        ("BFGS", ()),
        ("L-BFGS-B", ()),
        ("Newton-CG", ("hessp",)),
        ("Newton-CG", ("hess",)),
        ("trust-ncg", ("hessp",)),
        ("trust-krylov", ("hessp",)),
        ("trust-exact", ("hess",)),
        ("dogleg", ("hess",)),
        ("trust-constr", ("hessp",)),
    ],
)
def test_scipy_minimises(name, method, second):
    make, size = OBJECTIVES[name]
    o = make()
    derivatives = {what: getattr(o, what) for what in second}
    options = {"Newton-CG": {"xtol": 1e-10}, "L-BFGS-B": {"gtol": 1e-6, "ftol": 1e-14}}.get(method, {"gtol": 1e-6})
    together = minimize(o.fun_and_jac, np.zeros(size), jac=True, method=method, options=options, **derivatives)
    apart = minimize(o.fun, np.zeros(size), jac=o.jac, method=method, options=options, **derivatives)
    for found in (together, apart):
        assert is_optimal(name, found.x)
        assert np.isclose(found.fun, o.fun(found.x))


@every_objective
def test_scipy_takes_functions_of_jax(name):
    make, size = OBJECTIVES[name]
    o = make("jax")
    fun_and_jac, hessp = jax.jit(o.fun_and_jac), jax.jit(o.hessp)
    found = minimize(fun_and_jac, np.zeros(size), jac=True, hessp=hessp, method="trust-ncg", options={"gtol": 1e-6})
    assert is_optimal(name, found.x)


@every_objective
def test_optax_minimises(name):
    make, size = OBJECTIVES[name]
    o, solver = make("jax"), optax.lbfgs()

    @jax.jit
    def step(point, state):
        value, gradient = o.fun_and_jac(point)
        updates, state = solver.update(gradient, state, point, value=value, grad=gradient, value_fn=o.fun)
        return optax.apply_updates(point, updates), state

    point = jnp.zeros(size)
    state = solver.init(point)
    for _ in range(40):
        point, state = step(point, state)
    assert is_optimal(name, point)


@every_objective
def test_optimistix_minimises(name):
    make, size = OBJECTIVES[name]
    o = make("jax")
    solver = optimistix.BFGS(rtol=1e-10, atol=1e-10)
    found = optimistix.minimise(lambda point, _: o.fun(point), solver, jnp.zeros(size))
    assert is_optimal(name, found.value)


@every_objective
def test_optimistix_finds_a_root_of_the_gradient(name):
    """Newton's method on jac: JAX differentiates our gradient."""
    make, size = OBJECTIVES[name]
    o = make("jax")
    solver = optimistix.Newton(rtol=1e-10, atol=1e-10)
    found = optimistix.root_find(lambda point, _: o.jac(point), solver, jnp.zeros(size))
    assert is_optimal(name, found.value)


def test_jax_differentiates_the_objective_to_our_derivatives():
    o = logistic("jax")
    w, p = jnp.array([0.3, -1.0, 0.5, 2.0]), jnp.array([1.0, 0.5, -0.5, 2.0])
    assert np.allclose(jax.grad(o.fun)(w), o.jac(w))
    assert np.allclose(jax.hessian(o.fun)(w), o.hess(w))
    assert np.allclose(jax.jvp(o.jac, (w,), (p,))[1], o.hessp(w, p))
    assert np.allclose(jax.vmap(o.fun)(jnp.stack([w, p])), [o.fun(w), o.fun(p)])


def test_a_hard_valley():
    o = fr.objective(fr.parse(ROSENBROCK, x="vector(2)"), "x")
    found = minimize(o.fun_and_jac, [-1.2, 1.0], jac=True, hess=o.hess, method="trust-exact")
    assert np.allclose(found.x, 1, atol=1e-6)


def test_torch_objectives_are_followed_by_autograd():
    import torch

    o = logistic("torch")
    w = torch.zeros(4, dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.LBFGS([w], max_iter=100, tolerance_grad=1e-9, line_search_fn="strong_wolfe")

    def closure():
        optimiser.zero_grad()
        loss = o.fun(w)
        loss.backward()
        return loss

    optimiser.step(closure)
    assert is_optimal("logistic", w.detach().numpy())
