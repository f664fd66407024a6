"""What the schedule believes of a value (that it is triangular, symmetric, definite, not negative) is true of its numbers."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

import frechet as fr
from frechet.compile.lowering import Schedule, lower
from frechet.compile.source import python_source
from frechet.compile.targets import NUMPY_TARGET
from frechet.expr.node import symbols
from frechet.expr.structure import symbol

N = 4
KINDS = {
    "L": "lower(n)", "M": "lower(n)", "U": "upper(n)", "A": "matrix(n,n)", "S": "symmetric(n)", "P": "spd(n)",
    "D": "diagonal(n)", "Q": "orthogonal(n)", "K": "skew(n)", "x": "vector(n)", "p": "vector(n) positive", "c": "scalar",
}  # fmt: skip
HOLDS = {
    "lower": lambda V: np.allclose(V, np.tril(V)),
    "upper": lambda V: np.allclose(V, np.triu(V)),
    "diagonal": lambda V: np.allclose(V, np.diag(np.diag(V))),
    "symmetric": lambda V: np.allclose(V, V.T),
    "psd": lambda V: np.linalg.eigvalsh(V).min() > -1e-8 * abs(V).max(),
    "spd": lambda V: np.linalg.eigvalsh(V).min() > -1e-8 * abs(V).max(),
    "orthogonal": lambda V: np.allclose(V.T @ V, np.eye(N)),
    "nonnegative": lambda V: V.min() >= 0,
}


def point() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(5)
    A, B, C = (rng.standard_normal((N, N)) + 3 * np.eye(N) for _ in range(3))
    x = rng.standard_normal(N)
    return {
        "L": np.tril(A), "M": np.tril(B), "U": np.triu(C), "A": B, "S": C + C.T, "P": A @ A.T + np.eye(N),
        "D": np.diag(x), "Q": np.linalg.qr(A)[0], "K": B - B.T, "x": x, "p": abs(x) + 0.1, "c": np.array(-0.7),
    }  # fmt: skip


def drawn(random: Random, depth: int) -> str:
    """A matrix in the letters of KINDS."""
    part = lambda: drawn(random, depth - 1)
    if depth == 0 or random.random() < 0.2:
        return random.choice("LMUASPDQK") + random.choice(["", "'"])
    forms = [
        lambda: f"({part()}*{part()})", lambda: f"({part()} {random.choice('+-')} {part()})",
        lambda: f"inv({random.choice(['L', 'U', 'P', 'A', 'Q', 'D', chr(76) + chr(39), 'U' + chr(39)])})",
        lambda: f"({part()}.*{part()})", lambda: f"(c*{part()})", lambda: f"{random.choice(['sym', 'tril'])}({part()})",
        lambda: f"diag({random.choice(['x', 'p', 'x.^2'])})", lambda: "(x*p')", lambda: f"abs({part()})",
    ]  # fmt: skip
    return random.choices(forms, [4, 3, 2, 1, 1, 1, 1, 1, 1])[0]()


def false_beliefs(text: str) -> list[str]:
    """The facts of the values of a program that its numbers do not have."""
    f = fr.parse(text, **{name: kind for name, kind in KINDS.items() if name in text})
    program = lower([f], {"n": N})
    held = [v for v in program.order if v.facts and v.ndim and v.fills_shape and v.kernel not in ("cholesky", "lu")]
    given = sorted(symbols(f), key=lambda s: s.name)
    shown = Schedule(program.builder, held, [symbol("V", "n", "n")] * len(held))
    code = python_source(shown, NUMPY_TARGET.language, given, NUMPY_TARGET.imports, False)
    arrays = {s.name: point()[s.name] for s in given} | dict.fromkeys(code.extra_sizes, N)
    numbers = NUMPY_TARGET.define(code)(**arrays) or ()
    return [
        f"{v.label or v.kernel} is not {fact}"
        for v, V in zip(held, numbers, strict=True)
        for fact in sorted(v.facts)
        if np.isfinite(V).all() and (V.ndim == 2 or fact == "nonnegative") and not HOLDS[fact](V)
    ]


@pytest.mark.parametrize("text", ["inv(L')*M", "M*inv(U')", "inv(L)*M", "L'*U", "(inv(U')*L)^2", "P*D", "S.*S", "c*P"])
def test_facts_of_products(text):
    assert false_beliefs(text) == []


def test_facts_of_drawn_expressions():
    random = Random(11)
    assert {text: wrong for text in (drawn(random, 3) for _ in range(60)) if (wrong := false_beliefs(text))} == {}


def test_a_false_belief_is_seen(monkeypatch):
    monkeypatch.setitem(HOLDS, "lower", lambda V: np.allclose(V, np.triu(V)))
    assert "L*M is not lower" in false_beliefs("L*M")
