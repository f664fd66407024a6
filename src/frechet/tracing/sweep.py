"""Forward and reverse sweeps over a tape. What one operation contributes is derived once for each kind and shape of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from frechet.caches import Recent
from frechet.tracing.array import Traced, apply, concrete
from frechet.tracing.compiled_sweep import Sweep, compiled_sweep, structure_of
from frechet.tracing.graph import INPUT, Node, input_node
from frechet.tracing.guarded import guarded, is_nan
from frechet.tracing.linear import differential, transpose_linear
from frechet.tracing.primitives.arithmetic import add
from frechet.tracing.program import Program
from frechet.tracing.tape import Tape
from frechet.tracing.ties import pulled_at_ties, pushed_at_ties

__all__ = [
    "CACHES",
    "cotangents",
    "forget",
    "local_differential",
    "local_programs",
    "local_pullback",
    "pulled",
    "pulled_by",
    "pushed",
]

_KINDS = 8192  # local derivatives that are kept
_LONGEST = 20_000  # operations of a record whose sweep is compiled as a whole
_SWEEPS: Recent[Sweep] = Recent(128)
_SEEN: Recent[bool] = Recent(4096)  # structures that came once
CACHES: list[Recent] = [_SWEEPS, _SEEN]
"""What holds programs that were made of the rules."""


class _Kind:
    """An operation at the shapes of its arguments: what its local derivatives depend on."""

    __slots__ = ("active", "complexes", "guarded", "key", "op", "params", "result_is_complex", "result_shape", "shapes")

    def __init__(self, tape: Tape, i: int) -> None:
        self.op, self.params = tape.ops[i], tape.params[i]
        values = [concrete(tape.values[a]) for a in tape.args[i]]
        self.shapes = tuple([np.shape(v) for v in values])
        self.complexes = tuple([np.iscomplexobj(v) for v in values])
        result = concrete(tape.values[i])
        self.result_is_complex, self.result_shape = np.iscomplexobj(result), np.shape(result)
        self.active = tuple([tape.active[a] for a in tape.args[i]])
        self.guarded = tape.guarded
        self.key = (
            self.op,
            self.params,
            self.shapes,
            self.complexes,
            self.result_is_complex,
            self.active,
            self.result_shape,
            self.guarded,
        )

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Kind) and self.key == other.key

    def graph(self) -> tuple[Node, list[Node]]:
        """The operation as a node, on inputs."""
        inputs = [input_node(k, s, c) for k, (s, c) in enumerate(zip(self.shapes, self.complexes, strict=True))]
        node = self.op(*inputs, params=self.params)
        node.is_complex, node.shape = self.result_is_complex, self.result_shape  # a user's primitive does not tell it
        return node, inputs


@lru_cache(maxsize=_KINDS)
def _pullback(kind: _Kind) -> Program:
    """(cotangent, value, arguments) -> the cotangents of the active arguments."""
    node, inputs = kind.graph()
    W = input_node("W", node.shape, node.is_complex)
    results = []
    for i in _active(kind):
        t = input_node(("t", i), inputs[i].shape, inputs[i].is_complex)
        (form,) = differential([node], {inputs[i]: t}, inputs)
        results += transpose_linear([form], [t], [W])
    results = guarded(results, [W]) if kind.guarded else results
    return Program([W, node, *inputs], results)


@lru_cache(maxsize=_KINDS)
def _pushforward(kind: _Kind) -> Program:
    """(value, arguments, tangents of the active arguments) -> the tangent of the result."""
    node, inputs = kind.graph()
    tangents = {inputs[i]: input_node(("t", i), inputs[i].shape, inputs[i].is_complex) for i in _active(kind)}
    forms = differential([node], tangents, inputs)
    forms = guarded(forms, list(tangents.values())) if kind.guarded else forms
    return Program([node, *inputs, *tangents.values()], forms)


def forget() -> None:
    """Derives local derivatives anew: after a rule has changed."""
    _pullback.cache_clear()
    _pushforward.cache_clear()
    for cache in CACHES:
        cache.clear()


def _active(kind: _Kind) -> list[int]:
    return [i for i, on in enumerate(kind.active) if on]


def pulled(tape: Tape, seeds: Mapping[int, Any], inputs: Sequence[int]) -> list[Any]:
    """The cotangents of the inputs, from those of some entries; None where no seed depends on an input.

    The second time that a record of the same structure comes, its sweep is compiled as a whole. Where NaN comes out, zeros win.
    """
    seeds = {i: W if isinstance(W, Traced) else np.asarray(W)[()] for i, W in seeds.items()}
    found = _compiled(tape, seeds, inputs)
    found = _pulled(tape, seeds, inputs) if found is None else found
    if not tape.guarded and is_nan([concrete(W) for W in found]):
        tape.guarded = True
        found = _pulled(tape, seeds, inputs)
    return found


def _compiled(tape: Tape, seeds: Mapping[int, Any], inputs: Sequence[int]) -> list[Any] | None:
    """By a compiled sweep, where there is one."""
    is_whole = not tape.ties and not tape.guarded and tape.level == 0 and len(tape.ops) <= _LONGEST
    if not is_whole or Traced in [type(W) for W in seeds.values()]:
        return None
    key = (structure_of(tape), tuple(seeds), tuple(inputs))
    sweep = _SWEEPS.get(key)
    if sweep is None and _SEEN.get(key):
        sweep = _SWEEPS.keep(key, compiled_sweep(tape, local_pullback, tuple(seeds), inputs))
    if sweep is not None:
        return list(sweep(tape.values, list(seeds.values())))
    _SEEN.keep(key, True)
    return None


def local_pullback(tape: Tape, i: int) -> Program:
    """(cotangent, value, arguments) -> cotangents of the active arguments, of operation i."""
    return _pullback(_Kind(tape, i))


def _pulled(tape: Tape, seeds: Mapping[int, Any], inputs: Sequence[int]) -> list[Any]:
    """Operation by operation."""
    found = cotangents(tape, seeds)
    return [found.get(i) for i in inputs]


def cotangents(tape: Tape, seeds: Mapping[int, Any], everywhere: bool = False) -> dict[int, Any]:
    """The cotangents of the inputs of a record, or of all its entries; those that nothing comes to are left out."""
    if tape.ties:
        return pulled_at_ties(tape, seeds, pulled_by)
    waiting: dict[int, Any] = dict(seeds)
    found: dict[int, Any] = {}
    for i in range(max(waiting, default=-1), -1, -1):
        W = waiting.pop(i, None)
        if W is None or not tape.active[i]:
            continue
        if everywhere or tape.ops[i] is INPUT:
            found[i] = W
        if tape.ops[i] is INPUT:
            continue
        for a, part in pulled_by(tape, i, W):
            before = waiting.get(a)
            waiting[a] = part if before is None else apply(add, (before, part))
    return found


def pulled_by(tape: Tape, i: int, W: Any) -> list[tuple[int, Any]]:
    """What one operation makes of a cotangent: its arguments with their cotangents."""
    kind, arguments = _Kind(tape, i), tape.args[i]
    parts = _pullback(kind)(W, tape.values[i], *[tape.values[a] for a in arguments])
    active = [a for a, on in zip(arguments, kind.active, strict=True) if on]
    return [(a, part) for a, part in zip(active, parts, strict=True) if part is not None]


def local_programs(tape: Tape, i: int) -> tuple[Program, Program, int]:
    """(value, arguments, tangents) -> tangent and (cotangent, value, arguments) -> cotangents; the number of tangents."""
    kind = _Kind(tape, i)
    return _pushforward(kind), _pullback(kind), kind.active.count(True)


def local_differential(tape: Tape, i: int, a: int) -> tuple[Node | None, Node, list[Node], Node]:
    """What operation i makes of a differential of entry a: the linear form, the operation, its arguments, the differential."""
    kind = _Kind(tape, i)
    node, inputs = kind.graph()
    like = inputs[tape.args[i].index(a)]
    t = input_node("t", like.shape, like.is_complex)
    moved = {x: t for x, b in zip(inputs, tape.args[i], strict=True) if b == a}
    (form,) = differential([node], moved, inputs)
    return form, node, inputs, t


def pushed(tape: Tape, tangents: Mapping[int, Any], outputs: Sequence[int]) -> list[Any]:
    """The tangents of some entries, from those of the inputs; None where an entry does not move."""
    found = _pushed(tape, tangents, outputs)
    if not tape.guarded and is_nan([concrete(t) for t in found]):
        tape.guarded = True
        found = _pushed(tape, tangents, outputs)
    return found


def _pushed(tape: Tape, tangents: Mapping[int, Any], outputs: Sequence[int]) -> list[Any]:
    if tape.ties:
        return pushed_at_ties(tape, tangents, outputs, _pushed_by)
    moving: dict[int, Any] = dict(tangents)
    for i, op in enumerate(tape.ops):
        if not tape.active[i] or op is INPUT or not any(a in moving for a in tape.args[i]):
            continue
        moving[i] = _pushed_by(tape, i, moving)
    return [moving.get(i) for i in outputs]


def _pushed_by(tape: Tape, i: int, moving: Mapping[int, Any]) -> Any:
    """The tangent of one operation, from those of its arguments."""
    arguments = tape.args[i]
    given = [moving[a] if a in moving else _zeros(tape.values[a]) for a in arguments if tape.active[a]]
    (tangent,) = _pushforward(_Kind(tape, i))(tape.values[i], *[tape.values[a] for a in arguments], *given)
    return _zeros(tape.values[i]) if tangent is None else tangent


def _zeros(value: Any) -> Any:
    return np.zeros(np.shape(concrete(value)))
