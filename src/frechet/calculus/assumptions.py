"""What an answer takes for granted: domains of the operations in it, conventions at corners."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from fractions import Fraction

from frechet.calculus.signs import is_always_nonnegative, is_always_positive
from frechet.expr.definitions import expanded
from frechet.expr.domains import condition
from frechet.expr.holomorphy import complex_at_real
from frechet.expr.node import Expr, postorder
from frechet.expr.properties import has
from frechet.expr.structure import add, coefficient, mul, transpose, zeros
from frechet.language import readable, to_text
from frechet.rules.elementwise import abs
from frechet.rules.inverse import det, matpow
from frechet.rules.matrix_functions import DEFINITE, PRINCIPAL
from frechet.simplify import canonical
from frechet.simplify.terms import power_of, term_of

__all__ = ["assumptions_of", "conventions_of"]

Condition = tuple[str, tuple[Expr, ...]]
"""What is said, and of what."""


def assumptions_of(function: Expr, reduced: Expr, *answers: Expr) -> tuple[str, ...]:
    """The conditions, in words, under which a function and its derivatives are defined.

    Where operations are defined everywhere and only not differentiable somewhere (eigenvalues, at ties), those count that are
    still there when the function is reduced to what is differentiated: sum(exp(eigvalsh(S))) is tr(expm(S)).
    """
    found: dict[str, tuple[str, tuple[Expr, ...]]] = {}
    kept = set(postorder(reduced, *answers))
    for node in postorder(expanded(function), *answers):
        op = node.op
        if op.corner is not None and node not in kept:
            continue
        if op.domain and not _is_granted(node):
            words = op.symmetric_domain if op.symmetric_domain and has(node.args[0], "symmetric") else op.domain
            found.setdefault(condition(words, [_shown(a) for a in node.args]), (words, node.args))
        if op.name == "pow":
            for words in _power_domain(node):
                found.setdefault(words.format(_shown(node.args[0])), (words, node.args[:1]))
    for a in complex_at_real(expanded(function)):
        found.setdefault(f"{_shown(a)} is real", ("{0} is real", (a,)))
    return _each_once(found)


def _each_once(found: dict[str, tuple[str, tuple[Expr, ...]]]) -> tuple[str, ...]:
    """The conditions without those that say the same of the same in another order of terms or turned, and without those that
    another implies: x is not 0 beside x > 0, S is invertible beside det(S) > 0, A*B is invertible beside A and B."""
    if len(found) < 2:
        return tuple(found)
    kept: dict[Condition, str] = {}
    for text, (words, args) in found.items():
        condition = _plain(words, tuple(canonical(a) if a.weight <= _LONGEST else a for a in args))
        kept[condition] = min(kept.get(condition, text), text, key=len)
    return tuple(text for condition, text in kept.items() if not _is_implied(*condition, kept))


_NOT_ZERO, _POSITIVE, _INVERTIBLE = "{0} is not 0", "{0} > 0", "{0} is invertible"
_WITHOUT_ZERO = (PRINCIPAL, DEFINITE)
"""What is said of the eigenvalues of a matrix, none of which is 0."""


def _plain(words: str, args: tuple[Expr, ...]) -> Condition:
    """The condition that says the same of less: 2*pi*a^2 > 0 where a is not 0, A' is invertible where A is or |det(A)| > 0."""
    A = args[0]
    if words == _INVERTIBLE:
        return words, _unturned(A)
    if words == _POSITIVE and A.op is abs:
        return _plain(_NOT_ZERO, A.args)
    if words == _NOT_ZERO and A.op is det:
        return _INVERTIBLE, _unturned(A.args[0])
    if words not in (_NOT_ZERO, _POSITIVE) or A.weight > _LONGEST:
        return words, args
    factors = _of_either_sign(A)
    if len(factors) != 1:
        return words, args
    ((base, exponent),) = factors.items()
    if words == _NOT_ZERO or ((exponent / 2).denominator == 1 and term_of(A).coefficient > 0):
        return _NOT_ZERO, (base,)
    is_odd = exponent.denominator == 1 and exponent.numerator % 2 == 1 and term_of(A).coefficient > 0
    return words, (base,) if is_odd else args


def _of_either_sign(A: Expr) -> Mapping[Expr, Fraction]:
    """The factors of a canonical product, with their powers, that need not be positive."""
    term = term_of(A)
    factors = [*term.scalars, *([power_of(term.matrix)] if term.matrix is not None else [])]
    return {base: k for base, k in factors if not is_always_positive(base)}


def _unturned(A: Expr) -> tuple[Expr]:
    """A or A', whichever stands for both."""
    return (A.args[0] if A.op is transpose else A,)


def _has_factor(M: Expr, A: Expr) -> bool:
    """Whether a square matrix of the same size, or its transpose, is a factor of M, or M itself: of what is invertible each is."""
    return A.rows is M.rows and any(_unturned(f)[0] is A for f in (M.args if M.op is mul else (M,)))


def _add_up_to_zero(A: Expr, B: Expr) -> bool:
    return A.op is add and B.op is add and A.shape == B.shape and canonical(A + B) is zeros(*A.shape)


def _is_implied(words: str, args: tuple[Expr, ...], kept: Collection[Condition]) -> bool:
    """Whether another condition that is kept says as much."""
    if words == _NOT_ZERO:
        positive = [A for said, (A, *_) in kept if said == _POSITIVE and A.weight <= _LONGEST]
        return any(args[0] is A or args[0] in _of_either_sign(A) or _add_up_to_zero(args[0], A) for A in positive)
    if words != _INVERTIBLE:
        return False
    A = args[0]
    if any(said in _WITHOUT_ZERO and _has_factor(M, A) for said, (M, *_) in kept):
        return True
    if A.weight <= _LONGEST and (_POSITIVE, (canonical(det(A)),)) in kept:
        return True
    factors = A.args if A.op is mul or A.op is matpow else ()
    return bool(factors) and all(has(f, "invertible") or (_INVERTIBLE, _unturned(f)) in kept for f in factors)


_LONGEST = 1000  # symbols of a matrix that an assumption writes out


def _shown(node: Expr) -> str:
    if node.weight <= _LONGEST:
        return readable(node, show=to_text)
    return f"<{node.rows}×{node.cols} expression of {node.weight:,} symbols>"


def _is_granted(node: Expr) -> bool:
    """Whether the declared properties, or the form of the argument, already say it."""
    if "invertible" in node.op.domain:
        return has(node.args[0], "invertible")
    if node.op.symmetric_domain == DEFINITE and has(node.args[0], "spd"):
        return True
    if node.op.domain == "{0} >= 0":
        return is_always_nonnegative(node.args[0])
    if node.op.domain == "{0} has no zero entry":
        return is_always_positive(node.args[0])
    return node.op.domain in ("{0} > 0", "{0} > -1") and is_always_positive(node.args[0])


def _power_domain(node: Expr) -> list[str]:
    base, exponent = node.args
    k = coefficient(exponent)
    if is_always_positive(base) or coefficient(base) is not None:
        return []
    if k is None or k.denominator != 1:
        return [_POSITIVE]
    return [_NOT_ZERO] if k < 0 else []


def conventions_of(*roots: Expr) -> tuple[str, ...]:
    """The conventions, in words, of the operations below the roots that have corners."""
    found: dict[str, None] = {}
    for node in postorder(*roots):
        if node.op.convention and not all(has(a, "positive") for a in node.args):
            found[node.op.convention.format(*[_shown(a) for a in node.args])] = None
    return tuple(found)
