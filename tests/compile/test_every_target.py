"""The law of the targets: the code of each, run, equals the evaluation, on every expression of the corpus."""

from __future__ import annotations

import numpy as np
import pytest

import frechet as fr
from tests.compile.corpus import cookbook_cases, corpus, row_cases
from tests.compile.points import assert_same
from tests.compile.runners import RUNNERS

INCOMPLETE = {"jax", "torch"}
"""Targets that say of some rows of the table that they have no code for them."""


def test_the_corpus_is_large():
    assert len(cookbook_cases()) > 200
    assert len(row_cases()) > 1000


@pytest.mark.parametrize("target", RUNNERS)
def test_code_equals_evaluation(target):
    run, faults, lacking = RUNNERS[target], [], set()
    for case in corpus():
        try:
            assert_same(run(case), case.value)
        except Exception as error:
            if isinstance(error, fr.FrechetError) and "there is no" in str(error):
                lacking.add(str(error))
                continue
            faults.append(
                f"{case.name}: {case.expr}\n{type(error).__name__}: {error}\n{fr.source(case.expr, target, case.sizes)}"
            )
    assert not faults, f"{len(faults)} faults\n" + "\n".join(faults[:3])
    assert not lacking or target in INCOMPLETE


def test_a_wrong_result_is_noticed():
    case = next(c for c in corpus() if np.size(c.value) > 1)
    with pytest.raises(AssertionError):
        assert_same(RUNNERS["numpy"](case) * 1.001, case.value)
