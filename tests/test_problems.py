"""Each solution of the problem sets is right, and would not pass if it were off by a factor."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

spec = importlib.util.spec_from_file_location("problem_sets", Path(__file__).parent.parent / "docs" / "problem_sets.py")
problem_sets = importlib.util.module_from_spec(spec)
sys.modules[spec.name] = problem_sets  # dataclasses look there
spec.loader.exec_module(problem_sets)

ALL = [p for name in problem_sets.SETS for p in problem_sets.problems(name)]
NAMES = [p.title for p in ALL]


@pytest.mark.parametrize("problem", ALL, ids=NAMES)
def test_the_solution_is_right(problem):
    assert problem.holds()


WRITTEN = {p.title: p for p in ALL}
OFF = ["The transpose", "vec of a product", "The square, in numbers"]  # one of a kind


@pytest.mark.parametrize("title", OFF)
def test_a_solution_that_is_off_by_a_thousandth_is_not(title):
    assert not WRITTEN[title].holds(factor=1.001)
