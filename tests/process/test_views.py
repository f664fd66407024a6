"""No result shares memory with what the user gave, or with what an operator keeps; arguments are not modified."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
import torch

import frechet as fr
from frechet.errors import FrechetError
from frechet.expr.evaluate import evaluate, evaluate_all
from frechet.expr.node import Expr, symbols
from tests.rules.instances import OPERATIONS, instances_of


def _shares(result: Any, arrays: Mapping[Any, np.ndarray]) -> bool:
    return any(np.shares_memory(result, a) for a in arrays.values())


def _copied(arrays: Mapping[Any, np.ndarray]) -> dict[Any, np.ndarray]:
    return {name: a.copy() for name, a in arrays.items()}


def _unchanged(arrays: Mapping[Any, np.ndarray], before: Mapping[Any, np.ndarray]) -> bool:
    return all(np.array_equal(a, before[name], equal_nan=True) for name, a in arrays.items())


@pytest.mark.parametrize("op", OPERATIONS, ids=lambda op: op.name)
def test_values_are_no_views(op):
    """f and f' of every operation, at every shape that it is tested at."""
    for instance in instances_of(op):
        values = {a: v for a, v in zip(instance.args, instance.arrays, strict=True) if a.op.name == "symbol"}
        before = _copied(values)
        for root in (instance.node, instance.node.T):
            assert not _shares(evaluate(root, values, instance.sizes), values), instance.label
            assert _unchanged(values, before), instance.label


@pytest.mark.parametrize("op", OPERATIONS, ids=lambda op: op.name)
def test_compiled_values_are_no_views(op):
    for instance in list(instances_of(op))[:2]:
        run = fr.compile([instance.node, instance.node.T], sizes=instance.sizes)
        arrays = {
            a.name: v.reshape(() if a.is_scalar else -1 if a.is_vector else v.shape)
            for a, v in zip(instance.args, instance.arrays, strict=True)
            if a.op.name == "symbol" and a.name in run.names
        }
        before = _copied(arrays)
        for result in run(**arrays):
            assert not _shares(result, arrays), instance.label
        assert _unchanged(arrays, before), instance.label


def test_values_are_no_views_of_each_other():
    X = fr.matrix("X", "m", "n")
    given = np.arange(6.0).reshape(2, 3)
    results = evaluate_all([X, X.T, fr.exp(X), fr.exp(X).T, X], {X: given})
    for i, a in enumerate(results):
        assert not any(np.shares_memory(a, b) for b in [given, *results[:i]])


OPERATORS = [
    ("X", "X"), ("X'", "X"), ("2*X", "X"), ("vec(X)", "X"), ("X + A", "X"), ("A*X", "X"), ("X*A", "X"), ("A*X*A'", "X"),
    ("A.*X", "X"), ("A*x", "x"), ("x", "x"), ("diag(y)*x", "x"), ("A*X + X*A", "X"), ("inv(X)", "X"), ("X*X", "X"),
    ("tr(A*X)", "X"), ("x'*A*x", "x"), ("sum(exp(x))", "x"), ("x*y'", "x"),
]  # fmt: skip


def _point(f: Expr) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(3)
    return {
        s.name: rng.standard_normal(3 if s.is_vector else (3, 3)) + (0 if s.is_vector else 2 * np.eye(3))
        for s in symbols(f)
    }


@pytest.mark.parametrize(("text", "wrt"), OPERATORS)
def test_operators_share_nothing(text, wrt):
    """Every result may be written to: the operator, its arguments and the user's arrays stay what they are."""
    f = fr.parse(text)
    given = _point(f)
    before = _copied(given)
    op = fr.derivative(f, wrt).at(**given)
    rng = np.random.default_rng(5)
    dX, W = rng.standard_normal(op.domain.shape), rng.standard_normal(op.codomain.shape)
    asked = {
        "apply": (op, dX),
        "adjoint": (op.T, W),
        "solve": (op.solve, W),
        "least squares": (op.lstsq, W),
        "matrix": (lambda _: op.to_dense(), W),
        "tensor": (lambda _: op.tensor(), W),
        "eigenvalues": (lambda _: op.eigvals(), W),
    }
    for name, (ask, argument) in asked.items():
        untouched = argument.copy()
        try:
            result = ask(argument)
        except FrechetError:  # not square, or singular
            continue
        assert not _shares(result, {**given, "argument": argument}), name
        expected = result.copy()
        result[...] = np.nan
        assert np.array_equal(argument, untouched), name
        assert np.array_equal(ask(argument), expected), name
    assert _unchanged(given, before)


@pytest.mark.parametrize(("text", "wrt"), OPERATORS)
def test_an_operator_stays_when_the_arrays_change(text, wrt):
    f = fr.parse(text)
    given = _point(f)
    op = fr.derivative(f, wrt).at(**given)
    expected = op.to_dense().copy()
    for a in given.values():
        a[...] = 7.0
    assert np.array_equal(fr.derivative(f, wrt).at(**_point(f)).to_dense(), expected)
    assert np.array_equal(op.to_dense(), expected)
    assert np.array_equal(op(np.ones(op.domain.shape)), fr.derivative(f, wrt).at(**_point(f))(np.ones(op.domain.shape)))


def test_one_sided_derivatives_are_no_views():
    X, dX = np.ones((2, 3)), np.full((2, 3), 2.0)
    result = fr.derivative("X", "X").one_sided(X=X, dX=dX)
    assert np.array_equal(result, dX)
    assert not _shares(result, {"X": X, "dX": dX})


@pytest.mark.parametrize(
    "text", ["vec(X')", "vec(X)", "vec(X')'", "unvec(vec(X'), n, m)", "unvec(vec(X'), n, m)'", "vec(unvec(x, 2, 3))"]
)
@pytest.mark.parametrize("order", ["C", "F"])
def test_compiled_reshapes_are_no_views(text, order):
    """In either order of the entries in memory."""
    given = {"X": np.array(np.arange(6.0).reshape(2, 3), order=order), "x": np.arange(6.0)}
    run = fr.compile(fr.parse(text, X="matrix(m,n)", x="vector(6)"))
    given = {name: given[name] for name in run.names}
    assert not _shares(run(**given), given)


@pytest.mark.parametrize(
    "formula",
    ["X", "X'", "x", "x'", "c", "vec(X)", "vec(X')", "X[:,1]", "X[1,:]", "X[1,2]", "x[1:2]", "diag(X)", "unvec(z,2,2)", "1*X", "X + 0*X", "[X, X]",
     "tril(X)", "tr(X)", "z[2]"],
)  # fmt: skip
def test_tensors_that_come_out_are_no_views(formula):
    shapes = {"X": (2, 2), "x": (2,), "z": (4,), "c": ()}
    kinds = {"X": "matrix(2,2)", "x": "vector(2)", "z": "vector(4)", "c": "scalar"}
    f = fr.parse(formula, **{s: kinds[s] for s in kinds if s in formula.replace("vec", "").replace("unvec", "")})
    given = {s.name: torch.arange(1.0, 1 + int(np.prod(shapes[s.name]))).reshape(shapes[s.name]) for s in symbols(f)}
    result = f.compile("torch")(**given)
    starts = {a.untyped_storage().data_ptr() for a in given.values()}
    assert result.untyped_storage().data_ptr() not in starts
    result.mul_(2)
    assert all(float(a.ravel()[0]) == 1.0 for a in given.values())


# --- Python functions, objectives, solutions, differences --------------------------------------------------


def _arrays_in(result: Any, depth: int = 0) -> list[np.ndarray]:
    """The arrays of a result, in containers and in what our own objects show."""
    if isinstance(result, np.ndarray):
        return [result]
    if isinstance(result, Mapping):
        return [a for value in result.values() for a in _arrays_in(value, depth + 1)]
    if isinstance(result, list | tuple):
        return [a for value in result for a in _arrays_in(value, depth + 1)]
    is_ours = type(result).__module__.startswith("frechet") and hasattr(result, "__dict__") and depth < 3
    return [a for value in vars(result).values() for a in _arrays_in(value, depth + 1)] if is_ours else []


GIVEN = {
    "X": np.arange(1.0, 10.0).reshape(3, 3) + 5 * np.eye(3),
    "x": np.array([1.0, 2.0, 3.0]),
    "dX": np.ones((3, 3)),
    "dx": np.ones(3),
}
TRACED = {
    "itself": lambda a: a, "transpose": lambda a: a.T, "ravel": lambda a: a.ravel(), "slice": lambda a: a[:2], "reversed": lambda a: a[::-1],
    "reshape": lambda a: a.reshape(-1), "two": lambda a: (a, a.T), "mapping": lambda a: {"a": a, "b": 2 * a},
}  # fmt: skip


def _assert_own(ask: Callable[..., Any], given: dict[str, np.ndarray]) -> None:
    before = _copied(given)
    results = _arrays_in(ask(**given))
    assert results
    assert not any(_shares(a, given) for a in results)
    assert _unchanged(given, before)


@pytest.mark.parametrize("name", TRACED)
@pytest.mark.parametrize("kind", ["X", "x"])
def test_derivatives_of_python_functions_are_no_views(name, kind):
    f, given = TRACED[name], {"a": GIVEN[kind].copy(), "da": GIVEN[f"d{kind}"].copy()}
    _assert_own(lambda a, da: fr.jvp(f)(a, da), given)
    _assert_own(lambda a, da: fr.linearize(f, a)(da), given)
    W = fr.jvp(f)(given["a"], given["da"])[1]
    _assert_own(lambda a, da: fr.vjp(f)(a)[1](W), given)
    if name not in ("two", "mapping"):
        _assert_own(
            lambda a, da: (
                fr.vjp(f)(a)[1](da.reshape(np.shape(f(da)))) if np.size(f(da)) == da.size else fr.vjp(f)(a)[0]
            ),
            given,
        )
        _assert_own(lambda a, da: fr.jacobian(f)(a), given)
        _assert_own(lambda a, da: fr.finite.directional(f, a, da), given)


SOLVED: dict[str, tuple[Callable[..., Any], dict[str, np.ndarray]]] = {
    "gradient of a linear function": (lambda w, x: fr.gradient(lambda a: w @ a)(x), {"w": np.ones(3), "x": np.ones(3)}),
    "value and gradient": (lambda x: fr.value_and_gradient(lambda a: a @ a)(x), {"x": np.ones(3)}),
    "products with a Hessian": (lambda x, v: fr.hvp(lambda a: a @ a / 2)(x, v), {"x": np.ones(3), "v": np.ones(3)}),
    "objective of an expression": (
        lambda w, x, v: (o := fr.objective(fr.parse("w'*x", w="vector(n)", x="vector(n)"), "x", w=w)) and [o.jac(x), o.hess(x), o.hessp(x, v)],
        {"w": np.ones(3), "x": np.ones(3), "v": np.ones(3)},
    ),
    "objective of a matrix": (
        lambda A, x: fr.objective(fr.parse("tr(A*X)", A="matrix(3,3)", X="matrix(3,3)"), "X", A=A).jac(x),
        {"A": np.ones((3, 3)), "x": np.ones(9)},
    ),
    "objective of a Python function": (
        lambda w, x, v: (o := fr.objective(lambda a: w @ a, x)) and [o.jac(x), o.hess(x), o.hessp(x, v)],
        {"w": np.ones(3), "x": np.ones(3), "v": np.ones(3)},
    ),
    "a root that is where it starts": (
        lambda b, x: fr.root(fr.parse("x - b", x="vector(3)", b="vector(3)"), "x", x, {"b": b}),
        {"b": np.ones(3), "x": np.ones(3)},
    ),
    "a minimum that is where it starts": (lambda X: fr.minimize(fr.parse("norm2(X)^2", X="matrix(3,3)"), "X", X), {"X": np.zeros((3, 3))}),
    "differences": (lambda x: fr.finite.gradient(lambda a: a @ a, x), {"x": np.ones(3)}),
}  # fmt: skip


@pytest.mark.parametrize("name", SOLVED)
def test_solutions_and_objectives_are_no_views(name):
    ask, given = SOLVED[name]
    _assert_own(ask, {k: a.copy() for k, a in given.items()})
