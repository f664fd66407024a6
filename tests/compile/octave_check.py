"""MATLAB source run in GNU Octave equals evaluation; needs `octave`, so it is run by name and not collected."""

from __future__ import annotations

import subprocess

import numpy as np

import frechet as fr
from frechet.compile.matlab_code import MATLAB
from tests.compile.points import assert_same, cookbook, drawn, point_of, without_code

DRAWN = [
    "inv(A + 40*S)'*B", "B*inv(L)", "inv(L')*x", "A'*inv(S)*A", "tr(inv(S)*A)", "diag(A*B)", "softmax(X, rows)",
    "log(1 + exp(x))", "sum(X*A)", "(A*B)[1,2]", "logdet(A + 40*S)", "det(A/4 + eye(n))", "L*B", "A*diag(x)*A'",
    "logsumexp(x)", "tril(A)", "sin(A).^3 + c", "norm2(x)", "x/norm2(x)", "A + x*ones(n)'", "A^4", "colsum(X)",
]  # fmt: skip


def _literal(a: np.ndarray) -> str:
    rows = np.atleast_2d(a.T).T if a.ndim < 2 else a
    return "[" + "; ".join(" ".join(repr(float(v)) for v in row) for row in rows) + "]"


def test_octave_equals_evaluation(tmp_path):
    formulas = [f for _, f in cookbook()] + [drawn(t) for t in DRAWN]
    formulas = [f for f in formulas if not without_code(f, MATLAB)]
    assert len(formulas) > 200
    functions, calls, values = {}, [], []
    for i, f in enumerate(formulas):
        sizes, arrays, value = point_of(f)
        main, *helpers = fr.source(f, "matlab", sizes).split("\n\n\n")
        functions[f"compute{i}"] = main.replace(" compute(", f" compute{i}(")
        functions |= {h.split("(")[0]: h for h in helpers}
        extra = [str(n) for letter, n in sorted(sizes.items()) if f"% {letter}: a size" in main]
        given = [_literal(np.asarray(arrays[name])) for name in sorted(arrays)]
        calls.append(f"R = compute{i}({', '.join([*given, *extra])}).'; printf('%.17g ', R); printf('\\n');")
        values.append(value)
    script = "1;\n" + "\n".join([*functions.values(), *calls])
    path = tmp_path / "check_source.m"
    path.write_text(script)
    run = subprocess.run(["octave", "--no-gui", "--quiet", str(path)], capture_output=True, text=True, timeout=300)
    lines = run.stdout.splitlines()
    for f, value, line in zip(formulas, values, lines, strict=False):
        got = np.array([float(t) for t in line.replace("NaN", "nan").split()]).reshape(np.shape(value))
        try:
            assert_same(got, value)
        except AssertionError as error:
            raise AssertionError(f"{f}: {fr.source(f, 'matlab')}\n{error}") from None
    assert len(lines) == len(formulas), f"{formulas[len(lines)]}: {run.stderr[-2000:]}"
