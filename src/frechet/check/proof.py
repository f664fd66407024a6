"""What can be proved: by equal canonical forms, and by exact arithmetic modulo random primes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from frechet.check.exact import Proof, prove
from frechet.check.verdict import Verdict
from frechet.expr.node import Expr, postorder
from frechet.expr.structure import add, coefficient, differential_of, hadamard, is_zero, mul, scale
from frechet.rules.linear import sum as sum_of
from frechet.rules.linear import vec
from frechet.rules.selection import block
from frechet.simplify import canonical

__all__ = ["has_equal_form", "has_own_domain", "is_complete", "proved", "with_own_domain"]

_SECONDS, _HURRIED, _BRIEF = 0.7, 0.2, 0.02
_METHOD = "exact arithmetic"


def proved(
    f: Expr,
    variables: Sequence[Expr],
    forms: Mapping[str, Expr],
    sizes: Mapping[str, int] | None,
    seed: int,
    hurried: bool = False,
    brief: bool = False,
) -> Verdict | None:
    """The verdict of exact arithmetic on the forms of the derivative of f; None where it proves nothing.

    The forms are a differential by all variables, and others by one variable each, in their order ("gradient by X").
    `hurried`: where a proof about the same function was not to be had, this one hardly is. `brief`: at two choices of sizes, in
    the time of a derivation.
    """
    seconds = _BRIEF if brief else _HURRIED if hurried else _SECONDS
    if len(forms) == 1:
        ((name, claim),) = forms.items()
        form = name.split(" by ")[0]
    else:
        f, claim = _together(f, variables, forms)
        form = "differential"
    (proof,) = prove(f, tuple(variables), [(form, claim)], sizes, seed, seconds, brief)
    return None if proof.outcome is None else _verdict(proof, seed, tuple(forms))


def _together(f: Expr, variables: Sequence[Expr], forms: Mapping[str, Expr]) -> tuple[Expr, Expr]:
    """f as often as there are claims about df, and the claims: points where both have a value show all forms at once.

    The gradients by all variables are one claim, df = sum of <G, dX>, and so are the Jacobians, vec(df) = sum of J*vec(dX):
    every dX is drawn on its own.
    """
    claims = [vec(forms["differential"])] if "differential" in forms else []
    parts = {name: form for name, form in forms.items() if name != "differential"}
    along = [
        sum_of(hadamard(D, differential_of(X))) if name.startswith("gradient") else mul(D, vec(differential_of(X)))
        for X, (name, D) in zip(variables, parts.items(), strict=True)
    ]
    claims += [add(*along)] if len(along) > 1 else along
    rows = (1,) * len(claims)
    return block(*[vec(f)] * len(claims), params=(rows,)), block(*claims, params=(rows,))


def _verdict(proof: Proof, seed: int, names: tuple[str, ...]) -> Verdict:
    right = proof.outcome != "unequal"
    sizes = proof.sizes if right or not proof.failing else (dict(proof.failing),)
    return Verdict(
        right,
        0.0 if right else np.inf,
        0.0,
        _METHOD if right else f"{_METHOD}: {proof.reason}",
        sizes,
        seed,
        names,
        "proved",
        points=sum(proof.points),
        given=tuple(sorted(proof.given)),
        primes=proof.primes,
        error_probability=proof.error_probability if right else None,
        only_these_sizes=proof.only_these_sizes,
        partial=proof.outcome == "equal where defined" or proof.only_these_sizes,
    )


def is_complete(proof: Verdict | None) -> bool:
    """Whether it is proved that the claim is right wherever the function has a derivative."""
    return proof is not None and proof.right is True and not proof.partial


def has_equal_form(first: Expr, second: Expr) -> bool:
    """Whether the canonical form of the difference is zero."""
    return first is second or is_zero(canonical(add(first, scale(-1, second))))


def has_own_domain(claim: Expr, *known: Expr) -> bool:
    """Whether the claim may have no value where the known expressions have one: a root, an inverse that they do not have."""
    return bool(with_own_domain([claim], *known))


def with_own_domain(parts: Sequence[Expr], *known: Expr) -> list[Expr]:
    """The parts that may have no value where the known expressions have one."""
    ours = set(postorder(*known))
    own: set[Expr] = set()
    for node in postorder(*parts):
        if (node not in ours and _is_partial(node)) or not own.isdisjoint(node.args):
            own.add(node)
    return [part for part in parts if part in own]


def _is_partial(node: Expr) -> bool:
    if node.op.domain:
        return True
    if node.op.name != "pow":
        return False
    k = coefficient(node.args[1])
    return k is None or k.denominator != 1 or k < 0
