"""What can be proved: by equal canonical forms, and by exact arithmetic modulo random primes."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

import numpy as np

from frechet.check.exact import Proof, prove
from frechet.check.verdict import Verdict
from frechet.expr.node import Expr, postorder
from frechet.expr.structure import add, coefficient, is_zero, scale
from frechet.simplify import canonical

__all__ = ["has_equal_form", "has_own_domain", "is_complete", "proved", "with_own_domain"]

_SECONDS, _HURRIED, _BRIEF = 0.7, 0.2, 0.02
_LEAST = 0.1  # for each form
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
    deadline = time.thread_time() + (_BRIEF if brief else _HURRIED if hurried else _SECONDS)
    least = 0.0 if brief else _LEAST
    found: list[Proof] = []
    single = [name for name in forms if name != "differential"]
    for name, expr in forms.items():
        X = tuple(variables) if name == "differential" else (variables[single.index(name)],)
        form = name.split(" by ")[0]
        (proof,) = prove(f, X, [(form, expr)], sizes, seed, max(least, deadline - time.thread_time()), brief)
        if proof.outcome is None:
            return None
        found.append(proof)
        if proof.outcome == "unequal":
            return _verdict([proof], False, seed, tuple(forms))
    return _verdict(found, True, seed, tuple(forms))


def _verdict(proofs: Sequence[Proof], right: bool, seed: int, names: tuple[str, ...]) -> Verdict:
    sizes = {tuple(s.items()): s for p in proofs for s in p.sizes}
    if not right and proofs[0].failing:
        sizes = {(): dict(proofs[0].failing)}
    given = sorted({g for p in proofs for g in p.given})
    return Verdict(
        right,
        0.0 if right else np.inf,
        0.0,
        _METHOD if right else f"{_METHOD}: {proofs[0].reason}",
        tuple(sizes.values()),
        seed,
        names,
        "proved",
        points=sum(n for p in proofs for n in p.points),
        given=tuple(given),
        primes=tuple(dict.fromkeys(q for p in proofs for q in p.primes)),
        error_probability=sum(p.error_probability for p in proofs) if right else None,
        only_these_sizes=any(p.only_these_sizes for p in proofs),
        partial=any(p.outcome == "equal where defined" or p.only_these_sizes for p in proofs),
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
