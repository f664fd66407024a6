"""`llms.txt`, the language for assistants on one page: `python -m frechet.llms` writes it anew from the table and the command line.

It ships in the package: `frechet llms` prints it, `frechet mcp` gives it as a resource. Its form: https://llmstxt.org.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout, suppress
from pathlib import Path

from frechet import cli
from frechet.expr.properties import PROPERTIES
from frechet.listing import MANUAL, listing

__all__ = ["CALLS", "REFUSED", "main", "manual_text", "printed"]

CALLS = (
    ("derive", "logdet(X'*X)", "--wrt", "X"),
    ("derive", "norm2(A*x - y)^2", "--wrt", "x", "--steps"),
    ("check", "tr(A*X^2)", "--wrt", "X", "--claim", "2*A'*X'"),
    ("derive", "A*S*B", "--wrt", "S", "--var", "S: matrix(n,p)", "--form", "jacobian"),
    ("derive", "norm2(A*x - y)^2", "--wrt", "x", "--code", "numpy", "--no-check"),
)
"""The worked calls."""
REFUSED = ("derive", "2*logdt(X)", "--wrt", "X")
"""One that is refused."""
_HEAD = """# Frechet

> Matrix calculus: derivatives of formulas of matrices as a mathematician writes them, with the derivation, proved or checked by an
> independent numerical method, and as code. It judges a derivative that you worked out yourself, with a counterexample and what is
> wrong with it. Ask it instead of trusting a derivative from memory.

## The language

- `*` is the matrix product (or scaling by a number), `.* ./ .^` act on entries, `A'` is the transpose, `X^-1` the inverse, `A\\b` solves.
- `exp log sin ...` act on entries as in NumPy; `expm logm sqrtm` are functions of matrices; `funm(A, tanh)` is f(A) for any of them.
- Letters need no declaration: `a..g` are scalars, `h..z` vectors, `A..Z` matrices, unless the operations say otherwise; sizes are inferred.
  The answer says first how the formula was read. A declaration overrides it: `x: vector(n)`, `X: matrix(m,n)`, `c: scalar`, `S: spd(n)`.
- Every vector is a column: `x'*y` is a number, `x*y'` a matrix. Ones: `ones(n)`, `ones(m,n)`; the identity: `eye(n)`, or `eye` with a size that fits.
- Parts and blocks count from 1: `x[i]`, `X[i,:]`, `X[:,1:k]`, `[A B; C D]`. Lines before the last one name parts: `M = X'*X; logdet(M)`.
- LaTeX (`\\operatorname{tr}(X^\\top A X)`) and NumPy code (`np.trace(A @ X.T)`) are read too.
- What is printed can be typed in again. An unknown name or sizes that do not fit are an error with the place and a proposal, never a guess.
- The gradient has the shape of X, with df = <gradient, dX>. Jacobians stack columns: vec(df) = J*vec(dX). `dX` is the differential of X.
"""


def manual_text() -> str:
    """The page, from the table as it stands and the command line as it answers."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield _HEAD
    yield "## Declarations\n"
    yield "`scalar`, `vector(n)`, `matrix(m,n)`, and a property alone or after those: " + "; ".join(
        f"`{name}` ({meaning})" for name, meaning in PROPERTIES.items()
    )
    yield "\n## All functions\n"
    for topic, calls in listing():
        yield f"- {topic}: {', '.join(f'`{call}`' for call in calls)}"
    yield "\n## Five worked calls\n"
    for call in CALLS:
        yield f"```console\n$ {_shown(call)}\n{printed(call)}```\n"
    yield "`--json` gives all of it for programs. Exit codes: 0 right, 1 wrong, 2 unusable input, 3 undecided.\n"
    yield f"What cannot be read is refused:\n\n```console\n$ {_shown(REFUSED)}\n{printed(REFUSED)}```\n"
    yield "## From Python, from an assistant\n"
    yield "```python\nimport frechet as fr\n"
    yield 'd = fr.derivative("logdet(X\'*X)", "X")     # d.gradient, d.differential, d.jacobian, d.hessian(), d.steps, d.check()'
    yield 'fr.check("tr(A*X^2)", "X", "2*A\'*X\'")    # wrong: right only where X and A commute'
    yield 'd.gradient.compile("numpy")              # "jax", "torch"; fr.source(d.gradient, "julia") and "matlab" as text'
    yield "```\n"
    yield "`frechet mcp` serves four tools by the Model Context Protocol on standard input and output: derive, check, code, rules."


def _shown(call: tuple[str, ...]) -> str:
    return " ".join(["frechet", *(a if re.fullmatch(r"[\w-]+", a) else f'"{a}"' for a in call)])


def printed(call: tuple[str, ...]) -> str:
    """What the command line prints, results and messages."""
    text = io.StringIO()
    with redirect_stdout(text), redirect_stderr(text), suppress(SystemExit):
        cli.main(call)
    return text.getvalue()


def main() -> None:
    """Writes the page into the package."""
    Path(__file__).with_name(MANUAL).write_text(manual_text(), encoding="utf-8")


if __name__ == "__main__":
    main()
