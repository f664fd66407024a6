"""What an operation claims about its result (symmetric, spd, positive, ...) holds at numbers."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from frechet.errors import EvaluationError
from frechet.expr.evaluate import evaluate
from frechet.expr.node import Expr, Operation
from frechet.expr.properties import PROPERTIES, properties_of
from frechet.expr.signature import Signature
from frechet.expr.sizes import ONE, Size, size
from frechet.expr.structure import symbol
from tests.expr.drawing import COMBINATIONS, has_property, matrix_with
from tests.rules.instances import OPERATIONS, instances_of

N = 4
ANY_NUMBER = "->"  # the signature of sums and products, whose constructors check sizes themselves
WITH_SIGNATURE = [
    op
    for op in OPERATIONS
    if isinstance(op.signature, Signature) and op.signature.text != ANY_NUMBER and op.signature.arguments
]


def _arguments(op: Operation, properties: tuple[str, ...], name: str) -> list[Expr]:
    """Symbols for the arguments, every letter of the signature a 4; the square ones have the properties."""
    written = {letter: size(N) for letter in op.signature.letters}
    shapes = [(r.substitute(written), c.substitute(written)) for r, c in op.signature.arguments]
    return [symbol(f"{name}{i}", r, c, tuple(set(properties) & _possible(r, c))) for i, (r, c) in enumerate(shapes)]


def _possible(rows: Size, cols: Size) -> set[str]:
    """What a matrix of this shape can be."""
    if rows is cols:
        return set(PROPERTIES) - {"unit"}
    return {"positive", "unit"} if cols is ONE else {"positive"}


def _drawn(symbols: list[Expr], rng: np.random.Generator) -> dict[Expr, np.ndarray]:
    values = {}
    for s in symbols:
        rows, cols = s.rows.constant, s.cols.constant
        square = rows == cols
        A = matrix_with(s.params[1], rows, rng) if square else rng.standard_normal((rows, cols))
        A = A / np.linalg.norm(A) if "unit" in s.params[1] else A
        values[s] = np.abs(A) if "positive" in s.params[1] and not square else A
    return values


def _parameters(op: Operation) -> tuple:
    """Size parameters are 4; others are as the operation's sampler gives them."""
    sizes = tuple(size(N) for _ in op.signature.parameters)
    return sizes + tuple(instances_of(op)[0].params[len(sizes) :])


def _value(node: Expr, values: dict[Expr, np.ndarray]) -> np.ndarray | None:
    """The value, or None outside the domain."""
    with np.errstate(all="ignore"):
        try:
            result = evaluate(node, values)
        except (np.linalg.LinAlgError, EvaluationError, ValueError):
            return None
    return result if np.all(np.isfinite(result)) else None


def _false_claims(node: Expr, value: np.ndarray) -> list[str]:
    return [p for p in sorted(properties_of(node)) if not has_property(p, value)]


@pytest.mark.parametrize("op", WITH_SIGNATURE, ids=lambda op: op.name)
def test_claims_hold_for_arguments_with_properties(op):
    tested = 0
    scales = (1.0, 30.0, 300.0) if op.domain == "{0} > 1" else (1.0, 0.1)
    for properties, scale in product((*COMBINATIONS, ("unit",), ("positive", "unit")), scales):
        if "invertible" in op.domain and not {"invertible", "spd", "orthogonal"} & set(properties):
            continue  # a singular point, outside the domain, where rounding decides
        if scale != 1.0 and {"orthogonal", "unit"} & set(properties):
            continue  # would not be that any more
        symbols = _arguments(op, properties, "A")
        values = {s: scale * A for s, A in _drawn(symbols, np.random.default_rng(7)).items()}
        node = op(*symbols, params=_parameters(op))
        value = _value(node, values)
        if value is not None:
            tested += 1
            assert _false_claims(node, value) == [], f"{op.name} of {properties or 'any matrix'}"
    assert tested >= 4, f"{op.name}: its domain was met only {tested} times"


@pytest.mark.parametrize("op", OPERATIONS, ids=lambda op: op.name)
def test_claims_hold_at_every_point_of_the_table(op):
    for point in instances_of(op):
        value = point.evaluate(point.node)
        assert _false_claims(point.node, value) == [], point


def test_a_false_claim_is_seen():
    row = Operation(
        "claims_too_much",
        Signature("n n -> n n"),
        value=lambda A: A + A.T,
        properties=lambda node: ("symmetric", "spd", "positive"),
    )
    A = symbol("A", 4, 4)
    node = row(A)
    value = _value(node, {A: matrix_with((), N, np.random.default_rng(0))})
    assert _false_claims(node, value) == ["positive", "psd", "spd"]


@pytest.mark.parametrize("name", PROPERTIES)
def test_every_property_is_claimed_by_some_operation(name):
    """So that a name that no operation uses, or a typo in one, is noticed."""
    nodes = [
        op(*_arguments(op, properties, "B"), params=_parameters(op))
        for op in WITH_SIGNATURE
        for properties in ((), (name,))
    ] + [point.node for op in OPERATIONS for point in instances_of(op)]
    assert any(name in properties_of(node) for node in nodes)


@pytest.mark.parametrize("op", OPERATIONS, ids=lambda op: op.name)
def test_claimed_properties_have_names_in_the_list(op):
    for point in instances_of(op):
        assert properties_of(point.node) <= set(PROPERTIES)
        assert all(isinstance(part, Size) for part in point.node.shape)
