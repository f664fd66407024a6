"""Every row of the table × argument × sizes passes every law (`tests/rules/laws.py`)."""

from __future__ import annotations

import pytest

from frechet.expr.node import EVERY, operations
from tests.rules import laws
from tests.rules.instances import ROWS, instances_of, rows_with_formulas, unsampled

DEFINED = [row for row in ROWS if row.definition is not None]


@pytest.mark.parametrize("law", laws.PER_POINT, ids=lambda law: law.__name__)
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_law_of_values(row, law):
    points = instances_of(row)
    assert points
    for point in points:
        law(point)


@pytest.mark.parametrize("law", laws.PER_ARGUMENT, ids=lambda law: law.__name__)
@pytest.mark.parametrize("row", [*rows_with_formulas(), *DEFINED], ids=lambda row: row.name)
def test_law_of_derivatives(row, law):
    arguments = set()
    for point in instances_of(row):
        for i in point.active:
            law(point, i)
            arguments.add(i)
    formulas = set(row.differentials) | set(row.adjoints) | set(row.matrices)
    assert formulas - {EVERY} <= arguments, f"{row.name}: no point moves argument {formulas - arguments}"


def test_every_row_is_sampled():
    assert unsampled(ROWS) == []


def test_rows_that_compute_nothing_are_known():
    assert {name for name, row in operations.items() if row not in ROWS} == {"symbol", "d"}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_linear_arguments_have_adjoint_and_matrix(row):
    assert set(row.adjoints) == set(row.matrices)
    assert not set(row.adjoints) & set(row.differentials)


@pytest.mark.parametrize("row", rows_with_formulas(), ids=lambda row: row.name)
def test_every_argument_has_a_formula(row):
    formulas = set(row.adjoints) | set(row.differentials)
    arity = len(instances_of(row)[0].args)
    assert formulas in ({EVERY}, set(range(arity)))
