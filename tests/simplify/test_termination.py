"""Every rewriting makes an expression smaller by one measure, so that there is no endless chain of them."""

from __future__ import annotations

import pytest

import frechet as fr
from frechet.expr.node import Expr, postorder
from frechet.expr.structure import SYMBOL, add, mul, scale
from frechet.language import read, to_text
from frechet.rules.inverse import inv
from frechet.rules.linear import kron, trace
from frechet.rules.selection import block
from frechet.simplify import simplify
from frechet.simplify.canonical import canonical_transpose, is_plainer
from frechet.simplify.order import length
from frechet.simplify.products import least_rotation
from frechet.simplify.registry import identities, laws_of
from tests.fuzzing.cases import case
from tests.simplify.measure import measure
from tests.simplify.rewritings import rewritings
from tests.simplify.test_laws import DECLARED, WRITTEN
from tests.simplify.test_rewriting import FORMULAS, _gradient
from tests.simplify.triggers import forget

SEEDS = [*range(150), *range(1000, 1150)]


@pytest.fixture(scope="module")
def found():
    with rewritings() as recorded:
        for text in WRITTEN:
            forget()
            simplify(read(text, DECLARED).expr)
        forget()
        for seed in SEEDS:
            simplify(case(seed).f)
        for text, variable in FORMULAS:
            _gradient(text, variable)
    return recorded


def test_what_stands_in_the_place_of_a_node_is_smaller(found):
    assert len(found.rewritten) > 500
    grown = [p for p in found.rewritten if not (_is_smaller(*p) or _is_arranged(*p))]
    assert not grown, _told(grown)


def test_what_a_normal_form_is_made_of_is_smaller(found):
    assert len(found.asked) > 500
    bounded = (_is_smaller, _is_arranged, _is_grouped, _is_distributed, _is_oriented)
    grown = [p for p in found.asked if not any(holds(*p) for holds in bounded)]
    assert not grown, _told(grown)


def test_no_normal_form_is_made_of_itself(found):
    assert not found.within_itself


def _is_smaller(before: Expr, after: Expr) -> bool:
    return measure(after) < measure(before)


def _is_arranged(before: Expr, after: Expr) -> bool:
    """tr(B*A) = tr(A*B): of all rotations and their transposes the least, which stays where it is."""
    if before.op is not trace or after.op is not trace:
        return False
    product = after.args[0].args[-1] if after.args[0].op is scale else after.args[0]
    return product.op is mul and tuple(least_rotation(list(product.args))) == product.args


def _is_grouped(before: Expr, after: Expr) -> bool:
    """A*B + A*C = A*(B + C) and a/c + b = (a + b*c)/c: the one that is shorter, or has fewer symbols, is looked for once."""
    return before.op is add and (length(after), _symbols(after)) < (length(before), _symbols(before))


def _is_distributed(before: Expr, after: Expr) -> bool:
    """A*[B, C] = [A*B, A*C]: a factor becomes part of entries, and no law takes it out again."""
    return (
        before.op is mul
        and after.op is block
        and len(after.args) <= sum(len(a.args) for a in before.args if a.op is block)
    )


def _is_oriented(before: Expr, after: Expr) -> bool:
    """f(A') for f(A), whose transpose goes out: of A and A' the one that comes first in one order of all expressions."""
    if before.op is not after.op or before.op.transposed != "commutes" or len(before.args) != 1:
        return False
    (A,), (turned,) = before.args, after.args
    return canonical_transpose(A) is turned and is_plainer(turned, A)


def _symbols(e: Expr) -> int:
    count: dict[Expr, int] = {}
    for node in postorder(e):
        count[node] = (node.op is SYMBOL) + sum(count[a] for a in node.args)
    return count[e]


def _told(pairs: list[tuple[Expr, Expr]]) -> str:
    return "\n".join(f"{to_text(a)} is to be {to_text(b)}, which is no smaller" for a, b in pairs[:10])


# --- the test is tested ---------------------------------------------------------------------------------


ROUND = {
    "a law and its reverse": (
        kron,
        lambda e: inv(kron(*[inv(a) for a in e.args])) if e.args[0].op is not inv else None,
    ),
    "a law that adds a transpose": (inv, lambda e: inv(e.args[0].T).T),
    "a law that duplicates": (fr.tanh(fr.scalar("a")).op, lambda e: (e + e) / 2),
}


@pytest.mark.parametrize("name", ROUND)
def test_a_law_that_goes_round_is_seen(name, monkeypatch):
    op, law = ROUND[name]
    calls = []

    def once(node: Expr) -> Expr | None:
        calls.append(node)
        return law(node) if len(calls) == 1 else None

    monkeypatch.setitem(identities, op, [once, *laws_of(op)])
    forget()
    with rewritings() as recorded:
        simplify(read({"kron": "kron(A, B)", "inv": "inv(A)"}.get(op.name, "tanh(a)"), DECLARED).expr)
    forget()
    assert any(not measure(b) < measure(a) for a, b in recorded.rewritten)


@pytest.mark.parametrize(
    ("larger", "smaller"),
    [
        ("A*B + A*C", "A*(B + C)"), ("inv(A*B)", "inv(B)*inv(A)"), ("(A + eye(n))*B", "A*B + B"), ("(A*B)'", "B'*A'"),
        ("tr(A + B)", "tr(A) + tr(B)"), ("A*ones(n)", "rowsum(A)"), ("sum(x.*y)", "x'*y"), ("(x*y').*A", "diag(x)*A*diag(y)"),
    ],
)  # fmt: skip
def test_what_the_measure_orders(larger, smaller):
    assert measure(read(smaller, DECLARED).expr) < measure(read(larger, DECLARED).expr)
