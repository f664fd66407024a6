"""What the user holds goes to other processes and comes back the same, and works there."""

from __future__ import annotations

import copy
import multiprocessing
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import frechet as fr
from frechet.batch import declarations_of, load_cases
from frechet.expr.node import operations
from frechet.expr.sizes import size
from frechet.language import read

CASES = load_cases(Path(__file__).resolve().parents[1] / "data" / "cookbook.json")
rng = np.random.default_rng(0)
X, A = rng.standard_normal((4, 3)), rng.standard_normal((3, 4))
TEXT = "logdet(X'*X) + tr(A*X)"

copies = pytest.mark.parametrize(
    "again", [lambda o: pickle.loads(pickle.dumps(o)), copy.deepcopy, copy.copy], ids=["pickle", "deepcopy", "copy"]
)


def _derivative() -> fr.Answer:
    return fr.derivative(TEXT, "X")


def _called(target: str = "numpy") -> Any:
    run = fr.compile(_derivative().gradient, target)
    run(X=X, A=A)
    return run


def _solved() -> Any:
    op = _derivative().hessian().at(X=X, A=A)
    op.solve(X)
    return op


def _objective() -> Any:
    o = fr.objective(fr.parse("norm2(A*x - y)^2"), "x", A=A, y=np.ones(3))
    o.jac(np.ones(4))
    return o


# What is made, and numbers or text that tell whether it still works.
HELD: dict[str, tuple[Callable[[], Any], Callable[[Any], Any]]] = {
    "expression": (lambda: _derivative().gradient, str),
    "answer": (_derivative, lambda d: (str(d.gradient), d.at(X=X, A=A)(X))),
    "used answer": (lambda: _used(_derivative()), lambda d: (repr(d), d.at(X=X, A=A)(X))),
    "Hessian": (lambda: _derivative().hessian(), lambda h: (str(h.differential), h.at(X=X, A=A)(X))),
    "steps": (lambda: _derivative().steps, lambda steps: [str(s) for s in steps]),
    "verdict": (lambda: _derivative().check(seed=1), str),
    "report": (lambda: fr.check("x'*A*x", "x", claim="2*A*x", seed=1), str),
    "compiled": (lambda: fr.compile(_derivative().gradient), lambda run: run(X=X, A=A)),
    "several compiled": (lambda: fr.compile([_derivative().gradient]), lambda run: run(X=X, A=A)[0]),
    "called": (_called, lambda run: (run.source, run(X=X, A=A))),
    "compiled for JAX": (lambda: fr.compile(_derivative().gradient, "jax"), lambda run: np.asarray(run(X=X, A=A))),
    "called in PyTorch": (lambda: _called("torch"), lambda run: (run.source, np.asarray(run(X=X, A=A)))),
    "operator": (lambda: _derivative().hessian().at(X=X, A=A), lambda op: (op(X), op.T(X))),
    "adjoint": (lambda: _derivative().hessian().at(X=X, A=A).T, lambda op: (op(X), op.T(X))),
    "solved": (_solved, lambda op: op.solve(X)),
    "objective": (_objective, lambda o: (o.fun(np.ones(4)), o.jac(np.ones(4)), o.hess(np.ones(4)))),
    "finite": (lambda: fr.finite.derivative(np.sin, 1.0), repr),
    "size": (lambda: size("m") * size("n") + 1, str),
    "operation": (lambda: operations["logdet"], repr),
}


def _used(d: fr.Answer) -> fr.Answer:
    d.gradient, d.steps, d.adjoint, d.jacobian, d.assumptions, d.hessian().differential, d.at(X=X, A=A)
    return d


def _same(a: Any, b: Any) -> bool:
    if isinstance(a, tuple):
        return len(a) == len(b) and all(map(_same, a, b))
    return a == b if isinstance(a, str | list) else np.array_equal(a, b)


@copies
@pytest.mark.parametrize("name", HELD)
def test_copies_work_as_the_original(name, again):
    make, used = HELD[name]
    held = make()
    assert _same(used(again(held)), used(held))


@copies
@pytest.mark.parametrize("first", range(0, len(CASES), 16))
def test_expressions_come_back_as_themselves(first, again):
    for case in CASES[first : first + 16]:
        f = read(case["expr"], declarations_of(case)).expr
        for e in (f, fr.simplify(f), f.T, fr.simplify(f.T)):
            assert again(e) is e
    assert again(operations["inv"]) is operations["inv"]
    assert again(size("n") + 1) is size("n") + 1


ERRORS: dict[str, Callable[[], Any]] = {
    "language": lambda: fr.parse("tr(X*"),
    "shape": lambda: fr.parse("X*a", X="matrix(m,n)", a="vector(m)"),
    "derivative": lambda: fr.derivative("tr(X)", "Y"),
    "evaluation": lambda: fr.compile(fr.parse("inv(X)"))(X=np.zeros((2, 2))),
    "singular": lambda: fr.derivative("x'*A*x", "x").hessian().at(x=np.ones(2), A=np.zeros((2, 2))).solve(np.ones(2)),
    "budget": lambda: _beyond_the_budget(),
}


def _beyond_the_budget() -> None:
    with fr.budget(characters=3):
        fr.parse("tr(X)")


@copies
@pytest.mark.parametrize("name", ERRORS)
def test_errors_say_the_same(name, again):
    with pytest.raises(fr.FrechetError) as caught:
        ERRORS[name]()
    error = again(caught.value)
    assert type(error) is type(caught.value)
    assert str(error) == str(caught.value)
    assert vars(error) == vars(caught.value)


def _in_another_process(held: dict[str, Any]) -> dict[str, Any]:
    """What the copies give there; HELD is imported anew, nothing of the parent is left."""
    return {name: HELD[name][1](value) for name, value in held.items()}


def test_spawned_processes_work_with_them():
    names = [n for n in HELD if "JAX" not in n and "PyTorch" not in n]  # they take seconds to import
    held = {name: HELD[name][0]() for name in names}
    expected = {name: HELD[name][1](value) for name, value in held.items()}
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        found, e = pool.apply(_in_another_process, (held,)), pool.apply(fr.simplify, (_derivative().gradient,))
    assert e is _derivative().gradient
    for name in names:
        assert _same(found[name], expected[name]), name
