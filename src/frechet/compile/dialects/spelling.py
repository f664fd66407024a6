"""What languages spell alike, given their words for products, transposes and positions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

from frechet.compile.values import Value
from frechet.compile.writing import ATOM, PRODUCT, SUM, UNARY, Code, Template, Writer
from frechet.expr.sizes import ONE, Size
from frechet.rules.selection import in_rows

__all__ = [
    "COMMON", "called", "decimal_number", "is_real_power", "part", "product", "quotient", "raised", "rows_of", "sized",
    "triangular_product", "unchanged", "unfit",
]  # fmt: skip


def decimal_number(value: Fraction) -> Code:
    """A constant: whole, or a decimal, or a quotient where no decimal is exact."""
    strength = UNARY if value < 0 else ATOM
    if value.denominator == 1:
        return Code(str(value.numerator), strength)
    short = f"{float(value)!r}"
    if Fraction(short) == value:
        return Code(short, strength)
    return Code(f"{value.numerator} / {value.denominator}", PRODUCT)


def unchanged(w: Writer, v: Value) -> Code:
    """The argument itself: the language holds both alike."""
    return w.text[v.args[0]]


def called(*names: str, **others: str) -> dict[str, Template]:
    """Kernels that are calls of functions, of their own names or of others: arguments first, then parameters."""

    def call(name: str) -> Template:
        def template(w: Writer, v: Value) -> Code:
            return Code(f"{name}({', '.join([*[w.text[a] for a in v.args], *map(w.parameter, v.params)])})")

        return template

    return {kernel: call(name) for kernel, name in ({n: n for n in names} | others).items()}


def sized(text: str) -> Template:
    """Text with {0}, {1} for parameters and {first} for the first as a position; {s0}, {s1}, {shape}, {tuple} for the sizes of
    the result, {like} for the kind of array that the inputs are."""

    def template(w: Writer, v: Value) -> Code:
        shape = [w.size(s) for s in v.shape]
        words = {f"s{i}": s for i, s in enumerate(shape)} | {"shape": ", ".join(shape), "like": w.like()}
        words["tuple"] = words["shape"] if len(shape) < 2 else f"({words['shape']})"
        words["first"] = w.position(v.params[0]) if v.params else ""
        return Code(text.format(*map(w.parameter, v.params), **words))

    return template


# --- products ---------------------------------------------------------------------------------------------


def product(first: int, second: int, transposed: int | None = None) -> Template:
    """A product of two arguments, one of which may be transposed: that in the first place, or the second."""

    def template(w: Writer, v: Value) -> Code:
        a, b = w.text[v.args[first]], w.text[v.args[second]]
        return w.product(w.transposed(a) if transposed == 0 else a, w.transposed(b) if transposed == 1 else b)

    return template


def triangular_product(triangle: Callable[[Code, bool], Code] = lambda T, lower: T) -> Template:
    """A product with a triangular matrix, of which `triangle` tells the language."""

    def template(w: Writer, v: Value) -> Code:
        side, lower, is_transposed = v.params
        T, B = triangle(w.text[v.args[0]], lower), w.text[v.args[1]]
        T = w.transposed(T) if is_transposed else T
        return w.product(T, B) if side == "left" else w.product(B, T)

    return template


def _entrywise_product(w: Writer, v: Value) -> Code:
    """A product of numbers, or of a number and an array, by *; of two arrays by the language's sign for it."""
    a, b = v.args
    if a.kernel == "number" and a.params[0] == -1:
        return Code(f"-{w.text[b]:{UNARY}}", UNARY)
    if a.kernel == "number" and a.params[0].numerator == 1 and a.params[0].denominator < 10:
        return Code(f"{w.text[b]:{PRODUCT}} / {a.params[0].denominator}", PRODUCT)
    sign = "*" if a.ndim == 0 else w.language.times
    return Code(f"{w.text[a]:{PRODUCT}} {sign} {w.text[b]:{PRODUCT + 1}}", PRODUCT)


def quotient(w: Writer, v: Value) -> Code:
    """A quotient in languages with dots: by a number /, entry by entry ./"""
    a, b = v.args
    sign = "/" if b.ndim == 0 else "./"
    return Code(f"{w.text[a]:{PRODUCT}} {sign} {w.text[b]:{PRODUCT + 1}}", PRODUCT)


def is_real_power(v: Value) -> bool:
    """Whether a power is real for real numbers: a whole one, or one of what is not negative."""
    if v.kernel == "square":
        return True
    base, exponent = v.args
    is_whole = exponent.kernel == "size" or (exponent.kernel == "number" and exponent.params[0].denominator == 1)
    return is_whole or "nonnegative" in base.facts or (base.kernel == "number" and base.params[0] >= 0)


# --- where a formula is not holomorphic -------------------------------------------------------------------


def raised(test: str) -> Callable[[Sequence[str], str], list[str]]:
    """Python: by a function that says whether an array is complex."""

    def statements(codes: Sequence[str], message: str) -> list[str]:
        arrays = ", ".join(codes)
        condition = f"{test}({arrays})" if len(codes) == 1 else f"any(map({test}, ({arrays})))"
        return [f"if {condition}:", f'    raise TypeError("{message}")']

    return statements


def unfit(low: str, high: str, message: str) -> list[str]:
    """Python: sizes that an operation is not for. JAX clamps positions and slices clip them, without a word."""
    return [f"if {high} < {low}:", f'    raise ValueError("{message}")']


# --- parts and blocks -------------------------------------------------------------------------------------


def part(w: Writer, v: Value) -> Code:
    """Entries of a vector, rows and columns of a matrix, by position."""
    whole, (left, right) = v.args[0], tuple(w.language.brackets)
    spans = zip(v.params[::2], v.params[1::2], whole.shape, strict=False)
    code = Code(f"{w.text[whole]:{ATOM}}{left}{', '.join(_positions(w, *span) for span in spans)}{right}")
    is_row = v.ndim == 1 and whole.ndim == 2 and v.params[0] is v.params[1]
    return Code(w.language.flat_row.format(code)) if is_row and w.language.flat_row else code


def _positions(w: Writer, first: Size, last: Size, size: Size) -> str:
    if first is last:
        return w.position(first)
    return ":" if first is ONE and last is size else f"{w.position(first)}:{w.size(last)}"


def rows_of(v: Value, texts: dict[Value, Code]) -> list[str]:
    """The rows of a matrix of blocks, each with its blocks between commas."""
    return [", ".join(texts[a] for a in row) for row in in_rows(v.args, v.params)]


def _input(w: Writer, v: Value) -> Code:
    """The name of an array; a row, which the language holds as one, as a vector."""
    name, rows, _ = v.params
    return Code((w.language.flat_row or w.language.flat).format(Code(name)) if v.ndim == 1 and rows is ONE else name)


COMMON: dict[str, Template] = {
    "input": _input,
    "number": lambda w, v: decimal_number(v.params[0]),
    "size": lambda w, v: w.size(v.params[0]),
    "nonzero": unchanged,
    "T": lambda w, v: Code(w.transposed(w.text[v.args[0]])),
    "mul": _entrywise_product,
    "add": ("{0:50} + {1:51}", SUM),
    "sub": ("{0:50} - {1:51}", SUM),
    "mm": product(0, 1),
    "mv": product(0, 1),
    "symv": product(0, 1),
    "symmetric_product": product(0, 1),
    "gram": product(0, 0, transposed=0),
    "trmm": triangular_product(),
    "part": part,
}
"""Templates that hold in every language, unless it says otherwise."""
