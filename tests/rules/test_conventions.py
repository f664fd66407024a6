"""Where a function is not differentiable, its operation states a convention; the derivative there is what it says."""

from __future__ import annotations

import numpy as np
import pytest

from frechet.calculus.linear import differential
from frechet.expr.evaluate import evaluate
from frechet.expr.node import operations
from frechet.expr.signature import Signature
from frechet.expr.structure import hadamard, pow, scale, symbol
from frechet.rules.elementwise import abs, sqrt
from frechet.rules.reductions import norm1, norm2
from tests.rules.instances import OPERATIONS, instances_of

D = np.array([[0.5, -2.0, 3.0]])
ZERO = np.zeros((1, 3))
TIED = np.array([[2.0, 2.0, -1.0]])

# At a point without a derivative: the arguments, the directions, and d f there. Every operation with a
# convention needs a line.
AT_CORNERS = {
    "sqrt": ((np.array([[0.0, 4.0, 1.0]]),), (np.array([[0.0, 2.0, 2.0]]),), [[0.0, 0.5, 1.0]]),
    "abs": ((np.array([[0.0, -2.0, 1.0]]),), (D,), [[0.0, 2.0, 3.0]]),
    "step": ((ZERO,), (D,), [[0.0, 0.0, 0.0]]),
    "relu": ((np.array([[0.0, -2.0, 1.0]]),), (D,), [[0.25, 0.0, 3.0]]),
    "maximum": ((TIED, ZERO + 2), (D, ZERO), [[0.25, -1.0, 0.0]]),
    "minimum": ((TIED, ZERO + 2), (D, ZERO), [[0.25, -1.0, 3.0]]),
    "norm1": ((np.array([[0.0, -2.0, 1.0]]),), (D,), [[5.0]]),
    "norm2": ((ZERO,), (D,), [[0.0]]),
    "max": ((TIED,), (D,), [[-0.75]]),
    "min": ((-TIED,), (D,), [[-0.75]]),
    "max_rows": ((TIED,), (D,), [[-0.75]]),
    "min_rows": ((-TIED,), (D,), [[-0.75]]),
    "argmax": ((TIED,), (D,), [[0.0, 0.0, 0.0]]),
    "argmin": ((TIED,), (D,), [[0.0, 0.0, 0.0]]),
    "argmax_rows": ((TIED,), (D,), [[0.0, 0.0, 0.0]]),
    "argmin_rows": ((TIED,), (D,), [[0.0, 0.0, 0.0]]),
}


def test_every_convention_is_tested():
    assert {op.name for op in OPERATIONS if op.convention} == set(AT_CORNERS)


@pytest.mark.parametrize("name", AT_CORNERS)
def test_the_derivative_at_a_corner(name):
    arrays, directions, expected = AT_CORNERS[name]
    args = [symbol(f"A{i}", *a.shape) for i, a in enumerate(arrays)]
    tangents = [symbol(f"dA{i}", *a.shape) for i, a in enumerate(arrays)]
    d = differential(operations[name](*args), dict(zip(args, tangents, strict=True)))
    values = dict(zip(args + tangents, arrays + directions, strict=True))
    np.testing.assert_array_equal(evaluate(d, values), expected)


@pytest.mark.parametrize("op", OPERATIONS, ids=lambda op: op.name)
def test_templates_take_the_arguments(op):
    """domain, convention and notation are templates for the texts of the arguments (and parameters)."""
    node = instances_of(op)[0].node
    signature = op.signature if isinstance(op.signature, Signature) else None
    taken = (
        len(signature.arguments) if signature and signature.text != "->" else 0
    )  # an operation may fold into another
    texts = [f"<{i}>" for i in range(max(len(node.args) + len(node.params), taken))] or ["<0>"]
    for template in (op.domain, op.convention, op.notation):
        filled = template.format(*texts)
        assert bool(filled) == bool(template)
        assert filled.count("{") == filled.count("}")
    for template in (op.domain, op.convention):
        if template and not template.startswith(("step(0)", "entries that tie")):
            assert "<0>" in template.format(*texts), "the text names its argument"


# --- 0/norm2(0) -----------------------------------------------------------------------------------

x, a = symbol("x", "n", 1), symbol("a", 1, 1)
NORMS = [norm2(x), norm1(x), 2 * norm2(x), norm2(x) * a, sqrt(x), 3 * sqrt(x), abs(x)]
AT_ZERO = {x: np.zeros((3, 1)), a: np.ones((1, 1))}


@pytest.mark.parametrize("root", NORMS, ids=range(len(NORMS)))
def test_zero_divided_by_a_norm_that_is_zero_is_zero(root):
    quotient = x / root if root.shape == x.shape else scale(pow(root, -1), x)
    np.testing.assert_array_equal(evaluate(quotient, AT_ZERO), np.zeros((3, 1)))
    reverse = hadamard(pow(root, -1), x) if root.shape == x.shape else scale(x, pow(root, -1))
    np.testing.assert_array_equal(evaluate(reverse, AT_ZERO), np.zeros((3, 1)))


def test_other_quotients_of_zeros_are_not_hidden():
    with np.errstate(invalid="ignore"):
        assert np.isnan(evaluate(x / x, AT_ZERO)).all()
    assert np.isposinf(evaluate(1 / norm2(x), AT_ZERO)).all()
    assert np.isposinf(evaluate((x + 1) / norm2(x), AT_ZERO)).all()


def test_away_from_zero_quotients_are_plain():
    at = {x: np.array([[3.0], [4.0], [0.0]])}
    np.testing.assert_allclose(evaluate(x / norm2(x), at), [[0.6], [0.8], [0.0]], rtol=1e-15)


def test_the_square_of_a_norm_is_smooth_at_zero():
    dx = symbol("dx", "n", 1)
    d = differential(norm2(x) ** 2, {x: dx})
    np.testing.assert_array_equal(evaluate(d, AT_ZERO | {dx: np.ones((3, 1))}), [[0.0]])
