"""Reverse and forward sweeps through eigh and svd at points where eigenvalues or singular values coincide.

There the vectors are determined up to a rotation Q of each cluster, and a function that does not depend on the choice is
differentiable: with A moving by E its derivative is tr(G*E), where inside of the cluster only diag(Q'*G*Q) is seen, the
derivatives by the single values, in the basis that Q stands for. So what the function makes of the vectors is run again in
other bases, and G is what fits all of them. Where none fits, where the result changes with the basis, or where it moves
with a rotation, the function depends on the choice of vectors, and is refused.

Source: Lewis, Derivatives of spectral functions, Math. Oper. Res. 21 (1996); Kato, Perturbation Theory, ch. II, sec. 5-6.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from typing import Any

import numpy as np

from frechet.tracing.graph import INPUT
from frechet.tracing.refusing import TracingError
from frechet.tracing.tape import CONSTANT, Tape, Tie

__all__ = ["Pull", "Push", "pulled_at_ties", "pushed_at_ties"]

_TOLERANCE = 1e-7
Pull = Callable[[Tape, int, Any], list[tuple[int, Any]]]
"""(record, entry, cotangent) -> (argument, its cotangent)."""
Push = Callable[[Tape, int, Mapping[int, Any]], Any]
"""(record, entry, tangents) -> the tangent of the entry."""


def pulled_at_ties(tape: Tape, seeds: Mapping[int, Any], pull: Pull) -> dict[int, Any]:
    """The cotangents of the inputs. Raises TracingError where the function depends on the choice of vectors."""
    return _swept(tape, seeds, pull, -1)


def _swept(tape: Tape, seeds: Mapping[int, Any], pull: Pull, stop: int) -> dict[int, Any]:
    """A reverse sweep down to an entry; what arrives there and at inputs stays."""
    waiting: dict[int, Any] = dict(seeds)
    received: dict[int, Any] = {}
    by_values = {tie.values: tie for tie in tape.ties}
    for i in range(max(waiting, default=-1), stop - 1, -1):
        tie = by_values.get(i)
        if tie is not None and i > stop and any(e in waiting or e in received for e in (i, *tie.vectors)):
            part = _inside_of_clusters(tape, seeds, pull, tie, waiting.get(i), received)
            if part is not None:
                waiting[tie.matrix] = part + waiting.get(tie.matrix, 0.0)
        W = waiting.pop(i, None)
        if W is None or not tape.active[i]:
            continue
        received[i] = W
        if i == stop or tape.ops[i] is INPUT:
            continue
        for a, part in pull(tape, i, W):
            waiting[a] = part if a not in waiting else waiting[a] + part
    return received


def pushed_at_ties(tape: Tape, tangents: Mapping[int, Any], outputs: Sequence[int], push: Push) -> list[Any]:
    """The tangents of some entries: in each cluster by the basis in which the direction is diagonal.

    Raises TracingError where the function depends on the choice of vectors, or is not linear there.
    """
    ahead = _along(tape, tangents, outputs, push)
    back = _along(tape, {i: -t for i, t in tangents.items()}, outputs, push)
    for a, b in zip(ahead, back, strict=True):
        if a is not None and np.max(np.abs(a + b), initial=0) > _TOLERANCE * np.max(np.abs(a) + np.abs(b), initial=0):
            raise _depends("its derivatives along a direction and against it differ")
    return ahead


def _along(tape: Tape, tangents: Mapping[int, Any], outputs: Sequence[int], push: Push) -> list[Any]:
    moving, by_values = dict(tangents), {tie.values: tie for tie in tape.ties}
    for i, op in enumerate(tape.ops):
        if not tape.active[i] or op is INPUT or not any(a in moving for a in tape.args[i]):
            continue
        moving[i] = push(tape, i, moving)
        tie = by_values.get(i)
        if tie is not None and tie.vectors:
            Q, slopes = _adapted(tape, tie, moving[tie.matrix])
            tape = _in_basis(tape, tie, Q, dict.fromkeys(outputs))
            moving[i] = np.where(np.isnan(slopes), moving[i], slopes)
    return [moving.get(i) for i in outputs]


def _adapted(tape: Tape, tie: Tie, dA: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The basis in which dA is diagonal in each cluster, in the order of the values; the slopes of the values in clusters."""
    P = tape.values[tie.vectors[0]].T @ dA @ tape.values[tie.vectors[-1]]
    n = len(P)
    Q, slopes = np.eye(n), np.full((n, 1), np.nan)
    values = np.ravel(tape.values[tie.values])
    order = 1 if values[0] <= values[-1] else -1
    for cluster in tie.clusters:
        where = np.ix_(cluster, cluster)
        found, basis = np.linalg.eigh((P[where] + P[where].T) / 2)
        Q[where], slopes[list(cluster), 0] = basis[:, ::order], found[::order]
    return Q, slopes


def _inside_of_clusters(
    tape: Tape, seeds: Mapping[int, Any], pull: Pull, tie: Tie, W: Any, received: Mapping[int, Any]
) -> np.ndarray | None:
    """What the sweep leaves out: sum of V*(G - diag(G))*V' over the clusters, from runs in other bases."""
    n = np.size(tape.values[tie.values])
    first = np.zeros(n) if W is None else np.ravel(W)
    scale = float(np.max(np.abs(first), initial=0.0)) + sum(
        float(np.max(np.abs(received[v]), initial=0.0)) for v in tie.vectors if v in received
    )
    _check_rotations(tape, tie, received, scale)
    rng = np.random.default_rng(0)
    largest = max(map(len, tie.clusters))
    seen: list[tuple[np.ndarray, np.ndarray]] = [(np.eye(n), first)]
    for _ in range((largest + 1) // 2 + 2 if any(v in received for v in tie.vectors) else 0):
        Q = np.eye(n)
        for cluster in tie.clusters:
            Q[np.ix_(cluster, cluster)] = np.linalg.qr(rng.standard_normal((len(cluster), len(cluster))))[0]
        other = _in_basis(tape, tie, Q, seeds)
        found = _swept(other, seeds, pull, tie.values).get(tie.values)
        seen.append((Q, np.zeros(n) if found is None else np.ravel(found)))
    G = np.zeros((n, n))
    for cluster in tie.clusters:
        G[np.ix_(cluster, cluster)] = _fitted([(Q[np.ix_(cluster, cluster)], d[list(cluster)]) for Q, d in seen], scale)
    G -= np.diag(np.diag(G))
    if not G.any():
        return None
    left, right = tape.values[tie.vectors[0]], tape.values[tie.vectors[-1]]
    return left @ G @ right.T


def _fitted(seen: Sequence[tuple[np.ndarray, np.ndarray]], scale: float) -> np.ndarray:
    """The symmetric G with diag(Q'*G*Q) = d for every pair (Q, d)."""
    if len(seen) == 1:  # of the values alone: equal in every basis, or there is no derivative
        ((_, d),) = seen
        if np.ptp(d) > _TOLERANCE * scale:
            raise _depends("the eigenvalues or singular values of a cluster count differently")
        return np.diag(d)
    n = len(seen[0][1])
    i, j = np.triu_indices(n)
    weight = np.where(i == j, 1.0, 2.0)
    M = np.concatenate([weight * (Q[i] * Q[j]).T for Q, _ in seen])
    d = np.concatenate([d for _, d in seen])
    g = np.linalg.lstsq(M, d, rcond=None)[0]
    if np.max(np.abs(M @ g - d)) > _TOLERANCE * scale:
        raise _depends("its derivatives in different bases of a cluster do not belong together")
    G = np.zeros((n, n))
    G[i, j] = G[j, i] = g
    return G


def _check_rotations(tape: Tape, tie: Tie, received: Mapping[int, Any], scale: float) -> None:
    """A rotation inside of a cluster, of all sides at once, must not move the result."""
    total: Any = 0.0
    for v in tie.vectors:
        if v in received:
            total = total + tape.values[v].T @ received[v]
    if np.ndim(total) == 2:
        for cluster in tie.clusters:
            part = total[np.ix_(cluster, cluster)]
            if np.max(np.abs(part - part.T)) > _TOLERANCE * scale:
                raise _depends("it moves when the basis of a cluster is turned")


def _in_basis(tape: Tape, tie: Tie, Q: np.ndarray, seeds: Mapping[int, Any]) -> Tape:
    """The record as it would be with the vectors of the clusters in another basis."""
    other = copy(tape)
    other.values = list(tape.values)
    changed = set(tie.vectors)
    for v in tie.vectors:
        other.values[v] = tape.values[v] @ Q
    for i in range(min(tie.vectors) + 1, len(tape.ops)):
        if i in changed or tape.ops[i] in (INPUT, CONSTANT) or not any(a in changed for a in tape.args[i]):
            continue
        other.values[i] = tape.ops[i].value(*[other.values[a] for a in tape.args[i]], *tape.params[i])
        changed.add(i)
    for i in seeds:
        size = np.max(np.abs(tape.values[i]), initial=0.0)
        if not np.allclose(other.values[i], tape.values[i], rtol=0, atol=_TOLERANCE * max(size, 1e-300)):
            raise _depends("its value changes with the basis of a cluster")
    return other


def _depends(how: str) -> TracingError:
    return TracingError(
        f"eigenvalues or singular values coincide, and the function depends on which vectors stand for them: {how}; "
        "there it has no derivative (functions such as V*f(w)*V', sums over a cluster and projectors on it have one)"
    )
