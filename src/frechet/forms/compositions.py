"""Compositions: a factor that occurs within one expression only is exchanged for its value, and the two Jacobians are multiplied.

W = diag(s)*L*L'*diag(s)        R = L*L'        (dW) = 2^n*prod(i, s_i^n)*(ds)(dR),    (dR) = prod(i, l_ii^(n - i))*(dL)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import sympy as sp

from frechet.errors import FrechetError
from frechet.expr.node import Expr, postorder
from frechet.expr.sizes import ONE
from frechet.expr.structure import mul
from frechet.expr.walks import substitute
from frechet.forms.factors import KINDS, MatrixFactor
from frechet.forms.products import Determinant, Family, JacobianFormula, LetterProduct, Number
from frechet.forms.transformation import Transformation
from frechet.language import to_text
from frechet.language.reading import read

__all__ = ["composed"]

_SAMPLES = 4


def composed(
    of: Transformation, formula_of: Callable[[Transformation], JacobianFormula | None]
) -> tuple[JacobianFormula, str] | None:
    """The product of the formulas of an outer and an inner map, the first that have both, and which they are; None where there is none."""
    if of.relations:
        return None
    for within in _inner_expressions(of):
        g = within.g
        try:
            inner = _inner(of, within.s, g)
            value = None if inner is None else _value(inner, of, g)
            if inner is None or value is None:
                continue
            Z, factor = value
            moving = [(Z, factor) if t is within.s else (t, u) for t, u in of.moving]
            functions = within.exchanged(of, Z)
            outer = Transformation(of.text, of.names, functions, moving, of.constants, of.targets, of.scalars)
            parts = [formula_of(outer), formula_of(inner)]
        except (FrechetError, np.linalg.LinAlgError):
            continue
        if parts[0] is not None and parts[1] is not None:
            terms = [_with_value(t, Z, g) for t in parts[0].terms]
            if all(t is not None for t in terms):
                outside = "; ".join(f"{n} = {to_text(h)}" for n, h in zip(of.names, functions, strict=True))
                line = f"by {inner.text}, |det| = {parts[1]}, and {outside}, |det| = {parts[0]}"
                return JacobianFormula(tuple(_collected([*terms, *parts[1].terms])), of.scalars), line
    return None


@dataclass(frozen=True)
class _Within:
    """An expression g that has all occurrences of a factor s, and no other moving one: a node, or a part of a product."""

    s: Expr
    g: Expr
    node: Expr
    before: tuple[Expr, ...] = ()
    after: tuple[Expr, ...] = ()

    def exchanged(self, of: Transformation, Z: Expr) -> list[Expr]:
        """The equations with a symbol in the place of the expression."""
        new = mul(*self.before, Z, *self.after) if self.before or self.after else Z
        return [substitute(h, {self.node: new}) for h in of.functions]


def _inner_expressions(of: Transformation) -> Iterator[_Within]:
    """The expressions of one factor, short ones first."""
    moving = [s for s, _ in of.moving]
    for node in sorted(dict.fromkeys(n for h in of.functions for n in postorder(h)), key=lambda n: n.weight):
        occurring = [s for s in moving if s in postorder(node)]
        options = [_Within(s, node, node) for s in occurring if len(occurring) == 1 and node not in of.functions]
        for s in occurring if node.op.name == "mul" else []:
            having = [k for k, a in enumerate(node.args) if s in postorder(a)]
            first, last = having[0], having[-1] + 1
            part = mul(*node.args[first:last])
            if 1 < last - first < len(node.args) and not any(t in postorder(part) for t in moving if t is not s):
                options.append(_Within(s, part, node, node.args[:first], node.args[last:]))
        options = [
            w for w in options if w.g is not w.s and w.g.op.name != "diagm"
        ]  # a diagonal matrix has the letters of its vector
        yield from (w for w in options if all(_only_within(h, w.s, node) for h in of.functions))


def _only_within(h: Expr, s: Expr, g: Expr) -> bool:
    """Whether s occurs in h within g only."""
    outside, stack, seen = False, [h], set()
    while stack and not outside:
        node = stack.pop()
        if node is g or node in seen:
            continue
        seen.add(node)
        outside = node is s
        stack += node.args
    return not outside


def _inner(of: Transformation, s: Expr, g: Expr) -> Transformation | None:
    """The map of this factor alone to the value of the expression, where that is of a kind with as many coordinates."""
    used = set(postorder(g))
    constants = [(c, u) for c, u in of.constants if c in used]
    name = next(
        x for x in ("Z", "W", "Y", "G", "H", "value") if x not in {t.name for t, _ in (*of.moving, *of.constants)}
    )
    made = Transformation(f"{name} = {to_text(g)}", [name], [g], [(s, dict(of.moving)[s])], constants, [], of.scalars)
    targets = made._find_targets({})
    if targets is None:
        return None
    made.targets = tuple(targets)
    return made


def _value(inner: Transformation, of: Transformation, g: Expr) -> tuple[Expr, MatrixFactor] | None:
    """A symbol for the value of the inner map, with what its values have in common: positive entries, positive definite."""
    (factor,) = inner.targets
    letters = of.small_sizes(3)
    images = [inner.sampled(letters, np.random.default_rng([23, k])).images[0] for k in range(_SAMPLES)]
    name = factor.kind.name
    if name == "matrix" and g.cols.value(letters) == 1:
        factor, name = replace(factor, kind=KINDS["vector"], sizes=(g.rows,)), "vector"
    if name == "symmetric" and all(np.linalg.eigvalsh(Y).min() > 0 for Y in images):
        factor = replace(factor, kind=KINDS["spd"])
    if name in ("vector", "lower", "upper", "diagonal"):
        entries = [Y.real if name == "vector" else np.diag(Y).real for Y in images]
        factor = replace(factor, positive=all(e.min() > 0 for e in entries))
    Z = read(factor.name, {factor.name: factor.declaration}).symbols[factor.name]
    return (Z, factor) if Z.shape == g.shape else None


def _with_value(term: Any, Z: Expr, g: Expr) -> Any:
    """A term of the outer formula with the expression in the place of its value; None for terms that cannot show it."""
    if isinstance(term, Number) and not isinstance(term.base, Expr):
        return term
    if isinstance(term, Number):
        return replace(term, base=substitute(term.base, {Z: g}))
    if isinstance(term, Determinant):
        return replace(term, matrix=substitute(term.matrix, {Z: g}))
    if not isinstance(term, LetterProduct):
        return None
    base, families = term.base, []
    for family in term.families:
        shown = _entries_of(family, Z, g)
        if shown is not None:
            new, entry = shown
            base = base.subs({family.symbol(i): entry(new.symbol(i)) for i in ("i", "j")}, simultaneous=True)
        elif Z in postorder(family.matrix) and family.what in ("entries", "diagonal entries"):
            return None  # letters of an expression have no name
        else:
            new = replace(family, matrix=substitute(family.matrix, {Z: g}))
        families.append(new)
    return replace(term, base=base, families=tuple(families))


def _entries_of(family: Family, Z: Expr, g: Expr) -> tuple[Family, Callable[[Any], Any]] | None:
    """exp(s_i) for the entries of exp(s), d_i for those of diag(d), with the family of s."""
    if family.matrix is not Z:
        return None
    inner, f = g, None
    if g.op.elementwise and len(g.args) == 1 and hasattr(sp, g.op.name):
        inner, f = g.args[0], getattr(sp, g.op.name)
    if inner.op.name in ("diagm", "diag") and len(inner.args) == 1:
        inner = inner.args[0]
    if inner.op.name != "symbol" or (f is None and inner is g):
        return None
    what = "entries" if inner.cols is ONE else "diagonal entries"
    return replace(family, letter=inner.name.lower(), what=what, matrix=inner, positive=False), f or (lambda x: x)


def _collected(terms: list[Any]) -> list[Any]:
    """Powers of one base as one power; families of different matrices under different letters."""
    letters: dict[str, Any] = {}
    found: list[Any] = []
    for term in terms:
        if isinstance(term, LetterProduct):
            term = _renamed(term, letters)
        for k, other in enumerate(found):
            if type(other) is type(term) and replace(other, exponent=sp.Integer(1)) == replace(
                term, exponent=sp.Integer(1)
            ):
                found[k] = replace(other, exponent=sp.factor(other.exponent + term.exponent))
                break
        else:
            found.append(term)
    found = [t for t in found if sp.expand(t.exponent) != 0]
    return sorted(found, key=lambda t: not (isinstance(t, Number) and not isinstance(t.base, Expr)))


def _renamed(term: LetterProduct, letters: dict[str, Any]) -> LetterProduct:
    base, families = term.base, []
    for family in term.families:
        own = (family.what, family.matrix)
        letter = next(x for x in (family.letter, *"lkghvwuz") if letters.get(x, own) == own)
        letters[letter] = own
        new = replace(family, letter=letter)
        base = base.subs({family.symbol(i): new.symbol(i) for i in ("i", "j")}, simultaneous=True)
        families.append(new)
    return replace(term, base=base, families=tuple(families))
