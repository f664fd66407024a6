"""One part of the claim stands for another: a transpose, an inverse, a power, a function, the order of the factors."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import pairwise, permutations

from frechet.check.positions import occurrences, replaced
from frechet.check.registry import Candidate, Case, mistake
from frechet.errors import BudgetError, FrechetError
from frechet.expr.node import Expr, operations, postorder, symbols
from frechet.expr.sizes import ONE
from frechet.expr.structure import coefficient, eye, hadamard, is_differential, mul, number, ones, pow, scale, transpose
from frechet.language import to_text
from frechet.rules.inverse import inv, matpow, power

__all__ = ["partners"]

_ORDERS = 24  # orders of a product looked at
_FACTORS = 14
Changes = Iterator[tuple[Expr, str]]


def _changed(case: Case, changes: Callable[[Expr], Changes]) -> Iterator[Candidate]:
    """The claim with one part changed, or with every occurrence of it."""
    for path, part in occurrences(case.claim):
        for new, message in _attempts(changes, part):
            if new is part:
                continue
            corrected = replaced(case.claim, path, new)
            if corrected is not None and corrected is not case.claim:
                yield Candidate(case.with_claim(corrected), message)


def _attempts(changes: Callable[[Expr], Changes], part: Expr) -> Changes:
    """The changes of a part; one whose sizes do not fit is left out."""
    try:
        yield from changes(part)
    except BudgetError:
        raise
    except FrechetError:
        return


def _instead(new: Expr, old: Expr) -> str:
    return f"{to_text(new)} in place of {to_text(old)}"


# --- transposes and the order of factors ------------------------------------------------------------


@mistake("transposed factor", rank=1)
def transposed_factor(case: Case) -> Iterator[Candidate]:
    def changes(part: Expr) -> Changes:
        if part is not case.claim and part.rows is part.cols and not part.is_scalar and part.op is not scale:
            turned = transpose(part)
            word = "drop the transpose" if part.op is transpose else "a transpose is missing"
            yield turned, f"{word}: write {_instead(turned, part)}"

    yield from _changed(case, changes)


@mistake("factor order", rank=2)
def factor_order(case: Case) -> Iterator[Candidate]:
    def changes(part: Expr) -> Changes:
        if part.op is not mul:
            return
        for count, order in enumerate(permutations(part.args)):
            if count > _ORDERS:
                return
            if all(a.cols is b.rows for a, b in pairwise(order)):
                new = mul(*order)
                if new.shape == part.shape:
                    yield new, f"the factors stand in the wrong order: write {_instead(new, part)}"

    yield from _changed(case, changes)


@mistake("inner and outer product", rank=2)
def inner_for_outer(case: Case) -> Iterator[Candidate]:
    """x'*y, a number, for the matrix x*y', and the other way round."""

    def changes(part: Expr) -> Changes:
        for new in _outer(part):
            yield new, f"the inner product is meant as an outer product: write {_instead(new, part)}"
        for new in _inner(part):
            yield new, f"the outer product is meant as an inner product: write {_instead(new, part)}"

    yield from _changed(case, changes)


def _columns(part: Expr) -> tuple[Expr, Expr] | None:
    """x and y of x'*y or x*y'."""
    if part.op is not mul or len(part.args) != 2:
        return None
    x, y = part.args
    if part.is_scalar:
        return transpose(x), y
    return (x, transpose(y)) if x.cols is ONE and y.rows is ONE else None


def _outer(part: Expr) -> Iterator[Expr]:
    """M*x*y' and the like for (x'*y)*M."""
    if part.op is not scale:
        return
    for i, factor in enumerate(part.args[:-1]):
        found = _columns(factor) if factor.is_scalar else None
        if found is None:
            continue
        rest, M = [*part.args[:i], *part.args[i + 1 : -1]], part.args[-1]
        for x, y in (found, found[::-1]):
            for product in ((M, x, transpose(y)), (x, transpose(y), M)):
                if all(a.cols is b.rows for a, b in pairwise(product)):
                    yield scale(*rest, mul(*product))
        if M.op.name == "eye":
            yield scale(*rest, mul(found[0], transpose(found[1])))


def _inner(part: Expr) -> Iterator[Expr]:
    """(x'*y)*M for M*x*y'."""
    if part.op is not mul:
        return
    for i in range(len(part.args) - 1):
        x, y = part.args[i], part.args[i + 1]
        if x.cols is ONE and y.rows is ONE and not x.is_scalar and x.rows is y.cols:
            rest = [*part.args[:i], *part.args[i + 2 :]]
            number = mul(transpose(x), transpose(y))
            if rest and all(a.cols is b.rows for a, b in pairwise(rest)):
                yield scale(number, mul(*rest))
            elif not rest:
                yield scale(number, eye(x.rows))


# --- inverses and powers ----------------------------------------------------------------------------


@mistake("inverse", rank=3)
def inverse_confused(case: Case) -> Iterator[Candidate]:
    def changes(part: Expr) -> Changes:
        yield from _inverted_ranges(part)
        if part.is_scalar or part.rows is not part.cols or is_differential(part):
            return
        if part.op is inv:
            yield part.args[0], f"this factor is not inverted: write {_instead(part.args[0], part)}"
        elif part.op not in (scale, transpose):
            new = inv(part)
            yield new, f"an inverse is missing: write {_instead(new, part)}"

    yield from _changed(case, changes)


def _inverted_ranges(part: Expr) -> Changes:
    """X*inv(X'*X) for X*X'*X: the inverse of some neighbours in a product."""
    count = len(part.args) if part.op is mul else 0
    for i in range(count):
        for j in range(i + 2, count + 1):
            inner = mul(*part.args[i:j])
            if j - i < count and inner.rows is inner.cols and not inner.is_scalar:
                yield (
                    mul(*part.args[:i], inv(inner), *part.args[j:]),
                    f"an inverse is missing: {_instead(inv(inner), inner)}",
                )


@mistake("power", rank=3)
def power_confused(case: Case) -> Iterator[Candidate]:
    signs = [n for n in postorder(case.claim) if n.op.name in ("sign", "step")]
    hidden = set(postorder(*[a for n in signs for a in n.args]))  # of which no more than the sign is seen

    def changes(part: Expr) -> Changes:
        if part not in hidden:
            yield from _other_powers(part)

    yield from _changed(case, changes)


def _other_powers(part: Expr) -> Changes:
    """Other exponents of a power; powers of a part that has none."""
    if is_differential(part) or part.op.name in ("number", "eye", "ones"):
        return
    if part.op is matpow or (part.rows is part.cols and not part.is_scalar and part.op is not inv):
        base, k = (part.args[0], part.params[0]) if part.op is matpow else (part, 1)
        for other in (k - 1, k + 1, k + 2):
            new = power(base, other)
            yield new, f"the power is wrong: write {_instead(new, part)}"
    if part.op is inv:
        new = power(part, 2)
        yield new, f"the power is wrong: write {_instead(new, part)}"
    elif part.is_scalar or part.op is pow or part.op.elementwise or part.op.name == "symbol":
        exponent = coefficient(part.args[1]) if part.op is pow else Fraction(1)
        base = part.args[0] if part.op is pow else part
        for step in (1, -1, 2, -2, Fraction(1, 2), Fraction(-1, 2)):
            if exponent is not None and exponent + step != 0:  # a factor too many is another mistake
                new = pow(base, number(exponent + step))
                yield new, f"the power is wrong: write {_instead(new, part)}"


# --- functions --------------------------------------------------------------------------------------


def partners(part: Expr) -> Changes:
    """The part with its function replaced by one that it may be taken for."""
    for op in operations.values():
        if op.taken_for is None or part.op.name not in (op.name, op.taken_for[0]):
            continue
        other = op.taken_for[0] if op is part.op else op.name
        yield operations[other](*part.args), op.taken_for[1]


def _products(part: Expr) -> Changes:
    """The matrix product and the elementwise one, powers and inverses of both kinds."""
    if part.op is mul and all(a.shape == part.shape for a in part.args):
        yield hadamard(*part.args), "the product is elementwise (.*), not the matrix product"
    if part.op is hadamard and part.rows is part.cols and part.rows is not ONE:
        yield mul(*part.args), "the product is the matrix product (*), not elementwise"
    if part.op is matpow:
        yield pow(part.args[0], number(part.params[0])), "the power is elementwise (.^), not of the matrix"
    if part.op is inv:
        yield pow(part.args[0], number(-1)), "the reciprocal is elementwise (1./), not the inverse of the matrix"
    if part.op is pow and part.rows is part.cols and not part.is_scalar:
        k = coefficient(part.args[1])
        if k is not None and k.denominator == 1:
            yield power(part.args[0], int(k)), "the power is of the matrix (^), not elementwise (.^)"


def _fills(part: Expr) -> Changes:
    """The identity and the matrix of ones."""
    if part.op.name == "eye":
        yield ones(part.rows, part.cols), "a matrix of ones is meant, not the identity"
    if part.op.name == "ones" and part.rows is part.cols:
        yield eye(part.rows), "the identity is meant, not a matrix of ones"


@mistake("function", rank=3)
def function_confused(case: Case) -> Iterator[Candidate]:
    def changes(part: Expr) -> Changes:
        for new, message in [*partners(part), *_products(part), *_fills(part)]:
            yield new, f"{message}: write {_instead(new, part)}"

    yield from _changed(case, changes)
    for kind, turn in (("elementwise", _entrywise), ("of matrices", _of_matrices)):
        corrected = _throughout(case.claim, turn)
        if corrected is not None and corrected.shape == case.claim.shape:
            message = f"products, powers and inverses are {kind}: write {_instead(corrected, case.claim)}"
            yield Candidate(case.with_claim(corrected), message)


def _throughout(root: Expr, turn: Callable[[Expr, list[Expr]], Expr]) -> Expr | None:
    """The expression with every node turned; None where sizes do not fit."""
    done: dict[Expr, Expr] = {}
    try:
        for node in postorder(root):
            done[node] = turn(node, [done[a] for a in node.args])
    except BudgetError:
        raise
    except FrechetError:
        return None
    return done[root]


def _entrywise(node: Expr, args: list[Expr]) -> Expr:
    if node.op is mul and not node.is_scalar and all(a.shape == args[0].shape for a in args):
        return hadamard(*args)
    if node.op is matpow:
        return pow(args[0], number(node.params[0]))
    return pow(args[0], number(-1)) if node.op is inv else node.op(*args, params=node.params)


def _of_matrices(node: Expr, args: list[Expr]) -> Expr:
    square = node.rows is node.cols and not node.is_scalar
    if node.op is hadamard and square:
        return mul(*args)
    k = coefficient(args[1]) if node.op is pow and square else None
    if k is not None and k.denominator == 1:
        return power(args[0], int(k)) if k > 0 else power(inv(args[0]), -int(k))
    return node.op(*args, params=node.params)


# --- factors left out ---------------------------------------------------------------------------------


@mistake("missing factor", rank=4)
def missing_factor(case: Case) -> Iterator[Candidate]:
    """A factor of the right answer, or of the function, left out."""
    for path, part in occurrences(case.claim):
        if part.is_scalar or part.op in (scale, transpose):
            continue
        for factor in _factors(case):
            for new in _inserted(part, factor):
                corrected = new if not path else replaced(case.claim, path, new)
                if corrected is not None:
                    message = f"the factor {to_text(factor)} is missing: write {_instead(new, part)}"
                    yield Candidate(case.with_claim(corrected), message)


def _factors(case: Case) -> list[Expr]:
    """What may be missing: matrices of the right answer and of the function, their transposes and inverses."""
    roots = [case.function] if case.right is None else [case.right, case.function]
    parts = [p for p in postorder(*roots) if not p.is_scalar and not is_differential(p) and p.op is not scale]
    parts = sorted(dict.fromkeys(parts), key=lambda p: p.weight)[:_FACTORS]
    turned = [transpose(p) for p in parts]
    inverted = [inv(p) for p in parts if p.rows is p.cols and p.op is not inv]
    return list(dict.fromkeys([*parts, *turned, *inverted]))


def _inserted(part: Expr, factor: Expr) -> Iterator[Expr]:
    """The part with the factor in front, behind, inside a product, or entry by entry."""
    chain = part.args if part.op is mul else (part,)
    for i in range(len(chain) + 1):
        left = chain[i - 1].cols if i else None
        right = chain[i].rows if i < len(chain) else None
        if left in (None, factor.rows) and right in (None, factor.cols):
            yield mul(*chain[:i], factor, *chain[i:])
    if factor.shape == part.shape:
        yield hadamard(part, factor)


@mistake("extra factor", rank=4)
def extra_factor(case: Case) -> Iterator[Candidate]:
    """A factor of a product that should not be there."""

    def changes(part: Expr) -> Changes:
        if part.op in (mul, hadamard):
            for i, factor in enumerate(part.args):
                new = part.op(*part.args[:i], *part.args[i + 1 :])
                yield new, f"the factor {to_text(factor)} is one too many: write {_instead(new, part)}"

    yield from _changed(case, changes)


@mistake("wrong symbol", rank=4)
def wrong_symbol(case: Case) -> Iterator[Candidate]:
    """One variable written for another of the same shape."""
    known = [s for s in symbols(case.function) if not is_differential(s)]

    def changes(part: Expr) -> Changes:
        if part.op.name == "symbol" and not is_differential(part):
            for other in known:
                if other is not part and other.shape == part.shape:
                    yield other, f"a variable is exchanged: write {_instead(other, part)}"

    yield from _changed(case, changes)
