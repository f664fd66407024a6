"""Values, costs and pictures of every function of the table, as the page shows them."""

from __future__ import annotations

import pytest

from frechet import service
from frechet.errors import DerivativeError, EvaluationError
from frechet.listing import listing
from frechet.web.numbers import costs_and_graph, jacobian_picture, values_at

CALLS = sorted(call for topic, calls in listing("") for call in calls)
WITH_LETTERS = [call for call in CALLS if service.reading_of(call).symbols]
CONSTANT = {"len", "length", "numel", "sign", "step"}  # without a derivative to count
FAR_APART = WITH_LETTERS[::5]  # each costs up to half a second


def _by(call: str) -> str:
    return next(iter(service.reading_of(call).symbols))


@pytest.mark.parametrize("call", WITH_LETTERS)
def test_every_function_has_values_at_numbers_that_can_be_typed_again(call):
    proposed = values_at(call, _by(call))
    typed = values_at(call, _by(call), numbers=proposed["numbers"])
    assert [v["value"] for v in typed["values"]] == [v["value"] for v in proposed["values"]]


@pytest.mark.parametrize("call", FAR_APART)
def test_functions_have_costs_and_pictures(call):
    picture = jacobian_picture(call, _by(call))
    assert 0 < picture["rows"] * picture["cols"] <= 2_500
    if call.split("(")[0] in CONSTANT:
        with pytest.raises(DerivativeError, match=r"does not (depend|occur)"):
            costs_and_graph(call, _by(call))
        return
    costs = {c["order"]: c["operations"] for c in costs_and_graph(call, _by(call))["costs"]}
    assert costs["best"] <= min(costs["forward"], costs["reverse"])


def test_a_size_that_no_array_tells_is_typed_too():
    found = values_at("topvals(A, k)", "A", {"A": "symmetric(n)"}, {"A": "[2 0; 0 5]", "k": "1"})
    assert found["numbers"] == {"k": "1", "A": "[2 0; 0 5]"}
    assert found["values"][0] == {"title": "f", "value": "5"}
    with pytest.raises(EvaluationError, match="k is a size: write a whole number, such as 2"):
        values_at("topvals(A, k)", "A", {"A": "symmetric(n)"}, {"A": "[2 0; 0 5]", "k": "one"})
    assert costs_and_graph("topvals(A, k)", "A", {"A": "symmetric(n)"})["costs"]
