"""An input for every message of the reader, and where in the source each message is made."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

import frechet.language
from frechet.errors import FrechetError
from frechet.language import declare, parse, read
from frechet.language.declarations import declaration

LANGUAGE = Path(frechet.language.__file__).parent
WRITERS = {
    "latex_out.py",
    "mathml.py",
    "tex.py",
    "text.py",
    "unicode.py",
    "clauses.py",
    "writing.py",
    "readable.py",
    "layout.py",
}
"""What prints, and does not read."""
_MAKES = {"fail", "mismatch", "LanguageError", "ShapeError"}
"""(Bounds of the budget have tests of their own.)"""
MN = {"X": "matrix(m,n)", "Y": "matrix(n,m)", "S": "matrix(n,n)", "a": "vector(m)", "b": "vector(n)", "u": "vector(n)"}

INPUTS: list[tuple[str, dict[str, str]]] = [
    # brackets, operands, separators
    ("tr((X", {}), ("X)", {}), ("(X]", {}), ("(X, Y)", {}), ("X, Y", {}), ("1,000*x", {}), ("tr(X; Y)", {}), ("X[1,2,3]", {}),
    ("X[:,1,2]", {}), ("X[:, 1, 2]", {}), ("X[1,:,2]", {}), ("X[:2,1]", {}), ("", {}), ("tr(", {}), ("X +", {}), ("X * / Y", {}), ("X^^2", {}),
    ("()", {}), ("*X", {}), ("tr(X +)", {}), ("X : Y", {}), ("2 3", {}), ("(A*x)_i", {}), ("X [1] 2", {}), ("x'*A*x = 0", {}),
    ("A*x >= b", {}), ("X ? Y", {}), ("{X}*'", {}), ("X + \"a\"", {}), ("x %% y", {}),
    # functions and names
    ("np.var(A, axis=0, ddof=1)", {}), ("np.argmax(x)", {}), ("np.inner(X, X)", MN), ("np.outer(X, X)", MN), ("softmax(X, axis=1, keepdims=True)", MN),
    ("foo(X)", {}), ("where(x > 0, x, 0)", {}), ("tr X * Y", {}), ("sin x / 2", {}), ("X^*", {}), ("x^**y", {}), ("gamma(a)", {}), ("f(x)", {}),
    ("sum(X, axis=5)", {}), ("sum(X, axis=1 + 2)", {}), ("sum(X, axis=1 1)", {}), ("chol(X, axis=1)", {}), ("norm(x, 7)", {}), ("dot(x)", {}), ("inv(X, Y)", {}),
    ("eye(TR)", {}), ("eye(x')", {}), ("eye(1.5)", {}), ("eye(X.^2)", {}), ("eye(n^9)", {}), ("funm(A)", {}), ("funm(A, foo)", {}), ("logsumexp", {}), ("2*logdet", {}),
    ("x + abcdefghijklmnopqrstuvwxyz", {}), ("logdet(L_Y) - logdet(L)", {}), ("softmax(X, Y, axis=1)", {}),
    # sizes
    ("vec(A) - y", {"y": "vector(6)"}), ("vector(b)", MN), ("tr(eye)", {}), ("2 + sin(eye)", {}), ("vector(x)", MN), ("X + Y", MN), ("X*a", MN), ("a*b", MN), ("X*X", MN), ("c/X", MN), ("c/S", MN),
    ("b/u", MN), ("x'*A*x / x'*x", {}), ("X.*Y", MN), ("e^X", MN), ("X @ 2", {}), ("X @ Y @ X @ X", MN), ("2 @ X", {}), ("np.cross(X, Y)", MN), ("cross(b, u)", {"b": "vector(4)", "u": "vector(4)"}),
    ("2^X", MN), ("b^u", MN), ("X^2", MN), ("S^0.3", MN), ("diag(X)", MN), ("norm(X, inf)", MN), ("dot(X,Y)", MN), ("|X|", MN), ("tr(X)", MN),
    ("ones(m,n) + sylv(X, X, X)", MN), ("X[1]", MN), ("X[0,1]", MN), ("R[5,1]", {"R": "matrix(3,3)"}), ("X[3:2,1]", MN), ("[X, a; Y]", MN), ("[X, Y]", MN), ("[X; Y]", MN),
    ("cov(x)", {"x": "scalar"}), ("det(X)", MN), ("cov(c)", {"c": "scalar"}), ("unvec(x, 2, 3)", {"x": "vector(5)"}), ("eye(n) + eye(m)", {}), ("chol(x)", {}), ("diag(x')", {}),
    ("kron(A,B,C)", {}), ("c'*d'", {}),
    # lines, equations, wrt
    ("X*w\nnorm2(w)", {}), ("tr(X) where X: X*X = A; X: X*X*X = B", {}), ("x = x + 1", {}), ("L[Y,Y]", {}), ("tr(X) where X*X = A = B", {}), ("tr(X) where Z: X*X = A", {}), ("tr(B*X) where A*X = X*B", {}), ("tr(B) where X*X = A", {}),
    # NumPy
    ("X.shape @ x", {}), ("X - X.mean(axis=1)", MN), ("np.sum(x[None, :] - x)", {}), ("np.add(X, 1) + X[:, None, 0]", {}), ("X.T @ X - x[None, :]", {"X": "matrix(m,n)", "x": "vector(m)"}), ("np.linalg.slogdet(X)", {}), ("X @ x.shape", {}), ("X.T @ Y.flat", {}),
    # LaTeX
    (r"\log_b x", {}), (r"\frac{a}{", {}), (r"\frac{a", {}), (r"x_{", {}), (r"\sqrt", {}), (r"\frac", {}), (r"x^", {}), (r"\mathbf{x} + x_", {}), (r"x \operatorname{st} y", {}), (r"\frac{a}}{b}", {}), (r"\mathbf{x} ? y", {}), (r"\|x\|_{7}", {}), (r"x^{*} + \mathbf{y}", {}),
    (r"\tr_{9}(X)", {}), (r"\mathbf{x} + _2", {}), (r"\begin{cases} x \end{cases}", {}), (r"\int x \mathrm{d}x", {}), (r"\nabla f", {}), (r"\mathbb{E}[x]", {}), (r"\mathrm{d} + x", {}), (r"x \text{s.t.} y", {}),
    (r"x \operatorname{s.t.} y", {}), (r"\foo{x}", {}), (r"\sin^{-1} x", {}), (r"\phi(x)", {}), (r"\sqrt[4]{x}", {}), (r"(AB)_{12}", {}), (r"\mathbf{x} = y = z", {}), (r"\|x\| = \|y\| = 1", {}), (r"\mathbb{P}(x)", {}), (r"\sum_i x_i", {}), (r"x + \lim y", {}),
    # equations, keywords, names of papers
    ("X*X = A", {}), ("x'*A*x = 0", {}), ("np.max(x, initial=0)", {}), ("tr(X, Y=A)", {}), ("e(k)", {}), ("nuclear(X)", {}), ("tr(tr)", {"tr": "matrix(n,n)"}), ("P(A - B*K)", {}),
    ("norm2(X*beta - y)", {"beat": "vector(n)"}), ("x'*S*x", {"s": "symmetric(n)"}),
    # phrases
    ("minimize x'*x", {}), ("einsum(x)", {}),
]  # fmt: skip
DECLARED = [
    "matrix(m",
    "thing(n)",
    "hermitian(n)",
    "matrix(m,n,p)",
    "vector(n) shiny",
    "vector(0)",
    "matrix(m,n) symmetric",
    "vector(2.5)",
]
NAMED = ["X matrix(m,n)", "2X: matrix(m,n)", "X: thing(n)"]
DIFFERENTIATED = [(r"\nabla_x x^\top A x", "A"), ("A*x", "X"), ("A*x", "q")]


def caught() -> Iterator[FrechetError]:
    """The error of each input, which must be one."""
    for text, declared in INPUTS:
        yield _error(text, lambda text=text, declared=declared: read(text, declared))
    for kind in DECLARED:
        yield _error(kind, lambda kind=kind: declaration(kind))
    for line in NAMED:
        yield _error(line, lambda line=line: declare(line))
    yield _error(r"\nabla_x x^\top x", lambda: parse(r"\nabla_x x^\top x"))
    for text, wrt in DIFFERENTIATED:
        yield _error(text, lambda text=text, wrt=wrt: read(text, wrt=wrt))


def _error(text: str, call) -> FrechetError:
    try:
        call()
    except FrechetError as error:
        return error
    raise AssertionError(f"{text!r} is read")


def places() -> dict[tuple[str, int], str]:
    """Every place of the reader that makes a message: file and first line, with its source."""
    found = {}
    for path in sorted(LANGUAGE.glob("*.py")):
        if path.name in WRITERS:
            continue
        source = path.read_text()
        for function in ast.walk(ast.parse(source)):
            if isinstance(function, ast.FunctionDef) and function.name not in _MAKES:
                for node in ast.walk(function):
                    if isinstance(node, ast.Call) and _name_of(node) in _MAKES and not _only_passes_on(node):
                        found[path.name, node.lineno] = ast.get_source_segment(source, node) or ""
    return found


def _name_of(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _only_passes_on(call: ast.Call) -> bool:
    """Whether the words are another message's: error.reason."""
    return any(isinstance(a, ast.Attribute) and a.attr == "reason" for a in call.args)


def reached(error: BaseException | None) -> Iterator[tuple[str, int]]:
    """The lines that the error, and those that it was made of, came through."""
    while error is not None:
        trace: TracebackType | None = error.__traceback__
        while trace is not None:
            path = Path(trace.tb_frame.f_code.co_filename)
            if path.parent == LANGUAGE:
                yield path.name, trace.tb_lineno
            trace = trace.tb_next
        error = error.__context__
