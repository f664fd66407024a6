"""What each operation makes of the kinds of its arguments, and what it costs where they are unlikely or do not fit.

A kind is a set of bits: whether it has many rows and many columns, and, of a number, where it comes from.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from frechet.expr.node import Operation
from frechet.expr.signature import Signature
from frechet.expr.sizes import ONE, Size
from frechet.language.names import GREEK
from frechet.language.tree import SAMPLES, SyntaxNode

__all__ = [
    "ARRAY",
    "IMPOSSIBLE",
    "MATRIX",
    "NUMBER",
    "OUTCOMES",
    "ROW",
    "VECTOR",
    "WEAK_CAPITALS",
    "Kinds",
    "kind_of_sizes",
]

NUMBER, VECTOR, ROW, MATRIX = 0, 1, 2, 3
ARRAY = 3  # the bits that say whether there are many rows, many columns
REDUCED = 4  # a number that is made of arrays: x'*A*x, log(det(S))
NAMED = 8  # a name, or a name times numerals
NUMERAL = 16
DEMOTED = 32  # a number made of letters that would be arrays by default
IDENTITY = 64
_FROM = REDUCED | DEMOTED

# Costs. A change of kind costs 5 to 48; what costs less than 15 is never a reason to change one.
IMPOSSIBLE = 1_000_000
_UNUSUAL = 30
_POINTLESS = 60  # the sum of a number
_NOT_A_MATRIX = 120  # the trace of a number
_SPREAD = 12  # a vector over the rows of a matrix, as in NumPy
_SCALED = 60  # a letter for a vector that scales columns, or for a matrix where it often is a number: t*A, C*w
_DIVIDED = 400  # by a matrix, as in MATLAB
_ADDED = 200  # a number to an array
_WRITTEN = 21  # a numeral to an array: as much as a weak letter
_BROADCAST = 28  # a letter for a number to a matrix: less than it costs that a capital is no matrix
_SPREAD_SUM = 5
_TOLD = 10  # a number to an array, where it is declared one or made of the array: x - mean(x)
_BETWEEN = 70  # a Greek letter for a number between R and R'
_AFTER = 25  # a letter for a number behind an array: A*b
_ALONE = 40  # an array letter scaled by a number that is made of arrays: C*sum(x)
_SQUARE = 90  # a letter scaled by the square of a vector: m*v'*v
_BESIDE = 25  # an array letter scaled by a letter that had to become a number: m*g*h

WEAK_CAPITALS = frozenset("NTKMC")
"""Capitals that often are numbers."""

Outcome = tuple[int, int]


class Kinds:
    """The kinds of the names in one reading; `demoted` are those that became numbers."""

    __slots__ = ("demoted", "of")

    def __init__(self, of: dict[str, int]):
        self.of, self.demoted = of, frozenset[str]()


def kind_of_sizes(rows: Size, cols: Size) -> int:
    """The kind of what has these sizes."""
    return (rows is not ONE) + 2 * (cols is not ONE)


# --- leaves -----------------------------------------------------------------------------------------


def _number(kinds: Kinds, node: SyntaxNode) -> Outcome:
    return NUMERAL, 0


def _size(kinds: Kinds, node: SyntaxNode) -> Outcome:
    return NUMBER, 0


def _name(kinds: Kinds, node: SyntaxNode) -> Outcome:
    name = node.value
    return kinds.of[name] | NAMED | (DEMOTED if name in kinds.demoted else 0), 0


def _fill(kinds: Kinds, node: SyntaxNode) -> Outcome:
    return (VECTOR if node.value == "vector" else MATRIX), 0 if not node.args[0].kind & ARRAY else IMPOSSIBLE


# --- operators --------------------------------------------------------------------------------------


def _sum(kinds: Kinds, node: SyntaxNode) -> Outcome:
    shape, source, cost, numerals = NUMBER, 0, 0, NUMERAL
    for part in node.args:
        kind = part.kind
        source |= kind & _FROM
        numerals &= kind
        if kind & ARRAY:
            if shape and shape != kind & ARRAY:
                if not _spreads(node, shape, kind):
                    return shape, IMPOSSIBLE
                kind, cost = MATRIX, _SPREAD_SUM
            shape = kind & ARRAY
    if not shape:
        return source | numerals, 0
    names = 0
    for part in node.args:
        names |= part.names if part.kind & ARRAY else 0
    for part in node.args:
        if not part.kind & ARRAY:
            of_the_same = part.head == "call" and part.kind & REDUCED and part.names & names  # x - mean(x)
            told = of_the_same or not part.names
            letters = shape == MATRIX and not part.kind & _FROM and not node.spreads  # A + b; in NumPy rather a row
            cost += _WRITTEN if part.kind & NUMERAL else _TOLD if told else _BROADCAST if letters else _ADDED
    return shape, cost


def _spreads(node: SyntaxNode, one: int, other: int) -> bool:
    """Whether NumPy makes arrays of these forms equal: anything and a matrix, a column and a row."""
    one, other = one & ARRAY, other & ARRAY
    return node.spreads and (MATRIX in (one, other) or one | other == MATRIX)


def _spread(node: SyntaxNode) -> int:
    """What it costs that the factors of `*`, or what `/` divides, are a vector and a matrix."""
    for part in node.args:
        if part.kind & IDENTITY:
            return _SCALED
        letter = part.head == "name" and part.names and part.value not in ("x", "y", "w")
        if letter and (part.kind & ARRAY != MATRIX or part.value in WEAK_CAPITALS):
            return _SCALED
    return _SPREAD


def _product(kinds: Kinds, node: SyntaxNode) -> Outcome:
    left, source, arrays, cost, named, numerals = NUMBER, 0, 0, 0, 0, 0
    only = None
    for k, part in enumerate(node.args):
        kind = part.kind
        shape = kind & ARRAY
        if not shape:
            source |= kind & _FROM
            if kind & NUMERAL:
                numerals += 1
            elif kind & NAMED:
                named += 1
                if left and part.head == "name":
                    cost += _AFTER
            continue
        arrays += 1
        only = part
        if left:
            if (left >> 1) != (shape & 1):
                alone = all(p.kind & NUMERAL or p is part or p is node.args[k - 1] for p in node.args)
                if node.value is None or not alone or left != VECTOR or shape != VECTOR:
                    return NUMBER, IMPOSSIBLE
                left = NUMBER  # x·y, an inner product of vectors
            else:
                left = (left & 1) | (shape & 2)
            source |= REDUCED
        else:
            left = shape
    count = len(node.args)
    for k in range(1, count - 1):
        part = node.args[k]
        if part.head == "name" and part.kind & ARRAY != MATRIX and part.value in GREEK and _is_between(node.args, k):
            cost += _BETWEEN
    if arrays == 3:
        cost += _scaled_inner(node.args)
    if arrays == 1 and only is not None and only.kind & NAMED:
        if source & REDUCED:
            cost += _ALONE
        elif source & DEMOTED:
            cost += _BESIDE
        return left | (NAMED if numerals == count - 1 else 0), cost
    if arrays > 1 and any(part.kind & IDENTITY for part in node.args):
        cost += _UNUSUAL
    if left:
        return left | (IDENTITY if arrays == 1 and only is not None and only.kind & IDENTITY else 0), cost
    made = NUMERAL if numerals == count else NAMED if named == 1 and numerals == count - 1 else 0
    return source | made, cost


def _scaled_inner(args: list[SyntaxNode]) -> int:
    """What y*w'*x costs, a letter scaled by the number w'*x: m*v'*v scales m by a square, v*v'*x is a projection."""
    found = [part for part in args if part.kind & ARRAY]
    if [p.kind & ARRAY for p in found] != [VECTOR, ROW, VECTOR] or found[0].head not in ("name", "negative"):
        return 0
    first, row, last = (p.args[0] if p.args else p for p in found)
    if not first.head == row.head == last.head == "name":
        return _ALONE
    if row.value == first.value != last.value:
        return 0  # a*a'*b projects b
    return _SQUARE if row.value == last.value else _ALONE


def _is_between(args: list[SyntaxNode], k: int) -> bool:
    """Whether R and R', or x' and x, stand around argument k."""
    a, b = args[k - 1], args[k + 1]
    if a.head == "transpose":
        a, b = b, a
    return b.head == "transpose" and a.head == "name" and b.args[0].head == "name" and a.value == b.args[0].value


def _quotient(kinds: Kinds, node: SyntaxNode) -> Outcome:
    above, below = node.args
    if below.kind & ARRAY:
        shape = above.kind & ARRAY
        return shape, _DIVIDED if below.kind & ARRAY == MATRIX and shape & ROW else IMPOSSIBLE
    name = below.value if below.head == "name" else ""
    if name in kinds.demoted and name.isupper() and name not in WEAK_CAPITALS:
        capital = above.head == "name" and above.value.isupper()
        if above.kind & ARRAY == MATRIX or capital:
            return MATRIX, IMPOSSIBLE  # B/A of two matrices: which side is divided is not written
    if above.kind & ARRAY:
        alone = above.kind & NAMED and below.kind & REDUCED and above.head == "name"
        return (above.kind & ARRAY) | (above.kind & NAMED if below.kind & NUMERAL else 0), 10 if alone else 0
    source = (above.kind | below.kind) & _FROM
    return source | (above.kind & below.kind & NUMERAL) | (above.kind & NAMED if below.kind & NUMERAL else 0), 0


def _entrywise(kinds: Kinds, node: SyntaxNode) -> Outcome:
    shape, source, cost = NUMBER, 0, 0
    for part in node.args:
        kind = part.kind
        source |= kind & _FROM
        if kind & ARRAY:
            if shape and shape != kind & ARRAY:
                if not _spreads(node, shape, kind):
                    return shape, IMPOSSIBLE
                kind, cost = MATRIX, _spread(node)
            shape = kind & ARRAY
    if node.head == "hadamard":
        for part in node.args:
            if not part.kind & (ARRAY | NUMERAL):
                cost += _UNUSUAL
    return (shape or source), cost


def _times(kinds: Kinds, node: SyntaxNode) -> Outcome:
    """NumPy's `*`: a product with numbers, else entry by entry."""
    if sum(1 for part in node.args if part.kind & ARRAY) < 2:
        return _product(kinds, node)
    shapes = {part.kind & ARRAY for part in node.args if part.kind & ARRAY}
    if len(shapes) == 1:
        return max(shapes), 0
    if not _spreads(node, *sorted(shapes)[-2:]):
        return MATRIX, IMPOSSIBLE
    return MATRIX, _spread(node)


def _over(kinds: Kinds, node: SyntaxNode) -> Outcome:
    """NumPy's `/`: by a number, else entry by entry; a number that is made of arrays is hardly divided by the entries of one."""
    above, below = node.args
    if not below.kind & ARRAY:
        return _quotient(kinds, node)
    shape, cost = _entrywise(kinds, node)
    return shape, cost + (_UNUSUAL if above.kind & REDUCED else 0)


def _matmul(kinds: Kinds, node: SyntaxNode) -> Outcome:
    """NumPy's `@`: a vector on the left is a row, and what it gives with a matrix is a vector again."""
    left, cost = node.args[0].kind & ARRAY, 0
    for part in node.args[1:]:
        right = part.kind & ARRAY
        if not left or not right:
            return NUMBER, IMPOSSIBLE if (node.args[0].kind | part.kind) & DEMOTED else _ADDED
        if left == VECTOR and right & 1:
            left = VECTOR if right == MATRIX else NUMBER
        elif left >> 1 != right & 1:
            return NUMBER, IMPOSSIBLE
        else:
            left = (left & 1) | (right & 2)
        if part is not node.args[-1] and not left:
            return NUMBER, IMPOSSIBLE
    return left or REDUCED, cost


def _cross(kinds: Kinds, node: SyntaxNode) -> Outcome:
    """a × b is the cross product of two vectors, the product of anything else."""
    if all(part.kind & ARRAY == VECTOR for part in node.args):
        return VECTOR, 0
    if node.value == "call":
        return VECTOR, IMPOSSIBLE
    kind, cost = _product(kinds, node)
    return kind, cost + (_UNUSUAL if kind & ARRAY == VECTOR else 0)


def _dotpower(kinds: Kinds, node: SyntaxNode) -> Outcome:
    base, exponent = node.args
    if base.kind & exponent.kind & ARRAY and (base.kind ^ exponent.kind) & ARRAY:
        return NUMBER, IMPOSSIBLE
    shape = (base.kind | exponent.kind) & ARRAY
    if exponent.kind & ARRAY and exponent.kind & NAMED and exponent.names:
        return shape, _ALONE  # a letter in the exponent is a number
    return shape or (base.kind | exponent.kind) & _FROM, 0 if shape else 10


def _power(kinds: Kinds, node: SyntaxNode) -> Outcome:
    base, exponent = node.args
    if exponent.kind & ARRAY:
        return NUMBER, IMPOSSIBLE
    shape = base.kind & ARRAY
    if not shape:
        return (base.kind | exponent.kind) & _FROM | (base.kind & exponent.kind & NUMERAL), 0
    if shape == MATRIX:
        return MATRIX, 0 if exponent.kind & NUMERAL else IMPOSSIBLE
    return shape, 50 if shape == VECTOR and exponent.kind & NUMERAL else IMPOSSIBLE


def _transpose(kinds: Kinds, node: SyntaxNode) -> Outcome:
    part = node.args[0]
    kind = part.kind
    if node.value == SAMPLES and kind & ARRAY == VECTOR:
        return kind, 0
    if not kind & ARRAY:
        if kind & NAMED and part.names:
            return kind & _FROM, IMPOSSIBLE
        return kind & _FROM, 20
    return (kind >> 1 & 1) | (kind & 1) << 1 | (kind & (IDENTITY | NAMED)), 0


def _kept(kinds: Kinds, node: SyntaxNode) -> Outcome:
    kind = node.args[0].kind & ARRAY
    return kind, 0 if kind == VECTOR else IMPOSSIBLE


def _same(kinds: Kinds, node: SyntaxNode) -> Outcome:
    return node.args[0].kind, 0


def _exponential(kinds: Kinds, node: SyntaxNode) -> Outcome:
    kind = node.args[0].kind
    return kind & (ARRAY | _FROM), 0 if kind & ARRAY in (NUMBER, MATRIX) else _UNUSUAL


def _defined(kinds: Kinds, node: SyntaxNode) -> Outcome:
    return node.args[0].kind & ~NAMED, 0


# --- functions --------------------------------------------------------------------------------------


def _diag(kinds: Kinds, node: SyntaxNode) -> Outcome:
    shape = node.args[0].kind & ARRAY
    if not shape:
        return node.args[0].kind & _FROM, IMPOSSIBLE if node.args[0].kind & DEMOTED else _NOT_A_MATRIX
    return (MATRIX, 0) if shape == VECTOR else (VECTOR, 0) if shape == MATRIX else (MATRIX, IMPOSSIBLE)


def _bars(kinds: Kinds, node: SyntaxNode) -> Outcome:
    kind = node.args[0].kind
    if not kind & ARRAY:
        return kind & _FROM, 0
    return (
        (REDUCED, 0) if kind & ARRAY == MATRIX else (kind & ARRAY, _UNUSUAL if kind & ARRAY == VECTOR else IMPOSSIBLE)
    )


def _norm(kinds: Kinds, node: SyntaxNode) -> Outcome:
    return REDUCED, 0 if node.args[0].kind & ARRAY else _POINTLESS


def _inner(kinds: Kinds, node: SyntaxNode) -> Outcome:
    a, b = (part.kind & ARRAY for part in node.args)
    if a != b:
        return REDUCED, IMPOSSIBLE
    return REDUCED, 0 if a else _POINTLESS


def _call(kinds: Kinds, node: SyntaxNode) -> Outcome:
    op, sizes = node.value
    if node.spreads and node.args[0].kind & ARRAY != MATRIX:
        return VECTOR, IMPOSSIBLE  # an array of one dimension has no second axis
    if op.elementwise:
        if len(node.args) > 1:
            shape, cost = _entrywise(kinds, node)
            letters = [p for p in node.args if not p.kind & (ARRAY | NUMERAL)]
            return shape, cost + (14 if shape & ARRAY and letters else 0)
        return node.args[0].kind & (ARRAY | _FROM), 0
    if op.name == "eye":
        return MATRIX | IDENTITY, 0
    return _by_signature(op, sizes, node.args)


@lru_cache(maxsize=2048)
def _shapes(op: Operation) -> tuple[tuple[tuple[Size, Size], ...], tuple[Size, ...], tuple[Size, Size]]:
    signature = op.signature
    assert isinstance(signature, Signature)
    return signature.arguments, signature.parameters, signature.outcome


def _by_signature(op: Operation, sizes: tuple[Size, ...], args: list[SyntaxNode]) -> Outcome:
    templates, parameters, outcome = _shapes(op)
    many: dict[str, bool] = {}
    cost, arrays, source = 0, False, 0
    for parameter, s in zip(parameters, sizes, strict=True):
        if parameter.letter is not None:
            many[parameter.letter] = s is not ONE
    for part, (rows, cols) in zip(args, templates, strict=True):
        shape = part.kind & ARRAY
        source |= part.kind & _FROM
        arrays = arrays or shape != 0
        if not shape and not (rows is ONE and cols is ONE):
            square, column = rows is cols, cols is ONE
            if (square or column) and part.kind & DEMOTED:
                return NUMBER, IMPOSSIBLE
            cost += _NOT_A_MATRIX if square or column else _POINTLESS
        for template, is_many in ((rows, bool(shape & 1)), (cols, bool(shape & 2))):
            if not _fits(template, is_many, many):
                return NUMBER, IMPOSSIBLE
    kind = (_many(outcome[0], many) and 1) + (2 if _many(outcome[1], many) else 0)
    return kind or (source | (REDUCED if arrays else 0)), cost


def _fits(template: Size, is_many: bool, many: dict[str, bool]) -> bool:
    if template is ONE:
        return not is_many
    letter = template.letter
    if letter is not None:
        return many.setdefault(letter, is_many) == is_many
    return is_many or not _many(template, many)


def _many(template: Size, many: dict[str, bool]) -> bool:
    if template.constant is not None:
        return template is not ONE
    if len(template.terms) == 1:
        return any(many.get(letter, False) for letter in template.letters)
    return True


# --- parts and blocks -------------------------------------------------------------------------------


def _index(kinds: Kinds, node: SyntaxNode) -> Outcome:
    shape = node.args[0].kind & ARRAY
    if len(node.value) == 1:
        if shape & 2 or not shape:
            return NUMBER, IMPOSSIBLE if shape else _ADDED
        ranges = [*node.value, (ONE, ONE)]
    else:
        ranges = list(node.value)
    found = 0
    for k, (low, high) in enumerate(ranges):
        if low is None or high is None:
            found |= shape & (1 << k)
        elif low is not high:
            found |= 1 << k
    return found or REDUCED, 0 if shape else _ADDED


def _block(kinds: Kinds, node: SyntaxNode) -> Outcome:
    counts = node.value
    rows = 1 if len(counts) > 1 else 0
    cols, start = 0, 0
    for count in counts:
        row = node.args[start : start + count]
        start += count
        if count > 1:
            cols = 2
        for part in row:
            rows |= part.kind & 1
            cols |= part.kind & 2
            if (part.kind ^ row[0].kind) & 1:
                return MATRIX, IMPOSSIBLE
    return rows | cols, 0


OUTCOMES: dict[str, Callable[[Kinds, SyntaxNode], Outcome]] = {
    "number": _number, "size": _size, "name": _name, "fill": _fill, "sum": _sum, "product": _product,
    "quotient": _quotient, "hadamard": _entrywise, "divide": _entrywise, "dotpower": _dotpower, "power": _power,
    "transpose": _transpose, "negative": _same, "kept": _kept, "defined": _defined, "exponential": _exponential, "times": _times, "over": _over, "matmul": _matmul, "cross": _cross, "diag": _diag, "bars": _bars, "norm": _norm,
    "inner": _inner, "call": _call, "index": _index, "block": _block,
}  # fmt: skip
"""For each construct, the kind of its value and what its arguments cost."""
