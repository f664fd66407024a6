"""The laws see every fault: each formula and each kernel, wrong by one part in a thousand, is caught."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest

from frechet.expr.node import Expr, Operation
from frechet.expr.structure import is_zero, ones, scale
from tests.rules import laws
from tests.rules.instances import OPERATIONS, instances_of

LAW_OF = {"differentials": laws.first_order, "adjoints": laws.adjoint, "matrices": laws.matrix}
FORMULAS = [(op, table, argument) for op in OPERATIONS for table in LAW_OF for argument in getattr(op, table)]


def _wrong(result: Expr) -> Expr:
    """1.001 times a formula; a formula that gives 0 is off by 0.001 instead."""
    thousandth = Fraction(1, 1000)
    return result + scale(thousandth, ones(*result.shape) if is_zero(result) else result)


@pytest.mark.parametrize(
    ("op", "table", "argument"), FORMULAS, ids=lambda x: x.name if isinstance(x, Operation) else str(x)
)
def test_wrong_formula_is_caught(op, table, argument, monkeypatch):
    formula = getattr(op, table)[argument]
    monkeypatch.setitem(getattr(op, table), argument, lambda *args: _wrong(formula(*args)))
    with pytest.raises(AssertionError):
        _obey(LAW_OF[table], op)


def _obey(law: Callable, op: Operation) -> None:
    for point in instances_of(op):
        for i in point.active:
            law(point, i)


@pytest.mark.parametrize("op", [op for op in OPERATIONS if op.value is not None], ids=lambda op: op.name)
def test_wrong_kernel_is_caught(op, monkeypatch):
    """Where no derivative law can see it, the operation needs an entry in `definitions.py`."""
    kernel = op.value

    def wrong(*arrays, **node):
        result = kernel(*arrays, **node)
        return result * 1.001 if np.any(result) else result + 0.001

    monkeypatch.setattr(op, "value", wrong)
    with pytest.raises(AssertionError):
        laws.check_row(op)


@pytest.mark.parametrize("op", [op for op in OPERATIONS if op.value is None], ids=lambda op: op.name)
def test_wrong_definition_is_caught(op, monkeypatch):
    """What an operation is defined as in the language is looked at like a kernel."""
    definition = op.definition
    monkeypatch.setattr(op, "definition", lambda *args: _wrong(definition(*args)))
    with pytest.raises(AssertionError):
        laws.check_row(op)
