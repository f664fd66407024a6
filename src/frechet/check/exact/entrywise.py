"""What sums, entrywise products, powers and functions of each entry mean."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from frechet.check.exact.functions import SLOPES
from frechet.check.exact.meanings import means

__all__: list[str] = []


@means("number")
def exact_number(o, node, sizes):
    return o.number(node.params[0])


@means("size")
def exact_size(o, node, sizes):
    return o.number(sizes[0])


@means("pi")
def exact_pi(o, node, sizes):
    return o.pi()


@means("eye")
def exact_eye(o, node, sizes):
    return o.eye(sizes[0])


@means("ones")
def exact_ones(o, node, sizes):
    return o.filled(*sizes, 1)


@means("zeros")
def exact_zeros(o, node, sizes):
    return o.filled(*sizes, 0)


@means("add")
def exact_add(o, node, sizes, *terms):
    return o.plus(*terms)


@means("scale", "hadamard")
def exact_product(o, node, sizes, *factors):
    product = factors[0]
    for factor in factors[1:]:
        product = o.times(product, factor)
    return product


@means("mul")
def exact_mul(o, node, sizes, *factors):
    if factors[-1].cols <= factors[0].rows:
        product = factors[-1]
        for factor in reversed(factors[:-1]):
            product = o.matmul(factor, product)
        return product
    product = factors[0]
    for factor in factors[1:]:
        product = o.matmul(product, factor)
    return product


@means("pow")
def exact_pow(o, node, sizes, base, exponent):
    exponent_node = node.args[1]
    k = exponent_node.params[0] if exponent_node.op.name == "number" else None
    if k is None:
        return o.powers(base, exponent)
    if k.denominator > 1:
        base = o.root(base, k.denominator)
    power = o.power(base, abs(k.numerator), o.filled(base.rows, base.cols, 1), o.times)
    return o.inverses(power) if k < 0 else power


# --- functions of each entry ----------------------------------------------------------------------------


def _plainly(name: str) -> None:
    @means(name)
    def exact_function(o, node, sizes, A):
        return o.function(name, A)


for _name in SLOPES.keys() - {"logabs"}:
    _plainly(_name)


def step(o: Any, A: Any) -> Any:
    """(1 + sign(A))/2."""
    return o.scaled(Fraction(1, 2), o.plus(o.filled(A.rows, A.cols, 1), o.function("sign", A)))


def larger(o: Any, A: Any, B: Any) -> Any:
    """B + relu(A - B)."""
    difference = o.minus(A, B)
    return o.plus(B, o.times(difference, step(o, difference)))


@means("abs")
def exact_abs(o, node, sizes, A):
    return o.times(o.function("sign", A), A)


@means("step")
def exact_step(o, node, sizes, A):
    return step(o, A)


@means("relu")
def exact_relu(o, node, sizes, A):
    return o.times(step(o, A), A)


@means("maximum")
def exact_maximum(o, node, sizes, A, B):
    return larger(o, A, B)


@means("minimum")
def exact_minimum(o, node, sizes, A, B):
    return o.scaled(-1, larger(o, o.scaled(-1, A), o.scaled(-1, B)))


@means("reciprocals")
def exact_reciprocals(o, node, sizes, A):
    return o.inverses(A)
