"""The Jacobian of a record as a matrix, by the best order: many directions in one sweep, products of matrices where they cost less."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from frechet.tracing.graph import INPUT
from frechet.tracing.guarded import is_nan
from frechet.tracing.order.association import Association, best_association
from frechet.tracing.order.batched import run_batched
from frechet.tracing.order.factors import FactorChain, chain_of
from frechet.tracing.sweep import local_programs
from frechet.tracing.tape import Tape

__all__ = ["accumulated", "can_accumulate", "jacobian_matrix"]

_ENTRIES = 2**22  # numbers in one stack of directions
_LONGEST = 20_000  # operations: a longer record is swept direction by direction


def can_accumulate(tape: Tape) -> bool:
    """Whether all numbers are real, and none is traced outside."""
    return (
        tape.level == 0
        and not tape.ties
        and len(tape.ops) <= _LONGEST
        and not any(v.dtype.kind == "c" if type(v) is np.ndarray else np.iscomplexobj(v) for v in tape.values)
    )


def jacobian_matrix(tape: Tape, place: int, inputs: Sequence[int]) -> np.ndarray:
    """The derivative of one entry of a record by its inputs: a row for each number of the entry, a column for each input."""
    chain = chain_of(tape, [place])
    how = best_association(chain.factors)[1]
    J = accumulated(chain, how)
    if not tape.guarded and is_nan([J]):
        tape.guarded = True
        J = accumulated(chain, how)
    columns = dict(zip(chain.cuts[0], _ranges(chain, 0), strict=True))
    zero = np.zeros((len(J), 0))
    parts = [J[:, columns[i]] if i in columns else np.zeros((len(J), np.size(tape.values[i]))) for i in inputs]
    return np.concatenate(parts, axis=1) if parts else zero


def accumulated(chain: FactorChain, how: Association) -> np.ndarray:
    """The product of factors as a matrix."""
    if how.kind == "product":
        assert how.left is not None
        assert how.right is not None
        return accumulated(chain, how.left) @ accumulated(chain, how.right)
    inner, kind = how, how.kind
    while inner.kind == kind != "identity":  # a run of factors is one sweep
        inner = inner.right if kind == "push" else inner.left  # type: ignore[assignment]
    if inner.kind == "identity":
        cut = how.first if kind == "push" else how.last
        start = np.eye(chain.size(cut), dtype=_dtype(chain, cut))
    else:
        start = accumulated(chain, inner)
    if kind == "identity":
        return start
    sweep, end = (_pushed, how.last) if kind == "push" else (_pulled, how.first)
    begin = inner.last if kind == "push" else inner.first
    rows = start.T if kind == "push" else start
    widest = max([chain.size(begin), chain.size(end), *[np.size(v) for v in chain.tape.values]])
    step = max(1, _ENTRIES // max(widest, 1))
    parts = [sweep(chain, rows[k : k + step], begin, end) for k in range(0, len(rows), step)]
    found = np.concatenate(parts) if parts else np.zeros((0, chain.size(end)))
    return found.T if kind == "push" else found


def _dtype(chain: FactorChain, cut: int) -> np.dtype:
    kinds = [np.asarray(chain.tape.values[i]).dtype for i in chain.cuts[cut]]
    return np.result_type(*kinds) if kinds else np.dtype(float)


def _ranges(chain: FactorChain, cut: int) -> list[slice]:
    ends = np.cumsum([0, *[np.size(chain.tape.values[i]) for i in chain.cuts[cut]]])
    return [slice(int(a), int(b)) for a, b in pairwise(ends)]


def _unpacked(chain: FactorChain, rows: np.ndarray, cut: int) -> dict[int, np.ndarray]:
    """Each row as arrays of the shapes of what is alive."""
    shapes = [np.shape(chain.tape.values[i]) for i in chain.cuts[cut]]
    return {
        i: rows[:, r].reshape(len(rows), *shape)
        for i, r, shape in zip(chain.cuts[cut], _ranges(chain, cut), shapes, strict=True)
    }


def _packed(chain: FactorChain, stacks: dict[int, np.ndarray], cut: int, count: int) -> np.ndarray:
    parts = [
        stacks[i].reshape(count, -1) if i in stacks else np.zeros((count, np.size(chain.tape.values[i])))
        for i in chain.cuts[cut]
    ]
    return np.concatenate(parts, axis=1) if parts else np.zeros((count, 0))


def _pushed(chain: FactorChain, rows: np.ndarray, begin: int, end: int) -> np.ndarray:
    """Tangents of what is alive at one cut, from those at an earlier one: a row each."""
    tape, count = chain.tape, len(rows)
    moving = _unpacked(chain, rows, begin)
    for factor in chain.factors[begin:end]:
        for i in factor.operations:
            program, _, _ = local_programs(tape, i)
            active = [moving[a] for a in tape.args[i] if tape.active[a]]
            values = [tape.values[i], *[tape.values[a] for a in tape.args[i]]]
            flags = [False] * len(values) + [True] * len(active)
            (found,) = run_batched(program, [*values, *active], flags, count)
            moving[i] = np.zeros((count, *np.shape(tape.values[i]))) if found is None else found
    return _packed(chain, moving, end, count)


def _pulled(chain: FactorChain, rows: np.ndarray, begin: int, end: int) -> np.ndarray:
    """Cotangents of what is alive at one cut, from those at a later one."""
    tape, count = chain.tape, len(rows)
    waiting = _unpacked(chain, rows, begin)
    for factor in reversed(chain.factors[end:begin]):
        for i in reversed(factor.operations):
            W = waiting.pop(i, None)
            if W is None or tape.ops[i] is INPUT:
                continue
            _, program, _ = local_programs(tape, i)
            values = [tape.values[i], *[tape.values[a] for a in tape.args[i]]]
            parts = run_batched(program, [W, *values], [True, *[False] * len(values)], count)
            for a, part in zip([a for a in tape.args[i] if tape.active[a]], parts, strict=True):
                if part is not None:
                    waiting[a] = part if a not in waiting else waiting[a] + part
    return _packed(chain, waiting, end, count)
