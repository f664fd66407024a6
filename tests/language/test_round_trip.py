"""What is printed reads back as the same object: random expressions drawn over the table."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frechet.errors import FrechetError
from frechet.expr.node import Expr, Operation, operations, symbols
from frechet.expr.signature import Signature
from frechet.expr.sizes import size
from frechet.expr.structure import add, eye, hadamard, mul, number, ones, pi, pow, scale, size_value, symbol, unit
from frechet.language import from_latex, parse, to_latex, to_text, to_unicode
from frechet.rules.selection import block, entries
from frechet.simplify import canonical

SYMBOLS = {
    s.name: s
    for s in (
        symbol("a", 1, 1),
        symbol("lambda", 1, 1, ("positive",)),
        symbol("x", "n", 1),
        symbol("y", "n", 1, ("positive",)),
        symbol("u_1", "m", 1),
        symbol("v", 3, 1),
        symbol("A", "m", "n"),
        symbol("B", "n", "m"),
        symbol("X", "n", "n"),
        symbol("S", "n", "n", ("spd",)),
        symbol("R", 3, 3),
    )
}
LEAVES = [
    *SYMBOLS.values(), number(2), number(Fraction(1, 3)), number(Fraction(-3, 4)), pi(), ones("n"), ones("m", "n"),
    eye("n"), unit(2, "n"), size_value(params=(size("n"),)), scale(-1, SYMBOLS["x"]),
]  # fmt: skip
SIZES = [size(s) for s in ("m", "n", 1, 2, 3)] + [size("n") * size("m")]
EXPONENTS = [2, 3, -1, -2, Fraction(1, 2), Fraction(-1, 2), Fraction(1, 3), 0.1]


def _structural(rng: random.Random, pick) -> Expr:
    make = rng.choice(
        [
            lambda: add(pick(), pick(), pick()),
            lambda: pick() - pick(),
            lambda: scale(pick(), pick()),
            lambda: mul(pick(), pick()),
            lambda: mul(pick(), pick(), pick()),
            lambda: hadamard(pick(), pick()),
            lambda: pick() / pick(),
            lambda: pow(pick(), rng.choice(EXPONENTS)),
            lambda: pow(pick(), pick()),
            lambda: pow(number(2), pick()),
            lambda: pick().T,
            lambda: scale(Fraction(rng.randint(-9, 9), rng.randint(1, 12)), pick()),
            lambda: operations["matpow"](pick(), params=(rng.randint(-3, 4),)),
            lambda: entries(pick(), (1, 2), (1, 1)),
            lambda: entries(pick(), (2, 2), (1, "k")),
            lambda: block(pick(), pick(), pick(), pick(), params=((2, 2),)),
            lambda: block(pick(), pick(), params=((1, 1),)),
        ]
    )
    return make()


OPERATIONS = [
    r
    for r in operations.values()
    if isinstance(r.signature, Signature) and r.signature.text != "->" and r.value and r.name != "matpow"
]


def _row(rng: random.Random, pick) -> Expr:
    op = rng.choice(OPERATIONS)
    sizes = tuple(rng.choice(SIZES) for _ in op.signature.parameters)
    return op(*[pick() for _ in op.signature.arguments], params=sizes)


def draw(seed: int, steps: int) -> Expr:
    """A well-typed expression; each step applies some row to parts made before, and retries what does not fit."""
    rng = random.Random(seed)
    pool = list(LEAVES)
    for _ in range(steps):
        for _ in range(40):

            def pick() -> Expr:
                return rng.choice(pool[-8:] if rng.random() < 0.5 else pool)

            try:
                made = (_structural if rng.random() < 0.6 else _row)(rng, pick)
            except FrechetError:
                continue
            if made.weight < 300:
                pool.append(made)
                break
    return pool[-1]


@settings(max_examples=1000, deadline=None)
@given(st.integers(0, 2**40), st.integers(1, 10))
def test_text_and_unicode_read_back_as_the_same_object(seed, steps):
    """So the text is the same the second time, too."""
    e = draw(seed, steps)
    assert parse(to_text(e), **SYMBOLS) is e, to_text(e)
    assert parse(to_unicode(e), **SYMBOLS) is e, to_unicode(e)


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 2**40), st.integers(1, 10))
def test_latex_reads_back(seed, steps):
    """As the same object; or, where a fraction bar gathers factors, as one with the same canonical form."""
    e = draw(seed, steps)
    read = from_latex(to_latex(e), **SYMBOLS)
    assert read is e or canonical(read) is canonical(e), (to_text(e), to_latex(e))


def _at_symbols(op: Operation, ones: frozenset[str]) -> Expr:
    """The operation at symbols of the sizes that it takes; the letters in `ones` are 1."""
    sizes = {letter: size(1) if letter in ones else size(letter) for letter in op.signature.letters}
    args = [
        symbol(f"A_{k}", rows.substitute(sizes), cols.substitute(sizes))
        for k, (rows, cols) in enumerate(op.signature.arguments)
    ]
    return op(*args, params=tuple(s.substitute(sizes) for s in op.signature.parameters))


WRITTEN = [
    r
    for r in operations.values()
    if isinstance(r.signature, Signature) and r.signature.text != "->" and r.name != "matpow"
]
"""Every operation that has a call; what has none is written with a sign, and drawn at random above."""


@pytest.mark.parametrize("show", [to_text, to_unicode, to_latex], ids=["text", "unicode", "latex"])
def test_every_operation_reads_back(show):
    faults = []
    for op in WRITTEN:
        for letter in ["", *sorted(op.signature.letters)]:
            try:
                e = _at_symbols(op, frozenset({letter}))
            except FrechetError:  # such as a matrix of 1 - 1 columns
                continue
            if e.op is op and " " not in op.name:  # a name with a space is of an operation inside of derivatives
                symbols = {a.name: a for a in e.args}
                read = from_latex(show(e), **symbols) if show is to_latex else parse(show(e), **symbols)
                if read is not e:
                    faults.append((op.name, show(e), to_text(read)))
    assert faults == []


def test_notation_that_would_read_as_something_else_is_not_used():
    S = symbol("S", "n", "n", ("symmetric",))
    assert to_latex(operations["eigvalsh"](S)) == r"\operatorname{eigvalsh}(S)"  # \lambda(S) is a product
    assert to_latex(operations["sinm"](S)) == r"\sin_{\mathrm{m}}(S)"
    assert to_latex(operations["rowsum"](S)) == r"S\mathbf{1}"


NAMES = [
    "B_",
    "x_1_",
    "a__1",
    "max1",
    "det_1",
    "log1",
    "sum2",
    "exp_1",
    "lambda_1",
    "x_12",
    "x_hat",
    "my_var",
    "Sigma",
    "W1",
]


@pytest.mark.parametrize("name", NAMES)
def test_names_keep_apart_in_latex(name):
    """Two variables that print alike would be one: B_ is not B, and max1 no maximum."""
    f = symbol(name, "n", 1).T @ symbol("B", "n", 1)
    assert from_latex(to_latex(f), **{name: symbol(name, "n", 1), "B": symbol("B", "n", 1)}) is f
    assert to_latex(symbol(name, "n", 1)) != to_latex(
        symbol(name.rstrip("_") if name[-1] == "_" else name + "_", "n", 1)
    )


@pytest.mark.parametrize(
    "text", ["inv(2*eye(n))'", "inv(eye(m))'", "inv(hat(v))'", "zeros(lambda)", "zeros(rows, 2*n)", "ones(cols*rows)"]
)
def test_constants_transposed_and_sizes_of_several_letters(text):
    f = parse(text, v="vector(3)") if "v" in text else parse(text)
    assert from_latex(to_latex(f), **{s.name: s for s in symbols(f)}) is f
