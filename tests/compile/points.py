"""Expressions to compile, and numbers to call them with."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from hypothesis import strategies as st

import frechet as fr
from frechet.batch import declarations_of, load_cases
from frechet.compile.lowering import lower
from frechet.compile.writing import Language
from frechet.expr.evaluate import evaluate
from frechet.expr.holomorphy import refuse_complex
from frechet.expr.node import Expr, postorder, substitute, symbols
from frechet.expr.structure import differential_of, is_differential, symbol
from frechet.language import read
from tests.expr.drawing import matrix_with

COOKBOOK = Path(__file__).parents[1] / "data" / "cookbook.json"


def cookbook() -> list[tuple[str, Expr]]:
    """Every formula of the cookbook, every published answer, and every gradient or differential."""
    found: dict[Expr, str] = {}
    for case in load_cases(COOKBOOK):
        for text in filter(None, (case["expr"], case.get("expected"))):
            try:
                f = read(text, declarations_of(case)).expr
            except fr.LanguageError:
                continue  # published in a notation that the language does not have
            found.setdefault(f, case["id"])
            if symbols(f):
                apart = _without_differentials(f)
                d = fr.derivative(apart, symbols(apart))
                for answer in d.gradients if f.is_scalar else [d.differential]:
                    found.setdefault(answer, f"{case['id']} derived")
    return [(name, f) for f, name in found.items()]


def _without_differentials(f: Expr) -> Expr:
    """The same with letters of their own for dX, so that it can be differentiated."""
    moves = {differential_of(X): symbol(f"{X.name}_t", *X.shape) for X in symbols(f) if not is_differential(X)}
    return substitute(f, moves)


def sizes_for(*roots: Expr) -> dict[str, int]:
    """A number for every size letter, different ones for the first three."""
    letters = sorted({letter for node in postorder(*roots) for s in node.shape for letter in s.letters})
    return {letter: 3 + i % 3 for i, letter in enumerate(letters)}


def arrays_for(root: Expr, sizes: dict[str, int], seed: int = 0, kind: str = "any") -> dict[Expr, np.ndarray]:
    """Two-dimensional arrays for the symbols, with the declared properties; kind: any, positive, dominant."""
    rng = np.random.default_rng(seed)
    arrays = {}
    for s in symbols(root):
        m, n = s.rows.value(sizes), s.cols.value(sizes)
        declared = set(s.params[1]) - {"differential"}
        if m == n > 1 and declared:
            arrays[s] = matrix_with(declared, m, rng)
        elif kind == "positive" or "positive" in declared:
            arrays[s] = rng.uniform(0.3, 1.5, (m, n))
        else:
            arrays[s] = rng.standard_normal((m, n)) / 2
            if kind == "dominant" and m == n:
                arrays[s] = arrays[s] / 4 + 2 * np.eye(n) + np.diag(np.arange(n) / 3)
    return arrays


def at_border(e: Expr, A: np.ndarray) -> np.ndarray:
    """A two-dimensional array in NumPy's shape for the expression."""
    return A[0, 0] if e.is_scalar else A[:, 0] if e.cols.constant == 1 else A


def point_of(root: Expr, seed: int = 0) -> tuple[dict[str, int], dict[str, np.ndarray], np.ndarray]:
    """Sizes, arrays by name, and the value there: at a point of the domain if one of three kinds is."""
    sizes = sizes_for(root)
    for kind in ("any", "positive", "dominant"):
        arrays = arrays_for(root, sizes, seed, kind)
        try:
            with np.errstate(all="ignore"):
                value = evaluate(root, arrays, sizes)
        except (fr.FrechetError, np.linalg.LinAlgError):
            continue
        if np.isfinite(value).all():
            break
    else:
        with np.errstate(all="ignore"):
            value = evaluate(root, arrays, sizes)
    return sizes, {s.name: at_border(s, A) for s, A in arrays.items()}, at_border(root, value)


def without_code(root: Expr, language: Language) -> list[str]:
    """The operations of a formula that a language has no code for; those of NumPy run by their own kernels."""
    program = lower([root], sizes_for(root))
    own = [v.params[0] for v in program.order if v.kernel == "operation_kernel"]
    return [n for n in own if n not in language.operations] + [
        v.kernel for v in program.order if v.kernel != "operation_kernel" and v.kernel not in language.templates
    ]


def assert_same(got, want, tolerance: float = 1e-7) -> None:
    """Equal shapes, equal entries up to rounding; entries that are not finite in the same places."""
    got = np.asarray(got)
    assert got.shape == np.shape(want), f"shape {got.shape}, not {np.shape(want)}"
    scale = max(1.0, np.abs(want)[np.isfinite(want)].max(initial=0))
    np.testing.assert_allclose(got, want, rtol=tolerance, atol=tolerance * scale)


# --- drawn expressions --------------------------------------------------------------------------------

_LEAVES = {
    "11": ["c", "tr(A)", "x'*y", "y'*S*x"],
    "n1": ["x", "y", "diag(A)", "rowsum(A)", "A*ones(n)"],
    "nn": ["A", "B", "S", "D", "L", "eye(n)", "x*y'", "A'", "X'*X", "ones(n,n)", "x*ones(n)'"],
    "mn": ["X", "X.*X"],
}
_GROWN = {
    "11": [
        "({11} + {11})", "{11}*{11}", "{n1}'*{n1}", "tr({nn})", "tr({nn}*{nn})", "sum({mn})", "sum({nn}.*{nn})",
        "norm2({n1})^2", "logdet({nn} + 40*S)", "tanh({11})", "{n1}'*inv(S)*{n1}", "tr(inv(S)*{nn})", "sum({nn}*{nn})",
        "det({nn}/4 + eye(n))", "logsumexp({n1})", "({nn}*{nn})[1,2]",
    ],
    "n1": [
        "({n1} + {n1})", "{nn}*{n1}", "{n1}.*{n1}", "{mn}'*{mn}*{n1}", "diag({nn}*{nn})", "inv(S)*{n1}", "inv(L)*{n1}",
        "inv(A + 40*S)*{n1}", "softmax({n1})", "diag({n1})*{n1}", "{nn}*{nn}*{n1}", "rowsum({nn}*{nn})", "{11}*{n1}",
        "colsum({mn})", "sigmoid({n1})", "inv(L')*{n1}", "({nn}*{nn})[:,1]", "log(1 + exp({n1}))",
    ],
    "nn": [
        "({nn} + {nn})", "{nn}*{nn}", "{nn}'*{nn}", "{nn}.*{nn}", "diag({n1})*{nn}", "{nn}*diag({n1})", "{n1}*{n1}'",
        "{nn}*inv(S)", "inv(S)*{nn}", "inv(A + 40*S)'*{nn}", "{mn}'*{mn}", "({nn} + {11}*eye(n))", "{11}*{nn}",
        "({nn} - {nn}')", "{nn}*inv(L)", "{nn}'*inv(S)*{nn}", "{nn}*diag({n1})*{nn}'", "sin({nn})", "{nn}'", "L*{nn}",
        "inv(D)*{nn}", "tril({nn})", "exp({nn}/9)", "inv(S*L)", "({nn} + x*ones(n)')", "D*{nn}*D",
    ],
    "mn": ["{mn}*{nn}", "({mn} + {mn})", "{mn}.*{mn}", "{mn}*{nn}*{nn}", "({mn} + {11})", "softmax({mn}, rows)"],
}  # fmt: skip
DECLARED = {
    "A": "matrix(n,n)", "B": "matrix(n,n)", "S": "spd(n)", "D": "diagonal(n) invertible", "L": "lower(n) invertible",
    "X": "matrix(m,n)", "x": "vector(n)", "y": "vector(n)", "c": "scalar positive",
}  # fmt: skip


@st.composite
def texts(draw, kind: str | None = None, depth: int = 3) -> str:
    """An expression as text: structured factors, solves, traces, elementwise functions."""
    kind = kind or draw(st.sampled_from(sorted(_GROWN)))
    if depth == 0:
        return draw(st.sampled_from(_LEAVES[kind]))
    shape = draw(st.sampled_from(_GROWN[kind]))
    parts = shape.split("{")
    text = parts[0]
    for part in parts[1:]:
        inner, _, rest = part.partition("}")
        text += f"({draw(texts(inner, draw(st.integers(0, depth - 1))))}){rest}"
    return text


def drawn(text: str) -> Expr:
    return read(text, {name: d for name, d in DECLARED.items() if name in text}).expr


def takes_complex(*roots: Expr) -> bool:
    """Whether the expressions have one meaning for complex arrays."""
    try:
        refuse_complex(roots, symbols(*roots))
    except fr.EvaluationError:
        return False
    return True
