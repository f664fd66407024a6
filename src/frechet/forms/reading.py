"""Coefficients and forms from text: parsed, never evaluated.

    coefficient("x^2*sin(y) + f(x, y)", chart names)      a SymPy expression
    terms("x*dx^dy - dz^dx", names)                       the terms of a form

Powers are `^` or `**`; what stands side by side is multiplied; between differentials `^` is the wedge product. A name that is no function of SymPy's is a function
without a formula when it is called, and a parameter otherwise.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from typing import Any

import sympy as sp

from frechet.budgets import limits
from frechet.errors import LanguageError
from frechet.forms.algebra import mask_of, wedged

__all__ = ["basis_key", "coefficient", "line_element", "terms"]

_NAMES = "sin cos tan cot sec csc asin acos atan atan2 sinh cosh tanh coth asinh acosh atanh exp log sqrt erf gamma beta sign diff"
_FUNCTIONS = {name: getattr(sp, name) for name in _NAMES.split()}
_FUNCTIONS |= {"abs": sp.Abs, "arcsin": sp.asin, "arccos": sp.acos, "arctan": sp.atan, "ln": sp.log}
_LETTERS = {"beta", "gamma"}  # letters, where they are not called
_CONSTANTS = {"pi": sp.pi, "E": sp.E, "oo": sp.oo, "inf": sp.oo}


def coefficient(value: Any, names: Mapping[str, Any]) -> Any:
    """A number, a SymPy expression, or the expression that a text writes with these names. LanguageError otherwise."""
    if isinstance(value, int):
        return int(value)
    if not isinstance(value, str):
        try:
            return sp.sympify(value, strict=True)
        except sp.SympifyError:
            raise LanguageError(f"a coefficient is a number, a SymPy expression or text, not {value!r}") from None
    found = _read(value, names, ())
    if isinstance(found, dict):
        raise LanguageError("a coefficient has no differentials", value)
    return found


def terms(text: str, names: Mapping[str, Any], coordinates: Sequence[str]) -> dict[int, Any]:
    """The terms of the form that a text writes: {key: coefficient}."""
    found = _read(text, names, coordinates)
    return found if isinstance(found, dict) else {0: found} if found != 0 else {}


def line_element(text: str, names: Mapping[str, Any], coordinates: Sequence[str]) -> list[list[Any]]:
    """The matrix g_ij of "dr^2 + r^2*(dth^2 + sin(th)^2*dph^2) - 2*dr*dth", symmetric. LanguageError where it is no quadratic form in the
    differentials. A "ds^2 =" in front is left out.
    """
    body = re.sub(r"^\s*ds(\^|\*\*)?2\s*=", "", text.replace("²", "^2").replace("⊗", "*"))
    d = {"d" + c: sp.Dummy("d" + c) for c in coordinates}
    found = coefficient(body, {**names, **d})
    try:
        p = sp.Poly(found, *d.values())
    except sp.PolynomialError:
        p = None
    if p is None or p.is_zero or any(sum(powers) != 2 for powers in p.monoms()):
        others = sorted(
            str(x) for x in sp.sympify(found).free_symbols if re.match(r"d[A-Za-z]", str(x)) and x not in d.values()
        )
        reason = f"{others[0]} is no differential of this chart: a" if others else "a"
        raise LanguageError(
            f"{reason} line element is quadratic in {', '.join(d)}, such as {' + '.join(f'{x}^2' for x in d)}", text
        )
    return [[found.diff(a, b) / 2 for b in d.values()] for a in d.values()]


def basis_key(key: str, coordinates: Sequence[str]) -> tuple[int, int]:
    """(key, sign) of "dy^dx": `"1"` and `""` are the key of functions. LanguageError for a name that is no coordinate."""
    order = []
    for part in key.replace(" ", "").replace("∧", "^").split("^"):
        if part in ("", "1"):
            continue
        if not (part.startswith("d") and part[1:] in coordinates):
            differentials = ", ".join("d" + c for c in coordinates)
            raise LanguageError(f"{part!r} in {key!r} is not a differential of this chart: they are {differentials}")
        order.append(list(coordinates).index(part[1:]))
    return mask_of(order)


def _read(text: str, names: Mapping[str, Any], coordinates: Sequence[str]) -> Any:
    if len(text) > limits().characters:
        raise LanguageError(f"the text has {len(text):,} characters, over the bound of the budget")
    marked = _marked(text, coordinates)
    try:
        tree = ast.parse(marked.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise LanguageError("this does not read as a formula", text) from None
    return _Reader(text, names, coordinates).value(tree.body)


def _marked(text: str, coordinates: Sequence[str]) -> str:
    """`@` for a ^ beside a differential: it binds as `*` does, which a wedge product needs. Every other ^ is a power."""
    text = re.sub(r"(?<=[\w)])\s+(?=[A-Za-z_])", "*", text.replace("∧", "^"))  # 2 x dx is 2*x*dx
    text = re.sub(
        r"(\)|(?<![\w.])\d+(?:\.\d+)?)\s*(?=[A-Za-z_(])(?!e[-+]?\d)", r"\1*", text
    )  # 2x(x + 1) is 2*x*(x + 1)
    if coordinates:
        one = _one(coordinates)
        text = re.sub(rf"\^(?=\s*{one}\b)", "@", text)
        text = re.sub(rf"\b({one})(\s*)\^", r"\1\2@", text)
    return text.replace("^", "**")


def _one(coordinates: Sequence[str]) -> str:
    """A pattern for the differential of a coordinate."""
    return "d(?:" + "|".join(map(re.escape, sorted(coordinates, key=len, reverse=True))) + ")"


class _Reader:
    def __init__(self, text: str, names: Mapping[str, Any], coordinates: Sequence[str]):
        self.text, self.names, self.coordinates = text, names, coordinates

    def value(self, node: ast.expr) -> Any:
        if isinstance(node, ast.Constant) and type(node.value) in (int, float):
            return sp.Integer(node.value) if isinstance(node.value, int) else sp.Float(node.value)
        if isinstance(node, ast.Name):
            return self._name(node.id)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
            inner = self.value(node.operand)
            return inner if isinstance(node.op, ast.UAdd) else self._times(sp.Integer(-1), inner)
        if isinstance(node, ast.BinOp):
            return self._binary(node.op, self.value(node.left), self.value(node.right))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
            return self._call(node.func.id, [self.value(a) for a in node.args])
        raise self._error("this is not arithmetic")

    def _error(self, reason: str) -> LanguageError:
        return LanguageError(f"{reason}: {self.text[:80]!r}")

    def _name(self, name: str) -> Any:
        if name in self.names:
            return self.names[name]
        if name[0] == "d" and name[1:] in self.coordinates:
            return {1 << list(self.coordinates).index(name[1:]): sp.Integer(1)}
        if self.coordinates and re.fullmatch(r"d[A-Za-z]\d*", name):
            known = ", ".join("d" + c for c in self.coordinates)
            raise self._error(f"{name} is no differential of this chart, which has {known}")
        if name in _FUNCTIONS and name not in _LETTERS:
            raise self._error(f"{name} is a function: write {name}(...)")
        if self.coordinates and re.fullmatch(f"({_one(self.coordinates)}){{2,}}", name):
            raise self._error(f"{name} is no product: write {'^'.join(re.findall(_one(self.coordinates), name))}")
        return _CONSTANTS[name] if name in _CONSTANTS else sp.Symbol(name)

    def _call(self, name: str, arguments: list[Any]) -> Any:
        if any(isinstance(a, dict) for a in arguments):
            raise self._error(f"{name} of a differential")
        if not arguments:
            raise self._error(f"{name} without arguments")
        return _FUNCTIONS.get(name, sp.Function(name))(*arguments)

    def _binary(self, op: ast.operator, a: Any, b: Any) -> Any:
        forms = isinstance(a, dict), isinstance(b, dict)
        if isinstance(op, ast.Add | ast.Sub):
            b = b if isinstance(op, ast.Add) else self._times(sp.Integer(-1), b)
            return self._plus(a, b) if any(forms) else a + b
        if isinstance(op, ast.MatMult) and any(forms):
            return wedged(a, b) if all(forms) else self._times(a, b)
        if isinstance(op, ast.Mult):
            if all(forms):
                raise self._error("write ^ between differentials, not *")
            return self._times(a, b)
        if isinstance(op, ast.Div) and not forms[1]:
            return self._times(a, 1 / b)
        if isinstance(op, ast.Pow) and not any(forms):
            return sp.exp(b) if a == sp.Symbol("e") and "e" not in self.names else a**b  # as in the matrix language
        raise self._error("differentials are added, multiplied by functions, and joined by ^")

    def _times(self, a: Any, b: Any) -> Any:
        if isinstance(a, dict):
            a, b = b, a
        return {k: a * x for k, x in b.items()} if isinstance(b, dict) else a * b

    def _plus(self, a: Any, b: Any) -> Any:
        a, b = (x if isinstance(x, dict) else {0: x} if x != 0 else {} for x in (a, b))
        return {k: a.get(k, 0) + b.get(k, 0) for k in {**a, **b}}
