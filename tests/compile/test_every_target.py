"""The law of the targets: the code of each, run, equals the evaluation, on every expression of the corpus."""

from __future__ import annotations

import numpy as np
import pytest

import frechet as fr
from tests.compile.corpus import SLOW_TO_COMPILE, cookbook_cases, corpus, row_cases, spread_cases
from tests.compile.points import assert_same
from tests.compile.runners import RUNNERS

INCOMPLETE = {"jax", "torch"}
"""Targets that say of some operations of the table that they have no code for them."""


def test_the_corpus_is_large():
    assert len(cookbook_cases()) > 200
    assert len(row_cases()) > 1000
    assert len(spread_cases()) > 40


def _parts():
    """Whole, or of a target whose compiler takes a quarter of a second for each case a third at once, two of them slow."""
    for target in RUNNERS:
        if target not in SLOW_TO_COMPILE:
            yield pytest.param(target, slice(None), id=target)
            continue
        for k in range(3):
            yield pytest.param(target, slice(k, None, 3), id=f"{target}-{k}", marks=[pytest.mark.slow] if k else [])


@pytest.mark.parametrize(("target", "part"), list(_parts()))
def test_code_equals_evaluation(target, part):
    faults, lacking = [], set()
    cases = corpus(target)[part]
    for case, result in zip(cases, RUNNERS[target](cases), strict=True):
        if isinstance(result, fr.FrechetError) and "there is no" in str(result):
            lacking.add(str(result))
            continue
        fault = repr(result) if isinstance(result, Exception) else difference(result, case.value)
        if fault:
            source = fr.source(case.expr, target.split()[0], case.sizes)
            faults.append(f"{case.name}: {case.expr}\n{fault}\n{source}")
    assert not faults, f"{len(faults)} faults\n" + "\n".join(faults[:3])
    assert not lacking or target in INCOMPLETE


def test_a_wrong_result_is_noticed():
    for case in corpus():
        if np.abs(case.value)[np.isfinite(case.value)].max(initial=0) > 0.1:
            assert difference(np.asarray(case.value) * (1 + 1e-5), case.value)


def difference(got, want) -> str:
    """What is wrong with a result, empty if nothing is."""
    try:
        assert_same(got, want)
    except AssertionError as error:
        return str(error)
    return ""
