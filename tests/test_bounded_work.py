"""Every public entry works on long and deep input, or refuses by the budget in one line; Python's stack bounds nothing.

The recursion limit is lowered for each case, so that a walk that recurses fails here long before it fails a user.
"""

from __future__ import annotations

import pickle
import re
import subprocess
import sys
from collections.abc import Callable

import numpy as np
import pytest

import frechet as fr
from frechet.errors import BudgetError
from frechet.expr.evaluate import evaluate
from frechet.expr.node import Expr, symbols
from frechet.language import read, readable

FRAMES = 500  # of Python's stack, beside those of the test runner


def _chain(opening: str, inner: str, closing: str, depth: int, around: str = "{}") -> str:
    return around.format(opening * depth + inner + closing * depth)


def _prefixes(count: int) -> str:
    return "tr(X + " + " + ".join("*".join(f"A_{j}" for j in range(i + 1)) for i in range(count)) + ")"


LONG = {
    "sum of 5,000 traces": ("+".join(f"tr(A_{i}*X)" for i in range(5000)), "X"),
    "sum of 3,000 quadratic forms": ("+".join(f"tr(X'*A_{i}*X)" for i in range(3000)), "X"),
    "trace of a sum of 2,000 products": ("tr(" + "+".join(f"A_{i}*B_{i}*X" for i in range(2000)) + ")", "X"),
    "3,000 quotients": ("+".join(f"1/(a+{i}.5)" for i in range(3000)), "a"),
    "1,000 pairs with common factors": ("tr(" + "+".join(f"A_{i}*X+A_{i}*Y" for i in range(1000)) + ")", "X"),
    "product of 400 matrices": ("tr(" + "*".join(f"A_{i}" for i in range(400)) + "*X)", "X"),
    "product of 400 numbers": ("*".join(f"a_{i}" for i in range(400)), "a_3"),
    "elementwise product of 400 vectors": ("sum(" + ".*".join(f"x_{i}" for i in range(400)) + ")", "x_3"),
    "sum of 25 products, each the start of the next": (_prefixes(25), "X"),
    "sin nested 3,000 deep": (_chain("sin(", "a", ")", 3000), "a"),
    "sin of a matrix nested 1,000 deep": (_chain("sin(", "X", ")", 1000, "sum({})"), "X"),
    "inverses nested 500 deep": (_chain("inv(A+", "X", ")", 500, "tr({})"), "X"),
    "expm nested 500 deep": (_chain("expm(", "X", ")", 500, "tr({})"), "X"),
    "products nested 3,000 deep": (_chain("(A*", "X", ")", 3000, "tr({})"), "X"),
    "sums and products nested 1,000 deep": (_chain("A*(B+", "X", ")", 1000, "tr({})"), "X"),
    "traces nested 1,000 deep": (_chain("tr(X*", "A", ")", 1000), "X"),
    "sums of exponentials nested 100 deep": (_chain("sum(exp(x*", "b", "))", 100), "x"),
    "transposes nested 3,000 deep": (_chain("(A*", "X", ")'", 3000, "tr({})"), "X"),
    "squares nested 300 deep": (_chain("(", "a", "^2+1)", 300), "a"),
    "absolute values nested 500 deep": (_chain("abs(", "a", "*b)", 500), "a"),
    "signs nested 1,000 deep": (_chain("-(a+b-(", "c", "))", 1000), "a"),
    "signs and factors nested 1,000 deep": (_chain("-d*(-e-", "c", ")", 1000), "c"),
    "blocks nested 300 deep": (_chain("[", "x", ";y]", 300, "sum({})"), "x"),
    "diagonals of sums nested 500 deep": (_chain("A*(B+", "X", ")", 500, "sum(diag({}))"), "X"),
    "columns of sin nested 500 deep": (_chain("sin(", "X", ")", 500, "sum({}[:,1:2])"), "X"),
}


def _arrays(f: Expr, n: int = 3) -> dict[str, np.ndarray]:
    """Values for the symbols, every size letter n."""
    rng = np.random.default_rng(0)
    return {
        s.name: rng.uniform(0.1, 0.4, [n if part.letters else part.constant for part in s.shape]) for s in symbols(f)
    }


def _call(f: Expr) -> None:
    compiled = fr.compile(f)
    arrays = _arrays(f)
    given = {s.name: arrays[s.name].reshape([n for n, p in zip(arrays[s.name].shape, s.shape, strict=True) if p.letters])
             for s in symbols(f)}  # fmt: skip
    with np.errstate(all="ignore"):
        compiled(**given)


def _evaluate(f: Expr) -> None:
    arrays = _arrays(f)
    with np.errstate(all="ignore"):
        evaluate(f, {s: arrays[s.name] for s in symbols(f)}, dict.fromkeys(("m", "n", "p", "q"), 3))


ENTRIES: dict[str, Callable[[fr.Answer], object]] = {
    "gradient": lambda d: d.gradient,
    "differential": lambda d: d.differential,
    "jacobian": lambda d: d.jacobian,
    "adjoint": lambda d: d.adjoint,
    "steps": lambda d: [str(step) for step in d.steps],
    "names": lambda d: d.names,
    "assumptions": lambda d: d.assumptions,
    "notes": lambda d: d.notes,
    "hessian": lambda d: d.hessian().differential,
    "to_text": lambda d: fr.to_text(d.gradient),
    "to_latex": lambda d: fr.to_latex(d.gradient),
    "to_unicode": lambda d: fr.to_unicode(d.gradient),
    "readable": lambda d: readable(d.gradient),
    "repr": lambda d: repr(d),
    "read back": lambda d: read(fr.to_text(d.gradient), {s.name: s for s in symbols(d.gradient)}),
    "pickle": lambda d: pickle.loads(pickle.dumps(d.gradient)),
    "evaluate": lambda d: _evaluate(d.gradient),
    "compile": lambda d: _call(d.gradient),
    "source": lambda d: [fr.source(d.gradient, language) for language in ("numpy", "jax", "torch", "julia", "matlab")],
}


@pytest.fixture
def short_stack():
    """A recursion limit that leaves little more than what the test runner needs itself."""
    frames, frame = 0, sys._getframe()
    while frame is not None:
        frames, frame = frames + 1, frame.f_back
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(frames + FRAMES)
    yield
    sys.setrecursionlimit(before)


@pytest.mark.slow
@pytest.mark.parametrize("case", LONG)
def test_every_entry_answers_or_refuses_by_the_budget(case, short_stack):
    text, variable = LONG[case]
    derivative = fr.derivative(text, variable)
    said = {entry: _refusal(ask, derivative) for entry, ask in ENTRIES.items()}
    for entry, error in said.items():
        if isinstance(error, BudgetError):
            assert "\n" not in str(error), entry
            assert f"fr.budget({error.bound}=...)" in str(error), entry
        elif error is not None:  # iterated exponentials leave the floating-point numbers
            assert isinstance(error, fr.EvaluationError), entry
            assert entry in ("evaluate", "compile"), entry


def _refusal(ask: Callable[[fr.Answer], object], derivative: fr.Answer) -> fr.FrechetError | None:
    """What an entry says that does not answer; every other exception is a failure."""
    try:
        with fr.budget(time=20):
            ask(derivative)
    except fr.FrechetError as error:
        return error
    return None


def _calls(run: Callable[[], object]) -> int:
    """The function calls that Python makes: a count of work that no other load on the machine changes."""
    count = 0

    def seen(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(seen)
    try:
        run()
    finally:
        sys.setprofile(before)
    return count


def test_five_thousand_terms_are_answered(short_stack):
    text, variable = LONG["sum of 5,000 traces"]
    derivative = fr.derivative(text, variable)
    assert repr(derivative).count("A₄₉₉₉") == 3
    verdict = derivative.check()
    assert (verdict.right, verdict.kind) == (True, "proved")


@pytest.mark.parametrize(
    "make",
    [
        lambda n: "+".join(f"tr(X'*A_{n}x{i}*X)" for i in range(n)),
        lambda n: _chain("sin(", f"X-B_{n}", ")", n, "sum({})"),
        lambda n: _chain(f"A_{n}*(B_{n}+", "X", ")", n, "tr({})"),
    ],
    ids=["terms", "depth", "sums and products"],
)
def test_the_cost_is_linear(make):
    """Four times the length costs four times the calls; the names differ, so that nothing is known yet."""

    def calls(n: int) -> int:
        return _calls(lambda: fr.derivative(make(n), "X").gradient)

    calls(100)
    assert calls(1600) < 4.4 * calls(400)


# --- the inputs that had no end -----------------------------------------------------------------------


def run(*args: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "frechet", *args]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize(
    ("text", "variable", "gradient"),
    [
        ("tr(X^1000000000)", "X", "1000000000*(X^999999999)'"),
        ("0.999^100000*x'*x", "x", "2*0.999^100000*x"),
        ("(2*a)^(10^10)", "a", "20000000000*(2*a)^9999999999"),
    ],
)
def test_large_exponents_stay_exponents(text, variable, gradient):
    assert fr.to_text(fr.gradient(text, variable)) == gradient


@pytest.mark.parametrize(
    ("text", "bound"),
    [
        ("10^(10^10)*X", "digits"),
        ("2^(2^40)*X", "digits"),
        ("(1/3)^(10^9)*X", "digits"),
        ("1e99999*X", "digits"),
        ("9" * 2000 + "*X", "digits"),
    ],
)
def test_numbers_beyond_all_floats_are_refused(text, bound):
    done = run("derive", text, "--wrt", "X")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert f"fr.budget({bound}=...)" in done.stderr


KRONECKER = _chain("kron(A,", "X", ")", 12)


@pytest.mark.parametrize(
    "args",
    [
        ("derive", "tr(X*A)", "--size", "m=20000"),
        ("derive", "logdet(X'*X)", "--size", "m=99999999999999999999"),
        ("check", "logdet(X'*X)", "--claim", "X", "--size", "m=99999999999999999999"),
        ("derive", f"sum(sin({KRONECKER}))", "--size", "m=5"),
    ],
)
def test_sizes_whose_arrays_do_not_fit_are_refused_before_anything_is_allocated(args):
    done = run(args[0], args[1], "--wrt", "X", *args[2:])
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert re.search(r"needs .* of memory, over the bound of 2 GB: choose smaller sizes", done.stderr)


def test_a_check_chooses_sizes_that_fit():
    done = run("derive", f"sum(sin({KRONECKER}))", "--wrt", "X")
    assert done.returncode == 0, done.stderr
    assert "right: " in done.stdout.splitlines()[-1]
