"""In a notebook: objects show MathML with LaTeX beside it, and the magics answer as the commands do."""

from __future__ import annotations

import subprocess
import sys
import xml.etree.ElementTree as ET

import pytest
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell

import frechet as fr
from frechet.expr.structure import symbol
from frechet.language.equations import of_latex, typeset
from frechet.language.tex import latex_as_mathml


def tree(html: str) -> ET.Element:
    return ET.fromstring(f"<div>{html}</div>")


def texts(html: str, tag: str) -> list[str]:
    return ["".join(e.itertext()) for e in tree(html).iter(tag)]


@pytest.fixture(scope="module")
def shell():
    made = InteractiveShell()
    made.display_formatter.active_types = made.display_formatter.format_types
    made.run_line_magic("load_ext", "frechet")
    yield made
    made.history_manager.end_session() if made.history_manager else None


# --- what objects show --------------------------------------------------------------------------------

D = fr.derivative("logdet(X'*A*X) + tr(X'*A*X)", "X")
SHOWN = {
    "expression": D.gradient,
    "derivative": D,
    "of a matrix": fr.derivative("A*X*B", "X"),
    "second": D.hessian(),
    "steps": D.steps,
    "several": fr.derivative("norm2(A*x - y)^2", ["A", "x"]),
}
FORMS = fr.chart("x y z")


@pytest.mark.parametrize("name", SHOWN)
def test_mathml_and_latex_of_it(shell, name):
    shown, _ = shell.display_formatter.format(SHOWN[name])
    assert {"text/plain", "text/html", "text/latex"} <= set(shown)
    assert "<math" in shown["text/html"]
    assert list(tree(shown["text/html"]).iter("math"))
    assert shown["text/latex"].startswith("$$")


def test_a_derivative_shows_its_reading_its_equations_and_what_it_assumes():
    html = D._repr_html_()
    assert D.read_as in texts(html, "div")
    assert [e.get("alttext") for e in tree(html).iter("math")].count(str(D.function.args[0])) == 1
    assert "∇" in "".join(texts(html, "math"))
    assert any("assuming" in t for t in texts(html, "div"))
    assert sorted(D.where) == sorted(n for n in D.where if n in texts(html, "mi"))


def test_a_verdict_and_a_report_say_it_in_words_and_put_it_right():
    verdict = D.check()._repr_html_()
    assert texts(verdict, "b") == ["✓ right"]
    report = fr.check("tr(A*X^2)", "X", "2*A'*X'")._repr_html_()
    assert texts(report, "b") == ["✗ wrong"]
    assert any("right only where X and A commute" in t for t in texts(report, "div"))
    assert "(A*X + X*A)'" in [e.get("alttext") for e in tree(report).iter("math")]


def test_steps_print_one_below_the_other():
    steps = fr.derivative("x'*A*x", "x").steps
    assert str(steps).splitlines() == [str(s) for s in steps]
    assert isinstance(steps, list)


@pytest.mark.parametrize(
    "text", ["x*dx^dy - (y + 1)*dz^dx", "sin(x*y)*dx/(1 + z^2)", "exp(-x^2/2)*dz", "sqrt(x)*y^3*dx^dy^dz"]
)
def test_forms_show_mathml(text):
    w = FORMS.form(text) if hasattr(FORMS, "form") else FORMS.parse(text)
    html = w._repr_html_()
    assert html is not None
    assert "d" in texts(html, "mi")
    ET.fromstring(w.mathml())


def test_jacobians_show_mathml():
    J = fr.jacobian_of("X = Q*R", Q="stiefel(m,n)", R="upper(n)")
    assert J._repr_html_() is not None
    assert list(tree(J._repr_html_()).iter("math"))


@pytest.mark.parametrize(
    "latex",
    [r"\frac{\sin^{2}{\left(x \right)}}{\sqrt{y}}", r"e^{- \frac{x^{2}}{2}}", r"\left|{x}\right|", r"\frac{\partial}{\partial x} f{\left(x,y \right)}",
     r"\left[\begin{matrix}x & 1\\y & \alpha_{1}\end{matrix}\right]", r"\begin{cases} x & \text{for}\: x > 0 \\0 & \text{otherwise} \end{cases}",
     r"\int\limits_{0}^{1} f{\left(x \right)}\, dx", r"\sqrt[3]{x}", r"\operatorname{asin}{\left(x \right)}", r"\overline{x}", r"\sum_{a=1}^{5} x^{a}"],
    ids=["power", "exponential", "abs", "derivative", "matrix", "cases", "integral", "root", "function", "conjugate", "sum"],
)  # fmt: skip
def test_latex_of_sympy_has_mathml(latex):
    assert tree(latex_as_mathml(latex)) is not None
    assert "\\" not in latex_as_mathml(latex)


def test_latex_that_is_not_known_is_left_to_latex():
    assert of_latex(r"\unheard{x}") is None
    with pytest.raises(fr.FrechetError, match="unheard"):
        latex_as_mathml(r"\unheard{x}")


def test_hostile_names_are_text_in_a_notebook():
    html = symbol("<img src=x onerror=alert(1)>", 2, 2)._repr_html_()
    assert "img" not in {e.tag for e in tree(html).iter()}


def test_what_is_too_long_to_read_is_told_in_words():
    e = fr.parse(" + ".join(f"x_{k}*y_{k}" for k in range(3000)))
    assert "an expression of" in typeset(e)
    tree(e._repr_html_())


# --- magics -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("logdet(X'*X) --wrt X", "gradient = 2·X·(Xᵀ·X)⁻¹"),
        (r"\frac{1}{2} \|A x - y\|^2 --wrt x", "gradient = Aᵀ·(A·x - y)"),
        ('"logdet(S)" --wrt S --var "S: spd(n)"', "gradient = S⁻¹"),
        ("A*x --wrt x --form jacobian", "A"),
        ("x'*A*x --wrt x --form hessian", "df = (A + Aᵀ)·dx"),
    ],
)
def test_derive(shell, line, expected):
    assert expected in repr(shell.run_line_magic("derive", line))


def test_derive_gives_steps_and_code(shell):
    assert shell.run_line_magic("derive", "logdet(X'*X) --wrt X --steps")[-1].right is fr.gradient("logdet(X'*X)", "X")
    assert "def function" in shell.run_line_magic("derive", "logdet(X'*X) --wrt X --code numpy")


def test_a_cell_has_lines_and_names_of_the_notebook_mean_what_they_are(shell):
    answer = shell.run_cell_magic("derive", "--wrt X", "M = X'*X\nlogdet(M)")
    assert str(answer.gradient) == "2*X*inv(X'*X)"
    shell.user_ns["loss"] = fr.parse("norm2(A*x - y)^2")
    assert str(shell.run_line_magic("derive", "loss --wrt x").gradient) == "2*A'*(A*x - y)"


def test_check(shell):
    assert shell.run_line_magic("check", "tr(A*X^2) --wrt X --claim (A*X + X*A)'")
    assert not shell.run_line_magic("check", "tr(A*X^2) --wrt X --claim 2*A'*X'")


@pytest.mark.parametrize(
    ("magic", "line", "told"),
    [
        ("derive", "logdt(X) --wrt X", "Did you mean logdet"),
        ("derive", "logdet(X)", "give --wrt"),
        ("derive", "--wrt X", "give a formula"),
        ("derive", "logdet(X) --by X", "there is no option --by"),
        ("check", "logdet(X) --wrt X", "give --claim"),
        ("check", "logdet(X) --wrt X --claim A*(", "never closed"),
    ],
)
def test_what_is_refused_is_told_without_a_traceback(shell, magic, line, told):
    with pytest.raises(UsageError, match=told):
        shell.run_line_magic(magic, line)


def test_without_ipython_the_extension_says_what_to_install():
    hidden = "import sys; sys.modules['IPython'] = None; import frechet; frechet.load_ipython_extension"
    done = subprocess.run([sys.executable, "-c", hidden], capture_output=True, text=True, timeout=60)
    assert "pip install ipython" in done.stderr
