"""docs/add-an-operation.md is all that it takes: what it declares is found everywhere, in every target, with its second derivative."""

from __future__ import annotations

import importlib.util
import re
import shutil
from pathlib import Path

import numpy as np
import pytest

import frechet as fr
from frechet.calculus.linear import differential
from frechet.compile.dialects.jax import JAX
from frechet.compile.dialects.julia import JULIA
from frechet.compile.dialects.matlab import MATLAB
from frechet.compile.dialects.torch import TORCH
from frechet.expr.evaluate import evaluate
from frechet.expr.node import operations, symbols
from frechet.expr.structure import differential_of, symbol
from frechet.listing import explanation, listing
from frechet.reference import section, verified
from frechet.table import describe_operation
from tests.compile.corpus import Case
from tests.compile.points import assert_same, at_border
from tests.compile.runners import RUNNERS
from tests.rules import laws
from tests.rules.instances import instances_of

GUIDE = Path(__file__).parent.parent / "docs" / "add-an-operation.md"
NAMES = ("harmean", "jordan", "lql", "lqq")
SIZE = 3


@pytest.fixture(scope="module", autouse=True)
def _declared(tmp_path_factory):
    """The code of the page as a module; what it adds is taken away again."""
    path = tmp_path_factory.mktemp("page") / "added_by_the_page.py"
    path.write_text("\n".join(re.findall(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)))
    known, words = (
        set(operations),
        [(language.operations, dict(language.operations)) for language in (JAX, JULIA, MATLAB, TORCH)],
    )
    spec = importlib.util.spec_from_file_location("added_by_the_page", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert set(operations) - known == set(NAMES)
    yield
    for name in NAMES:
        del operations[name]
        vars(fr).pop(name, None)
    for rows, before in words:
        rows.clear()
        rows.update(before)


@pytest.mark.parametrize("name", NAMES)
def test_it_passes_the_laws(name):
    laws.check_row(operations[name])


def test_a_wrong_formula_does_not(monkeypatch):
    jordan = operations["jordan"]
    monkeypatch.setitem(jordan.adjoints, 0, lambda W, A, B: jordan(W, B))
    with pytest.raises(AssertionError, match="adjoint in 0"):
        laws.check_row(jordan)


@pytest.mark.parametrize("name", NAMES)
def test_it_is_read_printed_and_documented(name):
    letters = ", ".join("AB"[: len(operations[name].signature.arguments)])
    f = fr.parse(f"{name}({letters})")
    assert fr.to_text(f) == f"{name}({letters})"
    assert fr.parse(fr.to_text(f)) is f
    assert fr.parse(fr.to_unicode(f)) is f
    for printed in (fr.to_latex(f), fr.to_mathml(f)):
        assert all(letter in printed for letter in letters.split(", "))
        assert name in printed
    assert any(call == f"{name}({letters})" for _, calls in listing(name) for call in calls)
    assert explanation(name)["source"] == operations[name].source
    assert getattr(fr, name)(*symbols(f)) is f
    assert name in dir(fr) or operations[name].together  # the matrices of a factorization are not listed
    assert operations[name].source in getattr(fr, name).__doc__
    assert describe_operation(operations[name])["formulas"]
    error = verified(operations[name])
    assert error < 1e-6
    assert f'<section id="{name}">' in section(operations[name], error)


@pytest.mark.parametrize("name", NAMES)
def test_its_derivation_is_shown_and_checked(name):
    letters = ", ".join("AB"[: len(operations[name].signature.arguments)])
    d = fr.derivative(fr.parse(f"tr(W'*{name}({letters}))", W="matrix(n,n)"), "A")
    assert d.check().right is True
    assert any(f"d({name}(A" in str(step) or f": {name}(A" in str(step) for step in d.steps)


def test_the_five_targets_are_tried():
    assert {"numpy", "jax", "torch", "julia"} < set(RUNNERS)  # and MATLAB where Octave is
    assert ("matlab" in RUNNERS) == (shutil.which("octave") is not None)


def test_the_page_adds_at_most_one_line_a_dialect():
    """Each operation with a kernel has one entry in a dialect, what is defined in the language none; NumPy prints the kernel."""
    for language in (JAX, JULIA, MATLAB, TORCH):
        assert set(NAMES) & set(language.operations) == {"jordan", "lql", "lqq"}


@pytest.mark.parametrize("target", RUNNERS)
def test_every_target_has_it_with_its_second_derivative(target):
    cases = [case for name in NAMES for case in _with_second_derivative(name)]
    for case, result in zip(cases, RUNNERS[target](cases), strict=True):
        assert not isinstance(result, Exception), f"{case.name}: {result!r}"
        assert_same(result, case.value)


def _with_second_derivative(name: str) -> list[Case]:
    """The operation at one of its points, and its second differential, as cases for the targets."""
    op = operations[name]
    arrays = [a[:SIZE, :SIZE] for a in instances_of(op)[0].arrays]
    X = [symbol("AB"[i], SIZE, SIZE) for i in range(len(arrays))]
    f, rng = op(*X), np.random.default_rng(5)
    dA, last = differential_of(X[0], "1"), differential_of(X[-1], "2")
    second = differential(differential(f, {X[0]: dA}), {X[-1]: last})
    values = dict(zip(X, arrays, strict=True)) | {e: rng.standard_normal((SIZE, SIZE)) for e in (dA, last)}
    return [_case(f"{name}, order {2 * k}", e, values) for k, e in enumerate((f, second))]


def _case(label, e, values) -> Case:
    given = {s: values[s] for s in symbols(e)}
    value = at_border(e, evaluate(e, given))
    return Case(label, e, {}, {s.name: at_border(s, a) for s, a in given.items()}, value)


@pytest.mark.parametrize("target", ["numpy", "jax", "torch"])
@pytest.mark.parametrize("name", ["lql", "lqq"])
def test_targets_refuse_what_evaluation_refuses(name, target):
    """The derivative: the factors of a singular matrix exist."""
    op = operations[name]
    for (A,) in op.outside:
        X = symbol("A", *A.shape)
        d = differential(op(X), {X: differential_of(X)})
        with pytest.raises(fr.EvaluationError):
            evaluate(d, {X: A, differential_of(X): np.eye(2)})
        with pytest.raises(fr.EvaluationError):
            d.compile(target)(A=A, dA=np.eye(2))
