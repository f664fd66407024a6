"""The law of complex arrays: evaluation, the compiled targets and operators agree on them, or all of them refuse.

A row declares the arguments in which it is holomorphic. There the Cauchy-Riemann equations hold, the differential is the
complex derivative, and the adjoint is Hermitian; in the others nobody takes complex arrays.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import numpy as np
import pytest

import frechet as fr
from frechet.compile.compiled import RUNNABLE
from frechet.expr.evaluate import evaluate
from frechet.expr.holomorphy import refuse_complex
from frechet.expr.node import Expr, Operation, postorder, symbols
from frechet.expr.structure import ZEROS
from frechet.operators.linearize import linearize
from tests.compile.corpus import SLOW_TO_COMPILE, Case
from tests.compile.julia_library import JuliaError
from tests.compile.points import at_border
from tests.compile.runners import RUNNERS
from tests.rules.instances import OPERATIONS, Instance, instances_of

jax.config.update("jax_enable_x64", True)
MATRIX_OPERATIONS = [op for op in OPERATIONS if instances_of(op)[0].active]
REFUSED = "no meaning for complex numbers|two readings for complex"
STEP = 1e-5


def _first(op: Operation) -> Instance:
    """A point where the row stands for itself; of a row that is always written in others, the first."""
    return next((p for p in instances_of(op) if p.node.op is op), instances_of(op)[0])


def _takes(point: Instance, i: int) -> bool:
    """Whether complex arrays are taken: as the row declares, or as the rows do that it is written in."""
    op = point.op
    if point.node.op is op and op.definition is None:
        return op.holomorphic is True or (op.holomorphic is not False and i in op.holomorphic)
    try:
        refuse_complex([point.node], [point.args[i]])
    except fr.EvaluationError:
        return False
    return True


def _drawn(rng: np.random.Generator, a: np.ndarray) -> np.ndarray:
    return rng.standard_normal(a.shape) + 1j * rng.standard_normal(a.shape)


def _complex_at(point: Instance, i: int) -> dict[Expr, np.ndarray]:
    """The arrays of a point, argument i with an imaginary part."""
    values = {a: v for a, v in zip(point.args, point.arrays, strict=True) if a.op.name == "symbol"}
    moved = values[point.args[i]]
    return values | {point.args[i]: moved + 0.05j * np.random.default_rng(1).uniform(0.2, 1, moved.shape)}


def _called(f: Expr, target: str, values: dict[Expr, np.ndarray], sizes: dict[str, int]) -> np.ndarray | None:
    """The value; None where the library has no code for the row."""
    try:
        return np.asarray(f.compile(target, sizes)(**{s.name: at_border(s, values[s]) for s in symbols(f)}))
    except fr.FrechetError as error:
        if "there is no" in str(error):
            return None
        raise


def _refused(ask: Callable[[], Any]) -> bool:
    with pytest.raises(fr.EvaluationError, match=REFUSED):
        ask()
    return True


@pytest.mark.parametrize("op", MATRIX_OPERATIONS, ids=lambda op: op.name)
def test_targets_agree_or_refuse(op):
    point = _first(op)
    for i in point.active:
        values = _complex_at(point, i)
        if not _takes(point, i):
            assert _refused(lambda values=values: evaluate(point.node, values, point.sizes))
            for target in RUNNABLE:
                assert _refused(lambda values=values, t=target: _called(point.node, t, values, point.sizes))
            assert _refused(
                lambda values=values, i=i: linearize(fr.derivative(point.node, point.args[i]), values, point.sizes)
            )
            continue
        want = at_border(point.node, evaluate(point.node, values, point.sizes))
        assert np.isfinite(want).all()
        for target in RUNNABLE:
            got = _called(point.node, target, values, point.sizes)
            if got is None:
                continue
            np.testing.assert_allclose(got, want, rtol=1e-9, atol=1e-9 * np.abs(want).max(), err_msg=f"{target}, {i}")


def _refused_alone(f: Expr, target: str, real: dict, turned: dict, want: np.ndarray) -> None:
    """Code that runs alone gives the value at real eigenvalues, and an error or NaN at complex ones."""
    sizes = {"n": 2, "m": 2}
    value, refused = RUNNERS[target]([Case("", f, sizes, arrays, want) for arrays in (real, turned)])
    np.testing.assert_allclose(value, want, rtol=1e-9, err_msg=target)
    assert "must be real" in str(refused) or np.isnan(refused).all(), f"{target} gives {refused}"


@pytest.mark.parametrize(
    "text", ["norm2(eigvals(A))^2", "sum(abs(eigvals(A)))", "max(2*eigvals(A))", "norm1(eigvecs(A)*B)"]
)
def test_what_is_complex_at_real_arrays_is_refused_where_that_matters(text):
    """The derivatives, by laws of real matrices, would be false: f is |z|^2 there, and they are those of z^2."""
    f = fr.parse(text, A="matrix(2,2)", **({"B": "matrix(2,2)"} if "B" in text else {}))
    d = fr.derivative(f, "A")
    assert any(a.endswith("is real") for a in d.assumptions)
    real, turned = np.array([[1.0, 2.0], [0.5, 3.0]]), np.array([[0.0, 1.0], [-1.0, 0.5]])
    rest = {"B": np.ones((2, 2))} if "B" in text else {}
    values = {s: rest.get(s.name, turned) for s in symbols(f)}
    want = at_border(f, evaluate(f, {s: rest.get(s.name, real) for s in symbols(f)}))
    for target in ("numpy", "jax"):  # the products of PyTorch do not mix real and complex tensors: it has no eigvals
        run = f.compile(target)
        np.testing.assert_allclose(np.asarray(run(A=real, **rest)), want, rtol=1e-9)
        _refused_alone(f, target, {"A": real} | rest, {"A": turned} | rest, want)
        assert _refused(lambda run=run: run(A=turned, **rest))
    for target in ("julia", *(["matlab"] if "matlab" in RUNNERS else [])):
        _refused_alone(f, target, {"A": real} | rest, {"A": turned} | rest, want)
    assert _refused(lambda: evaluate(f, values))
    assert _refused(lambda: d.at(A=turned, **rest))


@pytest.mark.parametrize(
    "operation", [r for r in MATRIX_OPERATIONS if r.holomorphic], ids=lambda operation: operation.name
)
def test_what_is_declared_holomorphic_is(operation):
    """Differences along D and along 1j*D, against the operator at the complex point, and its adjoint."""
    point = _first(operation)
    rng = np.random.default_rng(2)
    for i in point.active:
        if not _takes(point, i):
            continue
        values, X = _complex_at(point, i), point.args[i]
        D = _drawn(rng, values[X])
        at = lambda t, D=D, X=X, values=values: evaluate(point.node, values | {X: values[X] + t * D}, point.sizes)
        along, turned = ((at(h) - at(-h)) / (2 * STEP) for h in (STEP, STEP * 1j))
        scale = max(np.abs(along).max(), np.abs(at(0)).max())
        np.testing.assert_allclose(turned, 1j * along, rtol=1e-6, atol=1e-6 * scale)
        op = linearize(fr.derivative(point.node, X), values, point.sizes)
        np.testing.assert_allclose(op(D), along, rtol=1e-6, atol=1e-6 * scale)
        W = _drawn(rng, along)
        np.testing.assert_allclose(np.vdot(W, op(D)), np.vdot(op.T(W), D), rtol=1e-8, atol=1e-8 * scale)


# --- code that runs alone -----------------------------------------------------------------------------------

SOURCES = tuple(target for target in RUNNERS if target != "latex")
TAKES_REAL_TYPES = ("julia", "julia itself")
"""Languages whose arguments have types of real numbers."""


BESIDE_REAL = [
    ("inv(A)*x", {"A": "matrix(n,n)"}), ("inv(A')*x", {"A": "matrix(n,n)"}), ("inv(A)*Z", {"A": "matrix(n,n)"}),
    ("inv(A)*x", {"A": "spd(n)"}), ("inv(A)*Z", {"A": "spd(n)"}), ("inv(chol(A))*x", {"A": "spd(n)"}),
    ("inv(chol(A))*Z", {"A": "spd(n)"}), ("inv(A)*x", {"A": "lower(n)"}), ("inv(A)*Z", {"A": "lower(n)"}),
    ("A*Z", {"A": "lower(n)"}), ("A*x", {"A": "symmetric(n)"}), ("A*Z", {"A": "symmetric(n)"}),
    ("A*x", {"A": "diagonal(n)"}), ("inv(A)*x", {"A": "diagonal(n)"}), ("A*A + diag(x)", {"A": "matrix(n,n)"}),
    ("inv(A*A + diag(x))*x", {"A": "matrix(n,n)"}), ("tr(A*Z)", {"A": "symmetric(n)"}), ("kron(A,Z)", {"A": "matrix(n,n)"}),
    ("[A Z; Z A]", {"A": "matrix(n,n)"}), ("sum(sin(A).*Z)", {"A": "matrix(n,n)"}),
]  # fmt: skip
"""Formulas that are holomorphic in x and Z, at real arrays A: kernels for real numbers would drop imaginary parts."""


def _beside_real() -> list[tuple[Case, bool]]:
    rng, found = np.random.default_rng(3), []
    B = rng.standard_normal((4, 4))
    drawn = {
        "matrix(n,n)": B,
        "spd(n)": B @ B.T + np.eye(4),
        "symmetric(n)": B + B.T,
        "lower(n)": np.tril(B) + 3 * np.eye(4),
    }
    drawn["diagonal(n)"] = np.diag(1 + rng.random(4))
    for text, kinds in BESIDE_REAL:
        declared = kinds | {k: v for k, v in {"x": "vector(n)", "Z": "matrix(n,n)"}.items() if k in text}
        f = fr.parse(text, **declared)
        arrays = {"A": drawn[kinds["A"]], "x": _drawn(rng, B[0]), "Z": _drawn(rng, B)}
        arrays = {k: v for k, v in arrays.items() if k in declared}
        values = {s: arrays[s.name].reshape(4, -1) for s in symbols(f)}
        case = Case(f"{text}, {kinds}", f, {"n": 4}, arrays, at_border(f, evaluate(f, values)))
        found.append((case, True))
    return found


def _is_a_place(point: Instance, j: int) -> bool:
    """Whether an argument has to be real, and nothing moves with it: the place at which `nearby` chooses."""
    return not _takes(point, j) and fr.derivative(point.node, point.args[j]).differential.op is ZEROS


def _source_case(name: str, point: Instance, values: dict[Expr, np.ndarray], value: Any) -> Case:
    arrays = {s.name: at_border(s, values[s]) for s in symbols(point.node)}
    return Case(name, point.node, point.sizes, arrays, at_border(point.node, value))


def _source_cases(beside_real: bool) -> list[tuple[Case, bool]]:
    """Every row with complex numbers in one argument, and whether evaluation takes them.

    PyTorch's products take one kind of numbers, so that all arrays are complex there: without `beside_real` no argument is one
    that has to be real, such as the place of `nearby`.
    """
    found = []
    for op in MATRIX_OPERATIONS:
        point = _first(op)
        for i in point.active:
            values, taken = _complex_at(point, i), _takes(point, i)
            if not beside_real and taken and any(_is_a_place(point, j) for j in range(len(point.args))):
                continue
            if not taken:
                value = np.zeros([s.value(point.sizes) for s in point.node.shape])
                found.append((_source_case(f"{op.name}, {i}", point, values, value), False))
                continue
            turned = [1, -1j, -0.3 - 1j] if op.elementwise else [1]  # the other quadrants too
            for z in turned:
                there = values | {point.args[i]: z * values[point.args[i]]}
                value = evaluate(point.node, there, point.sizes)
                found.append((_source_case(f"{op.name}, {i}, times {z}", point, there, value), True))
    return found


def _source_fault(case: Case, taken: bool, found: Any, target: str) -> str:
    if isinstance(found, fr.FrechetError) and "there is no" in str(found):
        return ""
    if "must be real" in str(found) or (target in TAKES_REAL_TYPES and isinstance(found, JuliaError)):
        return (
            f"refused, where evaluation gives {case.value}: {found}" if taken and target not in TAKES_REAL_TYPES else ""
        )
    if isinstance(found, Exception):
        return repr(found)
    if not taken:
        return f"evaluation refuses, and it gives {found}"
    close = np.allclose(found, case.value, rtol=1e-9, atol=1e-9 * np.abs(case.value).max())
    return "" if close else f"{found} where evaluation gives {case.value}"


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("target", SOURCES)
def test_code_that_runs_alone_takes_complex_arrays_where_evaluation_does(target):
    cases = [*_source_cases(beside_real=target != "torch"), *(_beside_real() if target != "torch" else [])]
    if target in SLOW_TO_COMPILE:  # a second for each matrix function
        cases = [
            (case, taken) for case, taken in cases if not (taken and any(n.op.finite for n in postorder(case.expr)))
        ]
    assert len(cases) > 150
    results = RUNNERS[target]([case for case, _ in cases])
    faults = [
        f"{case.name}: {case.expr}\n{fault}"
        for (case, taken), found in zip(cases, results, strict=True)
        if (fault := _source_fault(case, taken, found, target))
    ]
    assert not faults, f"{len(faults)} of {len(cases)}\n" + "\n".join(faults)
