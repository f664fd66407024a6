"""What else a text could mean: notes about names that do not have the kind of their letter."""

from __future__ import annotations

from collections.abc import Sequence

from frechet.expr.kernel import Kernel
from frechet.expr.properties import has
from frechet.language.costs import ARRAY, MATRIX, NUMBER, VECTOR
from frechet.language.kinds import Choice, KindSearch
from frechet.language.tree import SyntaxNode

__all__ = ["all_numbers", "honest_alternatives", "remarks", "symmetric_parts"]

_MOST = 8  # names that notes are looked for
_EITHER = frozenset({"divide", "over", "dotpower", "block"})  # what takes a number beside a vector as well as a vector
_KINDS = {NUMBER: "scalar", VECTOR: "vector(n)", MATRIX: "matrix(m,n)"}


def remarks(search: KindSearch, choice: Choice) -> tuple[list[str], tuple[str, ...]]:
    """Notes about other readings, and the names of vectors that could be numbers, with which all else fits too."""
    notes: list[str] = []
    numbers = tuple(name for name in sorted(choice.changed)[:_MOST] if _may_be_number(search, choice, name))
    for name in numbers:
        notes.append(
            f"{name} is read as a vector; a number {name} would be added to every entry: for that declare {name}: scalar"
        )
    if choice.without_arrays:
        names = [n for n in search.names if n in choice.changed]
        declared = ", ".join(f"{n}: {_KINDS[search.defaults[n]]}" for n in names)
        return [
            f"{_listed(names)} are read as numbers, as in a formula without arrays; for arrays declare {declared}"
        ], ()
    demoted = [n for n in search.names if n in choice.changed and choice.kinds[n] == NUMBER]
    strong = [n for n in demoted if search.is_strong(n)]
    for name in strong:
        kind = _KINDS[search.defaults[name]]
        notes.append(
            f"{name} is read as a number, because as a {kind.partition('(')[0]} it does not fit; else declare {name}: {kind}"
        )
    all_numbers = dict.fromkeys(search.names, NUMBER)
    unusual = demoted or search.cost(choice.kinds)[0] > 0
    if unusual and all_numbers != choice.kinds and search.cost(all_numbers)[0] == 0:
        others = [n for n in search.names if choice.kinds[n] != NUMBER]
        notes.append(
            f"{_listed(others)} could be {_numbers(others)} too, as in a formula without matrices: for that declare "
            + ", ".join(f"{n}: scalar" for n in others)
        )
    _, whole, _ = search.cost(choice.kinds)
    notes += [
        f"{name} is read as a number, and added to every entry; a vector {name} is added to each column by {name}*vector(1)'"
        for name in _added_to_matrices(search)
    ]
    if whole & ARRAY == VECTOR:
        for name in search.names[:_MOST]:
            if search.defaults[name] == MATRIX and choice.kinds[name] == MATRIX:
                cost, value, _ = search.cost({**choice.kinds, name: VECTOR})
                if cost == 0 and not value & ARRAY:
                    notes.append(
                        f"{name} is read as a matrix; for a vector, and a number as the value, declare {name}: vector(n)"
                    )
    return notes, numbers


def _scaled_matrix(search: KindSearch, choice: Choice) -> list[str]:
    """A note about the only array, a capital that a letter scales, where it fits as a vector just as well: E in exp(-beta*E)."""
    arrays = [n for n in search.names if choice.kinds[n] & ARRAY]
    if search.has_declared or len(arrays) != 1 or choice.kinds[arrays[0]] != MATRIX:
        return []
    name = arrays[0]
    if search.cost(choice.kinds)[0] or not any(_scales(node, name) for node in search.nodes):
        return []
    if search.cost({**choice.kinds, name: VECTOR})[0]:
        return []
    return [f"{name} is read as a matrix, and could be a vector too: for that declare {name}: vector(n)"]


def _scales(node: SyntaxNode, name: str) -> bool:
    """Whether it is the name times letters for numbers, or over them."""
    if node.head not in ("product", "quotient"):
        return False
    parts = [a.args[0] if a.head == "negative" else a for a in node.args]
    others = [a for a in parts if not (a.head == "name" and a.value == name)]
    return len(others) < len(node.args) and all(a.names and not a.kind & ARRAY for a in others)


def _added_to_matrices(search: KindSearch) -> list[str]:
    """The undeclared letters that are added to a matrix as numbers, in the reading whose cost was worked out last."""
    parts = [p for node in search.nodes if node.head == "sum" and node.kind & ARRAY == MATRIX for p in node.args]
    alone = [p.value for p in parts if p.head == "name" and p.names and not p.kind & ARRAY]
    return list(dict.fromkeys(alone))


def all_numbers(search: KindSearch, choice: Choice) -> Choice | None:
    """The reading without arrays, where a capital has to be a number and nothing in the text speaks of arrays: R*T/(n*F)."""
    capitals = [n for n in choice.changed if search.defaults[n] == MATRIX and choice.kinds[n] == NUMBER]
    if search.has_declared or not any(search.is_strong(n) for n in capitals):
        return None
    kinds = dict.fromkeys(search.names, NUMBER)
    if kinds == choice.kinds or search.cost(kinds)[0] > 0:
        return None
    return Choice(choice.cost, kinds, frozenset(n for n in search.names if search.defaults[n] != NUMBER), True)


def honest_alternatives(search: KindSearch, choice: Choice, of_vector: bool) -> list[str]:
    """Notes about vectors that fit as numbers just as well: s in r./s, x and y in [x; y], all of log(x) + y.

    `of_vector` says whether the value is a vector.
    """
    vectors = [n for n in search.names[:_MOST] if choice.kinds[n] == VECTOR]
    heads = {node.head for node in search.nodes}
    if not vectors:
        return _scaled_matrix(search, choice)
    if not (of_vector or heads & _EITHER):
        return []
    cost, value, _ = search.cost(choice.kinds)
    all_numbers = {**choice.kinds, **dict.fromkeys(vectors, NUMBER)}
    free = of_vector and MATRIX not in all_numbers.values() and not search.has_declared
    if free and search.cost(all_numbers)[0] == 0:
        return [
            f"{_listed(vectors)} could be {_numbers(vectors)} too, as in a formula without matrices: for that declare "
            + ", ".join(f"{n}: scalar" for n in vectors)
        ]
    if not heads & _EITHER:
        return _scaling(search, choice, [n for n in vectors if not search.is_strong(n)])
    stacked = search.names_below("block")
    found = [
        name
        for name in vectors
        if (name in stacked or not search.is_strong(name))
        and search.cost({**choice.kinds, name: NUMBER})[:2] == (cost, value)
    ]
    if found and search.cost({**choice.kinds, **dict.fromkeys(found, NUMBER)})[:2] != (cost, value):
        found = found[:1]
    if not found:
        return []
    read = "a vector" if len(found) == 1 else "vectors"
    verb = "is" if len(found) == 1 else "are"
    return [
        f"{_listed(found)} {verb} read as {read}, and could be {_numbers(found)} too: for that declare "
        + ", ".join(f"{n}: scalar" for n in found)
    ]


def symmetric_parts(text: str, nodes: Sequence[SyntaxNode]) -> list[str]:
    """Notes about functions of symmetric matrices in NumPy code whose argument is not known to be one."""
    notes = []
    for node in nodes:
        if node.head != "call" or not isinstance(node.value[0].value, Kernel) or not node.value[0].value.symmetric:
            continue
        op = node.value[0]
        parts = [node.args[k] for k in op.value.symmetric[1]]
        notes += [
            f"{op.name} takes the symmetric part of {text[p.start : p.end]}, where NumPy reads its lower triangle alone"
            for p in parts
            if not (p.expr.is_scalar or has(p.expr, "symmetric"))
        ]
    return notes


def _scaling(search: KindSearch, choice: Choice, vectors: list[str]) -> list[str]:
    """A note about a vector that is only ever scaled, as q in q/norm2(r): a number fits as well, and is what is then found."""
    cost = search.cost(choice.kinds)[0]
    for name in vectors:
        price, value, _ = search.cost({**choice.kinds, name: NUMBER})
        if price <= cost and not value & ARRAY:
            return [f"{name} is read as a vector; for a number, and a number as the value, declare {name}: scalar"]
    return []


def _numbers(names: list[str]) -> str:
    return "a number" if len(names) == 1 else "numbers"


def _may_be_number(search: KindSearch, choice: Choice, name: str) -> bool:
    if choice.kinds[name] != VECTOR or search.defaults[name] != NUMBER:
        return False
    cost, _, heads = search.cost({**choice.kinds, name: NUMBER})
    return cost > 0 and heads <= {"sum"}


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]
