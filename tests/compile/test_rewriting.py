"""Sums of products and partitioned matrices written the other way round: the same values, fewer flops."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import frechet as fr
from frechet.compile.lowering import lower
from frechet.compile.rewriting import alternatives
from frechet.expr.evaluate import evaluate
from frechet.expr.node import symbols
from tests.compile.points import arrays_for, assert_same, at_border, drawn, point_of, sizes_for, texts

DECLARED = {
    "A": "matrix(m,n)", "B": "matrix(p,q)", "C": "matrix(n,k)", "D": "matrix(q,k)", "E": "matrix(n,k)", "F": "matrix(m,m)",
    "G": "matrix(p,p)", "H": "matrix(m,k)", "J": "matrix(p,k)", "K": "matrix(m+p,m+p)", "S": "spd(m)", "P": "spd(p)",
    "x": "vector(n+q)", "y": "vector(m+p)", "N": "matrix(n+q,k)", "Z": "matrix(k,m+p)", "R": "spd(k)", "U": "matrix(m,k)",
    "c": "scalar positive", "v": "vector(m)", "W": "diagonal(m) spd",
}  # fmt: skip
SIZES = {"m": 120, "n": 110, "p": 100, "q": 90, "k": 20}
BLOCKS = [
    "[A zeros(m,q); zeros(p,n) B]*[C; D]",
    "[A zeros(m,q); zeros(p,n) B]*N",
    "[A zeros(m,q); zeros(p,n) B]*x",
    "[A zeros(m,q); zeros(p,n) B]*[C zeros(n,k); zeros(q,k) D]",
    "[A zeros(m,q); J*C' B]*[C; D]",
    "inv([F zeros(m,p); zeros(p,m) G])*[H; J]",
    "y'*inv([S zeros(m,p); zeros(p,m) P])*y + logdet([S zeros(m,p); zeros(p,m) P])",
    "det([F zeros(m,p); zeros(p,m) G])",
    "[F zeros(m,p); zeros(p,m) G]*K*[F zeros(m,p); zeros(p,m) G]'",
    "Z*[F zeros(m,p); zeros(p,m) G]*K",
    "[H' J']*[F zeros(m,p); zeros(p,m) G]",
]
LOW_RANK = [
    "inv(H*H' + c*eye(m))*F",
    "tr(inv(S) + U*H') + logdet(inv(S) + H*inv(R)*H')",
    "inv(inv(S) + H*inv(R)*H')*H*inv(R)*C'",
    "v'*inv(W + 2*H*H'/c)*v + logdet(W + H*H')",
    "v'*inv(H*H' + 3*eye(m))*v + logdet(H*H' + 3*eye(m))",
]
SUMS = [
    "A*C + A*E",
    "2*A*C - 3*A*E + A*C*R",
    "F*H - S*H",
    "(eye(m) - H*inv(R + H'*S*H)*H'*S)*S",
    "(eye(m) - U*H')*F*(eye(m) - H*U')",
    "(F - H*U')*(F - H*U')",
    "(F - U*H')'*U",
    "tr((F + H*U')*S)*F*(S - U*U')*H",
]


def _roots(text: str) -> fr.Expr:
    return fr.parse(text, **{s: d for s, d in DECLARED.items() if s in re.findall(r"\b[A-Za-z]\b", text)})


def _value(root: fr.Expr, sizes: dict[str, int], arrays) -> np.ndarray:
    return at_border(root, evaluate(root, {s: arrays[s] for s in symbols(root)}, sizes))


@pytest.mark.parametrize("text", BLOCKS + SUMS + LOW_RANK)
def test_compiled_equals_evaluated(text):
    f = _roots(text)
    arrays = arrays_for(f, SIZES, kind="dominant")
    g = f.compile(sizes=SIZES)
    assert_same(g(**{s.name: at_border(s, a) for s, a in arrays.items()}), _value(f, SIZES, arrays), 1e-9)


@pytest.mark.parametrize("text", BLOCKS + SUMS + LOW_RANK)
def test_every_alternative_has_the_same_value(text):
    f = _roots(text)
    sizes = {"m": 5, "n": 4, "p": 3, "q": 6, "k": 2}
    arrays = arrays_for(f, sizes, kind="dominant")
    found = [changed for (changed,), _ in alternatives([f])]
    assert found
    for other in found:
        assert_same(_value(other, sizes, arrays), _value(f, sizes, arrays), 1e-9)


@settings(max_examples=60, deadline=None)
@given(texts("nn"), st.integers(0, 100))
def test_alternatives_of_drawn_expressions(text, seed):
    f = drawn(text)
    _, _, value = point_of(f, seed)
    assume(np.isfinite(value).all() and np.abs(value).max() < 1e6)
    sizes = sizes_for(f)
    for kind in ("any", "positive"):
        arrays = arrays_for(f, sizes, seed, kind)
        want = _value(f, sizes, arrays)
        assume(np.isfinite(want).all() and np.abs(want).max() < 1e6)
        for (other,), _ in alternatives([f]):
            assert_same(_value(other, sizes, arrays), want, 1e-6)


@pytest.mark.parametrize(
    ("text", "kernel", "count"),
    [
        ("A*C + A*E", "mm", 1),
        ("F*H - S*H", "mm", 1),
        ("(eye(m) - H*inv(R + H'*S*H)*H'*S)*S", "add_diagonal", 0),
        ("[A zeros(m,q); zeros(p,n) B]*[C; D]", "zeros", 0),
        ("logdet([S zeros(m,p); zeros(p,m) P])", "cholesky", 2),
        ("inv(inv(S) + H*inv(R)*H')*H*inv(R)*C'", "cholesky", 2),
    ],
)
def test_the_cheaper_form_is_chosen(text, kernel, count):
    program = lower([_roots(text)], SIZES)
    assert [v.kernel for v in program.order].count(kernel) == count
    assert program.rewritten


def test_what_does_not_pay_stays():
    """C + E is thin beside A here; at one column the sum over A and the product are alike."""
    assert not lower([_roots("F*H + S*U")], SIZES).rewritten
    assert not lower([_roots("(F + S)*H")], SIZES).rewritten
    assert not lower([_roots("A*C + A*E")], {**SIZES, "m": 3, "n": 3, "k": 3}).rewritten


def test_explain_shows_what_was_rewritten():
    text = fr.compile(_roots("A*C + A*E"), sizes=SIZES).explain()
    assert "rewritten: A*C + A*E  as  A*(C + E)" in text
