"""What languages of infix operators write alike: products and quotients of numbers and arrays, names of functions."""

from __future__ import annotations

from collections.abc import Callable

from frechet.compile.values import Value
from frechet.compile.writing import PRODUCT, UNARY, Code, Writer

__all__ = ["DOTTED_FUNCTIONS", "dotted_quotient", "entrywise_product"]

DOTTED_FUNCTIONS = {
    "sin": "sin", "cos": "cos", "tan": "tan", "arcsin": "asin", "arccos": "acos", "arctan": "atan", "sinh": "sinh",
    "cosh": "cosh", "tanh": "tanh", "exp": "exp", "log": "log", "log1p": "log1p", "sqrt": "sqrt", "abs": "abs",
    "sign": "sign", "erf": "erf", "step": "step_of", "sigmoid": "sigmoid", "softplus": "softplus",
}  # fmt: skip
"""Elementwise kernels -> their names in Julia and MATLAB, of the language itself or of a helper."""


def entrywise_product(of_arrays: str) -> Callable[[Writer, Value], Code]:
    """A product of numbers, or of a number and an array, by *; of two arrays by `of_arrays`."""

    def template(w: Writer, v: Value) -> Code:
        a, b = v.args
        if a.kernel == "number" and a.params[0] == -1:
            return Code(f"-{w.text[b]:{UNARY}}", UNARY)
        if a.kernel == "number" and a.params[0].numerator == 1 and a.params[0].denominator < 10:
            return Code(f"{w.text[b]:{PRODUCT}} / {a.params[0].denominator}", PRODUCT)
        sign = "*" if a.ndim == 0 else of_arrays
        return Code(f"{w.text[a]:{PRODUCT}} {sign} {w.text[b]:{PRODUCT + 1}}", PRODUCT)

    return template


def dotted_quotient(w: Writer, v: Value) -> Code:
    """A quotient: by a number /, entry by entry ./"""
    a, b = v.args
    sign = "/" if b.ndim == 0 else "./"
    return Code(f"{w.text[a]:{PRODUCT}} {sign} {w.text[b]:{PRODUCT + 1}}", PRODUCT)
