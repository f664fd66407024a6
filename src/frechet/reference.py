"""The reference page of all rules, as HTML: a cookbook that is generated from the table and checks itself.

Each operation has its differentials and adjoints, how they come about, where they hold, the source, and what comparison with
finite differences found when the page was made.
"""

from __future__ import annotations

import re
from html import escape

import numpy as np

from frechet.calculus.linear import differential, transpose_linear
from frechet.calculus.local import local_adjoint
from frechet.expr.evaluate import evaluate, sizes_of
from frechet.expr.node import EVERY, Expr, Operation, operations
from frechet.expr.signature import Signature
from frechet.expr.sizes import size
from frechet.expr.structure import differential_of, is_zero, symbol
from frechet.finite import directional
from frechet.language import to_unicode
from frechet.rules.definitions import definition_of
from frechet.rules.formal import d
from frechet.rules.funm import DERIVATIVES, MATRIX_FUNCTIONS
from frechet.simplify import simplify
from frechet.table import describe_operation, general_letters

__all__ = ["reference_page", "section", "verified"]

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
nav { columns: 7rem auto; margin: 1rem 0 2rem; font-size: .9rem; }
nav a { display: block; }
section { border-top: 1px solid #8884; padding: .8rem 0; }
h2 { font-size: 1.2rem; margin: 0 0 .2rem; }
h2 small { font-weight: normal; color: #666; margin-left: .8rem; }
.math { font: 1.05rem/1.7 "STIX Two Math", "Cambria Math", Cambria, Georgia, serif; margin: .2rem 0 .2rem 1.2rem; }
.rule { background: #06c1; border-left: 3px solid #06c; padding: .2rem .8rem; overflow-x: auto; }
.label { color: #666; font-size: .9rem; margin: .5rem 0 0; }
.ok { color: #080; } .not { color: #a50; }
@media (prefers-color-scheme: dark) { body { background: #111; color: #ddd; } .label, h2 small { color: #aaa; } a { color: #8cf; } }
"""
_INTRODUCTION = """
<p>{count} operations. dA is the differential of A, a prime or ᵀ the transpose, .* or ⊙ the elementwise product. <i>differential</i> is
what forward mode applies, <i>adjoint</i> what reverse mode applies: ⟨W, f′(A)[dA]⟩ = ⟨adjoint(W), dA⟩ in the inner product
⟨A, B⟩ = tr(A′B). The adjoint of a nonlinear operation is obtained by transposing its differential; only the adjoints of
linear operations are rules.</p>
<p>The formulas were compared with finite differences of the operation itself when the page was made, <span class="ok">✓</span> and
the relative error: {verified} of {count} agree. The others take any number of arguments, or are locally constant; the tests
compare them.</p>
"""


def reference_page() -> str:
    """One section an operation: sizes, differentials with their derivation, adjoints, where they hold, source, verification."""
    described = [
        op
        for op in sorted(operations.values(), key=lambda op: op.name)
        if op.differentials or op.adjoints or op.definition
    ]
    checks = {op: verified(op) for op in described}
    index = " ".join(f'<a href="#{escape(op.name)}">{escape(op.name)}</a>' for op in described)
    sections = "\n".join(section(op, checks[op]) for op in described)
    agree = sum(error is not None and error < _TOLERANCE for error in checks.values())
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Frechet: the rules</title>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<style>{_STYLE}</style></head>\n<body><h1>A cookbook of matrix differentials</h1>\n"
        f"{_INTRODUCTION.format(count=len(described), verified=agree)}\n"
        f"<nav>{index}</nav>\n{sections}\n</body></html>\n"
    )


def section(op: Operation, error: float | None) -> str:
    """The entry of an operation, with the error of its differentials against differences."""
    told = describe_operation(op)
    sizes = f"<small>{escape(told['signature'])}</small>" if told["signature"].strip() not in ("", "->") else ""
    parts = [f'<section id="{escape(op.name)}"><h2>{escape(op.name)}{sizes}</h2>']
    parts += [f'<p class="math rule">{_typeset(f)}</p>' for f in told["formulas"]]
    for label, lines in [*_derivation(op), *_transposed(op)]:
        parts.append(f'<p class="label">{label}</p>')
        parts += [f'<p class="math">{_typeset(line)}</p>' for line in lines]
    for title, key in (("holds where", "domain"), ("convention", "convention"), ("source", "source")):
        if told[key]:
            parts.append(f'<p class="label">{title}: {escape(told[key])}</p>')
    parts.append(f'<p class="label">{_verdict(error)}</p>')
    return "\n".join([*parts, "</section>"])


def _typeset(text: str) -> str:
    """Names in italics, functions upright."""
    return re.sub(r"(?<!\w)(d?[A-Za-zα-ω]\d?)(?=ᵀ|\b)(?!\()", r"<i>\1</i>", escape(text))


# --- how a rule comes about ---------------------------------------------------------------------------


def _derivation(op: Operation) -> list[tuple[str, list[str]]]:
    """Labelled lines: the definition, its differential by the product rule, the adjoint of a linear operation."""
    args = general_letters(op)
    if args is None:
        return []
    if (found := _by_definition(op, args)) is not None:
        return [*found, *_adjoints(op, args)]
    if op in DERIVATIVES or op in MATRIX_FUNCTIONS.values():
        return [(_BLOCKS_LABEL, [_BLOCKS.format(f=_plain_name(op))]), *_adjoints(op, args)]
    if op.elementwise and len(args) == 1:
        t = symbol("t", 1, 1)
        parameters = op.signature.parameters if isinstance(op.signature, Signature) else ()
        slope = simplify(differential(op(t, params=parameters), {t: differential_of(t)}))
        call = f"{op.name}({', '.join(['t', *map(str, parameters)])})"
        return [("entry by entry, by the derivative of a scalar function", [f"d({call}) = {to_unicode(slope)}"])]
    return _adjoints(op, args)


_BLOCKS_LABEL = "by the block-triangular identity, whose upper right corner is the derivative (Mathias 1996)"
_BLOCKS = "{f}([A dA; 0 A]) = [{f}(A) d{f}(A)[dA]; 0 {f}(A)]"


def _plain_name(op: Operation) -> str:
    return op.name.removeprefix("d") if op in DERIVATIVES else op.name


def _by_definition(op: Operation, args: list[Expr]) -> list[tuple[str, list[str]]] | None:
    definition = definition_of(op)
    if definition is None:
        return None
    unknowns = {name: symbol(name, *value(*args).shape) for name, value in definition.unknowns.items()}
    equations = definition.equations(*args, **unknowns)
    tangents = {X: differential_of(X) for X in (*args, *unknowns.values())}
    named = ", ".join(f"{name} = {to_unicode(value(*args))}" for name, value in definition.unknowns.items())
    words = f"; {escape(definition.words)}" if definition.words else ""
    bent = [f"{to_unicode(differential(a, tangents))} = {_or_zero(differential(b, tangents))}" for a, b in equations]
    return [
        (f"definition of {escape(named)}{words}", [f"{to_unicode(a)} = {_or_zero(b)}" for a, b in equations]),
        ("differentiate both sides", bent),
        ("solved, that is the rule above", []),
    ]


def _or_zero(side: Expr) -> str:
    return "0" if is_zero(side) else to_unicode(side)


def _adjoints(op: Operation, args: list[Expr]) -> list[tuple[str, list[str]]]:
    """The adjoints of an operation in the arguments that it is linear in."""
    linear = [i for i in range(len(args)) if i in op.adjoints]
    if not linear or EVERY in op.adjoints:
        return []
    node = op(*args, params=_parameters(op))
    if node.op is not op:
        return []
    W = symbol("W", *node.shape)
    lines = [
        f"⟨W, {to_unicode(op(*args[:i], differential_of(a), *args[i + 1 :], params=node.params))}⟩ = "
        f"⟨{to_unicode(local_adjoint(node, i, W))}, {differential_of(a).name}⟩"
        for i, a in enumerate(args)
        if i in linear
    ]
    return [("linear in its argument: the differential is the operation itself, and its adjoint", lines)]


def _transposed(op: Operation) -> list[tuple[str, list[str]]]:
    """The adjoints of the differentials of a nonlinear operation, by transposing them."""
    args = general_letters(op)
    if args is None or not op.differentials or op.name == "matpow":
        return []
    node = op(*args, params=_parameters(op))
    if node.op is not op:
        return []
    W, lines = symbol("W", *node.shape), []
    for i in sorted(op.differentials):
        dX = differential_of(args[i])
        (pulled,) = transpose_linear(differential(node, {args[i]: dX}), [dX], W)
        lines.append(f"⟨W, {to_unicode(d(node))}⟩ = ⟨{to_unicode(simplify(pulled))}, {dX.name}⟩")
    return [("adjoint, by transposing", lines)]


def _parameters(op: Operation) -> tuple:
    return op.signature.parameters if isinstance(op.signature, Signature) else ()


# --- verification -------------------------------------------------------------------------------------

_TOLERANCE = 1e-6


def verified(op: Operation) -> float | None:
    """The largest relative error of the differentials against finite differences, at a point of the operation's domain.

    None for an operation of any number of arguments, and for one that is locally constant in each.
    """
    if not isinstance(op.signature, Signature) or op.signature.counts is None:
        return None
    rng = np.random.default_rng(1)
    drawn = op.sample(rng) if op.sample is not None else _drawn(op.signature, rng)
    count = len(op.signature.arguments)
    arrays, given = drawn[:count], drawn[count:]
    params = tuple(size(p) for p in given[: len(_parameters(op))]) or given
    args = [symbol(f"A{i}", *a.shape) for i, a in enumerate(arrays)]
    node = op(*args, params=params)
    values = dict(zip(args, arrays, strict=True))
    worst: float | None = None
    for i, X in enumerate(args):
        dX = differential_of(X)
        E = rng.standard_normal(arrays[i].shape)
        form = differential(node, {X: dX})
        if is_zero(form):
            continue
        claimed = evaluate(form, {**values, dX: E}, sizes_of(values))
        path = lambda t, X=X, E=E, i=i: evaluate(node, {**values, X: arrays[i] + t[0] * E})
        expected = directional(path, np.zeros(1), np.ones(1), complex_step=False).value
        scale = max(float(np.abs(expected).max(initial=0)), 1e-3 * float(np.abs(evaluate(node, values)).max(initial=0)))
        worst = max(worst or 0.0, float(np.abs(claimed - expected).max(initial=0)) / (scale or 1.0))
    return worst


def _drawn(signature: Signature, rng: np.random.Generator) -> tuple:
    """Tall or square matrices with distinct singular values and eigenvalues, and k = 2, for an operation without a sample."""
    numbers = {"m": 4, "n": 3, "k": 2}
    shapes = [(r.value(numbers), c.value(numbers)) for r, c in signature.arguments]
    base = np.diag([7.0, 4.0, 2.0, 1.0])
    return (*[base[:r, :c] + 0.2 * rng.standard_normal((r, c)) for r, c in shapes], *[2] * len(signature.parameters))


def _verdict(error: float | None) -> str:
    if error is None:
        return "compared with differences by the tests, for any number of arguments and sizes"
    mark = '<span class="ok">✓</span> agrees' if error < _TOLERANCE else '<span class="not">✗</span> does not agree'
    return f"{mark} with finite differences, relative error {error:.0e}"
