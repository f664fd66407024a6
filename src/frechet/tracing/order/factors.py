"""A record as a chain of factors: between two cuts, the derivative of what is alive after by what was alive before.

The Jacobian is the product of the factors, whatever the graph in between looks like. A cut is worth while where little is alive.
Source: Griewank and Walther, Evaluating Derivatives, 2nd ed. (2008), ch. 9 and 10.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from math import prod
from typing import Any

import numpy as np

from frechet.tracing.graph import INPUT, LITERAL, Node
from frechet.tracing.program import Program
from frechet.tracing.sweep import local_programs
from frechet.tracing.tape import Tape

__all__ = ["ChainFactor", "FactorChain", "chain_of"]

_MOST = 48  # cuts that dynamic programming looks at
_FREE = {"reshape", "transpose", "broadcast_to", "zeros", "eye", "literal"}


@dataclass(frozen=True)
class ChainFactor:
    """The derivative between two cuts.

    operations  the entries of the record, in order
    push, pull  operations (additions, multiplications) of its product with one direction, of its transpose with one cotangent
    """

    operations: tuple[int, ...]
    rows: int
    cols: int
    push: int
    pull: int


@dataclass(frozen=True)
class FactorChain:
    """cuts[k] are the entries that are alive before factor k; the last ones are the results."""

    tape: Tape
    cuts: tuple[tuple[int, ...], ...]
    factors: tuple[ChainFactor, ...]

    def size(self, cut: int) -> int:
        """How many real numbers are alive."""
        return _count(self.tape, self.cuts[cut])


def _count(tape: Tape, entries: Sequence[int]) -> int:
    """How many real numbers."""
    return sum(np.size(tape.values[i]) * (2 if np.iscomplexobj(tape.values[i]) else 1) for i in entries)


def chain_of(tape: Tape, places: Sequence[int]) -> FactorChain:
    """The chain from the inputs that the results need to the results."""
    steps, alive = _lives(tape, places)
    sizes = [_count(tape, entries) for entries in alive]
    chosen = _narrow(sizes)
    factors = []
    for a, b in pairwise(chosen):
        costs = [_costs(tape, i) for i in steps[a:b]]
        factors.append(
            ChainFactor(tuple(steps[a:b]), sizes[b], sizes[a], sum(c[0] for c in costs), sum(c[1] for c in costs))
        )
    return FactorChain(tape, tuple(alive[k] for k in chosen), tuple(factors))


def _lives(tape: Tape, places: Sequence[int]) -> tuple[list[int], list[tuple[int, ...]]]:
    """The operations that the results need, and what is alive before each of them and at the end."""
    needed: set[int] = set()
    stack = list(places)
    while stack:
        i = stack.pop()
        if i not in needed and tape.active[i]:
            needed.add(i)
            stack.extend(tape.args[i])
    steps = [i for i in sorted(needed) if tape.ops[i] is not INPUT]
    last = dict.fromkeys(places, len(steps))
    for k in range(len(steps) - 1, -1, -1):
        for a in tape.args[steps[k]]:
            if tape.active[a]:
                last.setdefault(a, k)
    alive = {i for i in needed if tape.ops[i] is INPUT}
    found = [tuple(sorted(alive))]
    for k, i in enumerate(steps):
        alive = {a for a in alive if last[a] > k} | {i}
        found.append(tuple(sorted(alive)))
    return steps, found


def _narrow(sizes: Sequence[int]) -> list[int]:
    """Cuts where no more is alive than beside them, the smallest ones; both ends."""
    n = len(sizes) - 1
    inner = [k for k in range(1, n) if sizes[k] <= sizes[k - 1] and sizes[k] < sizes[k + 1]]
    inner = sorted(sorted(inner, key=lambda k: sizes[k])[: _MOST - 2])
    return [0, *inner, n] if n else [0]


def _costs(tape: Tape, i: int) -> tuple[int, int]:
    return _costs_of(*local_programs(tape, i))


@lru_cache(maxsize=4096)
def _costs_of(push: Program, pull: Program, count: int) -> tuple[int, int]:
    return _flops(push, set(push.inputs[-count:])), _flops(pull, {pull.inputs[0]})


def _flops(program: Program, moving: set[Any]) -> int:
    """Operations that are done anew for every direction."""
    total, moving = 0, set(moving)
    for node in program.order:
        if any(a in moving for a in node.args):
            moving.add(node)
            total += _flops_of(node)
    return total


def _flops_of(node: Node) -> int:
    name = node.op.name
    if node.op is LITERAL or name in _FREE:
        return 0
    if name == "matmul":
        return 2 * prod(node.shape) * node.args[0].shape[-1]
    if name == "contract":
        a, b = node.params[0].split("->")[0].split(",")
        sizes = dict(zip(a, node.args[0].shape, strict=True)) | dict(zip(b, node.args[1].shape, strict=True))
        return 2 * prod(sizes.values())
    if name == "solve":
        return 2 * prod(node.shape) * node.shape[-2]
    if name.endswith(" of matrices"):
        return 2 * max(prod(a.shape) * max(a.shape[-2:]) for a in node.args)
    return max([prod(node.shape), *[prod(a.shape) for a in node.args]])
