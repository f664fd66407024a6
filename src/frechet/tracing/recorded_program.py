"""A record with its reverse sweep as one program: value and gradient at other numbers, None where a decision differs.

An operation that the next one alone uses stands inside it. What is large is written into the memory of what is not needed any more,
and let go after its last use. Guards stand where the function decided.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from math import prod
from typing import Any

import numpy as np

from frechet.tracing.compiled_sweep import SweepWriter, needed, written_sweep
from frechet.tracing.graph import INPUT, Primitive
from frechet.tracing.primitives.arithmetic import add, divide, gate, multiply, negative, subtract
from frechet.tracing.primitives.contractions import contract
from frechet.tracing.primitives.shapes import sum_axes
from frechet.tracing.sweep import local_pullback
from frechet.tracing.tape import CONSTANT, Tape

__all__ = ["SCOPE", "recorded_program", "recorded_values", "spelled"]

_DEEPEST = 8
_LARGE = 4096  # entries of an array whose memory is worth a thought
_ENTRY = re.compile(r"t\[(\d+)\]")
_WRITING = {add: "add", subtract: "subtract", multiply: "multiply", divide: "divide", negative: "negative"}
SCOPE: dict[str, Any] = {"abs": np.abs, **{name: getattr(np, name) for name in _WRITING.values()}}
"""Names in the text of kernels."""
_NEW = frozenset({contract, sum_axes, gate})
"""What gives an array in memory of its own, as ufuncs do."""


def recorded_program(tape: Tape, place: int, inputs: Sequence[int]) -> tuple[Callable[..., Any], list[bool]]:
    """(1, leaves) -> the value and the cotangents; which of the cotangents may be in the memory of something else."""
    writer, results = written_sweep(tape, local_pullback, (place,), inputs)
    sweep = needed(writer.lines, results)
    used = {int(k) for line in sweep for a in line[2] for k in _ENTRY.findall(a)}
    used |= {int(k) for r in results if r is not None for k in _ENTRY.findall(r)} | {place}
    used |= {i for _, _, there, _ in tape.guards for kind, i in there if kind == "t"}
    scope = dict(SCOPE)
    text = [f"def program(w, {', '.join(f't{i}' for i in inputs)}):", *_forwards(tape, used, scope)]
    roots = _memory(sweep)
    text += _backwards(sweep, results, writer, roots if _one_dtype([tape.values[i] for i in used]) else {}, scope)
    names = [_named(r) for r in results]
    text.append(f"    return (t{place}, {', '.join(names)},)")
    exec(compile("\n".join(text), "<a record>", "exec"), scope)
    return scope["program"], [r is not None and (roots.get(r) != {r} or results.count(r) > 1) for r in results]


def recorded_values(tape: Tape) -> Callable[[list[Any]], None]:
    """Writes the values of all operations into a list that holds those of inputs and constants."""
    scope = dict(SCOPE)
    text = ["def program(t):"]
    for i, op in enumerate(tape.ops):
        if op is not INPUT and op is not CONSTANT:
            text.append(
                f"    t[{i}] = {spelled(op, [f't[{a}]' for a in tape.args[i]], tape.params[i], f'k{i}', scope)}"
            )
    exec(compile("\n".join([*text, "    return"]), "<a record>", "exec"), scope)
    program: Callable[[list[Any]], None] = scope["program"]
    return program


def _named(text: str | None) -> str:
    """The names of entries as names of variables."""
    return "None" if text is None else _ENTRY.sub(r"t\1", text).replace("W[0]", "w")


def _one_dtype(values: Sequence[Any]) -> bool:
    """Whether all arrays and numbers of NumPy have one floating type, which is then that of all that is made of them."""
    dtypes = {v.dtype for v in values if hasattr(v, "dtype")}
    return len(dtypes) == 1 and next(iter(dtypes)).kind == "f"


def spelled(op: Primitive, parts: list[str], params: tuple, name: str, scope: dict[str, Any]) -> str:
    """The operation as text; what it names goes into the scope."""
    parts = list(parts)
    for j, p in enumerate(params):
        scope[f"{name}_{j}"] = p
        parts.append(f"{name}_{j}")
    if op.code:
        return op.code.format(*parts)
    scope[name] = op.again or op.value
    return f"{name}({', '.join(parts)})"


def _forwards(tape: Tape, used: set[int], scope: dict[str, Any]) -> list[str]:
    """The operations that the value, the sweep and the guards need."""
    wanted = set(used)
    for i in range(len(tape.ops) - 1, -1, -1):
        if i in wanted:
            wanted.update(tape.args[i])
    scope.update({f"t{i}": tape.values[i] for i in wanted if tape.ops[i] is CONSTANT})
    order = [i for i in sorted(wanted) if tape.ops[i] is not INPUT and tape.ops[i] is not CONSTANT]
    count = dict.fromkeys(wanted, 0)
    for i in order:
        for a in tape.args[i]:
            count[a] += 1
    text, inner, depth, waiting = [], "", 0, list(tape.guards)
    for k, i in enumerate(order):
        while waiting and waiting[0][0] <= i:
            text += _guard(waiting.pop(0), len(waiting), scope)
        before = order[k - 1] if inner else -1
        parts = [f"({inner})" if a == before else f"t{a}" for a in tape.args[i]]
        line = _over(tape, i, before, parts, scope) if before >= 0 else None
        line = line or spelled(tape.ops[i], parts, tape.params[i], f"k{i}", scope)
        following = order[k + 1] if k + 1 < len(order) else -1
        is_alone = following >= 0 and i not in used and count[i] == 1 and i in tape.args[following]
        if is_alone and depth < _DEEPEST and not (waiting and waiting[0][0] <= following):
            inner, depth = line, depth + 1
        else:
            text.append(f"    t{i} = {line}")
            inner, depth = "", 0
    while waiting:
        text += _guard(waiting.pop(0), len(waiting), scope)
    return text


def _over(tape: Tape, i: int, before: int, parts: list[str], scope: dict[str, Any]) -> str | None:
    """The operation written over the result that stands inside it, where that is large and of the same kind."""
    a, b, op = tape.values[before], tape.values[i], tape.ops[i]
    is_alike = type(a) is np.ndarray and type(b) is np.ndarray and a.shape == b.shape and a.dtype == b.dtype
    if not is_alike or a.size < _LARGE or not _is_new(tape.ops[before]) or tape.params[i]:
        return None
    if op in _WRITING:
        name = _WRITING[op]
    elif isinstance(op.value, np.ufunc) and op.value.nin == 1:
        name = f"k{i}"
        scope[name] = op.value
    else:
        return None
    at = tape.args[i].index(before)
    given = [f"(u{before} := {p})" if k == at else p for k, p in enumerate(parts)]
    return f"{name}({', '.join(given)}, u{before})"


def _is_new(op: Primitive) -> bool:
    return op in _NEW or isinstance(op.value, np.ufunc)


def _guard(guard: tuple, k: int, scope: dict[str, Any]) -> list[str]:
    """Where the outcome of a test differs the program ends."""
    _, test, there, outcome = guard
    scope[f"g{k}"], scope[f"o{k}"] = test, outcome.copy() if isinstance(outcome, np.ndarray) else outcome
    names = []
    for j, (kind, value) in enumerate(there):
        names.append(f"t{value}" if kind == "t" else f"c{k}_{j}")
        if kind == "c":
            scope[f"c{k}_{j}"] = value.copy() if isinstance(value, np.ndarray) else value
    same = f"(g{k}({', '.join(names)}) == o{k})"
    return [f"    if not {same}{'.all()' if isinstance(outcome, np.ndarray) else ''}:", "        return None"]


def _memory(sweep: list) -> dict[str, frozenset[str]]:
    """The names in whose memory each result may be."""
    roots: dict[str, frozenset[str]] = {}
    for name, op, args, _ in sweep:
        inside = frozenset().union(*[roots.get(a, frozenset((a,))) for a in args])
        roots[name] = frozenset((name,)) if _is_new(op) else inside | {name}
    return roots


def _backwards(
    sweep: list,
    results: Sequence[str | None],
    writer: SweepWriter,
    roots: dict[str, frozenset[str]],
    scope: dict[str, Any],
) -> list[str]:
    """The sweep: over what dies, where it is large; names that are not needed any more are let go."""
    last: dict[str, int] = {}
    for k, (_, _, args, _) in enumerate(sweep):
        last.update(dict.fromkeys(args, k))
    ends = dict(last)  # of the memory
    for name, found in roots.items():
        for r in found:
            ends[r] = max(ends.get(r, -1), last.get(name, -1))
    for result in results:
        if result is not None:
            ends.update({r: len(sweep) for r in roots.get(result, frozenset((result,)))})
            last[result] = len(sweep)
    text = []
    for k, (name, op, args, params) in enumerate(sweep):
        parts = [_named(a) for a in args]
        over = None
        if op in _WRITING and prod(writer.shapes[name]) >= _LARGE:
            over = next((a for a in args if _dies(a, k, roots, ends) and writer.shapes[a] == writer.shapes[name]), None)
        if over is None:
            text.append(f"    {name} = {spelled(op, parts, params, f'q{k}', scope)}")
        else:
            text.append(f"    {name} = {_WRITING[op]}({', '.join(parts)}, {over})")
        gone = [a for a in dict.fromkeys(args) if a.startswith("v") and last[a] == k]
        if gone and k + 1 < len(sweep):
            text.append(f"    del {', '.join(gone)}")
    return text


def _dies(name: str, k: int, roots: dict[str, frozenset[str]], ends: dict[str, int]) -> bool:
    """Whether a result is in memory of its own that nothing reads after line k."""
    return name in roots and roots[name] == {name} and ends[name] == k
