"""What kind each undeclared name has: the reading of least cost, by propagation through the operations of the tree.

Every name begins with the kind that its letter has by default. Where an operation does not take what it is given, either
that costs something (a number added to an array), or a name below it has another kind, which costs less the weaker
the letter is. The search goes through the readings in the order of their costs: it branches only on the names below
the operation that objects, so that its first finished reading is the least one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush

from frechet.budgets import tick
from frechet.language.costs import ARRAY, IMPOSSIBLE, MATRIX, NUMBER, OUTCOMES, ROW, VECTOR, WEAK_CAPITALS, Kinds
from frechet.language.names import GREEK, default_kind, kind_of_word
from frechet.language.tree import SyntaxNode

__all__ = ["Choice", "KindSearch"]

_EVALUATIONS = 400  # readings tried in order of cost; beyond, the best change at each objection is taken
_REASON = 15  # what costs less changes no kind
_LARGE = 600  # nodes of a tree that is read without search
_NEAR = 200  # nodes between a name and an objection, in a tree that is read without search
_CANDIDATES = 12  # names below an objection that are tried then
_WRITTEN = {"scalar": NUMBER, "vector": VECTOR, "matrix": MATRIX}


@dataclass(frozen=True)
class Choice:
    """Kinds of the undeclared names, and what this reading costs."""

    cost: int
    kinds: Mapping[str, int]
    changed: frozenset[str]  # names that do not have the kind of their letter
    without_arrays: bool = False  # all are numbers, though some could be arrays


def _candidates(name: str, wrt: frozenset[str]) -> list[tuple[int, int]]:
    """(cost, kind) of a name, its default first. Latin letters are weak, x, y, w and what is differentiated stronger."""
    default = _WRITTEN[kind_of_word(name)]
    stem = name.partition("_")[0].rstrip("0123456789")
    strong = 3 if name in wrt else 0
    if stem in GREEK:
        if default == NUMBER:
            return [(0, NUMBER), (5, VECTOR), (60, MATRIX)]
        return [(0, MATRIX), (30 + strong, NUMBER), (40 + strong, VECTOR)]
    if default_kind(name) is None:  # a word takes the kind that fits
        first, second = (MATRIX, NUMBER) if default == MATRIX else (NUMBER, MATRIX)
        return [(0, first), (10, VECTOR), (60, second)]
    if default == NUMBER:
        return [(0, NUMBER), (20 + strong, VECTOR)]
    if default == VECTOR:
        weak = 15 if stem in ("n", "m") else 22 if stem in ("x", "y", "w") else 20
        return [(0, VECTOR), (weak + strong, NUMBER)]
    return [(0, MATRIX), ((25 if stem in WEAK_CAPITALS else 30) + strong, NUMBER), (55 + strong, VECTOR)]


class KindSearch:
    """The readings of one tree. `declared` has the kinds of the declared names, `names` are the others.

    `aliases` maps a differential, such as dX, to the name whose kind it has; `wrt` are the names that are differentiated.
    """

    def __init__(
        self,
        nodes: Sequence[SyntaxNode],
        declared: Mapping[str, int],
        names: Sequence[str],
        aliases: Mapping[str, str],
        wrt: frozenset[str],
    ):
        self.nodes, self.names, self.aliases = nodes, names, aliases
        self.options = {name: _candidates(name, wrt) for name in names}
        self.kinds = Kinds(dict(declared))
        self.defaults = {name: options[0][1] for name, options in self.options.items()}
        self.bits = {name: 1 << k for k, name in enumerate(names)}
        self.wrt = wrt
        self.has_declared = bool(declared)
        self._mask()

    def is_strong(self, name: str) -> bool:
        """Whether a reader expects the kind of the letter: x, y, w, capitals, and what is differentiated."""
        return name in self.wrt or name in ("x", "y", "w") or (name[0].isupper() and name[0] not in WEAK_CAPITALS)

    def names_below(self, head: str) -> set[str]:
        """The undeclared names below constructs of one kind."""
        mask = 0
        for node in self.nodes:
            mask |= node.names if node.head == head else 0
        return {name for name, bit in self.bits.items() if bit & mask}

    def readings(self) -> Iterator[Choice]:
        """In the order of their costs; none where the text fits no reading."""
        found = False
        for choice in self._in_order() if len(self.nodes) <= _LARGE else ():
            found = True
            yield choice
        if not found:  # many letters leave too many readings of less cost than the least one that fits
            yield from self._in_one_pass()

    def first_fault(self) -> SyntaxNode:
        """The first operation that does not take the kinds of the letters; the whole where all do."""
        self._assign({})
        for node in self.nodes:
            node.kind, cost = OUTCOMES[node.head](self.kinds, node)
            if cost >= IMPOSSIBLE:
                return node
        return self.nodes[-1]

    def cost(self, kinds: Mapping[str, int]) -> tuple[int, int, frozenset[str]]:
        """What these kinds cost in operations alone, the kind of the whole, and the heads of those that object strongly."""
        self._assign({name: kind for name, kind in kinds.items() if kind != self.defaults[name]})
        total, heads = 0, set()
        for node in self.nodes:
            node.kind, cost = OUTCOMES[node.head](self.kinds, node)
            total += cost
            if cost >= _REASON:
                heads.add(node.head)
        return total, self.nodes[-1].kind, frozenset(heads)

    # --- one reading ------------------------------------------------------------------------------

    def _assign(self, changed: Mapping[str, int]) -> None:
        self.kinds.of.update(self.defaults)
        self.kinds.of.update(changed)
        self.kinds.demoted = frozenset(
            name for name, kind in changed.items() if kind == NUMBER and self.defaults[name] != NUMBER
        )
        for name, base in self.aliases.items():
            if base in self.kinds.of:
                self.kinds.of[name] = self.kinds.of[base]

    def _objection(self, accepted: frozenset[int], frozen: int) -> tuple[SyntaxNode | None, int, int]:
        """The first operation that objects, what that costs, and the small costs of all before it."""
        small, kinds, table = 0, self.kinds, OUTCOMES
        last = len(self.nodes) - 1
        for k, node in enumerate(self.nodes):
            node.kind, cost = table[node.head](kinds, node)
            if k == last and node.kind & ARRAY == ROW:
                cost += 25
            if cost and k not in accepted:
                if cost < _REASON:
                    small += cost
                    continue
                if node.names & ~frozen or (cost >= IMPOSSIBLE and node.names):
                    self.at = k
                    return node, cost, small
                if node.names:
                    small += cost
        return None, 0, small

    def _mask(self) -> None:
        """The undeclared names below each node, as bits."""
        for node in self.nodes:
            mask = self.bits.get(self.aliases.get(node.value, node.value), 0) if node.head == "name" else 0
            for part in node.args:
                mask |= part.names
            node.names = mask

    # --- in the order of costs --------------------------------------------------------------------

    def _in_order(self) -> Iterator[Choice]:
        heap: list[tuple[int, int, dict[str, int], int, frozenset[int], bool]] = [(0, 0, {}, 0, frozenset(), False)]
        count = 0
        while heap and count < _EVALUATIONS:
            cost, _, changed, frozen, accepted, finished = heappop(heap)
            if finished:
                yield self._choice(cost, changed)
                continue
            tick()
            self._assign(changed)
            node, objection, small = self._objection(accepted, frozen)
            count += 1
            if node is None:
                if small:
                    heappush(heap, (cost + small, count, changed, frozen, accepted, True))
                else:
                    yield self._choice(cost, changed)
                continue
            at, below = self.at, node.names
            for name, bit in self.bits.items():
                if not bit & below & ~frozen:
                    continue
                for extra, kind in self.options[name][1:]:
                    count += 1
                    heappush(heap, (cost + extra, count, {**changed, name: kind}, frozen | bit, accepted, False))
                frozen |= bit
            if objection < IMPOSSIBLE:
                heappush(heap, (cost + objection, count + 1, changed, frozen | below, accepted | {at}, False))
            count += 1

    def _choice(self, cost: int, changed: Mapping[str, int]) -> Choice:
        return Choice(cost, {**self.defaults, **changed}, frozenset(changed))

    # --- in one pass ------------------------------------------------------------------------------

    def _in_one_pass(self) -> Iterator[Choice]:
        """Of a long text: at each objection the change that costs least up to there. Linear where names are local."""
        changed: dict[str, int] = {}
        total, k = 0, 0
        first: dict[str, int] = {}
        self._assign(changed)
        for j, node in enumerate(self.nodes):
            if node.head == "name":
                first.setdefault(self.aliases.get(node.value, node.value), j)
        while k < len(self.nodes):
            node = self.nodes[k]
            tick()
            node.kind, cost = OUTCOMES[node.head](self.kinds, node)
            if cost >= _REASON and node.names:
                total += self._mended(changed, first, k, cost)
            k += 1
        if total < IMPOSSIBLE:
            yield self._choice(total, changed)

    def _mended(self, changed: dict[str, int], first: Mapping[str, int], k: int, cost: int) -> int:
        """Makes the change that costs least up to node k, of a name that first occurs near it; returns what it costs."""
        near = [n for n in self._below(self.nodes[k].names) if n not in changed and k - first[n] < _NEAR]
        best, chosen = cost, None
        for name in near[-_CANDIDATES:]:
            for extra, kind in self.options[name][1:]:
                self._change(name, kind)
                price = extra + self._price(first[name], k)
                if price < best:
                    best, chosen = price, (name, kind)
            self._change(name, self.defaults[name])
            self._price(first[name], k)
        if chosen is not None:
            changed[chosen[0]] = chosen[1]
            self._change(*chosen)
            self._price(first[chosen[0]], k)
        return best

    def _change(self, name: str, kind: int) -> None:
        """One name has another kind; its differentials are changed by `_assign` alone."""
        self.kinds.of[name] = kind
        if kind == NUMBER and self.defaults[name] != NUMBER:
            self.kinds.demoted |= {name}
        elif name in self.kinds.demoted:
            self.kinds.demoted -= {name}

    def _below(self, mask: int) -> list[str]:
        found = []
        while mask:
            bit = mask & -mask
            found.append(self.names[bit.bit_length() - 1])
            mask ^= bit
        return found

    def _price(self, start: int, stop: int) -> int:
        total = 0
        for node in self.nodes[start : stop + 1]:
            node.kind, cost = OUTCOMES[node.head](self.kinds, node)
            total += cost
        return total
