"""The command line as a person and as a program use it: output, exit codes, bad input."""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from frechet.cli import main
from frechet.language import parse
from frechet.service import FORMS

COOKBOOK = Path(__file__).parents[1] / "data" / "cookbook.json"


def run(*args, timeout=60):
    command = [sys.executable, "-c", "from frechet.cli import main; main()", *args]
    return subprocess.run(command, capture_output=True, text=True, timeout=timeout)


def test_derive_shows_the_derivation_the_answer_and_the_verdict():
    done = run("derive", "logdet(X'*X)", "--wrt", "X", "--steps")
    assert done.returncode == 0, done.stderr
    assert "gradient = 2*X*inv(X'*X)" in done.stdout
    assert "d(logdet(A)) = tr(inv(A)*dA)" in done.stdout
    assert "assuming X'*X is invertible" in done.stdout
    assert "right: differential, gradient proved by exact arithmetic" in done.stdout


def test_json_has_stable_keys_and_every_formula_parses():
    done = run("derive", "norm2(X*w - y)^2", "--wrt", "w", "--json")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["read_as"] == "read as: X matrix m×n, w vector n, y vector m; f scalar"
    assert {"value_shape", "differential", "gradient", "jacobian", "steps", "where", "assumptions", "verdict"} <= set(
        answer
    )
    assert answer["gradient"] == "2*X'*(X*w - y)"
    assert answer["verdict"]["right"] is True
    symbols = {"X": "matrix(m,n)", "w": "vector(n)", "y": "vector(m)"}
    texts = [answer["differential"], answer["gradient"], answer["jacobian"]]
    texts += [side for step in answer["steps"][:-1] for side in (step["left"], step["right"])]
    for text in texts:
        assert parse(text, **symbols).rows is not None


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        (("--form", "jacobian", "--wrt", "x", "A*x"), "Jacobian = A"),
        (("--form", "hessian", "--wrt", "x", "x'*A*x"), "Hessian matrix = A + A'"),
        (("--form", "differential", "--wrt", "X", "inv(X)"), "df = -inv(X)*dX*inv(X)"),
        (("--latex", "--wrt", "X", r"\log\det(X^\top X)"), r"\left(X^\top X\right)^{-1}"),
        (("--code", "numpy", "--wrt", "X", "logdet(X'*X)"), "return 2 * cholesky_solve(L, X.T).T"),
        (("--code", "jax", "--wrt", "X", "logdet(X'*X)"), "L = jnp.linalg.cholesky(X.T @ X)"),
        (("--code", "torch", "--wrt", "X", "logdet(X'*X)"), "L = torch.linalg.cholesky(X.T @ X)"),
        (("--code", "julia", "--wrt", "X", "logdet(X'*X)"), "C = cholesky(Symmetric(X' * X))"),
        (("--code", "latex", "--wrt", "X", "logdet(X'*X)"), r"L &= \operatorname{chol}(X^\top X)"),
        (("--code", "matlab", "--wrt", "X", "logdet(X'*X)"), "L = chol(X.' * X, 'lower');"),
        (("--wrt", "S", "tr(A*S)", "--var", "S: symmetric(n)"), "gradient = sym(A)"),
        (("--wrt", "U,V", "tr(U*V')"), "gradient by V = U"),
        (("--wrt", "X", "A*B", "--var", "X: matrix(m,n)"), "X does not occur in the function: the derivative is zero"),
        (("--wrt", "x", "-x'*x"), "gradient = -2*x"),
        (("--wrt", "x", "-x'x"), "read as: x vector m; f scalar"),
        (("--wrt", "x", "norm2(A*x-b)^2"), "where b is a number instead of a vector, the answer reads the same"),
        (("--strict", "--wrt", "x", "norm2(A*x-b)^2"), "the answer reads the same"),
        (("--wrt", "mu", "sum((x-mu).^2)"), "where mu is a number instead of a vector: gradient = -2*sum(x - mu)"),
        (("--wrt", "X", "M = X'X + c*I; logdet(M)"), "gradient = 2*X*inv(M)"),
        (("--wrt", "U,V", "tr(U*V')", "--code", "numpy"), "return V.copy(), U.copy()"),
        (("--wrt", "x", "x'A x", "--form", "hessian", "--latex"), "% Hessian matrix"),
    ],
)
def test_forms(args, expected):
    done = run("derive", *args)
    assert done.returncode == 0, done.stderr
    assert expected in done.stdout


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("derive", "tr((X", "--wrt", "X"), "never closed"),
        (("derive", "foo(X)", "--wrt", "X"), "no function foo"),
        (
            ("derive", "X*a + Y", "--wrt", "Y", "--var", "X: matrix(m,n)", "--var", "a: vector(m)"),
            "inner sizes n and m differ",
        ),
        (("derive", "", "--wrt", "X"), "the text is empty"),
        (("derive", "A*x", "--wrt", "X"), "Did you mean x?"),
        (("derive", "norm2(A*x-b)^2", "--wrt", "b", "--strict"), "b is read as a vector"),
        (("read", "A*x", "--size", "k=3"), "k is no size letter here; they are: m, n"),
        (("derive", "X^^2", "--wrt", "X"), "Write X^2"),
        (("derive", "tr(X)", "--wrt", "2"), "2 does not occur in the formula"),
        (("derive", "tr(X)"), "give a formula and its variable"),
        (("derive", "tr(X)", "--wrt", "X", "--size", "n"), "such as n=4"),
        (("derive", "tr(X)", "--wrt", "X", "--form", "nonsense"), "nonsense"),
        (("derive", "X", "--wrt", "X", "--form", "gradient"), "ask for .differential"),
        (("derive", "--cases", "no-such-file.json"), "cannot read"),
        (("check", "tr(X)", "--wrt", "X", "--claim", "eye(n"), "never closed"),
    ],
)
def test_bad_input_is_a_message_and_exit_code_2(args, message):
    done = run(*args)
    assert done.returncode == 2
    assert message in done.stderr + done.stdout
    assert "Traceback" not in done.stderr


def test_a_huge_formula_is_refused_quickly(tmp_path):
    for text in ("(" * 200_000 + "X", "-" * 100_000 + "X", "X" + "'" * 100_000):
        start = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-c", "import sys; sys.argv = ['frechet', 'derive', sys.stdin.read(), '--wrt', 'X'];"
             "from frechet.cli import main; main()"],
            input=text, capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        assert done.returncode in (0, 2), done.stderr[-300:]
        assert "Traceback" not in done.stderr
        assert time.monotonic() - start < 30


def test_errors_as_json():
    done = run("derive", "X^^2", "--wrt", "X", "--json")
    assert done.returncode == 2
    error = json.loads(done.stdout)
    assert error["kind"] == "LanguageError"
    assert error["position"] == 2


def test_functions_are_listed_by_topic_and_explained():
    assert "  logdet(A)" in run("rules", "logdet").stdout.splitlines()
    assert "did you mean logdet" in run("rules", "logdte").stderr
    told = run("explain", "logdet").stdout
    assert "d(logdet(A)) = tr(inv(A)*dA)" in told
    assert "Magnus" in told
    assert "means  sqrt(mean((A - mean(A)).^2))" in run("explain", "std").stdout
    assert run("--version").stdout.startswith("frechet ")


def test_code_for_a_library_that_is_not_installed():
    script = "import sys; sys.modules['jax'] = None; from frechet.cli import main; main()"
    command = [sys.executable, "-c", script, "derive", "logdet(X'X)", "--wrt", "X", "--code", "jax", "--no-check"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "jnp.linalg.cholesky" in done.stdout


PIECES = [
    "-x", "--wrt", "x", "X", "derive", "check", "--json", "--code", "numpy", "--latex", "--steps", "--form", "hessian", "gradient",
    "nonsense", "--var", "X: matrix(m,n)", "X:", "--claim", "2*x", "x'x", "norm2(A*x-b)^2", "", "--size", "n=3", "n=x", "--strict",
    "\\frac{", "M = ", "M = X; ", "x @ y", "--seed", "-1", "--no-check", "logdet", "--help", "tr(X", "[", "∑", "\ud800",
]  # fmt: skip


def test_no_arguments_are_answered_by_an_error_of_python(monkeypatch, capsys):
    rng = random.Random(0)
    for _ in range(60):
        command = rng.choice(["derive", "check", "read", "rules", "explain"])
        arguments = [command, *rng.choices(PIECES, k=rng.randint(0, 6))]
        monkeypatch.setattr(sys, "argv", ["frechet", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        assert ended.value.code in (0, 1, 2, 3), arguments
        assert "should not have happened" not in said.out + said.err, arguments


def said(capsys, *arguments) -> tuple[int, str, str]:
    """The exit code and what a command writes."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    written = capsys.readouterr()
    return ended.value.code, written.out, written.err


@pytest.mark.parametrize("form", FORMS)
def test_a_form_that_is_written_as_an_option_is_told_how_it_is_written(form, capsys):
    code, out, err = said(capsys, "derive", "x'*A*x", "--wrt", "x", f"--{form}")
    assert (code, out) == (2, "")
    assert f"there is no option --{form}: write --form {form}" in err


def test_a_formula_without_a_command_is_told_where_it_stands(capsys):
    code, out, err = said(capsys, "x'*A*x")
    assert (code, out) == (2, "")
    assert "there is no command x'*A*x: choose from derive, check, read, rules, " in err
    assert 'frechet derive "logdet(X\'*X)" --wrt X' in err


def test_a_pullback_says_what_its_cotangent_is(capsys):
    assert (
        "W is a cotangent, m×p like f: <W, df> = <pullback, dX>"
        in said(capsys, "derive", "A*X", "--wrt", "X", "--form", "pullback")[1]
    )
    told = said(capsys, "derive", "w'*y", "--wrt", "w,y", "--form", "pullback")[1]
    assert "pullback by y = w1*w" in told
    assert "w1 is a cotangent, a number like f: <w1, df> = <pullback by w, dw> + <pullback by y, dy>" in told


def test_an_answer_where_letters_have_values(capsys):
    asked = ("derive", "det(eye(n) + a*A)", "--wrt", "a", "--form", "gradient")
    code, out, _ = said(capsys, *asked, "--at", "a=0")
    assert code == 0
    assert "gradient at a=0 = tr(A)" in out
    assert json.loads(said(capsys, *asked, "--at", "a=0", "--at", "A=eye(n)", "--json")[1])["at"] == {
        "gradient": "size(n)"
    }
    for at, message in [
        ("a", "write a letter and its value"),
        ("b=0", "b does not occur in the formula; its variables are: A, a"),
    ]:
        code, out, err = said(capsys, *asked, "--at", at)
        assert (code, out) == (2, "")
        assert message in err
    assert "--at goes with the answer in text" in said(capsys, *asked, "--at", "a=0", "--code", "numpy")[2]


def test_a_claim_with_a_minus_is_shown_as_it_was_typed(capsys):
    assert "  claim: -x\n" in said(capsys, "check", "-x'*x", "--wrt", "x", "--claim", "-x")[1]


def _as_a_process(seed):
    """Random arguments to the command as a process: an answer or a message, never a traceback."""
    rng = random.Random(seed)
    command = rng.choice(["derive", "check", "read", "rules", "explain", "-x", "--version"])
    arguments = [command, *(p.replace("\ud800", "\udcff") for p in rng.choices(PIECES, k=rng.randint(0, 6)))]
    done = run(*arguments, timeout=120)
    assert done.returncode in (0, 1, 2, 3), arguments
    said = done.stdout + done.stderr
    assert "Traceback" not in said, arguments
    assert "should not have happened" not in said, arguments


@pytest.mark.parametrize("seed", range(3))
def test_the_command_line_as_a_process(seed):
    _as_a_process(seed)


@pytest.mark.slow
def test_the_command_line_as_a_process_at_length():
    for seed in range(3, 200):
        _as_a_process(seed)


def test_sizes_can_be_given_to_a_reading():
    assert run("read", "A*x", "--size", "m=3").stdout.startswith("read as: A matrix 3×n, x vector n; f vector 3")


def test_read_gives_the_reading_alone():
    done = run("read", "X.T @ X * Y")
    assert done.stdout.splitlines()[0] == "read as NumPy: X matrix m×n, Y matrix n×n; f matrix n×n"
    told = json.loads(run("read", "-x'*A*x", "--json").stdout)
    assert told["read_as"] == "read as: x vector m, A matrix m×m; f scalar"
    assert told["notes"] == []


def test_check_says_right_and_wrong_by_its_exit_code():
    assert run("check", "logdet(X'*X)", "--wrt", "X", "--claim", "2*X*inv(X'*X)").returncode == 0
    wrong = run("check", "logdet(X'*X)", "--wrt", "X", "--claim", "X*inv(X'*X)")
    assert wrong.returncode == 1
    assert "multiply it by 2" in wrong.stdout


def test_a_file_of_formulas_is_run_whole():
    done = run("derive", "--cases", str(COOKBOOK), timeout=120)
    assert done.returncode == 0, done.stdout
    assert "127 formulas: 127 verified, 0 failed" in done.stdout


def test_rules_lists_the_table():
    done = run("rules", "--json")
    rows = {row["name"]: row for row in json.loads(done.stdout)}
    assert rows["inv"]["formulas"] == ["d(inv(A)) = -inv(A)*dA*inv(A)"]
    assert rows["logdet"]["domain"] == "A is invertible"


def test_the_reference_page_has_every_rule(tmp_path):
    page = tmp_path / "rules.html"
    assert run("rules", "--html", str(page)).returncode == 0
    text = page.read_text(encoding="utf-8")
    assert "d(inv(A)) = -inv(A)*dA*inv(A)" in re.sub(r"<[^>]*>", "", text)
    assert text.count("<section") > 60  # one for each rule


@pytest.mark.parametrize("command", [("derive",), ("check", "--claim", "2*X")])
def test_timeout_bounds_the_whole_command(command):
    done = run(*command, "tr(expm(X))^3*det(X'*X)", "--wrt", "X", "--timeout", "0.001")
    assert done.returncode != 0
    assert done.stdout == ""
    assert done.stderr.startswith("error: the time of 0.001 s is used up: allow more")
    assert done.stderr.count("\n") == 1
