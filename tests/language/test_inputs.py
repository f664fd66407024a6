"""The forms that the language accepts, and what they mean."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from frechet.errors import LanguageError
from frechet.expr.properties import PROPERTIES
from frechet.expr.structure import symbol
from frechet.language import declare, from_latex, parse, read, to_latex, to_text, to_unicode
from frechet.language.surface import is_function

DECLARED = {
    "A": "matrix(m,n)", "X": "matrix(n,n)", "S": "symmetric(n)", "x": "vector(n)", "y": "vector(n)", "v": "vector(3)",
    "w": "vector(m)", "t": "scalar", "alpha": "scalar", "Z": "matrix(6,6)", "u": "vector(12)",
}  # fmt: skip
SAME = [
    ("A*x", "A@x"),
    ("A*x", "A·x"),
    ("A.*A", "A⊙A"),
    ("kron(A, X)", "A⊗X"),
    ("X'", "X.T"),
    ("X'", "X^T"),
    ("X'", "Xᵀ"),
    ("inv(X)", "X^-1"),
    ("inv(X)", "X⁻¹"),
    ("inv(X)'", "X^-1'"),
    ("X^2", "X²"),
    ("X.^2", "X**2"),
    ("inv(X)^2", "X^-2"),
    ("-(x')", "-x'"),
    ("alpha*x", "α*x"),
    ("x - y", "x − y"),
    ("tr(X)", "trace(X)"),
    ("norm2(A)", "normfro(A)"),
    ("norm2(A)", "‖A‖"),
    ("abs(t)", "|t|"),
    ("diag(x)", "diagm(x)"),
    ("x'*y", "dot(x, y)"),
    ("ones(n)", "ones(n,1)"),
    ("eye(n) + X", "eye + X"),
    ("x + ones(n)", "x + vector(1)"),
    ("x + ones(n)", "x + 1"),
    ("A + 2*ones(m,n)", "A + matrix(2)"),
    ("[cos(t), -sin(t); sin(t), cos(t)]", "[cos(t) -sin(t); sin(t) cos(t)]"),
    ("2*t^-1", "2/t"),
    ("X[:,2]", "X[1:n,2:2]"),
    ("t^(2^t)", "t^2^t"),
    ("x.^2", "x .^ 2"),
]
PRINTED = [
    "x[2]", "A[1,:]", "A[:,1:k]", "hat(v)", "vee(hat(v))", "mean(x)", "max(x, y)", "min(x, y)", "max(A)", "max(A, rows)",
    "softmax(A, rows)", "logsumexp(A, rows)", "khatrirao(X, S)", "commutation(m,n)", "e(2,n)", "zeros(m,n)", "pi",
    "ptrace1(Z, 2)", "ptrace2(Z, 3)", "unvec(u, 3, 4)", "sum(x)/n", "2*X*inv(X'*X)", "x./y", "X/2", "1/(x'*x)",
    "(X + X')*x + y", "t*x'/norm2(x)^3", "0.1*x", "x/3", "-x'*y", "1 - tanh(x).^2", "log1p(exp(t))", "2^t", "t^0.5",
    "x.^y", "[X, x; x', t]", "det(X)^2", "logdet(S)", "adj(X)", "sym(X)", "skew(X)", "tril(X)", "triu(X)", "vec(A)",
    "rowsum(A)", "colsum(A)", "1./x", "erf(t)", "relu(x)", "A/(m*n)",
]  # fmt: skip


@pytest.mark.parametrize(("plain", "other"), SAME)
def test_two_spellings_of_one_expression(plain, other):
    assert parse(other, **DECLARED) is parse(plain, **DECLARED)


@pytest.mark.parametrize("text", PRINTED)
def test_text_is_printed_as_it_was_written(text):
    assert to_text(parse(text, **DECLARED)) == text


def test_sizes_are_inferred_and_named():
    found = read("x'*A*x + tr(B*C)", {"C": "matrix(m,3)"}).symbols
    shapes = {name: f"{s.rows}×{s.cols}" for name, s in found.items()}
    assert shapes == {"x": "n×1", "A": "n×n", "B": "3×m", "C": "m×3"}


def test_undeclared_scalars_vectors_and_matrices():
    found = read("c*tr(X) + beta*norm2(x) + norm1(Gamma)").symbols
    assert found["c"].is_scalar
    assert found["beta"].is_scalar
    assert found["x"].is_vector
    assert not found["Gamma"].is_vector


def test_a_size_letter_is_a_number():
    e = parse("sum(x)/n", x="vector(n)")
    assert to_text(e) == "sum(x)/n"
    assert parse("sum(x)/n", x="vector(n)", n="scalar") is not e


def test_differentials_have_the_shape_and_subspace_of_their_variable():
    found = read("tr(dA'*dS*dA1)", {"S": "spd(n)", "A": "matrix(n,m)"}).symbols
    assert found["dA"].shape == found["dA1"].shape
    assert "symmetric" in found["dS"].params[1]


def test_a_scalar_added_to_a_square_matrix_is_noted():
    assert read("X + 1", {"X": DECLARED["X"]}).notes == ("adds 1 to every entry; for the identity write eye",)
    assert read("A + 1", {"A": DECLARED["A"]}).notes == ()


def test_declared_kinds_reach_the_symbols():
    for kind in sorted(set(PROPERTIES) - {"positive", "unit"}):
        name, declaration = declare(f"Q: {kind}(n)")
        assert read("Q", {name: declaration}).symbols["Q"] is symbol("Q", "n", "n", (kind,))
    assert "positive" in read("x", {"x": "vector(n) positive"}).symbols["x"].params[1]
    for declaration in ("unit(n)", "vector(n) unit", "unit", "vector unit"):
        assert read("x", {"x": declaration}).symbols["x"].params[1] == ("unit",)
        assert read("x'*A*x", {"x": declaration, "A": "matrix(n,n)"}).symbols["x"] is symbol("x", "n", 1, ("unit",))


def test_named_parts():
    M = parse("X'*X", **DECLARED)
    e = parse("logdet(X'*X)*inv(X'*X)", **DECLARED)
    assert to_text(e, {M: "M"}) == "logdet(M)*inv(M)"
    assert parse("logdet(M)*inv(M)", M=M) is e


# --- depth and length -----------------------------------------------------------------------------


def test_ten_thousand_operations_are_read_and_printed():
    text = "x"
    for _ in range(3000):
        text = f"tanh(X*{text} + y)"
    e = parse(text, **DECLARED)
    assert to_text(e) == text
    assert parse("+".join(["x"] * 10_000), x="vector(n)").op.name in ("add", "scale")


# --- the published formulas -----------------------------------------------------------------------

CASES = json.loads((Path(__file__).parents[1] / "data" / "cookbook.json").read_text())
PROPERTY = {"positive_definite": "spd", "positive": "positive"}


def declarations(case: dict) -> dict[str, str]:
    """The variables of a case as declarations; properties that only restrict sampling are left out."""
    found = {}
    for name, shape in case["vars"].items():
        kind = "scalar" if not shape else f"vector({shape[0]})" if len(shape) == 1 else f"matrix({','.join(shape)})"
        properties = [PROPERTY.get(p, p) for p in case["props"].get(name, [])]
        found[name] = " ".join([kind, *(p for p in properties if p in PROPERTIES)])
    return found


@pytest.mark.parametrize("case", CASES, ids=[c["id"] for c in CASES])
@pytest.mark.parametrize("part", ["expr", "expected"])
def test_published_formulas_read_and_round_trip(case, part):
    text = case[part]
    missing = [f for f in re.findall(r"([A-Za-z]\w*)\(", text) if not is_function(f)]
    if missing:  # a row that the table does not have yet is named
        with pytest.raises(LanguageError, match=f"there is no function {missing[0]}"):
            read(text, declarations(case))
        return
    reading = read(text, declarations(case))
    assert parse(to_text(reading.expr), **reading.symbols, **_rest(case, reading.symbols)) is reading.expr
    assert parse(to_unicode(reading.expr), **reading.symbols, **_rest(case, reading.symbols)) is reading.expr


def _rest(case: dict, known: dict) -> dict[str, str]:
    return {name: d for name, d in declarations(case).items() if name not in known}


# --- LaTeX ----------------------------------------------------------------------------------------

LATEX = [
    (r"\operatorname{tr}(X^\top A X)", "tr(X'*A*X)"),
    (r"\log\det(X^{\top}X)", "logdet(X'*X)"),
    (r"\|Ax-y\|_2^2", "norm2(A*x - y)^2"),
    (r"\|X\|_F^2", "norm2(X)^2"),
    (r"A \odot B", "A.*B"),
    (r"A\otimes B", "kron(A, B)"),
    (r"\frac{a}{b}", "a/b"),
    (r"\frac12\left\|Ax-y\right\|^2 + \lambda \|x\|_1", "norm2(A*x - y)^2/2 + lambda*norm1(x)"),
    (r"\left(X^TX\right)^{-1}X^T y", "inv(X'*X)*X'*y"),
    (r"\mathbf{x}^\top\mathbf{A}\mathbf{x}", "x'*A*x"),
    (r"\exp(-\tfrac12 (x-y)^\top\Sigma^{-1}(x-y))", "exp(-(x - y)'*inv(Sigma)*(x - y)/2)"),
    (r"\mathbf{1}^\top x", "ones(1,m)*x"),
    (r"A\mathbf{1}_n", "A*ones(n)"),
    (r"I + A", "eye(m) + A"),
    (r"\operatorname{tr} A B + c", "tr(A*B) + c"),
    (r"\begin{bmatrix} a & b\\ c & d \end{bmatrix}", "[a, b; c, d]"),
    (r"X^{-\top}", "inv(X)'"),
    (r"\sqrt{x^\top x}", "sqrt(x'*x)"),
    (r"\log|\Sigma|", "log(det(Sigma))"),
    (r"\mathrm{d}X X", "dX*X"),
    (r"w_{1}^\top x", "w_1'*x"),
    (r"x^{\circ 2}", "x.^2"),
    (r"\{[(a)]\} b", "a*b"),
    (r"\sin^2 a + \cos^{2}(a)", "sin(a)^2 + cos(a)^2"),
    (r"\operatorname{tr}^2(A)", "tr(A)^2"),
    (r"[A B]_{1,2}", "(A*B)[1,2]"),
    (r"(Ax)_i + y", "(A*x)[i] + y"),
    (r"(AB)_{ij}", "(A*B)[i,j]"),
]


@pytest.mark.parametrize(("latex", "text"), LATEX)
def test_latex_of_papers(latex, text):
    assert to_text(from_latex(latex)) == text


@pytest.mark.parametrize(
    ("text", "latex"),
    [
        ("2*X*inv(X'*X)", r"2 X \left(X^\top X\right)^{-1}"),
        ("t*x'/norm2(x)^3", r"\frac{t x^\top}{\lVert x \rVert^{3}}"),
        ("inv(X)'", r"X^{-\top}"),
        ("alpha*x./y", r"\alpha \left(x \oslash y\right)"),
        ("-X/2", r"-\frac{1}{2} X"),
    ],
)
def test_latex_output(text, latex):
    assert to_latex(parse(text, **DECLARED)) == latex


@pytest.mark.parametrize(
    ("text", "same"), [("eye(n^2)", "eye(n*n)"), ("ones(2*m^3,n)", "ones(2*m*m*m,n)"), ("eye(2^3)", "eye(8)")]
)
def test_a_size_may_be_a_power(text, same):
    assert parse(text) is parse(same)


@pytest.mark.parametrize("text", ["eye(n^m)", "eye(n^0)", "eye(n^99)", "eye(n^(1/2))", "eye(n^-1)"])
def test_other_powers_are_no_sizes(text):
    with pytest.raises(LanguageError, match="a size is a whole number, a letter, or a sum, product or power of them"):
        parse(text)
