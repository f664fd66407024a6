"""Code that is printed takes plain numbers of Python where the formula has scalars: NumPy does by itself, JAX and PyTorch too."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

import frechet as fr
from tests.compile.corpus import cookbook_cases, row_cases
from tests.compile.points import assert_same

WITH_NUMBERS = [c for c in (*cookbook_cases(), *row_cases()) if any(np.ndim(a) == 0 for a in c.arrays.values())]


def _function(source: str) -> Any:
    namespace: dict[str, Any] = {}
    exec(source, namespace)
    return namespace["function"]


def test_every_formula_with_numbers_runs_in_pytorch():
    """In double precision, as NumPy computes with floats."""
    assert len(WITH_NUMBERS) > 100
    seen = 0
    for case in WITH_NUMBERS:
        if any(np.iscomplexobj(a) for a in case.arrays.values()):
            continue
        try:
            source = fr.source(case.expr, "torch", case.sizes)
        except fr.FrechetError:  # there is no code for an operation, as the law of the targets knows
            continue
        given = {n: torch.as_tensor(a) if np.ndim(a) else float(a) for n, a in case.arrays.items()}
        extra = {n: size for n, size in case.sizes.items() if f"{n}: a size" in source}
        assert_same(np.asarray(_function(source)(**given, **extra)), case.value)
        seen += 1
    assert seen > 100


@pytest.mark.parametrize(
    "text", ["exp(a)*b + sqrt(2)", "hypot(a, b)", "max(a, b)*a", "a*eye(2)", "[a b; b a]", "gammaln(b)*a"]
)
def test_numbers_alone(text):
    f = fr.parse(text, a="scalar", b="scalar")
    given = {s: v for s, v in {"a": 0.3, "b": 0.7}.items() if s in text}
    want = _function(fr.source(f, "numpy"))(**given)
    got = _function(fr.source(f, "torch"))(**given)
    assert_same(np.asarray(got), want, 1e-14)


def test_a_number_keeps_its_digits_beside_arrays():
    run = _function(fr.source("exp(c)*x", "torch"))
    x = torch.ones(2, dtype=torch.float64)
    assert run(c=0.1, x=x).tolist() == [float(np.exp(0.1))] * 2
    assert run(c=0.1, x=x.float()).dtype is torch.float32
    assert run(c=torch.tensor(0.1), x=x).dtype is torch.float64
    c = torch.tensor(0.1, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.grad(run(c=c, x=x).sum(), c)[0].item() == pytest.approx(2 * np.exp(0.1))


def test_complex_numbers_are_refused_as_arrays_are():
    run = _function(fr.source("abs(c)*x", "torch"))
    with pytest.raises(TypeError, match="must be real: the formula is not holomorphic"):
        run(c=1j, x=torch.ones(2))


def test_the_docstring_says_what_was_written():
    """Not the form that keeps its digits, nor what is defined in the language."""
    for text in ("log(softmax(x))", "log(1 + exp(a))", "geomean(A, B)"):
        for language in ("numpy", "jax", "julia", "matlab"):
            assert str(fr.parse(text)) in fr.source(text, language)
