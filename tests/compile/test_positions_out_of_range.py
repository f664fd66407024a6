"""The law of sizes: positions and counts that the arrays do not have are refused by code of every target, as by evaluation.

JAX clamps positions and slices of Python clip them: without a check such code gives a number.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

import frechet as fr
from frechet.compile.compiled import RUNNABLE
from frechet.expr.evaluate import evaluate
from frechet.expr.fitting import fits_of
from frechet.expr.node import Expr, operations, postorder, symbols
from frechet.expr.sizes import size
from frechet.expr.structure import eye, ones, symbol, zeros
from frechet.rules.linear import inner
from tests.compile.corpus import Case
from tests.compile.points import assert_same, at_border
from tests.compile.runners import RUNNERS

CODE = tuple(target for target in RUNNERS if target != "latex")
X, S, x = symbol("X", "m", "n"), symbol("S", "n", "n"), symbol("x", "n", 1)
WIDE, TALL = np.array([[2.0, 3.0, 1.0], [4.0, 5.0, 7.0]]), np.array([[2.0, 3.0], [4.0, 5.0], [1.0, 7.0]])
SYMMETRIC = np.array([[2.0, 1.0, 0.0], [1.0, 5.0, 1.0], [0.0, 1.0, 9.0]])


def _of(name: str, A: Expr, *params: int) -> Expr:
    return operations[name](A, params=tuple(map(size, params)))


# what is computed, an array that has the sizes for it, one that has not
CASES = {
    "an entry": (_of("index", X, 1, 1, 3, 3), WIDE, TALL),
    "an entry of a vector": (_of("index", x, 3, 3, 1, 1), np.arange(1.0, 4.0), np.arange(1.0, 3.0)),
    "entries of a vector": (_of("index", x, 2, 5, 1, 1), np.arange(1.0, 6.0), np.arange(1.0, 4.0)),
    "a block": (_of("index", X, 2, 3, 1, 2), TALL, WIDE),
    "a row": (operations["index"](X, params=(size(3), size(3), size(1), size("n"))), TALL, WIDE),
    "a column": (operations["index"](X, params=(size(1), size("m"), size(3), size(3))), WIDE, TALL),
    "rows to the end": (
        operations["index"](x, params=(size(4), size("n"), size(1), size(1))),
        np.arange(1.0, 6.0),
        np.arange(1.0, 3.0),
    ),
    "a unit vector": (operations["e"](params=(size(3), size("n"))) * x, np.arange(1.0, 5.0), np.arange(1.0, 3.0)),
    "ones of a difference": (ones(size("n") - 3, 2) * inner(x, x), np.arange(1.0, 6.0), np.arange(1.0, 3.0)),
    "zeros of a difference": (
        operations["block"](zeros(size("n") - 3, 1), x, params=((1, 1),)),
        np.arange(1.0, 6.0),
        np.arange(1.0, 3.0),
    ),
    "the identity of a difference": (eye(size("n") - 3) * inner(x, x), np.arange(1.0, 6.0), np.arange(1.0, 3.0)),
    "an order of a difference": (
        operations["polygamma"](x, params=(size("n") - 3,)),
        np.arange(1.0, 5.0),
        np.array([2.0]),
    ),
    **{
        name: (_of(name, S, 2), SYMMETRIC, np.array([[3.0]]))
        for name in ("topvals", "sumlargest", "topproj", "topvecs")
    },
    **{name: (operations[name](X), TALL, WIDE) for name in ("qrr", "qrq", "qrperp")},
}


WITHOUT_GRADIENT = ("qrperp", "topvecs", "ones of a difference", "the identity of a difference")
"""Those of the first two are free up to a basis; in those of the others nothing of the sizes is left but numbers."""


@cache
def _roots() -> tuple[tuple[str, Expr, np.ndarray, np.ndarray], ...]:
    """The functions, squared for what is free up to signs, and their gradients in fixed weights."""
    found = []
    for name, (node, inside, outside) in CASES.items():
        f = node * node if name in ("topvecs", "qrr", "qrq", "qrperp") else node
        found.append((name, f, inside, outside))
        (A,) = symbols(f)
        if name not in WITHOUT_GRADIENT:
            gradient = fr.derivative(inner(ones(*f.shape), f), [A]).gradients[0]
            if symbols(gradient):
                found.append((f"{name}, gradient", gradient, inside, outside))
    return tuple(found)


def _cases(*, is_inside: bool) -> list[Case]:
    cases = []
    for name, root, inside, outside in _roots():
        (A,) = symbols(root)
        array = inside if is_inside else outside
        two = array.reshape(len(array), -1)
        numbers = dict(zip([s.letter for s in A.shape if s.letter], two.shape, strict=False))
        value = evaluate(root, {A: two}) if is_inside else np.zeros((1, 1))
        cases.append(
            Case(name, root, numbers, {A.name: array}, at_border(root, value) if is_inside else value),
        )
    return cases


def test_every_operation_with_such_sizes_is_here():
    seen = {node.op.name for _, root, _, _ in _roots() for node in postorder(root)}
    assert {name for name, op in operations.items() if op.fits is not None} <= seen


@pytest.mark.parametrize("name", [name for name, *_ in _roots()])
def test_evaluation_refuses(name):
    root, outside = next((f, array) for n, f, _, array in _roots() if n == name)
    (A,) = symbols(root)
    with pytest.raises(fr.FrechetError):
        evaluate(root, {A: outside.reshape(len(outside), -1)})


@pytest.mark.parametrize("target", RUNNABLE)
def test_compiled_functions_refuse(target):
    for case in _cases(is_inside=False):
        with pytest.raises(fr.EvaluationError, match=r"needs .* <= "):
            case.expr.compile(target)(**case.arrays)


def _is_without_code(found: object) -> bool:
    """Whether the target lacks an operation: for which libraries that may be, the law of the targets says."""
    return isinstance(found, fr.FrechetError) and "there is no" in str(found)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("target", CODE)
def test_code_that_runs_alone_refuses(target):
    cases = _cases(is_inside=False)
    for case, found in zip(cases, RUNNERS[target](cases), strict=True):
        assert isinstance(found, Exception), f"{case.name}: {found}"
        assert " needs " in str(found) or _is_without_code(found), f"{case.name}: {found!r}"


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("target", CODE)
def test_code_that_runs_alone_computes_where_the_sizes_are_there(target):
    cases = _cases(is_inside=True)
    for case, found in zip(cases, RUNNERS[target](cases), strict=True):
        if not _is_without_code(found):
            assert not isinstance(found, Exception), f"{case.name}: {found!r}"
            assert_same(found, case.value)


@pytest.mark.parametrize("target", CODE)
@pytest.mark.parametrize("text", ["x[1]", "X[1,1]^2", "X[:,1]", "e(n,n)'*x", "x'*x", "topvals(S,1)", "inv(S)*x"])
def test_no_check_where_nothing_can_be_out_of_range(text, target):
    f = fr.parse(text, S="symmetric(n)", x="vector(n)") if "S" in text and "x" in text else fr.parse(text)
    assert not fits_of([f])
    assert " needs " not in fr.source(f, target)


def test_one_check_says_all():
    f = fr.parse("x[2]*x[5] + x[3]")
    assert fr.source(f).count("raise ValueError") == 1
    assert "    if m < 5:" in fr.source(f).splitlines()
