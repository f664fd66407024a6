"""Every operation of the table × argument × sizes passes every law (`tests/rules/laws.py`)."""

from __future__ import annotations

import pytest

from frechet.expr.node import EVERY, operations
from tests.rules import laws
from tests.rules.instances import OPERATIONS, instances_of, operations_with_formulas, unsampled

DEFINED = [op for op in OPERATIONS if op.definition is not None]


@pytest.mark.parametrize("law", laws.PER_POINT, ids=lambda law: law.__name__)
@pytest.mark.parametrize("op", OPERATIONS, ids=lambda op: op.name)
def test_law_of_values(op, law):
    points = instances_of(op)
    assert points
    for point in points:
        law(point)


@pytest.mark.parametrize("law", laws.PER_ARGUMENT, ids=lambda law: law.__name__)
@pytest.mark.parametrize("op", [*operations_with_formulas(), *DEFINED], ids=lambda op: op.name)
def test_law_of_derivatives(op, law):
    arguments = set()
    for point in instances_of(op):
        for i in point.active:
            law(point, i)
            arguments.add(i)
    formulas = set(op.differentials) | set(op.adjoints) | set(op.matrices)
    assert formulas - {EVERY} <= arguments, f"{op.name}: no point moves argument {formulas - arguments}"


def test_every_operation_is_sampled():
    assert unsampled(OPERATIONS) == []


def test_operations_that_compute_nothing_are_known():
    assert {name for name, op in operations.items() if op not in OPERATIONS} == {"symbol", "d"}


@pytest.mark.parametrize("op", OPERATIONS, ids=lambda op: op.name)
def test_linear_arguments_have_adjoint_and_matrix(op):
    assert set(op.adjoints) == set(op.matrices)
    assert not set(op.adjoints) & set(op.differentials)


@pytest.mark.parametrize("op", operations_with_formulas(), ids=lambda op: op.name)
def test_every_argument_has_a_formula(op):
    formulas = set(op.adjoints) | set(op.differentials)
    arity = len(instances_of(op)[0].args)
    assert formulas in ({EVERY}, set(range(arity)))
