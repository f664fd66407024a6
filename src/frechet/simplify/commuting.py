"""Functions of one matrix commute: they stand in one order, and powers of a root meet as powers of the matrix."""

from __future__ import annotations

from fractions import Fraction

from frechet.expr.memos import precedes
from frechet.expr.node import Expr, operations
from frechet.expr.structure import add, eye, mul, scale, transpose
from frechet.rules.factorizations import chol
from frechet.rules.funm import FUNCTIONS
from frechet.rules.inverse import inv, matpow, power
from frechet.rules.linear import sym
from frechet.rules.matrix_functions import expm, sqrtm
from frechet.simplify.canonical import canonical, canonical_transpose
from frechet.simplify.order import order_key
from frechet.simplify.products import cancellation

__all__ = ["commute"]

_EYE = eye(2).op
_OF_ONE = (inv, matpow, *[operations[f + "m"] for f in FUNCTIONS])


def _parts(root: Expr) -> tuple[Expr, ...]:
    """Matrices that commute with another exactly if the node does: without scalars, terms of sums, arguments of functions."""
    done: dict[Expr, tuple[Expr, ...]] = {}
    stack = [root]
    while stack:
        node = stack[-1]
        made_of = _made_of(node)
        known = node.memo.get("parts") if made_of else () if node.op is _EYE else (node,)
        if known is None:
            pending = [a for a in made_of if a not in done]
            if pending:
                stack += pending
                continue
            known = tuple({p: None for a in made_of for p in done[a]})
            if node.op is transpose:
                known = tuple(canonical_transpose(p) for p in known)
            if all(precedes(p, node) for p in known):
                node.memo["parts"] = known
        done[node] = known
        stack.pop()
    return done[root]


def _made_of(node: Expr) -> tuple[Expr, ...]:
    if node.op is scale:
        return node.args[-1:]
    return node.args if node.op is add else node.args[:1] if node.op in _OF_ONE or node.op is transpose else ()


def commute(A: Expr, B: Expr) -> bool:
    """Whether A*B = B*A can be seen from what they are made of."""
    return all(p is q or canonical(mul(p, q)) is canonical(mul(q, p)) for p in _parts(A) for q in _parts(B))


def _place(a: Expr) -> tuple:
    """The matrix itself first, functions of the same name side by side."""
    return _is_function(a), a.op.name, *order_key(a)


def _is_function(a: Expr) -> bool:
    return a.op in _OF_ONE or (a.op is transpose and a.args[0].op in _OF_ONE)


@cancellation(*_OF_ONE)
def functions_of_one_matrix(a: Expr, b: Expr) -> Expr | None:
    """f(A)*g(A) = g(A)*f(A), in one order."""
    if not (_is_function(a) or _is_function(b)) or _place(b) >= _place(a):
        return None
    own, other = _parts(a), _parts(b)
    if len(own) != 1 or own != other:
        return None
    return mul(b, a)


def _power_of(a: Expr) -> tuple[Expr, Fraction]:
    """(A, k) with A^k = a, k a whole number or half of one."""
    k = Fraction(1)
    while a.op in (inv, matpow, sqrtm):
        k *= -1 if a.op is inv else a.params[0] if a.op is matpow else Fraction(1, 2)
        a = a.args[0]
    return a, k


@cancellation(sqrtm, inv, matpow)
def powers_of_a_root(a: Expr, b: Expr) -> Expr | None:
    """A^i*A^k = A^(i + k), where one of them is a root of A."""
    if sqrtm not in {_root_of(a), _root_of(b)}:
        return None
    (A, i), (B, k) = _power_of(a), _power_of(b)
    if A is not B or min(i.denominator, k.denominator) > 2 or max(i.denominator, k.denominator) > 2:
        return None
    total = i + k
    if total == 0:
        return eye(A.rows)
    whole = power(A, int(total)) if total > 0 else power(inv(A), int(-total))
    if total.denominator == 1:
        return whole
    if total in (Fraction(1, 2), Fraction(-1, 2)):
        return sqrtm(A) if total > 0 else inv(sqrtm(A))
    return None


def _root_of(a: Expr) -> object:
    while a.op in (inv, matpow):
        a = a.args[0]
    return a.op


@cancellation(expm)
def product_of_exponentials(a: Expr, b: Expr) -> Expr | None:
    """expm(A)*expm(B) = expm(A + B) where A and B commute."""
    return expm(a.args[0] + b.args[0]) if a.op is expm and b.op is expm and commute(a.args[0], b.args[0]) else None


# --- Cholesky -----------------------------------------------------------------------------------------


def _factored(L: Expr) -> Expr | None:
    """A for L = chol(A), else None."""
    return canonical(sym(L.args[0])) if L.op is chol else None


def _is_of_chol(f: Expr) -> bool:
    """Whether f is chol(A), its inverse, or the transpose of one."""
    while f.op is transpose or f.op is inv:
        f = f.args[0]
    return f.op is chol


@cancellation(chol, inv)
def cholesky_factors(a: Expr, b: Expr) -> Expr | None:
    """With L*L' = A: L*L' is A, inv(L)'*inv(L) is inv(A), inv(L)*A is L', A*inv(L)' is L, L'*inv(A) is inv(L), inv(A)*L is inv(L)'."""
    if not (_is_of_chol(a) or _is_of_chol(b)):
        return None
    at, bt = canonical_transpose(a), canonical_transpose(b)
    if a.op is chol and bt is a:
        return _factored(a)
    if b.op is inv and b.args[0].op is chol and at is b:
        A = _factored(b.args[0])
        return None if A is None else inv(A)
    if a.op is inv and a.args[0].op is chol and _factored(a.args[0]) is b:
        return canonical_transpose(a.args[0])
    if bt.op is inv and bt.args[0].op is chol and _factored(bt.args[0]) is a:
        return bt.args[0]
    if at.op is chol and b.op is inv and _factored(at) is b.args[0]:
        return inv(at)
    if b.op is chol and a.op is inv and _factored(b) is a.args[0]:
        return canonical_transpose(canonical(inv(b)))
    return None
