"""Which elementwise steps run together, block by block: a chain over large arrays is bound by memory unless what one
step writes is still in cache when the next one reads it.

A region is a set of elementwise values of one shape, with the sums over them. Values get a level, so that a region never
waits for anything that is computed from it: a step that needs a sum over the region lies one level higher.
Over the real numbers only, where all steps of a region are of one kind of number.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from frechet.compile.lowering import Schedule
from frechet.compile.values import Value

__all__ = ["Region", "in_regions"]

# Smaller arrays stay in cache by themselves; a shorter chain gains nothing; NumPy walks through at most so many arrays.
ENTRIES, STEPS, ARRAYS = 1 << 16, 3, 32


@dataclass(frozen=True)
class Region:
    """steps    elementwise values and sums over them, arguments first
    streams     arrays that come in from outside, some of them held once for all rows or columns
    like        the stream that has the shape of the region in full
    results     steps that are needed outside as arrays
    """

    steps: tuple[Value, ...]
    streams: tuple[Value, ...]
    like: Value
    results: tuple[Value, ...]


def in_regions(program: Schedule) -> list[Value | Region]:
    """The steps of a program in an order in which those of each region stand together."""
    levels = _Levels(program)
    if not levels.home:
        return list(program.order)
    plain: list[list[Value]] = [[] for _ in range(levels.highest + 1)]
    for v in program.order:
        if v not in levels.home:
            plain[levels.ready[v]].append(v)
    fused: list[dict[tuple, list[Value]]] = [{} for _ in plain]  # by level, then by shape
    for v, level in levels.home.items():
        fused[level].setdefault(_width(v), []).append(v)
    users: dict[Value, list[Value]] = {}
    for v in program.order:
        for a in v.args:
            users.setdefault(a, []).append(v)
    items: list[Value | Region] = []
    for first, by_shape in zip(plain, fused, strict=True):
        items += first
        for steps in by_shape.values():
            region = _region(program, steps, users)
            items += [region] if region is not None else steps
    return items


def _width(v: Value) -> tuple:
    """The shape of the arrays that a step reads."""
    return v.args[0].shape if v.kind.is_total else v.shape


class _Levels:
    """home: the level of each step of a region; ready: after which level each other value can be computed."""

    def __init__(self, program: Schedule):
        graph = program.builder
        self.members: dict[Value, None] = {}
        self.home: dict[Value, int] = {}
        self.ready: dict[Value, int] = {}
        self.highest = 0
        for v in program.order:
            if v.kind.is_entrywise and graph.entries(v) >= ENTRIES and graph.is_full(v, v.shape):
                self.members[v] = None
                self._settle(v, [self.home[a] if self._flows(a, v.shape) else self._after(a) for a in v.args])
            elif v.kind.is_total and any(a in self.members for a in v.args):
                self._settle(v, [self.home[a] if a in self.members else self._after(a) for a in v.args])
            else:
                self.ready[v] = max((self._after(a) for a in v.args), default=0)
                self.highest = max(self.highest, self.ready[v])

    def _flows(self, a: Value, shape: tuple) -> bool:
        return a in self.members and a.shape == shape

    def _after(self, a: Value) -> int:
        return self.home[a] + 1 if a in self.home else self.ready[a]

    def _settle(self, v: Value, levels: list[int]) -> None:
        self.home[v] = max(levels)
        self.highest = max(self.highest, self.home[v])


def _region(program: Schedule, steps: list[Value], users: Mapping[Value, list[Value]]) -> Region | None:
    """The region of these steps, or None where it does not pay."""
    inside = set(steps)
    shape = _width(steps[0])
    streams = dict.fromkeys(a for v in steps for a in v.args if a not in inside and a.ndim)
    like = next((a for a in streams if program.builder.is_full(a, shape)), None)
    asked = {v for v in steps if v in program.roots or any(u not in inside for u in users.get(v, ()))}
    results = tuple(v for v in steps if v in asked and not v.kind.is_total)
    if len(steps) < STEPS or like is None or len(streams) + len(results) > ARRAYS:
        return None
    return Region(tuple(steps), tuple(streams), like, results)
