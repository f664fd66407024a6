"""The law of the domains: at points outside of the domain of an operation code refuses what evaluation refuses.

Or it gives NaN: exactly where evaluation does, or where evaluation refuses and the numbers cannot be looked at. Where the value
exists and only the derivative does not, the values agree, and the gradient is refused.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import numpy as np
import pytest

import frechet as fr
from frechet.compile.compiled import RUNNABLE
from frechet.expr.evaluate import evaluate
from frechet.expr.node import Expr, symbols
from frechet.expr.signature import Signature
from frechet.expr.structure import symbol
from frechet.rules.linear import inner
from tests.compile.corpus import SIGN_IS_FREE, SLOW_TO_COMPILE, Case
from tests.compile.julia_library import JuliaError
from tests.compile.points import assert_same, at_border
from tests.compile.runners import RUNNERS
from tests.rules.instances import OPERATIONS, Instance, instances_of, outside_points

TARGETS = tuple(RUNNABLE)
CODE = tuple(target for target in RUNNERS if target != "latex")
BASIS_IS_FREE = ("qrq", "qrperp", "svdperp")
"""Rows that are any orthonormal basis where columns are dependent: each library gives its own there."""


@dataclass(frozen=True)
class Outside:
    """An operation or its gradient at a point outside of the domain, and what evaluation says: a value, or None for a refusal."""

    case: Case
    value: np.ndarray | None


@cache
def outside_cases(target: str = "") -> tuple[Outside, ...]:
    """All points; for targets that compile every program for seconds without the gradients."""
    found = tuple(found for point in outside_points() for found in _cases_at(point))
    return tuple(o for o in found if "gradient" not in o.case.name) if target in SLOW_TO_COMPILE else found


def _cases_at(point: Instance) -> Iterator[Outside]:
    node = point.node * point.node if point.op.name in SIGN_IS_FREE else point.node
    values = dict(zip(point.args, point.arrays, strict=True))
    W = symbol("W", *node.shape)
    weights = 1 + np.arange(np.prod([s.value({}) for s in W.shape])).reshape([s.value({}) for s in W.shape]) / 7.0
    gradients = fr.derivative(inner(W, node), list(values)).gradients
    for k, root in enumerate([node, *gradients]):
        given = {s: (values | {W: weights})[s] for s in symbols(root)}
        arrays = {s.name: at_border(s, a) for s, a in given.items()}
        value = _evaluated(root, given)
        name = f"{point.op.name}, {point.label}" + (f", gradient {k}" if k else "")
        zeros = np.zeros([max(s.value({}), 0) for s in root.shape])
        case = Case(name, root, {}, arrays, at_border(root, zeros if value is None else value))
        yield Outside(case, None if value is None else case.value)


def _evaluated(root: Expr, given: dict[Expr, np.ndarray]) -> np.ndarray | None:
    try:
        with np.errstate(all="ignore"):
            return evaluate(root, given, {})
    except fr.EvaluationError:
        return None


def _compiled(case: Case, target: str) -> Any:
    """The function itself, called with arrays."""
    names = sorted(case.arrays)
    given = RUNNABLE[target].convert({name: case.arrays[name] for name in names})
    return np.asarray(_function(case.expr, target)(**dict(zip(names, given, strict=True))))


@lru_cache(maxsize=16)
def _function(f: Expr, target: str) -> Callable[..., Any]:
    """The compiled function, once for points that follow each other: compiling for JAX is most of the time."""
    return f.compile(target)


REFUSALS = (fr.EvaluationError, np.linalg.LinAlgError, JuliaError)


_OF_NUMBERS = re.compile("fewer rows than columns|must not contain infs or NaNs")


def _is_refusal(found: Any) -> bool:
    """Whether it is an error about the numbers; one of Octave comes with its text after a `!`."""
    return (
        isinstance(found, REFUSALS)
        or "LinAlgError" in type(found).__name__
        or (isinstance(found, ValueError) and _OF_NUMBERS.search(str(found)))
        or (isinstance(found, RuntimeError) and str(found).startswith("!"))
    )


def _fault(outside: Outside, found: Any) -> str:
    """What is wrong with a result, or with the exception in its place."""
    want = outside.value
    is_refused = want is None or not np.isfinite(want).all()
    if isinstance(found, fr.FrechetError) and "there is no" in str(found):
        return ""  # no code at all: the law of the targets says for which libraries that may be
    if _is_refusal(found):
        return "" if is_refused else f"refused, where evaluation gives\n{want}: {found}"
    if isinstance(found, Exception):
        return repr(found)
    if want is None:
        return "" if not np.isfinite(np.asarray(found)).all() else f"evaluation refuses, and it gives\n{found}"
    if outside.case.name.startswith(BASIS_IS_FREE):
        return "" if np.isfinite(np.asarray(found)).all() else f"not finite, where evaluation gives\n{want}"
    try:
        assert_same(found, want)
    except AssertionError as error:
        return str(error)
    return ""


def _faults(results: Iterable[Any], target: str) -> list[str]:
    pairs = zip(outside_cases(target), results, strict=True)
    return [f"{o.case.name}: {o.case.expr}\n{fault}" for o, found in pairs if (fault := _fault(o, found))]


def _called(case: Case, target: str) -> Any:
    try:
        return _compiled(case, target)
    except Exception as error:
        return error


def test_there_are_points():
    assert len(outside_cases()) > 150
    assert sum(o.value is None for o in outside_cases()) > 80


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("target", TARGETS)
def test_a_compiled_function_refuses_what_evaluation_refuses(target):
    faults = _faults((_called(o.case, target) for o in outside_cases(target)), target)
    assert not faults, f"{len(faults)} faults\n" + "\n".join(faults)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("target", CODE)
def test_code_that_runs_alone_refuses_what_evaluation_refuses(target):
    faults = _faults(RUNNERS[target]([o.case for o in outside_cases(target)]), target)
    assert not faults, f"{len(faults)} faults\n" + "\n".join(faults)


# --- singular matrices of every structure, and entries that are not finite --------------------------------


def _refused(run: Callable[[], Any]) -> bool:
    """Whether there is no finite result."""
    try:
        return not np.isfinite(np.asarray(run())).all()
    except (fr.EvaluationError, np.linalg.LinAlgError):
        return True
    except (ValueError, OverflowError) as error:  # of SciPy
        return "nan" in str(error).lower() or "inf" in str(error).lower()


def _alone(f: Expr) -> Callable[..., Any]:
    namespace: dict[str, Any] = {}
    exec(compile(fr.source(f), "<source>", "exec"), namespace)
    return namespace["function"]


SINGULAR = {
    "a zero on the diagonal": np.diag([1.0, 0.0, 2.0]),
    "rank one": np.ones((3, 3)),
    "singular up to rounding": np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]]),
    "zero": np.zeros((3, 3)),
    "triangular": np.tril(np.ones((3, 3))) - np.diag([0.0, 1.0, 0.0]),
}
HOLDS = {
    "matrix(n,n)": lambda A: True,
    "symmetric(n)": lambda A: np.array_equal(A, A.T),
    "psd(n)": lambda A: np.array_equal(A, A.T),
    "diagonal(n)": lambda A: np.array_equal(A, np.diag(np.diag(A))),
    "lower(n)": lambda A: np.array_equal(A, np.tril(A)),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "text", ["inv(A)", "inv(A)*x", "inv(A')*x", "x'*inv(A)*x", "tr(inv(A))", "logdet(A)", "diag(inv(A))", "inv(A)*B"]
)
@pytest.mark.parametrize(
    ("name", "kind"), [(n, k) for n, A in SINGULAR.items() for k, holds in HOLDS.items() if holds(A)]
)
def test_a_singular_matrix_of_any_structure(name, kind, text):
    A = SINGULAR[name]
    kinds = {"A": kind, "x": "vector(n)", "B": "matrix(n,n)"}
    f = fr.parse(text, **{k: v for k, v in kinds.items() if k in text})
    arrays = {k: v for k, v in {"A": A, "x": np.arange(1.0, 4.0), "B": np.eye(3) + 1}.items() if k in text}
    shaped = {s: np.reshape(arrays[s.name], [3, -1]) for s in symbols(f)}
    assert _refused(lambda: evaluate(f, shaped))
    assert _refused(lambda: f.compile()(**arrays))
    assert _refused(lambda: _alone(f)(**arrays))


ROUNDED = {
    "LU": ("matrix(n,n)", ["inv(A)", "inv(A)*x", "inv(A')*x", "logdet(A)", "tr(inv(A))", "inv(A)*inv(A)"]),
    "Cholesky": ("spd(n)", ["inv(A)", "inv(A)*x", "x'*inv(A)*x", "logdet(A)", "tr(inv(A))", "chol(A)"]),
    "LU of a symmetric matrix": ("symmetric(n)", ["inv(A)", "inv(A)*x", "logdet(A)", "chol(A)"]),
}


@cache
def _rank_deficient(kind: str, sizes: tuple[int, ...]) -> tuple[Outside, ...]:
    """Matrices of rank n - 1 but for rounding; each function of them is refused."""
    declared, texts = ROUNDED[kind]
    found = []
    for n in sizes:
        for seed in range(6):
            rng = np.random.default_rng([n, seed])
            B = rng.standard_normal((n, n - 1))
            A = B @ B.T if kind != "LU" else B @ rng.standard_normal((n - 1, n))
            for text in texts:
                f = fr.parse(text, A=declared, **({"x": "vector(n)"} if "x" in text else {}))
                arrays = {"A": A, "x": np.ones(n)} if "x" in text else {"A": A}
                given = {s: arrays[s.name].reshape(n, -1) for s in symbols(f)}
                value = _evaluated(f, given)
                assert value is None, f"{text} at n = {n}, seed {seed}"
                zeros = at_border(f, np.zeros([s.value({"n": n}) for s in f.shape]))
                found.append(Outside(Case(f"{text}, n = {n}, seed {seed}", f, {}, arrays, zeros), None))
    return tuple(found)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("target", [*TARGETS, "julia", "matlab"])
@pytest.mark.parametrize("kind", ROUNDED)
def test_what_is_singular_up_to_rounding_is_refused(kind, target):
    points = _rank_deficient(kind, (3, 80) if target not in (*SLOW_TO_COMPILE, "julia", "matlab") else (7,))
    results = (
        [_called(o.case, target) for o in points] if target in TARGETS else RUNNERS[target]([o.case for o in points])
    )
    faults = [
        f"{o.case.name}: {fault}" for o, found in zip(points, results, strict=True) if (fault := _fault(o, found))
    ]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("target", [*TARGETS, "julia", "matlab"])
def test_a_diagonal_matrix_of_all_sizes_is_not_singular(target):
    d = np.diag([1e-12, 1.0, 1e12])
    for kind in ("matrix(n,n)", "diagonal(n)", "spd(n)", "lower(n)"):
        for text, want in (
            ("inv(A)", np.diag([1e12, 1.0, 1e-12])),
            ("logdet(A)", np.zeros(())),
            ("chol(A)", np.sqrt(d)),
        ):
            f = fr.parse(text, A=kind)
            np.testing.assert_allclose(np.squeeze(evaluate(f, {symbols(f)[0]: d})), want, rtol=1e-14, atol=1e-14)
            case = Case(text, f, {}, {"A": d}, want)
            found = _called(case, target) if target in TARGETS else RUNNERS[target]([case])[0]
            np.testing.assert_allclose(found, want, rtol=1e-14, atol=1e-14)


FINITE = [
    op for op in OPERATIONS if op.finite and isinstance(op.signature, Signature) and not instances_of(op)[0].is_folded
]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("op", FINITE, ids=lambda op: op.name)
def test_entries_that_are_not_finite(op, bad):
    """Refused, or the result is not finite either."""
    point = instances_of(op)[0]
    names = {a: f"A{k}" for k, a in enumerate(point.args)}
    f = op(*[symbol(names[a], *a.shape) for a in point.args], params=point.params)
    for i in point.active:
        arrays = [a.copy() for a in point.arrays]
        arrays[i].flat[-1] = bad
        given = {names[a]: at_border(a, array) for a, array in zip(point.args, arrays, strict=True)}
        g, alone = f.compile(sizes=point.sizes), _alone(f)
        sizes = {k: n for k, n in point.sizes.items() if k in inspect.signature(alone).parameters}
        assert _refused(lambda g=g, given=given: g(**given)), f"argument {i}"
        assert _refused(lambda given=given, sizes=sizes, alone=alone: alone(**given, **sizes)), f"argument {i}, alone"


SMALL = {
    "eigvalsh(A)": "symmetric(n)",
    "topvals(A,1)": "symmetric(n)",
    "sumlargest(A,1)": "symmetric(n)",
    "topproj(A,1)": "symmetric(n)",
    "pinv(A)": "matrix(m,n)",
    "adj(A)": "matrix(n,n)",
}
"""What LAPACK and short ways have numbers for, where a small matrix has an entry that is not finite."""


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("text", SMALL)
def test_small_matrices_with_an_entry_that_is_not_finite(text, target):
    g = fr.parse(text, A=SMALL[text]).compile(target)
    for bad in (np.nan, np.inf):
        for A in ([[bad]], [[bad, 1.0], [1.0, 2.0]], [[1.0, 2.0], [2.0, bad]]):
            assert _refused(lambda A=A: g(A=np.array(A))), f"at {A}"


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("size", [1e-200, 1e200])
def test_adjugates_of_any_size(target, size):
    A = np.array([[1.0, 2.0], [3.0, 4.0]])
    np.testing.assert_allclose(
        fr.parse("adj(A)").compile(target)(A=size * A), size * np.array([[4.0, -2.0], [-3.0, 1.0]]), rtol=1e-12
    )
