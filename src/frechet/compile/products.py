"""Matrix products: from a node to its factors, from the factors to kernels in the order that costs least."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from frechet.compile.chain import SYMMETRIC_FROM, ChainOperand, ChainPlan, Key, best_order, key_of, mirror_key, turned
from frechet.compile.lowering import Lowering, by_its_own_kernel, lowers
from frechet.compile.solves import inverse, root_times, solve
from frechet.compile.values import Value
from frechet.expr.node import Expr
from frechet.expr.properties import has
from frechet.expr.sizes import ONE

__all__ = [
    "chain_value", "factors_of", "formed", "matmul", "outer", "pieces_of", "plan_of", "plus_transpose", "product_value",
    "vec",
]  # fmt: skip

# Up to this power a factor A^k is written out in a chain, where a vector may make every product a cheap one.
WRITTEN_OUT = 16
LONGEST_CHAIN = 32


# --- from a node to its factors -----------------------------------------------------------------------


def factors_of(lowering: Lowering, node: Expr, with_vector: bool = False) -> tuple[list[Value], list[ChainOperand]]:
    """The scalars and the structured factors of a product; no factors when the product is an identity."""
    scalars: list[Value] = []
    factors: list[ChainOperand] = []
    b = lowering.b
    pending: list[tuple[Expr, bool, bool]] = [(node, False, False)]
    while pending:
        e, flip, invert = pending.pop()
        name = e.op.name
        if e.is_scalar and e is not node:
            s = lowering.value(e)
            scalars.append(b.divide(b.constant(1), s) if invert else s)
        elif name == "transpose":
            pending.append((e.args[0], not flip, invert))
        elif name == "scale":
            pending += [(a, flip, invert) for a in e.args]
        elif name == "inv":
            pending.append((e.args[0], flip, not invert))
        elif name == "mul" and (not invert or all(a.rows is a.cols for a in e.args)):
            parts = e.args if flip is not invert else e.args[::-1]
            pending += [(a, flip, invert) for a in parts]
        elif name == "matpow" and with_vector and e.params[0] <= WRITTEN_OUT:
            pending += [(e.args[0], flip, invert)] * e.params[0]
        elif name == "diagm" and e.args[0].op.name == "scale" and not invert:  # diag(c*x) = c*diag(x)
            x = e.args[0]
            pending += [*[(s, flip, invert) for s in x.args[:-1]], (e.op(x.args[-1]), flip, invert)]
        elif name != "eye":
            factors.append(_leaf(lowering, e, flip, invert))
    return scalars, factors


def _leaf(lowering: Lowering, e: Expr, flip: bool, invert: bool) -> ChainOperand:
    b = lowering.b
    rows, cols = (e.cols, e.rows) if flip else e.shape
    if has(e, "orthogonal") and invert and not b.is_complex:
        flip, invert = not flip, False
    if has(e, "diagonal") and rows is not ONE:
        x = lowering.diagonal_of(e)
        return ChainOperand("diagonal", b.divide(b.constant(1), b.nonzero(x)) if invert else x, rows, cols)
    value = lowering.value(e)
    if invert:
        if value.kernel == "T":
            value, flip = value.args[0], not flip
        return ChainOperand("inverse", value, rows, cols, flip and "symmetric" not in value.facts)
    return ChainOperand("dense", b.T(value) if flip else value, rows, cols)


def pieces_of(factors: list[ChainOperand]) -> list[list[ChainOperand]]:
    """The chain cut where an inner size is 1."""
    pieces: list[list[ChainOperand]] = [[]]
    for i, f in enumerate(factors):
        pieces[-1].append(f)
        if f.cols is ONE and i + 1 < len(factors):
            pieces.append([])
    return pieces


# --- building a chain by its plan -----------------------------------------------------------------------


def chain_value(lowering: Lowering, factors: list[ChainOperand]) -> Value:
    """The product of a chain without inner sizes of 1, in the order that costs least; of a long one, run by run."""
    factors = _kronecker_joined(lowering, factors)
    while len(factors) > LONGEST_CHAIN:  # the search costs the cube of the length
        count = _mirrored(lowering, factors)
        if count > 1:  # J'*C*J, in which J is computed once
            J = ChainOperand("dense", chain_value(lowering, factors[-count:]), factors[-count].rows, factors[-1].cols)
            factors = [turned(J, lowering.b), *factors[count:-count], J]
            continue
        at_end = factors[-1].cols is ONE or factors[0].rows is not ONE  # from the end at which a vector stands
        run = factors[-LONGEST_CHAIN:] if at_end else factors[:LONGEST_CHAIN]
        joined = ChainOperand("dense", chain_value(lowering, run), run[0].rows, run[-1].cols)
        factors = [*factors[:-LONGEST_CHAIN], joined] if at_end else [joined, *factors[LONGEST_CHAIN:]]
    chain = tuple(factors)
    plan = plan_of(lowering, chain)
    return _built(lowering, chain, plan)


def _mirrored(lowering: Lowering, factors: list[ChainOperand]) -> int:
    """How many factors at the end are the transposes of those at the beginning, in the opposite order."""
    count = 0
    while 2 * (count + 1) <= len(factors) and turned(factors[count], lowering.b).key == factors[-1 - count].key:
        count += 1
    return count


def plan_of(lowering: Lowering, chain: tuple[ChainOperand, ...]) -> ChainPlan:
    """The plan of least cost for a chain, knowing what is computed anyway."""
    return best_order(chain, lowering.b, lowering.is_known)


def _found(lowering: Lowering, chain: tuple[ChainOperand, ...], tables: Sequence[Mapping[Key, Value]]) -> Value | None:
    """The product, or its transpose, if it is there already."""
    key, mirror = key_of(chain), mirror_key(chain, lowering.b)
    for table in tables:
        if key in table:
            return table[key]
        if mirror in table:
            return lowering.b.T(table[mirror])
    return None


def _built(lowering: Lowering, chain: tuple[ChainOperand, ...], plan: ChainPlan) -> Value:
    b = lowering.b
    part = chain[plan.first : plan.last + 1]
    if len(part) == 1:
        return formed(lowering, part[0])
    tables = [lowering.segments, lowering.known] if plan.way == "known" else [lowering.segments]
    known = _found(lowering, part, tables)
    if known is not None:
        lowering.record(key_of(part), known)
        return known
    assert plan.left is not None
    assert plan.right is not None
    if plan.way == "root":
        Z = root_times(lowering, chain[plan.left.first], _built(lowering, chain, plan.right))
        result = matmul(lowering, b.T(Z), Z)
    else:
        result = _pair(lowering, chain, plan)
    facts = plan.facts - {"diagonal"} if plan.kind == "dense" else plan.facts
    b.learn(result, facts & {"symmetric", "lower", "upper"})
    lowering.record(key_of(part), result)
    return result


def _diagonal_part(lowering: Lowering, chain: tuple[ChainOperand, ...], plan: ChainPlan) -> Value:
    """The vector of a product of diagonal factors."""
    return lowering.b.product([f.value for f in chain[plan.first : plan.last + 1]])


def _pair(lowering: Lowering, chain: tuple[ChainOperand, ...], plan: ChainPlan) -> Value:
    b, L, R = lowering.b, plan.left, plan.right
    assert L is not None
    assert R is not None
    if L.kind == R.kind == "diagonal":
        return b.diagonal_matrix(_diagonal_part(lowering, chain, plan))
    if L.kind == "diagonal":
        return b.scaled(_diagonal_part(lowering, chain, L), _built(lowering, chain, R), b.column)
    if R.kind == "diagonal":
        return b.scaled(_diagonal_part(lowering, chain, R), _built(lowering, chain, L), b.row)
    if L.kind == "inverse":
        f = chain[L.first]
        return solve(lowering, f.value, _built(lowering, chain, R), f.flipped)
    if R.kind == "inverse":
        f = chain[R.first]
        return b.T(solve(lowering, f.value, b.T(_built(lowering, chain, L)), not f.flipped))
    symmetric = "symmetric" in plan.facts
    if (
        symmetric and R.last - R.first > L.last - L.first
    ):  # what the longer side computes may be the shorter one's transpose
        right, left = _built(lowering, chain, R), _built(lowering, chain, L)
    else:
        left, right = _built(lowering, chain, L), _built(lowering, chain, R)
    return matmul(lowering, left, right, symmetric)


def formed(lowering: Lowering, f: ChainOperand) -> Value:
    """One factor as a plain matrix."""
    if f.kind == "diagonal":
        return lowering.b.diagonal_matrix(f.value)
    if f.kind == "inverse":
        made = inverse(lowering, f.value)
        lowering.record(key_of((replace(f, flipped=False),)), made)
        return lowering.b.T(made) if f.flipped else made
    return f.value


def matmul(lowering: Lowering, A: Value, B: Value, symmetric: bool = False) -> Value:
    """A*B for a vector or a matrix on each side; the kernel by what they are."""
    b = lowering.b
    if A.kernel == "zeros" or B.kernel == "zeros":
        return b.filled(0, A.shape[:-1] + B.shape[1:])
    if A.ndim == 1 and B.ndim == 1:
        for x, y in ((A, B), (B, A)):
            if x.kernel == "ones":
                return b.total(y)
            if x.kernel == "unit":
                return b.part(y, x.params[:1] * 2)
        return b.inner(A, B)
    if A.ndim == 1:
        return matmul(lowering, b.T(B), A)
    if B.ndim == 1:
        if B.kernel == "ones":
            return b.row_sums(A)
        if B.kernel == "unit":
            return b.part(A, (ONE, A.shape[0]), B.params[:1] * 2)
        if A.kernel == "kron" and all(a.ndim == 2 for a in A.args):
            C, D = A.args  # (C ⊗ D) vec(Y) = vec(D*Y*C')
            Y = b.make("unvec", B, shape=(D.shape[1], C.shape[1]))
            return vec(lowering, matmul(lowering, D, matmul(lowering, Y, b.T(C))))
        if A.kernel == "T":
            return b.make("vm", B, A.args[0], shape=A.shape[:1])
        by_triangle = "symmetric" in A.facts and not b.is_complex and b.number(A.shape[0]) >= SYMMETRIC_FROM
        return b.make("symv" if by_triangle else "mv", A, B, shape=A.shape[:1])
    shape = (A.shape[0], B.shape[1])
    if b.T(A) is B:
        return b.make("gram", B, shape=shape, facts=("symmetric", "psd"))
    for side, M, other in (("left", A, B), ("right", B, A)):
        base = M.args[0] if M.kernel == "T" else M
        if M.facts & {"lower", "upper"} and base.facts & {"lower", "upper"}:
            made = b.make("trmm", base, other, params=(side, "lower" in base.facts, M is not base), shape=shape)
            b.learn(made, A.facts & B.facts & {"lower", "upper"})
            return made
    if symmetric:
        return b.make("symmetric_product", A, B, shape=shape, facts=("symmetric",))
    return b.make("mm", A, B, shape=shape)


# Up to this share of the rows, two thin products of one triangle beat a full product and a transposed addition.
THIN = 0.25


def plus_transpose(lowering: Lowering, M: Value, is_used_alone: bool) -> Value:
    """M + M'; of a thin product that nothing else needs, by one triangle."""
    b = lowering.b
    if is_used_alone and M.kernel == "mm" and not b.is_complex and "symmetric" not in M.facts:
        U, V = M.args[0], b.T(M.args[1])
        n, k = b.dims(U)
        if n >= SYMMETRIC_FROM and k <= THIN * n:
            return b.make("rank_2k", U, V, shape=M.shape, facts=("symmetric",))
    made = b.elementwise("add", M, b.T(M))
    b.learn(made, ("symmetric",))
    return made


def outer(lowering: Lowering, x: Value, y: Value) -> Value:
    """x*y' for two vectors."""
    b, shape = lowering.b, (x.shape[0], y.shape[0])
    if x.kernel == y.kernel == "ones":
        return b.filled(1, shape)
    if x is y:
        return b.make("outer", x, x, shape=shape, facts=("symmetric", "psd"))
    return b.make("outer", x, y, shape=shape)


def vec(lowering: Lowering, A: Value) -> Value:
    """The columns of A stacked; a vector is its own."""
    if A.ndim < 2:
        return A
    return lowering.b.make("vec", A, shape=(A.shape[0] * A.shape[1],))


# --- Kronecker factors with a vector ----------------------------------------------------------------------


def _kronecker_joined(lowering: Lowering, chain: list[ChainOperand]) -> list[ChainOperand]:
    """(x ⊗ A) … (y' ⊗ B) as x*y' ⊗ A…B: the long products between are done at the small size."""
    b = lowering.b
    for i, f in enumerate(chain):
        if not _is_tall(f.value):
            continue
        for j in range(i + 1, len(chain)):
            g = chain[j].value
            if g.kernel == "kron" and g.args[0].kernel == "wide":
                (x, A), (y, B) = f.value.args, g.args
                first = ChainOperand("dense", A, A.shape[0], A.shape[1])
                last = ChainOperand("dense", B, B.shape[0], B.shape[1])
                ends = ([] if A.kernel == "eye" else [first], [] if B.kernel == "eye" else [last])
                middle = [*ends[0], *chain[i + 1 : j], *ends[1]]
                inner = chain_value(lowering, middle) if middle else b.eye(A.shape[0])
                joined = b.make("kron", outer(lowering, x.args[0], y.args[0]), inner, shape=(f.rows, chain[j].cols))
                if x.args[0] is y.args[0] and "symmetric" in inner.facts:
                    b.learn(joined, ("symmetric",))
                whole = ChainOperand("dense", joined, f.rows, chain[j].cols)
                return _kronecker_joined(lowering, [*chain[:i], whole, *chain[j + 1 :]])
    return chain


def _is_tall(value: Value) -> bool:
    return value.kernel == "kron" and value.args[0].kernel == "tall" and value.args[1].ndim == 2


# --- products as nodes --------------------------------------------------------------------------------------


def product_value(lowering: Lowering, scalars: list[Value], factors: list[ChainOperand], node: Expr) -> Value:
    """Scalars times the product of the factors; `node` says the shape when there are none."""
    b = lowering.b
    if not factors:
        return b.mul(b.product(scalars), b.eye(node.rows))
    values: list[tuple[ChainOperand, ChainOperand, Value]] = []
    for piece in pieces_of(factors):
        value = chain_value(lowering, piece)
        if value.ndim == 0:
            scalars.append(value)
        else:
            values.append((piece[0], piece[-1], value))
    if not values:
        return b.product(scalars)
    scalar = b.product(scalars)
    if len(values) == 1:
        return b.mul(scalar, values[0][2])
    (_, _, x), (_, _, y) = values
    return outer(lowering, b.mul(scalar, x), y) if x is not y else b.mul(scalar, outer(lowering, x, y))


_APPLICABLE = frozenset({"symbol", "transpose", "mul", "eye", "diagm", "inv", "scale"})
"""What is cheaper to apply to a vector than to add to another matrix first."""


def _term_by_term(lowering: Lowering, node: Expr) -> Expr | None:
    """(A + B)*x as A*x + B*x, from the end at which a vector stands; None when the sum is needed, or cheap."""
    for at_end in (True, False):
        if len(node.args) < 2:
            return None
        vector, total = (node.args[-1], node.args[-2]) if at_end else node.args[:2]
        is_vector = (vector.cols if at_end else vector.rows) is ONE
        if not is_vector or total.op.name != "add" or total in lowering.done:
            continue
        if all(t.op.name in _APPLICABLE for t in total.args):
            terms = [node.op(t, vector) if at_end else node.op(vector, t) for t in total.args]
            applied = total.op(*terms)
            return node.op(*node.args[:-2], applied) if at_end else node.op(applied, *node.args[2:])
    return None


@lowers("matpow")
def lower_matpow(lowering: Lowering, node: Expr) -> Value:
    if node.params[0] != 2:
        return by_its_own_kernel(lowering, node)
    A = lowering.value(node.args[0])
    return matmul(lowering, A, A, "symmetric" in A.facts)


@lowers("mul", "inv")
def lower_matrix_product(lowering: Lowering, node: Expr) -> Value:
    applied = _term_by_term(lowering, node) if node.op.name == "mul" else None
    if applied is not None:
        return lowering.value(applied)
    scalars, factors = factors_of(lowering, node, ONE in node.shape)
    return product_value(lowering, scalars, factors, node)
